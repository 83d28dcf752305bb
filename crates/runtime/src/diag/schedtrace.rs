//! `GODEBUG=schedtrace=N` and `scheddetail=1`: what the scheduler is doing, in gc's format.

use super::print::Out;
use crate::sched::proc::{lock, unlock};
use crate::sched::runtime2::*;
use crate::sys::linux;
use core::sync::atomic::{AtomicI64, Ordering::*};

/// Time of the first report, which counts from there.
static START: AtomicI64 = AtomicI64::new(0);

/// A number or `nil`.
unsafe fn id<T>(o: &mut Out, p: *mut T, id: impl Fn(*mut T) -> i64) {
    if p.is_null() {
        o.str("nil");
    } else {
        o.dec(id(p));
    }
}

fn yes(b: bool) -> &'static str {
    if b { "true" } else { "false" }
}

/// One report. What others change meanwhile is read as it is; Gs, Ms and Ps are never freed.
///
/// Context: sysmon.
pub unsafe fn print(detailed: bool) {
    let now = linux::nanotime();
    let _ = START.compare_exchange(0, now, Relaxed, Relaxed);
    let mut o = Out::stderr();
    lock();
    let l = SCHED.locked();
    o.str("SCHED ").dec((now - START.load(Relaxed)) / 1_000_000).str("ms: gomaxprocs=");
    o.dec(SCHED.gomaxprocs.load(Relaxed) as i64).str(" idleprocs=").dec(SCHED.npidle.load(Relaxed) as i64);
    o.str(" threads=").dec(l.mcount).str(" spinningthreads=").dec(SCHED.nmspinning.load(Relaxed) as i64);
    o.str(" needspinning=").dec(SCHED.needspinning.load(Relaxed) as i64);
    o.str(" idlethreads=").dec((l.nmidle - l.nmidlelocked) as i64);
    o.str(" runqueue=").dec(SCHED.runqsize.load(Relaxed) as i64);
    if detailed {
        o.str(" gcwaiting=").str(yes(SCHED.gcwaiting.load(Relaxed) != 0));
        o.str(" nmidlelocked=").dec(l.nmidlelocked as i64).str(" stopwait=").dec(l.stopwait as i64);
        o.str(" sysmonwait=").str(yes(l.sysmonwait)).str("\n");
        details(&mut o);
    } else {
        o.str(" [ ");
        for p in allp() {
            o.dec((*p).runq.len() as i64).str(" ");
        }
        o.str("] schedticks=[ ");
        for p in allp() {
            o.dec((*p).schedtick.load(Relaxed) as i64).str(" ");
        }
        o.str("]\n");
    }
    unlock();
}

unsafe fn details(o: &mut Out) {
    for p in allp() {
        o.str("  P").dec((*p).id as i64).str(": status=").dec((*p).status.load(Relaxed) as i64);
        o.str(" schedtick=").dec((*p).schedtick.load(Relaxed) as i64);
        o.str(" syscalltick=").dec((*p).syscalltick.load(Relaxed) as i64).str(" m=");
        id(o, (*p).m, |m| (*m).id);
        o.str(" runqsize=").dec((*p).runq.len() as i64).str(" gfreecnt=").dec((*p).gfreecnt as i64);
        o.str(" timerslen=").dec((*p).timers.count() as i64).str("\n");
    }
    let mut m = SCHED.allm.load(Acquire);
    while !m.is_null() {
        o.str("  M").dec((*m).id).str(": p=");
        id(o, (*m).p, |p| (*p).id as i64);
        o.str(" curg=");
        id(o, (*m).curg, |g| (*g).goid as i64);
        o.str(" mallocing=0 throwing=").dec((*m).throwing as i64).str(" preemptoff= locks=").dec((*m).locks as i64);
        o.str(" dying=").dec((*m).dying as i64).str(" spinning=").str(yes((*m).spinning));
        o.str(" blocked=").str(yes((*m).blocked)).str(" lockedg=");
        id(o, (*m).lockedg, |g| (*g).goid as i64);
        o.str("\n");
        m = (*m).alllink;
    }
    for i in 0..allglen() {
        let gp = allg(i);
        o.str("  G").dec((*gp).goid as i64).str(": status=").dec((*gp).status.load(Relaxed) as i64);
        o.str("(").str((*gp).waitreason.text()).str(") m=");
        id(o, (*gp).m, |m| (*m).id);
        o.str(" lockedm=");
        id(o, (*gp).lockedm, |m| (*m).id);
        o.str("\n");
    }
}
