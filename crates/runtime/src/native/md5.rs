//! MD5.

/// ⌊2³²·|sin(i+1)|⌋, from the published table.
static K: [u32; 64] = [
    0xd76aa478, 0xe8c7b756, 0x242070db, 0xc1bdceee, 0xf57c0faf, 0x4787c62a, 0xa8304613, 0xfd469501, 0x698098d8,
    0x8b44f7af, 0xffff5bb1, 0x895cd7be, 0x6b901122, 0xfd987193, 0xa679438e, 0x49b40821, 0xf61e2562, 0xc040b340,
    0x265e5a51, 0xe9b6c7aa, 0xd62f105d, 0x02441453, 0xd8a1e681, 0xe7d3fbc8, 0x21e1cde6, 0xc33707d6, 0xf4d50d87,
    0x455a14ed, 0xa9e3e905, 0xfcefa3f8, 0x676f02d9, 0x8d2a4c8a, 0xfffa3942, 0x8771f681, 0x6d9d6122, 0xfde5380c,
    0xa4beea44, 0x4bdecfa9, 0xf6bb4b60, 0xbebfbc70, 0x289b7ec6, 0xeaa127fa, 0xd4ef3085, 0x04881d05, 0xd9d4d039,
    0xe6db99e5, 0x1fa27cf8, 0xc4ac5665, 0xf4292244, 0x432aff97, 0xab9423a7, 0xfc93a039, 0x655b59c3, 0x8f0ccc92,
    0xffeff47d, 0x85845dd1, 0x6fa87e4f, 0xfe2ce6e0, 0xa3014314, 0x4e0811a1, 0xf7537e82, 0xbd3af235, 0x2ad7d2bb,
    0xeb86d391,
];
const SHIFTS: [[u32; 4]; 4] = [[7, 12, 17, 22], [5, 9, 14, 20], [4, 11, 16, 23], [6, 10, 15, 21]];

fn blocks(s: &mut [u32; 4], p: &[u8]) {
    for block in p.chunks_exact(64) {
        let mut x = [0u32; 16];
        for (x, b) in x.iter_mut().zip(block.chunks_exact(4)) {
            *x = u32::from_le_bytes([b[0], b[1], b[2], b[3]]);
        }
        let [mut a, mut b, mut c, mut d] = *s;
        macro_rules! round {
            ($r:expr, $i:expr, $f:expr, $x:expr) => {
                let t = a.wrapping_add($f).wrapping_add(K[$r * 16 + $i]).wrapping_add(x[$x & 15]);
                (a, d, c, b) = (d, c, b, b.wrapping_add(t.rotate_left(SHIFTS[$r][$i & 3])));
            };
        }
        for i in 0..16 {
            round!(0, i, ((c ^ d) & b) ^ d, i);
        }
        for i in 0..16 {
            // The halves have no bit in common, so the sum may be done in any order.
            round!(1, i, (b & d).wrapping_add(c & !d), 5 * i + 1);
        }
        for i in 0..16 {
            round!(2, i, b ^ c ^ d, 3 * i + 5);
        }
        for i in 0..16 {
            round!(3, i, c ^ (b | !d), 7 * i);
        }
        *s = [s[0].wrapping_add(a), s[1].wrapping_add(b), s[2].wrapping_add(c), s[3].wrapping_add(d)];
    }
}

/// `block(dig *digest, p []byte)`: the state is the first field.
#[cfg_attr(not(test), unsafe(export_name = "native.crypto/md5.block"))]
pub unsafe extern "C" fn block(dig: *mut [u32; 4], p: *const u8, n: usize) {
    // SAFETY: a digest and n bytes, which Go owns and nobody else writes.
    let (s, p) = unsafe { (&mut *dig, core::slice::from_raw_parts(p, n)) };
    blocks(s, p)
}

#[cfg(test)]
mod tests {
    #[test]
    fn empty() {
        let mut s = [0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476];
        let mut b = [0u8; 64];
        b[0] = 0x80;
        super::blocks(&mut s, &b);
        assert_eq!(s[0].swap_bytes(), 0xd41d8cd9);
        assert_eq!(s[3].swap_bytes(), 0xecf8427e);
    }
}
