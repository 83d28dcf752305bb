//! Room in frames for the first elements of slices that appends make and that do not outlive their frame, as gc has it.
//!
//! A call of `growslicefew` (which lowering makes where gc may have the elements in the frame) whose result stays becomes one of `growslicebuf`, which takes the room the first time that an
//! empty slice grows by no more than fits, and never again in the same activation: so it does not matter whether the call
//! is in a loop. Calls that make the same slice longer share their room.
//!
//! A slice that is given away at the end moves to the heap before (`ssagen::exclusive`). That is lowered to calls that are
//! replaced here: a question whether it is in a room of this function, and the assurance that it is not.

use super::buffers::{self, FEW, SMALL, STEPS};
use super::escape::Sizes;
use goxide_ssa::{Aux, Func, Inst, IntCC, MemFlags, Op, Slot, Sym, SymKind, Type, Value};
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
    /// Calls that grow their slices in steps that waste nothing.
    in_steps: Vec<Inst>,
}

/// Whether a pointer is in the room that comes next; lowering passes nil.
const IN_BUFFER: &str = "runtime.inappendbuf";
/// A pointer that is in no room of the function that makes the call.
pub const NO_BUFFER: &str = "runtime.noappendbuf";

fn runtime(name: &'static str) -> Sym {
    Sym::intern(&format!("runtime.{name}"), SymKind::Runtime(name))
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
        let in_steps = |i: &Inst| matches!(&f.insts[i.index()].aux, Aux::Call { callee, .. } if callee.name() == STEPS);
        let in_steps = calls.iter().copied().filter(in_steps).collect();
        let calls: Vec<_> = calls.iter().zip(group).map(|(&i, g)| (i, sized(i), g)).collect();
        Appends { slots: vec![None; calls.len()], calls, in_steps }
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
        // Only if all are such: others count on having the room for themselves once it is taken.
        let steps = self.calls.iter().filter(|c| c.2 == group).all(|c| self.in_steps.contains(&c.0));
        let name = if steps { "growslicestepbuf" } else { "growslicebuf" };
        let d = &mut f.insts[i.index()];
        d.args[4] = room;
        if let Aux::Call { callee, .. } = &mut d.aux {
            *callee = runtime(name);
        }
        true
    }

    /// Replaces `i` if it is a call that only stands for something; `insts` is the block up to it. `made` tells whether a
    /// value may be what a call makes.
    pub fn replace(
        &mut self,
        f: &mut Func,
        i: Inst,
        insts: &mut Vec<Inst>,
        made: impl Fn(Value, Inst) -> bool,
    ) -> bool {
        let loc = f.insts[i.index()].loc;
        let Aux::Call { callee, .. } = &mut f.insts[i.index()].aux else { return false };
        match callee.name() {
            FEW | STEPS => {
                *callee = runtime("growslice");
                true
            }
            NO_BUFFER => {
                let zero = f.make_inst(Op::Iconst, smallvec![], Aux::Int(0), &[Type::I64], loc);
                insts.insert(insts.len() - 1, zero);
                let zero = f.insts[zero.index()].results[0];
                let d = &mut f.insts[i.index()];
                (d.op, d.aux) = (Op::PtrAdd, Aux::None);
                d.args.push(zero);
                true
            }
            IN_BUFFER => {
                let p = f.insts[i.index()].args[0];
                let mut groups: Vec<usize> = self.calls.iter().filter(|c| made(p, c.0)).map(|c| c.2).collect();
                groups.sort_unstable();
                groups.dedup();
                self.ask(f, i, p, &groups, insts);
                true
            }
            _ => false,
        }
    }
    /// Makes `i` the answer whether `p` is in one of these rooms.
    fn ask(&mut self, f: &mut Func, i: Inst, p: Value, groups: &[usize], insts: &mut Vec<Inst>) {
        let loc = f.insts[i.index()].loc;
        insts.pop();
        let mut new = |f: &mut Func, op, args: SmallVec<[Value; 4]>, aux, t: Type| {
            let i = f.make_inst(op, args, aux, &[t], loc);
            insts.push(i);
            f.insts[i.index()].results[0]
        };
        let mut answer = None;
        for &g in groups {
            let slot = *self.slots[g].get_or_insert_with(|| f.new_slot(SIZE, 8, "append"));
            let room = new(f, Op::SlotAddr, smallvec![], Aux::Slot(slot), Type::Ptr);
            let room = new(f, Op::PtrToInt, smallvec![room], Aux::None, Type::I64);
            let at = new(f, Op::PtrToInt, smallvec![p], Aux::None, Type::I64);
            let off = new(f, Op::Sub, smallvec![at, room], Aux::None, Type::I64);
            let size = new(f, Op::Iconst, smallvec![], Aux::Int(i64::from(SIZE)), Type::I64);
            let inside = new(f, Op::Icmp(IntCC::Ult), smallvec![off, size], Aux::None, Type::I8);
            answer = Some(match answer {
                Some(other) => new(f, Op::Or, smallvec![other, inside], Aux::None, Type::I8),
                None => inside,
            });
        }
        let d = &mut f.insts[i.index()];
        d.args.clear();
        match answer {
            // As it is, with nothing added.
            Some(v) => {
                let zero = f.make_inst(Op::Iconst, smallvec![], Aux::Int(0), &[Type::I8], loc);
                insts.push(zero);
                let zero = f.insts[zero.index()].results[0];
                let d = &mut f.insts[i.index()];
                (d.op, d.aux, d.args) = (Op::Or, Aux::None, smallvec![v, zero]);
            }
            None => (d.op, d.aux) = (Op::Iconst, Aux::Int(0)),
        }
        insts.push(i);
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
