//! Static initialisation: values of package-level variables that are known before the program runs become data.
//!
//! What counts is decided by one function, [`static_value`], asked both when a variable's data is made and when the
//! package's initialiser is lowered, so that exactly one of them does the work.

use crate::fx::*;
use crate::layout::*;
use crate::names;
use crate::program::Program;
use goxide_base::Pos;
use goxide_ssa::*;
use goxide_syntax::ast::{Expr, ExprKind, Op as Tok, Stmt, StmtKind};
use goxide_syntax::pragma::PragmaFlags;
use goxide_types::constant::Value as Const;
use goxide_types::{CheckedPackage, Mode, Obj, Ty, TyKind, VarKind};

/// Memory being filled.
pub struct Image {
    pub bytes: Vec<u8>,
    pub relocs: Vec<DataReloc>,
}

impl Image {
    pub fn new(size: u64) -> Image {
        Image { bytes: vec![0; size as usize], relocs: Vec::new() }
    }
    pub fn put(&mut self, off: u64, b: &[u8]) {
        self.bytes[off as usize..off as usize + b.len()].copy_from_slice(b);
    }
    pub fn reloc(&mut self, off: u64, target: Sym, addend: i64) {
        self.relocs.push(DataReloc { off: off as u32, kind: DataRelocKind::Abs64, target, addend });
    }
    fn is_zero(&self) -> bool {
        self.relocs.is_empty() && self.bytes.iter().all(|b| *b == 0)
    }
}

/// Largest image made (tables of tens of megabytes would only bloat the file).
const MAX_IMAGE: u64 = 16 << 20;

struct Static<'a> {
    prog: &'a Program,
    /// The package of the expression that is being looked at.
    cp: &'a CheckedPackage,
    /// Parameters of the functions whose results are being made, and the constants they were given.
    given: Vec<(Obj, &'a Const)>,
    /// Calls that were replaced by their results.
    calls: Vec<(Pos, Sym)>,
    /// How many calls are around, and where the outermost is.
    depth: u32,
    at: Pos,
    /// Name that the pieces a value points to hang from.
    base: String,
    pieces: u32,
    out: Vec<DataDef>,
}

/// Definition of a package-level variable: its initial value if that is static, else zero.
pub fn global(prog: &Program, o: Obj, sym: Sym) -> Vec<DataDef> {
    let cp = prog.package_of(o);
    let t = canon(o.ty());
    let mut s = Static::new(prog, cp, sym.name());
    let mut img = None;
    if let Some(files) = prog.embed_of(o) {
        let mut i = Image::new(size(t));
        s.out = crate::embed::value(prog, sym, t, files, &mut i);
        img = Some(i);
    } else if let Some(e) = initializer(cp, o) {
        img = s.value_of(e, t);
    }
    let img = match img {
        Some(i) => i,
        None => {
            s.out.clear();
            Image { bytes: Vec::new(), relocs: Vec::new() }
        }
    };
    let def = define(sym, t, img);
    s.out.insert(0, def);
    s.out
}
/// The initialiser of a single variable.
fn initializer(cp: &CheckedPackage, o: Obj) -> Option<&'static Expr> {
    cp.info.init_order.iter().find(|i| i.lhs.len() == 1 && i.lhs[0] == o).map(|i| i.rhs)
}
/// Whether the variable's value is data, so that nothing is to be done at start-up.
pub fn is_static(prog: &Program, cp: &CheckedPackage, o: Obj, e: &'static Expr) -> bool {
    Static::new(prog, cp, "?").value_of(e, canon(o.ty())).is_some()
}
/// The calls in initialisers of a package whose results are data, with what they call.
pub fn calls(prog: &Program, cp: &CheckedPackage) -> Vec<(Pos, Sym)> {
    let one = |i: &goxide_types::Initializer| {
        let mut s = Static::new(prog, cp, "?");
        let [o] = i.lhs[..] else { return Vec::new() };
        s.value_of(i.rhs, canon(o.ty())).map_or(Vec::new(), |_| s.calls)
    };
    cp.info.init_order.iter().flat_map(one).collect()
}

/// Variables of our package `runtime` that nobody may write. Programs get hold of them: `reflect.StructField.Index` points
/// into this array, so a write there has to fault as it does with gc, or it would change every other small number.
const CONSTANT_VARS: &[&str] = &["runtime.staticuint64s"];

