//! Declared things, scopes and packages.

use crate::constant::Value;
use crate::late::{LateRef, LateSlice, handle, leak};
use crate::types::{LateTy, Signature, Ty, TyKind, invalid};
use goxide_base::{FxHashMap, Late, Name, Pos};
use goxide_syntax::ast;
use goxide_syntax::pragma::PragmaFlags;
use parking_lot::RwLock;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU32, Ordering};

handle!(
    /// A declared thing.
    Obj, ObjData, LateObj
);
handle!(
    /// A scope.
    Scope, ScopeData, LateScope
);
handle!(
    /// A package.
    Pkg, PkgData, LatePkg
);

/// The record behind an [`Obj`].
pub struct ObjData {
    pub kind: ObjKind,
    pub name: Name,
    /// `None` for labels and predeclared things.
    pub pkg: Option<Pkg>,
    pub pos: Pos,
    parent: LateScope,
    ty: LateTy,
    order: AtomicU32,
    scope_pos: AtomicU32,
}

/// What an object is.
pub enum ObjKind {
    PkgName { imported: Pkg },
    Const(Late<Option<Value>>),
    TypeName,
    Var(Var),
    Func(Func),
    Label,
    Builtin(BuiltinId),
    Nil,
}

/// What kind of variable a `Var` is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
#[allow(missing_docs)]
pub enum VarKind {
    Package = 1,
    Local,
    Recv,
    Param,
    Result,
    Field,
}

/// A variable, parameter, result or struct field.
pub struct Var {
    kind: AtomicU8,
    pub embedded: bool,
    /// The variable of the generic declaration this one was instantiated from.
    pub origin: Option<Obj>,
}

/// A function or method.
pub struct Func {
    /// The method of the generic declaration this one was instantiated from.
    pub origin: Option<Obj>,
    /// For a method of an instantiated type whose signature is made on demand: receiver base type (a `Named`).
    pub(crate) lazy_recv: Option<Ty>,
    pub(crate) has_ptr_recv: AtomicBool,
    pub(crate) decl: LateRef<ast::FuncDecl>,
    /// Remote name given by `//go:linkname` on the declaration (also of body-less functions).
    pub linkname: OnceLock<Name>,
}

/// Predeclared functions, in the order of `go/types`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
#[repr(u8)]
#[allow(missing_docs)]
pub enum BuiltinId {
    Append,
    Cap,
    Clear,
    Close,
    Complex,
    Copy,
    Delete,
    Imag,
    Len,
    Make,
    Max,
    Min,
    New,
    Panic,
    Print,
    Println,
    Real,
    Recover,
    // package unsafe
    Add,
    Alignof,
    Offsetof,
    Sizeof,
    Slice,
    SliceData,
    String,
    StringData,
    // testing support
    Assert,
    Trace,
}

