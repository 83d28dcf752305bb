//! Names of canonical types: the unique string that symbols are made of, and the one that `reflect` shows.

use crate::info::Info;
use crate::object::Obj;
use crate::types::{BasicKind, ChanDir, Signature, Ty, TyKind};
use goxide_base::{FxHashMap, Name};
use parking_lot::Mutex;
use std::sync::LazyLock;

/// Numbers of types declared in functions, per package from 1 in source order.
static LOCAL_INDEX: LazyLock<Mutex<FxHashMap<Obj, u32>>> = LazyLock::new(Mutex::default);

/// Numbers the local types of a checked package.
pub fn number_local_types(info: &Info) {
    let mut local: Vec<Obj> = info
        .defs
        .iter()
        .map(|(_, o)| *o)
        .filter(|o| o.is_type_name() && !o.is_package_level())
        .filter(|o| o.ty().as_named().is_some_and(|n| n.obj() == *o))
        .collect();
    local.sort_by_key(|o| o.pos());
    let mut t = LOCAL_INDEX.lock();
    for (i, o) in local.into_iter().enumerate() {
        t.insert(o, i as u32 + 1);
    }
}

/// Lets `copy` (an instance's version of a local type) share the number of `orig`.
pub(crate) fn copy_local_index(orig: Obj, copy: Obj) {
    let mut t = LOCAL_INDEX.lock();
    if let Some(&n) = t.get(&orig) {
        t.insert(copy, n);
    }
}

fn local_index(o: Obj) -> Option<u32> {
    LOCAL_INDEX.lock().get(&o).copied()
}

/// The unique string of a canonical type: packages by path, local types numbered.
pub fn link_string(t: Ty) -> String {
    let mut s = String::new();
    write(&mut s, t, Style::Link);
    s
}

/// The string in a type descriptor: packages by name, type arguments as in `link_string`.
pub fn reflect_string(t: Ty) -> String {
    let mut s = String::new();
    write(&mut s, t, Style::Reflect);
    s
}

/// The name part of a defined type's `reflect` string, without package: `List[int]`.
pub fn reflect_name(t: Ty) -> String {
    let mut s = String::new();
    if let TyKind::Named(n) = t.kind() {
        named(&mut s, t, n.obj(), n.targs(), Style::Reflect, false);
    }
    s
}

#[derive(Clone, Copy, PartialEq)]
enum Style {
    Link,
    Reflect,
}

fn named(s: &mut String, t: Ty, obj: Obj, targs: &[Ty], style: Style, qualify: bool) {
    if let Some(p) = obj.pkg()
        && qualify
    {
        s.push_str(if style == Style::Link { p.path().as_str() } else { p.name().as_str() });
        s.push('.');
    }
    s.push_str(obj.name().as_str());
    // Those of the functions around a local type come first, then its own.
    let (outer, implicit) = crate::canon::split_targs(t);
    let all: Vec<Ty> = outer.iter().copied().chain(targs.iter().copied().filter(|_| outer.is_empty())).collect();
    if !all.is_empty() {
        s.push('[');
        for (i, a) in all.iter().enumerate() {
            if i > 0 {
                s.push(if !outer.is_empty() && i == implicit { ';' } else { ',' });
            }
            write(s, crate::canon::canon(*a), Style::Link);
        }
        s.push(']');
    }
    if style == Style::Link
        && let Some(n) = local_index(obj)
    {
        s.push_str(&format!("·{n}"));
    }
}

