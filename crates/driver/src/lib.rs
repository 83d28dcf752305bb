//! One program: packages checked in parallel, then functions by demand from the roots, then the link.
//! Takes an `input::Program`, gives the bytes of an executable. Does not read go.mod or flags, and writes no file.

mod frames;
mod frontend;
mod initorder;
pub mod input;
mod methods;
mod notes;
mod prune;
mod set_strings;
mod timings;
mod worklist;

use goxide_codegen::clif::{Clif, Options as ClifOptions};
use goxide_codegen::{Backend, CodeBlob, CodegenError, builtin, disasm, rttype};
use goxide_diag::Diagnostic;
use goxide_ssa::{Func, Op, Sym, Term};
use goxide_ssagen as ssagen;
use goxide_types::CheckedPackage;
use input::{Failure, Options, Output, Program};
use rayon::prelude::*;
use std::fmt::Write;
use std::sync::Arc;
use timings::Timings;
use worklist::World;

/// Go's version, as programs see it.
const VERSION: &str = "go1.27.3";

impl Options {
    /// The value of driver switch `name`.
    pub fn debug_value(&self, name: &str) -> Option<&str> {
        self.debug.iter().rev().find(|d| d.0 == name).map(|d| d.1.as_str())
    }
    fn debug_on(&self, name: &str) -> bool {
        self.debug_value(name).is_some_and(|v| v != "0")
    }
}

/// Compiles a program. On failure, what went wrong by package, in dependency order; the packages that import a broken
/// one are not looked at.
///
/// Switches (`Options::debug`): `check` (no code is wanted), `runtime=ARCHIVE` (instead of the embedded one), `schedpoints` (a seeded run may change goroutines before each atomic operation), `timings`, `verify`, `emit=ssa|opt|clif|asm` with `func=NAME` (default all), printed to
/// standard error.
pub fn build(program: &Program, options: &Options) -> Result<Output, Vec<Failure>> {
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(options.jobs)
        .stack_size(goxide_syntax::FRONT_END_STACK)
        .thread_name(|i| format!("compile-{i}"))
        .build()
        .map_err(|e| failure(program, vec![format!("cannot start threads: {e}")]))?;
    pool.install(|| build_in_pool(program, options))
}

fn failure(program: &Program, messages: Vec<String>) -> Vec<Failure> {
    let import_path = program.main.map(|m| program.packages[m].import_path.clone()).unwrap_or_default();
    let diags = messages.into_iter().map(|m| Diagnostic::error(goxide_base::Pos::NONE, m)).collect();
    vec![Failure { import_path, diags }]
}

