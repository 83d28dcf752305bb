//! Upstream's tests of package runtime, in place of whose insides ours are: its external tests (`package runtime_test`) with our own
//! `goroot/src/runtime/export_test.go` in place of upstream's.
//!
//! A declaration that uses a hook which has no meaning here does not compile. It is left out, and with it what uses it, until the
//! rest compiles: the compiler says which. Nothing else is changed, and lines keep their numbers. A test that is left out
//! counts as failed, so `std.toml` lists it with the reason why there is no such hook.

use crate::gopath::GoOnPath;
use crate::run;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

const LIMIT: Duration = Duration::from_secs(300);
/// How often the rest is compiled.
const ROUNDS: usize = 20;
/// What the compiler may say about a declaration that goes with a missing hook. Anything else is an error.
const MISSING: &[&str] = &["undefined: ", " undefined (type ", " undefined (cannot refer to unexported "];

/// The tests that are left.
pub struct Prepared {
    /// For `-overlay`.
    pub overlay: PathBuf,
    /// Tests, benchmarks and examples left out, with what the compiler said.
    pub left_out: BTreeMap<String, String>,
}

/// Writes what is to be compiled to `dir`.
pub fn prepare(goxide: &Path, go: &GoOnPath, dir: &Path) -> Result<Prepared, String> {
    let io = |e: std::io::Error| e.to_string();
    std::fs::create_dir_all(dir).map_err(io)?;
    let mut env = Command::new(goxide);
    env.args(["env", "GOROOT"]);
    let goroot = run::run(env, LIMIT, false)?;
    let src = PathBuf::from(String::from_utf8_lossy(&goroot.stdout).trim()).join("src/runtime");
    let mut files: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for e in std::fs::read_dir(&src).map_err(io)? {
        let name = e.map_err(io)?.file_name().to_string_lossy().into_owned();
        if name.ends_with("_test.go") {
            let text = std::fs::read_to_string(src.join(&name)).map_err(io)?;
            if text.lines().any(|l| l.starts_with("package runtime_test")) {
                files.insert(name, text.lines().map(str::to_owned).collect());
            }
        }
    }
    let overlay = dir.join("overlay.json");
    let mut json = String::from("{\"Replace\": {\n");
    for (i, name) in files.keys().enumerate() {
        let sep = if i == 0 { "" } else { ",\n" };
        let _ =
            write!(json, "{sep}{:?}: {:?}", src.join(name).display().to_string(), dir.join(name).display().to_string());
    }
    for file in of_assembly(&src.join("testdata/testprog")).map_err(io)? {
        let _ = write!(json, ",\n{:?}: \"\"", file.display().to_string());
    }
    std::fs::write(&overlay, json + "\n}}\n").map_err(io)?;
    let mut left_out = BTreeMap::new();
    for _ in 0..ROUNDS {
        for (name, lines) in &files {
            std::fs::write(dir.join(name), lines.join("\n") + "\n").map_err(io)?;
        }
        let mut c = Command::new(goxide);
        c.args(["test", "-c", "-error-format=plain", "-gcflags=-e", "-o", "/dev/null"]);
        c.arg(format!("-overlay={}", overlay.display())).arg("runtime");
        go.apply(&mut c, dir);
        let ran = run::run(c, LIMIT, true)?;
        if ran.ok() {
            return Ok(Prepared { overlay, left_out });
        }
        let said = String::from_utf8_lossy(&ran.stderr).into_owned() + &String::from_utf8_lossy(&ran.stdout);
        if !leave_out(&said, &mut files, &mut left_out)? {
            return Err(format!("package runtime_test does not compile:\n{said}"));
        }
    }
    Err("package runtime_test: declarations that do not compile come up without end".into())
}

/// Those Go files in `dir` that declare functions written in assembly, which is left out in std: the test program is built without
/// them, and the tests that ask for their functions fail.
fn of_assembly(dir: &Path) -> std::io::Result<Vec<PathBuf>> {
    let (mut names, mut files) = (Vec::new(), Vec::new());
    for e in std::fs::read_dir(dir)? {
        let path = e?.path();
        let ext = path.extension().and_then(|e| e.to_str()).unwrap_or_default();
        if ext == "s" || ext == "go" {
            let text = std::fs::read_to_string(&path)?;
            if ext == "go" {
                files.push((path, text));
                continue;
            }
            let texts =
                text.lines().filter_map(|l| l.strip_prefix("TEXT")?.trim().strip_prefix('·')?.split('(').next());
            names.extend(texts.map(|n| format!("func {n}(")));
        }
    }
    let declares = |text: &str| text.lines().any(|l| !l.ends_with('{') && names.iter().any(|n| l.starts_with(n)));
    Ok(files.into_iter().filter(|(_, text)| declares(text)).map(|(path, _)| path).collect())
}

