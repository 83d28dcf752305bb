//! The arguments of `test`: flags of ours, package names, flags of the test binary, in nearly any order.

use super::duration;
use crate::flags::{BUILD, Flags, Refused, TEST_ONLY};
use crate::seeds::Seeds;
use crate::session::Exit;
use crate::{Failed, help, prepare};
use goxide_build::env::Env;
use std::time::Duration;

/// Flags that are (also) the test binary's, as `-test.NAME`.
const PASSED: &[&str] = &[
    "artifacts",
    "bench",
    "benchmem",
    "benchtime",
    "blockprofile",
    "blockprofilerate",
    "count",
    "coverprofile",
    "cpu",
    "cpuprofile",
    "failfast",
    "fullpath",
    "fuzz",
    "fuzzminimizetime",
    "fuzztime",
    "list",
    "memprofile",
    "memprofilerate",
    "mutexprofile",
    "mutexprofilefraction",
    "outputdir",
    "parallel",
    "run",
    "short",
    "shuffle",
    "skip",
    "timeout",
    "trace",
    "v",
];

/// Flags that ask for a profile, of one package.
const PROFILES: &[&str] = &["blockprofile", "cpuprofile", "memprofile", "mutexprofile", "trace"];

/// What a command line asks for.
pub struct Request {
    pub flags: Flags,
    /// As named; empty: the package in the current directory.
    pub packages: Vec<String>,
    /// For the test binaries.
    pub pass: Vec<String>,
    pub json: bool,
    /// Seeds to run the binaries with.
    pub seeds: Option<Seeds>,
    /// Output of passing tests is shown.
    pub show_pass: bool,
    /// When a test that does not end itself is ended; `None`: never.
    pub kill_after: Option<Duration>,
    /// How long output may stay open after a test has ended; zero: for ever.
    pub wait_delay: Duration,
}

impl Request {
    /// A profiling flag that is set.
    pub fn profile(&self) -> Option<&'static str> {
        PROFILES.iter().copied().find(|p| self.flags.text(p).is_some_and(|v| !v.is_empty()))
    }
}

fn usage() -> String {
    let line = help::command("test").map_or("", |(u, _)| u);
    format!("usage: {line}\nRun 'goxide help test' for details.")
}

fn refuse(r: Refused) -> Exit {
    match r {
        Refused::Usage(m) => Exit::new(2, format!("{m}\n{}", usage())),
        Refused::Message(m) => Exit::new(2, m),
        Refused::Help => Exit::new(2, usage()),
    }
}

/// What the arguments are, before GOFLAGS.
struct Split {
    flags: Flags,
    packages: Option<Vec<String>>,
    /// Explicit arguments of the test binary; flags of ours by name, whose final values are filled in later.
    pass: Vec<String>,
    explicit: Vec<&'static str>,
}

fn split(words: &[String]) -> Result<Split, Exit> {
    const GROUPS: &[&[crate::flags::Spec]] = &[TEST_ONLY, BUILD];
    let mut s = Split { flags: Flags::default(), packages: None, pass: Vec::new(), explicit: Vec::new() };
    let mut unknown: Option<&str> = None;
    let (mut in_list, mut after_bare) = (false, false);
    let mut i = 0;
    while let Some(a) = words.get(i) {
        let was_after_bare = std::mem::replace(&mut after_bare, false);
        if a == "--" {
            s.pass.extend_from_slice(&words[i..]);
            break;
        }
        if a.len() < 2 || !a.starts_with('-') {
            if !in_list && s.packages.is_some() {
                // behind the package list: the value of an unknown flag, or the first argument proper
                if was_after_bare {
                    s.pass.push(a.clone());
                    i += 1;
                    continue;
                }
                s.pass.extend_from_slice(&words[i..]);
                break;
            }
            in_list = true;
            s.packages.get_or_insert_default().push(a.clone());
            i += 1;
            continue;
        }
        in_list = false;
        // both spellings: -v and -test.v
        let mut word = a.clone();
        let bare = a.trim_start_matches('-').split('=').next().unwrap_or("");
        if let Some(short) = bare.strip_prefix("test.").filter(|n| PASSED.contains(n)) {
            word = a.replacen(&format!("test.{short}"), short, 1);
        }
        let known = |n: &str| GROUPS.iter().flat_map(|g| g.iter()).any(|f| f.name == n);
        let name = word.trim_start_matches('-').split('=').next().unwrap_or("");
        if !known(name) && !matches!(name, "h" | "help") && !word.starts_with("---") && !name.is_empty() {
            // it can only be for the test binary, and what follows may be its value
            s.packages.get_or_insert_default();
            if name == "args" && !word.contains('=') {
                s.pass.extend_from_slice(&words[i + 1..]);
                break;
            }
            unknown.get_or_insert(a);
            s.pass.push(a.clone());
            after_bare = !a.contains('=');
            i += 1;
            continue;
        }
        let mut rest = words[i..].to_vec();
        rest[0] = word;
        let (name, taken) = s.flags.one(GROUPS, &rest).map_err(refuse)?;
        if PASSED.contains(&name) {
            check_value(name, s.flags.text(name).unwrap_or_default())?;
            s.pass.push(format!("-test.{name}={}", s.flags.text(name).unwrap_or_default()));
            s.explicit.push(name);
        }
        i += taken;
    }
    if let Some(u) = unknown
        && s.flags.on("c")
    {
        return Err(Exit::new(2, format!("go: unknown flag {u} cannot be used with -c\n{}", usage())));
    }
    Ok(s)
}

