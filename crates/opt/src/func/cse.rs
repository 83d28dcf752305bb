//! cse — generic common subexpression elimination, check elimination, and store-to-load forwarding.
//!
//! Before:  any well-formed function; `simplify` has put constants second.
//! After:   no pure instruction is dominated by an equal one; no nil, bounds, divide or shift check is dominated by an
//!          equal one; loads of what was just loaded or stored on every path from a dominator are gone.
//! Method:  walk the dominator tree with scoped tables. Memory facts are passed down only to blocks with one
//!          predecessor; elsewhere only facts about read-only memory survive.
//! Misses:  loads available on all of several incoming paths.
//! Cost:    linear, times the length of the memory table (bounded by `MAX_FACTS`).

use super::alias::{self, Extent};
use super::rewrite::Renames;
use goxide_ssa::analysis::{Cfg, DomTree};
use goxide_ssa::{Args, Aux, Block, BoundsKind, Func, Inst, MemFlags, Op, Slot, Sym, Term, Type, Value};
use rustc_hash::FxHashMap;

/// Older facts are forgotten beyond this many.
const MAX_FACTS: usize = 48;

#[derive(Clone, PartialEq, Eq, Hash)]
enum AuxKey {
    None,
    Int(i64),
    Sym(Sym, i64),
    Slot(Slot),
    Bounds(BoundsKind),
}

type Key = (Op, Args, AuxKey, Option<Type>);

/// A known content of memory.
#[derive(Clone)]
struct Fact {
    ext: Extent,
    /// Exact address, so that unknown roots still match themselves.
    addr: Value,
    disp: i32,
    val: Value,
    readonly: bool,
}

pub fn run(f: &mut Func) -> bool {
    let cfg = Cfg::new(f);
    let dom = DomTree::new(f, &cfg);
    let mut cx = Cx { re: Renames::new(f), table: FxHashMap::default(), changed: false };
    enum Step {
        Enter(Block, Vec<Fact>),
        Leave(Vec<Key>),
        Restore(FxHashMap<Key, Option<Inst>>),
    }
    let region = super::landing::region(f, &cfg);
    let mut stack = vec![Step::Enter(f.entry(), Vec::new())];
    while let Some(step) = stack.pop() {
        match step {
            Step::Leave(keys) => {
                for k in keys {
                    cx.table.remove(&k);
                }
            }
            Step::Restore(t) => cx.table = t,
            Step::Enter(b, inherited) => {
                let mut facts = inherited;
                // Where a recovered panic can arrive, nothing computed outside may be used.
                if region[b.index()] && dom.idom(b).is_some_and(|p| !region[p.index()]) {
                    stack.push(Step::Restore(std::mem::take(&mut cx.table)));
                    facts.clear();
                }
                if cfg.preds[b.index()].len() != 1 {
                    facts.retain(|x| x.readonly);
                }
                let mut added = Vec::new();
                cx.block(f, b, &mut facts, &mut added);
                stack.push(Step::Leave(added));
                for &c in dom.children(b).iter().rev() {
                    stack.push(Step::Enter(c, facts.clone()));
                }
            }
        }
    }
    cx.re.apply(f);
    cx.changed
}

struct Cx {
    re: Renames,
    table: FxHashMap<Key, Option<Inst>>,
    changed: bool,
}

impl Cx {
    fn block(&mut self, f: &mut Func, b: Block, facts: &mut Vec<Fact>, added: &mut Vec<Key>) {
        let insts = std::mem::take(&mut f.blocks[b.index()].insts);
        let mut kept = Vec::with_capacity(insts.len());
        for i in insts {
            for a in f.insts[i.index()].args.iter_mut() {
                *a = self.re.get(*a);
            }
            if let Some(k) = key(f, i) {
                match self.table.get(&k) {
                    Some(&Some(old)) => {
                        let pairs: Vec<(Value, Value)> = f.insts[i.index()]
                            .results
                            .iter()
                            .copied()
                            .zip(f.insts[old.index()].results.iter().copied())
                            .collect();
                        for (n, o) in pairs {
                            self.re.set(n, o);
                        }
                        self.changed = true;
                        continue;
                    }
                    Some(None) => {
                        // A check that already passed.
                        self.changed = true;
                        continue;
                    }
                    None => {
                        let is_check = f.insts[i.index()].results.is_empty();
                        self.table.insert(k.clone(), if is_check { None } else { Some(i) });
                        added.push(k);
                    }
                }
            }
            if self.memory(f, i, facts, added) {
                kept.push(i);
            } else {
                self.changed = true;
            }
        }
        f.blocks[b.index()].insts = kept;
        let mut term = std::mem::replace(&mut f.blocks[b.index()].term, Term::None);
        super::rewrite::for_each_term_arg(&mut term, |v| *v = self.re.get(*v));
        f.blocks[b.index()].term = term;
    }

