//! The contract between compiler, linker and runtime: numbers, layouts and tables both sides compile against.
//!
//! Takes nothing, gives constants. `no_std`, because the runtime includes it. Knows neither the compiler's data
//! structures nor the runtime's. The reasons are in `docs/abi.md`.
#![no_std]

#[cfg(feature = "std")]
extern crate std;

pub mod deferframe;
pub mod funcs;
pub mod g;
pub mod mcache;
pub mod regs;
pub mod tables;
