//! Types as the checker sees them: the kinds and records of `go/types`.
//!
//! A [`Ty`] is a handle to a leaked record; two handles are equal only if they are the same record. Types are not
//! interned: identity of types is [`identical`](crate::predicates::identical), and [`canon`](crate::canon) gives the
//! back end interned ones. Composite types made from other types are immutable; what may refer to itself (named
//! types, aliases, signatures, interfaces, type parameters) has late-set fields.

use crate::late::{LateRef, LateSlice, handle, leak, leak_vec};
use crate::object::{Obj, Scope};
use crate::typeset::TypeSet;
use goxide_base::{Name, Pos};
use parking_lot::Mutex;
use std::sync::atomic::{AtomicBool, AtomicI32, AtomicU8, AtomicU32, Ordering};

handle!(
    /// A type.
    Ty, TyData, LateTy
);

/// The record behind a [`Ty`].
pub struct TyData {
    pub kind: TyKind,
}

/// What a type is.
pub enum TyKind {
    Basic(Basic),
    Named(Named),
    Alias(Alias),
    Pointer(Pointer),
    Slice(Slice),
    Array(Array),
    Map(Map),
    Chan(Chan),
    Struct(Struct),
    /// Types of several values; the elements are variables.
    Tuple(&'static [Obj]),
    Func(Signature),
    Interface(Interface),
    Union(&'static [Term]),
    TypeParam(TypeParam),
}

pub use goxide_syntax::ast::ChanDir;

/// Predeclared and untyped basic types, numbered as in `go/types`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Hash)]
#[repr(u8)]
#[allow(missing_docs)]
pub enum BasicKind {
    Invalid,
    Bool,
    Int,
    Int8,
    Int16,
    Int32,
    Int64,
    Uint,
    Uint8,
    Uint16,
    Uint32,
    Uint64,
    Uintptr,
    Float32,
    Float64,
    Complex64,
    Complex128,
    String,
    UnsafePointer,
    UntypedBool,
    UntypedInt,
    UntypedRune,
    UntypedFloat,
    UntypedComplex,
    UntypedString,
    UntypedNil,
}

/// Properties of basic types (a bit set).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct BasicInfo(pub u16);
#[allow(missing_docs)]
impl BasicInfo {
    pub const BOOLEAN: BasicInfo = BasicInfo(1);
    pub const INTEGER: BasicInfo = BasicInfo(2);
    pub const UNSIGNED: BasicInfo = BasicInfo(4);
    pub const FLOAT: BasicInfo = BasicInfo(8);
    pub const COMPLEX: BasicInfo = BasicInfo(16);
    pub const STRING: BasicInfo = BasicInfo(32);
    pub const UNTYPED: BasicInfo = BasicInfo(64);
    pub const ORDERED: BasicInfo = BasicInfo(2 | 8 | 32);
    pub const NUMERIC: BasicInfo = BasicInfo(2 | 8 | 16);
    pub const CONST_TYPE: BasicInfo = BasicInfo(1 | 2 | 8 | 16 | 32);
    /// Whether any of the bits of `o` is set.
    pub const fn has(self, o: BasicInfo) -> bool {
        self.0 & o.0 != 0
    }
}

/// A basic type.
pub struct Basic {
    pub kind: BasicKind,
    pub info: BasicInfo,
    pub name: &'static str,
}

/// A pointer type.
pub struct Pointer {
    pub base: Ty,
}

/// A slice type.
pub struct Slice {
    pub elem: Ty,
}

/// A map type.
pub struct Map {
    pub key: Ty,
    pub elem: Ty,
}

/// A channel type.
pub struct Chan {
    pub dir: ChanDir,
    pub elem: Ty,
}

/// An array type; a length below 0 is unknown (after an error).
pub struct Array {
    pub len: i64,
    pub elem: Ty,
}

/// A struct type.
pub struct Struct {
    pub fields: &'static [Obj],
    /// Empty, or one per field (possibly shorter).
    pub tags: &'static [Name],
}

impl Struct {
    /// The tag of field `i`, "" if it has none.
    pub fn tag(&self, i: usize) -> &'static str {
        self.tags.get(i).map_or("", |t| t.as_str())
    }
}

/// A term of a union.
#[derive(Clone, Copy)]
pub struct Term {
    pub tilde: bool,
    pub ty: Ty,
}

/// What a signature says; replaced as a whole while it is being set up.
#[derive(Clone, Copy, Default)]
pub struct SigData {
    pub rparams: &'static [Ty],
    pub tparams: &'static [Ty],
    /// Scope of the body, for declared and literal functions.
    pub scope: Option<Scope>,
    pub recv: Option<Obj>,
    /// Receiver dropped by a method selection.
    pub recvold: Option<Obj>,
    /// The receiver became the first parameter (method expression).
    pub method_expr: bool,
    pub params: &'static [Obj],
    pub results: &'static [Obj],
    pub variadic: bool,
}

/// A function or method type.
#[derive(Default)]
pub struct Signature {
    this: LateTy,
    data: LateRef<SigData>,
}

impl Signature {
    /// All fields at once.
    pub fn data(&self) -> SigData {
        self.data.get().copied().unwrap_or_default()
    }
    /// Whether the signature has been set up at all.
    pub fn is_set(&self) -> bool {
        self.data.get().is_some()
    }
    /// Replaces the fields.
    pub fn set(&self, d: SigData) {
        self.data.set(leak(d));
    }
    /// Changes some fields.
    pub fn update(&self, f: impl FnOnce(&mut SigData)) {
        let mut d = self.data();
        f(&mut d);
        self.set(d);
    }
    /// This signature as a type.
    pub fn ty(&self) -> Ty {
        self.this.get().expect("type record without handle")
    }
    pub fn recv(&self) -> Option<Obj> {
        self.data().recv
    }
    pub fn params(&self) -> &'static [Obj] {
        self.data().params
    }
    pub fn results(&self) -> &'static [Obj] {
        self.data().results
    }
    pub fn variadic(&self) -> bool {
        self.data().variadic
    }
    pub fn tparams(&self) -> &'static [Ty] {
        self.data().tparams
    }
    pub fn rparams(&self) -> &'static [Ty] {
        self.data().rparams
    }
    pub fn scope(&self) -> Option<Scope> {
        self.data().scope
    }
}

