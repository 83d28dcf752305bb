//! The walk that makes the graph: state, variables, statements.

use super::facts::Facts;
use super::graph::*;
use super::{Members, Repeated, Said, Scoped, Text};
use goxide_base::{FxHashMap, Pos};
use goxide_syntax::ast::*;
use goxide_types::{Info, Obj, Ty, VarKind, canon, predicates};

/// A literal and the location of its closure, to be connected when all assignments are known.
pub struct Pending {
    pub hole: Hole,
    pub captures: Vec<Obj>,
}

/// Walks the functions of one batch.
pub struct Build<'a> {
    pub prog: &'a crate::program::Program,
    pub cp: &'a goxide_types::CheckedPackage,
    pub info: &'a Info,
    pub g: Graph,
    /// Tags of finished functions.
    pub tags: &'a Scoped<'a>,
    /// Functions of this batch.
    pub members: &'a Members,
    pub facts: &'a Facts,
    /// Where variables of type switches are declared, for reports.
    pub var_pos: FxHashMap<Obj, Pos>,
    pub pending: Vec<Pending>,
    /// Initialisers of package-level variables are walked: literals outside calls become static data.
    pub static_init: bool,
    /// Calls around the current expression.
    pub calls: u32,
    /// Variables that closures copy.
    pub by_value: Vec<Obj>,
    pub fun: usize,
    pub depth: i32,
    /// Results that `return` assigns to: those of the function, also inside bodies of loops over functions.
    pub results: Vec<Loc>,
    pub result_types: Vec<Ty>,
    /// Reports that are no decisions about storage.
    pub said: Vec<Said>,
    /// Calls of interface methods, for reports.
    pub calls_of: Vec<(Pos, (Text, Obj))>,
    /// In the body of a `for b.Loop()`.
    pub bloop: bool,
    /// Literals that are called where they stand.
    pub called: Vec<NodeId>,
    /// Calls of methods of interfaces that hold one known type.
    pub devirtualized: Vec<(NodeId, Ty)>,
    /// Of loops over functions, what the variables get, by position (`loop_var`).
    pub loop_vars: FxHashMap<(NodeId, usize), Loc>,
    pub reporting: bool,
    pub own: goxide_types::Pkg,
    pub name: String,
}

pub fn is_iface(t: Ty) -> bool {
    predicates::is_non_type_param_interface(t)
}
pub fn is_type_param(t: Ty) -> bool {
    t.unalias().as_type_param().is_some()
}
/// Whether values hold pointers; several values count together.
pub fn pointers(t: Ty) -> bool {
    if let Some(l) = t.as_tuple() {
        return l.iter().any(|o| pointers(o.ty()));
    }
    if is_type_param(t) {
        return true;
    }
    match t.under().kind() {
        goxide_types::TyKind::Array(a) => a.len > 0 && pointers(a.elem),
        goxide_types::TyKind::Struct(s) => s.fields.iter().any(|f| pointers(f.ty())),
        _ => goxide_types::has_pointers(t),
    }
}
/// Whether an interface holds values of `t` in its data word.
pub fn direct(t: Ty) -> bool {
    use goxide_types::{BasicKind, TyKind};
    match t.under().kind() {
        TyKind::Pointer(_) | TyKind::Map(_) | TyKind::Chan(_) | TyKind::Func(_) => true,
        TyKind::Basic(b) => b.kind == BasicKind::UnsafePointer,
        TyKind::Array(a) => a.len == 1 && direct(a.elem),
        TyKind::Struct(s) => s.fields.len() == 1 && direct(s.fields[0].ty()),
        _ => false,
    }
}

