//! prove — remove bounds checks and comparisons whose outcome follows from dominating conditions.
//!
//! Before:  `cse` has run (equal lengths are one value); loops are not inverted yet (their conditions dominate bodies).
//! After:   bounds checks that cannot fail are gone; decided comparisons are constants.
//! Method:  walk the dominator tree collecting difference constraints from branches, passed checks, definitions and
//!          counting loops; ask whether a check's condition follows.
//! Misses:  facts that need multiplication; loops that count by a variable.
//! Cost:    a bounded search per check.

mod facts;
mod loops;

use facts::{FREE, Facts, ZERO};
use goxide_ssa::analysis::{Cfg, DomTree, LoopForest};
use goxide_ssa::{Aux, Block, BoundsKind, Func, Inst, IntCC, MemFlags, Op, Term, Type, Value};

pub fn run(f: &mut Func) -> bool {
    let interesting = f.order.iter().any(|b| {
        f.blocks[b.index()].insts.iter().any(|i| matches!(f.insts[i.index()].op, Op::BoundsCheck { .. } | Op::Icmp(_)))
    });
    if !interesting {
        return false;
    }
    let cfg = Cfg::new(f);
    let dom = DomTree::new(f, &cfg);
    let forest = LoopForest::new(f, &cfg, &dom);
    let mut facts = Facts::default();
    lengths(f, &cfg, &mut facts);
    let mut changed = false;
    enum Step {
        Enter(Block),
        Leave(usize),
    }
    let mut stack = vec![Step::Enter(f.entry())];
    while let Some(step) = stack.pop() {
        match step {
            Step::Leave(m) => facts.pop(m),
            Step::Enter(b) => {
                stack.push(Step::Leave(facts.mark()));
                edge_facts(f, &cfg, b, &mut facts);
                if let Some(l) = forest.innermost(b).filter(|l| forest.loops[l.index()].header == b) {
                    loops::induction(f, &cfg, &forest, l, &mut facts);
                }
                changed |= block(f, b, &mut facts);
                for &c in dom.children(b).iter().rev() {
                    stack.push(Step::Enter(c));
                }
            }
        }
    }
    changed
}

/// Adds that lengths are not negative and far from the largest integer: where they are defined, if it is known there,
/// else only for the checks that use them as lengths.
fn lengths(f: &Func, cfg: &Cfg, facts: &mut Facts) {
    for (n, &p) in f.blocks[0].params.iter().enumerate().take(32) {
        if f.sig.len_params >> n & 1 != 0 {
            facts.add_length(p);
        }
    }
    for &b in &cfg.rpo {
        for &i in &f.blocks[b.index()].insts {
            let d = &f.insts[i.index()];
            match (d.op, &d.aux) {
                (Op::Load, Aux::Mem { flags, .. }) if flags.has(MemFlags::LENGTH) => facts.add_length(d.results[0]),
                (op, Aux::Call { sig, .. } | Aux::Sig(sig) | Aux::CallInter { sig, .. }) if op.is_call() => {
                    for (n, &r) in d.results.iter().enumerate().take(32) {
                        if sig.len_results >> n & 1 != 0 {
                            facts.add_length(r);
                        }
                    }
                }
                (Op::BoundsCheck { .. }, _) if f.as_const(d.args[1]).is_none() && is_length(f, d.args[1], &d.op) => {
                    facts.assuming = d.args[1];
                    facts.add_length(d.args[1]);
                    facts.assuming = FREE;
                }
                _ => {}
            }
        }
    }
}

/// The second operand of index checks and of checks against len or cap is a length; in `s[x:y]` checks of x <= y it is
/// a value already checked against one.
fn is_length(_f: &Func, _v: Value, op: &Op) -> bool {
    let Op::BoundsCheck { kind, .. } = op else { return false };
    !matches!(kind, BoundsKind::SliceB | BoundsKind::Slice3B | BoundsKind::Slice3C)
}