/// Explicit contents of an interface type; set once, when it is complete.
#[derive(Clone, Copy, Default)]
pub struct IfaceData {
    /// Explicitly declared methods, sorted.
    pub methods: &'static [Obj],
    pub embeddeds: &'static [Ty],
    /// Positions of the embedded elements, or empty.
    pub embed_pos: &'static [Pos],
    /// Declared under rules older than Go 1.18: elements that are no interfaces (an error) do not count.
    pub methods_only: bool,
}

/// An interface type.
#[derive(Default)]
pub struct Interface {
    this: LateTy,
    data: LateRef<IfaceData>,
    implicit: AtomicBool,
    pub(crate) tset: LateRef<TypeSet>,
}

impl Interface {
    pub fn ty(&self) -> Ty {
        self.this.get().expect("type record without handle")
    }
    /// Whether methods and embedded elements are known.
    pub fn complete(&self) -> bool {
        self.data.get().is_some()
    }
    pub fn data(&self) -> IfaceData {
        self.data.get().copied().unwrap_or_default()
    }
    /// Sets the contents, which makes the interface complete.
    pub fn set(&self, d: IfaceData) {
        self.data.set(leak(d));
    }
    pub fn methods(&self) -> &'static [Obj] {
        self.data().methods
    }
    pub fn embeddeds(&self) -> &'static [Ty] {
        self.data().embeddeds
    }
    /// Whether this wraps a constraint literal that is not an interface.
    pub fn implicit(&self) -> bool {
        self.implicit.load(Ordering::Relaxed)
    }
    pub fn mark_implicit(&self) {
        self.implicit.store(true, Ordering::Relaxed);
    }
    /// The type set (computed on first use).
    pub fn type_set(&self) -> &'static TypeSet {
        crate::typeset::type_set_of(self)
    }
    /// All methods, embedded ones included, sorted as in `go/types`.
    pub fn all_methods(&self) -> &'static [Obj] {
        self.type_set().methods
    }
    /// Whether all types implement it.
    pub fn is_empty(&self) -> bool {
        self.type_set().is_all()
    }
}

