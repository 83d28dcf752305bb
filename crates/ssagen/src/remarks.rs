//! What lowering tells of allocations: to the optimiser which stay in the frame, to reports (`-m`) what is where.

use crate::flow::Site;
use crate::fx::*;
use goxide_ssa::Value;
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
        self.b.f.reported
    }
    /// Decides whether the function is reported on.
    pub fn start_reporting(&mut self) {
        self.b.f.reported = self.prog.is_reported(self.cp.pkg);
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
