//! Short paths to operands.

pub use crate::check::Operand;
pub use crate::info::Mode;
