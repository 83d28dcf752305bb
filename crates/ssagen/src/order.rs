//! Order of evaluation, as gc has it: the calls, receives and conditional expressions inside an expression are evaluated
//! first, in lexical order; then the rest (so that `x + f()` reads `x` after the call).

use crate::fx::Fx;
use crate::layout::{info, is_direct_iface, is_iface, is_map, is_slice, is_string};
use goxide_syntax::ast::*;
use goxide_types::{BuiltinId, Ty};

/// Built-ins that call nothing: their operands decide.
fn pure_builtin(b: BuiltinId) -> bool {
    use BuiltinId::*;
    matches!(b, Len | Cap | Real | Imag | Complex | Min | Max | Add | Slice | SliceData | String | StringData)
}

/// Whether gc's runtime takes values of type `t` as they are to put them into an interface; others it is shown where they
/// are, so they are evaluated into a temporary.
fn by_value(t: Ty) -> bool {
    let i = info(t);
    let word = matches!(i.size, 2 | 4 | 8) && u64::from(i.align) == i.size && !i.ptrs;
    word || is_string(t) || is_slice(t)
}

impl Fx<'_> {
    /// Whether evaluating `e` calls a function, receives, or does anything else that must happen in order.
    pub fn has_call(&self, e: &Expr) -> bool {
        if self.const_of(e).is_some() || self.is_type(e) {
            return false;
        }
        let opt = |e: &Option<Box<Expr>>| e.as_ref().is_some_and(|e| self.has_call(e));
        match &e.kind {
            ExprKind::Call { fun, args, .. } => {
                if self.is_type(fun) {
                    return args.iter().any(|a| self.has_call(a));
                }
                if let Some(b) = self.info().builtin_of(fun) {
                    if pure_builtin(b) {
                        return args.iter().any(|a| self.has_call(a));
                    }
                    return !matches!(b, BuiltinId::Alignof | BuiltinId::Offsetof | BuiltinId::Sizeof);
                }
                true
            }
            ExprKind::Unary { op, x } => *op == Op::Recv || self.has_call(x),
            ExprKind::Paren(x) | ExprKind::Star(x) | ExprKind::Selector { x, .. } => self.has_call(x),
            ExprKind::Assert { x, .. } => self.has_call(x),
            ExprKind::Binary { x, y, .. } => self.has_call(x) || self.has_call(y),
            ExprKind::Index { x, index } => self.has_call(x) || self.has_call(index),
            ExprKind::Slice { x, index, .. } => self.has_call(x) || index.iter().any(opt),
            ExprKind::CompositeLit { elems, .. } => elems.iter().any(|e| self.has_call(e)),
            ExprKind::KeyValue { key, value } => self.has_call(key) || self.has_call(value),
            ExprKind::List(l) => l.iter().any(|e| self.has_call(e)),
            _ => false,
        }
    }

    /// Whether something in `e` is evaluated ahead of the rest.
    fn fixed_early(&self, e: &Expr) -> bool {
        if self.const_of(e).is_some() || self.is_type(e) {
            return false;
        }
        match &e.kind {
            ExprKind::Call { fun, args, .. } => {
                !self.is_type(fun) && !self.info().builtin_of(fun).is_some_and(|b| b == BuiltinId::Sizeof)
                    || self.is_type(fun) && self.copies_string(fun, &args[0])
                    || args.iter().any(|a| self.fixed_early(a))
            }
            ExprKind::Slice { .. } => true,
            ExprKind::Assert { x, .. } => !is_direct_iface(self.type_of(e)) || self.fixed_early(x),
            ExprKind::Unary { op, x } => *op == Op::Recv || self.fixed_early(x),
            ExprKind::Paren(x) | ExprKind::Star(x) | ExprKind::Selector { x, .. } => self.fixed_early(x),
            ExprKind::Binary { op: Op::AndAnd | Op::OrOr, .. } => self.has_call(e) || self.may_panic(e),
            ExprKind::Binary { x, y, .. } => self.fixed_early(x) || self.fixed_early(y),
            ExprKind::Index { x, index } => self.fixed_early(x) || self.fixed_early(index),
            ExprKind::CompositeLit { elems, .. } => self.inserts(e, elems) || elems.iter().any(|e| self.fixed_early(e)),
            ExprKind::KeyValue { key, value } => self.fixed_early(key) || self.fixed_early(value),
            ExprKind::List(l) => l.iter().any(|e| self.fixed_early(e)),
            _ => false,
        }
    }

    /// Whether evaluating `e`, which calls nothing, may panic: then it matters what is evaluated before.
    fn may_panic(&self, e: &Expr) -> bool {
        if self.const_of(e).is_some() || self.is_type(e) {
            return false;
        }
        match &e.kind {
            ExprKind::Index { .. } | ExprKind::Slice { .. } | ExprKind::Star(_) | ExprKind::Assert { .. } => true,
            ExprKind::Selector { .. } => self.info().selections.get(e.id).is_some_and(|s| s.indirect),
            ExprKind::Binary { op: Op::Div | Op::Rem | Op::Shl | Op::Shr, .. } => true,
            ExprKind::Binary { op, x, y } => {
                let compared = matches!(op, Op::Eql | Op::Neq) && is_iface(self.type_of(x));
                compared || self.may_panic(x) || self.may_panic(y)
            }
            ExprKind::Paren(x) | ExprKind::Unary { x, .. } => self.may_panic(x),
            ExprKind::Call { args, .. } => args.iter().any(|a| self.may_panic(a)),
            ExprKind::CompositeLit { elems, .. } => elems.iter().any(|e| self.may_panic(e)),
            ExprKind::KeyValue { key, value } => self.may_panic(key) || self.may_panic(value),
            _ => false,
        }
    }

    /// Evaluates the calls inside `e` and remembers their values; `e` itself is then free of them.
    pub fn hoist(&mut self, e: &'static Expr) {
        self.hoist_before(e, false);
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
    /// Hoists from each expression of a list, in order.
    pub fn hoist_all(&mut self, l: &'static [Expr]) {
        self.hoist_list(l, false);
    }
    /// The same for a list of which those that `boxed` tells are converted to interfaces, which gc does in order.
    pub fn hoist_converted(&mut self, l: &'static [Expr], boxed: impl Fn(usize) -> bool) {
        let calls = l.iter().rposition(|e| self.has_call(e)).unwrap_or(0);
        let early = l.iter().rposition(|e| self.fixed_early(e)).unwrap_or(0);
        for (i, e) in l.iter().enumerate() {
            self.hoist_before(e, i < calls);
            if i < early && boxed(i) && self.may_panic(e) && !self.has_call(e) {
                let t = self.type_of(e);
                if !is_iface(t) && !is_direct_iface(t) && !by_value(t) && !self.memo.contains_key(&e.id) {
                    self.remember(e);
                }
            }
        }
    }
    fn hoist_list(&mut self, l: &'static [Expr], later: bool) {
        let calls = l.iter().rposition(|e| self.has_call(e)).unwrap_or(0);
        for (i, e) in l.iter().enumerate() {
            self.hoist_before(e, later || i < calls);
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
                    self.hoist_list(args, later);
                    if self.copies_string(fun, &args[0]) {
                        self.remember(e);
                    }
                    return;
                }
                if self.info().builtin_of(fun).is_some_and(pure_builtin) {
                    return self.remember(e);
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
            ExprKind::Binary { x, y, .. } => {
                let calls = self.has_call(y);
                self.hoist_before(x, later || calls);
                self.hoist_before(y, later);
            }
            ExprKind::Index { x, index } => {
                let calls = self.has_call(index);
                self.hoist_before(x, later || calls);
                self.hoist_before(index, later);
            }
            ExprKind::Slice { x, index, .. } => {
                self.hoist_before(x, later);
                for i in index.iter().flatten() {
                    self.hoist_before(i, later);
                }
                self.remember(e);
            }
            ExprKind::CompositeLit { elems, .. } if self.inserts(e, elems) => self.remember(e),
            ExprKind::CompositeLit { elems, .. } => self.hoist_list(elems, later),
            ExprKind::KeyValue { key, value } => {
                self.hoist_before(key, later);
                self.hoist_before(value, later);
            }
            ExprKind::List(l) => self.hoist_list(l, later),
            _ => {}
        }
    }
    /// Whether `e` is a map with entries that are not constant: it is made by statements of their own, an assignment
    /// for each such entry.
    fn inserts(&self, e: &Expr, elems: &[Expr]) -> bool {
        let constant = |e: &Expr| match &e.kind {
            ExprKind::KeyValue { key, value } => self.const_of(key).is_some() && self.const_of(value).is_some(),
            _ => true,
        };
        is_map(self.type_of(e)) && !elems.iter().all(constant)
    }
    /// Hoists from an entry of a map, which is assigned as by `m[key] = value`.
    pub fn hoist_entry(&mut self, key: &'static Expr, value: &'static Expr) {
        let calls = self.has_call(value);
        self.hoist_before(key, calls);
        self.hoist_before(value, false);
    }
    /// Evaluates `e` now; whoever asks for it later gets this value.
    fn remember(&mut self, e: &'static Expr) {
        let t = self.type_of(e);
        let v = self.expr(e);
        let v = self.stable(t, v);
        self.memo.insert(e.id, v);
    }
    /// Whether the conversion of `x` to type `t` copies text.
    fn copies_string(&self, t: &Expr, x: &Expr) -> bool {
        let (to, from) = (self.type_expr(t), self.type_of(x));
        is_slice(to) && is_string(from)
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
            ExprKind::Call { .. }
            | ExprKind::Unary { op: Op::Recv, .. }
            | ExprKind::Binary { op: Op::AndAnd | Op::OrOr, .. } => {}
            _ => self.hoist(e),
        }
    }
}
