//! Signals that end the program: the report, and with GOTRACEBACK=crash those of all other threads.
//!
//! gc lets each thread pass SIGQUIT on to whichever the kernel chooses. Here the thread that ends the program asks the others in turn
//! and waits for each, so reports do not mix; those who have answered stay in their handlers. A thread that does not answer
//! (the kernel holds it, or it is ending) is passed over.

use super::signal::{self, Gregs, Siginfo, Ucontext, in_leaf, info};
use crate::diag::debug::gotraceback;
use crate::diag::runtimestack::{self, At};
use crate::diag::traceback::{self, Unwinder};
use crate::diag::{print::*, symtab, throw};
use crate::sched::runtime2::*;
use crate::sys::{linux, rt0};
use core::ptr::null_mut;
use core::sync::atomic::{AtomicPtr, AtomicU32, Ordering::*};

pub const SIGQUIT: u32 = 3;

/// The thread that is asked to show itself.
static ASKED: AtomicPtr<M> = AtomicPtr::new(null_mut());
/// Whether it has begun to, and has done so.
static ANSWER: AtomicU32 = AtomicU32::new(NONE);
const NONE: u32 = 0;
const BEGUN: u32 = 1;
const DONE: u32 = 2;
/// How long (µs) the answer may take to begin, and to end: the report may go down a slow pipe.
const BEGIN_LIMIT: u32 = 1_000_000;
const END_LIMIT: u32 = 10_000_000;
const STEP: u32 = 200;

/// Ends the program because of a signal.
///
/// Context: signal handler.
pub unsafe fn die(m: *mut M, sig: u32, si: *const Siginfo, ctx: *mut Ucontext) -> ! {
    // As a fault of the runtime: all goroutines, the system's too.
    (*m).throwing = 2;
    throw::begin(m);
    print_signal(m, sig, si, ctx, true);
    let (level, _, crash) = gotraceback();
    if level > 0 {
        let shown = print_place(m, ctx, level);
        traceback::print_others(&mut Out::stderr(), shown, level);
        print("\n");
        print_regs(&(*ctx).gregs);
    }
    if crash {
        ask_others(m);
    }
    throw::finish()
}

/// The signal, and where it came.
unsafe fn print_signal(m: *mut M, sig: u32, si: *const Siginfo, ctx: *mut Ucontext, own: bool) {
    let mut o = Out::stderr();
    let (flags, name) = info(sig);
    let pc = (*ctx).gregs.rip as usize;
    if rt0::secure() {
        // Who started it may not look at its insides.
        o.str(name).str("\n").flush();
        linux::exit(2);
    }
    if own && flags & signal::PANIC != 0 {
        // Neither Go code nor a leaf faulted: the runtime itself did, or memory is corrupt.
        o.str("fatal error: unexpected signal during runtime execution\n[signal ").str(name);
        o.str(" code=").hex((*si).code as usize).str(" addr=").hex((*si).addr).str(" pc=").hex(pc).str("]\n");
    } else {
        o.str(name).str("\nPC=").hex(pc).str(" m=").dec((*m).id);
        o.str(" sigcode=").dec((*si).code as i64).str("\n");
    }
}

/// What this thread did when the signal came. Gives the goroutine that has been shown (null: none).
unsafe fn print_place(m: *mut M, ctx: *mut Ucontext, level: i32) -> *mut G {
    let regs = &(*ctx).gregs;
    let (pc, sp, bp) = (regs.rip as usize, regs.rsp as usize, regs.rbp as usize);
    let gp = (*m).curg;
    let mut o = Out::stderr();
    o.str("\n");
    if !gp.is_null() && signal::on_stack(gp, sp) {
        traceback::print_goroutine_from(&mut o, gp, interrupted(gp, regs), level);
        return gp;
    }
    o.str("goroutine 0 gp=nil m=").dec((*m).id).str(" mp=").hex(m as usize).str(" [idle]:\n");
    runtimestack::print(&mut o, m, At { pc, sp, bp, exact: true });
    if !gp.is_null() {
        // The runtime works for it.
        o.str("\n");
        traceback::print_goroutine(&mut o, gp, true, level);
    }
    gp
}

