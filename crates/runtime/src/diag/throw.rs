//! Dying: `throw` for faults of the runtime, `fatal` for faults of the program that cannot be recovered, and the end of an
//! unrecovered panic. Exit status 2, texts as gc's.

use super::debug::gotraceback;
use super::print::{Out, print};
use super::runtimestack::{self, At};
use super::traceback;
use crate::sched::preempt::preemptall;
use crate::sched::runtime2::*;
use crate::sys::linux;
use core::sync::atomic::{AtomicPtr, Ordering::*};

/// The M that is dying, if any.
static DYING: AtomicPtr<M> = AtomicPtr::new(core::ptr::null_mut());

/// Becomes the one that reports; a second thread that dies waits for the first to end the process. False if this thread dies
/// while it is dying.
pub unsafe fn begin(m: *mut M) -> bool {
    (*m).locks += 1;
    if DYING.load(SeqCst) == m {
        (*m).dying += 1;
        match (*m).dying {
            2 => {
                print("panic during panic\n");
                return false;
            }
            _ => linux::exit(4),
        }
    }
    if DYING.compare_exchange(core::ptr::null_mut(), m, SeqCst, SeqCst).is_err() {
        loop {
            linux::usleep(1_000_000);
        }
    }
    (*m).dying = 1;
    SCHED.panicking.store(1, SeqCst);
    super::print::DYING.store(true, SeqCst);
    freezetheworld();
    true
}

/// Tries to stop the others, so that their stacks hold still. Best effort.
unsafe fn freezetheworld() {
    SCHED.freezing.store(1, SeqCst);
    if super::debug::DONT_FREEZE.load(Relaxed) > 0 {
        return;
    }
    for _ in 0..5 {
        // A value no count reaches: nobody will report that the world has stopped.
        SCHED.locked().stopwait = i32::MAX;
        SCHED.gcwaiting.store(1, SeqCst);
        preemptall();
        linux::usleep(1000);
        if allp().all(|p| {
            p.is_null() || (*p).m.is_null() || (*p).m == getm() || (*p).status.load(Relaxed) != status::PRUNNING
        }) {
            break;
        }
    }
}

/// The goroutines' part of a report: `gp` (may be null) first.
pub unsafe fn print_goroutines(gp: *mut G) {
    let (level, mut all, _) = gotraceback();
    if level <= 0 {
        return;
    }
    let mut o = Out::stderr();
    if gp.is_null() {
        all = true;
    } else {
        o.str("\n");
        traceback::print_goroutine(&mut o, gp, true, level);
    }
    if all {
        traceback::print_others(&mut o, gp, level);
    }
}

/// The end.
pub unsafe fn finish() -> ! {
    let (_, _, crash) = gotraceback();
    if crash {
        crate::io::signal::die_from_signal(6);
    }
    linux::exit(2)
}

/// `inner`: Rust code that finds the fault, on this thread's system stack; none if Go code does.
unsafe fn die(s: &[u8], throwing: i32, inner: Option<At>) -> ! {
    let m = getm();
    (*m).throwing = throwing;
    let first = begin(m);
    {
        let mut o = Out::stderr();
        o.str("fatal error: ");
        o.bytes(s);
        o.str("\n");
    }
    if first {
        if let Some(at) = inner
            && gotraceback().0 > 0
            && (gotraceback().0 >= 2 || throwing >= 2)
        {
            let mut o = Out::stderr();
            o.str("\nruntime stack:\n");
            runtimestack::print(&mut o, m, at);
        }
        dopanic_body();
    }
    finish()
}

unsafe fn dopanic_body() {
    let gp = getg();
    if !gp.is_null() && (*gp).sig != 0 {
        let mut o = Out::stderr();
        let g = &*gp;
        o.str("[signal ").str(crate::io::signal::name(g.sig as u32)).str(" code=").hex(g.sigcode0);
        o.str(" addr=").hex(g.sigcode1).str(" pc=").hex(g.sigpc).str("]\n");
    }
    print_goroutines(gp);
}

/// A fault of the runtime.
///
/// Context: system or signal stack; anything may be held.
#[cold]
#[inline(never)]
pub fn throw(s: &str) -> ! {
    // SAFETY: ends the process.
    unsafe { die(s.as_bytes(), 2, Some(At::here())) }
}

/// A fault of the program that cannot be recovered.
#[cold]
#[inline(never)]
pub fn fatal(s: &str) -> ! {
    // SAFETY: as above.
    unsafe { die(s.as_bytes(), 1, Some(At::here())) }
}

#[unsafe(export_name = "rt.throw")]
unsafe extern "C" fn rt_throw(p: *const u8, n: usize) -> ! {
    die(core::slice::from_raw_parts(p, n), 2, None)
}
#[unsafe(export_name = "rt.fatal0")]
unsafe extern "C" fn rt_fatal(p: *const u8, n: usize) -> ! {
    die(core::slice::from_raw_parts(p, n), 1, None)
}

#[unsafe(export_name = "rt.startpanic")]
unsafe extern "C" fn startpanic() -> usize {
    let m = getm();
    let first = begin(m);
    // The Go side prints now and comes back to `dopanic`; it must not be taken off this M.
    (*m).throwing = (*m).throwing.max(0);
    first as usize
}
#[unsafe(export_name = "rt.dopanic")]
unsafe extern "C" fn dopanic(bubble: *mut crate::io::synctest::Bubble) -> ! {
    dopanic_body();
    let (level, all, _) = gotraceback();
    if !bubble.is_null() && level > 0 && !all {
        // The bubble's goroutines wait for each other: they are the report.
        traceback::print_others_if(&mut Out::stderr(), getg(), level, |gp| (*gp).bubble == bubble);
    }
    finish()
}

/// `goroutine stack exceeds limit`: called on the system stack by `morestack`'s slow path.
pub unsafe fn stack_overflow(gp: *mut G, limit: usize, sp: usize) -> ! {
    {
        let mut o = Out::stderr();
        o.str("runtime: goroutine stack exceeds ").dec(limit as i64).str("-byte limit\n");
        let lo = (*gp).stack_base as usize;
        o.str("runtime: sp=").hex(sp).str(" stack=[").hex(lo).str(", ").hex((*(*gp).stack_base).hi).str("]\n");
    }
    throw("stack overflow")
}

pub fn too_many_threads() -> ! {
    // SAFETY: sched.lock is not needed for a racy number in a report.
    let n = unsafe { SCHED.locked().maxmcount };
    Out::stderr().str("runtime: program exceeds ").dec(n).str("-thread limit\n");
    throw("thread exhaustion")
}

pub fn newosproc_failed(errno: isize) -> ! {
    // SAFETY: as above.
    let n = unsafe { SCHED.locked().mcount };
    let mut o = Out::stderr();
    o.str("runtime: failed to create new OS thread (have ").dec(n).str(" already; errno=").dec(errno as i64).str(")\n");
    if errno == 11 {
        o.str("runtime: may need to increase max user processes (ulimit -u)\n");
    }
    drop(o);
    throw("newosproc")
}
