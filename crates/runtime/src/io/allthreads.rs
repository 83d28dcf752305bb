//! A system call that every thread makes (`syscall.AllThreadsSyscall`): credentials and the like belong to threads in Linux,
//! to processes in Go.
//!
//! The caller makes the call first; if that succeeds, a signal makes the others follow. The world is stopped meanwhile, so
//! no thread is made by one that has not made the call; one that is just being made handles the signal as soon as it can.

use super::signal;
use crate::diag::print::Out;
use crate::diag::throw::{fatal, throw};
use crate::sched::runtime2::*;
use crate::sys::linux;
use core::cell::UnsafeCell;
use core::sync::atomic::Ordering::*;

/// The signal: the second of those that C libraries keep for themselves, as gc uses it.
pub const SIGNAL: u32 = 33;

struct Request {
    args: [usize; 7],
    result: [usize; 2],
}
struct Shared(UnsafeCell<Request>);
// SAFETY: written by the owner of the world before `perthread` is set (SeqCst), read by those who see it set.
unsafe impl Sync for Shared {}
static REQUEST: Shared = Shared(UnsafeCell::new(Request { args: [0; 7], result: [0; 2] }));

/// Makes the call: both results, or -1 and errno. (rdx, the second result, comes back as it was.)
unsafe fn call(a: &[usize; 7]) -> [usize; 2] {
    let r = linux::syscall6(a[0], a[1], a[2], a[3], a[4], a[5], a[6]);
    if (-4095..0).contains(&r) { [usize::MAX, r.unsigned_abs()] } else { [r as usize, a[3]] }
}

/// Row `allThreadsSyscall`: out is r1, r2, errno.
///
/// Context: the world is stopped.
#[unsafe(export_name = "rt.allThreadsSyscall")]
unsafe extern "C" fn all_threads(args: *const [usize; 7], out: *mut [usize; 3]) {
    let me = acquirem();
    let req = REQUEST.0.get();
    (*req).args = *args;
    let r = call(&(*req).args);
    (*req).result = r;
    *out = if r[0] == usize::MAX { [usize::MAX, 0, r[1]] } else { [r[0], r[1], 0] };
    if r[0] == usize::MAX {
        releasem(me);
        return;
    }
    signal::take(SIGNAL);
    each_other(me, |m| {
        while (*m).live.load(SeqCst) == 1 {
            linux::osyield();
        }
        (*m).perthread.store(1, SeqCst);
        if (*m).live.load(SeqCst) == 2 {
            linux::tgkill(linux::getpid(), (*m).tid, SIGNAL);
        }
    });
    each_other(me, |m| {
        while (*m).perthread.load(SeqCst) != 0 {
            if (*m).live.load(SeqCst) == 0 {
                (*m).perthread.store(0, SeqCst);
            }
            linux::osyield();
        }
    });
    releasem(me);
}

unsafe fn each_other(me: *mut M, mut f: impl FnMut(*mut M)) {
    let mut m = SCHED.allm.load(Acquire);
    while !m.is_null() {
        if m != me && (*m).live.load(SeqCst) != 0 {
            f(m);
        }
        m = (*m).alllink;
    }
}

/// Context: signal handler.
pub unsafe fn on_signal(m: *mut M) {
    if (*m).perthread.load(SeqCst) == 0 {
        return;
    }
    let req = REQUEST.0.get();
    let r = call(&(*req).args);
    if r != (*req).result {
        let a = &(*req).args;
        let mut o = Out::stderr();
        o.str("trap:").dec(a[0] as i64).str(", a123456=[");
        for (i, x) in a[1..].iter().enumerate() {
            if i > 0 {
                o.str(",");
            }
            o.dec(*x as i64);
        }
        o.str("]\nresults: got r1=").dec(r[0] as i64).str(", r2 or errno=").dec(r[1] as i64);
        o.str(", want r1=").dec((*req).result[0] as i64).str(", r2=").dec((*req).result[1] as i64).str("\n");
        drop(o);
        fatal("AllThreadsSyscall results differ between threads; runtime corrupted");
    }
    if (*m).perthread.swap(0, SeqCst) == 0 {
        throw("AllThreadsSyscall: called twice");
    }
}
