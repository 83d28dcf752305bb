//! Runtime functions of the `io` folder: waiting on the world. Each row is preceded by its Go declaration in package `runtime`.

use super::{Effects, RuntimeFn, row};

const NONE: Effects = Effects::NONE;
const PARKS: Effects = Effects::PARKS;

pub const ROWS: &[RuntimeFn] = &[
    // Semaphores (sync, internal/sync, internal/poll).
    // func semacquire1(addr *uint32, lifo int, reason waitReason): decrement *addr, waiting until it is positive.
    row("semacquire1", 3, 0, PARKS),
    // func semrelease1(addr *uint32, handoff bool) (w uintptr, since int64): increment and wake one; with handoff the waiter runs at
    // once. If the mutex profile is on, the waiter is left for semready, and since is when it began to wait (ticks); else both are 0.
    row("semrelease1", 2, 2, PARKS),
    // func semready(w uintptr, handoff bool): wakes what semrelease1 gave.
    row("semready", 2, 0, PARKS),
    // func semnwait(addr *uint32) int: goroutines that wait in the bucket of addr.
    row("semnwait", 1, 1, NONE),
    // func setmutexprof(on bool): whether waiters remember since when they wait.
    row("setmutexprof", 1, 0, NONE),
    // func syncCanSpin(i int) int; func syncDoSpin()
    row("syncCanSpin", 1, 1, NONE),
    row("syncDoSpin", 0, 0, NONE),
    // notifyList as in sync/runtime.go (wait uint32, notify uint32, lock uintptr, head, tail unsafe.Pointer).
    // func notifyListAdd(l *notifyList) uint32; func notifyListWait(l *notifyList, t uint32)
    row("notifyListAdd", 1, 1, NONE),
    row("notifyListWait", 2, 0, PARKS),
    // func notifyListNotifyAll(l *notifyList); func notifyListNotifyOne(l *notifyList)
    row("notifyListNotifyAll", 1, 0, NONE),
    row("notifyListNotifyOne", 1, 0, NONE),
    // Time. A runtime timer is the Go struct (allocated by the Go side with newobject, so that arg and f are scanned):
    //   type timeTimer struct { c unsafe.Pointer; init bool;                      // as time.Timer and time.Ticker
    //       f func(arg any, seq uintptr, delta int64); arg any; when, period int64; // 16 | 24 40 48
    //       seq uintptr; delta int64; cp unsafe.Pointer; rt [6]uintptr }           // 56 64 72 | 80: runtime's own
    // func nanotime() int64; func walltime() (sec, nsec int64)
    row("nanotime", 0, 1, NONE),
    row("walltime", 0, 2, NONE),
    // func cputicks() int64
    row("cputicks", 0, 1, Effects::NOSWITCH),
    // func timeSleepNs(ns int64)
    row("timeSleepNs", 1, 0, PARKS),
    // func timerStart(t *timeTimer) int: t.when/period/f/arg/cp are set; t is new. Bit 1 of all three results: the function is to
    // be called now (timerDue says of which timer).
    row("timerStart", 1, 1, NONE),
    // func timerStop(t *timeTimer) int: bit 0 if it was pending.
    row("timerStop", 1, 1, NONE),
    // func timerReset(t *timeTimer, when, period int64) int: bit 0 if it was pending.
    row("timerReset", 3, 1, NONE),
    // func timerDue() (t *timeTimer, delta int64): the timer whose function this goroutine has to call.
    row("timerDue", 0, 2, NONE),
    // Bubbles of testing/synctest (io/synctest.rs). func synctestEnter(b *synctestBubble, now int64); func synctestLeave(b *synctestBubble)
    row("synctestEnter", 2, 0, NONE),
    row("synctestLeave", 1, 0, NONE),
    // func synctestTimer(b *synctestBubble) int: 1: timerDue's function is to be called. func synctestIdle(b *synctestBubble): wait
    // until the bubble is idle. func synctestAdvance(b *synctestBubble) int: moves the clock; 0: there is nothing to wait for.
    row("synctestTimer", 1, 1, NONE),
    row("synctestIdle", 1, 0, PARKS),
    row("synctestAdvance", 1, 1, NONE),
    // func synctestWait0() int: 1: somebody waits already. func synctestWait1(): after it.
    row("synctestWait0", 0, 1, PARKS),
    row("synctestWait1", 0, 0, NONE),
    row("synctestAcquire", 1, 0, NONE),
    row("synctestRelease", 1, 0, NONE),
    // func synctestAssociate(p unsafe.Pointer, add bool) int: 0 no bubble, 1 this one, 2 another.
    row("synctestAssociate", 2, 1, NONE),
    row("synctestDisassociate", 1, 0, NONE),
    // func allThreadsSyscall(args *[7]uintptr, out *[3]uintptr): the world is stopped; out: r1, r2, errno.
    row("allThreadsSyscall", 2, 0, NONE),
    // func timerprocNext() *timeTimer: park until a timer has expired; the caller (the runtime's timer goroutine, started
    // with newprocSystem by the first timerStart's Go wrapper) then calls t.f(t.arg, seq, delta) with the two words of timerprocArgs.
    row("timerprocNext", 0, 1, PARKS),
    // func timerprocArgs() (seq uintptr, delta int64): for the timer last given by timerprocNext.
    row("timerprocArgs", 0, 2, NONE),
    // Network poller. pd is an opaque word. Results as internal/poll expects them: 0, 1 closing, 2 timeout, 3 not pollable.
    row("netpollServerInit", 0, 0, NONE),
    // func netpollOpenFD(fd uintptr) (pd uintptr, errno int)
    row("netpollOpenFD", 1, 2, NONE),
    row("netpollCloseFD", 1, 0, NONE),
    // func netpollReset(pd uintptr, mode int) int
    row("netpollReset", 2, 1, NONE),
    // func netpollWait(pd uintptr, mode int) int
    row("netpollWait", 2, 1, PARKS),
    row("netpollWaitCanceled", 2, 0, PARKS),
    // func netpollSetDeadline(pd uintptr, d int64, mode int)
    row("netpollSetDeadline", 3, 0, NONE),
    row("netpollUnblock", 1, 0, NONE),
    // func netpollIsDescriptor(fd uintptr) int
    row("netpollIsDescriptor", 1, 1, NONE),
    // Signals (os/signal).
    // func signal_recv() uint32
    row("signal_recv", 0, 1, PARKS),
    row("signal_enable", 1, 0, NONE),
    row("signal_disable", 1, 0, NONE),
    row("signal_ignore", 1, 0, NONE),
    // func signal_ignored(s uint32) int
    row("signal_ignored", 1, 1, NONE),
    row("signalWaitUntilIdle", 0, 0, PARKS),
    // func sigpipe(): die of SIGPIPE if nobody handles it.
    row("sigpipe", 0, 0, NONE),
    row("ignoreSIGSYS", 0, 0, NONE),
    row("restoreSIGSYS", 0, 0, NONE),
    // func siginfoOf(out *[4]uintptr): sig, code, address, pc of the fault that made the current sigpanic; out nil: forget it.
    row("siginfoOf", 1, 0, NONE),
    // func setcpuprofilerate(hz int); func cpuProfileRead(buf *uint64, n int) int: whole records, number of words; a record is
    // [length, time, count, label, pcs…], count 0 with one "pc": that many samples were lost.
    row("cpuProfileRead", 2, 1, NONE),
    row("setcpuprofilerate", 1, 0, NONE),
];
