//! The table of operations.

/// Type of an SSA value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Type {
    /// Also bool (0 or 1).
    I8,
    I16,
    I32,
    I64,
    F32,
    F64,
    /// A word that may point to an object; the collector finds it conservatively in registers and frames.
    Ptr,
}

impl Type {
    pub const fn size(self) -> u32 {
        match self {
            Type::I8 => 1,
            Type::I16 => 2,
            Type::I32 | Type::F32 => 4,
            Type::I64 | Type::F64 | Type::Ptr => 8,
        }
    }
    pub const fn bits(self) -> u32 {
        self.size() * 8
    }
    pub const fn is_float(self) -> bool {
        matches!(self, Type::F32 | Type::F64)
    }
    pub const fn is_int(self) -> bool {
        !self.is_float()
    }
    pub const fn name(self) -> &'static str {
        match self {
            Type::I8 => "i8",
            Type::I16 => "i16",
            Type::I32 => "i32",
            Type::I64 => "i64",
            Type::F32 => "f32",
            Type::F64 => "f64",
            Type::Ptr => "ptr",
        }
    }
}

/// Integer comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum IntCC {
    Eq,
    Ne,
    Slt,
    Sle,
    Sgt,
    Sge,
    Ult,
    Ule,
    Ugt,
    Uge,
}

/// Float comparison: all but `Ne` are false if an operand is a NaN.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FloatCC {
    Eq,
    Ne,
    Lt,
    Le,
    Gt,
    Ge,
}

/// Which bounds failure a `BoundsCheck` reports (names of the runtime's panic functions).
/// `Index` requires idx < len (unsigned); the slice kinds require first <= second (unsigned).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum BoundsKind {
    /// s[x], 0 <= x < len(s)
    Index,
    /// s[?:x], x <= len(s) (string or array)
    SliceAlen,
    /// s[?:x], x <= cap(s)
    SliceAcap,
    /// s[x:y], x <= y
    SliceB,
    /// s[::x], x <= len(s)
    Slice3Alen,
    /// s[::x], x <= cap(s)
    Slice3Acap,
    /// s[:x:y], x <= y
    Slice3B,
    /// s[x:y:], x <= y
    Slice3C,
    /// (*[x]T)(s), x <= len(s)
    Convert,
}

/// Atomic read-modify-write.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RmwOp {
    Add,
    And,
    Or,
    Xchg,
}

/// Why an `Alloc` exists: decides the wording of `-m`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AllocKind {
    /// A variable whose address is taken or that a closure captures by reference ("moved to heap: x").
    Var,
    /// `new(T)`
    New,
    /// `&T{…}`
    Lit,
    /// A closure record ("func literal").
    Closure,
    /// The value of a conversion to interface.
    Iface,
    /// A backing array of a slice literal or variadic call.
    SliceLit,
    /// Anything else the compiler made.
    Temp,
}

