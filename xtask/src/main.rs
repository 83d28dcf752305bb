//! Developer commands: `cargo xtask …`. `help` lists them.
#![forbid(unsafe_code)]

mod bench;
mod conformance;
mod gopath;
mod programs;
mod report;
mod run;
mod runtimetests;
mod script;
mod stdtests;
mod stress;
mod suite;
mod tidy;
mod upstream;

use std::process::ExitCode;

const HELP: &str = "cargo xtask COMMAND

  setup              provision the standard library and the conformance suite (verified, cached)
  build              build goxide (release)
  run PATH [ARG…]    build goxide, then compile and run the program at PATH
  check              format, lints, structure
  test [--quick]     everything CI runs, in order, with a summary
  programs [NAME…]   examples/, tests/run, tests/runtime against their expected output
  scripts [NAME…]    go command sessions in tests/script
  stress [--minutes N] [--seed S] [--only SUBSTRING] [--short]
                     tests/stress and tests/run/rt_* under the runtime's stress modes, GOMAXPROCS 1, 2, 4, 16
  upstream test [--action A,B] [--only SUBSTRING] [--shard K/N] [--jobs N] [--list-failures]
                     Go's own test/ programs against the lists in tests/upstream
  upstream types [SUBSTRING…]
                     the test data of Go's type checker against tests/upstream/types.toml
  upstream check [--peer]
                     checks all of std and cmd; --peer: beside a program on go/types built by gc
  upstream tools     gofmt, compile, asm and link built by goxide: they must write the bytes that gc's write
  upstream std [--jobs N] [--list-failures] [PACKAGE…]
                     tests of std's packages (a/... too) against tests/upstream/std.toml
  bench [ARG…]       the benchmark suite beside gc (arguments go to bench/run.py)
  compare PATH       the program's stdout, stderr and exit status under goxide and under gc
  fuzz programs [--minutes N] [--seed S] [--count N]
                     generated programs under goxide and under gc
  fuzz concurrent [--minutes N] [--seed S] [--count N]
                     the same of goroutines, under the runtime's stress modes and seeded schedules
  fuzz bytes|roundtrip|check [--minutes N] [--seed S] FILE-OR-FOLDER…
                     scanner and parser on anything; parser and printer; parser and checker
  tidy               dependency direction between crates, paths named in docs
";

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = args.iter().map(String::as_str).collect();
    let result = match &words[..] {
        [] | ["help" | "--help" | "-h", ..] => {
            print!("{HELP}");
            Ok(())
        }
        ["setup"] => suite::setup(),
        ["build"] => run::build().map(drop),
        ["run", path, rest @ ..] => return run::run_program(path, rest),
        ["check"] => suite::check(),
        ["test", rest @ ..] => suite::test(rest.contains(&"--quick")),
        ["programs", names @ ..] => programs::main(names),
        ["scripts", names @ ..] => script::main(names),
        ["upstream", "test", rest @ ..] => upstream::main(rest),
        ["stress", rest @ ..] => stress::main(rest),
        ["upstream", "check", rest @ ..] => upstream::check::main(rest),
        ["upstream", "types", rest @ ..] => upstream::types::main(rest),
        ["upstream", "tools", rest @ ..] => upstream::tools::main(rest),
        // for `upstream tools` alone
        ["with-tools", rest @ ..] => upstream::tools::with_tools(rest),
        ["upstream", "std", rest @ ..] => stdtests::main(rest),
        ["bench", rest @ ..] => bench::main(rest),
        ["compare", path] => bench::compare(path),
        ["fuzz", rest @ ..] => run::build().and_then(|g| run::fuzz(&g, rest)),
        ["tidy"] => tidy::main(),
        [other, ..] => Err(format!("unknown command {other:?}; see `cargo xtask help`")),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(e) => {
            eprintln!("xtask: {e}");
            ExitCode::FAILURE
        }
    }
}
