//! `//go:` directives attached to declarations.

use goxide_base::Pos;

/// Flags of function and type directives.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PragmaFlags(pub u32);

impl PragmaFlags {
    pub const NOINLINE: PragmaFlags = PragmaFlags(1);
    pub const NOSPLIT: PragmaFlags = PragmaFlags(2);
    pub const NOESCAPE: PragmaFlags = PragmaFlags(4);
    pub const UINTPTR_ESCAPES: PragmaFlags = PragmaFlags(8);
    pub const UINTPTR_KEEPALIVE: PragmaFlags = PragmaFlags(16);
    pub const NORACE: PragmaFlags = PragmaFlags(32);
    pub const NOCHECKPTR: PragmaFlags = PragmaFlags(64);
    pub const SYSTEMSTACK: PragmaFlags = PragmaFlags(128);
    pub const NOWRITEBARRIER: PragmaFlags = PragmaFlags(256);
    pub const NOTINHEAP: PragmaFlags = PragmaFlags(512);

    pub fn has(self, o: PragmaFlags) -> bool {
        self.0 & o.0 != 0
    }
    pub fn insert(&mut self, o: PragmaFlags) {
        self.0 |= o.0;
    }
}

/// `//go:linkname local [remote]` or `//go:linknamestd`.
#[derive(Clone, Debug)]
pub struct Linkname {
    pub pos: Pos,
    pub local: String,
    /// `None`: only marks the symbol as accessible from outside.
    pub remote: Option<String>,
    pub std_only: bool,
}

/// One `//go:embed` line before a var declaration.
#[derive(Clone, Debug)]
pub struct Embed {
    pub pos: Pos,
    pub patterns: Vec<(Pos, String)>,
}

/// Directives collected before a declaration (or, for linknames, anywhere in a file: those are on `File::pragma`).
#[derive(Clone, Debug, Default)]
pub struct Pragma {
    pub flags: PragmaFlags,
    pub linknames: Vec<Linkname>,
    pub embeds: Vec<Embed>,
    /// `//go:debug key=value` lines with their positions.
    pub debug: Vec<(Pos, String)>,
    /// Every directive's position and verb, for "misplaced compiler directive".
    pub all: Vec<(Pos, String)>,
}
