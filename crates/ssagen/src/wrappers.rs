//! Functions that stand between a caller and a method: promoted methods, value methods called through pointers (the
//! entries of method tables and itabs), method expressions, and bound methods.

use crate::abi_assign::assign;
use crate::call::{Call, Callee};
use crate::closure::record_type;
use crate::expr::Loc;
use crate::fx::*;
use crate::layout::*;
use crate::mono::{Method, find_method};
use crate::names;
use crate::program::Program;
use crate::vars::VarFacts;
use goxide_base::{Name, Pos};
use goxide_ssa::*;
use goxide_types::{Obj, Pkg, Subst, Ty, subst};
use smallvec::SmallVec;
use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

/// The code that descriptors and itabs name for a method.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entries {
    /// Receiver is the one-word data of an interface.
    pub ifn: Sym,
    /// Receiver is of the type itself.
    pub tfn: Sym,
}

/// The entries of method `name` (as seen from `pkg`) of the concrete type `t`.
pub fn entries(prog: &Program, t: Ty, pkg: Option<Pkg>, name: Name) -> Entries {
    let tfn = method_func(prog, t, pkg, name);
    // A pointer-shaped receiver is the data word; any other is behind it.
    let ifn = if is_direct_iface(t) { tfn } else { method_func(prog, known::ptr(t), pkg, name) };
    Entries { ifn, tfn }
}

/// The function that is method `name` with receiver type `t`: the declared one, or a wrapper.
fn method_func(prog: &Program, t: Ty, pkg: Option<Pkg>, name: Name) -> Sym {
    let m = find_method(t, pkg, name);
    if is_declared_for(&m, t) { m.sym(prog, &[]) } else { wrapper_sym(t, &m, &[]) }
}

/// Whether the declared method takes exactly a receiver of type `t`.
fn is_declared_for(m: &Method, t: Ty) -> bool {
    !m.iface && m.path.is_empty() && m.ptr_recv == is_ptr(t)
}

fn own_suffix(own: &[Ty]) -> String {
    if own.is_empty() {
        return String::new();
    }
    let list: Vec<String> = own.iter().map(|t| t.to_string()).collect();
    format!("[{}]", list.join(","))
}

/// The wrapper for method `m` found on `recv`.
pub fn wrapper_sym(recv: Ty, m: &Method, own: &[Ty]) -> Sym {
    let name = names::wrapper_name(recv, m.obj, false) + &own_suffix(own);
    Sym::intern(&name, SymKind::MethodWrapper { recv, obj: m.obj, targs: Arc::from(own) })
}

/// The function a method expression `T.M` denotes where the declared method does not fit.
pub fn method_expr_sym(_fx: &Fx<'_>, recv: Ty, m: &Method, own: &[Ty]) -> Sym {
    wrapper_sym(recv, m, own)
}

/// The body of the closure that a bound method is; `recv` is the type of the receiver operand.
pub fn method_value_sym(_fx: &Fx<'_>, recv: Ty, m: &Method, own: &[Ty], _func: Ty) -> Sym {
    let name = names::wrapper_name(recv, m.obj, false) + &own_suffix(own) + "-fm";
    Sym::intern(&name, SymKind::MethodValue { recv, obj: m.obj, targs: Arc::from(own) })
}

/// Parameter and result types of method `name` of `t`, without the receiver.
fn method_sig(t: Ty, pkg: Option<Pkg>, name: Name, own: &[Ty]) -> (Vec<Ty>, Vec<Ty>) {
    let l = goxide_types::lookup::lookup_field_or_method(t, true, pkg, name, false);
    let obj = l.obj.unwrap_or_else(|| panic!("{t} has no method {name}"));
    let sig = obj.sig();
    // The method's own type parameters (a generic method).
    let env = if own.is_empty() { Subst::default() } else { Subst::new(sig.tparams(), own) };
    let tys = |v: &[Obj]| v.iter().map(|o| canon(subst(o.ty(), &env))).collect();
    (tys(sig.params()), tys(sig.results()))
}

