//! The global run queue, and a P's queue spilling into it.

use super::*;
use crate::sys::atomic::Ordering::*;
use core::ptr::null_mut;

/// Queues `gp` on `p` (held by this M); with `next` it runs as soon as the current one stops.
pub unsafe fn runqput(p: *mut P, mut gp: *mut G, next: bool) {
    let q = &(*p).runq;
    if next {
        gp = q.set_next(gp);
        if gp.is_null() {
            return;
        }
    }
    if let Some(b) = q.put(gp) {
        lock();
        globrunqputbatch(b.head, b.tail, b.n as i32);
        unlock();
    }
}

pub(super) unsafe fn globrunqputbatch(head: *mut G, tail: *mut G, n: i32) {
    let l = SCHED.locked();
    (*tail).schedlink = null_mut();
    if l.runqtail.is_null() {
        l.runqhead = head;
    } else {
        (*l.runqtail).schedlink = head;
    }
    l.runqtail = tail;
    SCHED.runqsize.fetch_add(n, Relaxed);
}

/// Context: `sched.lock` held.
pub unsafe fn globrunqput(gp: *mut G) {
    globrunqputbatch(gp, gp, 1)
}

/// Context: `sched.lock` held.
pub unsafe fn globrunqputhead(gp: *mut G) {
    let l = SCHED.locked();
    (*gp).schedlink = l.runqhead;
    l.runqhead = gp;
    if l.runqtail.is_null() {
        l.runqtail = gp;
    }
    SCHED.runqsize.fetch_add(1, Relaxed);
}

/// The first of the global queue. Context: `sched.lock` held.
pub unsafe fn globrunqpop() -> *mut G {
    let l = SCHED.locked();
    let gp = l.runqhead;
    if !gp.is_null() {
        l.runqhead = (*gp).schedlink;
        if l.runqhead.is_null() {
            l.runqtail = null_mut();
        }
        SCHED.runqsize.fetch_sub(1, Relaxed);
    }
    gp
}

/// Takes a fair share of the global queue for `p`, at most `max` (0: no limit). Context: `sched.lock` held.
pub(super) unsafe fn globrunqget(p: *mut P, max: i32) -> *mut G {
    let size = SCHED.runqsize.load(Relaxed);
    if size == 0 {
        return null_mut();
    }
    let mut n = (size / SCHED.gomaxprocs.load(Relaxed) + 1).min(size).min(RUNQ as i32 / 2);
    if max > 0 {
        n = n.min(max);
    }
    let gp = globrunqpop();
    for _ in 1..n {
        let g = globrunqpop();
        if g.is_null() {
            break;
        }
        if let Some(b) = (*p).runq.put(g) {
            globrunqputbatch(b.head, b.tail, b.n as i32);
        }
    }
    gp
}
