//! Leaving a goroutine: what a runtime row asks for (`m.parking`) and what the scheduler's stack then does.
//!
//! A row cannot switch stacks itself. It notes its wish and returns; the thunk sees `m.parking` and enters `goxide_park`.

use super::*;
use crate::diag::throw::throw;
use crate::diag::{schedstats, trace};
use crate::io::synctest;
use crate::sched::lock::RawLock;
use crate::sys::linux;
use core::ptr::null_mut;
use core::sync::atomic::Ordering::*;

/// What `goxide_park` has to do (`m.park_kind`).
pub mod park {
    /// Wait; `m.unlockf` publishes.
    pub const WAIT: u32 = 1;
    /// To the global queue.
    pub const GOSCHED: u32 = 2;
    /// Finished.
    pub const EXIT: u32 = 3;
    /// To the own queue's end.
    pub const YIELD: u32 = 4;
    /// Back from a system call without a P.
    pub const EXITSYSCALL: u32 = 5;
    /// Preempted: to the global queue.
    pub const PREEMPT: u32 = 6;
    /// Wait, and run `m.unlockarg` (a G that was made runnable and belongs to us) at once.
    pub const SWITCH: u32 = 7;
}

/// Parks the current goroutine when the runtime call returns. `unlockf(gp, arg)` runs after the G has become `GWAITING`,
/// on the scheduler's stack; if it returns false the G goes on at once.
///
/// Context: a `PARKS` row, as its last act; `m.locks` 0 apart from locks that `unlockf` gives back.
pub unsafe fn gopark(unlockf: Option<unsafe fn(*mut G, usize) -> bool>, arg: usize, reason: WaitReason) {
    let m = getm();
    (*m).unlockf = unlockf;
    (*m).unlockarg = arg;
    (*(*m).curg).waitreason = reason;
    (*(*m).curg).parks = (*(*m).curg).parks.wrapping_add(1);
    (*m).parking = park::WAIT;
}

pub(super) unsafe fn unlock_raw(_: *mut G, l: usize) -> bool {
    (*(l as *const RawLock)).unlock();
    true
}

/// Parks and gives `l` back once the G may be readied.
///
/// Context: as `gopark`; `l` is held.
pub unsafe fn goparkunlock(l: *const RawLock, reason: WaitReason) {
    gopark(Some(unlock_raw), l as usize, reason)
}

/// Lets others run when the runtime call returns.
pub unsafe fn gosched_on_return() {
    (*getm()).parking = park::GOSCHED;
}

/// The current goroutine goes to the end of its own queue when the runtime call returns.
pub unsafe fn goyield_on_return() {
    (*getm()).parking = park::YIELD;
}

/// Makes a parked goroutine runnable, next on this P.
///
/// Context: system stack with a P; the caller is the only waker.
pub unsafe fn goready(gp: *mut G) {
    ready(gp, true)
}

pub unsafe fn ready(gp: *mut G, next: bool) {
    let m = acquirem();
    casgstatus(gp, GWAITING, GRUNNABLE);
    runqput((*m).p, gp, next);
    if seeded::on() {
        seeded::readied(gp);
    }
    wakep();
    releasem(m);
}

/// Changes the status, waiting while a scanner holds the G.
pub unsafe fn casgstatus(gp: *mut G, old: u32, new: u32) {
    let mut n = 0;
    while let Err(cur) = (*gp).status.compare_exchange(old, new, AcqRel, Acquire) {
        if cur != old | GSCAN {
            throw("casgstatus: bad incoming values");
        }
        n += 1;
        if n & 63 == 0 {
            linux::osyield();
        } else {
            core::hint::spin_loop();
        }
    }
    if trace::on() {
        trace::status_changed(gp, old, new);
    }
    match new {
        GRUNNABLE => {
            (*gp).trackseq = (*gp).trackseq.wrapping_add(1);
            if (*gp).trackseq & 7 == 0 {
                (*gp).runnable_since = linux::nanotime();
            }
            if (*gp).mutex_since != 0 {
                schedstats::mutex_waited(core::mem::take(&mut (*gp).mutex_since));
            }
        }
        GWAITING if (*gp).waitreason.is_mutex() && schedstats::measures_wait() => {
            (*gp).mutex_since = linux::nanotime();
        }
        _ => {}
    }
    if !(*gp).bubble.is_null() {
        synctest::status_changed(gp, old, new);
    }
}

/// Called by the thunk when a row asked for the scheduler.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn goxide_park() -> ! {
    let m = getm();
    let gp = (*m).curg;
    let kind = core::mem::replace(&mut (*m).parking, 0);
    match kind {
        park::WAIT | park::SWITCH => {
            let unlockf = (*m).unlockf.take();
            let arg = (*m).unlockarg;
            // Until it is decided whether the goroutine stays parked its bubble counts as active.
            let bubble = (*gp).bubble;
            synctest::inc_active(bubble);
            casgstatus(gp, GRUNNING, GWAITING);
            dropg(m);
            if kind == park::SWITCH {
                let next = arg as *mut G;
                if let Some(f) = unlockf
                    && !f(gp, 0)
                {
                    casgstatus(gp, GWAITING, GRUNNABLE);
                    runqput((*m).p, gp, false);
                }
                synctest::dec_active(bubble);
                execute(next, true);
            }
            if let Some(f) = unlockf
                && !f(gp, arg)
            {
                casgstatus(gp, GWAITING, GRUNNABLE);
                synctest::dec_active(bubble);
                execute(gp, true);
            }
            synctest::dec_active(bubble);
        }
        park::GOSCHED | park::PREEMPT => {
            casgstatus(gp, GRUNNING, GRUNNABLE);
            dropg(m);
            if seeded::on() {
                if kind == park::GOSCHED {
                    seeded::yielded(gp);
                } else if seeded::preempted(gp) {
                    schedule();
                }
            }
            lock();
            globrunqput(gp);
            unlock();
            if SCHED.main_started.load(Relaxed) != 0 {
                wakep_for_global();
            }
        }
        park::YIELD => {
            casgstatus(gp, GRUNNING, GRUNNABLE);
            dropg(m);
            if seeded::on() {
                seeded::yielded(gp);
            }
            runqput((*m).p, gp, false);
        }
        park::EXIT => goexit0(gp),
        park::EXITSYSCALL => crate::sched::syscall::exitsyscall0(gp),
        _ => throw("park: unknown kind"),
    }
    schedule()
}

pub(super) unsafe fn dropg(m: *mut M) {
    (*(*m).curg).m = null_mut();
    (*m).curg = null_mut();
}

/// May the goroutine of this M be taken off it?
pub(super) unsafe fn can_preempt(m: *mut M) -> bool {
    let p = (*m).p;
    (*m).locks == 0 && (*m).dying == 0 && !p.is_null() && (*p).status.load(Relaxed) == PRUNNING
}

/// The thunk found `g.preempt` set on the way back to Go: 1 = enter the scheduler.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn goxide_maybe_preempt() -> i32 {
    let m = getm();
    if !can_preempt(m) {
        return 0;
    }
    (*m).parking = park::PREEMPT;
    1
}

/// A stack check found the poisoned guard (called through a thunk by `morestack`).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn goxide_preemptpark() {
    let m = getm();
    let gp = (*m).curg;
    if seeded::on() {
        seeded::at_entry(gp);
        if (*gp).preempt.load(Relaxed) == 0 {
            return;
        }
    } else {
        (*gp).stackguard.store((*(*gp).seg).guard, Relaxed);
    }
    if can_preempt(m) {
        (*m).parking = park::PREEMPT;
    }
}
