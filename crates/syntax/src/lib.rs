//! Go source text to syntax tree: scanner, parser, directives. Takes bytes, gives an `ast::File` and diagnostics.
//! Does not know types, packages or the file system.
#![forbid(unsafe_code)]

mod advice;
pub mod ast;
mod branches;
pub mod chars;
mod comments;
pub mod constraint;
mod imports;
mod parser;
mod positions;
pub mod pragma;
mod print;
mod scanner;
mod token;
mod unitables;
mod unquote;

pub use branches::check_branches;
pub use comments::{CommentAt, scan_comments};
pub use imports::{FileHeader, ImportSpec, build_constraint, scan_header};
pub use parser::{FRONT_END_STACK, MAX_CHAIN, MAX_NESTING, Mode, NodeIdGen, parse_file};
pub use positions::{clause_end, decl_end, end_pos, func_type_end, start_pos, stmt_end, stmt_start};
pub use pragma::check_placement;
pub use print::{expr_string, file_string, signature_string, stmt_string};
pub use unquote::{unquote, unquote_rune};
