//! Wakes the goroutine that looks now and then at how many processors the program may use (package runtime's `maxprocs.go`).

use super::lock::Mutex;
use super::lockrank::Rank;
use super::proc::{GList, goparkunlock, injectglist};
use super::runtime2::{G, WaitReason, getg};
use core::ptr::null_mut;
use core::sync::atomic::{AtomicI64, Ordering::*};

/// So often, as gc does, while the program does anything.
const PERIOD_NS: i64 = 1_000_000_000;

/// The goroutine, while it waits.
static UPDATER: Mutex<*mut G> = Mutex::new(Rank::Leaf, null_mut());
/// Of sysmon alone: when it was last woken.
static LAST: AtomicI64 = AtomicI64::new(0);

/// Context: sysmon.
pub unsafe fn tick(now: i64) {
    if LAST.load(Relaxed) + PERIOD_NS > now {
        return;
    }
    LAST.store(now, Relaxed);
    let gp = core::mem::replace(&mut *UPDATER.lock(), null_mut());
    if !gp.is_null() {
        // It is parked, and we took it out of its place: we are its only waker.
        let mut l = GList::new();
        l.push(gp);
        injectglist(&mut l);
    }
}

/// Row `maxprocswait`: the caller waits for its next look.
#[unsafe(export_name = "rt.maxprocswait")]
unsafe extern "C" fn maxprocswait() {
    let mut w = UPDATER.lock();
    *w = getg();
    core::mem::forget(w);
    goparkunlock(UPDATER.raw(), WaitReason::UpdateGomaxprocsIdle);
}
