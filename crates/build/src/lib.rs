//! The go command's mind, without a terminal: environment, patterns, build constraints, the import graph, embedding,
//! and where the standard library comes from. Gives the driver a `Program`.
//!
//! Reads files and the process environment. Does not parse command lines, print, or compile.
#![forbid(unsafe_code)]

mod asm;
pub mod buildinfo;
pub mod dir;
pub mod embed;
pub mod env;
pub mod fetch;
pub mod fsoverlay;
pub mod load;
pub mod overlay;
pub mod patterns;
pub mod program;
pub mod provision;
pub mod suggest;
pub mod tags;
pub mod test;
pub mod unit;
