//! `ssa::Func` to CLIF: blocks and their parameters map one to one; checks split blocks and add cold ones.

mod calls;

use super::{abi, clif_type};
use cranelift_codegen::cursor::{Cursor, FuncCursor};
use cranelift_codegen::ir::{
    self, BlockArg, BlockCall, ExceptionTableData, ExceptionTableItem, ExternalName, FuncRef, Function, InstBuilder,
    JumpTableData, MemFlagsData, SigRef, SourceLoc, StackSlotData, StackSlotKind, TrapCode, UserFuncName, types,
};
use cranelift_codegen::isa::CallConv;
use goxide_abi::g;
use goxide_abi::tables::trap;
use goxide_base::{FxHashMap, FxHashSet};
use goxide_ssa::{self as ssa, Aux, BoundsKind, Func, Hint, Loc, Op, Sym, SymKind, Term, Type};

/// Facts about the CLIF that the CLIF does not hold.
pub struct Lowered {
    /// What each `SourceLoc` stands for: position, and 1 + the unsafe sequence it belongs to (0: none).
    pub srclocs: Vec<(Loc, u32)>,
    /// The slot that `KeepAlive` stores to.
    pub keep_alive: Option<ir::StackSlot>,
    /// Where each slot of the function is.
    pub slots: Vec<SlotPlace>,
    /// Slots that the recovery landing uses, which may be entered from any call.
    pub landing_slots: FxHashSet<ssa::Slot>,
    /// It jumps to a function that it would otherwise call.
    pub jumps_on: bool,
}

pub const TRAP_NIL: TrapCode = TrapCode::unwrap_user(trap::NIL as u8);
pub const TRAP_UNREACHABLE: TrapCode = TrapCode::unwrap_user(trap::UNREACHABLE as u8);

/// An unsafe sequence under way: its number.
pub type Seq = u32;

pub struct Lower<'a> {
    pub f: &'a Func,
    pub cur: FuncCursor<'a>,
    pub values: Vec<Option<ir::Value>>,
    blocks: Vec<ir::Block>,
    slots: Vec<SlotPlace>,
    pub loc: Loc,
    srclocs: Vec<(Loc, u32)>,
    srcloc_ids: FxHashMap<(Loc, u32), u32>,
    pub nseq: u32,
    funcs: FxHashMap<(Sym, SigRef), FuncRef>,
    sigs: FxHashMap<ir::Signature, SigRef>,
    globals: FxHashMap<(Sym, i64), ir::GlobalValue>,
    names: FxHashMap<Sym, ExternalName>,
    /// Blocks to append behind everything else.
    cold: Vec<ir::Block>,
    /// In blocks that only a landing leads to: its parameter, and the frame slot whose address that is.
    landing: Option<(ir::Value, ssa::Slot)>,
    landing_slots: FxHashSet<ssa::Slot>,
    jumps_on: bool,
    keep_alive: Option<ir::StackSlot>,
    /// Loads that are not to become part of their uses.
    apart: FxHashSet<ssa::Inst>,
}

/// Where a frame slot is: its CLIF slot and the offset in it.
#[derive(Clone, Copy)]
pub struct SlotPlace {
    pub slot: ir::StackSlot,
    pub off: i32,
}

/// Fills `out` (cleared) with the CLIF of `f`.
pub fn lower(f: &Func, out: &mut Function) -> Result<Lowered, String> {
    out.name = UserFuncName::user(0, f.sym.0);
    out.signature = abi::go_sig(&f.sig);
    let mut l = Lower {
        f,
        cur: FuncCursor::new(out),
        values: vec![None; f.values.len()],
        blocks: Vec::new(),
        slots: Vec::new(),
        loc: Loc(0),
        srclocs: Vec::new(),
        srcloc_ids: FxHashMap::default(),
        nseq: 0,
        funcs: FxHashMap::default(),
        sigs: FxHashMap::default(),
        globals: FxHashMap::default(),
        names: FxHashMap::default(),
        cold: Vec::new(),
        landing: None,
        landing_slots: FxHashSet::default(),
        jumps_on: false,
        keep_alive: None,
        apart: super::faults::apart(f),
    };
    l.function()?;
    Ok(Lowered {
        srclocs: l.srclocs,
        keep_alive: l.keep_alive,
        slots: l.slots,
        landing_slots: l.landing_slots,
        jumps_on: l.jumps_on,
    })
}

