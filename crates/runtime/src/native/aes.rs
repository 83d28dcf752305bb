//! AES key schedules for the AES instructions.

use core::arch::x86_64::*;

/// The S-box of four bytes, by the instruction's last step (no table, so no timing).
#[inline]
#[target_feature(enable = "aes,sse2")]
fn sub_word(w: u32) -> u32 {
    // keygenassist gives SubWord of word 1 in word 0.
    _mm_cvtsi128_si32(_mm_aeskeygenassist_si128::<0>(_mm_set_epi32(0, 0, w as i32, 0))) as u32
}

/// `expandKeyAsm(nr int, key *byte, enc, dec *uint32)`: nr+1 round keys of 16 bytes each way; those for decryption in the
/// order they are used, the inner ones transformed for the equivalent inverse cipher.
#[cfg_attr(not(test), unsafe(export_name = "native.crypto/internal/fips140/aes.expandKeyAsm"))]
#[target_feature(enable = "aes,sse2")]
pub unsafe extern "C" fn expand_key(nr: usize, key: *const u8, enc: *mut u32, dec: *mut u32) {
    let nk = nr - 6;
    let total = 4 * (nr + 1);
    // SAFETY: nk words of key, and two arrays of 60 words; nr is 10, 12 or 14.
    unsafe {
        for i in 0..nk {
            enc.add(i).write_unaligned(key.cast::<u32>().add(i).read_unaligned());
        }
        let mut rcon = 1u32;
        for i in nk..total {
            let mut t = enc.add(i - 1).read_unaligned();
            if i % nk == 0 {
                t = sub_word(t.rotate_right(8)) ^ rcon;
                // Doubling in the field; the last constants wrap.
                rcon = (rcon << 1) ^ if rcon & 0x80 != 0 { 0x11b } else { 0 };
            } else if nk == 8 && i % nk == 4 {
                t = sub_word(t);
            }
            enc.add(i).write_unaligned(enc.add(i - nk).read_unaligned() ^ t);
        }
        if dec.is_null() {
            return;
        }
        let (e, d) = (enc.cast::<__m128i>(), dec.cast::<__m128i>());
        for r in 0..=nr {
            let k = _mm_loadu_si128(e.add(nr - r));
            let k = if r == 0 || r == nr { k } else { _mm_aesimc_si128(k) };
            _mm_storeu_si128(d.add(r), k);
        }
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn fips_197() {
        if !std::is_x86_feature_detected!("aes") {
            return;
        }
        let key = [0x603deb10u32, 0x15ca71be, 0x2b73aef0, 0x857d7781, 0x1f352c07, 0x3b6108d7, 0x2d9810a3, 0x0914dff4];
        let key: Vec<u8> = key.iter().flat_map(|w| w.to_be_bytes()).collect();
        let (mut e, mut d) = ([0u32; 60], [0u32; 60]);
        unsafe { super::expand_key(14, key.as_ptr(), e.as_mut_ptr(), d.as_mut_ptr()) };
        assert_eq!(e[8].swap_bytes(), 0x9ba35411);
        assert_eq!(e[59].swap_bytes(), 0x706c631e);
    }
}
