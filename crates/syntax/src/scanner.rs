//! Bytes to tokens. Errors and comments met on the way are queued as events, which the parser takes after each token.

use crate::ast::{LitKind, Op};
use crate::chars::{code_point, is_digit, is_letter, quote_rune};
use crate::token::{Token, prec};

/// What the scanner met besides tokens.
pub enum Event {
    Error {
        off: usize,
        msg: String,
    },
    /// A comment (all of them, or only those that may hold a directive).
    Comment {
        off: usize,
        end: usize,
        /// Only white space precedes it on its line.
        blank: bool,
    },
}

/// Which comments become events.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Comments {
    All,
    Directives,
}

const EOF: i32 = -1;

/// The scanner and its current token.
pub struct Scanner<'a> {
    src: &'a [u8],
    comments: Comments,
    /// Current character (or `EOF`), its offset and the offset behind it.
    ch: i32,
    at: usize,
    rd: usize,
    /// A newline or the end of the file here stands for a semicolon.
    nlsemi: bool,
    pub events: Vec<Event>,
    pub tok: Token,
    /// Extent of the token.
    pub start: usize,
    pub end: usize,
    /// Only white space precedes the token on its line.
    pub blank: bool,
    /// For `Semi`: "semicolon", "newline" or "EOF".
    pub semi: &'static str,
    pub kind: LitKind,
    pub bad: bool,
    pub op: Op,
    pub prec: u8,
}

fn lower(c: i32) -> i32 {
    c | 0x20
}
fn is_ascii_letter(c: i32) -> bool {
    (b'a' as i32..=b'z' as i32).contains(&lower(c)) || c == b'_' as i32
}
fn is_decimal(c: i32) -> bool {
    (b'0' as i32..=b'9' as i32).contains(&c)
}
fn is_hex(c: i32) -> bool {
    is_decimal(c) || (b'a' as i32..=b'f' as i32).contains(&lower(c))
}
fn is(c: i32, b: u8) -> bool {
    c == b as i32
}

impl<'a> Scanner<'a> {
    pub fn new(src: &'a [u8], comments: Comments) -> Self {
        let mut s = Scanner {
            src,
            comments,
            ch: b' ' as i32,
            at: 0,
            rd: 0,
            nlsemi: false,
            events: Vec::new(),
            tok: Token::Eof,
            start: 0,
            end: 0,
            blank: false,
            semi: "",
            kind: LitKind::Int,
            bad: false,
            op: Op::Not,
            prec: 0,
        };
        s.nextch();
        s
    }

