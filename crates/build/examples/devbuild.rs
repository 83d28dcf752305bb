//! Builds a program without the command line's rules, for work on the compiler.
//! Usage: `devbuild GOROOT OUTPUT [-d=SWITCH[=VALUE]]… PATTERN…`; OUTPUT "-" compiles the packages only.

use goxide_build::env::Env;
use goxide_build::load::Context;
use goxide_build::program::{Shape, make};
use goxide_build::{patterns, tags::Tags};
use goxide_driver::input::Options;
use std::os::unix::fs::OpenOptionsExt;

fn main() {
    let mut args: Vec<String> = std::env::args().skip(1).collect();
    let goroot = args.remove(0);
    let output = args.remove(0);
    let mut options = Options::default();
    while args.first().is_some_and(|a| a.starts_with("-d=")) {
        let a = args.remove(0);
        let (k, v) = a[3..].split_once('=').unwrap_or((&a[3..], "1"));
        options.debug.push((k.into(), v.into()));
        if k == "jobs" {
            options.jobs = v.parse().expect("number");
        }
    }
    let env = Env::from_process();
    let tags = Tags::new("linux", "amd64", ["purego".to_string(), "math_big_pure_go".to_string()]);
    let cx = Context::bare(&env, tags, goroot.into());
    let t = std::time::Instant::now();
    let m = patterns::expand(&cx, &args, false).expect("patterns");
    let l = cx.load(&m.roots, true, m.wildcard);
    for e in &l.errors {
        eprintln!("{e}");
    }
    let p = make(&cx, &l, &Shape { no_main: output == "-", ..Shape::default() });
    if options.debug_value("timings").is_some() {
        eprintln!("{:>9.1} ms  load", t.elapsed().as_secs_f64() * 1e3);
    }
    options.whole_packages = output == "-";
    match goxide_driver::build(&p, &options) {
        Ok(o) if output == "-" => drop(o),
        Ok(o) => {
            let mut f = std::fs::OpenOptions::new()
                .write(true)
                .create(true)
                .truncate(true)
                .mode(0o777)
                .open(&output)
                .expect("output");
            std::io::Write::write_all(&mut f, &o.image).expect("write");
        }
        Err(fs) => {
            for f in fs {
                eprintln!("# {}", f.import_path);
                for d in f.diags {
                    eprintln!("{}: {}", goxide_base::position(d.pos), d.msg);
                }
            }
            std::process::exit(1);
        }
    }
}
