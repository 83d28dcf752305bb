//! `-d=timings`: wall time by step, and sizes.

use std::time::Instant;

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
