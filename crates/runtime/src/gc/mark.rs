//! Marking: from a pointer to its object, from an object to the pointers in it.

use super::work::GcWork;
use crate::heap::mheap::{MHEAP, ROW};
use crate::heap::mspan::{Mspan, state};
use crate::heap::sizeclasses::*;
use crate::heap::types::{Type, gc_mask};
use crate::sched::runtime2::getp;
use core::sync::atomic::*;

/// Large objects are scanned in pieces of this size, so that several workers share them and can stop in between.
pub const OBLET: usize = 128 << 10;

/// Whether a conservative pointer to an object's first byte also keeps the object before it, in case it is a pointer one
/// past the end of that. Code generation keeps the base of whatever it still uses in a register or slot (addresses are
/// never hoisted past their last use), so this would only retain garbage.
pub const PAST_END_KEEPS: bool = false;

/// What marking needs to know of a span class, for spans of one page.
#[derive(Clone, Copy)]
struct ClassInfo {
    magic: u32,
    size: u16,
    nelems: u16,
}

static CLASS: [ClassInfo; 256] = class_info();

const fn class_info() -> [ClassInfo; 256] {
    let mut t = [ClassInfo { magic: 0, size: 0, nelems: 0 }; 256];
    let mut c = 2;
    while c < NUM_SPAN_CLASSES {
        let size = SIZES[c / 2];
        // Only spans of one page are looked up here; for longer classes the number is not used.
        let bytes = if c % 2 == 0 && size as usize <= MIN_SIZE_FOR_MALLOC_HEADER {
            PAGE_SIZE - SPAN_BITMAP_SIZE
        } else {
            PAGE_SIZE
        };
        t[c] = ClassInfo { magic: u32::MAX / size as u32 + 1, size, nelems: (bytes / size as usize) as u16 };
        c += 1;
    }
    t
}

/// The heap's tables, loaded once per object or queue of objects.
#[derive(Clone, Copy)]
struct View {
    base: usize,
    limit: usize,
    classes: *const AtomicU8,
    marks: *const AtomicU64,
}

impl View {
    #[inline(always)]
    fn new() -> View {
        View {
            base: MHEAP.base(),
            limit: MHEAP.limit.load(Ordering::Relaxed),
            classes: MHEAP.classes.load(Ordering::Relaxed),
            marks: MHEAP.marks[0].load(Ordering::Relaxed),
        }
    }

    /// First half of [`grey`] for an object of a one-page span: where its mark is. Asks for that cache line.
    #[inline(always)]
    unsafe fn aim(&self, w: &mut GcWork, p: usize) -> Option<Aimed> {
        use core::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        let off = p.wrapping_sub(self.base);
        if off >= self.limit {
            return None;
        }
        let page = off >> PAGE_SHIFT;
        let c = (*self.classes.add(page)).load(Ordering::Relaxed);
        if c < 2 {
            grey_slow(w, p);
            return None;
        }
        let info = &CLASS[c as usize];
        let i = (((off & (PAGE_SIZE - 1)) as u64 * info.magic as u64) >> 32) as usize;
        if i >= info.nelems as usize {
            return None;
        }
        let word = self.marks.add(page * ROW + i / 64);
        _mm_prefetch::<{ _MM_HINT_T0 }>(word as *const i8);
        let scan = if c & 1 == 0 { (p & !(PAGE_SIZE - 1)) + i * info.size as usize } else { 0 };
        Some(Aimed { word, scan, size: info.size, bit: (i % 64) as u8 })
    }

