//! Mspan: a run of pages that holds objects of one size class, or one large object.
//!
//! ```text
//! state   from -> to          who
//! Dead    -> InUse            Mheap::alloc_span, before the span table points to it
//! InUse   -> Dead             the sweeper that owns it, after the span table was cleared
//! ```
//! ```text
//! sweepgen (h = MHEAP.sweepgen, which grows by 2 at each mark termination)
//! h-2   needs sweeping; on an unswept list of its Mcentral
//! h-1   being swept by the thread that won the compare-and-swap h-2 -> h-1; that thread owns the span
//! h     swept; on a swept list, in an Mcache, or owned by the allocator
//! ```
//! Mark and allocation bits are rows of two tables beside the heap, which change roles at each mark termination: the row just
//! marked becomes the allocation bits when the span is swept.
//!
//! A slot is allocated if its `alloc_bits` bit is set or it lies below `freeindex`: everything below was allocated
//! already or taken by the current run. `freeindex` moves only when a run is taken or given back.

use super::sizeclasses::*;
#[cfg(not(test))]
use super::specials::Special;
use super::types::Type;
use core::sync::atomic::*;

/// Hosted tests only need the pointer.
#[cfg(test)]
pub struct Special {}

/// `Mspan::state`.
pub mod state {
    pub const DEAD: u8 = 0;
    pub const IN_USE: u8 = 1;
}

/// Where a span is linked.
pub mod list {
    pub const NONE: u8 = 0;
    pub const PARTIAL: u8 = 1;
    pub const FULL: u8 = 2;
}

/// See the module's text.
#[repr(C)]
pub struct Mspan {
    // --- constant while in use
    pub base: usize,
    pub elemsize: usize,
    /// Bits where marking sets: one per object, in the heap's current mark table (`Mheap::marks`).
    pub mark_bits: *mut AtomicU64,
    pub divmul: u32,
    pub nelems: u16,
    pub spanclass: u8,
    pub state: AtomicU8,
    /// Type of the large object's (elements); null until it is initialised, or noscan.
    pub large_type: AtomicPtr<Type>,
    pub npages: usize,
    /// End of the objects.
    pub limit: usize,

    // --- owner: the Mcache or sweeper that has it; `freeindex` is read by conservative marking
    pub alloc_bits: *mut AtomicU64,
    pub freeindex: AtomicU16,
    /// The pages are not known to be zero.
    pub needzero: bool,
    /// In an Mcache.
    pub cached: bool,
    /// Slots allocated according to the last sweep, plus runs taken since.
    pub alloc_count: u16,
    /// How many of them the statistics know.
    pub counted: u16,

    // --- protocol above
    pub sweepgen: AtomicU32,

    // --- lock of its Mcentral
    pub list: u8,
    pub list_gen: u8,
    pub next: *mut Mspan,
    pub prev: *mut Mspan,

    // --- specials lock
    pub specials: AtomicPtr<Special>,
}

impl Mspan {
    /// Whether its objects have no pointers.
    #[inline(always)]
    pub fn noscan(&self) -> bool {
        self.spanclass & 1 != 0
    }

    /// Size class; 0 is a large object.
    #[inline(always)]
    pub fn class(&self) -> usize {
        (self.spanclass >> 1) as usize
    }

    /// Number of the object that contains `p`, an address in the span.
    #[inline(always)]
    pub fn obj_index(&self, p: usize) -> usize {
        (((p - self.base) as u64 * self.divmul as u64) >> 32) as usize
    }

    /// Address of object `i`.
    #[inline(always)]
    pub fn obj_base(&self, i: usize) -> usize {
        self.base + i * self.elemsize
    }

    /// Words of each bit array.
    #[inline]
    pub fn bit_words(&self) -> usize {
        (self.nelems as usize).div_ceil(64)
    }

