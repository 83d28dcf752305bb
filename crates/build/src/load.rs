//! The import graph: from the packages asked for to a closed list in dependency order.
//!
//! Directories are read in parallel, wave by wave (everything that one wave imports is the next); a sequential walk then
//! gives the order and the errors, in the go command's words and order.

use crate::dir::{self, Dir, NoPackage, line_col};
use crate::embed::{self, Embedded};
use crate::env::Env;
use crate::overlay::OVERLAY;
use crate::tags::Tags;
use goxide_modules::{Found, Graph};
use rayon::prelude::*;
use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

mod variants;
pub use variants::{TestProgram, TestRoot};

/// Packages outside of std whose assembly the runtime stands in for (`abi::funcs::native::ALIASES`).
const NATIVE: &[&str] = &["golang.org/x/sys/cpu", "golang.org/x/sys/unix"];

/// Import path of the package made of files named on the command line.
pub const COMMAND_LINE: &str = "command-line-arguments";

/// One package of the graph.
#[derive(Clone, Debug, Default)]
pub struct Pkg {
    pub import_path: String,
    pub dir: Dir,
    pub std: bool,
    /// Index in the module graph.
    pub module: Option<usize>,
    /// The package whose test binary this is made for: a variant of the package, its external tests, the test main, or
    /// a package that imports the package under test.
    pub for_test: Option<String>,
    /// As written, and the index of the package; sorted. Without "unsafe".
    pub imports: Vec<(String, usize)>,
    pub embed: Embedded,
    /// "go1.27"
    pub lang: String,
    /// What is wrong with this package by itself.
    pub error: Option<LoadError>,
}

/// An error of loading, as the go command shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoadError {
    pub pos: Option<String>,
    pub msg: String,
    /// Show how the package came to be imported.
    pub stack: bool,
    /// The package asked for itself was not found: no stack, no position.
    pub bare: bool,
}

impl Pkg {
    /// The import path as messages and lists show it: variants name their test binary.
    pub fn desc(&self) -> String {
        match &self.for_test {
            Some(t) if !self.is_test_main() => format!("{} [{t}.test]", self.import_path),
            _ => self.import_path.clone(),
        }
    }

    /// Whether this is the generated main package of a test binary.
    pub fn is_test_main(&self) -> bool {
        self.for_test.is_some() && self.dir.files.first().is_some_and(|f| f.name == crate::test::main_go::FILE)
    }
}

impl LoadError {
    fn at(pos: Option<String>, msg: impl Into<String>) -> LoadError {
        LoadError { pos, msg: msg.into(), stack: false, bare: false }
    }
    fn stacked(pos: Option<String>, msg: impl Into<String>) -> LoadError {
        LoadError { pos, msg: msg.into(), stack: true, bare: false }
    }
    fn bare(msg: impl Into<String>) -> LoadError {
        LoadError { pos: None, msg: msg.into(), stack: false, bare: true }
    }
}

/// What a build is made from.
pub struct Context<'a> {
    pub env: &'a Env,
    pub tags: Tags,
    pub goroot: PathBuf,
    /// `None` outside modules.
    pub graph: Option<Graph>,
    /// GO111MODULE=off: packages are looked up in GOPATH.
    pub gopath_mode: bool,
    pub purpose: Purpose,
}

/// What packages are loaded for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Purpose {
    #[default]
    Build,
    /// Types are checked, nothing is compiled: assembly is no obstacle.
    Check,
    /// Packages are only looked at: those that consist of tests alone are packages, too.
    List,
}

/// What to start from.
#[derive(Clone, Debug)]
pub enum Root {
    /// An import path.
    Path(String),
    /// A directory and its import path.
    Dir(PathBuf, String, Option<usize>),
    /// Files of one directory.
    Files(PathBuf, Vec<String>),
}

/// The outcome.
#[derive(Debug, Default)]
pub struct Loaded {
    /// Dependencies first.
    pub packages: Vec<Pkg>,
    /// Indices of the roots, in their order.
    pub roots: Vec<usize>,
    /// Complete messages, in order. A package with errors may still be in the list.
    pub errors: Vec<String>,
    /// Those of `errors` that are about an import of something that is not there.
    pub missing: Vec<Missing>,
}

