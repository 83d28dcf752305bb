//! `-sched-seeds`: runs of one executable under seeded scheduling (`goxide help sched`), until one fails.

use std::collections::BTreeMap;
use std::io::Read;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, mpsc};
use std::time::Duration;

/// What the runtime of a program reads.
pub const VARIABLE: &str = "GOXIDESCHED";
/// A program that `run` tries may take so long; then it counts as failed.
pub const RUN_LIMIT: Duration = Duration::from_secs(60);

/// The value of [`VARIABLE`].
pub fn value(seed: u64) -> String {
    format!("seed={seed}")
}

/// Seeds from `first` to `last`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Seeds {
    pub first: u64,
    pub last: u64,
}

impl std::fmt::Display for Seeds {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}..{}", self.first, self.last)
    }
}

/// A run that failed.
#[derive(Debug)]
pub struct Failure {
    pub seed: u64,
    pub stdout: Vec<u8>,
    pub stderr: Vec<u8>,
    /// In the words of Go's os/exec.
    pub error: String,
}

impl Seeds {
    /// `N`, or `A..B` with both ends included.
    pub fn parse(s: &str) -> Result<Seeds, String> {
        let number = |s: &str| s.parse::<u64>().ok().filter(|&n| n <= i64::MAX as u64 / 16);
        let (a, b) = s.split_once("..").unwrap_or((s, s));
        match (number(a), number(b)) {
            (Some(first), Some(last)) if first <= last => Ok(Seeds { first, last }),
            _ => Err(format!("invalid value {s:?} for flag -sched-seeds: want N or A..B with A at most B")),
        }
    }

    pub fn many(&self) -> bool {
        self.first != self.last
    }

    /// Runs what `command` makes once with each seed, several at a time, until a run fails: the one of the lowest seed,
    /// whatever others did meanwhile.
    pub fn search(&self, limit: Duration, command: &(dyn Fn() -> Command + Sync)) -> Option<Failure> {
        let next = AtomicU64::new(self.first);
        let found: Mutex<BTreeMap<u64, Failure>> = Mutex::default();
        let jobs = std::thread::available_parallelism().map_or(1, usize::from);
        std::thread::scope(|s| {
            for _ in 0..jobs {
                s.spawn(|| {
                    loop {
                        // seeds are handed out in order, so none below a failure is left out
                        let seed = next.fetch_add(1, Ordering::Relaxed);
                        let over = || !found.lock().unwrap_or_else(|e| e.into_inner()).is_empty();
                        if seed > self.last || over() {
                            return;
                        }
                        if let Some(f) = one(command(), seed, limit) {
                            found.lock().unwrap_or_else(|e| e.into_inner()).insert(seed, f);
                        }
                    }
                });
            }
        });
        found.into_inner().unwrap_or_else(|e| e.into_inner()).into_values().next()
    }
}

