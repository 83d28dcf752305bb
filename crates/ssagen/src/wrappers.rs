//! Wrappers around methods: promoted methods, value methods called through pointers, entries that take the data word of
//! an interface, method expressions of interfaces, and bound methods (`x.M` as a value).

use crate::abi_assign::{Assign, assign};
use crate::call::{Call, Callee};
use crate::expr::Loc;
use crate::fx::*;
use crate::layout::*;
use crate::mono::{Method, find_method};
use crate::names;
use crate::program::Program;
use goxide_base::Name;
use goxide_ssa::*;
use goxide_types::{Obj, Pkg, Ty};
use std::sync::Arc;

/// The code for method `name` of `recv`. With `iface`: the entry that takes an interface's data word, which for types
/// that are boxed is a pointer to the value.
pub fn method_entry(prog: &Program, recv: Ty, pkg: Option<Pkg>, name: Name, iface: bool) -> Sym {
    let recv = if iface && !is_direct_iface(recv) { known::ptr(recv) } else { recv };
    let m = find_method(recv, pkg, name);
    let own_ptr = is_ptr(recv) && recv != m.base;
    if !m.iface && m.path.is_empty() && m.ptr_recv == own_ptr {
        return m.sym(prog, &[]);
    }
    wrapper_sym(recv, &m, &[])
}
fn wrapper_sym(recv: Ty, m: &Method, own: &[Ty]) -> Sym {
    let kind = SymKind::MethodWrapper { recv, obj: m.obj, targs: Arc::from(own) };
    Sym::intern(&names::wrapper_name(recv, m.obj, own), kind)
}

/// Function for a method expression that is no plain method.
pub fn method_expr_sym(recv: Ty, m: &Method, own: &[Ty]) -> Sym {
    wrapper_sym(recv, m, own)
}

/// Types of receiver and parameters, and of results.
fn wrapper_types(recv: Ty, m: &Method, own: &[Ty]) -> (Vec<Ty>, Vec<Ty>) {
    let (p, r) = method_types(m, own);
    let mut ptys = vec![recv];
    ptys.extend(p);
    (ptys, r)
}
/// Parameter and result types of a method on its concrete base.
pub fn method_types(m: &Method, own: &[Ty]) -> (Vec<Ty>, Vec<Ty>) {
    if m.iface {
        let (p, r, _) = sig_of(canon(m.obj.ty()));
        return (p, r);
    }
    let sig = m.obj.sig().data();
    let n = m.base.as_named().expect("named receiver");
    let mut tps: Vec<Ty> = sig.rparams.to_vec();
    let mut targs: Vec<Ty> = n.targs().iter().map(|&t| canon(t)).collect();
    tps.extend(sig.tparams);
    targs.extend(own);
    let s = goxide_types::Subst::new(&tps, &targs);
    let tys = |l: &[Obj]| l.iter().map(|o| canon(goxide_types::subst(o.ty(), &s))).collect::<Vec<_>>();
    (tys(sig.params), tys(sig.results))
}

/// Assignment and types of the wrapper for method `obj` of `recv`.
pub fn wrapper_shape(recv: Ty, obj: Obj, own: &[Ty]) -> (Assign, Method, Vec<Ty>, Vec<Ty>) {
    let m = find_method(recv, obj.pkg(), obj.name());
    let (ptys, rtys) = wrapper_types(recv, &m, own);
    (assign(&ptys, &rtys), m, ptys, rtys)
}
/// Body of a wrapper.
pub fn wrapper_body(fx: &mut Fx<'_>, recv: Ty, m: &Method, own: &[Ty], ptys: &[Ty], rtys: &[Ty]) {
    fx.b.f.flags.wrapper = true;
    let vals = fx.incoming(ptys);
    fx.results = Results { tys: rtys.to_vec(), locals: Vec::new(), named: false, objs: Vec::new() };
    let l = Loc::Val(vals[0].clone());
    // A nil pointer for a value method gets its own message.
    if is_ptr(recv) && recv != m.base && m.path.is_empty() && !m.iface && !m.ptr_recv {
        let p = vals[0].v();
        let nil = fx.b.icmp_imm(IntCC::Eq, p, 0);
        let name = names::wrapper_name(recv, m.obj, own);
        fx.if_then(nil, Hint::Unlikely, |s| {
            let n = s.str_const(name.as_bytes());
            let n = n.s().to_vec();
            s.rt("panicwrap", &n, &[]);
            s.b.unreachable();
        });
    }
    let r = fx.receiver_from(l, recv, m);
    let args: Vec<(Ty, Val)> = ptys[1..].iter().copied().zip(vals[1..].iter().cloned()).collect();
    call_method(fx, r, m, own, args, rtys);
}
/// Calls method `m` on an adjusted receiver and returns its results.
fn call_method(fx: &mut Fx<'_>, recv: Val, m: &Method, own: &[Ty], mut args: Vec<(Ty, Val)>, rtys: &[Ty]) {
    let call = if m.iface {
        args.insert(0, (known::unsafe_ptr(), Val::one(recv.s()[1])));
        let callee = Callee::Inter { tab: recv.s()[0], iface: canon(m.base.under()), index: m.index() };
        Call { callee, args, results: rtys.to_vec(), intrinsic: None, targs: Vec::new(), keep: Vec::new() }
    } else {
        args.insert(0, (fx.receiver_type(m), recv));
        let sym = m.sym(fx.prog, own);
        Call {
            callee: Callee::Static(sym),
            args,
            results: rtys.to_vec(),
            intrinsic: None,
            targs: Vec::new(),
            keep: Vec::new(),
        }
    };
    let r: Vec<Val> = fx.emit_call(call).into_iter().map(|r| r.1).collect();
    fx.emit_ret(&r);
}

/// The body of a bound method whose closure holds a receiver of type `rt`.
pub fn method_value_sym(rt: Ty, m: &Method, own: &[Ty]) -> Sym {
    let kind = SymKind::MethodValue { recv: rt, obj: m.obj, targs: Arc::from(own) };
    Sym::intern(&format!("{}-fm", names::wrapper_name(rt, m.obj, own)), kind)
}
/// Shape of a bound method.
pub fn method_value_shape(recv: Ty, obj: Obj, own: &[Ty]) -> (Assign, Method, Vec<Ty>, Vec<Ty>) {
    let m = find_method(recv, obj.pkg(), obj.name());
    let (ptys, rtys) = method_types(&m, own);
    (assign(&ptys, &rtys), m, ptys, rtys)
}
pub fn bound_body(fx: &mut Fx<'_>, recv: Ty, m: &Method, own: &[Ty], ptys: &[Ty], rtys: &[Ty]) {
    fx.b.f.flags.wrapper = true;
    fx.b.f.flags.closure = true;
    let ctx = fx.b.val(Op::GetCtx, &[], Aux::None, Type::Ptr);
    let offs = field_offsets(crate::closure::record_type(&[recv]));
    let vals = fx.incoming(ptys);
    fx.results = Results { tys: rtys.to_vec(), locals: Vec::new(), named: false, objs: Vec::new() };
    let r = fx.load(Addr::readonly(ctx).plus(offs[1]), recv);
    let r = fx.receiver_from(Loc::Val(r), recv, m);
    let args = ptys.iter().copied().zip(vals).collect();
    call_method(fx, r, m, own, args, rtys);
}
