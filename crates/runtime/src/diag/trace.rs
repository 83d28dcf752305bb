//! The execution trace: events of the scheduler in the format of internal/trace/tracev2.
//!
//! Nearly all events are changes of a goroutine's status and come from `casgstatus`; those of Ps come from `acquirep`, `releasep`
//! and the places that take a P away from a system call. Each M writes into a buffer of its own, all under one lock; sequence
//! numbers of Gs and Ps, taken by whoever changes them, give the reader the order among Ms.
//!
//! A trace is a row of *generations*, each of which can be read without those before it: at its start, with the world stopped, the status
//! of every P and G is written down (`begin`). Ms that come back from a system call are not stopped, but change their
//! G's status under `sched.lock` only, which `begin` holds. Stacks are numbered in a table for each generation, which
//! the Go side (`goroot/src/runtime/trace.go`) turns into names, as it does the framing of the stream.

use super::callers;
use super::cpuprof;
use super::traceback::Unwinder;
use crate::sched::lock::Mutex;
use crate::sched::lockrank::Rank;
use crate::sched::proc;
use crate::sched::runtime2::{status::*, *};
use crate::sys::linux;
use core::ptr::null_mut;
use core::sync::atomic::{AtomicBool, AtomicU64, Ordering::*};

/// Numbers of events (tracev2/events.go).
mod ev {
    pub const CPU_SAMPLES: u8 = 6;
    pub const CPU_SAMPLE: u8 = 7;
    pub const PROCS_CHANGE: u8 = 9;
    pub const PROC_START: u8 = 10;
    pub const PROC_STOP: u8 = 11;
    pub const PROC_STEAL: u8 = 12;
    pub const PROC_STATUS: u8 = 13;
    pub const GO_CREATE: u8 = 14;
    pub const GO_START: u8 = 16;
    pub const GO_DESTROY: u8 = 17;
    pub const GO_STOP: u8 = 19;
    pub const GO_BLOCK: u8 = 20;
    pub const GO_UNBLOCK: u8 = 21;
    pub const GO_SYSCALL_BEGIN: u8 = 22;
    pub const GO_SYSCALL_END: u8 = 23;
    pub const GO_SYSCALL_END_BLOCKED: u8 = 24;
    pub const STW_BEGIN: u8 = 26;
    pub const STW_END: u8 = 27;
    pub const GC_ACTIVE: u8 = 28;
    pub const GC_BEGIN: u8 = 29;
    pub const GC_END: u8 = 30;
    pub const HEAP_ALLOC: u8 = 37;
    pub const HEAP_GOAL: u8 = 38;
    pub const USER_TASK_BEGIN: u8 = 40;
    pub const GO_STATUS_STACK: u8 = 48;
}

/// Statuses (tracev2).
const G_RUNNABLE: u64 = 1;
const G_RUNNING: u64 = 2;
const G_SYSCALL: u64 = 3;
const G_WAITING: u64 = 4;
const P_RUNNING: u64 = 1;
const P_IDLE: u64 = 2;

/// Numbers of strings: reasons to block are those of `WaitReason` plus 1, then these; the Go side knows them too.
const STRING_PREEMPTED: u64 = 100;
const STRING_STW_GC: u64 = 101;
const STRING_STW_OTHER: u64 = 102;
const STRING_GOSCHED: u64 = 103;

const BUF: usize = 64 << 10;
const HEADER: usize = size_of::<Buf>();
/// Longest event: its number and six numbers of up to ten bytes.
const MAX_EVENT: usize = 1 + 6 * 10;
const DEPTH: usize = 128;

/// A batch of events of one M.
#[repr(C)]
struct Buf {
    next: *mut Buf,
    generation: u64,
    m: i64,
    /// Time of its beginning and of its last event.
    time: u64,
    last: u64,
    len: usize,
}

