//! The monitor's pause between two looks: others may end it early.
//!
//! Who wants to be looked at by a certain time makes its wish visible first, then calls [`look_by`]. The monitor says until
//! when it sleeps first, then looks for wishes once more. So one of the two sees the other (all four accesses are SeqCst).

use super::note::Note;
use crate::sys::atomic::{AtomicI64, Ordering::SeqCst};

/// A sleep that can be shortened.
pub struct Nap {
    /// Time at which the monitor will wake, 0 while it is awake. The monitor sets it; it or one waker clears it.
    until: AtomicI64,
    /// A waker that comes late ends the next nap early, which does no harm.
    note: Note,
}

impl Nap {
    pub const fn new() -> Nap {
        Nap { until: AtomicI64::new(0), note: Note::new() }
    }

    /// Announces a nap until `until` at the latest, asks `wanted` (given that time) when to wake, and sleeps until then.
    ///
    /// Context: the monitor.
    pub fn sleep(&self, now: i64, until: i64, wanted: impl FnOnce(i64) -> i64) {
        self.note.clear();
        self.until.store(until, SeqCst);
        let until = wanted(until);
        self.until.store(until, SeqCst);
        self.note.tsleep((until - now).max(0));
        self.until.store(0, SeqCst);
    }

    /// Ends the nap unless it ends by itself at `when` or before.
    ///
    /// Context: any thread.
    #[inline]
    pub fn look_by(&self, when: i64) {
        let until = self.until.load(SeqCst);
        if until > when && self.until.compare_exchange(until, 0, SeqCst, SeqCst).is_ok() {
            self.note.wakeup();
        }
    }
}

impl Default for Nap {
    fn default() -> Self {
        Self::new()
    }
}
