//! The hybrid write barrier (D6): while marking, a pointer store shades what was there and what is stored.
//!
//! Stacks are scanned once; a pointer that leaves an unscanned stack or a heap slot is shaded on the way, so the marker
//! cannot lose it. Generated code appends both pointers to the P's buffer; here it is emptied into the marker's work,
//! and the moves of whole values are treated.

use super::mark;
use crate::heap::mheap::MHEAP;
use crate::heap::types::{Type, gc_mask};
use crate::sched::runtime2::{P, getm, getp};
use core::sync::atomic::*;

/// Non-zero while marking. Generated code tests it before every pointer store. Written with the world stopped.
#[unsafe(export_name = "runtime.writeBarrier")]
pub static WRITE_BARRIER: AtomicU32 = AtomicU32::new(0);

/// Whether stores must shade.
#[inline(always)]
pub fn enabled() -> bool {
    WRITE_BARRIER.load(Ordering::Relaxed) != 0
}

/// Pointers of a buffer.
pub const WBBUF: usize = 512;

/// A P's barrier buffer; assembly appends pairs at `next` up to `end`. Only the M that holds the P.
#[repr(C)]
pub struct WbBuf {
    pub next: *mut usize,
    pub end: *mut usize,
    pub buf: [usize; WBBUF],
}

impl WbBuf {
    pub const NEW: WbBuf = WbBuf { next: core::ptr::null_mut(), end: core::ptr::null_mut(), buf: [0; WBBUF] };

    /// Empties it.
    pub fn reset(&mut self) {
        self.next = self.buf.as_mut_ptr();
        // SAFETY: one past the end of the array.
        self.end = unsafe { self.next.add(WBBUF) };
    }
}

/// Appends a pair to the buffer of `p`. Raw pointers throughout: `flush` resets the same buffer.
#[inline]
unsafe fn push2(p: *mut P, a: usize, b: usize) {
    let wb = &raw mut (*p).wbbuf;
    if (*wb).next.add(2) > (*wb).end {
        flush(p);
    }
    let next = (*wb).next;
    *next = a;
    *next.add(1) = b;
    (*wb).next = next.add(2);
}

/// Shades what the buffer of `p` holds.
///
/// # Safety
/// Context: this M holds `p`, or the world is stopped.
pub unsafe fn flush(p: *mut P) {
    let start = (&raw mut (*p).wbbuf.buf).cast::<usize>();
    let next = (*p).wbbuf.next;
    if next.is_null() {
        (*p).wbbuf.reset();
        return;
    }
    let n = next.offset_from(start) as usize;
    let w = &mut (*p).gc.work;
    if super::marking() {
        for i in 0..n {
            mark::grey(w, *start.add(i));
        }
    }
    (*p).wbbuf.reset();
}

/// The buffer is full (called by `gcWriteBarrier` on the system stack).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn goxide_wbflush() {
    flush((*getm()).p);
}

/// Shades one object if marking.
///
/// # Safety
/// Context: P held.
#[inline]
pub unsafe fn shade(ptr: usize) {
    if enabled() {
        let p = getp();
        mark::grey(&mut (*p).gc.work, ptr);
    }
}

/// Calls `f` with the address of every pointer word of `[addr, addr+len)`, which holds values of `t` from its start.
#[inline]
unsafe fn each_pointer(addr: usize, len: usize, t: *const Type, mut f: impl FnMut(usize)) {
    let mask = gc_mask(t);
    let (size, ptr_bytes) = ((*t).size, (*t).ptr_bytes);
    let mut at = 0;
    while at < len {
        for w in 0..ptr_bytes / 8 {
            let off = at + w * 8;
            if off >= len {
                return;
            }
            if *mask.add(w / 8) >> (w % 8) & 1 != 0 {
                f(addr + off);
            }
        }
        at += size;
    }
}

/// Shades the pointers found in `[addr, addr+len)`, values of `t`.
///
/// # Safety
/// Context: P held, barrier enabled; the memory is readable and `t` describes it.
pub unsafe fn shade_range(addr: usize, len: usize, t: *const Type) {
    let p = getp();
    each_pointer(addr, len, t, |a| {
        let v = *(a as *const usize);
        if v != 0 {
            mark::grey(&mut (*p).gc.work, v);
        }
    });
}

/// Barrier of a move of `len` bytes, values of `t`, from `src` (0: zeroing) to `dst`.
///
/// # Safety
/// As `shade_range`, for both.
pub unsafe fn bulk(dst: usize, src: usize, len: usize, t: *const Type) {
    if !needs_barrier(dst) {
        return;
    }
    let p = getp();
    each_pointer(dst, len, t, |a| {
        let old = *(a as *const usize);
        let new = if src == 0 { 0 } else { *((src + (a - dst)) as *const usize) };
        push2(p, new, old);
    });
}

/// Stores to stacks need none: whatever is neither heap nor data is a stack or runtime memory.
fn needs_barrier(dst: usize) -> bool {
    !MHEAP.span_of(dst).is_null() || super::roots::in_data(dst)
}

/// A barrier for zeroing `[ptr, ptr+n)` of unknown type: every word that points into the heap is shaded.
unsafe fn bulk_untyped(ptr: usize, n: usize) {
    if !needs_barrier(ptr) {
        return;
    }
    let p = getp();
    let mut a = ptr;
    while a + 8 <= ptr + n {
        let v = *(a as *const usize);
        if v != 0 {
            mark::grey_checked(&mut (*p).gc.work, v);
        }
        a += 8;
    }
}

