//! Type sets of interfaces (`typeset.go`, `termlist.go`, `typeterm.go`).
//!
//! A set is computed without a checker, on first use, by whichever thread needs it first; what is wrong with the
//! interface is kept in the set and reported by the checker of the declaring package.

use crate::late::{leak, leak_vec};
use crate::object::{Obj, obj_id};
use crate::predicates::{comparable_seen, comparable_type, identical};
use crate::types::{Interface, Term, Ty, TyKind};
use goxide_base::{FxHashMap, FxHashSet, Name, Pos};
use std::cell::RefCell;

/// A term of a normalized list; no type: all types.
#[derive(Clone, Copy, Debug)]
pub struct TTerm {
    pub tilde: bool,
    pub ty: Option<Ty>,
}

/// Something wrong with an interface.
pub enum Problem {
    /// An explicitly declared method is declared twice.
    Duplicate {
        pos: Pos,
        method: Obj,
        other: Pos,
    },
    /// An embedded method has the name of another; wrong only if the types differ (or before Go 1.14).
    Overlap {
        pos: Pos,
        method: Obj,
        other: Obj,
        other_pos: Pos,
    },
    TooManyTerms(Pos),
}

/// The type set of an interface.
pub struct TypeSet {
    /// All methods, exported ones first, then by name, then by package path.
    pub methods: &'static [Obj],
    pub terms: Vec<TTerm>,
    /// Only if `terms` is all types.
    pub comparable: bool,
    pub problems: Vec<Problem>,
}

/// Limit that keeps quadratic algorithms in bounds.
pub const MAX_TERM_COUNT: usize = 100;

const ALL: TTerm = TTerm { tilde: false, ty: None };

fn is_all(v: &[TTerm]) -> bool {
    v.iter().any(|t| t.ty.is_none())
}

impl TypeSet {
    pub(crate) fn top() -> TypeSet {
        TypeSet { methods: &[], terms: vec![ALL], comparable: false, problems: Vec::new() }
    }
    pub fn is_empty(&self) -> bool {
        self.terms.is_empty()
    }
    /// Whether all types are in it.
    pub fn is_all(&self) -> bool {
        self.is_method_set() && self.methods.is_empty()
    }
    /// Whether methods alone describe it.
    pub fn is_method_set(&self) -> bool {
        !self.comparable && is_all(&self.terms)
    }
    pub fn has_terms(&self) -> bool {
        !self.terms.is_empty() && !is_all(&self.terms)
    }
    /// Whether all types in it are strictly comparable.
    pub fn is_comparable(&self, seen: &mut FxHashSet<Ty>) -> bool {
        if is_all(&self.terms) {
            return self.comparable;
        }
        self.is(&mut |t| t.is_some_and(|t| comparable_seen(t.ty, false, seen).is_none()))
    }
    pub fn subset_of(&self, o: &TypeSet) -> bool {
        subset_of(&self.terms, &o.terms)
    }
    /// See [`crate::types::TypeParam::typeset`].
    pub fn all(&self, f: &mut dyn FnMut(Option<Ty>, Option<Ty>) -> bool) -> bool {
        if !self.has_terms() {
            return f(None, None);
        }
        self.terms.iter().all(|t| {
            let ty = t.ty.expect("specific term");
            let u = ty.unalias();
            f(Some(ty), Some(if t.tilde { u } else { u.under() }))
        })
    }
    /// See [`crate::types::TypeParam::is`].
    pub fn is(&self, f: &mut dyn FnMut(Option<Term>) -> bool) -> bool {
        if !self.has_terms() {
            return f(None);
        }
        self.terms.iter().all(|t| f(Some(Term { tilde: t.tilde, ty: t.ty.expect("specific term") })))
    }
    /// Index and object of a method.
    pub fn lookup_method(&self, pkg: Option<crate::object::Pkg>, name: Name, fold: bool) -> Option<(usize, Obj)> {
        if name.is_blank() {
            return None;
        }
        self.methods.iter().copied().enumerate().find(|(_, m)| m.same_id(pkg, name, fold))
    }
}

