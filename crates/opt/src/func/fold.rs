//! The arithmetic of constant folding: what an operation gives for constant operands.
//!
//! Constants of type `t` are kept sign-extended from `t`'s width in an i64.

use goxide_ssa::{FloatCC, IntCC, Op, Type};

/// Sign-extends the low bits of `v` that `t` has.
pub fn norm(t: Type, v: i64) -> i64 {
    match t {
        Type::I8 => v as i8 as i64,
        Type::I16 => v as i16 as i64,
        Type::I32 => v as i32 as i64,
        _ => v,
    }
}

/// The bits of `v` as an unsigned number of `t`'s width.
pub fn unsigned(t: Type, v: i64) -> u64 {
    match t {
        Type::I8 => v as u8 as u64,
        Type::I16 => v as u16 as u64,
        Type::I32 => v as u32 as u64,
        _ => v as u64,
    }
}

/// Integer comparison of constants of type `t`.
pub fn icmp(cc: IntCC, t: Type, a: i64, b: i64) -> bool {
    let (ua, ub) = (unsigned(t, a), unsigned(t, b));
    match cc {
        IntCC::Eq => a == b,
        IntCC::Ne => a != b,
        IntCC::Slt => a < b,
        IntCC::Sle => a <= b,
        IntCC::Sgt => a > b,
        IntCC::Sge => a >= b,
        IntCC::Ult => ua < ub,
        IntCC::Ule => ua <= ub,
        IntCC::Ugt => ua > ub,
        IntCC::Uge => ua >= ub,
    }
}

/// Float comparison.
pub fn fcmp(cc: FloatCC, a: f64, b: f64) -> bool {
    match cc {
        FloatCC::Eq => a == b,
        FloatCC::Ne => a != b,
        FloatCC::Lt => a < b,
        FloatCC::Le => a <= b,
        FloatCC::Gt => a > b,
        FloatCC::Ge => a >= b,
    }
}

fn byte_mask(set: impl Fn(u32) -> bool) -> i64 {
    (0..8).map(|i| i64::from(set(i)) << i).sum()
}

/// The value of a one- or two-operand integer operation of type `t` (for shifts, of the first operand).
pub fn int(op: Op, t: Type, a: i64, b: i64) -> Option<i64> {
    let bits = t.bits();
    let sh = (b as u64 % bits as u64) as u32;
    let (ua, ub) = (unsigned(t, a), unsigned(t, b));
    let r = match op {
        Op::Add => a.wrapping_add(b),
        Op::Sub => a.wrapping_sub(b),
        Op::Mul => a.wrapping_mul(b),
        Op::And => a & b,
        Op::Or => a | b,
        Op::Xor => a ^ b,
        Op::Not => !a,
        Op::Neg => a.wrapping_neg(),
        Op::Shl => a << sh,
        Op::Shr => (ua >> sh) as i64,
        Op::Sar => a >> sh,
        Op::Rotl => {
            let m = if bits == 64 { !0 } else { (1u64 << bits) - 1 };
            (((ua << sh) | (ua >> ((bits - sh) % bits))) & m) as i64
        }
        Op::Sdiv if b != 0 => a.wrapping_div(b),
        Op::Srem if b != 0 => a.wrapping_rem(b),
        Op::Udiv if ub != 0 => (ua / ub) as i64,
        Op::Urem if ub != 0 => (ua % ub) as i64,
        Op::Umulh if bits == 64 => ((ua as u128 * ub as u128) >> 64) as i64,
        Op::Smulh if bits == 64 => ((a as i128 * b as i128) >> 64) as i64,
        Op::Clz => i64::from(ua.leading_zeros() - (64 - bits)),
        Op::Ctz => i64::from(if ua == 0 { bits } else { ua.trailing_zeros() }),
        Op::Popcnt => i64::from(ua.count_ones()),
        Op::Bswap => (ua.swap_bytes() >> (64 - bits)) as i64,
        Op::ByteEqMask => byte_mask(|i| (ua ^ ub) >> (8 * i) & 0xff == 0),
        Op::ByteTopMask => byte_mask(|i| ua >> (8 * i + 7) & 1 == 1),
        _ => return None,
    };
    Some(norm(t, r))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn narrow_types_wrap() {
        assert_eq!(int(Op::Add, Type::I8, 127, 1), Some(-128));
        assert_eq!(int(Op::Shr, Type::I8, -1, 1), Some(127));
        assert_eq!(int(Op::Rotl, Type::I8, -127, 1), Some(3));
        assert_eq!(int(Op::Rotl, Type::I64, -1, 0), Some(-1));
        assert_eq!(int(Op::Clz, Type::I16, 1, 0), Some(15));
        assert_eq!(int(Op::Bswap, Type::I16, 0x1234, 0), Some(0x3412));
        assert_eq!(int(Op::ByteEqMask, Type::I64, 0x80_00_7f, 0x80_01_7f), Some(0b1111_1101));
        assert_eq!(int(Op::ByteTopMask, Type::I64, 0x80_00_7f | i64::MIN, 0), Some(0b1000_0100));
        assert_eq!(int(Op::Udiv, Type::I32, -1, 2), Some(0x7fff_ffff));
        assert!(icmp(IntCC::Ugt, Type::I8, -1, 1));
    }
}
