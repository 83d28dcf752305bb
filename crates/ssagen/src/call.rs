//! Calls: finding the callee, evaluating operands in order, passing arguments, taking results.

use crate::abi_assign::{Where, assign};
use crate::fx::*;
use crate::layout::*;
use crate::mono::{Method, find_method, method_on};
use goxide_abi::funcs;
use goxide_ssa::*;
use goxide_syntax::ast::{Expr, ExprKind};
use goxide_syntax::pragma::PragmaFlags;
use goxide_types::{Obj, Selection, SelectionKind, Ty};
use smallvec::SmallVec;

/// What is called.
#[derive(Clone, Debug)]
pub enum Callee {
    Static(Sym),
    /// A func value.
    Closure(Value),
    /// Method `index` of interface `iface` through `tab`; the first argument is the data word.
    Inter {
        tab: Value,
        iface: Ty,
        index: u32,
    },
    /// A body-less function that is a row of `abi::funcs`.
    Row(&'static funcs::RuntimeFn),
}

/// A call whose operands have been evaluated.
#[derive(Clone, Debug)]
pub struct Call {
    pub callee: Callee,
    /// Receiver first.
    pub args: Vec<(Ty, Val)>,
    pub results: Vec<Ty>,
    /// Set for functions the compiler may expand itself.
    pub intrinsic: Option<Obj>,
    pub targs: Vec<Ty>,
    /// Pointers passed as integers to a function with `//go:uintptrescapes` or `//go:uintptrkeepalive`: alive until the
    /// call returns.
    pub keep: Vec<Value>,
}

impl Fx<'_> {
    /// A call used as a value.
    pub fn call_value(&mut self, e: &'static Expr) -> Val {
        let mut r = self.call_multi(e);
        match r.len() {
            0 => Val::none(),
            _ => r.swap_remove(0).1,
        }
    }
    /// A call with all its results and their types.
    pub fn call_multi(&mut self, e: &'static Expr) -> Vec<(Ty, Val)> {
        let e = e.unparen();
        let ExprKind::Call { fun, args, has_dots } = &e.kind else { panic!("not a call at {:?}", e.pos) };
        if self.is_type(fun) {
            let t = self.type_expr(fun);
            return vec![(t, self.conversion(e, &args[0], t))];
        }
        if let Some(b) = self.info().builtin_of(fun) {
            return self.builtin(e, b, args, *has_dots);
        }
        let kept = std::mem::take(&mut self.keep_call);
        let mut c = self.prepare_call(e, fun, args, *has_dots);
        self.set_pos(e.pos);
        let keep = std::mem::take(&mut c.keep);
        // Results stay alive, or if there are none the arguments.
        let passed: Vec<Val> =
            if kept && c.results.is_empty() { c.args.iter().map(|a| a.1.clone()).collect() } else { Vec::new() };
        let r = self.emit_call(c);
        if kept && self.b.reachable() {
            r.iter().map(|r| &r.1).chain(&passed).for_each(|v| self.keep_value(v));
        }
        for p in keep {
            self.b.effect(Op::KeepAlive, &[p], Aux::None);
        }
        r
    }
    /// Operands of the conversions `uintptr(p)` among the arguments of a function that wants them kept.
    fn kept_pointers(&mut self, f: Obj, args: &'static [Expr]) -> Vec<Value> {
        if !f.pragma().has(PragmaFlags::UINTPTR_KEEPALIVE) && !f.pragma().has(PragmaFlags::UINTPTR_ESCAPES) {
            return Vec::new();
        }
        self.hoist_all(args);
        let mut out = Vec::new();
        for a in args {
            if let ExprKind::Call { fun, args: operand, .. } = &a.unparen().kind
                && self.is_type(fun)
                && is_int(self.type_of(a))
                && is_unsafe_ptr(self.type_of(&operand[0]))
                && self.const_of(&operand[0]).is_none()
            {
                out.push(self.expr_v(&operand[0]));
            }
        }
        out
    }

