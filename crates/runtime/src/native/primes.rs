//! The constants of SHA-2: fractional parts of roots of the first primes, worked out by the compiler.

const fn prime(n: usize) -> u128 {
    let (mut found, mut p) = (0, 1u128);
    while found <= n {
        p += 1;
        let (mut d, mut is) = (2, true);
        while d * d <= p {
            if p % d == 0 {
                is = false;
            }
            d += 1;
        }
        if is {
            found += 1;
        }
    }
    p
}

/// Whether x³ < y·2¹⁹², for x below 2⁶⁸.
const fn cube_at_most(x: u128, y: u128) -> bool {
    // x² below 2¹³⁶: as high·2⁶⁴ + low.
    let (h, l) = (x >> 64, x & (u64::MAX as u128));
    let ll = l * l;
    let hl = 2 * h * l + (ll >> 64);
    let (sq_hi, sq_lo) = (h * h * (1 << 64) + hl, ll & (u64::MAX as u128));
    // (sq_hi·2⁶⁴ + sq_lo)·x, in words of 64 bits.
    let w0 = sq_lo * l;
    let s0 = sq_hi & (u64::MAX as u128);
    let s1 = sq_hi >> 64;
    let w1 = (w0 >> 64) + ((sq_lo * h) & (u64::MAX as u128));
    let c1 = w1 >> 64;
    let p = s0 * l;
    let w1 = (w1 & (u64::MAX as u128)) + (p & (u64::MAX as u128));
    let w2 = ((sq_lo * h) >> 64) + c1 + (w1 >> 64) + (p >> 64) + s0 * h + s1 * l;
    // The value is below (w3+1)·2¹⁹², and primes are no cubes, so equality does not come up.
    let w3 = (w2 >> 64) + s1 * h;
    w3 < y
}

/// 64 bits of the fraction of the cube root of the n-th prime.
const fn cube_root(n: usize) -> u64 {
    let y = prime(n);
    let (mut lo, mut hi) = (0u128, 1u128 << 68);
    while hi - lo > 1 {
        let mid = (lo + hi) / 2;
        if cube_at_most(mid, y) {
            lo = mid;
        } else {
            hi = mid;
        }
    }
    lo as u64
}

/// SHA-256's round constants.
pub const fn cube_roots_32() -> [u32; 64] {
    let mut k = [0; 64];
    let mut i = 0;
    while i < 64 {
        k[i] = (cube_root(i) >> 32) as u32;
        i += 1;
    }
    k
}

/// SHA-512's round constants.
pub const fn cube_roots_64() -> [u64; 80] {
    let mut k = [0; 80];
    let mut i = 0;
    while i < 80 {
        k[i] = cube_root(i);
        i += 1;
    }
    k
}

#[cfg(test)]
mod tests {
    #[test]
    fn first_and_last() {
        let k = super::cube_roots_64();
        assert_eq!(k[0], 0x428a2f98d728ae22);
        assert_eq!(k[1], 0x7137449123ef65cd);
        assert_eq!(k[79], 0x6c44198c4a475817);
        assert_eq!(super::cube_roots_32()[63], 0xc67178f2);
    }
}
