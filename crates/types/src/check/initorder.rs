//! Order of package-level variable initialisation (`types2/initorder.go`).
//!
//! Variables and constants form a dependency graph; functions are eliminated from it by connecting their users with
//! what they use. Nodes are taken in order of outstanding dependencies, then of declaration.

use super::Checker;
use super::errors::ErrorDesc;
use crate::codes::Code;
use crate::info::Initializer;
use crate::object::Obj;
use goxide_base::{FxHashMap, FxHashSet};
use std::collections::{BTreeMap, BTreeSet};

struct Node {
    obj: Obj,
    pred: BTreeSet<usize>,
    succ: BTreeSet<usize>,
    ndeps: usize,
}

/// Sort key in the queue: fewest outstanding dependencies, constants first, then source order.
type Key = (bool, usize, u32, usize);

impl Checker {
    /// Computes `info.init_order` and reports initialisation cycles.
    pub fn init_order(&mut self) {
        self.info.init_order.clear();
        let mut nodes = self.dependency_graph();
        let key = |n: &Node, i: usize| -> Key { (!n.obj.is_const(), n.ndeps, n.obj.order(), i) };
        let mut queue: BTreeMap<Key, usize> = BTreeMap::new();
        for (i, n) in nodes.iter().enumerate().filter(|(_, n)| !n.obj.is_func()) {
            queue.insert(key(n, i), i);
        }
        let mut emitted: FxHashSet<usize> = FxHashSet::default();
        while let Some((_, i)) = queue.pop_first() {
            let obj = nodes[i].obj;
            if nodes[i].ndeps > 0
                && let Some(cycle) = self.find_path(obj, obj, &mut FxHashSet::default())
            {
                // The cycle may consist of functions only, or not lead back here: then it is reported elsewhere.
                self.report_init_cycle(&cycle);
            }
            let pred: Vec<usize> = nodes[i].pred.iter().copied().collect();
            for p in pred {
                if queue.remove(&key(&nodes[p], p)).is_some() {
                    nodes[p].ndeps -= 1;
                    queue.insert(key(&nodes[p], p), p);
                } else {
                    nodes[p].ndeps = nodes[p].ndeps.saturating_sub(1);
                }
            }
            if !obj.is_var() {
                continue;
            }
            let Some(&d) = self.obj_map.get(&obj) else { continue };
            let info = &self.decls[d];
            let Some(init) = info.init else { continue };
            // A declaration of several variables by one call is emitted once; so is one of a single variable.
            if !emitted.insert(d) {
                continue;
            }
            let lhs = if info.lhs.is_empty() { vec![obj] } else { info.lhs.clone() };
            self.info.init_order.push(Initializer { lhs, rhs: init });
        }
    }

    fn find_path(&self, from: Obj, to: Obj, seen: &mut FxHashSet<Obj>) -> Option<Vec<Obj>> {
        if !seen.insert(from) {
            return None;
        }
        let d = &self.decls[*self.obj_map.get(&from)?];
        let mut deps = d.deps.clone();
        deps.sort_by_key(|d| d.order());
        for d in deps {
            if d == to {
                return Some(vec![d]);
            }
            if let Some(mut p) = self.find_path(d, to, seen) {
                p.push(d);
                return Some(p);
            }
        }
        None
    }

    fn report_init_cycle(&mut self, cycle: &[Obj]) {
        let mut obj = cycle[0];
        if cycle.len() == 1 {
            self.error(obj, Code::InvalidInitCycle, format!("initialization cycle: {} refers to itself", obj.name()));
            return;
        }
        let mut err = ErrorDesc::new(Code::InvalidInitCycle);
        err.add(obj, format!("initialization cycle for {}", obj.name()));
        // The path was collected from its end.
        for &next in cycle.iter().rev() {
            err.add(obj, format!("{} refers to {}", obj.name(), next.name()));
            obj = next;
        }
        self.report(err);
    }

    /// The graph with functions eliminated (their nodes stay, without edges).
    fn dependency_graph(&self) -> Vec<Node> {
        let mut index: FxHashMap<Obj, usize> = FxHashMap::default();
        let mut nodes: Vec<Node> = Vec::new();
        for &o in &self.obj_list {
            if o.is_const() || o.is_var() || o.is_func() {
                index.insert(o, nodes.len());
                nodes.push(Node { obj: o, pred: BTreeSet::new(), succ: BTreeSet::new(), ndeps: 0 });
            }
        }
        for i in 0..nodes.len() {
            let d = &self.decls[self.obj_map[&nodes[i].obj]];
            for dep in &d.deps {
                if let Some(&k) = index.get(dep) {
                    nodes[i].succ.insert(k);
                    nodes[k].pred.insert(i);
                }
            }
        }
        let mut funcs: Vec<usize> = (0..nodes.len()).filter(|&i| nodes[i].obj.is_func()).collect();
        // Cheap ones first keeps the number of edges small.
        funcs.sort_by_key(|&i| (nodes[i].pred.len() * nodes[i].succ.len(), i));
        for n in funcs {
            let pred = std::mem::take(&mut nodes[n].pred);
            let succ = std::mem::take(&mut nodes[n].succ);
            for &p in &pred {
                if p == n {
                    continue;
                }
                for &s in &succ {
                    if s != n {
                        nodes[p].succ.insert(s);
                        nodes[s].pred.insert(p);
                    }
                }
                nodes[p].succ.remove(&n);
            }
            for &s in &succ {
                nodes[s].pred.remove(&n);
            }
        }
        for n in &mut nodes {
            n.ndeps = n.succ.len();
        }
        nodes
    }
}
