//! `go`, `defer`, and the frame record of functions with defer (`docs/abi.md`, "Deferred frames").

use crate::call::{Call, Callee};
use crate::fx::*;
use crate::given::{Given, Operands};
use crate::layout::*;
use crate::vars::BodyFacts;
use goxide_abi::{deferframe as df, g};
use goxide_ssa::*;
use goxide_syntax::ast::{Expr, ExprKind};
use goxide_types::{BuiltinId, Ty};

/// State of a function with deferred calls.
pub struct Defers {
    pub frame: Slot,
    /// Closures go to slots of the frame and run inline at exits.
    pub open: bool,
    /// Slots used so far.
    pub next: u32,
    /// The code of the closure in each slot, where it is known.
    codes: Vec<Option<Sym>>,
    landing: Block,
    /// Where the address of the caller's argument block is kept for the landing.
    block_slot: Option<Slot>,
}

const KEEP: MemFlags = MemFlags(MemFlags::NONNIL.0 | MemFlags::VOLATILE.0);

impl Fx<'_> {
    /// Registers the frame; called once, at the beginning.
    pub fn setup_defers(&mut self, bf: BodyFacts) {
        let open = !bf.defer_in_loop && bf.defers as usize <= df::MAX_OPEN;
        let n = if open { bf.defers as usize } else { 0 };
        let frame = self.b.f.new_slot(df::size(n), 8, "defers");
        let a = self.b.slot_addr(frame);
        let z = self.b.int(0);
        self.b.store(a, df::LIST, z, KEEP);
        self.b.store(a, df::BITS, z, KEEP);
        let nv = self.b.int(n as i64);
        self.b.store(a, df::NSLOTS, nv, KEEP);
        let block_slot = self.block.map(|p| {
            let s = self.b.f.new_slot(8, 8, "block");
            let a = self.b.slot_addr(s);
            self.b.store(a, 0, p, KEEP);
            s
        });
        let (normal, landing) = (self.b.new_block(), self.b.new_cold());
        self.b.block_param(landing, Type::Ptr);
        self.b.terminate(Term::DeferEnter { frame, normal: Target { block: normal, args: Args::new() }, landing });
        self.b.enter(normal);
        self.defers = Some(Defers { frame, open, next: 0, codes: Vec::new(), landing, block_slot });
    }
    /// Runs what has been deferred and takes the frame off the goroutine's list.
    pub fn run_defers(&mut self) {
        let Some(d) = &self.defers else { return };
        let (frame, open, next) = (d.frame, d.open, d.next);
        if open {
            for i in (0..next).rev() {
                let a = self.b.slot_addr(frame);
                let bits = self.b.load(Type::I64, a, df::BITS, KEEP);
                let m = self.b.int(1 << i);
                let on = self.b.bin(Op::And, bits, m);
                let on = self.b.icmp_imm(IntCC::Ne, on, 0);
                let code = self.defers.as_ref().and_then(|d| d.codes[i as usize]);
                self.if_then(on, Hint::None, |s| {
                    let a = s.b.slot_addr(frame);
                    let keep = s.b.int(!(1 << i));
                    let rest = s.b.bin(Op::And, bits, keep);
                    s.b.store(a, df::BITS, rest, KEEP);
                    let f = s.b.load(Type::Ptr, a, df::SLOTS + 8 * i as i32, KEEP);
                    let aux = match code {
                        Some(callee) => Aux::Call { callee, sig: Box::default() },
                        None => Aux::Sig(Box::default()),
                    };
                    s.b.effect(Op::CallClosure, &[f], aux);
                });
            }
        } else {
            let a = self.b.slot_addr(frame);
            self.rt("deferreturn", &[a], &[]);
        }
        let a = self.b.slot_addr(frame);
        self.pop_frame(a);
    }
    fn pop_frame(&mut self, frame: Value) {
        let link = self.b.load(Type::Ptr, frame, df::LINK, KEEP);
        let gp = self.b.val(Op::GetG, &[], Aux::None, Type::Ptr);
        self.b.store(gp, g::DEFERFRAME, link, KEEP);
    }
    /// Makes the recovery landing.
    pub fn finish_defers(&mut self) {
        let Some(d) = &self.defers else { return };
        let (landing, block_slot) = (d.landing, d.block_slot);
        self.b.enter(landing);
        let frame = self.b.f.blocks[landing.index()].params[0];
        self.rt("deferreturn", &[frame], &[]);
        self.pop_frame(frame);
        let saved = self.block;
        if let Some(s) = block_slot {
            let a = self.b.slot_addr(s);
            self.block = Some(self.b.load(Type::Ptr, a, 0, KEEP));
        }
        let vals = self.read_results();
        self.emit_ret(&vals);
        self.block = saved;
    }

    pub fn go_stmt(&mut self, e: &'static Expr) {
        let f = self.wrap_call(e, true);
        self.rt("newproc", &[f], &[]);
    }
    pub fn defer_stmt(&mut self, e: &'static Expr) {
        let f = self.wrap_call(e, false);
        if self.range_body.is_some() {
            return self.defer_in_range(f);
        }
        let code = self.closure_code(f);
        let d = self.defers.as_mut().expect("function with defer");
        let (frame, open, i) = (d.frame, d.open, d.next);
        d.next += 1;
        d.codes.push(code);
        let a = self.b.slot_addr(frame);
        if !open {
            self.rt("deferproc", &[a, f], &[]);
            return;
        }
        self.b.store(a, df::SLOTS + 8 * i as i32, f, KEEP);
        let bits = self.b.load(Type::I64, a, df::BITS, KEEP);
        let m = self.b.int(1 << i);
        let bits = self.b.bin(Op::Or, bits, m);
        self.b.store(a, df::BITS, bits, KEEP);
    }

    /// The code of a func value that was just made.
    fn closure_code(&self, f: Value) -> Option<Sym> {
        let insts = &self.b.f.insts;
        let address = |v: Value| match insts[self.b.f.def_inst(v)?.index()].aux {
            Aux::Sym(s, 0) => Some(s),
            _ => None,
        };
        if let Some(s) = address(f) {
            return match s.kind() {
                SymKind::FuncVal(code) => Some(*code),
                _ => None,
            };
        }
        let made = self.b.f.def_inst(f)?.index();
        if insts[made].op != Op::Alloc(AllocKind::Closure) {
            return None;
        }
        insts[made..].iter().find_map(|d| match d.aux {
            Aux::Mem { off: 0, .. } if d.op == Op::Store && d.args[0] == f => address(d.args[1]),
            _ => None,
        })
    }
    /// A `func()` that makes the call with operands evaluated now.
    fn wrap_call(&mut self, e: &'static Expr, go: bool) -> Value {
        let e = e.unparen();
        let ExprKind::Call { fun, args, has_dots } = &e.kind else { panic!("go or defer of no call") };
        if self.is_type(fun) {
            // A conversion: its operand is evaluated, nothing is called.
            self.full_expr(&args[0]);
            return self.wrapper(go, &[], |_, _| {});
        }
        if let Some(b) = self.info().builtin_of(fun) {
            return self.wrap_builtin(b, args, go);
        }
        if let ExprKind::FuncLit(f) = &fun.unparen().kind
            && args.is_empty()
            && f.ty.results.is_empty()
        {
            return self.func_lit(fun.unparen(), f);
        }
        self.mark_late(args);
        self.later = Some(e.id);
        let c = self.prepare_call(e, fun, args, *has_dots);
        self.later = None;
        let given = self.given.take().unwrap_or_else(|| vec![Given::Now; c.args.len()]);
        self.set_pos(e.pos);
        if given.is_empty() && c.args.is_empty() && c.results.is_empty() {
            match c.callee {
                Callee::Closure(f) => return f,
                Callee::Static(s) if c.intrinsic.is_none_or(|o| !crate::intrinsics::is_intrinsic(o)) => {
                    return self.func_value(s);
                }
                _ => {}
            }
        }
        // What the wrapper needs: the callee's words, then the arguments.
        let mut vals: Vec<(Ty, Val)> = Vec::new();
        let up = known::unsafe_ptr();
        match c.callee {
            Callee::Closure(f) => vals.push((up, Val::one(f))),
            Callee::Inter { tab, .. } => {
                self.b.effect(Op::NilCheck, &[tab], Aux::None);
                vals.push((up, Val::one(tab)));
            }
            Callee::Static(_) | Callee::Row(_) => {}
        }
        let extra = vals.len();
        vals.extend(c.args.iter().cloned());
        let end = vals.len();
        vals.extend(c.keep.iter().map(|&p| (up, Val::one(p))));
        let (results, intrinsic, targs) = (c.results.clone(), c.intrinsic, c.targs.clone());
        let callee = c.callee.clone();
        self.wrapper(go, &vals, move |fx, got| {
            let callee = match callee {
                Callee::Closure(_) => Callee::Closure(got[0].1.v()),
                Callee::Inter { iface, index, .. } => Callee::Inter { tab: got[0].1.v(), iface, index },
                c => c,
            };
            // The receiver, if there is one, comes before the operands.
            let first = end - given.iter().map(Given::values).sum::<usize>();
            let mut args = got[extra..first].to_vec();
            args.extend(fx.take_all(&given, &got[first..end]));
            fx.emit_call(Call { callee, args, results, intrinsic, targs, keep: Vec::new() });
            if fx.b.reachable() {
                for (_, p) in &got[end..] {
                    fx.b.effect(Op::KeepAlive, &[p.v()], Aux::None);
                }
            }
        })
    }
    fn wrap_builtin(&mut self, b: BuiltinId, args: &'static [Expr], go: bool) -> Value {
        self.mark_late(args);
        match b {
            BuiltinId::Delete => self.hoist_delete(&args[0], &args[1]),
            _ => self.hoist_all(args),
        }
        let mut operands = Operands::default();
        for (i, a) in args.iter().enumerate() {
            let t = match b {
                BuiltinId::Panic => eface(),
                BuiltinId::Delete if i == 1 => key(self.type_of(&args[0])),
                _ => crate::convert::default_type(self.type_of(a)),
            };
            self.give(a, t, &mut operands);
        }
        let Operands { now: mut vals, mut all } = operands;
        if b == BuiltinId::Recover {
            let fp = match self.recover_fp() {
                Some(fp) => fp,
                None => self.b.val(Op::GetFp, &[], Aux::None, Type::I64),
            };
            self.b.f.flags.has_recover = true;
            vals.push((known::uintptr(), Val::one(if go { self.b.int(0) } else { fp })));
            all.push(Given::Now);
        }
        self.wrapper(go, &vals, move |fx, got| {
            let args = fx.take_all(&all, got);
            fx.builtin_effect(b, &args, true)
        })
    }
    /// A closure over `vals` whose body `build` makes.
    fn wrapper(&mut self, go: bool, vals: &[(Ty, Val)], build: impl FnOnce(&mut Fx<'_>, &[(Ty, Val)])) -> Value {
        let name = if go { self.names.gowrap() } else { self.names.deferwrap() };
        let index = 1_000_000 + self.names.wraps.get();
        let sym = Sym::intern(&name, SymKind::Closure { parent: self.b.f.sym, index });
        let pos = self.b.f.locs[self.b.loc().index()].pos;
        let mut fx = self.child(sym, &[], &[], pos, &name);
        fx.b.f.flags.wrapper = true;
        let tys: Vec<Ty> = vals.iter().map(|v| v.0).collect();
        let mut got = Vec::new();
        if !tys.is_empty() {
            fx.b.f.flags.closure = true;
            let ctx = fx.b.val(Op::GetCtx, &[], Aux::None, Type::Ptr);
            let offs = field_offsets(crate::closure::record_type(&tys));
            for (i, &t) in tys.iter().enumerate() {
                let v = fx.load(Addr::readonly(ctx).plus(offs[i + 1]), t);
                got.push((t, v));
            }
        }
        build(&mut fx, &got);
        fx.b.ret(&[]);
        fx.finish();
        self.closure_record(sym, vals)
    }
}
