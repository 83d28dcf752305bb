//! The packages of a test binary.
//!
//! Test files of package p join p's own in a variant "p [p.test]"; those of package p_test make "p_test [p.test]"; a
//! generated main package "p.test" imports both. Whatever else the binary links and imports p, directly or not, must
//! see the variant: it is there as a variant of its own, "q [p.test]". Nothing in a binary then imports the plain p.

use super::{Building, Context, LoadError, Loaded, Node, Pkg, Place, Root, Walk};
use crate::dir::GoFile;
use crate::test::funcs::TestFuncs;
use crate::test::main_go::{self, TestMain};
use goxide_syntax::scan_header;
use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;

/// A package that a test run names.
#[derive(Clone, Debug, Default)]
pub struct TestRoot {
    pub import_path: String,
    /// Name in package clauses.
    pub name: String,
    pub dir: PathBuf,
    pub std: bool,
    /// There are test files that constraints let through.
    pub has_tests: bool,
}

/// What a test binary is built from.
#[derive(Debug, Default)]
pub struct TestProgram {
    /// The root is the test main.
    pub loaded: Loaded,
}

impl Context<'_> {
    /// Looks at a package and its test files, not at its imports.
    pub fn test_root(&self, root: &Root) -> TestRoot {
        let mut g = Building { cx: self, nodes: Vec::new(), by_path: HashMap::new(), queue: Vec::new() };
        let n = g.root(root);
        if let Some((_, place)) = g.queue.iter().find(|q| q.0 == n) {
            g.nodes[n].pkg = self.read(place.clone());
        }
        let mut p = std::mem::take(&mut g.nodes[n].pkg);
        self.tests_of(&mut p, root);
        let all = p.dir.files.iter().chain(&p.dir.test_files).chain(&p.dir.xtest_files);
        let name = all.map(|f| f.head.package.as_str()).next().unwrap_or("");
        TestRoot {
            name: name.strip_suffix("_test").unwrap_or(name).to_owned(),
            has_tests: !p.dir.test_files.is_empty() || !p.dir.xtest_files.is_empty(),
            import_path: p.import_path,
            std: p.std,
            dir: p.dir.path,
        }
    }

    fn tests_of(&self, p: &mut Pkg, root: &Root) {
        if let Root::Files(..) = root {
            p.dir.split_tests(self.env);
        } else {
            let std = p.std.then(|| p.import_path.clone());
            if let Err(e) = p.dir.read_tests(std.as_deref(), &self.tags, self.env) {
                p.error.get_or_insert(LoadError::bare(super::os_error(&e)));
            }
        }
        // a package of tests alone is fine here, whatever else is excluded
        if p.dir.files.is_empty() && !(p.dir.test_files.is_empty() && p.dir.xtest_files.is_empty()) {
            p.error = None;
        }
        if let Some(e) = &p.dir.error {
            p.error.get_or_insert(LoadError::bare(e.clone()));
        }
        if let Some(e) = self.refuse_assembly(p) {
            p.error.get_or_insert(e);
        }
    }

    /// Loads everything that the test binary of `root` is made of. Errors are those of setting up the test.
    pub fn load_test(&self, root: &Root) -> TestProgram {
        let mut g = Building { cx: self, nodes: Vec::new(), by_path: HashMap::new(), queue: Vec::new() };
        let p = g.root(root);
        let rt = g.enqueue(std_place(self, "runtime"));
        g.waves();
        let mut base = g.nodes[p].pkg.clone();
        self.tests_of(&mut base, root);
        g.nodes[p].pkg.error.clone_from(&base.error);
        let path = base.import_path.clone();
        let funcs = match self.functions(&base) {
            Ok(f) => f,
            Err(e) => {
                return TestProgram { loaded: Loaded { errors: vec![e], ..Loaded::default() } };
            }
        };
        let ptest = if !base.dir.test_files.is_empty() || base.dir.name() == "main" {
            let mut v = base.clone();
            v.for_test = Some(path.clone());
            let tests = std::mem::take(&mut v.dir.test_files);
            v.dir.files.extend(tests);
            v.imports.clear();
            self.embed(&mut v);
            let n = g.push(v);
            g.link(n);
            n
        } else {
            p
        };
        let xtest = (!base.dir.xtest_files.is_empty()).then(|| {
            let mut x = Pkg { import_path: format!("{path}_test"), for_test: Some(path.clone()), ..base.clone() };
            x.dir.files = std::mem::take(&mut x.dir.xtest_files);
            x.imports.clear();
            x.error = None;
            self.embed(&mut x);
            let n = g.push(x);
            g.link(n);
            n
        });
        let internal = !g.nodes[ptest].pkg.dir.files.is_empty();
        let main = g.test_main(&base, &funcs, internal.then_some(ptest), xtest);
        g.waves();
        let fixed: Vec<usize> = [main, ptest].into_iter().chain(xtest).collect();
        let copies = g.recompile(&path, &[rt, main], p, ptest, &fixed);
        let rt = copies.get(&rt).copied().unwrap_or(rt);
        let mut w = Walk::new(g.nodes);
        w.visit(rt, None);
        if !internal {
            // nothing leads to a package without files of its own, but what is wrong with it counts
            if let Some(e) = w.nodes[p].pkg.error.clone() {
                let e = w.show(&e);
                w.errors.push(e);
            }
        }
        w.visit(main, None);
        TestProgram { loaded: super::finish_walk(w, &[main]) }
    }

    fn functions(&self, p: &Pkg) -> Result<TestFuncs, String> {
        let mut funcs = TestFuncs::default();
        for (files, external) in [(&p.dir.test_files, false), (&p.dir.xtest_files, true)] {
            for f in files {
                funcs.add(f, &self.env.short_path(&f.path), external)?;
            }
        }
        Ok(funcs)
    }
}

