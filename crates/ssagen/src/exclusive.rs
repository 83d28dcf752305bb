//! Slices that a function builds by appending and gives away once, at the end: their first elements can be in the frame
//! until then, as gc has it (`cmd/compile/internal/slice`).
//!
//! A variable is *exclusive* while nothing else refers to its array, if that is in the frame. Appending to the variable,
//! slicing it into itself, indexing it and asking for its length keep it so. What gives it away is found here: one
//! statement (a return or an assignment) outside of the loops that the variable is declared outside of. Before it the slice
//! moves to the heap, unless it is there; so whatever anybody else sees is on the heap, and escape analysis of SSA form
//! may have the arrays that the appends make in the frame. Any other use makes the variable an ordinary one.

use crate::closure::{walk_block, walk_expr};
use crate::fx::*;
use crate::layout::*;
use crate::program::Program;
use goxide_base::{FxHashMap, FxHashSet};
use goxide_ssa::*;
use goxide_syntax::ast::{Block, Decl, Expr, ExprKind, ForHeader, NodeId, Op as Tok, Stmt, StmtKind};
use goxide_types::{BuiltinId, Info, Mode, Obj, SelectionKind, Ty, VarKind};

/// What a function has to do for its exclusive slices.
#[derive(Default)]
pub struct Moves {
    /// By the statement that comes next: the variables that move to the heap, and whether their capacities matter.
    before: FxHashMap<*const Stmt, Vec<(Obj, bool)>>,
    /// Appends to variables whose capacities matter.
    steps: FxHashSet<NodeId>,
}

impl Moves {
    /// Whether the append grows its slice in steps that waste nothing, since its capacity will be that on the heap.
    pub fn in_steps(&self, append: NodeId) -> bool {
        self.steps.contains(&append)
    }
}

/// A slice variable that is still considered.
#[derive(Default)]
struct Slice {
    uses: u32,
    understood: u32,
    given_away: Option<*const Stmt>,
    appends: Vec<NodeId>,
    /// Appends in loops count more than once.
    weight: u32,
    depth: u32,
    cap_used: bool,
}

struct Walk<'a> {
    prog: &'a Program,
    info: &'a Info,
    slices: FxHashMap<Obj, Slice>,
    results: &'a [Obj],
    depth: u32,
}

/// The exclusive slices of a function with this body. `defers`: it may return its results after a panic.
pub fn analyse(
    prog: &Program,
    info: &Info,
    params: &[Obj],
    results: &[Obj],
    body: &'static Block,
    defers: bool,
) -> Moves {
    let mut w = Walk { prog, info, slices: FxHashMap::default(), results, depth: 0 };
    for &o in params.iter().chain(results.iter().filter(|_| !defers)) {
        w.track(o);
    }
    w.stmts(&body.stmts);
    let mut out = Moves::default();
    for (o, s) in w.slices {
        let Some(at) = s.given_away.filter(|_| s.uses == s.understood && s.weight >= 2) else { continue };
        out.before.entry(at).or_default().push((o, s.cap_used));
        if s.cap_used {
            out.steps.extend(s.appends);
        }
    }
    // The table has no order, and the code must not depend on it.
    out.before.values_mut().for_each(|l| l.sort_by_key(|x| x.0.pos()));
    out
}