/// A type parameter.
pub struct TypeParam {
    this: LateTy,
    /// Unique, for debugging and hashing.
    pub id: u32,
    pub obj: Obj,
    index: AtomicI32,
    pub(crate) bound: LateTy,
    /// The declared type parameter this is a copy of (receivers' and substituted signatures' own ones).
    pub(crate) canon: LateTy,
}

static TPARAM_ID: AtomicU32 = AtomicU32::new(1);

impl TypeParam {
    pub fn ty(&self) -> Ty {
        self.this.get().expect("type record without handle")
    }
    /// Index in its list, or -1 if it is not bound yet.
    pub fn index(&self) -> i32 {
        self.index.load(Ordering::Relaxed)
    }
    pub fn set_index(&self, i: usize) {
        self.index.store(i as i32, Ordering::Relaxed);
    }
    /// The constraint as declared.
    pub fn bound(&self) -> Ty {
        self.bound.get().unwrap_or_else(invalid)
    }
    pub fn bound_opt(&self) -> Option<Ty> {
        self.bound.get()
    }
    pub fn set_bound(&self, t: Ty) {
        self.bound.set(t);
    }
    /// The constraint interface.
    pub fn iface(&self) -> &'static Interface {
        crate::typeparam::iface(self)
    }
}

/// What makes a named type an instance.
#[derive(Clone, Copy)]
pub struct Inst {
    /// The generic type (a `Named`).
    pub orig: Ty,
    pub targs: &'static [Ty],
}

/// A defined type, or an instance of a generic one.
pub struct Named {
    this: LateTy,
    /// Declaring object; for an instance a synthetic one that carries the position of the instantiation.
    pub own_obj: Obj,
    pub inst: Option<Inst>,
    pub(crate) from_rhs: LateTy,
    pub(crate) tparams: LateSlice<Ty>,
    pub(crate) underlying: LateTy,
    /// Declared methods (not of instances).
    pub(crate) methods: LateSlice<Obj>,
    /// Methods of an instance, made on demand.
    pub(crate) expanded: Mutex<Vec<Option<Obj>>>,
    pub(crate) var_size: AtomicU8,
    /// Scratch mark of the checker that declares the type (validity check).
    pub(crate) valid: AtomicU8,
}

/// An alias, or an instance of a generic one.
pub struct Alias {
    this: LateTy,
    pub own_obj: Obj,
    /// The generic alias, if this is an instance.
    pub orig: Option<Ty>,
    pub targs: &'static [Ty],
    pub(crate) tparams: LateSlice<Ty>,
    pub(crate) from_rhs: LateTy,
    pub(crate) actual: LateTy,
}

