//! Mark workers: loops on an M's system stack that the scheduler enters when a P should mark, and assists.
//!
//! | mode | when | until |
//! |---|---|---|
//! | dedicated | a quarter of the Ps, if that is a whole number | marking is done or the world stops |
//! | fractional | for the rest of the quarter | the P has given its share of time |
//! | idle | a P has nothing to run | there is something to run, or a millisecond has passed |

use super::pacer::{self, BG_CREDIT, UTILIZATION};
use super::{BLACKEN, barrier, cycle, mark, roots, sweep, work};
use crate::sched::runtime2::{G, P, SCHED, getp};
use crate::sys::linux::{self, nanotime};
use core::sync::atomic::*;

/// How a worker runs.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u32)]
pub enum WorkerMode {
    Dedicated = 1,
    Fractional = 2,
    Idle = 3,
}

/// Dedicated workers that should still start; negative never.
static DEDICATED: AtomicI32 = AtomicI32::new(0);
/// Share of each P's time for fractional workers (f64 bits).
static FRACTION: AtomicU64 = AtomicU64::new(0);
/// When the last of the workers that were running stopped.
static LAST_RUN: AtomicI64 = AtomicI64::new(0);
/// Workers running.
static ACTIVE: AtomicI32 = AtomicI32::new(0);
/// When marking began.
pub static MARK_START: AtomicI64 = AtomicI64::new(0);
/// CPU time of this cycle: dedicated and fractional, idle, assists.
pub static TIME: [AtomicI64; 3] = [const { AtomicI64::new(0) }; 3];

/// When an attempt to end the cycle failed last, and how long to wait before the next.
pub static FAILED: AtomicI64 = AtomicI64::new(0);
const RETRY: i64 = 200_000;
/// How long if somebody else is about to stop the world, or has not let go of it yet.
const RETRY_BUSY: i64 = 20_000;

/// An attempt to end the cycle could not be made.
pub fn retry_soon() {
    FAILED.store(nanotime() - RETRY + RETRY_BUSY, Ordering::Relaxed);
}

/// Scan work between two looks at the clock and at requests.
const STEP: i64 = 64 << 10;
/// Longest uninterrupted idle marking, so that timers and the network are looked at.
const IDLE_SLICE: i64 = 1_000_000;
/// After so many idle runs in a row that found less than [`IDLE_LEAST`] bytes to scan, a P marks no more in this cycle.
const IDLE_MISSES: u32 = 8;
const IDLE_LEAST: i64 = 8 << 10;
/// How often an assist that finds nothing to do waits 20 µs when the heap is over its goal.
const ASSIST_WAITS: usize = 20;
/// Least work an assist does, so that it pays for its overhead.
const ASSIST_MIN: i64 = 64 << 10;

/// Workers for `n` Ps. World stopped.
pub fn plan(n: i32) {
    let goal = n as f64 * UTILIZATION;
    let mut dedicated = (goal + 0.5) as i32;
    let mut fraction = 0.0;
    if dedicated == 0 || (dedicated as f64 / goal - 1.0).abs() > 0.3 {
        if dedicated as f64 > goal {
            dedicated -= 1;
        }
        fraction = (goal - dedicated as f64) / n as f64;
    }
    DEDICATED.store(dedicated, Ordering::Relaxed);
    FRACTION.store(f64::to_bits(fraction), Ordering::Relaxed);
    MARK_START.store(nanotime(), Ordering::Relaxed);
    for t in &TIME {
        t.store(0, Ordering::Relaxed);
    }
}

/// Whether there is something to mark.
fn work_available(p: *mut P) -> bool {
    // SAFETY: the caller holds the P.
    work::any_full() || roots::left() || unsafe { !(*p).gc.work.empty() }
}

/// Whether marking seems to be complete.
fn nothing_left() -> bool {
    ACTIVE.load(Ordering::Relaxed) == 0 && !work::any_full() && roots::done()
}

/// The scheduler asks whether `p` should mark now; `idle`: it has nothing else to do.
///
/// # Safety
/// Context: scheduler, P held.
#[inline]
pub unsafe fn find_worker(p: *mut P, idle: bool) -> Option<WorkerMode> {
    if BLACKEN.load(Ordering::Relaxed) == 0 {
        return None;
    }
    find_slow(p, idle)
}

