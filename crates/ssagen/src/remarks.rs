//! Facts about the source that `-m` reports need: names of parameters and results, the text of expressions that allocate.
//! Everything here does nothing unless the package is to be reported on.

use crate::abi_assign::Where;
use crate::flow::Site;
use crate::fx::*;
use crate::layout::*;
use goxide_base::Pos;
use goxide_ssa::{SourceFacts, SourceParam, Type, Value};
use goxide_syntax::ast::{Expr, NodeId};
use goxide_syntax::expr_string;
use goxide_types::{Obj, Ty};

/// An expression as reports of gc quote it.
pub fn text(e: &Expr) -> String {
    expr_string(e).replace('…', "...")
}

impl Fx<'_> {
    /// Whether decisions in this function are reported.
    pub fn reporting(&self) -> bool {
        self.b.f.source.is_some()
    }
    /// Notes the variables of the signature.
    pub fn note_signature(&mut self, params: &[Obj], ptys: &[Ty], results: &[Obj]) {
        if !self.prog.is_reported(self.cp.pkg) {
            return;
        }
        let mut facts = SourceFacts::default();
        let mut next = 0;
        for ((w, o), &t) in self.assign.params.iter().zip(params).zip(ptys) {
            let Where::Regs(cs) = w else { continue };
            let regs = next..next + cs.len();
            next = regs.end;
            let name = o.name();
            if name.is_blank() || name.as_str().is_empty() || !info(t).ptrs {
                continue;
            }
            // The first word of an interface points to no object of the program.
            let skip = usize::from(is_iface(t));
            let ptrs = regs.skip(skip).filter(|&n| self.assign.sig.params[n] == Type::Ptr).collect();
            facts.params.push(SourceParam { name: name.as_str(), pos: o.pos(), ptrs });
        }
        let mut next = 0;
        for (i, (w, o)) in self.assign.results.iter().zip(results).enumerate() {
            let Where::Regs(cs) = w else { continue };
            let name = if o.name().as_str().is_empty() { format!("~r{i}") } else { o.name().as_str().to_owned() };
            facts.results.push((name, next..next + cs.len()));
            next += cs.len();
        }
        self.b.f.source = Some(Box::new(facts));
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
    /// Reports that `e` is allocated whatever the optimiser finds.
    pub fn note_escapes(&mut self, e: &Expr) {
        self.note_decided(e.pos, || format!("{} escapes to heap", text(e)));
    }
    pub fn note_decided(&mut self, pos: Pos, text: impl FnOnce() -> String) {
        if let Some(s) = &mut self.b.f.source {
            s.decided.push((pos, text()));
        }
    }
    /// Notes the text of a `make` of a slice, whose instruction has none.
    pub fn note_make(&mut self, e: &Expr) {
        if let Some(s) = &mut self.b.f.source {
            s.makes.push((e.pos, text(e).leak()));
        }
    }
}
