//! `range` over functions: the body becomes a closure called by the iterator.
//!
//! A record shared by loop and body holds the state that detects misuse, how the body was left, and values returned
//! from it: `struct { state, next int; results… }`. `next`: 0 normal, -1 return with values, -2 bare return, n > 0: the
//! n-th entry of the body's list of exits.

use crate::fx::*;
use crate::layout::*;
use goxide_base::{FxHashSet, Name, Pos};
use goxide_ssa::{AllocKind, Aux, Block, Hint, IntCC, Op, Sym, SymKind, Type, Value};
use goxide_syntax::ast::{Expr, ExprKind, ForStmt, RangeClause, Stmt, StmtKind};
use goxide_types::{Obj, Ty};
use std::cell::RefCell;
use std::rc::Rc;

const DONE: i64 = 0;
const READY: i64 = 1;
const PANIC: i64 = 2;
const EXHAUSTED: i64 = 3;
const MISSING_PANIC: i64 = 4;

/// A way out of the body that the loop's function carries on.
#[derive(Clone, Copy, PartialEq)]
enum Exit {
    Branch { brk: bool, label: Option<Name> },
    Goto(Name),
}

/// What a body knows of the loop it belongs to.
pub struct RangeBody {
    rec: Value,
    rec_ty: Ty,
    /// Result types of the function the loop is in.
    results: Vec<Ty>,
    named: bool,
    /// The function's result variables, if the body can set them itself.
    objs: Vec<Obj>,
    exits: RefCell<Vec<Exit>>,
    labels: FxHashSet<Name>,
    leave: Block,
    defer_frame: Option<Value>,
    fp: Option<Value>,
}

fn record(results: &[Ty]) -> Ty {
    let field = |n: &str, t: Ty| Obj::new_field(Pos::NONE, None, Name::new(n), t, false);
    let mut fs = vec![field("state", known::int()), field("next", known::int())];
    fs.extend(results.iter().enumerate().map(|(i, &t)| field(&format!("R{i}"), t)));
    canon(Ty::struct_(fs, Vec::new()))
}