/// An import that leads nowhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Missing {
    /// The whole message, as in `Loaded::errors`.
    pub shown: String,
    /// The message without its position.
    pub msg: String,
    pub import: String,
    /// The importing file, and where its import is.
    pub file: PathBuf,
    pub offset: usize,
}

/// Where a package is.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Place {
    import_path: String,
    dir: PathBuf,
    std: bool,
    module: Option<usize>,
}

/// A node while loading.
struct Node {
    pkg: Pkg,
    /// Imports as written, with position and target node or error.
    links: BTreeMap<String, (String, Result<usize, LoadError>)>,
}

/// Whether the first element of a path has no dot: then it may be of the standard library.
pub fn looks_standard(path: &str) -> bool {
    !path.split('/').next().unwrap_or("").contains('.')
}

impl<'a> Context<'a> {
    /// A context without modules, for building.
    pub fn bare(env: &'a Env, tags: Tags, goroot: PathBuf) -> Context<'a> {
        Context { env, tags, goroot, graph: None, gopath_mode: false, purpose: Purpose::Build }
    }
}

impl Context<'_> {
    fn src(&self) -> PathBuf {
        self.goroot.join("src")
    }

    /// Whether the main module is `cmd`, the one that the go command and its tools are made of: its packages are then
    /// like any module's.
    pub fn in_cmd(&self) -> bool {
        self.graph.as_ref().is_some_and(|g| g.modules.first().is_some_and(|m| m.path == "cmd"))
    }

    /// Whether `path` names a package that comes with Go: of the standard library, or of its commands.
    pub fn is_std(&self, path: &str) -> bool {
        if !looks_standard(path) && !path.starts_with("vendor/") || path.is_empty() {
            return false;
        }
        if path.starts_with("cmd/") && self.in_cmd() {
            return false;
        }
        let o = &*OVERLAY;
        if o.packages.contains(path) {
            return true;
        }
        let dir = self.src().join(path);
        std::fs::read_dir(dir).is_ok_and(|l| l.flatten().any(|e| e.file_name().to_string_lossy().ends_with(".go")))
    }

    fn resolve(&self, import: &str, from: &Pkg) -> Result<Place, LoadErrorKind> {
        let std_place = |p: String| Place { dir: self.src().join(&p), import_path: p, std: true, module: None };
        if from.std {
            let base = if from.import_path.starts_with("cmd/") { "cmd/vendor" } else { "vendor" };
            let vendored = format!("{base}/{import}");
            if !looks_standard(import) && self.src().join(&vendored).is_dir() {
                return Ok(std_place(vendored));
            }
            return match self.is_std(import) {
                true => Ok(std_place(import.to_owned())),
                false => Err(LoadErrorKind::Missing(self.not_in_std(import))),
            };
        }
        if import.starts_with("./") || import.starts_with("../") {
            return Err(LoadErrorKind::Missing(format!(
                "\"{import}\" is relative, but relative import paths are not supported in module mode"
            )));
        }
        if import.starts_with('/') {
            return Err(LoadErrorKind::Missing("cannot import absolute path".into()));
        }
        if self.is_std(import) && !import.starts_with("vendor/") {
            return Ok(std_place(import.to_owned()));
        }
        if self.gopath_mode {
            let found =
                self.env.get("GOPATH").split(':').map(|p| Path::new(p).join("src").join(import)).find(|d| d.is_dir());
            return match found {
                Some(dir) => Ok(Place { import_path: import.into(), dir, std: false, module: None }),
                None => Err(LoadErrorKind::Missing(format!(
                    "cannot find package \"{import}\" in any of:\n\t{} (from $GOROOT)",
                    self.src().join(import).display()
                ))),
            };
        }
        let found = self.graph.as_ref().map(|g| g.find(import));
        match found {
            Some(Found::Dir(dir, m)) => Ok(Place { import_path: import.into(), dir, std: false, module: Some(m) }),
            _ if looks_standard(import) => Err(LoadErrorKind::Missing(self.not_in_std(import))),
            Some(Found::Missing(msg)) => Err(LoadErrorKind::Missing(msg)),
            Some(Found::NotCached(i)) => {
                let m = &self.graph.as_ref().expect("it was just asked").modules[i];
                Err(LoadErrorKind::Missing(format!(
                    "{}@{}: not in the module cache, and goxide does not download modules yet; to fetch it:\n\tgo mod download {}",
                    m.path, m.version, m.path
                )))
            }
            None => Err(LoadErrorKind::Missing(format!(
                "no required module provides package {import}: go.mod file not found in current directory or any parent directory; see 'go help modules'"
            ))),
        }
    }

