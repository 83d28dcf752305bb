//! `tool`: the parts of the toolchain under the names that build systems and tests know them by. `compile` is this executable,
//! reached through a link in the user's cache, and acts by the name it is called by. The others are upstream's programs,
//! built on demand and kept there.

use crate::output::{text, write_executable};
use crate::session::Exit;
use goxide_build::env::Env;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Serves a tool, given the words behind its name.
type Run = fn(&[String]) -> Result<i32, Exit>;

/// The tools that this executable is, with what serves them.
const OWN: &[(&str, Run)] = &[("compile", |w| crate::compile::compile(&Env::from_process(), w))];

/// The tools that are programs of the distribution.
const BUILT: &[&str] = &[
    "addr2line",
    "buildid",
    "covdata",
    "cover",
    "fix",
    "nm",
    "objdump",
    "pack",
    "pprof",
    "preprofile",
    "test2json",
    "trace",
    "vet",
];

/// Tools that there are not, and why.
const FOREIGN: &[(&str, &str)] = &[
    ("asm", "works on the reference compiler's objects"),
    ("cgo", "needs a C compiler"),
    ("link", "works on the reference compiler's objects"),
];

/// Where the tools are.
pub fn dir(env: &Env) -> PathBuf {
    env.user_cache_dir().join("goxide/tool/linux_amd64")
}

/// Words that follow from the name of this executable, if it is called by that of a tool.
pub fn by_own_name(args: &mut Vec<String>) {
    let name = args.first().map(|a| a.rsplit('/').next().unwrap_or(a).to_owned()).unwrap_or_default();
    if OWN.iter().any(|t| t.0 == name) {
        args.insert(1, "tool".into());
        args.insert(2, name);
    }
    if args.is_empty() {
        args.push("goxide".into());
    }
}

/// `goxide tool`; `env` gets what building needs.
pub fn command(words: &[String], env: impl FnOnce() -> Result<Env, Exit>) -> Result<i32, Exit> {
    let (only_path, words) = match words.first().map(String::as_str) {
        Some("-n" | "--n") => (true, &words[1..]),
        Some(f) if f.starts_with('-') => return Err(Exit::new(2, format!("flag provided but not defined: {f}"))),
        _ => (false, words),
    };
    let Some(name) = words.first().map(String::as_str) else {
        let mut names: Vec<_> = OWN.iter().map(|t| t.0).chain(BUILT.iter().copied()).collect();
        names.sort_unstable();
        names.iter().for_each(|n| println!("{n}"));
        return Ok(0);
    };
    let own = OWN.iter().find(|t| t.0 == name);
    let at = match own {
        Some((_, run)) if !only_path => return run(&words[1..]),
        Some(_) => link(name)?,
        None if BUILT.contains(&name) => built(&env()?, name)?,
        None => {
            let m = match FOREIGN.iter().find(|t| t.0 == name) {
                Some((_, why)) => format!("go: tool {name:?} {why}: goxide does not have it"),
                None => format!("go: no such tool {name:?}"),
            };
            return Err(Exit::new(2, m));
        }
    };
    if only_path {
        println!("{}", at.display());
        return Ok(0);
    }
    let e = Command::new(&at).args(&words[1..]).exec();
    Err(Exit::new(1, format!("go tool {name}: {}", text(&e))))
}

fn failed(name: &str) -> impl Fn(std::io::Error) -> Exit + '_ {
    move |e| Exit::new(1, format!("go: tool {name}: {}", text(&e)))
}

/// The link of a tool, which is made if it is not there or leads elsewhere.
fn link(name: &str) -> Result<PathBuf, Exit> {
    let to = std::env::current_exe().map_err(failed(name))?;
    let dir = dir(&Env::from_process());
    std::fs::create_dir_all(&dir).map_err(failed(name))?;
    let at = dir.join(name);
    if std::fs::read_link(&at).ok().as_deref() != Some(&*to) {
        put(name, &at, |tmp| std::os::unix::fs::symlink(&to, tmp).map_err(failed(name)))?;
    }
    Ok(at)
}

/// The executable of a tool, which is put there if it is not what is there.
fn built(env: &Env, name: &str) -> Result<PathBuf, Exit> {
    let image = crate::make::command_image(env, &format!("cmd/{name}"))?;
    let dir = dir(env);
    std::fs::create_dir_all(&dir).map_err(failed(name))?;
    let at = dir.join(name);
    if std::fs::read(&at).ok().as_ref() != Some(&image) {
        let told = |m| Exit::new(1, format!("go: tool {name}: {m}"));
        put(name, &at, |tmp| write_executable(tmp, &image).map_err(told))?;
    }
    Ok(at)
}

/// Makes a file under another name and moves it to `at`, where others may be running the old one.
fn put(name: &str, at: &Path, make: impl FnOnce(&Path) -> Result<(), Exit>) -> Result<(), Exit> {
    let tmp = goxide_cache::temp_name(at);
    make(&tmp)?;
    std::fs::rename(&tmp, at).map_err(failed(name))
}