fn build_in_pool(program: &Program, options: &Options) -> Result<Output, Vec<Failure>> {
    let mut t = Timings::new(options.debug_on("timings"));
    let checked = frontend::check(program)?;
    t.step("parse and check");
    if options.debug_on("check") {
        t.print(&[], 0);
        return Ok(Output::default());
    }
    if let Some(m) = program.main
        && !checked[m].funcs.iter().any(|f| f.name() == "main" && f.sig().recv().is_none())
    {
        return Err(failure(
            program,
            vec!["runtime.main_main·f: function main is undeclared in the main package".into()],
        ));
    }
    let mut prog = ssagen::Program::new(checked.clone());
    embed_files(program, &checked, &mut prog)?;
    prog.sched_points = options.debug_on("schedpoints");
    if options.report_opt > 0 {
        program.roots.iter().for_each(|&r| prog.report(checked[r].pkg));
    }
    t.step("program");
    let disabled = options.debug.iter().any(|d| d.0 == "disable" && d.1 == "flow");
    let (mut found, tags) = if disabled { Default::default() } else { ssagen::flow::analyse(&prog) };
    prog.set_tags(tags);
    for (&pkg, f) in &mut found {
        prog.set_stays(pkg, std::mem::take(&mut f.stays));
    }
    t.step("escape");
    let prog = prog;
    // People who work on the runtime link their archive without building the compiler anew.
    let runtime = match options.debug_value("runtime") {
        Some(path) => std::fs::read(path)
            .map_err(|e| e.to_string())
            .and_then(|b| goxide_link::object::prelink_archive(&b))
            .map_err(|e| failure(program, vec![format!("{path}: {e}")]))?,
        None => goxide_link::embedded_runtime(),
    };
    let mut w = World::new(&prog);
    w.verify = options.debug_on("verify");
    w.strict_dups = options.strict_dups;
    let inits = roots(program, options, &checked, &prog, &runtime, &mut w);
    t.step("program");
    w.run();
    t.step("lower");
    if !w.errors.is_empty() && !options.debug_on("stubs") {
        return Err(failure(program, std::mem::take(&mut w.errors)));
    }
    for e in std::mem::take(&mut w.errors) {
        eprintln!("{e}");
    }
    let large = too_large(&w);
    if !large.is_empty() {
        let import_path = program.main.map(|m| program.packages[m].import_path.clone()).unwrap_or_default();
        return Err(vec![Failure { import_path, diags: large }]);
    }
    let remarks = optimize(&mut w, options);
    let notes = notes::notes(program, &prog, &checked, options, remarks, &found);
    t.step("optimise");
    w.finish_types();
    t.step("descriptors");
    let clif = Clif::new(ClifOptions { optimize: !options.no_opt, verify: options.debug_on("verify") });
    let funcs = std::mem::take(&mut w.funcs);
    let times = timings::FuncTimes::default();
    let made: Vec<Result<CodeBlob, CodegenError>> =
        funcs.par_iter().map(|f| times.time(f, || compile(&clif, f, options))).collect();
    t.step("code");
    if options.debug_value("timings") == Some("funcs") {
        Timings::print_slowest("code", &times);
    }
    let mut frames: Vec<Diagnostic> = funcs.iter().filter_map(frames::too_large).collect();
    if !frames.is_empty() {
        frames.sort_by_key(|d| d.pos);
        let import_path = program.main.or(program.roots.first().copied());
        let import_path = import_path.map(|m| program.packages[m].import_path.clone()).unwrap_or_default();
        return Err(vec![Failure { import_path, diags: frames }]);
    }
    let mut code = builtin::blobs();
    let mut errors = Vec::new();
    for r in made {
        match r {
            Ok(b) => code.push(b),
            Err(e) => errors.push(e.to_string()),
        }
    }
    if !errors.is_empty() {
        return Err(failure(program, errors));
    }
    if program.main.is_none() {
        return Ok(Output { image: Vec::new(), notes });
    }
    let empty = |s: &Sym| funcs.iter().find(|f| f.sym == *s).is_none_or(is_empty);
    let inits: Vec<(Sym, String)> = inits.into_iter().filter(|(s, _)| !empty(s)).collect();
    for (s, _) in &inits {
        w.data.push(rttype::funcval(*s));
    }
    let mut input = goxide_link::Input {
        code,
        data: std::mem::take(&mut w.data),
        runtime,
        inittasks: inits.into_iter().map(|(s, p)| (rttype::funcval_sym(s), p)).collect(),
        typelinks: Vec::new(),
        itabs: Vec::new(),
        modinfo: program.mod_info.clone(),
        version: VERSION.into(),
        godebug: program.default_godebug.clone(),
        goroot: program.goroot.clone(),
        build_id: String::new(),
        strip: options.strip_symbols,
    };
    dedup(&mut input);
    let errors = set_strings::apply(&options.set_strings, &mut input.data);
    if !errors.is_empty() {
        return Err(failure(program, errors));
    }
    prune::prune(&mut input, &w);
    t.step("prune");
    let out = goxide_link::link(&input).map_err(|e| failure(program, e))?;
    t.step("link");
    t.print(&out.sizes, input.code.len());
    Ok(Output { image: out.bytes, notes })
}

