//! copyelim — remove block parameters that always receive the same value.
//!
//! Before:  any well-formed function.
//! After:   no parameter of a non-entry block gets one single value (itself aside) from all its predecessors, not even
//!          where several parameters hand it round a loop; unreachable blocks have left the layout (they would go on
//!          passing what is removed).
//! Method:  every parameter is a copy of one value until two different ones arrive; to a fixed point.
//! Cost:    a few visits per edge.

use super::deadcode::remove_params;
use super::rewrite::Renames;
use goxide_ssa::analysis::Cfg;
use goxide_ssa::{Func, Value, ValueDef};

/// What a parameter is known to be.
#[derive(Clone, Copy, PartialEq)]
enum Copy {
    /// Nothing has arrived yet.
    Unseen,
    Of(Value),
    /// A value of its own.
    Own,
}

pub fn run(f: &mut Func) -> bool {
    let cfg = Cfg::new(f);
    let before = f.order.len();
    f.order.retain(|b| cfg.reachable(*b));
    let mut changed = f.order.len() != before;
    // Values that are not parameters of blocks under consideration stand for themselves.
    let mut copies = vec![Copy::Own; f.values.len()];
    for &b in &cfg.rpo[1..] {
        let landing = cfg.preds[b.index()].iter().any(|p| f.blocks[p.index()].term.landing() == Some(b));
        for &p in f.blocks[b.index()].params.iter().filter(|_| !landing) {
            copies[p.index()] = Copy::Unseen;
        }
    }
    loop {
        let mut again = false;
        for &b in &cfg.rpo {
            for t in f.blocks[b.index()].term.targets() {
                for (&p, &a) in f.blocks[t.block.index()].params.iter().zip(&t.args) {
                    let now = copies[p.index()];
                    let arrives = match copies[a.index()] {
                        _ if a == p => continue,
                        Copy::Unseen => continue,
                        Copy::Of(v) => v,
                        Copy::Own => a,
                    };
                    let new = match now {
                        Copy::Unseen => Copy::Of(arrives),
                        Copy::Of(v) if v != arrives && arrives != p => Copy::Own,
                        other => other,
                    };
                    if new != now {
                        copies[p.index()] = new;
                        again = true;
                    }
                }
            }
        }
        if !again {
            break;
        }
    }
    let mut re = Renames::new(f);
    for oi in 1..f.order.len() {
        let b = f.order[oi];
        let params = f.blocks[b.index()].params.clone();
        let dead: Vec<usize> =
            (0..params.len()).filter(|&n| matches!(copies[params[n].index()], Copy::Of(_))).collect();
        if dead.is_empty() {
            continue;
        }
        for &n in &dead {
            debug_assert!(matches!(f.values[params[n].index()].def, ValueDef::Param(..)));
            if let Copy::Of(v) = copies[params[n].index()] {
                re.set(params[n], v);
            }
        }
        remove_params(f, &cfg, b, &dead);
        changed = true;
    }
    re.apply(f);
    changed
}
