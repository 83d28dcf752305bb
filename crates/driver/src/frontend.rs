//! Sources to checked packages, in parallel over the import graph. A package is looked at once all it imports is
//! complete; those that import a broken one are left out.

use crate::input::{Failure, Options, Package, Program};
use goxide_base::{FxHashMap, Name, position};
use goxide_diag::{Diagnostic, Sink};
use goxide_syntax::ast::{Decl, File, FuncDecl};
use goxide_syntax::{FRONT_END_STACK, Mode, NodeIdGen, parse_file};
use goxide_types::{CheckedPackage, Config, Importer, Pkg, check_package};
use parking_lot::{Condvar, Mutex};
use std::sync::Arc;

/// The runtime and what it imports: their directives are special.
const RUNTIME_PKGS: &[&str] = &[
    "runtime",
    "internal/runtime/atomic",
    "internal/runtime/cgroup",
    "internal/runtime/exithook",
    "internal/runtime/gc",
    "internal/runtime/gc/scan",
    "internal/runtime/maps",
    "internal/runtime/math",
    "internal/runtime/sys",
    "internal/runtime/syscall/linux",
    "internal/abi",
    "internal/bytealg",
    "internal/byteorder",
    "internal/chacha8rand",
    "internal/coverage/rtcov",
    "internal/cpu",
    "internal/goarch",
    "internal/godebugs",
    "internal/goexperiment",
    "internal/goos",
    "internal/profilerecord",
    "internal/strconv",
    "internal/stringslite",
];

/// What became of a package.
enum Outcome {
    Checked(Arc<CheckedPackage>),
    Broken(Failure),
    /// Something it imports is broken.
    Skipped,
}

struct State {
    /// By package; `None` until it is settled.
    done: Vec<Option<Outcome>>,
    /// How many imports are not settled yet.
    waiting: Vec<usize>,
    ready: Vec<usize>,
    left: usize,
}

/// Parses and checks all packages of a program, in its order.
pub fn check(program: &Program, options: &Options) -> Result<Vec<Arc<CheckedPackage>>, Vec<Failure>> {
    let n = program.packages.len();
    let mut users: Vec<Vec<usize>> = vec![Vec::new(); n];
    let mut waiting = vec![0; n];
    for (i, p) in program.packages.iter().enumerate() {
        let mut deps: Vec<usize> = p.imports.iter().map(|d| d.1).collect();
        deps.sort_unstable();
        deps.dedup();
        waiting[i] = deps.len();
        for d in deps {
            users[d].push(i);
        }
    }
    // Later packages last, so that popping takes the earliest.
    let ready: Vec<usize> = (0..n).rev().filter(|&i| waiting[i] == 0).collect();
    let state = Mutex::new(State { done: (0..n).map(|_| None).collect(), waiting, ready, left: n });
    let changed = Condvar::new();
    let jobs = match options.jobs {
        0 => std::thread::available_parallelism().map_or(1, |n| n.get()),
        n => n,
    };
    std::thread::scope(|scope| {
        for _ in 0..jobs.min(n.max(1)) {
            let work = || worker(program, &users, &state, &changed);
            std::thread::Builder::new()
                .stack_size(FRONT_END_STACK)
                .spawn_scoped(scope, work)
                .expect("cannot start a thread");
        }
    });
    let mut checked = Vec::with_capacity(n);
    let mut failures = Vec::new();
    for o in state.into_inner().done {
        match o {
            Some(Outcome::Checked(p)) => checked.push(p),
            Some(Outcome::Broken(f)) => failures.push(f),
            Some(Outcome::Skipped) | None => {}
        }
    }
    if failures.is_empty() { Ok(checked) } else { Err(failures) }
}

fn worker(program: &Program, users: &[Vec<usize>], state: &Mutex<State>, changed: &Condvar) {
    let mut s = state.lock();
    loop {
        let Some(i) = s.ready.pop() else {
            if s.left == 0 {
                return;
            }
            changed.wait(&mut s);
            continue;
        };
        let p = &program.packages[i];
        let mut imports: FxHashMap<&str, Pkg> = FxHashMap::default();
        let mut complete = true;
        for (path, d) in &p.imports {
            match &s.done[*d] {
                Some(Outcome::Checked(c)) => {
                    imports.insert(path, c.pkg);
                }
                _ => complete = false,
            }
        }
        drop(s);
        let outcome = if complete { check_one(p, &Imports(imports)) } else { Outcome::Skipped };
        s = state.lock();
        s.done[i] = Some(outcome);
        s.left -= 1;
        for &u in &users[i] {
            s.waiting[u] -= 1;
            if s.waiting[u] == 0 {
                s.ready.push(u);
            }
        }
        changed.notify_all();
    }
}

struct Imports<'a>(FxHashMap<&'a str, Pkg>);

impl Importer for Imports<'_> {
    fn import(&self, path: &str) -> Result<Pkg, String> {
        self.0.get(path).copied().ok_or_else(|| "open : no such file or directory".to_owned())
    }
}

