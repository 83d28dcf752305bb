//! Pass tests on textual IR: each file of `tests/ssa` names passes in its first line, then holds the input and, after
//! `---`, the expected output. `BLESS=1` rewrites the expectations.

use goxide_opt::func::*;
use goxide_ssa::{Func, parse, verify};
use goxide_types::{BasicKind, Ty};
use std::path::Path;

fn pass(name: &str) -> fn(&mut Func) -> bool {
    match name {
        "absorb" => absorb::run,
        "cfgclean" => cfgclean::run,
        "copyelim" => copyelim::run,
        "cse" => cse::run,
        "deadcode" => deadcode::run,
        "ifconv" => ifconv::run,
        "licm" => licm::run,
        "promote" => promote::run,
        "prove" => prove::run,
        "rotate" => rotate::run,
        "simplify" => simplify::run,
        _ => panic!("unknown pass {name}"),
    }
}

/// The Go types that tests name.
fn go_type(name: &str) -> Option<Ty> {
    (name == "int").then(|| goxide_types::typ(BasicKind::Int))
}

fn check(path: &Path) -> Result<(), String> {
    let text = std::fs::read_to_string(path).map_err(|e| e.to_string())?;
    let (head, rest) = text.split_once('\n').ok_or("empty file")?;
    let passes = head.strip_prefix("; pass:").ok_or("first line must be `; pass: NAME…`")?;
    let (input, want) = rest.split_once("---\n").unwrap_or((rest, ""));
    let mut f = parse::parse(input, &go_type)?;
    verify::verify(&f).map_err(|e| format!("input: {e}"))?;
    for p in passes.split_whitespace() {
        pass(p)(&mut f);
        verify::verify(&f).map_err(|e| format!("after {p}: {e}\n{f}"))?;
    }
    let got = f.to_string();
    if std::env::var_os("BLESS").is_some() {
        return std::fs::write(path, format!("{head}\n{input}---\n{got}")).map_err(|e| e.to_string());
    }
    if got == want { Ok(()) } else { Err(format!("got:\n{got}\nwant:\n{want}")) }
}

#[test]
fn golden() {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/ssa");
    let mut files: Vec<_> = std::fs::read_dir(dir).expect("tests/ssa").map(|e| e.expect("entry").path()).collect();
    files.sort();
    assert!(!files.is_empty());
    let mut failed = Vec::new();
    for f in &files {
        if let Err(e) = check(f) {
            failed.push(format!("{}: {e}", f.display()));
        }
    }
    assert!(failed.is_empty(), "{}", failed.join("\n\n"));
}
