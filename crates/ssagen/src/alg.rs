//! Generated equality and hash functions of types (`type:.eq.T`, `type:.hash.T`).

use crate::abi_assign::assign;
use crate::compare::{Alg, Part, alg, cheap_first};
use crate::fx::*;
use crate::layout::*;
use goxide_ssa::*;
use goxide_types::{Ty, TyKind};

/// `func(p, q unsafe.Pointer) bool`
pub fn equal_body(fx: &mut Fx<'_>, t: Ty) {
    let up = known::unsafe_ptr();
    let ps = fx.incoming(&[up, up]);
    let (p, q) = (ps[0].v(), ps[1].v());
    let r = equal_at(fx, t, Addr::heap(p), Addr::heap(q));
    fx.b.ret(&[r]);
}
/// The assignment of the two kinds of functions.
pub fn equal_assign() -> crate::abi_assign::Assign {
    let up = known::unsafe_ptr();
    assign(&[up, up], &[known::bool()])
}
pub fn hash_assign() -> crate::abi_assign::Assign {
    assign(&[known::unsafe_ptr(), known::uintptr()], &[known::uintptr()])
}

fn equal_at(fx: &mut Fx<'_>, t: Ty, p: Addr, q: Addr) -> Value {
    match t.under().kind() {
        _ if alg(t) == Alg::Mem => {
            let n = size(t);
            if let Some(ty) = match n {
                0 => return fx.b.iconst(Type::I8, 1),
                1 => Some(Type::I8),
                2 => Some(Type::I16),
                4 => Some(Type::I32),
                8 => Some(Type::I64),
                _ => None,
            } {
                let (x, y) = (fx.load1(ty, p), fx.load1(ty, q));
                return fx.b.icmp(IntCC::Eq, x, y);
            }
            let (x, y) = (fx.addr_value(p), fx.addr_value(q));
            let n = fx.b.int(n as i64);
            fx.rt1("memequal", &[x, y, n], Type::I8)
        }
        TyKind::Struct(s) => {
            let offs = field_offsets(t);
            let fields: Vec<usize> =
                (0..s.fields.len()).filter(|&i| !s.fields[i].name().is_blank() && size(field_ty(t, i)) > 0).collect();
            let parts = cheap_first(&fields, |i| field_ty(t, i));
            fx.and_all(parts.len(), |fx, k| match parts[k] {
                Part::Field(i) => equal_at(fx, field_ty(t, i), p.plus(offs[i]), q.plus(offs[i])),
                Part::Len(i) | Part::Bytes(i) => {
                    let ft = field_ty(t, i);
                    let (x, y) = (fx.load(p.plus(offs[i]), ft), fx.load(q.plus(offs[i]), ft));
                    fx.eq_part(parts[k], ft, &x, &y)
                }
            })
        }
        TyKind::Array(_) => {
            let (et, n) = (elem(t), array_len(t));
            if n == 1 {
                return equal_at(fx, et, p, q);
            }
            let m = fx.b.new_block();
            let out = fx.b.block_param(m, Type::I8);
            each(fx, n, |fx, i| {
                let (a, b) = (fx.elem_addr(p, et, i), fx.elem_addr(q, et, i));
                let same = if is_mem(et) || is_struct(et) { fx.eq_mem(et, a, b) } else { equal_at(fx, et, a, b) };
                let (go, no) = (fx.b.new_block(), fx.b.new_block());
                fx.b.br(same, go, no);
                fx.b.enter(no);
                let z = fx.b.iconst(Type::I8, 0);
                fx.b.jump_args(m, &[z]);
                fx.b.enter(go);
            });
            let one = fx.b.iconst(Type::I8, 1);
            fx.b.jump_args(m, &[one]);
            fx.b.enter(m);
            out
        }
        _ => {
            let (x, y) = (fx.load(p, t), fx.load(q, t));
            fx.eq(t, &x, &y)
        }
    }
}

