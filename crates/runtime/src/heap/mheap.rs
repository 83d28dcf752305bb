//! Mheap: the heap's address range, the table from page to span, and the spans.
//!
//! One reservation (as large as the system gives, up to 1 TB) is made at start; memory is made usable from its low end.
//! So "is it a heap address" is one comparison and the span of a page one load.

use super::mcentral::Mcentral;
use super::mpagealloc::{CHUNK_PAGES, PageAlloc};
use super::mspan::{Mspan, list, state};
use super::os;
use super::persistent::FixAlloc;
use super::sizeclasses::*;
use crate::sched::lock::Mutex;
use crate::sched::lockrank::Rank;
use core::sync::atomic::*;

/// Where the heap should begin (recognisable in dumps, as gc's).
const HEAP_HINT: usize = 0xc0_0000_0000;
const MAX_RESERVE: usize = 1 << 40;
const MIN_RESERVE: usize = 64 << 20;
/// Memory is made usable in steps of this size.
const ARENA: usize = 64 << 20;
const _: () = assert!(PAGE_SIZE == 8 << 10);

/// Fields under the heap lock.
pub struct HeapLocked {
    pub pages: PageAlloc,
    spans_alloc: FixAlloc,
    /// Bytes from `base` that are readable and writable.
    mapped: usize,
    /// Largest value of the resident free pages since the scavenger looked last.
    pub free_peak: usize,
}

/// Words of mark bits per page: enough for a span of the smallest objects. A span uses the row of its first page.
pub const ROW: usize = MAX_OBJS_PER_SPAN / 64;

/// The heap. Fields without lock say who writes them.
pub struct Mheap {
    pub lock: Mutex<HeapLocked>,
    /// Set once at start.
    base: AtomicUsize,
    reserved: AtomicUsize,
    spans: AtomicPtr<AtomicPtr<Mspan>>,
    /// Per page the span class of a span of one page of small objects (at least 2), else 0: all that marking needs to know of
    /// most pages. Written by the span's owner.
    pub classes: AtomicPtr<AtomicU8>,
    /// The two tables of bits, `ROW` words per page: marks now, and marks of the last cycle or next. Swapped with the
    /// world stopped.
    pub marks: [AtomicPtr<AtomicU64>; 2],
    /// Bytes from `base` that may hold spans; written under the lock, grows only.
    pub limit: AtomicUsize,
    /// See `mspan.rs`; written with the world stopped.
    pub sweepgen: AtomicU32,
    pub central: [Mcentral; NUM_SPAN_CLASSES],
    /// Pages in spans.
    pub pages_in_use: AtomicUsize,
    pub spans_in_use: AtomicUsize,
}

pub static MHEAP: Mheap = Mheap {
    lock: Mutex::new(
        Rank::Mheap,
        HeapLocked { pages: PageAlloc::new(), spans_alloc: FixAlloc::new(size_of::<Mspan>()), mapped: 0, free_peak: 0 },
    ),
    base: AtomicUsize::new(0),
    reserved: AtomicUsize::new(0),
    spans: AtomicPtr::new(core::ptr::null_mut()),
    classes: AtomicPtr::new(core::ptr::null_mut()),
    marks: [const { AtomicPtr::new(core::ptr::null_mut()) }; 2],
    limit: AtomicUsize::new(0),
    sweepgen: AtomicU32::new(2),
    central: [const { Mcentral::new() }; NUM_SPAN_CLASSES],
    pages_in_use: AtomicUsize::new(0),
    spans_in_use: AtomicUsize::new(0),
};

