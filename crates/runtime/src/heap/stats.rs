//! What `runtime.MemStats`, `debug.ReadGCStats` and runtime/metrics report.
//!
//! Counters are atomic and updated when spans change hands; exact numbers need the world stopped, so that the runs in use
//! can be accounted.

use super::mheap::MHEAP;
use super::persistent::PERSISTENT_SYS;
use super::sizeclasses::*;
use crate::gc::{cycle, pacer};
use crate::sched::runtime2::{MBLOCK, SCHED, allp, getp, status};
use crate::sched::stack::{STACK_INUSE, STACK_SYS};
use crate::sched::stw;
use core::sync::atomic::*;

/// Cumulative counts. Written by whoever owns the span concerned.
pub struct Stats {
    small_allocs: [AtomicU64; NUM_SIZE_CLASSES],
    small_frees: [AtomicU64; NUM_SIZE_CLASSES],
    large_allocs: AtomicU64,
    large_alloc_bytes: AtomicU64,
    large_frees: AtomicU64,
    large_free_bytes: AtomicU64,
    pub tiny_allocs: AtomicU64,
}

pub static STATS: Stats = Stats {
    small_allocs: [const { AtomicU64::new(0) }; NUM_SIZE_CLASSES],
    small_frees: [const { AtomicU64::new(0) }; NUM_SIZE_CLASSES],
    large_allocs: AtomicU64::new(0),
    large_alloc_bytes: AtomicU64::new(0),
    large_frees: AtomicU64::new(0),
    large_free_bytes: AtomicU64::new(0),
    tiny_allocs: AtomicU64::new(0),
};

impl Stats {
    pub fn small_alloc(&self, class: usize, n: usize) {
        self.small_allocs[class].fetch_add(n as u64, Ordering::Relaxed);
    }
    pub fn small_free(&self, class: usize, n: usize) {
        self.small_frees[class].fetch_add(n as u64, Ordering::Relaxed);
    }
    pub fn large_alloc(&self, bytes: usize) {
        self.large_allocs.fetch_add(1, Ordering::Relaxed);
        self.large_alloc_bytes.fetch_add(bytes as u64, Ordering::Relaxed);
    }
    pub fn large_free(&self, bytes: usize) {
        self.large_frees.fetch_add(1, Ordering::Relaxed);
        self.large_free_bytes.fetch_add(bytes as u64, Ordering::Relaxed);
    }
}

/// Pauses of the last 256 cycles. Written with the world stopped.
struct Pauses {
    ns: [u64; 256],
    end: [u64; 256],
    total: u64,
    /// Of the cycle in progress.
    part: i64,
    last_unix: u64,
}

struct PausesCell(core::cell::UnsafeCell<Pauses>);
// SAFETY: written by whoever has stopped the world; readers stop it too, or accept a torn line.
unsafe impl Sync for PausesCell {}
static PAUSES: PausesCell =
    PausesCell(core::cell::UnsafeCell::new(Pauses { ns: [0; 256], end: [0; 256], total: 0, part: 0, last_unix: 0 }));

/// A stop of the current cycle lasted `ns`. World stopped.
pub fn pause_part(ns: i64) {
    // SAFETY: world stopped.
    unsafe { (*PAUSES.0.get()).part += ns };
}

/// A cycle is complete. World stopped.
pub fn cycle_end(unix: i64, _now: i64) {
    // SAFETY: world stopped.
    unsafe {
        let p = &mut *PAUSES.0.get();
        let n = cycle::counts().0.wrapping_sub(1) as usize % 256;
        p.ns[n] = p.part as u64;
        p.end[n] = unix as u64;
        p.total += p.part as u64;
        p.part = 0;
        p.last_unix = unix as u64;
    }
}

/// Bytes got from the system for other things than the heap.
pub fn non_heap_sys() -> usize {
    PERSISTENT_SYS.load(Ordering::Relaxed) + STACK_SYS.load(Ordering::Relaxed)
}

