//! Generated programs under both compilers: standard output, standard error and exit status must agree.

use crate::Plan;
use crate::concurrent;
use crate::hang::hangs;
use crate::program::program;
use crate::rng::Rng;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// What a compiler or a program did.
#[derive(PartialEq, Eq, Debug)]
struct Did {
    code: Option<i32>,
    out: Vec<u8>,
    err: Vec<u8>,
}

fn run(mut c: Command, dir: &Path) -> Result<Did, String> {
    let (o, e) = (dir.join("stdout"), dir.join("stderr"));
    let file = |p: &Path| std::fs::File::create(p).map_err(|e| e.to_string());
    c.stdin(Stdio::null()).stdout(file(&o)?).stderr(file(&e)?);
    let mut child = c.spawn().map_err(|e| format!("{:?}: {e}", c.get_program()))?;
    let start = Instant::now();
    let code = loop {
        match child.try_wait().map_err(|e| e.to_string())? {
            Some(s) => break s.code(),
            None if hangs(child.id(), start) => {
                let _ = child.kill();
                let _ = child.wait();
                break None;
            }
            None => std::thread::sleep(Duration::from_millis(5)),
        }
    };
    let read = |p: &Path| std::fs::read(p).map_err(|e| e.to_string());
    Ok(Did { code, out: read(&o)?, err: read(&e)? })
}

/// Builds and runs `src` with one compiler.
fn one(compiler: &Path, flags: &[&str], src: &Path, dir: &Path) -> Result<Did, String> {
    match build(compiler, flags, src, dir)? {
        Ok(exe) => run(Command::new(exe), dir),
        Err(refused) => Ok(refused),
    }
}

/// The executable, or what the compiler said.
fn build(compiler: &Path, flags: &[&str], src: &Path, dir: &Path) -> Result<Result<PathBuf, Did>, String> {
    std::fs::create_dir_all(dir).map_err(|e| e.to_string())?;
    let exe = dir.join("prog");
    let mut c = Command::new(compiler);
    c.arg("build").args(flags).arg("-o").arg(&exe).arg(src).env("GOFLAGS", "").env("GOTOOLCHAIN", "local");
    let built = run(c, dir)?;
    Ok(if built.code == Some(0) { Ok(exe) } else { Err(built) })
}

/// Stack traces name frames and addresses: only the panic itself is compared.
fn without_trace(err: &[u8]) -> Vec<u8> {
    let text = String::from_utf8_lossy(err);
    let end = text.find("\ngoroutine ").unwrap_or(text.len());
    let kept: Vec<&str> = text[..end].lines().filter(|l| !l.starts_with("[signal ")).collect();
    kept.join("\n").into_bytes()
}

/// `fuzz programs`; true if no program behaves differently.
pub fn programs(p: &Plan) -> Result<bool, String> {
    let end = Instant::now() + Duration::from_secs_f64(p.minutes * 60.0);
    let keep = Path::new("target/fuzz");
    std::fs::create_dir_all(keep).map_err(|e| e.to_string())?;
    let (mut done, mut findings, mut rejected) = (0u64, 0u64, 0u64);
    while Instant::now() < end && done < p.count {
        let seed = p.seed + done;
        let tmp = tempfile::tempdir().map_err(|e| e.to_string())?;
        let src = tmp.path().join("main.go");
        std::fs::write(&src, program(seed)).map_err(|e| e.to_string())?;
        // Which of several operands panics first is unspecified, and what gc inlines changes it.
        let want = one(&p.go, &["-gcflags=-l"], &src, &tmp.path().join("gc"))?;
        let got = one(&p.goxide, &[], &src, &tmp.path().join("goxide"))?;
        done += 1;
        if want.code == Some(1) {
            // A program gc refuses is the generator's mistake; both should still say the same.
            rejected += 1;
        }
        if (want.code, &want.out, without_trace(&want.err)) == (got.code, &got.out, without_trace(&got.err)) {
            continue;
        }
        findings += 1;
        let to = keep.join(format!("program-{seed}.go"));
        std::fs::copy(&src, &to).map_err(|e| e.to_string())?;
        println!("seed {seed}: exit {:?}, want {:?}: {}", got.code, want.code, to.display());
        let (a, b) = (String::from_utf8_lossy(&got.out), String::from_utf8_lossy(&want.out));
        if let Some((n, (x, y))) = a.lines().zip(b.lines()).enumerate().find(|(_, (x, y))| x != y) {
            println!("  line {}: got  {x}\n  line {}: want {y}", n + 1, n + 1);
        } else {
            println!(
                "  stderr got:  {}",
                String::from_utf8_lossy(&got.err).lines().take(3).collect::<Vec<_>>().join(" | ")
            );
            println!(
                "  stderr want: {}",
                String::from_utf8_lossy(&want.err).lines().take(3).collect::<Vec<_>>().join(" | ")
            );
        }
    }
    println!("programs: {done} from seed {}, {findings} findings, {rejected} refused by gc", p.seed);
    Ok(findings == 0)
}

