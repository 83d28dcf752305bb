//! The memory profile: which stacks allocated what, and how much of it is still there.
//!
//! **Sampling.** Every byte allocated is a sample with probability 1/`MemProfileRate`. Being memoryless, the choice may be made for each
//! span class of each P apart: [`before_sample`] counts down the bytes of the class to its next sample, and `prepare` ends the
//! portion that the fast path may use right before the object with that byte. So the fast path knows nothing of it.
//!
//! **Publication.** As in Go: a profile shows the heap as of the end of a mark phase. What is allocated in cycle c counts from the end of c+1 on, when
//! sweeping has found what of it was garbage; a bucket keeps the numbers of three cycles on their way.

use super::mspan::Mspan;
use super::persistent::persistentalloc;
use super::specials;
use crate::diag::traceback::Unwinder;
use crate::diag::{callers, symtab};
use crate::sched::lock::Mutex;
use crate::sched::lockrank::Rank;
use crate::sched::runtime2::{P, getg};
use crate::sys::rand;
use core::ptr::null_mut;
use core::sync::atomic::*;
use goxide_abi::tables::flags;

/// Return pcs kept of a stack.
const DEPTH: usize = 128;
/// Frames of the allocator in front of them, at most.
const ALLOCATOR: usize = 3;
const NHASH: usize = 1 << 13;

#[derive(Clone, Copy)]
#[repr(C)]
struct Counts {
    allocs: usize,
    frees: usize,
}

impl Counts {
    const ZERO: Counts = Counts { allocs: 0, frees: 0 };
}

/// Objects of one size from one stack. Never freed; `nstk` pcs follow.
#[repr(C)]
pub struct Bucket {
    /// Same hash.
    next: *mut Bucket,
    /// All of them, newest first.
    older: *mut Bucket,
    hash: u64,
    size: usize,
    nstk: usize,
    active: Counts,
    future: [Counts; 3],
}

impl Bucket {
    unsafe fn stack<'a>(b: *mut Bucket) -> &'a [usize] {
        core::slice::from_raw_parts(b.add(1) as *const usize, (*b).nstk)
    }
}

struct Table {
    hash: [*mut Bucket; NHASH],
    newest: *mut Bucket,
    /// Number of mark phases that have ended.
    cycle: usize,
    /// Whether the numbers of `cycle` are in `active`.
    flushed: bool,
}

/// Bytes of buckets.
static BUCKET_BYTES: AtomicUsize = AtomicUsize::new(0);

/// Bytes of the table, and of its buckets, which are part of persistent memory.
pub fn memory() -> (usize, usize) {
    (size_of::<Table>(), BUCKET_BYTES.load(Ordering::Relaxed))
}

static TABLE: Mutex<Table> =
    Mutex::new(Rank::Prof, Table { hash: [null_mut(); NHASH], newest: null_mut(), cycle: 0, flushed: false });

/// `&runtime.MemProfileRate`; null before the Go half has told it.
static RATE: AtomicPtr<AtomicIsize> = AtomicPtr::new(null_mut());

#[unsafe(export_name = "rt.memprofinit")]
extern "C" fn rt_memprofinit(rate: *mut AtomicIsize) {
    RATE.store(rate, Ordering::Release);
}

#[inline]
fn rate() -> isize {
    let p = RATE.load(Ordering::Relaxed);
    // SAFETY: a package-level variable of the program.
    if p.is_null() { 0 } else { unsafe { (*p).load(Ordering::Relaxed) } }
}

/// Bytes to the next sample: exponentially distributed, mean `rate`.
fn next_sample(rate: isize) -> isize {
    if rate <= 1 {
        return 0;
    }
    // -ln(u) * rate for u uniform in (0, 1]: ln u = log2 u * ln 2.
    let q = (rand::cheaprand() >> 38) as u32 + 1;
    let log2 = log2(q as f64) - 26.0;
    (log2 * -core::f64::consts::LN_2 * rate.min(1 << 40) as f64) as isize + 1
}

