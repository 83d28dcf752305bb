//! Types, fields, parameters.

use super::{Parser, as_ident, name_expr};
use crate::ast::*;
use crate::positions::start_pos;
use crate::token::Token;
use goxide_base::Pos;

/// What kind of parameter list is parsed.
#[derive(Clone, Copy)]
pub(super) struct ParamsMode {
    /// Every parameter must be named: a type parameter list.
    require_names: bool,
    /// `...` is allowed with the last parameter.
    dots_ok: bool,
}

impl ParamsMode {
    pub const TYPE_PARAMS: ParamsMode = ParamsMode { require_names: true, dots_ok: false };
    pub const RECEIVER: ParamsMode = ParamsMode { require_names: false, dots_ok: false };
    pub const PARAMS: ParamsMode = ParamsMode { require_names: false, dots_ok: true };
    pub const RESULTS: ParamsMode = ParamsMode { require_names: false, dots_ok: false };
    /// Parameters or type arguments: the caller decides.
    pub const MAYBE_ARGS: ParamsMode = ParamsMode { require_names: false, dots_ok: false };
}

/// A parameter before types are distributed over names.
struct Param {
    pos: Pos,
    name: Option<Ident>,
    ty: Option<Expr>,
}

impl Parser<'_> {
    pub(super) fn type_(&mut self) -> Expr {
        if let Some(t) = self.type_or_none() {
            return t;
        }
        let bad = self.bad_expr();
        self.syntax_error("expected type");
        self.advance(&[Token::Comma, Token::Colon, Token::Semi, Token::Rparen, Token::Rbrack, Token::Rbrace]);
        bad
    }

    /// A type, if one is here; reports nothing otherwise.
    pub(super) fn type_or_none(&mut self) -> Option<Expr> {
        let pos = self.pos();
        if !self.enter() {
            self.leave();
            return Some(self.expr_at(pos, ExprKind::Bad));
        }
        let t = self.type_or_none_inner(pos);
        self.leave();
        t
    }

    fn type_or_none_inner(&mut self, pos: Pos) -> Option<Expr> {
        Some(match self.tok() {
            Token::Star => {
                self.next();
                let t = self.type_();
                self.expr_at(pos, ExprKind::Star(Box::new(t)))
            }
            Token::Arrow => {
                self.next();
                self.want(Token::Chan);
                let elem = Box::new(self.chan_elem());
                self.expr_at(pos, ExprKind::ChanType { dir: ChanDir::Recv, elem })
            }
            Token::Func => {
                self.next();
                let (_, t) = self.func_type("function type");
                self.expr_at(t.pos, ExprKind::FuncType(Box::new(t)))
            }
            Token::Lbrack => {
                self.next();
                if self.got(Token::Rbrack) { self.slice_type(pos) } else { self.array_type(pos, None) }
            }
            Token::Chan => {
                self.next();
                let dir = if self.got(Token::Arrow) { ChanDir::Send } else { ChanDir::Both };
                let elem = Box::new(self.chan_elem());
                self.expr_at(pos, ExprKind::ChanType { dir, elem })
            }
            Token::Map => {
                self.next();
                self.want(Token::Lbrack);
                let key = Box::new(self.type_());
                self.want(Token::Rbrack);
                let value = Box::new(self.type_());
                self.expr_at(pos, ExprKind::MapType { key, value })
            }
            Token::Struct => self.struct_type(),
            Token::Interface => self.interface_type(),
            Token::Name => self.qualified_name(None),
            Token::Lparen => {
                self.next();
                let t = self.type_();
                self.want(Token::Rparen);
                t
            }
            _ => return None,
        })
    }

    fn type_instance(&mut self, x: Expr) -> Expr {
        let pos = self.pos();
        self.want(Token::Lbrack);
        let index = if self.tok() == Token::Rbrack {
            self.syntax_error("expected type argument list");
            self.bad_expr()
        } else {
            self.type_list(true).0
        };
        self.want(Token::Rbrack);
        self.expr_at(pos, ExprKind::Index { x: Box::new(x), index: Box::new(index) })
    }

    /// Type parameters and signature. A non-empty context does not permit type parameters.
    pub(super) fn func_type(&mut self, context: &str) -> (Vec<Field>, FuncType) {
        let pos = self.pos();
        let mut tparams = Vec::new();
        if self.got(Token::Lbrack) {
            if !context.is_empty() {
                self.syntax_error_at(pos, format!("{context} must have no type parameters"));
            }
            if self.tok() == Token::Rbrack {
                self.syntax_error("empty type parameter list");
                self.next();
            } else {
                tparams = self.param_list(None, None, Token::Rbrack, ParamsMode::TYPE_PARAMS);
            }
        }
        self.want(Token::Lparen);
        let params = self.param_list(None, None, Token::Rparen, ParamsMode::PARAMS);
        let results = self.func_result();
        (tparams, FuncType { pos, params, results })
    }

    /// `[` at `pos` has been consumed, and the length too if it is given.
    pub(super) fn array_type(&mut self, pos: Pos, len: Option<Expr>) -> Expr {
        let len = match len {
            Some(l) => Some(l),
            None if self.got(Token::DotDotDot) => None,
            None => {
                self.xnest += 1;
                let l = self.expr();
                self.xnest -= 1;
                Some(l)
            }
        };
        if self.tok() == Token::Comma {
            // allowed at the end of type parameter lists, so users may write it here
            self.syntax_error("unexpected comma; expected ]");
            self.next();
        }
        self.want(Token::Rbrack);
        let elem = Box::new(self.type_());
        self.expr_at(pos, ExprKind::ArrayType { len: len.map(Box::new), elem })
    }

    /// `[]` at `pos` has been consumed.
    pub(super) fn slice_type(&mut self, pos: Pos) -> Expr {
        let elem = Box::new(self.type_());
        self.expr_at(pos, ExprKind::SliceType(elem))
    }

    fn chan_elem(&mut self) -> Expr {
        if let Some(t) = self.type_or_none() {
            return t;
        }
        let bad = self.bad_expr();
        self.syntax_error("missing channel element type");
        bad
    }

    fn struct_type(&mut self) -> Expr {
        let pos = self.pos();
        self.want(Token::Struct);
        self.want(Token::Lbrace);
        let mut fields = Vec::new();
        self.list("struct type", Token::Semi, Token::Rbrace, |p| {
            p.field_decl(&mut fields);
            false
        });
        self.expr_at(pos, ExprKind::StructType(fields))
    }

    fn interface_type(&mut self) -> Expr {
        let pos = self.pos();
        self.want(Token::Interface);
        self.want(Token::Lbrace);
        let mut elems = Vec::new();
        self.list("interface type", Token::Semi, Token::Rbrace, |p| {
            let f = if p.tok() == Token::Name { Some(p.method_decl()) } else { None };
            elems.push(match f {
                Some(f) if !f.names.is_empty() => f,
                f => p.embedded_elem(f),
            });
            false
        });
        self.expr_at(pos, ExprKind::InterfaceType(elems))
    }

    fn func_result(&mut self) -> Vec<Field> {
        if self.got(Token::Lparen) {
            return self.param_list(None, None, Token::Rparen, ParamsMode::RESULTS);
        }
        let pos = self.pos();
        match self.type_or_none() {
            Some(ty) => vec![self.field(pos, Vec::new(), ty, None)],
            None => Vec::new(),
        }
    }

    fn field(&mut self, pos: Pos, names: Vec<Ident>, ty: Expr, tag: Option<BasicLit>) -> Field {
        Field { pos, names, ty, tag, id: self.id() }
    }

    fn field_decl(&mut self, out: &mut Vec<Field>) {
        let pos = self.pos();
        let mut embed = |p: &mut Self, ty: Expr| {
            let tag = p.oliteral();
            let f = p.field(pos, Vec::new(), ty, tag);
            out.push(f);
        };
        match self.tok() {
            Token::Name => {
                let name = self.name();
                if matches!(self.tok(), Token::Dot | Token::Literal | Token::Semi | Token::Rbrace) {
                    let ty = self.qualified_name(Some(name));
                    return embed(self, ty);
                }
                let names = self.name_list(name);
                // `T[P1, P2]` embeds an instantiated type, `f [P]E` is a field of array type
                let ty = if names.len() == 1 && self.tok() == Token::Lbrack {
                    match self.array_or_targs(name) {
                        (ty, true) => return embed(self, ty),
                        (ty, false) => ty,
                    }
                } else {
                    self.type_()
                };
                let tag = self.oliteral();
                let f = self.field(pos, names, ty, tag);
                out.push(f);
            }
            Token::Star => {
                self.next();
                let ty = if self.tok() == Token::Lparen {
                    self.syntax_error("cannot parenthesize embedded type");
                    self.next();
                    let t = self.qualified_name(None);
                    self.got(Token::Rparen);
                    t
                } else {
                    self.qualified_name(None)
                };
                let ty = self.expr_at(pos, ExprKind::Star(Box::new(ty)));
                embed(self, ty);
            }
            Token::Lparen => {
                self.syntax_error("cannot parenthesize embedded type");
                self.next();
                let star = self.pos();
                let ty = if self.got(Token::Star) {
                    let t = self.qualified_name(None);
                    self.expr_at(star, ExprKind::Star(Box::new(t)))
                } else {
                    self.qualified_name(None)
                };
                self.got(Token::Rparen);
                embed(self, ty);
            }
            _ => {
                self.syntax_error("expected field name or embedded type");
                self.advance(&[Token::Semi, Token::Rbrace]);
            }
        }
    }

    /// Behind `name`: an array or slice type, or type arguments for it (then the result is the instantiated type and
    /// true).
    fn array_or_targs(&mut self, name: Ident) -> (Expr, bool) {
        let pos = self.pos();
        self.want(Token::Lbrack);
        if self.got(Token::Rbrack) {
            return (self.slice_type(pos), false);
        }
        let (n, comma) = self.type_list(false);
        self.want(Token::Rbrack);
        if !comma && let Some(elem) = self.type_or_none() {
            let kind = ExprKind::ArrayType { len: Some(Box::new(n)), elem: Box::new(elem) };
            return (self.expr_at(pos, kind), false);
        }
        let kind = ExprKind::Index { x: Box::new(name_expr(name)), index: Box::new(n) };
        (self.expr_at(pos, kind), true)
    }

    /// A method (then the field has a name), or an embedded type that starts with a name.
    fn method_decl(&mut self) -> Field {
        const CONTEXT: &str = "interface method";
        let fpos = self.pos();
        let name = self.name();
        match self.tok() {
            Token::Lparen => self.method(fpos, name),
            Token::Lbrack => {
                // a generic method m[T C](x T), which is an error, or an instantiated type T[P1, P2]
                let pos = self.pos();
                self.next();
                if self.tok() == Token::Rbrack {
                    let at = self.pos();
                    self.next();
                    if self.tok() == Token::Lparen {
                        self.error_at(at, "empty type parameter list");
                        return self.method(fpos, name);
                    }
                    self.error_at(at, "empty type argument list");
                    return self.field(fpos, Vec::new(), name_expr(name), None);
                }
                let mut list = self.param_list(None, None, Token::Rbrack, ParamsMode::MAYBE_ARGS);
                if list.is_empty() {
                    // errors have been reported: as if the brackets were absent
                    if self.tok() == Token::Lparen {
                        return self.method(fpos, name);
                    }
                    return self.field(fpos, Vec::new(), name_expr(name), None);
                }
                if !list[0].names.is_empty() {
                    let f = self.method(fpos, name);
                    self.error_at(pos, format!("{CONTEXT} must have no type parameters"));
                    return f;
                }
                let index = if list.len() == 1 {
                    list.swap_remove(0).ty
                } else {
                    let at = list[0].pos;
                    let l = list.into_iter().map(|f| f.ty).collect();
                    self.expr_at(at, ExprKind::List(l))
                };
                let kind = ExprKind::Index { x: Box::new(name_expr(name)), index: Box::new(index) };
                let ty = self.expr_at(pos, kind);
                self.field(fpos, Vec::new(), ty, None)
            }
            _ => {
                let ty = self.qualified_name(Some(name));
                self.field(fpos, Vec::new(), ty, None)
            }
        }
    }

    fn method(&mut self, pos: Pos, name: Ident) -> Field {
        let (_, t) = self.func_type("interface method");
        let ty = self.expr_at(t.pos, ExprKind::FuncType(Box::new(t)));
        self.field(pos, vec![name], ty, None)
    }

    /// A union of terms; `f` holds the first one if it has been parsed.
    fn embedded_elem(&mut self, f: Option<Field>) -> Field {
        let mut f = match f {
            Some(f) => f,
            None => {
                let pos = self.pos();
                let ty = self.embedded_term();
                self.field(pos, Vec::new(), ty, None)
            }
        };
        f.ty = self.union(f.ty);
        f
    }

    /// Continues a union whose first term is `x`.
    fn union(&mut self, mut x: Expr) -> Expr {
        let mut n = 0;
        while self.at_op(Op::Or) {
            n += 1;
            if n > super::MAX_CHAIN {
                self.too_deep();
                break;
            }
            let pos = self.pos();
            self.next();
            let y = self.embedded_term();
            x = self.expr_at(pos, ExprKind::Binary { op: Op::Or, x: Box::new(x), y: Box::new(y) });
        }
        x
    }

    fn at_op(&self, op: Op) -> bool {
        self.tok() == Token::Operator && self.s.op == op
    }

    fn embedded_term(&mut self) -> Expr {
        if self.at_op(Op::Tilde) {
            let pos = self.pos();
            self.next();
            let x = Box::new(self.type_());
            return self.expr_at(pos, ExprKind::Unary { op: Op::Tilde, x });
        }
        if let Some(t) = self.type_or_none() {
            return t;
        }
        let bad = self.bad_expr();
        self.syntax_error("expected ~ term or type");
        self.advance(&[Token::Operator, Token::Semi, Token::Rparen, Token::Rbrack, Token::Rbrace]);
        bad
    }

    fn param_decl(&mut self, name: Option<Ident>, follow: Token) -> Option<Param> {
        // unions and ~ are for type parameter lists
        let sets_ok = follow == Token::Rbrack;
        let pos = name.map_or(self.pos(), |n| n.pos);
        if name.is_none() && sets_ok && self.at_op(Op::Tilde) {
            let f = self.embedded_elem(None);
            return Some(Param { pos, name: None, ty: Some(f.ty) });
        }
        let mut named = None;
        if self.tok() == Token::Name || name.is_some() {
            let name = name.unwrap_or_else(|| self.name());
            let union_next = |p: &Self| sets_ok && p.at_op(Op::Or);
            if self.tok() == Token::Lbrack {
                let (mut ty, inst) = self.array_or_targs(name);
                if union_next(self) {
                    ty = self.union(ty);
                }
                return Some(Param { pos, name: (!inst).then_some(name), ty: Some(ty) });
            }
            if self.tok() == Token::Dot {
                let mut ty = self.qualified_name(Some(name));
                if union_next(self) {
                    ty = self.union(ty);
                }
                return Some(Param { pos, name: None, ty: Some(ty) });
            }
            if union_next(self) {
                let ty = self.union(name_expr(name));
                return Some(Param { pos, name: None, ty: Some(ty) });
            }
            named = Some(name);
        }
        if self.tok() == Token::DotDotDot {
            let at = self.pos();
            self.next();
            let ty = match self.type_or_none() {
                Some(t) => self.expr_at(at, ExprKind::DotsType(Box::new(t))),
                None => {
                    let bad = self.bad_expr();
                    self.syntax_error("... is missing type");
                    bad
                }
            };
            return Some(Param { pos, name: named, ty: Some(ty) });
        }
        if sets_ok && self.at_op(Op::Tilde) {
            let f = self.embedded_elem(None);
            return Some(Param { pos, name: named, ty: Some(f.ty) });
        }
        let mut ty = self.type_or_none();
        if sets_ok && self.at_op(Op::Or) {
            ty = ty.map(|t| self.union(t));
        }
        if named.is_some() || ty.is_some() {
            return Some(Param { pos, name: named, ty });
        }
        self.syntax_error(format!("expected {}", follow.describe()));
        self.advance(&[Token::Comma, follow]);
        None
    }

    /// Parameters up to `close`; the opening token has been consumed, as may have been the first name, or name and type.
    /// In the result either all fields have names or none has.
    pub(super) fn param_list(
        &mut self,
        name: Option<Ident>,
        ty: Option<Expr>,
        close: Token,
        mode: ParamsMode,
    ) -> Vec<Field> {
        let mut first = match (name, ty) {
            (Some(n), Some(t)) => {
                if self.tok() == close {
                    self.next();
                    return vec![self.field(n.pos, vec![n], t, None)];
                }
                Some(Param { pos: n.pos, name, ty: Some(t) })
            }
            _ => None,
        };
        let mut name = if first.is_some() { None } else { name };
        let (mut named, mut typed) = (0, 0);
        let mut list: Vec<Param> = Vec::new();
        // `list` does not call its function at the end of the list, where a lone first name may be pending
        let end = self.list("parameter list", Token::Comma, close, |p| {
            let par = match first.take() {
                Some(f) => Some(f),
                None => p.param_decl(name.take(), close),
            };
            if let Some(par) = par {
                named += (par.name.is_some() && par.ty.is_some()) as usize;
                typed += par.ty.is_some() as usize;
                list.push(par);
            }
            false
        });
        if list.is_empty() {
            return Vec::new();
        }
        if named == 0 && !mode.require_names {
            // all are unnamed: the names found are types
            for p in &mut list {
                if let Some(n) = p.name.take() {
                    p.ty = Some(name_expr(n));
                }
            }
        } else if named != list.len() {
            self.name_all(&mut list, named == typed, end, mode);
        }
        let fields = self.group(list);
        self.check_dots(fields, mode)
    }

    /// All parameters must be named, but not all are.
    fn name_all(&mut self, list: &mut [Param], types_missing: bool, end: Pos, mode: ParamsMode) {
        let mut err = Pos::NONE;
        let mut have_type = false;
        for p in list.iter_mut().rev() {
            match (&p.ty, p.name) {
                (Some(t), name) => {
                    have_type = true;
                    if name.is_none() {
                        err = start_pos(t);
                        p.name = Some(self.ident_at(err, "_"));
                    }
                }
                (None, _) if have_type => {}
                (None, n) => {
                    err = n.map_or(p.pos, |n| n.pos);
                    p.ty = Some(self.expr_at(err, ExprKind::Bad));
                }
            }
        }
        if !err.is_known() {
            return;
        }
        let msg = match (types_missing, mode.require_names) {
            (true, true) => "missing type constraint",
            (true, false) => "missing parameter type",
            (false, true) if list.len() == 1 => "missing type parameter name or invalid array length",
            (false, true) => "missing type parameter name",
            (false, false) => "missing parameter name",
        };
        // missing types are at the end of the list
        self.syntax_error_at(if types_missing { end } else { err }, msg);
    }

    /// Names without a type share that of the next parameter.
    fn group(&mut self, list: Vec<Param>) -> Vec<Field> {
        let mut fields = Vec::with_capacity(list.len());
        let mut names: Vec<Ident> = Vec::new();
        for p in list {
            names.extend(p.name);
            if let Some(ty) = p.ty {
                let pos = names.first().map_or(p.pos, |n| n.pos);
                let f = self.field(pos, std::mem::take(&mut names), ty, None);
                fields.push(f);
            }
        }
        fields
    }

    /// `...` only with the last parameter, where it is allowed at all.
    fn check_dots(&mut self, mut fields: Vec<Field>, mode: ParamsMode) -> Vec<Field> {
        let n = fields.len();
        let mut reported = false;
        for (i, f) in fields.iter_mut().enumerate() {
            let last = i + 1 == n && f.names.len() <= 1;
            if !matches!(f.ty.kind, ExprKind::DotsType(_)) || mode.dots_ok && last {
                continue;
            }
            if !reported {
                reported = true;
                let msg = if mode.dots_ok { "can only use ... with final parameter" } else { "invalid use of ..." };
                self.error_at(f.ty.pos, msg);
            }
            // the element type stands in for the invalid one
            if let ExprKind::DotsType(elem) = std::mem::replace(&mut f.ty.kind, ExprKind::Bad) {
                f.ty = *elem;
            }
        }
        fields
    }

    /// A name or `p.name`, with type arguments if they follow. The first name may have been consumed.
    pub(super) fn qualified_name(&mut self, name: Option<Ident>) -> Expr {
        let mut x = match name {
            Some(n) => name_expr(n),
            None if self.tok() == Token::Name => name_expr(self.name()),
            None => {
                let n = self.ident_at(self.pos(), "_");
                self.syntax_error("expected name");
                self.advance(&[Token::Dot, Token::Semi, Token::Rbrace]);
                name_expr(n)
            }
        };
        debug_assert!(as_ident(&x).is_some());
        if self.tok() == Token::Dot {
            let pos = self.pos();
            self.next();
            let sel = self.name();
            x = self.expr_at(pos, ExprKind::Selector { x: Box::new(x), sel });
        }
        if self.tok() == Token::Lbrack {
            x = self.type_instance(x);
        }
        x
    }

    /// A list of types (with `strict` false, the first may be any expression); a `List` if several. Says whether there
    /// was a comma, be it a trailing one.
    pub(super) fn type_list(&mut self, strict: bool) -> (Expr, bool) {
        self.xnest += 1;
        let mut x = if strict { self.type_() } else { self.expr() };
        let mut comma = false;
        if self.got(Token::Comma) {
            comma = true;
            if let Some(t) = self.type_or_none() {
                let pos = x.pos;
                let mut list = vec![x, t];
                while self.got(Token::Comma) {
                    match self.type_or_none() {
                        Some(t) => list.push(t),
                        None => break,
                    }
                }
                x = self.expr_at(pos, ExprKind::List(list));
            }
        }
        self.xnest -= 1;
        (x, comma)
    }
}
