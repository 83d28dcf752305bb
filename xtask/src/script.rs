//! Go command sessions: `tests/script/*.txtar`, in the language of the go command's own script tests.
//!
//! An archive begins with the script; `-- NAME --` lines start the files it finds in its work folder `$WORK`.
//! A line is `[!] [?] [CONDITION] COMMAND ARG…`: `!` demands failure, `?` accepts both. Commands:
//! `go ARG…`, `exec PROGRAM ARG…`, `stdout RE`, `stderr RE`, `grep RE FILE`, `cmp A B`, `exists FILE…`, `cd DIR`,
//! `env NAME=VALUE…`, `mkdir DIR…`, `cp SRC DST`, `rm PATH…`, `chmod MODE PATH`, `status N` (of the last command),
//! `quick SECONDS` (the last command took less: a bound against hangs), `skip [WHY]`. `cmp` knows the files `stdout`
//! and `stderr`. Expressions are searched in every line (`(?m)`).
//! Conditions: `[unshare]`, whether a mount namespace may be made; `[root]`.

use crate::report::{Outcome, difference, summary};
use crate::run::{self, Ran};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

const LIMIT: Duration = Duration::from_secs(120);

pub fn main(names: &[&str]) -> Result<(), String> {
    let goxide = run::build()?;
    if run_all(&goxide, names)? { Ok(()) } else { Err("scripts fail".into()) }
}

/// Runs the scripts whose name contains one of `names` (all if none); true if all pass.
pub fn run_all(goxide: &Path, names: &[&str]) -> Result<bool, String> {
    let dir = run::root().join("tests/script");
    let mut files: Vec<PathBuf> = std::fs::read_dir(&dir)
        .map_err(|e| format!("{}: {e}", dir.display()))?
        .flatten()
        .map(|e| e.path())
        .filter(|p| p.extension().is_some_and(|e| e == "txtar"))
        .collect();
    files.sort();
    let name = |p: &Path| p.file_stem().map(|s| s.to_string_lossy().into_owned()).unwrap_or_default();
    files.retain(|p| names.is_empty() || names.iter().any(|n| name(p).contains(n)));
    let goroot = goroot(goxide)?;
    let outcomes =
        run::parallel(&files, run::processors(), |p| Outcome { name: name(p), failure: one(goxide, &goroot, p).err() });
    Ok(summary("scripts", &outcomes))
}

fn goroot(goxide: &Path) -> Result<String, String> {
    let out = Command::new(goxide).args(["env", "GOROOT"]).output().map_err(|e| e.to_string())?;
    Ok(String::from_utf8_lossy(&out.stdout).trim().to_owned())
}

/// Script and files of an archive.
fn parse_txtar(text: &str) -> (String, Vec<(String, String)>) {
    let mut script = String::new();
    let mut files: Vec<(String, String)> = Vec::new();
    for l in text.split_inclusive('\n') {
        match l.trim_end().strip_prefix("-- ").and_then(|r| r.strip_suffix(" --")) {
            Some(name) => files.push((name.trim().to_owned(), String::new())),
            None => match files.last_mut() {
                Some((_, body)) => body.push_str(l),
                None => script.push_str(l),
            },
        }
    }
    (script, files)
}

fn one(goxide: &Path, goroot: &str, path: &Path) -> Result<(), String> {
    let text = std::fs::read_to_string(path).map_err(|e| e.to_string())?;
    let (script, files) = parse_txtar(&text);
    let tmp = tempfile::tempdir().map_err(|e| e.to_string())?;
    let work = tmp.path().canonicalize().map_err(|e| e.to_string())?;
    for (name, body) in files {
        let p = work.join(name);
        p.parent().map_or(Ok(()), std::fs::create_dir_all).and_then(|()| std::fs::write(p, body)).map_err(text_of)?;
    }
    let bin = work.join(".bin");
    std::fs::create_dir(&bin).and_then(|()| std::os::unix::fs::symlink(goxide, bin.join("go"))).map_err(text_of)?;
    let path_var = std::env::var("PATH").unwrap_or_default();
    let w = work.display().to_string();
    let mut s = Session {
        goxide: goxide.to_path_buf(),
        cwd: work.clone(),
        env: [
            ("WORK", w.clone()),
            ("HOME", format!("{w}/.home")),
            ("GOCACHE", format!("{w}/.cache")),
            ("GOPATH", format!("{w}/.gopath")),
            ("GOENV", "off".into()),
            ("GOPROXY", "off".into()),
            ("GOROOT", goroot.to_owned()),
            ("PATH", format!("{}:{path_var}", bin.display())),
            ("TMPDIR", w),
        ]
        .map(|(k, v)| (k.to_owned(), v))
        .to_vec(),
        last: None,
        took: Duration::ZERO,
    };
    for (i, line) in script.lines().enumerate() {
        match s.line(line) {
            Ok(true) => {}
            Ok(false) => break,
            Err(e) => {
                let last = s.last.as_ref().map(|r| String::from_utf8_lossy(&r.both()).into_owned()).unwrap_or_default();
                let shown: String = last.chars().take(2000).collect();
                return Err(format!("line {}: {}\n{e}\n{shown}", i + 1, line.trim()));
            }
        }
    }
    Ok(())
}

