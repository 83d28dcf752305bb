//! The text form. `parse` is the inverse; the grammar is in `docs/ssa.md`.

use crate::ir::*;
use crate::op::*;
use std::fmt::{self, Write};

impl RmwOp {
    pub const ALL: [RmwOp; 4] = [RmwOp::Add, RmwOp::And, RmwOp::Or, RmwOp::Xchg];
    pub const fn name(self) -> &'static str {
        match self {
            RmwOp::Add => "add",
            RmwOp::And => "and",
            RmwOp::Or => "or",
            RmwOp::Xchg => "xchg",
        }
    }
}

macro_rules! suffixes {
    ($t:ident { $($v:ident = $s:literal),* $(,)? }) => {
        impl $t {
            /// All variants.
            pub const ALL: &'static [$t] = &[$($t::$v),*];
            /// Spelling in the text form.
            pub const fn name(self) -> &'static str {
                match self { $($t::$v => $s),* }
            }
        }
    };
}
suffixes!(IntCC { Eq = "eq", Ne = "ne", Slt = "slt", Sle = "sle", Sgt = "sgt", Sge = "sge", Ult = "ult", Ule = "ule", Ugt = "ugt", Uge = "uge" });
suffixes!(FloatCC { Eq = "eq", Ne = "ne", Lt = "lt", Le = "le", Gt = "gt", Ge = "ge" });
suffixes!(BoundsKind {
    Index = "index", SliceAlen = "slicealen", SliceAcap = "sliceacap", SliceB = "sliceb", Slice3Alen = "slice3alen",
    Slice3Acap = "slice3acap", Slice3B = "slice3b", Slice3C = "slice3c", Convert = "convert",
});
suffixes!(AllocKind { Var = "var", New = "new", Lit = "lit", Closure = "closure", Iface = "iface", SliceLit = "slicelit", Temp = "temp" });

macro_rules! plain_ops {
    ($($v:ident = $s:literal),* $(,)?) => {
        /// Operations without a suffix.
        pub(crate) const PLAIN: &[(Op, &str)] = &[$((Op::$v, $s)),*];
        fn plain_name(op: Op) -> Option<&'static str> {
            match op { $(Op::$v => Some($s),)* _ => None }
        }
    };
}
plain_ops!(
    Iconst = "iconst",
    Fconst = "fconst",
    SymAddr = "symaddr",
    Undef = "undef",
    Add = "add",
    Sub = "sub",
    Mul = "mul",
    And = "and",
    Or = "or",
    Xor = "xor",
    Not = "not",
    Neg = "neg",
    Shl = "shl",
    Shr = "shr",
    Sar = "sar",
    Rotl = "rotl",
    Sdiv = "sdiv",
    Udiv = "udiv",
    Srem = "srem",
    Urem = "urem",
    Umulh = "umulh",
    Smulh = "smulh",
    Umul128 = "umul128",
    AddCarry = "addcarry",
    SubBorrow = "subborrow",
    Udiv128 = "udiv128",
    Clz = "clz",
    Ctz = "ctz",
    Popcnt = "popcnt",
    Bswap = "bswap",
    ByteEqMask = "byteeqmask",
    ByteTopMask = "bytetopmask",
    Sext = "sext",
    Zext = "zext",
    Trunc = "trunc",
    IntToPtr = "inttoptr",
    PtrToInt = "ptrtoint",
    PtrAdd = "ptradd",
    Fadd = "fadd",
    Fsub = "fsub",
    Fmul = "fmul",
    Fdiv = "fdiv",
    Fneg = "fneg",
    Fabs = "fabs",
    Fsqrt = "fsqrt",
    Ffloor = "ffloor",
    Fceil = "fceil",
    Ftrunc = "ftrunc",
    Fnearest = "fnearest",
    Fma = "fma",
    Fcopysign = "fcopysign",
    Sitof = "sitof",
    Uitof = "uitof",
    Ftosi = "ftosi",
    Ftoui = "ftoui",
    Fpromote = "fpromote",
    Fdemote = "fdemote",
    Bitcast = "bitcast",
    Hide = "hide",
    Select = "select",
    Load = "load",
    Store = "store",
    Move = "move",
    Zero = "zero",
    NilCheck = "nilcheck",
    DivCheck = "divcheck",
    ShiftCheck = "shiftcheck",
    AtomicLoad = "atomicload",
    AtomicStore = "atomicstore",
    AtomicCas = "atomiccas",
    SlotAddr = "slotaddr",
    MakeSlice = "makeslice",
    Call = "call",
    CallClosure = "callclosure",
    CallInd = "callind",
    CallInter = "callinter",
    CallRt = "callrt",
    GetCtx = "getctx",
    GetG = "getg",
    GetFp = "getfp",
    GetCallerPc = "getcallerpc",
    GetCallerSp = "getcallersp",
    KeepAlive = "keepalive",
    Leak = "leak",
    Prefetch = "prefetch",
);

