//! Assignments and initialisations (`assignments.go`).

use super::expr::{Target, new_target};
use super::operand::{operand_types, var_types};
use super::{Checker, Operand};
use crate::codes::Code;
use crate::info::Mode;
use crate::object::{Obj, ObjKind, VarKind};
use crate::predicates::*;
use crate::types::{BasicKind, Ty, invalid};
use goxide_base::{Name, Pos};
use goxide_syntax::ast::{Expr, ExprKind};
use goxide_syntax::end_pos;
use goxide_syntax::expr_string;

impl Checker {
    /// Checks that `x` may be assigned to a variable of type `t`, converting untyped values. No type: the blank
    /// identifier. On failure `x` becomes invalid.
    pub(crate) fn assignment(&mut self, x: &mut Operand, t: Option<Ty>, context: &str) {
        self.single_value(x);
        match x.mode {
            Mode::Invalid => return,
            Mode::NilValue
            | Mode::Constant
            | Mode::Variable
            | Mode::MapIndex
            | Mode::Value
            | Mode::CommaOk
            | Mode::CommaErr => {}
            _ => {
                let msg = format!(
                    "cannot assign {} to {} in {context}",
                    self.os(x),
                    t.map_or_else(String::new, |t| self.ts(t))
                );
                self.error(&*x, Code::IncompatibleAssign, msg);
                x.invalidate();
                return;
            }
        }
        if is_untyped(x.typ) {
            // For interfaces and the blank identifier, constants take their default type first.
            let target = match t {
                None if x.is_nil() => {
                    self.error(&*x, Code::UntypedNilUse, format!("use of untyped nil in {context}"));
                    x.invalidate();
                    return;
                }
                None => default_type(x.typ),
                Some(t) if !x.is_nil() && is_non_type_param_interface(t) => default_type(x.typ),
                Some(t) => t,
            };
            match self.implicit_type_and_value(x, target) {
                Err(code) => {
                    let mut msg = format!("cannot use {} as {} value in {context}", self.os(x), self.ts(target));
                    let code = match code {
                        Code::TruncatedFloat => {
                            msg.push_str(" (truncated)");
                            code
                        }
                        Code::NumericOverflow => {
                            msg.push_str(" (overflows)");
                            code
                        }
                        _ => Code::IncompatibleAssign,
                    };
                    self.error(&*x, code, msg);
                    x.invalidate();
                    return;
                }
                Ok((new, val)) => self.set_implicit(x, new, val),
            }
        }
        // A generic function takes its type arguments from the target or not at all.
        if x.typ.as_sig().is_some() || is_generic(x.typ) {
            let target = new_target(t, context);
            self.non_generic(target.as_ref(), x);
            if !x.is_valid() {
                return;
            }
        }
        let Some(t) = t else { return };
        let mut cause = String::new();
        if let Err(code) = self.assignable_to(x, t, Some(&mut cause)) {
            let mut msg = format!("cannot use {} as {} value in {context}", self.os(x), self.ts(t));
            if !cause.is_empty() {
                msg = format!("{msg}: {cause}");
            }
            self.error(&*x, code, msg);
            x.invalidate();
        }
    }

    /// Initialises constant `lhs`.
    pub(crate) fn init_const(&mut self, lhs: Obj, x: &mut Operand) {
        if !x.is_valid() || !x.typ.is_valid() || lhs.ty_opt().is_some_and(|t| !t.is_valid()) {
            if lhs.ty_opt().is_none() {
                lhs.set_ty(invalid());
            }
            return;
        }
        if x.mode != Mode::Constant {
            let msg = format!("{} is not constant", self.os(x));
            self.error(&*x, Code::InvalidConstInit, msg);
            if lhs.ty_opt().is_none() {
                lhs.set_ty(invalid());
            }
            return;
        }
        if lhs.ty_opt().is_none() {
            lhs.set_ty(x.typ);
        }
        self.assignment(x, Some(lhs.ty()), "constant declaration");
        if x.is_valid() {
            lhs.set_const_val(x.val.clone());
        }
    }

