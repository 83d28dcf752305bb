//! Loads packages of a Go source tree and runs cases of Go's checker test data.
#![allow(dead_code)]

use goxide_base::FxHashMap;
use goxide_diag::Sink;
use goxide_syntax::{Mode, NodeIdGen, build_constraint, parse_file};
use goxide_types::{CheckedPackage, Config, Importer, Pkg, check_package};
use std::cell::RefCell;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// Loads and checks packages on demand.
pub struct Loader {
    pub src: PathBuf,
    done: RefCell<FxHashMap<String, Result<Pkg, String>>>,
    pub keep: RefCell<Vec<CheckedPackage>>,
    pub parse: RefCell<Duration>,
    pub check: RefCell<Duration>,
    pub failed: RefCell<Vec<String>>,
    pub verbose: bool,
}

fn tag_ok(tag: &str) -> bool {
    if let Some(n) = tag.strip_prefix("go1.").and_then(|n| n.parse::<u32>().ok()) {
        return n <= 27;
    }
    matches!(
        tag,
        "linux"
            | "amd64"
            | "unix"
            | "gc"
            | "purego"
            | "math_big_pure_go"
            | "goexperiment.regabiwrappers"
            | "goexperiment.regabiargs"
            | "goexperiment.aliastypeparams"
            | "goexperiment.swissmap"
            | "goexperiment.spinbitmutex"
            | "goexperiment.synctest"
            | "goexperiment.greenteagc"
            | "goexperiment.randomizedheapbase64"
            | "goexperiment.jsonv2"
            | "goexperiment.dwarf5"
            | "goexperiment.sizespecializedmalloc"
    )
}

const OSES: &[&str] = &[
    "aix",
    "android",
    "darwin",
    "dragonfly",
    "freebsd",
    "hurd",
    "illumos",
    "ios",
    "js",
    "linux",
    "nacl",
    "netbsd",
    "openbsd",
    "plan9",
    "solaris",
    "wasip1",
    "windows",
    "zos",
];
const ARCHES: &[&str] = &[
    "386",
    "amd64",
    "amd64p32",
    "arm",
    "armbe",
    "arm64",
    "arm64be",
    "loong64",
    "mips",
    "mipsle",
    "mips64",
    "mips64le",
    "mips64p32",
    "mips64p32le",
    "ppc",
    "ppc64",
    "ppc64le",
    "riscv",
    "riscv64",
    "s390",
    "s390x",
    "sparc",
    "sparc64",
    "wasm",
];

fn name_ok(name: &str) -> bool {
    let stem = name.trim_end_matches(".go");
    let stem = stem.split('.').next().unwrap_or(stem);
    let parts: Vec<&str> = stem.split('_').collect();
    let n = parts.len();
    if n >= 3 && OSES.contains(&parts[n - 2]) && ARCHES.contains(&parts[n - 1]) {
        return parts[n - 2] == "linux" && parts[n - 1] == "amd64";
    }
    if n >= 2 {
        let l = parts[n - 1];
        if OSES.contains(&l) {
            return l == "linux";
        }
        if ARCHES.contains(&l) {
            return l == "amd64";
        }
    }
    true
}

fn go_files(dir: &Path) -> Vec<PathBuf> {
    let Ok(rd) = std::fs::read_dir(dir) else { return Vec::new() };
    let mut v: Vec<PathBuf> = rd
        .filter_map(|e| Some(e.ok()?.path()))
        .filter(|p| {
            let n = p.file_name().and_then(|n| n.to_str()).unwrap_or("");
            n.ends_with(".go") && !n.ends_with("_test.go") && !n.starts_with(['_', '.']) && name_ok(n)
        })
        .collect();
    v.sort();
    v.retain(|p| {
        let Ok(src) = std::fs::read(p) else { return false };
        match build_constraint(&src) {
            Ok(Some(e)) => e.eval(&mut tag_ok),
            Ok(None) => !String::from_utf8_lossy(&src).lines().any(|l| l == "import \"C\""),
            Err(_) => false,
        }
    });
    v
}

impl Loader {
    /// A loader for the tree at `src`.
    pub fn new(src: PathBuf, verbose: bool) -> Loader {
        Loader {
            src,
            done: RefCell::default(),
            keep: RefCell::default(),
            parse: RefCell::default(),
            check: RefCell::default(),
            failed: RefCell::default(),
            verbose,
        }
    }

