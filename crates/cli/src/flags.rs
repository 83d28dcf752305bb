//! Command-line flags of the subcommands, GOFLAGS included: names, kinds and values; what they mean is for others.

/// A flag's kind.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    Bool,
    Text,
    /// Known to the go command, but not supported here: refused by name.
    RefusedBool,
    RefusedText,
    /// Bool that may also have a value, as `-buildvcs=auto`.
    OptText,
}

/// Which commands take a flag.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Spec {
    pub name: &'static str,
    pub kind: Kind,
}

const fn f(name: &'static str, kind: Kind) -> Spec {
    Spec { name, kind }
}

/// Flags of everything that builds.
pub const BUILD: &[Spec] = &[
    f("C", Kind::Text),
    f("a", Kind::Bool),
    f("asan", Kind::RefusedBool),
    f("asmflags", Kind::RefusedText),
    f("buildmode", Kind::Text),
    f("buildvcs", Kind::OptText),
    f("compiler", Kind::Text),
    f("cover", Kind::RefusedBool),
    f("covermode", Kind::RefusedText),
    f("coverpkg", Kind::RefusedText),
    f("d", Kind::Text),
    f("error-format", Kind::Text),
    f("gccgoflags", Kind::RefusedText),
    f("gcflags", Kind::Text),
    f("installsuffix", Kind::RefusedText),
    f("ldflags", Kind::Text),
    f("linkshared", Kind::RefusedBool),
    f("mod", Kind::Text),
    f("modcacherw", Kind::Bool),
    f("modfile", Kind::RefusedText),
    f("msan", Kind::RefusedBool),
    f("n", Kind::RefusedBool),
    f("overlay", Kind::Text),
    f("p", Kind::Text),
    f("pgo", Kind::Text),
    f("pkgdir", Kind::RefusedText),
    f("race", Kind::RefusedBool),
    f("tags", Kind::Text),
    f("toolexec", Kind::RefusedText),
    f("trimpath", Kind::Bool),
    f("v", Kind::Bool),
    f("work", Kind::Bool),
    f("x", Kind::Bool),
];
pub const BUILD_ONLY: &[Spec] = &[f("o", Kind::Text), f("json", Kind::RefusedBool)];
pub const TEST_ONLY: &[Spec] = &[
    f("artifacts", Kind::Bool),
    f("bench", Kind::Text),
    f("benchmem", Kind::Bool),
    f("benchtime", Kind::Text),
    f("blockprofile", Kind::Text),
    f("blockprofilerate", Kind::Text),
    f("c", Kind::Bool),
    f("count", Kind::Text),
    f("coverprofile", Kind::RefusedText),
    f("cpu", Kind::Text),
    f("cpuprofile", Kind::Text),
    f("exec", Kind::Text),
    f("failfast", Kind::Bool),
    f("fullpath", Kind::Bool),
    f("fuzz", Kind::RefusedText),
    f("fuzzminimizetime", Kind::Text),
    f("fuzztime", Kind::Text),
    f("json", Kind::Bool),
    f("list", Kind::Text),
    f("memprofile", Kind::Text),
    f("memprofilerate", Kind::Text),
    f("mutexprofile", Kind::Text),
    f("mutexprofilefraction", Kind::Text),
    f("o", Kind::Text),
    f("outputdir", Kind::Text),
    f("parallel", Kind::Text),
    f("run", Kind::Text),
    f("sched-seeds", Kind::Text),
    f("short", Kind::Bool),
    f("shuffle", Kind::Text),
    f("skip", Kind::Text),
    f("timeout", Kind::Text),
    f("trace", Kind::Text),
    f("v", Kind::OptText),
    f("vet", Kind::Text),
];
pub const RUN_ONLY: &[Spec] = &[f("exec", Kind::Text), f("sched-seeds", Kind::Text)];
pub const LIST_ONLY: &[Spec] = &[
    f("deps", Kind::Bool),
    f("e", Kind::Bool),
    f("f", Kind::Text),
    f("json", Kind::OptText),
    f("compiled", Kind::RefusedBool),
    f("export", Kind::RefusedBool),
    f("find", Kind::Bool),
    f("m", Kind::RefusedBool),
    f("retracted", Kind::RefusedBool),
    f("test", Kind::RefusedBool),
    f("u", Kind::RefusedBool),
    f("versions", Kind::RefusedBool),
];
pub const ENV: &[Spec] =
    &[f("json", Kind::Bool), f("changed", Kind::Bool), f("u", Kind::RefusedBool), f("w", Kind::RefusedBool)];
