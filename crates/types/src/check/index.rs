//! Index and slice expressions (`index.go`).

use super::Checker;
use super::Operand;
use super::const_::representable_const;
use super::operand::{INVALID_ARG, INVALID_OP};
use crate::codes::Code;
use crate::constant::Kind;
use crate::info::Mode;
use crate::predicates::*;
use crate::types::{BasicKind, Ty, TyKind, byte, invalid, typ};
use crate::under::{typeset, under_is};
use goxide_syntax::ast::{Expr, ExprKind};

impl Checker {
    /// Checks `x[index]`. True: `x` is a generic function, which the caller must instantiate.
    pub(crate) fn index_expr(&mut self, x: &mut Operand, e: &'static Expr) -> bool {
        let ExprKind::Index { x: ex, index } = &e.kind else { return false };
        self.expr_or_type(x, ex, true);
        match x.mode {
            Mode::Invalid => {
                self.use_exprs(index.list());
                return false;
            }
            Mode::TypExpr => {
                // An instantiated type.
                x.invalidate();
                x.typ = self.var_type(e);
                if x.typ.is_valid() {
                    x.mode = Mode::TypExpr;
                }
                return false;
            }
            Mode::Value if x.typ.under().as_sig().is_some_and(|s| !s.tparams().is_empty()) => return true,
            _ => {}
        }
        self.non_generic(None, x);
        if !x.is_valid() {
            return false;
        }
        if !self.is_complete(x.typ) {
            x.invalidate();
            return false;
        }
        let u = x.typ.under();
        // What is dereferenced or fetched implicitly must be complete, too.
        if let Some(inner) = u.as_pointer().or(u.as_map().map(|m| m.1))
            && !self.is_complete(inner)
        {
            x.invalidate();
            return false;
        }

        let mut valid = false;
        let mut length = -1i64;
        match u.kind() {
            TyKind::Basic(_) if is_string(u) => {
                valid = true;
                if x.mode == Mode::Constant {
                    length = x.val.string_len() as i64;
                }
                // Indexing a constant string does not give a constant.
                x.mode = Mode::Value;
                x.typ = byte();
            }
            TyKind::Array(a) => {
                valid = true;
                length = a.len;
                if x.mode != Mode::Variable {
                    x.mode = Mode::Value;
                }
                x.typ = a.elem;
            }
            TyKind::Pointer(p) => {
                if let Some(a) = p.base.under().as_array() {
                    valid = true;
                    length = a.len;
                    x.mode = Mode::Variable;
                    x.typ = a.elem;
                }
            }
            TyKind::Slice(s) => {
                valid = true;
                x.mode = Mode::Variable;
                x.typ = s.elem;
            }
            TyKind::Map(m) => {
                self.map_index(x, e, m.key, m.elem);
                return false;
            }
            TyKind::Interface(_) if is_type_param(x.typ) => {
                let mut key: Option<Ty> = None;
                let mut elem: Option<Ty> = None;
                let mut mode = Mode::Variable;
                let xmode = x.mode;
                let ok = under_is(x.typ, &mut |u| {
                    let Some(u) = u else { return false };
                    let (mut l, mut k, mut el) = (-1i64, None, None);
                    match u.kind() {
                        TyKind::Basic(_) if is_string(u) => {
                            el = Some(byte());
                            mode = Mode::Value;
                        }
                        TyKind::Array(a) => {
                            l = a.len;
                            el = Some(a.elem);
                            if xmode != Mode::Variable {
                                mode = Mode::Value;
                            }
                        }
                        TyKind::Pointer(p) => {
                            if let Some(a) = p.base.under().as_array() {
                                l = a.len;
                                el = Some(a.elem);
                            }
                        }
                        TyKind::Slice(s) => el = Some(s.elem),
                        TyKind::Map(m) => {
                            k = Some(m.key);
                            el = Some(m.elem);
                        }
                        _ => {}
                    }
                    let Some(el) = el else { return false };
                    let Some(first) = elem else {
                        length = l;
                        key = k;
                        elem = Some(el);
                        return true;
                    };
                    // No mixing of maps with others, all keys and elements alike.
                    let same_key = match (key, k) {
                        (None, None) => true,
                        (Some(a), Some(b)) => identical(a, b),
                        _ => false,
                    };
                    if !same_key || !identical(first, el) {
                        return false;
                    }
                    if l >= 0 && l < length {
                        length = l;
                    }
                    true
                });
                if let Some(elem) = elem.filter(|_| ok) {
                    if let Some(key) = key {
                        self.map_index(x, e, key, elem);
                        return false;
                    }
                    valid = true;
                    x.mode = mode;
                    x.typ = elem;
                }
            }
            _ => {}
        }
        if !valid {
            let msg = format!("cannot index {}", self.os(x));
            self.error(e.pos, Code::NonSliceableOperand, msg);
            self.use_exprs(index.list());
            x.invalidate();
            return false;
        }
        let Some(index) = self.single_index(e) else {
            x.invalidate();
            return false;
        };
        self.index(index, length);
        false
    }

