//! Dominator tree (Cooper, Harvey, Kennedy: "A Simple, Fast Dominance Algorithm").

use super::cfg::Cfg;
use crate::ir::{Block, Func};

#[derive(Clone, Debug)]
pub struct DomTree {
    /// Immediate dominator; the entry's is itself; unreachable blocks have none.
    idom: Vec<Option<Block>>,
    /// Children in reverse postorder.
    children: Vec<Vec<Block>>,
    /// Entry and exit times of a walk of the tree: a dominates b iff b's interval lies in a's.
    pre: Vec<u32>,
    post: Vec<u32>,
}

impl DomTree {
    pub fn new(f: &Func, cfg: &Cfg) -> DomTree {
        let n = f.blocks.len();
        let mut idom: Vec<Option<Block>> = vec![None; n];
        idom[f.entry().index()] = Some(f.entry());
        let mut changed = true;
        while changed {
            changed = false;
            for &b in &cfg.rpo[1..] {
                let mut new: Option<Block> = None;
                for &p in &cfg.preds[b.index()] {
                    if idom[p.index()].is_none() {
                        continue;
                    }
                    new = Some(match new {
                        None => p,
                        Some(q) => intersect(&idom, cfg, p, q),
                    });
                }
                if idom[b.index()] != new {
                    idom[b.index()] = new;
                    changed = true;
                }
            }
        }
        let mut children = vec![Vec::new(); n];
        for &b in &cfg.rpo[1..] {
            if let Some(p) = idom[b.index()] {
                children[p.index()].push(b);
            }
        }
        let (mut pre, mut post) = (vec![0; n], vec![0; n]);
        let mut clock = 0;
        let mut stack = vec![(f.entry(), 0)];
        while let Some((b, i)) = stack.last_mut() {
            if *i == 0 {
                clock += 1;
                pre[b.index()] = clock;
            }
            if let Some(&c) = children[b.index()].get(*i) {
                *i += 1;
                stack.push((c, 0));
            } else {
                clock += 1;
                post[b.index()] = clock;
                stack.pop();
            }
        }
        DomTree { idom, children, pre, post }
    }

    /// The immediate dominator; `None` for the entry and for unreachable blocks.
    pub fn idom(&self, b: Block) -> Option<Block> {
        self.idom[b.index()].filter(|&p| p != b)
    }
    pub fn children(&self, b: Block) -> &[Block] {
        &self.children[b.index()]
    }
    /// Whether every path to `b` passes `a` (a block dominates itself). False for unreachable blocks.
    pub fn dominates(&self, a: Block, b: Block) -> bool {
        let (a, b) = (a.index(), b.index());
        self.pre[a] != 0 && self.pre[a] <= self.pre[b] && self.post[b] <= self.post[a]
    }
}

fn intersect(idom: &[Option<Block>], cfg: &Cfg, mut a: Block, mut b: Block) -> Block {
    let ix = |b: Block| cfg.rpo_index[b.index()];
    while a != b {
        while ix(a) > ix(b) {
            a = idom[a.index()].expect("processed");
        }
        while ix(b) > ix(a) {
            b = idom[b.index()].expect("processed");
        }
    }
    a
}