impl Fx<'_> {
    pub fn range_func(&mut self, _s: &'static Stmt, f: &'static ForStmt, r: &'static RangeClause) {
        let label = self.take_label();
        let ft = self.type_of(&r.x);
        let fv = self.full_expr(&r.x).v();
        self.memo.clear();
        let (ptys, _, _) = sig_of(ft);
        let yt = ptys[0];
        let (ytys, yres, _) = sig_of(yt);
        let (results, named, objs) = match &self.range_body {
            Some(rb) => (rb.results.clone(), rb.named, rb.objs.clone()),
            None => (self.results.tys.clone(), self.results.named, self.results.objs.clone()),
        };
        let rec_ty = record(&results);
        let rec = self.b.val(Op::Alloc(AllocKind::Var), &[], Aux::Alloc { ty: rec_ty, what: "range state" }, Type::Ptr);
        let ready = self.b.int(READY);
        self.store1(Addr::heap(rec), ready, false);
        let up = known::unsafe_ptr();
        let defer_frame = match (&self.range_body, &self.defers) {
            (Some(rb), _) => rb.defer_frame,
            (None, Some(d)) => {
                let s = d.frame;
                Some(self.b.slot_addr(s))
            }
            _ => None,
        };
        let fp = match &self.range_body {
            Some(rb) => rb.fp,
            None if self.b.f.flags.has_recover => Some(self.b.val(Op::GetFp, &[], Aux::None, Type::I64)),
            None => None,
        };
        let mut caps = self.captures(|see| {
            if let (Some(l), false) = (&r.lhs, r.def) {
                crate::closure::walk_expr(l, see);
            }
            crate::closure::walk_block(&f.body, see);
        });
        // A return inside sets the results before the iterator's own deferred calls run.
        for &o in &objs {
            let ty = self.ty(o.ty());
            if self.locals.contains_key(&o) && self.facts.needs_ref(o, ty) && caps.iter().all(|c| c.obj != o) {
                caps.push(crate::closure::Capture { obj: o, ty, by_value: false });
            }
        }

        // The body.
        let name = self.names.range();
        let sym =
            Sym::intern(&name, SymKind::Closure { parent: self.b.f.sym, index: 2_000_000 + self.names.ranges.get() });
        let mut fx = self.child(sym, &ytys, &yres, f.body.pos, &name);
        fx.names = Rc::new(Naming::new(&name, false));
        // Captures are opened after the fixed part of the record.
        let fixed = [up, up, known::uintptr()];
        fx.b.f.flags.closure = true;
        let ctx = fx.b.val(Op::GetCtx, &[], Aux::None, Type::Ptr);
        let mut tys = fixed.to_vec();
        tys.extend(caps.iter().map(|c| if c.by_value { c.ty } else { known::ptr(c.ty) }));
        let offs = field_offsets(crate::closure::record_type(&tys));
        let crec = fx.load1(Type::Ptr, Addr::readonly(ctx).plus(offs[1]));
        let cframe = fx.load1(Type::Ptr, Addr::readonly(ctx).plus(offs[2]));
        let cfp = fx.load1(Type::I64, Addr::readonly(ctx).plus(offs[3]));
        for (i, c) in caps.iter().enumerate() {
            fx.open_capture(c, Addr::readonly(ctx).plus(offs[i + 4]));
        }
        let leave = fx.b.new_block();
        let cont = fx.b.new_block();
        let brk = fx.b.new_block();
        let mut labels = FxHashSet::default();
        collect_labels(&f.body.stmts, &mut labels);
        let rb = Rc::new(RangeBody {
            rec: crec,
            rec_ty,
            results: results.clone(),
            named,
            objs: objs.clone(),
            exits: RefCell::default(),
            labels,
            leave,
            defer_frame: defer_frame.map(|_| cframe),
            fp: fp.map(|_| cfp),
        });
        fx.range_body = Some(rb.clone());
        fx.results = Results { tys: yres.clone(), locals: vec![None], named: false, objs: Vec::new() };
        let vals = fx.incoming(&ytys);
        let st = fx.load1(Type::I64, Addr::heap(crec));
        let bad = fx.b.icmp_imm(IntCC::Ne, st, READY);
        fx.if_then(bad, Hint::Unlikely, |s| s.rt_noreturn("panicrangestate", &[st]));
        let p = fx.b.int(PANIC);
        fx.store1(Addr::heap(crec), p, false);
        if let Some(l) = &r.lhs {
            for ((e, &t), v) in l.list().iter().zip(&ytys).zip(vals) {
                if matches!(&e.unparen().kind, ExprKind::Name(n) if n.is_blank()) {
                    continue;
                }
                fx.assign_value(e, t, v);
            }
        }
        fx.scopes.push(Scope { label, brk, cont: Some(cont) });
        fx.block_stmt(&f.body);
        fx.scopes.pop();
        fx.b.jump(cont);
        fx.b.enter(cont);
        let v = fx.b.int(READY);
        fx.store1(Addr::heap(crec), v, false);
        let t = fx.b.iconst(Type::I8, 1);
        fx.b.ret(&[t]);
        fx.b.enter(brk);
        fx.b.jump(leave);
        fx.b.enter(leave);
        let v = fx.b.int(DONE);
        fx.store1(Addr::heap(crec), v, false);
        let z = fx.b.iconst(Type::I8, 0);
        fx.b.ret(&[z]);
        fx.finish();

        // The call.
        let nil = self.b.nil();
        let zero = self.b.int(0);
        let mut vals = vec![
            (up, Val::one(rec)),
            (up, Val::one(defer_frame.unwrap_or(nil))),
            (known::uintptr(), Val::one(fp.unwrap_or(zero))),
        ];
        vals.extend(self.capture_values(&caps));
        let clo = self.closure_record(sym, &vals);
        self.set_pos(r.pos);
        let sig = crate::abi_assign::assign(&[yt], &[]).sig;
        self.b.effect(Op::CallClosure, &[fv, clo], Aux::Sig(Box::new(sig)));
        let st = self.load1(Type::I64, Addr::heap(rec));
        let lost = self.b.icmp_imm(IntCC::Eq, st, PANIC);
        self.if_then(lost, Hint::Unlikely, |s| {
            let c = s.b.int(MISSING_PANIC);
            s.rt_noreturn("panicrangestate", &[c]);
        });
        let ex = self.b.int(EXHAUSTED);
        self.store1(Addr::heap(rec), ex, false);
        self.dispatch(rec, rec_ty, &results, &rb);
    }

    /// Carries on where the body left to.
    fn dispatch(&mut self, rec: Value, rec_ty: Ty, results: &[Ty], rb: &RangeBody) {
        let next = self.load1(Type::I64, Addr::heap(rec).plus(8));
        let exits = rb.exits.borrow().clone();
        let done = self.b.new_block();
        let some = self.b.new_block();
        let c = self.b.icmp_imm(IntCC::Eq, next, 0);
        self.b.br(c, done, some);
        self.b.enter(some);
        for (i, x) in exits.iter().enumerate() {
            let (hit, miss) = (self.b.new_block(), self.b.new_block());
            let c = self.b.icmp_imm(IntCC::Eq, next, i as i64 + 1);
            self.b.br(c, hit, miss);
            self.b.enter(hit);
            self.take_exit(*x);
            self.b.enter(miss);
        }
        let (bare, vals) = (self.b.new_block(), self.b.new_block());
        let c = self.b.icmp_imm(IntCC::Eq, next, -2);
        self.b.br(c, bare, vals);
        self.b.enter(bare);
        if self.range_body.is_some() {
            self.leave_body(-2);
        } else {
            self.exit();
        }
        self.b.enter(vals);
        let offs = field_offsets(rec_ty);
        let vs: Vec<Val> =
            results.iter().enumerate().map(|(i, &t)| self.load(Addr::heap(rec).plus(offs[i + 2]), t)).collect();
        self.return_vals(&vs);
        self.b.enter(done);
    }
    fn take_exit(&mut self, x: Exit) {
        match x {
            Exit::Branch { brk, label } => {
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
            Exit::Goto(l) => {
                if !self.goto_from_range(l) {
                    let b = self.goto_block(l);
                    self.b.jump(b);
                }
            }
        }
    }
    fn goto_block(&mut self, l: Name) -> Block {
        if let Some(s) = self.labels.get(&l) {
            return s.block;
        }
        let block = self.b.new_block();
        self.labels.insert(l, LabelState { block, defined: false });
        block
    }
    /// Returns these values from the function the loop belongs to.
    fn return_vals(&mut self, vals: &[Val]) {
        if let Some(rb) = self.range_body.clone() {
            let offs = field_offsets(rb.rec_ty);
            for (i, (&t, v)) in rb.results.iter().zip(vals).enumerate() {
                self.store(Addr::heap(rb.rec).plus(offs[i + 2]), t, v);
            }
            return self.leave_body(-1);
        }
        if self.results.locals.iter().any(Option::is_some) {
            self.set_results(vals);
            return self.exit();
        }
        if self.defers.is_some() {
            return self.exit();
        }
        self.emit_ret(vals);
    }
    /// Ends the body with a code for the loop.
    fn leave_body(&mut self, code: i64) {
        let rb = self.range_body.clone().expect("inside a range-over-func body");
        let c = self.b.int(code);
        self.store1(Addr::heap(rb.rec).plus(8), c, false);
        self.b.jump(rb.leave);
    }
    pub fn return_from_range(&mut self, e: Option<&'static Expr>) {
        let rb = self.range_body.clone().expect("inside a range-over-func body");
        let Some(e) = e else { return self.leave_body(-2) };
        let own = std::mem::replace(&mut self.results.tys, rb.results.clone());
        let vals = self.return_values(e);
        self.results.tys = own;
        if !rb.objs.is_empty() && rb.objs.iter().all(|o| self.locals.contains_key(o)) {
            for ((o, &t), v) in rb.objs.iter().zip(&rb.results).zip(&vals) {
                let l = self.locals[o].clone();
                self.write_local(&l, t, v);
            }
            return self.leave_body(-2);
        }
        self.return_vals(&vals);
    }
    pub fn branch_from_range(&mut self, brk: bool, label: Option<Name>) {
        let Some(rb) = self.range_body.clone() else { panic!("branch to nowhere: {label:?}") };
        let code = exit_code(&rb, Exit::Branch { brk, label });
        self.leave_body(code);
    }
    /// Leaves the body for a label outside it; false if the label is inside.
    pub fn goto_from_range(&mut self, l: Name) -> bool {
        let Some(rb) = self.range_body.clone() else { return false };
        if rb.labels.contains(&l) {
            return false;
        }
        let code = exit_code(&rb, Exit::Goto(l));
        self.leave_body(code);
        true
    }
    pub fn defer_in_range(&mut self, f: Value) {
        let frame = self.range_body.as_ref().and_then(|rb| rb.defer_frame).expect("function with defer");
        self.rt("deferproc", &[frame, f], &[]);
    }
    /// In a range-over-func body: the frame pointer of the function the loop belongs to.
    pub fn recover_fp(&mut self) -> Option<Value> {
        self.range_body.as_ref().map(|rb| rb.fp.expect("function that recovers"))
    }
}

fn exit_code(rb: &RangeBody, x: Exit) -> i64 {
    let mut xs = rb.exits.borrow_mut();
    if let Some(i) = xs.iter().position(|y| *y == x) {
        return i as i64 + 1;
    }
    xs.push(x);
    xs.len() as i64
}

/// Labels defined in statements.
fn collect_labels(l: &[Stmt], out: &mut FxHashSet<Name>) {
    for s in l {
        match &s.kind {
            StmtKind::Labeled { label, stmt } => {
                out.insert(label.name);
                collect_labels(std::slice::from_ref(stmt), out);
            }
            StmtKind::Block(b) => collect_labels(&b.stmts, out),
            StmtKind::If(i) => {
                collect_labels(&i.then.stmts, out);
                if let Some(e) = &i.els {
                    collect_labels(std::slice::from_ref(e), out);
                }
            }
            StmtKind::For(f) => collect_labels(&f.body.stmts, out),
            StmtKind::Switch(w) => w.body.iter().for_each(|c| collect_labels(&c.body, out)),
            StmtKind::Select { clauses, .. } => clauses.iter().for_each(|c| collect_labels(&c.body, out)),
            _ => {}
        }
    }
}
