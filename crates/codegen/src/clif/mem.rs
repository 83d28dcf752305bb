//! Loads, stores, write barriers, moves, atomics.
//!
//! An access that may meet nil carries a trap code (SIGSEGV there becomes a panic); offsets of a page and more get an
//! explicit check. Barrier sequences (flag test to store) are unsafe for asynchronous preemption.

use super::clif_type;
use super::lower::{Lower, nil_flags, runtime_sym};
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{self, AtomicRmwOp, InstBuilder, MemFlagsData, types};
use cranelift_codegen::isa::CallConv;
use goxide_base::FxHashSet;
use goxide_ssa::{Aux, InstData, MemFlags, Op, RmwOp, Value};

/// First offset whose access need not fault when the base is nil.
const PAGE: i64 = 4096;
/// Largest move or clear done inline.
const INLINE: u64 = 128;

impl Lower<'_> {
    /// Whether `v` is certainly no nil pointer.
    fn nonnil(&self, mut v: Value) -> bool {
        let mut seen = FxHashSet::default();
        loop {
            let Some(i) = self.f.def_inst(v) else { return false };
            let d = &self.f.insts[i.index()];
            match d.op {
                Op::SlotAddr | Op::SymAddr | Op::Alloc(_) => return true,
                Op::PtrAdd if seen.insert(v) => v = d.args[0],
                _ => return false,
            }
        }
    }

    /// Checks `base` explicitly if an access at `off` might not fault. Gives the base.
    pub fn nil_check_far(&mut self, base: ir::Value, off: i32) -> ir::Value {
        if i64::from(off) >= PAGE || off < 0 {
            self.check(base, "panicmem", &[]);
        }
        base
    }
    fn nil_check(&mut self, base: ir::Value) {
        self.cur.ins().load(types::I8, nil_flags(), base, 0);
    }

    pub fn memory(&mut self, d: &InstData) -> Result<(), String> {
        let (off, flags) = match d.aux {
            Aux::Mem { off, flags } => (off, flags),
            _ => (0, MemFlags::NONE),
        };
        let known = flags.has(MemFlags::NONNIL) || self.nonnil(d.args[0]);
        let base = self.v(d.args[0]);
        let base = if known || matches!(d.op, Op::NilCheck | Op::Move | Op::Zero) {
            base
        } else {
            self.nil_check_far(base, off)
        };
        let far = i64::from(off) >= PAGE || off < 0;
        let mut mf = if known || far { MemFlagsData::trusted() } else { nil_flags() };
        if flags.has(MemFlags::READONLY) {
            mf = mf.with_readonly();
        }
        match d.op {
            Op::Load => {
                let t = clif_type(self.f.ty(d.results[0]));
                let v = if flags.has(MemFlags::VOLATILE) && t.is_int() {
                    let a = self.offset(base, off);
                    self.cur.ins().atomic_load(t, mf, a)
                } else {
                    self.cur.ins().load(t, mf, base, off)
                };
                self.def(d, v);
            }
            Op::Store if flags.has(MemFlags::BARRIER) => {
                let v = self.v(d.args[1]);
                self.begin_unsafe();
                let (cold, next) = self.barrier_test();
                self.enter(cold);
                let a = self.offset(base, off);
                if !known && !far {
                    self.cur.ins().load(types::I8, nil_flags(), a, 0);
                }
                self.call_words(runtime_sym("gcWriteBarrier"), CallConv::PreserveAll, &[a, v]);
                self.cur.ins().jump(next, &[]);
                self.enter(next);
                self.cur.ins().store(mf, v, base, off);
                self.end_unsafe();
            }
            Op::Store => {
                let v = self.v(d.args[1]);
                self.cur.ins().store(mf, v, base, off);
            }
            Op::NilCheck => self.nil_check(base),
            Op::Prefetch => {}
            Op::Move | Op::Zero => self.bulk(d, known)?,
            Op::AtomicLoad => {
                let a = self.offset(base, off);
                let t = clif_type(self.f.ty(d.results[0]));
                let v = self.cur.ins().atomic_load(t, mf, a);
                self.def(d, v);
            }
            Op::AtomicStore => {
                // An exchange is cheaper than a store with a fence.
                let a = self.offset(base, off);
                let v = self.v(d.args[1]);
                let t = clif_type(self.f.ty(d.args[1]));
                self.cur.ins().atomic_rmw(t, mf, AtomicRmwOp::Xchg, a, v);
            }
            Op::AtomicRmw(op) => {
                let a = self.offset(base, off);
                let v = self.v(d.args[1]);
                let t = clif_type(self.f.ty(d.args[1]));
                let op = match op {
                    RmwOp::Add => AtomicRmwOp::Add,
                    RmwOp::And => AtomicRmwOp::And,
                    RmwOp::Or => AtomicRmwOp::Or,
                    RmwOp::Xchg => AtomicRmwOp::Xchg,
                };
                let v = self.cur.ins().atomic_rmw(t, mf, op, a, v);
                self.def(d, v);
            }
            Op::AtomicCas => {
                let a = self.offset(base, off);
                let (old, new) = (self.v(d.args[1]), self.v(d.args[2]));
                let was = self.cur.ins().atomic_cas(mf, a, old, new);
                let ok = self.cur.ins().icmp(IntCC::Equal, was, old);
                self.def(d, ok);
            }
            _ => return Err("not a memory operation".into()),
        }
        Ok(())
    }

    fn offset(&mut self, base: ir::Value, off: i32) -> ir::Value {
        if off == 0 { base } else { self.cur.ins().iadd_imm_s(base, i64::from(off)) }
    }

    /// Tests the collector's flag: (block while marking, block otherwise).
    fn barrier_test(&mut self) -> (ir::Block, ir::Block) {
        let cold = self.new_cold();
        let next = self.new_block();
        let p = self.sym_addr(runtime_sym("writeBarrier"), 0);
        // Atomic, so that no two tests are merged and none moves.
        let on = self.cur.ins().atomic_load(types::I32, MemFlagsData::trusted(), p);
        self.cur.ins().brif(on, cold, &[], next, &[]);
        (cold, next)
    }

    fn bulk(&mut self, d: &InstData, known: bool) -> Result<(), String> {
        let Aux::Move { size, ty } = d.aux else { return Err("move without size".into()) };
        let dst = self.v(d.args[0]);
        let src = (d.op == Op::Move).then(|| self.v(d.args[1]));
        let src_known = d.op == Op::Zero || self.nonnil(d.args[1]);
        let mut args = vec![dst];
        args.extend(src);
        match ty {
            Some(t) => {
                // The assembly that does the barrier must not be the one to fault.
                if !known {
                    self.nil_check(dst);
                }
                if let (Some(s), false) = (src, src_known) {
                    self.nil_check(s);
                }
                let t = self.sym_addr(crate::rttype::type_sym(t), 0);
                let name = if src.is_some() { "typedmemmove" } else { "typedmemclr" };
                args.insert(0, t);
                if size > INLINE {
                    self.call_runtime(name, &args, false);
                    return Ok(());
                }
                self.begin_unsafe();
                let (cold, plain) = self.barrier_test();
                self.enter(plain);
                let done = self.new_block();
                self.inline_bulk(dst, src, size, true, true);
                self.cur.ins().jump(done, &[]);
                self.end_unsafe();
                self.enter(cold);
                self.call_runtime(name, &args, false);
                self.cur.ins().jump(done, &[]);
                self.enter(done);
            }
            None if size > INLINE => {
                if !known {
                    self.nil_check(dst);
                }
                if let (Some(s), false) = (src, src_known) {
                    self.nil_check(s);
                }
                args.push(self.iconst(size as i64));
                let name = if src.is_some() { "memmove" } else { "memclrNoHeapPointers" };
                self.call_runtime(name, &args, false);
            }
            None => self.inline_bulk(dst, src, size, known, src_known),
        }
        Ok(())
    }

    /// Copies or clears up to `INLINE` bytes. All loads of an overlapping tail see old or equal bytes, because the
    /// operands are the same place or disjoint.
    fn inline_bulk(&mut self, dst: ir::Value, src: Option<ir::Value>, size: u64, dst_known: bool, src_known: bool) {
        let flags = |known: bool| {
            let f = if known { MemFlagsData::new().with_notrap() } else { nil_flags() };
            // Sixteen-byte accesses need not be aligned.
            if known { f } else { MemFlagsData::new().with_trap_code(f.trap_code()) }
        };
        let (df, sf) = (flags(dst_known), flags(src_known));
        let mut chunks: Vec<(ir::Type, i32)> = Vec::new();
        let (mut at, mut left) = (0i32, size as i64);
        for (t, n) in [(types::I8X16, 16), (types::I64, 8), (types::I32, 4), (types::I16, 2), (types::I8, 1)] {
            while left >= n {
                chunks.push((t, at));
                at += n as i32;
                left -= n;
            }
            // One overlapping access instead of several small ones.
            if left > 0 && left > n / 2 && size as i64 >= n {
                chunks.push((t, size as i32 - n as i32));
                left = 0;
            }
        }
        let zero16 = (src.is_none() && size >= 16).then(|| {
            let c = self.cur.func.dfg.constants.insert(ir::ConstantData::from(&[0u8; 16][..]));
            self.cur.ins().vconst(types::I8X16, c)
        });
        // Four pieces at a time, to keep register pressure low. (The overlapping tail is read after its first bytes were
        // written only if source and destination are the same place, where they are equal.)
        for group in chunks.chunks(4) {
            let mut vals = Vec::with_capacity(4);
            for &(t, off) in group {
                vals.push(match (src, zero16) {
                    (Some(s), _) => self.cur.ins().load(t, sf, s, off),
                    (None, Some(z)) if t == types::I8X16 => z,
                    _ => self.cur.ins().iconst(t, 0),
                });
            }
            for (v, &(_, off)) in vals.into_iter().zip(group) {
                self.cur.ins().store(df, v, dst, off);
            }
        }
    }
}
