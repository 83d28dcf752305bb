//! Random numbers: a per-M xoshiro256++ for `rand`, wyrand for scheduling decisions. Not for cryptography.

use crate::sched::runtime2::*;
use core::sync::atomic::{AtomicU64, Ordering::*};

static SEED: AtomicU64 = AtomicU64::new(0x9e37_79b9_7f4a_7c15);

fn splitmix(x: &mut u64) -> u64 {
    *x = x.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut z = *x;
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// Sets the process's seed from the system; `extra` is AT_RANDOM's bytes.
pub fn init(extra: u64) {
    let mut b = [0u8; 8];
    if !super::linux::getrandom(&mut b) {
        b = (super::linux::nanotime() as u64).to_le_bytes();
    }
    let mut seed = u64::from_le_bytes(b) ^ extra;
    // GOXIDESTRESS=seed=N: the choices of thieves, `select` and map iteration repeat as far as threads allow.
    for kv in super::rt0::getenv(b"GOXIDESTRESS").unwrap_or(b"").split(|&c| c == b',') {
        if let Some(n) = kv.strip_prefix(b"seed=").and_then(crate::diag::debug::atoi) {
            seed = n as u64;
        }
    }
    SEED.store(seed, Relaxed);
}

/// Next number of the process-wide generator (any context).
pub fn bootstrap() -> u64 {
    let mut x = SEED.fetch_add(0x9e37_79b9_7f4a_7c15, Relaxed);
    splitmix(&mut x)
}

/// Seeds an M's generators.
pub unsafe fn minit(m: *mut M) {
    for w in &mut (*m).rand {
        *w = bootstrap();
    }
    (*m).fastrand = bootstrap();
}

/// In a seeded run the program's numbers come from the seed, whatever thread asks for them.
#[inline(always)]
fn seeded() -> Option<u64> {
    // SAFETY: callers of `rand` and `cheaprand` are on a system stack.
    if crate::sched::seeded::on() { unsafe { crate::sched::seeded::program_rand() } } else { None }
}

/// Uniform 64 bits.
///
/// Context: system stack.
pub fn rand() -> u64 {
    if let Some(r) = seeded() {
        return r;
    }
    // SAFETY: own M.
    let s = unsafe { &mut (*getm()).rand };
    let r = s[0].wrapping_add(s[3]).rotate_left(23).wrapping_add(s[0]);
    let t = s[1] << 17;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = s[3].rotate_left(45);
    r
}

/// Quick and weak.
pub fn cheaprand() -> u64 {
    if let Some(r) = seeded() {
        return r;
    }
    // SAFETY: own M.
    let m = unsafe { &mut *getm() };
    m.fastrand = m.fastrand.wrapping_add(0xa076_1d64_78bd_642f);
    let t = (m.fastrand as u128) * ((m.fastrand ^ 0xe703_7ed1_a0b4_28db) as u128);
    (t >> 64) as u64 ^ t as u64
}

/// Uniform below `n`, nearly.
pub fn cheaprandn(n: u32) -> u32 {
    (((cheaprand() as u32) as u64 * n as u64) >> 32) as u32
}
