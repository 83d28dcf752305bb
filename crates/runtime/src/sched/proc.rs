//! The scheduler proper: making goroutines and threads, parking and readying, finding work.
//!
//! Invariants
//! - A G is on at most one queue; only its status' owner moves it. Transitions (from → to, by whom):
//!   `GDEAD → GRUNNABLE` newproc; `GRUNNABLE → GRUNNING` execute; `GRUNNING → GWAITING` park (then its wait queue owns it);
//!   `GWAITING → GRUNNABLE` goready, by the only waker; `GRUNNING → GRUNNABLE` gosched and preemption;
//!   `GRUNNING ↔ GSYSCALL` entersyscall/exitsyscall; `GRUNNING → GDEAD` goexit.
//! - Go code runs only on an M with a P. A P is `PRUNNING` (held), `PSYSCALL` (its M is in a system call and may lose it),
//!   `PIDLE` (on `sched.pidle`), `PGCSTOP` (stopped for the world) or `PDEAD`.
//! - No wake-up is lost: whoever makes work visible looks at `npidle`/`nmspinning` afterwards (`wakep`), and a spinning M that
//!   gives up decrements `nmspinning` *before* it looks at all queues once more. Both sides use SeqCst there.
//!
//! Everything here runs on system stacks.

use super::lock::RawLock;
use super::runtime2::{status::*, *};
use super::stack;
use crate::diag::throw::{fatal, throw};
use crate::io::{netpoll, time};
use crate::sys::arch_x86_64 as arch;
use crate::sys::{linux, rand};
use core::ptr::null_mut;
use core::sync::atomic::{Ordering::*, fence};

/// What `goxide_park` has to do (`m.park_kind`).
pub mod park {
    /// Wait; `m.unlockf` publishes.
    pub const WAIT: u32 = 1;
    /// To the global queue.
    pub const GOSCHED: u32 = 2;
    /// Finished.
    pub const EXIT: u32 = 3;
    /// To the own queue's end.
    pub const YIELD: u32 = 4;
    /// Back from a system call without a P.
    pub const EXITSYSCALL: u32 = 5;
    /// Preempted: to the global queue.
    pub const PREEMPT: u32 = 6;
    /// Wait, and run `m.unlockarg` (a G that was made runnable and belongs to us) at once.
    pub const SWITCH: u32 = 7;
}

/// Parks the current goroutine when the runtime call returns. `unlockf(gp, arg)` runs after the G has become `GWAITING`,
/// on the scheduler's stack; if it returns false the G goes on at once.
///
/// Context: a `PARKS` row, as its last act; `m.locks` 0 apart from locks that `unlockf` gives back.
pub unsafe fn gopark(unlockf: Option<unsafe fn(*mut G, usize) -> bool>, arg: usize, reason: WaitReason) {
    let m = getm();
    (*m).unlockf = unlockf;
    (*m).unlockarg = arg;
    (*(*m).curg).waitreason = reason;
    (*(*m).curg).parks = (*(*m).curg).parks.wrapping_add(1);
    (*m).parking = park::WAIT;
}

unsafe fn unlock_raw(_: *mut G, l: usize) -> bool {
    (*(l as *const RawLock)).unlock();
    true
}

/// Parks and gives `l` back once the G may be readied.
///
/// Context: as `gopark`; `l` is held.
pub unsafe fn goparkunlock(l: *const RawLock, reason: WaitReason) {
    gopark(Some(unlock_raw), l as usize, reason)
}

/// Lets others run when the runtime call returns.
pub unsafe fn gosched_on_return() {
    (*getm()).parking = park::GOSCHED;
}

/// The current goroutine goes to the end of its own queue when the runtime call returns.
pub unsafe fn goyield_on_return() {
    (*getm()).parking = park::YIELD;
}

/// Makes a parked goroutine runnable, next on this P.
///
/// Context: system stack with a P; the caller is the only waker.
pub unsafe fn goready(gp: *mut G) {
    ready(gp, true)
}