impl fmt::Display for Op {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Op::Icmp(c) => write!(f, "icmp.{}", c.name()),
            Op::Fcmp(c) => write!(f, "fcmp.{}", c.name()),
            Op::AtomicRmw(r) => write!(f, "atomicrmw.{}", r.name()),
            Op::Alloc(k) => write!(f, "alloc.{}", k.name()),
            Op::BoundsCheck { kind, signed } => {
                write!(f, "boundscheck.{}{}", kind.name(), if signed { "" } else { ".u" })
            }
            op => f.write_str(plain_name(op).expect("every other operation is in the table")),
        }
    }
}

impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl fmt::Display for Sig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_char('(')?;
        scalars(f, &self.params, self.len_params)?;
        f.write_str(if self.has_block { " block) -> (" } else { ") -> (" })?;
        scalars(f, &self.results, self.len_results)?;
        f.write_char(')')
    }
}

/// Types of a signature; an i64 whose bit is set in `lens` is written `len`.
fn scalars(f: &mut fmt::Formatter<'_>, l: &[Type], lens: u32) -> fmt::Result {
    for (i, x) in l.iter().enumerate() {
        if i > 0 {
            f.write_str(", ")?;
        }
        if i < 32 && lens >> i & 1 != 0 { f.write_str("len")? } else { write!(f, "{x}")? }
    }
    Ok(())
}

fn list<T: fmt::Display>(f: &mut fmt::Formatter<'_>, l: &[T]) -> fmt::Result {
    for (i, x) in l.iter().enumerate() {
        if i > 0 {
            f.write_str(", ")?;
        }
        write!(f, "{x}")?;
    }
    Ok(())
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.block)?;
        if !self.args.is_empty() {
            f.write_char('(')?;
            list(f, &self.args)?;
            f.write_char(')')?;
        }
        Ok(())
    }
}

const MEM_FLAGS: [(MemFlags, &str); 5] = [
    (MemFlags::NONNIL, "nonnil"),
    (MemFlags::BARRIER, "barrier"),
    (MemFlags::READONLY, "readonly"),
    (MemFlags::VOLATILE, "volatile"),
    (MemFlags::LENGTH, "length"),
];

impl fmt::Display for Aux {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Aux::None => Ok(()),
            Aux::Int(n) => write!(f, "{n}"),
            Aux::Sym(s, off) => write!(f, "{:?} {off}", s.name()),
            Aux::Mem { off, flags } => {
                write!(f, "{off}")?;
                for (x, name) in MEM_FLAGS {
                    if flags.has(x) {
                        write!(f, " {name}")?;
                    }
                }
                Ok(())
            }
            Aux::Move { size, ty } => {
                write!(f, "{size}")?;
                match ty {
                    Some(t) => write!(f, " {:?}", t.to_string()),
                    None => Ok(()),
                }
            }
            Aux::Slot(s) => write!(f, "{s}"),
            Aux::Alloc { ty, what } => write!(f, "{:?} {what:?}", ty.to_string()),
            Aux::Type(t) => write!(f, "{:?}", t.to_string()),
            Aux::Call { callee, sig } => write!(f, "{:?} {sig}", callee.name()),
            Aux::Sig(sig) => write!(f, "{sig}"),
            Aux::CallInter { iface, method, sig } => write!(f, "{:?} {method} {sig}", iface.to_string()),
            Aux::Rt { name, sig } => write!(f, "{name:?} {sig}"),
        }
    }
}

