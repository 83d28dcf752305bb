//! Go's own test programs, run in place from the pinned sources: actions `run` and `rundir`.
//!
//! The header of a file says what to do with it (as `cmd/internal/testdir` reads it); `tests/upstream/expected.toml`
//! lists what fails today, each with its reason. A listed test that passes is an error too.

use crate::conformance;
use crate::gopath::GoOnPath;
use crate::report::{Outcome, difference, summary};
use crate::run::{self, parallel, processors};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

const LIMIT: Duration = Duration::from_secs(60);

/// How the suite is run.
pub struct Plan {
    /// (k, n): every n-th test, from the k-th.
    pub shard: (usize, usize),
    pub only: Option<String>,
    pub jobs: usize,
    /// Print failing names with the first line of the reason, for expected.toml.
    pub list: bool,
}

impl Default for Plan {
    fn default() -> Self {
        Plan { shard: (1, 1), only: None, jobs: processors(), list: false }
    }
}

pub fn main(args: &[&str]) -> Result<(), String> {
    let mut plan = Plan::default();
    let mut it = args.iter();
    while let Some(a) = it.next() {
        let mut value = || it.next().copied().ok_or(format!("{a} needs a value"));
        match *a {
            "--shard" => {
                let v = value()?;
                let (k, n) = v.split_once('/').ok_or("--shard K/N")?;
                let num = |s: &str| s.parse::<usize>().map_err(|e| format!("--shard {v}: {e}"));
                plan.shard = (num(k)?, num(n)?);
            }
            "--only" => plan.only = Some(value()?.to_owned()),
            "--jobs" => plan.jobs = value()?.parse().map_err(|e| format!("--jobs: {e}"))?,
            "--list-failures" => plan.list = true,
            _ => return Err(format!("unknown argument {a}")),
        }
    }
    let goxide = run::build()?;
    if run_all(&goxide, &plan)? { Ok(()) } else { Err("results differ from tests/upstream/expected.toml".into()) }
}

/// What a test's header asks for.
struct Test {
    /// Path relative to the test directory.
    name: String,
    path: PathBuf,
    action: Action,
    args: Vec<String>,
}

#[derive(Clone, Copy, PartialEq)]
enum Action {
    Run,
    RunDir,
}

/// Runs the suite; true if results are as expected.
pub fn run_all(goxide: &Path, plan: &Plan) -> Result<bool, String> {
    let dir = conformance::test_dir()?;
    let mut tests = Vec::new();
    find(&dir, &dir, &mut tests);
    tests.sort_by(|a: &Test, b: &Test| a.name.cmp(&b.name));
    let (k, n) = plan.shard;
    let mut i = 0;
    tests.retain(|t| {
        i += 1;
        i % n == k % n && plan.only.as_ref().is_none_or(|o| t.name.contains(o))
    });
    let expected = expected()?;
    let go = GoOnPath::new(goxide)?;
    let results = parallel(&tests, plan.jobs, |t| one(goxide, &go, &dir, t).err());
    let mut outcomes = Vec::new();
    let (mut passed, mut known) = (0, 0);
    for (t, failure) in tests.iter().zip(results) {
        let reason = expected.get(&t.name);
        if plan.list
            && let Some(f) = &failure
        {
            println!("{}\t{}", t.name, f.lines().find(|l| !l.trim().is_empty()).unwrap_or_default());
        }
        let failure = match (failure, reason) {
            (None, None) => {
                passed += 1;
                None
            }
            (Some(_), Some(_)) => {
                known += 1;
                None
            }
            (None, Some(r)) => Some(format!("passes, but expected.toml lists it: {r}")),
            (Some(f), None) => Some(f),
        };
        outcomes.push(Outcome { name: t.name.clone(), failure });
    }
    let ok = summary("upstream test", &outcomes);
    println!("upstream test: {passed} of {} pass, {known} fail as listed", tests.len());
    Ok(ok)
}

