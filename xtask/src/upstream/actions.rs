//! Carrying out the actions of test programs.

use super::dirs::{self, DirPkg};
use super::errorcheck::{self, Source};
use super::recipe::{Action, Recipe};
use crate::gopath::GoOnPath;
use crate::report::difference;
use crate::run::{self, Ran};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

const COMPILE_LIMIT: Duration = Duration::from_secs(120);
const RUN_LIMIT: Duration = Duration::from_secs(60);

/// What all tests share.
pub struct Context {
    goxide: PathBuf,
    /// The directory of the tests.
    dir: PathBuf,
    go: GoOnPath,
    /// An empty import configuration: every package of the standard library is there without.
    importcfg: tempfile::NamedTempFile,
}

impl Context {
    pub fn new(goxide: &Path, dir: &Path) -> Result<Context, String> {
        let importcfg = tempfile::NamedTempFile::new().map_err(|e| e.to_string())?;
        Ok(Context { goxide: goxide.into(), dir: dir.into(), go: GoOnPath::new(goxide)?, importcfg })
    }
}

/// One test on its way.
struct Job<'a> {
    cx: &'a Context,
    recipe: &'a Recipe,
    path: PathBuf,
    /// As given to commands that run in the test directory.
    name: &'a str,
    tmp: tempfile::TempDir,
}

/// Runs a test; the error says what went wrong.
pub fn run(cx: &Context, name: &str, recipe: &Recipe) -> Result<(), String> {
    let tmp = tempfile::tempdir().map_err(|e| e.to_string())?;
    let j = Job { cx, recipe, path: cx.dir.join(name), name, tmp };
    match recipe.action {
        Action::Run => j.run(),
        Action::RunDir => j.run_dir(),
        Action::RunInDir => j.run_in_dir(),
        Action::RunOutput => j.run_output(),
        Action::BuildRun => j.build_run(),
        Action::Build => j.build().map(drop),
        Action::BuildDir => j.build_dir().map(drop),
        Action::BuildRunDir => j.build_dir().and_then(|exe| j.exec(&exe, j.tmp.path())),
        Action::Compile => j.compile(),
        Action::CompileDir => j.compile_dir(),
        Action::ErrorCheck => j.error_check(false),
        Action::ErrorCheckWithAuto => j.error_check(true),
        Action::ErrorCheckDir => j.error_check_dir(),
        Action::ErrorCheckAndRunDir => j.error_check_dir().and_then(|()| j.run_dir()),
        Action::ErrorCheckOutput => j.error_check_output(),
        Action::AsmCheck | Action::Skip => Err("not run".into()),
    }
}

