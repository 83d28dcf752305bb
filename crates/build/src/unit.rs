//! One package as the compiler proper is given it (`go tool compile`): files, flags, and where its imports are.
//!
//! What `-o` writes is an archive in name only: sources and flags, from which importing packages and the linker make
//! what they need. Packages of the standard library are always there and need no line in an import configuration.

use crate::load::{Context, Root};
use crate::program::{self, Shape};
use goxide_driver::input::{Package, Program, Rules, SourceInput};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// Begins as archives do, so that a build may replace one.
const MAGIC: &[u8] = b"!<arch>\ngoxide unit 1\n";

/// A package by its files.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Unit {
    /// `-p`
    pub pkg_path: String,
    /// `-lang`
    pub lang: String,
    pub rules: Rules,
    pub files: Vec<File>,
    /// Imports as written, and the archives they are in; those of the standard library are not listed. An archive may
    /// leave others out: they are looked up where it is used.
    pub imports: BTreeMap<String, PathBuf>,
    /// Imports that could not be resolved, and why.
    pub broken: BTreeMap<String, String>,
}

/// A source file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct File {
    /// As messages show it.
    pub name: String,
    /// As binaries record it.
    pub path: String,
    pub src: Vec<u8>,
}

/// What `-importcfg` and `-D` say.
#[derive(Clone, Debug, Default)]
pub struct ImportConfig {
    /// `packagefile PATH=FILE`
    pub files: BTreeMap<String, PathBuf>,
    /// `importmap OLD=NEW`
    pub map: BTreeMap<String, String>,
    /// What relative imports are relative to (`-D`).
    pub local_prefix: String,
}

impl ImportConfig {
    /// Reads the text of an `-importcfg` file; `name` is for messages.
    pub fn parse(name: &str, text: &str) -> Result<ImportConfig, String> {
        let mut out = ImportConfig::default();
        for (i, line) in text.lines().enumerate() {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let (verb, args) = line.split_once(' ').unwrap_or((line, ""));
            let bad = || format!("{name}:{}: invalid {verb}: syntax is \"{verb} path=filename\"", i + 1);
            let (k, v) = args.trim().split_once('=').filter(|(k, v)| !k.is_empty() && !v.is_empty()).ok_or_else(bad)?;
            match verb {
                "packagefile" => drop(out.files.insert(k.into(), v.into())),
                "importmap" => drop(out.map.insert(k.into(), v.into())),
                _ => return Err(format!("{name}:{}: unknown directive {verb:?}", i + 1)),
            }
        }
        Ok(out)
    }

    /// The full path that `path`, written in package `from`, stands for.
    fn resolve(&self, path: &str, from: &str) -> Result<String, String> {
        if path == "main" {
            return Err("cannot import \"main\"".into());
        }
        if path == from {
            return Err(format!("import {path:?} while compiling that package (import cycle)"));
        }
        let path = self.map.get(path).map_or(path, String::as_str);
        if path.starts_with('/') {
            return Err("import path cannot be absolute path".into());
        }
        let local = path == "." || path == ".." || path.starts_with("./") || path.starts_with("../");
        let full = if local { format!("{}/{path}", self.local_prefix) } else { path.to_owned() };
        let clean = clean(&full);
        if !local && clean != path {
            return Err(format!("non-canonical import path {path:?} (should be {clean:?})"));
        }
        Ok(clean)
    }
}

/// Lexically simplest form of a slash-separated path.
fn clean(p: &str) -> String {
    let mut out: Vec<&str> = Vec::new();
    for c in p.split('/') {
        match c {
            "" | "." => {}
            ".." if out.last().is_some_and(|l| *l != "..") => drop(out.pop()),
            c => out.push(c),
        }
    }
    if p.starts_with('/') { format!("/{}", out.join("/")) } else { out.join("/") }
}

/// The paths a file imports, without "unsafe".
fn imported(src: &[u8]) -> impl Iterator<Item = String> {
    goxide_syntax::scan_header(src).imports.into_iter().map(|i| i.path).filter(|p| p != "unsafe" && !p.is_empty())
}

impl Unit {
    /// The unit of a package of a program.
    pub fn of(p: &Package) -> Unit {
        let file = |f: &SourceInput| File { name: f.name.clone(), path: f.path.clone(), src: f.src.to_vec() };
        Unit {
            pkg_path: p.pkg_path.clone(),
            lang: p.lang.clone(),
            rules: p.rules,
            files: p.files.iter().map(file).collect(),
            ..Unit::default()
        }
    }

