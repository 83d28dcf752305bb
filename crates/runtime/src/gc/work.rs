//! Work buffers: grey objects on their way from whoever found them to whoever scans them.
//!
//! A P keeps two buffers and trades whole ones with the shared lists, under a lock that is taken once per 254 objects.

use crate::heap::persistent::persistentalloc;
use crate::sched::lock::Mutex;
use crate::sched::lockrank::Rank;
use crate::sys::atomic::*;

/// Objects per buffer.
pub const WORKBUF_OBJS: usize = 254;

/// A buffer of 2 KB. Owned by the P or list that has it.
#[repr(C)]
pub struct WorkBuf {
    next: *mut WorkBuf,
    n: usize,
    obj: [usize; WORKBUF_OBJS],
}

struct Lists {
    full: *mut WorkBuf,
    empty: *mut WorkBuf,
}

static LISTS: Mutex<Lists> =
    Mutex::new(Rank::Leaf, Lists { full: core::ptr::null_mut(), empty: core::ptr::null_mut() });

/// Buffers on the full list; lets idle Ps look without the lock. Written under the lock.
pub static NFULL: AtomicUsize = AtomicUsize::new(0);

/// Whether some shared work waits.
#[inline]
pub fn any_full() -> bool {
    NFULL.load(Ordering::Relaxed) != 0
}

fn get_empty() -> *mut WorkBuf {
    let mut l = LISTS.lock();
    let b = l.empty;
    // SAFETY: buffers on a list are valid and belong to the list.
    unsafe {
        if !b.is_null() {
            l.empty = (*b).next;
            return b;
        }
        drop(l);
        // Several at a time, so that the memory lock is taken rarely.
        const BATCH: usize = 16;
        let p = persistentalloc(BATCH * size_of::<WorkBuf>(), 64) as *mut WorkBuf;
        let mut l = LISTS.lock();
        for i in 1..BATCH {
            let b = p.add(i);
            (*b).next = l.empty;
            l.empty = b;
        }
        p
    }
}

fn put_empty(b: *mut WorkBuf) {
    let mut l = LISTS.lock();
    // SAFETY: the caller owned the buffer and gives it up.
    unsafe { (*b).next = l.empty };
    l.empty = b;
}

fn put_full(b: *mut WorkBuf) {
    let mut l = LISTS.lock();
    // SAFETY: as in `put_empty`.
    unsafe { (*b).next = l.full };
    l.full = b;
    NFULL.fetch_add(1, Ordering::Release);
}

fn try_get_full() -> *mut WorkBuf {
    if !any_full() {
        return core::ptr::null_mut();
    }
    let mut l = LISTS.lock();
    let b = l.full;
    if !b.is_null() {
        // SAFETY: as in `get_empty`.
        l.full = unsafe { (*b).next };
        NFULL.fetch_sub(1, Ordering::Release);
    }
    b
}

/// A P's share of the work. Only the M that holds the P.
pub struct GcWork {
    /// Pushed to and popped from.
    wbuf1: *mut WorkBuf,
    /// Full or empty spare, so that a push after a pop at the boundary trades no buffer.
    wbuf2: *mut WorkBuf,
    /// Bytes marked and not yet added to the total.
    pub bytes_marked: u64,
    /// Bytes scanned and not yet credited.
    pub scan_work: i64,
    /// Work was handed to the shared list since the last check for completion.
    pub flushed: bool,
    /// For scanning stacks.
    pub sites: super::stackscan::SiteCache,
}

impl GcWork {
    pub const NEW: GcWork = GcWork {
        wbuf1: core::ptr::null_mut(),
        wbuf2: core::ptr::null_mut(),
        bytes_marked: 0,
        scan_work: 0,
        flushed: false,
        sites: super::stackscan::SiteCache::NEW,
    };

    #[cold]
    fn init(&mut self) {
        self.wbuf1 = get_empty();
        self.wbuf2 = try_get_full();
        if self.wbuf2.is_null() {
            self.wbuf2 = get_empty();
        }
        // SAFETY: both are ours now.
        unsafe { (*self.wbuf1).n = 0 };
    }

