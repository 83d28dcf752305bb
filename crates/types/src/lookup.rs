//! Look-up of fields and methods (`lookup.go`), the part that needs no checker.

use crate::object::{Obj, Pkg};
use crate::predicates::{identical, is_interface};
use crate::types::{Struct, Ty, TyKind};
use goxide_base::{FxHashSet, Name};

/// What a look-up found.
#[derive(Clone, Debug, Default)]
pub struct Lookup {
    pub obj: Option<Obj>,
    /// Path to the object; set without object: the selector is ambiguous.
    pub index: Option<Vec<usize>>,
    /// With object: there was a pointer on the path. Without: a pointer receiver is required.
    pub indirect: bool,
}

/// Finds the field or method `name` as seen from `pkg` (`LookupFieldOrMethod`).
pub fn lookup_field_or_method(t: Ty, addressable: bool, pkg: Option<Pkg>, name: Name, fold: bool) -> Lookup {
    // Methods cannot be associated with a named pointer type.
    if let Some(n) = t.as_named()
        && let TyKind::Pointer(_) = n.under().kind()
    {
        let l = lookup_impl(n.under(), false, pkg, name, fold);
        return if l.obj.is_some_and(Obj::is_func) { Lookup::default() } else { l };
    }
    lookup_impl(t, addressable, pkg, name, fold)
}

struct Embedded {
    typ: Ty,
    index: Vec<usize>,
    indirect: bool,
    multiples: bool,
}

/// As [`lookup_field_or_method`], without regard to named pointer types.
pub fn lookup_impl(t: Ty, addressable: bool, pkg: Option<Pkg>, name: Name, fold: bool) -> Lookup {
    if name.is_blank() {
        return Lookup::default();
    }
    let (typ, is_ptr) = deref(t);
    // Pointers to interfaces have no methods.
    if is_ptr && is_interface(typ) {
        return Lookup::default();
    }
    let mut current = vec![Embedded { typ, index: Vec::new(), indirect: is_ptr, multiples: false }];
    let mut seen: Vec<Ty> = Vec::new();
    let concat = |v: &[usize], i: usize| -> Vec<usize> { v.iter().copied().chain([i]).collect() };
    while !current.is_empty() {
        let mut next: Vec<Embedded> = Vec::new();
        let mut obj: Option<Obj> = None;
        let mut index = Vec::new();
        let mut indirect = false;
        for e in &current {
            if let Some(n) = e.typ.as_named() {
                let nt = n.ty();
                // Seen at a shallower depth: shadowed.
                if seen.iter().any(|s| identical(*s, nt)) {
                    continue;
                }
                seen.push(nt);
                if let Some((i, m)) = n.lookup_method(pkg, name, fold) {
                    index = concat(&e.index, i);
                    if obj.is_some() || e.multiples {
                        return Lookup { obj: None, index: Some(index), indirect: false };
                    }
                    obj = Some(m);
                    indirect = e.indirect;
                    continue;
                }
            }
            match e.typ.under().kind() {
                TyKind::Struct(s) => {
                    for (i, f) in s.fields.iter().enumerate() {
                        if f.same_id(pkg, name, fold) {
                            index = concat(&e.index, i);
                            if obj.is_some() || e.multiples {
                                return Lookup { obj: None, index: Some(index), indirect: false };
                            }
                            obj = Some(*f);
                            indirect = e.indirect;
                            continue;
                        }
                        // Deeper levels matter only while nothing is found on this one.
                        if obj.is_none() && f.embedded() {
                            let (typ, is_ptr) = deref(f.ty());
                            next.push(Embedded {
                                typ,
                                index: concat(&e.index, i),
                                indirect: e.indirect || is_ptr,
                                multiples: e.multiples,
                            });
                        }
                    }
                }
                TyKind::Interface(it) => {
                    if let Some((i, m)) = it.type_set().lookup_method(pkg, name, fold) {
                        index = concat(&e.index, i);
                        if obj.is_some() || e.multiples {
                            return Lookup { obj: None, index: Some(index), indirect: false };
                        }
                        obj = Some(m);
                        indirect = e.indirect;
                    }
                }
                _ => {}
            }
        }
        if let Some(o) = obj {
            if o.is_func() && o.has_ptr_recv() && !indirect && !addressable {
                return Lookup { obj: None, index: None, indirect: true };
            }
            return Lookup { obj, index: Some(index), indirect };
        }
        current = consolidate(next);
    }
    Lookup::default()
}

/// Merges entries of identical types, marking them.
fn consolidate(list: Vec<Embedded>) -> Vec<Embedded> {
    let mut out: Vec<Embedded> = Vec::with_capacity(list.len());
    for e in list {
        match out.iter_mut().find(|o| identical(o.typ, e.typ)) {
            Some(o) => o.multiples = true,
            None => out.push(e),
        }
    }
    out
}

/// The base of a pointer type (not of a named one), and whether it was one.
pub fn deref(t: Ty) -> (Ty, bool) {
    match t.unalias().kind() {
        TyKind::Pointer(p) => (p.base, true),
        _ => (t, false),
    }
}

/// The struct type a (possibly named) pointer points to, else the type itself.
pub fn deref_struct_ptr(t: Ty) -> Ty {
    if let TyKind::Pointer(p) = t.under().kind()
        && let TyKind::Struct(_) = p.base.under().kind()
    {
        return p.base;
    }
    t
}

/// Index of a field among `fields`.
pub fn field_index(fields: &[Obj], pkg: Option<Pkg>, name: Name, fold: bool) -> Option<usize> {
    if name.is_blank() {
        return None;
    }
    fields.iter().position(|f| f.same_id(pkg, name, fold))
}

/// The names along a path of fields, joined by dots.
pub fn field_path(t: Ty, index: &[usize]) -> String {
    let mut names = Vec::new();
    let mut t = t;
    for i in index {
        let TyKind::Struct(s) = deref_struct_ptr(t).under().kind() else { break };
        names.push(s.fields[*i].name().as_str());
        t = s.fields[*i].ty();
    }
    names.join(".")
}

pub fn is_interface_ptr(t: Ty) -> bool {
    t.under().as_pointer().is_some_and(is_interface)
}

/// Whether some embedded field (at any depth) has an invalid type.
pub fn has_invalid_embedded_fields(t: Ty) -> bool {
    fn go(t: Ty, seen: &mut FxHashSet<*const Struct>) -> bool {
        let TyKind::Struct(s) = deref_struct_ptr(t).under().kind() else { return false };
        seen.insert(std::ptr::from_ref(s))
            && s.fields.iter().any(|f| f.embedded() && (!f.ty().is_valid() || go(f.ty(), seen)))
    }
    go(t, &mut FxHashSet::default())
}
