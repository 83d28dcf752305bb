//! Stopping the world, and changing the number of Ps.
//!
//! The right to stop the world is `worldsema`, a goroutine-level lock (waiters park): rows `worldsemaAcquire`/`Release`.
//! `stoptheworld` then sets `gcwaiting`, takes all Ps that are idle or in system calls, and asks the running ones to stop.
//! While the world is stopped only this M runs (and Ms in system calls or without a P, which touch no Go memory); its own G
//! is in a runtime call, so *every* G can be scanned.

use super::lock::Mutex;
use super::lockrank::Rank;
use super::preempt::preemptall;
use super::proc::*;
use super::runtime2::{status::*, *};
use crate::diag::{schedstats, trace};
use crate::io::{netpoll, time};
use core::ptr::null_mut;
use core::sync::atomic::Ordering::*;

/// Owner and queue of the right to stop the world.
struct WorldSema {
    held: bool,
    head: *mut G,
    tail: *mut G,
}
static WORLDSEMA: Mutex<WorldSema> =
    Mutex::new(Rank::GcWork, WorldSema { held: false, head: null_mut(), tail: null_mut() });

#[unsafe(export_name = "rt.worldsemaAcquire")]
unsafe extern "C" fn worldsema_acquire() {
    let mut w = WORLDSEMA.lock();
    if !w.held {
        w.held = true;
        return;
    }
    let gp = getg();
    (*gp).schedlink = null_mut();
    if w.tail.is_null() {
        w.head = gp;
    } else {
        (*w.tail).schedlink = gp;
    }
    w.tail = gp;
    core::mem::forget(w);
    goparkunlock(WORLDSEMA.raw(), WaitReason::StoppingTheWorld);
}

/// Takes the right to stop the world if it is free.
pub unsafe fn worldsema_try() -> bool {
    let mut w = WORLDSEMA.lock();
    let ok = !w.held;
    w.held = true;
    ok
}

/// Gives up the right to stop the world, to the next in line.
#[unsafe(export_name = "rt.worldsemaRelease")]
pub unsafe extern "C" fn worldsema_release() {
    let mut w = WORLDSEMA.lock();
    let gp = w.head;
    if gp.is_null() {
        w.held = false;
        return;
    }
    w.head = (*gp).schedlink;
    if w.head.is_null() {
        w.tail = null_mut();
    }
    drop(w);
    goready(gp);
}

/// Stops all other Ps. The caller owns worldsema and holds a P, which stays his. `reason`: 1 for the collector, 2 for a trace, else 0.
///
/// Context: system stack; no lock held. Blocks the M.
pub unsafe fn stoptheworld(reason: usize) {
    let m = getm();
    schedstats::stopping(reason);
    if trace::on() && reason != 2 {
        trace::stw(true, reason);
    }
    lock();
    let n = SCHED.gomaxprocs.load(Relaxed);
    SCHED.locked().stopwait = n;
    SCHED.gcwaiting.store(1, SeqCst);
    preemptall();
    (*(*m).p).status.store(PGCSTOP, Release);
    let l = SCHED.locked();
    l.stopwait -= 1;
    for p in allp() {
        if (*p).status.load(Relaxed) == PSYSCALL
            && (*p).status.compare_exchange(PSYSCALL, PGCSTOP, SeqCst, SeqCst).is_ok()
        {
            (*p).syscalltick.fetch_add(1, Relaxed);
            if trace::on() {
                trace::proc_steal(p);
            }
            l.stopwait -= 1;
        }
    }
    loop {
        let p = pidleget();
        if p.is_null() {
            break;
        }
        (*p).status.store(PGCSTOP, Release);
        l.stopwait -= 1;
    }
    let wait = l.stopwait > 0;
    unlock();
    if wait {
        // Ask again now and then: a request may meet an M where it cannot be honoured.
        while !SCHED.stopnote.tsleep(100_000) {
            preemptall();
        }
        SCHED.stopnote.clear();
    }
    schedstats::stopped();
}

/// Lets the world go on. The caller has stopped it.
pub unsafe fn starttheworld() {
    let me = acquirem();
    if trace::on() {
        trace::stw(false, 0);
    }
    if netpoll::inited() {
        let mut list = netpoll::poll(0);
        injectglist_stopped(&mut list);
    }
    lock();
    let l = SCHED.locked();
    let n = match core::mem::replace(&mut l.procresize_to, 0) {
        0 => SCHED.gomaxprocs.load(Relaxed),
        n => n,
    };
    let mut p = procresize(n);
    SCHED.gcwaiting.store(0, SeqCst);
    schedstats::restarted();
    super::sysmon::wake_locked();
    unlock();
    while !p.is_null() {
        let q = p;
        p = (*p).link;
        (*q).link = null_mut();
        let mp = core::mem::replace(&mut (*q).m, null_mut());
        if mp.is_null() {
            newm(None, q);
        } else {
            (*mp).nextp = q;
            (*mp).park.wakeup();
        }
    }
    wakep();
    releasem(me);
}

