//! The part of a file that decides whether and with what it is built: constraint lines, package clause, imports,
//! `//go:embed` and `//go:debug` lines. Fast: scanning stops behind the imports, unless the file embeds.
//!
//! The go command reports errors in this part itself, in the words of its own parser; so does this.

use crate::ast::LitKind;
use crate::constraint::{self, Expr};
use crate::pragma::parse_embed_args;
use crate::scanner::{Comments, Event, Scanner};
use crate::token::Token;
use crate::unquote::unquote;

/// One import; its offset is that of the local name if there is one, else of the path, in bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportSpec {
    pub off: usize,
    pub path: String,
}

/// What the package loader wants to know of a file.
#[derive(Clone, Debug, Default)]
pub struct FileHeader {
    /// Empty after an error.
    pub package: String,
    pub package_off: usize,
    pub imports: Vec<ImportSpec>,
    /// Patterns of `//go:embed` lines with their offsets; only in files that import "embed".
    pub embeds: Vec<(usize, String)>,
    /// `//go:debug` lines ahead of the package clause: `key=value` with offsets.
    pub debug: Vec<(usize, String)>,
    /// First error of this part of the file.
    pub error: Option<(usize, String)>,
    /// There is a NUL byte in it: no source text.
    pub nul: bool,
}

/// What the lines ahead of the package clause demand; `None`: nothing. The error is the go command's.
pub fn build_constraint(src: &[u8]) -> Result<Option<Expr>, String> {
    let mut go_build: Option<String> = None;
    let mut plus: Vec<(usize, Expr)> = Vec::new();
    let mut blank_end = 0; // end of the last blank line ahead of anything that is no comment
    let mut ended = false;
    let mut in_block = false;
    let mut at = 0;
    'lines: while at < src.len() {
        let start = at;
        let end = src[at..].iter().position(|&b| b == b'\n').map_or(src.len(), |i| at + i);
        at = (end + 1).min(src.len());
        let mut line = src[start..end].trim_ascii();
        if line.is_empty() && !ended {
            blank_end = at;
            continue;
        }
        if !line.starts_with(b"//") {
            ended = true;
        }
        if !in_block && line.starts_with(b"//") {
            let text = String::from_utf8_lossy(line);
            if constraint::go_build_text(&text).is_some() {
                if go_build.is_some() {
                    return Err("multiple //go:build comments".into());
                }
                go_build = Some(text.into_owned());
            } else if constraint::plus_build_text(&text).is_some()
                && let Ok(x) = constraint::parse(&text)
            {
                plus.push((start, x));
            }
        }
        while !line.is_empty() {
            if in_block {
                match line.windows(2).position(|w| w == b"*/") {
                    Some(i) => {
                        in_block = false;
                        line = line[i + 2..].trim_ascii();
                    }
                    None => continue 'lines,
                }
            } else if line.starts_with(b"//") {
                continue 'lines;
            } else if line.starts_with(b"/*") {
                in_block = true;
                line = line[2..].trim_ascii();
            } else {
                break 'lines;
            }
        }
    }
    if let Some(line) = go_build {
        return match constraint::parse(&line) {
            Ok(x) => Ok(Some(x)),
            Err(e) => Err(format!("parsing //go:build line: {e}")),
        };
    }
    // the old form counts only ahead of a blank line
    let all = plus.into_iter().filter(|(off, _)| *off < blank_end).map(|(_, x)| x);
    Ok(all.reduce(|x, y| Expr::And(Box::new(x), Box::new(y))))
}

struct Header<'a> {
    s: Scanner<'a>,
    src: &'a [u8],
    h: FileHeader,
    /// Comments so far, while they matter.
    embeds: Vec<(usize, String)>,
}

/// Reads the head of a file.
pub fn scan_header(src: &[u8]) -> FileHeader {
    let mut h =
        Header { s: Scanner::new(src, Comments::Directives), src, h: FileHeader::default(), embeds: Vec::new() };
    h.run();
    let part = if h.h.error.is_some() { src } else { &src[..h.s.start] };
    h.h.nul = part.contains(&0);
    h.h
}

