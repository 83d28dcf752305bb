//! Goroutines locked to a thread: the M sleeps while its goroutine does not run.

use super::*;
use core::ptr::null_mut;

/// This M is locked to a goroutine that does not run: sleep until it does.
pub(super) unsafe fn stoplockedm() {
    let m = getm();
    if !(*m).p.is_null() {
        handoffp(releasep());
    }
    incidlelocked(1);
    (*m).park.sleep();
    (*m).park.clear();
    acquirep((*m).nextp);
    (*m).nextp = null_mut();
}

/// Ms asleep in `stoplockedm` count as idle for deadlock detection.
pub unsafe fn incidlelocked(n: i32) {
    lock();
    SCHED.locked().nmidle += n;
    SCHED.locked().nmidlelocked += n;
    if n > 0 {
        checkdead();
    }
    unlock();
}

/// Hands this M's P to the M that `gp` is locked to, and sleeps.
pub(super) unsafe fn startlockedm(gp: *mut G) {
    let mp = (*gp).lockedm;
    incidlelocked(-1);
    (*mp).nextp = releasep();
    (*mp).park.wakeup();
    stopm();
}
