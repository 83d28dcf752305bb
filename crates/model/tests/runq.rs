//! `sched/runq.rs`: the owner puts, gets and sets `next` while thieves steal. Nothing is lost, nothing is run twice.

mod common;

mod sys {
    pub mod atomic {
        pub use shuttle::sync::atomic::*;
    }
    pub mod linux {
        pub fn usleep(_: u32) {
            shuttle::thread::yield_now();
        }
    }
}

#[path = "../../runtime/src/sched"]
mod sched {
    /// A small ring, so that it wraps and overflows in a short run.
    pub mod runtime2 {
        pub const RUNQ: usize = 4;
        #[repr(C)]
        pub struct G {
            pub schedlink: *mut G,
            pub n: usize,
        }
    }
    pub mod runq;
}

use sched::runq::Runq;
use sched::runtime2::G;
use shuttle::thread;
use std::sync::{Arc, Mutex};

struct Shared {
    q: Vec<Runq>,
    gs: Vec<std::cell::UnsafeCell<G>>,
    /// Times each was taken. (A lock of the real system: it is no part of the model.)
    taken: Mutex<Vec<u32>>,
}
// SAFETY: `gs` are reached through the queues, which give each to one thread at a time; that is what is checked.
unsafe impl Send for Shared {}
// SAFETY: as above.
unsafe impl Sync for Shared {}

impl Shared {
    fn new(queues: usize, n: usize) -> Arc<Shared> {
        let gs = (0..n).map(|n| std::cell::UnsafeCell::new(G { schedlink: std::ptr::null_mut(), n })).collect();
        Arc::new(Shared { q: (0..queues).map(|_| Runq::NEW).collect(), gs, taken: Mutex::new(vec![0; n]) })
    }

    fn g(&self, i: usize) -> *mut G {
        self.gs[i].get()
    }

    fn take(&self, gp: *mut G) {
        // SAFETY: `n` never changes.
        self.taken.lock().unwrap()[unsafe { (*gp).n }] += 1;
    }

    /// Queues `i` as the scheduler does: a batch that does not fit goes to the global queue, which counts as taken.
    fn put(&self, q: usize, i: usize, next: bool) {
        let mut gp = self.g(i);
        if next {
            gp = self.q[q].set_next(gp);
            if gp.is_null() {
                return;
            }
        }
        // SAFETY: this thread owns queue `q`, and `gp` is on no queue.
        if let Some(b) = unsafe { self.q[q].put(gp) } {
            let (mut g, mut n) = (b.head, 0);
            while !g.is_null() {
                n += 1;
                self.take(g);
                // SAFETY: the batch belongs to us.
                g = unsafe { (*g).schedlink };
            }
            assert_eq!(n, b.n);
        }
    }

    fn drain(&self, q: usize) {
        while let Some((gp, _)) = self.q[q].get() {
            self.take(gp);
        }
    }

    fn all_once(&self) {
        assert!(self.q.iter().all(Runq::is_empty));
        assert!(self.taken.lock().unwrap().iter().all(|&n| n == 1), "{:?}", self.taken.lock().unwrap());
    }
}

fn owner_and_thieves(thieves: usize, n: usize, running: bool) {
    let s = Shared::new(1 + thieves, n);
    let hands: Vec<_> = (1..=thieves)
        .map(|t| {
            let s = s.clone();
            thread::spawn(move || {
                for round in 0..3 {
                    if let Some(gp) = s.q[t].steal(&s.q[0], round > 0, running) {
                        s.take(gp);
                    }
                    s.drain(t);
                }
            })
        })
        .collect();
    for i in 0..n {
        s.put(0, i, i % 3 == 1);
        if i % 2 == 1
            && let Some((gp, _)) = s.q[0].get()
        {
            s.take(gp);
        }
    }
    for h in hands {
        h.join().unwrap();
    }
    s.drain(0);
    s.all_once();
}

#[test]
fn nothing_is_lost_or_taken_twice() {
    common::check(1500, || owner_and_thieves(2, 9, false));
}

#[test]
fn next_of_a_running_owner() {
    common::check(1500, || owner_and_thieves(1, 6, true));
}

#[test]
fn overflow_while_being_robbed() {
    common::check(1500, || {
        let s = Shared::new(2, 8);
        let t = s.clone();
        let h = thread::spawn(move || {
            if let Some(gp) = t.q[1].steal(&t.q[0], true, false) {
                t.take(gp);
            }
            t.drain(1);
        });
        for i in 0..8 {
            s.put(0, i, false);
        }
        h.join().unwrap();
        s.drain(0);
        s.all_once();
    });
}

/// `is_empty` may be asked by anyone at any time: with something always queued it never says that there is nothing, even when
/// the something moves from `next` into the ring.
#[test]
fn empty_is_never_a_lie() {
    common::check(1500, || {
        let s = Shared::new(1, 3);
        s.put(0, 0, true);
        let t = s.clone();
        let h = thread::spawn(move || {
            for _ in 0..3 {
                assert!(!t.q[0].is_empty());
            }
        });
        s.put(0, 1, true); // kicks 0 out of next
        s.put(0, 2, true);
        h.join().unwrap();
        s.drain(0);
        s.all_once();
    });
}
