//! inline — put small callees' bodies in place of calls.
//!
//! Before:  callees are finished (bottom-up order over the call graph); closures made here still are `Alloc`s.
//! After:   calls of small known functions are gone; their instructions carry an inline node for tracebacks.
//! Method:  split the block at the call, copy the callee's blocks, turn its returns into jumps. Calls of closures whose
//!          record is made in this function count as known.
//!          A function that calls itself is not inlined. Functions that call each other see each other's bodies as they are before
//!          inlining (`optimize`); none is put into a copy of itself, so they are inlined once.
//! Misses:  functions with defer or recover; what only became known after `devirtualize` later.
//! Cost:    proportional to the code copied, bounded by `GROWTH`.

use super::buffers;
use super::summary::{Finished, Summary};
use crate::func::alias::{self, Root};
use goxide_ssa::{
    Args, Aux, Block, Func, InlineData, InlineNode, Inst, InstData, Loc, LocData, MemFlags, Op, Slot, Sym, SymKind,
    Target, Term, Type, Value, ValueDef,
};
use std::sync::Arc;

/// Instructions a function may gain by inlining.
const GROWTH: usize = 2000;
/// Bodies up to this cost are inlined even on cold paths (they are smaller than the call).
const TINY: u32 = 8;

/// A call that could be replaced.
struct Site {
    callee: Sym,
    /// Closure record, for calls through func values.
    ctx: Option<Value>,
    first_arg: usize,
}

/// Inlines into `f`; `report` gets the place of each call and what replaces it.
pub fn run(f: &mut Func, done: &dyn Finished, mut report: impl FnMut(&Func, Loc, &Summary)) -> bool {
    let mut budget = GROWTH;
    let mut changed = false;
    let mut oi = 0;
    while oi < f.order.len() {
        let b = f.order[oi];
        let mut k = 0;
        while k < f.blocks[b.index()].insts.len() {
            let i = f.blocks[b.index()].insts[k];
            let cold = f.blocks[b.index()].cold;
            let Some((site, sum)) = candidate(f, i, done, cold) else {
                k += 1;
                continue;
            };
            let body = sum.body.as_ref().expect("candidates have bodies");
            if body.insts.len() > budget {
                k += 1;
                continue;
            }
            budget -= body.insts.len();
            report(f, f.insts[i.index()].loc, &sum);
            expand(f, b, k, i, &site, body);
            changed = true;
            // The rest of `b` now lies in the continuation, later in the order.
            break;
        }
        oi += 1;
    }
    changed
}

fn candidate(f: &Func, i: Inst, done: &dyn Finished, cold: bool) -> Option<(Site, Arc<Summary>)> {
    let d = &f.insts[i.index()];
    let site = match (d.op, &d.aux) {
        (Op::Call, Aux::Call { callee, .. }) => Site { callee: *callee, ctx: None, first_arg: 0 },
        (Op::CallClosure, Aux::Call { callee, .. }) => Site { callee: *callee, ctx: Some(d.args[0]), first_arg: 1 },
        (Op::CallClosure, _) => {
            let (callee, ctx) = known_func_value(f, d.args[0])?;
            Site { callee, ctx: Some(ctx), first_arg: 1 }
        }
        _ => return None,
    };
    // What it makes may turn out to stay in the frame; a call of it is easy to see.
    if buffers::is_box(site.callee) {
        return None;
    }
    if again(f, d.loc, site.callee) {
        return None;
    }
    let sum = done.get(site.callee)?;
    let body = sum.body.as_ref()?;
    if cold && sum.cost > TINY || body.flags.closure && site.ctx.is_none() {
        return None;
    }
    // A signature mismatch can only come from linkname; such a call stays a call.
    let args = &d.args[site.first_arg..];
    let fits = args.len() == body.sig.params.len()
        && args.iter().zip(&body.sig.params).all(|(&a, &t)| f.ty(a) == t)
        && d.results.len() == body.sig.results.len();
    fits.then_some((site, sum))
}

/// Whether `callee` has been entered on the way to `loc`. Where functions call each other in a circle, the circle is
/// closed once: a body may come back into its own function, but not right into itself.
fn again(f: &Func, loc: Loc, callee: Sym) -> bool {
    let mut at = f.locs[loc.index()].inlined;
    if at.is_none() && callee == f.sym {
        return true;
    }
    while let Some(n) = at {
        let d = &f.inlines[n.index()];
        if d.callee == callee {
            return true;
        }
        at = f.locs[d.call.index()].inlined;
    }
    false
}

