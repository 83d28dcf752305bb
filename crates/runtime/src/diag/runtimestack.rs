//! The runtime's own frames in reports: what Rust code does on a thread's system stack (gc's `runtime stack:`).
//!
//! Rust is compiled with frame pointers, so the chain is the one of Go's frames. It leaves the thread's block where a thunk has come from a
//! goroutine's stack, and is 0 where the thread begins.

use super::print::Out;
use super::symtab;
use super::traceback::print_name;
use crate::sched::runtime2::*;

/// A place on a system stack.
#[derive(Clone, Copy)]
pub struct At {
    /// A return pc, or the pc itself if `exact`.
    pub pc: usize,
    pub sp: usize,
    pub bp: usize,
    pub exact: bool,
}

impl At {
    /// Here, in the function that this is inlined into.
    #[inline(always)]
    pub fn here() -> At {
        let (pc, sp, bp): (usize, usize, usize);
        // SAFETY: reads registers.
        unsafe {
            core::arch::asm!("lea {}, [rip]", "mov {}, rsp", "mov {}, rbp", out(reg) pc, out(reg) sp, out(reg) bp,
                options(nomem, nostack, preserves_flags))
        };
        At { pc, sp, bp, exact: true }
    }

    /// The caller of the function whose frame pointer is `bp`.
    pub unsafe fn caller(bp: usize) -> At {
        At { pc: *((bp + 8) as *const usize), sp: bp + 16, bp: *(bp as *const usize), exact: false }
    }
}

/// How many frames are printed: a damaged stack has an end, too.
const DEPTH: usize = 100;

/// Prints the frames from `at` on, on the stacks of `m`.
///
/// Context: `m` is this thread's, or its thread waits for us.
pub unsafe fn print(o: &mut Out, m: *mut M, mut at: At) {
    let block = m as usize + SIGSTACK_LO..m as usize + MBLOCK;
    for _ in 0..DEPTH {
        if let Some(l) = symtab::find(if at.exact { at.pc } else { at.pc - 1 })
            && let Some(fr) = l.f.frames(l.off).last()
        {
            print_name(o, fr.name);
            o.str("(...)\n\t").str(fr.file).str(":").dec(fr.line as i64).str(" +").hex(at.pc - l.entry());
            o.str(" fp=").hex(at.bp + 16).str(" sp=").hex(at.sp).str(" pc=").hex(at.pc).str("\n");
        }
        // Frames of callers lie higher; a thunk's caller has its own on a goroutine's stack.
        if !block.contains(&(at.bp + 8)) || at.bp < at.sp.wrapping_sub(16) || !at.bp.is_multiple_of(8) {
            return;
        }
        at = At::caller(at.bp);
        if at.pc == 0 {
            return;
        }
    }
}
