//! The threadcreate profile: what each thread that there is was made for.
//!
//! A thread is made on behalf of a goroutine (a `go` statement, a wake-up, the end of a system call) or by the scheduler
//! itself, sysmon or the collector; the stacks of the latter are empty, as with gc.

use super::callers;
use super::traceback::Unwinder;
use crate::sched::runtime2::*;
use core::sync::atomic::Ordering::*;

/// Notes the goroutine's stack that makes `m`.
///
/// Context: `m` is this thread's alone, nobody has started it. A goroutine that this thread runs for is in a runtime call.
pub unsafe fn record(m: *mut M) {
    let gp = getg();
    let mut pcs = [0; CREATE_STACK];
    // A goroutine in a system call has given its stack away only as far as others may look at it, and so may we.
    let n = if gp.is_null() { 0 } else { callers::fill(Unwinder::new(gp), 0, pcs.as_mut_ptr(), CREATE_STACK) };
    for (to, pc) in (*m).createstack.iter().zip(pcs) {
        to.store(pc, Relaxed);
    }
    // Whoever reads a used block's stack while it is replaced sees a mixture: a profile is not worth a lock here.
    (*m).ncreatestack.store(n as u32, Release);
}

#[unsafe(export_name = "rt.threadcreatenext")]
unsafe extern "C" fn threadcreatenext(prev: *mut M, pcs: *mut usize, n: *mut usize) -> *mut M {
    let mut m = if prev.is_null() { SCHED.allm.load(Acquire) } else { (*prev).alllink };
    while !m.is_null() && (*m).live.load(Acquire) == 0 {
        m = (*m).alllink;
    }
    if !m.is_null() {
        *n = (*m).ncreatestack.load(Acquire) as usize;
        for (i, pc) in (*m).createstack.iter().enumerate() {
            *pcs.add(i) = pc.load(Relaxed);
        }
    }
    m
}
