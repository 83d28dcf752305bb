//! Folders of test packages: which files make which package, and a module made of them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// A package of a folder: its name and files, in order.
pub struct DirPkg {
    pub name: String,
    pub files: Vec<String>,
}

/// The packages in `dir` in the order of their first files. `single`: every file is one.
pub fn packages(dir: &Path, single: bool) -> Result<Vec<DirPkg>, String> {
    let mut out: Vec<DirPkg> = Vec::new();
    for file in files(dir, &["go"])? {
        let src = std::fs::read(dir.join(&file)).map_err(|e| format!("{file}: {e}"))?;
        let name = package_name(&String::from_utf8_lossy(&src)).ok_or(format!("{file}: no package clause"))?;
        match out.iter_mut().find(|p| p.name == name && !single) {
            Some(p) => p.files.push(file),
            None => out.push(DirPkg { name, files: vec![file] }),
        }
    }
    Ok(out)
}

/// Names of files with one of these extensions, sorted.
pub fn files(dir: &Path, extensions: &[&str]) -> Result<Vec<String>, String> {
    let entries = std::fs::read_dir(dir).map_err(|e| format!("{}: {e}", dir.display()))?;
    let mut out: Vec<String> = entries
        .flatten()
        .map(|e| e.file_name().to_string_lossy().into_owned())
        .filter(|n| n.rsplit_once('.').is_some_and(|(_, x)| extensions.contains(&x)))
        .collect();
    out.sort();
    Ok(out)
}

/// The name in the package clause.
fn package_name(src: &str) -> Option<String> {
    let clause = src.lines().find_map(|l| l.strip_prefix("package "))?;
    Some(clause.trim().chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect())
}

fn write(p: &Path, s: &[u8]) -> Result<(), String> {
    std::fs::create_dir_all(p.parent().unwrap_or(p))
        .and_then(|()| std::fs::write(p, s))
        .map_err(|e| format!("{}: {e}", p.display()))
}

/// Makes a module of a test's folder: one package per package clause (in order of files), imported as `./NAME` by the
/// name of its first file.
pub fn lay_out(from: &Path, to: &Path) -> Result<(), String> {
    write(&to.join("go.mod"), b"module test\n\ngo 1.27\n")?;
    let mut home: BTreeMap<String, String> = BTreeMap::new();
    for file in files(from, &["go", "s", "h"])? {
        let src = std::fs::read(from.join(&file)).map_err(|e| format!("{file}: {e}"))?;
        let src = String::from_utf8_lossy(&src).into_owned();
        let stem = file.split('.').next().unwrap_or("x").to_owned();
        let pkg = package_name(&src).unwrap_or("main".into());
        let dir = home.entry(pkg.clone()).or_insert(stem).clone();
        let place = if pkg == "main" { to.to_path_buf() } else { to.join(dir) };
        // Relative imports mean the packages of this folder.
        let src = src.replace("\"./", "\"test/");
        // Names mean nothing to the compiler, which upstream's driver runs directly.
        write(&place.join(file.replace("_test.go", "_test_.go")), src.as_bytes())?;
        // That compiler also lets functions be declared only; here an empty assembly file says that they are elsewhere.
        write(&place.join("elsewhere.s"), b"")?;
    }
    Ok(())
}

/// Links everything below `from` into `to`, so that files may be added there.
pub fn shallow_copy(from: &Path, to: &Path) -> Result<(), String> {
    let io = |p: &Path, e: std::io::Error| format!("{}: {e}", p.display());
    std::fs::create_dir_all(to).map_err(|e| io(to, e))?;
    for e in std::fs::read_dir(from).map_err(|e| io(from, e))?.flatten() {
        let (src, dst): (PathBuf, PathBuf) = (e.path(), to.join(e.file_name()));
        if src.is_dir() {
            shallow_copy(&src, &dst)?;
        } else {
            std::os::unix::fs::symlink(&src, &dst).map_err(|e| io(&dst, e))?;
        }
    }
    Ok(())
}