impl Header<'_> {
    fn next(&mut self) {
        self.s.next();
        for e in std::mem::take(&mut self.s.events) {
            match e {
                Event::Error { off, msg } => self.error(off, &msg),
                Event::Comment { off, end, .. } => {
                    let text = String::from_utf8_lossy(&self.src[off..end]).into_owned();
                    if let Some(rest) = text.strip_prefix("//go:embed")
                        && (rest.is_empty() || rest.starts_with([' ', '\t']))
                    {
                        let (args, err) = parse_embed_args(rest);
                        if let Some(e) = err {
                            self.error(off, &e);
                        }
                        let base = off + "//go:embed".len();
                        self.embeds.extend(args.into_iter().map(|(o, p)| (base + o, p)));
                    } else if let Some(rest) = text.strip_prefix("//go:debug ")
                        && self.h.package.is_empty()
                    {
                        self.h.debug.push((off, rest.trim().to_owned()));
                    }
                }
            }
        }
    }

    fn error(&mut self, off: usize, msg: &str) {
        if self.h.error.is_none() {
            self.h.error = Some((off, msg.into()));
        }
    }

    /// How go/parser names the current token.
    fn found(&self) -> String {
        match self.s.tok {
            Token::Eof => "'EOF'".into(),
            Token::Name | Token::Literal => self.s.text().into_owned(),
            Token::Semi if self.s.semi == "semicolon" => "';'".into(),
            Token::Semi if self.s.semi == "EOF" => "'EOF'".into(),
            Token::Semi => "newline".into(),
            Token::Operator => format!("'{}'", self.s.op.as_str()),
            t => format!("'{}'", t.as_str()),
        }
    }

    fn expected(&mut self, what: &str) {
        let msg = format!("expected {what}, found {}", self.found());
        self.error(self.s.start, &msg);
    }

    fn run(&mut self) {
        self.next();
        if self.s.tok != Token::Package {
            return self.expected("'package'");
        }
        self.h.package_off = self.s.start;
        self.next();
        if self.s.tok != Token::Name {
            return self.expected("'IDENT'");
        }
        if self.s.text() == "_" {
            self.error(self.s.start, "invalid package name _");
        }
        let name = self.s.text().into_owned();
        self.next();
        self.h.package = name;
        if !self.semi() {
            return;
        }
        while self.s.tok == Token::Import {
            self.next();
            if self.s.tok == Token::Lparen {
                self.next();
                while self.s.tok != Token::Rparen && self.s.tok != Token::Eof {
                    if !self.spec() {
                        return;
                    }
                    if self.s.tok != Token::Rparen && !self.semi() {
                        return;
                    }
                }
                if self.s.tok != Token::Rparen {
                    return self.expected("')'");
                }
                self.next();
            } else if !self.spec() {
                return;
            }
            if !self.semi() {
                return;
            }
        }
        if self.h.imports.iter().any(|i| i.path == "embed") {
            // directives may stand anywhere; errors behind the imports are the compiler's to report
            let keep = self.h.error.take();
            while self.s.tok != Token::Eof {
                self.next();
            }
            let err = self.h.error.take().filter(|(_, m)| m.contains("//go:embed"));
            self.h.error = keep.or(err);
            self.h.embeds = std::mem::take(&mut self.embeds);
        }
    }

    fn semi(&mut self) -> bool {
        match self.s.tok {
            Token::Semi => self.next(),
            Token::Eof => {}
            _ => {
                self.expected("';'");
                return false;
            }
        }
        true
    }

    fn spec(&mut self) -> bool {
        let off = self.s.start;
        if matches!(self.s.tok, Token::Name | Token::Dot) {
            self.next();
        }
        if self.s.tok != Token::Literal || self.s.kind != LitKind::String {
            self.error(self.s.start, "missing import path");
            return false;
        }
        match unquote(&self.s.text()).and_then(|v| String::from_utf8(v).ok()) {
            Some(p) if is_valid_path(&p) => self.h.imports.push(ImportSpec { off, path: p }),
            _ => {
                let msg = format!("invalid import path: {}", self.s.text());
                self.error(off, &msg);
            }
        }
        self.next();
        true
    }
}

/// Whether go/parser accepts the path of an import.
fn is_valid_path(p: &str) -> bool {
    const BAD: &str = "!\"#$%&'()*,:;<=>?[\\]^{|}`\u{fffd}";
    !p.is_empty() && p.chars().all(|c| !c.is_control() && !c.is_whitespace() && !BAD.contains(c))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_imports() {
        let h = scan_header(
            b"// doc\npackage p // x\n\nimport \"fmt\"\nimport (\n\t. `os`\n\tx \"a/b\"; _ \"c\"\n)\n\nfunc f() { \"",
        );
        let paths: Vec<&str> = h.imports.iter().map(|i| i.path.as_str()).collect();
        assert_eq!((h.package.as_str(), paths), ("p", vec!["fmt", "os", "a/b", "c"]));
        assert_eq!(h.error, None);
    }

    #[test]
    fn embeds_and_debug() {
        let h = scan_header(
            b"//go:debug a=1\npackage p\nimport _ \"embed\"\n//go:embed a.txt \"b c\"\nvar x string\nfunc f() { ' }",
        );
        assert_eq!(h.debug, [(0, "a=1".to_string())]);
        let pats: Vec<&str> = h.embeds.iter().map(|e| e.1.as_str()).collect();
        assert_eq!(pats, ["a.txt", "b c"]);
        assert_eq!(h.error, None);
    }

    #[test]
    fn errors() {
        let e = |s: &str| scan_header(s.as_bytes()).error.unwrap();
        assert_eq!(e(""), (0, "expected 'package', found 'EOF'".into()));
        assert_eq!(e("func f"), (0, "expected 'package', found 'func'".into()));
        assert_eq!(e("package p\nimport x\n"), (18, "missing import path".into()));
    }

    #[test]
    fn constraints() {
        let ok = |s: &str| {
            build_constraint(s.as_bytes()).unwrap().is_none_or(|x| x.eval(&mut |t| t == "linux" || t == "amd64"))
        };
        assert!(ok("package p"));
        assert!(ok("// c\n\n//go:build linux\npackage p"));
        assert!(!ok("/* c */ //x\n//go:build windows\n\npackage p"));
        assert!(!ok("// +build windows\n\npackage p") && ok("// +build windows\npackage p"));
        assert!(build_constraint(b"//go:build a\n//go:build b\n").is_err());
    }
}