    /// Adds a grey object.
    #[inline(always)]
    pub fn put(&mut self, p: usize) {
        // SAFETY: wbuf1 is ours; n stays within the array because a full buffer is traded first.
        unsafe {
            if self.wbuf1.is_null() || (*self.wbuf1).n == WORKBUF_OBJS {
                self.put_slow();
            }
            let b = &mut *self.wbuf1;
            *b.obj.get_unchecked_mut(b.n) = p;
            b.n += 1;
        }
    }

    #[cold]
    unsafe fn put_slow(&mut self) {
        if self.wbuf1.is_null() {
            self.init();
            if (*self.wbuf1).n < WORKBUF_OBJS {
                return;
            }
        }
        core::mem::swap(&mut self.wbuf1, &mut self.wbuf2);
        if (*self.wbuf1).n == WORKBUF_OBJS {
            put_full(self.wbuf1);
            self.flushed = true;
            self.wbuf1 = get_empty();
            (*self.wbuf1).n = 0;
        }
    }

    /// Takes a grey object; 0: there is none here nor on the shared list.
    #[inline(always)]
    pub fn try_get(&mut self) -> usize {
        // SAFETY: as in `put`.
        unsafe {
            if (self.wbuf1.is_null() || (*self.wbuf1).n == 0) && !self.get_slow() {
                return 0;
            }
            let b = &mut *self.wbuf1;
            b.n -= 1;
            *b.obj.get_unchecked(b.n)
        }
    }

    #[cold]
    unsafe fn get_slow(&mut self) -> bool {
        if self.wbuf1.is_null() {
            if !any_full() {
                return false;
            }
            self.init();
        }
        core::mem::swap(&mut self.wbuf1, &mut self.wbuf2);
        if (*self.wbuf1).n == 0 {
            let full = try_get_full();
            if full.is_null() {
                return false;
            }
            put_empty(self.wbuf1);
            self.wbuf1 = full;
        }
        true
    }

    /// Gives others something to do if they have nothing and we have plenty.
    pub fn balance(&mut self) {
        if self.wbuf1.is_null() || any_full() {
            return;
        }
        // SAFETY: both buffers are ours.
        unsafe {
            if (*self.wbuf2).n != 0 {
                put_full(self.wbuf2);
                self.flushed = true;
                self.wbuf2 = get_empty();
                (*self.wbuf2).n = 0;
            } else if (*self.wbuf1).n > 8 {
                let old = self.wbuf1;
                let new = get_empty();
                let half = (*old).n / 2;
                (*old).n -= half;
                (*new).n = half;
                core::ptr::copy_nonoverlapping((*old).obj.as_ptr().add((*old).n), (*new).obj.as_mut_ptr(), half);
                put_full(old);
                self.flushed = true;
                self.wbuf1 = new;
            }
        }
    }

    /// Whether nothing is buffered here.
    pub fn empty(&self) -> bool {
        // SAFETY: buffers are ours or null.
        unsafe { self.wbuf1.is_null() || ((*self.wbuf1).n == 0 && (*self.wbuf2).n == 0) }
    }

    /// Hands everything to the shared lists and the totals. Empty buffers stay.
    ///
    /// Context: P held, or world stopped.
    pub fn dispose(&mut self) {
        if !self.empty() {
            for b in [self.wbuf1, self.wbuf2] {
                // SAFETY: ours; given up here.
                if unsafe { (*b).n } == 0 {
                    put_empty(b);
                } else {
                    put_full(b);
                    self.flushed = true;
                }
            }
            self.wbuf1 = core::ptr::null_mut();
            self.wbuf2 = core::ptr::null_mut();
        }
        super::pacer::add_marked(self.bytes_marked, self.scan_work);
        self.bytes_marked = 0;
        self.scan_work = 0;
    }

    /// Gives empty buffers back too.
    ///
    /// Context: as `dispose`, which came first.
    pub fn release(&mut self) {
        if !self.wbuf1.is_null() {
            put_empty(self.wbuf1);
            put_empty(self.wbuf2);
            self.wbuf1 = core::ptr::null_mut();
            self.wbuf2 = core::ptr::null_mut();
        }
    }
}
