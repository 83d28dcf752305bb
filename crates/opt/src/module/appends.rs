//! Room in frames for the first elements of slices that appends make and that do not outlive their frame, as gc has it.
//!
//! A call of `growslice` whose result stays becomes one of `growslicebuf`, which takes the room the first time that an
//! empty slice grows by no more than fits, and never again in the same activation: so it does not matter whether the call
//! is in a loop. Calls that make the same slice longer share their room.

use super::escape::Sizes;
use super::{buffers, buffers::SMALL};
use goxide_ssa::{Aux, Func, Inst, MemFlags, Op, Slot, Sym, SymKind, Type, Value};
use smallvec::{SmallVec, smallvec};

/// `runtime.appendbuf`: descriptor of the elements, how many fit, room.
const CAP: i32 = 8;
const SIZE: u32 = 16 + SMALL as u32;

/// The calls that get room, and which of them share it.
#[derive(Default)]
pub struct Appends {
    /// Call, size of its elements, and the first call that it shares its room with.
    calls: Vec<(Inst, u64, usize)>,
    slots: Vec<Option<Slot>>,
}

impl Appends {
    /// `calls` stay in the frame; `longer` tells whether a call may make the result of another longer.
    pub fn new(f: &Func, calls: Vec<Inst>, sizes: &dyn Sizes, longer: impl Fn(Inst, Inst) -> bool) -> Appends {
        if Sym::find("runtime.growslicebuf").is_none() {
            return Appends::default();
        }
        let sized = |i: Inst| buffers::grown(f, i, sizes).expect("only calls that can have room");
        let mut group: Vec<usize> = (0..calls.len()).collect();
        for (n, &a) in calls.iter().enumerate() {
            for (m, &b) in calls.iter().enumerate() {
                if group[n] != group[m] && longer(a, b) {
                    let (from, to) = (group[n].max(group[m]), group[n].min(group[m]));
                    group.iter_mut().filter(|g| **g == from).for_each(|g| *g = to);
                }
            }
        }
        let calls: Vec<_> = calls.iter().zip(group).map(|(&i, g)| (i, sized(i), g)).collect();
        Appends { slots: vec![None; calls.len()], calls }
    }

    /// Gives call `i` its room, if it gets one; `insts` is the block up to it.
    pub fn give(&mut self, f: &mut Func, i: Inst, insts: &mut Vec<Inst>) -> bool {
        let Some(&(_, _, group)) = self.calls.iter().find(|c| c.0 == i) else { return false };
        let slot = *self.slots[group].get_or_insert_with(|| f.new_slot(SIZE, 8, "append"));
        let loc = f.insts[i.index()].loc;
        let a = f.make_inst(Op::SlotAddr, smallvec![], Aux::Slot(slot), &[Type::Ptr], loc);
        let room = f.insts[a.index()].results[0];
        let descriptor = f.insts[i.index()].args[4];
        let aux = Aux::Mem { off: 0, flags: MemFlags::NONNIL };
        let s = f.make_inst(Op::Store, smallvec![room, descriptor], aux, &[], loc);
        let at = insts.len() - 1;
        insts.splice(at..at, [a, s]);
        let d = &mut f.insts[i.index()];
        d.args[4] = room;
        if let Aux::Call { callee, .. } = &mut d.aux {
            *callee = Sym::intern("runtime.growslicebuf", SymKind::Runtime("growslicebuf"));
        }
        true
    }

    /// At the function's entry: how many elements fit into each room.
    pub fn begin(&self, f: &mut Func) {
        let mut new: Vec<Inst> = Vec::new();
        for (n, slot) in self.slots.iter().enumerate() {
            let Some(slot) = *slot else { continue };
            let sizes = self.calls.iter().filter(|c| c.2 == n).map(|c| c.1);
            let cap = SMALL / sizes.max().expect("a room is somebody's");
            let loc = f.insts[self.calls[n].0.index()].loc;
            let mut made = |op, args: SmallVec<[Value; 4]>, aux, results: &[Type]| {
                let i = f.make_inst(op, args, aux, results, loc);
                new.push(i);
                f.insts[i.index()].results.first().copied()
            };
            let room = made(Op::SlotAddr, smallvec![], Aux::Slot(slot), &[Type::Ptr]).expect("an address");
            let k = made(Op::Iconst, smallvec![], Aux::Int(cap as i64), &[Type::I64]).expect("a number");
            made(Op::Store, smallvec![room, k], Aux::Mem { off: CAP, flags: MemFlags::NONNIL }, &[]);
        }
        f.blocks[0].insts.splice(0..0, new);
    }
}
