//! Making, ending and counting goroutines.

use super::*;
use crate::diag::ancestors;
use crate::diag::throw::fatal;
use crate::io::time;
use crate::sched::stack;
use crate::sys::arch_x86_64 as arch;
use core::ptr::null_mut;
use core::sync::atomic::{Ordering::*, fence};

/// New goroutine for the func value `f`, in this P's queue. `callerpc` is the go statement's return pc.
///
/// Context: system stack, P held.
pub unsafe fn newproc1(f: usize, parent: *mut G, callerpc: usize, system: bool) -> *mut G {
    let m = acquirem();
    let gp = newg(f, parent, callerpc, system);
    runqput((*m).p, gp, true);
    if seeded::on() {
        seeded::readied(gp);
    }
    if SCHED.main_started.load(Relaxed) != 0 {
        wakep();
    }
    releasem(m);
    gp
}

/// The same, runnable, but in no queue yet.
///
/// Context: as `newproc1`.
pub unsafe fn newg(f: usize, parent: *mut G, callerpc: usize, system: bool) -> *mut G {
    if f == 0 {
        fatal("go of nil func value");
    }
    let m = acquirem();
    let p = (*m).p;
    let gp = match gfget(p) {
        g if !g.is_null() => g,
        _ => {
            let g = malg();
            allgadd(g);
            g
        }
    };
    let g = &mut *gp;
    let base = g.stack_base;
    g.seg = base;
    g.stackguard.store((*base).guard, Relaxed);
    g.sched = Gobuf::ZERO;
    g.sched.sp = (*base).hi - 16;
    g.sched.pc = &raw const arch::GOSTART as usize;
    g.startfn = f;
    // Nobody may scan its stack before marking ends.
    crate::gc::barrier::shade(f);
    g.startpc = *(f as *const usize);
    g.gopc = callerpc;
    g.spawned = 0;
    g.spawn_limit = crate::sched::rows::SPAWN_AHEAD;
    g.spawn_stop = 0;
    g.system = system;
    g.ctx = 0;
    g.deferframe = 0;
    g.panic = 0;
    g.park_result = 0;
    g.park_result2 = 0;
    g.token.store(0, Relaxed);
    g.waitreason = WaitReason::Zero;
    g.parentgoid = 0;
    g.labels = 0;
    g.fips = 0;
    g.bubble = null_mut();
    g.sig = 0;
    if !parent.is_null() {
        g.parentgoid = (*parent).goid;
        g.ancestors = ancestors::save(parent);
        if !system {
            g.labels = (*parent).labels;
            g.fips = (*parent).fips & 0x100;
            g.bubble = (*parent).bubble;
            crate::gc::barrier::shade(g.labels);
            crate::gc::barrier::shade(g.bubble as usize);
        }
    }
    if system {
        SCHED.ngsys.fetch_add(1, Relaxed);
    }
    if (*p).goidcache == (*p).goidcacheend {
        (*p).goidcache = SCHED.goidgen.fetch_add(16, Relaxed) + 1;
        (*p).goidcacheend = (*p).goidcache + 16;
    }
    g.goid = (*p).goidcache;
    (*p).goidcache += 1;
    if !system {
        (*p).gcreated.fetch_add(1, Relaxed);
    }
    if seeded::on() {
        seeded::made(gp);
    }
    casgstatus(gp, GDEAD, GRUNNABLE);
    releasem(m);
    gp
}

pub(super) unsafe fn malg() -> *mut G {
    let gp = crate::heap::persistent(size_of::<G>(), 64) as *mut G;
    // Persistent memory is zeroed, which is right for all fields but these.
    let base = stack::stackalloc(goxide_abi::g::STACK_MIN as usize);
    (*gp).stack_base = base;
    (*gp).seg = base;
    (*gp).stack_total = (*base).size;
    core::ptr::addr_of_mut!((*gp).lang).write(crate::lang::GLang::NEW);
    core::ptr::addr_of_mut!((*gp).gc).write(crate::gc::GGc::NEW);
    core::ptr::addr_of_mut!((*gp).sleep_timer).write(time::SleepTimer::NEW);
    (*gp).status.store(GDEAD, Relaxed);
    gp
}

pub(super) unsafe fn allgadd(gp: *mut G) {
    let mut a = SCHED.allgs.lock();
    if a.len == a.cap {
        let cap = if a.cap == 0 { 256 } else { a.cap * 2 };
        let t = crate::heap::persistent(cap * 8, 8) as *mut *mut G;
        if a.len > 0 {
            core::ptr::copy_nonoverlapping(a.ptr, t, a.len);
        }
        fence(Release);
        core::ptr::write_volatile(&mut a.ptr, t);
        a.cap = cap;
    }
    *a.ptr.add(a.len) = gp;
    fence(Release);
    let n = a.len + 1;
    core::ptr::write_volatile(&mut a.len, n);
}

/// Finishes the current goroutine (on the scheduler's stack).
pub(super) unsafe fn goexit0(gp: *mut G) {
    let m = getm();
    let p = (*m).p;
    casgstatus(gp, GRUNNING, GDEAD);
    let g = &mut *gp;
    if g.system {
        SCHED.ngsys.fetch_sub(1, Relaxed);
    }
    g.ctx = 0;
    g.deferframe = 0;
    g.panic = 0;
    g.startfn = 0;
    g.labels = 0;
    ancestors::release(core::mem::replace(&mut g.ancestors, null_mut()));
    g.fips = 0;
    g.bubble = null_mut();
    g.paniconfault = false;
    g.preempt.store(0, Relaxed);
    g.sched = Gobuf::ZERO;
    let locked = !g.lockedm.is_null();
    g.lockedm = null_mut();
    if locked {
        // A coroutine that gave its lock away ends on a thread that waits for another goroutine.
        (*m).lockedg = null_mut();
    }
    let lockedint = g.lockedint;
    g.lockedint = 0;
    g.lockedext = 0;
    dropg(m);
    g.seg = g.stack_base;
    stack::stack_trim(gp, 0);
    gfput(p, gp);
    if locked && lockedint == 0 {
        // The goroutine may have changed the thread's state: the thread ends with it.
        mexit();
    }
}

/// Goroutines of the program.
pub fn gcount() -> i32 {
    let mut n = 0;
    for i in 0..allglen() {
        // SAFETY: Gs are never freed; the reads are racy, so is the answer.
        unsafe {
            let g = allg(i);
            let s = (*g).status.load(Relaxed) & !GSCAN;
            if s != GDEAD && s != GIDLE && !(*g).system {
                n += 1;
            }
        }
    }
    n.max(1)
}
