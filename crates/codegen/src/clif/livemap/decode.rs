//! Decoding a function's body: what each instruction does to callee-saved registers and to words of the frame.

use super::Slot;
use goxide_abi::tables::live::REGS;
use iced_x86::{Decoder, DecoderOptions, FlowControl, Instruction, Mnemonic, OpKind, Register};

#[derive(Clone, Copy, PartialEq)]
pub(super) enum Flow {
    Next,
    Jump(u32),
    Cond(u32),
    /// Targets are `tables[from..to]`.
    Table(u32, u32),
    Call,
    Stop,
}

/// What an instruction does to words of the frame.
#[derive(Clone, Copy)]
pub(super) enum Words {
    None,
    Use(u32, u32),
    Kill(u32, u32),
    /// Their address is taken.
    Address(u32, u32),
}

pub(super) struct Inst {
    pub(super) at: u32,
    pub(super) end: u32,
    pub(super) uses: u8,
    pub(super) kills: u8,
    pub(super) words: Words,
    pub(super) flow: Flow,
    /// Registers that are operands or parts of an address, a bit each.
    pub(super) regs: u32,
    /// Those it reads memory through.
    pub(super) reads: u32,
}

fn reg_bit(r: Register) -> u8 {
    match r.full_register() {
        Register::RBX => 1,
        Register::R12 => 2,
        Register::R13 => 4,
        Register::R14 => 8,
        _ => 0,
    }
}

/// A bit for each general register but the stack pointer, and each vector register.
fn number_bit(r: Register) -> u32 {
    let r = r.full_register();
    match r {
        Register::RSP => 0,
        _ if r.is_gpr64() => 1 << r.number(),
        _ if r.is_vector_register() => 1 << 16 << (r.number() & 15),
        _ => 0,
    }
}

/// Whether the first operand is written and not read.
fn writes_only(i: &Instruction) -> bool {
    use Mnemonic::*;
    match i.mnemonic() {
        Mov | Movzx | Movsx | Movsxd | Lea | Movd | Movq | Cvttsd2si | Cvttss2si | Cvtsd2si | Popcnt | Lzcnt
        | Tzcnt | Rorx | Pextrd | Pextrq | Pextrb | Pextrw | Movmskpd | Movmskps | Pmovmskb => true,
        Imul => i.op_count() == 3,
        Xor => {
            i.op0_kind() == OpKind::Register && i.op1_kind() == OpKind::Register && i.op0_register() == i.op1_register()
        }
        _ => false,
    }
}

/// Whether it is a plain store if its first operand is memory.
fn stores_only(m: Mnemonic) -> bool {
    use Mnemonic::*;
    matches!(m, Mov | Movups | Movaps | Movdqu | Movdqa | Movupd | Movapd | Movsd | Movss | Movq | Movd)
}

pub(super) struct Decoding<'a> {
    pub(super) code: &'a [u8],
    pub(super) frame: u32,
    pub(super) insts: Vec<Inst>,
    pub(super) tables: Vec<u32>,
    pub(super) saves: [Option<u32>; REGS],
    pub(super) slots: &'a [Slot],
    /// Slots whose address is taken.
    pub(super) objects: Vec<(u32, u32)>,
}