    /// See [`grey`].
    #[inline(always)]
    unsafe fn grey(&self, w: &mut GcWork, p: usize) {
        let off = p.wrapping_sub(self.base);
        if off >= self.limit {
            return;
        }
        let page = off >> PAGE_SHIFT;
        let c = (*self.classes.add(page)).load(Ordering::Relaxed);
        if c < 2 {
            return grey_slow(w, p);
        }
        let info = &CLASS[c as usize];
        let i = (((off & (PAGE_SIZE - 1)) as u64 * info.magic as u64) >> 32) as usize;
        let word = &*self.marks.add(page * ROW + i / 64);
        let bit = 1u64 << (i % 64);
        if word.load(Ordering::Relaxed) & bit != 0 || i >= info.nelems as usize {
            return;
        }
        if word.fetch_or(bit, Ordering::Relaxed) & bit == 0 {
            w.bytes_marked += info.size as u64;
            if c & 1 == 0 {
                w.put((p & !(PAGE_SIZE - 1)) + i * info.size as usize);
            }
        }
    }
}

/// An object whose mark will be set: the word it is in, and where to scan (0: no pointers).
#[derive(Clone, Copy)]
struct Aimed {
    word: *const AtomicU64,
    scan: usize,
    size: u16,
    bit: u8,
}

impl Aimed {
    const NONE: Aimed = Aimed { word: core::ptr::null(), scan: 0, size: 0, bit: 0 };

    /// Second half of [`grey`].
    #[inline(always)]
    unsafe fn mark(self, w: &mut GcWork) {
        let (word, bit) = (&*self.word, 1u64 << self.bit);
        if word.load(Ordering::Relaxed) & bit != 0 {
            return;
        }
        if word.fetch_or(bit, Ordering::Relaxed) & bit == 0 {
            w.bytes_marked += self.size as u64;
            if self.scan != 0 {
                w.put(self.scan);
            }
        }
    }
}

/// What is done with the pointers found.
trait Sink {
    /// Whether nil pointers are of interest too.
    const NIL: bool = false;
    /// Where the next pointer lies.
    #[inline(always)]
    fn slot(&mut self, _: usize) {}
    unsafe fn pointer(&mut self, w: &mut GcWork, view: &View, p: usize);
}

/// They are marked at once.
struct Now;

impl Sink for Now {
    #[inline(always)]
    unsafe fn pointer(&mut self, w: &mut GcWork, view: &View, p: usize) {
        view.grey(w, p)
    }
}

/// Pointers between the prefetch of their mark and its test. Most marks of a large heap are in no cache, and most of them are
/// set already, so this is what marking waits for.
struct Pipe {
    ring: [Aimed; PIPE],
    /// The oldest one, and how many there are.
    pos: usize,
    n: usize,
}

const PIPE: usize = 16;

impl Pipe {
    const NEW: Pipe = Pipe { ring: [Aimed::NONE; PIPE], pos: 0, n: 0 };

    /// Marks all that is inside.
    #[inline(always)]
    unsafe fn flush(&mut self, w: &mut GcWork) {
        while self.n > 0 {
            self.ring[self.pos % PIPE].mark(w);
            self.pos = (self.pos + 1) % PIPE;
            self.n -= 1;
        }
    }
}

impl Sink for Pipe {
    #[inline(always)]
    unsafe fn pointer(&mut self, w: &mut GcWork, view: &View, p: usize) {
        let Some(a) = view.aim(w, p) else { return };
        if self.n < PIPE {
            self.ring[(self.pos + self.n) % PIPE] = a;
            self.n += 1;
            return;
        }
        let old = core::mem::replace(&mut self.ring[self.pos % PIPE], a);
        self.pos = (self.pos + 1) % PIPE;
        old.mark(w);
    }
}

/// Marks the object `p` points into, if it is a heap object, and queues it for scanning.
///
/// # Safety
/// Context: marking. `p` comes from a word the type system calls a pointer.
#[inline(always)]
pub unsafe fn grey(w: &mut GcWork, p: usize) {
    View::new().grey(w, p)
}

/// As `grey`, for spans of more than a page.
#[inline(never)]
unsafe fn grey_slow(w: &mut GcWork, p: usize) {
    let s = MHEAP.span_of(p);
    if !s.is_null() {
        grey_in(w, s, p);
    }
}

