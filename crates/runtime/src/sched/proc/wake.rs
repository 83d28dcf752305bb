//! Getting one more M to look for work: spinning, hand-over of Ps.
//!
//! A *spinning* M looks for work without having any. At most one is woken at a time; the one that finds something wakes the next.

use super::*;
use crate::diag::throw::throw;
use crate::io::netpoll;
use crate::sys::atomic::Ordering::*;

pub(super) unsafe fn mspinning() {
    (*getm()).spinning = true;
}

/// Gets an M running with `p` (or an idle P if null). With `spinning` the caller has counted it in `nmspinning`.
pub unsafe fn startm(mut p: *mut P, spinning: bool) {
    let me = acquirem();
    lock();
    if p.is_null() {
        p = pidleget();
        if p.is_null() {
            unlock();
            if spinning && SCHED.nmspinning.fetch_sub(1, SeqCst) < 1 {
                throw("startm: negative nmspinning");
            }
            releasem(me);
            return;
        }
    }
    let m = mget();
    if m.is_null() {
        mreserve();
        unlock();
        newm_reserved(if spinning { Some(mspinning) } else { None }, p);
    } else {
        unlock();
        (*m).spinning = spinning;
        (*m).nextp = p;
        (*m).park.wakeup();
    }
    releasem(me);
}

/// Passes on a P whose M is blocked.
///
/// Context: this M has given `p` up already.
pub unsafe fn handoffp(p: *mut P) {
    if !(*p).runq.is_empty() || SCHED.runqsize.load(Relaxed) != 0 || seeded::any_ready() {
        startm(p, false);
        return;
    }
    if SCHED.nmspinning.load(SeqCst) + SCHED.npidle.load(SeqCst) == 0
        && SCHED.nmspinning.compare_exchange(0, 1, SeqCst, SeqCst).is_ok()
    {
        SCHED.needspinning.store(0, Relaxed);
        startm(p, true);
        return;
    }
    lock();
    if SCHED.gcwaiting.load(SeqCst) != 0 {
        stop_p(p);
        unlock();
        return;
    }
    if SCHED.runqsize.load(Relaxed) != 0 {
        unlock();
        startm(p, false);
        return;
    }
    // The last P must keep polling the network: somebody has to wake up for it.
    if SCHED.npidle.load(SeqCst) == SCHED.gomaxprocs.load(Relaxed) - 1 && SCHED.lastpoll.load(SeqCst) != 0 {
        unlock();
        startm(p, false);
        return;
    }
    let when = (*p).timers.first();
    pidleput(p);
    unlock();
    if when != 0 {
        netpoll::wake_netpoller(when);
    }
}

/// Somebody made work: gets one more M looking for it, unless one is already.
pub unsafe fn wakep() {
    if SCHED.nmspinning.load(SeqCst) != 0 || SCHED.nmspinning.compare_exchange(0, 1, SeqCst, SeqCst).is_err() {
        return;
    }
    let m = acquirem();
    lock();
    let p = pidleget();
    if p.is_null() {
        // An M that looked at the queues before our work was there, and did not spin because for a moment we counted as
        // spinning, may be about to give its P up: it has to look again.
        SCHED.needspinning.store(1, SeqCst);
        if SCHED.nmspinning.fetch_sub(1, SeqCst) < 1 {
            throw("wakep: negative nmspinning");
        }
        unlock();
        releasem(m);
        return;
    }
    unlock();
    startm(p, true);
    releasem(m);
}

/// The same for work that was put on the global queue: who gives a P up looks at that queue under the lock that guards it, so
/// with no P idle now nobody has missed it.
pub unsafe fn wakep_for_global() {
    if SCHED.npidle.load(SeqCst) != 0 {
        wakep();
    }
}

pub(super) unsafe fn resetspinning() {
    let m = getm();
    (*m).spinning = false;
    if SCHED.nmspinning.fetch_sub(1, SeqCst) < 1 {
        throw("findrunnable: negative nmspinning");
    }
    // One spinner found work: there may be more, so another one should look.
    wakep();
}

/// A P stops for who stops the world, and tells them if it is the last one.
///
/// Context: the scheduler's lock is held; nobody runs on the P.
pub unsafe fn stop_p(p: *mut P) {
    (*p).status.store(PGCSTOP, Release);
    let l = SCHED.locked();
    l.stopwait -= 1;
    if l.stopwait == 0 {
        SCHED.stopnote.wakeup();
    }
}
