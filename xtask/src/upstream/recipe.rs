//! What the head of a test program asks for: an action, flags and arguments.

use super::{Test, constraint};
use std::path::Path;

/// The folders that hold tests; others hold their helpers.
const DIRS: &[&str] = &[
    ".",
    "ken",
    "chan",
    "interface",
    "internal/runtime/sys",
    "syntax",
    "dwarf",
    "fixedbugs",
    "codegen",
    "abi",
    "typeparam",
    "typeparam/mdempsky",
    "arenas",
    "simd",
];

macro_rules! actions {
    ($($variant:ident $name:literal,)*) => {
        /// What is done with a test program.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Action {
            $($variant,)*
        }

        impl Action {
            pub fn name(self) -> &'static str {
                match self {
                    $(Action::$variant => $name,)*
                }
            }
            pub fn by_name(s: &str) -> Option<Action> {
                match s {
                    $($name => Some(Action::$variant),)*
                    _ => None,
                }
            }
        }
    };
}

actions! {
    Run "run",
    RunDir "rundir",
    RunInDir "runindir",
    RunOutput "runoutput",
    BuildRun "buildrun",
    BuildRunDir "buildrundir",
    Build "build",
    BuildDir "builddir",
    Compile "compile",
    CompileDir "compiledir",
    ErrorCheck "errorcheck",
    ErrorCheckDir "errorcheckdir",
    ErrorCheckOutput "errorcheckoutput",
    ErrorCheckAndRunDir "errorcheckandrundir",
    ErrorCheckWithAuto "errorcheckwithauto",
    AsmCheck "asmcheck",
    Skip "skip",
}

/// A test's head.
#[derive(Clone, Debug)]
pub struct Recipe {
    pub action: Action,
    /// Why the test does not apply here.
    pub skip: Option<String>,
    /// For the compiler or the go command.
    pub flags: Vec<String>,
    /// For the program.
    pub args: Vec<String>,
    /// Environment of everything that is run.
    pub env: Vec<(String, String)>,
    /// Compilation must fail.
    pub want_error: bool,
    /// `-s`: every file of a folder is a package of its own.
    pub single_file_packages: bool,
    /// `-t`: seconds.
    pub limit: Option<u64>,
    /// `-gomodversion`
    pub go_mod_version: Option<String>,
}

/// All tests below `root`.
pub fn find(root: &Path) -> Result<Vec<Test>, String> {
    let mut out = Vec::new();
    for d in DIRS {
        let Ok(entries) = std::fs::read_dir(root.join(d)) else { continue };
        for e in entries.flatten() {
            let file = e.file_name().to_string_lossy().into_owned();
            if file.starts_with('.') || !file.ends_with(".go") {
                continue;
            }
            let name = if *d == "." { file } else { format!("{d}/{file}") };
            let bytes = std::fs::read(e.path()).map_err(|x| format!("{name}: {x}"))?;
            let recipe = parse(&String::from_utf8_lossy(&bytes)).map_err(|x| format!("{name}: {x}"))?;
            out.push(Test { name, recipe });
        }
    }
    Ok(out)
}

fn is_constraint(line: &str) -> bool {
    line.starts_with("//go:build ") || line.starts_with("// +build")
}

/// Reads the head of a test program.
fn parse(src: &str) -> Result<Recipe, String> {
    let lines = || src.lines().map(str::trim_end);
    let action = lines()
        .filter(|l| !is_constraint(l))
        .map(|l| l.strip_prefix("//").unwrap_or(l).trim())
        .find(|l| !l.is_empty())
        .ok_or("no recipe")?;
    let header: &str = src.split_once("\npackage").map_or(action, |x| x.0);
    let excluded = header.lines().filter_map(|l| l.strip_prefix("//go:build ")).find(|c| !constraint::holds(c));
    let mut words = split(action)?.into_iter();
    let name = words.next().ok_or("no action")?;
    let action = match Action::by_name(&name) {
        Some(a) => a,
        // what does not apply here may begin with anything
        None if excluded.is_some() => Action::Skip,
        None => return Err(format!("unknown action {name:?}")),
    };
    let skip = match action {
        Action::Skip => Some(excluded.unwrap_or("skip").to_owned()),
        // gc's assembly is not ours; what it stands for is measured by benchmarks
        Action::AsmCheck => Some("asserts gc's assembly".to_owned()),
        _ => excluded.map(str::to_owned),
    };
    use Action::{ErrorCheck, ErrorCheckDir, ErrorCheckOutput, ErrorCheckWithAuto};
    let mut r = Recipe {
        action,
        skip,
        flags: Vec::new(),
        args: Vec::new(),
        env: Vec::new(),
        want_error: matches!(action, ErrorCheck | ErrorCheckDir | ErrorCheckOutput | ErrorCheckWithAuto),
        single_file_packages: false,
        limit: None,
        go_mod_version: None,
    };
    let mut words = words.peekable();
    while let Some(w) = words.next_if(|w| w.starts_with('-')) {
        let mut value = || words.next().ok_or(format!("{w} needs a value"));
        match w.as_str() {
            "-1" => r.want_error = true,
            "-0" => r.want_error = false,
            "-s" => r.single_file_packages = true,
            "-t" => r.limit = Some(value()?.parse().map_err(|e| format!("-t: {e}"))?),
            "-goexperiment" => r.env.push(("GOEXPERIMENT".into(), value()?)),
            "-godebug" => r.env.push(("GODEBUG".into(), value()?)),
            "-gomodversion" => r.go_mod_version = Some(value()?),
            _ => r.flags.push(w),
        }
    }
    r.args = words.collect();
    if matches!(action, ErrorCheck | ErrorCheckWithAuto) {
        match r.flags.iter_mut().find(|f| f.starts_with("-d=")) {
            Some(f) => f.push_str(",ssa/check/on"),
            None => r.flags.push("-d=ssa/check/on".into()),
        }
    }
    Ok(r)
}

/// Words of a recipe; quotes group, a backslash takes the next character as it is.
fn split(s: &str) -> Result<Vec<String>, String> {
    let (mut out, mut cur, mut quote, mut any) = (Vec::new(), String::new(), None, false);
    let mut cs = s.chars();
    while let Some(c) = cs.next() {
        match (c, quote) {
            ('\\', _) => cur.extend(cs.next()),
            (c, Some(q)) if c == q => quote = None,
            ('"' | '\'', None) => {
                quote = Some(c);
                any = true;
            }
            (c, None) if c.is_whitespace() => {
                if any || !cur.is_empty() {
                    out.push(std::mem::take(&mut cur));
                    any = false;
                }
            }
            (c, _) => cur.push(c),
        }
    }
    if quote.is_some() {
        return Err("unclosed quote".into());
    }
    if any || !cur.is_empty() {
        out.push(cur);
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heads() {
        let r = parse("// errorcheck -0 -m -l -d=wb\n\n// words\n\npackage p\n").unwrap();
        assert_eq!(r.action, Action::ErrorCheck);
        assert!(!r.want_error && r.skip.is_none());
        assert_eq!(r.flags, ["-m", "-l", "-d=wb,ssa/check/on"]);
        let r = parse("//go:build !amd64\n\n// run -gcflags='all=-N -l' a b\n\npackage main\n").unwrap();
        assert_eq!((r.flags.len(), r.args.len(), r.skip.is_some()), (1, 2, true));
        assert_eq!(r.flags[0], "-gcflags=all=-N -l");
        assert_eq!(parse("// buildrun -t 10  -x\n\npackage main\n").unwrap().limit, Some(10));
        assert!(parse("// dance\n\npackage p\n").is_err());
    }
}
