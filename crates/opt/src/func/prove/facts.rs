//! Difference constraints `x - y <= c` between signed 64-bit values, in scopes.
//!
//! Some hold only under an assumption: that a certain value is a length. It is one wherever a bounds check uses it as
//! such, but not everywhere it is defined: in `if n < 0 { … }; t := s[:n]; t[k]` the length of `t` is `n`, which may well
//! be negative before. So these facts serve the checks against that value and nothing else.

use goxide_ssa::{Func, Value};
use rustc_hash::FxHashMap;
use smallvec::SmallVec;

/// Stands for the number zero.
pub const ZERO: Value = Value(u32::MAX);
/// No assumption.
pub const FREE: Value = Value(u32::MAX - 1);
/// How long a chain of facts a query follows.
const DEPTH: u32 = 10;
/// How many facts one query may look at.
const BUDGET: u32 = 200;

type Tried = SmallVec<[(Value, i64); 32]>;

/// The facts that hold at the current point of the walk.
pub struct Facts {
    /// x -> [(y, c, v)] meaning x - y <= c if v is a length.
    up: FxHashMap<Value, Vec<(Value, i64, Value)>>,
    log: Vec<Value>,
    /// The assumption under which something is known of a value.
    hints: FxHashMap<Value, Value>,
    /// What queries may assume to be a length, and what facts that are added depend on.
    pub assuming: Value,
}

impl Default for Facts {
    fn default() -> Facts {
        Facts { up: FxHashMap::default(), log: Vec::new(), hints: FxHashMap::default(), assuming: FREE }
    }
}

/// A value as node plus constant: constants become `ZERO + k`.
pub fn term(f: &Func, v: Value) -> (Value, i64) {
    match f.as_const(v) {
        Some(k) => (ZERO, k),
        None => (v, 0),
    }
}

impl Facts {
    /// Where to return to with `pop`.
    pub fn mark(&self) -> usize {
        self.log.len()
    }
    pub fn pop(&mut self, mark: usize) {
        while self.log.len() > mark {
            let x = self.log.pop().expect("longer than mark");
            if let Some(v) = self.up.get_mut(&x) {
                v.pop();
            }
        }
    }
    /// Records `a - b <= c`.
    pub fn add(&mut self, f: &Func, a: Value, b: Value, c: i64) {
        let ((x, p), (y, q)) = (term(f, a), term(f, b));
        // x + p - y - q <= c
        let Some(c) = c.checked_sub(p).and_then(|c| c.checked_add(q)) else { return };
        if x == y {
            return;
        }
        self.add_raw(x, y, c);
    }
    /// Records `x - y <= c` for nodes.
    pub fn add_raw(&mut self, x: Value, y: Value, c: i64) {
        self.up.entry(x).or_default().push((y, c, self.assuming));
        self.log.push(x);
        if self.assuming != FREE {
            self.hints.insert(x, self.assuming);
            self.hints.insert(y, self.assuming);
        }
    }
    /// `v` is a length.
    pub fn add_length(&mut self, v: Value) {
        self.add_raw(ZERO, v, 0);
        self.add_raw(v, ZERO, 1 << 48);
    }
    /// Whether `a - b <= c` follows.
    pub fn le(&self, f: &Func, a: Value, b: Value, c: i64) -> bool {
        let ((x, p), (y, q)) = (term(f, a), term(f, b));
        let Some(c) = c.checked_sub(p).and_then(|c| c.checked_add(q)) else { return false };
        self.le_raw(x, y, c)
    }
    pub fn le_raw(&self, x: Value, y: Value, c: i64) -> bool {
        let mut budget = BUDGET;
        let mut tried = SmallVec::new();
        self.search(x, y, c, DEPTH, &mut budget, &mut tried)
    }
    /// `tried` holds nodes from which `y` was not found, with how much was left there.
    fn search(&self, x: Value, y: Value, c: i64, depth: u32, budget: &mut u32, tried: &mut Tried) -> bool {
        if x == y && c >= 0 {
            return true;
        }
        if depth == 0 || tried.iter().any(|&(n, left)| n == x && left >= c) {
            return false;
        }
        let Some(es) = self.up.get(&x) else { return false };
        // In front, so that cycles end.
        tried.push((x, c));
        for &(z, w, under) in es.iter().rev() {
            if *budget == 0 {
                return false;
            }
            // That a number is below 2^48 says nothing of how it compares with another.
            if !self.holds(under) || z == ZERO && w >= 1 << 40 && y != ZERO {
                continue;
            }
            *budget -= 1;
            // x - z <= w, so z - y <= c - w is enough.
            if let Some(rest) = c.checked_sub(w)
                && self.search(z, y, rest, depth - 1, budget, tried)
            {
                return true;
            }
        }
        false
    }
    fn holds(&self, under: Value) -> bool {
        under == FREE || under == self.assuming
    }
    fn above(&self, x: Value) -> impl Iterator<Item = (Value, i64)> {
        self.up.get(&x).into_iter().flatten().filter(|e| self.holds(e.2)).map(|e| (e.0, e.1))
    }
    /// Whether `x` is known to be at most `i64::MAX - k` because it is at least `k` below something.
    pub fn has_room(&self, x: Value, k: i64) -> bool {
        let enough = |(y, c): (Value, i64)| if y == ZERO { c <= i64::MAX - k } else { c <= -k };
        // Two steps: x <= y and y is below something.
        self.above(x).any(|e| enough(e) || e.0 != ZERO && e.1 <= 0 && self.above(e.0).any(enough))
    }
    /// Runs `derive` without assumption, and if it finds nothing, assuming that `v` is a length, or what is assumed for
    /// what is known of `v`.
    pub fn or_assuming(&mut self, v: Value, derive: impl Fn(&mut Facts) -> bool) {
        if derive(self) {
            return;
        }
        for under in [Some(v), self.hints.get(&v).copied()].into_iter().flatten() {
            self.assuming = under;
            let found = derive(self);
            self.assuming = FREE;
            if found {
                return;
            }
        }
    }
}
