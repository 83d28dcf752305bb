//! The first thread: makes the Ps and the main goroutine.

use super::*;
use crate::sys::{linux, rand};
use core::ptr::null_mut;
use core::sync::atomic::Ordering::*;

/// Context: the first thread, nothing else runs.
pub unsafe fn schedinit() {
    let m = getm();
    rand::minit(m);
    lock();
    mreserve();
    unlock();
    mcommoninit(m);
    minit(m);
    crate::diag::debug::init();
    crate::heap::init();
    crate::gc::init();
    crate::diag::symtab::init();
    crate::io::signal::initsig();
    let mut n = SCHED.ncpu.load(Relaxed);
    if let Some(v) = crate::sys::rt0::getenv(b"GOMAXPROCS")
        && let Some(k) = crate::diag::debug::atoi(v)
        && k > 0
    {
        n = k as i32;
    }
    if seeded::on() {
        n = 1;
    }
    SCHED.lastpoll.store(linux::nanotime(), Relaxed);
    crate::sched::stw::procresize(n.clamp(1, MAXPROCS as i32));
}

unsafe extern "C" {
    #[link_name = "runtime.main·f"]
    static MAIN_FN: usize;
}

/// Starts the main goroutine on the first thread.
pub unsafe fn mstart0() -> ! {
    newproc1(&raw const MAIN_FN as usize, null_mut(), 0, false);
    schedule()
}
