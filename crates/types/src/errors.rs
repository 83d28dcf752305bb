//! Short paths to error codes and reporting, and prefixes of messages.

pub use crate::check::errors::{At, ErrorDesc};
pub use crate::codes::Code;

pub const INVALID_ARG: &str = "invalid argument: ";
pub const INVALID_OP: &str = "invalid operation: ";
