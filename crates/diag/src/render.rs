//! The faces of a diagnostic: gc's one-line form, a rich form for terminals, JSON lines for editors.

use crate::{Diagnostic, Severity};
use goxide_base::{Pos, file_of, position};
use std::fmt::Write;

/// gc stops after this many errors in one package.
pub const LIMIT: usize = 10;

/// What is shown of a package's diagnostics, in which order.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Selected<'a> {
    /// Sorted by position.
    pub shown: Vec<&'a Diagnostic>,
    /// More were found: where the last one counted stands.
    pub too_many: Option<Pos>,
}

fn same_line(a: Pos, b: Pos) -> bool {
    match (file_of(a), file_of(b)) {
        (Some(f), Some(g)) => f.id == g.id && f.line_col(a).0 == f.line_col(b).0,
        _ => a == b,
    }
}

/// Chooses as gc does: one syntax error per line, no message twice on a line, at most ten errors (`all` lifts that).
pub fn select(diags: &[Diagnostic], all: bool) -> Selected<'_> {
    let mut s = Selected::default();
    let mut last_syntax: Option<Pos> = None;
    let mut last_other: Option<&Diagnostic> = None;
    let mut errors = 0;
    for d in diags {
        if d.severity != Severity::Note {
            if d.msg.starts_with("syntax error") {
                if last_syntax.is_some_and(|p| same_line(p, d.pos)) {
                    continue;
                }
                last_syntax = Some(d.pos);
            } else {
                if last_other.is_some_and(|o| o.msg == d.msg && same_line(o.pos, d.pos)) {
                    continue;
                }
                last_other = Some(d);
            }
            errors += 1;
        }
        s.shown.push(d);
        if errors >= LIMIT && !all {
            s.too_many = Some(d.pos);
            break;
        }
    }
    s.shown.sort_by_key(|d| d.pos);
    let mut prev: Option<&Diagnostic> = None;
    s.shown.retain(|d| {
        let dup = prev.is_some_and(|p| p.msg == d.msg && position(p.pos) == position(d.pos));
        prev = Some(d);
        !dup
    });
    s
}

fn located(pos: Pos, text: &str, columns: bool) -> String {
    match pos.is_known() {
        true if columns => format!("{}: {text}\n", position(pos)),
        true => format!("{}:{}: {text}\n", position(pos).file, position(pos).line),
        false => format!("{text}\n"),
    }
}

/// gc's form: `file:line:col: message`, one per line.
pub fn plain(diags: &[Diagnostic], all: bool) -> String {
    lines(diags, all, true)
}

/// gc's form, with or (gc's flag `-C`) without columns.
pub fn lines(diags: &[Diagnostic], all: bool, columns: bool) -> String {
    let s = select(diags, all);
    let mut out: String = s.shown.iter().map(|d| located(d.pos, &d.msg, columns)).collect();
    if let Some(p) = s.too_many {
        out += &located(p, "too many errors", columns);
    }
    out
}

/// How the rich form looks.
#[derive(Clone, Copy, Debug, Default)]
pub struct Style {
    pub color: bool,
}

impl Style {
    fn paint(self, code: &str, s: &str) -> String {
        if self.color { format!("\x1b[{code}m{s}\x1b[0m") } else { s.to_owned() }
    }
}

/// Length of the word at the start of `s`: what the caret underlines.
fn word(s: &str) -> usize {
    let n = s.chars().take_while(|c| c.is_alphanumeric() || *c == '_').count();
    n.max(1)
}

/// The rich form: message, source line, caret, labels, help.
pub fn rich(diags: &[Diagnostic], all: bool, style: Style) -> String {
    let s = select(diags, all);
    let mut out = String::new();
    for d in &s.shown {
        let (head, color) = match d.severity {
            Severity::Note => ("note", "1;36"),
            _ => ("error", "1;31"),
        };
        let code = if d.code.is_empty() { String::new() } else { format!("[{}]", d.code) };
        let mut lines = d.msg.lines();
        let first = lines.next().unwrap_or_default();
        let _ = writeln!(out, "{}: {}", style.paint(color, &format!("{head}{code}")), style.paint("1", first));
        for l in lines {
            let _ = writeln!(out, "  {}", l.trim_start());
        }
        snippet(&mut out, d, color, style);
        out.push('\n');
    }
    if s.too_many.is_some() {
        out += "too many errors (-gcflags=-e shows all)\n";
    }
    out
}

