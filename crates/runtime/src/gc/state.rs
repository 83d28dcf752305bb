//! Phase, per-G and per-P state, stress settings, and the doors that are one line each.

use super::*;
use crate::sched::runtime2::{P, getg};
use core::sync::atomic::*;

/// Phases.
pub const OFF: u32 = 0;
pub const MARK: u32 = 1;
pub const MARKTERM: u32 = 2;

/// Written with the world stopped only.
pub static PHASE: AtomicU32 = AtomicU32::new(OFF);
/// Objects are allocated black, assists are due. As `PHASE`.
pub static BLACKEN: AtomicU32 = AtomicU32::new(0);

/// Whether allocation is black. Changes only with the world stopped.
#[inline(always)]
pub fn marking() -> bool {
    PHASE.load(Ordering::Relaxed) != OFF
}

/// Per-G state. Only the G's own runtime calls and the cycle's start (world stopped) touch it.
pub struct GGc {
    /// Bytes it may allocate before it has to mark; negative: debt.
    pub assist_bytes: i64,
    /// Cycle in which its stack was scanned; written by the scanner that holds the G.
    pub scanned: u32,
}

impl GGc {
    pub const NEW: GGc = GGc { assist_bytes: 0, scanned: 0 };
}

/// Per-M state.
pub struct MGc {}

impl MGc {
    pub const NEW: MGc = MGc {};
}

/// Per-P state: the marker's buffers. Only the M that holds the P, or anyone with the world stopped.
pub struct PGc {
    pub work: work::GcWork,
    /// The P runs a worker of this mode (`WorkerMode`), or 0.
    pub worker: AtomicU32,
    /// When the fractional worker of this P started last, and how long it has run this cycle.
    pub fraction_ns: i64,
    /// Idle runs in a row in this cycle that found next to nothing.
    pub idle_misses: u32,
    /// Assists of this cycle that found it finished but for its end.
    pub stalls: u32,
}

impl PGc {
    /// Empty.
    #[allow(clippy::declare_interior_mutable_const)]
    pub const NEW: PGc =
        PGc { work: work::GcWork::NEW, worker: AtomicU32::new(0), fraction_ns: 0, idle_misses: 0, stalls: 0 };
}

/// Prepares a new P's buffers.
///
/// # Safety
/// Nobody else uses the P yet.
pub unsafe fn initp(p: *mut P) {
    (*p).wbbuf.reset();
}

/// Reads GOGC, GOMEMLIMIT, GODEBUG and the stress settings. Once, before anything is allocated.
pub fn init() {
    let md = crate::diag::symtab::moduledata();
    // SAFETY: start-up, one thread; the linker's tables live for ever.
    unsafe {
        roots::set_data(
            roots::Section { lo: md.data as usize, hi: md.edata as usize, mask: md.gcdata as *const u8 },
            roots::Section { lo: md.bss as usize, hi: md.ebss as usize, mask: md.gcbss as *const u8 },
        );
    }
    pacer::init();
    trace::init();
    stress_init();
}

static STRESS: AtomicU64 = AtomicU64::new(0);

/// `GOXIDESTRESS=gc=N`: a collection at every Nth allocation.
fn stress_init() {
    let Some(v) = crate::sys::rt0::getenv(b"GOXIDESTRESS") else { return };
    for part in v.split(|&c| c == b',') {
        if let Some(n) = part.strip_prefix(b"gc=") {
            let n = n.iter().take_while(|c| c.is_ascii_digit()).fold(0u64, |a, c| a * 10 + (c - b'0') as u64);
            STRESS.store(n, Ordering::Relaxed);
        }
    }
}

/// Whether every allocation takes the slow path.
#[inline]
pub fn stress_enabled() -> bool {
    STRESS.load(Ordering::Relaxed) != 0
}

/// Whether the `n`th slow path of a P is one that starts a collection.
#[inline]
pub fn stress_hit(n: u64) -> bool {
    let s = STRESS.load(Ordering::Relaxed);
    s != 0 && n.is_multiple_of(s)
}

/// Whether the heap has reached the trigger.
#[inline]
pub fn triggered() -> bool {
    !marking() && pacer::live_over_trigger(0)
}

/// Whether it will have after `n` more bytes.
#[inline]
pub fn triggered_by(n: usize) -> bool {
    !marking() && pacer::live_over_trigger(n)
}

/// Charges `n` bytes of allocation to the current goroutine.
///
/// # Safety
/// Context: P held, marking.
#[inline]
pub unsafe fn charge(_p: *mut P, n: usize) {
    let g = getg();
    if !g.is_null() {
        (*g).gc.assist_bytes -= n as i64;
    }
}

/// Pays the current goroutine's debt, if it has one.
///
/// # Safety
/// Context: P held.
#[inline]
pub unsafe fn assist(p: *mut P) {
    if BLACKEN.load(Ordering::Relaxed) == 0 {
        return;
    }
    let g = getg();
    if !g.is_null() && (*g).gc.assist_bytes < 0 {
        worker::assist(p, g);
    }
}

/// Called by sysmon about every 10 ms without a P: a cycle at least every two minutes; returning memory.
pub fn sysmon_tick(now: i64) {
    if pacer::periodic_due(now) {
        want_cycle(false);
    }
    crate::heap::scavenge::tick(now);
}
