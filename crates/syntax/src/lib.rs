//! Go source text to syntax tree: scanner, parser, directives. Takes bytes, gives an `ast::File` and diagnostics.
//! Does not know types, packages or the file system.
#![forbid(unsafe_code)]

pub mod ast;
pub mod pragma;
