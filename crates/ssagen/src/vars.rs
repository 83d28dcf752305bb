//! Facts about the variables of a function and its literals: whose address is taken, which are captured by closures,
//! which are assigned after their declaration. One walk over the tree before lowering.
//!
//! Bodies of range-over-func loops count as closures, since they become some.

use crate::flow::Stays;
use crate::layout::{is_array, is_func, size};
use goxide_base::{FxHashMap, Pos};
use goxide_syntax::ast::*;
use goxide_types::constant::Value as Const;
use goxide_types::{Info, Mode, Obj, SelectionKind, Subst, Ty, VarKind, canon, subst};
use std::sync::Arc;

const ADDR: u8 = 1;
const REASSIGNED: u8 = 2;
const CAPTURED: u8 = 4;

/// Largest value captured by copy.
const MAX_BY_VALUE: u64 = 128;

/// Facts about one function body (declared or literal).
#[derive(Clone, Copy, Default, Debug)]
pub struct BodyFacts {
    pub defers: u32,
    /// A defer may run more than once or out of order: no open coding.
    pub defer_in_loop: bool,
    pub has_recover: bool,
    pub has_goto: bool,
}

/// The facts.
#[derive(Default)]
pub struct VarFacts {
    flags: FxHashMap<Obj, u8>,
    bodies: FxHashMap<Pos, BodyFacts>,
    /// What variables are declared with, where that is a constant.
    initial: FxHashMap<Obj, Const>,
    /// What escape analysis knows of the package.
    stays: Option<Arc<Stays>>,
}

/// Variables larger than this are not kept in the frame, as in gc.
const MAX_FRAME_VAR: u64 = 128 << 10;

impl VarFacts {
    /// Whether the variable needs memory with an address of its own that may outlive the frame.
    pub fn needs_ref(&self, o: Obj, t: Ty) -> bool {
        let f = self.flags.get(&o).copied().unwrap_or(0);
        f & ADDR != 0 || (f & CAPTURED != 0 && !self.by_value(o, t)) || size(t) > MAX_FRAME_VAR
    }
    /// The value of a variable that is a constant's from its declaration on.
    pub fn constant(&self, o: Obj) -> Option<&Const> {
        let f = self.flags.get(&o).copied().unwrap_or(0);
        self.initial.get(&o).filter(|_| f & (ADDR | REASSIGNED) == 0)
    }
    /// Whether closures capture the variable by copying it.
    pub fn by_value(&self, o: Obj, t: Ty) -> bool {
        let f = self.flags.get(&o).copied().unwrap_or(0);
        size(t) <= MAX_BY_VALUE && (f & (ADDR | REASSIGNED) == 0 || self.stays.as_ref().is_some_and(|s| s.by_value(o)))
    }
    /// Whether the variable's memory stays in the frame, captured as `by_value` tells.
    pub fn stays(&self, o: Obj, t: Ty) -> bool {
        self.stays.as_ref().is_some_and(|s| s.var(o) && s.by_value(o) == self.by_value(o, t))
    }
    /// With what escape analysis found.
    pub fn with(mut self, stays: Option<&Arc<Stays>>) -> VarFacts {
        self.stays = stays.cloned();
        self
    }
    /// Facts about the body that begins at `lbrace`.
    pub fn body(&self, lbrace: Pos) -> BodyFacts {
        self.bodies.get(&lbrace).copied().unwrap_or_default()
    }
}

struct Walk<'a> {
    info: &'a Info,
    subst: &'a Subst,
    facts: VarFacts,
    /// Extents of the literals around the current node.
    lits: Vec<(Pos, Pos)>,
    /// How many of `lits` are bodies of range-over-func loops of the current function.
    ranges: u32,
    /// Result variables of the functions around the current node.
    results: Vec<Vec<Obj>>,
    /// Facts of the functions around the current node and their loop depth.
    bodies: Vec<(BodyFacts, u32)>,
}

/// Computes the facts for a function body.
pub fn analyse(info: &Info, subst: &Subst, results: &[Obj], body: &Block) -> VarFacts {
    let mut w = Walk::new(info, subst);
    w.results.push(results.to_vec());
    w.body(body);
    w.facts
}

/// The same for an expression outside functions (a package-level initialiser).
pub fn analyse_expr(info: &Info, subst: &Subst, e: &Expr) -> VarFacts {
    let mut w = Walk::new(info, subst);
    w.bodies.push(Default::default());
    w.expr(e);
    w.facts
}

impl<'a> Walk<'a> {
    fn new(info: &'a Info, subst: &'a Subst) -> Walk<'a> {
        Walk {
            info,
            subst,
            facts: VarFacts::default(),
            lits: Vec::new(),
            ranges: 0,
            results: Vec::new(),
            bodies: Vec::new(),
        }
    }
}

