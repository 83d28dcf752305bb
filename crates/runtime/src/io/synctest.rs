//! Bubbles of testing/synctest: groups of goroutines with a clock of their own, which moves only when all of them wait for
//! each other ("durably blocked").
//!
//! A bubble counts its goroutines and those of them that are not durably blocked (`status_changed`, called for each change of
//! status). When that count and `active` (other reasons to regard it as busy) become 0, one goroutine is woken: the root, which
//! is the caller of `synctest.Run`, if a timer has expired; else the one that waits in `synctest.Wait`; else the root, which
//! moves the clock to the next timer, or ends the bubble (`goroot/src/runtime/synctest.go` is its loop).
//!
//! The record is a Go object without pointers for the collector: it is reachable from the Gs that are in it and from
//! whoever acquired it. Gs are never freed, timers of its heap are roots (`for_each_heap`). Channels remember their bubble by its
//! number.

use super::gotimer;
use super::time::{Kind, Timers, head, remove_head};
use crate::diag::throw::{fatal, throw};
use crate::sched::lock::{Mutex, RawLock};
use crate::sched::lockrank::Rank;
use crate::sched::proc::*;
use crate::sched::runtime2::{status::*, *};
use core::mem::offset_of;
use core::ptr::null_mut;

/// Go's `synctestBubble`.
#[repr(C)]
pub struct Bubble {
    // --- written by the root while all others are blocked
    /// Its clock.
    pub now: i64,
    /// Number, from 1.
    pub id: u64,
    // --- `mu`; Go reads `done` and `total` when nothing runs
    /// The goroutine that `Run` started has ended.
    done: usize,
    /// Goroutines in it, the root included.
    total: i64,
    /// Those that are not durably blocked.
    running: i64,
    /// Other reasons not to regard it as idle.
    active: i64,
    /// Somebody is in `Wait`.
    waiting: bool,
    /// Who, once it has parked.
    waiter: *mut G,
    main: *mut G,
    root: *mut G,
    mu: RawLock,
    // --- its own lock
    pub timers: Timers,
    // --- BUBBLES' lock
    next: *mut Bubble,
}

/// Words of Go's struct.
const WORDS: usize = 24;
const _: () = assert!(size_of::<Bubble>() <= WORDS * 8);
const _: () = assert!(offset_of!(Bubble, done) == 16 && offset_of!(Bubble, total) == 24);

struct Bubbles {
    first: *mut Bubble,
    last_id: u64,
}
/// Those that have timers which the collector must know.
static BUBBLES: Mutex<Bubbles> = Mutex::new(Rank::Leaf, Bubbles { first: null_mut(), last_id: 0 });

/// Number of the current goroutine's bubble, 0 if it is in none.
///
/// Context: system stack, on behalf of a goroutine.
pub unsafe fn current_id() -> u64 {
    let b = (*getg()).bubble;
    if b.is_null() { 0 } else { (*b).id }
}

/// The status of `gp`, which is in a bubble, has changed.
///
/// Context: a P is held unless the change cannot make the bubble idle.
#[cold]
pub unsafe fn status_changed(gp: *mut G, old: u32, new: u32) {
    let idle = (*gp).waitreason.is_idle_in_synctest();
    let runs = |s: u32| match s {
        GDEAD => false,
        GWAITING => !idle,
        _ => true,
    };
    let (was, is) = (runs(old), runs(new));
    let total = (old == GDEAD) as i64 - (new == GDEAD) as i64;
    if was == is && total == 0 {
        return;
    }
    let b = (*gp).bubble;
    (*b).mu.lock();
    (*b).total += total;
    (*b).running += is as i64 - was as i64;
    if old == GDEAD && (*b).main.is_null() {
        // The first that the root starts.
        (*b).main = gp;
    } else if new == GDEAD && gp == (*b).main && (*b).done == 0 {
        (*b).done = 1;
    }
    if (*b).total < 0 || (*b).running < 0 {
        fatal("synctest: negative number of goroutines in bubble");
    }
    let wake = next_to_wake(b);
    (*b).mu.unlock();
    if !wake.is_null() {
        goready(wake);
    }
}

/// The bubble (if any) is not idle until `dec_active`.
pub unsafe fn inc_active(b: *mut Bubble) {
    if !b.is_null() {
        (*b).mu.lock();
        (*b).active += 1;
        (*b).mu.unlock();
    }
}

/// Context: P held, no lock.
pub unsafe fn dec_active(b: *mut Bubble) {
    if b.is_null() {
        return;
    }
    (*b).mu.lock();
    (*b).active -= 1;
    if (*b).active < 0 {
        throw("synctest: negative activity of bubble");
    }
    let wake = next_to_wake(b);
    (*b).mu.unlock();
    if !wake.is_null() {
        goready(wake);
    }
}

/// Who goes on if the bubble has just become idle, else null. The one that is woken gives `active` back.
///
/// Context: `mu` held.
unsafe fn next_to_wake(b: *mut Bubble) -> *mut G {
    if (*b).running > 0 || (*b).active > 0 {
        return null_mut();
    }
    (*b).active += 1;
    let next = (*b).timers.first();
    if (next == 0 || next > (*b).now) && !(*b).waiter.is_null() {
        return (*b).waiter;
    }
    (*b).root
}

