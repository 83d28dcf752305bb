//! Whether it shows when an expression is evaluated: it calls something, may panic, or depends on what others do.

use crate::fx::Fx;
use crate::layout::{
    elem, field_ty, fields, info, is_array, is_byte_slice, is_direct_iface, is_iface, is_map, is_ptr, is_slice,
    is_string, is_struct, key, sole_component,
};
use goxide_syntax::ast::*;
use goxide_types::{BuiltinId, Mode, SelectionKind, Ty};

/// Built-ins that call nothing: their operands decide.
pub(super) fn pure_builtin(b: BuiltinId) -> bool {
    use BuiltinId::*;
    matches!(b, Len | Cap | Real | Imag | Complex | Min | Max | Add | Slice | SliceData | String | StringData)
}

/// Those of them whose results gc fixes as it does those of calls.
pub(super) fn copied_builtin(b: BuiltinId) -> bool {
    use BuiltinId::*;
    matches!(b, Len | Cap | Real | Imag | Complex | Min | Max)
}

/// Whether gc's runtime takes values of type `t` as they are to put them into an interface; others it is shown where they
/// are, so they are evaluated into a temporary.
fn by_value(t: Ty) -> bool {
    let i = info(t);
    let word = matches!(i.size, 2 | 4 | 8) && u64::from(i.align) == i.size && !i.ptrs;
    let part = sole_component(t);
    word || is_string(part) || is_slice(part)
}

