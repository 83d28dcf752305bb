//! mallocgc: allocation. Small objects from the P's Mcache, large ones from Mheap.
//!
//! Publication order (D6): the object's memory is zero, then its type header or pointer bits are written, then the slot
//! counts as allocated for conservative marking. While the world runs a slot counts from the moment its run is taken;
//! only at the start of marking, with the world stopped, are the ends of the runs given back, so that conservative
//! marking meets initialised objects only. Runs taken while marking are black as a whole and are never scanned.
//!
//! A collection is triggered and assists are done *before* the object is taken, so no object exists that nothing refers to
//! when the collector runs.

use super::heapstats::Shard;
use super::mcache::{AllocSlot, Mcache};
use super::mheap::MHEAP;
use super::mprof;
use super::mspan::Mspan;
use super::sizeclasses::*;
use super::specials;
use super::types::{Type, gc_mask};
use crate::gc;
use crate::sched::runtime2::{P, getm};
use core::sync::atomic::*;

/// What every allocation of size 0 points to.
#[repr(align(16))]
pub struct ZeroBase(#[allow(dead_code)] [u64; 2]);
#[unsafe(export_name = "runtime.zerobase")]
pub static ZEROBASE: ZeroBase = ZeroBase([0; 2]);

/// Address of `ZEROBASE`.
pub fn zerobase() -> usize {
    &raw const ZEROBASE as usize
}

/// Portion of a run that is cleared at a time.
const PORTION: usize = 2048;
/// What tiny blocks are taken from.
const TINY_SPAN_CLASS: usize = 2 * TINY_SIZE_CLASS + 1;
/// Largest portion while marking, so that assists stay in step with allocation.
const MARK_PORTION: usize = 16 << 10;

/// Sizes from here on are refused before arithmetic on them can overflow.
const MAX_ALLOC: usize = 1 << 48;

/// Allocates `size` bytes for values of `typ` (null: no pointers). Memory of pointer types is always zeroed.
///
/// Context: system stack, P held. May start a collection's helper, assist, sweep. Does not return on out of memory.
///
/// # Safety
/// `typ` is null or valid, and `size` a multiple of its size.
#[inline(always)]
pub unsafe fn mallocgc(size: usize, typ: *const Type, needzero: bool) -> usize {
    let p = (*getm()).p;
    // A raw pointer: `refill` reaches the same cache through `p`.
    let c = &raw mut (*p).mcache;
    let noscan = typ.is_null() || (*typ).ptr_bytes == 0;
    if noscan {
        if size < TINY_SIZE {
            return tiny(p, c, size);
        }
        if size <= MAX_SMALL_SIZE - MALLOC_HEADER_SIZE {
            let class = size_to_class(size);
            let elem = CLASS_TO_SIZE[class] as usize;
            let x = take(p, c, 2 * class + 1, elem);
            if needzero && (*(*c).alloc[2 * class + 1].span).needzero {
                core::ptr::write_bytes(x as *mut u8, 0, size);
            }
            return x;
        }
    } else if size <= MIN_SIZE_FOR_MALLOC_HEADER {
        let class = size_to_class(size);
        let elem = CLASS_TO_SIZE[class] as usize;
        let x = take(p, c, 2 * class, elem);
        set_heap_bits((*c).alloc[2 * class].span, x, size, typ, gc_mask(typ));
        return x;
    } else if size <= MAX_SMALL_SIZE - MALLOC_HEADER_SIZE {
        let class = size_to_class(size + MALLOC_HEADER_SIZE);
        let elem = CLASS_TO_SIZE[class] as usize;
        let x = take(p, c, 2 * class, elem);
        // The mask is built now so that marking never has to.
        gc_mask(typ);
        *(x as *mut *const Type) = typ;
        return x + MALLOC_HEADER_SIZE;
    }
    large(p, size, typ, noscan, needzero)
}

/// The next slot of span class `spc`.
#[inline(always)]
unsafe fn take(p: *mut P, c: *mut Mcache, spc: usize, elem: usize) -> usize {
    let slot = (&raw mut (*c).alloc).cast::<AllocSlot>().add(spc);
    let x = (*slot).cur;
    if x < (*slot).end {
        (*slot).cur = x + elem;
        return x;
    }
    refill(p, spc)
}

/// Packs pointer-free objects below 16 bytes into blocks of 16.
unsafe fn tiny(p: *mut P, c: *mut Mcache, size: usize) -> usize {
    if size == 0 {
        return zerobase();
    }
    let mut off = (*c).tiny_off;
    // Alignment as the size suggests; 12 bytes may hold a 64-bit atomic on 32-bit systems only.
    if size & 7 == 0 {
        off = (off + 7) & !7;
    } else if size & 3 == 0 {
        off = (off + 3) & !3;
    } else if size & 1 == 0 {
        off = (off + 1) & !1;
    }
    if off + size <= TINY_SIZE && (*c).tiny != 0 {
        let x = (*c).tiny + off;
        (*c).tiny_off = off + size;
        (*c).tiny_allocs += 1;
        return x;
    }
    if gc::checkfin::on() {
        return tracked_tiny(p, c, off, size);
    }
    let x = tiny_block(p, c);
    if size < (*c).tiny_off || (*c).tiny == 0 {
        (*c).tiny = x;
        (*c).tiny_off = size;
    }
    x
}

/// A new block.
#[inline(always)]
unsafe fn tiny_block(p: *mut P, c: *mut Mcache) -> usize {
    let x = take(p, c, TINY_SPAN_CLASS, TINY_SIZE);
    (x as *mut u64).write(0);
    (x as *mut u64).add(1).write(0);
    x
}

/// `tiny` with `GODEBUG=checkfinalizers=1`: notes which blocks hold more than one object. `off` is where it would be in the current one.
#[cold]
unsafe fn tracked_tiny(p: *mut P, c: *mut Mcache, off: usize, size: usize) -> usize {
    // A block from before the mode was on.
    (*c).tiny = 0;
    let block = (*c).tracked_tiny;
    if block != 0 && off + size <= TINY_SIZE {
        specials::add_tiny_block(block);
        (*c).tiny_off = off + size;
        (*c).tiny_allocs += 1;
        return block + off;
    }
    let x = tiny_block(p, c);
    if block == 0 || size < (*c).tiny_off {
        (*c).tracked_tiny = x;
        (*c).tiny_off = size;
    }
    x
}

/// Slow path of `take`: more of the run, the next run, or the next span; then the slot.
#[cold]
#[inline(never)]
unsafe fn refill(p: *mut P, spc: usize) -> usize {
    (*p).mcache.nslow += 1;
    let stress = gc::stress_hit((*p).mcache.nslow);
    if gc::triggered() || stress {
        gc::want_cycle(stress);
    }
    gc::assist(p);
    mprof::check_rate(p);
    loop {
        let slot = &mut (*p).mcache.alloc[spc];
        if slot.cur < slot.end {
            let elem = (*slot.span).elemsize;
            let x = slot.cur;
            slot.cur = x + elem;
            return x;
        }
        if slot.cur < slot.run_end {
            if prepare(p, spc) {
                let slot = &mut (*p).mcache.alloc[spc];
                let (s, x) = (slot.span, slot.cur);
                slot.cur = slot.end;
                mprof::sample(p, spc, s, x, (*s).elemsize);
                return x;
            }
            continue;
        }
        let mut s = slot.span;
        if !s.is_null() {
            if let Some((from, to)) = (*s).next_run() {
                take_run(s, slot, from, to);
                continue;
            }
            uncache(slot, &(*p).mcache.stats);
            if spc == TINY_SPAN_CLASS {
                count_tiny(&raw mut (*p).mcache.tiny_allocs, &(*p).mcache.stats);
            }
        }
        sweep_credit(spc);
        s = MHEAP.central[spc].cache_span(spc);
        if s.is_null() {
            super::out_of_memory(1);
        }
        (*s).cached = true;
        gc::pacer::heap_live_add(((*s).nelems - (*s).alloc_count) as usize * (*s).elemsize);
        let slot = &mut (*p).mcache.alloc[spc];
        slot.span = s;
        slot.cur = 0;
        slot.end = 0;
        slot.run_end = 0;
    }
}

/// Sweeps in proportion to the span that is going to be taken.
unsafe fn sweep_credit(spc: usize) {
    let class = spc >> 1;
    gc::sweep::proportional(CLASS_TO_NPAGES[class] as usize * PAGE_SIZE);
}

/// Puts free slots `from..to` of `s` into `slot`.
unsafe fn take_run(s: *mut Mspan, slot: &mut AllocSlot, from: usize, to: usize) {
    if gc::marking() {
        (*s).mark_range(from, to, true);
    }
    (*s).alloc_count += (to - from) as u16;
    (*s).freeindex.store(to as u16, Ordering::Release);
    slot.cur = (*s).obj_base(from);
    slot.end = slot.cur;
    slot.run_end = (*s).obj_base(to);
}

/// Makes the next portion of the run ready: zeroed for pointer classes; charged to the goroutine while marking. True: it is
/// one object, which the memory profile wants.
unsafe fn prepare(p: *mut P, spc: usize) -> bool {
    let slot = &raw mut (*p).mcache.alloc[spc];
    let slot = &mut *slot;
    let s = &*slot.span;
    let elem = s.elemsize;
    let left = slot.run_end - slot.cur;
    let mut n = left;
    if gc::stress_enabled() {
        n = elem;
    }
    if gc::marking() {
        n = n.min((MARK_PORTION / elem).max(1) * elem);
    }
    if !s.noscan() && s.needzero {
        n = n.min((PORTION / elem).max(1) * elem);
    }
    let mut sampled = false;
    if (*p).mcache.prof_rate > 0 {
        n = mprof::before_sample(p, spc, elem, n / elem) * elem;
        if n == 0 {
            sampled = true;
            n = elem;
        }
    }
    if !s.noscan() {
        if s.needzero {
            core::ptr::write_bytes(slot.cur as *mut u8, 0, n);
        }
        if heap_bits_in_span(elem) {
            clear_heap_bits(s.heap_bits(), (slot.cur - s.base) / 8, n / 8);
        }
    }
    if gc::marking() {
        gc::charge(p, n);
    }
    slot.end = slot.cur + n;
    sampled
}

/// Clears pointer bits `[i, i+n)`.
unsafe fn clear_heap_bits(bits: *mut u64, i: usize, n: usize) {
    let mut k = i;
    let end = i + n;
    while k < end {
        let bit = k % 64;
        let len = (64 - bit).min(end - k);
        let mask = if len == 64 { !0 } else { ((1u64 << len) - 1) << bit };
        *bits.add(k / 64) &= !mask;
        k += len;
    }
}

/// Writes the pointer bits of the object at `x`: `size` bytes of values of `typ`, at most 64 words, whose pointer mask lies at
/// `mask`. The bits are clear before.
#[inline(always)]
pub unsafe fn set_heap_bits(s: *mut Mspan, x: usize, size: usize, typ: *const Type, mask: *const u8) {
    let t = &*typ;
    let bits = if t.ptr_bytes == 8 && t.size == 8 {
        !0u64 >> (64 - size / 8)
    } else {
        let mut m = type_mask(mask, t.ptr_bytes / 8);
        if t.size < size {
            // An array: repeat the element's mask.
            let step = t.size / 8;
            let one = m;
            let mut at = step;
            while at < size / 8 {
                m |= one << at;
                at += step;
            }
        }
        m
    };
    let i = (x - (*s).base) / 8;
    let w = (*s).heap_bits().add(i / 64);
    let sh = i % 64;
    *w |= bits << sh;
    if sh + size / 8 > 64 {
        *w.add(1) |= bits >> (64 - sh);
    }
}

/// The first `words` bits (at most 64) of the mask at `p`.
#[inline(always)]
unsafe fn type_mask(p: *const u8, words: usize) -> u64 {
    if words <= 8 {
        return *p as u64 & ((1u64 << words) - 1);
    }
    let mut m = 0u64;
    for i in 0..words.div_ceil(8) {
        m |= (*p.add(i) as u64) << (8 * i);
    }
    if words < 64 { m & ((1 << words) - 1) } else { m }
}

/// An object with a span of its own.
#[inline(never)]
unsafe fn large(p: *mut P, size: usize, typ: *const Type, noscan: bool, needzero: bool) -> usize {
    if size >= MAX_ALLOC {
        super::throw("out of memory");
    }
    let npages = size.div_ceil(PAGE_SIZE);
    let bytes = npages * PAGE_SIZE;
    (*p).mcache.nslow += 1;
    let stress = gc::stress_hit((*p).mcache.nslow);
    if gc::triggered_by(bytes) || stress {
        gc::want_cycle(stress);
    }
    if gc::marking() {
        gc::charge(p, bytes);
        gc::assist(p);
    }
    gc::sweep::proportional(bytes);
    mprof::check_rate(p);
    let spc = noscan as usize;
    let s = MHEAP.alloc_span(npages, spc, bytes);
    if s.is_null() {
        super::out_of_memory(npages);
    }
    let sp = &mut *s;
    let x = sp.base;
    if sp.needzero && (needzero || !noscan) {
        core::ptr::write_bytes(x as *mut u8, 0, bytes);
    } else if noscan && !needzero && sp.needzero {
        // The tail nobody overwrites.
        core::ptr::write_bytes((x + size) as *mut u8, 0, bytes - size);
    }
    if !noscan {
        gc_mask(typ);
        sp.large_type.store(typ as *mut Type, Ordering::Release);
    }
    if gc::marking() {
        sp.try_mark(0);
        gc::pacer::black_allocated(bytes);
    }
    sp.alloc_count = 1;
    sp.counted = 1;
    sp.freeindex.store(1, Ordering::Release);
    (*p).mcache.stats.update(|c| {
        c.allocs[0] += 1;
        c.large_alloc_bytes += bytes as u64;
    });
    gc::pacer::heap_live_add(bytes);
    if (*p).mcache.prof_rate > 0 && mprof::large_is_sample(p, spc, bytes) {
        mprof::record(s, x, bytes);
    }
    MHEAP.central[spc].put_swept(s, MHEAP.sweepgen.load(Ordering::Relaxed));
    x
}

/// Gives the slot's full span back to its Mcentral.
unsafe fn uncache(slot: &mut AllocSlot, stats: &Shard) {
    let s = slot.span;
    account(s, stats);
    (*s).cached = false;
    slot.span = core::ptr::null_mut();
    MHEAP.central[(*s).spanclass as usize].put_swept(s, MHEAP.sweepgen.load(Ordering::Relaxed));
}

/// Tells the statistics of the slots allocated since they last looked at `s`.
unsafe fn account(s: *mut Mspan, stats: &Shard) {
    let n = (*s).alloc_count - (*s).counted;
    (*s).counted = (*s).alloc_count;
    if n == 0 {
        return;
    }
    stats.update(|c| c.allocs[(*s).class()] += n as u64);
    if gc::marking() {
        gc::pacer::black_allocated(n as usize * (*s).elemsize);
    }
}

/// Tells the statistics of the objects in tiny blocks.
unsafe fn count_tiny(n: *mut u64, stats: &Shard) {
    let n = core::mem::replace(&mut *n, 0);
    stats.update(|c| c.tiny_allocs += n);
}

impl Mcache {
    /// Gives back the unused ends of all runs, so that `freeindex` is exact; the spans stay. `unmark`: they were black.
    ///
    /// # Safety
    /// World stopped, or the caller holds the P.
    pub unsafe fn give_back_runs(&mut self, unmark: bool) {
        for (slot, to_sample) in self.alloc.iter_mut().zip(&mut self.to_sample) {
            let s = slot.span;
            if s.is_null() {
                continue;
            }
            if self.prof_rate > 0 {
                mprof::unused(to_sample, slot.end - slot.cur);
            }
            if slot.cur < slot.run_end {
                let from = (slot.cur - (*s).base) / (*s).elemsize;
                let to = (slot.run_end - (*s).base) / (*s).elemsize;
                if unmark {
                    (*s).mark_range(from, to, false);
                }
                (*s).alloc_count -= (to - from) as u16;
                (*s).freeindex.store(from as u16, Ordering::Release);
                // What was cleared ahead need not stay clear: the next portion clears again.
            }
            slot.end = slot.cur;
            slot.run_end = slot.cur;
            account(s, &self.stats);
        }
        count_tiny(&mut self.tiny_allocs, &self.stats);
    }

    /// Gives back all spans and the tiny block.
    ///
    /// # Safety
    /// As `give_back_runs`, which came first.
    pub unsafe fn release_all(&mut self) {
        for slot in &mut self.alloc {
            let s = slot.span;
            if s.is_null() {
                continue;
            }
            // Free slots were counted as live when the span was taken.
            gc::pacer::heap_live_sub(((*s).nelems - (*s).alloc_count) as usize * (*s).elemsize);
            uncache(slot, &self.stats);
            *slot = AllocSlot::NEW;
        }
        self.tiny = 0;
        self.tiny_off = 0;
        self.tracked_tiny = 0;
    }
}

/// Row `mallocgc`.
#[unsafe(export_name = "rt.mallocgc")]
pub unsafe extern "C" fn rt_mallocgc(size: usize, typ: *const Type, needzero: usize) -> usize {
    if size == 0 {
        return zerobase();
    }
    mallocgc(size, typ, needzero & 0xff != 0)
}

/// Row `newobject`.
#[unsafe(export_name = "rt.newobject")]
unsafe extern "C" fn rt_newobject(typ: *const Type) -> usize {
    if (*typ).size == 0 {
        return zerobase();
    }
    mallocgc((*typ).size, typ, true)
}

/// Row `zerobase0`.
#[unsafe(export_name = "rt.zerobase0")]
extern "C" fn rt_zerobase0() -> usize {
    zerobase()
}
