//! Composite literals.

use crate::flow::Site;
use crate::fx::*;
use crate::layout::*;
use goxide_ssa::*;
use goxide_syntax::ast::{Expr, ExprKind};
use goxide_types::{Ty, TyKind};

/// Whether a path denotes a field `_`: its value is evaluated, and not stored.
fn is_blank(t: Ty, path: &[usize]) -> bool {
    matches!(path, [i] if fields(t)[*i].name().is_blank())
}

impl Fx<'_> {
    /// A literal as a value.
    pub fn composite(&mut self, e: &'static Expr) -> Val {
        let t = self.type_of(e);
        // An elided `&T` inside another literal.
        if is_ptr(t) {
            let bt = elem(t);
            let what = self.what("&composite literal", e);
            let p = self.b.val(Op::Alloc(AllocKind::Lit), &[], Aux::Alloc { ty: bt, what }, Type::Ptr);
            self.mark_site(p, Site::PtrLit, e.id);
            self.composite_into(e, bt, Addr::heap(p), true);
            return Val::one(p);
        }
        self.composite_of(e, t)
    }
    /// A literal, elided `&` apart, whose own type is `t`.
    fn composite_of(&mut self, e: &'static Expr, t: Ty) -> Val {
        match t.under().kind() {
            TyKind::Slice(_) => self.slice_lit(e, t),
            TyKind::Map(_) => self.map_lit(e, t),
            TyKind::Struct(_) if !is_mem(t) => self.struct_scalars(e, t),
            _ => {
                let tmp = self.temp(t, "lit");
                self.composite_into(e, t, tmp, false);
                self.load(tmp, t)
            }
        }
    }
    fn elems(e: &'static Expr) -> &'static [Expr] {
        match &e.kind {
            ExprKind::CompositeLit { elems, .. } => elems,
            _ => panic!("composite literal wanted"),
        }
    }
    /// Field path and value of each element of a struct literal. (A key may name a promoted field.)
    pub fn struct_elems(&self, e: &'static Expr, t: Ty) -> Vec<(Vec<usize>, &'static Expr)> {
        Self::elems(e)
            .iter()
            .enumerate()
            .map(|(i, x)| match &x.kind {
                ExprKind::KeyValue { key, value } => {
                    let ExprKind::Name(n) = &key.kind else { panic!("field name wanted") };
                    let fs = fields(t);
                    let of = self.info().uses.get(key.id).copied();
                    let pkg = of.and_then(|o| o.pkg()).or(Some(self.cp.pkg));
                    if let Some(i) = goxide_types::lookup::field_index(fs, pkg, *n, false) {
                        return (vec![i], &**value);
                    }
                    let l = goxide_types::lookup::lookup_field_or_method(t, true, pkg, *n, false);
                    (l.index.unwrap_or_else(|| panic!("{t:?} has no field {n}")), &**value)
                }
                _ => (vec![i], x),
            })
            .collect()
    }
    /// A small struct: its parts as scalars.
    fn struct_scalars(&mut self, e: &'static Expr, t: Ty) -> Val {
        let z = self.zero_val(t);
        let mut out: Scalars = z.s().into();
        for (path, x) in self.struct_elems(e, t) {
            let mut at = 0..out.len();
            let mut ft = t;
            let blank = is_blank(t, &path);
            for &i in &path {
                let r = field_scalars(ft, i);
                at = at.start + r.start..at.start + r.end;
                ft = field_ty(ft, i);
            }
            let v = self.expr_as(x, ft);
            if blank {
                continue;
            }
            for (i, &s) in at.zip(v.s()) {
                out[i] = s;
            }
        }
        Val::S(out)
    }
    /// Builds a literal of type `t` in memory that nobody reads meanwhile. `zeroed`: the memory is zero.
    pub fn composite_into(&mut self, e: &'static Expr, t: Ty, a: Addr, zeroed: bool) {
        match t.under().kind() {
            TyKind::Struct(s) => {
                let elems = self.struct_elems(e, t);
                if !zeroed
                    && (elems.len() < s.fields.len()
                        || elems.iter().any(|x| x.0.len() > 1 || is_blank(t, &x.0))
                        || !crate::compare::is_plain(t))
                {
                    self.store_zero(a, t);
                }
                for (path, x) in elems {
                    if is_blank(t, &path) {
                        let v = self.expr(x);
                        self.discard(&v);
                        continue;
                    }
                    let mut at = a;
                    let mut ft = t;
                    for &i in &path {
                        at = at.plus(field_offsets(ft)[i]);
                        ft = field_ty(ft, i);
                    }
                    self.elem_into(x, ft, at, false);
                }
            }
            TyKind::Array(_) => {
                let n = array_len(t);
                let list = Self::elems(e);
                let items = self.array_items(list);
                if !zeroed && (items.len() as i64) < n {
                    self.store_zero(a, t);
                }
                let et = elem(t);
                for (i, x) in items {
                    self.elem_into(x, et, a.plus(i * size(et)), false);
                }
            }
            _ => {
                let v = self.composite_of(e, t);
                self.store(a, t, &v);
            }
        }
    }
    /// Whether `x`, wanted as a `t`, is a literal yet to be built whose values are kept in memory.
    pub fn is_memory_literal(&self, x: &'static Expr, t: Ty) -> bool {
        matches!(x.unparen().kind, ExprKind::CompositeLit { .. })
            && is_mem(t)
            && !is_iface(t)
            && self.type_of(x) == t
            && !self.memo.contains_key(&x.id)
    }
    /// Whether the elements of a literal of structs and arrays are constants.
    pub fn is_constant_literal(&self, e: &'static Expr) -> bool {
        let plain = matches!(self.type_of(e).under().kind(), TyKind::Struct(_) | TyKind::Array(_));
        plain
            && Self::elems(e).iter().all(|x| {
                let x = match &x.kind {
                    ExprKind::KeyValue { value, .. } => &**value,
                    _ => x,
                };
                match &x.unparen().kind {
                    ExprKind::CompositeLit { .. } => self.is_constant_literal(x.unparen()),
                    _ => self.const_of(x).is_some(),
                }
            })
    }
    /// Evaluates an element into its place.
    fn elem_into(&mut self, x: &'static Expr, t: Ty, a: Addr, zeroed: bool) {
        if self.is_memory_literal(x, t) {
            return self.composite_into(x.unparen(), t, a, zeroed);
        }
        let v = self.expr_as(x, t);
        self.store(a, t, &v);
    }
    /// Index and value of the elements of an array or slice literal.
    pub fn array_items(&self, list: &'static [Expr]) -> Vec<(u64, &'static Expr)> {
        let mut next = 0u64;
        list.iter()
            .map(|x| {
                let (i, v) = match &x.kind {
                    ExprKind::KeyValue { key, value } => {
                        let k = self.const_of(key).and_then(|c| c.to_int().uint64_val()).expect("constant index");
                        (k, &**value)
                    }
                    _ => (next, x),
                };
                next = i + 1;
                (i, v)
            })
            .collect()
    }
    fn slice_lit(&mut self, e: &'static Expr, t: Ty) -> Val {
        let items = self.array_items(Self::elems(e));
        let n = items.iter().map(|x| x.0 + 1).max().unwrap_or(0);
        let et = elem(t);
        if n == 0 {
            // Not nil.
            let p = self.rt_var("zerobase");
            let z = self.b.int(0);
            return Val::of(&[p, z, z]);
        }
        let at = known::array(n as i64, et);
        let what = self.what("[]T{...}", e);
        let p = self.b.val(Op::Alloc(AllocKind::SliceLit), &[], Aux::Alloc { ty: at, what }, Type::Ptr);
        self.mark_site(p, Site::SliceLit, e.id);
        let c = self.b.int(n as i64);
        // Large constant tables are copied from read-only data.
        if let Some(sym) = crate::staticinit::static_array(self, &items, et, n) {
            let src = self.b.sym_addr(sym, 0);
            self.store(Addr::heap(p), at, &Val::M(Addr::readonly(src)));
            return Val::of(&[p, c, c]);
        }
        for (i, x) in items {
            self.elem_into(x, et, Addr::heap(p).plus(i * size(et)), true);
        }
        Val::of(&[p, c, c])
    }
    fn map_lit(&mut self, e: &'static Expr, t: Ty) -> Val {
        let list = Self::elems(e);
        let n = self.b.int(list.len() as i64);
        let m = self.make_map(t, Some(n));
        let (kt, et) = (key(t), elem(t));
        for x in list {
            let ExprKind::KeyValue { key, value } = &x.kind else { panic!("key wanted in map literal") };
            self.hoist_entry(t, key, value);
            // As in gc, the key comes last unless its address is taken.
            let v = self.expr_as(value, et);
            let k = self.expr_as(key, kt);
            let k = self.stable(kt, k);
            self.set_pos(x.pos);
            let a = self.map_assign(t, m, &k);
            self.store(a, et, &v);
        }
        Val::one(m)
    }
}
