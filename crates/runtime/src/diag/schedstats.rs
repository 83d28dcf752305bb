//! What the scheduler measures for runtime/metrics.
//!
//! Every eighth time that a goroutine becomes runnable is measured, and every eighth wait for a mutex of package sync: their
//! sum is an estimate. CPU time is that of Ps, as wall time during which they exist.

use super::timehist::{self, TimeHist};
use crate::gc::trace;
use crate::heap::scavenge;
use crate::sched::proc;
use crate::sched::runtime2::{status::*, *};
use crate::sys::linux::nanotime;
use crate::sys::rand::cheaprand;
use core::sync::atomic::{AtomicBool, AtomicI64, AtomicUsize, Ordering::*};

/// From runnable to running.
static LATENCY: TimeHist = TimeHist::new();
/// How long it takes to stop the world, and until it runs again: for other reasons, for the collector.
static STOPPING: [TimeHist; 2] = [const { TimeHist::new() }; 2];
static STOPPED: [TimeHist; 2] = [const { TimeHist::new() }; 2];
static STOP_REASON: AtomicUsize = AtomicUsize::new(0);
static STOP_BEGAN: AtomicI64 = AtomicI64::new(0);
static MUTEX_NS: AtomicI64 = AtomicI64::new(0);
/// Every wait for a mutex is measured, for tests. They write it at any time: which waits it holds for does not matter much.
static ALL_WAITS: AtomicBool = AtomicBool::new(false);
/// Time that Ps were idle, and that Ps existed up to the last change of their number.
static IDLE_NS: AtomicI64 = AtomicI64::new(0);
static PROCS_NS: AtomicI64 = AtomicI64::new(0);
static PROCS_SINCE: AtomicI64 = AtomicI64::new(0);

/// A goroutine that was runnable since then runs.
pub fn started(since: i64) {
    LATENCY.record(nanotime() - since);
}

/// Is the wait for a mutex that begins now to be measured?
pub fn measures_wait() -> bool {
    cheaprand() & 7 == 0 || ALL_WAITS.load(Relaxed)
}

/// One that has waited for a mutex since then is runnable.
pub fn mutex_waited(since: i64) {
    MUTEX_NS.fetch_add((nanotime() - since) * 8, Relaxed);
}

/// Context: owner of the world.
pub fn stopping(reason: usize) {
    STOP_REASON.store((reason == 1) as usize, Relaxed);
    STOP_BEGAN.store(nanotime(), Relaxed);
}

/// Context: owner of the world.
pub fn stopped() {
    STOPPING[STOP_REASON.load(Relaxed)].record(nanotime() - STOP_BEGAN.load(Relaxed));
}

/// Context: owner of the world.
pub fn restarted() {
    STOPPED[STOP_REASON.load(Relaxed)].record(nanotime() - STOP_BEGAN.load(Relaxed));
}

/// A P goes to work that was idle since then.
pub fn p_was_idle(since: i64) {
    IDLE_NS.fetch_add(nanotime() - since, Relaxed);
}

/// There were `n` Ps until now. Context: world stopped, or start-up.
pub fn procs_change(n: i32) {
    let now = nanotime();
    let since = PROCS_SINCE.swap(now, Relaxed);
    if since != 0 {
        PROCS_NS.fetch_add((now - since) * i64::from(n), Relaxed);
    }
}

/// Row `measureallwaits`: where it says that every wait for a mutex is measured. Its sum counts each for eight.
#[unsafe(export_name = "rt.measureallwaits")]
extern "C" fn measureallwaits() -> *const bool {
    ALL_WAITS.as_ptr()
}

/// Row `waitsformutex`: does the goroutine wait for a mutex of package sync?
///
/// # Safety
/// `gp` is a goroutine; it need not be stopped.
#[unsafe(export_name = "rt.waitsformutex")]
unsafe extern "C" fn waitsformutex(gp: *const G) -> usize {
    // The reason stands before the status says that it waits, and until it does not.
    let waits = (*gp).status.load(Acquire) & !GSCAN == GWAITING && (*gp).waitreason.is_mutex();
    waits as usize
}

/// Row `schedmetrics0`: the numbers in this order.
#[unsafe(export_name = "rt.schedmetrics0")]
unsafe extern "C" fn rt_schedmetrics0(out: *mut u64, n: usize) {
    proc::lock();
    let now = nanotime();
    let l = SCHED.locked();
    let mut idle = IDLE_NS.load(Relaxed);
    let mut p = l.pidle;
    while !p.is_null() {
        idle += now - (*p).idle_since;
        p = (*p).link;
    }
    let threads = l.mcount;
    proc::unlock();
    let procs = i64::from(SCHED.gomaxprocs.load(Relaxed));
    let total = PROCS_NS.load(Relaxed) + (now - PROCS_SINCE.load(Relaxed)) * procs;
    let mut created = 0;
    for i in 0..MAXPROCS {
        let p = SCHED.allp.get(i);
        if p.is_null() {
            break;
        }
        created += (*p).gcreated.load(Relaxed);
    }
    let mut states = [0u64; 4];
    for i in 0..allglen() {
        let g = allg(i);
        if (*g).system {
            continue;
        }
        match (*g).status.load(Relaxed) & !GSCAN {
            GSYSCALL => states[0] += 1,
            GRUNNABLE | GPREEMPTED => states[1] += 1,
            GRUNNING => states[2] += 1,
            GWAITING => states[3] += 1,
            _ => {}
        }
    }
    let gc: [i64; 4] = core::array::from_fn(|i| trace::CPU[i].load(Relaxed));
    let special = crate::heap::specials::counts();
    let v = [
        // 0 idle Ps, 1 all Ps
        idle as u64,
        total as u64,
        // 2 collector: dedicated, 3 idle, 4 assists, 5 pauses
        gc[0] as u64,
        gc[1] as u64,
        gc[2] as u64,
        gc[3] as u64,
        // 6 scavenger in the background
        scavenge::BACKGROUND_NS.load(Relaxed) as u64,
        // 7 goroutines made; 8 in system calls, 9 runnable, 10 running, 11 waiting
        created,
        states[0],
        states[1],
        states[2],
        states[3],
        // 12 threads, 13 waits for mutexes
        threads as u64,
        MUTEX_NS.load(Relaxed) as u64,
        // 14 finalizers queued, 15 executed, 16 cleanups queued, 17 executed
        special[0],
        special[1],
        special[2],
        special[3],
    ];
    for (i, x) in v.iter().take(n).enumerate() {
        *out.add(i) = *x;
    }
}

/// Row `timehist0`: counts of histogram `which`, underflow first, overflow last; -1: lower bounds of the buckets and the
/// upper bound of the last, in nanoseconds.
#[unsafe(export_name = "rt.timehist0")]
unsafe extern "C" fn rt_timehist0(which: isize, out: *mut u64, n: usize) {
    let h = match which {
        0 => &LATENCY,
        1 | 2 => &STOPPING[which as usize - 1],
        3 | 4 => &STOPPED[which as usize - 3],
        _ => {
            for i in 0..=timehist::BUCKETS.min(n - 1) {
                *out.add(i) = timehist::bound(i);
            }
            return;
        }
    };
    h.read(out, n);
}
