//! `build` and `run`: packages to an executable, through the cache.

use crate::flags::{BUILD, BUILD_ONLY, Flags, RUN_ONLY};
use crate::loaderrors;
use crate::output::write_executable;
use crate::seeds::{self, Seeds};
use crate::session::{self, Exit};
use goxide_build::env::Env;
use goxide_build::load::{COMMAND_LINE, Context, Loaded, Purpose};
use goxide_build::patterns;
use goxide_build::program::{self, Shape};
use goxide_build::unit::Unit;
use goxide_driver::input::{Failure, Options, Program};
use sha2::{Digest, Sha256};
use std::io::IsTerminal;
use std::path::{Path, PathBuf};

/// The face of diagnostics.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Format {
    Plain,
    Rich,
    Json,
}

fn format(flags: &Flags) -> Result<Format, Exit> {
    Ok(match flags.text("error-format") {
        Some("plain") => Format::Plain,
        Some("rich") => Format::Rich,
        Some("json") => Format::Json,
        Some(f) => return Err(Exit::new(2, format!("go: unknown -error-format {f:?} (plain, rich or json)"))),
        None if std::io::stderr().is_terminal() => Format::Rich,
        None => Format::Plain,
    })
}

/// `goxide build`
pub fn build(env: &Env, flags: &Flags) -> Result<i32, Exit> {
    let cx = session::context(env, flags)?;
    let matched = patterns::expand(&cx, &flags.args, false).map_err(|e| Exit::new(1, e))?;
    matched.warnings.iter().for_each(|w| eprintln!("{w}"));
    if matched.roots.is_empty() {
        return Ok(0);
    }
    let loaded = cx.load(&matched.roots, true, matched.wildcard);
    loaderrors::fail(&cx, &loaded, format(flags)?)?;
    let mains: Vec<usize> = loaded.roots.iter().copied().filter(|&r| loaded.packages[r].dir.name() == "main").collect();
    let out = flags.text("o");
    let out_dir = out.filter(|o| o.ends_with('/') || env.cwd.join(o).is_dir());
    if out_dir.is_some() && mains.is_empty() {
        return Err(Exit::new(1, "go: no main packages to build"));
    }
    if let Some(o) = out.filter(|o| out_dir.is_none() && loaded.roots.len() > 1 && *o != "/dev/null") {
        return Err(Exit::new(1, format!("go: cannot write multiple packages to non-directory {o}")));
    }
    // several packages, or none that is a program: the result is only whether they compile
    if cx.purpose == Purpose::Check {
        return check(&cx, flags, &loaded);
    }
    let keep = out.is_some() || loaded.roots.len() == 1 && !mains.is_empty();
    if let Some(o) = out.filter(|o| mains.is_empty() && *o != "/dev/null") {
        return archive(&cx, flags, &loaded, &env.cwd.join(o));
    }
    if mains.is_empty() || !keep {
        return compile_only(&cx, flags, loaded, &mains);
    }
    for &m in &mains {
        let image = image(&cx, flags, &only(&loaded, m), m)?;
        let name = default_name(&cx, &loaded, m);
        let dst = match (out, out_dir) {
            (Some(_), Some(d)) => env.cwd.join(d).join(name),
            (Some(o), None) => env.cwd.join(o),
            (None, _) => env.cwd.join(name),
        };
        if flags.on("x") {
            eprintln!("mv $WORK/a.out {}", env.short_path(&dst));
        }
        let path = &loaded.packages[m].import_path;
        if dst == Path::new("/dev/null") {
            continue; // the result is not wanted
        }
        write_executable(&dst, &image).map_err(|e| Exit::new(1, format!("{path}: go build {path}: {e}")))?;
    }
    Ok(0)
}

/// The same packages with one root.
fn only(l: &Loaded, root: usize) -> Loaded {
    Loaded { packages: l.packages.clone(), roots: vec![root], ..Loaded::default() }
}

/// Compiles a package that is no program, and writes its archive.
fn archive(cx: &Context<'_>, flags: &Flags, loaded: &Loaded, dst: &Path) -> Result<i32, Exit> {
    let p = program::make(cx, loaded, &shape(flags, true));
    let package = &p.packages[p.roots[0]];
    let mut options = session::options(flags, &package.import_path)?;
    options.whole_packages = true;
    run_driver(&p, &options, flags)?;
    write_executable(dst, &Unit::of(package).archive()).map_err(|e| Exit::new(1, format!("go: {e}")))?;
    Ok(0)
}

/// Checks packages without compiling them.
fn check(cx: &Context<'_>, flags: &Flags, loaded: &Loaded) -> Result<i32, Exit> {
    let p = program::make(cx, loaded, &shape(flags, true));
    run_driver(&p, &session::options(flags, "")?, flags)?;
    Ok(0)
}

