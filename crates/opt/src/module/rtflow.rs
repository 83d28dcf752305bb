//! Where the arguments of runtime functions go: rows for those that matter; anything else keeps its arguments.

use super::summary::ParamFlow;

/// The flow of pointer argument `n` of Go function `name`, where analysing its body would not show it: maps keep their
/// keys and elements, but nothing keeps the map, and what iterators and accesses give is used at once.
pub fn of_go(name: &str, n: usize) -> Option<ParamFlow> {
    let name = name.strip_prefix("runtime.")?;
    // They are given descriptors and itabs, which are no objects of anybody's.
    if name.starts_with("panicdottype") || matches!(name, "panicnildottype" | "assertE2I" | "assertE2I2cached") {
        return Some(ParamFlow::NONE);
    }
    let name = name.strip_prefix("map")?;
    let flow = match (name, n) {
        ("assign", 2) => ParamFlow::CONTENT,
        ("assign_faststr" | "assign_fast64ptr" | "assign_fast32ptr", 2) => return None,
        ("IterStart" | "IterNext" | "clear", _) => ParamFlow::NONE,
        _ if name.starts_with("access") || name.starts_with("assign") || name.starts_with("delete") => ParamFlow::NONE,
        _ => return None,
    };
    Some(flow)
}

/// The flow of pointer argument `n` of runtime function `name`.
pub fn of(name: &str, n: usize) -> ParamFlow {
    match (name, n) {
        // Bytes are only read or written; printing only looks.
        (
            "memequal"
            | "memclrNoHeapPointers"
            | "memclrHasPointers"
            | "cmpstring"
            | "printstring"
            | "printslice"
            | "printpointer"
            | "printeface"
            | "printiface"
            | "wbZero"
            | "wbMove"
            | "chanlen"
            | "chancap"
            | "closechan0"
            | "roundupsize"
            | "pcinfo"
            | "callers"
            | "gcallers",
            _,
        ) => ParamFlow::NONE,
        // Descriptors come first; source contents go to the destination, which the analysis does not follow.
        // Elements without pointers.
        ("memmove", _) | ("typedmemmove", 0 | 1) | ("typedmemclr" | "typedmemclrpartial", _) => ParamFlow::NONE,
        ("typedmemmove", 2) => ParamFlow::CONTENT,
        ("typedslicecopy0", 0 | 1) => ParamFlow::NONE,
        ("typedslicecopy0", 2) | ("growslice0", 0) => ParamFlow::CONTENT,
        ("growslice0", 4) | ("mallocgc" | "newobject" | "rawbytes", _) => ParamFlow::NONE,
        // Channels are on the heap anyway; elements are copied. Frames do not move, so others may write to them.
        ("chansend0" | "chanrecv0", 0) | ("chanrecv0", 1) => ParamFlow::NONE,
        ("chansend0", 1) | ("selectgo0" | "selectgo1", _) => ParamFlow::CONTENT,
        ("atomicstorep" | "atomicxchgp" | "atomiccasp", 0) => ParamFlow::NONE,
        ("deferprepare", 0) => ParamFlow::NONE,
        _ => ParamFlow::UNKNOWN,
    }
}
