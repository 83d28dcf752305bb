//! Running test binaries: environment, output, time limits, the final lines.

use super::args::Request;
use super::duration;
use super::events::{self, Converter};
use crate::make::{Work, signal_name};
use crate::seeds::{self, Seeds};
use crate::session::Exit;
use goxide_build::env::Env;
use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::os::fd::AsFd;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicI32, Ordering};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::time::{Duration, Instant};

/// What the packages of one run share.
pub struct Runner<'a> {
    pub work: &'a Path,
    /// How many packages there are.
    pub packages: usize,
    /// PATH of tests.
    path: String,
    exec: Vec<String>,
    fail_fast: bool,
    show_commands: bool,
    failed: AtomicBool,
    status: AtomicI32,
    /// The package whose turn it is to start: events of starts come in order.
    turn: Mutex<usize>,
    turned: Condvar,
    /// The package whose output is shown next, and that of packages that finished ahead of it.
    shown: Mutex<(usize, BTreeMap<usize, Vec<u8>>)>,
}

fn lock<T>(m: &Mutex<T>) -> MutexGuard<'_, T> {
    m.lock().unwrap_or_else(|e| e.into_inner())
}

impl<'a> Runner<'a> {
    pub fn new(env: &Env, req: &Request, work: &'a Work, packages: usize) -> Result<Runner<'a>, Exit> {
        let go = super::go_link(work.path()).map_err(|e| Exit::new(1, format!("go: {}", crate::output::text(&e))))?;
        let rest = env.set("PATH");
        let path = if rest.is_empty() { go.display().to_string() } else { format!("{}:{rest}", go.display()) };
        Ok(Runner {
            work: work.path(),
            packages,
            path,
            exec: crate::flags::split_quoted(req.flags.text("exec").unwrap_or("")).map_err(|e| Exit::new(2, e))?,
            fail_fast: req.flags.on("failfast"),
            show_commands: req.flags.on("x"),
            failed: AtomicBool::new(false),
            status: AtomicI32::new(0),
            turn: Mutex::new(0),
            turned: Condvar::new(),
            shown: Mutex::new((0, BTreeMap::new())),
        })
    }

    /// The exit status so far.
    pub fn status(&self) -> i32 {
        self.status.load(Ordering::Relaxed)
    }

    pub fn fail(&self) {
        self.status.store(1, Ordering::Relaxed);
    }

    /// Waits for the turn of package `index`; false if it must not run any more.
    pub fn start(&self, index: usize) -> bool {
        let mut t = lock(&self.turn);
        while *t != index {
            t = self.turned.wait(t).unwrap_or_else(|e| e.into_inner());
        }
        let go = !self.failed.load(Ordering::Relaxed);
        drop(t);
        if !go {
            self.started(index);
        }
        go
    }

    pub fn started(&self, index: usize) {
        *lock(&self.turn) = index + 1;
        self.turned.notify_all();
    }

    /// Shows the output of a package once all before it have been shown.
    pub fn show(&self, index: usize, output: Vec<u8>) {
        let mut s = lock(&self.shown);
        s.1.insert(index, output);
        let mut o = std::io::stdout().lock();
        while let Some(b) = {
            let next = s.0;
            s.1.remove(&next)
        } {
            let _ = o.write_all(&b);
            s.0 += 1;
        }
        let _ = o.flush();
    }

    /// Events for a failed build; gives the name of what failed.
    pub fn build_events(&self, package: &str, text: &str) -> String {
        let header = text.lines().find_map(|l| l.strip_prefix("# ")).unwrap_or(package);
        events::build_events(header, text);
        header.to_owned()
    }

    /// Runs a test binary in the folder of its package.
    pub fn execute(&self, req: &Request, exe: &Path, dir: &Path, sink: &Sink) -> Outcome {
        let mut words = self.exec.clone();
        words.push(exe.display().to_string());
        words.push("-test.paniconexit0".into());
        words.extend(req.pass.iter().cloned());
        if self.show_commands {
            eprintln!("{}", words.join(" "));
        }
        let command = || {
            let mut c = Command::new(&words[0]);
            c.args(&words[1..]).current_dir(dir).env("PATH", &self.path).env("PWD", dir).stdin(Stdio::null());
            c
        };
        let mut c = command();
        let begin = Instant::now();
        if let Some(seeds) = req.seeds {
            if seeds.many() {
                return search(req, &seeds, &command, sink);
            }
            c.env(seeds::VARIABLE, seeds::value(seeds.first));
        }
        let spawned = sink.connect(&mut c).and_then(|reader| Ok((spawn(&mut c)?, reader)));
        // the parent's copies of the pipe's end would keep it open
        drop(c);
        let (mut child, reader) = match spawned {
            Ok(x) => x,
            Err(e) => {
                let error = format!("fork/exec {}: {}", words[0], crate::output::text(&e));
                return Outcome { error: Some(error), ..Outcome::default() };
            }
        };
        let done = Arc::new((Mutex::new(false), Condvar::new()));
        let killed = Arc::new(AtomicBool::new(false));
        let watch = req.kill_after.map(|limit| watch(&child, limit, req.wait_delay, done.clone(), killed.clone()));
        let copied = reader.map(|r| sink.copy(r));
        let status = child.wait();
        *lock(&done.0) = true;
        done.1.notify_all();
        let mut incomplete = false;
        if let Some(end) = copied {
            incomplete = match req.wait_delay {
                Duration::ZERO => end.recv().is_err(),
                d => matches!(end.recv_timeout(d), Err(RecvTimeoutError::Timeout)),
            };
        }
        let elapsed = begin.elapsed();
        if let Some(w) = watch {
            let _ = w.join();
        }
        let (mut error, exited) = match status {
            Ok(s) if s.success() => (None, true),
            Ok(s) => match (s.code(), s.signal()) {
                (Some(c), _) => (Some(format!("exit status {c}")), true),
                (None, n) => {
                    let core = if s.core_dumped() { " (core dumped)" } else { "" };
                    (Some(format!("signal: {}{core}", signal_name(n.unwrap_or(0)))), false)
                }
            },
            Err(e) => (Some(crate::output::text(&e)), false),
        };
        if error.is_none() && incomplete {
            error = Some("exec: WaitDelay expired before I/O complete".into());
        }
        if error.is_some() && self.fail_fast {
            self.failed.store(true, Ordering::Relaxed);
        }
        let killed = killed.load(Ordering::Relaxed);
        Outcome { error, exited, killed, incomplete, elapsed }
    }
}

/// Runs a test binary with one seed after another; shows the output of the first that fails and how to repeat it.
fn search(req: &Request, seeds: &Seeds, command: &(dyn Fn() -> Command + Sync), sink: &Sink) -> Outcome {
    let begin = Instant::now();
    let found = seeds.search(req.kill_after.unwrap_or(Duration::MAX), command);
    let elapsed = begin.elapsed();
    let Some(f) = found else { return Outcome { exited: true, elapsed, ..Outcome::default() } };
    sink.write(&f.stdout);
    sink.write(&f.stderr);
    let end = if f.stdout.ends_with(b"\n") || f.stdout.is_empty() { "" } else { "\n" };
    sink.write(format!("{end}seed {}: {}\nreplay: {}\n", f.seed, f.error, seeds::replay(f.seed)).as_bytes());
    Outcome { error: Some(f.error), exited: true, elapsed, ..Outcome::default() }
}

/// Starts it. A file that was just written may still be open in a child of another thread that is about to start its
/// own program; that passes.
fn spawn(c: &mut Command) -> std::io::Result<Child> {
    loop {
        match c.spawn() {
            Err(e) if e.kind() == std::io::ErrorKind::ExecutableFileBusy => {
                std::thread::sleep(Duration::from_millis(20));
            }
            r => return r,
        }
    }
}

/// Ends the child when it takes too long: first by the signal that makes it show its goroutines.
fn watch(
    child: &Child,
    limit: Duration,
    delay: Duration,
    done: Arc<(Mutex<bool>, Condvar)>,
    killed: Arc<AtomicBool>,
) -> std::thread::JoinHandle<()> {
    let pid = rustix::process::Pid::from_child(child);
    std::thread::spawn(move || {
        for (signal, wait) in [(rustix::process::Signal::QUIT, limit), (rustix::process::Signal::KILL, delay)] {
            let over = lock(&done.0);
            let r = done.1.wait_timeout_while(over, wait, |over| !*over);
            let (over, _) = r.unwrap_or_else(|e| e.into_inner());
            // while this lock is held and nothing is over, nobody has waited for the child: the number is its own
            if *over {
                return;
            }
            killed.store(true, Ordering::Relaxed);
            let _ = rustix::process::kill_process(pid, signal);
        }
    })
}

/// How a test binary ended.
#[derive(Debug, Default)]
pub struct Outcome {
    /// In the words of Go's os/exec.
    pub error: Option<String>,
    /// By itself, not by a signal.
    pub exited: bool,
    pub killed: bool,
    /// Something kept its output open.
    pub incomplete: bool,
    pub elapsed: Duration,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Mode {
    /// The test writes where we do.
    Through,
    /// Shown as it comes, and kept.
    Both,
    Kept,
}

/// Where the output of one package goes.
pub struct Sink {
    mode: Mode,
    kept: Arc<Mutex<Vec<u8>>>,
    pub events: Option<Arc<Mutex<Converter>>>,
}

impl Sink {
    pub fn new(req: &Request, packages: usize) -> Sink {
        let alone = packages == 1 || req.flags.text("p") == Some("1");
        let bench = req.flags.text("bench").is_some_and(|b| !b.is_empty());
        let mode = if req.packages.is_empty() || bench {
            Mode::Through
        } else if req.show_pass && alone || req.json {
            Mode::Both
        } else {
            Mode::Kept
        };
        Sink { mode, kept: Arc::default(), events: None }
    }

