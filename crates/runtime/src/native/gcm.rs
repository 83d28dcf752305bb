//! AES in Galois/Counter Mode: AES and carry-less multiplication, eight blocks at a time.
//!
//! GHASH works on bit-reflected polynomials. Blocks are loaded with their bytes reversed, and the key H is multiplied by x
//! beforehand, so that a plain carry-less product needs no shift and is reduced from below in two steps (with the constant
//! `c2…`). Eight blocks are multiplied by H⁸…H¹ and their products added before one reduction.
//!
//! `productTable` (upstream reserves 256 bytes): H⁸ … H¹ times x, then for each the sum of its halves, for Karatsuba's method.
//! Between calls T is kept with its bytes reversed; `gcmAesFinish` turns it round.

use core::arch::x86_64::*;
use goxide_abi::funcs::native::{CHUNK, Frame};

#[inline]
#[target_feature(enable = "ssse3")]
fn reverse(x: __m128i) -> __m128i {
    _mm_shuffle_epi8(x, _mm_set_epi64x(0x0001_0203_0405_0607, 0x0809_0a0b_0c0d_0e0f))
}

/// A product before reduction: low half, high half, and the middle that Karatsuba's method subtracts from.
#[derive(Clone, Copy)]
struct Product {
    lo: __m128i,
    hi: __m128i,
    mid: __m128i,
}

#[inline]
#[target_feature(enable = "pclmulqdq,sse2")]
fn zero() -> Product {
    let z = _mm_setzero_si128();
    Product { lo: z, hi: z, mid: z }
}

/// p + x·h, where `hk` is the sum of h's halves.
#[inline]
#[target_feature(enable = "pclmulqdq,sse2")]
fn add_mul(p: Product, x: __m128i, h: __m128i, hk: __m128i) -> Product {
    let xk = _mm_xor_si128(x, _mm_shuffle_epi32(x, 0x4e));
    Product {
        lo: _mm_xor_si128(p.lo, _mm_clmulepi64_si128(x, h, 0x00)),
        hi: _mm_xor_si128(p.hi, _mm_clmulepi64_si128(x, h, 0x11)),
        mid: _mm_xor_si128(p.mid, _mm_clmulepi64_si128(xk, hk, 0x00)),
    }
}

#[inline]
#[target_feature(enable = "pclmulqdq,sse2")]
fn reduce(p: Product) -> __m128i {
    let poly = _mm_set_epi64x(0xc200_0000_0000_0000u64 as i64, 1);
    let mid = _mm_xor_si128(p.mid, _mm_xor_si128(p.lo, p.hi));
    let lo = _mm_xor_si128(p.lo, _mm_slli_si128(mid, 8));
    let hi = _mm_xor_si128(p.hi, _mm_srli_si128(mid, 8));
    let lo = _mm_xor_si128(_mm_shuffle_epi32(lo, 0x4e), _mm_clmulepi64_si128(lo, poly, 0x10));
    let lo = _mm_xor_si128(_mm_shuffle_epi32(lo, 0x4e), _mm_clmulepi64_si128(lo, poly, 0x10));
    _mm_xor_si128(lo, hi)
}

/// The tables of a key.
#[derive(Clone, Copy)]
struct Keys {
    table: *const __m128i,
    /// Round keys.
    ks: *const __m128i,
    rounds: usize,
}

impl Keys {
    /// H to the power 8-i (times x), and the sum of its halves.
    #[inline]
    #[target_feature(enable = "sse2")]
    unsafe fn power(self, i: usize) -> (__m128i, __m128i) {
        (_mm_loadu_si128(self.table.add(i)), _mm_loadu_si128(self.table.add(8 + i)))
    }

    /// Adds `n` (1…8) blocks at `p` to the hash.
    #[inline]
    #[target_feature(enable = "pclmulqdq,ssse3")]
    unsafe fn ghash(self, t: __m128i, p: *const u8, n: usize) -> __m128i {
        let mut sum = zero();
        for i in 0..n {
            let mut x = reverse(_mm_loadu_si128(p.cast::<__m128i>().add(i)));
            if i == 0 {
                x = _mm_xor_si128(x, t);
            }
            let (h, hk) = self.power(8 - n + i);
            sum = add_mul(sum, x, h, hk);
        }
        reduce(sum)
    }

