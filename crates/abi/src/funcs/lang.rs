//! Runtime functions of the `lang` folder.

use super::RuntimeFn;

pub const ROWS: &[RuntimeFn] = &[];
