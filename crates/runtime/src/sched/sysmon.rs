//! The monitor thread: has no P, so it runs whatever the others do.
//!
//! Every 20 µs (up to 10 ms when nothing happens) it polls the network if nobody has for 10 ms, takes Ps away from long
//! system calls, asks goroutines that run for more than 10 ms to yield, and forces a collection every two minutes.

use super::preempt::{preemptall, preemptone};
use super::proc::*;
use super::runtime2::{status::*, *};
use super::syscall::retake_syscall;
use crate::io::{netpoll, time};
use crate::sys::linux;
use core::sync::atomic::{AtomicBool, Ordering::*};

/// A goroutine may run so long while others wait.
const FORCE_PREEMPT_NS: i64 = 10_000_000;
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
        linux::usleep(delay);
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
        if netpoll::inited() && last != 0 && last + 10_000_000 < now {
            let _ = SCHED.lastpoll.compare_exchange(last, now, SeqCst, SeqCst);
            let mut list = netpoll::poll(0);
            if !list.is_empty() {
                injectglist(&mut list);
            }
        }
        // A timer that is overdue although somebody is responsible for it: get one more M.
        let next = time::first_deadline();
        if next != 0 && next < now {
            startm(core::ptr::null_mut(), false);
        }
        if retake(now) {
            idle = 0;
        } else {
            idle += 1;
        }
        crate::gc::sysmon_tick(now);
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
