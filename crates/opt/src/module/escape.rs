//! escape — find allocations that do not outlive their frame and put them there.
//!
//! Before:  inlining has run; callees are finished and have summaries.
//! After:   an `Alloc` (or `MakeSlice` of constant size) whose address stays in the frame is a zeroed slot; stores to
//!          such memory have lost their barriers; the function's own summary is known.
//! Method:  flow of object identities through values and through the contents of objects, to a fixed point
//!          (Andersen-style, within the function). Pointer parameters are two pseudo objects each: what they point at,
//!          and whatever is reachable from there. An allocation in a loop must not be reachable from the next iteration.
//! Misses:  flow sensitivity; distinct fields of one object.
//! Cost:    a few passes over the instructions; functions over `MAX_VALUES` values are left alone.
//! Parts:   here the objects and the fixed point; `effects` of instructions; `decide` what stays; `rewrite`.

mod decide;
mod effects;
mod rewrite;

use super::buffers;
use super::summary::{EscapeSummary, Finished, ParamFlow};
use crate::func::alias::{Root, root_of};
use goxide_base::FxHashMap;
use goxide_ssa::analysis::Cfg;
use goxide_ssa::{AllocKind, Aux, Block, Func, Inst, Loc, Op, Slot, Sym, SymKind, Term, Type, Value};
use smallvec::SmallVec;

const MAX_VALUES: usize = 60_000;

/// See `Cx::forks`.
const VFORK: &str = "syscall.rawVforkSyscall";

type Set = SmallVec<[u32; 4]>;

/// Where a `DeferFrame` keeps the link to the next one.
const LINK: i32 = goxide_abi::deferframe::LINK;

/// Memory of unknown origin.
const UNKNOWN: u32 = 0;

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Unknown,
    Alloc(Inst, Block),
    Slot(Slot),
    /// Pointee of a parameter, and what is reachable from it.
    Param(usize),
    ParamContent(usize),
    Ctx,
    CtxContent,
    /// Read-only data that stands for an allocation of the source.
    Static(Sym),
}

/// One decision, for `-m`.
pub struct Note {
    pub inst: Inst,
    pub loc: Loc,
    pub kind: AllocKind,
    pub what: &'static str,
    pub escapes: bool,
    /// The capacity of a slice that is made, if it is known.
    pub size: Option<i64>,
}

pub struct Outcome {
    pub summary: EscapeSummary,
    pub notes: Vec<Note>,
    pub changed: bool,
}

/// Sizes the pass needs of types.
pub trait Sizes {
    fn size_align(&self, ty: goxide_types::Ty) -> (u64, u32);
    fn has_pointers(&self, ty: goxide_types::Ty) -> bool;
}

/// The outcome of not looking: everything escapes.
pub fn nothing(f: &Func) -> Outcome {
    let params = vec![ParamFlow::UNKNOWN; f.sig.params.len()];
    Outcome {
        summary: EscapeSummary { params, ctx: ParamFlow::UNKNOWN, block: Vec::new() },
        notes: Vec::new(),
        changed: false,
    }
}

pub fn run(f: &mut Func, done: &dyn Finished, sizes: &dyn Sizes) -> Outcome {
    if f.values.len() > MAX_VALUES {
        return nothing(f);
    }
    let cfg = Cfg::new(f);
    let mut cx = Cx::new(f, &cfg, sizes, false);
    let notes = loop {
        cx.solve(f, &cfg, done);
        let notes = cx.notes(f, &cfg, sizes);
        // What is on the heap after all (too large, or needed in the next iteration) must not point into the frame: the
        // collector would not find there what is kept alive by such a pointer alone.
        let allocs = (0..cx.kinds.len() as u32).filter(|&o| matches!(cx.kinds[o as usize], Kind::Alloc(..)));
        let late: Vec<u32> =
            allocs.zip(&notes).filter(|(o, n)| n.escapes && !cx.escaped[*o as usize]).map(|(o, _)| o).collect();
        if late.is_empty() {
            break notes;
        }
        late.into_iter().for_each(|o| cx.escape(o));
    };
    let summary = cx.summary(f);
    let changed = rewrite::apply(f, &cfg, &cx, &notes, sizes);
    Outcome { summary, notes, changed }
}

