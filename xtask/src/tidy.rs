//! Structure: which crate may use which, and whether docs name paths that exist.

use crate::run;
use std::collections::BTreeSet;

/// Crates from the bottom up: each may use only those before it. `driver` and what is above reach `cache` and `modules`.
const ORDER: &[&str] = &[
    "base", "abi", "diag", "syntax", "types", "ssa", "ssagen", "opt", "codegen", "link", "cache", "modules", "driver",
    "build", "testkit", "cli", "fuzz", "model",
];

pub fn main() -> Result<(), String> {
    let mut problems = Vec::new();
    let root = run::root();
    let rank = |n: &str| ORDER.iter().position(|o| *o == n);
    for (i, name) in ORDER.iter().enumerate() {
        let path = root.join("crates").join(name).join("Cargo.toml");
        let Ok(text) = std::fs::read_to_string(&path) else { continue };
        let t: toml::Table = text.parse().map_err(|e| format!("{}: {e}", path.display()))?;
        for dep in t.get("dependencies").and_then(|d| d.as_table()).into_iter().flat_map(|d| d.keys()) {
            let Some(dep) = dep.strip_prefix("goxide-") else { continue };
            if rank(dep).is_none_or(|r| r >= i) {
                problems.push(format!("crates/{name} must not use crates/{dep}"));
            }
        }
    }
    let listed: BTreeSet<&str> = ORDER.iter().copied().chain(["runtime", "irtool"]).collect();
    for e in std::fs::read_dir(root.join("crates")).map_err(|e| e.to_string())?.flatten() {
        let n = e.file_name().to_string_lossy().into_owned();
        if !listed.contains(n.as_str()) {
            problems.push(format!("crates/{n} has no place in the order of xtask/src/tidy.rs"));
        }
    }
    if problems.is_empty() { Ok(()) } else { Err(problems.join("\n")) }
}