impl<'a> Lower<'a> {
    fn function(&mut self) -> Result<(), String> {
        let f = self.f;
        self.make_slots();
        for b in &f.blocks {
            let nb = self.cur.func.dfg.make_block();
            self.blocks.push(nb);
            let mut params: Vec<ssa::Value> = b.params.to_vec();
            let entry = self.blocks.len() == 1;
            let block_param = if entry && f.sig.has_block { params.pop() } else { None };
            for p in params {
                let v = self.cur.func.dfg.append_block_param(nb, clif_type(f.ty(p)));
                self.values[p.index()] = Some(v);
            }
            if let Some(p) = block_param {
                for _ in 0..abi::padding(&f.sig) {
                    self.cur.func.dfg.append_block_param(nb, types::I64);
                }
                let v = self.cur.func.dfg.append_block_param(nb, types::I64);
                self.values[p.index()] = Some(v);
            }
        }
        let landings = self.landing_regions();
        // Definitions before uses: reverse postorder for lowering, layout order for placing blocks.
        let cfg = ssa::analysis::Cfg::new(f);
        for &b in &f.order {
            if !cfg.reachable(b) {
                continue;
            }
            let nb = self.blocks[b.index()];
            self.cur.func.layout.append_block(nb);
            if f.blocks[b.index()].cold {
                self.cur.func.layout.set_cold(nb);
            }
        }
        for &b in &cfg.rpo {
            self.landing = landings[b.index()];
            let nb = self.blocks[b.index()];
            self.cur.goto_bottom(nb);
            let blk = &f.blocks[b.index()];
            let tail = self.tail_call(blk);
            for &i in &blk.insts {
                let d = &f.insts[i.index()];
                self.at(d.loc);
                if tail == Some(i) {
                    self.jump_to_callee(d);
                    break;
                }
                self.inst(d).map_err(|e| format!("{e}: {}", f.inst_text(i)))?;
                if self.apart.contains(&i) {
                    // no code, but loads do not move past it
                    self.cur.ins().sequence_point();
                }
            }
            if tail.is_none() {
                self.at(blk.term_loc);
                self.term(&blk.term)?;
            }
        }
        for b in std::mem::take(&mut self.cold) {
            self.cur.func.layout.set_cold(b);
        }
        Ok(())
    }

    /// The call that `blk` ends with, if this is a wrapper of a method that has nothing left to do then: it is jumped to, so
    /// that chains of embedded types take no stack.
    fn tail_call(&self, blk: &ssa::BlockData) -> Option<ssa::Inst> {
        let f = self.f;
        if !matches!(f.sym.kind(), SymKind::MethodWrapper { .. } | SymKind::MethodValue { .. }) || !f.slots.is_empty() {
            return None;
        }
        let (&last, Term::Ret(given)) = (blk.insts.last()?, &blk.term) else { return None };
        let d = &f.insts[last.index()];
        let sig = match (d.op, &d.aux) {
            (Op::Call, Aux::Call { sig, .. }) | (Op::CallInter, Aux::CallInter { sig, .. }) => sig,
            _ => return None,
        };
        // What was inlined into the wrapper is a caller like any other: it is looked for on the stack.
        let own = f.locs[d.loc.index()].inlined.is_none();
        (own && !sig.has_block && d.results[..] == given[..]).then_some(last)
    }
    fn jump_to_callee(&mut self, d: &ssa::InstData) {
        self.jumps_on = true;
        match &d.aux {
            Aux::Call { callee, sig } => {
                let args = self.go_args(sig, &d.args);
                let r = self.func_ref(*callee, abi::go_sig(sig));
                self.cur.ins().return_call(r, &args);
            }
            Aux::CallInter { method, sig, .. } => {
                let code = self.method_code(d.args[0], *method);
                let args = self.go_args(sig, &d.args[1..]);
                let s = self.sig(abi::go_sig(sig));
                self.cur.ins().return_call_indirect(s, code, &args);
            }
            _ => unreachable!("one of the calls of `tail_call`"),
        }
    }