/// Whether the object at `p` has been marked; memory outside of the heap always counts as reached.
///
/// # Safety
/// Context: marking. `p` is an address in an object that has not been freed.
pub unsafe fn reached(p: usize) -> bool {
    let s = MHEAP.span_of(p);
    s.is_null() || (*s).state.load(Ordering::Acquire) != state::IN_USE || (*s).is_marked(index(s, p))
}

/// Calls what it holds for the places of pointers.
struct Slots<F>(F);

impl<F: FnMut(usize)> Sink for Slots<F> {
    const NIL: bool = true;
    fn slot(&mut self, at: usize) {
        (self.0)(at)
    }
    unsafe fn pointer(&mut self, _: &mut GcWork, _: &View, _: usize) {}
}

/// The places in the object at `b`, the base of a slot that is in use, that hold pointers.
///
/// # Safety
/// World stopped; P held.
pub unsafe fn each_slot(b: usize, f: impl FnMut(usize)) {
    let w = &mut (*getp()).gc.work;
    let before = w.scan_work;
    let s = MHEAP.span_of(b);
    let t = (*s).large_type.load(Ordering::Acquire);
    if (*s).class() != 0 {
        scan_object(w, &mut Slots(f), b);
    } else if !t.is_null() {
        // In one piece: nothing is to be left for later in a work buffer.
        scan_piece(w, &mut Slots(f), b, b, (*s).elemsize, t);
    }
    w.scan_work = before;
}

/// Those among the words of `b` that `mask` says are pointers.
///
/// # Safety
/// As `each_slot`; `mask` has a bit for each of `words`.
pub unsafe fn each_masked_slot(b: usize, mask: *const u8, words: usize, f: impl FnMut(usize)) {
    scan_words(&mut (*getp()).gc.work, &mut Slots(f), b, mask, 0, words)
}

/// As `grey`, for a word that may be anything: free slots and spans not in use are ignored.
///
/// # Safety
/// Context: marking.
#[inline]
pub unsafe fn grey_checked(w: &mut GcWork, p: usize) {
    let s = MHEAP.span_of(p);
    if !s.is_null() && (*s).state.load(Ordering::Acquire) == state::IN_USE && p < (*s).limit {
        let i = index(s, p);
        if (*s).is_allocated(i) {
            mark_object(w, s, i);
        }
    }
}

/// A word of a stack, register or vector register.
///
/// # Safety
/// Context: marking.
#[inline]
pub unsafe fn conservative(w: &mut GcWork, p: usize) {
    if p.wrapping_sub(MHEAP.base()) > MHEAP.limit.load(Ordering::Relaxed) {
        return;
    }
    grey_checked(w, p);
    if PAST_END_KEEPS {
        grey_checked(w, p - 1);
    }
}

#[inline(always)]
unsafe fn index(s: *mut Mspan, p: usize) -> usize {
    // The large class has divmul 0, which makes every address object 0.
    (*s).obj_index(p)
}

#[inline(always)]
unsafe fn grey_in(w: &mut GcWork, s: *mut Mspan, p: usize) {
    if p >= (*s).limit || (*s).state.load(Ordering::Relaxed) != state::IN_USE {
        return;
    }
    mark_object(w, s, index(s, p));
}

#[inline(always)]
unsafe fn mark_object(w: &mut GcWork, s: *mut Mspan, i: usize) {
    if (*s).try_mark(i) {
        w.bytes_marked += (*s).elemsize as u64;
        if !(*s).noscan() {
            w.put((*s).obj_base(i));
        }
    }
}

/// Asks for the cache lines that scanning `b` will need.
#[inline(always)]
pub fn prefetch(b: usize) {
    use core::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
    // The pointer bits, where they are at the page's end.
    let bits = (b | (PAGE_SIZE - 1)) + 1 - SPAN_BITMAP_SIZE + (b & (PAGE_SIZE - 1)) / 64;
    // SAFETY: a prefetch does not fault.
    unsafe {
        _mm_prefetch::<{ _MM_HINT_T0 }>(b as *const i8);
        _mm_prefetch::<{ _MM_HINT_T0 }>(bits as *const i8);
    }
}

