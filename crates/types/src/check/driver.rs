//! Driving the check of one package (the procedural half of `check.go`).

use super::{Action, Checker, DeclId, Environment, ExprInfo};
use crate::codes::Code;
use crate::constant::Value;
use crate::info::{CheckedPackage, Config, Importer, Info, Mode};
use crate::object::{Obj, Pkg, Scope};
use crate::types::Ty;
use crate::universe;
use crate::version::GoVersion;
use crate::{errorf, sprintf};
use goxide_base::{FxHashMap, FxHashSet, Name, Pos};
use goxide_diag::Sink;
use goxide_syntax::ast::{self, Expr, ExprKind, NodeId};

/// Checks a package. Errors go to `sink`; the result is usable for look-ups even then.
pub fn check_package(
    path: &str,
    files: &[&'static ast::File],
    importer: &dyn Importer,
    conf: &Config,
    sink: &mut Sink,
) -> CheckedPackage {
    universe::init();
    if conf.test_builtins {
        universe::define_test_builtins();
    }
    let mut c = Checker::new(Pkg::new(path, ""), conf.clone());
    // gc looks further only at what is right so far.
    c.gc_all = conf.gc && !sink.has_errors();
    c.check_files(files, importer);
    sink.diags.append(&mut c.sink.diags);
    let of = |c: &Checker, f: fn(Obj) -> bool| c.obj_list.iter().copied().filter(|o| f(*o)).collect::<Vec<_>>();
    CheckedPackage {
        pkg: c.pkg,
        funcs: of(&c, Obj::is_func),
        type_names: of(&c, Obj::is_type_name),
        vars: of(&c, Obj::is_var),
        files: c.files,
        info: c.info,
        failed: c.first_err,
    }
}

impl Checker {
    fn new(pkg: Pkg, conf: Config) -> Checker {
        Checker {
            conf,
            sink: Sink::default(),
            pkg,
            info: Info::default(),
            decls: Vec::new(),
            obj_map: FxHashMap::default(),
            obj_list: Vec::new(),
            imp_map: FxHashMap::default(),
            qual: Default::default(),
            files: Vec::new(),
            imports: Vec::new(),
            dot_import_map: FxHashMap::default(),
            used_vars: FxHashSet::default(),
            used_pkg_names: FxHashSet::default(),
            mono: Default::default(),
            first_err: false,
            methods: FxHashMap::default(),
            untyped: FxHashMap::default(),
            delayed: Vec::new(),
            obj_path: Vec::new(),
            obj_path_idx: FxHashMap::default(),
            env: Environment::default(),
            interfaces: Vec::new(),
            sized: Vec::new(),
            printed: Vec::new(),
            gc_all: false,
            local_embeds: Vec::new(),
            next_node: 1 << 30,
        }
    }

    fn check_files(&mut self, files: &[&'static ast::File], importer: &dyn Importer) {
        self.init_files(files);
        self.collect_objects(importer);
        self.direct_cycles();
        self.package_objects();
        self.process_delayed(0);
        self.init_order();
        if !self.conf.disable_unused_import_check {
            self.unused_imports();
        }
        self.record_untyped();
        if !self.first_err {
            self.monomorph();
        }
        if !self.first_err && self.gc_all {
            self.gc_checks();
        }
        // What importers may look at concurrently is settled now; the rest is made on demand, without locks.
        for o in &self.obj_list {
            if let Some(n) = o.ty_opt().and_then(Ty::as_named) {
                n.under();
            }
        }
        let v = self.conf.go_version.clone();
        self.pkg.set_go_version(&v);
        crate::typenames::number_local_types(&self.info);
        self.pkg.mark_complete();
    }

    fn init_files(&mut self, files: &[&'static ast::File]) {
        for f in files {
            let name = f.pkg_name.name;
            let have = self.pkg.name();
            if have.as_str().is_empty() {
                if name.is_blank() {
                    self.error(f.pkg_name, Code::BlankPkgName, "invalid package name _");
                } else {
                    self.pkg.set_name(name);
                }
                self.files.push(f);
            } else if have == name {
                self.files.push(f);
            } else {
                errorf!(self, f.pos, MismatchedPkgName, "package {}; expected package {}", name, have);
            }
        }
        let pkg_version = GoVersion::parse(&self.conf.go_version);
        if pkg_version > GoVersion::CURRENT && !files.is_empty() {
            let msg = format!(
                "package requires newer Go version {pkg_version} (application built with {})",
                GoVersion::CURRENT
            );
            self.error(files[0].pos, Code::TooNew, msg);
        }
        for f in self.files.clone() {
            let mut v = self.conf.go_version.clone();
            let fv = GoVersion::parse(&f.go_version);
            if fv.is_valid() {
                v = fv.max(GoVersion::new(1, 21)).to_string();
                if fv > GoVersion::CURRENT {
                    errorf!(self, f.pkg_name, TooNew, "file requires newer Go version {}", fv);
                }
            }
            self.info.file_versions.push(v);
        }
    }

    /// Delays an action until the end of the current statement or declaration.
    pub fn later(&mut self, f: impl FnOnce(&mut Checker) + 'static) {
        self.delayed.push(Some(Action { version: self.env.version, f: Box::new(f) }));
    }

    /// Runs the actions delayed since `top` was the number of them.
    pub fn process_delayed(&mut self, top: usize) {
        let saved = self.env.version;
        let mut i = top;
        while i < self.delayed.len() {
            if let Some(a) = self.delayed[i].take() {
                self.env.version = a.version;
                (a.f)(self);
            }
            i += 1;
        }
        self.delayed.truncate(top);
        self.env.version = saved;
    }

    /// Looks a name up from the current scope outwards.
    pub fn lookup_scope(&self, name: Name) -> Option<(Scope, Obj)> {
        let mut s = self.env.scope;
        while let Some(sc) = s {
            if let Some(o) = sc.lookup(name) {
                return Some((sc, o));
            }
            s = sc.parent();
        }
        None
    }
    /// The object of a name.
    pub fn lookup(&self, name: Name) -> Option<Obj> {
        self.lookup_scope(name).map(|p| p.1)
    }
    /// The current scope.
    pub fn scope(&self) -> Scope {
        self.env.scope.expect("no scope")
    }
    pub fn open_scope(&mut self, pos: Pos, end: Pos) {
        self.env.scope = Some(Scope::new(self.env.scope, pos, end));
    }
    pub fn close_scope(&mut self) {
        self.env.scope = self.scope().parent();
    }

    /// The current package-level declaration depends on `to`.
    pub fn add_decl_dep(&mut self, to: Obj) {
        let Some(from) = self.env.decl else { return };
        if !self.obj_map.contains_key(&to) {
            return;
        }
        let d = &mut self.decls[from];
        if d.deps_set.insert(to) {
            d.deps.push(to);
        }
    }

    /// Remembers an untyped expression until its type is final.
    pub fn remember_untyped(&mut self, expr: &'static Expr, is_lhs: bool, mode: Mode, typ: Ty, val: Value) {
        self.untyped.insert(expr.id, ExprInfo { expr, is_lhs, mode, typ, val });
    }

    /// A node the checker makes up.
    pub fn new_expr(&mut self, pos: Pos, kind: ExprKind) -> &'static Expr {
        self.next_node += 1;
        crate::late::leak(Expr { id: NodeId(self.next_node), pos, kind })
    }

    pub(crate) fn push(&mut self, o: Obj) {
        self.obj_path_idx.insert(o, self.obj_path.len());
        self.obj_path.push(o);
    }
    pub(crate) fn pop(&mut self) {
        if let Some(o) = self.obj_path.pop() {
            self.obj_path_idx.remove(&o);
        }
    }
    pub(crate) fn decl_of(&self, o: Obj) -> Option<DeclId> {
        self.obj_map.get(&o).copied()
    }
    /// Text of a package, as `Package.String`.
    pub(crate) fn pkg_string(&self, p: Pkg) -> String {
        sprintf!(self, "package {} ({})", p.name(), crate::constant::quote(p.path().as_str().as_bytes()))
    }
}
