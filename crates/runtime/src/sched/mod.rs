//! The scheduler: who runs, where, and how it stops.

#[cfg(not(test))]
mod coro;
pub mod lock;
#[cfg(not(test))]
pub mod lockcheck;
#[cfg(test)]
#[path = "lockcheck_hosted.rs"]
pub mod lockcheck;
pub mod lockrank;
#[cfg(not(test))]
pub mod maxprocs;
pub mod nap;
pub mod note;
#[cfg(not(test))]
pub mod preempt;
#[cfg(not(test))]
pub mod proc;
#[cfg(not(test))]
pub mod rows;
pub mod runq;
#[cfg(not(test))]
pub mod runtime2;
#[cfg(test)]
#[path = "hosted.rs"]
pub mod runtime2;
#[cfg(not(test))]
pub mod seeded;
#[cfg(not(test))]
pub mod stack;
#[cfg(not(test))]
pub mod step;
#[cfg(not(test))]
pub mod stw;
#[cfg(not(test))]
pub mod syscall;
#[cfg(not(test))]
pub mod sysmon;