/// The frames of a goroutine that was interrupted on its stack, and the stack pointer of the first; assembly is left out. None: not
/// known.
unsafe fn interrupted(gp: *mut G, regs: &Gregs) -> Option<(Unwinder, usize)> {
    let (pc, sp, bp) = (regs.rip as usize, regs.rsp as usize, regs.rbp as usize);
    if symtab::is_go_text(pc) {
        return Some((Unwinder::at(gp, pc, sp, bp, true), sp));
    }
    // A leaf or a thunk, which has no frame yet, or the frame of assembly.
    let seg = (*gp).seg;
    let return_pc = |at: usize| {
        let on_seg = (seg as usize..=(*seg).hi - 8).contains(&at) && at.is_multiple_of(8);
        if on_seg { *(at as *const usize) } else { 0 }
    };
    let ret = return_pc(sp);
    if in_leaf(pc) || symtab::is_go_text(ret) {
        return Some((Unwinder::at(gp, ret, sp + 8, bp, false), sp + 8));
    }
    let ret = return_pc(bp.wrapping_add(8));
    symtab::is_go_text(ret).then(|| (Unwinder::at(gp, ret, bp + 16, *(bp as *const usize), false), bp + 16))
}

/// Lets every other thread show itself.
unsafe fn ask_others(m: *mut M) {
    let mut x = SCHED.allm.load(Acquire);
    while !x.is_null() {
        if x != m && (*x).live.load(SeqCst) == 2 {
            ask(x);
        }
        x = (*x).alllink;
    }
}

unsafe fn ask(x: *mut M) {
    ANSWER.store(NONE, SeqCst);
    ASKED.store(x, SeqCst);
    if linux::tgkill(linux::getpid(), (*x).tid, SIGQUIT) != 0 {
        return;
    }
    let mut waited = 0;
    loop {
        let limit = match ANSWER.load(SeqCst) {
            DONE => return,
            BEGUN => END_LIMIT,
            _ => BEGIN_LIMIT,
        };
        if waited >= limit {
            // From here on it is not asked any more; it may begin just now.
            if limit == END_LIMIT || ASKED.swap(null_mut(), SeqCst) == x {
                return;
            }
        }
        linux::usleep(STEP);
        waited += STEP;
    }
}

/// Whether this thread is asked to show itself.
///
/// Context: signal handler.
pub fn asked(m: *mut M) -> bool {
    ASKED.compare_exchange(m, null_mut(), SeqCst, SeqCst).is_ok()
}

/// Shows what this thread does. It does nothing more.
///
/// Context: signal handler; `asked`.
pub unsafe fn show(m: *mut M, sig: u32, si: *const Siginfo, ctx: *mut Ucontext) -> ! {
    ANSWER.store(BEGUN, SeqCst);
    (*m).locks += 1;
    (*m).throwing = 2;
    print("\n-----\n\n");
    print_signal(m, sig, si, ctx, false);
    let (level, _, _) = gotraceback();
    if level > 0 {
        print_place(m, ctx, level);
        print("\n");
        print_regs(&(*ctx).gregs);
    }
    ANSWER.store(DONE, SeqCst);
    loop {
        linux::usleep(1_000_000);
    }
}

fn print_regs(r: &Gregs) {
    let all = [
        ("rax    ", r.rax),
        ("rbx    ", r.rbx),
        ("rcx    ", r.rcx),
        ("rdx    ", r.rdx),
        ("rdi    ", r.rdi),
        ("rsi    ", r.rsi),
        ("rbp    ", r.rbp),
        ("rsp    ", r.rsp),
        ("r8     ", r.r8),
        ("r9     ", r.r9),
        ("r10    ", r.r10),
        ("r11    ", r.r11),
        ("r12    ", r.r12),
        ("r13    ", r.r13),
        ("r14    ", r.r14),
        ("r15    ", r.r15),
        ("rip    ", r.rip),
        ("rflags ", r.eflags),
        ("cs     ", r.csgsfs & 0xffff),
        ("fs     ", r.csgsfs >> 32 & 0xffff),
        ("gs     ", r.csgsfs >> 16 & 0xffff),
    ];
    for (n, v) in all {
        print(n);
        hex(v as usize);
        print("\n");
    }
}
