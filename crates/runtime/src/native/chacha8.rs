//! `internal/chacha8rand.block`: four ChaCha8 blocks side by side, word by word.

use core::arch::x86_64::*;

#[inline(always)]
fn add(x: __m128i, y: __m128i) -> __m128i {
    // SAFETY: SSE2 is part of amd64.
    unsafe { _mm_add_epi32(x, y) }
}
#[inline(always)]
fn rotate_xor<const L: i32, const R: i32>(x: __m128i, y: __m128i) -> __m128i {
    // SAFETY: as above.
    unsafe {
        let t = _mm_xor_si128(x, y);
        _mm_or_si128(_mm_slli_epi32::<L>(t), _mm_srli_epi32::<R>(t))
    }
}

#[inline(always)]
fn quarter(b: &mut [__m128i; 16], i: usize, j: usize, k: usize, l: usize) {
    b[i] = add(b[i], b[j]);
    b[l] = rotate_xor::<16, 16>(b[l], b[i]);
    b[k] = add(b[k], b[l]);
    b[j] = rotate_xor::<12, 20>(b[j], b[k]);
    b[i] = add(b[i], b[j]);
    b[l] = rotate_xor::<8, 24>(b[l], b[i]);
    b[k] = add(b[k], b[l]);
    b[j] = rotate_xor::<7, 25>(b[j], b[k]);
}

/// `block(seed *[4]uint64, blocks *[32]uint64, counter uint32)`: only the key's words are added to the result, since the
/// others hold nothing secret.
#[cfg_attr(not(test), unsafe(export_name = "native.internal/chacha8rand.block"))]
pub unsafe extern "C" fn block(seed: *const u32, out: *mut __m128i, counter: u32) {
    // SAFETY: 8 words of seed and 16 vectors of output, which Go owns.
    unsafe {
        let splat = |x: u32| _mm_set1_epi32(x as i32);
        let zero = _mm_setzero_si128();
        let mut b = [zero; 16];
        for (b, c) in b.iter_mut().zip([0x6170_7865, 0x3320_646e, 0x7962_2d32, 0x6b20_6574]) {
            *b = splat(c);
        }
        for i in 0..8 {
            b[4 + i] = splat(seed.add(i).read());
        }
        b[12] = add(splat(counter), _mm_set_epi32(3, 2, 1, 0));
        for _ in 0..4 {
            quarter(&mut b, 0, 4, 8, 12);
            quarter(&mut b, 1, 5, 9, 13);
            quarter(&mut b, 2, 6, 10, 14);
            quarter(&mut b, 3, 7, 11, 15);
            quarter(&mut b, 0, 5, 10, 15);
            quarter(&mut b, 1, 6, 11, 12);
            quarter(&mut b, 2, 7, 8, 13);
            quarter(&mut b, 3, 4, 9, 14);
        }
        for i in 0..8 {
            b[4 + i] = add(b[4 + i], splat(seed.add(i).read()));
        }
        for (i, b) in b.into_iter().enumerate() {
            _mm_storeu_si128(out.add(i), b);
        }
    }
}