    /// The argument `string(b)` of `unique.Make`, which copies what it keeps: it can have `b`'s own bytes.
    fn cloned_string(&mut self, f: Obj, args: &'static [Expr], ptys: &[Ty]) -> Option<Val> {
        let make = f.name() == "Make" && f.pkg().is_some_and(|p| p.path() == "unique");
        if !make || self.later == Some(self.call_id) || !is_string(ptys[0]) || self.type_of(&args[0]) != ptys[0] {
            return None;
        }
        if let ExprKind::Call { args: operand, .. } = &args[0].unparen().kind {
            self.hoist_all(operand);
        }
        self.borrowed_string(&args[0])
    }

    /// Evaluates callee and arguments.
    pub fn prepare_call(&mut self, e: &'static Expr, fun: &'static Expr, args: &'static [Expr], dots: bool) -> Call {
        let outer = (std::mem::replace(&mut self.call_pos, e.pos), std::mem::replace(&mut self.call_id, e.id));
        let c = self.prepare(fun, args, dots);
        (self.call_pos, self.call_id) = outer;
        c
    }
    fn prepare(&mut self, fun: &'static Expr, args: &'static [Expr], dots: bool) -> Call {
        let mut f = fun.unparen();
        let mut targs: Vec<Ty> = Vec::new();
        if let Some(id) = self.instance_id(f) {
            targs = self.targs_at(id);
            while let ExprKind::Index { x, .. } = &f.kind {
                f = x.unparen();
            }
        }
        let ft = self.ty(self.call_sig_type(fun));
        let (ptys, rtys, variadic) = sig_of(ft);
        // A function named directly?
        let direct: Option<Obj> = match &f.kind {
            ExprKind::Name(_) => self.info().uses.get(f.id).copied(),
            ExprKind::Selector { sel, .. } if self.info().selections.get(f.id).is_none() => {
                self.info().uses.get(sel.id).copied()
            }
            _ => None,
        }
        .filter(|o| o.is_func());
        if let Some(o) = direct {
            let keep = self.kept_pointers(o, args);
            let vals = match self.cloned_string(o, args, &ptys) {
                Some(v) => vec![(ptys[0], v)],
                None => self.args(args, &ptys, variadic, dots),
            };
            let sym = self.prog.func_sym(o, &targs);
            return Call { keep, ..self.static_call(sym, Some(o), vals, rtys, targs) };
        }
        if let ExprKind::Selector { x, sel } = &f.kind
            && let Some(s) = self.info().selections.get(f.id).copied()
        {
            match s.kind {
                SelectionKind::MethodVal => {
                    self.hoist_inside_opt(x, args);
                    if self.may_panic(x) && self.later != Some(self.call_id) {
                        let fixed = if variadic && !dots { ptys.len() - 1 } else { args.len() };
                        self.hoist_arguments(args, fixed);
                    }
                    let m = self.selected_method(x, &s);
                    let recv = self.receiver(x, &m);
                    self.set_pos(sel.pos);
                    let keep = self.kept_pointers(s.obj, args);
                    return Call { keep, ..self.method_call(recv, m, &targs, args, &ptys, rtys, variadic, dots) };
                }
                SelectionKind::MethodExpr => {
                    // `T.M(x, …)`: the receiver is the first argument.
                    let rt = self.type_expr(x);
                    let m = find_method(rt, s.obj.pkg(), s.obj.name());
                    if m.iface || !m.path.is_empty() || m.ptr_recv != is_ptr(rt) {
                        let fv = self.expr(f).v();
                        let vals = self.args(args, &ptys, variadic, dots);
                        return Call {
                            callee: Callee::Closure(fv),
                            args: vals,
                            results: rtys,
                            intrinsic: None,
                            targs: Vec::new(),
                            keep: Vec::new(),
                        };
                    }
                    let vals = self.args(args, &ptys, variadic, dots);
                    let sym = m.sym(self.prog, &targs);
                    return self.static_call(sym, Some(m.obj), vals, rtys, targs);
                }
                SelectionKind::FieldVal => {}
            }
        }
        // As in gc, the func value is read when the arguments are known, but before everything of them if calls lead to it.
        let called = self.has_call(fun);
        self.hoist(fun);
        let early = called.then(|| self.expr(fun).v());
        let vals = self.args(args, &ptys, variadic, dots);
        let fv = early.unwrap_or_else(|| self.expr(fun).v());
        Call {
            callee: Callee::Closure(fv),
            args: vals,
            results: rtys,
            intrinsic: None,
            targs: Vec::new(),
            keep: Vec::new(),
        }
    }
    /// The signature type of a callee expression; type parameters with a function type included.
    fn call_sig_type(&self, fun: &Expr) -> Ty {
        let t = self.raw_type(fun);
        if let Some(id) = self.instance_id(fun) {
            return self.info().instances[&id].ty;
        }
        t
    }
    fn static_call(
        &mut self,
        sym: Sym,
        obj: Option<Obj>,
        args: Vec<(Ty, Val)>,
        results: Vec<Ty>,
        targs: Vec<Ty>,
    ) -> Call {
        let callee = match sym.kind() {
            SymKind::Func { obj, .. } if obj.decl().is_none_or(|d| d.body.is_none()) => match crate::lower::row_of(sym)
            {
                Some(r) => Callee::Row(r),
                None => Callee::Static(sym),
            },
            _ => Callee::Static(sym),
        };
        let intrinsic = match (obj, sym.kind()) {
            (Some(_), SymKind::Func { obj, .. }) => Some(*obj),
            (o, _) => o,
        };
        Call { callee, args, results, intrinsic, targs, keep: Vec::new() }
    }
    fn hoist_inside_opt(&mut self, x: &'static Expr, args: &'static [Expr]) {
        self.hoist(x);
        if args.iter().any(|a| self.has_call(a)) {
            self.hoist_all(args);
        }
    }

