//! Integer arithmetic, comparisons, conversions, select.

use super::clif_type;
use super::lower::Lower;
use cranelift_codegen::ir::condcodes::IntCC as C;
use cranelift_codegen::ir::{InstBuilder, MemFlagsData, types};
use cranelift_codegen::isa::CallConv;
use goxide_ssa::{Aux, InstData, IntCC, Op, Type};

/// CLIF condition of an integer comparison.
fn cc(c: IntCC) -> C {
    match c {
        IntCC::Eq => C::Equal,
        IntCC::Ne => C::NotEqual,
        IntCC::Slt => C::SignedLessThan,
        IntCC::Sle => C::SignedLessThanOrEqual,
        IntCC::Sgt => C::SignedGreaterThan,
        IntCC::Sge => C::SignedGreaterThanOrEqual,
        IntCC::Ult => C::UnsignedLessThan,
        IntCC::Ule => C::UnsignedLessThanOrEqual,
        IntCC::Ugt => C::UnsignedGreaterThan,
        IntCC::Uge => C::UnsignedGreaterThanOrEqual,
    }
}

impl Lower<'_> {
    /// Lowers `d` if it is one of these operations.
    pub fn arith(&mut self, d: &InstData) -> Result<bool, String> {
        let ty = d.results.first().map(|&r| clif_type(self.f.ty(r)));
        let a: Vec<_> = d.args.iter().map(|&x| self.v(x)).collect();
        let bits = ty.map_or(0, |t| t.bits());
        let v = match d.op {
            Op::Iconst => {
                let Aux::Int(n) = d.aux else { return Err("constant without value".into()) };
                // Immediates of narrow types are given zero-extended.
                let n = if bits < 64 { n & ((1i64 << bits) - 1) } else { n };
                self.cur.ins().iconst(ty.expect("typed"), n)
            }
            Op::Undef => match ty.expect("typed") {
                types::F32 => self.cur.ins().f32const(0.0),
                types::F64 => self.cur.ins().f64const(0.0),
                t => self.cur.ins().iconst(t, 0),
            },
            Op::Add => self.cur.ins().iadd(a[0], a[1]),
            Op::Sub => self.cur.ins().isub(a[0], a[1]),
            Op::Mul => self.cur.ins().imul(a[0], a[1]),
            Op::And => self.cur.ins().band(a[0], a[1]),
            Op::Or => self.cur.ins().bor(a[0], a[1]),
            Op::Xor => self.cur.ins().bxor(a[0], a[1]),
            Op::Not => self.cur.ins().bnot(a[0]),
            Op::Neg => self.cur.ins().ineg(a[0]),
            Op::Shl => self.cur.ins().ishl(a[0], a[1]),
            Op::Shr => self.cur.ins().ushr(a[0], a[1]),
            Op::Sar => self.cur.ins().sshr(a[0], a[1]),
            Op::Rotl => self.cur.ins().rotl(a[0], a[1]),
            Op::Sdiv => self.cur.ins().sdiv(a[0], a[1]),
            Op::Udiv => self.cur.ins().udiv(a[0], a[1]),
            Op::Srem => self.cur.ins().srem(a[0], a[1]),
            Op::Urem => self.cur.ins().urem(a[0], a[1]),
            Op::Umulh => self.cur.ins().umulhi(a[0], a[1]),
            Op::Smulh => self.cur.ins().smulhi(a[0], a[1]),
            Op::Umul128 => {
                // One `mul` for both halves.
                let x = self.cur.ins().uextend(types::I128, a[0]);
                let y = self.cur.ins().uextend(types::I128, a[1]);
                let p = self.cur.ins().imul(x, y);
                let (lo, hi) = self.cur.ins().isplit(p);
                return self.def2(d, hi, lo);
            }
            Op::AddCarry => {
                let (s, c1) = self.cur.ins().uadd_overflow(a[0], a[1]);
                let (s, c2) = self.cur.ins().uadd_overflow(s, a[2]);
                let c = self.cur.ins().bor(c1, c2);
                let c = self.cur.ins().uextend(types::I64, c);
                return self.def2(d, s, c);
            }
            Op::SubBorrow => {
                let (s, c1) = self.cur.ins().usub_overflow(a[0], a[1]);
                let (s, c2) = self.cur.ins().usub_overflow(s, a[2]);
                let c = self.cur.ins().bor(c1, c2);
                let c = self.cur.ins().uextend(types::I64, c);
                return self.def2(d, s, c);
            }
            Op::Udiv128 => {
                let rs = self.call_leaf(crate::builtin::div128(), CallConv::SystemV, &a, &[types::I64, types::I64]);
                return self.def2(d, rs[0], rs[1]);
            }
            Op::Clz => self.cur.ins().clz(a[0]),
            Op::Ctz => self.cur.ins().ctz(a[0]),
            Op::Popcnt => self.cur.ins().popcnt(a[0]),
            Op::Bswap => {
                if bits == 8 {
                    a[0]
                } else {
                    self.cur.ins().bswap(a[0])
                }
            }
            Op::ByteEqMask => {
                let (x, y) = (self.bytes(a[0]), self.bytes(a[1]));
                let eq = self.cur.ins().icmp(C::Equal, x, y);
                self.byte_mask(eq)
            }
            Op::ByteTopMask => {
                let x = self.bytes(a[0]);
                self.byte_mask(x)
            }
            Op::Icmp(c) => self.cur.ins().icmp(cc(c), a[0], a[1]),
            Op::Sext => self.cur.ins().sextend(ty.expect("typed"), a[0]),
            Op::Zext => self.cur.ins().uextend(ty.expect("typed"), a[0]),
            Op::Trunc => self.cur.ins().ireduce(ty.expect("typed"), a[0]),
            Op::IntToPtr | Op::PtrToInt | Op::Hide => a[0],
            Op::PtrAdd => self.cur.ins().iadd(a[0], a[1]),
            Op::Bitcast => {
                let (from, to) = (self.f.ty(d.args[0]), self.f.ty(d.results[0]));
                if clif_type(from) == clif_type(to) {
                    a[0]
                } else {
                    self.cur.ins().bitcast(clif_type(to), MemFlagsData::new(), a[0])
                }
            }
            Op::Select => {
                debug_assert_eq!(self.f.ty(d.args[0]), Type::I8);
                self.cur.ins().select(a[0], a[1], a[2])
            }
            _ => return Ok(false),
        };
        self.def(d, v);
        Ok(true)
    }

    /// A word's eight bytes in a vector; the rest is zero.
    fn bytes(&mut self, x: cranelift_codegen::ir::Value) -> cranelift_codegen::ir::Value {
        let v = self.cur.ins().scalar_to_vector(types::I64X2, x);
        let little = MemFlagsData::new().with_endianness(cranelift_codegen::ir::Endianness::Little);
        self.cur.ins().bitcast(types::I8X16, little, v)
    }
    /// The top bits of a vector's first eight bytes.
    fn byte_mask(&mut self, v: cranelift_codegen::ir::Value) -> cranelift_codegen::ir::Value {
        let m = self.cur.ins().vhigh_bits(types::I32, v);
        let m = self.cur.ins().band_imm_u(m, 0xff);
        self.cur.ins().uextend(types::I64, m)
    }

    fn def2(
        &mut self,
        d: &InstData,
        x: cranelift_codegen::ir::Value,
        y: cranelift_codegen::ir::Value,
    ) -> Result<bool, String> {
        self.values[d.results[0].index()] = Some(x);
        self.values[d.results[1].index()] = Some(y);
        Ok(true)
    }
}
