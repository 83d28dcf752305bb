package runtime

import (
	"internal/cpu"
	"internal/runtime/atomic"
	"internal/runtime/exithook"
	"unsafe"
)

func newproc(fn func())
func newprocSystem(fn func())
func goidof(gp *g) uint64
func parentgoid() uint64
func gosched()
func goparkToken(reason waitReason)
func goready(gp *g)
func gcount() int
func lockOSThread(internal int)
func unlockOSThread(internal int)
func procPin() int
func procUnpin()
func gomaxprocs() int
func ncpu() int
func procresize(n int)
func worldsemaAcquire()
func worldsemaRelease()
func stopTheWorldWithSema(reason int)
func startTheWorldWithSema()
func initDone()
func exit(code int32)
func usleep(us uint32)

//go:linkname main_main main.main
func main_main()

// main is the entry of the main goroutine. Nothing has run before it but Rust's start-up.
func main() {
	// Initialisation runs on the main thread; a package that needs it keeps it by LockOSThread in its init.
	lockOSThread(1)
	schedinit()
	runtimeInitTime = nanotime()
	initDone()
	maxprocsinit()
	gcenable()
	maxprocsenable()
	memprofinit(&MemProfileRate)
	doInit()
	maxprocscount()
	mainInitDone.Store(true)
	unlockOSThread(1)

	main_main()

	// If another goroutine is panicking, let it finish its report, which ends the program.
	for c := 0; c < 1000 && runningPanicDefers.Load() != 0; c++ {
		gosched()
	}
	if panicking.Load() != 0 {
		block()
	}
	runExitHooks(0)
	exit(0)
}

var (
	runtimeInitTime int64
	mainInitDone    atomic.Bool
)

// schedinit prepares what the rest of initialisation relies on: processor features, hash seeds, itabs, environment.
func schedinit() {
	startNanotime, startTicks = nanotime(), cputicks()
	checkfds()
	goargs()
	goenvs()
	godebug := gogetenv("GODEBUG")
	cpu.Initialize(godebug)
	mapsinit()
	itabsinit()
	godebuginit(godebug)
	exithook.Gosched = Gosched
	exithook.Goid = func() uint64 { return goidof(getg()) }
	exithook.Throw = throw
}

// doInit runs the packages' initialisation in the linker's order.
func doInit() {
	tasks := getmoduledata().inittasks
	trace := debug.inittrace != 0
	for i := range tasks {
		if trace {
			doInitTrace(&tasks[i])
		} else {
			tasks[i].fn()
		}
	}
}

// doInitTrace runs a task and reports what it took, as GODEBUG=inittrace=1 asks.
func doInitTrace(t *initTask) {
	var before, after MemStats
	start := nanotime()
	ReadMemStats(&before)
	t.fn()
	end := nanotime()
	ReadMemStats(&after)
	printlock()
	print("init ", t.path, " @")
	printmillis(start - runtimeInitTime)
	print(" ms, ")
	printmillis(end - start)
	print(" ms clock, ", after.TotalAlloc-before.TotalAlloc, " bytes, ", after.Mallocs-before.Mallocs, " allocs\n")
	printunlock()
}

// printmillis prints ns as milliseconds with two significant digits after small numbers, as gc does.
func printmillis(ns int64) {
	if ns >= 10e6 {
		print(ns / 1e6)
		return
	}
	x := uint64(ns) / 1e3
	if x == 0 {
		print(0)
		return
	}
	dec := 3
	for x >= 100 {
		x /= 10
		dec--
	}
	pow := uint64(1)
	for range dec {
		pow *= 10
	}
	print(x/pow, ".")
	for f := x % pow; dec > 0; dec-- {
		pow /= 10
		print(f / pow)
		f %= pow
	}
}

//go:linkname os_beforeExit os.runtime_beforeExit
func os_beforeExit(exitCode int) { runExitHooks(exitCode) }

func runExitHooks(code int) { exithook.Run(code) }

//go:linkname syscall_Exit syscall.Exit
func syscall_Exit(code int) { exit(int32(code)) }

// Gosched yields the processor, allowing other goroutines to run.
func Gosched() { gosched() }

//go:linkname goyield
func goyield() { gosched() }

// NumGoroutine returns the number of goroutines that currently exist.
func NumGoroutine() int { return numGoroutine() }

// LockOSThread wires the calling goroutine to its current operating system thread, until as many calls of
// UnlockOSThread. If the goroutine exits while wired, the thread is ended too.
func LockOSThread() { lockOSThread(0) }

// UnlockOSThread undoes one call of LockOSThread.
func UnlockOSThread() { unlockOSThread(0) }

// stopTheWorld stops every other goroutine. It must be paired with startTheWorld.
func stopTheWorld() {
	worldsemaAcquire()
	stopTheWorldWithSema(0)
}

func startTheWorld() {
	startTheWorldWithSema()
	worldsemaRelease()
}

//go:linkname sync_runtime_procPin sync.runtime_procPin
func sync_runtime_procPin() int { return procPin() }

//go:linkname sync_runtime_procUnpin sync.runtime_procUnpin
func sync_runtime_procUnpin() { procUnpin() }

//go:linkname sync_atomic_runtime_procPin sync/atomic.runtime_procPin
func sync_atomic_runtime_procPin() int { return procPin() }

//go:linkname sync_atomic_runtime_procUnpin sync/atomic.runtime_procUnpin
func sync_atomic_runtime_procUnpin() { procUnpin() }

// waitReason says in tracebacks what a goroutine waits for; the numbers are Rust's (sched/runtime2.rs).
type waitReason uint8

// Goroutine-local state of cryptography: bit 0-7 the FIPS indicator, bit 8 the bypass flag.

//go:linkname fips_getIndicator crypto/internal/fips140.getIndicator
func fips_getIndicator() uint8 { return uint8(getfips()) }

//go:linkname fips_setIndicator crypto/internal/fips140.setIndicator
func fips_setIndicator(i uint8) { setfips(getfips()&^0xff | uintptr(i)) }

//go:linkname fips140_setBypass crypto/fips140.setBypass
func fips140_setBypass() { setfips(getfips() | 0x100) }

//go:linkname fips140_unsetBypass crypto/fips140.unsetBypass
func fips140_unsetBypass() { setfips(getfips() &^ 0x100) }

//go:linkname fips140_isBypassed crypto/fips140.isBypassed
func fips140_isBypassed() bool { return getfips()&0x100 != 0 }

func getfips() uintptr
func setfips(v uintptr)

// Data-independent timing is not a mode of this architecture.

//go:linkname dit_setEnabled crypto/subtle.setDITEnabled
func dit_setEnabled() bool { return false }

//go:linkname dit_setDisabled crypto/subtle.setDITDisabled
func dit_setDisabled() {}

//go:linkname boring_registerCache crypto/internal/boring/bcache.registerCache
func boring_registerCache(p unsafe.Pointer) {}