/// What an instruction does. Operands are in `InstData::args` in the order given; `ty` is the result's type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Op {
    // Constants.
    /// Integer (or nil pointer) `Aux::Int`.
    Iconst,
    /// Float whose bits (f64, or f32 in the low half) are `Aux::Int`.
    Fconst,
    /// Address of `Aux::Sym` plus offset. Never nil.
    SymAddr,
    /// Any value; for padding and unreachable paths.
    Undef,

    // Integers: both operands of the result's type, wrapping.
    Add,
    Sub,
    Mul,
    And,
    Or,
    Xor,
    Not,
    Neg,
    /// Shifts take the amount (any integer type) modulo the width; Go's rules for large amounts are explicit code.
    Shl,
    Shr,
    Sar,
    Rotl,
    /// Divisor known to be neither 0 nor, for signed, -1 with the least dividend.
    Sdiv,
    Udiv,
    Srem,
    Urem,
    Umulh,
    Smulh,
    /// (hi, lo) = x * y; two results, i64.
    Umul128,
    /// (sum, carry) = x + y + carry-in(0/1); i64.
    AddCarry,
    /// (diff, borrow) = x - y - borrow-in(0/1); i64.
    SubBorrow,
    /// (quo, rem) = hi:lo / y with y > hi checked before; i64.
    Udiv128,
    /// Leading zeros; the width for 0.
    Clz,
    /// Trailing zeros; the width for 0.
    Ctz,
    Popcnt,
    Bswap,
    /// Bit i is set where bytes i of two i64 are equal; where the top bit of byte i of one i64 is set.
    ByteEqMask,
    ByteTopMask,
    Icmp(IntCC),
    /// Widen or narrow an integer to `ty`. `Trunc` also turns Ptr into i64 (and `IntToPtr` back).
    Sext,
    Zext,
    Trunc,
    IntToPtr,
    PtrToInt,
    /// Pointer plus i64 byte offset; stays within (or one past) the object.
    PtrAdd,

    // Floats.
    Fadd,
    Fsub,
    Fmul,
    Fdiv,
    Fneg,
    Fabs,
    Fsqrt,
    Ffloor,
    Fceil,
    Ftrunc,
    /// Round half to even.
    Fnearest,
    Fma,
    Fcopysign,
    Fcmp(FloatCC),
    /// Signed / unsigned integer to float.
    Sitof,
    Uitof,
    /// Float to integer as gc's amd64 code does it: truncation; out of range gives 0x8000… (signed).
    Ftosi,
    Ftoui,
    Fpromote,
    Fdemote,
    /// Same bits, other type of the same size.
    Bitcast,
    /// The same integer, of which analyses do not know that it was a pointer: Go's `uintptr(p) ^ 0`.
    Hide,

    /// args: cond (i8), then, else.
    Select,

    // Memory. Address is args[0] plus `Aux::Mem` offset.
    Load,
    /// args: address, value. With `MemFlags::BARRIER`: a pointer store that needs a write barrier while marking.
    Store,
    /// args: dst, src; `Aux::Move` size and, if it holds pointers that need barriers, the type. May overlap exactly, not partially.
    Move,
    /// args: dst; `Aux::Move` as for `Move`.
    Zero,
    /// args: pointer. Panics as a nil dereference if nil.
    NilCheck,
    /// args: first, second (both i64); see `BoundsKind`. `signed`: first is a signed Go value (for the message).
    BoundsCheck {
        kind: BoundsKind,
        signed: bool,
    },
    /// args: divisor. Panics if zero.
    DivCheck,
    /// args: i64. Panics "negative shift amount" if negative.
    ShiftCheck,

    // Atomics (sequentially consistent).
    AtomicLoad,
    AtomicStore,
    AtomicRmw(RmwOp),
    /// args: address, old, new; result i8: swapped.
    AtomicCas,

    // Places and allocation.
    /// Address of stack slot `Aux::Slot`.
    SlotAddr,
    /// New zeroed object of `Aux::Alloc`; escape analysis turns it into a slot where it can.
    Alloc(AllocKind),
    /// args: len, cap (checked non-negative and in order by the runtime), perhaps a buffer in the frame and its size.
    /// What fits into the buffer is made there.
    /// `Aux::Type` = element. Result: pointer.
    MakeSlice,

    // Calls: results as in the signature.
    /// Direct call of `Aux::Call` symbol.
    Call,
    /// args[0]: func value (pointer to funcval; nil faults), then arguments. With `Aux::Call` it is known to be a record
    /// of that function.
    CallClosure,
    /// args[0]: code pointer, then arguments.
    CallInd,
    /// args[0]: itab, args[1]: data word (the receiver), then arguments; `Aux::CallInter`.
    CallInter,
    /// Runtime function in Rust or assembly (`abi::funcs`), C convention.
    CallRt,

    // The frame.
    /// Closure context; only in the entry block, before any call.
    GetCtx,
    GetG,
    /// This function's frame pointer.
    GetFp,
    GetCallerPc,
    GetCallerSp,
    /// Keeps args[0] live up to here.
    KeepAlive,
    /// Whatever args[0] points at may be kept by somebody unknown. Runs nothing.
    Leak,
    /// Defers: see `Term::DeferEnter`.
    /// Prefetch args[0].
    Prefetch,
}

/// Effects by op, for passes.
impl Op {
    /// May be removed if its results are unused.
    pub fn is_pure(self) -> bool {
        use Op::*;
        !matches!(
            self,
            Store
                | Move
                | Zero
                | NilCheck
                | BoundsCheck { .. }
                | DivCheck
                | ShiftCheck
                | AtomicLoad
                | AtomicStore
                | AtomicRmw(_)
                | AtomicCas
                | Call
                | CallClosure
                | CallInd
                | CallInter
                | CallRt
                | KeepAlive
                | Leak
                | Prefetch
        )
    }
    /// Depends on memory.
    pub fn reads_memory(self) -> bool {
        use Op::*;
        matches!(self, Load | Move | AtomicLoad | AtomicRmw(_) | AtomicCas) || self.is_call()
    }
    pub fn writes_memory(self) -> bool {
        use Op::*;
        matches!(self, Store | Move | Zero | AtomicStore | AtomicRmw(_) | AtomicCas) || self.is_call()
    }
    pub fn is_call(self) -> bool {
        use Op::*;
        matches!(self, Call | CallClosure | CallInd | CallInter | CallRt)
    }
}