fn text_of(e: std::io::Error) -> String {
    e.to_string()
}

struct Session {
    goxide: PathBuf,
    cwd: PathBuf,
    env: Vec<(String, String)>,
    last: Option<Ran>,
    took: Duration,
}

#[derive(Clone, Copy, PartialEq)]
enum Want {
    Success,
    Failure,
    Either,
}

impl Session {
    /// Runs one line; false ends the script.
    fn line(&mut self, line: &str) -> Result<bool, String> {
        let mut words = self.words(line)?;
        let mut want = Want::Success;
        while let Some(first) = words.first().cloned() {
            match first.as_str() {
                "!" => want = Want::Failure,
                "?" => want = Want::Either,
                c if c.starts_with('[') && c.ends_with(']') => {
                    if !condition(&c[1..c.len() - 1])? {
                        return Ok(true);
                    }
                }
                _ => break,
            }
            words.remove(0);
        }
        let Some((cmd, args)) = words.split_first() else { return Ok(true) };
        let arg = |i: usize| args.get(i).map(String::as_str).ok_or(format!("{cmd}: an argument is missing"));
        let done = |r: std::io::Result<()>| r.map_err(text_of);
        let held = match cmd.as_str() {
            "go" => return self.exec(&self.goxide.clone(), args, want).map(|()| true),
            "exec" => return self.exec(&PathBuf::from(arg(0)?), &args[1..], want).map(|()| true),
            "skip" => return Ok(false),
            "stdout" | "stderr" => matches(arg(0)?, &self.output(cmd)?),
            "grep" => matches(arg(0)?, &self.read(arg(1)?)?),
            "cmp" => match difference(self.read(arg(1)?)?.as_bytes(), self.read(arg(0)?)?.as_bytes()) {
                Some(d) if want == Want::Success => return Err(d),
                d => Ok(d.is_none()),
            },
            "exists" => Ok(args.iter().all(|a| self.cwd.join(a).exists())),
            "status" => {
                let n: i32 = arg(0)?.parse().map_err(|e| format!("status: {e}"))?;
                Ok(self.last.as_ref().and_then(|r| r.code) == Some(n))
            }
            "quick" => Ok(self.took.as_secs_f64() < arg(0)?.parse::<f64>().map_err(|e| e.to_string())?),
            "cd" => {
                self.cwd = self.cwd.join(arg(0)?);
                Ok(self.cwd.is_dir())
            }
            "env" => {
                for a in args {
                    let (k, v) = a.split_once('=').ok_or("env: NAME=VALUE")?;
                    self.env.push((k.to_owned(), v.to_owned()));
                }
                Ok(true)
            }
            "mkdir" => args.iter().try_for_each(|a| done(std::fs::create_dir_all(self.cwd.join(a)))).map(|()| true),
            "cp" => std::fs::copy(self.cwd.join(arg(0)?), self.cwd.join(arg(1)?)).map(|_| true).map_err(text_of),
            "rm" => args.iter().try_for_each(|a| done(remove(&self.cwd.join(a)))).map(|()| true),
            "chmod" => {
                use std::os::unix::fs::PermissionsExt;
                let mode = u32::from_str_radix(arg(0)?, 8).map_err(|e| e.to_string())?;
                done(std::fs::set_permissions(self.cwd.join(arg(1)?), PermissionsExt::from_mode(mode))).map(|()| true)
            }
            _ => return Err(format!("unknown command {cmd}")),
        }?;
        match want {
            Want::Success if !held => Err("does not hold".into()),
            Want::Failure if held => Err("holds unexpectedly".into()),
            _ => Ok(true),
        }
    }

