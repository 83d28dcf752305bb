//! The next goroutine of a seeded run.

use super::*;
use crate::io::{netpoll, time};
use crate::sched::proc::*;
use crate::sched::runtime2::status::*;

/// A goroutine to run, blocking until there is one.
///
/// # Safety
/// Context: scheduler, P held.
pub unsafe fn findrunnable() -> *mut G {
    let m = getm();
    if (*m).spinning {
        // Started to look for work: with one P there is nobody to race with.
        (*m).spinning = false;
        SCHED.nmspinning.fetch_sub(1, SeqCst);
    }
    let mut marked = 0;
    let mut decisions = 0;
    loop {
        let p = (*m).p;
        if SCHED.gcwaiting.load(SeqCst) != 0 {
            gcstopm();
            continue;
        }
        if (*p).run_safepoint.load(Relaxed) != 0 {
            crate::sched::stw::run_safepoint(p);
        }
        drain(p);
        let s = state();
        if !(*s).system.is_null() && !(*s).system_yielded {
            return take_system(s);
        }
        // The collector marks to the end. It may be unable to end the cycle because a goroutine of the program is about to
        // stop the world itself: then that must run.
        if marked < 4
            && let Some(mode) = crate::gc::find_worker(p, true)
        {
            marked += 1;
            crate::gc::run_worker(p, mode);
            continue;
        }
        if !(*s).resume.is_null() {
            READY.fetch_sub(1, SeqCst);
            (*s).system_yielded = false;
            return core::mem::replace(&mut (*s).resume, null_mut());
        }
        decisions += 1;
        if netpoll::any_waiters() && (*s).order.decisions.is_multiple_of(POLL_EVERY) && decisions == 1 {
            inject(netpoll::poll(0));
        }
        let first = (*p).timers.first();
        if first != 0 && first <= now() {
            time::check_timers(p, now());
            continue;
        }
        let gp = (*s).order.take();
        if !gp.is_null() {
            READY.fetch_sub(1, SeqCst);
            advance(DECISION_NS);
            (*s).system_yielded = false;
            return gp;
        }
        if core::mem::replace(&mut (*s).system_yielded, false) || crate::gc::idle_work(p) {
            continue;
        }
        // Everybody waits.
        let outside = netpoll::any_waiters() || IN_SYSCALL.load(SeqCst) != 0;
        if outside && inject(netpoll::poll(0)) {
            continue;
        }
        if first != 0 && !outside {
            NOW.fetch_max(first, Relaxed);
            continue;
        }
        wait(m, p, first);
        marked = 0;
    }
}

unsafe fn take_system(s: *mut State) -> *mut G {
    let gp = (*s).system;
    (*s).system = (*gp).schedlink;
    if (*s).system.is_null() {
        (*s).system_tail = null_mut();
    }
    READY.fetch_sub(1, SeqCst);
    gp
}

/// Takes over what the ordinary queues hold.
unsafe fn drain(p: *mut P) {
    while let Some((gp, _)) = (*p).runq.get() {
        add(gp);
    }
    while SCHED.runqsize.load(SeqCst) != 0 {
        lock();
        let gp = globrunqpop();
        unlock();
        if !gp.is_null() {
            add(gp);
        }
    }
}

unsafe fn add(gp: *mut G) {
    READY.fetch_add(1, SeqCst);
    let s = state();
    if !(*gp).system {
        (*s).order.add(gp);
        return;
    }
    (*gp).schedlink = null_mut();
    if (*s).system_tail.is_null() {
        (*s).system = gp;
    } else {
        (*(*s).system_tail).schedlink = gp;
    }
    (*s).system_tail = gp;
}

/// Makes goroutines runnable whose files are ready, in the order of their numbers; says whether there were any.
unsafe fn inject(mut list: GList) -> bool {
    let any = !list.is_empty();
    while !list.is_empty() {
        let (mut rest, mut least) = (GList::new(), list.pop());
        while !list.is_empty() {
            let gp = list.pop();
            if (*gp).goid < (*least).goid {
                rest.push(core::mem::replace(&mut least, gp));
            } else {
                rest.push(gp);
            }
        }
        list = rest;
        casgstatus(least, GWAITING, GRUNNABLE);
        add(least);
    }
    any
}

/// Gives up the P until something happens outside or the first deadline has come in real time; silence of [`QUIET_NS`] is
/// taken as proof that nothing more will come before that deadline.
unsafe fn wait(m: *mut M, p: *mut P, first: i64) {
    lock();
    if SCHED.gcwaiting.load(SeqCst) != 0 || SCHED.runqsize.load(SeqCst) != 0 {
        unlock();
        return;
    }
    releasep();
    pidleput(p);
    unlock();
    if netpoll::inited() && (netpoll::any_waiters() || first != 0) && SCHED.lastpoll.swap(0, SeqCst) != 0 {
        SCHED.polluntil.store(first, SeqCst);
        let begin = linux::nanotime();
        let delay = if first == 0 { -1 } else { (first - now()).clamp(0, QUIET_NS) };
        let mut list = netpoll::poll(delay);
        SCHED.polluntil.store(0, SeqCst);
        let end = linux::nanotime();
        if first != 0 && list.is_empty() && end - begin >= delay {
            NOW.fetch_max(first, Relaxed);
        } else {
            // Coarsely, so that an answer that comes at once (from ourselves, through a pipe) always takes as long.
            advance((end - begin) / COARSE_NS * COARSE_NS + DECISION_NS);
        }
        SCHED.lastpoll.store(end, SeqCst);
        lock();
        let p = pidleget();
        unlock();
        if !p.is_null() {
            acquirep(p);
            inject(list);
            return;
        }
        injectglist(&mut list);
    }
    // Another M has the P, or only another can make work: it will hand it on.
    let _ = m;
    stopm();
}