pub unsafe fn ready(gp: *mut G, next: bool) {
    let m = acquirem();
    casgstatus(gp, GWAITING, GRUNNABLE);
    runqput((*m).p, gp, next);
    wakep();
    releasem(m);
}

/// Changes the status, waiting while a scanner holds the G.
pub unsafe fn casgstatus(gp: *mut G, old: u32, new: u32) {
    let mut n = 0;
    while let Err(cur) = (*gp).status.compare_exchange(old, new, AcqRel, Acquire) {
        if cur != old | GSCAN {
            throw("casgstatus: bad incoming values");
        }
        n += 1;
        if n & 63 == 0 {
            linux::osyield();
        } else {
            core::hint::spin_loop();
        }
    }
}

/// Called by the thunk when a row asked for the scheduler.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn goxide_park() -> ! {
    let m = getm();
    let gp = (*m).curg;
    let kind = core::mem::replace(&mut (*m).parking, 0);
    match kind {
        park::WAIT | park::SWITCH => {
            let unlockf = (*m).unlockf.take();
            let arg = (*m).unlockarg;
            casgstatus(gp, GRUNNING, GWAITING);
            dropg(m);
            if kind == park::SWITCH {
                let next = arg as *mut G;
                if let Some(f) = unlockf
                    && !f(gp, 0)
                {
                    casgstatus(gp, GWAITING, GRUNNABLE);
                    runqput((*m).p, gp, false);
                }
                execute(next, true);
            }
            if let Some(f) = unlockf
                && !f(gp, arg)
            {
                casgstatus(gp, GWAITING, GRUNNABLE);
                execute(gp, true);
            }
        }
        park::GOSCHED | park::PREEMPT => {
            casgstatus(gp, GRUNNING, GRUNNABLE);
            dropg(m);
            lock();
            globrunqput(gp);
            unlock();
            if SCHED.main_started.load(Relaxed) != 0 {
                wakep();
            }
        }
        park::YIELD => {
            casgstatus(gp, GRUNNING, GRUNNABLE);
            dropg(m);
            runqput((*m).p, gp, false);
        }
        park::EXIT => goexit0(gp),
        park::EXITSYSCALL => super::syscall::exitsyscall0(gp),
        _ => throw("park: unknown kind"),
    }
    schedule()
}

unsafe fn dropg(m: *mut M) {
    (*(*m).curg).m = null_mut();
    (*m).curg = null_mut();
}

/// May the goroutine of this M be taken off it?
unsafe fn can_preempt(m: *mut M) -> bool {
    let p = (*m).p;
    (*m).locks == 0 && (*m).dying == 0 && !p.is_null() && (*p).status.load(Relaxed) == PRUNNING
}

/// The thunk found `g.preempt` set on the way back to Go: 1 = enter the scheduler.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn goxide_maybe_preempt() -> i32 {
    let m = getm();
    if !can_preempt(m) {
        return 0;
    }
    (*m).parking = park::PREEMPT;
    1
}

/// A stack check found the poisoned guard (called through a thunk by `morestack`).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn goxide_preemptpark() {
    let m = getm();
    let gp = (*m).curg;
    (*gp).stackguard.store((*(*gp).seg).guard, Relaxed);
    if can_preempt(m) {
        (*m).parking = park::PREEMPT;
    }
}

pub fn lock() {
    SCHED.lock.lock()
}
pub fn unlock() {
    SCHED.lock.unlock()
}

// ---------------------------------------------------------------- start-up

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
    m
}

