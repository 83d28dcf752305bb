//! GODEBUG, GOTRACEBACK and the scheduler's trace.

use crate::sched::preempt::ASYNC_OFF;
use crate::sched::runtime2::*;
use crate::sys::rt0;
use core::sync::atomic::{AtomicI32, AtomicU32, Ordering::*};

/// Level (0 none, 1 user frames, 2 all frames) | ALL | CRASH.
static TRACEBACK: AtomicU32 = AtomicU32::new(1);
/// What GOTRACEBACK said: `SetTraceback` does not go below it.
static TRACEBACK_ENV: AtomicU32 = AtomicU32::new(0);
const ALL: u32 = 16;
const CRASH: u32 = 32;

static SCHEDTRACE: AtomicI32 = AtomicI32::new(0);
pub static GCTRACE: AtomicI32 = AtomicI32::new(0);
/// 1: the world is stopped for whole cycles; 2: while sweeping, too.
pub static GCSTOPTHEWORLD: AtomicI32 = AtomicI32::new(0);
/// Finalizers and cleanups are looked at after each cycle (`gc/checkfin.rs`).
pub static CHECKFINALIZERS: AtomicI32 = AtomicI32::new(0);
/// `GOXIDESTRESS=preempt=N`: every running goroutine is asked to stop every N µs or so.
pub static STRESS_PREEMPT: AtomicU32 = AtomicU32::new(0);
/// `dontfreezetheworld`: who dies lets the others run.
pub static DONT_FREEZE: AtomicI32 = AtomicI32::new(0);
/// `gcshrinkstackoff`: parts of stacks that are not needed stay.
pub static KEEP_STACKS: AtomicI32 = AtomicI32::new(0);
/// `clobberfree`: memory that is swept is overwritten.
pub static CLOBBER_FREE: AtomicI32 = AtomicI32::new(0);
/// `scavtrace`: a line on memory that is given back, after each cycle.
pub static SCAVTRACE: AtomicI32 = AtomicI32::new(0);
/// Reports of the scheduler have details.
pub static SCHEDDETAIL: AtomicI32 = AtomicI32::new(0);

pub fn schedtrace() -> i64 {
    SCHEDTRACE.load(Relaxed) as i64
}

/// Decimal number, or none.
pub fn atoi(s: &[u8]) -> Option<i64> {
    let (neg, d) = match s.strip_prefix(b"-") {
        Some(d) => (true, d),
        None => (false, s),
    };
    if d.is_empty() || d.len() > 18 {
        return None;
    }
    let mut v = 0i64;
    for &c in d {
        if !c.is_ascii_digit() {
            return None;
        }
        v = v * 10 + (c - b'0') as i64;
    }
    Some(if neg { -v } else { v })
}

/// Reads the environment. Context: start-up.
pub fn init() {
    let godebug = rt0::getenv(b"GODEBUG").unwrap_or(b"");
    parse(godebug);
    super::ancestors::init(last(godebug, b"tracebackancestors").unwrap_or(0));
    let stress = rt0::getenv(b"GOXIDESTRESS").unwrap_or(b"");
    for kv in stress.split(|&c| c == b',') {
        if let Some(n) = kv.strip_prefix(b"preempt=") {
            STRESS_PREEMPT.store(atoi(n).unwrap_or(0) as u32, Relaxed);
        } else if kv == b"locks" {
            crate::sched::lockcheck::start();
        } else if kv == b"wall" {
            crate::sys::linux::WALL_JUMPS.store(true, Relaxed);
        } else if let Some(n) = kv.strip_prefix(b"step") {
            let every = n.strip_prefix(b"=").and_then(atoi).unwrap_or(1) as u32;
            let report = stress.split(|&c| c == b',').any(|k| k == b"report");
            // SAFETY: start-up: the function tables are known, no goroutine runs.
            unsafe { crate::sched::step::start(every, report) };
        }
    }
    // Whoever starts a program with more rights than his own may not look at its insides.
    let t = if rt0::secure() { 0 } else { level(rt0::getenv(b"GOTRACEBACK").unwrap_or(b"")) };
    TRACEBACK.store(t, Relaxed);
    TRACEBACK_ENV.store(t, Relaxed);
}

