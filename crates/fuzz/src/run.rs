//! Generated programs under both compilers: standard output, standard error and exit status must agree.

use crate::Plan;
use crate::hang::hangs;
use crate::program::program;
use std::path::Path;
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
fn one(compiler: &Path, src: &Path, dir: &Path) -> Result<Did, String> {
    std::fs::create_dir_all(dir).map_err(|e| e.to_string())?;
    let exe = dir.join("prog");
    let mut c = Command::new(compiler);
    c.arg("build").arg("-o").arg(&exe).arg(src).env("GOFLAGS", "").env("GOTOOLCHAIN", "local");
    let built = run(c, dir)?;
    if built.code != Some(0) {
        return Ok(built);
    }
    run(Command::new(exe), dir)
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
        let want = one(&p.go, &src, &tmp.path().join("gc"))?;
        let got = one(&p.goxide, &src, &tmp.path().join("goxide"))?;
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
