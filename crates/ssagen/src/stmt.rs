//! Statements.

use crate::expr::Loc;
use crate::fx::*;
use crate::lateplace::Late;
use crate::layout::*;
use crate::order::Assigned;
use goxide_base::Name;
use goxide_ssa::*;
use goxide_syntax::ast::{self, BranchTok, Decl, Expr, ExprKind, ForHeader, Op as Tok, Stmt, StmtKind};
use goxide_types::Ty;
use smallvec::SmallVec;

/// What is assigned to.
pub enum Place {
    Blank,
    Vars(SmallVec<[Var; 4]>),
    Mem(Addr),
    Map { ty: Ty, m: Value, key: Val },
}

impl Fx<'_> {
    pub fn stmts(&mut self, l: &'static [Stmt]) {
        for s in l {
            if self.bloop {
                self.bloop_stmt(s);
            } else {
                self.stmt(s);
            }
        }
    }
    pub fn block_stmt(&mut self, b: &'static ast::Block) {
        self.stmts(&b.stmts);
    }
    pub fn stmt(&mut self, s: &'static Stmt) {
        self.set_pos(s.pos);
        self.move_before(s);
        match &s.kind {
            StmtKind::Empty => {}
            StmtKind::Labeled { label, stmt } => self.labeled(label.name, stmt),
            StmtKind::Block(b) => self.block_stmt(b),
            StmtKind::Expr(e) => self.expr_stmt(e),
            StmtKind::Send { chan, value } => self.send(chan, value),
            StmtKind::Decl(ds) => {
                for d in ds {
                    if let Decl::Var(v) = d {
                        self.var_decl(v);
                    }
                }
            }
            StmtKind::Assign { op: None, lhs, rhs } => self.assign_stmt(lhs, rhs),
            StmtKind::Assign { op: Some(op), lhs, rhs } => self.op_assign(*op, lhs, Some(rhs)),
            StmtKind::Define { lhs, rhs } => self.assign_stmt(lhs, rhs),
            StmtKind::IncDec { x, inc } => self.op_assign(if *inc { Tok::Add } else { Tok::Sub }, x, None),
            StmtKind::Branch { tok, label } => self.branch(*tok, label.as_ref().map(|l| l.name)),
            StmtKind::Go(e) => self.go_stmt(e),
            StmtKind::Defer(e) => self.defer_stmt(e),
            StmtKind::Return(e) => self.return_stmt(e.as_ref()),
            StmtKind::If(i) => self.if_stmt(i),
            StmtKind::For(f) => match &f.header {
                ForHeader::Clause { init, cond, post } => {
                    self.for_clause(f, init.as_ref(), cond.as_ref(), post.as_ref())
                }
                ForHeader::Range(r) => self.range_stmt(s, f, r),
            },
            StmtKind::Switch(w) => self.switch_stmt(w),
            StmtKind::Select { clauses, .. } => self.select_stmt(clauses),
        }
        self.memo.clear();
    }

    fn labeled(&mut self, label: Name, s: &'static Stmt) {
        if let Some(b) = self.label_block(label) {
            self.b.jump(b);
            self.b.switch_to(b);
            self.labels.get_mut(&label).expect("made above").defined = true;
        }
        self.next_label = Some(label);
        self.stmt(s);
        self.next_label = None;
    }
    /// The block of a label that `goto` may go to.
    fn label_block(&mut self, label: Name) -> Option<Block> {
        let b = match self.labels.get(&label) {
            Some(l) => l.block,
            None => {
                let block = self.b.new_block();
                self.labels.insert(label, LabelState { block, defined: false });
                block
            }
        };
        Some(b)
    }

    fn expr_stmt(&mut self, e: &'static Expr) {
        let x = e.unparen();
        match &x.kind {
            ExprKind::Call { .. } => {
                self.call_multi(x);
            }
            ExprKind::Unary { op: Tok::Recv, x } => {
                self.recv(x, true);
            }
            _ => {
                self.full_expr(e);
            }
        }
    }

    // ---- declarations and assignments

    fn var_decl(&mut self, d: &'static ast::VarDecl) {
        let Some(values) = &d.values else {
            for n in &d.names {
                if let Some(&o) = self.info().defs.get(n.id) {
                    let t = self.ty(o.ty());
                    self.declare(o, t, None);
                }
            }
            return;
        };
        let vals = values.list();
        if let ([n], [e]) = (&d.names[..], vals)
            && let Some(&o) = self.info().defs.get(n.id)
        {
            let t = self.ty(o.ty());
            return self.declare_as(o, t, e);
        }
        if vals.len() == d.names.len() {
            // Evaluated one after the other, assigned at the end.
            let mut out = Vec::new();
            let var = |s: &Self, i: usize| s.info().defs.get(d.names[i].id).copied();
            if vals.len() > 1 {
                let tys: Vec<_> = (0..vals.len()).map(|i| var(self, i).map(|o| self.ty(o.ty()))).collect();
                self.hoist_each_as(vals, |i| tys[i]);
                let vars = (0..vals.len()).map(|i| var(self, i).map_or(Assigned::Blank, Assigned::Var));
                let vars: Vec<_> = vars.collect();
                self.hoist_affected(&vars, vals);
            }
            for (i, (n, e)) in d.names.iter().zip(vals).enumerate() {
                let o = var(self, i);
                let t = match o {
                    Some(o) => self.ty(o.ty()),
                    None => crate::convert::default_type(self.type_of(e)),
                };
                let v = self.full_expr_as(e, t);
                let v = if vals.len() > 1 { self.stable(t, v) } else { v };
                if n.name.is_blank() {
                    self.discard(&v);
                }
                out.push((o, t, v));
            }
            for (o, t, v) in out {
                if let Some(o) = o {
                    self.declare(o, t, Some(&v));
                }
            }
            return;
        }
        let vals = self.multi_values(&vals[0], d.names.len());
        for (n, (vt, v)) in d.names.iter().zip(vals) {
            if let Some(&o) = self.info().defs.get(n.id) {
                let t = self.ty(o.ty());
                let v = self.assign_conv(v, vt, t);
                self.declare(o, t, Some(&v));
            }
        }
    }
    pub fn discard(&mut self, v: &Val) {
        if let Val::M(a) = v {
            self.check_nil(*a);
        }
    }

    /// The values of an expression that gives several: call, or comma-ok form.
    pub fn multi_values(&mut self, e: &'static Expr, n: usize) -> Vec<(Ty, Val)> {
        let x = e.unparen();
        if let ExprKind::Call { .. } = &x.kind {
            return self.call_multi(x);
        }
        assert_eq!(n, 2, "comma-ok form at {:?}", e.pos);
        // A comma-ok boolean is untyped until it is assigned.
        let ok_ty = known::bool();
        match &x.kind {
            ExprKind::Index { x: m, index } => {
                self.hoist_place(x);
                let t = elem(self.type_of(m));
                let (v, ok) = self.map_index_ok(m, index);
                vec![(t, v), (ok_ty, Val::one(ok))]
            }
            ExprKind::Assert { x: i, .. } => {
                let t = self.type_of(x);
                let it = self.type_of(i);
                let v = self.full_expr(i);
                self.set_pos(x.pos);
                let (v, ok) = self.type_assert_ok(&v, it, t);
                vec![(t, v), (ok_ty, Val::one(ok))]
            }
            ExprKind::Unary { op: Tok::Recv, x: c } => {
                let t = elem(self.type_of(c));
                self.hoist(c);
                let (v, ok) = self.recv(c, false);
                vec![(t, v), (ok_ty, Val::one(ok.expect("receive gives ok")))]
            }
            _ => panic!("several values wanted at {:?}", e.pos),
        }
    }

    fn assign_stmt(&mut self, lhs: &'static Expr, rhs: &'static Expr) {
        let (ls, rs) = (lhs.list(), rhs.list());
        if ls.len() == 1 && rs.len() == 1 {
            return self.assign1(&ls[0], &rs[0]);
        }
        if rs.len() == 1 {
            self.hoist_lhs(ls);
            let vals = self.multi_values(&rs[0], ls.len());
            let vals: Vec<(Ty, Val)> = vals.into_iter().map(|(t, v)| (t, self.stable(t, v))).collect();
            let ls: Vec<&'static Expr> = ls.iter().collect();
            return self.assign_values(&ls, vals);
        }
        self.hoist_lhs(ls);
        let tys: Vec<_> = ls.iter().map(|l| self.assigned_type(l)).collect();
        self.hoist_each_as(rs, |i| tys[i]);
        // Places first, then values, then the assignments.
        let places: Vec<Option<(Late, Ty)>> =
            ls.iter().map(|l| if self.new_var_of(l).is_some() { None } else { Some(self.late_place(l)) }).collect();
        let assigned: Vec<Assigned> = ls.iter().map(|l| self.assigned(l)).collect();
        self.hoist_affected(&assigned, rs);
        let mut vals = Vec::new();
        for (i, r) in rs.iter().enumerate() {
            let t = match (&places[i], self.new_var_of(&ls[i])) {
                (_, Some(o)) => self.ty(o.ty()),
                (Some((Late::Now(Place::Blank), _)), _) | (None, None) => crate::convert::default_type(self.type_of(r)),
                (Some((_, t)), None) => *t,
            };
            self.hoist_lookups(r);
            let v = self.expr_as(r, t);
            let v = self.stable(t, v);
            vals.push((t, v));
        }
        for ((l, p), (t, v)) in ls.iter().zip(places).zip(vals) {
            match (p, self.new_var_of(l)) {
                (_, Some(o)) => self.declare(o, t, Some(&v)),
                (Some((p, t)), _) => {
                    let p = self.arrive(p);
                    self.assign_place(&p, t, &v);
                }
                (None, None) => {}
            }
        }
    }
    /// What an assignment to `l` changes.
    fn assigned(&self, l: &Expr) -> Assigned {
        let l = l.unparen();
        match &l.kind {
            ExprKind::Name(n) if n.is_blank() => Assigned::Blank,
            ExprKind::Name(_) => self.info().object_of(l.id).map_or(Assigned::Memory, Assigned::Var),
            _ => Assigned::Memory,
        }
    }
    /// The variable that `l` declares in a definition.
    fn new_var_of(&self, l: &Expr) -> Option<goxide_types::Obj> {
        match &l.kind {
            ExprKind::Name(n) if !n.is_blank() => self.info().defs.get(l.id).copied().filter(|o| o.is_var()),
            _ => None,
        }
    }
    /// The type that a value assigned to `l` gets, if that is not the value's own.
    fn assigned_type(&self, l: &Expr) -> Option<Ty> {
        match self.new_var_of(l) {
            Some(o) => Some(self.ty(o.ty())),
            None if matches!(&l.unparen().kind, ExprKind::Name(n) if n.is_blank()) => None,
            None => Some(self.type_of(l)),
        }
    }
    fn hoist_lhs(&mut self, ls: &'static [Expr]) {
        for l in ls {
            if self.new_var_of(l).is_none() {
                self.hoist_place(l);
            }
        }
    }
    /// Assigns several values at once: all places are found before the first is written.
    pub fn assign_values(&mut self, ls: &[&'static Expr], vals: Vec<(Ty, Val)>) {
        let places: Vec<Option<(Late, Ty)>> =
            ls.iter().map(|l| if self.new_var_of(l).is_some() { None } else { Some(self.late_place(l)) }).collect();
        for ((l, p), (vt, v)) in ls.iter().zip(places).zip(vals) {
            match p {
                None => self.assign_value(l, vt, v),
                Some((Late::Now(p @ Place::Blank), _)) => self.assign_place(&p, vt, &v),
                Some((p, t)) => {
                    let v = self.assign_conv(v, vt, t);
                    let p = self.arrive(p);
                    self.assign_place(&p, t, &v);
                }
            }
        }
    }
    /// Assigns a value of type `vt` to `l`, declaring it if that is new.
    pub fn assign_value(&mut self, l: &'static Expr, vt: Ty, v: Val) {
        if let Some(o) = self.new_var_of(l) {
            let t = self.ty(o.ty());
            let v = self.assign_conv(v, vt, t);
            return self.declare(o, t, Some(&v));
        }
        let (p, t) = self.place(l);
        if let Place::Blank = p {
            return self.assign_place(&p, vt, &v);
        }
        let v = self.assign_conv(v, vt, t);
        self.assign_place(&p, t, &v);
    }
    /// Declares `o` with the value of `e`.
    fn declare_as(&mut self, o: goxide_types::Obj, t: Ty, e: &'static Expr) {
        self.hoist_inside(e);
        if !o.name().is_blank() && self.is_memory_literal(e, t) {
            return self.declare_literal(o, t, e.unparen());
        }
        let v = self.expr_as(e, t);
        if o.name().is_blank() {
            self.discard(&v);
        }
        self.declare(o, t, Some(&v))
    }
    fn assign1(&mut self, l: &'static Expr, r: &'static Expr) {
        if let Some(o) = self.new_var_of(l) {
            let t = self.ty(o.ty());
            return self.declare_as(o, t, r);
        }
        let x = l.unparen();
        if matches!(&x.kind, ExprKind::Name(n) if n.is_blank()) {
            if self.mode(r.unparen()) == Some(goxide_types::Mode::NilValue) {
                return;
            }
            self.hoist_inside(r);
            if self.bloop {
                let v = self.expr(r);
                return self.keep_value(&v);
            }
            if let Loc::Mem(a) = self.loc(r) {
                self.check_nil(a);
            }
            return;
        }
        self.hoist_place(x);
        let t = self.type_of(x);
        self.hoist_inside_as(r, t);
        if !self.is_map_elem(x) || self.appends_to(x, r) {
            self.hoist_computed(x);
        }
        if self.is_memory_literal(r, t) && self.is_constant_literal(r.unparen()) {
            // It has no effects and reads nothing, so it can be built in the place itself.
            let (p, t) = self.place(x);
            self.set_pos(l.pos);
            match p {
                Place::Blank => {}
                Place::Vars(_) => unreachable!("a variable in memory"),
                Place::Mem(a) => {
                    let a = self.check_nil(a);
                    self.composite_into(r.unparen(), t, a, false);
                }
                Place::Map { ty, m, key } => {
                    let a = self.map_assign(ty, m, &key);
                    self.composite_into(r.unparen(), t, a, false);
                }
            }
            return;
        }
        let v = self.expr_as(r, t);
        let (p, t) = self.place(x);
        self.set_pos(l.pos);
        self.assign_place(&p, t, &v);
    }
    /// Finds out what `e` on the left of an assignment denotes.
    pub fn place(&mut self, e: &'static Expr) -> (Place, Ty) {
        let e = e.unparen();
        match &e.kind {
            ExprKind::Name(n) if n.is_blank() => (Place::Blank, known::int()),
            ExprKind::Index { x, index } if is_map(self.type_of(x)) => {
                let mt = self.type_of(x);
                let m = self.expr_v(x);
                let key = self.expr_as(index, key(mt));
                let key = self.stable(crate::layout::key(mt), key);
                (Place::Map { ty: mt, m, key }, elem(mt))
            }
            _ => {
                let t = self.type_of(e);
                match self.loc(e) {
                    Loc::Vars(xs) => (Place::Vars(xs), t),
                    Loc::Mem(a) => (Place::Mem(a), t),
                    // Elements of arrays of length 0, after their bounds check.
                    Loc::Val(_) => (Place::Blank, t),
                }
            }
        }
    }
    pub fn assign_place(&mut self, p: &Place, t: Ty, v: &Val) {
        match p {
            Place::Blank if self.bloop => self.keep_value(v),
            Place::Blank => {}
            Place::Vars(xs) => {
                for (&x, &v) in xs.iter().zip(v.s()) {
                    self.b.def_var(x, v);
                }
            }
            Place::Mem(a) => self.store(*a, t, v),
            Place::Map { ty, m, key } => {
                let a = self.map_assign(*ty, *m, key);
                self.store(a, t, v);
            }
        }
    }
    fn is_map_elem(&self, l: &Expr) -> bool {
        matches!(&l.unparen().kind, ExprKind::Index { x, .. } if is_map(self.type_of(x)))
    }
    /// Whether `l = r` is `l = append(l, …)`.
    fn appends_to(&self, l: &Expr, r: &Expr) -> bool {
        match &r.unparen().kind {
            ExprKind::Call { fun, args, .. } => {
                self.info().builtin_of(fun) == Some(goxide_types::BuiltinId::Append)
                    && crate::flow::same_safe(self.info(), l, &args[0])
            }
            _ => false,
        }
    }
    fn read_place(&mut self, p: &Place, t: Ty) -> Val {
        match p {
            Place::Blank => self.zero_val(t),
            Place::Vars(xs) => Val::S(xs.iter().map(|&x| self.b.use_var(x)).collect()),
            Place::Mem(a) => self.load(*a, t),
            Place::Map { ty, m, key } => self.map_get(*ty, *m, key),
        }
    }
    /// `l op= r`; without `r`: 1.
    fn op_assign(&mut self, op: Tok, l: &'static Expr, r: Option<&'static Expr>) {
        self.hoist_place(l);
        if let Some(r) = r {
            self.hoist(r);
        }
        if !self.is_map_elem(l) {
            self.hoist_computed(l);
        } else if let Some(r) = r.filter(|_| !matches!(op, Tok::Div | Tok::Rem)) {
            // The map is asked for the element only once, when the value is known.
            self.hoist_value(r);
        }
        let (p, t) = self.place(l);
        let old = self.read_place(&p, t);
        let v = match r {
            None => {
                let one = self.one(t);
                self.arith(op, t, &old, &one)
            }
            Some(r) if op.is_shift() => {
                let yt = self.type_of(r);
                let (amount, signed) = match self.const_of(r) {
                    Some(c) => {
                        let n = c.to_int().uint64_val().unwrap_or(u64::MAX).min(1 << 20);
                        (self.b.int(n as i64), false)
                    }
                    None => (self.expr_v(r), is_signed(yt)),
                };
                Val::one(self.shift(op, t, old.v(), amount, signed))
            }
            Some(r) => {
                let y = self.expr_as(r, t);
                self.set_pos(l.pos);
                self.arith(op, t, &old, &y)
            }
        };
        self.assign_place(&p, t, &v);
    }
    fn one(&mut self, t: Ty) -> Val {
        if is_complex(t) {
            let ty = comps(t)[0].ty;
            let (re, im) = (self.b.fconst(ty, 1.0), self.b.fconst(ty, 0.0));
            return Val::of(&[re, im]);
        }
        let ty = scalar(t);
        Val::one(if ty.is_float() { self.b.fconst(ty, 1.0) } else { self.b.iconst(ty, 1) })
    }

    // ---- control flow

    fn branch(&mut self, tok: BranchTok, label: Option<Name>) {
        match tok {
            BranchTok::Goto => {
                let l = label.expect("goto has a label");
                if self.goto_from_range(l) {
                    return;
                }
                let b = self.label_block(l).expect("label");
                self.b.jump(b);
            }
            BranchTok::Fallthrough => {
                let b = self.fallthrough.expect("fallthrough inside a switch clause");
                self.b.jump(b);
            }
            BranchTok::Break | BranchTok::Continue => {
                let brk = tok == BranchTok::Break;
                let hit = self
                    .scopes
                    .iter()
                    .rev()
                    .find(|s| match label {
                        Some(l) => s.label == Some(l),
                        None => brk || s.cont.is_some(),
                    })
                    .map(|s| if brk { s.brk } else { s.cont.expect("continue of a loop") });
                match hit {
                    Some(b) => self.b.jump(b),
                    None => self.branch_from_range(brk, label),
                }
            }
        }
    }
    fn if_stmt(&mut self, i: &'static ast::IfStmt) {
        if let Some(s) = &i.init {
            self.stmt(s);
        }
        let (t, e) = (self.b.new_block(), self.b.new_block());
        self.cond(&i.cond, t, e);
        self.b.enter(t);
        self.block_stmt(&i.then);
        match &i.els {
            None => {
                self.b.jump(e);
                self.b.enter(e);
            }
            Some(s) => {
                let m = self.b.new_block();
                self.b.jump(m);
                self.b.enter(e);
                self.stmt(s);
                self.b.jump(m);
                self.b.enter(m);
            }
        }
    }
    /// Takes the label put before the current statement.
    pub fn take_label(&mut self) -> Option<Name> {
        self.next_label.take()
    }
    fn for_clause(
        &mut self,
        f: &'static ast::ForStmt,
        init: Option<&'static Stmt>,
        cond: Option<&'static Expr>,
        post: Option<&'static Stmt>,
    ) {
        let label = self.take_label();
        let mut fresh = Vec::new();
        if let Some(s) = init {
            self.stmt(s);
            // Variables that need an address of their own are new in each iteration.
            if self.go122
                && let StmtKind::Define { lhs, .. } = &s.kind
            {
                for l in lhs.list() {
                    if let Some(o) = self.new_var_of(l)
                        && let Some(Local::Ref(x)) = self.locals.get(&o)
                    {
                        fresh.push((*x, self.ty(o.ty()), o.name().as_str()));
                    }
                }
            }
        }
        let (head, body, cont, exit) = (self.b.new_block(), self.b.new_block(), self.b.new_block(), self.b.new_block());
        self.b.jump(head);
        self.b.switch_to(head);
        match cond {
            Some(c) => {
                self.set_pos(c.pos);
                self.cond(c, body, exit);
            }
            None => self.b.jump(body),
        }
        self.b.enter(body);
        self.scopes.push(Scope { label, brk: exit, cont: Some(cont) });
        let outer = self.bloop;
        self.bloop |= crate::bloop::is_loop(self.info(), f);
        self.block_stmt(&f.body);
        self.bloop = outer;
        self.scopes.pop();
        self.b.jump(cont);
        self.b.enter(cont);
        for (x, t, name) in fresh {
            let old = self.b.use_var(x);
            let p = self.b.val(Op::Alloc(AllocKind::Var), &[], Aux::Alloc { ty: t, what: name }, Type::Ptr);
            let v = self.load(Addr::heap(old), t);
            self.store(Addr::heap(p), t, &v);
            self.b.def_var(x, p);
        }
        if let Some(s) = post {
            self.stmt(s);
        }
        self.b.jump(head);
        self.b.seal(head);
        self.b.enter(exit);
    }
}
