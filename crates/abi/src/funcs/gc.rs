//! Runtime functions of the `gc` folder.

use super::RuntimeFn;

pub const ROWS: &[RuntimeFn] = &[];