fn std_place(cx: &Context<'_>, path: &str) -> Place {
    Place { import_path: path.to_owned(), dir: cx.src().join(path), std: true, module: None }
}

impl Building<'_, '_> {
    /// A node that no import path leads to.
    fn push(&mut self, pkg: Pkg) -> usize {
        self.nodes.push(Node { pkg, links: BTreeMap::new() });
        self.nodes.len() - 1
    }

    /// The main package of the binary.
    fn test_main(&mut self, base: &Pkg, funcs: &TestFuncs, ptest: Option<usize>, xtest: Option<usize>) -> usize {
        let module = base.module.and_then(|m| self.cx.graph.as_ref().map(|g| g.modules[m].path.clone()));
        let m = TestMain {
            import_path: &base.import_path,
            module_path: module.as_deref().unwrap_or(""),
            internal: ptest.is_some(),
            external: xtest.is_some(),
        };
        let src = main_go::source(&m, funcs);
        let mut head = scan_header(src.as_bytes());
        // `//go:debug` lines of tests hold for the binary
        let d = &base.dir;
        for f in d.files.iter().chain(&d.test_files).chain(&d.xtest_files) {
            head.debug.extend(f.head.debug.iter().cloned());
        }
        let file =
            GoFile { name: main_go::FILE.into(), src: src.into_bytes().into(), head, path: main_go::FILE.into() };
        let mut main = Pkg {
            import_path: format!("{}.test", base.import_path),
            std: base.std,
            module: base.module,
            for_test: Some(base.import_path.clone()),
            lang: base.lang.clone(),
            ..Pkg::default()
        };
        main.dir.path = base.dir.path.clone();
        main.dir.files = vec![file];
        let n = self.push(main);
        for i in self.nodes[n].pkg.dir.files[0].head.imports.clone() {
            let to = if i.path == base.import_path {
                ptest
            } else if i.path == format!("{}_test", base.import_path) {
                xtest
            } else {
                Some(self.enqueue(std_place(self.cx, &i.path)))
            };
            if let Some(t) = to {
                self.nodes[n].links.insert(i.path, (main_go::FILE.to_owned(), Ok(t)));
            }
        }
        n
    }

    /// Makes variants of what `roots` lead to and what itself leads to node `p`, and has all of them link `ptest`
    /// instead. Nodes of `fixed` are changed in place. Gives the variants by node.
    fn recompile(
        &mut self,
        path: &str,
        roots: &[usize],
        p: usize,
        ptest: usize,
        fixed: &[usize],
    ) -> HashMap<usize, usize> {
        let mut copies = HashMap::new();
        if p == ptest {
            return copies;
        }
        copies.insert(p, ptest);
        for n in self.postorder(roots) {
            if n == p {
                continue;
            }
            let target = |r: &Result<usize, LoadError>| r.as_ref().ok().and_then(|t| copies.get(t).copied());
            if !self.nodes[n].links.values().any(|(_, r)| target(r).is_some()) {
                continue;
            }
            let mut links = self.nodes[n].links.clone();
            for (_, r) in links.values_mut() {
                if let Some(t) = target(r) {
                    *r = Ok(t);
                }
            }
            if fixed.contains(&n) {
                self.nodes[n].links = links;
            } else {
                let mut v = self.nodes[n].pkg.clone();
                v.for_test = Some(path.to_owned());
                let c = self.push(v);
                self.nodes[c].links = links;
                copies.insert(n, c);
            }
        }
        copies
    }

