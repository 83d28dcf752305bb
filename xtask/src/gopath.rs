//! Goxide as `go`: a folder that holds a link of that name, put in front of PATH. Go's own tests call the go command,
//! and the one they are to find is ours.

use std::ffi::OsString;
use std::path::Path;
use std::process::Command;

/// The folder, for as long as tests run.
pub struct GoOnPath {
    dir: tempfile::TempDir,
}

impl GoOnPath {
    /// Makes the link to `goxide`.
    pub fn new(goxide: &Path) -> Result<GoOnPath, String> {
        let dir = tempfile::tempdir().map_err(|e| e.to_string())?;
        let to = std::fs::canonicalize(goxide).map_err(|e| format!("{}: {e}", goxide.display()))?;
        std::os::unix::fs::symlink(to, dir.path().join("go")).map_err(|e| e.to_string())?;
        Ok(GoOnPath { dir })
    }

    fn path(&self) -> OsString {
        let mut p = self.dir.path().as_os_str().to_owned();
        p.push(":");
        p.push(std::env::var_os("PATH").unwrap_or_default());
        p
    }

    /// Has `c` run in `dir` as upstream's drivers run commands: with our go command, and no settings of the user's.
    pub fn apply(&self, c: &mut Command, dir: &Path) {
        c.current_dir(dir).env("PATH", self.path()).env("PWD", dir).env("GOENV", "off").env("GOFLAGS", "");
    }
}
