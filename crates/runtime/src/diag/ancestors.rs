//! GODEBUG=tracebackancestors=N: goroutines keep the stacks that their makers had, for N generations back.
//!
//! Each goroutine has a list of records, nearest first: one made for its maker when it began, and those that its maker has, but for what
//! is beyond the Nth. Records are shared and counted. All of it is memory outside of the heap, used again when goroutines end.

use super::callers;
use super::print::Out;
use super::traceback::{self, Unwinder};
use crate::heap::persistent;
use crate::sched::lock::Mutex;
use crate::sched::lockrank::Rank;
use crate::sched::runtime2::*;
use core::ptr::null_mut;
use core::sync::atomic::{AtomicUsize, Ordering::*};

/// N; 0: nothing is kept. Set at start only, so lists have one size.
static LIMIT: AtomicUsize = AtomicUsize::new(0);
/// Longest lists. (gc has no such limit.)
const MAX: usize = 1000;
/// As many frames as gc keeps.
const DEPTH: usize = 50;

/// Where a goroutine was when it made another.
struct Record {
    refs: usize,
    /// Of free ones.
    next: *mut Record,
    goid: u64,
    gopc: usize,
    n: usize,
    pcs: [usize; DEPTH],
}

/// The word in `G::ancestors` points to it; `LIMIT` records follow.
#[repr(C)]
pub struct List {
    /// Of free ones.
    next: *mut List,
    n: usize,
}

impl List {
    unsafe fn at(l: *mut List, i: usize) -> *mut *mut Record {
        (l.add(1) as *mut *mut Record).add(i)
    }
}

struct Free {
    records: *mut Record,
    lists: *mut List,
}
static FREE: Mutex<Free> = Mutex::new(Rank::Leaf, Free { records: null_mut(), lists: null_mut() });

/// Reads the setting. Context: start-up; other changes of GODEBUG do not matter.
pub fn init(n: i32) {
    LIMIT.store((n.max(0) as usize).min(MAX), Relaxed);
}

/// The list for a goroutine that `parent` makes now (null: none).
///
/// Context: as `newproc`: system stack of the thread that works for `parent`.
#[inline]
pub unsafe fn save(parent: *mut G) -> *mut List {
    let limit = LIMIT.load(Relaxed);
    if limit == 0 { null_mut() } else { save_slow(parent, limit) }
}

#[cold]
unsafe fn save_slow(parent: *mut G, limit: usize) -> *mut List {
    let mut free = FREE.lock();
    let mut r = free.records;
    if !r.is_null() {
        free.records = (*r).next;
    }
    let mut l = free.lists;
    if !l.is_null() {
        free.lists = (*l).next;
    }
    drop(free);
    if r.is_null() {
        r = persistent(size_of::<Record>(), 8) as *mut Record;
    }
    if l.is_null() {
        l = persistent(size_of::<List>() + 8 * limit, 8) as *mut List;
    }
    let rec = &mut *r;
    (rec.refs, rec.goid, rec.gopc) = (1, (*parent).goid, (*parent).gopc);
    rec.n = callers::fill(Unwinder::new(parent), 0, rec.pcs.as_mut_ptr(), DEPTH);
    *List::at(l, 0) = r;
    (*l).n = 1;
    let old = (*parent).ancestors;
    if !old.is_null() {
        let _free = FREE.lock();
        let n = (*old).n.min(limit - 1);
        for i in 0..n {
            let r = *List::at(old, i);
            (*r).refs += 1;
            *List::at(l, i + 1) = r;
        }
        (*l).n = 1 + n;
    }
    l
}

/// The goroutine with this list has ended.
pub unsafe fn release(l: *mut List) {
    if l.is_null() {
        return;
    }
    let mut free = FREE.lock();
    for i in 0..(*l).n {
        let r = *List::at(l, i);
        (*r).refs -= 1;
        if (*r).refs == 0 {
            (*r).next = free.records;
            free.records = r;
        }
    }
    (*l).next = free.lists;
    free.lists = l;
}

/// The ancestors' part of a goroutine's report.
///
/// Context: the goroutine does not end meanwhile.
pub unsafe fn print(o: &mut Out, gp: *mut G, level: i32) {
    let l = (*gp).ancestors;
    if l.is_null() {
        return;
    }
    for i in 0..(*l).n {
        let r = &**List::at(l, i);
        o.str("[originating from goroutine ").dec(r.goid as i64).str("]:\n");
        traceback::print_pcs(o, &r.pcs[..r.n], level);
        if r.n == DEPTH {
            o.str("...additional frames elided...\n");
        }
        if r.goid != 1 {
            traceback::print_creator(o, r.gopc, 0, level);
        }
    }
}