    /// Initialises variable `lhs`, giving it the type of `x` if it has none.
    pub(crate) fn init_var(&mut self, lhs: Obj, x: &mut Operand, context: &str) {
        if !x.is_valid() || !x.typ.is_valid() || lhs.ty_opt().is_some_and(|t| !t.is_valid()) {
            if lhs.ty_opt().is_none() {
                lhs.set_ty(invalid());
            }
            x.invalidate();
            return;
        }
        if lhs.ty_opt().is_none() {
            let mut t = x.typ;
            if is_untyped(t) {
                if t.as_basic().is_some_and(|b| b.kind == BasicKind::UntypedNil) {
                    self.error(&*x, Code::UntypedNilUse, format!("use of untyped nil in {context}"));
                    lhs.set_ty(invalid());
                    x.invalidate();
                    return;
                }
                t = default_type(t);
            }
            lhs.set_ty(t);
        }
        self.assignment(x, Some(lhs.ty()), context);
    }

    /// If `e` is a name of a variable of this package: the variable and whether it counts as used by now.
    pub(crate) fn lhs_use(&self, e: &Expr) -> Option<(Obj, bool)> {
        let ExprKind::Name(name) = &e.unparen().kind else { return None };
        let v = self.lookup(*name).filter(|o| o.as_var().is_some() && o.pkg() == Some(self.pkg))?;
        Some((v, self.used_vars.contains(&v)))
    }

    /// Undoes the use of a variable by its evaluation as the target of an assignment.
    pub(crate) fn restore_use(&mut self, v: Option<(Obj, bool)>) {
        if let Some((v, false)) = v {
            self.used_vars.remove(&v);
        }
    }

    /// The type of the target of an assignment: `None` for the blank identifier, invalid after an error.
    fn lhs_var(&mut self, lhs: &'static Expr) -> Option<Ty> {
        if matches!(&lhs.unparen().kind, ExprKind::Name(n) if n.is_blank()) {
            return None;
        }
        // Being assigned to is no use.
        let v = self.lhs_use(lhs);
        let mut x = Operand::default();
        self.expr(None, &mut x, lhs);
        self.restore_use(v);
        if !x.is_valid() || !x.typ.is_valid() {
            return Some(invalid());
        }
        match x.mode {
            Mode::Variable | Mode::MapIndex => Some(x.typ),
            _ => {
                if let Some(ExprKind::Selector { x: inner, .. }) = x.expr.map(|e| &e.kind) {
                    let mut op = Operand::default();
                    self.expr(None, &mut op, inner);
                    if op.mode == Mode::MapIndex {
                        let msg = format!("cannot assign to struct field {} in map", x.expr_str());
                        self.error(&x, Code::UnaddressableFieldAssign, msg);
                        return Some(invalid());
                    }
                }
                let msg = format!("cannot assign to {} (neither addressable nor a map index expression)", x.expr_str());
                self.error(&x, Code::UnassignableOperand, msg);
                Some(invalid())
            }
        }
    }

    /// Checks `lhs = rhs`.
    fn assign_expr(&mut self, lhs: &'static Expr, rhs: &'static Expr, context: &str) {
        let t = self.lhs_var(lhs);
        if t.is_some_and(|t| !t.is_valid()) {
            self.use_expr(rhs);
            return;
        }
        let target: Option<Target> = match t {
            Some(t) if t.under().as_sig().is_some() => new_target(Some(t), &expr_string(lhs)),
            _ => None,
        };
        let mut x = Operand::default();
        self.expr(target.as_ref(), &mut x, rhs);
        self.assign_to(t, &mut x, context);
    }

    /// Checks `lhs = x`, `x` being evaluated already.
    pub(crate) fn assign_var(&mut self, lhs: &'static Expr, x: &mut Operand, context: &str) {
        let t = self.lhs_var(lhs);
        if t.is_some_and(|t| !t.is_valid()) {
            x.invalidate();
            return;
        }
        self.assign_to(t, x, context);
    }

    fn assign_to(&mut self, t: Option<Ty>, x: &mut Operand, context: &str) {
        let context = if t.is_none() && context == "assignment" { "assignment to _ identifier" } else { context };
        self.assignment(x, t, context);
    }

