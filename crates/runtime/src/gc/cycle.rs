//! A cycle's life: wanted, started, finished.
//!
//! ```text
//! want_cycle      anyone              WANTED = 1, the helper is made runnable
//! gcstw           helper              the last cycle's sweeping is finished; world stopped
//! (pool clean-up) helper, in Go
//! gcbegin         helper              roots numbered, barrier on, world started
//! run_worker …    workers, assists
//! try_finish      last worker         world stopped; if nothing is grey anywhere: end of cycle, else marking goes on
//! ```
//! Stacks: no goroutine but the helper runs while the world is stopped. Every G that starts to run while marking is scanned by
//! its own M first if nobody has done so in this cycle ([`before_run`]); workers scan those that do not run. So nobody waits
//! for anybody.

use super::pacer::{self, CycleEnd};
use super::{
    BLACKEN, MARK, MARKTERM, OFF, PHASE, barrier, checkfin, leaks, mark, marking, roots, sweep, trace, work, worker,
};
use crate::diag::debug;
use crate::heap::stats;
use crate::sched::lock::Mutex;
use crate::sched::lockrank::Rank;
use crate::sched::proc::{GList, goparkunlock, goready, gosched_on_return, injectglist, ready};
use crate::sched::runtime2::{G, SCHED, WaitReason, allp, getg, getp, status};
use crate::sched::{stw, sysmon};
use crate::sys::linux::{self, nanotime, walltime};
use core::sync::atomic::*;

/// A cycle is wanted (and whether by the program).
static WANTED: AtomicU32 = AtomicU32::new(0);
static FORCED: AtomicU32 = AtomicU32::new(0);
/// Complete cycles.
static NUMGC: AtomicU32 = AtomicU32::new(0);
static NUMFORCED: AtomicU32 = AtomicU32::new(0);
/// Somebody is in `try_finish`.
static FINISHING: AtomicU32 = AtomicU32::new(0);

struct Waiters {
    helper: *mut G,
    /// Goroutines in `runtime.GC`, through `schedlink`.
    list: *mut G,
}

static WAITERS: Mutex<Waiters> =
    Mutex::new(Rank::GcWork, Waiters { helper: core::ptr::null_mut(), list: core::ptr::null_mut() });

/// Times of the cycle in progress, for trace and statistics. World stopped.
struct Times {
    stw: i64,
    mark: i64,
    forced: bool,
}

struct TimesCell(core::cell::UnsafeCell<Times>);
// SAFETY: written by whoever has stopped the world.
unsafe impl Sync for TimesCell {}
static TIMES: TimesCell = TimesCell(core::cell::UnsafeCell::new(Times { stw: 0, mark: 0, forced: false }));

/// Complete cycles, and those the program asked for.
pub fn counts() -> (u32, u32) {
    (NUMGC.load(Ordering::Relaxed), NUMFORCED.load(Ordering::Relaxed))
}

/// Asks for a cycle. Context: any thread, no lock held.
pub fn want_cycle(forced: bool) {
    if !pacer::enabled() || marking() {
        return;
    }
    if forced {
        FORCED.store(1, Ordering::Relaxed);
    }
    if WANTED.swap(1, Ordering::AcqRel) == 0 {
        let gp = core::mem::replace(&mut WAITERS.lock().helper, core::ptr::null_mut());
        if !gp.is_null() {
            // SAFETY: the helper is parked and we took it out of its place: we are its only waker.
            unsafe {
                (*gp).park_result = 1;
                if getp().is_null() {
                    let mut l = GList::new();
                    l.push(gp);
                    injectglist(&mut l);
                } else {
                    goready(gp);
                }
            }
        }
    } else if pacer::heap_live() > pacer::heap_goal() + (pacer::heap_goal() / 8).max(1 << 20) {
        // The helper has been asked and has not come to run: give its thread the processor instead of outrunning it.
        for _ in 0..10 {
            if WANTED.load(Ordering::Relaxed) == 0 || SCHED.gcwaiting.load(Ordering::Relaxed) != 0 {
                break;
            }
            linux::usleep(20);
        }
    }
    let me = getg();
    if !me.is_null() {
        // Let the helper run as soon as this call returns (again, if another goroutine came first).
        // SAFETY: the current goroutine.
        unsafe { (*me).preempt.store(1, Ordering::Relaxed) };
    }
}

#[unsafe(export_name = "rt.gcenable0")]
extern "C" fn rt_gcenable0() {
    pacer::enable();
}

#[unsafe(export_name = "rt.gchelperwait")]
unsafe extern "C" fn rt_gchelperwait() -> usize {
    let mut w = WAITERS.lock();
    if WANTED.load(Ordering::Acquire) != 0 {
        return 1;
    }
    w.helper = getg();
    core::mem::forget(w);
    goparkunlock(WAITERS.raw(), WaitReason::ForceGcIdle);
    0
}

