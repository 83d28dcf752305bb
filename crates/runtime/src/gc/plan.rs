//! The pacer's arithmetic and the syntax of its settings. Numbers in, numbers out.

/// Least heap goal at GOGC=100.
pub const HEAP_MINIMUM: u64 = 4 << 20;

/// What one computation of goal and trigger goes by.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    pub percent: i32,
    pub marked: u64,
    pub roots: u64,
    pub scan: u64,
    pub cons_mark: f64,
    /// Largest goal GOMEMLIMIT allows.
    pub limit: u64,
}

impl Plan {
    /// {goal, trigger}.
    pub fn compute(&self) -> (u64, u64) {
        let mut goal = u64::MAX;
        if self.percent >= 0 {
            let pct = self.percent as u64;
            goal = self.marked.saturating_add((self.marked + self.roots).saturating_mul(pct) / 100);
            goal = goal.max(HEAP_MINIMUM * pct / 100);
        }
        goal = goal.min(self.limit.max(self.marked));
        if goal == u64::MAX {
            return (goal, goal);
        }
        let room = goal - self.marked.min(goal);
        let min = self.marked + (room as f64 * 0.7) as u64;
        let mut max = self.marked + (room as f64 * 0.95) as u64;
        if self.marked == 0 {
            // The first cycle: nothing is known about marking, and nothing is at stake.
            max = goal - goal / 20;
        }
        let runway = (self.cons_mark * (self.scan + self.roots) as f64) as u64;
        let trigger = goal.saturating_sub(runway).clamp(min.min(max), max);
        (goal, trigger)
    }
}

/// A cycle at least this often, in nanoseconds.
pub const FORCE_PERIOD: i64 = 120_000_000_000;

/// Whether a collection is due because the last one ended at `last`, longer than `period` ago, although nobody has allocated
/// enough since.
pub fn period_is_over(last: i64, now: i64, period: i64) -> bool {
    now - last > period
}

/// GOGC's value.
pub fn parse_percent(v: &[u8]) -> i32 {
    if v == b"off" {
        return -1;
    }
    let (neg, digits) = match v.strip_prefix(b"-") {
        Some(d) => (true, d),
        None => (false, v),
    };
    if digits.is_empty() || digits.len() > 9 || !digits.iter().all(u8::is_ascii_digit) {
        return 100;
    }
    let n = digits.iter().fold(0i32, |a, c| a * 10 + (c - b'0') as i32);
    if neg { -n } else { n }
}

/// `64MiB` and the like; "off" is the largest number; None: malformed.
pub fn parse_bytes(v: &[u8]) -> Option<i64> {
    if v == b"off" {
        return Some(i64::MAX);
    }
    // A sign is allowed, though no number below 0 is.
    let (minus, v) = match v.split_first() {
        Some((b'-', v)) => (true, v),
        Some((b'+', v)) => (false, v),
        _ => (false, v),
    };
    let n = v.iter().take_while(|c| c.is_ascii_digit()).count();
    let (digits, unit) = v.split_at(n);
    if n == 0 {
        return None;
    }
    let shift = match unit {
        b"" | b"B" => 0,
        b"KiB" => 10,
        b"MiB" => 20,
        b"GiB" => 30,
        b"TiB" => 40,
        _ => return None,
    };
    let mut x: i64 = 0;
    for c in digits {
        x = x.checked_mul(10)?.checked_add((c - b'0') as i64)?;
    }
    if minus && x != 0 { None } else { x.checked_mul(1 << shift) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MB: u64 = 1 << 20;

    fn plan(marked: u64) -> Plan {
        Plan { percent: 100, marked, roots: 0, scan: marked, cons_mark: 0.0, limit: u64::MAX }
    }

    #[test]
    fn minimum_heap() {
        assert_eq!(plan(0).compute().0, 4 * MB);
        assert_eq!(Plan { percent: 50, ..plan(0) }.compute().0, 2 * MB);
        assert_eq!(Plan { percent: -1, ..plan(MB) }.compute().0, u64::MAX);
    }

    #[test]
    fn trigger_lies_between() {
        let (goal, t) = plan(100 * MB).compute();
        assert_eq!(goal, 200 * MB);
        assert_eq!(t, 195 * MB);
        let (_, t) = Plan { cons_mark: 10.0, ..plan(100 * MB) }.compute();
        assert_eq!(t, 170 * MB);
        let (_, t) = Plan { cons_mark: 0.2, ..plan(100 * MB) }.compute();
        assert_eq!(t, 180 * MB);
    }

    #[test]
    fn limit_rules() {
        let (goal, _) = Plan { limit: 150 * MB, ..plan(100 * MB) }.compute();
        assert_eq!(goal, 150 * MB);
        let (goal, t) = Plan { limit: 50 * MB, ..plan(100 * MB) }.compute();
        assert_eq!((goal, t), (100 * MB, 100 * MB));
        let (goal, _) = Plan { percent: -1, limit: 150 * MB, ..plan(100 * MB) }.compute();
        assert_eq!(goal, 150 * MB);
    }

    #[test]
    fn environment() {
        assert_eq!(parse_percent(b"off"), -1);
        assert_eq!(parse_percent(b"200"), 200);
        assert_eq!(parse_percent(b"x"), 100);
        assert_eq!(parse_bytes(b"64MiB"), Some(64 << 20));
        assert_eq!(parse_bytes(b"1000"), Some(1000));
        assert_eq!(parse_bytes(b"5MB"), None);
    }

    /// The monitor looks every 10 ms at a clock of which two minutes pass in no time: the first look after them collects, and
    /// the next collection is two minutes later again.
    #[test]
    fn collections_are_two_minutes_apart() {
        const TICK: i64 = 10_000_000;
        let (mut last, mut now, mut at) = (5, 5, Vec::new());
        while at.len() < 3 {
            now += TICK;
            if period_is_over(last, now, FORCE_PERIOD) {
                at.push((now - last) / 1_000_000);
                last = now;
            }
        }
        assert_eq!(at, [120_010; 3]);
        // The clock is the monotonic one, which does not go back; if it did, nothing would be due.
        assert!(!period_is_over(last, last - 1, FORCE_PERIOD));
    }
}
