//! Invariants between passes:
//!
//! 1. Every block in the layout is terminated, the entry is first and nothing jumps to it; its parameters are the signature's.
//! 2. A jump gives as many arguments as its target has parameters, of the same types. A landing has one `ptr` parameter.
//! 3. A value is defined once, and its definition dominates every use.
//! 4. Operands and results have the types the operation wants; results of calls are the signature's.
//! 5. `GetCtx` is in the entry block of a closure, before any call.
//! 6. `Ret` gives the signature's results.

use crate::analysis::{Cfg, DomTree};
use crate::ir::*;
use crate::op::*;

/// Checks `f`; the error names the function, the instruction and the rule.
pub fn verify(f: &Func) -> Result<(), String> {
    check(f).map_err(|e| format!("{}: {e}", f.sym.name()))
}

fn check(f: &Func) -> Result<(), String> {
    if f.order.first() != Some(&f.entry()) {
        return Err("the entry is not first".into());
    }
    let ptys: Vec<Type> = f.blocks[0].params.iter().map(|&p| f.ty(p)).collect();
    if ptys[..] != f.sig.params[..] {
        return Err(format!("entry parameters {ptys:?} are not the signature's {:?}", f.sig.params));
    }
    let mut listed = vec![false; f.blocks.len()];
    for &b in &f.order {
        if std::mem::replace(&mut listed[b.index()], true) {
            return Err(format!("{b} is listed twice"));
        }
    }
    // Where each value is defined: block and position (0 for parameters).
    let mut def: Vec<Option<(Block, usize)>> = vec![None; f.values.len()];
    for &b in &f.order {
        for (i, &p) in f.blocks[b.index()].params.iter().enumerate() {
            if f.values[p.index()].def != ValueDef::Param(b, i as u32) {
                return Err(format!("{p} is not recorded as parameter {i} of {b}"));
            }
            if def[p.index()].replace((b, 0)).is_some() {
                return Err(format!("{p} is defined twice"));
            }
        }
        for (n, &i) in f.blocks[b.index()].insts.iter().enumerate() {
            for (k, &r) in f.insts[i.index()].results.iter().enumerate() {
                if f.values[r.index()].def != ValueDef::Result(i, k as u32) {
                    return Err(format!("{r} is not recorded as result of {}", f.inst_text(i)));
                }
                if def[r.index()].replace((b, n + 1)).is_some() {
                    return Err(format!("{r} is defined twice"));
                }
            }
        }
    }
    let cfg = Cfg::new(f);
    let dom = DomTree::new(f, &cfg);
    let dominated = |v: Value, b: Block, at: usize| -> bool {
        match def[v.index()] {
            None => false,
            Some((db, dn)) if db == b => dn < at,
            Some((db, _)) => dom.dominates(db, b) || !cfg.reachable(b),
        }
    };
    for &b in &f.order {
        let blk = &f.blocks[b.index()];
        let mut called = false;
        for (n, &i) in blk.insts.iter().enumerate() {
            let d = &f.insts[i.index()];
            for &a in &d.args {
                if !dominated(a, b, n + 1) {
                    return Err(format!("in {b}: use of {a} is not dominated by its definition: {}", f.inst_text(i)));
                }
            }
            if let Err(e) = types(f, d) {
                return Err(format!("in {b}: {e}: {}", f.inst_text(i)));
            }
            if d.op == Op::GetCtx && (b != f.entry() || called || !f.flags.closure) {
                return Err(format!("in {b}: misplaced {}", f.inst_text(i)));
            }
            called |= d.op.is_call();
        }
        let end = blk.insts.len() + 1;
        let use_ok = |v: Value| {
            if dominated(v, b, end) {
                Ok(())
            } else {
                Err(format!("the end of {b} uses {v}, which is not defined there"))
            }
        };
        for t in blk.term.targets() {
            if !listed[t.block.index()] {
                return Err(format!("{b} jumps to {}, which is not in the layout", t.block));
            }
            if t.block == f.entry() {
                return Err(format!("{b} jumps to the entry"));
            }
            let ps = &f.blocks[t.block.index()].params;
            if ps.len() != t.args.len() {
                return Err(format!(
                    "{b} gives {} {} arguments, it has {} parameters",
                    t.block,
                    t.args.len(),
                    ps.len()
                ));
            }
            for (&p, &a) in ps.iter().zip(&t.args) {
                use_ok(a)?;
                if f.ty(p) != f.ty(a) {
                    return Err(format!("{b} gives {} {a}: {} for {p}: {}", t.block, f.ty(a), f.ty(p)));
                }
            }
        }
        match &blk.term {
            Term::None => return Err(format!("{b} is not terminated")),
            Term::Br { cond, .. } => {
                use_ok(*cond)?;
                if f.ty(*cond) != Type::I8 {
                    return Err(format!("{b} branches on a {}", f.ty(*cond)));
                }
            }
            Term::Table { index, .. } => {
                use_ok(*index)?;
                if f.ty(*index) != Type::I64 {
                    return Err(format!("{b} has a table on a {}", f.ty(*index)));
                }
            }
            Term::Ret(a) => {
                for &v in a {
                    use_ok(v)?;
                }
                let tys: Vec<Type> = a.iter().map(|&v| f.ty(v)).collect();
                if tys[..] != f.sig.results[..] {
                    return Err(format!("{b} returns {tys:?}, the signature says {:?}", f.sig.results));
                }
            }
            Term::DeferEnter { landing, .. } => {
                let ps = &f.blocks[landing.index()].params;
                if !listed[landing.index()] || ps.len() != 1 || f.ty(ps[0]) != Type::Ptr {
                    return Err(format!("{landing} is no landing"));
                }
            }
            Term::Jump(_) | Term::Unreachable => {}
        }
    }
    Ok(())
}