/// One run; nothing if it ended well.
fn one(mut c: Command, seed: u64, limit: Duration) -> Option<Failure> {
    c.env(VARIABLE, value(seed)).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    // in a group of its own, so that what it started can be ended with it
    c.process_group(0);
    let fail = |error: String| Some(Failure { seed, stdout: Vec::new(), stderr: Vec::new(), error });
    let mut child = loop {
        match c.spawn() {
            Ok(c) => break c,
            // just written, and still open in a child of another thread that has not started its program yet
            Err(e) if e.kind() == std::io::ErrorKind::ExecutableFileBusy => {
                std::thread::sleep(Duration::from_millis(20));
            }
            Err(e) => return fail(format!("cannot start: {}", crate::output::text(&e))),
        }
    };
    let pid = rustix::process::Pid::from_child(&child);
    let (tell, all) = mpsc::channel();
    let read = |from: Option<Box<dyn Read + Send>>, which: usize| {
        let tell = tell.clone();
        std::thread::spawn(move || {
            let mut b = Vec::new();
            if let Some(mut f) = from {
                let _ = f.read_to_end(&mut b);
            }
            let _ = tell.send((which, b));
        });
    };
    read(child.stdout.take().map(|f| Box::new(f) as _), 0);
    read(child.stderr.take().map(|f| Box::new(f) as _), 1);
    let mut out = [Vec::new(), Vec::new()];
    let mut late = false;
    for _ in 0..2 {
        let mut got =
            all.recv_timeout(if late { Duration::from_secs(5) } else { limit.min(Duration::from_secs(1 << 30)) });
        if got.is_err() && !late {
            late = true;
            // the program shows its goroutines
            let _ = rustix::process::kill_process(pid, rustix::process::Signal::QUIT);
            got = all.recv_timeout(Duration::from_secs(5));
        }
        if let Ok((which, b)) = got {
            out[which] = b;
        }
    }
    if late {
        let _ = rustix::process::kill_process_group(pid, rustix::process::Signal::KILL);
    }
    let status = child.wait();
    let error = match status {
        _ if late => format!("did not end within {} s", limit.as_secs()),
        Ok(s) if s.success() => return None,
        Ok(s) => match (s.code(), s.signal()) {
            (Some(c), _) => format!("exit status {c}"),
            (None, n) => format!("signal: {}", crate::make::signal_name(n.unwrap_or(0))),
        },
        Err(e) => crate::output::text(&e),
    };
    let [stdout, stderr] = out;
    Some(Failure { seed, stdout, stderr, error })
}

/// The command line that repeats the run with this seed: ours, with one seed instead of many.
pub fn replay(seed: u64) -> String {
    let mut words: Vec<String> = std::env::args().collect();
    if let Some(w) = words.first_mut() {
        *w = "goxide".into();
    }
    one_seed(&mut words, seed);
    words.iter().map(|w| quote(w)).collect::<Vec<_>>().join(" ")
}

fn one_seed(words: &mut [String], seed: u64) {
    let named = |w: &str| matches!(w, "-sched-seeds" | "--sched-seeds");
    for i in 0..words.len() {
        if i > 0 && named(&words[i - 1]) {
            words[i] = seed.to_string();
            return;
        }
        if let Some((name, _)) = words[i].split_once('=')
            && named(name)
        {
            words[i] = format!("{name}={seed}");
            return;
        }
    }
}

/// For a shell.
fn quote(w: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_=./,:+@%^".contains(c);
    if !w.is_empty() && w.chars().all(plain) { w.to_owned() } else { format!("'{}'", w.replace('\'', "'\\''")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges() {
        assert_eq!(Seeds::parse("7"), Ok(Seeds { first: 7, last: 7 }));
        assert_eq!(Seeds::parse("1..1000"), Ok(Seeds { first: 1, last: 1000 }));
        for bad in ["", "x", "2..1", "1...3", "..", "-1", "1..", "99999999999999999999"] {
            assert!(Seeds::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn replay_names_one_seed() {
        let check = |words: &[&str], want: &str| {
            let mut w: Vec<String> = words.iter().map(|s| s.to_string()).collect();
            one_seed(&mut w, 17);
            assert_eq!(w.iter().map(|w| quote(w)).collect::<Vec<_>>().join(" "), want);
        };
        check(&["run", "-sched-seeds=1..9", "x.go", "it's"], "run -sched-seeds=17 x.go 'it'\\''s'");
        check(&["test", "--sched-seeds", "1..9", "-run", "A|B"], "test --sched-seeds 17 -run 'A|B'");
    }

    #[test]
    fn lowest_failing_seed_is_found() {
        let seeds = Seeds { first: 1, last: 40 };
        let script = "case $GOXIDESCHED in seed=9) sleep 0.2; echo nine; exit 3;; seed=1[0-9]) exit 1;; esac";
        let found = seeds.search(RUN_LIMIT, &|| {
            let mut c = Command::new("sh");
            c.args(["-c", script]);
            c
        });
        let f = found.unwrap();
        assert_eq!((f.seed, f.error.as_str(), &f.stdout[..]), (9, "exit status 3", &b"nine\n"[..]));
        let ok = Seeds { first: 20, last: 25 };
        assert!(ok.search(RUN_LIMIT, &|| Command::new("true")).is_none());
    }
}