/// The function a func value certainly is, and the value to use as its context.
pub fn known_func_value(f: &Func, v: Value) -> Option<(Sym, Value)> {
    let d = &f.insts[f.def_inst(v)?.index()];
    match (d.op, &d.aux) {
        (Op::SymAddr, Aux::Sym(s, 0)) => match s.kind() {
            SymKind::FuncVal(code) => Some((*code, v)),
            _ => None,
        },
        // A closure record made here: its code pointer is stored right after.
        (Op::Alloc(goxide_ssa::AllocKind::Closure), _) => closure_code(f, v).map(|s| (s, v)),
        _ => None,
    }
}

/// The code of the closure whose record is slot `s`, if it is told apart.
pub fn slot_code(f: &Func, s: Slot) -> Option<Sym> {
    let of_slot = |v: Value| {
        f.def_inst(v).is_some_and(
            |i| matches!(f.insts[i.index()].aux, Aux::Slot(x) if x == s && f.insts[i.index()].op == Op::SlotAddr),
        )
    };
    let mut codes = f.order.iter().flat_map(|b| &f.blocks[b.index()].insts).filter_map(|i| {
        let d = &f.insts[i.index()];
        match (d.op, &d.aux) {
            (Op::Store, Aux::Mem { off: 0, .. }) if of_slot(d.args[0]) => Some(stored_code(f, d.args[1])),
            _ => None,
        }
    });
    let code = codes.next()??;
    codes.all(|c| c == Some(code)).then_some(code)
}

fn stored_code(f: &Func, v: Value) -> Option<Sym> {
    let c = &f.insts[f.def_inst(v)?.index()];
    match (c.op, &c.aux) {
        (Op::SymAddr, Aux::Sym(s, 0)) => Some(*s),
        _ => None,
    }
}

/// The code symbol stored at offset 0 of closure record `rec`.
fn closure_code(f: &Func, rec: Value) -> Option<Sym> {
    // ssagen stores the code pointer in the block of the allocation.
    let alloc = f.def_inst(rec)?;
    let home = f.order.iter().find(|b| f.blocks[b.index()].insts.contains(&alloc))?;
    f.blocks[home.index()].insts.iter().find_map(|i| {
        let d = &f.insts[i.index()];
        match (d.op, &d.aux) {
            (Op::Store, Aux::Mem { off: 0, .. }) if d.args[0] == rec => stored_code(f, d.args[1]),
            _ => None,
        }
    })
}

