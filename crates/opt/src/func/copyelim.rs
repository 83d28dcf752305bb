//! copyelim — remove block parameters that always receive the same value.
//!
//! Before:  any well-formed function.
//! After:   no parameter of a non-entry block gets one single value (itself aside) from all its predecessors;
//!          unreachable blocks have left the layout (they would go on passing what is removed).
//! Method:  iterate over blocks in reverse postorder until nothing changes.
//! Misses:  cycles of parameters that only feed each other (`deadcode` removes the unused ones).
//! Cost:    a few visits per edge.

use super::deadcode::remove_params;
use super::rewrite::Renames;
use goxide_ssa::analysis::Cfg;
use goxide_ssa::{Func, Value};

pub fn run(f: &mut Func) -> bool {
    let cfg = Cfg::new(f);
    let mut re = Renames::new(f);
    let before = f.order.len();
    f.order.retain(|b| cfg.reachable(*b));
    let mut changed = f.order.len() != before;
    loop {
        let mut again = false;
        for &b in &cfg.rpo[1..] {
            if cfg.preds[b.index()].iter().any(|p| f.blocks[p.index()].term.landing() == Some(b)) {
                continue;
            }
            let nparams = f.blocks[b.index()].params.len();
            if nparams == 0 {
                continue;
            }
            let mut same: Vec<Option<Option<Value>>> = vec![None; nparams];
            let mut preds: Vec<_> = cfg.preds[b.index()].to_vec();
            preds.sort_unstable();
            preds.dedup();
            for p in preds {
                for t in f.blocks[p.index()].term.targets() {
                    if t.block != b {
                        continue;
                    }
                    for (n, s) in same.iter_mut().enumerate() {
                        let a = re.get(t.args[n]);
                        if a == f.blocks[b.index()].params[n] {
                            continue;
                        }
                        *s = match *s {
                            None => Some(Some(a)),
                            Some(Some(x)) if x == a => Some(Some(a)),
                            _ => Some(None),
                        };
                    }
                }
            }
            let dead: Vec<usize> = (0..nparams).filter(|&n| matches!(same[n], Some(Some(_)))).collect();
            if dead.is_empty() {
                continue;
            }
            for &n in &dead {
                if let Some(Some(v)) = same[n] {
                    re.set(f.blocks[b.index()].params[n], v);
                }
            }
            remove_params(f, &cfg, b, &dead);
            again = true;
            changed = true;
        }
        if !again {
            break;
        }
    }
    re.apply(f);
    changed
}
