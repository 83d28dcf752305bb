//! Replacing values: passes record "old is now new" and apply all replacements in one walk.

use goxide_ssa::{Func, Term, Value};

/// Pending replacements. Chains are followed, so `a -> b` and later `b -> c` gives `a -> c`.
pub struct Renames {
    to: Vec<Value>,
    any: bool,
}

impl Renames {
    pub fn new(f: &Func) -> Renames {
        Renames { to: (0..f.values.len()).map(Value::new).collect(), any: false }
    }
    /// What `v` stands for now.
    pub fn get(&self, v: Value) -> Value {
        let mut v = v;
        while let Some(&n) = self.to.get(v.index()) {
            if n == v {
                break;
            }
            v = n;
        }
        v
    }
    /// From now on `old` is `new`. `new` must not itself be replaced by `old`.
    pub fn set(&mut self, old: Value, new: Value) {
        let new = self.get(new);
        if new == old {
            return;
        }
        while self.to.len() <= old.index() {
            self.to.push(Value::new(self.to.len()));
        }
        self.to[old.index()] = new;
        self.any = true;
    }
    pub fn is_empty(&self) -> bool {
        !self.any
    }
    /// Rewrites every operand of every listed block.
    pub fn apply(&self, f: &mut Func) {
        if !self.any {
            return;
        }
        for bi in 0..f.order.len() {
            let b = f.order[bi].index();
            for k in 0..f.blocks[b].insts.len() {
                let i = f.blocks[b].insts[k].index();
                for a in f.insts[i].args.iter_mut() {
                    *a = self.get(*a);
                }
            }
            for_each_term_arg(&mut f.blocks[b].term, |v| *v = self.get(*v));
        }
    }
}

/// Visits every value a terminator uses.
pub fn for_each_term_arg(t: &mut Term, mut visit: impl FnMut(&mut Value)) {
    match t {
        Term::Br { cond, .. } => visit(cond),
        Term::Table { index, .. } => visit(index),
        Term::Ret(vs) => vs.iter_mut().for_each(&mut visit),
        _ => {}
    }
    for t in t.targets_mut() {
        t.args.iter_mut().for_each(&mut visit);
    }
}

/// Values a terminator uses.
pub fn term_args(t: &Term) -> Vec<Value> {
    let mut out = Vec::new();
    match t {
        Term::Br { cond, .. } => out.push(*cond),
        Term::Table { index, .. } => out.push(*index),
        Term::Ret(vs) => out.extend(vs.iter().copied()),
        _ => {}
    }
    for t in t.targets() {
        out.extend(t.args.iter().copied());
    }
    out
}

/// Number of uses of every value in listed blocks.
pub fn use_counts(f: &Func) -> Vec<u32> {
    let mut n = vec![0u32; f.values.len()];
    for &b in &f.order {
        let bd = &f.blocks[b.index()];
        for &i in &bd.insts {
            for &a in &f.insts[i.index()].args {
                n[a.index()] += 1;
            }
        }
        for a in term_args(&bd.term) {
            n[a.index()] += 1;
        }
    }
    n
}