/// Largest object in data, as in gc's linker: everything is addressed with 32-bit offsets.
const MAX_SYMBOL: u64 = 2_000_000_000;

fn too_large(w: &World<'_>) -> Vec<Diagnostic> {
    let large = w.data.iter().filter(|d| d.size > MAX_SYMBOL);
    large
        .map(|d| {
            let pos = match d.sym.kind() {
                goxide_ssa::SymKind::Global(o) => o.pos(),
                _ => goxide_base::Pos::NONE,
            };
            let text = format!("{}: symbol too large ({} bytes > {MAX_SYMBOL} bytes)", d.sym.name(), d.size);
            Diagnostic::error(pos, text)
        })
        .collect()
}

/// Reads the files of `//go:embed` variables.
fn embed_files(
    program: &Program,
    checked: &[std::sync::Arc<goxide_types::CheckedPackage>],
    prog: &mut ssagen::Program,
) -> Result<(), Vec<Failure>> {
    for (p, cp) in program.packages.iter().zip(checked) {
        if p.embed.patterns.is_empty() {
            continue;
        }
        for (o, patterns) in ssagen::embed::variables(cp) {
            let mut files = ssagen::embed::Files::new();
            for name in patterns.iter().filter_map(|x| p.embed.patterns.get(x)).flatten() {
                let Some(path) = p.embed.files.get(name) else { continue };
                match std::fs::read(path) {
                    Ok(b) => drop(files.insert(name.clone(), b.into())),
                    Err(e) => return Err(failure(program, vec![format!("embed {name}: {e}")])),
                }
            }
            prog.set_embed(o, files);
        }
    }
    Ok(())
}

/// Optimises all functions; what they newly refer to (devirtualized methods, runtime functions) is lowered and optimised
/// in turn.
fn optimize(w: &mut World<'_>, options: &Options) -> Vec<goxide_opt::Remark> {
    let opts = goxide_opt::Options {
        no_inline: options.no_inline,
        none: options.no_opt,
        remarks: options.report_opt > 0,
        verify: options.debug_on("verify"),
        disabled: options.debug.iter().filter(|d| d.0 == "disable").map(|d| d.1.clone()).collect(),
    };
    let passes = options.debug_value("emit") == Some("passes");
    let see = |pass: &'static str, f: &Func| {
        if passes && options.debug_value("func").is_none_or(|n| n == f.sym.name()) {
            eprintln!("; after {pass}\n{f}");
        }
    };
    let mut store = goxide_opt::module::Store::default();
    let mut done: Vec<Func> = Vec::new();
    let mut remarks = Vec::new();
    loop {
        let fresh = std::mem::take(&mut w.funcs);
        if fresh.is_empty() {
            break;
        }
        let o = goxide_opt::optimize(fresh, &mut store, &w.methods, &opts, &see);
        let mut refs = worklist::Refs::default();
        for f in &o.funcs {
            worklist::refs(f, &mut refs);
        }
        done.extend(o.funcs);
        remarks.extend(o.remarks);
        w.refer(refs);
        w.run();
    }
    w.funcs = done;
    remarks
}

/// Func values of initialisers may also be referred to by code.
fn dedup(input: &mut goxide_link::Input) {
    let mut seen = goxide_base::FxHashSet::default();
    input.data.retain(|d| seen.insert(d.sym));
}

/// Whether an initialiser does nothing.
fn is_empty(f: &Func) -> bool {
    f.order.len() == 1
        && f.blocks[0].insts.iter().all(|i| matches!(f.insts[i.index()].op, Op::Iconst))
        && matches!(f.blocks[0].term, Term::Ret(_))
}

