//! Exact constant values, with the semantics of Go's `go/constant`.
//!
//! Integers are exact, floats are fractions while these stay small and 512-bit floats beyond that.
//! Operations on values of the wrong kind give [`Value::Unknown`]: the checker never asks for them on checked operands.

use crate::bigfloat::{BigFloat, Mode, PREC, round_ieee};
use crate::conststr::ConstString;
use num_bigint::{BigInt, BigUint, Sign};
use num_rational::BigRational;
use num_traits::{One, Signed, ToPrimitive, Zero};
use std::cmp::Ordering;
use std::fmt;
use std::sync::Arc;

/// Fractions whose parts have more bits become floats.
const MAX_EXP: i64 = 4 << 10;

/// The kind of a constant value, in the order of `go/constant`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Hash)]
pub enum Kind {
    /// Not known because of an error.
    Unknown,
    /// A boolean.
    Bool,
    /// A byte string.
    String,
    /// An integer.
    Int,
    /// A float.
    Float,
    /// A complex number.
    Complex,
}

/// A constant value. Cheap to clone.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Value {
    /// Not known because of an error.
    Unknown,
    /// A boolean.
    Bool(bool),
    /// A string.
    String(ConstString),
    /// An integer that fits.
    Int64(i64),
    /// An integer that does not fit an `i64`.
    Int(Arc<BigInt>),
    /// A float that is a fraction of reasonable size.
    Rat(Arc<BigRational>),
    /// Any other float.
    Float(Arc<BigFloat>),
    /// Real and imaginary part.
    Complex(Arc<(Value, Value)>),
}

/// Operators on constants.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[allow(missing_docs)]
pub enum Op {
    Add,
    Sub,
    Mul,
    Quo,
    /// Integer division whatever the operands are.
    IntQuo,
    Rem,
    And,
    Or,
    Xor,
    AndNot,
    LAnd,
    LOr,
    Not,
    Shl,
    Shr,
    Eql,
    Neq,
    Lss,
    Leq,
    Gtr,
    Geq,
}

/// What a literal token is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[allow(missing_docs)]
pub enum Lit {
    Int,
    Float,
    Imag,
    Rune,
    String,
}

// ---------------------------------------------------------------- making

/// The integer `x` in its smallest form.
pub fn make_int(x: BigInt) -> Value {
    match x.to_i64() {
        Some(v) => Value::Int64(v),
        None => Value::Int(Arc::new(x)),
    }
}

/// The fraction `x`, as a float if its parts are too large.
pub fn make_rat(x: BigRational) -> Value {
    if small_int(x.numer()) && small_int(x.denom()) {
        return Value::Rat(Arc::new(x));
    }
    Value::Float(Arc::new(BigFloat::from_ratio(x.numer(), x.denom())))
}

fn make_float(x: BigFloat) -> Value {
    if x.is_inf() { Value::Unknown } else { Value::Float(Arc::new(x)) }
}

/// A complex number; unknown if a part is.
pub fn make_complex(re: Value, im: Value) -> Value {
    if re.kind() == Kind::Unknown || im.kind() == Kind::Unknown {
        return Value::Unknown;
    }
    Value::Complex(Arc::new((re, im)))
}

/// A boolean.
pub fn make_bool(b: bool) -> Value {
    Value::Bool(b)
}

/// A string of bytes.
pub fn make_string(s: impl AsRef<[u8]>) -> Value {
    Value::String(s.as_ref().into())
}

/// An integer.
pub fn make_int64(x: i64) -> Value {
    Value::Int64(x)
}

/// An integer.
pub fn make_uint64(x: u64) -> Value {
    i64::try_from(x).map_or_else(|_| Value::Int(Arc::new(BigInt::from(x))), Value::Int64)
}

/// A float; unknown if not finite, and −0 becomes 0.
pub fn make_float64(x: f64) -> Value {
    if !x.is_finite() {
        return Value::Unknown;
    }
    // Every finite float64 has an exponent small enough for a fraction.
    Value::Rat(Arc::new(BigRational::from_float(x + 0.0).unwrap_or_else(BigRational::zero)))
}

/// The imaginary number `x·i`.
pub fn make_imag(x: Value) -> Value {
    match x.kind() {
        Kind::Int | Kind::Float => make_complex(Value::Int64(0), x),
        _ => Value::Unknown,
    }
}

fn small_int(x: &BigInt) -> bool {
    (x.bits() as i64) < MAX_EXP
}

fn small_float(x: &BigFloat) -> bool {
    let e = x.mant_exp();
    !x.is_inf() && -MAX_EXP < e && e < MAX_EXP
}

