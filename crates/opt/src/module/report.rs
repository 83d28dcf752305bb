//! What `-m` tells of a function's allocations and parameters, from the results of `escape`.

use super::Remark;
use super::escape::Note;
use super::summary::{EscapeSummary, MAX_COST, ParamFlow};
use goxide_ssa::{AllocKind, Aux, Func, Op};

/// The allocations of a function as it was written, before any pass.
pub fn made(f: &Func) -> Vec<Note> {
    if f.source.is_none() {
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

/// Reports what became of each allocation that was `made`, and what lowering decided. Those of inlined bodies are
/// reported where the bodies come from.
pub fn allocations(f: &Func, made: &[Note], notes: &[Note], out: &mut Vec<Remark>) {
    let Some(source) = &f.source else { return };
    let gone = made.iter().filter(|m| !notes.iter().any(|n| n.inst == m.inst));
    for n in notes.iter().chain(gone) {
        let l = f.locs[n.loc.index()];
        if l.inlined.is_some() || n.kind == AllocKind::Temp {
            continue;
        }
        let what = match n.what {
            "make" => match source.makes.iter().find(|m| m.0 == l.pos) {
                Some(m) => m.1,
                None => continue,
            },
            w => w,
        };
        out.push(Remark::Alloc { func: f.sym, pos: l.pos, kind: n.kind, what, escapes: n.escapes });
    }
    for (pos, text) in &source.decided {
        out.push(Remark::Text { func: f.sym, pos: *pos, text: text.clone() });
    }
}

/// Reports where pointer parameters go.
pub fn parameters(f: &Func, summary: &EscapeSummary, out: &mut Vec<Remark>) {
    let Some(source) = &f.source else { return };
    for p in &source.params {
        let mut flow = ParamFlow::NONE;
        for s in p.ptrs.iter().filter_map(|&n| summary.params.get(n)) {
            flow.leaks |= s.leaks;
            flow.content_leaks |= s.content_leaks;
            flow.to_results |= s.to_results;
            flow.content_to_results |= s.content_to_results;
        }
        let mut say = |text: String| out.push(Remark::Text { func: f.sym, pos: p.pos, text });
        let name = p.name;
        let mut any = false;
        if flow.leaks {
            say(format!("leaking param: {name}"));
            continue;
        }
        if flow.content_leaks {
            say(format!("leaking param content: {name}"));
            any = true;
        }
        for (result, scalars) in &source.results {
            let mask = scalars.clone().filter(|&n| n < 32).fold(0u32, |m, n| m | 1 << n);
            // What leaks at all needs no word about results it also flows to at the same depth.
            let level = match (flow.to_results & mask != 0, flow.content_to_results & mask != 0) {
                (true, _) => 0,
                (false, true) if !flow.content_leaks => 1,
                _ => continue,
            };
            say(format!("leaking param: {name} to result {result} level={level}"));
            any = true;
        }
        if !any {
            say(format!("{name} does not escape"));
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
