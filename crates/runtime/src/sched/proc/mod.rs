//! The scheduler proper: making goroutines and threads, parking and readying, finding work.
//!
//! Invariants
//! - A G is on at most one queue; only its status' owner moves it. Transitions (from → to, by whom):
//!   `GDEAD → GRUNNABLE` newproc; `GRUNNABLE → GRUNNING` execute; `GRUNNING → GWAITING` park (then its wait queue owns it);
//!   `GWAITING → GRUNNABLE` goready, by the only waker; `GRUNNING → GRUNNABLE` gosched and preemption;
//!   `GRUNNING ↔ GSYSCALL` entersyscall/exitsyscall; `GRUNNING → GDEAD` goexit.
//! - Go code runs only on an M with a P. A P is `PRUNNING` (held), `PSYSCALL` (its M is in a system call and may lose it),
//!   `PIDLE` (on `sched.pidle`), `PGCSTOP` (stopped for the world) or `PDEAD`.
//! - No wake-up is lost: whoever makes work visible looks at `npidle`/`nmspinning` afterwards (`wakep`), and a spinning M that
//!   gives up decrements `nmspinning` *before* it looks at all queues once more. Both sides use SeqCst there.
//!
//! Everything here runs on system stacks.
//!
//! Read `parking` (how a goroutine leaves), then `schedule` and `findrunnable` (how the next one is found), then `wake`.

mod deadlock;
mod findrunnable;
mod gfree;
mod glist;
mod globrunq;
mod goroutine;
mod idle;
mod locked;
mod parking;
mod schedule;
mod start;
mod steal;
mod template;
mod threads;
mod wake;

use super::runtime2::{status::*, *};
use super::seeded;
pub use deadlock::*;
use findrunnable::*;
pub use gfree::*;
pub use glist::*;
pub use globrunq::*;
pub use goroutine::*;
pub use idle::*;
pub use locked::*;
pub use parking::*;
pub use schedule::*;
pub use start::*;
use steal::*;
pub use template::start_template_thread;
pub use threads::*;
pub use wake::*;

pub fn lock() {
    SCHED.lock.lock()
}
pub fn unlock() {
    SCHED.lock.unlock()
}
