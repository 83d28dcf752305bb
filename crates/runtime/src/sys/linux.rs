//! System calls of Linux/amd64, raw: results are values or −errno. No errno variable, no libc.
//!
//! Context: any system or signal stack, unless said otherwise.

use core::arch::asm;
use core::sync::atomic::{AtomicU32, AtomicUsize, Ordering::*};

pub const SYS_READ: usize = 0;
pub const SYS_WRITE: usize = 1;
pub const SYS_OPEN: usize = 2;
pub const SYS_CLOSE: usize = 3;
pub const SYS_MMAP: usize = 9;
pub const SYS_MPROTECT: usize = 10;
pub const SYS_MUNMAP: usize = 11;
pub const SYS_RT_SIGACTION: usize = 13;
pub const SYS_RT_SIGPROCMASK: usize = 14;
pub const SYS_MADVISE: usize = 28;
pub const SYS_SCHED_YIELD: usize = 24;
pub const SYS_NANOSLEEP: usize = 35;
pub const SYS_GETPID: usize = 39;
pub const SYS_CLONE: usize = 56;
pub const SYS_EXIT: usize = 60;
pub const SYS_FCNTL: usize = 72;
pub const SYS_SIGALTSTACK: usize = 131;
pub const SYS_GETTID: usize = 186;
pub const SYS_TKILL: usize = 200;
pub const SYS_FUTEX: usize = 202;
pub const SYS_SCHED_GETAFFINITY: usize = 204;
pub const SYS_TIMER_CREATE: usize = 222;
pub const SYS_TIMER_SETTIME: usize = 223;
pub const SYS_TIMER_DELETE: usize = 226;
pub const SYS_CLOCK_GETTIME: usize = 228;
pub const SYS_EXIT_GROUP: usize = 231;
pub const SYS_EPOLL_WAIT: usize = 232;
pub const SYS_EPOLL_CTL: usize = 233;
pub const SYS_TGKILL: usize = 234;
pub const SYS_EVENTFD2: usize = 290;
pub const SYS_EPOLL_PWAIT: usize = 281;
pub const SYS_EPOLL_CREATE1: usize = 291;
pub const SYS_GETRANDOM: usize = 318;
pub const SYS_EPOLL_PWAIT2: usize = 441;

pub const EINTR: isize = 4;
pub const EAGAIN: isize = 11;
pub const ENOMEM: isize = 12;
pub const ENOSYS: isize = 38;

const O_CLOEXEC: usize = 0o2_000_000;

#[inline(always)]
pub unsafe fn syscall6(n: usize, a: usize, b: usize, c: usize, d: usize, e: usize, f: usize) -> isize {
    let r: isize;
    asm!("syscall", inlateout("rax") n as isize => r, in("rdi") a, in("rsi") b, in("rdx") c, in("r10") d, in("r8") e, in("r9") f,
         lateout("rcx") _, lateout("r11") _, options(nostack));
    r
}
#[inline(always)]
pub unsafe fn syscall4(n: usize, a: usize, b: usize, c: usize, d: usize) -> isize {
    let r: isize;
    asm!("syscall", inlateout("rax") n as isize => r, in("rdi") a, in("rsi") b, in("rdx") c, in("r10") d,
         lateout("rcx") _, lateout("r11") _, options(nostack));
    r
}
#[inline(always)]
pub unsafe fn syscall3(n: usize, a: usize, b: usize, c: usize) -> isize {
    let r: isize;
    asm!("syscall", inlateout("rax") n as isize => r, in("rdi") a, in("rsi") b, in("rdx") c,
         lateout("rcx") _, lateout("r11") _, options(nostack));
    r
}

pub fn exit(code: i32) -> ! {
    loop {
        // SAFETY: ends the process.
        unsafe { syscall3(SYS_EXIT_GROUP, code as usize, 0, 0) };
    }
}

