//! `//go:` directives attached to declarations.

use crate::ast::{Block, Decl, Expr, ExprKind, File, ForHeader, Stmt, StmtKind};
use goxide_base::Pos;
use goxide_diag::{Diagnostic, Sink};

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
    /// `//go:build`, allowed before the package clause only.
    pub const GO_BUILD: PragmaFlags = PragmaFlags(1024);
    pub const NOWRITEBARRIERREC: PragmaFlags = PragmaFlags(2048);
    pub const YESWRITEBARRIERREC: PragmaFlags = PragmaFlags(4096);
    pub const CGO_UNSAFE_ARGS: PragmaFlags = PragmaFlags(8192);
    pub const REGISTERPARAMS: PragmaFlags = PragmaFlags(16384);

    /// Those that only the runtime may use.
    pub const RUNTIME_ONLY: PragmaFlags = PragmaFlags(128 | 256 | 2048 | 4096);
    /// Those that mean something on a function declaration.
    pub const ON_FUNCS: PragmaFlags = PragmaFlags(0x7fff & !(512 | 1024));

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

/// The flags of a directive; none for directives that are not flags.
pub(crate) fn verb_flags(verb: &str) -> PragmaFlags {
    use PragmaFlags as F;
    let both = |a: F, b: F| F(a.0 | b.0);
    match verb {
        "go:build" => F::GO_BUILD,
        "go:noescape" => F::NOESCAPE,
        "go:norace" => F::NORACE,
        "go:nosplit" => both(F::NOSPLIT, F::NOCHECKPTR),
        "go:noinline" => F::NOINLINE,
        "go:nocheckptr" => F::NOCHECKPTR,
        "go:systemstack" => F::SYSTEMSTACK,
        "go:nowritebarrier" => F::NOWRITEBARRIER,
        "go:nowritebarrierrec" => both(F::NOWRITEBARRIERREC, F::NOWRITEBARRIER),
        "go:yeswritebarrierrec" => F::YESWRITEBARRIERREC,
        "go:cgo_unsafe_args" => both(F::CGO_UNSAFE_ARGS, F::NOCHECKPTR),
        "go:uintptrkeepalive" => F::UINTPTR_KEEPALIVE,
        "go:uintptrescapes" => both(F::UINTPTR_ESCAPES, F::UINTPTR_KEEPALIVE),
        "go:registerparams" => F::REGISTERPARAMS,
        _ => F::default(),
    }
}

/// Directives without flags that the standard library may use.
pub(crate) fn allowed_in_std(verb: &str) -> bool {
    const ALLOWED: &[&str] = &[
        "go:cgo_export_static",
        "go:cgo_export_dynamic",
        "go:cgo_import_static",
        "go:cgo_import_dynamic",
        "go:cgo_ldflag",
        "go:cgo_dynamic_linker",
        "go:embed",
        "go:fix",
        "go:generate",
    ];
    ALLOWED.contains(&verb)
}

/// Splits what follows `//go:embed` into patterns (with their offsets), which may be quoted; an error ends the list.
pub fn parse_embed_args(text: &str) -> (Vec<(usize, String)>, Option<String>) {
    let mut list = Vec::new();
    let mut rest = text.trim_start();
    let invalid = |s: &str| Some(format!("invalid quoted string in //go:embed: {s}"));
    while !rest.is_empty() {
        let off = text.len() - rest.len();
        let (pattern, len) = match rest.as_bytes()[0] {
            b'`' => match rest[1..].find('`') {
                Some(i) => (rest[1..1 + i].to_owned(), i + 2),
                None => return (list, invalid(rest.trim_end())),
            },
            b'"' => {
                let b = rest.as_bytes();
                let mut i = 1;
                while i < b.len() && b[i] != b'"' {
                    i += if b[i] == b'\\' { 2 } else { 1 };
                }
                if i >= b.len() {
                    return (list, invalid(rest.trim_end()));
                }
                match crate::unquote::unquote(&rest[..=i]).and_then(|v| String::from_utf8(v).ok()) {
                    Some(s) => (s, i + 1),
                    None => return (list, invalid(&rest[..=i])),
                }
            }
            _ => {
                let n = rest.find(char::is_whitespace).unwrap_or(rest.len());
                (rest[..n].to_owned(), n)
            }
        };
        if rest[len..].chars().next().is_some_and(|c| !c.is_whitespace()) {
            return (list, invalid(rest[len..].trim_end()));
        }
        list.push((off, pattern));
        rest = rest[len..].trim_start();
    }
    (list, None)
}

