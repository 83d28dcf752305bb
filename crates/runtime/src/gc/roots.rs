//! Roots: data and bss by their masks, specials, goroutine stacks (`stackscan.rs`), and what the scheduler keeps for us.
//!
//! Roots are numbered jobs; workers and assists take the next number. The order is: pieces of data and bss, blocks of
//! specials, then one job per goroutine. (Pending timers are shaded while the world is stopped, and when they are started.) Assists stop before the goroutines: to stop another
//! goroutine while one's own counts as running could make two of them wait for each other.

use super::mark;
use super::work::GcWork;
use crate::heap::specials;
use crate::sched::runtime2::{G, allg, allglen, getp, status};
use crate::sched::stack;
use core::sync::atomic::*;

/// Bytes of data or bss per job.
const PIECE: usize = 256 << 10;

/// A range of global variables with its pointer mask.
#[derive(Clone, Copy)]
pub struct Section {
    pub lo: usize,
    pub hi: usize,
    pub mask: *const u8,
}

/// Set once at start.
static DATA: [SectionCell; 2] =
    [const { SectionCell(core::cell::UnsafeCell::new(Section { lo: 0, hi: 0, mask: core::ptr::null() })) }; 2];

struct SectionCell(core::cell::UnsafeCell<Section>);
// SAFETY: written once by `set_data` before there is a second thread.
unsafe impl Sync for SectionCell {}

/// Tells the program's data and bss. Once, before the first cycle.
///
/// # Safety
/// One thread; masks have one bit per word of their range and live for ever.
pub unsafe fn set_data(data: Section, bss: Section) {
    *DATA[0].0.get() = data;
    *DATA[1].0.get() = bss;
}

fn section(i: usize) -> Section {
    // SAFETY: see `SectionCell`.
    unsafe { *DATA[i].0.get() }
}

/// Data and bss.
pub fn sections() -> [Section; 2] {
    [section(0), section(1)]
}

/// Whether `p` is a global variable.
pub fn in_data(p: usize) -> bool {
    (0..2).any(|i| {
        let s = section(i);
        p >= s.lo && p < s.hi
    })
}

/// Bytes of globals.
pub fn data_bytes() -> usize {
    (0..2).map(|i| section(i).hi - section(i).lo).sum()
}

static NEXT: AtomicUsize = AtomicUsize::new(0);
/// Jobs before the goroutines, and all.
static FIXED: AtomicUsize = AtomicUsize::new(0);
static TOTAL: AtomicUsize = AtomicUsize::new(0);
/// Jobs finished.
static DONE: AtomicUsize = AtomicUsize::new(0);
/// Number of the cycle, for `g.gc.scanned`.
static CYCLE: AtomicU32 = AtomicU32::new(0);
/// Time for background jobs: bytes of stack scanned in this cycle.
pub static STACK_SCANNED: AtomicUsize = AtomicUsize::new(0);

fn pieces(i: usize) -> usize {
    (section(i).hi - section(i).lo).div_ceil(PIECE)
}

/// Numbers the jobs of a new cycle. World stopped.
pub fn prepare() {
    let fixed = pieces(0) + pieces(1) + specials::nblocks();
    FIXED.store(fixed, Ordering::Relaxed);
    // Goroutines made from now on have nothing on their stacks yet that is not black or shaded.
    TOTAL.store(fixed + allglen(), Ordering::Relaxed);
    DONE.store(0, Ordering::Relaxed);
    STACK_SCANNED.store(0, Ordering::Relaxed);
    CYCLE.fetch_add(1, Ordering::Relaxed);
    NEXT.store(0, Ordering::Release);
}

/// Whether jobs are left to take.
pub fn left() -> bool {
    NEXT.load(Ordering::Relaxed) < TOTAL.load(Ordering::Relaxed)
}

/// Whether all jobs are finished.
pub fn done() -> bool {
    DONE.load(Ordering::Acquire) >= TOTAL.load(Ordering::Relaxed)
}

