//! `GOXIDESTRESS=step[=N]`: goroutines run in single steps, and every Nth instruction of Go code at which a goroutine may be
//! stopped at all is one at which it is stopped, put on a queue and continued later. What that shows: that no place which
//! counts as safe for asynchronous preemption is unsafe (with `gc=N`, that the collector finds the roots there, too).
//!
//! The processor's trap flag raises SIGTRAP after each instruction. It is set where a goroutine begins to run or goes on
//! (`gogo_step`, `gogo_full_step`). On the system stack it is soon taken away: the runtime's own code is not to be
//! stopped, and whoever returns from there is asked to come by the scheduler first.

use super::preempt;
use super::runtime2::*;
use crate::diag::print::Out;
use crate::diag::symtab;
use crate::io::signal::Ucontext;
use crate::sys::linux;
use core::arch::asm;
use core::sync::atomic::{AtomicBool, AtomicPtr, AtomicU32, AtomicU64, Ordering::*};

const TRAP_FLAG: u64 = 1 << 8;
/// SIGTRAP's codes for a single step: TRAP_TRACE, and TRAP_BRKPT, which the kernel says if a virtual machine has lost the
/// processor's note of the reason (breakpoint instructions have SI_KERNEL).
pub const CODES: [i32; 2] = [2, 1];
/// Steps on the system stack before the runtime is left alone.
const PATIENCE: u32 = 2;

static ON: AtomicBool = AtomicBool::new(false);
static EVERY: AtomicU32 = AtomicU32::new(1);
static REPORT: AtomicBool = AtomicBool::new(false);

static STEPS: AtomicU64 = AtomicU64::new(0);
static STOPS: AtomicU64 = AtomicU64::new(0);
/// A bit for each byte of Go text at which a goroutine was stopped.
static SEEN: AtomicPtr<AtomicU64> = AtomicPtr::new(core::ptr::null_mut());

/// Context: start-up.
pub unsafe fn start(every: u32, report: bool) {
    EVERY.store(every.max(1), Relaxed);
    if report {
        let b = linux::mmap_aligned((text_size() / 8).next_multiple_of(4096), 4096);
        SEEN.store(b as *mut AtomicU64, Relaxed);
        REPORT.store(!b.is_null(), Relaxed);
    }
    ON.store(true, Relaxed);
}

fn text_size() -> usize {
    let md = symtab::moduledata();
    md.etext as usize - md.text as usize
}

#[inline(always)]
pub fn on() -> bool {
    ON.load(Relaxed)
}

/// No steps on this thread until the next goroutine is chosen: for what must not be interrupted by signals at all.
#[inline]
pub unsafe fn pause() {
    if on() {
        asm!("pushfq", "and qword ptr [rsp], -257", "popfq");
    }
}

/// An instruction has been executed.
///
/// Context: signal handler.
pub unsafe fn trap(m: *mut M, ctx: *mut Ucontext) {
    let pc = (*ctx).gregs.rip as usize;
    let gp = (*ctx).gregs.r15 as *mut G;
    if !on() || (*m).dying != 0 {
        (*ctx).gregs.eflags &= !TRAP_FLAG;
        return;
    }
    if !symtab::is_go_text(pc) || gp.is_null() || (*m).curg != gp {
        // Leaves run on the goroutine's stack and return to it as they are; what runs on the system stack looks at requests at
        // its end, and so comes by the scheduler.
        let in_block = (*ctx).gregs.rsp as usize & !(MBLOCK - 1) == m as usize;
        (*m).away += in_block as u32;
        if (*m).away > PATIENCE {
            (*ctx).gregs.eflags &= !TRAP_FLAG;
            let gp = (*m).curg;
            if !gp.is_null() {
                (*gp).preempt.store(1, Relaxed);
            }
        }
        return;
    }
    (*m).away = 0;
    let n = STEPS.fetch_add(1, Relaxed);
    if !n.is_multiple_of(EVERY.load(Relaxed) as u64) {
        return;
    }
    (*gp).preempt.store(1, Relaxed);
    if preempt::try_async(m, ctx) {
        STOPS.fetch_add(1, Relaxed);
        // The goroutine's registers have been copied with the flag. The scheduler runs without.
        (*ctx).gregs.eflags &= !TRAP_FLAG;
        if REPORT.load(Relaxed) {
            let off = pc - symtab::moduledata().text as usize;
            (*SEEN.load(Relaxed).add(off / 64)).fetch_or(1 << (off % 64), Relaxed);
        }
    }
    // Else the request stays, as any that comes at an unsafe place: the next step or stack check honours it.
}

/// The program ends.
pub unsafe fn report() {
    if !REPORT.load(Relaxed) {
        return;
    }
    let seen = SEEN.load(Relaxed);
    let pcs: u32 = (0..text_size() / 64).map(|i| (*seen.add(i)).load(Relaxed).count_ones()).sum();
    let mut o = Out::stderr();
    o.str("step: ").dec(STEPS.load(Relaxed) as i64).str(" instructions, ").dec(STOPS.load(Relaxed) as i64);
    o.str(" stops at ").dec(pcs as i64).str(" places\n");
}
