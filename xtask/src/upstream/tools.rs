//! Go's own formatter, compiler, assembler and linker, built by Goxide, against the ones that gc built: on the same
//! input they must write the same bytes.

use crate::{bench, run};
use std::collections::BTreeSet;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

/// The tools that are replaced while gc's go command builds.
const TOOLS: &[&str] = &["compile", "asm", "link"];

/// What the tools build: name and source.
const PROGRAMS: &[(&str, &str)] = &[
    ("hello", "package main\n\nimport \"fmt\"\n\nfunc main() { fmt.Println(\"hello\") }\n"),
    ("nethttp", "package main\n\nimport \"net/http\"\n\nfunc main() { http.ListenAndServe(\"127.0.0.1:0\", nil) }\n"),
];

/// `cargo xtask upstream tools`
pub fn main(args: &[&str]) -> Result<(), String> {
    match args {
        [] => check(&run::build()?),
        _ => Err("usage: cargo xtask upstream tools".into()),
    }
}

/// Builds the tools and compares what they write.
pub fn check(goxide: &Path) -> Result<(), String> {
    let tmp = tempfile::tempdir().map_err(|e| e.to_string())?;
    let root = PathBuf::from(run_ok(Command::new(goxide).args(["env", "GOROOT"]))?.0.trim());
    let (src, ours) = (root.join("src"), tmp.path().join("tool"));
    for tool in TOOLS.iter().chain(&["gofmt"]) {
        let mut c = Command::new(goxide);
        c.current_dir(src.join("cmd")).env("GOFLAGS", "").arg("build").arg("-o").arg(ours.join(tool));
        let (_, seconds) = run_ok(c.arg(format!("./{tool}")))?;
        println!("{tool:<10} built in {seconds:.1} s");
    }
    format_std(&src, &root.join("bin/gofmt"), &ours.join("gofmt"))?;
    for (name, text) in PROGRAMS {
        build_both(tmp.path(), &ours, name, text)?;
    }
    Ok(())
}

/// `xtask with-tools DIR TOOL ARG…`: runs the tool of that name in DIR, if there is one, instead of TOOL. What the go
/// command calls by `-toolexec`.
pub fn with_tools(args: &[&str]) -> Result<(), String> {
    let [dir, tool, rest @ ..] = args else { return Err("usage: with-tools DIR TOOL [ARG…]".into()) };
    let mut path = PathBuf::from(tool);
    if let Some(name) = path.file_name().filter(|n| TOOLS.iter().any(|t| **n == **t)) {
        path = Path::new(dir).join(name);
    }
    Err(format!("{}: {}", path.display(), Command::new(&path).args(rest).exec()))
}

/// Formats every file of std with both formatters.
fn format_std(src: &Path, theirs: &Path, ours: &Path) -> Result<(), String> {
    let mut files = Vec::new();
    go_files(src, &mut files)?;
    files.sort();
    let mut seconds = [0.0; 2];
    let mut bytes = 0;
    for group in files.chunks(64) {
        let mut out = [String::new(), String::new()];
        for (i, tool) in [theirs, ours].iter().enumerate() {
            let (text, s) = run_ok(Command::new(tool).args(group))?;
            seconds[i] += s;
            out[i] = text;
        }
        bytes += out[0].len();
        if out[0] != out[1] {
            let names: Vec<String> = group.iter().map(|f| f.display().to_string()).collect();
            return Err(format!("gofmt: output differs for one of {}", names.join(" ")));
        }
    }
    let [gc, gx] = seconds;
    println!("gofmt      {} files, {bytes} bytes alike: {gx:.1} s, by gc {gc:.1} s", files.len());
    Ok(())
}

/// The Go files below `dir`, without test data (it holds files that are wrong on purpose).
fn go_files(dir: &Path, files: &mut Vec<PathBuf>) -> Result<(), String> {
    for e in std::fs::read_dir(dir).map_err(|e| format!("{}: {e}", dir.display()))? {
        let path = e.map_err(|e| e.to_string())?.path();
        if path.is_dir() {
            if path.file_name().is_some_and(|n| n != "testdata") {
                go_files(&path, files)?;
            }
        } else if path.extension().is_some_and(|x| x == "go") {
            files.push(path);
        }
    }
    Ok(())
}

/// Builds a program and all that it imports with both sets of tools, and compares the objects and the executables.
fn build_both(tmp: &Path, ours: &Path, name: &str, text: &str) -> Result<(), String> {
    let dir = tmp.join(name);
    std::fs::create_dir(&dir).and_then(|()| std::fs::write(dir.join("main.go"), text)).map_err(|e| e.to_string())?;
    let this = std::env::current_exe().map_err(|e| e.to_string())?;
    let mut built = Vec::new();
    for (who, tools) in [("gc", None), ("goxide", Some(ours))] {
        let (exe, cache) = (dir.join(who), dir.join(format!("cache-{who}")));
        let mut c = Command::new(bench::peer()?);
        c.current_dir(&dir).args(["build", "-trimpath", "-o"]).arg(&exe);
        if let Some(t) = tools {
            c.arg(format!("-toolexec='{}' with-tools '{}'", this.display(), t.display()));
        }
        c.arg("main.go").env("GOCACHE", &cache).env("GOFLAGS", "").env("CGO_ENABLED", "0");
        let (_, seconds) = run_ok(&mut c)?;
        let bytes = std::fs::read(&exe).map_err(|e| format!("{}: {e}", exe.display()))?;
        built.push((bytes, outputs(&cache)?, seconds));
    }
    let [(a, objects_a, gc), (b, objects_b, gx)] = &built[..] else { unreachable!("two were built") };
    if objects_a != objects_b {
        let n = objects_a.symmetric_difference(objects_b).count();
        return Err(format!("{name}: {n} objects differ"));
    }
    if a != b {
        return Err(format!("{name}: the executables differ"));
    }
    let n = objects_a.len();
    println!("{name:<10} {n} objects, executable of {} bytes alike: {gx:.1} s, by gc {gc:.1} s", a.len());
    Ok(())
}

/// The files that a build left in its cache: they are named by the hash of what they hold.
fn outputs(cache: &Path) -> Result<BTreeSet<String>, String> {
    let mut names = BTreeSet::new();
    for d in std::fs::read_dir(cache).map_err(|e| e.to_string())?.flatten().filter(|d| d.path().is_dir()) {
        let files = std::fs::read_dir(d.path()).map_err(|e| e.to_string())?.flatten();
        names.extend(files.map(|f| f.file_name().to_string_lossy().into_owned()).filter(|n| n.ends_with("-d")));
    }
    if names.is_empty() { Err(format!("nothing in {}", cache.display())) } else { Ok(names) }
}

/// Runs a command that must succeed; gives its output and the seconds it took.
fn run_ok(c: &mut Command) -> Result<(String, f64), String> {
    let start = Instant::now();
    let out = c.output().map_err(|e| format!("{:?}: {e}", c.get_program()))?;
    if !out.status.success() {
        return Err(format!("{c:?}: {}\n{}", out.status, String::from_utf8_lossy(&out.stderr)));
    }
    Ok((String::from_utf8_lossy(&out.stdout).into_owned(), start.elapsed().as_secs_f64()))
}