/// Scans the object (or piece of a large one) at `b`.
///
/// # Safety
/// Context: marking; `b` came from a work buffer.
#[inline]
unsafe fn scan_object(w: &mut GcWork, to: &mut impl Sink, b: usize) {
    let v = View::new();
    let page = (b - v.base) >> PAGE_SHIFT;
    let c = (*v.classes.add(page)).load(Ordering::Relaxed);
    if c < 2 {
        return scan_slow(w, to, b);
    }
    let elem = CLASS[c as usize].size as usize;
    if elem <= MIN_SIZE_FOR_MALLOC_HEADER {
        scan_small(w, to, &v, b, elem);
        return;
    }
    let t = *(b as *const *const Type);
    if !t.is_null() {
        scan_typed(w, to, b + MALLOC_HEADER_SIZE, elem - MALLOC_HEADER_SIZE, t);
    }
}

/// An object in a span of more than a page.
#[inline(never)]
unsafe fn scan_slow(w: &mut GcWork, to: &mut impl Sink, b: usize) {
    let s = MHEAP.span_of(b);
    let elem = (*s).elemsize;
    if (*s).class() != 0 {
        let t = *(b as *const *const Type);
        if !t.is_null() {
            scan_typed(w, to, b + MALLOC_HEADER_SIZE, elem - MALLOC_HEADER_SIZE, t);
        }
        return;
    }
    let t = (*s).large_type.load(Ordering::Acquire);
    if t.is_null() {
        return;
    }
    let base = (*s).base;
    if b == base && elem > OBLET {
        let mut o = base + OBLET;
        while o < base + elem {
            w.put(o);
            o += OBLET;
        }
    }
    let n = (base + elem - b).min(OBLET);
    scan_piece(w, to, base, b, n, t);
}

/// A small object: one bit per word at the span's end.
#[inline(always)]
unsafe fn scan_small<S: Sink>(w: &mut GcWork, to: &mut S, view: &View, b: usize, elem: usize) {
    let words = elem / 8;
    let i = (b & (PAGE_SIZE - 1)) / 8;
    let bits = ((b | (PAGE_SIZE - 1)) + 1 - SPAN_BITMAP_SIZE) as *const u64;
    let bits = bits.add(i / 64);
    let sh = i % 64;
    let mut m = *bits >> sh;
    if sh + words > 64 {
        m |= *bits.add(1) << (64 - sh);
    }
    if words < 64 {
        m &= (1u64 << words) - 1;
    }
    w.scan_work += (64 - m.leading_zeros() as i64) * 8;
    while m != 0 {
        let k = m.trailing_zeros() as usize;
        m &= m - 1;
        let v = (*((b + k * 8) as *const AtomicUsize)).load(Ordering::Relaxed);
        if S::NIL || v != 0 {
            to.slot(b + k * 8);
            to.pointer(w, view, v);
        }
    }
}

/// `len` bytes from `b` that hold values of `t`, one after the other; what lies behind the last value is zero.
unsafe fn scan_typed(w: &mut GcWork, to: &mut impl Sink, b: usize, len: usize, t: *const Type) {
    let mask = gc_mask(t);
    let (size, words) = ((*t).size, (*t).ptr_bytes / 8);
    let mut at = 0;
    while at < len {
        scan_words(w, to, b + at, mask, 0, words.min((len - at) / 8));
        at += size;
    }
    w.scan_work += len as i64;
}

/// Bytes `[b, b+len)` of a large object of `t`s that begins at `base`.
unsafe fn scan_piece(w: &mut GcWork, to: &mut impl Sink, base: usize, b: usize, len: usize, t: *const Type) {
    let mask = gc_mask(t);
    let (size, words) = ((*t).size, (*t).ptr_bytes / 8);
    let end = b + len;
    let mut elem = base + (b - base) / size * size;
    while elem < end {
        let from = if elem < b { (b - elem) / 8 } else { 0 };
        let end = words.min((end - elem) / 8);
        if from < end {
            scan_words(w, to, elem, mask, from, end);
        }
        elem += size;
    }
    w.scan_work += len as i64;
}

