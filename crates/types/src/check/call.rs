//! Calls, instantiation of functions, selectors (`call.go`).

use super::assignments::is_func_like;
use super::expr::{ExprClass, Target, new_target};
use super::infer::is_parameterized;
use super::operand::{INVALID_OP, dummy_name, operand_types, var_types};
use super::{Checker, Operand};
use crate::codes::Code;
use crate::errors::ErrorDesc;
use crate::info::{Mode, SelectionKind};
use crate::late::leak_vec;
use crate::lookup::{is_interface_ptr, lookup_field_or_method};
use crate::object::{Obj, ObjKind};
use crate::predicates::*;
use crate::subst::{SubstMap, subst, subst_vars};
use crate::types::{SigData, Ty, TyKind, invalid};
use crate::under::{TypeError, common_under};
use crate::universe::builtin_info;
use crate::version::go1;
use goxide_base::{Name, Pos};
use goxide_syntax::ast::{Expr, ExprKind, Ident};
use goxide_syntax::expr_string;
use goxide_syntax::start_pos;

/// The parts of a call expression.
#[derive(Clone, Copy)]
pub(crate) struct Call {
    pub expr: &'static Expr,
    pub fun: &'static Expr,
    pub args: &'static [Expr],
    pub has_dots: bool,
}

fn index_of(e: &'static Expr) -> &'static [Expr] {
    match &e.kind {
        ExprKind::Index { index, .. } => index.list(),
        _ => &[],
    }
}

impl Checker {
    /// Instantiates generic function `x` with the type arguments of `inst` and those inferred from `target`. Without
    /// `infer`, missing type arguments are not inferred: those present are returned and `x` stays as it is.
    pub(crate) fn func_inst(
        &mut self,
        target: Option<&Target>,
        pos: Pos,
        x: &mut Operand,
        inst: Option<&'static Expr>,
        infer: bool,
    ) -> Option<Vec<Ty>> {
        let err_pos = inst.map_or(pos, |i| i.pos);
        if inst.is_some() {
            x.expr = inst;
        }
        let version_ok = self.verify_version(err_pos, go1(18), "function instantiation");
        let xlist = inst.map_or(&[][..], index_of);
        let mut targs: Vec<Ty> = Vec::new();
        if inst.is_some() {
            match self.type_list(xlist) {
                Some(t) => targs = t,
                None => {
                    x.invalidate();
                    return None;
                }
            }
        }
        let sig_ty = x.typ;
        let sig = sig_ty.sig();
        let (got, want) = (targs.len(), sig.tparams().len());
        if got > want {
            self.error(&xlist[got - 1], Code::WrongTypeArgCount, format!("got {got} type arguments but want {want}"));
            x.invalidate();
            return None;
        }
        if got < want {
            if !infer {
                return Some(targs);
            }
            // `var v T = x` is like a call g(v) of func g[type parameters of x](type of x).
            let mut args: Vec<Operand> = Vec::new();
            let mut params: Vec<Obj> = Vec::new();
            if let Some(t) = target {
                if version_ok && !self.allow_version(go1(21)) {
                    let what = if inst.is_some() { "partially" } else { "implicitly" };
                    self.version_error(err_pos, go1(21), format!("{what} instantiated function in assignment"));
                }
                let gsig = Ty::sig_of(SigData {
                    params: sig.params(),
                    results: sig.results(),
                    variadic: sig.variadic(),
                    ..SigData::default()
                });
                params.push(Obj::new_param(x.pos(), Some(self.pkg), Name::new(""), gsig));
                let name = dummy_name(x.pos(), &t.desc);
                args.push(Operand { mode: Mode::Value, expr: Some(name), typ: t.sig, ..Operand::default() });
            }
            let reverse = target.is_some();
            let (tparams, params2) = self.rename_tparams(pos, sig.tparams(), Ty::tuple_of(params));
            let mut err = ErrorDesc::new(Code::CannotInferTypeArgs);
            let given: Vec<Option<Ty>> = targs.iter().map(|t| Some(*t)).collect();
            let refs: Vec<&Operand> = args.iter().collect();
            match self.infer(pos, &tparams, &given, params2.as_tuple().unwrap_or(&[]), &refs, reverse, &mut err) {
                Some(t) => targs = t,
                None => {
                    if !err.is_empty() {
                        self.report(err);
                    }
                    x.invalidate();
                    return None;
                }
            }
        }
        let e = x.expr.unwrap_or_else(|| dummy_name(pos, ""));
        x.typ = self.instantiate_signature(x.pos(), e, sig_ty, targs, xlist);
        x.mode = Mode::Value;
        None
    }

    /// The signature with type parameters replaced; constraints are verified later.
    pub(crate) fn instantiate_signature(
        &mut self,
        pos: Pos,
        e: &'static Expr,
        sig: Ty,
        targs: Vec<Ty>,
        xlist: &'static [Expr],
    ) -> Ty {
        let targs: &'static [Ty] = leak_vec(targs);
        let tparams = sig.sig().tparams();
        let s = subst(sig, &SubstMap::new(tparams, targs)).sig().data();
        let inst = Ty::sig_of(SigData { tparams: &[], ..s });
        self.record_instance(e, targs, inst);
        self.later(move |check| match check.verify(pos, tparams, targs) {
            Err((i, msg)) => {
                let pos = xlist.get(i).map_or(pos, start_pos);
                check.soft_error(pos, Code::InvalidTypeArg, msg);
            }
            Ok(()) => {
                let pkg = check.pkg;
                let xs: Vec<&Expr> = xlist.iter().collect();
                check.mono.record_instance(pkg, pos, tparams, targs, &xs);
            }
        });
        inst
    }

    /// A call, conversion or use of a built-in.
    pub(crate) fn call_expr(
        &mut self,
        x: &mut Operand,
        e: &'static Expr,
        fun: &'static Expr,
        args: &'static [Expr],
        has_dots: bool,
    ) -> ExprClass {
        let call = Call { expr: e, fun, args, has_dots };
        let mut inst: Option<&'static Expr> = None;
        if matches!(fun.kind, ExprKind::Index { .. }) {
            if self.index_expr(x, fun) {
                inst = Some(fun); // type arguments are combined with what the arguments tell
            }
            x.expr = Some(fun);
            self.record(x);
        } else {
            self.expr_or_type(x, fun, true);
        }
        match x.mode {
            Mode::Invalid => {
                self.use_exprs(args);
                x.expr = Some(e);
                return ExprClass::Statement;
            }
            Mode::TypExpr => {
                self.conversion_call(x, call);
                return ExprClass::Conversion;
            }
            Mode::Builtin => {
                let id = x.id;
                if !self.builtin(x, call, id) {
                    x.invalidate();
                }
                x.expr = Some(e);
                if x.is_valid() && x.mode != Mode::Constant {
                    self.env.has_call_or_recv = true;
                }
                return if builtin_info(id).statement { ExprClass::Statement } else { ExprClass::Expression };
            }
            _ => {}
        }
        let cgo_call = x.mode == Mode::CgoFunc;

        // For a type parameter, all types must have one signature as underlying type.
        let r = common_under(
            x.typ,
            Some(&mut |t, u| match u {
                Some(u) if u.as_sig().is_none() => Err(TypeError::one("%s is not a function", t)),
                _ => Ok(()),
            }),
        );
        let sig_ty = match r {
            Ok(u) => u,
            Err(err) => {
                let msg = format!("{INVALID_OP}cannot call {}: {}", self.os(x), self.type_error(&err));
                self.error(&*x, Code::InvalidCall, msg);
                self.use_exprs(args);
                x.invalidate();
                x.expr = Some(e);
                return ExprClass::Statement;
            }
        };
        let mut sig = sig_ty;
        let was_generic = !sig.sig().tparams().is_empty();

        let mut xlist: &'static [Expr] = &[];
        let mut targs: Vec<Ty> = Vec::new();
        if let Some(inst) = inst {
            xlist = index_of(inst);
            let Some(list) = self.type_list(xlist) else {
                self.use_exprs(args);
                x.invalidate();
                x.expr = Some(e);
                return ExprClass::Statement;
            };
            targs = list;
            let (got, want) = (targs.len(), sig.sig().tparams().len());
            if got > want {
                self.error(&xlist[want], Code::WrongTypeArgCount, format!("got {got} type arguments but want {want}"));
                self.use_exprs(args);
                x.invalidate();
                x.expr = Some(e);
                return ExprClass::Statement;
            }
            // With all type arguments given there is nothing to infer.
            if got == want && want > 0 {
                self.verify_version(inst, go1(18), "function instantiation");
                sig = self.instantiate_signature(inst.pos, inst, sig, std::mem::take(&mut targs), xlist);
                xlist = &[];
            }
        }

        let (mut list, atargs) = self.generic_expr_list(args);
        sig = self.arguments(call, sig, targs, xlist, &mut list, &atargs);
        if was_generic && sig.sig().tparams().is_empty() {
            self.record_type_and_value(fun, Mode::Value, sig, None);
        }

        let results = sig.sig().results();
        match results {
            [] => x.mode = Mode::NoValue,
            [r] => {
                x.mode = if cgo_call { Mode::CommaErr } else { Mode::Value };
                let t = r.ty();
                if !self.is_complete(t) {
                    x.invalidate();
                    x.expr = Some(e);
                    return ExprClass::Statement;
                }
                x.typ = t;
            }
            _ => {
                x.mode = Mode::Value;
                x.typ = Ty::tuple(results);
            }
        }
        x.expr = Some(e);
        self.env.has_call_or_recv = true;
        // After failed inference a result may still speak of type parameters.
        let tparams = sig.sig().tparams();
        if x.mode == Mode::Value && !tparams.is_empty() && is_parameterized(tparams, x.typ) {
            x.invalidate();
        }
        ExprClass::Statement
    }

    fn conversion_call(&mut self, x: &mut Operand, call: Call) {
        self.non_generic(None, x);
        if !x.is_valid() {
            return;
        }
        let t = x.typ;
        x.invalidate();
        if !self.is_complete(t) {
            x.expr = Some(call.expr);
            return;
        }
        match call.args {
            [] => {
                let msg = format!("missing argument in conversion to {}", self.ts(t));
                self.error(call.expr, Code::WrongArgCount, msg);
            }
            [arg] => {
                let target = if is_func_like(t) { new_target(Some(t), "conversion") } else { None };
                self.expr(target.as_ref(), x, arg);
                if x.is_valid() {
                    let constraint =
                        !is_type_param(t) && t.under().as_interface().is_some_and(|i| !i.type_set().is_method_set());
                    if constraint {
                        let msg = format!(
                            "cannot use interface {} in conversion (contains specific type constraints or is comparable)",
                            self.ts(t)
                        );
                        self.error(call.expr, Code::MisplacedConstraintIface, msg);
                    } else if call.has_dots {
                        let msg = format!("invalid use of ... in conversion to {}", self.ts(t));
                        self.error(arg, Code::BadDotDotDotSyntax, msg);
                    } else {
                        self.conversion(x, t);
                    }
                }
            }
            [.., last] => {
                self.use_exprs(call.args);
                let msg = format!("too many arguments in conversion to {}", self.ts(t));
                self.error(last, Code::WrongArgCount, msg);
            }
        }
        x.expr = Some(call.expr);
    }

    /// Checks expressions; a single one may give several values.
    pub(crate) fn expr_list(&mut self, list: &'static [Expr]) -> Vec<Operand> {
        match list {
            [] => Vec::new(),
            [e] => self.multi_expr(e, false).0,
            _ => list
                .iter()
                .map(|e| {
                    let mut x = Operand::default();
                    self.expr(None, &mut x, e);
                    x
                })
                .collect(),
        }
    }

    /// Like `expr_list`, but results may be generic functions; for partially instantiated ones the type arguments
    /// are given beside them (that list may be shorter).
    fn generic_expr_list(&mut self, list: &'static [Expr]) -> (Vec<Operand>, Vec<Vec<Ty>>) {
        // Before Go 1.21 functions had to be instantiated here.
        let infer = list.is_empty() || !self.allow_version(go1(21));
        let mut targs_list = Vec::new();
        if let [e] = list {
            let mut x = Operand::default();
            if matches!(e.kind, ExprKind::Index { .. }) {
                if self.index_expr(&mut x, e) {
                    targs_list.push(self.generic_arg(&mut x, e, infer));
                    return (vec![x], targs_list);
                }
                self.finish_index(&mut x, e);
                self.exclude_values(&mut x);
            } else {
                self.generic_multi(&mut x, e);
            }
            if x.is_valid()
                && let Some(vars) = x.typ.as_tuple()
            {
                let list = vars
                    .iter()
                    .map(|v| Operand { mode: Mode::Value, expr: Some(e), typ: v.ty(), ..Operand::default() })
                    .collect();
                return (list, targs_list);
            }
            return (vec![x], targs_list);
        }
        let mut out = Vec::with_capacity(list.len());
        for e in list {
            let mut x = Operand::default();
            let mut targs = Vec::new();
            if matches!(e.kind, ExprKind::Index { .. }) {
                if self.index_expr(&mut x, e) {
                    targs = self.generic_arg(&mut x, e, infer);
                } else {
                    self.finish_index(&mut x, e);
                    self.exclude_values(&mut x);
                    self.single_value(&mut x);
                }
            } else {
                self.generic_expr(&mut x, e, None);
            }
            targs_list.push(targs);
            out.push(x);
        }
        (out, targs_list)
    }

    /// What `raw_expr` does after `index_expr` for an ordinary index expression.
    fn finish_index(&mut self, x: &mut Operand, e: &'static Expr) {
        x.expr = Some(e);
        self.record(x);
    }

    /// Instantiates an argument `f[T]` as far as its type arguments go; gives those of an incomplete list.
    fn generic_arg(&mut self, x: &mut Operand, e: &'static Expr, infer: bool) -> Vec<Ty> {
        let pos = x.pos();
        match self.func_inst(None, pos, x, Some(e), infer) {
            Some(targs) => {
                x.expr = Some(e);
                targs
            }
            None => {
                self.record(x);
                Vec::new()
            }
        }
    }

    /// Checks arguments against a signature, inferring missing type arguments of callee and arguments. Gives the
    /// instantiated signature, or the given one after an error.
    pub(crate) fn arguments(
        &mut self,
        call: Call,
        sig_ty: Ty,
        targs: Vec<Ty>,
        xlist: &'static [Expr],
        args: &mut [Operand],
        atargs: &[Vec<Ty>],
    ) -> Ty {
        let sig = sig_ty.sig();
        let mut rsig = sig_ty;
        let nargs = args.len();
        let params = sig.params();
        let mut npars = params.len();
        let ddd = call.has_dots;

        // A variadic parameter stands for as many as there are arguments.
        let mut sig_params: &'static [Obj] = params;
        let mut adjusted = false;
        if sig.variadic() {
            if ddd {
                if call.args.len() == 1 && nargs > 1 {
                    let msg = format!("cannot use ... with {nargs}-valued {}", expr_string(&call.args[0]));
                    self.error(call.expr, Code::InvalidDotDotDot, msg);
                    return rsig;
                }
            } else if nargs + 1 >= npars {
                let last = params[npars - 1];
                let elem = last.ty().as_slice().or_else(|| last.ty().under().as_slice()).unwrap_or_else(invalid);
                // The common case of exactly one variadic argument and the others share one new variable.
                let mut vars = params[..npars - 1].to_vec();
                if vars.len() < nargs {
                    let v = Obj::new_param(last.pos(), last.pkg(), last.name(), elem);
                    vars.resize(nargs, v);
                }
                sig_params = leak_vec(vars);
                adjusted = true;
                npars = nargs;
            } else {
                npars -= 1; // for the message
            }
        } else if ddd {
            let msg = format!("cannot use ... in call to non-variadic {}", expr_string(call.fun));
            self.error(call.expr, Code::NonVariadicDotDotDot, msg);
            return rsig;
        }

        if nargs != npars {
            let (at, qualifier) = if nargs > npars {
                (args[npars].start(), "too many")
            } else if nargs > 0 {
                (args[nargs - 1].start(), "not enough")
            } else {
                (start_pos(call.expr), "not enough")
            };
            let mut err = ErrorDesc::new(Code::WrongArgCount);
            err.add(at, format!("{qualifier} arguments in call to {}", expr_string(call.fun)));
            err.add(Pos::NONE, format!("have {}", self.types_summary(&operand_types(args), false, ddd)));
            err.add(Pos::NONE, format!("want {}", self.types_summary(&var_types(params), sig.variadic(), false)));
            err.advice = Some(self.declared_here(call.fun));
            self.report(err);
            return rsig;
        }

        // Type parameters of the callee, then those of generic arguments.
        let mut tparams: Vec<Ty> = Vec::new();
        let mut targs: Vec<Option<Ty>> = targs.into_iter().map(Some).collect();
        let n = sig.tparams().len();
        if n > 0 {
            if !self.allow_version(go1(18)) {
                match call.fun.kind {
                    ExprKind::Index { .. } => self.version_error(call.fun, go1(18), "function instantiation"),
                    _ => self.version_error(call.expr, go1(18), "implicit function instantiation"),
                }
            }
            let (renamed, tmp) = self.rename_tparams(call.expr.pos, sig.tparams(), Ty::tuple(sig_params));
            tparams = renamed;
            sig_params = tmp.as_tuple().unwrap_or(&[]);
            targs.resize(tparams.len(), None);
        }
        let mut generic_args: Vec<usize> = Vec::new();
        for (i, arg) in args.iter_mut().enumerate() {
            let Some(asig) = arg.typ.as_sig().filter(|s| arg.mode != Mode::Invalid && !s.tparams().is_empty()) else {
                continue;
            };
            // Each argument gets type parameters of its own, as in f(g, g).
            let (atparams, tmp) = self.rename_tparams(call.expr.pos, asig.tparams(), Ty::sig_of(asig.data()));
            let d = tmp.sig().data();
            arg.typ = Ty::sig_of(SigData { tparams: leak_vec(atparams.clone()), ..d });
            tparams.extend(atparams);
            if let Some(at) = atargs.get(i) {
                targs.extend(at.iter().map(|t| Some(*t)));
            }
            targs.resize(tparams.len(), None);
            generic_args.push(i);
        }
        if let Some(i) = generic_args.first() {
            let at = args[*i].start();
            self.verify_version(at, go1(21), "implicitly instantiated function as argument");
        }

        if !tparams.is_empty() {
            let mut err = ErrorDesc::new(Code::CannotInferTypeArgs);
            let refs: Vec<&Operand> = args.iter().collect();
            let inferred = self.infer(call.expr.pos, &tparams, &targs, sig_params, &refs, false, &mut err);
            let Some(inferred) = inferred else {
                if !err.is_empty() {
                    let msg = format!("in call to {}, {}", expr_string(call.fun), err.msg());
                    self.error(err.pos(), Code::CannotInferTypeArgs, msg);
                }
                return rsig;
            };
            if n > 0 {
                rsig = self.instantiate_signature(call.expr.pos, call.fun, sig_ty, inferred[..n].to_vec(), xlist);
                sig_params = if adjusted {
                    subst_vars(sig_params, &SubstMap::new(&tparams[..n], &inferred[..n]))
                } else {
                    rsig.sig().params()
                };
            }
            let mut j = n;
            for i in generic_args {
                let asig = args[i].typ;
                let k = j + asig.sig().tparams().len();
                let e = args[i].expr.unwrap_or(call.expr);
                args[i].typ = self.instantiate_signature(call.expr.pos, e, asig, inferred[j..k].to_vec(), &[]);
                self.record(&args[i]);
                j = k;
            }
        }

        if !args.is_empty() {
            let context = LazyContext(call.fun);
            for (a, p) in args.iter_mut().zip(sig_params) {
                let t = p.ty();
                // The text is needed for errors only, and making it costs more than the check.
                if self.assign_quick(a, t) {
                    continue;
                }
                self.assignment(a, Some(t), &context.text());
            }
        }
        rsig
    }

    /// Whether `x` is a typed value of exactly type `t`, which needs no further check.
    fn assign_quick(&self, x: &Operand, t: Ty) -> bool {
        matches!(x.mode, Mode::Constant | Mode::Variable | Mode::MapIndex | Mode::Value | Mode::CommaOk)
            && x.typ == t
            && is_typed(t)
            && !matches!(t.kind(), TyKind::Func(_) | TyKind::Tuple(_))
            && !is_generic(t)
    }

    /// A selector `x.sel`; `want_type` if only a type will do.
    pub(crate) fn selector(&mut self, x: &mut Operand, e: &'static Expr, want_type: bool) {
        let ok = match &e.kind {
            ExprKind::Selector { x: ex, sel } => self.selector_ok(x, e, ex, *sel, want_type),
            _ => false,
        };
        if !ok {
            x.invalidate();
            x.typ = invalid();
        }
        x.expr = Some(e);
    }

    fn selector_ok(
        &mut self,
        x: &mut Operand,
        e: &'static Expr,
        ex: &'static Expr,
        sel: Ident,
        want_type: bool,
    ) -> bool {
        let name = sel.name;
        // Package names occur in qualified identifiers only, so they need no mode of their own.
        if let ExprKind::Name(n) = &ex.kind
            && let Some(pname) = self.lookup(*n)
            && let ObjKind::PkgName { imported } = &pname.kind
        {
            return self.qualified(x, e, ex, sel, pname, *imported);
        }

        self.expr_or_type(x, ex, false);
        match x.mode {
            Mode::Builtin => {
                let msg = format!("invalid use of {} in selector expression", self.os(x));
                self.error(e.pos, Code::UncalledBuiltin, msg);
                return false;
            }
            Mode::Invalid => return false,
            _ => {}
        }
        if !self.is_complete(x.typ) {
            return false;
        }
        if want_type {
            self.error(sel, Code::NotAType, format!("{} is not a type", expr_string(e)));
            return false;
        }
        if let Some(base) = x.typ.under().as_pointer()
            && !self.is_complete(base)
        {
            return false;
        }

        let addressable = x.mode == Mode::Variable;
        let pkg = Some(self.pkg);
        let found = lookup_field_or_method(x.typ, addressable, pkg, name, false);
        let Some(obj) = found.obj else {
            if !x.typ.under().is_valid() {
                return false;
            }
            if found.index.is_some() {
                self.error(sel, Code::AmbiguousSelector, format!("ambiguous selector {}.{name}", x.expr_str()));
                return false;
            }
            if found.indirect {
                let t = self.ts(x.typ);
                let msg = if x.mode == Mode::TypExpr {
                    format!("invalid method expression {t}.{name} (needs pointer receiver (*{t}).{name})")
                } else {
                    format!("cannot call pointer method {name} on {t}")
                };
                self.error(sel, Code::InvalidMethodExpr, msg);
                return false;
            }
            let why = if is_interface_ptr(x.typ) {
                self.interface_ptr_error(x.typ)
            } else {
                let alt = lookup_field_or_method(x.typ, addressable, pkg, name, true).obj;
                self.lookup_error(x.typ, name.as_str(), alt, false)
            };
            self.error(sel, Code::MissingFieldOrMethod, format!("{}.{name} undefined ({why})", x.expr_str()));
            return false;
        };
        let index = found.index.unwrap_or_default();

        if obj.as_var().is_some() {
            if x.mode == Mode::TypExpr {
                let msg = format!("operand for field selector {name} must be value of type {}", self.ts(x.typ));
                self.error(ex, Code::MissingFieldOrMethod, msg);
                return false;
            }
            self.record_selection(e, sel, SelectionKind::FieldVal, x.typ, obj, index, found.indirect);
            x.mode = if addressable || found.indirect { Mode::Variable } else { Mode::Value };
            x.typ = obj.ty();
            return true;
        }

        self.obj_decl(obj); // the signature must be there
        self.add_decl_dep(obj);
        let Some(sig) = obj.sig_opt() else { return false };
        let d = sig.data();
        if x.mode == Mode::TypExpr {
            self.record_selection(e, sel, SelectionKind::MethodExpr, x.typ, obj, index, found.indirect);
            let Some(recv) = d.recv else {
                self.error(e, Code::InvalidDeclCycle, "illegal cycle in method declaration");
                return false;
            };
            // The receiver becomes the first parameter, named if the others are.
            let pname = match d.params.first() {
                Some(p) if p.name() != "" => {
                    if recv.name() == "" {
                        Name::new("_")
                    } else {
                        recv.name()
                    }
                }
                _ => Name::new(""),
            };
            let mut params = vec![Obj::new_param(recv.pos(), recv.pkg(), pname, x.typ)];
            params.extend_from_slice(d.params);
            x.mode = Mode::Value;
            x.typ = Ty::sig_of(SigData {
                tparams: d.tparams,
                method_expr: true,
                params: leak_vec(params),
                results: d.results,
                variadic: d.variadic,
                ..SigData::default()
            });
        } else {
            self.record_selection(e, sel, SelectionKind::MethodVal, x.typ, obj, index, found.indirect);
            x.mode = Mode::Value;
            x.typ = Ty::sig_of(SigData { recvold: d.recv, recv: None, ..d });
        }
        true
    }

    /// A qualified identifier `pkg.sel`.
    fn qualified(
        &mut self,
        x: &mut Operand,
        e: &'static Expr,
        ex: &'static Expr,
        sel: Ident,
        pname: Obj,
        imported: crate::object::Pkg,
    ) -> bool {
        let name = sel.name;
        self.record_use(ex.id, pname);
        self.used_pkg_names.insert(pname);
        // gc's export data holds no unexported names.
        let exp = imported.scope().lookup(name).filter(|o| !self.conf.gc || o.exported());
        let Some(exp) = exp else {
            if !imported.fake() && is_valid_name(name.as_str()) {
                let es = expr_string(e);
                let msg = match imported.scope().lookup_ignoring_case(name.as_str(), true).first() {
                    Some(o) => format!("undefined: {es} (but have {})", o.name()),
                    None => format!("undefined: {es}"),
                };
                self.error(sel, Code::UndeclaredImportedName, msg);
            }
            return false;
        };
        if !exp.exported() {
            let msg = format!("name {name} not exported by package {}", imported.name());
            self.error(sel, Code::UnexportedName, msg);
        }
        self.record_use(sel.id, exp);
        x.typ = exp.ty();
        match &exp.kind {
            ObjKind::Const(_) => {
                x.mode = Mode::Constant;
                x.val = exp.const_val().unwrap_or(crate::constant::Value::Unknown);
            }
            ObjKind::TypeName => x.mode = Mode::TypExpr,
            ObjKind::Var(_) => x.mode = Mode::Variable,
            ObjKind::Func(_) => x.mode = Mode::Value,
            ObjKind::Builtin(id) => {
                x.mode = Mode::Builtin;
                x.id = *id;
            }
            _ => return false,
        }
        true
    }

    /// Checks expressions for what is used in them, after an error around them. Tells whether they are without errors.
    pub(crate) fn use_exprs(&mut self, list: &'static [Expr]) -> bool {
        self.use_n(list, false)
    }

    /// As `use_exprs` for one expression.
    pub(crate) fn use_expr(&mut self, e: &'static Expr) -> bool {
        self.use1(e, false)
    }

    /// As `use_exprs` for targets of an assignment: being a target is no use.
    pub(crate) fn use_lhs(&mut self, list: &'static [Expr]) -> bool {
        self.use_n(list, true)
    }

    fn use_n(&mut self, list: &'static [Expr], lhs: bool) -> bool {
        let mut ok = true;
        for e in list {
            ok &= self.use1(e, lhs);
        }
        ok
    }

    fn use1(&mut self, e: &'static Expr, lhs: bool) -> bool {
        let mut x = Operand { mode: Mode::Value, ..Operand::default() };
        let n = e.unparen();
        match &n.kind {
            ExprKind::Name(name) => {
                if name.is_blank() {
                    return true;
                }
                let v = if lhs { self.lhs_use(n) } else { None };
                self.expr_or_type(&mut x, n, true);
                self.restore_use(v);
            }
            ExprKind::List(l) => return self.use_n(l, lhs),
            _ => {
                self.raw_expr(None, &mut x, e, None, true);
            }
        }
        x.is_valid()
    }
}

/// The context of an argument's assignment, made into text on demand.
struct LazyContext(&'static Expr);

impl LazyContext {
    fn text(&self) -> String {
        format!("argument to {}", expr_string(self.0))
    }
}
