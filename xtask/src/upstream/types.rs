//! The test data of Go's type checker (`internal/types/testdata` and what `types2` has of its own).

use super::expected::Expected;
use super::table::Table;
use crate::report::{Outcome, summary};
use crate::run;
use std::process::Command;
use std::time::Duration;

const LIMIT: Duration = Duration::from_secs(600);

/// `cargo xtask upstream types`
pub fn main(only: &[&str]) -> Result<(), String> {
    let goxide = run::build()?;
    let out = Command::new(goxide).args(["env", "GOROOT"]).output().map_err(|e| e.to_string())?;
    let goroot = String::from_utf8_lossy(&out.stdout).trim().to_owned();
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut c = Command::new(cargo);
    c.args(["run", "--quiet", "--release", "--package", "goxide-types", "--example", "testdata", "--"]);
    c.arg(goroot).args(only).current_dir(run::root());
    let ran = run::run(c, LIMIT, false)?;
    if !ran.ok() {
        return Err(format!("the test data does not run: {}", String::from_utf8_lossy(&ran.stderr)));
    }
    let expected = Expected::read(&["tests/upstream/types.toml"])?;
    let mut table = Table::new("folder");
    let mut outcomes: Vec<Outcome> = Vec::new();
    let mut results: Vec<(String, Result<(), String>)> = Vec::new();
    for line in String::from_utf8_lossy(&ran.stdout).lines() {
        if let Some(name) = line.strip_prefix("ok ") {
            results.push((name.to_owned(), Ok(())));
        } else if let Some(name) = line.strip_prefix("FAIL ") {
            results.push((name.to_owned(), Err(String::new())));
        } else if let Some((_, Err(text))) = results.last_mut() {
            text.push_str(line.trim_start());
            text.push('\n');
        }
    }
    if only.is_empty() {
        let stale = expected.stale(|n| results.iter().any(|r| r.0 == n));
        let failure = || Some("is listed, but there is no such case".to_owned());
        outcomes.extend(stale.into_iter().map(|name| Outcome { name, failure: failure() }));
    }
    for (name, result) in results {
        let row = table.row(name.split('/').next().unwrap_or(&name));
        let failure = expected.judge(&name, result, row);
        outcomes.push(Outcome { name, failure });
    }
    let ok = summary("upstream types", &outcomes);
    table.print();
    if ok { Ok(()) } else { Err("results differ from tests/upstream/types.toml".into()) }
}
