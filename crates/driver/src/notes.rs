//! Reports of optimisation decisions (`-gcflags=-m`) for the packages that were asked for, in gc's words.

use crate::input::{Failure, Options, Program};
use goxide_base::{FxHashMap, FxHashSet, Pos, position};
use goxide_diag::{Diagnostic, Severity};
use goxide_opt::Remark;
use goxide_ssa::{AllocKind, Sym, SymKind};
use goxide_ssagen::flow::{Decision, Found, Site};
use goxide_ssagen::names::pkg_prefix;
use goxide_types::{CheckedPackage, Pkg};
use std::sync::Arc;

/// The package a function is declared in, if it is no instance of generic code.
fn package(s: Sym) -> Option<Pkg> {
    match s.kind() {
        SymKind::Func { obj, targs } if targs.is_empty() => obj.pkg(),
        SymKind::Closure { parent, .. } => package(*parent),
        SymKind::PkgInit(p) => Some(*p),
        _ => None,
    }
}

/// A function's name as reports give it: without its package if that is `own`, else without the package's directory.
fn name(s: Sym, own: Pkg) -> String {
    let n = s.name();
    if let Some(rest) = n.strip_prefix(&pkg_prefix(own)).and_then(|r| r.strip_prefix('.')) {
        return rest.to_owned();
    }
    let args = n.find('[').unwrap_or(n.len());
    let dir = n[..args].rfind('/').map_or(0, |i| i + 1);
    n[dir..].to_owned()
}

/// Functions that stand in no source: closures made for `defer` and the like, bodies of range-over-func loops.
fn written(s: Sym) -> bool {
    let n = s.name();
    !n.contains(".gowrap") && !n.contains(".deferwrap") && !n.contains("-range")
}

/// Functions of package runtime that only the compiler calls.
fn helper(s: Sym, own: Pkg) -> bool {
    let unexported = |r: &str| r.starts_with(|c: char| c.is_ascii_lowercase());
    own.path().as_str() != "runtime" && s.name().strip_prefix("runtime.").is_some_and(unexported)
}

fn text(r: Remark, own: Pkg, level: u8) -> Option<(Pos, String)> {
    match r {
        Remark::Inlined { callee, pos, .. } if written(callee) && !helper(callee, own) => {
            Some((pos, format!("inlining call to {}", name(callee, own))))
        }
        Remark::CanInline { func, pos, cost } if declared(func) => {
            let n = name(func, own);
            Some((pos, if level > 1 { format!("can inline {n} with cost {cost}") } else { format!("can inline {n}") }))
        }
        Remark::CannotInline { func, pos, why } if level > 1 && declared(func) => {
            Some((pos, format!("cannot inline {}: {why}", name(func, own))))
        }
        _ => None,
    }
}
/// What became of the allocations at each place, by kind: whether all of them stay in the frame, or none.
#[derive(Default)]
struct Outcomes(FxHashMap<(Pos, AllocKind), (bool, bool)>);

impl Outcomes {
    fn see(&mut self, pos: Pos, kind: AllocKind, escapes: bool) {
        let o = self.0.entry((pos, kind)).or_insert((true, true));
        o.0 &= !escapes;
        o.1 &= escapes;
    }
    /// Whether the thing is on the heap: what code generation did where that is clear, else what the source tells.
    fn escapes(&self, d: &Decision) -> bool {
        let kind = match d.site {
            None => AllocKind::Var,
            Some(Site::New) => AllocKind::New,
            Some(Site::PtrLit) => AllocKind::Lit,
            Some(Site::Closure | Site::MethodValue) => AllocKind::Closure,
            Some(Site::Iface) => AllocKind::Iface,
            Some(Site::SliceLit | Site::Dots | Site::MakeSlice) => AllocKind::SliceLit,
            Some(_) => return d.escapes,
        };
        match self.0.get(&(d.pos, kind)) {
            Some((true, false)) => false,
            Some((false, true)) => true,
            _ => d.escapes,
        }
    }
}

/// A decision about storage in gc's words.
fn decision(d: &Decision, outcomes: &Outcomes) -> Option<(Pos, String)> {
    let text = match (d.site, outcomes.escapes(d)) {
        (None, true) => format!("moved to heap: {}", d.what),
        (None, false) => return None,
        (Some(_), true) => format!("{} escapes to heap", d.what),
        (Some(_), false) => format!("{} does not escape", d.what),
    };
    Some((d.pos, text))
}
fn declared(s: Sym) -> bool {
    written(s) && !matches!(s.kind(), SymKind::PkgInit(_))
}

fn function(r: &Remark) -> Sym {
    match r {
        Remark::Inlined { caller, .. } => *caller,
        Remark::CanInline { func, .. } | Remark::CannotInline { func, .. } | Remark::Alloc { func, .. } => *func,
    }
}

/// Remarks as notes, by package, sorted by position, each once.
pub fn notes(
    program: &Program,
    checked: &[Arc<CheckedPackage>],
    options: &Options,
    remarks: Vec<Remark>,
    found: &FxHashMap<Pkg, Found>,
) -> Vec<Failure> {
    let mut by_root: Vec<Vec<(Pos, String)>> = vec![Vec::new(); program.roots.len()];
    let mut outcomes = Outcomes::default();
    for r in remarks {
        if let Remark::Alloc { pos, kind, escapes, .. } = r {
            outcomes.see(pos, kind, escapes);
        }
        let Some(pkg) = package(function(&r)) else { continue };
        let Some(n) = program.roots.iter().position(|&i| checked[i].pkg == pkg) else { continue };
        by_root[n].extend(text(r, pkg, options.report_opt).filter(|t| t.0.is_known()));
    }
    for (n, &i) in program.roots.iter().enumerate() {
        let Some(f) = found.get(&checked[i].pkg) else { continue };
        by_root[n].extend(f.said.iter().cloned());
        by_root[n].extend(f.decisions.iter().filter_map(|d| decision(d, &outcomes)));
    }
    let mut out = Vec::new();
    for (&i, mut list) in program.roots.iter().zip(by_root) {
        list.sort();
        let mut seen = FxHashSet::default();
        list.retain(|(p, t)| {
            let at = position(*p);
            seen.insert((at.file, at.line, at.col, t.clone()))
        });
        let note = |(p, t): (Pos, String)| Diagnostic { severity: Severity::Note, ..Diagnostic::error(p, t) };
        let diags: Vec<Diagnostic> = list.into_iter().map(note).collect();
        if !diags.is_empty() {
            out.push(Failure { import_path: program.packages[i].import_path.clone(), diags });
        }
    }
    out
}
