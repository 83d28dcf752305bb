//! Method sets of types, as type descriptors and itabs list them.

use crate::late::leak_vec;
use crate::lookup::{deref, lookup_field_or_method};
use crate::object::{Obj, Pkg};
use crate::types::{Ty, TyKind};
use goxide_base::{FxHashMap, FxHashSet, Name};
use parking_lot::Mutex;
use std::cmp::Ordering;
use std::sync::LazyLock;

/// A method of a type, perhaps a promoted one.
#[derive(Clone, Copy, Debug)]
pub struct Method {
    pub name: Name,
    /// Package of an unexported name.
    pub pkg: Option<Pkg>,
    /// The declared method (of the instance, for instantiated types), or that of an embedded interface.
    pub obj: Obj,
    /// Embedded fields on the way to the type that declares it.
    pub path: &'static [usize],
    /// Whether there is a pointer on that way (or the type itself is one).
    pub indirect: bool,
}

/// Order of methods in descriptors: exported ones by name, then the others by name and package path.
pub fn cmp_names(a: (Name, Option<Pkg>), b: (Name, Option<Pkg>)) -> Ordering {
    let (ea, eb) = (a.0.is_exported(), b.0.is_exported());
    eb.cmp(&ea)
        .then_with(|| a.0.cmp(&b.0))
        .then_with(|| if ea { Ordering::Equal } else { a.1.map(|p| p.path()).cmp(&b.1.map(|p| p.path())) })
}

static MEMO: LazyLock<Mutex<FxHashMap<Ty, &'static [Method]>>> = LazyLock::new(Mutex::default);

/// All methods callable on a value of type `t` (not addressable), sorted; of an interface, its methods. Methods with
/// type parameters of their own are no part of it. Types of complete packages only.
pub fn method_set(t: Ty) -> &'static [Method] {
    if let Some(m) = MEMO.lock().get(&t) {
        return m;
    }
    let m = leak_vec(compute(t));
    MEMO.lock().entry(t).or_insert(m)
}

fn compute(t: Ty) -> Vec<Method> {
    let mut names: FxHashSet<(Name, Option<Pkg>)> = FxHashSet::default();
    let mut seen: FxHashSet<Ty> = FxHashSet::default();
    collect(t, &mut names, &mut seen);
    let mut list: Vec<Method> = names
        .into_iter()
        .filter_map(|(name, pkg)| {
            let l = lookup_field_or_method(t, false, pkg, name, false);
            let obj = l.obj.filter(|o| o.is_func())?;
            if obj.sig_opt().is_some_and(|s| !s.tparams().is_empty()) {
                return None;
            }
            let index = l.index.unwrap_or_default();
            let path = leak_vec(index[..index.len().saturating_sub(1)].to_vec());
            Some(Method { name, pkg, obj, path, indirect: l.indirect })
        })
        .collect();
    list.sort_by(|a, b| cmp_names((a.name, a.pkg), (b.name, b.pkg)));
    list
}

/// Names of all methods of `t` and of what it embeds, at any depth.
fn collect(t: Ty, names: &mut FxHashSet<(Name, Option<Pkg>)>, seen: &mut FxHashSet<Ty>) {
    let (t, _) = deref(t);
    let t = t.unalias();
    if !seen.insert(t) {
        return;
    }
    let key = |o: Obj| (o.name(), if o.exported() { None } else { o.pkg() });
    if let Some(n) = t.as_named() {
        names.extend(n.declared_methods().iter().map(|m| key(*m)));
    }
    match t.under().kind() {
        TyKind::Struct(s) => {
            for f in s.fields.iter().filter(|f| f.embedded()) {
                collect(f.ty(), names, seen);
            }
        }
        TyKind::Interface(i) => names.extend(i.all_methods().iter().map(|m| key(*m))),
        _ => {}
    }
}