impl Ty {
    fn new(kind: TyKind) -> Ty {
        let t = Ty(leak(TyData { kind }));
        match &t.0.kind {
            TyKind::Named(x) => x.this.set(t),
            TyKind::Alias(x) => x.this.set(t),
            TyKind::Func(x) => x.this.set(t),
            TyKind::Interface(x) => x.this.set(t),
            TyKind::TypeParam(x) => x.this.set(t),
            _ => {}
        }
        t
    }
    /// What the type is.
    #[inline]
    pub fn kind(self) -> &'static TyKind {
        &self.0.kind
    }
    pub fn pointer(base: Ty) -> Ty {
        Ty::new(TyKind::Pointer(Pointer { base }))
    }
    pub fn slice(elem: Ty) -> Ty {
        Ty::new(TyKind::Slice(Slice { elem }))
    }
    pub fn array(len: i64, elem: Ty) -> Ty {
        Ty::new(TyKind::Array(Array { len, elem }))
    }
    pub fn map(key: Ty, elem: Ty) -> Ty {
        Ty::new(TyKind::Map(Map { key, elem }))
    }
    pub fn chan(dir: ChanDir, elem: Ty) -> Ty {
        Ty::new(TyKind::Chan(Chan { dir, elem }))
    }
    pub fn struct_(fields: Vec<Obj>, tags: Vec<Name>) -> Ty {
        Ty::new(TyKind::Struct(Struct { fields: leak_vec(fields), tags: leak_vec(tags) }))
    }
    pub fn tuple(vars: &'static [Obj]) -> Ty {
        Ty::new(TyKind::Tuple(vars))
    }
    pub fn tuple_of(vars: Vec<Obj>) -> Ty {
        Ty::tuple(leak_vec(vars))
    }
    pub fn union(terms: Vec<Term>) -> Ty {
        Ty::new(TyKind::Union(leak_vec(terms)))
    }
    /// A signature still to be set up.
    pub fn new_sig() -> Ty {
        Ty::new(TyKind::Func(Signature::default()))
    }
    pub fn sig_of(d: SigData) -> Ty {
        let t = Ty::new_sig();
        t.sig().set(d);
        t
    }
    /// An interface still to be set up.
    pub fn new_interface() -> Ty {
        Ty::new(TyKind::Interface(Interface::default()))
    }
    /// A type parameter; becomes the type of `obj` if that has none.
    pub fn new_type_param(obj: Obj, bound: Option<Ty>) -> Ty {
        let t = Ty::new(TyKind::TypeParam(TypeParam {
            this: LateTy::empty(),
            id: TPARAM_ID.fetch_add(1, Ordering::Relaxed),
            obj,
            index: AtomicI32::new(-1),
            bound: LateTy::new(bound),
            canon: LateTy::empty(),
        }));
        if obj.ty_opt().is_none() {
            obj.set_ty(t);
        }
        t
    }
    /// A defined type; becomes the type of `obj` if that has none.
    pub fn new_named(obj: Obj, rhs: Option<Ty>, inst: Option<Inst>) -> Ty {
        let t = Ty::new(TyKind::Named(Named {
            this: LateTy::empty(),
            own_obj: obj,
            inst,
            from_rhs: LateTy::new(rhs),
            tparams: LateSlice::empty(),
            underlying: LateTy::empty(),
            methods: LateSlice::empty(),
            expanded: Mutex::default(),
            var_size: AtomicU8::new(0),
            valid: AtomicU8::new(0),
        }));
        if obj.ty_opt().is_none() {
            obj.set_ty(t);
        }
        t
    }
    /// An alias; becomes the type of `obj` if that has none.
    pub fn new_alias(obj: Obj, rhs: Option<Ty>, orig: Option<Ty>, targs: &'static [Ty]) -> Ty {
        let t = Ty::new(TyKind::Alias(Alias {
            this: LateTy::empty(),
            own_obj: obj,
            orig,
            targs,
            tparams: LateSlice::empty(),
            from_rhs: LateTy::new(rhs),
            actual: LateTy::empty(),
        }));
        if obj.ty_opt().is_none() {
            obj.set_ty(t);
        }
        t
    }

    // ---- views; the `as_` ones do not look through aliases or names (use `unalias()`, `under()` first)

    #[inline]
    pub fn as_basic(self) -> Option<&'static Basic> {
        if let TyKind::Basic(x) = self.kind() { Some(x) } else { None }
    }
    /// The named type this is, aliases stripped (`asNamed`).
    pub fn as_named(self) -> Option<&'static Named> {
        if let TyKind::Named(x) = self.unalias().kind() { Some(x) } else { None }
    }
    #[inline]
    pub fn as_alias(self) -> Option<&'static Alias> {
        if let TyKind::Alias(x) = self.kind() { Some(x) } else { None }
    }
    /// Base type of a pointer type.
    #[inline]
    pub fn as_pointer(self) -> Option<Ty> {
        if let TyKind::Pointer(p) = self.kind() { Some(p.base) } else { None }
    }
    /// Element type of a slice type.
    #[inline]
    pub fn as_slice(self) -> Option<Ty> {
        if let TyKind::Slice(p) = self.kind() { Some(p.elem) } else { None }
    }
    #[inline]
    pub fn as_array(self) -> Option<&'static Array> {
        if let TyKind::Array(x) = self.kind() { Some(x) } else { None }
    }
    /// Key and element type of a map type.
    #[inline]
    pub fn as_map(self) -> Option<(Ty, Ty)> {
        if let TyKind::Map(m) = self.kind() { Some((m.key, m.elem)) } else { None }
    }
    /// Direction and element type of a channel type.
    #[inline]
    pub fn as_chan(self) -> Option<(ChanDir, Ty)> {
        if let TyKind::Chan(c) = self.kind() { Some((c.dir, c.elem)) } else { None }
    }
    #[inline]
    pub fn as_struct(self) -> Option<&'static Struct> {
        if let TyKind::Struct(x) = self.kind() { Some(x) } else { None }
    }
    #[inline]
    pub fn as_tuple(self) -> Option<&'static [Obj]> {
        if let TyKind::Tuple(x) = self.kind() { Some(x) } else { None }
    }
    #[inline]
    pub fn as_sig(self) -> Option<&'static Signature> {
        if let TyKind::Func(x) = self.kind() { Some(x) } else { None }
    }
    #[inline]
    pub fn as_interface(self) -> Option<&'static Interface> {
        if let TyKind::Interface(x) = self.kind() { Some(x) } else { None }
    }
    #[inline]
    pub fn as_union(self) -> Option<&'static [Term]> {
        if let TyKind::Union(x) = self.kind() { Some(x) } else { None }
    }
    /// The type parameter this is, aliases stripped.
    pub fn as_type_param(self) -> Option<&'static TypeParam> {
        if let TyKind::TypeParam(x) = self.unalias().kind() { Some(x) } else { None }
    }
    /// Kind of a basic type (not its underlying one).
    pub fn basic_kind(self) -> Option<BasicKind> {
        self.as_basic().map(|b| b.kind)
    }
    /// The signature; panics if this is not one.
    pub fn sig(self) -> &'static Signature {
        self.as_sig().expect("not a signature")
    }
    /// The named type; panics if this is not one.
    pub fn named(self) -> &'static Named {
        self.as_named().expect("not a named type")
    }
    /// Whether this is not the invalid type (`isValid`).
    pub fn is_valid(self) -> bool {
        !matches!(self.unalias().kind(), TyKind::Basic(Basic { kind: BasicKind::Invalid, .. }))
    }
    /// The type without aliases.
    #[inline]
    pub fn unalias(self) -> Ty {
        if let TyKind::Alias(a) = self.kind() { a.unalias() } else { self }
    }
    /// The underlying type (`Type.Underlying`): never a name, alias or type parameter (for that: its constraint interface).
    pub fn under(self) -> Ty {
        match self.kind() {
            TyKind::Named(n) => n.under(),
            TyKind::Alias(a) => match a.unalias() {
                // Still being declared.
                t if matches!(t.kind(), TyKind::Alias(_)) => invalid(),
                t => t.under(),
            },
            TyKind::TypeParam(t) => t.iface().ty(),
            _ => self,
        }
    }
}

