//! The part of a P's `Mcache` that generated code may use to allocate inline (`g.mcache`, see `g.rs`).
//!
//! For an object of span class `c` (`2 * size class + noscan`): `p = slot.cur; n = p + class size; if n > slot.end` call the
//! runtime, else `slot.cur = n` and `p` is the object. Objects of pointer classes are zero; pointer-free ones are not and
//! have to be cleared unless they are overwritten completely. Only classes without pointers and pointer classes
//! above 512 bytes (store the type's address in the first word; the object begins 8 bytes later) can be done without the
//! span's pointer bits. The sequence must not be preempted between the load of `cur` and the last store.

/// First slot.
pub const ALLOC: i32 = 0;
/// Bytes per slot.
pub const SLOT_SIZE: i32 = 32;
/// Next free object.
pub const SLOT_CUR: i32 = 0;
/// End of the free run.
pub const SLOT_END: i32 = 8;
