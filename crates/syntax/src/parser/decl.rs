//! Declarations.

use super::types::ParamsMode;
use super::{Parser, as_ident, name_expr, unparen};
use crate::ast::*;
use crate::token::Token;

impl Parser<'_> {
    /// One declaration, or a parenthesised group of them.
    pub(super) fn append_group(&mut self, out: &mut Vec<Decl>, f: fn(&mut Self, Group) -> Decl) {
        if self.tok() != Token::Lparen {
            let d = f(self, 0);
            out.push(d);
            return;
        }
        // node ids are unique in the package, and never 0 here: the package name has one already
        let group = self.id().0;
        self.clear_pragma();
        self.next();
        self.list("grouped declaration", Token::Semi, Token::Rparen, |p| {
            let d = f(p, group);
            out.push(d);
            false
        });
    }

    pub(super) fn import_decl(&mut self, group: Group) -> Decl {
        let pos = self.pos();
        let pragma = self.take_pragma();
        let id = self.id();
        let local = match self.tok() {
            Token::Name => Some(self.name()),
            Token::Dot => {
                let n = self.ident_at(self.pos(), ".");
                self.next();
                Some(n)
            }
            _ => None,
        };
        let mut path = self.oliteral();
        match &mut path {
            None => {
                self.syntax_error("missing import path");
                self.advance(&[Token::Semi, Token::Rparen]);
            }
            Some(p) if !p.bad && p.kind != LitKind::String => {
                p.bad = true;
                let at = p.pos;
                self.syntax_error_at(at, "import path must be a string");
            }
            Some(_) => {}
        }
        Decl::Import(ImportDecl { pos, group, pragma, local, path, id })
    }

    pub(super) fn const_decl(&mut self, group: Group) -> Decl {
        let pos = self.pos();
        let pragma = self.take_pragma();
        let first = self.name();
        let names = self.name_list(first);
        let (mut ty, mut values) = (None, None);
        if !matches!(self.tok(), Token::Eof | Token::Semi | Token::Rparen) {
            ty = self.type_or_none();
            if self.got_assign() {
                values = Some(self.expr_list());
            }
        }
        Decl::Const(ConstDecl { pos, group, pragma, names, ty, values })
    }

    pub(super) fn var_decl(&mut self, group: Group) -> Decl {
        let pos = self.pos();
        let pragma = self.take_pragma();
        let first = self.name();
        let names = self.name_list(first);
        let (mut ty, mut values) = (None, None);
        if self.got_assign() {
            values = Some(self.expr_list());
        } else {
            ty = Some(self.type_());
            if self.got_assign() {
                values = Some(self.expr_list());
            }
        }
        Decl::Var(VarDecl { pos, group, pragma, names, ty, values })
    }

    pub(super) fn type_decl(&mut self, group: Group) -> Decl {
        let pos = self.pos();
        let pragma = self.take_pragma();
        let name = self.name();
        let mut tparams = Vec::new();
        let mut alias = false;
        let ty;
        if self.tok() == Token::Lbrack {
            // an array or slice type, or type parameters
            let lbrack = self.pos();
            self.next();
            match self.tok() {
                Token::Name => {
                    // Both an array length and the first type parameter start with a name. Parse an expression and see
                    // whether it splits into a name and a constraint. A `[` behind the name can only begin a
                    // constraint, since index expressions are never constant.
                    let mut x = name_expr(self.name());
                    if self.tok() != Token::Lbrack {
                        self.xnest += 1;
                        let y = self.pexpr(Some(x), false);
                        x = self.binary_expr(Some(y), 0);
                        self.xnest -= 1;
                    }
                    match extract_name(x, self.tok() == Token::Comma) {
                        Ok((pname, ptype)) if ptype.is_some() || self.tok() != Token::Rbrack => {
                            tparams = self.param_list(Some(pname), ptype, Token::Rbrack, ParamsMode::TYPE_PARAMS);
                            alias = self.got_assign();
                            ty = self.type_or_none();
                        }
                        Ok((pname, _)) => ty = Some(self.array_type(lbrack, Some(name_expr(pname)))),
                        Err(x) => ty = Some(self.array_type(lbrack, Some(x))),
                    }
                }
                Token::Rbrack => {
                    self.next();
                    ty = Some(self.slice_type(lbrack));
                }
                _ => ty = Some(self.array_type(lbrack, None)),
            }
        } else {
            alias = self.got_assign();
            ty = self.type_or_none();
        }
        let ty = match ty {
            Some(t) => t,
            None => {
                let bad = self.bad_expr();
                self.syntax_error("in type declaration");
                self.advance(&[Token::Semi, Token::Rparen]);
                bad
            }
        };
        Decl::Type(TypeDecl { pos, group, pragma, name, tparams, alias, ty })
    }

    pub(super) fn func_decl(&mut self) -> FuncDecl {
        let pos = self.pos();
        let pragma = self.take_pragma();
        let mut recv = None;
        let mut has_recv = false;
        if self.got(Token::Lparen) {
            has_recv = true;
            let mut l = self.param_list(None, None, Token::Rparen, ParamsMode::RECEIVER);
            match l.iter().map(|f| f.names.len().max(1)).sum() {
                0 => self.error("method has no receiver"),
                1 => {}
                _ => self.error("method has multiple receivers"),
            }
            if !l.is_empty() {
                let mut f = l.swap_remove(0);
                f.names.truncate(1);
                recv = Some(f);
            }
        }
        let (name, tparams, ty);
        if self.tok() == Token::Name {
            name = self.name();
            (tparams, ty) = self.func_type("");
        } else {
            let at = self.pos();
            name = self.ident_at(at, "_");
            tparams = Vec::new();
            ty = FuncType { pos: at, params: Vec::new(), results: Vec::new() };
            self.syntax_error(if has_recv { "expected name" } else { "expected name or (" });
            self.advance(&[Token::Lbrace, Token::Semi]);
        }
        let body = if self.tok() == Token::Lbrace { Some(self.func_body()) } else { None };
        FuncDecl { pos, pragma, recv, name, tparams, ty, body }
    }
}

