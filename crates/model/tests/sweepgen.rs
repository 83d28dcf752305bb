//! `gc/sweep.rs` and `heap/mcentral.rs`: after a cycle each span is swept once, whoever wants it: the background, an allocator, or
//! a finalizer that needs this very span. Nobody gets a span that is not swept, and no span has two owners.

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

#[path = "../../runtime/src/gc"]
mod gc {
    pub mod sweep;
    pub mod inspect {
        pub unsafe fn report_zombies(_: *mut crate::heap::mspan::Mspan) -> ! {
            panic!("there are no zombies here")
        }
    }
    pub mod pacer {
        pub fn heap_live() -> u64 {
            0
        }
        pub fn heap_goal() -> u64 {
            1 << 20
        }
    }
}

#[path = "../../runtime/src/heap"]
mod heap {
    pub mod mcentral;
    pub mod sizeclasses;

    pub mod specials {
        pub unsafe fn sweep(_: *mut super::mspan::Mspan) {}
    }
    pub mod stats {
        pub unsafe fn large_free(_: usize) {}
        pub unsafe fn small_free(_: usize, _: usize) {}
    }
    /// A span record with what the protocol touches.
    pub mod mspan {
        use shuttle::sync::atomic::{AtomicPtr, AtomicU32};
        pub mod list {
            pub const NONE: u8 = 0;
            pub const PARTIAL: u8 = 1;
            pub const FULL: u8 = 2;
        }
        pub struct Mspan {
            pub sweepgen: AtomicU32,
            pub specials: AtomicPtr<u8>,
            pub freeindex: shuttle::sync::atomic::AtomicUsize,
            pub alloc_count: u16,
            pub counted: u16,
            pub nelems: u16,
            pub npages: usize,
            pub elemsize: usize,
            pub spanclass: u8,
            pub needzero: bool,
            pub list: u8,
            pub list_gen: u8,
            pub next: *mut Mspan,
            pub prev: *mut Mspan,
            pub marked: usize,
            /// Times it was swept; whether somebody is at it.
            pub swept: std::sync::atomic::AtomicU32,
            pub busy: std::sync::atomic::AtomicBool,
        }
        impl Mspan {
            pub fn class(&self) -> usize {
                self.spanclass as usize >> 1
            }
            pub fn count_marked(&self) -> usize {
                use std::sync::atomic::Ordering::SeqCst;
                assert!(!self.busy.swap(true, SeqCst), "two sweep one span");
                self.swept.fetch_add(1, SeqCst);
                shuttle::thread::yield_now();
                self.marked
            }
            pub fn has_zombie(&self) -> bool {
                false
            }
            pub fn swap_bits(&mut self) {
                self.end();
            }
            pub fn end(&self) {
                assert!(self.busy.swap(false, std::sync::atomic::Ordering::SeqCst));
            }
        }
    }
    pub mod mheap {
        use super::mcentral::Mcentral;
        use super::mspan::Mspan;
        use super::sizeclasses::NUM_SPAN_CLASSES;
        use shuttle::sync::atomic::{AtomicU32, AtomicUsize};
        pub struct Mheap {
            pub sweepgen: AtomicU32,
            pub pages_in_use: AtomicUsize,
            pub central: [Mcentral; NUM_SPAN_CLASSES],
        }
        // SAFETY: as in the runtime.
        unsafe impl Sync for Mheap {}
        pub static MHEAP: Mheap = Mheap {
            sweepgen: AtomicU32::new(2),
            pages_in_use: AtomicUsize::new(3),
            central: [const { Mcentral::new() }; NUM_SPAN_CLASSES],
        };
        impl Mheap {
            pub fn flip_marks(&self) {}
            pub unsafe fn free_span(&self, s: *mut Mspan) {
                (*s).end();
                (*s).nelems = 0;
            }
            pub fn alloc_span(&self, _: usize, _: usize, _: usize) -> *mut Mspan {
                std::ptr::null_mut()
            }
        }
    }
}

use gc::sweep;
use heap::mheap::MHEAP;
use heap::mspan::{Mspan, list};
use shuttle::sync::atomic::Ordering::SeqCst;
use shuttle::thread;

const CLASS: u8 = 10;

/// A span of the class, listed as swept in the generation that ends. `marked` of its 8 objects live.
fn span(alloc: u16, marked: usize) -> usize {
    let sg = MHEAP.sweepgen.load(SeqCst);
    let s = Box::into_raw(Box::new(Mspan {
        sweepgen: sg.into(),
        specials: Default::default(),
        freeindex: Default::default(),
        alloc_count: alloc,
        counted: alloc,
        nelems: 8,
        npages: 1,
        elemsize: 64,
        spanclass: CLASS,
        needzero: false,
        list: list::NONE,
        list_gen: 0,
        next: std::ptr::null_mut(),
        prev: std::ptr::null_mut(),
        marked,
        swept: Default::default(),
        busy: Default::default(),
    }));
    // SAFETY: new, and ours.
    unsafe { MHEAP.central[CLASS as usize].put_swept(s, sg) };
    s as usize
}

/// Takes all spans of the class that an allocator can have, and checks that they are fit to be allocated from.
fn allocate(times: usize) -> Vec<usize> {
    let mut got = Vec::new();
    for _ in 0..times {
        let s = MHEAP.central[CLASS as usize].cache_span(CLASS as usize);
        if !s.is_null() {
            // SAFETY: ours now.
            unsafe {
                assert_eq!((*s).sweepgen.load(SeqCst), MHEAP.sweepgen.load(SeqCst), "not swept");
                assert!(!(*s).busy.load(SeqCst) && (*s).alloc_count < (*s).nelems);
                assert_eq!((*s).list, list::NONE);
            }
            got.push(s as usize);
        }
    }
    got
}

fn cycle() {
    let spans = [span(8, 3), span(8, 8), span(4, 0), span(5, 5)];
    sweep::start();
    let a = thread::spawn(|| allocate(2));
    // SAFETY: the model's threads hold what the contract calls a P.
    let b = thread::spawn(move || while unsafe { sweep::sweep_one() }.is_some() {});
    let c = thread::spawn(move || {
        for s in [spans[1], spans[0]] {
            let s = s as *mut Mspan;
            // SAFETY: it holds live objects.
            unsafe {
                sweep::ensure_swept(s);
                assert_eq!((*s).sweepgen.load(SeqCst), MHEAP.sweepgen.load(SeqCst));
                assert_eq!((*s).swept.load(std::sync::atomic::Ordering::SeqCst), 1);
            }
        }
    });
    let mut got = a.join().unwrap();
    b.join().unwrap();
    c.join().unwrap();
    // SAFETY: as above.
    while unsafe { sweep::sweep_one() }.is_some() {}
    assert!(sweep::complete());
    got.extend(allocate(4));
    let n = got.len();
    got.sort_unstable();
    got.dedup();
    assert_eq!(got.len(), n, "two owners");
    for s in spans {
        let s = s as *mut Mspan;
        // SAFETY: spans live for ever.
        unsafe {
            assert_eq!((*s).swept.load(std::sync::atomic::Ordering::SeqCst), 1, "swept once");
            // Leave the lists as they were found.
            if (*s).list != list::NONE {
                MHEAP.central[CLASS as usize].unlink(s);
            }
        }
    }
}

#[test]
fn each_span_is_swept_once() {
    common::check(700, cycle);
}