    fn not_in_std(&self, import: &str) -> String {
        format!("package {import} is not in std ({})", self.src().join(import).display())
    }

    /// The language version of a package.
    fn lang(&self, p: &Pkg) -> String {
        let full = match (&self.graph, p.module) {
            _ if p.std => return "go1.27".into(),
            (Some(g), Some(m)) => g.modules[m].go.clone(),
            // files outside of every module's packages still belong to the main module's language
            (Some(g), None) => g.modules.first().map_or("1.27".into(), |m| m.go.clone()),
            (None, _) => return "go1.27".into(),
        };
        let mut it = full.split('.');
        let (a, b) = (it.next().unwrap_or("1"), it.next().unwrap_or("27"));
        let b: String = b.chars().take_while(char::is_ascii_digit).collect();
        format!("go{a}.{b}")
    }

    /// Reads the package at a place and what it embeds.
    fn read(&self, place: Place) -> Pkg {
        let std = place.std.then_some(place.import_path.as_str());
        let dir = dir::read_dir(&place.dir, std, &self.tags, self.env);
        self.finish(place, dir)
    }

    fn finish(&self, place: Place, dir: Result<Dir, std::io::Error>) -> Pkg {
        let mut p = Pkg { import_path: place.import_path, std: place.std, module: place.module, ..Pkg::default() };
        match dir {
            Ok(d) => p.dir = d,
            Err(e) => {
                p.dir.path = place.dir;
                p.error = Some(LoadError::stacked(None, os_error(&e)));
                return p;
            }
        }
        p.lang = self.lang(&p);
        if let Some(e) = &p.dir.error {
            p.error = Some(LoadError::bare(e.clone()));
        } else if let Some(n) = p.dir.nothing().filter(|n| *n != NoPackage::OnlyTests || self.purpose != Purpose::List)
        {
            let at = p.dir.path.display();
            let msg = match n {
                NoPackage::AllExcluded => format!("build constraints exclude all Go files in {at}"),
                NoPackage::NoGoFiles => format!("no Go files in {at}"),
                NoPackage::OnlyTests => format!("{}: no non-test Go files in {at}", p.import_path),
            };
            let bare = matches!(n, NoPackage::OnlyTests);
            p.error = Some(if bare { LoadError::bare(msg) } else { LoadError::stacked(None, msg) });
        } else if let Some(e) = self.refuse_assembly(&p) {
            p.error = Some(e);
        } else if let Some(c) = p.dir.fortran.first() {
            let path = &p.import_path;
            let msg = format!("package {path}: Fortran source files not allowed when not using cgo or SWIG: {c}");
            p.error = Some(LoadError::bare(msg));
        }
        self.embed(&mut p);
        p
    }

    /// The error for a package that cannot be built without its assembly.
    fn refuse_assembly(&self, p: &Pkg) -> Option<LoadError> {
        if self.purpose != Purpose::Build || native_assembly(&p.import_path) {
            return None;
        }
        let file = crate::asm::needed(&p.dir)?;
        let msg = format!("package {} needs assembly ({file}), which goxide does not support yet", p.import_path);
        Some(LoadError::bare(msg))
    }

    /// Resolves what the package embeds.
    fn embed(&self, p: &mut Pkg) {
        let patterns = || p.dir.files.iter().flat_map(|f| f.head.embeds.iter().map(move |e| (f, e)));
        match embed::resolve(&p.dir.path, patterns().map(|(_, e)| e.1.as_str())) {
            Ok(e) => p.embed = e,
            Err((pattern, msg)) => {
                let pos = patterns().find(|(_, e)| e.1 == pattern).map(|(f, e)| self.pos(f, e.0));
                let e = LoadError::at(pos, format!("pattern {pattern}: {msg}"));
                p.error.get_or_insert(e);
            }
        }
    }

    fn pos(&self, f: &dir::GoFile, off: usize) -> String {
        let (line, col) = line_col(&f.src, off);
        format!("{}:{line}:{col}", self.env.short_path(&f.path))
    }

