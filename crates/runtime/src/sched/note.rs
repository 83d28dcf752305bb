//! One-shot wake-ups between threads. Blocks the M.
//!
//! `clear`, then one `sleep` and at most one `wakeup` in any order, then `clear` again.

use crate::sys::atomic::{AtomicU32, Ordering::*};
use crate::sys::linux::{futexsleep, futexwakeup, nanotime};

pub struct Note {
    key: AtomicU32,
}

impl Note {
    pub const fn new() -> Self {
        Note { key: AtomicU32::new(0) }
    }

    pub fn clear(&self) {
        self.key.store(0, Release);
    }

    /// Wakes the sleeper, now or when it comes. Release pairs with the Acquire in `sleep`.
    pub fn wakeup(&self) {
        self.key.store(1, Release);
        futexwakeup(&self.key, 1);
    }

    pub fn sleep(&self) {
        while self.key.load(Acquire) == 0 {
            futexsleep(&self.key, 0, -1);
        }
    }

    /// Sleeps at most `ns`; says whether it was woken. A negative `ns` waits for ever.
    pub fn tsleep(&self, ns: i64) -> bool {
        if ns < 0 {
            self.sleep();
            return true;
        }
        let deadline = nanotime() + ns;
        loop {
            if self.key.load(Acquire) != 0 {
                return true;
            }
            let left = deadline - nanotime();
            if left <= 0 {
                return self.key.load(Acquire) != 0;
            }
            futexsleep(&self.key, 0, left);
        }
    }
}

impl Default for Note {
    fn default() -> Self {
        Self::new()
    }
}