    fn exec(&mut self, program: &Path, args: &[String], want: Want) -> Result<(), String> {
        let mut c = Command::new(program);
        c.args(args).current_dir(&self.cwd).envs(self.env.iter().cloned()).env_remove("GOFLAGS");
        c.envs(self.env.iter().filter(|(k, _)| k == "GOFLAGS").cloned());
        let start = Instant::now();
        let ran = run::run(c, LIMIT, false)?;
        self.took = start.elapsed();
        let (code, late) = (ran.code, ran.timed_out);
        self.last = Some(ran);
        match (code, want) {
            _ if late => Err(format!("still running after {LIMIT:?}")),
            (None, _) => Err("ended by a signal".into()),
            (Some(0), Want::Failure) => Err("succeeds unexpectedly".into()),
            (Some(n), Want::Success) if n != 0 => Err(format!("exit status {n}")),
            _ => Ok(()),
        }
    }

    fn output(&self, which: &str) -> Result<String, String> {
        let r = self.last.as_ref().ok_or("nothing has run yet")?;
        Ok(String::from_utf8_lossy(if which == "stdout" { &r.stdout } else { &r.stderr }).into_owned())
    }

    fn read(&self, name: &str) -> Result<String, String> {
        if matches!(name, "stdout" | "stderr") {
            return self.output(name);
        }
        std::fs::read(self.cwd.join(name)).map(|b| String::from_utf8_lossy(&b).into_owned()).map_err(text_of)
    }

    /// Words of a line: single quotes keep what is between them as it is (`''` is a quote); elsewhere `$NAME` is replaced; `#` ends the line.
    fn words(&self, line: &str) -> Result<Vec<String>, String> {
        let mut out = Vec::new();
        let mut word: Option<String> = None;
        let mut cs = line.chars().peekable();
        while let Some(c) = cs.next() {
            match c {
                '\'' => {
                    let w = word.get_or_insert_default();
                    loop {
                        match cs.next() {
                            // two in a row stand for one
                            Some('\'') if cs.next_if_eq(&'\'').is_some() => w.push('\''),
                            Some('\'') => break,
                            Some(c) => w.push(c),
                            None => return Err("unterminated quote".into()),
                        }
                    }
                }
                '#' if word.is_none() => break,
                c if c.is_whitespace() => out.extend(word.take()),
                '$' if cs.peek().is_some_and(|c| c.is_ascii_alphabetic()) => {
                    let mut name = String::new();
                    while let Some(c) = cs.next_if(|c| c.is_ascii_alphanumeric() || *c == '_') {
                        name.push(c);
                    }
                    let value = self.env.iter().rev().find(|(k, _)| *k == name).map_or("", |(_, v)| v);
                    word.get_or_insert_default().push_str(value);
                }
                c => word.get_or_insert_default().push(c),
            }
        }
        out.extend(word);
        Ok(out)
    }
}

fn matches(re: &str, text: &str) -> Result<bool, String> {
    regex::RegexBuilder::new(re).multi_line(true).build().map(|r| r.is_match(text)).map_err(|e| e.to_string())
}

fn remove(p: &Path) -> std::io::Result<()> {
    if p.is_dir() { std::fs::remove_dir_all(p) } else { std::fs::remove_file(p) }
}

fn condition(name: &str) -> Result<bool, String> {
    let succeeds = |c: &mut Command| c.output().is_ok_and(|o| o.status.success());
    match name.strip_prefix('!') {
        Some(n) => condition(n).map(|b| !b),
        None => match name {
            "unshare" => Ok(succeeds(Command::new("unshare").args(["-rm", "true"]))),
            "root" => Ok(Command::new("id").arg("-u").output().is_ok_and(|o| o.stdout == b"0\n")),
            _ => Err(format!("unknown condition [{name}]")),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn archives_and_words() {
        let (s, f) = parse_txtar("go build\n-- a.go --\npackage a\n-- b --\n");
        assert_eq!(s, "go build\n");
        assert_eq!(f, [("a.go".into(), "package a\n".into()), ("b".into(), String::new())]);
        let s = Session {
            goxide: PathBuf::new(),
            cwd: PathBuf::new(),
            env: vec![("X".into(), "1".into())],
            last: None,
            took: Duration::ZERO,
        };
        assert_eq!(s.words("! stdout 'a $X b'$X  # c").unwrap(), ["!", "stdout", "a $X b1"]);
    }
}
