//! Declarations (`decl.go`).

use super::resolver::{ConstGroup, unpack_list};
use super::{Checker, DeclId, Environment, Operand};
use crate::codes::Code;
use crate::constant::Value;
use crate::errors::ErrorDesc;
use crate::object::{Obj, Scope, VarKind};
use crate::predicates::{is_const_type, is_generic, is_type_param};
use crate::typeparam::bind_tparams;
use crate::types::{Ty, TyKind, invalid};
use crate::version::go1;
use crate::{constant, errorf};
use goxide_base::{FxHashMap, Name, Pos};
use goxide_syntax::ast::{Decl, Expr, ExprKind, Field, Ident, NodeId, Op, TypeDecl};
use std::cell::Cell;
use std::rc::Rc;

impl Checker {
    /// Declares `obj` in `scope`, effective from `pos`, and records the identifier as its definition.
    pub fn declare(&mut self, scope: Scope, id: Option<NodeId>, obj: Obj, pos: Pos) {
        if !obj.name().is_blank() {
            if let Some(alt) = scope.insert(obj) {
                let mut e = ErrorDesc::new(Code::DuplicateDecl);
                e.add(obj, format!("{} redeclared in this block", obj.name()));
                e.add_alt_decl(alt);
                self.report(e);
                return;
            }
            obj.set_scope_pos(pos);
        }
        if let Some(id) = id {
            self.record_def(id, Some(obj));
        }
    }

    /// Type-checks the declaration of `obj` unless that is done or under way.
    pub fn obj_decl(&mut self, obj: Obj) {
        if self.obj_path_idx.contains_key(&obj) {
            if obj.is_const() || obj.is_var() {
                if !self.valid_cycle(obj) || obj.ty_opt().is_none() {
                    obj.set_ty(invalid());
                }
            } else if !self.valid_cycle(obj) && obj.is_type_name() {
                obj.set_ty(invalid());
            }
            return;
        }
        if obj.ty_opt().is_some() {
            return;
        }
        if let Some(f) = obj.as_func()
            && f.lazy_recv.is_some()
        {
            // A method of an instance: its signature follows from the generic method's.
            let o = obj.origin();
            self.obj_decl(o);
            if obj.ty_opt().is_none() {
                // The generic method is just being declared.
                return;
            }
            return;
        }
        let Some(d) = self.decl_of(obj) else {
            // An object of another package, or one whose declaration failed.
            obj.set_ty(invalid());
            return;
        };
        self.push(obj);
        let env = Environment {
            scope: Some(self.decls[d].file_scope),
            version: self.decls[d].version,
            ..Environment::default()
        };
        let saved = std::mem::replace(&mut self.env, env);
        let (vtyp, init, inherited) = (self.decls[d].vtyp, self.decls[d].init, self.decls[d].inherited);
        if obj.is_const() {
            self.env.decl = Some(d);
            self.const_decl(obj, vtyp, init, inherited);
        } else if obj.is_var() {
            self.env.decl = Some(d);
            let lhs = self.decls[d].lhs.clone();
            self.var_decl(obj, &lhs, vtyp, init);
        } else if obj.is_type_name() {
            let td = self.decls[d].tdecl.expect("type declaration");
            self.type_decl(obj, td);
            self.collect_methods(obj);
        } else {
            self.func_decl(obj, d);
        }
        self.env = saved;
        self.pop();
    }

    /// Whether the cycle through `obj` on the object path is fine; reports it if not.
    fn valid_cycle(&mut self, obj: Obj) -> bool {
        let start = self.obj_path_idx[&obj];
        let cycle: Vec<Obj> = self.obj_path[start..].to_vec();
        let (mut nval, mut ndef) = (0, 0);
        for o in &cycle {
            if o.is_const() || o.is_var() {
                nval += 1;
            } else if o.is_type_name() {
                // A generic type may refer to itself in its type parameter list.
                if self.env.in_tparam_list && o.ty_opt().is_some_and(is_generic) {
                    return true;
                }
                if !crate::typestring::is_alias_name(*o) {
                    ndef += 1;
                }
            }
        }
        // Cycles of values are found by initialization order; cycles through defined types are fine here.
        if nval == cycle.len() || nval == 0 && ndef > 0 {
            return true;
        }
        self.cycle_error(&cycle, first_in_src(&cycle));
        false
    }

