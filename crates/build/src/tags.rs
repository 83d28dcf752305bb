//! Which build tags hold.

use crate::overlay::OVERLAY;
use goxide_syntax::constraint::{self, UNIX_OS};
use std::collections::BTreeSet;

/// Experiments that the pinned release has on by default.
const EXPERIMENTS: &[&str] = &[
    "regabiwrappers",
    "regabiargs",
    "dwarf5",
    "jsonv2",
    "greenteagc",
    "randomizedheapbase64",
    "sizespecializedmalloc",
];
const RELEASE: u32 = 27;

/// The tags of one build.
#[derive(Clone, Debug, Default)]
pub struct Tags {
    pub goos: String,
    pub goarch: String,
    /// `-tags`
    pub user: BTreeSet<String>,
}

impl Tags {
    pub fn new(goos: &str, goarch: &str, user: impl IntoIterator<Item = String>) -> Tags {
        Tags { goos: goos.into(), goarch: goarch.into(), user: user.into_iter().collect() }
    }

    /// Whether `tag` holds in package `std` of the standard library, or (`None`) in any other package.
    pub fn holds(&self, tag: &str, std: Option<&str>) -> bool {
        if let Some(pkg) = std {
            let o = &*OVERLAY;
            if o.tags.contains(&tag) && !o.native.contains(pkg) {
                return true;
            }
        }
        if tag == self.goos || tag == self.goarch || tag == "gc" {
            return true;
        }
        if tag == "unix" && UNIX_OS.contains(&self.goos.as_str()) {
            return true;
        }
        if let Some(e) = tag.strip_prefix("goexperiment.") {
            return EXPERIMENTS.contains(&e) || self.user.contains(tag);
        }
        if let Some(n) = tag.strip_prefix("go1.").and_then(|n| n.parse::<u32>().ok())
            && (1..=RELEASE).contains(&n)
        {
            return true;
        }
        tag == format!("{}.v1", self.goarch) || self.user.contains(tag)
    }

    /// Whether a file of this name may be built.
    pub fn name_ok(&self, file: &str, std: Option<&str>) -> bool {
        constraint::file_name_ok(file, &mut |t| self.holds(t, std))
    }

    /// Whether the constraint holds.
    pub fn eval(&self, x: &constraint::Expr, std: Option<&str>) -> bool {
        x.eval(&mut |t| self.holds(t, std))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules() {
        let t = Tags::new("linux", "amd64", ["foo".to_string()]);
        for yes in ["linux", "amd64", "unix", "gc", "go1.1", "go1.27", "goexperiment.jsonv2", "foo", "amd64.v1"] {
            assert!(t.holds(yes, None), "{yes}");
        }
        for no in ["windows", "cgo", "go1.28", "purego", "ignore", "amd64.v2", "race"] {
            assert!(!t.holds(no, None), "{no}");
        }
        assert!(t.holds("purego", Some("crypto/aes")) && t.holds("amd64", Some("math")));
        assert!(!t.holds("purego", Some("crypto/md5")) && t.holds("amd64", Some("crypto/md5")));
        assert!(t.name_ok("exp_amd64.go", Some("math")) && !t.name_ok("exp_arm64.go", Some("math")));
    }
}