/// The value of a literal token; unknown if its text is invalid.
pub fn make_from_literal(lit: &str, kind: Lit) -> Value {
    match kind {
        Lit::Int => int_literal(lit),
        Lit::Float => float_literal(lit),
        Lit::Imag => match lit.strip_suffix('i') {
            Some(s) => match float_literal(s) {
                Value::Unknown => Value::Unknown,
                im => make_complex(Value::Int64(0), im),
            },
            None => Value::Unknown,
        },
        Lit::Rune => rune_literal(lit),
        Lit::String => unquote(lit).map_or(Value::Unknown, make_string),
    }
}

fn int_literal(lit: &str) -> Value {
    let clean;
    let s = if lit.contains('_') {
        clean = lit.replace('_', "");
        &clean
    } else {
        lit
    };
    let b = s.as_bytes();
    let (digits, radix) = match b {
        [b'0', b'x' | b'X', ..] => (&s[2..], 16),
        [b'0', b'b' | b'B', ..] => (&s[2..], 2),
        [b'0', b'o' | b'O', ..] => (&s[2..], 8),
        [b'0', _, ..] => (&s[1..], 8),
        _ => (s, 10),
    };
    if digits.is_empty() || !digits.bytes().all(|c| (c as char).is_digit(radix)) {
        return Value::Unknown;
    }
    if let Ok(v) = i64::from_str_radix(digits, radix) {
        return Value::Int64(v);
    }
    BigInt::parse_bytes(digits.as_bytes(), radix).map_or(Value::Unknown, make_int)
}

/// Splits a number literal into `mant · 2^exp2 · 5^exp5`.
fn float_parts(lit: &str) -> Option<(BigUint, i64, i64)> {
    let s = lit.replace('_', "");
    let b = s.as_bytes();
    let (rest, radix): (&str, u32) = match b {
        [b'0', b'x' | b'X', ..] => (&s[2..], 16),
        [b'0', b'b' | b'B', ..] => (&s[2..], 2),
        [b'0', b'o' | b'O', ..] => (&s[2..], 8),
        _ => (&s[..], 10),
    };
    let (mant, exp) = match rest
        .find(|c: char| if radix == 10 { matches!(c, 'e' | 'E' | 'p' | 'P') } else { matches!(c, 'p' | 'P') })
    {
        Some(i) => (&rest[..i], Some((rest.as_bytes()[i], &rest[i + 1..]))),
        None => (rest, None),
    };
    let (whole, frac) = mant.split_once('.').unwrap_or((mant, ""));
    let digits = format!("{whole}{frac}");
    if digits.is_empty() {
        return None;
    }
    let m = BigUint::parse_bytes(digits.as_bytes(), radix)?;
    let (mut exp2, mut exp5) = match radix {
        10 => (-(frac.len() as i64), -(frac.len() as i64)),
        16 => (-4 * frac.len() as i64, 0),
        8 => (-3 * frac.len() as i64, 0),
        _ => (-(frac.len() as i64), 0),
    };
    if let Some((c, e)) = exp {
        let (neg, d) = match e.as_bytes().first() {
            Some(b'-') => (true, &e[1..]),
            Some(b'+') => (false, &e[1..]),
            _ => (false, e),
        };
        if d.is_empty() || !d.bytes().all(|c| c.is_ascii_digit()) {
            return None;
        }
        // Anything beyond this is out of range in either direction.
        let v = d.parse::<i64>().unwrap_or(i64::MAX).min(1 << 40);
        let v = if neg { -v } else { v };
        exp2 += v;
        if matches!(c, b'e' | b'E') {
            exp5 += v;
        }
    }
    Some((m, exp2, exp5))
}

fn float_literal(lit: &str) -> Value {
    let Some((m, exp2, exp5)) = float_parts(lit) else { return Value::Unknown };
    let Some(f) = BigFloat::from_parts(m.clone(), exp2, exp5) else { return Value::Unknown };
    if !small_float(&f) {
        return make_float(f);
    }
    if f.is_zero() {
        return Value::Rat(Arc::new(BigRational::zero()));
    }
    let (mut num, mut den) = (BigInt::from(m), BigInt::one());
    let five = BigInt::from(5);
    if exp5 >= 0 {
        num *= five.pow(exp5 as u32);
    } else {
        den *= five.pow(exp5.unsigned_abs() as u32);
    }
    if exp2 >= 0 {
        num <<= exp2 as u64;
    } else {
        den <<= exp2.unsigned_abs();
    }
    Value::Rat(Arc::new(BigRational::new(num, den)))
}

fn rune_literal(lit: &str) -> Value {
    let b = lit.as_bytes();
    if b.len() < 3 || b[0] != b'\'' || b[b.len() - 1] != b'\'' {
        return Value::Unknown;
    }
    let inner = &lit[1..lit.len() - 1];
    let mut out = Vec::new();
    match unquote_char(inner, b'\'', &mut out) {
        Some((code, "")) => Value::Int64(code as i64),
        _ => Value::Unknown,
    }
}

