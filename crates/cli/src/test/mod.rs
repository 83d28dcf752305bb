//! `test`: builds test binaries, each in a process of its own, and runs them, in the go command's words.

mod args;
mod binary;
mod build;
mod duration;
mod events;
mod events_buffer;
mod package;
mod run;

pub use binary::{BINARY, BINARY_ONLY, binary};

use crate::make::Work;
use crate::session::{self, Exit};
use args::Request;
use goxide_build::load::{COMMAND_LINE, Context, Root, TestRoot};
use goxide_build::patterns;
use package::{Package, Test};
use run::Runner;
use std::io::Write;
use std::path::{Path, PathBuf};

/// `goxide test`
pub fn command(words: &[String]) -> Result<i32, Exit> {
    let (env, req) = args::parse(words)?;
    let cx = session::context(&env, &req.flags)?;
    let matched = match patterns::expand(&cx, &req.packages, false) {
        Ok(m) => m,
        Err(e) => {
            // what cannot be looked at is a package that cannot be set up
            let shown = req.packages.first().map_or(".", String::as_str);
            eprintln!("# {shown}\n{e}");
            println!("FAIL\t{shown} [setup failed]");
            return Err(Exit::new(1, "")).inspect_err(|_| final_word(&req));
        }
    };
    matched.warnings.iter().for_each(|w| eprintln!("{w}"));
    let mut tests: Vec<Test> =
        matched.roots.iter().map(|r| Test { root: words_of(r), package: cx.test_root(r) }).collect();
    if matched.wildcard {
        // folders whose files are all left out are no packages
        tests.retain(|t| t.package.has_tests || !t.package.name.is_empty());
    }
    if tests.is_empty() {
        return Err(Exit::new(1, "no packages to test"));
    }
    check_outputs(&cx, &req, &tests)?;
    let work = Work::new(&env)?;
    let runner = Runner::new(&env, &req, &work, tests.len())?;
    let status = run_all(&cx, &req, &runner, &tests);
    drop(work);
    if status != 0 {
        final_word(&req);
    }
    Ok(status)
}

/// "FAIL" once more, in case that of an early package has scrolled off.
fn final_word(req: &Request) {
    if !req.json && !req.packages.is_empty() {
        println!("FAIL");
    }
}

/// How another goxide is told of the same package.
fn words_of(r: &Root) -> Vec<String> {
    match r {
        Root::Path(p) => vec![p.clone()],
        Root::Dir(d, ..) => vec![d.display().to_string()],
        Root::Files(d, names) => names.iter().map(|n| d.join(n).display().to_string()).collect(),
    }
}

/// The name of a test binary.
fn binary_name(p: &TestRoot) -> String {
    let elem = match p.import_path.as_str() {
        COMMAND_LINE => p.name.clone(),
        path => crate::make::last_element(path),
    };
    format!("{elem}.test")
}

/// Where test binaries are to be left, if at all.
fn target(env: &goxide_build::env::Env, req: &Request, p: &TestRoot) -> Option<PathBuf> {
    let name = binary_name(p);
    match req.flags.text("o").filter(|o| !o.is_empty()) {
        Some("/dev/null") => None,
        Some(o) if o.ends_with('/') || env.cwd.join(o).is_dir() => Some(env.cwd.join(o).join(name)),
        Some(o) => Some(env.cwd.join(o)),
        None if req.flags.on("c") || req.profile().is_some() => Some(env.cwd.join(name)),
        None => None,
    }
}

/// Refuses what several packages cannot share.
fn check_outputs(cx: &Context<'_>, req: &Request, tests: &[Test]) -> Result<(), Exit> {
    if tests.len() < 2 {
        return Ok(());
    }
    if let Some(p) = req.profile() {
        return Err(Exit::new(1, format!("cannot use -{p} flag with multiple packages")));
    }
    let o = req.flags.text("o").unwrap_or("");
    if !req.flags.on("c") && o.is_empty() || o == "/dev/null" {
        return Ok(());
    }
    if !o.is_empty() && !o.ends_with('/') && !cx.env.cwd.join(o).is_dir() {
        return Err(Exit::new(1, "with multiple packages, -o must refer to a directory or /dev/null"));
    }
    for (i, t) in tests.iter().enumerate() {
        let name = binary_name(&t.package);
        let same: Vec<&str> = tests[i..]
            .iter()
            .filter(|u| binary_name(&u.package) == name)
            .map(|u| u.package.import_path.as_str())
            .collect();
        if same.len() > 1 {
            let l = same.join("\n");
            return Err(Exit::new(1, format!("cannot write test binary {name} for multiple packages:\n{l}\n")));
        }
    }
    Ok(())
}

fn run_all(cx: &Context<'_>, req: &Request, runner: &Runner<'_>, tests: &[Test]) -> i32 {
    use std::sync::atomic::{AtomicUsize, Ordering};
    let jobs = match req.flags.text("p").and_then(|p| p.parse::<usize>().ok()) {
        Some(n) if n > 0 => n,
        _ => std::thread::available_parallelism().map_or(1, usize::from),
    };
    // benchmarks must not disturb each other: all is built first, then they run one after another
    let serial = req.flags.text("bench").is_some_and(|b| !b.is_empty()) && !req.flags.on("c");
    let packages: Vec<Package<'_>> =
        tests.iter().enumerate().map(|(i, t)| Package::new(cx, req, runner, t, i)).collect();
    let each = |jobs: usize, job: &(dyn Fn(&Package<'_>) + Sync)| {
        let next = AtomicUsize::new(0);
        std::thread::scope(|s| {
            for _ in 0..jobs.clamp(1, packages.len()) {
                s.spawn(|| {
                    while let Some(p) = packages.get(next.fetch_add(1, Ordering::Relaxed)) {
                        job(p);
                    }
                });
            }
        });
    };
    if serial {
        each(jobs, &|p| p.build());
        each(1, &|p| p.run());
    } else {
        each(jobs, &|p| {
            p.build();
            p.run();
        });
    }
    let _ = std::io::stdout().flush();
    runner.status()
}

/// A link `go` to this executable, in a folder of its own: tests that call the go command find Goxide.
fn go_link(work: &Path) -> std::io::Result<PathBuf> {
    let dir = work.join("go-bin");
    std::fs::create_dir_all(&dir)?;
    std::os::unix::fs::symlink(std::env::current_exe()?, dir.join("go"))?;
    Ok(dir)
}
