//! `cargo xtask stress`: programs under every stress mode of the runtime and several GOMAXPROCS.
//!
//! The programs are those of `tests/stress` (they print `ok`; they take `-scale` and `-seed`) and the `rt_*` ones of
//! `tests/run` (they print their `.out` file). One round is every program once in every mode with one GOMAXPROCS each, in an order drawn from the round's
//! seed; rounds follow each other until the time is over. A failure prints the command that repeats it.

use crate::report::difference;
use crate::run;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

const PROCS: [u32; 4] = [1, 2, 4, 16];
const LIMIT: Duration = Duration::from_secs(120);

/// What the runtime is told to do, and by how much the sizes of `tests/stress` are divided for it.
const MODES: [(&str, u32); 9] = [
    ("", 1),
    ("preempt=10", 1),
    ("gc=1000", 1),
    ("gc=1000,preempt=10", 4),
    ("gc=20", 200),
    ("gc=1,preempt=1", 500),
    ("locks,gc=1000,preempt=100", 10),
    ("step", 400),
    ("step=7,gc=3", 400),
];
/// The program that is small enough for the modes that stop it after each instruction.
const STEPPED: &str = "step";

struct Program {
    name: String,
    exe: PathBuf,
    want: Vec<u8>,
    /// Takes `-scale` and `-seed`.
    sized: bool,
}

struct Options {
    minutes: f64,
    seed: u64,
    only: Option<String>,
    /// One round at a tenth of the size.
    short: bool,
}

pub fn main(args: &[&str]) -> Result<(), String> {
    let mut o = Options { minutes: 0.0, seed: seed_of_clock(), only: None, short: false };
    let mut it = args.iter();
    while let Some(a) = it.next() {
        let mut value = || it.next().copied().ok_or(format!("{a} needs a value"));
        match *a {
            "--minutes" => o.minutes = value()?.parse().map_err(|e| format!("--minutes: {e}"))?,
            "--seed" => o.seed = value()?.parse().map_err(|e| format!("--seed: {e}"))?,
            "--only" => o.only = Some(value()?.to_owned()),
            "--short" => o.short = true,
            _ => return Err(format!("unknown argument {a}")),
        }
    }
    let goxide = run::build()?;
    all(&goxide, &o)
}

/// The form that CI runs.
pub fn short(goxide: &Path) -> Result<(), String> {
    all(goxide, &Options { minutes: 0.0, seed: seed_of_clock(), only: None, short: true })
}

fn seed_of_clock() -> u64 {
    std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_or(1, |d| d.as_millis() as u64 % 1_000_000)
}

fn all(goxide: &Path, o: &Options) -> Result<(), String> {
    let dir = run::root().join("target/stress");
    std::fs::create_dir_all(&dir).map_err(|e| e.to_string())?;
    let programs = build(goxide, &dir, o.only.as_deref())?;
    let start = Instant::now();
    let (mut runs, mut failures, mut round) = (0, 0, 0);
    loop {
        let mut rng = Rng(o.seed + round);
        println!("stress: round {}, seed {}", round + 1, o.seed + round);
        let mut jobs: Vec<(usize, usize, u32)> = Vec::new();
        for (p, program) in programs.iter().enumerate() {
            for (m, mode) in MODES.iter().enumerate() {
                if mode.0.starts_with("step") && program.name != STEPPED {
                    continue;
                }
                jobs.push((p, m, PROCS[rng.below(PROCS.len())]));
            }
        }
        for i in (1..jobs.len()).rev() {
            jobs.swap(i, rng.below(i + 1));
        }
        for (p, m, procs) in jobs {
            if round > 0 && start.elapsed().as_secs_f64() > o.minutes * 60.0 {
                break;
            }
            runs += 1;
            let scale = MODES[m].1 * if o.short { 10 } else { 1 };
            if let Err(e) = one(&programs[p], MODES[m].0, scale, procs, rng.next() % 1_000_000) {
                failures += 1;
                println!("{e}");
            }
        }
        round += 1;
        if start.elapsed().as_secs_f64() > o.minutes * 60.0 {
            break;
        }
    }
    println!(
        "stress: {runs} runs of {} programs in {:.0} s, {failures} failed",
        programs.len(),
        start.elapsed().as_secs_f64()
    );
    if failures == 0 { Ok(()) } else { Err("stress fails".into()) }
}

fn build(goxide: &Path, dir: &Path, only: Option<&str>) -> Result<Vec<Program>, String> {
    let root = run::root();
    let mut out = Vec::new();
    for (folder, prefix, sized) in [("tests/stress", "", true), ("tests/run", "rt_", false)] {
        let mut files: Vec<PathBuf> = std::fs::read_dir(root.join(folder))
            .map_err(|e| format!("{folder}: {e}"))?
            .flatten()
            .map(|e| e.path())
            .filter(|p| p.extension().is_some_and(|e| e == "go"))
            .collect();
        files.sort();
        for f in files {
            let name = f.file_stem().and_then(|s| s.to_str()).unwrap_or_default().to_owned();
            if !name.starts_with(prefix) || only.is_some_and(|o| !name.contains(o)) {
                continue;
            }
            let exe = dir.join(&name);
            let mut c = Command::new(goxide);
            c.arg("build").arg("-o").arg(&exe).arg(&f);
            let built = run::run(c, LIMIT, true)?;
            if !built.ok() {
                return Err(format!("{}: does not build:\n{}", f.display(), String::from_utf8_lossy(&built.both())));
            }
            let want = if sized {
                b"ok\n".to_vec()
            } else {
                std::fs::read(f.with_extension("out")).map_err(|e| e.to_string())?
            };
            out.push(Program { name, exe, want, sized });
        }
    }
    // What fails without stress says nothing under it.
    out.retain(|p| p.sized || one(p, "", 1, 2, 1).is_ok());
    Ok(out)
}

fn one(p: &Program, mode: &str, scale: u32, procs: u32, seed: u64) -> Result<(), String> {
    let mut c = Command::new(&p.exe);
    let stress = if mode.is_empty() { format!("seed={seed}") } else { format!("{mode},seed={seed}") };
    c.env("GOXIDESTRESS", &stress).env("GOMAXPROCS", procs.to_string()).env("GOTRACEBACK", "system");
    let mut line = format!("GOXIDESTRESS={stress} GOMAXPROCS={procs} {}", p.exe.display());
    if p.sized {
        let args = [format!("-scale={scale}"), format!("-seed={seed}")];
        line += &format!(" {} {}", args[0], args[1]);
        c.args(args);
    }
    let ran = run::run(c, LIMIT, false)?;
    let why = if ran.timed_out {
        format!("still running after {LIMIT:?}")
    } else if !ran.ok() {
        format!("exit status {:?}", ran.code)
    } else if let Some(d) = difference(&p.want, &ran.stdout) {
        d
    } else {
        return Ok(());
    };
    let text = String::from_utf8_lossy(&ran.both()).lines().take(40).map(|l| format!("    {l}\n")).collect::<String>();
    Err(format!("--- FAIL stress: {}: {why}\n    {line}\n{text}", p.name))
}

/// splitmix64.
struct Rng(u64);

impl Rng {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
    fn below(&mut self, n: usize) -> usize {
        (self.next() % n as u64) as usize
    }
}
