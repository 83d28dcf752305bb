//! Timers: a four-ary heap per P, ordered by deadline.
//!
//! A [`Timer`] is embedded in what waits: a sleeping G, a poll descriptor (deadlines), or a Go `timeTimer`. While it is in a heap,
//! that heap's lock guards it (`when`, `idx`, `pp`); otherwise the owner's lock does (`Timer::lock`, taken first). Expiry
//! happens in the scheduler (`check_timers`): sleepers are readied and deadlines handled natively; Go timers go to a queue
//! that the runtime's timer goroutine serves, since their functions are Go code.
//!
//! **Channel timers (Go 1.23 semantics).** No stale value is received after Stop or Reset: both bump the timer's generation
//! and then drain the channel, and a send of an older generation is refused under the channel's lock (`may_send`). `len`
//! and `cap` of such a channel are 0 for the program.

use crate::sched::lock::RawLock;
use crate::sched::lockrank::Rank;
use core::ptr::null_mut;
use core::sync::atomic::{AtomicBool, AtomicI64, AtomicPtr, AtomicU32, Ordering::*};

/// What an expiry does.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum Kind {
    Sleep,
    /// Deadline for reads, writes or both of a poll descriptor.
    Deadline,
    Go,
}

/// A timer's own state: 48 bytes, the last field of Go's `timeTimer`.
#[repr(C)]
pub struct Timer {
    pub when: i64,
    /// Heap it is in.
    pub pp: AtomicPtr<Timers>,
    pub idx: u32,
    pub kind: Kind,
    /// Read, write or both for `Deadline`.
    pub mode: u8,
    /// On the queue of expired Go timers.
    pub queued: bool,
    /// Channel timers: the timer goroutine has taken it off that queue and its send has not been decided. Set under the queue's
    /// lock, cleared under the channel's.
    pub sending: AtomicBool,
    pub lock: RawLock,
    /// Generation: bumped by stop and reset.
    pub generation: AtomicU32,
    /// Generation that the timer goroutine is firing.
    pub firing: AtomicU32,
    pub qnext: *mut Timer,
}

const _: () = assert!(size_of::<Timer>() == 48);

impl Timer {
    pub const fn new(kind: Kind, mode: u8) -> Timer {
        Timer {
            when: 0,
            pp: AtomicPtr::new(null_mut()),
            idx: 0,
            kind,
            mode,
            queued: false,
            sending: AtomicBool::new(false),
            lock: RawLock::new(Rank::PollDesc),
            generation: AtomicU32::new(0),
            firing: AtomicU32::new(0),
            qnext: null_mut(),
        }
    }
}

/// A G's timer for sleeping.
pub struct SleepTimer(pub Timer);
impl SleepTimer {
    /// Value to start from.
    #[allow(clippy::declare_interior_mutable_const)]
    pub const NEW: SleepTimer = SleepTimer(Timer::new(Kind::Sleep, 0));
}

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

const _: () = assert!(core::mem::offset_of!(GoTimer, f) == 16 && core::mem::offset_of!(GoTimer, rt) == 80);

/// A P's timers.
pub struct Timers {
    pub lock: RawLock,
    ptr: *mut *mut Timer,
    len: usize,
    cap: usize,
    /// Deadline of the first, 0 if there is none; written under the lock, read by anyone.
    first: AtomicI64,
}

impl Timers {
    /// Value to start from.
    #[allow(clippy::declare_interior_mutable_const)]
    pub const NEW: Timers =
        Timers { lock: RawLock::new(Rank::Timers), ptr: null_mut(), len: 0, cap: 0, first: AtomicI64::new(0) };

    /// Deadline of the earliest timer, 0 if there is none.
    pub fn first(&self) -> i64 {
        self.first.load(SeqCst)
    }

    unsafe fn at(&self, i: usize) -> *mut Timer {
        *self.ptr.add(i)
    }

    unsafe fn set(&mut self, i: usize, t: *mut Timer) {
        *self.ptr.add(i) = t;
        (*t).idx = i as u32;
    }

    unsafe fn siftup(&mut self, mut i: usize, t: *mut Timer) {
        while i > 0 {
            let parent = (i - 1) / 4;
            if (*self.at(parent)).when <= (*t).when {
                break;
            }
            self.set(i, self.at(parent));
            i = parent;
        }
        self.set(i, t);
    }

