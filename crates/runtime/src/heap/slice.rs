//! Growing slices and raw bytes.

/// Two result registers.
#[repr(C)]
pub struct Pair(pub usize, pub usize);

const MAX_ALLOC: usize = 1 << 48;

/// Go's rule: double below 256 elements, then grow smoothly towards a quarter more.
pub fn nextslicecap(newlen: usize, oldcap: usize) -> usize {
    let double = oldcap.wrapping_add(oldcap);
    if newlen as isize > double as isize {
        return newlen;
    }
    const THRESHOLD: usize = 256;
    if oldcap < THRESHOLD {
        return double;
    }
    let mut cap = oldcap;
    loop {
        cap = cap.wrapping_add((cap.wrapping_add(3 * THRESHOLD)) >> 2);
        if cap >= newlen {
            break;
        }
    }
    if cap as isize <= 0 { newlen } else { cap }
}

#[cfg(not(test))]
mod rows {
    use super::super::malloc::{mallocgc, zerobase};
    use super::super::sizeclasses::roundupsize;
    use super::super::types::Type;
    use super::{MAX_ALLOC, Pair, nextslicecap};
    use crate::gc::barrier;

    /// Row `growslice0`.
    #[unsafe(export_name = "rt.growslice0")]
    unsafe extern "C" fn rt_growslice0(old: usize, newlen: usize, oldcap: usize, num: usize, et: *const Type) -> Pair {
        if (newlen as isize) < 0 {
            return Pair(0, 0);
        }
        let size = (*et).size;
        if size == 0 {
            return Pair(zerobase(), newlen);
        }
        let oldlen = newlen.wrapping_sub(num);
        let noscan = (*et).ptr_bytes == 0;
        let mut newcap = nextslicecap(newlen, oldcap);
        let Some(mem) = newcap.checked_mul(size).filter(|&m| m <= MAX_ALLOC) else {
            return Pair(0, 0);
        };
        let mut capmem = roundupsize(mem, noscan);
        newcap = capmem / size;
        if size > 1 {
            capmem = newcap * size;
        }
        if capmem > MAX_ALLOC {
            return Pair(0, 0);
        }
        let lenmem = oldlen * size;
        let p;
        if noscan {
            p = mallocgc(capmem, core::ptr::null(), false);
            let newlenmem = newlen * size;
            core::ptr::write_bytes((p + newlenmem) as *mut u8, 0, capmem - newlenmem);
        } else {
            p = mallocgc(capmem, et, true);
            if lenmem > 0 && barrier::enabled() {
                // The new memory holds nothing yet: only what is copied has to be shaded.
                barrier::shade_range(old, lenmem, et);
            }
        }
        core::ptr::copy_nonoverlapping(old as *const u8, p as *mut u8, lenmem);
        Pair(p, newcap)
    }

    /// Row `rawbytes`.
    #[unsafe(export_name = "rt.rawbytes")]
    unsafe extern "C" fn rt_rawbytes(n: usize) -> Pair {
        if n == 0 {
            return Pair(zerobase(), 0);
        }
        let cap = roundupsize(n, true);
        let p = mallocgc(cap, core::ptr::null(), false);
        core::ptr::write_bytes((p + n) as *mut u8, 0, cap - n);
        Pair(p, cap)
    }

    /// Row `roundupsize`.
    #[unsafe(export_name = "rt.roundupsize")]
    extern "C" fn rt_roundupsize(size: usize, noscan: usize) -> usize {
        roundupsize(size, noscan & 0xff != 0)
    }
}

#[cfg(test)]
mod tests {
    use super::nextslicecap;

    #[test]
    fn caps_are_gos() {
        assert_eq!(nextslicecap(5, 4), 8);
        assert_eq!(nextslicecap(20, 4), 20);
        assert_eq!(nextslicecap(257, 256), 512);
        assert_eq!(nextslicecap(513, 512), 832);
        assert_eq!(nextslicecap(1025, 1024), 1472);
    }
}