impl Walk<'_> {
    fn track(&mut self, o: Obj) {
        let local = o.as_var().is_some_and(|v| !matches!(v.kind(), VarKind::Package | VarKind::Field));
        if local && o.ty().under().as_slice().is_some() && !o.name().is_blank() {
            self.slices.insert(o, Slice { depth: self.depth, ..Slice::default() });
        }
    }
    /// The variable, if `e` is the name of one that is considered.
    fn named(&self, e: &Expr) -> Option<Obj> {
        let e = e.unparen();
        let ExprKind::Name(_) = e.kind else { return None };
        self.info.object_of(e.id).filter(|o| self.slices.contains_key(o))
    }
    fn understand(&mut self, e: &Expr) -> Option<&mut Slice> {
        let s = self.slices.get_mut(&self.named(e)?)?;
        s.understood += 1;
        Some(s)
    }
    fn used(&mut self, id: NodeId) {
        if let Some(s) = self.info.object_of(id).and_then(|o| self.slices.get_mut(&o)) {
            s.uses += 1;
        }
    }
    fn give_away(&mut self, o: Obj, at: &Stmt) {
        let Some(s) = self.slices.get_mut(&o) else { return };
        if s.given_away.is_some() || self.depth > s.depth {
            self.slices.remove(&o);
        } else {
            s.given_away = Some(at);
        }
    }
    /// Part of a function inside this one.
    fn captured(&mut self, b: &Block) {
        walk_block(b, &mut |id| self.used(id));
    }
    /// The address of `e` is taken: of an element of a slice, or of part of one?
    fn addressed(&mut self, e: &Expr) {
        let mut e = e.unparen();
        loop {
            e = match &e.kind {
                ExprKind::Selector { x, .. } => match self.info.selections.get(e.id) {
                    Some(s) if s.kind == SelectionKind::FieldVal && !s.indirect => x.unparen(),
                    _ => return,
                },
                ExprKind::Index { x, .. } if self.is_array(x) => x.unparen(),
                ExprKind::Index { x, .. } => {
                    if let Some(o) = self.named(x) {
                        self.slices.remove(&o);
                    }
                    return;
                }
                _ => return,
            }
        }
    }
    fn is_array(&self, e: &Expr) -> bool {
        self.info.type_of(e).is_some_and(|t| t.under().as_array().is_some())
    }
    fn is_type(&self, e: &Expr) -> bool {
        self.info.types.get(e.id).is_some_and(|t| t.mode == Mode::TypExpr)
    }

    fn stmts(&mut self, l: &'static [Stmt]) {
        l.iter().for_each(|s| self.stmt(s));
    }
    fn opt_stmt(&mut self, s: &'static Option<Stmt>) {
        s.iter().for_each(|s| self.stmt(s));
    }
    fn opt(&mut self, e: &'static Option<Expr>) {
        e.iter().for_each(|e| self.expr(e));
    }
    /// `x = y`, as part of statement `at`.
    fn assign(&mut self, x: Option<&'static Expr>, y: Option<&'static Expr>, at: &Stmt) {
        if let Some(o) = x.and_then(|x| self.named(x)) {
            self.assigned(o, y);
        }
        if let Some(o) = y.and_then(|y| self.named(y)) {
            self.slices.get_mut(&o).expect("named").understood += 1;
            self.give_away(o, at);
        }
    }
    /// A considered variable gets the value `y`; its name has been counted as a use if it has one.
    fn assigned(&mut self, o: Obj, y: Option<&'static Expr>) {
        let Some(y) = y.map(Expr::unparen) else { return };
        let nil = self.info.types.get(y.id).is_some_and(|t| t.mode == Mode::NilValue);
        let itself = |w: &Self, e: &Expr| w.named(e) == Some(o);
        let (understood, cap_used, append) = match &y.kind {
            _ if nil => (1, false, false),
            ExprKind::CompositeLit { .. } => (1, true, false),
            ExprKind::Slice { x, .. } if itself(self, x) => (2, true, false),
            ExprKind::Call { fun, args, .. }
                if self.info.builtin_of(fun) == Some(BuiltinId::Append) && itself(self, &args[0]) =>
            {
                (2, false, true)
            }
            _ => (0, false, false),
        };
        let depth = self.depth;
        let s = self.slices.get_mut(&o).expect("considered");
        s.understood += understood;
        s.cap_used |= cap_used;
        if append {
            s.appends.push(y.id);
            s.weight += 1 + depth.saturating_sub(s.depth);
        }
    }
    /// The variable that `l` declares begins here.
    fn declared(&mut self, id: NodeId) -> bool {
        let Some(&o) = self.info.defs.get(id) else { return false };
        self.track(o);
        true
    }

    fn stmt(&mut self, s: &'static Stmt) {
        match &s.kind {
            StmtKind::Empty | StmtKind::Branch { .. } => {}
            StmtKind::Labeled { stmt, .. } => self.stmt(stmt),
            StmtKind::Block(b) => self.stmts(&b.stmts),
            StmtKind::Expr(e) | StmtKind::Go(e) | StmtKind::Defer(e) => self.expr(e),
            StmtKind::Send { chan, value } => {
                self.expr(chan);
                self.expr(value);
            }
            StmtKind::Decl(ds) => {
                for d in ds {
                    let Decl::Var(v) = d else { continue };
                    let values = v.values.as_ref().map_or(&[][..], Expr::list);
                    values.iter().for_each(|e| self.expr(e));
                    for (i, n) in v.names.iter().enumerate() {
                        self.declared(n.id);
                        let value = values.get(i).filter(|_| values.len() == v.names.len());
                        let o = self.info.defs.get(n.id).copied().filter(|o| self.slices.contains_key(o));
                        match (o, value) {
                            // The name of a declaration counts as a use that has to be understood.
                            (Some(o), Some(_)) => {
                                self.slices.get_mut(&o).expect("tracked").uses += 1;
                                self.assigned(o, value);
                            }
                            (Some(o), None) if !values.is_empty() => {
                                self.slices.remove(&o);
                            }
                            _ => {}
                        }
                        self.assign(None, value, s);
                    }
                }
            }
            StmtKind::Assign { op: None, lhs, rhs } | StmtKind::Define { lhs, rhs } => {
                let (l, r) = (lhs.list(), rhs.list());
                r.iter().for_each(|e| self.expr(e));
                for (i, x) in l.iter().enumerate() {
                    if matches!(s.kind, StmtKind::Define { .. }) && self.declared(x.id) {
                        self.used(x.id);
                    } else {
                        self.expr(x);
                    }
                    if l.len() == r.len() {
                        self.assign(Some(x), Some(&r[i]), s);
                    }
                }
            }
            StmtKind::Assign { lhs, rhs, .. } => {
                self.expr(lhs);
                self.expr(rhs);
            }
            StmtKind::IncDec { x, .. } => self.expr(x),
            StmtKind::Return(e) => {
                self.opt(e);
                match e {
                    Some(e) => e.list().iter().for_each(|x| self.assign(None, Some(x), s)),
                    None => self.results.iter().for_each(|&o| self.give_away(o, s)),
                }
            }
            StmtKind::If(i) => {
                self.opt_stmt(&i.init);
                self.expr(&i.cond);
                self.stmts(&i.then.stmts);
                self.opt_stmt(&i.els);
            }
            StmtKind::For(f) => match &f.header {
                ForHeader::Clause { init, cond, post } => {
                    self.opt_stmt(init);
                    self.depth += 1;
                    self.opt(cond);
                    self.opt_stmt(post);
                    self.stmts(&f.body.stmts);
                    self.depth -= 1;
                }
                ForHeader::Range(r) => self.range(f, r),
            },
            StmtKind::Switch(w) => {
                self.opt_stmt(&w.init);
                self.opt(&w.tag);
                for c in &w.body {
                    self.opt(&c.cases);
                    self.stmts(&c.body);
                }
            }
            StmtKind::Select { clauses, .. } => {
                for c in clauses {
                    self.opt_stmt(&c.comm);
                    self.stmts(&c.body);
                }
            }
        }
    }
    fn range(&mut self, f: &'static goxide_syntax::ast::ForStmt, r: &'static goxide_syntax::ast::RangeClause) {
        let x = self.info.type_of(&r.x);
        self.expr(&r.x);
        if x.is_none_or(|t| t.under().as_sig().is_some()) {
            // The body is a function of its own, which returns for this one.
            self.results.iter().for_each(|o| drop(self.slices.remove(o)));
            r.lhs.iter().for_each(|l| walk_expr(l, &mut |id| self.used(id)));
            return self.captured(&f.body);
        }
        // The loop keeps a copy of the slice: good unless the variable gets another array meanwhile.
        let over = self.named(&r.x);
        self.understand(&r.x);
        self.depth += 1;
        for l in r.lhs.iter().flat_map(Expr::list) {
            if r.def && self.info.defs.get(l.id).is_some() {
                // It gets elements, which nobody here follows.
            } else {
                self.expr(l);
            }
        }
        self.stmts(&f.body.stmts);
        self.depth -= 1;
        if let Some(o) = over.filter(|&o| self.assigns(&f.body, o)) {
            self.slices.remove(&o);
        }
    }
    /// Whether something in `b` may assign to `o`.
    fn assigns(&self, b: &'static Block, o: Obj) -> bool {
        let mut found = false;
        assignments(&b.stmts, &mut |l| found |= self.named(l) == Some(o));
        found
    }

    fn expr(&mut self, e: &'static Expr) {
        match &e.kind {
            ExprKind::Name(_) => self.used(e.id),
            ExprKind::CompositeLit { elems, .. } => elems.iter().for_each(|e| self.expr(e)),
            ExprKind::KeyValue { key, value } => {
                self.expr(key);
                self.expr(value);
            }
            ExprKind::FuncLit(f) => self.captured(&f.body),
            ExprKind::Unary { op, x } => {
                if *op == Tok::And {
                    self.addressed(x);
                }
                self.expr(x);
            }
            ExprKind::Selector { x, .. } => {
                // A method with a pointer receiver takes the address of its operand.
                if self.info.selections.get(e.id).is_some_and(|s| s.kind != SelectionKind::FieldVal) {
                    self.addressed(x);
                }
                self.expr(x);
            }
            ExprKind::Paren(x) | ExprKind::Star(x) => self.expr(x),
            ExprKind::Assert { x, .. } | ExprKind::TypeSwitchGuard { x, .. } => self.expr(x),
            ExprKind::Index { x, index } => {
                self.understand(x);
                self.expr(x);
                self.expr(index);
            }
            ExprKind::Slice { x, index, .. } => {
                if self.is_array(x) {
                    self.addressed(x);
                }
                self.expr(x);
                index.iter().flatten().for_each(|i| self.expr(i));
            }
            ExprKind::Binary { x, y, .. } => {
                self.expr(x);
                self.expr(y);
            }
            ExprKind::Call { fun, args, .. } => self.call(fun, args),
            ExprKind::List(l) => l.iter().for_each(|e| self.expr(e)),
            _ => {}
        }
    }
    fn call(&mut self, fun: &'static Expr, args: &'static [Expr]) {
        if let Some(b) = self.info.builtin_of(fun) {
            if let (BuiltinId::Len | BuiltinId::Cap, [x]) = (b, args)
                && let Some(s) = self.understand(x)
            {
                s.cap_used |= b == BuiltinId::Cap;
            }
        } else if !self.is_type(fun) {
            self.expr(fun);
            // A function that keeps nothing of an argument.
            let callee = match &fun.unparen().kind {
                ExprKind::Name(_) => self.info.uses.get(fun.unparen().id).copied(),
                ExprKind::Selector { sel, .. } if self.info.selections.get(fun.unparen().id).is_none() => {
                    self.info.uses.get(sel.id).copied()
                }
                _ => None,
            };
            let tags = callee.filter(|o| o.is_func()).and_then(|o| self.prog.tags_of(o)).unwrap_or(&[]);
            for (a, tag) in args.iter().zip(tags) {
                let kept = tag.heap().is_some() || (0..crate::flow::RESULTS).any(|i| tag.result(i).is_some());
                if !kept && let Some(s) = self.understand(a) {
                    s.cap_used = true;
                }
            }
        }
        args.iter().for_each(|a| self.expr(a));
    }
}

