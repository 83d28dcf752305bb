//! Go language versions (`version.go`).

use crate::check::Checker;
use crate::check::errors::At;

/// A language version, `go1.N`; the default is "unknown", which allows everything.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Debug)]
pub struct GoVersion(u32);

impl GoVersion {
    pub const CURRENT: GoVersion = GoVersion::new(1, 27);
    pub const fn new(major: u32, minor: u32) -> GoVersion {
        GoVersion(major * 10_000 + minor + 1)
    }
    /// Language version of "go1.21", "go1.21.3", "go1.22rc1"; unknown for anything else.
    pub fn parse(s: &str) -> GoVersion {
        let Some(s) = s.strip_prefix("go") else { return GoVersion(0) };
        let mut it = s.splitn(2, '.');
        let Some(major) = it.next().and_then(|m| m.parse::<u32>().ok()) else { return GoVersion(0) };
        let Some(rest) = it.next() else { return GoVersion::new(major, 0) };
        let n: String = rest.chars().take_while(char::is_ascii_digit).collect();
        n.parse().map_or(GoVersion(0), |minor| GoVersion::new(major, minor))
    }
    pub fn is_valid(self) -> bool {
        self.0 != 0
    }
}

impl std::fmt::Display for GoVersion {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if !self.is_valid() {
            return Ok(());
        }
        let (major, minor) = ((self.0 - 1) / 10_000, (self.0 - 1) % 10_000);
        if minor == 0 { write!(f, "go{major}") } else { write!(f, "go{major}.{minor}") }
    }
}

/// `go1(18)` is go1.18.
pub const fn go1(minor: u32) -> GoVersion {
    GoVersion::new(1, minor)
}

impl Checker {
    /// Whether the current version is at least `v`.
    pub fn allow_version(&self, v: GoVersion) -> bool {
        !self.env.version.is_valid() || self.env.version >= v
    }
    /// Reports the use of a feature that is too new.
    pub fn verify_version(&mut self, at: impl At, v: GoVersion, what: impl Into<String>) -> bool {
        if self.allow_version(v) {
            return true;
        }
        self.version_error(at, v, what);
        false
    }
}