/// The wrappers of methods of a package's types, which other packages might need.
fn wrappers(prog: &ssagen::Program, pkg: goxide_types::Pkg) -> Vec<Sym> {
    let mut out = Vec::new();
    for o in pkg.scope().sorted() {
        let generic = |t: goxide_types::Ty| t.as_named().is_none_or(|n| !n.tparams().is_empty());
        if !o.is_type_name() || generic(o.ty()) || goxide_types::predicates::is_interface(o.ty()) {
            continue;
        }
        let t = goxide_types::canon(o.ty());
        for t in [t, goxide_types::canon(goxide_types::Ty::pointer(t))] {
            for m in goxide_codegen::rttype::method_set(t) {
                out.push(ssagen::wrappers::method_entry(prog, t, m.obj.pkg(), m.name, false));
            }
        }
    }
    out
}

/// Wants the roots; gives the initialisers with their packages' paths, in the order they run.
fn roots(
    program: &Program,
    options: &Options,
    checked: &[Arc<CheckedPackage>],
    prog: &ssagen::Program,
    runtime: &goxide_link::object::Object,
    w: &mut World<'_>,
) -> Vec<(Sym, String)> {
    // Interned under their Go definitions before code generation names them.
    let named = goxide_codegen::clif::RUNTIME_FUNCS.iter().chain(rttype::RUNTIME_FUNCS).map(|n| format!("runtime.{n}"));
    let imports = goxide_link::runtime_imports(runtime).into_iter();
    let all: Vec<Sym> =
        named.chain(imports).chain(["runtime.unreachableMethod".into()]).map(|n| named_sym(prog, &n)).collect();
    prog.sym_of_name("math.FMA");
    for s in all {
        if !rttype::RUNTIME_FUNCS.iter().any(|n| s.name().strip_prefix("runtime.") == Some(n)) {
            w.want(s);
        }
    }
    let mut inits = Vec::new();
    if program.main.is_some() {
        w.want(prog.sym_of_name("main.main"));
        for i in initorder::order(program) {
            let s = ssagen::names::init_sym(checked[i].pkg);
            w.want(s);
            inits.push((s, checked[i].pkg.path().as_str().to_string()));
        }
    }
    // Reports are about all functions of a package.
    if options.whole_packages || program.main.is_none() || options.report_opt > 0 {
        for &r in &program.roots {
            for &f in &checked[r].funcs {
                let sig = f.sig().data();
                if sig.tparams.is_empty()
                    && sig.rparams.is_empty()
                    && !f.name().is_blank()
                    && f.decl().is_some_and(|d| d.body.is_some())
                {
                    let s = if f.name() == "init" && sig.recv.is_none() {
                        ssagen::names::init_sym(checked[r].pkg)
                    } else {
                        prog.func_sym(f, &[])
                    };
                    w.want(s);
                }
            }
            w.want(ssagen::names::init_sym(checked[r].pkg));
            if options.report_opt > 0 {
                wrappers(prog, checked[r].pkg).into_iter().for_each(|s| w.want(s));
            }
        }
    }
    inits
}

/// The symbol of a linker name that the runtime's objects use: a function, a variable, or (`F·f`) a func value.
fn named_sym(prog: &ssagen::Program, name: &str) -> Sym {
    match name.strip_suffix("·f") {
        Some(f) => rttype::funcval_sym(prog.sym_of_name(f)),
        None => prog.sym_of_name(name),
    }
}

/// Machine code of one function, showing what the switches ask for.
fn compile(b: &Clif, f: &Func, o: &Options) -> Result<CodeBlob, CodegenError> {
    let show = o.debug_value("emit").filter(|_| o.debug_value("func").is_none_or(|n| n == f.sym.name()));
    let mut text = String::new();
    if let Some(what) = show {
        match what {
            "ssa" | "opt" => {
                let _ = writeln!(text, "{f}");
            }
            "clif" => {
                let _ = writeln!(text, "; {}\n{}", f.sym.name(), b.lowered_text(f)?);
            }
            _ => {}
        }
    }
    let blob = b.compile(f)?;
    if show == Some("asm") {
        text.push_str(&disasm::text(&blob));
    }
    if !text.is_empty() {
        eprintln!("{text}");
    }
    Ok(blob)
}
