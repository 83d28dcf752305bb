package runtime

import (
	"internal/runtime/atomic"
	"internal/runtime/cgroup"
)

// GOMAXPROCS by default: the processors that the process may use, but no more than its control group's limit on processor
// time allows on average (rounded up, 2 at least). Both may change while the program runs.
var maxprocs struct {
	custom  atomic.Bool // the program or its environment has said how many
	limit   cgroup.CPU  // the limit's files, kept open; set at start
	fixed   bool        // the run must not depend on the machine
	inside  bool        // there is such a limit, and it is to be obeyed
	ignored bool        // there is one that would matter, but GODEBUG says that it is not to be obeyed
	// Where the control group is looked up: nothing can be allocated that early.
	scratch [cgroup.ScratchSize]byte
}

var (
	containermaxprocs = &godebugInc{name: "containermaxprocs"}
	updatemaxprocs    = &godebugInc{name: "updatemaxprocs"}
)

func cpucount() int
func maxprocswait()

// maxprocsinit settles how many Ps there are. Nothing but the main goroutine runs.
func maxprocsinit() {
	if n, ok := atoi64(gogetenv("GOMAXPROCS")); ok && n > 0 {
		maxprocs.custom.Store(true)
	}
	if cpucount() == 0 {
		maxprocs.fixed = true
		return
	}
	c, err := cgroup.OpenCPU(maxprocs.scratch[:])
	if err != nil {
		return
	}
	maxprocs.limit, maxprocs.inside = c, true
	if debug.containermaxprocs == 0 {
		maxprocs.ignored = defaultmaxprocs() != cpucount()
		maxprocs.inside = false
		c.Close()
		return
	}
	if n := defaultmaxprocs(); !maxprocs.custom.Load() && n != gomaxprocs() {
		stopTheWorld()
		procresize(n)
		startTheWorld()
	}
}

// defaultmaxprocs is what GOMAXPROCS would be now if nobody set it.
func defaultmaxprocs() int {
	if maxprocs.fixed {
		return ncpu()
	}
	n := cpucount()
	if !maxprocs.inside {
		return n
	}
	limit, ok, err := cgroup.ReadCPULimit(maxprocs.limit)
	if err != nil || !ok {
		return n
	}
	whole := int(min(limit, 1<<20))
	if float64(whole) < limit {
		whole++
	}
	return min(n, max(whole, 2))
}

// maxprocsenable starts the goroutine that follows changes.
func maxprocsenable() {
	if debug.updatemaxprocs != 0 && !maxprocs.fixed {
		newprocSystem(maxprocsupdater)
	}
}

// maxprocscount counts for runtime/metrics what GODEBUG says. Package internal/godebug is initialised.
func maxprocscount() {
	if maxprocs.ignored {
		containermaxprocs.IncNonDefault()
	}
	if debug.updatemaxprocs == 0 {
		updatemaxprocs.IncNonDefault()
	}
}

func maxprocsupdater() {
	for {
		maxprocswait()
		if maxprocs.custom.Load() || defaultmaxprocs() == gomaxprocs() {
			continue
		}
		stopTheWorld()
		// Whoever has changed it says so before.
		if !maxprocs.custom.Load() {
			procresize(defaultmaxprocs())
		}
		startTheWorld()
	}
}

// SetDefaultGOMAXPROCS updates the GOMAXPROCS setting to the runtime default, ignoring the GOMAXPROCS environment
// variable, and lets the runtime follow changes of the default again.
func SetDefaultGOMAXPROCS() {
	stopTheWorld()
	maxprocs.custom.Store(false)
	if n := defaultmaxprocs(); n != gomaxprocs() {
		procresize(n)
	}
	startTheWorld()
}
