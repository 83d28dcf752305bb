//! The page allocator: which 8 KB pages of the heap's address range are free, and which of those were given back.
//!
//! Takes and gives page numbers within one range that only grows. Knows neither addresses nor spans. First fit by
//! address. A chunk is 512 pages (4 MB) with two bitmaps: `alloc` (1 = in use) and `scav` (1 = returned to the system,
//! so known zero and not resident). Over the chunks lies a radix tree of summaries {free at start, longest, free at
//! end}, fan-out 8, so that a search reads at most `LEVELS` blocks of 8.
//!
//! Who may touch it: the holder of the heap lock only.

use super::os;

/// Pages per chunk.
pub const CHUNK_PAGES: usize = 512;
const WORDS: usize = CHUNK_PAGES / 64;
/// Levels of summaries; level LEVELS-1 has one per chunk.
const LEVELS: usize = 5;
const FANOUT_SHIFT: usize = 3;
const FANOUT: usize = 1 << FANOUT_SHIFT;

/// {start, max, end} in 21 bits each; bit 63: everything free and 2^21 pages long.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Sum(u64);

const SUM_BITS: u32 = 21;
const SUM_MAX: usize = 1 << SUM_BITS;

impl Sum {
    fn pack(start: usize, max: usize, end: usize) -> Sum {
        if max == SUM_MAX {
            return Sum(1 << 63);
        }
        Sum(start as u64 | (max as u64) << SUM_BITS | (end as u64) << (2 * SUM_BITS))
    }
    #[inline]
    fn start(self) -> usize {
        if self.0 >> 63 != 0 { SUM_MAX } else { self.0 as usize & (SUM_MAX - 1) }
    }
    #[inline]
    fn max(self) -> usize {
        if self.0 >> 63 != 0 { SUM_MAX } else { (self.0 >> SUM_BITS) as usize & (SUM_MAX - 1) }
    }
    #[inline]
    fn end(self) -> usize {
        if self.0 >> 63 != 0 { SUM_MAX } else { (self.0 >> (2 * SUM_BITS)) as usize & (SUM_MAX - 1) }
    }
}

/// Bitmaps of a chunk.
#[repr(C)]
struct Chunk {
    alloc: [u64; WORDS],
    scav: [u64; WORDS],
}

/// See the module's text. All-zero is a valid value that manages nothing.
pub struct PageAlloc {
    chunks: *mut Chunk,
    sums: [*mut Sum; LEVELS],
    /// Chunks there is address space for.
    max_chunks: usize,
    /// Chunks handed to us so far (`grow`).
    nchunks: usize,
    /// No page below this one is free.
    search: usize,
    /// Pages free and not returned.
    pub free_resident: usize,
    /// Pages free and returned (or never touched).
    pub free_released: usize,
    /// Pages between `find_scavenge` and `scavenged`: free, though nobody may take them.
    pub scavenging: usize,
}

/// What a range's pages were when they were allocated.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Found {
    pub page: usize,
    /// How many of the pages had been returned; those are zero.
    pub scavenged: usize,
}

impl Default for PageAlloc {
    fn default() -> Self {
        Self::new()
    }
}

impl PageAlloc {
    /// Manages nothing yet.
    pub const fn new() -> PageAlloc {
        PageAlloc {
            chunks: core::ptr::null_mut(),
            sums: [core::ptr::null_mut(); LEVELS],
            max_chunks: 0,
            nchunks: 0,
            search: 0,
            free_resident: 0,
            free_released: 0,
            scavenging: 0,
        }
    }

    /// Makes tables for at most `pages` pages. False: no address space.
    pub fn init(&mut self, pages: usize) -> bool {
        let unit = FANOUT.pow(LEVELS as u32 - 1);
        let max_chunks = pages.div_ceil(CHUNK_PAGES).next_multiple_of(unit);
        let chunks = os::sys_alloc_sparse(max_chunks * size_of::<Chunk>());
        if chunks == 0 {
            return false;
        }
        self.chunks = chunks as *mut Chunk;
        for level in 0..LEVELS {
            let n = max_chunks >> (FANOUT_SHIFT * (LEVELS - 1 - level));
            let p = os::sys_alloc_sparse(n * 8);
            if p == 0 {
                return false;
            }
            self.sums[level] = p as *mut Sum;
        }
        self.max_chunks = max_chunks;
        true
    }