    /// Connects the outputs of `c`; gives the end to read from, if it is to be read.
    fn connect(&self, c: &mut Command) -> std::io::Result<Option<std::io::PipeReader>> {
        if self.mode == Mode::Through && self.events.is_none() {
            let own = || std::io::stdout().as_fd().try_clone_to_owned();
            c.stdout(own()?).stderr(own()?);
            return Ok(None);
        }
        let (r, w) = std::io::pipe()?;
        c.stdout(w.try_clone()?).stderr(w);
        Ok(Some(r))
    }

    /// Copies what comes in a thread of its own, which says when all has come.
    fn copy(&self, mut from: std::io::PipeReader) -> std::sync::mpsc::Receiver<()> {
        let (tell, end) = channel();
        let to = Sink { mode: self.mode, kept: self.kept.clone(), events: self.events.clone() };
        std::thread::spawn(move || {
            let mut b = vec![0; 1 << 16];
            while let Ok(n) = from.read(&mut b) {
                if n == 0 {
                    break;
                }
                to.write(&b[..n]);
            }
            let _ = tell.send(());
        });
        end
    }

    fn write(&self, b: &[u8]) {
        if let Some(e) = &self.events {
            lock(e).write(b);
        } else if self.mode != Mode::Kept {
            let mut o = std::io::stdout().lock();
            let _ = o.write_all(b).and_then(|()| o.flush());
        }
        if self.mode != Mode::Through {
            lock(&self.kept).extend_from_slice(b);
        }
    }

