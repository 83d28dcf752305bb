//! Functions the compiler supplies or expands itself (by package and name).

use crate::call::Call;
use crate::fx::*;
use crate::layout::*;
use goxide_ssa::*;
use goxide_types::Obj;

/// What an intrinsic does.
#[derive(Clone, Copy, Debug, PartialEq)]
enum In {
    Load(Type),
    Store(Type),
    /// Gives the new value.
    Add(Type),
    /// Gives the old value.
    Rmw(RmwOp, Type),
    /// No result.
    RmwNone(RmwOp, Type),
    Cas(Type),
    Un(Op),
    /// Count on the operand's width; result int.
    Clz,
    Len,
    Ctz,
    Popcnt,
    Rotl,
    AddC,
    SubB,
    Mul,
    Div,
    MulUintptr,
    Add64Carry,
    Fma,
    CallerPc,
    CallerSp,
    ClosurePtr,
    GetG,
    GetFp,
    KeepAlive,
    FuncPc,
    EscapeNonString,
    Prefetch,
    Select,
    BoolToUint8,
    MulWW,
    Publication,
    /// Groups of control bytes of maps, with one bit per slot. All of them or none: the sets are passed between them.
    GroupMatchH2,
    GroupMatchEmpty,
    GroupMatchEmptyOrDeleted,
    GroupMatchFull,
    SlotsFirst,
    SlotsRemoveBelow,
    SlotsLowestSet,
    SlotsShiftOut,
}

