//! Instances: which symbol a use of a function or method denotes once type parameters are replaced.

use crate::fx::*;
use crate::layout::*;
use crate::names;
use crate::program::Program;
use goxide_base::Name;
use goxide_ssa::{Sym, SymKind};
use goxide_syntax::ast::{Expr, ExprKind, NodeId};
use goxide_types::{Obj, Pkg, Ty};
use std::sync::Arc;

/// A method found on a concrete type.
#[derive(Clone, Debug)]
pub struct Method {
    /// Embedded fields on the way.
    pub path: Vec<usize>,
    /// The type that has the method (after following `path`), without pointer.
    pub base: Ty,
    /// The declared method (of the generic type, for instances), or the interface's.
    pub obj: Obj,
    pub ptr_recv: bool,
    /// `base` is an interface.
    pub iface: bool,
}

impl Program {
    /// The symbol of a function or method instance; `targs` are canonical.
    pub fn func_sym(&self, obj: Obj, targs: &[Ty]) -> Sym {
        let obj = obj.origin();
        if targs.is_empty() {
            let name = self.link_name(obj);
            return match self.definition(&name) {
                Some(d) if d.is_func() => Sym::intern(&name, SymKind::Func { obj: d, targs: Arc::from([]) }),
                _ => Sym::intern(&name, SymKind::Func { obj, targs: Arc::from([]) }),
            };
        }
        Sym::intern(&names::func_name(obj, targs), SymKind::Func { obj, targs: Arc::from(targs) })
    }
}

/// Finds method `name` (as seen from `pkg`) of a canonical type.
pub fn find_method(t: Ty, pkg: Option<Pkg>, name: Name) -> Method {
    let l = goxide_types::lookup::lookup_field_or_method(t, true, pkg, name, false);
    let (Some(obj), Some(index)) = (l.obj, l.index) else { panic!("{t:?} has no method {name}") };
    assert!(obj.is_func(), "{name} of {t:?} is no method");
    let path = index[..index.len() - 1].to_vec();
    let mut base = t;
    if is_ptr(base) {
        base = elem(base);
    }
    for &i in &path {
        base = field_ty(base, i);
        if is_ptr(base) {
            base = elem(base);
        }
    }
    method_on(base, path, pkg, name)
}

/// Method `name` declared on `base` itself (or of interface `base`).
pub fn method_on(base: Ty, path: Vec<usize>, pkg: Option<Pkg>, name: Name) -> Method {
    if is_iface(base) {
        let i = base.under().as_interface().expect("interface");
        let (_, obj) =
            i.type_set().lookup_method(pkg, name, false).unwrap_or_else(|| panic!("{base:?} has no method {name}"));
        return Method { path, base, obj, ptr_recv: false, iface: true };
    }
    let n = base.as_named().unwrap_or_else(|| panic!("method {name} of the unnamed type {base:?}"));
    let (_, obj) =
        n.origin().lookup_method(pkg, name, false).unwrap_or_else(|| panic!("{base:?} has no method {name}"));
    Method { path, base, obj, ptr_recv: obj.has_ptr_recv(), iface: false }
}

impl Method {
    /// Symbol of a declared method, given the method's own type arguments.
    pub fn sym(&self, prog: &Program, own: &[Ty]) -> Sym {
        let n = self.base.as_named().expect("declared methods belong to named types");
        let mut targs: Vec<Ty> = recv_targs(self.base, n);
        targs.extend_from_slice(own);
        prog.func_sym(self.obj, &targs)
    }
    /// Index in the sorted method list of the interface.
    pub fn index(&self) -> u32 {
        let i = self.base.under().as_interface().expect("interface");
        iface_method_index(i.all_methods(), self.obj)
    }
}

/// Type arguments of a receiver: those of an instance, those of the enclosing generic function for local types.
fn recv_targs(_t: Ty, n: &goxide_types::Named) -> Vec<Ty> {
    n.targs().iter().map(|&t| canon(t)).collect()
}

/// Position of a method among those of an interface in run-time order: exported ones by name, then the others.
pub fn iface_method_index(methods: &[Obj], m: Obj) -> u32 {
    let mut sorted: Vec<Obj> = methods.to_vec();
    sort_methods(&mut sorted);
    sorted.iter().position(|x| x.same_id(m.pkg(), m.name(), false)).expect("method of the interface") as u32
}

/// The order of methods in descriptors and itabs.
pub fn sort_methods(ms: &mut [Obj]) {
    ms.sort_by(|a, b| {
        let k = |o: &Obj| (!o.exported(), o.name(), if o.exported() { None } else { o.pkg().map(|p| p.path()) });
        k(a).cmp(&k(b))
    });
}

impl Fx<'_> {
    /// The identifier under which an instantiation by `e` is recorded, if it is one.
    pub fn instance_id(&self, e: &Expr) -> Option<NodeId> {
        let id = match &e.unparen().kind {
            ExprKind::Name(_) => e.unparen().id,
            ExprKind::Selector { sel, .. } => sel.id,
            ExprKind::Index { x, .. } => return self.instance_id(x),
            _ => return None,
        };
        self.info().instances.contains_key(&id).then_some(id)
    }
    /// Canonical type arguments recorded at an identifier.
    pub fn targs_at(&self, id: NodeId) -> Vec<Ty> {
        self.info().instances.get(&id).map_or_else(Vec::new, |i| i.targs.iter().map(|&t| self.ty(t)).collect())
    }
    /// The symbol of function `o` used at identifier `id`.
    pub fn func_ref(&self, o: Obj, id: NodeId) -> Sym {
        let targs = self.targs_at(id);
        self.prog.func_sym(o, &targs)
    }
    /// The value of a generic function with explicit type arguments.
    pub fn generic_func_value(&mut self, e: &'static Expr) -> Val {
        let mut f = e.unparen();
        while let ExprKind::Index { x, .. } = &f.kind {
            f = x.unparen();
        }
        if self.info().selections.get(f.id).is_some() {
            return self.expr(f);
        }
        let id = self.instance_id(e).unwrap_or_else(|| panic!("no instance recorded at {:?}", e.pos));
        let o = *self.info().uses.get(id).expect("instantiated function");
        let s = self.func_ref(o, id);
        Val::one(self.func_value(s))
    }
}