impl Obj {
    /// A new object.
    pub fn new(kind: ObjKind, pos: Pos, pkg: Option<Pkg>, name: Name, ty: Option<Ty>) -> Obj {
        Obj(leak(ObjData {
            kind,
            name,
            pkg,
            pos,
            parent: LateScope::empty(),
            ty: LateTy::new(ty),
            order: AtomicU32::new(0),
            scope_pos: AtomicU32::new(0),
        }))
    }
    pub fn new_pkg_name(pos: Pos, pkg: Option<Pkg>, name: Name, imported: Pkg) -> Obj {
        Obj::new(ObjKind::PkgName { imported }, pos, pkg, name, Some(invalid()))
    }
    pub fn new_const(pos: Pos, pkg: Option<Pkg>, name: Name, ty: Option<Ty>, val: Option<Value>) -> Obj {
        Obj::new(ObjKind::Const(Late::new(val)), pos, pkg, name, ty)
    }
    pub fn new_type_name(pos: Pos, pkg: Option<Pkg>, name: Name, ty: Option<Ty>) -> Obj {
        Obj::new(ObjKind::TypeName, pos, pkg, name, ty)
    }
    pub fn new_var(kind: VarKind, pos: Pos, pkg: Option<Pkg>, name: Name, ty: Option<Ty>) -> Obj {
        let v = Var { kind: AtomicU8::new(kind as u8), embedded: false, origin: None };
        Obj::new(ObjKind::Var(v), pos, pkg, name, ty)
    }
    pub fn new_param(pos: Pos, pkg: Option<Pkg>, name: Name, ty: Ty) -> Obj {
        Obj::new_var(VarKind::Param, pos, pkg, name, Some(ty))
    }
    pub fn new_field(pos: Pos, pkg: Option<Pkg>, name: Name, ty: Ty, embedded: bool) -> Obj {
        let v = Var { kind: AtomicU8::new(VarKind::Field as u8), embedded, origin: None };
        Obj::new(ObjKind::Var(v), pos, pkg, name, Some(ty))
    }
    /// A copy of a variable with another type (`cloneVar`, `substVar`); its origin is that of `self` or `self`.
    pub fn clone_var(self, ty: Ty) -> Obj {
        let v = self.var();
        let v = Var {
            kind: AtomicU8::new(v.kind.load(Ordering::Relaxed)),
            embedded: v.embedded,
            origin: Some(v.origin.unwrap_or(self)),
        };
        let o = Obj::new(ObjKind::Var(v), self.pos, self.pkg, self.name, Some(ty));
        if let Some(p) = self.parent() {
            o.set_parent(p);
        }
        o
    }
    pub fn new_func(pos: Pos, pkg: Option<Pkg>, name: Name, sig: Option<Ty>) -> Obj {
        Obj::new(ObjKind::Func(Func::default()), pos, pkg, name, sig)
    }
    /// A copy of a function with another signature; `None` with `lazy_recv`: made on demand from the origin's.
    pub fn clone_func(self, sig: Option<Ty>, lazy_recv: Option<Ty>) -> Obj {
        let f = self.func();
        let f = Func {
            origin: Some(f.origin.unwrap_or(self)),
            lazy_recv,
            has_ptr_recv: AtomicBool::new(f.has_ptr_recv.load(Ordering::Relaxed)),
            decl: f.decl.get().map_or_else(LateRef::empty, LateRef::new),
            linkname: OnceLock::new(),
        };
        Obj::new(ObjKind::Func(f), self.pos, self.pkg, self.name, sig)
    }
    pub fn new_label(pos: Pos, pkg: Option<Pkg>, name: Name) -> Obj {
        Obj::new(ObjKind::Label, pos, pkg, name, Some(invalid()))
    }

