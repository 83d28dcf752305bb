//! cfgclean — merge straight-line blocks and skip empty ones.
//!
//! Before:  any well-formed function.
//! After:   no block has a single successor whose single predecessor it is; no jump leads to a block that only jumps on
//!          without parameters.
//! Cost:    linear.

use super::rewrite::Renames;
use goxide_ssa::analysis::Cfg;
use goxide_ssa::{Block, Func, Target, Term};

pub fn run(f: &mut Func) -> bool {
    // Unreachable blocks may name blocks that are about to be merged away.
    let cfg = Cfg::new(f);
    let before = f.order.len();
    f.order.retain(|b| cfg.reachable(*b));
    let mut changed = f.order.len() != before;
    changed |= thread_empty(f);
    let cfg = Cfg::new(f);
    f.order.retain(|b| cfg.reachable(*b));
    changed |= merge_chains(f);
    changed
}

/// Where control really goes when it enters `b` with no arguments.
fn final_target(f: &Func, mut b: Block) -> Target {
    let mut t = Target { block: b, args: Default::default() };
    // The bound stops at cycles of empty blocks (`for {}`).
    for _ in 0..64 {
        let d = &f.blocks[b.index()];
        if !d.insts.is_empty() || !d.params.is_empty() || b == f.entry() {
            break;
        }
        let Term::Jump(next) = &d.term else { break };
        // Keep preheaders of self-loops.
        if next.block == b {
            break;
        }
        t = next.clone();
        b = next.block;
        if !t.args.is_empty() {
            break;
        }
    }
    t
}

fn thread_empty(f: &mut Func) -> bool {
    let mut changed = false;
    for oi in 0..f.order.len() {
        let b = f.order[oi];
        let mut term = std::mem::replace(&mut f.blocks[b.index()].term, Term::None);
        for t in term.targets_mut() {
            if t.args.is_empty() && f.blocks[t.block.index()].params.is_empty() && t.block != b {
                let n = final_target(f, t.block);
                if n.block != t.block {
                    *t = n;
                    changed = true;
                }
            }
        }
        f.blocks[b.index()].term = term;
    }
    changed
}

fn merge_chains(f: &mut Func) -> bool {
    let cfg = Cfg::new(f);
    let mut re = Renames::new(f);
    let mut changed = false;
    let mut gone = vec![false; f.blocks.len()];
    for &b in &cfg.rpo {
        if gone[b.index()] {
            continue;
        }
        while let Term::Jump(t) = &f.blocks[b.index()].term {
            let s = t.block;
            if s == b || s == f.entry() || cfg.preds[s.index()].len() != 1 || gone[s.index()] {
                break;
            }
            let args = t.args.clone();
            let params = std::mem::take(&mut f.blocks[s.index()].params);
            for (p, a) in params.iter().zip(args) {
                re.set(*p, a);
            }
            let insts = std::mem::take(&mut f.blocks[s.index()].insts);
            let term = std::mem::replace(&mut f.blocks[s.index()].term, Term::Unreachable);
            let loc = f.blocks[s.index()].term_loc;
            let cold = f.blocks[s.index()].cold;
            let bd = &mut f.blocks[b.index()];
            bd.insts.extend(insts);
            bd.term = term;
            bd.term_loc = loc;
            bd.cold |= cold && b.index() != 0;
            gone[s.index()] = true;
            changed = true;
        }
    }
    if changed {
        f.order.retain(|b| !gone[b.index()]);
        re.apply(f);
    }
    changed
}