impl Build<'_> {
    pub fn ty(&self, e: &Expr) -> Option<Ty> {
        self.info.type_of(e)
    }
    pub fn new_loc(&mut self, what: What, persists: bool) -> Loc {
        self.g.new_loc(what, self.fun, self.depth, persists)
    }
    pub fn temp(&mut self) -> Loc {
        self.new_loc(What::Temp, true)
    }
    /// The location of a local variable.
    pub fn var(&mut self, o: Obj) -> Loc {
        match self.g.vars.get(&o) {
            Some(&l) => l,
            None => self.declare(o),
        }
    }
    /// The variable is declared here.
    pub fn declare(&mut self, o: Obj) -> Loc {
        if let Some(&l) = self.g.vars.get(&o) {
            self.g.locs[l].depth = self.depth;
            return l;
        }
        let l = self.new_loc(What::Var(o), true);
        self.g.vars.insert(o, l);
        l
    }
    pub fn local(&self, id: NodeId) -> Option<Obj> {
        let o = self.info.object_of(id)?;
        (!matches!(o.as_var()?.kind(), VarKind::Package | VarKind::Field)).then_some(o)
    }
    /// A function with its parameters and results.
    pub fn add_fun(&mut self, parent: Option<usize>, obj: Option<Obj>, params: Vec<Obj>, results: &[Obj]) -> usize {
        let n = self.g.funs.len();
        let (outer, depth) = (std::mem::replace(&mut self.fun, n), std::mem::replace(&mut self.depth, 1));
        for &p in &params {
            let l = self.declare(p);
            self.g.locs[l].param = true;
        }
        let mut locs = Vec::new();
        for (i, &r) in results.iter().enumerate() {
            let l = self.declare(r);
            self.g.locs[l].result = i + 1;
            locs.push(l);
        }
        self.g.funs.push(Fun { pos: Pos::NONE, parent, obj, params, results: locs, results_lost: false });
        (self.fun, self.depth) = (outer, depth);
        n
    }
    pub fn spill(&mut self, k: Hole, site: Site, node: NodeId, pos: Pos, e: Option<&'static Expr>) -> Hole {
        let silent =
            self.static_init && self.calls == 0 && !matches!(site, Site::New | Site::MakeMap | Site::MakeSlice);
        let what = if silent { What::Temp } else { What::Expr { site, node, pos, e } };
        let l = self.new_loc(what, false);
        self.g.flow(k.addr(), l);
        Hole::to(l)
    }
    pub fn tee(&mut self, ks: &[Hole]) -> Hole {
        match ks {
            [] => Hole::to(BLANK),
            [k] => *k,
            _ => {
                let l = self.new_loc(What::Temp, false);
                ks.iter().for_each(|k| self.g.flow(*k, l));
                Hole::to(l)
            }
        }
    }
    pub fn discard(&mut self, e: &'static Expr) {
        self.expr(Hole::to(BLANK), e);
    }

    /// Where an assignment to `e` goes.
    pub fn addr(&mut self, e: &'static Expr) -> Hole {
        let e = e.unparen();
        match &e.kind {
            ExprKind::Name(n) if n.is_blank() => Hole::to(BLANK),
            ExprKind::Name(_) => match self.local(e.id) {
                Some(o) => Hole::to(self.var(o)),
                None => Hole::to(HEAP),
            },
            ExprKind::Selector { x, .. } => {
                let Some(s) = self.info.selections.get(e.id).copied() else { return Hole::to(HEAP) };
                if s.indirect || self.ty(x).is_some_and(|t| t.under().as_pointer().is_some()) {
                    // Some pointer on the way is what is written through.
                    self.field(Hole::to(MUTATOR), e, x, &s, true);
                    return Hole::to(HEAP);
                }
                self.addr(x)
            }
            ExprKind::Index { x, index } => {
                let t = self.ty(x).map(Ty::under);
                if let Some((key, _)) = t.and_then(Ty::as_map) {
                    self.discard(x);
                    self.expr_as(Hole::to(HEAP), index, key);
                    return Hole::to(HEAP);
                }
                // Of a type parameter: perhaps a map.
                let kept = self.ty(x).is_some_and(is_type_param);
                self.expr(Hole::to(if kept { HEAP } else { BLANK }), index);
                self.elided_check(e, x, index);
                if t.is_some_and(|t| t.as_array().is_some()) {
                    return self.addr(x);
                }
                self.expr(Hole::to(MUTATOR), x);
                Hole::to(HEAP)
            }
            ExprKind::Star(x) => {
                self.expr(Hole::to(MUTATOR), x);
                Hole::to(HEAP)
            }
            _ => Hole::to(HEAP),
        }
    }
    /// `lhs = rhs`, pairwise, from several values, or with a second value that tells success.
    fn assign(&mut self, s: &'static Stmt, lhs: &'static Expr, rhs: &'static Expr, define: bool) {
        let (l, r) = (lhs.list(), rhs.list());
        let mut fresh = vec![false; l.len()];
        if define {
            for (n, x) in l.iter().enumerate() {
                if let Some(&o) = self.info.defs.get(x.id).filter(|o| !o.name().is_blank()) {
                    self.declare(o);
                    fresh[n] = true;
                }
            }
        }
        let ks: Vec<Hole> = l.iter().map(|x| self.addr(x)).collect();
        if l.len() == r.len() {
            for ((k, dst), src) in ks.iter().zip(l).zip(r) {
                let mut k = *k;
                if self.header_data(dst) {
                    self.unsafe_value(Hole::to(HEAP), src);
                    continue;
                }
                if self.self_assign(dst, src) {
                    if self.reporting {
                        let text = |own| {
                            let mut p = self.printer(own);
                            p.out.push_str(" ignoring self-assignment in ");
                            p.expr(dst, 0);
                            p.out.push_str(" = ");
                            p.expr(src, 0);
                            p.out
                        };
                        let inlined = (self.g.funs[self.fun].pos, Repeated::OfFunction(text(None)));
                        let text = format!("{}{}", self.name, text(Some(self.own)));
                        self.said.push(Said { inlined: Some(inlined), ..Said::new(s.pos, text) });
                    }
                    k = Hole::to(BLANK);
                }
                match self.target(dst) {
                    Some(t) => self.expr_as(k, src, t),
                    None => self.expr(k, src),
                }
            }
        } else if let [src] = r {
            let from = self.ty(src).and_then(Ty::as_tuple);
            let targets: Vec<Option<Ty>> = l.iter().map(|d| self.target(d)).collect();
            self.several(&ks, &targets, src, from.unwrap_or(&[]));
        }
        for (k, fresh) in ks.iter().zip(fresh) {
            if !fresh {
                self.g.locs[k.dst].reassigned = true;
            }
        }
    }
    /// The type of what is assigned to, if it decides on a conversion.
    fn target(&self, dst: &Expr) -> Option<Ty> {
        let dst = dst.unparen();
        if matches!(&dst.kind, ExprKind::Name(n) if n.is_blank()) {
            return None;
        }
        self.ty(dst)
    }
    /// Several values of one expression.
    fn several(&mut self, ks: &[Hole], targets: &[Option<Ty>], src: &'static Expr, from: &[Obj]) {
        let src = src.unparen();
        let call = matches!(src.kind, ExprKind::Call { .. });
        let mut holes = Vec::new();
        for (n, k) in ks.iter().enumerate() {
            let boxed = match (targets.get(n).copied().flatten(), from.get(n)) {
                (Some(t), Some(f)) => is_iface(t) && !is_iface(f.ty()) && !direct(f.ty()),
                _ => false,
            };
            holes.push(if boxed { self.spill(*k, Site::Iface, src.id, src.pos, None) } else { *k });
        }
        if call {
            self.call(Some(&holes), src);
        } else if let Some(k) = holes.first() {
            // A look-up, an assertion or a receive, with its success.
            self.expr(*k, src);
        }
    }

    pub fn block(&mut self, b: &'static Block) {
        self.stmts(&b.stmts);
    }
    fn stmts(&mut self, l: &'static [Stmt]) {
        let outer = self.depth;
        for (n, s) in l.iter().enumerate() {
            self.stmt(s);
            if self.bloop && self.reporting {
                self.report_kept(s);
            }
            let labels = |l: &[Stmt]| l.iter().any(|s| matches!(s.kind, StmtKind::Labeled { .. }));
            if self.ends_here(s) && !labels(&l[n + 1..]) {
                break;
            }
        }
        self.depth = outer;
    }
    fn constant(&self, e: &Expr) -> Option<bool> {
        self.info.types.get(e.unparen().id).and_then(|t| t.value.as_ref()).map(|c| c.bool_val())
    }
    /// Whether a constant condition makes everything behind `s` dead.
    fn ends_here(&self, s: &Stmt) -> bool {
        let StmtKind::If(i) = &s.kind else { return false };
        let last = match (self.constant(&i.cond), &i.els) {
            (Some(true), _) => i.then.stmts.last(),
            (Some(false), Some(Stmt { kind: StmtKind::Block(b), .. })) => b.stmts.last(),
            _ => None,
        };
        last.is_some_and(|s| matches!(s.kind, StmtKind::Return(_) | StmtKind::Branch { tok: BranchTok::Goto, .. }))
    }
    pub fn stmt(&mut self, s: &'static Stmt) {
        match &s.kind {
            StmtKind::Empty | StmtKind::Branch { .. } => {}
            StmtKind::Labeled { label, stmt } => {
                if self.facts.looping.contains(&label.id) {
                    self.depth += 1;
                }
                self.stmt(stmt);
            }
            StmtKind::Block(b) => self.block(b),
            StmtKind::Expr(e) => match &e.unparen().kind {
                ExprKind::Call { .. } => self.call(None, e.unparen()),
                _ => self.discard(e),
            },
            StmtKind::Send { chan, value } => {
                self.discard(chan);
                let t = self.ty(chan).and_then(|t| t.under().as_chan()).map(|c| c.1);
                match t {
                    Some(t) => self.expr_as(Hole::to(HEAP), value, t),
                    None => self.expr(Hole::to(HEAP), value),
                }
            }
            StmtKind::Decl(ds) => ds.iter().for_each(|d| self.decl(d)),
            StmtKind::Assign { op: None, lhs, rhs } => self.assign(s, lhs, rhs, false),
            StmtKind::Define { lhs, rhs } => self.assign(s, lhs, rhs, true),
            StmtKind::Assign { lhs, rhs, .. } => {
                let k = self.addr(lhs);
                self.expr(k, rhs);
                self.g.locs[k.dst].reassigned = true;
            }
            StmtKind::IncDec { x, .. } => {
                let k = self.addr(x);
                self.g.locs[k.dst].reassigned = true;
            }
            StmtKind::Go(e) => self.go_defer(e, false),
            StmtKind::Defer(e) => self.go_defer(e, true),
            StmtKind::Return(e) => self.ret(e.as_ref()),
            StmtKind::If(i) => {
                i.init.iter().for_each(|s| self.stmt(s));
                self.discard(&i.cond);
                // What a constant condition excludes does not exist.
                let constant = self.constant(&i.cond);
                if constant != Some(false) {
                    self.block(&i.then);
                }
                let outer = self.depth;
                i.els.iter().filter(|_| constant != Some(true)).for_each(|s| self.stmt(s));
                self.depth = outer;
            }
            StmtKind::For(f) => self.for_stmt(f),
            StmtKind::Switch(w) => self.switch(w),
            StmtKind::Select { clauses, .. } => {
                for c in clauses {
                    c.comm.iter().for_each(|s| self.stmt(s));
                    self.stmts(&c.body);
                }
            }
        }
    }
    fn decl(&mut self, d: &'static Decl) {
        let Decl::Var(v) = d else { return };
        let objs: Vec<Option<Obj>> =
            v.names.iter().map(|n| self.local(n.id).filter(|o| !o.name().is_blank())).collect();
        let ks: Vec<Hole> = objs.iter().map(|o| o.map_or(Hole::to(BLANK), |o| Hole::to(self.declare(o)))).collect();
        let Some(values) = &v.values else { return };
        let l = values.list();
        if l.len() == ks.len() {
            for ((k, o), e) in ks.iter().zip(&objs).zip(l) {
                match o {
                    Some(o) => self.expr_as(*k, e, o.ty()),
                    None => self.expr(*k, e),
                }
            }
        } else if let [e] = l {
            let from = self.ty(e).and_then(Ty::as_tuple).unwrap_or(&[]);
            let targets: Vec<Option<Ty>> = objs.iter().map(|o| o.map(|o| o.ty())).collect();
            self.several(&ks, &targets, e, from);
        }
    }
    fn ret(&mut self, e: Option<&'static Expr>) {
        let Some(e) = e else { return };
        let ks: Vec<Hole> = self.results.iter().map(|&r| Hole::to(r)).collect();
        let types = self.result_types.clone();
        let l = e.list();
        if l.len() == ks.len() {
            for ((k, t), e) in ks.iter().zip(types).zip(l) {
                self.expr_as(*k, e, t);
            }
        } else {
            let from = self.ty(e).and_then(Ty::as_tuple).unwrap_or(&[]);
            let targets: Vec<Option<Ty>> = types.into_iter().map(Some).collect();
            self.several(&ks, &targets, e, from);
        }
        ks.iter().for_each(|k| self.g.locs[k.dst].reassigned = true);
    }

    fn for_stmt(&mut self, f: &'static ForStmt) {
        match &f.header {
            ForHeader::Clause { init, cond, post } => {
                let mut fresh = Vec::new();
                if let Some(Stmt { kind: StmtKind::Define { lhs, .. }, .. }) = init
                    && self.prog.loopvar_per_iteration(self.cp, f.body.pos)
                {
                    for x in lhs.list() {
                        fresh.extend(self.info.defs.get(x.id).filter(|o| self.facts.shared.contains(o)));
                    }
                }
                init.iter().for_each(|s| self.stmt(s));
                // Variables with an identity are new in every iteration, with the value of the one before.
                let outer: Vec<Loc> = fresh.iter().map(|_| self.temp()).collect();
                self.depth += 1;
                for (&o, &t) in fresh.iter().zip(&outer) {
                    let l = self.declare(o);
                    self.g.flow(Hole::to(l), t);
                    self.g.flow(Hole::to(t), l);
                }
                post.iter().for_each(|s| self.stmt(s));
                cond.iter().for_each(|e| self.discard(e));
                let bloop = self.bloop;
                self.bloop |= crate::bloop::is_loop(self.info, f);
                self.block(&f.body);
                self.bloop = bloop;
                self.depth -= 1;
            }
            ForHeader::Range(r) => self.range(f, r),
        }
    }
    fn range(&mut self, f: &'static ForStmt, r: &'static RangeClause) {
        let t = self.ty(&r.x).map(Ty::under);
        if t.is_some_and(|t| t.as_sig().is_some()) {
            return self.range_func(f, r);
        }
        let tmp = self.temp();
        self.expr(Hole::to(tmp), &r.x);
        let lhs = r.lhs.as_ref().map_or(&[][..], Expr::list);
        let per_iteration = i32::from(self.prog.loopvar_per_iteration(self.cp, f.body.pos));
        self.depth += per_iteration;
        if r.def {
            for x in lhs {
                if let Some(&o) = self.info.defs.get(x.id).filter(|o| !o.name().is_blank()) {
                    self.declare(o);
                }
            }
        }
        self.depth += 1 - per_iteration;
        let ks: Vec<Hole> = lhs.iter().map(|x| self.addr(x)).collect();
        if let (Some(&k), Some(t)) = (ks.get(1), t) {
            let elem = t.as_slice().or(t.as_array().map(|a| a.elem)).or(t.as_map().map(|m| m.1));
            let target = self.target(&lhs[1]);
            let boxed = matches!((target, elem), (Some(t), Some(e)) if is_iface(t) && !is_iface(e) && !direct(e));
            let k = if boxed {
                let l = self.new_loc(What::Temp, false);
                self.g.flow(k.addr(), l);
                Hole::to(l)
            } else {
                k
            };
            if elem.is_none_or(pointers) {
                let whole = t.as_array().is_some() || is_type_param(self.ty(&r.x).unwrap_or(t));
                self.g.flow(if whole { k } else { k.deref() }, tmp);
            }
        } else if t.is_some_and(|t| t.as_chan().is_some()) {
            // What was received comes from the heap.
        }
        ks.iter().filter(|_| !r.def || per_iteration == 0).for_each(|k| self.g.locs[k.dst].reassigned = true);
        self.block(&f.body);
        self.depth -= 1;
    }
    /// Where the body of loop `id` gets its `i`th variable from. Belongs to a function of its own, as the body does: both end
    /// before the function around them.
    pub fn loop_var(&mut self, id: NodeId, i: usize) -> Loc {
        if let Some(&l) = self.loop_vars.get(&(id, i)) {
            return l;
        }
        let around = self.g.funs[self.fun].parent;
        let fun = self.add_fun(around, None, Vec::new(), &[]);
        let l = self.g.new_loc(What::Temp, fun, 1, true);
        self.loop_vars.insert((id, i), l);
        l
    }
    /// The body is a literal that the function gets.
    fn range_func(&mut self, f: &'static ForStmt, r: &'static RangeClause) {
        let callees = self.callees(&r.x);
        let k = match &callees[..] {
            [] => {
                self.expr(Hole::to(CALLEE), &r.x);
                Hole::to(HEAP)
            }
            l => {
                self.discard(&r.x);
                self.tag_hole(None, l, 0)
            }
        };
        let closure = self.new_loc(What::Temp, false);
        self.g.flow(k.addr(), closure);
        let child = self.add_fun(Some(self.fun), None, Vec::new(), &[]);
        self.capture(f.id, Hole::to(closure));
        let (fun, depth) = (std::mem::replace(&mut self.fun, child), std::mem::replace(&mut self.depth, 1));
        for (i, x) in r.lhs.as_ref().map_or(&[][..], Expr::list).iter().enumerate() {
            let given = self.facts.known_loops.contains(&f.id).then(|| self.loop_var(f.id, i));
            match self.info.defs.get(x.id).filter(|o| r.def && !o.name().is_blank()) {
                Some(&o) => {
                    let l = self.declare(o);
                    self.g.locs[l].param = true;
                    given.into_iter().for_each(|g| self.g.flow(Hole::to(l), g));
                }
                None => {
                    let k = self.addr(x);
                    given.into_iter().for_each(|g| self.g.flow(k, g));
                    self.g.locs[k.dst].reassigned = true;
                }
            }
        }
        self.block(&f.body);
        (self.fun, self.depth) = (fun, depth);
    }
    fn switch(&mut self, w: &'static SwitchStmt) {
        w.init.iter().for_each(|s| self.stmt(s));
        if let Some(Expr { kind: ExprKind::TypeSwitchGuard { lhs, x }, .. }) = &w.tag {
            let mut ks = Vec::new();
            if lhs.is_some() {
                for c in &w.body {
                    let Some(&o) = self.info.implicits.get(&c.id) else { continue };
                    self.var_pos.insert(o, c.pos);
                    let l = self.declare(o);
                    if pointers(o.ty()) {
                        ks.push(dot_type(Hole::to(l), o.ty()));
                    }
                }
            }
            let k = self.tee(&ks);
            self.expr(k, x);
            w.body.iter().for_each(|c| self.stmts(&c.body));
            return;
        }
        let tag = w.tag.as_ref();
        tag.into_iter().for_each(|t| self.discard(t));
        let tag_type = tag.and_then(|t| self.ty(t));
        let chosen = self.chosen(w);
        for c in w.body.iter().filter(|c| chosen.is_none_or(|o| o == Some(c.id))) {
            for e in c.cases.as_ref().map_or(&[][..], Expr::list) {
                match tag_type {
                    Some(t) => self.expr_as(Hole::to(BLANK), e, t),
                    None => self.discard(e),
                }
            }
            self.stmts(&c.body);
        }
    }

    /// Reports what a statement in the body of a `for b.Loop()` keeps alive.
    fn report_kept(&mut self, s: &'static Stmt) {
        use crate::bloop::Kept;
        for k in crate::bloop::kept(self.info, s) {
            let what = match k {
                Kept::Var(o) => o.pkg().map_or(String::new(), |p| format!("{}.", p.path())) + o.name().as_str(),
                Kept::Blank => format!("{}..autotmp_{}", self.own.path(), self.g.locs.len()),
                Kept::Deref => "dereference".into(),
                Kept::Results(1) => "function result".into(),
                Kept::Results(_) => "function results".into(),
                Kept::Arg => "function arg".into(),
                Kept::Unknown => {
                    self.said.push(Said { level: 2, ..Said::new(s.pos, "expr is unknown to bloop pass".into()) });
                    continue;
                }
            };
            self.said.push(Said { level: 2, ..Said::new(s.pos, format!("{what} will be kept alive")) });
        }
    }

    /// The clause that a switch on a constant takes, or that it takes none; `None` if that is not known.
    fn chosen(&self, w: &'static SwitchStmt) -> Option<Option<NodeId>> {
        let value = |e: &Expr| self.info.types.get(e.unparen().id)?.value.clone();
        let yes = goxide_types::constant::Value::Bool(true);
        let tag = w.tag.as_ref().map_or(Some(yes), value)?;
        let mut clause = None;
        'found: for c in &w.body {
            match &c.cases {
                None => clause = Some(c),
                Some(cases) => {
                    for e in cases.list() {
                        if goxide_types::constant::compare(&tag, goxide_types::constant::Op::Eql, &value(e)?) {
                            clause = Some(c);
                            break 'found;
                        }
                    }
                }
            }
        }
        let falls = |c: &CaseClause| {
            matches!(c.body.last().map(|s| &s.kind), Some(StmtKind::Branch { tok: BranchTok::Fallthrough, .. }))
        };
        (!clause.is_some_and(falls)).then(|| clause.map(|c| c.id))
    }

    /// The literal `id` holds what it captures; connected later.
    pub fn capture(&mut self, id: NodeId, hole: Hole) {
        let Some(&n) = self.facts.lit_index.get(&id) else { return };
        let captures = self.facts.lits[n].captures.clone();
        for &o in &captures {
            let l = self.var(o);
            let (depth, loc) = (self.depth, &mut self.g.locs[l]);
            if !loc.captured {
                loc.captured = true;
                // Assignments in straight-line code in front of the first capture do not matter.
                if loc.depth == depth {
                    loc.reassigned = false;
                }
            }
        }
        self.pending.push(Pending { hole, captures });
    }
    /// Connects captured variables to their closures, by value where nothing can tell the difference.
    pub fn flow_closures(&mut self) {
        for p in std::mem::take(&mut self.pending) {
            for o in p.captures {
                let l = self.var(o);
                let loc = &self.g.locs[l];
                let size = goxide_types::size_of(o.ty());
                let by_value = !loc.addrtaken && !loc.reassigned && (0..=128).contains(&size);
                if by_value {
                    self.by_value.push(o);
                }
                self.g.flow(if by_value { p.hole } else { p.hole.addr() }, l);
            }
        }
    }
}

/// The hole for the operand of an assertion to `t`.
pub fn dot_type(k: Hole, t: Ty) -> Hole {
    if !is_iface(t) && !is_type_param(t) && !direct(canon(t)) { k.deref() } else { k }
}
