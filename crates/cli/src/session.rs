//! What every command needs before it can work: the environment, the standard library, the module graph.

use crate::flags::{Flags, split_quoted};
use goxide_build::env::{Env, GOVERSION};
use goxide_build::fetch;
use goxide_build::load::{Context, Purpose};
use goxide_build::provision;
use goxide_build::tags::Tags;
use goxide_driver::input::Options;
use goxide_modules::semver;

/// A message for standard error and an exit status.
#[derive(Debug)]
pub struct Exit {
    pub status: i32,
    pub message: String,
}

impl Exit {
    pub fn new(status: i32, message: impl Into<String>) -> Exit {
        Exit { status, message: message.into() }
    }
}

/// Ports of gc: asking for another of them is a limit of this toolchain, anything else a mistake.
const PORTS: &[&str] = &[
    "aix/ppc64",
    "android/386",
    "android/amd64",
    "android/arm",
    "android/arm64",
    "darwin/amd64",
    "darwin/arm64",
    "dragonfly/amd64",
    "freebsd/386",
    "freebsd/amd64",
    "freebsd/arm",
    "freebsd/arm64",
    "illumos/amd64",
    "ios/amd64",
    "ios/arm64",
    "js/wasm",
    "linux/386",
    "linux/amd64",
    "linux/arm",
    "linux/arm64",
    "linux/loong64",
    "linux/mips",
    "linux/mips64",
    "linux/mips64le",
    "linux/mipsle",
    "linux/ppc64",
    "linux/ppc64le",
    "linux/riscv64",
    "linux/s390x",
    "netbsd/386",
    "netbsd/amd64",
    "netbsd/arm",
    "netbsd/arm64",
    "openbsd/386",
    "openbsd/amd64",
    "openbsd/arm",
    "openbsd/arm64",
    "openbsd/ppc64",
    "openbsd/riscv64",
    "plan9/386",
    "plan9/amd64",
    "plan9/arm",
    "solaris/amd64",
    "wasip1/wasm",
    "windows/386",
    "windows/amd64",
    "windows/arm64",
];

/// Refuses targets and settings that would otherwise be ignored.
fn check_env(env: &Env) -> Result<(), Exit> {
    let pair = format!("{}/{}", env.get("GOOS"), env.get("GOARCH"));
    if !PORTS.contains(&pair.as_str()) {
        return Err(Exit::new(2, format!("go: unsupported GOOS/GOARCH pair {pair}")));
    }
    if pair != "linux/amd64" {
        return Err(Exit::new(2, format!("go: goxide does not build for {pair} yet, only for linux/amd64")));
    }
    if env.set("CGO_ENABLED") == "1" {
        return Err(Exit::new(2, "go: CGO_ENABLED=1: goxide does not support cgo"));
    }
    for (name, fine) in [("GOAMD64", "v1"), ("GOFIPS140", "off"), ("GOEXPERIMENT", "")] {
        let v = env.set(name);
        if !v.is_empty() && v != fine {
            return Err(Exit::new(2, format!("go: {name}={v} is not supported by goxide yet")));
        }
    }
    match env.set("GO111MODULE") {
        "" | "on" | "off" | "auto" => {}
        v => return Err(Exit::new(1, format!("go: unknown environment setting GO111MODULE={v}"))),
    }
    let tc = env.get("GOTOOLCHAIN");
    let base = tc.split('+').next().unwrap_or("");
    if !matches!(base, "auto" | "local" | "path" | "") && base != GOVERSION {
        let msg = format!("go: GOTOOLCHAIN={tc}: goxide is {GOVERSION} and does not switch toolchains");
        return Err(Exit::new(1, msg));
    }
    Ok(())
}

/// The context of a command that does not look at go.mod.
pub fn bare_context(env: &Env) -> Result<Context<'_>, Exit> {
    check_env(env)?;
    let goroot = provision::goroot(env, &|up, dir| fetch::fetch(up, dir, &crate::progress::show))
        .map_err(|e| Exit::new(1, e))?;
    let tags = Tags::new(&env.get("GOOS"), &env.get("GOARCH"), []);
    Ok(Context::bare(env, tags, goroot))
}

