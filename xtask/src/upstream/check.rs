//! Every package of the standard library and of the go command's own sources, with the modules that they have vendored, is
//! checked without an error, beside a small program on go/types, built by gc, that checks the same packages.

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

/// A package as `goxide list -json` shows it.
struct Package {
    path: String,
    dir: String,
    /// Lines of the files that are selected for linux/amd64 without cgo.
    lines: usize,
}

/// Checks everything; with `peer`, measures the program on go/types as well.
pub fn check(goxide: &Path, peer: bool) -> Result<(), String> {
    let tmp = tempfile::tempdir().map_err(|e| e.to_string())?;
    let src = PathBuf::from(text(Command::new(goxide).args(["env", "GOROOT"]))?.trim()).join("src");
    println!("{:<36} {:>9} {:>9} {:>9} {:>9}", "", "packages", "lines", "seconds", "peak MB");
    let mut all: Vec<Package> = Vec::new();
    for (name, pattern) in [("std", "std"), ("cmd with vendored modules", "cmd")] {
        // Outside of the tree, `cmd` means the vendored packages, too, whoever imports them.
        let listed = text(goxide_in(goxide, tmp.path()).args(["list", "-json", pattern]))?;
        let packages = packages(&listed)?;
        let mut c = goxide_in(goxide, tmp.path());
        c.args(["build", "-d=check", pattern]);
        row(&format!("goxide, {name}"), &packages, c)?;
        let own = packages.iter().filter(|p| !p.path.contains("vendor/"));
        if pattern == "cmd" {
            println!("{:<36} {:>9} {:>9}", "  of these cmd's own", own.clone().count(), lines(own));
        }
        all.extend(packages);
    }
    if peer {
        let exe = tmp.path().join("check");
        let mut build = Command::new(bench::peer()?);
        build.args(["build", "-o"]).arg(&exe).arg("main.go").current_dir(run::root().join("tests/upstream/check"));
        build.env("GO111MODULE", "off").env("GOFLAGS", "");
        text(&mut build)?;
        let mut c = Command::new(&exe);
        c.args(all.iter().map(|p| &p.dir)).env("GO111MODULE", "off").env("GOROOT", src.parent().unwrap_or(&src));
        row("go/types by gc, all of these", &all, c)?;
        let mut c = goxide_in(goxide, tmp.path());
        c.args(["build", "-d=check", "std", "cmd"]);
        row("goxide, all of these", &all, c)?;
    }
    Ok(())
}

fn lines<'a>(packages: impl Iterator<Item = &'a Package>) -> usize {
    packages.map(|p| p.lines).sum()
}

/// The packages of a listing that have files to check; those with tests alone have none.
fn packages(listing: &str) -> Result<Vec<Package>, String> {
    let mut out = Vec::new();
    let string = |l: &str, key: &str| {
        let value = l.strip_prefix(&format!("\t\"{key}\": \""))?;
        Some(value.trim_end_matches(',').trim_end_matches('"').to_owned())
    };
    let (mut path, mut dir, mut count, mut in_files) = (String::new(), String::new(), None, false);
    for l in listing.lines() {
        match l {
            "{" => (path, dir, count) = (String::new(), String::new(), None),
            "}" => out.extend(count.map(|lines| Package { path: path.clone(), dir: dir.clone(), lines })),
            "\t\"GoFiles\": [" => in_files = true,
            _ if in_files && l.starts_with("\t]") => in_files = false,
            _ if in_files => {
                let name = l.trim().trim_matches(['"', ',']);
                // What replaces upstream's is ours.
                let ours = run::root().join("goroot/src").join(&path).join(name);
                let file = if ours.is_file() { ours } else { Path::new(&dir).join(name) };
                let text = std::fs::read(&file).map_err(|e| format!("{}: {e}", file.display()))?;
                *count.get_or_insert(0) += text.iter().filter(|&&b| b == b'\n').count();
            }
            _ => {
                path = string(l, "ImportPath").unwrap_or(path);
                dir = string(l, "Dir").unwrap_or(dir);
            }
        }
    }
    Ok(out)
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
fn row(name: &str, packages: &[Package], mut c: Command) -> Result<(), String> {
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
    let (n, lines, took) = (packages.len(), lines(packages.iter()), start.elapsed().as_secs_f64());
    println!("{name:<36} {n:>9} {lines:>9} {took:>9.2} {:>9}", peak >> 10);
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
