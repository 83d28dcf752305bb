//! Changes to source texts.

use crate::rng::Rng;

/// Words that mean something to the parser.
const WORDS: &[&str] = &[
    "func",
    "type",
    "struct",
    "interface",
    "map",
    "chan",
    "range",
    "for",
    "if",
    "switch",
    "case",
    "default",
    "go",
    "defer",
    "return",
    "select",
    "[",
    "]",
    "(",
    ")",
    "{",
    "}",
    "...",
    ":=",
    "=",
    "<-",
    "*",
    "&",
    "~",
    "|",
    ",",
    ";",
    ".",
    "\n",
    "0x",
    "1e9",
    "'",
    "\"",
    "`",
    "/*",
    "//",
    "any",
    "nil",
    "iota",
    "len",
    "make",
    "append",
    "T",
    "[T any]",
    "//line x:1\n",
    "//go:embed a\n",
    "\u{feff}",
    "\0",
    "é",
];

/// `src` with at most `most` changes (at least one); `others` lend pieces.
pub fn mutate(r: &mut Rng, src: &[u8], others: &[Vec<u8>], most: usize) -> Vec<u8> {
    let mut s = src.to_vec();
    for _ in 0..1 + r.below(most) {
        let at = r.below(s.len() + 1);
        match r.below(8) {
            0 if at < s.len() => s[at] = r.next() as u8,
            1 => drop(s.splice(at..at, r.pick(WORDS).bytes())),
            2 => {
                let end = (at + r.below(30)).min(s.len());
                drop(s.drain(at..end));
            }
            3 => {
                let end = (at + r.below(200)).min(s.len());
                let piece = s[at..end].to_vec();
                let to = r.below(s.len() + 1);
                drop(s.splice(to..to, piece));
            }
            4 => {
                let o = r.pick(others);
                let from = r.below(o.len() + 1);
                let piece = o[from..(from + r.below(200)).min(o.len())].to_vec();
                drop(s.splice(at..at, piece));
            }
            // An identifier becomes another one of the file.
            _ => {
                let words: Vec<(usize, usize)> = idents(&s);
                if words.len() > 1 {
                    let (a, b) = (*r.pick(&words), *r.pick(&words));
                    let w = s[b.0..b.1].to_vec();
                    drop(s.splice(a.0..a.1, w));
                }
            }
        }
    }
    s
}

fn idents(s: &[u8]) -> Vec<(usize, usize)> {
    let word = |c: u8| c.is_ascii_alphanumeric() || c == b'_';
    let mut out = Vec::new();
    let mut i = 0;
    while i < s.len() {
        let start = i;
        while i < s.len() && word(s[i]) {
            i += 1;
        }
        if i > start {
            out.push((start, i));
        } else {
            i += 1;
        }
    }
    out
}

/// Bytes that look like Go only from afar: words, digits, quotes and noise without order.
pub fn soup(r: &mut Rng) -> Vec<u8> {
    let mut s = if r.below(2) == 0 { b"package p\n".to_vec() } else { Vec::new() };
    for _ in 0..r.below(400) {
        match r.below(6) {
            0 => s.push(r.next() as u8),
            1 => s.extend((0..r.below(8)).map(|_| b"0123456789abcdefxXobBpPeE_.i"[r.below(28)])),
            2 => s.push(b' '),
            _ => s.extend(r.pick(WORDS).bytes()),
        }
    }
    s
}
