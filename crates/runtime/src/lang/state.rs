//! Per-G and per-P state of channels and printing.

use super::print;
use super::sudog::{Sudog, SudogCache};
use crate::sched::runtime2::G;

/// Per-G state of channels and printing. The goroutine itself; while it is parked, whoever wakes it.
pub struct GLang {
    /// What it waits for, through `waitlink` (in lock order for a select).
    pub waiting: *mut Sudog,
    /// The semaphore or list it waits on, if the reason for its wait is that of a type of package sync.
    pub waits_on: usize,
    /// Which of them woke a select.
    pub fired: *mut Sudog,
    /// Go timer whose function it is to call, and for how long that has been due.
    pub due: usize,
    pub due_delta: i64,
    /// Text being printed.
    pub print: *mut print::PrintBuf,
}

impl GLang {
    pub const NEW: GLang = GLang {
        waiting: core::ptr::null_mut(),
        waits_on: 0,
        fired: core::ptr::null_mut(),
        due: 0,
        due_delta: 0,
        print: core::ptr::null_mut(),
    };
}

/// Per-P state of channels. The M that holds the P.
pub struct PLang {
    pub sudogs: SudogCache,
}

impl PLang {
    pub const NEW: PLang = PLang { sudogs: SudogCache::NEW };
}

/// Words that a parked goroutine keeps alive through its sudogs: channels and the memory values go to or come from.
///
/// # Safety
/// Context: marking; `gp` does not run. Racing with a waker at worst visits something needlessly.
pub unsafe fn each_waiting(gp: *mut G, mut f: impl FnMut(usize)) {
    let mut s = (*gp).lang.waiting;
    while !s.is_null() {
        f((*s).elem);
        f((*s).c as usize);
        s = (*s).waitlink;
    }
}
