//! Typed syntax to SSA. Takes checked packages, gives functions that pass `ssa::verify` and data with relocations,
//! one wanted symbol at a time. Knows Go's order of evaluation and the calling convention's argument assignment.
//! Does not know registers or Cranelift.
#![forbid(unsafe_code)]

pub mod abi_assign;
mod alg;
mod arith;
mod bloop;
mod builtin;
mod call;
mod closure;
pub mod compare;
mod composite;
mod convert;
mod defer;
pub mod embed;
mod exclusive;
mod expr;
pub mod flow;
mod func;
mod fx;
mod given;
mod iface;
mod intrinsics;
mod lateplace;
pub mod layout;
mod lower;
mod mapops;
mod mono;
pub mod names;
mod order;
mod program;
mod range;
mod rangefunc;
mod remarks;
mod rt;
mod select;
mod staticinit;
mod stmt;
mod strings;
mod switch;
mod vars;
pub mod wrappers;

pub use fx::MAX_FRAME;
pub use lower::{Lowered, lower};
pub use program::Program;
