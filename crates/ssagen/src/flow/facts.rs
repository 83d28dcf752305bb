//! One walk over a function before its graph is built: its literals and what they capture, how its variables are
//! assigned, which labels are jumped back to.

use goxide_base::{FxHashMap, FxHashSet, Pos};
use goxide_syntax::ast::*;
use goxide_types::{Info, Obj, SelectionKind, Ty, VarKind};
use smallvec::SmallVec;

/// A function literal, or the body of a loop over a function.
pub struct Lit {
    /// The literal's expression, or the loop.
    pub id: NodeId,
    /// Index of the literal around it.
    pub parent: Option<usize>,
    /// The function around all of them.
    pub unit: usize,
    /// Body of a loop over a function: always part of the function around it.
    pub body_of_loop: bool,
    /// The literal itself.
    pub e: Option<&'static Expr>,
    /// Variables of functions around it, in order of their first use.
    pub captures: Vec<Obj>,
    extent: (Pos, Pos),
}

/// Everything that is assigned to a variable.
#[derive(Default)]
pub struct Assigns {
    /// Declarations without a value are not among them.
    pub values: SmallVec<[&'static Expr; 1]>,
    /// Also something else, or its address is taken.
    pub other: bool,
}

/// The facts.
#[derive(Default)]
pub struct Facts {
    pub lits: Vec<Lit>,
    /// Variables whose address is taken or that literals capture.
    pub shared: FxHashSet<Obj>,
    pub assigns: FxHashMap<Obj, Assigns>,
    /// Functions and methods that are mentioned, with the unit and the innermost literal.
    pub refs: Vec<(usize, Option<usize>, Obj)>,
    /// Literals by their node.
    pub lit_index: FxHashMap<NodeId, usize>,
    /// Of the first parameters of literals that only loops range over: the literal, and the loops, whose bodies are all that is
    /// passed there. The loops belong to the function around the literal.
    pub yields: FxHashMap<Obj, (NodeId, Vec<&'static ForStmt>)>,
    /// All of these loops.
    pub known_loops: FxHashSet<NodeId>,
    /// Labels (by the identifier) that some goto behind them jumps to.
    pub looping: FxHashSet<NodeId>,
}

pub struct Walk<'a> {
    info: &'a Info,
    pub facts: Facts,
    /// The function that is walked.
    pub unit: usize,
    around: Vec<usize>,
    labels: Vec<Ident>,
    /// Local variables of function type: how often each is mentioned, and the loops over it.
    iterators: FxHashMap<Obj, Iterator>,
}

#[derive(Default)]
struct Iterator {
    mentions: usize,
    /// With the innermost literal around each.
    loops: Vec<(&'static ForStmt, Option<usize>)>,
}

impl<'a> Walk<'a> {
    pub fn new(info: &'a Info) -> Walk<'a> {
        Walk {
            info,
            facts: Facts::default(),
            unit: 0,
            around: Vec::new(),
            labels: Vec::new(),
            iterators: FxHashMap::default(),
        }
    }
    /// What has been found.
    pub fn finish(mut self) -> Facts {
        for (o, it) in self.iterators {
            let Some(a) = self.facts.assigns.get(&o).filter(|a| !a.other) else { continue };
            let [value] = a.values[..] else { continue };
            let value = value.unparen();
            let (Some(&n), ExprKind::FuncLit(_)) = (self.facts.lit_index.get(&value.id), &value.kind) else { continue };
            let around = self.facts.lits[n].parent;
            if it.loops.len() != it.mentions || it.loops.iter().any(|l| l.1 != around) {
                continue;
            }
            let sig = self.info.type_of(value).and_then(|t| t.under().as_sig());
            if let Some(&p) = sig.and_then(|s| s.params().first()) {
                self.facts.known_loops.extend(it.loops.iter().map(|l| l.0.id));
                self.facts.yields.insert(p, (value.id, it.loops.into_iter().map(|l| l.0).collect()));
            }
        }
        self.facts
    }
    fn local(&self, id: NodeId) -> Option<Obj> {
        let o = self.info.object_of(id)?;
        (!matches!(o.as_var()?.kind(), VarKind::Package | VarKind::Field)).then_some(o)
    }
    fn used(&mut self, id: NodeId) {
        let Some(o) = self.local(id) else { return };
        for n in 0..self.around.len() {
            let l = &mut self.facts.lits[self.around[n]];
            if (o.pos() < l.extent.0 || o.pos() > l.extent.1) && !l.captures.contains(&o) {
                l.captures.push(o);
                self.facts.shared.insert(o);
            }
        }
    }
    fn ty(&self, e: &Expr) -> Option<Ty> {
        self.info.type_of(e)
    }
    /// The variable whose memory `e` is part of.
    fn root(&self, e: &Expr) -> Option<Obj> {
        let e = e.unparen();
        match &e.kind {
            ExprKind::Name(_) => self.local(e.id),
            ExprKind::Selector { x, .. } => {
                let s = self.info.selections.get(e.id)?;
                if s.kind != SelectionKind::FieldVal || s.indirect || self.ty(x)?.under().as_pointer().is_some() {
                    return None;
                }
                self.root(x)
            }
            ExprKind::Index { x, .. } if self.ty(x)?.under().as_array().is_some() => self.root(x),
            _ => None,
        }
    }
    fn address_of(&mut self, e: &Expr) {
        if let Some(o) = self.root(e) {
            self.facts.shared.insert(o);
            self.facts.assigns.entry(o).or_default().other = true;
        }
    }
    fn assigned(&mut self, lhs: &Expr, value: Option<&'static Expr>) {
        let lhs = lhs.unparen();
        let Some(o) = self.root(lhs) else { return };
        let a = self.facts.assigns.entry(o).or_default();
        match value {
            Some(v) if matches!(lhs.kind, ExprKind::Name(_)) => a.values.push(v),
            _ => a.other = true,
        }
    }

    pub fn block(&mut self, b: &'static Block) {
        self.stmts(&b.stmts);
    }
    fn stmts(&mut self, l: &'static [Stmt]) {
        l.iter().for_each(|s| self.stmt(s));
    }
    /// A function's own labels.
    pub fn body(&mut self, b: &'static Block) {
        let outer = std::mem::take(&mut self.labels);
        self.block(b);
        self.labels = outer;
    }
    fn assignment(&mut self, lhs: &'static Expr, rhs: &'static Expr) {
        let (l, r) = (lhs.list(), rhs.list());
        if l.len() == r.len() {
            l.iter().zip(r).for_each(|(l, r)| self.assigned(l, Some(r)));
        } else if let ([v, ok], ExprKind::Assert { .. }) = (l, &rhs.unparen().kind) {
            self.assigned(v, Some(rhs));
            self.assigned(ok, None);
        } else {
            l.iter().for_each(|l| self.assigned(l, None));
        }
        self.expr(rhs);
        self.expr(lhs);
    }
    pub fn stmt(&mut self, s: &'static Stmt) {
        match &s.kind {
            StmtKind::Empty => {}
            StmtKind::Branch { tok, label } => {
                if let (BranchTok::Goto, Some(l)) = (tok, label)
                    && let Some(seen) = self.labels.iter().find(|s| s.name == l.name)
                {
                    self.facts.looping.insert(seen.id);
                }
            }
            StmtKind::Labeled { label, stmt } => {
                self.labels.push(*label);
                self.stmt(stmt);
            }
            StmtKind::Block(b) => self.block(b),
            StmtKind::Expr(e) | StmtKind::Go(e) | StmtKind::Defer(e) => self.expr(e),
            StmtKind::Send { chan, value } => {
                self.expr(chan);
                self.expr(value);
            }
            StmtKind::Decl(ds) => {
                for d in ds {
                    let Decl::Var(v) = d else { continue };
                    let Some(values) = &v.values else { continue };
                    let vs = values.list();
                    for (i, n) in v.names.iter().enumerate() {
                        if let Some(o) = self.local(n.id) {
                            let a = self.facts.assigns.entry(o).or_default();
                            if vs.len() == v.names.len() { a.values.push(&vs[i]) } else { a.other = true }
                        }
                    }
                    self.expr(values);
                }
            }
            StmtKind::Assign { op: None, lhs, rhs } | StmtKind::Define { lhs, rhs } => self.assignment(lhs, rhs),
            StmtKind::Assign { lhs, rhs, .. } => {
                self.assigned(lhs, None);
                self.expr(lhs);
                self.expr(rhs);
            }
            StmtKind::IncDec { x, .. } => {
                self.assigned(x, None);
                self.expr(x);
            }
            StmtKind::Return(e) => self.opt(e),
            StmtKind::If(i) => {
                self.opt_stmt(&i.init);
                self.expr(&i.cond);
                self.block(&i.then);
                self.opt_stmt(&i.els);
            }
            StmtKind::For(f) => match &f.header {
                ForHeader::Clause { init, cond, post } => {
                    self.opt_stmt(init);
                    self.opt(cond);
                    self.opt_stmt(post);
                    self.block(&f.body);
                }
                ForHeader::Range(r) => {
                    let over_func = self.ty(&r.x).is_some_and(|t| t.under().as_sig().is_some());
                    self.expr(&r.x);
                    if over_func {
                        if let (ExprKind::Name(_), Some(o)) = (&r.x.unparen().kind, self.local(r.x.unparen().id)) {
                            self.iterators.entry(o).or_default().loops.push((f, self.around.last().copied()));
                        }
                        let from = r.lhs.as_ref().filter(|_| r.def).map_or(f.body.pos, |l| l.list()[0].pos);
                        self.enter(f.id, None, (from, f.body.rbrace));
                    }
                    if let Some(l) = &r.lhs {
                        l.list().iter().for_each(|l| self.assigned(l, None));
                        self.expr(l);
                    }
                    self.block(&f.body);
                    if over_func {
                        self.around.pop();
                    }
                }
            },
            StmtKind::Switch(w) => {
                self.opt_stmt(&w.init);
                self.opt(&w.tag);
                let guard = match &w.tag {
                    Some(Expr { kind: ExprKind::TypeSwitchGuard { x, .. }, .. }) => Some(&**x),
                    _ => None,
                };
                for c in &w.body {
                    if let (Some(&o), Some(x)) = (self.info.implicits.get(&c.id), guard) {
                        self.facts.assigns.entry(o).or_default().values.push(x);
                    }
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
    fn mention(&mut self, o: Option<Obj>) {
        if let Some(o) = o.filter(|o| o.is_func()) {
            self.facts.refs.push((self.unit, self.around.last().copied(), o.origin()));
        }
    }
    fn opt_stmt(&mut self, s: &'static Option<Stmt>) {
        if let Some(s) = s {
            self.stmt(s);
        }
    }
    fn opt(&mut self, e: &'static Option<Expr>) {
        if let Some(e) = e {
            self.expr(e);
        }
    }
    fn enter(&mut self, id: NodeId, e: Option<&'static Expr>, extent: (Pos, Pos)) {
        let parent = self.around.last().copied();
        let (unit, body_of_loop) = (self.unit, e.is_none());
        let n = self.facts.lits.len();
        self.facts.lits.push(Lit { id, parent, unit, body_of_loop, e, captures: Vec::new(), extent });
        self.facts.lit_index.insert(id, n);
        self.around.push(n);
    }
    pub fn expr(&mut self, e: &'static Expr) {
        match &e.kind {
            ExprKind::Name(_) => {
                let used = self.info.uses.get(e.id).copied();
                self.mention(used);
                self.used(e.id);
                if let Some(o) = used.filter(|o| o.as_var().is_some() && o.ty().under().as_sig().is_some()) {
                    self.iterators.entry(o).or_default().mentions += 1;
                }
            }
            ExprKind::FuncLit(f) => {
                self.enter(e.id, Some(e), (e.pos, f.body.rbrace));
                self.body(&f.body);
                self.around.pop();
            }
            ExprKind::CompositeLit { elems, .. } => elems.iter().for_each(|x| self.expr(x)),
            ExprKind::KeyValue { key, value } => {
                self.expr(key);
                self.expr(value);
            }
            ExprKind::Paren(x)
            | ExprKind::Star(x)
            | ExprKind::Assert { x, .. }
            | ExprKind::TypeSwitchGuard { x, .. } => self.expr(x),
            ExprKind::Selector { x, sel } => {
                let s = self.info.selections.get(e.id).copied();
                self.mention(s.map_or(self.info.uses.get(sel.id).copied(), |s| Some(s.obj)));
                if let Some(s) = s
                    && s.kind == SelectionKind::MethodVal
                    && s.obj.has_ptr_recv()
                    && !s.indirect
                    && self.ty(x).is_some_and(|t| t.under().as_pointer().is_none())
                {
                    self.address_of(x);
                }
                self.expr(x);
            }
            ExprKind::Index { x, index } => {
                self.expr(x);
                self.expr(index);
            }
            ExprKind::Slice { x, index, .. } => {
                if self.ty(x).is_some_and(|t| t.under().as_array().is_some()) {
                    self.address_of(x);
                }
                self.expr(x);
                index.iter().flatten().for_each(|i| self.expr(i));
            }
            ExprKind::Unary { op, x } => {
                if *op == Op::And {
                    self.address_of(x);
                }
                self.expr(x);
            }
            ExprKind::Binary { x, y, .. } => {
                self.expr(x);
                self.expr(y);
            }
            ExprKind::Call { fun, args, .. } => {
                self.expr(fun);
                args.iter().for_each(|a| self.expr(a));
            }
            ExprKind::List(l) => l.iter().for_each(|x| self.expr(x)),
            _ => {}
        }
    }
}
