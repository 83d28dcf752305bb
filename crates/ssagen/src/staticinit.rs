//! Package initialisation: variables whose initial value is known become data, the rest is code.
//!
//! Static are constants, composite literals of static values, addresses of literals and package-level variables, func
//! values, conversions of those to interfaces, and calls of functions that just return such an expression of their
//! parameters (`errors.New`). Everything else is assigned by the package's `init` function in initialisation order.

use crate::fx::*;
use crate::layout::*;
use crate::names;
use crate::program::Program;
use crate::vars::{VarFacts, analyse_expr};
use crate::wrappers::synthetic;
use goxide_base::FxHashMap;
use goxide_ssa::*;
use goxide_syntax::ast::{Expr, ExprKind, FuncLit, Op as Tok, StmtKind};
use goxide_types::{BuiltinId, CheckedPackage, Info, Initializer, Mode, Obj, Pkg, Ty, TyKind, Value as Const, canon};
use std::cell::RefCell;
use std::rc::Rc;

/// Functions are looked through this deep.
const MAX_CALLS: u32 = 4;
/// Data beyond this is left to code (zero-filled anyway).
const MAX_SIZE: u64 = 1 << 26;

/// Memory being filled in.
struct Image {
    bytes: Vec<u8>,
    relocs: Vec<DataReloc>,
}

impl Image {
    fn new(size: u64) -> Image {
        Image { bytes: vec![0; size as usize], relocs: Vec::new() }
    }
    fn put(&mut self, off: u64, bytes: &[u8]) {
        self.bytes[off as usize..off as usize + bytes.len()].copy_from_slice(bytes);
    }
    fn addr(&mut self, off: u64, target: Sym, addend: i64) {
        self.relocs.push(DataReloc { off: off as u32, kind: DataRelocKind::Abs64, target, addend });
    }
    /// The definition of variable-like memory of type `t`.
    fn define(self, sym: Sym, t: Ty, readonly: bool) -> DataDef {
        let i = info(t);
        let zero = self.relocs.is_empty() && self.bytes.iter().all(|b| *b == 0);
        let section = match (readonly, zero, i.ptrs) {
            (true, false, _) => Section::Rodata,
            (_, true, true) => Section::Bss,
            (_, true, false) => Section::NoptrBss,
            (_, false, true) => Section::Data,
            (_, false, false) => Section::NoptrData,
        };
        let ptrmask = if i.ptrs && section != Section::Rodata { mask(t) } else { Vec::new() };
        DataDef {
            sym,
            section,
            align: i.align.max(if i.size >= 8 { 8 } else { 1 }),
            bytes: if zero { Vec::new() } else { self.bytes },
            size: i.size,
            relocs: self.relocs,
            ptrmask,
        }
    }
}

/// Pointer mask of a type, a bit per word.
fn mask(t: Ty) -> Vec<u8> {
    let words = size(t).div_ceil(8);
    let mut m = vec![0u8; words.div_ceil(8) as usize];
    goxide_types::for_each_pointer(t, 0, &mut |off| {
        let w = (off / 8) as usize;
        m[w / 8] |= 1 << (w % 8);
        true
    });
    m
}

/// What the names in an expression mean: the package it is in, and (inside a looked-through function) the arguments.
struct Ctx<'a> {
    cp: &'a CheckedPackage,
    args: FxHashMap<Obj, &'static Expr>,
    /// Where the arguments are to be understood.
    outer: Option<&'a Ctx<'a>>,
    depth: u32,
}

