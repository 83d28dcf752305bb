//! Type unification (`types2/unify.go`).
//!
//! Finds types for a set of type parameters that make two types "the same", exactly or as far as assignment demands.

use super::Checker;
use crate::lookup::lookup_field_or_method;
use crate::object::Obj;
use crate::predicates::{identical, is_interface, is_type_lit, is_type_param};
use crate::types::{ChanDir, Interface, Ty, TyKind};
use crate::typeset::terms_equal;
use crate::under::common_under;
use goxide_base::FxHashMap;

/// Deeper nesting than this means a cycle.
const DEPTH_LIMIT: u32 = 50;

/// How closely types must match.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Mode(u8);

impl Mode {
    pub const INEXACT: Mode = Mode(0);
    /// The outermost types are in an assignment: element types must match exactly.
    pub const ASSIGN: Mode = Mode(1);
    /// No leeway for channel directions, named types and interfaces.
    pub const EXACT: Mode = Mode(2);

    fn exact(self) -> bool {
        self.0 & 2 != 0
    }
}

/// Two interfaces being unified further out.
struct Pair<'a> {
    x: &'static Interface,
    y: &'static Interface,
    prev: Option<&'a Pair<'a>>,
}

fn seen(p: Option<&Pair<'_>>, x: &'static Interface, y: &'static Interface) -> bool {
    let mut p = p;
    while let Some(q) = p {
        if std::ptr::eq(q.x, x) && std::ptr::eq(q.y, y) || std::ptr::eq(q.x, y) && std::ptr::eq(q.y, x) {
            return true;
        }
        p = q.prev;
    }
    false
}

/// The state of one inference.
pub struct Unifier {
    /// Type parameter -> index of its (possibly shared) cell.
    handles: FxHashMap<Ty, usize>,
    cells: Vec<Option<Ty>>,
    depth: u32,
    interface_inference: bool,
}

impl Unifier {
    /// `targs[i]` is what is known of `tparams[i]`; the list may be shorter.
    pub fn new(tparams: &[Ty], targs: &[Option<Ty>], interface_inference: bool) -> Unifier {
        let cells = (0..tparams.len()).map(|i| targs.get(i).copied().flatten()).collect();
        let handles = tparams.iter().enumerate().map(|(i, t)| (*t, i)).collect();
        Unifier { handles, cells, depth: 0, interface_inference }
    }
    /// Tries to make `x` and `y` equal; what is found about type parameters on the way stays, also on failure.
    pub fn unify(&mut self, check: &mut Checker, x: Ty, y: Ty, mode: Mode) -> bool {
        self.nify(check, x, y, mode, None)
    }
    /// What is known of a bound type parameter.
    pub fn at(&self, tpar: Ty) -> Option<Ty> {
        self.cells[self.handles[&tpar]]
    }
    pub fn set(&mut self, tpar: Ty, t: Ty) {
        let h = self.handles[&tpar];
        self.cells[h] = Some(t);
    }
    /// Number of type parameters nothing is known of.
    pub fn unknowns(&self) -> usize {
        self.handles.values().filter(|&&h| self.cells[h].is_none()).count()
    }
    pub fn inferred(&self, tparams: &[Ty]) -> Vec<Option<Ty>> {
        tparams.iter().map(|t| self.at(*t)).collect()
    }

    fn bound(&self, t: Ty) -> Option<Ty> {
        let t = t.unalias();
        (is_type_param(t) && self.handles.contains_key(&t)).then_some(t)
    }

    /// Makes two type parameters share one cell; false if both already have types.
    fn join(&mut self, x: Ty, y: Ty) -> bool {
        let (hx, hy) = (self.handles[&x], self.handles[&y]);
        let (from, to) = match (self.cells[hx], self.cells[hy]) {
            _ if hx == hy => return true,
            (Some(_), Some(_)) => return false,
            (Some(_), None) => (hy, hx),
            _ => (hx, hy),
        };
        for h in self.handles.values_mut() {
            if *h == from {
                *h = to;
            }
        }
        true
    }

    fn nify(&mut self, check: &mut Checker, x: Ty, y: Ty, mode: Mode, p: Option<&Pair<'_>>) -> bool {
        if x == y || x.unalias() == y.unalias() {
            return true;
        }
        if self.depth >= DEPTH_LIMIT {
            // types2 treats this as a bug of its own; failing to infer is the useful answer.
            return false;
        }
        self.depth += 1;
        let r = self.nify1(check, x, y, mode, p);
        self.depth -= 1;
        r
    }