    unsafe fn siftdown(&mut self, mut i: usize, t: *mut Timer) {
        loop {
            let lo = i * 4 + 1;
            if lo >= self.len {
                break;
            }
            let mut c = lo;
            for k in lo + 1..(lo + 4).min(self.len) {
                if (*self.at(k)).when < (*self.at(c)).when {
                    c = k;
                }
            }
            if (*self.at(c)).when >= (*t).when {
                break;
            }
            self.set(i, self.at(c));
            i = c;
        }
        self.set(i, t);
    }

    unsafe fn publish(&mut self) {
        let w = if self.len == 0 { 0 } else { (*self.at(0)).when };
        self.first.store(w, SeqCst);
    }

    /// Context: `lock` held. `t` is in no heap.
    unsafe fn add(&mut self, t: *mut Timer) {
        if self.len == self.cap {
            self.grow();
        }
        self.len += 1;
        self.siftup(self.len - 1, t);
        (*t).pp.store(self, Release);
        self.publish();
    }

    /// Context: `lock` held. `t` is in this heap.
    unsafe fn remove(&mut self, t: *mut Timer) {
        let i = (*t).idx as usize;
        self.len -= 1;
        let last = self.at(self.len);
        if last != t {
            if (*last).when < (*t).when {
                self.siftup(i, last);
            } else {
                self.siftdown(i, last);
            }
        }
        (*t).pp.store(null_mut(), Release);
        self.publish();
    }

    #[cfg(not(test))]
    unsafe fn grow(&mut self) {
        let cap = if self.cap == 0 { 64 } else { self.cap * 2 };
        let n = (cap * 8).next_multiple_of(4096);
        let p = crate::sys::linux::mmap(n) as *mut *mut Timer;
        if p.is_null() {
            crate::diag::throw::throw("out of memory (timers)");
        }
        if self.len > 0 {
            core::ptr::copy_nonoverlapping(self.ptr, p, self.len);
            crate::sys::linux::munmap(self.ptr as *mut u8, (self.cap * 8).next_multiple_of(4096));
        }
        self.ptr = p;
        self.cap = n / 8;
    }

    #[cfg(test)]
    unsafe fn grow(&mut self) {
        let cap = if self.cap == 0 { 4 } else { self.cap * 2 };
        let mut v: Vec<*mut Timer> = vec![null_mut(); cap];
        if self.len > 0 {
            core::ptr::copy_nonoverlapping(self.ptr, v.as_mut_ptr(), self.len);
        }
        self.ptr = v.leak().as_mut_ptr();
        self.cap = cap;
    }

    /// Calls `f` with every timer's address. Context: world stopped.
    pub unsafe fn for_each(&self, mut f: impl FnMut(*mut Timer)) {
        for i in 0..self.len {
            f(self.at(i));
        }
    }
}

#[cfg(not(test))]
pub use native::*;

#[cfg(not(test))]
mod native {
    use super::*;
    use crate::diag::throw::throw;
    use crate::io::netpoll;
    use crate::lang::chan;
    use crate::sched::lock::Mutex;
    use crate::sched::proc::*;
    use crate::sched::runtime2::*;
    use crate::sys::linux::nanotime;
    use crate::sys::rows::Pair;
    use core::mem::offset_of;

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

    /// Puts the timer into the heap of this P and makes sure that somebody wakes up for it.
    ///
    /// Context: P held; `t` is in no heap, its owner's lock is held (or nobody else knows it yet).
    pub unsafe fn start(t: *mut Timer, when: i64) {
        let m = acquirem();
        netpoll::init();
        (*t).when = when.max(1);
        let ts = &mut (*(*m).p).timers;
        ts.lock.lock();
        ts.add(t);
        ts.lock.unlock();
        releasem(m);
        netpoll::wake_netpoller(when);
    }

    /// Takes the timer out of its heap; says whether it was in one.
    ///
    /// Context: the owner's lock is held.
    pub unsafe fn stop(t: *mut Timer) -> bool {
        loop {
            let ts = (*t).pp.load(Acquire);
            if ts.is_null() {
                return false;
            }
            (*ts).lock.lock();
            if (*t).pp.load(Acquire) == ts {
                (*ts).remove(t);
                (*ts).lock.unlock();
                return true;
            }
            (*ts).lock.unlock();
        }
    }