/// The bytes of a string literal, interpreted or raw.
pub fn unquote(lit: &str) -> Option<Vec<u8>> {
    let b = lit.as_bytes();
    if b.len() < 2 || b[0] != b[b.len() - 1] {
        return None;
    }
    let inner = &lit[1..lit.len() - 1];
    match b[0] {
        b'`' => Some(inner.bytes().filter(|&c| c != b'\r').collect()),
        b'"' => {
            if !inner.contains('\\') {
                return Some(inner.as_bytes().to_vec());
            }
            let mut out = Vec::with_capacity(inner.len());
            let mut rest = inner;
            while !rest.is_empty() {
                rest = unquote_char(rest, b'"', &mut out)?.1;
            }
            Some(out)
        }
        _ => None,
    }
}

/// Reads one character or escape, appends its bytes and gives its value and what follows.
fn unquote_char<'a>(s: &'a str, quote: u8, out: &mut Vec<u8>) -> Option<(u32, &'a str)> {
    let b = s.as_bytes();
    if *b.first()? != b'\\' {
        let c = s.chars().next()?;
        let n = c.len_utf8();
        out.extend_from_slice(&b[..n]);
        return Some((c as u32, &s[n..]));
    }
    let simple = |v: u8, out: &mut Vec<u8>| {
        out.push(v);
        Some((v as u32, &s[2..]))
    };
    match *b.get(1)? {
        b'a' => simple(7, out),
        b'b' => simple(8, out),
        b'f' => simple(12, out),
        b'n' => simple(b'\n', out),
        b'r' => simple(b'\r', out),
        b't' => simple(b'\t', out),
        b'v' => simple(11, out),
        b'\\' => simple(b'\\', out),
        c if c == quote => simple(c, out),
        c @ (b'x' | b'u' | b'U') => {
            let n = match c {
                b'x' => 2,
                b'u' => 4,
                _ => 8,
            };
            let v = u32::from_str_radix(s.get(2..2 + n)?, 16).ok()?;
            if c == b'x' {
                out.push(v as u8);
            } else {
                let ch = char::from_u32(v)?;
                out.extend_from_slice(ch.encode_utf8(&mut [0; 4]).as_bytes());
            }
            Some((v, &s[2 + n..]))
        }
        b'0'..=b'7' => {
            let v = u32::from_str_radix(s.get(1..4)?, 8).ok()?;
            if v > 255 {
                return None;
            }
            out.push(v as u8);
            Some((v, &s[4..]))
        }
        _ => None,
    }
}

// ---------------------------------------------------------------- reading

impl Value {
    /// The kind.
    pub fn kind(&self) -> Kind {
        match self {
            Value::Unknown => Kind::Unknown,
            Value::Bool(_) => Kind::Bool,
            Value::String(_) => Kind::String,
            Value::Int64(_) | Value::Int(_) => Kind::Int,
            Value::Rat(_) | Value::Float(_) => Kind::Float,
            Value::Complex(_) => Kind::Complex,
        }
    }

    /// The boolean; false if this is none.
    pub fn bool_val(&self) -> bool {
        matches!(self, Value::Bool(true))
    }

    /// The bytes of a string; empty if this is none.
    pub fn string_val(&self) -> &[u8] {
        match self {
            Value::String(s) => s.bytes(),
            _ => &[],
        }
    }

    /// Bytes of a string; 0 if this is none.
    pub fn string_len(&self) -> usize {
        match self {
            Value::String(s) => s.len(),
            _ => 0,
        }
    }

    /// The integer if it fits.
    pub fn int64_val(&self) -> Option<i64> {
        match self {
            Value::Int64(v) => Some(*v),
            _ => None,
        }
    }

    /// The integer if it fits.
    pub fn uint64_val(&self) -> Option<u64> {
        match self {
            Value::Int64(v) => u64::try_from(*v).ok(),
            Value::Int(v) => v.to_u64(),
            _ => None,
        }
    }

    /// The low 64 bits of an integer in two's complement.
    pub fn wrapped_u64(&self) -> u64 {
        match self {
            Value::Int64(v) => *v as u64,
            Value::Int(v) => (&**v & BigInt::from(u64::MAX)).to_u64().unwrap_or(0),
            _ => 0,
        }
    }

    /// The integer, of any size.
    pub fn big_int(&self) -> Option<BigInt> {
        match self {
            Value::Int64(v) => Some(BigInt::from(*v)),
            Value::Int(v) => Some((**v).clone()),
            _ => None,
        }
    }

