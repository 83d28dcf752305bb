//! Types other than names, pointers and instances, which print as expressions do.

use super::Printer;
use crate::ast::*;
use std::fmt::Write;

impl Printer {
    /// A type literal. `closed`: something follows that must not read as part of the type at its end, as in `chan (T)[i]`.
    pub(super) fn type_literal(&mut self, x: &Expr, closed: bool) {
        match &x.kind {
            ExprKind::ArrayType { len, elem } => {
                self.s("[");
                match len {
                    Some(l) => self.expr(l),
                    None => self.s("..."),
                }
                self.s("]");
                self.elem(elem, closed);
            }
            ExprKind::SliceType(elem) => {
                self.s("[]");
                self.elem(elem, closed);
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
                match t.results.as_slice() {
                    [r] if closed && r.names.is_empty() => {
                        self.params(&t.params);
                        self.s(" ");
                        self.elem(&r.ty, true);
                    }
                    _ => self.signature(t),
                }
            }
            ExprKind::MapType { key, value } => {
                self.s("map[");
                self.expr(key);
                self.s("]");
                self.elem(value, closed);
            }
            ExprKind::ChanType { dir, elem } => {
                self.s(match dir {
                    ChanDir::Both => "chan ",
                    ChanDir::Send => "chan<- ",
                    ChanDir::Recv => "<-chan ",
                });
                // `chan (<-chan T)` must not read as `chan<- chan T`
                let paren = *dir == ChanDir::Both && matches!(elem.kind, ExprKind::ChanType { dir: ChanDir::Recv, .. });
                self.elem(elem, paren || closed);
            }
            _ => unreachable!("an expression"),
        }
    }

    fn elem(&mut self, elem: &Expr, paren: bool) {
        if !paren {
            return self.expr(elem);
        }
        self.s("(");
        self.expr(elem);
        self.s(")");
    }
}
