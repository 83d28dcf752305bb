//! Escape analysis on checked trees: what each function does with its parameters, and which variables and literals need
//! storage that outlives their frame. The model is gc's (locations, edges with numbers of dereferences, tags of
//! parameters by package), so that reports say the same; `opt`'s analysis of SSA, after inlining, only finds more.
//!
//! Method: packages in order of their imports; within one, sets of mutually dependent functions, callees first. For
//! each a graph is built (`build`, `expr`, `call`) and solved (`solve`).

mod bounds;
mod build;
mod call;
mod expr;
mod facts;
mod graph;
mod report;
mod solve;
mod tags;
mod text;

pub use call::pointers_of_all;
pub use expr::same_safe;
pub use graph::Site;
pub use report::{Decision, Repeated, Said, Text};
pub use tags::{Leaks, Pointers, RESULTS};
pub use text::type_text;

use crate::program::Program;
use build::{Build, pointers};
use goxide_base::graph::components;
use goxide_base::{FxHashMap, FxHashSet, Pos};
use goxide_syntax::ast::*;
use goxide_types::{CheckedPackage, Obj, Pkg, Ty};
use graph::*;
use rayon::prelude::*;
use report::{external, function_name, report};

/// Largest variables, and largest things without a name, that are kept in frames.
const MAX_VAR: i64 = 128 << 10;
const MAX_IMPLICIT: i64 = 64 << 10;

/// Functions of a batch, by index.
pub type Members = FxHashMap<Obj, usize>;

/// Tags of finished functions: one per parameter, receiver first.
#[derive(Default)]
pub struct Tags(FxHashMap<Obj, Vec<Leaks>>);

impl Tags {
    /// All tags of a function that was analysed.
    pub fn get(&self, o: Obj) -> Option<&[Leaks]> {
        self.0.get(&o).map(Vec::as_slice)
    }
    /// The tag of parameter `i` of `o`.
    pub fn of(&self, o: Obj, i: usize) -> Leaks {
        if let Some(t) = self.0.get(&o) {
            return t.get(i).copied().unwrap_or(Leaks::ALL);
        }
        let runtime = o.pkg().is_some_and(|p| p.path() == "runtime");
        if o.noescape() && !runtime { Leaks::NOESCAPE } else { Leaks::ALL }
    }
}

/// What the code generator uses: allocations that need not outlive their frame, calls whose method is known.
#[derive(Default)]
pub struct Stays {
    sites: FxHashSet<(NodeId, Site)>,
    vars: FxHashSet<Obj>,
    by_value: FxHashSet<Obj>,
    devirtualized: FxHashMap<NodeId, Ty>,
}

impl Stays {
    /// The one type that the interface holds whose method call `n` calls; it may be nil instead.
    pub fn devirtualized(&self, n: NodeId) -> Option<Ty> {
        self.devirtualized.get(&n).copied()
    }
    pub fn site(&self, site: Site, n: NodeId) -> bool {
        self.sites.contains(&(n, site))
    }
    pub fn var(&self, o: Obj) -> bool {
        self.vars.contains(&o)
    }
    /// Whether closures copy the variable, if it is not large: nothing assigns to it once the first has been made.
    pub fn by_value(&self, o: Obj) -> bool {
        self.by_value.contains(&o)
    }
}

/// What was found out about one package.
#[derive(Default)]
pub struct Found {
    pub stays: Stays,
    pub decisions: Vec<Decision>,
    /// Other reports: where parameters go, assignments that were ignored.
    pub said: Vec<Said>,
    /// Calls of interface methods, by their position: `x.M`, and the method.
    pub calls: FxHashMap<Pos, (Text, Obj)>,
}

/// Analyses all packages.
pub fn analyse(prog: &Program) -> (FxHashMap<Pkg, Found>, Tags) {
    let pkgs = prog.packages();
    let mut level: FxHashMap<Pkg, usize> = FxHashMap::default();
    let mut levels: Vec<Vec<&CheckedPackage>> = Vec::new();
    for cp in pkgs {
        let n = cp.pkg.imports().iter().filter_map(|p| level.get(p)).max().map_or(0, |n| n + 1);
        level.insert(cp.pkg, n);
        if levels.len() <= n {
            levels.resize_with(n + 1, Vec::new);
        }
        levels[n].push(cp);
    }
    let mut tags = Tags::default();
    let mut found = FxHashMap::default();
    for l in levels {
        let done: Vec<_> = l.par_iter().map(|cp| (cp.pkg, package(prog, cp, &tags, prog.reporting()))).collect();
        for (pkg, (own, f)) in done {
            // The runtime hides pointers from every analysis.
            let hidden = pkg.path() == "runtime";
            if !hidden {
                tags.0.extend(own.0);
            }
            if !hidden || prog.reporting() {
                found.insert(pkg, f);
            }
        }
    }
    (found, tags)
}