#[unsafe(export_name = "rt.gcstw")]
unsafe extern "C" fn rt_gcstw() -> usize {
    if WANTED.load(Ordering::Acquire) == 0 || marking() {
        WANTED.store(0, Ordering::Release);
        return 0;
    }
    // Allocation goes on meanwhile: the sooner the better, so this does not let others run in between.
    while sweep::sweep_one().is_some() && SCHED.gcwaiting.load(Ordering::Relaxed) == 0 {}
    if !sweep::done() || !stw::worldsema_try() {
        (*getg()).park_result = 2;
        gosched_on_return();
        return 2;
    }
    let t = nanotime();
    stw::stoptheworld(1);
    while sweep::sweep_one().is_some() {}
    (*TIMES.0.get()).stw = t;
    1
}

#[unsafe(export_name = "rt.gcbegin")]
unsafe extern "C" fn rt_gcbegin() {
    for p in allp() {
        (*p).wbbuf.reset();
        (*p).mcache.give_back_runs(false);
        (*p).gc.fraction_ns = 0;
        (*p).gc.idle_misses = 0;
        (*p).gc.stalls = 0;
    }
    pacer::start_cycle();
    leaks::begin();
    roots::prepare();
    worker::plan(SCHED.gomaxprocs.load(Ordering::Relaxed));
    PHASE.store(MARK, Ordering::SeqCst);
    barrier::WRITE_BARRIER.store(1, Ordering::SeqCst);
    BLACKEN.store(1, Ordering::SeqCst);
    for p in allp() {
        // Objects that will be packed into a tiny block are not marked one by one: the block must live.
        for tiny in [(*p).mcache.tiny, (*p).mcache.tracked_tiny] {
            if tiny != 0 {
                mark::grey(&mut (*p).gc.work, tiny);
            }
        }
    }
    let w = &mut (*getp()).gc.work;
    crate::io::gotimer::for_each_root(|t| mark::grey(w, t));
    crate::diag::cpuprof::for_each_root(|l| mark::grey_checked(w, l));
    before_run(getg());
    if crate::diag::trace::on() {
        crate::diag::trace::gc(true);
    }
    let now = nanotime();
    let t = &mut *TIMES.0.get();
    t.forced = FORCED.swap(0, Ordering::Relaxed) != 0;
    t.mark = now;
    stats::pause_part(now - t.stw);
    WANTED.store(0, Ordering::Release);
    let ended = match debug::GCSTOPTHEWORLD.load(Ordering::Relaxed) {
        0 => None,
        n => Some(collect_stopped(n > 1)),
    };
    stw::starttheworld();
    stw::worldsema_release();
    match ended {
        Some(e) => e.tell(),
        None => sysmon::marking_began(now),
    }
}

/// `gp` is going to run on this M: its stack is scanned now if it was not in this cycle.
///
/// # Safety
/// Context: P held; `gp` is GRUNNING and owned by this M, and does not execute Go code yet.
#[inline(always)]
pub unsafe fn before_run(gp: *mut G) {
    if marking() {
        roots::scan_own(gp);
    }
}

/// The last worker found nothing more to do.
///
/// # Safety
/// Context: scheduler, P held, no lock held.
pub unsafe fn try_finish() {
    if FINISHING.compare_exchange(0, 1, Ordering::Acquire, Ordering::Relaxed).is_err() {
        worker::retry_soon();
        return;
    }
    if !marking() || !stw::worldsema_try() {
        worker::retry_soon();
        FINISHING.store(0, Ordering::Release);
        return;
    }
    let start = nanotime();
    stw::stoptheworld(1);
    for p in allp() {
        barrier::flush(p);
        (*p).gc.work.dispose();
    }
    let ended = if is_complete() { Some(end(start)) } else { None };
    if ended.is_none() {
        worker::FAILED.store(nanotime(), Ordering::Relaxed);
    }
    stw::starttheworld();
    stw::worldsema_release();
    FINISHING.store(0, Ordering::Release);
    if let Some(e) = ended {
        e.tell();
    }
}

/// Whether nothing is left to mark. World stopped, all buffers flushed; gives more work out if leaks are looked for.
unsafe fn is_complete() -> bool {
    if !marking() || !roots::done() || work::any_full() {
        return false;
    }
    let w = &mut (*getp()).gc.work;
    let more = leaks::end(w);
    w.dispose();
    !more
}

/// A cycle that has ended, until those who wait for it know.
struct Ended {
    waiters: *mut G,
    cycle: trace::Cycle,
}

