//! Runtime functions of the `sched` folder.

use super::RuntimeFn;

pub const ROWS: &[RuntimeFn] = &[];