impl Named {
    pub fn ty(&self) -> Ty {
        self.this.get().expect("type record without handle")
    }
    /// The declaring type name (of the generic type, for an instance).
    pub fn obj(&self) -> Obj {
        match self.inst {
            Some(i) => i.orig.named().own_obj,
            None => self.own_obj,
        }
    }
    /// The generic type of an instance, else the type itself.
    pub fn origin(&self) -> &'static Named {
        match self.inst {
            Some(i) => i.orig.named(),
            None => self.ty().named(),
        }
    }
    pub fn targs(&self) -> &'static [Ty] {
        self.inst.map_or(&[], |i| i.targs)
    }
    /// Type parameters (those of the generic type, for an instance).
    pub fn tparams(&self) -> &'static [Ty] {
        match self.inst {
            Some(i) => i.orig.named().tparams.get(),
            None => self.tparams.get(),
        }
    }
}

impl Alias {
    pub fn ty(&self) -> Ty {
        self.this.get().expect("type record without handle")
    }
    pub fn obj(&self) -> Obj {
        match self.orig {
            Some(o) => o.as_alias().expect("alias instance of no alias").own_obj,
            None => self.own_obj,
        }
    }
    pub fn tparams(&self) -> &'static [Ty] {
        match self.orig {
            Some(o) => o.as_alias().expect("alias instance of no alias").tparams.get(),
            None => self.tparams.get(),
        }
    }
    /// Right-hand side of the declaration; may be an alias again.
    pub fn rhs(&self) -> Option<Ty> {
        self.from_rhs.get()
    }
    /// The aliased type, never an alias; the alias itself while that is not known.
    pub fn unalias(&self) -> Ty {
        if let Some(t) = self.actual.get() {
            return t;
        }
        let mut t = self.from_rhs.get();
        let mut n = 0;
        while let Some(TyKind::Alias(a)) = t.map(Ty::kind) {
            t = a.actual.get().or(a.from_rhs.get());
            n += 1;
            if n > 10_000 {
                return invalid();
            }
        }
        match t {
            Some(t) => {
                self.actual.set(t);
                t
            }
            None => self.ty(),
        }
    }
}

