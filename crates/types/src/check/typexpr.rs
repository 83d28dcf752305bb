//! Identifiers and type expressions (`typexpr.go`).

use super::{Checker, Operand};
use crate::codes::Code;
use crate::constant::{self, Kind};
use crate::errorf;
use crate::info::Mode;
use crate::object::{Obj, ObjKind};
use crate::predicates::{comparable, is_generic, is_integer, is_type_param, is_untyped, is_valid_name};
use crate::types::{BasicKind, Ty, TyKind, invalid, typ};
use crate::universe;
use crate::version::go1;
use goxide_syntax::ast::{Expr, ExprKind};
use goxide_syntax::start_pos;

impl Checker {
    /// Type-checks the identifier `e` and initializes `x` with what it denotes.
    pub(crate) fn ident(&mut self, x: &mut Operand, e: &'static Expr, want_type: bool) {
        let ExprKind::Name(name) = e.kind else { unreachable!("identifier expected") };
        x.invalidate();
        x.expr = Some(e);
        let Some((scope, obj)) = self.lookup_scope(name) else {
            if name.is_blank() {
                self.error(e, Code::InvalidBlank, "cannot use _ as value or type");
            } else if is_valid_name(name.as_str()) {
                errorf!(self, e, UndeclaredName, "undefined: {}", name);
            }
            return;
        };
        if (obj == universe::any_obj() || obj == universe::comparable_obj())
            && !self.verify_version(e, go1(18), format!("predeclared {name}"))
        {
            return;
        }
        self.record_use(e.id, obj);
        let got_type = obj.is_type_name();
        if !got_type && want_type {
            errorf!(self, e, NotAType, "{} ({}) is not a type", obj.name(), crate::typestring::object_kind(obj));
            // Avoid a follow-on "declared and not used".
            if obj.is_var() && obj.pkg() == Some(self.pkg) {
                self.used_vars.insert(obj);
            }
            return;
        }
        // Type names of this package are declared anew for their cycles; see `valid_cycle`.
        if obj.ty_opt().is_none() || got_type && want_type && obj.pkg() == Some(self.pkg) {
            self.obj_decl(obj);
        }
        let t = obj.ty();
        // The object may have come through a dot import, which is thereby used.
        if let Some(p) = self.dot_import_map.get(&(scope, obj.name())) {
            self.used_pkg_names.insert(*p);
        }
        match &obj.kind {
            ObjKind::PkgName { .. } => {
                errorf!(self, e, InvalidPkgUse, "use of package {} not in selector", obj.name());
                return;
            }
            ObjKind::Const(_) => {
                self.add_decl_dep(obj);
                if !t.is_valid() {
                    return;
                }
                if obj == universe::iota_obj() {
                    let Some(v) = self.env.iota.clone() else {
                        self.error(e, Code::InvalidIota, "cannot use iota outside constant declaration");
                        return;
                    };
                    x.val = v;
                } else {
                    x.val = obj.const_val().unwrap_or(constant::Value::Unknown);
                }
                x.mode = Mode::Constant;
            }
            ObjKind::TypeName => x.mode = Mode::TypExpr,
            ObjKind::Var(_) => {
                if obj.pkg() == Some(self.pkg) {
                    self.used_vars.insert(obj);
                }
                self.add_decl_dep(obj);
                if !t.is_valid() {
                    return;
                }
                x.mode = Mode::Variable;
            }
            ObjKind::Func(_) => {
                self.add_decl_dep(obj);
                x.mode = Mode::Value;
            }
            ObjKind::Builtin(id) => {
                x.id = *id;
                x.mode = Mode::Builtin;
            }
            ObjKind::Nil => x.mode = Mode::NilValue,
            ObjKind::Label => unreachable!("labels are in no lookup scope"),
        }
        x.typ = t;
    }

    /// The type `e` denotes; the invalid type after an error.
    pub fn typ(&mut self, e: &'static Expr) -> Ty {
        self.declared_type(e, None)
    }

    /// As `typ`; the type must be permitted for variables.
    pub fn var_type(&mut self, e: &'static Expr) -> Ty {
        let t = self.declared_type(e, None);
        self.valid_var_type(e, t);
        t
    }

