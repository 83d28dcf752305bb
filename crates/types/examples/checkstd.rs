//! Checks packages listed one per line, dependencies first:
//! `path|dir|files,…|imports,…|from=to;…` (the format of the `go list -f` line in `docs`), in parallel.
//! Usage: `checkstd LIST [-user] [-j N] [PATH…]` (with paths: only these report errors and everything they need is checked).

use goxide_base::add_file;
use goxide_diag::{Severity, Sink};
use goxide_syntax::{FRONT_END_STACK, Mode, NodeIdGen, parse_file};
use goxide_types::{Config, Importer, Pkg, check_package};
use std::collections::HashMap;
use std::sync::{Condvar, Mutex};

struct Unit {
    path: String,
    dir: String,
    files: Vec<String>,
    imports: Vec<String>,
    map: HashMap<String, String>,
}

struct Imp<'a>(&'a Mutex<HashMap<String, Pkg>>, &'a HashMap<String, String>);
impl Importer for Imp<'_> {
    fn import(&self, path: &str) -> Result<Pkg, String> {
        let p = self.1.get(path).map_or(path, |s| s.as_str());
        self.0.lock().unwrap().get(p).copied().ok_or_else(|| "package not found".to_owned())
    }
}

fn split(s: &str, c: char) -> Vec<String> {
    s.split(c).filter(|s| !s.is_empty()).map(str::to_owned).collect()
}

fn main() {
    let mut args: Vec<String> = std::env::args().skip(1).collect();
    let list = args.remove(0);
    // As for packages that are not of the standard library.
    let user = args.first().is_some_and(|a| a == "-user");
    args.drain(..usize::from(user));
    let conf = Config { gc: user, ignore_branch_errors: user, go_version: "go1.27".to_owned(), ..Config::default() };
    let mut jobs = 1;
    if let Some(i) = args.iter().position(|a| a == "-j") {
        jobs = args[i + 1].parse().unwrap();
        args.drain(i..i + 2);
    }
    let units: Vec<Unit> = std::fs::read_to_string(list)
        .unwrap()
        .lines()
        .map(|l| {
            let f: Vec<&str> = l.split('|').collect();
            Unit {
                path: f[0].to_owned(),
                dir: f[1].to_owned(),
                files: split(f[2], ','),
                imports: split(f[3], ','),
                map: split(f[4], ';')
                    .iter()
                    .filter_map(|m| m.split_once('='))
                    .map(|(a, b)| (a.to_owned(), b.to_owned()))
                    .collect(),
            }
        })
        .filter(|u| u.path != "unsafe")
        .collect();
    let mut wanted: Vec<bool> = vec![args.is_empty(); units.len()];
    for i in (0..units.len()).rev() {
        if args.contains(&units[i].path) {
            wanted[i] = true;
        }
        if wanted[i] {
            for imp in &units[i].imports {
                if let Some(j) = units.iter().position(|u| u.path == *imp) {
                    wanted[j] = true;
                }
            }
        }
    }
    let done: Mutex<HashMap<String, Pkg>> = Mutex::default();
    // Claimed packages, finished count.
    let state = Mutex::new((vec![false; units.len()], 0usize));
    let ready = Condvar::new();
    let total = wanted.iter().filter(|w| **w).count();
    let errors = Mutex::new(0usize);
    let times: Mutex<Vec<(f64, f64, String)>> = Mutex::default();
    let t0 = std::time::Instant::now();
    std::thread::scope(|sc| {
        for _ in 0..jobs {
            let run = || {
                loop {
                    let u = {
                        let mut st = state.lock().unwrap();
                        loop {
                            if st.1 == total {
                                return;
                            }
                            let d = done.lock().unwrap();
                            let next = (0..units.len()).find(|&i| {
                                wanted[i]
                                    && !st.0[i]
                                    && units[i].imports.iter().all(|p| p == "unsafe" || p == "C" || d.contains_key(p))
                            });
                            drop(d);
                            match next {
                                Some(i) => {
                                    st.0[i] = true;
                                    break &units[i];
                                }
                                None => st = ready.wait(st).unwrap(),
                            }
                        }
                    };
                    let mut sink = Sink::default();
                    let t = std::time::Instant::now();
                    let mut ids = NodeIdGen::new();
                    let files: Vec<&'static goxide_syntax::ast::File> = u
                        .files
                        .iter()
                        .filter_map(|f| {
                            let full = format!("{}/{f}", u.dir);
                            let src = std::fs::read(&full).unwrap();
                            let sf = add_file(full.clone(), full, src);
                            parse_file(&sf, &mut ids, Mode { std: !user, runtime: !user, ..Mode::default() }, &mut sink)
                        })
                        .map(|f| &*Box::leak(Box::new(f)))
                        .collect();
                    let t1 = t.elapsed().as_secs_f64();
                    let c = check_package(&u.path, &files, &Imp(&done, &u.map), &conf, &mut sink);
                    times.lock().unwrap().push((t.elapsed().as_secs_f64() - t1, t1, u.path.clone()));
                    sink.diags.sort_by_key(|d| d.pos);
                    let errs: Vec<_> = sink.diags.iter().filter(|d| d.severity != Severity::Note).collect();
                    if !errs.is_empty() {
                        *errors.lock().unwrap() += errs.len();
                        println!("# {} ({} errors)", u.path, errs.len());
                        for d in errs.iter().take(12) {
                            println!("{}: {}", goxide_base::position(d.pos), d.msg);
                        }
                    }
                    let pkg = c.pkg;
                    std::mem::forget(c);
                    done.lock().unwrap().insert(u.path.clone(), pkg);
                    state.lock().unwrap().1 += 1;
                    ready.notify_all();
                }
            };
            std::thread::Builder::new().stack_size(FRONT_END_STACK).spawn_scoped(sc, run).unwrap();
        }
    });
    let mut t = times.into_inner().unwrap();
    t.sort_by(|a, b| b.0.total_cmp(&a.0));
    let (check, parse): (f64, f64) = t.iter().fold((0.0, 0.0), |s, x| (s.0 + x.0, s.1 + x.1));
    for x in t.iter().take(5) {
        println!("{:.3}s check {:.3}s parse {}", x.0, x.1, x.2);
    }
    let n = *errors.lock().unwrap();
    println!(
        "{total} packages, {n} errors, wall {:.2}s, check {check:.2}s, parse {parse:.2}s",
        t0.elapsed().as_secs_f64()
    );
}
