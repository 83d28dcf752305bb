//! devirtualize — turn interface calls on known types and calls of known func values into direct calls.
//!
//! Before:  `promote` and `simplify` have run (itabs stored in locals are visible as addresses).
//! After:   `CallInter` on a known itab is a `Call`; `CallClosure` of a plain function is a `Call`, that of a closure
//!          made here names its code. The dynamic types of interfaces with known itabs are addresses of descriptors, and
//!          what asserting another interface type of them gives is an address as well, or nil.
//! Method:  a word is known if all that comes together in it is one address; nil may be among it.
//! Misses:  assertions of types that are only known where a branch was taken.
//! Cost:    one visit per instruction; a search back through block parameters, `REACH` values at most, for each that
//!          asks what a word is.

use super::inline::known_func_value;
use goxide_ssa::{
    Aux, Block, Func, InstData, IntCC, Loc, MemFlags, Op, Sym, SymKind, Target, Term, Type, Value, ValueDef,
};
use goxide_types::Ty;
use rustc_hash::FxHashMap;

/// Values looked at to find out what one is.
const REACH: usize = 32;

/// Finds the entry for method `index` of interface `iface` on the concrete type `ty`: the symbol an itab would hold.
pub trait MethodEntries {
    fn entry(&self, ty: Ty, iface: Ty, index: u32) -> Option<Sym>;
    /// The itab of `ty` for `iface`; none if `ty` lacks a method.
    fn itab(&self, ty: Ty, iface: Ty) -> Option<Sym>;
    /// The descriptor of `ty`.
    fn descriptor(&self, ty: Ty) -> Sym;
}

/// What a word of an interface certainly is.
#[derive(Clone, Copy)]
struct Known {
    sym: Sym,
    /// It may be nil instead.
    or_nil: bool,
}

/// What comes into parameters of blocks, found when it is first asked for.
#[derive(Default)]
struct Incoming(Option<FxHashMap<Value, Vec<Value>>>);

impl Incoming {
    fn of(&mut self, f: &Func, param: Value) -> &[Value] {
        let all = self.0.get_or_insert_with(|| {
            let mut all: FxHashMap<Value, Vec<Value>> = FxHashMap::default();
            for b in &f.order {
                for t in f.blocks[b.index()].term.targets() {
                    for (&p, &a) in f.blocks[t.block.index()].params.iter().zip(&t.args) {
                        all.entry(p).or_default().push(a);
                    }
                }
            }
            all
        });
        all.get(&param).map_or(&[], Vec::as_slice)
    }
}

/// What `v` is, if that is known; a word that is always nil is not.
fn known(f: &Func, incoming: &mut Incoming, v: Value) -> Option<Known> {
    let mut seen = vec![v];
    let mut next = 0;
    let (mut sym, mut or_nil) = (None, false);
    while let Some(&v) = seen.get(next) {
        next += 1;
        let mut more: Vec<Value> = Vec::new();
        match f.values[v.index()].def {
            ValueDef::Param(b, _) if b == f.entry() => return None,
            ValueDef::Param(..) => {
                more.extend(incoming.of(f, v));
                if more.is_empty() {
                    return None;
                }
            }
            ValueDef::Result(i, _) => {
                let d = &f.insts[i.index()];
                match (d.op, &d.aux) {
                    (Op::Iconst, Aux::Int(0)) => or_nil = true,
                    (Op::SymAddr, Aux::Sym(s, 0)) if sym.is_none_or(|o| o == *s) => sym = Some(*s),
                    (Op::Select, _) => more.extend(&d.args[1..]),
                    _ => return None,
                }
            }
        }
        for m in more {
            if !seen.contains(&m) {
                seen.push(m);
            }
        }
        if seen.len() > REACH {
            return None;
        }
    }
    sym.map(|sym| Known { sym, or_nil })
}