/// What the branch that leads to `b` says.
fn edge_facts(f: &Func, cfg: &Cfg, b: Block, facts: &mut Facts) {
    let [p] = cfg.preds[b.index()][..] else { return };
    let Term::Br { cond, then, els, .. } = &f.blocks[p.index()].term else { return };
    if then.block == els.block {
        return;
    }
    let truth = then.block == b;
    condition(f, *cond, truth, facts, 0);
}

/// Adds what follows from `cond` being `truth`.
fn condition(f: &Func, cond: Value, truth: bool, facts: &mut Facts, depth: u32) {
    let Some(i) = f.def_inst(cond) else { return };
    let d = &f.insts[i.index()];
    match d.op {
        Op::Icmp(cc) if f.ty(d.args[0]) == Type::I64 => {
            let cc = if truth { cc } else { super::simplify::negate_cc(cc) };
            let (a, b) = (d.args[0], d.args[1]);
            match cc {
                IntCC::Slt => facts.add(f, a, b, -1),
                IntCC::Sle => facts.add(f, a, b, 0),
                IntCC::Sgt => facts.add(f, b, a, -1),
                IntCC::Sge => facts.add(f, b, a, 0),
                IntCC::Eq => {
                    facts.add(f, a, b, 0);
                    facts.add(f, b, a, 0);
                }
                IntCC::Ne => {
                    // x != lower bound sharpens it.
                    if facts.le(f, b, a, 0) {
                        facts.add(f, b, a, -1);
                    } else if facts.le(f, a, b, 0) {
                        facts.add(f, a, b, -1);
                    }
                }
                IntCC::Ult | IntCC::Ule => unsigned(f, a, b, cc == IntCC::Ult, facts),
                IntCC::Ugt | IntCC::Uge => unsigned(f, b, a, cc == IntCC::Ugt, facts),
            }
        }
        Op::And if truth && f.ty(cond) == Type::I8 && depth < 4 => {
            let (x, y) = (d.args[0], d.args[1]);
            condition(f, x, true, facts, depth + 1);
            condition(f, y, true, facts, depth + 1);
        }
        Op::Or if !truth && f.ty(cond) == Type::I8 && depth < 4 => {
            let (x, y) = (d.args[0], d.args[1]);
            condition(f, x, false, facts, depth + 1);
            condition(f, y, false, facts, depth + 1);
        }
        _ => {}
    }
}

/// `a < b` (or `a <= b`) unsigned; with b not negative that is 0 <= a < b signed.
fn unsigned(f: &Func, a: Value, b: Value, strict: bool, facts: &mut Facts) {
    let zero_le_b = facts.le_raw_of(f, b);
    if zero_le_b {
        facts.add(f, a, b, if strict { -1 } else { 0 });
        let (x, p) = facts::term(f, a);
        if x != ZERO {
            facts.add_raw(ZERO, x, p);
        }
    }
}

impl Facts {
    /// Whether `v >= 0`.
    fn le_raw_of(&self, f: &Func, v: Value) -> bool {
        let (y, k) = facts::term(f, v);
        if y == ZERO { k >= 0 } else { self.le_raw(ZERO, y, 0) }
    }
}

