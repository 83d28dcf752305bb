//! Files and declarations.

use super::Printer;
use crate::ast::*;

impl Printer {
    pub(super) fn file(&mut self, f: &File) {
        self.s("package ");
        self.s(f.pkg_name.name.as_str());
        self.line();
        if !f.decls.is_empty() {
            self.decls(&f.decls);
        }
        self.s("\n");
    }

    /// Declarations, each on a line; those of one group in their parentheses.
    pub(super) fn decls(&mut self, list: &[Decl]) {
        if list.is_empty() {
            // what a statement `var ()` leaves
            self.s("var ()");
        }
        for (i, run) in list.chunk_by(|a, b| group(a) != 0 && group(a) == group(b)).enumerate() {
            if i > 0 {
                self.line();
            }
            self.s(keyword(&run[0]));
            self.s(" ");
            if group(&run[0]) == 0 {
                self.decl(&run[0]);
                continue;
            }
            self.s("(");
            self.indent += 1;
            for d in run {
                self.line();
                self.decl(d);
            }
            self.indent -= 1;
            self.line();
            self.s(")");
        }
    }

    /// A declaration without its keyword.
    fn decl(&mut self, d: &Decl) {
        match d {
            Decl::Import(d) => {
                if let Some(l) = &d.local {
                    self.s(l.name.as_str());
                    self.s(" ");
                }
                if let Some(p) = &d.path {
                    self.s(p.value.as_str());
                }
            }
            Decl::Const(d) => self.values(&d.names, &d.ty, &d.values),
            Decl::Var(d) => self.values(&d.names, &d.ty, &d.values),
            Decl::Type(d) => {
                self.s(d.name.name.as_str());
                self.tparams(&d.tparams);
                self.s(if d.alias { " = " } else { " " });
                self.expr(&d.ty);
            }
            Decl::Func(d) => {
                if let Some(r) = &d.recv {
                    self.params(std::slice::from_ref(r));
                    self.s(" ");
                }
                self.s(d.name.name.as_str());
                self.tparams(&d.tparams);
                self.signature(&d.ty);
                if let Some(b) = &d.body {
                    self.s(" ");
                    self.block(b);
                }
            }
        }
    }

    fn values(&mut self, names: &[Ident], ty: &Option<Expr>, values: &Option<Expr>) {
        self.names(names);
        if let Some(t) = ty {
            self.s(" ");
            self.expr(t);
        }
        if let Some(v) = values {
            self.s(" = ");
            self.expr(v);
        }
    }

    /// With a comma at the end: `[P *C]` would read as an array's length.
    fn tparams(&mut self, list: &[Field]) {
        if list.is_empty() {
            return;
        }
        self.s("[");
        for f in list {
            self.named(f);
            self.s(", ");
        }
        self.s("]");
    }
}

fn group(d: &Decl) -> Group {
    match d {
        Decl::Import(d) => d.group,
        Decl::Const(d) => d.group,
        Decl::Type(d) => d.group,
        Decl::Var(d) => d.group,
        Decl::Func(_) => 0,
    }
}

fn keyword(d: &Decl) -> &'static str {
    match d {
        Decl::Import(_) => "import",
        Decl::Const(_) => "const",
        Decl::Type(_) => "type",
        Decl::Var(_) => "var",
        Decl::Func(_) => "func",
    }
}
