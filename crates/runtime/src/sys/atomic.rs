//! Atomic types, and waiting for another thread's next step, under a name of our own: `crates/model` compiles the lock-free parts
//! of the runtime with types of the same interface whose every operation is a scheduling point of a model checker.

pub use core::hint::spin_loop;
pub use core::sync::atomic::*;
