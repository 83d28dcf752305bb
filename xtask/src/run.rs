//! Building goxide and running processes with a time limit.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

/// The root of the workspace.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("xtask lies in the workspace").to_path_buf()
}

/// Builds goxide and gives the path of the binary.
pub fn build() -> Result<PathBuf, String> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let status = Command::new(cargo)
        .args(["build", "--release", "--quiet", "--package", "goxide"])
        .current_dir(root())
        .status()
        .map_err(|e| format!("cargo: {e}"))?;
    if !status.success() {
        return Err("goxide does not build".into());
    }
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from);
    Ok(target.join("release/goxide"))
}

/// `cargo xtask run`
pub fn run_program(path: &str, args: &[&str]) -> ExitCode {
    let goxide = match build() {
        Ok(g) => g,
        Err(e) => {
            eprintln!("xtask: {e}");
            return ExitCode::FAILURE;
        }
    };
    // A folder with a go.mod of its own is run from inside it, as a user would.
    let p = Path::new(path);
    let mut c = Command::new(goxide);
    c.arg("run");
    if p.join("go.mod").exists() {
        c.current_dir(p).arg(".");
    } else if p.is_dir() {
        c.arg(format!("./{}", path.trim_start_matches("./")));
    } else {
        c.arg(path);
    }
    match c.args(args).status() {
        Ok(s) => ExitCode::from(s.code().unwrap_or(2) as u8),
        Err(e) => {
            eprintln!("xtask: {e}");
            ExitCode::FAILURE
        }
    }
}

/// `cargo xtask fuzz`: the fuzzer, told where the two compilers are.
pub fn fuzz(goxide: &Path, args: &[&str]) -> Result<(), String> {
    let out = Command::new(goxide).args(["env", "GOROOT"]).output().map_err(|e| format!("goxide: {e}"))?;
    let go = Path::new(String::from_utf8_lossy(&out.stdout).trim()).join("bin/go");
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut c = Command::new(cargo);
    c.args(["run", "--release", "--quiet", "--package", "goxide-fuzz", "--"]).args(args).current_dir(root());
    if matches!(args.first(), Some(&"programs" | &"concurrent")) {
        c.arg("--goxide").arg(goxide).arg("--go").arg(go);
    }
    let status = c.status().map_err(|e| format!("cargo: {e}"))?;
    if status.success() { Ok(()) } else { Err("fuzzing has findings (target/fuzz)".into()) }
}

/// What a process did.
pub struct Ran {
    /// `None`: ended by a signal, or killed at the time limit.
    pub code: Option<i32>,
    pub stdout: Vec<u8>,
    pub stderr: Vec<u8>,
    pub timed_out: bool,
}

impl Ran {
    /// Both outputs, standard output first.
    pub fn both(&self) -> Vec<u8> {
        [&self.stdout[..], &self.stderr[..]].concat()
    }
    pub fn ok(&self) -> bool {
        self.code == Some(0)
    }
}

/// Runs a command to its end or the time limit. With `merge`, standard error goes where standard output goes.
pub fn run(mut c: Command, limit: Duration, merge: bool) -> Result<Ran, String> {
    use std::os::unix::process::CommandExt;
    let name = format!("{:?}", c.get_program());
    let io = |e: std::io::Error| format!("{name}: {e}");
    let out = tempfile::tempfile().map_err(io)?;
    let err = if merge { out.try_clone().map_err(io)? } else { tempfile::tempfile().map_err(io)? };
    c.stdin(Stdio::null()).stdout(out.try_clone().map_err(io)?).stderr(err.try_clone().map_err(io)?).process_group(0);
    let mut child = c.spawn().map_err(io)?;
    let (code, timed_out) = wait(&mut child, limit).map_err(io)?;
    Ok(Ran { code, stdout: contents(out)?, stderr: if merge { Vec::new() } else { contents(err)? }, timed_out })
}

fn wait(child: &mut Child, limit: Duration) -> std::io::Result<(Option<i32>, bool)> {
    let start = Instant::now();
    let mut pause = Duration::from_micros(500);
    loop {
        if let Some(s) = child.try_wait()? {
            return Ok((s.code(), false));
        }
        if start.elapsed() > limit {
            // The whole group: the program that `goxide run` started, and what that started.
            let _ = Command::new("kill").args(["-KILL", "--", &format!("-{}", child.id())]).status();
            let _ = child.kill();
            child.wait()?;
            return Ok((None, true));
        }
        std::thread::sleep(pause);
        pause = (pause * 2).min(Duration::from_millis(20));
    }
}

fn contents(mut f: std::fs::File) -> Result<Vec<u8>, String> {
    use std::io::{Read, Seek, SeekFrom};
    let mut v = Vec::new();
    f.seek(SeekFrom::Start(0)).and_then(|_| f.read_to_end(&mut v)).map_err(|e| e.to_string())?;
    Ok(v)
}

/// Runs `job` for every item on `jobs` threads; results in the order of the items.
pub fn parallel<T: Sync, R: Send>(items: &[T], jobs: usize, job: impl Fn(&T) -> R + Sync) -> Vec<R> {
    use std::sync::Mutex;
    use std::sync::atomic::{AtomicUsize, Ordering};
    let next = AtomicUsize::new(0);
    let out: Mutex<Vec<(usize, R)>> = Mutex::new(Vec::new());
    std::thread::scope(|s| {
        for _ in 0..jobs.clamp(1, items.len().max(1)) {
            s.spawn(|| {
                loop {
                    let i = next.fetch_add(1, Ordering::Relaxed);
                    let Some(item) = items.get(i) else { break };
                    let r = job(item);
                    out.lock().expect("no job panics").push((i, r));
                }
            });
        }
    });
    let mut v = out.into_inner().expect("no job panics");
    v.sort_by_key(|x| x.0);
    v.into_iter().map(|x| x.1).collect()
}

/// Processors of this machine.
pub fn processors() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// One line on a terminal that says how far a suite is; nothing elsewhere.
pub struct Progress {
    title: &'static str,
    total: usize,
    /// Done, and failed so far.
    state: std::sync::Mutex<(usize, usize)>,
    shown: bool,
}

impl Progress {
    pub fn new(title: &'static str, total: usize) -> Progress {
        use std::io::IsTerminal;
        Progress { title, total, state: Default::default(), shown: std::io::stderr().is_terminal() }
    }

    /// One more is done.
    pub fn step(&self, name: &str, failed: bool) {
        if !self.shown {
            return;
        }
        let mut s = self.state.lock().expect("no holder panics");
        s.0 += 1;
        s.1 += usize::from(failed);
        let name: String = name.chars().take(40).collect();
        eprint!("\r\x1b[K{} {}/{} ({} fail) {name}", self.title, s.0, self.total, s.1);
    }

    /// Takes the line away.
    pub fn end(&self) {
        if self.shown {
            eprint!("\r\x1b[K");
        }
    }
}
