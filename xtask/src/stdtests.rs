//! The standard library's own tests: each package's, by `goxide test -short -json`, compared by test function with
//! `tests/upstream/std.toml`, which lists what fails with reasons. A listed test that passes is an error too.
//!
//! A test that ends the whole process would hide those behind it: the package is run again without it, until all have
//! had their turn. What gc passes and skips of each package is in `tests/upstream/std-gc.tsv`.

use crate::gopath::GoOnPath;
use crate::report::{Outcome, summary};
use crate::run::{self, parallel};
use crate::runtimetests;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;
use std::time::Duration;

/// For one run of a package; its binary is told a little less.
const LIMIT: Duration = Duration::from_secs(700);
const TIMEOUT: &str = "-timeout=300s";
/// How often a package is run again without the tests that ended it.
const ROUNDS: usize = 12;
/// Stands for a package that fails as a whole: it does not build, or ends before or after its tests.
const WHOLE: &str = "(package)";
/// Reasons of tests that fail now and then begin with this; passing is no surprise then.
const SOMETIMES: &str = "sometimes: ";

pub fn main(args: &[&str]) -> Result<(), String> {
    let (mut jobs, mut list, mut wanted) = (1, false, Vec::new());
    let mut it = args.iter();
    while let Some(a) = it.next() {
        match *a {
            "--jobs" => {
                jobs = it.next().and_then(|v| v.parse().ok()).ok_or("--jobs needs a number")?;
            }
            "--list-failures" => list = true,
            a if a.starts_with('-') => return Err(format!("unknown argument {a}")),
            a => wanted.push(a.to_owned()),
        }
    }
    let gc = gc_results()?;
    let packages: Vec<String> = match wanted.is_empty() {
        true => gc.keys().cloned().collect(),
        false => gc.keys().filter(|p| wanted.iter().any(|w| matches(w, p))).cloned().collect(),
    };
    if packages.is_empty() {
        return Err(format!("no package with tests among {}", wanted.join(" ")));
    }
    let goxide = run::build()?;
    let go = GoOnPath::new(&goxide)?;
    let expected = expected()?;
    let results = parallel(&packages, jobs, |p| {
        let r = package(&goxide, &go, p);
        eprintln!("{}", line(p, &r, gc.get(p)));
        r
    });
    let mut outcomes = Vec::new();
    let (mut passed, mut skipped, mut gc_skipped, mut whole) = (0, 0, 0, 0);
    for (p, r) in packages.iter().zip(&results) {
        passed += r.passed.len();
        skipped += r.skipped.len();
        gc_skipped += gc.get(p).map_or(0, |g| g.1);
        whole += usize::from(r.failed.is_empty());
        if list && !r.failed.is_empty() {
            println!("[{p:?}]");
            r.failed.iter().for_each(|(t, why)| println!("{t}\t{why}"));
        }
        outcomes.push(Outcome { name: p.clone(), failure: compare(r, expected.get(p)) });
    }
    let ok = summary("upstream std", &outcomes);
    println!(
        "upstream std: {whole} of {} packages pass in full; {passed} tests pass, {} fail; {skipped} skip (gc: {gc_skipped})",
        packages.len(),
        results.iter().map(|r| r.failed.len()).sum::<usize>()
    );
    if ok { Ok(()) } else { Err("results differ from tests/upstream/std.toml".into()) }
}

/// `a/...` means `a` and everything below it.
fn matches(pattern: &str, package: &str) -> bool {
    match pattern.strip_suffix("/...") {
        Some(p) => package == p || package.strip_prefix(p).is_some_and(|r| r.starts_with('/')),
        None => package == pattern,
    }
}

fn line(package: &str, r: &Results, gc: Option<&(usize, usize)>) -> String {
    let (gp, gs) = gc.copied().unwrap_or_default();
    let verdict = if r.failed.is_empty() { "ok  " } else { "FAIL" };
    let (p, f, s) = (r.passed.len(), r.failed.len(), r.skipped.len());
    format!("{verdict} {package}: {p} pass, {f} fail, {s} skip (gc: {gp} pass, {gs} skip)")
}

/// What the tests of a package did; subtests and benchmarks count with their tests.
#[derive(Default)]
struct Results {
    passed: BTreeSet<String>,
    skipped: BTreeSet<String>,
    /// With the first telling line of the output.
    failed: BTreeMap<String, String>,
}