/// Replaces instruction `k` of `b`, the call `call`, by `body`.
fn expand(f: &mut Func, b: Block, k: usize, call: Inst, site: &Site, body: &Func) {
    let call_loc = f.insts[call.index()].loc;
    let args: Args = f.insts[call.index()].args[site.first_arg..].iter().copied().collect();
    let results = f.insts[call.index()].results.clone();
    let cold = f.blocks[b.index()].cold;

    // Continuation: what followed the call; the results become its parameters.
    let cont = f.new_block();
    f.order.pop();
    let rest = f.blocks[b.index()].insts.split_off(k + 1);
    f.blocks[b.index()].insts.pop();
    let term = std::mem::replace(&mut f.blocks[b.index()].term, Term::None);
    let bd = &mut f.blocks[cont.index()];
    bd.insts = rest;
    bd.term = term;
    bd.cold = cold;
    f.blocks[cont.index()].term_loc = f.blocks[b.index()].term_loc;
    for (n, r) in results.iter().enumerate() {
        f.values[r.index()].def = ValueDef::Param(cont, n as u32);
        f.blocks[cont.index()].params.push(*r);
    }

    // Locations and inline tree.
    let node_base = f.inlines.len() as u32;
    let node = InlineNode(node_base);
    f.inlines.push(InlineData { callee: site.callee, call: call_loc, start: body.pos, wrapper: body.flags.wrapper });
    let loc_base = f.locs.len() as u32;
    for l in &body.locs {
        let inlined = match l.inlined {
            None => Some(node),
            Some(n) => Some(InlineNode(node_base + 1 + n.0)),
        };
        f.locs.push(LocData { pos: l.pos, inlined });
    }
    let loc = |l: Loc| if l.0 == 0 { call_loc } else { Loc(l.0 + loc_base) };
    for n in &body.inlines {
        f.inlines.push(InlineData { call: loc(n.call), ..*n });
    }

    let slot_base = f.slots.len() as u32;
    f.slots.extend(body.slots.iter().cloned());

    // Values and blocks.
    let mut map: Vec<Option<Value>> = vec![None; body.values.len()];
    let blocks: Vec<Block> = body
        .order
        .iter()
        .map(|_| {
            let nb = f.new_block();
            f.order.pop();
            nb
        })
        .collect();
    let mut block_map = vec![None; body.blocks.len()];
    for (old, new) in body.order.iter().zip(&blocks) {
        block_map[old.index()] = Some(*new);
        f.blocks[new.index()].cold = cold || body.blocks[old.index()].cold;
    }
    let bmap = |x: Block| block_map[x.index()].expect("targets are in the order");
    for (n, &p) in body.blocks[0].params.iter().enumerate() {
        map[p.index()] = Some(args[n]);
    }
    for (old, new) in body.order.iter().zip(&blocks).skip(1) {
        for &p in &body.blocks[old.index()].params {
            map[p.index()] = Some(f.add_param(*new, body.ty(p)));
        }
    }
    // Results first, so that uses before the copy of the definition (back edges) are known.
    let mut inst_map: Vec<Option<Inst>> = vec![None; body.insts.len()];
    for &ob in &body.order {
        for &oi in &body.blocks[ob.index()].insts {
            let d = &body.insts[oi.index()];
            if d.op == Op::GetCtx {
                map[d.results[0].index()] = Some(site.ctx.expect("closure bodies are inlined with their record"));
                continue;
            }
            let tys: Vec<Type> = d.results.iter().map(|&r| body.ty(r)).collect();
            let aux = match &d.aux {
                Aux::Slot(s) => Aux::Slot(Slot(s.0 + slot_base)),
                &Aux::Mem { off, flags } if d.op == Op::Load && flags.has(MemFlags::READONLY) && captured(body, d) => {
                    Aux::Mem { off, flags: flags.without(MemFlags::READONLY) }
                }
                a => a.clone(),
            };
            let ni = f.make_inst(d.op, Args::new(), aux, &tys, loc(d.loc));
            inst_map[oi.index()] = Some(ni);
            // What need not outlive the callee's frame need not outlive the caller's.
            if body.stays.contains(&oi) {
                f.stays.push(ni);
            }
            for (n, &r) in d.results.iter().enumerate() {
                map[r.index()] = Some(f.insts[ni.index()].results[n]);
            }
        }
    }
    let vmap = |v: Value| map[v.index()].expect("operands are defined in listed blocks");
    let tmap = |t: &Target| Target { block: bmap(t.block), args: t.args.iter().map(|&a| vmap(a)).collect() };
    for (old, new) in body.order.iter().zip(&blocks) {
        let od = &body.blocks[old.index()];
        for &oi in &od.insts {
            let Some(ni) = inst_map[oi.index()] else { continue };
            f.insts[ni.index()].args = body.insts[oi.index()].args.iter().map(|&a| vmap(a)).collect();
            f.blocks[new.index()].insts.push(ni);
        }
        let term = match &od.term {
            Term::Jump(t) => Term::Jump(tmap(t)),
            Term::Br { cond, then, els, hint } => {
                Term::Br { cond: vmap(*cond), then: tmap(then), els: tmap(els), hint: *hint }
            }
            Term::Table { index, targets, default } => {
                Term::Table { index: vmap(*index), targets: targets.iter().map(tmap).collect(), default: tmap(default) }
            }
            Term::Ret(vs) => Term::Jump(Target { block: cont, args: vs.iter().map(|&v| vmap(v)).collect() }),
            Term::Unreachable => Term::Unreachable,
            Term::None | Term::DeferEnter { .. } => unreachable!("not offered for inlining"),
        };
        f.blocks[new.index()].term = term;
        f.blocks[new.index()].term_loc = loc(od.term_loc);
    }
    f.blocks[b.index()].term = Term::Jump(Target { block: blocks[0], args: Args::new() });
    f.blocks[b.index()].term_loc = call_loc;
    let at = f.order.iter().position(|&x| x == b).expect("listed") + 1;
    let new: Vec<Block> = blocks.into_iter().chain([cont]).collect();
    f.order.splice(at..at, new);
    f.flags.has_recover |= body.flags.has_recover;
}

/// Whether a load is of what the closure has captured, as far as that can be told. Within one call of it that never
/// changes; where it is inlined, its record may be one that the caller fills anew on each turn of a loop.
fn captured(body: &Func, load: &InstData) -> bool {
    let (Root::Other(v), _) = alias::root_of(body, load.args[0]) else { return false };
    match body.values[v.index()].def {
        ValueDef::Result(i, _) => body.insts[i.index()].op == Op::GetCtx,
        ValueDef::Param(b, _) => b != body.entry(),
    }
}