/// Read-only data in place of an allocation: closures that capture nothing, constants in interfaces. What became of it
/// costs nothing, but reports tell it.
pub fn static_kind(s: Sym) -> Option<AllocKind> {
    match s.kind() {
        SymKind::FuncVal(code) if matches!(code.kind(), SymKind::Closure { .. }) => Some(AllocKind::Closure),
        SymKind::Data if s.name().starts_with("go:const.") => Some(AllocKind::Iface),
        _ => None,
    }
}

/// The static objects that `f` refers to, and whether they escape.
pub fn statics(f: &Func, done: &dyn Finished, sizes: &dyn Sizes) -> Vec<(Sym, bool)> {
    if f.values.len() > MAX_VALUES {
        return Vec::new();
    }
    let cfg = Cfg::new(f);
    let mut cx = Cx::new(f, &cfg, sizes, true);
    cx.solve(f, &cfg, done);
    let all = cx.kinds.iter().zip(&cx.escaped);
    all.filter_map(|(k, &e)| if let Kind::Static(s) = k { Some((*s, e)) } else { None }).collect()
}

struct Cx {
    /// Addresses turned into integers escape: the function shares its frame with a child process, and the frame is put
    /// back as it was when the parent goes on (`rawVforkSyscall`), so what the kernel writes must be elsewhere.
    forks: bool,
    /// The frame record of a function with defer.
    defer_frame: Option<Slot>,
    kinds: Vec<Kind>,
    /// Objects a value may point at.
    pts: Vec<Set>,
    /// Objects whose address an object's memory may hold.
    content: Vec<Set>,
    escaped: Vec<bool>,
    /// Objects that are in the frame only if they turn out to be small: what they hold must not be in the frame.
    mixed: Vec<bool>,
    /// The pointers stored to each block of arguments, with their offsets, if nothing else is done to it but calling.
    blocks: FxHashMap<Slot, Vec<(i64, Value)>>,
    /// Arrays that appends make.
    appended: Vec<bool>,
    /// Objects each result may point at.
    results: Vec<Set>,
    changed: bool,
}

fn insert(s: &mut Set, o: u32) -> bool {
    match s.binary_search(&o) {
        Ok(_) => false,
        Err(i) => {
            s.insert(i, o);
            true
        }
    }
}

/// What is passed in blocks of arguments, pointer by pointer.
fn argument_blocks(f: &Func) -> FxHashMap<Slot, Vec<(i64, Value)>> {
    let slots = (0..f.slots.len()).map(Slot::new).filter(|s| f.slots[s.index()].transient);
    let mut blocks: FxHashMap<Slot, Option<Vec<_>>> = slots.map(|s| (s, Some(Vec::new()))).collect();
    if blocks.is_empty() {
        return FxHashMap::default();
    }
    for d in f.order.iter().flat_map(|b| &f.blocks[b.index()].insts).map(|i| &f.insts[i.index()]) {
        for (n, &a) in d.args.iter().enumerate().filter(|(_, a)| f.ty(**a) == Type::Ptr) {
            let (Root::Slot(s), off) = root_of(f, a) else { continue };
            let Some(block) = blocks.get_mut(&s) else { continue };
            let known = match (d.op, &d.aux, block.as_mut(), off) {
                (Op::PtrAdd | Op::Load, ..) => true,
                (Op::Zero, _, _, Some(_)) => true,
                (op, ..) if op.is_call() => n + 1 == d.args.len(),
                (Op::Store, Aux::Mem { off: more, .. }, Some(block), Some(off)) if n == 0 => {
                    if f.ty(d.args[1]) == Type::Ptr {
                        block.push((off + i64::from(*more), d.args[1]));
                    }
                    true
                }
                _ => false,
            };
            if !known {
                *block = None;
            }
        }
    }
    let targets = f.order.iter().flat_map(|b| f.blocks[b.index()].term.targets());
    for &a in targets.flat_map(|t| &t.args) {
        if let (Root::Slot(s), _) = root_of(f, a) {
            blocks.remove(&s);
        }
    }
    blocks.into_iter().filter_map(|(s, b)| Some((s, b?))).collect()
}

