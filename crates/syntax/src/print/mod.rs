//! Trees back to source text: in the short one-line form that error messages quote (`…` stands for bodies), and whole
//! files, which parse to the same tree again (comments are left out, the layout is plain).

mod decl;
mod expr;
mod stmt;
mod types;

use crate::ast::*;
use std::fmt::Write;

/// The expression as messages quote it.
pub fn expr_string(x: &Expr) -> String {
    let mut p = Printer::default();
    p.expr(x);
    p.out
}

/// A signature without its leading `func`, as messages quote it.
pub fn signature_string(t: &FuncType) -> String {
    let mut p = Printer::default();
    p.signature(t);
    p.out
}

/// A simple statement as messages quote it; empty for the other statements.
pub fn stmt_string(s: &Stmt) -> String {
    let mut p = Printer::default();
    p.simple(s);
    p.out
}

/// A whole file, without its comments and directives.
pub fn file_string(f: &File) -> String {
    let mut p = Printer { whole: true, ..Printer::default() };
    p.file(f);
    p.out
}

#[derive(Default)]
struct Printer {
    out: String,
    /// Bodies and elements are written out.
    whole: bool,
    indent: usize,
}

impl Printer {
    fn s(&mut self, s: &str) {
        self.out.push_str(s);
    }

    /// A new line at the present depth.
    fn line(&mut self) {
        self.out.push('\n');
        self.out.extend(std::iter::repeat_n('\t', self.indent));
    }

    /// `{`, what `inside` writes a step deeper, and `}` on a line of its own.
    fn braced(&mut self, inside: impl FnOnce(&mut Self)) {
        self.s("{");
        self.indent += 1;
        inside(self);
        self.indent -= 1;
        self.line();
        self.s("}");
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