    /// Encrypts eight counter blocks that follow each other; `ctr` has its bytes reversed and its count in the low word.
    #[inline]
    #[target_feature(enable = "aes,ssse3")]
    unsafe fn stream8(self, ctr: __m128i) -> [__m128i; 8] {
        let k = _mm_loadu_si128(self.ks);
        let mut b = [k; 8];
        for (i, b) in b.iter_mut().enumerate() {
            *b = _mm_xor_si128(*b, reverse(_mm_add_epi32(ctr, _mm_set_epi32(0, 0, 0, i as i32))));
        }
        for r in 1..self.rounds {
            let k = _mm_loadu_si128(self.ks.add(r));
            for b in &mut b {
                *b = _mm_aesenc_si128(*b, k);
            }
        }
        let k = _mm_loadu_si128(self.ks.add(self.rounds));
        for b in &mut b {
            *b = _mm_aesenclast_si128(*b, k);
        }
        b
    }

    #[inline]
    #[target_feature(enable = "aes,ssse3")]
    unsafe fn encrypt(self, b: __m128i) -> __m128i {
        let mut b = _mm_xor_si128(b, _mm_loadu_si128(self.ks));
        for r in 1..self.rounds {
            b = _mm_aesenc_si128(b, _mm_loadu_si128(self.ks.add(r)));
        }
        _mm_aesenclast_si128(b, _mm_loadu_si128(self.ks.add(self.rounds)))
    }

    /// Counter mode over `n` bytes, and the hash over the ciphertext: of `dst` if SEAL, else of `src`. `ctr` as for `stream8`.
    #[inline]
    #[target_feature(enable = "aes,pclmulqdq,ssse3,sse4.1")]
    unsafe fn crypt<const SEAL: bool>(
        self,
        mut dst: *mut u8,
        mut src: *const u8,
        mut n: usize,
        mut ctr: __m128i,
        mut t: __m128i,
    ) -> __m128i {
        let eight = _mm_set_epi32(0, 0, 0, 8);
        // While sealing, the hash of a group is taken while the next group is encrypted.
        let mut behind: *const u8 = core::ptr::null();
        while n >= 128 {
            let stream = self.stream8(ctr);
            ctr = _mm_add_epi32(ctr, eight);
            if !SEAL {
                t = self.ghash(t, src, 8);
            } else if !behind.is_null() {
                t = self.ghash(t, behind, 8);
            }
            for (i, s) in stream.into_iter().enumerate() {
                let x = _mm_xor_si128(s, _mm_loadu_si128(src.cast::<__m128i>().add(i)));
                _mm_storeu_si128(dst.cast::<__m128i>().add(i), x);
            }
            behind = dst;
            (src, dst, n) = (src.add(128), dst.add(128), n - 128);
        }
        if SEAL && !behind.is_null() {
            t = self.ghash(t, behind, 8);
        }
        if n == 0 {
            return t;
        }
        // Up to eight blocks, the last of them perhaps not whole.
        let mut input = [0u8; 128];
        let mut output = [_mm_setzero_si128(); 8];
        core::ptr::copy_nonoverlapping(src, input.as_mut_ptr(), n);
        let blocks = n.div_ceil(16);
        if blocks == 1 {
            output[0] = self.encrypt(reverse(ctr));
        } else {
            output = self.stream8(ctr);
        }
        for (i, x) in output.iter_mut().enumerate() {
            *x = _mm_xor_si128(*x, _mm_loadu_si128(input.as_ptr().cast::<__m128i>().add(i)));
        }
        core::ptr::copy_nonoverlapping(output.as_ptr().cast::<u8>(), dst, n);
        if SEAL {
            // The hash takes the ciphertext filled up with zeros.
            core::ptr::copy_nonoverlapping(output.as_ptr().cast::<u8>(), input.as_mut_ptr(), n);
        }
        self.ghash(t, input.as_ptr(), blocks)
    }
}

