//! Predeclared functions and those of package unsafe.

use crate::flow::Site;
use crate::fx::*;
use crate::layout::*;
use goxide_ssa::*;
use goxide_syntax::ast::{Expr, ExprKind, NodeId};
use goxide_types::{BuiltinId, Ty};

impl Fx<'_> {
    /// The type of a builtin's operand; an untyped one takes its default type.
    fn operand_type(&self, e: &Expr) -> Ty {
        crate::convert::default_type(self.type_of(e))
    }
    pub fn builtin(&mut self, e: &'static Expr, b: BuiltinId, args: &'static [Expr], dots: bool) -> Vec<(Ty, Val)> {
        use BuiltinId::*;
        let one = |t: Ty, v: Val| vec![(t, v)];
        if let [a] = args
            && matches!(a.unparen().kind, goxide_syntax::ast::ExprKind::Call { .. })
            && !self.is_type(a)
            && self.raw_type(a).as_tuple().is_some_and(|t| t.len() > 1)
        {
            let vals = self.call_multi(a);
            return self.builtin_spread(e, b, vals);
        }
        match b {
            Append => {
                let t = self.type_of(e);
                let v = self.append(e.id, t, args, dots);
                one(t, v)
            }
            Len | Cap => {
                let v = self.len_cap(&args[0], b == Cap);
                one(known::int(), Val::one(v))
            }
            Copy => {
                self.hoist_all(args);
                let (dt, st) = (self.type_of(&args[0]), self.operand_type(&args[1]));
                let d = self.expr(&args[0]);
                let s = self.expr_as(&args[1], st);
                self.set_pos(e.pos);
                let n = self.copy(dt, &d, &s);
                one(known::int(), Val::one(n))
            }
            Complex => {
                self.hoist_all(args);
                let t = self.type_of(e);
                let ft = known::typ(if size(t) == 8 {
                    goxide_types::BasicKind::Float32
                } else {
                    goxide_types::BasicKind::Float64
                });
                let r = self.expr_as(&args[0], ft).v();
                let i = self.expr_as(&args[1], ft).v();
                one(t, Val::of(&[r, i]))
            }
            Real | Imag => {
                let t = self.operand_type(&args[0]);
                let v = self.full_expr_as(&args[0], t);
                one(self.type_of(e), Val::one(v.s()[usize::from(b == Imag)]))
            }
            Make => {
                let t = self.type_of(e);
                let v = self.make(e, t, &args[1..]);
                one(t, v)
            }
            New => {
                let pt = self.type_of(e);
                let t = elem(pt);
                let init = if self.is_type(&args[0]) { None } else { Some(self.full_expr_as(&args[0], t)) };
                let what = self.what("new", e);
                self.set_pos(e.pos);
                let p = self.b.val(Op::Alloc(AllocKind::New), &[], Aux::Alloc { ty: t, what }, Type::Ptr);
                self.mark_site(p, Site::New, e.id);
                if let Some(v) = init {
                    self.store(Addr::heap(p), t, &v);
                }
                one(pt, Val::one(p))
            }
            Max | Min => {
                let t = self.type_of(e);
                self.hoist_all(args);
                let vals: Vec<Val> = args.iter().map(|a| self.expr_as(a, t)).collect();
                let mut v = vals[0].clone();
                for y in &vals[1..] {
                    v = self.min_max(b == Min, t, &v, y);
                }
                one(t, v)
            }
            Recover => {
                let r = match self.recover_fp() {
                    Some(fp) => self.rt("gorecover", &[fp], &[Type::Ptr, Type::Ptr]),
                    None => {
                        let fp = self.b.val(Op::GetFp, &[], Aux::None, Type::I64);
                        self.b.f.flags.has_recover = true;
                        self.rt("gorecover", &[fp], &[Type::Ptr, Type::Ptr])
                    }
                };
                one(eface(), Val::S(r))
            }
            Clear | Close | Delete | Panic | Print | Println => {
                match b {
                    Delete => self.hoist_delete(&args[0], &args[1]),
                    _ => self.hoist_all(args),
                }
                let mut vals = Vec::new();
                for (i, a) in args.iter().enumerate() {
                    let t = match b {
                        Panic => eface(),
                        Delete if i == 1 => key(self.type_of(&args[0])),
                        _ => self.operand_type(a),
                    };
                    vals.push((t, self.expr_as(a, t)));
                }
                self.set_pos(e.pos);
                self.builtin_effect(b, &vals, false);
                Vec::new()
            }
            Add => {
                self.hoist_all(args);
                let p = self.expr(&args[0]).v();
                let (n, _) = self.index_value(&args[1]);
                one(known::unsafe_ptr(), Val::one(self.b.bin(Op::PtrAdd, p, n)))
            }
            Slice => {
                self.hoist_all(args);
                let t = self.type_of(e);
                let p = self.expr(&args[0]).v();
                let (n, signed) = self.index_value(&args[1]);
                self.set_pos(e.pos);
                self.check_unsafe_len(p, n, signed, size(elem(t)), "panicunsafeslicelen", "panicunsafeslicenilptr");
                one(t, Val::of(&[p, n, n]))
            }
            String => {
                self.hoist_all(args);
                let p = self.expr(&args[0]).v();
                let (n, signed) = self.index_value(&args[1]);
                self.set_pos(e.pos);
                self.check_unsafe_len(p, n, signed, 1, "panicunsafestringlen", "panicunsafestringnilptr");
                one(known::string(), Val::of(&[p, n]))
            }
            SliceData | StringData => {
                let t = self.operand_type(&args[0]);
                let v = self.full_expr_as(&args[0], t);
                one(self.type_of(e), Val::one(v.s()[0]))
            }
            Sizeof | Alignof => {
                let t = self.operand_type(&args[0]);
                let n = if b == Sizeof { size(t) } else { u64::from(align(t)) };
                one(known::uintptr(), Val::one(self.b.int(n as i64)))
            }
            Offsetof => {
                // Only where the struct depends on a type parameter.
                let goxide_syntax::ast::ExprKind::Selector { x, .. } = &args[0].unparen().kind else {
                    panic!("Offsetof")
                };
                let s = *self.info().selections.get(args[0].unparen().id).expect("selection");
                let mut t = self.type_of(x);
                let mut off = 0;
                for &i in s.index {
                    if is_ptr(t) {
                        t = elem(t);
                    }
                    off += field_offsets(t)[i];
                    t = field_ty(t, i);
                }
                one(known::uintptr(), Val::one(self.b.int(off as i64)))
            }
            Assert | Trace => panic!("test built-in reached lowering"),
        }
    }

    /// A built-in applied to all results of one call, as in `append(f())`.
    fn builtin_spread(&mut self, e: &'static Expr, b: BuiltinId, vals: Vec<(Ty, Val)>) -> Vec<(Ty, Val)> {
        use BuiltinId::*;
        self.set_pos(e.pos);
        let conv = |s: &mut Self, i: usize, t: Ty| s.assign_conv(vals[i].1.clone(), vals[i].0, t);
        let t =
            if matches!(b, Clear | Close | Delete | Panic | Print | Println) { known::int() } else { self.type_of(e) };
        let v = match b {
            Append => {
                let s = conv(self, 0, t);
                let rest: Vec<Val> = (1..vals.len()).map(|i| conv(self, i, elem(t))).collect();
                self.append_vals(e.id, t, s, &rest)
            }
            Copy => Val::one(self.copy(vals[0].0, &vals[0].1, &vals[1].1)),
            Complex => Val::of(&[vals[0].1.v(), vals[1].1.v()]),
            Max | Min => {
                let mut v = conv(self, 0, t);
                for i in 1..vals.len() {
                    let y = conv(self, i, t);
                    v = self.min_max(b == Min, t, &v, &y);
                }
                v
            }
            Add => {
                let n = self.to_i64(vals[1].1.v(), is_signed(vals[1].0));
                Val::one(self.b.bin(Op::PtrAdd, vals[0].1.v(), n))
            }
            Slice | String => {
                let (p, signed) = (vals[0].1.v(), is_signed(vals[1].0));
                let n = self.to_i64(vals[1].1.v(), signed);
                if b == Slice {
                    self.check_unsafe_len(p, n, signed, size(elem(t)), "panicunsafeslicelen", "panicunsafeslicenilptr");
                    Val::of(&[p, n, n])
                } else {
                    self.check_unsafe_len(p, n, signed, 1, "panicunsafestringlen", "panicunsafestringnilptr");
                    Val::of(&[p, n])
                }
            }
            Delete => {
                let k = conv(self, 1, key(vals[0].0));
                self.builtin_effect(b, &[vals[0].clone(), (key(vals[0].0), k)], false);
                return Vec::new();
            }
            _ => {
                self.builtin_effect(b, &vals, false);
                return Vec::new();
            }
        };
        vec![(t, v)]
    }

    /// Built-ins that are statements, on evaluated operands.
    pub fn builtin_effect(&mut self, b: BuiltinId, vals: &[(Ty, Val)], deferred: bool) {
        use BuiltinId::*;
        match b {
            Clear => {
                let (t, v) = &vals[0];
                if is_map(*t) {
                    let td = self.type_addr(*t);
                    self.rt("mapclear", &[td, v.v()], &[]);
                    return;
                }
                let et = elem(*t);
                let n = self.scale(v.s()[1], size(et));
                let f = if info(et).ptrs { "memclrHasPointers" } else { "memclrNoHeapPointers" };
                let p = v.s()[0];
                let some = self.b.icmp_imm(IntCC::Ne, n, 0);
                self.if_then(some, Hint::None, |s| {
                    s.rt(f, &[p, n], &[]);
                });
            }
            Close => {
                self.rt("closechan", &[vals[0].1.v()], &[]);
            }
            Delete => {
                let k = vals[1].1.clone();
                self.map_delete(vals[0].0, vals[0].1.v(), &k);
            }
            Panic => {
                let s = vals[0].1.s().to_vec();
                self.rt("gopanic", &s, &[]);
                self.b.unreachable();
            }
            Print | Println => self.print(vals, b == Println),
            Copy => {
                self.copy(vals[0].0, &vals[0].1, &vals[1].1);
            }
            // `defer recover()` recovers as a call by the function with the defer statement would.
            Recover if deferred => {
                self.rt("gorecover", &[vals[0].1.v()], &[Type::Ptr, Type::Ptr]);
            }
            _ => panic!("{b:?} as a statement"),
        }
    }

    fn len_cap(&mut self, x: &'static Expr, cap: bool) -> Value {
        let t = self.operand_type(x);
        if let Some(at) = array_of(t) {
            if self.has_call(x) {
                // `len(*f())` dereferences what the call gives.
                self.hoist_inside(x);
                if let crate::expr::Loc::Mem(a) = self.loc(x) {
                    self.check_nil(a);
                }
            }
            return self.b.int(array_len(at));
        }
        let v = self.full_expr_as(x, t);
        if is_map(t) {
            return self.map_len(v.v());
        }
        if is_chan(t) {
            return self.rt1(if cap { "chancap" } else { "chanlen" }, &[v.v()], Type::I64);
        }
        v.s()[if cap { 2 } else { 1 }]
    }

    fn make(&mut self, e: &'static Expr, t: Ty, args: &'static [Expr]) -> Val {
        self.hoist_all(args);
        let n: Vec<Value> = args.iter().map(|a| self.size_value(a)).collect();
        if is_slice(t) {
            let len = n[0];
            let cap = n.get(1).copied().unwrap_or(len);
            self.set_pos(e.pos);
            let p = self.b.val(Op::MakeSlice, &[len, cap], Aux::Type(elem(t)), Type::Ptr);
            self.mark_site(p, Site::MakeSlice, e.id);
            return Val::of(&[p, len, cap]);
        }
        if is_map(t) {
            if self.reporting() {
                self.set_pos(e.pos);
            }
            return Val::one(self.make_map(t, n.first().copied()));
        }
        let td = self.type_addr(t);
        let size = match n.first() {
            Some(&n) => n,
            None => self.b.int(0),
        };
        Val::one(self.rt1("makechan", &[td, size], Type::Ptr))
    }
    /// A size operand; what does not fit becomes negative, which the runtime refuses.
    fn size_value(&mut self, e: &'static Expr) -> Value {
        if let Some(c) = self.const_of(e) {
            let n = c.to_int().int64_val().unwrap_or(-1);
            return self.b.int(n);
        }
        let t = self.type_of(e);
        let v = self.expr_v(e);
        if is_float(t) {
            return self.b.un(Op::Ftosi, v, Type::I64);
        }
        self.to_i64(v, is_signed(t))
    }

    pub fn min_max(&mut self, min: bool, t: Ty, x: &Val, y: &Val) -> Val {
        use goxide_syntax::ast::Op as Tok;
        if is_float(t) {
            let (a, b) = (x.v(), y.v());
            let ty = scalar(t);
            let ity = if ty == Type::F32 { Type::I32 } else { Type::I64 };
            let fc = |s: &mut Self, cc, p, q| s.b.val(Op::Fcmp(cc), &[p, q], Aux::None, Type::I8);
            let lt = fc(self, FloatCC::Lt, a, b);
            let gt = fc(self, FloatCC::Gt, a, b);
            let eq = fc(self, FloatCC::Eq, a, b);
            // Zeros differ in sign only; sums of a NaN are NaN.
            let (ia, ib) = (self.b.un(Op::Bitcast, a, ity), self.b.un(Op::Bitcast, b, ity));
            let bits = self.b.bin(if min { Op::Or } else { Op::And }, ia, ib);
            let z = self.b.un(Op::Bitcast, bits, ty);
            let nan = self.b.bin(Op::Fadd, a, b);
            let r = self.b.select(eq, z, nan);
            let (first, second) = if min { (a, b) } else { (b, a) };
            let r = self.b.select(gt, second, r);
            return Val::one(self.b.select(lt, first, r));
        }
        let c = self.ordered(if min { Tok::Lss } else { Tok::Gtr }, t, y, x);
        let (xs, ys) = (x.s().to_vec(), y.s().to_vec());
        Val::S(xs.iter().zip(&ys).map(|(&x, &y)| self.b.select(c, y, x)).collect())
    }

    // ---- slices

    fn append(&mut self, id: NodeId, t: Ty, args: &'static [Expr], dots: bool) -> Val {
        let et = elem(t);
        if let Some(n) = args.get(1).filter(|_| dots).and_then(|a| self.made_by_len(a)) {
            self.hoist(&args[0]);
            self.hoist(n);
            let s = self.expr_as(&args[0], t);
            let n = self.size_value(n);
            return self.append_zeroes(s, et, n);
        }
        self.hoist_all_as(args, |i| (i > 0 && !dots).then_some(et));
        if args.len() == 1 {
            return self.expr_as(&args[0], t);
        }
        if dots {
            let s = self.expr_as(&args[0], t);
            let (p, len, cap) = (s.s()[0], s.s()[1], s.s()[2]);
            let yt = self.operand_type(&args[1]);
            if is_nil(yt) {
                return s;
            }
            let y = self.expr_as(&args[1], yt);
            let (q, k) = (y.s()[0], y.s()[1]);
            let newlen = self.b.bin(Op::Add, len, k);
            let (p, cap) = self.grow(None, p, newlen, cap, k, et);
            let dst = self.elem_addr(Addr::heap(p), et, len);
            let d = self.addr_value(dst);
            self.copy_elems(et, d, k, q, k);
            return Val::of(&[p, newlen, cap]);
        }
        // As in gc, the slice comes last unless it is made here.
        if matches!(args[0].unparen().kind, ExprKind::CompositeLit { .. }) {
            self.hoist_value(args[0].unparen());
        }
        self.hoist_appended(&args[0], &args[1..], et);
        let n = args.len() - 1;
        let mut vals = Vec::new();
        for a in &args[1..] {
            let v = self.expr_as(a, et);
            let v = if n > 1 { self.stable(et, v) } else { v };
            vals.push(v);
        }
        let s = self.expr_as(&args[0], t);
        self.append_vals(id, t, s, &vals)
    }
    /// The length operand of `make([]T, n)`, if `e` is that and not evaluated yet.
    fn made_by_len(&self, e: &'static Expr) -> Option<&'static Expr> {
        let e = e.unparen();
        let ExprKind::Call { fun, args, .. } = &e.kind else { return None };
        let make = self.info().builtin_of(fun) == Some(BuiltinId::Make) && args.len() == 2;
        (make && !self.memo.contains_key(&e.id)).then(|| &args[1])
    }
    /// `append(s, make([]T, n)...)`: room for n zero elements, without the slice that they would come from.
    fn append_zeroes(&mut self, s: Val, et: Ty, n: Value) -> Val {
        let (p, len, cap) = (s.s()[0], s.s()[1], s.s()[2]);
        let negative = self.b.icmp_imm(IntCC::Slt, n, 0);
        self.if_then(negative, Hint::Unlikely, |s| s.rt_noreturn("panicmakeslicelen", &[]));
        let newlen = self.b.bin(Op::Add, len, n);
        let (p, cap) = self.grow(None, p, newlen, cap, n, et);
        if size(et) > 0 {
            let dst = self.elem_addr(Addr::heap(p), et, len);
            let d = self.addr_value(dst);
            let bytes = self.scale(n, size(et));
            let clear = if info(et).ptrs { "memclrHasPointers" } else { "memclrNoHeapPointers" };
            self.rt(clear, &[d, bytes], &[]);
        }
        Val::of(&[p, newlen, cap])
    }
    /// Appends values to slice `s` of type `t`.
    fn append_vals(&mut self, id: NodeId, t: Ty, s: Val, vals: &[Val]) -> Val {
        let et = elem(t);
        let (p, len, cap) = (s.s()[0], s.s()[1], s.s()[2]);
        let k = self.b.int(vals.len() as i64);
        let newlen = self.b.bin(Op::Add, len, k);
        let (p, cap) = self.grow(Some(id), p, newlen, cap, k, et);
        let dst = self.elem_addr(Addr::heap(p), et, len);
        for (i, v) in vals.iter().enumerate() {
            self.store(dst.plus(i as u64 * size(et)), et, v);
        }
        Val::of(&[p, newlen, cap])
    }
    /// Makes room: pointer and capacity for `newlen` elements. `few`: the append, if the elements are listed in it; then
    /// escape analysis may have them in the frame, as gc does.
    fn grow(&mut self, few: Option<NodeId>, p: Value, newlen: Value, cap: Value, num: Value, et: Ty) -> (Value, Value) {
        let (slow, m) = (self.b.new_cold(), self.b.new_block());
        let (po, co) = (self.b.block_param(m, Type::Ptr), self.b.block_param(m, Type::I64));
        let full = self.b.icmp(IntCC::Ugt, newlen, cap);
        let t = |block, args: &[Value]| Target { block, args: args.into() };
        self.b.terminate(Term::Br { cond: full, then: t(slow, &[]), els: t(m, &[p, cap]), hint: Hint::Unlikely });
        self.b.enter(slow);
        let td = self.type_addr(et);
        let r = self.rt(
            match few {
                Some(id) if self.moves.in_steps(id) => "growslicestep",
                Some(_) => "growslicefew",
                None => "growslice",
            },
            &[p, newlen, cap, num, td],
            &[Type::Ptr, Type::I64, Type::I64],
        );
        if let Some(id) = few {
            self.mark_site(r[0], Site::Append, id);
        }
        self.b.jump_args(m, &[r[0], r[2]]);
        self.b.enter(m);
        (po, co)
    }
    fn copy(&mut self, dt: Ty, d: &Val, s: &Val) -> Value {
        let (dp, dl, sp, sl) = (d.s()[0], d.s()[1], s.s()[0], s.s()[1]);
        let less = self.b.icmp(IntCC::Slt, dl, sl);
        let n = self.b.select(less, dl, sl);
        self.copy_elems(elem(dt), dp, n, sp, n);
        n
    }
    /// Moves `n` elements.
    fn copy_elems(&mut self, et: Ty, d: Value, dn: Value, s: Value, sn: Value) {
        if info(et).ptrs {
            let td = self.type_addr(et);
            self.rt("typedslicecopy", &[td, d, dn, s, sn], &[Type::I64]);
        } else if size(et) > 0 {
            let bytes = self.scale(sn, size(et));
            self.rt("memmove", &[d, s, bytes], &[]);
        }
    }
    fn check_unsafe_len(
        &mut self,
        p: Value,
        n: Value,
        signed: bool,
        esz: u64,
        len_panic: &'static str,
        nil_panic: &'static str,
    ) {
        let _ = signed;
        // Negative, or more bytes than are above p.
        let neg = self.b.icmp_imm(IntCC::Slt, n, 0);
        self.if_then(neg, Hint::Unlikely, |s| s.rt_noreturn(len_panic, &[]));
        if esz > 1 {
            let max = (i64::MAX as u64 / esz) as i64;
            let big = self.b.icmp_imm(IntCC::Sgt, n, max);
            self.if_then(big, Hint::Unlikely, |s| s.rt_noreturn(len_panic, &[]));
        }
        let pi = self.b.un(Op::PtrToInt, p, Type::I64);
        let bytes = self.scale(n, esz.max(1));
        let room = self.b.un(Op::Neg, pi, Type::I64);
        let over = self.b.icmp(IntCC::Ugt, bytes, room);
        let some = self.b.icmp_imm(IntCC::Ne, pi, 0);
        let over = self.b.bin(Op::And, over, some);
        self.if_then(over, Hint::Unlikely, |s| s.rt_noreturn(len_panic, &[]));
        let nil = self.b.icmp_imm(IntCC::Eq, pi, 0);
        let want = self.b.icmp_imm(IntCC::Ne, n, 0);
        let bad = self.b.bin(Op::And, nil, want);
        self.if_then(bad, Hint::Unlikely, |s| s.rt_noreturn(nil_panic, &[]));
    }

    // ---- print

    /// The text that `print` makes of a constant integer, boolean or string.
    fn printed(&self, t: Ty, v: &Val) -> Option<Vec<u8>> {
        let s = v.s();
        if is_string(t) {
            let n = usize::try_from(self.b.f.as_const(s[1])?).ok()?;
            if n == 0 {
                return Some(Vec::new());
            }
            let Aux::Sym(sym, 0) = &self.b.f.insts[self.b.f.def_inst(s[0])?.index()].aux else { return None };
            return match sym.kind() {
                SymKind::Str(b) if b.len() == n => Some(b.to_vec()),
                _ => None,
            };
        }
        let n = self.b.f.as_const(*s.first()?)?;
        match () {
            () if is_bool(t) => Some(if n & 1 != 0 { "true" } else { "false" }.into()),
            () if !is_int(t) || is_hex(t) => None,
            () if is_signed(t) => Some(n.to_string().into_bytes()),
            () => Some((n as u64 & (u64::MAX >> (64 - 8 * size(t)))).to_string().into_bytes()),
        }
    }
    /// Constants are put together, with what stands between them.
    fn print(&mut self, vals: &[(Ty, Val)], ln: bool) {
        let mut parts: Vec<Result<Vec<u8>, &(Ty, Val)>> = Vec::new();
        let text = |parts: &mut Vec<Result<Vec<u8>, _>>, b: &[u8]| match parts.last_mut() {
            Some(Ok(t)) => t.extend(b),
            _ => parts.push(Ok(b.to_vec())),
        };
        for (i, x) in vals.iter().enumerate() {
            if ln && i > 0 {
                text(&mut parts, b" ");
            }
            match self.printed(x.0, &x.1) {
                Some(b) => text(&mut parts, &b),
                None => parts.push(Err(x)),
            }
        }
        if ln {
            text(&mut parts, b"\n");
        }
        parts.retain(|p| !matches!(p, Ok(t) if t.is_empty()));
        match &parts[..] {
            [] => return,
            // The runtime prints where there may be no stack for a call in Go.
            [Ok(t)] if self.cp.pkg.path() != "runtime" && !self.b.f.flags.nosplit => {
                let s = self.str_const(t);
                let s = s.s().to_vec();
                self.rt("printtext", &s, &[]);
                return;
            }
            _ => {}
        }
        self.rt("printlock", &[], &[]);
        for p in parts {
            let (t, v) = match p {
                Ok(t) if t == b" " => {
                    self.rt("printsp", &[], &[]);
                    continue;
                }
                Ok(t) if t == b"\n" => {
                    self.rt("printnl", &[], &[]);
                    continue;
                }
                Ok(t) => {
                    let s = self.str_const(&t);
                    let s = s.s().to_vec();
                    self.rt("printstring", &s, &[]);
                    continue;
                }
                Err(x) => x,
            };
            let (t, s) = (*t, v.s().to_vec());
            if is_string(t) {
                self.rt("printstring", &s, &[]);
            } else if is_bool(t) {
                self.rt("printbool", &s, &[]);
            } else if is_iface(t) {
                self.rt(if is_eface(t) { "printeface" } else { "printiface" }, &s, &[]);
            } else if is_slice(t) {
                self.rt("printslice", &s, &[]);
            } else if is_complex(t) {
                self.rt(if size(t) == 8 { "printcomplex64" } else { "printcomplex128" }, &s, &[]);
            } else if is_float(t) {
                self.rt(if size(t) == 4 { "printfloat32" } else { "printfloat64" }, &s, &[]);
            } else if is_int(t) {
                let n = self.to_i64(s[0], is_signed(t));
                let f = match () {
                    () if is_hex(t) => "printhex",
                    () if is_signed(t) => "printint",
                    () => "printuint",
                };
                self.rt(f, &[n], &[]);
            } else {
                self.rt("printpointer", &[s[0]], &[]);
            }
        }
        self.rt("printunlock", &[], &[]);
    }
}

/// Whether `print` writes integers of the type in base 16.
fn is_hex(t: Ty) -> bool {
    t.as_named().is_some_and(|n| n.obj().name() == "hex" && n.obj().pkg().is_some_and(|p| p.path() == "runtime"))
}
