//! From a wanted symbol to functions and data.

use crate::abi_assign::assign;
use crate::call::{Call, Callee};
use crate::fx::*;
use crate::layout::*;
use crate::program::Program;
use crate::vars;
use crate::{alg, names, staticinit, wrappers};
use goxide_abi::funcs;
use goxide_ssa::*;
use goxide_syntax::ast::FuncDecl;
use goxide_syntax::pragma::PragmaFlags;
use goxide_types::{Obj, Pkg, Subst, Ty};
use std::cell::RefCell;
use std::rc::Rc;

/// What lowering a symbol gives.
#[derive(Debug, Default)]
pub struct Lowered {
    /// The function and the closures and wrappers made inside it.
    pub funcs: Vec<Func>,
    /// Data it refers to. Compiler-made data may come with several functions under one symbol: then all are equal.
    pub data: Vec<DataDef>,
}

/// The row of `abi::funcs` that supplies a body-less function.
pub fn row_of(sym: Sym) -> Option<&'static funcs::RuntimeFn> {
    sym.name().strip_prefix("runtime.").and_then(funcs::lookup)
}

/// Makes the definition of a symbol. Gives nothing for symbols others define (assembly, `Extern`, descriptors …).
/// Panics on internal errors; the caller names the symbol.
pub fn lower(prog: &Program, sym: Sym) -> Lowered {
    let out = Rc::new(RefCell::new(Out { funcs: Vec::new(), data: Vec::new(), ndata: 0 }));
    match sym.kind() {
        SymKind::Func { obj, targs } => lower_func(prog, sym, *obj, targs, &out),
        SymKind::Closure { parent, .. } => return lower(prog, *parent),
        SymKind::MethodWrapper { recv, obj, targs } => {
            let (asg, m, ptys, rtys) = wrappers::wrapper_shape(*recv, *obj, targs);
            let mut fx = synthetic(prog, sym, asg, m.obj, &out);
            wrappers::wrapper_body(&mut fx, *recv, &m, targs, &ptys, &rtys);
            fx.finish();
        }
        SymKind::MethodValue { recv, obj, targs } => {
            let (asg, m, ptys, rtys) = wrappers::method_value_shape(*recv, *obj, targs);
            let mut fx = synthetic(prog, sym, asg, m.obj, &out);
            wrappers::bound_body(&mut fx, *recv, &m, targs, &ptys, &rtys);
            fx.finish();
        }
        SymKind::Equal(t) => {
            let mut fx = runtime_fn(prog, sym, alg::equal_assign(), &out);
            alg::equal_body(&mut fx, *t);
            fx.finish();
        }
        SymKind::Hash(t) => {
            let mut fx = runtime_fn(prog, sym, alg::hash_assign(), &out);
            alg::hash_body(&mut fx, *t);
            fx.finish();
        }
        SymKind::PkgInit(pkg) => lower_init(prog, sym, *pkg, &out),
        SymKind::Global(o) => out.borrow_mut().data = staticinit::global(prog, *o, sym),
        _ => {}
    }
    let out = Rc::try_unwrap(out).unwrap_or_else(|_| panic!("state of a function outlives it")).into_inner();
    Lowered { funcs: out.funcs, data: out.data }
}

fn synthetic<'p>(
    prog: &'p Program,
    sym: Sym,
    asg: crate::abi_assign::Assign,
    o: Obj,
    out: &Rc<RefCell<Out>>,
) -> Fx<'p> {
    let cp = o.pkg().map_or_else(|| runtime(prog), |p| prog.checked(p));
    let names = Rc::new(Naming::new(sym.name(), false));
    Fx::new(prog, cp, Rc::default(), sym, asg, o.pos(), out.clone(), Rc::default(), names)
}
fn runtime(prog: &Program) -> &goxide_types::CheckedPackage {
    prog.package("runtime").expect("package runtime is always part of a program")
}
fn runtime_fn<'p>(prog: &'p Program, sym: Sym, asg: crate::abi_assign::Assign, out: &Rc<RefCell<Out>>) -> Fx<'p> {
    let names = Rc::new(Naming::new(sym.name(), false));
    let pos = goxide_base::Pos::NONE;
    let mut fx = Fx::new(prog, runtime(prog), Rc::default(), sym, asg, pos, out.clone(), Rc::default(), names);
    fx.b.f.flags.wrapper = false;
    fx
}

