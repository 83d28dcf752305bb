//! Dead goroutines kept for reuse: up to 64 with each P, the rest in one list.

use super::*;
use core::ptr::null_mut;

pub(super) unsafe fn gfput(p: *mut P, gp: *mut G) {
    (*gp).schedlink = (*p).gfree;
    (*p).gfree = gp;
    (*p).gfreecnt += 1;
    if (*p).gfreecnt >= 64 {
        let mut l = SCHED.gfree.lock();
        while (*p).gfreecnt > 32 {
            give_up(p, &mut l);
        }
    }
}

pub(super) unsafe fn gfget(p: *mut P) -> *mut G {
    if (*p).gfree.is_null() {
        // A racy look spares the lock in the common case of an empty list.
        if (*SCHED.gfree.data_ptr()).list.is_null() {
            return null_mut();
        }
        let mut l = SCHED.gfree.lock();
        while (*p).gfreecnt < 32 && !l.list.is_null() {
            let g = l.list;
            l.list = (*g).schedlink;
            l.n -= 1;
            (*g).schedlink = (*p).gfree;
            (*p).gfree = g;
            (*p).gfreecnt += 1;
        }
    }
    let g = (*p).gfree;
    if !g.is_null() {
        (*p).gfree = (*g).schedlink;
        (*p).gfreecnt -= 1;
    }
    g
}

/// Moves a P's dead goroutines to the global list.
pub unsafe fn gfpurge(p: *mut P) {
    let mut l = SCHED.gfree.lock();
    while !(*p).gfree.is_null() {
        give_up(p, &mut l);
    }
}

/// Moves the first of a P's dead goroutines to the global list.
unsafe fn give_up(p: *mut P, l: &mut GFree) {
    let g = (*p).gfree;
    (*p).gfree = (*g).schedlink;
    (*p).gfreecnt -= 1;
    (*g).schedlink = l.list;
    l.list = g;
    l.n += 1;
}
