//! Expressions of a given type. They have no effects but panics, and read no variable that a call inside them could
//! change: what the language leaves open does not show.

use crate::program::Gen;
use crate::types::{self, Ty};

/// Values that are near the edges of their types.
const EDGES: &[i128] = &[0, 1, -1, 2, 3, 7, 8, 31, 32, 63, 64, 100, 127, 128, -128, 255, 256, 32767, -32768, 65535];

impl Gen {
    /// A constant of an integer type, in range.
    fn int_const(&mut self, t: &Ty) -> String {
        let (bits, signed) = t.bits();
        let (lo, hi) =
            if signed { (-(1i128 << (bits - 1)), (1i128 << (bits - 1)) - 1) } else { (0, (1i128 << bits) - 1) };
        let n = match self.r.below(6) {
            0 => lo,
            1 => hi,
            2 => self.r.next() as i64 as i128,
            _ => *self.r.pick(EDGES),
        };
        let n = if n < lo || n > hi { n.rem_euclid(hi - lo + 1) + lo } else { n };
        let n = n.clamp(lo, hi);
        format!("{}({n})", t.name())
    }

    /// A value of type `t` without looking at variables.
    pub fn literal(&mut self, t: &Ty, depth: u32) -> String {
        let d = depth.saturating_sub(1);
        match t {
            Ty::Bool => (*self.r.pick(&["true", "false"])).into(),
            Ty::Int(_) => self.int_const(t),
            Ty::Float(n) => {
                let v = self.r.pick(&["0", "1", "-1", "0.5", "3.25", "1e10", "-1e30", "1e-5", "123456.75"]);
                format!("{n}({v})")
            }
            Ty::Str => {
                (*self.r.pick(&["\"\"", "\"a\"", "\"héllo\"", "\"xyz\\x00\\xff\"", "\"0123456789abcdef\""])).into()
            }
            Ty::Slice(e) => {
                if self.r.one_in(5) {
                    return format!("{}(nil)", t.name());
                }
                if self.r.one_in(4) {
                    let n = self.r.below(5);
                    return format!("make({}, {n}, {})", t.name(), n + self.r.below(3));
                }
                let n = self.r.below(4);
                let l: Vec<String> = (0..n).map(|_| self.expr(e, d)).collect();
                format!("{}{{{}}}", t.name(), l.join(", "))
            }
            Ty::Array(n, e) => {
                let n = self.r.below(*n as usize + 1);
                let l: Vec<String> = (0..n).map(|_| self.expr(e, d)).collect();
                format!("{}{{{}}}", t.name(), l.join(", "))
            }
            Ty::Map(k, e) => {
                // Keys are constants: equal ones would be an error.
                let keys: &[&str] = if **k == Ty::Str { &["\"k\"", "\"\"", "\"zz\""] } else { &["0", "-5", "77"] };
                let n = self.r.below(4);
                let l: Vec<String> = keys[..n].iter().map(|k| format!("{k}: {}", self.expr(e, d))).collect();
                format!("{}{{{}}}", t.name(), l.join(", "))
            }
            Ty::Ptr(e) => match (&**e, self.r.below(4)) {
                (_, 0) => format!("({})(nil)", t.name()),
                (Ty::Struct(_), _) => format!("&{}", self.literal(e, d)),
                _ => format!("ptr({})", self.expr(e, d)),
            },
            Ty::Struct(n) => {
                let fields = self.structs[*n].clone();
                let all = self.r.one_in(2);
                let mut l = Vec::new();
                for (i, f) in fields.iter().enumerate() {
                    if all {
                        l.push(self.expr(f, d));
                    } else if self.r.one_in(2) {
                        l.push(format!("f{i}: {}", self.expr(f, d)));
                    }
                }
                format!("S{n}{{{}}}", l.join(", "))
            }
            Ty::Func(p, r) => {
                self.push_scope();
                let v = self.declare_name(p);
                let body = self.expr(r, d);
                self.pop_scope();
                format!("func({v} {}) {} {{ return {body} }}", p.name(), r.name())
            }
            Ty::Any => {
                if self.r.one_in(6) {
                    return "any(nil)".into();
                }
                let b = types::basic(&mut self.r);
                format!("any({})", self.expr(&b, d))
            }
        }
    }