    #[allow(clippy::mut_from_ref)] // the heap lock makes access exclusive; no two borrows live at a time
    fn chunk(&self, i: usize) -> &mut Chunk {
        debug_assert!(i < self.nchunks);
        // SAFETY: `init` mapped max_chunks of them; the heap lock makes access exclusive; borrows do not outlive a step.
        unsafe { &mut *self.chunks.add(i) }
    }

    fn sum(&self, level: usize, i: usize) -> Sum {
        // SAFETY: i is within the level's table: every index is derived from a chunk number below max_chunks.
        unsafe { *self.sums[level].add(i) }
    }

    /// Pages one entry of `level` stands for.
    fn pages_of(level: usize) -> usize {
        CHUNK_PAGES << (FANOUT_SHIFT * (LEVELS - 1 - level))
    }

    /// Adds `n` chunks of free, untouched pages at the end of the range. False: the range is exhausted.
    pub fn grow(&mut self, n: usize) -> bool {
        if self.nchunks + n > self.max_chunks {
            return false;
        }
        let first = self.nchunks;
        self.nchunks += n;
        for c in first..first + n {
            let c = self.chunk(c);
            c.alloc = [0; WORDS];
            c.scav = [!0; WORDS];
        }
        self.free_released += n * CHUNK_PAGES;
        self.search = self.search.min(first * CHUNK_PAGES);
        self.update(first * CHUNK_PAGES, n * CHUNK_PAGES);
        true
    }

    /// Pages in the range so far.
    pub fn pages(&self) -> usize {
        self.nchunks * CHUNK_PAGES
    }

    /// Takes `n` contiguous pages.
    pub fn alloc(&mut self, n: usize) -> Option<Found> {
        let page = self.find(n)?;
        let mut scavenged = 0;
        self.for_words(page, n, |c, w, mask| {
            debug_assert!(c.alloc[w] & mask == 0);
            c.alloc[w] |= mask;
            scavenged += (c.scav[w] & mask).count_ones() as usize;
            c.scav[w] &= !mask;
        });
        self.free_released -= scavenged;
        self.free_resident -= n - scavenged;
        self.update(page, n);
        if n == 1 || page <= self.search {
            // First fit of one page: nothing below it is free.
            self.search = page + n;
        }
        Some(Found { page, scavenged })
    }

    /// Gives back `n` resident pages.
    pub fn free(&mut self, page: usize, n: usize) {
        self.for_words(page, n, |c, w, mask| {
            debug_assert!(c.alloc[w] & mask == mask);
            c.alloc[w] &= !mask;
        });
        self.free_resident += n;
        self.search = self.search.min(page);
        self.update(page, n);
    }

    fn for_words(&self, page: usize, n: usize, mut f: impl FnMut(&mut Chunk, usize, u64)) {
        let mut p = page;
        let end = page + n;
        while p < end {
            let bit = p % 64;
            let len = (64 - bit).min(end - p);
            let mask = if len == 64 { !0 } else { ((1u64 << len) - 1) << bit };
            f(self.chunk(p / CHUNK_PAGES), p % CHUNK_PAGES / 64, mask);
            p += len;
        }
    }

    /// Finds the highest run of free, resident pages at or below chunk `from`, of at most `max` pages, and marks it
    /// returned and in use, so that the caller can give it to the system without the lock; `scavenged` ends that.
    /// Also gives the chunk to continue from.
    pub fn find_scavenge(&mut self, from: usize, max: usize) -> Option<(usize, usize, usize)> {
        let mut ci = from.min(self.nchunks.checked_sub(1)?);
        loop {
            if self.sum(LEVELS - 1, ci).max() > 0 {
                let c = self.chunk(ci);
                for w in (0..WORDS).rev() {
                    let cand = !c.alloc[w] & !c.scav[w];
                    if cand != 0 {
                        let top = 63 - cand.leading_zeros() as usize;
                        // Length of the run of ones that ends at `top`.
                        let run = (!(cand << (63 - top))).leading_zeros() as usize;
                        let n = run.min(max);
                        let page = ci * CHUNK_PAGES + w * 64 + top + 1 - n;
                        self.for_words(page, n, |c, w, m| c.alloc[w] |= m);
                        self.free_resident -= n;
                        self.scavenging += n;
                        self.update(page, n);
                        return Some((page, n, ci));
                    }
                }
            }
            if ci == 0 {
                return None;
            }
            ci -= 1;
        }
    }

