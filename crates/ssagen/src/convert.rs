//! Conversions `T(x)`.

use crate::fx::*;
use crate::layout::*;
use goxide_ssa::*;
use goxide_syntax::ast::{Expr, ExprKind};
use goxide_types::constant::Value as Const;
use goxide_types::{BasicKind, Ty, constant};

/// The type an untyped value takes if nothing else is asked for.
pub fn default_type(t: Ty) -> Ty {
    use BasicKind::*;
    match if is_untyped(t) { basic(t) } else { None } {
        Some(UntypedBool) => known::bool(),
        Some(UntypedInt) => known::int(),
        Some(UntypedRune) => known::int32(),
        Some(UntypedFloat) => known::typ(Float64),
        Some(UntypedComplex) => known::typ(Complex128),
        Some(UntypedString) => known::string(),
        _ => t,
    }
}
/// The default type of a constant of unknown type.
pub fn default_type_of_const(c: &Const) -> Ty {
    match c.kind() {
        constant::Kind::Bool => known::bool(),
        constant::Kind::String => known::string(),
        constant::Kind::Float => known::typ(BasicKind::Float64),
        constant::Kind::Complex => known::typ(BasicKind::Complex128),
        _ => known::int(),
    }
}

impl Fx<'_> {
    /// The conversion of expression `x` to `t`.
    pub fn conversion(&mut self, e: &'static Expr, x: &'static Expr, t: Ty) -> Val {
        if self.mode(x.unparen()) == Some(goxide_types::Mode::NilValue) {
            return self.zero_val(t);
        }
        let src = self.type_of(x);
        if let Some(c) = self.const_of(x) {
            // A constant converted to what is no constant type, or to a type parameter.
            if is_untyped(src) {
                if is_string(t) && matches!(c.kind(), constant::Kind::Int) {
                    let v = self.const_val(c, known::int());
                    return self.convert(v, known::int(), t);
                }
                if matches!(t.under().kind(), goxide_types::TyKind::Basic(_)) && !is_unsafe_ptr(t) {
                    return self.const_val(c, t);
                }
                let d = default_type(src);
                let v = self.const_val(c, d);
                return self.convert(v, d, t);
            }
            if matches!(t.under().kind(), goxide_types::TyKind::Basic(_)) && !is_unsafe_ptr(t) && !is_string(t) {
                return self.const_val(c, t);
            }
        }
        let v = self.expr(x);
        self.set_pos(e.pos);
        if is_byte_slice(t)
            && let Some(c) = self.const_of(x).filter(|c| matches!(c.kind(), constant::Kind::String))
            && c.string_len() > 0
        {
            let n = c.string_len();
            return self.bytes_of_const(e, v.s()[0], n);
        }
        let outer = self.boxed.replace(x);
        let v = self.convert(v, default_type(src), t);
        self.boxed = outer;
        v
    }

    /// `string(b)` as a view of `b`'s bytes, for uses that only look at them at once: comparisons and look-ups.
    /// None if `e` is something else.
    pub fn borrowed_string(&mut self, e: &'static Expr) -> Option<Val> {
        let ExprKind::Call { fun, args, .. } = &e.unparen().kind else { return None };
        let arg = args.first().filter(|_| self.is_type(fun))?;
        if self.const_of(e).is_some()
            || self.memo.contains_key(&e.id)
            || !is_string(self.type_of(e))
            || !is_byte_slice(self.type_of(arg))
        {
            return None;
        }
        let b = self.expr(arg);
        Some(Val::of(&b.s()[..2]))
    }

    /// `[]byte(s)` as a view of the text of `s`, for loops, which only look at it. None if `e` is something else.
    pub fn borrowed_bytes(&mut self, e: &'static Expr) -> Option<Val> {
        let ExprKind::Call { fun, args, .. } = &e.unparen().kind else { return None };
        let arg = args.first().filter(|_| self.is_type(fun))?;
        if self.memo.contains_key(&e.id)
            || self.const_of(arg).is_some()
            || !is_byte_slice(self.type_of(e))
            || !is_string(self.type_of(arg))
        {
            return None;
        }
        let s = self.full_expr(arg);
        let (p, n) = (s.s()[0], s.s()[1]);
        Some(Val::of(&[p, n, n]))
    }

    /// `[]byte("…")`, `src` being where the text is: an array that may stay in the frame.
    fn bytes_of_const(&mut self, e: &'static Expr, src: Value, n: usize) -> Val {
        let at = known::array(n as i64, known::typ(BasicKind::Uint8));
        let what = self.what("([]byte)(...)", e);
        let p = self.b.val(Op::Alloc(AllocKind::SliceLit), &[], Aux::Alloc { ty: at, what }, Type::Ptr);
        let text = self.load(Addr::readonly(src), at);
        self.store(Addr::heap(p), at, &text);
        let n = self.b.int(n as i64);
        Val::of(&[p, n, n])
    }

    /// Converts a value of type `src` to type `t`.
    pub fn convert(&mut self, v: Val, src: Ty, t: Ty) -> Val {
        if src == t {
            return v;
        }
        if is_iface(t) {
            return self.assign_conv(v, src, t);
        }
        if is_string(t) {
            if is_string(src) {
                return v;
            }
            let nil = self.b.nil();
            let r = if is_int(src) {
                let n = if is_signed(src) { self.to_i64(v.v(), true) } else { self.big_unsigned(v.v()) };
                self.rt("intstring", &[nil, n], &[Type::Ptr, Type::I64])
            } else if is_byte_slice(src) {
                let s = v.s().to_vec();
                self.rt("slicebytetostring", &[nil, s[0], s[1]], &[Type::Ptr, Type::I64])
            } else {
                let s = v.s().to_vec();
                self.rt("slicerunetostring", &[nil, s[0], s[1], s[2]], &[Type::Ptr, Type::I64])
            };
            return Val::S(r);
        }
        if is_string(src) {
            let s = v.s().to_vec();
            let nil = self.b.nil();
            let f = if is_byte_slice(t) { "stringtoslicebyte" } else { "stringtoslicerune" };
            return Val::S(self.rt(f, &[nil, s[0], s[1]], &[Type::Ptr, Type::I64, Type::I64]));
        }
        if is_slice(src) && is_ptr(t) {
            return Val::one(self.slice_to_array_ptr(&v, elem(t)));
        }
        if is_slice(src) && is_array(t) {
            let p = self.slice_to_array_ptr(&v, t);
            if size(t) == 0 {
                return self.zero_val(t);
            }
            return self.load(Addr::heap(p), t);
        }
        if is_complex(t) && is_complex(src) {
            let ty = comps(t)[0].ty;
            let s = v.s().to_vec();
            let (r, i) = (self.float_cast(s[0], ty), self.float_cast(s[1], ty));
            return Val::of(&[r, i]);
        }
        if let Val::S(s) = &v
            && s.len() == 1
            && !is_mem(t)
            && comps(t).len() == 1
            && !is_struct(t)
            && !is_array(t)
        {
            return Val::one(self.convert_scalar(s[0], src, t));
        }
        v
    }
    /// An unsigned value as int64 for `intstring`: what does not fit becomes invalid.
    fn big_unsigned(&mut self, v: Value) -> Value {
        let n = self.to_i64(v, false);
        let neg = self.b.icmp_imm(IntCC::Slt, n, 0);
        let m1 = self.b.int(-1);
        self.b.select(neg, m1, n)
    }
    fn slice_to_array_ptr(&mut self, v: &Val, at: Ty) -> Value {
        let n = self.b.int(array_len(at));
        self.bounds(BoundsKind::Convert, true, n, v.s()[1]);
        v.s()[0]
    }
    fn float_cast(&mut self, v: Value, ty: Type) -> Value {
        match (self.b.f.ty(v), ty) {
            (Type::F32, Type::F64) => self.b.un(Op::Fpromote, v, ty),
            (Type::F64, Type::F32) => self.b.un(Op::Fdemote, v, ty),
            _ => v,
        }
    }
    fn convert_scalar(&mut self, v: Value, src: Ty, t: Ty) -> Value {
        let to = scalar(t);
        match (is_float(src), is_float(t)) {
            (true, true) => self.float_cast(v, to),
            (false, true) => {
                let signed = is_signed(src);
                let n = self.to_i64(v, signed);
                self.b.un(if signed { Op::Sitof } else { Op::Uitof }, n, to)
            }
            (true, false) => {
                if to == Type::I64 && is_unsigned(t) {
                    return self.b.un(Op::Ftoui, v, to);
                }
                // Narrow results are cut from a wider one, as gc does: what does not fit depends on it.
                let wide = if to == Type::I64 || to == Type::I32 && !is_signed(t) { Type::I64 } else { Type::I32 };
                let n = self.b.un(Op::Ftosi, v, wide);
                self.int_cast(n, to, true)
            }
            (false, false) => self.int_cast(v, to, is_signed(src)),
        }
    }
}