impl Fx<'_> {
    /// Whether evaluating `e` calls a function, receives, or does anything else that must happen in order.
    pub fn has_call(&self, e: &Expr) -> bool {
        if self.const_of(e).is_some() || self.is_type(e) {
            return false;
        }
        let opt = |e: &Option<Box<Expr>>| e.as_ref().is_some_and(|e| self.has_call(e));
        match &e.kind {
            ExprKind::Call { fun, args, .. } => {
                if self.is_type(fun) {
                    return args.iter().any(|a| self.has_call(a));
                }
                if let Some(b) = self.info().builtin_of(fun) {
                    if pure_builtin(b) {
                        return args.iter().any(|a| self.has_call(a));
                    }
                    return !matches!(b, BuiltinId::Alignof | BuiltinId::Offsetof | BuiltinId::Sizeof);
                }
                true
            }
            ExprKind::Unary { op, x } => *op == Op::Recv || self.has_call(x),
            ExprKind::Paren(x) | ExprKind::Star(x) | ExprKind::Selector { x, .. } => self.has_call(x),
            ExprKind::Assert { x, .. } => self.has_call(x),
            ExprKind::Binary { x, y, .. } => self.has_call(x) || self.has_call(y),
            ExprKind::Index { x, index } => self.has_call(x) || self.has_call(index),
            ExprKind::Slice { x, index, .. } => self.has_call(x) || index.iter().any(opt),
            ExprKind::CompositeLit { elems, .. } => elems.iter().any(|e| self.has_call(e)),
            ExprKind::KeyValue { key, value } => self.has_call(key) || self.has_call(value),
            ExprKind::List(l) => l.iter().any(|e| self.has_call(e)),
            _ => false,
        }
    }
    /// Whether something in `e` is evaluated ahead of the rest.
    pub(super) fn fixed_early(&self, e: &'static Expr) -> bool {
        if self.const_of(e).is_some() || self.is_type(e) {
            return false;
        }
        match &e.kind {
            ExprKind::Call { fun, args, .. } if self.is_type(fun) => {
                self.copies_string(fun, &args[0]) || self.early_as(&args[0], self.type_expr(fun))
            }
            ExprKind::Call { fun, args, .. } => {
                !self.info().builtin_of(fun).is_some_and(|b| b == BuiltinId::Sizeof)
                    || args.iter().any(|a| self.fixed_early(a))
            }
            ExprKind::Slice { .. } => true,
            ExprKind::Assert { x, .. } => !is_direct_iface(self.type_of(e)) || self.fixed_early(x),
            ExprKind::Unary { op, x } => *op == Op::Recv || self.fixed_early(x),
            ExprKind::Paren(x) | ExprKind::Star(x) | ExprKind::Selector { x, .. } => self.fixed_early(x),
            ExprKind::Binary { op: Op::AndAnd | Op::OrOr, .. } => self.has_call(e) || self.may_panic(e),
            ExprKind::Binary { op: Op::Eql | Op::Neq, x, y } => {
                let (xt, yt) = (self.type_of(x), self.type_of(y));
                let temps = is_struct(xt) || is_array(xt);
                self.early_as(x, yt)
                    || self.early_as(y, xt)
                    || temps && (self.is_temp(x, false) || self.is_temp(y, false))
            }
            ExprKind::Binary { x, y, .. } => self.fixed_early(x) || self.fixed_early(y),
            ExprKind::Index { x, index } => {
                let xt = self.type_of(x);
                self.fixed_early(x)
                    || self.fixed_early(index)
                    || is_map(xt) && (self.is_key_temp(xt, index, false) || self.looks_up_bytes(index, false))
            }
            ExprKind::CompositeLit { elems, .. } => {
                self.inserts(e, elems)
                    || self.literal_values(e, elems).iter().any(|&(x, t)| match t {
                        Some(t) => self.early_as(x, t),
                        None => self.fixed_early(x),
                    })
            }
            ExprKind::KeyValue { key, value } => self.fixed_early(key) || self.fixed_early(value),
            ExprKind::List(l) => l.iter().any(|e| self.fixed_early(e)),
            _ => false,
        }
    }
    /// The same for `e` wanted as a `t`.
    pub(super) fn early_as(&self, e: &'static Expr, t: Ty) -> bool {
        self.fixed_early(e) || self.is_boxed(e, t) && self.is_temp(e, false)
    }
    /// Whether the conversion of `e` to `t` makes an interface, for which the runtime is shown where the value is.
    pub(super) fn is_boxed(&self, e: &Expr, t: Ty) -> bool {
        is_iface(t) && self.mode(e.unparen()) != Some(Mode::NilValue) && {
            let of = self.type_of(e);
            !is_iface(of) && !by_value(of)
        }
    }
    /// Whether it shows that gc evaluates `e` into a temporary to have the address of its value (`addrTemp` in `walk`).
    /// `later`: a call follows.
    pub(super) fn is_temp(&self, e: &'static Expr, later: bool) -> bool {
        !self.is_addressable(e) && self.early_shows(e, later)
    }
    pub(super) fn early_shows(&self, e: &'static Expr, later: bool) -> bool {
        if self.const_of(e).is_some() || self.mode(e.unparen()) == Some(Mode::NilValue) {
            return false;
        }
        self.may_panic(e)
            || later
                && !is_direct_iface(self.type_of(e))
                && !matches!(e.unparen().kind, ExprKind::CompositeLit { .. } if self.is_constant_literal(e.unparen()))
    }
    pub(super) fn is_addressable(&self, e: &Expr) -> bool {
        match &e.kind {
            ExprKind::Paren(x) => self.is_addressable(x),
            ExprKind::Name(_) | ExprKind::Star(_) => true,
            ExprKind::Selector { x, .. } => match self.info().selections.get(e.id) {
                Some(s) => s.kind == SelectionKind::FieldVal && (s.indirect || self.is_addressable(x)),
                None => true,
            },
            ExprKind::Index { x, .. } => {
                let t = self.type_of(x);
                is_slice(t) || is_ptr(t) || is_array(t) && self.is_addressable(x)
            }
            _ => false,
        }
    }
    /// Whether it shows that gc fixes a key of a map of type `t` before other operands (`mapKeyTemp` in `walk`).
    pub(super) fn is_key_temp(&self, t: Ty, index: &'static Expr, later: bool) -> bool {
        let kt = key(t);
        let boxed =
            is_iface(kt) && self.mode(index.unparen()) != Some(Mode::NilValue) && !is_iface(self.type_of(index));
        let temp =
            if self.has_slow_keys(t) { boxed || !self.is_addressable(index) } else { is_struct(kt) || is_array(kt) };
        temp && self.early_shows(index, later)
    }
    /// Whether it shows that gc looks up `string(b)`, which it does not copy, before it evaluates other operands.
    pub(super) fn looks_up_bytes(&self, index: &'static Expr, later: bool) -> bool {
        let index = index.unparen();
        match &index.kind {
            ExprKind::Call { fun, args, .. } if self.is_type(fun) => {
                let bytes = is_string(self.type_expr(fun)) && is_byte_slice(self.type_of(&args[0]));
                bytes && (later || self.may_panic(&args[0]))
            }
            _ => false,
        }
    }
    /// The values of a literal, each with the type it is wanted as if that may be an interface.
    pub(super) fn literal_values(&self, e: &'static Expr, elems: &'static [Expr]) -> Vec<(&'static Expr, Option<Ty>)> {
        let t = self.type_of(e);
        let t = if is_ptr(t) { elem(t) } else { t };
        if is_struct(t) && (0..fields(t).len()).any(|i| is_iface(field_ty(t, i))) {
            let at = |path: Vec<usize>| path.iter().fold(t, |t, &i| field_ty(if is_ptr(t) { elem(t) } else { t }, i));
            return self.struct_elems(e, t).into_iter().map(|(path, x)| (x, Some(at(path)))).collect();
        }
        let et = (!is_struct(t)).then(|| elem(t)).filter(|&t| is_iface(t));
        let value = |x: &'static Expr| match &x.kind {
            ExprKind::KeyValue { value, .. } => &**value,
            _ => x,
        };
        elems.iter().map(|x| (value(x), et)).collect()
    }
    /// Whether evaluating `e`, which calls nothing, may panic: then it matters what is evaluated before.
    pub fn may_panic(&self, e: &Expr) -> bool {
        if self.const_of(e).is_some() || self.is_type(e) {
            return false;
        }
        match &e.kind {
            ExprKind::Index { .. } | ExprKind::Slice { .. } | ExprKind::Star(_) | ExprKind::Assert { .. } => true,
            ExprKind::Selector { x, .. } => {
                self.info().selections.get(e.id).is_some_and(|s| s.indirect || self.may_panic(x))
            }
            ExprKind::Binary { op: Op::Div | Op::Rem | Op::Shl | Op::Shr, .. } => true,
            ExprKind::Binary { op, x, y } => {
                let compared = matches!(op, Op::Eql | Op::Neq) && is_iface(self.type_of(x));
                compared || self.may_panic(x) || self.may_panic(y)
            }
            ExprKind::Paren(x) | ExprKind::Unary { x, .. } => self.may_panic(x),
            ExprKind::Call { args, .. } => args.iter().any(|a| self.may_panic(a)),
            ExprKind::CompositeLit { elems, .. } => elems.iter().any(|e| self.may_panic(e)),
            ExprKind::KeyValue { key, value } => self.may_panic(key) || self.may_panic(value),
            _ => false,
        }
    }
    /// Whether `e` is a map with entries that are not constant: it is made by statements of their own, an assignment
    /// for each such entry.
    pub(super) fn inserts(&self, e: &Expr, elems: &[Expr]) -> bool {
        let constant = |e: &Expr| match &e.kind {
            ExprKind::KeyValue { key, value } => self.const_of(key).is_some() && self.const_of(value).is_some(),
            _ => true,
        };
        is_map(self.type_of(e)) && !elems.iter().all(constant)
    }
    /// Whether the conversion of `x` to type `t` copies text.
    pub(super) fn copies_string(&self, t: &Expr, x: &Expr) -> bool {
        let (to, from) = (self.type_expr(t), self.type_of(x));
        is_slice(to) && is_string(from)
    }
}
