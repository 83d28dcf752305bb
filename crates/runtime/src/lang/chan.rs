//! Channels.
//!
//! A value goes straight from sender to receiver when one of them waits; else through the ring buffer. Everything but two
//! unlocked looks at an empty or full channel happens under the channel's lock. A goroutine that parks leaves a [`Sudog`];
//! whoever takes it from the queue finishes the operation for it: copies the value, sets `park_result`, frees the record,
//! makes it runnable. (A select's records are taken back by the goroutine itself, see `select.rs`.)
//!
//! Values are copied with both pointers shaded while marking: they move between stacks, of which one may have been scanned.

use super::sudog::*;
use crate::gc::barrier;
use crate::heap::malloc::mallocgc;
use crate::heap::types::{ChanType, Type};
use crate::io::{gotimer, synctest};
use crate::sched::lock::RawLock;
use crate::sched::lockrank::Rank;
use crate::sched::proc::{gopark, goparkunlock, goready};
use crate::sched::runtime2::{WaitReason, getg};
use core::sync::atomic::*;

/// A channel. Fields are guarded by `lock` unless they are atomic; `qcount`, `dataqsiz` and `closed` are looked at without.
#[repr(C)]
pub struct Hchan {
    pub qcount: AtomicUsize,
    pub dataqsiz: usize,
    /// `dataqsiz` elements; behind the channel itself if they have no pointers.
    pub buf: usize,
    pub elemsize: usize,
    pub closed: AtomicU32,
    pub _pad: u32,
    /// The Go timer this is the channel of (0: none): a pointer.
    pub timer: AtomicUsize,
    pub elemtype: *const Type,
    pub sendx: usize,
    pub recvx: usize,
    pub recvq: Waitq,
    pub sendq: Waitq,
    pub lock: RawLock,
    /// Number of the synctest bubble it was made in (0: none).
    pub bubble: u64,
}

const HCHAN_SIZE: usize = size_of::<Hchan>().next_multiple_of(16);

/// Words with heap pointers: buf (2), timer (5).
static HCHAN_MASK: [u8; 8] = [0b10_0100, 0, 0, 0, 0, 0, 0, 0];

struct TypeCell(Type);
// SAFETY: constant.
unsafe impl Sync for TypeCell {}

/// Descriptor for the collector: only sizes and mask are read.
static HCHAN_TYPE: TypeCell = TypeCell(Type {
    size: HCHAN_SIZE,
    ptr_bytes: 48,
    hash: 0,
    tflag: 0,
    align: 8,
    field_align: 8,
    kind: 25,
    equal: 0,
    gcdata: HCHAN_MASK.as_ptr(),
    str_off: 0,
    ptr_to_this: 0,
});

const _: () = {
    use core::mem::offset_of;
    assert!(offset_of!(Hchan, qcount) == 0 && offset_of!(Hchan, dataqsiz) == 8);
    assert!(offset_of!(Hchan, buf) == 16 && offset_of!(Hchan, timer) == 40);
};

const MAX_ALLOC: usize = 1 << 48;

/// Codes of send and receive, also `park_result`.
pub const NOT_SELECTED: usize = 0;
pub const SENT: usize = 1;
pub const SEND_CLOSED: usize = 2;
pub const RECV_CLOSED: usize = 1;
pub const RECEIVED: usize = 3;
/// Receive: the channel's timer has expired, call its function and try again.
pub const TIMER_DUE: usize = 4;

/// Row `makechan0`.
#[unsafe(export_name = "rt.makechan0")]
unsafe extern "C" fn rt_makechan0(t: *const ChanType, size: usize) -> *mut Hchan {
    let elem = (*t).elem;
    let Some(mem) = (*elem).size.checked_mul(size).filter(|&m| m <= MAX_ALLOC - HCHAN_SIZE && (size as isize) >= 0)
    else {
        return core::ptr::null_mut();
    };
    let c;
    if (*elem).ptr_bytes == 0 || mem == 0 {
        // The channel may have a timer (a pointer) only if its elements have pointers, as time.Time does.
        c = mallocgc(HCHAN_SIZE + mem, core::ptr::null(), true) as *mut Hchan;
        (*c).buf = c as usize + HCHAN_SIZE;
    } else {
        c = mallocgc(HCHAN_SIZE, &raw const HCHAN_TYPE.0, true) as *mut Hchan;
        // Nothing refers to it but this frame, which no collector sees: but none can begin before we return, and both
        // are black if one is under way. A trigger in the second allocation only wakes the helper.
        (*c).buf = mallocgc(mem, elem, true);
    }
    (*c).elemsize = (*elem).size;
    (*c).elemtype = elem;
    (*c).dataqsiz = size;
    core::ptr::write(&raw mut (*c).lock, RawLock::new(Rank::Hchan));
    (*c).bubble = synctest::current_id();
    c
}

