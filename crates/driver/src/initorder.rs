//! The order in which packages are initialised: repeatedly the one with the least import path whose imports are done
//! (`cmd/link/internal/ld/inittask.go`); package runtime and what it imports come first.

use crate::input::Program;
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// Indices of all packages in order of initialisation.
pub fn order(p: &Program) -> Vec<usize> {
    let n = p.packages.len();
    let mut below = vec![false; n];
    if let Some(rt) = p.packages.iter().position(|x| x.pkg_path == "runtime") {
        let mut work = vec![rt];
        while let Some(i) = work.pop() {
            if !std::mem::replace(&mut below[i], true) {
                work.extend(p.packages[i].imports.iter().map(|x| x.1));
            }
        }
    }
    let mut out = Vec::with_capacity(n);
    for phase in [true, false] {
        let mut waiting = vec![0usize; n];
        let mut importers: Vec<Vec<usize>> = vec![Vec::new(); n];
        let mut heap = BinaryHeap::new();
        for i in (0..n).filter(|&i| below[i] == phase) {
            let mut deps: Vec<usize> =
                p.packages[i].imports.iter().map(|x| x.1).filter(|&d| below[d] == phase).collect();
            deps.sort_unstable();
            deps.dedup();
            waiting[i] = deps.len();
            for &d in &deps {
                importers[d].push(i);
            }
            if deps.is_empty() {
                heap.push(Reverse((p.packages[i].pkg_path.as_str(), i)));
            }
        }
        while let Some(Reverse((_, i))) = heap.pop() {
            out.push(i);
            for &j in &importers[i] {
                waiting[j] -= 1;
                if waiting[j] == 0 {
                    heap.push(Reverse((p.packages[j].pkg_path.as_str(), j)));
                }
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::Package;

    #[test]
    fn least_path_whose_imports_are_done() {
        let pkg = |path: &str, imports: &[usize]| Package {
            import_path: path.into(),
            pkg_path: path.into(),
            imports: imports.iter().map(|&i| (String::new(), i)).collect(),
            ..Package::default()
        };
        let p = Program {
            packages: vec![
                pkg("internal/x", &[]),
                pkg("runtime", &[0]),
                pkg("z", &[]),
                pkg("b", &[2]),
                pkg("a", &[3]),
                pkg("c", &[]),
                pkg("main", &[4, 5]),
            ],
            ..Program::default()
        };
        let names: Vec<&str> = order(&p).into_iter().map(|i| p.packages[i].import_path.as_str()).collect();
        assert_eq!(names, ["internal/x", "runtime", "c", "z", "b", "a", "main"]);
    }
}
