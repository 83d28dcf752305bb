//! `setup`, `check` and `test`: what CI runs, in order.

use crate::{conformance, programs, run, script, stress, tidy, upstream};
use std::process::Command;
use std::time::Instant;

/// Fetches what tests need and lets goxide provision the standard library.
pub fn setup() -> Result<(), String> {
    let goxide = run::build()?;
    let out = Command::new(goxide).args(["env", "GOROOT"]).output().map_err(|e| e.to_string())?;
    if !out.status.success() {
        return Err(format!("provisioning failed: {}", String::from_utf8_lossy(&out.stderr)));
    }
    print!("standard library: {}", String::from_utf8_lossy(&out.stdout));
    println!("conformance suite: {}", conformance::test_dir()?.display());
    Ok(())
}

fn cargo(words: &[&str]) -> Result<(), String> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let s = Command::new(cargo).args(words).current_dir(run::root()).status().map_err(|e| e.to_string())?;
    if s.success() { Ok(()) } else { Err(format!("cargo {} failed", words.join(" "))) }
}

/// Format, lints, structure.
pub fn check() -> Result<(), String> {
    cargo(&["fmt", "--all", "--check"])?;
    cargo(&["clippy", "--quiet", "--workspace", "--all-targets", "--release", "--", "-D", "warnings"])?;
    tidy::main()
}

/// Everything, with a summary. `quick` leaves out lints and Go's own programs.
pub fn test(quick: bool) -> Result<(), String> {
    let mut done: Vec<(&str, Result<(), String>, f64)> = Vec::new();
    let mut step = |name: &'static str, f: &mut dyn FnMut() -> Result<(), String>| {
        println!("== {name}");
        let t = Instant::now();
        let r = f();
        if let Err(e) = &r {
            println!("{name}: {e}");
        }
        done.push((name, r, t.elapsed().as_secs_f64()));
    };
    if !quick {
        step("check", &mut check);
    }
    step("unit tests", &mut || cargo(&["test", "--quiet", "--release", "--workspace"]));
    // A workspace of its own.
    let manifest = "crates/runtime/Cargo.toml";
    step("runtime tests", &mut || cargo(&["test", "--quiet", "--lib", "--manifest-path", manifest]));
    step("setup", &mut setup);
    step("programs", &mut || {
        let goxide = run::build()?;
        if programs::run_all(&goxide, &[]) { Ok(()) } else { Err("programs fail".into()) }
    });
    step("scripts", &mut || {
        let goxide = run::build()?;
        if script::run_all(&goxide, &[])? { Ok(()) } else { Err("scripts fail".into()) }
    });
    step("stress", &mut || stress::short(&run::build()?));
    step("concurrency", &mut || run::fuzz(&run::build()?, &["concurrent", "--count", "15", "--minutes", "10"]));
    if !quick {
        step("upstream types", &mut || upstream::types::main(&[]));
        step("upstream check", &mut || upstream::check::check(&run::build()?, false));
        step("upstream tools", &mut || upstream::tools::check(&run::build()?));
        step("upstream test", &mut || {
            let goxide = run::build()?;
            // Every fourth program keeps this within its time; `cargo xtask upstream test` runs all.
            let plan = upstream::Plan { shard: (1, 4), ..Default::default() };
            if upstream::run_all(&goxide, &plan)? { Ok(()) } else { Err("results differ from expectations".into()) }
        });
    }
    println!("== summary");
    for (name, r, secs) in &done {
        println!("{:<14} {:>7.1} s  {}", name, secs, if r.is_ok() { "ok" } else { "FAILED" });
    }
    let failed = done.iter().filter(|d| d.1.is_err()).count();
    println!("{} passed, {failed} failed", done.len() - failed);
    if failed == 0 { Ok(()) } else { Err("see above".into()) }
}
