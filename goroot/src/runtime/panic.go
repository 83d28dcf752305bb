package runtime

import (
	"internal/abi"
	"internal/runtime/atomic"
	"unsafe"
)

// The functions of this file that compiled code calls are listed in docs/runtime-calls.md; how deferred frames work is in
// docs/abi.md.

// Failures of s[x], 0 <= x < y.
func panicIndex(x int, y int)   { panicBounds(int64(x), true, y, abi.BoundsIndex) }
func panicIndexU(x uint, y int) { panicBounds(int64(x), false, y, abi.BoundsIndex) }

// Failures of s[:x], 0 <= x <= y (y = len or cap).
func panicSliceAlen(x int, y int)   { panicBounds(int64(x), true, y, abi.BoundsSliceAlen) }
func panicSliceAlenU(x uint, y int) { panicBounds(int64(x), false, y, abi.BoundsSliceAlen) }
func panicSliceAcap(x int, y int)   { panicBounds(int64(x), true, y, abi.BoundsSliceAcap) }
func panicSliceAcapU(x uint, y int) { panicBounds(int64(x), false, y, abi.BoundsSliceAcap) }

// Failures of s[x:y], 0 <= x <= y.
func panicSliceB(x int, y int)   { panicBounds(int64(x), true, y, abi.BoundsSliceB) }
func panicSliceBU(x uint, y int) { panicBounds(int64(x), false, y, abi.BoundsSliceB) }

// Failures of s[::x], 0 <= x <= y (y = len or cap).
func panicSlice3Alen(x int, y int)   { panicBounds(int64(x), true, y, abi.BoundsSlice3Alen) }
func panicSlice3AlenU(x uint, y int) { panicBounds(int64(x), false, y, abi.BoundsSlice3Alen) }
func panicSlice3Acap(x int, y int)   { panicBounds(int64(x), true, y, abi.BoundsSlice3Acap) }
func panicSlice3AcapU(x uint, y int) { panicBounds(int64(x), false, y, abi.BoundsSlice3Acap) }

// Failures of s[:x:y], 0 <= x <= y.
func panicSlice3B(x int, y int)   { panicBounds(int64(x), true, y, abi.BoundsSlice3B) }
func panicSlice3BU(x uint, y int) { panicBounds(int64(x), false, y, abi.BoundsSlice3B) }

// Failures of s[x:y:], 0 <= x <= y.
func panicSlice3C(x int, y int)   { panicBounds(int64(x), true, y, abi.BoundsSlice3C) }
func panicSlice3CU(x uint, y int) { panicBounds(int64(x), false, y, abi.BoundsSlice3C) }

// panicSliceConvert: a slice of length x is too short for an array of length y.
func panicSliceConvert(x int, y int) { panicBounds(int64(x), true, y, abi.BoundsConvert) }

//go:noinline
func panicBounds(x int64, signed bool, y int, code abi.BoundsErrorCode) {
	switch code {
	case abi.BoundsIndex:
		panicCheck("index out of range")
	case abi.BoundsConvert:
		panicCheck("slice length too short to convert to array or pointer to array")
	default:
		panicCheck("slice bounds out of range")
	}
	panic(boundsError{x: x, signed: signed, y: y, code: code})
}

// panicCheck makes a failed check a fault of the runtime if it is in a function of this package. It is called by a function that a
// function like panicIndex calls.
//
//go:noinline
func panicCheck(msg string) {
	var pc uintptr
	if callers(3, &pc, 1) == 0 {
		return
	}
	pc, _ = splitpc(pc)
	// The innermost function: main may be part of runtime.main.
	var info pcInfo
	if pcinfo(pc-1, 0, &info) != 0 && hasPrefix(info.name, "runtime.") {
		throw(msg)
	}
}

var (
	shiftError    = error(errorString("negative shift amount"))
	divideError   = error(errorString("integer divide by zero")) // also of math/bits
	overflowError = error(errorString("integer overflow"))       // also of math/bits
	floatError    = error(errorString("floating point error"))
	memoryError   = error(errorString("invalid memory address or nil pointer dereference"))
)

func panicshift()    { panic(shiftError) }
func panicdivide()   { panic(divideError) }
func panicoverflow() { panic(overflowError) }
func panicfloat()    { panic(floatError) }
func panicmem()      { panic(memoryError) }

func panicmemAddr(addr uintptr) {
	panic(errorAddressString{msg: "invalid memory address or nil pointer dereference", addr: addr})
}

func panicmakeslicelen() { panic(errorString("makeslice: len out of range")) }
func panicmakeslicecap() { panic(errorString("makeslice: cap out of range")) }

// throwinit is called when package initialisation is entered recursively.
func throwinit() { throw("recursive call during initialization - linker skew") }

