//! Maps: access, assignment, deletion, making.

use crate::compare::{Alg, alg};
use crate::fx::*;
use crate::layout::*;
use goxide_ssa::*;
use goxide_syntax::ast::Expr;
use goxide_types::Ty;

/// Size of `internal/runtime/maps.Iter`.
pub const ITER_SIZE: u64 = 96;
/// Elements larger than this have no fast variants.
const MAX_ELEM: u64 = 128;
/// Size of `runtime.zeroVal`.
const ZERO_VAL: u64 = 1024;

/// Which variant of the map functions serves a map type.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Fast {
    Slow,
    F32,
    F64,
    Ptr,
    Str,
}

fn fast(t: Ty) -> Fast {
    if size(elem(t)) > MAX_ELEM {
        return Fast::Slow;
    }
    let k = key(t);
    match (alg(k), size(k)) {
        (Alg::Mem, 4) => Fast::F32,
        (Alg::Mem, 8) => {
            if info(k).ptrs {
                Fast::Ptr
            } else {
                Fast::F64
            }
        }
        (Alg::Str, _) => Fast::Str,
        _ => Fast::Slow,
    }
}

impl Fx<'_> {
    /// Whether functions of a map of type `t` are given the addresses of keys.
    pub fn has_slow_keys(&self, t: Ty) -> bool {
        fast(t) == Fast::Slow
    }
    /// The key as the operands of a map function.
    fn key_args(&mut self, t: Ty, k: &Val) -> Scalars {
        let kt = key(t);
        let f = fast(t);
        match f {
            Fast::Slow => {
                let a = self.in_memory(kt, k);
                let p = self.addr_value(a);
                [p].into_iter().collect()
            }
            Fast::Str => k.s().into(),
            Fast::F32 | Fast::F64 | Fast::Ptr => {
                let ty = if f == Fast::F32 { Type::I32 } else { Type::I64 };
                if let Val::S(s) = k
                    && s.len() == 1
                    && self.b.f.ty(s[0]).size() == ty.size()
                {
                    let v = if f == Fast::Ptr { s[0] } else { self.int_cast(s[0], ty, false) };
                    return [v].into_iter().collect();
                }
                // Several small parts that make up one word.
                let a = self.in_memory(kt, k);
                let v = self.load1(if f == Fast::Ptr { Type::Ptr } else { ty }, a);
                [v].into_iter().collect()
            }
        }
    }
    fn access(&mut self, t: Ty, m: Value, k: &Val, ok: bool) -> Scalars {
        let td = self.type_addr(t);
        let ka = self.key_args(t, k);
        let big = size(elem(t)) > ZERO_VAL;
        let name = match (fast(t), ok) {
            (Fast::Slow, false) if big => "mapaccess1_fat",
            (Fast::Slow, true) if big => "mapaccess2_fat",
            (Fast::Slow, false) => "mapaccess1",
            (Fast::Slow, true) => "mapaccess2",
            (Fast::F32, false) => "mapaccess1_fast32",
            (Fast::F32, true) => "mapaccess2_fast32",
            (Fast::F64 | Fast::Ptr, false) => "mapaccess1_fast64",
            (Fast::F64 | Fast::Ptr, true) => "mapaccess2_fast64",
            (Fast::Str, false) => "mapaccess1_faststr",
            (Fast::Str, true) => "mapaccess2_faststr",
        };
        let mut args: Scalars = [td, m].into_iter().collect();
        if fast(t) == Fast::Ptr {
            let k = self.int_cast(ka[0], Type::I64, false);
            args.push(k);
        } else {
            args.extend(ka);
        }
        if big && fast(t) == Fast::Slow {
            let z = self.zero_data(size(elem(t)));
            args.push(z);
        }
        self.rt(name, &args, if ok { &[Type::Ptr, Type::I8] } else { &[Type::Ptr] })
    }
    /// Address of `n` zero bytes.
    pub fn zero_data(&mut self, n: u64) -> Value {
        let sym = self.zero_sym(n);
        self.b.sym_addr(sym, 0)
    }
    /// The symbol of `n` zero bytes.
    pub fn zero_sym(&mut self, n: u64) -> Sym {
        let sym = Sym::intern(&format!("go:zero.{n}"), SymKind::Data);
        self.out.borrow_mut().data.push(DataDef {
            sym,
            section: Section::NoptrBss,
            align: 8,
            bytes: Vec::new(),
            size: n,
            relocs: Vec::new(),
            ptrmask: Vec::new(),
        });
        sym
    }

    fn map_operands(&mut self, m: &'static Expr, index: &'static Expr) -> (Ty, Value, Val) {
        let t = self.type_of(m);
        let mv = self.expr_v(m);
        let k = self.map_key(t, index);
        (t, mv, k)
    }
    /// The key; `string(b)` for a look-up need not be copied.
    fn map_key(&mut self, t: Ty, index: &'static Expr) -> Val {
        match self.borrowed_string(index) {
            Some(s) if is_string(key(t)) => s,
            _ => self.expr_as(index, key(t)),
        }
    }
    /// `m[k]`
    pub fn map_index(&mut self, e: &'static Expr, m: &'static Expr, index: &'static Expr) -> Val {
        let (t, mv, k) = self.map_operands(m, index);
        self.set_pos(e.pos);
        self.map_get(t, mv, &k)
    }
    pub fn map_get(&mut self, t: Ty, m: Value, k: &Val) -> Val {
        let p = self.access(t, m, k, false)[0];
        let et = elem(t);
        let v = self.load(Addr::heap(p), et);
        // The element may move or change under a later assignment.
        self.stable(et, v)
    }
    /// `v, ok := m[k]`
    pub fn map_index_ok(&mut self, m: &'static Expr, index: &'static Expr) -> (Val, Value) {
        let (t, mv, k) = self.map_operands(m, index);
        self.set_pos(index.pos);
        let r = self.access(t, mv, &k, true);
        let et = elem(t);
        let v = self.load(Addr::heap(r[0]), et);
        (self.stable(et, v), r[1])
    }
    /// Address of the element for `k`, made if missing.
    pub fn map_assign(&mut self, t: Ty, m: Value, k: &Val) -> Addr {
        let td = self.type_addr(t);
        let ka = self.key_args(t, k);
        let name = match fast(t) {
            Fast::Slow => "mapassign",
            Fast::F32 => "mapassign_fast32",
            Fast::F64 => "mapassign_fast64",
            Fast::Ptr => "mapassign_fast64ptr",
            Fast::Str => "mapassign_faststr",
        };
        let mut args: Scalars = [td, m].into_iter().collect();
        args.extend(ka);
        let p = self.rt1(name, &args, Type::Ptr);
        Addr::heap(p)
    }
    pub fn map_delete(&mut self, t: Ty, m: Value, k: &Val) {
        let td = self.type_addr(t);
        let ka = self.key_args(t, k);
        let name = match fast(t) {
            Fast::Slow => "mapdelete",
            Fast::F32 => "mapdelete_fast32",
            Fast::F64 | Fast::Ptr => "mapdelete_fast64",
            Fast::Str => "mapdelete_faststr",
        };
        let mut args: Scalars = [td, m].into_iter().collect();
        if fast(t) == Fast::Ptr {
            let k = self.int_cast(ka[0], Type::I64, false);
            args.push(k);
        } else {
            args.extend(ka);
        }
        self.rt(name, &args, &[]);
    }
    /// `make(map[K]V, hint)`
    pub fn make_map(&mut self, t: Ty, hint: Option<Value>) -> Value {
        let (td, nil) = (self.type_addr(t), self.b.nil());
        match hint {
            None => self.rt1("makemap_small", &[td, nil], Type::Ptr),
            Some(h) if self.b.f.as_const(h).is_some_and(|n| (0..=8).contains(&n)) => {
                self.rt1("makemap_small", &[td, nil], Type::Ptr)
            }
            Some(h) => self.rt1("makemap", &[td, h, nil], Type::Ptr),
        }
    }
    pub fn map_len(&mut self, m: Value) -> Value {
        let set = self.b.icmp_imm(IntCC::Ne, m, 0);
        self.if_val(
            set,
            &[Type::I64],
            |s| [s.b.load(Type::I64, m, 0, MemFlags::NONNIL)].into_iter().collect(),
            |s| [s.b.int(0)].into_iter().collect(),
        )[0]
    }
}
