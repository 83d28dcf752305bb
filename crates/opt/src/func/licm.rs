//! licm — move loop-invariant loads (and what they need) in front of loops.
//!
//! Before:  `rotate` has run; `cse` has marked loads that cannot fault.
//! After:   loads of memory that a loop does not write, at addresses that it does not change, are in its preheader if
//!          they cannot fault there.
//! Method:  outer loops last, so that a load moves out step by step; pure operations move only as operands of loads
//!          (Cranelift hoists the rest, with register pressure in view).
//! Misses:  loads that may fault and do not come first in the loop.
//! Cost:    loads times stores per loop.

use super::alias::{self, Extent};
use goxide_ssa::analysis::{Cfg, DomTree, LoopForest, LoopId};
use goxide_ssa::{Aux, Block, Func, Inst, MemFlags, Op, Target, Term, Value, ValueDef};
use rustc_hash::FxHashMap;

pub fn run(f: &mut Func) -> bool {
    let cfg = Cfg::new(f);
    let dom = DomTree::new(f, &cfg);
    let forest = LoopForest::new(f, &cfg, &dom);
    let mut home: FxHashMap<Inst, Block> = FxHashMap::default();
    for &b in &cfg.rpo {
        for &i in &f.blocks[b.index()].insts {
            home.insert(i, b);
        }
    }
    let checked = checked_addresses(f, &cfg);
    let mut place: FxHashMap<Inst, Block> = FxHashMap::default();
    let mut changed = false;
    // The forest lists inner loops before outer ones.
    for n in 0..forest.loops.len() {
        let l = LoopId::new(n);
        let Some(outside) = single_entry(&cfg, &forest, l) else { continue };
        let moved = hoistable(f, &dom, &forest, &checked, l, outside, &home);
        if moved.is_empty() {
            continue;
        }
        let pre = preheader(f, &forest, l, outside);
        for i in moved {
            let b = place.get(&i).copied().unwrap_or(home[&i]);
            f.blocks[b.index()].insts.retain(|&x| x != i);
            f.blocks[pre.index()].insts.push(i);
            // The loop analysis does not know new preheaders: for it the instruction is in the block before.
            home.insert(i, outside);
            place.insert(i, pre);
        }
        changed = true;
    }
    changed
}

/// The one block outside that leads to the header.
fn single_entry(cfg: &Cfg, forest: &LoopForest, l: LoopId) -> Option<Block> {
    let h = forest.loops[l.index()].header;
    let mut outside = cfg.preds[h.index()].iter().filter(|p| !forest.contains(l, **p));
    let p = *outside.next()?;
    outside.next().is_none().then_some(p)
}

/// A block that jumps to the header and nowhere else: `outside` itself, or a new one on its edge.
fn preheader(f: &mut Func, forest: &LoopForest, l: LoopId, outside: Block) -> Block {
    if let Term::Jump(_) = f.blocks[outside.index()].term {
        return outside;
    }
    let h = forest.loops[l.index()].header;
    let nb = f.new_block();
    f.order.pop();
    let at = f.order.iter().position(|&b| b == h).expect("listed");
    f.order.insert(at, nb);
    f.blocks[nb.index()].term_loc = f.blocks[outside.index()].term_loc;
    let mut args = Default::default();
    for t in f.blocks[outside.index()].term.targets_mut() {
        if t.block == h {
            args = std::mem::take(&mut t.args);
            t.block = nb;
            break;
        }
    }
    f.blocks[nb.index()].term = Term::Jump(Target { block: h, args });
    nb
}

/// Blocks in which an address is proved valid, by an explicit check or by an access that would have faulted.
fn checked_addresses(f: &Func, cfg: &Cfg) -> FxHashMap<Value, Vec<Block>> {
    let mut m: FxHashMap<Value, Vec<Block>> = FxHashMap::default();
    for &b in &cfg.rpo {
        for &i in &f.blocks[b.index()].insts {
            let d = &f.insts[i.index()];
            let proves = match (d.op, &d.aux) {
                (Op::NilCheck, _) => true,
                (Op::Load | Op::Store, Aux::Mem { off, flags }) => {
                    !flags.has(MemFlags::NONNIL) && (0..4096).contains(off)
                }
                _ => false,
            };
            if proves {
                m.entry(d.args[0]).or_default().push(b);
            }
        }
    }
    m
}

