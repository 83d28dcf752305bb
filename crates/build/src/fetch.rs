//! Fetching the pinned release: the archive of go.dev, or the wheel of PyPI through pip. Both are verified by the digest
//! of the source tree (and the wheel by its own), unpacked beside their place and renamed into it when complete. A
//! download that was cut short goes on where it stopped.

use crate::provision::Upstream;
use sha2::{Digest, Sha256};
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

/// Told how far things are: what, done, total (0 if unknown).
pub type Progress<'a> = &'a dyn Fn(&str, u64, u64);

/// Fetches the release so that `dir/go` holds it. The errors say what was tried.
pub fn fetch(up: &Upstream, dir: &Path, progress: Progress<'_>) -> Result<(), Vec<String>> {
    if let Err(e) = fs::create_dir_all(dir) {
        return Err(vec![format!("{}: {e}", dir.display())]);
    }
    // one process at a time: the others wait, and then find it there
    let lock = File::create(dir.join("lock")).and_then(|f| f.lock().map(|()| f));
    if dir.join("go/VERSION").is_file() {
        return Ok(());
    }
    let mut tried = Vec::new();
    type Source = fn(&Upstream, &Path, Progress<'_>) -> Result<PathBuf, String>;
    let url = archive_url(up);
    let sources: [(&str, Source); 2] = [(&url, archive), (&up.wheel, wheel)];
    for (name, get) in sources {
        match get(up, dir, progress).and_then(|tree| install(up, &tree, dir, progress)) {
            Ok(()) => {
                drop(lock);
                return Ok(());
            }
            Err(e) => tried.push(format!("{name}: {e}")),
        }
    }
    Err(tried)
}

fn fresh(dir: &Path, name: &str) -> Result<PathBuf, String> {
    let p = dir.join(name);
    let _ = fs::remove_dir_all(&p);
    fs::create_dir_all(&p).map_err(|e| e.to_string())?;
    Ok(p)
}

/// Checks an unpacked tree and renames it into place.
fn install(up: &Upstream, unpacked: &Path, dir: &Path, progress: Progress<'_>) -> Result<(), String> {
    let go = unpacked.join("go");
    progress("verifying", 0, 0);
    let got = tree_digest(&go.join("src")).map_err(|e| e.to_string())?;
    if got != up.tree_sha256 {
        let _ = fs::remove_dir_all(unpacked);
        return Err(format!("the sources have digest {got}, not {}", up.tree_sha256));
    }
    let dst = dir.join("go");
    let _ = fs::remove_dir_all(&dst);
    fs::rename(&go, &dst).map_err(|e| e.to_string())?;
    let _ = fs::remove_dir_all(unpacked);
    Ok(())
}

/// Digest over the paths and contents of all files below `root`, in the order of their paths.
pub fn tree_digest(root: &Path) -> io::Result<String> {
    fn collect(dir: &Path, rel: &str, out: &mut Vec<String>) -> io::Result<()> {
        for e in fs::read_dir(dir)? {
            let e = e?;
            let name = e.file_name().to_string_lossy().into_owned();
            let path = if rel.is_empty() { name } else { format!("{rel}/{name}") };
            let kind = e.file_type()?;
            if kind.is_dir() {
                collect(&e.path(), &path, out)?;
            } else if kind.is_file() {
                out.push(path);
            }
        }
        Ok(())
    }
    let mut files = Vec::new();
    collect(root, "", &mut files)?;
    files.sort();
    let mut h = Sha256::new();
    for f in files {
        h.update(f.as_bytes());
        h.update([0]);
        h.update(Sha256::digest(fs::read(root.join(&f))?));
    }
    Ok(hex(&h.finalize()))
}

fn hex(b: &[u8]) -> String {
    b.iter().map(|b| format!("{b:02x}")).collect()
}

/// Where the archive is; `GOXIDE_GO_ARCHIVE` names another place, for mirrors and for tests.
fn archive_url(up: &Upstream) -> String {
    std::env::var("GOXIDE_GO_ARCHIVE").unwrap_or_else(|_| up.archive_url.clone())
}

fn archive(up: &Upstream, dir: &Path, progress: Progress<'_>) -> Result<PathBuf, String> {
    let part = dir.join("go.tar.gz.part");
    download(&archive_url(up), &part, progress)?;
    let tree = fresh(dir, "unpacking")?;
    progress("unpacking", 0, 0);
    let file = File::open(&part).map_err(|e| e.to_string())?;
    let unpack = tar::Archive::new(flate2::read::GzDecoder::new(io::BufReader::new(file))).unpack(&tree);
    // a damaged download must not be resumed
    let _ = fs::remove_file(&part);
    unpack.map_err(|e| format!("unpacking: {e}"))?;
    Ok(tree)
}

fn download(url: &str, part: &Path, progress: Progress<'_>) -> Result<(), String> {
    let have = fs::metadata(part).map_or(0, |m| m.len());
    let mut req = ureq::get(url).config().http_status_as_error(false).build();
    if have > 0 {
        req = req.header("Range", format!("bytes={have}-"));
    }
    let mut res = req.call().map_err(|e| e.to_string())?;
    let status = res.status().as_u16();
    let resumed = status == 206;
    if status == 416 {
        return Ok(()); // all of it is here
    }
    if status != 200 && !resumed {
        return Err(format!("the server answers {}", res.status()));
    }
    let header = |n: &str| res.headers().get(n).and_then(|v| v.to_str().ok()).map(str::to_owned);
    let total = header("content-length").and_then(|v| v.parse::<u64>().ok()).unwrap_or(0);
    let (mut done, total) = if resumed { (have, total + have) } else { (0, total) };
    let mut f = OpenOptions::new()
        .write(true)
        .create(true)
        .append(resumed)
        .truncate(!resumed)
        .open(part)
        .map_err(|e| format!("{}: {e}", part.display()))?;
    let mut body = res.body_mut().as_reader();
    let mut buf = vec![0; 1 << 16];
    loop {
        let n = body.read(&mut buf).map_err(|e| e.to_string())?;
        if n == 0 {
            break;
        }
        f.write_all(&buf[..n]).map_err(|e| format!("{}: {e}", part.display()))?;
        done += n as u64;
        progress("fetching", done, total);
    }
    if total != 0 && done != total {
        return Err(format!("the connection broke off after {done} of {total} bytes"));
    }
    Ok(())
}

fn wheel(up: &Upstream, dir: &Path, progress: Progress<'_>) -> Result<PathBuf, String> {
    let to = dir.join("wheel");
    fs::create_dir_all(&to).map_err(|e| e.to_string())?;
    let find = || -> Option<PathBuf> {
        let mut l = fs::read_dir(&to).ok()?.flatten().map(|e| e.path());
        l.find(|p| p.extension().is_some_and(|e| e == "whl"))
    };
    let good = |p: &Path| fs::read(p).is_ok_and(|b| hex(&Sha256::digest(b)) == up.wheel_sha256);
    if !find().is_some_and(|p| good(&p)) {
        let _ = fs::remove_dir_all(&to);
        progress("fetching through pip", 0, 0);
        let mut why = String::from("neither python3 nor pip is installed");
        let dest = to.display().to_string();
        for cmd in [&["python3", "-m", "pip"][..], &["pip3"], &["pip"]] {
            let out = std::process::Command::new(cmd[0])
                .args(&cmd[1..])
                .args([
                    "download",
                    "--no-deps",
                    "--disable-pip-version-check",
                    "-q",
                    "--only-binary=:all:",
                    "--dest",
                    &dest,
                ])
                .arg(&up.wheel)
                .output();
            match out {
                Ok(o) if o.status.success() => break,
                Ok(o) => {
                    let err = String::from_utf8_lossy(&o.stderr);
                    why = format!("pip: {}", err.lines().last().unwrap_or("failed"));
                }
                Err(_) => {}
            }
        }
        match find() {
            None => return Err(why),
            Some(p) if !good(&p) => {
                let _ = fs::remove_dir_all(&to);
                return Err("the wheel has another digest than the pinned one".into());
            }
            Some(_) => {}
        }
    }
    let whl = find().ok_or("the wheel is gone")?;
    let tree = fresh(dir, "unpacking")?;
    let mut z = File::open(&whl)
        .map_err(|e| e.to_string())
        .and_then(|f| zip::ZipArchive::new(io::BufReader::new(f)).map_err(|e| e.to_string()))?;
    let total = z.len() as u64;
    for i in 0..z.len() {
        let mut e = z.by_index(i).map_err(|e| e.to_string())?;
        let Some(name) = e.enclosed_name() else { continue };
        if !name.starts_with("go") {
            continue;
        }
        let dst = tree.join(&name);
        if e.is_dir() {
            fs::create_dir_all(&dst).map_err(|e| e.to_string())?;
            continue;
        }
        if let Some(p) = dst.parent() {
            fs::create_dir_all(p).map_err(|e| e.to_string())?;
        }
        let mut out = File::create(&dst).map_err(|e| e.to_string())?;
        io::copy(&mut e, &mut out).map_err(|e| format!("{}: {e}", dst.display()))?;
        // wheels carry no permissions: the programs of the distribution need theirs
        if name.starts_with("go/bin") || name.starts_with("go/pkg/tool") {
            use std::os::unix::fs::PermissionsExt;
            let _ = fs::set_permissions(&dst, fs::Permissions::from_mode(0o755));
        }
        if i % 256 == 0 {
            progress("unpacking", i as u64, total);
        }
    }
    let _ = fs::remove_dir_all(&to);
    Ok(tree)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tree_digests() {
        let dir = std::env::temp_dir().join(format!("goxide-tree-test-{}", std::process::id()));
        fs::create_dir_all(dir.join("a")).unwrap();
        fs::write(dir.join("a/x"), "1").unwrap();
        let one = tree_digest(&dir).unwrap();
        fs::write(dir.join("a.b"), "").unwrap();
        let two = tree_digest(&dir).unwrap();
        assert_ne!(one, two);
        fs::remove_file(dir.join("a.b")).unwrap();
        assert_eq!(tree_digest(&dir).unwrap(), one);
        fs::remove_dir_all(dir).unwrap();
    }
}
