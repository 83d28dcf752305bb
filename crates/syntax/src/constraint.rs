//! Build constraints: `//go:build` and `// +build` lines, and the GOOS/GOARCH suffixes of file names.

use crate::chars::{is_digit, is_letter};

/// A constraint over tags.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expr {
    Tag(String),
    Not(Box<Expr>),
    And(Box<Expr>, Box<Expr>),
    Or(Box<Expr>, Box<Expr>),
}

impl Expr {
    /// Whether the constraint holds where `ok` says which tags do.
    pub fn eval(&self, ok: &mut dyn FnMut(&str) -> bool) -> bool {
        match self {
            Expr::Tag(t) => ok(t),
            Expr::Not(x) => !x.eval(ok),
            // both sides are evaluated: the caller may record the tags that matter
            Expr::And(x, y) => {
                let (x, y) = (x.eval(ok), y.eval(ok));
                x && y
            }
            Expr::Or(x, y) => {
                let (x, y) = (x.eval(ok), y.eval(ok));
                x || y
            }
        }
    }

    /// The least language version that the constraint implies, as "go1.N"; empty if none.
    pub fn go_version(&self) -> String {
        match self.min_version(true) {
            None => String::new(),
            Some(0) => "go1".into(),
            Some(n) => format!("go1.{n}"),
        }
    }

    fn min_version(&self, positive: bool) -> Option<u32> {
        // `None` (no version implied) orders below every version, so that min and max do the right thing
        match self {
            Expr::And(x, y) | Expr::Or(x, y) => {
                let (a, b) = (x.min_version(positive), y.min_version(positive));
                if matches!(self, Expr::And(..)) == positive { a.max(b) } else { a.min(b) }
            }
            Expr::Not(x) => x.min_version(!positive),
            Expr::Tag(_) if !positive => None,
            Expr::Tag(t) if t == "go1" => Some(0),
            Expr::Tag(t) => t.strip_prefix("go1.")?.parse().ok(),
        }
    }
}

/// The expression text of a `//go:build` line.
pub fn go_build_text(line: &str) -> Option<&str> {
    let line = line.strip_suffix('\n').unwrap_or(line);
    if line.contains('\n') {
        return None;
    }
    let rest = line.trim_end().strip_prefix("//go:build")?;
    let trim = rest.trim();
    (trim.len() != rest.len() || rest.is_empty()).then_some(trim)
}

/// The expression text of a `// +build` line.
pub fn plus_build_text(line: &str) -> Option<&str> {
    let line = line.strip_suffix('\n').unwrap_or(line);
    if line.contains('\n') {
        return None;
    }
    let rest = line.strip_prefix("//")?.trim().strip_prefix("+build")?;
    let trim = rest.trim();
    (trim.len() != rest.len() || rest.is_empty()).then_some(trim)
}

/// Parses either kind of constraint line. The error is the message that the go command shows.
pub fn parse(line: &str) -> Result<Expr, String> {
    if let Some(t) = go_build_text(line) {
        return parse_expr(t);
    }
    if let Some(t) = plus_build_text(line) {
        return parse_plus_build(t);
    }
    Err("not a build constraint".into())
}

/// Go's limit on operands of one constraint.
const MAX_SIZE: usize = 1000;

struct Parser<'a> {
    s: &'a str,
    i: usize,
    tok: &'a str,
    tag: bool,
    size: usize,
}

/// Parses the expression of a `//go:build` line.
pub fn parse_expr(text: &str) -> Result<Expr, String> {
    let mut p = Parser { s: text, i: 0, tok: "", tag: false, size: 0 };
    let x = p.or()?;
    if !p.tok.is_empty() {
        return Err(format!("unexpected token {}", p.tok));
    }
    Ok(x)
}

impl<'a> Parser<'a> {
    fn or(&mut self) -> Result<Expr, String> {
        let mut x = self.and()?;
        while self.tok == "||" {
            x = Expr::Or(Box::new(x), Box::new(self.and()?));
        }
        Ok(x)
    }

