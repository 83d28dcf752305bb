//! What `-m` needs to know of a function's allocations, from the results of `escape`.

use super::Remark;
use super::escape::Note;
use super::summary::MAX_COST;
use goxide_ssa::{AllocKind, Aux, Func, Op};

/// The allocations of a function as it was written, before any pass.
pub fn made(f: &Func) -> Vec<Note> {
    if !f.reported {
        return Vec::new();
    }
    let insts = f.order.iter().flat_map(|b| &f.blocks[b.index()].insts);
    insts
        .filter_map(|&inst| {
            let d = &f.insts[inst.index()];
            let (kind, what) = match (&d.op, &d.aux) {
                (Op::Alloc(k), Aux::Alloc { what, .. }) => (*k, *what),
                (Op::MakeSlice, _) => (AllocKind::SliceLit, "make"),
                _ => return None,
            };
            // What is gone when escapes are analysed was not needed.
            Some(Note { inst, loc: d.loc, kind, what, escapes: false })
        })
        .collect()
}

/// Reports what became of each allocation that was `made`. Those of inlined bodies
/// are reported where the bodies come from.
pub fn allocations(f: &Func, made: &[Note], notes: &[Note], out: &mut Vec<Remark>) {
    if !f.reported {
        return;
    }
    let gone = made.iter().filter(|m| !notes.iter().any(|n| n.inst == m.inst));
    for n in notes.iter().chain(gone) {
        let l = f.locs[n.loc.index()];
        if l.inlined.is_some() || n.kind == AllocKind::Temp {
            continue;
        }
        out.push(Remark::Alloc { func: f.sym, pos: l.pos, kind: n.kind, escapes: n.escapes });
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
