//! Order of evaluation, as gc has it: the calls, receives and conditional expressions inside an expression are evaluated
//! first, in lexical order; then the rest (so that `x + f()` reads `x` after the call).
//!
//! `mod.rs` does what gc's `order` does ahead of a statement, `walk.rs` what its `walk` does after that; `shows.rs` says of an
//! expression whether it shows when it is evaluated.

mod shows;
mod walk;

use crate::fx::Fx;
use crate::layout::{elem, is_array, is_direct_iface, is_iface, is_map, is_struct, key};
use goxide_syntax::ast::*;
use goxide_types::Ty;
use shows::{copied_builtin, pure_builtin};
pub use walk::Assigned;

impl Fx<'_> {
    /// Evaluates the calls inside `e` and remembers their values; `e` itself is then free of them.
    pub fn hoist(&mut self, e: &'static Expr) {
        self.hoist_before(e, false);
        self.hoist_lookups(e);
    }
    /// Hoists from each expression of a list, in order.
    pub fn hoist_all(&mut self, l: &'static [Expr]) {
        self.hoist_list(l, false);
        l.iter().for_each(|e| self.hoist_lookups(e));
    }
    /// The same for expressions wanted as the types that `want` tells.
    pub fn hoist_all_as(&mut self, l: &'static [Expr], want: impl Fn(usize) -> Option<Ty>) {
        self.hoist_each_as(l, want);
        l.iter().for_each(|e| self.hoist_lookups(e));
    }
    /// The same if each is evaluated by a statement of its own: `hoist_lookups` is to come before each.
    pub fn hoist_each_as(&mut self, l: &'static [Expr], want: impl Fn(usize) -> Option<Ty>) {
        let l: Vec<_> = l.iter().enumerate().map(|(i, e)| (e, want(i))).collect();
        self.hoist_values(&l, false);
    }
    fn hoist_list(&mut self, l: &'static [Expr], later: bool) {
        let l: Vec<_> = l.iter().map(|e| (e, None)).collect();
        self.hoist_values(&l, later);
    }
    fn hoist_values(&mut self, l: &[(&'static Expr, Option<Ty>)], later: bool) {
        let calls = l.iter().rposition(|x| self.has_call(x.0)).unwrap_or(0);
        for (i, &(e, t)) in l.iter().enumerate() {
            match t {
                Some(t) => self.hoist_as(e, t, later || i < calls),
                None => self.hoist_before(e, later || i < calls),
            }
        }
    }
    /// Hoists from `e`, which is wanted as a `t`.
    fn hoist_as(&mut self, e: &'static Expr, t: Ty, later: bool) {
        self.hoist_before(e, later);
        if self.is_boxed(e, t) {
            self.fix_temp(e, later);
        }
    }
    /// Evaluates `e` now if gc takes its address.
    fn fix_temp(&mut self, e: &'static Expr, later: bool) {
        if !self.memo.contains_key(&e.id) && self.is_temp(e, later) {
            self.remember(e);
        }
    }
    /// Hoists from the key of a map of type `t`.
    fn hoist_key(&mut self, t: Ty, index: &'static Expr, later: bool) {
        self.hoist_as(index, key(t), later);
        if !self.memo.contains_key(&index.id) && self.is_key_temp(t, index, later) {
            self.remember(index);
        }
    }
    /// `later`: a call follows in the same statement. gc fixes the values of some operations that call nothing, too:
    /// lengths, slices, conversions that copy, assertions (`walk/order.go`, those that end in `copyExpr`).
    fn hoist_before(&mut self, e: &'static Expr, later: bool) {
        if !(later || self.fixed_early(e))
            || self.memo.contains_key(&e.id)
            || self.late.contains(&e.id)
            || self.const_of(e).is_some()
            || self.is_type(e)
        {
            return;
        }
        match &e.kind {
            ExprKind::Call { fun, args, .. } => {
                if self.is_type(fun) {
                    let t = self.type_expr(fun);
                    self.hoist_as(&args[0], t, later);
                    if self.copies_string(fun, &args[0]) {
                        self.remember(e);
                    }
                    return;
                }
                match self.info().builtin_of(fun) {
                    Some(b) if copied_builtin(b) => return self.remember(e),
                    Some(b) if pure_builtin(b) => return self.hoist_list(args, later),
                    _ => {}
                }
                if !self.has_call(e) || self.raw_type(e).as_tuple().is_some() {
                    return;
                }
                self.remember(e);
            }
            ExprKind::Unary { op: Op::Recv, .. } | ExprKind::Binary { op: Op::AndAnd | Op::OrOr, .. } => {
                // Without a call inside, a conditional expression has no effect but may depend on one.
                self.remember(e);
            }
            ExprKind::Unary { x, .. } | ExprKind::Paren(x) | ExprKind::Star(x) | ExprKind::Selector { x, .. } => {
                self.hoist_before(x, later)
            }
            ExprKind::Assert { x, .. } => {
                self.hoist_before(x, later);
                if !is_direct_iface(self.type_of(e)) {
                    self.remember(e);
                }
            }
            ExprKind::Binary { op: Op::Eql | Op::Neq, x, y } => {
                let calls = self.has_call(y);
                let (xt, yt) = (self.type_of(x), self.type_of(y));
                self.hoist_as(x, yt, later || calls);
                self.hoist_as(y, xt, later);
                if is_struct(xt) || is_array(xt) {
                    self.fix_temp(x, later);
                    self.fix_temp(y, later);
                }
            }
            ExprKind::Binary { x, y, .. } => {
                let calls = self.has_call(y);
                self.hoist_before(x, later || calls);
                self.hoist_before(y, later);
            }
            ExprKind::Index { x, index } => {
                let calls = self.has_call(index);
                self.hoist_before(x, later || calls);
                let t = self.type_of(x);
                if !is_map(t) {
                    return self.hoist_before(index, later);
                }
                self.hoist_key(t, index, later);
                if self.looks_up_bytes(index, later) {
                    self.remember(e);
                }
            }
            ExprKind::Slice { x, index, .. } => {
                self.hoist_before(x, later);
                for i in index.iter().flatten() {
                    self.hoist_before(i, later);
                }
                self.remember(e);
            }
            ExprKind::CompositeLit { elems, .. } if self.inserts(e, elems) => self.remember(e),
            ExprKind::CompositeLit { elems, .. } => {
                let values = self.literal_values(e, elems);
                self.hoist_values(&values, later);
            }
            ExprKind::KeyValue { key, value } => {
                self.hoist_before(key, later);
                self.hoist_before(value, later);
            }
            ExprKind::List(l) => self.hoist_list(l, later),
            _ => {}
        }
    }
    /// Hoists from an entry of a map of type `t`, which is assigned as by `m[key] = value`.
    pub fn hoist_entry(&mut self, t: Ty, key: &'static Expr, value: &'static Expr) {
        let calls = self.has_call(value);
        self.hoist_key(t, key, calls);
        self.hoist_as(value, elem(t), false);
    }
    /// Hoists from what is assigned to.
    pub fn hoist_place(&mut self, place: &'static Expr) {
        match &place.kind {
            ExprKind::Paren(x) => self.hoist_place(x),
            ExprKind::Index { x, index } if is_map(self.type_of(x)) => {
                let t = self.type_of(x);
                let calls = self.has_call(index);
                self.hoist_before(x, calls);
                self.hoist_key(t, index, false);
            }
            _ => self.hoist(place),
        }
    }
    /// Hoists from the operands of `delete`.
    pub fn hoist_delete(&mut self, m: &'static Expr, index: &'static Expr) {
        let calls = self.has_call(index);
        self.hoist_before(m, calls);
        let t = self.type_of(m);
        self.hoist_key(t, index, false);
    }
    /// Evaluates `value`, of which everything has been hoisted, before the place it is assigned to: unless it is as good
    /// later.
    pub fn hoist_value(&mut self, value: &'static Expr) {
        if self.early_shows(value, false) && !self.memo.contains_key(&value.id) {
            self.remember(value);
        }
    }
    /// Evaluates `e` now; whoever asks for it later gets this value.
    pub(super) fn remember(&mut self, e: &'static Expr) {
        let t = self.type_of(e);
        let v = self.expr(e);
        let v = self.stable(t, v);
        self.memo.insert(e.id, v);
    }
    /// Hoists the calls of `e` unless `e` as a whole is one call: that is evaluated in place.
    pub fn hoist_inside(&mut self, e: &'static Expr) {
        match &e.kind {
            ExprKind::Paren(x) => self.hoist_inside(x),
            // Evaluated in place, too.
            ExprKind::Slice { x, index, .. } => {
                let calls = index.iter().flatten().any(|i| self.has_call(i));
                self.hoist_before(x, calls);
                for i in index.iter().flatten() {
                    self.hoist(i);
                }
            }
            ExprKind::Assert { x, .. } => self.hoist(x),
            ExprKind::Call { fun, args, .. } if self.is_type(fun) => {
                let t = self.type_expr(fun);
                self.hoist_inside_as(&args[0], t);
            }
            ExprKind::Call { .. }
            | ExprKind::Unary { op: Op::Recv, .. }
            | ExprKind::Binary { op: Op::AndAnd | Op::OrOr, .. } => {}
            _ => self.hoist(e),
        }
    }
    /// The same for `e` wanted as a `t`.
    pub fn hoist_inside_as(&mut self, e: &'static Expr, t: Ty) {
        self.hoist_inside(e);
        if self.is_boxed(e, t) {
            self.fix_temp(e, false);
        }
    }
    /// The same for a value that is sent: its address is.
    pub fn hoist_sent(&mut self, e: &'static Expr, t: Ty) {
        self.hoist_inside(e);
        let converted = is_iface(t) && !is_iface(self.type_of(e));
        if !self.memo.contains_key(&e.id) && self.early_shows(e, false) && (converted || !self.is_addressable(e)) {
            self.remember(e);
        }
    }
}