impl Mheap {
    /// Reserves the range. Once, before anything is allocated.
    pub fn init(&self) {
        let mut n = MAX_RESERVE;
        loop {
            let p = os::sys_reserve(HEAP_HINT, n);
            if p != 0 {
                let base = p.next_multiple_of(ARENA);
                let usable = (p + n - base) & !(ARENA - 1);
                let pages = usable >> PAGE_SHIFT;
                let spans = os::sys_alloc_sparse(pages * 8);
                let classes = os::sys_alloc_sparse(pages);
                let marks = [os::sys_alloc_sparse(pages * ROW * 8), os::sys_alloc_sparse(pages * ROW * 8)];
                let tables = spans != 0 && classes != 0 && marks[0] != 0 && marks[1] != 0;
                if usable > 0 && tables && self.lock.lock().pages.init(pages) {
                    self.classes.store(classes as *mut AtomicU8, Ordering::Relaxed);
                    self.marks[0].store(marks[0] as *mut AtomicU64, Ordering::Relaxed);
                    self.marks[1].store(marks[1] as *mut AtomicU64, Ordering::Relaxed);
                    self.base.store(base, Ordering::Relaxed);
                    self.reserved.store(usable, Ordering::Relaxed);
                    self.spans.store(spans as *mut AtomicPtr<Mspan>, Ordering::Relaxed);
                    return;
                }
                // SAFETY: nothing uses the range yet.
                unsafe { os::sys_free(p, n) };
            }
            n /= 4;
            if n < MIN_RESERVE {
                super::throw("runtime: cannot reserve address space for the heap");
            }
        }
    }

    /// First address of the heap.
    #[inline(always)]
    pub fn base(&self) -> usize {
        self.base.load(Ordering::Relaxed)
    }

    /// Whether `p` may be the address of an object.
    #[inline(always)]
    pub fn in_heap(&self, p: usize) -> bool {
        p.wrapping_sub(self.base()) < self.limit.load(Ordering::Relaxed)
    }

    /// The span that covers address `p`, or null.
    #[inline(always)]
    pub fn span_of(&self, p: usize) -> *mut Mspan {
        let off = p.wrapping_sub(self.base());
        if off >= self.limit.load(Ordering::Relaxed) {
            return core::ptr::null_mut();
        }
        // SAFETY: the table has an entry for every page below `limit`.
        unsafe { (*self.spans.load(Ordering::Relaxed).add(off >> PAGE_SHIFT)).load(Ordering::Acquire) }
    }

    fn set_spans(&self, base: usize, npages: usize, s: *mut Mspan) {
        let i = (base - self.base()) >> PAGE_SHIFT;
        let t = self.spans.load(Ordering::Relaxed);
        for k in i..i + npages {
            // SAFETY: as in `span_of`. Release: whoever finds the span sees it initialised.
            unsafe { (*t.add(k)).store(s, Ordering::Release) };
        }
    }

    /// A new span of `npages` pages, swept and empty, owned by the caller. Null: out of memory. `elemsize` is used for
    /// large objects only.
    pub fn alloc_span(&self, npages: usize, spanclass: usize, elemsize: usize) -> *mut Mspan {
        let class = spanclass >> 1;
        let noscan = spanclass & 1 != 0;
        let nelems = if class == 0 { 1 } else { span_elems(class, noscan) };
        let mut h = self.lock.lock();
        let mut grown = false;
        let found = match h.pages.alloc(npages) {
            Some(f) => f,
            None => {
                grown = true;
                if !self.grow(&mut h, npages) {
                    return core::ptr::null_mut();
                }
                match h.pages.alloc(npages) {
                    Some(f) => f,
                    None => return core::ptr::null_mut(),
                }
            }
        };
        let s = h.spans_alloc.alloc() as *mut Mspan;
        drop(h);
        if grown {
            super::scavenge::after_growth(npages);
        }
        // SAFETY: the record is ours alone until `set_spans`; racy readers of a recycled record find state DEAD.
        unsafe {
            let s = &mut *s;
            debug_assert!(s.state.load(Ordering::Relaxed) == state::DEAD);
            s.base = self.base() + (found.page << PAGE_SHIFT);
            s.npages = npages;
            s.elemsize = if class == 0 { elemsize } else { CLASS_TO_SIZE[class] as usize };
            s.divmul = if class == 0 { 0 } else { CLASS_TO_DIVMAGIC[class] };
            s.nelems = nelems as u16;
            s.spanclass = spanclass as u8;
            s.large_type.store(core::ptr::null_mut(), Ordering::Relaxed);
            s.limit = s.base + s.elemsize * nelems;
            s.freeindex.store(0, Ordering::Relaxed);
            s.needzero = found.scavenged != npages || !os::unused_is_zero();
            s.cached = false;
            s.alloc_count = 0;
            s.counted = 0;
            s.list = list::NONE;
            s.next = core::ptr::null_mut();
            s.prev = core::ptr::null_mut();
            s.specials.store(core::ptr::null_mut(), Ordering::Relaxed);
            let row = found.page * ROW;
            s.set_bits(self.marks[0].load(Ordering::Relaxed).add(row), self.marks[1].load(Ordering::Relaxed).add(row));
            s.sweepgen.store(self.sweepgen.load(Ordering::Relaxed), Ordering::Relaxed);
            s.state.store(state::IN_USE, Ordering::Release);
            self.set_spans(s.base, npages, s);
            let c = if class != 0 && npages == 1 { spanclass as u8 } else { 0 };
            (*self.classes.load(Ordering::Relaxed).add(found.page)).store(c, Ordering::Release);
        }
        self.pages_in_use.fetch_add(npages, Ordering::Relaxed);
        self.spans_in_use.fetch_add(1, Ordering::Relaxed);
        s
    }