fn write(s: &mut String, t: Ty, style: Style) {
    match t.kind() {
        TyKind::Basic(b) => {
            if b.kind == BasicKind::UnsafePointer {
                s.push_str("unsafe.Pointer");
            } else {
                s.push_str(match b.name {
                    "byte" => "uint8",
                    "rune" => "int32",
                    n => n,
                });
            }
        }
        TyKind::Alias(_) => write(s, t.unalias(), style),
        TyKind::Named(n) => named(s, t, n.obj(), n.targs(), style, true),
        TyKind::Pointer(p) => {
            s.push('*');
            write(s, p.base, style);
        }
        TyKind::Slice(x) => {
            s.push_str("[]");
            write(s, x.elem, style);
        }
        TyKind::Array(a) => {
            s.push_str(&format!("[{}]", a.len));
            write(s, a.elem, style);
        }
        TyKind::Map(m) => {
            s.push_str("map[");
            write(s, m.key, style);
            s.push(']');
            write(s, m.elem, style);
        }
        TyKind::Chan(c) => match c.dir {
            ChanDir::Recv => {
                s.push_str("<-chan ");
                write(s, c.elem, style);
            }
            ChanDir::Send => {
                s.push_str("chan<- ");
                write(s, c.elem, style);
            }
            ChanDir::Both => {
                s.push_str("chan ");
                if matches!(c.elem.kind(), TyKind::Chan(e) if e.dir == ChanDir::Recv) {
                    s.push('(');
                    write(s, c.elem, style);
                    s.push(')');
                } else {
                    write(s, c.elem, style);
                }
            }
        },
        TyKind::Func(f) => {
            s.push_str("func");
            signature(s, f, style);
        }
        TyKind::Struct(x) => {
            s.push_str("struct {");
            for (i, f) in x.fields.iter().enumerate() {
                s.push_str(if i > 0 { "; " } else { " " });
                if !f.embedded() {
                    member(s, *f, style, false);
                    s.push(' ');
                } else if style == Style::Link && (f.name() != embedded_name(f.ty()) || of_package(*f)) {
                    // Embedded through an alias, or an unexported name that belongs to the package of the struct, not to
                    // that of the type: the field's name is part of the identity.
                    member(s, *f, style, false);
                    s.push('=');
                }
                write(s, f.ty(), style);
                let tag = x.tag(i);
                if !tag.is_empty() {
                    s.push(' ');
                    s.push_str(&crate::constant::quote(tag.as_bytes()));
                }
            }
            s.push_str(if x.fields.is_empty() { "}" } else { " }" });
        }
        TyKind::Interface(x) => {
            let ms = x.all_methods();
            s.push_str("interface {");
            for (i, m) in ms.iter().enumerate() {
                s.push_str(if i > 0 { "; " } else { " " });
                member(s, *m, style, true);
                if let Some(sig) = m.sig_opt() {
                    signature(s, sig, style);
                }
            }
            s.push_str(if ms.is_empty() { "}" } else { " }" });
        }
        TyKind::Tuple(v) => {
            s.push('(');
            list(s, v, false, style);
            s.push(')');
        }
        TyKind::Union(ts) => {
            for (i, x) in ts.iter().enumerate() {
                if i > 0 {
                    s.push('|');
                }
                if x.tilde {
                    s.push('~');
                }
                write(s, x.ty, style);
            }
        }
        TyKind::TypeParam(p) => s.push_str(p.obj.name().as_str()),
    }
}

/// Dumps and symbols name types by their link string.
impl std::fmt::Display for Ty {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&link_string(*self))
    }
}

/// Whether the name of an embedded field says more than its type: that of a predeclared type is the package's own.
fn of_package(f: Obj) -> bool {
    let t = f.ty().as_pointer().unwrap_or(f.ty());
    !f.exported() && matches!(t.kind(), TyKind::Basic(_))
}

fn embedded_name(t: Ty) -> Name {
    let t = t.as_pointer().unwrap_or(t);
    match t.kind() {
        TyKind::Named(n) => n.obj().name(),
        TyKind::Basic(b) => Name::new(b.name),
        _ => Name::new(""),
    }
}

/// A field or method name; unexported ones belong to a package.
fn member(s: &mut String, o: Obj, style: Style, method: bool) {
    if !o.exported()
        && (style == Style::Link || method)
        && let Some(p) = o.pkg()
    {
        s.push_str(if style == Style::Link { p.path().as_str() } else { p.name().as_str() });
        s.push('.');
    }
    s.push_str(o.name().as_str());
}

fn signature(s: &mut String, f: &Signature, style: Style) {
    s.push('(');
    list(s, f.params(), f.variadic(), style);
    s.push(')');
    match f.results() {
        [] => {}
        [r] => {
            s.push(' ');
            write(s, r.ty(), style);
        }
        rs => {
            s.push_str(" (");
            list(s, rs, false, style);
            s.push(')');
        }
    }
}

fn list(s: &mut String, vars: &[Obj], variadic: bool, style: Style) {
    for (i, v) in vars.iter().enumerate() {
        if i > 0 {
            s.push_str(", ");
        }
        match v.ty().as_slice() {
            Some(elem) if variadic && i + 1 == vars.len() => {
                s.push_str("...");
                write(s, elem, style);
            }
            _ => write(s, v.ty(), style),
        }
    }
}
