//! Equality of values of any type.

use crate::fx::*;
use crate::layout::*;
use goxide_ssa::*;
use goxide_types::{Ty, TyKind, canon};

/// How the bytes of a type are compared (and hashed).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Alg {
    /// Byte by byte.
    Mem,
    NoEq,
    Str,
    /// Interface with / without methods.
    Inter,
    NilInter,
    Float32,
    Float64,
    Cplx64,
    Cplx128,
    /// Part by part.
    Special,
}

/// The algorithm of a type.
pub fn alg(t: Ty) -> Alg {
    match t.under().kind() {
        TyKind::Basic(_) => match basic(t) {
            _ if is_string(t) => Alg::Str,
            _ if is_float(t) => {
                if size(t) == 4 {
                    Alg::Float32
                } else {
                    Alg::Float64
                }
            }
            _ if is_complex(t) => {
                if size(t) == 8 {
                    Alg::Cplx64
                } else {
                    Alg::Cplx128
                }
            }
            _ => Alg::Mem,
        },
        TyKind::Pointer(_) | TyKind::Chan(_) => Alg::Mem,
        TyKind::Interface(_) => {
            if is_eface(t) {
                Alg::NilInter
            } else {
                Alg::Inter
            }
        }
        TyKind::Func(_) | TyKind::Map(_) | TyKind::Slice(_) => Alg::NoEq,
        TyKind::Array(a) => {
            let e = alg(canon(a.elem));
            match e {
                Alg::Mem | Alg::NoEq => e,
                _ if a.len == 0 => Alg::Mem,
                _ if a.len == 1 => e,
                _ => Alg::Special,
            }
        }
        TyKind::Struct(s) => {
            if s.fields.len() == 1 && !s.fields[0].name().is_blank() {
                return alg(field_ty(t, 0));
            }
            let offs = field_offsets(t);
            let mut ret = Alg::Mem;
            for (i, f) in s.fields.iter().enumerate() {
                let ft = field_ty(t, i);
                let a = alg(ft);
                if a == Alg::NoEq {
                    return Alg::NoEq;
                }
                let end = offs.get(i + 1).copied().unwrap_or(size(t));
                if f.name().is_blank() || offs[i] + size(ft) != end || a != Alg::Mem {
                    ret = Alg::Special;
                }
            }
            ret
        }
        _ => panic!("{t:?} has no algorithm"),
    }
}

/// Whether comparing (or hashing) values of `t` may panic.
pub fn may_panic(t: Ty) -> bool {
    match t.under().kind() {
        TyKind::Interface(_) => true,
        TyKind::Array(a) => a.len > 0 && may_panic(canon(a.elem)),
        TyKind::Struct(s) => {
            s.fields.iter().enumerate().any(|(i, f)| !f.name().is_blank() && may_panic(field_ty(t, i)))
        }
        _ => false,
    }
}

/// A step of the comparison of two structs.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Part {
    /// A whole field.
    Field(usize),
    /// The length of a string field, and its bytes once the lengths are known to be equal.
    Len(usize),
    Bytes(usize),
}

/// The steps that compare `fields`: cheap ones come first, so that memory outside of the structs is looked at only if
/// everything else is equal; but none moves over one that may panic.
pub fn cheap_first(fields: &[usize], ty: impl Fn(usize) -> Ty) -> Vec<Part> {
    let mut out = Vec::new();
    let mut rest = fields;
    while !rest.is_empty() {
        let n = rest.iter().position(|&i| may_panic(ty(i))).unwrap_or(rest.len());
        let start = out.len();
        for &i in &rest[..n] {
            if is_string(ty(i)) {
                out.extend([Part::Len(i), Part::Bytes(i)]);
            } else {
                out.push(Part::Field(i));
            }
        }
        out[start..].sort_by_key(|p| match *p {
            Part::Field(i) if alg(ty(i)) == Alg::Mem && size(ty(i)) <= 8 => 0,
            Part::Len(_) => 1,
            Part::Field(i) if alg(ty(i)) == Alg::Mem => 2,
            Part::Field(i) if !is_struct(ty(i)) && !is_array(ty(i)) => 2,
            Part::Field(_) => 3,
            Part::Bytes(_) => 4,
        });
        rest = &rest[n..];
        if let Some((&i, tail)) = rest.split_first() {
            out.push(Part::Field(i));
            rest = tail;
        }
    }
    out
}

/// Whether values can be compared as bytes.
pub fn is_plain(t: Ty) -> bool {
    alg(t) == Alg::Mem
}

