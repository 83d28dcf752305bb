//! Range statements (`range.go`).

use super::stmt::Ctxt;
use super::{Checker, Operand};
use crate::codes::Code;
use crate::constant;
use crate::info::Mode;
use crate::object::{Obj, VarKind};
use crate::predicates::*;
use crate::types::{BasicKind, ChanDir, Ty, TyKind, invalid, rune, typ};
use crate::under::{TypeError, common_under};
use crate::version::go1;
use goxide_base::Pos;
use goxide_syntax::ast::{Block, Expr, ExprKind, RangeClause};
use goxide_syntax::expr_string;

/// What the iteration variables of a range clause get; `None`: there is no such variable.
type KeyVal = (Option<Ty>, Option<Ty>);

impl Checker {
    /// Checks a range statement at `pos`.
    pub(crate) fn range_stmt(&mut self, inner: Ctxt, pos: Pos, r: &'static RangeClause, body: &'static Block) {
        let vars: &'static [Expr] = r.lhs.as_ref().map_or(&[], Expr::list);
        let (key_e, val_e, extra_e) = (vars.first(), vars.get(1), vars.get(2));
        let mut x = Operand::default();

        self.env.has_call_or_recv = false;
        self.expr(None, &mut x, &r.x);
        // With at most one variable an array without calls in it is not evaluated: only its length counts.
        if x.is_valid()
            && val_e.is_none()
            && !self.env.has_call_or_recv
            && let Some(a) = array_ptr_deref(x.typ.under()).as_array()
        {
            let len = Operand {
                mode: Mode::Constant,
                expr: Some(r.x.unparen()),
                typ: typ(BasicKind::Int),
                val: constant::make_int64(a.len),
                id: x.id,
            };
            self.record(&len);
        }

        let (mut key, mut val) = (None, None);
        if x.is_valid() {
            match self.range_key_val(x.typ) {
                Err(cause) => {
                    let mut msg = format!("cannot range over {}", self.os(&x));
                    if !cause.is_empty() {
                        msg = format!("{msg}: {cause}");
                    }
                    self.soft_error(&x, Code::InvalidRangeExpr, msg);
                    (key, val) = (Some(invalid()), Some(invalid()));
                }
                Ok((k, v)) => {
                    if let Some(e) = key_e.filter(|_| k.is_none()) {
                        let msg = format!("range over {} permits no iteration variables", self.os(&x));
                        self.soft_error(e, Code::InvalidIterVar, msg);
                    } else if let Some(e) = val_e.filter(|_| v.is_none()) {
                        let msg = format!("range over {} permits only one iteration variable", self.os(&x));
                        self.soft_error(e, Code::InvalidIterVar, msg);
                    } else if let Some(e) = extra_e {
                        self.soft_error(
                            e,
                            Code::InvalidIterVar,
                            "range clause permits at most two iteration variables",
                        );
                    }
                    (key, val) = (k, v);
                }
            }
        }

        // Variables declared here belong to the statement's scope, which starts after the range expression.
        self.open_scope(pos, body.rbrace);
        let over_int = is_integer(x.typ);
        let pairs = [(key_e, key), (val_e, val)];
        if r.def {
            self.range_define(pos, &mut x, pairs, over_int, body);
        } else if key_e.is_some() {
            self.range_assign(&mut x, pairs, over_int);
        } else if over_int {
            // Without variables an untyped integer must still fit its default type.
            self.assignment(&mut x, None, "range clause");
        }
        self.body(inner, body);
        self.close_scope();
    }