/// Writes all of `s` to `fd`, giving up on errors (there is nobody to tell).
pub fn write(fd: usize, mut s: &[u8]) -> isize {
    let n = s.len() as isize;
    while !s.is_empty() {
        // SAFETY: the slice is readable.
        let r = unsafe { syscall3(SYS_WRITE, fd, s.as_ptr() as usize, s.len()) };
        if r == -EINTR || r == -EAGAIN {
            continue;
        }
        if r <= 0 {
            return r;
        }
        s = &s[r as usize..];
    }
    n
}

// --- memory

const PROT_RW: usize = 3;
const MAP_PRIVATE_ANON: usize = 0x22;
const MAP_NORESERVE: usize = 0x4000;
const MAP_FIXED: usize = 0x10;

/// Fresh zeroed readable and writable memory, or null. `n` is rounded up to pages. Physical pages come on first touch.
pub fn mmap(n: usize) -> *mut u8 {
    // SAFETY: asks for a new mapping.
    let r = unsafe { syscall6(SYS_MMAP, 0, n, PROT_RW, MAP_PRIVATE_ANON | MAP_NORESERVE, usize::MAX, 0) };
    if (-4095..0).contains(&r) { core::ptr::null_mut() } else { r as *mut u8 }
}

/// Address space without access, to be made usable piecewise by [`sys_map`]. A hint of 0 is none.
pub fn sys_reserve(hint: usize, n: usize) -> *mut u8 {
    // SAFETY: asks for a new mapping; the hint is not MAP_FIXED.
    let r = unsafe { syscall6(SYS_MMAP, hint, n, 0, MAP_PRIVATE_ANON | MAP_NORESERVE, usize::MAX, 0) };
    if (-4095..0).contains(&r) { core::ptr::null_mut() } else { r as *mut u8 }
}

/// Makes reserved pages readable and writable (zeroed). False if the system is out of memory.
///
/// # Safety
/// The range is page aligned, inside a reservation of the caller, and holds nothing of value.
pub unsafe fn sys_map(p: *mut u8, n: usize) -> bool {
    let r = syscall6(SYS_MMAP, p as usize, n, PROT_RW, MAP_PRIVATE_ANON | MAP_NORESERVE | MAP_FIXED, usize::MAX, 0);
    r == p as isize
}

/// Memory of `n` bytes at a multiple of `align` (a power of two, at least a page), or null.
pub fn mmap_aligned(n: usize, align: usize) -> *mut u8 {
    let p = mmap(n + align);
    if p.is_null() {
        return p;
    }
    let a = (p as usize + align - 1) & !(align - 1);
    // SAFETY: gives back the parts of our own fresh mapping outside of [a, a+n).
    unsafe {
        if a > p as usize {
            munmap(p, a - p as usize);
        }
        let end = p as usize + n + align;
        let top = (a + n + 4095) & !4095;
        if end > top {
            munmap(top as *mut u8, end - top);
        }
    }
    a as *mut u8
}

pub unsafe fn munmap(p: *mut u8, n: usize) {
    syscall3(SYS_MUNMAP, p as usize, n, 0);
}

/// Gives the physical pages back; the range reads as zeros afterwards.
pub unsafe fn madvise_dontneed(p: *mut u8, n: usize) {
    syscall3(SYS_MADVISE, p as usize, n, 4);
}

pub unsafe fn madvise(p: *mut u8, n: usize, advice: usize) -> isize {
    syscall3(SYS_MADVISE, p as usize, n, advice)
}

pub unsafe fn mprotect_none(p: *mut u8, n: usize) {
    syscall3(SYS_MPROTECT, p as usize, n, 0);
}

// --- futex

#[repr(C)]
#[derive(Clone, Copy, Default)]
pub struct Timespec {
    pub sec: i64,
    pub nsec: i64,
}

impl Timespec {
    pub fn from_ns(ns: i64) -> Timespec {
        Timespec { sec: ns / 1_000_000_000, nsec: ns % 1_000_000_000 }
    }
}

/// Sleeps while `*key == val`, at most `ns` (negative: for ever). May wake up for no reason.
pub fn futexsleep(key: &AtomicU32, val: u32, ns: i64) {
    let ts = Timespec::from_ns(ns.max(0));
    let pts = if ns < 0 { 0 } else { &raw const ts as usize };
    // SAFETY: FUTEX_WAIT_PRIVATE on a live word.
    unsafe { syscall4(SYS_FUTEX, key.as_ptr() as usize, 128, val as usize, pts) };
}

