//! Operators: arithmetic, shifts, comparisons, conditions.

use crate::fx::*;
use crate::layout::*;
use goxide_ssa::*;
use goxide_syntax::ast::{Expr, ExprKind, Op as Tok};
use goxide_types::{Mode, Ty};

impl Fx<'_> {
    pub fn binary(&mut self, e: &'static Expr, op: Tok, x: &'static Expr, y: &'static Expr) -> Val {
        let t = self.type_of(e);
        match op {
            Tok::AndAnd | Tok::OrOr => Val::one(self.logical(op, x, y)),
            Tok::Eql | Tok::Neq | Tok::Lss | Tok::Leq | Tok::Gtr | Tok::Geq => Val::one(self.comparison(e, op, x, y)),
            Tok::Shl | Tok::Shr => {
                let v = self.expr_as(x, t);
                let yt = self.type_of(y);
                let amount = if self.const_of(y).is_some() {
                    let c = self.const_of(y).and_then(|c| c.to_int().uint64_val()).unwrap_or(u64::MAX);
                    Val::one(self.b.int(c.min(1 << 20) as i64))
                } else {
                    self.expr(y)
                };
                self.set_pos(e.pos);
                let signed = self.const_of(y).is_none() && is_signed(yt);
                Val::one(self.shift(op, t, v.v(), amount.v(), signed))
            }
            Tok::Add if is_string(t) => self.concat(e),
            // How package internal/abi hides pointers from escape analysis.
            Tok::Xor if is_uintptr(t) && self.is_zero(y) => {
                let v = self.expr_as(x, t);
                Val::one(self.b.un(Op::Hide, v.v(), Type::I64))
            }
            _ => {
                let a = self.expr_as(x, t);
                let a = self.stable(t, a);
                let b = self.expr_as(y, t);
                self.set_pos(e.pos);
                self.arith(op, t, &a, &b)
            }
        }
    }

    fn is_zero(&self, e: &Expr) -> bool {
        self.const_of(e).is_some_and(|c| c.to_int().int64_val() == Some(0))
    }

    /// `a op b` on two values of type `t`.
    pub fn arith(&mut self, op: Tok, t: Ty, a: &Val, b: &Val) -> Val {
        if is_string(t) {
            return self.concat2(a, b);
        }
        if is_complex(t) {
            return self.complex_arith(op, t, a, b);
        }
        let (x, y) = (a.v(), b.v());
        if is_float(t) {
            let op = match op {
                Tok::Add => Op::Fadd,
                Tok::Sub => Op::Fsub,
                Tok::Mul => Op::Fmul,
                Tok::Div => Op::Fdiv,
                _ => panic!("{op:?} on floats"),
            };
            return Val::one(self.b.bin(op, x, y));
        }
        let simple = match op {
            Tok::Add => Op::Add,
            Tok::Sub => Op::Sub,
            Tok::Mul => Op::Mul,
            Tok::And => Op::And,
            Tok::Or => Op::Or,
            Tok::Xor => Op::Xor,
            Tok::AndNot => {
                let ty = self.b.f.ty(y);
                let n = self.b.un(Op::Not, y, ty);
                return Val::one(self.b.bin(Op::And, x, n));
            }
            Tok::Div | Tok::Rem => return Val::one(self.divide(op == Tok::Div, t, x, y)),
            _ => panic!("{op:?} on integers"),
        };
        Val::one(self.b.bin(simple, x, y))
    }

    fn divide(&mut self, quo: bool, t: Ty, x: Value, y: Value) -> Value {
        let c = self.b.f.as_const(y);
        if c.is_none_or(|c| c == 0) {
            self.b.effect(Op::DivCheck, &[y], Aux::None);
        }
        if is_unsigned(t) {
            return self.b.bin(if quo { Op::Udiv } else { Op::Urem }, x, y);
        }
        let op = if quo { Op::Sdiv } else { Op::Srem };
        let ty = self.b.f.ty(x);
        let minus = |s: &mut Self| if quo { s.b.un(Op::Neg, x, ty) } else { s.b.iconst(ty, 0) };
        match c {
            Some(-1) => minus(self),
            Some(_) => self.b.bin(op, x, y),
            None => {
                let is_m1 = self.b.icmp_imm(IntCC::Eq, y, -1);
                self.if_val(
                    is_m1,
                    &[ty],
                    |s| [minus(s)].into_iter().collect(),
                    |s| [s.b.bin(op, x, y)].into_iter().collect(),
                )[0]
            }
        }
    }

    /// Shift with Go's rules for large and negative amounts.
    pub fn shift(&mut self, op: Tok, t: Ty, x: Value, amount: Value, amount_signed: bool) -> Value {
        let ty = self.b.f.ty(x);
        let width = i64::from(ty.bits());
        let n = self.to_i64(amount, amount_signed);
        let sar = op == Tok::Shr && is_signed(t);
        let sop = match op {
            Tok::Shl => Op::Shl,
            _ if sar => Op::Sar,
            _ => Op::Shr,
        };
        if let Some(c) = self.b.f.as_const(n)
            && !amount_signed
        {
            if (c as u64) < width as u64 {
                return self.b.bin(sop, x, n);
            }
            if sar {
                let k = self.b.int(width - 1);
                return self.b.bin(Op::Sar, x, k);
            }
            return self.b.iconst(ty, 0);
        }
        if amount_signed {
            self.b.effect(Op::ShiftCheck, &[n], Aux::None);
        }
        let small = self.b.icmp_imm(IntCC::Ult, n, width);
        if sar {
            let max = self.b.int(width - 1);
            let n = self.b.select(small, n, max);
            return self.b.bin(Op::Sar, x, n);
        }
        let r = self.b.bin(sop, x, n);
        let z = self.b.iconst(ty, 0);
        self.b.select(small, r, z)
    }

    fn complex_arith(&mut self, op: Tok, t: Ty, a: &Val, b: &Val) -> Val {
        let (ar, ai, br, bi) = (a.s()[0], a.s()[1], b.s()[0], b.s()[1]);
        match op {
            Tok::Add | Tok::Sub => {
                let o = if op == Tok::Add { Op::Fadd } else { Op::Fsub };
                let (r, i) = (self.b.bin(o, ar, br), self.b.bin(o, ai, bi));
                Val::of(&[r, i])
            }
            Tok::Mul => {
                // Computed in double precision, as gc does for complex64.
                let narrow = comps(t)[0].ty == Type::F32;
                let w = |s: &mut Self, v| if narrow { s.b.un(Op::Fpromote, v, Type::F64) } else { v };
                let (ar, ai, br, bi) = (w(self, ar), w(self, ai), w(self, br), w(self, bi));
                let (x, y) = (self.b.bin(Op::Fmul, ar, br), self.b.bin(Op::Fmul, ai, bi));
                let r = self.b.bin(Op::Fsub, x, y);
                let (x, y) = (self.b.bin(Op::Fmul, ar, bi), self.b.bin(Op::Fmul, ai, br));
                let i = self.b.bin(Op::Fadd, x, y);
                let n = |s: &mut Self, v| if narrow { s.b.un(Op::Fdemote, v, Type::F32) } else { v };
                let (r, i) = (n(self, r), n(self, i));
                Val::of(&[r, i])
            }
            Tok::Div => {
                let narrow = comps(t)[0].ty == Type::F32;
                let w = |s: &mut Self, v| if narrow { s.b.un(Op::Fpromote, v, Type::F64) } else { v };
                let args = [w(self, ar), w(self, ai), w(self, br), w(self, bi)];
                let r = self.rt("complex128div", &args, &[Type::F64, Type::F64]);
                let n = |s: &mut Self, v| if narrow { s.b.un(Op::Fdemote, v, Type::F32) } else { v };
                let (r, i) = (n(self, r[0]), n(self, r[1]));
                Val::of(&[r, i])
            }
            _ => panic!("{op:?} on complex numbers"),
        }
    }

    // ---- comparisons

    fn is_nil_expr(&self, e: &Expr) -> bool {
        self.mode(e.unparen()) == Some(Mode::NilValue)
    }

    fn comparison(&mut self, e: &'static Expr, op: Tok, x: &'static Expr, y: &'static Expr) -> Value {
        let ne = op == Tok::Neq;
        let finish = |s: &mut Self, v: Value| if ne { s.not(v) } else { v };
        if self.is_nil_expr(x) || self.is_nil_expr(y) {
            let other = if self.is_nil_expr(x) { y } else { x };
            if self.is_nil_expr(other) {
                return self.b.iconst(Type::I8, i64::from(!ne));
            }
            let v = self.expr(other);
            self.set_pos(e.pos);
            let p = v.s()[0];
            return self.b.icmp_imm(if ne { IntCC::Ne } else { IntCC::Eq }, p, 0);
        }
        let (xt, yt) = (self.type_of(x), self.type_of(y));
        // The common type: an untyped operand takes the other's; an interface against a concrete value is special.
        if is_iface(xt) != is_iface(yt) && !is_untyped(xt) && !is_untyped(yt) {
            let (ie, it, ce, ct) = if is_iface(xt) { (x, xt, y, yt) } else { (y, yt, x, xt) };
            let (iv, cv) = if is_iface(xt) {
                let iv = self.expr(ie);
                (iv, self.expr(ce))
            } else {
                let cv = self.expr(ce);
                (self.expr(ie), cv)
            };
            self.set_pos(e.pos);
            let v = self.iface_eq_concrete(&iv, it, &cv, ct);
            return finish(self, v);
        }
        let t = if is_untyped(xt) && !is_untyped(yt) { yt } else { xt };
        let t = if is_untyped(t) { crate::convert::default_type(t) } else { t };
        let a = self.borrowed_string(x).unwrap_or_else(|| self.expr_as(x, t));
        let a = self.stable_if_needed(t, a, y);
        let b = match self.borrowed_string(y) {
            Some(s) => s,
            None if is_iface(t) => self.expr(y),
            None => self.expr_as(y, t),
        };
        self.set_pos(e.pos);
        if matches!(op, Tok::Eql | Tok::Neq) {
            if !is_mem(t) && !is_struct(t) && !is_array(t) && comps(t).len() == 1 && !comps(t)[0].ty.is_float() {
                return self.b.icmp(if ne { IntCC::Ne } else { IntCC::Eq }, a.v(), b.v());
            }
            if is_float(t) {
                let cc = if ne { FloatCC::Ne } else { FloatCC::Eq };
                return self.b.val(Op::Fcmp(cc), &[a.v(), b.v()], Aux::None, Type::I8);
            }
            if is_iface(t) && is_iface(yt) && goxide_types::canon(t.under()) != goxide_types::canon(yt.under()) {
                // Interfaces with different methods have different itabs: compare as empty ones.
                let (a, b) = (self.to_eface(&a, t), self.to_eface(&b, yt));
                let any = crate::layout::eface();
                let v = self.eq(any, &a, &b);
                return finish(self, v);
            }
            let v = self.eq(t, &a, &b);
            return finish(self, v);
        }
        self.ordered(op, t, &a, &b)
    }
    fn stable_if_needed(&mut self, t: Ty, v: Val, other: &Expr) -> Val {
        if matches!(v, Val::M(_)) && self.has_call(other) { self.stable(t, v) } else { v }
    }

    /// `<`, `<=`, `>`, `>=`
    pub fn ordered(&mut self, op: Tok, t: Ty, a: &Val, b: &Val) -> Value {
        if is_string(t) {
            let (x, y) = (a.s().to_vec(), b.s().to_vec());
            let c = self.rt("cmpstring", &[x[0], x[1], y[0], y[1]], &[Type::I64])[0];
            let cc = match op {
                Tok::Lss => IntCC::Slt,
                Tok::Leq => IntCC::Sle,
                Tok::Gtr => IntCC::Sgt,
                _ => IntCC::Sge,
            };
            return self.b.icmp_imm(cc, c, 0);
        }
        if is_float(t) {
            let cc = match op {
                Tok::Lss => FloatCC::Lt,
                Tok::Leq => FloatCC::Le,
                Tok::Gtr => FloatCC::Gt,
                _ => FloatCC::Ge,
            };
            return self.b.val(Op::Fcmp(cc), &[a.v(), b.v()], Aux::None, Type::I8);
        }
        let cc = match (op, is_signed(t)) {
            (Tok::Lss, true) => IntCC::Slt,
            (Tok::Leq, true) => IntCC::Sle,
            (Tok::Gtr, true) => IntCC::Sgt,
            (_, true) => IntCC::Sge,
            (Tok::Lss, _) => IntCC::Ult,
            (Tok::Leq, _) => IntCC::Ule,
            (Tok::Gtr, _) => IntCC::Ugt,
            _ => IntCC::Uge,
        };
        self.b.icmp(cc, a.v(), b.v())
    }

    // ---- conditions

    fn logical(&mut self, op: Tok, x: &'static Expr, y: &'static Expr) -> Value {
        let m = self.b.new_block();
        let out = self.b.block_param(m, Type::I8);
        let rhs = self.b.new_block();
        let short = self.b.new_block();
        if op == Tok::AndAnd {
            self.cond(x, rhs, short)
        } else {
            self.cond(x, short, rhs)
        }
        self.b.enter(short);
        let c = self.b.iconst(Type::I8, i64::from(op == Tok::OrOr));
        self.b.jump_args(m, &[c]);
        self.b.enter(rhs);
        let v = self.full_expr(y).v();
        self.b.jump_args(m, &[v]);
        self.b.enter(m);
        out
    }

    /// Branches on a boolean expression; neither block is sealed.
    pub fn cond(&mut self, e: &'static Expr, then: Block, els: Block) {
        if self.memo.contains_key(&e.id) {
            let v = self.expr_v(e);
            return self.b.br(v, then, els);
        }
        if let Some(c) = self.const_of(e) {
            let to = if c.bool_val() { then } else { els };
            // Both edges are kept so that the blocks have predecessors; the optimiser removes one.
            let _ = to;
            return self.b.jump(to);
        }
        match &e.kind {
            ExprKind::Paren(x) => self.cond(x, then, els),
            ExprKind::Unary { op: Tok::Not, x } => self.cond(x, els, then),
            ExprKind::Binary { op: Tok::AndAnd, x, y } => {
                let mid = self.b.new_block();
                self.cond(x, mid, els);
                self.b.enter(mid);
                self.cond(y, then, els);
            }
            ExprKind::Binary { op: Tok::OrOr, x, y } => {
                let mid = self.b.new_block();
                self.cond(x, then, mid);
                self.b.enter(mid);
                self.cond(y, then, els);
            }
            _ => {
                let v = self.full_expr(e).v();
                self.b.br(v, then, els);
            }
        }
    }
}
