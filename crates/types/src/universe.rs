//! Predeclared things and package unsafe (`universe.go`).

use crate::constant::{make_bool, make_int64};
use crate::late::{leak, leak_vec};
use crate::object::{BuiltinId, Obj, ObjKind, Pkg, Scope, VarKind};
use crate::types::{BasicKind, IfaceData, Interface, SigData, Ty, byte, rune, typ};
use crate::typeset::TypeSet;
use goxide_base::{Name, Pos};
use std::sync::LazyLock;

struct Universe {
    scope: Scope,
    unsafe_scope: Scope,
    error: Ty,
    any: Obj,
    comparable: Obj,
    iota: Obj,
    empty: &'static Interface,
}

/// The outermost scope.
pub fn universe() -> Scope {
    *SCOPE
}
static SCOPE: LazyLock<Scope> = LazyLock::new(Scope::new_root);
static U: LazyLock<Universe> = LazyLock::new(build);
static UNSAFE: LazyLock<Pkg> = LazyLock::new(|| {
    let p = Pkg::new("unsafe", "unsafe");
    p.mark_complete();
    p
});

/// Package unsafe.
pub fn unsafe_pkg() -> Pkg {
    LazyLock::force(&U);
    *UNSAFE
}
/// Makes sure the predeclared things are declared, and gives the outermost scope.
pub fn init() -> Scope {
    U.scope
}
/// The predeclared type `error`.
pub fn error_type() -> Ty {
    U.error
}
/// The object of the predeclared alias `any`.
pub fn any_obj() -> Obj {
    U.any
}
/// The object of the predeclared `comparable`.
pub fn comparable_obj() -> Obj {
    U.comparable
}
/// The predeclared `iota`.
pub fn iota_obj() -> Obj {
    U.iota
}
/// The empty interface that `any` stands for.
pub fn empty_interface() -> &'static Interface {
    U.empty
}
/// As [`empty_interface`], as a type.
pub fn empty_interface_ty() -> Ty {
    U.empty.ty()
}
/// Whether this is the record of the predeclared byte or rune.
pub fn is_byte_or_rune(t: Ty) -> bool {
    t == byte() || t == rune()
}

const TYPES: &[BasicKind] = {
    use BasicKind::*;
    &[
        Bool, Int, Int8, Int16, Int32, Int64, Uint, Uint8, Uint16, Uint32, Uint64, Uintptr, Float32, Float64,
        Complex64, Complex128, String,
    ]
};

/// Name, least number of arguments, variadic, and whether it may stand as a statement (`exprKind`), by `BuiltinId`.
pub struct BuiltinInfo {
    pub id: BuiltinId,
    pub name: &'static str,
    pub nargs: usize,
    pub variadic: bool,
    pub statement: bool,
}
macro_rules! builtins {
    ($($id:ident $name:literal $n:literal $v:literal $s:literal;)*) => {
        static BUILTINS: &[BuiltinInfo] = &[$(BuiltinInfo {
            id: BuiltinId::$id, name: $name, nargs: $n, variadic: $v, statement: $s,
        }),*];
    };
}
builtins! {
    Append "append" 1 true false;
    Cap "cap" 1 false false;
    Clear "clear" 1 false true;
    Close "close" 1 false true;
    Complex "complex" 2 false false;
    Copy "copy" 2 false true;
    Delete "delete" 2 false true;
    Imag "imag" 1 false false;
    Len "len" 1 false false;
    Make "make" 1 true false;
    Max "max" 1 true false;
    Min "min" 1 true false;
    New "new" 1 false false;
    Panic "panic" 1 false true;
    Print "print" 0 true true;
    Println "println" 0 true true;
    Real "real" 1 false false;
    Recover "recover" 0 false true;
    Add "Add" 2 false false;
    Alignof "Alignof" 1 false false;
    Offsetof "Offsetof" 1 false false;
    Sizeof "Sizeof" 1 false false;
    Slice "Slice" 2 false false;
    SliceData "SliceData" 1 false false;
    String "String" 2 false false;
    StringData "StringData" 1 false false;
    Assert "assert" 1 false true;
    Trace "trace" 0 true true;
}