    /// Creates the frame. Functions with a recovery landing keep all slots in one, so that the landing can address them
    /// from the only pointer it has: anything computed before the landing's edge may be gone (see `docs/abi.md`).
    fn make_slots(&mut self) {
        let f = self.f;
        let shift = |align: u32| align.max(1).trailing_zeros() as u8;
        let slot = |size: u32, align: u8| StackSlotData::new(StackSlotKind::ExplicitSlot, size, align);
        if f.order.iter().any(|b| f.blocks[b.index()].term.landing().is_some()) {
            let (mut at, mut offs, mut align) = (0u32, Vec::new(), 8);
            for s in &f.slots {
                align = align.max(s.align);
                at = at.next_multiple_of(s.align.max(1));
                offs.push(at as i32);
                at += s.size;
            }
            let all = self.cur.func.create_sized_stack_slot(slot(at, shift(align)));
            self.slots = offs.into_iter().map(|off| SlotPlace { slot: all, off }).collect();
        } else {
            for s in &f.slots {
                let slot = self.cur.func.create_sized_stack_slot(slot(s.size, shift(s.align)));
                self.slots.push(SlotPlace { slot, off: 0 });
            }
        }
    }

    /// For each block whether it is reached only through a landing, and which.
    fn landing_regions(&self) -> Vec<Option<(ir::Value, ssa::Slot)>> {
        let f = self.f;
        let mut r = vec![None; f.blocks.len()];
        let entries: Vec<(ssa::Block, ssa::Slot)> = f
            .order
            .iter()
            .filter_map(|b| match &f.blocks[b.index()].term {
                Term::DeferEnter { frame, landing, .. } => Some((*landing, *frame)),
                _ => None,
            })
            .collect();
        if entries.is_empty() {
            return r;
        }
        let cfg = ssa::analysis::Cfg::new(f);
        let dom = ssa::analysis::DomTree::new(f, &cfg);
        for (landing, frame) in entries {
            let p = self.values[f.blocks[landing.index()].params[0].index()].expect("landing parameter");
            for &b in &f.order {
                if cfg.reachable(b) && dom.dominates(landing, b) {
                    r[b.index()] = Some((p, frame));
                }
            }
        }
        r
    }

    // ---- positions

    fn at(&mut self, loc: Loc) {
        self.loc = loc;
        self.set_seq(0);
    }
    /// Instructions from now on belong to the unsafe sequence `seq - 1`, or to none if 0.
    fn set_seq(&mut self, seq: u32) {
        let key = (self.loc, seq);
        let srclocs = &mut self.srclocs;
        let id = *self.srcloc_ids.entry(key).or_insert_with(|| {
            srclocs.push(key);
            srclocs.len() as u32 - 1
        });
        self.cur.set_srcloc(SourceLoc::new(id));
    }
    /// Starts a sequence during which a goroutine must not be stopped.
    pub fn begin_unsafe(&mut self) -> Seq {
        self.nseq += 1;
        self.set_seq(self.nseq);
        self.nseq
    }
    pub fn end_unsafe(&mut self) {
        self.set_seq(0);
    }

    // ---- values and blocks

    pub fn v(&self, v: ssa::Value) -> ir::Value {
        self.values[v.index()].unwrap_or_else(|| panic!("{v} has no value"))
    }
    fn vs(&self, vs: &[ssa::Value]) -> Vec<ir::Value> {
        vs.iter().map(|&v| self.v(v)).collect()
    }
    pub fn def(&mut self, d: &ssa::InstData, v: ir::Value) {
        self.values[d.results[0].index()] = Some(v);
    }
    /// A new block right behind the current one.
    pub fn new_block(&mut self) -> ir::Block {
        let b = self.cur.func.dfg.make_block();
        let here = self.cur.current_block().expect("in a block");
        self.cur.func.layout.insert_block_after(b, here);
        b
    }
    /// A new block for code that is hardly ever executed.
    pub fn new_cold(&mut self) -> ir::Block {
        let b = self.new_block();
        self.cold.push(b);
        b
    }
    pub fn enter(&mut self, b: ir::Block) {
        self.cur.goto_bottom(b);
    }
    pub fn iconst(&mut self, n: i64) -> ir::Value {
        self.cur.ins().iconst(types::I64, n)
    }
    pub fn g(&mut self) -> ir::Value {
        self.cur.ins().get_pinned_reg(types::I64)
    }