impl Cx {
    fn new(f: &Func, cfg: &Cfg, sizes: &dyn Sizes, statics: bool) -> Cx {
        let forks = |i: &Inst| matches!(&f.insts[i.index()].aux, Aux::Call { callee, .. } if callee.name() == VFORK);
        let mut cx = Cx {
            forks: cfg.rpo.iter().any(|b| f.blocks[b.index()].insts.iter().any(forks)),
            defer_frame: cfg.rpo.iter().find_map(|b| match f.blocks[b.index()].term {
                Term::DeferEnter { frame, .. } => Some(frame),
                _ => None,
            }),
            kinds: vec![Kind::Unknown],
            pts: vec![Set::new(); f.values.len()],
            content: Vec::new(),
            escaped: vec![true],
            mixed: Vec::new(),
            blocks: argument_blocks(f),
            appended: Vec::new(),
            results: vec![Set::new(); f.sig.results.len()],
            changed: false,
        };
        for n in 0..f.sig.params.len() {
            if f.sig.params[n] == Type::Ptr {
                let v = f.blocks[0].params[n];
                cx.param(Kind::Param(n), Kind::ParamContent(n), v);
            }
        }
        for s in 0..f.slots.len() {
            cx.object(Kind::Slot(Slot::new(s)));
        }
        for &b in &cfg.rpo {
            for &i in &f.blocks[b.index()].insts {
                let d = &f.insts[i.index()];
                match d.op {
                    Op::Alloc(_) | Op::MakeSlice => {
                        let o = cx.object(Kind::Alloc(i, b));
                        insert(&mut cx.pts[d.results[0].index()], o);
                    }
                    Op::Call if decide::is_buffered(f, i, sizes) => {
                        let o = cx.object(Kind::Alloc(i, b));
                        insert(&mut cx.pts[d.results[0].index()], o);
                    }
                    Op::GetCtx => cx.param(Kind::Ctx, Kind::CtxContent, d.results[0]),
                    Op::SymAddr if statics => {
                        let Aux::Sym(s, 0) = d.aux else { continue };
                        if static_kind(s).is_some() {
                            let known = cx.kinds.iter().position(|k| *k == Kind::Static(s));
                            let o = known.map_or_else(|| cx.object(Kind::Static(s)), |o| o as u32);
                            insert(&mut cx.pts[d.results[0].index()], o);
                        }
                    }
                    _ => {}
                }
            }
        }
        let mixed = |i| {
            buffers::for_slice(f, i, sizes).is_some()
                || buffers::has_buffer(f, i)
                || buffers::grown(f, i, sizes).is_some()
        };
        let append = |k: &Kind| matches!(*k, Kind::Alloc(i, _) if buffers::grown(f, i, sizes).is_some());
        cx.appended = cx.kinds.iter().map(append).collect();
        cx.mixed = cx.kinds.iter().map(|k| matches!(*k, Kind::Alloc(i, _) if mixed(i))).collect();
        cx.content = vec![Set::new(); cx.kinds.len()];
        insert(&mut cx.content[UNKNOWN as usize], UNKNOWN);
        for o in 0..cx.kinds.len() {
            if matches!(cx.kinds[o], Kind::Param(_) | Kind::Ctx) {
                insert(&mut cx.content[o], o as u32 + 1);
                insert(&mut cx.content[o + 1], o as u32 + 1);
            }
        }
        cx
    }

    fn object(&mut self, k: Kind) -> u32 {
        self.kinds.push(k);
        self.escaped.push(false);
        self.kinds.len() as u32 - 1
    }
    fn param(&mut self, own: Kind, content: Kind, v: Value) {
        let o = self.object(own);
        self.object(content);
        insert(&mut self.pts[v.index()], o);
    }
    fn outside(&self, o: u32) -> bool {
        !matches!(self.kinds[o as usize], Kind::Alloc(..) | Kind::Slot(_) | Kind::Static(_))
    }
    fn is_defer_frame(&self, f: &Func, addr: Value) -> bool {
        f.def_inst(addr).is_some_and(|i| match f.insts[i.index()].aux {
            Aux::Slot(s) => self.defer_frame == Some(s),
            _ => false,
        })
    }
    fn slot_object(&self, s: Slot) -> u32 {
        self.kinds.iter().position(|k| *k == Kind::Slot(s)).expect("every slot has an object") as u32
    }

