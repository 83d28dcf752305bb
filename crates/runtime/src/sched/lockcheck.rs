//! `GOXIDESTRESS=locks`: every lock that is taken is compared with what the thread holds already (`lockrank.rs`); one that
//! comes in the wrong order ends the program with the names of both.

use super::lock::RawLock;
use super::lockrank::{Rank, Wrong};
use super::runtime2::{MBLOCK, SIGSTACK_HI, SIGSTACK_LO, getm};
use crate::diag::print::Out;
use core::sync::atomic::{AtomicBool, Ordering::*};

static ON: AtomicBool = AtomicBool::new(false);

/// From now on, for ever.
pub fn start() {
    ON.store(true, Relaxed);
}

#[inline(always)]
pub fn on() -> bool {
    ON.load(Relaxed)
}

/// Whether this is a signal handler, which may have interrupted the holder of any lock.
fn in_handler() -> bool {
    let here = 0u8;
    (SIGSTACK_LO..SIGSTACK_HI).contains(&(&raw const here as usize & (MBLOCK - 1)))
}

/// The thread is about to wait for `l`.
pub fn wanted(l: &RawLock) {
    // SAFETY: only this thread and its signal handlers touch its list.
    let r = unsafe { (*getm()).held.check(l as *const RawLock as usize, l.rank(), in_handler()) };
    if let Err(w) = r {
        wrong(l.rank(), w);
    }
}

/// It has got it.
pub fn taken(l: &RawLock) {
    // SAFETY: as in `wanted`.
    unsafe { (*getm()).held.push(l as *const RawLock as usize, l.rank()) };
}

/// It has given it up. A lock that was contended is said here in ordinary runs, too.
#[inline]
pub fn released(l: &RawLock) {
    if on() {
        // SAFETY: as in `wanted`. Locks that were taken before the check began are not in the list.
        unsafe { (*getm()).held.remove(l as *const RawLock as usize) };
    }
}

#[cold]
fn wrong(rank: Rank, w: Wrong) -> ! {
    // The report takes locks itself, whatever is held.
    ON.store(false, Relaxed);
    let mut o = Out::stderr();
    o.str("runtime: lock ").str(rank.name());
    match w {
        Wrong::Itself => o.str(" taken twice\n"),
        Wrong::After(r) => o.str(" taken while holding ").str(r.name()).str("\n"),
        Wrong::TooMany => o.str(" taken while holding too many others\n"),
    };
    drop(o);
    crate::diag::throw::throw("lock order")
}
