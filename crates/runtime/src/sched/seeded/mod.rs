//! Seeded deterministic scheduling: `GOXIDESCHED=seed=N` runs the goroutines on one P in an order that the seed alone decides.
//!
//! **Why.** A bug that needs one interleaving in a million is found by trying orders on purpose, and once found it must come
//! again at will. Here every choice that otherwise depends on time, threads or chance is made from the seed: who runs next, when
//! the running goroutine is taken off, `select`'s choice, the program's random numbers and hash seeds, and what the clock says.
//!
//! **Points.** The running goroutine can lose its P at function entries (the stack guard stays poisoned, so each entry that
//! checks the stack comes by: `at_entry`), where it makes another goroutine runnable, where it parks, and where it yields. Entries
//! are counted; nothing looks at the time. Real time acts only as a last resort: code that passes no point for [`LAST_RESORT_NS`]
//! of processor time is preempted by sysmon, and a system call that sleeps as long loses its P.
//!
//! **Order** (after Burckhardt et al., *A Randomized Scheduler with Probabilistic Guarantees of Finding Bugs*, ASPLOS 2010). Each
//! goroutine gets a random priority when it is made; the runnable one of highest priority runs. At *change points*, a random number
//! of points apart, the running one falls below all others; so does one that yields. Three quarters of all seeds go by these
//! priorities, the others choose among the runnable with equal probability. How far change points are apart is drawn from the seed too (from
//! 2 to 8192 points on average), because nobody knows in advance how long the program is.
//!
//! **Time** is virtual: it advances a little with every point and every look at the clock, and jumps to the next deadline when all
//! goroutines wait; if one of them waits for the outside (a file, a system call), only after a second of real silence.
//!
//! **System goroutines and the collector** run at once and to the end, draw nothing from the seed and are not counted, so a
//! collection that comes earlier or later does not change the order of the program's goroutines.
//!
//! Everything but [`now`], [`on`] and [`any_ready`] is touched only by the M that holds the one P.

mod find;
mod order;

use super::runtime2::*;
use crate::diag::debug::atoi;
use crate::sys::{linux, rt0};
use core::cell::UnsafeCell;
use core::ptr::null_mut;
use core::sync::atomic::{AtomicBool, AtomicI32, AtomicI64, AtomicU32, Ordering::*};
pub use find::findrunnable;
use order::{Order, Rng};

/// How long a goroutine may compute without passing a point, or sleep in a system call with others waiting for its P.
pub const LAST_RESORT_NS: i64 = 100_000_000;
/// GOMAXPROCS and NumCPU as the program sees them, unless the environment says otherwise: the number of workers that
/// programs start must not depend on the machine.
pub const SHOWN_PROCS: i32 = 4;
/// How long the outside must be silent for the clock to jump although somebody waits for it.
const QUIET_NS: i64 = 1_000_000_000;
/// Steps in which real time that was spent waiting for the outside becomes virtual.
const COARSE_NS: i64 = 10_000_000;
/// What the clock shows at the start: midnight UTC 2000-01-01, as in a `testing/synctest` bubble.
const EPOCH_SEC: i64 = 946_684_800;
const START: i64 = 1_000_000_000;
/// Virtual nanoseconds that pass at a scheduling decision, at a counted entry, at a look at the clock.
const DECISION_NS: i64 = 1000;
const ENTRY_NS: i64 = 20;
const LOOK_NS: i64 = 100;
/// The network is polled at every so many decisions.
const POLL_EVERY: u64 = 8;

static ON: AtomicBool = AtomicBool::new(false);
static NOW: AtomicI64 = AtomicI64::new(START);
/// Goroutines that wait for their turn.
static READY: AtomicU32 = AtomicU32::new(0);
/// Goroutines in system calls.
static IN_SYSCALL: AtomicI32 = AtomicI32::new(0);
/// The thread that entered a system call last.
static LAST_SYSCALL: AtomicI32 = AtomicI32::new(0);
static PROCS: AtomicI32 = AtomicI32::new(SHOWN_PROCS);
/// Sysmon has preempted somebody: the next one to come off is taken off for good.
static FORCED: AtomicBool = AtomicBool::new(false);

struct State {
    order: Order,
    /// The program's random numbers.
    program: Rng,
    /// System goroutines that are runnable, oldest first.
    system: *mut G,
    system_tail: *mut G,
    /// The last goroutine that ran was a system goroutine and yielded: one of the program's comes first.
    system_yielded: bool,
    /// Taken off for the runtime's sake: goes on as if nothing had happened.
    resume: *mut G,
    /// The running goroutine is to be taken off by the seed's decision.
    switch: bool,
}

struct StateCell(UnsafeCell<State>);
// SAFETY: touched by the M that holds the only P (see the module's text).
unsafe impl Sync for StateCell {}
static STATE: StateCell = StateCell(UnsafeCell::new(State {
    order: Order::new(),
    program: Rng(0),
    system: null_mut(),
    system_tail: null_mut(),
    system_yielded: false,
    resume: null_mut(),
    switch: false,
}));

/// A raw pointer, since nobody may hold a reference across a call that comes here again.
///
/// Context of its use: P held, or start-up.
fn state() -> *mut State {
    STATE.0.get()
}

/// Is this a seeded run?
#[inline(always)]
pub fn on() -> bool {
    ON.load(Relaxed)
}

