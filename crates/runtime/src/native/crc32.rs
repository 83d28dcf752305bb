//! CRC-32 (IEEE) by folding with carry-less multiplication, after Gopal and others, "Fast CRC Computation for Generic
//! Polynomials Using PCLMULQDQ Instruction" (Intel, 2009): 64 bytes at a time onto 64, then 16, then a Barrett reduction.

use core::arch::x86_64::*;
use goxide_abi::funcs::native::{CHUNK, Frame};

#[inline]
#[target_feature(enable = "pclmulqdq,sse4.1")]
fn fold(x: __m128i, y: __m128i, k: __m128i) -> __m128i {
    let lo = _mm_clmulepi64_si128(x, k, 0x00);
    let hi = _mm_clmulepi64_si128(x, k, 0x11);
    _mm_xor_si128(_mm_xor_si128(lo, y), hi)
}

/// The CRC of `n` bytes, a multiple of 16 and at least 64; not inverted before or after.
#[inline]
#[target_feature(enable = "pclmulqdq,sse4.1")]
unsafe fn ieee(crc: u32, p: *const u8, n: usize) -> u32 {
    // Powers of x modulo the polynomial, bit-reflected: by 512+32, 512-32 bits; 128+32, 128-32; 64; then the polynomial
    // and its inverse.
    let k12 = _mm_set_epi64x(0x1_c6e4_1596, 0x1_5444_2bd4);
    let k34 = _mm_set_epi64x(0x0_ccaa_009e, 0x1_7519_97d0);
    let k5 = _mm_set_epi64x(0, 0x1_63cd_6124);
    let poly = _mm_set_epi64x(0x1_f701_1641, 0x1_db71_0641);
    // SAFETY: n bytes, by the contract above.
    unsafe {
        let at = |i: usize| _mm_loadu_si128(p.add(i).cast());
        let mut x = [_mm_xor_si128(at(0), _mm_cvtsi32_si128(crc as i32)), at(16), at(32), at(48)];
        let mut i = 64;
        while n - i >= 64 {
            for (j, x) in x.iter_mut().enumerate() {
                *x = fold(*x, at(i + 16 * j), k12);
            }
            i += 64;
        }
        let mut y = fold(fold(fold(x[0], x[1], k34), x[2], k34), x[3], k34);
        while i < n {
            y = fold(y, at(i), k34);
            i += 16;
        }
        // 128 bits to 64, to 32.
        let low32 = _mm_set_epi32(0, -1, 0, -1);
        let y = _mm_xor_si128(_mm_srli_si128(y, 8), _mm_clmulepi64_si128(y, k34, 0x10));
        let z = _mm_clmulepi64_si128(_mm_and_si128(y, low32), k5, 0x00);
        let y = _mm_xor_si128(_mm_srli_si128(y, 4), z);
        let z = _mm_clmulepi64_si128(_mm_and_si128(y, low32), poly, 0x10);
        let z = _mm_clmulepi64_si128(_mm_and_si128(z, low32), poly, 0x00);
        _mm_extract_epi32(_mm_xor_si128(y, z), 1) as u32
    }
}

/// `ieeeCLMUL(crc uint32, p []byte) uint32`: p is as `ieee` wants it. Parts of `CHUNK` bytes leave at least 64 for the last.
#[cfg_attr(not(test), unsafe(export_name = "native.hash/crc32.ieeeCLMUL"))]
#[target_feature(enable = "pclmulqdq,sse4.1")]
pub unsafe extern "C" fn ieee_clmul(f: &mut Frame) -> usize {
    let [crc, p, len, ..] = f.regs;
    let crc = if f.done == 0 { crc } else { f.result } as u32;
    let left = len - f.done;
    let n = if left < CHUNK + 64 { left } else { CHUNK };
    // SAFETY: Go's slice.
    f.result = unsafe { ieee(crc, (p as *const u8).add(f.done), n) } as usize;
    f.done += n;
    (f.done < len) as usize
}

#[cfg(test)]
mod tests {
    fn slow(mut crc: u32, p: &[u8]) -> u32 {
        for &b in p {
            crc ^= u32::from(b);
            for _ in 0..8 {
                crc = (crc >> 1) ^ if crc & 1 != 0 { 0xedb8_8320 } else { 0 };
            }
        }
        crc
    }
    #[test]
    fn against_bits() {
        if !std::is_x86_feature_detected!("pclmulqdq") {
            return;
        }
        let p: Vec<u8> = (0..1024u32).map(|i| ((i * i) >> 4) as u8).collect();
        for n in (64..1000).step_by(16) {
            for crc in [0, !0, 0x1234_5678] {
                assert_eq!(unsafe { super::ieee(crc, p[n % 13..].as_ptr(), n) }, slow(crc, &p[n % 13..n % 13 + n]));
            }
        }
    }
}