    /// "(T1, T2, …)" as messages about argument and result counts show it.
    pub(crate) fn types_summary(&self, list: &[Ty], variadic: bool, has_dots: bool) -> String {
        let mut parts = Vec::new();
        for (i, t) in list.iter().enumerate() {
            let mut s = if !t.is_valid() {
                "unknown type".to_owned()
            } else if is_untyped(*t) {
                // "number" implies no type.
                if is_numeric(*t) {
                    "number".to_owned()
                } else {
                    t.as_basic().map_or("", |b| b.name).replace("untyped ", "")
                }
            } else {
                self.ts(*t)
            };
            if i + 1 == list.len() {
                if variadic {
                    if let Some(elem) = t.as_slice() {
                        s = self.ts(elem);
                    }
                    s = format!("...{s}");
                } else if has_dots {
                    s.push_str("...");
                }
            }
            parts.push(s);
        }
        format!("({})", parts.join(", "))
    }

    pub(crate) fn assign_error(&mut self, rhs: &'static [Expr], l: usize, r: usize) {
        let (vars, vals) = (measure(l, "variable"), measure(r, "value"));
        if let [one] = rhs
            && let ExprKind::Call { fun, .. } = &one.unparen().kind
        {
            let msg = format!("assignment mismatch: {vars} but {} returns {vals}", expr_string(fun));
            self.error(one, Code::WrongAssignCount, msg);
            return;
        }
        self.error(&rhs[0], Code::WrongAssignCount, format!("assignment mismatch: {vars} but {vals}"));
    }

    fn return_error(&mut self, at: Pos, lhs: &[Obj], rhs: &[Operand]) {
        let (l, r) = (lhs.len(), rhs.len());
        let (at, qualifier) = if r > l {
            (rhs[l].start(), "too many")
        } else if r > 0 {
            (rhs[r - 1].start(), "not enough")
        } else {
            (at, "not enough")
        };
        let mut err = super::errors::ErrorDesc::new(Code::WrongResultCount);
        err.add(at, format!("{qualifier} return values"));
        err.add(Pos::NONE, format!("have {}", self.types_summary(&operand_types(rhs), false, false)));
        err.add(Pos::NONE, format!("want {}", self.types_summary(&var_types(lhs), false, false)));
        self.report(err);
    }

    /// Initialises variables, or function results if this is a `return` (then at its position).
    pub(crate) fn init_vars(&mut self, lhs: &[Obj], rhs: &'static [Expr], return_pos: Option<Pos>) {
        let (l, r) = (lhs.len(), rhs.len());
        let context = if return_pos.is_some() {
            "return statement"
        } else if l > 1 {
            "multiple assignment"
        } else {
            "assignment"
        };
        // A single call is treated as giving any number of values: better messages.
        let is_call = r == 1 && matches!(rhs[0].unparen().kind, ExprKind::Call { .. });
        if l == r && !is_call {
            let mut x = Operand::default();
            for (lhs, e) in lhs.iter().zip(rhs) {
                let t = lhs.ty_opt();
                let target = match t {
                    Some(t) if is_func_like(t) => {
                        let name = lhs.name();
                        new_target(
                            Some(t),
                            if return_pos.is_some() && name == "" { "result variable" } else { name.as_str() },
                        )
                    }
                    _ => None,
                };
                self.expr(target.as_ref(), &mut x, e);
                self.init_var(*lhs, &mut x, context);
            }
            return;
        }
        if r != 1 {
            // Speak of the mismatch only if nothing else is wrong.
            if self.use_exprs(rhs) {
                match return_pos {
                    Some(pos) => {
                        let list = self.expr_list(rhs);
                        self.return_error(pos, lhs, &list);
                    }
                    None => self.assign_error(rhs, l, r),
                }
            }
            invalidate_untyped_vars(lhs);
            return;
        }
        let (mut list, comma_ok) = self.multi_expr(&rhs[0], l == 2 && return_pos.is_none());
        if list.len() == l {
            for (lhs, x) in lhs.iter().zip(list.iter_mut()) {
                self.init_var(*lhs, x, context);
            }
            if comma_ok && list.iter().all(Operand::is_valid) {
                self.record_comma_ok_types(&rhs[0], &list);
            }
            return;
        }
        if list[0].is_valid() {
            match return_pos {
                Some(pos) => self.return_error(pos, lhs, &list),
                None => self.assign_error(rhs, l, list.len()),
            }
        }
        invalidate_untyped_vars(lhs);
    }