/// Context: the first thread, nothing else runs.
pub unsafe fn schedinit() {
    let m = getm();
    rand::minit(m);
    lock();
    mreserve();
    unlock();
    mcommoninit(m);
    minit(m);
    crate::diag::debug::init();
    crate::heap::init();
    crate::gc::init();
    crate::diag::symtab::init();
    crate::io::signal::initsig();
    let mut n = SCHED.ncpu.load(Relaxed);
    if let Some(v) = crate::sys::rt0::getenv(b"GOMAXPROCS")
        && let Some(k) = crate::diag::debug::atoi(v)
        && k > 0
    {
        n = k as i32;
    }
    SCHED.lastpoll.store(linux::nanotime(), Relaxed);
    super::stw::procresize(n.clamp(1, MAXPROCS as i32));
}

unsafe extern "C" {
    #[link_name = "runtime.main·f"]
    static MAIN_FN: usize;
}

/// Starts the main goroutine on the first thread.
pub unsafe fn mstart0() -> ! {
    newproc1(&raw const MAIN_FN as usize, null_mut(), 0, false);
    schedule()
}

/// Counts an M that is about to be made. Done in the critical section that finds none to be idle: were the lock given
/// up in between, a thread that stops meanwhile would find nobody running and report a deadlock.
///
/// Context: `sched.lock` held.
unsafe fn mreserve() {
    SCHED.locked().mcount += 1;
}

