//! `for … range` over everything but functions (`rangefunc`).

use crate::expr::Loc;
use crate::fx::*;
use crate::layout::*;
use goxide_ssa::*;
use goxide_syntax::ast::{Expr, ExprKind, ForStmt, RangeClause, Stmt};
use goxide_types::Ty;

/// Blocks of a loop.
pub struct LoopBlocks {
    pub head: Block,
    pub body: Block,
    pub cont: Block,
    pub exit: Block,
}

impl Fx<'_> {
    pub fn range_stmt(&mut self, s: &'static Stmt, f: &'static ForStmt, r: &'static RangeClause) {
        let xt = self.type_of(&r.x);
        if is_func(xt) {
            return self.range_func(s, f, r);
        }
        let lhs: Vec<Option<&'static Expr>> = match &r.lhs {
            None => vec![None, None],
            Some(l) => {
                let l = l.list();
                let used =
                    |i: usize| l.get(i).filter(|e| !matches!(&e.unparen().kind, ExprKind::Name(n) if n.is_blank()));
                vec![used(0), used(1)]
            }
        };
        let (k, v) = (lhs[0], lhs[1]);
        if is_int(xt) {
            return self.range_int(f, r, k, xt);
        }
        if let Some(at) = array_of(xt) {
            return self.range_array(f, r, k, v, xt, at);
        }
        if is_slice(xt) {
            let x = match self.borrowed_bytes(&r.x) {
                Some(x) => x,
                None => self.full_expr(&r.x),
            };
            let (p, n) = (x.s()[0], x.s()[1]);
            return self.range_elems(f, r, k, v, Addr::heap(p), elem(xt), n);
        }
        if is_string(xt) {
            return self.range_string(f, r, k, v);
        }
        if is_map(xt) {
            return self.range_map(f, r, k, v, xt);
        }
        if is_chan(xt) {
            return self.range_chan(f, r, k, xt);
        }
        panic!("range over {xt:?}");
    }

    fn loop_blocks(&mut self) -> LoopBlocks {
        LoopBlocks {
            head: self.b.new_block(),
            body: self.b.new_block(),
            cont: self.b.new_block(),
            exit: self.b.new_block(),
        }
    }
    fn loop_body(&mut self, f: &'static ForStmt, l: &LoopBlocks, label: Option<goxide_base::Name>) {
        self.scopes.push(Scope { label, brk: l.exit, cont: Some(l.cont) });
        self.block_stmt(&f.body);
        self.scopes.pop();
        self.b.jump(l.cont);
        self.b.enter(l.cont);
    }
    /// Sets a loop variable at the beginning of an iteration.
    fn bind(&mut self, e: Option<&'static Expr>, t: Ty, v: Val) {
        let Some(e) = e else { return };
        self.hoist_if_assign(e);
        self.assign_value(e, t, v);
    }
    /// Sets both loop variables at once.
    fn bind2(&mut self, k: Option<&'static Expr>, kv: (Ty, Val), v: Option<&'static Expr>, vv: (Ty, Val)) {
        let (mut ls, mut vals) = (Vec::new(), Vec::new());
        for (e, x) in [(k, kv), (v, vv)] {
            if let Some(e) = e {
                self.hoist_if_assign(e);
                ls.push(e);
                vals.push(x);
            }
        }
        self.assign_values(&ls, vals);
    }
    fn hoist_if_assign(&mut self, e: &'static Expr) {
        if !matches!(e.kind, ExprKind::Name(_)) {
            self.hoist(e);
        }
    }

    fn range_int(&mut self, f: &'static ForStmt, r: &'static RangeClause, k: Option<&'static Expr>, xt: Ty) {
        // The variable's type is that of the count, except for untyped constants.
        let t = if is_untyped(xt) {
            match k {
                Some(e) if !r.def => self.type_of(e),
                Some(e) => self.info().object_of(e.id).map_or(known::int(), |o| self.ty(o.ty())),
                None => crate::convert::default_type(xt),
            }
        } else {
            xt
        };
        let n = self.full_expr_as(&r.x, t).v();
        let label = self.take_label();
        let ty = scalar(t);
        let i = self.b.new_var(ty);
        let z = self.b.iconst(ty, 0);
        self.b.def_var(i, z);
        let l = self.loop_blocks();
        self.b.jump(l.head);
        self.b.switch_to(l.head);
        let iv = self.b.use_var(i);
        let c = self.b.icmp(if is_signed(t) { IntCC::Slt } else { IntCC::Ult }, iv, n);
        self.b.br(c, l.body, l.exit);
        self.b.enter(l.body);
        let iv = self.b.use_var(i);
        self.bind(k, t, Val::one(iv));
        self.loop_body(f, &l, label);
        let iv = self.b.use_var(i);
        let one = self.b.iconst(ty, 1);
        let next = self.b.bin(Op::Add, iv, one);
        self.b.def_var(i, next);
        self.b.jump(l.head);
        self.b.seal(l.head);
        self.b.enter(l.exit);
    }

    fn range_array(
        &mut self,
        f: &'static ForStmt,
        r: &'static RangeClause,
        k: Option<&'static Expr>,
        v: Option<&'static Expr>,
        xt: Ty,
        at: Ty,
    ) {
        let n = array_len(at);
        if v.is_none() {
            // Only the length matters; the operand is evaluated if it calls or receives.
            if self.has_call(&r.x) {
                self.hoist_inside(&r.x);
                if let crate::expr::Loc::Mem(a) = self.loc(&r.x) {
                    self.check_nil(a);
                }
            }
            let n = self.b.int(n);
            return self.range_elems(f, r, k, None, Addr::heap(n), known::uint8(), n);
        }
        self.hoist_inside(&r.x);
        let base = if is_ptr(xt) {
            let p = self.expr_v(&r.x);
            let nn = self.b.int(n);
            if n > 0 {
                return self.range_elems(f, r, k, v, Addr::maybe_nil(p), elem(at), nn);
            }
            Addr::maybe_nil(p)
        } else {
            let x = self.expr(&r.x);
            // The loop sees the array as it was.
            let x = match x {
                Val::M(a) if n > 0 => {
                    let tmp = self.temp(at, "range");
                    self.store(tmp, at, &Val::M(a));
                    Val::M(tmp)
                }
                x => x,
            };
            self.in_memory(at, &x)
        };
        let nn = self.b.int(n);
        self.range_elems(f, r, k, v, base, elem(at), nn);
    }
    #[allow(clippy::too_many_arguments)]
    fn range_elems(
        &mut self,
        f: &'static ForStmt,
        _r: &'static RangeClause,
        k: Option<&'static Expr>,
        v: Option<&'static Expr>,
        base: Addr,
        et: Ty,
        n: Value,
    ) {
        let label = self.take_label();
        let i = self.b.new_var(Type::I64);
        let z = self.b.int(0);
        self.b.def_var(i, z);
        let l = self.loop_blocks();
        self.b.jump(l.head);
        self.b.switch_to(l.head);
        let iv = self.b.use_var(i);
        let c = self.b.icmp(IntCC::Slt, iv, n);
        self.b.br(c, l.body, l.exit);
        self.b.enter(l.body);
        let iv = self.b.use_var(i);
        if let Some(v) = v {
            let a = self.elem_addr(base, et, iv);
            let x = self.load(a, et);
            self.bind2(k, (known::int(), Val::one(iv)), Some(v), (et, x));
        } else {
            self.bind(k, known::int(), Val::one(iv));
        }
        self.loop_body(f, &l, label);
        let iv = self.b.use_var(i);
        let one = self.b.int(1);
        let next = self.b.bin(Op::Add, iv, one);
        self.b.def_var(i, next);
        self.b.jump(l.head);
        self.b.seal(l.head);
        self.b.enter(l.exit);
    }
    fn range_string(
        &mut self,
        f: &'static ForStmt,
        r: &'static RangeClause,
        k: Option<&'static Expr>,
        v: Option<&'static Expr>,
    ) {
        let x = self.full_expr(&r.x);
        let (p, n) = (x.s()[0], x.s()[1]);
        let label = self.take_label();
        let (i, next) = (self.b.new_var(Type::I64), self.b.new_var(Type::I64));
        let z = self.b.int(0);
        self.b.def_var(i, z);
        self.b.def_var(next, z);
        let l = self.loop_blocks();
        self.b.jump(l.head);
        self.b.switch_to(l.head);
        let iv = self.b.use_var(i);
        let c = self.b.icmp(IntCC::Slt, iv, n);
        self.b.br(c, l.body, l.exit);
        self.b.enter(l.body);
        let iv = self.b.use_var(i);
        let a = self.b.bin(Op::PtrAdd, p, iv);
        let byte = self.b.load(Type::I8, a, 0, MemFlags::NONNIL);
        let small = self.b.un(Op::Zext, byte, Type::I32);
        let ascii = self.b.icmp_imm(IntCC::Ult, small, 0x80);
        let rn = self.if_val(
            ascii,
            &[Type::I32, Type::I64],
            |s| {
                let one = s.b.int(1);
                let nx = s.b.bin(Op::Add, iv, one);
                [small, nx].into_iter().collect()
            },
            |s| s.rt("decoderune", &[p, n, iv], &[Type::I32, Type::I64]),
        );
        self.b.def_var(next, rn[1]);
        self.bind2(k, (known::int(), Val::one(iv)), v, (known::int32(), Val::one(rn[0])));
        self.loop_body(f, &l, label);
        let nx = self.b.use_var(next);
        self.b.def_var(i, nx);
        self.b.jump(l.head);
        self.b.seal(l.head);
        self.b.enter(l.exit);
    }

    fn range_map(
        &mut self,
        f: &'static ForStmt,
        r: &'static RangeClause,
        k: Option<&'static Expr>,
        v: Option<&'static Expr>,
        xt: Ty,
    ) {
        let m = self.full_expr(&r.x).v();
        let label = self.take_label();
        if self.range_map_clear(f, k, v, xt, m) {
            return;
        }
        let it = self.temp_bytes(crate::mapops::ITER_SIZE, "iter");
        let itp = self.addr_value(it);
        self.b.zero(itp, crate::mapops::ITER_SIZE, None);
        let td = self.type_addr(xt);
        self.rt("mapIterStart", &[td, m, itp], &[]);
        let l = self.loop_blocks();
        self.b.jump(l.head);
        self.b.switch_to(l.head);
        let itp = self.addr_value(it);
        let kp = self.b.load(Type::Ptr, itp, 0, MemFlags::NONNIL);
        let c = self.b.icmp_imm(IntCC::Ne, kp, 0);
        self.b.br(c, l.body, l.exit);
        self.b.enter(l.body);
        if k.is_some() || v.is_some() {
            let kv = k.map(|_| {
                let x = self.load(Addr::heap(kp), key(xt));
                self.stable(key(xt), x)
            });
            let vv = v.map(|_| {
                let ep = self.b.load(Type::Ptr, itp, 8, MemFlags::NONNIL);
                let x = self.load(Addr::heap(ep), elem(xt));
                self.stable(elem(xt), x)
            });
            match (kv, vv) {
                (Some(x), Some(y)) => self.bind2(k, (key(xt), x), v, (elem(xt), y)),
                (Some(x), None) => self.bind(k, key(xt), x),
                (None, Some(y)) => self.bind(v, elem(xt), y),
                (None, None) => {}
            }
        }
        self.loop_body(f, &l, label);
        let itp = self.addr_value(it);
        self.rt("mapIterNext", &[itp], &[]);
        self.b.jump(l.head);
        self.b.seal(l.head);
        self.b.enter(l.exit);
    }
    /// `for k := range m { delete(m, k) }` is `clear(m)`; recognised by the optimiser's absence only, so not here.
    fn range_map_clear(
        &mut self,
        _f: &'static ForStmt,
        _k: Option<&'static Expr>,
        _v: Option<&'static Expr>,
        _xt: Ty,
        _m: Value,
    ) -> bool {
        false
    }

    fn range_chan(&mut self, f: &'static ForStmt, r: &'static RangeClause, k: Option<&'static Expr>, xt: Ty) {
        let c = self.full_expr(&r.x).v();
        let et = elem(xt);
        let label = self.take_label();
        let l = self.loop_blocks();
        self.b.jump(l.head);
        self.b.switch_to(l.head);
        let tmp = self.result_temp(et, "recv");
        let p = self.addr_value(tmp);
        let ok = self.rt1("chanrecv2", &[c, p], Type::I8);
        self.b.br(ok, l.body, l.exit);
        self.b.enter(l.body);
        let v = self.load(tmp, et);
        self.bind(k, et, v);
        self.loop_body(f, &l, label);
        self.b.jump(l.head);
        self.b.seal(l.head);
        self.b.enter(l.exit);
    }

    /// Reads the address of an addressable operand, or puts the value in memory.
    pub fn loc_in_memory(&mut self, e: &'static Expr) -> Addr {
        let t = self.type_of(e);
        match self.loc(e) {
            Loc::Mem(a) => self.check_nil(a),
            l => {
                let v = self.read(&l, t);
                self.in_memory(t, &v)
            }
        }
    }
}
