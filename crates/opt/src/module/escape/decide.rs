//! Which allocations stay: those that nothing lets escape, that fit, and of which an iteration of a loop needs but one.

use super::super::buffers;
use super::{Cx, Kind, Note, Sizes};
use goxide_ssa::analysis::{Cfg, DomTree, LoopForest, LoopId};
use goxide_ssa::{AllocKind, Aux, Block, Func, Inst, Op, Term, Value};

/// Largest explicit variable kept in the frame, and largest implicit one, as gc's.
const MAX_VAR: u64 = 128 << 10;
const MAX_IMPLICIT: u64 = 64 << 10;

impl Cx {
    /// Whether the object allocated by `i` in `home` may still be referred to when `i` runs again.
    fn outlives_iteration(&self, f: &Func, cfg: &Cfg, forest: &LoopForest, o: u32, home: Block) -> bool {
        let Some(inner) = forest.innermost(home) else {
            // Not in a natural loop, but perhaps in an irreducible cycle.
            return in_cycle(f, cfg, home);
        };
        // Loop-carried: a header parameter of a loop around `home` may hold it.
        let mut l = Some(inner);
        while let Some(x) = l {
            let h = forest.loops[x.index()].header;
            let carried = |&p: &Value| self.pts[p.index()].binary_search(&o).is_ok();
            if f.blocks[h.index()].params.iter().any(carried) {
                return true;
            }
            l = forest.loops[x.index()].parent;
        }
        // Held by an object that lives longer than an iteration.
        for (h, k) in self.kinds.iter().enumerate() {
            if self.content[h].binary_search(&o).is_err() {
                continue;
            }
            match *k {
                Kind::Alloc(_, b) if forest.contains(inner, b) => {}
                Kind::Slot(s) if f.slots[s.index()].transient && !self.crosses(f, cfg, forest, h, inner) => {}
                _ => return true,
            }
        }
        false
    }

    /// Whether what may be the address of object `o` is used both in loop `l` and outside of it.
    fn crosses(&self, f: &Func, cfg: &Cfg, forest: &LoopForest, o: usize, l: LoopId) -> bool {
        let held = |v: &Value| self.pts[v.index()].binary_search(&(o as u32)).is_ok();
        let uses = |&b: &Block| {
            let bd = &f.blocks[b.index()];
            let used = |i: &Inst| {
                let d = &f.insts[i.index()];
                d.op != Op::PtrAdd && d.args.iter().any(held)
            };
            let passed = || bd.term.targets().iter().any(|t| t.args.iter().any(held));
            let returned = || matches!(&bd.term, Term::Ret(vs) if vs.iter().any(held));
            bd.insts.iter().any(used) || passed() || returned()
        };
        let (mut inside, mut outside) = (false, false);
        for b in cfg.rpo.iter().filter(|b| uses(b)) {
            *(if forest.contains(l, *b) { &mut inside } else { &mut outside }) = true;
        }
        inside && outside
    }

    pub(super) fn notes(&self, f: &Func, cfg: &Cfg, sizes: &dyn Sizes) -> Vec<Note> {
        let dom = DomTree::new(f, cfg);
        let forest = LoopForest::new(f, cfg, &dom);
        let mut out = Vec::new();
        for (o, k) in self.kinds.iter().enumerate() {
            let Kind::Alloc(i, home) = *k else { continue };
            let d = &f.insts[i.index()];
            let (kind, what) = match (&d.op, &d.aux) {
                (Op::Alloc(k), Aux::Alloc { what, .. }) => (*k, *what),
                (Op::Call, _) if buffers::boxed(f, i).is_some() => (AllocKind::Iface, "interface"),
                (Op::Call, _) => (AllocKind::Temp, "buffer"),
                _ => (AllocKind::SliceLit, "make"),
            };
            let limit = if kind == AllocKind::Var { MAX_VAR } else { MAX_IMPLICIT };
            let append = buffers::grown(f, i, sizes).is_some();
            let fits = append
                || buffers::for_slice(f, i, sizes).is_some()
                || frame_size(f, i, sizes).is_some_and(|(s, _)| s <= limit);
            // Two analyses: that of the source follows recursive calls, this one sees what was inlined.
            let escaped = self.escaped[o] && !f.stays.contains(&i);
            let escapes = escaped || !fits || !append && self.outlives_iteration(f, cfg, &forest, o as u32, home);
            let size = (d.op == Op::MakeSlice).then(|| f.as_const(d.args[1])).flatten();
            out.push(Note { inst: i, loc: d.loc, kind, what, escapes, size });
        }
        out
    }
}

/// Whether `b` can reach itself.
fn in_cycle(f: &Func, cfg: &Cfg, b: Block) -> bool {
    let mut seen = vec![false; f.blocks.len()];
    let mut work: Vec<Block> = goxide_ssa::analysis::cfg::succs(f, b).to_vec();
    let _ = cfg;
    while let Some(x) = work.pop() {
        if x == b {
            return true;
        }
        if !std::mem::replace(&mut seen[x.index()], true) {
            work.extend(goxide_ssa::analysis::cfg::succs(f, x));
        }
    }
    false
}

/// Size and alignment of the memory an allocation makes, if constant.
pub(super) fn frame_size(f: &Func, i: Inst, sizes: &dyn Sizes) -> Option<(u64, u32)> {
    let d = &f.insts[i.index()];
    match (&d.op, &d.aux) {
        (Op::Alloc(_), Aux::Alloc { ty, .. }) => Some(sizes.size_align(*ty)),
        (Op::MakeSlice, Aux::Type(elem)) if d.args.len() == 2 => {
            let (len, cap) = (f.as_const(d.args[0])?, f.as_const(d.args[1])?);
            let (size, align) = sizes.size_align(*elem);
            (0 <= len && len <= cap).then(|| Some((size.checked_mul(cap as u64)?, align)))?
        }
        (Op::Call, _) if buffers::boxed(f, i).is_some() => Some((8 * d.args.len() as u64, 8)),
        (Op::Call, _) => buffers::wanted(f, i, sizes).map(|b| (b.size, 8)),
        _ => None,
    }
}

/// Whether call `i` makes an object that can be in the frame instead.
pub(super) fn is_buffered(f: &Func, i: Inst, sizes: &dyn Sizes) -> bool {
    buffers::wanted(f, i, sizes).is_some() || buffers::boxed(f, i).is_some() || buffers::grown(f, i, sizes).is_some()
}
