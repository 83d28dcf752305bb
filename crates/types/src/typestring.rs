//! Types and objects as text (`typestring.go`, the printing half of `object.go`).

use crate::object::{Obj, ObjKind, Pkg};
use crate::predicates::is_type_param;
use crate::types::{BasicKind, ChanDir, Signature, Ty, TyKind, TypeParam};
use crate::universe;
use goxide_base::position;

/// How a package is named in front of its things; "" for not at all.
pub type Qualifier<'a> = &'a dyn Fn(Pkg) -> String;

/// Names packages by path.
pub fn full_qualifier(p: Pkg) -> String {
    p.path().to_string()
}

/// A type as text.
pub fn type_string(t: Ty, qf: Qualifier<'_>) -> String {
    let mut w = TypeWriter::new(qf);
    w.typ(t);
    w.buf
}

/// Writer of types.
pub struct TypeWriter<'a> {
    pub buf: String,
    qf: Qualifier<'a>,
    seen: Vec<Ty>,
    /// Write names of parameters.
    pub param_names: bool,
    /// Mark the first unexported field with its package (for telling equal-looking types apart).
    pub pkg_info: bool,
}

impl<'a> TypeWriter<'a> {
    pub fn new(qf: Qualifier<'a>) -> Self {
        TypeWriter { buf: String::new(), qf, seen: Vec::new(), param_names: true, pkg_info: false }
    }
    fn s(&mut self, s: &str) {
        self.buf.push_str(s);
    }
    fn prefix(&mut self, p: Option<Pkg>) {
        if let Some(p) = p {
            let q = (self.qf)(p);
            if !q.is_empty() {
                self.buf.push_str(&q);
                self.buf.push('.');
            }
        }
    }
    /// Writes a type.
    pub fn typ(&mut self, t: Ty) {
        if self.seen.contains(&t) {
            self.s(&format!("<cycle to {}>", kind_name(t)));
            return;
        }
        self.seen.push(t);
        self.typ1(t);
        self.seen.pop();
    }
    fn typ1(&mut self, t: Ty) {
        match t.kind() {
            TyKind::Basic(b) => {
                if b.kind == BasicKind::UnsafePointer {
                    self.prefix(Some(universe::unsafe_pkg()));
                }
                self.s(b.name);
            }
            TyKind::Array(a) => {
                self.s(&format!("[{}]", a.len));
                self.typ(a.elem);
            }
            TyKind::Slice(x) => {
                self.s("[]");
                self.typ(x.elem);
            }
            TyKind::Struct(x) => {
                self.s("struct{");
                for (i, f) in x.fields.iter().enumerate() {
                    if i > 0 {
                        self.s("; ");
                    }
                    let annotate = self.pkg_info && !f.exported();
                    if annotate {
                        self.pkg_info = false;
                    }
                    if !f.embedded() {
                        self.s(f.name().as_str());
                        self.s(" ");
                    }
                    self.typ(f.ty());
                    if annotate {
                        let p = f.pkg().map_or("", |p| p.path().as_str());
                        self.s(&format!(" /* package {p} */ "));
                    }
                    if !x.tag(i).is_empty() {
                        self.s(" ");
                        let q = crate::constant::quote(x.tag(i).as_bytes());
                        self.s(&q);
                    }
                }
                self.s("}");
            }
            TyKind::Pointer(p) => {
                self.s("*");
                self.typ(p.base);
            }
            TyKind::Tuple(v) => self.tuple(v, false),
            TyKind::Func(x) => {
                self.s("func");
                self.signature(x);
            }
            TyKind::Union(v) => {
                for (i, t) in v.iter().enumerate() {
                    if i > 0 {
                        self.s(" | ");
                    }
                    if t.tilde {
                        self.s("~");
                    }
                    self.typ(t.ty);
                }
            }
            TyKind::Interface(x) => {
                if x.complete() && x.type_set().comparable && universe::comparable_obj().ty().under() == t {
                    self.s("interface{comparable}");
                    return;
                }
                let d = x.data();
                if x.implicit() {
                    if d.methods.is_empty() && d.embeddeds.len() == 1 {
                        self.typ(d.embeddeds[0]);
                        return;
                    }
                    self.s("/* implicit */ ");
                }
                self.s("interface{");
                let mut first = true;
                for m in d.methods {
                    if !std::mem::take(&mut first) {
                        self.s("; ");
                    }
                    self.s(m.name().as_str());
                    if let Some(s) = m.sig_opt() {
                        self.signature(s);
                    }
                }
                for e in d.embeddeds {
                    if !std::mem::take(&mut first) {
                        self.s("; ");
                    }
                    self.typ(*e);
                }
                self.s("}");
            }
            TyKind::Map(m) => {
                self.s("map[");
                self.typ(m.key);
                self.s("]");
                self.typ(m.elem);
            }
            TyKind::Chan(c) => {
                let parens = c.dir == ChanDir::Both && matches!(c.elem.as_chan(), Some((ChanDir::Recv, _)));
                self.s(match c.dir {
                    ChanDir::Both => "chan ",
                    ChanDir::Send => "chan<- ",
                    ChanDir::Recv => "<-chan ",
                });
                if parens {
                    self.s("(");
                }
                self.typ(c.elem);
                if parens {
                    self.s(")");
                }
            }
            TyKind::Named(n) => {
                self.type_name(n.own_obj);
                if n.inst.is_some() {
                    self.type_list(n.targs());
                } else if !n.tparams().is_empty() {
                    self.tparam_list(n.tparams());
                }
            }
            TyKind::Alias(a) => {
                self.type_name(a.own_obj);
                if !a.targs.is_empty() {
                    self.type_list(a.targs);
                } else if !a.tparams().is_empty() {
                    self.tparam_list(a.tparams());
                }
            }
            TyKind::TypeParam(p) => {
                self.s(p.obj.name().as_str());
                if universe::universe().lookup(p.obj.name()).is_some() {
                    let s = format!(" /* with {} declared at {} */", p.obj.name(), position(p.obj.pos()));
                    self.s(&s);
                }
            }
        }
    }
    fn type_name(&mut self, o: Obj) {
        self.prefix(o.pkg());
        self.s(o.name().as_str());
    }
    fn type_list(&mut self, v: &[Ty]) {
        self.s("[");
        for (i, t) in v.iter().enumerate() {
            if i > 0 {
                self.s(", ");
            }
            self.typ(*t);
        }
        self.s("]");
    }
    /// Writes `[P Constraint, …]`.
    pub fn tparam_list(&mut self, v: &[Ty]) {
        self.s("[");
        let mut prev: Option<Ty> = None;
        for (i, t) in v.iter().enumerate() {
            let b = t.as_type_param().and_then(TypeParam::bound_opt);
            if i > 0 {
                if b != prev
                    && let Some(p) = prev
                {
                    self.s(" ");
                    self.typ(p);
                }
                self.s(", ");
            }
            prev = b;
            self.typ(*t);
        }
        if let Some(p) = prev {
            self.s(" ");
            self.typ(p);
        }
        self.s("]");
    }
    fn tuple(&mut self, v: &[Obj], variadic: bool) {
        self.s("(");
        for (i, o) in v.iter().enumerate() {
            if i > 0 {
                self.s(", ");
            }
            if !o.name().as_str().is_empty() && self.param_names {
                self.s(o.name().as_str());
                self.s(" ");
            }
            if variadic && i + 1 == v.len() {
                if let Some(e) = o.ty().as_slice() {
                    self.s("...");
                    self.typ(e);
                } else {
                    // append([]byte, string...)
                    self.typ(o.ty());
                    self.s("...");
                }
            } else {
                self.typ(o.ty());
            }
        }
        self.s(")");
    }
    /// Writes parameters and results.
    pub fn signature(&mut self, s: &Signature) {
        let d = s.data();
        if !d.tparams.is_empty() {
            self.tparam_list(d.tparams);
        }
        self.tuple(d.params, d.variadic);
        match d.results {
            [] => {}
            [r] if r.name().as_str().is_empty() => {
                self.s(" ");
                self.typ(r.ty());
            }
            v => {
                self.s(" ");
                self.tuple(v, false);
            }
        }
    }
}