/// Facts about a built-in function.
pub fn builtin_info(id: BuiltinId) -> &'static BuiltinInfo {
    &BUILTINS[id as usize]
}

/// Declares `assert` and `trace`, which Go's checker tests use.
pub fn define_test_builtins() {
    for b in &BUILTINS[BuiltinId::Assert as usize..] {
        init().insert(builtin_obj(b, None));
    }
}

fn builtin_obj(b: &BuiltinInfo, pkg: Option<Pkg>) -> Obj {
    Obj::new(ObjKind::Builtin(b.id), Pos::NONE, pkg, Name::new(b.name), Some(crate::types::invalid()))
}

fn build() -> Universe {
    let scope = universe();
    let u = *UNSAFE;
    let tn = |name: &str, t: Option<Ty>| Obj::new_type_name(Pos::NONE, None, Name::new(name), t);
    for k in TYPES {
        let t = typ(*k);
        scope.insert(tn(t.as_basic().expect("basic").name, Some(t)));
    }
    scope.insert(tn("byte", Some(byte())));
    scope.insert(tn("rune", Some(rune())));
    let ptr = typ(BasicKind::UnsafePointer);
    u.scope().insert(Obj::new_type_name(Pos::NONE, Some(u), Name::new("Pointer"), Some(ptr)));

    let blank = Name::new("");
    let obj = tn("error", None);
    let error = Ty::new_named(obj, None, None);
    let recv = Obj::new_var(VarKind::Recv, Pos::NONE, None, blank, Some(error));
    let res = Obj::new_var(VarKind::Result, Pos::NONE, None, blank, Some(typ(BasicKind::String)));
    let sig = Ty::sig_of(SigData { recv: Some(recv), results: leak_vec(vec![res]), ..SigData::default() });
    let m = Obj::new_func(Pos::NONE, None, Name::new("Error"), Some(sig));
    let ity = Ty::new_interface();
    let i = ity.as_interface().expect("interface");
    i.set(IfaceData { methods: leak_vec(vec![m]), embeddeds: &[], embed_pos: &[], methods_only: false });
    i.type_set();
    error.named().from_rhs.set(ity);
    error.under();
    scope.insert(obj);

    let ety = Ty::new_interface();
    let empty = ety.as_interface().expect("interface");
    empty.set(IfaceData::default());
    empty.type_set();
    let any = tn("any", None);
    Ty::new_alias(any, Some(ety), None, &[]);
    any.ty().unalias();
    scope.insert(any);

    let cty = Ty::new_interface();
    let c = cty.as_interface().expect("interface");
    c.set(IfaceData::default());
    c.tset.set(leak(TypeSet { comparable: true, ..TypeSet::top() }));
    let comparable = tn("comparable", None);
    Ty::new_named(comparable, Some(cty), None).under();
    scope.insert(comparable);

    let konst = |name: &str, k, v| {
        let o = Obj::new_const(Pos::NONE, None, Name::new(name), Some(typ(k)), Some(v));
        scope.insert(o);
        o
    };
    konst("true", BasicKind::UntypedBool, make_bool(true));
    konst("false", BasicKind::UntypedBool, make_bool(false));
    let iota = konst("iota", BasicKind::UntypedInt, make_int64(0));
    scope.insert(Obj::new(ObjKind::Nil, Pos::NONE, None, Name::new("nil"), Some(typ(BasicKind::UntypedNil))));
    for b in &BUILTINS[..BuiltinId::Assert as usize] {
        if b.name.starts_with(|c: char| c.is_ascii_uppercase()) {
            u.scope().insert(builtin_obj(b, Some(u)));
        } else {
            scope.insert(builtin_obj(b, None));
        }
    }
    Universe { scope, unsafe_scope: u.scope(), error, any, comparable, iota, empty }
}

/// Scope of package unsafe.
pub fn unsafe_scope() -> Scope {
    U.unsafe_scope
}
