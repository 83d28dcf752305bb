//! Go's `test/` directory: fetched as the Debian source package pinned in `goroot/upstream.toml`, verified, cached.
//!
//! `GOXIDE_CONFORMANCE=DIR` names a copy that is there already. The package index is taken from the archive this
//! system uses for its own packages, with suite `sid`; nothing is installed.

use crate::run;
use sha2::{Digest, Sha256};
use std::path::{Path, PathBuf};
use std::process::Command;

/// The directory that holds Go's test programs.
pub fn test_dir() -> Result<PathBuf, String> {
    if let Some(d) = std::env::var_os("GOXIDE_CONFORMANCE") {
        return Ok(d.into());
    }
    let pin = pin()?;
    let dir = cache_dir()?.join(format!("conformance-{}", pin.version));
    let test = dir.join("usr/share/go-1.27/test");
    if test.is_dir() {
        return Ok(test);
    }
    fetch(&pin, &dir)?;
    if test.is_dir() { Ok(test) } else { Err(format!("{} has no test directory", pin.package)) }
}

struct Pin {
    package: String,
    version: String,
    sha256: String,
}

fn pin() -> Result<Pin, String> {
    let path = run::root().join("goroot/upstream.toml");
    let text = std::fs::read_to_string(&path).map_err(|e| format!("{}: {e}", path.display()))?;
    let t: toml::Table = text.parse().map_err(|e| format!("{}: {e}", path.display()))?;
    let get = |k: &str| {
        let v = t.get("conformance").and_then(|c| c.get(k)).and_then(|v| v.as_str());
        v.map(str::to_owned).ok_or(format!("{}: no conformance.{k}", path.display()))
    };
    Ok(Pin { package: get("package")?, version: get("version")?, sha256: get("sha256")? })
}

fn cache_dir() -> Result<PathBuf, String> {
    let base = std::env::var_os("XDG_CACHE_HOME")
        .map(PathBuf::from)
        .or_else(|| std::env::var_os("HOME").map(|h| PathBuf::from(h).join(".cache")))
        .ok_or("neither XDG_CACHE_HOME nor HOME is set")?;
    let d = base.join("goxide");
    std::fs::create_dir_all(&d).map_err(|e| format!("{}: {e}", d.display()))?;
    Ok(d)
}

/// An archive this system's package manager uses, from its own lists.
fn archive() -> Result<String, String> {
    let mut files = vec![PathBuf::from("/etc/apt/sources.list")];
    if let Ok(d) = std::fs::read_dir("/etc/apt/sources.list.d") {
        files.extend(d.flatten().map(|e| e.path()));
    }
    files.sort();
    let text: String = files.iter().filter_map(|f| std::fs::read_to_string(f).ok()).collect::<Vec<_>>().join("\n");
    let words = text.lines().filter(|l| !l.trim_start().starts_with('#')).flat_map(str::split_whitespace);
    words
        .map(|w| w.trim_end_matches('/'))
        .find(|w| w.starts_with("http") && w.ends_with("/debian"))
        .map(str::to_owned)
        .ok_or("no Debian archive in the package manager's lists".into())
}

fn fetch(pin: &Pin, dir: &Path) -> Result<(), String> {
    eprintln!("fetching {} {} (Go's test programs)", pin.package, pin.version);
    let tmp = tempfile::tempdir().map_err(|e| e.to_string())?;
    let at = |s: &str| tmp.path().join(s).display().to_string();
    for d in ["lists/partial", "archives/partial"] {
        std::fs::create_dir_all(tmp.path().join(d)).map_err(|e| e.to_string())?;
    }
    let keyring = "/usr/share/keyrings/debian-archive-keyring.gpg";
    let line = format!("deb [signed-by={keyring}] {} sid main\n", archive()?);
    std::fs::write(tmp.path().join("sources.list"), line).map_err(|e| e.to_string())?;
    let opts = [
        format!("Dir::Etc::sourcelist={}", at("sources.list")),
        "Dir::Etc::sourceparts=/dev/null".into(),
        format!("Dir::State::lists={}", at("lists")),
        format!("Dir::Cache={}", at("")),
        format!("Dir::Cache::archives={}", at("archives")),
        "Dir::Cache::pkgcache=".into(),
        "Dir::Cache::srcpkgcache=".into(),
        "APT::Sandbox::User=root".into(),
    ];
    let apt = |words: &[&str]| -> Result<(), String> {
        let mut c = Command::new("apt-get");
        for o in &opts {
            c.arg("-o").arg(o);
        }
        let out = c.args(words).current_dir(tmp.path()).output().map_err(|e| format!("apt-get: {e}"))?;
        if out.status.success() {
            return Ok(());
        }
        Err(format!("apt-get {}: {}", words.join(" "), String::from_utf8_lossy(&out.stderr)))
    };
    apt(&["update"])?;
    apt(&["download", &format!("{}={}", pin.package, pin.version)])?;
    let deb = std::fs::read_dir(tmp.path())
        .map_err(|e| e.to_string())?
        .flatten()
        .map(|e| e.path())
        .find(|p| p.extension().is_some_and(|e| e == "deb"))
        .ok_or("apt-get downloaded nothing")?;
    let bytes = std::fs::read(&deb).map_err(|e| e.to_string())?;
    let sum: String = Sha256::digest(&bytes).iter().map(|b| format!("{b:02x}")).collect();
    if sum != pin.sha256 {
        return Err(format!("{}: sha256 is {sum}, want {}", pin.package, pin.sha256));
    }
    // Unpacked beside its place and renamed, so that a killed run leaves nothing half made.
    let parent = dir.parent().ok_or("no cache folder")?;
    let half = tempfile::tempdir_in(parent).map_err(|e| e.to_string())?;
    let ok = Command::new("dpkg").arg("-x").arg(&deb).arg(half.path()).status().map_err(|e| format!("dpkg: {e}"))?;
    if !ok.success() {
        return Err("dpkg -x failed".into());
    }
    let half = half.keep();
    std::fs::rename(&half, dir).or_else(|e| {
        let _ = std::fs::remove_dir_all(&half);
        // Another run may have been faster.
        if dir.is_dir() { Ok(()) } else { Err(format!("{}: {e}", dir.display())) }
    })
}