fn check_one(p: &Package, imports: &Imports<'_>) -> Outcome {
    let broken = |diags| Outcome::Broken(Failure { import_path: p.import_path.clone(), diags });
    let mut sink = Sink::default();
    let mut ids = NodeIdGen::new();
    let mode = Mode { std: p.std, runtime: p.std && RUNTIME_PKGS.contains(&p.pkg_path.as_str()), ..Mode::default() };
    let mut files: Vec<&'static File> = Vec::with_capacity(p.files.len());
    for f in &p.files {
        let source = goxide_base::add_file(f.name.clone(), f.path.clone(), f.src.clone());
        match parse_file(&source, &mut ids, mode, &mut sink) {
            Some(tree) => files.push(Box::leak(Box::new(tree))),
            None => break,
        }
    }
    // As gc: nothing is checked after syntax errors.
    if sink.has_errors() {
        return broken(sink.diags);
    }
    let conf = Config { go_version: p.lang.clone(), ignore_branch_errors: true, ..Config::default() };
    let checked = check_package(&p.pkg_path, &files, imports, &conf, &mut sink);
    if !p.std && !sink.has_errors() {
        for f in &files {
            missing_bodies(f, &mut sink);
        }
    }
    if sink.has_errors() {
        version_hints(&mut sink.diags, &checked, &files, &p.lang);
        return broken(sink.diags);
    }
    Outcome::Checked(Arc::new(checked))
}

/// Reports functions without body. Only the standard library has its bodies elsewhere; a linkname stands for one.
fn missing_bodies(f: &File, sink: &mut Sink) {
    let named = |d: &FuncDecl| {
        let local = |l: &goxide_syntax::pragma::Linkname| d.name.name == *l.local.as_str();
        d.recv.is_none() && (f.pragma.linknames.iter().any(local) || d.pragma.linknames.iter().any(local))
    };
    for d in &f.decls {
        if let Decl::Func(d) = d
            && d.body.is_none()
            && !named(d)
        {
            sink.report(Diagnostic::error(d.pos, "missing function body"));
        }
    }
}

/// Says where a language version comes from that is too old for what is used.
fn version_hints(diags: &mut [Diagnostic], checked: &CheckedPackage, files: &[&'static File], lang: &str) {
    let by_name: FxHashMap<Name, usize> =
        files.iter().enumerate().map(|(i, f)| (Name::new(&position(f.pos).file), i)).collect();
    for d in diags {
        if !asks_for_version(&d.msg) {
            continue;
        }
        let Some(&i) = by_name.get(&Name::new(&position(d.pos).file)) else { continue };
        let effective = checked.info.file_versions.get(i).map_or("", String::as_str);
        d.msg = if !effective.is_empty() && files[i].go_version == effective {
            format!("{} (file declares //go:build {effective})", d.msg)
        } else {
            format!("{} (-lang was set to {lang}; check go.mod)", d.msg)
        };
    }
}

/// Whether a message has "requires go1.N or later" in it.
fn asks_for_version(msg: &str) -> bool {
    msg.match_indices("requires go").any(|(i, m)| {
        let rest = msg[i + m.len()..].trim_start_matches(|c: char| c.is_ascii_digit() || c == '.');
        rest.starts_with(" or later")
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::SourceInput;

    fn pkg(path: &str, src: &str, imports: &[(&str, usize)]) -> Package {
        Package {
            import_path: path.into(),
            pkg_path: path.into(),
            files: vec![SourceInput {
                name: format!("{path}.go"),
                path: format!("/{path}.go"),
                src: src.as_bytes().into(),
            }],
            imports: imports.iter().map(|(p, i)| (p.to_string(), *i)).collect(),
            lang: "go1.27".into(),
            ..Package::default()
        }
    }

    #[test]
    fn importers_see_what_they_import() {
        let p = Program {
            packages: vec![
                pkg("a", "package a; const C = 1", &[]),
                pkg("b", "package b; import \"a\"; var _ int = a.C", &[("a", 0)]),
            ],
            ..Program::default()
        };
        let c = check(&p, &Options::default()).expect("no errors");
        assert_eq!(c.len(), 2);
        assert_eq!(c[1].pkg.path(), "b");
    }

    #[test]
    fn broken_packages_hide_their_importers() {
        let p = Program {
            packages: vec![
                pkg("c", "package c; var x int = \"\"", &[]),
                pkg("d", "package d; import \"c\"; var _ = c.Y", &[("c", 0)]),
                pkg("e", "package e; func f()", &[]),
            ],
            ..Program::default()
        };
        let f = check(&p, &Options::default()).err().expect("errors");
        let paths: Vec<&str> = f.iter().map(|f| f.import_path.as_str()).collect();
        assert_eq!(paths, ["c", "e"]);
        assert_eq!(f[1].diags[0].msg, "missing function body");
    }

    #[test]
    fn old_versions_are_explained() {
        let mut p = pkg("g", "package g; func f() { for range 3 {} }", &[]);
        p.lang = "go1.21".into();
        let f = check(&Program { packages: vec![p], ..Program::default() }, &Options::default()).err().expect("errors");
        assert!(
            f[0].diags[0].msg.ends_with("requires go1.22 or later (-lang was set to go1.21; check go.mod)"),
            "{:?}",
            f[0]
        );
    }
}
