//! Bottom-up order: functions of one level call only functions of earlier levels, or of their own cycle.

use goxide_base::graph::components;
use goxide_ssa::{Aux, Func, Sym, SymKind};
use rustc_hash::FxHashMap;

/// Functions (by index) in levels; level n can be processed in parallel once levels below n are finished.
/// Members of one cycle are spread over consecutive levels in the order given, so that results do not depend on timing.
pub fn levels(funcs: &[Func]) -> Vec<Vec<usize>> {
    let index: FxHashMap<Sym, usize> = funcs.iter().enumerate().map(|(n, f)| (f.sym, n)).collect();
    let callees: Vec<Vec<usize>> = funcs.iter().map(|f| callees(f, &index)).collect();
    let comps = components(&callees);
    let mut comp_of = vec![0; funcs.len()];
    for (c, members) in comps.iter().enumerate() {
        for &m in members {
            comp_of[m] = c;
        }
    }
    // Tarjan emits callees' components first.
    let mut level_of_comp = vec![0usize; comps.len()];
    let mut out: Vec<Vec<usize>> = Vec::new();
    for (c, members) in comps.iter().enumerate() {
        let mut level = 0;
        for &m in members {
            for &k in &callees[m] {
                if comp_of[k] != c {
                    level = level.max(level_of_comp[comp_of[k]] + 1);
                }
            }
        }
        let mut sorted = members.clone();
        sorted.sort_unstable();
        // Each member of a cycle gets a level of its own: later members see the finished earlier ones.
        for (n, &m) in sorted.iter().enumerate() {
            while out.len() <= level + n {
                out.push(Vec::new());
            }
            out[level + n].push(m);
        }
        level_of_comp[c] = level + sorted.len() - 1;
    }
    out
}

fn callees(f: &Func, index: &FxHashMap<Sym, usize>) -> Vec<usize> {
    let mut out = Vec::new();
    for &b in &f.order {
        for &i in &f.blocks[b.index()].insts {
            let sym = match &f.insts[i.index()].aux {
                Aux::Call { callee, .. } => *callee,
                // A closure made here may be called here.
                Aux::Sym(s, _) => match s.kind() {
                    SymKind::FuncVal(code) => *code,
                    SymKind::Closure { .. } => *s,
                    _ => continue,
                },
                _ => continue,
            };
            if let Some(&n) = index.get(&sym) {
                out.push(n);
            }
        }
    }
    out.sort_unstable();
    out.dedup();
    out
}
