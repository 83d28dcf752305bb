//! One package directory: which of its files are built, and what their heads say.

use crate::env::Env;
use crate::overlay::OVERLAY;
use crate::tags::Tags;
use goxide_syntax::{FileHeader, build_constraint, scan_header};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A file that is built.
#[derive(Clone, Debug)]
pub struct GoFile {
    pub name: String,
    pub src: Arc<[u8]>,
    pub head: FileHeader,
    /// Where it is on disk; replaced files of std pretend to be where upstream's are.
    pub path: PathBuf,
}

/// What a directory holds.
#[derive(Clone, Debug, Default)]
pub struct Dir {
    pub path: PathBuf,
    pub files: Vec<GoFile>,
    /// `.go` files that constraints leave out.
    pub ignored: Vec<String>,
    /// `_test.go` files, by name: only `read_tests` looks into them.
    pub tests: Vec<String>,
    /// Test files of the package itself and of its external test package, once read.
    pub test_files: Vec<GoFile>,
    pub xtest_files: Vec<GoFile>,
    /// Assembly, by name.
    pub asm: Vec<String>,
    /// Fortran, by name. Files in C and its kin are passed over, as the go command does when cgo is off.
    pub fortran: Vec<String>,
    /// First thing wrong, as the go command says it.
    pub error: Option<String>,
}

/// Why a directory is no package.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NoPackage {
    /// Nothing of Go here.
    NoGoFiles,
    OnlyTests,
    AllExcluded,
}

impl Dir {
    /// The package name, if its files agree on one.
    pub fn name(&self) -> &str {
        self.files.first().map_or("", |f| &f.head.package)
    }

    /// Why there is nothing to build, if so.
    pub fn nothing(&self) -> Option<NoPackage> {
        if !self.files.is_empty() {
            return None;
        }
        Some(if !self.ignored.is_empty() {
            NoPackage::AllExcluded
        } else if !self.tests.is_empty() {
            NoPackage::OnlyTests
        } else {
            NoPackage::NoGoFiles
        })
    }
}

