//! G, M, P and the scheduler's global state.
//!
//! **How Rust finds itself.** Rust runs only on the M's system stack. That stack lies in the M's block, aligned to
//! [`MBLOCK`], with the `M` at its start (and the signal stack between): [`getm`] masks the stack pointer. `(*getm()).curg`
//! is the goroutine on whose behalf we run (null in the scheduler), `(*getm()).p` the P held (null without one).
//!
//! **What a thunk does.** It saves the goroutine's `sp`, `bp`, return pc and callee-saved registers in `g.sched`, switches to
//! `m.g0sp` and calls the Rust function `rt.<name>`. While Rust runs, the goroutine's stack is complete from `g.sched.sp`
//! upwards and every register that can hold one of its pointers is in `g.sched`: a collector in that call may scan its own G.
//!
//! **Parking.** A row with `PARKS` calls [`gopark`](super::proc::gopark) as its *last* act and returns at once; the thunk
//! sees `m.parking` and enters the scheduler. What Go receives is `g.park_result` (and `park_result2`), set by the waker
//! before `goready`.
//!
//! Fields are grouped by who may touch them.

use super::lock::{Mutex, RawLock};
use super::lockrank::Rank;
use super::note::Note;
use super::stack::StackSeg;
use core::mem::offset_of;
use core::sync::atomic::*;
use goxide_abi::g as abi_g;

/// Size and alignment of the block that holds an M, its signal stack and its system stack.
pub const MBLOCK: usize = 256 << 10;
/// Room for `M` itself, then a guard page.
pub const M_AREA: usize = 32 << 10;
pub const SIGSTACK_LO: usize = M_AREA + 4096;
pub const SIGSTACK_HI: usize = SIGSTACK_LO + (60 << 10);
/// A guard page lies below.
pub const G0STACK_LO: usize = SIGSTACK_HI + 4096;

/// Saved context of a goroutine that is not executing Go code (see the module's text).
#[repr(C)]
pub struct Gobuf {
    /// Stack pointer after the return: what the caller had before its call instruction.
    pub sp: usize,
    pub pc: usize,
    pub bp: usize,
    pub rbx: usize,
    pub r12: usize,
    pub r13: usize,
    pub r14: usize,
}

impl Gobuf {
    pub const ZERO: Gobuf = Gobuf { sp: 0, pc: 0, bp: 0, rbx: 0, r12: 0, r13: 0, r14: 0 };
}

/// All registers of a goroutine that was interrupted anywhere (D8). Held only while preempted.
#[repr(C, align(64))]
pub struct RegBlock {
    /// rax rcx rdx rbx rsp rbp rsi rdi r8 … r15, rip, rflags.
    pub gregs: [usize; 18],
    /// Feature mask for xrstor; 0 = fxrstor.
    pub xfeatures: u64,
    /// Bytes used of the vector area.
    pub xsize: usize,
    /// Free list.
    pub next: *mut RegBlock,
    pub pad: [usize; 3],
    // The vector area follows at XAREA.
}

/// Offset of the vector state in a `RegBlock`.
pub const XAREA: usize = 192;
const _: () = assert!(size_of::<RegBlock>() == XAREA);

/// Status of a G. Transitions are in `proc.rs`.
pub mod status {
    /// Just made or finished; on a free list.
    pub const GDEAD: u32 = 6;
    pub const GIDLE: u32 = 0;
    /// On a run queue.
    pub const GRUNNABLE: u32 = 1;
    pub const GRUNNING: u32 = 2;
    pub const GSYSCALL: u32 = 3;
    /// Parked; whoever takes it out of its wait queue makes it runnable.
    pub const GWAITING: u32 = 4;
    /// Stopped by `suspend_g`, its suspender makes it runnable.
    pub const GPREEMPTED: u32 = 9;
    /// Added to a status: somebody is scanning the stack, the owner must wait.
    pub const GSCAN: u32 = 0x1000;

    pub const PIDLE: u32 = 0;
    pub const PRUNNING: u32 = 1;
    pub const PSYSCALL: u32 = 2;
    pub const PGCSTOP: u32 = 3;
    pub const PDEAD: u32 = 4;
}

