//! Sweeping: what was not marked becomes free. Lazy: a span is swept when an allocator needs one of its class, in
//! proportion to allocation, by idle Ps, and at the latest before the next cycle starts.
//!
//! Ownership is in `mspan.rs` (sweepgen). With the world stopped nobody is sweeping: sweepers hold a P and do not stop midway.

use super::{inspect, pacer};
use crate::heap::mheap::MHEAP;
use crate::heap::mspan::*;
use crate::heap::sizeclasses::*;
use crate::heap::specials;
use crate::heap::stats;
use crate::sys::atomic::*;

/// Nothing is left on the unswept lists of this generation. (A span popped from one may still be being swept.)
static DRAINED: AtomicBool = AtomicBool::new(true);
/// Span class where the search for unswept spans continues.
static CURSOR: AtomicUsize = AtomicUsize::new(0);
/// Sweepers between pop and list.
static ACTIVE: AtomicUsize = AtomicUsize::new(0);
/// Pages to sweep per byte allocated so that sweeping ends before the next trigger (f64 bits).
static PAGES_PER_BYTE: AtomicU64 = AtomicU64::new(0);
static PAGES_SWEPT: AtomicUsize = AtomicUsize::new(0);
static LIVE_BASIS: AtomicU64 = AtomicU64::new(0);

/// Whether all spans are swept or being swept.
#[inline]
pub fn done() -> bool {
    DRAINED.load(Ordering::Relaxed)
}

/// Whether all sweeping is finished.
pub fn complete() -> bool {
    done() && ACTIVE.load(Ordering::Acquire) == 0
}

/// A new generation: all spans on lists need sweeping. World stopped, no span cached.
pub fn start() {
    MHEAP.sweepgen.store(MHEAP.sweepgen.load(Ordering::Relaxed).wrapping_add(2), Ordering::Relaxed);
    MHEAP.flip_marks();
    CURSOR.store(0, Ordering::Relaxed);
    PAGES_SWEPT.store(0, Ordering::Relaxed);
    let live = pacer::heap_live();
    LIVE_BASIS.store(live, Ordering::Relaxed);
    let pages = MHEAP.pages_in_use.load(Ordering::Relaxed) as f64;
    let room = (pacer::heap_goal().saturating_sub(live)).max(1 << 20) as f64;
    // Finish after three quarters of the way to the goal.
    PAGES_PER_BYTE.store((pages / (room * 0.75)).to_bits(), Ordering::Relaxed);
    DRAINED.store(false, Ordering::Release);
}

/// Wins the right to sweep `s`.
///
/// # Safety
/// `s` is a span record that was in use in this generation.
#[inline]
pub unsafe fn acquire(s: *mut Mspan, sg: u32) -> bool {
    (*s).sweepgen.load(Ordering::Relaxed) == sg.wrapping_sub(2)
        && (*s)
            .sweepgen
            .compare_exchange(sg.wrapping_sub(2), sg.wrapping_sub(1), Ordering::Acquire, Ordering::Relaxed)
            .is_ok()
}

/// Sweeps one span. `keep`: the caller goes on owning it; else it is listed, or freed if empty.
/// Gives whether it was freed.
///
/// # Safety
/// The caller has won `acquire` and the span is on no list. Context: P held.
pub unsafe fn sweep(s: *mut Mspan, keep: bool) -> bool {
    let sg = MHEAP.sweepgen.load(Ordering::Relaxed);
    let sp = &mut *s;
    if !sp.specials.load(Ordering::Acquire).is_null() {
        specials::sweep(s);
    }
    if sp.has_zombie() {
        // What was there may be another's by now, so nothing in the heap can be relied on.
        inspect::report_zombies(s);
    }
    let live = sp.count_marked();
    #[cfg(not(test))]
    if crate::diag::debug::CLOBBER_FREE.load(Ordering::Relaxed) != 0 {
        clobber(sp);
    }
    let before = sp.alloc_count as usize;
    let freed = before.saturating_sub(live);
    let npages = sp.npages;
    PAGES_SWEPT.fetch_add(npages, Ordering::Relaxed);
    if sp.class() == 0 {
        if live == 0 && !keep {
            stats::large_free(sp.elemsize);
            sp.sweepgen.store(sg, Ordering::Release);
            MHEAP.free_span(s);
            return true;
        }
    } else {
        stats::small_free(sp.class(), freed);
        sp.alloc_count = live as u16;
        sp.counted = live as u16;
        if live == 0 && !keep {
            sp.sweepgen.store(sg, Ordering::Release);
            MHEAP.free_span(s);
            return true;
        }
        if freed > 0 {
            sp.needzero = true;
        }
        sp.freeindex.store(0, Ordering::Relaxed);
    }
    sp.swap_bits();
    sp.sweepgen.store(sg, Ordering::Release);
    if !keep {
        MHEAP.central[sp.spanclass as usize].put_swept(s, sg);
    }
    false
}

