//! What tests ask: which words of an object the collector takes for pointers, and what is in the heap, counted span by span. And the
//! report of a heap that is broken.

use super::{mark, roots};
use crate::diag::print::Out;
use crate::diag::symtab;
use crate::heap::mheap::MHEAP;
use crate::heap::mspan::{Mspan, state};
use crate::heap::sizeclasses::{NUM_SIZE_CLASSES, PAGE_SIZE};
use crate::sched::runtime2::{G, allp, getg};
use core::sync::atomic::Ordering::*;

/// Where an address lies.
mod class {
    pub const OTHER: usize = 0;
    pub const STACK: usize = 1;
    pub const HEAP: usize = 2;
    pub const DATA: usize = 3;
    pub const BSS: usize = 4;
}

/// Calls `f` for every span that is in use.
///
/// # Safety
/// World stopped.
pub unsafe fn each_span(mut f: impl FnMut(*mut Mspan)) {
    let mut at = MHEAP.base();
    while MHEAP.in_heap(at) {
        let s = MHEAP.span_of(at);
        if s.is_null() || (*s).state.load(Relaxed) != state::IN_USE {
            at += PAGE_SIZE;
            continue;
        }
        f(s);
        at = ((*s).base + (*s).npages * PAGE_SIZE).max(at + PAGE_SIZE);
    }
}

/// Takes back what the allocation's fast paths have been given ahead: it is not in use, though its bits say so.
///
/// # Safety
/// World stopped.
pub unsafe fn settle() {
    for p in allp() {
        (*p).mcache.give_back_runs(super::marking());
    }
}

/// Row `pointermask`: sets those of the `words` bytes at `out` whose word, from `p` on, is a pointer to the collector, and says
/// what kind of memory `p` is in. Of stacks no word is set: what is live there depends on the pc.
///
/// # Safety
/// World stopped.
#[unsafe(export_name = "rt.pointermask")]
unsafe extern "C" fn pointermask(p: usize, out: *mut u8, words: usize) -> usize {
    let put = |slot: usize| {
        let i = slot.wrapping_sub(p) / 8;
        if slot >= p && i < words {
            *out.add(i) = 1;
        }
    };
    let s = MHEAP.span_of(p);
    if !s.is_null() && (*s).state.load(Acquire) == state::IN_USE && p < (*s).limit {
        let i = (*s).obj_index(p);
        if (*s).is_allocated(i) && !(*s).noscan() {
            mark::each_slot((*s).obj_base(i), put);
        }
        return class::HEAP;
    }
    for s in roots::sections() {
        if (s.lo..s.hi).contains(&p) {
            mark::each_masked_slot(s.lo, s.mask, (s.hi - s.lo) / 8, put);
        }
    }
    let (md, a) = (symtab::moduledata(), p as u64);
    if (md.data..md.edata).contains(&a) || (md.noptrdata..md.enoptrdata).contains(&a) {
        class::DATA
    } else if (md.bss..md.ebss).contains(&a) || (md.noptrbss..md.enoptrbss).contains(&a) {
        class::BSS
    } else if on_stack(getg(), p) {
        class::STACK
    } else {
        class::OTHER
    }
}

unsafe fn on_stack(gp: *mut G, p: usize) -> bool {
    let mut s = (*gp).seg;
    while !s.is_null() {
        if p > s as usize && p < (*s).hi {
            return true;
        }
        s = (*s).prev;
    }
    false
}

/// Row `forcegcperiod`: where the longest time between two cycles is kept, in nanoseconds. The caller accesses it atomically.
#[unsafe(export_name = "rt.forcegcperiod")]
extern "C" fn forcegcperiod() -> *const i64 {
    super::pacer::FORCE_PERIOD.as_ptr()
}

/// Row `heapcount`: pages in spans as counted all along, the same by looking at the spans, and then per size class (0: large
/// objects) the number of objects and their bytes.
///
/// # Safety
/// World stopped; `out` has room.
#[unsafe(export_name = "rt.heapcount")]
unsafe extern "C" fn heapcount(out: *mut u64) {
    let out = core::slice::from_raw_parts_mut(out, 2 + 2 * NUM_SIZE_CLASSES);
    out.fill(0);
    settle();
    out[0] = MHEAP.pages_in_use.load(Relaxed) as u64;
    each_span(|s| {
        out[1] += (*s).npages as u64;
        let n = (0..(*s).nelems as usize).filter(|&i| (*s).is_allocated(i)).count() as u64;
        let class = 2 + 2 * (*s).class();
        out[class] += n;
        out[class + 1] += n * (*s).elemsize as u64;
    });
}

/// Row `parsebytes`: the `n` bytes at `p` as GOMEMLIMIT is read.
///
/// # Safety
/// The bytes are readable, `out` is writable.
#[unsafe(export_name = "rt.parsebytes")]
unsafe extern "C" fn parsebytes(p: *const u8, n: usize, out: *mut i64) -> usize {
    let text = if n == 0 { &[] } else { core::slice::from_raw_parts(p, n) };
    super::plan::parse_bytes(text).map(|x| *out = x).is_some() as usize
}

/// Ends the program: some objects of `s` are marked that were free. In gc's words.
///
/// # Safety
/// The caller sweeps `s`.
#[cold]
pub unsafe fn report_zombies(s: *mut Mspan) -> ! {
    /// Bytes shown of an object.
    const SHOWN: usize = 1024;
    let (size, freeindex) = ((*s).elemsize, (*s).freeindex.load(Relaxed));
    let mut o = Out::stderr();
    o.str("runtime: marked free object in span ").hex(s as usize).str(", elemsize=").dec(size as i64);
    o.str(" freeindex=").dec(freeindex as i64);
    o.str(" (bad use of unsafe.Pointer or having race conditions? try -d=checkptr or -race)\n");
    for i in 0..(*s).nelems as usize {
        let (alloc, marked) = ((*s).is_allocated(i), (*s).is_marked(i));
        let zombie = marked && !alloc;
        let at = (*s).obj_base(i);
        o.hex(at).str(if alloc { " alloc" } else { " free " }).str(if marked { " marked  " } else { " unmarked" });
        o.str(if zombie { " zombie\n" } else { "\n" });
        if zombie {
            for k in (0..size.min(SHOWN)).step_by(8) {
                if k % 32 == 0 {
                    o.str("\t").hex(at + k).str(":");
                }
                o.str(" ").hex(*((at + k) as *const usize));
                if k % 32 == 24 || k + 8 >= size.min(SHOWN) {
                    o.str("\n");
                }
            }
        }
    }
    o.flush();
    crate::heap::throw("found pointer to free object")
}