    // ---- instructions

    fn inst(&mut self, d: &ssa::InstData) -> Result<(), String> {
        match (d.op, &d.aux) {
            (Op::SymAddr, Aux::Sym(s, off)) => {
                let v = self.sym_addr(*s, *off);
                self.def(d, v);
            }
            (Op::SlotAddr, Aux::Slot(s)) => {
                let v = self.slot_addr(*s);
                self.def(d, v);
            }
            (Op::Load | Op::Store | Op::NilCheck | Op::Move | Op::Zero | Op::Prefetch, _)
            | (Op::AtomicLoad | Op::AtomicStore | Op::AtomicRmw(_) | Op::AtomicCas, _) => self.memory(d)?,
            (Op::BoundsCheck { kind, signed }, _) => self.bounds_check(d, kind, signed),
            (Op::DivCheck, _) => {
                let x = self.v(d.args[0]);
                self.check(x, "panicdivide", &[]);
            }
            (Op::ShiftCheck, _) => {
                let x = self.v(d.args[0]);
                let z = self.iconst(0);
                let ok = self.cur.ins().icmp(ir::condcodes::IntCC::SignedGreaterThanOrEqual, x, z);
                self.check(ok, "panicshift", &[]);
            }
            (Op::Alloc(_), Aux::Alloc { ty, .. }) => {
                let t = self.sym_addr(crate::rttype::type_sym(*ty), 0);
                let p = self.call_runtime("newobject", &[t], true).expect("pointer");
                self.def(d, p);
            }
            (Op::MakeSlice, Aux::Type(ty)) => {
                let t = self.sym_addr(crate::rttype::type_sym(*ty), 0);
                let (len, cap) = (self.v(d.args[0]), self.v(d.args[1]));
                let p = match d.args[2..] {
                    [buf, size] => {
                        let (buf, size) = (self.v(buf), self.v(size));
                        self.call_runtime("makeslicebuf", &[buf, size, t, len, cap], true)
                    }
                    _ => self.call_runtime("makeslice", &[t, len, cap], true),
                };
                let p = p.expect("pointer");
                self.def(d, p);
            }
            (Op::Call, Aux::Call { callee, sig }) => {
                let args = self.go_args(sig, &d.args);
                let r = self.func_ref(*callee, abi::go_sig(sig));
                let i = self.cur.ins().call(r, &args);
                self.results(d, i);
            }
            (Op::CallClosure, Aux::Call { callee, sig }) => {
                let fv = self.v(d.args[0]);
                let args = self.go_args(sig, &d.args[1..]);
                let g = self.g();
                self.cur.ins().store(MemFlagsData::trusted(), fv, g, g::CTX);
                let r = self.func_ref(*callee, abi::go_sig(sig));
                let i = self.cur.ins().call(r, &args);
                self.results(d, i);
            }
            (Op::CallClosure, Aux::Sig(sig)) => {
                let fv = self.v(d.args[0]);
                let args = self.go_args(sig, &d.args[1..]);
                let code = self.cur.ins().load(types::I64, nil_flags(), fv, 0);
                let g = self.g();
                self.cur.ins().store(MemFlagsData::trusted(), fv, g, g::CTX);
                self.call_ind(d, sig, code, &args);
            }
            (Op::CallInd, Aux::Sig(sig)) => {
                let code = self.v(d.args[0]);
                let args = self.go_args(sig, &d.args[1..]);
                self.call_ind(d, sig, code, &args);
            }
            (Op::CallInter, Aux::CallInter { method, sig, .. }) => {
                let code = self.method_code(d.args[0], *method);
                let args = self.go_args(sig, &d.args[1..]);
                self.call_ind(d, sig, code, &args);
            }
            (Op::CallRt, Aux::Rt { name, sig }) => {
                let mut args = Vec::with_capacity(d.args.len());
                for &a in &d.args {
                    let x = self.v(a);
                    args.push(match self.f.ty(a) {
                        Type::I64 | Type::Ptr => x,
                        Type::F64 => self.cur.ins().bitcast(types::I64, MemFlagsData::new(), x),
                        Type::F32 => {
                            let b = self.cur.ins().bitcast(types::I32, MemFlagsData::new(), x);
                            self.cur.ins().uextend(types::I64, b)
                        }
                        _ => self.cur.ins().uextend(types::I64, x),
                    });
                }
                let r = self.func_ref(runtime_sym(name), abi::rt_sig(sig));
                let i = self.cur.ins().call(r, &args);
                let rs = self.cur.func.dfg.inst_results(i).to_vec();
                for (&r, v) in d.results.iter().zip(rs) {
                    let v = match self.f.ty(r) {
                        t if t.is_float() => self.cur.ins().bitcast(clif_type(t), MemFlagsData::new(), v),
                        _ => v,
                    };
                    self.values[r.index()] = Some(v);
                }
            }
            (Op::GetCtx, _) => {
                let g = self.g();
                let v = self.cur.ins().load(types::I64, MemFlagsData::trusted(), g, g::CTX);
                self.def(d, v);
            }
            (Op::GetG, _) => {
                let v = self.g();
                self.def(d, v);
            }
            (Op::GetFp, _) => {
                let v = self.cur.ins().get_frame_pointer(types::I64);
                self.def(d, v);
            }
            (Op::GetCallerPc, _) => {
                let v = self.cur.ins().get_return_address(types::I64);
                self.def(d, v);
            }
            (Op::GetCallerSp, _) => {
                let v = self.cur.ins().get_frame_pointer(types::I64);
                let v = self.cur.ins().iadd_imm_s(v, 16);
                self.def(d, v);
            }
            (Op::Leak, _) => {}
            (Op::KeepAlive, _) => {
                // A store to the frame is only removed if another one to the same place follows right away.
                let v = self.v(d.args[0]);
                let slot = match self.keep_alive {
                    Some(s) => s,
                    None => {
                        let data = StackSlotData::new(StackSlotKind::ExplicitSlot, 8, 3);
                        let s = self.cur.func.create_sized_stack_slot(data);
                        *self.keep_alive.insert(s)
                    }
                };
                let a = self.cur.ins().stack_addr(types::I64, slot, 0);
                self.cur.ins().store(MemFlagsData::trusted(), v, a, 0);
                self.cur.ins().sequence_point();
            }
            _ if self.float(d)? || self.arith(d)? => {}
            _ => return Err("operation without lowering".into()),
        }
        Ok(())
    }

