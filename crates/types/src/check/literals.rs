//! Basic, function and composite literals (`literals.go`, `trie.go`).

use super::Checker;
use super::Operand;
use super::expr::key_val;
use crate::codes::Code;
use crate::constant::{self, Kind, Lit};
use crate::info::Mode;
use crate::lookup::{field_path, lookup_field_or_method};
use crate::object::Obj;
use crate::predicates::*;
use crate::types::{BasicKind, Struct, Ty, TyKind, invalid, typ};
use crate::under::common_under;
use crate::version::go1;
use goxide_base::{FxHashMap, FxHashSet, Name, Pos};
use goxide_syntax::ast::{Expr, ExprKind, FuncLit, LitKind};
use goxide_syntax::expr_string;
use std::collections::BTreeMap;

/// Fields given in a struct literal, as paths: two collide if one is a prefix of the other.
enum Trie {
    Leaf(Obj),
    Node(BTreeMap<usize, Trie>),
}

impl Trie {
    /// Inserts a path; gives a colliding field and the length of the common prefix if there is one.
    fn insert(&mut self, key: &[usize], val: Obj) -> Option<(Obj, usize)> {
        let mut t = self;
        for (l, index) in key.iter().enumerate() {
            let Trie::Node(m) = t else { return None };
            if l + 1 == key.len() && !m.contains_key(index) {
                m.insert(*index, Trie::Leaf(val));
                return None;
            }
            let next = m.entry(*index).or_insert_with(|| Trie::Node(BTreeMap::new()));
            if let Trie::Leaf(v) = next {
                return Some((*v, l + 1));
            }
            t = next;
        }
        // The path ends at an inner node: some longer path is there already.
        loop {
            match t {
                Trie::Leaf(v) => return Some((*v, key.len())),
                Trie::Node(m) => t = m.values_mut().next()?,
            }
        }
    }
}

impl Checker {
    /// Reports a numeric literal written in a form newer than the language version.
    fn lang_compat(&mut self, e: &'static Expr, kind: LitKind, s: &str) {
        if s.len() <= 2 || self.allow_version(go1(13)) {
            return;
        }
        if s.contains('_') {
            self.version_error(e, go1(13), "underscore in numeric literal");
            return;
        }
        let b = s.as_bytes();
        if b[0] != b'0' {
            return;
        }
        match b[1] {
            b'b' | b'B' => self.version_error(e, go1(13), "binary literal"),
            b'o' | b'O' => self.version_error(e, go1(13), "0o/0O-style octal literal"),
            b'x' | b'X' if kind != LitKind::Int => self.version_error(e, go1(13), "hexadecimal floating-point literal"),
            _ => {}
        }
    }

    /// A number, character or string.
    pub(crate) fn basic_lit(&mut self, x: &mut Operand, e: &'static Expr, kind: LitKind, value: Name) {
        let s = value.as_str();
        let numeric = matches!(kind, LitKind::Int | LitKind::Float | LitKind::Imag);
        if numeric {
            self.lang_compat(e, kind, s);
            // Anything longer has more digits than constants have precision, and would only cost time.
            const LIMIT: usize = 10_000;
            if s.len() > LIMIT {
                self.error(
                    e,
                    Code::InvalidConstVal,
                    format!("excessively long constant: {}... ({} chars)", &s[..10], s.len()),
                );
                x.invalidate();
                return;
            }
        }
        let (basic, lit) = match kind {
            LitKind::Int => (BasicKind::UntypedInt, Lit::Int),
            LitKind::Float => (BasicKind::UntypedFloat, Lit::Float),
            LitKind::Imag => (BasicKind::UntypedComplex, Lit::Imag),
            LitKind::Rune => (BasicKind::UntypedRune, Lit::Rune),
            LitKind::String => (BasicKind::UntypedString, Lit::String),
        };
        let val = constant::make_from_literal(s, lit);
        if val.kind() == Kind::Unknown {
            // The syntax is right, so this is a number out of range.
            self.error(e, Code::InvalidConstVal, format!("malformed constant: {s}"));
            x.invalidate();
            return;
        }
        x.mode = Mode::Constant;
        x.typ = typ(basic);
        x.val = val;
        x.expr = Some(e);
        if numeric {
            self.overflow(x, e.pos);
        }
    }

    /// A function literal; its body is checked at the end of the enclosing statement.
    pub(crate) fn func_lit(&mut self, x: &mut Operand, f: &'static FuncLit) {
        let sig = Ty::new_sig();
        self.func_type(sig, None, &[], &f.ty);
        if !self.conf.ignore_func_bodies {
            // The literal belongs to the package-level declaration around it.
            let decl = self.env.decl;
            let iota = self.env.iota.clone();
            self.later(move |check| check.func_body(decl, sig, &f.body, iota));
        }
        x.mode = Mode::Value;
        x.typ = sig;
    }

