//! Channels: send, receive, `select`.

use crate::fx::*;
use crate::layout::*;
use goxide_ssa::*;
use goxide_syntax::ast::{CommClause, Expr, ExprKind, Op as Tok, StmtKind};
use goxide_types::Ty;

enum Comm {
    Send { c: Value, v: Val },
    Recv { c: Value, t: Ty, lhs: Option<&'static Expr>, want: bool },
    Default,
}

impl Fx<'_> {
    pub fn send(&mut self, chan: &'static Expr, value: &'static Expr) {
        let t = elem(self.type_of(chan));
        self.hoist(chan);
        self.hoist_sent(value, t);
        let c = self.expr_v(chan);
        let v = self.expr_as(value, t);
        let a = self.in_memory(t, &v);
        let p = self.addr_value(a);
        self.set_pos(value.pos);
        self.rt("chansend1", &[c, p], &[]);
    }
    /// `<-x`; with `drop` the value is not wanted. Gives the value and whether the channel was open.
    pub fn recv(&mut self, x: &'static Expr, drop: bool) -> (Val, Option<Value>) {
        let t = elem(self.type_of(x));
        let c = self.full_expr(x).v();
        self.set_pos(x.pos);
        if drop {
            let nil = self.b.nil();
            self.rt("chanrecv1", &[c, nil], &[]);
            return (Val::none(), None);
        }
        let tmp = self.result_temp(t, "recv");
        let p = self.addr_value(tmp);
        let ok = self.rt1("chanrecv2", &[c, p], Type::I8);
        (self.load(tmp, t), Some(ok))
    }