/// A function of a package, or the initialisation of its variables.
#[derive(Clone, Copy)]
enum Unit {
    Func(Obj),
    Inits,
    /// A literal that captures nothing, by index in `Facts::lits`: a function like any other.
    Lit(usize),
}

/// The functions among `units`, with their indices.
fn functions(units: &[Unit]) -> Members {
    let named = units.iter().enumerate().filter_map(|(n, u)| match u {
        Unit::Func(f) => Some((*f, n)),
        _ => None,
    });
    named.collect()
}

fn package(prog: &Program, cp: &CheckedPackage, imported: &Tags, reporting: bool) -> (Tags, Found) {
    let mut found = Found::default();
    let mut units: Vec<Unit> = Vec::new();
    let mut own = Scoped { imported, own: Tags::default(), lits: FxHashMap::default() };
    for &f in &cp.funcs {
        match f.decl() {
            Some(d) if d.body.is_some() => units.push(Unit::Func(f)),
            _ => external(f, reporting, &mut found),
        }
    }
    let index = functions(&units);
    units.push(Unit::Inits);
    let facts = survey(cp, &units);
    // Literals that capture nothing are units of their own.
    let mut owner = Vec::with_capacity(facts.lits.len());
    for (n, l) in facts.lits.iter().enumerate() {
        let outer = l.parent.map_or(l.unit, |p| owner[p]);
        if l.captures.is_empty() && !l.body_of_loop {
            units.push(Unit::Lit(n));
            owner.push(units.len() - 1);
        } else {
            owner.push(outer);
        }
    }
    let mut refs: Vec<Vec<usize>> = vec![Vec::new(); units.len()];
    for &(unit, lit, o) in &facts.refs {
        refs[lit.map_or(unit, |l| owner[l])].extend(index.get(&o));
    }
    for (n, l) in facts.lits.iter().enumerate() {
        let outer = l.parent.map_or(l.unit, |p| owner[p]);
        if owner[n] != outer {
            refs[outer].push(owner[n]);
        }
    }
    for batch in components(&refs) {
        let shared = Shared { prog, cp, all: &units, facts: &facts, owner: &owner, reporting };
        let tags = self::batch(&shared, &batch, &own, &mut found);
        for (k, t) in tags {
            match k {
                Key::Func(f) => drop(own.own.0.insert(f, t)),
                Key::Lit(l) => drop(own.lits.insert(l, t)),
            }
        }
    }
    (own.own, found)
}

/// Tags of this package in front of those of its imports.
struct Scoped<'a> {
    imported: &'a Tags,
    own: Tags,
    lits: FxHashMap<NodeId, Vec<Leaks>>,
}

/// Whose tags.
enum Key {
    Func(Obj),
    Lit(NodeId),
}

/// Facts about all functions of a package.
fn survey(cp: &CheckedPackage, units: &[Unit]) -> facts::Facts {
    let mut walk = facts::Walk::new(&cp.info);
    for (n, u) in units.iter().enumerate() {
        walk.unit = n;
        match u {
            Unit::Func(f) => {
                if let Some(b) = f.decl().and_then(|d| d.body.as_ref()) {
                    walk.body(b);
                }
            }
            _ => cp.info.init_order.iter().for_each(|i| walk.expr(i.rhs)),
        }
    }
    walk.finish()
}

/// All variables of a signature, receiver first.
fn parameters(o: Obj) -> Vec<Obj> {
    let Some(sig) = o.sig_opt() else { return Vec::new() };
    sig.recv().into_iter().chain(sig.params().iter().copied()).collect()
}

/// What all batches of a package have in common.
struct Shared<'a> {
    prog: &'a Program,
    cp: &'a CheckedPackage,
    all: &'a [Unit],
    facts: &'a facts::Facts,
    /// The unit that each literal is part of.
    owner: &'a [usize],
    reporting: bool,
}