    /// An expression of type `t`.
    pub fn expr(&mut self, t: &Ty, depth: u32) -> String {
        if depth == 0 || self.r.one_in(5) {
            if let Some(v) = self.variable(t) {
                return v;
            }
            return self.literal(t, depth);
        }
        let d = depth - 1;
        if self.r.one_in(4)
            && let Some(s) = self.access(t, d)
        {
            return s;
        }
        match t {
            Ty::Bool => self.bool_expr(d),
            Ty::Int(_) => self.int_expr(t, d),
            Ty::Float(_) => self.float_expr(t, d),
            Ty::Str => self.string_expr(d),
            Ty::Slice(e) => match self.r.below(4) {
                0 => {
                    let (s, x, y) = (self.expr(t, d), self.expr(e, d), self.expr(e, d));
                    format!("append({s}, {x}, {y})")
                }
                1 => {
                    let (s, i) = (self.expr(t, d), self.small(d));
                    format!("{s}[{i}:]")
                }
                2 => {
                    let (s, u) = (self.expr(t, d), self.expr(t, d));
                    format!("append({s}, {u}...)")
                }
                _ => self.literal(t, depth),
            },
            _ => self.literal(t, depth),
        }
    }
    /// A small integer, mostly a valid index.
    fn small(&mut self, d: u32) -> String {
        match self.r.below(4) {
            0 => {
                let e = self.expr(&Ty::Int("uint8"), d);
                format!("({e})%4")
            }
            1 => {
                let e = self.expr(&Ty::Int("int"), d);
                format!("({e})&3")
            }
            _ => self.r.below(3).to_string(),
        }
    }
    /// An element, field, pointee, assertion or call that gives a `t`.
    fn access(&mut self, t: &Ty, d: u32) -> Option<String> {
        match self.r.below(7) {
            0 => {
                let s = Ty::Slice(Box::new(t.clone()));
                let (s, i) = (self.expr(&s, d), self.small(d));
                Some(format!("{s}[{i}]"))
            }
            1 => {
                let k = if self.r.one_in(2) { Ty::Str } else { Ty::Int("int") };
                let m = Ty::Map(Box::new(k.clone()), Box::new(t.clone()));
                let (m, k) = (self.expr(&m, d), self.expr(&k, d));
                Some(format!("{m}[{k}]"))
            }
            2 => {
                let p = Ty::Ptr(Box::new(t.clone()));
                let p = self.expr(&p, d);
                Some(format!("(*{p})"))
            }
            3 => {
                let at: Vec<(usize, usize)> = self
                    .structs
                    .iter()
                    .enumerate()
                    .flat_map(|(s, fs)| fs.iter().enumerate().filter(|f| f.1 == t).map(move |f| (s, f.0)))
                    .collect();
                if at.is_empty() {
                    return None;
                }
                let (s, f) = *self.r.pick(&at);
                let x = self.expr(&Ty::Struct(s), d);
                Some(format!("({x}).f{f}"))
            }
            4 => {
                let fs: Vec<usize> = (0..self.done.len()).filter(|&i| self.done[i].1 == *t).collect();
                if fs.is_empty() {
                    return None;
                }
                let f = *self.r.pick(&fs);
                let params = self.done[f].0.clone();
                let args: Vec<String> = params.iter().map(|p| self.expr(p, d)).collect();
                Some(format!("f{f}({})", args.join(", ")))
            }
            5 => {
                let p = types::basic(&mut self.r);
                let f = Ty::Func(Box::new(p.clone()), Box::new(t.clone()));
                let (f, a) = (self.expr(&f, d), self.expr(&p, d));
                Some(format!("({f})({a})"))
            }
            _ => {
                let x = self.expr(t, d);
                Some(format!("id({x})"))
            }
        }
    }