    fn nify1(&mut self, check: &mut Checker, mut x: Ty, mut y: Ty, mode: Mode, p: Option<&Pair<'_>>) -> bool {
        // A defined type, if any, comes second; a bound type parameter comes first.
        if as_named(x).is_some() || self.bound(y).is_some() {
            std::mem::swap(&mut x, &mut y);
        }
        // A defined type and a type literal: the defined type's underlying type matters.
        if !mode.exact()
            && let Some(n) = as_named(y)
            && is_type_lit(x)
            && !(self.interface_inference && is_interface(x))
        {
            y = n.under();
            if x == y || x.unalias() == y.unalias() {
                return true;
            }
        }
        match (self.bound(x), self.bound(y)) {
            (Some(px), Some(py)) => {
                if self.join(px, py) {
                    return true;
                }
                let (Some(a), Some(b)) = (self.at(px), self.at(py)) else { return false };
                return self.nify(check, a, b, mode, p);
            }
            (Some(px), None) => {
                let Some(known) = self.at(px) else {
                    self.set(px, y);
                    return true;
                };
                return self.nify(check, known, y, mode, p) && self.refine(px, known, y, mode);
            }
            _ => {}
        }
        if self.interface_inference && !mode.exact() {
            let (xi, yi) = (as_interface(x), as_interface(y));
            match (xi, yi) {
                (Some(a), Some(b)) => return self.interfaces(check, a, b, p),
                (Some(i), None) => return self.methods_of(check, i, y, p),
                (None, Some(i)) => return self.methods_of(check, i, x, p),
                (None, None) => {}
            }
        }
        if is_type_param(y) {
            std::mem::swap(&mut x, &mut y);
        }
        self.structure(check, x, y, mode, p)
    }

    /// `y` matched what is known of `px`: keeps the more specific of both. False where interfaces differ.
    fn refine(&mut self, px: Ty, x: Ty, y: Ty, mode: Mode) -> bool {
        let (xi, yi) = (as_interface(x), as_interface(y));
        let (xn, yn) = (as_named(x).is_some(), as_named(y).is_some());
        match (xi, yi) {
            (Some(a), Some(b)) => {
                if xn && yn {
                    return identical(x, y);
                }
                if a.all_methods().len() != b.all_methods().len() {
                    return false;
                }
            }
            (None, None) => {}
            _ => return false,
        }
        if !mode.exact() && !xn {
            // A defined type says more than a literal; a directed channel more than a bidirectional one.
            let directed = y.under().as_chan().is_some_and(|(dir, _)| dir != ChanDir::Both);
            if yn || directed {
                self.set(px, y);
            }
        }
        true
    }

    /// Two interfaces in inexact mode: the methods of the smaller must be in the larger.
    fn interfaces(
        &mut self,
        check: &mut Checker,
        xi: &'static Interface,
        yi: &'static Interface,
        p: Option<&Pair<'_>>,
    ) -> bool {
        let (xs, ys) = (xi.type_set(), yi.type_set());
        if xs.comparable != ys.comparable || !terms_equal(&xs.terms, &ys.terms) {
            return false;
        }
        if seen(p, xi, yi) {
            return true;
        }
        let q = Pair { x: xi, y: yi, prev: p };
        let (small, large) =
            if xs.methods.len() > ys.methods.len() { (ys.methods, xs.methods) } else { (xs.methods, ys.methods) };
        small.iter().all(|m| {
            let other = large.iter().find(|o| o.id() == m.id());
            other.is_some_and(|o| self.nify(check, m.ty(), o.ty(), Mode::EXACT, Some(&q)))
        })
    }

    /// A type that must have the methods of an interface.
    fn methods_of(&mut self, check: &mut Checker, i: &'static Interface, t: Ty, p: Option<&Pair<'_>>) -> bool {
        i.all_methods().iter().all(|m| {
            let Some(f) = lookup_field_or_method(t, false, m.pkg(), m.name(), false).obj else { return false };
            if !f.is_func() {
                return false;
            }
            check.obj_decl(f);
            // A generic method never implements an interface method.
            f.sig_opt().is_some_and(|s| s.tparams().is_empty()) && self.nify(check, m.ty(), f.ty(), Mode::EXACT, p)
        })
    }