/// Why a goroutine waits. The texts are Go's.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum WaitReason {
    Zero,
    GcAssistMarking,
    IoWait,
    ChanReceiveNil,
    ChanSendNil,
    Select,
    SelectNoCases,
    GcAssistWait,
    GcSweepWait,
    GcScavengeWait,
    ChanReceive,
    ChanSend,
    FinalizerWait,
    ForceGcIdle,
    Semacquire,
    Sleep,
    SyncCondWait,
    SyncMutexLock,
    SyncRwMutexRLock,
    SyncRwMutexLock,
    SyncWaitGroupWait,
    TraceReaderBlocked,
    WaitForGcCycle,
    GcWorkerIdle,
    GcWorkerActive,
    Preempted,
    DebugCall,
    GcMarkTermination,
    StoppingTheWorld,
    FlushProcCaches,
    TraceGoroutineStatus,
    TraceProcStatus,
    PageTraceFlush,
    Coroutine,
    GcWeakToStrongWait,
    SynctestRun,
    SynctestWait,
    SynctestChanReceive,
    SynctestChanSend,
    SynctestSelect,
    SynctestWaitGroupWait,
    CleanupWait,
    UpdateGomaxprocsIdle,
}

pub const WAIT_REASONS: [&str; 43] = [
    "",
    "GC assist marking",
    "IO wait",
    "chan receive (nil chan)",
    "chan send (nil chan)",
    "select",
    "select (no cases)",
    "GC assist wait",
    "GC sweep wait",
    "GC scavenge wait",
    "chan receive",
    "chan send",
    "finalizer wait",
    "force gc (idle)",
    "semacquire",
    "sleep",
    "sync.Cond.Wait",
    "sync.Mutex.Lock",
    "sync.RWMutex.RLock",
    "sync.RWMutex.Lock",
    "sync.WaitGroup.Wait",
    "trace reader (blocked)",
    "wait for GC cycle",
    "GC worker (idle)",
    "GC worker (active)",
    "preempted",
    "debug call",
    "GC mark termination",
    "stopping the world",
    "flushing proc caches",
    "trace goroutine status",
    "trace proc status",
    "page trace flush",
    "coroutine",
    "GC weak to strong wait",
    "synctest.Run",
    "synctest.Wait",
    "chan receive (durable)",
    "chan send (durable)",
    "select (durable)",
    "sync.WaitGroup.Wait (durable)",
    "cleanup wait",
    "GOMAXPROCS updater (idle)",
];

impl WaitReason {
    /// Waiting for a lock of package sync.
    pub fn is_mutex(self) -> bool {
        matches!(self, WaitReason::SyncMutexLock | WaitReason::SyncRwMutexRLock | WaitReason::SyncRwMutexLock)
    }
    /// Waiting for this, a goroutine of a bubble can be woken by others of the bubble only ("durably blocked").
    pub fn is_idle_in_synctest(self) -> bool {
        use WaitReason::*;
        matches!(
            self,
            ChanReceiveNil
                | ChanSendNil
                | SelectNoCases
                | Sleep
                | SyncCondWait
                | Coroutine
                | SynctestRun
                | SynctestWait
                | SynctestChanReceive
                | SynctestChanSend
                | SynctestSelect
                | SynctestWaitGroupWait
        )
    }
    /// From Go's number; out of range is `Zero`.
    pub fn from(n: usize) -> WaitReason {
        if n < WAIT_REASONS.len() {
            // SAFETY: the enum is `repr(u8)` with consecutive values, one per text.
            unsafe { core::mem::transmute::<u8, WaitReason>(n as u8) }
        } else {
            WaitReason::Zero
        }
    }
    pub fn text(self) -> &'static str {
        WAIT_REASONS[self as usize]
    }
}

/// A goroutine. Never freed, never moved.
#[repr(C)]
pub struct G {
    // --- generated code (offsets in abi::g); the running goroutine itself, or the scheduler while it does not run
    /// Written by the thread that runs this G; `!0` requests preemption.
    pub stackguard: AtomicUsize,
    /// A pointer: root.
    pub ctx: usize,
    pub deferframe: usize,
    pub mcache: *mut crate::heap::Mcache,
    /// A pointer: root (Go's innermost `_panic`, on the stack or the heap).
    pub panic: usize,
    pub m: *mut M,
    /// Bubble of testing/synctest it belongs to: root (see `io::synctest`).
    pub bubble: *mut crate::io::synctest::Bubble,

