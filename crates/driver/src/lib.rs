//! One program: packages checked in parallel, then functions by demand from the roots, then the link.
//! Takes an `input::Program`, gives the bytes of an executable. Does not read go.mod or flags, and writes no file.

pub mod input;

use input::{Failure, Options, Output, Program};

/// Compiles a program. On failure, what went wrong by package, in dependency order; the packages that import a broken
/// one are not looked at.
pub fn build(program: &Program, options: &Options) -> Result<Output, Vec<Failure>> {
    let _ = options;
    let d = goxide_diag::Diagnostic::error(
        goxide_base::Pos::NONE,
        "internal compiler error: no code generator is linked in",
    );
    let import_path = program.main.map(|m| program.packages[m].import_path.clone()).unwrap_or_default();
    Err(vec![Failure { import_path, diags: vec![d] }])
}