/// Base-2 logarithm to within 1e-4, for x >= 1: no library here has one.
fn log2(x: f64) -> f64 {
    let bits = x.to_bits();
    let exp = ((bits >> 52) & 0x7ff) as i64 - 1023;
    let m = f64::from_bits(bits & ((1 << 52) - 1) | 1023 << 52);
    // ln m = 2 atanh((m-1)/(m+1)), the series up to the ninth power.
    let t = (m - 1.0) / (m + 1.0);
    let t2 = t * t;
    let ln = 2.0 * t * (1.0 + t2 * (1.0 / 3.0 + t2 * (1.0 / 5.0 + t2 * (1.0 / 7.0 + t2 / 9.0))));
    exp as f64 + ln * core::f64::consts::LOG2_E
}

/// Takes a new setting of the rate into account. `MemProfileRate` is an ordinary variable, so slow paths look at it; what
/// was prepared for the fast path under the old rate is taken back.
///
/// # Safety
/// Context: P held.
#[inline]
pub unsafe fn check_rate(p: *mut P) {
    let r = rate();
    if (*p).mcache.prof_rate != r {
        new_rate(p, r);
    }
}

#[cold]
unsafe fn new_rate(p: *mut P, r: isize) {
    let c = &mut (*p).mcache;
    c.prof_rate = r;
    for (slot, left) in c.alloc.iter_mut().zip(&mut c.to_sample) {
        slot.end = slot.cur;
        *left = next_sample(r);
    }
    c.tiny = 0;
    c.tiny_off = 0;
}

/// How many objects of `elem` bytes the class `spc` may allocate before one that is a sample (0: the next one is).
/// They count as allocated; [`unused`] takes some back.
///
/// # Safety
/// Context: P held, profiling on.
pub unsafe fn before_sample(p: *mut P, spc: usize, elem: usize, max: usize) -> usize {
    let left = &mut (&mut (*p).mcache.to_sample)[spc];
    let n = (*left as usize / elem).min(max);
    *left -= (n * elem) as isize;
    n
}

/// `bytes` that `before_sample` granted to class `spc` were not used.
///
/// # Safety
/// As `before_sample`.
pub unsafe fn unused(to_sample: &mut isize, bytes: usize) {
    *to_sample += bytes as isize;
}

/// Whether a large object of `size` bytes is a sample.
///
/// # Safety
/// As `before_sample`.
pub unsafe fn large_is_sample(p: *mut P, spc: usize, size: usize) -> bool {
    let left = &mut (&mut (*p).mcache.to_sample)[spc];
    if (*left as usize) < size || (*p).mcache.prof_rate == 1 {
        *left = next_sample((*p).mcache.prof_rate);
        return true;
    }
    *left -= size as isize;
    false
}

/// Records the object at `x`, the base of a slot of `span`, for the current goroutine's stack.
///
/// # Safety
/// Context: P held, a runtime call of a goroutine; no lock held. `span` is swept.
#[cold]
pub unsafe fn sample(p: *mut P, spc: usize, span: *mut Mspan, x: usize, size: usize) {
    (&mut (*p).mcache.to_sample)[spc] = next_sample((*p).mcache.prof_rate);
    record(span, x, size);
}

/// The second half of `sample`, for large objects.
///
/// # Safety
/// As `sample`.
#[cold]
pub unsafe fn record(span: *mut Mspan, x: usize, size: usize) {
    let gp = getg();
    if gp.is_null() {
        return;
    }
    let mut pcs = [0usize; ALLOCATOR + DEPTH];
    // As in gc's profiles a stack begins with mallocgc and what called it.
    pcs[0] = super::malloc::rt_mallocgc as *const () as usize + 1;
    let mut n = 1;
    let called = callers::called_at((*gp).sched.pc);
    if symtab::find(called).is_some_and(|l| l.f.name() != "runtime.mallocgc") {
        pcs[1] = called + 1;
        n = 2;
    }
    let from = n;
    n += callers::fill(Unwinder::new(gp), 0, pcs.as_mut_ptr().add(n), 1 + DEPTH);
    // A frame of package runtime between (makeslice) is none of the program's either.
    let runtime = symtab::find(pcs[from] - 1).is_some_and(|l| l.f.has(flags::RUNTIME));
    n = n.min(from + runtime as usize + DEPTH);
    let b = bucket(&pcs[..n], size);
    let t = TABLE.lock();
    (*b).future[(t.cycle + 2) % 3].allocs += 1;
    drop(t);
    specials::add_profile(span, x, b as usize);
}