    /// Nodes that `roots` lead to, imports first.
    fn postorder(&self, roots: &[usize]) -> Vec<usize> {
        let mut seen = vec![false; self.nodes.len()];
        let mut out = Vec::new();
        for &r in roots {
            let mut todo = vec![(r, false)];
            while let Some((n, done)) = todo.pop() {
                if done {
                    out.push(n);
                    continue;
                }
                if std::mem::replace(&mut seen[n], true) {
                    continue;
                }
                todo.push((n, true));
                let links = self.nodes[n].links.values().rev().filter_map(|(_, r)| r.as_ref().ok());
                todo.extend(links.filter(|t| !seen[**t]).map(|t| (*t, false)));
            }
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::env::Env;
    use crate::load::{COMMAND_LINE, Loaded};
    use crate::tags::Tags;
    use std::path::Path;

    /// Loads the test of package a, with a std of the few packages that a test main imports, in GOPATH mode.
    fn load(files: &[(&str, &str)]) -> Loaded {
        use std::sync::atomic::{AtomicUsize, Ordering};
        static RUNS: AtomicUsize = AtomicUsize::new(0);
        let n = RUNS.fetch_add(1, Ordering::Relaxed);
        let top = std::env::temp_dir().join(format!("goxide-variants-{}-{n}", std::process::id()));
        let put = |p: &Path, s: &str| {
            std::fs::create_dir_all(p.parent().unwrap()).unwrap();
            std::fs::write(p, s).unwrap();
        };
        for p in ["os", "reflect", "testing", "testing/internal/testdeps"] {
            let name = p.rsplit('/').next().unwrap();
            put(&top.join("root/src").join(p).join("x.go"), &format!("package {name}\n"));
        }
        for (name, src) in files {
            put(&top.join("path/src").join(name), src);
        }
        let path = top.join("path").display().to_string();
        let vars = [("GOENV".to_owned(), "off".to_owned()), ("GOPATH".to_owned(), path)].into_iter().collect();
        let env = Env::new(vars, top.clone());
        let tags = Tags::new("linux", "amd64", []);
        let cx = Context { gopath_mode: true, ..Context::bare(&env, tags, top.join("root")) };
        let mut l = cx.load_test(&Root::Path("a".into())).loaded;
        // The made-up tree lacks what the package runtime of the overlay imports.
        l.errors.retain(|e| !e.starts_with("root/src/runtime/"));
        assert!(!l.packages.iter().any(|p| p.import_path == COMMAND_LINE));
        std::fs::remove_dir_all(top).unwrap();
        l
    }

    /// Package and what it imports, the runtime's side and std aside.
    fn graph(l: &Loaded) -> Vec<String> {
        let ours = |p: &&Pkg| !p.std;
        let line = |p: &Pkg| {
            let imports: Vec<String> =
                p.imports.iter().map(|(_, i)| &l.packages[*i]).filter(ours).map(Pkg::desc).collect();
            format!("{}: {}", p.desc(), imports.join(", "))
        };
        l.packages.iter().filter(ours).map(line).collect()
    }

    #[test]
    fn importers_of_the_package_get_variants() {
        let l = load(&[
            ("a/a.go", "package a\n"),
            ("a/a_test.go", "package a\n"),
            ("a/x_test.go", "package a_test\nimport (\n\"a\"\n\"b\"\n\"d\"\n)\n"),
            ("b/b.go", "package b\nimport \"c\"\n"),
            ("c/c.go", "package c\nimport \"a\"\n"),
            ("d/d.go", "package d\n"),
        ]);
        assert_eq!(l.errors, [""; 0]);
        assert_eq!(
            graph(&l),
            [
                "a [a.test]: ",
                "c [a.test]: a [a.test]",
                "b [a.test]: c [a.test]",
                "d: ",
                "a_test [a.test]: a [a.test], b [a.test], d",
                "a.test: a [a.test], a_test [a.test]",
            ]
        );
    }

    #[test]
    fn without_internal_tests_the_package_stays_itself() {
        let l = load(&[
            ("a/a.go", "package a\n"),
            ("a/x_test.go", "package a_test\nimport \"b\"\n"),
            ("b/b.go", "package b\nimport \"a\"\n"),
        ]);
        assert_eq!(graph(&l), ["a: ", "b: a", "a_test [a.test]: b", "a.test: a, a_test [a.test]"]);
    }

    #[test]
    fn cycles_through_tests() {
        let l = load(&[
            ("a/a.go", "package a\n"),
            ("a/a_test.go", "package a\nimport \"b\"\n"),
            ("b/b.go", "package b\nimport \"a\"\n"),
        ]);
        assert_eq!(
            l.errors,
            ["package a\n\timports b from a_test.go\n\timports a from b.go: import cycle not allowed in test"]
        );
    }
}