    fn bool_expr(&mut self, d: u32) -> String {
        match self.r.below(5) {
            0 => {
                let e = self.expr(&Ty::Bool, d);
                format!("!({e})")
            }
            1 => {
                let op = *self.r.pick(&["&&", "||"]);
                let (x, y) = (self.expr(&Ty::Bool, d), self.expr(&Ty::Bool, d));
                format!("(({x}) {op} ({y}))")
            }
            2 => {
                let n = self.structs.len();
                let t = types::any(&mut self.r, 1, n);
                if !t.comparable(&self.structs) || matches!(t, Ty::Ptr(_)) {
                    return self.literal(&Ty::Bool, 0);
                }
                let op = *self.r.pick(&["==", "!="]);
                let (x, y) = (self.expr(&t, d), self.expr(&t, d));
                format!("(({x}) {op} ({y}))")
            }
            _ => {
                let t = loop {
                    let t = types::basic(&mut self.r);
                    if t != Ty::Bool {
                        break t;
                    }
                };
                let op = *self.r.pick(&["<", "<=", ">", ">=", "==", "!="]);
                let (x, y) = (self.expr(&t, d), self.expr(&t, d));
                format!("(({x}) {op} ({y}))")
            }
        }
    }
    fn int_expr(&mut self, t: &Ty, d: u32) -> String {
        match self.r.below(12) {
            0 => {
                let op = *self.r.pick(&["-", "^", "+"]);
                let x = self.variable_or_id(t, d);
                format!("({op}({x}))")
            }
            1 => {
                let op = *self.r.pick(&["<<", ">>"]);
                let y = Ty::Int(self.r.word(types::INTS));
                let (x, y) = (self.variable_or_id(t, d), self.variable_or_id(&y, d));
                format!("(({x}) {op} (({y}) & 127))")
            }
            2 => {
                let op = *self.r.pick(&["/", "%"]);
                let (x, y) = (self.variable_or_id(t, d), self.variable_or_id(t, d));
                format!("(({x}) {op} ({y}))")
            }
            3 => {
                let from = Ty::Int(self.r.word(types::INTS));
                let x = self.variable_or_id(&from, d);
                format!("{}({x})", t.name())
            }
            4 => {
                let s = self.expr(&Ty::Str, d);
                format!("{}(len({s}))", t.name())
            }
            5 => {
                let op = *self.r.pick(&["min", "max"]);
                let (x, y) = (self.variable_or_id(t, d), self.variable_or_id(t, d));
                format!("{op}({x}, {y})")
            }
            6 => {
                let (s, i) = (self.expr(&Ty::Str, d), self.small(d));
                format!("{}(id({s})[{i}])", t.name())
            }
            _ => {
                let op = *self.r.pick(&["+", "-", "*", "&", "|", "^", "&^"]);
                let (x, y) = (self.variable_or_id(t, d), self.variable_or_id(t, d));
                format!("(({x}) {op} ({y}))")
            }
        }
    }
    /// An operand that is no constant: constant arithmetic that overflows would not compile.
    fn variable_or_id(&mut self, t: &Ty, d: u32) -> String {
        if d == 0
            && let Some(v) = self.variable(t)
        {
            return v;
        }
        let x = self.expr(t, d);
        format!("id({x})")
    }
    fn float_expr(&mut self, t: &Ty, d: u32) -> String {
        match self.r.below(4) {
            0 => {
                let from = Ty::Int(self.r.word(types::INTS));
                let x = self.variable_or_id(&from, d);
                format!("{}({x})", t.name())
            }
            1 => {
                let from = Ty::Float(self.r.word(&["float32", "float64"]));
                let x = self.variable_or_id(&from, d);
                format!("{}({x})", t.name())
            }
            _ => {
                let op = *self.r.pick(&["+", "-", "*", "/"]);
                // Not fused: a conversion rounds.
                let (x, y) = (self.variable_or_id(t, d), self.variable_or_id(t, d));
                format!("{}(({x}) {op} ({y}))", t.name())
            }
        }
    }
    fn string_expr(&mut self, d: u32) -> String {
        match self.r.below(5) {
            0 => {
                let (s, i) = (self.expr(&Ty::Str, d), self.small(d));
                format!("id({s})[{i}:]")
            }
            1 => {
                let b = self.expr(&Ty::Slice(Box::new(Ty::Int("uint8"))), d);
                format!("string({b})")
            }
            2 => {
                let n = self.variable_or_id(&Ty::Int("int32"), d);
                format!("string(rune({n}))")
            }
            _ => {
                let (x, y) = (self.expr(&Ty::Str, d), self.expr(&Ty::Str, d));
                format!("(id({x}) + ({y}))")
            }
        }
    }
}
