//! The network poller: epoll, edge-triggered, and the poll descriptors of `internal/poll`.
//!
//! A `PollDesc` has, for each direction, a word that is `NIL`, `READY` (an event came and nobody has taken it), `WAIT` (a
//! goroutine is about to park) or the G parked. `poll` and `unblock` are the only ones that take the G out, by CAS, so a G
//! is readied once. Descriptors are never freed, only reused, with a sequence number against events and deadlines of a former use.
//!
//! Deadlines are timers embedded in the descriptor (`Kind::Deadline`).

use super::time::{self, Kind, Timer};
use crate::diag::throw::throw;
use crate::sched::lock::{Mutex, RawLock};
use crate::sched::lockrank::Rank;
use crate::sched::proc::*;
use crate::sched::runtime2::*;
use crate::sched::sysmon;
use crate::sys::linux::*;
use crate::sys::rows::Pair;
use core::mem::offset_of;
use core::ptr::null_mut;
use core::sync::atomic::{AtomicI32, AtomicU32, AtomicUsize, Ordering::*};

const NIL: usize = 0;
const READY: usize = 1;
const WAIT: usize = 2;

const ERR_CLOSING: usize = 1;
const ERR_TIMEOUT: usize = 2;
const ERR_NOT_POLLABLE: usize = 3;

pub struct PollDesc {
    link: *mut PollDesc,
    lock: RawLock,
    fd: usize,
    /// Use number: tags epoll's data.
    fdseq: AtomicUsize,
    rg: AtomicUsize,
    wg: AtomicUsize,
    // read without the lock by netpollWait, written with it
    closing: AtomicU32,
    everr: AtomicU32,
    rd_expired: AtomicU32,
    wd_expired: AtomicU32,
    // under the lock
    rd: i64,
    wd: i64,
    rt: Timer,
    wt: Timer,
}

struct Cache {
    first: *mut PollDesc,
}
static CACHE: Mutex<Cache> = Mutex::new(Rank::Leaf, Cache { first: null_mut() });

static EPFD: AtomicI32 = AtomicI32::new(-1);
static EVENTFD: AtomicI32 = AtomicI32::new(-1);
static INIT: Mutex<()> = Mutex::new(Rank::Leaf, ());
static WAITERS: AtomicI32 = AtomicI32::new(0);
static WAKE_PENDING: AtomicU32 = AtomicU32::new(0);

#[repr(C, packed)]
#[derive(Clone, Copy)]
struct EpollEvent {
    events: u32,
    data: u64,
}

const EPOLLIN: u32 = 1;
const EPOLLOUT: u32 = 4;
const EPOLLERR: u32 = 8;
const EPOLLHUP: u32 = 16;
const EPOLLRDHUP: u32 = 0x2000;
const EPOLLET: u32 = 1 << 31;

pub fn inited() -> bool {
    EPFD.load(Acquire) >= 0
}

/// Does anybody wait for a file?
pub fn any_waiters() -> bool {
    WAITERS.load(SeqCst) > 0
}

/// Makes the epoll and event descriptors on first use.
pub fn init() {
    if inited() {
        return;
    }
    let _g = INIT.lock();
    if inited() {
        return;
    }
    // SAFETY: system calls on our own descriptors and live memory.
    unsafe {
        const CLOEXEC: usize = 0x80000;
        const NONBLOCK: usize = 0x800;
        let ep = syscall3(SYS_EPOLL_CREATE1, CLOEXEC, 0, 0);
        let ev = syscall3(SYS_EVENTFD2, 0, CLOEXEC | NONBLOCK, 0);
        if ep < 0 || ev < 0 {
            throw("runtime: netpollinit failed");
        }
        let e = EpollEvent { events: EPOLLIN, data: 0 };
        if syscall4(SYS_EPOLL_CTL, ep as usize, 1, ev as usize, &raw const e as usize) < 0 {
            throw("runtime: epollctl failed");
        }
        EVENTFD.store(ev as i32, Release);
        EPFD.store(ep as i32, Release);
    }
}

/// Makes a blocked `poll` return.
pub fn wake() {
    if WAKE_PENDING.compare_exchange(0, 1, SeqCst, SeqCst).is_err() {
        return;
    }
    let one = 1u64;
    // SAFETY: eight readable bytes.
    unsafe { syscall3(SYS_WRITE, EVENTFD.load(Acquire) as usize, &raw const one as usize, 8) };
}

