//! Bodies of the rows in `abi::funcs::sched` that are not next to their subject.

use super::proc::*;
use super::runtime2::{status::*, *};
use super::{stack, sysmon};
use crate::diag::throw::throw;
use crate::sys::linux;
use core::sync::atomic::Ordering::*;

/// How many goroutines one may start before it has to wait its turn behind those that do not fit in a P's queue. So what short-lived
/// goroutines need is reused while it is warm, and does not grow with the difference of speed between their maker and those
/// who run them.
pub const SPAWN_AHEAD: u32 = 256;
/// If its turn takes longer (ns) to come, they do not end soon, and stopping is of no use: the next time comes later.
const LONG_ROUND: i64 = 2_000_000;

#[unsafe(export_name = "rt.newproc")]
unsafe extern "C" fn newproc(f: usize) {
    let gp = getg();
    newproc1(f, gp, (*gp).sched.pc, false);
    let g = &mut *gp;
    g.spawned += 1;
    if g.spawned == 1 && g.spawn_stop != 0 {
        let long = crate::sys::linux::nanotime() - g.spawn_stop > LONG_ROUND;
        g.spawn_limit = if long { (2 * g.spawn_limit).min(SPAWN_AHEAD << 8) } else { SPAWN_AHEAD };
        g.spawn_stop = 0;
    }
    if g.spawned >= g.spawn_limit {
        g.spawned = 0;
        if SCHED.runqsize.load(Relaxed) >= SPAWN_AHEAD as i32 / 2 {
            g.spawn_stop = crate::sys::linux::nanotime();
            g.preempt.store(1, Relaxed);
        }
    }
}
#[unsafe(export_name = "rt.newprocSystem")]
unsafe extern "C" fn newproc_system(f: usize) {
    let gp = getg();
    newproc1(f, gp, (*gp).sched.pc, true);
}
#[unsafe(export_name = "rt.goexit1")]
unsafe extern "C" fn goexit1() {
    (*getm()).parking = park::EXIT;
}
#[unsafe(export_name = "rt.gparks")]
unsafe extern "C" fn gparks() -> usize {
    (*getg()).parks as usize
}
#[unsafe(export_name = "rt.goidof")]
unsafe extern "C" fn goidof(gp: *mut G) -> u64 {
    (*gp).goid
}
#[unsafe(export_name = "rt.parentgoid")]
unsafe extern "C" fn parentgoid() -> u64 {
    (*getg()).parentgoid
}
#[unsafe(export_name = "rt.gosched")]
unsafe extern "C" fn gosched() {
    gosched_on_return()
}

#[unsafe(export_name = "rt.schedpoint")]
unsafe extern "C" fn schedpoint() {
    if super::seeded::on() {
        super::seeded::at_entry(getg());
    }
}

// goparkToken/goready: token 0 none, 1 ready came first, 2 parked.
pub(super) unsafe fn token_park(gp: *mut G, _: usize) -> bool {
    // False (go on at once) if a ready came between the check in the row and now.
    if (*gp).token.compare_exchange(0, 2, SeqCst, SeqCst).is_ok() {
        return true;
    }
    (*gp).token.store(0, SeqCst);
    false
}
#[unsafe(export_name = "rt.goparkToken")]
pub(super) unsafe extern "C" fn gopark_token(reason: usize) {
    let gp = getg();
    if (*gp).token.compare_exchange(1, 0, SeqCst, SeqCst).is_ok() {
        return;
    }
    gopark(Some(token_park), 0, WaitReason::from(reason));
}
#[unsafe(export_name = "rt.goready")]
pub(super) unsafe extern "C" fn rt_goready(gp: *mut G) {
    if (*gp).token.compare_exchange(2, 0, SeqCst, SeqCst).is_ok() {
        goready(gp);
        return;
    }
    // Not parked yet: leave the token. If it parked meanwhile, take it out.
    if (*gp).token.compare_exchange(0, 1, SeqCst, SeqCst).is_err()
        && (*gp).token.compare_exchange(2, 0, SeqCst, SeqCst).is_ok()
    {
        goready(gp);
    }
}
#[unsafe(export_name = "rt.gcount")]
extern "C" fn rt_gcount() -> isize {
    gcount() as isize
}

#[unsafe(export_name = "rt.lockOSThread")]
unsafe extern "C" fn lock_os_thread(internal: usize) {
    if internal == 0 {
        start_template_thread();
    }
    let m = getm();
    let gp = (*m).curg;
    if internal != 0 {
        (*gp).lockedint += 1;
    } else {
        (*gp).lockedext += 1;
    }
    (*gp).lockedm = m;
    (*m).lockedg = gp;
}
#[unsafe(export_name = "rt.lockcounts")]
unsafe extern "C" fn lockcounts() -> u64 {
    let gp = getg();
    ((*gp).lockedext as u64) << 32 | (*gp).lockedint as u64
}
#[unsafe(export_name = "rt.unlockOSThread")]
unsafe extern "C" fn unlock_os_thread(internal: usize) {
    let m = getm();
    let gp = (*m).curg;
    if internal != 0 {
        if (*gp).lockedint == 0 {
            throw("runtime: internal error: misuse of lockOSThread/unlockOSThread");
        }
        (*gp).lockedint -= 1;
    } else {
        if (*gp).lockedext == 0 {
            return;
        }
        (*gp).lockedext -= 1;
    }
    if (*gp).lockedint == 0 && (*gp).lockedext == 0 {
        (*gp).lockedm = core::ptr::null_mut();
        (*m).lockedg = core::ptr::null_mut();
    }
}

