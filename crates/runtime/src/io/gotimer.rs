//! Go timers: `time.Timer`, `time.Ticker`, `time.AfterFunc`.
//!
//! Their functions are Go code. Those of timers in a P's heap are called by one goroutine of the runtime, which takes expired
//! timers from a queue (`FIRE`).
//!
//! **Timers of channels** are in a heap only while somebody waits on the channel: a timer that nobody waits for costs no
//! wake-up, and is garbage once its channel is. Whoever looks at the channel first looks whether the timer has expired (`due`)
//! and if so calls its function itself: the row returns "due" to its Go wrapper, which makes the call and tries again. The
//! channel's lock guards such a timer (apart from what the heap's lock guards while it is in one), also `Hchan::timer`.
//!
//! **No stale values (Go 1.23 semantics).** Stop and Reset bump the timer's generation and drain the channel; a send of an
//! older generation is refused under the channel's lock (`may_send`). `len` and `cap` of such a channel are 0.
//!
//! **Bubbles.** A timer made in a bubble of testing/synctest goes by the bubble's clock and into the bubble's heap, and its
//! function is called by a goroutine of the bubble (see `synctest.rs`).

use super::time::{Kind, Timer, Timers, advance, head, start, start_fake, stop};
use crate::diag::throw::{fatal, throw};
use crate::gc::barrier;
use crate::lang::chan::Hchan;
use crate::sched::lock::{Mutex, RawLock};
use crate::sched::lockrank::Rank;
use crate::sched::proc::*;
use crate::sched::runtime2::*;
use crate::sys::rows::Pair;
use core::mem::offset_of;
use core::ptr::null_mut;
use core::sync::atomic::Ordering::*;

/// Flag in a Go timer's `mode`: it goes by the clock of a bubble.
pub const FAKE: u8 = 1;

/// Bits of the results of `timerStart`, `timerStop` and `timerReset`.
const PENDING: usize = 1;
const DUE: usize = 2;

/// Go's view: `runtime.timeTimer`.
#[repr(C)]
pub struct GoTimer {
    pub c: usize,
    pub init: usize,
    pub f: usize,
    pub arg: [usize; 2],
    pub when: i64,
    pub period: i64,
    pub seq: usize,
    pub delta: i64,
    /// The channel, for channel timers.
    pub cp: usize,
    pub rt: Timer,
}

const _: () = assert!(offset_of!(GoTimer, f) == 16 && offset_of!(GoTimer, rt) == 80);

/// Expired Go timers, oldest first, and the goroutine that calls their functions.
pub struct FireQueue {
    head: *mut Timer,
    tail: *mut Timer,
    waiter: *mut G,
    seq: usize,
    delta: i64,
}
static FIRE: Mutex<FireQueue> =
    Mutex::new(Rank::Leaf, FireQueue { head: null_mut(), tail: null_mut(), waiter: null_mut(), seq: 0, delta: 0 });

fn go_timer(t: *mut Timer) -> *mut GoTimer {
    (t as usize - offset_of!(GoTimer, rt)) as *mut GoTimer
}

/// Deadline after the one that passed `delta` ago: ticks that were missed are skipped, the phase is kept. 0: none.
///
/// # Safety
/// `t` is a Go timer; what guards it is held.
pub unsafe fn next_when(t: *mut Timer, delta: i64) -> i64 {
    let period = (*go_timer(t)).period;
    if period <= 0 {
        return 0;
    }
    match period.checked_mul(1 + delta / period).and_then(|d| (*t).when.checked_add(d)) {
        Some(w) if w > 0 => w,
        _ => i64::MAX,
    }
}

// ---------------------------------------------------------------- the queue of expired timers

/// Context: the lock of the heap that `t` is in.
pub unsafe fn enqueue(t: *mut Timer, generation: u32, delta: i64) {
    let mut q = FIRE.lock();
    if (*t).queued.load(Relaxed) {
        return; // the goroutine is behind: ticks coalesce
    }
    (*t).queued.store(true, Relaxed);
    (*t).firing.store(generation, Release);
    (*go_timer(t)).delta = delta;
    (*t).qnext = null_mut();
    if q.tail.is_null() {
        q.head = t;
    } else {
        (*q.tail).qnext = t;
    }
    q.tail = t;
}

/// Gets the goroutine that calls timers' functions going, if there is something for it.
///
/// Context: P held; no lock.
pub unsafe fn wake_timerproc() {
    let mut q = FIRE.lock();
    let gp = q.waiter;
    if gp.is_null() || q.head.is_null() {
        return;
    }
    q.waiter = null_mut();
    (*gp).park_result = pop(&mut q);
    drop(q);
    goready(gp);
}