    /// Sets the mark bit; true: it was clear.
    ///
    /// # Safety
    /// The span is in use and `i < nelems`.
    #[inline(always)]
    pub unsafe fn try_mark(&self, i: usize) -> bool {
        let w = &*self.mark_bits.add(i / 64);
        let bit = 1u64 << (i % 64);
        if w.load(Ordering::Relaxed) & bit != 0 {
            return false;
        }
        w.fetch_or(bit, Ordering::Relaxed) & bit == 0
    }

    /// # Safety
    /// As `try_mark`.
    #[inline(always)]
    pub unsafe fn is_marked(&self, i: usize) -> bool {
        (*self.mark_bits.add(i / 64)).load(Ordering::Relaxed) >> (i % 64) & 1 != 0
    }

    /// Whether slot `i` was in use when it was last looked at (see the module's text).
    ///
    /// # Safety
    /// As `try_mark`.
    #[inline(always)]
    pub unsafe fn is_allocated(&self, i: usize) -> bool {
        i < self.freeindex.load(Ordering::Acquire) as usize
            || (*self.alloc_bits.add(i / 64)).load(Ordering::Relaxed) >> (i % 64) & 1 != 0
    }

    /// Sets or clears the mark bits of objects `from..to`.
    ///
    /// # Safety
    /// As `try_mark`, for the whole range.
    pub unsafe fn mark_range(&self, from: usize, to: usize, on: bool) {
        let mut i = from;
        while i < to {
            let bit = i % 64;
            let len = (64 - bit).min(to - i);
            let mask = if len == 64 { !0 } else { ((1u64 << len) - 1) << bit };
            let w = &*self.mark_bits.add(i / 64);
            if on {
                w.fetch_or(mask, Ordering::Relaxed);
            } else {
                w.fetch_and(!mask, Ordering::Relaxed);
            }
            i += len;
        }
    }

    /// Objects marked.
    ///
    /// # Safety
    /// The caller owns the span.
    pub unsafe fn count_marked(&self) -> usize {
        (0..self.bit_words()).map(|w| (*self.mark_bits.add(w)).load(Ordering::Relaxed).count_ones() as usize).sum()
    }

    /// Whether an object is marked that is not allocated: a pointer to it was kept where the collector did not look, or made of a number.
    ///
    /// # Safety
    /// The caller owns the span.
    #[inline]
    pub unsafe fn has_zombie(&self) -> bool {
        // What lies below is allocated.
        let from = self.freeindex.load(Ordering::Relaxed) as usize;
        let mut mask = !0u64 << (from % 64);
        (from / 64..self.bit_words()).any(|w| {
            let (marked, allocated) = (&*self.mark_bits.add(w), &*self.alloc_bits.add(w));
            let zombies = marked.load(Ordering::Relaxed) & !allocated.load(Ordering::Relaxed) & mask;
            mask = !0;
            zombies != 0
        })
    }

    /// The next run of free slots `[from, to)` at or after `freeindex`; does not take it.
    ///
    /// # Safety
    /// The caller owns the span.
    pub unsafe fn next_run(&self) -> Option<(usize, usize)> {
        let n = self.nelems as usize;
        let from = self.find_bit(self.freeindex.load(Ordering::Relaxed) as usize, false);
        if from >= n {
            return None;
        }
        Some((from, self.find_bit(from, true).min(n)))
    }

    /// First slot at or after `i` whose allocation bit is `set`; at least `nelems` if there is none.
    unsafe fn find_bit(&self, mut i: usize, set: bool) -> usize {
        let n = self.nelems as usize;
        while i < n {
            let w = (*self.alloc_bits.add(i / 64)).load(Ordering::Relaxed);
            let w = (if set { w } else { !w }) >> (i % 64);
            if w != 0 {
                return i + w.trailing_zeros() as usize;
            }
            i = (i | 63) + 1;
        }
        n
    }

    /// Points the bit arrays at their rows and clears both.
    ///
    /// # Safety
    /// The caller owns the span; the memory is the span's.
    pub unsafe fn set_bits(&mut self, mark: *mut AtomicU64, alloc: *mut AtomicU64) {
        self.mark_bits = mark;
        self.alloc_bits = alloc;
        for i in 0..self.bit_words() {
            (*mark.add(i)).store(0, Ordering::Relaxed);
            (*alloc.add(i)).store(0, Ordering::Relaxed);
        }
    }

