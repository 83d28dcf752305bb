//! When a process counts as hanging.

use std::time::{Duration, Instant};

/// Processor seconds that nothing here needs: the clock on the wall says little on a busy machine.
const LIMIT: f64 = 60.0;
/// What waits for something uses no processor.
const WALL_LIMIT: Duration = Duration::from_secs(1200);

/// Whether process `pid`, begun at `start`, has taken too long.
pub fn hangs(pid: u32, start: Instant) -> bool {
    start.elapsed() > WALL_LIMIT || cpu_seconds(pid).is_some_and(|s| s > LIMIT)
}

/// Processor time of a process so far.
fn cpu_seconds(pid: u32) -> Option<f64> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let fields: Vec<&str> = stat.rsplit(')').next()?.split_whitespace().collect();
    // user and system time in hundredths (the kernel's USER_HZ, fixed for programs)
    let ticks = fields.get(11)?.parse::<f64>().ok()? + fields.get(12)?.parse::<f64>().ok()?;
    Some(ticks / 100.0)
}