unsafe fn moveto(dst: usize, src: usize, n: usize) {
    core::ptr::copy(src as *const u8, dst as *mut u8, n);
}

unsafe fn clear(dst: usize, n: usize) {
    core::ptr::write_bytes(dst as *mut u8, 0, n);
}

/// Slow part of row `typedmemmove` (the fast one is in `leaf.rs`).
#[unsafe(export_name = "rt.typedmemmove")]
unsafe extern "C" fn rt_typedmemmove(t: *const Type, dst: usize, src: usize) {
    if dst == src {
        return;
    }
    if enabled() && (*t).ptr_bytes != 0 {
        bulk(dst, src, (*t).ptr_bytes, t);
    }
    moveto(dst, src, (*t).size);
}

#[unsafe(export_name = "rt.typedmemclr")]
unsafe extern "C" fn rt_typedmemclr(t: *const Type, ptr: usize) {
    if enabled() && (*t).ptr_bytes != 0 {
        bulk(ptr, 0, (*t).ptr_bytes, t);
    }
    clear(ptr, (*t).size);
}

#[unsafe(export_name = "rt.typedmemclrpartial")]
unsafe extern "C" fn rt_typedmemclrpartial(t: *const Type, ptr: usize, off: usize, size: usize) {
    partial(t, ptr, 0, off, size);
    clear(ptr, size);
}

#[unsafe(export_name = "rt.typedmemmovepartial")]
unsafe extern "C" fn rt_typedmemmovepartial(t: *const Type, dst: usize, src: usize, off: usize, size: usize) {
    partial(t, dst, src, off, size);
    moveto(dst, src, size);
}

/// Barrier for bytes `off..off+size` of a value of `t`, which lie at `dst`.
unsafe fn partial(t: *const Type, dst: usize, src: usize, off: usize, size: usize) {
    if !enabled() || (*t).ptr_bytes == 0 || !needs_barrier(dst) {
        return;
    }
    let p = getp();
    let mask = gc_mask(t);
    let mut at = off.next_multiple_of(8);
    while at + 8 <= (off + size).min((*t).ptr_bytes) {
        let w = at / 8;
        if *mask.add(w / 8) >> (w % 8) & 1 != 0 {
            let old = *((dst + at - off) as *const usize);
            let new = if src == 0 { 0 } else { *((src + at - off) as *const usize) };
            push2(p, new, old);
        }
        at += 8;
    }
}

#[unsafe(export_name = "rt.typedslicecopy0")]
unsafe extern "C" fn rt_typedslicecopy0(t: *const Type, dst: usize, src: usize, n: usize) {
    let size = (*t).size;
    if n == 0 || dst == src || size == 0 {
        return;
    }
    if enabled() && (*t).ptr_bytes != 0 {
        bulk(dst, src, (n - 1) * size + (*t).ptr_bytes, t);
    }
    moveto(dst, src, n * size);
}

#[unsafe(export_name = "rt.memclrHasPointers")]
unsafe extern "C" fn rt_memclr_has_pointers(ptr: usize, n: usize) {
    if enabled() {
        bulk_untyped(ptr, n);
    }
    clear(ptr, n);
}

#[unsafe(export_name = "rt.wbMove")]
unsafe extern "C" fn rt_wb_move(t: *const Type, dst: usize, src: usize) {
    if enabled() && (*t).ptr_bytes != 0 {
        bulk(dst, src, (*t).ptr_bytes, t);
    }
}

#[unsafe(export_name = "rt.wbZero")]
unsafe extern "C" fn rt_wb_zero(t: *const Type, dst: usize) {
    if enabled() && (*t).ptr_bytes != 0 {
        bulk(dst, 0, (*t).ptr_bytes, t);
    }
}

#[unsafe(export_name = "rt.reflectcallmove0")]
unsafe extern "C" fn rt_reflectcallmove0(t: *const Type, dst: usize, src: usize, size: usize) {
    if enabled() && !t.is_null() && (*t).ptr_bytes != 0 && size >= 8 {
        // dst and src are the result part of the frame, at its end.
        let off = (*t).size.saturating_sub(size);
        partial(t, dst, src, off, size);
    }
    moveto(dst, src, size);
}

#[unsafe(export_name = "rt.gcshade")]
unsafe extern "C" fn rt_gcshade(p: usize) {
    shade(p);
}

/// Slow parts of the pointer atomics: the barrier, then the operation; nothing can preempt between.
#[unsafe(export_name = "rt.atomicstorep")]
unsafe extern "C" fn rt_atomicstorep(ptr: *mut AtomicUsize, new: usize) {
    atomic_barrier(ptr, new);
    (*ptr).store(new, Ordering::SeqCst);
}

#[unsafe(export_name = "rt.atomicxchgp")]
unsafe extern "C" fn rt_atomicxchgp(ptr: *mut AtomicUsize, new: usize) -> usize {
    atomic_barrier(ptr, new);
    (*ptr).swap(new, Ordering::SeqCst)
}

#[unsafe(export_name = "rt.atomiccasp")]
unsafe extern "C" fn rt_atomiccasp(ptr: *mut AtomicUsize, old: usize, new: usize) -> usize {
    atomic_barrier(ptr, new);
    (*ptr).compare_exchange(old, new, Ordering::SeqCst, Ordering::SeqCst).is_ok() as usize
}

unsafe fn atomic_barrier(ptr: *mut AtomicUsize, new: usize) {
    if enabled() {
        let w = &mut (*getp()).gc.work;
        mark::grey(w, (*ptr).load(Ordering::Relaxed));
        mark::grey(w, new);
    }
}
