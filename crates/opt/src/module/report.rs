//! What `-m` tells of a function: what became of its allocations and calls, and of those of the bodies it took in.

use super::Remark;
use super::escape::{Note, static_kind};
use super::summary::MAX_COST;
use goxide_base::Pos;
use goxide_ssa::{AllocKind, Aux, Func, InlineData, Inst, Loc, Op, Sym, SymKind};
use goxide_types::Ty;

/// Something in the source of a function that calls of it bring along.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// An allocation.
    Made(AllocKind),
    /// Read-only data in place of one (`escape::static_kind`).
    Static(AllocKind, Sym),
    /// An interface call whose method is known: the interface holds this type.
    Devirtualized(Ty),
}

/// The events of a function: where its code comes to be, and where the source has it. These are the same unless a
/// call was replaced by its function's body.
#[derive(Default)]
pub struct Trace {
    /// The function's own allocations, as it was written.
    made: Vec<(Inst, Pos, AllocKind)>,
    events: Vec<(Pos, Pos, Event)>,
}

/// Where the code at `loc` lies in `f`'s own source: at the call that was replaced by it, if it was inlined.
fn outermost(f: &Func, mut loc: Loc) -> Pos {
    loop {
        let l = f.locs[loc.index()];
        match l.inlined {
            None => return l.pos,
            Some(n) => loc = f.inlines[n.index()].call,
        }
    }
}

/// The kind of allocation that an instruction is in the source.
fn kind(f: &Func, i: Inst) -> Option<AllocKind> {
    match f.insts[i.index()].op {
        Op::Alloc(k) => Some(k),
        Op::MakeSlice => Some(AllocKind::SliceLit),
        _ => None,
    }
}

impl Trace {
    /// Begins with a function as lowered, before any pass.
    pub fn of(f: &Func) -> Trace {
        let insts = || f.order.iter().flat_map(|b| &f.blocks[b.index()].insts);
        let pos = |i: Inst| f.locs[f.insts[i.index()].loc.index()].pos;
        let made = insts().filter_map(|&i| Some((i, pos(i), kind(f, i)?))).filter(|m| m.2 != AllocKind::Temp).collect();
        let data = |&i: &Inst| match (f.insts[i.index()].op, &f.insts[i.index()].aux) {
            (Op::SymAddr, Aux::Sym(s, 0)) => static_kind(*s).map(|k| (pos(i), pos(i), Event::Static(k, *s))),
            // The source has told what the interface holds.
            (Op::CallInter, _) => match &f.insts[f.def_inst(f.insts[i.index()].args[0])?.index()].aux {
                Aux::Sym(s, 0) => match s.kind() {
                    SymKind::Itab(t, _) => Some((pos(i), pos(i), Event::Devirtualized(*t))),
                    _ => None,
                },
                _ => None,
            },
            _ => None,
        };
        Trace { made, events: insts().filter_map(data).collect() }
    }

    /// The interface call at `loc` became a call of a method of `ty`.
    pub fn devirtualized(&mut self, f: &Func, loc: Loc, ty: Ty) {
        self.events.push((outermost(f, loc), f.locs[loc.index()].pos, Event::Devirtualized(ty)));
    }

    /// The call at `loc` was replaced by a body that has these events.
    pub fn inlined(&mut self, f: &Func, loc: Loc, events: &[(Pos, Event)]) {
        let at = outermost(f, loc);
        self.events.extend(events.iter().map(|&(pos, e)| (at, pos, e)));
    }

    /// What calls of the function bring along.
    pub fn summary(&self) -> Vec<(Pos, Event)> {
        let own = self.made.iter().map(|&(_, pos, k)| (pos, Event::Made(k)));
        let mut all: Vec<(Pos, Event)> = Vec::new();
        for e in own.chain(self.events.iter().map(|e| (e.1, e.2))) {
            if !all.contains(&e) {
                all.push(e);
            }
        }
        all
    }

    /// Reports on a function whose escape analysis found `notes`, and which of the static objects it refers to escape.
    pub fn report(&self, f: &Func, notes: &[Note], statics: &[(Sym, bool)], out: &mut Vec<Remark>) {
        let func = f.sym;
        let own_helper = helper(func);
        for n in f.inlines.iter().filter(|n| !n.wrapper) {
            // What is called from code that is in no source is of no interest either.
            if !own_helper && inside_helper(f, n) {
                continue;
            }
            out.push(Remark::Inlined { caller: func, callee: n.callee, pos: outermost(f, n.call), start: n.start });
        }
        for &(at, pos, e) in &self.events {
            out.push(match e {
                Event::Devirtualized(ty) => Remark::Devirtualized { func, at, pos, ty },
                // What is still there when escapes are analysed is among the notes.
                Event::Made(kind) => Remark::Alloc { func, at, pos, kind, escapes: false, size: None },
                Event::Static(kind, s) => {
                    let escapes = statics.contains(&(s, true));
                    Remark::Static { func, at, pos, kind, escapes }
                }
            });
        }
        // What is gone by then was not needed.
        for &(_, pos, kind) in self.made.iter().filter(|m| !notes.iter().any(|n| n.inst == m.0)) {
            out.push(Remark::Alloc { func, at: pos, pos, kind, escapes: false, size: None });
        }
        for n in notes {
            let (at, pos) = (outermost(f, n.loc), f.locs[n.loc.index()].pos);
            out.push(Remark::Alloc { func, at, pos, kind: n.kind, escapes: n.escapes, size: n.size });
        }
    }
}

/// Functions of package runtime that only the compiler calls.
fn helper(s: Sym) -> bool {
    s.name().strip_prefix("runtime.").is_some_and(|r| r.starts_with(|c: char| c.is_ascii_lowercase()))
}

/// Whether `n` is the body of one, or was called from one.
fn inside_helper(f: &Func, n: &InlineData) -> bool {
    let mut n = n;
    loop {
        if helper(n.callee) {
            return true;
        }
        match f.locs[n.call.index()].inlined {
            Some(up) => n = &f.inlines[up.index()],
            None => return false,
        }
    }
}

/// Why a function is not offered for inlining.
pub fn why_not(f: &Func) -> String {
    if f.flags.noinline {
        "marked go:noinline".into()
    } else if f.flags.has_defer {
        "unhandled op DEFER".into()
    } else if f.flags.has_recover {
        "call to recover".into()
    } else {
        format!("function too complex: cost exceeds budget {MAX_COST}")
    }
}
