//! Parser and checker on mutated sources: whatever comes in, they report errors, and neither crash nor hang.
//!
//! Batches run in processes of their own, which write each input to a file before they try it: a crash of any kind
//! leaves the input behind.

use crate::Plan;
use crate::rng::Rng;
use goxide_diag::Sink;
use goxide_syntax::{Mode, NodeIdGen, ast, parse_file};
use goxide_types::{Config, Importer, Pkg, check_package};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

const BATCH: u64 = 400;
const LIMIT: Duration = Duration::from_secs(120);

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

/// Words that mean something to the parser.
const WORDS: &[&str] = &[
    "func",
    "type",
    "struct",
    "interface",
    "map",
    "chan",
    "range",
    "for",
    "if",
    "switch",
    "case",
    "default",
    "go",
    "defer",
    "return",
    "select",
    "[",
    "]",
    "(",
    ")",
    "{",
    "}",
    "...",
    ":=",
    "=",
    "<-",
    "*",
    "&",
    "~",
    "|",
    ",",
    ";",
    ".",
    "\n",
    "0x",
    "1e9",
    "'",
    "\"",
    "`",
    "/*",
    "//",
    "any",
    "nil",
    "iota",
    "len",
    "make",
    "append",
    "T",
    "[T any]",
    "//line x:1\n",
    "//go:embed a\n",
    "\u{feff}",
    "\0",
    "é",
];

/// `src` with a few changes; `others` lend pieces.
fn mutate(r: &mut Rng, src: &[u8], others: &[Vec<u8>]) -> Vec<u8> {
    let mut s = src.to_vec();
    for _ in 0..1 + r.below(6) {
        let at = r.below(s.len() + 1);
        match r.below(8) {
            0 if at < s.len() => s[at] = r.next() as u8,
            1 => drop(s.splice(at..at, r.pick(WORDS).bytes())),
            2 => {
                let end = (at + r.below(30)).min(s.len());
                drop(s.drain(at..end));
            }
            3 => {
                let end = (at + r.below(200)).min(s.len());
                let piece = s[at..end].to_vec();
                let to = r.below(s.len() + 1);
                drop(s.splice(to..to, piece));
            }
            4 => {
                let o = r.pick(others);
                let from = r.below(o.len() + 1);
                let piece = o[from..(from + r.below(200)).min(o.len())].to_vec();
                drop(s.splice(at..at, piece));
            }
            // An identifier becomes another one of the file.
            _ => {
                let words: Vec<(usize, usize)> = idents(&s);
                if words.len() > 1 {
                    let (a, b) = (*r.pick(&words), *r.pick(&words));
                    let w = s[b.0..b.1].to_vec();
                    drop(s.splice(a.0..a.1, w));
                }
            }
        }
    }
    s
}

fn idents(s: &[u8]) -> Vec<(usize, usize)> {
    let word = |c: u8| c.is_ascii_alphanumeric() || c == b'_';
    let mut out = Vec::new();
    let mut i = 0;
    while i < s.len() {
        let start = i;
        while i < s.len() && word(s[i]) {
            i += 1;
        }
        if i > start {
            out.push((start, i));
        } else {
            i += 1;
        }
    }
    out
}

/// Parses and checks one source.
fn check(src: Vec<u8>) {
    let f = goxide_base::add_file("x.go", "/x.go", src);
    let mut sink = Sink::default();
    let mut ids = NodeIdGen::new();
    let Some(tree) = parse_file(&f, &mut ids, Mode::default(), &mut sink) else { return };
    let tree: &'static ast::File = Box::leak(Box::new(tree));
    // Also what gc would not look at after syntax errors.
    let c = check_package("x", &[tree], &NoImports, &Config::default(), &mut sink);
    drop(c);
    drop(goxide_diag::plain(&sink.diags, true));
}

/// `fuzz front-batch`: `count` inputs of `seed`, in this process.
pub fn batch(p: &Plan) -> Result<bool, String> {
    let (current, list) = p.rest.split_first().ok_or("front-batch CURRENT FILE…")?;
    let mut files = Vec::new();
    list.iter().for_each(|f| collect(Path::new(f), &mut files));
    let mut r = Rng::new(p.seed);
    let sources: Vec<Vec<u8>> = (0..40).filter_map(|_| std::fs::read(r.pick(&files)).ok()).collect();
    let (current, count) = (current.clone(), p.count);
    let t = std::thread::Builder::new().stack_size(goxide_syntax::FRONT_END_STACK).spawn(move || {
        for _ in 0..count {
            let base = r.below(sources.len());
            let s = mutate(&mut r, &sources[base], &sources);
            let _ = std::fs::write(&current, &s);
            check(s);
        }
    });
    t.map_err(|e| e.to_string())?.join().map_err(|_| "panicked".to_string())?;
    Ok(true)
}

/// `fuzz front`; true if nothing crashed or hung.
pub fn main(p: &Plan) -> Result<bool, String> {
    let end = Instant::now() + Duration::from_secs_f64(p.minutes * 60.0);
    let keep = Path::new("target/fuzz");
    std::fs::create_dir_all(keep).map_err(|e| e.to_string())?;
    let me = std::env::current_exe().map_err(|e| e.to_string())?;
    let (mut seed, mut findings) = (p.seed, 0u64);
    while Instant::now() < end {
        let current = keep.join(format!("front-{seed}.go"));
        let mut c = Command::new(&me);
        c.args(["front-batch", "--seed", &seed.to_string(), "--count", &BATCH.to_string()]).arg(&current).args(&p.rest);
        let log = keep.join("front.log");
        let file = std::fs::File::create(&log).map_err(|e| e.to_string())?;
        let mut child = c.stderr(file).spawn().map_err(|e| e.to_string())?;
        let start = Instant::now();
        let failed = loop {
            match child.try_wait().map_err(|e| e.to_string())? {
                Some(s) if s.success() => break None,
                Some(s) => break Some(format!("{s}")),
                None if start.elapsed() > LIMIT => {
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
    println!("front: {} inputs from seed {}, {findings} findings", (seed - p.seed) * BATCH, p.seed);
    Ok(findings == 0)
}