    /// Updates memory facts for `i`. False if `i` is a load whose value is known (and was renamed).
    fn memory(&mut self, f: &mut Func, i: Inst, facts: &mut Vec<Fact>, added: &mut Vec<Key>) -> bool {
        let d = &f.insts[i.index()];
        match (d.op, &d.aux) {
            (Op::Load, &Aux::Mem { off, flags }) => {
                let addr = d.args[0];
                let res = d.results[0];
                let ty = f.ty(res);
                if flags.has(MemFlags::VOLATILE) {
                    return true;
                }
                let ext = alias::access(f, addr, off, ty);
                let hit = facts.iter().rev().find(|x| {
                    x.ext.ty == Some(ty) && ((x.addr == addr && x.disp == off) || (x.ext == ext && ext.off.is_some()))
                });
                if let Some(x) = hit {
                    self.re.set(res, x.val);
                    return false;
                }
                let known = self.is_nonnil(f, addr);
                push(facts, Fact { ext, addr, disp: off, val: res, readonly: flags.has(MemFlags::READONLY) });
                if known {
                    f.insts[i.index()].aux = Aux::Mem { off, flags: flags.with(MemFlags::NONNIL) };
                } else {
                    // The access proves the pointer valid from here on.
                    self.note_nonnil(f, addr, off, added);
                }
            }
            (Op::Store, &Aux::Mem { off, flags }) => {
                let (addr, val) = (d.args[0], d.args[1]);
                let ext = alias::access(f, addr, off, f.ty(val));
                clobber(facts, &ext);
                if !flags.has(MemFlags::VOLATILE) {
                    push(facts, Fact { ext, addr, disp: off, val, readonly: false });
                }
                if self.is_nonnil(f, addr) {
                    f.insts[i.index()].aux = Aux::Mem { off, flags: flags.with(MemFlags::NONNIL) };
                } else {
                    self.note_nonnil(f, addr, off, added);
                }
            }
            (Op::Move, Aux::Move { size, .. }) => {
                let ext = alias::range(f, d.args[0], *size);
                clobber(facts, &ext);
            }
            (Op::Zero, Aux::Move { size, .. }) => {
                let ext = alias::range(f, d.args[0], *size);
                clobber(facts, &ext);
            }
            (Op::CallRt, Aux::Rt { name, .. }) if pure_rt(name) => {}
            (Op::AtomicLoad | Op::AtomicStore | Op::AtomicRmw(_) | Op::AtomicCas, &Aux::Mem { off, flags }) => {
                let addr = d.args[0];
                // A load too: what another goroutine wrote before the value that it reads is to be seen from here on.
                facts.retain(|x| x.readonly);
                if self.is_nonnil(f, addr) {
                    f.insts[i.index()].aux = Aux::Mem { off, flags: flags.with(MemFlags::NONNIL) };
                } else {
                    self.note_nonnil(f, addr, off, added);
                }
            }
            (op, _) if op.writes_memory() => facts.retain(|x| x.readonly),
            _ => {}
        }
        true
    }

    /// Whether `addr` has been checked, or accessed, on the way here.
    fn is_nonnil(&self, f: &Func, addr: Value) -> bool {
        super::simplify::nonnil(f, addr) || self.table.contains_key(&check_of(f, addr))
    }

    fn note_nonnil(&mut self, f: &Func, addr: Value, off: i32, added: &mut Vec<Key>) {
        if (0..alias::PAGE).contains(&(alias::within_page(f, addr).1 + i64::from(off))) {
            let k = check_of(f, addr);
            if !self.table.contains_key(&k) {
                self.table.insert(k.clone(), None);
                added.push(k);
            }
        }
    }
}

/// The table key of a check of `addr`: that of the object's address, for both are nil together.
fn check_of(f: &Func, addr: Value) -> Key {
    (Op::NilCheck, smallvec::smallvec![alias::within_page(f, addr).0], AuxKey::None, None)
}

fn pure_rt(name: &str) -> bool {
    goxide_abi::funcs::lookup(name).is_some_and(|r| r.effects.has(goxide_abi::funcs::Effects::PURE))
}

fn push(facts: &mut Vec<Fact>, x: Fact) {
    if facts.len() >= MAX_FACTS {
        facts.remove(0);
    }
    facts.push(x);
}

fn clobber(facts: &mut Vec<Fact>, ext: &Extent) {
    facts.retain(|x| x.readonly || !alias::may_alias(&x.ext, ext));
}

/// The table key of an instruction that may be merged with an equal one.
fn key(f: &Func, i: Inst) -> Option<Key> {
    let d = &f.insts[i.index()];
    let aux = match (&d.aux, d.op) {
        (_, Op::BoundsCheck { kind, .. }) => AuxKey::Bounds(kind),
        (_, Op::NilCheck) => return Some(check_of(f, d.args[0])),
        (_, Op::DivCheck | Op::ShiftCheck) => AuxKey::None,
        (_, Op::Load | Op::Alloc(_) | Op::MakeSlice | Op::Undef | Op::GetCtx) => return None,
        (_, op) if !op.is_pure() => return None,
        (Aux::None, _) => AuxKey::None,
        (Aux::Int(n), _) => AuxKey::Int(*n),
        (Aux::Sym(s, o), _) => AuxKey::Sym(*s, *o),
        (Aux::Slot(s), _) => AuxKey::Slot(*s),
        _ => return None,
    };
    let op = match d.op {
        // The message differs, the condition does not.
        Op::BoundsCheck { kind, .. } => Op::BoundsCheck { kind, signed: true },
        op => op,
    };
    Some((op, d.args.clone(), aux, d.results.first().map(|&r| f.ty(r))))
}
