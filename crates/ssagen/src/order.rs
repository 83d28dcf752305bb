//! Order of evaluation, as gc has it: the calls, receives and conditional expressions inside an expression are evaluated
//! first, in lexical order; then the rest (so that `x + f()` reads `x` after the call).

use crate::fx::Fx;
use crate::layout::{
    elem, field_ty, fields, info, is_array, is_byte_slice, is_direct_iface, is_iface, is_map, is_ptr, is_slice,
    is_string, is_struct, key, sole_component,
};
use goxide_syntax::ast::*;
use goxide_types::{BuiltinId, Mode, Obj, SelectionKind, Ty, VarKind};

/// Built-ins that call nothing: their operands decide.
fn pure_builtin(b: BuiltinId) -> bool {
    use BuiltinId::*;
    matches!(b, Len | Cap | Real | Imag | Complex | Min | Max | Add | Slice | SliceData | String | StringData)
}

/// Those of them whose results gc fixes as it does those of calls.
fn copied_builtin(b: BuiltinId) -> bool {
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

/// What is assigned to, where several values are assigned at once.
pub enum Assigned {
    Blank,
    Var(Obj),
    Memory,
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
    fn fixed_early(&self, e: &'static Expr) -> bool {
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
    fn early_as(&self, e: &'static Expr, t: Ty) -> bool {
        self.fixed_early(e) || self.is_boxed(e, t) && self.is_temp(e, false)
    }
    /// Whether the conversion of `e` to `t` makes an interface, for which the runtime is shown where the value is.
    fn is_boxed(&self, e: &Expr, t: Ty) -> bool {
        is_iface(t) && self.mode(e.unparen()) != Some(Mode::NilValue) && {
            let of = self.type_of(e);
            !is_iface(of) && !by_value(of)
        }
    }
    /// Whether it shows that gc evaluates `e` into a temporary to have the address of its value (`addrTemp` in `walk`).
    /// `later`: a call follows.
    fn is_temp(&self, e: &'static Expr, later: bool) -> bool {
        !self.is_addressable(e) && self.early_shows(e, later)
    }
    fn early_shows(&self, e: &'static Expr, later: bool) -> bool {
        if self.const_of(e).is_some() || self.mode(e.unparen()) == Some(Mode::NilValue) {
            return false;
        }
        self.may_panic(e)
            || later
                && !is_direct_iface(self.type_of(e))
                && !matches!(e.unparen().kind, ExprKind::CompositeLit { .. } if self.is_constant_literal(e.unparen()))
    }
    fn is_addressable(&self, e: &Expr) -> bool {
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
    fn is_key_temp(&self, t: Ty, index: &'static Expr, later: bool) -> bool {
        let kt = key(t);
        let boxed =
            is_iface(kt) && self.mode(index.unparen()) != Some(Mode::NilValue) && !is_iface(self.type_of(index));
        let temp =
            if self.has_slow_keys(t) { boxed || !self.is_addressable(index) } else { is_struct(kt) || is_array(kt) };
        temp && self.early_shows(index, later)
    }
    /// Whether it shows that gc looks up `string(b)`, which it does not copy, before it evaluates other operands.
    fn looks_up_bytes(&self, index: &'static Expr, later: bool) -> bool {
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
    fn literal_values(&self, e: &'static Expr, elems: &'static [Expr]) -> Vec<(&'static Expr, Option<Ty>)> {
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

    /// Evaluates the calls inside `e` and remembers their values; `e` itself is then free of them.
    pub fn hoist(&mut self, e: &'static Expr) {
        self.hoist_before(e, false);
        self.hoist_lookups(e);
    }
    /// Evaluates what may panic of the operands of lookups in maps and of the values of literals: the former become calls of the
    /// runtime, whose arguments are evaluated ahead of the statement (`mayCall` in `walk`), the latter are stored by statements of
    /// their own; all that after what `order` does.
    pub fn hoist_lookups(&mut self, e: &'static Expr) {
        if self.memo.contains_key(&e.id) || !self.may_panic(e) || self.late.contains(&e.id) {
            return;
        }
        match &e.kind {
            ExprKind::Index { x, index } => {
                self.hoist_lookups(x);
                self.hoist_lookups(index);
                if is_map(self.type_of(x)) {
                    for o in [x, index].map(|o| o.unparen()) {
                        if self.may_panic(o) && !self.memo.contains_key(&o.id) {
                            self.remember(o);
                        }
                    }
                }
            }
            ExprKind::Paren(x)
            | ExprKind::Star(x)
            | ExprKind::Unary { x, .. }
            | ExprKind::Selector { x, .. }
            | ExprKind::Assert { x, .. }
            | ExprKind::Binary { op: Op::AndAnd | Op::OrOr, x, .. } => self.hoist_lookups(x),
            // Interfaces are compared by the runtime, and the right one is evaluated first.
            ExprKind::Binary { op: Op::Eql | Op::Neq, x, y }
                if is_iface(self.type_of(x)) && !self.is_nil_value(y)
                    || is_iface(self.type_of(y)) && !self.is_nil_value(x) =>
            {
                for o in [y, x].map(|o| o.unparen()) {
                    if self.may_panic(o) && !self.memo.contains_key(&o.id) {
                        self.remember(o);
                    }
                }
            }
            ExprKind::Binary { x, y, .. } => {
                self.hoist_lookups(x);
                self.hoist_lookups(y);
            }
            ExprKind::Slice { x, index, .. } => {
                self.hoist_lookups(x);
                index.iter().flatten().for_each(|i| self.hoist_lookups(i));
            }
            ExprKind::Call { fun, args, .. } if self.is_type(fun) => {
                let t = self.type_expr(fun);
                self.hoist_lookups_as(&args[0], t);
            }
            ExprKind::Call { fun, args, .. } if self.info().builtin_of(fun).is_some_and(pure_builtin) => {
                args.iter().for_each(|a| self.hoist_lookups(a));
            }
            ExprKind::CompositeLit { .. } => self.remember(e),
            _ => {}
        }
    }
    fn is_nil_value(&self, e: &Expr) -> bool {
        self.mode(e.unparen()) == Some(Mode::NilValue)
    }
    /// The same for `e` wanted as a `t`: the runtime also makes most interfaces.
    pub fn hoist_lookups_as(&mut self, e: &'static Expr, t: Ty) {
        self.hoist_lookups(e);
        let e = e.unparen();
        if !is_iface(t) || !self.may_panic(e) || self.memo.contains_key(&e.id) {
            return;
        }
        let of = self.type_of(e);
        if !is_iface(of) && !is_direct_iface(of) {
            self.remember(e);
        }
    }
    /// Evaluates what is computed for a place that is assigned to, as far as that may panic: gc does so before it looks at
    /// the value, while the place itself, and others that are only read for it, come afterwards (`safeExpr` in `walk`).
    pub fn hoist_computed(&mut self, place: &'static Expr) {
        if self.const_of(place).is_some() || self.memo.contains_key(&place.id) {
            return;
        }
        match &place.kind {
            ExprKind::Name(_) => {}
            ExprKind::Paren(x) | ExprKind::Star(x) => self.hoist_computed(x),
            ExprKind::Selector { x, .. } if self.info().selections.get(place.id).is_some() => self.hoist_computed(x),
            ExprKind::Selector { .. } => {}
            ExprKind::Index { x, index } => {
                self.hoist_computed(x);
                self.hoist_computed(index);
            }
            _ if self.may_panic(place) => self.remember(place),
            _ => {}
        }
    }
    /// Evaluates what statements ahead of a call do of its arguments: operands of lookups, literals, and the values behind the
    /// `fixed` first, which fill the slice for a variadic parameter.
    pub fn hoist_arguments(&mut self, args: &'static [Expr], fixed: usize) {
        for (i, a) in args.iter().map(|a| a.unparen()).enumerate() {
            self.hoist_lookups(a);
            let one = self.raw_type(a).as_tuple().is_none();
            if i >= fixed && one && self.may_panic(a) && !self.memo.contains_key(&a.id) {
                self.remember(a);
            }
        }
    }
    /// Hoists from each expression of a list, in order.
    pub fn hoist_all(&mut self, l: &'static [Expr]) {
        self.hoist_list(l, false);
        l.iter().for_each(|e| self.hoist_lookups(e));
    }
    /// The same for expressions wanted as the types that `want` tells.
    pub fn hoist_all_as(&mut self, l: &'static [Expr], want: impl Fn(usize) -> Option<Ty>) {
        self.hoist_each_as(l, want);
        l.iter().for_each(|e| self.hoist_lookups(e));
    }
    /// The same if each is evaluated by a statement of its own: `hoist_lookups` is to come before each.
    pub fn hoist_each_as(&mut self, l: &'static [Expr], want: impl Fn(usize) -> Option<Ty>) {
        let l: Vec<_> = l.iter().enumerate().map(|(i, e)| (e, want(i))).collect();
        self.hoist_values(&l, false);
    }
    fn hoist_list(&mut self, l: &'static [Expr], later: bool) {
        let l: Vec<_> = l.iter().map(|e| (e, None)).collect();
        self.hoist_values(&l, later);
    }
    fn hoist_values(&mut self, l: &[(&'static Expr, Option<Ty>)], later: bool) {
        let calls = l.iter().rposition(|x| self.has_call(x.0)).unwrap_or(0);
        for (i, &(e, t)) in l.iter().enumerate() {
            match t {
                Some(t) => self.hoist_as(e, t, later || i < calls),
                None => self.hoist_before(e, later || i < calls),
            }
        }
    }
    /// Hoists from `e`, which is wanted as a `t`.
    fn hoist_as(&mut self, e: &'static Expr, t: Ty, later: bool) {
        self.hoist_before(e, later);
        if self.is_boxed(e, t) {
            self.fix_temp(e, later);
        }
    }
    /// Evaluates `e` now if gc takes its address.
    fn fix_temp(&mut self, e: &'static Expr, later: bool) {
        if !self.memo.contains_key(&e.id) && self.is_temp(e, later) {
            self.remember(e);
        }
    }
    /// Hoists from the key of a map of type `t`.
    fn hoist_key(&mut self, t: Ty, index: &'static Expr, later: bool) {
        self.hoist_as(index, key(t), later);
        if !self.memo.contains_key(&index.id) && self.is_key_temp(t, index, later) {
            self.remember(index);
        }
    }
    /// `later`: a call follows in the same statement. gc fixes the values of some operations that call nothing, too:
    /// lengths, slices, conversions that copy, assertions (`walk/order.go`, those that end in `copyExpr`).
    fn hoist_before(&mut self, e: &'static Expr, later: bool) {
        if !(later || self.fixed_early(e))
            || self.memo.contains_key(&e.id)
            || self.late.contains(&e.id)
            || self.const_of(e).is_some()
            || self.is_type(e)
        {
            return;
        }
        match &e.kind {
            ExprKind::Call { fun, args, .. } => {
                if self.is_type(fun) {
                    let t = self.type_expr(fun);
                    self.hoist_as(&args[0], t, later);
                    if self.copies_string(fun, &args[0]) {
                        self.remember(e);
                    }
                    return;
                }
                match self.info().builtin_of(fun) {
                    Some(b) if copied_builtin(b) => return self.remember(e),
                    Some(b) if pure_builtin(b) => return self.hoist_list(args, later),
                    _ => {}
                }
                if !self.has_call(e) || self.raw_type(e).as_tuple().is_some() {
                    return;
                }
                self.remember(e);
            }
            ExprKind::Unary { op: Op::Recv, .. } | ExprKind::Binary { op: Op::AndAnd | Op::OrOr, .. } => {
                // Without a call inside, a conditional expression has no effect but may depend on one.
                self.remember(e);
            }
            ExprKind::Unary { x, .. } | ExprKind::Paren(x) | ExprKind::Star(x) | ExprKind::Selector { x, .. } => {
                self.hoist_before(x, later)
            }
            ExprKind::Assert { x, .. } => {
                self.hoist_before(x, later);
                if !is_direct_iface(self.type_of(e)) {
                    self.remember(e);
                }
            }
            ExprKind::Binary { op: Op::Eql | Op::Neq, x, y } => {
                let calls = self.has_call(y);
                let (xt, yt) = (self.type_of(x), self.type_of(y));
                self.hoist_as(x, yt, later || calls);
                self.hoist_as(y, xt, later);
                if is_struct(xt) || is_array(xt) {
                    self.fix_temp(x, later);
                    self.fix_temp(y, later);
                }
            }
            ExprKind::Binary { x, y, .. } => {
                let calls = self.has_call(y);
                self.hoist_before(x, later || calls);
                self.hoist_before(y, later);
            }
            ExprKind::Index { x, index } => {
                let calls = self.has_call(index);
                self.hoist_before(x, later || calls);
                let t = self.type_of(x);
                if !is_map(t) {
                    return self.hoist_before(index, later);
                }
                self.hoist_key(t, index, later);
                if self.looks_up_bytes(index, later) {
                    self.remember(e);
                }
            }
            ExprKind::Slice { x, index, .. } => {
                self.hoist_before(x, later);
                for i in index.iter().flatten() {
                    self.hoist_before(i, later);
                }
                self.remember(e);
            }
            ExprKind::CompositeLit { elems, .. } if self.inserts(e, elems) => self.remember(e),
            ExprKind::CompositeLit { elems, .. } => {
                let values = self.literal_values(e, elems);
                self.hoist_values(&values, later);
            }
            ExprKind::KeyValue { key, value } => {
                self.hoist_before(key, later);
                self.hoist_before(value, later);
            }
            ExprKind::List(l) => self.hoist_list(l, later),
            _ => {}
        }
    }
    /// Whether `e` is a map with entries that are not constant: it is made by statements of their own, an assignment
    /// for each such entry.
    fn inserts(&self, e: &Expr, elems: &[Expr]) -> bool {
        let constant = |e: &Expr| match &e.kind {
            ExprKind::KeyValue { key, value } => self.const_of(key).is_some() && self.const_of(value).is_some(),
            _ => true,
        };
        is_map(self.type_of(e)) && !elems.iter().all(constant)
    }
    /// Hoists from an entry of a map of type `t`, which is assigned as by `m[key] = value`.
    pub fn hoist_entry(&mut self, t: Ty, key: &'static Expr, value: &'static Expr) {
        let calls = self.has_call(value);
        self.hoist_key(t, key, calls);
        self.hoist_as(value, elem(t), false);
    }
    /// Hoists from what is assigned to.
    pub fn hoist_place(&mut self, place: &'static Expr) {
        match &place.kind {
            ExprKind::Paren(x) => self.hoist_place(x),
            ExprKind::Index { x, index } if is_map(self.type_of(x)) => {
                let t = self.type_of(x);
                let calls = self.has_call(index);
                self.hoist_before(x, calls);
                self.hoist_key(t, index, false);
            }
            _ => self.hoist(place),
        }
    }
    /// Hoists from the operands of `delete`.
    pub fn hoist_delete(&mut self, m: &'static Expr, index: &'static Expr) {
        let calls = self.has_call(index);
        self.hoist_before(m, calls);
        let t = self.type_of(m);
        self.hoist_key(t, index, false);
    }
    /// Evaluates `value`, of which everything has been hoisted, before the place it is assigned to: unless it is as good
    /// later.
    pub fn hoist_value(&mut self, value: &'static Expr) {
        if self.early_shows(value, false) && !self.memo.contains_key(&value.id) {
            self.remember(value);
        }
    }
    /// Evaluates `e` now; whoever asks for it later gets this value.
    fn remember(&mut self, e: &'static Expr) {
        let t = self.type_of(e);
        let v = self.expr(e);
        let v = self.stable(t, v);
        self.memo.insert(e.id, v);
    }
    /// Whether the conversion of `x` to type `t` copies text.
    fn copies_string(&self, t: &Expr, x: &Expr) -> bool {
        let (to, from) = (self.type_expr(t), self.type_of(x));
        is_slice(to) && is_string(from)
    }
    /// Of several values that are assigned at once, evaluates those that an assignment before them might change, as far as that may
    /// panic: gc does so ahead of all, and evaluates each of the others when its turn comes (`ascompatee` in `walk`).
    pub fn hoist_affected(&mut self, places: &[Assigned], values: &'static [Expr]) {
        let (mut vars, mut memory, mut all) = (Vec::new(), false, false);
        for (p, v) in places.iter().zip(values) {
            let v = v.unparen();
            if self.may_panic(v) && !self.memo.contains_key(&v.id) && (all || self.is_affected(v, &vars, memory)) {
                self.hoist_lookups(v);
                self.remember(v);
            }
            match *p {
                Assigned::Blank => {}
                Assigned::Memory => memory = true,
                Assigned::Var(o)
                    if self.defers.is_some() && o.as_var().is_some_and(|v| v.kind() == VarKind::Result) =>
                {
                    all = true;
                }
                Assigned::Var(o) if self.in_memory_var(o) => memory = true,
                Assigned::Var(o) => vars.push(o),
            }
        }
    }
    /// Whether `e` reads one of `vars`, or with `memory` anything that a pointer may lead to.
    fn is_affected(&self, e: &'static Expr, vars: &[Obj], memory: bool) -> bool {
        if self.memo.contains_key(&e.id) || self.const_of(e).is_some() || self.is_type(e) {
            return false;
        }
        let rec = |e: &'static Expr| self.is_affected(e, vars, memory);
        match &e.kind {
            ExprKind::Name(_) => {
                let o = self.info().object_of(e.id).filter(|o| o.is_var());
                o.is_some_and(|o| vars.contains(&o) || memory && self.in_memory_var(o))
            }
            ExprKind::Paren(x) | ExprKind::Unary { x, .. } | ExprKind::Assert { x, .. } => rec(x),
            ExprKind::Binary { x, y, .. } => rec(x) || rec(y),
            ExprKind::Selector { x, .. } => match self.info().selections.get(e.id) {
                Some(s) => memory && s.indirect || rec(x),
                None => memory,
            },
            ExprKind::Call { fun, args, .. } => memory && !self.is_type(fun) || args.iter().any(rec),
            ExprKind::Index { x, index } => memory || rec(x) || rec(index),
            ExprKind::Slice { x, index, .. } => memory || rec(x) || index.iter().flatten().any(|i| rec(i)),
            ExprKind::Star(x) => memory || rec(x),
            ExprKind::CompositeLit { elems, .. } => memory || elems.iter().any(rec),
            ExprKind::KeyValue { key, value } => rec(key) || rec(value),
            _ => false,
        }
    }
    /// Whether a variable is one that pointers may lead to.
    fn in_memory_var(&self, o: Obj) -> bool {
        let package = o.as_var().is_some_and(|v| v.kind() == VarKind::Package);
        package || self.facts.needs_ref(o, self.ty(o.ty()))
    }
    /// Evaluates what gc does of an append before it looks at anything: what is computed for places that are read, and in full
    /// what is none, or is converted (`walkExprListSafe` in `walk`). Places come when all that is done, the slice at the end.
    pub fn hoist_appended(&mut self, slice: &'static Expr, values: &'static [Expr], et: Ty) {
        self.hoist_computed(slice);
        for v in values.iter().map(|v| v.unparen()) {
            use ExprKind::*;
            let place = matches!(v.kind, Name(_) | Star(_) | Selector { .. } | Index { .. });
            let converted = is_iface(et) && !is_iface(self.type_of(v));
            if place && !converted {
                self.hoist_computed(v);
            } else if values.len() > 1 && self.may_panic(v) && !self.memo.contains_key(&v.id) {
                self.remember(v);
            }
        }
    }
    /// Hoists the calls of `e` unless `e` as a whole is one call: that is evaluated in place.
    pub fn hoist_inside(&mut self, e: &'static Expr) {
        match &e.kind {
            ExprKind::Paren(x) => self.hoist_inside(x),
            // Evaluated in place, too.
            ExprKind::Slice { x, index, .. } => {
                let calls = index.iter().flatten().any(|i| self.has_call(i));
                self.hoist_before(x, calls);
                for i in index.iter().flatten() {
                    self.hoist(i);
                }
            }
            ExprKind::Assert { x, .. } => self.hoist(x),
            ExprKind::Call { fun, args, .. } if self.is_type(fun) => {
                let t = self.type_expr(fun);
                self.hoist_inside_as(&args[0], t);
            }
            ExprKind::Call { .. }
            | ExprKind::Unary { op: Op::Recv, .. }
            | ExprKind::Binary { op: Op::AndAnd | Op::OrOr, .. } => {}
            _ => self.hoist(e),
        }
    }
    /// The same for `e` wanted as a `t`.
    pub fn hoist_inside_as(&mut self, e: &'static Expr, t: Ty) {
        self.hoist_inside(e);
        if self.is_boxed(e, t) {
            self.fix_temp(e, false);
        }
    }
    /// The same for a value that is sent: its address is.
    pub fn hoist_sent(&mut self, e: &'static Expr, t: Ty) {
        self.hoist_inside(e);
        let converted = is_iface(t) && !is_iface(self.type_of(e));
        if !self.memo.contains_key(&e.id) && self.early_shows(e, false) && (converted || !self.is_addressable(e)) {
            self.remember(e);
        }
    }
}
