//! `-overlay file`: Go source files that the build reads elsewhere, or takes for deleted.
//!
//! The file is JSON as the go command reads it, `{"Replace": {"path": "where its content is, or empty"}}`. Only `.go` files of
//! package directories may be replaced; anything else is refused by name, since it is read in too many places to be
//! replaced in some of them only.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

/// What is replaced, by absolute path. `None`: deleted.
#[derive(Clone, Debug, Default)]
pub struct FileOverlay {
    replace: BTreeMap<PathBuf, Option<PathBuf>>,
}

impl FileOverlay {
    /// Reads the file that `-overlay` names; paths in it are relative to `cwd`.
    pub fn read(file: &Path, cwd: &Path) -> Result<FileOverlay, String> {
        let text = std::fs::read_to_string(cwd.join(file))
            .map_err(|e| format!("reading overlay: open {}: {}", file.display(), crate::load::os_error(&e)))?;
        let entries =
            Parser { rest: &text }.document().map_err(|e| format!("parsing overlay JSON: {}: {e}", file.display()))?;
        let mut o = FileOverlay::default();
        for (from, to) in entries {
            if from.is_empty() {
                return Err("empty string key in overlay map".into());
            }
            if !from.ends_with(".go") {
                return Err(format!("-overlay: {from}: only .go files can be replaced"));
            }
            o.replace.insert(cwd.join(from), (!to.is_empty()).then(|| cwd.join(to)));
        }
        Ok(o)
    }

    /// Names of the files that the overlay puts into `dir`.
    pub fn names<'a>(&'a self, dir: &'a Path) -> impl Iterator<Item = String> + 'a {
        let here = self.replace.iter().filter(move |(p, to)| to.is_some() && p.parent() == Some(dir));
        here.filter_map(|(p, _)| p.file_name()?.to_str().map(str::to_owned))
    }

    /// Whether the file at `path` counts as deleted.
    pub fn deleted(&self, path: &Path) -> bool {
        self.replace.get(path).is_some_and(|to| to.is_none())
    }

    /// The content of the file at `path`, if it is replaced.
    pub fn content(&self, path: &Path) -> Option<io::Result<Vec<u8>>> {
        self.replace.get(path)?.as_ref().map(std::fs::read)
    }
}

/// Reads as much of JSON as the file's form needs.
struct Parser<'a> {
    rest: &'a str,
}

impl Parser<'_> {
    fn document(mut self) -> Result<BTreeMap<String, String>, String> {
        let mut out = BTreeMap::new();
        self.object(|p, key| {
            if key != "Replace" {
                return Err(format!("unknown field {key:?}"));
            }
            p.object(|p, key| {
                let to = p.string()?;
                out.insert(key, to);
                Ok(())
            })
        })?;
        self.space();
        if self.rest.is_empty() { Ok(out) } else { Err("text after the top-level value".into()) }
    }

    fn space(&mut self) {
        self.rest = self.rest.trim_start();
    }

    fn eat(&mut self, c: char) -> bool {
        self.space();
        match self.rest.strip_prefix(c) {
            Some(r) => {
                self.rest = r;
                true
            }
            None => false,
        }
    }

    fn object(&mut self, mut member: impl FnMut(&mut Self, String) -> Result<(), String>) -> Result<(), String> {
        if !self.eat('{') {
            return Err("an object is wanted".into());
        }
        if self.eat('}') {
            return Ok(());
        }
        loop {
            let key = self.string()?;
            if !self.eat(':') {
                return Err(format!("no value after {key:?}"));
            }
            member(self, key)?;
            if self.eat('}') {
                return Ok(());
            }
            if !self.eat(',') {
                return Err("a comma or the end of an object is wanted".into());
            }
        }
    }

    fn string(&mut self) -> Result<String, String> {
        if !self.eat('"') {
            return Err("a string is wanted".into());
        }
        let mut out = String::new();
        let mut units: Vec<u16> = Vec::new();
        let mut it = self.rest.char_indices();
        while let Some((i, c)) = it.next() {
            let escape = if c == '\\' { it.next().map(|(_, e)| e) } else { None };
            if escape != Some('u') && !units.is_empty() {
                out.push_str(&String::from_utf16_lossy(&units));
                units.clear();
            }
            match (c, escape) {
                ('"', _) => {
                    self.rest = &self.rest[i + 1..];
                    return Ok(out);
                }
                ('\\', Some('u')) => {
                    let hex: String = it.by_ref().take(4).map(|(_, c)| c).collect();
                    units.push(u16::from_str_radix(&hex, 16).map_err(|_| format!("invalid escape \\u{hex}"))?);
                }
                ('\\', Some(e)) => out.push(match e {
                    'n' => '\n',
                    't' => '\t',
                    'r' => '\r',
                    'b' => '\u{8}',
                    'f' => '\u{c}',
                    e => e,
                }),
                (c, _) => out.push(c),
            }
        }
        Err("a string does not end".into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_form_of_the_go_command() {
        let dir = std::env::temp_dir().join(format!("goxide-fsoverlay-{}", std::process::id()));
        std::fs::create_dir_all(&dir).unwrap();
        let read = |text: &str| {
            std::fs::write(dir.join("o.json"), text).unwrap();
            FileOverlay::read(Path::new("o.json"), &dir)
        };
        let o = read("{\"Replace\": {\"a/x.go\": \"new.go\", \"/b/\\u0079.go\":\"\"}}").unwrap();
        std::fs::write(dir.join("new.go"), "package new").unwrap();
        assert_eq!(o.names(&dir.join("a")).collect::<Vec<_>>(), ["x.go"]);
        assert_eq!(o.content(&dir.join("a/x.go")).unwrap().unwrap(), b"package new");
        assert!(o.deleted(Path::new("/b/y.go")) && !o.deleted(Path::new("/b/x.go")));
        assert!(o.content(Path::new("/b/y.go")).is_none());
        let error = |text: &str| read(text).unwrap_err();
        assert_eq!(error("{\"Replace\":{\"go.mod\":\"x\"}}"), "-overlay: go.mod: only .go files can be replaced");
        assert_eq!(error("{\"Replace\":{\"\":\"x\"}}"), "empty string key in overlay map");
        assert!(error("{\"Replace\":[]}").starts_with("parsing overlay JSON: o.json: "));
        std::fs::remove_dir_all(&dir).unwrap();
    }
}