// ---------------------------------------------------------------- terms

fn disjoint(x: TTerm, y: TTerm) -> bool {
    let (Some(a), Some(b)) = (x.ty, y.ty) else { return false };
    let a = if y.tilde { a.under() } else { a };
    let b = if x.tilde { b.under() } else { b };
    !identical(a, b)
}

/// Whether two terms of a union do not overlap.
pub fn terms_disjoint(x: Term, y: Term) -> bool {
    disjoint(TTerm { tilde: x.tilde, ty: Some(x.ty) }, TTerm { tilde: y.tilde, ty: Some(y.ty) })
}

fn union1(x: TTerm, y: TTerm) -> Option<TTerm> {
    match (x.ty, y.ty) {
        (None, _) => Some(x),
        (_, None) => Some(y),
        _ if disjoint(x, y) => None,
        _ if x.tilde || !y.tilde => Some(x),
        _ => Some(y),
    }
}

fn intersect1(x: TTerm, y: TTerm) -> Option<TTerm> {
    match (x.ty, y.ty) {
        (None, _) => Some(y),
        (_, None) => Some(x),
        _ if disjoint(x, y) => None,
        _ if !x.tilde || y.tilde => Some(x),
        _ => Some(y),
    }
}

fn norm(v: Vec<TTerm>) -> Vec<TTerm> {
    let mut used = vec![false; v.len()];
    let mut out = Vec::new();
    for i in 0..v.len() {
        if used[i] {
            continue;
        }
        let mut x = v[i];
        for j in i + 1..v.len() {
            if used[j] {
                continue;
            }
            if let Some(u) = union1(x, v[j]) {
                if u.ty.is_none() {
                    return vec![ALL];
                }
                x = u;
                used[j] = true;
            }
        }
        out.push(x);
    }
    out
}

fn intersect(x: &[TTerm], y: &[TTerm]) -> Vec<TTerm> {
    norm(x.iter().flat_map(|a| y.iter().filter_map(|b| intersect1(*a, *b))).collect())
}

fn term_subset(x: TTerm, y: TTerm) -> bool {
    match (x.ty, y.ty) {
        (_, None) => true,
        (None, _) => false,
        _ if disjoint(x, y) => false,
        _ => !x.tilde || y.tilde,
    }
}

fn subset_of(x: &[TTerm], y: &[TTerm]) -> bool {
    if y.is_empty() {
        return x.is_empty();
    }
    x.iter().all(|a| y.iter().any(|b| term_subset(*a, *b)))
}

/// Whether two normalized lists describe the same types.
pub fn terms_equal(x: &[TTerm], y: &[TTerm]) -> bool {
    subset_of(x, y) && subset_of(y, x)
}

/// Whether a type is in a term (`term.includes`).
pub fn term_includes(x: Term, t: Ty) -> bool {
    identical(x.ty, if x.tilde { t.under() } else { t })
}

// ---------------------------------------------------------------- computing

/// Order of methods in type sets and interface types.
pub fn cmp_methods(a: &Obj, b: &Obj) -> std::cmp::Ordering {
    let (ea, eb) = (a.exported(), b.exported());
    eb.cmp(&ea).then_with(|| a.name().cmp(&b.name())).then_with(|| {
        if ea { std::cmp::Ordering::Equal } else { a.pkg().map(|p| p.path()).cmp(&b.pkg().map(|p| p.path())) }
    })
}

thread_local! {
    /// Interfaces whose sets this thread is computing (invalid recursive ones must end).
    static BUSY: RefCell<Vec<*const Interface>> = const { RefCell::new(Vec::new()) };
}
static TOP: std::sync::LazyLock<TypeSet> = std::sync::LazyLock::new(TypeSet::top);

