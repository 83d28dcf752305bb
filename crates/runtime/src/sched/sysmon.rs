//! The monitor thread: has no P, so it runs whatever the others do.
//!
//! Every 20 µs (up to 10 ms when nothing happens) it polls the network if nobody has for long, takes Ps away from long
//! system calls, asks goroutines that run for more than 10 ms to yield, and forces a collection every two minutes.
//!
//! While every P runs a goroutine it is also the one who sees that a timer is due, that data have come or that nobody marks: a
//! goroutine that stands in the way is then asked to yield before its 10 ms are over.

use super::nap::Nap;
use super::preempt::{preemptall, preemptone};
use super::proc::*;
use super::runtime2::{status::*, *};
use super::syscall::retake_syscall;
use crate::gc::worker;
use crate::io::{netpoll, time};
use crate::sys::linux;
use core::sync::atomic::{AtomicBool, Ordering::*};

/// A goroutine may run so long while others wait.
const FORCE_PREEMPT_NS: i64 = 10_000_000;
/// The network is looked at so often if nobody else does.
const POLL_NS: i64 = 10_000_000;
/// A timer may be overdue so long while its P runs a goroutine: as long as the goroutine has run without a look at the timers.
/// Short beside what a sleeper notices, long beside what a preemption costs (5 µs).
const OVERDUE_NS: i64 = 250_000;
/// Marking may wait so long for a P whose share of the time it is, and so may what came from the network.
const WAIT_NS: i64 = 1_000_000;
/// Microseconds between two looks, at least and at most.
const DELAY_MIN: u32 = 20;
const DELAY_MAX: u32 = 10_000;

/// The pause after `idle` rounds in which nothing was to be done, the last of them `delay` long: a millisecond of attention, then
/// less and less.
const fn next_delay(idle: u32, delay: u32) -> u32 {
    let d = if idle == 0 {
        DELAY_MIN
    } else if idle > 50 {
        2 * delay
    } else {
        delay
    };
    if d < DELAY_MAX { d } else { DELAY_MAX }
}

// From 20 µs to 10 ms, and back at once.
const _: () = {
    let (mut idle, mut delay) = (0, 0);
    while idle < 70 {
        delay = next_delay(idle, delay);
        assert!(delay >= 20 && delay <= 10_000 && (idle > 50 || delay == 20));
        idle += 1;
    }
    assert!(delay == 10_000 && next_delay(0, delay) == 20 && FORCE_PREEMPT_NS == 10_000_000);
};

/// Mirrors `sysmonwait` for readers without the lock.
static WAITING: AtomicBool = AtomicBool::new(false);

/// The pause between two looks.
static NAP: Nap = Nap::new();

/// A timer was added that expires at `when`.
///
/// Context: any thread; the timer is in a heap, its deadline published.
#[inline]
pub fn timer_added(when: i64) {
    if all_busy() {
        NAP.look_by(when.saturating_add(OVERDUE_NS));
    }
}

/// Marking has begun at `now`.
pub fn marking_began(now: i64) {
    NAP.look_by(now + WAIT_NS);
}

fn all_busy() -> bool {
    SCHED.npidle.load(SeqCst) == 0
}

/// When the monitor has to look if it would sleep from `now` to `until` otherwise.
fn next_look(now: i64, mut until: i64) -> i64 {
    if super::seeded::on() || !all_busy() {
        return until;
    }
    let first = time::first_deadline();
    if first != 0 {
        until = until.min(first.max(now).saturating_add(OVERDUE_NS));
    }
    if crate::gc::marking() || netpoll::any_waiters() {
        until = until.min(now + WAIT_NS);
    }
    until
}

/// Goroutines have become runnable while every P runs one: asks the one to yield that has run longest, if that is long.
unsafe fn make_way_for_network(now: i64) {
    let mut longest = (now - WAIT_NS, core::ptr::null_mut());
    for p in allp() {
        if !p.is_null() && (*p).status.load(Relaxed) == PRUNNING {
            let tick = &(*p).sysmontick;
            if tick.schedtick == (*p).schedtick.load(Relaxed) && tick.schedwhen <= longest.0 {
                longest = (tick.schedwhen, p);
            }
        }
    }
    if !longest.1.is_null() {
        preemptone(longest.1);
    }
}

/// Asks goroutines to yield whose P should look at its timers or mark.
unsafe fn make_way(now: i64) {
    if !all_busy() {
        return;
    }
    let unmarked = worker::wanted(now, WAIT_NS);
    let mut marker: *mut P = core::ptr::null_mut();
    for p in allp() {
        if p.is_null() || (*p).status.load(Relaxed) != PRUNNING {
            continue;
        }
        let first = (*p).timers.first();
        if first != 0 && first + OVERDUE_NS <= now {
            preemptone(p);
        } else if unmarked && marker.is_null() && worker::may_mark(p, now) {
            marker = p;
        }
    }
    if !marker.is_null() {
        preemptone(marker);
    }
}

/// Wakes the monitor if it sleeps because everything was idle.
pub unsafe fn wake_if_waiting() {
    if WAITING.load(SeqCst) {
        lock();
        wake_locked();
        unlock();
    }
}

