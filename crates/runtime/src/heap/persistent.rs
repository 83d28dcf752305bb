//! Memory for the runtime's own structures: taken in blocks, handed out in order, never given back, never scanned.

use super::os;
use crate::sched::lock::Mutex;
use crate::sched::lockrank::Rank;
use core::sync::atomic::{AtomicUsize, Ordering};

const BLOCK: usize = 256 << 10;

struct Block {
    cur: usize,
    end: usize,
}

static BLOCK_NOW: Mutex<Block> = Mutex::new(Rank::Persistent, Block { cur: 0, end: 0 });

/// Bytes taken from the system this way (`MemStats.OtherSys`).
pub static PERSISTENT_SYS: AtomicUsize = AtomicUsize::new(0);

/// `size` zeroed bytes aligned to `align` (a power of two, at most 4096).
pub fn persistentalloc(size: usize, align: usize) -> usize {
    let align = align.max(8);
    if size >= BLOCK / 4 {
        return from_os(size.next_multiple_of(4096));
    }
    let mut b = BLOCK_NOW.lock();
    let mut p = b.cur.next_multiple_of(align);
    if b.cur == 0 || p + size > b.end {
        let new = from_os(BLOCK);
        b.end = new + BLOCK;
        p = new;
    }
    b.cur = p + size;
    p
}

fn from_os(n: usize) -> usize {
    let p = os::sys_alloc(n);
    if p == 0 {
        super::throw("runtime: cannot allocate memory");
    }
    PERSISTENT_SYS.fetch_add(n, Ordering::Relaxed);
    p
}

/// Free list of equal records in persistent memory. The holder's lock guards it.
pub struct FixAlloc {
    size: usize,
    free: usize,
    /// Records in use.
    pub inuse: usize,
}

impl FixAlloc {
    pub const fn new(size: usize) -> FixAlloc {
        FixAlloc { size, free: 0, inuse: 0 }
    }

    /// A record; zeroed only if it is new.
    pub fn alloc(&mut self) -> usize {
        self.inuse += 1;
        if self.free != 0 {
            let p = self.free;
            // SAFETY: a record on the free list holds the next one's address in its first word.
            self.free = unsafe { *(p as *const usize) };
            return p;
        }
        persistentalloc(self.size, 8)
    }

    /// # Safety
    /// `p` came from `alloc` and nothing uses it any more.
    pub unsafe fn free(&mut self, p: usize) {
        self.inuse -= 1;
        *(p as *mut usize) = self.free;
        self.free = p;
    }
}