/// Takes the first off the (non-empty) queue, as the one being fired.
unsafe fn pop(q: &mut FireQueue) -> usize {
    let t = q.head;
    q.head = (*t).qnext;
    if q.head.is_null() {
        q.tail = null_mut();
    }
    (*t).sending.store(true, Release);
    (*t).queued.store(false, Release);
    let gt = go_timer(t);
    q.seq = (*gt).seq;
    q.delta = (*gt).delta;
    gt as usize
}

/// Takes `t` off the queue of expired timers; says whether it was there.
unsafe fn dequeue(t: *mut Timer) -> bool {
    let mut q = FIRE.lock();
    if !(*t).queued.load(Relaxed) {
        return false;
    }
    let mut prev: *mut Timer = null_mut();
    let mut x = q.head;
    while x != t {
        prev = x;
        x = (*x).qnext;
    }
    if prev.is_null() {
        q.head = (*t).qnext;
    } else {
        (*prev).qnext = (*t).qnext;
    }
    if q.tail == t {
        q.tail = prev;
    }
    (*t).queued.store(false, Relaxed);
    true
}

unsafe fn publish_waiter(_: *mut G, _: usize) -> bool {
    FIRE.raw().unlock();
    true
}

#[unsafe(export_name = "rt.timerprocNext")]
unsafe extern "C" fn timerproc_next() -> usize {
    let mut q = FIRE.lock();
    if q.head.is_null() {
        q.waiter = getg();
        core::mem::forget(q);
        gopark(Some(publish_waiter), 0, WaitReason::Sleep);
        return 0;
    }
    pop(&mut q)
}
#[unsafe(export_name = "rt.timerprocArgs")]
unsafe extern "C" fn timerproc_args() -> Pair {
    let q = FIRE.lock();
    Pair(q.seq, q.delta as usize)
}

// ---------------------------------------------------------------- calls by other goroutines

/// The current goroutine is to call the function of `gt`, which has expired and is in no heap: row `timerDue` says so.
///
/// Context: what guards the timer is held.
unsafe fn begin(gt: *mut GoTimer, now: i64) {
    let t = &raw mut (*gt).rt;
    let delta = now - (*t).when;
    (*t).when = next_when(t, delta);
    set_due(gt, delta);
}

unsafe fn set_due(gt: *mut GoTimer, delta: i64) {
    let t = &raw mut (*gt).rt;
    (*t).firing.store((*t).generation.load(Acquire), Release);
    (*t).sending.store(true, Release);
    let gp = getg();
    (*gp).lang.due = gt as usize;
    (*gp).lang.due_delta = delta;
}

#[unsafe(export_name = "rt.timerDue")]
unsafe extern "C" fn timer_due() -> Pair {
    let l = &mut (*getg()).lang;
    Pair(core::mem::take(&mut l.due), l.due_delta as usize)
}

/// Has the timer of this channel expired while nobody waited? Then its function is to be called (row `timerDue`).
///
/// Context: the channel's lock is held.
pub unsafe fn due(gt: *mut GoTimer) -> bool {
    let t = &raw mut (*gt).rt;
    if !(*t).pp.load(Acquire).is_null() || (*t).queued.load(Acquire) || (*t).when == 0 {
        return false;
    }
    let now = if (*t).mode & FAKE != 0 { (*(*getg()).bubble).now } else { super::time::program_time() };
    if (*t).when > now {
        return false;
    }
    begin(gt, now);
    true
}

/// A goroutine waits on the timer's channel now: its expiry must be noticed.
///
/// Context: the channel's lock is held.
pub unsafe fn block(gt: *mut GoTimer) {
    let t = &raw mut (*gt).rt;
    if (*t).pp.load(Acquire).is_null() && (*t).when > 0 {
        to_heap(gt);
    }
}

/// Nobody waits on the timer's channel any more. Its deadline stays.
///
/// Context: the channel's lock is held.
pub unsafe fn unblock(gt: *mut GoTimer) {
    stop(&raw mut (*gt).rt);
}

unsafe fn to_heap(gt: *mut GoTimer) {
    let t = &raw mut (*gt).rt;
    // From now on it is a root, but those of this cycle have been visited.
    barrier::shade(gt as usize);
    if (*t).mode & FAKE != 0 {
        start_fake((*getg()).bubble, t, (*t).when);
    } else {
        start(t, (*t).when);
    }
}

/// The first timer of a bubble's heap, a Go timer, has expired: the current goroutine is to call its function.
///
/// Context: `ts.lock` held.
pub unsafe fn begin_head(ts: *mut Timers, now: i64) {
    let t = head(ts);
    let delta = now - (*t).when;
    advance(ts, delta);
    set_due(go_timer(t), delta);
}

