//! The error tests of upstream's syntax package, in place, and all of upstream's sources. Needs `GOXIDE_TEST_GOROOT`
//! (`cargo xtask test` sets it); without it there is nothing to read.

use goxide_diag::Sink;
use goxide_syntax::{FRONT_END_STACK, Mode, NodeIdGen, parse_file, scan_comments, scan_header};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

fn goroot_src() -> Option<PathBuf> {
    let root = std::env::var_os("GOXIDE_TEST_GOROOT")?;
    Some(Path::new(&root).join("src"))
}

fn go_files(dir: &Path, out: &mut Vec<PathBuf>) {
    let mut l: Vec<_> = std::fs::read_dir(dir).into_iter().flatten().flatten().map(|e| e.path()).collect();
    l.sort();
    for p in l {
        if p.is_dir() && !p.ends_with("testdata") {
            go_files(&p, out);
        } else if p.extension().is_some_and(|e| e == "go") && p.is_file() {
            out.push(p);
        }
    }
}

fn on_big_stack(f: impl FnOnce() + Send + 'static) {
    let t = std::thread::Builder::new().stack_size(FRONT_END_STACK).spawn(f).expect("a thread");
    if let Err(e) = t.join() {
        std::panic::resume_unwind(e);
    }
}

/// Line and column (0 for a whole line) of each expected error, with its pattern.
fn declared(file: &goxide_base::SourceFile) -> BTreeMap<(u32, u32), String> {
    let mut m = BTreeMap::new();
    for c in scan_comments(&file.src) {
        if let Some(p) = c.text.strip_prefix("// ERROR ") {
            m.insert((file.line_col(file.pos(c.off)).0, 0), p.trim().to_owned());
        } else if let Some(p) = c.text.strip_prefix("/* ERROR ") {
            let pattern = p.strip_suffix("*/").unwrap_or(p).trim();
            m.insert(file.line_col(file.pos(c.next)), pattern.to_owned());
        }
    }
    m
}

/// Go's regexp takes a brace that starts no repetition literally.
fn go_regex(rx: &str) -> regex::Regex {
    let brace = regex::Regex::new(r"\{([^0-9]|$)").unwrap();
    regex::Regex::new(&brace.replace_all(rx, r"\{$1")).unwrap()
}

#[test]
fn declared_errors() {
    let Some(src) = goroot_src() else { return };
    on_big_stack(move || {
        let dir = src.join("cmd/compile/internal/syntax/testdata");
        let mut files: Vec<_> = std::fs::read_dir(dir).unwrap().flatten().map(|e| e.path()).collect();
        files.sort();
        let mut bad = Vec::new();
        for p in files {
            let name = p.file_name().unwrap().to_string_lossy().into_owned();
            let file = goxide_base::add_file(name.clone(), name.clone(), std::fs::read(&p).unwrap());
            let mut want = declared(&file);
            let mut sink = Sink::default();
            parse_file(&file, &mut NodeIdGen::new(), Mode::default(), &mut sink);
            for d in sink.diags {
                let at = file.line_col(d.pos);
                let key = if want.contains_key(&at) { at } else { (at.0, 0) };
                match want.get(&key) {
                    Some(rx) if go_regex(rx).is_match(&d.msg) => {
                        want.remove(&key);
                    }
                    Some(rx) => bad.push(format!("{name}:{at:?}: {:?} does not match {rx:?}", d.msg)),
                    None => bad.push(format!("{name}:{at:?}: unexpected: {}", d.msg)),
                }
            }
            bad.extend(want.iter().map(|(at, rx)| format!("{name}:{at:?}: missing: {rx}")));
        }
        assert!(bad.is_empty(), "{}", bad.join("\n"));
    });
}

#[test]
fn all_sources_parse() {
    let Some(src) = goroot_src() else { return };
    on_big_stack(move || {
        let mut files = Vec::new();
        go_files(&src, &mut files);
        assert!(files.len() > 5000);
        let mode = Mode { std: true, runtime: true, ..Mode::default() };
        for p in files {
            let text = std::fs::read(&p).unwrap();
            let head = scan_header(&text);
            assert_eq!(head.error, None, "{}", p.display());
            let file = goxide_base::add_file(p.display().to_string(), "", text);
            let mut sink = Sink::default();
            let tree = parse_file(&file, &mut NodeIdGen::new(), mode, &mut sink).expect("a tree");
            assert_eq!(sink.diags, [], "{}", p.display());
            assert_eq!(tree.pkg_name.name.as_str(), head.package);
        }
    });
}
