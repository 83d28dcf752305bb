//! A content-addressed store on disk: results of builds under the digest of everything that decided them.
//!
//! Safe for concurrent builds and for being killed at any moment: an entry appears by renaming a complete file, and is
//! verified when it is read. What has not been used for some days is removed.
#![forbid(unsafe_code)]

use sha2::{Digest, Sha256};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

/// Name of an entry.
pub type Key = [u8; 32];

/// Entries that nobody used for this long are removed.
const KEEP: Duration = Duration::from_secs(5 * 24 * 3600);
const TRIM_EVERY: Duration = Duration::from_secs(24 * 3600);
/// Behind the content: this, the content's length and its digest.
const MAGIC: &[u8; 8] = b"goxide1\n";
const TRAILER: usize = MAGIC.len() + 8 + 32;

/// The store in one folder.
#[derive(Clone, Debug)]
pub struct Store {
    dir: PathBuf,
}

fn hex(k: &[u8]) -> String {
    k.iter().map(|b| format!("{b:02x}")).collect()
}

impl Store {
    /// The store at `dir`, which is made when something is put into it.
    pub fn new(dir: impl Into<PathBuf>) -> Store {
        Store { dir: dir.into() }
    }

    fn path(&self, kind: &str, key: &Key) -> PathBuf {
        let h = hex(key);
        self.dir.join(kind).join(&h[..2]).join(h)
    }

    /// The content stored under `key`, if it is there and intact.
    pub fn get(&self, kind: &str, key: &Key) -> Option<Vec<u8>> {
        let path = self.path(kind, key);
        let mut all = std::fs::read(&path).ok()?;
        let body = all.len().saturating_sub(TRAILER);
        let trailer = all.split_off(body);
        let whole = trailer.len() == TRAILER
            && &trailer[..8] == MAGIC
            && trailer[8..16] == (body as u64).to_le_bytes()
            && Sha256::digest(&all)[..] == trailer[16..];
        if !whole {
            // Damaged, say by a full disk or a crash of the machine: forget it.
            let _ = std::fs::remove_file(&path);
            return None;
        }
        self.touch(&path);
        Some(all)
    }

    /// Stores `content` under `key`. Failure to store is not an error of the build: the caller may ignore it.
    pub fn put(&self, kind: &str, key: &Key, content: &[u8]) -> std::io::Result<()> {
        let path = self.path(kind, key);
        let parent = path.parent().unwrap_or(&self.dir);
        std::fs::create_dir_all(parent)?;
        let tmp = temp_name(&path);
        let write = || {
            let mut f = std::fs::File::create_new(&tmp)?;
            f.write_all(content)?;
            f.write_all(MAGIC)?;
            f.write_all(&(content.len() as u64).to_le_bytes())?;
            f.write_all(&Sha256::digest(content))?;
            drop(f);
            std::fs::rename(&tmp, &path)
        };
        let r = write();
        if r.is_err() {
            let _ = std::fs::remove_file(&tmp);
        }
        r
    }

    /// Notes that an entry was used; at most once an hour, to spare the disk.
    fn touch(&self, path: &Path) {
        let old = std::fs::metadata(path).and_then(|m| m.modified()).ok();
        let fresh = old.and_then(|t| t.elapsed().ok()).is_some_and(|e| e < Duration::from_secs(3600));
        if !fresh && let Ok(f) = std::fs::File::open(path) {
            let _ = f.set_modified(SystemTime::now());
        }
    }

    /// Removes what has not been used for days, and left-over temporary files. Does so once a day.
    pub fn trim(&self) {
        let stamp = self.dir.join("trim.txt");
        let recent = std::fs::metadata(&stamp).and_then(|m| m.modified()).ok().and_then(|t| t.elapsed().ok());
        if recent.is_some_and(|e| e < TRIM_EVERY) || !self.dir.is_dir() {
            return;
        }
        let _ = std::fs::write(&stamp, "");
        let dirs = |p: &Path| -> Vec<PathBuf> {
            std::fs::read_dir(p).into_iter().flatten().flatten().map(|e| e.path()).collect()
        };
        for shard in dirs(&self.dir).iter().flat_map(|k| dirs(k)) {
            for entry in dirs(&shard) {
                let age = std::fs::metadata(&entry).and_then(|m| m.modified()).ok().and_then(|t| t.elapsed().ok());
                if age.is_some_and(|a| a > KEEP) {
                    let _ = std::fs::remove_file(entry);
                }
            }
        }
    }
}

/// A name beside `path` that no other process uses.
pub fn temp_name(path: &Path) -> PathBuf {
    static COUNT: std::sync::atomic::AtomicU64 = std::sync::atomic::AtomicU64::new(0);
    // Relaxed: only distinctness within the process matters
    let n = COUNT.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
    let nanos = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_or(0, |d| d.subsec_nanos());
    let name = path.file_name().map(|f| f.to_string_lossy().into_owned()).unwrap_or_default();
    path.with_file_name(format!(".{name}.{}-{n}-{nanos}.tmp", std::process::id()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn round_trip_and_damage() {
        let dir = std::env::temp_dir().join(format!("goxide-cache-test-{}", std::process::id()));
        let s = Store::new(&dir);
        let key = [7; 32];
        assert_eq!(s.get("x", &key), None);
        s.put("x", &key, b"hello").unwrap();
        assert_eq!(s.get("x", &key).as_deref(), Some(&b"hello"[..]));
        assert_eq!(s.get("y", &key), None);
        std::fs::write(s.path("x", &key), b"hel").unwrap();
        assert_eq!(s.get("x", &key), None);
        assert!(!s.path("x", &key).exists());
        std::fs::remove_dir_all(dir).unwrap();
    }
}
