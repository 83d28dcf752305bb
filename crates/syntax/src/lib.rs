//! Go source text to syntax tree: scanner, parser, directives. Takes bytes, gives an `ast::File` and diagnostics.
//! Does not know types, packages or the file system.
#![forbid(unsafe_code)]

pub mod ast;
mod positions;
pub mod pragma;
mod print;

pub use positions::{clause_end, decl_end, end_pos, func_type_end, start_pos, stmt_end, stmt_start};
pub use print::{expr_string, signature_string, stmt_string};