    /// The method a selection denotes, looked up on the concrete type where type parameters are involved.
    pub fn selected_method(&mut self, x: &'static Expr, s: &Selection) -> Method {
        let t = self.type_of(x);
        let raw = self.raw_type(x);
        let (rb, _) = goxide_types::lookup::deref(raw);
        if rb.as_type_param().is_some() {
            return find_method(t, s.obj.pkg(), s.obj.name());
        }
        let path = s.index[..s.index.len() - 1].to_vec();
        let mut base = if is_ptr(t) { elem(t) } else { t };
        for &i in &path {
            base = field_ty(base, i);
            if is_ptr(base) {
                base = elem(base);
            }
        }
        if !is_iface(base) && base.as_named().is_none() {
            return find_method(t, s.obj.pkg(), s.obj.name());
        }
        method_on(base, path, s.obj.pkg(), s.obj.name())
    }
    /// The receiver operand of a method: the interface, the pointer, or the value.
    pub fn receiver(&mut self, x: &'static Expr, m: &Method) -> Val {
        let t = self.type_of(x);
        let l = self.loc(x);
        self.receiver_from(l, t, m)
    }
    pub fn receiver_from(&mut self, l: crate::expr::Loc, t: Ty, m: &Method) -> Val {
        use crate::expr::Loc;
        let (l, t) = self.walk_from(l, t, &m.path);
        if m.iface {
            if is_ptr(t) {
                let p = self.read(&l, t).v();
                return self.load(Addr::maybe_nil(p), elem(t));
            }
            return self.read(&l, t);
        }
        match (m.ptr_recv, is_ptr(t) && t != m.base) {
            (true, true) => self.read(&l, t),
            (true, false) => match l {
                Loc::Mem(a) => Val::one(self.checked_addr(a)),
                // A value that is not addressable: only for types instantiated from type parameters; it is copied.
                l => {
                    let v = self.read(&l, t);
                    let p =
                        self.b.val(Op::Alloc(AllocKind::Temp), &[], Aux::Alloc { ty: t, what: "receiver" }, Type::Ptr);
                    self.store(Addr::heap(p), t, &v);
                    Val::one(p)
                }
            },
            (false, true) => {
                let p = self.read(&l, t).v();
                self.load(Addr::maybe_nil(p), elem(t))
            }
            (false, false) => self.read(&l, t),
        }
    }
    /// Type of the receiver operand.
    pub fn receiver_type(&self, m: &Method) -> Ty {
        if m.ptr_recv { known::ptr(m.base) } else { m.base }
    }
    #[allow(clippy::too_many_arguments)]
    fn method_call(
        &mut self,
        recv: Val,
        m: Method,
        own: &[Ty],
        args: &'static [Expr],
        ptys: &[Ty],
        rtys: Vec<Ty>,
        variadic: bool,
        dots: bool,
    ) -> Call {
        let rt = self.receiver_type(&m);
        let recv = if args.iter().any(|a| self.has_call(a)) { self.stable(rt, recv) } else { recv };
        let mut vals = self.args(args, ptys, variadic, dots);
        if m.iface {
            vals.insert(0, (known::unsafe_ptr(), Val::one(recv.s()[1])));
            let iface = canon(m.base.under());
            let mut tab = recv.s()[0];
            // All that was ever stored there is of one type.
            if let Some(t) = self.prog.stays(self.cp.pkg).and_then(|s| s.devirtualized(self.call_id)) {
                self.b.effect(Op::NilCheck, &[tab], Aux::None);
                tab = self.type_word(self.ty(t), iface);
            }
            let callee = Callee::Inter { tab, iface, index: m.index() };
            return Call { callee, args: vals, results: rtys, intrinsic: None, targs: Vec::new(), keep: Vec::new() };
        }
        vals.insert(0, (rt, recv));
        let sym = m.sym(self.prog, own);
        self.static_call(sym, Some(m.obj), vals, rtys, own.to_vec())
    }

