//! The list of function passes: order is data, and each constraint carries its reason.

use crate::func::{absorb, cfgclean, copyelim, cse, deadcode, ifconv, licm, promote, prove, rotate, simplify};
use goxide_ssa::Func;

/// A pass over one function; true if it changed something.
pub struct Pass {
    pub name: &'static str,
    pub run: fn(&mut Func) -> bool,
}

macro_rules! pass {
    ($name:literal, $run:path) => {
        Pass { name: $name, run: $run }
    };
}

/// Before inlining into a function: makes known callees and constants visible.
pub const EARLY: &[Pass] = &[
    pass!("early copyelim", copyelim::run),
    pass!("early promote", promote::run),
    pass!("early simplify", simplify::run),
    pass!("early cse", cse::run),
    pass!("early deadcode", deadcode::run),
];

/// After inlining and escape analysis.
pub const LATE: &[Pass] = &[
    // Inlining leaves jumps to and from copied bodies.
    pass!("cfgclean", cfgclean::run),
    pass!("copyelim", copyelim::run),
    // Escape analysis made slots of allocations.
    pass!("promote", promote::run),
    pass!("simplify", simplify::run),
    // Equal lengths must be one value before `prove`.
    pass!("cse", cse::run),
    // Loops are not inverted yet: conditions of headers dominate bodies.
    pass!("prove", prove::run),
    pass!("late simplify", simplify::run),
    pass!("late cfgclean", cfgclean::run),
    pass!("late copyelim", copyelim::run),
    pass!("late deadcode", deadcode::run),
    // After `prove`, before loops change shape: arms are still blocks of their own.
    pass!("ifconv", ifconv::run),
    pass!("rotate", rotate::run),
    pass!("rotate cfgclean", cfgclean::run),
    pass!("rotate copyelim", copyelim::run),
    // Rotated loops have preheaders that run only if the body does.
    pass!("licm", licm::run),
    pass!("last simplify", simplify::run),
    pass!("last cse", cse::run),
    pass!("last cfgclean", cfgclean::run),
    pass!("deadcode", deadcode::run),
    // When no load will be removed any more.
    pass!("absorb", absorb::run),
];

/// Runs `list` without the passes in `off`, showing each result to `see` (dumps, verification).
pub fn run(list: &[Pass], f: &mut Func, off: &[String], see: &mut dyn FnMut(&'static str, &Func)) {
    for p in list {
        if off.iter().any(|o| o == p.name) {
            continue;
        }
        (p.run)(f);
        see(p.name, f);
    }
}
