//! Where the next goroutine comes from, in order: collector, global queue (every 61st time), own queue, global queue, network,
//! other Ps, idle marking; then sleep, as the poller if nobody else is.

use super::*;
use crate::diag::throw::throw;
use crate::io::{netpoll, time};
use crate::sys::atomic::{Ordering::*, fence};
use crate::sys::linux;

/// The global queue goes first at every so many decisions.
const GLOBAL_EVERY: u32 = 61;

pub(super) fn min_nonzero(a: i64, b: i64) -> i64 {
    if a == 0 || (b != 0 && b < a) { b } else { a }
}

/// A goroutine to run, blocking until there is one.
pub(super) unsafe fn findrunnable() -> (*mut G, bool) {
    let m = getm();
    'top: loop {
        let mut p = (*m).p;
        if SCHED.gcwaiting.load(SeqCst) != 0 {
            gcstopm();
            continue;
        }
        if (*p).run_safepoint.load(Relaxed) != 0 {
            crate::sched::stw::run_safepoint(p);
        }
        let (mut now, mut polluntil) = time::check_timers(p, 0);
        if let Some(mode) = crate::gc::find_worker(p, false) {
            if (*m).spinning {
                resetspinning();
            }
            crate::gc::run_worker(p, mode);
            continue;
        }

        // Once in a while the global queue goes first, else two local goroutines could starve it.
        if (*p).schedtick.load(Relaxed).is_multiple_of(GLOBAL_EVERY) && SCHED.runqsize.load(Relaxed) > 0 {
            lock();
            let gp = globrunqget(p, 1);
            unlock();
            if !gp.is_null() {
                return (gp, false);
            }
        }
        if let Some(r) = (*p).runq.get() {
            return r;
        }
        if SCHED.runqsize.load(Relaxed) != 0 {
            lock();
            let gp = globrunqget(p, 0);
            unlock();
            if !gp.is_null() {
                return (gp, false);
            }
        }
        if netpoll::any_waiters() && SCHED.lastpoll.load(SeqCst) != 0 {
            let mut list = netpoll::poll(0);
            let gp = list.pop();
            if !gp.is_null() {
                injectglist(&mut list);
                casgstatus(gp, GWAITING, GRUNNABLE);
                return (gp, false);
            }
        }
        // Spin only while fewer than half of the busy Ps do: more burn time for nothing.
        if (*m).spinning
            || 2 * SCHED.nmspinning.load(SeqCst) < SCHED.gomaxprocs.load(Relaxed) - SCHED.npidle.load(SeqCst)
        {
            if !(*m).spinning {
                (*m).spinning = true;
                SCHED.nmspinning.fetch_add(1, SeqCst);
            }
            let (gp, inherit, t_now, until, new_work) = steal_work(p, now);
            if !gp.is_null() {
                return (gp, inherit);
            }
            if new_work {
                continue 'top;
            }
            now = t_now;
            polluntil = min_nonzero(polluntil, until);
        }

        // Nothing to run: help the collector.
        if let Some(mode) = crate::gc::find_worker(p, true) {
            if (*m).spinning {
                resetspinning();
            }
            crate::gc::run_worker(p, mode);
            continue;
        }
        if crate::gc::idle_work(p) {
            continue;
        }

        // Give the P up.
        lock();
        if SCHED.gcwaiting.load(SeqCst) != 0 || (*p).run_safepoint.load(Relaxed) != 0 {
            unlock();
            continue;
        }
        if SCHED.runqsize.load(Relaxed) != 0 {
            let gp = globrunqget(p, 0);
            unlock();
            return (gp, false);
        }
        if !(*m).spinning && SCHED.needspinning.load(SeqCst) == 1 {
            (*m).spinning = true;
            SCHED.nmspinning.fetch_add(1, SeqCst);
            SCHED.needspinning.store(0, SeqCst);
            unlock();
            continue;
        }
        if releasep() != p {
            throw("findrunnable: wrong p");
        }
        pidleput(p);
        unlock();

        // Drop the spinning state first, then look at everything again: whoever made work in between saw no spinner after
        // it and called wakep, or we see its work here.
        let was_spinning = (*m).spinning;
        if was_spinning {
            (*m).spinning = false;
            if SCHED.nmspinning.fetch_sub(1, SeqCst) < 1 {
                throw("findrunnable: negative nmspinning");
            }
            fence(SeqCst);
            let mut found = false;
            if SCHED.runqsize.load(SeqCst) != 0 {
                found = true;
            } else {
                for q in allp() {
                    if !(*q).runq.is_empty() {
                        found = true;
                        break;
                    }
                }
            }
            if found {
                lock();
                p = pidleget();
                if p.is_null() {
                    SCHED.needspinning.store(1, SeqCst);
                    unlock();
                } else {
                    unlock();
                    acquirep(p);
                    (*m).spinning = true;
                    SCHED.nmspinning.fetch_add(1, SeqCst);
                    continue 'top;
                }
            }
            polluntil = time::first_deadline();
        } else {
            polluntil = min_nonzero(polluntil, time::first_deadline());
        }

        // Poll the network and the clock, as the only M that blocks for them.
        if netpoll::inited() && (netpoll::any_waiters() || polluntil != 0) {
            let last = SCHED.lastpoll.swap(0, SeqCst);
            if last != 0 {
                SCHED.polluntil.store(polluntil, SeqCst);
                if !(*m).p.is_null() || (*m).spinning {
                    throw("findrunnable: netpoll with p or spinning");
                }
                // A timer may have been added after we looked, by someone who saw no sleeping poller yet.
                if let t @ 1.. = time::first_deadline()
                    && (polluntil == 0 || t < polluntil)
                {
                    polluntil = t;
                    SCHED.polluntil.store(t, SeqCst);
                }
                if now == 0 || polluntil != 0 {
                    now = linux::nanotime();
                }
                let delay = if polluntil == 0 { -1 } else { (polluntil - now).max(0) };
                let mut list = netpoll::poll(delay);
                SCHED.polluntil.store(0, SeqCst);
                now = linux::nanotime();
                SCHED.lastpoll.store(now, SeqCst);
                lock();
                p = pidleget();
                unlock();
                if p.is_null() {
                    injectglist(&mut list);
                } else {
                    acquirep(p);
                    let gp = list.pop();
                    if !gp.is_null() {
                        injectglist(&mut list);
                        casgstatus(gp, GWAITING, GRUNNABLE);
                        return (gp, false);
                    }
                    if was_spinning {
                        (*m).spinning = true;
                        SCHED.nmspinning.fetch_add(1, SeqCst);
                    }
                    continue 'top;
                }
            } else if polluntil != 0 {
                let until = SCHED.polluntil.load(SeqCst);
                if until == 0 || until > polluntil {
                    netpoll::wake();
                }
            }
        }
        stopm();
    }
}
