//! Expression and type switches.

use crate::fx::*;
use crate::layout::*;
use goxide_ssa::*;
use goxide_syntax::ast::{CaseClause, Expr, ExprKind, Op as Tok, SwitchStmt};
use goxide_types::constant::{self, Kind, compare};
use goxide_types::{Mode, Ty};

impl Fx<'_> {
    pub fn switch_stmt(&mut self, w: &'static SwitchStmt) {
        let label = self.take_label();
        if let Some(s) = &w.init {
            self.stmt(s);
        }
        let exit = self.b.new_block();
        let saved = self.fallthrough.take();
        if let Some(t) = &w.tag
            && let ExprKind::TypeSwitchGuard { x, .. } = &t.kind
        {
            self.type_switch(w, x, exit, label);
        } else {
            self.expr_switch(w, exit, label);
        }
        self.fallthrough = saved;
        self.b.enter(exit);
    }

    fn bodies(&mut self, w: &'static SwitchStmt, blocks: &[Block], exit: Block, label: Option<goxide_base::Name>) {
        self.scopes.push(Scope { label, brk: exit, cont: None });
        // A clause may be entered from the one before: seal after that one is done.
        for (i, c) in w.body.iter().enumerate() {
            self.b.enter(blocks[i]);
            self.fallthrough = blocks.get(i + 1).copied();
            self.stmts(&c.body);
            self.b.jump(exit);
        }
        self.scopes.pop();
    }

    fn expr_switch(&mut self, w: &'static SwitchStmt, exit: Block, label: Option<goxide_base::Name>) {
        let tag = w.tag.as_ref().map(|e| {
            let t = crate::convert::default_type(self.type_of(e));
            let v = self.full_expr_as(e, t);
            (t, self.stable(t, v), e)
        });
        self.memo.clear();
        let blocks: Vec<Block> = w.body.iter().map(|_| self.b.new_block()).collect();
        let default = w.body.iter().position(|c| c.cases.is_none()).map_or(exit, |i| blocks[i]);
        if let Some((t, v, _)) = &tag
            && self.const_int_switch(w, *t, v, &blocks, default)
        {
            self.bodies(w, &blocks, exit, label);
            return;
        }
        for (c, &to) in w.body.iter().zip(&blocks) {
            let Some(cases) = &c.cases else { continue };
            for e in cases.list() {
                self.set_pos(e.pos);
                let next = self.b.new_block();
                match &tag {
                    None if is_iface(self.type_of(e)) => {
                        let t = self.b.iconst(Type::I8, 1);
                        let c = self.case_matches(known::bool(), &Val::one(t), e);
                        self.b.br(c, to, next);
                    }
                    None => self.cond(e, to, next),
                    Some((t, v, tag)) => {
                        let c = match self.constants_match(tag, e) {
                            Some(same) => self.b.iconst(Type::I8, i64::from(same)),
                            None => self.case_matches(*t, v, e),
                        };
                        self.b.br(c, to, next);
                    }
                }
                self.memo.clear();
                self.b.enter(next);
            }
        }
        self.b.jump(default);
        self.bodies(w, &blocks, exit, label);
    }

    /// Whether two constants are equal; `None` if they are not both constants.
    fn constants_match(&self, tag: &'static Expr, case: &'static Expr) -> Option<bool> {
        let (x, y) = (self.const_of(tag)?, self.const_of(case)?);
        let comparable = x.kind() != Kind::Unknown && y.kind() != Kind::Unknown;
        (comparable && !is_iface(self.type_of(case))).then(|| compare(x, constant::Op::Eql, y))
    }

    fn case_matches(&mut self, t: Ty, v: &Val, e: &'static Expr) -> Value {
        self.hoist_inside(e);
        if self.mode(e.unparen()) == Some(Mode::NilValue) {
            return self.b.icmp_imm(IntCC::Eq, v.s()[0], 0);
        }
        let et = crate::convert::default_type(self.type_of(e));
        match (is_iface(t), is_iface(et)) {
            (true, false) => {
                let c = self.expr_as(e, et);
                self.iface_eq_concrete(v, t, &c, et)
            }
            (false, true) => {
                let i = self.expr(e);
                self.iface_eq_concrete(&i, et, v, t)
            }
            (true, true) => {
                let y = self.expr(e);
                let (a, b) = (self.to_eface(v, t), self.to_eface(&y, et));
                self.eq(eface(), &a, &b)
            }
            _ => {
                let y = self.expr_as(e, t);
                self.eq(t, v, &y)
            }
        }
    }

    /// Integer tags with constant cases: binary search, or a table if the values are dense.
    fn const_int_switch(&mut self, w: &'static SwitchStmt, t: Ty, v: &Val, blocks: &[Block], default: Block) -> bool {
        if !is_int(t) {
            return false;
        }
        let signed = is_signed(t);
        let mut vals: Vec<(i64, Block)> = Vec::new();
        for (c, &to) in w.body.iter().zip(blocks) {
            let Some(cases) = &c.cases else { continue };
            for e in cases.list() {
                let Some(k) = self.const_of(e) else { return false };
                let k = k.to_int().wrapped_u64() as i64;
                if !vals.iter().any(|x| x.0 == k) {
                    vals.push((k, to));
                }
            }
        }
        if vals.len() < 5 {
            return false;
        }
        let key = |k: i64| if signed { (k as u64) ^ (1 << 63) } else { k as u64 };
        vals.sort_by_key(|x| key(x.0));
        let x = self.to_i64(v.v(), signed);
        self.search(&vals, x, signed, default);
        true
    }
    fn search(&mut self, vals: &[(i64, Block)], x: Value, signed: bool, default: Block) {
        let n = vals.len();
        let (lo, hi) = (vals[0].0, vals[n - 1].0);
        let span = (hi.wrapping_sub(lo) as u64).saturating_add(1);
        if n >= 8 && span / 3 <= n as u64 {
            let base = self.b.int(lo);
            let index = self.b.bin(Op::Sub, x, base);
            let t = |block| Target { block, args: Args::new() };
            let mut targets: Vec<Target> = (0..span).map(|_| t(default)).collect();
            for &(k, to) in vals {
                targets[k.wrapping_sub(lo) as usize] = t(to);
            }
            return self.b.terminate(Term::Table { index, targets, default: t(default) });
        }
        if n <= 4 {
            for &(k, to) in vals {
                let next = self.b.new_block();
                let c = self.b.icmp_imm(IntCC::Eq, x, k);
                self.b.br(c, to, next);
                self.b.enter(next);
            }
            return self.b.jump(default);
        }
        let mid = n / 2;
        let (l, r) = (self.b.new_block(), self.b.new_block());
        let c = self.b.icmp_imm(if signed { IntCC::Slt } else { IntCC::Ult }, x, vals[mid].0);
        self.b.br(c, l, r);
        self.b.enter(l);
        self.search(&vals[..mid], x, signed, default);
        self.b.enter(r);
        self.search(&vals[mid..], x, signed, default);
    }

    fn type_switch(&mut self, w: &'static SwitchStmt, x: &'static Expr, exit: Block, label: Option<goxide_base::Name>) {
        let xt = self.type_of(x);
        let v = self.full_expr(x);
        self.memo.clear();
        let blocks: Vec<Block> = w.body.iter().map(|_| self.b.new_block()).collect();
        let default = w.body.iter().position(|c| c.cases.is_none());
        let after = self.b.new_block();
        self.scopes.push(Scope { label, brk: exit, cont: None });
        // The dynamic type, read once.
        let dyn_type = self.iface_type(&v, xt);
        let mut seen: Vec<Ty> = Vec::new();
        for (c, &to) in w.body.iter().zip(&blocks) {
            let Some(cases) = &c.cases else { continue };
            let list = cases.list();
            let single = list.len() == 1;
            let var = self.info().implicits.get(&c.id).copied();
            for e in list {
                self.set_pos(e.pos);
                let next = self.b.new_block();
                if self.mode(e.unparen()) == Some(Mode::NilValue) || !self.is_type(e) {
                    let z = self.b.icmp_imm(IntCC::Eq, dyn_type, 0);
                    self.b.br(z, to, next);
                    self.b.enter(next);
                    if single && let Some(o) = var {
                        self.case_var(o, to, &v, xt, xt, exit, c);
                    }
                    continue;
                }
                let t = self.type_expr(e);
                // In instances of generic code two cases may become the same type: the first wins.
                let dup = seen.contains(&t);
                seen.push(t);
                if is_iface(t) {
                    let word = if is_eface(t) {
                        dyn_type
                    } else {
                        let inter = self.type_addr(t);
                        self.cached_itab(inter, dyn_type)
                    };
                    let ok = self.b.icmp_imm(IntCC::Ne, word, 0);
                    if single && let Some(o) = var {
                        let hit = self.b.new_block();
                        self.b.br(ok, hit, next);
                        self.b.enter(hit);
                        let iv = Val::of(&[word, v.s()[1]]);
                        self.declare_in(c, o, t, &iv);
                        self.b.jump(to);
                    } else {
                        self.b.br(ok, to, next);
                    }
                } else {
                    let want = self.type_addr(t);
                    let ok = if dup { self.b.iconst(Type::I8, 0) } else { self.b.icmp(IntCC::Eq, dyn_type, want) };
                    if single && let Some(o) = var {
                        let hit = self.b.new_block();
                        self.b.br(ok, hit, next);
                        self.b.enter(hit);
                        let x = self.unbox(v.s()[1], t);
                        self.declare_in(c, o, t, &x);
                        self.b.jump(to);
                    } else {
                        self.b.br(ok, to, next);
                    }
                }
                self.b.enter(next);
            }
        }
        self.b.jump(default.map_or(after, |i| blocks[i]));
        for (c, &b) in w.body.iter().zip(&blocks) {
            self.b.enter(b);
            let single = c.cases.as_ref().is_some_and(|e| e.list().len() == 1);
            if let Some(&o) = self.info().implicits.get(&c.id)
                && (!single || !self.locals.contains_key(&o))
            {
                self.declare_in(c, o, xt, &v);
            }
            self.stmts(&c.body);
            self.b.jump(exit);
        }
        self.scopes.pop();
        self.b.enter(after);
        self.b.jump(exit);
    }
    /// Declares the variable of a clause of a type switch.
    fn declare_in(&mut self, c: &'static CaseClause, o: goxide_types::Obj, t: Ty, v: &Val) {
        self.clause = Some(c.pos);
        self.declare(o, t, Some(v));
        self.clause = None;
    }
    /// `case nil` binds the interface itself: done at the top of the clause.
    #[allow(clippy::too_many_arguments)]
    fn case_var(
        &mut self,
        _o: goxide_types::Obj,
        _to: Block,
        _v: &Val,
        _xt: Ty,
        _t: Ty,
        _exit: Block,
        _c: &'static CaseClause,
    ) {
    }

    /// Whether an operator is a comparison for equality.
    pub fn is_equality(op: Tok) -> bool {
        matches!(op, Tok::Eql | Tok::Neq)
    }
}
