//! Untyped and typed constant operands: overflow, representability, rounding (`const.go`).

use super::Checker;
use super::Operand;
use super::expr::op_name;
use crate::codes::Code;
use crate::constant::{self, Kind, Value};
use crate::predicates::*;
use crate::types::{BasicKind, Ty};
use goxide_base::Pos;

impl Checker {
    /// Checks that a constant fits its type; untyped constants must not grow without bound.
    pub(crate) fn overflow(&mut self, x: &mut Operand, op_pos: Pos) {
        if x.val.kind() == Kind::Unknown {
            self.error(op_pos, Code::InvalidConstVal, "constant result is not representable");
            return;
        }
        if is_typed(x.typ) {
            self.representable(x, x.typ.under());
            return;
        }
        const PREC: u64 = 512;
        if x.val.kind() == Kind::Int && x.val.bit_len() > PREC {
            let mut op = x.expr.map_or("", op_name).to_owned();
            if !op.is_empty() {
                op.push(' ');
            }
            self.error(op_pos, Code::InvalidConstVal, format!("constant {op}overflow"));
            x.val = Value::Unknown;
            return;
        }
        // The linker's limit on a symbol's size.
        const MAX_LEN: usize = 2_000_000_000;
        let len = x.val.string_len();
        if len > MAX_LEN {
            self.error(
                op_pos,
                Code::InvalidConstVal,
                format!("constant string too long ({len} bytes > {MAX_LEN} bytes)"),
            );
            x.val = Value::Unknown;
        }
    }

    /// Converts a constant operand to basic type `t`, or reports that it does not fit.
    pub(crate) fn representable(&mut self, x: &mut Operand, t: Ty) {
        match self.representation(x, t) {
            Ok(v) => x.val = v,
            Err(code) => {
                self.invalid_conversion(code, x, t);
                x.invalidate();
            }
        }
    }

    /// The constant `x` as a value of basic type `t`.
    pub(crate) fn representation(&self, x: &Operand, t: Ty) -> Result<Value, Code> {
        if let Some(v) = representable_const(&x.val, t) {
            return Ok(v);
        }
        if is_numeric(x.typ) && is_numeric(t) {
            // Integer to integer overflows, float to integer is truncated, float to float overflows.
            return Err(if !is_integer(x.typ) && is_integer(t) { Code::TruncatedFloat } else { Code::NumericOverflow });
        }
        Err(Code::InvalidConstVal)
    }

    /// Reports a failed conversion.
    pub(crate) fn invalid_conversion(&mut self, code: Code, x: &Operand, target: Ty) {
        let (xs, t) = (self.os(x), self.ts(target));
        let msg = match code {
            Code::TruncatedFloat => format!("{xs} truncated to {t}"),
            Code::NumericOverflow => format!("{xs} overflows {t}"),
            _ => format!("cannot convert {xs} to type {t}"),
        };
        self.error(x, code, msg);
    }

    /// Gives an untyped operand the target type.
    pub(crate) fn convert_untyped(&mut self, x: &mut Operand, target: Ty) {
        match self.implicit_type_and_value(x, target) {
            Err(code) => {
                let t = if is_type_param(target) { target } else { target.under() };
                self.invalid_conversion(code, x, t);
                x.invalidate();
            }
            Ok((new, val)) => self.set_implicit(x, new, val),
        }
    }

    /// Applies a successful implicit conversion to the operand and to what is remembered about its expression.
    pub(crate) fn set_implicit(&mut self, x: &mut Operand, new: Ty, val: Option<Value>) {
        if let Some(v) = val {
            self.update_expr_val(x.expr, &v);
            x.val = v;
        }
        if new != x.typ {
            x.typ = new;
            self.update_expr_type(x.expr, new, false);
        }
    }
}

/// The value of a constant in basic type `t`, rounded for floats; `None` if the type cannot hold it.
pub(crate) fn representable_const(x: &Value, t: Ty) -> Option<Value> {
    use BasicKind as B;
    if x.kind() == Kind::Unknown {
        return Some(Value::Unknown); // no follow-up errors
    }
    let kind = t.as_basic().map(|b| b.kind)?;
    if is_integer(t) {
        let x = x.to_int();
        if x.kind() != Kind::Int {
            return None;
        }
        let ok = match x.int64_val() {
            Some(v) => match kind {
                B::Int | B::Int64 | B::UntypedInt | B::UntypedRune => true,
                B::Int8 => i8::try_from(v).is_ok(),
                B::Int16 => i16::try_from(v).is_ok(),
                B::Int32 => i32::try_from(v).is_ok(),
                B::Uint | B::Uintptr | B::Uint64 => v >= 0,
                B::Uint8 => u8::try_from(v).is_ok(),
                B::Uint16 => u16::try_from(v).is_ok(),
                B::Uint32 => u32::try_from(v).is_ok(),
                _ => false,
            },
            None => match kind {
                B::Uint | B::Uintptr | B::Uint64 => x.sign() >= 0 && x.bit_len() <= 64,
                B::UntypedInt => true,
                _ => false,
            },
        };
        return ok.then_some(x);
    }
    if is_float(t) {
        let f = x.to_float();
        if f.kind() != Kind::Float {
            return None;
        }
        return match kind {
            B::Float32 => round32(&f),
            B::Float64 => round64(&f),
            _ => Some(x.clone()),
        };
    }
    if is_complex(t) {
        let c = x.to_complex();
        if c.kind() != Kind::Complex {
            return None;
        }
        let round = match kind {
            B::Complex64 => round32,
            B::Complex128 => round64,
            _ => return Some(x.clone()),
        };
        let (re, im) = (round(&c.real())?, round(&c.imag())?);
        return Some(constant::binary_op(&re, constant::Op::Add, &constant::make_imag(im)));
    }
    if is_string(t) {
        return (x.kind() == Kind::String).then(|| x.clone());
    }
    if is_boolean(t) {
        return (x.kind() == Kind::Bool).then(|| x.clone());
    }
    None
}

fn round32(x: &Value) -> Option<Value> {
    let (f, _) = x.float32_val();
    f.is_finite().then(|| constant::make_float64(f as f64))
}

fn round64(x: &Value) -> Option<Value> {
    let (f, _) = x.float64_val();
    f.is_finite().then(|| constant::make_float64(f))
}
