//! Collecting the package-level objects (`resolver.go`).

use super::{Checker, DeclId, DeclInfo};
use crate::codes::Code;
use crate::errors::ErrorDesc;
use crate::info::Importer;
use crate::object::{Obj, Pkg, Scope, VarKind};
use crate::universe;
use crate::version::{GoVersion, go1};
use crate::{constant, errorf, soft_errorf};
use goxide_base::{FxHashMap, FxHashSet, Name, Pos};
use goxide_syntax::ast::{Decl, Expr, ExprKind, FuncDecl, Ident, NodeId};

/// A type parameter of a receiver.
#[derive(Clone, Copy)]
pub(crate) struct RecvTParam {
    pub id: NodeId,
    pub pos: Pos,
    pub name: Name,
    /// Missing after a syntax error.
    pub expr: Option<&'static Expr>,
}

impl DeclInfo {
    pub(crate) fn new(file_scope: Scope, version: GoVersion) -> DeclInfo {
        DeclInfo {
            file_scope,
            version,
            lhs: Vec::new(),
            vtyp: None,
            init: None,
            inherited: false,
            tdecl: None,
            fdecl: None,
            deps: Vec::new(),
            deps_set: FxHashSet::default(),
        }
    }
    /// Whether there is an initialiser or a body.
    pub fn has_initializer(&self) -> bool {
        self.init.is_some() || self.fdecl.is_some_and(|f| f.body.is_some())
    }
}

