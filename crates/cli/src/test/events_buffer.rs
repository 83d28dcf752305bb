//! Lines out of a stream of writes, with an upper bound on what is held back: longer lines come in parts, split where
//! UTF-8 allows.

use super::events::{ESCAPE, FRAMING_MARK};

/// What a buffer gives.
#[derive(Debug, PartialEq, Eq)]
pub enum Piece {
    /// A whole line, newline included.
    Line(Vec<u8>),
    /// Part of a long line, or of the result of a benchmark.
    Part(Vec<u8>),
}

pub struct LineBuffer {
    held: Vec<u8>,
    cap: usize,
    /// In the middle of a line of which parts have been given.
    mid: bool,
    escaped: bool,
}

impl LineBuffer {
    pub fn new(cap: usize) -> LineBuffer {
        LineBuffer { held: Vec::with_capacity(cap), cap, mid: false, escaped: false }
    }

    pub fn write(&mut self, mut b: &[u8]) -> Vec<Piece> {
        let mut out = Vec::new();
        while !b.is_empty() {
            let n = b.len().min(self.cap - self.held.len());
            self.held.extend_from_slice(&b[..n]);
            b = &b[n..];
            let mut i = 0;
            while i < self.held.len() {
                let Some((j, width)) = self.end_of_line(i) else {
                    // benchmarks print their name first, and the result much later
                    if !self.mid
                        && let Some(tab) = self.held[i..].iter().position(|c| *c == b'\t')
                        && is_benchmark(self.held[i..i + tab].trim_ascii_end())
                    {
                        out.push(Piece::Part(self.held[i..=i + tab].to_vec()));
                        self.mid = true;
                        i += tab + 1;
                    }
                    break;
                };
                let line = self.held[i..j + width].to_vec();
                out.push(if std::mem::take(&mut self.mid) { Piece::Part(line) } else { Piece::Line(line) });
                i = j + width;
            }
            if i == 0 && self.held.len() == self.cap {
                let t = whole_utf8(&self.held);
                let rest = self.held.split_off(t);
                out.push(Piece::Part(std::mem::replace(&mut self.held, rest)));
                self.mid = true;
            } else {
                self.held.drain(..i);
            }
        }
        out
    }

    /// The first line end at or behind `from`: a newline, or the place just before a framing mark that begins no line.
    fn end_of_line(&mut self, from: usize) -> Option<(usize, usize)> {
        for (i, &c) in self.held[from..].iter().enumerate() {
            if c == b'\n' {
                return Some((from + i, 1));
            }
            if self.escaped {
                self.escaped = false;
            } else if c == ESCAPE {
                self.escaped = true;
            } else if c == FRAMING_MARK && i > 0 {
                return Some((from + i, 0));
            }
        }
        None
    }

    /// What is left, a line without end.
    pub fn flush(&mut self) -> Option<Vec<u8>> {
        (!self.held.is_empty()).then(|| std::mem::take(&mut self.held))
    }
}

fn is_benchmark(name: &[u8]) -> bool {
    let Some(rest) = name.strip_prefix(b"Benchmark") else { return false };
    !String::from_utf8_lossy(rest).chars().next().is_some_and(char::is_lowercase)
}

/// The length of the longest head that does not end within a character.
fn whole_utf8(b: &[u8]) -> usize {
    for i in 1..=b.len().min(3) {
        let c = b[b.len() - i];
        if c & 0xc0 != 0x80 {
            let need = match c {
                _ if c & 0xe0 == 0xc0 => 2,
                _ if c & 0xf0 == 0xe0 => 3,
                _ if c & 0xf8 == 0xf0 => 4,
                _ => 1,
            };
            return if i < need { b.len() - i } else { b.len() };
        }
    }
    b.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_and_parts() {
        let mut b = LineBuffer::new(8);
        assert_eq!(b.write(b"ab\ncd"), [Piece::Line(b"ab\n".to_vec())]);
        assert_eq!(b.write(b"e\n"), [Piece::Line(b"cde\n".to_vec())]);
        let long = b.write("0123456é9\n".as_bytes());
        assert_eq!(long, [Piece::Part(b"0123456".to_vec()), Piece::Part("é9\n".as_bytes().to_vec())]);
        assert_eq!(b.write(b"x\x16y\n"), [Piece::Line(b"x".to_vec()), Piece::Line(b"\x16y\n".to_vec())]);
        assert_eq!(b.flush(), None);
    }
}
