//! The queue between the signal handler and `os/signal`: one bit per signal, and a thread-blocking note for the receiver.

use super::signal;
use crate::sched::note::Note;
use crate::sched::runtime2::*;
use crate::sched::syscall;
use crate::sys::linux;
use core::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering::*};

static PENDING: AtomicU64 = AtomicU64::new(0);
static WANTED: AtomicU64 = AtomicU64::new(0);
static IGNORED: AtomicU64 = AtomicU64::new(0);
static INUSE: AtomicBool = AtomicBool::new(false);
static DELIVERING: AtomicU32 = AtomicU32::new(0);
static NOTE: Note = Note::new();
/// The receiver sleeps: what it took before has been dealt with.
static RECEIVING: AtomicBool = AtomicBool::new(false);

fn bit(sig: u32) -> u64 {
    1u64.wrapping_shl(sig.wrapping_sub(1))
}

fn valid(sig: u32) -> bool {
    (1..=64).contains(&sig)
}

/// Queues `sig` for the program; false if it did not ask for it.
///
/// Context: signal handler.
pub fn send(sig: u32) -> bool {
    if !INUSE.load(SeqCst) || !valid(sig) {
        return false;
    }
    DELIVERING.fetch_add(1, SeqCst);
    let w = WANTED.load(SeqCst) & bit(sig) != 0;
    if w && PENDING.fetch_or(bit(sig), SeqCst) & bit(sig) == 0 {
        NOTE.wakeup();
    }
    DELIVERING.fetch_sub(1, SeqCst);
    w
}

pub fn wanted(sig: u32) -> bool {
    valid(sig) && INUSE.load(SeqCst) && WANTED.load(SeqCst) & bit(sig) != 0
}

pub fn ignored(sig: u32) -> bool {
    valid(sig) && IGNORED.load(SeqCst) & bit(sig) != 0
}

pub fn set_ignored(sig: u32) {
    IGNORED.fetch_or(bit(sig), SeqCst);
}

fn take() -> u32 {
    loop {
        let p = PENDING.load(SeqCst);
        if p == 0 {
            return 0;
        }
        let sig = p.trailing_zeros() + 1;
        if PENDING.compare_exchange(p, p & !bit(sig), SeqCst, SeqCst).is_ok() {
            return sig;
        }
    }
}

#[unsafe(export_name = "rt.signal_recv")]
unsafe extern "C" fn signal_recv() -> usize {
    let s = take();
    if s != 0 {
        return s as usize;
    }
    // Block the thread, without its P, as in a system call.
    let gp = getg();
    syscall::entersyscallblock();
    let s = loop {
        RECEIVING.store(true, SeqCst);
        NOTE.sleep();
        NOTE.clear();
        // Before anything is taken off the queue, so that no signal is ever in neither.
        RECEIVING.store(false, SeqCst);
        let s = take();
        if s != 0 {
            break s as usize;
        }
    };
    (*gp).park_result = s;
    syscall::exitsyscall();
    s
}

#[unsafe(export_name = "rt.signal_enable")]
unsafe extern "C" fn signal_enable(sig: u32) {
    INUSE.store(true, SeqCst);
    if !valid(sig) {
        return;
    }
    WANTED.fetch_or(bit(sig), SeqCst);
    IGNORED.fetch_and(!bit(sig), SeqCst);
    signal::enable(sig);
}
#[unsafe(export_name = "rt.signal_disable")]
unsafe extern "C" fn signal_disable(sig: u32) {
    if valid(sig) {
        signal::disable(sig);
        WANTED.fetch_and(!bit(sig), SeqCst);
    }
}
#[unsafe(export_name = "rt.signal_ignore")]
unsafe extern "C" fn signal_ignore(sig: u32) {
    if valid(sig) {
        signal::ignore(sig);
        WANTED.fetch_and(!bit(sig), SeqCst);
        IGNORED.fetch_or(bit(sig), SeqCst);
    }
}
#[unsafe(export_name = "rt.signal_ignored")]
extern "C" fn signal_ignored(sig: u32) -> usize {
    ignored(sig) as usize
}
#[unsafe(export_name = "rt.signalWaitUntilIdle")]
unsafe extern "C" fn wait_until_idle() {
    let busy = || DELIVERING.load(SeqCst) != 0 || PENDING.load(SeqCst) != 0 || !RECEIVING.load(SeqCst);
    if !busy() {
        return;
    }
    syscall::entersyscallblock();
    while busy() {
        linux::usleep(20);
    }
    syscall::exitsyscall();
}
