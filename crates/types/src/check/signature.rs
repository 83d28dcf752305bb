//! Function types, parameters, receivers (`signature.go`).

use super::Checker;
use crate::codes::Code;
use crate::errorf;
use crate::info::Mode;
use crate::lookup::deref;
use crate::object::{Obj, VarKind};
use crate::subst::{SubstMap, subst};
use crate::typeparam::bind_tparams;
use crate::types::{BasicKind, SigData, Ty, TyKind, invalid};
use crate::version::go1;
use goxide_base::{Name, Pos};
use goxide_syntax::ast::{Expr, ExprKind, Field, FuncType, Ident};
use goxide_syntax::func_type_end;

impl Checker {
    /// Sets up the signature `sig`. The scope it opens becomes the signature's.
    pub(crate) fn func_type(
        &mut self,
        sig: Ty,
        recv_par: Option<&'static Field>,
        tparams: &'static [Field],
        ft: &'static FuncType,
    ) {
        let end = func_type_end(ft);
        self.open_scope(ft.pos, end);
        let scope = self.scope();
        scope.mark_func();
        let mut d = SigData { scope: Some(scope), ..SigData::default() };
        if let Some(r) = recv_par {
            let (recv, rparams) = self.collect_recv(r, ft.pos);
            d.recv = Some(recv);
            d.rparams = rparams;
        }
        if !tparams.is_empty() {
            let mut list: &'static [Ty] = &[];
            // Visible at once: the constraints and parameters may refer to the function.
            let early = d;
            let set = &mut |v| {
                list = v;
                sig.sig().set(SigData { tparams: v, ..early });
            };
            self.collect_type_params(set, tparams);
            d.tparams = list;
        }
        let (pnames, params, variadic) = self.collect_params(VarKind::Param, &ft.params);
        let (rnames, results, _) = self.collect_params(VarKind::Result, &ft.results);
        if let (Some(r), Some(p)) = (d.recv, recv_par)
            && !r.name().as_str().is_empty()
        {
            let id = p.names.first().map(|n| n.id);
            self.declare(scope, id, r, end);
        }
        self.declare_params(&pnames, &params, end);
        self.declare_params(&rnames, &results, end);
        d.params = crate::late::leak_vec(params);
        d.results = crate::late::leak_vec(results);
        d.variadic = variadic;
        sig.sig().set(d);
        self.close_scope();
    }

    fn collect_recv(&mut self, rparam: &'static Field, scope_pos: Pos) -> (Obj, &'static [Ty]) {
        let (rptr, rbase, rtparams) = self.unpack_recv(&rparam.ty, true);
        let mut recv_type = invalid();
        let mut list: &'static [Ty] = &[];
        if rtparams.is_empty() {
            // A type without type parameters, possibly an alias of something that has them, which is wrong.
            recv_type = self.var_type(&rparam.ty);
            let mut a = unpointer(recv_type).as_alias();
            while let Some(al) = a {
                let base = unpointer(al.rhs().unwrap_or_else(invalid));
                let generic = match base.kind() {
                    TyKind::Named(n) => !n.tparams().is_empty(),
                    TyKind::Alias(b) => !b.tparams().is_empty(),
                    _ => false,
                };
                if generic {
                    errorf!(self, rbase, InvalidRecv, "cannot define new methods on instantiated type {}", base);
                    recv_type = invalid();
                    break;
                }
                a = base.as_alias();
            }
        } else {
            let mut base: Option<&'static crate::types::Named> = None;
            let mut cause = String::new();
            let t = self.generic_type(rbase, Some(&mut cause));
            if t.is_valid() {
                match t.kind() {
                    TyKind::Named(n) => base = Some(n),
                    _ => errorf!(self, rbase, InvalidRecv, "cannot define new methods on generic alias type {}", t),
                }
            } else if !cause.is_empty() {
                self.error(rbase, Code::InvalidRecv, cause);
            }
            // The receiver declares its own copies of the type parameters.
            let mut v = Vec::new();
            for p in &rtparams {
                let ident = Ident { id: p.id, pos: p.pos, name: p.name };
                let t = self.declare_type_param(ident, scope_pos);
                self.record_use(p.id, t.as_type_param().expect("type parameter").obj);
                if let Some(e) = p.expr {
                    self.record_type_and_value(e, Mode::TypExpr, t, None);
                }
                v.push(t);
            }
            list = bind_tparams(v);
            if let Some(b) = base {
                let btparams = b.tparams();
                if list.len() == btparams.len() {
                    let m = SubstMap::new(btparams, list);
                    for (p, q) in list.iter().zip(btparams) {
                        let (p, qp) = (p.as_type_param().expect("type parameter"), q.as_type_param());
                        let qp = qp.expect("type parameter");
                        p.canon.set(*q);
                        self.mono.record_canon(p.ty(), *q);
                        p.set_bound(subst(qp.bound(), &m));
                    }
                } else {
                    let n = list.len();
                    let got = format!("{n} type parameter{}", if n == 1 { "" } else { "s" });
                    let want = btparams.len();
                    let msg = format!("receiver declares {got}, but receiver base type declares {want}");
                    self.error(rbase, Code::BadRecv, msg);
                }
                self.verify_version(rbase, go1(18), "type instantiation");
                recv_type = crate::context::instance(rparam.ty.pos, b.ty(), list);
                self.record_instance(rbase, list, recv_type);
                if rptr && recv_type.is_valid() {
                    recv_type = Ty::pointer(recv_type);
                }
                self.record_parenthesized_recv_types(&rparam.ty, recv_type);
            }
        }
        let recv = match rparam.names.first() {
            Some(n) if !n.name.as_str().is_empty() => {
                Obj::new_var(VarKind::Recv, n.pos, Some(self.pkg), n.name, Some(recv_type))
            }
            _ => {
                let o = Obj::new_var(VarKind::Recv, rparam.pos, Some(self.pkg), Name::new(""), Some(recv_type));
                self.record_implicit(rparam.id, o);
                o
            }
        };
        // Needs the underlying type.
        self.later(move |c| c.valid_recv(rbase, recv));
        (recv, list)
    }