fn define(sym: Sym, t: Ty, img: Image) -> DataDef {
    let i = info(t);
    let zero = img.is_zero();
    let section = match (zero, i.ptrs) {
        (false, false) if CONSTANT_VARS.contains(&sym.name()) => Section::Rodata,
        (true, true) => Section::Bss,
        (true, false) => Section::NoptrBss,
        (false, true) => Section::Data,
        (false, false) => Section::NoptrData,
    };
    let ptrmask = if i.ptrs { ptrmask(t) } else { Vec::new() };
    DataDef {
        sym,
        section,
        align: i.align.max(1),
        bytes: if zero { Vec::new() } else { img.bytes },
        size: i.size,
        relocs: img.relocs,
        ptrmask,
    }
}
/// Bit i: word i holds a pointer.
fn ptrmask(t: Ty) -> Vec<u8> {
    let mut m = vec![0u8; size(t).div_ceil(8).div_ceil(8) as usize];
    goxide_types::for_each_pointer(t, 0, &mut |off| {
        let w = off / 8;
        m[(w / 8) as usize] |= 1 << (w % 8);
        true
    });
    m
}

impl<'a> Static<'a> {
    fn new(prog: &'a Program, cp: &'a CheckedPackage, base: &str) -> Static<'a> {
        let (given, calls, out) = (Vec::new(), Vec::new(), Vec::new());
        Static { prog, cp, given, calls, depth: 0, at: Pos::NONE, base: base.to_owned(), pieces: 0, out }
    }
    fn value_of(&mut self, e: &'static Expr, t: Ty) -> Option<Image> {
        if size(t) > MAX_IMAGE {
            return None;
        }
        let mut img = Image::new(size(t));
        self.value(e, t, &mut img, 0).then_some(img)
    }
    fn ty(&self, e: &Expr) -> Option<Ty> {
        self.cp.info.type_of(e).map(canon)
    }
    fn const_of(&self, e: &Expr) -> Option<&'a Const> {
        let own = self.cp.info.types.get(e.id).and_then(|t| t.value.as_ref());
        own.or_else(|| {
            let o = self.cp.info.uses.get(e.unparen().id)?;
            self.given.iter().rev().find(|g| g.0 == *o).map(|g| g.1)
        })
    }
    /// A symbol for something a value points to.
    fn piece(&mut self) -> Sym {
        self.pieces += 1;
        Sym::intern(&format!("{}..stmp_{}", self.base, self.pieces), SymKind::Data)
    }
    fn add(&mut self, sym: Sym, t: Ty, img: Image) {
        let d = define(sym, t, img);
        self.out.push(d);
    }

    /// Writes the value of `e` as type `t` at `off`; false if it is not static.
    fn value(&mut self, e: &'static Expr, t: Ty, img: &mut Image, off: u64) -> bool {
        let info = &self.cp.info;
        if info.types.get(e.unparen().id).is_some_and(|x| x.mode == Mode::NilValue) {
            return true;
        }
        let Some(src) = self.ty(e) else { return false };
        if is_iface(t) && !is_iface(src) {
            return self.boxed(e, src, t, img, off);
        }
        if is_iface(t) && src != t {
            return false;
        }
        if let Some(c) = self.const_of(e) {
            return put_const(c, t, img, off);
        }
        match &e.kind {
            ExprKind::Paren(x) => self.value(x, t, img, off),
            ExprKind::Call { fun, args, has_dots: false } => self.call(e, fun, args, t, img, off),
            ExprKind::CompositeLit { .. } => self.literal(e, t, img, off),
            ExprKind::Unary { op: Tok::And, x } => {
                let x = x.unparen();
                match &x.kind {
                    ExprKind::CompositeLit { .. } => self.pointer_to(x, elem(t), img, off),
                    ExprKind::Name(_) => match info.uses.get(x.id) {
                        Some(&o) if o.as_var().is_some_and(|v| v.kind() == VarKind::Package) => {
                            img.reloc(off, self.prog.var_sym(o), 0);
                            true
                        }
                        _ => false,
                    },
                    _ => false,
                }
            }
            ExprKind::Name(_) => match info.uses.get(e.id) {
                Some(&o) if o.is_func() && !info.instances.contains_key(&e.id) => {
                    let f = self.prog.func_sym(o, &[]);
                    img.reloc(off, names::funcval_sym(f), 0);
                    true
                }
                _ => false,
            },
            ExprKind::Selector { sel, .. } if info.selections.get(e.id).is_none() => match info.uses.get(sel.id) {
                Some(&o) if o.is_func() && !info.instances.contains_key(&sel.id) => {
                    let f = self.prog.func_sym(o, &[]);
                    img.reloc(off, names::funcval_sym(f), 0);
                    true
                }
                _ => false,
            },
            _ => false,
        }
    }
    /// The result of a function that does nothing but make it out of constants it is given, as `errors.New` does.
    fn call(&mut self, e: &Expr, fun: &Expr, args: &[Expr], t: Ty, img: &mut Image, off: u64) -> bool {
        let Some((f, x)) = self.plain_result(fun) else { return false };
        let sig = f.sig();
        let given: Option<Vec<&'a Const>> = args.iter().map(|a| self.const_of(a)).collect();
        let Some(given) = given.filter(|g| g.len() == sig.params().len() && !sig.variadic()) else { return false };
        // A constant in an interface is a value of its own type, which the parameter does not tell.
        if self.depth >= 4 || sig.params().iter().any(|p| is_iface(canon(p.ty()))) {
            return false;
        }
        let own = std::mem::replace(&mut self.cp, self.prog.package_of(f));
        let known = self.given.len();
        self.given.extend(sig.params().iter().copied().zip(given));
        if self.depth == 0 {
            self.at = e.pos;
        }
        self.depth += 1;
        // The result has the declared type, which may be an interface that is converted to another.
        let declared = canon(sig.results()[0].ty());
        let done = declared == t && self.value(x, t, img, off);
        self.depth -= 1;
        self.given.truncate(known);
        self.cp = own;
        if done {
            self.calls.push((self.at, self.prog.func_sym(f, &[])));
        }
        done
    }
    /// A function that is named, and what it returns if that is all it does.
    fn plain_result(&self, fun: &Expr) -> Option<(Obj, &'static Expr)> {
        let fun = fun.unparen();
        let o = match &fun.kind {
            ExprKind::Name(_) => *self.cp.info.uses.get(fun.id)?,
            ExprKind::Selector { sel, .. } if self.cp.info.selections.get(fun.id).is_none() => {
                *self.cp.info.uses.get(sel.id)?
            }
            _ => return None,
        };
        if !o.is_func() || o.pragma().has(PragmaFlags::NOINLINE) {
            return None;
        }
        let sig = o.sig_opt()?;
        if sig.recv().is_some() || !sig.tparams().is_empty() || sig.results().len() != 1 {
            return None;
        }
        match &o.decl()?.body.as_ref()?.stmts[..] {
            [Stmt { kind: StmtKind::Return(Some(x)), .. }] => Some((o, x)),
            _ => None,
        }
    }
    fn pointer_to(&mut self, lit: &'static Expr, t: Ty, img: &mut Image, off: u64) -> bool {
        if size(t) == 0 {
            img.reloc(off, self.prog.sym_of_name("runtime.zerobase"), 0);
            return true;
        }
        let sym = self.piece();
        let mut inner = Image::new(size(t));
        if !self.literal(lit, t, &mut inner, 0) {
            return false;
        }
        self.add(sym, t, inner);
        img.reloc(off, sym, 0);
        true
    }
    fn literal(&mut self, e: &'static Expr, t: Ty, img: &mut Image, off: u64) -> bool {
        let ExprKind::CompositeLit { elems, .. } = &e.kind else { return false };
        if is_ptr(t) {
            return self.pointer_to(e, elem(t), img, off);
        }
        match t.under().kind() {
            TyKind::Struct(_) => {
                let offs = field_offsets(t);
                for (i, x) in elems.iter().enumerate() {
                    let (i, v) = match &x.kind {
                        ExprKind::KeyValue { key, value } => {
                            let ExprKind::Name(n) = &key.kind else { return false };
                            let pkg = self.cp.info.uses.get(key.id).and_then(|o| o.pkg()).or(Some(self.cp.pkg));
                            match goxide_types::lookup::field_index(fields(t), pkg, *n, false) {
                                Some(i) => (i, &**value),
                                None => return false,
                            }
                        }
                        _ => (i, x),
                    };
                    let ft = field_ty(t, i);
                    if fields(t)[i].name().is_blank() {
                        // Nothing is stored in `_`.
                        if !self.value(v, ft, &mut Image::new(size(ft)), 0) {
                            return false;
                        }
                        continue;
                    }
                    if !self.value(v, ft, img, off + offs[i]) {
                        return false;
                    }
                }
                true
            }
            TyKind::Array(_) => {
                let Some((items, _)) = self.items(elems) else { return false };
                let et = elem(t);
                items.into_iter().all(|(i, x)| self.value(x, et, img, off + i * size(et)))
            }
            TyKind::Slice(_) => {
                let Some((items, n)) = self.items(elems) else { return false };
                let et = elem(t);
                if n.saturating_mul(size(et)) > MAX_IMAGE {
                    return false;
                }
                if n == 0 || size(et) == 0 && items.iter().all(|&(_, x)| self.value(x, et, &mut Image::new(0), 0)) {
                    img.reloc(off, self.prog.sym_of_name("runtime.zerobase"), 0);
                    img.put(off + 8, &n.to_le_bytes());
                    img.put(off + 16, &n.to_le_bytes());
                    return true;
                }
                let at = known::array(n as i64, et);
                let sym = self.piece();
                let mut inner = Image::new(size(at));
                if !items.into_iter().all(|(i, x)| self.value(x, et, &mut inner, i * size(et))) {
                    return false;
                }
                self.add(sym, at, inner);
                img.reloc(off, sym, 0);
                img.put(off + 8, &n.to_le_bytes());
                img.put(off + 16, &n.to_le_bytes());
                true
            }
            _ => false,
        }
    }
    fn items(&self, list: &'static [Expr]) -> Option<(Vec<(u64, &'static Expr)>, u64)> {
        let mut next = 0;
        let mut n = 0;
        let mut out = Vec::new();
        for x in list {
            let (i, v) = match &x.kind {
                ExprKind::KeyValue { key, value } => (self.const_of(key)?.to_int().uint64_val()?, &**value),
                _ => (next, x),
            };
            out.push((i, v));
            next = i + 1;
            n = n.max(next);
        }
        Some((out, n))
    }
    /// A concrete value in an interface.
    fn boxed(&mut self, e: &'static Expr, src: Ty, t: Ty, img: &mut Image, off: u64) -> bool {
        let src = crate::convert::default_type(src);
        let word = if is_eface(t) { names::type_sym(src) } else { names::itab_sym(src, t) };
        if size(src) == 0 || is_mem(src) && size(src) > MAX_IMAGE {
            return false;
        }
        if is_direct_iface(src) {
            if !self.value(e, src, img, off + 8) {
                return false;
            }
        } else {
            let sym = self.piece();
            let mut inner = Image::new(size(src));
            if !self.value(e, src, &mut inner, 0) {
                return false;
            }
            self.add(sym, src, inner);
            img.reloc(off + 8, sym, 0);
        }
        img.reloc(off, word, 0);
        true
    }
}