/// Reads `GOXIDESCHED`. Context: start-up, before anything draws random numbers.
pub unsafe fn init() {
    let Some(v) = rt0::getenv(b"GOXIDESCHED").filter(|v| !v.is_empty()) else { return };
    let (mut seed, mut gap) = (None, None);
    for kv in v.split(|&c| c == b',') {
        let number = |p: &[u8]| kv.strip_prefix(p).and_then(atoi).filter(|&n| n >= 0);
        if let Some(n) = number(b"seed=") {
            seed = Some(n as u64);
        } else if let Some(n) = number(b"gap=").filter(|&n| n > 0) {
            gap = Some(n as u64);
        } else {
            refuse();
        }
    }
    let Some(seed) = seed else { refuse() };
    let s = state();
    (*s).order.init(seed, gap);
    (*s).program = Rng(seed ^ 0x5851_f42d_4c95_7f2d);
    if let Some(n) = rt0::getenv(b"GOMAXPROCS").and_then(atoi).filter(|&n| n > 0) {
        PROCS.store(n.min(MAXPROCS as i64) as i32, Relaxed);
    }
    ON.store(true, Relaxed);
}

fn refuse() -> ! {
    linux::write(2, b"runtime: GOXIDESCHED must be seed=N[,gap=N] with numbers from 0 (gap from 1)\n");
    linux::exit(2)
}

/// GOMAXPROCS (and NumCPU) as the program sees it.
pub fn shown_procs() -> i32 {
    PROCS.load(Relaxed)
}

pub fn set_shown_procs(n: i32) {
    PROCS.store(n, Relaxed)
}

/// Virtual monotonic time.
pub fn now() -> i64 {
    NOW.load(Relaxed)
}

fn advance(ns: i64) -> i64 {
    NOW.fetch_add(ns, Relaxed) + ns
}

/// The program looks at the clock: a loop that waits for a moment must come to it.
///
/// # Safety
/// Context: a goroutine's runtime call.
pub unsafe fn look() -> i64 {
    let gp = getg();
    if gp.is_null() || (*gp).system { now() } else { advance(LOOK_NS) }
}

/// Wall-clock time that belongs to a monotonic time.
pub fn wall(mono: i64) -> (i64, i64) {
    let t = mono - START;
    (EPOCH_SEC + t / 1_000_000_000, t % 1_000_000_000)
}

/// A random number for the program, or none if the caller is none of its goroutines.
///
/// # Safety
/// Context: system stack.
pub unsafe fn program_rand() -> Option<u64> {
    let gp = getg();
    if gp.is_null() || (*gp).system || getp().is_null() { None } else { Some((*state()).program.next()) }
}

/// Does anybody wait for the P? (Any thread.)
pub fn any_ready() -> bool {
    READY.load(SeqCst) != 0
}

pub fn syscall_begins(tid: i32) {
    LAST_SYSCALL.store(tid, Relaxed);
    IN_SYSCALL.fetch_add(1, Relaxed);
}

/// Does the thread sleep that entered a system call last, and so has a claim on the P? (Sysmon.)
pub fn syscall_sleeps() -> bool {
    linux::thread_sleeps(LAST_SYSCALL.load(Relaxed))
}

pub fn syscall_ends() {
    IN_SYSCALL.fetch_sub(1, Relaxed);
}

/// Sysmon preempts the running goroutine: it is not to be resumed as if nothing had happened.
pub fn force() {
    FORCED.store(true, SeqCst);
}

/// A goroutine of the program was made.
///
/// # Safety
/// Context: P held.
pub unsafe fn made(gp: *mut G) {
    (*gp).poison = 1;
    (*gp).seed_priority = if (*gp).system { 0 } else { (*state()).order.birth() };
}

/// `gp` became runnable: should the running goroutine make room?
///
/// # Safety
/// Context: P held.
pub unsafe fn readied(gp: *mut G) {
    let cur = getg();
    if cur.is_null() || (*cur).system {
        return;
    }
    if (*gp).system {
        (*cur).preempt.store(1, Relaxed);
    } else if (*state()).order.overtakes((*gp).seed_priority, (*cur).seed_priority) {
        take_off(cur);
    }
}

unsafe fn take_off(cur: *mut G) {
    (*state()).switch = true;
    (*cur).preempt.store(1, Relaxed);
}

/// `gp` enters a function. It leaves the P at the next opportunity, which may be this very one, if `g.preempt` is set afterwards.
///
/// # Safety
/// Context: `gp`'s runtime call, P held.
pub unsafe fn at_entry(gp: *mut G) {
    if (*gp).system {
        return;
    }
    let t = advance(ENTRY_NS);
    let s = state();
    if (*s).order.point() {
        (*gp).seed_priority = (*s).order.lowest();
        take_off(gp);
    }
    let first = (*getp()).timers.first();
    if first != 0 && first <= t {
        take_off(gp);
    }
}

/// `gp` yields of its own will.
///
/// # Safety
/// Context: scheduler, P held.
pub unsafe fn yielded(gp: *mut G) {
    let s = state();
    if (*gp).system {
        (*s).system_yielded = true;
    } else {
        (*gp).seed_priority = (*s).order.lowest();
    }
}

/// `gp` was preempted: true if it is to go on before all others and is not to be queued.
///
/// # Safety
/// Context: scheduler, P held.
pub unsafe fn preempted(gp: *mut G) -> bool {
    let s = state();
    let switch = core::mem::replace(&mut (*s).switch, false);
    let forced = FORCED.swap(false, SeqCst);
    if (*gp).system || switch {
        return false;
    }
    if forced {
        (*gp).seed_priority = (*s).order.lowest();
        return false;
    }
    (*s).resume = gp;
    READY.fetch_add(1, SeqCst);
    true
}

/// `gp` is put on the M.
///
/// # Safety
/// Context: scheduler, P held.
pub unsafe fn running(_gp: *mut G) {
    (*state()).switch = false;
}
