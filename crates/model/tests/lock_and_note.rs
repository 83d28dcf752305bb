//! `sched/lock.rs`, `sched/note.rs` and `sched/nap.rs`: mutual exclusion, and no sleeper that nobody wakes (the checker reports a deadlock).

mod common;

mod sys {
    pub mod atomic {
        pub use shuttle::hint::spin_loop;
        pub use shuttle::sync::atomic::*;
    }
    pub mod linux {
        pub use crate::common::futex::*;
        /// Time stands still but for those who look: three looks are a millisecond.
        pub fn nanotime() -> i64 {
            use std::sync::atomic::{AtomicI64, Ordering};
            static NOW: AtomicI64 = AtomicI64::new(0);
            NOW.fetch_add(333_333, Ordering::Relaxed)
        }
    }
}

#[path = "../../runtime/src/sched"]
mod sched {
    pub mod runtime2 {
        pub struct M {
            pub locks: i32,
        }
        pub fn getm() -> *mut M {
            std::ptr::null_mut()
        }
    }
    pub mod lock;
    #[path = "lockcheck_hosted.rs"]
    pub mod lockcheck;
    pub mod lockrank;
    pub mod nap;
    pub mod note;
}

use sched::lock::Mutex;
use sched::lockrank::Rank;
use sched::note::Note;
use shuttle::thread;
use std::sync::Arc;

#[test]
fn one_holder_and_no_lost_unlock() {
    common::check(1000, || {
        let m = Arc::new(Mutex::new(Rank::Leaf, (0, false)));
        let hands: Vec<_> = (0..3)
            .map(|_| {
                let m = m.clone();
                thread::spawn(move || {
                    for _ in 0..2 {
                        let mut g = m.lock();
                        assert!(!g.1);
                        g.1 = true;
                        thread::yield_now();
                        g.0 += 1;
                        g.1 = false;
                    }
                })
            })
            .collect();
        for h in hands {
            h.join().unwrap();
        }
        assert_eq!(m.lock().0, 6);
        assert!(!{
            m.raw().try_lock() && {
                m.raw().unlock();
                false
            }
        });
    });
}

#[test]
fn try_lock_excludes_too() {
    common::check(1000, || {
        let m = Arc::new(Mutex::new(Rank::Leaf, 0));
        let n = m.clone();
        let h = thread::spawn(move || {
            if n.raw().try_lock() {
                // SAFETY: the lock is held.
                unsafe { *n.data_ptr() += 1 };
                n.raw().unlock();
                1
            } else {
                0
            }
        });
        *m.lock() += 1;
        let got = h.join().unwrap();
        assert_eq!(*m.lock(), 1 + got);
    });
}

#[test]
fn a_note_wakes_now_or_later() {
    common::check(1500, || {
        let n = Arc::new((Note::new(), Note::new()));
        let t = n.clone();
        let h = thread::spawn(move || {
            for _ in 0..3 {
                t.0.sleep();
                t.0.clear();
                t.1.wakeup();
            }
        });
        for _ in 0..3 {
            n.0.wakeup();
            n.1.sleep();
            n.1.clear();
        }
        h.join().unwrap();
    });
}

#[test]
fn a_sleep_with_a_limit_ends() {
    common::check(1500, || {
        let n = Arc::new(Note::new());
        let t = n.clone();
        let h = thread::spawn(move || t.wakeup());
        let woken = n.tsleep(1_000_000);
        h.join().unwrap();
        assert!(woken || n.tsleep(0));
    });
}

#[test]
fn a_wish_during_a_nap_is_seen() {
    use shuttle::sync::atomic::{AtomicI64, Ordering::SeqCst};
    common::check(1500, || {
        let all = Arc::new((sched::nap::Nap::new(), AtomicI64::new(0)));
        let hands: Vec<_> = (0..2)
            .map(|_| {
                let a = all.clone();
                thread::spawn(move || {
                    a.1.fetch_add(1, SeqCst);
                    a.0.look_by(5);
                })
            })
            .collect();
        let begun = sys::linux::nanotime();
        // The last wish comes before a nap, which sees it, or during one, which it ends: none lasts for its whole second.
        let mut seen = 0;
        while seen < 2 {
            all.0.sleep(0, 1_000_000_000, |until| if all.1.load(SeqCst) == 2 { 5 } else { until });
            seen = all.1.load(SeqCst);
        }
        assert!(sys::linux::nanotime() - begun < 1_000_000_000, "a nap lasted to its end");
        for h in hands {
            h.join().unwrap();
        }
    });
}
