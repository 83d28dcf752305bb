//! Modules: go.mod, versions, and which directory holds which module (main module, replacements, vendor, module cache).
//! Reads files, never the network. Does not know packages, tags or Go source.
#![forbid(unsafe_code)]

mod graph;
pub mod modfile;
pub mod semver;

pub use graph::{Found, Graph, Module, Options, clean, find_go_mod};
