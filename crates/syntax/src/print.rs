//! Trees back to source text, in the short one-line form that error messages quote (`…` stands for bodies).

use crate::ast::*;
use std::fmt::Write;

/// The expression as messages quote it.
pub fn expr_string(x: &Expr) -> String {
    let mut p = Printer { out: String::new() };
    p.expr(x);
    p.out
}

/// A signature without its leading `func`, as messages quote it.
pub fn signature_string(t: &FuncType) -> String {
    let mut p = Printer { out: String::new() };
    p.signature(t);
    p.out
}

/// A simple statement as messages quote it; empty for the other statements.
pub fn stmt_string(s: &Stmt) -> String {
    let mut p = Printer { out: String::new() };
    match &s.kind {
        StmtKind::Expr(x) => p.expr(x),
        StmtKind::Send { chan, value } => p.infix(chan, "<-", value),
        StmtKind::Define { lhs, rhs } => p.infix(lhs, ":=", rhs),
        StmtKind::Assign { op: None, lhs, rhs } => p.infix(lhs, "=", rhs),
        StmtKind::Assign { op: Some(op), lhs, rhs } => p.infix(lhs, &format!("{}=", op.as_str()), rhs),
        StmtKind::IncDec { x, inc } => {
            p.expr(x);
            p.s(if *inc { "++" } else { "--" });
        }
        _ => {}
    }
    p.out
}

struct Printer {
    out: String,
}

impl Printer {
    fn s(&mut self, s: &str) {
        self.out.push_str(s);
    }

    fn infix(&mut self, x: &Expr, op: &str, y: &Expr) {
        self.expr(x);
        let _ = write!(self.out, " {op} ");
        self.expr(y);
    }

    fn exprs(&mut self, list: &[Expr]) {
        for (i, x) in list.iter().enumerate() {
            if i > 0 {
                self.s(", ");
            }
            self.expr(x);
        }
    }

    fn names(&mut self, names: &[Ident]) {
        for (i, n) in names.iter().enumerate() {
            if i > 0 {
                self.s(", ");
            }
            self.s(n.name.as_str());
        }
    }

    fn opt(&mut self, x: &Option<Box<Expr>>) {
        if let Some(x) = x {
            self.expr(x);
        }
    }

    fn expr(&mut self, x: &Expr) {
        match &x.kind {
            ExprKind::Bad => self.s("<bad expr>"),
            ExprKind::Name(n) => self.s(n.as_str()),
            ExprKind::BasicLit { value, .. } => self.s(value.as_str()),
            ExprKind::CompositeLit { ty, elems, .. } => {
                self.opt(ty);
                self.s(if elems.is_empty() { "{}" } else { "{…}" });
            }
            ExprKind::KeyValue { key, value } => {
                self.expr(key);
                self.s(": ");
                self.expr(value);
            }
            ExprKind::FuncLit(f) => {
                self.s("func");
                self.signature(&f.ty);
                self.s(if f.body.stmts.is_empty() { " {}" } else { " {…}" });
            }
            ExprKind::Paren(x) => {
                self.s("(");
                self.expr(x);
                self.s(")");
            }
            ExprKind::Selector { x, sel } => {
                self.expr(x);
                self.s(".");
                self.s(sel.name.as_str());
            }
            ExprKind::Index { x, index } => {
                self.expr(x);
                self.s("[");
                self.expr(index);
                self.s("]");
            }
            ExprKind::Slice { x, index, .. } => {
                self.expr(x);
                self.s("[");
                self.opt(&index[0]);
                self.s(":");
                self.opt(&index[1]);
                if index[2].is_some() {
                    self.s(":");
                    self.opt(&index[2]);
                }
                self.s("]");
            }
            ExprKind::Assert { x, ty } => {
                self.expr(x);
                self.s(".(");
                self.expr(ty);
                self.s(")");
            }
            ExprKind::TypeSwitchGuard { lhs, x } => {
                if let Some(l) = lhs {
                    let _ = write!(self.out, "{} := ", l.name);
                }
                self.expr(x);
                self.s(".(type)");
            }
            ExprKind::Unary { op, x } => {
                self.s(op.as_str());
                self.expr(x);
            }
            ExprKind::Binary { op, x, y } => self.infix(x, op.as_str(), y),
            ExprKind::Star(x) => {
                self.s("*");
                self.expr(x);
            }
            ExprKind::Call { fun, args, has_dots } => {
                self.expr(fun);
                self.s("(");
                self.exprs(args);
                self.s(if *has_dots { "...)" } else { ")" });
            }
            ExprKind::List(l) => self.exprs(l),
            ExprKind::ArrayType { len, elem } => {
                self.s("[");
                match len {
                    Some(l) => self.expr(l),
                    None => self.s("..."),
                }
                self.s("]");
                self.expr(elem);
            }
            ExprKind::SliceType(elem) => {
                self.s("[]");
                self.expr(elem);
            }
            ExprKind::DotsType(elem) => {
                self.s("...");
                self.expr(elem);
            }
            ExprKind::StructType(fields) => {
                self.s("struct{");
                for (i, f) in fields.iter().enumerate() {
                    if i > 0 {
                        self.s("; ");
                    }
                    self.named(f);
                    if let Some(t) = &f.tag {
                        let _ = write!(self.out, " {}", t.value);
                    }
                }
                self.s("}");
            }
            ExprKind::InterfaceType(elems) => {
                self.s("interface{");
                for (i, f) in elems.iter().enumerate() {
                    if i > 0 {
                        self.s("; ");
                    }
                    match (f.names.first(), &f.ty.kind) {
                        (Some(n), ExprKind::FuncType(t)) => {
                            self.s(n.name.as_str());
                            self.signature(t);
                        }
                        _ => self.named(f),
                    }
                }
                self.s("}");
            }
            ExprKind::FuncType(t) => {
                self.s("func");
                self.signature(t);
            }
            ExprKind::MapType { key, value } => {
                self.s("map[");
                self.expr(key);
                self.s("]");
                self.expr(value);
            }
            ExprKind::ChanType { dir, elem } => {
                self.s(match dir {
                    ChanDir::Both => "chan ",
                    ChanDir::Send => "chan<- ",
                    ChanDir::Recv => "<-chan ",
                });
                // `chan (<-chan T)` must not read as `chan<- chan T`
                let paren = *dir == ChanDir::Both && matches!(elem.kind, ExprKind::ChanType { dir: ChanDir::Recv, .. });
                if paren {
                    self.s("(");
                }
                self.expr(elem);
                if paren {
                    self.s(")");
                }
            }
        }
    }

    /// `a, b T`, or `T` alone.
    fn named(&mut self, f: &Field) {
        if !f.names.is_empty() {
            self.names(&f.names);
            self.s(" ");
        }
        self.expr(&f.ty);
    }

    fn params(&mut self, list: &[Field]) {
        self.s("(");
        for (i, f) in list.iter().enumerate() {
            if i > 0 {
                self.s(", ");
            }
            self.named(f);
        }
        self.s(")");
    }

    fn signature(&mut self, t: &FuncType) {
        self.params(&t.params);
        match t.results.as_slice() {
            [] => {}
            [f] if f.names.is_empty() => {
                self.s(" ");
                self.expr(&f.ty);
            }
            l => {
                self.s(" ");
                self.params(l);
            }
        }
    }
}