/// Shows what is assigned to, function literals apart, to `see`.
fn assignments(l: &'static [Stmt], see: &mut dyn FnMut(&'static Expr)) {
    for s in l {
        match &s.kind {
            StmtKind::Labeled { stmt, .. } => assignments(std::slice::from_ref(&**stmt), see),
            StmtKind::Block(b) => assignments(&b.stmts, see),
            StmtKind::Assign { lhs, .. } | StmtKind::Define { lhs, .. } => lhs.list().iter().for_each(&mut *see),
            StmtKind::If(i) => {
                i.init.iter().chain(&i.els).for_each(|s| assignments(std::slice::from_ref(s), see));
                assignments(&i.then.stmts, see);
            }
            StmtKind::For(f) => {
                match &f.header {
                    ForHeader::Clause { init, post, .. } => {
                        init.iter().chain(post).for_each(|s| assignments(std::slice::from_ref(s), see));
                    }
                    ForHeader::Range(r) => r.lhs.iter().flat_map(Expr::list).for_each(&mut *see),
                }
                assignments(&f.body.stmts, see);
            }
            StmtKind::Switch(w) => {
                w.init.iter().for_each(|s| assignments(std::slice::from_ref(s), see));
                w.body.iter().for_each(|c| assignments(&c.body, see));
            }
            StmtKind::Select { clauses, .. } => {
                for c in clauses {
                    c.comm.iter().for_each(|s| assignments(std::slice::from_ref(s), see));
                    assignments(&c.body, see);
                }
            }
            _ => {}
        }
    }
}

