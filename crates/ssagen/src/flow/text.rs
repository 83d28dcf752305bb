//! Expressions as gc's reports show them: after checking, so with constants evaluated and types written out.

use goxide_syntax::ast::*;
use goxide_types::constant::Kind;
use goxide_types::typestring::TypeWriter;
use goxide_types::{Info, Mode, Pkg, SelectionKind, Ty, predicates};
use std::fmt::Write;

pub struct Printer<'a> {
    pub info: &'a Info,
    /// The package that the report is about; none if it is not that of the expression.
    pub own: Option<Pkg>,
    pub out: String,
}

/// A type, without the package if it is of `own`.
pub fn type_text(t: Ty, own: Option<Pkg>) -> String {
    let qf = |p: Pkg| if Some(p) == own { String::new() } else { p.name().as_str().to_owned() };
    let mut w = TypeWriter::new(&qf);
    w.param_names = false;
    w.typ(t);
    spaced(&w.buf)
}

/// Types with blanks around braces that are not empty, as the typed tree writes them.
fn spaced(s: &str) -> String {
    let mut out = String::with_capacity(s.len() + 8);
    let mut open: Vec<bool> = Vec::new();
    let mut chars = s.chars().peekable();
    let mut quoted = false;
    while let Some(c) = chars.next() {
        match c {
            '"' => quoted = !quoted,
            '{' if !quoted => {
                let empty = chars.peek() == Some(&'}');
                open.push(!empty);
                out.push_str(if empty { " {" } else { " { " });
                continue;
            }
            '}' if !quoted && open.pop() == Some(true) => out.push(' '),
            _ => {}
        }
        out.push(c);
    }
    out
}

