//! Entering and leaving system calls.
//!
//! In a system call the G keeps its stack (saved in `g.syscall`) and the M keeps a claim on its P (`PSYSCALL`), which sysmon
//! or a stop of the world may take away by a CAS on the P's status. Coming back, the M first tries to get that P by the
//! same CAS, then any idle P, else the G is queued and the M stops.

use super::proc::*;
use super::runtime2::{status::*, *};
use super::seeded;
use crate::diag::trace;
use core::ptr::null_mut;
use core::sync::atomic::Ordering::*;

#[unsafe(export_name = "rt.entersyscall")]
pub unsafe extern "C" fn entersyscall() {
    let m = getm();
    let gp = (*m).curg;
    let p = (*m).p;
    core::ptr::copy_nonoverlapping(&(*gp).sched, &mut (*gp).syscall, 1);
    (*gp).syscall_seg = (*gp).seg;
    casgstatus(gp, GRUNNING, GSYSCALL);
    if seeded::on() {
        (*gp).insyscall = true;
        seeded::syscall_begins((*m).tid);
    }
    super::sysmon::wake_if_waiting();
    (*m).oldp = p;
    (*m).oldtick = (*p).syscalltick.load(Relaxed);
    (*m).p = null_mut();
    (*p).m = null_mut();
    (*gp).mcache = null_mut();
    (*p).status.store(PSYSCALL, SeqCst);
    if SCHED.gcwaiting.load(SeqCst) != 0 {
        lock();
        let l = SCHED.locked();
        if l.stopwait > 0 && (*p).status.compare_exchange(PSYSCALL, PGCSTOP, SeqCst, SeqCst).is_ok() {
            (*p).syscalltick.fetch_add(1, Relaxed);
            if trace::on() {
                trace::proc_steal(p);
            }
            l.stopwait -= 1;
            if l.stopwait == 0 {
                SCHED.stopnote.wakeup();
            }
        }
        unlock();
    }
}

#[unsafe(export_name = "rt.exitsyscall")]
pub unsafe extern "C" fn exitsyscall() {
    let m = getm();
    let gp = (*m).curg;
    if (*gp).insyscall {
        (*gp).insyscall = false;
        seeded::syscall_ends();
    }
    let oldp = core::mem::replace(&mut (*m).oldp, null_mut());
    if !oldp.is_null()
        && (*oldp).status.load(Relaxed) == PSYSCALL
        && (*oldp).status.compare_exchange(PSYSCALL, PIDLE, SeqCst, SeqCst).is_ok()
    {
        let kept = (*oldp).syscalltick.fetch_add(1, Relaxed) == (*m).oldtick;
        if !kept && trace::on() {
            // Others have had it: it is in a system call of the last one.
            trace::proc_steal(oldp);
        }
        (*m).tracequiet = kept;
        acquirep(oldp);
        finish(m, gp, oldp);
        (*m).tracequiet = false;
        return;
    }
    // With the world stopped there is no point in looking for a P.
    if SCHED.npidle.load(Relaxed) > 0 && SCHED.gcwaiting.load(SeqCst) == 0 {
        lock();
        let p = pidleget();
        if !p.is_null() {
            super::sysmon::wake_locked();
        }
        unlock();
        if !p.is_null() {
            acquirep(p);
            finish(m, gp, p);
            return;
        }
    }
    // `schedule` wants a P; the rest happens in `exitsyscall0` on a fresh scheduler stack.
    (*m).parking = park::EXITSYSCALL;
}

unsafe fn finish(m: *mut M, gp: *mut G, p: *mut P) {
    casgstatus(gp, GSYSCALL, GRUNNING);
    (*gp).mcache = &raw mut (*p).mcache;
    (*gp).m = m;
    crate::gc::cycle::before_run(gp);
}

/// Back from a system call, no P: queue the G and stop (or run it if a P turns up).
pub unsafe fn exitsyscall0(gp: *mut G) -> ! {
    let m = getm();
    // Under the lock, so that a trace that begins sees either status with all that follows from it.
    lock();
    casgstatus(gp, GSYSCALL, GRUNNABLE);
    (*m).curg = null_mut();
    (*gp).m = null_mut();
    let p = if SCHED.gcwaiting.load(SeqCst) == 0 { pidleget() } else { null_mut() };
    if p.is_null() {
        globrunqput(gp);
        let locked = !(*gp).lockedm.is_null();
        unlock();
        if locked {
            schedule_locked_without_p()
        }
        stop_and_schedule()
    }
    unlock();
    acquirep(p);
    execute_pub(gp)
}

/// Called from other threads (sysmon): takes the P of an M that is in a system call.
///
/// Context: no lock held.
pub unsafe fn retake_syscall(p: *mut P) -> bool {
    // Until the P has its next M one more counts as running: the M that loses it may come back, find no P and stop.
    incidlelocked(-1);
    let taken = (*p).status.compare_exchange(PSYSCALL, PIDLE, SeqCst, SeqCst).is_ok();
    if taken {
        (*p).syscalltick.fetch_add(1, Relaxed);
        if trace::on() {
            trace::proc_steal(p);
        }
        handoffp(p);
    }
    incidlelocked(1);
    taken
}

/// As `entersyscall`, giving the P up at once: for calls that surely block.
pub unsafe fn entersyscallblock() {
    let m = getm();
    let gp = (*m).curg;
    core::ptr::copy_nonoverlapping(&(*gp).sched, &mut (*gp).syscall, 1);
    (*gp).syscall_seg = (*gp).seg;
    casgstatus(gp, GRUNNING, GSYSCALL);
    (*gp).mcache = null_mut();
    (*(*m).p).syscalltick.fetch_add(1, Relaxed);
    (*m).oldp = null_mut();
    handoffp(releasep());
}