impl Decoding<'_> {
    /// Everything reachable from the start and from `landing`; `None`: something is not understood.
    pub(super) fn run(&mut self, landing: Option<u32>) -> Option<()> {
        let mut seen = vec![false; self.code.len() + 1];
        let mut work: Vec<u32> = landing.into_iter().chain([0]).collect();
        let mut d = Decoder::with_ip(64, self.code, 0, DecoderOptions::NONE);
        let mut i = Instruction::default();
        while let Some(start) = work.pop() {
            if seen[start as usize] {
                continue;
            }
            d.set_position(start as usize).ok()?;
            d.set_ip(u64::from(start));
            let mut prologue = start == 0;
            loop {
                let at = d.position() as u32;
                if at as usize >= self.code.len() {
                    return None;
                }
                if std::mem::replace(&mut seen[at as usize], true) {
                    break;
                }
                d.decode_out(&mut i);
                if i.is_invalid() {
                    return None;
                }
                let inst = self.inst(&i, at, d.position() as u32, &mut prologue, &mut work)?;
                let flow = inst.flow;
                self.insts.push(inst);
                match flow {
                    Flow::Next | Flow::Call => {}
                    Flow::Cond(t) => work.push(t),
                    Flow::Jump(t) => {
                        work.push(t);
                        break;
                    }
                    Flow::Table(..) | Flow::Stop => break,
                }
            }
        }
        self.insts.sort_unstable_by_key(|i| i.at);
        // Overlapping instructions mean that something was not code.
        self.insts.windows(2).all(|w| w[0].end <= w[1].at).then_some(())
    }

    fn inst(&mut self, i: &Instruction, at: u32, end: u32, prologue: &mut bool, work: &mut Vec<u32>) -> Option<Inst> {
        let mut inst = Inst { at, end, uses: 0, kills: 0, words: Words::None, flow: Flow::Next, regs: 0, reads: 0 };
        let len = self.code.len() as u64;
        let target = |t: u64| (t < len).then_some(t as u32);
        inst.flow = match i.flow_control() {
            FlowControl::Next => Flow::Next,
            FlowControl::UnconditionalBranch => Flow::Jump(target(i.near_branch_target())?),
            FlowControl::ConditionalBranch => Flow::Cond(target(i.near_branch_target())?),
            FlowControl::Call | FlowControl::IndirectCall => Flow::Call,
            FlowControl::Return => Flow::Stop,
            FlowControl::Exception if i.mnemonic() == Mnemonic::Ud2 => Flow::Stop,
            FlowControl::IndirectBranch => self.table(end, work),
            _ => return None,
        };
        match i.mnemonic() {
            Mnemonic::Cpuid | Mnemonic::Cmpxchg16b | Mnemonic::Xlatb => return None,
            Mnemonic::Push | Mnemonic::Pop => {
                return (i.op0_kind() == OpKind::Register && i.op0_register() == Register::RBP).then_some(inst);
            }
            _ => {}
        }
        // Frame set-up and its end.
        let op0 = if i.op_count() > 0 && i.op0_kind() == OpKind::Register { i.op0_register() } else { Register::None };
        let op1 = if i.op_count() > 1 && i.op1_kind() == OpKind::Register { i.op1_register() } else { Register::None };
        match (i.mnemonic(), op0, op1) {
            (Mnemonic::Mov, Register::RBP, Register::RSP) | (Mnemonic::Mov, Register::RSP, Register::RBP) => {
                return Some(inst);
            }
            (Mnemonic::Sub | Mnemonic::Add, Register::RSP, Register::None) if i.op1_kind() != OpKind::Memory => {
                return Some(inst);
            }
            (Mnemonic::Mov, _, Register::RBP) if reg_bit(op0) == 0 => return Some(inst),
            _ => {}
        }
        let pure = writes_only(i);
        let mut has_memory = false;
        for k in 0..i.op_count() {
            match i.op_kind(k) {
                OpKind::Register => {
                    let r = i.op_register(k);
                    let full = r.full_register();
                    inst.regs |= number_bit(r);
                    if full == Register::RSP || (full == Register::RBP && !(k == 1 && i.mnemonic() == Mnemonic::Mov)) {
                        return None;
                    }
                    let bit = reg_bit(r);
                    if k == 0 && pure && r.size() >= 4 {
                        inst.kills |= bit;
                    } else {
                        inst.uses |= bit;
                    }
                }
                OpKind::Memory => has_memory = true,
                _ => {}
            }
        }
        if i.mnemonic() == Mnemonic::Xor && pure {
            inst.uses = 0;
        }
        if has_memory {
            self.memory(i, &mut inst, prologue)?;
        }
        // The registers are saved first of all.
        if i.mnemonic() != Mnemonic::Mov || !has_memory || i.op0_kind() != OpKind::Memory {
            *prologue = false;
        }
        Some(inst)
    }

    fn memory(&mut self, i: &Instruction, inst: &mut Inst, prologue: &mut bool) -> Option<()> {
        let (base, index) = (i.memory_base(), i.memory_index());
        let store = i.op0_kind() == OpKind::Memory;
        inst.regs |= number_bit(base) | number_bit(index);
        if i.mnemonic() != Mnemonic::Lea && !(store && stores_only(i.mnemonic())) {
            inst.reads = number_bit(base) | number_bit(index);
        }
        inst.uses |= reg_bit(base) | reg_bit(index);
        if index == Register::RSP || index == Register::RBP {
            return None;
        }
        if base == Register::RBP {
            // The caller's part of the stack only.
            return (i.memory_displacement64() as i64 >= 0).then_some(());
        }
        if base != Register::RSP {
            return Some(());
        }
        if index != Register::None {
            return None;
        }
        let off = i.memory_displacement64();
        if i.mnemonic() == Mnemonic::Lea {
            // Slots of no size may share their place with the next one.
            let mut last = None;
            for s in self.slots.iter().filter(|s| u64::from(s.off) == off) {
                last = Some((s.off / 8, (s.off + if s.noscan { 0 } else { s.size }).div_ceil(8)));
                if s.size > 0 {
                    break;
                }
            }
            let (from, to) = last?;
            if from < to {
                self.objects.push((from, to));
                inst.words = Words::Address(from, to);
            }
            return Some(());
        }
        let size = i.memory_size().size() as u64;
        if size == 0 || off + size > u64::from(self.frame) {
            return None;
        }
        let (off, size) = (off as u32, size as u32);
        let (from, to) = (off / 8, (off + size).div_ceil(8));
        let whole = off.is_multiple_of(8) && size.is_multiple_of(8);
        let saved = self.saves.iter().position(|s| s.is_some_and(|w| from <= w && w < to));
        if store && *prologue && i.mnemonic() == Mnemonic::Mov && whole && i.op1_kind() == OpKind::Register {
            let bit = reg_bit(i.op1_register());
            if bit != 0 {
                self.saves[bit.trailing_zeros() as usize] = Some(from);
                inst.uses = 0;
                return Some(());
            }
        }
        if let Some(k) = saved {
            // Only its restoration may touch it.
            let restores = !store && i.mnemonic() == Mnemonic::Mov && whole && reg_bit(i.op0_register()) == 1 << k;
            return restores.then_some(());
        }
        inst.words = match store && stores_only(i.mnemonic()) {
            true if whole => Words::Kill(from, to),
            // A part of a word: what else is in it stays as it was.
            true => Words::None,
            false => Words::Use(from, to),
        };
        Some(())
    }

    /// The jump table behind an indirect jump: offsets from its start, up to the first code behind it.
    fn table(&mut self, at: u32, work: &mut Vec<u32>) -> Flow {
        let from = self.tables.len() as u32;
        let mut limit = self.code.len();
        let mut p = at as usize;
        while p + 4 <= limit {
            let e = i32::from_le_bytes(self.code[p..p + 4].try_into().expect("four bytes"));
            let t = i64::from(at) + i64::from(e);
            if t < 0 || t >= self.code.len() as i64 {
                break;
            }
            if t as usize > at as usize {
                limit = limit.min(t as usize);
            }
            self.tables.push(t as u32);
            work.push(t as u32);
            p += 4;
        }
        Flow::Table(from, self.tables.len() as u32)
    }
}
