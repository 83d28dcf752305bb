//! The read-only context of lowering: all checked packages, and who provides which linker name.

use crate::names;
use goxide_base::{FileId, FxHashMap, Name, Pos, file_of};
use goxide_ssa::{Sym, SymKind};
use goxide_syntax::ast::{Decl, File};
use goxide_types::{CheckedPackage, Obj, Pkg};
use std::sync::Arc;

/// All packages of a program.
pub struct Program {
    pkgs: Vec<Arc<CheckedPackage>>,
    by_pkg: FxHashMap<Pkg, usize>,
    by_path: FxHashMap<Name, usize>,
    /// Linker name → the function with a body, or the variable, that defines it.
    defs: FxHashMap<String, Obj>,
    /// Linker names given by `//go:linkname` to functions and variables.
    remote: FxHashMap<Obj, String>,
    versions: FxHashMap<FileId, u32>,
    embeds: FxHashMap<Obj, crate::embed::Files>,
    tags: crate::flow::Tags,
    /// What stays in frames, by package.
    stays: FxHashMap<Pkg, Arc<crate::flow::Stays>>,
    /// Packages whose functions keep facts about their source, for `-m`.
    reported: Vec<Pkg>,
    /// Calls of `runtime.schedpoint` before atomic operations.
    pub sched_points: bool,
}

/// Packages the runtime consists of: hidden from user tracebacks.
const RUNTIME_PKGS: &[&str] = &["runtime", "internal/runtime/maps", "internal/runtime/sys", "internal/runtime/atomic"];

impl Program {
    /// The context over these packages, which must be complete: imports included.
    pub fn new(pkgs: Vec<Arc<CheckedPackage>>) -> Program {
        let mut p = Program {
            by_pkg: pkgs.iter().enumerate().map(|(i, c)| (c.pkg, i)).collect(),
            by_path: pkgs.iter().enumerate().map(|(i, c)| (c.pkg.path(), i)).collect(),
            defs: FxHashMap::default(),
            remote: FxHashMap::default(),
            versions: FxHashMap::default(),
            embeds: FxHashMap::default(),
            stays: FxHashMap::default(),
            tags: crate::flow::Tags::default(),
            reported: Vec::new(),
            sched_points: false,
            pkgs,
        };
        for i in 0..p.pkgs.len() {
            let cp = p.pkgs[i].clone();
            p.add_linknames(&cp);
            // `init` functions share a name with the package's initialiser; gc numbers them.
            let inits =
                cp.funcs.iter().filter(|f| f.name() == "init" && f.sig_opt().is_some_and(|s| s.recv().is_none()));
            for (n, &f) in inits.enumerate() {
                p.remote.insert(f, format!("{}.init.{n}", names::pkg_prefix(cp.pkg)));
            }
            for (f, v) in cp.files.iter().zip(&cp.info.file_versions) {
                p.versions.insert(f.file, minor(v));
            }
        }
        for i in 0..p.pkgs.len() {
            let cp = p.pkgs[i].clone();
            // A definition under its own name, unless a linkname moved it elsewhere; linknamed ones come after, so that
            // they win over body-less declarations.
            for &f in &cp.funcs {
                if f.decl().is_some_and(|d| d.body.is_some()) {
                    p.defs.insert(p.link_name(f), f);
                }
            }
            for &v in &cp.vars {
                let name = p.link_name(v);
                if p.remote.contains_key(&v) && p.defs.contains_key(&name) {
                    continue;
                }
                if !p.remote.contains_key(&v) || !p.defs.contains_key(&name) {
                    p.defs.insert(name, v);
                }
            }
        }
        p
    }

    fn add_linknames(&mut self, cp: &CheckedPackage) {
        let mut local: FxHashMap<&str, Obj> = FxHashMap::default();
        for &o in cp.funcs.iter().filter(|o| o.sig_opt().is_some_and(|s| s.recv().is_none())).chain(&cp.vars) {
            local.insert(o.name().as_str(), o);
            if o.decl().is_some_and(|d| d.body.is_none())
                && let Some(target) = goxide_abi::funcs::native::alias(&names::default_name(o))
            {
                self.remote.insert(o, target.to_string());
            }
        }
        let mut add = |l: &goxide_syntax::pragma::Linkname| {
            if let (Some(remote), Some(&o)) = (&l.remote, local.get(l.local.as_str())) {
                self.remote.insert(o, remote.clone());
            }
        };
        for f in &cp.files {
            f.pragma.linknames.iter().for_each(&mut add);
            for d in &f.decls {
                let pragma = match d {
                    Decl::Func(x) => &x.pragma,
                    Decl::Var(x) => &x.pragma,
                    Decl::Const(x) => &x.pragma,
                    Decl::Type(x) => &x.pragma,
                    Decl::Import(x) => &x.pragma,
                };
                pragma.linknames.iter().for_each(&mut add);
            }
        }
    }

