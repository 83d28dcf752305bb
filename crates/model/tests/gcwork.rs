//! `gc/work.rs`: grey objects handed between workers through full and empty buffers. Each object reaches one worker, and when all
//! workers agree that there is nothing left, there is nothing left.

mod common;

#[path = "common/still.rs"]
mod sys;

mod heap {
    pub mod persistent {
        pub fn persistentalloc(size: usize, align: usize) -> usize {
            let l = std::alloc::Layout::from_size_align(size, align).unwrap();
            // SAFETY: the size is not zero.
            unsafe { std::alloc::alloc_zeroed(l) as usize }
        }
    }
}

#[path = "../../runtime/src/sched"]
mod sched {
    pub mod lock;
    #[path = "lockcheck_hosted.rs"]
    pub mod lockcheck;
    pub mod lockrank;
    pub mod runtime2 {
        pub struct M {
            pub locks: i32,
        }
        pub fn getm() -> *mut M {
            std::ptr::null_mut()
        }
    }
}

#[path = "../../runtime/src/gc"]
mod gc {
    pub mod work;
    pub mod stackscan {
        pub struct SiteCache;
        impl SiteCache {
            pub const NEW: SiteCache = SiteCache;
        }
    }
    pub mod pacer {
        pub fn add_marked(_: u64, _: i64) {}
    }
}

use gc::work::{GcWork, WORKBUF_OBJS, any_full};
use shuttle::sync::atomic::{AtomicI32, Ordering::SeqCst};
use shuttle::thread;
use std::sync::{Arc, Mutex};

/// Object `i` leads to `2i` and `2i + 1`, up to `n`: a tree, so each object is greyed once.
fn tree(workers: usize, n: usize, balance_every: usize) {
    let active = Arc::new(AtomicI32::new(workers as i32));
    let seen = Arc::new(Mutex::new(vec![0u8; n + 1]));
    let hands: Vec<_> = (0..workers)
        .map(|k| {
            let (active, seen) = (active.clone(), seen.clone());
            thread::spawn(move || {
                let mut w = GcWork::NEW;
                if k == 0 {
                    w.put(1);
                }
                let mut done = 0;
                loop {
                    let i = w.try_get();
                    if i == 0 {
                        // As a worker does: nothing of one's own is kept back while one counts as idle.
                        w.dispose();
                        active.fetch_sub(1, SeqCst);
                        loop {
                            if any_full() {
                                active.fetch_add(1, SeqCst);
                                break;
                            }
                            if active.load(SeqCst) == 0 && !any_full() {
                                return;
                            }
                            thread::yield_now();
                        }
                        continue;
                    }
                    seen.lock().unwrap()[i] += 1;
                    for c in [2 * i, 2 * i + 1] {
                        if c <= n {
                            w.put(c);
                        }
                    }
                    done += 1;
                    if done % balance_every == 0 {
                        w.balance();
                    }
                }
            })
        })
        .collect();
    for h in hands {
        h.join().unwrap();
    }
    assert!(!any_full());
    assert!(seen.lock().unwrap()[1..].iter().all(|&n| n == 1), "an object was lost or scanned twice");
}

#[test]
fn each_object_reaches_one_worker() {
    common::check(300, || tree(3, 60, 5));
}

#[test]
fn buffers_overflow() {
    common::check(60, || tree(2, 4 * WORKBUF_OBJS, 97));
}