impl Walk<'_> {
    fn mark(&mut self, o: Obj, f: u8) {
        *self.facts.flags.entry(o).or_insert(0) |= f;
    }
    fn body(&mut self, b: &Block) {
        self.bodies.push(Default::default());
        self.block(b);
        let (mut f, _) = self.bodies.pop().expect("pushed above");
        f.defer_in_loop |= f.has_goto && f.defers > 0;
        self.facts.bodies.insert(b.pos, f);
    }
    fn cur(&mut self) -> &mut (BodyFacts, u32) {
        self.bodies.last_mut().expect("inside a body")
    }
    fn block(&mut self, b: &Block) {
        self.stmts(&b.stmts);
    }
    fn stmts(&mut self, l: &[Stmt]) {
        for s in l {
            self.stmt(s);
        }
    }
    fn ty(&self, e: &Expr) -> Option<Ty> {
        self.info.type_of(e).map(|t| canon(subst(t, self.subst)))
    }
    fn use_name(&mut self, id: NodeId) {
        let Some(o) = self.info.object_of(id) else { return };
        let Some(v) = o.as_var() else { return };
        if matches!(v.kind(), VarKind::Package | VarKind::Field) {
            return;
        }
        if v.kind() == VarKind::Result {
            self.mark(o, REASSIGNED);
        }
        if let Some(&(from, to)) = self.lits.last()
            && (o.pos() < from || o.pos() > to)
        {
            self.mark(o, CAPTURED);
        }
    }
    /// The variable whose memory `e` is part of.
    fn root(&self, e: &Expr) -> Option<Obj> {
        let e = e.unparen();
        match &e.kind {
            ExprKind::Name(_) => self
                .info
                .object_of(e.id)
                .filter(|o| o.as_var().is_some_and(|v| !matches!(v.kind(), VarKind::Package | VarKind::Field))),
            ExprKind::Selector { x, .. } => {
                let s = self.info.selections.get(e.id)?;
                if s.indirect || s.kind != SelectionKind::FieldVal { None } else { self.root(x) }
            }
            ExprKind::Index { x, .. } => {
                if self.ty(x).is_some_and(is_array) {
                    self.root(x)
                } else {
                    None
                }
            }
            _ => None,
        }
    }
    fn take_addr(&mut self, e: &Expr) {
        if let Some(o) = self.root(e) {
            self.mark(o, ADDR);
        }
    }
    fn assigned(&mut self, e: &Expr) {
        for e in e.list() {
            if let Some(o) = self.root(e) {
                self.mark(o, REASSIGNED);
            }
            self.expr(e);
        }
    }
    fn is_type(&self, e: &Expr) -> bool {
        self.info.types.get(e.unparen().id).is_some_and(|t| t.mode == Mode::TypExpr)
    }

    fn exprs(&mut self, l: &[Expr]) {
        for e in l {
            self.expr(e);
        }
    }
    fn opt(&mut self, e: &Option<Box<Expr>>) {
        if let Some(e) = e {
            self.expr(e);
        }
    }
    fn expr(&mut self, e: &Expr) {
        if self.is_type(e) {
            return;
        }
        match &e.kind {
            ExprKind::Name(_) => self.use_name(e.id),
            ExprKind::Bad | ExprKind::BasicLit { .. } => {}
            ExprKind::CompositeLit { elems, .. } => self.exprs(elems),
            ExprKind::KeyValue { key, value } => {
                self.expr(key);
                self.expr(value);
            }
            ExprKind::FuncLit(f) => {
                self.lits.push((e.pos, f.body.rbrace));
                let ranges = std::mem::take(&mut self.ranges);
                let results = self.info.type_of(e).and_then(|t| t.under().as_sig()).map_or(&[][..], |s| s.results());
                self.results.push(results.to_vec());
                self.body(&f.body);
                self.results.pop();
                self.ranges = ranges;
                self.lits.pop();
            }
            ExprKind::Paren(x) | ExprKind::Star(x) => self.expr(x),
            ExprKind::Selector { x, .. } => {
                if let Some(s) = self.info.selections.get(e.id)
                    && s.kind == SelectionKind::MethodVal
                    && !s.indirect
                    && s.obj.has_ptr_recv()
                {
                    self.take_addr(x);
                }
                self.expr(x);
            }
            ExprKind::Index { x, index } => {
                self.expr(x);
                self.expr(index);
            }
            ExprKind::Slice { x, index, .. } => {
                if self.ty(x).is_some_and(is_array) {
                    self.take_addr(x);
                }
                self.expr(x);
                for i in index {
                    self.opt(i);
                }
            }
            ExprKind::Assert { x, .. } | ExprKind::TypeSwitchGuard { x, .. } => self.expr(x),
            ExprKind::Unary { op, x } => {
                if *op == Op::And {
                    self.take_addr(x);
                }
                self.expr(x);
            }
            ExprKind::Binary { x, y, .. } => {
                self.expr(x);
                self.expr(y);
            }
            ExprKind::Call { fun, args, .. } => {
                if self.info.builtin_of(fun) == Some(goxide_types::BuiltinId::Recover) {
                    self.cur().0.has_recover = true;
                }
                self.expr(fun);
                self.exprs(args);
            }
            ExprKind::List(l) => self.exprs(l),
            _ => {}
        }
    }

    fn ostmt(&mut self, s: &Option<Stmt>) {
        if let Some(s) = s {
            self.stmt(s);
        }
    }
    fn stmt(&mut self, s: &Stmt) {
        match &s.kind {
            StmtKind::Empty => {}
            StmtKind::Labeled { stmt, .. } => self.stmt(stmt),
            StmtKind::Block(b) => self.block(b),
            StmtKind::Expr(e) | StmtKind::Go(e) => self.expr(e),
            StmtKind::Defer(e) => {
                let (f, depth) = self.cur();
                f.defers += 1;
                f.defer_in_loop |= *depth > 0;
                self.expr(e);
            }
            StmtKind::Send { chan, value } => {
                self.expr(chan);
                self.expr(value);
            }
            StmtKind::Decl(ds) => {
                for d in ds {
                    if let Decl::Var(v) = d
                        && let Some(e) = &v.values
                    {
                        self.initial_values(v.names.iter().map(|n| n.id), e.list());
                        self.expr(e);
                    }
                }
            }
            StmtKind::Assign { lhs, rhs, .. } => {
                self.assigned(lhs);
                self.expr(rhs);
            }
            StmtKind::Define { lhs, rhs } => {
                self.initial_values(lhs.list().iter().map(|l| l.id), rhs.list());
                self.define(lhs);
                self.expr(rhs);
            }
            StmtKind::IncDec { x, .. } => self.assigned(x),
            StmtKind::Branch { tok, .. } => {
                if *tok == BranchTok::Goto {
                    self.cur().0.has_goto = true;
                }
            }
            StmtKind::Return(e) => {
                if self.ranges > 0 {
                    // The loop's body sets the results of the function around it.
                    for o in self.results.last().cloned().unwrap_or_default() {
                        self.mark(o, CAPTURED | REASSIGNED);
                    }
                }
                if let Some(e) = e {
                    self.expr(e);
                }
            }
            StmtKind::If(i) => {
                self.ostmt(&i.init);
                self.expr(&i.cond);
                self.block(&i.then);
                self.ostmt(&i.els);
            }
            StmtKind::For(f) => self.for_(s, f),
            StmtKind::Switch(w) => {
                self.ostmt(&w.init);
                if let Some(t) = &w.tag {
                    self.expr(t);
                }
                for c in &w.body {
                    if let Some(e) = &c.cases {
                        self.expr(e);
                    }
                    self.stmts(&c.body);
                }
            }
            StmtKind::Select { clauses, .. } => {
                for c in clauses {
                    self.ostmt(&c.comm);
                    self.stmts(&c.body);
                }
            }
        }
    }
    /// Notes which of the variables that are declared by nodes `ids` get constants.
    fn initial_values(&mut self, ids: impl ExactSizeIterator<Item = NodeId>, values: &[Expr]) {
        if ids.len() != values.len() {
            return;
        }
        for (id, e) in ids.zip(values) {
            if let Some(&o) = self.info.defs.get(id)
                && let Some(c) = self.info.types.get(e.unparen().id).and_then(|t| t.value.clone())
                && matches!(canon(subst(o.ty(), self.subst)).under().kind(), goxide_types::TyKind::Basic(_))
            {
                self.facts.initial.insert(o, c);
            }
        }
    }
    /// Names on the left of `:=` that are not new are assigned.
    fn define(&mut self, lhs: &Expr) {
        for e in lhs.list() {
            if self.info.defs.get(e.id).is_none() {
                self.assigned(e);
            }
        }
    }
    fn for_(&mut self, s: &Stmt, f: &ForStmt) {
        match &f.header {
            ForHeader::Clause { init, cond, post } => {
                self.ostmt(init);
                self.cur().1 += 1;
                if let Some(c) = cond {
                    self.expr(c);
                }
                self.ostmt(post);
                self.block(&f.body);
                self.cur().1 -= 1;
            }
            ForHeader::Range(r) => {
                self.expr(&r.x);
                let func = self.ty(&r.x).is_some_and(is_func);
                if func {
                    self.lits.push((s.pos, f.body.rbrace));
                    self.ranges += 1;
                }
                self.cur().1 += 1;
                if let Some(l) = &r.lhs {
                    if r.def { self.define(l) } else { self.assigned(l) }
                }
                self.block(&f.body);
                self.cur().1 -= 1;
                if func {
                    self.lits.pop();
                    self.ranges -= 1;
                }
            }
        }
    }
}
