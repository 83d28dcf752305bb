//! Waiting on the world: clocks, files, semaphores, signals.

#[cfg(not(test))]
pub mod allthreads;
#[cfg(not(test))]
pub mod fatalsignal;
#[cfg(not(test))]
pub mod gotimer;
#[cfg(not(test))]
pub mod netpoll;
#[cfg(not(test))]
pub mod sema;
#[cfg(not(test))]
pub mod signal;
#[cfg(not(test))]
pub mod signal_queue;
#[cfg(not(test))]
pub mod synctest;
pub mod time;