pub fn compile_only(cx: &Context<'_>, flags: &Flags, loaded: Loaded, mains: &[usize]) -> Result<i32, Exit> {
    let name = loaded.roots.first().map_or(String::new(), |r| loaded.packages[*r].import_path.clone());
    let mut options = session::options(flags, &name)?;
    options.whole_packages = true;
    let rest: Vec<usize> = loaded.roots.iter().copied().filter(|r| !mains.contains(r)).collect();
    if !rest.is_empty() {
        let l = Loaded { packages: loaded.packages.clone(), roots: rest, ..Loaded::default() };
        let shape = shape(flags, true);
        let p = program::make(cx, &l, &shape);
        run_driver(&p, &options, flags)?;
    }
    for &m in mains {
        image(cx, flags, &only(&loaded, m), m)?;
    }
    Ok(0)
}

/// `goxide run`
pub fn run(env: &Env, flags: &Flags) -> Result<i32, Exit> {
    let files = flags.args.iter().take_while(|a| a.ends_with(".go")).count();
    let n = if files > 0 { files } else { flags.args.len().min(1) };
    if n == 0 {
        return Err(Exit::new(1, "go: no go files listed"));
    }
    let (what, args) = flags.args.split_at(n);
    if let Some(t) = what.iter().find(|f| f.ends_with("_test.go")) {
        return Err(Exit::new(1, format!("go: cannot run *_test.go files ({t})")));
    }
    let seeds = flags.text("sched-seeds").map(Seeds::parse).transpose().map_err(|m| Exit::new(2, m))?;
    let cx = session::context(env, flags)?;
    let matched = patterns::expand(&cx, what, true).map_err(|e| Exit::new(1, e))?;
    matched.warnings.iter().for_each(|w| eprintln!("{w}"));
    let loaded = cx.load(&matched.roots, true, matched.wildcard);
    loaderrors::fail(&cx, &loaded, format(flags)?)?;
    if loaded.roots.len() != 1 {
        let why =
            if loaded.roots.is_empty() { "no packages loaded from" } else { "pattern matches multiple packages:" };
        return Err(Exit::new(1, format!("go: {why} {}", what.join(" "))));
    }
    let main = loaded.roots[0];
    if loaded.packages[main].dir.name() != "main" {
        return Err(Exit::new(1, format!("package {} is not a main package", loaded.packages[main].import_path)));
    }
    let image = image(&cx, flags, &loaded, main)?;
    let name = default_name(&cx, &loaded, main);
    let work = Work::new(env)?;
    let exe = work.0.join(name);
    write_executable(&exe, &image).map_err(|e| Exit::new(1, format!("go run: {e}")))?;
    drop(image);
    let mut words = crate::flags::split_quoted(flags.text("exec").unwrap_or("")).map_err(|e| Exit::new(2, e))?;
    words.push(exe.display().to_string());
    if flags.on("x") {
        eprintln!("{}", words.iter().chain(args).cloned().collect::<Vec<_>>().join(" "));
    }
    let mut command = std::process::Command::new(&words[0]);
    command.args(&words[1..]).args(args);
    if let Some(seeds) = seeds {
        if seeds.many() {
            let command = || {
                let mut c = std::process::Command::new(&words[0]);
                c.args(&words[1..]).args(args);
                c
            };
            return Ok(search(&seeds, &command));
        }
        command.env(seeds::VARIABLE, seeds::value(seeds.first));
    }
    let status = command.status();
    drop(work);
    use std::os::unix::process::ExitStatusExt;
    match status {
        Err(e) => Err(Exit::new(1, format!("go: running {}: {}", words[0], crate::output::text(&e)))),
        Ok(s) => match (s.code(), s.signal()) {
            (Some(0), _) => Ok(0),
            (Some(c), _) => Err(Exit::new(1, format!("exit status {c}"))),
            (None, sig) => Err(Exit::new(1, format!("signal: {}", signal_name(sig.unwrap_or(0))))),
        },
    }
}

/// The executable of a command of the distribution, `cmd/…`, whatever module this is in.
pub fn command_image(env: &Env, import_path: &str) -> Result<Vec<u8>, Exit> {
    let cx = session::bare_context(env)?;
    let flags = Flags::default();
    let matched = patterns::expand(&cx, &[import_path.to_owned()], true).map_err(|e| Exit::new(1, e))?;
    let loaded = cx.load(&matched.roots, true, false);
    loaderrors::fail(&cx, &loaded, format(&flags)?)?;
    image(&cx, &flags, &loaded, loaded.roots[0])
}