fn put_const(c: &Const, t: Ty, img: &mut Image, off: u64) -> bool {
    if is_string(t) {
        let b = c.string_val();
        if !b.is_empty() {
            img.reloc(off, names::string_sym(b), 0);
            img.put(off + 8, &(b.len() as u64).to_le_bytes());
        }
        return true;
    }
    if is_bool(t) {
        img.put(off, &[u8::from(c.bool_val())]);
        return true;
    }
    let float = |img: &mut Image, off: u64, c: &Const, wide: bool| {
        if wide {
            img.put(off, &c.to_float().float64_val().0.to_le_bytes());
        } else {
            img.put(off, &c.to_float().float32_val().0.to_le_bytes());
        }
    };
    if is_float(t) {
        float(img, off, c, size(t) == 8);
        return true;
    }
    if is_complex(t) {
        let z = c.to_complex();
        let half = size(t) / 2;
        float(img, off, &z.real(), half == 8);
        float(img, off + half, &z.imag(), half == 8);
        return true;
    }
    if is_int(t) || is_unsafe_ptr(t) {
        let n = c.to_int().wrapped_u64();
        img.put(off, &n.to_le_bytes()[..size(t) as usize]);
        return true;
    }
    false
}

/// Read-only data for the elements of a slice literal inside a function, if all are constants and there are many.
pub fn static_array(fx: &mut Fx<'_>, items: &[(u64, &'static Expr)], et: Ty, n: u64) -> Option<Sym> {
    if items.len() < 8 || !matches!(et.under().kind(), TyKind::Basic(_)) || n * size(et) > MAX_IMAGE {
        return None;
    }
    let mut img = Image::new(n * size(et));
    for &(i, x) in items {
        let c = fx.const_of(x)?;
        if !put_const(c, et, &mut img, i * size(et)) {
            return None;
        }
    }
    let k = {
        let mut o = fx.out.borrow_mut();
        o.ndata += 1;
        o.ndata
    };
    let sym = Sym::intern(&format!("{}..stat_{k}", fx.b.f.sym.name()), SymKind::Data);
    fx.out.borrow_mut().data.push(DataDef {
        sym,
        section: Section::Rodata,
        align: align(et).max(8),
        size: n * size(et),
        bytes: img.bytes,
        relocs: img.relocs,
        ptrmask: Vec::new(),
    });
    Some(sym)
}
