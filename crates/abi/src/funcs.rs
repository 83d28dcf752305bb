//! The table of runtime functions written in Rust or assembly that Go code calls with the C convention.
//!
//! One row each: name as declared in package `runtime`, integer arguments, results, effects. The runtime exports a
//! thunk `runtime.<name>` for every row; a missing body does not link. Rows are grouped by the runtime's folders.

pub mod diag;
pub mod gc;
pub mod heap;
pub mod io;
pub mod lang;
pub mod native;
pub mod sched;
pub mod sys;

/// What a call may do besides returning.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Effects(pub u8);

impl Effects {
    pub const NONE: Effects = Effects(0);
    /// May suspend the goroutine; the value arrives through `g.park_result`.
    pub const PARKS: Effects = Effects(1);
    /// Assembly leaf that runs on the current stack.
    pub const NOSWITCH: Effects = Effects(2);
    /// Does not return to its caller.
    pub const NORETURN: Effects = Effects(4);
    /// Neither reads nor writes memory that Go code can see, so that equal calls may be merged.
    pub const PURE: Effects = Effects(8);
    /// The caller must not be stopped on return: the call is part of a sequence that a change of the collector's phase may
    /// not divide.
    pub const NOPREEMPT: Effects = Effects(16);

    pub const fn or(self, other: Effects) -> Effects {
        Effects(self.0 | other.0)
    }
    pub const fn has(self, other: Effects) -> bool {
        self.0 & other.0 != 0
    }
}

/// One runtime function.
#[derive(Clone, Copy, Debug)]
pub struct RuntimeFn {
    /// Linker name without the `runtime.` prefix.
    pub name: &'static str,
    /// Number of integer arguments (at most six).
    pub args: u8,
    /// Number of integer results (at most two).
    pub results: u8,
    pub effects: Effects,
}

/// A row.
pub const fn row(name: &'static str, args: u8, results: u8, effects: Effects) -> RuntimeFn {
    RuntimeFn { name, args, results, effects }
}

/// Every row, by area.
pub const AREAS: &[&[RuntimeFn]] = &[sched::ROWS, heap::ROWS, gc::ROWS, lang::ROWS, io::ROWS, diag::ROWS, sys::ROWS];

/// The row of `name` (without `runtime.`), if the runtime has such a function.
pub fn lookup(name: &str) -> Option<&'static RuntimeFn> {
    AREAS.iter().flat_map(|a| a.iter()).find(|f| f.name == name)
}
