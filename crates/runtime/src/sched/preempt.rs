//! Preemption: asking a goroutine to stop, and stopping it anywhere (D8).
//!
//! A request sets `p.preempt` and `g.preempt`, poisons the stack guard and sends SIGURG. Whatever comes first honours it: a stack check
//! (`morestack`), a runtime call's return, or the signal handler. The guard is also poisoned by the handler on the very
//! thread, because a poisoning from another thread may be overwritten by a segment switch; that switch re-reads `g.preempt`
//! after writing the guard, so a handler in the middle of it is seen.
//!
//! The handler copies registers and vector state to a side block, points the context at `goxide.asyncpreempt` on the
//! system stack and returns: nothing is written to the goroutine's stack. It does so only if the pc is in Go code that is not in an unsafe
//! range (function tables); else the request simply stays.

use super::lock::Mutex;
use super::lockrank::Rank;
use super::proc::park;
use super::runtime2::{status::*, *};
use crate::sys::arch_x86_64 as arch;
use crate::sys::linux;
use core::ptr::null_mut;
use core::sync::atomic::{AtomicU32, AtomicUsize, Ordering::*};

pub const SIGURG: u32 = 23;

/// Upper bound of the vector state in a signal frame (AT_MINSIGSTKSZ), 0 if unknown.
pub static XSTATE_MAX: AtomicUsize = AtomicUsize::new(0);
/// GODEBUG=asyncpreemptoff=1.
pub static ASYNC_OFF: AtomicU32 = AtomicU32::new(0);

/// Asks the goroutine that runs on `p` to stop. Best effort.
///
/// Context: any thread.
pub unsafe fn preemptone(p: *mut P) -> bool {
    let m = (*p).m;
    if m.is_null() || m == getm() {
        return false;
    }
    let gp = (*m).curg;
    if gp.is_null() {
        return false;
    }
    (*gp).preempt.store(1, SeqCst);
    (*gp).stackguard.store(usize::MAX, Relaxed);
    (*p).preempt.store(1, Relaxed);
    if ASYNC_OFF.load(Relaxed) == 0 && (*m).signal_pending.swap(1, SeqCst) == 0 {
        linux::tgkill(linux::getpid(), (*m).tid, SIGURG);
    }
    true
}

/// Asks all running goroutines to stop.
pub unsafe fn preemptall() {
    for p in allp() {
        if (*p).status.load(Relaxed) == PRUNNING {
            preemptone(p);
        }
    }
}

fn block_size() -> usize {
    XAREA + XSTATE_MAX.load(Relaxed).max(4096)
}

/// Blocks that their goroutine brought to an M which had one already.
static SPARE: Mutex<BlockList> = Mutex::new(Rank::Leaf, BlockList(null_mut()));
struct BlockList(*mut RegBlock);

/// Makes sure that this M has a block for the next preemption. Context: not in a signal handler.
pub unsafe fn ensureblock(m: *mut M) {
    if !(*m).regblock.is_null() {
        return;
    }
    let mut l = SPARE.lock();
    let mut b = l.0;
    if !b.is_null() {
        l.0 = (*b).next;
    }
    drop(l);
    if b.is_null() {
        b = crate::heap::persistent(block_size(), 64) as *mut RegBlock;
    }
    (*b).next = null_mut();
    (*m).regblock = b;
}

/// Takes back a block that is needed only until the goroutine goes on (it is read once more, by `gogo_full`).
///
/// It stays with this M, since it is still to be read; the block the M had, which nobody reads, becomes spare.
pub unsafe fn putblock(m: *mut M, b: *mut RegBlock) {
    let old = core::mem::replace(&mut (*m).regblock, b);
    (*b).next = null_mut();
    if !old.is_null() {
        let mut l = SPARE.lock();
        (*old).next = l.0;
        l.0 = old;
    }
}

/// In the SIGURG handler: `ctx` is the interrupted context. True if it was redirected.
///
/// Context: signal stack, signals blocked; takes no locks, allocates nothing.
pub unsafe fn try_async(m: *mut M, ctx: *mut crate::io::signal::Ucontext) -> bool {
    (*m).signal_pending.store(0, SeqCst);
    let regs = &mut (*ctx).gregs;
    let pc = regs.rip as usize;
    if !crate::diag::symtab::is_go_text(pc) {
        return false;
    }
    let gp = regs.r15 as *mut G;
    if gp.is_null() || (*m).curg != gp || (*gp).preempt.load(Relaxed) == 0 {
        return false;
    }
    // Our own poisoning cannot be lost (see the module's text).
    (*gp).stackguard.store(usize::MAX, Relaxed);
    let p = (*m).p;
    if p.is_null() || (*m).locks != 0 || (*m).dying != 0 || (*p).status.load(Relaxed) != PRUNNING {
        return false;
    }
    if (*gp).status.load(Relaxed) != GRUNNING || ASYNC_OFF.load(Relaxed) != 0 {
        return false;
    }
    let sp = regs.rsp as usize;
    let seg = (*gp).seg;
    if sp <= seg as usize || sp > (*seg).hi {
        return false;
    }
    if !crate::diag::symtab::async_safe(pc) {
        return false;
    }
    let b = (*m).regblock;
    if b.is_null() {
        return false;
    }
    let fp = regs.fpregs as *const u8;
    let mut size = 512;
    let mut features = 0u64;
    if fp.is_null() {
        return false;
    }
    // struct _fpx_sw_bytes at 464: magic1, extended_size, xfeatures, xstate_size
    if core::ptr::read_unaligned(fp.add(464) as *const u32) == 0x4650_5853 {
        features = core::ptr::read_unaligned(fp.add(472) as *const u64);
        size = core::ptr::read_unaligned(fp.add(480) as *const u32) as usize;
    }
    if XAREA + size > block_size() {
        return false;
    }
    (*m).regblock = (*b).next;
    (*b).gregs = [
        regs.rax as usize,
        regs.rcx as usize,
        regs.rdx as usize,
        regs.rbx as usize,
        regs.rsp as usize,
        regs.rbp as usize,
        regs.rsi as usize,
        regs.rdi as usize,
        regs.r8 as usize,
        regs.r9 as usize,
        regs.r10 as usize,
        regs.r11 as usize,
        regs.r12 as usize,
        regs.r13 as usize,
        regs.r14 as usize,
        regs.r15 as usize,
        pc,
        regs.eflags as usize,
    ];
    (*b).xfeatures = features;
    (*b).xsize = size & !7;
    core::ptr::copy_nonoverlapping(fp, (b as *mut u8).add(XAREA), size);
    (*gp).regblock = b;
    (*gp).sched.sp = sp;
    (*gp).sched.pc = pc;
    (*gp).sched.bp = regs.rbp as usize;
    regs.rip = &raw const arch::ASYNCPREEMPT as u64;
    regs.rsp = (*m).g0sp as u64;
    true
}

/// After the handler: on the system stack, the goroutine's registers are in its block.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn goxide_asyncpreempt() -> ! {
    let m = getm();
    ensureblock(m);
    (*m).parking = park::PREEMPT;
    super::proc::goxide_park()
}
