//! What reports (`-m`) say of a package's source: decisions about storage, where parameters go, what was ignored.
//!
//! What is said of a function's body is repeated, with the names of its package, at calls that the body is put in place
//! of; the driver does that, by where the function begins.

use super::build::{Build, pointers};
use super::graph::*;
use super::{Found, Unit, make_size, parameters, tags, text};
use goxide_base::Pos;
use goxide_syntax::ast::*;
use goxide_syntax::pragma::PragmaFlags;
use goxide_types::{Obj, Pkg, Ty};

/// A decision about the storage of something in the source.
#[derive(Clone, Debug)]
pub struct Decision {
    pub pos: Pos,
    /// Where the innermost function around it begins.
    pub fun: Pos,
    /// None: a variable.
    pub site: Option<Site>,
    /// As reports call it.
    pub what: Text,
    /// Where the last argument of a `make` begins in each form of `what`.
    pub size_at: Option<(usize, usize)>,
    pub escapes: bool,
    /// A literal that is only called, where it stands.
    pub called: bool,
    /// A literal that uses variables of the function around it.
    pub captures: bool,
}

/// A piece of source as reports quote it.
#[derive(Clone, Debug, Default)]
pub struct Text {
    /// In reports on its own package.
    pub own: String,
    /// In those on a package that inlines it: every name with that of its package.
    pub foreign: String,
}

/// A report that is no decision about storage.
#[derive(Clone, Debug)]
pub struct Said {
    pub pos: Pos,
    pub text: String,
    /// From which `-m` on it is told.
    pub level: u8,
    /// If it is repeated where the function is inlined: that function, and what it says there.
    pub inlined: Option<(Pos, Repeated)>,
}

impl Said {
    /// One that is told at every level and not repeated.
    pub fn new(pos: Pos, text: String) -> Said {
        Said { pos, text, level: 1, inlined: None }
    }
}

/// A report repeated at calls that were replaced by the function's body.
#[derive(Clone, Debug)]
pub enum Repeated {
    Plain,
    /// Begins with the name of the function that now has it.
    OfFunction(String),
}

/// A function without body keeps what it gets unless it says otherwise.
pub(super) fn external(f: Obj, reporting: bool, found: &mut Found) {
    if !reporting {
        return;
    }
    let Some(sig) = f.sig_opt() else { return };
    for p in sig.recv().iter().chain(sig.params()) {
        let name = p.name();
        let uintptr = p.ty().under().as_basic().is_some_and(|b| b.kind == goxide_types::BasicKind::Uintptr);
        if uintptr {
            found.said.push(Said::new(p.pos(), format!("assuming {name} is unsafe uintptr")));
        } else if pointers(p.ty()) && !name.as_str().is_empty() {
            let text = if f.noescape() { format!("{name} does not escape") } else { format!("leaking param: {name}") };
            found.said.push(Said::new(p.pos(), text));
        }
    }
}

/// A function as gc's reports call it, without its package.
pub(super) fn function_name(f: Obj) -> String {
    let Some(r) = f.sig_opt().and_then(|s| s.recv()) else { return f.name().as_str().to_owned() };
    let (base, ptr) = goxide_types::lookup::deref(r.ty());
    let n = base.as_named().map_or("?", |n| n.obj().name().as_str());
    if ptr { format!("(*{n}).{}", f.name()) } else { format!("{n}.{}", f.name()) }
}

/// Collects what is to be reported of a batch that is solved.
pub(super) fn report(b: &mut Build<'_>, units: &[Unit], found: &mut Found) {
    found.said.append(&mut b.said);
    found.calls.extend(b.calls_of.drain(..));
    for u in units {
        let Unit::Func(f) = u else { continue };
        // Of generic functions gc reports instances.
        let generic = f.sig_opt().is_some_and(|s| !s.tparams().is_empty() || !s.rparams().is_empty());
        if !generic {
            report_parameters(b, *f, found);
        }
    }
    for &n in b.g.lits.values() {
        let params = b.g.funs[n].params.clone();
        let results = b.g.funs[n].results.clone();
        params.iter().for_each(|p| report_leaks(b, *p, &results, found));
    }
    for l in FIRST..b.g.locs.len() {
        let escapes = b.g.has(l, ESCAPES);
        let fun = b.g.funs.get(b.g.locs[l].func).map_or(Pos::NONE, |f| f.pos);
        match b.g.locs[l].what {
            What::Temp => {}
            What::Var(o) if escapes => found.decisions.push(Decision {
                pos: b.var_pos.get(&o).copied().unwrap_or(o.pos()),
                fun,
                site: None,
                what: Text {
                    own: o.name().as_str().to_owned(),
                    foreign: format!("{}.{}", b.own.name().as_str(), o.name().as_str()),
                },
                size_at: None,
                escapes,
                called: false,
                captures: false,
            }),
            What::Var(_) => {}
            What::Expr { site, pos, e, node } => {
                let (what, size_at) = match (site, e) {
                    (Site::Iface, None) => {
                        (Text { own: format!(".autotmp_{l}"), foreign: format!(".autotmp_{l}") }, None)
                    }
                    _ => {
                        let (own, at) = describe(b, site, e, Some(b.own));
                        let (foreign, foreign_at) = describe(b, site, e, None);
                        (Text { own, foreign }, at.zip(foreign_at))
                    }
                };
                if site == Site::Conv
                    && !b.g.has(l, MUTATES)
                    && e.and_then(|e| b.ty(e)).and_then(|t| t.under().as_slice()).is_some_and(is_byte)
                {
                    let text = "zero-copy string->[]byte conversion".to_owned();
                    found.said.push(Said { inlined: Some((fun, Repeated::Plain)), ..Said::new(pos, text) });
                }
                let called = site == Site::Closure && b.called.contains(&node);
                let captures =
                    called && b.facts.lit_index.get(&node).is_some_and(|&n| !b.facts.lits[n].captures.is_empty());
                found.decisions.push(Decision { pos, fun, site: Some(site), what, size_at, escapes, called, captures });
            }
        }
    }
}
fn is_byte(t: Ty) -> bool {
    t.under().as_basic().is_some_and(|b| b.kind == goxide_types::BasicKind::Uint8)
}