pub fn futexwakeup(key: &AtomicU32, n: u32) {
    // SAFETY: FUTEX_WAKE_PRIVATE only uses the address.
    unsafe { syscall3(SYS_FUTEX, key.as_ptr() as usize, 129, n as usize) };
}

pub fn osyield() {
    // SAFETY: no memory involved.
    unsafe { syscall3(SYS_SCHED_YIELD, 0, 0, 0) };
}

pub fn usleep(us: u32) {
    let ts = Timespec::from_ns(us as i64 * 1000);
    // SAFETY: `ts` is readable.
    unsafe { syscall3(SYS_NANOSLEEP, &raw const ts as usize, 0, 0) };
}

pub fn gettid() -> i32 {
    // SAFETY: no memory involved.
    unsafe { syscall3(SYS_GETTID, 0, 0, 0) as i32 }
}

pub fn getpid() -> i32 {
    // SAFETY: no memory involved.
    unsafe { syscall3(SYS_GETPID, 0, 0, 0) as i32 }
}

/// Number of processors this process may use.
pub fn ncpu() -> i32 {
    let mut buf = [0u64; 1024];
    // SAFETY: the kernel writes at most the given size.
    let r = unsafe { syscall3(SYS_SCHED_GETAFFINITY, 0, size_of_val(&buf), buf.as_mut_ptr() as usize) };
    if r <= 0 {
        return 1;
    }
    let n: u32 = buf[..(r as usize) / 8].iter().map(|w| w.count_ones()).sum();
    n.max(1) as i32
}

// --- clocks

/// `clock_gettime` of the vDSO, 0 if there is none.
pub static VDSO_CLOCK_GETTIME: AtomicUsize = AtomicUsize::new(0);

fn clock(id: usize) -> Timespec {
    let mut ts = Timespec::default();
    let f = VDSO_CLOCK_GETTIME.load(Relaxed);
    // SAFETY: either the vDSO's function with its C signature, or the system call; both write `ts`.
    unsafe {
        if f != 0 {
            let f: extern "C" fn(usize, *mut Timespec) -> i32 = core::mem::transmute(f);
            if f(id, &mut ts) == 0 {
                return ts;
            }
        }
        syscall3(SYS_CLOCK_GETTIME, id, &raw mut ts as usize, 0);
    }
    ts
}

/// Monotonic time. Never 0.
pub fn nanotime() -> i64 {
    let t = clock(1);
    t.sec * 1_000_000_000 + t.nsec
}

