package runtime

import (
	"internal/bytealg"
	"internal/runtime/atomic"
	_ "unsafe" // for linkname
)

func parsedebugvars(godebug string)

// GODEBUG: most of the runtime's settings are Rust's; those of std live in internal/godebug, which is told of defaults and
// changes through the functions registered here.

// The settings that Go code of this package asks for.
var debug struct {
	panicnil          int32
	inittrace         int32
	checkfinalizers   int32
	containermaxprocs int32
	updatemaxprocs    int32
}

var (
	godebugEnv              atomic.Pointer[string]
	godebugUpdate           atomic.Pointer[func(string, string)]
	godebugNewIncNonDefault atomic.Pointer[func(string) func()]
)

// godebuginit reads the settings at start: the program's defaults, then the environment's.
func godebuginit(env string) {
	godebugEnv.Store(&env)
	debug.panicnil, debug.inittrace, debug.checkfinalizers = 0, 0, 0
	debug.containermaxprocs, debug.updatemaxprocs = 1, 1
	parsedebugvars("tracebacklabels=1")
	for _, s := range [...]string{getmoduledata().godebugDefault, env} {
		if s != "" {
			parsedebugvars(s)
			godebugset(s)
		}
	}
}

// godebugset applies the settings that are this package's own.
func godebugset(s string) {
	for s != "" {
		field := s
		if i := bytealg.IndexByteString(s, ','); i >= 0 {
			field, s = s[:i], s[i+1:]
		} else {
			s = ""
		}
		i := bytealg.IndexByteString(field, '=')
		if i < 0 {
			continue
		}
		n, ok := atoi64(field[i+1:])
		if !ok {
			continue
		}
		switch field[:i] {
		case "panicnil":
			debug.panicnil = int32(n)
		case "inittrace":
			debug.inittrace = int32(n)
		case "checkfinalizers":
			debug.checkfinalizers = int32(n)
		case "containermaxprocs":
			debug.containermaxprocs = int32(n)
		case "updatemaxprocs":
			debug.updatemaxprocs = int32(n)
		case "memprofilerate":
			// These two hold from the start only.
			if runtimeInitTime == 0 {
				MemProfileRate = int(n)
			}
		case "traceadvanceperiod":
			if runtimeInitTime == 0 && n > 0 {
				traceGenPeriod = n
			}
		}
	}
}

// godebugSetEnv follows a change of the environment variable.
func godebugSetEnv(value string) {
	godebugEnv.Store(&value)
	godebuginit(value)
	godebugNotify()
}

func godebugNotify() {
	if update := godebugUpdate.Load(); update != nil {
		env := ""
		if p := godebugEnv.Load(); p != nil {
			env = *p
		}
		(*update)(getmoduledata().godebugDefault, env)
	}
}

//go:linkname godebug_setUpdate internal/godebug.setUpdate
func godebug_setUpdate(update func(string, string)) {
	godebugUpdate.Store(&update)
	godebugNotify()
}

//go:linkname godebug_setNewIncNonDefault internal/godebug.setNewIncNonDefault
func godebug_setNewIncNonDefault(newIncNonDefault func(string) func()) {
	godebugNewIncNonDefault.Store(&newIncNonDefault)
}

// godebugInc counts the uses of a non-default setting in the runtime.
type godebugInc struct {
	name string
	inc  atomic.Pointer[func()]
}

var panicnil = &godebugInc{name: "panicnil"}

func (g *godebugInc) IncNonDefault() {
	inc := g.inc.Load()
	if inc == nil {
		newInc := godebugNewIncNonDefault.Load()
		if newInc == nil {
			return
		}
		f := (*newInc)(g.name)
		inc = &f
		if !g.inc.CompareAndSwap(nil, inc) {
			inc = g.inc.Load()
		}
	}
	(*inc)()
}
