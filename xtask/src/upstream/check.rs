//! Every package of the standard library and of the go command's own sources is checked without an error, beside a small
//! program on go/types, built by gc, that checks the same packages.

use crate::{bench, run};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// `cargo xtask upstream check`
pub fn main(args: &[&str]) -> Result<(), String> {
    let peer = match args {
        [] => false,
        ["--peer"] => true,
        _ => return Err("usage: cargo xtask upstream check [--peer]".into()),
    };
    check(&run::build()?, peer)
}

/// Checks everything; with `peer`, measures the program on go/types as well.
pub fn check(goxide: &Path, peer: bool) -> Result<(), String> {
    let src = PathBuf::from(text(Command::new(goxide).args(["env", "GOROOT"]))?.trim()).join("src");
    let parts = [("std", src.clone(), "std"), ("cmd", src.join("cmd"), "./...")];
    // these are tests of cgo, which is off
    let cgo = |path: &str| path.starts_with("cmd/cgo/internal/test");
    println!("{:<28} {:>9} {:>9} {:>9}", "", "packages", "seconds", "peak MB");
    let mut dirs: Vec<String> = Vec::new();
    for (name, dir, pattern) in &parts {
        let list = |field: &str| text(goxide_in(goxide, dir).args(["list", "-e", "-f", field, pattern]));
        let (paths, places) = (list("{{.ImportPath}}")?, list("{{.Dir}}")?);
        let listed = paths.lines().zip(places.lines()).filter(|(_, place)| !only_tests(Path::new(place)));
        let all: Vec<(&str, &str)> = listed.collect();
        let packages: Vec<(&str, &str)> = all.iter().copied().filter(|(path, _)| !cgo(path)).collect();
        dirs.extend(packages.iter().map(|p| p.1.to_owned()));
        let mut c = goxide_in(goxide, dir);
        c.args(["build", "-d=check"]);
        // A pattern where nothing is left out: vendored packages cannot be named one by one.
        if packages.len() == all.len() {
            c.arg(pattern);
        } else {
            c.args(packages.iter().map(|p| p.0));
        }
        row(&format!("goxide, {name}"), packages.len(), c)?;
    }
    if peer {
        let tmp = tempfile::tempdir().map_err(|e| e.to_string())?;
        let exe = tmp.path().join("check");
        let mut build = Command::new(bench::peer()?);
        build.args(["build", "-o"]).arg(&exe).arg("main.go").current_dir(run::root().join("tests/upstream/check"));
        build.env("GO111MODULE", "off").env("GOFLAGS", "");
        text(&mut build)?;
        let mut c = Command::new(&exe);
        c.args(&dirs).env("GO111MODULE", "off").env("GOROOT", src.parent().unwrap_or(&src));
        row("go/types by gc, std and cmd", dirs.len(), c)?;
    }
    Ok(())
}

/// Whether a package has test files alone: there is nothing to check without building tests.
fn only_tests(dir: &Path) -> bool {
    let files = std::fs::read_dir(dir).into_iter().flatten().flatten().map(|e| e.file_name());
    let mut sources = files.filter_map(|n| n.into_string().ok()).filter(|n| n.ends_with(".go"));
    !sources.any(|n| !n.ends_with("_test.go"))
}

fn goxide_in(goxide: &Path, dir: &Path) -> Command {
    let mut c = Command::new(goxide);
    c.current_dir(dir).env("GOFLAGS", "").env("GOENV", "off").env("GOWORK", "off");
    c
}

fn text(c: &mut Command) -> Result<String, String> {
    let out = c.output().map_err(|e| format!("{:?}: {e}", c.get_program()))?;
    if !out.status.success() {
        return Err(format!("{c:?}: {}", String::from_utf8_lossy(&out.stderr)));
    }
    Ok(String::from_utf8_lossy(&out.stdout).into_owned())
}

/// Runs a command that must succeed, and prints what it took.
fn row(name: &str, packages: usize, mut c: Command) -> Result<(), String> {
    let io = |e: std::io::Error| e.to_string();
    let out = tempfile::NamedTempFile::new().map_err(io)?;
    let start = Instant::now();
    c.stdin(Stdio::null()).stdout(out.reopen().map_err(io)?).stderr(out.reopen().map_err(io)?);
    let mut child = c.spawn().map_err(io)?;
    let mut peak = 0;
    let status = loop {
        peak = peak.max(high_water(child.id()).unwrap_or(0));
        match child.try_wait().map_err(io)? {
            Some(s) => break s,
            None => std::thread::sleep(Duration::from_millis(5)),
        }
    };
    println!("{name:<28} {packages:>9} {:>9.2} {:>9}", start.elapsed().as_secs_f64(), peak >> 10);
    if status.success() {
        return Ok(());
    }
    let said = std::fs::read(out.path()).unwrap_or_default();
    Err(format!("{name}: {status}\n{}", String::from_utf8_lossy(&said)))
}

/// Peak memory of a process in kilobytes.
fn high_water(pid: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find_map(|l| l.strip_prefix("VmHWM:"))?;
    line.split_whitespace().next()?.parse().ok()
}
