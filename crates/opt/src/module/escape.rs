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

use super::appends::{Appends, NO_BUFFER};
use super::buffers;
use super::inline::{known_func_value, slot_code};
use super::rtflow;
use super::summary::{EscapeSummary, Finished, ParamFlow};
use goxide_ssa::analysis::{Cfg, DomTree, LoopForest, LoopId};
use goxide_ssa::{AllocKind, Aux, Block, Func, Inst, Loc, MemFlags, Op, Slot, Sym, SymKind, Term, Type, Value};
use smallvec::SmallVec;

const MAX_VALUES: usize = 60_000;
/// Largest explicit variable kept in the frame, and largest implicit one, as gc's.
const MAX_VAR: u64 = 128 << 10;
const MAX_IMPLICIT: u64 = 64 << 10;

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
}

/// The outcome of not looking: everything escapes.
pub fn nothing(f: &Func) -> Outcome {
    let params = vec![ParamFlow::UNKNOWN; f.sig.params.len()];
    Outcome { summary: EscapeSummary { params, ctx: ParamFlow::UNKNOWN }, notes: Vec::new(), changed: false }
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
    let changed = apply(f, &cfg, &cx, &notes, sizes);
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
                    Op::Call if is_buffered(f, i, sizes) => {
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

    fn store(&mut self, addr: Value, val: Value) {
        if self.pts[val.index()].is_empty() {
            return;
        }
        let targets = self.pts[addr.index()].clone();
        if targets.is_empty() {
            self.escape_value(val);
        }
        for o in targets {
            if self.outside(o) || self.mixed[o as usize] {
                self.escape_value(val);
            }
            if !self.outside(o) {
                for x in self.pts[val.index()].clone() {
                    if insert(&mut self.content[o as usize], x) {
                        self.changed = true;
                    }
                }
            }
        }
    }

    fn load(&mut self, addr: Value, to: Value) {
        let from = self.pts[addr.index()].clone();
        if from.is_empty() {
            self.add(to, UNKNOWN);
        }
        for o in from {
            for c in self.content[o as usize].clone() {
                self.add(to, c);
            }
        }
    }

    fn inst(&mut self, f: &Func, i: Inst, done: &dyn Finished) {
        let d = &f.insts[i.index()];
        let ptr_result = d.results.first().copied().filter(|&r| f.ty(r) == Type::Ptr);
        match (d.op, &d.aux) {
            (Op::SlotAddr, Aux::Slot(s)) => {
                let o = self.slot_object(*s);
                self.add(d.results[0], o);
                if f.slots[s.index()].closure {
                    self.closure(slot_code(f, *s), d.results[0], done);
                }
            }
            (Op::PtrAdd, _) => self.flow(d.args[0], d.results[0]),
            (Op::PtrToInt, _) if self.forks => self.escape_value(d.args[0]),
            // Arithmetic on addresses: what it gives may become a pointer again.
            (Op::PtrToInt | Op::Neg | Op::Not | Op::Shl | Op::Shr | Op::Sar, _) => self.flow(d.args[0], d.results[0]),
            (Op::Add | Op::Sub | Op::Mul | Op::And | Op::Or | Op::Xor, _) => {
                self.flow(d.args[0], d.results[0]);
                self.flow(d.args[1], d.results[0]);
            }
            (Op::Select, _) => {
                self.flow(d.args[1], d.results[0]);
                self.flow(d.args[2], d.results[0]);
            }
            // The runtime's link to the next frame, not one of the closures that the frame holds.
            (Op::Load, Aux::Mem { off: LINK, .. }) if self.is_defer_frame(f, d.args[0]) => {
                self.add(d.results[0], UNKNOWN);
            }
            (Op::Load | Op::AtomicLoad, _) => {
                if let Some(r) = ptr_result {
                    self.load(d.args[0], r);
                }
            }
            (Op::Leak, _) => self.escape_value(d.args[0]),
            (Op::Alloc(AllocKind::Closure), _) => {
                let code = known_func_value(f, d.results[0]).map(|(code, _)| code);
                self.closure(code, d.results[0], done);
            }
            (Op::Store, _) => {
                if f.ty(d.args[1]) == Type::Ptr {
                    self.store(d.args[0], d.args[1]);
                }
            }
            (Op::Move, _) => {
                // Contents flow to contents.
                let to = self.pts[d.args[0].index()].clone();
                let from = self.pts[d.args[1].index()].clone();
                let mut held: Set = Set::new();
                for o in from {
                    for c in self.content[o as usize].clone() {
                        insert(&mut held, c);
                    }
                }
                let to_outside = to.is_empty() || to.iter().any(|&o| self.outside(o) || self.mixed[o as usize]);
                for c in held {
                    if to_outside {
                        self.escape(c);
                    }
                    for &o in &to {
                        if !self.outside(o) && insert(&mut self.content[o as usize], c) {
                            self.changed = true;
                        }
                    }
                }
                // An unknown source brings unknown pointers.
                if self.pts[d.args[1].index()].is_empty() {
                    for &o in &to {
                        if !self.outside(o) && insert(&mut self.content[o as usize], UNKNOWN) {
                            self.changed = true;
                        }
                    }
                }
            }
            (Op::AtomicStore | Op::AtomicRmw(_) | Op::AtomicCas, _) => {
                for &a in &d.args[1..] {
                    if f.ty(a) == Type::Ptr {
                        self.store(d.args[0], a);
                    }
                }
                if let Some(r) = ptr_result {
                    self.load(d.args[0], r);
                }
            }
            (Op::Call, _) if buffers::boxed(f, i).is_some() => {
                for &a in &d.args {
                    if f.ty(a) == Type::Ptr {
                        self.store(d.results[0], a);
                    }
                }
            }
            (Op::Call, Aux::Call { callee, .. }) if callee.name() == NO_BUFFER => {
                for o in self.pts[d.args[0].index()].clone() {
                    if !self.appended[o as usize] {
                        self.add(d.results[0], o);
                    }
                }
                self.add(d.results[0], UNKNOWN);
            }
            (Op::Call, Aux::Call { callee, .. }) => {
                if matches!(callee.kind(), SymKind::Func { obj, .. } if obj.noescape()) {
                    let keeps_none = vec![ParamFlow::NONE; d.args.len()];
                    let sum = EscapeSummary { params: keeps_none, ..EscapeSummary::default() };
                    return self.call(f, i, 0, Some(&sum));
                }
                let sum = done.get(*callee);
                self.call(f, i, 0, sum.as_deref().map(|s| &s.escape));
            }
            (Op::CallClosure, aux) => match known_code(f, aux, d.args[0]) {
                Some(callee) => {
                    let sum = done.get(callee);
                    self.call(f, i, 1, sum.as_deref().map(|s| &s.escape));
                    let ctx = sum.as_deref().map_or(ParamFlow::UNKNOWN, |s| s.escape.ctx);
                    self.argument(f, i, d.args[0], ctx);
                }
                None => self.call_one_of(f, i, done),
            },
            (Op::CallInd | Op::CallInter, _) => self.call(f, i, 1, None),
            (Op::CallRt, Aux::Rt { name, .. }) => {
                for (n, &a) in d.args.iter().enumerate() {
                    if f.ty(a) == Type::Ptr {
                        self.argument(f, i, a, rtflow::of(name, n));
                    }
                }
                if let Some(r) = ptr_result {
                    self.add(r, UNKNOWN);
                }
            }
            (Op::IntToPtr, _) => {
                self.flow(d.args[0], d.results[0]);
                let direct = f.def_inst(d.args[0]).is_some_and(|x| f.insts[x.index()].op == Op::PtrToInt);
                if !direct {
                    self.add(d.results[0], UNKNOWN);
                }
            }
            (Op::SymAddr, _) => self.add(d.results[0], UNKNOWN),
            _ => {
                if let Some(r) = ptr_result
                    && !matches!(d.op, Op::Alloc(_) | Op::MakeSlice | Op::GetCtx | Op::Iconst | Op::Undef)
                {
                    self.add(r, UNKNOWN);
                }
            }
        }
    }

    fn call(&mut self, f: &Func, i: Inst, first: usize, sum: Option<&EscapeSummary>) {
        let d = &f.insts[i.index()];
        for (n, &a) in d.args[first..].iter().enumerate() {
            if f.ty(a) != Type::Ptr {
                continue;
            }
            let flow = match sum {
                Some(s) => s.params.get(n).copied().unwrap_or(ParamFlow::UNKNOWN),
                None => ParamFlow::UNKNOWN,
            };
            let flow = match &d.aux {
                Aux::Call { callee, .. } => rtflow::of_go(callee.name(), n).unwrap_or(flow),
                _ => flow,
            };
            self.argument(f, i, a, flow);
        }
        for &r in &d.results {
            if f.ty(r) == Type::Ptr {
                self.add(r, UNKNOWN);
            }
        }
    }

    /// A call through a func value that may be one of several closures made here (deferred calls are called like that).
    fn call_one_of(&mut self, f: &Func, i: Inst, done: &dyn Finished) {
        let d = &f.insts[i.index()];
        let callees = self.pts[d.args[0].index()].clone();
        let mut params: Option<Vec<ParamFlow>> = Some(vec![ParamFlow::NONE; d.args.len() - 1]);
        for o in callees {
            let code = match self.kinds[o as usize] {
                Kind::Alloc(a, _) => known_func_value(f, f.insts[a.index()].results[0]),
                _ => None,
            };
            let sum = code.and_then(|(callee, _)| done.get(callee));
            let ctx = sum.as_deref().map_or(ParamFlow::UNKNOWN, |s| s.escape.ctx);
            self.object_argument(f, i, o, ctx);
            params = match (params, sum.as_deref().map(|s| &s.escape.params)) {
                (Some(mut all), Some(own)) if own.len() == all.len() => {
                    all.iter_mut().zip(own).for_each(|(a, p)| a.add(*p));
                    Some(all)
                }
                _ => None,
            };
        }
        self.call(f, i, 1, params.map(|params| EscapeSummary { params, ctx: ParamFlow::NONE }).as_ref());
    }
    /// As `argument`, for one of the objects that the argument may point at.
    fn object_argument(&mut self, f: &Func, i: Inst, o: u32, flow: ParamFlow) {
        if flow.leaks {
            self.escape(o);
        }
        let reachable = self.reachable_from(self.content[o as usize].to_vec());
        if flow.content_leaks {
            reachable.iter().for_each(|&x| self.escape(x));
        }
        for (n, &r) in f.insts[i.index()].results.iter().enumerate().take(32) {
            if f.ty(r) != Type::Ptr {
                continue;
            }
            if flow.to_results & (1 << n) != 0 {
                self.add(r, o);
            }
            if flow.content_to_results & (1 << n) != 0 {
                reachable.iter().for_each(|&x| self.add(r, x));
            }
        }
        if !self.outside(o) && insert(&mut self.content[o as usize], UNKNOWN) {
            self.changed = true;
        }
    }

    /// What a closure's body lets escape of what it has captured does so wherever the closure is called: nobody who is
    /// given it need say so.
    fn closure(&mut self, code: Option<Sym>, made: Value, done: &dyn Finished) {
        let ctx = code.and_then(|c| done.get(c)).map_or(ParamFlow::UNKNOWN, |s| s.escape.ctx);
        if ctx.content_leaks {
            self.escape_content(made);
        }
        if ctx.leaks {
            self.escape_value(made);
        }
    }

    /// The effect of passing `a` to call `i` whose parameter flows as `flow`.
    fn argument(&mut self, f: &Func, i: Inst, a: Value, flow: ParamFlow) {
        if self.pts[a.index()].is_empty() {
            return;
        }
        if flow.leaks {
            self.escape_value(a);
        }
        if flow.content_leaks {
            self.escape_content(a);
        }
        let results = f.insts[i.index()].results.clone();
        for (n, &r) in results.iter().enumerate() {
            if f.ty(r) != Type::Ptr || n >= 32 {
                continue;
            }
            if flow.to_results & (1 << n) != 0 {
                self.flow(a, r);
            }
            if flow.content_to_results & (1 << n) != 0 {
                for o in self.reachable(a) {
                    self.add(r, o);
                }
            }
        }
        // The callee may put anything of its own into what it was given.
        for o in self.pts[a.index()].clone() {
            if !self.outside(o) && insert(&mut self.content[o as usize], UNKNOWN) {
                self.changed = true;
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
        EscapeSummary { params: (0..f.sig.params.len()).map(|n| of(Kind::Param(n))).collect(), ctx: of(Kind::Ctx) }
    }

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

    fn notes(&self, f: &Func, cfg: &Cfg, sizes: &dyn Sizes) -> Vec<Note> {
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

/// Whether call `i` makes an object that can be in the frame instead.
fn is_buffered(f: &Func, i: Inst, sizes: &dyn Sizes) -> bool {
    buffers::wanted(f, i, sizes).is_some() || buffers::boxed(f, i).is_some() || buffers::grown(f, i, sizes).is_some()
}

/// The code that a call of func value `v` runs, if it is known.
fn known_code(f: &Func, aux: &Aux, v: Value) -> Option<Sym> {
    match aux {
        Aux::Call { callee, .. } => Some(*callee),
        _ => known_func_value(f, v).map(|(code, _)| code),
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
fn frame_size(f: &Func, i: Inst, sizes: &dyn Sizes) -> Option<(u64, u32)> {
    let d = &f.insts[i.index()];
    match (&d.op, &d.aux) {
        (Op::Alloc(_), Aux::Alloc { ty, .. }) => Some(sizes.size_align(*ty)),
        (Op::MakeSlice, Aux::Type(elem)) if d.args.len() == 2 => {
            let (len, cap) = (f.as_const(d.args[0])?, f.as_const(d.args[1])?);
            let (size, align) = sizes.size_align(*elem);
            (0 <= len && len <= cap).then(|| Some((size.checked_mul(cap as u64)?, align)))?
        }
        (Op::Call, _) if let Some(words) = buffers::boxed(f, i) => Some((8 * words.len() as u64, 8)),
        (Op::Call, _) => buffers::wanted(f, i, sizes).map(|b| (b.size, 8)),
        _ => None,
    }
}

/// Turns the allocations that stay into slots and drops barriers of stores into frame memory.
fn apply(f: &mut Func, cfg: &Cfg, cx: &Cx, notes: &[Note], sizes: &dyn Sizes) -> bool {
    let mut stays: Vec<Option<(u64, u32, &'static str)>> = vec![None; f.insts.len()];
    for n in notes.iter().filter(|n| !n.escapes) {
        if let Some((s, a)) = frame_size(f, n.inst, sizes) {
            stays[n.inst.index()] = Some((s, a, n.what));
        }
    }
    let stay = notes.iter().filter(|n| !n.escapes);
    let mixed: Vec<(Inst, u64)> =
        stay.clone().filter_map(|n| Some((n.inst, buffers::for_slice(f, n.inst, sizes)?))).collect();
    let appends = stay.clone().map(|n| n.inst).filter(|&i| buffers::grown(f, i, sizes).is_some()).collect();
    let mut appends = Appends::new(f, appends, sizes, |a, b| cx.makes(f.insts[a.index()].args[0], b));
    let in_frame = |o: u32| match cx.kinds[o as usize] {
        Kind::Slot(_) => true,
        Kind::Alloc(i, _) => stays[i.index()].is_some(),
        _ => false,
    };
    let mut changed = false;
    for &b in &cfg.rpo {
        let old = std::mem::take(&mut f.blocks[b.index()].insts);
        let mut new = Vec::with_capacity(old.len());
        for i in old {
            new.push(i);
            let op = f.insts[i.index()].op;
            if matches!(op, Op::Store | Op::Move | Op::Zero) {
                let p = &cx.pts[f.insts[i.index()].args[0].index()];
                if !p.is_empty() && p.iter().all(|&o| in_frame(o)) {
                    match &mut f.insts[i.index()].aux {
                        Aux::Mem { flags, .. } => *flags = flags.without(MemFlags::BARRIER).with(MemFlags::NONNIL),
                        Aux::Move { ty, .. } => *ty = None,
                        _ => {}
                    }
                }
            }
            if let Some(&(_, size)) = mixed.iter().find(|m| m.0 == i) {
                changed = true;
                let slot = f.new_slot(size as u32, 8, "make");
                let loc = f.insts[i.index()].loc;
                let a = f.make_inst(Op::SlotAddr, smallvec::SmallVec::new(), Aux::Slot(slot), &[Type::Ptr], loc);
                let addr = f.insts[a.index()].results[0];
                let n = f.make_inst(Op::Iconst, smallvec::SmallVec::new(), Aux::Int(size as i64), &[Type::I64], loc);
                let size = f.insts[n.index()].results[0];
                let at = new.len() - 1;
                new.splice(at..at, [a, n]);
                f.insts[i.index()].args.extend([addr, size]);
                continue;
            }
            let makes = |v: Value, by: Inst| cx.makes(v, by);
            if appends.give(f, i, &mut new) || appends.replace(f, i, &mut new, makes) {
                changed = true;
                continue;
            }
            let Some((size, align, what)) = stays[i.index()] else { continue };
            changed = true;
            let slot = f.new_slot(size as u32, align.max(1), what);
            if let Some(b) = buffers::wanted(f, i, sizes) {
                new.pop();
                let loc = f.insts[i.index()].loc;
                let a = f.make_inst(Op::SlotAddr, smallvec::SmallVec::new(), Aux::Slot(slot), &[Type::Ptr], loc);
                new.push(a);
                let addr = f.insts[a.index()].results[0];
                if b.zeroed > 0 {
                    let aux = Aux::Move { size: b.zeroed, ty: None };
                    new.push(f.make_inst(Op::Zero, smallvec::SmallVec::from_slice(&[addr]), aux, &[], loc));
                }
                if let Some((off, to)) = b.pointer {
                    let n = f.make_inst(Op::Iconst, smallvec::SmallVec::new(), Aux::Int(to as i64), &[Type::I64], loc);
                    let to = f.insts[n.index()].results[0];
                    let args = smallvec::SmallVec::from_slice(&[addr, to]);
                    let p = f.make_inst(Op::PtrAdd, args, Aux::None, &[Type::Ptr], loc);
                    let args = smallvec::SmallVec::from_slice(&[addr, f.insts[p.index()].results[0]]);
                    let aux = Aux::Mem { off, flags: MemFlags::NONNIL };
                    let s = f.make_inst(Op::Store, args, aux, &[], loc);
                    new.extend([n, p, s]);
                }
                f.insts[i.index()].args[b.arg] = addr;
                new.push(i);
                continue;
            }
            let boxed: Option<Vec<Value>> = buffers::boxed(f, i).map(<[_]>::to_vec);
            f.slots[slot.index()].closure = op == Op::Alloc(AllocKind::Closure);
            let d = &mut f.insts[i.index()];
            d.op = Op::SlotAddr;
            d.args.clear();
            d.aux = Aux::Slot(slot);
            let (addr, loc) = (d.results[0], d.loc);
            if let Some(words) = boxed {
                for (n, v) in words.into_iter().enumerate() {
                    let aux = Aux::Mem { off: 8 * n as i32, flags: MemFlags::NONNIL };
                    new.push(f.make_inst(Op::Store, smallvec::SmallVec::from_slice(&[addr, v]), aux, &[], loc));
                }
                continue;
            }
            if size > 0 {
                let z = f.make_inst(
                    Op::Zero,
                    smallvec::SmallVec::from_slice(&[addr]),
                    Aux::Move { size, ty: None },
                    &[],
                    loc,
                );
                new.push(z);
            }
        }
        f.blocks[b.index()].insts = new;
    }
    appends.begin(f);
    changed
}
