//! `tool compile`: one package, given by its files, as gc's compiler takes it.
//!
//! A flag that cannot be honoured is refused by name.

use crate::session::{self, Exit};
use goxide_build::env::{Env, GOVERSION};
use goxide_build::unit::{self, File, ImportConfig, Unit};
use goxide_driver::input::{Options, Rules};
use std::path::{Path, PathBuf};

/// What the command line says.
#[derive(Debug, Default)]
struct Request {
    unit: Unit,
    cfg: ImportConfig,
    out: Option<PathBuf>,
    /// `-C`: no columns in messages.
    no_columns: bool,
    options: Options,
    files: Vec<String>,
}

/// `goxide tool compile`
pub fn compile(env: &Env, args: &[String]) -> Result<i32, Exit> {
    let mut r = parse(args).map_err(|m| Exit::new(2, m))?;
    if r.files.is_empty() {
        return Err(Exit::new(2, "usage: compile [options] file.go..."));
    }
    for f in &r.files {
        let path = env.cwd.join(f);
        let src = std::fs::read(&path).map_err(|e| Exit::new(2, format!("open {f}: {}", crate::output::text(&e))))?;
        r.unit.files.push(File { name: f.clone(), path: path.display().to_string(), src });
    }
    let cx = session::bare_context(env)?;
    let jobs = r.options.jobs;
    let pool = rayon::ThreadPoolBuilder::new().stack_size(crate::STACK).num_threads(jobs);
    pool.build_global().map_err(|e| Exit::new(2, format!("compile: cannot start threads: {e}")))?;
    r.unit.resolve(&cx, &r.cfg);
    r.options.whole_packages = true;
    let p = unit::program(&cx, &r.cfg, r.unit.clone(), false).map_err(|e| Exit::new(2, e))?;
    match goxide_driver::build(&p, &r.options) {
        Ok(out) => {
            out.notes.iter().for_each(|f| print!("{}", goxide_diag::lines(&f.diags, true, !r.no_columns)));
            let dst = r.out.unwrap_or_else(|| default_output(&r.files[0]));
            if dst != Path::new("/dev/null") {
                let dst = env.cwd.join(dst);
                if let Some(d) = dst.parent() {
                    let _ = std::fs::create_dir_all(d);
                }
                std::fs::write(&dst, r.unit.archive())
                    .map_err(|e| Exit::new(2, format!("open {}: {}", dst.display(), crate::output::text(&e))))?;
            }
            Ok(0)
        }
        Err(failures) => {
            let text: String =
                failures.iter().map(|f| goxide_diag::lines(&f.diags, r.options.all_errors, !r.no_columns)).collect();
            // gc's compiler reports on standard output
            print!("{text}");
            Ok(2)
        }
    }
}

/// `x.go` is compiled to `x.o` in the current folder.
fn default_output(file: &str) -> PathBuf {
    let base = file.rsplit('/').next().unwrap_or(file);
    PathBuf::from(format!("{}.o", base.strip_suffix(".go").unwrap_or(base)))
}

fn parse(args: &[String]) -> Result<Request, String> {
    let lang = GOVERSION[..GOVERSION.rfind('.').unwrap_or(GOVERSION.len())].to_owned();
    let unit = Unit { lang, rules: Rules { outside_bodies: true, ..Rules::default() }, ..Unit::default() };
    let mut r = Request { unit, ..Request::default() };
    let mut prefix = String::new();
    let mut it = args.iter().peekable();
    while let Some(a) = it.peek() {
        if *a == "--" {
            it.next();
            break;
        }
        if !a.starts_with('-') || a.len() < 2 {
            break;
        }
        let body = a.strip_prefix("--").unwrap_or(&a[1..]).to_owned();
        it.next();
        let (name, value) = match body.split_once('=') {
            Some((n, v)) => (n.to_owned(), Some(v.to_owned())),
            None => (body, None),
        };
        let mut text =
            || value.clone().or_else(|| it.next().cloned()).ok_or_else(|| format!("flag needs an argument: -{name}"));
        let on = !matches!(value.as_deref(), Some("0" | "f" | "false"));
        let o = &mut r.options;
        match name.as_str() {
            "p" => r.unit.pkg_path = text()?,
            "o" => r.out = Some(text()?.into()),
            "D" => prefix = text()?,
            "importcfg" => {
                let f = text()?;
                let t = std::fs::read_to_string(&f).map_err(|e| format!("open {f}: {}", crate::output::text(&e)))?;
                r.cfg = ImportConfig::parse(&f, &t)?;
            }
            "lang" => r.unit.lang = lang_version(text()?)?,
            "c" => {
                let n = text()?;
                o.jobs = n.parse().map_err(|_| format!("invalid value {n:?} for flag -c: parse error"))?;
            }
            "complete" => r.unit.rules.outside_bodies = !on,
            "std" => r.unit.rules.std = on,
            "+" => r.unit.rules.runtime = on,
            "C" => r.no_columns = on,
            "e" => o.all_errors = on,
            "N" => o.no_opt = on,
            "l" => o.no_inline = session::no_inline(value.as_deref().unwrap_or_default()),
            "m" => o.report_opt = value.as_deref().map_or(Ok(o.report_opt + 1), str::parse).unwrap_or(1),
            "d" => {
                for kv in text()?.split(',').filter(|s| !s.is_empty()) {
                    session::debug_switch(o, kv).map_err(|e| format!("compile: {e}"))?;
                }
            }
            // archives always hold everything there is
            "pack" => {}
            _ => return Err(format!("compile: goxide does not support the flag -{name}")),
        }
    }
    r.files = it.cloned().collect();
    r.cfg.local_prefix = prefix;
    if r.unit.pkg_path.is_empty() {
        return Err("compile: -p is required".into());
    }
    Ok(r)
}

/// A value of `-lang`.
fn lang_version(v: String) -> Result<String, String> {
    let number = |s: &str| s.parse::<u32>().ok().filter(|_| s == "0" || !s.starts_with('0'));
    let minor = v.strip_prefix("go1.").and_then(number);
    let max = GOVERSION.split('.').nth(1).and_then(number).unwrap_or(0);
    match minor {
        Some(n) if n <= max => Ok(v),
        Some(_) => Err(format!("compile: invalid value {v:?} for -lang: max known version is \"go1.{max}\"")),
        None => Err(format!("compile: invalid value {v:?} for -lang: should be something like \"go1.12\"")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(args: &str) -> Result<Request, String> {
        parse(&args.split(' ').map(str::to_owned).collect::<Vec<_>>())
    }

    #[test]
    fn flags() {
        let r = request("-p=p -e -C -complete -lang=go1.17 -d=panic,ssa/check/on -o a.o x.go y.go").unwrap();
        assert_eq!((r.unit.pkg_path.as_str(), r.unit.lang.as_str()), ("p", "go1.17"));
        assert!(r.no_columns && r.options.all_errors && !r.unit.rules.outside_bodies);
        assert_eq!(r.options.debug, [("verify".to_owned(), "1".to_owned())]);
        assert_eq!(r.files, ["x.go", "y.go"]);
    }

    #[test]
    fn refusals() {
        assert_eq!(request("-p=p -race x.go").unwrap_err(), "compile: goxide does not support the flag -race");
        assert_eq!(request("-p=p -d=wb x.go").unwrap_err(), "compile: goxide does not support -d=wb");
        assert_eq!(request("x.go").unwrap_err(), "compile: -p is required");
        assert!(request("-p=p -lang=go1.99 x.go").unwrap_err().contains("max known version"));
    }
}