    /// Decides where each import is that has no place yet.
    pub fn resolve(&mut self, cx: &Context<'_>, cfg: &ImportConfig) {
        let paths: BTreeSet<String> = self.files.iter().flat_map(|f| imported(&f.src)).collect();
        for written in paths.into_iter().filter(|w| !self.imports.contains_key(w)).collect::<Vec<_>>() {
            match cfg.resolve(&written, &self.pkg_path) {
                Err(e) => drop(self.broken.insert(written, e)),
                Ok(full) => match cfg.files.get(&full) {
                    Some(file) if is_archive(file) => drop(self.imports.insert(written, file.clone())),
                    _ if cx.is_std(&full) && full == written => {}
                    Some(file) => {
                        let e = std::fs::File::open(file).err();
                        let e = e.map_or("not an archive of goxide".into(), |e| crate::load::os_error(&e));
                        self.broken.insert(written, format!("open {}: {e}", file.display()));
                    }
                    None => drop(self.broken.insert(written, "open : no such file or directory".into())),
                },
            }
        }
    }

    /// The bytes of the archive.
    pub fn archive(&self) -> Vec<u8> {
        let mut out = MAGIC.to_vec();
        let mut put = |tag: &str, parts: &[&[u8]]| {
            out.extend(tag.as_bytes());
            for p in parts {
                out.extend(format!(" {}", p.len()).as_bytes());
            }
            out.push(b'\n');
            for p in parts {
                out.extend(*p);
            }
            out.push(b'\n');
        };
        put("package", &[self.pkg_path.as_bytes(), self.lang.as_bytes()]);
        let r = self.rules;
        let rules = [(r.std, "std"), (r.runtime, "runtime"), (r.outside_bodies, "outside"), (r.trusted, "trusted")];
        for (_, name) in rules.iter().filter(|x| x.0) {
            put("rule", &[name.as_bytes()]);
        }
        for f in &self.files {
            put("file", &[f.name.as_bytes(), f.path.as_bytes(), &f.src]);
        }
        for (path, file) in &self.imports {
            put("import", &[path.as_bytes(), file.as_os_str().as_encoded_bytes()]);
        }
        out
    }

    /// Reads an archive.
    pub fn read(file: &Path) -> Result<Unit, String> {
        let bytes =
            std::fs::read(file).map_err(|e| format!("open {}: {}", file.display(), crate::load::os_error(&e)))?;
        let bad = || format!("{}: not an archive of goxide", file.display());
        let mut rest = bytes.strip_prefix(MAGIC).ok_or_else(bad)?;
        let mut u = Unit::default();
        while !rest.is_empty() {
            let nl = rest.iter().position(|b| *b == b'\n').ok_or_else(bad)?;
            let head = String::from_utf8_lossy(&rest[..nl]).into_owned();
            rest = &rest[nl + 1..];
            let mut words = head.split(' ');
            let tag = words.next().unwrap_or_default();
            let mut parts: Vec<&[u8]> = Vec::new();
            for w in words {
                let n: usize = w.parse().map_err(|_| bad())?;
                parts.push(rest.get(..n).ok_or_else(bad)?);
                rest = &rest[n..];
            }
            rest = rest.strip_prefix(b"\n").ok_or_else(bad)?;
            let text = |b: &[u8]| String::from_utf8_lossy(b).into_owned();
            match (tag, &parts[..]) {
                ("package", [p, lang]) => (u.pkg_path, u.lang) = (text(p), text(lang)),
                ("rule", [b"std"]) => u.rules.std = true,
                ("rule", [b"runtime"]) => u.rules.runtime = true,
                ("rule", [b"outside"]) => u.rules.outside_bodies = true,
                ("rule", [b"trusted"]) => u.rules.trusted = true,
                ("file", [n, p, src]) => u.files.push(File { name: text(n), path: text(p), src: src.to_vec() }),
                ("import", [p, f]) => drop(u.imports.insert(text(p), text(f).into())),
                _ => return Err(bad()),
            }
        }
        Ok(u)
    }
}

/// Whether a file is one of our archives.
fn is_archive(file: &Path) -> bool {
    use std::io::Read;
    let mut head = [0; MAGIC.len()];
    std::fs::File::open(file).and_then(|mut f| f.read_exact(&mut head)).is_ok() && head == MAGIC
}

