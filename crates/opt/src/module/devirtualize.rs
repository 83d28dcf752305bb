//! devirtualize — turn interface calls on known types and calls of known func values into direct calls.
//!
//! Before:  `promote` and `simplify` have run (itabs stored in locals are visible as addresses).
//! After:   `CallInter` on a constant itab is a `Call`; `CallClosure` of a plain function is a `Call`.
//! Cost:    one visit per instruction.

use goxide_ssa::{Args, Aux, Func, Op, Sym, SymKind};
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
                // The fault is that of a nil interface, not that of a field of its itab.
                (Op::CallInter, _) if f.as_const(d.args[0]) == Some(0) => {
                    let (nil, loc) = (d.args[0], d.loc);
                    let checked = k >= 2 && f.insts[f.blocks[b.index()].insts[k - 2].index()].op == Op::NilCheck;
                    if !checked {
                        let check = f.make_inst(Op::NilCheck, Args::from_slice(&[nil]), Aux::None, &[], loc);
                        f.blocks[b.index()].insts.insert(k - 1, check);
                        k += 1;
                        changed = true;
                    }
                }
                (Op::CallInter, Aux::CallInter { iface, method, sig }) => {
                    let Some(def) = f.def_inst(d.args[0]) else { continue };
                    let Aux::Sym(tab, 0) = &f.insts[def.index()].aux else { continue };
                    let SymKind::Itab(ty, tab_iface) = tab.kind() else { continue };
                    // The call names the methods alone, the itab perhaps a defined interface type.
                    if goxide_types::canon_under(*tab_iface) != goxide_types::canon_under(*iface) {
                        continue;
                    }
                    let Some(callee) = methods.entry(*ty, *iface, *method) else { continue };
                    let sig = sig.clone();
                    let d = &mut f.insts[i.index()];
                    d.op = Op::Call;
                    d.aux = Aux::Call { callee, sig };
                    d.args.remove(0);
                    changed = true;
                }
                (Op::CallClosure, Aux::Sig(sig)) => {
                    let Some(def) = f.def_inst(d.args[0]) else { continue };
                    let Aux::Sym(fv, 0) = &f.insts[def.index()].aux else { continue };
                    let SymKind::FuncVal(code) = fv.kind() else { continue };
                    let (sig, callee) = (sig.clone(), *code);
                    let d = &mut f.insts[i.index()];
                    d.op = Op::Call;
                    d.aux = Aux::Call { callee, sig };
                    d.args.remove(0);
                    changed = true;
                }
                _ => {}
            }
        }
    }
    changed
}