    pub fn load(&self, path: &str) -> Result<Pkg, String> {
        if let Some(r) = self.done.borrow().get(path) {
            return r.clone();
        }
        let dir = self.src.join(path);
        let files = go_files(&dir);
        if files.is_empty() {
            let e = Err(format!("package {path} is not in std"));
            self.done.borrow_mut().insert(path.to_owned(), e.clone());
            return e;
        }
        let mut sink = Sink::default();
        let mut ids = NodeIdGen::default();
        let t = Instant::now();
        let mut asts = Vec::new();
        for f in &files {
            let src = std::fs::read(f).unwrap_or_default();
            let name = f.display().to_string();
            let sf = goxide_base::add_file(name.clone(), name, src);
            if let Some(a) = parse_file(&sf, &mut ids, Mode { std: true, runtime: true, ..Mode::default() }, &mut sink)
            {
                asts.push(&*Box::leak(Box::new(a)));
            }
        }
        *self.parse.borrow_mut() += t.elapsed();
        // Imports first, so that their time is not counted here.
        for a in &asts {
            for d in &a.decls {
                if let goxide_syntax::ast::Decl::Import(i) = d
                    && let Some(p) = &i.path
                {
                    let p = p.value.as_str().trim_matches(['"', '`']);
                    if p != "unsafe" && p != "C" {
                        let _ = self.import(p);
                    }
                }
            }
        }
        let t = Instant::now();
        let conf = Config::default();
        let pkg = check_package(path, &asts, self, &conf, &mut sink);
        *self.check.borrow_mut() += t.elapsed();
        if sink.has_errors() {
            self.failed.borrow_mut().push(path.to_owned());
            eprintln!("# {path}: {} errors", sink.diags.len());
            for d in sink.diags.iter().take(if self.verbose { 1000 } else { 6 }) {
                eprintln!("{}: {}", goxide_base::position(d.pos), d.msg);
            }
        }
        let p = pkg.pkg;
        self.keep.borrow_mut().push(pkg);
        self.done.borrow_mut().insert(path.to_owned(), Ok(p));
        Ok(p)
    }
}

impl Importer for Loader {
    fn import(&self, path: &str) -> Result<Pkg, String> {
        if !self.src.join(path).is_dir() {
            return self.load(&format!("vendor/{path}"));
        }
        self.load(path)
    }
}

pub fn walk(root: &Path, dir: &Path, out: &mut Vec<String>) {
    let Ok(rd) = std::fs::read_dir(dir) else { return };
    if !go_files(dir).is_empty()
        && let Ok(p) = dir.strip_prefix(root)
        && p.as_os_str() != ""
    {
        out.push(p.display().to_string());
    }
    let mut subs: Vec<PathBuf> = rd.filter_map(|e| Some(e.ok()?.path())).filter(|p| p.is_dir()).collect();
    subs.sort();
    for s in subs {
        let n = s.file_name().and_then(|n| n.to_str()).unwrap_or("");
        if n == "testdata" || s == root.join("builtin") || n.starts_with(['_', '.']) || s == root.join("cmd") {
            continue;
        }
        walk(root, &s, out);
    }
}

/// An expected error: line, column of the token before the comment, text, and whether the text is a regexp.
struct Want {
    line: u32,
    col: u32,
    pat: String,
    rx: bool,
}

/// Collects `ERROR` comments.
fn wanted(src: &[u8]) -> Vec<Want> {
    let mut out = Vec::new();
    let (mut i, mut line, mut bol) = (0, 1u32, 0);
    let (mut pl, mut pc) = (0, 0);
    let mut comment = |text: &[u8], pl, pc| {
        let t = String::from_utf8_lossy(text).into_owned();
        for (pre, rx) in [(" ERROR ", false), (" ERRORx ", true)] {
            if let Some(p) = t.strip_prefix(pre) {
                let p = p.trim();
                let pat = goxide_types::constant::unquote(p)
                    .map_or_else(|| p.to_owned(), |b| String::from_utf8_lossy(&b).into_owned());
                out.push(Want { line: pl, col: pc, pat, rx });
            }
        }
    };
    while i < src.len() {
        let c = src[i];
        if c == b'\n' {
            i += 1;
            line += 1;
            bol = i;
        } else if c.is_ascii_whitespace() {
            i += 1;
        } else if src[i..].starts_with(b"//") {
            let end = src[i..].iter().position(|c| *c == b'\n').map_or(src.len(), |n| i + n);
            comment(&src[i + 2..end], pl, pc);
            i = end;
        } else if src[i..].starts_with(b"/*") {
            let end = src[i..].windows(2).position(|w| w == b"*/").map_or(src.len(), |n| i + n);
            comment(&src[i + 2..end], pl, pc);
            for (k, c) in src[i..end].iter().enumerate() {
                if *c == b'\n' {
                    line += 1;
                    bol = i + k + 1;
                }
            }
            i = (end + 2).min(src.len());
        } else {
            pl = line;
            pc = (i - bol) as u32 + 1;
            if matches!(c, b'"' | b'\'' | b'`') {
                i += 1;
                while i < src.len() && src[i] != c {
                    if src[i] == b'\\' && c != b'`' {
                        i += 1;
                    }
                    if src[i] == b'\n' {
                        line += 1;
                        bol = i + 1;
                        if c != b'`' {
                            break;
                        }
                    }
                    i += 1;
                }
                i += 1;
            } else if c.is_ascii_alphanumeric() || c == b'_' || c >= 0x80 {
                while i < src.len() && (src[i].is_ascii_alphanumeric() || src[i] == b'_' || src[i] >= 0x80) {
                    i += 1;
                }
            } else {
                i += 1;
            }
        }
    }
    out
}

