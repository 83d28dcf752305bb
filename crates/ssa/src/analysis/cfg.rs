//! Predecessors and reverse postorder.

use crate::ir::{Block, Func};
use smallvec::SmallVec;

/// The control-flow graph of the reachable blocks.
#[derive(Clone, Debug)]
pub struct Cfg {
    /// Predecessors of each block, one entry per edge; the landing of `DeferEnter` counts.
    pub preds: Vec<SmallVec<[Block; 4]>>,
    /// Reachable blocks in reverse postorder; the entry is first.
    pub rpo: Vec<Block>,
    /// Position in `rpo`, or `u32::MAX` for unreachable blocks.
    pub rpo_index: Vec<u32>,
}

/// Successors of `b` in order, the landing of `DeferEnter` included.
pub fn succs(f: &Func, b: Block) -> SmallVec<[Block; 4]> {
    let t = &f.blocks[b.index()].term;
    t.targets().iter().map(|t| t.block).chain(t.landing()).collect()
}

/// Successors, last first: what is finished last comes first in reverse postorder, so that a block is followed by its
/// first successor (the body of a loop, the likely arm).
fn backwards(f: &Func, b: Block) -> SmallVec<[Block; 4]> {
    let mut s = succs(f, b);
    s.reverse();
    s
}

impl Cfg {
    pub fn new(f: &Func) -> Cfg {
        let n = f.blocks.len();
        let mut post = Vec::with_capacity(n);
        let mut seen = vec![false; n];
        // Explicit stack: functions with 10,000 blocks in a chain occur.
        let mut stack: Vec<(Block, SmallVec<[Block; 4]>, usize)> = vec![(f.entry(), backwards(f, f.entry()), 0)];
        seen[f.entry().index()] = true;
        while let Some((b, ss, i)) = stack.last_mut() {
            if let Some(&s) = ss.get(*i) {
                *i += 1;
                if !seen[s.index()] {
                    seen[s.index()] = true;
                    stack.push((s, backwards(f, s), 0));
                }
            } else {
                post.push(*b);
                stack.pop();
            }
        }
        post.reverse();
        let mut rpo_index = vec![u32::MAX; n];
        for (i, b) in post.iter().enumerate() {
            rpo_index[b.index()] = i as u32;
        }
        let mut preds = vec![SmallVec::new(); n];
        for &b in &post {
            for s in succs(f, b) {
                preds[s.index()].push(b);
            }
        }
        Cfg { preds, rpo: post, rpo_index }
    }
    pub fn reachable(&self, b: Block) -> bool {
        self.rpo_index[b.index()] != u32::MAX
    }
}
