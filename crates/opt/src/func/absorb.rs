//! absorb — let accesses do the work of nil checks.
//!
//! Before:  accesses behind a check are marked as never faulting.
//! After:   a check that is followed in its block by an access to the same object, with nothing in between that can be told
//!          apart from outside, is gone; the access may fault and does so at the check's position.
//! Method:  from the check forward to the first instruction with effects.
//! Cost:    a few instructions per check.

use super::alias::{PAGE, within_page};
use goxide_ssa::{Aux, Func, Inst, MemFlags, Op, Value};

/// How far an access may be from the check.
const REACH: usize = 24;

pub fn run(f: &mut Func) -> bool {
    let mut changed = false;
    for b in f.order.clone() {
        let insts = std::mem::take(&mut f.blocks[b.index()].insts);
        let mut kept = Vec::with_capacity(insts.len());
        for (n, &i) in insts.iter().enumerate() {
            if let Some(access) = access_for(f, i, &insts[n + 1..]) {
                let loc = f.insts[i.index()].loc;
                let d = &mut f.insts[access.index()];
                let Aux::Mem { off, flags } = d.aux else { unreachable!("an access has an offset") };
                d.aux = Aux::Mem { off, flags: flags.without(MemFlags::NONNIL) };
                d.loc = loc;
                changed = true;
            } else {
                kept.push(i);
            }
        }
        f.blocks[b.index()].insts = kept;
    }
    changed
}

/// The access among `rest` that faults if and only if the check `i` does.
fn access_for(f: &Func, i: Inst, rest: &[Inst]) -> Option<Inst> {
    let d = &f.insts[i.index()];
    if d.op != Op::NilCheck {
        return None;
    }
    let object = within_page(f, d.args[0]).0;
    for &r in rest.iter().take(REACH) {
        let d = &f.insts[r.index()];
        match (d.op, &d.aux) {
            (
                Op::Load | Op::Store | Op::AtomicLoad | Op::AtomicStore | Op::AtomicRmw(_) | Op::AtomicCas,
                &Aux::Mem { off, flags },
            ) => {
                if hits(f, object, d.args[0], off) && !flags.has(MemFlags::VOLATILE) {
                    return Some(r);
                }
                // Another object's access must not come first if it can fault, nor if it writes.
                if d.op != Op::Load || !flags.has(MemFlags::NONNIL) {
                    return None;
                }
            }
            (op, _) if op.is_pure() && op != Op::MakeSlice => {}
            _ => return None,
        }
    }
    None
}

/// Whether `addr + off` is in the unmapped page if `object` is nil.
fn hits(f: &Func, object: Value, addr: Value, off: i32) -> bool {
    let (base, at) = within_page(f, addr);
    base == object && (0..PAGE).contains(&(at + i64::from(off)))
}