/// Words `from..end` of `b` whose bit in `mask` is set.
#[inline(always)]
unsafe fn scan_words<S: Sink>(w: &mut GcWork, to: &mut S, b: usize, mask: *const u8, from: usize, end: usize) {
    let view = View::new();
    let mut i = from;
    while i < end {
        let mut m = *mask.add(i / 8) >> (i % 8);
        let left = 8 - i % 8;
        let n = left.min(end - i);
        if n < 8 {
            m &= (1u8 << n) - 1;
        }
        while m != 0 {
            let k = m.trailing_zeros() as usize;
            m &= m - 1;
            let v = (*((b + (i + k) * 8) as *const AtomicUsize)).load(Ordering::Relaxed);
            if S::NIL || v != 0 {
                to.slot(b + (i + k) * 8);
                to.pointer(w, &view, v);
            }
        }
        i += n;
    }
}

/// Marks what words `from..end` of `b` whose bit in `mask` is set point to.
///
/// # Safety
/// Context: marking; the memory is readable and the mask long enough.
pub unsafe fn scan_masked(w: &mut GcWork, b: usize, mask: *const u8, from: usize, end: usize) {
    let mut pipe = Pipe::NEW;
    scan_words(w, &mut pipe, b, mask, from, end);
    pipe.flush(w);
}

/// How many objects lie between their prefetch and their scan.
const AHEAD: usize = 8;

/// Scans queued objects until there are none (true), or `stop` says so. `stop` is asked after every `step` bytes of scan work.
///
/// # Safety
/// Context: marking; `w` belongs to the P this M holds.
pub unsafe fn drain(w: &mut GcWork, step: i64, mut stop: impl FnMut(&mut GcWork) -> bool) -> bool {
    let mut pipe = Pipe::NEW;
    let mut ring = [0usize; AHEAD];
    let mut pos = 0;
    let mut inside = 0;
    let mut next = w.scan_work + step;
    loop {
        // Keep the ring filled: each object's lines are asked for AHEAD scans before they are needed.
        let b = w.try_get();
        if b != 0 {
            prefetch(b);
            let old = ring[pos];
            ring[pos] = b;
            pos = (pos + 1) % AHEAD;
            if old == 0 {
                inside += 1;
                continue;
            }
            scan_object(w, &mut pipe, old);
        } else {
            pipe.flush(w);
            if !w.empty() {
                continue;
            }
            if inside == 0 {
                return true;
            }
            // Nothing queued: scan what is in the ring, oldest first.
            let mut k = 0;
            while k < AHEAD {
                let i = (pos + k) % AHEAD;
                let old = core::mem::replace(&mut ring[i], 0);
                if old != 0 {
                    scan_object(w, &mut pipe, old);
                }
                k += 1;
            }
            inside = 0;
        }
        if w.scan_work >= next {
            w.balance();
            if stop(w) {
                pipe.flush(w);
                for o in ring {
                    if o != 0 {
                        w.put(o);
                    }
                }
                return false;
            }
            next = w.scan_work + step;
        }
    }
}

/// Scans the object `p` points into without marking it.
///
/// # Safety
/// Context: marking; `p` points into a live object.
pub unsafe fn scan_contents(w: &mut GcWork, p: usize) {
    let s = MHEAP.span_of(p);
    if s.is_null() || (*s).state.load(Ordering::Acquire) != state::IN_USE || (*s).noscan() || p >= (*s).limit {
        return;
    }
    let i = index(s, p);
    // Allocated black and perhaps not initialised to the end: it needs no scan.
    if !(*s).is_marked(i) {
        scan_object(w, &mut Now, (*s).obj_base(i));
    }
}
