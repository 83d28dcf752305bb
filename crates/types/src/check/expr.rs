//! Expressions (`expr.go`).
//!
//! Every expression is checked once, top down, by `raw_expr`, which leaves the result in an operand. Types of untyped
//! expressions are remembered in `untyped` and pushed down by `update_expr_type` once the context has decided them.

use super::Checker;
use super::Operand;
use super::conversions::is_pointer;
use super::operand::INVALID_OP;
use super::operand::composite_kind;
use crate::codes::Code;
use crate::constant::{self, Kind, Value};
use crate::info::Mode;
use crate::predicates::*;
use crate::types::{BasicKind, ChanDir, Ty, TyKind, typ};
use crate::under::{TypeError, common_under, under_is};
use crate::universe::error_type;
use crate::version::go1;
use goxide_base::Pos;
use goxide_syntax::ast::{Expr, ExprKind, Op};
use goxide_syntax::expr_string;
use goxide_syntax::start_pos;

/// What kind of expression something is; decides whether it may stand as a statement.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum ExprClass {
    Conversion,
    Expression,
    Statement,
}

/// The signature and description of what a generic function is assigned to.
#[derive(Clone, Debug)]
pub(crate) struct Target {
    pub sig: Ty,
    pub desc: String,
}

/// A target, if the type is that of functions.
pub(crate) fn new_target(t: Option<Ty>, desc: &str) -> Option<Target> {
    let u = common_under(t?, None).ok()?;
    matches!(u.kind(), TyKind::Func(_)).then(|| Target { sig: u, desc: desc.to_owned() })
}

/// Position of the operator of an operation; start of anything else.
pub(crate) fn op_pos(e: &Expr) -> Pos {
    match e.kind {
        ExprKind::Unary { .. } | ExprKind::Binary { .. } | ExprKind::Star(_) => e.pos,
        _ => start_pos(e),
    }
}

/// Name of an operation that may overflow, or "".
pub(crate) fn op_name(e: &Expr) -> &'static str {
    match e.kind {
        ExprKind::Unary { op: Op::Xor, .. } => "bitwise complement",
        ExprKind::Binary { op, .. } => match op {
            Op::Add => "addition",
            Op::Sub => "subtraction",
            Op::Xor => "bitwise XOR",
            Op::Mul => "multiplication",
            Op::Shl => "shift",
            _ => "",
        },
        _ => "",
    }
}

/// The constant operation of an operator.
pub(crate) fn const_op(op: Op) -> constant::Op {
    use constant::Op as C;
    match op {
        Op::Not => C::Not,
        Op::OrOr => C::LOr,
        Op::AndAnd => C::LAnd,
        Op::Eql => C::Eql,
        Op::Neq => C::Neq,
        Op::Lss => C::Lss,
        Op::Leq => C::Leq,
        Op::Gtr => C::Gtr,
        Op::Geq => C::Geq,
        Op::Add => C::Add,
        Op::Sub => C::Sub,
        Op::Or => C::Or,
        Op::Xor | Op::Tilde => C::Xor,
        Op::Mul => C::Mul,
        Op::Div => C::Quo,
        Op::Rem => C::Rem,
        Op::And | Op::Recv => C::And,
        Op::AndNot => C::AndNot,
        Op::Shl => C::Shl,
        Op::Shr => C::Shr,
    }
}

const EXCLUDE_NOVALUE: u8 = 1;
const EXCLUDE_BUILTIN: u8 = 2;
const EXCLUDE_TYPE: u8 = 4;

impl Checker {
    /// Reports an operand whose type does not have an operator.
    fn op_defined(&mut self, x: &Operand, op: Op, unary: bool) -> bool {
        let pred: fn(Ty) -> bool = match (op, unary) {
            (Op::Add | Op::Sub, true) => all_numeric,
            (Op::Xor, _) => all_integer,
            (Op::Not, true) => all_boolean,
            (Op::Add, false) => all_numeric_or_string,
            (Op::Sub | Op::Mul | Op::Div, false) => all_numeric,
            (Op::Rem | Op::And | Op::Or | Op::AndNot, false) => all_integer,
            (Op::AndAnd | Op::OrOr, false) => all_boolean,
            _ => {
                self.error(x, Code::InvalidSyntaxTree, format!("unknown operator {}", op.as_str()));
                return false;
            }
        };
        if !pred(x.typ) {
            let msg = format!("{INVALID_OP}operator {} not defined on {}", op.as_str(), self.os(x));
            self.error(x, Code::UndefinedOp, msg);
            return false;
        }
        true
    }

