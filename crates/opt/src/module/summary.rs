//! What callers may know about a finished function: its body if it is worth inlining, and where its arguments go.

use super::report::Event;
use goxide_base::Pos;
use goxide_ssa::{Aux, Func, Inst, Op, Sym};
use std::sync::Arc;

/// Where a pointer argument can end up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ParamFlow {
    /// The pointer itself may be kept beyond the call (or stored where the analysis loses it).
    pub leaks: bool,
    /// Something reachable through it may be kept.
    pub content_leaks: bool,
    /// Results (bit i) that may hold the pointer.
    pub to_results: u32,
    /// Results that may hold something reachable through it.
    pub content_to_results: u32,
}

impl From<goxide_ssa::ParamTag> for ParamFlow {
    fn from(t: goxide_ssa::ParamTag) -> ParamFlow {
        ParamFlow {
            leaks: t.leaks,
            content_leaks: t.content_leaks,
            to_results: t.to_results,
            content_to_results: t.content_to_results,
        }
    }
}

impl ParamFlow {
    /// Nothing known: everything is kept.
    pub const UNKNOWN: ParamFlow =
        ParamFlow { leaks: true, content_leaks: true, to_results: !0, content_to_results: !0 };
    /// The callee only looks at the argument.
    pub const NONE: ParamFlow = ParamFlow { leaks: false, content_leaks: false, to_results: 0, content_to_results: 0 };
    /// What may happen if this or `o` does.
    pub fn add(&mut self, o: ParamFlow) {
        self.leaks |= o.leaks;
        self.content_leaks |= o.content_leaks;
        self.to_results |= o.to_results;
        self.content_to_results |= o.content_to_results;
    }
    /// With what the leaks imply written out: what is kept may also be what is returned.
    fn written_out(self) -> ParamFlow {
        let content_leaks = self.leaks || self.content_leaks;
        ParamFlow {
            leaks: self.leaks,
            content_leaks,
            to_results: if self.leaks { !0 } else { self.to_results },
            content_to_results: if content_leaks { !0 } else { self.content_to_results },
        }
    }
    /// What happens if both of two analyses are right.
    pub fn both(self, o: ParamFlow) -> ParamFlow {
        let (s, o) = (self.written_out(), o.written_out());
        s.common(o)
    }
    fn common(self, o: ParamFlow) -> ParamFlow {
        ParamFlow {
            leaks: self.leaks && o.leaks,
            content_leaks: self.content_leaks && o.content_leaks,
            to_results: self.to_results & o.to_results,
            content_to_results: self.content_to_results & o.content_to_results,
        }
    }
    /// The callee copies what the argument points at to somewhere else.
    pub const CONTENT: ParamFlow =
        ParamFlow { leaks: false, content_leaks: true, to_results: 0, content_to_results: 0 };
}

/// The escape summary of a function.
#[derive(Clone, Debug, Default)]
pub struct EscapeSummary {
    /// By SSA parameter.
    pub params: Vec<ParamFlow>,
    /// The closure context.
    pub ctx: ParamFlow,
    /// Of what the block of arguments holds, if its parameters are told apart: where each begins, in order.
    pub block: Vec<(u32, ParamFlow)>,
}

impl EscapeSummary {
    /// With what the analysis of the source found.
    pub fn both(mut self, o: &EscapeSummary) -> EscapeSummary {
        for (p, q) in self.params.iter_mut().zip(&o.params) {
            *p = p.both(*q);
        }
        self.ctx = self.ctx.both(o.ctx);
        self.block.clone_from(&o.block);
        if let Some(all) = self.params.last() {
            let content = ParamFlow {
                leaks: all.content_leaks,
                content_leaks: all.content_leaks,
                to_results: all.content_to_results,
                content_to_results: all.content_to_results,
            };
            self.block.iter_mut().for_each(|(_, p)| *p = p.both(content));
        }
        self
    }
    /// What becomes of a pointer that is passed at offset `off` of the block.
    pub fn in_block(&self, off: i64) -> Option<ParamFlow> {
        self.block.iter().rev().find(|p| i64::from(p.0) <= off).map(|p| p.1)
    }
}

/// A finished function as callers see it.
#[derive(Debug)]
pub struct Summary {
    pub escape: EscapeSummary,
    /// The body, if it may be inlined, and what that costs.
    pub body: Option<Arc<Func>>,
    pub cost: u32,
    /// What reports say at calls that are replaced by the body, if there are to be reports.
    pub events: Vec<(Pos, Event)>,
}

impl Default for Summary {
    /// A function that is not inlined.
    fn default() -> Summary {
        Summary { escape: EscapeSummary::default(), body: None, cost: u32::MAX, events: Vec::new() }
    }
}

/// Read access to finished functions.
pub trait Finished: Sync {
    fn get(&self, sym: Sym) -> Option<Arc<Summary>>;
}

/// Instructions beyond which a body is not offered for inlining.
pub const MAX_COST: u32 = 80;
const CALL_COST: u32 = 12;

/// Whether a function may be inlined if it is small.
pub fn may_inline(f: &Func) -> bool {
    !f.flags.noinline && !f.flags.has_defer && !f.flags.has_recover
}

/// Whether a function's own text calls it: one step less of a recursion gains nothing, and profiles tell the steps apart by the
/// calls.
fn recursive(f: &Func) -> bool {
    let calls = |i: &Inst| {
        let d = &f.insts[i.index()];
        matches!(d.aux, Aux::Call { callee, .. } if callee == f.sym) && f.locs[d.loc.index()].inlined.is_none()
    };
    f.order.iter().any(|b| f.blocks[b.index()].insts.iter().any(calls))
}

/// How large a body is, in rough instructions; `None` if it may not be inlined.
pub fn inline_cost(f: &Func) -> Option<u32> {
    if !may_inline(f) || recursive(f) {
        return None;
    }
    let mut cost = 0;
    for &b in &f.order {
        let bd = &f.blocks[b.index()];
        for &i in &bd.insts {
            cost += match f.insts[i.index()].op {
                Op::GetFp | Op::GetCallerPc | Op::GetCallerSp => return None,
                Op::Iconst
                | Op::Fconst
                | Op::SymAddr
                | Op::SlotAddr
                | Op::PtrAdd
                | Op::Undef
                | Op::KeepAlive
                | Op::Leak => 0,
                Op::Zext | Op::Sext | Op::Trunc | Op::PtrToInt | Op::IntToPtr | Op::Bitcast | Op::Hide => 0,
                op if op.is_call() => {
                    if bd.cold {
                        4
                    } else {
                        CALL_COST
                    }
                }
                Op::Alloc(_) | Op::MakeSlice => 8,
                Op::Move | Op::Zero => 2,
                _ => 1,
            };
        }
        cost += 1;
    }
    (cost <= MAX_COST).then_some(cost)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_leaks_for_one_and_is_returned_for_the_other_is_returned() {
        let leaks = ParamFlow { leaks: true, ..ParamFlow::NONE };
        let returned = ParamFlow { to_results: 1, ..ParamFlow::NONE };
        for (a, b) in [(leaks, returned), (returned, leaks)] {
            assert_eq!(a.both(b), returned);
        }
        let content = ParamFlow::CONTENT.both(ParamFlow { content_to_results: 2, to_results: 4, ..ParamFlow::NONE });
        assert_eq!(content, ParamFlow { content_to_results: 2, ..ParamFlow::NONE });
    }
}