    /// The nearest float64 and whether it is exact.
    pub fn float64_val(&self) -> (f64, bool) {
        match self {
            Value::Int64(v) => {
                let f = *v as f64;
                (f, f as i128 == *v as i128)
            }
            Value::Int(v) => BigFloat::from_int(v).to_f64(),
            Value::Rat(r) => {
                let (bits, exact) = rat_ieee(r, 52, -1022, 1023);
                let f = f64::from_bits(bits);
                (if r.is_negative() { -f } else { f }, exact)
            }
            Value::Float(f) => f.to_f64(),
            _ => (0.0, false),
        }
    }

    /// The nearest float32 and whether it is exact.
    pub fn float32_val(&self) -> (f32, bool) {
        match self {
            Value::Int64(v) => {
                let f = *v as f32;
                (f, f as i128 == *v as i128)
            }
            Value::Int(v) => BigFloat::from_int(v).to_f32(),
            Value::Rat(r) => {
                let (bits, exact) = rat_ieee(r, 23, -126, 127);
                let f = f32::from_bits(bits as u32);
                (if r.is_negative() { -f } else { f }, exact)
            }
            Value::Float(f) => f.to_f32(),
            _ => (0.0, false),
        }
    }

    /// Bits needed for the absolute value of an integer.
    pub fn bit_len(&self) -> u64 {
        match self {
            Value::Int64(v) => 64 - v.unsigned_abs().leading_zeros() as u64,
            Value::Int(v) => v.bits(),
            _ => 0,
        }
    }

    /// −1, 0 or 1; for complex values 0 only if the value is zero; 1 if unknown (no spurious division by zero).
    pub fn sign(&self) -> i32 {
        match self {
            Value::Int64(v) => v.signum() as i32,
            Value::Int(v) => sign_of(v.sign()),
            Value::Rat(r) => sign_of(r.numer().sign()),
            Value::Float(f) => f.sign(),
            Value::Complex(c) => c.0.sign() | c.1.sign(),
            _ => 1,
        }
    }

    /// The real part of a number.
    pub fn real(&self) -> Value {
        match self {
            Value::Complex(c) => c.0.clone(),
            Value::Bool(_) | Value::String(_) => Value::Unknown,
            x => x.clone(),
        }
    }

    /// The imaginary part of a number.
    pub fn imag(&self) -> Value {
        match self {
            Value::Complex(c) => c.1.clone(),
            Value::Bool(_) | Value::String(_) | Value::Unknown => Value::Unknown,
            _ => Value::Int64(0),
        }
    }

    /// The value as an integer if it is one; unknown otherwise.
    pub fn to_int(&self) -> Value {
        match self {
            Value::Int64(_) | Value::Int(_) => return self.clone(),
            Value::Rat(r) if r.is_integer() => return make_int(r.numer().clone()),
            Value::Float(f) if small_float(f) => {
                if let Some(i) = f.to_int() {
                    return make_int(i);
                }
                // A value that becomes an integer when a few bits are dropped is one that was blurred by rounding.
                const DELTA: u64 = 4;
                for mode in [Mode::ToZero, Mode::AwayFromZero] {
                    if let Some(i) = (**f).clone().rounded(PREC - DELTA, mode).to_int() {
                        return make_int(i);
                    }
                }
            }
            Value::Complex(_) => {
                let re = self.to_float();
                if re.kind() == Kind::Float {
                    return re.to_int();
                }
            }
            _ => {}
        }
        Value::Unknown
    }

    /// The value as a float if it is real; unknown otherwise.
    pub fn to_float(&self) -> Value {
        match self {
            Value::Int64(v) => Value::Rat(Arc::new(BigRational::from_integer(BigInt::from(*v)))),
            Value::Int(v) if small_int(v) => Value::Rat(Arc::new(BigRational::from_integer((**v).clone()))),
            Value::Int(v) => Value::Float(Arc::new(BigFloat::from_int(v))),
            Value::Rat(_) | Value::Float(_) => self.clone(),
            Value::Complex(c) if c.1.sign() == 0 => c.0.to_float(),
            _ => Value::Unknown,
        }
    }

    /// The value as a complex number if it is a number; unknown otherwise.
    pub fn to_complex(&self) -> Value {
        match self {
            Value::Complex(_) => self.clone(),
            Value::Int64(_) | Value::Int(_) | Value::Rat(_) | Value::Float(_) => {
                Value::Complex(Arc::new((self.clone(), Value::Int64(0))))
            }
            _ => Value::Unknown,
        }
    }

    /// The exact text form.
    pub fn exact_string(&self) -> String {
        match self {
            Value::String(s) => quote(s.bytes()),
            Value::Rat(r) if r.is_integer() => r.numer().to_string(),
            Value::Rat(r) => format!("{}/{}", r.numer(), r.denom()),
            Value::Float(f) => f.text_p(),
            Value::Complex(c) => format!("({} + {}i)", c.0.exact_string(), c.1.exact_string()),
            _ => self.to_string(),
        }
    }

