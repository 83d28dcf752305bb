//! The template thread: makes threads for those whose own state the program may have changed.
//!
//! A new thread inherits much from the one that makes it: name spaces, working directory, credentials, scheduling. A goroutine that is
//! locked to its thread may change these for itself. So while a thread belongs to such a goroutine, threads that are needed are made
//! by another one, which has never run Go code; it is started before the first goroutine is locked.

use super::threads::{clone_for, newm};
use super::*;
use crate::sched::lock::Mutex;
use crate::sched::lockrank::Rank;
use crate::sched::note::Note;
use core::ptr::null_mut;
use core::sync::atomic::{AtomicBool, Ordering::*};

/// Threads to be made, through `schedlink`.
struct Wanted(*mut M);

static WANTED: Mutex<Wanted> = Mutex::new(Rank::Leaf, Wanted(null_mut()));
static STARTED: AtomicBool = AtomicBool::new(false);
static NOTE: Note = Note::new();

/// Starts the template thread, if there is none. Context: a row; the program has not locked this thread yet, or it is started already.
pub unsafe fn start_template_thread() {
    static STARTING: AtomicBool = AtomicBool::new(false);
    if !STARTING.load(Relaxed) && !STARTING.swap(true, SeqCst) {
        newm(Some(run), null_mut());
        // Only now may others rely on it; it is made by this thread itself.
        STARTED.store(true, SeqCst);
    }
}

/// Has the template thread start `m` if the current thread is not fit for it.
///
/// Context: no lock held; `m` is counted and has all that it needs.
pub(super) unsafe fn hand_over(m: *mut M) -> bool {
    let gp = (*getm()).lockedg;
    // What the runtime itself locks (the main goroutine during initialisation) changes nothing.
    let locked = !gp.is_null() && (*gp).lockedext != 0;
    if !(locked || (*getm()).tainted) || !STARTED.load(SeqCst) {
        return false;
    }
    let mut w = WANTED.lock();
    (*m).schedlink = w.0;
    w.0 = m;
    drop(w);
    NOTE.wakeup();
    true
}

/// The thread's body. It has no P.
unsafe fn run() {
    lock();
    SCHED.locked().nmsys += 1;
    checkdead();
    unlock();
    loop {
        NOTE.sleep();
        // Whoever comes after this wakes us again.
        NOTE.clear();
        let mut m = core::mem::replace(&mut WANTED.lock().0, null_mut());
        while !m.is_null() {
            let next = core::mem::replace(&mut (*m).schedlink, null_mut());
            clone_for(m);
            m = next;
        }
    }
}