    /// Whether `v` may be the address of what `by` allocates.
    fn makes(&self, v: Value, by: Inst) -> bool {
        let by = |&o: &u32| matches!(self.kinds[o as usize], Kind::Alloc(i, _) if i == by);
        self.pts[v.index()].iter().any(by)
    }
    fn add(&mut self, v: Value, o: u32) {
        if insert(&mut self.pts[v.index()], o) {
            self.changed = true;
        }
    }
    fn flow(&mut self, from: Value, to: Value) {
        let s = self.pts[from.index()].clone();
        for o in s {
            self.add(to, o);
        }
    }
    fn escape(&mut self, o: u32) {
        if !std::mem::replace(&mut self.escaped[o as usize], true) {
            self.changed = true;
        }
    }
    fn escape_value(&mut self, v: Value) {
        for o in self.pts[v.index()].clone() {
            self.escape(o);
        }
    }
    /// Everything reachable from what `v` points at escapes, but not that itself.
    fn escape_content(&mut self, v: Value) {
        for o in self.reachable(v) {
            self.escape(o);
        }
    }
    /// Objects reachable in one or more steps from what `v` points at.
    fn reachable(&self, v: Value) -> Vec<u32> {
        self.reachable_from(
            self.pts[v.index()].iter().flat_map(|&o| self.content[o as usize].iter().copied()).collect(),
        )
    }
    fn reachable_from(&self, mut work: Vec<u32>) -> Vec<u32> {
        let mut seen = vec![false; self.kinds.len()];
        let mut out = Vec::new();
        while let Some(o) = work.pop() {
            if !std::mem::replace(&mut seen[o as usize], true) {
                out.push(o);
                work.extend(self.content[o as usize].iter().copied());
            }
        }
        out
    }

    fn solve(&mut self, f: &Func, cfg: &Cfg, done: &dyn Finished) {
        loop {
            self.changed = false;
            for &b in &cfg.rpo {
                for &i in &f.blocks[b.index()].insts {
                    self.inst(f, i, done);
                }
                let term = &f.blocks[b.index()].term;
                for t in term.targets() {
                    for (n, &a) in t.args.iter().enumerate() {
                        self.flow(a, f.blocks[t.block.index()].params[n]);
                    }
                }
                match term {
                    Term::Ret(vs) => {
                        for (n, &v) in vs.iter().enumerate() {
                            // An address as an integer keeps nothing alive.
                            if f.ty(v) != Type::Ptr {
                                continue;
                            }
                            for o in self.pts[v.index()].clone() {
                                if insert(&mut self.results[n], o) {
                                    self.changed = true;
                                }
                                if !self.outside(o) {
                                    self.escape(o);
                                }
                            }
                        }
                    }
                    Term::DeferEnter { landing, .. } => {
                        for &p in &f.blocks[landing.index()].params {
                            self.add(p, UNKNOWN);
                        }
                    }
                    _ => {}
                }
            }
            // What an escaped object holds escapes; what is loaded from it may be anything.
            for o in 0..self.kinds.len() {
                if self.escaped[o] {
                    for c in self.content[o].clone() {
                        self.escape(c);
                    }
                    if insert(&mut self.content[o], UNKNOWN) {
                        self.changed = true;
                    }
                }
            }
            if !self.changed {
                return;
            }
        }
    }

    fn summary(&self, f: &Func) -> EscapeSummary {
        let of = |own: Kind| -> ParamFlow {
            let Some(o) = self.kinds.iter().position(|k| *k == own) else { return ParamFlow::NONE };
            let mut flow = ParamFlow {
                leaks: self.escaped[o],
                content_leaks: self.escaped[o + 1],
                to_results: 0,
                content_to_results: 0,
            };
            for (n, r) in self.results.iter().enumerate().take(32) {
                if r.binary_search(&(o as u32)).is_ok() {
                    flow.to_results |= 1 << n;
                }
                if r.binary_search(&(o as u32 + 1)).is_ok() {
                    flow.content_to_results |= 1 << n;
                }
            }
            flow
        };
        let params = (0..f.sig.params.len()).map(|n| of(Kind::Param(n))).collect();
        EscapeSummary { params, ctx: of(Kind::Ctx), block: Vec::new() }
    }
}