/// Refuses values that the go command refuses before anything is built.
fn check_value(name: &str, v: &str) -> Result<(), Exit> {
    let bad = |why: &str| Err(Exit::new(2, format!("invalid value {v:?} for flag -{name}: {why}\n{}", usage())));
    match name {
        "count" | "parallel" if v.parse::<i64>().is_err() => bad("parse error"),
        "timeout" if duration::parse(v).is_none() => bad("parse error"),
        "v" if !matches!(v, "true" | "false" | "1" | "0" | "t" | "f" | "T" | "F" | "TRUE" | "FALSE" | "test2json") => {
            Err(Exit::new(2, format!("invalid boolean value {v:?} for -v: invalid flag -test.v={v}\n{}", usage())))
        }
        "shuffle" if !matches!(v, "on" | "off") && v.parse::<i64>().is_err() => bad(&format!(
            "-shuffle argument must be \"on\", \"off\", or an int64: strconv.ParseInt: parsing {v:?}: invalid syntax"
        )),
        _ => Ok(()),
    }
}

/// Parses the command line and GOFLAGS, and does what precedes all work.
pub fn parse(words: &[String]) -> Result<(Env, Request), Exit> {
    let Split { mut flags, packages, mut pass, explicit } = split(words)?;
    let env = prepare(&mut flags, &[TEST_ONLY, BUILD]).map_err(|f| match f {
        Failed::Refused(r) => refuse(r),
        Failed::Exit(e) => e,
    })?;
    if let Some(v) = flags.text("vet").filter(|v| !matches!(*v, "off" | "")) {
        return Err(Exit::new(2, format!("go: -vet={v} is not supported by goxide yet: it has no vet")));
    }
    let seeds = flags.text("sched-seeds").map(Seeds::parse).transpose().map_err(|m| Exit::new(2, m))?;
    let json = flags.on("json");
    let mut injected = Vec::new();
    if json {
        injected.push("-test.v=test2json".to_owned());
    }
    for (name, v) in flags.each() {
        // what is left was set by GOFLAGS
        if PASSED.contains(&name) && !explicit.contains(&name) && !(json && name == "v") {
            injected.push(format!("-test.{name}={v}"));
        }
    }
    if json {
        // an explicit -v would undo the framing
        pass.retain(|a| !a.starts_with("-test.v="));
    }
    let timeout = match flags.text("timeout") {
        Some(t) => duration::parse(t).unwrap_or_default(),
        None => {
            injected.push("-test.timeout=10m0s".into());
            Duration::from_secs(600)
        }
    };
    let given = |n: &str| flags.text(n).is_some_and(|v| !v.is_empty());
    let needs_dir = PROFILES.iter().any(|p| given(p)) || flags.on("artifacts");
    let dir = env.cwd.join(flags.text("outputdir").unwrap_or("")).display().to_string();
    if flags.text("outputdir").is_some() {
        // relative to where the command runs, not to where the test does
        pass.iter_mut().chain(&mut injected).filter(|a| a.starts_with("-test.outputdir=")).for_each(|a| {
            *a = format!("-test.outputdir={}", dir.trim_end_matches('/'));
        });
    } else if needs_dir {
        injected.push(format!("-test.outputdir={}", dir.trim_end_matches('/')));
    }
    let help = pass.iter().take_while(|a| *a != "--").any(|a| matches!(a.as_str(), "-h" | "-help" | "--help"));
    let verbose = flags.text("v").is_some_and(|v| matches!(v, "true" | "1" | "t" | "T" | "TRUE" | "test2json"));
    let (mut kill_after, mut wait_delay) = (None, Duration::ZERO);
    if !timeout.is_zero() && !given("bench") {
        wait_delay = (timeout / 10).max(Duration::from_secs(5));
        kill_after = Some(timeout + wait_delay.max(Duration::from_secs(60)));
    }
    let show_pass = verbose || given("list") || help;
    injected.append(&mut pass);
    let packages = packages.unwrap_or_default();
    Ok((env, Request { flags, packages, pass: injected, json, seeds, show_pass, kill_after, wait_delay }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(words: &[&str], packages: &[&str], pass: &[&str]) {
        let words: Vec<String> = words.iter().map(|s| s.to_string()).collect();
        let s = split(&words).unwrap_or_else(|e| panic!("{}", e.message));
        assert_eq!(s.packages.unwrap_or_default(), packages);
        assert_eq!(s.pass, pass);
    }

    #[test]
    fn flags_before_and_after_packages() {
        check(&["-v", "fmt", "os", "-run", "X"], &["fmt", "os"], &["-test.v=true", "-test.run=X"]);
        check(
            &["-test.v", "-p=3", "fmt", "-custom", "val", "-short"],
            &["fmt"],
            &["-test.v=true", "-custom", "val", "-test.short=true"],
        );
        check(&["fmt", "-args", "-v", "x"], &["fmt"], &["-v", "x"]);
        check(&["-count=1", "-custom", "fmt"], &[], &["-test.count=1", "-custom", "fmt"]);
        check(&["fmt", "-v", "rest", "-v"], &["fmt"], &["-test.v=true", "rest", "-v"]);
    }

    #[test]
    fn values() {
        let e = split(&["-count=x".to_string()]).err().unwrap();
        assert!(e.message.starts_with("invalid value \"x\" for flag -count: parse error"), "{}", e.message);
        let e = split(&["-c".to_string(), "-foo".to_string()]).err().unwrap();
        assert!(e.message.starts_with("go: unknown flag -foo cannot be used with -c"), "{}", e.message);
        let e = split(&["-race".to_string()]).err().unwrap();
        assert_eq!(e.message, "go: -race is not supported by goxide yet");
    }
}