/// What a stack is found by. Open addressing; 0 is a free place.
struct Stacks {
    /// Hash → number, a power of two places, each (hash, offset in `pcs` << 16 | number of pcs, id).
    table: *mut [u64; 3],
    cap: usize,
    len: usize,
    pcs: *mut usize,
    pcs_cap: usize,
    pcs_len: usize,
}

impl Stacks {
    const NEW: Stacks = Stacks { table: null_mut(), cap: 0, len: 0, pcs: null_mut(), pcs_cap: 0, pcs_len: 0 };

    unsafe fn free(&mut self) {
        if self.cap != 0 {
            linux::munmap(self.table as *mut u8, self.cap * 24);
            linux::munmap(self.pcs as *mut u8, self.pcs_cap * 8);
        }
        *self = Stacks::NEW;
    }

    unsafe fn grow(&mut self) {
        let cap = if self.cap == 0 { 4096 } else { self.cap * 2 };
        let t = linux::mmap(cap * 24) as *mut [u64; 3];
        let pcs_cap = cap * 16;
        let p = linux::mmap(pcs_cap * 8) as *mut usize;
        if t.is_null() || p.is_null() {
            super::throw::throw("out of memory (trace)");
        }
        for i in 0..self.cap {
            let e = *self.table.add(i);
            if e[2] != 0 {
                let mut k = e[0] as usize & (cap - 1);
                while (*t.add(k))[2] != 0 {
                    k = (k + 1) & (cap - 1);
                }
                *t.add(k) = e;
            }
        }
        if self.cap != 0 {
            core::ptr::copy_nonoverlapping(self.pcs, p, self.pcs_len);
            linux::munmap(self.table as *mut u8, self.cap * 24);
            linux::munmap(self.pcs as *mut u8, self.pcs_cap * 8);
        }
        (self.table, self.cap, self.pcs, self.pcs_cap) = (t, cap, p, pcs_cap);
    }

    /// Number of the stack: 0 of none, odd if it is `whole`: the Go side leaves the innermost frames out of the others.
    unsafe fn id(&mut self, s: &[usize], whole: bool) -> u64 {
        if s.is_empty() {
            return 0;
        }
        if self.len * 2 >= self.cap || self.pcs_len + s.len() > self.pcs_cap {
            self.grow();
        }
        let h =
            s.iter().fold(whole as u64, |h, &pc| (h.rotate_left(5) ^ pc as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15));
        let h = h ^ h >> 29;
        let mut k = h as usize & (self.cap - 1);
        loop {
            let e = &mut *self.table.add(k);
            if e[2] == 0 {
                core::ptr::copy_nonoverlapping(s.as_ptr(), self.pcs.add(self.pcs_len), s.len());
                self.len += 1;
                *e = [h, (self.pcs_len as u64) << 16 | s.len() as u64, (self.len as u64) << 1 | whole as u64];
                self.pcs_len += s.len();
                return e[2];
            }
            if e[0] == h && e[2] & 1 == whole as u64 && self.get(e[1]) == s {
                return e[2];
            }
            k = (k + 1) & (self.cap - 1);
        }
    }

    unsafe fn get(&self, at: u64) -> &[usize] {
        core::slice::from_raw_parts(self.pcs.add((at >> 16) as usize), at as usize & 0xffff)
    }
}

struct State {
    generation: u64,
    full: *mut Buf,
    full_tail: *mut Buf,
    free: *mut Buf,
    stacks: Stacks,
    /// Those of the generation that has ended.
    old: Stacks,
    gc_seq: u64,
    gc_running: bool,
}

static ON: AtomicBool = AtomicBool::new(false);
static STATE: Mutex<State> = Mutex::new(
    Rank::Leaf,
    State {
        generation: 0,
        full: null_mut(),
        full_tail: null_mut(),
        free: null_mut(),
        stacks: Stacks::NEW,
        old: Stacks::NEW,
        gc_seq: 0,
        gc_running: false,
    },
);
/// The collector's beginning or end has to be written by a goroutine: the next that runs does it.
static GC_PENDING: AtomicU64 = AtomicU64::new(0);
const PENDING_BEGIN: u64 = 1;
const PENDING_END: u64 = 2;

