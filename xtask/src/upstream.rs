//! Go's own test programs, run in place from the pinned sources as `cmd/internal/testdir` runs them.
//!
//! The first line of a file says what to do with it (`recipe`), `actions` does it, `errorcheck` compares diagnostics with
//! `// ERROR` comments. `tests/upstream/` lists what fails today, each with its reason (`expected`); a listed test that
//! passes is an error too.

mod actions;
mod better;
pub mod check;
mod constraint;
mod dirs;
mod errorcheck;
mod expected;
mod recipe;
mod table;
pub mod tools;
pub mod types;

use crate::conformance;
use crate::report::{Outcome, summary};
use crate::run::{self, Progress, parallel, processors};
use expected::Expected;
use recipe::{Action, Recipe};
use std::path::Path;

/// Known failures of `upstream test`: programs that run, and everything else.
const EXPECTED: &[&str] = &["tests/upstream/expected.toml", "tests/upstream/compile.toml"];

/// How the suite is run.
pub struct Plan {
    /// (k, n): every n-th test, from the k-th.
    pub shard: (usize, usize),
    /// Only tests whose name contains one of these; empty: all.
    pub only: Vec<String>,
    /// Only these actions; empty: all.
    pub actions: Vec<Action>,
    pub jobs: usize,
    /// Print failing names with the first line of the reason, for the expectations.
    pub list: bool,
}

impl Default for Plan {
    fn default() -> Self {
        Plan { shard: (1, 1), only: Vec::new(), actions: Vec::new(), jobs: processors(), list: false }
    }
}

/// `cargo xtask upstream test`
pub fn main(args: &[&str]) -> Result<(), String> {
    let plan = plan(args)?;
    let goxide = run::build()?;
    if run_all(&goxide, &plan)? { Ok(()) } else { Err("results differ from tests/upstream".into()) }
}

fn plan(args: &[&str]) -> Result<Plan, String> {
    let mut plan = Plan::default();
    let mut it = args.iter();
    while let Some(a) = it.next() {
        let mut value = || it.next().copied().ok_or(format!("{a} needs a value"));
        match *a {
            "--shard" => {
                let v = value()?;
                let (k, n) = v.split_once('/').ok_or("--shard K/N")?;
                let num = |s: &str| s.parse::<usize>().map_err(|e| format!("--shard {v}: {e}"));
                plan.shard = (num(k)?, num(n)?.max(1));
            }
            "--only" => plan.only.push(value()?.to_owned()),
            "--action" => {
                for name in value()?.split(',') {
                    plan.actions.push(Action::by_name(name).ok_or(format!("no action {name:?}"))?);
                }
            }
            "--jobs" => plan.jobs = value()?.parse().map_err(|e| format!("--jobs: {e}"))?,
            "--list-failures" => plan.list = true,
            _ => return Err(format!("unknown argument {a}")),
        }
    }
    Ok(plan)
}

/// One test program.
struct Test {
    /// Path relative to the test directory.
    name: String,
    recipe: Recipe,
}

/// Runs the suite; true if results are as expected.
pub fn run_all(goxide: &Path, plan: &Plan) -> Result<bool, String> {
    let dir = conformance::test_dir()?;
    let expected = Expected::read(EXPECTED)?;
    let mut all = recipe::find(&dir)?;
    all.sort_by(|a, b| a.name.cmp(&b.name));
    let stale = expected.stale(|n| all.iter().any(|t| t.name == n && t.recipe.skip.is_none()));
    let (k, n) = plan.shard;
    let mut i = 0;
    all.retain(|t| {
        i += 1;
        i % n == k % n
            && (plan.only.is_empty() || plan.only.iter().any(|o| t.name.contains(o)))
            && (plan.actions.is_empty() || plan.actions.contains(&t.recipe.action))
    });
    let cx = actions::Context::new(goxide, &dir)?;
    let progress = Progress::new("upstream test", all.len());
    let results = parallel(&all, plan.jobs, |t| {
        let r = if t.recipe.skip.is_some() { None } else { Some(actions::run(&cx, &t.name, &t.recipe)) };
        progress.step(&t.name, matches!(r, Some(Err(_))));
        r
    });
    progress.end();
    let mut outcomes: Vec<Outcome> = stale
        .into_iter()
        .map(|n| Outcome { failure: Some("is listed, but no such test is run here".into()), name: n })
        .collect();
    let mut table = table::Table::new("action");
    for (t, result) in all.iter().zip(results) {
        let row = table.row(t.recipe.action.name());
        let Some(result) = result else {
            row.skipped += 1;
            continue;
        };
        if plan.list
            && let Err(f) = &result
        {
            let line = f.lines().find(|l| !l.trim().is_empty()).unwrap_or_default();
            println!("{}\t{}\t{line}", t.name, t.recipe.action.name());
        }
        let failure = expected.judge(&t.name, result, row);
        outcomes.push(Outcome { name: t.name.clone(), failure });
    }
    let ok = summary("upstream test", &outcomes);
    table.print();
    Ok(ok)
}
