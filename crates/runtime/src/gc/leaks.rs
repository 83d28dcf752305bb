//! Goroutines that nobody can wake: the profile `goroutineleak`.
//!
//! A goroutine is leaked if it waits on a channel, or on a semaphore of package sync, that only leaked goroutines can reach. A cycle that
//! looks for them leaves the stacks of goroutines that wait in such a way alone. When nothing is grey any more, those whose channel
//! has been marked meanwhile are scanned and marking goes on; if there is none, the others are leaked. Then their stacks are scanned too:
//! what a leaked goroutine holds is kept, for it may be shown.

use super::work::GcWork;
use super::{mark, roots};
use crate::sched::runtime2::{G, WaitReason, allg, allglen, status};
use core::sync::atomic::{AtomicU32, Ordering::*};

const OFF: u32 = 0;
/// The next cycle is to look.
const WANTED: u32 = 1;
/// This cycle looks.
const LOOKING: u32 = 2;
static STATE: AtomicU32 = AtomicU32::new(OFF);
/// How many the last search found.
static COUNT: AtomicU32 = AtomicU32::new(0);

/// A cycle begins. World stopped.
pub fn begin() {
    if STATE.load(Relaxed) == WANTED {
        STATE.store(LOOKING, Relaxed);
    }
}

/// Whether the stack of `gp` is to be left alone for now.
///
/// # Safety
/// Context: marking; `gp` is parked and stays so.
pub unsafe fn postponed(gp: *mut G) -> bool {
    STATE.load(Relaxed) == LOOKING && !may_run(gp)
}

/// Whether somebody who is known to be able to run may wake `gp`, which is parked.
unsafe fn may_run(gp: *mut G) -> bool {
    if (*gp).system {
        return true;
    }
    use WaitReason::*;
    match (*gp).waitreason {
        ChanReceiveNil | ChanSendNil => false,
        // The program's main goroutine may wait for ever on purpose.
        SelectNoCases => (*gp).goid == 1,
        ChanReceive | ChanSend | Select => {
            let mut s = (*gp).lang.waiting;
            while !s.is_null() {
                if mark::reached((*s).c as usize) {
                    return true;
                }
                s = (*s).waitlink;
            }
            false
        }
        SyncCondWait | SyncWaitGroupWait | SyncMutexLock | SyncRwMutexLock | SyncRwMutexRLock => {
            mark::reached((*gp).lang.waits_on)
        }
        _ => true,
    }
}

/// Everything grey has been scanned. Whether there is more to mark after all.
///
/// # Safety
/// World stopped, marking.
pub unsafe fn end(w: &mut GcWork) -> bool {
    if STATE.load(Relaxed) != LOOKING {
        return false;
    }
    if each_postponed(w, |gp| may_run(gp)) != 0 {
        return true;
    }
    STATE.store(OFF, Relaxed);
    for i in 0..allglen() {
        (*allg(i)).leaked = false;
    }
    let n = each_postponed(w, |gp| {
        (*gp).leaked = true;
        true
    });
    COUNT.store(n, Relaxed);
    n != 0
}

/// Scans those postponed goroutines that `f` accepts; gives their number.
unsafe fn each_postponed(w: &mut GcWork, f: impl Fn(*mut G) -> bool) -> u32 {
    let mut n = 0;
    for i in 0..allglen() {
        let gp = allg(i);
        if (*gp).status.load(Relaxed) == status::GWAITING && roots::unscanned(gp) && f(gp) {
            roots::scan_stopped(w, gp);
            n += 1;
        }
    }
    n
}

/// Row `goroutineleakwant`.
#[unsafe(export_name = "rt.goroutineleakwant")]
extern "C" fn want() {
    let _ = STATE.compare_exchange(OFF, WANTED, Relaxed, Relaxed);
}

/// Row `goroutineleakwanted`.
#[unsafe(export_name = "rt.goroutineleakwanted")]
extern "C" fn wanted() -> usize {
    (STATE.load(Relaxed) != OFF) as usize
}

/// Row `goroutineleakcount0`.
#[unsafe(export_name = "rt.goroutineleakcount0")]
extern "C" fn count() -> usize {
    COUNT.load(Relaxed) as usize
}

/// Row `gleaked`.
#[unsafe(export_name = "rt.gleaked")]
unsafe extern "C" fn gleaked(gp: *mut G) -> usize {
    leaked(gp) as usize
}

/// Whether `gp` was found to be leaked and still is.
///
/// # Safety
/// Context: any; the answer is racy unless the world is stopped.
pub unsafe fn leaked(gp: *mut G) -> bool {
    (*gp).leaked && (*gp).status.load(Relaxed) & !status::GSCAN == status::GWAITING
}