fn package(goxide: &Path, go: &GoOnPath, package: &str) -> Results {
    let mut all = Results::default();
    let mut without: BTreeSet<String> = BTreeSet::new();
    let mut overlay = None;
    if package == "runtime" {
        let dir = tempfile::tempdir().map_err(|e| e.to_string());
        let prepared = dir.and_then(|d| Ok((runtimetests::prepare(goxide, go, d.path())?, d)));
        match prepared {
            Ok((p, dir)) => {
                let tests = p.left_out.into_iter().filter(|(t, _)| !t.starts_with("Benchmark"));
                all.failed.extend(tests.map(|(t, why)| (t, format!("left out: {why}"))));
                overlay = Some((p.overlay, dir));
            }
            Err(e) => {
                all.failed.insert(WHOLE.into(), e);
                return all;
            }
        }
    }
    for _ in 0..ROUNDS {
        let mut c = Command::new(goxide);
        c.args(["test", "-json", "-short", "-count=1", TIMEOUT]);
        if let Some((file, _)) = &overlay {
            c.arg(format!("-overlay={}", file.display()));
        }
        if !without.is_empty() {
            let names: Vec<&str> = without.iter().map(String::as_str).collect();
            c.arg(format!("-skip=^({})$", names.join("|")));
        }
        c.arg(package);
        go.apply(&mut c, &std::env::temp_dir());
        if let Some((file, _)) = &overlay {
            // For the programs that the tests build.
            c.env("GOFLAGS", format!("-overlay={}", file.display()));
        }
        let ran = match run::run(c, LIMIT, true) {
            Ok(r) => r,
            Err(e) => {
                all.failed.insert(WHOLE.into(), e);
                return all;
            }
        };
        let text = String::from_utf8_lossy(&ran.stdout).into_owned();
        let mut round = read_events(&text);
        if ran.timed_out {
            round.whole = Some(format!("still running after {LIMIT:?}"));
        }
        all.passed.append(&mut round.passed);
        all.skipped.append(&mut round.skipped);
        let unfinished = std::mem::take(&mut round.unfinished);
        let failed_some = !round.failed.is_empty() || !unfinished.is_empty();
        let blame = round.failed.keys().all(|t| all.failed.contains_key(t));
        all.failed.append(&mut round.failed);
        // a test that panics is reported as failed, and those behind it have not run
        let ended_early = round.whole.is_some() || !unfinished.is_empty();
        if ran.ok() || !failed_some || !ended_early {
            if !ran.ok() && !failed_some {
                all.failed.insert(WHOLE.into(), round.whole.unwrap_or_else(|| "fails without a failing test".into()));
            }
            break;
        }
        let why = round.whole.unwrap_or_else(|| "does not finish".into());
        // One that says itself that it has failed has ended the others too.
        for t in unfinished.into_iter().filter(|_| blame) {
            all.failed.insert(t.clone(), why.clone());
            without.insert(t);
        }
        // those have had their turn
        without.extend(all.passed.iter().cloned());
        without.extend(all.failed.keys().filter(|k| *k != WHOLE).cloned());
    }
    let failed: Vec<String> = all.failed.keys().cloned().collect();
    failed.iter().for_each(|f| {
        all.passed.remove(f);
    });
    all
}

/// One run.
#[derive(Default)]
struct Round {
    passed: BTreeSet<String>,
    skipped: BTreeSet<String>,
    failed: BTreeMap<String, String>,
    unfinished: BTreeSet<String>,
    /// A line that says why the package as a whole failed.
    whole: Option<String>,
}

fn read_events(text: &str) -> Round {
    let mut r = Round::default();
    let mut said: BTreeMap<String, String> = BTreeMap::new();
    let mut paused: BTreeSet<String> = BTreeSet::new();
    for l in text.lines() {
        let Some(action) = field(l, "Action") else { continue };
        let test = field(l, "Test").unwrap_or_default();
        let top = test.split('/').next().unwrap_or("").to_owned();
        match action.as_str() {
            "output" | "build-output" => {
                let out = field(l, "Output").unwrap_or_default();
                let out = out.trim();
                let fatal = ["panic:", "fatal error:", "unexpected fault", "SIG"].iter().any(|p| out.starts_with(p));
                if fatal || action == "build-output" && !out.starts_with('#') && !out.is_empty() {
                    r.whole.get_or_insert_with(|| out.to_owned());
                }
                let frame = ["=== ", "--- "].iter().any(|p| out.starts_with(p));
                if !out.is_empty() && !frame && !top.is_empty() {
                    said.entry(top).or_insert_with(|| out.to_owned());
                }
            }
            "run" if test == top => {
                r.unfinished.insert(top);
            }
            "pause" if test == top => {
                paused.insert(top);
            }
            "cont" if test == top => {
                paused.remove(&top);
            }
            "pass" | "fail" | "skip" if !top.is_empty() && test == top => {
                r.unfinished.remove(&top);
                match action.as_str() {
                    "pass" => drop(r.passed.insert(top)),
                    "skip" => drop(r.skipped.insert(top)),
                    _ => {
                        let why = said.get(&top).cloned().unwrap_or_default();
                        r.failed.insert(top, why);
                    }
                }
            }
            _ => {}
        }
    }
    // tests that wait for their turn are not to blame
    if paused.len() < r.unfinished.len() {
        r.unfinished.retain(|t| !paused.contains(t));
    }
    r
}