/// Lowers the initialiser of `pkg`: its function, and the definitions of all its variables.
pub fn lower_pkg_init(prog: &Program, sym: Sym, pkg: Pkg, out: &Rc<RefCell<Out>>) {
    let cp = prog.checked(pkg);
    let mut fx = synthetic(prog, sym, &[], &[], out);
    fx.cp = cp;
    fx.names = Rc::new(Naming::new(sym.name(), false));
    fx.b.f.flags.wrapper = false;
    fx.b.f.flags.runtime = prog.is_runtime_pkg(pkg);
    let mut st = Static { prog, pkg, n: 0, out: out.clone(), defined: FxHashMap::default() };
    for i in &cp.info.init_order {
        init_one(&mut fx, &mut st, cp, i);
    }
    for &v in &cp.vars {
        st.default_definition(v);
    }
    // init functions, in the order of the files.
    let mut n = 0;
    for &f in cp.funcs.iter().filter(|f| f.name().as_str() == "init" && f.sig().recv().is_none()) {
        if f.decl().is_none_or(|d| d.body.is_none()) {
            continue;
        }
        let name = format!("{}.init.{n}", names::pkg_prefix(pkg));
        n += 1;
        let callee = Sym::intern(&name, SymKind::Func { obj: f, targs: std::sync::Arc::from([]) });
        fx.b.inst(Op::Call, &[], Aux::Call { callee, sig: Box::default() }, &[]);
    }
    fx.emit_ret(&[]);
    fx.finish();
    let mut o = out.borrow_mut();
    let mut defs: Vec<DataDef> = st.defined.into_values().collect();
    defs.sort_by_key(|d| d.sym.name());
    o.data.extend(defs);
}

fn init_one(fx: &mut Fx<'_>, st: &mut Static<'_>, cp: &CheckedPackage, i: &Initializer) {
    if let [v] = i.lhs[..] {
        let t = canon(v.ty());
        let cx = Ctx { cp, args: FxHashMap::default(), outer: None, depth: 0 };
        if size(t) <= MAX_SIZE {
            let mark = out_mark(&st.out);
            let mut im = Image::new(size(t));
            if st.value(fx, &cx, i.rhs, t, &mut im, 0) {
                if !v.name().is_blank() {
                    st.define_var(v, t, im);
                }
                return;
            }
            // Give back what was made on the way.
            out_reset(&st.out, mark);
        }
    }
    fx.facts = Rc::new(analyse_expr(&cp.info, &fx.subst.clone(), i.rhs));
    fx.memo.clear();
    fx.set_pos(i.rhs.pos);
    if let [v] = i.lhs[..] {
        let t = canon(v.ty());
        let x = fx.full_expr_as(i.rhs, t);
        assign_global(fx, v, t, &x);
        return;
    }
    let vals = fx.multi_values(i.rhs, i.lhs.len());
    for (&v, (vt, x)) in i.lhs.iter().zip(vals) {
        let t = canon(v.ty());
        let x = fx.assign_conv(x, vt, t);
        assign_global(fx, v, t, &x);
    }
    fx.facts = Rc::new(VarFacts::default());
}

fn out_mark(out: &Rc<RefCell<Out>>) -> (usize, usize) {
    let o = out.borrow();
    (o.funcs.len(), o.data.len())
}
fn out_reset(out: &Rc<RefCell<Out>>, (funcs, data): (usize, usize)) {
    let mut o = out.borrow_mut();
    o.funcs.truncate(funcs);
    o.data.truncate(data);
}

fn assign_global(fx: &mut Fx<'_>, v: Obj, t: Ty, x: &Val) {
    if v.name().is_blank() {
        return;
    }
    let s = fx.prog.var_sym(v);
    let a = Addr::heap(fx.b.sym_addr(s, 0));
    fx.store(a, t, x);
}

struct Static<'p> {
    prog: &'p Program,
    pkg: Pkg,
    /// Number of anonymous data made.
    n: u32,
    out: Rc<RefCell<Out>>,
    defined: FxHashMap<Sym, DataDef>,
}

