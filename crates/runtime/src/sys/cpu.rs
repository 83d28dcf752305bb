//! What the processor has, for the assembly leaves: one word of flags, written once at start-up.
//!
//! Go code asks `internal/cpu`, which reads the same facts and honours GODEBUG; the leaves of the runtime run before that
//! package is initialised, so that `cpu.avx2=off` and `cpu.all=off` are looked for here too. The Rust functions of `native`
//! are chosen by upstream's Go code.

use core::arch::x86_64::{__cpuid, __cpuid_count, _xgetbv};

/// AVX2, BMI1, BMI2, LZCNT and POPCNT, with the operating system saving the wide registers.
pub const AVX2: u8 = 1;

/// Besides, AES and carry-less multiplication on 32-byte registers.
pub const VAES: u8 = 2;

/// The flags; 0 until `init`. Assembly tests it by the name `goxide.cpu`.
#[unsafe(export_name = "goxide.cpu")]
pub static mut FLAGS: u8 = 0;

/// Looks once; `godebug` is the value of GODEBUG. Context: start-up, one thread.
pub unsafe fn init(godebug: &[u8]) {
    let off = |s: &[u8]| s == b"cpu.avx2=off" || s == b"cpu.all=off";
    FLAGS = if godebug.split(|&c| c == b',').any(off) { 0 } else { detect() };
}

fn detect() -> u8 {
    if __cpuid(0).eax < 7 {
        return 0;
    }
    let one = __cpuid(1).ecx;
    let (osxsave, avx, popcnt) = (one >> 27 & 1, one >> 28 & 1, one >> 23 & 1);
    // SAFETY: xgetbv exists where OSXSAVE is set.
    let saved = osxsave == 1 && unsafe { xcr0() } & 6 == 6;
    let seven = __cpuid_count(7, 0).ebx;
    // avx2, bmi1 and bmi2
    let wide = seven & 0x128 == 0x128;
    let lzcnt = __cpuid(0x8000_0000).eax > 0x8000_0000 && __cpuid(0x8000_0001).ecx >> 5 & 1 == 1;
    if !(saved && avx == 1 && popcnt == 1 && wide && lzcnt) {
        return 0;
    }
    let vaes = __cpuid_count(7, 0).ecx & 0x600 == 0x600;
    AVX2 | if vaes { VAES } else { 0 }
}

#[target_feature(enable = "xsave")]
fn xcr0() -> u64 {
    // SAFETY: register 0 exists.
    unsafe { _xgetbv(0) }
}

/// Whether the processor has what `AVX2` stands for.
pub fn avx2() -> bool {
    // SAFETY: written at start-up only.
    unsafe { FLAGS & AVX2 != 0 }
}

/// Whether the processor has what `VAES` stands for.
pub fn vaes() -> bool {
    // SAFETY: written at start-up only.
    unsafe { FLAGS & VAES != 0 }
}