    fn record_parenthesized_recv_types(&mut self, e: &'static Expr, t: Ty) {
        let (mut e, mut t) = (e, t);
        loop {
            self.record_type_and_value(e, Mode::TypExpr, t, None);
            match &e.kind {
                ExprKind::Paren(x) => e = x,
                ExprKind::Star(x) => {
                    e = x;
                    match t.as_pointer() {
                        Some(b) => t = b,
                        None => return,
                    }
                }
                _ => return,
            }
        }
    }

    /// Names (with `None` for anonymous ones), variables, and whether the list is variadic.
    fn collect_params(&mut self, kind: VarKind, list: &'static [Field]) -> (Vec<Option<Ident>>, Vec<Obj>, bool) {
        let mut names = Vec::new();
        let mut params = Vec::new();
        let mut variadic = false;
        let (mut named, mut anonymous) = (false, false);
        for (i, f) in list.iter().enumerate() {
            let mut ftype = &f.ty;
            let mut dots = false;
            if let ExprKind::DotsType(elem) = &ftype.kind {
                if kind == VarKind::Param && i + 1 == list.len() && f.names.len() <= 1 {
                    variadic = true;
                    dots = true;
                } else {
                    self.error(ftype, Code::InvalidSyntaxTree, "invalid use of ...");
                }
                ftype = elem;
            }
            let mut t = self.var_type(ftype);
            if dots {
                t = Ty::slice(t);
                self.record_type_and_value(&f.ty, Mode::TypExpr, t, None);
            }
            for n in &f.names {
                params.push(Obj::new_var(kind, n.pos, Some(self.pkg), n.name, Some(t)));
                names.push(Some(*n));
                named = true;
            }
            if f.names.is_empty() {
                let o = Obj::new_var(kind, f.pos, Some(self.pkg), Name::new(""), Some(t));
                self.record_implicit(f.id, o);
                params.push(o);
                names.push(None);
                anonymous = true;
            }
        }
        if named && anonymous {
            self.error(&list[0], Code::InvalidSyntaxTree, "list contains both named and anonymous parameters");
        }
        (names, params, variadic)
    }

    fn declare_params(&mut self, names: &[Option<Ident>], params: &[Obj], scope_pos: Pos) {
        for (n, p) in names.iter().zip(params) {
            if let Some(n) = n
                && !n.name.as_str().is_empty()
            {
                self.declare(self.scope(), Some(n.id), *p, scope_pos);
            }
        }
    }

    fn valid_recv(&mut self, at: &'static Expr, recv: Obj) {
        let (rtyp, _) = deref(recv.ty());
        let atyp = rtyp.unalias();
        if !atyp.is_valid() {
            return;
        }
        match atyp.kind() {
            TyKind::Named(n) => {
                if n.obj().pkg() != Some(self.pkg) {
                    errorf!(self, at, InvalidRecv, "cannot define new methods on non-local type {}", rtyp);
                    return;
                }
                let cause = match n.under().kind() {
                    TyKind::Basic(b) if b.kind == BasicKind::UnsafePointer => "unsafe.Pointer",
                    TyKind::Pointer(_) | TyKind::Interface(_) => "pointer or interface type",
                    _ => return,
                };
                errorf!(self, at, InvalidRecv, "invalid receiver type {} ({})", rtyp, cause);
            }
            TyKind::Basic(_) => {
                errorf!(self, at, InvalidRecv, "cannot define new methods on non-local type {}", rtyp);
            }
            _ => errorf!(self, at, InvalidRecv, "invalid receiver type {}", recv.ty()),
        }
    }
}

/// The type behind any number of pointers.
fn unpointer(mut t: Ty) -> Ty {
    while let Some(b) = t.as_pointer() {
        t = b;
    }
    t
}