    fn unary(&mut self, x: &mut Operand, e: &'static Expr, op: Op, ex: &'static Expr) {
        self.expr(None, x, ex);
        if !x.is_valid() {
            return;
        }
        let mut op = op;
        match op {
            Op::And => {
                // A composite literal may be the operand although it is not addressable.
                if !matches!(ex.unparen().kind, ExprKind::CompositeLit { .. }) && x.mode != Mode::Variable {
                    let msg = format!("{INVALID_OP}cannot take address of {}", self.os(x));
                    self.error(&*x, Code::UnaddressableOperand, msg);
                    x.invalidate();
                    return;
                }
                x.mode = Mode::Value;
                x.typ = Ty::pointer(x.typ);
                return;
            }
            Op::Recv => {
                let at = x.start();
                match self.chan_elem(at, x, true) {
                    Some(elem) if self.is_complete(elem) => {
                        x.mode = Mode::CommaOk;
                        x.typ = elem;
                        self.env.has_call_or_recv = true;
                    }
                    _ => x.invalidate(),
                }
                return;
            }
            Op::Tilde => {
                if !all_integer(x.typ) {
                    self.error(e, Code::UndefinedOp, "cannot use ~ outside of interface or type constraint");
                    x.invalidate();
                    return;
                }
                self.error(
                    e,
                    Code::UndefinedOp,
                    "cannot use ~ outside of interface or type constraint (use ^ for bitwise complement)",
                );
                op = Op::Xor;
            }
            _ => {}
        }
        if !self.op_defined(x, op, true) {
            x.invalidate();
            return;
        }
        if x.mode == Mode::Constant {
            if x.val.kind() == Kind::Unknown {
                return;
            }
            let prec = if is_unsigned(x.typ) { crate::sizes::size_of(x.typ) as u32 * 8 } else { 0 };
            x.val = constant::unary_op(const_op(op), &x.val, prec);
            x.expr = Some(e);
            self.overflow(x, op_pos(e));
            return;
        }
        x.mode = Mode::Value;
    }

    /// The element type for a receive from `x` or a send to it; reports why there is none.
    pub(crate) fn chan_elem(&mut self, pos: Pos, x: &Operand, recv: bool) -> Option<Ty> {
        let r = common_under(
            x.typ,
            Some(&mut |t, u| {
                let Some(u) = u else { return Err(TypeError::msg("no specific channel type")) };
                let TyKind::Chan(c) = u.kind() else { return Err(TypeError::one("non-channel %s", t)) };
                if recv && c.dir == ChanDir::Send {
                    return Err(TypeError::one("send-only channel %s", t));
                }
                if !recv && c.dir == ChanDir::Recv {
                    return Err(TypeError::one("receive-only channel %s", t));
                }
                Ok(())
            }),
        );
        let err = match r {
            Ok(u) => match u.kind() {
                TyKind::Chan(c) => return Some(c.elem),
                _ => return None,
            },
            Err(e) => e,
        };
        let cause = self.type_error(&err);
        let op = self.os(x);
        let sep = if is_type_param(x.typ) { format!("{op}: {cause}") } else { format!("{cause} {op}") };
        if recv {
            self.error(pos, Code::InvalidReceive, format!("{INVALID_OP}cannot receive from {sep}"));
        } else {
            self.error(pos, Code::InvalidSend, format!("{INVALID_OP}cannot send to {sep}"));
        }
        None
    }

    /// Gives the untyped expression `x` the type `t`, and so its operands as far as they take part in it.
    pub(crate) fn update_expr_type(&mut self, x: Option<&'static Expr>, t: Ty, is_final: bool) {
        let Some(x) = x else { return };
        let Some(old) = self.untyped.get(&x.id).cloned() else { return };
        let constant = old.mode == Mode::Constant;
        match &x.kind {
            ExprKind::Call { .. } | ExprKind::Name(_) | ExprKind::BasicLit { .. } | ExprKind::Selector { .. } => {}
            ExprKind::Paren(y) => self.update_expr_type(Some(y), t, is_final),
            // Operands of a constant are never materialized.
            ExprKind::Unary { x: y, .. } => {
                if !constant {
                    self.update_expr_type(Some(y), t, is_final);
                }
            }
            ExprKind::Binary { op, x: y, y: z } => {
                if constant || op.is_comparison() {
                    // A comparison's operands have their final types already.
                } else if op.is_shift() {
                    self.update_expr_type(Some(y), t, is_final);
                } else {
                    self.update_expr_type(Some(y), t, is_final);
                    self.update_expr_type(Some(z), t, is_final);
                }
            }
            _ => return,
        }
        if !is_final && is_untyped(t) {
            if let Some(info) = self.untyped.get_mut(&x.id) {
                info.typ = t.under();
            }
            return;
        }
        self.untyped.remove(&x.id);
        if old.is_lhs && !all_integer(t) {
            let msg = format!("{INVALID_OP}shifted operand {} (type {}) must be integer", expr_string(x), self.ts(t));
            self.error(x, Code::InvalidShiftOperand, msg);
            return;
        }
        if constant {
            let mut c =
                Operand { mode: old.mode, expr: Some(x), typ: old.typ, val: old.val.clone(), ..Operand::default() };
            self.convert_untyped(&mut c, t);
            if !c.is_valid() {
                return;
            }
        }
        self.record_type_and_value(x, old.mode, t, constant.then_some(old.val));
    }

