//! `//go:embed` patterns to files.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// What the patterns of one package stand for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Embedded {
    /// Pattern as written, and its files: slash-separated, relative to the package, sorted.
    pub patterns: BTreeMap<String, Vec<String>>,
    pub files: BTreeMap<String, PathBuf>,
}

/// Resolves all patterns; the error names the first that fails.
pub fn resolve<'a>(dir: &Path, patterns: impl IntoIterator<Item = &'a str>) -> Result<Embedded, (String, String)> {
    let mut out = Embedded::default();
    for p in patterns {
        if out.patterns.contains_key(p) {
            continue;
        }
        let files = one(dir, p).map_err(|e| (p.to_owned(), e))?;
        out.files.extend(files.iter().map(|f| (f.clone(), dir.join(f))));
        out.patterns.insert(p.to_owned(), files.into_iter().collect());
    }
    Ok(out)
}

fn one(dir: &Path, pattern: &str) -> Result<BTreeSet<String>, String> {
    let (glob, all) = match pattern.strip_prefix("all:") {
        Some(g) => (g, true),
        None => (pattern, false),
    };
    let valid = glob == "." || !glob.is_empty() && glob.split('/').all(|e| !matches!(e, "" | "." | ".."));
    if !valid || glob.split('/').any(|e| glob_match(e, "").is_none()) {
        return Err("invalid pattern syntax".into());
    }
    if glob == "." {
        return Err("invalid pattern syntax".into());
    }
    let mut list = BTreeSet::new();
    for rel in expand(dir, glob) {
        let full = dir.join(&rel);
        let meta = std::fs::symlink_metadata(&full).map_err(|e| e.to_string())?;
        let what = if meta.is_dir() { "directory" } else { "file" };
        check_parents(dir, &rel, what)?;
        if meta.is_file() {
            list.insert(rel);
        } else if meta.is_dir() {
            let before = list.len();
            let n = walk(dir, &rel, all, &mut list)?;
            if n == 0 && list.len() == before {
                return Err(format!("cannot embed directory {rel}: contains no embeddable files"));
            }
        } else {
            return Err(format!("cannot embed irregular file {rel}"));
        }
    }
    if list.is_empty() {
        return Err("no matching files found".into());
    }
    Ok(list)
}

/// Names that no module can hold.
fn bad_name(n: &str) -> bool {
    matches!(n, "" | ".bzr" | ".hg" | ".git" | ".svn")
        || n.contains(['"', '\'', '*', '<', '>', '?', '`', '|', '\\', ':'])
}

fn check_parents(dir: &Path, rel: &str, what: &str) -> Result<(), String> {
    let elems: Vec<&str> = rel.split('/').collect();
    for n in (1..=elems.len()).rev() {
        let sub = elems[..n].join("/");
        let full = dir.join(&sub);
        if full.join("go.mod").exists() {
            return Err(format!("cannot embed {what} {rel}: in different module"));
        }
        if n < elems.len() && std::fs::symlink_metadata(&full).is_ok_and(|m| !m.is_dir()) {
            return Err(format!("cannot embed {what} {rel}: in non-directory {sub}"));
        }
        let name = elems[n - 1];
        if bad_name(name) {
            let place = if n == elems.len() { "invalid name" } else { "in invalid directory" };
            return Err(format!("cannot embed {what} {rel}: {place} {name}"));
        }
    }
    Ok(())
}

/// Adds the files below directory `rel` and counts them.
fn walk(dir: &Path, rel: &str, all: bool, out: &mut BTreeSet<String>) -> Result<usize, String> {
    let mut names: Vec<_> = std::fs::read_dir(dir.join(rel))
        .map_err(|e| e.to_string())?
        .flatten()
        .filter_map(|e| Some((e.file_name().into_string().ok()?, e.file_type().ok()?)))
        .collect();
    names.sort_by(|a, b| a.0.cmp(&b.0));
    let mut n = 0;
    for (name, kind) in names {
        let path = format!("{rel}/{name}");
        let hidden = name.starts_with(['.', '_']);
        if hidden && !all || bad_name(&name) {
            if !kind.is_dir() && !hidden {
                return Err(format!("cannot embed file {path}: invalid name {name}"));
            }
            continue;
        }
        if kind.is_dir() {
            if !dir.join(&path).join("go.mod").exists() {
                n += walk(dir, &path, all, out)?;
            }
        } else if kind.is_file() {
            n += 1;
            out.insert(path);
        }
    }
    Ok(n)
}