/// Solves units that call each other; gives the tags of their parameters.
fn batch(shared: &Shared<'_>, batch: &[usize], scope: &Scoped<'_>, found: &mut Found) -> Vec<(Key, Vec<Leaks>)> {
    let &Shared { prog, cp, all, facts, owner, reporting } = shared;
    let units: Vec<Unit> = batch.iter().map(|&n| all[n]).collect();
    let members = functions(&units);
    let mut b = Build {
        prog,
        cp,
        info: &cp.info,
        g: Graph::new(),
        tags: scope,
        members: &members,
        facts,
        var_pos: FxHashMap::default(),
        pending: Vec::new(),
        by_value: Vec::new(),
        static_init: false,
        calls: 0,
        fun: 0,
        depth: 1,
        results: Vec::new(),
        result_types: Vec::new(),
        said: Vec::new(),
        calls_of: Vec::new(),
        devirtualized: Vec::new(),
        loop_vars: FxHashMap::default(),
        bloop: false,
        called: Vec::new(),
        reporting,
        own: cp.pkg,
        name: String::new(),
    };
    let signature = |n: usize| facts.lits[n].e.and_then(|e| cp.info.types.get(e.id)).and_then(|t| t.ty.as_sig());
    for u in &units {
        let n = match u {
            Unit::Func(f) => {
                let results = f.sig_opt().map_or(&[][..], |s| s.results());
                b.add_fun(None, Some(*f), parameters(*f), results)
            }
            Unit::Inits => b.add_fun(None, None, Vec::new(), &[]),
            Unit::Lit(l) => {
                let sig = signature(*l);
                b.add_fun(None, None, sig.map_or(Vec::new(), |s| s.params().to_vec()), sig.map_or(&[], |s| s.results()))
            }
        };
        match u {
            Unit::Lit(l) => {
                b.g.lits.insert(facts.lits[*l].id, n);
                b.g.funs[n].pos = facts.lits[*l].e.map_or(Pos::NONE, |e| e.pos);
            }
            Unit::Func(f) => b.g.funs[n].pos = f.decl().map_or(f.pos(), |d| d.pos),
            Unit::Inits => {}
        }
    }
    // Literals that capture come after the functions, parents first.
    for &unit in batch {
        let span = match all[unit] {
            Unit::Lit(l) => l + 1..facts.lits.len(),
            _ => first_literal(facts, unit)..facts.lits.len(),
        };
        for n in span {
            let l = &facts.lits[n];
            if l.unit != facts_unit(all, unit, facts) {
                break;
            }
            if owner[n] != unit || matches!(all[unit], Unit::Lit(own) if own == n) {
                continue;
            }
            let Some(sig) = signature(n) else { continue };
            let mut at = l.parent;
            let mut parent = None;
            while let Some(p) = at {
                parent = b.g.lits.get(&facts.lits[p].id).copied();
                if parent.is_some() {
                    break;
                }
                at = facts.lits[p].parent;
            }
            let unit_fun = batch.iter().position(|&u| u == unit).expect("a unit of the batch");
            let f = b.add_fun(Some(parent.unwrap_or(unit_fun)), None, sig.params().to_vec(), sig.results());
            b.g.lits.insert(l.id, f);
            b.g.funs[f].pos = l.e.map_or(Pos::NONE, |e| e.pos);
        }
    }
    for (n, u) in units.iter().enumerate() {
        match u {
            Unit::Func(f) => {
                b.name = if reporting { function_name(*f) } else { String::new() };
                if let Some(body) = f.decl().and_then(|d| d.body.as_ref()) {
                    b.in_function(n, |b| b.block(body));
                }
            }
            Unit::Lit(l) => {
                b.name = "func literal".into();
                if let Some(Expr { kind: ExprKind::FuncLit(f), .. }) = facts.lits[*l].e {
                    b.in_function(n, |b| b.block(&f.body));
                }
            }
            Unit::Inits => {
                b.static_init = true;
                for i in &cp.info.init_order {
                    let t = i.lhs.first().filter(|_| i.lhs.len() == 1).map(|o| o.ty());
                    b.in_function(n, |b| match t {
                        Some(t) => b.expr_as(Hole::to(HEAP), i.rhs, t),
                        None => b.expr(Hole::to(HEAP), i.rhs),
                    });
                }
                b.static_init = false;
            }
        }
    }
    b.flow_closures();
    for l in FIRST..b.g.locs.len() {
        if too_large(&b, l) {
            b.g.flow(Hole::to(HEAP).addr(), l);
        }
    }
    b.g.solve();
    let key = |u: &Unit| match u {
        Unit::Func(f) => Some((Key::Func(*f), tags_of(&b, &parameters(*f)))),
        Unit::Lit(l) => {
            let params = signature(*l).map_or(&[][..], |s| s.params());
            Some((Key::Lit(facts.lits[*l].id), tags_of(&b, params)))
        }
        Unit::Inits => None,
    };
    let out = units.iter().filter_map(key).collect();
    found.stays.by_value.extend(b.by_value.drain(..));
    found.stays.devirtualized.extend(b.devirtualized.drain(..));
    for loc in b.g.locs.iter().skip(FIRST) {
        match loc.what {
            _ if loc.attrs & ESCAPES != 0 => {}
            What::Expr { site, node, .. } => drop(found.stays.sites.insert((node, site))),
            What::Var(o) if loc.addrtaken || loc.captured => drop(found.stays.vars.insert(o)),
            _ => {}
        }
    }
    if reporting {
        report(&mut b, &units, found);
    }
    out
}

