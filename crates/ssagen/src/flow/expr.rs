//! Expressions.

use super::build::{Build, direct, dot_type, is_iface, is_type_param, pointers};
use super::graph::*;
use super::text::Printer;
use goxide_syntax::ast::*;
use goxide_types::{BasicInfo, BasicKind, Info, Mode, Selection, SelectionKind, Ty, predicates};

fn is_string(t: Ty) -> bool {
    predicates::is_basic(t, BasicInfo::STRING)
}
fn is_kind(t: Ty, k: BasicKind) -> bool {
    t.under().as_basic().is_some_and(|b| b.kind == k)
}

impl Build<'_> {
    /// Writes expressions for reports on package `own`, or on any other.
    pub fn printer(&self, own: Option<goxide_types::Pkg>) -> Printer<'_> {
        Printer { info: self.info, own, out: String::new() }
    }
    /// `e` where a value of type `t` is wanted.
    pub fn expr_as(&mut self, k: Hole, e: &'static Expr, t: Ty) {
        let e = e.unparen();
        let tv = self.info.types.get(e.id);
        if tv.is_some_and(|tv| tv.mode == Mode::NilValue) {
            return;
        }
        let Some(from) = self.ty(e) else { return };
        if !is_iface(t) || is_iface(from) {
            return self.expr(k, e);
        }
        self.boxed(k, e, from, e);
    }
    /// The conversion of `x` to an interface, written as `e` or not at all.
    fn boxed(&mut self, k: Hole, e: &'static Expr, from: Ty, x: &'static Expr) {
        if is_type_param(from) {
            // Instantiated with an interface type, the value goes on as it is.
            let s = self.spill(k, Site::Iface, x.id, e.pos, Some(e));
            let k = self.tee(&[k, s]);
            return self.expr(k, x);
        }
        let k = if direct(from) { k } else { self.spill(k, Site::Iface, x.id, e.pos, Some(e)) };
        self.expr(k, x);
    }

    pub fn expr(&mut self, mut k: Hole, e: &'static Expr) {
        let e = e.unparen();
        if let Some(tv) = self.info.types.get(e.id)
            && (tv.value.is_some() || matches!(tv.mode, Mode::TypExpr | Mode::NilValue | Mode::Builtin))
        {
            return;
        }
        let Some(t) = self.ty(e) else { return };
        if k.derefs >= 0 && !pointers(t) {
            k.dst = BLANK;
        }
        match &e.kind {
            ExprKind::Name(_) => {
                if let Some(o) = self.local(e.id) {
                    let l = self.var(o);
                    self.g.flow(k, l);
                }
            }
            ExprKind::FuncLit(f) => self.literal(k, e, f),
            ExprKind::CompositeLit { elems, .. } => self.composite(k, e, t, elems),
            ExprKind::Selector { x, .. } => {
                let Some(s) = self.info.selections.get(e.id).copied() else { return };
                match s.kind {
                    SelectionKind::FieldVal => self.field(k, e, x, &s, false),
                    SelectionKind::MethodVal => self.method_value(k, e, x, &s),
                    SelectionKind::MethodExpr => {}
                }
            }
            ExprKind::Index { x, index } => {
                let Some(xt) = self.ty(x) else { return };
                let u = xt.under();
                if u.as_sig().is_some() {
                    return; // an instance
                }
                if let Some((key, _)) = u.as_map() {
                    self.discard(x);
                    return self.expr_as(Hole::to(BLANK), index, key);
                }
                let whole = u.as_array().is_some() || is_type_param(xt);
                self.expr(if whole { k } else { k.deref() }, x);
                self.discard(index);
                self.elided_check(e, x, index);
            }
            ExprKind::Slice { x, index, .. } => {
                let array = self.ty(x).is_some_and(|t| t.under().as_array().is_some());
                if self.ty(x).is_some_and(is_type_param) && k.derefs >= 0 {
                    self.expr(k.addr(), x);
                }
                self.expr(if array { k.addr() } else { k }, x);
                index.iter().flatten().for_each(|i| self.discard(i));
            }
            ExprKind::Assert { x, ty } => {
                let t = self.ty(ty).unwrap_or(t);
                self.expr(dot_type(k, t), x);
            }
            ExprKind::Unary { op: Op::And, x } => {
                let x = x.unparen();
                if let ExprKind::CompositeLit { elems, .. } = &x.kind {
                    let k = self.spill(k, Site::PtrLit, e.id, e.pos, Some(e));
                    let t = self.ty(x).unwrap_or(t);
                    return self.composite(k, x, t, elems);
                }
                self.expr(k.addr(), x);
            }
            ExprKind::Unary { x, .. } => self.discard(x),
            ExprKind::Binary { op, x, y } => {
                if *op == Op::Add && is_string(t) {
                    self.spill(k, Site::Concat, e.id, e.pos, Some(e));
                    self.discard_sum(x);
                    return self.discard_sum(y);
                }
                match (self.ty(x), self.ty(y)) {
                    (Some(a), Some(b)) if op.is_comparison() && is_iface(a) != is_iface(b) => {
                        let (ta, tb) = if is_iface(a) { (a, a) } else { (b, b) };
                        self.expr_as(Hole::to(BLANK), x, ta);
                        self.expr_as(Hole::to(BLANK), y, tb);
                    }
                    _ => {
                        self.discard(x);
                        self.discard(y);
                    }
                }
            }
            ExprKind::Star(x) => self.expr(k.deref(), x),
            ExprKind::Call { .. } => self.call(Some(&[k]), e),
            _ => {}
        }
    }
    /// Operands of a sum of strings, which is one allocation.
    fn discard_sum(&mut self, e: &'static Expr) {
        let u = e.unparen();
        let constant = self.info.types.get(u.id).is_some_and(|t| t.value.is_some());
        match &u.kind {
            ExprKind::Binary { op: Op::Add, x, y } if !constant && std::ptr::eq(u, e) => {
                self.discard_sum(x);
                self.discard_sum(y);
            }
            _ => self.discard(u),
        }
    }

    /// `e`, the field of `x` that `s` selects. `base` stops at the last pointer on the way.
    pub fn field(&mut self, k: Hole, e: &'static Expr, x: &'static Expr, s: &Selection, base: bool) {
        let _ = e;
        let Some(t) = self.ty(x) else { return };
        let path = walk_path(t, s.index);
        let mut derefs = path.iter().filter(|p| **p).count() as i32;
        if base {
            derefs -= 1;
        }
        let k = if derefs > 0 { k.shift(derefs) } else { k };
        self.expr(k, x);
    }
    /// The receiver of a method, taken from `x`.
    pub fn receiver(&mut self, k: Hole, x: &'static Expr, s: &Selection) {
        let Some(t) = self.ty(x) else { return };
        let path = &s.index[..s.index.len() - 1];
        let steps = walk_path(t, path);
        let derefs = steps.iter().filter(|p| **p).count() as i32;
        let mut at = t;
        for &i in path {
            at = field_type(at, i);
        }
        let ptr = at.under().as_pointer().is_some();
        let mut k = k;
        if !is_iface(at) && !is_type_param(at) {
            match (s.obj.has_ptr_recv(), ptr) {
                (true, false) => k = k.addr(),
                (false, true) => k = k.deref(),
                _ => {}
            }
        }
        if derefs > 0 {
            k = k.shift(derefs);
        }
        self.expr(k, x);
    }
    fn method_value(&mut self, k: Hole, e: &'static Expr, x: &'static Expr, s: &Selection) {
        let closure = self.spill(k, Site::MethodValue, e.id, e.pos, Some(e));
        let param = match self.method_callee(x, s) {
            Some(c) => {
                let results = s.obj.sig_opt().map_or(0, |s| s.results().len());
                let ks = vec![Hole::to(HEAP); results];
                self.tag_hole(Some(&ks), &[c], 0)
            }
            None => Hole::to(HEAP),
        };
        let k = self.tee(&[param, closure]);
        self.receiver(k, x, s);
    }
    fn literal(&mut self, k: Hole, e: &'static Expr, f: &'static FuncLit) {
        let k = self.spill(k, Site::Closure, e.id, e.pos, Some(e));
        self.capture(e.id, k);
        let Some(&n) = self.g.lits.get(&e.id) else { return };
        self.g.closure_of.insert(k.dst, n);
        self.in_function(n, |b| b.block(&f.body));
    }
    /// Walks something of function `n`.
    pub fn in_function(&mut self, n: usize, walk: impl FnOnce(&mut Self)) {
        let results = self.g.funs[n].results.clone();
        let types = results.iter().map(|&r| match self.g.locs[r].what {
            What::Var(o) => o.ty(),
            _ => unreachable!("results are variables"),
        });
        let types: Vec<Ty> = types.collect();
        let inits = self.static_init;
        self.static_init &= self.g.funs[n].parent.is_none();
        let state = (
            std::mem::replace(&mut self.fun, n),
            std::mem::replace(&mut self.depth, 1),
            std::mem::replace(&mut self.results, results),
            std::mem::replace(&mut self.result_types, types),
        );
        walk(self);
        (self.fun, self.depth, self.results, self.result_types) = state;
        self.static_init = inits;
    }
    fn composite(&mut self, k: Hole, e: &'static Expr, t: Ty, elems: &'static [Expr]) {
        // Elements of a literal may omit `&T`.
        if let Some(base) = t.under().as_pointer() {
            let k = self.spill(k, Site::PtrLit, e.id, e.pos, Some(e));
            return self.composite(k, e, base, elems);
        }
        let u = t.under();
        let value = |e: &'static Expr| match &e.kind {
            ExprKind::KeyValue { value, .. } => &**value,
            _ => e,
        };
        if let Some(s) = u.as_struct() {
            for (i, el) in elems.iter().enumerate() {
                let ft = match &el.kind {
                    ExprKind::KeyValue { key, .. } => {
                        let name = match &key.kind {
                            ExprKind::Name(n) => *n,
                            _ => continue,
                        };
                        s.fields.iter().find(|f| f.name() == name)
                    }
                    _ => s.fields.get(i),
                };
                match ft {
                    Some(f) => self.expr_as(k, value(el), f.ty()),
                    None => self.expr(k, value(el)),
                }
            }
        } else if let Some(elem) = u.as_slice() {
            let k = self.spill(k, Site::SliceLit, e.id, e.pos, Some(e));
            elems.iter().for_each(|el| self.expr_as(k, value(el), elem));
        } else if let Some(a) = u.as_array() {
            elems.iter().for_each(|el| self.expr_as(k, value(el), a.elem));
        } else if let Some((key_type, elem)) = u.as_map() {
            self.spill(k, Site::MapLit, e.id, e.pos, Some(e));
            for el in elems {
                if let ExprKind::KeyValue { key, value } = &el.kind {
                    self.expr_as(Hole::to(HEAP), key, key_type);
                    self.expr_as(Hole::to(HEAP), value, elem);
                }
            }
        } else {
            for el in elems {
                if let ExprKind::KeyValue { key, .. } = &el.kind {
                    self.expr(Hole::to(HEAP), key);
                }
                self.expr(Hole::to(HEAP), value(el));
            }
        }
    }

    /// `T(x)`, written as `e`.
    pub fn conversion(&mut self, k: Hole, e: &'static Expr, t: Ty, x: &'static Expr) {
        let x = x.unparen();
        let tv = self.info.types.get(x.id);
        if tv.is_some_and(|tv| tv.mode == Mode::NilValue) {
            return;
        }
        let Some(from) = self.ty(x) else { return };
        if is_iface(t) && !is_iface(from) {
            return self.boxed(k, e, from, x);
        }
        let param = is_type_param(t) || is_type_param(from);
        let slices = t.under().as_slice().is_some() || from.under().as_slice().is_some();
        let text = is_string(t)
            && (from.under().as_slice().is_some() || predicates::is_basic(from, BasicInfo::INTEGER))
            || is_string(from) && t.under().as_slice().is_some();
        if text {
            self.spill(k, Site::Conv, e.id, e.pos, Some(e));
            return self.discard(x);
        }
        if param && slices {
            let s = self.spill(k, Site::Conv, e.id, e.pos, None);
            let k = self.tee(&[k, s]);
            return self.expr(k, x);
        }
        if from.under().as_slice().is_some() && t.under().as_array().is_some() {
            return self.expr(k.deref(), x);
        }
        if is_kind(t, BasicKind::UnsafePointer) && is_kind(from, BasicKind::Uintptr) {
            return self.unsafe_value(k, x);
        }
        self.expr(k, x);
    }
    /// An integer that becomes a pointer: what it may have been made from.
    pub fn unsafe_value(&mut self, k: Hole, e: &'static Expr) {
        let e = e.unparen();
        match &e.kind {
            ExprKind::Call { fun, args, .. }
                if args.len() == 1 && self.info.types.get(fun.unparen().id).is_some_and(|t| t.is_type()) =>
            {
                let from = self.ty(&args[0]);
                if from.is_some_and(|t| is_kind(t, BasicKind::UnsafePointer)) {
                    self.expr(k, &args[0]);
                } else if from.is_some_and(|t| is_kind(t, BasicKind::Uintptr)) {
                    self.unsafe_value(k, &args[0]);
                } else {
                    self.discard(&args[0]);
                }
            }
            ExprKind::Selector { x, .. } if self.header_data(e) => self.expr(k.deref(), x),
            ExprKind::Unary { op: Op::Add | Op::Sub | Op::Xor, x } => self.unsafe_value(k, x),
            ExprKind::Binary { op: Op::Shl | Op::Shr, x, y } => {
                self.unsafe_value(k, x);
                self.discard(y);
            }
            ExprKind::Binary { x, y, .. } => {
                self.unsafe_value(k, x);
                self.unsafe_value(k, y);
            }
            _ => self.discard(e),
        }
    }
    /// Whether `e` is field Data of a `reflect.SliceHeader` or `StringHeader` behind a pointer.
    pub fn header_data(&self, e: &Expr) -> bool {
        let ExprKind::Selector { x, sel } = &e.unparen().kind else { return false };
        sel.name == "Data"
            && self.ty(x).and_then(|t| t.under().as_pointer()).and_then(Ty::as_named).is_some_and(|n| {
                let o = n.obj();
                o.pkg().is_some_and(|p| p.path() == "reflect")
                    && (o.name() == "SliceHeader" || o.name() == "StringHeader")
            })
    }

    /// Whether an assignment stores nothing that was not in the same object before.
    pub fn self_assign(&self, dst: &Expr, src: &Expr) -> bool {
        let (dst, src) = (dst.unparen(), src.unparen());
        // b.buf = b.buf[n:m]
        if let (Some(a), ExprKind::Slice { x, .. }) = (self.through_name(dst), &src.kind)
            && self.ty(x).is_some_and(|t| t.under().as_array().is_none())
            && self.through_name(x.unparen()) == Some(a)
        {
            return true;
        }
        match (&dst.kind, &src.kind) {
            (ExprKind::Selector { x: a, .. }, ExprKind::Selector { x: b, .. }) => {
                let way = |e: &Expr| {
                    let s = self.info.selections.get(e.id)?;
                    (s.kind == SelectionKind::FieldVal).then(|| &s.index[..s.index.len() - 1])
                };
                way(dst).is_some() && way(dst) == way(src) && same_safe(self.info, a, b)
            }
            (ExprKind::Index { x: a, index: i }, ExprKind::Index { x: b, index: j }) => {
                let map = |e: &Expr| self.ty(e).is_none_or(|t| t.under().as_map().is_some());
                !map(a) && !map(b) && !self.affects_memory(i) && !self.affects_memory(j) && same_safe(self.info, a, b)
            }
            _ => false,
        }
    }
    /// The variable `e` dereferences: `*x`, or `x.f` of a pointer.
    fn through_name(&self, e: &Expr) -> Option<goxide_types::Obj> {
        let x = match &e.kind {
            ExprKind::Star(x) => x,
            ExprKind::Selector { x, .. } => {
                let s = self.info.selections.get(e.id)?;
                self.ty(x)?.under().as_pointer()?;
                if s.kind != SelectionKind::FieldVal || s.index.len() != 1 {
                    return None;
                }
                x
            }
            _ => return None,
        };
        let x = x.unparen();
        matches!(x.kind, ExprKind::Name(_)).then(|| self.info.object_of(x.id))?
    }
    fn affects_memory(&self, e: &Expr) -> bool {
        let e = e.unparen();
        if self.info.types.get(e.id).is_some_and(|t| t.value.is_some()) {
            return false;
        }
        match &e.kind {
            ExprKind::Name(_) => false,
            ExprKind::Binary { x, y, .. } => self.affects_memory(x) || self.affects_memory(y),
            ExprKind::Index { x, index } => self.affects_memory(x) || self.affects_memory(index),
            ExprKind::Unary { op: Op::And | Op::Recv, .. } => true,
            ExprKind::Unary { x, .. } | ExprKind::Star(x) | ExprKind::Selector { x, .. } => self.affects_memory(x),
            _ => true,
        }
    }
}

