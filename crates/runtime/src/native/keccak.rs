//! `crypto/internal/fips140/sha3.keccakF1600`: the permutation of SHA-3, 24 rounds on 25 words.

/// Round constants, from the shift register that defines them.
const ROUNDS: [u64; 24] = {
    let mut rc = [0; 24];
    let mut lfsr = 1u16;
    let mut i = 0;
    while i < 24 {
        let mut j = 0;
        while j < 7 {
            if lfsr & 1 == 1 {
                rc[i] |= 1 << ((1 << j) - 1);
            }
            lfsr = (lfsr << 1) ^ if lfsr & 0x80 != 0 { 0x171 } else { 0 };
            j += 1;
        }
        i += 1;
    }
    rc
};

/// Where each word goes and how far it is rotated, along the path that visits all but the first.
const PATH: [(usize, u32); 24] = {
    let mut p = [(0, 0); 24];
    let (mut x, mut y) = (1, 0);
    let mut t = 0;
    while t < 24 {
        (x, y) = (y, (2 * x + 3 * y) % 5);
        p[t] = (x + 5 * y, ((t + 1) * (t + 2) / 2 % 64) as u32);
        t += 1;
    }
    p
};

#[inline(always)]
fn permute(a: &mut [u64; 25]) {
    for rc in ROUNDS {
        let c: [u64; 5] = core::array::from_fn(|x| a[x] ^ a[x + 5] ^ a[x + 10] ^ a[x + 15] ^ a[x + 20]);
        for x in 0..5 {
            let d = c[(x + 4) % 5] ^ c[(x + 1) % 5].rotate_left(1);
            for y in 0..5 {
                a[x + 5 * y] ^= d;
            }
        }
        let mut b = [0; 25];
        b[0] = a[0];
        let mut from = 1;
        for (to, by) in PATH {
            b[to] = a[from].rotate_left(by);
            from = to;
        }
        for y in 0..5 {
            for x in 0..5 {
                a[x + 5 * y] = b[x + 5 * y] ^ (!b[(x + 1) % 5 + 5 * y] & b[(x + 2) % 5 + 5 * y]);
            }
        }
        a[0] ^= rc;
    }
}

#[target_feature(enable = "avx2,bmi1,bmi2")]
fn permute_bmi(a: &mut [u64; 25]) {
    permute(a)
}

/// `keccakF1600(a *[200]byte)`
#[cfg_attr(not(test), unsafe(export_name = "native.crypto/internal/fips140/sha3.keccakF1600"))]
pub unsafe extern "C" fn keccak(p: *mut [u64; 25]) {
    // SAFETY: 200 bytes, perhaps unaligned.
    unsafe {
        let mut a = p.read_unaligned();
        if crate::sys::cpu::avx2() {
            permute_bmi(&mut a)
        } else {
            permute(&mut a)
        }
        p.write_unaligned(a)
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn zeros() {
        let mut a = [0; 25];
        super::permute(&mut a);
        assert_eq!(a[0], 0xf1258f7940e1dde7);
        assert_eq!(a[24], 0xeaf1ff7b5ceca249);
    }
}