/// Is a trace being written?
#[inline(always)]
pub fn on() -> bool {
    ON.load(Relaxed)
}

impl State {
    /// The M's buffer, with room for an event.
    unsafe fn buf(&mut self, m: *mut M) -> *mut Buf {
        let b = (*m).tracebuf as *mut Buf;
        if !b.is_null() && (*b).len + MAX_EVENT <= BUF - HEADER - 64 {
            return b;
        }
        self.flush(m);
        let mut b = self.free;
        if b.is_null() {
            b = linux::mmap(BUF) as *mut Buf;
            if b.is_null() {
                super::throw::throw("out of memory (trace)");
            }
        } else {
            self.free = (*b).next;
        }
        let now = linux::nanotime() as u64;
        b.write(Buf { next: null_mut(), generation: self.generation, m: (*m).id, time: now, last: now, len: 0 });
        (*m).tracebuf = b as usize;
        b
    }

    unsafe fn flush(&mut self, m: *mut M) {
        let b = core::mem::take(&mut (*m).tracebuf) as *mut Buf;
        if b.is_null() {
            return;
        }
        if self.full_tail.is_null() {
            self.full = b;
        } else {
            (*self.full_tail).next = b;
        }
        self.full_tail = b;
    }

    /// Writes an event of this M.
    unsafe fn event(&mut self, m: *mut M, kind: u8, args: &[u64]) {
        let b = self.buf(m);
        let now = linux::nanotime() as u64;
        let now = now.max((*b).last + 1);
        let mut all = [now - (*b).last, 0, 0, 0, 0, 0];
        all[1..=args.len()].copy_from_slice(args);
        put(b, kind, &all[..=args.len()]);
        (*b).last = now;
    }

    /// Number of the stack at which `gp` stopped.
    unsafe fn stack(&mut self, gp: *mut G) -> u64 {
        if gp.is_null() {
            return 0;
        }
        let mut pcs = [0usize; DEPTH];
        let n = callers::fill(Unwinder::new(gp), 0, pcs.as_mut_ptr(), DEPTH);
        // Every stack ends in goexit, that of the main goroutine in runtime.main and goexit: no news.
        let n = if n == DEPTH { n } else { n.saturating_sub(if (*gp).goid == 1 { 2 } else { 1 }) };
        self.stacks.id(&pcs[..n], false)
    }

    unsafe fn own_stack(&mut self) -> u64 {
        self.stack(getg())
    }
}

fn p_id(p: *mut P) -> u64 {
    // SAFETY: Ps are never freed.
    unsafe { (*p).id as u64 }
}

/// The status of `gp` has changed.
///
/// Context: the change is not visible yet to whoever acts upon it; system stack.
#[cold]
pub unsafe fn status_changed(gp: *mut G, old: u32, new: u32) {
    let m = getm();
    let mut st = STATE.lock();
    if !on() {
        return;
    }
    let id = (*gp).goid;
    match (old, new) {
        (GDEAD, _) => {
            (*gp).traceseq = 0;
            let start = st.stacks.id(&[(*gp).startpc + 1], false);
            let stack = st.own_stack();
            st.event(m, ev::GO_CREATE, &[id, start, stack]);
        }
        (GRUNNABLE, GRUNNING) => start(&mut st, m, gp),
        (GRUNNING, GWAITING) => {
            let stack = st.stack(gp);
            st.event(m, ev::GO_BLOCK, &[(*gp).waitreason as u64 + 1, stack]);
        }
        (GRUNNING, GRUNNABLE) => {
            let stack = st.stack(gp);
            let why = if (*gp).preempt.load(Relaxed) != 0 { STRING_PREEMPTED } else { STRING_GOSCHED };
            st.event(m, ev::GO_STOP, &[why, stack]);
        }
        (GRUNNING, GDEAD) => st.event(m, ev::GO_DESTROY, &[]),
        (GWAITING, GRUNNABLE) => {
            (*gp).traceseq += 1;
            let stack = st.own_stack();
            st.event(m, ev::GO_UNBLOCK, &[id, (*gp).traceseq, stack]);
        }
        (GRUNNING, GSYSCALL) => {
            let p = (*m).p;
            (*p).traceseq += 1;
            (*p).tracem = (*m).id;
            let stack = st.stack(gp);
            st.event(m, ev::GO_SYSCALL_BEGIN, &[(*p).traceseq, stack]);
        }
        (GSYSCALL, GRUNNING) => {
            if (*m).tracequiet {
                st.event(m, ev::GO_SYSCALL_END, &[]);
            } else {
                st.event(m, ev::GO_SYSCALL_END_BLOCKED, &[]);
                start(&mut st, m, gp);
            }
        }
        (GSYSCALL, _) => st.event(m, ev::GO_SYSCALL_END_BLOCKED, &[]),
        _ => {}
    }
}