/// The declared function that a unit is or lies in, as literals know it.
fn facts_unit(all: &[Unit], unit: usize, facts: &facts::Facts) -> usize {
    match all[unit] {
        Unit::Lit(l) => facts.lits[l].unit,
        _ => unit,
    }
}
/// Literals are in the order of the functions they are in.
fn first_literal(facts: &facts::Facts, unit: usize) -> usize {
    facts.lits.partition_point(|l| l.unit < unit)
}

impl Scoped<'_> {
    /// The tag of parameter `i` of a literal that captures nothing.
    pub fn of_literal(&self, l: NodeId, i: usize) -> Leaks {
        self.lits.get(&l).map_or(Leaks::ALL, |t| t.get(i).copied().unwrap_or(Leaks::ALL))
    }
    /// See `Tags::of`.
    pub fn of(&self, o: Obj, i: usize) -> Leaks {
        if self.own.0.contains_key(&o) { self.own.of(o, i) } else { self.imported.of(o, i) }
    }
}

fn tags_of(b: &Build<'_>, params: &[Obj]) -> Vec<Leaks> {
    let tag = |p: &Obj| {
        if !pointers(p.ty()) || p.name().is_blank() || p.name().as_str().is_empty() {
            return Leaks::default();
        }
        let Some(&l) = b.g.vars.get(p) else { return Leaks::ALL };
        if b.g.has(l, ESCAPES) {
            return Leaks::ALL;
        }
        let mut t = b.g.locs[l].leaks;
        t.optimize();
        t
    };
    params.iter().map(tag).collect()
}

/// Whether size alone puts it on the heap.
fn too_large(b: &Build<'_>, l: Loc) -> bool {
    let loc = &b.g.locs[l];
    let size = goxide_types::size_of;
    match loc.what {
        What::Temp => false,
        What::Var(o) => !loc.param && loc.result == 0 && size(o.ty()) > MAX_VAR,
        What::Expr { site, e, .. } => {
            let t = e.and_then(|e| b.ty(e));
            match (site, t) {
                (Site::New | Site::PtrLit, Some(t)) => size(t.under().as_pointer().unwrap_or(t)) > MAX_IMPLICIT,
                (Site::MakeSlice, Some(t)) => {
                    let Some(elem) = t.under().as_slice().map(size) else { return false };
                    elem == 0 || make_size(b, e).is_some_and(|n| n > MAX_IMPLICIT / elem || n < 0)
                }
                (Site::MethodValue, _) => {
                    let Some(Expr { kind: ExprKind::Selector { .. }, id, .. }) = e else { return false };
                    let recv = b.info.selections.get(*id).and_then(|s| s.obj.sig_opt()).and_then(|s| s.recv());
                    recv.is_some_and(|r| 8 + size(r.ty()) > MAX_IMPLICIT)
                }
                (Site::Iface, Some(t)) => t.as_tuple().is_none() && size(t) > MAX_VAR,
                _ => false,
            }
        }
    }
}

/// The constant capacity of a `make`, known variables included.
fn make_size(b: &Build<'_>, e: Option<&'static Expr>) -> Option<i64> {
    let ExprKind::Call { args, .. } = &e?.kind else { return None };
    let v = b.static_value(args.last()?);
    let c = b.info.types.get(v.id)?.value.as_ref();
    if let Some(c) = c {
        return c.to_int().int64_val();
    }
    // len(x), x being a slice literal
    let ExprKind::Call { fun, args, .. } = &v.kind else { return None };
    if b.info.builtin_of(fun) != Some(goxide_types::BuiltinId::Len) {
        return None;
    }
    let ExprKind::CompositeLit { elems, .. } = &b.static_value(&args[0]).kind else { return None };
    elems.iter().all(|e| !matches!(e.kind, ExprKind::KeyValue { .. })).then_some(elems.len() as i64)
}