impl Static<'_> {
    fn define_var(&mut self, v: Obj, t: Ty, im: Image) {
        let sym = self.prog.var_sym(v);
        self.defined.insert(sym, im.define(sym, t, false));
    }
    /// A variable without static value is zero until code runs, unless it is another name for a variable elsewhere.
    fn default_definition(&mut self, v: Obj) {
        if v.name().is_blank() {
            return;
        }
        let sym = self.prog.var_sym(v);
        if self.defined.contains_key(&sym) || *sym.kind() != SymKind::Global(v) {
            return;
        }
        let t = canon(v.ty());
        let i = info(t);
        self.defined.insert(
            sym,
            DataDef {
                sym,
                section: if i.ptrs { Section::Bss } else { Section::NoptrBss },
                align: i.align.max(if i.size >= 8 { 8 } else { 1 }),
                bytes: Vec::new(),
                size: i.size,
                relocs: Vec::new(),
                ptrmask: if i.ptrs { mask(t) } else { Vec::new() },
            },
        );
    }
    /// Anonymous memory of type `t`.
    fn anon(&mut self, t: Ty, im: Image, readonly: bool) -> Sym {
        let name = format!("{}..stmp_{}", names::pkg_prefix(self.pkg), self.n);
        self.n += 1;
        let sym = Sym::intern(&name, SymKind::Data);
        let d = im.define(sym, t, readonly);
        self.out.borrow_mut().data.push(d);
        sym
    }

    /// Writes the value of `e` as a `t` to `im` at `off`; false if it is not static (then `im` may be half written).
    fn value(&mut self, fx: &mut Fx<'_>, cx: &Ctx<'_>, e: &'static Expr, t: Ty, im: &mut Image, off: u64) -> bool {
        let info: &Info = &cx.cp.info;
        if let Some(tv) = info.types.get(e.id) {
            if let Some(c) = &tv.value {
                let src = if tv.ty.as_basic().is_some_and(|b| b.info.has(goxide_types::BasicInfo::UNTYPED)) && !is_iface(t) {
                    t
                } else {
                    canon(tv.ty)
                };
                return if is_iface(t) { self.boxed_const(c, src, t, im, off) } else { self.constant(c, t, im, off) };
            }
            if tv.mode == Mode::NilValue {
                return true;
            }
        }
        let from = info.type_of(e).map(canon);
        if let Some(src) = from
            && is_iface(t)
            && !is_iface(src)
            && !is_nil(src)
        {
            return self.boxed(fx, cx, e, src, t, im, off);
        }
        // Between interface types only the descriptor word differs; leave that to code.
        if let Some(src) = from
            && is_iface(t)
            && src != t
            && !matches!(e.kind, ExprKind::Paren(_) | ExprKind::Call { .. } | ExprKind::Name(_))
        {
            return false;
        }
        match &e.kind {
            ExprKind::Paren(x) => self.value(fx, cx, x, t, im, off),
            ExprKind::CompositeLit { .. } => {
                if is_ptr(t) {
                    let bt = elem(t);
                    return self.pointee(fx, cx, e, bt, im, off);
                }
                self.literal(fx, cx, e, t, im, off)
            }
            ExprKind::Unary { op: Tok::And, x } => self.address(fx, cx, x, im, off),
            ExprKind::FuncLit(f) => self.func_lit(fx, cx, e, f, im, off),
            ExprKind::Name(_) | ExprKind::Selector { .. } | ExprKind::Index { .. } => self.named(fx, cx, e, t, im, off),
            ExprKind::Call { fun, args, has_dots: false } => self.call(fx, cx, fun, args, t, im, off),
            _ => false,
        }
    }

    fn constant(&mut self, c: &Const, t: Ty, im: &mut Image, off: u64) -> bool {
        if is_string(t) {
            let b = c.string_val().to_vec();
            if !b.is_empty() {
                im.addr(off, names::string_sym(&b), 0);
                im.put(off + 8, &(b.len() as u64).to_le_bytes());
            }
            return true;
        }
        if is_bool(t) {
            im.put(off, &[u8::from(c.bool_val())]);
        } else if is_complex(t) {
            let z = c.to_complex();
            let half = size(t) / 2;
            for (k, x) in [z.real(), z.imag()].into_iter().enumerate() {
                float(&x, half, im, off + k as u64 * half);
            }
        } else if is_float(t) {
            float(c, size(t), im, off);
        } else if is_int(t) || is_unsafe_ptr(t) {
            let n = c.to_int().wrapped_u64();
            im.put(off, &n.to_le_bytes()[..size(t) as usize]);
        } else {
            return false;
        }
        true
    }

    fn type_word(&self, src: Ty, t: Ty) -> Sym {
        if is_eface(t) { names::type_sym(src) } else { names::itab_sym(src, t) }
    }
    fn boxed_const(&mut self, c: &Const, src: Ty, t: Ty, im: &mut Image, off: u64) -> bool {
        let src = crate::convert::default_type(src);
        let mut data = Image::new(size(src));
        if is_direct_iface(src) || !self.constant(c, src, &mut data, 0) {
            return false;
        }
        im.addr(off, self.type_word(src, t), 0);
        let d = self.anon(src, data, true);
        im.addr(off + 8, d, 0);
        true
    }
    /// A concrete value in an interface.
    #[allow(clippy::too_many_arguments)]
    fn boxed(&mut self, fx: &mut Fx<'_>, cx: &Ctx<'_>, e: &'static Expr, src: Ty, t: Ty, im: &mut Image, off: u64) -> bool {
        if size(src) == 0 {
            return false;
        }
        if is_direct_iface(src) {
            if !self.value(fx, cx, e, src, im, off + 8) {
                return false;
            }
            im.addr(off, self.type_word(src, t), 0);
            return true;
        }
        let mut data = Image::new(size(src));
        if size(src) > MAX_SIZE || !self.value(fx, cx, e, src, &mut data, 0) {
            return false;
        }
        im.addr(off, self.type_word(src, t), 0);
        let d = self.anon(src, data, true);
        im.addr(off + 8, d, 0);
        true
    }
    /// A pointer to a new variable with the value of literal `e`.
    fn pointee(&mut self, fx: &mut Fx<'_>, cx: &Ctx<'_>, e: &'static Expr, bt: Ty, im: &mut Image, off: u64) -> bool {
        if size(bt) > MAX_SIZE || size(bt) == 0 {
            return false;
        }
        let mut data = Image::new(size(bt));
        if !self.literal(fx, cx, e, bt, &mut data, 0) {
            return false;
        }
        let d = self.anon(bt, data, false);
        im.addr(off, d, 0);
        true
    }

    /// A composite literal of struct, array or slice type.
    fn literal(&mut self, fx: &mut Fx<'_>, cx: &Ctx<'_>, e: &'static Expr, t: Ty, im: &mut Image, off: u64) -> bool {
        let ExprKind::CompositeLit { elems, .. } = &e.kind else { return false };
        match t.under().kind() {
            TyKind::Struct(_) => {
                for (i, x) in elems.iter().enumerate() {
                    let (path, x): (Vec<usize>, &'static Expr) = match &x.kind {
                        ExprKind::KeyValue { key, value } => match field_path(cx, t, key) {
                            Some(p) => (p, value),
                            None => return false,
                        },
                        _ => (vec![i], x),
                    };
                    let (mut at, mut ft) = (off, t);
                    for i in path {
                        at += field_offsets(ft)[i];
                        ft = field_ty(ft, i);
                    }
                    if !self.value(fx, cx, x, ft, im, at) {
                        return false;
                    }
                }
                true
            }
            TyKind::Array(a) => self.elements(fx, cx, elems, canon(a.elem), im, off),
            TyKind::Slice(s) => {
                let et = canon(s.elem);
                let n = literal_len(cx, elems);
                let at = known::array(n as i64, et);
                if size(at) > MAX_SIZE {
                    return false;
                }
                let mut data = Image::new(size(at));
                if !self.elements(fx, cx, elems, et, &mut data, 0) {
                    return false;
                }
                let d = self.anon(at, data, false);
                im.addr(off, d, 0);
                im.put(off + 8, &n.to_le_bytes());
                im.put(off + 16, &n.to_le_bytes());
                true
            }
            _ => false,
        }
    }
    fn elements(&mut self, fx: &mut Fx<'_>, cx: &Ctx<'_>, elems: &'static [Expr], et: Ty, im: &mut Image, off: u64) -> bool {
        let mut next = 0;
        for x in elems {
            let x = match &x.kind {
                ExprKind::KeyValue { key, value } => {
                    next = const_index(cx, key);
                    value
                }
                _ => x,
            };
            if !self.value(fx, cx, x, et, im, off + next * size(et)) {
                return false;
            }
            next += 1;
        }
        true
    }

    /// `&x`
    fn address(&mut self, fx: &mut Fx<'_>, cx: &Ctx<'_>, x: &'static Expr, im: &mut Image, off: u64) -> bool {
        let x = x.unparen();
        if let ExprKind::CompositeLit { .. } = &x.kind {
            let Some(t) = cx.cp.info.type_of(x).map(canon) else { return false };
            return self.pointee(fx, cx, x, t, im, off);
        }
        match place(cx, x) {
            Some((v, add)) if v.pkg().is_some() => {
                im.addr(off, self.prog.var_sym(v), add as i64);
                true
            }
            _ => false,
        }
    }

    fn func_lit(&mut self, fx: &mut Fx<'_>, cx: &Ctx<'_>, e: &'static Expr, f: &'static FuncLit, im: &mut Image, off: u64) -> bool {
        // Only at package level are there no variables to capture.
        if cx.outer.is_some() {
            return false;
        }
        fx.facts = Rc::new(analyse_expr(&cx.cp.info, &fx.subst.clone(), e));
        let v = fx.func_lit(e, f);
        let Some(i) = fx.b.f.def_inst(v) else { return false };
        match &fx.b.f.insts[i.index()].aux {
            Aux::Sym(s, 0) => {
                im.addr(off, *s, 0);
                true
            }
            _ => false,
        }
    }

    /// A function by name, or a parameter of the function looked through.
    fn named(&mut self, fx: &mut Fx<'_>, cx: &Ctx<'_>, e: &'static Expr, t: Ty, im: &mut Image, off: u64) -> bool {
        let o = match &e.kind {
            ExprKind::Name(_) => cx.cp.info.uses.get(e.id).copied(),
            ExprKind::Selector { sel, .. } if cx.cp.info.selections.get(e.id).is_none() => {
                cx.cp.info.uses.get(sel.id).copied()
            }
            _ => None,
        };
        let Some(o) = o else { return false };
        if let (Some(&a), Some(outer)) = (cx.args.get(&o), cx.outer) {
            return self.value(fx, outer, a, t, im, off);
        }
        if !o.is_func() || is_iface(t) || o.sig().recv().is_some() || !o.sig().tparams().is_empty() {
            return false;
        }
        // Intrinsics and rows have no body to point to; ordinary lowering knows how to wrap them.
        if o.decl().is_none_or(|d| d.body.is_none()) {
            return false;
        }
        im.addr(off, names::funcval_sym(self.prog.func_sym(o, &[])), 0);
        true
    }

    #[allow(clippy::too_many_arguments)]
    fn call(&mut self, fx: &mut Fx<'_>, cx: &Ctx<'_>, fun: &'static Expr, args: &'static [Expr], t: Ty, im: &mut Image, off: u64) -> bool {
        let inf = &cx.cp.info;
        if inf.types.get(fun.unparen().id).is_some_and(|tv| tv.is_type()) {
            return args.len() == 1 && self.conversion(fx, cx, &args[0], t, im, off);
        }
        if inf.builtin_of(fun) == Some(BuiltinId::New)
            && args.len() == 1
            && inf.types.get(args[0].id).is_some_and(|tv| tv.is_type())
            && is_ptr(t)
            && size(elem(t)) > 0
        {
            let bt = elem(t);
            let d = self.anon(bt, Image::new(size(bt)), false);
            im.addr(off, d, 0);
            return true;
        }
        self.look_through(fx, cx, fun, args, t, im, off)
    }

    /// `T(x)` where the representation stays, and `[]byte("…")`.
    fn conversion(&mut self, fx: &mut Fx<'_>, cx: &Ctx<'_>, x: &'static Expr, t: Ty, im: &mut Image, off: u64) -> bool {
        let Some(src) = cx.cp.info.type_of(x).map(canon) else { return false };
        if is_byte_slice(t) {
            let Some(c) = cx.cp.info.types.get(x.id).and_then(|tv| tv.value.as_ref()) else { return false };
            if !is_string(src) {
                return false;
            }
            let b = c.string_val().to_vec();
            let n = b.len() as u64;
            let mut data = Image::new(n);
            data.put(0, &b);
            let d = self.anon(known::array(n as i64, known::uint8()), data, false);
            im.addr(off, d, 0);
            im.put(off + 8, &n.to_le_bytes());
            im.put(off + 16, &n.to_le_bytes());
            return true;
        }
        let same = goxide_types::canon_under(src) == goxide_types::canon_under(t)
            || is_iface(t) && !is_iface(src)
            || is_nil(src);
        same && self.value(fx, cx, x, t, im, off)
    }

    /// A call of a function whose body is one `return` of an expression of its parameters.
    #[allow(clippy::too_many_arguments)]
    fn look_through(&mut self, fx: &mut Fx<'_>, cx: &Ctx<'_>, fun: &'static Expr, args: &'static [Expr], t: Ty, im: &mut Image, off: u64) -> bool {
        if cx.depth >= MAX_CALLS {
            return false;
        }
        let f = fun.unparen();
        let o = match &f.kind {
            ExprKind::Name(_) => cx.cp.info.uses.get(f.id).copied(),
            ExprKind::Selector { sel, .. } if cx.cp.info.selections.get(f.id).is_none() => {
                cx.cp.info.uses.get(sel.id).copied()
            }
            _ => None,
        };
        let Some(o) = o.filter(|o| o.is_func()) else { return false };
        let sig = o.sig();
        if sig.recv().is_some() || !sig.tparams().is_empty() || sig.variadic() || sig.params().len() != args.len() {
            return false;
        }
        let Some(body) = o.decl().and_then(|d| d.body.as_ref()) else { return false };
        if o.pragma().has(goxide_syntax::pragma::PragmaFlags::NOINLINE) {
            return false;
        }
        let [s] = &body.stmts[..] else { return false };
        let StmtKind::Return(Some(r)) = &s.kind else { return false };
        if r.list().len() != 1 || sig.results().len() != 1 {
            return false;
        }
        // Each argument is evaluated once, whatever the body does with it: only constants are safe to repeat or drop.
        if !args.iter().all(|a| cx.cp.info.types.get(a.id).is_some_and(|tv| tv.value.is_some())) {
            return false;
        }
        let rt = canon(sig.results()[0].ty());
        if rt != t && !(is_iface(rt) && is_iface(t) && goxide_types::canon_under(rt) == goxide_types::canon_under(t)) {
            return false;
        }
        let inner = Ctx {
            cp: self.prog.package_of(o),
            args: sig.params().iter().copied().zip(args).collect(),
            outer: Some(cx),
            depth: cx.depth + 1,
        };
        self.value(fx, &inner, r, rt, im, off)
    }
}

