//! The go command's environment: process variables first, then the GOENV file, then defaults.

use crate::fsoverlay::FileOverlay;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The release whose standard library this toolchain builds.
pub const GOVERSION: &str = "go1.27.3";

/// Variables and where the command runs.
#[derive(Clone, Debug, Default)]
pub struct Env {
    vars: BTreeMap<String, String>,
    file: BTreeMap<String, String>,
    pub cwd: PathBuf,
    /// `-overlay`.
    pub overlay: FileOverlay,
}

/// What the go command prints for `go env`, in its order.
pub const KNOWN: &[&str] = &[
    "AR",
    "CC",
    "CGO_CFLAGS",
    "CGO_CPPFLAGS",
    "CGO_CXXFLAGS",
    "CGO_ENABLED",
    "CGO_FFLAGS",
    "CGO_LDFLAGS",
    "CXX",
    "GCCGO",
    "GO111MODULE",
    "GOAMD64",
    "GOARCH",
    "GOAUTH",
    "GOBIN",
    "GOCACHE",
    "GOCACHEPROG",
    "GODEBUG",
    "GOENV",
    "GOEXE",
    "GOEXPERIMENT",
    "GOFIPS140",
    "GOFLAGS",
    "GOHOSTARCH",
    "GOHOSTOS",
    "GOINSECURE",
    "GOMOD",
    "GOMODCACHE",
    "GONOPROXY",
    "GONOSUMDB",
    "GOOS",
    "GOPATH",
    "GOPRIVATE",
    "GOPROXY",
    "GOROOT",
    "GOSUMDB",
    "GOTMPDIR",
    "GOTOOLCHAIN",
    "GOTOOLDIR",
    "GOVCS",
    "GOVERSION",
    "GOWORK",
    "PKG_CONFIG",
];

impl Env {
    /// Of this process.
    pub fn from_process() -> Env {
        // a variable that is no UTF-8 cannot be one of Go's
        let vars =
            std::env::vars_os().filter_map(|(k, v)| Some((k.into_string().ok()?, v.into_string().ok()?))).collect();
        let cwd = std::env::current_dir().unwrap_or_else(|_| PathBuf::from("/"));
        Env::new(vars, cwd)
    }

    /// Of these variables.
    pub fn new(vars: BTreeMap<String, String>, cwd: PathBuf) -> Env {
        let mut e = Env { vars, file: BTreeMap::new(), cwd, overlay: FileOverlay::default() };
        let goenv = e.goenv();
        if goenv != "off"
            && let Ok(text) = std::fs::read_to_string(goenv)
        {
            let lines = text.lines().filter(|l| !l.starts_with('#')).filter_map(|l| l.split_once('='));
            e.file = lines.map(|(k, v)| (k.trim().to_owned(), v.to_owned())).collect();
        }
        e
    }

    fn home(&self) -> PathBuf {
        self.vars.get("HOME").map_or(PathBuf::from("/"), PathBuf::from)
    }

    /// The user's cache folder (as `os.UserCacheDir`).
    pub fn user_cache_dir(&self) -> PathBuf {
        match self.vars.get("XDG_CACHE_HOME") {
            Some(d) if !d.is_empty() => PathBuf::from(d),
            _ => self.home().join(".cache"),
        }
    }

    fn goenv(&self) -> String {
        match self.vars.get("GOENV") {
            Some(v) if !v.is_empty() => v.clone(),
            _ => {
                let config = match self.vars.get("XDG_CONFIG_HOME") {
                    Some(d) if !d.is_empty() => PathBuf::from(d),
                    _ => self.home().join(".config"),
                };
                config.join("go/env").display().to_string()
            }
        }
    }

    /// What the user set, in the environment or the GOENV file; "" if nothing.
    pub fn set(&self, key: &str) -> &str {
        match self.vars.get(key) {
            Some(v) if !v.is_empty() => v,
            _ => self.file.get(key).map_or("", |s| s),
        }
    }

    fn or(&self, key: &str, default: &str) -> String {
        match self.set(key) {
            "" => default.to_owned(),
            v => v.to_owned(),
        }
    }

