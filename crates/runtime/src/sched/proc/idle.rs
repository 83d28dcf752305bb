//! Ms and Ps that do nothing: the lists of them, and how an M and a P part and meet.

use super::*;
use crate::diag::throw::throw;
use crate::diag::{schedstats, trace};
use crate::sys::atomic::Ordering::*;
use core::ptr::null_mut;

/// Context: `sched.lock` held; `p` has no work.
pub unsafe fn pidleput(p: *mut P) {
    let l = SCHED.locked();
    (*p).status.store(PIDLE, Release);
    (*p).link = l.pidle;
    l.pidle = p;
    (*p).idle_since = crate::sys::linux::nanotime();
    SCHED.npidle.fetch_add(1, SeqCst);
}

/// Context: `sched.lock` held.
pub unsafe fn pidleget() -> *mut P {
    let l = SCHED.locked();
    let p = l.pidle;
    if !p.is_null() {
        l.pidle = (*p).link;
        schedstats::p_was_idle((*p).idle_since);
        SCHED.npidle.fetch_sub(1, SeqCst);
    }
    p
}

pub(super) unsafe fn mput(m: *mut M) {
    let l = SCHED.locked();
    (*m).schedlink = l.midle;
    l.midle = m;
    l.nmidle += 1;
    checkdead();
}

/// An idle M. Context: `sched.lock` held.
pub unsafe fn mget_pub() -> *mut M {
    mget()
}

pub(super) unsafe fn mget() -> *mut M {
    let l = SCHED.locked();
    let m = l.midle;
    if !m.is_null() {
        l.midle = (*m).schedlink;
        l.nmidle -= 1;
    }
    m
}

/// Takes the P for this M.
pub unsafe fn acquirep(p: *mut P) {
    let m = getm();
    if !(*m).p.is_null() {
        throw("acquirep: already in go");
    }
    (*m).p = p;
    (*p).m = m;
    (*p).status.store(PRUNNING, Release);
    crate::heap::acquirep(p);
    if trace::on() {
        trace::proc_change(p, true);
    }
}

/// Gives up the P (which becomes `PIDLE` in status, on no list).
pub unsafe fn releasep() -> *mut P {
    let m = getm();
    let p = (*m).p;
    if p.is_null() {
        throw("releasep: no p");
    }
    if trace::on() {
        trace::proc_change(p, false);
    }
    (*m).p = null_mut();
    (*p).m = null_mut();
    (*p).status.store(PIDLE, Release);
    p
}

/// Stops this M until it is given a P.
pub unsafe fn stopm() {
    let m = getm();
    lock();
    mput(m);
    unlock();
    (*m).park.sleep();
    (*m).park.clear();
    acquirep((*m).nextp);
    (*m).nextp = null_mut();
}