/// `runtime.MemStats`.
#[repr(C)]
struct MemStats {
    alloc: u64,
    total_alloc: u64,
    sys: u64,
    lookups: u64,
    mallocs: u64,
    frees: u64,
    heap_alloc: u64,
    heap_sys: u64,
    heap_idle: u64,
    heap_inuse: u64,
    heap_released: u64,
    heap_objects: u64,
    stack_inuse: u64,
    stack_sys: u64,
    mspan_inuse: u64,
    mspan_sys: u64,
    mcache_inuse: u64,
    mcache_sys: u64,
    buck_hash_sys: u64,
    gc_sys: u64,
    other_sys: u64,
    next_gc: u64,
    last_gc: u64,
    pause_total_ns: u64,
    pause_ns: [u64; 256],
    pause_end: [u64; 256],
    num_gc: u32,
    num_forced_gc: u32,
    gc_cpu_fraction: f64,
    enable_gc: bool,
    debug_gc: bool,
    by_size: [BySize; 61],
}

#[repr(C)]
#[derive(Clone, Copy)]
struct BySize {
    size: u32,
    mallocs: u64,
    frees: u64,
}

/// Row `memstats0`. Stops the world unless somebody (perhaps the caller) has the right to at the moment.
#[unsafe(export_name = "rt.memstats0")]
unsafe extern "C" fn rt_memstats0(m: *mut MemStats) {
    let mine = stw::worldsema_try();
    if mine {
        stw::stoptheworld(0);
    }
    // If somebody else has it, it is the caller himself (then all Ps are in `PGCSTOP`) or a cycle about to begin or end: then
    // only the own cache is exact.
    if allp().all(|p| (*p).status.load(Ordering::Relaxed) == status::PGCSTOP) {
        for p in allp() {
            (*p).mcache.give_back_runs(crate::gc::marking());
        }
    } else {
        (*getp()).mcache.give_back_runs(crate::gc::marking());
    }
    fill(&mut *m);
    if mine {
        stw::starttheworld();
        stw::worldsema_release();
    }
}

unsafe fn fill(m: &mut MemStats) {
    core::ptr::write_bytes(m, 0, 1);
    let get = |a: &AtomicU64| a.load(Ordering::Relaxed);
    let (mut mallocs, mut frees) = (get(&STATS.large_allocs), get(&STATS.large_frees));
    let (mut total, mut freed) = (get(&STATS.large_alloc_bytes), get(&STATS.large_free_bytes));
    for (c, &size) in CLASS_TO_SIZE.iter().enumerate().skip(1) {
        let size = size as u64;
        let (a, f) = (get(&STATS.small_allocs[c]), get(&STATS.small_frees[c]));
        mallocs += a;
        frees += f;
        total += a * size;
        freed += f * size;
        if c < m.by_size.len() {
            m.by_size[c] = BySize { size: size as u32, mallocs: a, frees: f };
        }
    }
    // A tiny object counts as allocated and freed; its block counts on its own.
    let tiny = get(&STATS.tiny_allocs);
    mallocs += tiny;
    frees += tiny;
    let (free, released) = MHEAP.free_pages();
    let in_use = MHEAP.pages_in_use.load(Ordering::Relaxed);
    let page = PAGE_SIZE as u64;
    m.alloc = total - freed;
    m.total_alloc = total;
    m.mallocs = mallocs;
    m.frees = frees;
    m.heap_alloc = m.alloc;
    m.heap_inuse = in_use as u64 * page;
    m.heap_idle = (free + released) as u64 * page;
    m.heap_released = released as u64 * page;
    m.heap_sys = m.heap_inuse + m.heap_idle;
    m.heap_objects = mallocs - frees;
    m.stack_inuse = STACK_INUSE.load(Ordering::Relaxed) as u64;
    m.stack_sys = STACK_SYS.load(Ordering::Relaxed) as u64;
    m.mspan_inuse = MHEAP.span_records() as u64;
    m.mspan_sys = m.mspan_inuse;
    m.mcache_inuse = SCHED.gomaxprocs.load(Ordering::Relaxed) as u64 * size_of::<super::Mcache>() as u64;
    m.mcache_sys = m.mcache_inuse;
    let persistent = PERSISTENT_SYS.load(Ordering::Relaxed) as u64;
    let (table, buckets) = super::mprof::memory();
    m.buck_hash_sys = (table + buckets) as u64;
    m.gc_sys = persistent.saturating_sub(m.mspan_sys + m.mcache_sys + buckets as u64);
    // Threads: their system and signal stacks.
    m.other_sys = SCHED.locked().mcount as u64 * MBLOCK as u64;
    m.sys = m.heap_sys + m.stack_sys + m.mspan_sys + m.mcache_sys + m.buck_hash_sys + m.gc_sys + m.other_sys;
    m.next_gc = pacer::heap_goal();
    let p = &*PAUSES.0.get();
    m.last_gc = p.last_unix;
    m.pause_total_ns = p.total;
    m.pause_ns = p.ns;
    m.pause_end = p.end;
    (m.num_gc, m.num_forced_gc) = cycle::counts();
    m.gc_cpu_fraction = crate::gc::trace::cpu_fraction();
    m.enable_gc = true;
}

