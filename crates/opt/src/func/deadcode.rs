//! deadcode — remove instructions whose results nobody uses, unused block parameters, and unreachable blocks.
//!
//! Before:  any well-formed function.
//! After:   every remaining pure instruction is used; blocks in `order` are reachable, in reverse postorder with cold
//!          blocks last; parameters of non-entry blocks are used.
//! Method:  mark from instructions with effects and from terminators; sweep.
//! Cost:    linear.

use super::rewrite::term_args;
use goxide_ssa::analysis::Cfg;
use goxide_ssa::{Aux, Func, MemFlags, Op, ValueDef};

/// Whether instruction data may be dropped when its results are unused.
pub fn removable(op: Op, aux: &Aux) -> bool {
    match op {
        // A load that may fault is a nil check.
        Op::Load => match aux {
            Aux::Mem { flags, .. } => flags.has(MemFlags::NONNIL) && !flags.has(MemFlags::VOLATILE),
            _ => false,
        },
        Op::MakeSlice => false,
        _ => op.is_pure(),
    }
}

pub fn run(f: &mut Func) -> bool {
    let cfg = Cfg::new(f);
    let mut changed = f.order.len() != cfg.rpo.len();
    // Layout: reverse postorder, cold blocks behind the others.
    let (hot, cold): (Vec<_>, Vec<_>) = cfg.rpo.iter().copied().partition(|b| !f.blocks[b.index()].cold);
    f.order = hot.into_iter().chain(cold).collect();

    let mut live = vec![false; f.values.len()];
    let mut live_inst = vec![false; f.insts.len()];
    let mut work = Vec::new();
    let mark = |v: goxide_ssa::Value, live: &mut Vec<bool>, work: &mut Vec<goxide_ssa::Value>| {
        if !std::mem::replace(&mut live[v.index()], true) {
            work.push(v);
        }
    };
    for &b in &f.order {
        let bd = &f.blocks[b.index()];
        for &i in &bd.insts {
            let d = &f.insts[i.index()];
            if !removable(d.op, &d.aux) {
                live_inst[i.index()] = true;
                for &a in &d.args {
                    mark(a, &mut live, &mut work);
                }
            }
        }
        match &bd.term {
            goxide_ssa::Term::Br { cond, .. } => mark(*cond, &mut live, &mut work),
            goxide_ssa::Term::Table { index, .. } => mark(*index, &mut live, &mut work),
            goxide_ssa::Term::Ret(vs) => vs.iter().for_each(|&v| mark(v, &mut live, &mut work)),
            _ => {}
        }
    }
    while let Some(v) = work.pop() {
        match f.values[v.index()].def {
            ValueDef::Result(i, _) => {
                if !std::mem::replace(&mut live_inst[i.index()], true) {
                    for k in 0..f.insts[i.index()].args.len() {
                        let a = f.insts[i.index()].args[k];
                        mark(a, &mut live, &mut work);
                    }
                }
            }
            ValueDef::Param(b, n) => {
                // What every predecessor passes.
                for &p in &cfg.preds[b.index()] {
                    for t in f.blocks[p.index()].term.targets() {
                        if t.block == b
                            && let Some(&a) = t.args.get(n as usize)
                        {
                            mark(a, &mut live, &mut work);
                        }
                    }
                }
            }
        }
    }
    for oi in 0..f.order.len() {
        let b = f.order[oi];
        let before = f.blocks[b.index()].insts.len();
        let mut insts = std::mem::take(&mut f.blocks[b.index()].insts);
        insts.retain(|i| live_inst[i.index()]);
        changed |= insts.len() != before;
        f.blocks[b.index()].insts = insts;
        if b == f.entry() || cfg.preds[b.index()].iter().any(|p| f.blocks[p.index()].term.landing() == Some(b)) {
            continue;
        }
        let dead: Vec<usize> =
            f.blocks[b.index()].params.iter().enumerate().filter(|(_, v)| !live[v.index()]).map(|(n, _)| n).collect();
        if !dead.is_empty() {
            changed = true;
            remove_params(f, &cfg, b, &dead);
        }
    }
    debug_assert!(
        f.order.iter().all(|b| term_args(&f.blocks[b.index()].term).iter().all(|v| v.index() < f.values.len()))
    );
    changed
}

/// Removes the parameters with (ascending) indices `dead` from `b` and the arguments from its predecessors.
pub fn remove_params(f: &mut Func, cfg: &Cfg, b: goxide_ssa::Block, dead: &[usize]) {
    let keep = |n: usize| dead.binary_search(&n).is_err();
    let params = std::mem::take(&mut f.blocks[b.index()].params);
    let mut kept = smallvec::SmallVec::new();
    for (n, v) in params.into_iter().enumerate() {
        if keep(n) {
            f.values[v.index()].def = ValueDef::Param(b, kept.len() as u32);
            kept.push(v);
        }
    }
    f.blocks[b.index()].params = kept;
    let mut preds: Vec<_> = cfg.preds[b.index()].to_vec();
    preds.sort_unstable();
    preds.dedup();
    for p in preds {
        for t in f.blocks[p.index()].term.targets_mut() {
            if t.block == b {
                let args = std::mem::take(&mut t.args);
                t.args = args.into_iter().enumerate().filter(|(n, _)| keep(*n)).map(|(_, v)| v).collect();
            }
        }
    }
}
