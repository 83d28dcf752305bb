//! rotate — loop inversion: test at the bottom, guarded by a copy of the test in front.
//!
//! Before:  `prove` has run (it wants the test in the header). Cranelift does not do this itself; without it loops
//!          cost a jump more per iteration, and nothing in the body is known to execute.
//! After:   loops whose header is small and ends in the exit test are entered through a copy of the header, and each
//!          latch ends in a copy of it.
//! Method:  copy the header into each predecessor's edge; repair SSA form for what the header defined.
//! Misses:  headers over `MAX_HEADER` instructions; exits elsewhere.
//! Cost:    linear in the copied code and in the uses of header values.

use super::repair::Repair;
use super::rewrite::for_each_term_arg;
use goxide_ssa::analysis::{Cfg, DomTree, LoopForest};
use goxide_ssa::{Args, Block, Func, Target, Term, Type, Value};
use rustc_hash::FxHashMap;

const MAX_HEADER: usize = 14;

pub fn run(f: &mut Func) -> bool {
    let mut changed = false;
    // One loop at a time: rotating changes the graph. Headers are remembered so that each is tried once.
    let mut tried: Vec<Block> = Vec::new();
    for _ in 0..64 {
        let cfg = Cfg::new(f);
        // Repairing SSA form does not reach them.
        f.order.retain(|b| cfg.reachable(*b));
        let dom = DomTree::new(f, &cfg);
        let forest = LoopForest::new(f, &cfg, &dom);
        let region = super::landing::region(f, &cfg);
        let next = forest.loops.iter().position(|l| {
            !tried.contains(&l.header) && !region[l.header.index()] && eligible(f, &cfg, &forest, l.header)
        });
        let Some(n) = next else { break };
        let header = forest.loops[n].header;
        tried.push(header);
        // What follows the header becomes the new one.
        tried.extend(goxide_ssa::analysis::cfg::succs(f, header));
        let latches = forest.loops[n].latches.clone();
        rotate(f, &cfg, header, &latches);
        changed = true;
    }
    changed
}

fn eligible(f: &Func, cfg: &Cfg, forest: &LoopForest, h: Block) -> bool {
    let Some(l) = forest.innermost(h) else { return false };
    let d = &f.blocks[h.index()];
    let Term::Br { then, els, .. } = &d.term else { return false };
    if d.insts.len() > MAX_HEADER || h == f.entry() {
        return false;
    }
    let stays = |t: &Target| forest.contains(l, t.block);
    if stays(then) == stays(els) || then.block == h || els.block == h {
        return false;
    }
    // Already inverted: the header's own latch is the header.
    if forest.loops[l.index()].latches.contains(&h) {
        return false;
    }
    let heavy = d.insts.iter().any(|i| {
        let op = f.insts[i.index()].op;
        op.is_call() || matches!(op, goxide_ssa::Op::Alloc(_) | goxide_ssa::Op::MakeSlice)
    });
    // Every edge into the header must be a plain jump or branch.
    let edges_ok = cfg.preds[h.index()].iter().all(|p| !matches!(f.blocks[p.index()].term, Term::DeferEnter { .. }));
    !heavy && edges_ok
}