/// Ends the cycle. World stopped at `start`, nothing grey.
unsafe fn end(start: i64) -> Ended {
    let end = finish();
    if crate::diag::trace::on() {
        crate::diag::trace::gc(false);
    }
    let now = nanotime();
    let t = &*TIMES.0.get();
    stats::pause_part(now - start);
    let (sec, nsec) = walltime();
    stats::cycle_end(sec * 1_000_000_000 + nsec, now);
    let waiters = core::mem::replace(&mut WAITERS.lock().list, core::ptr::null_mut());
    let n = NUMGC.load(Ordering::Relaxed);
    Ended {
        waiters,
        cycle: trace::Cycle { n, forced: t.forced, end, stw: t.stw, mark: t.mark, markterm: start, done: now },
    }
}

impl Ended {
    /// Wakes those who wait in `runtime.GC`. Context: P held, the world runs.
    unsafe fn tell(mut self) {
        while !self.waiters.is_null() {
            let gp = self.waiters;
            self.waiters = (*gp).schedlink;
            (*gp).schedlink = core::ptr::null_mut();
            (*gp).park_result = 1;
            // Behind those who are waiting to run: one that collects all the time must not starve them.
            ready(gp, false);
        }
        crate::heap::scavenge::after_cycle();
        trace::line(&self.cycle);
        if checkfin::on() {
            checkfin::line();
        }
    }
}

/// `GODEBUG=gcstoptheworld`: marks on this thread, with the world stopped, and ends the cycle; with 2 sweeps too.
unsafe fn collect_stopped(sweep_too: bool) -> Ended {
    let p = getp();
    let w = &mut (*p).gc.work;
    let begun = nanotime();
    loop {
        while roots::next_job(w, true) {}
        mark::drain(w, i64::MAX, |_| false);
        if !w.empty() || work::any_full() || roots::left() {
            continue;
        }
        w.dispose();
        if is_complete() {
            break;
        }
    }
    let now = nanotime();
    stats::pause_part(now - begun);
    let ended = end(now);
    while sweep_too && sweep::sweep_one().is_some() {}
    ended
}

/// Marking is complete. World stopped, nothing grey.
unsafe fn finish() -> CycleEnd {
    PHASE.store(MARKTERM, Ordering::SeqCst);
    BLACKEN.store(0, Ordering::SeqCst);
    for p in allp() {
        (*p).mcache.give_back_runs(true);
        (*p).mcache.release_all();
    }
    if checkfin::on() {
        checkfin::check();
    }
    PHASE.store(OFF, Ordering::SeqCst);
    barrier::WRITE_BARRIER.store(0, Ordering::SeqCst);
    let end = pacer::end_cycle();
    crate::heap::mprof::next_cycle();
    sweep::start();
    pacer::LAST_GC_NANO.store(nanotime(), Ordering::Relaxed);
    NUMGC.fetch_add(1, Ordering::Release);
    if (*TIMES.0.get()).forced {
        NUMFORCED.fetch_add(1, Ordering::Relaxed);
    }
    end
}

#[unsafe(export_name = "rt.gctarget")]
extern "C" fn rt_gctarget() -> u32 {
    // A cycle in progress may have missed what became garbage since it began.
    NUMGC.load(Ordering::Acquire) + 1 + marking() as u32
}

#[unsafe(export_name = "rt.gcwait")]
unsafe extern "C" fn rt_gcwait(target: u32) -> usize {
    if !pacer::enabled() {
        return 0;
    }
    if (NUMGC.load(Ordering::Acquire).wrapping_sub(target) as i32) >= 0 {
        // For as long as the caller may run, as if it were Go code.
        let gp = getg();
        while sweep::sweep_one().is_some()
            && (*gp).preempt.load(Ordering::Relaxed) == 0
            && SCHED.gcwaiting.load(Ordering::Relaxed) == 0
        {}
        if sweep::complete() {
            crate::heap::mprof::post_sweep();
            return 0;
        }
        (*getg()).park_result = 1;
        gosched_on_return();
        return 1;
    }
    want_cycle(true);
    let mut w = WAITERS.lock();
    if (NUMGC.load(Ordering::Acquire).wrapping_sub(target) as i32) >= 0 {
        return 1;
    }
    let gp = getg();
    (*gp).schedlink = w.list;
    w.list = gp;
    core::mem::forget(w);
    goparkunlock(WAITERS.raw(), WaitReason::WaitForGcCycle);
    1
}

/// Only for type checks of the G status this file relies on.
const _: () = assert!(status::GRUNNING == 2);

#[unsafe(export_name = "rt.setGCPercent")]
extern "C" fn rt_set_gc_percent(n: i32) -> i32 {
    pacer::set_percent(n)
}

#[unsafe(export_name = "rt.setMemoryLimit")]
extern "C" fn rt_set_memory_limit(n: i64) -> i64 {
    pacer::set_limit(n)
}
