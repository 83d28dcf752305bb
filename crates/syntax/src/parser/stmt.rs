//! Statements.

use super::expr::guard_name;
use super::{Parser, as_ident, unparen};
use crate::ast::*;
use crate::print::{expr_string, stmt_string};
use crate::token::Token;
use goxide_base::Pos;

/// A simple statement, or the clause that makes a `for` range.
enum Simple {
    Stmt(Stmt),
    Range(RangeClause),
}

/// What stands between a statement's keyword and its block.
enum Header {
    Clause { init: Option<Stmt>, cond: Option<Expr>, post: Option<Stmt> },
    Range(RangeClause),
}

fn stmt(pos: Pos, kind: StmtKind) -> Stmt {
    Stmt { pos, kind }
}

impl Parser<'_> {
    /// A statement list's worth of simple statement: no `range`.
    fn plain_stmt(&mut self, lhs: Option<Expr>) -> Stmt {
        self.simple_with(lhs, None)
    }

    /// `keyword`: the statement whose header this is in, if any. Only `for` gets ranges; see `for_simple`.
    fn simple_with(&mut self, lhs: Option<Expr>, keyword: Option<Token>) -> Stmt {
        match self.simple_stmt(lhs, keyword) {
            Simple::Stmt(s) => s,
            // ranges come only for `Some(For)`, which asks `simple_stmt` itself
            Simple::Range(r) => stmt(r.pos, StmtKind::Expr(r.x)),
        }
    }

    fn simple_stmt(&mut self, lhs: Option<Expr>, keyword: Option<Token>) -> Simple {
        let range_ok = keyword == Some(Token::For);
        if range_ok && self.tok() == Token::Range {
            return Simple::Range(self.range_clause(None, false));
        }
        let lhs = match lhs {
            Some(x) => x,
            None => self.expr_list(),
        };
        let pos = self.pos();
        let is_list = matches!(lhs.kind, ExprKind::List(_));
        Simple::Stmt(match self.tok() {
            t @ (Token::Assign | Token::Define) => {
                let def = t == Token::Define;
                self.next();
                if range_ok && self.tok() == Token::Range {
                    return Simple::Range(self.range_clause(Some(lhs), def));
                }
                let mut rhs = self.expr_list();
                if def && keyword == Some(Token::Switch) {
                    let name = guard_name(&lhs);
                    if let (ExprKind::TypeSwitchGuard { lhs: l, .. }, Some(n)) = (&mut rhs.kind, name) {
                        *l = Some(n);
                        return Simple::Stmt(stmt(rhs.pos, StmtKind::Expr(rhs)));
                    }
                }
                let kind = if def { StmtKind::Define { lhs, rhs } } else { StmtKind::Assign { op: None, lhs, rhs } };
                stmt(pos, kind)
            }
            Token::AssignOp if !is_list => {
                let op = self.s.op;
                self.next();
                let rhs = self.expr();
                stmt(pos, StmtKind::Assign { op: Some(op), lhs, rhs })
            }
            Token::IncOp if !is_list => {
                let inc = self.s.op == Op::Add;
                self.next();
                stmt(pos, StmtKind::IncDec { x: lhs, inc })
            }
            Token::Arrow if !is_list => {
                self.next();
                let value = self.expr();
                stmt(pos, StmtKind::Send { chan: lhs, value })
            }
            _ if !is_list => stmt(lhs.pos, StmtKind::Expr(lhs)),
            _ => {
                self.syntax_error("expected := or = or comma");
                self.advance(&[Token::Semi, Token::Rbrace]);
                let first = match lhs.kind {
                    ExprKind::List(mut l) => l.swap_remove(0),
                    _ => lhs,
                };
                stmt(first.pos, StmtKind::Expr(first))
            }
        })
    }

    fn range_clause(&mut self, lhs: Option<Expr>, def: bool) -> RangeClause {
        let pos = self.pos();
        self.next();
        RangeClause { pos, lhs, def, x: self.expr() }
    }

    fn labeled_stmt(&mut self, label: Ident) -> Option<Stmt> {
        let pos = self.pos();
        self.want(Token::Colon);
        if self.tok() == Token::Rbrace {
            // the statement is empty: its semicolon may be left out before a brace
            let empty = stmt(self.pos(), StmtKind::Empty);
            return Some(stmt(pos, StmtKind::Labeled { label, stmt: Box::new(empty) }));
        }
        if let Some(s) = self.stmt_or_none() {
            return Some(stmt(pos, StmtKind::Labeled { label, stmt: Box::new(s) }));
        }
        self.syntax_error_at(pos, "missing statement after label");
        None
    }

    /// A block; `context` says behind what, unless the current token is known to be `{`.
    pub(super) fn block_stmt(&mut self, context: &str) -> Block {
        let pos = self.pos();
        if !self.got(Token::Lbrace) {
            self.syntax_error(format!("expected {{ after {context}"));
            self.advance(&[Token::Name, Token::Rbrace]);
            let rbrace = self.pos();
            if self.got(Token::Rbrace) {
                return Block { pos, stmts: Vec::new(), rbrace };
            }
        }
        let stmts = self.stmt_list();
        let rbrace = self.pos();
        self.want(Token::Rbrace);
        Block { pos, stmts, rbrace }
    }

    fn decl_stmt(&mut self, f: fn(&mut Self, Group) -> Decl) -> Stmt {
        let pos = self.pos();
        self.next();
        let mut l = Vec::new();
        self.append_group(&mut l, f);
        stmt(pos, StmtKind::Decl(l))
    }

    fn for_stmt(&mut self) -> Stmt {
        let pos = self.pos();
        let id = self.id();
        let header = match self.header(Token::For) {
            Header::Clause { init, cond, post } => ForHeader::Clause { init, cond, post },
            Header::Range(r) => ForHeader::Range(r),
        };
        let body = self.block_stmt("for clause");
        stmt(pos, StmtKind::For(Box::new(ForStmt { header, body, id })))
    }

    fn header(&mut self, keyword: Token) -> Header {
        self.want(keyword);
        if self.tok() == Token::Lbrace {
            let mut cond = None;
            if keyword == Token::If {
                self.syntax_error("missing condition in if statement");
                cond = Some(self.bad_expr());
            }
            return Header::Clause { init: None, cond, post: None };
        }
        let outer = std::mem::replace(&mut self.xnest, -1);
        let h = self.header_clauses(keyword);
        self.xnest = outer;
        h
    }

    fn header_clauses(&mut self, keyword: Token) -> Header {
        let mut init = None;
        if self.tok() != Token::Semi {
            if self.got(Token::Var) {
                let k = keyword.as_str();
                self.syntax_error(format!("var declaration not allowed in {k} initializer"));
            }
            match self.simple_stmt(None, Some(keyword)) {
                Simple::Range(r) => return Header::Range(r),
                Simple::Stmt(s) => init = Some(s),
            }
        }
        let mut cond_stmt = None;
        let mut post = None;
        let mut semi: Option<(Pos, &'static str)> = None;
        if self.tok() == Token::Lbrace {
            cond_stmt = init.take();
        } else {
            if self.tok() == Token::Semi {
                semi = Some((self.pos(), self.s.semi));
                self.next();
            } else {
                // asking for `{` rather than `;` makes the better message
                self.want(Token::Lbrace);
                if self.tok() != Token::Lbrace {
                    self.advance(&[Token::Lbrace, Token::Rbrace]);
                }
            }
            if keyword == Token::For {
                if self.tok() != Token::Semi && self.tok() == Token::Lbrace {
                    self.syntax_error("expected for loop condition");
                } else {
                    if self.tok() != Token::Semi {
                        cond_stmt = Some(self.plain_stmt(None));
                    }
                    self.want(Token::Semi);
                    if self.tok() != Token::Lbrace {
                        let s = self.plain_stmt(None);
                        if matches!(s.kind, StmtKind::Define { .. }) {
                            self.syntax_error_at(s.pos, "cannot declare in post statement of for loop");
                        }
                        post = Some(s);
                    }
                }
            } else if self.tok() != Token::Lbrace {
                cond_stmt = Some(self.simple_with(None, Some(keyword)));
            }
        }
        let cond = self.condition(keyword, cond_stmt, semi);
        Header::Clause { init, cond, post }
    }

    fn condition(&mut self, keyword: Token, s: Option<Stmt>, semi: Option<(Pos, &'static str)>) -> Option<Expr> {
        let Some(s) = s else {
            let (pos, lit) = semi.filter(|_| keyword == Token::If)?;
            if lit == "semicolon" {
                self.syntax_error_at(pos, "missing condition in if statement");
            } else {
                self.syntax_error_at(pos, format!("unexpected {lit}, expected {{ after if clause"));
            }
            return Some(self.expr_at(pos, ExprKind::Bad));
        };
        let shown = match s.kind {
            StmtKind::Expr(x) => return Some(x),
            // often `=` was written for `==`: make it stand out
            StmtKind::Assign { op: None, lhs, rhs } => format!("assignment {} = {}", emphasize(&lhs), emphasize(&rhs)),
            _ => stmt_string(&s),
        };
        self.syntax_error_at(s.pos, format!("cannot use {shown} as value"));
        None
    }

    fn if_stmt(&mut self) -> Stmt {
        let pos = self.pos();
        let (init, cond) = match self.header(Token::If) {
            Header::Clause { init, cond, .. } => (init, cond),
            Header::Range(_) => (None, None),
        };
        let cond = cond.unwrap_or_else(|| self.bad_expr());
        let then = self.block_stmt("if clause");
        let mut els = None;
        if self.got(Token::Else) {
            match self.tok() {
                Token::If => {
                    els = Some(if self.enter() { self.if_stmt() } else { stmt(pos, StmtKind::Empty) });
                    self.leave();
                }
                Token::Lbrace => {
                    let b = self.block_stmt("");
                    els = Some(stmt(b.pos, StmtKind::Block(b)));
                }
                _ => {
                    self.syntax_error("else must be followed by if or statement block");
                    self.advance(&[Token::Name, Token::Rbrace]);
                }
            }
        }
        stmt(pos, StmtKind::If(Box::new(IfStmt { init, cond, then, els })))
    }

    /// Clauses up to the closing brace, whose position is the result.
    fn clauses(&mut self, what: &str, mut f: impl FnMut(&mut Self)) -> Pos {
        if !self.got(Token::Lbrace) {
            self.syntax_error(format!("missing {{ after {what} clause"));
            self.advance(&[Token::Case, Token::Default, Token::Rbrace]);
        }
        while self.tok() != Token::Eof && self.tok() != Token::Rbrace {
            f(self);
        }
        let rbrace = self.pos();
        self.want(Token::Rbrace);
        rbrace
    }

    fn switch_stmt(&mut self) -> Stmt {
        let pos = self.pos();
        let (init, tag) = match self.header(Token::Switch) {
            Header::Clause { init, cond, .. } => (init, cond),
            Header::Range(_) => (None, None),
        };
        let mut body = Vec::new();
        let rbrace = self.clauses("switch", |p| {
            let c = p.case_clause();
            body.push(c);
        });
        stmt(pos, StmtKind::Switch(Box::new(SwitchStmt { init, tag, body, rbrace })))
    }

    fn select_stmt(&mut self) -> Stmt {
        let pos = self.pos();
        self.want(Token::Select);
        let mut clauses = Vec::new();
        let rbrace = self.clauses("select", |p| {
            let c = p.comm_clause();
            clauses.push(c);
        });
        stmt(pos, StmtKind::Select { clauses, rbrace })
    }

    /// `case` and what `f` parses behind it, or `default`, and the colon.
    fn case_head<T>(&mut self, f: impl FnOnce(&mut Self) -> T) -> (Option<T>, Pos) {
        let mut case = None;
        match self.tok() {
            Token::Case => {
                self.next();
                case = Some(f(self));
            }
            Token::Default => self.next(),
            _ => {
                self.syntax_error("expected case or default or }");
                self.advance(&[Token::Colon, Token::Case, Token::Default, Token::Rbrace]);
            }
        }
        let colon = self.pos();
        self.want(Token::Colon);
        (case, colon)
    }

    fn case_clause(&mut self) -> CaseClause {
        let pos = self.pos();
        let id = self.id();
        let (cases, colon) = self.case_head(Self::expr_list);
        CaseClause { pos, cases, body: self.stmt_list(), colon, id }
    }

    fn comm_clause(&mut self) -> CommClause {
        let pos = self.pos();
        let (comm, colon) = self.case_head(|p| p.plain_stmt(None));
        CommClause { pos, comm, body: self.stmt_list(), colon }
    }

    fn call_stmt(&mut self) -> Stmt {
        let pos = self.pos();
        let tok = self.tok();
        self.next();
        let keep = self.tok() == Token::Lparen;
        let mut x = self.pexpr(None, keep);
        if matches!(x.kind, ExprKind::Paren(_)) {
            let msg = format!("expression in {} must not be parenthesized", tok.as_str());
            self.error_at(x.pos, msg);
            x = unparen(x);
        }
        stmt(pos, if tok == Token::Go { StmtKind::Go(x) } else { StmtKind::Defer(x) })
    }

    fn stmt_or_none(&mut self) -> Option<Stmt> {
        if !self.enter() {
            self.leave();
            return None;
        }
        let s = self.stmt_inner();
        self.leave();
        s
    }

    fn stmt_inner(&mut self) -> Option<Stmt> {
        // most statements start with a name
        if self.tok() == Token::Name {
            self.clear_pragma();
            let lhs = self.expr_list();
            if self.tok() == Token::Colon
                && let Some(label) = as_ident(&lhs)
            {
                return self.labeled_stmt(label);
            }
            return Some(self.plain_stmt(Some(lhs)));
        }
        match self.tok() {
            Token::Var => return Some(self.decl_stmt(Self::var_decl)),
            Token::Const => return Some(self.decl_stmt(Self::const_decl)),
            Token::Type => return Some(self.decl_stmt(Self::type_decl)),
            _ => {}
        }
        self.clear_pragma();
        let pos = self.pos();
        Some(match self.tok() {
            Token::Lbrace => {
                let b = self.block_stmt("");
                stmt(pos, StmtKind::Block(b))
            }
            Token::Operator | Token::Star => match self.s.op {
                Op::Add | Op::Sub | Op::Mul | Op::And | Op::Xor | Op::Not => self.plain_stmt(None),
                _ => return None,
            },
            Token::Literal
            | Token::Func
            | Token::Lparen
            | Token::Lbrack
            | Token::Struct
            | Token::Map
            | Token::Chan
            | Token::Interface
            | Token::Arrow => self.plain_stmt(None),
            Token::For => self.for_stmt(),
            Token::Switch => self.switch_stmt(),
            Token::Select => self.select_stmt(),
            Token::If => self.if_stmt(),
            Token::Fallthrough => {
                self.next();
                stmt(pos, StmtKind::Branch { tok: BranchTok::Fallthrough, label: None })
            }
            t @ (Token::Break | Token::Continue) => {
                self.next();
                let label = if self.tok() == Token::Name { Some(self.name()) } else { None };
                let tok = if t == Token::Break { BranchTok::Break } else { BranchTok::Continue };
                stmt(pos, StmtKind::Branch { tok, label })
            }
            Token::Go | Token::Defer => self.call_stmt(),
            Token::Goto => {
                self.next();
                let label = Some(self.name());
                stmt(pos, StmtKind::Branch { tok: BranchTok::Goto, label })
            }
            Token::Return => {
                self.next();
                let none = matches!(self.tok(), Token::Semi | Token::Rbrace);
                let results = if none { None } else { Some(self.expr_list()) };
                stmt(pos, StmtKind::Return(results))
            }
            Token::Semi => stmt(pos, StmtKind::Empty),
            _ => return None,
        })
    }

    fn stmt_list(&mut self) -> Vec<Stmt> {
        let mut l = Vec::new();
        while !matches!(self.tok(), Token::Eof | Token::Rbrace | Token::Case | Token::Default) {
            let s = self.stmt_or_none();
            self.clear_pragma();
            let Some(s) = s else { break };
            l.push(s);
            // the semicolon is optional before a brace
            if !self.got(Token::Semi) && self.tok() != Token::Rbrace {
                self.syntax_error("at end of statement");
                self.advance(&[Token::Semi, Token::Rbrace, Token::Case, Token::Default]);
                self.got(Token::Semi);
            }
        }
        l
    }
}

fn emphasize(x: &Expr) -> String {
    let s = expr_string(x);
    if matches!(x.kind, ExprKind::Binary { .. }) { format!("({s})") } else { s }
}
