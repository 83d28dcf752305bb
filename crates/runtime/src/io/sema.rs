//! Semaphores on addresses (`sync`, `internal/poll`) and the lists of `sync.Cond`.
//!
//! A table of 2048 buckets, each on its own cache line; in a bucket the waiters of one address form a FIFO (with LIFO insertion on request), the
//! addresses a list. `nwait` is incremented before the last look at the count, and `semrelease` increments the count before it
//! looks at `nwait` (both SeqCst), so no wake-up is lost.
//!
//! A `semrelease` with handoff gives the waiter the count it has just released ("ticket") and yields to it.

use crate::sched::lock::RawLock;
use crate::sched::lockrank::Rank;
use crate::sched::proc::*;
use crate::sched::runtime2::*;
use crate::sys::atomic::{AtomicU32, AtomicUsize, Ordering::*};
use core::cell::UnsafeCell;
use core::ptr::null_mut;

/// A waiter. Lives in its G's park record: the G is parked as long as it is queued.
#[repr(C)]
struct Waiter {
    gp: *mut G,
    addr: usize,
    /// Next waiter of the same address.
    next: *mut Waiter,
    /// First waiters only: next address of the bucket, last waiter of this address.
    nextaddr: *mut Waiter,
    last: *mut Waiter,
    ticket: u32,
    /// When it began to wait; 0 if nobody wants to know.
    since: u64,
}

/// The mutex profile is on.
static TIMED: AtomicU32 = AtomicU32::new(0);

#[unsafe(export_name = "rt.setmutexprof")]
extern "C" fn setmutexprof(on: usize) {
    TIMED.store((on & 0xff != 0) as u32, Relaxed);
}

struct Bucket {
    lock: RawLock,
    nwait: AtomicU32,
    head: UnsafeCell<*mut Waiter>,
    _pad: [usize; 4],
}
// SAFETY: `head` and what hangs on it are touched with `lock` held only.
unsafe impl Sync for Bucket {}

const NBUCKET: usize = 2048;
static TABLE: [Bucket; NBUCKET] = [const {
    Bucket { lock: RawLock::new(Rank::Sema), nwait: AtomicU32::new(0), head: UnsafeCell::new(null_mut()), _pad: [0; 4] }
}; NBUCKET];

fn bucket(addr: usize) -> &'static Bucket {
    // Fibonacci hashing: the top bits of the product depend on all of the address.
    &TABLE[addr.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> (64 - NBUCKET.trailing_zeros())]
}

// Waiter records come from a free list in never-freed memory: a parked goroutine needs exactly one.
struct Pool {
    lock: RawLock,
    free: UnsafeCell<*mut Waiter>,
}
// SAFETY: `free` is touched with `lock` held only.
unsafe impl Sync for Pool {}
static POOL: Pool = Pool { lock: RawLock::new(Rank::Leaf), free: UnsafeCell::new(null_mut()) };

unsafe fn getwaiter() -> *mut Waiter {
    POOL.lock.lock();
    let w = *POOL.free.get();
    if !w.is_null() {
        *POOL.free.get() = (*w).next;
    }
    POOL.lock.unlock();
    if !w.is_null() {
        return w;
    }
    crate::heap::persistent(size_of::<Waiter>(), 64) as *mut Waiter
}

unsafe fn putwaiter(w: *mut Waiter) {
    POOL.lock.lock();
    (*w).next = *POOL.free.get();
    *POOL.free.get() = w;
    POOL.lock.unlock();
}

unsafe fn cansemacquire(addr: *const AtomicU32) -> bool {
    loop {
        let v = (*addr).load(SeqCst);
        if v == 0 {
            return false;
        }
        if (*addr).compare_exchange(v, v - 1, SeqCst, SeqCst).is_ok() {
            return true;
        }
    }
}

unsafe fn enqueue(b: &Bucket, w: *mut Waiter, lifo: bool) {
    let mut link = b.head.get();
    while !(*link).is_null() {
        let h = *link;
        if (*h).addr == (*w).addr {
            if lifo {
                (*w).next = h;
                (*w).nextaddr = (*h).nextaddr;
                (*w).last = (*h).last;
                *link = w;
            } else {
                (*(*h).last).next = w;
                (*h).last = w;
            }
            return;
        }
        link = &raw mut (*h).nextaddr;
    }
    (*w).last = w;
    *link = w;
}