fn float(c: &Const, width: u64, im: &mut Image, off: u64) {
    let c = c.to_float();
    if width == 4 {
        im.put(off, &c.float32_val().0.to_bits().to_le_bytes());
    } else {
        im.put(off, &c.float64_val().0.to_bits().to_le_bytes());
    }
}

fn const_index(cx: &Ctx<'_>, key: &Expr) -> u64 {
    let c = cx.cp.info.types.get(key.id).and_then(|tv| tv.value.as_ref());
    c.map_or(0, |c| c.to_int().wrapped_u64())
}

fn literal_len(cx: &Ctx<'_>, elems: &[Expr]) -> u64 {
    let (mut next, mut max) = (0, 0);
    for x in elems {
        if let ExprKind::KeyValue { key, .. } = &x.kind {
            next = const_index(cx, key);
        }
        next += 1;
        max = max.max(next);
    }
    max
}

fn field_path(cx: &Ctx<'_>, t: Ty, key: &Expr) -> Option<Vec<usize>> {
    let ExprKind::Name(n) = &key.kind else { return None };
    let pkg = cx.cp.info.uses.get(key.id).and_then(|o| o.pkg()).or(Some(cx.cp.pkg));
    if let Some(i) = goxide_types::lookup::field_index(fields(t), pkg, *n, false) {
        return Some(vec![i]);
    }
    goxide_types::lookup::lookup_field_or_method(t, true, pkg, *n, false).index
}