    /// Where the parameters of functions go.
    pub fn set_tags(&mut self, t: crate::flow::Tags) {
        self.tags = t;
    }
    pub fn tags_of(&self, o: Obj) -> Option<&[crate::flow::Leaks]> {
        self.tags.get(o)
    }
    /// What escape analysis found out about a package.
    pub fn set_stays(&mut self, pkg: Pkg, s: crate::flow::Stays) {
        self.stays.insert(pkg, Arc::new(s));
    }
    pub fn stays(&self, pkg: Pkg) -> Option<&Arc<crate::flow::Stays>> {
        self.stays.get(&pkg)
    }
    /// Decisions about this package are reported. What is reported of it includes what it takes from other packages.
    pub fn report(&mut self, pkg: Pkg) {
        self.reported.push(pkg);
    }
    /// Calls in the initialisers of a package whose results are data.
    pub fn static_calls(&self, pkg: Pkg) -> Vec<(goxide_base::Pos, Sym)> {
        crate::staticinit::calls(self, self.checked(pkg))
    }
    /// Whether functions keep facts about their source for reports.
    pub fn reporting(&self) -> bool {
        !self.reported.is_empty()
    }
    /// Gives a variable with `//go:embed` lines its files.
    pub fn set_embed(&mut self, o: Obj, files: crate::embed::Files) {
        self.embeds.insert(o, files);
    }
    pub fn embed_of(&self, o: Obj) -> Option<&crate::embed::Files> {
        self.embeds.get(&o)
    }
    pub fn packages(&self) -> &[Arc<CheckedPackage>] {
        &self.pkgs
    }
    pub fn package(&self, path: &str) -> Option<&CheckedPackage> {
        self.by_path.get(&Name::new(path)).map(|&i| &*self.pkgs[i])
    }
    /// The package that declares `o`.
    pub fn package_of(&self, o: Obj) -> &CheckedPackage {
        let pkg = o.pkg().unwrap_or_else(|| panic!("{o:?} belongs to no package"));
        self.checked(pkg)
    }
    pub fn checked(&self, pkg: Pkg) -> &CheckedPackage {
        match self.by_pkg.get(&pkg) {
            Some(&i) => &self.pkgs[i],
            None => panic!("package {} is not part of the program", pkg.path()),
        }
    }
    /// Whether a linkname names this object.
    pub fn remote_name(&self, o: Obj) -> Option<&str> {
        self.remote.get(&o).map(String::as_str)
    }
    /// The linker name of a function (not generic) or variable.
    pub fn link_name(&self, o: Obj) -> String {
        match self.remote.get(&o) {
            Some(r) => r.clone(),
            None => names::default_name(o),
        }
    }
    /// Who defines this linker name.
    pub fn definition(&self, link_name: &str) -> Option<Obj> {
        self.defs.get(link_name).copied()
    }
    /// The symbol of a linker name, of whatever defines it.
    pub fn sym_of_name(&self, name: &str) -> Sym {
        match self.definition(name) {
            Some(o) if o.is_func() => Sym::intern(name, SymKind::Func { obj: o, targs: Arc::from([]) }),
            Some(o) => Sym::intern(name, SymKind::Global(o)),
            None => Sym::intern(name, SymKind::Extern),
        }
    }
    /// The symbol of a package-level variable.
    pub fn var_sym(&self, o: Obj) -> Sym {
        // All objects of size 0 are in one place, as those made by `new` are.
        if goxide_types::size_of(crate::layout::canon(o.ty())) == 0 {
            return self.sym_of_name("runtime.zerobase");
        }
        let name = self.link_name(o);
        match self.definition(&name) {
            Some(d) => Sym::intern(&name, SymKind::Global(d)),
            None => Sym::intern(&name, SymKind::Global(o)),
        }
    }
    /// Whether a seeded run should be able to change goroutines before the atomic operations of this package. Not in `syscall`: the
    /// child of a fork runs there on its parent's memory.
    pub fn has_sched_points(&self, pkg: Pkg) -> bool {
        let path = pkg.path();
        let path = path.as_str();
        self.sched_points && path != "syscall" && path != "runtime" && !path.starts_with("internal/runtime/")
    }

    pub fn is_runtime_pkg(&self, pkg: Pkg) -> bool {
        RUNTIME_PKGS.contains(&pkg.path().as_str())
    }
    /// Whether loop variables declared at `pos` are new in each iteration (language version 1.22).
    pub fn loopvar_per_iteration(&self, _cp: &CheckedPackage, pos: Pos) -> bool {
        file_of(pos).and_then(|f| self.versions.get(&f.id).copied()).is_none_or(|v| v >= 22)
    }
    /// The file that holds `pos`.
    pub fn file<'a>(&self, cp: &'a CheckedPackage, pos: Pos) -> Option<&'a File> {
        let id = file_of(pos)?.id;
        cp.files.iter().copied().find(|f| f.file == id)
    }
}

/// Minor version of "go1.N" (or "1.N"); a missing one is the newest.
fn minor(v: &str) -> u32 {
    let v = v.strip_prefix("go").unwrap_or(v);
    v.split('.').nth(1).and_then(|m| m.parse().ok()).unwrap_or(99)
}
