//! Go's own sources as tests: the standard library checks without errors, and Go's checker test data gives exactly the
//! errors its comments ask for. Both need an unpacked Go 1.27 (`GOXIDE_GOROOT`); without it they say so and pass.

mod support;

use goxide_syntax::FRONT_END_STACK;
use std::path::PathBuf;
use support::{Loader, run_testdata, tolerance, walk};

fn with_goroot(f: impl FnOnce(PathBuf) + Send + 'static) {
    let Some(root) = std::env::var_os("GOXIDE_GOROOT") else {
        eprintln!("skipped: GOXIDE_GOROOT is not set");
        return;
    };
    let t = std::thread::Builder::new().stack_size(FRONT_END_STACK).spawn(move || f(PathBuf::from(root)));
    t.expect("thread").join().expect("test");
}

#[test]
fn std_checks() {
    with_goroot(|root| {
        let src = root.join("src");
        let l = Loader::new(src.clone(), false);
        let mut all = Vec::new();
        walk(&src, &src, &mut all);
        for p in &all {
            l.load(p).expect("package");
        }
        assert!(all.len() > 370, "only {} packages", all.len());
        assert_eq!(*l.failed.borrow(), Vec::<String>::new());
    });
}

#[test]
fn checker_testdata() {
    with_goroot(|root| {
        let l = Loader::new(root.join("src"), false);
        let dirs = [
            "src/internal/types/testdata/check",
            "src/internal/types/testdata/spec",
            "src/internal/types/testdata/examples",
            "src/internal/types/testdata/fixedbugs",
            "src/cmd/compile/internal/types2/testdata/local",
        ];
        for d in dirs {
            let dir = root.join(d).display().to_string();
            let (n, ok) = run_testdata(&l, &dir, tolerance(d));
            assert!(n > 0, "no cases in {dir}");
            assert_eq!(n, ok, "failures in {d}");
        }
    });
}
