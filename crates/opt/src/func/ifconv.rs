//! ifconv — small branches that only choose a value become selects.
//!
//! Before:  `cfgclean` has run.
//! After:   a triangle or diamond of at most `MAX_COST` cheap instructions that ends in one block is straight code.
//! Method:  hoist the arms into the branching block, replace differing arguments by selects.
//! Misses:  floats (selects of floats are branches on amd64), arms with memory access, hinted branches.
//! Cost:    linear.

use goxide_ssa::analysis::Cfg;
use goxide_ssa::{Args, Aux, Block, Func, Hint, Inst, Op, Target, Term, Value};

const MAX_COST: usize = 3;
const MAX_SELECTS: usize = 2;

pub fn run(f: &mut Func) -> bool {
    let mut changed = false;
    let cfg = Cfg::new(f);
    // Inner conditions first: postorder.
    for &b in cfg.rpo.iter().rev() {
        changed |= convert(f, &cfg, b);
    }
    changed
}

/// An arm: nothing, or one block that only this branch enters and that jumps on.
fn arm(f: &Func, cfg: &Cfg, t: &Target) -> Option<(Vec<Inst>, Target)> {
    let b = t.block;
    if !t.args.is_empty() || cfg.preds[b.index()].len() != 1 || f.blocks[b.index()].cold {
        return None;
    }
    let Term::Jump(next) = &f.blocks[b.index()].term else { return None };
    let insts = &f.blocks[b.index()].insts;
    let cheap = |i: &Inst| {
        let d = &f.insts[i.index()];
        matches!(
            d.op,
            Op::Iconst
                | Op::Add
                | Op::Sub
                | Op::And
                | Op::Or
                | Op::Xor
                | Op::Not
                | Op::Neg
                | Op::Shl
                | Op::Shr
                | Op::Sar
                | Op::Icmp(_)
                | Op::Sext
                | Op::Zext
                | Op::Trunc
                | Op::PtrAdd
                | Op::Select
        )
    };
    let cost = insts.iter().filter(|i| f.insts[i.index()].op != Op::Iconst).count();
    (cost <= MAX_COST && insts.iter().all(cheap)).then(|| (insts.clone(), next.clone()))
}

fn convert(f: &mut Func, cfg: &Cfg, b: Block) -> bool {
    let Term::Br { cond, then, els, hint } = f.blocks[b.index()].term.clone() else { return false };
    if hint != Hint::None {
        return false;
    }
    if then.block == els.block {
        return choose(f, b, cond, then.block, then.args, els.args, Vec::new());
    }
    let (ta, ea) = (arm(f, cfg, &then), arm(f, cfg, &els));
    let (insts, join, targs, eargs): (Vec<Inst>, Block, Args, Args) = match (ta, ea) {
        (Some((ti, tn)), Some((ei, en))) if tn.block == en.block => {
            (ti.into_iter().chain(ei).collect(), tn.block, tn.args, en.args)
        }
        (Some((ti, tn)), _) if tn.block == els.block => (ti, tn.block, tn.args, els.args.clone()),
        (_, Some((ei, en))) if en.block == then.block => (ei, en.block, then.args.clone(), en.args),
        _ => return false,
    };
    if join == b || !choose(f, b, cond, join, targs, eargs, insts) {
        return false;
    }
    // The arms lose their only predecessor; empty them, since their instructions moved.
    for t in [&then, &els] {
        if t.block != join {
            f.blocks[t.block.index()].insts.clear();
            f.blocks[t.block.index()].term = Term::Unreachable;
            f.order.retain(|&x| x != t.block);
        }
    }
    true
}

/// Ends `b` in a jump to `join` with `targs` if `cond` holds, else `eargs`, after `insts`; false if that costs too much.
fn choose(f: &mut Func, b: Block, cond: Value, join: Block, targs: Args, eargs: Args, insts: Vec<Inst>) -> bool {
    let differing: Vec<usize> = (0..targs.len()).filter(|&n| targs[n] != eargs[n]).collect();
    if differing.len() > MAX_SELECTS || differing.iter().any(|&n| f.ty(targs[n]).is_float()) {
        return false;
    }
    let loc = f.blocks[b.index()].term_loc;
    f.blocks[b.index()].insts.extend(insts);
    let mut args = targs.clone();
    for n in differing {
        let ty = f.ty(targs[n]);
        let ops: [Value; 3] = [cond, targs[n], eargs[n]];
        let i = f.make_inst(Op::Select, Args::from_slice(&ops), Aux::None, &[ty], loc);
        f.blocks[b.index()].insts.push(i);
        args[n] = f.insts[i.index()].results[0];
    }
    f.blocks[b.index()].term = Term::Jump(Target { block: join, args });
    true
}