/// The package-level variable and offset an addressable expression denotes, if that is known now.
fn place(cx: &Ctx<'_>, e: &Expr) -> Option<(Obj, u64)> {
    let e = e.unparen();
    let inf = &cx.cp.info;
    match &e.kind {
        ExprKind::Name(_) => inf.uses.get(e.id).copied().filter(|o| o.is_var() && o.is_package_level()).map(|o| (o, 0)),
        ExprKind::Selector { x, sel } => match inf.selections.get(e.id) {
            None => inf.uses.get(sel.id).copied().filter(|o| o.is_var() && o.is_package_level()).map(|o| (o, 0)),
            Some(s) => {
                let (v, mut off) = place(cx, x)?;
                let mut t = canon(inf.type_of(x)?);
                for &i in s.index.iter() {
                    if !is_struct(t) {
                        return None;
                    }
                    off += field_offsets(t)[i];
                    t = field_ty(t, i);
                }
                Some((v, off))
            }
        },
        ExprKind::Index { x, index } => {
            let (v, off) = place(cx, x)?;
            let t = canon(inf.type_of(x)?);
            if !is_array(t) {
                return None;
            }
            let n = inf.types.get(index.id)?.value.as_ref()?.to_int().wrapped_u64();
            Some((v, off + n * size(elem(t))))
        }
        _ => None,
    }
}