/// A timer for `when` was added: the blocked poller, if any, must not sleep longer; if nobody polls, wake an M.
pub fn wake_netpoller(when: i64) {
    if SCHED.lastpoll.load(SeqCst) == 0 {
        let until = SCHED.polluntil.load(SeqCst);
        if until == 0 || until > when {
            wake();
        }
    } else {
        // SAFETY: system stack; `wakep` takes only sched.lock.
        unsafe { wakep() };
    }
    sysmon::timer_added(when);
}

/// Goroutines that can go on because of events. Waits `ns` at most (0: not at all, negative: for ever).
///
/// Context: scheduler or sysmon; no lock held.
pub unsafe fn poll(ns: i64) -> GList {
    let mut list = GList::new();
    let ep = EPFD.load(Acquire);
    if ep < 0 {
        return list;
    }
    let mut evs = [EpollEvent { events: 0, data: 0 }; 128];
    let ts = Timespec::from_ns(ns.max(0));
    let n = loop {
        let n = if ns <= 0 {
            syscall6(
                SYS_EPOLL_PWAIT,
                ep as usize,
                evs.as_mut_ptr() as usize,
                evs.len(),
                if ns == 0 { 0 } else { -1isize as usize },
                0,
                0,
            )
        } else {
            let r = syscall6(
                SYS_EPOLL_PWAIT2,
                ep as usize,
                evs.as_mut_ptr() as usize,
                evs.len(),
                &raw const ts as usize,
                0,
                0,
            );
            if r == -ENOSYS {
                let ms = ((ns + 999_999) / 1_000_000).min(1_000_000_000) as usize;
                syscall6(SYS_EPOLL_PWAIT, ep as usize, evs.as_mut_ptr() as usize, evs.len(), ms, 0, 0)
            } else {
                r
            }
        };
        if n == -EINTR {
            if ns > 0 {
                return list;
            }
            continue;
        }
        break n;
    };
    if n < 0 {
        throw("runtime: netpoll failed");
    }
    let mut delta = 0;
    for ev in &evs[..n as usize] {
        let (events, data) = (ev.events, ev.data);
        if data == 0 {
            // The wake-up. A non-blocking poll leaves it to the blocked one it is meant for.
            if ns != 0 {
                let mut buf = 0u64;
                syscall3(SYS_READ, EVENTFD.load(Acquire) as usize, &raw mut buf as usize, 8);
                WAKE_PENDING.store(0, SeqCst);
            }
            continue;
        }
        let pd = (data & 0x0000_ffff_ffff_ffff) as *mut PollDesc;
        if (*pd).fdseq.load(Acquire) as u64 & 0xffff != data >> 48 {
            continue; // of a former use
        }
        (*pd).everr.store((events == EPOLLERR) as u32, Release);
        if events & (EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR) != 0 {
            push_unblocked(&mut list, pd, b'r', true, &mut delta);
        }
        if events & (EPOLLOUT | EPOLLHUP | EPOLLERR) != 0 {
            push_unblocked(&mut list, pd, b'w', true, &mut delta);
        }
    }
    if delta != 0 {
        WAITERS.fetch_add(delta, SeqCst);
    }
    list
}

unsafe fn push_unblocked(list: &mut GList, pd: *mut PollDesc, mode: u8, io: bool, delta: &mut i32) {
    let gp = unblock(pd, mode, io, delta);
    if !gp.is_null() {
        list.push(gp);
    }
}

fn word(pd: *mut PollDesc, mode: u8) -> &'static AtomicUsize {
    // SAFETY: descriptors are never freed.
    unsafe { if mode == b'r' { &(*pd).rg } else { &(*pd).wg } }
}

/// Takes the parked G (if any), with the result of its wait set; otherwise marks the direction ready if `io`.
unsafe fn unblock(pd: *mut PollDesc, mode: u8, io: bool, delta: &mut i32) -> *mut G {
    let w = word(pd, mode);
    loop {
        let old = w.load(SeqCst);
        if old == READY || (old == NIL && !io) {
            return null_mut();
        }
        let parked = old != NIL && old != WAIT;
        let new = if io && !parked { READY } else { NIL };
        if w.compare_exchange(old, new, SeqCst, SeqCst).is_ok() {
            if !parked {
                return null_mut();
            }
            *delta -= 1;
            let gp = old as *mut G;
            (*gp).park_result = if io { 0 } else { check_err(pd, mode) };
            return gp;
        }
    }
}