    /// Updates the value of a remembered untyped expression.
    pub(crate) fn update_expr_val(&mut self, x: Option<&'static Expr>, val: &Value) {
        if let Some(info) = x.and_then(|x| self.untyped.get_mut(&x.id)) {
            info.val = val.clone();
        }
    }

    /// The type `x` takes where `target` is expected, with the value in that type if `x` is a constant; an error code
    /// if there is no such implicit conversion.
    pub(crate) fn implicit_type_and_value(&mut self, x: &Operand, target: Ty) -> Result<(Ty, Option<Value>), Code> {
        if !x.is_valid() || is_typed(x.typ) || !target.is_valid() {
            return Ok((x.typ, None));
        }
        if is_untyped(target) {
            return max_type(x.typ, target).map(|m| (m, None)).ok_or(Code::InvalidUntypedConversion);
        }
        if x.is_nil() {
            return if has_nil(target) { Ok((target, None)) } else { Err(Code::InvalidUntypedConversion) };
        }
        let u = target.under();
        match u.kind() {
            TyKind::Basic(_) => {
                if x.mode == Mode::Constant {
                    let v = self.representation(x, u)?;
                    return Ok((target, Some(v)));
                }
                // Non-constant untyped values: comparisons, shifts not yet typed.
                let ok = match x.typ.as_basic().map(|b| b.kind) {
                    Some(BasicKind::UntypedBool) => is_boolean(target),
                    Some(
                        BasicKind::UntypedInt
                        | BasicKind::UntypedRune
                        | BasicKind::UntypedFloat
                        | BasicKind::UntypedComplex,
                    ) => is_numeric(target),
                    Some(BasicKind::UntypedString) => is_string(target),
                    _ => false,
                };
                if !ok {
                    return Err(Code::InvalidUntypedConversion);
                }
            }
            TyKind::Interface(_) => {
                if is_type_param(target) {
                    let ok = under_is(target, &mut |u| u.is_some_and(|u| self.implicit_type_and_value(x, u).is_ok()));
                    if !ok {
                        return Err(Code::InvalidUntypedConversion);
                    }
                } else {
                    // Values in interfaces have concrete types; methods are out of reach for untyped values.
                    if !u.as_interface().is_some_and(|i| i.is_empty()) {
                        return Err(Code::InvalidUntypedConversion);
                    }
                    return Ok((default_type(x.typ), None));
                }
            }
            _ => return Err(Code::InvalidUntypedConversion),
        }
        Ok((target, None))
    }