    fn as_rat(&self) -> BigRational {
        match self {
            Value::Int64(v) => BigRational::from_integer(BigInt::from(*v)),
            Value::Int(v) => BigRational::from_integer((**v).clone()),
            Value::Rat(r) => (**r).clone(),
            _ => BigRational::zero(),
        }
    }

    fn as_float(&self) -> BigFloat {
        match self {
            Value::Int64(v) => BigFloat::from_int(&BigInt::from(*v)),
            Value::Int(v) => BigFloat::from_int(v),
            Value::Rat(r) => BigFloat::from_ratio(r.numer(), r.denom()),
            Value::Float(f) => (**f).clone(),
            _ => BigFloat::zero(),
        }
    }

    /// Position in the order of growing representations.
    fn ord(&self) -> i32 {
        match self {
            Value::Unknown => 0,
            Value::Bool(_) | Value::String(_) => 1,
            Value::Int64(_) => 2,
            Value::Int(_) => 3,
            Value::Rat(_) => 4,
            Value::Float(_) => 5,
            Value::Complex(_) => 6,
        }
    }
}

fn sign_of(s: Sign) -> i32 {
    match s {
        Sign::Minus => -1,
        Sign::NoSign => 0,
        Sign::Plus => 1,
    }
}

fn rat_ieee(r: &BigRational, frac: u32, emin: i64, emax: i64) -> (u64, bool) {
    let (a, b) = (r.numer().magnitude(), r.denom().magnitude());
    if a.is_zero() {
        return (0, true);
    }
    let shift = 66 + b.bits() as i64 - a.bits() as i64;
    let (n, d) = if shift >= 0 { (a << shift as u64, b.clone()) } else { (a.clone(), b << shift.unsigned_abs()) };
    let q = &n / &d;
    let sticky = &q * &d != n;
    round_ieee(&q, -shift, sticky, frac, emin, emax)
}

// ---------------------------------------------------------------- operating

/// `op y`; `prec > 0` limits the result of `^` to that many bits (unsigned types).
pub fn unary_op(op: Op, y: &Value, prec: u32) -> Value {
    match (op, y) {
        (_, Value::Unknown) => Value::Unknown,
        (Op::Add, _) => y.clone(),
        (Op::Sub, Value::Int64(v)) => v.checked_neg().map_or_else(|| make_int(-BigInt::from(*v)), Value::Int64),
        (Op::Sub, Value::Int(v)) => make_int(-&**v),
        (Op::Sub, Value::Rat(r)) => make_rat(-&**r),
        (Op::Sub, Value::Float(f)) => make_float(f.neg()),
        (Op::Sub, Value::Complex(c)) => make_complex(unary_op(Op::Sub, &c.0, 0), unary_op(Op::Sub, &c.1, 0)),
        (Op::Xor, _) => {
            let Some(v) = y.big_int() else { return Value::Unknown };
            let mut z = !v;
            if prec > 0 {
                z &= (BigInt::one() << prec) - 1;
            }
            make_int(z)
        }
        (Op::Not, Value::Bool(b)) => Value::Bool(!b),
        _ => Value::Unknown,
    }
}