    /// Runs what has expired on `p`. Gives the time (0 if it was not needed) and the next deadline (0 if none).
    ///
    /// Context: scheduler with a P (not necessarily `p`).
    pub unsafe fn check_timers(p: *mut P, mut now: i64) -> (i64, i64) {
        let ts = &raw mut (*p).timers;
        let first = (*ts).first();
        if first == 0 {
            return (now, 0);
        }
        if now == 0 {
            now = nanotime();
        }
        if first > now {
            return (now, first);
        }
        loop {
            (*ts).lock.lock();
            if (*ts).len == 0 || (*(*ts).at(0)).when > now {
                let next = (*ts).first();
                (*ts).lock.unlock();
                return (now, next);
            }
            let t = (*ts).at(0);
            match (*t).kind {
                Kind::Sleep => {
                    (*ts).remove(t);
                    let gp = (t as usize - offset_of!(G, sleep_timer)) as *mut G;
                    (*ts).lock.unlock();
                    goready(gp);
                }
                Kind::Deadline => {
                    let g = (*t).generation.load(Acquire);
                    (*ts).remove(t);
                    (*ts).lock.unlock();
                    netpoll::deadline_expired(t, g);
                }
                Kind::Go => {
                    let gt = go_timer(t);
                    let delta = now - (*t).when;
                    // Queued first, then taken out of the heap: who stops the timer and finds it in no heap must find it on
                    // the queue, or past it.
                    enqueue(t, (*t).generation.load(Acquire), delta);
                    if (*gt).period > 0 {
                        // Skip the ticks that were missed; keep the phase.
                        let period = (*gt).period;
                        (*t).when += period * (1 + delta / period);
                        if (*t).when < 0 {
                            (*t).when = i64::MAX;
                        }
                        (*ts).siftdown(0, t);
                        (*ts).publish();
                    } else {
                        (*ts).remove(t);
                    }
                    (*ts).lock.unlock();
                    wake_timerproc();
                }
            }
        }
    }