/// Takes and does one job. False: none left (for this kind of caller).
///
/// # Safety
/// Context: marking, P held. With `stacks`, a worker: no goroutine of this M is running.
pub unsafe fn next_job(w: &mut GcWork, stacks: bool) -> bool {
    let limit = if stacks { &TOTAL } else { &FIXED }.load(Ordering::Relaxed);
    let mut i = NEXT.load(Ordering::Relaxed);
    loop {
        if i >= limit {
            return false;
        }
        match NEXT.compare_exchange_weak(i, i + 1, Ordering::AcqRel, Ordering::Relaxed) {
            Ok(_) => break,
            Err(now) => i = now,
        }
    }
    job(w, i);
    DONE.fetch_add(1, Ordering::Release);
    true
}

unsafe fn job(w: &mut GcWork, mut i: usize) {
    for k in 0..2 {
        if i < pieces(k) {
            let s = section(k);
            let words = (s.hi - s.lo) / 8;
            let from = i * PIECE / 8;
            mark::scan_masked(w, s.lo, s.mask, from, (from + PIECE / 8).min(words));
            return;
        }
        i -= pieces(k);
    }
    let blocks = FIXED.load(Ordering::Relaxed) - pieces(0) - pieces(1);
    if i < blocks {
        specials::scan_block(w, i);
        return;
    }
    i -= blocks;
    scan_goroutine(w, allg(i));
}

/// Scans the stack of a goroutine that does not run, if nobody did in this cycle.
unsafe fn scan_goroutine(w: &mut GcWork, gp: *mut G) {
    loop {
        let s = (*gp).status.load(Ordering::Acquire);
        match s {
            // It runs: its M scanned it before that (`cycle::before_run`). Dead: made again while marking, likewise.
            status::GRUNNING | status::GDEAD | status::GIDLE => return,
            status::GRUNNABLE | status::GWAITING | status::GSYSCALL => {}
            _ => {
                core::hint::spin_loop();
                continue;
            }
        }
        if (*gp).status.compare_exchange(s, s | status::GSCAN, Ordering::AcqRel, Ordering::Relaxed).is_err() {
            continue;
        }
        // The owner of a transition waits for us in `casgstatus`.
        if s != status::GWAITING || !super::leaks::postponed(gp) {
            scan_stack(w, gp);
        }
        (*gp).status.store(s, Ordering::Release);
        return;
    }
}

/// Scans `gp`, which this M is going to run, if nobody did in this cycle.
///
/// # Safety
/// Context: marking, P held; this M owns `gp`, whose registers are saved.
#[cold]
pub unsafe fn scan_own(gp: *mut G) {
    if (*gp).gc.scanned != CYCLE.load(Ordering::Relaxed) {
        let w = &mut (*getp()).gc.work;
        scan_stack(w, gp);
    }
}

/// Whether nobody has scanned `gp`'s stack in this cycle.
///
/// # Safety
/// World stopped, marking.
pub unsafe fn unscanned(gp: *mut G) -> bool {
    (*gp).gc.scanned != CYCLE.load(Ordering::Relaxed)
}

/// Scans the stack of a parked goroutine.
///
/// # Safety
/// World stopped, marking.
pub unsafe fn scan_stopped(w: &mut GcWork, gp: *mut G) {
    scan_stack(w, gp)
}

unsafe fn scan_stack(w: &mut GcWork, gp: *mut G) {
    let cycle = CYCLE.load(Ordering::Relaxed);
    if (*gp).gc.scanned == cycle {
        return;
    }
    (*gp).gc.scanned = cycle;
    (*gp).gc.assist_bytes = 0;
    let n = super::stackscan::scan(w, gp);
    w.scan_work += n as i64;
    STACK_SCANNED.fetch_add(n, Ordering::Relaxed);
    let stopped = (*gp).status.load(Ordering::Relaxed) & !status::GSCAN != status::GRUNNING;
    if stopped && crate::diag::debug::KEEP_STACKS.load(Ordering::Relaxed) == 0 {
        stack::stack_trim(gp, 1);
    }
}