fn check_err(pd: *mut PollDesc, mode: u8) -> usize {
    // SAFETY: descriptors are never freed.
    let pd = unsafe { &*pd };
    if pd.closing.load(Acquire) != 0 {
        return ERR_CLOSING;
    }
    if (mode == b'r' && pd.rd_expired.load(Acquire) != 0) || (mode == b'w' && pd.wd_expired.load(Acquire) != 0) {
        return ERR_TIMEOUT;
    }
    if mode == b'r' && pd.everr.load(Acquire) != 0 {
        return ERR_NOT_POLLABLE;
    }
    0
}

#[unsafe(export_name = "rt.netpollServerInit")]
extern "C" fn server_init() {
    init()
}

#[unsafe(export_name = "rt.netpollIsDescriptor")]
extern "C" fn is_descriptor(fd: usize) -> usize {
    (fd as i32 == EPFD.load(Relaxed) || fd as i32 == EVENTFD.load(Relaxed)) as usize
}

#[unsafe(export_name = "rt.netpollOpenFD")]
unsafe extern "C" fn open(fd: usize) -> Pair {
    let pd = {
        let mut c = CACHE.lock();
        let pd = c.first;
        if !pd.is_null() {
            c.first = (*pd).link;
        }
        pd
    };
    let pd = if pd.is_null() {
        let pd = crate::heap::persistent(size_of::<PollDesc>(), 64) as *mut PollDesc;
        core::ptr::addr_of_mut!((*pd).lock).write(RawLock::new(Rank::PollDesc));
        core::ptr::addr_of_mut!((*pd).rt).write(Timer::new(Kind::Deadline, 0));
        core::ptr::addr_of_mut!((*pd).wt).write(Timer::new(Kind::Deadline, b'w'));
        pd
    } else {
        pd
    };
    let p = &mut *pd;
    p.lock.lock();
    p.fd = fd;
    p.closing.store(0, Relaxed);
    p.everr.store(0, Relaxed);
    p.rd_expired.store(0, Relaxed);
    p.wd_expired.store(0, Relaxed);
    p.rg.store(NIL, Relaxed);
    p.wg.store(NIL, Relaxed);
    p.rd = 0;
    p.wd = 0;
    let seq = p.fdseq.load(Relaxed) & 0xffff;
    p.lock.unlock();
    let ev = EpollEvent { events: EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, data: pd as u64 | (seq as u64) << 48 };
    let r = syscall4(SYS_EPOLL_CTL, EPFD.load(Relaxed) as usize, 1, fd, &raw const ev as usize);
    if r < 0 {
        free(pd);
        return Pair(0, -r as usize);
    }
    Pair(pd as usize, 0)
}

unsafe fn free(pd: *mut PollDesc) {
    (*pd).lock.lock();
    (*pd).fdseq.fetch_add(1, AcqRel);
    (*pd).lock.unlock();
    let mut c = CACHE.lock();
    (*pd).link = c.first;
    c.first = pd;
}

#[unsafe(export_name = "rt.netpollCloseFD")]
unsafe extern "C" fn close(pd: *mut PollDesc) {
    if (*pd).closing.load(Acquire) == 0 {
        throw("runtime: close polldesc w/o unblock");
    }
    let ev = EpollEvent { events: 0, data: 0 };
    syscall4(SYS_EPOLL_CTL, EPFD.load(Relaxed) as usize, 2, (*pd).fd, &raw const ev as usize);
    free(pd);
}

#[unsafe(export_name = "rt.netpollReset")]
extern "C" fn reset(pd: *mut PollDesc, mode: usize) -> usize {
    let e = check_err(pd, mode as u8);
    if e == 0 {
        word(pd, mode as u8).store(NIL, SeqCst);
    }
    e
}

/// `arg` is the descriptor, plus 1 for writing.
unsafe fn block_commit(gp: *mut G, arg: usize) -> bool {
    let (pd, mode) = ((arg & !1) as *mut PollDesc, if arg & 1 != 0 { b'w' } else { b'r' });
    let w = word(pd, mode);
    // Counted first, so that the last idle M knows to block in the poller.
    WAITERS.fetch_add(1, SeqCst);
    if w.compare_exchange(WAIT, gp as usize, SeqCst, SeqCst).is_ok() {
        return true;
    }
    WAITERS.fetch_sub(1, SeqCst);
    let old = w.swap(NIL, SeqCst);
    (*gp).park_result = if old == READY { 0 } else { check_err(pd, mode) };
    false
}