    /// Loads `roots`, everything they import and, if `runtime`, package runtime. `lenient`: roots without anything to
    /// build are passed over, as wildcards do.
    pub fn load(&self, roots: &[Root], runtime: bool, lenient: bool) -> Loaded {
        let mut g = Building { cx: self, nodes: Vec::new(), by_path: HashMap::new(), queue: Vec::new() };
        let mut root_nodes = Vec::new();
        for r in roots {
            root_nodes.push(g.root(r));
        }
        let rt = runtime.then(|| {
            let p = Place { import_path: "runtime".into(), dir: self.src().join("runtime"), std: true, module: None };
            g.enqueue(p)
        });
        g.waves();
        if lenient {
            root_nodes.retain(|&n| {
                let d = &g.nodes[n].pkg.dir;
                let there = match d.nothing() {
                    None => true,
                    Some(n) => n == NoPackage::OnlyTests && self.purpose == Purpose::List,
                };
                there || d.error.is_some() || d.path.as_os_str().is_empty()
            });
        }
        let mut w = Walk::new(g.nodes);
        // runtime comes first: nothing may come before what it needs
        for n in rt.into_iter().chain(root_nodes.iter().copied()) {
            w.visit(n, None);
        }
        finish_walk(w, &root_nodes)
    }
}

/// Whether the functions that a package has in assembly are supplied by the toolchain.
pub(crate) fn native_assembly(import_path: &str) -> bool {
    NATIVE.contains(&import_path)
}

/// The outcome of a walk.
fn finish_walk(mut w: Walk, roots: &[usize]) -> Loaded {
    let mut index = vec![0; w.nodes.len()];
    for (i, n) in w.order.iter().enumerate() {
        index[*n] = i;
    }
    let mut packages = Vec::new();
    for &n in &w.order {
        let node = &mut w.nodes[n];
        let mut p = std::mem::take(&mut node.pkg);
        let links = node.links.iter().filter_map(|(k, (_, t))| Some((k.clone(), index[*t.as_ref().ok()?])));
        p.imports = links.collect();
        packages.push(p);
    }
    let roots = roots.iter().map(|&n| index[n]).collect();
    Loaded { packages, roots, errors: w.errors, missing: w.missing }
}

/// What `resolve` fails with.
enum LoadErrorKind {
    Missing(String),
}

/// What the system says, as Go words it.
pub(crate) fn os_error(e: &std::io::Error) -> String {
    let s = e.to_string();
    s.split(" (os error").next().unwrap_or(&s).to_lowercase()
}

struct Building<'a, 'b> {
    cx: &'a Context<'b>,
    nodes: Vec<Node>,
    by_path: HashMap<String, usize>,
    /// Nodes whose packages are to be read.
    queue: Vec<(usize, Place)>,
}

impl Building<'_, '_> {
    fn add(&mut self, pkg: Pkg) -> usize {
        self.by_path.insert(pkg.import_path.clone(), self.nodes.len());
        self.nodes.push(Node { pkg, links: BTreeMap::new() });
        self.nodes.len() - 1
    }

    fn enqueue(&mut self, place: Place) -> usize {
        if let Some(&n) = self.by_path.get(&place.import_path) {
            return n;
        }
        let n = self.add(Pkg { import_path: place.import_path.clone(), ..Pkg::default() });
        self.queue.push((n, place));
        n
    }

    fn root(&mut self, r: &Root) -> usize {
        match r {
            Root::Path(p) => match self.cx.resolve(p, &Pkg::default()) {
                Ok(place) => self.enqueue(place),
                Err(LoadErrorKind::Missing(msg)) => {
                    let error = Some(LoadError::bare(msg));
                    self.add(Pkg { import_path: p.clone(), error, ..Pkg::default() })
                }
            },
            Root::Dir(dir, import_path, module) => {
                let std = self.cx.is_std(import_path) && dir.starts_with(self.cx.src());
                self.enqueue(Place { import_path: import_path.clone(), dir: dir.clone(), std, module: *module })
            }
            Root::Files(dir, names) => {
                let place = Place { import_path: COMMAND_LINE.into(), dir: dir.clone(), std: false, module: None };
                let d = dir::read_files(dir, names, self.cx.env);
                let pkg = self.cx.finish(place, d);
                let n = self.add(pkg);
                self.link(n);
                n
            }
        }
    }