/// A recorded object is gone.
///
/// # Safety
/// `b` is what `record` attached to it.
pub unsafe fn freed(b: usize) {
    let b = b as *mut Bucket;
    let t = TABLE.lock();
    (*b).future[(t.cycle + 1) % 3].frees += 1;
}

unsafe fn bucket(stk: &[usize], size: usize) -> *mut Bucket {
    let mut hash = size as u64;
    for &pc in stk {
        hash = (hash.rotate_left(5) ^ pc as u64).wrapping_mul(0x517c_c1b7_2722_0a95);
    }
    let slot = (hash >> 40) as usize % NHASH;
    let find = |t: &Table| {
        let mut b = t.hash[slot];
        while !(b.is_null() || (*b).hash == hash && (*b).size == size && Bucket::stack(b) == stk) {
            b = (*b).next;
        }
        b
    };
    let b = find(&TABLE.lock());
    if !b.is_null() {
        return b;
    }
    // Memory comes from a lock that ranks above the table's; a bucket that another M made meanwhile is preferred to ours,
    // which is lost.
    let bytes = size_of::<Bucket>() + stk.len() * 8;
    BUCKET_BYTES.fetch_add(bytes, Ordering::Relaxed);
    let new = persistentalloc(bytes, 8) as *mut Bucket;
    new.write(Bucket {
        next: null_mut(),
        older: null_mut(),
        hash,
        size,
        nstk: stk.len(),
        active: Counts::ZERO,
        future: [Counts::ZERO; 3],
    });
    core::ptr::copy_nonoverlapping(stk.as_ptr(), new.add(1) as *mut usize, stk.len());
    let mut t = TABLE.lock();
    let b = find(&t);
    if !b.is_null() {
        return b;
    }
    (*new).next = t.hash[slot];
    t.hash[slot] = new;
    (*new).older = t.newest;
    t.newest = new;
    new
}

/// Adds what is on its way in place `i` to the visible numbers.
unsafe fn flush(t: &Table, i: usize) {
    let mut b = t.newest;
    while !b.is_null() {
        let f = core::mem::replace(&mut (*b).future[i], Counts::ZERO);
        let a = &mut (*b).active;
        a.allocs += f.allocs;
        a.frees += f.frees;
        b = (*b).older;
    }
}

/// A mark phase has ended. World stopped.
pub fn next_cycle() {
    let mut t = TABLE.lock();
    if !t.flushed {
        // SAFETY: buckets are never freed; the lock is held.
        unsafe { flush(&t, t.cycle % 3) };
    }
    t.cycle += 1;
    t.flushed = false;
}

/// Sweeping of the last cycle is complete, on behalf of `runtime.GC`: its numbers are exact already.
pub fn post_sweep() {
    let t = TABLE.lock();
    // SAFETY: as in `next_cycle`.
    unsafe { flush(&t, (t.cycle + 1) % 3) };
}

/// See the row.
#[unsafe(export_name = "rt.memprofflush")]
unsafe extern "C" fn rt_memprofflush(all: usize) {
    let mut t = TABLE.lock();
    if all != 0 {
        for i in 0..3 {
            flush(&t, i);
        }
    } else if !t.flushed {
        flush(&t, t.cycle % 3);
        t.flushed = true;
    }
}

/// See the row.
#[unsafe(export_name = "rt.memprofnext")]
unsafe extern "C" fn rt_memprofnext(prev: *mut Bucket, out: *mut [usize; 4], pcs: *mut usize, n: usize) -> *mut Bucket {
    let t = TABLE.lock();
    let b = if prev.is_null() { t.newest } else { (*prev).older };
    if b.is_null() {
        return b;
    }
    let stk = Bucket::stack(b);
    let k = stk.len().min(n);
    core::ptr::copy_nonoverlapping(stk.as_ptr(), pcs, k);
    let a = &(*b).active;
    *out = [(*b).size, a.allocs, a.frees, k];
    b
}