/// Row `gcstats0`: pauses newest first, their ends, then last end, count, total.
#[unsafe(export_name = "rt.gcstats0")]
unsafe extern "C" fn rt_gcstats0(out: *mut u64, cap: usize) -> usize {
    let p = &*PAUSES.0.get();
    let count = cycle::counts().0 as usize;
    let n = count.min(256).min(cap.saturating_sub(3) / 2);
    for i in 0..n {
        let k = (count - 1 - i) % 256;
        *out.add(i) = p.ns[k];
        *out.add(n + i) = p.end[k];
    }
    *out.add(2 * n) = p.last_unix;
    *out.add(2 * n + 1) = count as u64;
    *out.add(2 * n + 2) = p.total;
    2 * n + 3
}

/// Row `sizemetrics0`: for each size class from 1 its size, objects allocated and freed; then the same of large objects, with 0 for
/// the size and then the bytes allocated and freed.
#[unsafe(export_name = "rt.sizemetrics0")]
unsafe extern "C" fn rt_sizemetrics0(out: *mut u64, n: usize) -> usize {
    let get = |a: &AtomicU64| a.load(Ordering::Relaxed);
    let mut k = 0;
    let mut put = |x: u64| {
        if k < n {
            *out.add(k) = x;
        }
        k += 1;
    };
    for (c, &size) in CLASS_TO_SIZE.iter().enumerate().skip(1) {
        put(size as u64);
        put(get(&STATS.small_allocs[c]));
        put(get(&STATS.small_frees[c]));
    }
    put(0);
    put(get(&STATS.large_allocs));
    put(get(&STATS.large_frees));
    put(get(&STATS.large_alloc_bytes));
    put(get(&STATS.large_free_bytes));
    k
}

/// Numbers of row `heapmetrics0`, in this order.
#[unsafe(export_name = "rt.heapmetrics0")]
unsafe extern "C" fn rt_heapmetrics0(out: *mut u64, n: usize) {
    let (free, released) = MHEAP.free_pages();
    let (cycles, forced) = cycle::counts();
    let v = [
        // 0 live heap, 1 goal, 2 marked at the last cycle, 3 scan work of the last cycle
        pacer::heap_live(),
        pacer::heap_goal(),
        pacer::heap_marked(),
        pacer::last_scan(),
        // 4 free resident bytes, 5 returned bytes, 6 bytes in spans
        (free * PAGE_SIZE) as u64,
        (released * PAGE_SIZE) as u64,
        (MHEAP.pages_in_use.load(Ordering::Relaxed) * PAGE_SIZE) as u64,
        // 7 cycles, 8 forced
        cycles as u64,
        forced as u64,
        // 9 stacks scanned in the last cycle, 10 globals, 11 tiny allocations
        crate::gc::roots::STACK_SCANNED.load(Ordering::Relaxed) as u64,
        crate::gc::roots::data_bytes() as u64,
        STATS.tiny_allocs.load(Ordering::Relaxed),
        // 12 GOGC, 13 GOMEMLIMIT
        pacer::percent() as i64 as u64,
        pacer::limit() as u64,
    ];
    for (i, x) in v.iter().take(n).enumerate() {
        *out.add(i) = *x;
    }
}