    /// Evaluates arguments for parameters of types `ptys`.
    pub fn args(&mut self, args: &'static [Expr], ptys: &[Ty], variadic: bool, dots: bool) -> Vec<(Ty, Val)> {
        // f(g()) with several results.
        if args.len() == 1
            && self.raw_type(&args[0]).as_tuple().is_some()
            && matches!(args[0].unparen().kind, ExprKind::Call { .. })
        {
            let vals = self.call_multi(&args[0]);
            return self.spread(vals, ptys, variadic);
        }
        self.hoist_each_as(args, |i| match ptys.get(i) {
            Some(&t) if !(variadic && !dots && i + 1 == ptys.len()) => Some(t),
            _ => ptys.last().filter(|_| variadic && !dots).map(|&t| elem(t)),
        });
        if self.later == Some(self.call_id) {
            let o = self.give_all(args, ptys, variadic && !dots, self.call_id);
            self.given = Some(o.all);
            return o.now;
        }
        let fixed = if variadic && !dots { ptys.len() - 1 } else { ptys.len() };
        args[..fixed].iter().zip(ptys).for_each(|(a, &t)| self.hoist_lookups_as(a, t));
        // The slice of a variadic call is filled by statements ahead of the call.
        let ahead = args[..fixed].iter().any(|a| self.may_panic(a)) && args[fixed..].iter().any(|a| self.may_panic(a));
        let slice = (variadic && !dots && ahead).then(|| self.dots_slice(ptys[fixed], &args[fixed..]));
        let mut out: Vec<(Ty, Val)> = Vec::with_capacity(ptys.len());
        for (a, &t) in args[..fixed].iter().zip(ptys) {
            let v = self.expr_as(a, t);
            out.push((t, v));
        }
        if variadic && !dots {
            let slice = slice.unwrap_or_else(|| self.dots_slice(ptys[fixed], &args[fixed..]));
            out.push((ptys[fixed], slice));
        }
        out
    }
    /// The slice, of type `st`, of the values for a variadic parameter.
    fn dots_slice(&mut self, st: Ty, rest: &'static [Expr]) -> Val {
        let et = elem(st);
        if self.reporting() {
            self.set_pos(self.call_pos);
        }
        let id = self.call_id;
        let v = self.slice_of(st, rest.len(), |s, i, a| {
            s.hoist_lookups(&rest[i]);
            let v = s.expr_as(&rest[i], et);
            s.store(a, et, &v);
        });
        if !rest.is_empty() {
            self.mark_site(v.s()[0], crate::flow::Site::Dots, id);
        }
        v
    }
    fn spread(&mut self, vals: Vec<(Ty, Val)>, ptys: &[Ty], variadic: bool) -> Vec<(Ty, Val)> {
        let fixed = if variadic { ptys.len() - 1 } else { ptys.len() };
        let mut out = Vec::new();
        for ((vt, v), &t) in vals.iter().zip(&ptys[..fixed]) {
            let v = self.assign_conv(v.clone(), *vt, t);
            out.push((t, v));
        }
        if variadic {
            let st = ptys[fixed];
            let et = elem(st);
            let rest = &vals[fixed..];
            let v = self.slice_of(st, rest.len(), |s, i, a| {
                let v = s.assign_conv(rest[i].1.clone(), rest[i].0, et);
                s.store(a, et, &v);
            });
            out.push((st, v));
        }
        out
    }
    /// A new slice of `n` elements filled by `fill`.
    pub fn slice_of(&mut self, st: Ty, n: usize, mut fill: impl FnMut(&mut Self, usize, Addr)) -> Val {
        if n == 0 {
            return self.zero_val(st);
        }
        let et = elem(st);
        let at = known::array(n as i64, et);
        let p = self.b.val(Op::Alloc(AllocKind::SliceLit), &[], Aux::Alloc { ty: at, what: "... argument" }, Type::Ptr);
        for i in 0..n {
            fill(self, i, Addr::heap(p).plus(i as u64 * size(et)));
        }
        let c = self.b.int(n as i64);
        Val::of(&[p, c, c])
    }