unsafe fn start(st: &mut State, m: *mut M, gp: *mut G) {
    (*gp).traceseq += 1;
    st.event(m, ev::GO_START, &[(*gp).goid, (*gp).traceseq]);
    gc_pending(st, m);
}

/// The M has taken `p`, or (`starts` false) gives it up.
///
/// Context: the M holds `p`.
#[cold]
pub unsafe fn proc_change(p: *mut P, starts: bool) {
    let m = getm();
    let mut st = STATE.lock();
    if !on() || (*m).tracequiet {
        return;
    }
    if starts {
        if (*p).tracegen == 0 {
            (*p).tracegen = st.generation;
            st.event(m, ev::PROC_STATUS, &[p_id(p), P_IDLE]);
        }
        (*p).traceseq += 1;
        st.event(m, ev::PROC_START, &[p_id(p), (*p).traceseq]);
    } else {
        st.event(m, ev::PROC_STOP, &[]);
    }
}

/// `p` has been taken away from the system call it was in.
///
/// Context: the caller owns `p` now.
#[cold]
pub unsafe fn proc_steal(p: *mut P) {
    let mut st = STATE.lock();
    if on() {
        (*p).traceseq += 1;
        st.event(getm(), ev::PROC_STEAL, &[p_id(p), (*p).traceseq, (*p).tracem as u64]);
    }
}

/// The world is stopped, or runs again. `reason`: 1 for the collector.
#[cold]
pub unsafe fn stw(begins: bool, reason: usize) {
    let m = getm();
    // A range of a goroutine.
    if (*m).curg.is_null() {
        return;
    }
    let mut st = STATE.lock();
    if !on() {
        return;
    }
    if begins {
        let stack = st.own_stack();
        (*(*m).curg).tracestw = true;
        st.event(m, ev::STW_BEGIN, &[if reason == 1 { STRING_STW_GC } else { STRING_STW_OTHER }, stack]);
    } else if core::mem::take(&mut (*(*m).curg).tracestw) {
        st.event(m, ev::STW_END, &[]);
    }
}

/// A cycle of the collector begins or has ended.
///
/// Context: P held.
#[cold]
pub unsafe fn gc(begins: bool) {
    let m = getm();
    let mut st = STATE.lock();
    if !on() {
        return;
    }
    st.event(m, ev::HEAP_ALLOC, &[crate::gc::pacer::heap_live()]);
    st.event(m, ev::HEAP_GOAL, &[crate::gc::pacer::heap_goal()]);
    // Both are a goroutine's to tell.
    GC_PENDING.store(if begins { PENDING_BEGIN } else { PENDING_END }, Relaxed);
    let gp = (*m).curg;
    if !gp.is_null() && (*gp).status.load(Relaxed) & !GSCAN == GRUNNING {
        gc_pending(&mut st, m);
    }
}

