//! `io/sema.rs`: a count released is a goroutine that goes on. Goroutines are threads of the model here.

mod common;

#[path = "common/still.rs"]
mod sys;

mod heap {
    /// Waiter records, never given back (as in the runtime).
    pub fn persistent(size: usize, align: usize) -> usize {
        let l = std::alloc::Layout::from_size_align(size, align).unwrap();
        // SAFETY: the size is not zero.
        unsafe { std::alloc::alloc_zeroed(l) as usize }
    }
}

mod diag {
    pub mod print {
        pub struct Out;
        impl Drop for Out {
            fn drop(&mut self) {}
        }
        impl Out {
            pub fn stderr() -> Out {
                Out
            }
            pub fn str(&mut self, _: &str) -> &mut Out {
                self
            }
            pub fn dec(&mut self, _: i64) -> &mut Out {
                self
            }
        }
    }
    pub mod throw {
        pub fn fatal(s: &str) -> ! {
            panic!("{s}")
        }
    }
}

#[path = "../../runtime/src/sched"]
mod sched {
    pub mod lock;
    #[path = "lockcheck_hosted.rs"]
    pub mod lockcheck;
    pub mod lockrank;
    pub mod note;

    /// A goroutine and its thread in one.
    pub mod runtime2 {
        use super::note::Note;
        use shuttle::sync::atomic::AtomicI32;
        pub struct G {
            pub goid: u64,
            pub bubble: *mut u8,
            pub park_result: usize,
            pub park_result2: usize,
            pub m: M,
            pub wake: Note,
            /// Between "parks" and "was woken".
            pub waiting: std::sync::atomic::AtomicBool,
            pub unlock: *const super::lock::RawLock,
            pub lang: Lang,
        }
        pub struct Lang {
            pub waits_on: usize,
        }
        pub struct M {
            pub locks: i32,
            pub curg: *mut G,
        }
        pub struct P {
            pub runq: Runq,
        }
        pub struct Runq;
        impl Runq {
            pub fn is_empty(&self) -> bool {
                true
            }
        }
        pub struct Sched {
            pub gomaxprocs: AtomicI32,
            pub npidle: AtomicI32,
            pub nmspinning: AtomicI32,
            pub ncpu: AtomicI32,
        }
        pub static SCHED: Sched = Sched {
            gomaxprocs: AtomicI32::new(1),
            npidle: AtomicI32::new(0),
            nmspinning: AtomicI32::new(0),
            ncpu: AtomicI32::new(1),
        };
        pub enum WaitReason {
            SyncCondWait,
            Other,
        }
        impl WaitReason {
            pub fn from(_: usize) -> WaitReason {
                WaitReason::Other
            }
        }
        shuttle::thread_local! {
            static CUR: std::cell::Cell<*mut G> = std::cell::Cell::new(std::ptr::null_mut());
        }
        pub fn set(gp: *mut G) {
            CUR.with(|c| c.set(gp));
        }
        pub fn getg() -> *mut G {
            CUR.with(|c| c.get())
        }
        pub fn getm() -> *mut M {
            let gp = getg();
            // SAFETY: a G lives as long as its thread.
            if gp.is_null() { std::ptr::null_mut() } else { unsafe { &raw mut (*gp).m } }
        }
        pub fn getp() -> *mut P {
            unreachable!()
        }
    }

    /// Parking, as the thunk and the scheduler do it: the lock is given back when the goroutine waits.
    pub mod proc {
        use super::lock::RawLock;
        use super::runtime2::*;
        use std::sync::atomic::Ordering;
        pub unsafe fn goparkunlock(l: *const RawLock, _: WaitReason) {
            (*getg()).unlock = l;
        }
        /// What happens behind the row.
        pub unsafe fn park_if_wanted() {
            let gp = getg();
            let l = std::mem::replace(&mut (*gp).unlock, std::ptr::null());
            if !l.is_null() {
                assert!(!(*gp).waiting.swap(true, Ordering::SeqCst));
                (*l).unlock();
                (*gp).wake.sleep();
                (*gp).wake.clear();
            }
        }
        pub unsafe fn goready(gp: *mut G) {
            assert!((*gp).waiting.swap(false, Ordering::SeqCst), "made runnable twice, or not waiting");
            (*gp).wake.wakeup();
        }
        pub unsafe fn ready(gp: *mut G, _: bool) {
            goready(gp)
        }
        pub unsafe fn goyield_on_return() {
            shuttle::thread::yield_now();
        }
    }
}

#[path = "../../runtime/src/io"]
mod io {
    pub mod sema;
}

use io::sema::NotifyList;
use sched::lock::RawLock;
use sched::runtime2::{G, M, set};
use shuttle::sync::atomic::{AtomicU32, AtomicUsize, Ordering};
use shuttle::thread::{self, JoinHandle};
use std::ffi::c_void;
use std::sync::Arc;

// Rows, as Go calls them: by addresses.
unsafe extern "C" {
    #[link_name = "rt.semacquire1"]
    fn semacquire1(addr: *const c_void, lifo: usize, reason: usize);
    #[link_name = "rt.semrelease1"]
    fn semrelease1(addr: *const c_void, handoff: usize) -> Released;
    #[link_name = "rt.semready"]
    fn semready(w: *mut c_void, handoff: usize);
    #[link_name = "rt.setmutexprof"]
    fn set_mutex_profile(on: usize);
    #[link_name = "rt.notifyListAdd"]
    fn notify_list_add(l: *const c_void) -> u32;
    #[link_name = "rt.notifyListWait"]
    fn notify_list_wait(l: *mut c_void, t: u32);
    #[link_name = "rt.notifyListNotifyOne"]
    fn notify_one(l: *mut c_void);
    #[link_name = "rt.notifyListNotifyAll"]
    fn notify_all(l: *mut c_void);
}