/// The same with two blocks in each register, for as much of the text as comes in eights.
impl Keys {
    /// As `ghash` for eight blocks.
    #[inline]
    #[target_feature(enable = "pclmulqdq,vpclmulqdq,avx2")]
    unsafe fn ghash_wide(self, t: __m128i, p: *const u8) -> __m128i {
        let swap = _mm256_broadcastsi128_si256(_mm_set_epi64x(0x0001_0203_0405_0607, 0x0809_0a0b_0c0d_0e0f));
        let (mut lo, mut hi, mut mid) = (_mm256_setzero_si256(), _mm256_setzero_si256(), _mm256_setzero_si256());
        let table = self.table.cast::<__m256i>();
        for i in 0..4 {
            let mut x = _mm256_shuffle_epi8(_mm256_loadu_si256(p.cast::<__m256i>().add(i)), swap);
            if i == 0 {
                x = _mm256_xor_si256(x, _mm256_zextsi128_si256(t));
            }
            let (h, hk) = (_mm256_loadu_si256(table.add(i)), _mm256_loadu_si256(table.add(4 + i)));
            let xk = _mm256_xor_si256(x, _mm256_shuffle_epi32(x, 0x4e));
            lo = _mm256_xor_si256(lo, _mm256_clmulepi64_epi128(x, h, 0x00));
            hi = _mm256_xor_si256(hi, _mm256_clmulepi64_epi128(x, h, 0x11));
            mid = _mm256_xor_si256(mid, _mm256_clmulepi64_epi128(xk, hk, 0x00));
        }
        let sum = |x: __m256i| _mm_xor_si128(_mm256_castsi256_si128(x), _mm256_extracti128_si256(x, 1));
        reduce(Product { lo: sum(lo), hi: sum(hi), mid: sum(mid) })
    }

    /// As `stream8`.
    #[inline]
    #[target_feature(enable = "vaes,avx2")]
    unsafe fn stream_wide(self, ctr: __m128i) -> [__m256i; 4] {
        let swap = _mm256_broadcastsi128_si256(_mm_set_epi64x(0x0001_0203_0405_0607, 0x0809_0a0b_0c0d_0e0f));
        let key = |r: usize| _mm256_broadcastsi128_si256(_mm_loadu_si128(self.ks.add(r)));
        let k = key(0);
        let ctr = _mm256_broadcastsi128_si256(ctr);
        let mut b = [k; 4];
        for (i, b) in b.iter_mut().enumerate() {
            let count = _mm256_set_epi32(0, 0, 0, 2 * i as i32 + 1, 0, 0, 0, 2 * i as i32);
            *b = _mm256_xor_si256(*b, _mm256_shuffle_epi8(_mm256_add_epi32(ctr, count), swap));
        }
        for r in 1..self.rounds {
            let k = key(r);
            for b in &mut b {
                *b = _mm256_aesenc_epi128(*b, k);
            }
        }
        let k = key(self.rounds);
        for b in &mut b {
            *b = _mm256_aesenclast_epi128(*b, k);
        }
        b
    }

    /// As `crypt`.
    #[target_feature(enable = "aes,pclmulqdq,ssse3,sse4.1,vaes,vpclmulqdq,avx2")]
    unsafe fn crypt_wide<const SEAL: bool>(
        self,
        mut dst: *mut u8,
        mut src: *const u8,
        mut n: usize,
        mut ctr: __m128i,
        mut t: __m128i,
    ) -> __m128i {
        let eight = _mm_set_epi32(0, 0, 0, 8);
        let mut behind: *const u8 = core::ptr::null();
        while n >= 128 {
            let stream = self.stream_wide(ctr);
            ctr = _mm_add_epi32(ctr, eight);
            if !SEAL {
                t = self.ghash_wide(t, src);
            } else if !behind.is_null() {
                t = self.ghash_wide(t, behind);
            }
            for (i, s) in stream.into_iter().enumerate() {
                let x = _mm256_xor_si256(s, _mm256_loadu_si256(src.cast::<__m256i>().add(i)));
                _mm256_storeu_si256(dst.cast::<__m256i>().add(i), x);
            }
            behind = dst;
            (src, dst, n) = (src.add(128), dst.add(128), n - 128);
        }
        if SEAL && !behind.is_null() {
            t = self.ghash_wide(t, behind);
        }
        if n == 0 { t } else { self.crypt::<SEAL>(dst, src, n, ctr, t) }
    }
}

/// `gcmAesInit(productTable *[256]byte, ks []uint32)`
#[cfg_attr(not(test), unsafe(export_name = "native.crypto/internal/fips140/aes/gcm.gcmAesInit"))]
#[target_feature(enable = "aes,pclmulqdq,ssse3,sse4.1")]
pub unsafe extern "C" fn init(table: *mut __m128i, ks: *const __m128i, words: usize) {
    let keys = Keys { table, ks, rounds: words / 4 - 1 };
    // SAFETY: 256 bytes of table, `words` words of key schedule.
    unsafe {
        let h = reverse(keys.encrypt(_mm_setzero_si128()));
        // Times x: a shift by one bit, and the polynomial if one came out at the top.
        let top = _mm_shuffle_epi32(_mm_srai_epi32(h, 31), 0xff);
        let poly = _mm_set_epi64x(0xc200_0000_0000_0000u64 as i64, 1);
        let carry = _mm_slli_si128(_mm_srli_epi64(h, 63), 8);
        let h1 = _mm_xor_si128(_mm_or_si128(_mm_slli_epi64(h, 1), carry), _mm_and_si128(top, poly));
        let sum = |x: __m128i| _mm_xor_si128(x, _mm_shuffle_epi32(x, 0x4e));
        let mut p = h1;
        for i in (0..8).rev() {
            _mm_storeu_si128(table.add(i), p);
            _mm_storeu_si128(table.add(8 + i), sum(p));
            p = reduce(add_mul(zero(), p, h1, sum(h1)));
        }
    }
}

