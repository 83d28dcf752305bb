//! Functions, blocks, instructions, values.

use crate::op::{Op, Type};
use crate::sym::Sym;
use goxide_base::{Pos, entity};
use goxide_types::Ty;
use smallvec::SmallVec;

entity!(
    /// An SSA value: a block parameter or a result of an instruction.
    pub Value, "v"
);
entity!(
    /// A basic block.
    pub Block, "b"
);
entity!(
    /// An instruction.
    pub Inst, "i"
);
entity!(
    /// A place in the frame.
    pub Slot, "s"
);
entity!(
    /// A source position with its inlining context: index into `Func::locs`. `loc0` is unknown.
    pub Loc, "loc"
);
entity!(
    /// A node of the inline tree: index into `Func::inlines`.
    pub InlineNode, "inl"
);

pub type Args = SmallVec<[Value; 4]>;

/// Scalars a function takes and gives, after Go's argument assignment (`docs/abi.md`).
#[derive(Clone, Debug, PartialEq, Eq, Hash, Default)]
pub struct Sig {
    /// Integer and float parameters in Go's order (receiver first); the argument block pointer, if any, is last.
    pub params: SmallVec<[Type; 6]>,
    pub results: SmallVec<[Type; 4]>,
    /// The last parameter is the argument block.
    pub has_block: bool,
    /// Parameters and results (bit n for the nth) that are lengths or capacities: from 0 to 2^48.
    pub len_params: u32,
    pub len_results: u32,
}

/// What is known about an access.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub struct MemFlags(pub u8);

impl MemFlags {
    pub const NONE: MemFlags = MemFlags(0);
    /// The address is known to be valid: the access cannot fault.
    pub const NONNIL: MemFlags = MemFlags(1);
    /// The store needs a write barrier while marking (value is `Ptr`, target may be heap).
    pub const BARRIER: MemFlags = MemFlags(2);
    /// The memory never changes while it can be read (itabs, descriptors, string bytes of constants, captured-by-value).
    pub const READONLY: MemFlags = MemFlags(4);
    /// The access must not be merged, moved or removed.
    pub const VOLATILE: MemFlags = MemFlags(8);
    /// What is loaded is a length or capacity: from 0 to 2^48.
    pub const LENGTH: MemFlags = MemFlags(16);

    pub const fn has(self, o: MemFlags) -> bool {
        self.0 & o.0 != 0
    }
    #[must_use]
    pub const fn with(self, o: MemFlags) -> MemFlags {
        MemFlags(self.0 | o.0)
    }
    #[must_use]
    pub const fn without(self, o: MemFlags) -> MemFlags {
        MemFlags(self.0 & !o.0)
    }
}

/// What an instruction carries besides operands.
#[derive(Clone, Debug, PartialEq)]
pub enum Aux {
    None,
    Int(i64),
    Sym(Sym, i64),
    Mem {
        off: i32,
        flags: MemFlags,
    },
    /// Byte size; `ty` (a canonical type) if the bytes hold pointers and the destination needs barriers.
    Move {
        size: u64,
        ty: Option<Ty>,
    },
    Slot(Slot),
    /// Canonical type, and the source name for `-m` ("x", "&T{…}").
    Alloc {
        ty: Ty,
        what: &'static str,
    },
    Type(Ty),
    Call {
        callee: Sym,
        sig: Box<Sig>,
    },
    /// Closure and code pointer calls.
    Sig(Box<Sig>),
    /// Interface (canonical) and index of the method in its sorted method list. `sig` includes the receiver word.
    CallInter {
        iface: Ty,
        method: u32,
        sig: Box<Sig>,
    },
    /// A row of `abi::funcs`.
    Rt {
        name: &'static str,
        sig: Box<Sig>,
    },
}