    fn and(&mut self) -> Result<Expr, String> {
        let mut x = self.not()?;
        while self.tok == "&&" {
            x = Expr::And(Box::new(x), Box::new(self.not()?));
        }
        Ok(x)
    }

    fn not(&mut self) -> Result<Expr, String> {
        self.size += 1;
        if self.size > MAX_SIZE {
            return Err("build expression too large".into());
        }
        self.lex()?;
        if self.tok != "!" {
            return self.atom();
        }
        self.lex()?;
        if self.tok == "!" {
            return Err("double negation not allowed".into());
        }
        Ok(Expr::Not(Box::new(self.atom()?)))
    }

    fn atom(&mut self) -> Result<Expr, String> {
        if self.tok == "(" {
            let x = self.or().map_err(|e| match e.as_str() {
                "unexpected end of expression" => "missing close paren".into(),
                _ => e,
            })?;
            if self.tok != ")" {
                return Err("missing close paren".into());
            }
            self.lex()?;
            return Ok(x);
        }
        if !self.tag {
            return Err(match self.tok {
                "" => "unexpected end of expression".into(),
                t => format!("unexpected token {t}"),
            });
        }
        let t = self.tok.to_owned();
        self.lex()?;
        Ok(Expr::Tag(t))
    }

    fn lex(&mut self) -> Result<(), String> {
        self.tag = false;
        self.i += self.s[self.i..].len() - self.s[self.i..].trim_start_matches([' ', '\t']).len();
        let rest = &self.s[self.i..];
        let Some(c) = rest.chars().next() else {
            self.tok = "";
            return Ok(());
        };
        let n = match c {
            '(' | ')' | '!' => 1,
            '&' | '|' => {
                if !rest[1..].starts_with(c) {
                    return Err(format!("invalid syntax at {c}"));
                }
                2
            }
            _ => {
                let n = rest.find(|c| !is_tag_char(c)).unwrap_or(rest.len());
                if n == 0 {
                    return Err(format!("invalid syntax at {c}"));
                }
                self.tag = true;
                n
            }
        };
        self.tok = &rest[..n];
        self.i += n;
        Ok(())
    }
}

fn is_tag_char(c: char) -> bool {
    is_letter(c) || is_digit(c) || c == '_' || c == '.'
}

fn parse_plus_build(text: &str) -> Result<Expr, String> {
    const MAX: usize = 100;
    let mut size = 0;
    let mut any: Option<Expr> = None;
    let mut join = |x: Option<Expr>, y: Expr, make: fn(Box<Expr>, Box<Expr>) -> Expr| {
        let Some(x) = x else { return Ok(Some(y)) };
        size += 1;
        if size > MAX {
            return Err("expression too complex for // +build lines".to_string());
        }
        Ok(Some(make(Box::new(x), Box::new(y))))
    };
    for clause in text.split_whitespace() {
        let mut all: Option<Expr> = None;
        for lit in clause.split(',') {
            let tag = |t: &str| {
                let valid = !t.is_empty() && t.chars().all(is_tag_char);
                Expr::Tag(if valid { t } else { "ignore" }.into())
            };
            let z = match lit.strip_prefix('!') {
                Some("") => tag("ignore"),
                Some(r) if r.starts_with('!') => tag("ignore"),
                Some(r) => Expr::Not(Box::new(tag(r))),
                None => tag(lit),
            };
            all = join(all, z, Expr::And)?;
        }
        any = match all {
            Some(y) => join(any, y, Expr::Or)?,
            None => any,
        };
    }
    Ok(any.unwrap_or_else(|| Expr::Tag("ignore".into())))
}

