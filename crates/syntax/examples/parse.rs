//! Parses the .go files given (or found below the folders given), prints errors and the speed.

use goxide_diag::Sink;
use goxide_syntax::{FRONT_END_STACK, Mode, NodeIdGen, parse_file};
use std::path::{Path, PathBuf};

fn collect(p: &Path, out: &mut Vec<PathBuf>) {
    if p.is_dir() {
        let mut l: Vec<_> = std::fs::read_dir(p).into_iter().flatten().flatten().map(|e| e.path()).collect();
        l.sort();
        for e in l {
            if !e.ends_with("testdata") {
                collect(&e, out);
            }
        }
    } else if p.extension().is_some_and(|e| e == "go") {
        out.push(p.to_owned());
    }
}

fn main() {
    let work = || {
        let mut files = Vec::new();
        for a in std::env::args().skip(1) {
            collect(Path::new(&a), &mut files);
        }
        let texts: Vec<Vec<u8>> = files.iter().map(|f| std::fs::read(f).expect("readable")).collect();
        let bytes: usize = texts.iter().map(|t| t.len()).sum();
        let std = std::env::var_os("STD").is_some();
        let mode = Mode { std, runtime: std, ..Mode::default() };
        let start = std::time::Instant::now();
        let mut errors = 0;
        for (f, t) in files.iter().zip(texts) {
            let name = f.display().to_string();
            let file = goxide_base::add_file(name.clone(), name, t);
            let mut sink = Sink::default();
            let mut ids = NodeIdGen::new();
            let tree = parse_file(&file, &mut ids, mode, &mut sink);
            std::mem::forget(tree);
            for d in sink.diags {
                errors += 1;
                println!("{}: {}", goxide_base::position(d.pos), d.msg);
            }
        }
        let s = start.elapsed().as_secs_f64();
        let mb = bytes as f64 / 1e6;
        eprintln!("{} files, {mb:.1} MB, {errors} errors, {s:.2} s, {:.0} MB/s", files.len(), mb / s);
    };
    let t = std::thread::Builder::new().stack_size(FRONT_END_STACK).spawn(work).expect("a thread");
    t.join().expect("no panic");
}