#[derive(Clone, Debug)]
pub struct InstData {
    pub op: Op,
    pub args: Args,
    pub aux: Aux,
    pub results: SmallVec<[Value; 1]>,
    pub loc: Loc,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ValueDef {
    Param(Block, u32),
    Result(Inst, u32),
}

#[derive(Clone, Debug)]
pub struct ValueData {
    pub ty: Type,
    pub def: ValueDef,
}

/// A jump target with the values for its parameters.
#[derive(Clone, Debug, PartialEq)]
pub struct Target {
    pub block: Block,
    pub args: Args,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hint {
    None,
    Likely,
    Unlikely,
}

/// How a block ends.
#[derive(Clone, Debug, PartialEq)]
pub enum Term {
    /// Under construction.
    None,
    Jump(Target),
    /// Nonzero `cond` goes to `then`.
    Br {
        cond: Value,
        then: Target,
        els: Target,
        hint: Hint,
    },
    /// Dense jump table on an i64: index `i` goes to `targets[i]`, anything else to `default`.
    Table {
        index: Value,
        targets: Vec<Target>,
        default: Target,
    },
    Ret(Args),
    /// Control cannot get here (after a call that does not return).
    Unreachable,
    /// Registers the DeferFrame in `frame` (runtime.deferprepare), then continues at `normal`; a recovered panic
    /// arrives at `landing`, whose only parameter is the frame's address and which may use nothing else.
    DeferEnter {
        frame: Slot,
        normal: Target,
        landing: Block,
    },
}

impl Term {
    /// Successor edges in order (the landing of `DeferEnter` has no target arguments and is reported by `landing`).
    pub fn targets(&self) -> SmallVec<[&Target; 2]> {
        match self {
            Term::Jump(t) => smallvec::smallvec![t],
            Term::Br { then, els, .. } => smallvec::smallvec![then, els],
            Term::Table { targets, default, .. } => targets.iter().chain(std::iter::once(default)).collect(),
            Term::DeferEnter { normal, .. } => smallvec::smallvec![normal],
            Term::None | Term::Ret(_) | Term::Unreachable => SmallVec::new(),
        }
    }
    pub fn targets_mut(&mut self) -> SmallVec<[&mut Target; 2]> {
        match self {
            Term::Jump(t) => smallvec::smallvec![t],
            Term::Br { then, els, .. } => smallvec::smallvec![then, els],
            Term::Table { targets, default, .. } => targets.iter_mut().chain(std::iter::once(default)).collect(),
            Term::DeferEnter { normal, .. } => smallvec::smallvec![normal],
            Term::None | Term::Ret(_) | Term::Unreachable => SmallVec::new(),
        }
    }
    pub fn landing(&self) -> Option<Block> {
        match self {
            Term::DeferEnter { landing, .. } => Some(*landing),
            _ => None,
        }
    }
}

#[derive(Clone, Debug)]
pub struct BlockData {
    pub params: SmallVec<[Value; 2]>,
    pub insts: Vec<Inst>,
    pub term: Term,
    pub term_loc: Loc,
    /// Expected to be rarely executed (panics): laid out behind the function.
    pub cold: bool,
}

#[derive(Clone, Debug)]
pub struct SlotData {
    pub size: u32,
    pub align: u32,
    /// For people: the variable's name.
    pub name: &'static str,
    /// What it holds is of no use when its uses are over: it is written anew before it is used again.
    pub transient: bool,
    /// Its type has no pointers: the collector never looks at it.
    pub noscan: bool,
    /// It is the record of a closure: what the closure's body keeps of what it has captured leaks here, as where one is allocated.
    pub closure: bool,
}

/// A position, and the call it was inlined through.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct LocData {
    pub pos: Pos,
    pub inlined: Option<InlineNode>,
}

/// One inlined call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct InlineData {
    /// The function whose body was put here.
    pub callee: Sym,
    /// Where the call was (its `inlined` is the enclosing node).
    pub call: Loc,
    /// Line of the callee's `func`.
    pub start: Pos,
    /// The callee is a wrapper ([`FuncFlags::wrapper`]).
    pub wrapper: bool,
}

/// Properties of a whole function.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FuncFlags {
    pub noinline: bool,
    /// No stack check.
    pub nosplit: bool,
    /// Made by the compiler; hidden from tracebacks and skipped by recover.
    pub wrapper: bool,
    pub has_defer: bool,
    pub has_recover: bool,
    /// A closure body: reads `GetCtx`.
    pub closure: bool,
    /// Calls of it never return.
    pub noreturn: bool,
    /// Belongs to package runtime or below: hidden from user tracebacks.
    pub runtime: bool,
}

