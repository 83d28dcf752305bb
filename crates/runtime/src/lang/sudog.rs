//! Sudog: a goroutine waiting in a channel's queue, and the queues.
//!
//! Records live in persistent memory. A waiting goroutine's record belongs to its channel's lock; `g`, `elem`, `c` and
//! `index` do not change while it waits.

use crate::sched::runtime2::G;
use core::sync::atomic::Ordering;

/// See the module's text.
#[repr(C)]
pub struct Sudog {
    pub g: *mut G,
    /// Value to send, or where to receive (0: drop it).
    pub elem: usize,
    pub c: *mut Hchan,
    // --- lock of the channel
    pub next: *mut Sudog,
    pub prev: *mut Sudog,
    /// Woken by a value, not by close.
    pub success: bool,
    /// One case of a select: who wins `g.select_done` takes it.
    pub is_select: bool,
    /// Queued now.
    pub queued: bool,
    // --- the goroutine
    /// Next of `g.lang.waiting`, or of a free list.
    pub waitlink: *mut Sudog,
    /// Case of the select.
    pub index: u32,
}

#[cfg(not(test))]
pub use super::chan::Hchan;
/// Hosted tests only need the pointer.
#[cfg(test)]
pub struct Hchan {}

/// Queue of a channel, under its lock.
#[repr(C)]
pub struct Waitq {
    pub first: *mut Sudog,
    pub last: *mut Sudog,
}

impl Waitq {
    /// Empty.
    pub const NEW: Waitq = Waitq { first: core::ptr::null_mut(), last: core::ptr::null_mut() };

    /// # Safety
    /// The channel's lock is held; `s` is on no queue.
    pub unsafe fn enqueue(&mut self, s: *mut Sudog) {
        (*s).next = core::ptr::null_mut();
        (*s).prev = self.last;
        (*s).queued = true;
        if self.last.is_null() {
            self.first = s;
        } else {
            (*self.last).next = s;
        }
        self.last = s;
    }

    /// Takes the first whose goroutine can be had: a select goes to the first who asks.
    ///
    /// # Safety
    /// The channel's lock is held.
    pub unsafe fn dequeue(&mut self) -> *mut Sudog {
        loop {
            let s = self.first;
            if s.is_null() {
                return s;
            }
            self.remove(s);
            if (*s).is_select
                && (*(*s).g).select_done.compare_exchange(0, 1, Ordering::AcqRel, Ordering::Relaxed).is_err()
            {
                continue;
            }
            return s;
        }
    }

    /// Takes `s` out, if it is still in.
    ///
    /// # Safety
    /// The channel's lock is held; `s` was queued here.
    pub unsafe fn remove(&mut self, s: *mut Sudog) {
        if !(*s).queued {
            return;
        }
        (*s).queued = false;
        let (next, prev) = ((*s).next, (*s).prev);
        if prev.is_null() {
            self.first = next;
        } else {
            (*prev).next = next;
        }
        if next.is_null() {
            self.last = prev;
        } else {
            (*next).prev = prev;
        }
        (*s).next = core::ptr::null_mut();
        (*s).prev = core::ptr::null_mut();
    }
}

/// A P's free records.
pub struct SudogCache {
    head: *mut Sudog,
    n: usize,
}

impl SudogCache {
    pub const NEW: SudogCache = SudogCache { head: core::ptr::null_mut(), n: 0 };
}

/// A P with more free records than this gives half of them away.
const CACHE: usize = 128;

#[cfg(not(test))]
mod alloc {
    use super::*;
    use crate::heap::persistent::persistentalloc;
    use crate::sched::lock::Mutex;
    use crate::sched::lockrank::Rank;
    use crate::sched::runtime2::getp;

    static SHARED: Mutex<SudogCache> = Mutex::new(Rank::Leaf, SudogCache::NEW);

    /// A free record, all fields but the links to be set by the caller.
    ///
    /// # Safety
    /// Context: P held.
    pub unsafe fn acquire_sudog() -> *mut Sudog {
        let c = &mut (*getp()).lang.sudogs;
        if c.head.is_null() {
            refill(c);
        }
        let s = c.head;
        c.head = (*s).waitlink;
        c.n -= 1;
        (*s).waitlink = core::ptr::null_mut();
        s
    }

    #[cold]
    unsafe fn refill(c: &mut SudogCache) {
        {
            let mut l = SHARED.lock();
            while c.n < CACHE / 2 && !l.head.is_null() {
                let s = l.head;
                l.head = (*s).waitlink;
                l.n -= 1;
                (*s).waitlink = c.head;
                c.head = s;
                c.n += 1;
            }
        }
        if c.head.is_null() {
            const BATCH: usize = 32;
            let b = persistentalloc(BATCH * size_of::<Sudog>(), 64) as *mut Sudog;
            for i in 0..BATCH {
                let s = b.add(i);
                (*s).waitlink = c.head;
                c.head = s;
                c.n += 1;
            }
        }
    }

    /// Gives a record back.
    ///
    /// # Safety
    /// Context: P held. Nobody refers to `s`.
    pub unsafe fn release_sudog(s: *mut Sudog) {
        let c = &mut (*getp()).lang.sudogs;
        (*s).g = core::ptr::null_mut();
        (*s).elem = 0;
        (*s).c = core::ptr::null_mut();
        (*s).waitlink = c.head;
        c.head = s;
        c.n += 1;
        if c.n > CACHE {
            let mut l = SHARED.lock();
            while c.n > CACHE / 2 {
                let s = c.head;
                c.head = (*s).waitlink;
                c.n -= 1;
                (*s).waitlink = l.head;
                l.head = s;
                l.n += 1;
            }
        }
    }
}

#[cfg(not(test))]
pub use alloc::{acquire_sudog, release_sudog};

#[cfg(test)]
mod tests {
    use super::*;

    fn sudog() -> Sudog {
        // SAFETY: all-zero is a valid free record.
        unsafe { core::mem::zeroed() }
    }

    #[test]
    fn queue_order_and_removal() {
        let mut q = Waitq::NEW;
        let mut s: Vec<Sudog> = (0..5).map(|_| sudog()).collect();
        let p: Vec<*mut Sudog> = s.iter_mut().map(|s| s as *mut Sudog).collect();
        // SAFETY: single-threaded; the records outlive the queue.
        unsafe {
            for &x in &p {
                q.enqueue(x);
            }
            q.remove(p[0]);
            q.remove(p[2]);
            q.remove(p[2]);
            q.remove(p[4]);
            q.enqueue(p[2]);
            let mut got = vec![];
            loop {
                let x = q.dequeue();
                if x.is_null() {
                    break;
                }
                got.push(p.iter().position(|&y| y == x).unwrap());
            }
            assert_eq!(got, [1, 3, 2]);
            assert!(q.first.is_null() && q.last.is_null());
        }
    }
}
