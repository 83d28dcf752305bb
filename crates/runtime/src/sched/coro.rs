//! Switches between the two goroutines of a coroutine (`iter.Pull`), and what becomes of a thread that they are locked to.
//!
//! A goroutine that is locked to its thread takes the lock along: the one it switches to runs on the same thread, with the same
//! counts. So both sides see the thread that the coroutine was made on. It is a fault of the program if a side switches that is locked otherwise
//! than the maker was.

use super::proc::*;
use super::rows::{gopark_token, rt_goready, token_park};
use super::runtime2::{status::*, *};
use super::seeded;
use crate::diag::throw::throw;
use core::ptr::null_mut;
use core::sync::atomic::Ordering::*;

/// How a goroutine is locked: its thread (null: it is not) and the counts. Layout as `coroLock` in package runtime.
#[repr(C)]
#[derive(Clone, Copy, PartialEq)]
pub struct CoroLock {
    m: *mut M,
    external: u32,
    internal: u32,
}

impl CoroLock {
    unsafe fn of(gp: *mut G) -> CoroLock {
        CoroLock { m: (*gp).lockedm, external: (*gp).lockedext, internal: (*gp).lockedint }
    }
}

/// Throws unless the running goroutine is locked as `made` says.
unsafe fn check(me: *mut G, made: &CoroLock) {
    if CoroLock::of(me) != *made {
        throw("coro: OS thread locking must match locking at coroutine creation");
    }
}

/// Gives the lock of `me`, which is running, to `gp`, which is not and will not be before the caller makes it runnable.
unsafe fn donate(me: *mut G, gp: *mut G) {
    let lock = CoroLock::of(me);
    if lock.m.is_null() {
        return;
    }
    ((*me).lockedm, (*me).lockedext, (*me).lockedint) = (null_mut(), 0, 0);
    ((*gp).lockedm, (*gp).lockedext, (*gp).lockedint) = (lock.m, lock.external, lock.internal);
    (*lock.m).lockedg = gp;
}

/// Row `corolock`: how the current goroutine is locked.
#[unsafe(export_name = "rt.corolock")]
unsafe extern "C" fn corolock(out: *mut CoroLock) {
    *out = CoroLock::of(getg());
}

/// Row `corostart0`: the first switch, to a new goroutine for the func value `f`.
#[unsafe(export_name = "rt.corostart0")]
unsafe extern "C" fn corostart0(f: usize, made: *const CoroLock, reason: usize) {
    let me = getg();
    check(me, &*made);
    if (*me).lockedm.is_null() {
        newproc1(f, me, (*me).sched.pc, false);
    } else {
        let gp = newg(f, me, (*me).sched.pc, false);
        donate(me, gp);
        enqueue(gp);
    }
    gopark_token(reason);
}

/// Row `goswitch`: makes `gp`, which waits in `goparkToken` or is about to, go on, and waits there itself. If possible `gp` takes over the
/// thread at once.
#[unsafe(export_name = "rt.goswitch")]
unsafe extern "C" fn goswitch(gp: *mut G, made: *const CoroLock, reason: usize) {
    let m = getm();
    let me = (*m).curg;
    check(me, &*made);
    donate(me, gp);
    if (*gp).token.compare_exchange(2, 0, SeqCst, SeqCst).is_err() {
        rt_goready(gp);
        return gopark_token(reason);
    }
    casgstatus(gp, GWAITING, GRUNNABLE);
    // A lock that somebody else gave it is to another thread.
    let here = (*gp).lockedm.is_null() || (*gp).lockedm == m;
    if !here || (*me).token.compare_exchange(1, 0, SeqCst, SeqCst).is_ok() {
        enqueue(gp);
        if !here {
            gopark_token(reason);
        }
        return;
    }
    gopark(Some(token_park), gp as usize, WaitReason::from(reason));
    (*m).parking = park::SWITCH;
}

/// Row `coroexit0`: the last switch back to `gp`; the caller ends.
#[unsafe(export_name = "rt.coroexit0")]
unsafe extern "C" fn coroexit0(gp: *mut G, made: *const CoroLock) {
    let me = getg();
    check(me, &*made);
    donate(me, gp);
    rt_goready(gp);
}

unsafe fn enqueue(gp: *mut G) {
    runqput((*getm()).p, gp, true);
    if seeded::on() {
        seeded::readied(gp);
    }
    wakep();
}
