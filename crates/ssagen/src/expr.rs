//! Expressions: names, selectors, indexing, slicing, operators; the rest is dispatched to its own file.

use crate::fx::*;
use crate::layout::*;
use goxide_ssa::*;
use goxide_syntax::ast::{Expr, ExprKind, Op as Tok};
use goxide_types::constant::Value as Const;
use goxide_types::{Mode, Obj, ObjKind, SelectionKind, Ty, VarKind};
use smallvec::SmallVec;

/// Where an expression's value is.
pub enum Loc {
    /// Scalar variables (all or some of one local).
    Vars(SmallVec<[Var; 4]>),
    Mem(Addr),
    /// Not addressable.
    Val(Val),
}

impl Fx<'_> {
    /// The value of a constant of concrete type `t`.
    pub fn const_val(&mut self, c: &Const, t: Ty) -> Val {
        if is_iface(t) {
            let d = crate::convert::default_type_of_const(c);
            let v = self.const_val(c, d);
            return self.to_iface(v, d, t);
        }
        if is_string(t) {
            let bytes = c.string_val().to_vec();
            return self.str_const(&bytes);
        }
        if is_complex(t) {
            let ty = comps(t)[0].ty;
            let z = c.to_complex();
            let (re, im) = (self.float_const(&z.real(), ty), self.float_const(&z.imag(), ty));
            return Val::of(&[re, im]);
        }
        let ty = scalar(t);
        if is_bool(t) {
            return Val::one(self.b.iconst(ty, i64::from(c.bool_val())));
        }
        if ty.is_float() {
            return Val::one(self.float_const(c, ty));
        }
        let n = c.to_int().wrapped_u64() as i64;
        // Constants are kept sign-extended from their width.
        let n = match ty {
            Type::I8 => i64::from(n as i8),
            Type::I16 => i64::from(n as i16),
            Type::I32 => i64::from(n as i32),
            _ => n,
        };
        Val::one(self.b.iconst(ty, n))
    }
    fn float_const(&mut self, c: &Const, ty: Type) -> Value {
        if ty == Type::F32 {
            let x = c.to_float().float32_val().0;
            return self.b.val(Op::Fconst, &[], Aux::Int(i64::from(x.to_bits())), ty);
        }
        let x = c.to_float().float64_val().0;
        self.b.fconst(ty, x)
    }
    /// A constant string.
    pub fn str_const(&mut self, bytes: &[u8]) -> Val {
        let n = bytes.len();
        let p = if n == 0 {
            self.b.nil()
        } else {
            let s = crate::names::string_sym(bytes);
            self.b.sym_addr(s, 0)
        };
        let n = self.b.int(n as i64);
        Val::of(&[p, n])
    }

    /// Evaluates `e` after the calls inside it.
    pub fn full_expr(&mut self, e: &'static Expr) -> Val {
        self.hoist_inside(e);
        self.expr(e)
    }
    /// Evaluates `e`.
    pub fn expr(&mut self, e: &'static Expr) -> Val {
        let t = || ();
        let _ = t;
        match self.loc(e) {
            Loc::Val(v) => v,
            Loc::Vars(xs) => Val::S(xs.iter().map(|&x| self.b.use_var(x)).collect()),
            Loc::Mem(a) => {
                let t = self.type_of(e);
                self.load(a, t)
            }
        }
    }
    /// Reads what `loc` found.
    pub fn read(&mut self, l: &Loc, t: Ty) -> Val {
        match l {
            Loc::Val(v) => v.clone(),
            Loc::Vars(xs) => Val::S(xs.iter().map(|&x| self.b.use_var(x)).collect()),
            Loc::Mem(a) => self.load(*a, t),
        }
    }
    /// Evaluates `e` and converts it to `t` as an assignment does.
    pub fn expr_as(&mut self, e: &'static Expr, t: Ty) -> Val {
        if self.mode(e.unparen()) == Some(Mode::NilValue) && !self.memo.contains_key(&e.id) {
            return self.zero_val(t);
        }
        if let Some(c) = self.const_of(e) {
            let src = self.type_of(e);
            if is_untyped(src) && !is_iface(t) {
                return self.const_val(c, t);
            }
        }
        let src = self.type_of(e);
        let v = self.expr(e);
        let outer = self.boxed.replace(e);
        let v = self.assign_conv(v, src, t);
        self.boxed = outer;
        v
    }
    pub fn full_expr_as(&mut self, e: &'static Expr, t: Ty) -> Val {
        self.hoist_inside(e);
        self.expr_as(e, t)
    }
    /// One scalar.
    pub fn expr_v(&mut self, e: &'static Expr) -> Value {
        self.expr(e).v()
    }

    /// Finds where the value of `e` is; evaluates it if it is nowhere.
    pub fn loc(&mut self, e: &'static Expr) -> Loc {
        if let Some(v) = self.memo.get(&e.id) {
            return Loc::Val(v.clone());
        }
        if let Some(c) = self.const_of(e) {
            let t = self.type_of(e);
            return Loc::Val(self.const_val(c, t));
        }
        match &e.kind {
            ExprKind::Paren(x) => self.loc(x),
            ExprKind::Name(_) => {
                let Some(o) = self.info().object_of(e.id) else { panic!("undefined name at {:?}", e.pos) };
                self.obj_loc(o, e.id, e)
            }
            ExprKind::Selector { x, sel } => {
                let Some(s) = self.info().selections.get(e.id) else {
                    let Some(&o) = self.info().uses.get(sel.id) else { panic!("unresolved selector at {:?}", e.pos) };
                    return self.obj_loc(o, sel.id, e);
                };
                match s.kind {
                    SelectionKind::FieldVal => {
                        self.set_pos(e.pos);
                        self.walk_path(x, s.index).0
                    }
                    SelectionKind::MethodVal => Loc::Val(self.method_value(e, x, s)),
                    SelectionKind::MethodExpr => Loc::Val(self.method_expr(e, s)),
                }
            }
            ExprKind::Star(x) => {
                let p = self.expr_v(x);
                self.set_pos(e.pos);
                Loc::Mem(Addr::maybe_nil(p))
            }
            ExprKind::Index { x, index } => {
                if self.is_type(index)
                    || self.raw_type(x).as_sig().is_some_and(|s| !s.tparams().is_empty())
                    || self.instance_id(e).is_some()
                {
                    return Loc::Val(self.generic_func_value(e));
                }
                self.index(e, x, index)
            }
            _ => Loc::Val(self.rvalue(e)),
        }
    }

    fn obj_loc(&mut self, o: Obj, id: goxide_syntax::ast::NodeId, e: &'static Expr) -> Loc {
        match &o.kind {
            ObjKind::Var(v) => {
                if v.kind() == VarKind::Package {
                    let s = self.prog.var_sym(o);
                    return Loc::Mem(Addr::heap(self.b.sym_addr(s, 0)));
                }
                self.local_loc(o)
            }
            ObjKind::Func(_) => {
                let s = self.func_ref(o, id);
                Loc::Val(Val::one(self.func_value(s)))
            }
            ObjKind::Nil => {
                let t = self.type_of(e);
                Loc::Val(self.zero_val(t))
            }
            _ => panic!("{o:?} is not a value"),
        }
    }
    /// Where a local variable is.
    pub fn local_loc(&mut self, o: Obj) -> Loc {
        let Some(l) = self.locals.get(&o).cloned() else {
            if o.name().is_blank() {
                let t = self.ty(o.ty());
                return Loc::Val(self.zero_val(t));
            }
            // Closures have no copies of such variables.
            if let Some(c) = self.facts.constant(o).cloned() {
                let t = self.ty(o.ty());
                return Loc::Val(self.const_val(&c, t));
            }
            panic!("variable {o:?} declared at {:?} is not known here", o.pos());
        };
        match l {
            Local::Vars(xs) => Loc::Vars(xs),
            l => Loc::Mem(self.local_addr(&l)),
        }
    }
    /// The func value of a function symbol.
    pub fn func_value(&mut self, s: Sym) -> Value {
        let fv = crate::names::funcval_sym(s);
        self.b.sym_addr(fv, 0)
    }

    /// Follows a path of field indices from `x`; pointers on the way are dereferenced.
    pub fn walk_path(&mut self, x: &'static Expr, path: &[usize]) -> (Loc, Ty) {
        let t = self.type_of(x);
        let l = self.loc(x);
        self.walk_from(l, t, path)
    }
    pub fn walk_from(&mut self, mut l: Loc, mut t: Ty, path: &[usize]) -> (Loc, Ty) {
        for &i in path {
            if is_ptr(t) {
                let p = self.read(&l, t).v();
                l = Loc::Mem(Addr::maybe_nil(p));
                t = elem(t);
            }
            l = match l {
                Loc::Mem(a) => Loc::Mem(a.plus(field_offsets(t)[i])),
                Loc::Vars(xs) => Loc::Vars(xs[field_scalars(t, i)].into()),
                Loc::Val(v) => match v {
                    Val::M(a) => Loc::Mem(a.plus(field_offsets(t)[i])),
                    v => Loc::Val(self.field_of(t, &v, i)),
                },
            };
            t = field_ty(t, i);
        }
        (l, t)
    }

    /// An index as i64, and whether it is signed.
    pub fn index_value(&mut self, e: &'static Expr) -> (Value, bool) {
        if let Some(c) = self.const_of(e) {
            let n = c.to_int().int64_val().unwrap_or(i64::MAX);
            return (self.b.int(n), true);
        }
        let t = self.type_of(e);
        let v = self.expr_v(e);
        let signed = is_signed(t);
        (self.to_i64(v, signed), signed)
    }

    fn index(&mut self, e: &'static Expr, x: &'static Expr, index: &'static Expr) -> Loc {
        let xt = self.type_of(x);
        if is_map(xt) {
            return Loc::Val(self.map_index(e, x, index));
        }
        if is_string(xt) {
            let s = self.expr(x);
            let (i, signed) = self.index_value(index);
            self.set_pos(e.pos);
            let (p, n) = (s.s()[0], s.s()[1]);
            self.bounds(BoundsKind::Index, signed, i, n);
            let a = self.b.bin(Op::PtrAdd, p, i);
            return Loc::Val(Val::one(self.b.load(Type::I8, a, 0, MemFlags::NONNIL)));
        }
        if is_slice(xt) {
            let s = self.expr(x);
            let (i, signed) = self.index_value(index);
            self.set_pos(e.pos);
            let (p, n) = (s.s()[0], s.s()[1]);
            self.bounds(BoundsKind::Index, signed, i, n);
            return Loc::Mem(self.elem_addr(Addr::heap(p), elem(xt), i));
        }
        let at = array_of(xt).unwrap_or_else(|| panic!("index of {xt:?}"));
        let base = if is_ptr(xt) {
            let p = self.expr_v(x);
            Loc::Mem(Addr::maybe_nil(p))
        } else {
            self.loc(x)
        };
        let (i, signed) = self.index_value(index);
        self.set_pos(e.pos);
        let n = self.b.int(array_len(at));
        self.bounds(BoundsKind::Index, signed, i, n);
        match base {
            Loc::Mem(a) => Loc::Mem(self.elem_addr(a, elem(at), i)),
            Loc::Val(Val::M(a)) => Loc::Mem(self.elem_addr(a, elem(at), i)),
            // Arrays in scalars have at most one element.
            Loc::Vars(_) | Loc::Val(_) if array_len(at) == 0 => Loc::Val(self.zero_val(elem(at))),
            l => l,
        }
    }
    /// Address of element `i` (known to be in range) of consecutive `et`s.
    pub fn elem_addr(&mut self, a: Addr, et: Ty, i: Value) -> Addr {
        let sz = size(et);
        if let Some(c) = self.b.f.as_const(i)
            && c >= 0
            && (c as u64).checked_mul(sz).is_some_and(|n| n < 1 << 30)
        {
            return a.plus(c as u64 * sz);
        }
        let a = self.check_nil(a);
        let base = self.addr_value(a);
        let off = self.scale(i, sz);
        Addr { base: self.b.bin(Op::PtrAdd, base, off), off: 0, ..a }
    }
    /// `i * n`.
    pub fn scale(&mut self, i: Value, n: u64) -> Value {
        match n {
            1 => i,
            _ if n.is_power_of_two() => {
                let k = self.b.int(i64::from(n.trailing_zeros()));
                self.b.bin(Op::Shl, i, k)
            }
            _ => {
                let k = self.b.int(n as i64);
                self.b.bin(Op::Mul, i, k)
            }
        }
    }

    /// Values that are nowhere in memory.
    fn rvalue(&mut self, e: &'static Expr) -> Val {
        match &e.kind {
            ExprKind::CompositeLit { .. } => self.composite(e),
            ExprKind::FuncLit(f) => Val::one(self.func_lit(e, f)),
            ExprKind::Slice { x, index, .. } => self.slice_expr(e, x, index),
            ExprKind::Assert { x, .. } => {
                let t = self.type_of(e);
                let xt = self.type_of(x);
                let v = self.expr(x);
                self.set_pos(e.pos);
                self.type_assert(v, xt, t)
            }
            ExprKind::Unary { op, x } => self.unary(e, *op, x),
            ExprKind::Binary { op, x, y } => self.binary(e, *op, x, y),
            ExprKind::Call { .. } => self.call_value(e),
            k => panic!("not a value at {:?}: {k:?}", e.pos),
        }
    }

    fn unary(&mut self, e: &'static Expr, op: Tok, x: &'static Expr) -> Val {
        let t = self.type_of(e);
        match op {
            Tok::And => self.address_of(e, x),
            Tok::Recv => self.recv(x, false).0,
            Tok::Not => {
                let v = self.expr_v(x);
                Val::one(self.not(v))
            }
            Tok::Add => self.expr_as(x, t),
            Tok::Sub => {
                let v = self.expr_as(x, t);
                let op = if is_int(t) { Op::Neg } else { Op::Fneg };
                Val::S(
                    v.s()
                        .to_vec()
                        .into_iter()
                        .map(|v| {
                            let ty = self.b.f.ty(v);
                            self.b.un(op, v, ty)
                        })
                        .collect(),
                )
            }
            Tok::Xor => {
                let v = self.expr_as(x, t).v();
                let ty = self.b.f.ty(v);
                Val::one(self.b.un(Op::Not, v, ty))
            }
            _ => panic!("unary {op:?}"),
        }
    }

    /// `&x`
    fn address_of(&mut self, e: &'static Expr, x: &'static Expr) -> Val {
        let x = x.unparen();
        if let ExprKind::CompositeLit { .. } = &x.kind {
            let t = self.type_of(x);
            self.set_pos(e.pos);
            // Elements are evaluated first: they may be large, but the object must not be seen half-made.
            let what = self.what("&composite literal", e);
            let p = self.b.val(Op::Alloc(AllocKind::Lit), &[], Aux::Alloc { ty: t, what }, Type::Ptr);
            self.mark_site(p, crate::flow::Site::PtrLit, e.id);
            self.composite_into(x, t, Addr::heap(p), true);
            return Val::one(p);
        }
        let l = self.loc(x);
        self.set_pos(e.pos);
        match l {
            Loc::Mem(a) => Val::one(self.checked_addr(a)),
            _ => panic!("address of a value that is not in memory at {:?}", e.pos),
        }
    }

    fn slice_expr(&mut self, e: &'static Expr, x: &'static Expr, index: &'static [Option<Box<Expr>>; 3]) -> Val {
        let xt = self.type_of(x);
        // As in gc, what is sliced comes last.
        let mut ix: [Option<(Value, bool)>; 3] = [None, None, None];
        for (k, i) in index.iter().enumerate() {
            if let Some(i) = i {
                ix[k] = Some(self.index_value(i));
            }
        }
        // Base pointer, length, capacity, element size.
        let (p, len, cap, esz, is_str) = if is_string(xt) {
            let s = self.expr(x);
            (s.s()[0], s.s()[1], s.s()[1], 1, true)
        } else if is_slice(xt) {
            let s = self.expr(x);
            (s.s()[0], s.s()[1], s.s()[2], size(elem(xt)), false)
        } else {
            let at = array_of(xt).unwrap_or_else(|| panic!("slice of {xt:?}"));
            let p = if is_ptr(xt) {
                let p = self.expr_v(x);
                self.set_pos(e.pos);
                self.checked_addr(Addr::maybe_nil(p))
            } else {
                match self.loc(x) {
                    Loc::Mem(a) => self.checked_addr(a),
                    _ => panic!("slice of an array that is not in memory"),
                }
            };
            let n = self.b.int(array_len(at));
            (p, n, n, size(elem(at)), false)
        };
        self.set_pos(e.pos);
        let zero = self.b.int(0);
        let [i, j, k] = ix;
        let is_arr = array_of(xt).is_some();
        let (acap, b3cap) = if is_str || is_arr {
            (BoundsKind::SliceAlen, BoundsKind::Slice3Alen)
        } else {
            (BoundsKind::SliceAcap, BoundsKind::Slice3Acap)
        };
        let (lo, lo_signed) = i.unwrap_or((zero, true));
        let newcap;
        let hi;
        if let Some((k, ks)) = k {
            self.bounds(b3cap, ks, k, cap);
            let (j, js) = j.expect("three-index slices have a second index");
            self.bounds(BoundsKind::Slice3B, js, j, k);
            if i.is_some() {
                self.bounds(BoundsKind::Slice3C, lo_signed, lo, j);
            }
            newcap = k;
            hi = j;
        } else {
            match j {
                Some((j, js)) => {
                    self.bounds(acap, js, j, if is_str { len } else { cap });
                    hi = j;
                }
                None => hi = len,
            }
            if i.is_some() {
                self.bounds(BoundsKind::SliceB, lo_signed, lo, hi);
            }
            newcap = cap;
        }
        let n = self.b.bin(Op::Sub, hi, lo);
        if is_str {
            // Keep the pointer inside the string if nothing is left.
            let off = self.mask_if_zero(lo, n, 1);
            let p = if i.is_some() { self.b.bin(Op::PtrAdd, p, off) } else { p };
            return Val::of(&[p, n]);
        }
        let c = self.b.bin(Op::Sub, newcap, lo);
        let p = if i.is_some() {
            let off = self.mask_if_zero(lo, c, esz);
            self.b.bin(Op::PtrAdd, p, off)
        } else {
            p
        };
        Val::of(&[p, n, c])
    }
    /// `lo * esz`, but 0 if `rest` is 0: a pointer past the end would keep the next object alive.
    fn mask_if_zero(&mut self, lo: Value, rest: Value, esz: u64) -> Value {
        if self.b.f.as_const(lo) == Some(0) {
            return lo;
        }
        let off = self.scale(lo, esz);
        let neg = self.b.un(Op::Neg, rest, Type::I64);
        let k = self.b.int(63);
        let mask = self.b.bin(Op::Sar, neg, k);
        self.b.bin(Op::And, off, mask)
    }
}