#[cold]
unsafe fn find_slow(p: *mut P, idle: bool) -> Option<WorkerMode> {
    if !work_available(p) {
        if !nothing_left() {
            return None;
        }
        // Nobody is marking and nothing is known to be grey: end the cycle, whatever the shares say. But not too often,
        // for a failure stops the world for nothing.
        let mut wait = FAILED.load(Ordering::Relaxed) + RETRY - nanotime();
        if idle {
            while wait > 0 && nothing_left() && (*p).runq.is_empty() && SCHED.gcwaiting.load(Ordering::Relaxed) == 0 {
                linux::usleep(20);
                wait -= 20_000;
            }
        }
        return if wait > 0 { None } else { Some(WorkerMode::Idle) };
    }
    if idle {
        // Where one object leads to one other, there is nothing to share: leave it to those who have it.
        let useful = (*p).gc.idle_misses < IDLE_MISSES || ACTIVE.load(Ordering::Relaxed) == 0;
        return if useful { Some(WorkerMode::Idle) } else { None };
    }
    if DEDICATED.load(Ordering::Relaxed) > 0 {
        if DEDICATED.fetch_sub(1, Ordering::Relaxed) > 0 {
            return Some(WorkerMode::Dedicated);
        }
        DEDICATED.fetch_add(1, Ordering::Relaxed);
    }
    let fraction = f64::from_bits(FRACTION.load(Ordering::Relaxed));
    if fraction > 0.0 {
        let since = nanotime() - MARK_START.load(Ordering::Relaxed);
        if since <= 0 || ((*p).gc.fraction_ns as f64) < since as f64 * fraction {
            return Some(WorkerMode::Fractional);
        }
    }
    None
}

/// Whether marking has stood still for `long`, though there is something to mark or the cycle is to be ended.
pub fn wanted(now: i64, long: i64) -> bool {
    BLACKEN.load(Ordering::Relaxed) != 0
        && ACTIVE.load(Ordering::Relaxed) == 0
        && now - LAST_RUN.load(Ordering::Relaxed).max(MARK_START.load(Ordering::Relaxed)) >= long
}

/// Whether `p` would mark, or end the cycle, if it came to the scheduler now.
///
/// Context: any thread. A guess: the fields belong to whoever holds the P.
pub fn may_mark(p: *mut P, now: i64) -> bool {
    // SAFETY: Ps are never freed; a racy look at a word.
    let mine = unsafe { core::ptr::read_volatile(&raw const (*p).gc.fraction_ns) };
    let since = now - MARK_START.load(Ordering::Relaxed);
    nothing_left() || (mine as f64) < since as f64 * f64::from_bits(FRACTION.load(Ordering::Relaxed))
}

/// Marks on `p` as `mode` says. The caller then looks for a goroutine again; it may hold another P afterwards.
///
/// # Safety
/// Context: scheduler, P held, no lock held; `find_worker` gave `mode`.
pub unsafe fn run_worker(p: *mut P, mode: WorkerMode) {
    ACTIVE.fetch_add(1, Ordering::SeqCst);
    (*p).gc.worker.store(mode as u32, Ordering::Relaxed);
    let start = nanotime();
    // A timer of a sleeping goroutine ends idle marking in time.
    let until = match crate::io::time::first_deadline() {
        0 => start + IDLE_SLICE,
        t => t.min(start + IDLE_SLICE),
    };
    let w = &mut (*p).gc.work;
    let (before, mut credited) = (w.scan_work, w.scan_work);
    let stop = || {
        if SCHED.gcwaiting.load(Ordering::Relaxed) != 0 || (*p).run_safepoint.load(Ordering::Relaxed) != 0 {
            return true;
        }
        match mode {
            WorkerMode::Dedicated => false,
            WorkerMode::Fractional => {
                let now = nanotime();
                let mine = (*p).gc.fraction_ns + now - start;
                let since = now - MARK_START.load(Ordering::Relaxed);
                mine as f64 > 1.2 * f64::from_bits(FRACTION.load(Ordering::Relaxed)) * since as f64
                    && now - start > 100_000
            }
            WorkerMode::Idle => {
                !(*p).runq.is_empty() || SCHED.runqsize.load(Ordering::Relaxed) != 0 || nanotime() > until
            }
        }
    };
    let mut finished = false;
    'work: loop {
        let mut next = w.scan_work + STEP;
        while roots::next_job(w, true) {
            if w.scan_work >= next {
                next = w.scan_work + STEP;
                if stop() {
                    break 'work;
                }
            }
        }
        let go_on = mark::drain(w, STEP, |w| {
            // Assists may take this as theirs at once.
            BG_CREDIT.fetch_add((w.scan_work - credited).max(0), Ordering::Relaxed);
            credited = w.scan_work;
            stop()
        });
        if !go_on {
            break;
        }
        barrier::flush(p);
        if w.empty() && !work::any_full() && !roots::left() {
            finished = true;
            break;
        }
    }
    BG_CREDIT.fetch_add((w.scan_work - credited).max(0), Ordering::Relaxed);
    if mode == WorkerMode::Idle {
        (*p).gc.idle_misses = if w.scan_work - before < IDLE_LEAST { (*p).gc.idle_misses + 1 } else { 0 };
    }
    w.dispose();
    let end = nanotime();
    let t = end - start;
    LAST_RUN.store(end, Ordering::Relaxed);
    match mode {
        WorkerMode::Fractional => {
            (*p).gc.fraction_ns += t;
            TIME[0].fetch_add(t, Ordering::Relaxed);
        }
        WorkerMode::Dedicated => {
            DEDICATED.fetch_add(1, Ordering::Relaxed);
            TIME[0].fetch_add(t, Ordering::Relaxed);
        }
        WorkerMode::Idle => {
            TIME[1].fetch_add(t, Ordering::Relaxed);
        }
    }
    (*p).gc.worker.store(0, Ordering::Relaxed);
    let others = ACTIVE.fetch_sub(1, Ordering::SeqCst) - 1;
    if finished && others == 0 && roots::done() && !work::any_full() {
        cycle::try_finish();
    }
}