fn report_parameters(b: &Build<'_>, f: Obj, found: &mut Found) {
    let results = b.members.get(&f).map_or(Vec::new(), |&n| b.g.funs[n].results.clone());
    for p in parameters(f) {
        if f.pragma().has(PragmaFlags::UINTPTR_ESCAPES) {
            let uintptr = |t: Ty| t.under().as_basic().is_some_and(|b| b.kind == goxide_types::BasicKind::Uintptr);
            let variadic = f.sig().variadic() && f.sig().params().last() == Some(&p);
            if uintptr(p.ty()) {
                found.said.push(Said::new(p.pos(), format!("marking {} as escaping uintptr", p.name())));
                continue;
            }
            if variadic && p.ty().under().as_slice().is_some_and(uintptr) {
                found.said.push(Said::new(p.pos(), format!("marking {} as escaping ...uintptr", p.name())));
                continue;
            }
        }
        report_leaks(b, p, &results, found);
    }
}

fn report_leaks(b: &Build<'_>, p: Obj, results: &[Loc], found: &mut Found) {
    if !pointers(p.ty()) || p.name().is_blank() || p.name().as_str().is_empty() {
        return;
    }
    let Some(&l) = b.g.vars.get(&p) else { return };
    if b.g.has(l, ESCAPES) {
        return;
    }
    let mut leaks = b.g.locs[l].leaks;
    leaks.optimize();
    let name = p.name();
    let mut said = false;
    let mut say = |text: String| {
        found.said.push(Said::new(p.pos(), text));
        said = true;
    };
    match leaks.heap() {
        Some(0) => say(format!("leaking param: {name}")),
        Some(_) => say(format!("leaking param content: {name}")),
        None => {}
    }
    for (i, &r) in results.iter().enumerate().take(tags::RESULTS) {
        if let Some(x) = leaks.result(i) {
            let What::Var(o) = b.g.locs[r].what else { continue };
            let result = match o.name().as_str() {
                "" => format!("~r{i}"),
                "_" => format!("~b{i}"),
                n => n.to_owned(),
            };
            say(format!("leaking param: {name} to result {result} level={x}"));
        }
    }
    if !said {
        found.said.push(Said::new(p.pos(), format!("{name} does not escape")));
    }
}

/// An allocation as reports on package `own` call it; on any other if that is none. With it, where the last argument of
/// a `make` begins.
fn describe(b: &Build<'_>, site: Site, e: Option<&'static Expr>, own: Option<Pkg>) -> (String, Option<usize>) {
    match (site, e) {
        (Site::Append, _) => return ("append".into(), None),
        (Site::Closure, _) => return ("func literal".into(), None),
        (Site::Dots, _) | (_, None) => return ("... argument".into(), None),
        _ => {}
    }
    let mut size_at = None;
    let e = e.expect("handled above");
    let mut p = b.printer(own);
    match (site, &e.kind) {
        (Site::PtrLit, ExprKind::CompositeLit { elems, .. }) => {
            p.out.push('&');
            let t = b.ty(e).and_then(|t| t.under().as_pointer());
            p.out.push_str(&t.map_or(String::new(), |t| text::type_text(t, own)));
            p.out.push_str(if elems.is_empty() { "{}" } else { "{...}" });
        }
        (Site::MakeSlice, ExprKind::Call { args, .. }) => {
            p.out.push_str("make(");
            p.expr(&args[0], 0);
            for (i, a) in args[1..].iter().enumerate() {
                p.out.push_str(", ");
                size_at = Some(p.out.len());
                match make_size(b, Some(e)).filter(|&n| n >= 0 && i + 2 == args.len()) {
                    Some(n) => p.out.push_str(&n.to_string()),
                    None => p.expr(a, 0),
                }
            }
            p.out.push(')');
        }
        (Site::Iface, _) => {
            // What the value is known to be takes its place.
            let v = b.static_value(e);
            let constant = b.info.types.get(v.id).and_then(|t| t.value.clone());
            match constant {
                Some(c) if !std::ptr::eq(v, e) => {
                    let t = b.ty(e).map(goxide_types::predicates::default_type);
                    if let Some(t) = t {
                        p.constant(&c, t);
                    }
                }
                _ => p.expr(e, 0),
            }
        }
        _ => p.expr(e, 0),
    }
    (p.out, size_at)
}
