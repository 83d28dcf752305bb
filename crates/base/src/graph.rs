//! Graphs given by the successors of each node.

/// Strongly connected components, successors before what leads to them, members in order (Tarjan, with an explicit stack).
pub fn components(g: &[Vec<usize>]) -> Vec<Vec<usize>> {
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
                (index[v], low[v]) = (next, next);
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
                let from = stack.iter().rposition(|&w| w == v).expect("a component's root is on the stack");
                let mut comp = stack.split_off(from);
                comp.iter().for_each(|&w| on[w] = false);
                comp.sort_unstable();
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
    use super::components;

    #[test]
    fn successors_come_first_and_cycles_stay_together() {
        // 0 -> 2 <-> 1 -> 3
        let comps = components(&[vec![2], vec![2, 3], vec![1], vec![]]);
        assert_eq!(comps, [vec![3], vec![1, 2], vec![0]]);
    }
}
