//! What of upstream's standard library is replaced: `goroot/overlay.toml` and the sources beside it, both embedded.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

mod embedded {
    include!(concat!(env!("OUT_DIR"), "/goroot.rs"));
}

/// The pinned release: `goroot/upstream.toml`.
pub fn upstream_toml() -> &'static str {
    embedded::UPSTREAM
}

/// The parsed list.
#[derive(Debug, Default)]
pub struct Overlay {
    /// Packages of which every file is replaced.
    pub packages: BTreeSet<&'static str>,
    /// Files that are replaced, by path below src.
    pub files: BTreeSet<&'static str>,
    /// Packages that are left out of `std`.
    pub omit: BTreeSet<&'static str>,
    /// Tags that hold in every package of std but those of `native`.
    pub tags: Vec<&'static str>,
    /// Packages whose assembly the runtime supplies.
    pub native: BTreeSet<&'static str>,
    /// Our files by package, name and content, sorted.
    pub sources: BTreeMap<&'static str, Vec<(&'static str, &'static [u8])>>,
}

/// The list that this binary was built with.
pub static OVERLAY: LazyLock<Overlay> = LazyLock::new(parse);

fn quoted(s: &'static str) -> Vec<&'static str> {
    s.split('"').skip(1).step_by(2).collect()
}

/// Reads the subset of TOML that the file uses: tables, strings and arrays of strings.
fn parse() -> Overlay {
    let mut o = Overlay::default();
    let mut table = "";
    let mut path = "";
    let mut array = "";
    for line in embedded::OVERLAY.lines() {
        let line = line.trim();
        // The lines of an array that is longer than one.
        if !array.is_empty() {
            if line == "]" {
                array = "";
            } else if array == "native" {
                o.native.extend(quoted(line));
            }
            continue;
        }
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        if line.starts_with('[') {
            table = line.trim_matches(['[', ']']);
            continue;
        }
        let Some((key, value)) = line.split_once('=') else { continue };
        if value.trim() == "[" {
            array = key.trim();
            continue;
        }
        let values = quoted(value);
        match (table, key.trim()) {
            ("overlay", "path") => path = values[0],
            ("overlay", "kind") if values[0] == "package" => {
                o.packages.insert(path);
            }
            ("overlay", "kind") => {
                o.files.insert(path);
            }
            ("omit", "paths") => o.omit.extend(values),
            ("tags", "set") => o.tags.extend(values),
            ("tags", "native") => o.native.extend(values),
            _ => {}
        }
    }
    for (p, content) in embedded::SOURCES {
        let (dir, name) = p.rsplit_once('/').unwrap_or(("", p));
        o.sources.entry(dir).or_default().push((name, content));
    }
    o
}

/// Digest input: all that the overlay contributes to builds.
pub fn fingerprint() -> impl Iterator<Item = &'static [u8]> {
    let sources = embedded::SOURCES.iter().flat_map(|(p, c)| [p.as_bytes(), *c]);
    std::iter::once(embedded::OVERLAY.as_bytes()).chain(sources)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn list_and_sources_agree() {
        let o = &*OVERLAY;
        assert!(o.packages.contains("runtime"));
        assert!(o.tags.contains(&"purego"));
        assert!(o.native.contains("math/big") && o.native.contains("crypto/md5"));
        for p in &o.packages {
            assert!(o.sources.contains_key(p), "no sources for {p}");
        }
        for (dir, files) in &o.sources {
            for (name, _) in files {
                let listed = o.packages.contains(dir) || o.files.contains(format!("{dir}/{name}").as_str());
                assert!(listed, "{dir}/{name} is not in overlay.toml");
            }
        }
    }
}
