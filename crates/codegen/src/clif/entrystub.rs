//! The stack check in front of Cranelift's bytes and its cold tail behind them (docs/abi.md, "Stack segments").

use crate::{CodeReloc, CodeRelocKind};
use goxide_abi::g::STACK_SMALL;
use goxide_ssa::{Sym, SymKind};

/// Largest frame of a leaf function that needs no check: it fits below the guard together with a signal-free call.
const LEAF_MAX: u32 = 100;

/// The code before the body. The jump to the cold tail is filled in by [`cold_tail`].
pub struct Stub {
    pub head: Vec<u8>,
    pub checked: bool,
}

/// Bytes a function takes of the stack, from the stack pointer at its entry down.
fn total(frame: u32) -> u32 {
    frame + 16
}

/// The stub of a function with `frame` bytes below the saved rbp.
pub fn stub(frame: u32, leaf: bool, nosplit: bool) -> Stub {
    let total = total(frame);
    if nosplit || (leaf && total < LEAF_MAX) {
        return Stub { head: Vec::new(), checked: false };
    }
    let mut head = Vec::with_capacity(20);
    if total <= STACK_SMALL {
        // cmp rsp, [r15]
        head.extend([0x49, 0x3b, 0x27]);
    } else {
        // lea r11, [rsp - total]; cmp r11, [r15]. Stacks lie far above 4 GB, so this cannot wrap around.
        head.extend([0x4c, 0x8d, 0x9c, 0x24]);
        head.extend((total as i32).wrapping_neg().to_le_bytes());
        head.extend([0x4d, 0x3b, 0x1f]);
    }
    // jbe cold
    head.extend([0x0f, 0x86, 0, 0, 0, 0]);
    Stub { head, checked: true }
}

/// Appends the cold tail and points the stub's jump at it.
pub fn cold_tail(bytes: &mut Vec<u8>, relocs: &mut Vec<CodeReloc>, body: u32, frame: u32) {
    let cold = bytes.len() as u32;
    let jump = body as usize - 4;
    bytes[jump..jump + 4].copy_from_slice(&(cold - body).to_le_bytes());
    // lea r10, [rip + body]
    bytes.extend([0x4c, 0x8d, 0x15]);
    bytes.extend((body as i32 - (cold as i32 + 7)).to_le_bytes());
    // mov r11d, total
    bytes.extend([0x41, 0xbb]);
    bytes.extend(total(frame).to_le_bytes());
    // call runtime.morestack; jmp runtime.lessstack
    for (op, name) in [(0xe8, "morestack"), (0xe9, "lessstack")] {
        bytes.push(op);
        let full = format!("runtime.{name}");
        let target = Sym::intern(&full, SymKind::Runtime(name));
        relocs.push(CodeReloc { off: bytes.len() as u32, kind: CodeRelocKind::Pc32, target, addend: -4 });
        bytes.extend([0; 4]);
    }
}