    /// Reports a cycle of declarations, beginning with `cycle[start]`.
    pub(crate) fn cycle_error(&mut self, cycle: &[Obj], start: usize) {
        let name = |c: &Checker, o: Obj| -> String {
            if let Some(n) = o.ty_opt().and_then(Ty::as_named)
                && n.inst.is_some()
            {
                return c.ts(n.ty());
            }
            match o.pkg().map(|p| c.qualifier(p)) {
                Some(q) if !q.is_empty() => format!("{q}.{}", o.name()),
                _ => o.name().to_string(),
            }
        };
        let mut obj = cycle[start];
        let is_type = obj.is_type_name();
        if is_type && let Some(a) = obj.ty_opt().and_then(Ty::as_alias) {
            a.from_rhs.set(invalid());
            a.actual.clear();
        }
        if cycle.len() == 1 {
            let what = if is_type { "invalid recursive type" } else { "invalid cycle in declaration" };
            let n = name(self, obj);
            self.error(obj, Code::InvalidDeclCycle, format!("{what}: {n} refers to itself"));
            return;
        }
        let mut e = ErrorDesc::new(Code::InvalidDeclCycle);
        let what = if is_type { "invalid recursive type" } else { "invalid cycle in declaration of" };
        e.add(obj, format!("{what} {}", name(self, obj)));
        for i in 0..cycle.len() {
            let next = cycle[(start + i + 1) % cycle.len()];
            e.add(obj, format!("{} refers to {}", name(self, obj), name(self, next)));
            obj = next;
        }
        self.report(e);
    }

    pub(crate) fn const_decl(
        &mut self,
        obj: Obj,
        typ: Option<&'static Expr>,
        init: Option<&'static Expr>,
        inherited: bool,
    ) {
        let iota = std::mem::replace(&mut self.env.iota, obj.const_val());
        let errpos = std::mem::replace(&mut self.env.errpos, Pos::NONE);
        obj.set_const_val(Value::Unknown);
        self.const_decl1(obj, typ, init, inherited);
        self.env.iota = iota;
        self.env.errpos = errpos;
    }
    fn const_decl1(&mut self, obj: Obj, typ: Option<&'static Expr>, init: Option<&'static Expr>, inherited: bool) {
        if let Some(e) = typ {
            let t = self.typ(e);
            if !is_const_type(t) {
                if t.under().is_valid() {
                    errorf!(self, e, InvalidConstType, "invalid constant type {}", t);
                }
                obj.set_ty(invalid());
                return;
            }
            obj.set_ty(t);
        }
        let mut x = Operand::default();
        if let Some(e) = init {
            if inherited {
                // Errors are at the constant, not at the expression it repeats.
                self.env.errpos = obj.pos();
            }
            self.expr(None, &mut x, e);
        }
        self.init_const(obj, &mut x);
    }

    pub(crate) fn var_decl(&mut self, obj: Obj, lhs: &[Obj], typ: Option<&'static Expr>, init: Option<&'static Expr>) {
        if let Some(e) = typ {
            let t = self.var_type(e);
            obj.set_ty(t);
        }
        let Some(init) = init else {
            if typ.is_none() {
                obj.set_ty(invalid());
            }
            return;
        };
        if lhs.len() <= 1 {
            let mut x = Operand::default();
            let target = super::expr::new_target(obj.ty_opt(), obj.name().as_str());
            self.expr(target.as_ref(), &mut x, init);
            self.init_var(obj, &mut x, "variable declaration");
            return;
        }
        if typ.is_some() {
            for l in lhs {
                l.set_ty(obj.ty());
            }
        }
        self.init_vars(lhs, std::slice::from_ref(init), None);
    }

    /// Whether `t` is a constraint interface of another package.
    pub(crate) fn is_imported_constraint(&self, t: Ty) -> bool {
        let Some(n) = t.as_named() else { return false };
        if n.obj().pkg().is_none_or(|p| p == self.pkg) {
            return false;
        }
        n.under().as_interface().is_some_and(|i| !i.type_set().is_method_set())
    }

