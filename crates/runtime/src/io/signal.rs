//! Signals: the handler and what each signal does by default.
//!
//! The handler runs on the M's signal stack (inside its block, so `getm` works), with all signals blocked. It takes no locks and
//! allocates nothing on the way back to the program; dying paths may do anything.

use super::{fatalsignal, signal_queue};
use crate::diag::symtab;
use crate::sched::runtime2::{status::*, *};
use crate::sched::{preempt, step};
use crate::sys::arch_x86_64 as arch;
use crate::sys::linux::{self, *};
use core::sync::atomic::{AtomicU64, Ordering::*};

/// General registers in a signal context, in the kernel's order.
#[repr(C)]
pub struct Gregs {
    pub r8: u64,
    pub r9: u64,
    pub r10: u64,
    pub r11: u64,
    pub r12: u64,
    pub r13: u64,
    pub r14: u64,
    pub r15: u64,
    pub rdi: u64,
    pub rsi: u64,
    pub rbp: u64,
    pub rbx: u64,
    pub rdx: u64,
    pub rax: u64,
    pub rcx: u64,
    pub rsp: u64,
    pub rip: u64,
    pub eflags: u64,
    pub csgsfs: u64,
    pub err: u64,
    pub trapno: u64,
    pub oldmask: u64,
    pub cr2: u64,
    pub fpregs: usize,
}

#[repr(C)]
pub struct Ucontext {
    pub flags: u64,
    pub link: usize,
    pub stack: StackT,
    pub gregs: Gregs,
}

#[repr(C)]
pub struct Siginfo {
    pub signo: i32,
    pub errno: i32,
    pub code: i32,
    pub pad: i32,
    pub addr: usize,
}

const NOTIFY: u8 = 1;
const KILL: u8 = 2;
const THROW: u8 = 4;
pub const PANIC: u8 = 8;
const DEFAULT: u8 = 16;
const IGN: u8 = 32;

/// What a signal does and how it is called.
pub const fn info(sig: u32) -> (u8, &'static str) {
    match sig {
        1 => (NOTIFY | KILL, "SIGHUP: terminal line hangup"),
        2 => (NOTIFY | KILL, "SIGINT: interrupt"),
        3 => (NOTIFY | THROW, "SIGQUIT: quit"),
        4 => (THROW, "SIGILL: illegal instruction"),
        5 => (THROW, "SIGTRAP: trace trap"),
        6 => (NOTIFY | THROW, "SIGABRT: abort"),
        7 => (PANIC, "SIGBUS: bus error"),
        8 => (PANIC, "SIGFPE: floating-point exception"),
        9 => (0, "SIGKILL: kill"),
        10 => (NOTIFY, "SIGUSR1: user-defined signal 1"),
        11 => (PANIC, "SIGSEGV: segmentation violation"),
        12 => (NOTIFY, "SIGUSR2: user-defined signal 2"),
        13 => (NOTIFY | IGN, "SIGPIPE: write to broken pipe"),
        14 => (NOTIFY, "SIGALRM: alarm clock"),
        15 => (NOTIFY | KILL, "SIGTERM: termination"),
        16 => (THROW, "SIGSTKFLT: stack fault"),
        17 => (NOTIFY | IGN, "SIGCHLD: child status has changed"),
        18 => (NOTIFY | DEFAULT, "SIGCONT: continue"),
        19 => (0, "SIGSTOP: stop, unblockable"),
        20 => (NOTIFY | DEFAULT, "SIGTSTP: keyboard stop"),
        21 => (NOTIFY | DEFAULT, "SIGTTIN: background read from tty"),
        22 => (NOTIFY | DEFAULT, "SIGTTOU: background write to tty"),
        23 => (NOTIFY | IGN, "SIGURG: urgent condition on socket"),
        24 => (NOTIFY, "SIGXCPU: cpu limit exceeded"),
        25 => (NOTIFY, "SIGXFSZ: file size limit exceeded"),
        26 => (NOTIFY, "SIGVTALRM: virtual alarm clock"),
        27 => (NOTIFY, "SIGPROF: profiling alarm clock"),
        28 => (NOTIFY | IGN, "SIGWINCH: window size change"),
        29 => (NOTIFY, "SIGIO: i/o now possible"),
        30 => (NOTIFY, "SIGPWR: power failure restart"),
        31 => (THROW, "SIGSYS: bad system call"),
        32 | 33 => (0, "signal 32"),
        34..=64 => (NOTIFY, "signal"),
        _ => (0, ""),
    }
}

