//! Mcentral: the spans of one span class that no Mcache has.
//!
//! Lists: {partial, full} x {swept, unswept}. Which of the two arrays' halves is "swept" alternates with `sweepgen`, so
//! that starting a sweep moves nothing. Who pops a span from an unswept list must still win its `sweepgen` (see
//! `mspan.rs`); who wins it without popping (a finalizer or weak pointer needs one span swept) unlinks it here.

use super::mheap::MHEAP;
use super::mspan::{Mspan, list};
use super::sizeclasses::*;
use crate::gc::sweep;
use crate::sched::lock::Mutex;
use crate::sched::lockrank::Rank;
use crate::sys::atomic::Ordering;

/// Heads of doubly linked lists, by kind (PARTIAL, FULL) and parity of the sweep generation.
struct Lists {
    head: [[*mut Mspan; 2]; 2],
}

/// See the module's text.
pub struct Mcentral {
    lists: Mutex<Lists>,
}

impl Lists {
    unsafe fn push(&mut self, s: *mut Mspan, kind: u8, parity: u8) {
        let head = &mut self.head[kind as usize - 1][parity as usize];
        debug_assert!((*s).list == list::NONE);
        (*s).list = kind;
        (*s).list_gen = parity;
        (*s).prev = core::ptr::null_mut();
        (*s).next = *head;
        if !(*head).is_null() {
            (**head).prev = s;
        }
        *head = s;
    }

    unsafe fn unlink(&mut self, s: *mut Mspan) {
        if (*s).list == list::NONE {
            return;
        }
        let head = &mut self.head[(*s).list as usize - 1][(*s).list_gen as usize];
        if (*s).prev.is_null() {
            *head = (*s).next;
        } else {
            (*(*s).prev).next = (*s).next;
        }
        if !(*s).next.is_null() {
            (*(*s).next).prev = (*s).prev;
        }
        (*s).list = list::NONE;
        (*s).next = core::ptr::null_mut();
        (*s).prev = core::ptr::null_mut();
    }

    unsafe fn pop(&mut self, kind: u8, parity: u8) -> *mut Mspan {
        let s = self.head[kind as usize - 1][parity as usize];
        if !s.is_null() {
            self.unlink(s);
        }
        s
    }
}

/// Half of the lists that holds swept spans of generation `sg`.
fn swept(sg: u32) -> u8 {
    (sg / 2 % 2) as u8
}

impl Default for Mcentral {
    fn default() -> Self {
        Self::new()
    }
}

impl Mcentral {
    /// No spans.
    pub const fn new() -> Mcentral {
        Mcentral { lists: Mutex::new(Rank::Mcentral, Lists { head: [[core::ptr::null_mut(); 2]; 2] }) }
    }

    fn pop(&self, kind: u8, parity: u8) -> *mut Mspan {
        let mut l = self.lists.lock();
        if l.head[kind as usize - 1][parity as usize].is_null() {
            return core::ptr::null_mut();
        }
        // SAFETY: listed spans are valid; the lock is held.
        unsafe { l.pop(kind, parity) }
    }

    /// Lists a swept span by what it holds.
    ///
    /// # Safety
    /// The caller owns `s`, which is swept and on no list.
    pub unsafe fn put_swept(&self, s: *mut Mspan, sg: u32) {
        let kind = if (*s).alloc_count < (*s).nelems { list::PARTIAL } else { list::FULL };
        self.lists.lock().push(s, kind, swept(sg));
    }

    /// Takes `s` off whatever list it is on.
    ///
    /// # Safety
    /// The caller has won the span's sweep.
    pub unsafe fn unlink(&self, s: *mut Mspan) {
        self.lists.lock().unlink(s);
    }

    /// A span that needs sweeping, now owned by the caller (its sweepgen is h-1), or null.
    pub fn pop_unswept(&self, sg: u32) -> *mut Mspan {
        for kind in [list::FULL, list::PARTIAL] {
            loop {
                let s = self.pop(kind, 1 - swept(sg));
                if s.is_null() {
                    break;
                }
                // SAFETY: spans on lists are valid.
                if unsafe { sweep::acquire(s, sg) } {
                    return s;
                }
                // Somebody else sweeps it and lists it again.
            }
        }
        core::ptr::null_mut()
    }

    /// A swept span with at least one free slot, owned by the caller; null if memory ran out.
    ///
    /// Context: P held; may sweep.
    pub fn cache_span(&self, spanclass: usize) -> *mut Mspan {
        let sg = MHEAP.sweepgen.load(Ordering::Relaxed);
        let s = self.pop(list::PARTIAL, swept(sg));
        if !s.is_null() {
            return s;
        }
        // Sweeping finds free slots where no memory is touched for the first time; but do not search for ever.
        if !sweep::done() {
            let mut budget = 100;
            for kind in [list::PARTIAL, list::FULL] {
                while budget > 0 {
                    budget -= 1;
                    let s = self.pop(kind, 1 - swept(sg));
                    if s.is_null() {
                        break;
                    }
                    // SAFETY: spans on lists are valid; having won the sweep we own it.
                    unsafe {
                        if !sweep::acquire(s, sg) {
                            continue;
                        }
                        sweep::sweep(s, true);
                        if (*s).alloc_count < (*s).nelems {
                            return s;
                        }
                        self.put_swept(s, sg);
                    }
                }
            }
        }
        let class = spanclass >> 1;
        MHEAP.alloc_span(CLASS_TO_NPAGES[class] as usize, spanclass, 0)
    }
}
