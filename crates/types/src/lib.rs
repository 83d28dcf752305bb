//! Go's type system and checker. Takes syntax trees and complete imported packages, gives types, constant values and
//! what every identifier means, in the words and at the positions of `cmd/compile/internal/types2` (the files have
//! its names, so that both can be read side by side). Does not know how code is generated.
#![warn(unsafe_op_in_unsafe_fn)]
// Handles (`Ty`, `Obj` …) hash and compare by identity, which what changes behind them does not touch.
#![allow(clippy::mutable_key_type)]

pub mod bigfloat;
pub mod canon;
pub mod check;
pub mod codes;
pub mod constant;
mod conststr;
pub mod context;
pub mod errors;
pub mod info;
pub mod late;
pub mod lookup;
pub mod methodset;
pub mod named;
pub mod object;
pub mod operand;
pub mod predicates;
pub mod sizes;
pub mod subst;
pub mod typenames;
pub mod typeparam;
pub mod types;
pub mod typeset;
pub mod typestring;
pub mod under;
pub mod universe;
pub mod util;
pub mod version;

pub use canon::{Subst, canon, canon_under, local_targs, subst};
pub use check::driver::check_package;
pub use info::*;
pub use methodset::{Method, method_set};
pub use object::*;
pub use sizes::*;
pub use typenames::{link_string, reflect_name, reflect_string};
pub use types::*;
