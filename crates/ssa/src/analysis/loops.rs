//! Natural loops and their nesting.

use super::cfg::{Cfg, succs};
use super::dom::DomTree;
use crate::ir::{Block, Func};
use goxide_base::entity;

entity!(
    /// A natural loop.
    pub LoopId, "loop"
);

#[derive(Clone, Debug)]
pub struct Loop {
    pub header: Block,
    pub parent: Option<LoopId>,
    /// 1 for outermost loops.
    pub depth: u32,
    /// All blocks, those of inner loops included; the header is first, the rest in reverse postorder.
    pub blocks: Vec<Block>,
    /// Sources of back edges.
    pub latches: Vec<Block>,
}

/// Loops of a function. Irreducible cycles (from `goto`) are in no loop.
#[derive(Clone, Debug, Default)]
pub struct LoopForest {
    pub loops: Vec<Loop>,
    /// Innermost loop of each block.
    innermost: Vec<Option<LoopId>>,
}

impl LoopForest {
    pub fn new(f: &Func, cfg: &Cfg, dom: &DomTree) -> LoopForest {
        let mut fo = LoopForest { loops: Vec::new(), innermost: vec![None; f.blocks.len()] };
        // Marks blocks of the loop being collected, by its number plus one.
        let mut inside = vec![0u32; f.blocks.len()];
        // Headers in postorder: inner loops come before the loops around them.
        for &h in cfg.rpo.iter().rev() {
            let latches: Vec<Block> = cfg.preds[h.index()].iter().copied().filter(|&p| dom.dominates(h, p)).collect();
            if latches.is_empty() {
                continue;
            }
            let id = LoopId::new(fo.loops.len());
            let mark = id.0 + 1;
            inside[h.index()] = mark;
            let mut blocks = vec![h];
            let mut work: Vec<Block> = latches.clone();
            while let Some(b) = work.pop() {
                if std::mem::replace(&mut inside[b.index()], mark) == mark {
                    continue;
                }
                blocks.push(b);
                work.extend(cfg.preds[b.index()].iter().copied().filter(|p| cfg.reachable(*p)));
            }
            blocks.sort_unstable_by_key(|b| cfg.rpo_index[b.index()]);
            for &b in &blocks {
                match fo.innermost[b.index()] {
                    None => fo.innermost[b.index()] = Some(id),
                    Some(l) => {
                        let top = fo.outermost_of(l);
                        if top != id {
                            fo.loops[top.index()].parent = Some(id);
                        }
                    }
                }
            }
            fo.loops.push(Loop { header: h, parent: None, depth: 0, blocks, latches });
        }
        for i in 0..fo.loops.len() {
            let mut depth = 1;
            let mut l = fo.loops[i].parent;
            while let Some(p) = l {
                depth += 1;
                l = fo.loops[p.index()].parent;
            }
            fo.loops[i].depth = depth;
        }
        fo
    }

    fn outermost_of(&self, mut l: LoopId) -> LoopId {
        while l.index() < self.loops.len() {
            match self.loops[l.index()].parent {
                Some(p) => l = p,
                None => break,
            }
        }
        l
    }
    pub fn innermost(&self, b: Block) -> Option<LoopId> {
        self.innermost[b.index()]
    }
    pub fn depth(&self, b: Block) -> u32 {
        self.innermost(b).map_or(0, |l| self.loops[l.index()].depth)
    }
    /// Whether `b` is in `l` or in a loop inside it.
    pub fn contains(&self, l: LoopId, b: Block) -> bool {
        let mut i = self.innermost(b);
        while let Some(x) = i {
            if x == l {
                return true;
            }
            i = self.loops[x.index()].parent;
        }
        false
    }
    /// Edges that leave `l`: (inside, outside).
    pub fn exits(&self, f: &Func, l: LoopId) -> Vec<(Block, Block)> {
        let mut out = Vec::new();
        for &b in &self.loops[l.index()].blocks {
            for s in succs(f, b) {
                if !self.contains(l, s) {
                    out.push((b, s));
                }
            }
        }
        out
    }
}
