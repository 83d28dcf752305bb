//! The CPU profile: SIGPROF samples of what goroutines execute.
//!
//! The handler writes records `[3 + 1 + n, time, 1, label, n × pc]` (pcs as return pcs) into a ring; the Go side reads them
//! every 100 ms. The ring has a lock that handlers spin on a little and then give up (the sample counts as lost); the
//! reader holds it with SIGPROF blocked, so it is never interrupted by a handler that wants it.

use super::traceback::Unwinder;
use crate::io::signal::Ucontext;
use crate::sched::lock::Mutex;
use crate::sched::lockrank::Rank;
use crate::sched::runtime2::{status::*, *};
use crate::sys::linux::{self, *};
use core::cell::UnsafeCell;
use core::sync::atomic::{AtomicU32, AtomicU64, Ordering::*};

const RING: usize = 1 << 16;
const DEPTH: usize = 64;
const SIGPROF: u32 = 27;

struct Ring {
    lock: AtomicU32,
    /// Under the lock. Allocated on first use.
    buf: UnsafeCell<*mut u64>,
    head: UnsafeCell<usize>,
    tail: UnsafeCell<usize>,
}
// SAFETY: the cells are touched with `lock` held only.
unsafe impl Sync for Ring {}
static R: Ring = Ring {
    lock: AtomicU32::new(0),
    buf: UnsafeCell::new(core::ptr::null_mut()),
    head: UnsafeCell::new(0),
    tail: UnsafeCell::new(0),
};
static LOST: AtomicU64 = AtomicU64::new(0);
static HZ: AtomicU32 = AtomicU32::new(0);

pub fn running() -> bool {
    HZ.load(Relaxed) != 0
}

#[unsafe(export_name = "rt.setcpuprofilerate")]
unsafe extern "C" fn setcpuprofilerate(hz: u32) {
    if hz != 0 {
        let old = sigprocmask(SIG_BLOCK, 1 << (SIGPROF - 1));
        while R.lock.compare_exchange(0, 1, Acquire, Relaxed).is_err() {
            core::hint::spin_loop();
        }
        if (*R.buf.get()).is_null() {
            *R.buf.get() = linux::mmap(RING * 8) as *mut u64;
            *T.buf.get() = linux::mmap(TRACE_RING * 8) as *mut u64;
        }
        *R.head.get() = 0;
        *R.tail.get() = 0;
        R.lock.store(0, Release);
        sigprocmask(SIG_SETMASK, old);
    }
    TIMERS.raw().lock();
    HZ.store(hz, SeqCst);
    if hz != 0 {
        crate::io::signal::take(SIGPROF);
    }
    let mut m = SCHED.allm.load(Acquire);
    while !m.is_null() {
        if hz == 0 {
            delete_timer(m);
        } else if (*m).live.load(SeqCst) == 2 {
            create_timer(m, hz);
        }
        m = (*m).alllink;
    }
    TIMERS.raw().unlock();
}

/// Guards `M::proftimer`, and the rate against threads that come and go.
static TIMERS: Mutex<()> = Mutex::new(Rank::Leaf, ());

/// A thread has started. Context: the thread itself.
pub unsafe fn minit(m: *mut M) {
    if running() {
        TIMERS.raw().lock();
        let hz = HZ.load(SeqCst);
        if hz != 0 {
            create_timer(m, hz);
        }
        TIMERS.raw().unlock();
    }
}

/// A thread is about to end. Context: the thread itself.
pub unsafe fn mexit(m: *mut M) {
    TIMERS.raw().lock();
    delete_timer(m);
    TIMERS.raw().unlock();
}

