//! Types that contain themselves, and other declaration cycles (`validtype.go`, `cycles.go`).

use super::Checker;
use super::decl::first_in_src;
use crate::object::Obj;
use crate::predicates::identical;
use crate::types::{Named, Ty, TyKind, invalid};
use goxide_base::FxHashMap;
use goxide_syntax::ast::ExprKind;
use std::sync::atomic::Ordering;

impl Checker {
    /// Verifies that values of the type are finite.
    pub(crate) fn valid_type(&mut self, t: &'static Named) {
        self.valid_type0(Some(t.ty()), &mut Vec::new(), &mut Vec::new());
    }

    fn valid_type0(&mut self, t: Option<Ty>, nest: &mut Vec<&'static Named>, path: &mut Vec<&'static Named>) -> bool {
        let Some(t) = t else { return true };
        let t = t.unalias();
        match t.kind() {
            TyKind::Array(a) => self.valid_type0(Some(a.elem), nest, path),
            TyKind::Struct(s) => s.fields.iter().all(|f| self.valid_type0(f.ty_opt(), nest, path)),
            TyKind::Union(v) => v.iter().all(|x| self.valid_type0(Some(x.ty), nest, path)),
            TyKind::Interface(i) => i.embeddeds().iter().all(|e| self.valid_type0(Some(*e), nest, path)),
            TyKind::Named(n) => {
                // Types of other packages are valid, as far as they have no type arguments.
                let foreign = n.obj().pkg() != Some(self.pkg);
                if foreign && n.inst.is_none() || n.inst.is_none() && n.valid.load(Ordering::Relaxed) == 1 {
                    return true;
                }
                if nest.iter().any(|e| identical(e.ty(), t)) {
                    n.origin().set_rhs(invalid());
                    n.origin().underlying.clear();
                    n.underlying.clear();
                    if let Some(start) = path.iter().position(|p| identical(p.ty(), t)) {
                        let cycle: Vec<Obj> = path[start..].iter().map(|n| n.own_obj).collect();
                        self.cycle_error(&cycle, 0);
                    }
                    return false;
                }
                nest.push(n);
                path.push(n);
                let ok = self.valid_type0(n.origin().rhs(), nest, path);
                nest.pop();
                path.pop();
                // Without type parameters the result does not depend on the nest.
                if ok && n.inst.is_none() && n.tparams().is_empty() && n.rhs().is_some() {
                    n.valid.store(1, Ordering::Relaxed);
                }
                ok
            }
            TyKind::TypeParam(_) => {
                // A type parameter stands for the type argument of the innermost instance in the nest.
                let Some(inst) = nest.last().copied() else { return true };
                let Some(i) = inst.tparams().iter().position(|p| *p == t) else { return true };
                let Some(targ) = inst.targs().get(i).copied() else { return true };
                nest.pop();
                let ok = self.valid_type0(Some(targ), nest, path);
                nest.push(inst);
                ok
            }
            _ => true,
        }
    }

    /// Reports cycles of type names that are declared as each other.
    pub(crate) fn direct_cycles(&mut self) {
        let mut done: FxHashMap<Obj, ()> = FxHashMap::default();
        for o in self.obj_list.clone() {
            if !o.is_type_name() {
                continue;
            }
            let mut path: Vec<Obj> = Vec::new();
            let mut t = o;
            loop {
                if done.contains_key(&t) {
                    break;
                }
                if let Some(start) = path.iter().position(|p| *p == t) {
                    t.set_ty(invalid());
                    let cycle = path[start..].to_vec();
                    self.cycle_error(&cycle, first_in_src(&cycle));
                    break;
                }
                path.push(t);
                let Some(td) = self.decl_of(t).and_then(|d| self.decls[d].tdecl) else { break };
                let ExprKind::Name(n) = td.ty.kind else { break };
                match self.pkg.scope().lookup(n) {
                    Some(next) if next.is_type_name() => t = next,
                    _ => break,
                }
            }
            for p in path {
                done.insert(p, ());
            }
        }
    }

    /// Whether a type is fully declared; if it is still being declared that is reported as a cycle.
    pub(crate) fn is_complete(&mut self, t: Ty) -> bool {
        let mut t = Some(t);
        while let Some(u) = t {
            let obj = match u.kind() {
                TyKind::Alias(a) => {
                    t = a.rhs();
                    a.own_obj
                }
                TyKind::Named(n) => {
                    t = n.from_rhs.get();
                    n.own_obj
                }
                _ => return true,
            };
            if let Some(i) = self.obj_path_idx.get(&obj) {
                let cycle = self.obj_path[*i..].to_vec();
                self.cycle_error(&cycle, first_in_src(&cycle));
                return false;
            }
        }
        true
    }
}
