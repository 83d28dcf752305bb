//! What gc checks of a package beyond `types2`, once that has no objections (`noder/irgen.go`, `noder/writer.go`).

use super::Checker;
use crate::codes::Code;
use crate::object::Obj;
use crate::types::{Interface, Ty, TyKind};
use goxide_base::{FxHashMap, FxHashSet, Name, Pos, file_of};
use goxide_diag::Diagnostic;
use goxide_syntax::ast::{Decl, File, FuncDecl, VarDecl};

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
        for f in self.files.clone() {
            self.gc_check_file(f);
            goxide_syntax::check_placement(f, &mut self.sink);
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

    fn gc_check_file(&mut self, f: &'static File) {
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
                _ => self.gc_error(l.pos, format!("//{directive} must refer to declared function or variable")),
            }
        }
        for d in &f.decls {
            match d {
                Decl::Var(v) => self.check_embed(v, has_embed),
                Decl::Func(d) => self.check_body(d),
                _ => {}
            }
        }
    }

    fn check_embed(&mut self, v: &'static VarDecl, has_embed: bool) {
        let Some(e) = v.pragma.embeds.first() else { return };
        let msg = if !has_embed {
            "go:embed requires import \"embed\" (or import _ \"embed\", if package is not used)"
        } else if v.names.len() > 1 {
            "go:embed cannot apply to multiple vars"
        } else if v.values.is_some() {
            "go:embed cannot apply to var with initializer"
        } else {
            return;
        };
        self.gc_error(e.pos, msg);
    }

    /// A function without body must come from elsewhere by `//go:linkname`.
    fn check_body(&mut self, d: &'static FuncDecl) {
        if d.body.is_some() || self.conf.outside_bodies {
            return;
        }
        let linked = d.recv.is_none()
            && self.files.iter().any(|f| f.pragma.linknames.iter().any(|l| d.name.name == l.local.as_str()));
        if !linked {
            self.gc_error(d.pos, "missing function body");
        }
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