    /// Passes the arguments, calls, and takes the results.
    pub fn emit_call(&mut self, c: Call) -> Vec<(Ty, Val)> {
        if let Some(o) = c.intrinsic
            && let Some(r) = self.intrinsic(o, &c)
        {
            return c.results.iter().copied().zip(r).collect();
        }
        if let Callee::Row(row) = c.callee {
            return self.call_row(row, &c);
        }
        let ptys: Vec<Ty> = c.args.iter().map(|a| a.0).collect();
        let asg = assign(&ptys, &c.results);
        let mut regs: SmallVec<[Value; 8]> = SmallVec::new();
        let block = (asg.block > 0).then(|| self.argument_block(asg.block));
        for (w, (t, v)) in asg.params.iter().zip(&c.args) {
            match w {
                Where::Regs(cs) => regs.extend(self.to_abi(cs, v)),
                Where::Block(_) if size(*t) == 0 => {}
                Where::Block(off) => self.store(block.expect("block").plus(*off), *t, v),
            }
        }
        if let Some(a) = block {
            let p = self.addr_value(a);
            regs.push(p);
        }
        let rtys = asg.sig.results.clone();
        let sig = Box::new(asg.sig.clone());
        let r = match c.callee {
            Callee::Static(s) => self.b.inst(Op::Call, &regs, Aux::Call { callee: s, sig }, &rtys),
            Callee::Closure(f) => {
                regs.insert(0, f);
                self.b.inst(Op::CallClosure, &regs, Aux::Sig(sig), &rtys)
            }
            Callee::Inter { tab, iface, index } => {
                regs.insert(0, tab);
                self.b.inst(Op::CallInter, &regs, Aux::CallInter { iface, method: index, sig }, &rtys)
            }
            Callee::Row(_) => unreachable!("handled above"),
        };
        let mut next = 0;
        let mut out = Vec::with_capacity(c.results.len());
        for (w, &t) in asg.results.iter().zip(&c.results) {
            let v = match w {
                Where::Regs(cs) => {
                    let vals = &r[next..next + cs.len()];
                    next += cs.len();
                    let vals: Scalars = vals.into();
                    self.from_abi(t, cs, &vals)
                }
                Where::Block(_) if size(t) == 0 => self.zero_val(t),
                Where::Block(off) => self.load(block.expect("block").plus(*off), t),
            };
            out.push((t, v));
        }
        out
    }
    /// A runtime function in Rust, called by its Go declaration.
    fn call_row(&mut self, row: &'static funcs::RuntimeFn, c: &Call) -> Vec<(Ty, Val)> {
        let mut words = Vec::new();
        for (t, v) in &c.args {
            let mut cs = SmallVec::new();
            assert!(flatten(*t, 0, 16, &mut cs), "argument of runtime.{}", row.name);
            let vals = self.to_abi(&cs, v);
            for (c, v) in cs.iter().zip(vals) {
                words.push(if c.ty.is_int() && c.ty.size() < 8 { self.to_i64(v, c.signed) } else { v });
            }
        }
        let mut rts = Vec::new();
        let mut ends = Vec::new();
        for &t in &c.results {
            rts.extend(comps(t).iter().map(|c| c.ty));
            ends.push(rts.len());
        }
        let r = self.rt_row(row, &words, &rts);
        let mut from = 0;
        c.results
            .iter()
            .zip(ends)
            .map(|(&t, end)| {
                let v = Val::of(&r[from..end]);
                from = end;
                (t, v)
            })
            .collect()
    }

