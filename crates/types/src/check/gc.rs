//! What gc checks of a package beyond `types2`, once that has no objections (`noder/irgen.go`, `noder/writer.go`).

use super::Checker;
use crate::codes::Code;
use crate::object::Obj;
use crate::predicates::is_type_param;
use crate::sizes::size_of;
use crate::types::{Interface, Ty, TyKind};
use crate::version::{GoVersion, go1};
use goxide_base::{FxHashMap, FxHashSet, Name, Pos, file_of};
use goxide_diag::Diagnostic;
use goxide_syntax::ast::{Decl, File, FuncDecl, VarDecl};
use goxide_syntax::pragma::PragmaFlags;

impl Checker {
    /// What gc adds to messages about language versions: where the version comes from.
    pub(crate) fn version_hint(&self, pos: Pos, msg: &str) -> Option<String> {
        let i = msg.find("requires go")?;
        if !self.conf.gc || !msg[i..].contains(" or later") {
            return None;
        }
        let id = file_of(pos)?.id;
        let n = self.files.iter().position(|f| f.file == id)?;
        let v = &self.info.file_versions[n];
        Some(if !v.is_empty() && self.files[n].go_version == *v {
            format!(" (file declares //go:build {v})")
        } else {
            format!(" (-lang was set to {}; check go.mod)", self.conf.go_version)
        })
    }

    /// The checks; errors go to the sink directly because they have no codes.
    pub(crate) fn gc_checks(&mut self) {
        self.interface_cycles();
        if self.first_err {
            return;
        }
        for (n, f) in self.files.clone().into_iter().enumerate() {
            self.gc_check_file(n, f);
            goxide_syntax::check_placement(f, &mut self.sink);
        }
        for pos in std::mem::take(&mut self.local_embeds) {
            self.gc_error(pos, "go:embed cannot apply to var inside func");
        }
        if !self.sink.has_errors() {
            self.check_sizes();
            self.check_frames();
            self.check_printed();
        }
        self.first_err = self.sink.has_errors();
    }

    fn gc_error(&mut self, pos: Pos, msg: impl Into<String>) {
        self.sink.report(Diagnostic::error(pos, msg));
    }

    /// Anonymous interfaces that refer to themselves have no finite name.
    fn interface_cycles(&mut self) {
        let mut f = Cycles::default();
        for (t, pos) in std::mem::take(&mut self.interfaces) {
            let Some(i) = t.as_interface() else { continue };
            if f.has_cycle(i) {
                let msg = "invalid recursive type: anonymous interface refers to itself \
                           (see https://go.dev/issue/56103)";
                self.error(pos, Code::InvalidTypeCycle, msg);
                f.cyclic.values_mut().for_each(|c| *c = false);
            }
        }
    }

    fn gc_check_file(&mut self, n: usize, f: &'static File) {
        let imports = |path: &str| {
            f.decls.iter().any(|d| match d {
                Decl::Import(i) => i.path.as_ref().is_some_and(|p| p.value.as_str().trim_matches(['"', '`']) == path),
                _ => false,
            })
        };
        let has_embed = imports("embed");
        let mut linked: FxHashSet<Obj> = FxHashSet::default();
        let has_unsafe = imports("unsafe");
        for l in &f.pragma.linknames {
            let directive = if l.std_only { "go:linknamestd" } else { "go:linkname" };
            if !has_unsafe {
                let msg = format!("//{directive} only allowed in Go files that import \"unsafe\"");
                self.gc_error(l.pos, msg);
                continue;
            }
            if l.remote.as_ref().is_some_and(|r| r.contains('[') && r.contains(']')) {
                self.gc_error(l.pos, format!("//{directive} reference of an instantiation is not allowed"));
                continue;
            }
            match self.pkg.scope().lookup(Name::new(&l.local)) {
                Some(o) if o.is_func() || o.is_var() => {
                    if !linked.insert(o) {
                        self.gc_error(l.pos, format!("duplicate //{directive} for {}", l.local));
                    }
                }
                // modules of that time have directives without effect
                _ if GoVersion::parse(&self.conf.go_version) < go1(18) && !self.conf.go_version.is_empty() => {}
                _ => self.gc_error(l.pos, format!("//{directive} must refer to declared function or variable")),
            }
        }
        for d in &f.decls {
            match d {
                Decl::Var(v) => self.check_embed(v, has_embed, n),
                Decl::Func(d) => self.check_body(d),
                _ => {}
            }
        }
    }

    /// Limits of the implementation on elements of channels and maps and on arrays.
    fn check_sizes(&mut self) {
        let mut seen: FxHashSet<Ty> = FxHashSet::default();
        for (t, pos) in std::mem::take(&mut self.sized) {
            if !seen.insert(t) || mentions_tparam(t, 0) {
                continue;
            }
            // What types2 calls too large has been reported by the time this runs.
            let msg = match t.kind() {
                TyKind::Chan(c) if size_of(c.elem) >= 1 << 16 => "channel element type too large (>64kB)".to_owned(),
                TyKind::Map(m) if !MAP_LIMIT.contains(&size_of(m.elem)) => "map element type too large".to_owned(),
                TyKind::Map(m) if !MAP_LIMIT.contains(&size_of(m.key)) => "map key type too large".to_owned(),
                TyKind::Array(_) if !(0..MAX_WIDTH).contains(&size_of(t)) => {
                    format!("type {} larger than address space", self.ts(t))
                }
                _ => continue,
            };
            self.gc_error(pos, msg);
        }
    }

