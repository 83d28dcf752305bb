//! Loads whose fault must be told apart from what uses them.
//!
//! Instruction selection puts a load into the instruction that uses its value, which then faults in its place: at the
//! position of the use. Where that is on another line, a nil dereference would be reported on the wrong one.

use goxide_base::{FxHashMap, FxHashSet, Pos};
use goxide_ssa::{Aux, Func, Inst, MemFlags, Op, Value};

/// The loads whose first use, in the same block, is on another line.
pub fn apart(f: &Func) -> FxHashSet<Inst> {
    let mut marked = FxHashSet::default();
    let mut open: FxHashMap<Value, Inst> = FxHashMap::default();
    for b in &f.blocks {
        open.clear();
        for &i in &b.insts {
            let d = &f.insts[i.index()];
            if !open.is_empty() {
                for v in &d.args {
                    if let Some(load) = open.remove(v)
                        && !same_line(pos(f, load), pos(f, i))
                    {
                        marked.insert(load);
                    }
                }
            }
            if d.op == Op::Load && !matches!(d.aux, Aux::Mem { flags, .. } if flags.has(MemFlags::NONNIL)) {
                open.insert(d.results[0], i);
            }
        }
    }
    marked
}

fn pos(f: &Func, i: Inst) -> Pos {
    f.locs[f.insts[i.index()].loc.index()].pos
}

fn same_line(a: Pos, b: Pos) -> bool {
    if a == b || !a.is_known() || !b.is_known() {
        return true;
    }
    let (from, to) = (a.min(b), a.max(b));
    goxide_base::file_of(from).is_none_or(|file| {
        let text = file.src.get(file.offset(from)..file.offset(to));
        text.is_some_and(|t| !t.contains(&b'\n'))
    })
}