/// Calls `f` for the heap of each bubble. Context: world stopped.
pub unsafe fn for_each_heap(mut f: impl FnMut(*mut Timers)) {
    let mut b = (*BUBBLES.data_ptr()).first;
    while !b.is_null() {
        f(&raw mut (*b).timers);
        b = (*b).next;
    }
}

// ---------------------------------------------------------------- rows

#[unsafe(export_name = "rt.synctestEnter")]
unsafe extern "C" fn enter(b: *mut Bubble, now: i64) {
    let gp = getg();
    let mut l = BUBBLES.lock();
    l.last_id += 1;
    b.write(Bubble {
        now,
        id: l.last_id,
        done: 0,
        total: 1,
        running: 1,
        active: 1,
        waiting: false,
        waiter: null_mut(),
        main: null_mut(),
        root: gp,
        mu: RawLock::new(Rank::Leaf),
        timers: Timers::NEW,
        next: l.first,
    });
    l.first = b;
    drop(l);
    crate::gc::barrier::shade(b as usize);
    (*gp).bubble = b;
}

#[unsafe(export_name = "rt.synctestLeave")]
unsafe extern "C" fn leave(b: *mut Bubble) {
    (*getg()).bubble = null_mut();
    // Goroutines that are left for ever may still have timers: then the heap and its roots stay.
    if (*b).total > 1 {
        return;
    }
    let mut l = BUBBLES.lock();
    let mut link = &raw mut l.first;
    while *link != b {
        link = &raw mut (**link).next;
    }
    *link = (*b).next;
    drop(l);
    (*b).timers.free();
}

/// The function of an expired timer is to be called (1), or there is none left (0). Sleepers are woken here.
#[unsafe(export_name = "rt.synctestTimer")]
unsafe extern "C" fn next_timer(b: *mut Bubble) -> usize {
    let ts = &raw mut (*b).timers;
    loop {
        (*ts).lock.lock();
        let first = (*ts).first();
        if first == 0 || first > (*b).now {
            (*ts).lock.unlock();
            return 0;
        }
        let t = head(ts);
        if (*t).kind == Kind::Go {
            gotimer::begin_head(ts, (*b).now);
            (*ts).lock.unlock();
            return 1;
        }
        remove_head(ts);
        (*ts).lock.unlock();
        goready((t as usize - offset_of!(G, sleep_timer)) as *mut G);
    }
}

unsafe fn root_parked(gp: *mut G, b: usize) -> bool {
    // Gives its own activity back; `gopark`'s keeps the bubble busy until the park is complete.
    let b = b as *mut Bubble;
    let _ = gp;
    (*b).mu.lock();
    (*b).active -= 1;
    (*b).mu.unlock();
    true
}
#[unsafe(export_name = "rt.synctestIdle")]
unsafe extern "C" fn idle(b: *mut Bubble) {
    gopark(Some(root_parked), b as usize, WaitReason::SynctestRun);
}

/// The bubble is idle: moves the clock to the next timer (1); 0 if there is none or the bubble's main goroutine has ended.
#[unsafe(export_name = "rt.synctestAdvance")]
unsafe extern "C" fn advance_clock(b: *mut Bubble) -> usize {
    (*b).mu.lock();
    let next = (*b).timers.first();
    let go_on = next != 0 && (*b).done == 0;
    if go_on {
        if next < (*b).now {
            throw("time went backwards");
        }
        (*b).now = next;
    }
    (*b).mu.unlock();
    go_on as usize
}

unsafe fn wait_parked(gp: *mut G, b: usize) -> bool {
    let b = b as *mut Bubble;
    (*b).mu.lock();
    (*b).waiter = gp;
    (*b).mu.unlock();
    true
}
/// 1: somebody waits already.
#[unsafe(export_name = "rt.synctestWait0")]
unsafe extern "C" fn wait0() -> usize {
    let b = (*getg()).bubble;
    (*b).mu.lock();
    let busy = core::mem::replace(&mut (*b).waiting, true);
    (*b).mu.unlock();
    if busy {
        return 1;
    }
    (*getg()).park_result = 0;
    gopark(Some(wait_parked), b as usize, WaitReason::SynctestWait);
    0
}
#[unsafe(export_name = "rt.synctestWait1")]
unsafe extern "C" fn wait1() {
    let b = (*getg()).bubble;
    (*b).mu.lock();
    (*b).active -= 1;
    (*b).waiter = null_mut();
    (*b).waiting = false;
    (*b).mu.unlock();
}

#[unsafe(export_name = "rt.synctestAcquire")]
unsafe extern "C" fn acquire(b: *mut Bubble) {
    inc_active(b)
}
#[unsafe(export_name = "rt.synctestRelease")]
unsafe extern "C" fn release(b: *mut Bubble) {
    dec_active(b)
}

/// Is the object at `p` of this bubble (1), of another (2), of none (0)? With `add` one of none becomes of this.
#[unsafe(export_name = "rt.synctestAssociate")]
unsafe extern "C" fn associate(p: usize, add: usize) -> usize {
    crate::heap::specials::bubble_of(p, current_id(), add & 0xff != 0)
}
#[unsafe(export_name = "rt.synctestDisassociate")]
unsafe extern "C" fn disassociate(p: usize) {
    crate::heap::specials::remove_bubble(p)
}