/// A timer on the thread's own CPU clock. (One for the process would give one signal a tick, however many threads run.)
unsafe fn create_timer(m: *mut M, hz: u32) {
    const SIGEV_THREAD_ID: i32 = 4;
    if (*m).proftimer != 0 {
        return;
    }
    let mut ev = [0u32; 16];
    ev[2] = SIGPROF;
    ev[3] = SIGEV_THREAD_ID as u32;
    ev[4] = (*m).tid as u32;
    // CLOCK_THREAD_CPUTIME_ID of another thread.
    let clock = (!(*m).tid << 3) | 6;
    let mut id = 0i32;
    if syscall3(SYS_TIMER_CREATE, clock as usize, ev.as_ptr() as usize, &raw mut id as usize) != 0 {
        return;
    }
    let ns = (1_000_000_000 / hz as usize).max(1);
    // The first one comes at a random time within the period, else short-lived threads would never or always be seen.
    let first = 1 + crate::sys::rand::cheaprand() as usize % ns;
    let it = [ns / 1_000_000_000, ns % 1_000_000_000, first / 1_000_000_000, first % 1_000_000_000];
    syscall4(SYS_TIMER_SETTIME, id as usize, 0, it.as_ptr() as usize, 0);
    (*m).proftimer = id + 1;
}

unsafe fn delete_timer(m: *mut M) {
    if (*m).proftimer != 0 {
        syscall3(SYS_TIMER_DELETE, (*m).proftimer as usize - 1, 0, 0);
        (*m).proftimer = 0;
    }
}

/// Takes a sample. Context: signal handler.
pub unsafe fn sample(m: *mut M, ctx: *mut Ucontext) {
    let regs = &(*ctx).gregs;
    let (pc, sp, bp) = (regs.rip as usize, regs.rsp as usize, regs.rbp as usize);
    let gp = (*m).curg;
    let mut pcs = [0u64; DEPTH];
    let mut n = 0;
    let mut label = 0;
    if !gp.is_null() && (*gp).status.load(Relaxed) & !GSCAN == GRUNNING {
        label = (*gp).labels;
        let seg = (*gp).seg;
        let on_seg = !seg.is_null() && (seg as usize..=(*seg).hi).contains(&sp);
        let u = if on_seg && regs.r15 as usize == gp as usize && super::symtab::is_go_text(pc) {
            Some(Unwinder::at(gp, pc, sp, bp, true))
        } else if on_seg && crate::io::signal::in_leaf(pc) {
            Some(Unwinder::at(gp, *(sp as *const usize), sp + 8, bp, false))
        } else if (m as usize..m as usize + MBLOCK).contains(&sp) {
            // In the runtime on the goroutine's behalf: the function that runs, the switch of stacks, and what was called.
            pcs[0] = known(pc) as u64 + 1;
            pcs[1] = &raw const crate::sys::arch_x86_64::CALL as u64 + 1;
            n = 2;
            let called = super::callers::called_at((*gp).sched.pc);
            if called != 0 {
                pcs[2] = called as u64 + 1;
                n = 3;
            }
            Some(Unwinder::new(gp))
        } else {
            None
        };
        if let Some(u) = u {
            for f in u.take(DEPTH - n) {
                pcs[n] = f.pc as u64 + f.exact as u64;
                n += 1;
            }
        }
    }
    if n == 0 {
        pcs[0] = known(pc) as u64 + 1;
        n = 1;
    }
    let mut spins = 0;
    while R.lock.compare_exchange(0, 1, Acquire, Relaxed).is_err() {
        spins += 1;
        if spins > 1000 {
            LOST.fetch_add(1, Relaxed);
            return;
        }
        core::hint::spin_loop();
    }
    let (buf, head, tail) = (*R.buf.get(), *R.head.get(), *R.tail.get());
    let len = 4 + n;
    if buf.is_null() || tail - head + len > RING {
        LOST.fetch_add(1, Relaxed);
    } else {
        let put = |i: usize, v: u64| *buf.add((tail + i) % RING) = v;
        put(0, len as u64);
        put(1, nanotime() as u64);
        put(2, 1);
        put(3, label as u64);
        for (i, &pc) in pcs[..n].iter().enumerate() {
            put(4 + i, pc);
        }
        *R.tail.get() = tail + len;
    }
    if super::trace::on() {
        let p = (*m).p;
        let thread = (*m).id as u64;
        let proc = if p.is_null() { u64::MAX } else { (*p).id as u64 };
        let goroutine = if gp.is_null() { 0 } else { (*gp).goid };
        trace_record(&[thread, proc, goroutine], &pcs[..n]);
    }
    R.lock.store(0, Release);
}

