//! Typed ids, interned names, source files and positions. Knows nothing of Go.
//!
//! Two tables are process-wide (names and source files): one process is one compilation session, and both only grow
//! (see `docs/decisions/0001-process-wide-tables.md`).
#![forbid(unsafe_code)]

pub mod graph;
mod late;
mod name;
mod source;
pub mod spelling;

pub use late::{Late, LateId};
pub use name::Name;
pub use source::{FileId, Pos, Position, SourceFile, add_file, file, file_of, position};

/// Hash map with a fast hash whose iteration order must not reach any output.
pub type FxHashMap<K, V> = rustc_hash::FxHashMap<K, V>;
/// Hash set with a fast hash whose iteration order must not reach any output.
pub type FxHashSet<K> = rustc_hash::FxHashSet<K>;

/// Declares a `Copy` id that indexes a table: `entity!(pub Value, "v")` prints as `v17`.
#[macro_export]
macro_rules! entity {
    ($(#[$m:meta])* $vis:vis $name:ident, $prefix:literal) => {
        $(#[$m])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        $vis struct $name(pub u32);
        impl $name {
            /// The table index.
            #[inline]
            pub fn index(self) -> usize { self.0 as usize }
            /// The id of table index `i`.
            #[inline]
            pub fn new(i: usize) -> Self { $name(i as u32) }
        }
        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(f, concat!($prefix, "{}"), self.0)
            }
        }
        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(f, concat!($prefix, "{}"), self.0)
            }
        }
    };
}