pub const VERSION: &[Spec] = &[f("m", Kind::Bool), f("v", Kind::Bool), f("json", Kind::RefusedBool)];

/// Parsed flags, and what is left of the arguments.
#[derive(Debug, Default)]
pub struct Flags {
    /// In order; the last of a name counts, except where all do (`-ldflags`).
    set: Vec<(&'static str, String)>,
    pub args: Vec<String>,
}

/// Why a command line is refused.
#[derive(Debug, PartialEq, Eq)]
pub enum Refused {
    /// To be followed by the usage line; exit status 2.
    Usage(String),
    /// Complete message; exit status 2.
    Message(String),
    /// `-h` or `-help`.
    Help,
}

impl Flags {
    /// Parses `args` up to the first that is no flag.
    pub fn parse(groups: &[&[Spec]], args: &[String]) -> Result<Flags, Refused> {
        let mut out = Flags::default();
        let mut i = 0;
        while let Some(a) = args.get(i) {
            if a == "--" {
                i += 1;
                break;
            }
            if a.len() < 2 || !a.starts_with('-') {
                break;
            }
            i += out.one(groups, &args[i..])?.1;
        }
        out.args = args[i..].to_vec();
        Ok(out)
    }

    /// Takes the flag that `args` begin with. Gives its name, and how many arguments it took.
    pub fn one(&mut self, groups: &[&[Spec]], args: &[String]) -> Result<(&'static str, usize), Refused> {
        let a = &args[0];
        let body = a.strip_prefix("--").unwrap_or(&a[1..]);
        let (name, value) = match body.split_once('=') {
            Some((n, v)) => (n, Some(v.to_owned())),
            None => (body, None),
        };
        if name.is_empty() || name.starts_with('-') {
            return Err(Refused::Usage(format!("bad flag syntax: {a}")));
        }
        let spec = groups.iter().flat_map(|g| g.iter()).find(|s| s.name == name);
        let Some(spec) = spec else {
            if name == "h" || name == "help" {
                return Err(Refused::Help);
            }
            return Err(Refused::Usage(format!("flag provided but not defined: -{name}")));
        };
        let boolean = |v: &str| match v {
            "1" | "t" | "T" | "true" | "TRUE" | "True" => Some(true),
            "0" | "f" | "F" | "false" | "FALSE" | "False" => Some(false),
            _ => None,
        };
        let mut taken = 1;
        let value = match spec.kind {
            Kind::Bool | Kind::RefusedBool => {
                let v = value.unwrap_or("true".into());
                match boolean(&v) {
                    Some(b) => b.to_string(),
                    None => {
                        return Err(Refused::Usage(format!("invalid boolean value {v:?} for -{name}: parse error")));
                    }
                }
            }
            Kind::OptText => value.unwrap_or("true".into()),
            Kind::Text | Kind::RefusedText => match value {
                Some(v) => v,
                None => {
                    let Some(v) = args.get(1) else {
                        return Err(Refused::Usage(format!("flag needs an argument: -{name}")));
                    };
                    taken = 2;
                    v.clone()
                }
            },
        };
        self.add(spec, value)?;
        Ok((spec.name, taken))
    }

    fn add(&mut self, spec: &Spec, value: String) -> Result<(), Refused> {
        let refused = match spec.kind {
            Kind::RefusedBool => value == "true",
            Kind::RefusedText => !value.is_empty(),
            _ => false,
        };
        if refused {
            return Err(Refused::Message(format!("go: -{} is not supported by goxide yet", spec.name)));
        }
        if spec.name == "sched-seeds" {
            // whoever builds for seeded runs builds with more points at which they may change goroutines
            self.set.push(("d", "schedpoints".into()));
        }
        self.set.push((spec.name, value));
        Ok(())
    }

