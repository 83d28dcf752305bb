//! Floating point. Rounding is done with SSE2 only: the baseline processor has no `roundsd`.

use super::clif_type;
use super::lower::Lower;
use cranelift_codegen::ir::condcodes::FloatCC as C;
use cranelift_codegen::ir::{self, InstBuilder, types};
use cranelift_codegen::isa::CallConv;
use goxide_ssa::{Aux, FloatCC, InstData, Op, Sym, SymKind, Type};

impl Lower<'_> {
    fn fconst(&mut self, t: ir::Type, x: f64) -> ir::Value {
        if t == types::F32 { self.cur.ins().f32const(x as f32) } else { self.cur.ins().f64const(x) }
    }

    /// Lowers `d` if it is a floating-point operation.
    pub fn float(&mut self, d: &InstData) -> Result<bool, String> {
        let Some(&r) = d.results.first() else { return Ok(false) };
        let rt = self.f.ty(r);
        let ty = clif_type(rt);
        let a: Vec<_> = d.args.iter().map(|&x| self.v(x)).collect();
        let v = match d.op {
            Op::Fconst => {
                let Aux::Int(n) = d.aux else { return Err("constant without value".into()) };
                if ty == types::F32 {
                    self.cur.ins().f32const(ir::immediates::Ieee32::with_bits(n as u32))
                } else {
                    self.cur.ins().f64const(ir::immediates::Ieee64::with_bits(n as u64))
                }
            }
            Op::Fadd => self.cur.ins().fadd(a[0], a[1]),
            Op::Fsub => self.cur.ins().fsub(a[0], a[1]),
            Op::Fmul => self.cur.ins().fmul(a[0], a[1]),
            Op::Fdiv => self.cur.ins().fdiv(a[0], a[1]),
            Op::Fneg => self.cur.ins().fneg(a[0]),
            Op::Fabs => self.cur.ins().fabs(a[0]),
            Op::Fsqrt => self.cur.ins().sqrt(a[0]),
            Op::Fcopysign => self.cur.ins().fcopysign(a[0], a[1]),
            Op::Ftrunc => self.trunc(ty, a[0]),
            Op::Ffloor => {
                let t = self.trunc(ty, a[0]);
                self.adjust(ty, a[0], t, C::GreaterThan, -1.0)
            }
            Op::Fceil => {
                let t = self.trunc(ty, a[0]);
                self.adjust(ty, a[0], t, C::LessThan, 1.0)
            }
            Op::Fnearest => {
                // Adding and taking away 2**52 rounds to even.
                let (big, small) = self.below_integral(ty, a[0]);
                let ax = self.cur.ins().fabs(a[0]);
                let s = self.cur.ins().fadd(ax, big);
                let s = self.cur.ins().fsub(s, big);
                let s = self.cur.ins().fcopysign(s, a[0]);
                self.cur.ins().select(small, s, a[0])
            }
            Op::Fma => {
                if ty != types::F64 {
                    return Err("fused multiply-add of 32 bits".into());
                }
                // A leaf of the runtime; where there is no such instruction it goes on to math.FMA.
                let s = Sym::intern("goxide.fma", SymKind::Extern);
                self.call_leaf(s, CallConv::Tail, &a, &[types::F64])[0]
            }
            Op::Fcmp(c) => {
                let c = match c {
                    FloatCC::Eq => C::Equal,
                    FloatCC::Ne => C::NotEqual,
                    FloatCC::Lt => C::LessThan,
                    FloatCC::Le => C::LessThanOrEqual,
                    FloatCC::Gt => C::GreaterThan,
                    FloatCC::Ge => C::GreaterThanOrEqual,
                };
                self.cur.ins().fcmp(c, a[0], a[1])
            }
            Op::Sitof | Op::Uitof => {
                let signed = d.op == Op::Sitof;
                // Narrow integers fit a wider signed conversion exactly.
                match (self.f.ty(d.args[0]), signed) {
                    (Type::I8 | Type::I16, true) => {
                        let w = self.cur.ins().sextend(types::I32, a[0]);
                        self.cur.ins().fcvt_from_sint(ty, w)
                    }
                    (Type::I8 | Type::I16, false) => {
                        let w = self.cur.ins().uextend(types::I32, a[0]);
                        self.cur.ins().fcvt_from_sint(ty, w)
                    }
                    (Type::I32, false) => {
                        let w = self.cur.ins().uextend(types::I64, a[0]);
                        self.cur.ins().fcvt_from_sint(ty, w)
                    }
                    (_, true) => self.cur.ins().fcvt_from_sint(ty, a[0]),
                    (_, false) => self.cur.ins().fcvt_from_uint(ty, a[0]),
                }
            }
            Op::Ftosi | Op::Ftoui => self.to_int(a[0], rt, d.op == Op::Ftosi),
            Op::Fpromote => self.cur.ins().fpromote(types::F64, a[0]),
            Op::Fdemote => self.cur.ins().fdemote(types::F32, a[0]),
            _ => return Ok(false),
        };
        self.def(d, v);
        Ok(true)
    }

    /// 2**52 (2**23), and whether |x| is below it: otherwise x is an integer, infinite or NaN.
    fn below_integral(&mut self, t: ir::Type, x: ir::Value) -> (ir::Value, ir::Value) {
        let big = self.fconst(t, if t == types::F32 { 8_388_608.0 } else { 4_503_599_627_370_496.0 });
        let ax = self.cur.ins().fabs(x);
        let small = self.cur.ins().fcmp(C::LessThan, ax, big);
        (big, small)
    }

    fn trunc(&mut self, t: ir::Type, x: ir::Value) -> ir::Value {
        let (_, small) = self.below_integral(t, x);
        let i = self.cur.ins().fcvt_to_sint_sat(types::I64, x);
        let f = self.cur.ins().fcvt_from_sint(t, i);
        let f = self.cur.ins().fcopysign(f, x);
        self.cur.ins().select(small, f, x)
    }

    /// `t` plus `by` if `t cc x` holds, keeping the sign of zero.
    fn adjust(&mut self, ty: ir::Type, x: ir::Value, t: ir::Value, cc: C, by: f64) -> ir::Value {
        let off = self.cur.ins().fcmp(cc, t, x);
        let by = self.fconst(ty, by);
        let moved = self.cur.ins().fadd(t, by);
        let moved = self.cur.ins().fcopysign(moved, x);
        self.cur.ins().select(off, moved, t)
    }

    /// What `cvttsd2si` gives: the least integer if out of range.
    fn cvtt(&mut self, x: ir::Value, t: ir::Type) -> ir::Value {
        let ft = self.cur.func.dfg.value_type(x);
        let r = self.cur.ins().fcvt_to_sint_sat(t, x);
        let limit = self.fconst(ft, if t == types::I32 { 2_147_483_648.0 } else { 9_223_372_036_854_775_808.0 });
        let inside = self.cur.ins().fcmp(C::LessThan, x, limit);
        let least = self.cur.ins().iconst(t, if t == types::I32 { 0x8000_0000 } else { i64::MIN });
        self.cur.ins().select(inside, r, least)
    }

    /// Conversion as gc's amd64 code does it.
    fn to_int(&mut self, x: ir::Value, to: Type, signed: bool) -> ir::Value {
        match (to, signed) {
            (Type::I64 | Type::Ptr, true) => self.cvtt(x, types::I64),
            (Type::I32, true) => self.cvtt(x, types::I32),
            (Type::I32, false) => {
                let v = self.cvtt(x, types::I64);
                self.cur.ins().ireduce(types::I32, v)
            }
            (Type::I8 | Type::I16, _) => {
                let v = self.cvtt(x, types::I32);
                self.cur.ins().ireduce(clif_type(to), v)
            }
            _ => {
                let ft = self.cur.func.dfg.value_type(x);
                let cut = self.fconst(ft, 9_223_372_036_854_775_808.0);
                let low = self.cur.ins().fcmp(C::LessThan, x, cut);
                let y = self.cur.ins().fsub(x, cut);
                let y = self.cur.ins().select(low, x, y);
                let z = self.cvtt(y, types::I64);
                let top = self.cur.ins().iconst(types::I64, i64::MIN);
                let w = self.cur.ins().bor(z, top);
                self.cur.ins().select(low, z, w)
            }
        }
    }
}
