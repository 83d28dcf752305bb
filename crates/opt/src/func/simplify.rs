//! simplify — constant folding, algebraic identities, and branches on constants.
//!
//! Before:  any well-formed function.
//! After:   no foldable instruction on constants; no `Br` or `Table` on a constant; checks known to pass are gone.
//! Method:  one walk in reverse postorder with renaming; a second run catches what the first uncovered.
//! Misses:  constants that arrive through loops (`sccp` territory).
//! Cost:    linear.

use super::fold::{self, norm};
use super::rewrite::{Renames, for_each_term_arg};
use goxide_ssa::analysis::Cfg;
use goxide_ssa::{Aux, BoundsKind, Func, Inst, IntCC, Op, Sym, SymKind, Target, Term, Type, Value};

/// What an instruction turns out to be.
enum Found {
    Nothing,
    /// Equal to an existing value.
    Same(Value),
    /// This integer constant.
    Const(i64),
    /// Another operation (same result type).
    Op(Op, Vec<Value>),
    /// A check that always passes.
    Drop,
}

pub fn run(f: &mut Func) -> bool {
    let cfg = Cfg::new(f);
    let mut re = Renames::new(f);
    let mut changed = false;
    for &b in &cfg.rpo {
        let mut insts = std::mem::take(&mut f.blocks[b.index()].insts);
        let mut drop = vec![false; insts.len()];
        for (k, &i) in insts.iter().enumerate() {
            for a in f.insts[i.index()].args.iter_mut() {
                *a = re.get(*a);
            }
            // A rewritten instruction may simplify further; each step makes it strictly simpler.
            for _ in 0..4 {
                match look(f, i) {
                    Found::Nothing => break,
                    Found::Same(v) => {
                        re.set(f.insts[i.index()].results[0], v);
                        drop[k] = true;
                        changed = true;
                        break;
                    }
                    Found::Const(c) => {
                        let d = &mut f.insts[i.index()];
                        d.op = Op::Iconst;
                        d.args.clear();
                        d.aux = Aux::Int(c);
                        changed = true;
                        break;
                    }
                    Found::Op(op, args) => {
                        let d = &mut f.insts[i.index()];
                        d.op = op;
                        d.args = args.into_iter().collect();
                        d.aux = Aux::None;
                        changed = true;
                    }
                    Found::Drop => {
                        drop[k] = true;
                        changed = true;
                        break;
                    }
                }
            }
        }
        let mut k = 0;
        insts.retain(|_| {
            k += 1;
            !drop[k - 1]
        });
        f.blocks[b.index()].insts = insts;
        let mut term = std::mem::replace(&mut f.blocks[b.index()].term, Term::None);
        for_each_term_arg(&mut term, |v| *v = re.get(*v));
        let (term, c) = simplify_term(f, term);
        changed |= c;
        f.blocks[b.index()].term = term;
    }
    // Back edges carry values renamed after their block was visited.
    re.apply(f);
    changed
}

fn simplify_term(f: &Func, term: Term) -> (Term, bool) {
    match term {
        Term::Br { cond, then, els, hint } => {
            if let Some(c) = f.as_const(cond) {
                return (Term::Jump(if c != 0 { then } else { els }), true);
            }
            if then == els {
                return (Term::Jump(then), true);
            }
            // Branch on `x == 0` of a boolean, or on `x != 0`: branch on x.
            if let Some(i) = f.def_inst(cond) {
                let d = &f.insts[i.index()];
                if let Op::Icmp(cc @ (IntCC::Eq | IntCC::Ne)) = d.op
                    && f.as_const(d.args[1]) == Some(0)
                    && f.ty(d.args[0]) == Type::I8
                {
                    let hint = if cc == IntCC::Ne { hint } else { flip(hint) };
                    let (then, els) = if cc == IntCC::Ne { (then, els) } else { (els, then) };
                    return (Term::Br { cond: d.args[0], then, els, hint }, true);
                }
            }
            (Term::Br { cond, then, els, hint }, false)
        }
        Term::Table { index, targets, default } => match f.as_const(index) {
            Some(c) => {
                let t = targets.into_iter().nth(usize::try_from(c).unwrap_or(usize::MAX));
                (Term::Jump(t.unwrap_or(default)), true)
            }
            None => (Term::Table { index, targets, default }, false),
        },
        t => (t, false),
    }
}

fn flip(h: goxide_ssa::Hint) -> goxide_ssa::Hint {
    use goxide_ssa::Hint;
    match h {
        Hint::None => Hint::None,
        Hint::Likely => Hint::Unlikely,
        Hint::Unlikely => Hint::Likely,
    }
}

