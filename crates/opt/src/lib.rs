//! SSA to better SSA. Takes lowered functions, gives functions with the same behaviour that run faster.
//!
//! `passes` is the list of function passes with the reason for their order; `module` works bottom-up over the call
//! graph, so that callees are finished (with summaries) before their callers. Does not know Cranelift, the linker or
//! syntax trees.
#![forbid(unsafe_code)]

pub mod func;
pub mod module;
pub mod passes;
mod tyinfo;

pub use module::{Optimized, Options, Remark, optimize};
