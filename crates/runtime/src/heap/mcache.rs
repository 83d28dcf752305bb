//! Mcache: the per-P front of the heap. No lock: only the M that holds the P touches it, or anyone while the world is stopped.
//!
//! Each span class has an [`AllocSlot`]: a run of free slots `[cur, end)` of its span. Allocation takes the slot at
//! `cur` and adds the object size; at `end` the slow path looks for the span's next run (`Mspan::next_run`) or the next
//! span (`Mcentral`). Runs of pointer classes are zeroed, pointer bits included, when they are taken, in portions, so
//! that generated code may allocate inline: load cur, add, compare with end, store cur, write type header or bits.
//! While marking, whole runs are black from the moment they are taken, so the fast path need not know the phase.
//! The offsets generated code may use are in `abi::mcache`.

use super::heapstats::Shard;
use super::mspan::Mspan;
use super::sizeclasses::*;
use core::mem::offset_of;

/// Free slots of one span class.
#[repr(C)]
pub struct AllocSlot {
    /// Next free object.
    pub cur: usize,
    /// End of what may be allocated without the slow path; a whole number of objects from `cur`.
    pub end: usize,
    /// End of the run `end` is within; the slow path prepares the next portion up to it.
    pub run_end: usize,
    /// Null: none.
    pub span: *mut Mspan,
}

/// See the module's text. All-zero is a valid, empty cache.
#[repr(C)]
pub struct Mcache {
    pub alloc: [AllocSlot; NUM_SPAN_CLASSES],
    /// Current tiny block, 0 if none; `tiny_off` bytes of it are used.
    pub tiny: usize,
    pub tiny_off: usize,
    /// With `GODEBUG=checkfinalizers=1` the current tiny block, `tiny` being 0: whatever it takes in besides its first object comes by
    /// the slow path.
    pub tracked_tiny: usize,
    /// Objects that found room in a tiny block since `stats` was told.
    pub tiny_allocs: u64,
    /// `MemProfileRate` as this cache knows it; 0: no profile.
    pub prof_rate: isize,
    /// Bytes of each span class until the next sample of the memory profile.
    pub to_sample: [isize; NUM_SPAN_CLASSES],
    /// Bytes of the spans taken since the last accounting.
    pub scan_alloc: u64,
    /// Counts slow paths, for the stress mode.
    pub nslow: u64,
    /// What this P has counted; readers come to it while the world runs (`heapstats.rs`).
    pub stats: Shard,
}

const _: () = {
    assert!(size_of::<AllocSlot>() == goxide_abi::mcache::SLOT_SIZE as usize);
    assert!(offset_of!(AllocSlot, cur) == goxide_abi::mcache::SLOT_CUR as usize);
    assert!(offset_of!(AllocSlot, end) == goxide_abi::mcache::SLOT_END as usize);
    assert!(offset_of!(Mcache, alloc) == goxide_abi::mcache::ALLOC as usize);
};

impl AllocSlot {
    /// Empty.
    pub const NEW: AllocSlot = AllocSlot { cur: 0, end: 0, run_end: 0, span: core::ptr::null_mut() };
}

impl Mcache {
    /// Empty.
    pub const fn new() -> Mcache {
        Mcache {
            alloc: [AllocSlot::NEW; NUM_SPAN_CLASSES],
            tiny: 0,
            tiny_off: 0,
            tracked_tiny: 0,
            tiny_allocs: 0,
            prof_rate: 0,
            to_sample: [0; NUM_SPAN_CLASSES],
            scan_alloc: 0,
            nslow: 0,
            stats: Shard::new(),
        }
    }
}