const TRACE_RING: usize = 1 << 15;
/// Samples for the execution trace: [words, time, thread, proc, goroutine, pcs…]. Under `R.lock`.
struct TraceRing {
    buf: UnsafeCell<*mut u64>,
    len: UnsafeCell<usize>,
}
// SAFETY: the cells are touched with `R.lock` held only.
unsafe impl Sync for TraceRing {}
static T: TraceRing = TraceRing { buf: UnsafeCell::new(core::ptr::null_mut()), len: UnsafeCell::new(0) };

/// An address in a function that the tables know. Of other code only the vDSO's clock runs on a thread's own stack; it counts
/// for who asks it.
fn known(pc: usize) -> usize {
    if super::symtab::find(pc).is_some() { pc } else { nanotime as *const () as usize }
}

/// Context: `R.lock` held. What does not fit until the end of the generation is lost.
unsafe fn trace_record(ids: &[u64; 3], pcs: &[u64]) {
    let (buf, len) = (*T.buf.get(), *T.len.get());
    let n = 5 + pcs.len();
    if buf.is_null() || len + n > TRACE_RING {
        return;
    }
    *buf.add(len) = n as u64;
    *buf.add(len + 1) = nanotime() as u64;
    core::ptr::copy_nonoverlapping(ids.as_ptr(), buf.add(len + 2), 3);
    core::ptr::copy_nonoverlapping(pcs.as_ptr(), buf.add(len + 5), pcs.len());
    *T.len.get() = len + n;
}

/// Gives the samples taken for the execution trace since the last time: time, thread, proc and goroutine, pcs.
///
/// Context: system stack.
pub unsafe fn drain_trace(mut f: impl FnMut(u64, [u64; 3], &[usize])) {
    let old = sigprocmask(SIG_BLOCK, 1 << (SIGPROF - 1));
    while R.lock.compare_exchange(0, 1, Acquire, Relaxed).is_err() {
        core::hint::spin_loop();
    }
    let (buf, len) = (*T.buf.get(), *T.len.get());
    let mut at = 0;
    while at < len {
        let n = *buf.add(at) as usize;
        let ids = [*buf.add(at + 2), *buf.add(at + 3), *buf.add(at + 4)];
        f(*buf.add(at + 1), ids, core::slice::from_raw_parts(buf.add(at + 5) as *const usize, n - 5));
        at += n;
    }
    *T.len.get() = 0;
    R.lock.store(0, Release);
    sigprocmask(SIG_SETMASK, old);
}

/// Copies whole records to `out`; gives the number of words.
#[unsafe(export_name = "rt.cpuProfileRead")]
unsafe extern "C" fn read(out: *mut u64, n: usize) -> usize {
    let old = sigprocmask(SIG_BLOCK, 1 << (SIGPROF - 1));
    while R.lock.compare_exchange(0, 1, Acquire, Relaxed).is_err() {
        core::hint::spin_loop();
    }
    let (buf, mut head, tail) = (*R.buf.get(), *R.head.get(), *R.tail.get());
    let mut k = 0;
    while head < tail {
        let len = *buf.add(head % RING) as usize;
        if k + len > n {
            break;
        }
        for i in 0..len {
            *out.add(k + i) = *buf.add((head + i) % RING);
        }
        k += len;
        head += len;
    }
    *R.head.get() = head;
    R.lock.store(0, Release);
    sigprocmask(SIG_SETMASK, old);
    let lost = LOST.load(Relaxed);
    if lost != 0 && k + 5 <= n {
        LOST.fetch_sub(lost, Relaxed);
        // A record with count 0 says how many samples were lost.
        let rec = [5, nanotime() as u64, 0, 0, lost];
        for (i, v) in rec.into_iter().enumerate() {
            *out.add(k + i) = v;
        }
        k += 5;
    }
    k
}

/// Labels of samples that have not been read: roots. Context: world stopped.
pub unsafe fn for_each_root(mut f: impl FnMut(usize)) {
    let (buf, mut head, tail) = (*R.buf.get(), *R.head.get(), *R.tail.get());
    while !buf.is_null() && head < tail {
        f(*buf.add((head + 3) % RING) as usize);
        head += (*buf.add(head % RING) as usize).max(4);
    }
}