fn block(f: &mut Func, b: Block, facts: &mut Facts) -> bool {
    let insts = std::mem::take(&mut f.blocks[b.index()].insts);
    let mut kept = Vec::with_capacity(insts.len());
    let mut changed = false;
    for i in insts {
        let d = &f.insts[i.index()];
        match d.op {
            Op::BoundsCheck { kind, .. } => {
                let (a, n) = (d.args[0], d.args[1]);
                let strict = kind == BoundsKind::Index;
                let gap = if strict { -1 } else { 0 };
                let length = is_length(f, n, &d.op) && f.as_const(n).is_none();
                facts.assuming = if length { n } else { FREE };
                let passes = facts.le_raw_of(f, a) && facts.le(f, a, n, gap);
                facts.assuming = FREE;
                if length {
                    // Getting here means that a slice of this length exists.
                    facts.add_length(n);
                }
                if passes {
                    changed = true;
                    continue;
                }
                // It passed: 0 <= a <= n.
                let (x, p) = facts::term(f, a);
                if x != ZERO {
                    facts.add_raw(ZERO, x, p);
                }
                facts.add(f, a, n, gap);
            }
            Op::Icmp(cc) if f.ty(d.args[0]) == Type::I64 => {
                if let Some(known) = decide(f, cc, d.args[0], d.args[1], facts) {
                    let d = &mut f.insts[i.index()];
                    d.op = Op::Iconst;
                    d.args.clear();
                    d.aux = Aux::Int(known as i64);
                    changed = true;
                }
            }
            Op::ShiftCheck if facts.le_raw_of(f, d.args[0]) => {
                changed = true;
                continue;
            }
            // It has checked both.
            Op::MakeSlice => {
                let (len, cap) = (d.args[0], d.args[1]);
                for v in [len, cap] {
                    if f.as_const(v).is_none() {
                        facts.add_length(v);
                    }
                }
                facts.add(f, len, cap, 0);
            }
            _ => define(f, i, facts),
        }
        kept.push(i);
    }
    f.blocks[b.index()].insts = kept;
    changed
}

fn decide(f: &Func, cc: IntCC, a: Value, b: Value, facts: &Facts) -> Option<bool> {
    let lt = |x, y| facts.le(f, x, y, -1);
    let le = |x, y| facts.le(f, x, y, 0);
    match cc {
        IntCC::Slt if lt(a, b) => Some(true),
        IntCC::Slt if le(b, a) => Some(false),
        IntCC::Sle if le(a, b) => Some(true),
        IntCC::Sle if lt(b, a) => Some(false),
        IntCC::Sgt if lt(b, a) => Some(true),
        IntCC::Sgt if le(a, b) => Some(false),
        IntCC::Sge if le(b, a) => Some(true),
        IntCC::Sge if lt(a, b) => Some(false),
        IntCC::Eq if lt(a, b) || lt(b, a) => Some(false),
        IntCC::Ne if lt(a, b) || lt(b, a) => Some(true),
        IntCC::Ult | IntCC::Ule | IntCC::Ugt | IntCC::Uge if facts.le_raw_of(f, a) && facts.le_raw_of(f, b) => {
            let signed = match cc {
                IntCC::Ult => IntCC::Slt,
                IntCC::Ule => IntCC::Sle,
                IntCC::Ugt => IntCC::Sgt,
                _ => IntCC::Sge,
            };
            decide(f, signed, a, b, facts)
        }
        _ => None,
    }
}

