//! Bodies of `for b.Loop()` in benchmarks: arguments and results of calls and the variables that are assigned to stay
//! alive, so that what is to be measured is not optimised away.

use crate::fx::*;
use crate::layout::*;
use goxide_ssa::*;
use goxide_syntax::ast::{Expr, ExprKind, ForHeader, ForStmt, Op as Tok, Stmt, StmtKind};
use goxide_types::{Info, Obj, SelectionKind};

/// Something that a statement keeps alive.
#[derive(Clone, Copy, Debug)]
pub enum Kept {
    /// A variable that is assigned to or passed.
    Var(Obj),
    /// What is assigned to `_`.
    Blank,
    /// What a pointer points at.
    Deref,
    /// This many results of a call.
    Results(usize),
    /// An argument that is no variable.
    Arg,
    /// Nothing.
    Unknown,
}

/// Whether this is a loop over `(*testing.B).Loop`.
pub fn is_loop(info: &Info, f: &ForStmt) -> bool {
    let ForHeader::Clause { cond: Some(c), .. } = &f.header else { return false };
    let ExprKind::Call { fun, .. } = &c.kind else { return false };
    let Some(s) = info.selections.get(fun.unparen().id) else { return false };
    s.kind == SelectionKind::MethodVal
        && s.obj.name() == "Loop"
        && s.obj.pkg().is_some_and(|p| p.path() == "testing")
        && s.obj.has_ptr_recv()
        && s.obj
            .sig_opt()
            .and_then(|g| g.recv())
            .is_some_and(|r| goxide_types::lookup::deref(r.ty()).0.as_named().is_some_and(|n| n.obj().name() == "B"))
}

/// The variable that an expression is, or is a part of.
fn variable(info: &Info, e: &Expr) -> Option<Obj> {
    let e = e.unparen();
    match &e.kind {
        ExprKind::Name(_) => info.object_of(e.id).filter(|o| o.is_var()),
        ExprKind::Slice { x, .. } | ExprKind::Index { x, .. } | ExprKind::Unary { op: Tok::And, x } => {
            variable(info, x)
        }
        ExprKind::Selector { x, .. } if info.selections.get(e.id).is_some() => variable(info, x),
        ExprKind::Selector { sel, .. } => info.uses.get(sel.id).copied().filter(|o| o.is_var()),
        ExprKind::Call { fun, args, .. } if info.types.get(fun.unparen().id).is_some_and(|t| t.is_type()) => {
            variable(info, args.first()?)
        }
        _ => None,
    }
}

/// What a statement in such a loop keeps alive.
pub fn kept(info: &Info, s: &Stmt) -> Vec<Kept> {
    let assigned = |l: &Expr| match &l.unparen().kind {
        ExprKind::Name(n) if n.is_blank() => Kept::Blank,
        ExprKind::Star(_) => Kept::Deref,
        _ => variable(info, l).map_or(Kept::Unknown, Kept::Var),
    };
    match &s.kind {
        StmtKind::Assign { lhs, .. } | StmtKind::Define { lhs, .. } => lhs.list().iter().map(assigned).collect(),
        StmtKind::IncDec { x, .. } => vec![assigned(x)],
        StmtKind::Expr(e) => {
            let ExprKind::Call { fun, args, .. } = &e.unparen().kind else { return Vec::new() };
            let sig = info.type_of(fun).and_then(|t| t.under().as_sig());
            let Some(sig) = sig.filter(|_| info.builtin_of(fun).is_none()) else { return Vec::new() };
            match sig.results().len() {
                0 => args.iter().map(|a| variable(info, a).map_or(Kept::Arg, Kept::Var)).collect(),
                n => vec![Kept::Results(n)],
            }
        }
        _ => Vec::new(),
    }
}

impl Fx<'_> {
    /// A statement of such a loop's body, with what it keeps alive.
    pub fn bloop_stmt(&mut self, s: &'static Stmt) {
        let kept = kept(self.info(), s);
        self.keep_call = matches!(s.kind, StmtKind::Expr(_));
        self.stmt(s);
        self.keep_call = false;
        if !self.b.reachable() {
            return;
        }
        for k in kept {
            let Kept::Var(o) = k else { continue };
            let t = self.ty(o.ty());
            match self.locals.get(&o).cloned() {
                Some(Local::Vars(xs)) => {
                    for x in xs {
                        let v = self.b.use_var(x);
                        self.b.effect(Op::KeepAlive, &[v], Aux::None);
                    }
                }
                // Its memory is used as long as its address is.
                Some(l) if size(t) > 0 => {
                    let a = self.local_addr(&l);
                    let p = self.addr_value(a);
                    self.b.effect(Op::KeepAlive, &[p], Aux::None);
                }
                _ => {}
            }
        }
    }
    /// A value that nobody uses: in such a loop it is made all the same.
    pub fn keep_value(&mut self, v: &Val) {
        match v {
            Val::S(s) => {
                for &x in s {
                    self.b.effect(Op::KeepAlive, &[x], Aux::None);
                }
            }
            Val::M(a) => {
                let p = self.addr_value(*a);
                self.b.effect(Op::KeepAlive, &[p], Aux::None);
            }
        }
    }
}