/// The type set of an interface; that of the empty interface while it is incomplete.
pub(crate) fn type_set_of(t: &Interface) -> &'static TypeSet {
    if let Some(s) = t.tset.get() {
        return s;
    }
    if !t.complete() {
        return &TOP;
    }
    let d = t.data();
    if d.methods.is_empty() && d.embeddeds.is_empty() {
        return t.tset.set_once(&TOP);
    }
    let me: *const Interface = t;
    if BUSY.with_borrow(|b| b.contains(&me)) {
        return &TOP;
    }
    BUSY.with_borrow_mut(|b| b.push(me));
    let s = compute(t);
    BUSY.with_borrow_mut(|b| b.pop());
    t.tset.set_once(leak(s))
}

fn compute(t: &Interface) -> TypeSet {
    let d = t.data();
    let mut problems = Vec::new();
    let mut seen: FxHashMap<(Option<Name>, Name), (Obj, Pos)> = FxHashMap::default();
    let mut methods = Vec::new();
    for m in d.methods {
        match seen.get(&obj_id(m.pkg(), m.name())) {
            None => {
                seen.insert(m.id(), (*m, m.pos()));
                methods.push(*m);
            }
            Some((_, p)) => problems.push(Problem::Duplicate { pos: m.pos(), method: *m, other: *p }),
        }
    }
    let mut all = vec![ALL];
    let mut all_comparable = false;
    for (i, e) in d.embeddeds.iter().enumerate() {
        let pos = d.embed_pos.get(i).copied().unwrap_or_default();
        let u = e.under();
        let (terms, comparable) = match u.kind() {
            TyKind::Interface(i) => {
                let s = i.type_set();
                for m in s.methods {
                    match seen.get(&m.id()) {
                        None => {
                            seen.insert(m.id(), (*m, pos));
                            methods.push(*m);
                        }
                        Some((o, p)) => {
                            problems.push(Problem::Overlap { pos, method: *m, other: *o, other_pos: *p });
                        }
                    }
                }
                (s.terms.clone(), s.comparable)
            }
            _ if d.methods_only => continue,
            TyKind::Union(v) => match union_terms(v) {
                Some(t) => (t, false),
                None => {
                    problems.push(Problem::TooManyTerms(pos));
                    continue;
                }
            },
            _ if !u.is_valid() => continue,
            _ => (vec![TTerm { tilde: false, ty: Some(*e) }], false),
        };
        (all, all_comparable) = intersect_lists(all, all_comparable, terms, comparable);
    }
    methods.sort_by(cmp_methods);
    TypeSet { methods: leak_vec(methods), terms: all, comparable: all_comparable, problems }
}

fn intersect_lists(x: Vec<TTerm>, xcomp: bool, y: Vec<TTerm>, ycomp: bool) -> (Vec<TTerm>, bool) {
    let mut terms = intersect(&x, &y);
    let mut comp = xcomp || ycomp;
    if comp && !is_all(&terms) {
        terms.retain(|t| comparable_type(t.ty.expect("specific term"), false).is_none());
        if !is_all(&terms) {
            comp = false;
        }
    }
    (terms, comp)
}

/// Normalized terms of a union; `None` if there are too many.
pub fn union_terms(terms: &[Term]) -> Option<Vec<TTerm>> {
    let mut all: Vec<TTerm> = Vec::new();
    for t in terms {
        let u = t.ty.under();
        let more = match u.kind() {
            TyKind::Interface(i) => i.type_set().terms.clone(),
            _ if !u.is_valid() => continue,
            _ if t.tilde && !identical(t.ty, u) => Vec::new(),
            _ => vec![TTerm { tilde: t.tilde, ty: Some(t.ty) }],
        };
        all.extend(more);
        all = norm(all);
        if all.len() > MAX_TERM_COUNT {
            return None;
        }
    }
    Some(all)
}
