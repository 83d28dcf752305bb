//! Executables to their places: never half-written, never over something that is no regular file.

use std::fs::{self, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

/// Writes an executable to `dst`. The error is a message without "go: ".
pub fn write_executable(dst: &Path, image: &[u8]) -> Result<(), String> {
    let shown = dst.display();
    if let Some(parent) = dst.parent()
        && !parent.as_os_str().is_empty()
        && !parent.is_dir()
    {
        fs::create_dir_all(parent).map_err(|e| format!("mkdir {}: {}", parent.display(), text(&e)))?;
    }
    match fs::symlink_metadata(dst) {
        Ok(m) if m.is_dir() => return Err(format!("build output \"{shown}\" already exists and is a directory")),
        Ok(m) if m.is_file() => {
            if m.len() > 0 && !is_object(dst) {
                return Err(format!("build output \"{shown}\" already exists and is not an object file"));
            }
        }
        Ok(_) => return write_through(dst, image),
        Err(_) => {}
    }
    replace(dst, image).map_err(|e| format!("writing {shown}: {}", text(&e)))
}

/// What the system says, as Go words it.
pub fn text(e: &io::Error) -> String {
    let s = e.to_string();
    s.split(" (os error").next().unwrap_or(&s).to_lowercase()
}

/// Devices, pipes and links are written to, not replaced.
fn write_through(dst: &Path, image: &[u8]) -> Result<(), String> {
    let shown = dst.display();
    if dst.is_dir() {
        return Err(format!("build output \"{shown}\" already exists and is a directory"));
    }
    let mut f = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o777)
        .open(dst)
        .map_err(|e| format!("open {shown}: {}", text(&e)))?;
    f.write_all(image).map_err(|e| format!("write {shown}: {}", text(&e)))
}

/// A temporary file beside it, renamed when complete.
fn replace(dst: &Path, image: &[u8]) -> io::Result<()> {
    let tmp = goxide_cache::temp_name(dst);
    let write = || {
        let mut f = OpenOptions::new().write(true).create_new(true).mode(0o777).open(&tmp)?;
        f.write_all(image)?;
        drop(f);
        fs::rename(&tmp, dst)
    };
    let r = write();
    if r.is_err() {
        let _ = fs::remove_file(&tmp);
    }
    r
}

/// Something a build may have left: an executable, an archive.
fn is_object(p: &Path) -> bool {
    let mut head = [0; 8];
    let n = fs::File::open(p).and_then(|mut f| f.read(&mut head)).unwrap_or(0);
    let head = &head[..n];
    [&b"\x7fELF"[..], b"!<arch>\n", b"\0\0\x01\xeb", b"\xfe\xed\xfa", b"MZ", b"\0asm"]
        .iter()
        .any(|m| head.starts_with(m))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn targets() {
        let dir = std::env::temp_dir().join(format!("goxide-output-test-{}", std::process::id()));
        fs::create_dir_all(&dir).unwrap();
        let exe = dir.join("sub/exe");
        write_executable(&exe, b"\x7fELFone").unwrap();
        write_executable(&exe, b"\x7fELFtwo").unwrap();
        assert_eq!(fs::read(&exe).unwrap(), b"\x7fELFtwo");
        assert_ne!(fs::metadata(&exe).unwrap().permissions().mode() & 0o100, 0);
        assert!(write_executable(&dir, b"x").unwrap_err().ends_with("is a directory"));
        let txt = dir.join("x.txt");
        fs::write(&txt, "precious").unwrap();
        assert!(write_executable(&txt, b"x").unwrap_err().ends_with("is not an object file"));
        write_executable(Path::new("/dev/null"), b"x").unwrap();
        assert!(write_executable(Path::new("/dev/full"), b"x").unwrap_err().contains("no space left"));
        let link = dir.join("link");
        std::os::unix::fs::symlink(&exe, &link).unwrap();
        write_executable(&link, b"\x7fELFthree").unwrap();
        assert_eq!(fs::read(&exe).unwrap(), b"\x7fELFthree");
        assert_eq!(fs::read_dir(&dir).unwrap().count(), 3);
        fs::remove_dir_all(dir).unwrap();
    }
}
