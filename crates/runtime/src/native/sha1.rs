//! SHA-1: with the SHA instructions, and the compiler's scalar code.

use core::arch::x86_64::*;

#[inline(always)]
fn blocks(h: &mut [u32; 5], p: &[u8]) {
    for block in p.chunks_exact(64) {
        let mut w = [0u32; 16];
        for (w, b) in w.iter_mut().zip(block.chunks_exact(4)) {
            *w = u32::from_be_bytes([b[0], b[1], b[2], b[3]]);
        }
        let mut s = *h;
        for i in 0..80 {
            if i >= 16 {
                let t = w[(i + 13) & 15] ^ w[(i + 8) & 15] ^ w[(i + 2) & 15] ^ w[i & 15];
                w[i & 15] = t.rotate_left(1);
            }
            let [a, b, c, d, e] = s;
            let (f, k) = match i / 20 {
                0 => (((c ^ d) & b) ^ d, 0x5a827999),
                1 => (b ^ c ^ d, 0x6ed9eba1),
                2 => (((b | c) & d) | (b & c), 0x8f1bbcdcu32),
                _ => (b ^ c ^ d, 0xca62c1d6),
            };
            let t = a.rotate_left(5).wrapping_add(f).wrapping_add(e).wrapping_add(w[i & 15]).wrapping_add(k);
            s = [t, a, b.rotate_left(30), c, d];
        }
        for (h, s) in h.iter_mut().zip(s) {
            *h = h.wrapping_add(s);
        }
    }
}

/// `blockAVX2(dig *digest, p []byte)`: the state is the first field. Nothing past the end of p is read, although upstream's
/// caller allows for it.
#[cfg_attr(not(test), unsafe(export_name = "native.crypto/sha1.blockAVX2"))]
#[target_feature(enable = "avx2,bmi1,bmi2")]
pub unsafe extern "C" fn block_avx2(dig: *mut [u32; 5], p: *const u8, n: usize) {
    // SAFETY: a digest and n bytes, which Go owns and nobody else writes.
    let (h, p) = unsafe { (&mut *dig, core::slice::from_raw_parts(p, n)) };
    blocks(h, p)
}

/// `blockSHANI(dig *digest, p []byte)`.
#[cfg_attr(not(test), unsafe(export_name = "native.crypto/sha1.blockSHANI"))]
#[target_feature(enable = "sha,sse4.1,ssse3")]
pub unsafe extern "C" fn block_shani(dig: *mut [u32; 5], p: *const u8, n: usize) {
    let swap = _mm_set_epi64x(0x0001_0203_0405_0607, 0x0809_0a0b_0c0d_0e0f);
    // SAFETY: a digest and n bytes, which Go owns; loads and stores stay inside of them.
    unsafe {
        let mut abcd = _mm_shuffle_epi32(_mm_loadu_si128(dig.cast()), 0x1b);
        let mut e = _mm_set_epi32((*dig)[4] as i32, 0, 0, 0);
        for i in 0..n / 64 {
            let b = p.add(i * 64).cast::<__m128i>();
            let mut w: [__m128i; 4] = core::array::from_fn(|j| _mm_shuffle_epi8(_mm_loadu_si128(b.add(j)), swap));
            let (abcd0, e0) = (abcd, e);
            // Four rounds: `first` for the very first, where E is added plainly.
            macro_rules! rounds {
                ($i:expr, $f:literal) => {
                    let m = w[$i & 3];
                    let x = if $i == 0 { _mm_add_epi32(e, m) } else { _mm_sha1nexte_epu32(e, m) };
                    e = abcd;
                    abcd = _mm_sha1rnds4_epu32::<$f>(abcd, x);
                    if $i < 16 {
                        // w[i+4] from w[i], w[i+1], w[i+2] and w[i+3].
                        let t = _mm_xor_si128(_mm_sha1msg1_epu32(m, w[($i + 1) & 3]), w[($i + 2) & 3]);
                        w[$i & 3] = _mm_sha1msg2_epu32(t, w[($i + 3) & 3]);
                    }
                };
            }
            rounds!(0, 0);
            rounds!(1, 0);
            rounds!(2, 0);
            rounds!(3, 0);
            rounds!(4, 0);
            rounds!(5, 1);
            rounds!(6, 1);
            rounds!(7, 1);
            rounds!(8, 1);
            rounds!(9, 1);
            rounds!(10, 2);
            rounds!(11, 2);
            rounds!(12, 2);
            rounds!(13, 2);
            rounds!(14, 2);
            rounds!(15, 3);
            rounds!(16, 3);
            rounds!(17, 3);
            rounds!(18, 3);
            rounds!(19, 3);
            e = _mm_sha1nexte_epu32(e, e0);
            abcd = _mm_add_epi32(abcd, abcd0);
        }
        _mm_storeu_si128(dig.cast(), _mm_shuffle_epi32(abcd, 0x1b));
        (*dig)[4] = _mm_extract_epi32(e, 3) as u32;
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn both_ways() {
        let p: Vec<u8> = (0..64 * 9).map(|i| ((i * i) >> 3) as u8).collect();
        for n in 0..=9 {
            let mut a = [0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0];
            let mut b = a;
            super::blocks(&mut a, &p[..n * 64]);
            if std::is_x86_feature_detected!("sha") {
                unsafe { super::block_shani(&mut b, p.as_ptr(), n * 64) };
                assert_eq!(a, b);
            }
        }
        let mut h = [0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0];
        let mut b = [0u8; 64];
        b[..4].copy_from_slice(b"abc\x80");
        b[63] = 24;
        super::blocks(&mut h, &b);
        assert_eq!(h, [0xa9993e36, 0x4706816a, 0xba3e2571, 0x7850c26c, 0x9cd0d89d]);
    }
}
