//! Detection of infinite instantiation (`mono.go`).

/// Graph of type parameters and the instantiations between them.
#[derive(Default)]
pub struct MonoGraph;