unsafe fn gc_pending(st: &mut State, m: *mut M) {
    match GC_PENDING.swap(0, Relaxed) {
        PENDING_BEGIN if !st.gc_running => {
            st.gc_running = true;
            st.gc_seq += 1;
            let seq = st.gc_seq;
            st.event(m, ev::GC_BEGIN, &[seq, 0]);
        }
        PENDING_END if st.gc_running => {
            st.gc_running = false;
            st.gc_seq += 1;
            let seq = st.gc_seq;
            st.event(m, ev::GC_END, &[seq]);
        }
        _ => {}
    }
}

/// Writes down where everything stands, on behalf of the current goroutine.
///
/// Context: world stopped.
unsafe fn begin(st: &mut State, m: *mut M) {
    for i in 0..MAXPROCS {
        let p = SCHED.allp.get(i);
        if p.is_null() {
            break;
        }
        (*p).traceseq = 0;
        (*p).tracegen = 0;
    }
    let own = (*m).p;
    let procs = SCHED.gomaxprocs.load(Relaxed) as u64;
    (*own).tracegen = st.generation;
    st.event(m, ev::PROC_STATUS, &[p_id(own), P_RUNNING]);
    for p in allp().filter(|&p| p != own) {
        (*p).tracegen = st.generation;
        st.event(m, ev::PROC_STATUS, &[p_id(p), P_IDLE]);
    }
    let me = (*m).curg;
    const NO_THREAD: u64 = u64::MAX;
    (*me).traceseq = 0;
    let stack = st.stack(me);
    st.event(m, ev::GO_STATUS_STACK, &[(*me).goid, (*m).id as u64, G_RUNNING, stack]);
    st.event(m, ev::PROCS_CHANGE, &[procs, 0]);
    for i in 0..allglen() {
        let gp = allg(i);
        if gp == me {
            continue;
        }
        let (status, thread) = match (*gp).status.load(Relaxed) & !GSCAN {
            GDEAD | GIDLE => continue,
            GWAITING => (G_WAITING, NO_THREAD),
            GSYSCALL => (G_SYSCALL, (*(*gp).m).id as u64),
            _ => (G_RUNNABLE, NO_THREAD),
        };
        (*gp).traceseq = 0;
        let stack = st.stack(gp);
        st.event(m, ev::GO_STATUS_STACK, &[(*gp).goid, thread, status, stack]);
    }
    if st.gc_running {
        st.gc_seq += 1;
        let seq = st.gc_seq;
        st.event(m, ev::GC_ACTIVE, &[seq]);
    }
    st.event(m, ev::HEAP_ALLOC, &[crate::gc::pacer::heap_live()]);
    st.event(m, ev::HEAP_GOAL, &[crate::gc::pacer::heap_goal()]);
}

/// Samples of the CPU profile are batches of their own, of no thread.
unsafe fn samples(st: &mut State) {
    let mut b: *mut Buf = null_mut();
    let State { stacks, full, full_tail, free, generation, .. } = st;
    cpuprof::drain_trace(|time, ids, pcs| {
        let id = stacks.id(pcs, true);
        if b.is_null() || (*b).len + MAX_EVENT > BUF - HEADER - 64 {
            b = *free;
            if b.is_null() {
                b = linux::mmap(BUF) as *mut Buf;
                if b.is_null() {
                    super::throw::throw("out of memory (trace)");
                }
            } else {
                *free = (*b).next;
            }
            b.write(Buf { next: null_mut(), generation: *generation, m: -1, time, last: time, len: 0 });
            if (*full_tail).is_null() {
                *full = b;
            } else {
                (**full_tail).next = b;
            }
            *full_tail = b;
            put(b, ev::CPU_SAMPLES, &[]);
        }
        put(b, ev::CPU_SAMPLE, &[time, ids[0], ids[1], ids[2], id]);
    });
}

