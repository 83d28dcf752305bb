//! `testdata GOROOT [SUBSTRING…]`: the checker on Go's own test data; one line per case, `ok NAME` or `FAIL NAME`
//! followed by what is wrong. `cargo xtask upstream types` compares that with its list.

mod cases;
mod loader;

use goxide_syntax::FRONT_END_STACK;
use loader::Loader;
use std::path::PathBuf;
use std::process::ExitCode;

/// Folders, and how far the column of an error may be off.
const DIRS: &[(&str, u32)] = &[
    ("src/internal/types/testdata/check", 50),
    ("src/internal/types/testdata/spec", 20),
    ("src/internal/types/testdata/examples", 125),
    ("src/internal/types/testdata/fixedbugs", 100),
    ("src/cmd/compile/internal/types2/testdata/local", 0),
];

fn main() -> ExitCode {
    let t = std::thread::Builder::new().stack_size(FRONT_END_STACK).spawn(run);
    t.expect("a thread").join().unwrap_or(ExitCode::FAILURE)
}

fn run() -> ExitCode {
    let mut args = std::env::args().skip(1);
    let Some(root) = args.next().map(PathBuf::from) else {
        eprintln!("usage: testdata GOROOT [SUBSTRING…]");
        return ExitCode::FAILURE;
    };
    let only: Vec<String> = args.collect();
    let loader = Loader::new(root.join("src"));
    for (dir, tolerance) in DIRS {
        let short = dir.rsplit('/').next().unwrap_or(dir);
        let list = match cases::list(&root.join(dir)) {
            Ok(l) => l,
            Err(e) => {
                eprintln!("{dir}: {e}");
                return ExitCode::FAILURE;
            }
        };
        for (name, files) in list {
            let name = format!("{short}/{name}");
            if !only.is_empty() && !only.iter().any(|o| name.contains(o.as_str())) {
                continue;
            }
            let r = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| cases::run(&loader, &files, *tolerance)));
            let bad = r.unwrap_or_else(|_| vec!["the checker crashes".to_owned()]);
            println!("{} {name}", if bad.is_empty() { "ok" } else { "FAIL" });
            bad.iter().for_each(|b| println!("    {}", b.replace('\n', "\n    ")));
        }
    }
    ExitCode::SUCCESS
}