    pub fn print(&mut self, s: &str) {
        self.write(s.as_bytes());
    }

    /// The lines behind a test's own output.
    pub fn verdict(&mut self, req: &Request, path: &str, o: &Outcome) {
        let out = lock(&self.kept).clone();
        let has = |s: &str| {
            let b = s.as_bytes();
            out.starts_with(&b[1..]) || out.windows(b.len()).any(|w| w == b)
        };
        let unfinished = !out.is_empty() && !out.ends_with(b"\n");
        let secs = format!("{:.3}s", o.elapsed.as_secs_f64());
        let Some(error) = &o.error else {
            if !req.show_pass && !req.json && self.mode == Mode::Kept {
                lock(&self.kept).clear();
            }
            let none = if has("\ntesting: warning: no tests to run\n") { " [no tests to run]" } else { "" };
            if unfinished {
                self.print("\n");
            }
            self.print(&format!("ok  \t{path}\t{secs}{none}\n"));
            return;
        };
        if o.killed {
            let limit = duration::show(req.kill_after.unwrap_or_default());
            self.print(&format!("*** Test killed with quit: ran too long ({limit}).\n"));
        } else if o.incomplete {
            self.print(&format!("*** Test I/O incomplete {} after exiting.\n", duration::show(req.wait_delay)));
        }
        if !o.exited || o.incomplete || out.is_empty() {
            self.print(&format!("{error}\n"));
        } else if unfinished {
            self.print("\n");
        }
        let mark = if req.json || req.flags.text("v") == Some("test2json") { "\x16" } else { "" };
        self.print(&format!("{mark}FAIL\t{path}\t{secs}\n"));
    }

    /// The end of the package's events.
    pub fn close(&self, ok: bool, failed_build: String) {
        if let Some(e) = &self.events {
            lock(e).close(ok, &failed_build);
        }
    }

    /// What is yet to be shown.
    pub fn buffered(&self) -> Vec<u8> {
        match self.mode {
            Mode::Kept if self.events.is_none() => std::mem::take(&mut *lock(&self.kept)),
            _ => Vec::new(),
        }
    }
}
