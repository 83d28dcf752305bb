//! Binary floating-point numbers of chosen precision, for constants whose exponents are too large for fractions.
//!
//! Follows `math/big.Float` where it is visible in Go: round to nearest even, 32-bit exponent range,
//! decimal literals scaled by powers of five computed with 64 extra bits.

use num_bigint::{BigInt, BigUint, Sign};
use num_traits::{One, ToPrimitive, Zero};
use std::cmp::Ordering;

/// Mantissa precision of constants, in bits.
pub const PREC: u64 = 512;

const MAX_EXP: i64 = i32::MAX as i64;
const MIN_EXP: i64 = i32::MIN as i64;

/// How a result that does not fit its precision is rounded.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Mode {
    /// To the nearest value, ties to even.
    NearestEven,
    /// Towards zero.
    ToZero,
    /// Away from zero.
    AwayFromZero,
}

/// `±mant · 2^exp`, zero if `mant` is zero, infinite if `inf`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct BigFloat {
    neg: bool,
    inf: bool,
    mant: BigUint,
    exp: i64,
}

impl BigFloat {
    /// Positive zero.
    pub fn zero() -> Self {
        BigFloat { neg: false, inf: false, mant: BigUint::zero(), exp: 0 }
    }

    fn infinity(neg: bool) -> Self {
        BigFloat { neg, inf: true, mant: BigUint::zero(), exp: 0 }
    }

    /// `±mant · 2^exp`, rounded to `prec` bits.
    pub fn new(neg: bool, mant: BigUint, exp: i64, prec: u64) -> Self {
        BigFloat { neg, inf: false, mant, exp }.rounded(prec, Mode::NearestEven)
    }

    /// The nearest value to an integer.
    pub fn from_int(x: &BigInt) -> Self {
        Self::new(x.sign() == Sign::Minus, x.magnitude().clone(), 0, PREC)
    }

    /// The nearest value to a fraction.
    pub fn from_ratio(num: &BigInt, den: &BigInt) -> Self {
        let a = Self { neg: num.sign() == Sign::Minus, inf: false, mant: num.magnitude().clone(), exp: 0 };
        let b = Self { neg: den.sign() == Sign::Minus, inf: false, mant: den.magnitude().clone(), exp: 0 };
        a.quo(&b, PREC)
    }

    /// `mant · 2^exp2 · 5^exp5`, as a literal means it; `None` if the exponent is out of range.
    pub fn from_parts(mant: BigUint, exp2: i64, exp5: i64) -> Option<Self> {
        if mant.is_zero() {
            return Some(Self::zero());
        }
        let top = exp2 + mant.bits() as i64;
        if !(MIN_EXP..=MAX_EXP).contains(&top) {
            return None;
        }
        let z = BigFloat { neg: false, inf: false, mant, exp: exp2 };
        Some(match exp5.cmp(&0) {
            Ordering::Equal => z.rounded(PREC, Mode::NearestEven),
            Ordering::Less => z.quo(&pow5(exp5.unsigned_abs(), PREC + 64), PREC),
            Ordering::Greater => z.mul(&pow5(exp5 as u64, PREC + 64), PREC),
        })
    }

    /// Rounds to `prec` bits of mantissa and applies the exponent range.
    pub fn rounded(mut self, prec: u64, mode: Mode) -> Self {
        if self.inf || self.mant.is_zero() {
            return self;
        }
        let bits = self.mant.bits();
        if bits > prec {
            let drop = bits - prec;
            let half = self.mant.bit(drop - 1);
            let sticky = self.mant.trailing_zeros().unwrap_or(0) < drop - 1;
            let inexact = half || sticky;
            self.mant >>= drop;
            self.exp += drop as i64;
            let up = match mode {
                Mode::NearestEven => half && (sticky || self.mant.bit(0)),
                Mode::ToZero => false,
                Mode::AwayFromZero => inexact,
            };
            if up {
                self.mant += 1u32;
            }
        }
        let tz = self.mant.trailing_zeros().unwrap_or(0);
        if tz > 0 {
            self.mant >>= tz;
            self.exp += tz as i64;
        }
        let top = self.mant_exp();
        if top > MAX_EXP {
            return Self::infinity(self.neg);
        }
        if top < MIN_EXP {
            return Self::zero();
        }
        self
    }

    /// Whether the value is infinite.
    pub fn is_inf(&self) -> bool {
        self.inf
    }

    /// Whether the value is zero.
    pub fn is_zero(&self) -> bool {
        !self.inf && self.mant.is_zero()
    }