/// Reports directives on declarations that cannot have them. gc does this once a package has passed the type checker.
pub fn check_placement(file: &File, sink: &mut Sink) {
    one(&file.pragma, PragmaFlags::GO_BUILD, false, sink);
    decls(&file.decls, sink);
}

fn one(p: &Pragma, allowed: PragmaFlags, embed_ok: bool, sink: &mut Sink) {
    for (pos, verb) in &p.all {
        if verb_flags(verb).0 & !allowed.0 != 0 {
            sink.report(Diagnostic::error(*pos, "misplaced compiler directive"));
        }
    }
    if !embed_ok {
        for e in &p.embeds {
            sink.report(Diagnostic::error(e.pos, "misplaced go:embed directive"));
        }
    }
}

fn decls(list: &[Decl], sink: &mut Sink) {
    for d in list {
        match d {
            Decl::Import(d) => one(&d.pragma, PragmaFlags::default(), false, sink),
            Decl::Const(d) => one(&d.pragma, PragmaFlags::default(), false, sink),
            Decl::Type(d) => one(&d.pragma, PragmaFlags::default(), false, sink),
            Decl::Var(d) => {
                one(&d.pragma, PragmaFlags::default(), true, sink);
                if let Some(x) = &d.values {
                    expr(x, sink);
                }
            }
            Decl::Func(d) => {
                one(&d.pragma, PragmaFlags::ON_FUNCS, false, sink);
                if let Some(b) = &d.body {
                    stmts(&b.stmts, sink);
                }
            }
        }
    }
}

fn block(b: &Block, sink: &mut Sink) {
    stmts(&b.stmts, sink);
}

/// Declarations hide in statements only; function literals are reached through `expr`.
fn stmts(list: &[Stmt], sink: &mut Sink) {
    for s in list {
        stmt(s, sink);
    }
}

fn stmt(s: &Stmt, sink: &mut Sink) {
    match &s.kind {
        StmtKind::Decl(l) => decls(l, sink),
        StmtKind::Labeled { stmt: s, .. } => stmt(s, sink),
        StmtKind::Block(b) => block(b, sink),
        StmtKind::If(i) => {
            block(&i.then, sink);
            if let Some(e) = &i.els {
                stmt(e, sink);
            }
        }
        StmtKind::For(f) => {
            if let ForHeader::Range(r) = &f.header {
                expr(&r.x, sink);
            }
            block(&f.body, sink);
        }
        StmtKind::Switch(sw) => sw.body.iter().for_each(|c| stmts(&c.body, sink)),
        StmtKind::Select { clauses, .. } => clauses.iter().for_each(|c| stmts(&c.body, sink)),
        StmtKind::Expr(x) | StmtKind::Go(x) | StmtKind::Defer(x) | StmtKind::Return(Some(x)) => expr(x, sink),
        StmtKind::Assign { rhs, .. } | StmtKind::Define { rhs, .. } => expr(rhs, sink),
        _ => {}
    }
}

fn expr(x: &Expr, sink: &mut Sink) {
    match &x.kind {
        ExprKind::FuncLit(f) => block(&f.body, sink),
        ExprKind::Call { fun, args, .. } => {
            expr(fun, sink);
            args.iter().for_each(|a| expr(a, sink));
        }
        ExprKind::CompositeLit { elems, .. } => elems.iter().for_each(|e| expr(e, sink)),
        ExprKind::KeyValue { value, .. } => expr(value, sink),
        ExprKind::List(l) => l.iter().for_each(|e| expr(e, sink)),
        ExprKind::Paren(x) | ExprKind::Unary { x, .. } => expr(x, sink),
        _ => {}
    }
}