/// `GODEBUG=clobberfree=1`: what is free reads as gc's pattern. It is cleared before it is used again.
///
/// # Safety
/// As `sweep`.
#[cfg(not(test))]
#[cold]
unsafe fn clobber(sp: &mut Mspan) {
    for i in 0..sp.nelems as usize {
        if sp.is_marked(i) {
            continue;
        }
        let words = (sp.base + i * sp.elemsize) as *mut u32;
        for k in 0..sp.elemsize / 4 {
            words.add(k).write(0xdead_beef);
        }
        sp.needzero = true;
    }
}

/// Sweeps one more span. Gives its pages, None: there are none left.
///
/// # Safety
/// Context: P held, no lock held.
pub unsafe fn sweep_one() -> Option<usize> {
    if done() {
        return None;
    }
    ACTIVE.fetch_add(1, Ordering::Acquire);
    let sg = MHEAP.sweepgen.load(Ordering::Relaxed);
    let mut result = None;
    loop {
        let c = CURSOR.load(Ordering::Relaxed);
        if c >= NUM_SPAN_CLASSES {
            DRAINED.store(true, Ordering::Release);
            break;
        }
        let s = MHEAP.central[c].pop_unswept(sg);
        if !s.is_null() {
            let n = (*s).npages;
            sweep(s, false);
            result = Some(n);
            break;
        }
        let _ = CURSOR.compare_exchange(c, c + 1, Ordering::Relaxed, Ordering::Relaxed);
    }
    ACTIVE.fetch_sub(1, Ordering::Release);
    result
}

/// Sweeps so that the whole heap is swept by the time the next cycle is due; `bytes` are about to be allocated.
///
/// # Safety
/// As `sweep_one`.
#[inline]
pub unsafe fn proportional(bytes: usize) {
    if !done() {
        proportional_slow(bytes);
    }
}

#[cold]
unsafe fn proportional_slow(bytes: usize) {
    let per = f64::from_bits(PAGES_PER_BYTE.load(Ordering::Relaxed));
    let new = pacer::heap_live().saturating_sub(LIVE_BASIS.load(Ordering::Relaxed)) + bytes as u64;
    let target = (per * new as f64) as usize;
    while PAGES_SWEPT.load(Ordering::Relaxed) < target {
        if sweep_one().is_none() {
            return;
        }
    }
}

/// Makes sure that `s` is swept: its mark bits then mean nothing and its allocation bits are exact.
///
/// # Safety
/// `s` holds a live object of the caller's. Context: P held, no lock held.
pub unsafe fn ensure_swept(s: *mut Mspan) {
    let sg = MHEAP.sweepgen.load(Ordering::Relaxed);
    if acquire(s, sg) {
        MHEAP.central[(*s).spanclass as usize].unlink(s);
        ACTIVE.fetch_add(1, Ordering::Acquire);
        sweep(s, false);
        ACTIVE.fetch_sub(1, Ordering::Release);
        return;
    }
    while (*s).sweepgen.load(Ordering::Acquire) == sg.wrapping_sub(1) {
        spin_loop();
    }
}