    /// Checks `lhs… = rhs…`.
    pub(crate) fn assign_vars(&mut self, lhs: &'static [Expr], rhs: &'static [Expr]) {
        let (l, r) = (lhs.len(), rhs.len());
        let context = if l > 1 { "multiple assignment" } else { "assignment" };
        let is_call = r == 1 && matches!(rhs[0].unparen().kind, ExprKind::Call { .. });
        if l == r && !is_call {
            for (a, b) in lhs.iter().zip(rhs) {
                self.assign_expr(a, b, context);
            }
            return;
        }
        if r != 1 {
            let ok_lhs = self.use_lhs(lhs);
            let ok_rhs = self.use_exprs(rhs);
            if ok_lhs && ok_rhs {
                self.assign_error(rhs, l, r);
            }
            return;
        }
        let (mut list, comma_ok) = self.multi_expr(&rhs[0], l == 2);
        if list.len() == l {
            for (a, x) in lhs.iter().zip(list.iter_mut()) {
                self.assign_var(a, x, context);
            }
            if comma_ok && list.iter().all(Operand::is_valid) {
                self.record_comma_ok_types(&rhs[0], &list);
            }
            return;
        }
        if list[0].is_valid() {
            self.assign_error(rhs, l, list.len());
        }
        self.use_lhs(lhs);
    }

    /// Checks `lhs… := rhs…`.
    pub(crate) fn short_var_decl(&mut self, pos: Pos, lhs: &'static [Expr], rhs: &'static [Expr]) {
        let top = self.delayed.len();
        let scope = self.env.scope.expect("statement outside any scope");
        let mut seen: Vec<Name> = Vec::new();
        let mut vars = Vec::with_capacity(lhs.len());
        let mut new_vars = Vec::new();
        let mut has_err = false;
        for e in lhs {
            // A stand-in where the left side is in error.
            let blank = || Obj::new_var(VarKind::Local, e.pos, None, Name::new("_"), None);
            let ExprKind::Name(name) = &e.kind else {
                self.use_lhs(std::slice::from_ref(e));
                self.error(e, Code::BadDecl, format!("non-name {} on left side of :=", expr_string(e)));
                has_err = true;
                vars.push(blank());
                continue;
            };
            if !name.is_blank() {
                if seen.contains(name) {
                    self.error(e, Code::RepeatedDecl, format!("{name} repeated on left side of :="));
                    has_err = true;
                    vars.push(blank());
                    continue;
                }
                seen.push(*name);
            }
            // Redeclared in this very scope: an assignment.
            if let Some(alt) = scope.lookup(*name) {
                self.record_use(e.id, alt);
                if matches!(alt.kind, ObjKind::Var(_)) {
                    vars.push(alt);
                } else {
                    self.error(e, Code::UnassignableOperand, format!("cannot assign to {name}"));
                    has_err = true;
                    vars.push(blank());
                }
                continue;
            }
            let obj = Obj::new_var(VarKind::Local, e.pos, Some(self.pkg), *name, None);
            vars.push(obj);
            if !name.is_blank() {
                new_vars.push(obj);
            }
            self.record_def(e.id, Some(obj));
        }
        self.init_vars(&vars, rhs, None);
        // Function literals of the right side must not see the new variables.
        self.process_delayed(top);
        if new_vars.is_empty() && !has_err {
            self.soft_error(pos, Code::NoNewVar, "no new variables on left side of :=");
            return;
        }
        let scope_pos = rhs.last().map_or(pos, end_pos);
        for obj in new_vars {
            self.declare(scope, None, obj, scope_pos);
        }
    }
}

/// Whether a generic function could be assigned to variables of this type.
pub(crate) fn is_func_like(t: Ty) -> bool {
    is_type_param(t) || t.under().as_sig().is_some()
}

fn invalidate_untyped_vars(lhs: &[Obj]) {
    for v in lhs {
        if v.ty_opt().is_none() {
            v.set_ty(invalid());
        }
    }
}

fn measure(n: usize, unit: &str) -> String {
    if n == 1 { format!("1 {unit}") } else { format!("{n} {unit}s") }
}