    pub fn slot_addr(&mut self, s: ssa::Slot) -> ir::Value {
        let p = self.slots[s.index()];
        match self.landing {
            Some((base, frame)) => {
                self.landing_slots.extend([s, frame]);
                let delta = p.off - self.slots[frame.index()].off;
                self.cur.ins().iadd_imm_s(base, i64::from(delta))
            }
            None => self.cur.ins().stack_addr(types::I64, p.slot, p.off),
        }
    }

    /// Goes on if `ok` is not zero, else calls a runtime function that does not return.
    pub fn check(&mut self, ok: ir::Value, name: &'static str, args: &[ir::Value]) {
        let fail = self.new_cold();
        let next = self.new_block();
        self.cur.ins().brif(ok, next, &[], fail, &[]);
        self.enter(fail);
        self.call_noreturn(name, args);
        self.enter(next);
    }

    fn bounds_check(&mut self, d: &ssa::InstData, kind: BoundsKind, signed: bool) {
        use ir::condcodes::IntCC;
        let (x, y) = (self.v(d.args[0]), self.v(d.args[1]));
        let cc = if kind == BoundsKind::Index { IntCC::UnsignedLessThan } else { IntCC::UnsignedLessThanOrEqual };
        let ok = self.cur.ins().icmp(cc, x, y);
        let name = match (kind, signed) {
            (BoundsKind::Index, true) => "panicIndex",
            (BoundsKind::Index, false) => "panicIndexU",
            (BoundsKind::SliceAlen, true) => "panicSliceAlen",
            (BoundsKind::SliceAlen, false) => "panicSliceAlenU",
            (BoundsKind::SliceAcap, true) => "panicSliceAcap",
            (BoundsKind::SliceAcap, false) => "panicSliceAcapU",
            (BoundsKind::SliceB, true) => "panicSliceB",
            (BoundsKind::SliceB, false) => "panicSliceBU",
            (BoundsKind::Slice3Alen, true) => "panicSlice3Alen",
            (BoundsKind::Slice3Alen, false) => "panicSlice3AlenU",
            (BoundsKind::Slice3Acap, true) => "panicSlice3Acap",
            (BoundsKind::Slice3Acap, false) => "panicSlice3AcapU",
            (BoundsKind::Slice3B, true) => "panicSlice3B",
            (BoundsKind::Slice3B, false) => "panicSlice3BU",
            (BoundsKind::Slice3C, true) => "panicSlice3C",
            (BoundsKind::Slice3C, false) => "panicSlice3CU",
            (BoundsKind::Convert, _) => "panicSliceConvert",
        };
        // Which way the operands of a conversion check go: the array's length must not exceed the slice's.
        let args = if kind == BoundsKind::Convert { [y, x] } else { [x, y] };
        self.check(ok, name, &args);
    }