fn types(f: &Func, d: &InstData) -> Result<(), String> {
    use Op::*;
    let a: Vec<Type> = d.args.iter().map(|&v| f.ty(v)).collect();
    let r: Vec<Type> = d.results.iter().map(|&v| f.ty(v)).collect();
    let want = |na: usize, nr: usize| -> Result<(), String> {
        if a.len() == na && r.len() == nr { Ok(()) } else { Err("wrong number of operands or results".into()) }
    };
    let ok = |c: bool, what: &str| if c { Ok(()) } else { Err(what.to_string()) };
    let int = |t: Type| t.is_int() && t != Type::Ptr;
    match d.op {
        Iconst => want(0, 1).and(ok(r[0].is_int(), "integer wanted")),
        Fconst => want(0, 1).and(ok(r[0].is_float(), "float wanted")),
        SymAddr | SlotAddr | Alloc(_) | GetCtx | GetG => want(0, 1).and(ok(r[0] == Type::Ptr, "gives a ptr")),
        Undef => want(0, 1),
        GetFp | GetCallerPc | GetCallerSp => want(0, 1).and(ok(r[0] == Type::I64, "gives an i64")),
        Add | Sub | Mul | And | Or | Xor | Sdiv | Udiv | Srem | Urem | Umulh | Smulh => {
            want(2, 1)?;
            ok(a[0] == a[1] && a[0] == r[0] && int(r[0]), "operands and result must be one integer type")
        }
        Not | Neg | Clz | Ctz | Popcnt | Bswap => {
            want(1, 1)?;
            ok(a[0] == r[0] && int(r[0]), "operand and result must be one integer type")
        }
        ByteEqMask => want(2, 1).and(ok(a.iter().chain(&r).all(|&t| t == Type::I64), "i64 wanted")),
        ByteTopMask => want(1, 1).and(ok(a[0] == Type::I64 && r[0] == Type::I64, "i64 wanted")),
        Shl | Shr | Sar | Rotl => {
            want(2, 1)?;
            ok(a[0] == r[0] && int(r[0]) && int(a[1]), "integers wanted")
        }
        Umul128 => want(2, 2).and(ok(a.iter().chain(&r).all(|&t| t == Type::I64), "i64 wanted")),
        AddCarry | SubBorrow | Udiv128 => want(3, 2).and(ok(a.iter().chain(&r).all(|&t| t == Type::I64), "i64 wanted")),
        Icmp(_) => {
            want(2, 1)?;
            ok(a[0] == a[1] && a[0].is_int() && r[0] == Type::I8, "compares two of one integer type to an i8")
        }
        Sext | Zext => {
            want(1, 1)?;
            ok(int(a[0]) && int(r[0]) && a[0].size() < r[0].size(), "must widen an integer")
        }
        Trunc => {
            want(1, 1)?;
            ok(int(a[0]) && int(r[0]) && a[0].size() > r[0].size(), "must narrow an integer")
        }
        IntToPtr => want(1, 1).and(ok(a[0] == Type::I64 && r[0] == Type::Ptr, "i64 to ptr")),
        PtrToInt => want(1, 1).and(ok(a[0] == Type::Ptr && r[0] == Type::I64, "ptr to i64")),
        PtrAdd => {
            want(2, 1)?;
            ok(a[0] == Type::Ptr && a[1] == Type::I64 && r[0] == Type::Ptr, "ptr and i64 wanted")
        }
        Fadd | Fsub | Fmul | Fdiv | Fcopysign => {
            want(2, 1)?;
            ok(a[0] == a[1] && a[0] == r[0] && r[0].is_float(), "one float type wanted")
        }
        Fneg | Fabs | Fsqrt | Ffloor | Fceil | Ftrunc | Fnearest => {
            want(1, 1)?;
            ok(a[0] == r[0] && r[0].is_float(), "one float type wanted")
        }
        Fma => want(3, 1).and(ok(a.iter().all(|&t| t == r[0]) && r[0].is_float(), "one float type wanted")),
        Fcmp(_) => {
            want(2, 1)?;
            ok(a[0] == a[1] && a[0].is_float() && r[0] == Type::I8, "compares two of one float type to an i8")
        }
        Sitof | Uitof => want(1, 1).and(ok(int(a[0]) && r[0].is_float(), "integer to float")),
        Ftosi | Ftoui => want(1, 1).and(ok(a[0].is_float() && int(r[0]), "float to integer")),
        Fpromote => want(1, 1).and(ok(a[0] == Type::F32 && r[0] == Type::F64, "f32 to f64")),
        Fdemote => want(1, 1).and(ok(a[0] == Type::F64 && r[0] == Type::F32, "f64 to f32")),
        Hide => want(1, 1).and(ok(a[0] == Type::I64 && r[0] == Type::I64, "i64 wanted")),
        Bitcast => want(1, 1).and(ok(a[0].size() == r[0].size(), "same size wanted")),
        Select => {
            want(3, 1)?;
            ok(a[0] == Type::I8 && a[1] == a[2] && a[1] == r[0], "i8 and two of the result's type wanted")
        }
        Load | AtomicLoad => want(1, 1).and(ok(a[0] == Type::Ptr, "address wanted")),
        Store | AtomicStore => want(2, 0).and(ok(a[0] == Type::Ptr, "address wanted")),
        Move => want(2, 0).and(ok(a[0] == Type::Ptr && a[1] == Type::Ptr, "addresses wanted")),
        Zero | NilCheck => want(1, 0).and(ok(a[0] == Type::Ptr, "address wanted")),
        Prefetch => want(1, 0).and(ok(a[0] == Type::Ptr, "address wanted")),
        KeepAlive => want(1, 0),
        Leak => want(1, 0).and(ok(a[0] == Type::Ptr, "address wanted")),
        BoundsCheck { .. } => want(2, 0).and(ok(a[0] == Type::I64 && a[1] == Type::I64, "i64 wanted")),
        DivCheck => want(1, 0).and(ok(int(a[0]), "integer wanted")),
        ShiftCheck => want(1, 0).and(ok(a[0] == Type::I64, "i64 wanted")),
        AtomicRmw(_) => want(2, 1).and(ok(a[0] == Type::Ptr && a[1] == r[0], "address and value wanted")),
        AtomicCas => {
            want(3, 1)?;
            ok(a[0] == Type::Ptr && a[1] == a[2] && r[0] == Type::I8, "address and two values wanted")
        }
        MakeSlice => {
            want(if a.len() > 2 { 4 } else { 2 }, 1)?;
            let buffer = a.len() == 2 || a[2..] == [Type::Ptr, Type::I64];
            ok(
                a[0] == Type::I64 && a[1] == Type::I64 && buffer && r[0] == Type::Ptr,
                "two i64, perhaps a buffer and its size, wanted",
            )
        }
        Call | CallClosure | CallInd | CallInter | CallRt => {
            let (sig, skip) = match &d.aux {
                Aux::Call { sig, .. } if d.op == Call => (sig, 0),
                Aux::Call { sig, .. } if d.op == CallClosure => (sig, 1),
                Aux::Rt { sig, .. } if d.op == CallRt => (sig, 0),
                Aux::Sig(sig) if matches!(d.op, CallClosure | CallInd) => (sig, 1),
                Aux::CallInter { sig, .. } if d.op == CallInter => (sig, 1),
                _ => return Err("a call without its signature".into()),
            };
            if a.len() < skip || a[skip..] != sig.params[..] {
                return Err(format!("arguments are {a:?}"));
            }
            if skip == 1 && a[0] != Type::Ptr {
                return Err("callee must be a ptr".into());
            }
            ok(r[..] == sig.results[..], "results are not the signature's")
        }
    }
}
