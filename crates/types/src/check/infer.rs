//! Type inference (`types2/infer.go`).

use super::errors::ErrorDesc;
use super::unify::{Mode, Unifier};
use super::{Checker, Operand};
use crate::object::Obj;
use crate::predicates::{default_type, is_type_param, is_typed, max_type};
use crate::sprintf;
use crate::subst::{SubstMap, subst, subst_vars};
use crate::types::{SigData, Term, Ty, TyKind};
use crate::under::common_under;
use crate::version::GoVersion;
use goxide_base::{FxHashMap, FxHashSet, Pos};
use goxide_syntax::expr_string;

impl Checker {
    /// Infers the missing ones of `targs` from function arguments and constraints. `None` if that fails; then `err`
    /// says why (unless an argument is invalid). `reverse`: the argument is the type assigned to.
    #[allow(clippy::too_many_arguments)]
    pub fn infer(
        &mut self,
        pos: Pos,
        tparams: &[Ty],
        targs: &[Option<Ty>],
        params: &'static [Obj],
        args: &[&Operand],
        reverse: bool,
        err: &mut ErrorDesc,
    ) -> Option<Vec<Ty>> {
        let n = tparams.len();
        assert!(n > 0 && targs.len() <= n && params.len() == args.len(), "arguments of infer");
        if targs.len() == n
            && let Some(all) = targs.iter().copied().collect()
        {
            return Some(all);
        }
        if args.iter().any(|a| !a.is_valid()) {
            return None;
        }
        let mut targs = targs.to_vec();
        targs.resize(n, None);

        // What is known already makes parameters less generic.
        let params = if params.is_empty() { params } else { subst_vars(params, &known(tparams, &targs)) };
        let mut u = Unifier::new(tparams, &targs, self.allow_version(GoVersion::new(1, 21)));

        // Typed arguments; untyped constants wait until nothing else helps.
        let mut untyped = Vec::new();
        for (i, arg) in args.iter().enumerate() {
            let par = params[i].ty();
            if !is_parameterized(tparams, par) && !is_parameterized(tparams, arg.typ) {
                continue;
            }
            if is_typed(arg.typ) {
                if !u.unify(self, par, arg.typ, Mode::ASSIGN) {
                    self.mismatch(&u, tparams, par, arg, reverse, err);
                    return None;
                }
            } else if is_type_param(par) && par.as_alias().is_none() && !arg.is_nil() {
                untyped.push(i);
            }
        }

        // Constraints: core types and methods, until nothing new is learned.
        loop {
            let unknown = u.unknowns();
            for &tpar in tparams {
                let tx = u.at(tpar);
                if let Some((core, single)) = core_term(tpar) {
                    match tx {
                        Some(tx) if u.unify(self, tx, core.ty, Mode::INEXACT) => {}
                        Some(tx) => {
                            let c = tpar.as_type_param().expect("type parameter").bound();
                            err.add(pos, sprintf!(self, "{} (type {}) does not satisfy {}", tpar, tx, c));
                            return None;
                        }
                        None if single && !core.tilde => u.set(tpar, core.ty),
                        None => {}
                    }
                }
                // Methods of the type argument may say more about other type parameters.
                if let Some(tx) = tx
                    && !is_parameterized(tparams, tx)
                {
                    let tp = tpar.as_type_param().expect("type parameter");
                    let mut cause = String::new();
                    let constraint = tp.iface().ty();
                    let ok = self.has_all_methods(
                        tx,
                        constraint,
                        true,
                        &mut |check: &mut Checker, x, y| u.unify(check, x, y, Mode::EXACT),
                        Some(&mut cause),
                    );
                    if !ok {
                        let c = tp.bound();
                        err.add(pos, sprintf!(self, "{} (type {}) does not satisfy {} {}", tpar, tx, c, cause));
                        return None;
                    }
                }
            }
            if u.unknowns() == unknown {
                break;
            }
        }

        // Untyped arguments: the largest kind among those of one type parameter.
        let mut max: FxHashMap<Ty, Ty> = FxHashMap::default();
        for i in untyped {
            let tpar = params[i].ty();
            if u.at(tpar).is_some() {
                continue;
            }
            let arg = args[i];
            let m = match max.get(&tpar) {
                None => arg.typ,
                Some(&m) => match max_type(m, arg.typ) {
                    Some(t) => t,
                    None => {
                        let msg = sprintf!(self, "mismatched types {} and {} (cannot infer {})", m, arg.typ, tpar);
                        err.add(arg, msg);
                        return None;
                    }
                },
            };
            max.insert(tpar, m);
        }
        for (tpar, t) in max {
            u.set(tpar, default_type(t));
        }

        let mut inferred = u.inferred(tparams);
        kill_cycles(tparams, &mut inferred);
        simplify(tparams, &targs, &mut inferred);

        for (i, t) in inferred.iter().enumerate() {
            if t.is_none_or(|t| is_parameterized(tparams, t)) {
                let obj = tparams[i].as_type_param().expect("type parameter").obj;
                err.add(pos, sprintf!(self, "cannot infer {} (declared at {})", obj.name(), obj.pos()));
                return None;
            }
        }
        inferred.into_iter().collect()
    }

