//! devirtualize — turn interface calls on known types and calls of known func values into direct calls.
//!
//! Before:  `promote` and `simplify` have run (itabs stored in locals are visible as addresses).
//! After:   `CallInter` on a constant itab is a `Call`; `CallClosure` of a plain function is a `Call`, that of a closure
//!          made here names its code.
//! Cost:    one visit per instruction.

use super::inline::known_func_value;
use goxide_ssa::{Aux, Block, Func, Op, Sym, SymKind, Value};
use goxide_types::Ty;

/// Finds the entry for method `index` of interface `iface` on the concrete type `ty`: the symbol an itab would hold.
pub trait MethodEntries {
    fn entry(&self, ty: Ty, iface: Ty, index: u32) -> Option<Sym>;
}

pub fn run(f: &mut Func, methods: &dyn MethodEntries) -> bool {
    let mut changed = false;
    for oi in 0..f.order.len() {
        let b = f.order[oi];
        let mut k = 0;
        while k < f.blocks[b.index()].insts.len() {
            let i = f.blocks[b.index()].insts[k];
            k += 1;
            let d = &f.insts[i.index()];
            match (d.op, &d.aux) {
                (Op::CallInter, Aux::CallInter { iface, method, sig }) => {
                    let Some(def) = f.def_inst(d.args[0]) else { continue };
                    if f.as_const(d.args[0]) == Some(0) {
                        // A nil interface: the fault is that of reading its itab, not the method in it.
                        let nil = d.args[0];
                        if !checked(f, b, k - 1, nil) {
                            insert_nilcheck(f, b, k - 1, nil);
                            k += 1;
                            changed = true;
                        }
                        continue;
                    }
                    let Aux::Sym(tab, 0) = &f.insts[def.index()].aux else { continue };
                    let SymKind::Itab(ty, tab_iface) = tab.kind() else { continue };
                    // The call names the methods alone, the itab perhaps a defined interface type.
                    if goxide_types::canon_under(*tab_iface) != goxide_types::canon_under(*iface) {
                        continue;
                    }
                    let Some(callee) = methods.entry(*ty, *iface, *method) else { continue };
                    let sig = sig.clone();
                    let data = d.args[1];
                    let d = &mut f.insts[i.index()];
                    d.op = Op::Call;
                    d.aux = Aux::Call { callee, sig };
                    d.args.remove(0);
                    changed = true;
                    if dereferences(callee) {
                        insert_nilcheck(f, b, k - 1, data);
                        k += 1;
                    }
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
                _ => {}
            }
        }
    }
    changed
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
