//! Statements.

use super::Printer;
use crate::ast::*;

impl Printer {
    pub(super) fn block(&mut self, b: &Block) {
        self.braced(|p| p.stmts(&b.stmts));
    }

    fn stmts(&mut self, list: &[Stmt]) {
        for s in list {
            self.line();
            self.stmt(s);
        }
    }

    fn stmt(&mut self, s: &Stmt) {
        match &s.kind {
            // a semicolon of its own, lest a label before it take what follows
            StmtKind::Empty => self.s(";"),
            StmtKind::Labeled { label, stmt } => {
                self.s(label.name.as_str());
                self.s(":");
                self.line();
                self.stmt(stmt);
            }
            StmtKind::Block(b) => self.block(b),
            StmtKind::Decl(list) => self.decls(list),
            StmtKind::Branch { tok, label } => {
                self.s(match tok {
                    BranchTok::Break => "break",
                    BranchTok::Continue => "continue",
                    BranchTok::Fallthrough => "fallthrough",
                    BranchTok::Goto => "goto",
                });
                if let Some(l) = label {
                    self.s(" ");
                    self.s(l.name.as_str());
                }
            }
            StmtKind::Go(x) => self.word("go", Some(x)),
            StmtKind::Defer(x) => self.word("defer", Some(x)),
            StmtKind::Return(x) => self.word("return", x.as_ref()),
            StmtKind::If(s) => self.if_stmt(s),
            StmtKind::For(s) => self.for_stmt(s),
            StmtKind::Switch(s) => self.switch(s),
            StmtKind::Select { clauses, .. } => {
                self.s("select ");
                self.clauses(clauses, |p, c| {
                    match &c.comm {
                        Some(comm) => {
                            p.s("case ");
                            p.simple(comm);
                        }
                        None => p.s("default"),
                    }
                    &c.body
                });
            }
            _ => self.simple(s),
        }
    }

    fn word(&mut self, word: &str, x: Option<&Expr>) {
        self.s(word);
        if let Some(x) = x {
            self.s(" ");
            self.expr(x);
        }
    }

    /// A simple statement; nothing for the others.
    pub(super) fn simple(&mut self, s: &Stmt) {
        match &s.kind {
            StmtKind::Expr(x) => self.expr(x),
            StmtKind::Send { chan, value } => self.infix(chan, "<-", value),
            StmtKind::Define { lhs, rhs } => self.infix(lhs, ":=", rhs),
            StmtKind::Assign { op: None, lhs, rhs } => self.infix(lhs, "=", rhs),
            StmtKind::Assign { op: Some(op), lhs, rhs } => self.infix(lhs, &format!("{}=", op.as_str()), rhs),
            StmtKind::IncDec { x, inc } => {
                self.expr(x);
                self.s(if *inc { "++" } else { "--" });
            }
            _ => {}
        }
    }

    /// `init; ` of a header.
    fn init(&mut self, init: &Option<Stmt>) {
        if let Some(s) = init {
            self.simple(s);
            self.s("; ");
        }
    }

    fn if_stmt(&mut self, s: &IfStmt) {
        self.s("if ");
        self.init(&s.init);
        self.expr(&s.cond);
        self.s(" ");
        self.block(&s.then);
        if let Some(els) = &s.els {
            self.s(" else ");
            self.stmt(els);
        }
    }

    fn for_stmt(&mut self, s: &ForStmt) {
        self.s("for ");
        match &s.header {
            ForHeader::Clause { init: None, cond, post: None } => {
                if let Some(x) = cond {
                    self.expr(x);
                    self.s(" ");
                }
            }
            ForHeader::Clause { init, cond, post } => {
                if let Some(s) = init {
                    self.simple(s);
                }
                self.s("; ");
                if let Some(x) = cond {
                    self.expr(x);
                }
                self.s("; ");
                if let Some(s) = post {
                    self.simple(s);
                    self.s(" ");
                }
            }
            ForHeader::Range(r) => {
                if let Some(l) = &r.lhs {
                    self.expr(l);
                    self.s(if r.def { " := " } else { " = " });
                }
                self.s("range ");
                self.expr(&r.x);
                self.s(" ");
            }
        }
        self.block(&s.body);
    }

    fn switch(&mut self, s: &SwitchStmt) {
        self.s("switch ");
        self.init(&s.init);
        if let Some(x) = &s.tag {
            self.expr(x);
            self.s(" ");
        }
        self.clauses(&s.body, |p, c| {
            p.word(if c.cases.is_some() { "case" } else { "default" }, c.cases.as_ref());
            &c.body
        });
    }

    /// The clauses of a switch or select; `head` writes what comes before the colon and gives the body.
    fn clauses<'a, C>(&mut self, list: &'a [C], head: impl Fn(&mut Self, &'a C) -> &'a [Stmt]) {
        self.s("{");
        for c in list {
            self.line();
            let body = head(self, c);
            self.s(":");
            self.indent += 1;
            self.stmts(body);
            self.indent -= 1;
        }
        self.line();
        self.s("}");
    }
}
