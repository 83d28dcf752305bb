//! Order of evaluation, as gc has it: the calls, receives and conditional expressions inside an expression are evaluated
//! first, in lexical order; then the rest (so that `x + f()` reads `x` after the call).

use crate::fx::Fx;
use goxide_syntax::ast::*;

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
                    use goxide_types::BuiltinId::*;
                    if matches!(
                        b,
                        Len | Cap | Real | Imag | Complex | Min | Max | Add | Slice | SliceData | String | StringData
                    ) {
                        return args.iter().any(|a| self.has_call(a));
                    }
                    return !matches!(b, Alignof | Offsetof | Sizeof);
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

    /// Evaluates the calls inside `e` and remembers their values; `e` itself is then free of them.
    pub fn hoist(&mut self, e: &'static Expr) {
        if !self.has_call(e) || self.memo.contains_key(&e.id) {
            return;
        }
        match &e.kind {
            ExprKind::Call { fun, args, .. } => {
                let pure_builtin = self.info().builtin_of(fun).is_some_and(|b| {
                    use goxide_types::BuiltinId::*;
                    matches!(
                        b,
                        Len | Cap | Real | Imag | Complex | Min | Max | Add | Slice | SliceData | String | StringData
                    )
                });
                if self.is_type(fun) || pure_builtin {
                    return self.hoist_all(args);
                }
                if self.raw_type(e).as_tuple().is_some() {
                    return;
                }
                let t = self.type_of(e);
                let v = self.expr(e);
                let v = self.stable(t, v);
                self.memo.insert(e.id, v);
            }
            ExprKind::Unary { op: Op::Recv, .. } | ExprKind::Binary { op: Op::AndAnd | Op::OrOr, .. } => {
                let t = self.type_of(e);
                let v = self.expr(e);
                let v = self.stable(t, v);
                self.memo.insert(e.id, v);
            }
            ExprKind::Unary { x, .. } | ExprKind::Paren(x) | ExprKind::Star(x) | ExprKind::Selector { x, .. } => {
                self.hoist(x)
            }
            ExprKind::Assert { x, .. } => self.hoist(x),
            ExprKind::Binary { x, y, .. } => {
                self.hoist(x);
                self.hoist(y);
            }
            ExprKind::Index { x, index } => {
                self.hoist(x);
                self.hoist(index);
            }
            ExprKind::Slice { x, index, .. } => {
                self.hoist(x);
                for i in index.iter().flatten() {
                    self.hoist(i);
                }
            }
            ExprKind::CompositeLit { elems, .. } => self.hoist_all(elems),
            ExprKind::KeyValue { key, value } => {
                self.hoist(key);
                self.hoist(value);
            }
            ExprKind::List(l) => self.hoist_all(l),
            _ => {}
        }
    }
    pub fn hoist_all(&mut self, l: &'static [Expr]) {
        for e in l {
            self.hoist(e);
        }
    }
    /// Hoists the calls of `e` unless `e` as a whole is one call: that is evaluated in place.
    pub fn hoist_inside(&mut self, e: &'static Expr) {
        match &e.kind {
            ExprKind::Paren(x) => self.hoist_inside(x),
            ExprKind::Call { .. }
            | ExprKind::Unary { op: Op::Recv, .. }
            | ExprKind::Binary { op: Op::AndAnd | Op::OrOr, .. } => {}
            _ => self.hoist(e),
        }
    }
}
