//! Character classes of identifiers, and characters as Go's `%q` and `%#U` verbs print them.

use crate::unitables;

fn in_table(t: &[(u32, u32)], c: char) -> bool {
    let c = c as u32;
    let i = t.partition_point(|r| r.1 < c);
    t.get(i).is_some_and(|r| r.0 <= c)
}

/// Unicode category L.
pub fn is_letter(c: char) -> bool {
    if c.is_ascii() { c.is_ascii_alphabetic() } else { in_table(unitables::LETTER, c) }
}

/// Unicode category Nd.
pub fn is_digit(c: char) -> bool {
    if c.is_ascii() { c.is_ascii_digit() } else { in_table(unitables::DIGIT, c) }
}

/// Whether `s` is an identifier (keywords included).
pub fn is_identifier(s: &str) -> bool {
    let mut cs = s.chars();
    cs.next().is_some_and(|c| c == '_' || is_letter(c)) && cs.all(|c| c == '_' || is_letter(c) || is_digit(c))
}

/// Letters, marks, numbers, punctuation, symbols and the ASCII space.
fn is_print(c: char) -> bool {
    if c.is_ascii() {
        return (' '..='~').contains(&c);
    }
    // behind another character, only unprintable ones are escaped
    let s = format!("a{c}");
    s.escape_debug().count() == 2
}

/// `%#U`
pub fn code_point(c: u32) -> String {
    match char::from_u32(c) {
        Some(ch) if is_print(ch) => format!("U+{c:04X} '{ch}'"),
        _ => format!("U+{c:04X}"),
    }
}

/// `%q` of a rune.
pub fn quote_rune(c: char) -> String {
    let esc = match c {
        '\'' => "\\'".into(),
        '\\' => "\\\\".into(),
        '\x07' => "\\a".into(),
        '\x08' => "\\b".into(),
        '\x0c' => "\\f".into(),
        '\n' => "\\n".into(),
        '\r' => "\\r".into(),
        '\t' => "\\t".into(),
        '\x0b' => "\\v".into(),
        c if is_print(c) => c.to_string(),
        c if (c as u32) < 0x80 => format!("\\x{:02x}", c as u32),
        c if (c as u32) < 0x10000 => format!("\\u{:04x}", c as u32),
        c => format!("\\U{:08x}", c as u32),
    };
    format!("'{esc}'")
}
