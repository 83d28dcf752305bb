//! Mutual exclusion between threads: a futex mutex. Blocks the M (never parks the G), so critical sections are short.
//!
//! States of the word: 0 free, 1 held, 2 held and somebody may be waiting in the kernel (or the order of locks is checked).
//! Context: system stack. While `m.locks > 0` the goroutine is not preempted.

use super::lockcheck;
use super::lockrank::Rank;
use super::runtime2::getm;
use crate::sys::atomic::{AtomicU32, Ordering::*, spin_loop};
use crate::sys::linux::{futexsleep, futexwakeup};
use core::cell::UnsafeCell;
use core::ops::{Deref, DerefMut};

/// A lock without data: for structures whose guarded fields are reached through raw pointers.
pub struct RawLock {
    key: AtomicU32,
    rank: Rank,
}

impl RawLock {
    pub const fn new(rank: Rank) -> Self {
        RawLock { key: AtomicU32::new(0), rank }
    }

    /// Takes the lock. Pairs with `unlock`: the Acquire here sees everything before the Release there.
    #[inline]
    pub fn lock(&self) {
        locks_add(1);
        if lockcheck::on() {
            return self.checked();
        }
        if self.key.compare_exchange(0, 1, Acquire, Relaxed).is_err() {
            self.slow();
        }
    }

    /// `lock` where the order is checked. The word becomes 2, so that `unlock` needs no question on its fast path: whoever
    /// takes the slow one has held a lock that somebody waits for, or that is being watched.
    #[cold]
    fn checked(&self) {
        lockcheck::wanted(self);
        if self.key.compare_exchange(0, 2, Acquire, Relaxed).is_err() {
            while self.key.swap(2, Acquire) != 0 {
                futexsleep(&self.key, 2, -1);
            }
        }
        lockcheck::taken(self);
    }

    #[cold]
    fn slow(&self) {
        // A holder on another processor is usually gone within a few hundred cycles.
        for _ in 0..40 {
            if self.key.load(Relaxed) == 0 && self.key.compare_exchange(0, 1, Acquire, Relaxed).is_ok() {
                return;
            }
            for _ in 0..8 {
                spin_loop();
            }
        }
        while self.key.swap(2, Acquire) != 0 {
            futexsleep(&self.key, 2, -1);
        }
    }

    /// Takes the lock if it is free.
    #[inline]
    pub fn try_lock(&self) -> bool {
        locks_add(1);
        let watched = lockcheck::on();
        let ok = self.key.compare_exchange(0, 1 + watched as u32, Acquire, Relaxed).is_ok();
        if !ok {
            locks_add(-1);
        } else if watched {
            // Who only tries cannot wait for ever, so any order is right.
            lockcheck::taken(self);
        }
        ok
    }

    #[inline]
    pub fn unlock(&self) {
        if self.key.swap(0, Release) == 2 {
            lockcheck::released(self);
            futexwakeup(&self.key, 1);
        }
        locks_add(-1);
    }

    /// Whether anybody holds it (diagnostics only).
    pub fn held(&self) -> bool {
        self.key.load(Relaxed) != 0
    }

    pub fn rank(&self) -> Rank {
        self.rank
    }
}

#[inline]
fn locks_add(n: i32) {
    let m = getm();
    if !m.is_null() {
        // SAFETY: `getm` gives the M of this very thread, and only this thread writes `locks`.
        unsafe { (*m).locks += n };
    }
}

/// Data that may be touched only with its lock held.
pub struct Mutex<T> {
    raw: RawLock,
    data: UnsafeCell<T>,
}

// SAFETY: the data is reached only through a guard, that is with the lock held.
unsafe impl<T> Sync for Mutex<T> {}
// SAFETY: as above; moving the whole is moving its data.
unsafe impl<T> Send for Mutex<T> {}

impl<T> Mutex<T> {
    pub const fn new(rank: Rank, data: T) -> Self {
        Mutex { raw: RawLock::new(rank), data: UnsafeCell::new(data) }
    }

    #[inline]
    pub fn lock(&self) -> Guard<'_, T> {
        self.raw.lock();
        Guard { m: self }
    }

    pub fn raw(&self) -> &RawLock {
        &self.raw
    }

    /// The data, for code that excludes everyone else by other means (world stopped, dying).
    pub fn data_ptr(&self) -> *mut T {
        self.data.get()
    }
}

/// The lock is held as long as this lives.
pub struct Guard<'a, T> {
    m: &'a Mutex<T>,
}

impl<T> Deref for Guard<'_, T> {
    type Target = T;
    fn deref(&self) -> &T {
        // SAFETY: the guard exists, so this thread holds the lock.
        unsafe { &*self.m.data.get() }
    }
}

impl<T> DerefMut for Guard<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: as in `deref`, and `&mut self` makes it the only reference.
        unsafe { &mut *self.m.data.get() }
    }
}

impl<T> Drop for Guard<'_, T> {
    fn drop(&mut self) {
        self.m.raw.unlock();
    }
}