    /// Text of the current token. Invalid UTF-8, which has been reported where it stands, is replaced.
    pub fn text(&self) -> std::borrow::Cow<'a, str> {
        String::from_utf8_lossy(&self.src[self.start..self.end])
    }

    /// Behaves from now on as at the end of the file.
    pub fn stop(&mut self) {
        self.rd = self.src.len();
        self.at = self.rd;
        self.ch = EOF;
        self.nlsemi = false;
        self.start = self.at;
        self.end = self.at;
        self.tok = Token::Eof;
    }

    fn error(&mut self, msg: impl Into<String>) {
        self.error_at(self.at, msg);
    }
    fn error_at(&mut self, off: usize, msg: impl Into<String>) {
        self.events.push(Event::Error { off, msg: msg.into() });
    }

    #[inline]
    fn nextch(&mut self) {
        self.at = self.rd;
        match self.src.get(self.rd) {
            Some(&b) if b < 0x80 && b != 0 => {
                self.ch = b as i32;
                self.rd += 1;
            }
            _ => self.nextch_slow(),
        }
    }

    #[cold]
    fn nextch_slow(&mut self) {
        loop {
            self.at = self.rd;
            let rest = &self.src[self.rd..];
            let Some(&b) = rest.first() else {
                self.ch = EOF;
                return;
            };
            if b < 0x80 {
                self.rd += 1;
                if b == 0 {
                    self.error("invalid NUL character");
                    continue;
                }
                self.ch = b as i32;
                return;
            }
            let Some(c) = decode(rest) else {
                self.error("invalid UTF-8 encoding");
                self.rd += 1;
                continue;
            };
            self.rd += c.len_utf8();
            if c == '\u{feff}' {
                if self.at > 0 {
                    self.error("invalid BOM in the middle of the file");
                }
                continue;
            }
            self.ch = c as i32;
            return;
        }
    }

    /// Skips up to the next byte for which `stop` holds, or that needs care (NUL, not ASCII).
    #[inline]
    fn skip_plain(&mut self, stop: impl Fn(u8) -> bool) {
        while let Some(&b) = self.src.get(self.rd) {
            if b == 0 || b >= 0x80 || stop(b) {
                break;
            }
            self.rd += 1;
        }
        self.nextch();
    }

    /// Advances to the next token.
    pub fn next(&mut self) {
        let nlsemi = std::mem::take(&mut self.nlsemi);
        loop {
            // white space
            let from = self.at;
            let mut newline = from == 0 || self.src[from - 1] == b'\n';
            while is(self.ch, b' ') || is(self.ch, b'\t') || is(self.ch, b'\n') && !nlsemi || is(self.ch, b'\r') {
                newline |= is(self.ch, b'\n');
                self.nextch();
            }
            self.blank = newline;
            self.start = self.at;
            if is_ascii_letter(self.ch) || self.ch >= 0x80 && self.at_ident_char(true) {
                self.nextch();
                self.ident();
                self.end = self.at;
                return;
            }
            if self.token(nlsemi) {
                self.end = self.at;
                return;
            }
        }
    }

    fn one(&mut self, tok: Token) -> bool {
        self.nextch();
        self.tok = tok;
        true
    }

    fn operator(&mut self, op: Op, prec: u8) -> bool {
        self.op = op;
        self.prec = prec;
        self.tok = Token::Operator;
        true
    }

    /// An operator that has an assigning form.
    fn assign_op(&mut self, op: Op, prec: u8) -> bool {
        self.operator(op, prec);
        if is(self.ch, b'=') {
            self.nextch();
            self.tok = Token::AssignOp;
        }
        true
    }

    /// Consumes the current character if it is `b`.
    fn got(&mut self, b: u8) -> bool {
        let g = is(self.ch, b);
        if g {
            self.nextch();
        }
        g
    }

    /// Scans what does not start with a letter; false if it was a comment or an error.
    fn token(&mut self, nlsemi: bool) -> bool {
        use Token::*;
        let Ok(b) = u8::try_from(self.ch) else {
            if self.ch == EOF {
                if nlsemi {
                    self.semi = "EOF";
                    self.tok = Semi;
                } else {
                    self.tok = Eof;
                }
                return true;
            }
            self.error(format!("invalid character {}", code_point(self.ch as u32)));
            self.nextch();
            return false;
        };
        match b {
            b'\n' => {
                self.semi = "newline";
                self.one(Semi)
            }
            b'0'..=b'9' => {
                self.number(false);
                true
            }
            b'"' => {
                self.std_string();
                true
            }
            b'`' => {
                self.raw_string();
                true
            }
            b'\'' => {
                self.rune();
                true
            }
            b'(' => self.one(Lparen),
            b'[' => self.one(Lbrack),
            b'{' => self.one(Lbrace),
            b',' => self.one(Comma),
            b';' => {
                self.semi = "semicolon";
                self.one(Semi)
            }
            b')' | b']' | b'}' => {
                self.nlsemi = true;
                self.one(match b {
                    b')' => Rparen,
                    b']' => Rbrack,
                    _ => Rbrace,
                })
            }
            b':' => {
                self.nextch();
                self.tok = if self.got(b'=') { Define } else { Colon };
                true
            }
            b'.' => {
                self.nextch();
                if is_decimal(self.ch) {
                    self.number(true);
                } else if is(self.ch, b'.') && self.src.get(self.rd) == Some(&b'.') {
                    self.nextch();
                    self.nextch();
                    self.tok = DotDotDot;
                } else {
                    self.tok = Dot;
                }
                true
            }
            b'+' | b'-' => {
                let op = if b == b'+' { Op::Add } else { Op::Sub };
                self.nextch();
                if self.got(b) {
                    self.operator(op, prec::ADD);
                    self.nlsemi = true;
                    self.tok = IncOp;
                    return true;
                }
                self.assign_op(op, prec::ADD)
            }
            b'*' => {
                self.nextch();
                self.operator(Op::Mul, prec::MUL);
                self.tok = if self.got(b'=') { AssignOp } else { Star };
                true
            }
            b'/' => {
                self.nextch();
                if is(self.ch, b'/') {
                    self.nextch();
                    self.line_comment();
                    return false;
                }
                if is(self.ch, b'*') {
                    self.nextch();
                    self.full_comment();
                    if nlsemi && self.src[self.start..self.at].contains(&b'\n') {
                        // a comment over several lines acts like a newline
                        self.semi = "newline";
                        self.tok = Semi;
                        return true;
                    }
                    return false;
                }
                self.assign_op(Op::Div, prec::MUL)
            }
            b'%' => {
                self.nextch();
                self.assign_op(Op::Rem, prec::MUL)
            }
            b'&' => {
                self.nextch();
                if self.got(b'&') {
                    return self.operator(Op::AndAnd, prec::AND_AND);
                }
                let op = if self.got(b'^') { Op::AndNot } else { Op::And };
                self.assign_op(op, prec::MUL)
            }
            b'|' => {
                self.nextch();
                if self.got(b'|') {
                    return self.operator(Op::OrOr, prec::OR_OR);
                }
                self.assign_op(Op::Or, prec::ADD)
            }
            b'^' => {
                self.nextch();
                self.assign_op(Op::Xor, prec::ADD)
            }
            b'<' => {
                self.nextch();
                if self.got(b'=') {
                    self.operator(Op::Leq, prec::CMP)
                } else if self.got(b'<') {
                    self.assign_op(Op::Shl, prec::MUL)
                } else if self.got(b'-') {
                    self.tok = Arrow;
                    true
                } else {
                    self.operator(Op::Lss, prec::CMP)
                }
            }
            b'>' => {
                self.nextch();
                if self.got(b'=') {
                    self.operator(Op::Geq, prec::CMP)
                } else if self.got(b'>') {
                    self.assign_op(Op::Shr, prec::MUL)
                } else {
                    self.operator(Op::Gtr, prec::CMP)
                }
            }
            b'=' => {
                self.nextch();
                if self.got(b'=') {
                    return self.operator(Op::Eql, prec::CMP);
                }
                self.tok = Assign;
                true
            }
            b'!' => {
                self.nextch();
                if self.got(b'=') { self.operator(Op::Neq, prec::CMP) } else { self.operator(Op::Not, prec::NONE) }
            }
            b'~' => {
                self.nextch();
                self.operator(Op::Tilde, prec::NONE)
            }
            _ => {
                self.error(format!("invalid character {}", code_point(self.ch as u32)));
                self.nextch();
                false
            }
        }
    }

    fn ident(&mut self) {
        while is_ascii_letter(self.ch) || is_decimal(self.ch) {
            self.nextch();
        }
        if self.ch >= 0x80 {
            while self.at_ident_char(false) {
                self.nextch();
            }
        }
        if let Some(t) = Token::keyword(&self.src[self.start..self.at]) {
            self.nlsemi = matches!(t, Token::Break | Token::Continue | Token::Fallthrough | Token::Return);
            self.tok = t;
            return;
        }
        self.nlsemi = true;
        self.tok = Token::Name;
    }

    fn at_ident_char(&mut self, first: bool) -> bool {
        let Some(c) = u32::try_from(self.ch).ok().and_then(char::from_u32) else { return false };
        if is_letter(c) || c == '_' {
            return true;
        }
        if is_digit(c) {
            if first {
                self.error(format!("identifier cannot begin with digit {}", code_point(c as u32)));
            }
            return true;
        }
        if c as u32 >= 0x80 {
            self.error(format!("invalid character {} in identifier", code_point(c as u32)));
            return true;
        }
        false
    }

    fn set_lit(&mut self, kind: LitKind, ok: bool) {
        self.nlsemi = true;
        self.tok = Token::Literal;
        self.kind = kind;
        self.bad = !ok;
    }

    /// Accepts `{ digit | '_' }`; bit 0 of the result: digits, bit 1: separators. With `base` up to 10 any decimal
    /// digit is accepted and the offset of the first one that is too large is left in `invalid`.
    fn digits(&mut self, base: u32, invalid: &mut Option<usize>) -> u32 {
        let mut seen = 0;
        loop {
            if is(self.ch, b'_') {
                seen |= 2;
            } else if base <= 10 && is_decimal(self.ch) {
                if (self.ch - b'0' as i32) as u32 >= base && invalid.is_none() {
                    *invalid = Some(self.at);
                }
                seen |= 1;
            } else if base > 10 && is_hex(self.ch) {
                seen |= 1;
            } else {
                return seen;
            }
            self.nextch();
        }
    }

    fn number(&mut self, mut point: bool) {
        let mut ok = true;
        let mut kind = LitKind::Int;
        let (mut base, mut prefix) = (10, 0u8);
        let mut seen = 0;
        let mut invalid = None;
        if !point {
            if is(self.ch, b'0') {
                self.nextch();
                (base, prefix) = match u8::try_from(lower(self.ch)) {
                    Ok(b'x') => (16, b'x'),
                    Ok(b'o') => (8, b'o'),
                    Ok(b'b') => (2, b'b'),
                    _ => (8, b'0'),
                };
                if prefix == b'0' {
                    seen = 1;
                } else {
                    self.nextch();
                }
            }
            seen |= self.digits(base, &mut invalid);
            if is(self.ch, b'.') {
                if prefix == b'o' || prefix == b'b' {
                    self.error(format!("invalid radix point in {} literal", base_name(base)));
                    ok = false;
                }
                self.nextch();
                point = true;
            }
        }
        if point {
            kind = LitKind::Float;
            seen |= self.digits(base, &mut invalid);
        }
        if seen & 1 == 0 && ok {
            self.error(format!("{} literal has no digits", base_name(base)));
            ok = false;
        }
        let e = lower(self.ch);
        if is(e, b'e') || is(e, b'p') {
            if ok {
                let shown = quote_rune(self.ch as u8 as char);
                if is(e, b'e') && prefix != 0 && prefix != b'0' {
                    self.error(format!("{shown} exponent requires decimal mantissa"));
                    ok = false;
                } else if is(e, b'p') && prefix != b'x' {
                    self.error(format!("{shown} exponent requires hexadecimal mantissa"));
                    ok = false;
                }
            }
            self.nextch();
            kind = LitKind::Float;
            if is(self.ch, b'+') || is(self.ch, b'-') {
                self.nextch();
            }
            let mut ignored = Some(0);
            seen = self.digits(10, &mut ignored) | seen & 2;
            if seen & 1 == 0 && ok {
                self.error("exponent has no digits");
                ok = false;
            }
        } else if prefix == b'x' && kind == LitKind::Float && ok {
            self.error("hexadecimal mantissa requires a 'p' exponent");
            ok = false;
        }
        if is(self.ch, b'i') {
            kind = LitKind::Imag;
            self.nextch();
        }
        if let (LitKind::Int, Some(off), true) = (kind, invalid, ok) {
            let digit = quote_rune(self.src[off] as char);
            self.error_at(off, format!("invalid digit {digit} in {} literal", base_name(base)));
            ok = false;
        }
        if seen & 2 != 0
            && ok
            && let Some(i) = invalid_sep(&self.src[self.start..self.at])
        {
            self.error_at(self.start + i, "'_' must separate successive digits");
            ok = false;
        }
        self.set_lit(kind, ok);
    }

    fn rune(&mut self) {
        let mut ok = true;
        let mut n = 0;
        self.nextch();
        loop {
            if is(self.ch, b'\'') {
                if ok && n == 0 {
                    self.error("empty rune literal or unescaped '");
                    ok = false;
                } else if ok && n != 1 {
                    self.error_at(self.start, "more than one character in rune literal");
                    ok = false;
                }
                self.nextch();
                break;
            }
            if is(self.ch, b'\\') {
                self.nextch();
                ok &= self.escape(b'\'');
            } else if is(self.ch, b'\n') {
                if ok {
                    self.error("newline in rune literal");
                    ok = false;
                }
                break;
            } else if self.ch == EOF {
                if ok {
                    self.error_at(self.start, "rune literal not terminated");
                    ok = false;
                }
                break;
            } else {
                self.nextch();
            }
            n += 1;
        }
        self.set_lit(LitKind::Rune, ok);
    }

    fn std_string(&mut self) {
        let mut ok = true;
        self.nextch();
        loop {
            if is(self.ch, b'"') {
                self.nextch();
                break;
            }
            if is(self.ch, b'\\') {
                self.nextch();
                ok &= self.escape(b'"');
            } else if is(self.ch, b'\n') {
                self.error("newline in string");
                ok = false;
                break;
            } else if self.ch == EOF {
                self.error_at(self.start, "string not terminated");
                ok = false;
                break;
            } else {
                self.skip_plain(|b| matches!(b, b'"' | b'\\' | b'\n'));
            }
        }
        self.set_lit(LitKind::String, ok);
    }

    fn raw_string(&mut self) {
        let mut ok = true;
        self.nextch();
        loop {
            if is(self.ch, b'`') {
                self.nextch();
                break;
            }
            if self.ch == EOF {
                self.error_at(self.start, "string not terminated");
                ok = false;
                break;
            }
            self.skip_plain(|b| b == b'`');
        }
        self.set_lit(LitKind::String, ok);
    }

    fn comment(&mut self) {
        self.events.push(Event::Comment { off: self.start, end: self.at, blank: self.blank });
    }

    fn line_comment(&mut self) {
        let keep = match self.comments {
            Comments::All => true,
            Comments::Directives => {
                let rest = &self.src[self.at..];
                rest.starts_with(b"go:") || rest.starts_with(b"line ")
            }
        };
        // the newline itself is left: it may stand for a semicolon
        while self.ch != EOF && !is(self.ch, b'\n') {
            self.skip_plain(|b| b == b'\n');
        }
        if keep {
            self.comment();
        }
    }

    fn full_comment(&mut self) {
        let keep = match self.comments {
            Comments::All => true,
            Comments::Directives => self.src[self.at..].starts_with(b"line "),
        };
        loop {
            if self.ch == EOF {
                self.error_at(self.start, "comment not terminated");
                return;
            }
            while is(self.ch, b'*') {
                self.nextch();
                if is(self.ch, b'/') {
                    self.nextch();
                    if keep {
                        self.comment();
                    }
                    return;
                }
            }
            if self.ch != EOF {
                self.skip_plain(|b| b == b'*');
            }
        }
    }

    fn escape(&mut self, quote: u8) -> bool {
        if self.ch == EOF {
            return true; // the caller complains
        }
        let (n, base, max) = match u8::try_from(self.ch).unwrap_or(0) {
            b if b == quote => {
                self.nextch();
                return true;
            }
            b'a' | b'b' | b'f' | b'n' | b'r' | b't' | b'v' | b'\\' => {
                self.nextch();
                return true;
            }
            b'0'..=b'7' => (3, 8, 255),
            b'x' => (2, 16, 255),
            b'u' => (4, 16, 0x10ffff),
            b'U' => (8, 16, 0x10ffff),
            _ => {
                self.error("unknown escape");
                return false;
            }
        };
        if base == 16 {
            self.nextch();
        }
        let mut x: u32 = 0;
        for _ in 0..n {
            if self.ch == EOF {
                return true; // the caller complains
            }
            let c = char::from_u32(self.ch as u32).unwrap_or('\u{fffd}');
            let Some(d) = c.to_digit(base) else {
                let c = quote_rune(c);
                self.error(format!("invalid character {c} in {} escape", base_name(base)));
                return false;
            };
            x = x.wrapping_mul(base).wrapping_add(d);
            self.nextch();
        }
        if x > max && base == 8 {
            self.error(format!("octal escape value {x} > 255"));
            return false;
        }
        if x > max || (0xd800..0xe000).contains(&x) && n >= 4 {
            self.error(format!("escape is invalid Unicode code point {}", code_point(x)));
            return false;
        }
        true
    }
}

