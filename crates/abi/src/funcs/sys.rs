//! Runtime functions of the `sys` folder.

use super::RuntimeFn;

pub const ROWS: &[RuntimeFn] = &[];
