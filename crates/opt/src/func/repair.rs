//! Repairing SSA form after a value got several definitions (Braun et al., "Simple and Efficient Construction").

use goxide_ssa::analysis::Cfg;
use goxide_ssa::{Args, Aux, Block, Func, Loc, Op, Type, Value};
use rustc_hash::FxHashMap;

/// Variables with definitions in several blocks, read back as values.
pub struct Repair<'a> {
    cfg: &'a Cfg,
    tys: Vec<Type>,
    /// Value of a variable at the end of a block that defines it, or found so far.
    at_end: FxHashMap<(usize, Block), Value>,
    at_start: FxHashMap<(usize, Block), Value>,
    undef: FxHashMap<usize, Value>,
}

impl<'a> Repair<'a> {
    /// `cfg` must describe the current graph and stay true (this adds parameters, not edges).
    pub fn new(cfg: &'a Cfg) -> Repair<'a> {
        Repair {
            cfg,
            tys: Vec::new(),
            at_end: FxHashMap::default(),
            at_start: FxHashMap::default(),
            undef: FxHashMap::default(),
        }
    }
    pub fn variable(&mut self, ty: Type) -> usize {
        self.tys.push(ty);
        self.tys.len() - 1
    }
    /// At the end of `b`, variable `var` is `v`.
    pub fn define(&mut self, var: usize, b: Block, v: Value) {
        self.at_end.insert((var, b), v);
    }
    pub fn read_end(&mut self, f: &mut Func, var: usize, b: Block) -> Value {
        if let Some(&v) = self.at_end.get(&(var, b)) {
            return v;
        }
        let v = self.read_start(f, var, b);
        self.at_end.insert((var, b), v);
        v
    }
    pub fn read_start(&mut self, f: &mut Func, var: usize, b: Block) -> Value {
        if let Some(&v) = self.at_start.get(&(var, b)) {
            return v;
        }
        // Straight chains without recursion.
        let mut chain = vec![b];
        let mut top = b;
        while let [p] = self.cfg.preds[top.index()][..] {
            if self.at_end.contains_key(&(var, p)) || self.at_start.contains_key(&(var, p)) || chain.contains(&p) {
                break;
            }
            chain.push(p);
            top = p;
        }
        let v = match self.cfg.preds[top.index()].len() {
            0 => *self.undef.entry(var).or_insert_with(|| {
                let i = f.make_inst(Op::Undef, Args::new(), Aux::None, &[self.tys[var]], Loc(0));
                let at = f.blocks[0].insts.iter().take_while(|i| f.insts[i.index()].op == Op::GetCtx).count();
                f.blocks[0].insts.insert(at, i);
                f.insts[i.index()].results[0]
            }),
            1 => {
                let p = self.cfg.preds[top.index()][0];
                match (self.at_end.get(&(var, p)), self.at_start.get(&(var, p))) {
                    (Some(&v), _) | (None, Some(&v)) => v,
                    (None, None) => self.read_end(f, var, p),
                }
            }
            _ => {
                let p = f.add_param(top, self.tys[var]);
                self.at_start.insert((var, top), p);
                let mut preds = self.cfg.preds[top.index()].to_vec();
                preds.sort_unstable();
                preds.dedup();
                for pred in preds {
                    let a = self.read_end(f, var, pred);
                    for t in f.blocks[pred.index()].term.targets_mut() {
                        if t.block == top {
                            t.args.push(a);
                        }
                    }
                }
                p
            }
        };
        for b in chain {
            self.at_start.insert((var, b), v);
            self.at_end.entry((var, b)).or_insert(v);
        }
        v
    }
}