    fn vars(&mut self, check: &mut Checker, x: &[Obj], y: &[Obj], mode: Mode, p: Option<&Pair<'_>>) -> bool {
        x.len() == y.len() && x.iter().zip(y).all(|(v, w)| self.nify(check, v.ty(), w.ty(), mode, p))
    }

    fn structure(&mut self, check: &mut Checker, xorig: Ty, yorig: Ty, mode: Mode, p: Option<&Pair<'_>>) -> bool {
        // Below the top of an assignment, types must be identical.
        let emode = if mode == Mode::ASSIGN { Mode::EXACT } else { mode };
        let (x, y) = (xorig.unalias(), yorig.unalias());
        match (x.kind(), y.kind()) {
            (TyKind::Basic(a), TyKind::Basic(b)) => a.kind == b.kind,
            (TyKind::Array(a), TyKind::Array(b)) => {
                (a.len < 0 || b.len < 0 || a.len == b.len) && self.nify(check, a.elem, b.elem, emode, p)
            }
            (TyKind::Slice(a), TyKind::Slice(b)) => self.nify(check, a.elem, b.elem, emode, p),
            (TyKind::Struct(a), TyKind::Struct(b)) => {
                a.fields.len() == b.fields.len()
                    && a.fields.iter().zip(b.fields).enumerate().all(|(i, (f, g))| {
                        f.embedded() == g.embedded()
                            && a.tag(i) == b.tag(i)
                            && f.same_id(g.pkg(), g.name(), false)
                            && self.nify(check, f.ty(), g.ty(), emode, p)
                    })
            }
            (TyKind::Pointer(a), TyKind::Pointer(b)) => self.nify(check, a.base, b.base, emode, p),
            (TyKind::Tuple(a), TyKind::Tuple(b)) => self.vars(check, a, b, mode, p),
            (TyKind::Func(a), TyKind::Func(b)) => {
                a.variadic() == b.variadic()
                    && self.vars(check, a.params(), b.params(), emode, p)
                    && self.vars(check, a.results(), b.results(), emode, p)
            }
            (TyKind::Interface(a), TyKind::Interface(b)) => {
                let (xs, ys) = (a.type_set(), b.type_set());
                if xs.comparable != ys.comparable
                    || !terms_equal(&xs.terms, &ys.terms)
                    || xs.methods.len() != ys.methods.len()
                {
                    return false;
                }
                if seen(p, a, b) {
                    return true;
                }
                let q = Pair { x: a, y: b, prev: p };
                xs.methods
                    .iter()
                    .zip(ys.methods)
                    .all(|(f, g)| f.id() == g.id() && self.nify(check, f.ty(), g.ty(), Mode::EXACT, Some(&q)))
            }
            (TyKind::Map(a), TyKind::Map(b)) => {
                self.nify(check, a.key, b.key, emode, p) && self.nify(check, a.elem, b.elem, emode, p)
            }
            (TyKind::Chan(a), TyKind::Chan(b)) => {
                (!mode.exact() || a.dir == b.dir) && self.nify(check, a.elem, b.elem, emode, p)
            }
            (TyKind::Named(a), TyKind::Named(b)) => {
                // Type arguments first: they may be inferred even if the origins turn out to differ.
                a.targs().len() == b.targs().len()
                    && a.targs().iter().zip(b.targs()).all(|(s, t)| self.nify(check, *s, *t, mode, p))
                    && a.origin().ty() == b.origin().ty()
            }
            // An unbound type parameter is as good as the one underlying type its constraint allows.
            (TyKind::TypeParam(_), _) => match common_under(x, None) {
                Ok(core) => self.nify(check, core, yorig, Mode::ASSIGN, p),
                Err(_) => false,
            },
            _ => false,
        }
    }
}

fn as_named(t: Ty) -> Option<Ty> {
    let t = t.unalias();
    t.as_named().map(|_| t)
}

/// The interface underlying `t`, unless `t` is a type parameter.
fn as_interface(t: Ty) -> Option<&'static Interface> {
    if is_type_param(t.unalias()) { None } else { t.under().as_interface() }
}