    // --- assembly: thunks, gogo, morestack (offsets through offset_of!)
    pub sched: Gobuf,
    /// Results of a runtime call that parked. May be pointers: roots.
    pub park_result: usize,
    pub park_result2: usize,
    /// Preemption wanted. Set by anyone, cleared by the scheduler when the G is put on an M.
    pub preempt: AtomicU32,
    /// Non-zero: the stack guard stays poisoned (`seeded`). Assembly reads it together with `preempt`.
    pub poison: u32,
    /// Segment that rsp is in.
    pub seg: *mut StackSeg,
    /// Func value to call first (a pointer: root).
    pub startfn: usize,
    /// All registers, if it was interrupted asynchronously (or in a stack check).
    pub regblock: *mut RegBlock,

    // --- anyone (atomic)
    pub status: AtomicU32,
    pub goid: u64,
    /// Token of goparkToken/goready: 0 none, 1 ready came first, 2 parked.
    pub token: AtomicU32,
    /// Set by a waker to say which of several events woke a `select`.
    pub select_done: AtomicU32,

    // --- whoever has it on a queue (run queue, free list, sched lists)
    pub schedlink: *mut G,

    // --- the goroutine itself
    pub stack_base: *mut StackSeg,
    pub stack_total: usize,
    pub waitsince: i64,
    /// Execution trace: events in the order of which others take part; it is stopping the world.
    pub traceseq: u64,
    pub tracestw: bool,
    pub waitreason: WaitReason,
    /// Times it has become runnable: every eighth time is measured (`diag::schedstats`).
    pub trackseq: u32,
    /// Since when it is runnable, and since when it waits for a mutex, if that is measured (else 0).
    pub runnable_since: i64,
    pub mutex_since: i64,
    /// Times it has parked.
    pub parks: u32,
    /// Goroutines it started since it was last stopped for that (`rows.rs`).
    pub spawned: u32,
    /// Seeded scheduling: the highest runs.
    pub seed_priority: u64,
    /// Seeded scheduling: counted as being in a system call.
    pub insyscall: bool,
    /// System goroutine: not counted, hidden from tracebacks.
    pub system: bool,
    /// The last search found that nobody can wake it (`gc::leaks`).
    pub leaked: bool,
    /// A system goroutine that runs a function of the program (finalizer, cleanup): profiles and tracebacks show it.
    pub runs_user_code: bool,
    pub paniconfault: bool,
    pub throwsplit: bool,
    /// The stop request is for `suspend_g`: stop in `GPREEMPTED`.
    pub preempt_stop: bool,
    /// In a fault: what sigpanic reports.
    pub sig: usize,
    pub sigcode0: usize,
    pub sigcode1: usize,
    pub sigpc: usize,
    /// While in a system call: where it was entered (copied from `sched`, which `exitsyscall`'s thunk overwrites).
    pub syscall: Gobuf,
    pub syscall_seg: *mut StackSeg,
    pub parentgoid: u64,
    pub gopc: usize,
    /// Function it was started with (entry pc), for tracebacks.
    pub startpc: usize,
    pub labels: usize,
    /// Where its maker was (`diag::ancestors`); null: not kept.
    pub ancestors: *mut crate::diag::ancestors::List,
    /// Indicator (bits 0–7) and bypass flag (bit 8) of crypto/internal/fips140.
    pub fips: usize,
    /// M it is locked to.
    pub lockedm: *mut M,
    pub lockedext: u32,
    pub lockedint: u32,
    /// How many it may start until then, and when it was stopped last (0: it has started others since).
    pub spawn_limit: u32,
    pub spawn_stop: i64,
    /// Parked for a sleep: its timer.
    pub sleep_timer: crate::io::time::SleepTimer,
    /// Sudog cache and what else channels need.
    pub lang: crate::lang::GLang,
    /// Collector's own (assist credit and so on).
    pub gc: crate::gc::GGc,
}

// Nine cache lines: programs have very many of them.
const _: () = assert!(size_of::<G>() <= 576);

