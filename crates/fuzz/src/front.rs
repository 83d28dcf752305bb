//! The front end on mutated sources: whatever comes in, it reports errors, and neither crashes nor hangs.
//!
//! Batches run in processes of their own, which write each input to a file before they try it: a crash of any kind
//! leaves the input behind.

use crate::Plan;
use crate::hang::hangs;
use crate::mutate::{mutate, soup};
use crate::rng::Rng;
use goxide_diag::Sink;
use goxide_syntax::{Mode, NodeIdGen, ast, parse_file};
use goxide_types::{Config, Importer, Pkg, check_package};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

const BATCH: u64 = 400;

struct NoImports;
impl Importer for NoImports {
    fn import(&self, path: &str) -> Result<Pkg, String> {
        Err(format!("could not import {path} (no such package)"))
    }
}

fn collect(p: &Path, out: &mut Vec<PathBuf>) {
    if p.is_dir() {
        let Ok(d) = std::fs::read_dir(p) else { return };
        let mut list: Vec<PathBuf> = d.flatten().map(|e| e.path()).collect();
        list.sort();
        list.iter().for_each(|p| collect(p, out));
    } else if p.extension().is_some_and(|e| e == "go") && p.metadata().is_ok_and(|m| m.len() < 20_000) {
        out.push(p.to_path_buf());
    }
}

/// What is done to an input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Scanner and parser, on bytes that need not look like Go.
    Bytes,
    /// A source that parses, printed and parsed again, must give the same tree.
    RoundTrip,
    /// Parser and checker.
    Check,
}

impl Kind {
    /// As the command line says it.
    pub fn by_name(name: &str) -> Option<Kind> {
        Some(match name {
            "bytes" => Kind::Bytes,
            "roundtrip" => Kind::RoundTrip,
            "check" => Kind::Check,
            _ => return None,
        })
    }

    fn name(self) -> &'static str {
        match self {
            Kind::Bytes => "bytes",
            Kind::RoundTrip => "roundtrip",
            Kind::Check => "check",
        }
    }

    /// An input of this kind.
    fn input(self, r: &mut Rng, sources: &[Vec<u8>]) -> Vec<u8> {
        let base = r.below(sources.len());
        match self {
            Kind::Bytes if r.below(2) == 0 => soup(r),
            Kind::Bytes => mutate(r, &sources[base], sources, 40),
            Kind::RoundTrip => mutate(r, &sources[base], sources, 2),
            Kind::Check => mutate(r, &sources[base], sources, 6),
        }
    }

    /// Tries one input; panics if something is wrong.
    fn run(self, src: Vec<u8>) {
        match self {
            Kind::Bytes => drop(parse("x.go", src)),
            Kind::RoundTrip => crate::roundtrip::check(src),
            Kind::Check => check(src),
        }
    }
}

/// Parses a source; the tree, if there is one, and what was reported.
pub fn parse(name: &str, src: Vec<u8>) -> (Option<ast::File>, Sink) {
    let f = goxide_base::add_file(name, format!("/{name}"), src);
    let mut sink = Sink::default();
    let tree = parse_file(&f, &mut NodeIdGen::new(), Mode::default(), &mut sink);
    drop(goxide_diag::plain(&sink.diags, true));
    (tree, sink)
}

/// Parses and checks one source.
fn check(src: Vec<u8>) {
    let (Some(tree), mut sink) = parse("x.go", src) else { return };
    let tree: &'static ast::File = Box::leak(Box::new(tree));
    // Also what gc would not look at after syntax errors.
    let c = check_package("x", &[tree], &NoImports, &Config::default(), &mut sink);
    drop(c);
    drop(goxide_diag::plain(&sink.diags, true));
}

/// `fuzz batch`: `count` inputs of `seed`, in this process.
pub fn batch(p: &Plan) -> Result<bool, String> {
    let [kind, current, list @ ..] = p.rest.as_slice() else { return Err("batch KIND CURRENT FILE…".into()) };
    let kind = Kind::by_name(kind).ok_or("no such kind")?;
    let mut files = Vec::new();
    list.iter().for_each(|f| collect(Path::new(f), &mut files));
    let mut r = Rng::new(p.seed);
    if files.is_empty() {
        return Err("no Go files there".into());
    }
    let sources: Vec<Vec<u8>> = (0..40).filter_map(|_| std::fs::read(r.pick(&files)).ok()).collect();
    let (current, count) = (current.clone(), p.count);
    let t = std::thread::Builder::new().stack_size(goxide_syntax::FRONT_END_STACK).spawn(move || {
        for _ in 0..count {
            let s = kind.input(&mut r, &sources);
            let _ = std::fs::write(&current, &s);
            kind.run(s);
        }
    });
    t.map_err(|e| e.to_string())?.join().map_err(|_| "panicked".to_string())?;
    Ok(true)
}

/// `fuzz bytes|roundtrip|check`; true if nothing failed or hung.
pub fn main(kind: Kind, p: &Plan) -> Result<bool, String> {
    let end = Instant::now() + Duration::from_secs_f64(p.minutes * 60.0);
    let keep = Path::new("target/fuzz");
    std::fs::create_dir_all(keep).map_err(|e| e.to_string())?;
    let me = std::env::current_exe().map_err(|e| e.to_string())?;
    let (mut seed, mut findings) = (p.seed, 0u64);
    while Instant::now() < end {
        let current = keep.join(format!("{}-{seed}.go", kind.name()));
        let mut c = Command::new(&me);
        c.args(["batch", "--seed", &seed.to_string(), "--count", &BATCH.to_string()]);
        c.arg(kind.name()).arg(&current).args(&p.rest);
        let log = keep.join(format!("{}.log", kind.name()));
        let file = std::fs::File::create(&log).map_err(|e| e.to_string())?;
        let mut child = c.stderr(file).spawn().map_err(|e| e.to_string())?;
        let start = Instant::now();
        let failed = loop {
            match child.try_wait().map_err(|e| e.to_string())? {
                Some(s) if s.success() => break None,
                Some(s) => break Some(format!("{s}")),
                None if hangs(child.id(), start) => {
                    let _ = child.kill();
                    let _ = child.wait();
                    break Some("hangs".into());
                }
                None => std::thread::sleep(Duration::from_millis(20)),
            }
        };
        match failed {
            None => drop(std::fs::remove_file(&current)),
            Some(how) => {
                findings += 1;
                let text = std::fs::read_to_string(&log).unwrap_or_default();
                println!(
                    "seed {seed}: {how}: {}\n  {}",
                    current.display(),
                    text.lines().take(3).collect::<Vec<_>>().join("\n  ")
                );
            }
        }
        seed += 1;
    }
    let name = kind.name();
    println!("{name}: {} inputs from seed {}, {findings} findings", (seed - p.seed) * BATCH, p.seed);
    Ok(findings == 0)
}
