//! Command-line arguments to the packages they mean: files, directories, import paths, `...`, `std`.

use crate::env::Env;
use crate::load::{Context, Root};
use crate::overlay::OVERLAY;
use goxide_modules::clean;
use goxide_syntax::scan_header;
use std::path::{Path, PathBuf};

/// What the arguments mean, and warnings on the way.
#[derive(Debug, Default)]
pub struct Matched {
    pub roots: Vec<Root>,
    pub warnings: Vec<String>,
    /// A pattern like `std` or `./...`: packages without Go files are passed over, and main packages may be many.
    pub wildcard: bool,
}

/// Expands arguments; `run`: names of Go files can mean nothing else. The error is the go command's whole message.
pub fn expand(cx: &Context<'_>, args: &[String], run: bool) -> Result<Matched, String> {
    let dot = [".".to_string()];
    let args = if args.is_empty() { &dot[..] } else { args };
    if args.iter().all(|a| a.ends_with(".go") && (cx.env.cwd.join(a).is_file() || !a.contains("..."))) {
        if let Some(r) = files(cx.env, args, run)? {
            return Ok(Matched { roots: vec![r], ..Matched::default() });
        }
    } else if args[0].ends_with(".go") {
        let bad = args.iter().find(|a| !a.ends_with(".go")).map_or("", |s| s);
        return Err(format!("named files must be .go files: {bad}"));
    }
    let mut m = Matched::default();
    let mut seen = Vec::new();
    for a in args {
        let before = m.roots.len();
        one(cx, a, &mut m)?;
        let mut new = m.roots.split_off(before);
        new.retain(|r| {
            let key = match r {
                Root::Path(p) | Root::Dir(_, p, _) => p.clone(),
                Root::Files(d, _) => d.display().to_string(),
            };
            let fresh = !seen.contains(&key);
            seen.push(key);
            fresh
        });
        m.roots.append(&mut new);
    }
    Ok(m)
}

/// A package of named files, or `None` if the first names no file (then it is an import path).
fn files(env: &Env, args: &[String], run: bool) -> Result<Option<Root>, String> {
    let mut dir: Option<(PathBuf, String)> = None;
    let mut names = Vec::new();
    for a in args {
        let full = clean(&env.cwd.join(a));
        match std::fs::metadata(&full) {
            Ok(m) if m.is_dir() => return Err(format!("{a} is a directory, should be a Go file")),
            Ok(_) => {}
            Err(e) if run => return Err(format!("stat {a}: {}", crate::load::os_error(&e))),
            Err(_) if names.is_empty() => return Ok(None),
            Err(e) => return Err(format!("stat {a}: {}", crate::load::os_error(&e))),
        }
        let parent = full.parent().unwrap_or(Path::new("/")).to_path_buf();
        let name = full.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
        let shown = env.short_path(&parent);
        match &dir {
            None => dir = Some((parent, shown)),
            Some((d, first)) if *d != parent => {
                return Err(format!("named files must all be in one directory; have {first} and {shown}"));
            }
            Some(_) => {}
        }
        if names.contains(&name) {
            return Err(format!(
                "package command-line-arguments: case-insensitive file name collision: {name:?} and {name:?}"
            ));
        }
        names.push(name);
    }
    Ok(dir.map(|(d, _)| Root::Files(d, names)))
}

