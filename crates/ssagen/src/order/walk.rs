//! What gc's `walk` evaluates ahead of the rest of a statement, after `order`: arguments of the runtime's functions, values that
//! an assignment before them might change, operands of an append.

use super::shows::pure_builtin;
use crate::fx::Fx;
use crate::layout::{is_direct_iface, is_iface, is_map};
use goxide_syntax::ast::*;
use goxide_types::{Mode, Obj, Ty, VarKind};

/// What is assigned to, where several values are assigned at once.
pub enum Assigned {
    Blank,
    Var(Obj),
    Memory,
}

impl Fx<'_> {
    /// Evaluates what may panic of the operands of lookups in maps and of the values of literals: the former become calls of the
    /// runtime, whose arguments are evaluated ahead of the statement (`mayCall` in `walk`), the latter are stored by statements of
    /// their own; all that after what `order` does.
    pub fn hoist_lookups(&mut self, e: &'static Expr) {
        if self.memo.contains_key(&e.id) || !self.may_panic(e) || self.late.contains(&e.id) {
            return;
        }
        match &e.kind {
            ExprKind::Index { x, index } => {
                self.hoist_lookups(x);
                self.hoist_lookups(index);
                if is_map(self.type_of(x)) {
                    for o in [x, index].map(|o| o.unparen()) {
                        if self.may_panic(o) && !self.memo.contains_key(&o.id) {
                            self.remember(o);
                        }
                    }
                }
            }
            ExprKind::Paren(x)
            | ExprKind::Star(x)
            | ExprKind::Unary { x, .. }
            | ExprKind::Selector { x, .. }
            | ExprKind::Assert { x, .. }
            | ExprKind::Binary { op: Op::AndAnd | Op::OrOr, x, .. } => self.hoist_lookups(x),
            // Interfaces are compared by the runtime, and the right one is evaluated first.
            ExprKind::Binary { op: Op::Eql | Op::Neq, x, y }
                if is_iface(self.type_of(x)) && !self.is_nil_value(y)
                    || is_iface(self.type_of(y)) && !self.is_nil_value(x) =>
            {
                for o in [y, x].map(|o| o.unparen()) {
                    if self.may_panic(o) && !self.memo.contains_key(&o.id) {
                        self.remember(o);
                    }
                }
            }
            ExprKind::Binary { x, y, .. } => {
                self.hoist_lookups(x);
                self.hoist_lookups(y);
            }
            ExprKind::Slice { x, index, .. } => {
                self.hoist_lookups(x);
                index.iter().flatten().for_each(|i| self.hoist_lookups(i));
            }
            ExprKind::Call { fun, args, .. } if self.is_type(fun) => {
                let t = self.type_expr(fun);
                self.hoist_lookups_as(&args[0], t);
            }
            ExprKind::Call { fun, args, .. } if self.info().builtin_of(fun).is_some_and(pure_builtin) => {
                args.iter().for_each(|a| self.hoist_lookups(a));
            }
            ExprKind::CompositeLit { .. } => self.remember(e),
            _ => {}
        }
    }
    fn is_nil_value(&self, e: &Expr) -> bool {
        self.mode(e.unparen()) == Some(Mode::NilValue)
    }
    /// The same for `e` wanted as a `t`: the runtime also makes most interfaces.
    pub fn hoist_lookups_as(&mut self, e: &'static Expr, t: Ty) {
        self.hoist_lookups(e);
        let e = e.unparen();
        if !is_iface(t) || !self.may_panic(e) || self.memo.contains_key(&e.id) {
            return;
        }
        let of = self.type_of(e);
        if !is_iface(of) && !is_direct_iface(of) {
            self.remember(e);
        }
    }
    /// Evaluates what is computed for a place that is assigned to, as far as that may panic: gc does so before it looks at
    /// the value, while the place itself, and others that are only read for it, come afterwards (`safeExpr` in `walk`).
    pub fn hoist_computed(&mut self, place: &'static Expr) {
        if self.const_of(place).is_some() || self.memo.contains_key(&place.id) {
            return;
        }
        match &place.kind {
            ExprKind::Name(_) => {}
            ExprKind::Paren(x) | ExprKind::Star(x) => self.hoist_computed(x),
            ExprKind::Selector { x, .. } if self.info().selections.get(place.id).is_some() => self.hoist_computed(x),
            ExprKind::Selector { .. } => {}
            ExprKind::Index { x, index } => {
                self.hoist_computed(x);
                self.hoist_computed(index);
            }
            _ if self.may_panic(place) => self.remember(place),
            _ => {}
        }
    }
    /// Evaluates what statements ahead of a call do of its arguments: operands of lookups, literals, and the values behind the
    /// `fixed` first, which fill the slice for a variadic parameter.
    pub fn hoist_arguments(&mut self, args: &'static [Expr], fixed: usize) {
        for (i, a) in args.iter().map(|a| a.unparen()).enumerate() {
            self.hoist_lookups(a);
            let one = self.raw_type(a).as_tuple().is_none();
            if i >= fixed && one && self.may_panic(a) && !self.memo.contains_key(&a.id) {
                self.remember(a);
            }
        }
    }
    /// Of several values that are assigned at once, evaluates those that an assignment before them might change, as far as that may
    /// panic: gc does so ahead of all, and evaluates each of the others when its turn comes (`ascompatee` in `walk`).
    pub fn hoist_affected(&mut self, places: &[Assigned], values: &'static [Expr]) {
        let (mut vars, mut memory, mut all) = (Vec::new(), false, false);
        for (p, v) in places.iter().zip(values) {
            let v = v.unparen();
            if self.may_panic(v) && !self.memo.contains_key(&v.id) && (all || self.is_affected(v, &vars, memory)) {
                self.hoist_lookups(v);
                self.remember(v);
            }
            match *p {
                Assigned::Blank => {}
                Assigned::Memory => memory = true,
                Assigned::Var(o)
                    if self.defers.is_some() && o.as_var().is_some_and(|v| v.kind() == VarKind::Result) =>
                {
                    all = true;
                }
                Assigned::Var(o) if self.in_memory_var(o) => memory = true,
                Assigned::Var(o) => vars.push(o),
            }
        }
    }
    /// Whether `e` reads one of `vars`, or with `memory` anything that a pointer may lead to.
    fn is_affected(&self, e: &'static Expr, vars: &[Obj], memory: bool) -> bool {
        if self.memo.contains_key(&e.id) || self.const_of(e).is_some() || self.is_type(e) {
            return false;
        }
        let rec = |e: &'static Expr| self.is_affected(e, vars, memory);
        match &e.kind {
            ExprKind::Name(_) => {
                let o = self.info().object_of(e.id).filter(|o| o.is_var());
                o.is_some_and(|o| vars.contains(&o) || memory && self.in_memory_var(o))
            }
            ExprKind::Paren(x) | ExprKind::Unary { x, .. } | ExprKind::Assert { x, .. } => rec(x),
            ExprKind::Binary { x, y, .. } => rec(x) || rec(y),
            ExprKind::Selector { x, .. } => match self.info().selections.get(e.id) {
                Some(s) => memory && s.indirect || rec(x),
                None => memory,
            },
            ExprKind::Call { fun, args, .. } => memory && !self.is_type(fun) || args.iter().any(rec),
            ExprKind::Index { x, index } => memory || rec(x) || rec(index),
            ExprKind::Slice { x, index, .. } => memory || rec(x) || index.iter().flatten().any(|i| rec(i)),
            ExprKind::Star(x) => memory || rec(x),
            ExprKind::CompositeLit { elems, .. } => memory || elems.iter().any(rec),
            ExprKind::KeyValue { key, value } => rec(key) || rec(value),
            _ => false,
        }
    }
    /// Whether a variable is one that pointers may lead to.
    fn in_memory_var(&self, o: Obj) -> bool {
        let package = o.as_var().is_some_and(|v| v.kind() == VarKind::Package);
        package || self.facts.needs_ref(o, self.ty(o.ty()))
    }
    /// Evaluates what gc does of an append before it looks at anything: what is computed for places that are read, and in full
    /// what is none, or is converted (`walkExprListSafe` in `walk`). Places come when all that is done, the slice at the end.
    pub fn hoist_appended(&mut self, slice: &'static Expr, values: &'static [Expr], et: Ty) {
        self.hoist_computed(slice);
        for v in values.iter().map(|v| v.unparen()) {
            use ExprKind::*;
            let place = matches!(v.kind, Name(_) | Star(_) | Selector { .. } | Index { .. });
            let converted = is_iface(et) && !is_iface(self.type_of(v));
            if place && !converted {
                self.hoist_computed(v);
            } else if values.len() > 1 && self.may_panic(v) && !self.memo.contains_key(&v.id) {
                self.remember(v);
            }
        }
    }
}
