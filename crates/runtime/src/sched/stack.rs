//! Goroutine stacks: linked segments that never move (D5).
//!
//! A segment is a block of a power-of-two size with this header at its low end. `g.seg` is the segment rsp is in; `prev`
//! leads to the caller's segments, `next` to one kept for reuse. The stack guard of a segment lies `STACK_GUARD` bytes
//! above its header. Sizes: 2 KB first, then as much as there is already, so the total doubles.
//!
//! Segments of up to 32 KB come from power-of-two free lists cut from 256 KB chunks; a P keeps a few of the smallest.
//! Larger ones are mapped and unmapped one by one.

use super::lock::Mutex;
use super::lockrank::Rank;
use super::runtime2::*;
use crate::sys::linux;
use core::sync::atomic::Ordering::*;
use goxide_abi::g::{STACK_GUARD, STACK_MIN};

/// Header at the low end of a segment.
#[repr(C)]
pub struct StackSeg {
    /// Segment of the caller (null for the first).
    pub prev: *mut StackSeg,
    /// Segment kept for the next overflow.
    pub next: *mut StackSeg,
    /// Lowest rsp, i.e. the value of `g.stackguard` while in this segment.
    pub guard: usize,
    /// End of the block (16-aligned).
    pub hi: usize,
    /// rsp to return to in `prev`: points at the return pc of the function that overflowed.
    pub saved_sp: usize,
    /// Block size.
    pub size: usize,
    pub pad: [usize; 2],
}

pub const SEG_HEADER: usize = size_of::<StackSeg>();
const NCLASS: usize = 5; // 2K 4K 8K 16K 32K
const CHUNK: usize = 256 << 10;
const _: () = assert!(STACK_MIN == 2 << 10);

/// A P's segments of the smallest size.
pub struct StackCache {
    pub list: *mut StackSeg,
    pub n: u32,
}

impl StackCache {
    pub const NEW: StackCache = StackCache { list: core::ptr::null_mut(), n: 0 };
}

struct Pool {
    free: [*mut StackSeg; NCLASS],
    chunk: usize,
    chunk_end: usize,
}

static POOL: Mutex<Pool> =
    Mutex::new(Rank::Stack, Pool { free: [core::ptr::null_mut(); NCLASS], chunk: 0, chunk_end: 0 });
/// Bytes of stack in use, for the collector's pacing and statistics.
pub static STACK_INUSE: core::sync::atomic::AtomicUsize = core::sync::atomic::AtomicUsize::new(0);
/// Bytes got from the system for stacks.
pub static STACK_SYS: core::sync::atomic::AtomicUsize = core::sync::atomic::AtomicUsize::new(0);

fn class_of(size: usize) -> usize {
    size.trailing_zeros() as usize - STACK_MIN.trailing_zeros() as usize
}

/// A segment of `size` bytes (a power of two, at least `STACK_MIN`).
///
/// Context: system stack. Takes `Rank::Stack`.
pub fn stackalloc(size: usize) -> *mut StackSeg {
    STACK_INUSE.fetch_add(size, Relaxed);
    // SAFETY: blocks on the free lists and fresh memory belong to nobody else; the P's cache belongs to this M.
    unsafe {
        let mut s: *mut StackSeg = core::ptr::null_mut();
        let c = class_of(size);
        if c >= NCLASS {
            s = linux::mmap(size) as *mut StackSeg;
            STACK_SYS.fetch_add(size, Relaxed);
        } else {
            let m = getm();
            let p = if m.is_null() { core::ptr::null_mut() } else { (*m).p };
            if c == 0 && !p.is_null() && !(*p).stackcache.list.is_null() {
                let sc = &mut (*p).stackcache;
                s = sc.list;
                sc.list = (*s).next;
                sc.n -= 1;
            } else {
                let mut pool = POOL.lock();
                if !pool.free[c].is_null() {
                    s = pool.free[c];
                    pool.free[c] = (*s).next;
                } else {
                    if pool.chunk_end - pool.chunk < size {
                        // The rest of the old chunk is smaller than 32 KB: cut it up rather than lose it.
                        while pool.chunk_end - pool.chunk >= STACK_MIN as usize {
                            let rest = pool.chunk_end - pool.chunk;
                            let sz = 1usize << (usize::BITS - 1 - rest.leading_zeros());
                            let b = pool.chunk as *mut StackSeg;
                            pool.chunk += sz;
                            let cc = class_of(sz);
                            (*b).next = pool.free[cc];
                            pool.free[cc] = b;
                        }
                        let m = linux::mmap(CHUNK) as usize;
                        if m != 0 {
                            pool.chunk = m;
                            pool.chunk_end = m + CHUNK;
                            STACK_SYS.fetch_add(CHUNK, Relaxed);
                        }
                    }
                    if pool.chunk_end - pool.chunk >= size {
                        s = pool.chunk as *mut StackSeg;
                        pool.chunk += size;
                    }
                }
            }
        }
        if s.is_null() {
            crate::diag::throw::throw("out of memory (stack allocation)");
        }
        s.write(StackSeg {
            prev: core::ptr::null_mut(),
            next: core::ptr::null_mut(),
            guard: s as usize + SEG_HEADER + STACK_GUARD as usize,
            hi: s as usize + size,
            saved_sp: 0,
            size,
            pad: [0; 2],
        });
        s
    }
}