    unsafe fn enqueue(t: *mut Timer, generation: u32, delta: i64) {
        let mut q = FIRE.lock();
        if (*t).queued {
            return; // the goroutine is behind: ticks coalesce
        }
        (*t).queued = true;
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

    unsafe fn wake_timerproc() {
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
        (*t).queued = false;
        (*t).sending.store(true, Release);
        let gt = go_timer(t);
        q.seq = (*gt).seq;
        q.delta = (*gt).delta;
        gt as usize
    }

    /// Takes `t` off the queue of expired timers; says whether it was there.
    unsafe fn dequeue(t: *mut Timer) -> bool {
        let mut q = FIRE.lock();
        if !(*t).queued {
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
        (*t).queued = false;
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

    /// May the timer goroutine's send on the channel of Go timer `gt` happen, or has the timer been stopped since?
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

    /// The timer has been stopped: was a send under way that will be refused now? Then the stop came in time: nothing
    /// was received, nothing will be.
    ///
    /// Context: the channel's lock is held; the generation has been bumped.
    pub unsafe fn cancel_send(gt: *mut GoTimer) -> bool {
        (*gt).rt.sending.swap(false, AcqRel)
    }

    #[unsafe(export_name = "rt.timerStart")]
    unsafe extern "C" fn timer_start(gt: *mut GoTimer) {
        let t = &raw mut (*gt).rt;
        t.write(Timer::new(Kind::Go, 0));
        if (*gt).cp != 0 {
            chan::settimer((*gt).cp as *mut chan::Hchan, gt as usize);
        }
        crate::gc::barrier::shade(gt as usize);
        if (*gt).cp != 0 {
            crate::lang::chan::settimer((*gt).cp as *mut _, gt as usize);
        }
        (*t).lock.lock();
        start(t, (*gt).when);
        (*t).lock.unlock();
    }
    #[unsafe(export_name = "rt.timerStop")]
    unsafe extern "C" fn timer_stop(gt: *mut GoTimer) -> usize {
        stop_reset(gt, None) as usize
    }
    #[unsafe(export_name = "rt.timerReset")]
    unsafe extern "C" fn timer_reset(gt: *mut GoTimer, when: i64, period: i64) -> usize {
        if when <= 0 {
            throw("timer when must be positive");
        }
        stop_reset(gt, Some((when, period))) as usize
    }

    unsafe fn stop_reset(gt: *mut GoTimer, restart: Option<(i64, i64)>) -> bool {
        let t = &raw mut (*gt).rt;
        (*t).lock.lock();
        let mut pending = stop(t);
        (*t).generation.fetch_add(1, AcqRel);
        if dequeue(t) {
            pending = true;
        }
        // A timer that was still to expire has nothing in its channel unless it had expired before.
        let c = (*gt).cp as *mut chan::Hchan;
        if !c.is_null() && (!pending || (*c).qcount.load(Acquire) != 0) && chan::timerchandrain(c) {
            pending = true;
        }
        if let Some((when, period)) = restart {
            crate::gc::barrier::shade(gt as usize);
            (*gt).when = when;
            (*gt).period = period;
            start(t, when);
        }
        (*t).lock.unlock();
        pending
    }

    unsafe fn sleep_start(gp: *mut G, _: usize) -> bool {
        let t = &raw mut (*gp).sleep_timer.0;
        let when = (*t).when;
        start(t, when);
        true
    }

    #[unsafe(export_name = "rt.timeSleepNs")]
    unsafe extern "C" fn time_sleep(ns: i64) {
        if ns <= 0 {
            return;
        }
        let gp = getg();
        let when = nanotime().checked_add(ns).unwrap_or(i64::MAX);
        (*gp).sleep_timer.0.when = when;
        // The timer starts once the G has parked, so that it cannot fire before.
        gopark(Some(sleep_start), 0, WaitReason::Sleep);
    }

    /// The earliest deadline of all Ps, 0 if none.
    pub fn first_deadline() -> i64 {
        let mut w = 0;
        for p in allp() {
            if p.is_null() {
                continue;
            }
            // SAFETY: Ps are never freed.
            let f = unsafe { (*p).timers.first() };
            if f != 0 && (w == 0 || f < w) {
                w = f;
            }
        }
        w
    }

    /// Moves all timers of `from` to `to`. Context: world stopped.
    pub unsafe fn move_timers(to: *mut P, from: *mut P) {
        let (a, b) = (&raw mut (*to).timers, &raw mut (*from).timers);
        while (*b).len > 0 {
            let t = (*b).at(0);
            (*b).remove(t);
            (*a).add(t);
        }
    }

    /// Addresses of all Go timers that are pending: roots. Context: world stopped.
    pub unsafe fn for_each_root(mut f: impl FnMut(usize)) {
        for i in 0..MAXPROCS {
            let p = SCHED.allp.get(i);
            if p.is_null() {
                break;
            }
            (*p).timers.for_each(|t| {
                if (*t).kind == Kind::Go {
                    f(go_timer(t) as usize)
                }
            });
        }
        let q = FIRE.data_ptr();
        let mut t = (*q).head;
        while !t.is_null() {
            f(go_timer(t) as usize);
            t = (*t).qnext;
        }
    }

    #[unsafe(export_name = "rt.nanotime")]
    extern "C" fn rt_nanotime() -> i64 {
        nanotime()
    }
    #[unsafe(export_name = "rt.walltime")]
    extern "C" fn rt_walltime() -> Pair {
        let (s, n) = crate::sys::linux::walltime();
        Pair(s as usize, n as usize)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heap_gives_deadlines_in_order_and_removes_anywhere() {
        let mut ts = Timers::NEW;
        let mut all: Vec<Box<Timer>> = (0..200u64)
            .map(|i| {
                let mut t = Box::new(Timer::new(Kind::Sleep, 0));
                t.when = ((i * 7919) % 211 + 1) as i64;
                t
            })
            .collect();
        // SAFETY: the timers live to the end of the test and only this thread touches them.
        unsafe {
            for t in &mut all {
                ts.add(&mut **t);
            }
            for t in all.iter_mut().step_by(3) {
                ts.remove(&mut **t);
                assert!(t.pp.load(Relaxed).is_null());
            }
            let mut last = 0;
            while ts.len > 0 {
                let t = ts.at(0);
                assert_eq!(ts.first(), (*t).when);
                assert!((*t).when >= last);
                last = (*t).when;
                ts.remove(t);
            }
            assert_eq!(ts.first(), 0);
        }
    }
}
