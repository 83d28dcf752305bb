//! Noticing that nobody will ever run again.

use super::*;
use crate::diag::throw::{fatal, throw};
use crate::io::time;
use core::sync::atomic::Ordering::*;

/// Are all Ms asleep, with nothing that could wake them? Then the program is deadlocked.
///
/// Context: `sched.lock` held. Called whenever the number of running Ms may have become zero.
pub unsafe fn checkdead() {
    if SCHED.panicking.load(Relaxed) != 0 || SCHED.init_done.load(Relaxed) == 0 && SCHED.main_started.load(Relaxed) == 0
    {
        return;
    }
    let l = SCHED.locked();
    let run = l.mcount - l.nmidle as i64 - l.nmsys;
    if run > 0 {
        return;
    }
    if run < 0 {
        unlock();
        throw("checkdead: inconsistent counts");
    }
    let mut grunning = 0;
    for i in 0..allglen() {
        let g = allg(i);
        if (*g).system {
            continue;
        }
        match (*g).status.load(Relaxed) & !GSCAN {
            GWAITING | GPREEMPTED => grunning += 1,
            GRUNNABLE | GRUNNING | GSYSCALL => {
                unlock();
                throw("checkdead: runnable g");
            }
            _ => {}
        }
    }
    if grunning == 0 {
        unlock();
        fatal("no goroutines (main called runtime.Goexit) - deadlock!");
    }
    // Timers will make work; the poller that waits for them is about to go to sleep or was just woken.
    if time::first_deadline() != 0 {
        return;
    }
    unlock();
    fatal("all goroutines are asleep - deadlock!");
}