/// The program that consists of `unit` and what it imports, with imports looked up by `cfg`. `link`: an executable is
/// wanted.
pub fn program(cx: &Context<'_>, cfg: &ImportConfig, unit: Unit, link: bool) -> Result<Program, String> {
    let mut v = Visit { cx, cfg, order: Vec::new(), active: Vec::new() };
    v.visit(PathBuf::new(), unit)?;
    let order = v.order;
    let std: BTreeSet<String> = order
        .iter()
        .flat_map(|(_, u)| u.files.iter().flat_map(|f| imported(&f.src)).filter(|p| is_std_import(cx, u, p)))
        .collect();
    let roots: Vec<Root> = std.into_iter().map(Root::Path).collect();
    let loaded = cx.load(&roots, true, false);
    if !loaded.errors.is_empty() {
        return Err(loaded.errors.join("\n"));
    }
    let mut p = program::make(cx, &loaded, &Shape { no_main: true, ..Shape::default() });
    let mut index: BTreeMap<PathBuf, usize> = BTreeMap::new();
    for (file, u) in order {
        let of = |path: &str| match u.imports.get(path) {
            Some(f) => index.get(f).copied(),
            None if !is_std_import(cx, &u, path) => None,
            None => p.packages.iter().position(|k| k.import_path == path),
        };
        let paths: BTreeSet<String> = u.files.iter().flat_map(|f| imported(&f.src)).collect();
        let imports = paths.into_iter().filter_map(|w| of(&w).map(|i| (w, i))).collect();
        let name = u.files.first().map(|f| goxide_syntax::scan_header(&f.src).package).unwrap_or_default();
        let files = u.files.into_iter();
        let files = files.map(|f| SourceInput { name: f.name, path: f.path, src: f.src.into() }).collect();
        index.insert(file, p.packages.len());
        p.packages.push(Package {
            import_path: u.pkg_path.clone(),
            pkg_path: u.pkg_path,
            name,
            files,
            imports,
            broken_imports: u.broken.into_iter().collect(),
            lang: u.lang,
            rules: u.rules,
            ..Package::default()
        });
    }
    let last = p.packages.len() - 1;
    p.roots = vec![last];
    p.main = link.then_some(last);
    Ok(p)
}

fn is_std_import(cx: &Context<'_>, u: &Unit, path: &str) -> bool {
    !u.imports.contains_key(path) && !u.broken.contains_key(path) && cx.is_std(path)
}

/// Puts units behind those they import.
struct Visit<'a> {
    cx: &'a Context<'a>,
    cfg: &'a ImportConfig,
    order: Vec<(PathBuf, Unit)>,
    active: Vec<PathBuf>,
}

impl Visit<'_> {
    fn visit(&mut self, file: PathBuf, mut u: Unit) -> Result<(), String> {
        if self.active.contains(&file) {
            return Err(format!("{}: import cycle", file.display()));
        }
        u.resolve(self.cx, self.cfg);
        self.active.push(file.clone());
        for f in u.imports.values() {
            if !self.order.iter().any(|(g, _)| g == f) {
                self.visit(f.clone(), Unit::read(f)?)?;
            }
        }
        self.active.pop();
        self.order.push((file, u));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn archives_are_read_back() {
        let rules = Rules { runtime: true, outside_bodies: true, ..Rules::default() };
        let file = File { name: "a.go".into(), path: "/x/a.go".into(), src: b"package a\n\n\x00 1 2\n".to_vec() };
        let u = Unit {
            pkg_path: "test/a".into(),
            lang: "go1.27".into(),
            rules,
            files: vec![file],
            imports: [("./b".to_owned(), PathBuf::from("/tmp/b.a"))].into(),
            broken: BTreeMap::new(),
        };
        let at = std::env::temp_dir().join(format!("goxide-unit-test-{}", std::process::id()));
        std::fs::write(&at, u.archive()).unwrap();
        assert_eq!(Unit::read(&at), Ok(u));
        std::fs::write(&at, b"!<arch>\n").unwrap();
        assert!(Unit::read(&at).unwrap_err().ends_with("not an archive of goxide"));
        std::fs::remove_file(at).unwrap();
    }

    #[test]
    fn import_paths() {
        let text = "# c\npackagefile test/a=/t/a.a\nimportmap x=y/z\n";
        let mut c = ImportConfig::parse("cfg", text).unwrap();
        c.local_prefix = "test".into();
        assert_eq!(c.resolve("./a", "test/b"), Ok("test/a".into()));
        assert_eq!(c.resolve("x", "test/b"), Ok("y/z".into()));
        assert!(c.resolve("a//b", "p").unwrap_err().contains("non-canonical"));
        assert!(c.resolve("main", "p").is_err() && c.resolve("/a", "p").is_err() && c.resolve("p", "p").is_err());
        let e = ImportConfig::parse("cfg", "packagefile x\n").unwrap_err();
        assert_eq!(e, "cfg:1: invalid packagefile: syntax is \"packagefile path=filename\"");
    }
}