/// Runs the program with one seed after another; says how it went.
fn search(seeds: &Seeds, command: &(dyn Fn() -> std::process::Command + Sync)) -> i32 {
    use std::io::Write;
    match seeds.search(seeds::RUN_LIMIT, command) {
        None => {
            eprintln!("ok: no failure with seeds {seeds}");
            0
        }
        Some(f) => {
            let _ = std::io::stdout().write_all(&f.stdout);
            let _ = std::io::stderr().write_all(&f.stderr);
            eprintln!("seed {}: {}", f.seed, f.error);
            eprintln!("replay: {}", seeds::replay(f.seed));
            1
        }
    }
}

/// As Go's `syscall.Signal` prints.
pub fn signal_name(n: i32) -> String {
    let known = [
        (1, "hangup"),
        (2, "interrupt"),
        (3, "quit"),
        (4, "illegal instruction"),
        (5, "trace/breakpoint trap"),
        (6, "aborted"),
        (7, "bus error"),
        (8, "floating point exception"),
        (9, "killed"),
        (10, "user defined signal 1"),
        (11, "segmentation fault"),
        (12, "user defined signal 2"),
        (13, "broken pipe"),
        (14, "alarm clock"),
        (15, "terminated"),
    ];
    let core = if matches!(n, 3..=8 | 11) { " (core dumped)" } else { "" };
    let _ = core;
    known.iter().find(|k| k.0 == n).map_or(format!("signal {n}"), |k| k.1.to_owned())
}

/// A folder for the programs of `goxide run` and `goxide test`, removed afterwards.
pub struct Work(PathBuf);

impl Work {
    pub fn path(&self) -> &Path {
        &self.0
    }

    pub fn new(env: &Env) -> Result<Work, Exit> {
        let base = match env.set("GOTMPDIR") {
            "" => std::env::temp_dir(),
            d => PathBuf::from(d),
        };
        let dir = goxide_cache::temp_name(&base.join("goxide-run"));
        let dir =
            base.join(dir.file_name().map(|n| n.to_string_lossy().trim_matches('.').to_owned()).unwrap_or_default());
        std::fs::create_dir_all(&dir)
            .map_err(|e| Exit::new(1, format!("go: creating work dir: {}", crate::output::text(&e))))?;
        Ok(Work(dir))
    }
}