/// Signals whose handler is ours now.
static HANDLING: AtomicU64 = AtomicU64::new(0);
/// Dispositions found at start: signals that were ignored.
static WERE_IGNORED: AtomicU64 = AtomicU64::new(0);

fn bit(sig: u32) -> u64 {
    1 << (sig - 1)
}

/// What a signal is called in reports.
pub fn name(sig: u32) -> &'static str {
    info(sig).1
}

unsafe fn setsig(sig: u32, handler: usize) {
    let flags = SA_SIGINFO | SA_ONSTACK | SA_RESTORER | SA_RESTART;
    let sa = Sigaction { handler, flags, restorer: &raw const arch::SIGRETURN as usize, mask: !0 };
    rt_sigaction(sig, &sa, core::ptr::null_mut());
}

fn tramp() -> usize {
    &raw const arch::SIGTRAMP as usize
}

/// Installs the handlers. Context: start-up.
pub unsafe fn initsig() {
    for sig in 1..=64u32 {
        let (flags, _) = info(sig);
        let mut old = Sigaction { handler: 0, flags: 0, restorer: 0, mask: 0 };
        rt_sigaction(sig, core::ptr::null(), &mut old);
        if old.handler == 1 {
            WERE_IGNORED.fetch_or(bit(sig), Relaxed);
        }
        if flags == 0 || flags & DEFAULT != 0 {
            continue;
        }
        // A nohup'ed or background program keeps ignoring these.
        if (sig == 1 || sig == 2) && old.handler == 1 {
            signal_queue::set_ignored(sig);
            continue;
        }
        HANDLING.fetch_or(bit(sig), Relaxed);
        setsig(sig, tramp());
    }
}

/// The runtime's own use of a signal begins.
pub unsafe fn take(sig: u32) {
    if HANDLING.fetch_or(bit(sig), SeqCst) & bit(sig) == 0 {
        setsig(sig, tramp());
    }
}

/// A thread's signal stack and mask. Context: the thread itself.
pub unsafe fn minit(m: *mut M) {
    let st = StackT { sp: m as usize + SIGSTACK_LO, flags: 0, size: SIGSTACK_HI - SIGSTACK_LO };
    sigaltstack(&st);
    preempt::ensureblock(m);
    sigprocmask(SIG_SETMASK, 0);
}

/// In a forked child that shares our memory: no handler of ours may run there.
pub unsafe fn clear_handlers() {
    let h = HANDLING.load(Relaxed);
    for sig in 1..=64u32 {
        if h & bit(sig) != 0 {
            setsig(sig, 0);
        }
    }
}

/// `os/signal` wants the signal: make sure that it is ours.
pub unsafe fn enable(sig: u32) {
    if info(sig).0 & NOTIFY != 0 && HANDLING.fetch_or(bit(sig), SeqCst) & bit(sig) == 0 {
        setsig(sig, tramp());
    }
}

/// `os/signal` does not want it any more: back to what it did at start.
pub unsafe fn disable(sig: u32) {
    let (flags, _) = info(sig);
    if flags & NOTIFY != 0
        && (flags & DEFAULT != 0 || (WERE_IGNORED.load(Relaxed) & bit(sig) != 0 && (sig == 1 || sig == 2)))
    {
        HANDLING.fetch_and(!bit(sig), SeqCst);
        setsig(sig, (WERE_IGNORED.load(Relaxed) & bit(sig) != 0) as usize);
    }
}

pub unsafe fn ignore(sig: u32) {
    if info(sig).0 & NOTIFY != 0 {
        HANDLING.fetch_and(!bit(sig), SeqCst);
        setsig(sig, 1);
    }
}

/// Ends the process by `sig` itself, so that its parent sees why.
pub unsafe fn die_from_signal(sig: u32) -> ! {
    HANDLING.fetch_and(!bit(sig), SeqCst);
    setsig(sig, 0);
    linux::sigprocmask(SIG_UNBLOCK, bit(sig));
    linux::raise(sig);
    for _ in 0..100 {
        linux::osyield();
    }
    // Process 1 of a name space does not die from signals: exit as shells say that somebody did.
    linux::exit(128 + sig as i32)
}

unsafe extern "C" {
    /// Go's handler of faults.
    #[link_name = "runtime.sigpanic"]
    static SIGPANIC: u8;
    #[link_name = "goxide.leaf_lo"]
    static LEAF_LO: u8;
    #[link_name = "goxide.leaf_hi"]
    static LEAF_HI: u8;
    #[link_name = "goxide.bytealg_lo"]
    static BYTEALG_LO: u8;
    #[link_name = "goxide.bytealg_hi"]
    static BYTEALG_HI: u8;
}

