//! What is left once inlining and folding have removed references: marks code and data from the roots, sorts what is
//! kept by name, and lists the descriptors and itabs among it for the runtime.

use crate::worklist::World;
use goxide_base::{FxHashMap, FxHashSet};
use goxide_codegen::rttype;
use goxide_link::Input;
use goxide_ssa::Sym;

/// Reduces `input` to what the entry point, the initialisers and the runtime reach.
pub fn prune(input: &mut Input, w: &World<'_>) {
    let code: FxHashMap<Sym, usize> = input.code.iter().enumerate().map(|(i, b)| (b.sym, i)).collect();
    let data: FxHashMap<Sym, usize> = input.data.iter().enumerate().map(|(i, d)| (d.sym, i)).collect();
    let mut seen: FxHashSet<Sym> = FxHashSet::default();
    let mut work: Vec<Sym> = Vec::new();
    for (f, _) in &input.inittasks {
        work.push(*f);
    }
    for n in goxide_link::runtime_imports(&input.runtime).iter().map(String::as_str).chain(["_start", "main.main"]) {
        work.extend(Sym::find(n));
    }
    while let Some(s) = work.pop() {
        if !seen.insert(s) {
            continue;
        }
        if let Some(&i) = code.get(&s) {
            work.extend(input.code[i].relocs.iter().map(|r| r.target));
        }
        if let Some(&i) = data.get(&s) {
            work.extend(input.data[i].relocs.iter().map(|r| r.target));
        }
    }
    input.code.retain(|b| seen.contains(&b.sym));
    input.data.retain(|d| seen.contains(&d.sym));
    input.code.sort_by_key(|b| b.sym.name());
    input.data.sort_by_key(|d| d.sym.name());
    input.typelinks = w
        .types
        .iter()
        .filter(|(s, t)| seen.contains(s) && rttype::is_typelink(*t))
        .map(|&(s, t)| (goxide_types::typenames::reflect_string(t), s))
        .collect();
    input.itabs = w.itabs.iter().map(|i| i.0).filter(|s| seen.contains(s)).collect();
    input.itabs.sort_by_key(|s| s.name());
}
