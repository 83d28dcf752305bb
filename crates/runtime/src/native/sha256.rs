//! SHA-256 without the SHA instructions: the compiler's scalar code with BMI2's rotates.

/// Round constants; the leaf with the SHA instructions reads them too.
#[repr(align(16))]
pub struct Words<const N: usize>(pub [u32; N]);

#[unsafe(export_name = "goxide.sha256_k")]
pub static K: Words<64> = Words(crate::native::primes::cube_roots_32());

/// Adds the blocks of `p` to the state `h`.
#[inline(always)]
fn blocks(h: &mut [u32; 8], p: &[u8]) {
    for block in p.chunks_exact(64) {
        let mut w = [0u32; 16];
        for (w, b) in w.iter_mut().zip(block.chunks_exact(4)) {
            *w = u32::from_be_bytes([b[0], b[1], b[2], b[3]]);
        }
        let mut s = *h;
        for i in 0..64 {
            if i >= 16 {
                let (a, b) = (w[(i + 1) & 15], w[(i + 14) & 15]);
                let s0 = a.rotate_right(7) ^ a.rotate_right(18) ^ (a >> 3);
                let s1 = b.rotate_right(17) ^ b.rotate_right(19) ^ (b >> 10);
                w[i & 15] = w[i & 15].wrapping_add(s0).wrapping_add(w[(i + 9) & 15]).wrapping_add(s1);
            }
            let [a, b, c, d, e, f, g, hh] = s;
            let s1 = e.rotate_right(6) ^ e.rotate_right(11) ^ e.rotate_right(25);
            let t1 = hh.wrapping_add(s1).wrapping_add((e & f) ^ (!e & g)).wrapping_add(K.0[i]).wrapping_add(w[i & 15]);
            let s0 = a.rotate_right(2) ^ a.rotate_right(13) ^ a.rotate_right(22);
            let t2 = s0.wrapping_add((a & b) ^ (a & c) ^ (b & c));
            s = [t1.wrapping_add(t2), a, b, c, d.wrapping_add(t1), e, f, g];
        }
        for (h, s) in h.iter_mut().zip(s) {
            *h = h.wrapping_add(s);
        }
    }
}

/// `blockAVX2(dig *Digest, p []byte)`: the state is the first field.
#[cfg_attr(not(test), unsafe(export_name = "native.crypto/internal/fips140/sha256.blockAVX2"))]
#[target_feature(enable = "avx2,bmi1,bmi2")]
pub unsafe extern "C" fn block_avx2(dig: *mut [u32; 8], p: *const u8, n: usize) {
    // SAFETY: a Digest and n bytes, which Go owns and nobody else writes.
    let (h, p) = unsafe { (&mut *dig, core::slice::from_raw_parts(p, n)) };
    blocks(h, p)
}

#[cfg(test)]
mod tests {
    #[test]
    fn abc() {
        let mut h = [0x6a09e667u32, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19];
        let mut b = [0u8; 64];
        b[..4].copy_from_slice(b"abc\x80");
        b[63] = 24;
        super::blocks(&mut h, &b);
        assert_eq!(h[0], 0xba7816bf);
        assert_eq!(h[7], 0xf20015ad);
    }
}
