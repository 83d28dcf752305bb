//! Runtime functions of the `sched` folder. Each row is preceded by its Go declaration in package `runtime`.
//!
//! Go functions that may park receive their value when the goroutine is readied. `gp` is a `*g` (an opaque pointer on the
//! Go side, never freed, so it may be kept as `uintptr`).

use super::{Effects, RuntimeFn, row};

const NONE: Effects = Effects::NONE;
const PARKS: Effects = Effects::PARKS;
const LEAF: Effects = Effects::NOSWITCH;
const NORETURN: Effects = Effects::NORETURN;

pub const ROWS: &[RuntimeFn] = &[
    // func newproc(fn func()): start a goroutine that calls fn. `go f(x)` is lowered to this with a closure.
    row("newproc", 1, 0, NONE),
    // func newprocSystem(fn func()): the same for a goroutine of the runtime itself (not counted, not in tracebacks).
    row("newprocSystem", 1, 0, NONE),
    // func goexit1(): end the current goroutine; its deferred calls have been run by Go.
    row("goexit1", 0, 0, Effects(PARKS.0 | NORETURN.0)),
    // func getg() *g
    row("getg", 0, 1, LEAF),
    // func gparks() int: how often the current goroutine has waited (wraps).
    row("gparks", 0, 1, NONE),
    // func goidof(gp *g) uint64
    row("goidof", 1, 1, NONE),
    // func parentgoid() uint64
    row("parentgoid", 0, 1, NONE),
    // func gosched(): let others run.
    row("gosched", 0, 0, PARKS),
    // func schedpoint(): a seeded run may change goroutines here (-d=schedpoints puts one before each atomic operation).
    row("schedpoint", 0, 0, NONE),
    // func goparkToken(reason waitReason): park until goready; returns at once if goready came first.
    row("goparkToken", 1, 0, PARKS),
    // func goready(gp *g): wake a goroutine parked, or about to park, in goparkToken.
    row("goready", 1, 0, NONE),
    // func cpucount() int: how many processors the process may use now; 0: that does not count. func maxprocswait(): waits for
    // the next look at that (sched/maxprocs.rs).
    row("cpucount", 0, 1, NONE),
    row("maxprocswait", 0, 0, PARKS),
    // Of the tests (diag/schedstats.rs). func measureallwaits() *bool: whether each wait for a mutex of package sync is measured.
    // func waitsformutex(gp *g) bool.
    row("measureallwaits", 0, 1, NONE),
    row("waitsformutex", 1, 1, NONE),
    // Coroutines (sched/coro.rs). func corolock(out *coroLock): how the current goroutine is locked to its thread.
    // func corostart0(f func(), made *coroLock, reason waitReason): the first switch, to a new goroutine that runs f.
    // func goswitch(gp *g, made *coroLock, reason waitReason): goready(gp) and park in goparkToken, handing the thread over directly.
    // func coroexit0(gp *g, made *coroLock): the last switch; the caller ends.
    row("corolock", 1, 0, NONE),
    row("corostart0", 3, 0, PARKS),
    row("goswitch", 3, 0, PARKS),
    row("coroexit0", 2, 0, NONE),
    // func gcount() int
    row("gcount", 0, 1, NONE),
    // func lockOSThread(); func unlockOSThread(): nest; with internal != 0 the runtime's own count.
    row("lockOSThread", 1, 0, NONE),
    row("unlockOSThread", 1, 0, NONE),
    // func lockcounts() uint64: how often the program (upper half) and the runtime have locked.
    row("lockcounts", 0, 1, NONE),
    // func procPin() int; func procUnpin(): no preemption in between. procPin gives the P's id.
    row("procPin", 0, 1, LEAF),
    row("procUnpin", 0, 0, LEAF),
    // func gomaxprocs() int; func ncpu() int
    row("gomaxprocs", 0, 1, NONE),
    row("ncpu", 0, 1, NONE),
    // func procresize(n int): world stopped, caller holds worldsema; takes effect in startTheWorldWithSema.
    row("procresize", 1, 0, NONE),
    // func worldsemaAcquire(); func worldsemaRelease(): the right to stop the world. Goroutine-level lock.
    row("worldsemaAcquire", 0, 0, PARKS),
    row("worldsemaRelease", 0, 0, NONE),
    // func stopTheWorldWithSema(reason int); func startTheWorldWithSema(): caller holds worldsema.
    row("stopTheWorldWithSema", 1, 0, NONE),
    row("startTheWorldWithSema", 0, 0, NONE),
    // func entersyscall(); func exitsyscall(): around a system call that may block.
    row("entersyscall", 0, 0, NONE),
    row("exitsyscall", 0, 0, PARKS),
    // func setMaxThreads(n int) int; func setMaxStack(n int) int
    row("setMaxThreads", 1, 1, NONE),
    row("setMaxStack", 1, 1, NONE),
    // func setPanicOnFault(on int) int: for the current goroutine; gives the old value.
    row("setPanicOnFault", 1, 1, NONE),
    // func getproflabel() unsafe.Pointer; func setproflabel(p unsafe.Pointer): inherited by newproc.
    row("getproflabel", 0, 1, NONE),
    row("setproflabel", 1, 0, NONE),
    // func goroutineleakwant(): the next collection looks for goroutines that nobody can wake. func goroutineleakwanted() bool: it has
    // not yet. func goroutineleakcount0() int: how many it found. func gleaked(gp *g) bool: whether gp is one of them.
    row("goroutineleakwant", 0, 0, NONE),
    row("goroutineleakwanted", 0, 1, NONE),
    row("goroutineleakcount0", 0, 1, NONE),
    row("gleaked", 1, 1, NONE),
    // func setrunsusercode(on bool): the calling system goroutine begins or ends to run a function of the program.
    row("setrunsusercode", 1, 0, NONE),
    // func gproflabel(gp *g) unsafe.Pointer: of another goroutine, world stopped.
    row("gproflabel", 1, 1, NONE),
    // func getfips() uintptr; func setfips(v uintptr): a word of the goroutine, for crypto/internal/fips140.
    row("getfips", 0, 1, NONE),
    row("setfips", 1, 0, NONE),
    // func initDone(): package runtime is initialised: start sysmon and the collector's helpers.
    row("initDone", 0, 0, NONE),
    // func deferprepare(frame *deferframe, landing uintptr)
    row("deferprepare", 2, 0, LEAF),
    // func recovery(frame *deferframe): continue at the frame's landing.
    row("recovery", 1, 0, Effects(LEAF.0 | NORETURN.0)),
    // func beforefork(); func afterfork(); func afterforkInChild(); func beforeExec(); func afterExec()
    row("beforefork", 0, 0, NONE),
    row("afterfork", 0, 0, NONE),
    row("afterforkInChild", 0, 0, NONE),
    row("beforeExec", 0, 0, NONE),
    row("afterExec", 0, 0, NONE),
];
