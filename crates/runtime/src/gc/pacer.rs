//! The pacer: when a cycle starts, how much the allocating goroutines help, what the heap may grow to.
//!
//! goal    = live heap after the last cycle + (that + stacks + globals) * GOGC/100, at least 4 MB * GOGC/100, at most
//!           what GOMEMLIMIT leaves for the heap;
//! trigger = goal - runway, where the runway is what is expected to be allocated while marking (learned from the last
//!           cycle), kept within 70–95 % of the way from live to goal.
//! The arithmetic is in `plan.rs`, free of globals, and tested hosted.

use super::plan::{HEAP_MINIMUM, Plan, parse_bytes, parse_percent};
use crate::sched::stack::STACK_INUSE;
use crate::sys::linux::nanotime;
use core::sync::atomic::*;

/// Share of the processors that marks in the background.
pub const UTILIZATION: f64 = 0.25;

/// Bytes allocated and not yet swept away: marked at the last cycle's end plus everything taken since.
static HEAP_LIVE: AtomicU64 = AtomicU64::new(0);
static TRIGGER: AtomicU64 = AtomicU64::new(u64::MAX);
/// What the trigger will be once collection is enabled.
static GOAL: AtomicU64 = AtomicU64::new(HEAP_MINIMUM);
/// Bytes marked in the last complete cycle.
static HEAP_MARKED: AtomicU64 = AtomicU64::new(0);
/// Scan work of the last complete cycle.
static LAST_SCAN: AtomicU64 = AtomicU64::new(0);
/// Bytes marked and scanned so far in this cycle.
static BYTES_MARKED: AtomicU64 = AtomicU64::new(0);
static SCAN_WORK: AtomicI64 = AtomicI64::new(0);
/// Bytes allocated black in this cycle.
static BLACK: AtomicU64 = AtomicU64::new(0);
/// Scan work done in the background that assists may take as theirs.
pub static BG_CREDIT: AtomicI64 = AtomicI64::new(0);
/// Bytes allocated per byte scanned, in a cycle (f64 bits); 0 = not known.
static CONS_MARK: AtomicU64 = AtomicU64::new(0);
/// Heap when marking began.
static LIVE_AT_START: AtomicU64 = AtomicU64::new(0);
static GC_PERCENT: AtomicI32 = AtomicI32::new(100);
static MEMORY_LIMIT: AtomicI64 = AtomicI64::new(i64::MAX);
static ENABLED: AtomicBool = AtomicBool::new(false);
/// When the last cycle ended.
pub static LAST_GC_NANO: AtomicI64 = AtomicI64::new(0);

/// GOGC and GOMEMLIMIT.
pub fn init() {
    use crate::sys::rt0::getenv;
    if let Some(v) = getenv(b"GOGC") {
        GC_PERCENT.store(parse_percent(v), Ordering::Relaxed);
    }
    if let Some(n) = getenv(b"GOMEMLIMIT").and_then(parse_bytes) {
        MEMORY_LIMIT.store(n, Ordering::Relaxed);
    }
    LAST_GC_NANO.store(nanotime(), Ordering::Relaxed);
}

/// Collection may start.
pub fn enable() {
    ENABLED.store(true, Ordering::Relaxed);
    replan();
}

/// Whether `enable` was called.
pub fn enabled() -> bool {
    ENABLED.load(Ordering::Relaxed)
}

fn roots() -> u64 {
    STACK_INUSE.load(Ordering::Relaxed) as u64 + super::roots::data_bytes() as u64
}

/// What GOMEMLIMIT leaves for the heap's goal.
fn limit_goal() -> u64 {
    let limit = MEMORY_LIMIT.load(Ordering::Relaxed);
    if limit == i64::MAX {
        return u64::MAX;
    }
    let other = crate::heap::stats::non_heap_sys() as u64;
    // Pages in spans that hold no live object count too: they are not available.
    let in_use = (crate::heap::mheap::MHEAP.pages_in_use.load(Ordering::Relaxed) * 8192) as u64;
    let waste = in_use.saturating_sub(HEAP_LIVE.load(Ordering::Relaxed));
    let room = (limit.max(0) as u64).saturating_sub(other + waste);
    // Three per cent for what is not foreseen, as for pacing errors.
    room - room / 33
}

/// Recomputes goal and trigger.
pub fn replan() {
    let p = Plan {
        percent: GC_PERCENT.load(Ordering::Relaxed),
        marked: HEAP_MARKED.load(Ordering::Relaxed),
        roots: roots(),
        scan: LAST_SCAN.load(Ordering::Relaxed),
        cons_mark: f64::from_bits(CONS_MARK.load(Ordering::Relaxed)),
        limit: limit_goal(),
    };
    let (goal, trigger) = p.compute();
    GOAL.store(goal, Ordering::Relaxed);
    TRIGGER.store(if enabled() { trigger } else { u64::MAX }, Ordering::Relaxed);
}

/// Bytes were taken from the heap.
#[inline]
pub fn heap_live_add(n: usize) {
    HEAP_LIVE.fetch_add(n as u64, Ordering::Relaxed);
}