/// The elements of an optional list expression.
pub(crate) fn unpack_list(e: Option<&'static Expr>) -> &'static [Expr] {
    e.map_or(&[], |e| e.list())
}

fn validated_import_path(lit: &str) -> Result<String, String> {
    let Some(s) = constant::unquote(lit) else { return Err("invalid syntax".to_owned()) };
    let s = String::from_utf8_lossy(&s).into_owned();
    if s.is_empty() {
        return Err("empty string".to_owned());
    }
    for r in s.chars() {
        if r.is_control() || r.is_whitespace() || "!\"#$%&'()*,:;<=>?[\\]^{|}`\u{FFFD}".contains(r) {
            let shown = if r.is_control() { String::new() } else { format!(" '{r}'") };
            return Err(format!("invalid character U+{:04X}{shown}", r as u32));
        }
    }
    Ok(s)
}

impl Checker {
    /// Compares the numbers of names and values.
    pub(crate) fn arity(&mut self, pos: Pos, names: &[Ident], inits: &'static [Expr], is_const: bool, inherited: bool) {
        let (l, r) = (names.len(), inits.len());
        if l < r {
            let n = &inits[l];
            if inherited {
                errorf!(self, pos, WrongAssignCount, "extra init expr at {}", n.pos);
            } else {
                errorf!(self, n, WrongAssignCount, "extra init expr {}", n);
            }
        } else if l > r && (is_const || r != 1) {
            errorf!(self, names[r], WrongAssignCount, "missing init expr for {}", names[r].name);
        }
    }

    fn add_decl(&mut self, obj: Obj, d: DeclId) {
        if self.obj_map.insert(obj, d).is_none() {
            self.obj_list.push(obj);
        }
        obj.set_order(self.obj_map.len() as u32);
    }

    fn declare_pkg_obj(&mut self, ident: Ident, obj: Obj, d: DeclId) {
        if ident.name == "init" {
            self.error(ident, Code::InvalidInitDecl, "cannot declare init - must be func");
            return;
        }
        if ident.name == "main" && self.pkg.name() == "main" {
            self.error(ident, Code::InvalidMainDecl, "cannot declare main - must be func");
            return;
        }
        self.declare(self.pkg.scope(), Some(ident.id), obj, Pos::NONE);
        self.add_decl(obj, d);
    }

    fn import_package(&mut self, importer: &dyn Importer, pos: Pos, path: &str) -> Option<Pkg> {
        let key = Name::new(path);
        if let Some(p) = self.imp_map.get(&key) {
            return Some(*p);
        }
        let imp = if path == "unsafe" {
            universe::unsafe_pkg()
        } else if path == "C" && self.conf.fake_import_c {
            let p = Pkg::new("C", "C");
            p.mark_fake();
            p
        } else {
            let mut r = importer.import(path);
            if let Ok(p) = &r
                && (p.name().is_blank() || p.name().as_str().is_empty())
            {
                r = Err(format!("invalid package name: {}", constant::quote(p.name().as_str().as_bytes())));
            }
            match r {
                Ok(p) => p,
                Err(e) => {
                    errorf!(self, pos, BrokenImport, "could not import {} ({})", path, e);
                    let name = path.strip_suffix('/').unwrap_or(path);
                    let p = Pkg::new(path, name.rsplit('/').next().unwrap_or(name));
                    p.mark_fake();
                    p
                }
            }
        };
        if !imp.complete() && !imp.fake() {
            return None;
        }
        self.imp_map.insert(key, imp);
        Some(imp)
    }

    pub(crate) fn collect_objects(&mut self, importer: &dyn Importer) {
        let pkg = self.pkg;
        let scope = pkg.scope();
        let mut pkg_imports: Vec<Pkg> = Vec::new();
        let mut methods: Vec<(Obj, bool, Name)> = Vec::new();
        let mut file_scopes = Vec::new();
        for (no, file) in self.files.clone().into_iter().enumerate() {
            self.env.version = GoVersion::parse(&self.info.file_versions[no]);
            let version = self.env.version;
            let fs = Scope::new(Some(scope), file.pos, file.eof);
            file_scopes.push(fs);
            let mut consts = ConstGroup::default();
            for (index, decl) in file.decls.iter().enumerate() {
                if !matches!(decl, Decl::Const(_)) {
                    consts = ConstGroup::default();
                }
                match decl {
                    Decl::Import(s) => {
                        let Some(lit) = s.path.as_ref().filter(|p| !p.bad) else { continue };
                        let path = match validated_import_path(lit.value.as_str()) {
                            Ok(p) => p,
                            Err(e) => {
                                errorf!(self, lit, BadImportPath, "invalid import path ({})", e);
                                continue;
                            }
                        };
                        let Some(imp) = self.import_package(importer, lit.pos, &path) else { continue };
                        let mut name = imp.name();
                        if let Some(l) = s.local {
                            name = l.name;
                            if path == "C" {
                                self.error(l, Code::ImportCRenamed, "cannot rename import \"C\"");
                                continue;
                            }
                        }
                        if name == "init" {
                            let msg = "cannot import package as init - init must be a func";
                            self.error(s.pos, Code::InvalidInitDecl, msg);
                            continue;
                        }
                        if !pkg_imports.contains(&imp) {
                            pkg_imports.push(imp);
                            pkg.set_imports(crate::late::leak_vec(pkg_imports.clone()));
                        }
                        let pn = Obj::new_pkg_name(s.pos, Some(pkg), name, imp);
                        match s.local {
                            Some(l) => self.record_def(l.id, Some(pn)),
                            None => self.record_implicit(s.id, pn),
                        }
                        if imp.fake() {
                            self.used_pkg_names.insert(pn);
                        }
                        self.imports.push(pn);
                        if name == "." {
                            for obj in imp.scope().sorted() {
                                if !obj.exported() {
                                    continue;
                                }
                                if let Some(alt) = fs.lookup(obj.name()) {
                                    let mut e = ErrorDesc::new(Code::DuplicateDecl);
                                    let at = s.local.map_or(s.pos, |l| l.pos);
                                    e.add(at, format!("{} redeclared in this block", alt.name()));
                                    e.add_alt_decl(alt);
                                    self.report(e);
                                } else {
                                    fs.insert(obj);
                                    self.dot_import_map.insert((fs, obj.name()), pn);
                                }
                            }
                        } else {
                            self.declare(fs, None, pn, Pos::NONE);
                        }
                    }
                    Decl::Const(s) => {
                        let (iota, vtyp, values_expr, inherited) = consts.next(index, s);
                        let values = unpack_list(values_expr);
                        for (i, name) in s.names.iter().enumerate() {
                            let iota = constant::make_int64(iota as i64);
                            let obj = Obj::new_const(name.pos, Some(pkg), name.name, None, Some(iota));
                            let d = DeclInfo { vtyp, init: values.get(i), inherited, ..DeclInfo::new(fs, version) };
                            self.decls.push(d);
                            self.declare_pkg_obj(*name, obj, self.decls.len() - 1);
                        }
                        self.arity(s.pos, &s.names, values, true, inherited);
                    }
                    Decl::Var(s) => {
                        let objs: Vec<Obj> = s
                            .names
                            .iter()
                            .map(|n| Obj::new_var(VarKind::Package, n.pos, Some(pkg), n.name, None))
                            .collect();
                        let values = unpack_list(s.values.as_ref());
                        let is_list = s.values.as_ref().is_some_and(|v| matches!(v.kind, ExprKind::List(_)));
                        let mut shared = None;
                        if !is_list {
                            self.decls.push(DeclInfo {
                                lhs: objs.clone(),
                                vtyp: s.ty.as_ref(),
                                init: s.values.as_ref(),
                                ..DeclInfo::new(fs, version)
                            });
                            shared = Some(self.decls.len() - 1);
                        }
                        for (i, name) in s.names.iter().enumerate() {
                            let d = shared.unwrap_or_else(|| {
                                self.decls.push(DeclInfo {
                                    vtyp: s.ty.as_ref(),
                                    init: values.get(i),
                                    ..DeclInfo::new(fs, version)
                                });
                                self.decls.len() - 1
                            });
                            self.declare_pkg_obj(*name, objs[i], d);
                        }
                        if s.ty.is_none() || !values.is_empty() {
                            self.arity(s.pos, &s.names, values, false, false);
                        }
                    }
                    Decl::Type(s) => {
                        let obj = Obj::new_type_name(s.name.pos, Some(pkg), s.name.name, None);
                        self.decls.push(DeclInfo { tdecl: Some(s), ..DeclInfo::new(fs, version) });
                        self.declare_pkg_obj(s.name, obj, self.decls.len() - 1);
                    }
                    Decl::Func(s) => {
                        self.collect_func(s, &mut methods);
                        let obj = *self.obj_list.last().expect("just collected");
                        let d = self.obj_map[&obj];
                        self.decls[d].file_scope = fs;
                        self.decls[d].version = version;
                    }
                }
            }
        }
        for fs in &file_scopes {
            for obj in fs.sorted() {
                let Some(alt) = scope.lookup(obj.name()) else { continue };
                let mut e = ErrorDesc::new(Code::DuplicateDecl);
                let (through, p) = match obj.imported() {
                    Some(p) => ("import", Some(p)),
                    None => ("dot-import", obj.pkg()),
                };
                let p = p.map_or(String::new(), |p| self.pkg_string(p));
                e.add(alt, format!("{} already declared through {through} of {p}", alt.name()));
                e.add_alt_decl(obj);
                self.report(e);
            }
        }
        self.apply_linknames();
        for (m, ptr, recv) in methods {
            if let Some((ptr, base)) = self.resolve_base_type_name(ptr, recv) {
                m.func().has_ptr_recv.store(ptr, std::sync::atomic::Ordering::Relaxed);
                self.methods.entry(base).or_default().push(m);
            }
        }
    }

    fn collect_func(&mut self, s: &'static FuncDecl, methods: &mut Vec<(Obj, bool, Name)>) {
        let pkg = self.pkg;
        let name = s.name.name;
        let obj = Obj::new_func(s.name.pos, Some(pkg), name, None);
        obj.func().decl.set(s);
        let tparam0 = s.tparams.first();
        match &s.recv {
            None => {
                let is_init = name == "init";
                if is_init || name == "main" && pkg.name() == "main" {
                    let code = if is_init { Code::InvalidInitDecl } else { Code::InvalidMainDecl };
                    if let Some(t) = tparam0 {
                        self.soft_error(t, code, format!("func {name} must have no type parameters"));
                    }
                    if !s.ty.params.is_empty() || !s.ty.results.is_empty() {
                        let msg = format!("func {name} must have no arguments and no return values");
                        self.soft_error(s.name, code, msg);
                    }
                } else if let Some(t) = tparam0 {
                    self.verify_version(t, go1(18), "type parameter");
                }
                if is_init {
                    obj.set_parent(pkg.scope());
                    self.record_def(s.name.id, Some(obj));
                    if s.body.is_none() {
                        soft_errorf!(self, obj, MissingInitBody, "func init must have a body");
                    }
                } else {
                    self.declare(pkg.scope(), Some(s.name.id), obj, Pos::NONE);
                }
            }
            Some(r) => {
                let (ptr, base, _) = self.unpack_recv(&r.ty, false);
                if let ExprKind::Name(n) = base.kind
                    && !name.is_blank()
                {
                    methods.push((obj, ptr, n));
                }
                if let Some(t) = tparam0 {
                    self.verify_version(t, go1(27), "generic method");
                }
                self.record_def(s.name.id, Some(obj));
            }
        }
        self.decls.push(DeclInfo { fdecl: Some(s), ..DeclInfo::new(pkg.scope(), self.env.version) });
        self.add_decl(obj, self.decls.len() - 1);
    }

    /// Remote names from `//go:linkname` lines go to the functions they name.
    fn apply_linknames(&mut self) {
        for f in &self.files {
            for l in &f.pragma.linknames {
                if let Some(remote) = &l.remote
                    && let Some(o) = self.pkg.scope().lookup(Name::new(&l.local))
                    && let Some(func) = o.as_func()
                {
                    let _ = func.linkname.set(Name::new(remote));
                }
            }
        }
    }

    /// Splits a receiver type into pointer, base and type parameters.
    pub(crate) fn unpack_recv(&mut self, rtyp: &'static Expr, params: bool) -> (bool, &'static Expr, Vec<RecvTParam>) {
        let mut ptr = false;
        let mut base = rtyp.unparen();
        if let ExprKind::Star(x) = &base.kind {
            ptr = true;
            base = x.unparen();
        }
        let mut tparams = Vec::new();
        if let ExprKind::Index { x, index } = &base.kind {
            base = x;
            if params {
                for arg in index.list() {
                    let mut p = RecvTParam { id: arg.id, pos: arg.pos, name: Name::new("_"), expr: Some(arg) };
                    match arg.kind {
                        ExprKind::Name(n) => p.name = n,
                        ExprKind::Bad => p.expr = None,
                        _ => {
                            errorf!(self, arg, BadDecl, "receiver type parameter {} must be an identifier", arg);
                            p.expr = None;
                        }
                    }
                    tparams.push(p);
                }
            }
        }
        (ptr, base, tparams)
    }

    /// The type name that declares the base type of a receiver, through aliases of this package.
    fn resolve_base_type_name(&self, mut ptr: bool, name: Name) -> Option<(bool, Obj)> {
        let mut seen: Vec<Obj> = Vec::new();
        let mut name = name;
        loop {
            let obj = self.pkg.scope().lookup(name).filter(|o| o.is_type_name())?;
            if seen.contains(&obj) {
                return None;
            }
            let td = self.decls[self.decl_of(obj)?].tdecl?;
            if !td.alias {
                return Some((ptr, obj));
            }
            if !td.tparams.is_empty() {
                return None;
            }
            seen.push(obj);
            let mut t = td.ty.unparen();
            if let ExprKind::Star(x) = &t.kind {
                if ptr {
                    return None;
                }
                ptr = true;
                t = x.unparen();
            }
            let ExprKind::Name(n) = t.kind else { return None };
            name = n;
        }
    }

    pub(crate) fn package_objects(&mut self) {
        let list = self.obj_list.clone();
        for o in &list {
            if o.is_type_name() && o.ty_opt().is_some() {
                self.collect_methods(*o);
            }
        }
        // Defined types first: their cycles through aliases are then found where gc finds them.
        let is_alias = |c: &Checker, o: Obj| c.decls[c.obj_map[&o]].tdecl.is_some_and(|t| t.alias);
        let (mut aliases, mut others) = (Vec::new(), Vec::new());
        for o in &list {
            if !o.is_type_name() {
                others.push(*o);
            } else if is_alias(self, *o) {
                aliases.push(*o);
            } else {
                self.obj_decl(*o);
            }
        }
        for o in aliases.into_iter().chain(others) {
            self.obj_decl(o);
        }
        self.methods = FxHashMap::default();
    }

    pub(crate) fn unused_imports(&mut self) {
        if self.conf.ignore_func_bodies {
            return;
        }
        for o in self.imports.clone() {
            if o.name().is_blank() || self.used_pkg_names.contains(&o) {
                continue;
            }
            let path = o.imported().expect("package name").path().as_str();
            let elem = path.rsplit('/').next().unwrap_or(path);
            let quoted = constant::quote(path.as_bytes());
            let name = o.name().as_str();
            let msg = if name.is_empty() || name == "." || name == elem {
                format!("{quoted} imported and not used")
            } else {
                format!("{quoted} imported as {name} and not used")
            };
            self.soft_error(o, Code::UnusedImport, msg);
        }
    }
}

/// Where in a group of constant specifications we are, and what is inherited.
#[derive(Default)]
pub(crate) struct ConstGroup {
    first: Option<usize>,
    group: u32,
    last: Option<&'static goxide_syntax::ast::ConstDecl>,
}

impl ConstGroup {
    /// iota, type, values and whether these are inherited, for the specification at `index`.
    pub(crate) fn next(
        &mut self,
        index: usize,
        s: &'static goxide_syntax::ast::ConstDecl,
    ) -> (usize, Option<&'static Expr>, Option<&'static Expr>, bool) {
        if self.first.is_none() || s.group == 0 || self.group != s.group {
            self.first = Some(index);
            self.last = None;
        }
        self.group = s.group;
        let iota = index - self.first.unwrap_or(index);
        let mut inherited = true;
        if s.ty.is_some() || s.values.is_some() {
            self.last = Some(s);
            inherited = false;
        } else if self.last.is_none() {
            // From now on there is something (empty) to inherit.
            let empty = self.group != 0 && iota > 0;
            inherited = empty;
        }
        let l = self.last;
        (iota, l.and_then(|l| l.ty.as_ref()), l.and_then(|l| l.values.as_ref()), inherited)
    }
}