    /// The value in effect. GOROOT and GOTOOLDIR are known only after provisioning: "" here unless set.
    pub fn get(&self, key: &str) -> String {
        match key {
            "AR" => self.or(key, "ar"),
            "CC" => self.or(key, "gcc"),
            "CXX" => self.or(key, "g++"),
            "CGO_CFLAGS" | "CGO_CXXFLAGS" | "CGO_FFLAGS" | "CGO_LDFLAGS" => self.or(key, "-O2 -g"),
            "CGO_ENABLED" => "0".into(),
            "GCCGO" => self.or(key, "gccgo"),
            "GOAMD64" => self.or(key, "v1"),
            "GOARCH" => self.or(key, "amd64"),
            "GOAUTH" => self.or(key, "netrc"),
            "GOBIN" => self.set(key).to_owned(),
            "GOCACHE" => self.or(key, &self.user_cache_dir().join("go-build").display().to_string()),
            "GOENV" => self.goenv(),
            "GOEXE" => String::new(),
            "GOFIPS140" => self.or(key, "off"),
            "GOHOSTARCH" => "amd64".into(),
            "GOHOSTOS" => "linux".into(),
            "GOMOD" => self.go_mod().map_or_else(
                || if self.set("GO111MODULE") == "off" { String::new() } else { "/dev/null".into() },
                |p| p.display().to_string(),
            ),
            "GOMODCACHE" => {
                let first = self.get("GOPATH").split(':').next().unwrap_or("").to_owned();
                self.or(key, &Path::new(&first).join("pkg/mod").display().to_string())
            }
            "GONOPROXY" | "GONOSUMDB" => self.or(key, self.set("GOPRIVATE")),
            "GOOS" => self.or(key, "linux"),
            "GOPATH" => self.or(key, &self.home().join("go").display().to_string()),
            "GOPROXY" => self.or(key, "https://proxy.golang.org,direct"),
            "GOSUMDB" => self.or(key, "sum.golang.org"),
            "GOTOOLCHAIN" => self.or(key, "auto"),
            "GOVERSION" => GOVERSION.into(),
            "PKG_CONFIG" => self.or(key, "pkg-config"),
            _ => self.set(key).to_owned(),
        }
    }

    /// go.mod of the main module, if there is one.
    pub fn go_mod(&self) -> Option<PathBuf> {
        if self.set("GO111MODULE") == "off" {
            return None;
        }
        goxide_modules::find_go_mod(&self.cwd)
    }

    /// `path` as messages show it: relative to the current directory if that is shorter.
    pub fn short_path(&self, path: &Path) -> String {
        let full = path.display().to_string();
        let rel = relative(&self.cwd, path);
        if rel.len() < full.len() { rel } else { full }
    }
}

/// The way from directory `from` to `to`, both absolute.
pub fn relative(from: &Path, to: &Path) -> String {
    let (f, t): (Vec<_>, Vec<_>) = (from.components().collect(), to.components().collect());
    let common = f.iter().zip(&t).take_while(|(a, b)| a == b).count();
    let mut parts: Vec<String> = vec!["..".into(); f.len() - common];
    parts.extend(t[common..].iter().map(|c| c.as_os_str().to_string_lossy().into_owned()));
    if parts.is_empty() { ".".into() } else { parts.join("/") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths() {
        let r = |a: &str, b: &str| relative(Path::new(a), Path::new(b));
        assert_eq!(r("/a/b", "/a/b/c/d.go"), "c/d.go");
        assert_eq!(r("/a/b", "/a/x"), "../x");
        assert_eq!(r("/a", "/a"), ".");
    }

    #[test]
    fn values() {
        let vars = [("HOME", "/h"), ("GOENV", "off"), ("GOPATH", "/g:/k"), ("GOOS", "")];
        let vars = vars.iter().map(|(k, v)| (k.to_string(), v.to_string())).collect();
        let e = Env::new(vars, "/".into());
        assert_eq!(e.get("GOMODCACHE"), "/g/pkg/mod");
        assert_eq!(e.get("GOCACHE"), "/h/.cache/go-build");
        assert_eq!(e.get("GOOS"), "linux");
        assert_eq!(e.get("GOFOO"), "");
    }
}
