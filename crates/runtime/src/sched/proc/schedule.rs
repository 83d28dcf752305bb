//! The loop: take a goroutine, run it.

use super::*;
use crate::diag::throw::throw;
use crate::sched::step;
use crate::sys::arch_x86_64 as arch;
use core::ptr::null_mut;
use core::sync::atomic::Ordering::*;

/// Runs `gp` on this M. Does not return.
pub(super) unsafe fn execute(gp: *mut G, inherit: bool) -> ! {
    let m = getm();
    let p = (*m).p;
    (*m).curg = gp;
    (*gp).m = m;
    casgstatus(gp, GRUNNABLE, GRUNNING);
    (*gp).waitsince = 0;
    if (*gp).runnable_since != 0 {
        crate::diag::schedstats::started(core::mem::take(&mut (*gp).runnable_since));
    }
    (*gp).preempt.store(0, Relaxed);
    if seeded::on() {
        seeded::running(gp);
        (*gp).stackguard.store(usize::MAX, Relaxed);
    } else {
        (*gp).stackguard.store((*(*gp).seg).guard, Relaxed);
    }
    (*gp).mcache = &raw mut (*p).mcache;
    if !inherit {
        (*p).schedtick.fetch_add(1, Relaxed);
    }
    crate::gc::cycle::before_run(gp);
    let b = (*gp).regblock;
    if !b.is_null() {
        (*gp).regblock = null_mut();
        crate::sched::preempt::putblock(m, b);
        if step::on() {
            arch::gogo_full_step(gp, b);
        }
        arch::gogo_full(gp, b);
    }
    if step::on() {
        arch::gogo_step(gp);
    }
    arch::gogo(gp)
}

/// Runs `gp`, which is runnable and on no queue.
pub unsafe fn execute_pub(gp: *mut G) -> ! {
    execute(gp, false)
}

/// This M has no P: stop, then schedule.
pub unsafe fn stop_and_schedule() -> ! {
    stopm();
    schedule()
}

/// This M has no P and its locked goroutine is on the global queue: sleep until somebody hands us a P for it.
pub unsafe fn schedule_locked_without_p() -> ! {
    stoplockedm();
    execute((*getm()).lockedg, false)
}

/// One round of the scheduler: find a goroutine and run it.
pub unsafe fn schedule() -> ! {
    let m = getm();
    if (*m).locks != 0 {
        throw("schedule: holding locks");
    }
    if !(*m).lockedg.is_null() {
        stoplockedm();
        execute((*m).lockedg, false);
    }
    loop {
        (*(*m).p).preempt.store(0, Relaxed);
        let (gp, inherit) = if seeded::on() { (seeded::findrunnable(), false) } else { findrunnable() };
        if (*m).spinning {
            resetspinning();
        }
        if !(*gp).lockedm.is_null() {
            startlockedm(gp);
            continue;
        }
        execute(gp, inherit);
    }
}

/// Stops for a stop of the world.
pub unsafe fn gcstopm() {
    let m = getm();
    if (*m).spinning {
        (*m).spinning = false;
        SCHED.nmspinning.fetch_sub(1, SeqCst);
    }
    let p = releasep();
    lock();
    stop_p(p);
    unlock();
    stopm();
}