    fn waves(&mut self) {
        while !self.queue.is_empty() {
            let wave = std::mem::take(&mut self.queue);
            let cx = self.cx;
            let read: Vec<(usize, Pkg)> = wave.into_par_iter().map(|(n, place)| (n, cx.read(place))).collect();
            for (n, pkg) in read {
                self.nodes[n].pkg = pkg;
                self.link(n);
            }
        }
    }

    /// Resolves the imports of node `n`.
    fn link(&mut self, n: usize) {
        let mut wanted: BTreeMap<String, (usize, usize)> = BTreeMap::new();
        for (i, f) in self.nodes[n].pkg.dir.files.iter().enumerate() {
            for imp in &f.head.imports {
                wanted.entry(imp.path.clone()).or_insert((i, imp.off));
            }
        }
        wanted.remove("unsafe");
        for (path, (i, off)) in wanted {
            let from = &self.nodes[n].pkg;
            let f = &from.dir.files[i];
            let pos = self.cx.pos(f, off);
            let target = match self.cx.resolve(&path, from) {
                Err(LoadErrorKind::Missing(msg)) => Err(LoadError::at(Some(pos.clone()), msg)),
                Ok(place) => match self.not_allowed(&place, n) {
                    Some(msg) => Err(LoadError::stacked(Some(pos.clone()), msg)),
                    None => Ok(self.enqueue(place)),
                },
            };
            self.nodes[n].links.insert(path, (pos, target));
        }
    }

    /// The rules for internal packages.
    fn not_allowed(&self, to: &Place, from: usize) -> Option<String> {
        let from = &self.nodes[from].pkg;
        // external tests may import what the package itself may
        let from_path = from.for_test.as_ref().unwrap_or(&from.import_path);
        let path = to.import_path.as_str();
        let i = match path {
            "internal" => 0,
            p if p.ends_with("/internal") => p.len() - "internal".len(),
            p => match p.rfind("/internal/") {
                Some(i) => i + 1,
                None if p.starts_with("internal/") => 0,
                None => return None,
            },
        };
        let parent = path[..i].trim_end_matches('/');
        let below =
            |p: &str| parent.is_empty() || p == parent || p.strip_prefix(parent).is_some_and(|r| r.starts_with('/'));
        let ok = if to.std {
            // the go command's own packages lie in the tree of the standard library
            from.std && below(from_path) || from.dir.path.starts_with(self.cx.src().join(parent))
        } else if from_path == COMMAND_LINE {
            // the directory decides, as for any package there
            let root = self.cx.graph.as_ref().and_then(|g| Some((g.root.clone()?, g.main.module.clone())));
            root.and_then(|(root, module)| {
                let rel = from.dir.path.strip_prefix(root).ok()?.display().to_string();
                Some(if rel.is_empty() { module } else { format!("{module}/{rel}") })
            })
            .is_some_and(|p| below(&p))
        } else {
            below(from_path)
        };
        (!ok).then(|| format!("use of internal package {path} not allowed"))
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    New,
    Active,
    Done,
}

/// An import: path, position, and the node it leads to.
type Link = (String, String, Result<usize, LoadError>);

struct Walk {
    nodes: Vec<Node>,
    state: Vec<State>,
    order: Vec<usize>,
    /// Nodes being visited, with the position of the import that led to each.
    stack: Vec<(usize, Option<String>)>,
    errors: Vec<String>,
    missing: Vec<Missing>,
}

impl Walk {
    fn new(nodes: Vec<Node>) -> Walk {
        let state = vec![State::New; nodes.len()];
        Walk { nodes, state, order: Vec::new(), stack: Vec::new(), errors: Vec::new(), missing: Vec::new() }
    }

    fn path(&self, n: usize) -> &str {
        &self.nodes[n].pkg.import_path
    }

    /// Import paths from the root to the top of the stack.
    fn imports(&self) -> String {
        let l: Vec<&str> = self.stack.iter().map(|(n, _)| self.path(*n)).collect();
        l.join("\n\timports ")
    }

    fn show(&self, e: &LoadError) -> String {
        match (&e.pos, e.stack) {
            // the import that led there is as good a place as any
            _ if e.bare && e.msg.starts_with("found packages") => match self.stack.last() {
                Some((_, Some(pos))) => format!("{pos}: {}", e.msg),
                _ => e.msg.clone(),
            },
            _ if e.bare => e.msg.clone(),
            (Some(p), false) => format!("{p}: {}", e.msg),
            (None, false) => e.msg.clone(),
            (Some(p), true) => format!("package {}\n\t{p}: {}", self.imports(), e.msg),
            (None, true) => format!("package {}: {}", self.imports(), e.msg),
        }
    }

