//! Operands of `go` and `defer`: what is evaluated by the statement, and what the wrapper makes when it runs. Slices that
//! nobody has seen yet (of literals and variadic calls), `new` and constants are the wrapper's, so that they can live in its
//! frame, which is where escape analysis has them (`flow::call::go_defer`).

use crate::flow::Site;
use crate::fx::*;
use crate::layout::*;
use goxide_syntax::ast::{Expr, ExprKind, NodeId};
use goxide_types::{BuiltinId, Ty};

/// An operand as the wrapper gets it.
#[derive(Clone, Debug)]
pub enum Given {
    /// The next of the values that the statement has evaluated.
    Now,
    /// Evaluated by the wrapper.
    Late(&'static Expr, Ty),
    /// A literal whose elements are given: the expressions that the statement has evaluated.
    Literal(&'static Expr, Ty, Vec<NodeId>),
    /// The slice that a variadic call makes of the operands behind the fixed ones.
    Rest(Ty, NodeId, Vec<Given>),
}

impl Given {
    /// How many of the values evaluated by the statement it is made of.
    pub fn values(&self) -> usize {
        match self {
            Given::Now => 1,
            Given::Late(..) => 0,
            Given::Literal(_, _, ids) => ids.len(),
            Given::Rest(_, _, rest) => rest.iter().map(Given::values).sum(),
        }
    }
}

/// Operands in the making.
#[derive(Default)]
pub struct Operands {
    /// What the statement evaluates.
    pub now: Vec<(Ty, Val)>,
    /// All operands.
    pub all: Vec<Given>,
}

impl Fx<'_> {
    /// Whether the wrapper evaluates `a`, wanted as a `t`.
    fn is_late(&self, a: &'static Expr, t: Ty) -> bool {
        let u = a.unparen();
        let nil = self.mode(u) == Some(goxide_types::Mode::NilValue);
        let constant = self.const_of(u).is_some();
        if nil || constant {
            return nil || !is_iface(t);
        }
        let ExprKind::Call { fun, .. } = &u.kind else { return false };
        let made = self.info().builtin_of(fun) == Some(BuiltinId::New) && !self.memo.contains_key(&u.id);
        made && (!is_iface(t) || is_direct_iface(self.type_of(u)))
    }
    /// Marks what the wrapper of a call with operands `args` evaluates, so that nobody does it before.
    pub fn mark_late(&mut self, args: &'static [Expr]) {
        for a in args {
            match &a.unparen().kind {
                ExprKind::Call { fun, .. } if self.info().builtin_of(fun) == Some(BuiltinId::New) => {
                    self.late.insert(a.unparen().id);
                }
                ExprKind::CompositeLit { elems, .. } => self.mark_late(elems),
                ExprKind::KeyValue { value, .. } => self.mark_late(std::slice::from_ref(&**value)),
                _ => {}
            }
        }
    }
    /// Whether the wrapper makes `u`, wanted as a `t`, of elements that are given.
    fn is_made_later(&self, u: &Expr, t: Ty) -> bool {
        let of = self.type_of(u);
        matches!(u.kind, ExprKind::CompositeLit { .. })
            && (is_slice(of) || is_array(of))
            && !is_iface(t)
            && !self.memo.contains_key(&u.id)
    }
    /// Evaluates what is to be evaluated now of operand `a`, wanted as a `t`.
    pub fn give(&mut self, a: &'static Expr, t: Ty, to: &mut Operands) {
        if self.is_late(a, t) {
            return to.all.push(Given::Late(a, t));
        }
        let u = a.unparen();
        if self.is_made_later(u, t) {
            let mut ids = Vec::new();
            self.give_elements(u, &mut ids, to);
            return to.all.push(Given::Literal(a, t, ids));
        }
        let v = self.expr_as(a, t);
        to.now.push((t, v));
        to.all.push(Given::Now);
    }
    fn give_elements(&mut self, e: &'static Expr, ids: &mut Vec<NodeId>, to: &mut Operands) {
        let ExprKind::CompositeLit { elems, .. } = &e.kind else { panic!("literal wanted") };
        let et = elem(self.type_of(e));
        for x in elems {
            let x = match &x.kind {
                ExprKind::KeyValue { value, .. } => value.unparen(),
                _ => x.unparen(),
            };
            if self.is_late(x, et) {
                continue;
            }
            if self.is_made_later(x, et) {
                self.give_elements(x, ids, to);
                continue;
            }
            let t = crate::convert::default_type(self.type_of(x));
            let v = self.expr_as(x, t);
            ids.push(x.id);
            to.now.push((t, v));
        }
    }
    /// Evaluates operands of a call whose parameters have types `ptys`.
    pub fn give_all(&mut self, args: &'static [Expr], ptys: &[Ty], variadic: bool, id: NodeId) -> Operands {
        let mut to = Operands::default();
        let fixed = if variadic { ptys.len() - 1 } else { ptys.len() };
        for (a, &t) in args[..fixed].iter().zip(ptys) {
            self.give(a, t, &mut to);
        }
        if variadic {
            let st = ptys[fixed];
            let all = std::mem::take(&mut to.all);
            for a in &args[fixed..] {
                self.give(a, elem(st), &mut to);
            }
            let rest = std::mem::replace(&mut to.all, all);
            to.all.push(Given::Rest(st, id, rest));
        }
        to
    }

    /// In the wrapper: the operands, made of the values that the statement evaluated.
    pub fn take_all(&mut self, all: &[Given], now: &[(Ty, Val)]) -> Vec<(Ty, Val)> {
        let mut now = now.iter();
        all.iter().map(|g| self.take(g, &mut now)).collect()
    }
    fn take(&mut self, g: &Given, now: &mut std::slice::Iter<'_, (Ty, Val)>) -> (Ty, Val) {
        match g {
            Given::Now => now.next().expect("as many values as were given").clone(),
            Given::Late(e, t) => (*t, self.expr_as(e, *t)),
            Given::Literal(e, t, ids) => {
                for id in ids {
                    let v = now.next().expect("as many values as were given").1.clone();
                    self.memo.insert(*id, v);
                }
                (*t, self.expr_as(e, *t))
            }
            Given::Rest(st, id, rest) => {
                let et = elem(*st);
                let vals: Vec<(Ty, Val)> = rest.iter().map(|g| self.take(g, now)).collect();
                let v = self.slice_of(*st, vals.len(), |s, i, a| s.store(a, et, &vals[i].1));
                if !vals.is_empty() {
                    self.mark_site(v.s()[0], Site::Dots, *id);
                }
                (*st, v)
            }
        }
    }
}
