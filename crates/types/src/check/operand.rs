//! Operands: text for messages, assignability (`operand.go`).

use super::{Checker, Operand};
use crate::codes::Code;
use crate::info::Mode;
use crate::late::leak;
use crate::lookup::is_interface_ptr;
use crate::object::{Obj, Pkg};
use crate::predicates::*;
use crate::types::{BasicKind, ChanDir, Ty, TyKind};
use crate::typestring::type_string;
use crate::universe::builtin_info;
use goxide_base::{Name, Pos};
use goxide_syntax::ast::{Expr, ExprKind, NodeId};
use goxide_syntax::expr_string;

/// Start of messages about arguments.
pub(crate) const INVALID_ARG: &str = "invalid argument: ";
/// Start of messages about operations.
pub(crate) const INVALID_OP: &str = "invalid operation: ";

/// The id of expressions that the checker makes up for messages; nothing is recorded about them.
pub(crate) const NO_NODE: NodeId = NodeId(u32::MAX);

impl Operand {
    /// Position of the expression (that of its characteristic token).
    pub(crate) fn pos(&self) -> Pos {
        self.expr.map_or(Pos::NONE, |e| e.pos)
    }

    /// Start of the expression.
    pub(crate) fn start(&self) -> Pos {
        self.expr.map_or(Pos::NONE, goxide_syntax::start_pos)
    }

    /// Text of the expression.
    pub(crate) fn expr_str(&self) -> String {
        self.expr.map_or_else(String::new, expr_string)
    }

    /// An operand without expression of its own: `text` stands for one in messages.
    pub(crate) fn dummy(mode: Mode, pos: Pos, text: &str, ty: Ty) -> Operand {
        Operand { mode, expr: Some(dummy_name(pos, text)), typ: ty, ..Operand::default() }
    }
}

/// A made-up name for messages.
pub(crate) fn dummy_name(pos: Pos, text: &str) -> &'static Expr {
    leak(Expr { id: NO_NODE, pos, kind: ExprKind::Name(Name::new(text)) })
}

fn mode_string(m: Mode) -> &'static str {
    match m {
        Mode::Invalid => "invalid operand",
        Mode::NoValue => "no value",
        Mode::Builtin => "built-in",
        Mode::TypExpr => "type",
        Mode::Constant => "constant",
        Mode::Variable => "variable",
        Mode::MapIndex => "map index expression",
        Mode::Value => "value",
        Mode::NilValue => "nil",
        Mode::CommaOk => "comma, ok expression",
        Mode::CommaErr => "comma, error expression",
        Mode::CgoFunc => "cgo function",
    }
}

/// Describes an operand: expression, kind, constant value, type.
pub(crate) fn operand_string(x: &Operand, qf: &dyn Fn(Pkg) -> String) -> String {
    let basic = x.typ.as_basic().map(|b| b.kind);
    if x.mode == Mode::NilValue {
        return match basic {
            Some(BasicKind::Invalid) => "nil (with invalid type)".into(),
            Some(BasicKind::UntypedNil) => "nil".into(),
            _ => format!("nil (of type {})", type_string(x.typ, qf)),
        };
    }
    let expr = match x.expr {
        Some(e) => expr_string(e),
        None => match x.mode {
            Mode::Builtin => builtin_info(x.id).name.to_owned(),
            Mode::TypExpr => type_string(x.typ, qf),
            Mode::Constant => x.val.to_string(),
            _ => String::new(),
        },
    };
    let mut s = String::new();
    if !expr.is_empty() {
        s.push_str(&expr);
        s.push_str(" (");
    }
    let mut has_type = false;
    if !matches!(x.mode, Mode::Invalid | Mode::NoValue | Mode::Builtin | Mode::TypExpr) {
        match x.typ.as_basic() {
            Some(b) if is_untyped(x.typ) => {
                s.push_str(b.name);
                s.push(' ');
            }
            _ => has_type = true,
        }
    }
    s.push_str(mode_string(x.mode));
    if x.mode == Mode::Constant {
        let v = x.val.to_string();
        if v != expr {
            s.push(' ');
            s.push_str(&v);
        }
    }
    if has_type {
        if x.typ.is_valid() {
            s.push_str(" of ");
            if is_generic(x.typ) {
                s.push_str("generic ");
            }
            let tpar = x.typ.as_type_param();
            // Say what a name stands for.
            if tpar.is_none() && matches!(x.typ.kind(), TyKind::Alias(_) | TyKind::Named(_)) {
                let kind = composite_kind(x.typ);
                let what = if kind.is_empty() { x.typ.under().as_basic().map_or("", |b| b.name) } else { kind };
                s.push_str(what);
                s.push(' ');
            }
            s.push_str("type ");
            s.push_str(&type_string(x.typ, qf));
            if let Some(tp) = tpar {
                s.push_str(" constrained by ");
                s.push_str(&type_string(tp.bound(), qf));
                if has_empty_typeset(x.typ) {
                    s.push_str(" with empty type set");
                }
            }
        } else {
            s.push_str(" with invalid type");
        }
    }
    if !expr.is_empty() {
        s.push(')');
    }
    s
}