fn find(pkg: &str, name: &str) -> Option<In> {
    use In::*;
    use Type::*;
    Some(match pkg {
        "sync/atomic" => {
            let (op, ty) = ["Int32", "Uint32", "Int64", "Uint64", "Uintptr", "Pointer"]
                .iter()
                .find_map(|t| name.strip_suffix(t).map(|op| (op, *t)))?;
            let ty = match ty {
                "Int32" | "Uint32" => I32,
                "Pointer" => Ptr,
                _ => I64,
            };
            match (op, ty) {
                ("Load", _) => Load(ty),
                // Pointer writes go through functions with barriers.
                (_, Ptr) => return None,
                ("Store", _) => Store(ty),
                ("Swap", _) => Rmw(RmwOp::Xchg, ty),
                ("CompareAndSwap", _) => Cas(ty),
                ("Add", _) => Add(ty),
                ("And", _) => Rmw(RmwOp::And, ty),
                ("Or", _) => Rmw(RmwOp::Or, ty),
                _ => return None,
            }
        }
        "internal/runtime/atomic" => match name {
            "Load" | "LoadAcq" | "Loadint32" => Load(I32),
            "Load8" => Load(I8),
            "Load64" | "LoadAcq64" | "LoadAcquintptr" | "Loadint64" | "Loaduint" | "Loaduintptr" => Load(I64),
            "Loadp" => Load(Ptr),
            "Store" | "StoreRel" | "Storeint32" => Store(I32),
            "Store8" => Store(I8),
            "Store64" | "StoreRel64" | "StoreReluintptr" | "Storeint64" | "Storeuintptr" => Store(I64),
            "StorepNoWB" => Store(Ptr),
            "Xadd" | "Xaddint32" => Add(I32),
            "Xadd64" | "Xaddint64" | "Xadduintptr" => Add(I64),
            "Xchg" | "Xchgint32" => Rmw(RmwOp::Xchg, I32),
            "Xchg8" => Rmw(RmwOp::Xchg, I8),
            "Xchg64" | "Xchgint64" | "Xchguintptr" => Rmw(RmwOp::Xchg, I64),
            "Cas" | "CasRel" | "Casint32" => Cas(I32),
            "Cas64" | "Casint64" | "Casuintptr" => Cas(I64),
            "Casp1" => Cas(Ptr),
            "And" => RmwNone(RmwOp::And, I32),
            "Or" => RmwNone(RmwOp::Or, I32),
            "And8" => RmwNone(RmwOp::And, I8),
            "Or8" => RmwNone(RmwOp::Or, I8),
            "And32" => Rmw(RmwOp::And, I32),
            "Or32" => Rmw(RmwOp::Or, I32),
            "And64" | "Anduintptr" => Rmw(RmwOp::And, I64),
            "Or64" | "Oruintptr" => Rmw(RmwOp::Or, I64),
            _ => return None,
        },
        "internal/runtime/sys" => match name {
            "GetCallerPC" => CallerPc,
            "GetCallerSP" => CallerSp,
            "GetClosurePtr" => ClosurePtr,
            "Bswap32" | "Bswap64" => Un(Op::Bswap),
            "Len8" | "Len64" => Len,
            "OnesCount64" => Popcnt,
            "TrailingZeros8" | "TrailingZeros32" | "TrailingZeros64" => Ctz,
            "LeadingZeros8" | "LeadingZeros64" => Clz,
            "Prefetch" | "PrefetchStreamed" => Prefetch,
            _ => return None,
        },
        "math/bits" => match name {
            "Len" | "Len8" | "Len16" | "Len32" | "Len64" => Len,
            "LeadingZeros" | "LeadingZeros8" | "LeadingZeros16" | "LeadingZeros32" | "LeadingZeros64" => Clz,
            "TrailingZeros" | "TrailingZeros8" | "TrailingZeros16" | "TrailingZeros32" | "TrailingZeros64" => Ctz,
            "OnesCount" | "OnesCount8" | "OnesCount16" | "OnesCount32" | "OnesCount64" => Popcnt,
            "ReverseBytes32" | "ReverseBytes64" | "ReverseBytes16" | "ReverseBytes" => Un(Op::Bswap),
            "RotateLeft" | "RotateLeft8" | "RotateLeft16" | "RotateLeft32" | "RotateLeft64" => Rotl,
            "Add" | "Add64" => AddC,
            "Sub" | "Sub64" => SubB,
            "Mul" | "Mul64" => Mul,
            "Div" | "Div64" => Div,
            _ => return None,
        },
        "math" => match name {
            "sqrt" | "Sqrt" => Un(Op::Fsqrt),
            "Floor" | "floor" => Un(Op::Ffloor),
            "Ceil" | "ceil" => Un(Op::Fceil),
            "Trunc" | "trunc" => Un(Op::Ftrunc),
            "RoundToEven" => Un(Op::Fnearest),
            "Abs" => Un(Op::Fabs),
            "FMA" => Fma,
            _ => return None,
        },
        "math/big" => match name {
            "mulWW" => MulWW,
            _ => return None,
        },
        "internal/runtime/math" => match name {
            "Add64" => Add64Carry,
            "MulUintptr" => MulUintptr,
            "Mul64" => Mul,
            _ => return None,
        },
        "internal/abi" => match name {
            "FuncPCABI0" | "FuncPCABIInternal" => FuncPc,
            "EscapeNonString" => EscapeNonString,
            _ => return None,
        },
        "runtime" => match name {
            "KeepAlive" => KeepAlive,
            "getg" => GetG,
            "getfp" => GetFp,
            "publicationBarrier" => Publication,
            _ => return None,
        },
        "internal/runtime/maps" => match name {
            "ctrlGroupMatchH2" => GroupMatchH2,
            "ctrlGroupMatchEmpty" => GroupMatchEmpty,
            "ctrlGroupMatchEmptyOrDeleted" => GroupMatchEmptyOrDeleted,
            "ctrlGroupMatchFull" => GroupMatchFull,
            "bitsetFirst" => SlotsFirst,
            "bitsetRemoveBelow" => SlotsRemoveBelow,
            "bitsetLowestSet" => SlotsLowestSet,
            "bitsetShiftOutLowest" => SlotsShiftOut,
            _ => return None,
        },
        "crypto/internal/constanttime" => match name {
            "Select" => Select,
            "boolToUint8" => BoolToUint8,
            _ => return None,
        },
        _ => return None,
    })
}

fn lookup(o: Obj) -> Option<In> {
    if o.sig_opt().is_some_and(|s| s.recv().is_some()) {
        return None;
    }
    find(o.pkg()?.path().as_str(), o.name().as_str())
}

/// Whether the compiler expands calls of this function itself.
pub fn is_intrinsic(o: Obj) -> bool {
    lookup(o).is_some()
}