/// Appends an event without a time of its own.
unsafe fn put(b: *mut Buf, kind: u8, args: &[u64]) {
    let mut p = (b as *mut u8).add(HEADER + (*b).len);
    *p = kind;
    p = p.add(1);
    for &v in args {
        let mut v = v;
        while v >= 0x80 {
            *p = v as u8 | 0x80;
            p = p.add(1);
            v >>= 7;
        }
        *p = v as u8;
        p = p.add(1);
    }
    (*b).len = p as usize - b as usize - HEADER;
}

/// Row `traceTurn`: ends the generation, if there is one, and begins the next unless `stop`. Gives the number of the one that ended.
///
/// Context: world stopped.
#[unsafe(export_name = "rt.traceTurn")]
unsafe extern "C" fn turn(stop: usize) -> u64 {
    let m = acquirem();
    // Whoever comes back from a system call changes the status of its G under this lock only.
    proc::lock();
    let mut st = STATE.lock();
    let ended = st.generation;
    if on() {
        samples(&mut st);
        let mut x = SCHED.allm.load(Acquire);
        while !x.is_null() {
            st.flush(x);
            x = (*x).alllink;
        }
        st.old = core::mem::replace(&mut st.stacks, Stacks::NEW);
    } else {
        st.gc_running = crate::gc::marking();
        GC_PENDING.store(0, Relaxed);
    }
    st.generation += 1;
    if stop & 0xff != 0 {
        ON.store(false, SeqCst);
    } else {
        ON.store(true, SeqCst);
        begin(&mut st, m);
    }
    drop(st);
    proc::unlock();
    releasem(m);
    ended
}

/// Row `traceBatch`: the next full buffer of generation `generation`: its M, time, address and length; 0 if there is none. The
/// one given before is free again.
#[unsafe(export_name = "rt.traceBatch")]
unsafe extern "C" fn batch(generation: u64, out: *mut [usize; 4]) -> usize {
    let mut st = STATE.lock();
    let used = (*out)[2];
    if used != 0 {
        let b = (used - HEADER) as *mut Buf;
        (*b).next = st.free;
        st.free = b;
        (*out)[2] = 0;
    }
    let b = st.full;
    if b.is_null() || (*b).generation > generation {
        return 0;
    }
    st.full = (*b).next;
    if st.full.is_null() {
        st.full_tail = null_mut();
    }
    *out = [(*b).m as usize, (*b).time as usize, b as usize + HEADER, (*b).len];
    1
}

/// Row `traceStack`: place `i` in the table of stacks of the ended generation: number and pcs; -1 behind the last place.
#[unsafe(export_name = "rt.traceStack")]
unsafe extern "C" fn stack(i: usize, out: *mut usize) -> isize {
    let mut st = STATE.lock();
    if i >= st.old.cap {
        st.old.free();
        return -1;
    }
    let e = *st.old.table.add(i);
    if e[2] == 0 {
        return 0;
    }
    let pcs = st.old.get(e[1]);
    *out = e[2] as usize;
    core::ptr::copy_nonoverlapping(pcs.as_ptr(), out.add(1), pcs.len());
    pcs.len() as isize
}

/// Row `traceUser`: an annotation: event `kind` after `USER_TASK_BEGIN`, and up to three numbers that its stack follows.
#[unsafe(export_name = "rt.traceUser")]
unsafe extern "C" fn user(kind: usize, n: usize, a: u64, b: u64, c: u64) {
    let m = acquirem();
    {
        let mut st = STATE.lock();
        if on() {
            let stack = st.own_stack();
            let mut args = [a, b, c, 0];
            args[n] = stack;
            st.event(m, ev::USER_TASK_BEGIN + kind as u8, &args[..=n]);
        }
    }
    releasem(m);
}

/// Row `traceOn`.
#[unsafe(export_name = "rt.traceOn")]
extern "C" fn rt_on() -> usize {
    on() as usize
}

/// Gs whose buffers are in use are none: Ms keep theirs. An M that ends gives its buffer away.
pub unsafe fn mexit(m: *mut M) {
    let mut st = STATE.lock();
    st.flush(m);
}
