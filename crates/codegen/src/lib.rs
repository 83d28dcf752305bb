//! SSA to machine code and data. Takes `ssa::Func`s and canonical types, gives [`CodeBlob`]s and `ssa::DataDef`s with
//! relocations. Nothing above this crate knows which code generator runs; nothing here knows the executable's format.

pub mod builtin;
pub mod clif;
pub mod disasm;
mod lines;
pub mod rttype;

use goxide_abi::tables::writer::FuncInfo;
use goxide_ssa::{Func, Sym};

/// A reference from code.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CodeReloc {
    pub off: u32,
    pub kind: CodeRelocKind,
    pub target: Sym,
    pub addend: i64,
}

/// How the address of the target is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CodeRelocKind {
    /// 32 bits: target + addend - place.
    Pc32,
    /// 64 bits: target + addend.
    Abs64,
}

/// Machine code of one function.
#[derive(Clone, Debug)]
pub struct CodeBlob {
    pub sym: Sym,
    /// Alignment of the byte at `bias`.
    pub align: u32,
    /// Offset that has to be aligned: the body behind the entry stub.
    pub bias: u32,
    pub bytes: Vec<u8>,
    pub relocs: Vec<CodeReloc>,
    pub info: FuncInfo,
}

/// A bug of the compiler.
#[derive(Clone, Debug)]
pub struct CodegenError {
    pub func: String,
    pub message: String,
}

impl std::fmt::Display for CodegenError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "internal compiler error: {}: {}", self.func, self.message)
    }
}

/// What a code generator can do.
pub trait Backend: Sync {
    /// Machine code of `f`. Panics inside the generator are reported as errors.
    fn compile(&self, f: &Func) -> Result<CodeBlob, CodegenError>;
    /// The generator's own intermediate form of `f`, for people.
    fn lowered_text(&self, f: &Func) -> Result<String, CodegenError>;
}