    /// After a mark: what was marked is allocated, and nothing is marked.
    ///
    /// # Safety
    /// The caller owns the span.
    pub unsafe fn swap_bits(&mut self) {
        core::mem::swap(&mut self.mark_bits, &mut self.alloc_bits);
        for i in 0..self.bit_words() {
            (*self.mark_bits.add(i)).store(0, Ordering::Relaxed);
        }
    }

    /// The pointer bits at the span's end (small pointer objects only): one bit per word from `base`.
    #[inline(always)]
    pub fn heap_bits(&self) -> *mut u64 {
        (self.base + PAGE_SIZE - SPAN_BITMAP_SIZE) as *mut u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(nelems: u16, words: &mut Vec<u64>) -> Mspan {
        // SAFETY: all-zero is a valid dead span.
        let mut s: Mspan = unsafe { core::mem::zeroed() };
        s.nelems = nelems;
        s.elemsize = 8;
        let n = (nelems as usize).div_ceil(64);
        words.resize(2 * n, 0);
        let p = words.as_mut_ptr() as *mut AtomicU64;
        // SAFETY: the vector outlives the span in these tests.
        unsafe { s.set_bits(p, p.add(n)) };
        s
    }

    #[test]
    fn runs() {
        let mut v = vec![];
        let s = span(200, &mut v);
        // SAFETY: the test owns the span.
        unsafe {
            assert_eq!(s.next_run(), Some((0, 200)));
            for i in [0usize, 1, 63, 64, 65, 130, 199] {
                (*s.alloc_bits.add(i / 64)).fetch_or(1 << (i % 64), Ordering::Relaxed);
            }
            let mut got = vec![];
            while let Some((a, b)) = s.next_run() {
                got.push((a, b));
                s.freeindex.store(b as u16, Ordering::Relaxed);
            }
            assert_eq!(got, [(2, 63), (66, 130), (131, 199)]);
        }
    }

    #[test]
    fn zombies() {
        let mut v = vec![];
        let mut s = span(200, &mut v);
        // SAFETY: the test owns the span.
        unsafe {
            for i in [3usize, 70, 199] {
                s.try_mark(i);
            }
            assert!(s.has_zombie());
            // All taken, or all up to the last, or none taken and none marked.
            for (freeindex, found) in [(200, false), (199, true), (71, true), (70, true), (0, true)] {
                s.freeindex.store(freeindex, Ordering::Relaxed);
                assert_eq!(s.has_zombie(), found, "{freeindex}");
            }
            s.swap_bits();
            assert!(!s.has_zombie());
            // Allocated at the last sweep and marked again: none; and one that was not.
            for i in [70usize, 199, 3] {
                s.try_mark(i);
                assert!(!s.has_zombie());
            }
            for i in [0usize, 63, 64, 71, 198] {
                s.try_mark(i);
                assert!(s.has_zombie(), "{i}");
                s.freeindex.store(i as u16, Ordering::Relaxed);
                assert!(s.has_zombie(), "{i}");
                s.freeindex.store(i as u16 + 1, Ordering::Relaxed);
                assert!(!s.has_zombie(), "{i}");
                s.freeindex.store(0, Ordering::Relaxed);
                s.mark_range(i, i + 1, false);
            }
        }
    }

    #[test]
    fn marks() {
        let mut v = vec![];
        let mut s = span(300, &mut v);
        // SAFETY: the test owns the span.
        unsafe {
            assert!(s.try_mark(70) && !s.try_mark(70));
            s.mark_range(60, 200, true);
            assert_eq!(s.count_marked(), 140);
            s.mark_range(100, 150, false);
            assert_eq!(s.count_marked(), 90);
            s.swap_bits();
            assert_eq!(s.count_marked(), 0);
            assert!(s.is_allocated(60) && !s.is_allocated(100) && !s.is_allocated(200));
        }
    }
}
