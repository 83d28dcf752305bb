//! Model checks of the runtime's lock-free and blocking protocols. Tests only.
//!
//! Takes source files of `crates/runtime` as they are (`#[path]`), puts atomics, futexes and threads of a model checker
//! (shuttle) below them and small stand-ins around them, and tries thousands of interleavings, each of them repeatable.
//!
//! The checker's memory is sequentially consistent: what it proves are protocols (no wake-up lost, nothing taken twice, no
//! deadlock), not choices of `Relaxed` or `Release`.