    /// A composite literal; `hint` is the element type of the literal around it.
    pub(crate) fn composite_lit(
        &mut self,
        x: &mut Operand,
        e: &'static Expr,
        ty: Option<&'static Expr>,
        elems: &'static [Expr],
        rbrace: Pos,
        hint: Option<Ty>,
    ) {
        let mut is_elem = false;
        let (mut t, base);
        match (ty, hint) {
            (Some(te), _) => {
                if let ExprKind::ArrayType { len: None, elem } = &te.kind {
                    // [...]T: the length is that of the literal.
                    let elem = self.var_type(elem);
                    if !self.is_complete(elem) {
                        x.invalidate();
                        return;
                    }
                    let n = self.indexed_elts(elems, elem, -1);
                    let t = Ty::array(n, elem);
                    self.record_type_and_value(te, Mode::TypExpr, t, None);
                    x.mode = Mode::Value;
                    x.typ = t;
                    return;
                }
                t = self.typ(te);
                base = t;
            }
            (None, Some(h)) => {
                t = h;
                // *T stands for &T{}.
                base = common_under(h, None).ok().and_then(Ty::as_pointer).unwrap_or(h);
                is_elem = true;
            }
            (None, None) => {
                self.error(e, Code::UntypedLit, "missing type in composite literal");
                t = invalid(); // go on, so that the elements count as used
                base = t;
            }
        }
        if !self.is_complete(base) {
            x.invalidate();
            return;
        }
        let utyp = common_under(base, None).ok();
        match utyp.map(Ty::kind) {
            Some(TyKind::Struct(s)) => {
                if !elems.is_empty() {
                    self.struct_lit(x, s, utyp.unwrap_or(base), base, elems, rbrace);
                }
            }
            Some(TyKind::Array(a)) => {
                let n = self.indexed_elts(elems, a.elem, a.len);
                if a.len < 0 {
                    // The length expression was in error: the literal's length is a fair guess.
                    let fixed = Ty::array(n, a.elem);
                    if let Some(te) = ty {
                        self.record_type_and_value(te, Mode::TypExpr, fixed, None);
                    }
                    if t.as_array().is_some() {
                        t = fixed;
                    }
                }
            }
            Some(TyKind::Slice(s)) => {
                self.indexed_elts(elems, s.elem, -1);
            }
            Some(TyKind::Map(m)) => self.map_lit(x, m.key, m.elem, elems),
            _ => {
                for e in elems {
                    // A key may be a field name of a type we do not know: leave it alone.
                    let v = if let ExprKind::KeyValue { value, .. } = &e.kind { value } else { e };
                    self.use_expr(v);
                }
                if utyp.is_none_or(|u| u.is_valid()) {
                    let qualifier = if is_elem { " element" } else { "" };
                    let cause = if utyp.is_none() { " (no common underlying type)" } else { "" };
                    let msg = format!("invalid composite literal{qualifier} type {}{cause}", self.ts(t));
                    self.error(e, Code::InvalidLit, msg);
                    x.invalidate();
                    return;
                }
            }
        }
        x.mode = Mode::Value;
        x.typ = t;
    }

    #[allow(clippy::too_many_arguments)]
    fn struct_lit(
        &mut self,
        x: &mut Operand,
        s: &'static Struct,
        utyp: Ty,
        base: Ty,
        elems: &'static [Expr],
        rbrace: Pos,
    ) {
        if matches!(elems[0].kind, ExprKind::KeyValue { .. }) {
            let mut visited = Trie::Node(BTreeMap::new());
            for e in elems {
                let ExprKind::KeyValue { key, value } = &e.kind else {
                    self.error(e, Code::MixedStructLit, "mixture of field:value and value elements in struct literal");
                    continue;
                };
                self.keyed_field(x, e, key, value, utyp, base, &mut visited);
            }
            return;
        }
        let hidden = |check: &Checker, f: Obj| !f.exported() && f.pkg() != Some(check.pkg);
        for (i, e) in elems.iter().enumerate() {
            if matches!(e.kind, ExprKind::KeyValue { .. }) {
                self.error(e, Code::MixedStructLit, "mixture of field:value and value elements in struct literal");
                continue;
            }
            self.generic_expr(x, e, None);
            let Some(fld) = s.fields.get(i) else {
                let msg = format!("too many values in struct literal of type {}", self.ts(base));
                self.error(&*x, Code::InvalidStructLit, msg);
                break;
            };
            if hidden(self, *fld) {
                let msg = format!(
                    "implicit assignment to unexported field {} in struct literal of type {}",
                    fld.name(),
                    self.ts(base)
                );
                self.error(&*x, Code::UnexportedLitField, msg);
                continue;
            }
            self.assignment(x, Some(fld.ty()), "struct literal");
        }
        if elems.len() < s.fields.len() {
            let hint = if s.fields.iter().any(|f| hidden(self, *f)) {
                " (type has unexported fields - use key:value pairs)"
            } else {
                ""
            };
            let msg = format!("too few values in struct literal of type {}{hint}", self.ts(base));
            self.error(rbrace, Code::InvalidStructLit, msg);
        }
    }