    pub fn select_stmt(&mut self, clauses: &'static [CommClause]) {
        let label = self.take_label();
        let exit = self.b.new_block();
        if clauses.is_empty() {
            self.rt("block", &[], &[]);
            return self.b.unreachable();
        }
        // Channels and values are evaluated in source order, once.
        let mut comms = Vec::new();
        for c in clauses {
            comms.push(self.comm(c));
        }
        self.memo.clear();
        self.scopes.push(Scope { label, brk: exit, cont: None });
        let has_default = clauses.iter().any(|c| c.comm.is_none());
        let n = clauses.len() - usize::from(has_default);
        if n == 0 {
            self.stmts(&clauses[0].body);
            self.b.jump(exit);
        } else if n == 1 && !has_default {
            self.one_case(&clauses[0], &comms[0], exit);
        } else if n == 1 {
            self.one_and_default(clauses, &comms, exit);
        } else {
            self.general(clauses, &comms, has_default, exit);
        }
        self.scopes.pop();
        self.b.enter(exit);
    }
    fn comm(&mut self, c: &'static CommClause) -> Comm {
        let Some(s) = &c.comm else { return Comm::Default };
        self.set_pos(s.pos);
        let recv_of = |e: &'static Expr| match &e.unparen().kind {
            ExprKind::Unary { op: Tok::Recv, x } => &**x,
            k => panic!("receive wanted in select: {k:?}"),
        };
        let (x, lhs): (&'static Expr, Option<&'static Expr>) = match &s.kind {
            StmtKind::Send { chan, value } => {
                let t = elem(self.type_of(chan));
                self.hoist(chan);
                let cv = self.expr_v(chan);
                let v = self.full_expr_as(value, t);
                let v = Val::M(self.stable_memory(t, &v));
                return Comm::Send { c: cv, v };
            }
            StmtKind::Expr(e) => (recv_of(e), None),
            StmtKind::Assign { lhs, rhs, .. } | StmtKind::Define { lhs, rhs } => (recv_of(rhs), Some(lhs)),
            k => panic!("not a communication: {k:?}"),
        };
        let t = elem(self.type_of(x));
        let cv = self.full_expr(x).v();
        let want = lhs.is_some_and(|l| !matches!(&l.list()[0].unparen().kind, ExprKind::Name(n) if n.is_blank()));
        Comm::Recv { c: cv, t, lhs, want }
    }
    /// A frame copy of the value.
    fn stable_memory(&mut self, t: Ty, v: &Val) -> Addr {
        let a = self.temp(t, "send");
        self.store(a, t, v);
        a
    }
    /// Assigns what was received and runs the clause.
    fn clause(&mut self, c: &'static CommClause, comm: &Comm, tmp: Option<Addr>, ok: Option<Value>, exit: Block) {
        if let Comm::Recv { t, lhs: Some(l), .. } = comm {
            let l = l.list();
            let v = tmp.map(|a| self.load(a, *t));
            if let Some(v) = v {
                self.hoist_simple(&l[0]);
                self.assign_value(&l[0], *t, v);
            }
            if let (Some(e), Some(ok)) = (l.get(1), ok) {
                self.hoist_simple(e);
                self.assign_value(e, known::bool(), Val::one(ok));
            }
        }
        self.stmts(&c.body);
        self.b.jump(exit);
    }
    fn hoist_simple(&mut self, e: &'static Expr) {
        if !matches!(e.kind, ExprKind::Name(_)) {
            self.hoist(e);
        }
    }
    fn recv_temp(&mut self, comm: &Comm) -> Option<Addr> {
        match comm {
            Comm::Recv { t, want: true, .. } => Some(self.result_temp(*t, "recv")),
            _ => None,
        }
    }
    fn elem_ptr(&mut self, comm: &Comm, tmp: Option<Addr>) -> Value {
        match comm {
            Comm::Send { v, .. } => {
                let a = v.m();
                self.addr_value(a)
            }
            _ => match tmp {
                Some(a) => self.addr_value(a),
                None => self.b.nil(),
            },
        }
    }

    fn one_case(&mut self, c: &'static CommClause, comm: &Comm, exit: Block) {
        let tmp = self.recv_temp(comm);
        let p = self.elem_ptr(comm, tmp);
        match comm {
            Comm::Send { c: ch, .. } => {
                self.rt("chansend1", &[*ch, p], &[]);
                self.clause(c, comm, None, None, exit);
            }
            Comm::Recv { c: ch, .. } => {
                let ok = self.rt1("chanrecv2", &[*ch, p], Type::I8);
                self.clause(c, comm, tmp, Some(ok), exit);
            }
            Comm::Default => unreachable!("one communication"),
        }
    }
    fn one_and_default(&mut self, clauses: &'static [CommClause], comms: &[Comm], exit: Block) {
        let ci = comms.iter().position(|c| !matches!(c, Comm::Default)).expect("one communication");
        let di = 1 - ci;
        let tmp = self.recv_temp(&comms[ci]);
        let p = self.elem_ptr(&comms[ci], tmp);
        let (hit, miss) = (self.b.new_block(), self.b.new_block());
        let mut ok = None;
        let sel = match &comms[ci] {
            Comm::Send { c, .. } => self.rt1("selectnbsend", &[*c, p], Type::I8),
            Comm::Recv { c, .. } => {
                let r = self.rt("selectnbrecv", &[p, *c], &[Type::I8, Type::I8]);
                ok = Some(r[1]);
                r[0]
            }
            Comm::Default => unreachable!(),
        };
        self.b.br(sel, hit, miss);
        self.b.enter(hit);
        self.clause(&clauses[ci], &comms[ci], tmp, ok, exit);
        self.b.enter(miss);
        self.stmts(&clauses[di].body);
        self.b.jump(exit);
    }
    fn general(&mut self, clauses: &'static [CommClause], comms: &[Comm], has_default: bool, exit: Block) {
        // Sends come first, then receives (filled from the end, as gc does).
        let order: Vec<usize> = {
            let sends = (0..comms.len()).filter(|&i| matches!(comms[i], Comm::Send { .. }));
            let recvs = (0..comms.len()).rev().filter(|&i| matches!(comms[i], Comm::Recv { .. }));
            sends.chain(recvs).collect()
        };
        let nsends = comms.iter().filter(|c| matches!(c, Comm::Send { .. })).count();
        let n = order.len();
        let cases = self.temp_bytes(16 * n as u64, "selv");
        let orders = self.temp_bytes(4 * n as u64, "order");
        let mut tmps = vec![None; comms.len()];
        for (k, &i) in order.iter().enumerate() {
            tmps[i] = self.recv_temp(&comms[i]);
            let p = self.elem_ptr(&comms[i], tmps[i]);
            let c = match &comms[i] {
                Comm::Send { c, .. } | Comm::Recv { c, .. } => *c,
                Comm::Default => unreachable!(),
            };
            self.store1(cases.plus(16 * k as u64), c, true);
            self.store1(cases.plus(16 * k as u64 + 8), p, true);
        }
        let (cp, op) = (self.addr_value(cases), self.addr_value(orders));
        let (ns, nr) = (self.b.int(nsends as i64), self.b.int((n - nsends) as i64));
        let blocking = self.b.iconst(Type::I8, i64::from(!has_default));
        let r = self.rt("selectgo", &[cp, op, ns, nr, blocking], &[Type::I64, Type::I8]);
        let chosen = r[0];
        if has_default {
            let di = comms.iter().position(|c| matches!(c, Comm::Default)).expect("default clause");
            let (d, rest) = (self.b.new_block(), self.b.new_block());
            let c = self.b.icmp_imm(IntCC::Slt, chosen, 0);
            self.b.br(c, d, rest);
            self.b.enter(d);
            self.stmts(&clauses[di].body);
            self.b.jump(exit);
            self.b.enter(rest);
        }
        for (k, &i) in order.iter().enumerate() {
            let next = self.b.new_block();
            if k + 1 < n {
                let hit = self.b.new_block();
                let c = self.b.icmp_imm(IntCC::Eq, chosen, k as i64);
                self.b.br(c, hit, next);
                self.b.enter(hit);
            }
            self.clause(&clauses[i], &comms[i], tmps[i], Some(r[1]), exit);
            if k + 1 < n {
                self.b.enter(next);
            } else {
                self.b.seal(next);
            }
        }
    }
}
