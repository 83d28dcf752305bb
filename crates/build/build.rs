//! Embeds `goroot/`: the Go sources that replace upstream's, the list of replacements and the pinned release.

use std::fmt::Write;
use std::path::{Path, PathBuf};

fn collect(dir: &Path, out: &mut Vec<PathBuf>) {
    println!("cargo::rerun-if-changed={}", dir.display());
    let mut l: Vec<_> = std::fs::read_dir(dir).into_iter().flatten().flatten().map(|e| e.path()).collect();
    l.sort();
    for p in l {
        if p.is_dir() {
            collect(&p, out);
        } else if p.extension().is_some_and(|e| e == "go") {
            out.push(p);
        }
    }
}

fn main() {
    let manifest = PathBuf::from(std::env::var_os("CARGO_MANIFEST_DIR").expect("set by cargo"));
    let goroot = manifest.join("../../goroot").canonicalize().expect("goroot/ is part of the repository");
    let src = goroot.join("src");
    let mut files = Vec::new();
    collect(&src, &mut files);
    let mut text = String::from("/// Path below src, and content.\npub static SOURCES: &[(&str, &[u8])] = &[\n");
    for f in files {
        let rel = f.strip_prefix(&src).expect("below src").display().to_string();
        let _ = writeln!(text, "    ({rel:?}, include_bytes!({:?})),", f.display().to_string());
    }
    text.push_str("];\n");
    for (name, file) in [("OVERLAY", "overlay.toml"), ("UPSTREAM", "upstream.toml")] {
        let p = goroot.join(file);
        println!("cargo::rerun-if-changed={}", p.display());
        let _ = writeln!(text, "pub static {name}: &str = include_str!({:?});", p.display().to_string());
    }
    let out = PathBuf::from(std::env::var_os("OUT_DIR").expect("set by cargo"));
    std::fs::write(out.join("goroot.rs"), text).expect("OUT_DIR is writable");
}
