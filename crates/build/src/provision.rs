//! Where the standard library comes from: GOROOT, an installed Go of the pinned release, the user's cache, or a fetch.

use crate::env::{Env, GOVERSION};
use crate::overlay;
use std::path::{Path, PathBuf};

/// What the pinned release's file says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Upstream {
    pub version: String,
    pub wheel: String,
    pub wheel_sha256: String,
    pub archive_url: String,
    /// Digest of the files below src, however they came (`fetch::tree_digest`).
    pub tree_sha256: String,
}

impl Upstream {
    /// The release this binary was built for.
    pub fn pinned() -> Upstream {
        let mut u = Upstream::default();
        let mut table = "";
        for line in overlay::upstream_toml().lines() {
            let line = line.trim();
            if line.starts_with('[') {
                table = line.trim_matches(['[', ']']);
            } else if let Some((k, v)) = line.split_once('=') {
                let v = v.trim().trim_matches('"').to_owned();
                match (table, k.trim()) {
                    ("", "version") => u.version = v,
                    ("wheel", "requirement") => u.wheel = v,
                    ("wheel", "sha256") => u.wheel_sha256 = v,
                    ("archive", "url") => u.archive_url = v,
                    ("tree", "sha256") => u.tree_sha256 = v,
                    _ => {}
                }
            }
        }
        u
    }
}

/// The release in a Go tree's VERSION file.
fn version_of(root: &Path) -> Option<String> {
    let text = std::fs::read_to_string(root.join("VERSION")).ok()?;
    Some(text.lines().next()?.trim().to_owned())
}

/// Whether `root` holds the sources that this toolchain needs.
fn check(root: &Path) -> Result<(), String> {
    match version_of(root) {
        None => Err("no Go tree (no VERSION file)".into()),
        Some(v) if v != GOVERSION => Err(format!("is {v}, not {GOVERSION}")),
        Some(_) if !root.join("src/internal/buildcfg/zbootstrap.go").is_file() => {
            Err("a source tree without the files that its build generates".into())
        }
        Some(_) => Ok(()),
    }
}

/// Where fetched sources are kept.
pub fn cache_root(env: &Env) -> PathBuf {
    env.user_cache_dir().join("goxide").join("sdk").join(GOVERSION)
}

/// Brings the release into a folder; the errors say what was tried.
pub type Fetch<'a> = &'a dyn Fn(&Upstream, &Path) -> Result<(), Vec<String>>;

/// Finds the Go tree, fetching it if `fetch` allows. The error lists all that was tried.
pub fn goroot(env: &Env, fetch: Fetch<'_>) -> Result<PathBuf, String> {
    let set = env.set("GOROOT");
    if !set.is_empty() {
        let root = goxide_modules::clean(&env.cwd.join(set));
        return match check(&root) {
            Ok(()) => Ok(root),
            Err(e) => Err(format!("go: GOROOT={set}: {e}")),
        };
    }
    let cached = cache_root(env);
    if check(&cached.join("go")).is_ok() {
        return Ok(cached.join("go"));
    }
    let mut tried = Vec::new();
    let path_dirs = env.set("PATH").to_owned();
    let from_path = path_dirs.split(':').filter_map(|d| {
        let go = std::fs::canonicalize(Path::new(d).join("go")).ok()?;
        Some(go.parent()?.parent()?.to_path_buf())
    });
    let usual = ["/usr/local/go", "/usr/lib/go", "/usr/lib/go-1.27"].map(PathBuf::from);
    for root in from_path.chain(usual) {
        match check(&root) {
            Ok(()) => return Ok(root),
            Err(e) if root.exists() => tried.push(format!("{}: {e}", root.display())),
            Err(_) => {}
        }
    }
    let up = Upstream::pinned();
    match fetch(&up, &cached) {
        Ok(()) => match check(&cached.join("go")) {
            Ok(()) => return Ok(cached.join("go")),
            Err(e) => tried.push(format!("{}: {e}", cached.display())),
        },
        Err(e) => tried.extend(e),
    }
    Err(format!(
        "go: cannot find the standard library of {GOVERSION}; tried:\n\t{}\nset GOROOT to a {GOVERSION} tree, or run once with network access",
        tried.join("\n\t")
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pinned_release() {
        let u = Upstream::pinned();
        assert_eq!(u.version, GOVERSION);
        assert_eq!((u.wheel_sha256.len(), u.tree_sha256.len()), (64, 64));
        assert!(u.archive_url.ends_with(".tar.gz"));
    }
}