impl Hchan {
    #[inline]
    fn slot(&self, i: usize) -> usize {
        self.buf + i * self.elemsize
    }

    #[inline]
    fn next(&self, i: usize) -> usize {
        if i + 1 == self.dataqsiz { 0 } else { i + 1 }
    }

    fn count(&self) -> usize {
        self.qcount.load(Ordering::Relaxed)
    }

    fn is_closed(&self) -> bool {
        self.closed.load(Ordering::Acquire) != 0
    }

    /// Whether a send would block. May be out of date at once.
    unsafe fn full(&self) -> bool {
        if self.dataqsiz == 0 {
            core::ptr::read_volatile(&self.recvq.first).is_null()
        } else {
            self.qcount.load(Ordering::Acquire) == self.dataqsiz
        }
    }

    /// Whether a receive would block. May be out of date at once.
    unsafe fn empty(&self) -> bool {
        if self.dataqsiz == 0 {
            core::ptr::read_volatile(&self.sendq.first).is_null()
        } else {
            self.qcount.load(Ordering::Acquire) == 0
        }
    }

    /// Copies a value between goroutines or to and from the buffer.
    unsafe fn copy(&self, dst: usize, src: usize) {
        let t = self.elemtype;
        if barrier::enabled() && (*t).ptr_bytes != 0 {
            barrier::shade_range(src, (*t).ptr_bytes, t);
            barrier::bulk(dst, src, (*t).ptr_bytes, t);
        }
        match self.elemsize {
            8 => *(dst as *mut u64) = *(src as *const u64),
            n => core::ptr::copy(src as *const u8, dst as *mut u8, n),
        }
    }

    /// For a receive from a closed channel.
    pub unsafe fn clear_for_select(&self, dst: usize) {
        self.clear(dst)
    }

    unsafe fn clear(&self, dst: usize) {
        let t = self.elemtype;
        if barrier::enabled() && (*t).ptr_bytes != 0 {
            barrier::bulk(dst, 0, (*t).ptr_bytes, t);
        }
        core::ptr::write_bytes(dst as *mut u8, 0, self.elemsize);
    }

    /// Puts a value into the buffer, which has room.
    unsafe fn buf_put(&mut self, src: usize) {
        let i = self.sendx;
        self.copy(self.slot(i), src);
        self.sendx = self.next(i);
        self.qcount.store(self.count() + 1, Ordering::Release);
    }

    /// Takes a value from the buffer, which has one; `dst` 0 drops it.
    unsafe fn buf_get(&mut self, dst: usize) {
        let i = self.recvx;
        let slot = self.slot(i);
        if dst != 0 {
            self.copy(dst, slot);
        }
        self.clear(slot);
        self.recvx = self.next(i);
        self.qcount.store(self.count() - 1, Ordering::Release);
    }

    /// The timer goroutine's send after the timer was stopped must not happen. Lock held.
    unsafe fn send_refused(&self) -> bool {
        let t = self.timer.load(Ordering::Relaxed);
        t != 0 && !gotimer::may_send(t as *mut _)
    }

    /// Has its timer expired while nobody waited? (With a value there, that can wait: the period may be shorter than this takes.)
    /// Lock held.
    pub unsafe fn timer_due(&self) -> bool {
        let t = self.timer.load(Ordering::Relaxed);
        t != 0 && self.count() == 0 && gotimer::due(t as *mut _)
    }

    /// A receiver has been queued. Lock held.
    pub unsafe fn receiver_waits(&self) {
        let t = self.timer.load(Ordering::Relaxed);
        if t != 0 {
            gotimer::block(t as *mut _);
        }
    }

