//! The line that `GODEBUG=gctrace=1` prints for each cycle, in gc's format.

use super::pacer::CycleEnd;
use super::worker::TIME;
use crate::sched::runtime2::SCHED;
use crate::sys::linux;
use core::fmt::Write;
use core::sync::atomic::*;

static ENABLED: AtomicBool = AtomicBool::new(false);
static START: AtomicI64 = AtomicI64::new(0);
/// CPU time all cycles took.
static TOTAL_CPU: AtomicI64 = AtomicI64::new(0);

/// The same by what for: dedicated and fractional workers, idle workers, assists, pauses.
pub static CPU: [AtomicI64; 4] = [const { AtomicI64::new(0) }; 4];

/// Reads GODEBUG.
pub fn init() {
    START.store(linux::nanotime(), Ordering::Relaxed);
    if let Some(v) = crate::sys::rt0::getenv(b"GODEBUG") {
        for part in v.split(|&c| c == b',') {
            if let Some(n) = part.strip_prefix(b"gctrace=") {
                ENABLED.store(n != b"0", Ordering::Relaxed);
            }
        }
    }
}

/// What is known of a complete cycle. Times of the monotonic clock.
pub struct Cycle {
    pub n: u32,
    pub forced: bool,
    pub end: CycleEnd,
    pub stw: i64,
    pub mark: i64,
    pub markterm: i64,
    pub done: i64,
}

/// Share of all CPU time spent collecting.
pub fn cpu_fraction() -> f64 {
    let all = (linux::nanotime() - START.load(Ordering::Relaxed)) as f64
        * SCHED.gomaxprocs.load(Ordering::Relaxed).max(1) as f64;
    if all <= 0.0 { 0.0 } else { TOTAL_CPU.load(Ordering::Relaxed) as f64 / all }
}

/// Text of one line, kept on the stack.
struct Line {
    buf: [u8; 512],
    n: usize,
}

impl Write for Line {
    fn write_str(&mut self, s: &str) -> core::fmt::Result {
        let n = s.len().min(self.buf.len() - self.n);
        self.buf[self.n..self.n + n].copy_from_slice(&s.as_bytes()[..n]);
        self.n += n;
        Ok(())
    }
}

impl Line {
    /// Milliseconds with two significant digits below ten, as gc prints them.
    fn ms(&mut self, ns: i64) {
        let us = ns / 1000;
        let _ = if us >= 10_000 {
            write!(self, "{}", us / 1000)
        } else if us >= 1000 {
            write!(self, "{}.{}", us / 1000, us / 100 % 10)
        } else if us >= 100 {
            write!(self, "0.{:02}", us / 10)
        } else {
            write!(self, "0.{us:03}")
        };
    }
}

/// Accounts the cycle and prints its line if wanted.
pub fn line(c: &Cycle) {
    let procs = SCHED.gomaxprocs.load(Ordering::Relaxed) as i64;
    let cpu: [i64; 3] = core::array::from_fn(|i| TIME[i].load(Ordering::Relaxed));
    let (t1, t2, t3) = (c.mark - c.stw, c.markterm - c.mark, c.done - c.markterm);
    TOTAL_CPU.fetch_add((t1 + t3) * procs + cpu.iter().sum::<i64>(), Ordering::Relaxed);
    for (sum, t) in CPU.iter().zip([cpu[0], cpu[1], cpu[2], (t1 + t3) * procs]) {
        sum.fetch_add(t, Ordering::Relaxed);
    }
    if !ENABLED.load(Ordering::Relaxed) {
        return;
    }
    let mut l = Line { buf: [0; 512], n: 0 };
    let since = c.stw - START.load(Ordering::Relaxed);
    let pct = (cpu_fraction() * 100.0) as i64;
    let _ = write!(l, "gc {} @{}.{:03}s {}%: ", c.n, since / 1_000_000_000, since / 1_000_000 % 1000, pct);
    for (i, t) in [t1, t2, t3].into_iter().enumerate() {
        if i > 0 {
            let _ = l.write_str("+");
        }
        l.ms(t);
    }
    let _ = l.write_str(" ms clock, ");
    l.ms(t1 * procs);
    let _ = l.write_str("+");
    l.ms(cpu[2]);
    let _ = l.write_str("/");
    l.ms(cpu[0]);
    let _ = l.write_str("/");
    l.ms(cpu[1]);
    let _ = l.write_str("+");
    l.ms(t3 * procs);
    let e = &c.end;
    let _ = writeln!(
        l,
        " ms cpu, {}->{}->{} MB, {} MB goal, {} MB stacks, {} MB globals, {} P{}",
        e.live_before >> 20,
        e.live_at_end >> 20,
        e.marked >> 20,
        if e.goal == u64::MAX { 0 } else { e.goal >> 20 },
        super::roots::STACK_SCANNED.load(Ordering::Relaxed) >> 20,
        super::roots::data_bytes() >> 20,
        procs,
        if c.forced { " (forced)" } else { "" },
    );
    linux::write(2, &l.buf[..l.n]);
}
