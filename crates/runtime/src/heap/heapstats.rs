//! Counts of objects, which can be read as of one moment while they change.
//!
//! Each P counts in a shard of its own. A shard has two parts; `TURN` says in which of them everybody counts now. A reader
//! changes the turn, waits until nobody is in the middle of an update that may have begun before, and has the other parts to
//! himself: what they hold is added to the totals. Nobody waits for a reader.
//!
//! The cut is causal: if an update came after another, by whatever order (a lock, a sweep generation), and is in what was read, so is the
//! other, for the turn that the later one saw is no older. So no object is freed in it that is not allocated in it.
//!
//! Invariants:
//! - a part whose turn it is not is empty, but for what updates in progress add to it before the reader has waited for them;
//! - an update waits for nothing, and takes no lock.

use super::sizeclasses::NUM_SIZE_CLASSES;
use crate::sched::lock::{Guard, Mutex};
use crate::sched::lockrank::Rank;
use crate::sys::atomic::{AtomicU32, AtomicUsize, Ordering::*, spin_loop};
use core::cell::UnsafeCell;

/// Numbers since the program began (totals), or since the last reader (a part of a shard). The large ones are class 0's.
#[derive(Clone, Copy)]
pub struct Counts {
    pub allocs: [u64; NUM_SIZE_CLASSES],
    pub frees: [u64; NUM_SIZE_CLASSES],
    pub large_alloc_bytes: u64,
    pub large_free_bytes: u64,
    /// Objects that came into a block that was there already.
    pub tiny_allocs: u64,
}

impl Counts {
    pub const NEW: Counts = Counts {
        allocs: [0; NUM_SIZE_CLASSES],
        frees: [0; NUM_SIZE_CLASSES],
        large_alloc_bytes: 0,
        large_free_bytes: 0,
        tiny_allocs: 0,
    };

    fn add(&mut self, c: &Counts) {
        for i in 0..NUM_SIZE_CLASSES {
            self.allocs[i] += c.allocs[i];
            self.frees[i] += c.frees[i];
        }
        self.large_alloc_bytes += c.large_alloc_bytes;
        self.large_free_bytes += c.large_free_bytes;
        self.tiny_allocs += c.tiny_allocs;
    }
}

/// Where one P counts.
pub struct Shard {
    /// Odd: an update is in progress. Stored by the P's holder: SeqCst at the beginning, partner of `Reader::turn`'s store of
    /// `TURN`, so that either the holder sees the new turn or the reader sees the holder; Release at the end, partner of the
    /// reader's Acquire, which hands him the part.
    seq: AtomicU32,
    /// The part whose turn it is: the P's holder, or anyone while the world is stopped. The other: the owner of `TOTALS`.
    parts: [UnsafeCell<Counts>; 2],
}

// SAFETY: who may touch what is said above.
unsafe impl Sync for Shard {}

/// Which part counts; stored by the owner of `TOTALS`.
static TURN: AtomicUsize = AtomicUsize::new(0);
static TOTALS: Mutex<Counts> = Mutex::new(Rank::HeapStats, Counts::NEW);

impl Default for Shard {
    fn default() -> Self {
        Self::new()
    }
}

impl Shard {
    /// Nothing counted.
    pub const fn new() -> Shard {
        Shard { seq: AtomicU32::new(0), parts: [const { UnsafeCell::new(Counts::NEW) }; 2] }
    }

    /// Counts. `f` is arithmetic: it takes no lock and waits for nothing.
    ///
    /// # Safety
    /// The caller holds the shard's P, or the world is stopped.
    #[inline]
    pub unsafe fn update(&self, f: impl FnOnce(&mut Counts)) {
        // Relaxed: the caller is the only one who stores it.
        let seq = self.seq.load(Relaxed);
        self.seq.store(seq.wrapping_add(1), SeqCst);
        let part = TURN.load(SeqCst);
        // SAFETY: it was this part's turn after `seq` was odd, so a reader waits before he touches it.
        f(unsafe { &mut *self.parts[part].get() });
        self.seq.store(seq.wrapping_add(2), Release);
    }
}

/// A reading in progress; only one at a time.
pub struct Reader {
    totals: Guard<'static, Counts>,
    /// The part that has had its turn.
    old: usize,
}

impl Reader {
    /// Context: no lock held but such as come before `HeapStats`; holds that lock while it lives.
    pub fn new() -> Reader {
        let totals = TOTALS.lock();
        Reader { totals, old: TURN.load(Relaxed) }
    }

    /// The moment of the reading: at some instant during this call. Once.
    ///
    /// # Safety
    /// `shards` are those of all Ps there have ever been. The caller is in the middle of no update.
    pub unsafe fn turn(&mut self, shards: impl Iterator<Item = *const Shard>) {
        TURN.store(1 - self.old, SeqCst);
        for s in shards {
            // SAFETY: Ps are never freed.
            let seq = unsafe { &(*s).seq };
            let now = seq.load(SeqCst);
            if now % 2 != 0 {
                // A later update knows of the turn.
                while seq.load(Acquire) == now {
                    spin_loop();
                }
            }
        }
    }

    /// All that had been counted at that moment.
    ///
    /// # Safety
    /// As `turn`, which came first.
    pub unsafe fn totals(&mut self, shards: impl Iterator<Item = *const Shard>) -> &Counts {
        for s in shards {
            // SAFETY: it is not this part's turn, and `turn` has seen the end of the updates that began before (Acquire): it is ours.
            let part = unsafe { &mut *(*s).parts[self.old].get() };
            self.totals.add(part);
            *part = Counts::NEW;
        }
        &self.totals
    }
}

impl Default for Reader {
    fn default() -> Self {
        Self::new()
    }
}
