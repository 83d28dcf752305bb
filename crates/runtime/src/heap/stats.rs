//! What `runtime.MemStats`, `debug.ReadGCStats` and runtime/metrics report.
//!
//! Objects are counted when spans change hands (`heapstats.rs`). runtime/metrics reads that while the world runs: what was taken from
//! the spans in the caches since is not in it, and counts as unused memory, as with gc. Exact numbers (`MemStats`) need the world
//! stopped, so that the runs in use can be accounted.

use super::heapstats::{Counts, Reader, Shard};
use super::mheap::MHEAP;
use super::persistent::PERSISTENT_SYS;
use super::sizeclasses::*;
use crate::gc::{cycle, pacer};
use crate::sched::proc;
use crate::sched::runtime2::{MAXPROCS, MBLOCK, SCHED, allp, getp};
use crate::sched::stack::{STACK_INUSE, STACK_SYS};
use core::sync::atomic::*;

/// `n` objects of a size class, which the statistics know, are swept.
///
/// # Safety
/// Context: P held.
pub unsafe fn small_free(class: usize, n: usize) {
    if n > 0 {
        (*getp()).mcache.stats.update(|c| c.frees[class] += n as u64);
    }
}

/// So is a large one. Its pages are still in use.
///
/// # Safety
/// Context: P held.
pub unsafe fn large_free(bytes: usize) {
    (*getp()).mcache.stats.update(|c| {
        c.frees[0] += 1;
        c.large_free_bytes += bytes as u64;
    });
}

/// The shards of all Ps there have ever been.
fn shards() -> impl Iterator<Item = *const Shard> {
    let all = (0..MAXPROCS).map(|i| SCHED.allp.get(i)).take_while(|p| !p.is_null());
    // SAFETY: Ps are never freed.
    all.map(|p| unsafe { &raw const (*p).mcache.stats })
}

/// The heap at one moment: its objects and its pages.
#[derive(Default)]
struct Heap {
    /// Objects without those that share a tiny block, which are counted by themselves.
    allocs: u64,
    frees: u64,
    alloc_bytes: u64,
    free_bytes: u64,
    tiny: u64,
    /// Bytes in spans (at least `alloc_bytes - free_bytes`), resident and free, returned.
    in_use: u64,
    free: u64,
    released: u64,
    /// Bytes of span records.
    spans: u64,
}

impl Heap {
    /// Reads them; `class` is told of each class (0: large objects) what was allocated and freed.
    ///
    /// Context: P held. Takes `Rank::HeapStats`.
    unsafe fn read(mut class: impl FnMut(usize, u64, u64)) -> Heap {
        let mut r = Reader::new();
        // While the heap's lock is held no span begins or ends. An object that is counted before the turn is in a span that has
        // begun; of a span that has ended all objects had been counted as freed.
        let h = MHEAP.lock.lock();
        r.turn(shards());
        let (in_use, free, released) = h.page_counts();
        let spans = h.span_records() as u64;
        drop(h);
        let c: &Counts = r.totals(shards());
        let mut out = Heap {
            alloc_bytes: c.large_alloc_bytes,
            free_bytes: c.large_free_bytes,
            tiny: c.tiny_allocs,
            in_use: (in_use * PAGE_SIZE) as u64,
            free: (free * PAGE_SIZE) as u64,
            released: (released * PAGE_SIZE) as u64,
            spans,
            ..Heap::default()
        };
        for (i, (&size, (&a, &f))) in CLASS_TO_SIZE.iter().zip(c.allocs.iter().zip(&c.frees)).enumerate() {
            out.allocs += a;
            out.frees += f;
            // The size of class 0 is 0: its bytes are counted by themselves.
            out.alloc_bytes += a * size as u64;
            out.free_bytes += f * size as u64;
            class(i, a, f);
        }
        out
    }
}

/// Memory that is not the heap's.
struct Other {
    stack_inuse: u64,
    stack_sys: u64,
    mcaches: u64,
    buckets: u64,
    gc: u64,
    threads: u64,
}