/// Gives a segment back.
///
/// # Safety
/// Nothing runs on it, nothing points into it.
pub unsafe fn stackfree(s: *mut StackSeg) {
    let size = (*s).size;
    STACK_INUSE.fetch_sub(size, Relaxed);
    let c = class_of(size);
    if c >= NCLASS {
        STACK_SYS.fetch_sub(size, Relaxed);
        linux::munmap(s as *mut u8, size);
        return;
    }
    let m = getm();
    let p = if m.is_null() { core::ptr::null_mut() } else { (*m).p };
    if c == 0 && !p.is_null() && (*p).stackcache.n < 32 {
        let sc = &mut (*p).stackcache;
        (*s).next = sc.list;
        sc.list = s;
        sc.n += 1;
        return;
    }
    let mut pool = POOL.lock();
    (*s).next = pool.free[c];
    pool.free[c] = s;
}

/// Frees the segments beyond the one in use, keeping at most `keep` of them.
///
/// Context: the G does not run, or this is its own runtime call.
pub unsafe fn stack_trim(gp: *mut G, keep: usize) {
    let mut s = (*gp).seg;
    if s.is_null() {
        return;
    }
    for _ in 0..keep {
        if (*s).next.is_null() {
            return;
        }
        s = (*s).next;
    }
    let mut f = (*s).next;
    (*s).next = core::ptr::null_mut();
    while !f.is_null() {
        let n = (*f).next;
        (*gp).stack_total -= (*f).size;
        stackfree(f);
        f = n;
    }
}

/// The words outside of the stack that may hold pointers of the goroutine: results under way, start function, and the registers
/// of one that was interrupted, vector registers included. (Callee-saved registers at a call belong to the frames.)
///
/// Context: the G does not run Go code and stays so (parked, preempted, in a system call, or inside its own runtime call).
pub unsafe fn for_each_saved_word(gp: *mut G, mut f: impl FnMut(usize)) {
    let g = &*gp;
    for w in [g.panic, g.park_result, g.park_result2, g.startfn, g.labels, g.bubble as usize] {
        f(w);
    }
    // The context of a call is in `ctx` from the call instruction until the callee has loaded it; a word that stays behind
    // would keep a closure alive that nobody has any more.
    if !g.regblock.is_null() || crate::diag::traceback::in_morestack(g.sched.pc) {
        f(g.ctx);
    }
    if !g.regblock.is_null() {
        let b = g.regblock;
        for w in (*b).gregs {
            f(w);
        }
        let v = (b as *const u8).add(XAREA) as *const usize;
        for i in 0..(*b).xsize / 8 {
            f(*v.add(i));
        }
    }
}

/// Called by `morestack` when there is no next segment large enough: makes one for a frame of `frame` bytes and links it
/// behind `g.seg`. Reports a stack overflow and does not return if the goroutine would exceed its limit.
///
/// Context: system stack, on behalf of `gp`.
#[unsafe(export_name = "runtime.newstack")]
pub unsafe extern "C" fn newstack(gp: *mut G, frame: usize, sp: usize, pc: usize, bp: usize) {
    let g = &mut *gp;
    // For tracebacks and profiles.
    g.sched.sp = sp;
    g.sched.pc = pc;
    g.sched.bp = bp;
    // What is cached is too small.
    stack_trim(gp, 0);
    let need = frame.saturating_add(SEG_HEADER + STACK_GUARD as usize + 256);
    let limit = SCHED.maxstacksize.load(Relaxed);
    let mut size = g.stack_total.next_power_of_two().max(STACK_MIN as usize);
    while size < need {
        size *= 2;
    }
    if g.stack_total.saturating_add(size) > limit {
        crate::diag::throw::stack_overflow(gp, limit, sp);
    }
    let s = stackalloc(size);
    (*s).prev = g.seg;
    (*g.seg).next = s;
    g.stack_total += size;
}