    #[allow(clippy::too_many_arguments)]
    fn keyed_field(
        &mut self,
        x: &mut Operand,
        kv: &'static Expr,
        key: &'static Expr,
        value: &'static Expr,
        utyp: Ty,
        base: Ty,
        visited: &mut Trie,
    ) {
        // Check the value first, so that nothing is lost to errors in the key.
        self.generic_expr(x, value, None);
        let ExprKind::Name(name) = &key.kind else {
            self.error(kv, Code::InvalidLitField, format!("invalid field name {} in struct literal", expr_string(key)));
            return;
        };
        let pkg = Some(self.pkg);
        let found = lookup_field_or_method(utyp, false, pkg, *name, false);
        let Some(obj) = found.obj else {
            let alt = lookup_field_or_method(utyp, false, pkg, *name, true).obj;
            let msg = self.lookup_error(base, name.as_str(), alt, true);
            self.error(key, Code::MissingLitField, msg);
            return;
        };
        if obj.as_var().is_none() {
            self.error(key, Code::MissingLitField, format!("{name} is not a field"));
            return;
        }
        let index = found.index.unwrap_or_default();
        if index.len() > 1 && !self.allow_version(go1(27)) {
            let msg = format!(
                "use of promoted field {} in struct literal of type {}",
                field_path(utyp, &index),
                self.ts(base)
            );
            self.version_error(key, go1(27), msg);
            return;
        }
        if found.indirect {
            self.error(key, Code::InvalidLitField, format!("invalid implicit pointer indirection to reach {name}"));
            return;
        }
        self.record_use(key.id, obj);
        if index.len() > 1 {
            self.record_lit_path(key, base, obj, &index);
        }
        self.assignment(x, Some(obj.ty()), "struct literal");
        if let Some((alt, n)) = visited.insert(&index, obj) {
            let (f, a) = (obj.name(), alt.name());
            let msg = if alt == obj {
                format!("duplicate field name {f} in struct literal")
            } else if n < index.len() {
                format!("cannot specify promoted field {f} and enclosing embedded field {a}")
            } else {
                format!("cannot specify embedded field {f} and enclosed promoted field {a}")
            };
            self.error(kv, Code::DuplicateLitField, msg);
        }
    }

    fn map_lit(&mut self, x: &mut Operand, key: Ty, elem: Ty, elems: &'static [Expr]) {
        // Constant keys of an interface type are equal only if their types are, too.
        let key_is_iface = is_non_type_param_interface(key);
        let mut visited: FxHashMap<constant::Value, Vec<Ty>> = FxHashMap::default();
        for e in elems {
            let ExprKind::KeyValue { key: k, value } = &e.kind else {
                self.error(e, Code::MissingLitKey, "missing key in map literal");
                continue;
            };
            self.generic_expr(x, k, Some(key));
            self.assignment(x, Some(key), "map literal");
            if !x.is_valid() {
                continue;
            }
            if x.mode == Mode::Constant {
                let types = visited.get(&key_val(&x.val));
                let duplicate = types.is_some_and(|ts| !key_is_iface || ts.iter().any(|t| identical(*t, x.typ)));
                if duplicate {
                    self.error(&*x, Code::DuplicateLitKey, format!("duplicate key {} in map literal", &x.val));
                    continue;
                }
                visited.entry(key_val(&x.val)).or_default().push(x.typ);
            }
            self.generic_expr(x, value, Some(elem));
            self.assignment(x, Some(elem), "map literal");
        }
    }

    /// Checks elements of an array or slice literal and gives its length (largest index + 1). `length < 0`: unknown.
    fn indexed_elts(&mut self, elts: &'static [Expr], elem: Ty, length: i64) -> i64 {
        // Without keys, indices only grow: no need to remember them.
        let keyed = elts.iter().any(|e| matches!(e.kind, ExprKind::KeyValue { .. }));
        let mut visited: FxHashSet<i64> = FxHashSet::default();
        let (mut index, mut max) = (0i64, 0i64);
        for e in elts {
            let mut valid = false;
            let mut eval = e;
            if let ExprKind::KeyValue { key, value } = &e.kind {
                let (t, i) = self.index(key, length);
                if t.is_valid() {
                    if i >= 0 {
                        index = i;
                        valid = true;
                    } else {
                        self.error(
                            e,
                            Code::InvalidLitIndex,
                            format!("index {} must be integer constant", expr_string(key)),
                        );
                    }
                }
                eval = value;
            } else if length >= 0 && index >= length {
                self.error(e, Code::OversizeArrayLit, format!("index {index} is out of bounds (>= {length})"));
            } else {
                valid = true;
            }
            if valid && keyed && !visited.insert(index) {
                self.error(e, Code::DuplicateLitKey, format!("duplicate index {index} in array or slice literal"));
            }
            index = index.saturating_add(1);
            max = max.max(index);
            let mut x = Operand::default();
            self.generic_expr(&mut x, eval, Some(elem));
            self.assignment(&mut x, Some(elem), "array or slice literal");
        }
        max
    }
}