/// Whether `extract_name` finds a name and a type element.
fn splits(x: &Expr, force: bool) -> bool {
    match &x.kind {
        ExprKind::Binary { op: Op::Mul, x, y } => as_ident(x).is_some() && (force || is_type_elem(y)),
        ExprKind::Binary { op: Op::Or, x, y } => splits(x, force || is_type_elem(y)),
        ExprKind::Call { fun, args, has_dots: false } => {
            as_ident(fun).is_some() && args.len() == 1 && (force || is_type_elem(&args[0]))
        }
        _ => false,
    }
}

/// Splits `x` into a type parameter name and its constraint, if it can be read so: `P *E|F` is also a product. The
/// constraint must be recognisable as a type element, unless `force`. A mere name has no constraint.
fn extract_name(x: Expr, force: bool) -> Result<(Ident, Option<Expr>), Expr> {
    if let Some(n) = as_ident(&x) {
        return Ok((n, None));
    }
    if !splits(&x, force) { Err(x) } else { Ok(split(x)) }
}

fn split(x: Expr) -> (Ident, Option<Expr>) {
    let (id, pos) = (x.id, x.pos);
    match x.kind {
        ExprKind::Binary { op: Op::Or, x, y } => {
            let (name, lhs) = split(*x);
            let kind = match lhs {
                Some(l) => ExprKind::Binary { op: Op::Or, x: Box::new(l), y },
                None => ExprKind::Bad,
            };
            (name, Some(Expr { id, pos, kind }))
        }
        ExprKind::Binary { x, y, .. } => {
            let name = as_ident(&x).expect("checked by splits");
            (name, Some(Expr { id, pos, kind: ExprKind::Star(y) }))
        }
        ExprKind::Call { fun, mut args, .. } => {
            let name = as_ident(&fun).expect("checked by splits");
            (name, args.pop().map(unparen))
        }
        kind => (as_ident(&Expr { id, pos, kind }).expect("checked by splits"), None),
    }
}

/// Whether `x` can only be a type element (and not a value).
fn is_type_elem(x: &Expr) -> bool {
    match &x.kind {
        ExprKind::ArrayType { .. }
        | ExprKind::StructType(_)
        | ExprKind::FuncType(_)
        | ExprKind::InterfaceType(_)
        | ExprKind::SliceType(_)
        | ExprKind::MapType { .. }
        | ExprKind::ChanType { .. } => true,
        ExprKind::Unary { op, x } => *op == Op::Tilde || is_type_elem(x),
        ExprKind::Star(x) | ExprKind::Paren(x) => is_type_elem(x),
        ExprKind::Binary { x, y, .. } => is_type_elem(x) || is_type_elem(y),
        _ => false,
    }
}