    /// Puts the flags of GOFLAGS ahead of those of the command line. Flags of other commands are passed over.
    pub fn add_goflags(&mut self, goflags: &str, groups: &[&[Spec]]) -> Result<(), Refused> {
        let bad = |m: String| Refused::Message(format!("go: parsing $GOFLAGS: {m}"));
        let mut first = Flags::default();
        for w in split_quoted(goflags).map_err(bad)? {
            if !w.starts_with('-') || w == "-" || w == "--" || w.starts_with("---") {
                return Err(bad(format!("non-flag {w:?}")));
            }
            let body = w.trim_start_matches('-');
            let name = body.split('=').next().unwrap_or(body);
            let all: [&[Spec]; 7] = [BUILD, BUILD_ONLY, TEST_ONLY, RUN_ONLY, LIST_ONLY, ENV, VERSION];
            if !all.iter().flat_map(|g| g.iter()).any(|s| s.name == name) {
                return Err(bad(format!("unknown flag -{name}")));
            }
            if !groups.iter().flat_map(|g| g.iter()).any(|s| s.name == name) {
                continue;
            }
            let mut one = Flags::parse(groups, std::slice::from_ref(&w)).map_err(|e| match e {
                Refused::Usage(m) => bad(m),
                e => e,
            })?;
            first.set.append(&mut one.set);
        }
        first.set.append(&mut self.set);
        self.set = first.set;
        Ok(())
    }

    pub fn text(&self, name: &str) -> Option<&str> {
        self.set.iter().rev().find(|(n, _)| *n == name).map(|(_, v)| v.as_str())
    }
    /// Every flag that was set, in order.
    pub fn each(&self) -> impl Iterator<Item = (&'static str, &str)> {
        self.set.iter().map(|(n, v)| (*n, v.as_str()))
    }
    pub fn on(&self, name: &str) -> bool {
        self.text(name) == Some("true")
    }
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> + 'a {
        self.set.iter().filter(move |(n, _)| *n == name).map(|(_, v)| v.as_str())
    }
}

/// Splits at spaces; quotes keep words together, without escapes, as the go command's flags do.
pub fn split_quoted(s: &str) -> Result<Vec<String>, String> {
    let mut out = Vec::new();
    let mut rest = s.trim_start();
    while let Some(c) = rest.chars().next() {
        if c == '"' || c == '\'' {
            let Some(end) = rest[1..].find(c) else { return Err(format!("unterminated {c} string")) };
            out.push(rest[1..=end].to_owned());
            rest = rest[end + 2..].trim_start();
        } else {
            let end = rest.find(char::is_whitespace).unwrap_or(rest.len());
            out.push(rest[..end].to_owned());
            rest = rest[end..].trim_start();
        }
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(args: &[&str]) -> Result<Flags, Refused> {
        let args: Vec<String> = args.iter().map(|s| s.to_string()).collect();
        Flags::parse(&[BUILD, BUILD_ONLY], &args)
    }

    #[test]
    fn kinds() {
        let f = parse(&["-v", "--o", "x", "-tags=a,b", "-trimpath=false", "./...", "-x"]).unwrap();
        assert!(f.on("v") && !f.on("trimpath") && !f.on("x"));
        assert_eq!((f.text("o"), f.text("tags")), (Some("x"), Some("a,b")));
        assert_eq!(f.args, ["./...", "-x"]);
    }

    #[test]
    fn refusals() {
        assert_eq!(parse(&["-foo"]).unwrap_err(), Refused::Usage("flag provided but not defined: -foo".into()));
        assert_eq!(parse(&["-o"]).unwrap_err(), Refused::Usage("flag needs an argument: -o".into()));
        assert_eq!(parse(&["-race"]).unwrap_err(), Refused::Message("go: -race is not supported by goxide yet".into()));
        assert!(parse(&["-race=false"]).is_ok());
        assert_eq!(parse(&["-h"]).unwrap_err(), Refused::Help);
    }

    #[test]
    fn goflags() {
        let mut f = parse(&["-tags=x"]).unwrap();
        f.add_goflags("-tags=y -v '-ldflags=-s -w'", &[BUILD]).unwrap();
        assert_eq!((f.text("tags"), f.on("v"), f.text("ldflags")), (Some("x"), true, Some("-s -w")));
        let e = f.add_goflags("-foo", &[BUILD]).unwrap_err();
        assert_eq!(e, Refused::Message("go: parsing $GOFLAGS: unknown flag -foo".into()));
        let e = f.add_goflags("foo", &[BUILD]).unwrap_err();
        assert_eq!(e, Refused::Message("go: parsing $GOFLAGS: non-flag \"foo\"".into()));
    }
}
