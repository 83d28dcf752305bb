//! Puts what stays into the frame.

use super::super::appends::Appends;
use super::super::buffers;
use super::decide::frame_size;
use super::{Cx, Kind, Note, Sizes};
use goxide_ssa::analysis::Cfg;
use goxide_ssa::{AllocKind, Aux, Func, Inst, MemFlags, Op, Type, Value};

/// Turns the allocations that stay into slots and drops barriers of stores into frame memory.
pub(super) fn apply(f: &mut Func, cfg: &Cfg, cx: &Cx, notes: &[Note], sizes: &dyn Sizes) -> bool {
    let mut stays: Vec<Option<(u64, u32, &'static str)>> = vec![None; f.insts.len()];
    for n in notes.iter().filter(|n| !n.escapes) {
        if let Some((s, a)) = frame_size(f, n.inst, sizes) {
            stays[n.inst.index()] = Some((s, a, n.what));
        }
    }
    let stay = notes.iter().filter(|n| !n.escapes);
    let mixed: Vec<(Inst, u64)> =
        stay.clone().filter_map(|n| Some((n.inst, buffers::for_slice(f, n.inst, sizes)?))).collect();
    let appends = stay.clone().map(|n| n.inst).filter(|&i| buffers::grown(f, i, sizes).is_some()).collect();
    let mut appends = Appends::new(f, appends, sizes, |a, b| cx.makes(f.insts[a.index()].args[0], b));
    let in_frame = |o: u32| match cx.kinds[o as usize] {
        Kind::Slot(_) => true,
        Kind::Alloc(i, _) => stays[i.index()].is_some(),
        _ => false,
    };
    let mut changed = false;
    for &b in &cfg.rpo {
        let old = std::mem::take(&mut f.blocks[b.index()].insts);
        let mut new = Vec::with_capacity(old.len());
        for i in old {
            new.push(i);
            let op = f.insts[i.index()].op;
            if matches!(op, Op::Store | Op::Move | Op::Zero) {
                let p = &cx.pts[f.insts[i.index()].args[0].index()];
                if !p.is_empty() && p.iter().all(|&o| in_frame(o)) {
                    match &mut f.insts[i.index()].aux {
                        Aux::Mem { flags, .. } => *flags = flags.without(MemFlags::BARRIER).with(MemFlags::NONNIL),
                        Aux::Move { ty, .. } => *ty = None,
                        _ => {}
                    }
                }
            }
            if let Some(&(_, size)) = mixed.iter().find(|m| m.0 == i) {
                changed = true;
                let slot = f.new_slot(size as u32, 8, "make");
                let loc = f.insts[i.index()].loc;
                let a = f.make_inst(Op::SlotAddr, smallvec::SmallVec::new(), Aux::Slot(slot), &[Type::Ptr], loc);
                let addr = f.insts[a.index()].results[0];
                let n = f.make_inst(Op::Iconst, smallvec::SmallVec::new(), Aux::Int(size as i64), &[Type::I64], loc);
                let size = f.insts[n.index()].results[0];
                let at = new.len() - 1;
                new.splice(at..at, [a, n]);
                f.insts[i.index()].args.extend([addr, size]);
                continue;
            }
            let makes = |v: Value, by: Inst| cx.makes(v, by);
            if appends.give(f, i, &mut new) || appends.replace(f, i, &mut new, makes) {
                changed = true;
                continue;
            }
            let Some((size, align, what)) = stays[i.index()] else { continue };
            changed = true;
            let slot = f.new_slot(size as u32, align.max(1), what);
            if let Some(b) = buffers::wanted(f, i, sizes) {
                new.pop();
                let loc = f.insts[i.index()].loc;
                let a = f.make_inst(Op::SlotAddr, smallvec::SmallVec::new(), Aux::Slot(slot), &[Type::Ptr], loc);
                new.push(a);
                let addr = f.insts[a.index()].results[0];
                if b.zeroed > 0 {
                    let aux = Aux::Move { size: b.zeroed, ty: None };
                    new.push(f.make_inst(Op::Zero, smallvec::SmallVec::from_slice(&[addr]), aux, &[], loc));
                }
                if let Some((off, to)) = b.pointer {
                    let n = f.make_inst(Op::Iconst, smallvec::SmallVec::new(), Aux::Int(to as i64), &[Type::I64], loc);
                    let to = f.insts[n.index()].results[0];
                    let args = smallvec::SmallVec::from_slice(&[addr, to]);
                    let p = f.make_inst(Op::PtrAdd, args, Aux::None, &[Type::Ptr], loc);
                    let args = smallvec::SmallVec::from_slice(&[addr, f.insts[p.index()].results[0]]);
                    let aux = Aux::Mem { off, flags: MemFlags::NONNIL };
                    let s = f.make_inst(Op::Store, args, aux, &[], loc);
                    new.extend([n, p, s]);
                }
                f.insts[i.index()].args[b.arg] = addr;
                new.push(i);
                continue;
            }
            let boxed = buffers::boxed(f, i).map(|words| words.to_vec());
            f.slots[slot.index()].noscan = match (&boxed, &f.insts[i.index()].aux) {
                (Some(words), _) => words.iter().all(|&w| f.ty(w) != Type::Ptr),
                (None, Aux::Alloc { ty, .. } | Aux::Type(ty)) => !sizes.has_pointers(*ty),
                _ => false,
            };
            f.slots[slot.index()].closure = op == Op::Alloc(AllocKind::Closure);
            let d = &mut f.insts[i.index()];
            d.op = Op::SlotAddr;
            d.args.clear();
            d.aux = Aux::Slot(slot);
            let (addr, loc) = (d.results[0], d.loc);
            if let Some(words) = boxed {
                for (n, v) in words.into_iter().enumerate() {
                    let aux = Aux::Mem { off: 8 * n as i32, flags: MemFlags::NONNIL };
                    new.push(f.make_inst(Op::Store, smallvec::SmallVec::from_slice(&[addr, v]), aux, &[], loc));
                }
                continue;
            }
            if size > 0 {
                let z = f.make_inst(
                    Op::Zero,
                    smallvec::SmallVec::from_slice(&[addr]),
                    Aux::Move { size, ty: None },
                    &[],
                    loc,
                );
                new.push(z);
            }
        }
        f.blocks[b.index()].insts = new;
    }
    appends.begin(f);
    changed
}
