//! promote — turn stack slots into SSA values, field by field (scalar replacement of aggregates).
//!
//! Before:  any well-formed function; slots that escape analysis made are present.
//! After:   a slot whose address is used only by loads, stores and moves of constant, non-straddling extent is gone;
//!          its fields are values.
//! Method:  partition each slot into the byte ranges accessed; expand moves and zeroing into the ranges; place block
//!          parameters on iterated dominance frontiers of stores, pruned by liveness; rename along the dominator tree.
//! Misses:  slots indexed by variables, slots over `MAX_SIZE` bytes or `MAX_FIELDS` ranges, slots that a recovery
//!          landing can reach (their content must be in memory there).
//! Cost:    linear in the function for each promoted field.

use super::rewrite::Renames;
use crate::tyinfo;
use goxide_ssa::analysis::{Cfg, DomTree};
use goxide_ssa::{Args, Aux, Block, Func, Inst, Loc, MemFlags, Op, Slot, Type, Value, ValueDef};
use rustc_hash::FxHashMap;
use smallvec::smallvec;

/// Larger slots stay in memory: their moves are cheaper as moves.
const MAX_SIZE: u32 = 128;
const MAX_FIELDS: usize = 16;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Field {
    off: u32,
    ty: Type,
    /// Only ever moved: a word that may be an integer or a pointer. It is of type pointer, so that passes that follow
    /// pointers (escape) see what it carries.
    gap: bool,
}

impl Field {
    fn end(self) -> u32 {
        self.off + self.ty.size()
    }
}

#[derive(Default)]
struct Candidate {
    bad: bool,
    fields: Vec<Field>,
    /// Ranges moved or zeroed as a whole.
    ranges: Vec<(u32, u32)>,
}

/// What an address value is known to be.
#[derive(Clone, Copy)]
struct Place {
    slot: Slot,
    off: i64,
}

pub fn run(f: &mut Func) -> bool {
    if f.slots.is_empty() {
        return false;
    }
    let cfg = Cfg::new(f);
    let places = find_places(f, &cfg);
    let mut cands = collect(f, &cfg, &places);
    let mut any = false;
    for (s, c) in cands.iter_mut().enumerate() {
        if !c.bad && !settle(c, f.slots[s].size) {
            c.bad = true;
        }
        any |= !c.bad && (!c.fields.is_empty() || !c.ranges.is_empty());
    }
    if !any {
        return false;
    }
    unify_partitions(f, &cfg, &places, &mut cands);
    expand_moves(f, &cfg, &places, &cands);
    // Moves were expanded into new instructions with direct addresses.
    let places = find_places(f, &cfg);
    rename(f, &cfg, &places, &cands);
    true
}

/// Which values are constant offsets into a slot.
fn find_places(f: &Func, cfg: &Cfg) -> FxHashMap<Value, Place> {
    let mut m = FxHashMap::default();
    for &b in &cfg.rpo {
        for &i in &f.blocks[b.index()].insts {
            let d = &f.insts[i.index()];
            let p = match (d.op, &d.aux) {
                (Op::SlotAddr, Aux::Slot(s)) => Place { slot: *s, off: 0 },
                (Op::PtrAdd, _) => match (m.get(&d.args[0]), f.as_const(d.args[1])) {
                    (Some(&Place { slot, off }), Some(c)) => Place { slot, off: off + c },
                    _ => continue,
                },
                _ => continue,
            };
            m.insert(d.results[0], p);
        }
    }
    m
}