    /// −1, 0 or 1.
    pub fn sign(&self) -> i32 {
        if self.is_zero() {
            0
        } else if self.neg {
            -1
        } else {
            1
        }
    }

    /// The `e` of `0.5 ≤ |m| < 1, x = m · 2^e`; 0 for zero.
    pub fn mant_exp(&self) -> i64 {
        if self.mant.is_zero() { 0 } else { self.exp + self.mant.bits() as i64 }
    }

    /// The negated value.
    pub fn neg(&self) -> Self {
        let mut z = self.clone();
        z.neg = !z.neg && !z.is_zero();
        z
    }

    /// The sum, rounded to `prec` bits.
    pub fn add(&self, y: &Self, prec: u64) -> Self {
        if self.inf || self.is_zero() && !y.is_zero() {
            return if self.inf { self.clone() } else { y.clone().rounded(prec, Mode::NearestEven) };
        }
        if y.inf || y.is_zero() {
            return if y.inf { y.clone() } else { self.clone().rounded(prec, Mode::NearestEven) };
        }
        // An operand far below the other's last bit cannot change the rounded result.
        let gap = self.mant_exp() - y.mant_exp();
        let far = 4 * (prec + 64) as i64;
        if gap > far {
            return self.clone().rounded(prec, Mode::NearestEven);
        }
        if gap < -far {
            return y.clone().rounded(prec, Mode::NearestEven);
        }
        let e = self.exp.min(y.exp);
        let a = self.signed() << (self.exp - e) as u64;
        let b = y.signed() << (y.exp - e) as u64;
        let (sign, mant) = (a + b).into_parts();
        Self::new(sign == Sign::Minus, mant, e, prec)
    }

    /// The difference, rounded to `prec` bits.
    pub fn sub(&self, y: &Self, prec: u64) -> Self {
        self.add(&y.neg(), prec)
    }

    /// The product, rounded to `prec` bits.
    pub fn mul(&self, y: &Self, prec: u64) -> Self {
        let neg = self.neg != y.neg;
        if self.inf || y.inf {
            return Self::infinity(neg);
        }
        if self.is_zero() || y.is_zero() {
            return Self::zero();
        }
        Self::new(neg, &self.mant * &y.mant, self.exp + y.exp, prec)
    }

    /// The quotient, rounded to `prec` bits; `y` must not be zero.
    pub fn quo(&self, y: &Self, prec: u64) -> Self {
        let neg = self.neg != y.neg;
        if self.inf || y.is_zero() {
            return Self::infinity(neg);
        }
        if self.is_zero() || y.inf {
            return Self::zero();
        }
        // Enough quotient bits for rounding, with the remainder as a sticky bit below them.
        let want = (prec + 2) as i64 + y.mant.bits() as i64 - self.mant.bits() as i64;
        let shift = want.max(0) as u64;
        let n = &self.mant << shift;
        let q = &n / &y.mant;
        let exact = &q * &y.mant == n;
        let mut q = q << 1u32;
        if !exact {
            q += 1u32;
        }
        Self::new(neg, q, self.exp - y.exp - shift as i64 - 1, prec)
    }

    /// Three-way comparison.
    pub fn compare(&self, y: &Self) -> Ordering {
        let (s, t) = (self.sign(), y.sign());
        if s != t || s == 0 {
            return s.cmp(&t);
        }
        let mag = match (self.inf, y.inf) {
            (true, true) => Ordering::Equal,
            (true, false) => Ordering::Greater,
            (false, true) => Ordering::Less,
            _ => self.mant_exp().cmp(&y.mant_exp()).then_with(|| {
                let e = self.exp.min(y.exp);
                (&self.mant << (self.exp - e) as u64).cmp(&(&y.mant << (y.exp - e) as u64))
            }),
        };
        if s < 0 { mag.reverse() } else { mag }
    }

    fn signed(&self) -> BigInt {
        BigInt::from_biguint(if self.neg { Sign::Minus } else { Sign::Plus }, self.mant.clone())
    }

    /// Whether the value is an integer.
    pub fn is_int(&self) -> bool {
        !self.inf
            && (self.mant.is_zero()
                || self.exp >= 0
                || self.mant.trailing_zeros().unwrap_or(0) >= self.exp.unsigned_abs())
    }

    /// The integer value, if it is one. The caller bounds the exponent.
    pub fn to_int(&self) -> Option<BigInt> {
        if !self.is_int() {
            return None;
        }
        let m = self.signed();
        Some(if self.exp >= 0 { m << self.exp as u64 } else { m >> self.exp.unsigned_abs() })
    }