    /// A receiver has left the queue. Lock held.
    pub unsafe fn receiver_left(&self) {
        let t = self.timer.load(Ordering::Relaxed);
        if t != 0 && self.recvq.first.is_null() {
            gotimer::unblock(t as *mut _);
        }
    }

    /// Throws away what it holds; says whether there was something. Lock held.
    pub unsafe fn drain(&mut self) -> bool {
        let any = self.count() > 0;
        while self.count() > 0 {
            self.buf_get(0);
        }
        any
    }

    /// Ends the program if the channel is of another bubble than the current goroutine.
    #[inline]
    pub unsafe fn check_bubble(&self, text: &'static str) {
        if self.bubble != 0 && self.bubble != synctest::current_id() {
            crate::diag::throw::fatal(text);
        }
    }

    /// What a goroutine waits for here.
    fn reason(&self, plain: WaitReason, durable: WaitReason) -> WaitReason {
        if self.bubble != 0 { durable } else { plain }
    }
}

/// The operation that `s` waited for is done: tells its goroutine. `code` is what the plain operation returns.
///
/// # Safety
/// The caller dequeued `s` under its channel's lock and has given that back.
pub unsafe fn wake(s: *mut Sudog, code: usize) {
    let gp = (*s).g;
    if (*s).is_select {
        (*gp).lang.fired = s;
        (*gp).park_result = -2isize as usize;
    } else {
        (*gp).park_result = code;
        (*gp).lang.waiting = core::ptr::null_mut();
        release_sudog(s);
    }
    goready(gp);
}

/// A send that does not wait, lock held. None: it would have to. The sudog, if any, is to be woken after unlocking.
pub unsafe fn try_send(c: &mut Hchan, elem: usize) -> Option<*mut Sudog> {
    let s = c.recvq.dequeue();
    if !s.is_null() {
        c.receiver_left();
        if (*s).elem != 0 {
            c.copy((*s).elem, elem);
        }
        (*s).success = true;
        return Some(s);
    }
    if c.count() < c.dataqsiz {
        c.buf_put(elem);
        return Some(core::ptr::null_mut());
    }
    None
}

/// A receive that does not wait, lock held, as `try_send`.
pub unsafe fn try_recv(c: &mut Hchan, elem: usize) -> Option<*mut Sudog> {
    let s = c.sendq.dequeue();
    if !s.is_null() {
        if c.dataqsiz == 0 {
            if elem != 0 {
                c.copy(elem, (*s).elem);
            }
        } else {
            // The buffer is full: its head is ours, and the waiting value goes to its end.
            c.buf_get(elem);
            c.buf_put((*s).elem);
        }
        (*s).success = true;
        return Some(s);
    }
    if c.count() > 0 {
        c.buf_get(elem);
        return Some(core::ptr::null_mut());
    }
    None
}

unsafe fn enqueue_current(q: &mut Waitq, c: *mut Hchan, elem: usize) {
    let gp = getg();
    let s = acquire_sudog();
    (*s).g = gp;
    (*s).elem = elem;
    (*s).c = c;
    (*s).success = false;
    (*s).is_select = false;
    (*gp).lang.waiting = s;
    q.enqueue(s);
}

/// Row `chansend0`.
#[unsafe(export_name = "rt.chansend0")]
unsafe extern "C" fn rt_chansend0(c: *mut Hchan, elem: usize, block: usize) -> usize {
    let block = block & 0xff != 0;
    if c.is_null() {
        if block {
            gopark(None, 0, WaitReason::ChanSendNil);
        }
        return NOT_SELECTED;
    }
    let c = &mut *c;
    c.check_bubble("send on synctest channel from outside bubble");
    // A timer's send is decided under the lock even if it will find the buffer full: see `gotimer::may_send`.
    if !block && !c.is_closed() && c.full() && c.timer.load(Ordering::Relaxed) == 0 {
        return NOT_SELECTED;
    }
    c.lock.lock();
    if c.is_closed() {
        c.lock.unlock();
        return SEND_CLOSED;
    }
    if c.send_refused() {
        c.lock.unlock();
        return NOT_SELECTED;
    }
    if let Some(s) = try_send(c, elem) {
        c.lock.unlock();
        if !s.is_null() {
            wake(s, RECEIVED);
        }
        return SENT;
    }
    if !block {
        c.lock.unlock();
        return NOT_SELECTED;
    }
    let cp = &raw mut *c;
    enqueue_current(&mut c.sendq, cp, elem);
    goparkunlock(&c.lock, c.reason(WaitReason::ChanSend, WaitReason::SynctestChanSend));
    SENT
}

