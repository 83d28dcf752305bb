//! Stand-in for `runtime2` in hosted tests: there are no Ms, and a G is only something to queue.

pub const RUNQ: usize = 256;

#[repr(C)]
pub struct G {
    pub schedlink: *mut G,
    pub select_done: core::sync::atomic::AtomicU32,
}

pub struct M {
    pub locks: i32,
}

/// No thread is an M.
pub fn getm() -> *mut M {
    core::ptr::null_mut()
}