/// Swaps to put a constant second.
fn commutative(op: Op) -> bool {
    matches!(op, Op::Add | Op::Mul | Op::And | Op::Or | Op::Xor)
}

fn swap_cc(cc: IntCC) -> IntCC {
    match cc {
        IntCC::Eq => IntCC::Eq,
        IntCC::Ne => IntCC::Ne,
        IntCC::Slt => IntCC::Sgt,
        IntCC::Sle => IntCC::Sge,
        IntCC::Sgt => IntCC::Slt,
        IntCC::Sge => IntCC::Sle,
        IntCC::Ult => IntCC::Ugt,
        IntCC::Ule => IntCC::Uge,
        IntCC::Ugt => IntCC::Ult,
        IntCC::Uge => IntCC::Ule,
    }
}

/// The comparison that holds exactly when `cc` does not.
pub fn negate_cc(cc: IntCC) -> IntCC {
    match cc {
        IntCC::Eq => IntCC::Ne,
        IntCC::Ne => IntCC::Eq,
        IntCC::Slt => IntCC::Sge,
        IntCC::Sle => IntCC::Sgt,
        IntCC::Sgt => IntCC::Sle,
        IntCC::Sge => IntCC::Slt,
        IntCC::Ult => IntCC::Uge,
        IntCC::Ule => IntCC::Ugt,
        IntCC::Ugt => IntCC::Ule,
        IntCC::Uge => IntCC::Ult,
    }
}

/// The instruction that makes `v`.
fn def(f: &Func, v: Value) -> Option<(Op, &[Value])> {
    let d = &f.insts[f.def_inst(v)?.index()];
    Some((d.op, &d.args))
}

/// Whether `v` is certainly not the nil pointer.
pub fn nonnil(f: &Func, v: Value) -> bool {
    let Some(i) = f.def_inst(v) else { return false };
    let d = &f.insts[i.index()];
    match d.op {
        Op::SymAddr | Op::SlotAddr | Op::Alloc(_) | Op::GetG | Op::GetFp => true,
        Op::PtrAdd => nonnil(f, d.args[0]),
        _ => false,
    }
}

/// The descriptor whose address `v` is: there is one for each type.
fn descriptor(f: &Func, v: Value) -> Option<Sym> {
    match &f.insts[f.def_inst(v)?.index()].aux {
        Aux::Sym(s, 0) if matches!(s.kind(), SymKind::TypeDesc(_)) => Some(*s),
        _ => None,
    }
}