/// Name of the kind of a type, as in "cycle to Named".
fn kind_name(t: Ty) -> &'static str {
    match t.kind() {
        TyKind::Basic(_) => "Basic",
        TyKind::Named(_) => "Named",
        TyKind::Alias(_) => "Alias",
        TyKind::Pointer(_) => "Pointer",
        TyKind::Slice(_) => "Slice",
        TyKind::Array(_) => "Array",
        TyKind::Map(_) => "Map",
        TyKind::Chan(_) => "Chan",
        TyKind::Struct(_) => "Struct",
        TyKind::Tuple(_) => "Tuple",
        TyKind::Func(_) => "Signature",
        TyKind::Interface(_) => "Interface",
        TyKind::Union(_) => "Union",
        TyKind::TypeParam(_) => "TypeParam",
    }
}

/// Whether a type name declares an alias.
pub fn is_alias_name(o: Obj) -> bool {
    let Some(t) = o.ty_opt() else { return false };
    match t.kind() {
        TyKind::Basic(b) => {
            if o.pkg() == Some(universe::unsafe_pkg()) {
                return false;
            }
            o.pkg().is_some() || b.name != o.name().as_str() || universe::is_byte_or_rune(t)
        }
        TyKind::Named(n) => n.own_obj != o,
        TyKind::TypeParam(p) => p.obj != o,
        _ => true,
    }
}

