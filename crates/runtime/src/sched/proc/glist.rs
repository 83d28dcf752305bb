//! Lists of goroutines that became ready together.

use super::*;
use crate::sys::atomic::Ordering::*;
use core::ptr::null_mut;

/// A list of Gs through `schedlink`.
pub struct GList {
    pub head: *mut G,
}

impl GList {
    pub const fn new() -> GList {
        GList { head: null_mut() }
    }
    pub unsafe fn push(&mut self, gp: *mut G) {
        (*gp).schedlink = self.head;
        self.head = gp;
    }
    pub unsafe fn pop(&mut self) -> *mut G {
        let gp = self.head;
        if !gp.is_null() {
            self.head = (*gp).schedlink;
        }
        gp
    }
    pub fn is_empty(&self) -> bool {
        self.head.is_null()
    }
}

impl Default for GList {
    fn default() -> Self {
        Self::new()
    }
}

/// Makes the waiting Gs of `list` runnable and wakes Ms for them.
///
/// Context: system stack, with or without a P.
pub unsafe fn injectglist(list: &mut GList) {
    if list.is_empty() {
        return;
    }
    let (head, mut tail, mut n) = (list.head, list.head, 0);
    let mut g = head;
    while !g.is_null() {
        tail = g;
        n += 1;
        casgstatus(g, GWAITING, GRUNNABLE);
        g = (*g).schedlink;
    }
    list.head = null_mut();
    let m = acquirem();
    let p = (*m).p;
    if p.is_null() {
        lock();
        globrunqputbatch(head, tail, n);
        unlock();
    } else {
        let mut g = head;
        while !g.is_null() {
            let next = (*g).schedlink;
            runqput(p, g, false);
            g = next;
        }
    }
    for _ in 0..n.min(SCHED.npidle.load(SeqCst)) {
        lock();
        let q = pidleget();
        if q.is_null() {
            unlock();
            break;
        }
        unlock();
        startm(q, false);
    }
    releasem(m);
}
