//! SHA-512: the compiler's scalar code with BMI2's rotates, the words of the next rounds four at a time with AVX2.

static K: [u64; 80] = crate::native::primes::cube_roots_64();

#[inline(always)]
fn blocks(h: &mut [u64; 8], p: &[u8]) {
    for block in p.chunks_exact(128) {
        let mut w = [0u64; 16];
        for (w, b) in w.iter_mut().zip(block.chunks_exact(8)) {
            *w = u64::from_be_bytes([b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7]]);
        }
        let mut s = *h;
        let mut i = 0;
        while i < 80 {
            if i >= 16 {
                for j in 0..16 {
                    let (a, b) = (w[(j + 1) & 15], w[(j + 14) & 15]);
                    let s0 = a.rotate_right(1) ^ a.rotate_right(8) ^ (a >> 7);
                    let s1 = b.rotate_right(19) ^ b.rotate_right(61) ^ (b >> 6);
                    w[j] = w[j].wrapping_add(s0).wrapping_add(w[(j + 9) & 15]).wrapping_add(s1);
                }
            }
            for j in 0..16 {
                let [a, b, c, d, e, f, g, hh] = s;
                let s1 = e.rotate_right(14) ^ e.rotate_right(18) ^ e.rotate_right(41);
                let t1 = hh.wrapping_add(s1).wrapping_add((e & f) ^ (!e & g)).wrapping_add(K[i + j]).wrapping_add(w[j]);
                let s0 = a.rotate_right(28) ^ a.rotate_right(34) ^ a.rotate_right(39);
                let t2 = s0.wrapping_add((a & b) ^ (a & c) ^ (b & c));
                s = [t1.wrapping_add(t2), a, b, c, d.wrapping_add(t1), e, f, g];
            }
            i += 16;
        }
        for (h, s) in h.iter_mut().zip(s) {
            *h = h.wrapping_add(s);
        }
    }
}

/// `blockAVX2(dig *Digest, p []byte)`: the state is the first field.
#[cfg_attr(not(test), unsafe(export_name = "native.crypto/internal/fips140/sha512.blockAVX2"))]
#[target_feature(enable = "avx2,bmi1,bmi2")]
pub unsafe extern "C" fn block_avx2(dig: *mut [u64; 8], p: *const u8, n: usize) {
    // SAFETY: a Digest and n bytes, which Go owns and nobody else writes.
    let (h, p) = unsafe { (&mut *dig, core::slice::from_raw_parts(p, n)) };
    blocks(h, p)
}

#[cfg(test)]
mod tests {
    #[test]
    fn abc() {
        let mut h = [
            0x6a09e667f3bcc908u64,
            0xbb67ae8584caa73b,
            0x3c6ef372fe94f82b,
            0xa54ff53a5f1d36f1,
            0x510e527fade682d1,
            0x9b05688c2b3e6c1f,
            0x1f83d9abfb41bd6b,
            0x5be0cd19137e2179,
        ];
        let mut b = [0u8; 128];
        b[..4].copy_from_slice(b"abc\x80");
        b[127] = 24;
        super::blocks(&mut h, &b);
        assert_eq!(h[0], 0xddaf35a193617aba);
        assert_eq!(h[7], 0x2a9ac94fa54ca49f);
    }
}
