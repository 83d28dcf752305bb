//! The intermediate representation: machine-level scalars in SSA form with block parameters, Go's memory and call
//! operations on top. Holds no optimisation. Knows Go types only as auxiliary data of allocation and typed moves.
//!
//! Aggregates do not exist as values: strings are two scalars, slices three, interfaces two; larger things live in
//! memory behind a `Ptr`. Grammar of the text form and meaning of every op: `docs/ssa.md`.
#![forbid(unsafe_code)]

pub mod analysis;
pub mod builder;
pub mod ir;
pub mod op;
pub mod parse;
pub mod print;
pub mod sym;
pub mod verify;

pub use builder::{Builder, Var};
pub use ir::*;
pub use op::*;
pub use sym::{DataDef, DataReloc, DataRelocKind, Section, Sym, SymKind};
