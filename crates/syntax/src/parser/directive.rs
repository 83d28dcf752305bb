//! Comments with a meaning: `//line`, `//go:`.

use super::Parser;
use crate::ast::Comment;
use crate::constraint;
use crate::pragma::{Embed, Linkname, Pragma, PragmaFlags, allowed_in_std, parse_embed_args, verb_flags};
use goxide_base::Pos;

/// Largest line or column that a `//line` directive may name.
const POS_MAX: u64 = 1 << 30;

impl Parser<'_> {
    /// Handles the comment at `off..end`; `blank`: nothing but white space precedes it on its line.
    pub(super) fn comment(&mut self, off: usize, end: usize, blank: bool) {
        let raw = String::from_utf8_lossy(&self.file.src[off..end]).into_owned();
        if self.mode.comments {
            self.comments.push(Comment { pos: self.file.pos(off), text: raw.clone() });
        }
        let block = raw.starts_with("/*");
        let body = if block {
            raw.strip_prefix("/*").and_then(|t| t.strip_suffix("*/"))
        } else {
            raw.strip_prefix("//").map(|t| t.strip_suffix('\r').unwrap_or(t))
        };
        // a stray byte order mark, reported by the scanner, may stand within the marks of a comment
        let Some(text) = body else { return };
        let at_line_start = off == 0 || self.file.src[off - 1] == b'\n';
        if let Some(rest) = text.strip_prefix("line ")
            && (block || at_line_start)
        {
            // a line comment includes its newline
            self.line_directive(if block { end } else { end + 1 }, off + 2 + 5, rest, block);
        } else if text.starts_with("go:") && !block {
            if self.top
                && raw.starts_with("//go:build")
                && let Ok(x) = constraint::parse(&raw)
            {
                self.go_version = x.go_version();
            }
            self.go_directive(self.file.pos(off + 2), blank, text);
        }
    }

    /// `text` at `toff` is what follows `line `; the directive holds from `from` on.
    fn line_directive(&mut self, from: usize, toff: usize, text: &str, block: bool) {
        if block && text.contains('\n') {
            return;
        }
        let bad = |p: &mut Self, what: &str, i: usize| {
            let pos = p.file.pos(toff + i);
            p.error_at(pos, format!("invalid {what} number: {}", &text[i..]));
        };
        let Some((i, n)) = trailing_digits(text) else { return };
        let Some(n) = n else { return bad(self, "line", i) };
        let (line, col, line_at, name);
        let mut keep_name = false;
        match trailing_digits(&text[..i - 1]) {
            Some((i2, Some(n2))) => {
                if n == 0 || n > POS_MAX {
                    return bad(self, "column", i);
                }
                (line, col, line_at) = (n2, n, i2);
                name = &text[..i2 - 1];
                keep_name = name.is_empty();
            }
            _ => {
                (line, col, line_at) = (n, 0, i);
                name = &text[..i - 1];
            }
        }
        if line == 0 || line > POS_MAX {
            let pos = self.file.pos(toff + line_at);
            let shown = if col != 0 { &text[line_at..i - 1] } else { &text[line_at..] };
            return self.error_at(pos, format!("invalid line number: {shown}"));
        }
        let name = if keep_name { None } else { Some(clean(name)) };
        self.file.add_directive(from, name, line as u32, col as u32);
    }

    fn go_directive(&mut self, pos: Pos, blank: bool, text: &str) {
        if !blank {
            self.pragma.get_or_insert_default();
            return self.directive_error(pos, "misplaced compiler directive");
        }
        let verb = text.split([' ', '\t']).next().unwrap_or(text).to_owned();
        let fields: Vec<&str> = text.split_whitespace().collect();
        self.pragma.get_or_insert_default();
        match verb.as_str() {
            "go:linkname" | "go:linknamestd" if text.len() > verb.len() => {
                if !(2..=3).contains(&fields.len()) {
                    return self.directive_error(pos, format!("usage: //{verb} localname [linkname]"));
                }
                self.linknames.push(Linkname {
                    pos,
                    local: fields[1].to_owned(),
                    remote: fields.get(2).map(|s| s.to_string()),
                    std_only: verb == "go:linknamestd",
                });
                return;
            }
            "go:embed" => {
                let (args, err) = parse_embed_args(&text[verb.len()..]);
                if let Some(e) = err {
                    self.directive_error(pos, e);
                }
                if args.is_empty() {
                    return self.directive_error(pos, "usage: //go:embed pattern...");
                }
                let base = pos.0 + verb.len() as u32;
                let patterns = args.into_iter().map(|(o, p)| (Pos(base + o as u32), p)).collect();
                self.pragma.get_or_insert_default().embeds.push(Embed { pos, patterns });
                return;
            }
            "go:wasmimport" if text.len() > verb.len() => {
                if fields.len() != 3 {
                    self.directive_error(pos, "usage: //go:wasmimport importmodule importname");
                }
                return;
            }
            "go:wasmexport" if text.len() > verb.len() => {
                if fields.len() != 2 {
                    self.directive_error(pos, "usage: //go:wasmexport exportname");
                }
                return;
            }
            // a few packages import symbols of shared libraries; without cgo that has no effect here
            "go:cgo_import_dynamic" if fields.len() >= 4 => return,
            v if v.starts_with("go:cgo_") && !self.mode.std => {
                self.directive_error(pos, format!("//{text} only allowed in cgo-generated code"));
            }
            "go:debug" => {
                self.pragma.get_or_insert_default().debug.push((pos, text[verb.len()..].trim().to_owned()));
            }
            _ => {}
        }
        let flags = verb_flags(&verb);
        if !self.mode.runtime && flags.has(PragmaFlags::RUNTIME_ONLY) {
            self.directive_error(pos, format!("//{verb} only allowed in runtime"));
        }
        if flags == PragmaFlags::UINTPTR_KEEPALIVE && !self.mode.std {
            self.directive_error(pos, format!("//{verb} is only allowed in the standard library"));
        }
        if flags == PragmaFlags::default() && !allowed_in_std(&verb) && self.mode.std {
            self.directive_error(pos, format!("//{verb} is not allowed in the standard library"));
        }
        let pragma = self.pragma.get_or_insert_default();
        pragma.flags.insert(flags);
        pragma.all.push((pos, verb));
    }

    /// The directives collected so far, for the declaration that begins here.
    pub(super) fn take_pragma(&mut self) -> Pragma {
        self.pragma.take().unwrap_or_default()
    }

    /// Reports directives that no declaration took.
    #[inline]
    pub(super) fn clear_pragma(&mut self) {
        if self.pragma.is_some() {
            self.report_unused_pragma();
        }
    }

    #[cold]
    fn report_unused_pragma(&mut self) {
        let Some(p) = self.pragma.take() else { return };
        for (pos, verb) in &p.all {
            if verb_flags(verb) != PragmaFlags::default() {
                self.directive_error(*pos, "misplaced compiler directive");
            }
        }
        for e in &p.embeds {
            self.directive_error(e.pos, "misplaced go:embed directive");
        }
    }
}

/// What follows the last colon: its offset and, if it is one, the number.
fn trailing_digits(text: &str) -> Option<(usize, Option<u64>)> {
    let i = text.rfind(':')? + 1;
    let digits = &text[i..];
    let n = if !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()) { digits.parse().ok() } else { None };
    Some((i, n))
}

/// Lexically simplest form of a slash-separated path; "" stays.
fn clean(p: &str) -> String {
    if p.is_empty() {
        return String::new();
    }
    let abs = p.starts_with('/');
    let mut out: Vec<&str> = Vec::new();
    for c in p.split('/') {
        match c {
            "" | "." => {}
            ".." if out.last().is_some_and(|l| *l != "..") => {
                out.pop();
            }
            ".." if abs => {}
            c => out.push(c),
        }
    }
    match (abs, out.join("/")) {
        (true, s) => format!("/{s}"),
        (false, s) if s.is_empty() => ".".into(),
        (false, s) => s,
    }
}