const PROCS: [&str; 4] = ["1", "2", "4", "16"];
/// What the runtime is told to do to itself.
const STRESS: [&str; 8] =
    ["", "", "preempt=10", "gc=100", "gc=20,preempt=50", "locks,gc=1000,preempt=100", "gc=1", "preempt=1"];

/// `fuzz concurrent`: each program once under gc, and several times under goxide, with other numbers of processors, under
/// stress, and in orders that a seed decides. True if no run is different.
pub fn concurrent(p: &Plan) -> Result<bool, String> {
    let end = Instant::now() + Duration::from_secs_f64(p.minutes * 60.0);
    let keep = Path::new("target/fuzz");
    std::fs::create_dir_all(keep).map_err(|e| e.to_string())?;
    let (mut done, mut runs, mut findings) = (0u64, 0u64, 0u64);
    while Instant::now() < end && done < p.count {
        let seed = p.seed + done;
        let mut r = Rng::new(seed ^ 0x5eed);
        let tmp = tempfile::tempdir().map_err(|e| e.to_string())?;
        let src = tmp.path().join("main.go");
        std::fs::write(&src, concurrent::program(seed)).map_err(|e| e.to_string())?;
        let want = one(&p.go, &[], &src, &tmp.path().join("gc"))?;
        if want.code == Some(1) {
            return Err(format!("seed {seed}: gc refuses it: {}", String::from_utf8_lossy(&want.err)));
        }
        done += 1;
        let dir = tmp.path().join("goxide");
        let exe = match build(&p.goxide, &[], &src, &dir)? {
            Ok(exe) => exe,
            Err(did) => {
                findings += 1;
                println!("seed {seed}: refused: {}", String::from_utf8_lossy(&did.err));
                continue;
            }
        };
        for n in 0..7 {
            let procs = *r.pick(&PROCS);
            let set = match n {
                0 => ("GOXIDESTRESS", String::new()),
                1 => ("GOXIDESCHED", format!("seed={}", r.below(1 << 20))),
                _ => ("GOXIDESTRESS", (*r.pick(&STRESS)).to_owned()),
            };
            let mut c = Command::new(&exe);
            c.env("GOMAXPROCS", procs).env(set.0, &set.1);
            let got = run(c, &dir)?;
            runs += 1;
            if (want.code, &want.out, first_words(&want.err)) == (got.code, &got.out, first_words(&got.err)) {
                continue;
            }
            findings += 1;
            let to = keep.join(format!("concurrent-{seed}.go"));
            std::fs::copy(&src, &to).map_err(|e| e.to_string())?;
            println!(
                "seed {seed}: GOMAXPROCS={procs} {}={}: exit {:?}, want {:?}: {}",
                set.0,
                set.1,
                got.code,
                want.code,
                to.display()
            );
            for (what, did) in [("got ", &got), ("want", &want)] {
                let text = [&did.out[..], &did.err[..]].concat();
                let text = String::from_utf8_lossy(&text).lines().take(8).collect::<Vec<_>>().join(" | ");
                println!("  {what}: {text}");
            }
            break;
        }
    }
    println!("concurrent: {done} programs from seed {}, {runs} runs, {findings} findings", p.seed);
    Ok(findings == 0)
}

/// The report of a dying program without traces and addresses.
fn first_words(err: &[u8]) -> Vec<u8> {
    let text = without_trace(err);
    let text = String::from_utf8_lossy(&text);
    let same = |l: &&str| !l.starts_with("runtime: sp=") && !l.starts_with("runtime stack:");
    let words: Vec<&str> = text.lines().take_while(|l| !l.starts_with("runtime stack:")).filter(same).collect();
    words.join("\n").trim_end().as_bytes().to_vec()
}