    /// Checks the key of a map index; the result is valid even if the key is not.
    fn map_index(&mut self, x: &mut Operand, e: &'static Expr, key: Ty, elem: Ty) {
        let Some(index) = self.single_index(e) else {
            x.invalidate();
            return;
        };
        let mut k = Operand::default();
        self.generic_expr(&mut k, index, None);
        self.assignment(&mut k, Some(key), "map index");
        x.mode = Mode::MapIndex;
        x.typ = elem;
        x.expr = Some(e);
    }

    /// Checks `x[i:j:k]`.
    pub(crate) fn slice_expr(
        &mut self,
        x: &mut Operand,
        e: &'static Expr,
        ex: &'static Expr,
        index: &'static [Option<Box<Expr>>; 3],
        full: bool,
    ) {
        self.expr(None, x, ex);
        if !x.is_valid() {
            for i in index.iter().flatten() {
                self.use_expr(i);
            }
            return;
        }

        // The common underlying type; strings count as byte slices.
        let mut common: Option<(Ty, Ty)> = None;
        let mut has_string = false;
        for (t, u) in typeset(x.typ) {
            let Some((t, mut u)) = t.zip(u) else {
                let msg = format!("cannot slice {}: no specific type in {}", self.os(x), self.ts(x.typ));
                self.error(&*x, Code::NonSliceableOperand, msg);
                common = None;
                break;
            };
            if is_string(u) {
                u = Ty::slice(byte());
                has_string = true;
            }
            let Some((ct, cu)) = common else {
                common = Some((t, u));
                continue;
            };
            if !identical(cu, u) {
                let msg = format!(
                    "cannot slice {}: {} and {} have different underlying types",
                    self.os(x),
                    self.ts(ct),
                    self.ts(t)
                );
                self.error(&*x, Code::NonSliceableOperand, msg);
                common = None;
                break;
            }
        }
        let mut cu = common.map(|c| c.1);
        if has_string {
            cu = Some(if is_type_param(x.typ) { typ(BasicKind::String) } else { x.typ.under() });
        }
        if let Some(base) = x.typ.under().as_pointer()
            && !self.is_complete(base)
        {
            x.invalidate();
            return;
        }

        let Some(cu) = cu else {
            x.invalidate();
            return;
        };
        let mut valid = false;
        let mut length = -1i64;
        match cu.kind() {
            TyKind::Basic(_) if is_string(cu) => {
                if full {
                    let at = index[2].as_deref().unwrap_or(e);
                    self.error(at, Code::InvalidSliceExpr, format!("{INVALID_OP}3-index slice of string"));
                    x.invalidate();
                    return;
                }
                valid = true;
                if x.mode == Mode::Constant {
                    length = x.val.string_len() as i64;
                }
                // Slicing an untyped string gives a string that is no constant.
                if is_untyped(x.typ) {
                    x.typ = typ(BasicKind::String);
                }
            }
            TyKind::Array(a) => {
                valid = true;
                length = a.len;
                if x.mode != Mode::Variable {
                    let msg = format!("{INVALID_OP}cannot slice unaddressable value {}", self.os(x));
                    self.error(&*x, Code::NonSliceableOperand, msg);
                    x.invalidate();
                    return;
                }
                x.typ = Ty::slice(a.elem);
            }
            TyKind::Pointer(p) => {
                if let Some(a) = p.base.under().as_array() {
                    valid = true;
                    length = a.len;
                    x.typ = Ty::slice(a.elem);
                }
            }
            TyKind::Slice(_) => valid = true,
            _ => {}
        }
        if !valid {
            let msg = format!("cannot slice {}", self.os(x));
            self.error(&*x, Code::NonSliceableOperand, msg);
            x.invalidate();
            return;
        }
        x.mode = Mode::Value;
        if full && (index[1].is_none() || index[2].is_none()) {
            self.error(e, Code::InvalidSyntaxTree, "2nd and 3rd index required in 3-index slice");
            x.invalidate();
            return;
        }

        let mut ind = [-1i64; 3];
        for (i, expr) in index.iter().enumerate() {
            ind[i] = match expr {
                Some(expr) => self.index(expr, if length >= 0 { length + 1 } else { -1 }).1,
                None if i == 0 => 0,
                None => length,
            };
        }
        // Constant indices must not decrease; one report is enough.
        for i in 0..2 {
            if ind[i] <= 0 {
                continue;
            }
            for j in i + 1..3 {
                if ind[j] >= 0
                    && ind[j] < ind[i]
                    && let Some(at) = &index[j]
                {
                    self.error(
                        &**at,
                        Code::SwappedSliceIndices,
                        format!("invalid slice indices: {} < {}", ind[j], ind[i]),
                    );
                    return;
                }
            }
        }
    }