/// Blanks the declarations that the compiler complains about. Whether there were any.
fn leave_out(
    said: &str,
    files: &mut BTreeMap<String, Vec<String>>,
    left_out: &mut BTreeMap<String, String>,
) -> Result<bool, String> {
    let errors: Vec<(&str, usize, &str)> = said.lines().filter_map(error).filter(|e| files.contains_key(e.0)).collect();
    let missing = |m: &str| MISSING.iter().any(|k| m.contains(k));
    // As long as something is missing, other errors may follow from that.
    let any_missing = errors.iter().any(|e| missing(e.2));
    let mut found = false;
    for l in said.lines() {
        // What is bound by linkname is missed by the linker: `runtime_test.F: relocation target G not defined`.
        let Some((f, message)) = l.strip_prefix("runtime_test.").and_then(|l| l.split_once(": ")) else { continue };
        let head = format!("func {f}(");
        let Some((name, at)) =
            files.iter().find_map(|(n, lines)| Some((n, lines.iter().position(|l| l.starts_with(&head))?)))
        else {
            continue;
        };
        if message.ends_with(" not defined") {
            left_out.insert(f.to_owned(), message.to_owned());
            let name = name.clone();
            let lines = files.get_mut(&name).ok_or("no such file")?;
            let (from, to) = declaration(lines, at);
            lines[from..to].iter_mut().for_each(String::clear);
            found = true;
        }
    }
    for (name, line, message) in errors {
        let unused = message.ends_with("imported and not used") || message.contains(" imported as ");
        if !unused && !missing(message) {
            if any_missing {
                continue;
            }
            return Err(format!("package runtime_test: {name}:{line}: {message}"));
        }
        let Some(lines) = files.get_mut(name) else { continue };

        found = true;
        if lines[line - 1].is_empty() {
            // An earlier error of the same declaration.
            continue;
        }
        let (from, to) = if unused { (line - 1, line) } else { declaration(lines, line - 1) };
        let head = lines[from].clone();
        // Comments above may hold directives.
        let above = (0..from).rev().take_while(|&i| !unused && lines[i].starts_with("//")).last().unwrap_or(from);
        lines[above..to].iter_mut().for_each(String::clear);
        if let Some(test) = test_name(&head) {
            left_out.entry(test.to_owned()).or_insert_with(|| message.to_owned());
        }
    }
    Ok(found)
}

/// File, line and text of an error.
fn error(l: &str) -> Option<(&str, usize, &str)> {
    let mut parts = l.splitn(4, ':');
    let path = parts.next()?;
    let line = parts.next()?.parse().ok()?;
    parts.next()?;
    Some((path.rsplit('/').next().unwrap_or(path), line, parts.next()?.trim()))
}

/// The lines of the top-level declaration around line `at`, of a group only the part.
fn declaration(lines: &[String], at: usize) -> (usize, usize) {
    let starts = |l: &str| ["func ", "type ", "var ", "const "].iter().any(|k| l.starts_with(k));
    let Some(from) = (0..=at).rev().find(|&i| starts(&lines[i])) else { return (at, at + 1) };
    let head = &lines[from];
    if head.ends_with('(') && !head.starts_with("func ") {
        let part = |l: &str| l.starts_with('\t') && !l[1..].starts_with(['\t', '}', ')', ' ']);
        let first = (from + 1..=at).rev().find(|&i| part(&lines[i])).unwrap_or(at);
        let to = (at + 1..lines.len()).find(|&i| part(&lines[i]) || lines[i].starts_with(')')).unwrap_or(at + 1);
        return (first, to);
    }
    let open = head.trim_end().ends_with(['{', '(', ',', '[']) || head.starts_with("func ") && !head.ends_with('}');
    let end = (from..lines.len()).find(|&i| ["}", ")"].iter().any(|c| lines[i].starts_with(c)));
    match end {
        Some(end) if open => (from, end + 1),
        _ => (from, at + 1),
    }
}

/// The test, benchmark, fuzz target or example that a declaration's first line begins.
fn test_name(head: &str) -> Option<&str> {
    let name = head.strip_prefix("func ")?.split('(').next()?;
    let rest = ["Test", "Benchmark", "Fuzz", "Example"].iter().find_map(|k| name.strip_prefix(k))?;
    (name != "TestMain" && !rest.starts_with(|c: char| c.is_ascii_lowercase())).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_uses_a_missing_hook_is_left_out() {
        let text = "package runtime_test\n\nvar (\n\ta = 1\n\tb = Hook\n)\n\nfunc help() {\n\tHook()\n}\n\nfunc TestX(t *testing.T) {\n\thelp()\n}\n\nvar c = []int{\n\tHook,\n}\n";
        let mut files = BTreeMap::from([("x_test.go".to_owned(), text.lines().map(str::to_owned).collect::<Vec<_>>())]);
        let mut out = BTreeMap::new();
        let said = "# runtime_test\n/s/x_test.go:5:6: undefined: Hook\n/s/x_test.go:9:2: undefined: Hook\n/s/x_test.go:13:2: undefined: help\n/s/x_test.go:17:2: undefined: Hook\n";
        assert!(leave_out(said, &mut files, &mut out).unwrap());
        let left: Vec<&String> = files["x_test.go"].iter().filter(|l| !l.is_empty()).collect();
        assert_eq!(left, ["package runtime_test", "var (", "\ta = 1", ")"]);
        assert_eq!(out.into_iter().collect::<Vec<_>>(), [("TestX".to_owned(), "undefined: help".to_owned())]);
        let both = "x_test.go:1:1: cannot use x\nx_test.go:4:1: undefined: a\n";
        assert!(leave_out(both, &mut files, &mut BTreeMap::new()).unwrap());
        assert!(leave_out("x_test.go:1:1: cannot use x", &mut files, &mut BTreeMap::new()).is_err());
    }
}