/// Is this pc in one of the leaves that touch memory for the program, which run on goroutine stacks without a frame?
pub fn in_leaf(pc: usize) -> bool {
    let mem = &raw const LEAF_LO as usize..&raw const LEAF_HI as usize;
    let bytealg = &raw const BYTEALG_LO as usize..&raw const BYTEALG_HI as usize;
    let atomic = || {
        symtab::find(pc).is_some_and(|l| {
            matches!(l.f.name(), "runtime.atomicstorep" | "runtime.atomicxchgp" | "runtime.atomiccasp")
        })
    };
    mem.contains(&pc) || bytealg.contains(&pc) || atomic()
}

/// All signals come here (from `goxide.sigtramp`).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn goxide_sighandler(sig: u32, si: *const Siginfo, ctx: *mut Ucontext) {
    let m = getm();
    if sig == fatalsignal::SIGQUIT && fatalsignal::asked(m) {
        fatalsignal::show(m, sig, si, ctx);
    }
    if sig == preempt::SIGURG {
        preempt::try_async(m, ctx);
        // It may have been sent by somebody else too; delivering one too many is allowed.
        if (*si).code > 0 || !signal_queue::wanted(sig) {
            return;
        }
    }
    if sig == 5 && step::CODES.contains(&(*si).code) && step::on() {
        step::trap(m, ctx);
        return;
    }
    if sig == super::allthreads::SIGNAL {
        super::allthreads::on_signal(m);
        return;
    }
    if sig == 27 && crate::diag::cpuprof::running() {
        crate::diag::cpuprof::sample(m, ctx);
        return;
    }
    let (flags, _) = info(sig);
    let from_user = (*si).code <= 0 && (*si).code != -6 || (*si).code == -6 && flags & PANIC == 0;
    let regs = &mut (*ctx).gregs;
    let pc = regs.rip as usize;
    let gp = (*m).curg;
    if flags & PANIC != 0 && !from_user {
        let on_go = !gp.is_null() && regs.r15 as usize == gp as usize && (*m).dying == 0;
        let sp = regs.rsp as usize;
        let stray = || (*si).addr == pc && (pc == 0 || symtab::is_go_text(*(sp as *const usize)));
        if on_go && on_stack(gp, sp) && (symtab::is_go_text(pc) || in_leaf(pc) || stray()) {
            (*gp).sig = sig as usize;
            (*gp).sigcode0 = (*si).code as usize;
            (*gp).sigcode1 = (*si).addr;
            (*gp).sigpc = pc;
            // Make it look as if the faulting instruction called sigpanic. A leaf has no frame: there its caller does. So
            // does the caller of something that is no code, whose call pushed the return pc.
            if symtab::is_go_text(pc) {
                regs.rsp -= 8;
                if regs.rsp.is_multiple_of(16) {
                    regs.rsp -= 8;
                }
                *(regs.rsp as *mut usize) = pc;
            }
            regs.rip = &raw const SIGPANIC as u64;
            return;
        }
    }
    if (from_user || flags & NOTIFY != 0) && signal_queue::send(sig) {
        return;
    }
    if from_user && signal_queue::ignored(sig) {
        return;
    }
    if flags & KILL != 0 {
        die_from_signal(sig);
    }
    if flags & (THROW | PANIC) == 0 {
        return;
    }
    fatalsignal::die(m, sig, si, ctx)
}

/// Is `sp` on the stack of `gp`, which runs?
pub unsafe fn on_stack(gp: *mut G, sp: usize) -> bool {
    let s = (*gp).seg;
    (*gp).status.load(Relaxed) & !GSCAN == GRUNNING && sp > s as usize && sp <= (*s).hi
}

#[unsafe(export_name = "rt.siginfoOf")]
unsafe extern "C" fn siginfo_of(out: *mut [usize; 4]) {
    let g = &mut *getg();
    if out.is_null() {
        // The panic is over: a later one has no signal.
        g.sig = 0;
        return;
    }
    *out = [g.sig, g.sigcode0, g.sigcode1, g.sigpc];
}
#[unsafe(export_name = "rt.sigpipe")]
unsafe extern "C" fn sigpipe() {
    if signal_queue::ignored(13) || signal_queue::send(13) {
        return;
    }
    die_from_signal(13)
}
#[unsafe(export_name = "rt.ignoreSIGSYS")]
unsafe extern "C" fn ignore_sigsys() {
    setsig(31, 1)
}
#[unsafe(export_name = "rt.restoreSIGSYS")]
unsafe extern "C" fn restore_sigsys() {
    setsig(31, tramp())
}