fn rotate(f: &mut Func, cfg: &Cfg, h: Block, latches: &[Block]) {
    // Several back edges (or outside edges) each meet in one block first, so that the header is copied twice at most.
    let mut outside: Vec<Block> = cfg.preds[h.index()].iter().copied().filter(|p| !latches.contains(p)).collect();
    outside.sort_unstable();
    outside.dedup();
    let mut inside = latches.to_vec();
    inside.sort_unstable();
    inside.dedup();
    let enter = gather(f, h, &outside, false);
    // A block of its own, so that what the copied header works on are its parameters and never header values.
    let latch = gather(f, h, &inside, true);

    // Values of the header seen elsewhere.
    let hd = f.blocks[h.index()].clone();
    let mut defined: Vec<Value> = hd.params.to_vec();
    for &i in &hd.insts {
        defined.extend(f.insts[i.index()].results.iter().copied());
    }
    let mut copies = Vec::new();
    for b in [enter, latch] {
        let Term::Jump(t) = std::mem::replace(&mut f.blocks[b.index()].term, Term::None) else {
            unreachable!("gathered blocks jump")
        };
        let mut map: FxHashMap<Value, Value> = hd.params.iter().copied().zip(t.args.iter().copied()).collect();
        for &i in &hd.insts {
            let d = f.insts[i.index()].clone();
            let tys: Vec<Type> = d.results.iter().map(|&r| f.ty(r)).collect();
            let args: Args = d.args.iter().map(|a| *map.get(a).unwrap_or(a)).collect();
            let ni = f.make_inst(d.op, args, d.aux, &tys, d.loc);
            for (n, r) in d.results.iter().enumerate() {
                map.insert(*r, f.insts[ni.index()].results[n]);
            }
            f.blocks[b.index()].insts.push(ni);
        }
        let mut term = hd.term.clone();
        for_each_term_arg(&mut term, |v| *v = *map.get(v).unwrap_or(v));
        f.blocks[b.index()].term = term;
        f.blocks[b.index()].term_loc = hd.term_loc;
        copies.push((b, map));
    }
    f.order.retain(|&b| b != h);
    f.blocks[h.index()].insts.clear();
    f.blocks[h.index()].term = Term::Unreachable;

    let cfg = Cfg::new(f);
    f.order.retain(|b| cfg.reachable(*b));
    let mut repair = Repair::new(&cfg);
    let vars: FxHashMap<Value, usize> = defined.iter().map(|&v| (v, repair.variable(f.ty(v)))).collect();
    for (b, map) in &copies {
        for &v in &defined {
            repair.define(vars[&v], *b, map[&v]);
        }
    }
    for bi in 0..f.order.len() {
        let b = f.order[bi];
        if !cfg.reachable(b) {
            continue;
        }
        let insts = f.blocks[b.index()].insts.clone();
        for i in insts {
            for n in 0..f.insts[i.index()].args.len() {
                if let Some(&var) = vars.get(&f.insts[i.index()].args[n]) {
                    let v = repair.read_start(f, var, b);
                    f.insts[i.index()].args[n] = v;
                }
            }
        }
        // The terminator's own uses; arguments that `repair` appends are never header values.
        let mut uses = Vec::new();
        let mut term = std::mem::replace(&mut f.blocks[b.index()].term, Term::None);
        for_each_term_arg(&mut term, |v| uses.push(*v));
        f.blocks[b.index()].term = term;
        for u in uses {
            if let Some(&var) = vars.get(&u) {
                let v = repair.read_start(f, var, b);
                let mut term = std::mem::replace(&mut f.blocks[b.index()].term, Term::None);
                for_each_term_arg(&mut term, |x| {
                    if *x == u {
                        *x = v;
                    }
                });
                f.blocks[b.index()].term = term;
            }
        }
    }
}

/// A block that all edges from `preds` to `h` go through, ending in a jump to `h`.
fn gather(f: &mut Func, h: Block, preds: &[Block], fresh: bool) -> Block {
    if !fresh
        && let [p] = preds
        && let Term::Jump(_) = f.blocks[p.index()].term
    {
        return *p;
    }
    let nb = f.new_block();
    f.order.pop();
    let at = f.order.iter().position(|&b| b == h).expect("listed");
    f.order.insert(at, nb);
    f.blocks[nb.index()].term_loc = f.blocks[h.index()].term_loc;
    let tys: Vec<Type> = f.blocks[h.index()].params.iter().map(|&p| f.ty(p)).collect();
    let args: Args = tys.into_iter().map(|t| f.add_param(nb, t)).collect();
    for &p in preds {
        for t in f.blocks[p.index()].term.targets_mut() {
            if t.block == h {
                t.block = nb;
            }
        }
    }
    f.blocks[nb.index()].term = Term::Jump(Target { block: h, args });
    nb
}