const _: () = {
    assert!(offset_of!(G, stackguard) == abi_g::STACKGUARD as usize);
    assert!(offset_of!(G, ctx) == abi_g::CTX as usize);
    assert!(offset_of!(G, deferframe) == abi_g::DEFERFRAME as usize);
    assert!(offset_of!(G, mcache) == abi_g::MCACHE as usize);
    assert!(offset_of!(G, panic) == abi_g::PANIC as usize);
    assert!(offset_of!(G, m) == abi_g::M as usize);
    assert!(offset_of!(G, bubble) == abi_g::BUBBLE as usize);
    assert!(offset_of!(G, sched) == abi_g::PRIVATE as usize);
};

/// A thread. Lives at the start of its block, never freed; only its own thread writes it unless said otherwise.
#[repr(C)]
pub struct M {
    // --- assembly
    /// Where a thunk starts on the system stack (16-aligned).
    pub g0sp: usize,
    pub curg: *mut G,
    pub p: *mut P,
    /// A runtime call wants to enter the scheduler: see `proc::gopark`.
    pub parking: u32,
    /// Held locks; > 0 forbids preemption. Also `acquirem`.
    pub locks: i32,
    /// rawVforkSyscall's snapshot.
    pub vfork_sp: usize,
    pub vfork_len: usize,

    // --- this thread
    pub id: i64,
    pub tid: i32,
    pub spinning: bool,
    pub blocked: bool,
    pub dying: u32,
    pub throwing: i32,
    /// Steps since it left Go code (`sched/step.rs`).
    pub away: u32,
    /// Locks, with `GOXIDESTRESS=locks`.
    pub held: super::lockrank::Held,
    pub unlockf: Option<unsafe fn(*mut G, usize) -> bool>,
    pub unlockarg: usize,
    pub park_kind: u32,
    pub lockedg: *mut G,
    pub startfn: Option<unsafe fn()>,
    pub nextp: *mut P,
    /// P it had before the system call, and that P's `syscalltick` then: if it has changed, others have had the P.
    pub oldp: *mut P,
    pub oldtick: u32,
    pub rand: [u64; 4],
    pub fastrand: u64,
    pub schedtick: u32,
    /// One block kept for the next asynchronous preemption.
    pub regblock: *mut RegBlock,
    /// Execution trace: it gets back the P it had before a system call, which is no start of a P.
    pub tracequiet: bool,
    /// The buffer it writes, under the trace's lock.
    pub tracebuf: usize,

    // --- anyone
    pub park: Note,
    /// SIGURG sent and not yet handled.
    pub signal_pending: AtomicU32,
    pub preemptgen: AtomicU32,
    /// 0 no thread, 1 the thread is being made, 2 it handles signals.
    pub live: AtomicU32,
    /// It has not made the system call of `allthreads` yet.
    pub perthread: AtomicU32,
    /// It ends because a goroutine that was locked to it has ended: its state is not to be inherited.
    pub tainted: bool,
    /// Timer of the CPU profile, plus 1; 0: none. Under the profiler's lock.
    pub proftimer: i32,
    /// P held, for the profiler and tracebacks of other threads; diagnostics only.
    pub ncalls: AtomicU64,
    /// Go frames that the thread was made for (`diag/threadcreate.rs`), innermost first, and how many there are. Written before
    /// the thread begins.
    pub createstack: [AtomicUsize; CREATE_STACK],
    pub ncreatestack: AtomicU32,

    // --- sched.lock
    pub schedlink: *mut M,
    pub alllink: *mut M,
    pub freewait: AtomicU32,

    /// Collector's own.
    pub gc: crate::gc::MGc,
    /// rawVforkSyscall: copy of the caller's frame.
    pub vfork_buf: [u8; 8192],
}

const _: () = assert!(size_of::<M>() <= M_AREA);

/// As many frames as `runtime.StackRecord` has room for.
pub const CREATE_STACK: usize = 32;

pub const RUNQ: usize = 256;

/// A processor: the right to run Go code, and the caches that go with it.
#[repr(C)]
pub struct P {
    // --- assembly (gcWriteBarrier): the buffer, see gc/mwbbuf.rs
    pub wbbuf: crate::gc::WbBuf,

    // --- the M that holds it
    pub id: i32,
    pub m: *mut M,
    pub schedtick: AtomicU32,
    pub syscalltick: AtomicU32,
    pub gfree: *mut G,
    pub gfreecnt: u32,
    pub mcache: crate::heap::Mcache,
    pub gc: crate::gc::PGc,
    pub lang: crate::lang::PLang,
    pub stackcache: super::stack::StackCache,
    /// Goroutines of the program made here.
    pub gcreated: AtomicU64,
    /// Execution trace: as G's; the generation that knows it (0: none); the M in whose system call it is.
    pub traceseq: u64,
    pub tracegen: u64,
    pub tracem: i64,
    /// Since when it is idle. `sched.lock`.
    pub idle_since: i64,
    /// Goids reserved: [goidcache, goidcacheend).
    pub goidcache: u64,
    pub goidcacheend: u64,