/// Paths below `dir` that the pattern matches, sorted.
fn expand(dir: &Path, glob: &str) -> Vec<String> {
    let mut found = vec![String::new()];
    for elem in glob.split('/') {
        let mut next = Vec::new();
        for base in &found {
            let at = dir.join(base);
            let join = |n: &str| if base.is_empty() { n.to_owned() } else { format!("{base}/{n}") };
            if !elem.contains(['*', '?', '[', '\\']) {
                if std::fs::symlink_metadata(at.join(elem)).is_ok() {
                    next.push(join(elem));
                }
                continue;
            }
            let names = std::fs::read_dir(&at).into_iter().flatten().flatten();
            let names = names.filter_map(|e| e.file_name().into_string().ok());
            next.extend(names.filter(|n| glob_match(elem, n) == Some(true)).map(|n| join(&n)));
        }
        found = next;
    }
    found.sort();
    found
}

/// Go's `path.Match` for one path element; `None` if the pattern is malformed.
pub fn glob_match(pattern: &str, name: &str) -> Option<bool> {
    let p: Vec<char> = pattern.chars().collect();
    let n: Vec<char> = name.chars().collect();
    check(&p)?;
    Some(matches(&p, &n))
}

fn check(p: &[char]) -> Option<()> {
    let mut i = 0;
    while i < p.len() {
        match p[i] {
            '\\' => {
                i += 1;
                p.get(i)?;
            }
            '[' => {
                i += 1;
                if p.get(i) == Some(&'^') {
                    i += 1;
                }
                let mut ranges = 0;
                loop {
                    if *p.get(i)? == ']' && ranges > 0 {
                        break;
                    }
                    i = class_char(p, i)?.1;
                    if p.get(i) == Some(&'-') {
                        i = class_char(p, i + 1)?.1;
                    }
                    ranges += 1;
                }
            }
            _ => {}
        }
        i += 1;
    }
    Some(())
}

/// The character of a class at `i`, and the index behind it.
fn class_char(p: &[char], i: usize) -> Option<(char, usize)> {
    match *p.get(i)? {
        '-' | ']' => None,
        '\\' => Some((*p.get(i + 1)?, i + 2)),
        c => Some((c, i + 1)),
    }
}

fn matches(p: &[char], n: &[char]) -> bool {
    match p.first() {
        None => n.is_empty(),
        Some('*') => (0..=n.len()).any(|k| matches(&p[1..], &n[k..])),
        Some('?') => !n.is_empty() && matches(&p[1..], &n[1..]),
        Some('[') => {
            let Some(&c) = n.first() else { return false };
            let negated = p.get(1) == Some(&'^');
            let mut i = if negated { 2 } else { 1 };
            let mut hit = false;
            let mut first = true;
            while first || p[i] != ']' {
                first = false;
                let Some((lo, j)) = class_char(p, i) else { return false };
                let (hi, j) = if p.get(j) == Some(&'-') {
                    match class_char(p, j + 1) {
                        Some(x) => x,
                        None => return false,
                    }
                } else {
                    (lo, j)
                };
                hit |= lo <= c && c <= hi;
                i = j;
            }
            hit != negated && matches(&p[i + 1..], &n[1..])
        }
        Some('\\') => n.first() == p.get(1) && matches(&p[2..], &n[1..]),
        Some(c) => n.first() == Some(c) && matches(&p[1..], &n[1..]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn globs() {
        let m = |p, n| glob_match(p, n);
        assert_eq!(m("*.txt", "a.txt"), Some(true));
        assert_eq!(m("a?c", "abc"), Some(true));
        assert_eq!(m("[a-c]x", "bx"), Some(true));
        assert_eq!(m("[^a-c]x", "bx"), Some(false));
        assert_eq!(m("a\\*", "a*"), Some(true));
        assert_eq!(m("[", "a"), None);
        assert_eq!(m("[]a]", "a"), None);
        assert_eq!(m("*", ""), Some(true));
    }
}