/// Seconds and nanoseconds since 1970.
pub fn walltime() -> (i64, i64) {
    let t = clock(0);
    if WALL_JUMPS.load(Relaxed) {
        // Up to 68 years to either side, by a hash of a clock that nobody sets.
        let jump = ((nanotime() as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32) as i32;
        return (t.sec + i64::from(jump), t.nsec);
    }
    (t.sec, t.nsec)
}

/// `GOXIDESTRESS=wall`: somebody sets the wall clock before each look at it.
pub static WALL_JUMPS: core::sync::atomic::AtomicBool = core::sync::atomic::AtomicBool::new(false);

/// Processor time that this process has used, all threads together.
pub fn cputime() -> i64 {
    let t = clock(2);
    t.sec * 1_000_000_000 + t.nsec
}

/// Does this thread of ours sleep in the kernel, rather than run or wait for a processor? No if that cannot be told.
pub fn thread_sleeps(tid: i32) -> bool {
    let mut path = [0u8; 48];
    let (mut n, mut digits, mut rest) = (0, [0u8; 10], tid.max(0));
    let mut first = digits.len();
    while rest > 0 || first == digits.len() {
        first -= 1;
        digits[first] = b'0' + (rest % 10) as u8;
        rest /= 10;
    }
    for part in [b"/proc/self/task/".as_slice(), &digits[first..], b"/stat\0"] {
        path[n..n + part.len()].copy_from_slice(part);
        n += part.len();
    }
    let mut text = [0u8; 128];
    // SAFETY: a path that ends in a zero, and a buffer of the length given.
    let got = unsafe {
        let fd = syscall3(SYS_OPEN, path.as_ptr() as usize, O_CLOEXEC, 0);
        if fd < 0 {
            return false;
        }
        let got = syscall3(SYS_READ, fd as usize, text.as_mut_ptr() as usize, text.len());
        syscall3(SYS_CLOSE, fd as usize, 0, 0);
        got
    };
    sleeping_state(&text[..got.max(0) as usize])
}

/// The state in a line of `/proc/PID/stat`, which follows the name, which is in parentheses and may hold some itself.
fn sleeping_state(stat: &[u8]) -> bool {
    let after = stat.iter().rposition(|&c| c == b')').map_or(stat.len(), |i| i + 2);
    matches!(stat.get(after), Some(b'S' | b'D'))
}

// --- signals

#[repr(C)]
#[derive(Clone, Copy)]
pub struct Sigaction {
    pub handler: usize,
    pub flags: u64,
    pub restorer: usize,
    pub mask: u64,
}

pub const SA_SIGINFO: u64 = 4;
pub const SA_ONSTACK: u64 = 0x0800_0000;
pub const SA_RESTART: u64 = 0x1000_0000;
pub const SA_RESTORER: u64 = 0x0400_0000;

pub unsafe fn rt_sigaction(sig: u32, new: *const Sigaction, old: *mut Sigaction) -> isize {
    syscall4(SYS_RT_SIGACTION, sig as usize, new as usize, old as usize, 8)
}

pub const SIG_BLOCK: usize = 0;
pub const SIG_UNBLOCK: usize = 1;
pub const SIG_SETMASK: usize = 2;

pub fn sigprocmask(how: usize, new: u64) -> u64 {
    let mut old = 0u64;
    // SAFETY: both words live.
    unsafe { syscall4(SYS_RT_SIGPROCMASK, how, &raw const new as usize, &raw mut old as usize, 8) };
    old
}

#[repr(C)]
pub struct StackT {
    pub sp: usize,
    pub flags: i32,
    pub size: usize,
}

pub unsafe fn sigaltstack(st: *const StackT) {
    syscall3(SYS_SIGALTSTACK, st as usize, 0, 0);
}

pub fn tgkill(pid: i32, tid: i32, sig: u32) -> isize {
    // SAFETY: no memory involved.
    unsafe { syscall3(SYS_TGKILL, pid as usize, tid as usize, sig as usize) }
}

/// Sends `sig` to this thread.
pub fn raise(sig: u32) {
    tgkill(getpid(), gettid(), sig);
}

// --- random

/// Fills `buf` from the system's generator; false if it refuses.
pub fn getrandom(buf: &mut [u8]) -> bool {
    // SAFETY: the kernel writes at most `buf.len()` bytes. Flag 1: do not block.
    unsafe { syscall3(SYS_GETRANDOM, buf.as_mut_ptr() as usize, buf.len(), 1) == buf.len() as isize }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn state_of_a_thread_whatever_its_name() {
        assert!(sleeping_state(b"12 (main) S 1 12 12"));
        assert!(sleeping_state(b"12 (a) R (b) D 1"));
        assert!(!sleeping_state(b"12 (a) S) R 1"));
        assert!(!sleeping_state(b"12 (main"));
        assert!(!sleeping_state(b""));
    }

    #[test]
    fn threads_that_run_and_sleep() {
        assert!(!thread_sleeps(gettid()));
        assert!(!thread_sleeps(0), "no such thread");
        let (send, tid) = std::sync::mpsc::channel();
        let (end, wait) = std::sync::mpsc::channel::<()>();
        let other = std::thread::spawn(move || {
            send.send(gettid()).unwrap();
            let _ = wait.recv();
        });
        let tid = tid.recv().unwrap();
        while !thread_sleeps(tid) {
            usleep(1000);
        }
        drop(end);
        other.join().unwrap();
    }
}