/// Loads at the start of the header, before anything with an effect: they execute first whenever the loop is entered.
fn first_loads(f: &Func, header: Block) -> Vec<Inst> {
    let mut out = Vec::new();
    for &i in &f.blocks[header.index()].insts {
        let op = f.insts[i.index()].op;
        match op {
            Op::Load => out.push(i),
            Op::NilCheck => {}
            op if op.is_pure() => {}
            _ => break,
        }
    }
    out
}

/// Loads of loop `l` that can move in front of it, with the operands that must come along, in order.
fn hoistable(
    f: &mut Func,
    dom: &DomTree,
    forest: &LoopForest,
    checked: &FxHashMap<Value, Vec<Block>>,
    l: LoopId,
    pre: Block,
    home: &FxHashMap<Inst, Block>,
) -> Vec<Inst> {
    let first = first_loads(f, forest.loops[l.index()].header);
    let blocks = forest.loops[l.index()].blocks.clone();
    let mut writes: Vec<Extent> = Vec::new();
    let mut opaque = false;
    let mut loads = Vec::new();
    for &b in &blocks {
        for &i in &f.blocks[b.index()].insts {
            let d = &f.insts[i.index()];
            match (d.op, &d.aux) {
                (Op::Store, &Aux::Mem { off, .. }) => writes.push(alias::access(f, d.args[0], off, f.ty(d.args[1]))),
                (Op::Move | Op::Zero, Aux::Move { size, .. }) => writes.push(alias::range(f, d.args[0], *size)),
                (Op::Load, &Aux::Mem { flags, .. }) if !flags.has(MemFlags::VOLATILE) => {
                    // In front of the loop it must be as valid as it is here.
                    let addr = d.args[0];
                    let valid = super::simplify::nonnil(f, addr)
                        || checked.get(&addr).is_some_and(|bs| bs.iter().any(|&c| dom.dominates(c, pre)));
                    if valid {
                        loads.push((i, true));
                    } else if first.contains(&i) {
                        loads.push((i, false));
                    }
                }
                // Calls on cold paths leave the function (panics) or are rare; they still write.
                (op, _) if op.writes_memory() => opaque = true,
                (Op::AtomicLoad, _) => opaque = true,
                _ => {}
            }
        }
    }
    let mut moved: Vec<Inst> = Vec::new();
    for (i, valid) in loads {
        let d = &f.insts[i.index()];
        let Aux::Mem { off, flags } = d.aux else { continue };
        let ext = alias::access(f, d.args[0], off, f.ty(d.results[0]));
        let stable = flags.has(MemFlags::READONLY) || !opaque && !writes.iter().any(|w| alias::may_alias(w, &ext));
        if !stable {
            continue;
        }
        let mut need = Vec::new();
        if movable(f, forest, l, home, i, &mut need, 0) {
            need.push(i);
            moved.extend(need);
            if !valid {
                // It becomes the first access: it must fault as a nil check does.
                f.insts[i.index()].aux = Aux::Mem { off, flags: flags.without(MemFlags::NONNIL) };
            }
        }
    }
    let mut seen = Vec::new();
    moved.retain(|i| {
        let new = !seen.contains(i);
        seen.push(*i);
        new
    });
    moved
}

/// Whether the operands of `i` are available in front of the loop, or can be: then `need` gets what must move, operands
/// first.
fn movable(
    f: &Func,
    forest: &LoopForest,
    l: LoopId,
    home: &FxHashMap<Inst, Block>,
    i: Inst,
    need: &mut Vec<Inst>,
    depth: u32,
) -> bool {
    f.insts[i.index()].args.iter().all(|&a| match f.values[a.index()].def {
        ValueDef::Param(b, _) => !forest.contains(l, b),
        ValueDef::Result(d, _) => {
            let Some(&b) = home.get(&d) else { return false };
            if !forest.contains(l, b) || need.contains(&d) {
                return true;
            }
            let pure = matches!(
                f.insts[d.index()].op,
                Op::Iconst
                    | Op::SymAddr
                    | Op::SlotAddr
                    | Op::PtrAdd
                    | Op::Add
                    | Op::Mul
                    | Op::Shl
                    | Op::Sext
                    | Op::Zext
            );
            if depth < 4 && pure && movable(f, forest, l, home, d, need, depth + 1) {
                need.push(d);
                true
            } else {
                false
            }
        }
    })
}