fn one(cx: &Context<'_>, arg: &str, m: &mut Matched) -> Result<(), String> {
    match arg {
        "std" => {
            m.wildcard = true;
            std_packages(cx, "", &mut m.roots);
            return Ok(());
        }
        "cmd" if !cx.in_cmd() => {
            m.wildcard = true;
            std_packages(cx, "cmd", &mut m.roots);
            return Ok(());
        }
        "all" => return one(cx, "./...", m),
        _ => {}
    }
    let local = arg == "." || arg == ".." || arg.starts_with("./") || arg.starts_with("../") || arg.starts_with('/');
    if let Some(i) = arg.find("...") {
        m.wildcard = true;
        let before = m.roots.len();
        let pattern = arg.to_owned();
        if local {
            let base = match arg[..i].rfind('/') {
                Some(j) => &arg[..=j],
                None => ".",
            };
            let full = clean(&cx.env.cwd.join(base));
            let mut found = Vec::new();
            walk(cx, &full, &mut found)?;
            let want = clean(&cx.env.cwd.join(arg)).display().to_string();
            found.retain(|r| matches!(r, Root::Dir(d, _, _) if wild(&want, &d.display().to_string())));
            m.roots.append(&mut found);
        } else {
            let mut found = Vec::new();
            std_packages(cx, if pattern.starts_with("cmd/") && !cx.in_cmd() { "cmd" } else { "" }, &mut found);
            if let Some(root) = cx.graph.as_ref().and_then(|g| g.root.clone()) {
                walk(cx, &root, &mut found)?;
            }
            found.retain(|r| matches!(r, Root::Path(p) | Root::Dir(_, p, _) if wild(&pattern, p)));
            m.roots.append(&mut found);
        }
        if m.roots.len() == before {
            m.warnings.push(format!("go: warning: \"{pattern}\" matched no packages"));
        }
        return Ok(());
    }
    if !local {
        m.roots.push(Root::Path(arg.to_owned()));
        return Ok(());
    }
    let dir = clean(&cx.env.cwd.join(arg));
    match std::fs::metadata(&dir) {
        Ok(md) if md.is_dir() => {}
        Ok(_) => return Err(format!("{arg} is not a package path")),
        Err(_) if cx.graph.is_none() && !cx.gopath_mode => return Err(no_go_mod()),
        Err(_) => return Err(format!("stat {}: directory not found", dir.display())),
    }
    m.roots.push(dir_root(cx, &dir, arg)?);
    Ok(())
}

fn no_go_mod() -> String {
    "go: go.mod file not found in current directory or any parent directory; see 'go help modules'".into()
}

/// The import path of a directory.
fn dir_root(cx: &Context<'_>, dir: &Path, arg: &str) -> Result<Root, String> {
    let has_go =
        std::fs::read_dir(dir).is_ok_and(|l| l.flatten().any(|e| e.file_name().to_string_lossy().ends_with(".go")));
    if let Ok(rel) = dir.strip_prefix(cx.goroot.join("src")) {
        let path = rel.display().to_string();
        if has_go && !(path.starts_with("cmd") && cx.in_cmd()) {
            return Ok(Root::Dir(dir.to_owned(), path, None));
        }
    }
    if cx.gopath_mode {
        let found = cx
            .env
            .get("GOPATH")
            .split(':')
            .find_map(|p| Some(dir.strip_prefix(Path::new(p).join("src")).ok()?.display().to_string()));
        let path = found.unwrap_or_else(|| format!("_{}", dir.display()));
        return Ok(Root::Dir(dir.to_owned(), path, None));
    }
    let Some(g) = &cx.graph else { return Err(no_go_mod()) };
    let mut best: Option<(usize, String)> = None;
    for (i, m) in g.modules.iter().enumerate() {
        if g.vendor && i > 0 {
            break;
        }
        let Some(rel) = m.dir.as_ref().and_then(|d| dir.strip_prefix(d).ok()) else { continue };
        let rel = rel.display().to_string();
        let path = if rel.is_empty() { m.path.clone() } else { format!("{}/{rel}", m.path) };
        if best.as_ref().is_none_or(|(_, b)| b.len() < path.len()) {
            best = Some((i, path));
        }
    }
    let nested = dir
        .ancestors()
        .take_while(|d| Some(*d) != g.root.as_deref())
        .any(|d| d.join("go.mod").is_file() && !g.modules.iter().any(|m| m.dir.as_deref() == Some(d)));
    match best {
        Some((i, path)) if !nested => {
            if !has_go {
                return Err(format!("no Go files in {}", dir.display()));
            }
            Ok(Root::Dir(dir.to_owned(), path, Some(i)))
        }
        _ => {
            let shown = if arg.starts_with('/') { arg.to_owned() } else { cx.env.short_path(dir) };
            Err(format!("directory {shown} outside main module or its selected dependencies"))
        }
    }
}

