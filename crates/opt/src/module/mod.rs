//! Work that needs many functions: call graph order, inlining, devirtualization, escape analysis.

mod appends;
pub mod buffers;
pub mod callgraph;
pub mod devirtualize;
pub mod escape;
pub mod inline;
pub mod report;
pub mod rtflow;
pub mod summary;

use crate::passes;
use callgraph::Levels;
use devirtualize::MethodEntries;
use goxide_base::Pos;
use goxide_ssa::{AllocKind, Func, Inst, Op, Sym};
use goxide_types::Ty;
use rayon::prelude::*;
use report::Trace;
use rustc_hash::FxHashMap;
use std::sync::Arc;
use summary::{EscapeSummary, Finished, Summary};

/// How often devirtualizing and inlining follow each other in one function.
const ROUNDS: usize = 6;

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
    /// `callee`, whose source begins at `start`, was put in place of a call; `pos` is where that is in the caller's own
    /// source, whatever was inlined in between.
    Inlined {
        caller: Sym,
        callee: Sym,
        pos: Pos,
        start: Pos,
    },
    /// The interface call at `pos` of the source calls a method of `ty`; `at` as for `Alloc`.
    Devirtualized {
        func: Sym,
        at: Pos,
        pos: Pos,
        ty: Ty,
    },
    CanInline {
        func: Sym,
        pos: Pos,
        cost: u32,
    },
    /// Why not, for `-m=2`.
    CannotInline {
        func: Sym,
        pos: Pos,
        why: String,
    },
    /// What became of the allocation at `pos` of the source. `at` is the place in `func`'s own source: the same, or that
    /// of the call that was replaced by a body with the allocation.
    Alloc {
        func: Sym,
        at: Pos,
        pos: Pos,
        kind: AllocKind,
        escapes: bool,
        /// The capacity of a slice, if it is known.
        size: Option<i64>,
    },
    /// The same for read-only data in place of an allocation.
    Static {
        func: Sym,
        at: Pos,
        pos: Pos,
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
        if f.tags.is_some() {
            store.map.insert(f.sym, Arc::new(Summary { escape: told(f), ..Summary::default() }));
        }
    }
    let Levels { levels, circular } = callgraph::levels(&funcs, methods);
    if !opts.no_inline && !opts.none {
        let first: Vec<_> = circular.par_iter().filter_map(|&n| before_inlining(&funcs[n], opts)).collect();
        store.map.extend(first);
    }
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

/// What the source tells of a function's parameters.
fn told(f: &Func) -> EscapeSummary {
    let params = match &f.tags {
        Some(tags) => tags.iter().map(|&t| t.into()).collect(),
        None => f.sig.params.iter().map(|_| summary::ParamFlow::UNKNOWN).collect(),
    };
    let block = f.block_tags.iter().map(|&(off, t)| (off, t.into())).collect();
    EscapeSummary { params, ctx: summary::ParamFlow::UNKNOWN, block }
}

/// A member of a cycle as the others may take it in, before anything is put into it.
fn before_inlining(f: &Func, opts: &Options) -> Option<(Sym, Arc<Summary>)> {
    summary::may_inline(f).then_some(())?;
    let mut body = f.clone();
    let events = if opts.remarks { Trace::of(f).summary() } else { Vec::new() };
    passes::run(passes::EARLY, &mut body, &opts.disabled, &mut |_, _| {});
    let cost = summary::inline_cost(&body)?;
    Some((f.sym, Arc::new(Summary { escape: told(f), body: Some(Arc::new(body)), cost, events })))
}

/// `f` and its cost, if it is small and makes objects. Those in interfaces do not count: most are errors.
fn makes_objects(f: &Func) -> Option<(u32, Arc<Func>)> {
    let makes = |i: &Inst| match f.insts[i.index()].op {
        Op::Alloc(kind) => kind != AllocKind::Iface,
        op => op == Op::MakeSlice,
    };
    f.order.iter().flat_map(|b| &f.blocks[b.index()].insts).any(makes).then_some(())?;
    Some((summary::inline_cost(f)?, Arc::new(f.clone())))
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
    let mut trace = opts.remarks.then(|| Trace::of(f));
    let sizes = &crate::tyinfo::Layouts;
    // The objects of the source are looked at before escape analysis turns allocations into slots.
    let statics = |f: &Func| if opts.remarks { escape::statics(f, done, sizes) } else { Vec::new() };
    let mut tell = |trace: &Option<Trace>, f: &Func, notes: &[escape::Note], statics: &[(Sym, bool)]| {
        if let Some(t) = trace {
            t.report(f, notes, statics, remarks);
        }
    };
    if opts.none {
        // Where things are kept is no optimisation that could be left out: programs count on it.
        let data = statics(f);
        let out = escape::run(f, done, sizes);
        watch("escape", f);
        tell(&trace, f, &out.notes, &data);
        return Summary { escape: out.summary.both(&told(f)), ..Summary::default() };
    }
    passes::run(passes::EARLY, f, &opts.disabled, &mut watch);
    let off = |name: &str| opts.disabled.iter().any(|o| o == name);
    let outline = if opts.no_inline { None } else { makes_objects(f) };
    let outline_events = trace.as_ref().filter(|_| outline.is_some()).map(|t| t.summary());
    // Inlining shows new known callees (interface values made by the callee, closures passed to it).
    for _round in 0..ROUNDS {
        let mut changed = false;
        if !off("devirtualize") {
            changed |= devirtualize::run(f, methods, |f, loc, ty| {
                if let Some(t) = &mut trace {
                    t.devirtualized(f, loc, ty);
                }
            });
        }
        if !opts.no_inline && !off("inline") {
            changed |= inline::run(f, done, |f, loc, body| {
                if let Some(t) = &mut trace {
                    t.inlined(f, loc, &body.events);
                }
            });
        }
        if !changed {
            break;
        }
        watch("inline", f);
        passes::run(passes::EARLY, f, &opts.disabled, &mut watch);
    }
    let data = statics(f);
    let out = if off("escape") { escape::nothing(f) } else { escape::run(f, done, sizes) };
    watch("escape", f);
    tell(&trace, f, &out.notes, &data);
    passes::run(passes::LATE, f, &opts.disabled, &mut watch);
    let mut events = trace.map_or(Vec::new(), |t| t.summary());
    let mut body = if opts.no_inline { None } else { summary::inline_cost(f).map(|cost| (cost, Arc::new(f.clone()))) };
    // What a small function makes may stay in a caller's frame: better its body without what was put into it than none.
    if body.is_none() && out.notes.iter().any(|n| n.escapes) {
        body = outline;
        events = outline_events.unwrap_or(events);
    }
    let (cost, body) = body.unzip();
    if opts.remarks && !opts.no_inline {
        let (func, pos) = (f.sym, f.pos);
        remarks.push(match cost {
            Some(cost) => Remark::CanInline { func, pos, cost },
            None => Remark::CannotInline { func, pos, why: report::why_not(f) },
        });
    }
    Summary {
        // Two analyses: that of the source knows of assignments that change nothing, this one what was inlined.
        escape: out.summary.both(&told(f)),
        body,
        cost: cost.unwrap_or(u32::MAX),
        events,
    }
}