fn field_type(t: Ty, i: usize) -> Ty {
    let u = t.under();
    let s = u.as_pointer().map_or(u, Ty::under);
    s.as_struct().map_or(t, |s| s.fields[i].ty())
}
/// For each field on the way whether a pointer is followed to get at it.
fn walk_path(t: Ty, path: &[usize]) -> Vec<bool> {
    let mut at = t;
    let mut out = Vec::new();
    for &i in path {
        out.push(at.under().as_pointer().is_some());
        at = field_type(at, i);
    }
    out
}

/// Whether `a` and `b` denote the same without effects: names, fields, elements, constants, and arithmetic on them.
pub fn same_safe(info: &Info, a: &Expr, b: &Expr) -> bool {
    let (a, b) = (a.unparen(), b.unparen());
    let constant = |e: &Expr| info.types.get(e.id).and_then(|t| t.value.clone());
    if let (Some(x), Some(y)) = (constant(a), constant(b)) {
        return x == y;
    }
    match (&a.kind, &b.kind) {
        (ExprKind::Name(_), ExprKind::Name(_)) => {
            let o = info.object_of(a.id);
            o.is_some() && o == info.object_of(b.id)
        }
        (ExprKind::Selector { x, sel: s }, ExprKind::Selector { x: y, sel: t }) => {
            s.name == t.name && same_safe(info, x, y)
        }
        (ExprKind::Star(x), ExprKind::Star(y)) => same_safe(info, x, y),
        (ExprKind::Index { x, index: i }, ExprKind::Index { x: y, index: j }) => {
            same_safe(info, x, y) && same_safe(info, i, j)
        }
        (ExprKind::Unary { op, x }, ExprKind::Unary { op: other, x: y }) => {
            op == other && !matches!(op, Op::And | Op::Recv) && same_safe(info, x, y)
        }
        (ExprKind::Binary { op, x, y }, ExprKind::Binary { op: other, x: v, y: w }) => {
            use Op::*;
            let safe = matches!(op, Add | Sub | Or | Xor | Mul | Shl | Shr | And | AndNot | Div | Rem);
            safe && op == other && same_safe(info, x, v) && same_safe(info, y, w)
        }
        _ => false,
    }
}