fn prefix(p: Option<Pkg>, qf: Qualifier<'_>) -> String {
    match p.map(qf) {
        Some(s) if !s.is_empty() => s + ".",
        _ => String::new(),
    }
}

/// An object as text (`ObjectString`).
pub fn object_string(o: Obj, qf: Qualifier<'_>) -> String {
    let mut w = TypeWriter::new(qf);
    let mut t = o.ty_opt();
    match &o.kind {
        ObjKind::PkgName { imported } => {
            let path = imported.path();
            let mut s = format!("package {}", o.name());
            if !path.as_str().is_empty() && path != o.name() {
                s += &format!(" ({})", crate::constant::quote(path.as_str().as_bytes()));
            }
            return s;
        }
        ObjKind::Const(_) => w.s("const"),
        ObjKind::TypeName => w.s(if t.is_some_and(is_type_param) { "type parameter" } else { "type" }),
        ObjKind::Var(_) => w.s(if o.is_field() { "field" } else { "var" }),
        ObjKind::Func(_) => {
            w.s("func ");
            if let Some(r) = o.sig_opt().and_then(Signature::recv) {
                w.s("(");
                if matches!(r.ty().kind(), TyKind::Interface(_)) {
                    w.s("interface");
                } else {
                    w.typ(r.ty());
                }
                w.s(").");
            } else if o.sig_opt().is_some() {
                w.prefix(o.pkg());
            }
            w.s(o.name().as_str());
            if let Some(s) = o.sig_opt() {
                w.signature(s);
            }
            return w.buf;
        }
        ObjKind::Label => {
            w.s("label");
            t = None;
        }
        ObjKind::Builtin(_) => {
            w.s("builtin");
            t = None;
        }
        ObjKind::Nil => return "nil".to_owned(),
    }
    w.s(" ");
    if let Some(p) = o.pkg()
        && p.scope().lookup(o.name()) == Some(o)
    {
        let s = prefix(Some(p), qf);
        w.s(&s);
    }
    w.s(o.name().as_str());
    let Some(mut t) = t else { return w.buf };
    if o.is_type_name() {
        match t.kind() {
            TyKind::Basic(_) => return w.buf,
            TyKind::Named(n) if !n.tparams().is_empty() => w.tparam_list(n.tparams()),
            TyKind::Alias(a) if !a.tparams().is_empty() => w.tparam_list(a.tparams()),
            _ => {}
        }
        if is_alias_name(o) {
            w.s(" =");
            if let Some(r) = t.as_alias().and_then(|a| a.rhs()) {
                t = r;
            }
        } else if let TyKind::TypeParam(p) = t.kind() {
            t = p.bound();
        } else {
            t = t.under();
        }
    }
    if o == universe::any_obj() {
        w.s(" interface{}");
        return w.buf;
    }
    w.s(" ");
    w.typ(t);
    w.buf
}

/// Description of an object's kind (`objectKind`).
pub fn object_kind(o: Obj) -> &'static str {
    use crate::object::VarKind;
    match &o.kind {
        ObjKind::PkgName { .. } => "package name",
        ObjKind::Const(_) => "constant",
        ObjKind::TypeName if is_alias_name(o) => "type alias",
        ObjKind::TypeName if o.ty_opt().is_some_and(|t| matches!(t.kind(), TyKind::TypeParam(_))) => "type parameter",
        ObjKind::TypeName => "defined type",
        ObjKind::Var(v) => match v.kind() {
            VarKind::Package => "package-level variable",
            VarKind::Local => "local variable",
            VarKind::Recv => "receiver",
            VarKind::Param => "parameter",
            VarKind::Result => "result variable",
            VarKind::Field => "struct field",
        },
        ObjKind::Func(_) if o.sig_opt().is_some_and(|s| s.recv().is_some()) => "method",
        ObjKind::Func(_) => "function",
        ObjKind::Label => "label",
        ObjKind::Builtin(_) => "built-in function",
        ObjKind::Nil => "untyped nil",
    }
}
