//! What the language calls: channels, select, the print builtins, byte leaves. Returns codes; the Go side raises panics.

#[cfg(not(test))]
pub mod bytealg;
#[cfg(not(test))]
pub mod chan;
#[cfg(not(test))]
pub mod leaf;
pub mod print;
#[cfg(not(test))]
pub mod select;
pub mod sudog;

#[cfg(not(test))]
mod state;
#[cfg(not(test))]
pub use state::*;