    #[inline]
    pub fn name(self) -> Name {
        self.0.name
    }
    #[inline]
    pub fn pkg(self) -> Option<Pkg> {
        self.0.pkg
    }
    #[inline]
    pub fn pos(self) -> Pos {
        self.0.pos
    }
    /// The scope it is declared in; `None` for methods and fields.
    pub fn parent(self) -> Option<Scope> {
        self.0.parent.get()
    }
    pub fn set_parent(self, s: Scope) {
        self.0.parent.set(s);
    }
    /// The type, if it is known already. (Signatures of methods of instantiated types are made here.)
    #[inline]
    pub fn ty_opt(self) -> Option<Ty> {
        match self.0.ty.get() {
            Some(t) => Some(t),
            None => crate::named::lazy_method_type(self),
        }
    }
    /// The type; the invalid type if not known.
    #[inline]
    pub fn ty(self) -> Ty {
        self.ty_opt().unwrap_or_else(invalid)
    }
    pub fn set_ty(self, t: Ty) {
        self.0.ty.set(t);
    }
    pub(crate) fn raw_ty(self) -> &'static LateTy {
        &self.0.ty
    }
    pub fn order(self) -> u32 {
        self.0.order.load(Ordering::Relaxed)
    }
    pub fn set_order(self, o: u32) {
        self.0.order.store(o, Ordering::Relaxed);
    }
    pub fn scope_pos(self) -> Pos {
        Pos(self.0.scope_pos.load(Ordering::Relaxed))
    }
    pub fn set_scope_pos(self, p: Pos) {
        self.0.scope_pos.store(p.0, Ordering::Relaxed);
    }
    pub fn exported(self) -> bool {
        self.0.name.is_exported()
    }
    /// Whether it is declared at package level.
    pub fn is_package_level(self) -> bool {
        matches!((self.pkg, self.parent()), (Some(p), Some(s)) if p.scope() == s)
    }

    pub fn is_pkg_name(self) -> bool {
        matches!(self.0.kind, ObjKind::PkgName { .. })
    }
    pub fn imported(self) -> Option<Pkg> {
        if let ObjKind::PkgName { imported } = &self.0.kind { Some(*imported) } else { None }
    }
    pub fn is_const(self) -> bool {
        matches!(self.0.kind, ObjKind::Const(_))
    }
    pub fn is_type_name(self) -> bool {
        matches!(self.0.kind, ObjKind::TypeName)
    }
    pub fn is_var(self) -> bool {
        matches!(self.0.kind, ObjKind::Var(_))
    }
    pub fn is_func(self) -> bool {
        matches!(self.0.kind, ObjKind::Func(_))
    }
    pub fn is_label(self) -> bool {
        matches!(self.0.kind, ObjKind::Label)
    }
    pub fn is_nil(self) -> bool {
        matches!(self.0.kind, ObjKind::Nil)
    }
    pub fn builtin(self) -> Option<BuiltinId> {
        if let ObjKind::Builtin(b) = &self.0.kind { Some(*b) } else { None }
    }
    /// Value of a constant (`None`: not known yet).
    pub fn const_val(self) -> Option<Value> {
        if let ObjKind::Const(v) = &self.0.kind { v.get() } else { None }
    }
    pub fn set_const_val(self, v: Value) {
        if let ObjKind::Const(c) = &self.0.kind {
            c.set(Some(v));
        }
    }
    pub fn as_var(self) -> Option<&'static Var> {
        if let ObjKind::Var(v) = &self.0.kind { Some(v) } else { None }
    }
    pub fn as_func(self) -> Option<&'static Func> {
        if let ObjKind::Func(f) = &self.0.kind { Some(f) } else { None }
    }
    /// The variable; panics if it is none.
    pub fn var(self) -> &'static Var {
        self.as_var().expect("not a variable")
    }
    /// The function; panics if it is none.
    pub fn func(self) -> &'static Func {
        self.as_func().expect("not a function")
    }
    pub fn is_field(self) -> bool {
        self.as_var().is_some_and(|v| v.kind() == VarKind::Field)
    }
    pub fn embedded(self) -> bool {
        self.as_var().is_some_and(|v| v.embedded)
    }
    /// The variable or function of the generic declaration, or itself.
    pub fn origin(self) -> Obj {
        match &self.0.kind {
            ObjKind::Var(v) => v.origin.unwrap_or(self),
            ObjKind::Func(f) => f.origin.unwrap_or(self),
            _ => self,
        }
    }
    /// Signature of a function, if known.
    pub fn sig_opt(self) -> Option<&'static Signature> {
        self.ty_opt().and_then(Ty::as_sig)
    }
    /// Signature of a function; panics before it is known.
    pub fn sig(self) -> &'static Signature {
        self.sig_opt().expect("function without signature")
    }
    /// Declaration of a function or method (of the generic one, for instances).
    pub fn decl(self) -> Option<&'static ast::FuncDecl> {
        self.as_func().and_then(|f| f.decl.get().or_else(|| f.origin.and_then(Obj::decl)))
    }
    /// Flags of `//go:` directives on a function's declaration.
    pub fn pragma(self) -> PragmaFlags {
        self.decl().map_or(PragmaFlags::default(), |d| d.pragma.flags)
    }
    /// Whether a function implemented elsewhere promises to keep none of its arguments.
    pub fn noescape(self) -> bool {
        self.decl().is_some_and(|d| d.body.is_none() && d.pragma.flags.has(PragmaFlags::NOESCAPE))
    }
    /// Whether a method's receiver is a pointer.
    pub fn has_ptr_recv(self) -> bool {
        let Some(f) = self.as_func() else { return false };
        if f.lazy_recv.is_some() {
            return f.origin.is_some_and(Obj::has_ptr_recv);
        }
        if let Some(TyKind::Func(s)) = self.0.ty.get().map(Ty::kind)
            && let Some(r) = s.recv()
        {
            return crate::lookup::deref(r.ty()).1;
        }
        f.has_ptr_recv.load(Ordering::Relaxed)
    }
    /// Name plus, if not exported, package path: two objects with the same id are the same field or method (`Id`).
    pub fn same_id(self, pkg: Option<Pkg>, name: Name, fold: bool) -> bool {
        if fold && crate::util::equal_fold(self.name.as_str(), name.as_str()) {
            return true;
        }
        self.name == name && (self.exported() || same_pkg(self.pkg, pkg))
    }
    /// The key under which it is the same field or method as another (`Object.Id`).
    pub fn id(self) -> (Option<Name>, Name) {
        obj_id(self.pkg, self.name)
    }
}

