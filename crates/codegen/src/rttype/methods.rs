//! Method sets in run-time order.

use goxide_base::{FxHashSet, Name};
use goxide_types::canon::canon;
use goxide_types::lookup::lookup_field_or_method;
use goxide_types::{Obj, Pkg, Ty, TyKind};

/// A method of a type.
#[derive(Clone, Copy, Debug)]
pub struct MethodInfo {
    pub name: Name,
    /// Package of an unexported name.
    pub pkg: Option<Pkg>,
    /// Signature without receiver, canonical.
    pub sig: Ty,
    pub obj: Obj,
}

impl MethodInfo {
    pub fn exported(&self) -> bool {
        self.name.is_exported()
    }
    fn new(o: Obj) -> MethodInfo {
        let name = o.name();
        MethodInfo { name, pkg: if name.is_exported() { None } else { o.pkg() }, sig: canon(o.ty()), obj: o }
    }
}

/// Exported ones first, then by name, then by package path.
fn sort(ms: &mut [MethodInfo]) {
    ms.sort_by(|a, b| {
        let k = |m: &MethodInfo| (!m.exported(), m.name, m.pkg.map(|p| p.path()));
        k(a).cmp(&k(b))
    });
}

/// Methods of an interface type.
pub fn sorted_iface_methods(t: Ty) -> Vec<MethodInfo> {
    let Some(i) = t.under().as_interface() else { return Vec::new() };
    let mut ms: Vec<MethodInfo> = i.all_methods().iter().map(|&o| MethodInfo::new(o)).collect();
    sort(&mut ms);
    ms
}

/// The method set of a canonical type that is no interface. Generic methods are not part of it at run time.
pub fn method_set(t: Ty) -> Vec<MethodInfo> {
    let mut names: Vec<(Option<Pkg>, Name)> = Vec::new();
    let mut seen = FxHashSet::default();
    let base = match t.kind() {
        TyKind::Pointer(p) => canon(p.base),
        _ => t,
    };
    if matches!(base.under().kind(), TyKind::Interface(_)) && base != t {
        return Vec::new();
    }
    collect(base, &mut names, &mut seen);
    let mut out = Vec::new();
    let mut had = FxHashSet::default();
    for (pkg, name) in names {
        let key = (if name.is_exported() { None } else { pkg.map(|p| p.path()) }, name);
        if name.is_blank() || !had.insert(key) {
            continue;
        }
        let l = lookup_field_or_method(t, false, pkg, name, false);
        if let Some(o) = l.obj
            && o.is_func()
            && o.sig_opt().is_some_and(|s| s.tparams().is_empty())
        {
            out.push(MethodInfo::new(o));
        }
    }
    sort(&mut out);
    out
}

/// Names of all methods of `t` and of what it embeds.
fn collect(t: Ty, names: &mut Vec<(Option<Pkg>, Name)>, seen: &mut FxHashSet<Ty>) {
    let t = match t.kind() {
        TyKind::Pointer(p) => canon(p.base),
        _ => canon(t),
    };
    if !seen.insert(t) {
        return;
    }
    if let Some(n) = t.as_named() {
        names.extend(n.origin().declared_methods().iter().map(|m| (m.pkg(), m.name())));
    }
    match t.under().kind() {
        TyKind::Interface(i) => names.extend(i.all_methods().iter().map(|m| (m.pkg(), m.name()))),
        TyKind::Struct(s) => {
            for f in s.fields.iter().filter(|f| f.embedded()) {
                collect(canon(f.ty()), names, seen);
            }
        }
        _ => {}
    }
}