var (
	rangeDoneError         = error(errorString("range function continued iteration after function for loop body returned false"))
	rangePanicError        = error(errorString("range function continued iteration after loop body panic"))
	rangeExhaustedError    = error(errorString("range function continued iteration after whole loop exit"))
	rangeMissingPanicError = error(errorString("range function recovered a loop body panic and did not resume panicking"))
)

// panicrangestate reports a range-over-func iterator that misuses its yield function.
//
//go:noinline
func panicrangestate(state int) {
	switch abi.RF_State(state) {
	case abi.RF_DONE:
		panic(rangeDoneError)
	case abi.RF_PANIC:
		panic(rangePanicError)
	case abi.RF_EXHAUSTED:
		panic(rangeExhaustedError)
	case abi.RF_MISSING_PANIC:
		panic(rangeMissingPanicError)
	}
	throw("unexpected state passed to panicrangestate")
}

// deferproc queues fn on a frame whose defers are not open-coded.
func deferproc(f *deferframe, fn func()) {
	f.list = &_defer{link: f.list, fn: fn}
}

// next removes the deferred call to be run next from f.
func (f *deferframe) next() (fn func(), ok bool) {
	if bits := f.bits; bits != 0 {
		i := f.nslots - 1
		for bits&(1<<i) == 0 {
			i--
		}
		f.bits = bits &^ (1 << i)
		return *f.slot(i), true
	}
	if d := f.list; d != nil {
		f.list = d.link
		return d.fn, true
	}
	return nil, false
}

// deferreturn runs the deferred calls that are left in f: at the end of a function whose defers are not open-coded, and
// after a recovered panic.
func deferreturn(f *deferframe) {
	for {
		fn, ok := f.next()
		if !ok {
			return
		}
		fn()
	}
}

// runningPanicDefers is non-zero while deferred calls of a panic run; the main goroutine's exit waits for them a little.
var runningPanicDefers atomic.Uint32

// panicking is non-zero once a panic is ending the program; the main goroutine must not exit before the report is out.
var panicking atomic.Uint32

// gopanic implements the predeclared function panic.
//
//go:noinline
func gopanic(e any) {
	if e == nil {
		if debug.panicnil != 1 {
			e = new(PanicNilError)
		} else {
			panicnil.IncNonDefault()
		}
	}
	gp := getg()
	var p _panic
	p.arg = e
	p.fp = getfp()
	p.link = gp._panic
	gp._panic = (*_panic)(noescape(unsafe.Pointer(&p)))
	runningPanicDefers.Add(1)
	for {
		fn, ok := p.next(gp)
		if !ok {
			break
		}
		// Called from here so that the frame of the deferred function links to p.fp.
		fn()
		if p.recovered {
			p.recover(gp)
		}
	}
	if traceOn() != 0 {
		traceCrash()
	}
	preprintpanics(&p)
	fatalpanic(&p)
}

// next is the next deferred call of the goroutine; p.frame becomes the frame it belongs to. A frame that has none left
// is taken off the goroutine's list: the function will not be returned to, or only at its landing.
func (p *_panic) next(gp *g) (func(), bool) {
	for {
		f := gp.deferframe
		if f == nil {
			return nil, false
		}
		p.frame = f
		if fn, ok := f.next(); ok {
			return fn, true
		}
		gp.deferframe = f.link
	}
}

// recover ends the panic p, whose value a deferred call of p.frame has taken, and continues at the frame's landing.
//
// Older panics whose deferred calls are running in functions that the jump leaves are given up with it. A pending
// Goexit is not: if the jump would leave it, the Goexit is resumed instead.
func (p *_panic) recover(gp *g) {
	target := p.frame
	runningPanicDefers.Add(-1)
	q := p.link
	for q != nil && q.leftBy(target) {
		if q.goexit {
			gp._panic = q.link
			gp.deferframe = q.landing
			recovery(q.landing)
		}
		runningPanicDefers.Add(-1)
		q = q.link
	}
	gp._panic = q
	if q == nil {
		siginfoOf(nil)
	}
	gp.deferframe = target
	recovery(target)
}

// leftBy reports whether a jump to target's landing leaves the function that runs p: target was registered before p
// started, so it is among the frames that p works through.
func (p *_panic) leftBy(target *deferframe) bool {
	for f := p.frame; f != nil; f = f.link {
		if f == target {
			return true
		}
	}
	return false
}

// gorecover implements the predeclared function recover; fp is the frame pointer of the function that calls it.
// The panic is recovered only if that function was called, wrappers aside, by the loop of gopanic.
//
//go:noinline
func gorecover(fp uintptr) any {
	p := getg()._panic
	if p == nil || p.goexit || p.recovered || fp == 0 {
		return nil
	}
	if wrapperCaller(fp) != p.fp {
		return nil
	}
	p.recovered = true
	return p.arg
}

