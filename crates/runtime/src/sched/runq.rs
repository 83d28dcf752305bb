//! A P's run queue: a ring of 256 Gs, one producer (the owner), many consumers.
//!
//! Invariants: `tail − head ≤ 256`; slots in [head, tail) are published. The owner stores `tail` with Release after the slot;
//! thieves load it with Acquire. Consumers take slots by a CAS on `head` with Release (the slot may be reused), which the
//! owner's Acquire load in `put` pairs with. A thief may read a slot that is being reused; its CAS then fails.
//! `next` is filled by the owner only; thieves may CAS it to null.

use super::runtime2::{G, RUNQ};
use crate::sys::atomic::{AtomicPtr, AtomicU32, Ordering::*};
use core::ptr::null_mut;

pub struct Runq {
    pub head: AtomicU32,
    pub tail: AtomicU32,
    pub next: AtomicPtr<G>,
    pub buf: [AtomicPtr<G>; RUNQ],
}

/// A batch of Gs linked through `schedlink`.
pub struct Batch {
    pub head: *mut G,
    pub tail: *mut G,
    pub n: u32,
}

impl Runq {
    /// Value to start from.
    #[allow(clippy::declare_interior_mutable_const)]
    pub const NEW: Runq = Runq {
        head: AtomicU32::new(0),
        tail: AtomicU32::new(0),
        next: AtomicPtr::new(null_mut()),
        buf: [const { AtomicPtr::new(null_mut()) }; RUNQ],
    };

    /// Nothing to run here. Exact: re-reads until the three words are consistent.
    pub fn is_empty(&self) -> bool {
        loop {
            let h = self.head.load(Acquire);
            let t = self.tail.load(Acquire);
            let n = self.next.load(Acquire);
            if t == self.tail.load(Acquire) {
                return h == t && n.is_null();
            }
        }
    }

    /// Number of Gs, about.
    pub fn len(&self) -> u32 {
        self.tail.load(Acquire).wrapping_sub(self.head.load(Acquire)) + !self.next.load(Relaxed).is_null() as u32
    }

    /// Makes `gp` the next to run; gives back the one that was.
    ///
    /// Context: owner.
    pub fn set_next(&self, gp: *mut G) -> *mut G {
        self.next.swap(gp, AcqRel)
    }

    /// Appends; when full, moves half of the queue into a batch for the global queue together with `gp`.
    ///
    /// Context: owner. `gp` is on no queue.
    #[must_use]
    pub unsafe fn put(&self, gp: *mut G) -> Option<Batch> {
        loop {
            let h = self.head.load(Acquire);
            let t = self.tail.load(Relaxed);
            if t.wrapping_sub(h) < RUNQ as u32 {
                self.buf[t as usize % RUNQ].store(gp, Relaxed);
                self.tail.store(t.wrapping_add(1), Release);
                return None;
            }
            let n = RUNQ as u32 / 2;
            let mut batch = [null_mut(); RUNQ / 2];
            for i in 0..n {
                batch[i as usize] = self.buf[h.wrapping_add(i) as usize % RUNQ].load(Relaxed);
            }
            if self.head.compare_exchange(h, h.wrapping_add(n), Release, Relaxed).is_err() {
                continue;
            }
            // The CAS made the batch ours alone; `gp` is the caller's.
            for i in 0..n as usize - 1 {
                (*batch[i]).schedlink = batch[i + 1];
            }
            (*batch[n as usize - 1]).schedlink = gp;
            (*gp).schedlink = null_mut();
            return Some(Batch { head: batch[0], tail: gp, n: n + 1 });
        }
    }

    /// Takes the next G; the flag says that it inherits the time slice.
    ///
    /// Context: owner.
    pub fn get(&self) -> Option<(*mut G, bool)> {
        let next = self.next.load(Relaxed);
        if !next.is_null() && self.next.compare_exchange(next, null_mut(), AcqRel, Relaxed).is_ok() {
            return Some((next, true));
        }
        loop {
            let h = self.head.load(Acquire);
            let t = self.tail.load(Relaxed);
            if t == h {
                return None;
            }
            let gp = self.buf[h as usize % RUNQ].load(Relaxed);
            if self.head.compare_exchange(h, h.wrapping_add(1), Release, Relaxed).is_ok() {
                return Some((gp, false));
            }
        }
    }

