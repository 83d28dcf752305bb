//! Function literals: what they capture, how the record is laid out, and the lowering of their bodies.

use crate::abi_assign::assign;
use crate::fx::*;
use crate::layout::*;
use goxide_base::{FxHashSet, Name, Pos};
use goxide_ssa::{Aux, Sym, SymKind, Type, Value};
use goxide_syntax::ast::*;
use goxide_types::{Obj, Ty};
use std::rc::Rc;

/// A captured variable.
#[derive(Clone, Copy)]
pub struct Capture {
    pub obj: Obj,
    pub ty: Ty,
    pub by_value: bool,
}

/// `struct { F uintptr; X0 …; X1 … }`
pub fn record_type(tys: &[Ty]) -> Ty {
    let field = |name: &str, t: Ty| Obj::new_field(Pos::NONE, None, Name::new(name), t, false);
    let mut fields = vec![field("F", known::uintptr())];
    fields.extend(tys.iter().enumerate().map(|(i, &t)| field(&format!("X{i}"), t)));
    canon(Ty::struct_(fields, Vec::new()))
}

impl Fx<'_> {
    /// Variables of this function that the nodes walked by `walk` use, in order of first use.
    pub fn captures(&self, walk: impl FnOnce(&mut dyn FnMut(NodeId))) -> Vec<Capture> {
        let mut seen: FxHashSet<Obj> = FxHashSet::default();
        let mut out = Vec::new();
        walk(&mut |id| {
            if let Some(o) = self.info().object_of(id)
                && self.locals.contains_key(&o)
                && self.facts.constant(o).is_none()
                && seen.insert(o)
            {
                let ty = self.ty(o.ty());
                let by_value = self.facts.by_value(o, ty);
                out.push(Capture { obj: o, ty, by_value });
            }
        });
        out
    }
    /// What goes into the record for each capture.
    pub fn capture_values(&mut self, caps: &[Capture]) -> Vec<(Ty, Val)> {
        caps.iter()
            .map(|c| {
                let l = self.locals[&c.obj].clone();
                if c.by_value {
                    return (c.ty, self.read_local(&l, c.ty));
                }
                let a = self.local_addr(&l);
                (known::ptr(c.ty), Val::one(self.addr_value(a)))
            })
            .collect()
    }
    /// In a closure body: makes the captured variables known. Must come first in the entry block.
    pub fn open_captures(&mut self, caps: &[Capture]) {
        if caps.is_empty() {
            return;
        }
        self.b.f.flags.closure = true;
        let ctx = self.b.val(goxide_ssa::Op::GetCtx, &[], Aux::None, Type::Ptr);
        let tys: Vec<Ty> = caps.iter().map(|c| if c.by_value { c.ty } else { known::ptr(c.ty) }).collect();
        let offs = field_offsets(record_type(&tys));
        for (i, c) in caps.iter().enumerate() {
            self.open_capture(c, Addr::readonly(ctx).plus(offs[i + 1]));
        }
    }
    /// Makes one captured variable known, whose copy or address is at `a`.
    pub fn open_capture(&mut self, c: &Capture, a: Addr) {
        let l = if !c.by_value {
            let p = self.load1(Type::Ptr, a);
            let x = self.b.new_var(Type::Ptr);
            self.b.def_var(x, p);
            Local::Ref(x)
        } else if is_mem(c.ty) {
            Local::At(a)
        } else {
            let v = self.load(a, c.ty);
            let l = self.new_local(c.ty, false, c.obj.name().as_str());
            self.write_local(&l, c.ty, &v);
            l
        };
        self.locals.insert(c.obj, l);
    }

    /// A function literal as a value.
    pub fn func_lit(&mut self, e: &'static Expr, f: &'static FuncLit) -> Value {
        let caps = self.captures(|see| walk_block(&f.body, see));
        let (name, index) = self.names.closure();
        let sym = Sym::intern(&name, SymKind::Closure { parent: self.b.f.sym, index });
        let ft = self.type_of(e);
        let (ptys, rtys, _) = sig_of(ft);
        let sig = self.raw_type(e).under().as_sig().expect("function literal").data();
        let mut fx = self.child(sym, &ptys, &rtys, e.pos, &name);
        fx.open_captures(&caps);
        fx.function_body(sig.params, sig.results, &ptys, &rtys, &f.body);
        fx.finish();
        let vals = self.capture_values(&caps);
        self.set_pos(e.pos);
        let p = self.closure_record(sym, &vals);
        if !vals.is_empty() {
            self.mark_site(p, crate::flow::Site::Closure, e.id);
        }
        p
    }
}