    /// The one index of an index expression; reports several.
    fn single_index(&mut self, e: &'static Expr) -> Option<&'static Expr> {
        let ExprKind::Index { index, .. } = &e.kind else { return None };
        match &index.kind {
            ExprKind::List(l) if l.len() > 1 => {
                self.error(&l[1], Code::InvalidIndex, format!("{INVALID_OP}more than one index"));
                l.first()
            }
            ExprKind::List(_) => {
                self.error(e, Code::InvalidSyntaxTree, "missing index");
                None
            }
            _ => Some(index),
        }
    }

    /// Checks an index. `max >= 0` is its bound. The type is invalid if the index is, and the value is below 0 if it
    /// is not constant.
    pub(crate) fn index(&mut self, index: &'static Expr, max: i64) -> (Ty, i64) {
        let mut x = Operand::default();
        self.expr(None, &mut x, index);
        if !self.is_valid_index(&mut x, Code::InvalidIndex, "index", false) {
            return (invalid(), -1);
        }
        if x.mode != Mode::Constant {
            return (x.typ, -1);
        }
        if x.val.kind() == Kind::Unknown {
            return (invalid(), -1);
        }
        let v = x.val.int64_val().unwrap_or(-1);
        if max >= 0 && v >= max {
            self.error(&x, Code::InvalidIndex, format!("{INVALID_ARG}index {} out of bounds [0:{max}]", &x.val));
            return (invalid(), -1);
        }
        (x.typ, v)
    }

    /// Whether `x` may serve as an index; reports why not.
    pub(crate) fn is_valid_index(&mut self, x: &mut Operand, code: Code, what: &str, allow_negative: bool) -> bool {
        if !x.is_valid() {
            return false;
        }
        self.convert_untyped(x, typ(BasicKind::Int));
        if !x.is_valid() {
            return false;
        }
        if !all_integer(x.typ) {
            let msg = format!("{INVALID_ARG}{what} {} must be integer", self.os(x));
            self.error(&*x, code, msg);
            return false;
        }
        if x.mode == Mode::Constant {
            if !allow_negative && x.val.sign() < 0 {
                let msg = format!("{INVALID_ARG}{what} {} must not be negative", self.os(x));
                self.error(&*x, code, msg);
                return false;
            }
            match representable_const(&x.val, typ(BasicKind::Int)) {
                Some(v) => x.val = v,
                None => {
                    let msg = format!("{INVALID_ARG}{what} {} overflows int", self.os(x));
                    self.error(&*x, code, msg);
                    return false;
                }
            }
        }
        true
    }
}
