//! Where the arguments of runtime functions go: rows for those that matter; anything else keeps its arguments.

use super::summary::ParamFlow;

/// The flow of pointer argument `n` of runtime function `name`.
pub fn of(name: &str, n: usize) -> ParamFlow {
    match (name, n) {
        // Bytes are only read or written.
        (
            "memequal"
            | "memclrNoHeapPointers"
            | "memclrHasPointers"
            | "cmpstring"
            | "countrunes"
            | "printstring"
            | "indexbyte"
            | "indexbytestring"
            | "countbyte"
            | "countbytestring"
            | "comparebytes"
            | "memhash"
            | "printpointer"
            | "wbZero",
            _,
        ) => ParamFlow::NONE,
        // Descriptors come first; source contents go to the destination, which the analysis does not follow.
        ("memmove", 0) | ("typedmemmove", 0 | 1) | ("typedmemclr", _) => ParamFlow::NONE,
        ("memmove", 1) | ("typedmemmove", 2) => ParamFlow::CONTENT,
        ("typedslicecopy", 0 | 1) => ParamFlow::NONE,
        ("typedslicecopy", 3) => ParamFlow::CONTENT,
        // The channel itself is on the heap; a sent element is copied.
        ("chansend" | "chanrecv", 1) => ParamFlow::CONTENT,
        ("deferprepare", 0) => ParamFlow::NONE,
        _ => ParamFlow::UNKNOWN,
    }
}