fn look(f: &Func, i: Inst) -> Found {
    use Op::*;
    let d = &f.insts[i.index()];
    let c = |n: usize| d.args.get(n).and_then(|&v| f.as_const(v));
    let arg = |n: usize| d.args[n];
    let Some(&res) = d.results.first() else {
        return match d.op {
            NilCheck if nonnil(f, arg(0)) => Found::Drop,
            DivCheck if c(0).is_some_and(|v| v != 0) => Found::Drop,
            ShiftCheck if c(0).is_some_and(|v| v >= 0) => Found::Drop,
            BoundsCheck { kind, .. } => match (c(0), c(1)) {
                (Some(a), Some(b)) => {
                    let ok = if kind == BoundsKind::Index { (a as u64) < b as u64 } else { a as u64 <= b as u64 };
                    if ok { Found::Drop } else { Found::Nothing }
                }
                // 0 <= n, as lengths and capacities are not negative.
                (Some(0), _) if kind != BoundsKind::Index => Found::Drop,
                _ if kind != BoundsKind::Index && arg(0) == arg(1) => Found::Drop,
                _ => Found::Nothing,
            },
            KeepAlive | Leak if f.as_const(arg(0)).is_some() => Found::Drop,
            _ => Found::Nothing,
        };
    };
    let t = f.ty(res);
    match d.op {
        Add | Sub | Mul | And | Or | Xor | Shl | Shr | Sar | Rotl | Sdiv | Udiv | Srem | Urem | Umulh | Smulh
        | ByteEqMask => {
            match (c(0), c(1)) {
                (Some(a), Some(b)) => return fold::int(d.op, t, a, b).map_or(Found::Nothing, Found::Const),
                (Some(_), None) if commutative(d.op) => return Found::Op(d.op, vec![arg(1), arg(0)]),
                _ => {}
            }
            let same = arg(0) == arg(1);
            match (d.op, c(1)) {
                (Add | Sub | Or | Xor | Shl | Shr | Sar | Rotl, Some(0)) => Found::Same(arg(0)),
                (Mul | Sdiv | Udiv, Some(1)) => Found::Same(arg(0)),
                (Mul | And, Some(0)) => Found::Const(0),
                (Srem | Urem, Some(1)) => Found::Const(0),
                (And, Some(-1)) => Found::Same(arg(0)),
                (Sub | Xor, _) if same => Found::Const(0),
                (And | Or, _) if same => Found::Same(arg(0)),
                // (x + a) - x, and x - (x + a) are left to the back end.
                (Sub, None) => match def(f, arg(0)) {
                    Some((Add, a)) if a[1] == arg(1) => Found::Same(a[0]),
                    Some((Add, a)) if a[0] == arg(1) => Found::Same(a[1]),
                    _ => Found::Nothing,
                },
                _ => Found::Nothing,
            }
        }
        Not | Neg | Clz | Ctz | Popcnt | Bswap | ByteTopMask => match c(0) {
            Some(a) => {
                // Counting operations count in the operand's width.
                let ty = f.ty(arg(0));
                fold::int(d.op, ty, a, 0).map_or(Found::Nothing, |v| Found::Const(norm(t, v)))
            }
            None => Found::Nothing,
        },
        Sext => match c(0) {
            Some(a) => Found::Const(norm(t, a)),
            None if f.ty(arg(0)) == t => Found::Same(arg(0)),
            None => Found::Nothing,
        },
        Zext => match c(0) {
            Some(a) => Found::Const(norm(t, fold::unsigned(f.ty(arg(0)), a) as i64)),
            None if f.ty(arg(0)) == t => Found::Same(arg(0)),
            None => Found::Nothing,
        },
        Trunc => match c(0) {
            Some(a) => Found::Const(norm(t, a)),
            None if f.ty(arg(0)) == t => Found::Same(arg(0)),
            None => match def(f, arg(0)) {
                Some((Sext | Zext, a)) if f.ty(a[0]) == t => Found::Same(a[0]),
                _ => Found::Nothing,
            },
        },
        IntToPtr => match def(f, arg(0)) {
            Some((PtrToInt, a)) => Found::Same(a[0]),
            _ => c(0).filter(|&v| v == 0).map_or(Found::Nothing, Found::Const),
        },
        PtrToInt => match c(0) {
            Some(v) => Found::Const(v),
            None => Found::Nothing,
        },
        PtrAdd if c(1) == Some(0) => Found::Same(arg(0)),
        PtrAdd => Found::Nothing,
        Icmp(cc) => {
            let ot = f.ty(arg(0));
            match (c(0), c(1)) {
                (Some(a), Some(b)) => return Found::Const(fold::icmp(cc, ot, a, b) as i64),
                (Some(_), None) => return Found::Op(Icmp(swap_cc(cc)), vec![arg(1), arg(0)]),
                _ => {}
            }
            if arg(0) == arg(1) {
                use IntCC::*;
                return Found::Const(matches!(cc, Eq | Sle | Sge | Ule | Uge) as i64);
            }
            if let (IntCC::Eq | IntCC::Ne, Some(a), Some(b)) = (cc, descriptor(f, arg(0)), descriptor(f, arg(1))) {
                return Found::Const(((a == b) == (cc == IntCC::Eq)) as i64);
            }
            if c(1) == Some(0) {
                match cc {
                    IntCC::Ult => return Found::Const(0),
                    IntCC::Uge => return Found::Const(1),
                    IntCC::Eq | IntCC::Ne if nonnil(f, arg(0)) => {
                        return Found::Const((cc == IntCC::Ne) as i64);
                    }
                    _ => {}
                }
                // !(a < b) and (a < b) != 0 on booleans.
                if ot == Type::I8
                    && let Some((Icmp(inner), a)) = def(f, arg(0))
                {
                    match cc {
                        IntCC::Ne => return Found::Same(arg(0)),
                        IntCC::Eq => return Found::Op(Icmp(negate_cc(inner)), a.to_vec()),
                        _ => {}
                    }
                }
            }
            Found::Nothing
        }
        Select => match c(0) {
            Some(v) => Found::Same(arg(if v != 0 { 1 } else { 2 })),
            None if arg(1) == arg(2) => Found::Same(arg(1)),
            None => Found::Nothing,
        },
        Bitcast if f.ty(arg(0)) == t => Found::Same(arg(0)),
        _ => Found::Nothing,
    }
}

/// A jump without arguments.
pub fn jump(b: goxide_ssa::Block) -> Term {
    Term::Jump(Target { block: b, args: Default::default() })
}