fn collect(f: &Func, cfg: &Cfg, places: &FxHashMap<Value, Place>) -> Vec<Candidate> {
    let mut cands: Vec<Candidate> = f.slots.iter().map(|_| Candidate::default()).collect();
    for (s, c) in cands.iter_mut().enumerate() {
        c.bad = f.slots[s].size > MAX_SIZE;
    }
    let in_landing = super::landing::region(f, cfg);
    for &b in &cfg.rpo {
        let spoil = in_landing[b.index()];
        for &i in &f.blocks[b.index()].insts {
            let d = &f.insts[i.index()];
            for (n, a) in d.args.iter().enumerate() {
                let Some(&Place { slot, off }) = places.get(a) else { continue };
                let size = f.slots[slot.index()].size;
                let c = &mut cands[slot.index()];
                if spoil {
                    c.bad = true;
                }
                match (d.op, &d.aux, n) {
                    (Op::Load, Aux::Mem { off: o, flags }, 0) => {
                        c.access(off + i64::from(*o), f.ty(d.results[0]), *flags, size);
                    }
                    (Op::Store, Aux::Mem { off: o, flags }, 0) => {
                        c.access(off + i64::from(*o), f.ty(d.args[1]), *flags, size);
                    }
                    (Op::Move | Op::Zero, Aux::Move { size: n, .. }, _) => {
                        if off < 0 || off as u64 + n > u64::from(size) {
                            c.bad = true;
                        } else {
                            c.ranges.push((off as u32, off as u32 + *n as u32));
                        }
                    }
                    (Op::PtrAdd, _, 0) if places.contains_key(&d.results[0]) => {}
                    (Op::NilCheck, ..) => {}
                    // What a variable refers to is kept alive with it: it has to be in memory.
                    (Op::KeepAlive, ..) => c.bad = true,
                    _ => c.bad = true,
                }
            }
        }
        let term = &f.blocks[b.index()].term;
        for v in super::rewrite::term_args(term) {
            if let Some(p) = places.get(&v) {
                cands[p.slot.index()].bad = true;
            }
        }
        if let goxide_ssa::Term::DeferEnter { frame, .. } = term {
            cands[frame.index()].bad = true;
        }
    }
    cands
}

impl Candidate {
    fn access(&mut self, off: i64, ty: Type, flags: MemFlags, size: u32) {
        if off < 0 || off + i64::from(ty.size()) > i64::from(size) || flags.has(MemFlags::VOLATILE) {
            self.bad = true;
            return;
        }
        let new = Field { off: off as u32, ty, gap: false };
        for old in &mut self.fields {
            if old.off == new.off && old.ty.size() == new.ty.size() {
                // One type per range; accesses of the other types are bit casts. Pointers win, so that barriers of
                // expanded moves see them.
                if new.ty == Type::Ptr {
                    old.ty = Type::Ptr;
                }
                return;
            }
            if old.off < new.end() && new.off < old.end() {
                self.bad = true;
                return;
            }
        }
        self.fields.push(new);
    }
}

/// Fills the gaps of moved ranges with fields of their own. False if a field straddles the end of a range.
fn settle(c: &mut Candidate, size: u32) -> bool {
    c.fields.sort_by_key(|f| f.off);
    let mut covered = vec![false; size as usize];
    for fl in &c.fields {
        covered[fl.off as usize..fl.end() as usize].fill(true);
    }
    let ranges = c.ranges.clone();
    for &(from, to) in &ranges {
        let mut at = from;
        while at < to {
            if covered[at as usize] {
                at += 1;
                continue;
            }
            let room = (at..to).take_while(|&x| !covered[x as usize]).count() as u32;
            let ty = [Type::Ptr, Type::I32, Type::I16, Type::I8]
                .into_iter()
                .find(|t| t.size() <= room && at.is_multiple_of(t.size()))
                .expect("a byte always fits");
            c.fields.push(Field { off: at, ty, gap: true });
            covered[at as usize..(at + ty.size()) as usize].fill(true);
            at += ty.size();
        }
    }
    c.fields.sort_by_key(|f| f.off);
    // Gap fields of one range may straddle another.
    let straddles = |&(from, to): &(u32, u32)| {
        c.fields.iter().any(|f| f.off < to && from < f.end() && !(from <= f.off && f.end() <= to))
    };
    c.fields.len() <= MAX_FIELDS && !ranges.iter().any(straddles)
}