/// Operating systems that file name suffixes may name.
pub const KNOWN_OS: &[&str] = &[
    "aix",
    "android",
    "darwin",
    "dragonfly",
    "freebsd",
    "hurd",
    "illumos",
    "ios",
    "js",
    "linux",
    "nacl",
    "netbsd",
    "openbsd",
    "plan9",
    "solaris",
    "wasip1",
    "windows",
    "zos",
];
/// Those that satisfy the tag `unix`.
pub const UNIX_OS: &[&str] = &[
    "aix",
    "android",
    "darwin",
    "dragonfly",
    "freebsd",
    "hurd",
    "illumos",
    "ios",
    "linux",
    "netbsd",
    "openbsd",
    "solaris",
];
/// Architectures that file name suffixes may name.
pub const KNOWN_ARCH: &[&str] = &[
    "386",
    "amd64",
    "amd64p32",
    "arm",
    "armbe",
    "arm64",
    "arm64be",
    "loong64",
    "mips",
    "mipsle",
    "mips64",
    "mips64le",
    "mips64p32",
    "mips64p32le",
    "ppc",
    "ppc64",
    "ppc64le",
    "riscv",
    "riscv64",
    "s390",
    "s390x",
    "sparc",
    "sparc64",
    "wasm",
];

/// Whether a file's name (`x_GOOS_GOARCH.go` and the shorter forms, `_test` aside) allows it, where `ok` says which
/// tags hold.
pub fn file_name_ok(name: &str, ok: &mut dyn FnMut(&str) -> bool) -> bool {
    let name = name.split('.').next().unwrap_or("");
    // what precedes the first underscore never counts: linux.go has no constraint
    let Some(i) = name.find('_') else { return true };
    let mut l: Vec<&str> = name[i..].split('_').collect();
    if l.last() == Some(&"test") {
        l.pop();
    }
    let n = l.len();
    if n >= 2 && KNOWN_OS.contains(&l[n - 2]) && KNOWN_ARCH.contains(&l[n - 1]) {
        let (arch, os) = (ok(l[n - 1]), ok(l[n - 2]));
        return arch && os;
    }
    if n >= 1 && (KNOWN_OS.contains(&l[n - 1]) || KNOWN_ARCH.contains(&l[n - 1])) {
        return ok(l[n - 1]);
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holds(line: &str, tags: &[&str]) -> bool {
        parse(line).unwrap().eval(&mut |t| tags.contains(&t))
    }

    #[test]
    fn evaluates() {
        assert!(holds("//go:build linux && !cgo", &["linux"]));
        assert!(!holds("//go:build linux && !(cgo || amd64)", &["linux", "amd64"]));
        assert!(holds("// +build !windows,amd64 darwin", &["linux", "amd64"]));
        assert!(!holds("// +build !!linux", &["linux"]));
    }

    #[test]
    fn versions() {
        let v = |l| parse(l).unwrap().go_version();
        assert_eq!(v("//go:build linux && go1.22"), "go1.22");
        assert_eq!(v("//go:build (linux && go1.22) || (windows && go1.20)"), "go1.20");
        assert_eq!(v("//go:build linux || go1.22"), "");
        assert_eq!(v("//go:build !(!go1.21 || linux)"), "go1.21");
        assert_eq!(v("//go:build go1"), "go1");
    }

    #[test]
    fn errors() {
        assert_eq!(parse("//go:build a &&"), Err("unexpected end of expression".into()));
        assert_eq!(parse("//go:build (a"), Err("missing close paren".into()));
        assert_eq!(parse("//go:build !!a"), Err("double negation not allowed".into()));
        assert_eq!(parse("//go:build a & b"), Err("invalid syntax at &".into()));
        assert!(parse("//go:buildx").is_err());
    }

    #[test]
    fn file_names() {
        let m = |n: &str| file_name_ok(n, &mut |t| t == "linux" || t == "amd64");
        assert!(m("a.go") && m("linux.go") && m("windows.go") && m("a_linux.go") && m("a_linux_amd64_test.go"));
        assert!(!m("a_windows.go") && !m("a_arm64.go") && !m("a_linux_arm64.go") && !m("_windows.go"));
        assert!(m("a_foo.go") && m("a_windows_foo.go"));
    }
}
