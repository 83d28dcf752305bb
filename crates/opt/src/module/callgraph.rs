//! Bottom-up order: functions of one level call only functions of earlier levels, or of their own cycle.

use super::devirtualize::MethodEntries;
use goxide_base::graph::components;
use goxide_ssa::{Aux, Func, Sym, SymKind};
use goxide_types::Ty;
use rayon::prelude::*;
use rustc_hash::FxHashMap;

/// Largest cycle that calls which are only expected may make.
const CYCLE: usize = 16;
/// Instructions of a callee that is looked into for what it puts into interfaces.
const SMALL: usize = 200;
/// Pairs of types and interface calls looked at for one function.
const PAIRS: usize = 64;

/// The order of work.
pub struct Levels {
    /// Functions (by index) in levels; level n can be processed in parallel once levels below n are finished. Members of
    /// one cycle are spread over consecutive levels in the order given, so that results do not depend on timing.
    pub levels: Vec<Vec<usize>>,
    /// Members of cycles of several functions.
    pub circular: Vec<usize>,
}

pub fn levels(funcs: &[Func], methods: &(dyn MethodEntries + Sync)) -> Levels {
    let index: FxHashMap<Sym, usize> = funcs.iter().enumerate().map(|(n, f)| (f.sym, n)).collect();
    let found: Vec<Found> = funcs.par_iter().map(|f| look(f, &index)).collect();
    let expected = expected(funcs, &found, &index, methods);
    let merged = |keep: &dyn Fn(usize, usize) -> bool| -> Vec<Vec<usize>> {
        let all = found.iter().zip(&expected).enumerate().map(|(n, (f, e))| {
            let mut l = f.callees.clone();
            l.extend(e.iter().copied().filter(|&k| keep(n, k)));
            l.sort_unstable();
            l.dedup();
            l
        });
        all.collect()
    };
    let mut callees = merged(&|_, _| true);
    let mut comps = components(&callees);
    // Calls that are only expected must not join much of the program to one cycle, whose members wait for each other.
    if comps.iter().any(|c| c.len() > CYCLE) {
        let mut large = vec![usize::MAX; funcs.len()];
        for (c, members) in comps.iter().enumerate().filter(|c| c.1.len() > CYCLE) {
            members.iter().for_each(|&m| large[m] = c);
        }
        callees = merged(&|n, k| large[n] == usize::MAX || large[n] != large[k]);
        comps = components(&callees);
    }
    let mut comp_of = vec![0; funcs.len()];
    for (c, members) in comps.iter().enumerate() {
        for &m in members {
            comp_of[m] = c;
        }
    }
    // Tarjan emits callees' components first.
    let mut level_of_comp = vec![0usize; comps.len()];
    let mut out: Vec<Vec<usize>> = Vec::new();
    let mut circular = Vec::new();
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
        if sorted.len() > 1 {
            circular.extend(sorted);
        }
    }
    circular.sort_unstable();
    Levels { levels: out, circular }
}

/// What a function refers to.
#[derive(Default)]
struct Found {
    /// Functions of this round that it calls, or makes closures of.
    callees: Vec<usize>,
    /// Itabs: concrete types with the interface types.
    itabs: Vec<Ty>,
    /// Calls of interface methods.
    calls: Vec<(Ty, u32)>,
}

fn look(f: &Func, index: &FxHashMap<Sym, usize>) -> Found {
    let mut out = Found::default();
    for &b in &f.order {
        for &i in &f.blocks[b.index()].insts {
            let sym = match &f.insts[i.index()].aux {
                Aux::Call { callee, .. } => *callee,
                &Aux::CallInter { iface, method, .. } => {
                    if !out.calls.contains(&(iface, method)) {
                        out.calls.push((iface, method));
                    }
                    continue;
                }
                // A closure made here may be called here.
                Aux::Sym(s, _) => match s.kind() {
                    SymKind::FuncVal(code) => *code,
                    SymKind::Closure { .. } | SymKind::MethodValue { .. } => *s,
                    SymKind::Itab(t, _) => {
                        if !out.itabs.contains(t) {
                            out.itabs.push(*t);
                        }
                        continue;
                    }
                    _ => continue,
                },
                _ => continue,
            };
            out.callees.extend(index.get(&sym));
        }
    }
    out.callees.sort_unstable();
    out.callees.dedup();
    out
}

/// Methods that each function will probably call once its callees are inlined and interface calls on known types are
/// calls: those of the types that it or a small callee puts into interfaces.
fn expected(
    funcs: &[Func],
    found: &[Found],
    index: &FxHashMap<Sym, usize>,
    methods: &(dyn MethodEntries + Sync),
) -> Vec<Vec<usize>> {
    let of = |n: usize| {
        let around = || {
            let small = |k: &&usize| funcs[**k].insts.len() <= SMALL;
            std::iter::once(&n).chain(found[n].callees.iter().filter(small)).map(|&k| &found[k])
        };
        let types: Vec<Ty> = around().flat_map(|f| f.itabs.iter().copied()).take(PAIRS).collect();
        if types.is_empty() {
            return Vec::new();
        }
        let calls = around().flat_map(|f| f.calls.iter().copied());
        let pairs = calls.flat_map(|(iface, m)| types.iter().map(move |&t| (t, iface, m)));
        let entry = |(t, iface, m)| index.get(&methods.entry(t, iface, m)?).copied();
        pairs.take(PAIRS).filter_map(entry).filter(|&k| k != n).collect()
    };
    (0..funcs.len()).into_par_iter().map(of).collect()
}
