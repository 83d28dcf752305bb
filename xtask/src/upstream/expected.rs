//! Known failures: lists in `tests/upstream`, each test under its reason, checked both ways.

use super::table::Row;
use crate::run;
use std::collections::BTreeMap;

/// Reasons that begin so are checked: all differences are objects that stay in frames where gc has them on the heap.
const BETTER: &str = "Goxide decides better: fewer objects on the heap";

/// Name of a test -> reason.
pub struct Expected(BTreeMap<String, String>);

impl Expected {
    /// Reads files of the form `[fails] "reason" = ["name", …]`; one that does not exist lists nothing.
    pub fn read(files: &[&str]) -> Result<Expected, String> {
        let mut out = BTreeMap::new();
        for file in files {
            let path = run::root().join(file);
            let Ok(text) = std::fs::read_to_string(&path) else { continue };
            let t: toml::Table = text.parse().map_err(|e| format!("{file}: {e}"))?;
            for (reason, names) in t.get("fails").and_then(|v| v.as_table()).into_iter().flatten() {
                for n in names.as_array().into_iter().flatten().filter_map(|v| v.as_str()) {
                    if out.insert(n.to_owned(), reason.clone()).is_some() {
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
            (Err(f), Some(r)) if r.starts_with(BETTER) && !super::errorcheck::better(&f) => {
                row.failed += 1;
                Some(format!("listed as \"{r}\", but differs in something else:\n{f}"))
            }
            (Err(_), Some(_)) => {
                row.listed += 1;
                None
            }
            (Ok(()), Some(r)) => {
                row.failed += 1;
                Some(format!("passes, but is listed: {r}"))
            }
            (Err(f), None) => {
                row.failed += 1;
                Some(f)
            }
        }
    }
}