    // ---- terminators

    fn target(&self, t: &ssa::Target) -> (ir::Block, Vec<BlockArg>) {
        (self.blocks[t.block.index()], t.args.iter().map(|&a| BlockArg::Value(self.v(a))).collect())
    }
    fn block_call(&mut self, t: &ssa::Target) -> BlockCall {
        let (b, args) = self.target(t);
        BlockCall::new(b, args, &mut self.cur.func.dfg.value_lists)
    }

    fn term(&mut self, t: &Term) -> Result<(), String> {
        match t {
            Term::None => return Err("block without end".into()),
            Term::Jump(t) => {
                let (b, a) = self.target(t);
                self.cur.ins().jump(b, &a);
            }
            Term::Br { cond, then, els, hint } => {
                let c = self.v(*cond);
                let (tb, ta) = self.target(then);
                let (eb, ea) = self.target(els);
                // Layout follows the front end's order; a hint only matters where it made a cold block.
                let _ = hint == &Hint::None;
                self.cur.ins().brif(c, tb, &ta, eb, &ea);
            }
            Term::Table { index, targets, default } => {
                let x = self.v(*index);
                let n = self.iconst(targets.len() as i64);
                let ok = self.cur.ins().icmp(ir::condcodes::IntCC::UnsignedLessThan, x, n);
                let next = self.new_block();
                let (db, da) = self.target(default);
                self.cur.ins().brif(ok, next, &[], db, &da);
                self.enter(next);
                let small = self.cur.ins().ireduce(types::I32, x);
                let def = self.block_call(default);
                let table: Vec<BlockCall> = targets.iter().map(|t| self.block_call(t)).collect();
                let jt = self.cur.func.create_jump_table(JumpTableData::new(def, &table));
                self.cur.ins().br_table(small, jt);
            }
            Term::Ret(vs) => {
                let vs = self.vs(vs);
                self.cur.ins().return_(&vs);
            }
            Term::Unreachable => {
                self.cur.ins().trap(TRAP_UNREACHABLE);
            }
            Term::DeferEnter { frame, normal, landing } => {
                // The address of a handler cannot be taken in the entry block.
                let here = self.new_block();
                self.cur.ins().jump(here, &[]);
                self.enter(here);
                self.landing_slots.insert(*frame);
                let fp = self.slot_addr(*frame);
                let pc = self.cur.ins().get_exception_handler_address(types::I64, here, 0);
                let callee = self.func_ref(runtime_sym("deferprepare"), abi::words(CallConv::Tail, 2));
                let sig = self.cur.func.dfg.ext_funcs[callee].signature;
                let normal = self.block_call(normal);
                let lb = self.blocks[landing.index()];
                let pool = &mut self.cur.func.dfg.value_lists;
                let handler = BlockCall::new(lb, [BlockArg::TryCallExn(0)], pool);
                let et = ExceptionTableData::new(sig, normal, [ExceptionTableItem::Default(handler)]);
                let et = self.cur.func.dfg.exception_tables.push(et);
                self.cur.ins().try_call(callee, &[fp, pc], et);
            }
        }
        Ok(())
    }
}

/// Access that is a nil check.
pub fn nil_flags() -> MemFlagsData {
    MemFlagsData::new().with_aligned().with_trap_code(Some(TRAP_NIL))
}

/// The symbol of a function of package runtime, written in Rust, assembly or Go.
pub fn runtime_sym(name: &'static str) -> Sym {
    Sym::intern(&format!("runtime.{name}"), SymKind::Runtime(name))
}