/// Known failures: name -> reason.
fn expected() -> Result<BTreeMap<String, String>, String> {
    let path = run::root().join("tests/upstream/expected.toml");
    let Ok(text) = std::fs::read_to_string(&path) else { return Ok(BTreeMap::new()) };
    let t: toml::Table = text.parse().map_err(|e| format!("{}: {e}", path.display()))?;
    let mut out = BTreeMap::new();
    for (reason, names) in t.get("fails").and_then(|v| v.as_table()).into_iter().flatten() {
        for n in names.as_array().into_iter().flatten().filter_map(|v| v.as_str()) {
            out.insert(n.to_owned(), reason.clone());
        }
    }
    Ok(out)
}

fn find(root: &Path, dir: &Path, out: &mut Vec<Test>) {
    let Ok(entries) = std::fs::read_dir(dir) else { return };
    for e in entries.flatten() {
        let p = e.path();
        if p.is_dir() {
            if p.extension().is_none_or(|x| x != "dir") {
                find(root, &p, out);
            }
        } else if p.extension().is_some_and(|x| x == "go")
            && let Some(t) = header(root, &p)
        {
            out.push(t);
        }
    }
}

/// The test a file is, if its action is one we run and its constraints hold here.
fn header(root: &Path, p: &Path) -> Option<Test> {
    let src = String::from_utf8_lossy(&std::fs::read(p).ok()?).into_owned();
    let name = p.strip_prefix(root).ok()?.display().to_string();
    // The action is the first line that is neither empty nor a build constraint.
    let mut action = None;
    for line in src.lines() {
        let l = line.trim();
        if l.starts_with("package ") {
            break;
        }
        if let Some(c) = l.strip_prefix("//go:build ")
            && !crate::suite::constraint(c)
        {
            return None;
        }
        if action.is_none() && !l.is_empty() && !l.starts_with("//go:build") && !l.starts_with("// +build") {
            action = Some(l.strip_prefix("//").unwrap_or_default().trim().to_owned());
        }
    }
    let action = action?;
    let mut words = split(&action).into_iter();
    let act = match words.next()?.as_str() {
        "run" => Action::Run,
        "rundir" => Action::RunDir,
        _ => return None,
    };
    Some(Test { name, path: p.to_path_buf(), action: act, args: words.collect() })
}

/// Words of a header line; quotes group.
fn split(s: &str) -> Vec<String> {
    let (mut out, mut cur, mut quote, mut any) = (Vec::new(), String::new(), None, false);
    for c in s.chars() {
        match (c, quote) {
            (c, Some(q)) if c == q => quote = None,
            ('"' | '\'', None) => {
                quote = Some(c);
                any = true;
            }
            (' ' | '\t', None) => {
                if any || !cur.is_empty() {
                    out.push(std::mem::take(&mut cur));
                    any = false;
                }
            }
            (c, _) => cur.push(c),
        }
    }
    if any || !cur.is_empty() {
        out.push(cur);
    }
    out
}