/// Builds the context of a command.
pub fn context<'a>(env: &'a Env, flags: &Flags) -> Result<Context<'a>, Exit> {
    check_env(env)?;
    match flags.text("buildmode") {
        None | Some("default" | "exe") => {}
        Some(m) => return Err(Exit::new(2, format!("go: -buildmode={m} is not supported by goxide yet"))),
    }
    match flags.text("compiler") {
        None | Some("gc") => {}
        Some(c) => return Err(Exit::new(2, format!("go: unknown compiler {c:?}"))),
    }
    match flags.text("pgo") {
        None | Some("off" | "auto") => {}
        Some(p) => return Err(Exit::new(2, format!("go: -pgo={p} is not supported by goxide yet"))),
    }
    let mode = flags.text("mod").unwrap_or("");
    if !matches!(mode, "" | "mod" | "readonly" | "vendor") {
        let m = format!("go: -mod={mode} not supported (can be '', 'mod', 'readonly', or 'vendor')");
        return Err(Exit::new(1, m.trim_start_matches("go: ")));
    }
    let goroot = provision::goroot(env, &|up, dir| fetch::fetch(up, dir, &crate::progress::show))
        .map_err(|e| Exit::new(1, e))?;
    let gopath_mode = env.set("GO111MODULE") == "off";
    if !gopath_mode && (!matches!(env.set("GOWORK"), "" | "off") || find_work(env)) {
        return Err(Exit::new(1, "go: go.work is not supported by goxide yet; set GOWORK=off to ignore it"));
    }
    let mut graph = None;
    if let Some(p) = env.go_mod() {
        let opts = goxide_modules::Options { mod_cache: env.get("GOMODCACHE").into(), mode: mode.to_owned() };
        let g = goxide_modules::Graph::load(&p, &opts).map_err(|e| Exit::new(1, format!("go: {e}")))?;
        let go = g.main.go.clone();
        if semver::compare_go(&go, &GOVERSION[2..]).is_gt() {
            let tc = env.get("GOTOOLCHAIN");
            let tc = if tc == "auto" { "local".into() } else { tc };
            let m = format!("go: go.mod requires go >= {go} (running go {}; GOTOOLCHAIN={tc})", &GOVERSION[2..]);
            return Err(Exit::new(1, m));
        }
        graph = Some(g);
    }
    let tags = flags.text("tags").unwrap_or("");
    let tags = tags.split([',', ' ']).filter(|t| !t.is_empty()).map(str::to_owned);
    let tags = Tags::new(&env.get("GOOS"), &env.get("GOARCH"), tags);
    let check_only = flags.all("d").any(|d| d.split(',').any(|s| s == "check"));
    let purpose = if check_only { Purpose::Check } else { Purpose::Build };
    Ok(Context { env, tags, goroot, graph, gopath_mode, purpose })
}

fn find_work(env: &Env) -> bool {
    env.set("GOWORK") != "off" && env.cwd.ancestors().any(|d| d.join("go.work").is_file())
}

