//! The rich form of the most common mistakes: `rich/X.go` and what is shown for it, `rich/X.txt`.
//!
//! `GOXIDE_BLESS=1 cargo test -p goxide-types --test rich` writes the texts anew; the difference is reviewed as code.

use goxide_diag::{Diagnostic, Severity, Sink, Style, rich};
use goxide_syntax::{FRONT_END_STACK, Mode, NodeIdGen, ast, parse_file};
use goxide_types::{Config, Importer, Pkg, check_package};
use std::path::Path;

/// The one package that the cases import.
const STRS: &str = "package strs\n\nfunc Trim(s string) string { return s }\n";

struct Strs(Pkg);

impl Importer for Strs {
    fn import(&self, path: &str) -> Result<Pkg, String> {
        if path == "strs" { Ok(self.0) } else { Err("file not found".into()) }
    }
}

struct Nothing;

impl Importer for Nothing {
    fn import(&self, _: &str) -> Result<Pkg, String> {
        Err("file not found".into())
    }
}

fn parse(name: &str, src: &str, sink: &mut Sink) -> Option<&'static ast::File> {
    let f = goxide_base::add_file(name, name, src.as_bytes().to_vec());
    let file = parse_file(&f, &mut NodeIdGen::new(), Mode::default(), sink)?;
    Some(Box::leak(Box::new(file)))
}

/// What is shown for a source file, as the driver arrives at it.
fn show(name: &str, src: &str, importer: &dyn Importer) -> String {
    let mut sink = Sink::default();
    let file = parse(name, src, &mut sink);
    let stop = sink.diags.iter().any(|d| d.msg.starts_with("syntax error"));
    if let Some(file) = file.filter(|_| !stop) {
        let conf = Config { go_version: "go1.27".into(), ignore_branch_errors: true, gc: true, ..Config::default() };
        check_package("p", &[file], importer, &conf, &mut sink);
    }
    let errors: Vec<Diagnostic> = sink.diags.into_iter().filter(|d| d.severity != Severity::Note).collect();
    rich(&errors, false, Style::default())
}

fn cases() {
    let mut sink = Sink::default();
    let strs = parse("strs.go", STRS, &mut sink).expect("it parses");
    let strs = Strs(check_package("strs", &[strs], &Nothing, &Config::default(), &mut sink).pkg);
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/rich");
    let mut names: Vec<_> = std::fs::read_dir(&dir).expect("cases").flatten().map(|e| e.path()).collect();
    names.retain(|p| p.extension().is_some_and(|e| e == "go"));
    names.sort();
    assert!(names.len() >= 50);
    let bless = std::env::var_os("GOXIDE_BLESS").is_some();
    let mut bad = String::new();
    for p in names {
        let src = std::fs::read_to_string(&p).expect("a case");
        let name = p.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let got = show(&name, &src, &strs);
        assert!(!got.is_empty(), "{name}: no error");
        let text = p.with_extension("txt");
        if bless {
            std::fs::write(&text, &got).expect("written");
        } else if std::fs::read_to_string(&text).unwrap_or_default() != got {
            bad += &format!("--- {name}\n{got}");
        }
    }
    assert!(bad.is_empty(), "not as in the snapshots:\n{bad}");
}

#[test]
fn common_mistakes() {
    let t = std::thread::Builder::new().stack_size(FRONT_END_STACK).spawn(cases);
    t.expect("a thread").join().expect("cases pass");
}
