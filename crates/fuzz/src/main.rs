//! Fuzzing: generated well-typed programs under goxide and gc, and the front end on broken input.
//!
//! Takes a seed and a time, gives findings as files. Knows the front end's interface and the command line of the
//! compilers; does not know anything behind them. `cargo xtask fuzz` is the way in.
#![forbid(unsafe_code)]

mod concurrent;
mod expr;
mod front;
mod hang;
mod mutate;
mod program;
mod rng;
mod roundtrip;
mod run;
mod types;

use std::path::PathBuf;
use std::process::ExitCode;

const HELP: &str = "fuzz programs --goxide PATH --go PATH [--minutes N] [--seed S] [--count N]
fuzz concurrent --goxide PATH --go PATH [--minutes N] [--seed S] [--count N]
fuzz program|concurrent-program SEED
                                prints the program of a seed
fuzz bytes|roundtrip|check [--minutes N] [--seed S] FILE-OR-FOLDER…
                                scanner and parser on anything; parser and printer on
                                sources that parse; parser and checker on mutated sources
";

/// What the words of the command line say.
pub struct Plan {
    pub seed: u64,
    pub minutes: f64,
    pub count: u64,
    pub goxide: PathBuf,
    pub go: PathBuf,
    pub rest: Vec<String>,
}

fn plan(args: &[String]) -> Result<Plan, String> {
    let mut p =
        Plan { seed: 1, minutes: 1.0, count: u64::MAX, goxide: "goxide".into(), go: "go".into(), rest: Vec::new() };
    let mut it = args.iter();
    while let Some(a) = it.next() {
        let mut value = || it.next().cloned().ok_or(format!("{a} needs a value"));
        match a.as_str() {
            "--seed" => p.seed = value()?.parse().map_err(|e| format!("--seed: {e}"))?,
            "--minutes" => p.minutes = value()?.parse().map_err(|e| format!("--minutes: {e}"))?,
            "--count" => p.count = value()?.parse().map_err(|e| format!("--count: {e}"))?,
            "--goxide" => p.goxide = value()?.into(),
            "--go" => p.go = value()?.into(),
            _ => p.rest.push(a.clone()),
        }
    }
    Ok(p)
}

fn print_program(seed: &str, of: fn(u64) -> String) -> Result<bool, String> {
    let seed = seed.parse().map_err(|e| format!("{seed}: {e}"))?;
    print!("{}", of(seed));
    Ok(true)
}

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let result = match args.split_first() {
        Some((c, rest)) if c == "programs" => plan(rest).and_then(|p| run::programs(&p)),
        Some((c, rest)) if c == "batch" => plan(rest).and_then(|p| front::batch(&p)),
        Some((c, rest)) if c == "concurrent" => plan(rest).and_then(|p| run::concurrent(&p)),
        Some((c, [seed])) if c == "program" => print_program(seed, program::program),
        Some((c, [seed])) if c == "concurrent-program" => print_program(seed, concurrent::program),
        Some((c, rest)) if let Some(kind) = front::Kind::by_name(c) => plan(rest).and_then(|p| front::main(kind, &p)),
        _ => Err(HELP.into()),
    };
    match result {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(e) => {
            eprintln!("{e}");
            ExitCode::from(2)
        }
    }
}