fn snippet(out: &mut String, d: &Diagnostic, color: &str, style: Style) {
    let bar = style.paint("1;34", "|");
    let mut marks: Vec<(Pos, &str, bool)> = d.labels.iter().map(|(p, t)| (*p, t.as_str(), false)).collect();
    marks.push((d.pos, "", true));
    marks.retain(|m| m.0.is_known());
    marks.sort_by_key(|m| m.0);
    let width = marks.iter().map(|m| position(m.0).line.to_string().len()).max().unwrap_or(1);
    let pad = " ".repeat(width);
    if d.pos.is_known() {
        let _ = writeln!(out, "{pad}{} {}", style.paint("1;34", "-->"), position(d.pos));
    }
    for (pos, text, main) in marks {
        let Some(f) = file_of(pos) else { continue };
        let (line, col) = f.line_col(pos);
        let raw = f.line_text(line);
        // a line of megabytes helps nobody
        if raw.len() > 500 {
            continue;
        }
        let src = String::from_utf8_lossy(raw);
        let at = (col as usize - 1).min(raw.len());
        let before = String::from_utf8_lossy(&raw[..at]);
        let rest = String::from_utf8_lossy(&raw[at..]);
        let indent: String = before.chars().map(|c| if c == '\t' { '\t' } else { ' ' }).collect();
        let sign = if main { "^" } else { "-" };
        let under = style.paint(if main { color } else { "1;34" }, &sign.repeat(word(&rest)));
        let number = style.paint("1;34", &format!("{:width$}", position(pos).line));
        let _ = writeln!(out, "{number} {bar} {src}\n{pad} {bar} {indent}{under} {text}");
        let trimmed = out.trim_end_matches([' ', '\n']).len();
        out.truncate(trimmed);
        out.push('\n');
    }
    if let Some(h) = &d.help {
        let _ = writeln!(out, "{pad} {} help: {h}", style.paint("1;34", "="));
    }
}

fn json_string(s: &str) -> String {
    let mut o = String::from("\"");
    for c in s.chars() {
        match c {
            '"' => o.push_str("\\\""),
            '\\' => o.push_str("\\\\"),
            '\n' => o.push_str("\\n"),
            '\t' => o.push_str("\\t"),
            c if c < ' ' => {
                let _ = write!(o, "\\u{:04x}", c as u32);
            }
            c => o.push(c),
        }
    }
    o + "\""
}

/// One JSON object per line: package, file, line, column, severity, code, message, help, labels.
pub fn json(package: &str, diags: &[Diagnostic], all: bool) -> String {
    let mut out = String::new();
    let place = |p: Pos| {
        let p = position(p);
        format!("\"file\":{},\"line\":{},\"column\":{}", json_string(&p.file), p.line, p.col)
    };
    for d in select(diags, all).shown {
        let severity = if d.severity == Severity::Note { "note" } else { "error" };
        let labels: Vec<String> =
            d.labels.iter().map(|(p, t)| format!("{{{},\"message\":{}}}", place(*p), json_string(t))).collect();
        let help = d.help.as_ref().map_or(String::new(), |h| format!(",\"help\":{}", json_string(h)));
        let _ = writeln!(
            out,
            "{{\"package\":{},{},\"severity\":\"{severity}\",\"code\":{},\"message\":{}{help},\"labels\":[{}]}}",
            json_string(package),
            place(d.pos),
            json_string(d.code),
            json_string(&d.msg),
            labels.join(",")
        );
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file() -> std::sync::Arc<goxide_base::SourceFile> {
        goxide_base::add_file("x.go", "/x.go", "package p\n\nfunc f() {\n\tfoo(1)\n}\n".as_bytes().to_vec())
    }

    #[test]
    fn plain_is_sorted_and_deduplicated() {
        let f = file();
        let e = |off, m: &str| Diagnostic::error(f.pos(off), m);
        let l = [e(23, "b"), e(11, "a"), e(23, "b"), e(11, "syntax error: x"), e(12, "syntax error: y")];
        assert_eq!(plain(&l, false), "x.go:3:1: a\nx.go:3:1: syntax error: x\nx.go:4:2: b\n");
    }

    #[test]
    fn ten_errors_are_enough() {
        let f = file();
        let l: Vec<_> = (0..12).map(|i| Diagnostic::error(f.pos(i), format!("e{i}"))).collect();
        let out = plain(&l, false);
        assert_eq!(out.lines().count(), 11);
        assert!(out.ends_with("x.go:1:10: e9\nx.go:1:10: too many errors\n"));
        assert_eq!(plain(&l, true).lines().count(), 12);
    }

    #[test]
    fn rich_shows_the_line() {
        let f = file();
        let d = Diagnostic::error(f.pos(23), "undefined: foo").with_code("UndeclaredName").with_help("declare it");
        let want =
            "error[UndeclaredName]: undefined: foo\n --> x.go:4:2\n4 | \tfoo(1)\n  | \t^^^\n  = help: declare it\n\n";
        assert_eq!(rich(&[d], false, Style::default()), want);
    }

    #[test]
    fn json_escapes() {
        let out = json("p", &[Diagnostic::error(Pos::NONE, "a\"b\n")], false);
        assert!(out.contains(r#""message":"a\"b\n","labels":[]"#), "{out}");
    }
}