/// Bytes taken turned out unused.
#[inline]
pub fn heap_live_sub(n: usize) {
    HEAP_LIVE.fetch_sub(n as u64, Ordering::Relaxed);
}

pub fn heap_live() -> u64 {
    HEAP_LIVE.load(Ordering::Relaxed)
}

pub fn heap_goal() -> u64 {
    GOAL.load(Ordering::Relaxed)
}

pub fn heap_marked() -> u64 {
    HEAP_MARKED.load(Ordering::Relaxed)
}

pub fn last_scan() -> u64 {
    LAST_SCAN.load(Ordering::Relaxed)
}

/// Whether `n` more bytes reach the trigger.
#[inline]
pub fn live_over_trigger(n: usize) -> bool {
    HEAP_LIVE.load(Ordering::Relaxed) + n as u64 >= TRIGGER.load(Ordering::Relaxed)
}

/// Whether a cycle is due because of time.
pub fn periodic_due(now: i64) -> bool {
    enabled()
        && !super::marking()
        && GC_PERCENT.load(Ordering::Relaxed) >= 0
        && super::plan::period_is_over(LAST_GC_NANO.load(Ordering::Relaxed), now, FORCE_PERIOD.load(Ordering::Relaxed))
}

/// Nanoseconds between forced cycles. Tests of package runtime write it (row `forcegcperiod`); sysmon reads it.
pub static FORCE_PERIOD: AtomicI64 = AtomicI64::new(super::plan::FORCE_PERIOD);

/// Bytes allocated black.
#[inline]
pub fn black_allocated(n: usize) {
    BLACK.fetch_add(n as u64, Ordering::Relaxed);
}

/// A P's marked bytes and scan work.
pub fn add_marked(bytes: u64, scan: i64) {
    if bytes != 0 {
        BYTES_MARKED.fetch_add(bytes, Ordering::Relaxed);
    }
    if scan != 0 {
        SCAN_WORK.fetch_add(scan, Ordering::Relaxed);
    }
}

/// Marking begins. World stopped.
pub fn start_cycle() {
    BYTES_MARKED.store(0, Ordering::Relaxed);
    SCAN_WORK.store(0, Ordering::Relaxed);
    BLACK.store(0, Ordering::Relaxed);
    BG_CREDIT.store(0, Ordering::Relaxed);
    LIVE_AT_START.store(heap_live(), Ordering::Relaxed);
}

/// What a cycle found, for trace and statistics.
#[derive(Clone, Copy)]
pub struct CycleEnd {
    pub live_before: u64,
    pub live_at_end: u64,
    pub marked: u64,
    pub goal: u64,
}

/// Marking is complete. World stopped, all caches flushed.
pub fn end_cycle() -> CycleEnd {
    let black = BLACK.load(Ordering::Relaxed);
    let marked = BYTES_MARKED.load(Ordering::Relaxed) + black;
    let scan = SCAN_WORK.load(Ordering::Relaxed).max(0) as u64;
    let e = CycleEnd {
        live_before: LIVE_AT_START.load(Ordering::Relaxed),
        live_at_end: heap_live(),
        marked,
        goal: heap_goal(),
    };
    let now = black as f64 / scan.max(1) as f64;
    let old = f64::from_bits(CONS_MARK.load(Ordering::Relaxed));
    // A step up counts at once, a step down gradually: being late costs more than being early.
    let next = if now > old { now } else { old * 0.75 + now * 0.25 };
    CONS_MARK.store(next.to_bits(), Ordering::Relaxed);
    HEAP_MARKED.store(marked, Ordering::Relaxed);
    LAST_SCAN.store(scan, Ordering::Relaxed);
    HEAP_LIVE.store(marked, Ordering::Relaxed);
    replan();
    e
}

/// Scan work an assist owes per byte allocated.
pub fn assist_work_per_byte() -> f64 {
    let done = SCAN_WORK.load(Ordering::Relaxed) as f64;
    let mut left = LAST_SCAN.load(Ordering::Relaxed) as f64 + roots() as f64 - done;
    let live = heap_live() as f64;
    let mut room = heap_goal() as f64 - live;
    if left < 64.0 * 1024.0 {
        // More turned up than last time: everything that was live at the start may have to be scanned.
        left = (LIVE_AT_START.load(Ordering::Relaxed) as f64 - done).max(64.0 * 1024.0);
    }
    if room <= 0.0 {
        // Late: let the heap grow by a tenth at most.
        room = live * 0.1;
    }
    (left / room.max(64.0 * 1024.0)).max(0.01)
}

/// GOGC; negative: off.
pub fn set_percent(n: i32) -> i32 {
    let old = GC_PERCENT.swap(n.max(-1), Ordering::Relaxed);
    replan();
    old
}

/// GOMEMLIMIT; a negative value only reads.
pub fn set_limit(n: i64) -> i64 {
    if n < 0 {
        return MEMORY_LIMIT.load(Ordering::Relaxed);
    }
    let old = MEMORY_LIMIT.swap(n, Ordering::Relaxed);
    replan();
    old
}

pub fn percent() -> i32 {
    GC_PERCENT.load(Ordering::Relaxed)
}

pub fn limit() -> i64 {
    MEMORY_LIMIT.load(Ordering::Relaxed)
}
