//! The benchmark suite beside gc, and single programs under both.

use crate::run;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

/// The peer: `GOXIDE_PEER`, or the `go` of the GOROOT goxide itself uses.
pub fn peer() -> Result<PathBuf, String> {
    if let Some(p) = std::env::var_os("GOXIDE_PEER") {
        return Ok(p.into());
    }
    let root = goroot()?;
    let go = root.join("bin/go");
    if go.exists() { Ok(go) } else { Err(format!("{} is missing; name a go 1.27.3 in GOXIDE_PEER", go.display())) }
}

fn goroot() -> Result<PathBuf, String> {
    let out = Command::new(run::build()?).args(["env", "GOROOT"]).output().map_err(|e| e.to_string())?;
    Ok(PathBuf::from(String::from_utf8_lossy(&out.stdout).trim()))
}

pub fn main(args: &[&str]) -> Result<(), String> {
    let goxide = run::build()?;
    let gc = peer()?;
    let s = Command::new("python3")
        .arg(run::root().join("bench/run.py"))
        .arg("--tool")
        .arg(format!("gc={}", gc.display()))
        .arg("--tool")
        .arg(format!("goxide={}", goxide.display()))
        .arg("--env")
        .arg(format!("goxide=GOROOT={}", goroot()?.display()))
        .args(args)
        .status()
        .map_err(|e| format!("python3: {e}"))?;
    if s.success() { Ok(()) } else { Err("bench/run.py failed".into()) }
}

/// Shows how the two toolchains' runs of a program differ.
pub fn compare(path: &str) -> Result<(), String> {
    let mut seen = Vec::new();
    for tool in [peer()?, run::build()?] {
        let mut c = Command::new(&tool);
        c.arg("run").arg(path);
        let r = run::run(c, Duration::from_secs(300), false)?;
        println!("== {}: exit status {:?}", tool.display(), r.code);
        print!("{}", String::from_utf8_lossy(&r.both()));
        seen.push((r.code, r.stdout, r.stderr));
    }
    if seen[0] == seen[1] { Ok(()) } else { Err("the two differ".into()) }
}