/// The character at the start of `b`, if the encoding is valid.
fn decode(b: &[u8]) -> Option<char> {
    let b = &b[..b.len().min(4)];
    match std::str::from_utf8(b) {
        Ok(s) => s.chars().next(),
        Err(e) => std::str::from_utf8(&b[..e.valid_up_to()]).ok()?.chars().next(),
    }
}

fn base_name(base: u32) -> &'static str {
    match base {
        2 => "binary",
        8 => "octal",
        10 => "decimal",
        _ => "hexadecimal",
    }
}

/// Index of the first `_` that does not stand between digits (a base prefix counts as one).
fn invalid_sep(x: &[u8]) -> Option<usize> {
    let prefix = if x.len() >= 2 && x[0] == b'0' { x[1] | 0x20 } else { 0 };
    let prefixed = matches!(prefix, b'x' | b'o' | b'b');
    // '0' stands for any digit, '.' for anything else
    let mut d = if prefixed { b'0' } else { b'.' };
    for (i, &c) in x.iter().enumerate().skip(if prefixed { 2 } else { 0 }) {
        let p = d;
        d = c;
        if c == b'_' {
            if p != b'0' {
                return Some(i);
            }
        } else if c.is_ascii_digit() || prefix == b'x' && c.is_ascii_hexdigit() {
            d = b'0';
        } else {
            if p == b'_' {
                return Some(i - 1);
            }
            d = b'.';
        }
    }
    (d == b'_').then(|| x.len() - 1)
}