/// The wait: a result, or none if the goroutine parks (its waker sets the result).
unsafe fn block(pd: *mut PollDesc, mode: u8, waitio: bool) -> Option<usize> {
    let w = word(pd, mode);
    loop {
        if w.compare_exchange(READY, NIL, SeqCst, SeqCst).is_ok() {
            return Some(0);
        }
        match w.compare_exchange(NIL, WAIT, SeqCst, SeqCst) {
            Ok(_) => break,
            Err(READY) => continue,
            Err(_) => throw("runtime: double wait"),
        }
    }
    // An error that was set before WAIT was visible would not wake us.
    if !waitio && check_err(pd, mode) != 0 {
        let old = w.swap(NIL, SeqCst);
        return Some(if old == READY { 0 } else { check_err(pd, mode) });
    }
    gopark(Some(block_commit), pd as usize | (mode == b'w') as usize, WaitReason::IoWait);
    None
}

#[unsafe(export_name = "rt.netpollWait")]
unsafe extern "C" fn wait(pd: *mut PollDesc, mode: usize) -> usize {
    let mode = mode as u8;
    let e = check_err(pd, mode);
    if e != 0 {
        return e;
    }
    block(pd, mode, false).unwrap_or(0)
}

#[unsafe(export_name = "rt.netpollWaitCanceled")]
unsafe extern "C" fn wait_canceled(pd: *mut PollDesc, mode: usize) {
    // Only on systems whose cancelled operations complete later; Linux's do not.
    let _ = block(pd, mode as u8, true);
}

#[unsafe(export_name = "rt.netpollUnblock")]
unsafe extern "C" fn rt_unblock(pd: *mut PollDesc) {
    let p = &mut *pd;
    p.lock.lock();
    if p.closing.load(Relaxed) != 0 {
        throw("runtime: unblock on closing polldesc");
    }
    p.closing.store(1, SeqCst);
    let mut delta = 0;
    let rg = unblock(pd, b'r', false, &mut delta);
    let wg = unblock(pd, b'w', false, &mut delta);
    stop_deadline(&mut p.rt);
    stop_deadline(&mut p.wt);
    p.lock.unlock();
    finish(rg, wg, delta);
}

unsafe fn finish(rg: *mut G, wg: *mut G, delta: i32) {
    if delta != 0 {
        WAITERS.fetch_add(delta, SeqCst);
    }
    if !rg.is_null() {
        goready(rg);
    }
    if !wg.is_null() {
        goready(wg);
    }
}

unsafe fn stop_deadline(t: *mut Timer) {
    (*t).generation.fetch_add(1, AcqRel);
    time::stop(t);
}

#[unsafe(export_name = "rt.netpollSetDeadline")]
unsafe extern "C" fn set_deadline(pd: *mut PollDesc, d: i64, mode: usize) {
    let p = &mut *pd;
    p.lock.lock();
    if p.closing.load(Relaxed) != 0 {
        p.lock.unlock();
        return;
    }
    let mut d = d;
    if d > 0 {
        d = time::program_time().saturating_add(d);
    }
    let mode = mode as u8;
    let mut delta = 0;
    let (mut rg, mut wg) = (null_mut(), null_mut());
    if mode == b'r' || mode == b'r' + b'w' {
        p.rd = d;
        stop_deadline(&mut p.rt);
        p.rd_expired.store((d < 0) as u32, SeqCst);
        if d > 0 {
            time::start(&mut p.rt, d);
        } else if d < 0 {
            rg = unblock(pd, b'r', false, &mut delta);
        }
    }
    if mode == b'w' || mode == b'r' + b'w' {
        p.wd = d;
        stop_deadline(&mut p.wt);
        p.wd_expired.store((d < 0) as u32, SeqCst);
        if d > 0 {
            time::start(&mut p.wt, d);
        } else if d < 0 {
            wg = unblock(pd, b'w', false, &mut delta);
        }
    }
    p.lock.unlock();
    finish(rg, wg, delta);
}

/// A deadline timer of generation `generation` has expired.
///
/// Context: scheduler with a P.
pub unsafe fn deadline_expired(t: *mut Timer, generation: u32) {
    let write = (*t).mode == b'w';
    let off = if write { offset_of!(PollDesc, wt) } else { offset_of!(PollDesc, rt) };
    let pd = (t as usize - off) as *mut PollDesc;
    let p = &mut *pd;
    p.lock.lock();
    if (*t).generation.load(Acquire) != generation {
        p.lock.unlock();
        return; // stopped or set anew since
    }
    let mut delta = 0;
    let gp = if write {
        p.wd = -1;
        p.wd_expired.store(1, SeqCst);
        unblock(pd, b'w', false, &mut delta)
    } else {
        p.rd = -1;
        p.rd_expired.store(1, SeqCst);
        unblock(pd, b'r', false, &mut delta)
    };
    p.lock.unlock();
    finish(gp, null_mut(), delta);
}