/// Starts a function made by the compiler, with these parameter and result types.
pub fn synthetic<'p>(prog: &'p Program, sym: Sym, ptys: &[Ty], rtys: &[Ty], out: &Rc<RefCell<Out>>) -> Fx<'p> {
    let cp = prog.package("runtime").unwrap_or_else(|| &prog.packages()[0]);
    let asg = assign(ptys, rtys);
    let naming = Rc::new(Naming::new(sym.name(), true));
    let facts = Rc::new(VarFacts::default());
    let mut fx = Fx::new(prog, cp, Rc::new(Subst::default()), sym, asg, Pos::NONE, out.clone(), facts, naming);
    fx.results.tys = rtys.to_vec();
    fx.b.f.flags.wrapper = true;
    fx.b.f.flags.runtime = false;
    fx
}

/// Lowers a `MethodWrapper`.
pub fn lower_wrapper(prog: &Program, sym: Sym, recv: Ty, obj: Obj, own: &[Ty], out: &Rc<RefCell<Out>>) {
    let (mut ptys, rtys) = method_sig(recv, obj.pkg(), obj.name(), own);
    ptys.insert(0, recv);
    let mut fx = synthetic(prog, sym, &ptys, &rtys, out);
    let mut vals = fx.incoming(&ptys);
    let m = find_method(recv, obj.pkg(), obj.name());
    let this = vals.remove(0);
    if is_ptr(recv) && !m.ptr_recv && m.path.is_empty() && !m.iface {
        nil_receiver_check(&mut fx, this.v(), sym);
    }
    let target = fx.receiver_from(Loc::Val(this), recv, &m);
    forward(&mut fx, &m, own, target, vals, &ptys[1..], &rtys);
    fx.finish();
}

/// A value method called through a nil pointer panics with the method's name.
fn nil_receiver_check(fx: &mut Fx<'_>, p: Value, sym: Sym) {
    let bad = fx.b.new_cold();
    let good = fx.b.new_block();
    let nil = fx.b.nil();
    let c = fx.b.icmp(IntCC::Eq, p, nil);
    fx.b.br_hint(c, bad, good, Hint::Unlikely);
    fx.b.enter(bad);
    let text = sym.name().as_bytes();
    let s = fx.b.sym_addr(names::string_sym(text), 0);
    let n = fx.b.int(text.len() as i64);
    fx.rt_noreturn("panicwrap", &[s, n]);
    fx.b.enter(good);
}

/// Lowers a `MethodValue`.
pub fn lower_method_value(prog: &Program, sym: Sym, recv: Ty, obj: Obj, own: &[Ty], out: &Rc<RefCell<Out>>) {
    let (ptys, rtys) = method_sig(recv, obj.pkg(), obj.name(), own);
    let mut fx = synthetic(prog, sym, &ptys, &rtys, out);
    fx.b.f.flags.closure = true;
    let ctx = fx.b.val(Op::GetCtx, &[], Aux::None, Type::Ptr);
    let vals = fx.incoming(&ptys);
    let off = field_offsets(record_type(&[recv]))[1];
    let this = fx.load(Addr::readonly(ctx).plus(off), recv);
    let m = find_method(recv, obj.pkg(), obj.name());
    let target = fx.receiver_from(Loc::Val(this), recv, &m);
    forward(&mut fx, &m, own, target, vals, &ptys, &rtys);
    fx.finish();
}

/// Calls the method with receiver operand `recv` and returns what it returns.
fn forward(fx: &mut Fx<'_>, m: &Method, own: &[Ty], recv: Val, vals: Vec<Val>, ptys: &[Ty], rtys: &[Ty]) {
    let rt = fx.receiver_type(m);
    let mut args: Vec<(Ty, Val)> = ptys.iter().copied().zip(vals).collect();
    let callee = if m.iface {
        args.insert(0, (known::unsafe_ptr(), Val::one(recv.s()[1])));
        Callee::Inter { tab: recv.s()[0], iface: canon(m.base.under()), index: m.index() }
    } else {
        args.insert(0, (rt, recv));
        Callee::Static(m.sym(fx.prog, own))
    };
    let r = fx.emit_call(Call { callee, args, results: rtys.to_vec(), intrinsic: None, targs: own.to_vec() });
    let vals: SmallVec<[Val; 2]> = r.into_iter().map(|x| x.1).collect();
    fx.emit_ret(&vals);
}