/// A waiter that is yet to be woken, and since when it waits.
#[repr(C)]
struct Released {
    waiter: *mut c_void,
    since: u64,
}

fn go(f: impl FnOnce() + Send + 'static) -> JoinHandle<()> {
    thread::spawn(move || {
        let mut g = Box::new(G {
            goid: 1,
            bubble: std::ptr::null_mut(),
            park_result: 0,
            park_result2: 0,
            m: M { locks: 0, curg: std::ptr::null_mut() },
            wake: sched::note::Note::new(),
            waiting: std::sync::atomic::AtomicBool::new(false),
            unlock: std::ptr::null::<RawLock>(),
            lang: sched::runtime2::Lang { waits_on: 0 },
        });
        g.m.curg = &raw mut *g;
        set(&raw mut *g);
        f();
        set(std::ptr::null_mut());
    })
}

fn acquire(s: &AtomicU32, lifo: bool) {
    // SAFETY: the word lives; parking follows as the thunk does it.
    unsafe {
        semacquire1((&raw const *s).cast(), lifo as usize, 0);
        sched::proc::park_if_wanted();
    }
}

fn release(s: &AtomicU32, handoff: bool) {
    // SAFETY: as in `acquire`; what is given is woken once.
    unsafe {
        let r = semrelease1((&raw const *s).cast(), handoff as usize);
        if !r.waiter.is_null() {
            assert_ne!(r.since, 0, "only the profile leaves waiters to be woken");
            thread::yield_now();
            semready(r.waiter, handoff as usize);
        }
    }
}

/// A semaphore of one as a lock: each gets it, one at a time.
fn exclusion(lifo: bool, handoff: bool) {
    let s = Arc::new((AtomicU32::new(1), AtomicUsize::new(0), AtomicUsize::new(0)));
    let hands: Vec<_> = (0..3)
        .map(|_| {
            let s = s.clone();
            go(move || {
                for _ in 0..2 {
                    acquire(&s.0, lifo);
                    assert_eq!(s.1.fetch_add(1, Ordering::SeqCst), 0, "two holders");
                    s.2.fetch_add(1, Ordering::SeqCst);
                    s.1.fetch_sub(1, Ordering::SeqCst);
                    release(&s.0, handoff);
                }
            })
        })
        .collect();
    for h in hands {
        h.join().unwrap();
    }
    assert_eq!(s.2.load(Ordering::SeqCst), 6);
    assert_eq!(s.0.load(Ordering::SeqCst), 1);
}

#[test]
fn each_gets_it_and_one_at_a_time() {
    common::check(500, || exclusion(false, false));
}

#[test]
fn lifo_with_handoff() {
    common::check(500, || exclusion(true, true));
}

/// As many are woken as counts are released, whoever comes first; with the profile, the events come in between.
#[test]
fn no_wake_up_is_lost() {
    common::check(1000, || wake_ups(false));
    common::check(1000, || wake_ups(true));
}

fn wake_ups(profiled: bool) {
    // SAFETY: any thread may.
    unsafe { set_mutex_profile(profiled as usize) };
    let s = Arc::new(AtomicU32::new(0));
    let mut hands = Vec::new();
    for i in 0..3 {
        let s = s.clone();
        hands.push(go(move || acquire(&s, i == 1)));
    }
    for i in 0..3 {
        let s = s.clone();
        hands.push(go(move || release(&s, i == 1)));
    }
    for h in hands {
        h.join().unwrap();
    }
    assert_eq!(s.load(Ordering::SeqCst), 0);
}

struct List(std::cell::UnsafeCell<NotifyList>, AtomicUsize);
// SAFETY: reached through the list's own functions.
unsafe impl Sync for List {}
// SAFETY: as above.
unsafe impl Send for List {}

impl List {
    fn new() -> List {
        List(std::cell::UnsafeCell::new(NotifyList::new()), AtomicUsize::new(0))
    }
    fn get(&self) -> *mut NotifyList {
        self.0.get()
    }
}

/// Who has taken a ticket before a notification is woken by it, even if it has not come to wait yet.
#[test]
fn a_ticket_is_honoured() {
    common::check(800, || {
        let l = Arc::new(List::new());
        let mut hands = Vec::new();
        for _ in 0..2 {
            // SAFETY: the list lives.
            let t = unsafe { notify_list_add(l.get().cast()) };
            let l = l.clone();
            hands.push(go(move || {
                // SAFETY: as above.
                unsafe {
                    notify_list_wait(l.get().cast(), t);
                    sched::proc::park_if_wanted();
                }
                l.1.fetch_add(1, Ordering::SeqCst);
            }));
        }
        let n = l.clone();
        // SAFETY: as above.
        hands.push(go(move || unsafe { notify_one(n.get().cast()) }));
        let n = l.clone();
        // SAFETY: as above.
        hands.push(go(move || unsafe { notify_one(n.get().cast()) }));
        for h in hands {
            h.join().unwrap();
        }
        assert_eq!(l.1.load(Ordering::SeqCst), 2);
    });
}

#[test]
fn all_that_wait_are_woken() {
    common::check(800, || {
        let l = Arc::new(List::new());
        let mut hands = Vec::new();
        for _ in 0..2 {
            // SAFETY: the list lives.
            let t = unsafe { notify_list_add(l.get().cast()) };
            let l = l.clone();
            // SAFETY: as above.
            hands.push(go(move || unsafe {
                notify_list_wait(l.get().cast(), t);
                sched::proc::park_if_wanted();
            }));
        }
        let n = l.clone();
        // SAFETY: as above.
        hands.push(go(move || unsafe { notify_all(n.get().cast()) }));
        for h in hands {
            h.join().unwrap();
        }
    });
}