// Goexit terminates the goroutine that calls it, after running its deferred calls. Recover returns nil in them.
// In the main goroutine it does not end the program, which goes on until no goroutine is left (a deadlock).
func Goexit() {
	for !goexitDefers() {
		// A recovered panic would have jumped past us: go on where it stopped.
	}
	goexit1()
}

// goexitDefers runs the deferred calls of the goroutine. It gives false if a panic raised and recovered meanwhile ended
// the loop; the function's own deferred frame is where such a recovery lands.
//
//go:noinline
func goexitDefers() (done bool) {
	defer nop()
	gp := getg()
	own := gp.deferframe
	var p _panic
	p.goexit = true
	p.fp = getfp()
	p.landing = own
	p.link = gp._panic
	gp._panic = (*_panic)(noescape(unsafe.Pointer(&p)))
	gp.deferframe = own.link
	for {
		fn, ok := p.next(gp)
		if !ok {
			break
		}
		fn()
	}
	gp.deferframe = own
	gp._panic = p.link
	return true
}

//go:noinline
func nop() {}

// indented puts a tab behind each line break, as printpanicval does.
func indented(s string) string {
	b := make([]byte, 0, len(s)+8)
	for i := range len(s) {
		b = append(b, s[i])
		if s[i] == '\n' {
			b = append(b, '\t')
		}
	}
	return string(b)
}

// preprintpanics replaces errors and Stringers among the values of the running panics by their texts, while Go code may
// still run.
func preprintpanics(p *_panic) {
	defer func() {
		const text = "panic while printing panic value"
		switch r := recover().(type) {
		case nil:
		case string:
			throw(text + ": " + indented(r))
		default:
			throw(text + ": type " + toRType(efaceOf(&r)._type).string())
		}
	}()
	for ; p != nil; p = p.link {
		if p.markRepanicked() {
			continue
		}
		switch v := p.arg.(type) {
		case synctestDeadlockError:
			deadlockedBubble = v.bubble
			p.arg = v.Error()
		case error:
			p.arg = v.Error()
		case stringer:
			p.arg = v.String()
		}
	}
}

// markRepanicked notes on the panic that p came after whether p has raised the same value again, which is printed once.
func (p *_panic) markRepanicked() bool {
	if p.link == nil || *efaceOf(&p.link.arg) != *efaceOf(&p.arg) {
		return false
	}
	p.link.repanicked = true
	return true
}

// printpanics prints the running panics, oldest first.
func printpanics(p *_panic) {
	if p.link != nil {
		printpanics(p.link)
		if p.link.repanicked {
			return
		}
		if !p.link.goexit {
			print("\t")
		}
	}
	if p.goexit {
		return
	}
	print("panic: ")
	printpanicval(p.arg)
	if p.recovered && p.repanicked {
		print(" [recovered, repanicked]")
	} else if p.recovered {
		print(" [recovered]")
	}
	print("\n")
}

// fatalpanic ends the program with a report on the panics.
func fatalpanic(p *_panic) {
	panicking.Add(1)
	runningPanicDefers.Add(-1)
	if startpanic() != 0 {
		printlock()
		printpanics(p)
		printunlock()
	}
	dopanic(deadlockedBubble)
}

// throw ends the program over a fault of the runtime; fatal over a fault of the program that cannot be recovered.
//
//go:linkname throw
func throw(s string)

//go:linkname fatal
func fatal(s string) {
	if p := getg()._panic; p != nil {
		// No code of the program runs any more: values are printed as they are.
		for x := p; x != nil; x = x.link {
			x.markRepanicked()
		}
		printlock()
		printpanics(p)
		print("\t")
		printunlock()
	}
	fatal0(s)
}

func fatal0(s string)

func startpanic() int
func dopanic(b *synctestBubble)
func recovery(f *deferframe)
func deferprepare(f *deferframe, landing uintptr)
func wrapperCaller(fp uintptr) uintptr
func goexit1()

//go:linkname sync_throw sync.throw
func sync_throw(s string) { throw(s) }

//go:linkname sync_fatal sync.fatal
func sync_fatal(s string) { fatal(s) }

//go:linkname internal_sync_throw internal/sync.throw
func internal_sync_throw(s string) { throw(s) }

//go:linkname internal_sync_fatal internal/sync.fatal
func internal_sync_fatal(s string) { fatal(s) }

//go:linkname rand_fatal crypto/rand.fatal
func rand_fatal(s string) { fatal(s) }

//go:linkname sysrand_fatal crypto/internal/sysrand.fatal
func sysrand_fatal(s string) { fatal(s) }

//go:linkname fips_fatal crypto/internal/fips140.fatal
func fips_fatal(s string) { fatal(s) }

//go:linkname maps_fatal internal/runtime/maps.fatal
func maps_fatal(s string) { fatal(s) }

//go:linkname cgroup_throw internal/runtime/cgroup.throw
func cgroup_throw(s string) { throw(s) }