/// The last value of `key`, which later changes of the variable do not change.
fn last(v: &[u8], key: &[u8]) -> Option<i32> {
    let value = |kv: &[u8]| Some(atoi(kv.strip_prefix(key)?.strip_prefix(b"=")?)? as i32);
    v.rsplit(|&c| c == b',').find_map(value)
}

fn parse(v: &[u8]) {
    for kv in v.split(|&c| c == b',') {
        let Some(eq) = kv.iter().position(|&c| c == b'=') else { continue };
        let n = atoi(&kv[eq + 1..]).unwrap_or(0) as i32;
        match &kv[..eq] {
            b"asyncpreemptoff" => ASYNC_OFF.store((n != 0) as u32, Relaxed),
            b"scheddetail" => SCHEDDETAIL.store(n, Relaxed),
            b"schedtrace" => SCHEDTRACE.store(n, Relaxed),
            b"gctrace" => GCTRACE.store(n, Relaxed),
            b"checkfinalizers" => CHECKFINALIZERS.store(n, Relaxed),
            b"gcstoptheworld" => GCSTOPTHEWORLD.store(n, Relaxed),
            b"dontfreezetheworld" => DONT_FREEZE.store(n, Relaxed),
            b"gcshrinkstackoff" => KEEP_STACKS.store(n, Relaxed),
            b"clobberfree" => CLOBBER_FREE.store(n, Relaxed),
            b"scavtrace" => SCAVTRACE.store(n, Relaxed),
            b"disablethp" => crate::heap::os::set_small_pages(n != 0),
            b"tracebacklabels" => super::labels::SHOWN.store(n == 1, Relaxed),
            b"madvdontneed" => crate::heap::os::set_lazy(n == 0),
            _ => {}
        }
    }
}

fn level(s: &[u8]) -> u32 {
    match s {
        b"none" => 0,
        b"single" | b"" => 1,
        b"all" => 1 | ALL,
        b"system" => 2 | ALL,
        b"crash" | b"wer" => 2 | ALL | CRASH,
        _ => match atoi(s) {
            Some(n) => (n as u32 & 15) | ALL,
            None => 1 | ALL,
        },
    }
}

/// (level, all goroutines, abort with a core dump) for a program that dies on this M.
pub unsafe fn gotraceback() -> (i32, bool, bool) {
    let t = TRACEBACK.load(Relaxed);
    let throwing = (*getm()).throwing;
    let l = if throwing >= 2 && !rt0::secure() { 2 } else { (t & 15) as i32 };
    (l, throwing >= 1 || t & ALL != 0, t & CRASH != 0)
}

#[unsafe(export_name = "rt.setTracebackLevel")]
unsafe extern "C" fn set_traceback(p: *const u8, n: usize) {
    let t = level(core::slice::from_raw_parts(p, n));
    let env = TRACEBACK_ENV.load(Relaxed);
    TRACEBACK.store(t.max(env & 15) | (env & !15), Relaxed);
}
#[unsafe(export_name = "rt.setCrashFD")]
extern "C" fn set_crash_fd(fd: usize) -> usize {
    super::print::CRASH_FD.swap(fd as i32, SeqCst) as isize as usize
}
#[unsafe(export_name = "rt.parsedebugvars")]
unsafe extern "C" fn parsedebugvars(p: *const u8, n: usize) {
    parse(core::slice::from_raw_parts(p, n))
}
/// 0 gctrace, 1 schedtrace, 2 asyncpreemptoff.
#[unsafe(export_name = "rt.debugvar")]
extern "C" fn debugvar(which: usize) -> isize {
    match which {
        0 => GCTRACE.load(Relaxed) as isize,
        1 => SCHEDTRACE.load(Relaxed) as isize,
        _ => ASYNC_OFF.load(Relaxed) as isize,
    }
}
