//! Checks packages of a Go source tree, for work on the checker:
//! `check GOROOT/src std`, `check GOROOT/src path…`, `check GOROOT/src testdata DIR|FILE…`.

#[path = "../tests/upstream/support.rs"]
mod support;

use goxide_syntax::FRONT_END_STACK;
use std::path::PathBuf;
use support::{Loader, run_testdata, tolerance, walk};

fn run() {
    let mut args = std::env::args().skip(1);
    let src = PathBuf::from(args.next().expect("usage: check SRC std|path…|testdata DIR…"));
    let mut paths: Vec<String> = args.collect();
    let all = paths.iter().any(|p| p == "std");
    let l = Loader::new(src.clone(), !all);
    if paths.first().is_some_and(|p| p == "testdata") {
        for d in &paths[1..] {
            run_testdata(&l, d, tolerance(d));
        }
        return;
    }
    if all {
        paths.clear();
        walk(&src, &src, &mut paths);
    }
    for p in &paths {
        if let Err(e) = l.load(p) {
            eprintln!("{e}");
        }
    }
    let n = l.keep.borrow().len();
    println!(
        "{n} packages, {} failed; parse {:?}, check {:?}",
        l.failed.borrow().len(),
        l.parse.borrow(),
        l.check.borrow()
    );
}

fn main() {
    std::thread::Builder::new().stack_size(FRONT_END_STACK).spawn(run).expect("thread").join().expect("check");
}