fn lower_func(prog: &Program, sym: Sym, obj: Obj, targs: &[Ty], out: &Rc<RefCell<Out>>) {
    let cp = prog.package_of(obj);
    let sig = obj.sig().data();
    let mut tps: Vec<Ty> = sig.rparams.to_vec();
    tps.extend(sig.tparams);
    let subst = Rc::new(Subst::new(&tps, targs));
    let ty = |o: &Obj| canon(goxide_types::subst(o.ty(), &subst));
    let params: Vec<Obj> = sig.recv.iter().copied().chain(sig.params.iter().copied()).collect();
    let ptys: Vec<Ty> = params.iter().map(ty).collect();
    let rtys: Vec<Ty> = sig.results.iter().map(ty).collect();
    let asg = assign(&ptys, &rtys);
    let decl: Option<&'static FuncDecl> = obj.decl();
    let names = Rc::new(Naming::new(sym.name(), false));
    let body = decl.and_then(|d| d.body.as_ref());
    let facts = body.map(|b| vars::analyse(&cp.info, &subst, sig.results, b)).unwrap_or_default();
    let facts = Rc::new(facts.with(prog.stays(cp.pkg)));
    let pos = decl.map_or(obj.pos(), |d| d.pos);
    let mut fx = Fx::new(prog, cp, subst, sym, asg, pos, out.clone(), facts, names);
    let p = obj.pragma();
    fx.b.f.flags.noinline = p.has(PragmaFlags::NOINLINE);
    fx.b.f.flags.nosplit = p.has(PragmaFlags::NOSPLIT);
    // They stand between the caller of a method value or a made function and what it stands for; recover looks through them.
    fx.b.f.flags.wrapper = matches!(sym.name(), "reflect.callMethod" | "reflect.callReflect");
    match body {
        Some(b) => {
            fx.tag_parameters(obj.origin());
            fx.function_body(&params, sig.results, &ptys, &rtys, b)
        }
        None => {
            // A body-less function used as a value: what calls of it would be expanded to.
            let row = row_of(sym);
            if !crate::intrinsics::is_intrinsic(obj) && row.is_none() {
                // Assembly, a native function, or nobody: then the link says so.
                return;
            }
            fx.b.f.flags.wrapper = true;
            fx.results = Results { tys: rtys.clone(), locals: Vec::new(), named: false, objs: Vec::new() };
            let vals = fx.incoming(&ptys);
            let args = ptys.iter().copied().zip(vals).collect();
            let callee = row.map_or(Callee::Static(sym), Callee::Row);
            let call =
                Call { callee, args, results: rtys, intrinsic: Some(obj), targs: targs.to_vec(), keep: Vec::new() };
            let r: Vec<Val> = fx.emit_call(call).into_iter().map(|r| r.1).collect();
            if fx.b.reachable() {
                fx.emit_ret(&r);
            }
        }
    }
    fx.finish();
}

/// The initialiser of a package: variables that need code, in order, then its init functions.
fn lower_init(prog: &Program, sym: Sym, pkg: Pkg, out: &Rc<RefCell<Out>>) {
    let cp = prog.checked(pkg);
    let pos = cp.files.first().map_or(goxide_base::Pos::NONE, |f| f.pos);
    let names = Rc::new(Naming::new(&format!("{}.init", names::pkg_prefix(pkg)), false));
    let asg = assign(&[], &[]);
    let mut fx = Fx::new(prog, cp, Rc::default(), sym, asg, pos, out.clone(), Rc::default(), names);
    for i in &cp.info.init_order {
        if let [o] = i.lhs[..]
            && !o.name().is_blank()
            && staticinit::is_static(prog, cp, o, i.rhs)
        {
            continue;
        }
        fx.facts = Rc::new(vars::analyse_expr(&cp.info, &fx.subst, i.rhs).with(prog.stays(cp.pkg)));
        fx.go122 = prog.loopvar_per_iteration(cp, i.rhs.pos);
        fx.set_pos(i.rhs.pos);
        fx.init_vars(&i.lhs, i.rhs);
        fx.memo.clear();
    }
    for &f in &cp.funcs {
        if f.name() == "init" && f.sig().recv().is_none() {
            let s = prog.func_sym(f, &[]);
            fx.set_pos(f.pos());
            fx.b.effect(Op::Call, &[], Aux::Call { callee: s, sig: Box::default() });
        }
    }
    fx.b.ret(&[]);
    fx.finish();
}

impl Fx<'_> {
    fn init_vars(&mut self, lhs: &[Obj], rhs: &'static goxide_syntax::ast::Expr) {
        let vals = if lhs.len() == 1 {
            let t = if lhs[0].name().is_blank() {
                crate::convert::default_type(self.type_of(rhs))
            } else {
                self.ty(lhs[0].ty())
            };
            let v = self.full_expr_as(rhs, t);
            vec![(t, v)]
        } else {
            self.multi_values(rhs, lhs.len())
        };
        for (&o, (vt, v)) in lhs.iter().zip(vals) {
            if o.name().is_blank() {
                continue;
            }
            let t = self.ty(o.ty());
            let v = self.assign_conv(v, vt, t);
            let s = self.prog.var_sym(o);
            let a = Addr::heap(self.b.sym_addr(s, 0));
            self.store(a, t, &v);
        }
    }
}
