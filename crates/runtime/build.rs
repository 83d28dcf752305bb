//! Writes the thunks: for every row of `abi::funcs` the symbol `runtime.<name>` that switches to the system stack and
//! calls the C function `rt.<name>`. Leaves (`NOSWITCH`) are written by hand in `sys/`, so they get none.

use goxide_abi::funcs::native::{CHUNK, Kind, RUST};
use goxide_abi::funcs::{AREAS, Effects};
use std::fmt::Write;

fn main() {
    println!("cargo:rustc-check-cfg=cfg(goxide_model)");
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-changed=../abi/src");
    let mut s = String::new();
    for f in AREAS.iter().flat_map(|a| a.iter()) {
        if f.effects.has(Effects::NOSWITCH) {
            continue;
        }
        let name = f.name;
        let common = if f.effects.has(Effects::PARKS) {
            "goxide.callpark"
        } else if f.effects.has(Effects::NOPREEMPT) {
            "goxide.callnp"
        } else {
            "goxide.call"
        };
        // One section per thunk, so that the linker drops those that nothing calls, and the Rust code behind them.
        write!(
            s,
            ".section .text.runtime.{name},\"ax\",@progbits\n.globl \"runtime.{name}\"\n.type \"runtime.{name}\",@function\n\
             \"runtime.{name}\":\n lea r10,[rip+\"rt.{name}\"]\n jmp \"{common}\"\n.size \"runtime.{name}\",.-\"runtime.{name}\"\n"
        )
        .unwrap();
    }
    for &(name, kind) in RUST {
        native(&mut s, name, kind);
    }
    s.push_str(".text\n");
    let out = std::path::Path::new(&std::env::var("OUT_DIR").unwrap()).join("thunks.s");
    std::fs::write(out, s).unwrap();
}

/// The symbol that Go code calls for a native function: see `abi::funcs::native`.
fn native(s: &mut String, name: &str, kind: Kind) {
    write!(
        s,
        ".section \".text.{name}\",\"ax\",@progbits\n.globl \"{name}\"\n.type \"{name}\",@function\n\"{name}\":\n"
    )
    .unwrap();
    let direct = format!(" lea r10,[rip+\"native.{name}\"]\n jmp \"goxide.call\"\n");
    match kind {
        Kind::Direct => s.push_str(&direct),
        Kind::Blocks => write!(
            s,
            " cmp rdx,{CHUNK}\n ja 1f\n{direct}\
             1: push rbp\n mov rbp,rsp\n push rdi\n push rsi\n push rdx\n push rdx\n\
             2: mov rdi,[rbp-8]\n mov rsi,[rbp-16]\n mov edx,{CHUNK}\n cmp rdx,[rbp-24]\n cmova rdx,[rbp-24]\n\
             add [rbp-16],rdx\n sub [rbp-24],rdx\n lea r10,[rip+\"native.{name}\"]\n call \"goxide.call\"\n\
             cmp qword ptr [rbp-24],0\n jne 2b\n leave\n ret\n"
        )
        .unwrap(),
        Kind::Resumed => write!(
            s,
            " push rbp\n mov rbp,rsp\n push 0\n push 0\n push r9\n push r8\n push rcx\n push rdx\n push rsi\n push rdi\n\
             1: lea rdi,[rbp-64]\n lea r10,[rip+\"native.{name}\"]\n call \"goxide.call\"\n test rax,rax\n jnz 1b\n\
             mov rax,[rbp-8]\n leave\n ret\n"
        )
        .unwrap(),
    }
    writeln!(s, ".size \"{name}\",.-\"{name}\"").unwrap();
}