/// Replaces moves and zeroing that touch promotable slots by loads and stores of their fields.
fn expand_moves(f: &mut Func, cfg: &Cfg, places: &FxHashMap<Value, Place>, cands: &[Candidate]) {
    let good = |v: Value| places.get(&v).copied().filter(|p| !cands[p.slot.index()].bad);
    for &b in &cfg.rpo {
        let old = std::mem::take(&mut f.blocks[b.index()].insts);
        let mut new = Vec::with_capacity(old.len());
        for i in old {
            let d = f.insts[i.index()].clone();
            match (d.op, &d.aux) {
                (Op::Zero, Aux::Move { size, .. }) => {
                    let Some(p) = good(d.args[0]) else {
                        new.push(i);
                        continue;
                    };
                    for fl in fields_in(&cands[p.slot.index()], p.off, *size) {
                        let z = constant(f, fl.ty, d.loc, &mut new);
                        let rel = i64::from(fl.off) - p.off;
                        emit_store(f, d.args[0], rel, z, MemFlags::NONNIL, d.loc, &mut new);
                    }
                }
                (Op::Move, Aux::Move { size, ty }) => {
                    let (dp, sp) = (good(d.args[0]), good(d.args[1]));
                    let (p, fields) = match (dp, sp) {
                        (Some(p), _) | (None, Some(p)) => (p, fields_in(&cands[p.slot.index()], p.off, *size)),
                        (None, None) => {
                            new.push(i);
                            continue;
                        }
                    };
                    // Fields of both slots where both are promotable: they may be partitioned differently.
                    let fields = match (dp, sp) {
                        (Some(_), Some(s)) => {
                            let other = fields_in(&cands[s.slot.index()], s.off, *size);
                            // `unify_partitions` saw to it.
                            debug_assert_eq!(fields.len(), other.len());
                            fields
                        }
                        _ => fields,
                    };
                    // Load all, then store all: source and destination may be the same memory.
                    let mut vals = Vec::new();
                    for fl in &fields {
                        let rel = i64::from(fl.off) - p.off;
                        let is_ptr = fl.ty == Type::Ptr && !fl.gap || ty.is_some_and(|t| tyinfo::ptr_at(t, rel as u64));
                        let lty = if is_ptr && fl.ty == Type::I64 { Type::Ptr } else { fl.ty };
                        let v = emit_load(f, d.args[1], rel, lty, sp.is_some(), d.loc, &mut new);
                        vals.push((rel, v, is_ptr));
                    }
                    for (rel, v, is_ptr) in vals {
                        let mut flags = MemFlags::NONE;
                        if dp.is_some() {
                            flags = flags.with(MemFlags::NONNIL);
                        } else if is_ptr && ty.is_some() {
                            flags = flags.with(MemFlags::BARRIER);
                        }
                        emit_store(f, d.args[0], rel, v, flags, d.loc, &mut new);
                    }
                }
                _ => new.push(i),
            }
        }
        f.blocks[b.index()].insts = new;
    }
}

fn fields_in(c: &Candidate, off: i64, size: u64) -> Vec<Field> {
    let (from, to) = (off as u32, off as u32 + size as u32);
    c.fields.iter().copied().filter(|f| from <= f.off && f.end() <= to).collect()
}

fn constant(f: &mut Func, ty: Type, loc: Loc, out: &mut Vec<Inst>) -> Value {
    let op = if ty.is_float() { Op::Fconst } else { Op::Iconst };
    let i = f.make_inst(op, Args::new(), Aux::Int(0), &[ty], loc);
    out.push(i);
    f.insts[i.index()].results[0]
}

fn emit_store(f: &mut Func, base: Value, off: i64, v: Value, flags: MemFlags, loc: Loc, out: &mut Vec<Inst>) {
    let args: Args = smallvec![base, v];
    out.push(f.make_inst(Op::Store, args, Aux::Mem { off: off as i32, flags }, &[], loc));
}

fn emit_load(f: &mut Func, base: Value, off: i64, ty: Type, nonnil: bool, loc: Loc, out: &mut Vec<Inst>) -> Value {
    let flags = if nonnil { MemFlags::NONNIL } else { MemFlags::NONE };
    let args: Args = smallvec![base];
    let i = f.make_inst(Op::Load, args, Aux::Mem { off: off as i32, flags }, &[ty], loc);
    out.push(i);
    f.insts[i.index()].results[0]
}

/// Makes two promotable slots that are moved into each other agree on their partition and types, or gives both up.
/// Runs before `expand_moves`.
fn unify_partitions(f: &Func, cfg: &Cfg, places: &FxHashMap<Value, Place>, cands: &mut [Candidate]) {
    loop {
        let mut changed = false;
        for &b in &cfg.rpo {
            for &i in &f.blocks[b.index()].insts {
                let d = &f.insts[i.index()];
                let (Op::Move, Aux::Move { size, .. }) = (d.op, &d.aux) else { continue };
                let (Some(&p), Some(&q)) = (places.get(&d.args[0]), places.get(&d.args[1])) else { continue };
                if cands[p.slot.index()].bad || cands[q.slot.index()].bad {
                    continue;
                }
                let shape = |p: Place| -> Vec<(i64, u32)> {
                    fields_in(&cands[p.slot.index()], p.off, *size)
                        .iter()
                        .map(|f| (i64::from(f.off) - p.off, f.ty.size()))
                        .collect()
                };
                if shape(p) != shape(q) {
                    cands[p.slot.index()].bad = true;
                    cands[q.slot.index()].bad = true;
                    changed = true;
                } else {
                    changed |= adopt(cands, p, q, *size) | adopt(cands, q, p, *size);
                }
            }
        }
        if !changed {
            return;
        }
    }
}

