//! Cases of Go's checker test data, judged as the harness of `types2` does.

use crate::loader::Loader;
use goxide_diag::Sink;
use goxide_syntax::{Mode, NodeIdGen, parse_file};
use goxide_testkit::go_regex;
use goxide_types::{Config, check_package};
use std::path::{Path, PathBuf};

/// An expected error: line, column of the token before the comment, text, and whether the text is a regexp.
struct Want {
    line: u32,
    col: u32,
    pat: String,
    rx: bool,
}

/// Collects `ERROR` comments.
fn wanted(src: &[u8]) -> Vec<Want> {
    let mut out = Vec::new();
    let (mut i, mut line, mut bol) = (0, 1u32, 0);
    let (mut pl, mut pc) = (0, 0);
    let mut comment = |text: &[u8], pl, pc| {
        let t = String::from_utf8_lossy(text).into_owned();
        for (pre, rx) in [(" ERROR ", false), (" ERRORx ", true)] {
            if let Some(p) = t.strip_prefix(pre) {
                let p = p.trim();
                let pat = goxide_types::constant::unquote(p)
                    .map_or_else(|| p.to_owned(), |b| String::from_utf8_lossy(&b).into_owned());
                out.push(Want { line: pl, col: pc, pat, rx });
            }
        }
    };
    while i < src.len() {
        let c = src[i];
        if c == b'\n' {
            i += 1;
            line += 1;
            bol = i;
        } else if c.is_ascii_whitespace() {
            i += 1;
        } else if src[i..].starts_with(b"//") {
            let end = src[i..].iter().position(|c| *c == b'\n').map_or(src.len(), |n| i + n);
            comment(&src[i + 2..end], pl, pc);
            i = end;
        } else if src[i..].starts_with(b"/*") {
            let end = src[i..].windows(2).position(|w| w == b"*/").map_or(src.len(), |n| i + n);
            comment(&src[i + 2..end], pl, pc);
            for (k, c) in src[i..end].iter().enumerate() {
                if *c == b'\n' {
                    line += 1;
                    bol = i + k + 1;
                }
            }
            i = (end + 2).min(src.len());
        } else {
            pl = line;
            pc = (i - bol) as u32 + 1;
            if matches!(c, b'"' | b'\'' | b'`') {
                i += 1;
                while i < src.len() && src[i] != c {
                    if src[i] == b'\\' && c != b'`' {
                        i += 1;
                    }
                    if src[i] == b'\n' {
                        line += 1;
                        bol = i + 1;
                        if c != b'`' {
                            break;
                        }
                    }
                    i += 1;
                }
                i += 1;
            } else if c.is_ascii_alphanumeric() || c == b'_' || c >= 0x80 {
                while i < src.len() && (src[i].is_ascii_alphanumeric() || src[i] == b'_' || src[i] >= 0x80) {
                    i += 1;
                }
            } else {
                i += 1;
            }
        }
    }
    out
}

/// Runs one case; gives what is wrong.
pub fn run(l: &Loader, files: &[PathBuf], delta: u32) -> Vec<String> {
    let mut sink = Sink::default();
    let mut ids = NodeIdGen::default();
    let mut asts = Vec::new();
    let mut conf = Config { test_builtins: true, ..Config::default() };
    let mut want: Vec<(goxide_base::FileId, Want)> = Vec::new();
    for (i, f) in files.iter().enumerate() {
        let src = std::fs::read(f).unwrap_or_default();
        if i == 0 {
            let first = String::from_utf8_lossy(&src).lines().next().unwrap_or("").to_owned();
            if let Some(fl) = first.strip_prefix("//").map(str::trim_start).filter(|f| f.starts_with('-')) {
                for a in fl.split_whitespace() {
                    if let Some(v) = a.strip_prefix("-lang=") {
                        conf.go_version = v.to_owned();
                    } else if a == "-fakeImportC" {
                        conf.fake_import_c = true;
                    } else if a.starts_with("-gotypesalias=0") {
                        return Vec::new();
                    }
                }
            }
        }
        let name = f.file_name().and_then(|n| n.to_str()).unwrap_or("").to_owned();
        let sf = goxide_base::add_file(name.clone(), name, src.clone());
        want.extend(wanted(&src).into_iter().map(|w| (sf.id, w)));
        if let Some(a) = parse_file(&sf, &mut ids, Mode { check_branches: false, ..Mode::default() }, &mut sink) {
            asts.push(&*Box::leak(Box::new(a)));
        }
    }
    if let Some(a) = asts.first() {
        let name = a.pkg_name.name.to_string();
        check_package(&name, &asts, l, &conf, &mut sink);
    }
    let mut bad = Vec::new();
    for d in &sink.diags {
        let Some(f) = goxide_base::file_of(d.pos) else {
            bad.push(format!("error without position: {}", d.msg));
            continue;
        };
        let (line, col) = f.line_col(d.pos);
        let best = want
            .iter()
            .enumerate()
            .filter(|(_, (id, w))| *id == f.id && w.line == line)
            .filter(
                |(_, (_, w))| {
                    if w.rx { go_regex(&w.pat).is_ok_and(|r| r.is_match(&d.msg)) } else { d.msg.contains(&w.pat) }
                },
            )
            .min_by_key(|(_, (_, w))| w.col.abs_diff(col))
            .map(|(i, _)| i);
        match best {
            None => bad.push(format!("{}:{line}:{col}: no error expected: {}", f.name, d.msg)),
            Some(i) => {
                let (_, w) = want.remove(i);
                if w.col.abs_diff(col) > delta {
                    bad.push(format!("{}:{line}: got col = {col}; want {}", f.name, w.col));
                }
            }
        }
    }
    for (id, w) in &want {
        bad.push(format!("{}:{}:{}: unreported error: {}", goxide_base::file(*id).name, w.line, w.col, w.pat));
    }
    bad
}

/// The cases of a directory: a file, or a folder whose files make one package.
pub fn list(dir: &Path) -> std::io::Result<Vec<(String, Vec<PathBuf>)>> {
    let entries = |d: &Path| -> std::io::Result<Vec<PathBuf>> {
        let mut v: Vec<PathBuf> = std::fs::read_dir(d)?.flatten().map(|e| e.path()).collect();
        v.sort();
        Ok(v)
    };
    let mut out = Vec::new();
    for p in entries(dir)? {
        let name = p.file_name().unwrap_or_default().to_string_lossy().into_owned();
        out.push((name, if p.is_dir() { entries(&p)? } else { vec![p] }));
    }
    Ok(out)
}