    pub(crate) fn type_decl(&mut self, obj: Obj, td: &'static TypeDecl) {
        let rhs: Rc<Cell<Option<Ty>>> = Rc::default();
        let version_err = Rc::new(Cell::new(false));
        {
            let (rhs, version_err) = (rhs.clone(), version_err.clone());
            self.later(move |c| {
                if let Some(n) = obj.ty_opt().and_then(Ty::as_named) {
                    c.valid_type(n);
                }
                if let Some(r) = rhs.get()
                    && !version_err.get()
                    && c.is_imported_constraint(r)
                    && !c.allow_version(go1(18))
                {
                    let what = crate::sprintf!(c, "using type constraint {}", r);
                    c.version_error(&td.ty, go1(18), what);
                }
            });
        }
        let tparam0 = td.tparams.first();
        if td.alias {
            if let Some(t) = tparam0
                && !self.verify_version(t, go1(23), "generic type alias")
            {
                version_err.set(true);
            }
            if !version_err.get() && !self.verify_version(td.pos, go1(9), "type alias") {
                version_err.set(true);
            }
            let at = Ty::new_alias(obj, None, None, &[]);
            let a = at.as_alias().expect("alias");
            if tparam0.is_some() {
                self.open_scope(td.pos, goxide_syntax::end_pos(&td.ty));
                self.collect_type_params(&mut |v| a.tparams.set(v), &td.tparams);
            }
            let r = self.declared_type(&td.ty, Some(obj));
            rhs.set(Some(r));
            a.from_rhs.set(r);
            a.actual.clear();
            if matches!(r.kind(), TyKind::TypeParam(_)) && a.tparams.get().contains(&r) {
                let msg = "cannot use type parameter declared in alias declaration as RHS";
                self.error(&td.ty, Code::MisplacedTypeParam, msg);
                a.from_rhs.set(invalid());
            }
            if tparam0.is_some() {
                self.close_scope();
            }
            return;
        }
        if let Some(t) = tparam0
            && !self.verify_version(t, go1(18), "type parameter")
        {
            version_err.set(true);
        }
        let nt = Ty::new_named(obj, None, None);
        let n = nt.named();
        if tparam0.is_some() {
            self.open_scope(td.pos, goxide_syntax::end_pos(&td.ty));
            self.collect_type_params(&mut |v| n.set_tparams(v), &td.tparams);
        }
        let r = self.declared_type(&td.ty, Some(obj));
        rhs.set(Some(r));
        n.set_rhs(r);
        if is_type_param(r) {
            let msg = "cannot use a type parameter as RHS in type declaration";
            self.error(&td.ty, Code::MisplacedTypeParam, msg);
            n.set_rhs(invalid());
        }
        if tparam0.is_some() {
            self.close_scope();
        }
    }

