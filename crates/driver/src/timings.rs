//! `-d=timings`: wall time by step, and sizes; `-d=timings=funcs` adds the functions that took longest.

use goxide_ssa::Func;
use std::sync::Mutex;
use std::time::Instant;

/// How many functions are shown.
const SHOWN: usize = 12;

pub struct Timings {
    on: bool,
    last: Instant,
    steps: Vec<(&'static str, f64)>,
}

impl Timings {
    pub fn new(on: bool) -> Timings {
        Timings { on, last: Instant::now(), steps: Vec::new() }
    }
    /// The time since the last call belongs to `name`.
    pub fn step(&mut self, name: &'static str) {
        let now = Instant::now();
        self.steps.push((name, now.duration_since(self.last).as_secs_f64()));
        self.last = now;
    }
    /// Shows the functions that took longest in a step.
    pub fn print_slowest(what: &str, times: &FuncTimes) {
        let mut all = times.0.lock().unwrap_or_else(|e| e.into_inner()).clone();
        all.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
        for (s, name) in all.iter().take(SHOWN) {
            eprintln!("{:>9.1} ms  {what}: {name}", s * 1e3);
        }
    }
    pub fn print(&self, sizes: &[(&'static str, u64)], funcs: usize) {
        if !self.on {
            return;
        }
        for (n, s) in &self.steps {
            eprintln!("{:>9.1} ms  {n}", s * 1e3);
        }
        eprintln!("{:>9.1} ms  total; {funcs} functions", self.steps.iter().map(|s| s.1).sum::<f64>() * 1e3);
        for (n, s) in sizes {
            eprintln!("{s:>12}  {n}");
        }
    }
}

/// Time by function.
#[derive(Default)]
pub struct FuncTimes(Mutex<Vec<(f64, String)>>);

impl FuncTimes {
    /// Runs `work` on `f` and notes how long it took.
    pub fn time<R>(&self, f: &Func, work: impl FnOnce() -> R) -> R {
        let start = Instant::now();
        let r = work();
        let s = start.elapsed().as_secs_f64();
        if s > 1e-3 {
            let size: usize = f.order.iter().map(|b| f.blocks[b.index()].insts.len()).sum();
            let line = format!("{} ({size} instructions, {} blocks)", f.sym.name(), f.order.len());
            self.0.lock().unwrap_or_else(|e| e.into_inner()).push((s, line));
        }
        r
    }
}