/// Facts that a definition brings.
fn define(f: &Func, i: Inst, facts: &mut Facts) {
    let d = &f.insts[i.index()];
    let Some(&v) = d.results.first() else { return };
    if f.ty(v) != Type::I64 {
        return;
    }
    let range = |facts: &mut Facts, lo: i64, hi: i64| {
        facts.add_raw(ZERO, v, -lo);
        facts.add_raw(v, ZERO, hi);
    };
    match d.op {
        Op::Add => {
            let Some(k) = f.as_const(d.args[1]) else { return };
            let (x, p) = facts::term(f, d.args[0]);
            if x == ZERO || p != 0 {
                return;
            }
            facts.or_assuming(x, |facts| {
                let fits = if k >= 0 { facts.has_room(x, k) } else { k > -(1 << 61) && facts.le_raw(ZERO, x, 1 << 61) };
                if fits {
                    facts.add_raw(v, x, k);
                    facts.add_raw(x, v, -k);
                }
                fits
            });
        }
        Op::Sub => {
            let (x, y) = (d.args[0], d.args[1]);
            if let Some(k) = f.as_const(y) {
                let (n, p) = facts::term(f, x);
                if n != ZERO && p == 0 && (0..1 << 61).contains(&k) {
                    facts.or_assuming(n, |facts| {
                        let fits = facts.le_raw(ZERO, n, 1 << 61);
                        if fits {
                            facts.add_raw(v, n, -k);
                            facts.add_raw(n, v, k);
                        }
                        fits
                    });
                }
            } else if facts.le_raw_of(f, y) && facts.le(f, y, x, 0) {
                // 0 <= y <= x gives 0 <= x - y <= x.
                facts.add_raw(ZERO, v, 0);
                facts.add(f, v, x, 0);
            }
        }
        Op::Zext => match f.ty(d.args[0]) {
            Type::I8 => range(facts, 0, 0xff),
            Type::I16 => range(facts, 0, 0xffff),
            Type::I32 => range(facts, 0, 0xffff_ffff),
            _ => {}
        },
        Op::Sext => match f.ty(d.args[0]) {
            Type::I8 => range(facts, -0x80, 0x7f),
            Type::I16 => range(facts, -0x8000, 0x7fff),
            Type::I32 => range(facts, -0x8000_0000, 0x7fff_ffff),
            _ => {}
        },
        Op::And => {
            if let Some(k) = f.as_const(d.args[1]).filter(|k| *k >= 0) {
                range(facts, 0, k);
            }
            for &x in &d.args {
                if f.as_const(x).is_none() && facts.le_raw_of(f, x) {
                    facts.add_raw(ZERO, v, 0);
                    facts.add_raw(v, x, 0);
                }
            }
        }
        Op::Urem => {
            if let Some(k) = f.as_const(d.args[1]).filter(|k| *k > 0) {
                range(facts, 0, k - 1);
            } else if facts.le_raw_of(f, d.args[1]) {
                facts.add_raw(ZERO, v, 0);
                facts.add_raw(v, d.args[1], -1);
            }
        }
        Op::Srem => {
            if let Some(k) = f.as_const(d.args[1]).filter(|k| *k > 0) {
                let lo = if facts.le_raw_of(f, d.args[0]) { 0 } else { -(k - 1) };
                range(facts, lo, k - 1);
            }
        }
        Op::Shr => {
            if let Some(k) = f.as_const(d.args[1]).filter(|k| (1..64).contains(k)) {
                range(facts, 0, (u64::MAX >> k) as i64);
                if facts.le_raw_of(f, d.args[0]) {
                    facts.add(f, v, d.args[0], 0);
                }
            }
        }
        Op::Sar | Op::Sdiv | Op::Udiv => {
            let k = f.as_const(d.args[1]).unwrap_or(0);
            if k > 0 && facts.le_raw_of(f, d.args[0]) {
                facts.add_raw(ZERO, v, 0);
                facts.add(f, v, d.args[0], 0);
            }
        }
        Op::Clz | Op::Ctz | Op::Popcnt => range(facts, 0, 64),
        Op::ByteEqMask | Op::ByteTopMask => range(facts, 0, 255),
        Op::Select => {
            // min and max written as select.
            let Some(c) = f.def_inst(d.args[0]) else { return };
            let cd = &f.insts[c.index()];
            let Op::Icmp(cc) = cd.op else { return };
            let (a, b) = (cd.args[0], cd.args[1]);
            let (x, y) = (d.args[1], d.args[2]);
            let is_min = (matches!(cc, IntCC::Slt | IntCC::Sle) && (a, b) == (x, y))
                || (matches!(cc, IntCC::Sgt | IntCC::Sge) && (a, b) == (y, x));
            if is_min {
                facts.add(f, v, x, 0);
                facts.add(f, v, y, 0);
            }
            if facts.le_raw_of(f, x) && facts.le_raw_of(f, y) {
                facts.add_raw(ZERO, v, 0);
            }
        }
        _ => {}
    }
}