/// Reads a directory. `std`: its import path, if it belongs to the standard library (vendored packages included).
pub fn read_dir(path: &Path, std: Option<&str>, tags: &Tags, env: &Env) -> Result<Dir, std::io::Error> {
    let o = &*OVERLAY;
    let mut d = Dir { path: path.to_owned(), ..Dir::default() };
    let ours = std.and_then(|p| o.sources.get(p)).map_or(&[][..], |v| v);
    let whole = std.is_some_and(|p| o.packages.contains(p));
    let mut names: Vec<(String, Option<&'static [u8]>)> = ours.iter().map(|(n, c)| (n.to_string(), Some(*c))).collect();
    for name in env.overlay.names(path) {
        names.retain(|(n, _)| *n != name);
        names.push((name, None));
    }
    if !whole {
        let entries = match std::fs::read_dir(path) {
            // a directory of the overlay only
            Err(_) if !names.is_empty() => None,
            r => Some(r?),
        };
        for e in entries.into_iter().flatten() {
            let e = e?;
            let Ok(name) = e.file_name().into_string() else { continue };
            if names.iter().any(|(n, _)| *n == name) || env.overlay.deleted(&path.join(&name)) {
                continue;
            }
            names.push((name, None));
        }
    }
    names.sort();
    for (name, content) in names {
        d.consider(path, name, content, std, tags, env)?;
    }
    d.check_names(env);
    Ok(d)
}

/// Reads the files named on a command line, whatever their names and constraints say.
pub fn read_files(dir: &Path, names: &[String], env: &Env) -> Result<Dir, std::io::Error> {
    let mut d = Dir { path: dir.to_owned(), ..Dir::default() };
    for name in names {
        d.add(dir, name.clone(), None, None, None, env)?;
    }
    d.check_names(env);
    Ok(d)
}

impl Dir {
    fn consider(
        &mut self,
        dir: &Path,
        name: String,
        content: Option<&'static [u8]>,
        std: Option<&str>,
        tags: &Tags,
        env: &Env,
    ) -> Result<(), std::io::Error> {
        let ext = name.rsplit_once('.').map_or("", |(_, e)| e);
        let hidden = name.starts_with(['_', '.']);
        match ext {
            "go" if hidden => {}
            "go" if name.ends_with("_test.go") => self.tests.push(name),
            "go" if !tags.name_ok(&name, std) => self.ignored.push(name),
            "go" => return self.add(dir, name, content, std, Some(tags), env),
            "s" | "S" | "sx" if !hidden && std.is_none() && tags.name_ok(&name, std) && applies(dir, &name, tags)? => {
                self.asm.push(name);
            }
            "f" | "F" | "f90" if !hidden && std.is_none() && tags.name_ok(&name, std) && applies(dir, &name, tags)? => {
                self.fortran.push(name);
            }
            _ => {}
        }
        Ok(())
    }

    /// `tags`: what its constraint is evaluated with; `None`: it counts in any case.
    fn add(
        &mut self,
        dir: &Path,
        name: String,
        content: Option<&'static [u8]>,
        std: Option<&str>,
        tags: Option<&Tags>,
        env: &Env,
    ) -> Result<(), std::io::Error> {
        let path = dir.join(&name);
        let src: Arc<[u8]> = match content {
            Some(c) => c.into(),
            None => match env.overlay.content(&path).unwrap_or_else(|| std::fs::read(&path)) {
                Ok(b) => b.into(),
                // a directory or a dangling link of that name is no source file
                Err(e) if e.kind() == std::io::ErrorKind::IsADirectory => return Ok(()),
                Err(e) => return Err(e),
            },
        };
        match build_constraint(&src) {
            Ok(None) => {}
            Ok(Some(x)) => {
                if tags.is_some_and(|t| !t.eval(&x, std)) {
                    self.ignored.push(name);
                    return Ok(());
                }
            }
            Err(e) => {
                self.fail(format!("{}: {e}", env.short_path(&path)));
                return Ok(());
            }
        }
        let head = scan_header(&src);
        if head.nul {
            self.fail(format!("go: reading {}: unexpected NUL in input", env.short_path(&path)));
        } else if let Some((off, msg)) = &head.error {
            let (line, col) = line_col(&src, *off);
            self.fail(format!("{}:{line}:{col}: {msg}", env.short_path(&path)));
        }
        if head.package == "documentation" {
            self.ignored.push(name);
            return Ok(());
        }
        if head.imports.iter().any(|i| i.path == "C") {
            // cgo is off
            self.ignored.push(name);
            return Ok(());
        }
        self.files.push(GoFile { name, src, head, path });
        Ok(())
    }

    /// Reads the test files: those that constraints let through, told apart by their package clauses.
    pub fn read_tests(&mut self, std: Option<&str>, tags: &Tags, env: &Env) -> Result<(), std::io::Error> {
        let ours = std.and_then(|p| OVERLAY.sources.get(p)).map_or(&[][..], |v| v);
        let built = std::mem::take(&mut self.files);
        let dir = self.path.clone();
        for name in self.tests.clone() {
            if tags.name_ok(&name, std) {
                let replaced = env.overlay.content(&dir.join(&name)).is_some();
                let content = ours.iter().find(|(n, _)| *n == name && !replaced).map(|(_, c)| *c);
                self.add(&dir, name, content, std, Some(tags), env)?;
            }
        }
        let tests = std::mem::replace(&mut self.files, built);
        self.sort_tests(tests, env);
        Ok(())
    }

    /// Files named on a command line: takes the test files out of those that are built.
    pub fn split_tests(&mut self, env: &Env) {
        let (tests, built) = std::mem::take(&mut self.files).into_iter().partition(|f| f.name.ends_with("_test.go"));
        self.files = built;
        self.sort_tests(tests, env);
    }

    fn sort_tests(&mut self, tests: Vec<GoFile>, env: &Env) {
        let external = |f: &GoFile| f.head.package.ends_with("_test");
        (self.xtest_files, self.test_files) = tests.into_iter().partition(external);
        let name = |f: &GoFile| f.head.package.trim_end_matches("_test").to_owned();
        let mut all = self.files.iter().chain(&self.test_files).chain(&self.xtest_files);
        let Some(first) = all.next() else { return };
        if let Some(o) = all.find(|f| name(f) != name(first) && !f.head.package.is_empty()) {
            let (a, b, dir) = (name(first), name(o), env.short_path(&self.path));
            let msg = format!("found packages {a} ({}) and {b} ({}) in {dir}", first.name, o.name);
            self.fail(msg);
        }
    }

    fn fail(&mut self, msg: String) {
        self.error.get_or_insert(msg);
    }

    fn check_names(&mut self, env: &Env) {
        let Some(first) = self.files.iter().find(|f| !f.head.package.is_empty()) else { return };
        let other = self.files.iter().find(|f| !f.head.package.is_empty() && f.head.package != first.head.package);
        if let Some(o) = other {
            let dir = self.path.display();
            let _ = env;
            let (a, b) = (&first.head.package, &o.head.package);
            self.error.get_or_insert(format!("found packages {a} ({}) and {b} ({}) in {dir}", first.name, o.name));
        }
    }
}

/// Whether the constraint line of a file that is no Go file, if it has one, holds.
fn applies(dir: &Path, name: &str, tags: &Tags) -> Result<bool, std::io::Error> {
    let text = std::fs::read(dir.join(name))?;
    Ok(build_constraint(&text).ok().flatten().is_none_or(|x| tags.eval(&x, None)))
}

/// Line and column of a byte offset, from 1.
pub fn line_col(src: &[u8], off: usize) -> (usize, usize) {
    let before = &src[..off.min(src.len())];
    let line = before.iter().filter(|b| **b == b'\n').count() + 1;
    let start = before.iter().rposition(|b| *b == b'\n').map_or(0, |i| i + 1);
    (line, before.len() - start + 1)
}