/// All package directories at or below `dir` in the module that holds it.
pub(crate) fn walk(cx: &Context<'_>, dir: &Path, out: &mut Vec<Root>) -> Result<(), String> {
    if cx.graph.is_none() && !cx.gopath_mode && !dir.starts_with(cx.goroot.join("src")) {
        return Err(no_go_mod());
    }
    let mut entries: Vec<_> = match std::fs::read_dir(dir) {
        Ok(l) => l.flatten().collect(),
        Err(_) => return Ok(()),
    };
    entries.sort_by_key(|e| e.file_name());
    let is_go = |e: &std::fs::DirEntry| {
        let n = e.file_name().to_string_lossy().into_owned();
        n.ends_with(".go") && !n.starts_with(['_', '.'])
    };
    if entries.iter().any(is_go) {
        out.push(dir_root(cx, dir, &dir.display().to_string())?);
    }
    let root = cx.graph.as_ref().and_then(|g| g.root.clone());
    for e in entries {
        let name = e.file_name().to_string_lossy().into_owned();
        let sub = e.path();
        if !e.file_type().is_ok_and(|t| t.is_dir()) || name.starts_with(['_', '.']) || name == "testdata" {
            continue;
        }
        if sub.join("go.mod").is_file() || name == "vendor" && root.as_deref() == Some(dir) {
            continue;
        }
        let ignored = cx.graph.as_ref().is_some_and(|g| {
            let rel = root.as_ref().and_then(|r| sub.strip_prefix(r).ok()).map(|p| p.display().to_string());
            g.main.ignore.iter().any(|i| match i.strip_prefix("./") {
                Some(p) => rel.as_deref() == Some(p.trim_end_matches('/')),
                None => rel.as_deref().is_some_and(|r| r == i || r.ends_with(&format!("/{i}"))),
            })
        });
        if !ignored {
            walk(cx, &sub, out)?;
        }
    }
    Ok(())
}

/// The packages of the standard library, or of `cmd` if `below` says so, sorted.
pub fn std_packages(cx: &Context<'_>, below: &str, out: &mut Vec<Root>) {
    let o = &*OVERLAY;
    let dir = cx.goroot.join("src").join(below);
    let mut subs = Vec::new();
    let mut has_go = false;
    for e in std::fs::read_dir(&dir).into_iter().flatten().flatten() {
        let name = e.file_name().to_string_lossy().into_owned();
        if e.file_type().is_ok_and(|t| t.is_dir()) {
            let other = below.is_empty() && name == "cmd";
            if !name.starts_with(['_', '.']) && name != "testdata" && !other {
                subs.push(name);
            }
        } else {
            has_go |= name.ends_with(".go") && !name.starts_with(['_', '.']);
        }
    }
    // runtime/cgo is not there without cgo; commands that were vendored are nobody's
    let left_out =
        ["", "builtin", "runtime/cgo"].contains(&below) || o.omit.contains(below) || vendored_main(&dir, below);
    if has_go && !left_out {
        out.push(Root::Dir(dir, below.to_owned(), None));
    }
    subs.sort();
    for s in subs {
        let sub = if below.is_empty() { s } else { format!("{below}/{s}") };
        std_packages(cx, &sub, out);
    }
}

/// Whether this is a program among the packages that `cmd` has vendored.
fn vendored_main(dir: &Path, import_path: &str) -> bool {
    if !import_path.starts_with("cmd/vendor/") {
        return false;
    }
    let files = std::fs::read_dir(dir).into_iter().flatten().flatten().map(|e| e.path());
    let mut sources = files.filter(|p| p.extension().is_some_and(|x| x == "go"));
    sources.next().and_then(|p| std::fs::read(p).ok()).is_some_and(|s| scan_header(&s).package == "main")
}

/// Whether `name` matches a pattern in which `...` stands for any string; `x/...` also matches `x`.
fn wild(pattern: &str, name: &str) -> bool {
    fn rec(p: &str, n: &str) -> bool {
        match p.split_once("...") {
            None => p == n,
            Some((head, tail)) => n
                .strip_prefix(head)
                .is_some_and(|rest| (0..=rest.len()).any(|i| rest.is_char_boundary(i) && rec(tail, &rest[i..]))),
        }
    }
    pattern.strip_suffix("/...").is_some_and(|p| rec(p, name)) || rec(pattern, name)
}

#[cfg(test)]
mod tests {
    use super::wild;

    #[test]
    fn wildcards() {
        assert!(wild("a/...", "a") && wild("a/...", "a/b/c") && !wild("a/...", "ab"));
        assert!(wild("...", "x") && wild("a...", "ab") && wild("a/.../z", "a/b/z"));
    }
}