    /// Declares type parameters; `set` gets the list before the bounds are known, so that these may refer to it.
    pub(crate) fn collect_type_params(&mut self, set: &mut dyn FnMut(&'static [Ty]), list: &'static [Field]) {
        let Some(first) = list.first() else { return };
        let scope_pos = first.pos;
        let mut tparams = Vec::new();
        for f in list {
            for n in &f.names {
                let t = self.declare_type_param(*n, scope_pos);
                tparams.push(t);
            }
        }
        let tparams = bind_tparams(tparams);
        set(tparams);
        self.env.in_tparam_list = true;
        let mut i = 0;
        for f in list {
            let mut b = self.bound(&f.ty);
            if is_type_param(b) {
                self.error(&f.ty, Code::MisplacedTypeParam, "cannot use a type parameter as constraint");
                b = invalid();
            }
            for _ in &f.names {
                tparams[i].as_type_param().expect("type parameter").set_bound(b);
                i += 1;
            }
        }
        self.env.in_tparam_list = false;
    }

    fn bound(&mut self, x: &'static Expr) -> Ty {
        // A type set literal stands for an interface that embeds it.
        if matches!(x.kind, ExprKind::Unary { op: Op::Tilde, .. } | ExprKind::Binary { op: Op::Or, .. }) {
            let t = Ty::new_interface();
            self.implicit_interface(t, x);
            return t;
        }
        self.typ(x)
    }

    pub(crate) fn declare_type_param(&mut self, name: Ident, scope_pos: Pos) -> Ty {
        let obj = Obj::new_type_name(name.pos, Some(self.pkg), name.name, None);
        // The bound is invalid until it is known: bounds may refer to the parameter.
        let t = Ty::new_type_param(obj, Some(invalid()));
        self.declare(self.scope(), Some(name.id), obj, scope_pos);
        t
    }

    /// Adds the methods collected for `obj` to its type.
    pub(crate) fn collect_methods(&mut self, obj: Obj) {
        let Some(methods) = self.methods.remove(&obj) else { return };
        let base = obj.ty_opt().and_then(Ty::as_named);
        let mut mset: FxHashMap<Name, Obj> = FxHashMap::default();
        let mut all = Vec::new();
        if let Some(b) = base {
            self.later(move |c| c.check_field_uniqueness(b));
            for m in b.methods.get() {
                mset.insert(m.name(), *m);
                all.push(*m);
            }
        }
        for m in methods {
            if let Some(alt) = mset.get(&m.name()) {
                if alt.pos().is_known() {
                    errorf!(
                        self,
                        m,
                        DuplicateMethod,
                        "method {}.{} already declared at {}",
                        obj.name(),
                        m.name(),
                        alt.pos()
                    );
                } else {
                    errorf!(self, m, DuplicateMethod, "method {}.{} already declared", obj.name(), m.name());
                }
                continue;
            }
            mset.insert(m.name(), m);
            all.push(m);
        }
        if let Some(b) = base {
            b.set_methods(all);
        }
    }

    fn check_field_uniqueness(&mut self, base: &'static crate::types::Named) {
        let TyKind::Struct(s) = base.under().kind() else { return };
        for f in s.fields {
            if f.name().is_blank() {
                continue;
            }
            if let Some(alt) = base.methods.get().iter().find(|m| m.id() == f.id()) {
                let mut e = ErrorDesc::new(Code::DuplicateFieldAndMethod);
                e.add(*alt, format!("field and method with the same name {}", f.name()));
                e.add_alt_decl(*f);
                self.report(e);
            }
        }
    }

    fn func_decl(&mut self, obj: Obj, d: DeclId) {
        let sig = Ty::new_sig();
        obj.set_ty(sig);
        let fd = self.decls[d].fdecl.expect("function declaration");
        self.func_type(sig, fd.recv.as_ref(), &fd.tparams, &fd.ty);
        if !fd.tparams.is_empty() && fd.body.is_none() {
            self.soft_error(fd.pos, Code::BadDecl, "generic function is missing function body");
        }
        if !self.conf.ignore_func_bodies
            && let Some(body) = &fd.body
        {
            self.later(move |c| c.func_body(Some(d), sig, body, None));
        }
    }

    /// Declarations inside a function.
    pub(crate) fn decl_stmt(&mut self, list: &'static [Decl]) {
        let pkg = self.pkg;
        let mut consts = ConstGroup::default();
        for (index, decl) in list.iter().enumerate() {
            if !matches!(decl, Decl::Const(_)) {
                consts = ConstGroup::default();
            }
            match decl {
                Decl::Const(s) => {
                    let top = self.delayed.len();
                    let (iota, vtyp, values, inherited) = consts.next(index, s);
                    let values = unpack_list(values);
                    let mut lhs = Vec::new();
                    for (i, name) in s.names.iter().enumerate() {
                        let iota = constant::make_int64(iota as i64);
                        let obj = Obj::new_const(name.pos, Some(pkg), name.name, None, Some(iota));
                        lhs.push(obj);
                        self.const_decl(obj, vtyp, values.get(i), inherited);
                    }
                    self.arity(s.pos, &s.names, values, true, inherited);
                    // Function literals in the values must not see the constants.
                    self.process_delayed(top);
                    let pos = goxide_syntax::decl_end(decl);
                    for (n, o) in s.names.iter().zip(lhs) {
                        self.declare(self.scope(), Some(n.id), o, pos);
                    }
                }
                Decl::Var(s) => {
                    self.local_embeds.extend(s.pragma.embeds.first().map(|e| e.pos));
                    let top = self.delayed.len();
                    let lhs0: Vec<Obj> =
                        s.names.iter().map(|n| Obj::new_var(VarKind::Local, n.pos, Some(pkg), n.name, None)).collect();
                    let values = unpack_list(s.values.as_ref());
                    for (i, o) in lhs0.iter().enumerate() {
                        let (mut lhs, mut init): (&[Obj], _) = (&[], None);
                        if values.len() == s.names.len() {
                            init = values.get(i);
                        } else if values.len() == 1 {
                            lhs = &lhs0;
                            init = values.first();
                        } else if i < values.len() {
                            init = values.get(i);
                        }
                        self.var_decl(*o, lhs, s.ty.as_ref(), init);
                        if values.len() == 1 {
                            break;
                        }
                    }
                    if s.ty.is_none() || !values.is_empty() {
                        self.arity(s.pos, &s.names, values, false, false);
                    }
                    self.process_delayed(top);
                    let pos = goxide_syntax::decl_end(decl);
                    for (n, o) in s.names.iter().zip(lhs0) {
                        self.declare(self.scope(), Some(n.id), o, pos);
                    }
                }
                Decl::Type(s) => {
                    let obj = Obj::new_type_name(s.name.pos, Some(pkg), s.name.name, None);
                    self.declare(self.scope(), Some(s.name.id), obj, s.name.pos);
                    self.push(obj);
                    self.type_decl(obj, s);
                    self.pop();
                }
                Decl::Import(s) => self.error(s.pos, Code::InvalidSyntaxTree, "unknown syntax.Decl node"),
                Decl::Func(s) => self.error(s.pos, Code::InvalidSyntaxTree, "unknown syntax.Decl node"),
            }
        }
    }
}

/// Index of the object that is declared first in the sources.
pub(crate) fn first_in_src(path: &[Obj]) -> usize {
    let mut first = 0;
    for (i, o) in path.iter().enumerate() {
        if o.pos() < path[first].pos() {
            first = i;
        }
    }
    first
}
