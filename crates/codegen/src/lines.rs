//! From Cranelift's source ranges to the function's tables: positions, inline tree, unsafe ranges.

use cranelift_codegen::{Final, MachBufferFinalized};
use goxide_abi::tables::writer::{FuncInfo, Inline, Position};
use goxide_base::{FxHashMap, Pos, SourceFile, file_of};
use goxide_ssa::{Func, InlineNode, Loc};
use std::sync::Arc;

/// Resolves positions, remembering the file last used.
struct Resolver {
    last: Option<Arc<SourceFile>>,
    files: Vec<String>,
    ids: FxHashMap<String, u32>,
    known: FxHashMap<Pos, (u32, u32)>,
}

impl Resolver {
    /// File (index in `files`) and line.
    fn get(&mut self, pos: Pos) -> Option<(u32, u32)> {
        if !pos.is_known() {
            return None;
        }
        if let Some(&r) = self.known.get(&pos) {
            return Some(r);
        }
        let inside = |f: &SourceFile| f.base <= pos.0 && pos.0 <= f.base + f.src.len() as u32;
        if !self.last.as_deref().is_some_and(inside) {
            self.last = file_of(pos);
        }
        let mut p = self.last.as_ref()?.position(pos, true);
        if p.file.is_empty() {
            // `//line :7`
            p.file.push_str("??");
        }
        let id = match self.ids.get(&p.file) {
            Some(&i) => i,
            None => {
                let i = self.files.len() as u32;
                self.files.push(p.file.clone());
                self.ids.insert(p.file, i);
                i
            }
        };
        self.known.insert(pos, (id, p.line));
        Some((id, p.line))
    }
}

/// What the code's source ranges say; sizes, flags and traps are left to the caller.
pub fn func_info(f: &Func, body: u32, buf: &MachBufferFinalized<Final>, srclocs: &[(Loc, u32)]) -> FuncInfo {
    let mut r = Resolver { last: None, files: Vec::new(), ids: FxHashMap::default(), known: FxHashMap::default() };
    let mut info = FuncInfo { name: f.sym.name().to_string(), ..FuncInfo::default() };
    let own = r.get(f.pos);
    info.start_line = own.map_or(0, |p| p.1);

    // Inline nodes that positions use, parents first.
    let mut node_ids: FxHashMap<InlineNode, u32> = FxHashMap::default();
    let mut pending: Vec<(u32, Loc, u32)> = Vec::new();
    for (start, end, id) in buf.get_srclocs_sorted().iter().map(|s| (s.start, s.end, s.loc.bits())) {
        if let Some(&(loc, _)) = srclocs.get(id as usize)
            && start < end
        {
            pending.push((start, loc, end));
        }
    }
    if let Some((file, line)) = own {
        info.positions.push(Position { pc: 0, file, line, inline: None });
    }
    for (start, loc, _) in pending {
        let d = f.locs[loc.index()];
        let Some((file, line)) = r.get(d.pos) else { continue };
        let inline = d.inlined.map(|n| inline_id(f, n, &mut node_ids, &mut info.inlines, &mut r));
        let p = Position { pc: start + body, file, line, inline };
        match info.positions.last_mut() {
            Some(l) if (l.file, l.line, l.inline) == (file, line, inline) => {}
            Some(l) if l.pc == p.pc => *l = p,
            _ => info.positions.push(p),
        }
    }
    info.unsafe_ranges = unsafe_ranges(body, buf, srclocs);
    info.files = r.files;
    info
}

fn inline_id(
    f: &Func,
    n: InlineNode,
    ids: &mut FxHashMap<InlineNode, u32>,
    out: &mut Vec<Inline>,
    r: &mut Resolver,
) -> u32 {
    if let Some(&i) = ids.get(&n) {
        return i;
    }
    let d = f.inlines[n.index()];
    let call = f.locs[d.call.index()];
    let parent = call.inlined.map(|p| inline_id(f, p, ids, out, r));
    let (file, call_line) = r.get(call.pos).unwrap_or((0, 0));
    let start_line = r.get(d.start).map_or(0, |p| p.1);
    let call_file = r.files.get(file as usize).cloned().unwrap_or_default();
    let name = d.callee.name().to_string();
    out.push(Inline { name, parent, call_file, call_line, start_line, wrapper: d.wrapper });
    let i = out.len() as u32 - 1;
    ids.insert(n, i);
    i
}

/// The hull of each unsafe sequence. The cold block of a sequence lies apart from its hot part: each contiguous region is
/// covered on its own, a region being interrupted by code of a known other place that is not between two of its pieces.
fn unsafe_ranges(body: u32, buf: &MachBufferFinalized<Final>, srclocs: &[(Loc, u32)]) -> Vec<(u32, u32)> {
    let mut by_seq: FxHashMap<u32, Vec<(u32, u32)>> = FxHashMap::default();
    for s in buf.get_srclocs_sorted() {
        if let Some(&(_, seq)) = srclocs.get(s.loc.bits() as usize)
            && seq != 0
            && s.start < s.end
        {
            by_seq.entry(seq).or_default().push((s.start + body, s.end + body));
        }
    }
    let mut all: Vec<(u32, u32)> = Vec::new();
    for ranges in by_seq.into_values() {
        // Pieces further apart than a barrier sequence is long are its cold block.
        const NEAR: u32 = 96;
        let mut cur: Option<(u32, u32)> = None;
        for (from, to) in ranges {
            cur = match cur {
                Some((a, b)) if from <= b + NEAR => Some((a, b.max(to))),
                Some(done) => {
                    all.push(done);
                    Some((from, to))
                }
                None => Some((from, to)),
            };
        }
        all.extend(cur);
    }
    all.sort_unstable();
    let mut out: Vec<(u32, u32)> = Vec::new();
    for (from, to) in all {
        match out.last_mut() {
            Some(l) if from <= l.1 => l.1 = l.1.max(to),
            _ => out.push((from, to)),
        }
    }
    out
}