/// The flags that reach compiler and linker. An unknown one is the compiler's or linker's to refuse, under the header of
/// the package it would have built.
pub fn options(flags: &Flags, package: &str) -> Result<Options, Exit> {
    let mut o = Options::default();
    if let Some(p) = flags.text("p") {
        o.jobs = p.parse().map_err(|_| Exit::new(2, format!("invalid value {p:?} for flag -p: parse error")))?;
    }
    let unknown = |what: &str, f: &str| {
        Exit::new(1, format!("# {package}\nflag provided but not defined: {f}\n(goxide knows {what})"))
    };
    let refused = |e: String| Exit::new(1, format!("# {package}\ncompile: {e}"));
    for v in flags.all("gcflags") {
        for w in words(v, "gcflags")? {
            let (name, value) = w.split_once('=').unwrap_or((&w, ""));
            match name {
                "-m" => o.report_opt = if value.is_empty() { o.report_opt + 1 } else { value.parse().unwrap_or(1) },
                "-e" => o.all_errors = true,
                "-N" => o.no_opt = true,
                "-l" => o.no_inline = no_inline(value),
                "-d" => debug(&mut o, value).map_err(refused)?,
                _ => return Err(unknown("-m -e -N -l -d= in -gcflags", &w)),
            }
        }
    }
    for v in flags.all("d") {
        debug(&mut o, v).map_err(refused)?;
    }
    for v in flags.all("ldflags") {
        let ws = words(v, "ldflags")?;
        let mut it = ws.into_iter();
        while let Some(w) = it.next() {
            let w = w.strip_prefix('-').filter(|r| r.starts_with('-')).map_or(w.clone(), str::to_owned);
            let (name, mut value) = match w.split_once('=') {
                Some((n, v)) => (n.to_owned(), Some(v.to_owned())),
                None => (w.clone(), None),
            };
            match name.as_str() {
                "-s" => o.strip_symbols = value.as_deref() != Some("false"),
                "-w" => o.strip_debug = value.as_deref() != Some("false") && value.as_deref() != Some("0"),
                "-strictdups" => o.strict_dups = value.as_deref().is_none_or(|v| v != "0"),
                "-X" => {
                    if value.is_none() {
                        value = it.next();
                    }
                    let v = value.unwrap_or_default();
                    match v.split_once('=') {
                        Some((k, x)) if k.contains('.') => o.set_strings.push((k.into(), x.into())),
                        _ => {
                            return Err(Exit::new(
                                1,
                                format!("# {package}\n-X flag requires argument of the form importpath.name=value"),
                            ));
                        }
                    }
                }
                _ => return Err(unknown("-s -w -X -strictdups in -ldflags", &name)),
            }
        }
    }
    if o.strip_symbols {
        // as gc's linker: no symbol table means no DWARF either, unless -w=false says otherwise
        o.strip_debug = !flags.all("ldflags").any(|v| v.contains("-w=false") || v.contains("-w=0"));
    }
    Ok(o)
}

/// Whether `-l` with this value ("" for none) forbids inlining: `-l=0` and, as in gc, values above 1 do not.
pub fn no_inline(value: &str) -> bool {
    matches!(value, "" | "1" | "true" | "t")
}

fn debug(o: &mut Options, v: &str) -> Result<(), String> {
    v.split(',').filter(|s| !s.is_empty()).try_for_each(|kv| debug_switch(o, kv))
}

/// One `-d=` switch: those of the driver, and of gc's what is so here or can be.
pub fn debug_switch(o: &mut Options, kv: &str) -> Result<(), String> {
    let (k, v) = kv.split_once('=').unwrap_or((kv, ""));
    match k {
        // crashes of this compiler are never hidden
        "panic" => {}
        "checkptr" if v == "0" => {}
        // functions that make closures are inlined like others
        "inlfuncswithclosures" if v == "1" => {}
        "ssa/check/on" => o.debug.push(("verify".into(), "1".into())),
        "check" | "disable" | "emit" | "func" | "runtime" | "stubs" | "timings" | "verify" => {
            o.debug.push((k.to_owned(), v.to_owned()));
        }
        "schedpoints" if matches!(v, "" | "0" | "1") => {
            o.debug.push((k.to_owned(), if v.is_empty() { "1" } else { v }.to_owned()));
        }
        _ => return Err(format!("goxide does not support -d={kv}")),
    }
    Ok(())
}

/// The words of `-gcflags` and `-ldflags`; `pattern=` in front selects packages, of which only those that mean all
/// packages or the named ones are told apart: flags apply to the whole build here.
fn words(v: &str, name: &str) -> Result<Vec<String>, Exit> {
    let v = v.trim_start();
    let v = match v.split_once('=') {
        Some((pattern, rest)) if !pattern.starts_with('-') && !pattern.contains(' ') => {
            if !matches!(pattern, "all" | "std" | "./..." | "." | "main") {
                return Err(Exit::new(1, format!("go: -{name}={v}: goxide takes the pattern \"all\" only")));
            }
            rest
        }
        _ => v,
    };
    split_quoted(v).map_err(|e| Exit::new(2, format!("invalid value {v:?} for flag -{name}: {e}")))
}