    fn mismatch(&self, u: &Unifier, tparams: &[Ty], tpar: Ty, arg: &Operand, reverse: bool, err: &mut ErrorDesc) {
        let targs = u.inferred(tparams);
        let expr = arg.expr.map_or_else(String::new, expr_string);
        if targs.iter().all(Option::is_none) {
            let list = type_params_string(tparams);
            let msg = sprintf!(self, "type {} of {} does not match {} (cannot infer {})", arg.typ, expr, tpar, list);
            err.add(arg, msg);
            return;
        }
        let inferred = subst(tpar, &known(tparams, &targs));
        let msg = if inferred == tpar {
            sprintf!(self, "type {} of {} does not match {}", arg.typ, expr, tpar)
        } else if reverse {
            sprintf!(self, "inferred type {} for {} does not match type {} of {}", inferred, tpar, arg.typ, expr)
        } else {
            sprintf!(self, "type {} of {} does not match inferred type {} for {}", arg.typ, expr, inferred, tpar)
        };
        err.add(arg, msg);
    }

    /// Fresh copies of `tparams` (with constraints that refer to the copies) and `typ` in terms of them.
    pub fn rename_tparams(&mut self, _pos: Pos, tparams: &[Ty], typ: Ty) -> (Vec<Ty>, Ty) {
        if tparams.is_empty() {
            return (Vec::new(), typ);
        }
        let copies: Vec<Ty> = tparams
            .iter()
            .enumerate()
            .map(|(i, t)| {
                let obj = t.as_type_param().expect("type parameter").obj;
                let name = Obj::new_type_name(obj.pos(), obj.pkg(), obj.name(), None);
                let c = Ty::new_type_param(name, None);
                c.as_type_param().expect("just made").set_index(i);
                c
            })
            .collect();
        let m = SubstMap::new(tparams, &copies);
        for (t, c) in tparams.iter().zip(&copies) {
            let bound = t.as_type_param().expect("type parameter").bound();
            c.as_type_param().expect("just made").set_bound(subst(bound, &m));
        }
        let typ = subst(typ, &m);
        (copies, typ)
    }
}

/// The known ones as a substitution.
fn known(tparams: &[Ty], targs: &[Option<Ty>]) -> SubstMap {
    let mut m = SubstMap::default();
    for (t, a) in tparams.iter().zip(targs) {
        if let Some(a) = a {
            m.push(*t, *a);
        }
    }
    m
}

/// Replaces type parameters in inferred types by what was inferred for them, until nothing changes.
fn simplify(tparams: &[Ty], targs: &[Option<Ty>], inferred: &mut [Option<Ty>]) {
    let mut dirty: Vec<usize> = (0..inferred.len()).filter(|&i| inferred[i].is_some() && targs[i].is_none()).collect();
    while !dirty.is_empty() {
        let m = known(tparams, inferred);
        dirty.retain(|&i| {
            let Some(t0) = inferred[i] else { return false };
            let t1 = subst(t0, &m);
            if t1 == t0 {
                return false;
            }
            // A generic function whose type parameters are all replaced is no longer generic.
            let t1 = match t1.kind() {
                TyKind::Func(s) if !s.tparams().is_empty() && !is_parameterized(tparams, t1) => {
                    Ty::sig_of(SigData { tparams: &[], ..s.data() })
                }
                _ => t1,
            };
            inferred[i] = Some(t1);
            true
        });
    }
}

/// "P", "P and Q", "P, Q, and R".
pub fn type_params_string(list: &[Ty]) -> String {
    let names: Vec<&str> =
        list.iter().map(|t| t.as_type_param().expect("type parameter").obj.name().as_str()).collect();
    match &names[..] {
        [] => String::new(),
        [a] => (*a).to_owned(),
        [a, b] => format!("{a} and {b}"),
        [head @ .., last] => format!("{}, and {last}", head.join(", ")),
    }
}

/// Whether any of `tparams` occurs in `t`.
pub fn is_parameterized(tparams: &[Ty], t: Ty) -> bool {
    Walker { tparams, seen: FxHashMap::default() }.typ(t)
}