/// Row `chanrecv0`.
#[unsafe(export_name = "rt.chanrecv0")]
unsafe extern "C" fn rt_chanrecv0(c: *mut Hchan, elem: usize, block: usize) -> usize {
    let block = block & 0xff != 0;
    if c.is_null() {
        if block {
            gopark(None, 0, WaitReason::ChanReceiveNil);
        }
        return NOT_SELECTED;
    }
    let c = &mut *c;
    c.check_bubble("receive on synctest channel from outside bubble");
    if !block && c.empty() && c.timer.load(Ordering::Relaxed) == 0 {
        // Empty, then not closed: at the moment between the two looks it was empty and open.
        if !c.is_closed() {
            return NOT_SELECTED;
        }
        if c.empty() {
            if elem != 0 {
                c.clear(elem);
            }
            return RECV_CLOSED;
        }
    }
    c.lock.lock();
    if c.timer_due() {
        c.lock.unlock();
        return TIMER_DUE;
    }
    if let Some(s) = try_recv(c, elem) {
        c.lock.unlock();
        if !s.is_null() {
            wake(s, SENT);
        }
        return RECEIVED;
    }
    if c.is_closed() {
        c.lock.unlock();
        if elem != 0 {
            c.clear(elem);
        }
        return RECV_CLOSED;
    }
    if !block {
        c.lock.unlock();
        return NOT_SELECTED;
    }
    let cp = &raw mut *c;
    enqueue_current(&mut c.recvq, cp, elem);
    c.receiver_waits();
    goparkunlock(&c.lock, c.reason(WaitReason::ChanReceive, WaitReason::SynctestChanReceive));
    RECEIVED
}

/// Row `closechan0`.
#[unsafe(export_name = "rt.closechan0")]
unsafe extern "C" fn rt_closechan0(c: *mut Hchan) -> usize {
    if c.is_null() {
        return 1;
    }
    let c = &mut *c;
    c.check_bubble("close of synctest channel from outside bubble");
    c.lock.lock();
    if c.is_closed() {
        c.lock.unlock();
        return 2;
    }
    c.closed.store(1, Ordering::Release);
    // Everybody who waits, in order; woken after unlocking.
    let mut list = Waitq::NEW;
    loop {
        let s = c.recvq.dequeue();
        if s.is_null() {
            break;
        }
        if (*s).elem != 0 {
            c.clear((*s).elem);
        }
        (*s).success = false;
        list.enqueue(s);
    }
    let last_receiver = list.last;
    loop {
        let s = c.sendq.dequeue();
        if s.is_null() {
            break;
        }
        (*s).success = false;
        list.enqueue(s);
    }
    c.lock.unlock();
    // There are receivers or senders, never both; a closed channel's buffer is no concern of receivers that wait.
    let code = if last_receiver.is_null() { SEND_CLOSED } else { RECV_CLOSED };
    loop {
        let s = list.first;
        if s.is_null() {
            break;
        }
        list.remove(s);
        wake(s, code);
    }
    0
}

/// Row `chanlen`.
#[unsafe(export_name = "rt.chanlen")]
unsafe extern "C" fn rt_chanlen(c: *mut Hchan) -> usize {
    if c.is_null() || (*c).timer.load(Ordering::Relaxed) != 0 { 0 } else { (*c).count() }
}

/// Row `chancap`.
#[unsafe(export_name = "rt.chancap")]
unsafe extern "C" fn rt_chancap(c: *mut Hchan) -> usize {
    if c.is_null() || (*c).timer.load(Ordering::Relaxed) != 0 { 0 } else { (*c).dataqsiz }
}

/// Row `block0`.
#[unsafe(export_name = "rt.block0")]
unsafe extern "C" fn rt_block0() {
    gopark(None, 0, WaitReason::SelectNoCases);
}

/// Makes `c` the channel of Go timer `gt`.
///
/// # Safety
/// Both are live; the timer has not been started.
pub unsafe fn settimer(c: *mut Hchan, gt: usize) {
    barrier::shade(gt);
    (*c).timer.store(gt, Ordering::Release);
}
