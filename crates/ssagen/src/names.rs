//! Linker names (`docs/abi.md`, "Symbols") and the symbols that bear them.

use crate::layout::{canon, is_iface};
use goxide_ssa::{Sym, SymKind};
use goxide_types::typenames::link_string;
use goxide_types::{Obj, Pkg, Ty};
use std::sync::Arc;

/// A package path as symbols spell it: dots in the last element are escaped, and the characters gc escapes. The path of
/// the main package is "main"; a package main under test keeps its own.
pub fn pkg_prefix(p: Pkg) -> String {
    escape_path(p.path().as_str())
}

/// `objabi.PathToPrefix`
pub fn escape_path(s: &str) -> String {
    let slash = s.rfind('/').map_or(0, |i| i + 1);
    let mut out = String::with_capacity(s.len());
    for (i, c) in s.bytes().enumerate() {
        if c <= b' ' || (c == b'.' && i >= slash) || c == b'%' || c == b'"' || c >= 0x7f {
            out.push_str(&format!("%{c:02x}"));
        } else {
            out.push(c as char);
        }
    }
    out
}

/// The receiver part of a method name for a named type: `T` or `T[int]`, with its package.
fn targs_suffix(targs: &[Ty]) -> String {
    if targs.is_empty() {
        return String::new();
    }
    let list: Vec<String> = targs.iter().map(|&t| link_string(t)).collect();
    format!("[{}]", list.join(","))
}

/// The name of a package-level function, method (of a type that is not generic) or variable, linknames aside.
pub fn default_name(o: Obj) -> String {
    func_name(o, &[])
}

/// The name of an instance; `targs` are the receiver's type arguments, then the function's own.
pub fn func_name(o: Obj, targs: &[Ty]) -> String {
    let pkg = o.pkg().map_or_else(String::new, pkg_prefix);
    if let Some(sig) = o.sig_opt().filter(|_| o.is_func())
        && let Some(recv) = sig.recv()
    {
        let rt = recv.ty();
        let (base, ptr) = goxide_types::lookup::deref(rt);
        if let Some(n) = base.as_named() {
            let nt = n.origin().tparams().len().min(targs.len());
            let r = targs_suffix(&targs[..nt]);
            let m = targs_suffix(&targs[nt..]);
            let tn = n.obj().name();
            let name = o.name();
            return if ptr { format!("{pkg}.(*{tn}{r}).{name}{m}") } else { format!("{pkg}.{tn}{r}.{name}{m}") };
        }
    }
    format!("{pkg}.{}{}", o.name(), targs_suffix(targs))
}

/// The descriptor of a canonical type.
pub fn type_sym(t: Ty) -> Sym {
    Sym::intern(&format!("type:{}", link_string(t)), SymKind::TypeDesc(t))
}
/// The itab of a concrete and an interface type, both canonical.
pub fn itab_sym(t: Ty, iface: Ty) -> Sym {
    debug_assert!(is_iface(iface) && !is_iface(t));
    Sym::intern(&format!("go:itab.{},{}", link_string(t), link_string(iface)), SymKind::Itab(t, iface))
}
/// The func value of a function.
pub fn funcval_sym(f: Sym) -> Sym {
    Sym::intern(&format!("{}·f", f.name()), SymKind::FuncVal(f))
}
/// Bytes of a constant string.
pub fn string_sym(b: &[u8]) -> Sym {
    // Short text is readable in listings; longer text goes by its hash (two independent 64-bit ones).
    let name = if b.len() <= 32 && b.iter().all(|c| c.is_ascii_graphic() || *c == b' ') {
        format!("go:string.{:?}", String::from_utf8_lossy(b))
    } else {
        let h =
            |seed: u64| b.iter().fold(seed, |h, &c| (h ^ u64::from(c)).wrapping_mul(0x100_0000_01b3).rotate_left(5));
        format!("go:string.{:016x}{:016x}.{}", h(0xcbf2_9ce4_8422_2325), h(0x9e37_79b9_7f4a_7c15), b.len())
    };
    Sym::intern(&name, SymKind::Str(Arc::from(b)))
}
pub fn equal_sym(t: Ty) -> Sym {
    Sym::intern(&format!("type:.eq.{}", link_string(t)), SymKind::Equal(t))
}
pub fn hash_sym(t: Ty) -> Sym {
    Sym::intern(&format!("type:.hash.{}", link_string(t)), SymKind::Hash(t))
}
/// The initialiser of a package.
pub fn init_sym(p: Pkg) -> Sym {
    Sym::intern(&format!("{}.init", pkg_prefix(p)), SymKind::PkgInit(p))
}
/// Name of a wrapper for a method with receiver `recv` and the method's own type arguments.
pub fn wrapper_name(recv: Ty, method: Obj, own: &[Ty]) -> String {
    let home = goxide_types::lookup::deref(recv).0.as_named().and_then(|n| n.obj().pkg());
    let unexported = if method.name().is_exported() || method.pkg() == home {
        String::new()
    } else {
        // The same name from different packages are different methods.
        method.pkg().map_or_else(String::new, |p| format!("{}.", pkg_prefix(p)))
    };
    let base = match recv.kind() {
        goxide_types::TyKind::Pointer(p) => format!("(*{})", link_string(canon(p.base))),
        _ => link_string(recv),
    };
    let suffix = targs_suffix(own);
    // The package part of the type comes first, as in a method's own name.
    format!("{}.{}{}{suffix}", move_pkg(&base), unexported, method.name())
}
/// `(*a/b.T)` becomes `a/b.(*T)`.
fn move_pkg(s: &str) -> String {
    let Some(inner) = s.strip_prefix("(*").and_then(|s| s.strip_suffix(')')) else { return s.to_owned() };
    let end = inner.find('[').unwrap_or(inner.len());
    match inner[..end].rfind('.') {
        Some(i) if !inner.starts_with("struct") && !inner.starts_with("*") => {
            format!("{}.(*{})", &inner[..i], &inner[i + 1..])
        }
        _ => s.to_owned(),
    }
}