/// `gcmAesData(productTable *[256]byte, data []byte, T *[16]byte)`: hashes data, filled up with zeros to whole blocks.
#[cfg_attr(not(test), unsafe(export_name = "native.crypto/internal/fips140/aes/gcm.gcmAesData"))]
#[target_feature(enable = "aes,pclmulqdq,ssse3,sse4.1")]
pub unsafe extern "C" fn data(f: &mut Frame) -> usize {
    let [table, data, len, _, t] = f.regs;
    let keys = Keys { table: table as *const __m128i, ks: core::ptr::null(), rounds: 0 };
    let t = t as *mut __m128i;
    let n = (len - f.done).min(CHUNK);
    let p = (data as *const u8).wrapping_add(f.done);
    // SAFETY: the data and T of Go's caller.
    unsafe {
        let mut hash = _mm_loadu_si128(t);
        let mut at = 0;
        while n - at >= 16 {
            let blocks = ((n - at) / 16).min(8);
            hash = keys.ghash(hash, p.add(at), blocks);
            at += blocks * 16;
        }
        if at < n {
            let mut last = [0u8; 16];
            core::ptr::copy_nonoverlapping(p.add(at), last.as_mut_ptr(), n - at);
            hash = keys.ghash(hash, last.as_ptr(), 1);
        }
        _mm_storeu_si128(t, hash);
    }
    f.done += n;
    (f.done < len) as usize
}

/// `gcmAesEnc`, `gcmAesDec(productTable *[256]byte, dst, src []byte, ctr, T *[16]byte, ks []uint32)`: registers hold
/// productTable, dst (three words) and ctr; the block src, T and ks.
#[inline]
#[target_feature(enable = "aes,pclmulqdq,ssse3,sse4.1")]
unsafe fn part<const SEAL: bool>(f: &mut Frame) -> usize {
    let [table, dst, _, _, ctr] = f.regs;
    // SAFETY: arguments of Go's caller, laid out as above.
    unsafe {
        let [src, len, _, t, ks, words, _] = *f.block.cast::<[usize; 7]>();
        let keys = Keys { table: table as *const __m128i, ks: ks as *const __m128i, rounds: words / 4 - 1 };
        let n = (len - f.done).min(CHUNK);
        // The first block of text uses the counter after ctr's.
        let count = _mm_set_epi32(0, 0, 0, (1 + f.done / 16) as i32);
        let ctr = _mm_add_epi32(reverse(_mm_loadu_si128(ctr as *const __m128i)), count);
        let t = t as *mut __m128i;
        let (d, s) = ((dst as *mut u8).add(f.done), (src as *const u8).add(f.done));
        let hash = _mm_loadu_si128(t);
        let hash = if crate::sys::cpu::vaes() {
            keys.crypt_wide::<SEAL>(d, s, n, ctr, hash)
        } else {
            keys.crypt::<SEAL>(d, s, n, ctr, hash)
        };
        _mm_storeu_si128(t, hash);
        f.done += n;
        (f.done < len) as usize
    }
}

/// Encrypts.
#[cfg_attr(not(test), unsafe(export_name = "native.crypto/internal/fips140/aes/gcm.gcmAesEnc"))]
#[target_feature(enable = "aes,pclmulqdq,ssse3,sse4.1")]
pub unsafe extern "C" fn enc(f: &mut Frame) -> usize {
    unsafe { part::<true>(f) }
}

/// Decrypts.
#[cfg_attr(not(test), unsafe(export_name = "native.crypto/internal/fips140/aes/gcm.gcmAesDec"))]
#[target_feature(enable = "aes,pclmulqdq,ssse3,sse4.1")]
pub unsafe extern "C" fn dec(f: &mut Frame) -> usize {
    unsafe { part::<false>(f) }
}