    /// Reports (later) a constraint interface used as the type of a variable.
    pub(crate) fn valid_var_type(&mut self, e: &'static Expr, t: Ty) {
        if is_type_param(t) || t.as_basic().is_some() {
            return;
        }
        self.later(move |c| {
            let TyKind::Interface(i) = t.under().kind() else { return };
            let set = i.type_set();
            if set.is_method_set() {
                return;
            }
            let why = if set.comparable {
                "interface is (or embeds) comparable"
            } else {
                "interface contains type constraints"
            };
            let msg = format!("cannot use type {} outside a type constraint: {why}", c.ts(t));
            c.soft_error(start_pos(e), Code::MisplacedConstraintIface, msg);
        });
    }

    /// As `typ`; `def` is the type name being declared by this expression.
    pub(crate) fn declared_type(&mut self, e: &'static Expr, def: Option<Obj>) -> Ty {
        let mut t = self.typ_internal(e, def);
        if self.gc_all && matches!(t.kind(), TyKind::Array(_) | TyKind::Chan(_) | TyKind::Map(_)) {
            self.sized.push((t, e.pos));
        }
        if is_generic(t) {
            errorf!(self, e, WrongTypeArgCount, "cannot use generic type {} without instantiation", t);
            t = invalid();
        }
        self.record_type_and_value(e, Mode::TypExpr, t, None);
        t
    }

    /// The generic type `e` denotes; invalid, with a cause, if it is not generic.
    pub(crate) fn generic_type(&mut self, e: &'static Expr, cause: Option<&mut String>) -> Ty {
        let mut t = self.typ_internal(e, None);
        if t.is_valid() && !is_generic(t) {
            if let Some(c) = cause {
                *c = format!("{} is not a generic type", self.ts(t));
            }
            t = invalid();
        }
        self.record_type_and_value(e, Mode::TypExpr, t, None);
        t
    }

    fn typ_internal(&mut self, e0: &'static Expr, def: Option<Obj>) -> Ty {
        match &e0.kind {
            ExprKind::Bad => {}
            ExprKind::Name(_) | ExprKind::Selector { .. } => {
                let mut x = Operand::default();
                if let ExprKind::Name(_) = e0.kind {
                    self.ident(&mut x, e0, true);
                } else {
                    self.selector(&mut x, e0, true);
                }
                match x.mode {
                    Mode::TypExpr => return x.typ,
                    Mode::Invalid => {}
                    Mode::NoValue => errorf!(self, x, NotAType, "{} used as type", x),
                    _ => errorf!(self, x, NotAType, "{} is not a type", x),
                }
            }
            ExprKind::Index { x, index } => {
                self.verify_version(e0, go1(18), "type instantiation");
                return self.instantiated_type(x, index.list());
            }
            ExprKind::Paren(x) => return self.declared_type(x, def),
            ExprKind::ArrayType { len, elem } => {
                let n = match len {
                    Some(l) => self.array_length(l),
                    None => {
                        let msg = "invalid use of [...] array (outside a composite literal)";
                        self.error(e0, Code::BadDotDotDotSyntax, msg);
                        -1
                    }
                };
                let t = self.var_type(elem);
                if n >= 0 {
                    return Ty::array(n, t);
                }
            }
            ExprKind::SliceType(elem) => return Ty::slice(self.var_type(elem)),
            ExprKind::DotsType(_) => self.error(e0, Code::InvalidSyntaxTree, "invalid use of ..."),
            ExprKind::StructType(fields) => return self.struct_type(fields),
            ExprKind::Star(x) => {
                let t = self.var_type(x);
                return if t.is_valid() { Ty::pointer(t) } else { invalid() };
            }
            ExprKind::FuncType(ft) => {
                let t = Ty::new_sig();
                self.func_type(t, None, &[], ft);
                return t;
            }
            ExprKind::InterfaceType(list) => {
                let t = Ty::new_interface();
                self.interface_type(t, e0.pos, list, def);
                return t;
            }
            ExprKind::MapType { key, value } => {
                let k = self.var_type(key);
                let v = self.var_type(value);
                self.later(move |c| {
                    if !comparable(k) {
                        let why = if is_type_param(k) { " (missing comparable constraint)" } else { "" };
                        errorf!(c, **key, IncomparableMapKey, "invalid map key type {}{}", k, why);
                    }
                });
                return Ty::map(k, v);
            }
            ExprKind::ChanType { dir, elem } => return Ty::chan(*dir, self.var_type(elem)),
            _ => {
                errorf!(self, e0, NotAType, "{} is not a type", e0);
                self.use_exprs(std::slice::from_ref(e0));
            }
        }
        invalid()
    }

