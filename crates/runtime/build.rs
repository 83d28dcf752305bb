//! Writes the thunks: for every row of `abi::funcs` the symbol `runtime.<name>` that switches to the system stack and
//! calls the C function `rt.<name>`. Leaves (`NOSWITCH`) are written by hand in `sys/`, so they get none.

use goxide_abi::funcs::{AREAS, Effects};
use std::fmt::Write;

fn main() {
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
    s.push_str(".text\n");
    let out = std::path::Path::new(&std::env::var("OUT_DIR").unwrap()).join("thunks.s");
    std::fs::write(out, s).unwrap();
}