/// Rewrites `f`; `report` gets the place of each interface call that became one of a method, and the type.
pub fn run(f: &mut Func, methods: &dyn MethodEntries, mut report: impl FnMut(&Func, Loc, Ty)) -> bool {
    let mut changed = false;
    let mut incoming = Incoming::default();
    for oi in 0..f.order.len() {
        let b = f.order[oi];
        let mut k = 0;
        while k < f.blocks[b.index()].insts.len() {
            let i = f.blocks[b.index()].insts[k];
            k += 1;
            let d = &f.insts[i.index()];
            match (d.op, &d.aux) {
                (Op::CallInter, Aux::CallInter { iface, method, sig }) => {
                    let tab = d.args[0];
                    if f.as_const(tab) == Some(0) {
                        // A nil interface: the fault is that of reading its itab, not the method in it.
                        if !checked(f, b, k - 1, tab) {
                            insert_nilcheck(f, b, k - 1, tab);
                            k += 1;
                            changed = true;
                        }
                        continue;
                    }
                    let Some(Known { sym, or_nil }) = known(f, &mut incoming, tab) else { continue };
                    let SymKind::Itab(ty, tab_iface) = sym.kind() else { continue };
                    // The call names the methods alone, the itab perhaps a defined interface type.
                    if goxide_types::canon_under(*tab_iface) != goxide_types::canon_under(*iface) {
                        continue;
                    }
                    let Some(callee) = methods.entry(*ty, *iface, *method) else { continue };
                    let sig = sig.clone();
                    let (data, loc) = (d.args[1], d.loc);
                    let d = &mut f.insts[i.index()];
                    d.op = Op::Call;
                    d.aux = Aux::Call { callee, sig };
                    d.args.remove(0);
                    changed = true;
                    if or_nil {
                        insert_nilcheck(f, b, k - 1, tab);
                        k += 1;
                    }
                    if dereferences(callee) {
                        insert_nilcheck(f, b, k - 1, data);
                        k += 1;
                    }
                    report(f, loc, *ty);
                }
                (Op::CallClosure, Aux::Sig(sig)) => {
                    let Some((callee, record)) = known_func_value(f, d.args[0]) else { continue };
                    let sig = sig.clone();
                    let made_here = f.def_inst(record).is_some_and(|m| f.insts[m.index()].op != Op::SymAddr);
                    let d = &mut f.insts[i.index()];
                    d.aux = Aux::Call { callee, sig };
                    if !made_here {
                        d.op = Op::Call;
                        d.args.remove(0);
                    }
                    changed = true;
                }
                // The dynamic type in an itab.
                (Op::Load, &Aux::Mem { off: 8, flags }) if flags.has(MemFlags::READONLY) && is_ptr(f, d) => {
                    let Some(Known { sym, or_nil }) = known(f, &mut incoming, d.args[0]) else { continue };
                    let SymKind::Itab(ty, _) = sym.kind() else { continue };
                    if or_nil && !flags.has(MemFlags::NONNIL) {
                        continue;
                    }
                    let d = &mut f.insts[i.index()];
                    d.op = Op::SymAddr;
                    d.aux = Aux::Sym(methods.descriptor(*ty), 0);
                    d.args.clear();
                    changed = true;
                }
                (Op::Call, Aux::Call { callee, .. }) if callee.name() == "runtime.assertE2I2cached" => {
                    let (inter, ty, cell) = (d.args[0], d.args[1], d.args[2]);
                    let Some(to) = known(f, &mut incoming, inter).filter(|k| !k.or_nil) else { continue };
                    let Some(Known { sym, or_nil }) = known(f, &mut incoming, ty) else { continue };
                    let (SymKind::TypeDesc(to), SymKind::TypeDesc(t)) = (to.sym.kind(), sym.kind()) else { continue };
                    if goxide_types::predicates::is_interface(*t) {
                        continue;
                    }
                    let tab = methods.itab(*t, *to);
                    let loc = d.loc;
                    let (op, aux) = match tab {
                        Some(tab) => (Op::SymAddr, Aux::Sym(tab, 0)),
                        None => (Op::Iconst, Aux::Int(0)),
                    };
                    if or_nil && tab.is_some() {
                        let mut before = Vec::new();
                        let mut make = |f: &mut Func, op, args: &[Value], aux, t| {
                            let n = f.make_inst(op, smallvec::SmallVec::from_slice(args), aux, &[t], loc);
                            before.push(n);
                            f.insts[n.index()].results[0]
                        };
                        let nil = make(f, Op::Iconst, &[], Aux::Int(0), Type::Ptr);
                        let set = make(f, Op::Icmp(IntCC::Ne), &[ty, nil], Aux::None, Type::I8);
                        let tab = make(f, op, &[], aux, Type::Ptr);
                        f.blocks[b.index()].insts.splice(k - 1..k - 1, before);
                        k += 3;
                        let d = &mut f.insts[i.index()];
                        d.op = Op::Select;
                        d.aux = Aux::None;
                        d.args = smallvec::SmallVec::from_slice(&[set, tab, nil]);
                    } else {
                        let d = &mut f.insts[i.index()];
                        d.op = op;
                        d.aux = aux;
                        d.args.clear();
                    }
                    skip_cache(f, b, ty, cell);
                    changed = true;
                }
                _ => {}
            }
        }
    }
    changed
}