    fn is_program(&self, n: usize) -> bool {
        let p = &self.nodes[n].pkg;
        // within a test binary, the program under test is a package like others
        p.dir.name() == "main" && p.error.is_none() && p.for_test.is_none()
    }

    /// Visits a node and what it imports, dependencies first. Iterative: import chains may be long.
    fn visit(&mut self, root: usize, pos: Option<String>) {
        let mut todo: Vec<(usize, Vec<Link>)> = Vec::new();
        self.enter(root, pos, &mut todo);
        while let Some((n, links)) = todo.last_mut() {
            let n = *n;
            let Some((path, pos, target)) = links.pop() else {
                todo.pop();
                self.leave(n);
                continue;
            };
            match target {
                // what the importer must not do is an error of the importer, shown behind those of its imports
                Err(e) if e.stack => {
                    self.nodes[n].pkg.error.get_or_insert(e);
                }
                Err(e) => {
                    let shown = self.show(&e);
                    if !self.errors.contains(&shown) {
                        self.missing.extend(self.missing_import(n, &path, &shown, e.msg));
                        self.errors.push(shown);
                    }
                }
                Ok(t) if self.is_program(t) => {
                    let e = format!("{pos}: import {path:?} is a program, not an importable package");
                    if !self.errors.contains(&e) {
                        self.errors.push(e);
                    }
                }
                Ok(t) => match self.state[t] {
                    State::Done => {}
                    State::Active => self.cycle(t, pos),
                    State::New => self.enter(t, Some(pos), &mut todo),
                },
            }
        }
    }

    fn missing_import(&self, n: usize, path: &str, shown: &str, msg: String) -> Option<Missing> {
        let mut files = self.nodes[n].pkg.dir.files.iter();
        let (file, offset) =
            files.find_map(|f| Some((f.path.clone(), f.head.imports.iter().find(|i| i.path == path)?.off)))?;
        Some(Missing { shown: shown.to_owned(), msg, import: path.to_owned(), file, offset })
    }

    fn enter(&mut self, n: usize, pos: Option<String>, todo: &mut Vec<(usize, Vec<Link>)>) {
        if self.state[n] != State::New {
            return;
        }
        self.state[n] = State::Active;
        self.stack.push((n, pos));
        let links = self.nodes[n].links.iter().rev();
        todo.push((n, links.map(|(k, (p, t))| (k.clone(), p.clone(), t.clone())).collect()));
    }

    fn leave(&mut self, n: usize) {
        if let Some(e) = self.nodes[n].pkg.error.clone() {
            let shown = self.show(&e);
            if !self.errors.contains(&shown) {
                self.errors.push(shown);
            }
        }
        let links = &self.nodes[n].links;
        if let Some((path, (pos, _))) = links.iter().find(|(p, _)| p.starts_with("./") || p.starts_with("../")) {
            self.errors.push(format!("{pos}: local import {path:?} in non-local package"));
        }
        self.stack.pop();
        self.state[n] = State::Done;
        self.order.push(n);
    }

    /// The package at the top of the stack imports `to`, which is on the stack.
    fn cycle(&mut self, to: usize, pos: String) {
        let from = |pos: &Option<String>| match pos {
            Some(p) => {
                let file = p.rsplit('/').next().unwrap_or(p);
                format!(" from {}", file.split(':').next().unwrap_or(file))
            }
            None => String::new(),
        };
        let mut l: Vec<String> = self.stack.iter().map(|(n, p)| format!("{}{}", self.path(*n), from(p))).collect();
        l.push(format!("{}{}", self.path(to), from(&Some(pos))));
        let (mut first, mut how) = (0, "");
        if self.nodes[to].pkg.for_test.is_some() {
            // the test main and what led to the package under test are not of interest
            first = self.stack.iter().position(|(n, _)| *n == to).unwrap_or(0);
            l[first] = self.path(to).to_owned();
            how = " in test";
        }
        self.errors.push(format!("package {}: import cycle not allowed{how}", l[first..].join("\n\timports ")));
    }
}
