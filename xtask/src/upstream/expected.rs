//! Known failures: lists in `tests/upstream`, each test under its reason, checked both ways.

use super::better::Allowed;
use super::table::Row;
use crate::run;
use std::collections::BTreeMap;

/// Why a test fails.
struct Entry {
    reason: String,
    /// Lines given with the test's name, for reasons that are checked (`better`).
    lines: Vec<usize>,
}

/// Name of a test -> reason.
pub struct Expected(BTreeMap<String, Entry>);

impl Expected {
    /// Reads files of the form `[fails] "reason" = ["name", …]`, where lines of the test may follow its name (`"name:3,7"`);
    /// one that does not exist lists nothing.
    pub fn read(files: &[&str]) -> Result<Expected, String> {
        let mut out = BTreeMap::new();
        for file in files {
            let path = run::root().join(file);
            let Ok(text) = std::fs::read_to_string(&path) else { continue };
            let t: toml::Table = text.parse().map_err(|e| format!("{file}: {e}"))?;
            for (reason, names) in t.get("fails").and_then(|v| v.as_table()).into_iter().flatten() {
                for n in names.as_array().into_iter().flatten().filter_map(|v| v.as_str()) {
                    let (n, lines) = n.split_once(':').unwrap_or((n, ""));
                    let lines: Result<Vec<usize>, _> =
                        lines.split(',').filter(|l| !l.is_empty()).map(str::parse).collect();
                    let lines = lines.map_err(|e| format!("{file}: {n}: {e}"))?;
                    if out.insert(n.to_owned(), Entry { reason: reason.clone(), lines }).is_some() {
                        return Err(format!("{file}: {n} is listed twice"));
                    }
                }
            }
        }
        Ok(Expected(out))
    }

    /// Listed names for which `exists` is false.
    pub fn stale(&self, exists: impl Fn(&str) -> bool) -> Vec<String> {
        self.0.keys().filter(|n| !exists(n)).cloned().collect()
    }

    /// What is wrong with the result of a test, counting it in `row`.
    pub fn judge(&self, name: &str, result: Result<(), String>, row: &mut Row) -> Option<String> {
        match (result, self.0.get(name)) {
            (Ok(()), None) => {
                row.passed += 1;
                None
            }
            (Err(f), Some(e)) if Allowed::by(&e.reason, &e.lines).is_some_and(|a| !a.explains(&f)) => {
                row.failed += 1;
                Some(format!("listed as \"{}\", but differs in something else:\n{f}", e.reason))
            }
            (Err(_), Some(_)) => {
                row.listed += 1;
                None
            }
            (Ok(()), Some(e)) => {
                row.failed += 1;
                Some(format!("passes, but is listed: {}", e.reason))
            }
            (Err(f), None) => {
                row.failed += 1;
                Some(f)
            }
        }
    }
}
