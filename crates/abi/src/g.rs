//! The part of `G` that generated code addresses relative to r15. The runtime asserts that its `G` agrees.

/// Lowest stack pointer a function may have; `!0` when preemption is requested.
pub const STACKGUARD: i32 = 0;
/// Closure context: stored right before a call through a func value, read first by a closure body.
pub const CTX: i32 = 8;
/// Innermost `DeferFrame`.
pub const DEFERFRAME: i32 = 16;
/// The current P's mcache.
pub const MCACHE: i32 = 24;
/// Innermost `_panic` of the Go side.
pub const PANIC: i32 = 32;
/// The M this G runs on.
pub const M: i32 = 40;
/// Bubble of testing/synctest, null outside of one. A pointer; Go code of package runtime reads and writes it.
pub const BUBBLE: i32 = 48;
/// First offset that belongs to the runtime alone.
pub const PRIVATE: i32 = 56;

/// Bytes that a chain of functions without stack check may use below `stackguard`.
pub const STACK_GUARD: u32 = 1024;
/// Frames up to this size are checked by comparing rsp itself.
pub const STACK_SMALL: u32 = 128;
/// Size of a goroutine's first stack segment.
pub const STACK_MIN: u32 = 2048;