    /// The pages of `find_scavenge` have been returned.
    pub fn scavenged(&mut self, page: usize, n: usize) {
        self.for_words(page, n, |c, w, m| {
            c.alloc[w] &= !m;
            c.scav[w] |= m;
        });
        self.scavenging -= n;
        self.free_released += n;
        self.search = self.search.min(page);
        self.update(page, n);
    }

    /// First fit of `n` pages.
    fn find(&mut self, n: usize) -> Option<usize> {
        // The run that ends where the scan stands: [base, base+size).
        let mut base = 0;
        let mut first = 0;
        let mut count = self.nchunks.div_ceil(Self::pages_of(0) / CHUNK_PAGES);
        'level: for level in 0..LEVELS {
            let unit = Self::pages_of(level);
            let mut size = 0;
            let blocks = first..first + count;
            for i in blocks {
                if (i + 1) * unit <= self.search {
                    continue;
                }
                let s = self.sum(level, i);
                if s.0 == 0 {
                    size = 0;
                    continue;
                }
                if size + s.start() >= n {
                    if size == 0 {
                        base = i * unit;
                    }
                    return Some(base);
                }
                if s.max() >= n {
                    if level == LEVELS - 1 {
                        return Some(i * CHUNK_PAGES + self.find_in_chunk(i, n));
                    }
                    first = i << FANOUT_SHIFT;
                    count = FANOUT;
                    continue 'level;
                }
                if size == 0 || s.start() < unit {
                    size = s.end();
                    base = (i + 1) * unit - size;
                } else {
                    size += unit;
                }
            }
            // Only the root can fail: below it the entry promised a run inside.
            debug_assert!(level == 0);
            return None;
        }
        None
    }

    /// A run of `n` free pages inside chunk `ci`, which has one.
    fn find_in_chunk(&self, ci: usize, n: usize) -> usize {
        let c = self.chunk(ci);
        let mut size = 0;
        for w in 0..WORDS {
            let a = c.alloc[w];
            if a == 0 {
                size += 64;
                if size >= n {
                    return w * 64 + 64 - size;
                }
                continue;
            }
            if size + a.trailing_zeros() as usize >= n {
                return w * 64 - size;
            }
            // Inside the word: fold free bits so that a bit stays where n free ones begin.
            if n < 64 {
                let mut x = !a;
                let mut k = 1;
                while k < n {
                    let step = k.min(n - k);
                    x &= x >> step;
                    k += step;
                }
                if x != 0 {
                    return w * 64 + x.trailing_zeros() as usize;
                }
            }
            size = a.leading_zeros() as usize;
        }
        unreachable!("summary promised a run")
    }

    fn summarize(&self, ci: usize) -> Sum {
        let c = self.chunk(ci);
        let (mut start, mut max, mut cur) = (None, 0usize, 0usize);
        for w in 0..WORDS {
            let mut x = c.alloc[w];
            if x == 0 {
                cur += 64;
                continue;
            }
            let mut left = 64;
            loop {
                // Free bits, then used bits, from the low end of what is left of the word.
                let z = (x.trailing_zeros() as usize).min(left);
                cur += z;
                left -= z;
                if left == 0 {
                    break;
                }
                x >>= z;
                start.get_or_insert(cur);
                max = max.max(cur);
                cur = 0;
                let o = (x.trailing_ones() as usize).min(left);
                left -= o;
                if left == 0 {
                    break;
                }
                x >>= o;
            }
        }
        max = max.max(cur);
        Sum::pack(start.unwrap_or(cur), max, cur)
    }

    /// Recomputes the summaries over `[page, page+n)`.
    fn update(&mut self, page: usize, n: usize) {
        let mut lo = page / CHUNK_PAGES;
        let mut hi = (page + n - 1) / CHUNK_PAGES;
        let mut changed = false;
        for ci in lo..=hi {
            let s = self.summarize(ci);
            // SAFETY: ci < nchunks.
            let slot = unsafe { &mut *self.sums[LEVELS - 1].add(ci) };
            changed |= *slot != s;
            *slot = s;
        }
        for level in (0..LEVELS - 1).rev() {
            if !changed {
                return;
            }
            changed = false;
            lo >>= FANOUT_SHIFT;
            hi >>= FANOUT_SHIFT;
            let unit = Self::pages_of(level + 1);
            for i in lo..=hi {
                let (mut start, mut max, mut end) = (0, 0, 0);
                let mut whole = true;
                for k in 0..FANOUT {
                    let s = self.sum(level + 1, i << FANOUT_SHIFT | k);
                    if whole {
                        start += s.start();
                        whole = s.start() == unit;
                    }
                    max = max.max(end + s.start()).max(s.max());
                    end = if s.end() == unit { end + unit } else { s.end() };
                }
                let s = Sum::pack(start, max, end);
                // SAFETY: i is below the level's length.
                let slot = unsafe { &mut *self.sums[level].add(i) };
                changed |= *slot != s;
                *slot = s;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn new(chunks: usize) -> PageAlloc {
        let mut p = PageAlloc::new();
        assert!(p.init(1 << 24));
        assert!(p.grow(chunks));
        p
    }

    #[test]
    fn first_fit_and_reuse() {
        let mut p = new(2);
        assert_eq!(p.alloc(1), Some(Found { page: 0, scavenged: 1 }));
        assert_eq!(p.alloc(10), Some(Found { page: 1, scavenged: 10 }));
        assert_eq!(p.alloc(600), Some(Found { page: 11, scavenged: 600 }));
        p.free(1, 10);
        assert_eq!(p.alloc(3), Some(Found { page: 1, scavenged: 0 }));
        assert_eq!(p.alloc(8), Some(Found { page: 611, scavenged: 8 }));
        assert_eq!(p.alloc(7), Some(Found { page: 4, scavenged: 0 }));
        assert_eq!(p.alloc(1000), None);
    }

    #[test]
    fn runs_across_blocks() {
        let mut p = new(64);
        let all = 64 * CHUNK_PAGES;
        assert_eq!(p.alloc(all).unwrap().page, 0);
        assert_eq!(p.alloc(1), None);
        // A run across the boundary of two level-3 entries (8 chunks each).
        let at = 8 * CHUNK_PAGES - 100;
        p.free(at, 300);
        assert_eq!(p.alloc(301), None);
        assert_eq!(p.alloc(300).unwrap().page, at);
    }

    #[test]
    fn scavenging() {
        let mut p = new(1);
        p.alloc(100).unwrap();
        p.free(0, 100);
        let mut total = 0;
        let mut from = usize::MAX;
        while let Some((page, n, ci)) = p.find_scavenge(from, 16) {
            p.scavenged(page, n);
            total += n;
            from = ci;
        }
        assert_eq!(total, 100);
        assert_eq!((p.free_resident, p.free_released), (0, 512));
        assert_eq!(p.alloc(5), Some(Found { page: 0, scavenged: 5 }));
    }

    #[test]
    fn random_against_model() {
        let mut p = new(9);
        let pages = p.pages();
        let mut used = vec![false; pages];
        let mut live: Vec<(usize, usize)> = vec![];
        let mut x = 12345u64;
        let mut rnd = |n: usize| {
            x = x.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            (x >> 33) as usize % n
        };
        for _ in 0..20000 {
            if rnd(2) == 0 && !live.is_empty() {
                let (a, n) = live.swap_remove(rnd(live.len()));
                p.free(a, n);
                used[a..a + n].fill(false);
            } else {
                let n = if rnd(50) == 0 { 1 + rnd(1500) } else { 1 + rnd(20) };
                let mut run = 0;
                let want = (0..pages).find_map(|i| {
                    run = if used[i] { 0 } else { run + 1 };
                    (run == n).then(|| i + 1 - n)
                });
                assert_eq!(p.alloc(n).map(|f| f.page), want);
                if let Some(a) = want {
                    used[a..a + n].fill(true);
                    live.push((a, n));
                }
            }
        }
    }
}