impl Other {
    /// Context: takes `Rank::Sched`. `spans`: bytes of span records.
    unsafe fn read(spans: u64) -> Other {
        let stack_inuse = STACK_INUSE.load(Ordering::Relaxed) as u64;
        let mcaches = SCHED.gomaxprocs.load(Ordering::Relaxed) as u64 * size_of::<super::Mcache>() as u64;
        let (table, buckets) = super::mprof::memory();
        let persistent = PERSISTENT_SYS.load(Ordering::Relaxed) as u64;
        proc::lock();
        let threads = SCHED.locked().mcount as u64;
        proc::unlock();
        Other {
            stack_inuse,
            // The two are counted one after the other.
            stack_sys: (STACK_SYS.load(Ordering::Relaxed) as u64).max(stack_inuse),
            mcaches,
            buckets: (table + buckets) as u64,
            gc: persistent.saturating_sub(spans + mcaches + buckets as u64),
            // Their system and signal stacks.
            threads: threads * MBLOCK as u64,
        }
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

/// Row `memstats0`.
///
/// # Safety
/// World stopped by the caller; `m` has room.
#[unsafe(export_name = "rt.memstats0")]
unsafe extern "C" fn rt_memstats0(m: *mut MemStats) {
    for p in allp() {
        (*p).mcache.give_back_runs(crate::gc::marking());
    }
    core::ptr::write_bytes(m, 0, 1);
    let m = &mut *m;
    let h = Heap::read(|c, mallocs, frees| {
        if c > 0 && c < m.by_size.len() {
            m.by_size[c] = BySize { size: CLASS_TO_SIZE[c] as u32, mallocs, frees };
        }
    });
    let o = Other::read(h.spans);
    m.alloc = h.alloc_bytes - h.free_bytes;
    m.total_alloc = h.alloc_bytes;
    // A tiny object counts as allocated and freed; its block counts on its own.
    m.mallocs = h.allocs + h.tiny;
    m.frees = h.frees + h.tiny;
    m.heap_alloc = m.alloc;
    m.heap_inuse = h.in_use;
    m.heap_idle = h.free + h.released;
    m.heap_released = h.released;
    m.heap_sys = m.heap_inuse + m.heap_idle;
    m.heap_objects = m.mallocs - m.frees;
    m.stack_inuse = o.stack_inuse;
    m.stack_sys = o.stack_sys;
    m.mspan_inuse = h.spans;
    m.mspan_sys = h.spans;
    m.mcache_inuse = o.mcaches;
    m.mcache_sys = o.mcaches;
    m.buck_hash_sys = o.buckets;
    m.gc_sys = o.gc;
    m.other_sys = o.threads;
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

/// What runtime/metrics says of memory: `heapMetrics` of `goroot/src/runtime/metrics.go`, field by field.
#[repr(C)]
struct HeapMetrics {
    allocs: u64,
    frees: u64,
    alloc_bytes: u64,
    free_bytes: u64,
    tiny_allocs: u64,
    in_use: u64,
    free: u64,
    released: u64,
    spans: u64,
    stack_inuse: u64,
    stack_sys: u64,
    mcaches: u64,
    buckets: u64,
    gc_sys: u64,
    threads: u64,
    goal: u64,
    marked: u64,
    scanned_heap: u64,
    scanned_stacks: u64,
    scanned_globals: u64,
    cycles: u64,
    forced: u64,
    percent: i64,
    limit: i64,
    classes: [Class; NUM_SIZE_CLASSES],
}

/// Objects of a size class; 0: large ones.
#[repr(C)]
struct Class {
    size: u64,
    allocs: u64,
    frees: u64,
}

/// Row `heapmetrics0`. The world runs.
///
/// # Safety
/// `m` has room. Context: P held.
#[unsafe(export_name = "rt.heapmetrics0")]
unsafe extern "C" fn rt_heapmetrics0(m: *mut HeapMetrics) {
    let classes = &raw mut (*m).classes;
    let h = Heap::read(|c, allocs, frees| {
        (*classes)[c] = Class { size: CLASS_TO_SIZE[c] as u64, allocs, frees };
    });
    let o = Other::read(h.spans);
    let m = &mut *m;
    m.allocs = h.allocs;
    m.frees = h.frees;
    m.alloc_bytes = h.alloc_bytes;
    m.free_bytes = h.free_bytes;
    m.tiny_allocs = h.tiny;
    m.in_use = h.in_use;
    m.free = h.free;
    m.released = h.released;
    m.spans = h.spans;
    m.stack_inuse = o.stack_inuse;
    m.stack_sys = o.stack_sys;
    m.mcaches = o.mcaches;
    m.buckets = o.buckets;
    m.gc_sys = o.gc;
    m.threads = o.threads;
    m.goal = pacer::heap_goal();
    m.marked = pacer::heap_marked();
    m.scanned_heap = pacer::last_scan();
    m.scanned_stacks = crate::gc::roots::STACK_SCANNED.load(Ordering::Relaxed) as u64;
    m.scanned_globals = crate::gc::roots::data_bytes() as u64;
    let (cycles, forced) = cycle::counts();
    m.cycles = cycles as u64;
    m.forced = forced as u64;
    m.percent = pacer::percent() as i64;
    m.limit = pacer::limit();
}