/// A string field of an event.
fn field(event: &str, name: &str) -> Option<String> {
    let key = format!("\"{name}\":\"");
    let at = event.find(&key)? + key.len();
    let mut out = String::new();
    let mut cs = event[at..].chars();
    loop {
        match cs.next()? {
            '"' => return Some(out),
            '\\' => match cs.next()? {
                'n' => out.push('\n'),
                't' => out.push('\t'),
                'r' => out.push('\r'),
                'u' => {
                    let hex: String = cs.by_ref().take(4).collect();
                    out.push(u32::from_str_radix(&hex, 16).ok().and_then(char::from_u32).unwrap_or('\u{fffd}'));
                }
                c => out.push(c),
            },
            c => out.push(c),
        }
    }
}

/// Differences between results and expectations.
fn compare(r: &Results, expected: Option<&BTreeMap<String, String>>) -> Option<String> {
    let none = BTreeMap::new();
    let expected = expected.unwrap_or(&none);
    let mut out = Vec::new();
    for (t, why) in &r.failed {
        if !expected.contains_key(t) {
            out.push(format!("{t} fails: {why}"));
        }
    }
    for (t, reason) in expected {
        if !r.failed.contains_key(t) && !reason.starts_with(SOMETIMES) {
            out.push(format!("{t} does not fail, but std.toml lists it: {reason}"));
        }
    }
    (!out.is_empty()).then(|| out.join("\n"))
}

type Expected = BTreeMap<String, BTreeMap<String, String>>;

/// package -> test -> reason
fn expected() -> Result<Expected, String> {
    let path = run::root().join("tests/upstream/std.toml");
    let Ok(text) = std::fs::read_to_string(&path) else { return Ok(Expected::new()) };
    let t: toml::Table = text.parse().map_err(|e| format!("{}: {e}", path.display()))?;
    let mut out = Expected::new();
    for (package, reasons) in &t {
        let into = out.entry(package.clone()).or_default();
        for (reason, tests) in reasons.as_table().into_iter().flatten() {
            for name in tests.as_array().into_iter().flatten().filter_map(|v| v.as_str()) {
                into.insert(name.to_owned(), reason.clone());
            }
        }
    }
    Ok(out)
}

/// What gc passes and skips of each package with tests.
fn gc_results() -> Result<BTreeMap<String, (usize, usize)>, String> {
    let path = run::root().join("tests/upstream/std-gc.tsv");
    let text = std::fs::read_to_string(&path).map_err(|e| format!("{}: {e}", path.display()))?;
    let row = |l: &str| {
        let mut f = l.split('\t');
        Some((f.next()?.to_owned(), (f.next()?.parse().ok()?, f.next()?.parse().ok()?)))
    };
    Ok(text.lines().skip(1).filter_map(row).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events() {
        let r = read_events(
            "{\"Action\":\"run\",\"Test\":\"TestA\"}\n\
             {\"Action\":\"output\",\"Test\":\"TestA/x\",\"Output\":\"    a_test.go:1: \\u003cbad\\u003e\\n\"}\n\
             {\"Action\":\"fail\",\"Test\":\"TestA\",\"Elapsed\":0}\n\
             {\"Action\":\"run\",\"Test\":\"TestB\"}\n{\"Action\":\"output\",\"Output\":\"panic: x\\n\"}\n\
             {\"Action\":\"fail\",\"Package\":\"p\"}\n",
        );
        assert_eq!(r.failed.get("TestA").unwrap(), "a_test.go:1: <bad>");
        assert!(r.unfinished.contains("TestB"));
        assert_eq!(r.whole.unwrap(), "panic: x");
    }
}