/// The current goroutine `g` marks until its debt is paid or nothing is to be had.
///
/// # Safety
/// Context: a runtime call of `g`, P held, no lock held.
#[cold]
pub unsafe fn assist(p: *mut P, g: *mut G) {
    let per_byte = pacer::assist_work_per_byte();
    let debt = -(*g).gc.assist_bytes;
    let mut owed = ((debt as f64 * per_byte) as i64).max(ASSIST_MIN);
    let mut paid = 0i64;
    // What the background did for us.
    let credit = BG_CREDIT.load(Ordering::Relaxed);
    if credit > 0 {
        let n = credit.min(owed);
        BG_CREDIT.fetch_sub(n, Ordering::Relaxed);
        paid += n;
        owed -= n;
    }
    if owed > 0 {
        let start = nanotime();
        let w = &mut (*p).gc.work;
        let scan0 = w.scan_work;
        let stop = |w: &work::GcWork| w.scan_work - scan0 >= owed || SCHED.gcwaiting.load(Ordering::Relaxed) != 0;
        loop {
            let empty = mark::drain(w, owed.min(STEP), |w| stop(w));
            if !empty || stop(w) || !roots::next_job(w, false) {
                break;
            }
        }
        let done = w.scan_work - scan0;
        paid += done;
        pacer::add_marked(w.bytes_marked, w.scan_work);
        w.bytes_marked = 0;
        w.scan_work = 0;
        TIME[2].fetch_add(nanotime() - start, Ordering::Relaxed);
        if done < owed {
            // Nothing left to mark: the debt cannot be paid, and the cycle is about to end.
            (*g).gc.assist_bytes = 0;
            barrier::flush(p);
            // Beyond the goal, do not outrun those who have the work: wait for them a little, or for the end.
            for _ in 0..ASSIST_WAITS {
                if pacer::heap_live() <= pacer::heap_goal()
                    || nothing_left()
                    || work::any_full()
                    || BLACKEN.load(Ordering::Relaxed) == 0
                    || SCHED.gcwaiting.load(Ordering::Relaxed) != 0
                {
                    break;
                }
                linux::usleep(20);
            }
            if nothing_left() {
                // Yielding lets this P end the cycle. If that did not help the last time, somebody else is at it.
                (*g).preempt.store(1, Ordering::Relaxed);
                for _ in 0..if (*p).gc.stalls > 0 { ASSIST_WAITS } else { 0 } {
                    if pacer::heap_live() <= pacer::heap_goal()
                        || !nothing_left()
                        || BLACKEN.load(Ordering::Relaxed) == 0
                        || SCHED.gcwaiting.load(Ordering::Relaxed) != 0
                    {
                        break;
                    }
                    linux::usleep(20);
                }
                (*p).gc.stalls += 1;
            }
            return;
        }
    }
    (*g).gc.assist_bytes += ((paid as f64 / per_byte) as i64).max(debt);
}

/// Called when a P has nothing else to do: sweeps a few spans. True: there may be more.
///
/// # Safety
/// Context: scheduler, P held.
pub unsafe fn idle_work(_p: *mut P) -> bool {
    for _ in 0..16 {
        if sweep::sweep_one().is_none() {
            return false;
        }
    }
    true
}

/// A P is taken out of use: its buffers go to the shared lists. World stopped.
///
/// # Safety
/// World stopped.
pub unsafe fn destroy_p(p: *mut P) {
    barrier::flush(p);
    (*p).gc.work.dispose();
    (*p).gc.work.release();
}

/// Work that every P does for itself when asked to (`run_safepoint`).
///
/// # Safety
/// Context: scheduler, P held.
pub unsafe fn safepoint(p: *mut P) {
    debug_assert!(p == getp());
    barrier::flush(p);
    (*p).gc.work.dispose();
}