impl Fx<'_> {
    /// What value `v` refers to may be kept by somebody unknown.
    fn leak(&mut self, v: &Val) {
        let pointers: Vec<Value> = match v {
            Val::S(s) => s.iter().copied().filter(|&x| self.b.f.ty(x) == Type::Ptr).collect(),
            Val::M(a) => vec![self.addr_value(*a)],
        };
        for p in pointers {
            self.b.effect(Op::Leak, &[p], Aux::None);
        }
    }
    /// Expands a call, if its function is an intrinsic.
    pub fn intrinsic(&mut self, o: Obj, c: &Call) -> Option<Vec<Val>> {
        let kind = lookup(o)?;
        let a = |i: usize| c.args[i].1.v();
        let none = || Some(Vec::new());
        let one = |v: Value| Some(vec![Val::one(v)]);
        let mem = Aux::Mem { off: 0, flags: MemFlags::NONE };
        let rt = |i: usize| c.results.get(i).map(|&t| scalar(t));
        let atomic =
            matches!(kind, In::Load(_) | In::Store(_) | In::Add(_) | In::Rmw(..) | In::RmwNone(..) | In::Cas(_));
        if atomic && self.prog.has_sched_points(self.cp.pkg) {
            self.rt("schedpoint", &[], &[]);
        }
        match kind {
            In::Load(ty) => one(self.b.val(Op::AtomicLoad, &[a(0)], mem, ty)),
            In::Store(_) => {
                self.b.effect(Op::AtomicStore, &[a(0), a(1)], mem);
                none()
            }
            In::Add(ty) => {
                let d = self.int_cast(a(1), ty, true);
                let old = self.b.val(Op::AtomicRmw(RmwOp::Add), &[a(0), d], mem, ty);
                one(self.b.bin(Op::Add, old, d))
            }
            In::Rmw(op, ty) => one(self.b.val(Op::AtomicRmw(op), &[a(0), a(1)], mem, ty)),
            In::RmwNone(op, ty) => {
                self.b.val(Op::AtomicRmw(op), &[a(0), a(1)], mem, ty);
                none()
            }
            In::Cas(_) => one(self.b.val(Op::AtomicCas, &[a(0), a(1), a(2)], mem, Type::I8)),
            In::Un(op) => {
                let ty = self.b.f.ty(a(0));
                one(self.b.un(op, a(0), ty))
            }
            In::Len | In::Clz | In::Ctz | In::Popcnt => {
                let ty = self.b.f.ty(a(0));
                let op = match kind {
                    In::Len | In::Clz => Op::Clz,
                    In::Ctz => Op::Ctz,
                    _ => Op::Popcnt,
                };
                let n = self.b.un(op, a(0), ty);
                let mut n = self.to_i64(n, false);
                if kind == In::Len {
                    let w = self.b.int(i64::from(ty.bits()));
                    n = self.b.bin(Op::Sub, w, n);
                }
                one(n)
            }
            In::Rotl => one(self.b.bin(Op::Rotl, a(0), a(1))),
            In::AddC | In::SubB => {
                let op = if kind == In::AddC { Op::AddCarry } else { Op::SubBorrow };
                let r = self.b.inst(op, &[a(0), a(1), a(2)], Aux::None, &[Type::I64, Type::I64]);
                Some(vec![Val::one(r[0]), Val::one(r[1])])
            }
            In::Add64Carry => {
                let r = self.b.inst(Op::AddCarry, &[a(0), a(1), a(2)], Aux::None, &[Type::I64, Type::I64]);
                Some(vec![Val::one(r[0]), Val::one(r[1])])
            }
            In::Mul | In::MulWW => {
                let r = self.b.inst(Op::Umul128, &[a(0), a(1)], Aux::None, &[Type::I64, Type::I64]);
                Some(vec![Val::one(r[0]), Val::one(r[1])])
            }
            In::MulUintptr => {
                let r = self.b.inst(Op::Umul128, &[a(0), a(1)], Aux::None, &[Type::I64, Type::I64]);
                let over = self.b.icmp_imm(IntCC::Ne, r[0], 0);
                Some(vec![Val::one(r[1]), Val::one(over)])
            }
            In::Div => {
                let (hi, lo, y) = (a(0), a(1), a(2));
                self.b.effect(Op::DivCheck, &[y], Aux::None);
                let over = self.b.icmp(IntCC::Ule, y, hi);
                self.if_then(over, Hint::Unlikely, |s| s.rt_noreturn("panicoverflow", &[]));
                let r = self.b.inst(Op::Udiv128, &[hi, lo, y], Aux::None, &[Type::I64, Type::I64]);
                Some(vec![Val::one(r[0]), Val::one(r[1])])
            }
            In::Fma => one(self.b.val(Op::Fma, &[a(0), a(1), a(2)], Aux::None, Type::F64)),
            In::CallerPc => one(self.b.val(Op::GetCallerPc, &[], Aux::None, Type::I64)),
            In::CallerSp => one(self.b.val(Op::GetCallerSp, &[], Aux::None, Type::I64)),
            In::ClosurePtr => {
                // The context is in g until the next call through a func value.
                let gp = self.b.val(Op::GetG, &[], Aux::None, Type::Ptr);
                let v = self.b.load(Type::I64, gp, goxide_abi::g::CTX, MemFlags::NONNIL.with(MemFlags::VOLATILE));
                one(v)
            }
            In::GetG => {
                let v = self.b.val(Op::GetG, &[], Aux::None, Type::Ptr);
                let ty = rt(0).unwrap_or(Type::Ptr);
                one(self.int_cast(v, ty, false))
            }
            In::GetFp => {
                self.b.f.flags.noinline = true;
                one(self.b.val(Op::GetFp, &[], Aux::None, Type::I64))
            }
            In::KeepAlive => {
                let s = c.args[0].1.s().to_vec();
                self.b.effect(Op::KeepAlive, &[s[1]], Aux::None);
                none()
            }
            In::FuncPc => {
                // The argument is a func value in an interface: its first word is the code.
                let data = c.args[0].1.s()[1];
                one(self.b.load(Type::I64, data, 0, MemFlags::NONNIL.with(MemFlags::READONLY)))
            }
            In::EscapeNonString => {
                if crate::flow::pointers_of_all(&c.targs) == crate::flow::Pointers::Others {
                    self.leak(&c.args[0].1);
                }
                none()
            }
            In::Prefetch => {
                let p = self.int_cast(a(0), Type::Ptr, false);
                self.b.effect(Op::Prefetch, &[p], mem);
                none()
            }
            In::Select => {
                let c = self.b.icmp_imm(IntCC::Ne, a(0), 0);
                one(self.b.select(c, a(1), a(2)))
            }
            In::GroupMatchH2 => {
                // The hash's seven bits in every byte.
                let ones = self.b.int(0x0101_0101_0101_0101);
                let h = self.b.bin(Op::Mul, a(1), ones);
                one(self.b.bin(Op::ByteEqMask, a(0), h))
            }
            In::GroupMatchEmpty => {
                let empty = self.b.int(0x8080_8080_8080_8080u64 as i64);
                one(self.b.bin(Op::ByteEqMask, a(0), empty))
            }
            In::GroupMatchEmptyOrDeleted => one(self.b.un(Op::ByteTopMask, a(0), Type::I64)),
            In::GroupMatchFull => {
                let not = self.b.un(Op::Not, a(0), Type::I64);
                one(self.b.un(Op::ByteTopMask, not, Type::I64))
            }
            In::SlotsFirst => one(self.b.un(Op::Ctz, a(0), Type::I64)),
            In::SlotsRemoveBelow => {
                let ones = self.b.int(-1);
                let from = self.b.bin(Op::Shl, ones, a(1));
                one(self.b.bin(Op::And, a(0), from))
            }
            In::SlotsLowestSet => {
                let lowest = self.b.int(1);
                let v = self.b.bin(Op::And, a(0), lowest);
                one(self.b.icmp_imm(IntCC::Ne, v, 0))
            }
            In::SlotsShiftOut => {
                let by = self.b.int(1);
                one(self.b.bin(Op::Shr, a(0), by))
            }
            In::BoolToUint8 => one(a(0)),
            In::Publication => none(),
        }
    }
}
