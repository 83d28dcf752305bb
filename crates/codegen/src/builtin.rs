//! Small functions in machine code that the code generator itself needs.

use crate::CodeBlob;
use goxide_abi::tables::{flags, writer::FuncInfo};
use goxide_ssa::{Sym, SymKind};

/// `goxide.div128(hi, lo, y) (quo, rem)`, C convention: what Cranelift cannot express.
pub fn div128() -> Sym {
    Sym::intern("goxide.div128", SymKind::Runtime("goxide.div128"))
}

/// All of them.
pub fn blobs() -> Vec<CodeBlob> {
    // mov rcx, rdx; mov rdx, rdi; mov rax, rsi; div rcx; ret
    let code = [0x48, 0x89, 0xd1, 0x48, 0x89, 0xfa, 0x48, 0x89, 0xf0, 0x48, 0xf7, 0xf1, 0xc3];
    vec![blob(div128(), &code)]
}

fn blob(sym: Sym, code: &[u8]) -> CodeBlob {
    let info = FuncInfo {
        name: sym.name().to_string(),
        flags: flags::FOREIGN,
        size: code.len() as u32,
        cold: code.len() as u32,
        ..FuncInfo::default()
    };
    CodeBlob { sym, align: 16, bias: 0, bytes: code.to_vec(), relocs: Vec::new(), info }
}
