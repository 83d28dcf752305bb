//! Which blocks run after a recovered panic.
//!
//! A recovery landing is entered long after the call that registered it, when registers and spill slots hold other
//! things: blocks it can reach may use only the landing's parameter and what is computed from it there. No pass may
//! carry a value from outside the region into it.

use goxide_ssa::Func;
use goxide_ssa::analysis::{Cfg, cfg::succs};

/// For every block, whether a recovery landing reaches it.
pub fn region(f: &Func, cfg: &Cfg) -> Vec<bool> {
    let mut seen = vec![false; f.blocks.len()];
    let mut work: Vec<_> = cfg.rpo.iter().filter_map(|b| f.blocks[b.index()].term.landing()).collect();
    while let Some(b) = work.pop() {
        if !std::mem::replace(&mut seen[b.index()], true) {
            work.extend(succs(f, b));
        }
    }
    seen
}
