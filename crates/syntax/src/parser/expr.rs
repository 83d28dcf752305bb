//! Expressions.

use super::{MAX_CHAIN, Parser, as_ident, lit_expr, name_expr, unparen};
use crate::ast::*;
use crate::print::expr_string;
use crate::token::Token;
use goxide_base::Pos;

impl Parser<'_> {
    pub(super) fn expr(&mut self) -> Expr {
        self.binary_expr(None, 0)
    }

    /// Operators that bind tighter than `prec`; the first operand may have been parsed.
    pub(super) fn binary_expr(&mut self, x: Option<Expr>, prec: u8) -> Expr {
        let mut x = match x {
            Some(x) => x,
            None => self.unary_expr(),
        };
        let mut n = 0;
        while matches!(self.tok(), Token::Operator | Token::Star) && self.s.prec > prec {
            n += 1;
            if n > MAX_CHAIN {
                self.too_deep();
                break;
            }
            let (pos, op, tprec) = (self.pos(), self.s.op, self.s.prec);
            self.next();
            let y = self.binary_expr(None, tprec);
            x = self.expr_at(pos, ExprKind::Binary { op, x: Box::new(x), y: Box::new(y) });
        }
        x
    }

    fn unary_expr(&mut self) -> Expr {
        if !self.enter() {
            self.leave();
            return self.bad_expr();
        }
        let x = self.unary_expr_inner();
        self.leave();
        x
    }

    fn unary_expr_inner(&mut self) -> Expr {
        let pos = self.pos();
        match self.tok() {
            Token::Operator | Token::Star => match self.s.op {
                Op::Mul => {
                    self.next();
                    let x = Box::new(self.unary_expr());
                    return self.expr_at(pos, ExprKind::Star(x));
                }
                op @ (Op::Add | Op::Sub | Op::Not | Op::Xor | Op::Tilde) => {
                    self.next();
                    let x = Box::new(self.unary_expr());
                    return self.expr_at(pos, ExprKind::Unary { op, x });
                }
                Op::And => {
                    self.next();
                    // the operand may be a parenthesised composite literal
                    let x = Box::new(unparen(self.unary_expr()));
                    return self.expr_at(pos, ExprKind::Unary { op: Op::And, x });
                }
                _ => {}
            },
            Token::Arrow => {
                self.next();
                return self.receive(pos);
            }
            _ => {}
        }
        self.pexpr(None, true)
    }

    /// Behind `<-`: a receive operation, or a channel type to which the arrow belongs.
    fn receive(&mut self, pos: Pos) -> Expr {
        let mut x = self.unary_expr();
        if !matches!(x.kind, ExprKind::ChanType { .. }) {
            return self.expr_at(pos, ExprKind::Unary { op: Op::Recv, x: Box::new(x) });
        }
        self.move_arrow(&mut x);
        x
    }

    /// `<-(chan E)` is `(<-chan E)`, and `<-(chan<- E)` is `(<-chan (<-E))`: each arrow moves one channel inwards.
    fn move_arrow(&mut self, t: &mut Expr) {
        if let ExprKind::ChanType { dir, elem } = &mut t.kind {
            match std::mem::replace(dir, ChanDir::Recv) {
                ChanDir::Both => {}
                ChanDir::Send => self.move_arrow(elem),
                // <-<-chan E is not permitted
                ChanDir::Recv => self.syntax_error("unexpected <-, expected chan"),
            }
        } else {
            // the arrow of the innermost channel has no channel to go to
            let s = expr_string(t);
            self.syntax_error(format!("unexpected {s}, expected chan"));
        }
    }

    fn operand(&mut self, keep_parens: bool) -> Expr {
        let pos = self.pos();
        match self.tok() {
            Token::Name => name_expr(self.name()),
            Token::Literal => match self.oliteral() {
                Some(b) => lit_expr(b),
                None => self.bad_expr(),
            },
            Token::Lparen => {
                self.next();
                self.xnest += 1;
                let x = self.expr();
                self.xnest -= 1;
                self.want(Token::Rparen);
                // Parentheses are kept only where they may be an error: (T){…}, `go (f())`, `(x) := 1`.
                if keep_parens || self.tok() == Token::Lbrace {
                    return self.expr_at(pos, ExprKind::Paren(Box::new(x)));
                }
                x
            }
            Token::Func => {
                self.next();
                let (_, ty) = self.func_type("function type");
                if self.tok() == Token::Lbrace {
                    self.xnest += 1;
                    let id = self.id();
                    let body = self.func_body();
                    self.xnest -= 1;
                    return Expr { id, pos, kind: ExprKind::FuncLit(Box::new(FuncLit { ty, body })) };
                }
                self.expr_at(ty.pos, ExprKind::FuncType(Box::new(ty)))
            }
            Token::Lbrack | Token::Chan | Token::Map | Token::Struct | Token::Interface => self.type_(),
            _ => {
                let x = self.bad_expr();
                self.syntax_error("expected expression");
                self.advance(&[Token::Rparen, Token::Rbrack, Token::Rbrace]);
                x
            }
        }
    }

    /// A primary expression; its operand may have been parsed.
    pub(super) fn pexpr(&mut self, x: Option<Expr>, keep_parens: bool) -> Expr {
        let mut x = match x {
            Some(x) => x,
            None => self.operand(keep_parens),
        };
        let mut n = 0;
        loop {
            n += 1;
            if n > MAX_CHAIN {
                self.too_deep();
                return x;
            }
            let pos = self.pos();
            match self.tok() {
                Token::Dot => {
                    self.next();
                    match self.tok() {
                        Token::Name => {
                            let sel = self.name();
                            x = self.expr_at(pos, ExprKind::Selector { x: Box::new(x), sel });
                        }
                        Token::Lparen => {
                            self.next();
                            let x1 = Box::new(x);
                            x = if self.got(Token::Type) {
                                // the variable is filled in by `simple_stmt`
                                self.expr_at(pos, ExprKind::TypeSwitchGuard { lhs: None, x: x1 })
                            } else {
                                let ty = Box::new(self.type_());
                                self.expr_at(pos, ExprKind::Assert { x: x1, ty })
                            };
                            self.want(Token::Rparen);
                        }
                        _ => {
                            self.syntax_error("expected name or (");
                            self.advance(&[Token::Semi, Token::Rparen]);
                        }
                    }
                }
                Token::Lbrack => x = self.index_or_slice(pos, x),
                Token::Lparen => {
                    self.next();
                    let (args, has_dots) = self.arg_list();
                    x = self.expr_at(pos, ExprKind::Call { fun: Box::new(x), args, has_dots });
                }
                Token::Lbrace => {
                    // the start of a composite literal or of a block
                    let t = x.unparen();
                    let ok = match &t.kind {
                        ExprKind::Name(_) | ExprKind::Selector { .. } => self.xnest >= 0,
                        ExprKind::Index { .. } => self.xnest >= 0 && !is_value(t),
                        ExprKind::ArrayType { .. }
                        | ExprKind::SliceType(_)
                        | ExprKind::StructType(_)
                        | ExprKind::MapType { .. } => true,
                        _ => false,
                    };
                    if !ok {
                        return x;
                    }
                    if matches!(x.kind, ExprKind::Paren(_)) {
                        self.syntax_error("cannot parenthesize type in composite literal");
                    }
                    x = self.complit(Some(x));
                }
                _ => return x,
            }
        }
    }

    fn index_or_slice(&mut self, pos: Pos, x: Expr) -> Expr {
        self.next();
        let x = Box::new(x);
        let mut first = None;
        if self.tok() != Token::Colon {
            let (i, comma) = if self.tok() == Token::Rbrack {
                self.syntax_error("expected operand");
                (self.bad_expr(), false)
            } else {
                self.type_list(false)
            };
            if comma || self.tok() == Token::Rbrack {
                self.want(Token::Rbrack);
                return self.expr_at(pos, ExprKind::Index { x, index: Box::new(i) });
            }
            first = Some(Box::new(i));
        }
        if !self.got(Token::Colon) {
            self.syntax_error("expected comma, : or ]");
            self.advance(&[Token::Comma, Token::Colon, Token::Rbrack]);
        }
        self.xnest += 1;
        let mut index = [first, None, None];
        let mut full = false;
        if self.tok() != Token::Colon && self.tok() != Token::Rbrack {
            index[1] = Some(Box::new(self.expr()));
        }
        if self.tok() == Token::Colon {
            full = true;
            if index[1].is_none() {
                self.error("middle index required in 3-index slice");
                index[1] = Some(Box::new(self.bad_expr()));
            }
            self.next();
            if self.tok() != Token::Rbrack {
                index[2] = Some(Box::new(self.expr()));
            } else {
                self.error("final index required in 3-index slice");
                index[2] = Some(Box::new(self.bad_expr()));
            }
        }
        self.xnest -= 1;
        self.want(Token::Rbrack);
        self.expr_at(pos, ExprKind::Slice { x, index, full })
    }

    fn arg_list(&mut self) -> (Vec<Expr>, bool) {
        let mut list = Vec::new();
        let mut dots = false;
        self.xnest += 1;
        self.list("argument list", Token::Comma, Token::Rparen, |p| {
            list.push(p.expr());
            dots = p.got(Token::DotDotDot);
            dots
        });
        self.xnest -= 1;
        (list, dots)
    }

    /// An element or key of a composite literal: an expression, or a literal whose type is implied.
    fn bare_complit(&mut self) -> Expr {
        if self.tok() != Token::Lbrace {
            return self.expr();
        }
        if !self.enter() {
            self.leave();
            return self.bad_expr();
        }
        let x = self.complit(None);
        self.leave();
        x
    }

    /// A composite literal from its `{` on. It stands at the brace even if it has a type.
    fn complit(&mut self, ty: Option<Expr>) -> Expr {
        let pos = self.pos();
        let id = self.id();
        let mut elems = Vec::new();
        let mut nkeys = 0;
        self.xnest += 1;
        self.want(Token::Lbrace);
        let rbrace = self.list("composite literal", Token::Comma, Token::Rbrace, |p| {
            let mut e = p.bare_complit();
            if p.tok() == Token::Colon {
                let at = p.pos();
                p.next();
                let value = Box::new(p.bare_complit());
                e = p.expr_at(at, ExprKind::KeyValue { key: Box::new(e), value });
                nkeys += 1;
            }
            elems.push(e);
            false
        });
        self.xnest -= 1;
        Expr { id, pos, kind: ExprKind::CompositeLit { ty: ty.map(Box::new), elems, nkeys, rbrace } }
    }

    /// One expression, or several as a `List`.
    pub(super) fn expr_list(&mut self) -> Expr {
        let x = self.expr();
        if !self.got(Token::Comma) {
            return x;
        }
        let pos = x.pos;
        let mut list = vec![x, self.expr()];
        while self.got(Token::Comma) {
            list.push(self.expr());
        }
        self.expr_at(pos, ExprKind::List(list))
    }
}

/// Whether `x` must be a value rather than a type.
fn is_value(x: &Expr) -> bool {
    match &x.kind {
        ExprKind::BasicLit { .. }
        | ExprKind::CompositeLit { .. }
        | ExprKind::FuncLit(_)
        | ExprKind::Slice { .. }
        | ExprKind::Assert { .. }
        | ExprKind::TypeSwitchGuard { .. }
        | ExprKind::Call { .. }
        | ExprKind::Unary { .. }
        | ExprKind::Binary { .. } => true,
        ExprKind::Paren(x) => is_value(x),
        ExprKind::Index { x, index } => is_value(x) || is_value(index),
        _ => false,
    }
}

/// The identifier on the left of a type switch's `:=`.
pub(super) fn guard_name(lhs: &Expr) -> Option<Ident> {
    as_ident(lhs)
}
