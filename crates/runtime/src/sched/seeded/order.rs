//! The seed's decisions: who is next, and when the running goroutine falls behind.
//!
//! No clock, no threads: the same calls give the same answers.

use crate::sched::runtime2::G;
use core::ptr::null_mut;

/// splitmix64.
pub struct Rng(pub u64);

impl Rng {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Below `n`.
    pub fn below(&mut self, n: u64) -> u64 {
        ((self.next() as u128 * n as u128) >> 64) as u64
    }
}

/// Priorities of birth lie above this, those of goroutines that fell behind below it, each lower than the one before.
const BIRTH: u64 = 1 << 63;

/// The runnable goroutines and the rule by which one is chosen.
pub struct Order {
    rng: Rng,
    /// Choose among all with equal probability; else by priority.
    walk: bool,
    /// Points from one change to the next, on average.
    gap: u64,
    /// Points to the next change.
    left: u64,
    low: u64,
    /// Choices made.
    pub decisions: u64,
    // By priority: a heap, highest first. Else in any order.
    ptr: *mut *mut G,
    len: usize,
    cap: usize,
}

impl Order {
    pub const fn new() -> Order {
        Order { rng: Rng(0), walk: false, gap: 1, left: 1, low: BIRTH, decisions: 0, ptr: null_mut(), len: 0, cap: 0 }
    }

    pub fn init(&mut self, seed: u64, gap: Option<u64>) {
        self.rng = Rng(seed);
        self.walk = self.rng.below(4) == 0;
        let own = 2 << self.rng.below(13);
        self.gap = gap.unwrap_or(own);
        self.left = self.draw_gap();
    }

    fn draw_gap(&mut self) -> u64 {
        1 + self.rng.below(2 * self.gap - 1)
    }

    /// A priority for a new goroutine.
    pub fn birth(&mut self) -> u64 {
        BIRTH | self.rng.next()
    }

    /// A priority below all others.
    pub fn lowest(&mut self) -> u64 {
        self.low -= 1;
        self.low
    }

    /// A point was passed; is it a change point?
    pub fn point(&mut self) -> bool {
        self.left -= 1;
        if self.left > 0 {
            return false;
        }
        self.left = self.draw_gap();
        true
    }

    /// A goroutine of priority `new` became runnable: does it go before the running one?
    pub fn overtakes(&mut self, new: u64, running: u64) -> bool {
        if self.walk { self.rng.next() & 1 == 0 } else { new > running }
    }

    /// # Safety
    /// `gp` is runnable and on no queue.
    pub unsafe fn add(&mut self, gp: *mut G) {
        if self.len == self.cap {
            self.grow();
        }
        let mut i = self.len;
        self.len += 1;
        if !self.walk {
            while i > 0 {
                let up = (i - 1) / 2;
                let g = *self.ptr.add(up);
                if (*g).seed_priority >= (*gp).seed_priority {
                    break;
                }
                *self.ptr.add(i) = g;
                i = up;
            }
        }
        *self.ptr.add(i) = gp;
    }

    /// Takes the next one out (null if there is none). A change point may come first.
    ///
    /// # Safety
    /// All that were added are still runnable.
    pub unsafe fn take(&mut self) -> *mut G {
        if self.len == 0 {
            return null_mut();
        }
        self.decisions += 1;
        let change = self.point();
        if self.walk {
            let i = self.rng.below(self.len as u64) as usize;
            let gp = *self.ptr.add(i);
            self.len -= 1;
            *self.ptr.add(i) = *self.ptr.add(self.len);
            return gp;
        }
        let gp = self.pop();
        if !change {
            return gp;
        }
        (*gp).seed_priority = self.lowest();
        self.add(gp);
        self.pop()
    }

    unsafe fn pop(&mut self) -> *mut G {
        let top = *self.ptr;
        self.len -= 1;
        let last = *self.ptr.add(self.len);
        let mut i = 0;
        loop {
            let mut c = 2 * i + 1;
            if c >= self.len {
                break;
            }
            let prio = |k: usize| (**self.ptr.add(k)).seed_priority;
            if c + 1 < self.len && prio(c + 1) > prio(c) {
                c += 1;
            }
            if prio(c) <= (*last).seed_priority {
                break;
            }
            *self.ptr.add(i) = *self.ptr.add(c);
            i = c;
        }
        *self.ptr.add(i) = last;
        top
    }

    unsafe fn grow(&mut self) {
        let cap = if self.cap == 0 { 512 } else { self.cap * 2 };
        let p = alloc(cap * 8) as *mut *mut G;
        if self.len > 0 {
            core::ptr::copy_nonoverlapping(self.ptr, p, self.len);
            free(self.ptr as *mut u8, self.cap * 8);
        }
        (self.ptr, self.cap) = (p, cap);
    }
}

/// Whole pages.
unsafe fn alloc(n: usize) -> *mut u8 {
    let p = crate::heap::os::sys_alloc(n);
    if p == 0 {
        crate::sys::linux::write(2, b"fatal error: out of memory (seeded scheduling)\n");
        crate::sys::linux::exit(2);
    }
    p as *mut u8
}

unsafe fn free(p: *mut u8, n: usize) {
    crate::heap::os::sys_free(p as usize, n)
}
