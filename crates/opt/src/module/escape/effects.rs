//! What each instruction does to the objects that its operands point at.

use super::super::appends::NO_BUFFER;
use super::super::buffers;
use super::super::inline::{known_func_value, slot_code};
use super::super::rtflow;
use super::super::summary::{EscapeSummary, Finished, ParamFlow};
use super::{Cx, Kind, LINK, Set, UNKNOWN, insert};
use crate::func::alias::{Root, root_of};
use goxide_ssa::{AllocKind, Aux, Func, Inst, Op, Sym, SymKind, Type, Value};

impl Cx {
    pub(super) fn store(&mut self, addr: Value, val: Value) {
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

    pub(super) fn load(&mut self, addr: Value, to: Value) {
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

    pub(super) fn inst(&mut self, f: &Func, i: Inst, done: &dyn Finished) {
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
                if f.ty(d.args[0]) == Type::Ptr {
                    self.store(d.results[0], d.args[0]);
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
            if first + n + 1 == d.args.len() && self.block_argument(f, i, a, sum) {
                continue;
            }
            self.argument(f, i, a, flow);
        }
        for &r in &d.results {
            if f.ty(r) == Type::Ptr {
                self.add(r, UNKNOWN);
            }
        }
    }

    /// The effect of passing block `a` to call `i`, if its parameters are told apart on both sides.
    fn block_argument(&mut self, f: &Func, i: Inst, a: Value, sum: Option<&EscapeSummary>) -> bool {
        let (Some(sum), (Root::Slot(s), Some(0))) = (sum, root_of(f, a)) else { return false };
        let Some(passed) = self.blocks.get(&s) else { return false };
        let flows: Option<Vec<_>> = passed.iter().map(|&(off, v)| Some((v, sum.in_block(off)?))).collect();
        let Some(flows) = flows else { return false };
        for (v, flow) in flows {
            self.argument(f, i, v, flow);
        }
        self.argument(f, i, a, ParamFlow::NONE);
        true
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
        self.call(
            f,
            i,
            1,
            params.map(|params| EscapeSummary { params, ctx: ParamFlow::NONE, block: Vec::new() }).as_ref(),
        );
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
    pub(super) fn closure(&mut self, code: Option<Sym>, made: Value, done: &dyn Finished) {
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
}

/// The code that a call of func value `v` runs, if it is known.
fn known_code(f: &Func, aux: &Aux, v: Value) -> Option<Sym> {
    match aux {
        Aux::Call { callee, .. } => Some(*callee),
        _ => known_func_value(f, v).map(|(code, _)| code),
    }
}