    // ---- methods as values

    /// `x.M` not called: a closure that holds the receiver.
    pub fn method_value(&mut self, e: &'static Expr, x: &'static Expr, s: &Selection) -> Val {
        let own = self.instance_id(e).map_or_else(Vec::new, |id| self.targs_at(id));
        let m = self.selected_method(x, s);
        let recv = self.receiver(x, &m);
        self.set_pos(e.pos);
        let rt = self.receiver_type(&m);
        if m.iface {
            // A nil interface panics now.
            let tab = recv.s()[0];
            self.b.effect(Op::NilCheck, &[tab], Aux::None);
        }
        let sym = crate::wrappers::method_value_sym(rt, &m, &own);
        let p = self.closure_record(sym, &[(rt, recv)]);
        self.mark_site(p, crate::flow::Site::MethodValue, e.id);
        Val::one(p)
    }
    /// `T.M` not called: a function whose first parameter is the receiver.
    pub fn method_expr(&mut self, e: &'static Expr, s: &Selection) -> Val {
        let own = self.instance_id(e).map_or_else(Vec::new, |id| self.targs_at(id));
        let ExprKind::Selector { x, .. } = &e.kind else { panic!("method expression") };
        let rt = self.type_expr(x);
        let m = find_method(rt, s.obj.pkg(), s.obj.name());
        let sym = if !m.iface && m.path.is_empty() && m.ptr_recv == is_ptr(rt) {
            m.sym(self.prog, &own)
        } else {
            crate::wrappers::method_expr_sym(rt, &m, &own)
        };
        Val::one(self.func_value(sym))
    }
    /// A closure record: code of `sym`, then the values.
    pub fn closure_record(&mut self, sym: Sym, vals: &[(Ty, Val)]) -> Value {
        if vals.is_empty() {
            return self.func_value(sym);
        }
        let tys: Vec<Ty> = vals.iter().map(|v| v.0).collect();
        let rec = crate::closure::record_type(&tys);
        let p = self.b.val(Op::Alloc(AllocKind::Closure), &[], Aux::Alloc { ty: rec, what: "func literal" }, Type::Ptr);
        let code = self.b.sym_addr(sym, 0);
        let a = Addr::heap(p);
        self.store1(a, code, false);
        let offs = field_offsets(rec);
        for (i, (t, v)) in vals.iter().enumerate() {
            self.store(a.plus(offs[i + 1]), *t, v);
        }
        p
    }
}