impl Fx<'_> {
    /// Moves the exclusive slices that `s` gives away to the heap.
    pub fn move_before(&mut self, s: &'static Stmt) {
        let Some(l) = self.moves.before.get(&std::ptr::from_ref(s)).cloned() else { return };
        for (o, keep_cap) in l {
            self.move_to_heap(o, keep_cap);
        }
    }
    fn move_to_heap(&mut self, o: Obj, keep_cap: bool) {
        let t: Ty = self.ty(o.ty());
        let et = elem(t);
        let Some(Local::Vars(xs)) = self.locals.get(&o).cloned() else { return };
        let [p, n, c] = [0, 1, 2].map(|i| self.b.use_var(xs[i]));
        // Escape analysis knows these calls: it puts a comparison in place of the first, and drops the others.
        let nil = self.b.nil();
        let here = self.rt1("inappendbuf", &[p, nil], Type::I8);
        let (slow, fast, m) = (self.b.new_cold(), self.b.new_block(), self.b.new_block());
        let out = [Type::Ptr, Type::I64, Type::I64].map(|t| self.b.block_param(m, t));
        let to = |block| Target { block, args: (&[][..]).into() };
        self.b.terminate(Term::Br { cond: here, then: to(slow), els: to(fast), hint: Hint::Unlikely });
        self.b.enter(slow);
        let td = self.type_addr(et);
        let keep = self.b.iconst(Type::I8, i64::from(keep_cap));
        let r = self.rt("moveslice", &[p, n, c, td, keep], &[Type::Ptr, Type::I64, Type::I64]);
        self.b.jump_args(m, &r);
        self.b.enter(fast);
        let q = self.rt1("noappendbuf", &[p], Type::Ptr);
        self.b.jump_args(m, &[q, n, c]);
        self.b.enter(m);
        for (&x, v) in xs.iter().zip(out) {
            self.b.def_var(x, v);
        }
    }
}
