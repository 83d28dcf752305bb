//! The build list: which modules take part, at which version, and where they are.
//!
//! Versions are chosen as the go command does (the maximum of what is required, over the whole graph); go.mod files of
//! dependencies come from replacement directories and from the module cache.

use crate::modfile::{self, ModFile, Version};
use crate::semver;
use std::collections::{BTreeMap, HashMap, VecDeque};
use std::path::{Path, PathBuf};

/// A module of the build list.
#[derive(Clone, Debug, Default)]
pub struct Module {
    pub path: String,
    /// Empty for the main module and for replacements by directories without a version of their own.
    pub version: String,
    /// `None`: it is not in the module cache.
    pub dir: Option<PathBuf>,
    /// Of its `go` line; "1.16" if there is none, as the go command assumes for old modules.
    pub go: String,
    pub main: bool,
    /// In effect instead of it.
    pub replaced_by: Option<Version>,
}

/// Where modules come from.
#[derive(Clone, Debug, Default)]
pub struct Options {
    pub mod_cache: PathBuf,
    /// `-mod`: "", "mod", "readonly" or "vendor".
    pub mode: String,
}

/// The modules of one build.
#[derive(Clone, Debug, Default)]
pub struct Graph {
    /// Directory of the main module's go.mod; `None` outside modules.
    pub root: Option<PathBuf>,
    pub main: ModFile,
    /// The main module first, then by path.
    pub modules: Vec<Module>,
    /// Packages come from `vendor/`.
    pub vendor: bool,
    /// Vendored package to index of its module.
    vendored: HashMap<String, usize>,
}

/// Where an import path leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// Directory, and index of the module.
    Dir(PathBuf, usize),
    /// The module is known, but its files are not on this machine.
    NotCached(usize),
    /// The go command's words for it.
    Missing(String),
}

/// The nearest go.mod at `dir` or above.
pub fn find_go_mod(dir: &Path) -> Option<PathBuf> {
    dir.ancestors().map(|d| d.join("go.mod")).find(|p| p.is_file())
}

/// The path as the module cache spells it: capitals become `!` and the small letter.
fn escape(s: &str) -> String {
    let mut out = String::new();
    for c in s.chars() {
        if c.is_ascii_uppercase() {
            out.push('!');
        }
        out.push(c.to_ascii_lowercase());
    }
    out
}

impl Graph {
    /// Loads the main module whose go.mod this is, and its dependencies.
    pub fn load(go_mod: &Path, opts: &Options) -> Result<Graph, String> {
        let root = go_mod.parent().unwrap_or(Path::new("/")).to_path_buf();
        let text = std::fs::read_to_string(go_mod).map_err(|e| format!("reading go.mod: {e}"))?;
        let main = modfile::parse("go.mod", &text)?;
        let mut g = Graph { root: Some(root.clone()), main, ..Graph::default() };
        g.modules.push(Module {
            path: g.main.module.clone(),
            dir: Some(root.clone()),
            go: if g.main.go.is_empty() { "1.16".into() } else { g.main.go.clone() },
            main: true,
            ..Module::default()
        });
        let vendor_dir = root.join("vendor");
        let auto = opts.mode.is_empty() && vendor_dir.is_dir() && semver::compare_go(&g.modules[0].go, "1.14").is_ge();
        if opts.mode == "vendor" || auto {
            g.vendor = true;
            g.load_vendor(&vendor_dir)?;
        } else {
            g.load_requirements(opts);
        }
        Ok(g)
    }

    fn load_vendor(&mut self, dir: &Path) -> Result<(), String> {
        let list = std::fs::read_to_string(dir.join("modules.txt")).unwrap_or_default();
        let mut current = None;
        for line in list.lines() {
            if let Some(rest) = line.strip_prefix("# ") {
                let w: Vec<&str> = rest.split_whitespace().collect();
                let replaced_by = w.iter().position(|x| *x == "=>").map(|i| Version {
                    path: w.get(i + 1).unwrap_or(&"").to_string(),
                    version: w.get(i + 2).unwrap_or(&"").to_string(),
                });
                let version = w.get(1).filter(|v| **v != "=>").unwrap_or(&"").to_string();
                current = Some(self.modules.len());
                self.modules.push(Module {
                    path: w.first().unwrap_or(&"").to_string(),
                    version,
                    dir: Some(dir.to_path_buf()),
                    go: "1.16".into(),
                    main: false,
                    replaced_by,
                });
            } else if let Some(rest) = line.strip_prefix("## ") {
                for item in rest.split(';') {
                    if let (Some(v), Some(i)) = (item.trim().strip_prefix("go "), current) {
                        self.modules[i].go = v.to_owned();
                    }
                }
            } else if let Some(i) = current
                && !line.is_empty()
            {
                self.vendored.insert(line.trim().to_owned(), i);
            }
        }
        let inconsistent: Vec<String> = self
            .main
            .require
            .iter()
            .filter(|r| !self.modules.iter().any(|m| m.path == r.path && m.version == r.version))
            .map(|r| {
                format!(
                    "\t{}@{}: is explicitly required in go.mod, but not marked as explicit in vendor/modules.txt",
                    r.path, r.version
                )
            })
            .collect();
        if !inconsistent.is_empty() {
            let root = self.root.as_deref().unwrap_or(Path::new("")).display();
            return Err(format!(
                "inconsistent vendoring in {root}:\n{}\n\n\tTo ignore the vendor directory, use -mod=readonly or -mod=mod.\n\tTo sync the vendor directory, run:\n\t\tgo mod vendor",
                inconsistent.join("\n")
            ));
        }
        Ok(())
    }