impl<'p> Fx<'p> {
    /// State for a function made inside this one: it shares everything but the function itself.
    pub fn child(&self, sym: Sym, ptys: &[Ty], rtys: &[Ty], pos: Pos, name: &str) -> Fx<'p> {
        let names = Rc::new(Naming::new(name, true));
        let asg = assign(ptys, rtys);
        let mut fx =
            Fx::new(self.prog, self.cp, self.subst.clone(), sym, asg, pos, self.out.clone(), self.facts.clone(), names);
        fx.go122 = self.go122;
        fx
    }
}

/// Shows every identifier used in a block to `see`.
pub fn walk_block(b: &Block, see: &mut dyn FnMut(NodeId)) {
    b.stmts.iter().for_each(|s| walk_stmt(s, see));
}

pub fn walk_stmt(s: &Stmt, see: &mut dyn FnMut(NodeId)) {
    let os = |s: &Option<Stmt>, see: &mut dyn FnMut(NodeId)| {
        if let Some(s) = s {
            walk_stmt(s, see);
        }
    };
    let oe = |e: &Option<Expr>, see: &mut dyn FnMut(NodeId)| {
        if let Some(e) = e {
            walk_expr(e, see);
        }
    };
    match &s.kind {
        StmtKind::Empty | StmtKind::Branch { .. } => {}
        StmtKind::Labeled { stmt, .. } => walk_stmt(stmt, see),
        StmtKind::Block(b) => walk_block(b, see),
        StmtKind::Expr(e) | StmtKind::Go(e) | StmtKind::Defer(e) => walk_expr(e, see),
        StmtKind::Send { chan, value } => {
            walk_expr(chan, see);
            walk_expr(value, see);
        }
        StmtKind::Decl(ds) => {
            for d in ds {
                if let Decl::Var(v) = d {
                    oe(&v.values, see);
                }
            }
        }
        StmtKind::Assign { lhs, rhs, .. } | StmtKind::Define { lhs, rhs } => {
            walk_expr(lhs, see);
            walk_expr(rhs, see);
        }
        StmtKind::IncDec { x, .. } => walk_expr(x, see),
        StmtKind::Return(e) => oe(e, see),
        StmtKind::If(i) => {
            os(&i.init, see);
            walk_expr(&i.cond, see);
            walk_block(&i.then, see);
            os(&i.els, see);
        }
        StmtKind::For(f) => {
            match &f.header {
                ForHeader::Clause { init, cond, post } => {
                    os(init, see);
                    oe(cond, see);
                    os(post, see);
                }
                ForHeader::Range(r) => {
                    oe(&r.lhs, see);
                    walk_expr(&r.x, see);
                }
            }
            walk_block(&f.body, see);
        }
        StmtKind::Switch(w) => {
            os(&w.init, see);
            oe(&w.tag, see);
            for c in &w.body {
                oe(&c.cases, see);
                c.body.iter().for_each(|s| walk_stmt(s, see));
            }
        }
        StmtKind::Select { clauses, .. } => {
            for c in clauses {
                os(&c.comm, see);
                c.body.iter().for_each(|s| walk_stmt(s, see));
            }
        }
    }
}

pub fn walk_expr(e: &Expr, see: &mut dyn FnMut(NodeId)) {
    let ob = |e: &Option<Box<Expr>>, see: &mut dyn FnMut(NodeId)| {
        if let Some(e) = e {
            walk_expr(e, see);
        }
    };
    match &e.kind {
        ExprKind::Name(_) => see(e.id),
        ExprKind::CompositeLit { elems, .. } => elems.iter().for_each(|e| walk_expr(e, see)),
        ExprKind::KeyValue { key, value } => {
            walk_expr(key, see);
            walk_expr(value, see);
        }
        ExprKind::FuncLit(f) => walk_block(&f.body, see),
        ExprKind::Paren(x) | ExprKind::Star(x) | ExprKind::Selector { x, .. } | ExprKind::Unary { x, .. } => {
            walk_expr(x, see)
        }
        ExprKind::Assert { x, .. } | ExprKind::TypeSwitchGuard { x, .. } => walk_expr(x, see),
        ExprKind::Index { x, index } => {
            walk_expr(x, see);
            walk_expr(index, see);
        }
        ExprKind::Slice { x, index, .. } => {
            walk_expr(x, see);
            index.iter().for_each(|i| ob(i, see));
        }
        ExprKind::Binary { x, y, .. } => {
            walk_expr(x, see);
            walk_expr(y, see);
        }
        ExprKind::Call { fun, args, .. } => {
            walk_expr(fun, see);
            args.iter().for_each(|a| walk_expr(a, see));
        }
        ExprKind::List(l) => l.iter().for_each(|e| walk_expr(e, see)),
        _ => {}
    }
}
