//! Timers: a four-ary heap per P, ordered by deadline.
//!
//! A [`Timer`] is embedded in what waits: a sleeping G, a poll descriptor (deadlines), or a Go `timeTimer`. While it is in a heap,
//! that heap's lock guards it (`when`, `idx`, `pp`); otherwise the owner's lock does (`Timer::lock`, for timers of channels the
//! channel's; taken first). Expiry happens in the scheduler (`check_timers`): sleepers are readied and deadlines handled
//! natively; what Go timers do is in `gotimer.rs`. A bubble of testing/synctest has a heap and a clock of its own.

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
    /// Deadline. Go timers: 0 if it is stopped or has expired for good.
    pub when: i64,
    /// Heap it is in.
    pub pp: AtomicPtr<Timers>,
    pub idx: u32,
    pub kind: Kind,
    /// Read, write or both for `Deadline`; `gotimer::FAKE` or 0 for `Go`.
    pub mode: u8,
    /// On the queue of expired Go timers.
    pub queued: AtomicBool,
    /// Channel timers: some goroutine is about to call its function, which has not decided yet whether to send. Set under the
    /// queue's lock or the channel's, cleared under the channel's.
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
            queued: AtomicBool::new(false),
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

/// A P's timers.
pub struct Timers {
    pub lock: RawLock,
    ptr: *mut *mut Timer,
    len: usize,
    cap: usize,
    /// Deadline of the first, 0 if there is none; written under the lock, read by anyone.
    first: AtomicI64,
    /// Not 0 in bubbles: decides the order of timers with the same deadline.
    seed: u64,
}

impl Timers {
    /// Value to start from.
    #[allow(clippy::declare_interior_mutable_const)]
    pub const NEW: Timers =
        Timers { lock: RawLock::new(Rank::Timers), ptr: null_mut(), len: 0, cap: 0, first: AtomicI64::new(0), seed: 0 };

    /// Number of timers, about.
    pub fn count(&self) -> usize {
        // SAFETY: a racy look at a word.
        unsafe { core::ptr::read_volatile(&raw const self.len) }
    }

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

    /// Does `a` expire before `b`?
    unsafe fn before(&self, a: *mut Timer, b: *mut Timer) -> bool {
        let (x, y) = ((*a).when, (*b).when);
        if x != y || self.seed == 0 {
            return x < y;
        }
        let key = |t: *mut Timer| (t as u64 ^ self.seed).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(29);
        key(a) < key(b)
    }

    unsafe fn siftup(&mut self, mut i: usize, t: *mut Timer) {
        while i > 0 {
            let parent = (i - 1) / 4;
            if !self.before(t, self.at(parent)) {
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
                if self.before(self.at(k), self.at(c)) {
                    c = k;
                }
            }
            if !self.before(self.at(c), t) {
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
            if self.before(last, t) {
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

    /// Gives the memory of an empty heap back.
    #[cfg(not(test))]
    pub unsafe fn free(&mut self) {
        if self.len == 0 && self.cap != 0 {
            crate::sys::linux::munmap(self.ptr as *mut u8, (self.cap * 8).next_multiple_of(4096));
            self.ptr = null_mut();
            self.cap = 0;
        }
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
    use crate::io::synctest::Bubble;
    use crate::io::{gotimer, netpoll};
    use crate::sched::proc::*;
    use crate::sched::runtime2::*;
    use crate::sched::seeded;
    use crate::sys::linux::nanotime;
    use crate::sys::rows::Pair;
    use core::mem::offset_of;

    /// The clock that the program's timers and deadlines go by.
    pub fn program_time() -> i64 {
        if seeded::on() { seeded::now() } else { nanotime() }
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
            now = program_time();
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
                    let delta = now - (*t).when;
                    // Queued first, then taken out of the heap: who stops the timer and finds it in no heap must find it on
                    // the queue, or past it.
                    gotimer::enqueue(t, (*t).generation.load(Acquire), delta);
                    advance(ts, delta);
                    (*ts).lock.unlock();
                    gotimer::wake_timerproc();
                }
            }
        }
    }

    /// The first timer, a Go timer, has expired `delta` ago: sets its next deadline, or takes it out of the heap.
    ///
    /// Context: `ts.lock` held.
    pub unsafe fn advance(ts: *mut Timers, delta: i64) {
        let t = (*ts).at(0);
        let when = gotimer::next_when(t, delta);
        (*t).when = when;
        if when > 0 {
            (*ts).siftdown(0, t);
            (*ts).publish();
        } else {
            (*ts).remove(t);
        }
    }

    /// The first timer of a heap.
    ///
    /// Context: `ts.lock` held; the heap is not empty.
    pub unsafe fn head(ts: *mut Timers) -> *mut Timer {
        (*ts).at(0)
    }

    /// Takes the first timer out of its heap.
    ///
    /// Context: `ts.lock` held; the heap is not empty.
    pub unsafe fn remove_head(ts: *mut Timers) {
        let t = (*ts).at(0);
        (*ts).remove(t);
    }

    /// The same for a timer of a bubble, whose clock stands still until the bubble is idle: nobody has to be woken.
    ///
    /// Context: as `start`; `b` is the bubble of the goroutine that starts it.
    pub unsafe fn start_fake(b: *mut Bubble, t: *mut Timer, when: i64) {
        (*t).when = when.max(1);
        let ts = &raw mut (*b).timers;
        (*ts).lock.lock();
        if (*ts).len == 0 {
            // Timers for the same moment expire in an order that no test should rely on.
            (*ts).seed = crate::sys::rand::cheaprand() | 1;
        }
        (*ts).add(t);
        (*ts).lock.unlock();
    }

    unsafe fn sleep_start(gp: *mut G, _: usize) -> bool {
        let t = &raw mut (*gp).sleep_timer.0;
        let when = (*t).when;
        if (*gp).bubble.is_null() {
            start(t, when);
        } else {
            start_fake((*gp).bubble, t, when);
        }
        true
    }

    #[unsafe(export_name = "rt.timeSleepNs")]
    unsafe extern "C" fn time_sleep(ns: i64) {
        if ns <= 0 {
            return;
        }
        let gp = getg();
        let now = if (*gp).bubble.is_null() { program_time() } else { (*(*gp).bubble).now };
        let when = now.checked_add(ns).unwrap_or(i64::MAX);
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

    #[unsafe(export_name = "rt.nanotime")]
    unsafe extern "C" fn rt_nanotime() -> i64 {
        if seeded::on() {
            return seeded::look();
        }
        nanotime()
    }
    #[unsafe(export_name = "rt.walltime")]
    unsafe extern "C" fn rt_walltime() -> Pair {
        let (s, n) = if seeded::on() { seeded::wall(seeded::look()) } else { crate::sys::linux::walltime() };
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
