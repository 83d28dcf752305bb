//! A bar on the terminal while sources are fetched.

use std::io::{IsTerminal, Write};
use std::sync::Mutex;
use std::time::{Duration, Instant};

static LAST: Mutex<Option<(String, Instant)>> = Mutex::new(None);

/// Shows how far `what` is. Off a terminal, each step is said once.
pub fn show(what: &str, done: u64, total: u64) {
    let mut last = LAST.lock().unwrap_or_else(|e| e.into_inner());
    let same = last.as_ref().is_some_and(|(w, _)| w == what);
    let mut err = std::io::stderr();
    if !err.is_terminal() {
        if !same {
            eprintln!("goxide: go1.27.3 sources: {what}");
            *last = Some((what.to_owned(), Instant::now()));
        }
        return;
    }
    let due = last.as_ref().is_none_or(|(_, t)| t.elapsed() > Duration::from_millis(100));
    if same && !due && done != total {
        return;
    }
    const WIDTH: u64 = 40;
    let bar = match total {
        0 => String::new(),
        t => {
            let n = (done * WIDTH / t).min(WIDTH) as usize;
            format!(" [{}{}] {:3} %", "=".repeat(n), " ".repeat(WIDTH as usize - n), done * 100 / t)
        }
    };
    let size = if total > 1 << 20 { format!(" of {} MB", total >> 20) } else { String::new() };
    let _ = write!(err, "\r\x1b[Kgo1.27.3 sources: {what}{bar}{size}");
    if what == "verifying" {
        let _ = writeln!(err);
    }
    let _ = err.flush();
    *last = Some((what.to_owned(), Instant::now()));
}
