//! Work that needs many functions: call graph order, inlining, devirtualization, escape analysis.

pub mod buffers;
pub mod callgraph;
pub mod devirtualize;
pub mod escape;
pub mod inline;
mod report;
pub mod rtflow;
pub mod summary;

use crate::passes;
use devirtualize::MethodEntries;
use goxide_ssa::{AllocKind, Func, Loc, Sym};
use rayon::prelude::*;
use rustc_hash::FxHashMap;
use std::sync::Arc;
use summary::{EscapeSummary, Finished, Summary};

/// What to do, and what to tell.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// No inlining (`-gcflags=-l`).
    pub no_inline: bool,
    /// No optimisation beyond what code generation needs (`-gcflags=-N`).
    pub none: bool,
    /// Collect remarks for `-gcflags=-m`.
    pub remarks: bool,
    /// Verify after every pass.
    pub verify: bool,
    /// Passes to skip, by name.
    pub disabled: Vec<String>,
}

/// One line of `-gcflags=-m`.
#[derive(Clone, Debug)]
pub enum Remark {
    Inlined {
        caller: Sym,
        callee: Sym,
        pos: goxide_base::Pos,
    },
    CanInline {
        func: Sym,
        pos: goxide_base::Pos,
        cost: u32,
    },
    /// Why not, for `-m=2`.
    CannotInline {
        func: Sym,
        pos: goxide_base::Pos,
        why: String,
    },
    Alloc {
        func: Sym,
        pos: goxide_base::Pos,
        kind: AllocKind,
        escapes: bool,
    },
}

/// The result of `optimize`.
#[derive(Debug, Default)]
pub struct Optimized {
    /// In the order given.
    pub funcs: Vec<Func>,
    pub remarks: Vec<Remark>,
}

/// Finished functions of this and earlier rounds.
#[derive(Default)]
pub struct Store {
    map: FxHashMap<Sym, Arc<Summary>>,
}

impl Finished for Store {
    fn get(&self, sym: Sym) -> Option<Arc<Summary>> {
        self.map.get(&sym).cloned()
    }
}

/// Optimises `funcs` bottom-up. `store` holds what earlier rounds finished and takes what this one does.
/// `see` is shown every function after every pass.
pub fn optimize(
    funcs: Vec<Func>,
    store: &mut Store,
    methods: &(dyn MethodEntries + Sync),
    opts: &Options,
    see: &(dyn Fn(&'static str, &Func) + Sync),
) -> Optimized {
    // Until a function is finished, as in a cycle of calls, what its source tells of its parameters is used.
    for f in &funcs {
        if let Some(tags) = &f.tags {
            let escape =
                EscapeSummary { params: tags.iter().map(|&t| t.into()).collect(), ctx: summary::ParamFlow::UNKNOWN };
            store.map.insert(f.sym, Arc::new(Summary { escape, body: None, cost: u32::MAX }));
        }
    }
    let levels = callgraph::levels(&funcs);
    let mut slots: Vec<Option<Func>> = funcs.into_iter().map(Some).collect();
    let mut remarks = Vec::new();
    for level in levels {
        let batch: Vec<(usize, Func)> =
            level.iter().map(|&n| (n, slots[n].take().expect("each function is in one level"))).collect();
        let shared: &Store = store;
        let done: Vec<_> = batch
            .into_par_iter()
            .map(|(n, mut f)| {
                let mut notes = Vec::new();
                let summary = one(&mut f, shared, methods, opts, see, &mut notes);
                (n, f, summary, notes)
            })
            .collect();
        for (n, f, summary, notes) in done {
            store.map.insert(f.sym, Arc::new(summary));
            remarks.extend(notes);
            slots[n] = Some(f);
        }
    }
    Optimized { funcs: slots.into_iter().flatten().collect(), remarks }
}

fn one(
    f: &mut Func,
    done: &Store,
    methods: &dyn MethodEntries,
    opts: &Options,
    see: &(dyn Fn(&'static str, &Func) + Sync),
    remarks: &mut Vec<Remark>,
) -> Summary {
    let mut watch = |name: &'static str, f: &Func| {
        if opts.verify
            && let Err(e) = goxide_ssa::verify::verify(f)
        {
            panic!("after {name}: {e:?}\n{}", f);
        }
        see(name, f);
    };
    watch("lowered", f);
    if opts.none {
        // Where things are kept is no optimisation that could be left out: programs count on it.
        let made = if opts.remarks { report::made(f) } else { Vec::new() };
        let out = escape::run(f, done, &crate::tyinfo::Layouts);
        watch("escape", f);
        if opts.remarks {
            report::allocations(f, &made, &out.notes, remarks);
        }
        return Summary { escape: out.summary.with_tags(f), body: None, cost: u32::MAX };
    }
    let made = if opts.remarks { report::made(f) } else { Vec::new() };
    passes::run(passes::EARLY, f, &opts.disabled, &mut watch);
    // Inlining shows new known callees (interface values made by the callee, closures passed to it).
    for _round in 0..3 {
        let off = |name: &str| opts.disabled.iter().any(|o| o == name);
        let mut changed = !off("devirtualize") && devirtualize::run(f, methods);
        if !opts.no_inline && !off("inline") {
            let (sym, locs) = (f.sym, f.locs.clone());
            changed |= inline::run(f, done, |callee, loc| {
                if opts.remarks
                    && let Some(l) = locs.get(loc.index()).filter(|l| l.inlined.is_none())
                {
                    remarks.push(Remark::Inlined { caller: sym, callee, pos: l.pos });
                }
            });
        }
        if !changed {
            break;
        }
        watch("inline", f);
        passes::run(passes::EARLY, f, &opts.disabled, &mut watch);
    }
    let out = if opts.disabled.iter().any(|o| o == "escape") {
        escape::nothing(f)
    } else {
        escape::run(f, done, &crate::tyinfo::Layouts)
    };
    watch("escape", f);
    if opts.remarks {
        report::allocations(f, &made, &out.notes, remarks);
    }
    passes::run(passes::LATE, f, &opts.disabled, &mut watch);
    let cost = if opts.no_inline { None } else { summary::inline_cost(f) };
    if opts.remarks && !opts.no_inline {
        let (func, pos) = (f.sym, f.pos);
        remarks.push(match cost {
            Some(cost) => Remark::CanInline { func, pos, cost },
            None => Remark::CannotInline { func, pos, why: report::why_not(f) },
        });
    }
    Summary {
        escape: out.summary.with_tags(f),
        body: cost.map(|_| Arc::new(f.clone())),
        cost: cost.unwrap_or(u32::MAX),
    }
}

/// Position of a location, for remarks.
pub fn pos_of(f: &Func, l: Loc) -> goxide_base::Pos {
    f.locs[l.index()].pos
}