/// A loop over 0..n.
fn each(fx: &mut Fx<'_>, n: i64, body: impl FnOnce(&mut Fx<'_>, Value)) {
    let i = fx.b.new_var(Type::I64);
    let z = fx.b.int(0);
    fx.b.def_var(i, z);
    let (head, b, exit) = (fx.b.new_block(), fx.b.new_block(), fx.b.new_block());
    fx.b.jump(head);
    fx.b.switch_to(head);
    let iv = fx.b.use_var(i);
    let c = fx.b.icmp_imm(IntCC::Slt, iv, n);
    fx.b.br(c, b, exit);
    fx.b.enter(b);
    body(fx, iv);
    let iv = fx.b.use_var(i);
    let one = fx.b.int(1);
    let next = fx.b.bin(Op::Add, iv, one);
    fx.b.def_var(i, next);
    fx.b.jump(head);
    fx.b.seal(head);
    fx.b.enter(exit);
}

/// `func(p unsafe.Pointer, h uintptr) uintptr`
pub fn hash_body(fx: &mut Fx<'_>, t: Ty) {
    let ps = fx.incoming(&[known::unsafe_ptr(), known::uintptr()]);
    let (p, h) = (ps[0].v(), ps[1].v());
    let r = hash_at(fx, t, Addr::heap(p), h);
    fx.b.ret(&[r]);
}

fn hash_at(fx: &mut Fx<'_>, t: Ty, p: Addr, h: Value) -> Value {
    let named = |a: Alg| match a {
        Alg::Str => "strhash",
        Alg::Inter => "interhash",
        Alg::NilInter => "nilinterhash",
        Alg::Float32 => "f32hash",
        Alg::Float64 => "f64hash",
        Alg::Cplx64 => "c64hash",
        _ => "c128hash",
    };
    match (alg(t), t.under().kind()) {
        (Alg::Mem, _) => {
            if size(t) == 0 {
                return h;
            }
            let a = fx.addr_value(p);
            let n = fx.b.int(size(t) as i64);
            fx.rt1("memhash", &[a, h, n], Type::I64)
        }
        (_, TyKind::Struct(s)) => {
            let offs = field_offsets(t);
            let mut h = h;
            let mut i = 0;
            while i < s.fields.len() {
                let ft = field_ty(t, i);
                if s.fields[i].name().is_blank() || size(ft) == 0 {
                    i += 1;
                    continue;
                }
                if alg(ft) != Alg::Mem {
                    h = hash_at(fx, ft, p.plus(offs[i]), h);
                    i += 1;
                    continue;
                }
                // A run of plain fields without padding is one piece.
                let start = offs[i];
                let mut end = start + size(ft);
                i += 1;
                while i < s.fields.len()
                    && !s.fields[i].name().is_blank()
                    && alg(field_ty(t, i)) == Alg::Mem
                    && offs[i] == end
                {
                    end += size(field_ty(t, i));
                    i += 1;
                }
                let a = fx.addr_value(p.plus(start));
                let n = fx.b.int((end - start) as i64);
                h = fx.rt1("memhash", &[a, h, n], Type::I64);
            }
            h
        }
        (_, TyKind::Array(_)) => {
            let (et, n) = (elem(t), array_len(t));
            let hv = fx.b.new_var(Type::I64);
            fx.b.def_var(hv, h);
            each(fx, n, |fx, i| {
                let a = fx.elem_addr(p, et, i);
                let h = fx.b.use_var(hv);
                let r = if is_struct(et) || is_array(et) {
                    let ap = fx.addr_value(a);
                    let s = crate::names::hash_sym(et);
                    let sig = hash_assign().sig;
                    fx.b.val(Op::Call, &[ap, h], Aux::Call { callee: s, sig: Box::new(sig) }, Type::I64)
                } else {
                    hash_at(fx, et, a, h)
                };
                fx.b.def_var(hv, r);
            });
            fx.b.use_var(hv)
        }
        (a, _) => {
            let p = fx.addr_value(p);
            fx.rt1(named(a), &[p, h], Type::I64)
        }
    }
}
