//! The machine: system calls, start-up, context switches, memory primitives.

#[cfg(not(test))]
pub mod arch_x86_64;
pub mod atomic;
pub mod cpu;
pub mod linux;
#[cfg(not(test))]
pub mod mem;
#[cfg(not(test))]
pub mod rand;
#[cfg(not(test))]
pub mod reflectcall;
#[cfg(not(test))]
pub mod rows;
#[cfg(not(test))]
pub mod rt0;