impl Drop for Work {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// The name of an executable when no one chose it.
fn default_name(cx: &Context<'_>, l: &Loaded, main: usize) -> String {
    let p = &l.packages[main];
    if p.import_path == COMMAND_LINE {
        let first = p.dir.files.first().map_or("a.out", |f| f.name.as_str());
        return first.trim_end_matches(".go").to_owned();
    }
    let _ = cx;
    last_element(&p.import_path)
}

/// The last element of an import path that is no major version.
pub fn last_element(import_path: &str) -> String {
    let mut elems: Vec<&str> = import_path.split('/').collect();
    let major = |e: &str| e.strip_prefix('v').is_some_and(|n| n.parse::<u32>().is_ok_and(|n| n > 1));
    if elems.len() > 1 && elems.last().is_some_and(|e| major(e)) {
        elems.pop();
    }
    elems.last().unwrap_or(&"a.out").to_string()
}

fn shape(flags: &Flags, no_main: bool) -> Shape {
    let mut settings = Vec::new();
    for name in ["gcflags", "ldflags", "tags", "trimpath"] {
        if let Some(v) = flags.text(name).filter(|v| *v != "false" && !v.is_empty()) {
            // with -trimpath, linker flags may hold paths and are left out
            if name != "ldflags" || !flags.on("trimpath") {
                settings.push((format!("-{name}"), v.to_owned()));
            }
        }
    }
    Shape { trimpath: flags.on("trimpath"), no_main, settings, tool_id: tool_id() }
}

/// Identity of this executable: any new build of the toolchain has another.
fn tool_id() -> Vec<u8> {
    use std::os::unix::fs::MetadataExt;
    let mut id = env!("CARGO_PKG_VERSION").as_bytes().to_vec();
    if let Ok(m) = std::fs::metadata("/proc/self/exe") {
        for n in [m.size(), m.mtime() as u64, m.mtime_nsec() as u64, m.ino(), m.dev()] {
            id.extend(n.to_le_bytes());
        }
    }
    id
}

/// The executable of a program, from the cache if nothing that decides it has changed.
fn image(cx: &Context<'_>, flags: &Flags, l: &Loaded, main: usize) -> Result<Vec<u8>, Exit> {
    let options = session::options(flags, &l.packages[main].import_path)?;
    image_with(cx, flags, l, main, options)
}

/// The same for a test binary, which `testing.Testing` recognises by a variable.
pub fn test_image(cx: &Context<'_>, flags: &Flags, l: &Loaded, main: usize) -> Result<Vec<u8>, Exit> {
    let mut options = session::options(flags, &l.packages[main].import_path)?;
    options.set_strings.push(("testing.testBinary".into(), "1".into()));
    image_with(cx, flags, l, main, options)
}

fn image_with(cx: &Context<'_>, flags: &Flags, l: &Loaded, main: usize, options: Options) -> Result<Vec<u8>, Exit> {
    debug_assert!(l.roots.contains(&main));
    let mut p = program::make(cx, l, &shape(flags, false));
    if let Some(tested) = l.packages[main].for_test.as_deref() {
        // reports are of what is tested and its tests
        let own = |i: &str| {
            let (path, of) = i.split_once(' ').unwrap_or((i, ""));
            path == tested || path.strip_suffix("_test") == Some(tested) && !of.is_empty()
        };
        let named = (0..p.packages.len()).filter(|&i| own(&p.packages[i].import_path));
        p.roots.splice(0..0, named);
    }
    let key = key(&p, &options);
    let cache_dir = cx.env.get("GOCACHE");
    if cache_dir == "off" {
        return Err(Exit::new(1, "build cache is disabled by GOCACHE=off, but required as of Go 1.12"));
    }
    if !Path::new(&cache_dir).is_absolute() {
        return Err(Exit::new(1, "build cache is required, but could not be located: GOCACHE is not an absolute path"));
    }
    let store = goxide_cache::Store::new(Path::new(&cache_dir).join("goxide"));
    // reports and dumps are wanted each time
    let cached = !flags.on("a") && options.report_opt == 0 && options.debug.iter().all(|d| d.0 == "schedpoints");
    if cached && let Some(image) = store.get("exe", &key) {
        return Ok(image);
    }
    let image = run_driver(&p, &options, flags)?;
    if store.put("exe", &key, &image).is_ok() {
        store.trim();
    }
    Ok(image)
}

fn key(p: &Program, o: &Options) -> goxide_cache::Key {
    let mut h = Sha256::new();
    for pkg in &p.packages {
        h.update(pkg.digest);
    }
    let rest = format!("{:?} {:?} {o:?}", p.main, p.roots);
    for s in [&p.mod_info[..], p.default_godebug.as_bytes(), p.goroot.as_bytes(), rest.as_bytes()] {
        h.update((s.len() as u64).to_le_bytes());
        h.update(s);
    }
    h.finalize().into()
}

fn run_driver(p: &Program, o: &Options, flags: &Flags) -> Result<Vec<u8>, Exit> {
    let face = format(flags)?;
    if flags.on("v") {
        p.packages.iter().for_each(|k| eprintln!("{}", k.import_path));
    }
    if flags.on("x") {
        for k in &p.packages {
            eprintln!(
                "compile -p {} -lang={} {}",
                k.pkg_path,
                k.lang,
                k.files.iter().map(|f| f.name.as_str()).collect::<Vec<_>>().join(" ")
            );
        }
        if let Some(m) = p.main {
            eprintln!("link -o $WORK/a.out {}", p.packages[m].import_path);
        }
    }
    match goxide_driver::build(p, o) {
        Ok(out) => {
            eprint!(
                "{}",
                show(&out.notes, o.all_errors, if face == Format::Rich { Format::Plain } else { face }, true)
            );
            Ok(out.image)
        }
        Err(failures) => Err(Exit::new(1, show(&failures, o.all_errors, face, false).trim_end().to_owned())),
    }
}

/// Colours for people at terminals who want them.
pub fn style() -> goxide_diag::Style {
    goxide_diag::Style { color: std::env::var_os("NO_COLOR").is_none() && std::io::stderr().is_terminal() }
}

/// Diagnostics by package, each under its header.
fn show(failures: &[Failure], all: bool, face: Format, notes: bool) -> String {
    let mut out = String::new();
    for f in failures {
        if !f.import_path.is_empty() && face != Format::Json {
            out += &format!("# {}\n", f.import_path);
        }
        out += &match face {
            Format::Plain => goxide_diag::plain(&f.diags, all || notes),
            Format::Rich => goxide_diag::rich(&f.diags, all, style()),
            Format::Json => goxide_diag::json(&f.import_path, &f.diags, all),
        };
    }
    out
}

/// Flags of `build` and of `run`.
pub const BUILD_FLAGS: &[&[crate::flags::Spec]] = &[BUILD, BUILD_ONLY];
pub const RUN_FLAGS: &[&[crate::flags::Spec]] = &[BUILD, RUN_ONLY];
