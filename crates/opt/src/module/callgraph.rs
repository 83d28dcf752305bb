//! Bottom-up order: functions of one level call only functions of earlier levels, or of their own cycle.

use goxide_ssa::{Aux, Func, Sym, SymKind};
use rustc_hash::FxHashMap;

/// Functions (by index) in levels; level n can be processed in parallel once levels below n are finished.
/// Members of one cycle are spread over consecutive levels in the order given, so that results do not depend on timing.
pub fn levels(funcs: &[Func]) -> Vec<Vec<usize>> {
    let index: FxHashMap<Sym, usize> = funcs.iter().enumerate().map(|(n, f)| (f.sym, n)).collect();
    let callees: Vec<Vec<usize>> = funcs.iter().map(|f| callees(f, &index)).collect();
    let comps = tarjan(&callees);
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

/// Strongly connected components, callees before callers (Tarjan, with an explicit stack).
fn tarjan(g: &[Vec<usize>]) -> Vec<Vec<usize>> {
    let n = g.len();
    let (mut index, mut low) = (vec![usize::MAX; n], vec![0; n]);
    let mut on = vec![false; n];
    let (mut stack, mut comps, mut next) = (Vec::new(), Vec::new(), 0);
    for root in 0..n {
        if index[root] != usize::MAX {
            continue;
        }
        let mut work = vec![(root, 0)];
        while let Some(&mut (v, ref mut k)) = work.last_mut() {
            if *k == 0 {
                index[v] = next;
                low[v] = next;
                next += 1;
                stack.push(v);
                on[v] = true;
            }
            if let Some(&w) = g[v].get(*k) {
                *k += 1;
                if index[w] == usize::MAX {
                    work.push((w, 0));
                } else if on[w] {
                    low[v] = low[v].min(index[w]);
                }
                continue;
            }
            if low[v] == index[v] {
                let mut comp = Vec::new();
                while let Some(w) = stack.pop() {
                    on[w] = false;
                    comp.push(w);
                    if w == v {
                        break;
                    }
                }
                comps.push(comp);
            }
            work.pop();
            if let Some(&(p, _)) = work.last() {
                low[p] = low[p].min(low[v]);
            }
        }
    }
    comps
}

#[cfg(test)]
mod tests {
    use super::tarjan;

    #[test]
    fn callees_come_first_and_cycles_stay_together() {
        // 0 -> 1 <-> 2 -> 3
        let comps = tarjan(&[vec![1], vec![2], vec![1, 3], vec![]]);
        let mut sorted: Vec<Vec<usize>> = comps
            .iter()
            .map(|c| {
                let mut c = c.clone();
                c.sort_unstable();
                c
            })
            .collect();
        assert_eq!(sorted.remove(0), vec![3]);
        assert_eq!(sorted.remove(0), vec![1, 2]);
        assert_eq!(sorted.remove(0), vec![0]);
    }
}
