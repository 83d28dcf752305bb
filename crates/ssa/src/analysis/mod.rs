//! Facts about functions, computed on demand and invalidated by whoever changes the graph.

pub mod cfg;
pub mod dom;
pub mod loops;

pub use cfg::Cfg;
pub use dom::DomTree;
pub use loops::{LoopForest, LoopId};