impl Fx<'_> {
    /// `a == b` for two values of type `t`.
    pub fn eq(&mut self, t: Ty, a: &Val, b: &Val) -> Value {
        match t.under().kind() {
            TyKind::Struct(s) if !is_mem(t) => {
                let mut conds = Vec::new();
                for (i, f) in s.fields.iter().enumerate() {
                    if !f.name().is_blank() && size(field_ty(t, i)) > 0 {
                        conds.push(i);
                    }
                }
                let parts = cheap_first(&conds, |i| field_ty(t, i));
                self.and_all(parts.len(), |s, k| {
                    let (Part::Field(i) | Part::Len(i) | Part::Bytes(i)) = parts[k];
                    let (x, y) = (s.field_of(t, a, i), s.field_of(t, b, i));
                    s.eq_part(parts[k], field_ty(t, i), &x, &y)
                })
            }
            TyKind::Array(arr) if !is_mem(t) => {
                if arr.len == 0 || size(t) == 0 {
                    return self.b.iconst(Type::I8, 1);
                }
                self.eq(elem(t), a, b)
            }
            TyKind::Struct(_) | TyKind::Array(_) => {
                let (x, y) = (self.in_memory(t, a), self.in_memory(t, b));
                self.eq_mem(t, x, y)
            }
            TyKind::Interface(_) => {
                // Itabs of one type may differ, if the values came from other interface types with the same methods.
                let (a, b) = (self.to_eface(a, t), self.to_eface(b, t));
                let (xs, ys) = (a.s().to_vec(), b.s().to_vec());
                let same = self.b.icmp(IntCC::Eq, xs[0], ys[0]);
                self.if_val(
                    same,
                    &[Type::I8],
                    |s| s.rt("efaceeq", &[xs[0], xs[1], ys[1]], &[Type::I8]),
                    |s| [s.b.iconst(Type::I8, 0)].into_iter().collect(),
                )[0]
            }
            _ if is_string(t) => {
                let (xs, ys) = (a.s().to_vec(), b.s().to_vec());
                // An empty constant needs no look at the bytes.
                for (p, q) in [(&xs, &ys), (&ys, &xs)] {
                    if self.b.f.as_const(p[1]) == Some(0) {
                        return self.b.icmp_imm(IntCC::Eq, q[1], 0);
                    }
                }
                let same = self.b.icmp(IntCC::Eq, xs[1], ys[1]);
                self.if_val(
                    same,
                    &[Type::I8],
                    |s| s.rt("memequal", &[xs[0], ys[0], xs[1]], &[Type::I8]),
                    |s| [s.b.iconst(Type::I8, 0)].into_iter().collect(),
                )[0]
            }
            _ if is_float(t) => self.b.val(Op::Fcmp(FloatCC::Eq), &[a.v(), b.v()], Aux::None, Type::I8),
            _ if is_complex(t) => {
                let r = self.b.val(Op::Fcmp(FloatCC::Eq), &[a.s()[0], b.s()[0]], Aux::None, Type::I8);
                let i = self.b.val(Op::Fcmp(FloatCC::Eq), &[a.s()[1], b.s()[1]], Aux::None, Type::I8);
                self.b.bin(Op::And, r, i)
            }
            TyKind::Slice(_) | TyKind::Map(_) | TyKind::Func(_) => self.b.icmp(IntCC::Eq, a.s()[0], b.s()[0]),
            _ => self.b.icmp(IntCC::Eq, a.v(), b.v()),
        }
    }
    /// One step of the comparison of two structs, on that field's values.
    pub fn eq_part(&mut self, part: Part, t: Ty, x: &Val, y: &Val) -> Value {
        match part {
            Part::Field(_) => self.eq(t, x, y),
            Part::Len(_) => self.b.icmp(IntCC::Eq, x.s()[1], y.s()[1]),
            Part::Bytes(_) => {
                let (xs, ys) = (x.s().to_vec(), y.s().to_vec());
                self.rt1("memequal", &[xs[0], ys[0], xs[1]], Type::I8)
            }
        }
    }
    /// Equality of two objects in memory.
    pub fn eq_mem(&mut self, t: Ty, x: Addr, y: Addr) -> Value {
        let (p, q) = (self.checked_addr(x), self.checked_addr(y));
        if is_plain(t) {
            let n = self.b.int(size(t) as i64);
            return self.rt1("memequal", &[p, q, n], Type::I8);
        }
        let s = crate::names::equal_sym(t);
        let sig = Sig {
            params: smallvec::smallvec![Type::Ptr, Type::Ptr],
            results: smallvec::smallvec![Type::I8],
            ..Sig::default()
        };
        self.b.val(Op::Call, &[p, q], Aux::Call { callee: s, sig: Box::new(sig) }, Type::I8)
    }
    /// Conjunction of `n` conditions, evaluated only as far as needed.
    pub fn and_all(&mut self, n: usize, mut cond: impl FnMut(&mut Self, usize) -> Value) -> Value {
        if n == 0 {
            return self.b.iconst(Type::I8, 1);
        }
        let m = self.b.new_block();
        let out = self.b.block_param(m, Type::I8);
        let no = self.b.new_block();
        for k in 0..n {
            let v = cond(self, k);
            if k + 1 == n {
                self.b.jump_args(m, &[v]);
            } else {
                let next = self.b.new_block();
                self.b.br(v, next, no);
                self.b.enter(next);
            }
        }
        self.b.enter(no);
        let z = self.b.iconst(Type::I8, 0);
        self.b.jump_args(m, &[z]);
        self.b.enter(m);
        out
    }
}