/// Words of `to` that are only moved have the type that those of `from` have: what is moved between them.
fn adopt(cands: &mut [Candidate], to: Place, from: Place, size: u64) -> bool {
    let known = fields_in(&cands[from.slot.index()], from.off, size);
    let mut changed = false;
    for k in known.iter().filter(|k| !k.gap) {
        let at = (i64::from(k.off) - from.off + to.off) as u32;
        for fl in &mut cands[to.slot.index()].fields {
            if fl.off == at && fl.gap {
                (fl.ty, fl.gap) = (k.ty, false);
                changed = true;
            }
        }
    }
    changed
}

/// SSA construction for all fields of good candidates.
fn rename(f: &mut Func, cfg: &Cfg, places: &FxHashMap<Value, Place>, cands: &[Candidate]) {
    let mut vars: FxHashMap<(Slot, u32), usize> = FxHashMap::default();
    let mut tys: Vec<Type> = Vec::new();
    for (s, c) in cands.iter().enumerate().filter(|(_, c)| !c.bad) {
        for fl in &c.fields {
            vars.insert((Slot::new(s), fl.off), tys.len());
            tys.push(fl.ty);
        }
    }
    let var_of = |f: &Func, i: Inst| -> Option<usize> {
        let d = &f.insts[i.index()];
        let Aux::Mem { off, .. } = d.aux else { return None };
        if !matches!(d.op, Op::Load | Op::Store) {
            return None;
        }
        let p = places.get(&d.args[0])?;
        vars.get(&(p.slot, (p.off + i64::from(off)) as u32)).copied()
    };
    let nb = f.blocks.len();
    // Per variable: defining blocks, blocks where it is read before being written.
    let mut defs: Vec<Vec<Block>> = vec![Vec::new(); tys.len()];
    let mut upward: Vec<Vec<Block>> = vec![Vec::new(); tys.len()];
    let mut defined = vec![u32::MAX; tys.len()];
    let mut read = vec![u32::MAX; tys.len()];
    for &b in &cfg.rpo {
        for &i in &f.blocks[b.index()].insts {
            let Some(v) = var_of(f, i) else { continue };
            if f.insts[i.index()].op == Op::Store {
                if defined[v] != b.0 {
                    defined[v] = b.0;
                    defs[v].push(b);
                }
            } else if defined[v] != b.0 && read[v] != b.0 {
                read[v] = b.0;
                upward[v].push(b);
            }
        }
    }
    let dom = DomTree::new(f, cfg);
    let mut frontier: Vec<Vec<Block>> = vec![Vec::new(); nb];
    for &b in &cfg.rpo {
        if cfg.preds[b.index()].len() < 2 {
            continue;
        }
        let stop = dom.idom(b);
        for &p in &cfg.preds[b.index()] {
            let mut r = Some(p);
            while r != stop
                && let Some(x) = r
            {
                if frontier[x.index()].last() != Some(&b) {
                    frontier[x.index()].push(b);
                }
                r = dom.idom(x);
            }
        }
    }
    let mut params: Vec<Vec<usize>> = vec![Vec::new(); nb];
    let mut live = vec![u32::MAX; nb];
    let mut placed = vec![u32::MAX; nb];
    for v in 0..tys.len() {
        // Live-in blocks.
        let stamp = v as u32;
        let mut work = upward[v].clone();
        let is_def: std::collections::BTreeSet<Block> = defs[v].iter().copied().collect();
        while let Some(b) = work.pop() {
            if std::mem::replace(&mut live[b.index()], stamp) == stamp {
                continue;
            }
            work.extend(cfg.preds[b.index()].iter().copied().filter(|p| !is_def.contains(p)));
        }
        let mut work = defs[v].clone();
        while let Some(b) = work.pop() {
            for &j in &frontier[b.index()] {
                if live[j.index()] == stamp && std::mem::replace(&mut placed[j.index()], stamp) != stamp {
                    params[j.index()].push(v);
                    work.push(j);
                }
            }
        }
    }
    let mut first_param: Vec<usize> = vec![0; nb];
    for &b in &cfg.rpo {
        first_param[b.index()] = f.blocks[b.index()].params.len();
        for &v in &params[b.index()] {
            f.add_param(b, tys[v]);
        }
    }
    // Walk the dominator tree with the current value of every variable.
    let mut re = Renames::new(f);
    let mut cur: Vec<Option<Value>> = vec![None; tys.len()];
    let mut zero_insts: Vec<Inst> = Vec::new();
    let mut zeros: Vec<Option<Value>> = vec![None; tys.len()];
    enum Step {
        Enter(Block),
        Leave(Vec<(usize, Option<Value>)>),
    }
    let mut stack = vec![Step::Enter(f.entry())];
    while let Some(step) = stack.pop() {
        let b = match step {
            Step::Leave(undo) => {
                for (v, old) in undo.into_iter().rev() {
                    cur[v] = old;
                }
                continue;
            }
            Step::Enter(b) => b,
        };
        let mut undo = Vec::new();
        for (k, &v) in params[b.index()].iter().enumerate() {
            undo.push((v, cur[v]));
            cur[v] = Some(f.blocks[b.index()].params[first_param[b.index()] + k]);
        }
        let insts = std::mem::take(&mut f.blocks[b.index()].insts);
        let mut kept = Vec::with_capacity(insts.len());
        for i in insts {
            let Some(v) = var_of(f, i) else {
                let d = &f.insts[i.index()];
                let dead = match d.op {
                    Op::SlotAddr | Op::PtrAdd | Op::NilCheck | Op::KeepAlive => d
                        .results
                        .first()
                        .or(d.args.first())
                        .and_then(|r| places.get(r))
                        .is_some_and(|p| !cands[p.slot.index()].bad),
                    _ => false,
                };
                if !dead {
                    kept.push(i);
                }
                continue;
            };
            let loc = f.insts[i.index()].loc;
            if f.insts[i.index()].op == Op::Store {
                let val = f.insts[i.index()].args[1];
                let val = cast(f, re.get(val), tys[v], loc, &mut kept);
                undo.push((v, cur[v]));
                cur[v] = Some(val);
            } else {
                let now = match cur[v] {
                    Some(x) => x,
                    None => *zeros[v].get_or_insert_with(|| constant(f, tys[v], Loc(0), &mut zero_insts)),
                };
                let res = f.insts[i.index()].results[0];
                let want = f.ty(res);
                let val = cast(f, re.get(now), want, loc, &mut kept);
                re.set(res, val);
            }
        }
        f.blocks[b.index()].insts = kept;
        let mut term = std::mem::replace(&mut f.blocks[b.index()].term, goxide_ssa::Term::None);
        for t in term.targets_mut() {
            for &v in &params[t.block.index()] {
                let now = match cur[v] {
                    Some(x) => x,
                    None => *zeros[v].get_or_insert_with(|| constant(f, tys[v], Loc(0), &mut zero_insts)),
                };
                t.args.push(now);
            }
        }
        f.blocks[b.index()].term = term;
        stack.push(Step::Leave(undo));
        for &c in dom.children(b).iter().rev() {
            stack.push(Step::Enter(c));
        }
    }
    let entry = &mut f.blocks[0].insts;
    let at = entry.iter().take_while(|i| f.insts[i.index()].op == Op::GetCtx).count();
    entry.splice(at..at, zero_insts);
    re.apply(f);
}

/// `v` as a value of type `to` of the same size.
fn cast(f: &mut Func, v: Value, to: Type, loc: Loc, out: &mut Vec<Inst>) -> Value {
    let from = f.ty(v);
    if from == to {
        return v;
    }
    let op = match (from, to) {
        (Type::Ptr, Type::I64) => Op::PtrToInt,
        (Type::I64, Type::Ptr) => Op::IntToPtr,
        _ => Op::Bitcast,
    };
    if op == Op::Bitcast && (from == Type::Ptr || to == Type::Ptr) {
        // Float and pointer: by way of an integer.
        let mid = cast(f, v, Type::I64, loc, out);
        return cast(f, mid, to, loc, out);
    }
    let args: Args = smallvec![v];
    let i = f.make_inst(op, args, Aux::None, &[to], loc);
    out.push(i);
    debug_assert!(matches!(f.values[v.index()].def, ValueDef::Param(..) | ValueDef::Result(..)));
    f.insts[i.index()].results[0]
}
