//! String concatenation.

use crate::fx::*;
use crate::layout::*;
use goxide_ssa::*;
use goxide_syntax::ast::{Expr, ExprKind, Op as Tok};

impl Fx<'_> {
    /// The operands of a tree of `+` on strings, from left to right.
    fn concat_operands(&self, e: &'static Expr, out: &mut Vec<&'static Expr>) {
        if self.const_of(e).is_none()
            && !self.memo.contains_key(&e.id)
            && let ExprKind::Binary { op: Tok::Add, x, y } = &e.unparen().kind
        {
            self.concat_operands(x, out);
            self.concat_operands(y, out);
        } else {
            out.push(e);
        }
    }
    pub fn concat(&mut self, e: &'static Expr) -> Val {
        let mut ops = Vec::new();
        self.concat_operands(e, &mut ops);
        let t = self.type_of(e);
        // With a text that is not empty, the result is no operand but a copy: then operands may be views.
        let copies = ops.iter().any(|o| self.const_of(o).is_some_and(|c| c.string_len() > 0));
        let vals: Vec<Val> = ops
            .iter()
            .map(|o| match copies.then(|| self.borrowed_string(o)).flatten() {
                Some(v) => v,
                None => self.expr_as(o, t),
            })
            .collect();
        self.set_pos(e.pos);
        self.concat_vals(&vals)
    }
    pub fn concat2(&mut self, a: &Val, b: &Val) -> Val {
        self.concat_vals(&[a.clone(), b.clone()])
    }
    fn concat_vals(&mut self, vals: &[Val]) -> Val {
        let nil = self.b.nil();
        if vals.len() == 2 {
            let (a, b) = (vals[0].s(), vals[1].s());
            return Val::S(self.rt("concatstring2", &[nil, a[0], a[1], b[0], b[1]], &[Type::Ptr, Type::I64]));
        }
        let arr = self.temp_bytes(16 * vals.len() as u64, "strings");
        for (i, v) in vals.iter().enumerate() {
            self.store(arr.plus(16 * i as u64), known::string(), v);
        }
        let p = self.addr_value(arr);
        let n = self.b.int(vals.len() as i64);
        Val::S(self.rt("concatstrings", &[nil, p, n, n], &[Type::Ptr, Type::I64]))
    }
}