/// Runs one case of Go's checker test data; gives what is wrong.
fn testdata(l: &Loader, files: &[PathBuf], delta: u32) -> Vec<String> {
    let mut sink = Sink::default();
    let mut ids = NodeIdGen::default();
    let mut asts = Vec::new();
    let mut conf = Config { test_builtins: true, ..Config::default() };
    let mut want: Vec<(goxide_base::FileId, Want)> = Vec::new();
    for (i, f) in files.iter().enumerate() {
        let src = std::fs::read(f).unwrap_or_default();
        if i == 0 {
            let first = String::from_utf8_lossy(&src).lines().next().unwrap_or("").to_owned();
            if let Some(fl) = first.strip_prefix("//").map(str::trim_start).filter(|f| f.starts_with('-')) {
                for a in fl.split_whitespace() {
                    if let Some(v) = a.strip_prefix("-lang=") {
                        conf.go_version = v.to_owned();
                    } else if a == "-fakeImportC" {
                        conf.fake_import_c = true;
                    } else if a.starts_with("-gotypesalias=0") {
                        return Vec::new();
                    }
                }
            }
        }
        let name = f.file_name().and_then(|n| n.to_str()).unwrap_or("").to_owned();
        let sf = goxide_base::add_file(name.clone(), name, src.clone());
        want.extend(wanted(&src).into_iter().map(|w| (sf.id, w)));
        if let Some(a) = parse_file(&sf, &mut ids, Mode { check_branches: false, ..Mode::default() }, &mut sink) {
            asts.push(&*Box::leak(Box::new(a)));
        }
    }
    if let Some(a) = asts.first() {
        let name = a.pkg_name.name.to_string();
        check_package(&name, &asts, l, &conf, &mut sink);
    }
    let mut bad = Vec::new();
    for d in &sink.diags {
        let Some(f) = goxide_base::file_of(d.pos) else {
            bad.push(format!("error without position: {}", d.msg));
            continue;
        };
        let (line, col) = f.line_col(d.pos);
        let best = want
            .iter()
            .enumerate()
            .filter(|(_, (id, w))| *id == f.id && w.line == line)
            .filter(|(_, (_, w))| {
                if w.rx {
                    regex::Regex::new(&w.pat.replace("{}", "\\{\\}")).is_ok_and(|r| r.is_match(&d.msg))
                } else {
                    d.msg.contains(&w.pat)
                }
            })
            .min_by_key(|(_, (_, w))| w.col.abs_diff(col))
            .map(|(i, _)| i);
        match best {
            None => bad.push(format!("{}:{line}:{col}: no error expected: {}", f.name, d.msg)),
            Some(i) => {
                let (_, w) = want.remove(i);
                if w.col.abs_diff(col) > delta {
                    bad.push(format!("{}:{line}: got col = {col}; want {}", f.name, w.col));
                }
            }
        }
    }
    for (id, w) in &want {
        bad.push(format!("{}:{}:{}: unreported error: {}", goxide_base::file(*id).name, w.line, w.col, w.pat));
    }
    bad
}

/// Runs all cases in a directory (or one file); gives how many there are and how many pass.
pub fn run_testdata(l: &Loader, dir: &str, delta: u32) -> (usize, usize) {
    let mut names: Vec<PathBuf> =
        std::fs::read_dir(dir).expect("directory").filter_map(|e| Some(e.ok()?.path())).collect();
    if Path::new(dir).is_file() {
        names = vec![PathBuf::from(dir)];
    }
    names.sort();
    let (mut n, mut failed) = (0, 0);
    for p in names {
        let files = if p.is_dir() {
            let mut v: Vec<PathBuf> =
                std::fs::read_dir(&p).expect("directory").filter_map(|e| Some(e.ok()?.path())).collect();
            v.sort();
            v
        } else {
            vec![p.clone()]
        };
        n += 1;
        let r = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| testdata(l, &files, delta)));
        let bad = r.unwrap_or_else(|_| vec!["panic".to_owned()]);
        if !bad.is_empty() {
            failed += 1;
            println!("--- {}", p.display());
            for b in bad {
                println!("    {b}");
            }
        }
    }
    println!("{dir}: {} of {n} pass", n - failed);
    (n, n - failed)
}

/// How far the column of an error may be off, as upstream's test has it.
pub fn tolerance(dir: &str) -> u32 {
    match dir.rsplit('/').next() {
        Some("check") => 50,
        Some("spec") => 20,
        Some("local") => 0,
        Some("fixedbugs") => 100,
        _ => 125,
    }
}