/// `x op y` for arithmetic and logic operators; `y` must not be zero in a division.
pub fn binary_op(x: &Value, op: Op, y: &Value) -> Value {
    use Value as V;
    match (x, y) {
        (V::Unknown, _) | (_, V::Unknown) => return V::Unknown,
        (V::Bool(a), V::Bool(b)) => {
            return match op {
                Op::LAnd => V::Bool(*a && *b),
                Op::LOr => V::Bool(*a || *b),
                _ => V::Unknown,
            };
        }
        (V::String(a), V::String(b)) => {
            if op != Op::Add {
                return V::Unknown;
            }
            return V::String(a.concat(b));
        }
        (V::Int64(a), V::Int64(b)) => {
            let (a, b) = (*a, *b);
            let big = || (BigInt::from(a), BigInt::from(b));
            return match op {
                Op::Add => a.checked_add(b).map_or_else(|| make_int(big().0 + b), V::Int64),
                Op::Sub => a.checked_sub(b).map_or_else(|| make_int(big().0 - b), V::Int64),
                Op::Mul => a.checked_mul(b).map_or_else(|| make_int(big().0 * b), V::Int64),
                Op::Quo if b != 0 => make_rat(BigRational::new(a.into(), b.into())),
                // Go's int64 division wraps here: MinInt64 / -1 is MinInt64.
                Op::IntQuo if b != 0 => V::Int64(a.wrapping_div(b)),
                Op::Rem if b != 0 => V::Int64(a.wrapping_rem(b)),
                Op::And => V::Int64(a & b),
                Op::Or => V::Int64(a | b),
                Op::Xor => V::Int64(a ^ b),
                Op::AndNot => V::Int64(a & !b),
                _ => V::Unknown,
            };
        }
        _ => {}
    }
    match x.ord().max(y.ord()) {
        3 => {
            let (Some(a), Some(b)) = (x.big_int(), y.big_int()) else { return V::Unknown };
            if matches!(op, Op::Quo | Op::IntQuo | Op::Rem) && b.is_zero() {
                return V::Unknown;
            }
            make_int(match op {
                Op::Add => a + b,
                Op::Sub => a - b,
                Op::Mul => a * b,
                Op::Quo => return make_rat(BigRational::new(a, b)),
                Op::IntQuo => a / b,
                Op::Rem => a % b,
                Op::And => a & b,
                Op::Or => a | b,
                Op::Xor => a ^ b,
                Op::AndNot => a & !b,
                _ => return V::Unknown,
            })
        }
        4 => {
            let (a, b) = (x.as_rat(), y.as_rat());
            make_rat(match op {
                Op::Add => a + b,
                Op::Sub => a - b,
                Op::Mul => a * b,
                Op::Quo if !b.is_zero() => a / b,
                _ => return V::Unknown,
            })
        }
        5 => {
            let (a, b) = (x.as_float(), y.as_float());
            make_float(match op {
                Op::Add => a.add(&b, PREC),
                Op::Sub => a.sub(&b, PREC),
                Op::Mul => a.mul(&b, PREC),
                Op::Quo => a.quo(&b, PREC),
                _ => return V::Unknown,
            })
        }
        6 => complex_op(x, op, y),
        _ => V::Unknown,
    }
}

fn complex_op(x: &Value, op: Op, y: &Value) -> Value {
    let (a, b, c, d) = (x.real(), x.imag(), y.real(), y.imag());
    let f = |p: &Value, op: Op, q: &Value| binary_op(p, op, q);
    let (re, im) = match op {
        Op::Add | Op::Sub => (f(&a, op, &c), f(&b, op, &d)),
        Op::Mul | Op::Quo => {
            let (ac, bd, bc, ad) = (f(&a, Op::Mul, &c), f(&b, Op::Mul, &d), f(&b, Op::Mul, &c), f(&a, Op::Mul, &d));
            if op == Op::Mul {
                (f(&ac, Op::Sub, &bd), f(&bc, Op::Add, &ad))
            } else {
                let s = f(&f(&c, Op::Mul, &c), Op::Add, &f(&d, Op::Mul, &d));
                (f(&f(&ac, Op::Add, &bd), Op::Quo, &s), f(&f(&bc, Op::Sub, &ad), Op::Quo, &s))
            }
        }
        _ => return Value::Unknown,
    };
    make_complex(re, im)
}

/// `x << s` or `x >> s` for an integer `x`.
pub fn shift(x: &Value, op: Op, s: u64) -> Value {
    match (op, x) {
        (_, Value::Int64(_) | Value::Int(_)) if s == 0 => x.clone(),
        (Op::Shl, Value::Int64(v)) => make_int(BigInt::from(*v) << s),
        (Op::Shl, Value::Int(v)) => make_int(&**v << s),
        (Op::Shr, Value::Int64(v)) => Value::Int64(v >> s.min(63)),
        (Op::Shr, Value::Int(v)) => make_int(&**v >> s),
        _ => Value::Unknown,
    }
}

/// The result of a comparison; false if an operand is unknown.
pub fn compare(x: &Value, op: Op, y: &Value) -> bool {
    let ord = match (x, y) {
        (Value::Unknown, _) | (_, Value::Unknown) => return false,
        (Value::Bool(a), Value::Bool(b)) => a.cmp(b),
        (Value::String(a), Value::String(b)) => a.bytes().cmp(b.bytes()),
        (Value::Int64(a), Value::Int64(b)) => a.cmp(b),
        _ => match x.ord().max(y.ord()) {
            3 => match (x.big_int(), y.big_int()) {
                (Some(a), Some(b)) => a.cmp(&b),
                _ => return false,
            },
            4 => x.as_rat().cmp(&y.as_rat()),
            5 => x.as_float().compare(&y.as_float()),
            6 => {
                let same = compare(&x.real(), Op::Eql, &y.real()) && compare(&x.imag(), Op::Eql, &y.imag());
                return match op {
                    Op::Eql => same,
                    Op::Neq => !same,
                    _ => false,
                };
            }
            _ => return false,
        },
    };
    match op {
        Op::Eql => ord == Ordering::Equal,
        Op::Neq => ord != Ordering::Equal,
        Op::Lss => ord == Ordering::Less,
        Op::Leq => ord != Ordering::Greater,
        Op::Gtr => ord == Ordering::Greater,
        Op::Geq => ord != Ordering::Less,
        _ => false,
    }
}