    /// Copies half of this queue into `dst` from `dst_tail`, without publishing there. `steal_next` lets it take `next`.
    fn grab(&self, dst: &Runq, dst_tail: u32, steal_next: bool, running: bool) -> u32 {
        loop {
            let h = self.head.load(Acquire);
            let t = self.tail.load(Acquire);
            let n = t.wrapping_sub(h);
            let n = n - n / 2;
            if n == 0 {
                if steal_next {
                    let next = self.next.load(Relaxed);
                    if !next.is_null() {
                        if running {
                            // The owner is likely to run it in a moment; stealing it would bounce a G that communicates
                            // with the running one between processors.
                            crate::sys::linux::usleep(3);
                        }
                        if self.next.compare_exchange(next, null_mut(), AcqRel, Relaxed).is_err() {
                            continue;
                        }
                        dst.buf[dst_tail as usize % RUNQ].store(next, Relaxed);
                        return 1;
                    }
                }
                return 0;
            }
            if n > RUNQ as u32 / 2 {
                continue; // head and tail were read inconsistently
            }
            for i in 0..n {
                let g = self.buf[h.wrapping_add(i) as usize % RUNQ].load(Relaxed);
                dst.buf[dst_tail.wrapping_add(i) as usize % RUNQ].store(g, Relaxed);
            }
            if self.head.compare_exchange(h, h.wrapping_add(n), AcqRel, Relaxed).is_ok() {
                return n;
            }
        }
    }

    /// Steals half of `victim`; gives one G to run, the rest is queued here.
    ///
    /// Context: owner of `self`, whose queue is empty or nearly so.
    pub fn steal(&self, victim: &Runq, steal_next: bool, running: bool) -> Option<*mut G> {
        let t = self.tail.load(Relaxed);
        let mut n = victim.grab(self, t, steal_next, running);
        if n == 0 {
            return None;
        }
        n -= 1;
        let gp = self.buf[t.wrapping_add(n) as usize % RUNQ].load(Relaxed);
        if n > 0 {
            let h = self.head.load(Acquire);
            debug_assert!(t.wrapping_sub(h) + n < RUNQ as u32);
            self.tail.store(t.wrapping_add(n), Release);
        }
        Some(gp)
    }
}

#[cfg(all(test, not(goxide_model)))]
mod tests {
    use super::*;

    fn put(q: &Runq, gp: *mut G) -> bool {
        // SAFETY: the queue is never full here, so `gp` is not looked at.
        unsafe { q.put(gp).is_none() }
    }

    fn g(i: usize) -> *mut G {
        (i * 64 + 64) as *mut G
    }

    #[test]
    fn fifo_and_next() {
        let q = Runq::NEW;
        assert!(q.is_empty());
        for i in 0..5 {
            assert!(put(&q, g(i)));
        }
        assert!(q.set_next(g(9)).is_null());
        assert_eq!(q.get(), Some((g(9), true)));
        for i in 0..5 {
            assert_eq!(q.get(), Some((g(i), false)));
        }
        assert_eq!(q.get(), None);
    }

    #[test]
    fn holds_256_and_spills_half() {
        let q = Runq::NEW;
        let mut gs: Vec<G> =
            (0..257).map(|_| G { schedlink: null_mut(), select_done: core::sync::atomic::AtomicU32::new(0) }).collect();
        let base = gs.as_mut_ptr();
        // SAFETY: the Gs live to the end of the test.
        unsafe {
            assert!((0..256).all(|i| q.put(base.add(i)).is_none()));
            let b = q.put(base.add(256)).unwrap();
            assert_eq!((b.n, b.head, b.tail), (129, base, base.add(256)));
            assert_eq!(q.len(), 128);
        }
    }

    #[test]
    fn steal_takes_the_older_half() {
        let (a, b) = (Runq::NEW, Runq::NEW);
        for i in 0..8 {
            assert!(put(&a, g(i)));
        }
        assert_eq!(b.steal(&a, false, false), Some(g(3)));
        assert_eq!(b.len(), 3);
        assert_eq!(a.len(), 4);
        assert_eq!(b.get(), Some((g(0), false)));
    }

    #[test]
    fn owner_and_thieves_lose_nothing() {
        use std::sync::atomic::AtomicUsize;
        static Q: Runq = Runq::NEW;
        static SUM: AtomicUsize = AtomicUsize::new(0);
        const N: usize = 20000;
        std::thread::scope(|s| {
            for _ in 0..2 {
                s.spawn(|| {
                    let mine = Runq::NEW;
                    loop {
                        if let Some(x) = mine.steal(&Q, false, false) {
                            SUM.fetch_add(x as usize / 64 - 1, SeqCst);
                            while let Some((x, _)) = mine.get() {
                                SUM.fetch_add(x as usize / 64 - 1, SeqCst);
                            }
                        } else if SUM.load(SeqCst) == N * (N - 1) / 2 {
                            return;
                        }
                    }
                });
            }
            for i in 0..N {
                while Q.tail.load(SeqCst).wrapping_sub(Q.head.load(SeqCst)) >= RUNQ as u32 {
                    std::thread::yield_now();
                }
                assert!(put(&Q, g(i)));
                if i % 3 == 0 {
                    if let Some((x, _)) = Q.get() {
                        SUM.fetch_add(x as usize / 64 - 1, SeqCst);
                    }
                }
            }
        });
        assert_eq!(SUM.load(SeqCst), N * (N - 1) / 2);
    }
}