    // --- any thread
    pub status: AtomicU32,
    /// Leave the current goroutine as soon as possible.
    pub preempt: AtomicU32,
    pub runq: super::runq::Runq,
    /// `timers.lock` guards the heap; its first deadline is atomic.
    pub timers: crate::io::time::Timers,

    // --- sysmon
    pub sysmontick: SysmonTick,

    // --- sched.lock
    pub link: *mut P,
    /// World stopped only: run `safepointfn` (see `stw.rs`).
    pub run_safepoint: AtomicU32,
}

/// What sysmon saw last time.
pub struct SysmonTick {
    pub schedtick: u32,
    pub schedwhen: i64,
    pub syscalltick: u32,
    pub syscallwhen: i64,
}

/// Fields under `sched.lock`.
pub struct SchedLocked {
    pub midle: *mut M,
    /// Ms that sleep without a P, those of `nmidlelocked` included.
    pub nmidle: i32,
    /// Ms that sleep because the goroutine they are locked to does not run.
    pub nmidlelocked: i32,
    pub mcount: i64,
    pub maxmcount: i64,
    pub nmsys: i64,
    pub pidle: *mut P,
    pub runqhead: *mut G,
    pub runqtail: *mut G,
    pub stopwait: i32,
    pub sysmonwait: bool,
    pub freem: *mut M,
    pub mnext: i64,
    pub procresize_to: i32,
    pub safepointwait: i32,
}

/// The scheduler.
pub struct Sched {
    pub lock: RawLock,
    /// Guarded by `lock`.
    locked: core::cell::UnsafeCell<SchedLocked>,

    // --- atomic
    pub goidgen: AtomicU64,
    pub npidle: AtomicI32,
    pub nmspinning: AtomicI32,
    pub needspinning: AtomicU32,
    pub runqsize: AtomicI32,
    /// A stop of the world is under way or done.
    pub gcwaiting: AtomicU32,
    pub ngsys: AtomicI32,
    pub lastpoll: AtomicI64,
    pub polluntil: AtomicI64,
    pub gomaxprocs: AtomicI32,
    pub ncpu: AtomicI32,
    pub main_started: AtomicU32,
    pub init_done: AtomicU32,
    pub panicking: AtomicU32,
    pub freezing: AtomicU32,
    pub allm: AtomicPtr<M>,
    pub maxstacksize: AtomicUsize,
    pub stopnote: Note,
    pub sysmonnote: Note,
    pub safepointnote: Note,
    /// Signal handlers are blocked for fork.
    pub forking: AtomicU32,

    /// All Gs ever made.
    pub allgs: Mutex<AllGs>,
    pub gfree: Mutex<GFree>,
    pub allp: AllP,
}

// SAFETY: `locked` is reached only through `Sched::locked`, whose contract is the lock; the rest is atomic or locked.
unsafe impl Sync for Sched {}

/// Growable table of goroutines; old tables are never freed, so racy readers stay valid.
pub struct AllGs {
    pub ptr: *mut *mut G,
    pub len: usize,
    pub cap: usize,
}

pub struct GFree {
    pub list: *mut G,
    pub n: i32,
}

pub const MAXPROCS: usize = 1024;

/// Table of Ps: entries are set once under stop-the-world and never change.
pub struct AllP(pub [AtomicPtr<P>; MAXPROCS]);

impl AllP {
    /// P number `i` (null if it was never made).
    #[inline]
    pub fn get(&self, i: usize) -> *mut P {
        self.0[i].load(Ordering::Acquire)
    }
}