macro_rules! basics {
    ($($k:ident $info:expr, $name:literal;)*) => {
        static BASICS: &[TyData] = &[$(TyData {
            kind: TyKind::Basic(Basic { kind: BasicKind::$k, info: BasicInfo($info), name: $name }),
        }),*];
    };
}
basics! {
    Invalid 0, "invalid type";
    Bool 1, "bool";
    Int 2, "int";
    Int8 2, "int8";
    Int16 2, "int16";
    Int32 2, "int32";
    Int64 2, "int64";
    Uint 6, "uint";
    Uint8 6, "uint8";
    Uint16 6, "uint16";
    Uint32 6, "uint32";
    Uint64 6, "uint64";
    Uintptr 6, "uintptr";
    Float32 8, "float32";
    Float64 8, "float64";
    Complex64 16, "complex64";
    Complex128 16, "complex128";
    String 32, "string";
    UnsafePointer 0, "Pointer";
    UntypedBool 65, "untyped bool";
    UntypedInt 66, "untyped int";
    UntypedRune 66, "untyped rune";
    UntypedFloat 72, "untyped float";
    UntypedComplex 80, "untyped complex";
    UntypedString 96, "untyped string";
    UntypedNil 64, "untyped nil";
}
static BYTE: TyData =
    TyData { kind: TyKind::Basic(Basic { kind: BasicKind::Uint8, info: BasicInfo(6), name: "byte" }) };
static RUNE: TyData =
    TyData { kind: TyKind::Basic(Basic { kind: BasicKind::Int32, info: BasicInfo(2), name: "rune" }) };

/// The basic type of this kind (`Typ[kind]`).
#[inline]
pub fn typ(k: BasicKind) -> Ty {
    Ty(&BASICS[k as usize])
}
/// `Typ[Invalid]`.
#[inline]
pub fn invalid() -> Ty {
    Ty(&BASICS[0])
}
/// The predeclared `byte`: identical to, but not the same record as, `uint8`.
pub fn byte() -> Ty {
    Ty(&BYTE)
}
/// The predeclared `rune`.
pub fn rune() -> Ty {
    Ty(&RUNE)
}
