//! Making and ending threads.
//!
//! An M is counted (`mreserve`) before it exists, so that nobody may believe in between that nobody runs.

use super::*;
use crate::diag::throw::throw;
use crate::sys::arch_x86_64 as arch;
use crate::sys::{linux, rand};
use core::ptr::null_mut;
use core::sync::atomic::Ordering::*;

/// Memory for an M with its stacks (see `runtime2`), initialised except for its identity; null if there is none.
pub unsafe fn allocmblock() -> *mut M {
    let b = linux::mmap_aligned(MBLOCK, MBLOCK);
    if b.is_null() {
        return null_mut();
    }
    linux::mprotect_none(b.add(M_AREA), 4096);
    linux::mprotect_none(b.add(SIGSTACK_HI), 4096);
    let m = b as *mut M;
    // Fresh pages are zero, which is right for all fields but these.
    (*m).g0sp = b as usize + MBLOCK - 64;
    core::ptr::addr_of_mut!((*m).gc).write(crate::gc::MGc::NEW);
    core::ptr::addr_of_mut!((*m).held).write(crate::sched::lockrank::Held::NONE);
    m
}

/// Counts an M that is about to be made. Done in the critical section that finds none to be idle: were the lock given
/// up in between, a thread that stops meanwhile would find nobody running and report a deadlock.
///
/// Context: `sched.lock` held.
pub(super) unsafe fn mreserve() {
    SCHED.locked().mcount += 1;
}

pub(super) unsafe fn mcommoninit(m: *mut M) {
    lock();
    let l = SCHED.locked();
    (*m).id = l.mnext;
    l.mnext += 1;
    (*m).alllink = SCHED.allm.load(Relaxed);
    SCHED.allm.store(m, Release);
    let too_many = l.mcount > l.maxmcount;
    unlock();
    if too_many {
        crate::diag::throw::too_many_threads();
    }
}

/// Per-thread set-up, on the thread itself.
pub(super) unsafe fn minit(m: *mut M) {
    (*m).tid = linux::gettid();
    crate::io::signal::minit(m);
    (*m).live.store(2, SeqCst);
    crate::diag::cpuprof::minit(m);
}

/// First Rust code of a new thread.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn goxide_mstart() -> ! {
    let m = getm();
    minit(m);
    if let Some(f) = (*m).startfn.take() {
        f();
    }
    acquirep((*m).nextp);
    (*m).nextp = null_mut();
    schedule()
}

/// Starts a thread that runs `f` (if any), then schedules with `p`.
///
/// Context: no lock held.
pub unsafe fn newm(f: Option<unsafe fn()>, p: *mut P) {
    lock();
    mreserve();
    unlock();
    newm_reserved(f, p);
}

/// The same for an M that was counted already.
pub(super) unsafe fn newm_reserved(f: Option<unsafe fn()>, p: *mut P) {
    let m = allocm();
    crate::diag::threadcreate::record(m);
    (*m).startfn = f;
    (*m).nextp = p;
    start_thread(m);
}

pub(super) unsafe fn allocm() -> *mut M {
    // A thread that exited leaves its block here; the kernel clears `freewait` when its stack is free.
    lock();
    let l = SCHED.locked();
    let mut prev: *mut *mut M = &mut l.freem;
    let mut m = *prev;
    while !m.is_null() {
        if (*m).freewait.load(Acquire) == 0 {
            *prev = (*m).schedlink;
            break;
        }
        prev = &mut (*m).schedlink;
        m = *prev;
    }
    if !m.is_null() {
        unlock();
        (*m).schedlink = null_mut();
        return m;
    }
    unlock();
    let m = allocmblock();
    if m.is_null() {
        throw("runtime: cannot allocate memory for a thread");
    }
    rand::minit(m);
    mcommoninit(m);
    m
}

pub(super) unsafe fn start_thread(m: *mut M) {
    if !super::template::hand_over(m) {
        clone_for(m);
    }
}

/// Makes the thread of `m`, as a copy of this one.
pub(super) unsafe fn clone_for(m: *mut M) {
    // CLONE_VM|FS|FILES|SIGHAND|THREAD|SYSVSEM|CHILD_CLEARTID
    const FLAGS: usize = 0x100 | 0x200 | 0x400 | 0x800 | 0x10000 | 0x40000 | 0x200000;
    (*m).tainted = false;
    (*m).freewait.store(1, Relaxed);
    (*m).live.store(1, SeqCst);
    // The child starts without a signal stack: no signal may come before `minit`.
    crate::sched::step::pause();
    let old = linux::sigprocmask(linux::SIG_SETMASK, !0);
    let mut r = 0;
    for _ in 0..20 {
        r = arch::clone_thread(FLAGS, (*m).g0sp, (*m).freewait.as_ptr());
        if r != -linux::EAGAIN {
            break;
        }
        linux::usleep(1000);
    }
    linux::sigprocmask(linux::SIG_SETMASK, old);
    if r < 0 {
        crate::diag::throw::newosproc_failed(-r);
    }
}

/// Ends this thread. The first one only goes to sleep for ever, since its end would be the process's to some observers.
pub(super) unsafe fn mexit() -> ! {
    let m = getm();
    (*m).tainted = true;
    handoffp(releasep());
    if (*m).id == 0 {
        lock();
        SCHED.locked().nmsys += 1;
        checkdead();
        unlock();
        loop {
            (*m).park.sleep();
            (*m).park.clear();
        }
    }
    crate::diag::cpuprof::mexit(m);
    crate::diag::trace::mexit(m);
    crate::sched::step::pause();
    linux::sigprocmask(linux::SIG_SETMASK, !0);
    (*m).live.store(0, SeqCst);
    lock();
    let l = SCHED.locked();
    l.mcount -= 1;
    (*m).schedlink = l.freem;
    l.freem = m;
    checkdead();
    unlock();
    loop {
        linux::syscall3(linux::SYS_EXIT, 0, 0, 0);
    }
}