unsafe fn mcommoninit(m: *mut M) {
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
unsafe fn minit(m: *mut M) {
    (*m).tid = linux::gettid();
    crate::io::signal::minit(m);
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
unsafe fn newm_reserved(f: Option<unsafe fn()>, p: *mut P) {
    let m = allocm();
    (*m).startfn = f;
    (*m).nextp = p;
    start_thread(m);
}

unsafe fn allocm() -> *mut M {
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

unsafe fn start_thread(m: *mut M) {
    // CLONE_VM|FS|FILES|SIGHAND|THREAD|SYSVSEM|CHILD_CLEARTID
    const FLAGS: usize = 0x100 | 0x200 | 0x400 | 0x800 | 0x10000 | 0x40000 | 0x200000;
    (*m).freewait.store(1, Relaxed);
    // The child starts without a signal stack: no signal may come before `minit`.
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

// ---------------------------------------------------------------- goroutines

/// New goroutine for the func value `f`, runnable. `callerpc` is the go statement's return pc.
///
/// Context: system stack, P held.
pub unsafe fn newproc1(f: usize, parent: *mut G, callerpc: usize, system: bool) -> *mut G {
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
    g.syncgroup = 0;
    g.sig = 0;
    if !parent.is_null() {
        g.parentgoid = (*parent).goid;
        if !system {
            g.labels = (*parent).labels;
            g.fips = (*parent).fips & 0x100;
            g.syncgroup = (*parent).syncgroup;
            crate::gc::barrier::shade(g.labels);
            crate::gc::barrier::shade(g.syncgroup);
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
    casgstatus(gp, GDEAD, GRUNNABLE);
    runqput(p, gp, true);
    if SCHED.main_started.load(Relaxed) != 0 {
        wakep();
    }
    releasem(m);
    gp
}

unsafe fn malg() -> *mut G {
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

unsafe fn allgadd(gp: *mut G) {
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
unsafe fn goexit0(gp: *mut G) {
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
    g.fips = 0;
    g.syncgroup = 0;
    g.paniconfault = false;
    g.preempt.store(0, Relaxed);
    g.sched = Gobuf::ZERO;
    let locked = !g.lockedm.is_null();
    g.lockedm = null_mut();
    (*m).lockedg = null_mut();
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

/// Ends this thread. The first one only goes to sleep for ever, since its end would be the process's to some observers.
unsafe fn mexit() -> ! {
    let m = getm();
    handoffp(releasep());
    linux::sigprocmask(linux::SIG_SETMASK, !0);
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

unsafe fn gfput(p: *mut P, gp: *mut G) {
    (*gp).schedlink = (*p).gfree;
    (*p).gfree = gp;
    (*p).gfreecnt += 1;
    if (*p).gfreecnt >= 64 {
        let mut l = SCHED.gfree.lock();
        while (*p).gfreecnt > 32 {
            let g = (*p).gfree;
            (*p).gfree = (*g).schedlink;
            (*p).gfreecnt -= 1;
            (*g).schedlink = l.list;
            l.list = g;
            l.n += 1;
        }
    }
}

unsafe fn gfget(p: *mut P) -> *mut G {
    if (*p).gfree.is_null() {
        // A racy look spares the lock in the common case of an empty list.
        if (*SCHED.gfree.data_ptr()).list.is_null() {
            return null_mut();
        }
        let mut l = SCHED.gfree.lock();
        while (*p).gfreecnt < 32 && !l.list.is_null() {
            let g = l.list;
            l.list = (*g).schedlink;
            l.n -= 1;
            (*g).schedlink = (*p).gfree;
            (*p).gfree = g;
            (*p).gfreecnt += 1;
        }
    }
    let g = (*p).gfree;
    if !g.is_null() {
        (*p).gfree = (*g).schedlink;
        (*p).gfreecnt -= 1;
    }
    g
}

/// Moves a P's dead goroutines to the global list.
pub unsafe fn gfpurge(p: *mut P) {
    let mut l = SCHED.gfree.lock();
    while !(*p).gfree.is_null() {
        let g = (*p).gfree;
        (*p).gfree = (*g).schedlink;
        (*p).gfreecnt -= 1;
        (*g).schedlink = l.list;
        l.list = g;
        l.n += 1;
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

// ---------------------------------------------------------------- queues

/// Queues `gp` on `p` (held by this M); with `next` it runs as soon as the current one stops.
pub unsafe fn runqput(p: *mut P, mut gp: *mut G, next: bool) {
    let q = &(*p).runq;
    if next {
        gp = q.set_next(gp);
        if gp.is_null() {
            return;
        }
    }
    if let Some(b) = q.put(gp) {
        lock();
        globrunqputbatch(b.head, b.tail, b.n as i32);
        unlock();
    }
}

unsafe fn globrunqputbatch(head: *mut G, tail: *mut G, n: i32) {
    let l = SCHED.locked();
    (*tail).schedlink = null_mut();
    if l.runqtail.is_null() {
        l.runqhead = head;
    } else {
        (*l.runqtail).schedlink = head;
    }
    l.runqtail = tail;
    SCHED.runqsize.fetch_add(n, Relaxed);
}

/// Context: `sched.lock` held.
pub unsafe fn globrunqput(gp: *mut G) {
    globrunqputbatch(gp, gp, 1)
}

/// Context: `sched.lock` held.
pub unsafe fn globrunqputhead(gp: *mut G) {
    let l = SCHED.locked();
    (*gp).schedlink = l.runqhead;
    l.runqhead = gp;
    if l.runqtail.is_null() {
        l.runqtail = gp;
    }
    SCHED.runqsize.fetch_add(1, Relaxed);
}

unsafe fn globrunqpop() -> *mut G {
    let l = SCHED.locked();
    let gp = l.runqhead;
    if !gp.is_null() {
        l.runqhead = (*gp).schedlink;
        if l.runqhead.is_null() {
            l.runqtail = null_mut();
        }
        SCHED.runqsize.fetch_sub(1, Relaxed);
    }
    gp
}

/// Takes a fair share of the global queue for `p`, at most `max` (0: no limit). Context: `sched.lock` held.
unsafe fn globrunqget(p: *mut P, max: i32) -> *mut G {
    let size = SCHED.runqsize.load(Relaxed);
    if size == 0 {
        return null_mut();
    }
    let mut n = (size / SCHED.gomaxprocs.load(Relaxed) + 1).min(size).min(RUNQ as i32 / 2);
    if max > 0 {
        n = n.min(max);
    }
    let gp = globrunqpop();
    for _ in 1..n {
        let g = globrunqpop();
        if g.is_null() {
            break;
        }
        if let Some(b) = (*p).runq.put(g) {
            globrunqputbatch(b.head, b.tail, b.n as i32);
        }
    }
    gp
}

// ---------------------------------------------------------------- Ms and Ps

/// Context: `sched.lock` held; `p` has no work.
pub unsafe fn pidleput(p: *mut P) {
    let l = SCHED.locked();
    (*p).status.store(PIDLE, Release);
    (*p).link = l.pidle;
    l.pidle = p;
    SCHED.npidle.fetch_add(1, SeqCst);
}

/// Context: `sched.lock` held.
pub unsafe fn pidleget() -> *mut P {
    let l = SCHED.locked();
    let p = l.pidle;
    if !p.is_null() {
        l.pidle = (*p).link;
        SCHED.npidle.fetch_sub(1, SeqCst);
    }
    p
}

unsafe fn mput(m: *mut M) {
    let l = SCHED.locked();
    (*m).schedlink = l.midle;
    l.midle = m;
    l.nmidle += 1;
    checkdead();
}

/// An idle M. Context: `sched.lock` held.
pub unsafe fn mget_pub() -> *mut M {
    mget()
}

unsafe fn mget() -> *mut M {
    let l = SCHED.locked();
    let m = l.midle;
    if !m.is_null() {
        l.midle = (*m).schedlink;
        l.nmidle -= 1;
    }
    m
}

/// Takes the P for this M.
pub unsafe fn acquirep(p: *mut P) {
    let m = getm();
    if !(*m).p.is_null() {
        throw("acquirep: already in go");
    }
    (*m).p = p;
    (*p).m = m;
    (*p).status.store(PRUNNING, Release);
    crate::heap::acquirep(p);
}

/// Gives up the P (which becomes `PIDLE` in status, on no list).
pub unsafe fn releasep() -> *mut P {
    let m = getm();
    let p = (*m).p;
    if p.is_null() {
        throw("releasep: no p");
    }
    (*m).p = null_mut();
    (*p).m = null_mut();
    (*p).status.store(PIDLE, Release);
    p
}

/// Stops this M until it is given a P.
unsafe fn stopm() {
    let m = getm();
    lock();
    mput(m);
    unlock();
    (*m).park.sleep();
    (*m).park.clear();
    acquirep((*m).nextp);
    (*m).nextp = null_mut();
}

unsafe fn mspinning() {
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
    if !(*p).runq.is_empty() || SCHED.runqsize.load(Relaxed) != 0 {
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
        (*p).status.store(PGCSTOP, Release);
        let l = SCHED.locked();
        l.stopwait -= 1;
        if l.stopwait == 0 {
            SCHED.stopnote.wakeup();
        }
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

/// This M is locked to a goroutine that does not run: sleep until it does.
unsafe fn stoplockedm() {
    let m = getm();
    if !(*m).p.is_null() {
        handoffp(releasep());
    }
    incidlelocked(1);
    (*m).park.sleep();
    (*m).park.clear();
    acquirep((*m).nextp);
    (*m).nextp = null_mut();
}

/// Ms asleep in `stoplockedm` count as idle for deadlock detection.
pub unsafe fn incidlelocked(n: i32) {
    lock();
    SCHED.locked().nmidle += n;
    if n > 0 {
        checkdead();
    }
    unlock();
}

/// Hands this M's P to the M that `gp` is locked to, and sleeps.
unsafe fn startlockedm(gp: *mut G) {
    let mp = (*gp).lockedm;
    incidlelocked(-1);
    (*mp).nextp = releasep();
    (*mp).park.wakeup();
    stopm();
}

/// Stops for a stop of the world.
unsafe fn gcstopm() {
    let m = getm();
    if (*m).spinning {
        (*m).spinning = false;
        SCHED.nmspinning.fetch_sub(1, SeqCst);
    }
    let p = releasep();
    lock();
    (*p).status.store(PGCSTOP, Release);
    let l = SCHED.locked();
    l.stopwait -= 1;
    if l.stopwait == 0 {
        SCHED.stopnote.wakeup();
    }
    unlock();
    stopm();
}

// ---------------------------------------------------------------- the loop

/// Runs `gp` on this M. Does not return.
unsafe fn execute(gp: *mut G, inherit: bool) -> ! {
    let m = getm();
    let p = (*m).p;
    (*m).curg = gp;
    (*gp).m = m;
    casgstatus(gp, GRUNNABLE, GRUNNING);
    (*gp).waitsince = 0;
    (*gp).preempt.store(0, Relaxed);
    (*gp).stackguard.store((*(*gp).seg).guard, Relaxed);
    (*gp).mcache = &raw mut (*p).mcache;
    if !inherit {
        (*p).schedtick.fetch_add(1, Relaxed);
    }
    crate::gc::cycle::before_run(gp);
    let b = (*gp).regblock;
    if !b.is_null() {
        (*gp).regblock = null_mut();
        super::preempt::putblock(m, b);
        arch::gogo_full(gp, b);
    }
    arch::gogo(gp)
}

/// Runs `gp`, which is runnable and on no queue.
pub unsafe fn execute_pub(gp: *mut G) -> ! {
    execute(gp, false)
}

/// This M has no P: stop, then schedule.
pub unsafe fn stop_and_schedule() -> ! {
    stopm();
    schedule()
}

/// This M has no P and its locked goroutine is on the global queue: sleep until somebody hands us a P for it.
pub unsafe fn schedule_locked_without_p() -> ! {
    stoplockedm();
    execute((*getm()).lockedg, false)
}

/// One round of the scheduler: find a goroutine and run it.
pub unsafe fn schedule() -> ! {
    let m = getm();
    if (*m).locks != 0 {
        throw("schedule: holding locks");
    }
    if !(*m).lockedg.is_null() {
        stoplockedm();
        execute((*m).lockedg, false);
    }
    loop {
        (*(*m).p).preempt.store(0, Relaxed);
        let (gp, inherit) = findrunnable();
        if (*m).spinning {
            resetspinning();
        }
        if !(*gp).lockedm.is_null() {
            startlockedm(gp);
            continue;
        }
        execute(gp, inherit);
    }
}

unsafe fn resetspinning() {
    let m = getm();
    (*m).spinning = false;
    if SCHED.nmspinning.fetch_sub(1, SeqCst) < 1 {
        throw("findrunnable: negative nmspinning");
    }
    // One spinner found work: there may be more, so another one should look.
    wakep();
}

fn min_nonzero(a: i64, b: i64) -> i64 {
    if a == 0 || (b != 0 && b < a) { b } else { a }
}

/// A goroutine to run, blocking until there is one.
unsafe fn findrunnable() -> (*mut G, bool) {
    let m = getm();
    'top: loop {
        let mut p = (*m).p;
        if SCHED.gcwaiting.load(SeqCst) != 0 {
            gcstopm();
            continue;
        }
        if (*p).run_safepoint.load(Relaxed) != 0 {
            super::stw::run_safepoint(p);
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
        if (*p).schedtick.load(Relaxed).is_multiple_of(61) && SCHED.runqsize.load(Relaxed) > 0 {
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

/// Looks at all other Ps, four rounds. Gives (G, inherit, now, first timer, something new happened).
unsafe fn steal_work(p: *mut P, mut now: i64) -> (*mut G, bool, i64, i64, bool) {
    let n = SCHED.gomaxprocs.load(Relaxed) as u32;
    let mut polluntil = 0;
    for round in 0..4 {
        let last = round == 3;
        // A random start and a stride coprime to n visit every P once.
        let mut pos = rand::cheaprandn(n);
        let mut stride = rand::cheaprandn(n).max(1);
        while gcd(stride, n) != 1 {
            stride += 1;
        }
        for _ in 0..n {
            if SCHED.gcwaiting.load(SeqCst) != 0 {
                return (null_mut(), false, now, polluntil, true);
            }
            let q = SCHED.allp.get(pos as usize);
            pos = (pos + stride) % n;
            if q == p {
                continue;
            }
            if last && (*q).timers.first() != 0 {
                let (t_now, until) = time::check_timers(q, now);
                now = t_now;
                polluntil = min_nonzero(polluntil, until);
                if let Some((gp, inherit)) = (*p).runq.get() {
                    return (gp, inherit, now, polluntil, true);
                }
            }
            if (*q).status.load(Relaxed) != PIDLE {
                let running = (*q).status.load(Relaxed) == PRUNNING;
                if let Some(gp) = (*p).runq.steal(&(*q).runq, last, running) {
                    return (gp, false, now, polluntil, false);
                }
            }
        }
    }
    (null_mut(), false, now, polluntil, false)
}

fn gcd(mut a: u32, mut b: u32) -> u32 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

/// A list of Gs through `schedlink`.
pub struct GList {
    pub head: *mut G,
}

impl GList {
    pub const fn new() -> GList {
        GList { head: null_mut() }
    }
    pub unsafe fn push(&mut self, gp: *mut G) {
        (*gp).schedlink = self.head;
        self.head = gp;
    }
    pub unsafe fn pop(&mut self) -> *mut G {
        let gp = self.head;
        if !gp.is_null() {
            self.head = (*gp).schedlink;
        }
        gp
    }
    pub fn is_empty(&self) -> bool {
        self.head.is_null()
    }
}

impl Default for GList {
    fn default() -> Self {
        Self::new()
    }
}

/// Makes the waiting Gs of `list` runnable and wakes Ms for them.
///
/// Context: system stack, with or without a P.
pub unsafe fn injectglist(list: &mut GList) {
    if list.is_empty() {
        return;
    }
    let (head, mut tail, mut n) = (list.head, list.head, 0);
    let mut g = head;
    while !g.is_null() {
        tail = g;
        n += 1;
        casgstatus(g, GWAITING, GRUNNABLE);
        g = (*g).schedlink;
    }
    list.head = null_mut();
    let m = acquirem();
    let p = (*m).p;
    if p.is_null() {
        lock();
        globrunqputbatch(head, tail, n);
        unlock();
    } else {
        let mut g = head;
        while !g.is_null() {
            let next = (*g).schedlink;
            runqput(p, g, false);
            g = next;
        }
    }
    for _ in 0..n.min(SCHED.npidle.load(SeqCst)) {
        lock();
        let q = pidleget();
        if q.is_null() {
            unlock();
            break;
        }
        unlock();
        startm(q, false);
    }
    releasem(m);
}

/// Are all Ms asleep, with nothing that could wake them? Then the program is deadlocked.
///
/// Context: `sched.lock` held. Called whenever the number of running Ms may have become zero.
pub unsafe fn checkdead() {
    if SCHED.panicking.load(Relaxed) != 0 || SCHED.init_done.load(Relaxed) == 0 && SCHED.main_started.load(Relaxed) == 0
    {
        return;
    }
    let l = SCHED.locked();
    let run = l.mcount - l.nmidle as i64 - l.nmsys;
    if run > 0 {
        return;
    }
    if run < 0 {
        unlock();
        throw("checkdead: inconsistent counts");
    }
    let mut grunning = 0;
    for i in 0..allglen() {
        let g = allg(i);
        if (*g).system {
            continue;
        }
        match (*g).status.load(Relaxed) & !GSCAN {
            GWAITING | GPREEMPTED => grunning += 1,
            GRUNNABLE | GRUNNING | GSYSCALL => {
                unlock();
                throw("checkdead: runnable g");
            }
            _ => {}
        }
    }
    if grunning == 0 {
        unlock();
        fatal("no goroutines (main called runtime.Goexit) - deadlock!");
    }
    // Timers will make work; the poller that waits for them is about to go to sleep or was just woken.
    if time::first_deadline() != 0 {
        return;
    }
    unlock();
    fatal("all goroutines are asleep - deadlock!");
}
