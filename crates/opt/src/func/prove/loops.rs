//! Bounds of loop counters.

use super::facts::{self, Facts, ZERO};
use goxide_ssa::analysis::{Cfg, LoopForest, LoopId};
use goxide_ssa::{Func, IntCC, Op, Term, Type, Value};

/// How a header parameter changes per iteration.
struct Counter {
    param: Value,
    init: Value,
    step: i64,
}

/// Adds `init <= i` for counters that count up under a condition that prevents overflow, and `i <= init` for those
/// that count down.
pub fn induction(f: &Func, cfg: &Cfg, forest: &LoopForest, l: LoopId, facts: &mut Facts) {
    let header = forest.loops[l.index()].header;
    for n in 0..f.blocks[header.index()].params.len() {
        let Some(c) = counter(f, cfg, forest, l, n) else { continue };
        let (init, k) = facts::term(f, c.init);
        // ZERO - i <= -k, or init - i <= 0.
        if c.step > 0 {
            let limit = limit_above(f, forest, l, &c).map_or(facts::FREE, |(v, _)| v);
            facts.or_assuming(limit, |facts| {
                let guarded = guarded_above(f, forest, l, &c, facts);
                if guarded {
                    facts.add_raw(init, c.param, if init == ZERO { -k } else { 0 });
                }
                guarded
            });
        }
        if c.step < 0 && guarded_below(f, forest, l, &c) {
            facts.add_raw(c.param, init, if init == ZERO { k } else { 0 });
        }
    }
}

fn counter(f: &Func, cfg: &Cfg, forest: &LoopForest, l: LoopId, n: usize) -> Option<Counter> {
    let header = forest.loops[l.index()].header;
    let param = f.blocks[header.index()].params[n];
    if f.ty(param) != Type::I64 {
        return None;
    }
    let (mut init, mut step) = (None, None);
    for &p in &cfg.preds[header.index()] {
        let inside = forest.contains(l, p);
        for t in f.blocks[p.index()].term.targets() {
            if t.block != header {
                continue;
            }
            let a = *t.args.get(n)?;
            if inside {
                if a == param {
                    continue;
                }
                let d = &f.insts[f.def_inst(a)?.index()];
                let k = match d.op {
                    Op::Add if d.args[0] == param => f.as_const(d.args[1])?,
                    Op::Sub if d.args[0] == param => f.as_const(d.args[1])?.checked_neg()?,
                    _ => return None,
                };
                if step.is_some_and(|s: i64| s.signum() != k.signum()) {
                    return None;
                }
                // The larger stride is the one that could overflow.
                step = Some(step.map_or(k, |s: i64| if k.abs() > s.abs() { k } else { s }));
            } else if init.is_some_and(|i| i != a) {
                return None;
            } else {
                init = Some(a);
            }
        }
    }
    Some(Counter { param, init: init?, step: step? })
}

/// The comparison that keeps the loop going, as (cc, left, right), if the header ends in one.
fn continue_condition(f: &Func, forest: &LoopForest, l: LoopId) -> Option<(IntCC, Value, Value)> {
    let header = forest.loops[l.index()].header;
    let Term::Br { cond, then, els, .. } = &f.blocks[header.index()].term else { return None };
    let (stay_then, stay_els) = (forest.contains(l, then.block), forest.contains(l, els.block));
    if stay_then == stay_els {
        return None;
    }
    let d = &f.insts[f.def_inst(*cond)?.index()];
    let Op::Icmp(cc) = d.op else { return None };
    let cc = if stay_then { cc } else { super::super::simplify::negate_cc(cc) };
    Some((cc, d.args[0], d.args[1]))
}

/// What the counter stays below, and whether strictly.
fn limit_above(f: &Func, forest: &LoopForest, l: LoopId, c: &Counter) -> Option<(Value, bool)> {
    let (cc, a, b) = continue_condition(f, forest, l)?;
    match cc {
        IntCC::Slt if a == c.param => Some((b, true)),
        IntCC::Sgt if b == c.param => Some((a, true)),
        IntCC::Sle if a == c.param => Some((b, false)),
        IntCC::Sge if b == c.param => Some((a, false)),
        _ => None,
    }
}

fn guarded_above(f: &Func, forest: &LoopForest, l: LoopId, c: &Counter, facts: &Facts) -> bool {
    let Some((limit, strict)) = limit_above(f, forest, l, c) else { return false };
    if strict && c.step == 1 {
        return true;
    }
    // i <= limit, so i + step fits if limit is far from the largest integer.
    let (n, k) = facts::term(f, limit);
    let room = i64::MAX - c.step;
    if n == ZERO { k <= room } else { c.step < 1 << 40 && facts.le_raw(n, ZERO, 1 << 48) }
}

fn guarded_below(f: &Func, forest: &LoopForest, l: LoopId, c: &Counter) -> bool {
    let Some((cc, a, b)) = continue_condition(f, forest, l) else { return false };
    let limit = match cc {
        IntCC::Sgt | IntCC::Sge if a == c.param => b,
        IntCC::Slt | IntCC::Sle if b == c.param => a,
        _ => return false,
    };
    f.as_const(limit).is_some_and(|k| k >= i64::MIN / 2) && c.step > i64::MIN / 4
}