// ---------------------------------------------------------------- printing

impl fmt::Display for Value {
    /// The short, possibly approximate form that error messages use.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::Unknown => f.write_str("unknown"),
            Value::Bool(b) => write!(f, "{b}"),
            Value::String(s) => {
                const MAX: usize = 72;
                // A character has up to four bytes.
                let q = quote(s.prefix(4 * (MAX + 1)));
                if q.chars().count() > MAX {
                    let cut: String = q.chars().take(MAX - 3).collect();
                    return write!(f, "{cut}...");
                }
                f.write_str(&q)
            }
            Value::Int64(v) => write!(f, "{v}"),
            Value::Int(v) => write!(f, "{v}"),
            Value::Rat(_) | Value::Float(_) => f.write_str(&float_string(&self.as_float())),
            Value::Complex(c) => write!(f, "({} + {}i)", c.0, c.1),
        }
    }
}

fn float_string(f: &BigFloat) -> String {
    let (x, _) = f.to_f64();
    if f.is_zero() == (x == 0.0) && x.is_finite() {
        let s = format_g(x, Some(6));
        if !f.is_int() && !s.contains('.') {
            return format_g(x, None);
        }
        return s;
    }
    // Outside float64: m · 10^e by way of logarithms, good enough for a message.
    let mut m = f.mantissa_f64();
    let d = f.mant_exp() as f64 * (std::f64::consts::LN_2 / std::f64::consts::LN_10);
    let mut e = d as i64;
    m *= 10f64.powf(d - e as f64);
    if m.abs() < 1.0 - 0.5e-6 {
        m *= 10.0;
        e -= 1;
    } else if m.abs() >= 10.0 {
        m /= 10.0;
        e += 1;
    }
    format!("{}e{e:+}", format_g(m, Some(6)))
}

/// Go's `%g` (`prec` digits, or the shortest that reads back).
pub fn format_g(x: f64, prec: Option<usize>) -> String {
    if x == 0.0 {
        return if x.is_sign_negative() { "-0".into() } else { "0".into() };
    }
    let s = match prec {
        Some(p) => format!("{:.*e}", p.max(1) - 1, x.abs()),
        None => format!("{:e}", x.abs()),
    };
    let (mant, exp) = s.split_once('e').unwrap_or((&s, "0"));
    let exp: i32 = exp.parse().unwrap_or(0);
    let mut digits: String = mant.chars().filter(|c| *c != '.').collect();
    digits.truncate(digits.trim_end_matches('0').len().max(1));
    let nd = digits.len() as i32;
    let dp = exp + 1;
    let mut eprec = match prec {
        Some(p) => p as i32,
        None => 6,
    };
    if prec.is_some() && eprec > nd && nd >= dp {
        eprec = nd;
    }
    // The shortest form switches to exponents at 21 digits only for %v; %g keeps 6 but not below the digits there are.
    if prec.is_none() && nd > eprec && nd >= dp {
        eprec = eprec.max(6);
    }
    let sign = if x < 0.0 { "-" } else { "" };
    if exp < -4 || exp >= eprec {
        let frac = if nd > 1 { format!(".{}", &digits[1..]) } else { String::new() };
        return format!("{sign}{}{frac}e{}{:02}", &digits[..1], if exp < 0 { '-' } else { '+' }, exp.abs());
    }
    if dp <= 0 {
        format!("{sign}0.{}{digits}", "0".repeat(-dp as usize))
    } else if nd <= dp {
        format!("{sign}{digits}{}", "0".repeat((dp - nd) as usize))
    } else {
        format!("{sign}{}.{}", &digits[..dp as usize], &digits[dp as usize..])
    }
}

/// Go's `strconv.Quote`.
pub fn quote(s: &[u8]) -> String {
    let mut out = String::with_capacity(s.len() + 2);
    out.push('"');
    for chunk in s.utf8_chunks() {
        for c in chunk.valid().chars() {
            match c {
                '"' => out.push_str("\\\""),
                '\\' => out.push_str("\\\\"),
                '\x07' => out.push_str("\\a"),
                '\x08' => out.push_str("\\b"),
                '\x0c' => out.push_str("\\f"),
                '\n' => out.push_str("\\n"),
                '\r' => out.push_str("\\r"),
                '\t' => out.push_str("\\t"),
                '\x0b' => out.push_str("\\v"),
                c if is_print(c) => out.push(c),
                c if (c as u32) < 0x20 || c == '\x7f' => out.push_str(&format!("\\x{:02x}", c as u32)),
                c if (c as u32) < 0x10000 => out.push_str(&format!("\\u{:04x}", c as u32)),
                c => out.push_str(&format!("\\U{:08x}", c as u32)),
            }
        }
        for b in chunk.invalid() {
            out.push_str(&format!("\\x{b:02x}"));
        }
    }
    out.push('"');
    out
}

