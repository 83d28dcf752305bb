//! Indices that are within an array by their form alone: masks, remainders, shifts, types with few values.

use super::build::Build;
use goxide_syntax::ast::*;
use goxide_types::{BasicInfo, Ty, constant, predicates};

impl Build<'_> {
    /// Reports that `x[index]`, written as `e`, needs no check.
    pub fn elided_check(&mut self, e: &'static Expr, x: &'static Expr, index: &'static Expr) {
        if !self.reporting || self.small_const(index).is_some() {
            return;
        }
        let Some(t) = self.ty(x).map(Ty::under) else { return };
        let array = t.as_pointer().map_or(t, Ty::under).as_array().map(|a| a.len);
        let text = self.info.types.get(x.unparen().id).and_then(|t| t.value.as_ref());
        let text = text.filter(|c| c.kind() == constant::Kind::String).map(|c| c.string_len() as i64);
        if array.or(text).is_some_and(|n| self.within(index, n)) {
            self.said.push(super::Said::new(e.pos, "index bounds check elided".into()));
        }
    }
    fn small_const(&self, e: &Expr) -> Option<i64> {
        let c = self.info.types.get(e.unparen().id)?.value.as_ref()?;
        (c.kind() == constant::Kind::Int).then(|| c.int64_val())?
    }
    fn within(&self, e: &Expr, max: i64) -> bool {
        let e = e.unparen();
        let Some(t) = self.ty(e).filter(|t| predicates::is_basic(*t, BasicInfo::INTEGER)) else { return false };
        let unsigned = predicates::is_basic(t, BasicInfo::UNSIGNED);
        let mut bits = 8 * goxide_types::size_of(t);
        if let Some(v) = self.small_const(e) {
            return (0..max).contains(&v);
        }
        if let ExprKind::Binary { op, x, y } = &e.kind {
            let right = self.small_const(y);
            match (op, right) {
                (Op::And, _) if self.small_const(x).or(right).is_some_and(|v| (0..max).contains(&v)) => return true,
                (Op::AndNot, _) => {
                    let mut v = self.small_const(x).unwrap_or(-1);
                    if let (None, Some(r)) = (self.small_const(x), right) {
                        v = !r;
                        if unsigned && bits < 64 {
                            v &= (1 << bits) - 1;
                        }
                    }
                    if (0..max).contains(&v) {
                        return true;
                    }
                }
                (Op::Rem, Some(v)) if unsigned && (0..=max).contains(&v) => return true,
                (Op::Div, Some(mut v)) if unsigned => {
                    while bits > 0 && v >= 2 {
                        bits -= 1;
                        v >>= 1;
                    }
                }
                (Op::Shr, Some(v)) if unsigned => {
                    if v > bits {
                        return true;
                    }
                    bits -= v;
                }
                _ => {}
            }
        }
        unsigned && (0..=62).contains(&bits) && (1i64 << bits) <= max
    }
}