    /// Gives a span's pages back.
    ///
    /// # Safety
    /// The caller owns the span, which is on no list and holds no live object.
    pub unsafe fn free_span(&self, s: *mut Mspan) {
        let sp = &mut *s;
        let (base, npages) = (sp.base, sp.npages);
        let page = (base - self.base()) >> PAGE_SHIFT;
        (*self.classes.load(Ordering::Relaxed).add(page)).store(0, Ordering::Release);
        sp.state.store(state::DEAD, Ordering::Release);
        self.set_spans(base, npages, core::ptr::null_mut());
        self.pages_in_use.fetch_sub(npages, Ordering::Relaxed);
        self.spans_in_use.fetch_sub(1, Ordering::Relaxed);
        let mut h = self.lock.lock();
        h.pages.free(page, npages);
        h.free_peak = h.free_peak.max(h.pages.free_resident);
        h.spans_alloc.free(s as usize);
    }

    /// Exchanges the tables: what was marked is now what is allocated. World stopped.
    pub fn flip_marks(&self) {
        let a = self.marks[0].load(Ordering::Relaxed);
        self.marks[0].store(self.marks[1].load(Ordering::Relaxed), Ordering::Relaxed);
        self.marks[1].store(a, Ordering::Relaxed);
    }

    /// Makes room for `npages` contiguous pages at the end.
    fn grow(&self, h: &mut HeapLocked, npages: usize) -> bool {
        let chunks = npages.div_ceil(CHUNK_PAGES);
        let end = (h.pages.pages() + chunks * CHUNK_PAGES) << PAGE_SHIFT;
        if end > self.reserved.load(Ordering::Relaxed) {
            return false;
        }
        if end > h.mapped {
            let to = end.next_multiple_of(ARENA);
            // SAFETY: within the reservation.
            if !unsafe { os::sys_map(self.base() + h.mapped, to - h.mapped) } {
                return false;
            }
            h.mapped = to;
        }
        // Huge pages are not asked for: filling a heap of 80 MB then cost half as much again (clearing and compaction in
        // the fault), which marking did not win back.
        if !h.pages.grow(chunks) {
            return false;
        }
        self.limit.store(end, Ordering::Release);
        true
    }

    /// What the heap would have to ask the system for to have `npages` more pages, and what it has.
    pub fn ask(&self, npages: usize) -> (usize, usize) {
        ((npages.div_ceil(CHUNK_PAGES) * CHUNK_PAGES) << PAGE_SHIFT, self.lock.lock().pages.pages() << PAGE_SHIFT)
    }

    /// {resident free, returned or untouched} pages.
    pub fn free_pages(&self) -> (usize, usize) {
        let h = self.lock.lock();
        (h.pages.free_resident, h.pages.free_released)
    }
}

impl HeapLocked {
    /// {in spans, resident free, returned or untouched} pages; they are all that there are.
    pub fn page_counts(&self) -> (usize, usize, usize) {
        let (free, released) = (self.pages.free_resident + self.pages.scavenging, self.pages.free_released);
        (self.pages.pages() - free - released, free, released)
    }

    /// Bytes of Mspan records and bit arrays in use.
    pub fn span_records(&self) -> usize {
        self.spans_alloc.inuse * size_of::<Mspan>()
    }
}