/// May the send on the channel of Go timer `gt` happen, or has the timer been stopped since it expired?
///
/// Context: the channel's lock is held.
pub unsafe fn may_send(gt: *mut GoTimer) -> bool {
    let t = &raw mut (*gt).rt;
    let may = (*t).firing.load(Acquire) == (*t).generation.load(Acquire);
    if may {
        (*t).sending.store(false, Release);
    }
    may
}

// ---------------------------------------------------------------- start, stop, reset

/// What guards a timer that is in no heap.
unsafe fn guard(gt: *mut GoTimer) -> *const RawLock {
    match (*gt).cp as *mut Hchan {
        c if c.is_null() => &raw const (*gt).rt.lock,
        c => &raw const (*c).lock,
    }
}

/// Sets the deadline of a timer that is in no heap. Gives `DUE` if the caller has to call the function at once.
///
/// Context: `guard` held.
unsafe fn arm(gt: *mut GoTimer, when: i64) -> usize {
    let t = &raw mut (*gt).rt;
    (*t).when = when.max(1);
    let c = (*gt).cp as *mut Hchan;
    if !c.is_null() && (*c).recvq.first.is_null() {
        return 0;
    }
    if (*t).mode & FAKE != 0 {
        // A bubble's clock stands still: what expires now must not wait until the bubble is idle.
        let now = (*(*getg()).bubble).now;
        if (*t).when <= now {
            begin(gt, now);
            return DUE;
        }
    }
    to_heap(gt);
    0
}

#[unsafe(export_name = "rt.timerStart")]
unsafe extern "C" fn timer_start(gt: *mut GoTimer) -> usize {
    let fake = !(*getg()).bubble.is_null();
    (&raw mut (*gt).rt).write(Timer::new(Kind::Go, if fake { FAKE } else { 0 }));
    if (*gt).cp != 0 {
        crate::lang::chan::settimer((*gt).cp as *mut Hchan, gt as usize);
    }
    let l = guard(gt);
    (*l).lock();
    let due = arm(gt, (*gt).when);
    (*l).unlock();
    due
}
#[unsafe(export_name = "rt.timerStop")]
unsafe extern "C" fn timer_stop(gt: *mut GoTimer) -> usize {
    if (*gt).rt.mode & FAKE != 0 && (*getg()).bubble.is_null() {
        fatal("stop of synctest timer from outside bubble");
    }
    stop_reset(gt, None)
}
#[unsafe(export_name = "rt.timerReset")]
unsafe extern "C" fn timer_reset(gt: *mut GoTimer, when: i64, period: i64) -> usize {
    if when <= 0 {
        throw("timer when must be positive");
    }
    if (*gt).rt.mode & FAKE != 0 && (*getg()).bubble.is_null() {
        fatal("reset of synctest timer from outside bubble");
    }
    stop_reset(gt, Some((when, period)))
}

unsafe fn stop_reset(gt: *mut GoTimer, restart: Option<(i64, i64)>) -> usize {
    let t = &raw mut (*gt).rt;
    let l = guard(gt);
    (*l).lock();
    // Out of the heap first: its lock guards the deadline too.
    let mut pending = stop(t);
    pending |= (*t).when > 0;
    (*t).when = 0;
    (*t).generation.fetch_add(1, AcqRel);
    pending |= dequeue(t);
    let c = (*gt).cp as *mut Hchan;
    if !c.is_null() {
        // A send that was under way will be refused now, what the channel holds is dropped: the stop came in time.
        pending |= (*t).sending.swap(false, AcqRel);
        pending |= (*c).drain();
    }
    let mut due = 0;
    if let Some((when, period)) = restart {
        (*gt).when = when;
        (*gt).period = period;
        due = arm(gt, when);
    }
    (*l).unlock();
    due | if pending { PENDING } else { 0 }
}

/// Addresses of all Go timers that are in a heap or about to be fired: roots. Context: world stopped.
pub unsafe fn for_each_root(mut f: impl FnMut(usize)) {
    let mut each = |t: *mut Timer| {
        if (*t).kind == Kind::Go {
            f(go_timer(t) as usize)
        }
    };
    for i in 0..MAXPROCS {
        let p = SCHED.allp.get(i);
        if p.is_null() {
            break;
        }
        (*p).timers.for_each(&mut each);
    }
    super::synctest::for_each_heap(|ts| (*ts).for_each(&mut each));
    let q = FIRE.data_ptr();
    let mut t = (*q).head;
    while !t.is_null() {
        each(t);
        t = (*t).qnext;
    }
}
