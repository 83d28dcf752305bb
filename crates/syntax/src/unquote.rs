//! Values of string and rune literals.

/// The bytes that a string literal (with its quotes) stands for; `None` if it is malformed.
pub fn unquote(lit: &str) -> Option<Vec<u8>> {
    let b = lit.as_bytes();
    if b.len() < 2 || b[0] != b[b.len() - 1] {
        return None;
    }
    let inner = &lit[1..lit.len() - 1];
    match b[0] {
        b'`' => Some(inner.bytes().filter(|&c| c != b'\r').collect()),
        b'"' => {
            let mut out = Vec::with_capacity(inner.len());
            let mut rest = inner;
            while let Some(i) = rest.find('\\') {
                out.extend_from_slice(&rest.as_bytes()[..i]);
                let (c, n) = escape(&rest[i..], b'"')?;
                match c {
                    Unit::Byte(b) => out.push(b),
                    Unit::Char(c) => out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
                }
                rest = &rest[i + n..];
            }
            out.extend_from_slice(rest.as_bytes());
            Some(out)
        }
        _ => None,
    }
}

/// The value of a rune literal (with its quotes).
pub fn unquote_rune(lit: &str) -> Option<u32> {
    let inner = lit.strip_prefix('\'')?.strip_suffix('\'')?;
    if inner.starts_with('\\') {
        let (c, n) = escape(inner, b'\'')?;
        return (n == inner.len()).then_some(match c {
            Unit::Byte(b) => b as u32,
            Unit::Char(c) => c as u32,
        });
    }
    let mut cs = inner.chars();
    let c = cs.next()?;
    cs.next().is_none().then_some(c as u32)
}

enum Unit {
    Byte(u8),
    Char(char),
}

/// The escape at the start of `s` and its length.
fn escape(s: &str, quote: u8) -> Option<(Unit, usize)> {
    let b = s.as_bytes();
    let one = |c: u8| Some((Unit::Byte(c), 2));
    let number = |from: usize, digits: usize, base: u32| {
        let d = s.get(from..from + digits)?;
        if !d.bytes().all(|c| (c as char).is_digit(base)) {
            return None;
        }
        u32::from_str_radix(d, base).ok()
    };
    match *b.get(1)? {
        b'a' => one(7),
        b'b' => one(8),
        b'f' => one(12),
        b'n' => one(b'\n'),
        b'r' => one(b'\r'),
        b't' => one(b'\t'),
        b'v' => one(11),
        b'\\' => one(b'\\'),
        c if c == quote => one(c),
        b'x' => Some((Unit::Byte(number(2, 2, 16)? as u8), 4)),
        b'0'..=b'7' => Some((Unit::Byte(u8::try_from(number(1, 3, 8)?).ok()?), 4)),
        b'u' => Some((Unit::Char(char::from_u32(number(2, 4, 16)?)?), 6)),
        b'U' => Some((Unit::Char(char::from_u32(number(2, 8, 16)?)?), 10)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings() {
        assert_eq!(unquote(r#""a\n\x41\u00e9\"\101""#).unwrap(), "a\nAé\"A".as_bytes());
        assert_eq!(unquote("`a\r\n\\n`").unwrap(), b"a\n\\n");
        assert_eq!(unquote(r#""\xff""#).unwrap(), [255]);
        assert!(unquote(r#""\'""#).is_none() && unquote("\"a").is_none());
    }

    #[test]
    fn runes() {
        assert_eq!(unquote_rune("'x'"), Some(120));
        assert_eq!(unquote_rune(r"'\''"), Some(39));
        assert_eq!(unquote_rune(r"'\U0001F600'"), Some(0x1f600));
        assert_eq!(unquote_rune(r"'\377'"), Some(255));
        assert_eq!(unquote_rune("'ab'"), None);
    }
}