/// The same with `sched.lock` held.
pub unsafe fn wake_locked() {
    let l = SCHED.locked();
    if l.sysmonwait {
        l.sysmonwait = false;
        WAITING.store(false, SeqCst);
        SCHED.sysmonnote.wakeup();
    }
}

/// The monitor's thread. Never ends.
pub unsafe fn sysmon() {
    lock();
    SCHED.locked().nmsys += 1;
    checkdead();
    unlock();
    let mut idle = 0;
    let mut delay = 0u32;
    let mut last_trace = 0;
    loop {
        delay = next_delay(idle, delay);
        let before = linux::nanotime();
        NAP.sleep(before, before + delay as i64 * 1000, |until| next_look(before, until));
        if SCHED.panicking.load(Relaxed) != 0 && SCHED.freezing.load(Relaxed) != 0 {
            continue;
        }
        let mut now = linux::nanotime();
        let all_idle =
            || SCHED.gcwaiting.load(SeqCst) != 0 || SCHED.npidle.load(SeqCst) == SCHED.gomaxprocs.load(Relaxed);
        if crate::diag::debug::schedtrace() <= 0 && all_idle() {
            lock();
            if all_idle() {
                let next = time::first_deadline();
                if next == 0 || next > now {
                    SCHED.sysmonnote.clear();
                    SCHED.locked().sysmonwait = true;
                    WAITING.store(true, SeqCst);
                    unlock();
                    // Half of the forced collection's period at most.
                    let mut sleep = 60_000_000_000;
                    if next != 0 && next - now < sleep {
                        sleep = next - now;
                    }
                    SCHED.sysmonnote.tsleep(sleep);
                    lock();
                    SCHED.locked().sysmonwait = false;
                    WAITING.store(false, SeqCst);
                    idle = 0;
                    delay = DELAY_MIN;
                }
            }
            unlock();
            now = linux::nanotime();
        }
        if super::seeded::on() {
            // Its goroutines have their own clock, network poll and collections.
            idle = if retake(now) { 0 } else { idle + 1 };
            continue;
        }
        let last = SCHED.lastpoll.load(SeqCst);
        let busy = all_busy() && netpoll::any_waiters();
        if netpoll::inited() && last != 0 && last + if busy { WAIT_NS } else { POLL_NS } <= now {
            let _ = SCHED.lastpoll.compare_exchange(last, now, SeqCst, SeqCst);
            let mut list = netpoll::poll(0);
            if !list.is_empty() {
                injectglist(&mut list);
                if busy {
                    make_way_for_network(now);
                }
            }
        }
        // A timer that is overdue although somebody is responsible for it: get one more M.
        let next = time::first_deadline();
        if next != 0 && next < now {
            startm(core::ptr::null_mut(), false);
        }
        make_way(now);
        if retake(now) {
            idle = 0;
        } else {
            idle += 1;
        }
        crate::gc::sysmon_tick(now);
        super::maxprocs::tick(now);
        let stress = crate::diag::debug::STRESS_PREEMPT.load(Relaxed);
        if stress > 0 {
            preemptall();
            idle = 0;
            linux::usleep(stress);
        }
        let st = crate::diag::debug::schedtrace();
        if st > 0 && last_trace + st * 1_000_000 <= now {
            last_trace = now;
            crate::diag::schedtrace::print(crate::diag::debug::SCHEDDETAIL.load(Relaxed) > 0);
        }
    }
}

unsafe fn retake(now: i64) -> bool {
    let mut any = false;
    let seeded = super::seeded::on();
    let slice = if seeded { super::seeded::LAST_RESORT_NS } else { FORCE_PREEMPT_NS };
    // A seeded run must not depend on how long the machine lets it wait for a processor.
    let running = if seeded { linux::cputime() } else { now };
    for p in allp() {
        if p.is_null() {
            continue;
        }
        let s = (*p).status.load(Relaxed);
        let tick = &mut (*p).sysmontick;
        let mut sysretake = false;
        if s == PRUNNING || s == PSYSCALL {
            let t = (*p).schedtick.load(Relaxed);
            if tick.schedtick != t {
                tick.schedtick = t;
                tick.schedwhen = running;
            } else if tick.schedwhen + slice <= running {
                if seeded {
                    super::seeded::force();
                }
                preemptone(p);
                sysretake = true;
            }
        }
        if s == PSYSCALL {
            let t = (*p).syscalltick.load(Relaxed);
            if !sysretake && tick.syscalltick != t {
                tick.syscalltick = t;
                tick.syscallwhen = now;
                continue;
            }
            if seeded && (tick.syscallwhen + slice > now || !super::seeded::syscall_sleeps()) {
                continue;
            }
            // Nothing to run and others to run it: leave the P where it is, but not for ever, for sysmon should sleep.
            if (*p).runq.is_empty()
                && SCHED.nmspinning.load(SeqCst) + SCHED.npidle.load(SeqCst) > 0
                && tick.syscallwhen + 10_000_000 > now
            {
                continue;
            }
            if retake_syscall(p) {
                any = true;
            }
        }
    }
    any
}
