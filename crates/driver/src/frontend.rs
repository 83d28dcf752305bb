//! Parsing and checking: all files are parsed at once, packages are checked as soon as their imports are.

use crate::input::{Failure, Package, Program};
use goxide_base::{FxHashMap, SourceFile, add_file};
use goxide_diag::{Diagnostic, Severity, Sink};
use goxide_syntax::{Mode, NodeIdGen, ast, parse_file};
use goxide_types::{CheckedPackage, Config, Importer, Pkg, check_package};
use parking_lot::Mutex;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

struct Imports<'a> {
    map: FxHashMap<&'a str, Pkg>,
    broken: &'a [(String, String)],
}

impl Importer for Imports<'_> {
    fn import(&self, path: &str) -> Result<Pkg, String> {
        self.map.get(path).copied().ok_or_else(|| {
            let why = self.broken.iter().find(|b| b.0 == path);
            why.map_or_else(|| "file not found".into(), |b| b.1.clone())
        })
    }
}

struct State<'a> {
    program: &'a Program,
    sources: Vec<Vec<Arc<SourceFile>>>,
    /// Imports not yet checked, by package.
    waiting: Vec<AtomicUsize>,
    importers: Vec<Vec<usize>>,
    done: Vec<Mutex<Option<Checked>>>,
}

/// A package, or what is wrong with it.
type Checked = Result<Arc<CheckedPackage>, Vec<Diagnostic>>;

/// Parses and checks every package. On failure, the reports of the packages that have errors of their own.
pub fn check(program: &Program) -> Result<Vec<Arc<CheckedPackage>>, Vec<Failure>> {
    let ps = &program.packages;
    // Positions must not depend on timing: files are added in order, before anything runs in parallel.
    let add = |p: &Package| p.files.iter().map(|f| add_file(f.name.clone(), f.path.clone(), f.src.clone())).collect();
    let mut s = State {
        program,
        sources: ps.iter().map(add).collect(),
        waiting: ps.iter().map(|_| AtomicUsize::new(0)).collect(),
        importers: vec![Vec::new(); ps.len()],
        done: ps.iter().map(|_| Mutex::new(None)).collect(),
    };
    for (i, p) in ps.iter().enumerate() {
        let mut deps: Vec<usize> = p.imports.iter().map(|x| x.1).collect();
        deps.sort_unstable();
        deps.dedup();
        // One more for the parse.
        s.waiting[i] = AtomicUsize::new(deps.len() + 1);
        for d in deps {
            s.importers[d].push(i);
        }
    }
    let parsed: Vec<Mutex<Option<Parsed>>> = ps.iter().map(|_| Mutex::new(None)).collect();
    rayon::scope(|sc| {
        for i in 0..ps.len() {
            let (s, parsed) = (&s, &parsed[..]);
            sc.spawn(move |sc| {
                *parsed[i].lock() = Some(parse(&ps[i], &s.sources[i]));
                ready(s, parsed, i, sc);
            });
        }
    });
    let mut out = Vec::new();
    let mut failures = Vec::new();
    for (i, d) in s.done.into_iter().enumerate() {
        match d.into_inner() {
            Some(Ok(c)) => out.push(c),
            Some(Err(diags)) if !diags.is_empty() => {
                failures.push(Failure { import_path: ps[i].import_path.clone(), diags });
            }
            // Not looked at, because something it imports is broken.
            _ => {}
        }
    }
    if failures.is_empty() { Ok(out) } else { Err(failures) }
}

struct Parsed {
    files: Vec<&'static ast::File>,
    sink: Sink,
    /// gc would not look further.
    stop: bool,
}

fn parse(p: &Package, sources: &[Arc<SourceFile>]) -> Parsed {
    let mut ids = NodeIdGen::new();
    let mut sink = Sink::default();
    let mode = Mode { std: p.rules.std, runtime: p.rules.runtime, ..Mode::default() };
    let mut files: Vec<&'static ast::File> = Vec::new();
    for f in sources {
        match parse_file(f, &mut ids, mode, &mut sink) {
            // Trees live as long as the process, like everything the checker says about them.
            Some(f) => files.push(Box::leak(Box::new(f))),
            None => return Parsed { files, sink, stop: true },
        }
    }
    // other errors of this stage (labels, directives, literals) do not keep the checker from reporting its own
    let stop = sink.diags.iter().any(|d| d.msg.starts_with("syntax error"));
    Parsed { files, sink, stop }
}

/// One thing that package `i` waited for is there.
fn ready<'s>(s: &'s State<'_>, parsed: &'s [Mutex<Option<Parsed>>], i: usize, sc: &rayon::Scope<'s>) {
    if s.waiting[i].fetch_sub(1, Ordering::AcqRel) != 1 {
        return;
    }
    let result = check_one(s, parsed[i].lock().take().expect("parsed"), i);
    *s.done[i].lock() = Some(result);
    for &j in &s.importers[i] {
        sc.spawn(move |sc| ready(s, parsed, j, sc));
    }
}

fn check_one(s: &State<'_>, p: Parsed, i: usize) -> Result<Arc<CheckedPackage>, Vec<Diagnostic>> {
    let pkg = &s.program.packages[i];
    let mut sink = p.sink;
    if p.stop {
        return Err(errors(sink));
    }
    let mut map = FxHashMap::default();
    for (path, d) in &pkg.imports {
        match &*s.done[*d].lock() {
            Some(Ok(c)) => {
                map.insert(path.as_str(), c.pkg);
            }
            _ => return Err(Vec::new()),
        }
    }
    let conf = Config {
        go_version: pkg.lang.clone(),
        // The parser has looked at labels and branches.
        ignore_branch_errors: true,
        gc: !pkg.rules.trusted,
        outside_bodies: pkg.rules.outside_bodies,
        ..Config::default()
    };
    let c = check_package(&pkg.pkg_path, &p.files, &Imports { map, broken: &pkg.broken_imports }, &conf, &mut sink);
    goxide_types::typenames::number_local_types(&c.info);
    if sink.has_errors() || c.failed { Err(errors(sink)) } else { Ok(Arc::new(c)) }
}

/// What went wrong, in the order of the reports: which of them are shown depends on it, as in gc.
fn errors(mut sink: Sink) -> Vec<Diagnostic> {
    sink.diags.retain(|d| d.severity != Severity::Note);
    sink.diags
}
