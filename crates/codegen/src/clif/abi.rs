//! Signatures: Go's convention as Cranelift's `Tail`, runtime calls as `SystemV` (docs/abi.md).

use super::clif_type;
use cranelift_codegen::ir::{AbiParam, Signature, types};
use cranelift_codegen::isa::CallConv;
use goxide_abi::regs::ARG_BLOCK_PARAM;
use goxide_ssa::Sig;

/// Number of integer parameters to insert before the argument block pointer so that it is the sixth.
pub fn padding(sig: &Sig) -> usize {
    if !sig.has_block {
        return 0;
    }
    let ints = sig.params.iter().filter(|t| t.is_int()).count() - 1;
    ARG_BLOCK_PARAM - ints
}

/// The signature of a Go function. The padding comes right before the last parameter.
pub fn go_sig(sig: &Sig) -> Signature {
    let mut s = Signature::new(CallConv::Tail);
    s.params.extend(sig.params.iter().map(|&t| AbiParam::new(clif_type(t))));
    if sig.has_block {
        let block = s.params.pop().expect("block parameter");
        s.params.extend((0..padding(sig)).map(|_| AbiParam::new(types::I64)));
        s.params.push(block);
    }
    s.returns.extend(sig.results.iter().map(|&t| AbiParam::new(clif_type(t))));
    s
}

/// The signature of a runtime function: all parameters are words (integers zero-extended, floats as bits).
pub fn rt_sig(sig: &Sig) -> Signature {
    let mut s = Signature::new(CallConv::SystemV);
    s.params.extend(sig.params.iter().map(|_| AbiParam::new(types::I64)));
    s.returns.extend(sig.results.iter().map(|&t| {
        AbiParam::new(match clif_type(t) {
            types::F64 => types::I64,
            types::F32 => types::I32,
            t => t,
        })
    }));
    s
}

/// `n` word parameters, no results, under `conv`.
pub fn words(conv: CallConv, n: usize) -> Signature {
    let mut s = Signature::new(conv);
    s.params.extend((0..n).map(|_| AbiParam::new(types::I64)));
    s
}