    pub(crate) fn instantiated_type(&mut self, x: &'static Expr, xlist: &'static [Expr]) -> Ty {
        let mut cause = String::new();
        let gtyp = self.generic_type(x, Some(&mut cause));
        if !cause.is_empty() {
            let list: Vec<&Expr> = xlist.iter().collect();
            errorf!(self, x, NotAGenericType, "invalid operation: {}{} ({})", x, list, cause);
        }
        if !gtyp.is_valid() {
            return gtyp;
        }
        let Some(targs) = self.type_list(xlist) else { return invalid() };
        if let Some(a) = gtyp.as_alias() {
            let name = a.own_obj.name().to_string();
            if !self.validate_targ_len(x.pos, &name, a.tparams().len(), targs.len()) {
                return invalid();
            }
        }
        let inst = crate::context::instance(x.pos, gtyp, &targs);
        if !matches!(inst.kind(), TyKind::Named(_) | TyKind::Alias(_)) {
            return invalid();
        }
        self.later(move |c| {
            let targs: &'static [Ty] = crate::late::leak_vec(targs);
            c.record_instance(x, targs, inst);
            let (name, tparams) = match inst.kind() {
                TyKind::Alias(a) => (a.own_obj.name(), a.tparams()),
                _ => (inst.named().own_obj.name(), inst.named().tparams()),
            };
            if c.validate_targ_len(x.pos, name.as_str(), tparams.len(), targs.len()) {
                if let Err((i, msg)) = c.verify(x.pos, tparams, targs) {
                    let pos = xlist.get(i).map_or(x.pos, start_pos);
                    c.soft_error(pos, Code::InvalidTypeArg, msg);
                } else {
                    let list: Vec<&Expr> = xlist.iter().collect();
                    let pkg = c.pkg;
                    c.mono.record_instance(pkg, x.pos, tparams, targs, &list);
                }
            }
        });
        inst
    }

    /// The length an array type gives, or -1 after an error.
    pub(crate) fn array_length(&mut self, e: &'static Expr) -> i64 {
        // `[N]T` in a place where a type parameter list was possible: blame the name.
        if let ExprKind::Name(name) = e.kind {
            match self.lookup(name) {
                None => {
                    let msg = format!("undefined array length {name} or missing type constraint");
                    self.error(e, Code::InvalidArrayLen, msg);
                    return -1;
                }
                Some(o) if !o.is_const() => {
                    errorf!(self, e, InvalidArrayLen, "invalid array length {}", name);
                    return -1;
                }
                _ => {}
            }
        }
        let mut x = Operand::default();
        self.expr(None, &mut x, e);
        if x.mode != Mode::Constant {
            if x.is_valid() {
                errorf!(self, x, InvalidArrayLen, "array length {} must be constant", x);
            }
            return -1;
        }
        if is_untyped(x.typ) || is_integer(x.typ) {
            let v = x.val.to_int();
            if v.kind() == Kind::Int
                && super::const_::representable_const(&v, typ(BasicKind::Int)).is_some()
                && let Some(n) = v.int64_val()
                && n >= 0
            {
                return n;
            }
        }
        if is_integer(x.typ) {
            errorf!(self, x, InvalidArrayLen, "invalid array length {}", x);
        } else {
            errorf!(self, x, InvalidArrayLen, "array length {} must be integer", x);
        }
        -1
    }

    /// The types of a list of type expressions; `None` if any is invalid.
    pub(crate) fn type_list(&mut self, list: &'static [Expr]) -> Option<Vec<Ty>> {
        let v: Vec<Ty> = list.iter().map(|e| self.var_type(e)).collect();
        v.iter().all(|t| t.is_valid()).then_some(v)
    }
}