/// Mem flag of a word of the text form.
pub(crate) fn mem_flag(word: &str) -> Option<MemFlags> {
    MEM_FLAGS.iter().find(|x| x.1 == word).map(|x| x.0)
}

pub(crate) const FLAG_NAMES: [&str; 8] =
    ["noinline", "nosplit", "wrapper", "has_defer", "has_recover", "closure", "noreturn", "runtime"];

impl FuncFlags {
    pub(crate) fn bits(&mut self) -> [&mut bool; 8] {
        [
            &mut self.noinline,
            &mut self.nosplit,
            &mut self.wrapper,
            &mut self.has_defer,
            &mut self.has_recover,
            &mut self.closure,
            &mut self.noreturn,
            &mut self.runtime,
        ]
    }
}

impl Func {
    /// One instruction as text.
    pub fn inst_text(&self, i: Inst) -> String {
        let d = &self.insts[i.index()];
        let mut s = String::new();
        for (n, &r) in d.results.iter().enumerate() {
            let _ = write!(s, "{}{r}: {}", if n > 0 { ", " } else { "" }, self.ty(r));
        }
        if !d.results.is_empty() {
            s.push_str(" = ");
        }
        let _ = write!(s, "{}", d.op);
        for (n, a) in d.args.iter().enumerate() {
            let _ = write!(s, "{}{a}", if n > 0 { ", " } else { " " });
        }
        if d.aux != Aux::None {
            let _ = write!(s, " {{{}}}", d.aux);
        }
        s
    }
}

impl fmt::Display for Func {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "func {:?} {}", self.sym.name(), self.sig)?;
        let mut flags = self.flags;
        for (on, name) in flags.bits().into_iter().zip(FLAG_NAMES) {
            if *on {
                write!(f, " {name}")?;
            }
        }
        f.write_str(" {\n")?;
        for (i, s) in self.slots.iter().enumerate() {
            let noscan = if s.noscan { " noscan" } else { "" };
            writeln!(f, "  slot s{i} {} {} {:?}{noscan}", s.size, s.align, s.name)?;
        }
        for &b in &self.order {
            let d = &self.blocks[b.index()];
            write!(f, "{b}")?;
            if !d.params.is_empty() {
                f.write_char('(')?;
                for (n, &p) in d.params.iter().enumerate() {
                    write!(f, "{}{p}: {}", if n > 0 { ", " } else { "" }, self.ty(p))?;
                }
                f.write_char(')')?;
            }
            f.write_str(if d.cold { " cold:\n" } else { ":\n" })?;
            for &i in &d.insts {
                writeln!(f, "  {}", self.inst_text(i))?;
            }
            f.write_str("  ")?;
            match &d.term {
                Term::None => f.write_str("none")?,
                Term::Jump(t) => write!(f, "jump {t}")?,
                Term::Br { cond, then, els, hint } => {
                    write!(f, "br {cond}, {then}, {els}")?;
                    f.write_str(match hint {
                        Hint::None => "",
                        Hint::Likely => " likely",
                        Hint::Unlikely => " unlikely",
                    })?;
                }
                Term::Table { index, targets, default } => {
                    write!(f, "table {index}, {default}, [")?;
                    list(f, targets)?;
                    f.write_char(']')?;
                }
                Term::Ret(a) => {
                    f.write_str("ret")?;
                    if !a.is_empty() {
                        f.write_char(' ')?;
                        list(f, a)?;
                    }
                }
                Term::Unreachable => f.write_str("unreachable")?,
                Term::DeferEnter { frame, normal, landing } => write!(f, "deferenter {frame}, {normal}, {landing}")?,
            }
            f.write_char('\n')?;
        }
        f.write_str("}\n")
    }
}
