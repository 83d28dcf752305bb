//! select: pass 1 looks for a case that can go, in random order; pass 2 queues the goroutine on all channels and parks;
//! pass 3 (row `selectgo1`, after it was woken) leaves the other queues.
//!
//! All channels are locked together, in address order, so that two selects cannot wait for each other.

use super::chan::*;
use super::sudog::*;
use crate::sched::proc::gopark;
use crate::sched::runtime2::{G, WaitReason, getg};
use crate::sys::rand::cheaprandn;
use core::sync::atomic::Ordering;

/// A case as the compiler lays it out: sends first, then receives.
#[repr(C)]
pub struct Scase {
    c: *mut Hchan,
    elem: usize,
}

/// The two orders lie in the Go frame: poll order, then lock order.
struct Orders {
    cases: *mut Scase,
    poll: *mut u16,
    lock: *mut u16,
    n: usize,
}

impl Orders {
    unsafe fn chan(&self, k: u16) -> *mut Hchan {
        (*self.cases.add(k as usize)).c
    }

    unsafe fn locked(&self, i: usize) -> u16 {
        *self.lock.add(i)
    }

    unsafe fn lock_all(&self) {
        let mut last: *mut Hchan = core::ptr::null_mut();
        for i in 0..self.n {
            let c = self.chan(self.locked(i));
            if c != last {
                last = c;
                (*c).lock.lock();
            }
        }
    }

    unsafe fn unlock_all(&self) {
        for i in (0..self.n).rev() {
            let c = self.chan(self.locked(i));
            if i > 0 && c == self.chan(self.locked(i - 1)) {
                continue;
            }
            (*c).lock.unlock();
        }
    }

    /// Heap sort of the lock order by channel address.
    unsafe fn sort(&self) {
        let (n, o) = (self.n, self.lock);
        let key = |i: usize| self.chan(*o.add(i)) as usize;
        for i in 1..n {
            let mut j = i;
            while j > 0 && key((j - 1) / 2) < key(j) {
                core::ptr::swap(o.add(j), o.add((j - 1) / 2));
                j = (j - 1) / 2;
            }
        }
        for end in (1..n).rev() {
            core::ptr::swap(o, o.add(end));
            let mut j = 0;
            loop {
                let mut k = 2 * j + 1;
                if k >= end {
                    break;
                }
                if k + 1 < end && key(k) < key(k + 1) {
                    k += 1;
                }
                if key(j) >= key(k) {
                    break;
                }
                core::ptr::swap(o.add(j), o.add(k));
                j = k;
            }
        }
    }
}

/// Result of row `selectgo0`: case and code (0 received from a closed channel, 1 done, 2 send on closed channel).
fn done(case: u16, code: usize) -> usize {
    case as usize | code << 32
}

unsafe fn orders(cases: *mut Scase, order0: *mut u16, n: usize) -> Orders {
    Orders { cases, poll: order0, lock: order0.add(n), n: 0 }
}

