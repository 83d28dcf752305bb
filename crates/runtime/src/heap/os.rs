//! The few system calls the heap makes itself: reserving, committing and returning memory.
//!
//! Takes addresses and lengths, gives memory. Works hosted too, so that the unit tests run the real thing.

use core::arch::asm;
use core::sync::atomic::{AtomicBool, Ordering::Relaxed};

const SYS_MMAP: usize = 9;
const SYS_MPROTECT: usize = 10;
const SYS_MUNMAP: usize = 11;
const SYS_MADVISE: usize = 28;

const PROT_NONE: usize = 0;
const PROT_RW: usize = 3;
const MAP_PRIVATE: usize = 2;
const MAP_ANON: usize = 0x20;
const MAP_NORESERVE: usize = 0x4000;
const MADV_DONTNEED: usize = 4;
const MADV_FREE: usize = 8;
const MADV_NOHUGEPAGE: usize = 15;

unsafe fn syscall6(n: usize, a: usize, b: usize, c: usize, d: usize, e: usize, f: usize) -> isize {
    let r: isize;
    asm!("syscall", inlateout("rax") n => r, in("rdi") a, in("rsi") b, in("rdx") c, in("r10") d, in("r8") e, in("r9") f,
        lateout("rcx") _, lateout("r11") _, options(nostack));
    r
}

/// Zeroed read-write memory, or 0 if there is none.
pub fn sys_alloc(n: usize) -> usize {
    // SAFETY: a new anonymous mapping touches no existing memory.
    let r = unsafe { syscall6(SYS_MMAP, 0, n, PROT_RW, MAP_PRIVATE | MAP_ANON, usize::MAX, 0) };
    if r < 0 { 0 } else { r as usize }
}

/// Read-write memory that is not counted before it is touched (for sparse tables), or 0.
pub fn sys_alloc_sparse(n: usize) -> usize {
    // SAFETY: as `sys_alloc`.
    let r = unsafe { syscall6(SYS_MMAP, 0, n, PROT_RW, MAP_PRIVATE | MAP_ANON | MAP_NORESERVE, usize::MAX, 0) };
    if r < 0 { 0 } else { r as usize }
}

/// Address space without access, near `hint`, or 0.
pub fn sys_reserve(hint: usize, n: usize) -> usize {
    // SAFETY: without MAP_FIXED an existing mapping is never replaced.
    let r = unsafe { syscall6(SYS_MMAP, hint, n, PROT_NONE, MAP_PRIVATE | MAP_ANON | MAP_NORESERVE, usize::MAX, 0) };
    if r < 0 { 0 } else { r as usize }
}

/// Gives back address space.
///
/// # Safety
/// Nothing may use `[p, p+n)` any more.
pub unsafe fn sys_free(p: usize, n: usize) {
    syscall6(SYS_MUNMAP, p, n, 0, 0, 0, 0);
}

/// Makes reserved space usable; false: out of memory.
///
/// # Safety
/// `[p, p+n)` is within a reservation of ours.
pub unsafe fn sys_map(p: usize, n: usize) -> bool {
    if SMALL_PAGES.load(Relaxed) {
        syscall6(SYS_MADVISE, p, n, MADV_NOHUGEPAGE, 0, 0, 0);
    }
    syscall6(SYS_MPROTECT, p, n, PROT_RW, 0, 0, 0) == 0
}

/// `GODEBUG=disablethp=1`: no transparent huge pages.
static SMALL_PAGES: AtomicBool = AtomicBool::new(false);

/// Sets whether huge pages are avoided. Context: start-up.
pub fn set_small_pages(on: bool) {
    SMALL_PAGES.store(on, Relaxed);
}

/// `GODEBUG=madvdontneed=0`: the system may take returned pages when it wants to.
static LAZY: AtomicBool = AtomicBool::new(false);

/// Sets how pages are returned. Context: start-up.
pub fn set_lazy(on: bool) {
    LAZY.store(on, Relaxed);
}

/// Whether returned pages read as zero when they are used again.
pub fn unused_is_zero() -> bool {
    !LAZY.load(Relaxed)
}

/// Returns the pages' memory to the system.
///
/// # Safety
/// The contents of `[p, p+n)` are not needed any more.
pub unsafe fn sys_unused(p: usize, n: usize) {
    let advice = if LAZY.load(Relaxed) { MADV_FREE } else { MADV_DONTNEED };
    syscall6(SYS_MADVISE, p, n, advice, 0, 0, 0);
}