impl Printer<'_> {
    fn s(&mut self, s: &str) {
        self.out.push_str(s);
    }
    fn ty(&mut self, t: Ty) {
        let s = type_text(t, self.own);
        self.s(&s);
    }
    fn list(&mut self, l: &[Expr]) {
        for (i, e) in l.iter().enumerate() {
            if i > 0 {
                self.s(", ");
            }
            self.expr(e, 0);
        }
    }
    pub fn expr(&mut self, e: &Expr, prec: u8) {
        let e = e.unparen();
        let tv = self.info.types.get(e.id);
        if let Some(tv) = tv {
            if let Some(v) = &tv.value {
                return self.constant(v, tv.ty);
            }
            if tv.mode == Mode::TypExpr {
                let t = tv.ty;
                if t.as_pointer().is_some() && prec > 7 {
                    self.s("(");
                    self.ty(t);
                    return self.s(")");
                }
                return self.ty(t);
            }
        }
        let own = match &e.kind {
            ExprKind::Binary { op, .. } => binary_prec(*op),
            ExprKind::Unary { x, op: Op::And } if !matches!(x.unparen().kind, ExprKind::CompositeLit { .. }) => 7,
            ExprKind::Unary { op: Op::And, .. } => 0,
            ExprKind::Unary { .. } | ExprKind::Star(_) => 7,
            _ => 8,
        };
        if prec > own {
            self.s("(");
            self.bare(e, own);
            return self.s(")");
        }
        self.bare(e, own);
    }
    pub fn constant(&mut self, v: &goxide_types::constant::Value, t: Ty) {
        let b = t.unalias().as_basic();
        let text = v.to_string();
        let rune = b.is_some_and(|b| b.name == "rune" || b.kind == goxide_types::BasicKind::UntypedRune);
        if let (true, Some(c)) = (rune, v.uint64_val().and_then(|c| char::from_u32(c as u32))) {
            let _ = write!(self.out, "{c:?}");
            return;
        }
        let plain = predicates::is_untyped(t)
            || b.is_some_and(|b| {
                use goxide_types::BasicKind::*;
                matches!(
                    (v.kind(), b.kind),
                    (Kind::Bool, Bool)
                        | (Kind::String, String)
                        | (Kind::Int, Int)
                        | (Kind::Float, Float64)
                        | (Kind::Complex, Complex128)
                )
            });
        if plain {
            self.s(&text);
        } else {
            self.ty(t);
            let _ = write!(self.out, "({text})");
        }
    }
    /// The embedded fields on the way to a promoted one.
    fn embedded(&mut self, t: Ty, path: &[usize]) {
        let mut at = t;
        for &i in path {
            let u = at.under();
            let Some(f) = u.as_pointer().map_or(u, Ty::under).as_struct().and_then(|s| s.fields.get(i)) else { return };
            self.s(".");
            self.s(f.name().as_str());
            at = f.ty();
        }
    }
    /// The call of a method, which by now is a function with the receiver as its first argument. False if it is none.
    fn method_call(&mut self, fun: &Expr, args: &[Expr]) -> bool {
        let ExprKind::Selector { x, sel } = &fun.unparen().kind else { return false };
        let Some(s) = self.info.selections.get(fun.unparen().id) else { return false };
        let recv = s.obj.sig_opt().and_then(|s| s.recv()).map(|r| r.ty());
        let Some(r) = recv.filter(|_| s.kind == SelectionKind::MethodVal) else { return false };
        let base = goxide_types::lookup::deref(r).0;
        if predicates::is_interface(base) || predicates::is_type_param(base) {
            return false;
        }
        let ptr = r.as_pointer().is_some();
        self.s(if ptr { "(*" } else { "" });
        self.ty(base);
        self.s(if ptr { ")." } else { "." });
        self.s(sel.name.as_str());
        self.s("(");
        self.expr(x, 0);
        if let Some(t) = self.info.type_of(x) {
            self.embedded(t, &s.index[..s.index.len() - 1]);
        }
        for a in args {
            self.s(", ");
            self.expr(a, 0);
        }
        self.s(")");
        true
    }
    fn bare(&mut self, e: &Expr, own: u8) {
        match &e.kind {
            ExprKind::Name(n) => {
                let pkg = self.info.object_of(e.id).and_then(|o| o.pkg());
                if let (None, Some(p)) = (self.own, pkg) {
                    self.s(p.name().as_str());
                    self.s(".");
                }
                self.s(n.as_str());
            }
            ExprKind::CompositeLit { elems, .. } => {
                if let Some(t) = self.info.type_of(e) {
                    self.ty(t);
                }
                self.s(if elems.is_empty() { "{}" } else { "{...}" });
            }
            ExprKind::FuncLit(_) => self.s("func literal"),
            ExprKind::Selector { x, sel } => {
                self.expr(x, 8);
                if let Some(s) = self.info.selections.get(e.id)
                    && let Some(t) = self.info.type_of(x)
                {
                    self.embedded(t, &s.index[..s.index.len() - 1]);
                }
                self.s(".");
                self.s(sel.name.as_str());
            }
            ExprKind::Index { x, index } => {
                self.expr(x, 8);
                self.s("[");
                self.expr(index, 0);
                self.s("]");
            }
            ExprKind::Slice { x, index, full } => {
                self.expr(x, 8);
                self.s("[");
                for (i, x) in index.iter().enumerate() {
                    if i == 1 || i == 2 && *full {
                        self.s(":");
                    }
                    if let Some(x) = x {
                        self.expr(x, 0);
                    }
                }
                self.s("]");
            }
            ExprKind::Assert { x, ty } => {
                self.expr(x, 8);
                self.s(".(");
                self.expr(ty, 0);
                self.s(")");
            }
            ExprKind::Unary { op, x } => {
                self.s(op.as_str());
                let lit = matches!(x.unparen().kind, ExprKind::CompositeLit { .. });
                self.expr(x, if lit { 0 } else { 8 });
            }
            ExprKind::Star(x) => {
                self.s("*");
                self.expr(x, 8);
            }
            ExprKind::Binary { op, x, y } => {
                self.expr(x, own);
                let _ = write!(self.out, " {} ", op.as_str());
                self.expr(y, own + 1);
            }
            ExprKind::Call { fun, args, has_dots } => {
                if self.method_call(fun, args) {
                    return;
                }
                let conversion = self.info.types.get(fun.unparen().id).filter(|t| t.is_type());
                match conversion {
                    Some(t) if !named(t.ty) => {
                        let t = t.ty;
                        self.s("(");
                        self.ty(t);
                        self.s(")");
                    }
                    Some(t) => {
                        let t = t.ty;
                        self.ty(t)
                    }
                    None => self.expr(fun, 8),
                }
                self.s("(");
                self.list(args);
                self.s(if *has_dots { "...)" } else { ")" });
            }
            _ => {
                let s = goxide_syntax::expr_string(e);
                self.s(&s.replace('…', "..."));
            }
        }
    }
}

/// Whether a type is written as one name.
fn named(t: Ty) -> bool {
    let any = || t.as_alias().is_some_and(|a| a.obj().name() == "any");
    t.unalias().as_named().is_some() || t.unalias().as_basic().is_some() || any()
}

fn binary_prec(op: Op) -> u8 {
    use Op::*;
    match op {
        OrOr => 1,
        AndAnd => 2,
        Eql | Neq | Lss | Leq | Gtr | Geq => 4,
        Add | Sub | Or | Xor => 5,
        _ => 6,
    }
}
