//! `heap/heapstats.rs`: what a reader sees is the state of some moment, however the Ps count meanwhile: no object is freed in it that is
//! not allocated in it, nothing is lost, nothing counted twice.

mod common;

#[path = "common/still.rs"]
mod sys;

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

#[path = "../../runtime/src/heap"]
mod heap {
    pub mod heapstats;
    pub mod sizeclasses;
}

use heap::heapstats::{Reader, Shard};
use shuttle::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use shuttle::thread;
use std::sync::Arc;

const CLASS: usize = 3;

struct World {
    shards: [Shard; 2],
    /// Objects that the second P may free.
    given: AtomicUsize,
}

impl World {
    /// Objects allocated and freed. `before_turn` runs before the moment of the reading.
    fn read(&self, before_turn: impl FnOnce()) -> (u64, u64) {
        let shards = || self.shards.iter().map(|s| s as *const Shard);
        let mut r = Reader::new();
        before_turn();
        // SAFETY: these are all shards there are.
        unsafe {
            r.turn(shards());
            let c = r.totals(shards());
            (c.allocs[CLASS], c.frees[CLASS])
        }
    }
}

/// Another thread may come between the load and the store.
fn slowly_add(n: &mut u64) {
    let before = *n;
    thread::yield_now();
    *n = before + 1;
}

/// One P allocates, another frees what it is given, and `readers` look on.
fn run(readers: usize) {
    const N: usize = 3;
    let w = Arc::new(World { shards: [Shard::new(), Shard::new()], given: AtomicUsize::new(0) });
    // The totals outlive an execution.
    let (a0, f0) = w.read(|| {});
    let maker = {
        let w = w.clone();
        thread::spawn(move || {
            for _ in 0..N {
                // SAFETY: this thread is the only one that counts here.
                unsafe { w.shards[0].update(|c| slowly_add(&mut c.allocs[CLASS])) };
                w.given.fetch_add(1, SeqCst);
            }
        })
    };
    let freer = {
        let w = w.clone();
        thread::spawn(move || {
            let mut done = 0;
            while done < N {
                if w.given.load(SeqCst) > done {
                    done += 1;
                    // SAFETY: as above.
                    unsafe { w.shards[1].update(|c| slowly_add(&mut c.frees[CLASS])) };
                } else {
                    thread::yield_now();
                }
            }
        })
    };
    let looking: Vec<_> = (0..readers)
        .map(|_| {
            let w = w.clone();
            thread::spawn(move || {
                let mut last = (0, 0);
                for _ in 0..2 {
                    let mut given = 0;
                    let (a, f) = w.read(|| given = w.given.load(SeqCst) as u64);
                    let (a, f) = (a - a0, f - f0);
                    assert!(f <= a, "{f} freed of {a}");
                    assert!(a >= given && a <= N as u64, "{a} allocated, {given} known before");
                    assert!((a, f) >= last && f >= last.1, "{last:?} before {:?}", (a, f));
                    last = (a, f);
                }
            })
        })
        .collect();
    for t in [maker, freer].into_iter().chain(looking) {
        t.join().unwrap();
    }
    let (a, f) = w.read(|| {});
    assert_eq!((a - a0, f - f0), (N as u64, N as u64));
}

#[test]
fn a_reading_is_of_one_moment() {
    common::check(3000, || run(1));
}

#[test]
fn readers_take_turns() {
    common::check(1500, || run(2));
}