    /// Checks `x op y`; for a switch case the operator is `==` and the message speaks of the case.
    pub(crate) fn comparison(&mut self, x: &mut Operand, y: &mut Operand, op: Op, switch_case: bool) {
        if !x.typ.is_valid() || !y.typ.is_valid() {
            x.invalidate();
            return;
        }
        let op = if switch_case { Op::Eql } else { op };
        // The operand to blame (true: y) and why.
        let mut blame_y = false;
        let mut cause = String::new();
        let mut code = Code::MismatchedTypes;
        let ok = 'check: {
            if self.assignable_to(x, y.typ, None).is_err() && self.assignable_to(y, x.typ, None).is_err() {
                // Only after seeing the second operand is there a mismatch.
                blame_y = true;
                cause = format!("mismatched types {} and {}", self.ts(x.typ), self.ts(y.typ));
                break 'check false;
            }
            code = Code::UndefinedOp;
            match op {
                Op::Eql | Op::Neq => {
                    if x.is_nil() || y.is_nil() {
                        let t = if x.is_nil() { y.typ } else { x.typ };
                        if !has_nil(t) {
                            blame_y = true; // nil == nil
                            break 'check false;
                        }
                    } else if !comparable(x.typ) {
                        cause = self.incomparable_cause(x.typ);
                        break 'check false;
                    } else if !comparable(y.typ) {
                        blame_y = true;
                        cause = self.incomparable_cause(y.typ);
                        break 'check false;
                    }
                }
                _ => {
                    if !all_ordered(x.typ) {
                        break 'check false;
                    }
                    if !all_ordered(y.typ) {
                        blame_y = true;
                        break 'check false;
                    }
                }
            }
            true
        };
        if ok {
            if x.mode == Mode::Constant && y.mode == Mode::Constant {
                x.val = constant::make_bool(constant::compare(&x.val, const_op(op), &y.val));
            } else {
                x.mode = Mode::Value;
                self.update_expr_type(x.expr, default_type(x.typ), true);
                self.update_expr_type(y.expr, default_type(y.typ), true);
            }
            x.typ = typ(BasicKind::UntypedBool);
            return;
        }
        if cause.is_empty() {
            if is_type_param(x.typ) || is_type_param(y.typ) {
                if !is_type_param(x.typ) {
                    blame_y = true;
                }
                let t = if blame_y { y.typ } else { x.typ };
                cause = format!("type parameter {} cannot use operator {}", self.ts(t), op.as_str());
            } else {
                let t = if blame_y { y.typ } else { x.typ };
                let kind = composite_kind(t);
                let what = if kind.is_empty() { self.ts(t) } else { kind.to_owned() };
                cause = format!("operator {} not defined on {what}", op.as_str());
            }
        }
        let (xs, ys) = (x.expr_str(), y.expr_str());
        if switch_case {
            self.error(&*x, code, format!("invalid case {xs} in switch on {ys} ({cause})"));
        } else {
            let at = if blame_y { y.start() } else { x.start() };
            self.error(at, code, format!("{INVALID_OP}{xs} {} {ys} ({cause})", op.as_str()));
        }
        x.invalidate();
    }

    /// Why values of a type cannot be compared, or "".
    pub(crate) fn incomparable_cause(&mut self, t: Ty) -> String {
        match t.under().kind() {
            TyKind::Slice(_) | TyKind::Func(_) | TyKind::Map(_) => {
                format!("{} can only be compared to nil", composite_kind(t))
            }
            _ => match comparable_type(t, true) {
                Some(err) => self.type_error(&err),
                None => String::new(),
            },
        }
    }

    /// Checks `x << y` or `x >> y`; `e` is the shift expression, absent in `x <<= y`.
    fn shift(&mut self, x: &mut Operand, y: &mut Operand, e: Option<&'static Expr>, op: Op) {
        let xval = if x.mode == Mode::Constant { x.val.to_int() } else { Value::Unknown };
        if !(all_integer(x.typ) || is_untyped(x.typ) && xval.kind() == Kind::Int) {
            let msg = format!("{INVALID_OP}shifted operand {} must be integer", self.os(x));
            self.error(&*x, Code::InvalidShiftOperand, msg);
            x.invalidate();
            return;
        }
        // The count must be an integer or an untyped constant that a uint can hold; constants are not converted.
        let mut yval = Value::Unknown;
        if y.mode == Mode::Constant {
            yval = y.val.to_int();
            if yval.kind() == Kind::Int && yval.sign() < 0 {
                let msg = format!("{INVALID_OP}negative shift count {}", self.os(y));
                self.error(&*y, Code::InvalidShiftCount, msg);
                x.invalidate();
                return;
            }
            if is_untyped(y.typ) {
                self.representable(y, typ(BasicKind::Uint));
                if !y.is_valid() {
                    x.invalidate();
                    return;
                }
            }
        } else if all_integer(y.typ) {
            if !all_unsigned(y.typ) && !self.allow_version(go1(13)) {
                let msg = format!("{INVALID_OP}signed shift count {}", self.os(y));
                self.version_error(&*y, go1(13), msg);
                x.invalidate();
                return;
            }
        } else if is_untyped(y.typ) {
            self.convert_untyped(y, typ(BasicKind::Uint));
            if !y.is_valid() {
                x.invalidate();
                return;
            }
        } else {
            let msg = format!("{INVALID_OP}shift count {} must be integer", self.os(y));
            self.error(&*y, Code::InvalidShiftCount, msg);
            x.invalidate();
            return;
        }
        if x.mode == Mode::Constant {
            if y.mode == Mode::Constant {
                if x.val.kind() == Kind::Unknown || y.val.kind() == Kind::Unknown {
                    x.val = Value::Unknown;
                    if !is_integer(x.typ) {
                        x.typ = typ(BasicKind::UntypedInt);
                    }
                    return;
                }
                // Enough to write the smallest float64.
                const SHIFT_BOUND: u64 = 1023 - 1 + 52;
                let Some(s) = yval.uint64_val().filter(|s| *s <= SHIFT_BOUND) else {
                    let msg = format!("{INVALID_OP}invalid shift count {}", self.os(y));
                    self.error(&*y, Code::InvalidShiftCount, msg);
                    x.invalidate();
                    return;
                };
                // 2.0 << 1 is an integer.
                if !is_integer(x.typ) {
                    x.typ = typ(BasicKind::UntypedInt);
                }
                x.val = constant::shift(&xval, const_op(op), s);
                x.expr = e;
                self.overflow(x, e.map_or(Pos::NONE, op_pos));
                return;
            }
            // In a non-constant shift an untyped constant operand takes the type it would have without the shift:
            // wait until that is known.
            if is_untyped(x.typ) {
                if let Some(info) = x.expr.and_then(|x| self.untyped.get_mut(&x.id)) {
                    info.is_lhs = true;
                }
                x.mode = Mode::Value;
                return;
            }
        }
        if !all_integer(x.typ) {
            let msg = format!("{INVALID_OP}shifted operand {} must be integer", self.os(x));
            self.error(&*x, Code::InvalidShiftOperand, msg);
            x.invalidate();
            return;
        }
        x.mode = Mode::Value;
    }

    /// Checks a binary operation; `e` is absent in assignment operations.
    pub(crate) fn binary(
        &mut self,
        x: &mut Operand,
        e: Option<&'static Expr>,
        lhs: &'static Expr,
        rhs: &'static Expr,
        op: Op,
    ) {
        let mut y = Operand::default();
        self.expr(None, x, lhs);
        self.expr(None, &mut y, rhs);
        if !x.is_valid() {
            return;
        }
        if !y.is_valid() {
            x.invalidate();
            x.expr = y.expr;
            return;
        }
        if op.is_shift() {
            self.shift(x, &mut y, e, op);
            return;
        }
        self.match_types(x, &mut y);
        if !x.is_valid() {
            return;
        }
        if op.is_comparison() {
            self.comparison(x, &mut y, op, false);
            return;
        }
        if !identical(x.typ, y.typ) {
            if x.typ.is_valid() && y.typ.is_valid() {
                let (a, b) = (self.ts(x.typ), self.ts(y.typ));
                let what = match e {
                    Some(e) => expr_string(e),
                    None => format!("{} {}= {}", expr_string(lhs), op.as_str(), expr_string(rhs)),
                };
                self.error(&*x, Code::MismatchedTypes, format!("{INVALID_OP}{what} (mismatched types {a} and {b})"));
            }
            x.invalidate();
            return;
        }
        if !self.op_defined(x, op, false) {
            x.invalidate();
            return;
        }
        if matches!(op, Op::Div | Op::Rem) {
            let zero =
                (x.mode == Mode::Constant || all_integer(x.typ)) && y.mode == Mode::Constant && y.val.sign() == 0;
            // A complex divisor may underflow to zero when squared.
            let underflow = || {
                let (re, im) = (y.val.real(), y.val.imag());
                let sq = |v: &Value| constant::binary_op(v, constant::Op::Mul, v);
                sq(&re).sign() == 0 && sq(&im).sign() == 0
            };
            if zero || x.mode == Mode::Constant && y.mode == Mode::Constant && is_complex(x.typ) && underflow() {
                self.error(&y, Code::DivByZero, format!("{INVALID_OP}division by zero"));
                x.invalidate();
                return;
            }
        }
        if x.mode == Mode::Constant && y.mode == Mode::Constant {
            if x.val.kind() == Kind::Unknown || y.val.kind() == Kind::Unknown {
                x.val = Value::Unknown;
                return;
            }
            let cop = if op == Op::Div && is_integer(x.typ) { constant::Op::IntQuo } else { const_op(op) };
            x.val = constant::binary_op(&x.val, cop, &y.val);
            x.expr = e;
            self.overflow(x, e.map_or(Pos::NONE, op_pos));
            return;
        }
        x.mode = Mode::Value;
    }

    /// Converts an untyped operand to the type of the other where that may work.
    pub(crate) fn match_types(&mut self, x: &mut Operand, y: &mut Operand) {
        // False: no attempt is made, and a mismatch is reported instead of a failed conversion.
        fn may_convert(x: &Operand, y: &Operand) -> bool {
            if is_typed(x.typ) && is_typed(y.typ) {
                return false;
            }
            if all_numeric(x.typ) != all_numeric(y.typ) {
                return false;
            }
            if is_non_type_param_interface(x.typ) || is_non_type_param_interface(y.typ) {
                return true;
            }
            if all_boolean(x.typ) != all_boolean(y.typ) || all_string(x.typ) != all_string(y.typ) {
                return false;
            }
            if x.is_nil() {
                return has_nil(y.typ);
            }
            if y.is_nil() {
                return has_nil(x.typ);
            }
            !is_pointer(x.typ) && !is_pointer(y.typ)
        }
        if may_convert(x, y) {
            self.convert_untyped(x, y.typ);
            if !x.is_valid() {
                return;
            }
            self.convert_untyped(y, x.typ);
            if !y.is_valid() {
                x.invalidate();
            }
        }
    }

    /// Checks expression `e` and puts its value or type into `x`, invalid after an error. `target` may serve to infer
    /// type arguments of a generic function; `hint` is the element type of an enclosing composite literal.
    pub(crate) fn raw_expr(
        &mut self,
        target: Option<&Target>,
        x: &mut Operand,
        e: &'static Expr,
        hint: Option<Ty>,
        allow_generic: bool,
    ) -> ExprClass {
        let class = self.expr_internal(target, x, e, hint);
        if !allow_generic {
            self.non_generic(target, x);
        }
        self.record(x);
        class
    }

    /// Reports a generic type or a generic function whose type arguments cannot be inferred from `target`.
    pub(crate) fn non_generic(&mut self, target: Option<&Target>, x: &mut Operand) {
        if !x.is_valid() || x.mode == Mode::NoValue {
            return;
        }
        let what = match x.typ.kind() {
            TyKind::Alias(_) | TyKind::Named(_) if is_generic(x.typ) => "type",
            TyKind::Func(s) if !s.tparams().is_empty() => {
                if let Some(t) = target {
                    let pos = x.pos();
                    self.func_inst(Some(t), pos, x, None, true);
                    return;
                }
                "function"
            }
            _ => return,
        };
        let s = x.expr_str();
        self.error(&*x, Code::WrongTypeArgCount, format!("cannot use generic {what} {s} without instantiation"));
        x.invalidate();
        x.typ = typ(BasicKind::Invalid);
    }

    /// The core of `raw_expr`, which alone may call it.
    fn expr_internal(
        &mut self,
        target: Option<&Target>,
        x: &mut Operand,
        e: &'static Expr,
        hint: Option<Ty>,
    ) -> ExprClass {
        x.invalidate();
        x.typ = typ(BasicKind::Invalid);
        let ok = match &e.kind {
            ExprKind::Bad => false,
            ExprKind::Name(_) => {
                self.ident(x, e, false);
                true
            }
            ExprKind::DotsType(_) => {
                self.error(e, Code::InvalidSyntaxTree, "invalid use of ...");
                false
            }
            ExprKind::BasicLit { kind, value, bad } => {
                if !bad {
                    self.basic_lit(x, e, *kind, *value);
                }
                x.is_valid()
            }
            ExprKind::FuncLit(f) => {
                self.func_lit(x, f);
                x.is_valid()
            }
            ExprKind::CompositeLit { ty, elems, rbrace, .. } => {
                self.composite_lit(x, e, ty.as_deref(), elems, *rbrace, hint);
                x.is_valid()
            }
            ExprKind::Paren(y) => {
                let class = self.raw_expr(None, x, y, None, false);
                x.expr = Some(e);
                return class;
            }
            ExprKind::Selector { .. } => {
                self.selector(x, e, false);
                true
            }
            ExprKind::Index { .. } => {
                if self.index_expr(x, e) {
                    self.func_inst(target, e.pos, x, Some(e), true);
                }
                x.is_valid()
            }
            ExprKind::Slice { x: y, index, full } => {
                self.slice_expr(x, e, y, index, *full);
                x.is_valid()
            }
            ExprKind::Assert { x: y, ty } => self.assert_expr(x, e, y, ty),
            ExprKind::TypeSwitchGuard { x: y, .. } => {
                self.error(e, Code::InvalidSyntaxTree, "use of .(type) outside type switch");
                self.use_exprs(std::slice::from_ref(&**y));
                false
            }
            ExprKind::Call { fun, args, has_dots } => return self.call_expr(x, e, fun, args, *has_dots),
            ExprKind::List(_) => {
                self.error(e, Code::InvalidSyntaxTree, "unexpected list of expressions");
                false
            }
            ExprKind::Star(y) => self.star_expr(x, y),
            ExprKind::Unary { op, x: y } => {
                self.unary(x, e, *op, y);
                if x.is_valid() && *op == Op::Recv {
                    x.expr = Some(e);
                    return ExprClass::Statement;
                }
                x.is_valid()
            }
            ExprKind::Binary { op, x: y, y: z } => {
                self.binary(x, Some(e), y, z, *op);
                x.is_valid()
            }
            ExprKind::KeyValue { .. } => {
                self.error(e, Code::InvalidSyntaxTree, "no key:value expected");
                false
            }
            ExprKind::ArrayType { .. }
            | ExprKind::SliceType(_)
            | ExprKind::StructType(_)
            | ExprKind::FuncType(_)
            | ExprKind::InterfaceType(_)
            | ExprKind::MapType { .. }
            | ExprKind::ChanType { .. } => {
                x.mode = Mode::TypExpr;
                x.typ = self.typ(e);
                true
            }
        };
        x.expr = Some(e);
        if ok {
            return ExprClass::Expression;
        }
        x.invalidate();
        ExprClass::Statement // no follow-up error
    }

    fn assert_expr(&mut self, x: &mut Operand, e: &'static Expr, y: &'static Expr, ty: &'static Expr) -> bool {
        self.expr(None, x, y);
        if !x.is_valid() {
            return false;
        }
        if is_type_param(x.typ) {
            let msg = format!("{INVALID_OP}cannot use type assertion on type parameter value {}", self.os(x));
            self.error(&*x, Code::InvalidAssert, msg);
            return false;
        }
        if !matches!(x.typ.under().kind(), TyKind::Interface(_)) {
            let msg = format!("{INVALID_OP}{} is not an interface", self.os(x));
            self.error(&*x, Code::InvalidAssert, msg);
            return false;
        }
        let t = self.var_type(ty);
        if !t.is_valid() || !self.is_complete(t) {
            return false;
        }
        self.type_assertion(e, x, t, false);
        x.mode = Mode::CommaOk;
        x.typ = t;
        true
    }

    fn star_expr(&mut self, x: &mut Operand, y: &'static Expr) -> bool {
        self.expr_or_type(x, y, false);
        match x.mode {
            Mode::Invalid => false,
            Mode::TypExpr => {
                self.valid_var_type(y, x.typ);
                x.typ = Ty::pointer(x.typ);
                true
            }
            _ => {
                let mut base: Option<Ty> = None;
                let t = x.typ;
                let ok = under_is(t, &mut |u| {
                    let Some(b) = u.and_then(Ty::as_pointer) else {
                        let msg = format!("{INVALID_OP}cannot indirect {}", self.os(x));
                        self.error(&*x, Code::InvalidIndirection, msg);
                        return false;
                    };
                    if base.is_some_and(|base| !identical(b, base)) {
                        let msg = format!("{INVALID_OP}pointers of {} must have identical base types", self.os(x));
                        self.error(&*x, Code::InvalidIndirection, msg);
                        return false;
                    }
                    base = Some(b);
                    true
                });
                let Some(base) = base.filter(|_| ok) else { return false };
                if !self.is_complete(base) {
                    return false;
                }
                x.mode = Mode::Variable;
                x.typ = base;
                true
            }
        }
    }

    /// Checks `x.(t)`, where `x` is of interface type.
    pub(crate) fn type_assertion(&mut self, e: &'static Expr, x: &Operand, t: Ty, type_switch: bool) {
        let mut cause = String::new();
        if self.assertable_to(x.typ, t, Some(&mut cause)) {
            return;
        }
        let es = expr_string(e);
        let msg = if type_switch {
            format!(
                "impossible type switch case: {es}\n\t{} cannot have dynamic type {} {cause}",
                self.os(x),
                self.ts(t)
            )
        } else {
            format!("impossible type assertion: {es}\n\t{} does not implement {} {cause}", self.ts(t), self.ts(x.typ))
        };
        self.error(e, Code::ImpossibleAssert, msg);
    }

    /// Checks `e`, which must have a single value.
    pub(crate) fn expr(&mut self, target: Option<&Target>, x: &mut Operand, e: &'static Expr) {
        self.raw_expr(target, x, e, None, false);
        self.exclude(x, EXCLUDE_NOVALUE | EXCLUDE_BUILTIN | EXCLUDE_TYPE);
        self.single_value(x);
    }

    /// Like `expr`, but the result may be a generic function.
    pub(crate) fn generic_expr(&mut self, x: &mut Operand, e: &'static Expr, hint: Option<Ty>) {
        self.raw_expr(None, x, e, hint, true);
        self.exclude(x, EXCLUDE_NOVALUE | EXCLUDE_BUILTIN | EXCLUDE_TYPE);
        self.single_value(x);
    }

    /// Like `generic_expr`, but the result may be several values.
    pub(crate) fn generic_multi(&mut self, x: &mut Operand, e: &'static Expr) {
        self.raw_expr(None, x, e, None, true);
        self.exclude(x, EXCLUDE_NOVALUE | EXCLUDE_BUILTIN | EXCLUDE_TYPE);
    }

    /// Checks `e` and gives its value or values. With `allow_comma_ok`, a map index, receive or assertion gives two;
    /// the second result says so. After an error the first operand is invalid.
    pub(crate) fn multi_expr(&mut self, e: &'static Expr, allow_comma_ok: bool) -> (Vec<Operand>, bool) {
        let mut x = Operand::default();
        self.raw_expr(None, &mut x, e, None, false);
        self.exclude(&mut x, EXCLUDE_NOVALUE | EXCLUDE_BUILTIN | EXCLUDE_TYPE);
        if x.is_valid()
            && let TyKind::Tuple(t) = x.typ.kind()
        {
            let list = t
                .iter()
                .enumerate()
                .map(|(i, v)| Operand::dummy(Mode::Value, start_pos(e), &nth(i + 1, "function result"), v.ty()))
                .collect();
            return (list, false);
        }
        if allow_comma_ok && matches!(x.mode, Mode::MapIndex | Mode::CommaOk | Mode::CommaErr) {
            let y = if x.mode == Mode::CommaErr {
                Operand::dummy(Mode::Value, start_pos(e), "err value of (comma, err) expression", error_type())
            } else {
                Operand::dummy(
                    Mode::Value,
                    start_pos(e),
                    "ok value of (comma, ok) expression",
                    typ(BasicKind::UntypedBool),
                )
            };
            return (vec![x, y], true);
        }
        (vec![x], false)
    }

    /// Checks an expression or a type.
    pub(crate) fn expr_or_type(&mut self, x: &mut Operand, e: &'static Expr, allow_generic: bool) {
        self.raw_expr(None, x, e, None, allow_generic);
        self.exclude(x, EXCLUDE_NOVALUE);
        self.single_value(x);
    }

    /// Reports an operand whose mode is in the set.
    fn exclude(&mut self, x: &mut Operand, modes: u8) {
        let (bit, code) = match x.mode {
            Mode::NoValue => (EXCLUDE_NOVALUE, Code::TooManyValues),
            Mode::Builtin => (EXCLUDE_BUILTIN, Code::UncalledBuiltin),
            Mode::TypExpr => (EXCLUDE_TYPE, Code::NotAnExpr),
            _ => return,
        };
        if modes & bit == 0 {
            return;
        }
        let what = match x.mode {
            Mode::NoValue if modes & EXCLUDE_TYPE != 0 => "used as value",
            Mode::NoValue => "used as value or type",
            Mode::Builtin => "must be called",
            _ => "is not an expression",
        };
        let msg = format!("{} {what}", self.os(x));
        self.error(&*x, code, msg);
        x.invalidate();
    }

    /// Excludes what is no value.
    pub(crate) fn exclude_values(&mut self, x: &mut Operand) {
        self.exclude(x, EXCLUDE_NOVALUE | EXCLUDE_BUILTIN | EXCLUDE_TYPE);
    }

    /// Excludes what `new(expr)` does not take.
    pub(crate) fn exclude_new(&mut self, x: &mut Operand) {
        self.exclude(x, EXCLUDE_NOVALUE | EXCLUDE_BUILTIN);
    }

    /// Reports a tuple where one value is needed.
    pub(crate) fn single_value(&mut self, x: &mut Operand) {
        if x.mode == Mode::Value && matches!(x.typ.kind(), TyKind::Tuple(_)) {
            let msg = format!("multiple-value {} in single-value context", self.os(x));
            self.error(&*x, Code::TooManyValues, msg);
            x.invalidate();
        }
    }
}

/// A key under which equal constants of different kinds (1, 1.0, 1+0i) meet.
pub(crate) fn key_val(x: &Value) -> Value {
    let mut x = x.clone();
    if x.kind() == Kind::Complex {
        let f = x.to_float();
        if f.kind() != Kind::Float {
            return x;
        }
        x = f;
    }
    if x.kind() == Kind::Float {
        let i = x.to_int();
        if i.kind() != Kind::Int {
            return constant::make_float64(x.float64_val().0);
        }
        x = i;
    }
    x
}

/// "1st function result" and so on.
fn nth(n: usize, what: &str) -> String {
    let ext = match n {
        1 => "st",
        2 => "nd",
        3 => "rd",
        _ => "th",
    };
    format!("{n}{ext} {what}")
}
