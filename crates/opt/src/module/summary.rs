//! What callers may know about a finished function: its body if it is worth inlining, and where its arguments go.

use goxide_ssa::{Func, Op, Sym};
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
}

/// A finished function as callers see it.
#[derive(Debug)]
pub struct Summary {
    pub escape: EscapeSummary,
    /// The body, if it may be inlined, and what that costs.
    pub body: Option<Arc<Func>>,
    pub cost: u32,
}

/// Read access to finished functions.
pub trait Finished: Sync {
    fn get(&self, sym: Sym) -> Option<Arc<Summary>>;
}

/// Instructions beyond which a body is not offered for inlining.
pub const MAX_COST: u32 = 80;
const CALL_COST: u32 = 12;

/// How large a body is, in rough instructions; `None` if it may not be inlined.
pub fn inline_cost(f: &Func) -> Option<u32> {
    if f.flags.noinline || f.flags.has_defer || f.flags.has_recover {
        return None;
    }
    let mut cost = 0;
    for &b in &f.order {
        let bd = &f.blocks[b.index()];
        for &i in &bd.insts {
            cost += match f.insts[i.index()].op {
                Op::GetFp | Op::GetCallerPc | Op::GetCallerSp => return None,
                Op::Iconst | Op::Fconst | Op::SymAddr | Op::SlotAddr | Op::PtrAdd | Op::Undef | Op::KeepAlive => 0,
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
