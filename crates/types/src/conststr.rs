//! Constant strings: long sums are put together only when somebody asks for the bytes.
//!
//! Twenty lines of `b = a + a` name a gigabyte that no program may have; its length is all that the checker needs.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::{Arc, OnceLock};

/// Sums from this length on, in bytes, are left as they are.
const LONG: usize = 1 << 20;
/// How many sums may lie within each other.
const MAX_DEPTH: u32 = 64;

/// The bytes of a constant string: Go strings need not be UTF-8. Cheap to clone.
#[derive(Clone)]
pub struct ConstString(Repr);

#[derive(Clone)]
enum Repr {
    Flat(Arc<[u8]>),
    Sum(Arc<Sum>),
}

struct Sum {
    parts: [ConstString; 2],
    len: usize,
    depth: u32,
    whole: OnceLock<Box<[u8]>>,
}

impl ConstString {
    /// Bytes in it.
    pub fn len(&self) -> usize {
        match &self.0 {
            Repr::Flat(b) => b.len(),
            Repr::Sum(s) => s.len,
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// All bytes in a row.
    pub fn bytes(&self) -> &[u8] {
        match &self.0 {
            Repr::Flat(b) => b,
            Repr::Sum(s) => s.whole.get_or_init(|| {
                let mut out = Vec::with_capacity(s.len);
                self.append_to(&mut out);
                out.into()
            }),
        }
    }

    /// Not more than the first `n` bytes.
    pub fn prefix(&self, n: usize) -> &[u8] {
        match &self.0 {
            Repr::Flat(b) => &b[..n.min(b.len())],
            // The left part of a sum is not empty, but it may be short.
            Repr::Sum(s) if s.parts[0].len() >= n => s.parts[0].prefix(n),
            Repr::Sum(_) => &self.bytes()[..n.min(self.len())],
        }
    }

    /// One after the other.
    pub fn concat(&self, other: &ConstString) -> ConstString {
        if self.is_empty() {
            return other.clone();
        }
        if other.is_empty() {
            return self.clone();
        }
        let (len, depth) = (self.len() + other.len(), 1 + self.depth().max(other.depth()));
        if len < LONG || depth > MAX_DEPTH {
            let mut out = Vec::with_capacity(len);
            self.append_to(&mut out);
            other.append_to(&mut out);
            return out.into();
        }
        let parts = [self.clone(), other.clone()];
        ConstString(Repr::Sum(Arc::new(Sum { parts, len, depth, whole: OnceLock::new() })))
    }

    fn depth(&self) -> u32 {
        match &self.0 {
            Repr::Flat(_) => 0,
            Repr::Sum(s) => s.depth,
        }
    }

    fn append_to(&self, out: &mut Vec<u8>) {
        match &self.0 {
            Repr::Flat(b) => out.extend_from_slice(b),
            Repr::Sum(s) => match s.whole.get() {
                Some(b) => out.extend_from_slice(b),
                None => s.parts.iter().for_each(|p| p.append_to(out)),
            },
        }
    }
}

impl From<&[u8]> for ConstString {
    fn from(b: &[u8]) -> ConstString {
        ConstString(Repr::Flat(b.into()))
    }
}

impl From<Vec<u8>> for ConstString {
    fn from(b: Vec<u8>) -> ConstString {
        ConstString(Repr::Flat(b.into()))
    }
}

impl PartialEq for ConstString {
    fn eq(&self, other: &ConstString) -> bool {
        self.len() == other.len() && self.bytes() == other.bytes()
    }
}

impl Eq for ConstString {}

impl Hash for ConstString {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.bytes().hash(state);
    }
}

impl fmt::Debug for ConstString {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", String::from_utf8_lossy(self.prefix(1000)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn doubled(times: u32) -> ConstString {
        let mut s = ConstString::from(&b"ab"[..]);
        for _ in 0..times {
            s = s.concat(&s.clone());
        }
        s
    }

    #[test]
    fn a_long_sum_is_known_by_its_length() {
        let s = doubled(40);
        assert_eq!(s.len(), 2 << 40);
        assert_eq!(s.prefix(5), b"ababa");
    }

    #[test]
    fn bytes_of_a_sum_are_those_of_its_parts() {
        let s = doubled(20).concat(&ConstString::from(&b"end"[..]));
        assert!(matches!(s.0, Repr::Sum(_)));
        assert!(s.bytes().starts_with(b"abab") && s.bytes().ends_with(b"abend"));
        assert_eq!(s.bytes().len(), s.len());
        assert_eq!(s, ConstString::from(s.bytes()));
    }

    #[test]
    fn many_sums_within_each_other_are_put_together() {
        let mut s = doubled(20);
        for _ in 0..500 {
            s = s.concat(&ConstString::from(&b"x"[..]));
            assert!(s.depth() <= MAX_DEPTH);
        }
        assert!(s.bytes().ends_with(b"bxx") || s.bytes().ends_with(b"xxx"));
    }
}