/// Whether Go prints the character as it is (nearly `unicode.IsPrint`).
fn is_print(c: char) -> bool {
    if c.is_ascii() {
        return (' '..='~').contains(&c);
    }
    c.is_alphanumeric() || c.escape_debug().count() == 1 && !c.is_whitespace()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lit(s: &str) -> Value {
        let k = if s.starts_with('"') || s.starts_with('`') {
            Lit::String
        } else if s.starts_with('\'') {
            Lit::Rune
        } else if s.ends_with('i') {
            Lit::Imag
        } else if s.contains(['.', 'p', 'P']) || (s.contains(['e', 'E']) && !s.starts_with("0x")) {
            Lit::Float
        } else {
            Lit::Int
        };
        make_from_literal(s, k)
    }

    #[test]
    fn literals() {
        for (s, want) in [
            ("0", "0"),
            ("0755", "493"),
            ("0o17", "15"),
            ("0b1_01", "5"),
            ("0xFFFF_FFFF_FFFF_FFFF", "18446744073709551615"),
            ("'a'", "97"),
            ("'\\''", "39"),
            ("'\\xff'", "255"),
            ("'\\u00e4'", "228"),
            ("'世'", "19990"),
            ("1.5", "1.5"),
            ("1e3", "1000"),
            ("0x1p-2", "0.25"),
            ("0x1.8p1", "3"),
            ("1e6", "1e+06"),
            ("1e1000", "1e+1000"),
            ("3.1415926535", "3.14159"),
            ("0123i", "(0 + 123i)"),
            ("0x10i", "(0 + 16i)"),
            ("1e10000000000", "unknown"),
            ("\"a\\tb\\x80\"", "\"a\\tb\\x80\""),
            ("`a\\b`", "\"a\\\\b\""),
        ] {
            assert_eq!(lit(s).to_string(), want, "{s}");
        }
    }

    #[test]
    fn arithmetic() {
        let b = |x: &str, op, y: &str| binary_op(&lit(x), op, &lit(y)).to_string();
        assert_eq!(b("9223372036854775807", Op::Add, "1"), "9223372036854775808");
        assert_eq!(b("7", Op::IntQuo, "2"), "3");
        assert_eq!(b("7", Op::Quo, "2"), "3.5");
        assert_eq!(b("1e2000", Op::Mul, "1e2000"), "1e+4000");
        assert_eq!(b("1i", Op::Mul, "1i"), "(-1 + 0i)");
        assert_eq!(b("0xff", Op::AndNot, "0x0f"), "240");
        assert_eq!(b("\"a\"", Op::Add, "\"b\""), "\"ab\"");
        assert_eq!(unary_op(Op::Xor, &lit("0"), 8).to_string(), "255");
        assert_eq!(unary_op(Op::Xor, &lit("0"), 0).to_string(), "-1");
        assert_eq!(shift(&lit("1"), Op::Shl, 100).bit_len(), 101);
        assert_eq!(shift(&lit("-1"), Op::Shr, 100), Value::Unknown);
        assert!(compare(&lit("1e5000"), Op::Gtr, &lit("1e4999")));
        assert!(compare(&lit("1.0"), Op::Eql, &lit("1")));
    }

    #[test]
    fn conversions_round() {
        assert_eq!(lit("0.1").float64_val().0, 0.1);
        assert_eq!(lit("0.1").float32_val().0, 0.1f32);
        assert_eq!(lit("1e-400").float64_val().0, 0.0);
        assert_eq!(lit("4.9e-324").float64_val().0, 5e-324);
        assert_eq!(lit("2.4e-324").float64_val().0, 0.0);
        assert_eq!(lit("1.7976931348623157e308").float64_val().0, f64::MAX);
        assert_eq!(lit("9007199254740993").float64_val(), (9007199254740992.0, false));
        assert_eq!(lit("16777217").float32_val(), (16777216.0, false));
        assert_eq!(lit("1e400").float64_val().0, f64::INFINITY);
        assert_eq!(lit("1.0").to_int(), Value::Int64(1));
        assert_eq!(lit("1.5").to_int(), Value::Unknown);
        assert_eq!(lit("3i").to_int(), Value::Unknown);
        // (1/3)·3 with fractions is exact.
        let third = binary_op(&lit("1.0"), Op::Quo, &lit("3.0"));
        assert_eq!(binary_op(&third, Op::Mul, &lit("3")).to_int(), Value::Int64(1));
    }
}
