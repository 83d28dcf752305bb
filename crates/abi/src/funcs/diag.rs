//! Runtime functions of the `diag` folder.

use super::RuntimeFn;

pub const ROWS: &[RuntimeFn] = &[];
