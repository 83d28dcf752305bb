//! Interned strings: equality and hashing cost one pointer.

use parking_lot::Mutex;
use std::collections::HashSet;
use std::sync::LazyLock;

/// An interned string. Equality is identity; ordering is that of the text.
#[derive(Clone, Copy)]
pub struct Name(&'static str);

const SHARDS: usize = 64;
type Shard = Mutex<HashSet<&'static str, rustc_hash::FxBuildHasher>>;
static TABLE: LazyLock<Vec<Shard>> = LazyLock::new(|| (0..SHARDS).map(|_| Mutex::default()).collect());

impl Name {
    /// The name with this text.
    pub fn new(s: &str) -> Name {
        let h = s.bytes().fold(s.len(), |h, b| h.wrapping_mul(31).wrapping_add(b as usize));
        let mut t = TABLE[h % SHARDS].lock();
        if let Some(n) = t.get(s) {
            return Name(n);
        }
        let n: &'static str = Box::leak(s.to_owned().into_boxed_str());
        t.insert(n);
        Name(n)
    }
    /// The text; lives as long as the process.
    pub fn as_str(self) -> &'static str {
        self.0
    }
    /// Whether this is the blank identifier `_`.
    pub fn is_blank(self) -> bool {
        self.0 == "_"
    }
    /// Whether the first letter is upper case (Unicode `Lu`), Go's rule for exported names.
    pub fn is_exported(self) -> bool {
        self.0.chars().next().is_some_and(char::is_uppercase)
    }
}

impl PartialEq for Name {
    fn eq(&self, o: &Name) -> bool {
        std::ptr::eq(self.0.as_ptr(), o.0.as_ptr()) && self.0.len() == o.0.len()
    }
}
impl Eq for Name {}
impl std::hash::Hash for Name {
    fn hash<H: std::hash::Hasher>(&self, h: &mut H) {
        h.write_usize(self.0.as_ptr() as usize ^ self.0.len());
    }
}
impl PartialOrd for Name {
    fn partial_cmp(&self, o: &Name) -> Option<std::cmp::Ordering> {
        Some(self.cmp(o))
    }
}
impl Ord for Name {
    fn cmp(&self, o: &Name) -> std::cmp::Ordering {
        self.0.cmp(o.0)
    }
}
impl PartialEq<str> for Name {
    fn eq(&self, o: &str) -> bool {
        self.0 == o
    }
}
impl PartialEq<&str> for Name {
    fn eq(&self, o: &&str) -> bool {
        self.0 == *o
    }
}
impl std::fmt::Display for Name {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.0)
    }
}
impl std::fmt::Debug for Name {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?}", self.0)
    }
}