    /// Numerator and denominator. The caller bounds the exponent.
    pub fn to_ratio(&self) -> (BigInt, BigInt) {
        let m = self.signed();
        if self.exp >= 0 {
            (m << self.exp as u64, BigInt::one())
        } else {
            (m, BigInt::one() << self.exp.unsigned_abs())
        }
    }

    /// Nearest float64 and whether it is exact.
    pub fn to_f64(&self) -> (f64, bool) {
        if self.inf {
            return (if self.neg { f64::NEG_INFINITY } else { f64::INFINITY }, true);
        }
        let (bits, exact) = round_ieee(&self.mant, self.exp, false, 52, -1022, 1023);
        let f = f64::from_bits(bits);
        (if self.neg { -f } else { f }, exact)
    }

    /// Nearest float32 and whether it is exact.
    pub fn to_f32(&self) -> (f32, bool) {
        if self.inf {
            return (if self.neg { f32::NEG_INFINITY } else { f32::INFINITY }, true);
        }
        let (bits, exact) = round_ieee(&self.mant, self.exp, false, 23, -126, 127);
        let f = f32::from_bits(bits as u32);
        (if self.neg { -f } else { f }, exact)
    }

    /// The fraction as a float64 in `[0.5, 1)`, with the sign.
    pub fn mantissa_f64(&self) -> f64 {
        let m = BigFloat { neg: self.neg, inf: false, mant: self.mant.clone(), exp: -(self.mant.bits() as i64) };
        m.to_f64().0
    }

    /// `0x.<hex>p±<exp>`, the exact text form.
    pub fn text_p(&self) -> String {
        let sign = if self.neg { "-" } else { "" };
        if self.inf {
            return format!("{}Inf", if self.neg { "-" } else { "+" });
        }
        if self.mant.is_zero() {
            return format!("{sign}0");
        }
        let bits = self.mant.bits();
        let pad = (4 - bits % 4) % 4;
        let hex = (&self.mant << pad).to_str_radix(16);
        format!("{sign}0x.{}p{:+}", hex.trim_end_matches('0'), self.mant_exp())
    }
}

/// Rounds `mant · 2^exp` (plus something smaller than its last bit if `sticky`) to an IEEE format with `frac`
/// fraction bits; gives the bits without sign and whether the result is exact.
pub fn round_ieee(mant: &BigUint, exp: i64, sticky: bool, frac: u32, emin: i64, emax: i64) -> (u64, bool) {
    if mant.is_zero() {
        return (0, !sticky);
    }
    let inf = ((2 * emax + 1) as u64) << frac;
    let top = exp + mant.bits() as i64 - 1; // value in [2^top, 2^(top+1))
    if top > emax {
        return (inf, false);
    }
    // Exponent of the last bit kept.
    let last = (top - frac as i64).max(emin - frac as i64);
    let drop = last - exp;
    let (mut m, exact) = if drop <= 0 {
        ((mant << (-drop) as u64).to_u64().unwrap_or(0), !sticky)
    } else {
        let drop = drop as u64;
        if drop > mant.bits() + 1 {
            return (0, false);
        }
        let kept = (mant >> drop).to_u64().unwrap_or(0);
        let half = mant.bit(drop - 1);
        let rest = sticky || mant.trailing_zeros().unwrap_or(0) < drop - 1;
        (kept + (half && (rest || kept & 1 == 1)) as u64, !half && !rest)
    };
    let mut e = last + frac as i64;
    if m == 1 << (frac + 1) {
        m >>= 1;
        e += 1;
    }
    if e > emax {
        return (inf, false);
    }
    if m < 1 << frac {
        return (m, exact); // zero or subnormal
    }
    let biased = (e + emax) as u64;
    (biased << frac | (m & ((1 << frac) - 1)), exact)
}

fn pow5(mut n: u64, prec: u64) -> BigFloat {
    const M: u64 = 27; // 5^27 fits in 64 bits
    if n <= M {
        return BigFloat::new(false, BigUint::from(5u32).pow(n as u32), 0, prec);
    }
    let mut z = BigFloat::new(false, BigUint::from(5u32).pow(M as u32), 0, prec);
    n -= M;
    let mut f = BigFloat::new(false, BigUint::from(5u32), 0, prec + 64);
    while n > 0 {
        if n & 1 != 0 {
            z = z.mul(&f, prec);
        }
        f = f.mul(&f, prec + 64);
        n >>= 1;
    }
    z
}
