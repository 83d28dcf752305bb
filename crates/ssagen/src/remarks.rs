//! What lowering tells of allocations: to the optimiser which stay in the frame, to reports (`-m`) what is where.

use crate::abi_assign::Where;
use crate::flow::Site;
use crate::fx::*;
use goxide_ssa::{ParamTag, SymKind, Value};
use goxide_syntax::ast::{Expr, NodeId};
use goxide_syntax::expr_string;
use goxide_types::{Obj, Ty};

/// An expression as reports of gc quote it.
pub fn text(e: &Expr) -> String {
    expr_string(e).replace('…', "...")
}

impl Fx<'_> {
    /// Whether decisions are reported.
    pub fn reporting(&self) -> bool {
        self.prog.reporting()
    }
    /// Hands on what escape analysis found of the parameters of declared function `o`.
    pub fn tag_parameters(&mut self, o: Obj) {
        let Some(tags) = self.prog.tags_of(o) else { return };
        let pointers = match self.b.f.sym.kind() {
            SymKind::Func { targs, .. } => crate::flow::pointers_of_all(targs),
            _ => crate::flow::Pointers::Others,
        };
        // Bits of the scalars that each result is made of; None if it is in memory.
        let mut next = 0;
        let mut results = Vec::new();
        for w in &self.assign.results {
            let Where::Regs(cs) = w else {
                results.push(None);
                continue;
            };
            let bits = (next..next + cs.len()).filter(|&n| n < 32).fold(0u32, |m, n| m | 1 << n);
            results.push((next + cs.len() <= 32).then_some(bits));
            next += cs.len();
        }
        let all = ParamTag { leaks: true, content_leaks: true, to_results: !0, content_to_results: !0 };
        let mut out = Vec::new();
        // The block of arguments in memory is the callee's to read: it is kept nowhere, but what it holds may be.
        let mut block = ParamTag::default();
        let mut in_block = Vec::new();
        for (w, t) in self.assign.params.iter().zip(tags) {
            let t = t.of_instance(pointers);
            let mut tag =
                ParamTag { leaks: t.heap() == Some(0), content_leaks: t.heap().is_some(), ..ParamTag::default() };
            for (i, bits) in results.iter().enumerate() {
                match (t.result(i), bits) {
                    (None, _) => {}
                    (Some(n), Some(bits)) => {
                        tag.content_to_results |= bits;
                        tag.to_results |= if n == 0 { *bits } else { 0 };
                    }
                    (Some(_), None) => tag = all,
                }
            }
            match w {
                Where::Regs(cs) => out.extend(cs.iter().map(|_| tag)),
                Where::Block(off) => {
                    in_block.push((*off as u32, tag));
                    block.content_leaks |= tag.leaks || tag.content_leaks;
                    block.content_to_results |= tag.to_results | tag.content_to_results;
                }
            }
        }
        out.resize(self.assign.sig.params.len(), block);
        self.b.f.tags = Some(out);
        self.b.f.block_tags = in_block;
    }
    /// Whether the thing that node `n` allocates stays in the frame.
    fn site_stays(&self, site: Site, n: NodeId) -> bool {
        self.prog.stays(self.cp.pkg).is_some_and(|s| s.site(site, n))
    }
    /// Hands on to the optimiser what is known of allocation `p`, made for node `n`.
    pub fn mark_site(&mut self, p: Value, site: Site, n: NodeId) {
        if self.site_stays(site, n) {
            self.b.f.stays.extend(self.b.f.def_inst(p));
        }
    }
    /// The same for the variable whose memory is `p`.
    pub fn mark_var(&mut self, p: Value, o: Obj, t: Ty) {
        if self.facts.stays(o, t) {
            self.b.f.stays.extend(self.b.f.def_inst(p));
        }
    }
    /// The description of an allocation made for `e`.
    pub fn what(&self, plain: &'static str, e: &Expr) -> &'static str {
        if self.reporting() { text(e).leak() } else { plain }
    }
}