/// A function in SSA form. Block 0 is the entry; its parameters are the signature's.
#[derive(Clone, Debug)]
pub struct Func {
    pub sym: Sym,
    pub sig: Sig,
    pub flags: FuncFlags,
    pub pos: Pos,
    pub blocks: Vec<BlockData>,
    /// Layout order; starts with block 0. Blocks not listed are dead.
    pub order: Vec<Block>,
    pub insts: Vec<InstData>,
    pub values: Vec<ValueData>,
    pub slots: Vec<SlotData>,
    pub locs: Vec<LocData>,
    pub inlines: Vec<InlineData>,
    /// Allocations that the analysis of the source found to stay in the frame.
    pub stays: Vec<Inst>,
    /// What it found of the parameters, one for each of `sig`.
    pub tags: Option<Vec<ParamTag>>,
    /// The same for each parameter in the block of arguments, whose content is meant: where it begins, in order.
    pub block_tags: Vec<(u32, ParamTag)>,
}

/// Where a pointer argument can end up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ParamTag {
    pub leaks: bool,
    /// Something reachable through it.
    pub content_leaks: bool,
    /// Results (bit i) that may hold the pointer.
    pub to_results: u32,
    /// Results that may hold something reachable through it.
    pub content_to_results: u32,
}

impl Func {
    pub fn new(sym: Sym, sig: Sig, pos: Pos) -> Func {
        let mut f = Func {
            sym,
            sig: sig.clone(),
            flags: FuncFlags::default(),
            pos,
            blocks: Vec::new(),
            order: Vec::new(),
            insts: Vec::new(),
            values: Vec::new(),
            slots: Vec::new(),
            locs: vec![LocData { pos: Pos::NONE, inlined: None }],
            inlines: Vec::new(),
            stays: Vec::new(),
            tags: None,
            block_tags: Vec::new(),
        };
        let entry = f.new_block();
        for ty in sig.params {
            f.add_param(entry, ty);
        }
        f
    }
    pub fn entry(&self) -> Block {
        Block(0)
    }
    /// A new empty block at the end of the layout.
    pub fn new_block(&mut self) -> Block {
        let b = Block::new(self.blocks.len());
        self.blocks.push(BlockData {
            params: SmallVec::new(),
            insts: Vec::new(),
            term: Term::None,
            term_loc: Loc(0),
            cold: false,
        });
        self.order.push(b);
        b
    }
    pub fn add_param(&mut self, b: Block, ty: Type) -> Value {
        let n = self.blocks[b.index()].params.len() as u32;
        let v = self.new_value(ty, ValueDef::Param(b, n));
        self.blocks[b.index()].params.push(v);
        v
    }
    pub fn new_value(&mut self, ty: Type, def: ValueDef) -> Value {
        let v = Value::new(self.values.len());
        self.values.push(ValueData { ty, def });
        v
    }
    /// Creates an instruction with results of the given types, attached to no block yet.
    pub fn make_inst(&mut self, op: Op, args: impl Into<Args>, aux: Aux, tys: &[Type], loc: Loc) -> Inst {
        let i = Inst::new(self.insts.len());
        let results =
            tys.iter().enumerate().map(|(n, &ty)| self.new_value(ty, ValueDef::Result(i, n as u32))).collect();
        self.insts.push(InstData { op, args: args.into(), aux, results, loc });
        i
    }
    pub fn new_slot(&mut self, size: u32, align: u32, name: &'static str) -> Slot {
        let s = Slot::new(self.slots.len());
        self.slots.push(SlotData { size, align, name, transient: false, noscan: false, closure: false });
        s
    }
    pub fn ty(&self, v: Value) -> Type {
        self.values[v.index()].ty
    }
    /// The instruction that makes `v`, unless it is a block parameter.
    pub fn def_inst(&self, v: Value) -> Option<Inst> {
        match self.values[v.index()].def {
            ValueDef::Result(i, _) => Some(i),
            ValueDef::Param(..) => None,
        }
    }
    /// The constant `v` is, if an `Iconst` makes it.
    pub fn as_const(&self, v: Value) -> Option<i64> {
        let d = &self.insts[self.def_inst(v)?.index()];
        match (d.op, &d.aux) {
            (Op::Iconst, Aux::Int(n)) => Some(*n),
            _ => None,
        }
    }
}
