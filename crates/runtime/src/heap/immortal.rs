//! Weak handles of what is never freed: variables and constants of the program.
//!
//! A table of lists that only grow: 256 buckets by address, each a stack of handles pushed by compare-and-swap. Nobody
//! removes a handle, so one that was seen stays valid and there is no reuse of addresses to mistake (ABA).

use super::persistent::persistentalloc;
use core::ptr::null_mut;
use core::sync::atomic::{AtomicPtr, Ordering};

/// A handle. Its first word is what a weak pointer's handle holds: the address itself.
#[repr(C)]
struct Handle {
    p: usize,
    /// Set before the handle is published, constant afterwards.
    next: *mut Handle,
}

const BUCKETS: usize = 256;

/// Heads: written by any thread with a release compare-and-swap, read with acquire.
static TABLE: [AtomicPtr<Handle>; BUCKETS] = [const { AtomicPtr::new(null_mut()) }; BUCKETS];

/// The handle for address `p` outside of the heap; always the same one for the same address.
pub fn handle(p: usize) -> usize {
    let head = &TABLE[(p >> 3 ^ p >> 11) % BUCKETS];
    let mut fresh: *mut Handle = null_mut();
    loop {
        let first = head.load(Ordering::Acquire);
        let mut h = first;
        while !h.is_null() {
            // SAFETY: published handles are complete and never go away.
            unsafe {
                if (*h).p == p {
                    return h as usize;
                }
                h = (*h).next;
            }
        }
        if fresh.is_null() {
            fresh = persistentalloc(size_of::<Handle>(), align_of::<Handle>()) as *mut Handle;
        }
        // SAFETY: not published yet, so it is ours alone.
        unsafe { fresh.write(Handle { p, next: first }) };
        if head.compare_exchange(first, fresh, Ordering::Release, Ordering::Relaxed).is_ok() {
            return fresh as usize;
        }
    }
}