    fn replacement(&self, v: &Version) -> Option<&Version> {
        let exact = self.main.replace.iter().find(|(old, _)| old == v);
        let any = || self.main.replace.iter().find(|(old, _)| old.path == v.path && old.version.is_empty());
        exact.or_else(any).map(|(_, new)| new)
    }

    /// Directory and go.mod of a module version, with replacements applied.
    fn locate(&self, v: &Version, opts: &Options) -> (Option<PathBuf>, Option<PathBuf>) {
        let v = match self.replacement(v) {
            Some(new) if new.version.is_empty() => {
                let dir = self.root.as_deref().unwrap_or(Path::new("/")).join(&new.path);
                let dir = clean(&dir);
                return (Some(dir.clone()), Some(dir.join("go.mod")));
            }
            Some(new) => new.clone(),
            None => v.clone(),
        };
        let (p, ver) = (escape(&v.path), escape(&v.version));
        let dir = opts.mod_cache.join(format!("{p}@{ver}"));
        let cached = opts.mod_cache.join("cache/download").join(&p).join("@v").join(format!("{ver}.mod"));
        let gomod = if cached.is_file() { cached } else { dir.join("go.mod") };
        (dir.is_dir().then_some(dir), gomod.is_file().then_some(gomod))
    }

    fn load_requirements(&mut self, opts: &Options) {
        let mut chosen: BTreeMap<String, String> = BTreeMap::new();
        let mut files: HashMap<Version, ModFile> = HashMap::new();
        let mut queue: VecDeque<Version> = self.main.require.iter().cloned().collect();
        while let Some(v) = queue.pop_front() {
            if v.path == self.main.module || self.main.exclude.contains(&v) {
                continue;
            }
            let best = chosen.entry(v.path.clone()).or_default();
            if semver::compare(&v.version, best).is_gt() || best.is_empty() {
                *best = v.version.clone();
            }
            if files.contains_key(&v) {
                continue;
            }
            let (_, gomod) = self.locate(&v, opts);
            let text = gomod.and_then(|p| std::fs::read_to_string(p).ok()).unwrap_or_default();
            let f = modfile::parse("go.mod", &text).unwrap_or_default();
            queue.extend(f.require.iter().cloned());
            files.insert(v, f);
        }
        for (path, version) in chosen {
            let v = Version { path, version };
            let (dir, _) = self.locate(&v, opts);
            let go = files.get(&v).map(|f| f.go.clone()).filter(|g| !g.is_empty()).unwrap_or("1.16".into());
            let replaced_by = self.replacement(&v).cloned();
            self.modules.push(Module { path: v.path, version: v.version, dir, go, main: false, replaced_by });
        }
    }

    /// Finds the directory of a package that is not in the standard library.
    pub fn find(&self, import: &str) -> Found {
        let has_go = |d: &Path| {
            std::fs::read_dir(d).is_ok_and(|l| l.flatten().any(|e| e.file_name().to_string_lossy().ends_with(".go")))
        };
        let main = &self.modules[0];
        let below = |m: &Module| {
            let rest = import.strip_prefix(m.path.as_str())?;
            if rest.is_empty() { Some(String::new()) } else { rest.strip_prefix('/').map(str::to_owned) }
        };
        if let (Some(rest), Some(root)) = (below(main), &main.dir) {
            let dir = if rest.is_empty() { root.clone() } else { root.join(&rest) };
            if has_go(&dir) {
                return Found::Dir(dir, 0);
            }
        }
        if self.vendor {
            if let Some(&i) = self.vendored.get(import) {
                let dir = self.root.as_deref().unwrap_or(Path::new("")).join("vendor").join(import);
                if has_go(&dir) {
                    return Found::Dir(dir, i);
                }
            }
            return Found::Missing(format!(
                "cannot find module providing package {import}: import lookup disabled by -mod=vendor"
            ));
        }
        // the module with the longest matching path that has the package wins
        let mut candidates: Vec<(usize, String)> =
            self.modules.iter().enumerate().skip(1).filter_map(|(i, m)| below(m).map(|r| (i, r))).collect();
        candidates.sort_by_key(|(i, _)| std::cmp::Reverse(self.modules[*i].path.len()));
        let mut absent = None;
        for (i, rest) in &candidates {
            match &self.modules[*i].dir {
                Some(d) if has_go(&d.join(rest)) => return Found::Dir(d.join(rest), *i),
                Some(_) => {}
                None => absent = absent.or(Some(*i)),
            }
        }
        if let Some(i) = absent {
            return Found::NotCached(i);
        }
        if let Some((i, _)) = candidates.first() {
            let m = &self.modules[*i];
            let at = if m.version.is_empty() { String::new() } else { format!("@{}", m.version) };
            return Found::Missing(format!("module {}{at} found, but does not contain package {import}", m.path));
        }
        Found::Missing(format!("no required module provides package {import}; to add it:\n\tgo get {import}"))
    }
}

/// The path without `.` and `..` elements, lexically.
pub fn clean(p: &Path) -> PathBuf {
    let mut out = PathBuf::new();
    for c in p.components() {
        match c {
            std::path::Component::CurDir => {}
            std::path::Component::ParentDir => {
                out.pop();
            }
            c => out.push(c),
        }
    }
    out
}