/// "array", "slice" and so on; "" for basic types.
pub(crate) fn composite_kind(t: Ty) -> &'static str {
    match t.under().kind() {
        TyKind::Array(_) => "array",
        TyKind::Slice(_) => "slice",
        TyKind::Struct(_) => "struct",
        TyKind::Pointer(_) => "pointer",
        TyKind::Func(_) => "func",
        TyKind::Interface(_) => "interface",
        TyKind::Map(_) => "map",
        TyKind::Chan(_) => "chan",
        TyKind::Tuple(_) => "tuple",
        TyKind::Union(_) => "union",
        _ => "",
    }
}

impl Checker {
    /// Whether `x` may be assigned to a variable of type `t`; if not, the error's code, and maybe a cause.
    pub(crate) fn assignable_to(&mut self, x: &Operand, t: Ty, mut cause: Option<&mut String>) -> Result<(), Code> {
        if !x.is_valid() || !t.is_valid() {
            return Ok(());
        }
        let orig = t;
        let (v, t) = (x.typ.unalias(), t.unalias());
        if identical(v, t) {
            return Ok(());
        }
        let (vu, tu) = (v.under(), t.under());
        let (vp, tp) = (v.as_type_param(), t.as_type_param());
        let yes_or = |ok: bool, code| if ok { Ok(()) } else { Err(code) };

        if is_untyped(vu) {
            if let Some(tp) = tp {
                // Representable by each type of the type set.
                let ok = tp.is(&mut |term| term.is_some_and(|term| self.implicit_type_and_value(x, term.ty).is_ok()));
                return yes_or(ok, Code::IncompatibleAssign);
            }
            let ok = self.implicit_type_and_value(x, t).is_ok();
            return yes_or(ok, Code::IncompatibleAssign);
        }

        // `identical` first, as in types2: for invalid recursive interfaces it decides which type set is computed first.
        if identical(vu, tu) && vp.is_none() && tp.is_none() && (!has_name(v) || !has_name(t)) {
            return Ok(());
        }

        // An implemented interface; pointers to interfaces for the sake of a good cause.
        if tu.as_interface().is_some() && tp.is_none() || is_interface_ptr(tu) {
            if self.implements(v, t, false, cause.as_deref_mut()) {
                return Ok(());
            }
            if vp.is_none() {
                return Err(Code::InvalidIfaceAssign);
            }
            if let Some(c) = cause.as_deref_mut() {
                c.clear();
            }
        }

        // Perhaps a type assertion is missing.
        if vu.as_interface().is_some() && vp.is_none() && self.implements(t, v, false, None) {
            if let Some(c) = cause {
                *c = "need type assertion".into();
            }
            return Err(Code::IncompatibleAssign);
        }

        // A bidirectional channel to a directed one.
        if let (Some((ChanDir::Both, ve)), Some((_, te))) = (vu.as_chan(), tu.as_chan())
            && identical(ve, te)
        {
            return yes_or(!has_name(v) || !has_name(t), Code::InvalidChanAssign);
        }

        if vp.is_none() && tp.is_none() {
            return Err(Code::IncompatibleAssign);
        }

        let mut local = String::new();
        let add = |cause: &mut String, msg: String| {
            *cause = if cause.is_empty() { msg } else { format!("{msg}\n\t{cause}") };
        };
        let mut res = Err(Code::IncompatibleAssign);
        if let Some(tp) = tp.filter(|_| !has_name(v)) {
            // x goes into each type of the type set.
            tp.is(&mut |term| {
                let Some(term) = term else { return false };
                res = self.assignable_to(x, term.ty, Some(&mut local));
                if res.is_err() {
                    let msg =
                        format!("cannot assign {} to {} (in {})", self.ts(x.typ), self.ts(term.ty), self.ts(tp.ty()));
                    add(&mut local, msg);
                }
                res.is_ok()
            });
        } else if let Some(vp) = vp.filter(|_| !has_name(t)) {
            // A value of each type of the type set goes into T.
            vp.is(&mut |term| {
                let Some(term) = term else { return false };
                let y = Operand { typ: term.ty, ..x.clone() };
                res = self.assignable_to(&y, t, Some(&mut local));
                if res.is_err() {
                    let msg =
                        format!("cannot assign {} (in {}) to {}", self.ts(term.ty), self.ts(vp.ty()), self.ts(orig));
                    add(&mut local, msg);
                }
                res.is_ok()
            });
        }
        if let Some(c) = cause
            && !local.is_empty()
        {
            *c = local;
        }
        res
    }
}

/// Types of operands.
pub(crate) fn operand_types(list: &[Operand]) -> Vec<Ty> {
    list.iter().map(|x| x.typ).collect()
}

/// Types of variables.
pub(crate) fn var_types(list: &[Obj]) -> Vec<Ty> {
    list.iter().map(|v| v.ty()).collect()
}
