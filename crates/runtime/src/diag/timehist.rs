//! Histograms of durations for runtime/metrics: powers of two, each divided into four, from 512 ns to 2^48 ns.

use core::sync::atomic::{AtomicU64, Ordering::Relaxed};

const MIN_BITS: u32 = 9;
const MAX_BITS: u32 = 48;
const SUB_BITS: u32 = 2;
const SUB: usize = 1 << SUB_BITS;
/// Ranges: below the first power, then one for each power.
const POWERS: usize = (MAX_BITS - MIN_BITS + 1) as usize;
/// Buckets between underflow and overflow.
pub const BUCKETS: usize = POWERS * SUB;

/// Counts of durations. `counts[0]` is for negative ones, the last for those that are too long.
pub struct TimeHist {
    counts: [AtomicU64; BUCKETS + 2],
}

impl TimeHist {
    /// Without counts.
    pub const fn new() -> TimeHist {
        TimeHist { counts: [const { AtomicU64::new(0) }; BUCKETS + 2] }
    }

    /// Counts a duration of `ns` nanoseconds.
    pub fn record(&self, ns: i64) {
        self.counts[index(ns)].fetch_add(1, Relaxed);
    }

    /// Copies the counts.
    ///
    /// # Safety
    /// `n` words at `out` are writable.
    pub unsafe fn read(&self, out: *mut u64, n: usize) {
        for (i, c) in self.counts.iter().enumerate().take(n) {
            *out.add(i) = c.load(Relaxed);
        }
    }
}

fn index(ns: i64) -> usize {
    if ns < 0 {
        return 0;
    }
    let ns = ns as u64;
    let bits = 64 - ns.leading_zeros();
    if bits > MAX_BITS {
        return BUCKETS + 1;
    }
    let (power, shift) =
        if bits <= MIN_BITS { (0, MIN_BITS - SUB_BITS) } else { ((bits - MIN_BITS) as usize, bits - 1 - SUB_BITS) };
    1 + power * SUB + (ns >> shift) as usize % SUB
}

/// Lower bound of bucket `i` (0 is the first after underflow) in nanoseconds; `BUCKETS` gives the upper bound of the last.
pub fn bound(i: usize) -> u64 {
    let (power, sub) = (i / SUB, (i % SUB) as u64);
    if power == 0 {
        return sub << (MIN_BITS - SUB_BITS);
    }
    let low = 1u64 << (MIN_BITS as usize + power - 1);
    low + sub * (low >> SUB_BITS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_fall_between_the_bounds_of_their_bucket() {
        assert_eq!(index(-1), 0);
        assert_eq!(index(1 << 48), BUCKETS + 1);
        for i in 0..BUCKETS {
            assert!(bound(i) < bound(i + 1));
            assert_eq!(index(bound(i) as i64), i + 1);
            assert_eq!(index(bound(i + 1) as i64 - 1), i + 1);
        }
        assert_eq!(bound(BUCKETS), 1 << 48);
    }
}