/// Takes the first waiter of `addr`.
unsafe fn dequeue(b: &Bucket, addr: usize) -> *mut Waiter {
    let mut link = b.head.get();
    while !(*link).is_null() {
        let h = *link;
        if (*h).addr == addr {
            let n = (*h).next;
            if n.is_null() {
                *link = (*h).nextaddr;
            } else {
                (*n).nextaddr = (*h).nextaddr;
                (*n).last = (*h).last;
                *link = n;
            }
            return h;
        }
        link = &raw mut (*h).nextaddr;
    }
    null_mut()
}

#[unsafe(export_name = "rt.semacquire1")]
unsafe extern "C" fn semacquire1(addr: *const AtomicU32, lifo: usize, reason: usize) {
    if cansemacquire(addr) {
        return;
    }
    let gp = getg();
    let w = getwaiter();
    let since = if TIMED.load(Relaxed) != 0 { core::arch::x86_64::_rdtsc() } else { 0 };
    let addr_of = addr as usize;
    w.write(Waiter { gp, addr: addr_of, next: null_mut(), nextaddr: null_mut(), last: null_mut(), ticket: 0, since });
    let b = bucket(addr as usize);
    b.lock.lock();
    b.nwait.fetch_add(1, SeqCst);
    if cansemacquire(addr) {
        b.nwait.fetch_sub(1, SeqCst);
        b.lock.unlock();
        putwaiter(w);
        return;
    }
    enqueue(b, w, lifo != 0);
    (*gp).lang.waits_on = addr_of;
    goparkunlock(&b.lock, WaitReason::from(reason));
}

#[unsafe(export_name = "rt.semnwait")]
extern "C" fn semnwait(addr: usize) -> usize {
    bucket(addr).nwait.load(SeqCst) as usize
}

/// A waiter that owns the count and is yet to be woken, and since when it waits.
#[repr(C)]
struct Released {
    waiter: *mut Waiter,
    since: u64,
}

#[unsafe(export_name = "rt.semrelease1")]
unsafe extern "C" fn semrelease1(addr: *const AtomicU32, handoff: usize) -> Released {
    let w = release(addr);
    if !w.is_null() {
        let since = (*w).since;
        if since != 0 {
            return Released { waiter: w, since };
        }
        semready(w, handoff);
    }
    Released { waiter: null_mut(), since: 0 }
}

/// Wakes a waiter that `semrelease1` gave: the profile has its event before the waiter can look at it.
#[unsafe(export_name = "rt.semready")]
unsafe extern "C" fn semready(w: *mut Waiter, handoff: usize) {
    let gp = (*w).gp;
    putwaiter(w);
    goready(gp);
    let m = getm();
    if handoff & 0xff != 0 && (*m).locks == 0 {
        // Run the waiter at once on this P; we come next on this queue.
        let own = (*m).curg;
        ((*own).park_result, (*own).park_result2) = (0, 0);
        goyield_on_return();
    }
}

/// Increments `addr`; gives the waiter that gets the count instead, if there is one.
unsafe fn release(addr: *const AtomicU32) -> *mut Waiter {
    let b = bucket(addr as usize);
    (*addr).fetch_add(1, SeqCst);
    if b.nwait.load(SeqCst) == 0 {
        return null_mut();
    }
    b.lock.lock();
    if b.nwait.load(SeqCst) == 0 {
        b.lock.unlock();
        return null_mut();
    }
    // Give the count to a waiter directly: it is readied owning it, so it never has to try again. That is stricter than a
    // wake-up (newcomers cannot barge in between), but only if the count is still there.
    if (*addr).load(SeqCst) == 0 {
        b.lock.unlock();
        return null_mut();
    }
    let w = dequeue(b, addr as usize);
    if w.is_null() {
        b.lock.unlock();
        return null_mut();
    }
    if !cansemacquire(addr) {
        // Somebody took it meanwhile: the waiter goes back to the front.
        (*w).next = null_mut();
        (*w).nextaddr = null_mut();
        enqueue(b, w, true);
        b.lock.unlock();
        return null_mut();
    }
    b.nwait.fetch_sub(1, SeqCst);
    b.lock.unlock();
    w
}

#[unsafe(export_name = "rt.syncCanSpin")]
unsafe extern "C" fn sync_can_spin(i: usize) -> usize {
    let procs = SCHED.gomaxprocs.load(Relaxed);
    let busy = procs > SCHED.npidle.load(Relaxed) + SCHED.nmspinning.load(Relaxed) + 1;
    (i < 4 && SCHED.ncpu.load(Relaxed) > 1 && busy && (*getp()).runq.is_empty()) as usize
}
#[unsafe(export_name = "rt.syncDoSpin")]
extern "C" fn sync_do_spin() {
    for _ in 0..30 {
        core::hint::spin_loop();
    }
}