struct Walker<'a> {
    tparams: &'a [Ty],
    seen: FxHashMap<Ty, bool>,
}

impl Walker<'_> {
    fn typ(&mut self, t: Ty) -> bool {
        // Leaves need no memory.
        match t.kind() {
            TyKind::Basic(_) => return false,
            TyKind::TypeParam(_) => return self.tparams.contains(&t),
            _ => {}
        }
        if let Some(&r) = self.seen.get(&t) {
            return r;
        }
        self.seen.insert(t, false);
        let r = match t.kind() {
            TyKind::Alias(_) => self.typ(t.unalias()),
            TyKind::Array(a) => self.typ(a.elem),
            TyKind::Slice(s) => self.typ(s.elem),
            TyKind::Struct(s) => self.vars(s.fields),
            TyKind::Pointer(p) => self.typ(p.base),
            TyKind::Tuple(v) => self.vars(v),
            TyKind::Func(s) => self.vars(s.params()) || self.vars(s.results()),
            TyKind::Interface(i) => {
                let ts = i.type_set();
                ts.methods.iter().any(|m| self.typ(m.ty()))
                    || ts.is(&mut |term| term.is_some_and(|term| self.typ(term.ty)))
            }
            TyKind::Map(m) => self.typ(m.key) || self.typ(m.elem),
            TyKind::Chan(c) => self.typ(c.elem),
            TyKind::Named(n) => n.targs().iter().any(|t| self.typ(*t)),
            TyKind::Union(ts) => ts.iter().any(|x| self.typ(x.ty)),
            TyKind::Basic(_) | TyKind::TypeParam(_) => unreachable!("handled above"),
        };
        self.seen.insert(t, r);
        r
    }
    fn vars(&mut self, v: &[Obj]) -> bool {
        v.iter().any(|o| self.typ(o.ty()))
    }
}

/// The single type of a constraint (true), or the underlying type all its types share (false).
fn core_term(tpar: Ty) -> Option<(Term, bool)> {
    let tp = tpar.as_type_param().expect("type parameter");
    let (mut n, mut single, mut tilde) = (0, None, false);
    tp.is(&mut |t| {
        let Some(t) = t else { return false };
        n += 1;
        single = Some(t);
        tilde |= t.tilde;
        true
    });
    if n == 1 {
        return single.map(|t| (t, true));
    }
    common_under(tpar, None).ok().map(|ty| (Term { tilde, ty }, false))
}

/// Forgets inferred types that lead back to their own type parameter.
fn kill_cycles(tparams: &[Ty], inferred: &mut [Option<Ty>]) {
    let mut w = CycleFinder { tparams, inferred, seen: FxHashSet::default() };
    for t in tparams {
        w.typ(*t);
    }
}

struct CycleFinder<'a> {
    tparams: &'a [Ty],
    inferred: &'a mut [Option<Ty>],
    seen: FxHashSet<Ty>,
}

impl CycleFinder<'_> {
    fn typ(&mut self, t: Ty) {
        let t = t.unalias();
        if !self.seen.insert(t) {
            if is_type_param(t)
                && let Some(i) = self.tparams.iter().position(|p| *p == t)
            {
                self.inferred[i] = None;
            }
            return;
        }
        match t.kind() {
            TyKind::Array(a) => self.typ(a.elem),
            TyKind::Slice(s) => self.typ(s.elem),
            TyKind::Struct(s) => self.vars(s.fields),
            TyKind::Pointer(p) => self.typ(p.base),
            TyKind::Func(s) => {
                self.vars(s.params());
                self.vars(s.results());
            }
            TyKind::Union(ts) => ts.iter().for_each(|x| self.typ(x.ty)),
            TyKind::Interface(i) => {
                self.vars(i.methods());
                i.embeddeds().iter().for_each(|t| self.typ(*t));
            }
            TyKind::Map(m) => {
                self.typ(m.key);
                self.typ(m.elem);
            }
            TyKind::Chan(c) => self.typ(c.elem),
            TyKind::Named(n) => n.targs().iter().for_each(|t| self.typ(*t)),
            TyKind::TypeParam(_) => {
                if let Some(i) = self.tparams.iter().position(|p| *p == t)
                    && let Some(x) = self.inferred[i]
                {
                    self.typ(x);
                }
            }
            TyKind::Basic(_) | TyKind::Alias(_) | TyKind::Tuple(_) => {}
        }
        self.seen.remove(&t);
    }
    fn vars(&mut self, v: &[Obj]) {
        v.iter().for_each(|o| self.typ(o.ty()));
    }
}