    /// Parameters and results that no stack can hold.
    fn check_frames(&mut self) {
        for f in self.obj_list.clone() {
            let Some(pos) = f.decl().filter(|d| d.body.is_some()).map(|d| d.pos) else { continue };
            let sig = f.sig();
            if !sig.tparams().is_empty() || !sig.data().rparams.is_empty() {
                continue;
            }
            let all = sig.recv().into_iter().chain(sig.params().iter().copied()).chain(sig.results().iter().copied());
            let args = all.fold(0i64, |n, o| n.saturating_add(size_of(o.ty())));
            if args > MAX_FRAME {
                self.gc_error(pos, format!("stack frame too large (>1GB): 0 MB locals + {} MB args", args >> 20));
            }
        }
    }

    /// Composite values cannot be printed.
    fn check_printed(&mut self) {
        for (t, pos, name) in std::mem::take(&mut self.printed) {
            if !is_type_param(t) && matches!(t.under().kind(), TyKind::Array(_) | TyKind::Struct(_)) {
                self.gc_error(pos, format!("illegal types for operand: {name}\n\t{}", self.ts(t)));
            }
        }
    }

    fn check_embed(&mut self, v: &'static VarDecl, has_embed: bool, file: usize) {
        let Some(e) = v.pragma.embeds.first() else { return };
        let msg = if !has_embed {
            "go:embed requires import \"embed\" (or import _ \"embed\", if package is not used)"
        } else if v.names.len() > 1 {
            "go:embed cannot apply to multiple vars"
        } else if v.values.is_some() {
            "go:embed cannot apply to var with initializer"
        } else if GoVersion::parse(&self.info.file_versions[file]) < go1(16)
            && !self.info.file_versions[file].is_empty()
        {
            let lang = self.conf.go_version.clone();
            let msg = format!("go:embed requires go1.16 or later (-lang was set to {lang}; check go.mod)");
            return self.gc_error(e.pos, msg);
        } else {
            return;
        };
        self.gc_error(e.pos, msg);
    }

    /// A function without body must come from elsewhere by `//go:linkname`.
    fn check_body(&mut self, d: &'static FuncDecl) {
        let flags = d.pragma.flags;
        if d.body.is_some() {
            if flags.has(PragmaFlags::NOESCAPE) {
                self.gc_error(d.pos, "can only use //go:noescape with external func implementations");
            }
            if flags.has(PragmaFlags::UINTPTR_KEEPALIVE)
                && !flags.has(PragmaFlags::UINTPTR_ESCAPES)
                && !flags.has(PragmaFlags::NOSPLIT)
            {
                self.gc_error(d.pos, "go:uintptrkeepalive requires go:nosplit");
            }
            return;
        }
        if self.conf.outside_bodies {
            return;
        }
        let linked = d.recv.is_none()
            && self.files.iter().any(|f| f.pragma.linknames.iter().any(|l| d.name.name == l.local.as_str()));
        if !linked {
            self.gc_error(d.pos, "missing function body");
        }
    }
}

/// The largest type gc can handle.
const MAX_WIDTH: i64 = 1 << 50;
/// The largest frame of a function.
const MAX_FRAME: i64 = 1 << 30;
/// Sizes of keys and elements of maps.
const MAP_LIMIT: std::ops::Range<i64> = 0..1 << 31;

/// Whether the size of `t` depends on a type parameter.
fn mentions_tparam(t: Ty, depth: u32) -> bool {
    let go = |t: Ty| depth < 50 && mentions_tparam(t, depth + 1);
    match t.unalias().kind() {
        TyKind::TypeParam(_) => true,
        TyKind::Array(a) => go(a.elem),
        TyKind::Chan(c) => go(c.elem),
        TyKind::Map(m) => go(m.key) || go(m.elem),
        TyKind::Struct(s) => s.fields.iter().any(|f| go(f.ty())),
        TyKind::Named(n) => n.targs().iter().any(|t| go(*t)) || go(n.under()),
        _ => false,
    }
}

/// Search for cycles of interface literals that are reached without passing a named type.
#[derive(Default)]
struct Cycles {
    /// Whether an interface is on the way of the current search.
    cyclic: FxHashMap<*const Interface, bool>,
}

impl Cycles {
    fn has_cycle(&mut self, i: &'static Interface) -> bool {
        i.all_methods().iter().any(|m| self.visit(m.ty()))
    }
    fn vars(&mut self, v: &[Obj]) -> bool {
        v.iter().any(|o| self.visit(o.ty()))
    }
    fn visit(&mut self, t: Ty) -> bool {
        match t.unalias().kind() {
            TyKind::Pointer(p) => self.visit(p.base),
            TyKind::Array(a) => self.visit(a.elem),
            TyKind::Slice(s) => self.visit(s.elem),
            TyKind::Chan(c) => self.visit(c.elem),
            TyKind::Map(m) => self.visit(m.key) || self.visit(m.elem),
            TyKind::Struct(s) => self.vars(s.fields),
            TyKind::Tuple(v) => self.vars(v),
            TyKind::Func(s) => self.vars(s.params()) || self.vars(s.results()),
            TyKind::Interface(i) => {
                let d = i.data();
                if d.methods.is_empty() && d.embeddeds.is_empty() {
                    return false;
                }
                let key = std::ptr::from_ref(i);
                if let Some(c) = self.cyclic.get(&key) {
                    return *c;
                }
                self.cyclic.insert(key, true);
                if self.has_cycle(i) {
                    return true;
                }
                self.cyclic.insert(key, false);
                false
            }
            // Named types end the search: they cannot be part of an anonymous cycle.
            _ => false,
        }
    }
}
