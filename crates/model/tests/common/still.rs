//! The runtime's `sys` in a world where time stands still.

/// Every access is a point where the checker may switch threads.
pub mod atomic {
    pub use shuttle::hint::spin_loop;
    pub use shuttle::sync::atomic::*;
}

pub mod linux {
    pub use crate::common::futex::*;
    pub fn nanotime() -> i64 {
        0
    }
}
