//! Runtime functions of the `heap` folder.

use super::RuntimeFn;

pub const ROWS: &[RuntimeFn] = &[];