/// `Id`: exported names stand alone, others belong to a package path.
pub fn obj_id(pkg: Option<Pkg>, name: Name) -> (Option<Name>, Name) {
    if name.is_exported() { (None, name) } else { (pkg.map(|p| p.path).or(Some(Name::new("_"))), name) }
}

/// Whether two packages are the same (`samePkg`).
pub fn same_pkg(a: Option<Pkg>, b: Option<Pkg>) -> bool {
    match (a, b) {
        (Some(a), Some(b)) => a == b || a.path == b.path,
        (None, None) => true,
        _ => false,
    }
}

impl Default for Func {
    fn default() -> Self {
        Func {
            origin: None,
            lazy_recv: None,
            has_ptr_recv: AtomicBool::new(false),
            decl: LateRef::empty(),
            linkname: OnceLock::new(),
        }
    }
}

impl Var {
    pub fn kind(&self) -> VarKind {
        match self.kind.load(Ordering::Relaxed) {
            1 => VarKind::Package,
            2 => VarKind::Local,
            3 => VarKind::Recv,
            4 => VarKind::Param,
            5 => VarKind::Result,
            _ => VarKind::Field,
        }
    }
    pub fn set_kind(&self, k: VarKind) {
        self.kind.store(k as u8, Ordering::Relaxed);
    }
}

/// The record behind a [`Scope`].
pub struct ScopeData {
    pub parent: Option<Scope>,
    elems: RwLock<Elems>,
    children: RwLock<Vec<Scope>>,
    pub pos: Pos,
    pub end: Pos,
    is_func: AtomicBool,
}

/// Most scopes hold a handful of names: those are searched linearly.
enum Elems {
    Few(Vec<Obj>),
    Many(FxHashMap<Name, Obj>),
}