/// Row `selectgo0`.
#[unsafe(export_name = "rt.selectgo0")]
unsafe extern "C" fn rt_selectgo0(
    cases: *mut Scase,
    order0: *mut u16,
    nsends: usize,
    nrecvs: usize,
    block: usize,
) -> usize {
    let total = nsends + nrecvs;
    let mut o = orders(cases, order0, total);
    // A random permutation of the cases that have a channel.
    for i in 0..total {
        let case = &mut *cases.add(i);
        if case.c.is_null() {
            case.elem = 0;
            continue;
        }
        let j = cheaprandn(o.n as u32 + 1) as usize;
        *o.poll.add(o.n) = *o.poll.add(j);
        *o.poll.add(j) = i as u16;
        o.n += 1;
    }
    for i in 0..o.n {
        *o.lock.add(i) = *o.poll.add(i);
    }
    o.sort();
    let mut durable = true;
    for i in 0..o.n {
        let c = o.chan(*o.poll.add(i));
        (*c).check_bubble("select on synctest channel from outside bubble");
        durable &= (*c).bubble != 0;
    }
    o.lock_all();

    for i in 0..o.n {
        let k = *o.poll.add(i);
        let case = &*cases.add(k as usize);
        let c = &mut *case.c;
        let closed = c.closed.load(Ordering::Relaxed) != 0;
        if (k as usize) < nsends {
            if closed {
                o.unlock_all();
                return done(k, 2);
            }
            if let Some(s) = try_send(c, case.elem) {
                o.unlock_all();
                if !s.is_null() {
                    wake(s, RECEIVED);
                }
                return done(k, 1);
            }
        } else {
            if c.timer_due() {
                o.unlock_all();
                return -3isize as usize;
            }
            if let Some(s) = try_recv(c, case.elem) {
                o.unlock_all();
                if !s.is_null() {
                    wake(s, SENT);
                }
                return done(k, 1);
            }
            if closed {
                if case.elem != 0 {
                    c.clear_for_select(case.elem);
                }
                o.unlock_all();
                return done(k, 0);
            }
        }
    }
    if block & 0xff == 0 {
        o.unlock_all();
        return -1isize as usize;
    }

    let gp = getg();
    (*gp).select_done.store(0, Ordering::Relaxed);
    (*gp).lang.fired = core::ptr::null_mut();
    let mut link = &raw mut (*gp).lang.waiting;
    for i in 0..o.n {
        let k = o.locked(i);
        let case = &*cases.add(k as usize);
        let s = acquire_sudog();
        (*s).g = gp;
        (*s).elem = case.elem;
        (*s).c = case.c;
        (*s).success = false;
        (*s).is_select = true;
        (*s).index = k as u32;
        *link = s;
        link = &raw mut (*s).waitlink;
        if (k as usize) < nsends {
            (*case.c).sendq.enqueue(s);
        } else {
            (*case.c).recvq.enqueue(s);
            (*case.c).receiver_waits();
        }
    }
    *link = core::ptr::null_mut();
    let reason = if durable && !(*gp).bubble.is_null() { WaitReason::SynctestSelect } else { WaitReason::Select };
    gopark(Some(unlock_waiting), 0, reason);
    -2isize as usize
}

/// Gives back the channels' locks once the goroutine may be woken. The list must be read ahead: as soon as the last lock
/// that protects a record is free, the goroutine may run and reuse it.
unsafe fn unlock_waiting(gp: *mut G, _: usize) -> bool {
    let mut last: *mut Hchan = core::ptr::null_mut();
    let mut s = (*gp).lang.waiting;
    while !s.is_null() {
        let c = (*s).c;
        let next = (*s).waitlink;
        if c != last && !last.is_null() {
            (*last).lock.unlock();
        }
        last = c;
        s = next;
    }
    if !last.is_null() {
        (*last).lock.unlock();
    }
    true
}

/// Row `selectgo1`: one of the cases has been done for the goroutine.
#[unsafe(export_name = "rt.selectgo1")]
unsafe extern "C" fn rt_selectgo1(cases: *mut Scase, order0: *mut u16, nsends: usize, nrecvs: usize) -> usize {
    let mut o = orders(cases, order0, nsends + nrecvs);
    for i in 0..nsends + nrecvs {
        o.n += !(*cases.add(i)).c.is_null() as usize;
    }
    let gp = getg();
    o.lock_all();
    let fired = (*gp).lang.fired;
    (*gp).lang.fired = core::ptr::null_mut();
    let mut s = core::mem::replace(&mut (*gp).lang.waiting, core::ptr::null_mut());
    let mut result = 0;
    while !s.is_null() {
        let next = (*s).waitlink;
        let k = (*s).index as u16;
        let sending = (k as usize) < nsends;
        if s == fired {
            result = match (sending, (*s).success) {
                (_, true) => done(k, 1),
                (true, false) => done(k, 2),
                (false, false) => done(k, 0),
            };
        } else if sending {
            (*(*s).c).sendq.remove(s);
        } else {
            (*(*s).c).recvq.remove(s);
            (*(*s).c).receiver_left();
        }
        release_sudog(s);
        s = next;
    }
    o.unlock_all();
    result
}
