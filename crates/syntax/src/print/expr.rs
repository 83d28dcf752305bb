//! Expressions.

use super::Printer;
use crate::ast::*;
use std::fmt::Write;

impl Printer {
    pub(super) fn expr(&mut self, x: &Expr) {
        match &x.kind {
            ExprKind::Bad => self.s("<bad expr>"),
            ExprKind::Name(n) => self.s(n.as_str()),
            ExprKind::BasicLit { value, .. } => self.s(value.as_str()),
            ExprKind::CompositeLit { ty, elems, .. } => {
                self.opt(ty);
                match elems.as_slice() {
                    [] => self.s("{}"),
                    list if self.whole => {
                        self.s("{");
                        self.exprs(list);
                        self.s("}");
                    }
                    _ => self.s("{…}"),
                }
            }
            ExprKind::KeyValue { key, value } => {
                self.expr(key);
                self.s(": ");
                self.expr(value);
            }
            ExprKind::FuncLit(f) => {
                self.s("func");
                self.signature(&f.ty);
                self.s(" ");
                match f.body.stmts.as_slice() {
                    [] => self.s("{}"),
                    _ if self.whole => self.block(&f.body),
                    _ => self.s("{…}"),
                }
            }
            ExprKind::Paren(x) => {
                self.s("(");
                self.expr(x);
                self.s(")");
            }
            ExprKind::Selector { x, sel } => {
                self.base(x);
                // `1.x` would be the number `1.`
                if self.whole && matches!(x.kind, ExprKind::BasicLit { .. }) {
                    self.s(" ");
                }
                self.s(".");
                self.s(sel.name.as_str());
            }
            ExprKind::Index { x, index } => {
                self.base(x);
                self.s("[");
                self.expr(index);
                self.s("]");
            }
            ExprKind::Slice { x, index, .. } => {
                self.base(x);
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
                self.base(x);
                self.s(".(");
                self.expr(ty);
                self.s(")");
            }
            ExprKind::TypeSwitchGuard { lhs, x } => {
                if let Some(l) = lhs {
                    let _ = write!(self.out, "{} := ", l.name);
                }
                self.base(x);
                self.s(".(type)");
            }
            ExprKind::Unary { op, x } => {
                self.s(op.as_str());
                // in a header, `&T{}` would end at its brace; the tree is that of `&(T{})`
                // so is that of `&(a + b)`, which is an error only later
                let apart = matches!(x.kind, ExprKind::CompositeLit { .. } | ExprKind::Binary { .. });
                if self.whole && *op == Op::And && apart {
                    self.s("(");
                    self.expr(x);
                    return self.s(")");
                }
                // `- -x` must not read as `--x`, nor `& ^x` as `&^x`
                if self.whole && matches!(x.kind, ExprKind::Unary { .. }) {
                    self.s(" ");
                }
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
                self.s(match has_dots {
                    // `1...` would read as a number and two dots
                    true if self.whole => " ...)",
                    true => "...)",
                    false => ")",
                });
            }
            ExprKind::List(l) => self.exprs(l),
            _ => self.type_literal(x, false),
        }
    }

    /// What `[`, `.` and the like follow.
    fn base(&mut self, x: &Expr) {
        match x.kind {
            ExprKind::ArrayType { .. }
            | ExprKind::SliceType(_)
            | ExprKind::MapType { .. }
            | ExprKind::ChanType { .. }
            | ExprKind::FuncType(_) => self.type_literal(x, self.whole),
            _ => self.expr(x),
        }
    }
}