impl Sched {
    const fn new() -> Sched {
        Sched {
            lock: RawLock::new(Rank::Sched),
            locked: core::cell::UnsafeCell::new(SchedLocked {
                midle: core::ptr::null_mut(),
                nmidle: 0,
                nmidlelocked: 0,
                mcount: 0,
                maxmcount: 10000,
                nmsys: 0,
                pidle: core::ptr::null_mut(),
                runqhead: core::ptr::null_mut(),
                runqtail: core::ptr::null_mut(),
                stopwait: 0,
                sysmonwait: false,
                freem: core::ptr::null_mut(),
                mnext: 0,
                procresize_to: 0,
                safepointwait: 0,
            }),
            goidgen: AtomicU64::new(0),
            npidle: AtomicI32::new(0),
            nmspinning: AtomicI32::new(0),
            needspinning: AtomicU32::new(0),
            runqsize: AtomicI32::new(0),
            gcwaiting: AtomicU32::new(0),
            ngsys: AtomicI32::new(0),
            lastpoll: AtomicI64::new(0),
            polluntil: AtomicI64::new(0),
            gomaxprocs: AtomicI32::new(1),
            ncpu: AtomicI32::new(1),
            main_started: AtomicU32::new(0),
            init_done: AtomicU32::new(0),
            panicking: AtomicU32::new(0),
            freezing: AtomicU32::new(0),
            allm: AtomicPtr::new(core::ptr::null_mut()),
            maxstacksize: AtomicUsize::new(1_000_000_000),
            stopnote: Note::new(),
            sysmonnote: Note::new(),
            safepointnote: Note::new(),
            forking: AtomicU32::new(0),
            allgs: Mutex::new(Rank::Allg, AllGs { ptr: core::ptr::null_mut(), len: 0, cap: 0 }),
            gfree: Mutex::new(Rank::Gfree, GFree { list: core::ptr::null_mut(), n: 0 }),
            allp: AllP([const { AtomicPtr::new(core::ptr::null_mut()) }; MAXPROCS]),
        }
    }

    /// The fields under the lock.
    ///
    /// # Safety
    /// `sched.lock` is held, or the process has one thread, or is dying.
    #[allow(clippy::mut_from_ref)]
    #[inline]
    pub unsafe fn locked(&self) -> &mut SchedLocked {
        &mut *self.locked.get()
    }
}

pub static SCHED: Sched = Sched::new();

/// Ps in use now, in order.
///
/// Context: P held or world stopped, so that GOMAXPROCS does not change.
pub fn allp() -> impl Iterator<Item = *mut P> {
    let n = SCHED.gomaxprocs.load(Ordering::Acquire) as usize;
    (0..n).map(|i| SCHED.allp.get(i))
}

/// Number of Gs ever made; `allg(i)` for `i` below it.
pub fn allglen() -> usize {
    // SAFETY: a racy read of a word that only grows; `allg` reads the table published before it.
    unsafe { core::ptr::read_volatile(&raw const (*SCHED.allgs.data_ptr()).len) }
}

/// The `i`-th G ever made. Dead ones are included (`status::GDEAD`).
pub fn allg(i: usize) -> *mut G {
    // SAFETY: tables are never freed and entries never change; `i < allglen()` is the caller's loop condition.
    unsafe {
        let p = core::ptr::read_volatile(&raw const (*SCHED.allgs.data_ptr()).ptr);
        *p.add(i)
    }
}

/// The M of this thread.
///
/// Context: system or signal stack.
#[inline(always)]
pub fn getm() -> *mut M {
    let sp: usize;
    // SAFETY: reads a register.
    unsafe { core::arch::asm!("mov {}, rsp", out(reg) sp, options(nomem, nostack, preserves_flags)) };
    (sp & !(MBLOCK - 1)) as *mut M
}

/// The goroutine on whose behalf this thread runs (null in the scheduler).
///
/// Context: system stack.
#[inline(always)]
pub fn getg() -> *mut G {
    // SAFETY: the M of this thread is always valid.
    unsafe { (*getm()).curg }
}

/// The P held by this thread (null without one).
#[inline(always)]
pub fn getp() -> *mut P {
    // SAFETY: as in `getg`.
    unsafe { (*getm()).p }
}

/// Keeps the goroutine on this M (and its P) until `releasem`.
#[inline(always)]
pub fn acquirem() -> *mut M {
    let m = getm();
    // SAFETY: own M.
    unsafe { (*m).locks += 1 };
    m
}

///
/// # Safety
/// `m` is this thread's, from `acquirem`.
#[inline(always)]
pub unsafe fn releasem(m: *mut M) {
    (*m).locks -= 1;
}