fn one(goxide: &Path, go: &GoOnPath, dir: &Path, t: &Test) -> Result<(), String> {
    let tmp = tempfile::tempdir().map_err(|e| e.to_string())?;
    let exe = tmp.path().join("prog");
    let mut build = Command::new(goxide);
    build.arg("build").arg("-o").arg(&exe);
    // Flags first, then the program's own arguments.
    let mut args = Vec::new();
    let mut it = t.args.iter().peekable();
    while let Some(a) = it.next() {
        match a.as_str() {
            "-goexperiment" => {
                build.env("GOEXPERIMENT", it.next().ok_or("-goexperiment needs a value")?);
            }
            // For rundir: all that follows.
            "-ldflags" if t.action == Action::RunDir => {
                let rest: Vec<&str> = it.by_ref().map(String::as_str).collect();
                build.arg(format!("-ldflags={}", rest.join(" ")));
            }
            "-gcflags" | "-ldflags" => {
                let v = it.next().ok_or(format!("{a} needs a value"))?;
                build.arg(format!("{a}={v}"));
            }
            // Flags of the compiler, for rundir.
            a if t.action == Action::RunDir && a.starts_with('-') => {
                build.arg(format!("-gcflags={a}"));
            }
            a if a.starts_with('-') && args.is_empty() => {
                build.arg(a);
            }
            a => args.push(a.to_owned()),
        }
    }
    // `go run` takes names of files that come first as more files of the program.
    let files = args.iter().take_while(|a| a.ends_with(".go")).count();
    let more: Vec<String> = args.drain(..files).collect();
    match t.action {
        Action::Run => {
            // In Go's test directory, as upstream's driver does it: some programs look for files from there.
            build.arg(&t.name).args(&more);
            go.apply(&mut build, dir);
        }
        Action::RunDir => {
            let module = tmp.path().join("src");
            lay_out(&t.path.with_extension("dir"), &module)?;
            build.arg(".").current_dir(&module).env("GOFLAGS", "").env("GOWORK", "off");
        }
    }
    let built = run::run(build, LIMIT * 2, true)?;
    if built.timed_out {
        return Err(format!("compiling takes more than {:?}", LIMIT * 2));
    }
    if !built.ok() {
        return Err(format!("does not build ({:?}): {}", built.code, String::from_utf8_lossy(&built.stdout)));
    }
    let mut c = Command::new(&exe);
    c.args(&args);
    go.apply(&mut c, if t.action == Action::RunDir { tmp.path() } else { dir });
    let ran = run::run(c, LIMIT, true)?;
    let got = String::from_utf8_lossy(&ran.stdout).replace("\r\n", "\n");
    if ran.timed_out {
        return Err(format!("still running after {LIMIT:?}\n{got}"));
    }
    if !ran.ok() {
        return Err(format!("exit status {:?}: {got}", ran.code));
    }
    let want = std::fs::read(t.path.with_extension("out")).unwrap_or_default();
    let want = String::from_utf8_lossy(&want).replace("\r\n", "\n");
    difference(want.as_bytes(), got.as_bytes()).map_or(Ok(()), Err)
}

/// Makes a module of a test's folder: one package per package clause (in order of files), imported as `./NAME` by the
/// name of its first file.
fn lay_out(from: &Path, to: &Path) -> Result<(), String> {
    let mut files: Vec<PathBuf> = std::fs::read_dir(from)
        .map_err(|e| format!("{}: {e}", from.display()))?
        .flatten()
        .map(|e| e.path())
        .filter(|p| p.extension().is_some_and(|e| e == "go" || e == "s" || e == "h"))
        .collect();
    files.sort();
    let write = |p: PathBuf, s: &str| -> Result<(), String> {
        std::fs::create_dir_all(p.parent().unwrap_or(&p))
            .and_then(|()| std::fs::write(&p, s))
            .map_err(|e| format!("{}: {e}", p.display()))
    };
    write(to.join("go.mod"), "module test\n\ngo 1.27\n")?;
    let mut home: BTreeMap<String, String> = BTreeMap::new();
    for f in &files {
        let src = std::fs::read(f).map_err(|e| format!("{}: {e}", f.display()))?;
        let src = String::from_utf8_lossy(&src).into_owned();
        let stem = f.file_stem().and_then(|s| s.to_str()).unwrap_or("x").to_owned();
        let clause = src.lines().find_map(|l| l.trim().strip_prefix("package ")).unwrap_or("main");
        let pkg: String = clause.trim().chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
        let dir = home.entry(pkg.clone()).or_insert(stem).clone();
        let place = if pkg == "main" { to.to_path_buf() } else { to.join(dir) };
        // Relative imports mean the packages of this folder.
        let src = src.replace("\"./", "\"test/");
        // Names mean nothing to the compiler, which upstream's driver runs directly.
        let name = f.file_name().and_then(|n| n.to_str()).ok_or("no name")?.replace("_test.go", "_test_.go");
        write(place.join(name), &src)?;
    }
    Ok(())
}
