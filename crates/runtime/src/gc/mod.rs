//! The collector: concurrent, tri-colour, non-moving mark and sweep (D6).
//!
//! ```text
//! phase       barrier   what happens                                        left when
//! OFF         off       allocation is white; sweeping is lazy               `gcstw` stops the world
//! MARK        on        allocation is black; workers, assists               no work is left anywhere: world stopped
//! MARKTERM    on        world stopped: caches flushed, statistics, pacing   at once
//! ```
//! Who starts a cycle: a Go goroutine, the *helper* (rows `gchelperwait`, `gcstw`, `gcbegin`), because `sync.Pool`'s clean-up
//! is Go code that has to run while the world is stopped. Who ends it: the worker that finds no more work (`cycle.rs`).
//!
//! Doors to the scheduler. It calls: [`find_worker`] and [`run_worker`] (a P looks for something to do),
//! [`idle_work`] (nothing else to do), [`before_run`] (a G is going to run), [`sysmon_tick`], [`initp`] and others; we call `stop_the_world`, `start_the_world`, `gopark`,
//! `goready`, `suspend_g`, `wakep`, and walk `allg`s.

#[cfg(not(test))]
pub mod barrier;
#[cfg(not(test))]
pub mod checkfin;
#[cfg(not(test))]
pub mod cycle;
#[cfg(not(test))]
pub mod inspect;
#[cfg(not(test))]
pub mod leaks;
#[cfg(not(test))]
pub mod mark;
#[cfg(not(test))]
pub mod pacer;
pub mod plan;
#[cfg(not(test))]
pub mod roots;
#[cfg(not(test))]
mod stackscan;
#[cfg(not(test))]
mod state;
#[cfg(not(test))]
pub mod sweep;
#[cfg(not(test))]
pub mod trace;
#[cfg(not(test))]
pub mod work;
#[cfg(not(test))]
pub mod worker;

#[cfg(not(test))]
pub use barrier::{WbBuf, goxide_wbflush};
#[cfg(not(test))]
pub use cycle::before_run;
#[cfg(not(test))]
pub use cycle::want_cycle;
#[cfg(not(test))]
pub use state::*;
#[cfg(not(test))]
pub use worker::{WorkerMode, destroy_p as destroyp, find_worker, idle_work, run_worker, safepoint};