/// `sync.notifyList`.
#[repr(C)]
pub struct NotifyList {
    wait: AtomicU32,
    notify: AtomicU32,
    /// A lock word of the bucket kind: 0 free, 1 held.
    lock: AtomicUsize,
    head: *mut Waiter,
    tail: *mut Waiter,
}

impl NotifyList {
    /// The zero value, which Go makes itself.
    pub fn new() -> NotifyList {
        NotifyList {
            wait: AtomicU32::new(0),
            notify: AtomicU32::new(0),
            lock: AtomicUsize::new(0),
            head: null_mut(),
            tail: null_mut(),
        }
    }
}

/// Locks of all notify lists, by address: the word in the struct is too small for a futex lock and its rank.
static NLOCK: [RawLock; 64] = [const { RawLock::new(Rank::NotifyList) }; 64];
fn nlock(l: *const NotifyList) -> &'static RawLock {
    &NLOCK[(l as usize >> 4) % 64]
}

fn less(a: u32, b: u32) -> bool {
    (a.wrapping_sub(b) as i32) < 0
}

/// A goroutine of a synctest bubble may be woken by its fellows only.
unsafe fn check_bubble(gp: *mut G) {
    let b = (*gp).bubble;
    if !b.is_null() && (*getg()).bubble != b {
        let mut o = crate::diag::print::Out::stderr();
        o.str("semaphore wake of synctest goroutine ").dec((*gp).goid as i64).str(" from outside bubble\n");
        drop(o);
        crate::diag::throw::fatal("semaphore wake of synctest goroutine from outside bubble");
    }
}

#[unsafe(export_name = "rt.notifyListAdd")]
unsafe extern "C" fn notify_list_add(l: *const NotifyList) -> u32 {
    (*l).wait.fetch_add(1, SeqCst)
}

#[unsafe(export_name = "rt.notifyListWait")]
unsafe extern "C" fn notify_list_wait(l: *mut NotifyList, t: u32) {
    let lk = nlock(l);
    lk.lock();
    if less(t, (*l).notify.load(SeqCst)) {
        lk.unlock();
        return;
    }
    let w = getwaiter();
    w.write(Waiter {
        gp: getg(),
        addr: 0,
        next: null_mut(),
        nextaddr: null_mut(),
        last: null_mut(),
        ticket: t,
        since: 0,
    });
    if (*l).tail.is_null() {
        (*l).head = w;
    } else {
        (*(*l).tail).next = w;
    }
    (*l).tail = w;
    (*getg()).lang.waits_on = l as usize;
    goparkunlock(lk, WaitReason::SyncCondWait);
}

#[unsafe(export_name = "rt.notifyListNotifyAll")]
unsafe extern "C" fn notify_all(l: *mut NotifyList) {
    if (*l).wait.load(SeqCst) == (*l).notify.load(SeqCst) {
        return;
    }
    let lk = nlock(l);
    lk.lock();
    let mut w = (*l).head;
    (*l).head = null_mut();
    (*l).tail = null_mut();
    (*l).notify.store((*l).wait.load(SeqCst), SeqCst);
    lk.unlock();
    while !w.is_null() {
        let n = (*w).next;
        let gp = (*w).gp;
        check_bubble(gp);
        putwaiter(w);
        ready(gp, false);
        w = n;
    }
}

#[unsafe(export_name = "rt.notifyListNotifyOne")]
unsafe extern "C" fn notify_one(l: *mut NotifyList) {
    if (*l).wait.load(SeqCst) == (*l).notify.load(SeqCst) {
        return;
    }
    let lk = nlock(l);
    lk.lock();
    let t = (*l).notify.load(SeqCst);
    if t == (*l).wait.load(SeqCst) {
        lk.unlock();
        return;
    }
    (*l).notify.store(t.wrapping_add(1), SeqCst);
    // The waiter with this ticket may not have come to wait yet: then it finds `notify` past its ticket.
    let mut prev: *mut Waiter = null_mut();
    let mut w = (*l).head;
    while !w.is_null() {
        if (*w).ticket == t {
            let n = (*w).next;
            if prev.is_null() {
                (*l).head = n;
            } else {
                (*prev).next = n;
            }
            if n.is_null() {
                (*l).tail = prev;
            }
            lk.unlock();
            let gp = (*w).gp;
            check_bubble(gp);
            putwaiter(w);
            goready(gp);
            return;
        }
        prev = w;
        w = (*w).next;
    }
    lk.unlock();
}
