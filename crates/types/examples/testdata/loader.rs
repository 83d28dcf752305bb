//! Loads and checks packages of a Go source tree on demand.

use goxide_base::FxHashMap;
use goxide_diag::Sink;
use goxide_syntax::{Mode, NodeIdGen, build_constraint, parse_file};
use goxide_types::{CheckedPackage, Config, Importer, Pkg, check_package};
use std::cell::RefCell;
use std::path::{Path, PathBuf};

/// Loads and checks packages on demand.
pub struct Loader {
    src: PathBuf,
    done: RefCell<FxHashMap<String, Result<Pkg, String>>>,
    keep: RefCell<Vec<CheckedPackage>>,
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
    pub fn new(src: PathBuf) -> Loader {
        Loader { src, done: RefCell::default(), keep: RefCell::default() }
    }

    fn load(&self, path: &str) -> Result<Pkg, String> {
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
        // Imports first: the checker must not be entered twice.
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
        let conf = Config::default();
        let pkg = check_package(path, &asts, self, &conf, &mut sink);
        for d in sink.diags.iter().take(6) {
            eprintln!("{path}: {}: {}", goxide_base::position(d.pos), d.msg);
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