fn is_ptr(f: &Func, d: &InstData) -> bool {
    d.results.first().is_some_and(|&r| f.ty(r) == Type::Ptr)
}

/// `b` is where the cache of an assertion has missed. Its answer is known now, so control always comes here.
fn skip_cache(f: &mut Func, b: Block, ty: Value, cell: Value) {
    let to_b = |p: &Block| f.blocks[p.index()].term.targets().iter().any(|t| t.block == b);
    let mut preds = f.order.iter().copied().filter(to_b);
    let (Some(p), None) = (preds.next(), preds.next()) else { return };
    let Term::Br { cond, els, .. } = &f.blocks[p.index()].term else { return };
    let load = |v: Value, at: i32| {
        let d = &f.insts[f.def_inst(v)?.index()];
        matches!((d.op, &d.aux), (Op::Load, &Aux::Mem { off, .. }) if off == at).then(|| d.args[0])
    };
    let hit = || {
        let d = &f.insts[f.def_inst(*cond)?.index()];
        let same = d.op == Op::Icmp(IntCC::Eq) && d.args[1] == ty && load(load(d.args[0], 8)?, 0)? == cell;
        (same && els.block == b).then(|| els.clone())
    };
    let Some(to) = hit() else { return };
    f.blocks[p.index()].term = Term::Jump(Target { block: to.block, args: to.args });
}

/// Whether `callee` is the wrapper of a value method for a pointer. Called directly, what happens with a nil pointer is
/// that of `(*p).M()`; the wrapper would report a call through an interface.
fn dereferences(callee: Sym) -> bool {
    let SymKind::MethodWrapper { recv, obj, .. } = callee.kind() else { return false };
    let Some(base) = recv.as_pointer() else { return false };
    obj.sig_opt().and_then(|s| s.recv()).is_some_and(|r| {
        r.ty().as_named().is_some_and(|n| base.as_named().is_some_and(|b| b.origin().obj() == n.origin().obj()))
    })
}

/// Whether instruction `k` of `b` comes right behind a nil check of `v`.
fn checked(f: &Func, b: Block, k: usize, v: Value) -> bool {
    let insts = &f.blocks[b.index()].insts;
    k > 0 && {
        let d = &f.insts[insts[k - 1].index()];
        d.op == Op::NilCheck && d.args[0] == v
    }
}

fn insert_nilcheck(f: &mut Func, b: Block, k: usize, v: Value) {
    let at = f.blocks[b.index()].insts[k];
    let loc = f.insts[at.index()].loc;
    let n = f.make_inst(Op::NilCheck, smallvec::SmallVec::from_slice(&[v]), Aux::None, &[], loc);
    f.blocks[b.index()].insts.insert(k, n);
}
