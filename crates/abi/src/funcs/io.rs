//! Runtime functions of the `io` folder.

use super::RuntimeFn;

pub const ROWS: &[RuntimeFn] = &[];
