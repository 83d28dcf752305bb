//! `crypto/internal/fips140/nistec`: the field and the points of P-256, in constant time.
//!
//! Elements are four words, least significant first, below p, in the Montgomery domain with R = 2²⁵⁶. Since
//! p = 2²⁵⁶ − 2²²⁴ + 2¹⁹² + 2⁹⁶ − 1 is −1 modulo 2⁶⁴, a step of the reduction needs one multiplication. Points are Jacobian:
//! x = X/Z², y = Y/Z³, and Z = 0 is the point at infinity.

type Element = [u64; 4];

#[repr(C)]
#[derive(Clone, Copy)]
pub struct Point {
    x: Element,
    y: Element,
    z: Element,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct Affine {
    x: Element,
    y: Element,
}

const P: Element = [!0, 0xffff_ffff, 0, 0xffff_ffff_0000_0001];
/// 1 in the Montgomery domain.
const ONE: Element = [1, 0xffff_ffff_0000_0000, !0, 0xffff_fffe];
const ZERO: Element = [0; 4];

/// x + a·b + c as (low, high).
#[inline(always)]
fn mac(x: u64, a: u64, b: u64, c: u64) -> (u64, u64) {
    let t = x as u128 + a as u128 * b as u128 + c as u128;
    (t as u64, (t >> 64) as u64)
}
#[inline(always)]
fn adc(a: u64, b: u64, c: u64) -> (u64, u64) {
    let t = a as u128 + b as u128 + c as u128;
    (t as u64, (t >> 64) as u64)
}
#[inline(always)]
fn sbb(a: u64, b: u64, c: u64) -> (u64, u64) {
    let (t, x) = a.overflowing_sub(b);
    let (t, y) = t.overflowing_sub(c);
    (t, (x | y) as u64)
}

/// All ones if `x` is not 0. What the mask decides must stay a choice between values, so its origin is hidden.
#[inline(always)]
fn mask(x: u64) -> u64 {
    core::hint::black_box(0u64.wrapping_sub((x | x.wrapping_neg()) >> 63))
}
/// `a` where the mask is set, else `b`.
#[inline(always)]
fn choose(m: u64, a: &Element, b: &Element) -> Element {
    core::array::from_fn(|i| b[i] ^ (m & (a[i] ^ b[i])))
}
fn choose_point(m: u64, a: &Point, b: &Point) -> Point {
    Point { x: choose(m, &a.x, &b.x), y: choose(m, &a.y, &b.y), z: choose(m, &a.z, &b.z) }
}
/// Not 0 unless the element is 0.
#[inline(always)]
fn nonzero(a: &Element) -> u64 {
    a[0] | a[1] | a[2] | a[3]
}

/// Subtracts p from high·2²⁵⁶ + t, which is below 2p, if that is not below p.
#[inline(always)]
fn reduce_once(t: Element, high: u64) -> Element {
    let (r0, b) = sbb(t[0], P[0], 0);
    let (r1, b) = sbb(t[1], P[1], b);
    let (r2, b) = sbb(t[2], P[2], b);
    let (r3, b) = sbb(t[3], P[3], b);
    let (_, b) = sbb(high, 0, b);
    choose(0u64.wrapping_sub(b), &t, &[r0, r1, r2, r3])
}

/// Adds the multiple of p that clears t[0], and moves down by a word. The fifth word in and out is a carry of 0 or 1 beside
/// a full word.
#[inline(always)]
fn step(t: [u64; 5]) -> [u64; 5] {
    let m = t[0];
    // m·p + t: the lowest word becomes 0 and carries m; with the second word's m·(2³² − 1) that is m·2³².
    let (t1, c) = adc(t[1], m << 32, 0);
    let (t2, c) = adc(t[2], m >> 32, c);
    let (t3, c) = mac(t[3], m, P[3], c);
    let (t4, c) = adc(t[4], c, 0);
    [t1, t2, t3, t4, c]
}

#[inline(always)]
fn mul(a: &Element, b: &Element) -> Element {
    let mut t = [0u64; 5];
    for &y in b {
        let (t0, c) = mac(t[0], a[0], y, 0);
        let (t1, c) = mac(t[1], a[1], y, c);
        let (t2, c) = mac(t[2], a[2], y, c);
        let (t3, c) = mac(t[3], a[3], y, c);
        let (t4, high) = adc(t[4], c, 0);
        // t + a·y + m·p is below 2²⁵⁶·2⁶⁴·2, so the carries of both halves of the step add up to one word's.
        let s = step([t0, t1, t2, t3, t4]);
        t = [s[0], s[1], s[2], s[3], s[4] + high];
    }
    reduce_once([t[0], t[1], t[2], t[3]], t[4])
}

#[inline(always)]
fn sqr(a: &Element) -> Element {
    // The products of different words, doubled, and the squares: eight words; then four steps.
    let (t1, c) = mac(0, a[0], a[1], 0);
    let (t2, c) = mac(0, a[0], a[2], c);
    let (t3, t4) = mac(0, a[0], a[3], c);
    let (t3, c) = mac(t3, a[1], a[2], 0);
    let (t4, t5) = mac(t4, a[1], a[3], c);
    let (t5, t6) = mac(t5, a[2], a[3], 0);
    let t7 = t6 >> 63;
    let t6 = t6 << 1 | t5 >> 63;
    let t5 = t5 << 1 | t4 >> 63;
    let t4 = t4 << 1 | t3 >> 63;
    let t3 = t3 << 1 | t2 >> 63;
    let t2 = t2 << 1 | t1 >> 63;
    let t1 = t1 << 1;
    let (t0, c) = mac(0, a[0], a[0], 0);
    let (t1, c) = adc(t1, c, 0);
    let (t2, c) = mac(t2, a[1], a[1], c);
    let (t3, c) = adc(t3, c, 0);
    let (t4, c) = mac(t4, a[2], a[2], c);
    let (t5, c) = adc(t5, c, 0);
    let (t6, c) = mac(t6, a[3], a[3], c);
    let (t7, _) = adc(t7, c, 0);
    let s = step([t0, t1, t2, t3, 0]);
    let s = step([s[0], s[1], s[2], s[3], 0]);
    let s = step([s[0], s[1], s[2], s[3], 0]);
    let s = step([s[0], s[1], s[2], s[3], 0]);
    let (r0, c) = adc(s[0], t4, 0);
    let (r1, c) = adc(s[1], t5, c);
    let (r2, c) = adc(s[2], t6, c);
    let (r3, c) = adc(s[3], t7, c);
    reduce_once([r0, r1, r2, r3], c)
}

#[inline(always)]
fn add(a: &Element, b: &Element) -> Element {
    let (r0, c) = adc(a[0], b[0], 0);
    let (r1, c) = adc(a[1], b[1], c);
    let (r2, c) = adc(a[2], b[2], c);
    let (r3, c) = adc(a[3], b[3], c);
    reduce_once([r0, r1, r2, r3], c)
}

#[inline(always)]
fn sub(a: &Element, b: &Element) -> Element {
    let (r0, c) = sbb(a[0], b[0], 0);
    let (r1, c) = sbb(a[1], b[1], c);
    let (r2, c) = sbb(a[2], b[2], c);
    let (r3, c) = sbb(a[3], b[3], c);
    let m = 0u64.wrapping_sub(c);
    let (r0, c) = adc(r0, P[0] & m, 0);
    let (r1, c) = adc(r1, P[1] & m, c);
    let (r2, c) = adc(r2, P[2] & m, c);
    let (r3, _) = adc(r3, P[3] & m, c);
    [r0, r1, r2, r3]
}

#[inline(always)]
fn double(p: &Point) -> Point {
    let delta = sqr(&p.z);
    let gamma = sqr(&p.y);
    let beta = mul(&p.x, &gamma);
    let t = mul(&sub(&p.x, &delta), &add(&p.x, &delta));
    let alpha = add(&add(&t, &t), &t);
    let beta2 = add(&beta, &beta);
    let beta4 = add(&beta2, &beta2);
    let x = sub(&sqr(&alpha), &add(&beta4, &beta4));
    let z = sub(&sub(&sqr(&add(&p.y, &p.z)), &gamma), &delta);
    let g2 = sqr(&add(&gamma, &gamma));
    let y = sub(&mul(&alpha, &sub(&beta4, &x)), &add(&g2, &g2));
    Point { x, y, z }
}

/// The sum, and not 0 if both are different points.
#[inline(always)]
fn sum(p: &Point, q: &Point) -> (Point, u64) {
    let zz1 = sqr(&p.z);
    let zz2 = sqr(&q.z);
    let u1 = mul(&p.x, &zz2);
    let u2 = mul(&q.x, &zz1);
    let s1 = mul(&p.y, &mul(&q.z, &zz2));
    let s2 = mul(&q.y, &mul(&p.z, &zz1));
    let (h, r) = (sub(&u2, &u1), sub(&s2, &s1));
    let hh = sqr(&h);
    let hhh = mul(&h, &hh);
    let v = mul(&u1, &hh);
    let x = sub(&sub(&sqr(&r), &hhh), &add(&v, &v));
    let y = sub(&mul(&r, &sub(&v, &x)), &mul(&s1, &hhh));
    let z = mul(&h, &mul(&p.z, &q.z));
    (Point { x, y, z }, nonzero(&h) | nonzero(&r))
}

/// The same where q's Z is 1.
#[inline(always)]
fn sum_affine(p: &Point, q: &Affine) -> Point {
    let zz = sqr(&p.z);
    let u2 = mul(&q.x, &zz);
    let s2 = mul(&q.y, &mul(&p.z, &zz));
    let (h, r) = (sub(&u2, &p.x), sub(&s2, &p.y));
    let hh = sqr(&h);
    let hhh = mul(&h, &hh);
    let v = mul(&p.x, &hh);
    let x = sub(&sub(&sqr(&r), &hhh), &add(&v, &v));
    let y = sub(&mul(&r, &sub(&v, &x)), &mul(&p.y, &hhh));
    Point { x, y, z: mul(&h, &p.z) }
}

/// The functions that upstream's Go code declares, twice: for any processor, and with `mulx`.
macro_rules! functions {
    ($($(#[$doc:meta])* fn $name:ident = $export:literal($($arg:ident: $ty:ty),*) $(-> $ret:ty)? $body:block)*) => {
        $(
            $(#[$doc])*
            #[cfg_attr(not(test), unsafe(export_name = concat!("native.crypto/internal/fips140/nistec.", $export)))]
            pub unsafe extern "C" fn $name($($arg: $ty),*) $(-> $ret)? {
                #[target_feature(enable = "avx2,bmi1,bmi2")]
                unsafe fn bmi($($arg: $ty),*) $(-> $ret)? {
                    unsafe { body($($arg),*) }
                }
                #[inline(always)]
                unsafe fn body($($arg: $ty),*) $(-> $ret)? {
                    // SAFETY: the pointers are Go's, to whole values; results may be the same places as arguments, so
                    // arguments are read first.
                    unsafe { $body }
                }
                // SAFETY: as above, and the processor has what the first form needs.
                unsafe {
                    if crate::sys::cpu::avx2() { bmi($($arg),*) } else { body($($arg),*) }
                }
            }
        )*
    };
}

functions! {
    /// `p256Mul(res, in1, in2 *p256Element)`
    fn p256_mul = "p256Mul"(res: *mut Element, a: *const Element, b: *const Element) {
        let r = mul(&*a, &*b);
        *res = r
    }
    /// `p256Sqr(res, in *p256Element, n int)`: squared n times.
    fn p256_sqr = "p256Sqr"(res: *mut Element, a: *const Element, n: usize) {
        let mut x = *a;
        for _ in 0..n {
            x = sqr(&x);
        }
        *res = x
    }
    /// `p256FromMont(res, in *p256Element)`
    fn p256_from_mont = "p256FromMont"(res: *mut Element, a: *const Element) {
        let r = mul(&*a, &[1, 0, 0, 0]);
        *res = r
    }
    /// `p256NegCond(val *p256Element, cond int)`
    fn p256_neg_cond = "p256NegCond"(val: *mut Element, cond: u64) {
        let v = *val;
        *val = choose(mask(cond), &sub(&ZERO, &v), &v)
    }
    /// `p256MovCond(res, a, b *P256Point, cond int)`: a if cond is not 0, else b.
    fn p256_mov_cond = "p256MovCond"(res: *mut Point, a: *const Point, b: *const Point, cond: u64) {
        let r = choose_point(mask(cond), &*a, &*b);
        *res = r
    }
    /// `p256Select(res *P256Point, table *p256Table, idx int)`: the idx-th of 16 points, counted from 1; for 0 infinity.
    fn p256_select = "p256Select"(res: *mut Point, table: *const [Point; 16], idx: u64) {
        let mut r = Point { x: ZERO, y: ZERO, z: ZERO };
        for (i, p) in (*table).iter().enumerate() {
            r = choose_point(!mask(idx ^ (i as u64 + 1)), p, &r);
        }
        *res = r
    }
    /// `p256SelectAffine(res *p256AffinePoint, table *p256AffineTable, idx int)`
    fn p256_select_affine = "p256SelectAffine"(res: *mut Affine, table: *const [Affine; 32], idx: u64) {
        let mut r = Affine { x: ZERO, y: ZERO };
        for (i, p) in (*table).iter().enumerate() {
            let m = !mask(idx ^ (i as u64 + 1));
            r = Affine { x: choose(m, &p.x, &r.x), y: choose(m, &p.y, &r.y) };
        }
        *res = r
    }
    /// `p256PointAddAffineAsm(res, in1 *P256Point, in2 *p256AffinePoint, sign, sel, zero int)`: in1 ± in2; in2 alone if zero
    /// (in the argument block) is 0; in1 alone if sel is 0.
    fn p256_add_affine = "p256PointAddAffineAsm"(res: *mut Point, p: *const Point, q: *const Affine, sign: u64, sel: u64, block: *const u64) {
        let (p, mut q, zero) = (*p, *q, *block);
        q.y = choose(mask(sign), &sub(&ZERO, &q.y), &q.y);
        let r = sum_affine(&p, &q);
        let r = choose_point(mask(zero), &r, &Point { x: q.x, y: q.y, z: ONE });
        *res = choose_point(mask(sel), &r, &p)
    }
    /// `p256PointAddAsm(res, in1, in2 *P256Point) int`: whether they are equal, in which case the sum is wrong.
    fn p256_add = "p256PointAddAsm"(res: *mut Point, p: *const Point, q: *const Point) -> u64 {
        let (r, different) = sum(&*p, &*q);
        *res = r;
        1 & !mask(different)
    }
    /// `p256PointDoubleAsm(res, in *P256Point)`
    fn p256_double = "p256PointDoubleAsm"(res: *mut Point, p: *const Point) {
        let r = double(&*p);
        *res = r
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// (2²⁵⁶)² mod p: multiplying by it enters the domain.
    const RR: Element = [3, 0xffff_fffb_ffff_ffff, 0xffff_ffff_ffff_fffe, 0x4_ffff_fffd];

    #[test]
    fn field() {
        assert_eq!(mul(&RR, &[1, 0, 0, 0]), ONE);
        let minus = sub(&ZERO, &ONE);
        assert_eq!(mul(&minus, &minus), ONE);
        let mut x: Element = [0x1234_5678_9abc_def0, !0, 7, 0xffff_ffff_0000_0000];
        for _ in 0..1000 {
            assert_eq!(sqr(&x), mul(&x, &x));
            let y = add(&x, &minus);
            assert_eq!(add(&y, &ONE), x);
            // (x+1)(x−1) = x² − 1
            assert_eq!(mul(&add(&x, &ONE), &y), sub(&sqr(&x), &ONE));
            x = mul(&x, &add(&x, &RR));
        }
        let top = sub(&P, &[1, 0, 0, 0]);
        assert_eq!(sqr(&top), mul(&top, &top));
    }

    #[test]
    fn points() {
        let g = Point {
            x: [0x79e730d418a9143c, 0x75ba95fc5fedb601, 0x79fb732b77622510, 0x18905f76a53755c6],
            y: [0xddf25357ce95560a, 0x8b4ab8e4ba19e45c, 0xd2e88688dd21f325, 0x8571ff1825885d85],
            z: ONE,
        };
        let same = |p: &Point, q: &Point| sum(p, q).1 == 0;
        let g2 = double(&g);
        let g3 = sum(&g2, &g).0;
        let g4 = double(&g2);
        assert!(same(&sum(&g3, &g).0, &g4) && !same(&g3, &g4));
        assert!(same(&sum_affine(&g3, &Affine { x: g.x, y: g.y }), &g4));
        let infinity = double(&Point { x: ONE, y: ONE, z: ZERO });
        assert_eq!(infinity.z, ZERO);
    }
}
