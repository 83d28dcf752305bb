//! Programs with expected output: `examples/`, `tests/run`, `tests/runtime`.
//!
//! `examples/X/expected.txt` is standard output; `tests/run/X.out` likewise; `tests/runtime/X.err` is the exit code and
//! standard error of a program that ends badly, in the form that the README there describes, `X.out` its standard output.

use crate::report::{Outcome, difference, summary};
use crate::run::{self, parallel, processors};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

const LIMIT: Duration = Duration::from_secs(120);

enum Kind {
    /// A module folder and what it prints.
    Example,
    /// A file and what it prints.
    Output,
    /// A file that crashes.
    Crash,
    /// A file that must be refused with this message.
    Refused(&'static str),
}

struct Program {
    name: String,
    path: PathBuf,
    kind: Kind,
}

pub fn main(names: &[&str]) -> Result<(), String> {
    let goxide = run::build()?;
    if run_all(&goxide, names) { Ok(()) } else { Err("programs fail".into()) }
}

/// Runs the programs whose name contains one of `names` (all if none); true if all pass.
pub fn run_all(goxide: &Path, names: &[&str]) -> bool {
    let mut list = collect();
    list.retain(|p| names.is_empty() || names.iter().any(|n| p.name.contains(n)));
    let known = match known_failures() {
        Ok(k) => k,
        Err(e) => {
            println!("{e}");
            return false;
        }
    };
    let outcomes = parallel(&list, processors(), |p| {
        let failure = match (one(goxide, p), known.get(&p.name)) {
            (Err(_), Some(_)) => None,
            (Ok(()), Some(reason)) => Some(format!("passes, but tests/known.toml lists it: {reason}")),
            (r, None) => r.err(),
        };
        Outcome { name: p.name.clone(), failure }
    });
    let listed = list.iter().filter(|p| known.contains_key(&p.name)).count();
    println!("programs: {listed} known failures (tests/known.toml)");
    summary("programs", &outcomes)
}

/// Programs that fail today: name -> reason.
fn known_failures() -> Result<BTreeMap<String, String>, String> {
    let path = run::root().join("tests/known.toml");
    let text = std::fs::read_to_string(&path).map_err(|e| format!("{}: {e}", path.display()))?;
    let t: toml::Table = text.parse().map_err(|e| format!("{}: {e}", path.display()))?;
    let mut out = BTreeMap::new();
    for (reason, names) in t.get("fails").and_then(|v| v.as_table()).into_iter().flatten() {
        for n in names.as_array().into_iter().flatten().filter_map(|v| v.as_str()) {
            out.insert(n.to_owned(), reason.clone());
        }
    }
    Ok(out)
}

fn sorted(dir: &Path) -> Vec<PathBuf> {
    let mut v: Vec<PathBuf> =
        std::fs::read_dir(dir).map(|d| d.flatten().map(|e| e.path()).collect()).unwrap_or_default();
    v.sort();
    v
}

fn collect() -> Vec<Program> {
    let root = run::root();
    let mut out = Vec::new();
    for p in sorted(&root.join("examples")) {
        if p.join("expected.txt").exists() {
            out.push(Program { name: name_of(&root, &p), path: p, kind: Kind::Example });
        }
    }
    let seed = root.join("examples/seed");
    for p in sorted(&seed) {
        let stem = p.file_stem().and_then(|s| s.to_str()).unwrap_or_default().to_owned();
        if p.extension().is_some_and(|e| e == "go") {
            let kind = if stem == "x2" {
                Kind::Refused("./x2.go:6:5: \"time\" imported and not used\n")
            } else {
                Kind::Output
            };
            out.push(Program { name: name_of(&root, &p), path: p, kind });
        }
    }
    for (dir, crash) in [("tests/run", false), ("tests/runtime", true)] {
        for p in sorted(&root.join(dir)) {
            if p.extension().is_some_and(|e| e == "go") {
                let kind = if crash { Kind::Crash } else { Kind::Output };
                out.push(Program { name: name_of(&root, &p), path: p, kind });
            }
        }
    }
    out
}

fn name_of(root: &Path, p: &Path) -> String {
    p.strip_prefix(root).unwrap_or(p).display().to_string()
}

fn one(goxide: &Path, p: &Program) -> Result<(), String> {
    let dir =
        if matches!(p.kind, Kind::Example) { p.path.clone() } else { p.path.parent().unwrap_or(&p.path).to_path_buf() };
    let file = p.path.file_name().and_then(|f| f.to_str()).unwrap_or(".").to_owned();
    let tmp = tempfile::tempdir().map_err(|e| e.to_string())?;
    let exe = tmp.path().join("prog");
    let mut c = Command::new(goxide);
    c.arg("build").arg("-o").arg(&exe).current_dir(&dir);
    c.arg(if matches!(p.kind, Kind::Example) { "." } else { &file });
    let built = run::run(c, LIMIT, false)?;
    if let Kind::Refused(msg) = p.kind {
        if built.code != Some(1) {
            return Err(format!("exit status {:?}, want 1", built.code));
        }
        let want = format!("# command-line-arguments\n{msg}");
        return difference(want.as_bytes(), &built.stderr).map_or(Ok(()), Err);
    }
    if !built.ok() {
        return Err(format!("does not build ({:?}):\n{}", built.code, String::from_utf8_lossy(&built.both())));
    }
    let mut c = Command::new(&exe);
    c.current_dir(&dir);
    let ran = run::run(c, LIMIT, false)?;
    if ran.timed_out {
        return Err(format!("still running after {LIMIT:?}; output so far:\n{}", String::from_utf8_lossy(&ran.both())));
    }
    let read = |ext: &str| std::fs::read(p.path.with_extension(ext)).ok();
    match p.kind {
        Kind::Example => {
            let want = std::fs::read(p.path.join("expected.txt")).map_err(|e| e.to_string())?;
            finished(&ran)?;
            difference(&want, &ran.stdout).map_or(Ok(()), Err)
        }
        Kind::Output => {
            finished(&ran)?;
            match read("out") {
                Some(want) => difference(&want, &ran.stdout).map_or(Ok(()), Err),
                // The seed's programs: what they print depends on the machine, so only that they end well.
                None if p.name.contains("seed") => seed(&file, &ran.stdout),
                None => Err("no .out file".into()),
            }
        }
        Kind::Crash => {
            let want = std::fs::read_to_string(p.path.with_extension("err")).map_err(|e| format!(".err file: {e}"))?;
            let got = crash_text(ran.code, &String::from_utf8_lossy(&ran.stderr));
            if let Some(d) = difference(want.as_bytes(), got.as_bytes()) {
                return Err(d);
            }
            difference(&read("out").unwrap_or_default(), &ran.stdout).map_or(Ok(()), Err)
        }
        Kind::Refused(_) => Ok(()),
    }
}

fn finished(ran: &run::Ran) -> Result<(), String> {
    if ran.ok() {
        return Ok(());
    }
    Err(format!("exit status {:?}\n{}", ran.code, String::from_utf8_lossy(&ran.both())))
}

/// What an `.err` file records (`tests/runtime/README.md`): exit code, then standard error without tracebacks and addresses.
fn crash_text(code: Option<i32>, stderr: &str) -> String {
    let mut out = format!("exit {}\n", code.map_or("by signal".into(), |c| c.to_string()));
    for l in stderr.lines().take_while(|l| !l.starts_with("goroutine ") && !l.starts_with("runtime stack:")) {
        let l = match (l.find(" sp="), l.find(" pc=")) {
            (Some(i), _) => format!("{} sp=SP", &l[..i]),
            (_, Some(i)) => {
                let rest = l[i + 4..].trim_start_matches(|c: char| c.is_ascii_alphanumeric());
                format!("{} pc=PC{rest}", &l[..i])
            }
            _ => l.to_owned(),
        };
        out.push_str(&l);
        out.push('\n');
    }
    let kept = out.trim_end_matches('\n').len();
    out.truncate(kept);
    out + "\n"
}

fn seed(file: &str, out: &[u8]) -> Result<(), String> {
    let text = String::from_utf8_lossy(out);
    let has = |s: &str| if text.contains(s) { Ok(()) } else { Err(format!("no {s:?} in\n{text}")) };
    match file {
        "x1.go" => {
            has("Go Version: go1.27.3\nGOOS: linux, GOARCH: amd64\n")?;
            has("Hello from goroutine\nAlloc: ")
        }
        "x2_fixed.go" => {
            (1..=10).try_for_each(|n| has(&format!("Job {n} result: {}\n", if n == 10 { 577 } else { 528 + n })))
        }
        _ => difference("操作成功完成\n操作被取消: context canceled\n".as_bytes(), out).map_or(Ok(()), Err),
    }
}
