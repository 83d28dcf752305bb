//! Lowers every function of packages, and everything they refer to, and reports what fails.
//! Usage: `lowerall GOROOT [-p FUNC]… PATTERN…`; with `-p` the text of functions of that name is printed.

use goxide_base::{FxHashSet, add_file};
use goxide_build::env::Env;
use goxide_build::load::Context;
use goxide_build::program::{Shape, make};
use goxide_build::{patterns, tags::Tags};
use goxide_diag::{Severity, Sink};
use goxide_ssa::{Aux, Sym, SymKind};
use goxide_syntax::{FRONT_END_STACK, Mode, NodeIdGen, parse_file};
use goxide_types::{CheckedPackage, Config, Importer, Pkg, check_package};
use std::collections::{BTreeMap, HashMap};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

struct Imp<'a>(&'a [Arc<CheckedPackage>], &'a HashMap<String, usize>);
impl Importer for Imp<'_> {
    fn import(&self, path: &str) -> Result<Pkg, String> {
        self.1.get(path).map(|&i| self.0[i].pkg).ok_or_else(|| "package not found".to_owned())
    }
}

fn main() {
    std::thread::Builder::new().stack_size(1 << 30).spawn(run).unwrap().join().unwrap();
    let _ = FRONT_END_STACK;
}

fn run() {
    let mut args: Vec<String> = std::env::args().skip(1).collect();
    let goroot = args.remove(0);
    let mut show = Vec::new();
    while let Some(i) = args.iter().position(|a| a == "-p") {
        show.push(args[i + 1].clone());
        args.drain(i..i + 2);
    }
    let env = Env::from_process();
    let tags = Tags::new("linux", "amd64", ["purego".to_string(), "math_big_pure_go".to_string()]);
    let cx = Context::bare(&env, tags, goroot.into());
    let m = patterns::expand(&cx, &args, false).unwrap();
    let l = cx.load(&m.roots, true, m.wildcard);
    for e in &l.errors {
        println!("{e}");
    }
    let p = make(&cx, &l, &Shape::default());
    let mut done: Vec<Arc<CheckedPackage>> = Vec::new();
    for u in &p.packages {
        let mut sink = Sink::default();
        let mut ids = NodeIdGen::new();
        let files: Vec<&'static goxide_syntax::ast::File> = u
            .files
            .iter()
            .filter_map(|f| {
                let sf = add_file(f.name.clone(), f.path.clone(), f.src.clone());
                parse_file(&sf, &mut ids, Mode { std: u.rules.std, runtime: u.rules.std, ..Mode::default() }, &mut sink)
            })
            .map(|f| &*Box::leak(Box::new(f)))
            .collect();
        let map: HashMap<String, usize> = u.imports.iter().cloned().collect();
        let cfg = Config { go_version: u.lang.clone(), ..Config::default() };
        let c = check_package(&u.pkg_path, &files, &Imp(&done, &map), &cfg, &mut sink);
        for d in sink.diags.iter().filter(|d| d.severity != Severity::Note).take(5) {
            println!("{}: {}", goxide_base::position(d.pos), d.msg);
        }
        goxide_types::typenames::number_local_types(&c.info);
        done.push(Arc::new(c));
    }
    let prog = goxide_ssagen::Program::new(done.clone());
    std::panic::set_hook(Box::new(|_| {}));
    let mut work: Vec<Sym> = Vec::new();
    for &r in &p.roots {
        let cp = &done[r];
        work.push(goxide_ssagen::names::init_sym(cp.pkg));
        for &f in &cp.funcs {
            let s = f.sig();
            if s.tparams().is_empty() && s.rparams().is_empty() {
                work.push(prog.func_sym(f, &[]));
            }
        }
        for &v in &cp.vars {
            work.push(prog.var_sym(v));
        }
    }
    work.reverse();
    let mut seen: FxHashSet<Sym> = work.iter().copied().collect();
    let (mut n, mut insts, mut bad) = (0usize, 0usize, 0usize);
    let mut why: BTreeMap<String, (usize, String)> = BTreeMap::new();
    let t0 = std::time::Instant::now();
    let msg: Arc<std::sync::Mutex<String>> = Arc::default();
    let m2 = msg.clone();
    std::panic::set_hook(Box::new(move |i| {
        *m2.lock().unwrap() = format!("{i}");
    }));
    while let Some(s) = work.pop() {
        let r = catch_unwind(AssertUnwindSafe(|| goxide_ssagen::lower(&prog, s)));
        let low = match r {
            Ok(l) => l,
            Err(_) => {
                bad += 1;
                let text = msg.lock().unwrap().clone();
                let key = text.lines().take(2).collect::<Vec<_>>().join(" ").chars().take(200).collect::<String>();

                let e = why.entry(key).or_insert((0, format!("{}\n{text}", s.name())));
                e.0 += 1;
                continue;
            }
        };
        for f in &low.funcs {
            n += 1;
            insts += f.order.iter().map(|b| f.blocks[b.index()].insts.len()).sum::<usize>();
            if show.iter().any(|x| x == f.sym.name()) {
                println!("{f}");
            }
            for b in &f.order {
                for i in &f.blocks[b.index()].insts {
                    let t = match &f.insts[i.index()].aux {
                        Aux::Sym(s, _) => *s,
                        Aux::Call { callee, .. } => *callee,
                        _ => continue,
                    };
                    let t = if let SymKind::FuncVal(f) = t.kind() { *f } else { t };
                    if !matches!(t.kind(), SymKind::Closure { .. }) && seen.insert(t) {
                        work.push(t);
                    }
                }
            }
        }
        for d in &low.data {
            for r in &d.relocs {
                let t = r.target;
                let t = if let SymKind::FuncVal(f) = t.kind() { *f } else { t };
                if !matches!(t.kind(), SymKind::Closure { .. }) && seen.insert(t) {
                    work.push(t);
                }
            }
        }
    }
    let mut list: Vec<_> = why.into_iter().collect();
    list.sort_by_key(|x| std::cmp::Reverse(x.1.0));
    for (_, (k, first)) in list.iter().take(40) {
        println!(
            "{k} × {}",
            first.chars().take(if std::env::var("LONG").is_ok() { 20000 } else { 700 }).collect::<String>()
        );
    }
    println!("{n} functions, {insts} instructions, {bad} failures, {:.2}s", t0.elapsed().as_secs_f64());
}