/// Network-ready Gs found while the world is stopped go to the global queue: no P may be started yet.
unsafe fn injectglist_stopped(list: &mut GList) {
    loop {
        let gp = list.pop();
        if gp.is_null() {
            return;
        }
        casgstatus(gp, GWAITING, GRUNNABLE);
        lock();
        globrunqput(gp);
        unlock();
    }
}

/// Makes `n` Ps. Gives the list (through `link`) of Ps with local work, each with an idle M in `m` if one was found.
///
/// Context: world stopped and `sched.lock` held, or start-up.
pub unsafe fn procresize(n: i32) -> *mut P {
    let n = if super::seeded::on() { 1 } else { n };
    let old = SCHED.gomaxprocs.load(Relaxed);
    let first = SCHED.allp.get(0).is_null();
    for i in 0..n as usize {
        let mut p = SCHED.allp.get(i);
        if p.is_null() {
            p = crate::heap::persistent(size_of::<P>(), 64) as *mut P;
            initp(p, i as i32);
            SCHED.allp.0[i].store(p, Release);
        } else if (*p).status.load(Relaxed) == PDEAD {
            (*p).status.store(PGCSTOP, Relaxed);
            crate::heap::revivep(p);
        }
    }
    if !first {
        for i in n..old {
            destroyp(SCHED.allp.get(i as usize));
        }
    }
    schedstats::procs_change(old);
    SCHED.gomaxprocs.store(n, Release);

    let m = getm();
    if !(*m).p.is_null() && (*(*m).p).id < n {
        (*(*m).p).status.store(PRUNNING, Release);
    } else {
        // Our P is gone (or this is start-up): take the first.
        if !(*m).p.is_null() {
            if trace::on() {
                trace::proc_change((*m).p, false);
            }
            (*(*m).p).m = null_mut();
        }
        (*m).p = null_mut();
        let p = SCHED.allp.get(0);
        (*p).m = null_mut();
        acquirep(p);
        let gp = (*m).curg;
        if !gp.is_null() {
            (*gp).mcache = &raw mut (*p).mcache;
        }
    }
    let mut runnable: *mut P = null_mut();
    for i in (0..n as usize).rev() {
        let p = SCHED.allp.get(i);
        if (*m).p == p {
            continue;
        }
        (*p).status.store(PIDLE, Release);
        if (*p).runq.is_empty() {
            pidleput(p);
        } else {
            (*p).m = mget_pub();
            (*p).link = runnable;
            runnable = p;
        }
    }
    runnable
}

unsafe fn initp(p: *mut P, id: i32) {
    // Persistent memory is zeroed, which is right for all fields but these.
    (*p).id = id;
    (*p).status.store(PGCSTOP, Relaxed);
    core::ptr::addr_of_mut!((*p).wbbuf).write(crate::gc::WbBuf::NEW);
    core::ptr::addr_of_mut!((*p).mcache).write(crate::heap::Mcache::new());
    core::ptr::addr_of_mut!((*p).gc).write(crate::gc::PGc::NEW);
    core::ptr::addr_of_mut!((*p).lang).write(crate::lang::PLang::NEW);
    core::ptr::addr_of_mut!((*p).timers).write(time::Timers::NEW);
    core::ptr::addr_of_mut!((*p).runq).write(super::runq::Runq::NEW);
    // Nothing seen yet, so that what runs first is not taken for something that has run since the clock began.
    (*p).sysmontick.schedtick = u32::MAX;
    (*p).sysmontick.syscalltick = u32::MAX;
    crate::heap::initp(p);
    crate::gc::initp(p);
}

unsafe fn destroyp(p: *mut P) {
    // Everything queued here goes to the global queue, next first.
    while let Some((gp, _)) = (*p).runq.get() {
        globrunqputhead(gp);
    }
    // Not to the current P: it may be the one that goes.
    time::move_timers(SCHED.allp.get(0), p);
    gfpurge(p);
    crate::gc::destroyp(p);
    crate::heap::destroyp(p);
    (*p).status.store(PDEAD, Release);
}

/// Asks every P to run `P::safepoint` work at its next scheduling point: see the collector's use.
pub unsafe fn run_safepoint(p: *mut P) {
    (*p).run_safepoint.store(0, Relaxed);
    crate::gc::safepoint(p);
}

#[unsafe(export_name = "rt.stopTheWorldWithSema")]
unsafe extern "C" fn rt_stw(reason: usize) {
    stoptheworld(reason)
}
#[unsafe(export_name = "rt.startTheWorldWithSema")]
unsafe extern "C" fn rt_startw() {
    starttheworld()
}
#[unsafe(export_name = "rt.procresize")]
unsafe extern "C" fn rt_procresize(n: i32) {
    super::seeded::set_shown_procs(n);
    lock();
    SCHED.locked().procresize_to = n.clamp(1, MAXPROCS as i32);
    unlock();
}