/// `gcmAesFinish(productTable *[256]byte, tagMask, T *[16]byte, pLen, dLen uint64)`: T becomes the tag.
#[cfg_attr(not(test), unsafe(export_name = "native.crypto/internal/fips140/aes/gcm.gcmAesFinish"))]
#[target_feature(enable = "aes,pclmulqdq,ssse3,sse4.1")]
pub unsafe extern "C" fn finish(table: *const __m128i, mask: *const __m128i, t: *mut __m128i, plen: u64, dlen: u64) {
    let keys = Keys { table, ks: core::ptr::null(), rounds: 0 };
    let bits = _mm_set_epi64x((dlen << 3) as i64, (plen << 3) as i64);
    // SAFETY: arguments of Go's caller.
    unsafe {
        let (h, hk) = keys.power(7);
        let hash = reduce(add_mul(zero(), _mm_xor_si128(_mm_loadu_si128(t), bits), h, hk));
        _mm_storeu_si128(t, _mm_xor_si128(reverse(hash), _mm_loadu_si128(mask)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Test case 16 of McGrew and Viega's specification: AES-256, 20 bytes of data, 60 of text.
    #[test]
    fn specification_16() {
        if !std::is_x86_feature_detected!("aes") || !std::is_x86_feature_detected!("pclmulqdq") {
            return;
        }
        let hex = |s: &str| -> Vec<u8> {
            (0..s.len()).step_by(2).map(|i| u8::from_str_radix(&s[i..i + 2], 16).unwrap()).collect()
        };
        let key = hex("feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308");
        let text = hex(
            "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39",
        );
        let aad = hex("feedfacedeadbeeffeedfacedeadbeefabaddad2");
        let want = hex(
            "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662",
        );
        let tag = hex("76fc6ece0f4e1768cddf8853bb2d551b");
        let mut ctr = [0u8; 16];
        ctr[..12].copy_from_slice(&hex("cafebabefacedbaddecaf888"));
        ctr[15] = 1;
        unsafe {
            let mut ks = [0u32; 60];
            crate::native::aes::expand_key(14, key.as_ptr(), ks.as_mut_ptr(), core::ptr::null_mut());
            let mut table = [_mm_setzero_si128(); 16];
            init(table.as_mut_ptr(), ks.as_ptr().cast(), 60);
            let keys = Keys { table: table.as_ptr(), ks: ks.as_ptr().cast(), rounds: 14 };
            let mask = keys.encrypt(_mm_loadu_si128(ctr.as_ptr().cast()));
            for wide in [false, true] {
                // Longer text, both ways of working.
                if wide && !std::is_x86_feature_detected!("vaes") {
                    continue;
                }
                let long: Vec<u8> = (0..1000).map(|i| ((i * i) >> 2) as u8).collect();
                let (mut one, mut two) = (vec![0u8; 1000], vec![0u8; 1000]);
                let z = _mm_setzero_si128();
                let a = keys.crypt::<true>(one.as_mut_ptr(), long.as_ptr(), 1000, z, z);
                let b = if wide {
                    keys.crypt_wide::<true>(two.as_mut_ptr(), long.as_ptr(), 1000, z, z)
                } else {
                    keys.crypt::<false>(two.as_mut_ptr(), one.as_ptr(), 1000, z, z)
                };
                assert_eq!(_mm_movemask_epi8(_mm_cmpeq_epi8(a, b)), 0xffff);
                assert_eq!(two, if wide { one } else { long });
            }
            for seal in [true, false] {
                let from = if seal { &text } else { &want };
                let mut out = vec![0u8; from.len()];
                let mut t = [0u8; 16];
                let at = |p: *const u8| p as usize;
                let mut f = Frame {
                    regs: [at(table.as_ptr().cast()), at(aad.as_ptr()), aad.len(), 0, t.as_mut_ptr() as usize],
                    block: core::ptr::null_mut(),
                    done: 0,
                    result: 0,
                };
                assert_eq!(data(&mut f), 0);
                let mut block =
                    [at(from.as_ptr()), from.len(), 0, t.as_mut_ptr() as usize, at(ks.as_ptr().cast()), 60, 60];
                let mut f = Frame {
                    regs: [at(table.as_ptr().cast()), out.as_mut_ptr() as usize, 0, 0, at(ctr.as_ptr())],
                    block: block.as_mut_ptr(),
                    done: 0,
                    result: 0,
                };
                assert_eq!(if seal { enc(&mut f) } else { dec(&mut f) }, 0);
                finish(table.as_ptr(), &mask, t.as_mut_ptr().cast(), 60, 20);
                assert_eq!(&out, if seal { &want } else { &text });
                assert_eq!(&t[..], &tag[..]);
            }
        }
    }
}