#[unsafe(export_name = "rt.gomaxprocs")]
extern "C" fn gomaxprocs() -> isize {
    if super::seeded::on() {
        return super::seeded::shown_procs() as isize;
    }
    SCHED.gomaxprocs.load(Relaxed) as isize
}
#[unsafe(export_name = "rt.ncpu")]
extern "C" fn ncpu() -> isize {
    if super::seeded::on() {
        return super::seeded::SHOWN_PROCS as isize;
    }
    SCHED.ncpu.load(Relaxed) as isize
}
#[unsafe(export_name = "rt.cpucount")]
extern "C" fn cpucount() -> isize {
    // A seeded run must not depend on the machine.
    if super::seeded::on() { 0 } else { linux::ncpu() as isize }
}
#[unsafe(export_name = "rt.setMaxThreads")]
unsafe extern "C" fn set_max_threads(n: isize) -> isize {
    lock();
    let l = SCHED.locked();
    let old = l.maxmcount;
    l.maxmcount = (n as i64).min(i32::MAX as i64);
    let too_many = l.mcount > l.maxmcount;
    unlock();
    if too_many {
        crate::diag::throw::too_many_threads();
    }
    old as isize
}
#[unsafe(export_name = "rt.setMaxStack")]
unsafe extern "C" fn set_max_stack(n: usize) -> usize {
    SCHED.maxstacksize.swap(n, Relaxed)
}
#[unsafe(export_name = "rt.setPanicOnFault")]
unsafe extern "C" fn set_panic_on_fault(on: usize) -> usize {
    let gp = getg();
    core::mem::replace(&mut (*gp).paniconfault, on != 0) as usize
}
#[unsafe(export_name = "rt.getproflabel")]
unsafe extern "C" fn getproflabel() -> usize {
    (*getg()).labels
}
#[unsafe(export_name = "rt.setproflabel")]
unsafe extern "C" fn setproflabel(l: usize) {
    (*getg()).labels = l
}
#[unsafe(export_name = "rt.setrunsusercode")]
unsafe extern "C" fn setrunsusercode(on: usize) {
    (*getg()).runs_user_code = on & 0xff != 0
}
#[unsafe(export_name = "rt.gproflabel")]
unsafe extern "C" fn gproflabel(gp: *mut G) -> usize {
    (*gp).labels
}
#[unsafe(export_name = "rt.getfips")]
unsafe extern "C" fn getfips() -> usize {
    (*getg()).fips
}
#[unsafe(export_name = "rt.setfips")]
unsafe extern "C" fn setfips(v: usize) {
    (*getg()).fips = v
}
#[unsafe(export_name = "rt.initDone")]
unsafe extern "C" fn init_done() {
    if SCHED.init_done.swap(1, SeqCst) == 0 {
        SCHED.main_started.store(1, SeqCst);
        newm(Some(sysmon::sysmon), core::ptr::null_mut());
        wakep();
    }
}

// --- fork: signals are blocked in the parent until the child has its own table, so that no handler runs in a child that
// shares our memory.
static FORKMASK: core::sync::atomic::AtomicU64 = core::sync::atomic::AtomicU64::new(0);

#[unsafe(export_name = "rt.beforefork")]
unsafe extern "C" fn beforefork() {
    let m = acquirem();
    let _ = m;
    super::step::pause();
    FORKMASK.store(linux::sigprocmask(linux::SIG_SETMASK, !0), Relaxed);
    SCHED.forking.store(1, SeqCst);
}
#[unsafe(export_name = "rt.afterfork")]
unsafe extern "C" fn afterfork() {
    SCHED.forking.store(0, SeqCst);
    linux::sigprocmask(linux::SIG_SETMASK, FORKMASK.load(Relaxed));
    releasem(getm());
}
#[unsafe(export_name = "rt.afterforkInChild")]
unsafe extern "C" fn afterfork_in_child() {
    // The child shares our memory: it only resets its own table of handlers and its mask.
    crate::io::signal::clear_handlers();
    linux::sigprocmask(linux::SIG_SETMASK, FORKMASK.load(Relaxed));
}
#[unsafe(export_name = "rt.beforeExec")]
unsafe extern "C" fn before_exec() {
    EXECLOCK.raw().lock();
}
#[unsafe(export_name = "rt.afterExec")]
unsafe extern "C" fn after_exec() {
    EXECLOCK.raw().unlock();
}
/// Keeps threads from being made while the process is replaced.
static EXECLOCK: super::lock::Mutex<()> = super::lock::Mutex::new(super::lockrank::Rank::Leaf, ());

/// Frees what the goroutine's stack does not need any more. For the collector.
pub unsafe fn trim_dead_stacks() {
    for i in 0..allglen() {
        let gp = allg(i);
        if (*gp).status.load(Relaxed) == GWAITING {
            stack::stack_trim(gp, 1);
        }
    }
}
