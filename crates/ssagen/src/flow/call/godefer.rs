//! `go` and `defer`: what the statement evaluates at once flows to the closure that holds it, and from there to the call.

use super::super::build::{Build, direct, is_iface};
use super::super::graph::*;
use super::{Callee, Passed};
use goxide_syntax::ast::*;
use goxide_types::{BuiltinId, Ty};

/// An argument that a go or defer statement evaluates at once.
enum Given {
    Temp(Loc),
    /// Something that is made when the call happens.
    Late(&'static Expr, Ty),
    /// A literal that is made then, of elements that are evaluated now.
    Literal(&'static Expr, bool, Vec<Given>),
}

impl Build<'_> {
    /// A go or defer statement: a call without arguments or results is what it is; anything else becomes a wrapper that
    /// holds the operands.
    pub fn go_defer(&mut self, e: &'static Expr, defer: bool) {
        let e = e.unparen();
        let ExprKind::Call { fun, args, has_dots } = &e.kind else { return };
        // Bodies of loops over functions run any number of times.
        let top = defer && self.depth == 1 && (self.g.funs[self.fun].obj.is_some() || self.is_literal());
        let k = if top {
            let l = self.temp();
            Hole::to(l)
        } else {
            Hole::to(HEAP)
        };
        let f = fun.unparen();
        let conversion = self.info.types.get(f.id).is_some_and(|t| t.is_type());
        let builtin = self.info.builtin_of(fun);
        let sig = self.ty(fun).and_then(|t| t.under().as_sig());
        let selected = self.selected(f);
        if let (None, None, Some(s)) = (builtin, &selected, sig)
            && s.params().is_empty()
            && s.results().is_empty()
        {
            return self.expr(k, fun);
        }
        let closure = self.new_loc(What::Temp, false);
        self.g.flow(k.addr(), closure);
        let wrapper = self.add_fun(Some(self.fun), None, Vec::new(), &[]);
        if conversion {
            return args.iter().for_each(|a| self.expr(Hole::to(closure), a));
        }
        if let Some(b) = builtin {
            let any = goxide_types::universe::any_obj().ty();
            for a in args {
                let t = if b == BuiltinId::Panic { any } else { self.ty(a).unwrap_or(any) };
                let g = self.give(closure, a, t);
                let k = if b == BuiltinId::Panic { Hole::to(HEAP) } else { Hole::to(BLANK) };
                self.take(wrapper, k, g);
            }
            return;
        }
        let Some(sig) = sig else {
            self.expr(Hole::to(HEAP), fun);
            return args.iter().for_each(|a| self.expr(Hole::to(HEAP), a));
        };
        let mut first = 0;
        let callees: Vec<Callee> = match &selected {
            Some((x, s)) => self.method_callee(x, s).into_iter().collect(),
            None => self.callees(fun),
        };
        match selected {
            Some((x, s)) => {
                let t = self.temp();
                self.receiver(Hole::to(t), x, &s);
                self.g.flow(Hole::to(closure), t);
                first = 1;
                let k = self.tag_hole(None, &callees, 0);
                self.take(wrapper, k, Given::Temp(t));
            }
            None => {
                if !matches!(callees[..], [Callee::Func(..)]) {
                    let t = self.temp();
                    self.expr(Hole::to(t), fun);
                    self.g.flow(Hole::to(closure), t);
                }
            }
        }
        let params = sig.params();
        let dots = *has_dots;
        let fixed = if sig.variadic() && !dots { params.len() - 1 } else { params.len() };
        if args.len() == 1 && self.ty(&args[0]).and_then(Ty::as_tuple).is_some() {
            return self.arguments(None, &[], Passed { call: e, args, dots, sig, first, keeps: false });
        }
        for (n, (a, p)) in args.iter().zip(&params[..fixed]).enumerate() {
            let g = self.give(closure, a, p.ty());
            let k = self.tag_hole(None, &callees, first + n);
            self.take(wrapper, k, g);
        }
        if sig.variadic() && !dots && args.len() > fixed {
            let elem = params[fixed].ty().under().as_slice().expect("variadic parameters are slices");
            let given: Vec<Given> = args[fixed..].iter().map(|a| self.give(closure, a, elem)).collect();
            let k = self.tag_hole(None, &callees, first + fixed);
            let mut slice = k;
            self.in_function(wrapper, |b| slice = b.spill(k, Site::Dots, e.id, e.pos, None));
            given.into_iter().for_each(|g| self.take(wrapper, slice, g));
        }
    }
    fn is_literal(&self) -> bool {
        self.g.lits.values().any(|&n| n == self.fun)
    }
    fn give(&mut self, closure: Loc, a: &'static Expr, t: Ty) -> Given {
        let u = a.unparen();
        let late = self.info.types.get(u.id).is_some_and(|v| v.value.is_some() && !is_iface(t) || v.is_nil())
            || matches!(&u.kind, ExprKind::Call { fun, .. } if self.info.builtin_of(fun) == Some(BuiltinId::New));
        if late && !(is_iface(t) && self.ty(u).is_some_and(|f| !is_iface(f) && !direct(f))) {
            return Given::Late(a, t);
        }
        if let (ExprKind::CompositeLit { elems, .. }, Some(u)) = (&u.kind, self.ty(u).map(Ty::under))
            && !is_iface(t)
            && let Some(elem) = u.as_slice().or(u.as_array().map(|a| a.elem))
        {
            let value = |e: &'static Expr| match &e.kind {
                ExprKind::KeyValue { value, .. } => &**value,
                _ => e,
            };
            let parts = elems.iter().map(|e| self.give(closure, value(e), elem)).collect();
            return Given::Literal(a, u.as_slice().is_some(), parts);
        }
        let l = self.temp();
        self.expr_as(Hole::to(l), a, t);
        self.g.flow(Hole::to(closure), l);
        Given::Temp(l)
    }
    fn take(&mut self, wrapper: usize, k: Hole, g: Given) {
        match g {
            Given::Temp(l) => self.g.flow(k, l),
            Given::Late(e, t) => self.in_function(wrapper, |b| b.expr_as(k, e, t)),
            Given::Literal(e, slice, parts) => {
                let mut k = k;
                if slice {
                    self.in_function(wrapper, |b| k = b.spill(k, Site::SliceLit, e.id, e.pos, Some(e)));
                }
                parts.into_iter().for_each(|p| self.take(wrapper, k, p));
            }
        }
    }
}