    fn range_define(
        &mut self,
        pos: Pos,
        x: &mut Operand,
        pairs: [(Option<&'static Expr>, Option<Ty>); 2],
        over_int: bool,
        body: &'static Block,
    ) {
        let mut vars = Vec::new();
        for (e, t) in pairs {
            let Some(e) = e else { continue };
            let obj = match &e.kind {
                ExprKind::Name(name) => {
                    let obj = Obj::new_var(VarKind::Local, e.pos, Some(self.pkg), *name, None);
                    self.record_def(e.id, Some(obj));
                    if !name.is_blank() {
                        vars.push(obj);
                    }
                    obj
                }
                _ => {
                    self.error(e, Code::InvalidSyntaxTree, format!("cannot declare {}", expr_string(e)));
                    Obj::new_var(VarKind::Local, e.pos, Some(self.pkg), goxide_base::Name::new("_"), None)
                }
            };
            match t.filter(|t| *t != invalid()) {
                None => {
                    obj.set_ty(invalid());
                    self.used_vars.insert(obj);
                }
                Some(_) if over_int => self.init_var(obj, x, "range clause"),
                Some(t) => {
                    let mut y = Operand { mode: Mode::Value, expr: Some(e), typ: t, ..Operand::default() };
                    self.init_var(obj, &mut y, "assignment");
                }
            }
        }
        if vars.is_empty() {
            self.error(pos, Code::NoNewVar, "no new variables on left side of :=");
        }
        let scope = self.env.scope.expect("range outside any scope");
        for obj in vars {
            self.declare(scope, None, obj, body.pos);
        }
    }

    fn range_assign(&mut self, x: &mut Operand, pairs: [(Option<&'static Expr>, Option<Ty>); 2], over_int: bool) {
        for (e, t) in pairs {
            let (Some(e), Some(t)) = (e, t.filter(|t| *t != invalid())) else { continue };
            if over_int {
                self.assign_var(e, x, "range clause");
                // The variable has given an untyped x its type.
                if x.is_valid() && !is_integer(x.typ) {
                    let msg = format!("cannot use iteration variable of type {}", self.ts(x.typ));
                    self.soft_error(e, Code::InvalidRangeExpr, msg);
                }
            } else {
                let mut y = Operand { mode: Mode::Value, expr: Some(e), typ: t, ..Operand::default() };
                self.assign_var(e, &mut y, "assignment");
            }
        }
    }

    /// Types of the iteration variables over a type, or why it cannot be ranged over (perhaps "").
    fn range_key_val(&mut self, orig: Ty) -> Result<KeyVal, String> {
        let r = common_under(
            orig,
            Some(&mut |t, u| match u.and_then(Ty::as_chan) {
                Some((ChanDir::Send, _)) => Err(TypeError::one("receive from send-only channel %s", t)),
                _ => Ok(()),
            }),
        );
        let u = match r {
            Ok(u) => u,
            Err(e) => return Err(self.type_error(&e)),
        };
        let u = array_ptr_deref(u);
        match u.kind() {
            TyKind::Basic(_) if is_string(u) => Ok((Some(typ(BasicKind::Int)), Some(rune()))),
            TyKind::Basic(_) if is_integer(u) => {
                if !self.allow_version(go1(22)) {
                    return Err("requires go1.22 or later".into());
                }
                Ok((Some(orig), None))
            }
            TyKind::Array(a) => Ok((Some(typ(BasicKind::Int)), Some(a.elem))),
            TyKind::Slice(s) => Ok((Some(typ(BasicKind::Int)), Some(s.elem))),
            TyKind::Map(m) => Ok((Some(m.key), Some(m.elem))),
            TyKind::Chan(c) => Ok((Some(c.elem), None)),
            TyKind::Func(s) => {
                if !self.allow_version(go1(23)) {
                    return Err("requires go1.23 or later".into());
                }
                const BAD: &str = "func must be func(yield func(...) bool): ";
                if s.params().len() != 1 {
                    return Err(format!("{BAD}wrong argument count"));
                }
                if !s.results().is_empty() {
                    return Err(format!("{BAD}unexpected results"));
                }
                let yield_t = match common_under(s.params()[0].ty(), None) {
                    Ok(u) => u,
                    Err(e) => return Err(format!("{BAD}in yield type, {}", self.type_error(&e))),
                };
                let Some(cb) = yield_t.as_sig() else { return Err(format!("{BAD}argument is not func")) };
                let res = cb.results();
                if cb.params().len() > 2 {
                    return Err(format!("{BAD}yield func has too many parameters"));
                }
                if res.len() != 1 || !identical(res[0].ty(), typ(BasicKind::Bool)) {
                    if res.len() == 1 && is_boolean(res[0].ty()) {
                        return Err(format!("{BAD}yield func returns user-defined boolean, not bool"));
                    }
                    return Err(format!("{BAD}yield func does not return bool"));
                }
                if cb.variadic() {
                    return Err(format!("yield func of type {} cannot be variadic", self.ts(yield_t)));
                }
                let p = cb.params();
                Ok((p.first().map(|v| v.ty()), p.get(1).map(|v| v.ty())))
            }
            _ => Err(String::new()),
        }
    }
}

/// The array type that a pointer type points to; any other type as it is.
pub(crate) fn array_ptr_deref(t: Ty) -> Ty {
    t.unalias().as_pointer().map(Ty::under).filter(|u| u.as_array().is_some()).unwrap_or(t)
}