impl Scope {
    pub fn new(parent: Option<Scope>, pos: Pos, end: Pos) -> Scope {
        let s = Scope(leak(ScopeData {
            parent,
            elems: RwLock::new(Elems::Few(Vec::new())),
            children: RwLock::default(),
            pos,
            end,
            is_func: AtomicBool::new(false),
        }));
        if let Some(p) = parent
            && p != crate::universe::universe()
        {
            p.children.write().push(s);
        }
        s
    }
    /// For the universe only, which cannot ask whether its parent is the universe.
    pub(crate) fn new_root() -> Scope {
        Scope::new(None, Pos::NONE, Pos::NONE)
    }
    pub fn parent(self) -> Option<Scope> {
        self.0.parent
    }
    pub fn is_func(self) -> bool {
        self.is_func.load(Ordering::Relaxed)
    }
    pub fn mark_func(self) {
        self.is_func.store(true, Ordering::Relaxed);
    }
    pub fn children(self) -> Vec<Scope> {
        self.children.read().clone()
    }
    /// The object of this name declared in this very scope.
    pub fn lookup(self, name: Name) -> Option<Obj> {
        match &*self.elems.read() {
            Elems::Few(v) => v.iter().copied().find(|o| o.name == name),
            Elems::Many(m) => m.get(&name).copied(),
        }
    }
    /// Declares an object unless the name is taken: then gives the one that holds it.
    pub fn insert(self, obj: Obj) -> Option<Obj> {
        self.insert_as(obj.name, obj)
    }
    /// As `insert`, under another name (dot imports use the same; kept for symmetry).
    fn insert_as(self, name: Name, obj: Obj) -> Option<Obj> {
        if let Some(alt) = self.lookup(name) {
            return Some(alt);
        }
        let mut e = self.elems.write();
        match &mut *e {
            Elems::Few(v) if v.len() < 12 => v.push(obj),
            Elems::Few(v) => {
                let mut m: FxHashMap<Name, Obj> = v.iter().map(|o| (o.name, *o)).collect();
                m.insert(name, obj);
                *e = Elems::Many(m);
            }
            Elems::Many(m) => {
                m.insert(name, obj);
            }
        }
        drop(e);
        if obj.parent().is_none() {
            obj.set_parent(self);
        }
        None
    }
    pub fn len(self) -> usize {
        match &*self.elems.read() {
            Elems::Few(v) => v.len(),
            Elems::Many(m) => m.len(),
        }
    }
    pub fn is_empty(self) -> bool {
        self.len() == 0
    }
    /// All objects, sorted by name.
    pub fn sorted(self) -> Vec<Obj> {
        let mut v: Vec<Obj> = match &*self.elems.read() {
            Elems::Few(v) => v.clone(),
            Elems::Many(m) => m.values().copied().collect(),
        };
        v.sort_by_key(|o| o.name);
        v
    }
    /// Objects whose names match but for case, sorted.
    pub fn lookup_ignoring_case(self, name: &str, exported: bool) -> Vec<Obj> {
        self.sorted()
            .into_iter()
            .filter(|o| (!exported || o.exported()) && crate::util::equal_fold(o.name.as_str(), name))
            .collect()
    }
}

/// The record behind a [`Pkg`].
pub struct PkgData {
    pub path: Name,
    name: OnceLock<Name>,
    pub scope: Scope,
    imports: LateSlice<Pkg>,
    complete: AtomicBool,
    fake: AtomicBool,
    go_version: OnceLock<String>,
}

impl Pkg {
    /// A package still to be checked. `name` empty: set by its files.
    pub fn new(path: &str, name: &str) -> Pkg {
        let p = Pkg(leak(PkgData {
            path: Name::new(path),
            name: OnceLock::new(),
            scope: Scope::new(Some(crate::universe::universe()), Pos::NONE, Pos::NONE),
            imports: LateSlice::empty(),
            complete: AtomicBool::new(false),
            fake: AtomicBool::new(false),
            go_version: OnceLock::new(),
        }));
        if !name.is_empty() {
            p.set_name(Name::new(name));
        }
        p
    }
    pub fn path(self) -> Name {
        self.0.path
    }
    /// The name in its package clause; "" if not known.
    pub fn name(self) -> Name {
        self.name.get().copied().unwrap_or_else(|| Name::new(""))
    }
    pub fn set_name(self, n: Name) {
        let _ = self.name.set(n);
    }
    pub fn scope(self) -> Scope {
        self.0.scope
    }
    /// Directly imported packages, in source order.
    pub fn imports(self) -> &'static [Pkg] {
        self.imports.get()
    }
    pub fn set_imports(self, v: &'static [Pkg]) {
        self.imports.set(v);
    }
    pub fn complete(self) -> bool {
        self.complete.load(Ordering::Acquire)
    }
    pub fn mark_complete(self) {
        self.complete.store(true, Ordering::Release);
    }
    /// Stands for a package that could not be imported: failing look-ups in it are not reported.
    pub fn fake(self) -> bool {
        self.fake.load(Ordering::Relaxed)
    }
    pub fn mark_fake(self) {
        self.fake.store(true, Ordering::Relaxed);
    }
    pub fn go_version(self) -> &'static str {
        self.0.go_version.get().map_or("", |s| s.as_str())
    }
    pub fn set_go_version(self, v: &str) {
        let _ = self.go_version.set(v.to_owned());
    }
}