impl Job<'_> {
    /// goxide with `words`, in the temporary folder.
    fn goxide<S: AsRef<std::ffi::OsStr>>(&self, words: impl IntoIterator<Item = S>) -> Command {
        let mut c = Command::new(&self.cx.goxide);
        c.args(words);
        self.prepare(&mut c, self.tmp.path());
        c
    }

    fn prepare(&self, c: &mut Command, dir: &Path) {
        self.cx.go.apply(c, dir);
        c.env("GOWORK", "off").env("STDLIB_IMPORTCFG", self.cx.importcfg.path()).envs(self.recipe.env.iter().cloned());
    }

    fn limit(&self, default: Duration) -> Duration {
        self.recipe.limit.map_or(default, Duration::from_secs)
    }

    /// Runs a command that must succeed; gives its output.
    fn must(&self, c: Command, limit: Duration, what: &str) -> Result<String, String> {
        let r = run::run(c, self.limit(limit), true)?;
        self.succeeded(&r, what)
    }

    fn succeeded(&self, r: &Ran, what: &str) -> Result<String, String> {
        let out = String::from_utf8_lossy(&r.stdout).replace("\r\n", "\n");
        match (r.timed_out, r.ok()) {
            (true, _) => Err(format!("{what}: time limit exceeded\n{out}")),
            (_, false) => Err(format!("{what}: exit status {:?}: {out}", r.code)),
            _ => Ok(out),
        }
    }

    /// Compares output with the `.out` file; without one there must be none.
    fn expect(&self, got: &str) -> Result<(), String> {
        let want = std::fs::read(self.path.with_extension("out")).unwrap_or_default();
        let want = String::from_utf8_lossy(&want).replace("\r\n", "\n");
        difference(want.as_bytes(), got.as_bytes()).map_or(Ok(()), Err)
    }

    /// Runs an executable in `dir` and compares its output.
    fn exec(&self, exe: &Path, dir: &Path) -> Result<(), String> {
        let mut c = Command::new(exe);
        c.args(self.program_args());
        self.prepare(&mut c, dir);
        let out = self.must(c, RUN_LIMIT, "running")?;
        self.expect(&out)
    }

    /// Leading arguments that name Go files are further files of the package, as for `go run`.
    fn more_files(&self) -> impl Iterator<Item = &String> {
        self.recipe.args.iter().take_while(|a| a.ends_with(".go"))
    }

    fn program_args(&self) -> impl Iterator<Item = &String> {
        self.recipe.args.iter().skip_while(|a| a.ends_with(".go"))
    }

    /// Builds files of the test directory to an executable.
    fn build(&self) -> Result<PathBuf, String> {
        let exe = self.tmp.path().join("a.exe");
        let mut c = self.goxide(["build"]);
        c.args(&self.recipe.flags).arg("-o").arg(&exe).arg(&self.path);
        let more: Vec<PathBuf> = self.more_files().map(|f| self.cx.dir.join(f)).collect();
        c.args(more);
        self.must(c, COMPILE_LIMIT, "building")?;
        Ok(exe)
    }

    fn run(&self) -> Result<(), String> {
        let exe = self.build()?;
        self.exec(&exe, &self.cx.dir)
    }

    fn build_run(&self) -> Result<(), String> {
        let exe = self.build()?;
        self.exec(&exe, self.tmp.path())
    }

    /// The folder that belongs to the test.
    fn folder(&self) -> PathBuf {
        self.path.with_extension("dir")
    }

    fn run_dir(&self) -> Result<(), String> {
        let module = self.tmp.path().join("src");
        dirs::lay_out(&self.folder(), &module)?;
        let exe = self.tmp.path().join("a.exe");
        let mut c = self.goxide(["build", "-o"]);
        c.arg(&exe).current_dir(&module);
        let mut flags = self.recipe.flags.iter();
        for f in flags.by_ref().take_while(|f| *f != "-ldflags") {
            c.arg(format!("-gcflags={f}"));
        }
        let ldflags: Vec<&str> = flags.map(String::as_str).collect();
        if !ldflags.is_empty() {
            c.arg(format!("-ldflags={}", ldflags.join(" ")));
        }
        c.arg(".");
        self.must(c, COMPILE_LIMIT, "building")?;
        self.exec(&exe, self.tmp.path())
    }

    fn run_in_dir(&self) -> Result<(), String> {
        let from = self.folder();
        let module = from.file_name().ok_or("no name")?.to_string_lossy().into_owned();
        let dir = self.tmp.path().join("src").join(&module);
        dirs::shallow_copy(&from, &dir)?;
        let version = self.recipe.go_mod_version.as_deref().unwrap_or("1.14");
        std::fs::write(dir.join("go.mod"), format!("module {module}\ngo {version}\n")).map_err(|e| e.to_string())?;
        let mut c = self.goxide(["run"]);
        c.args(&self.recipe.flags).arg(".");
        self.prepare(&mut c, &dir);
        c.env("GOPATH", self.tmp.path());
        let out = self.must(c, COMPILE_LIMIT + RUN_LIMIT, "go run .")?;
        self.expect(&out)
    }

    /// Runs the test program; writes what it prints to a Go file.
    fn generate(&self) -> Result<PathBuf, String> {
        let mut c = self.goxide(["run", self.name]);
        c.args(&self.recipe.args);
        self.prepare(&mut c, &self.cx.dir);
        let ran = run::run(c, self.limit(COMPILE_LIMIT + RUN_LIMIT), true)?;
        self.succeeded(&ran, "generating")?;
        let file = self.tmp.path().join("tmp__.go");
        // as it is: some generate what is no UTF-8
        std::fs::write(&file, &ran.stdout).map_err(|e| e.to_string())?;
        Ok(file)
    }

    fn run_output(&self) -> Result<(), String> {
        let file = self.generate()?;
        let mut c = self.goxide(["run"]);
        c.arg(file);
        self.prepare(&mut c, &self.cx.dir);
        let out = self.must(c, COMPILE_LIMIT + RUN_LIMIT, "running what was generated")?;
        self.expect(&out)
    }

    /// Builds the files of the test's folder as one program.
    fn build_dir(&self) -> Result<PathBuf, String> {
        let from = self.folder();
        let dir = self.tmp.path().join("src");
        dirs::shallow_copy(&from, &dir)?;
        std::fs::write(dir.join("go.mod"), "module main\n\ngo 1.27\n").map_err(|e| e.to_string())?;
        let exe = self.tmp.path().join("a.exe");
        let mut c = self.goxide(["build", "-o"]);
        c.arg(&exe).arg(".");
        self.prepare(&mut c, &dir);
        self.must(c, COMPILE_LIMIT, "building")?;
        Ok(exe)
    }

    fn compile(&self) -> Result<(), String> {
        let mut c = self.goxide(["tool", "compile", "-e", "-p=p", "-o=p.o"]);
        c.args(&self.recipe.flags).arg(&self.path);
        self.must(c, COMPILE_LIMIT, "compiling").map(drop)
    }

    /// The compiler on one package of a folder; its archive lies where the import configuration says.
    fn compile_package(&self, folder: &Path, p: &DirPkg, cfg: &Path, more: &[&str]) -> Command {
        let mut c = self.goxide(["tool", "compile", "-e", "-D", "test"]);
        c.arg(format!("-importcfg={}", cfg.display()));
        if p.name == "main" {
            c.arg("-p=main");
        } else {
            let path = archive_path(p);
            c.arg("-o").arg(format!("{path}.a")).arg("-p").arg(path);
        }
        c.args(&self.recipe.flags).args(more).args(p.files.iter().map(|f| folder.join(f)));
        c
    }

    fn import_config(&self, packages: &[DirPkg]) -> Result<PathBuf, String> {
        let line = |p: &DirPkg| {
            let path = archive_path(p);
            format!("packagefile {path}={}\n", self.tmp.path().join(format!("{path}.a")).display())
        };
        let file = self.tmp.path().join("importcfg");
        std::fs::write(&file, packages.iter().map(line).collect::<String>()).map_err(|e| e.to_string())?;
        Ok(file)
    }

    fn compile_dir(&self) -> Result<(), String> {
        let folder = self.folder();
        let packages = dirs::packages(&folder, self.recipe.single_file_packages)?;
        let cfg = self.import_config(&packages)?;
        for p in &packages {
            self.must(self.compile_package(&folder, p, &cfg, &[]), COMPILE_LIMIT, "compiling")?;
        }
        Ok(())
    }

    /// A compilation that must fail, or must not.
    fn verdict(&self, c: Command, want_error: bool) -> Result<String, String> {
        let r = run::run(c, self.limit(COMPILE_LIMIT), true)?;
        if !want_error {
            return self.succeeded(&r, "compiling");
        }
        let out = String::from_utf8_lossy(&r.stdout).into_owned();
        match (r.timed_out, r.code) {
            (true, _) => Err(format!("compiling: time limit exceeded\n{out}")),
            (_, Some(0)) => Err(format!("compilation succeeded unexpectedly\n{out}")),
            (_, None) => Err(format!("compiler killed\n{out}")),
            _ => Ok(out),
        }
    }

    fn error_check(&self, auto: bool) -> Result<(), String> {
        let mut c = self.goxide(["tool", "compile", "-p=p", "-d=panic", "-C", "-e", "-o", "a.o"]);
        c.args(&self.recipe.flags).arg(&self.path);
        let out = self.verdict(c, self.recipe.want_error)?;
        let short = self.path.file_name().ok_or("no name")?.to_string_lossy().into_owned();
        errorcheck::check(&out, auto, &[Source { full: self.path.clone(), short }])
    }

    fn error_check_output(&self) -> Result<(), String> {
        let file = self.generate()?;
        let mut c = self.goxide(["tool", "compile", "-p=p", "-d=panic", "-e", "-o", "a.o"]);
        c.args(&self.recipe.flags).arg(&file);
        let out = self.verdict(c, self.recipe.want_error)?;
        errorcheck::check(&out, false, &[Source { full: file, short: "tmp__.go".into() }])
    }

    fn error_check_dir(&self) -> Result<(), String> {
        let folder = self.folder();
        let packages = dirs::packages(&folder, self.recipe.single_file_packages)?;
        let cfg = self.import_config(&packages)?;
        // The last package has the errors; if that is to be run, the one before it.
        let back = if self.recipe.want_error && self.recipe.action == Action::ErrorCheckAndRunDir { 2 } else { 1 };
        for (i, p) in packages.iter().enumerate() {
            let c = self.compile_package(&folder, p, &cfg, &["-d=panic"]);
            let out = self.verdict(c, self.recipe.want_error && i + back == packages.len())?;
            let sources: Vec<Source> =
                p.files.iter().map(|f| Source { full: folder.join(f), short: f.clone() }).collect();
            errorcheck::check(&out, false, &sources)?;
        }
        Ok(())
    }
}

/// The import path of a package of a folder: below `test`, after its first file.
fn archive_path(p: &DirPkg) -> String {
    let first = p.files.first().map_or("", String::as_str);
    format!("test/{}", first.strip_suffix(".go").unwrap_or(first))
}
