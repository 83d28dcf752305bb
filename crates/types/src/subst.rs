//! Substitution of type parameters (`subst.go`). Needs no checker: instances are expanded on demand.

use crate::context::instance;
use crate::late::leak_vec;
use crate::object::Obj;
use crate::types::{IfaceData, SigData, Term, Ty, TyKind, invalid};
use smallvec::SmallVec;

/// Type parameters and what they stand for.
#[derive(Clone, Default)]
pub struct SubstMap(SmallVec<[(Ty, Ty); 4]>);

impl SubstMap {
    /// `tparams[i]` becomes `targs[i]`.
    pub fn new(tparams: &[Ty], targs: &[Ty]) -> SubstMap {
        assert_eq!(tparams.len(), targs.len());
        SubstMap(tparams.iter().copied().zip(targs.iter().copied()).collect())
    }
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
    /// Adds a pair.
    pub fn push(&mut self, tparam: Ty, targ: Ty) {
        self.0.push((tparam, targ));
    }
    fn get(&self, t: Ty) -> Option<Ty> {
        self.0.iter().find(|p| p.0 == t).map(|p| p.1)
    }
}

/// `t` with type parameters replaced; `t` itself if none occurs.
pub fn subst(t: Ty, m: &SubstMap) -> Ty {
    if m.is_empty() { t } else { typ(t, m) }
}

/// The same for the types of variables.
pub fn subst_vars(v: &'static [Obj], m: &SubstMap) -> &'static [Obj] {
    list(v, |o| var(o, m)).map_or(v, leak_vec)
}

fn var(o: Obj, m: &SubstMap) -> Obj {
    let t = o.ty();
    let u = typ(t, m);
    if t == u { o } else { o.clone_var(u) }
}

/// `None` if nothing changes.
fn list<T: Copy + PartialEq>(v: &[T], mut f: impl FnMut(T) -> T) -> Option<Vec<T>> {
    let mut out: Option<Vec<T>> = None;
    for (i, t) in v.iter().enumerate() {
        let u = f(*t);
        if u != *t {
            out.get_or_insert_with(|| v.to_vec())[i] = u;
        }
    }
    out
}

fn typ(t: Ty, m: &SubstMap) -> Ty {
    match t.kind() {
        TyKind::Basic(_) => t,
        TyKind::TypeParam(_) => m.get(t).unwrap_or(t),
        TyKind::Alias(a) => {
            let n = a.tparams().len();
            if n == 0 {
                // An alias declared inside a generic function may stand for something parameterized only there; the
                // aliased type is substituted where it matters.
                return t;
            }
            if a.targs.len() != n {
                return invalid();
            }
            match list(a.targs, |t| typ(t, m)) {
                Some(targs) => crate::context::alias_instance(a.orig.unwrap_or(t), &targs, a.own_obj.pos()),
                None => t,
            }
        }
        TyKind::Array(a) => {
            let e = typ(a.elem, m);
            if e == a.elem { t } else { Ty::array(a.len, e) }
        }
        TyKind::Slice(s) => {
            let e = typ(s.elem, m);
            if e == s.elem { t } else { Ty::slice(e) }
        }
        TyKind::Pointer(p) => {
            let e = typ(p.base, m);
            if e == p.base { t } else { Ty::pointer(e) }
        }
        TyKind::Map(x) => {
            let (k, e) = (typ(x.key, m), typ(x.elem, m));
            if k == x.key && e == x.elem { t } else { Ty::map(k, e) }
        }
        TyKind::Chan(c) => {
            let e = typ(c.elem, m);
            if e == c.elem { t } else { Ty::chan(c.dir, e) }
        }
        TyKind::Struct(s) => match list(s.fields, |f| var(f, m)) {
            Some(fields) => Ty::struct_(fields, s.tags.to_vec()),
            None => t,
        },
        TyKind::Tuple(v) => match list(v, |o| var(o, m)) {
            Some(v) => Ty::tuple_of(v),
            None => t,
        },
        TyKind::Func(s) => {
            let d = s.data();
            let mut tparams = d.tparams;
            let mut inner: Option<SubstMap> = None;
            // Type parameters of a generic method keep their own identity per substituted signature.
            if let Some(first) = tparams.first()
                && m.get(*first).is_none()
            {
                let mut m2 = m.clone();
                let mut fresh = Vec::new();
                for tp in tparams {
                    let p = tp.as_type_param().expect("type parameter");
                    let obj = Obj::new_type_name(p.obj.pos(), p.obj.pkg(), p.obj.name(), None);
                    let f = Ty::new_type_param(obj, None);
                    let fp = f.as_type_param().expect("type parameter");
                    fp.set_index(p.index().max(0) as usize);
                    fp.canon.set(p.canon.get().unwrap_or(*tp));
                    fresh.push(f);
                    m2.push(*tp, f);
                }
                for (f, tp) in fresh.iter().zip(tparams) {
                    let b = tp.as_type_param().expect("type parameter").bound();
                    f.as_type_param().expect("type parameter").set_bound(subst(b, &m2));
                }
                tparams = leak_vec(fresh);
                inner = Some(m2);
            }
            let m = inner.as_ref().unwrap_or(m);
            let (params, results) = (subst_vars(d.params, m), subst_vars(d.results, m));
            if std::ptr::eq(params, d.params) && std::ptr::eq(results, d.results) && inner.is_none() {
                return t;
            }
            Ty::sig_of(SigData { tparams, params, results, scope: None, ..d })
        }
        TyKind::Union(v) => {
            let mut changed = false;
            let terms: Vec<Term> = v
                .iter()
                .map(|x| {
                    let u = typ(x.ty, m);
                    changed |= u != x.ty;
                    Term { tilde: x.tilde, ty: u }
                })
                .collect();
            if changed { Ty::union(terms) } else { t }
        }
        TyKind::Interface(i) => {
            let d = i.data();
            let methods = list(d.methods, |f| func(f, m));
            let embeddeds = list(d.embeddeds, |t| typ(t, m));
            if methods.is_none() && embeddeds.is_none() {
                return t;
            }
            let n = Ty::new_interface();
            let ni = n.as_interface().expect("interface");
            if i.implicit() {
                ni.mark_implicit();
            }
            let methods = methods.unwrap_or_else(|| d.methods.to_vec());
            let methods = replace_recv(&methods, t, n).unwrap_or(methods);
            ni.set(IfaceData {
                methods: leak_vec(methods),
                embeddeds: embeddeds.map_or(d.embeddeds, leak_vec),
                embed_pos: d.embed_pos,
                methods_only: d.methods_only,
            });
            n
        }
        TyKind::Named(n) => {
            let k = n.tparams().len();
            if k == 0 {
                return t;
            }
            if n.targs().len() != k {
                return invalid();
            }
            match list(n.targs(), |t| typ(t, m)) {
                Some(targs) => instance(n.own_obj.pos(), n.origin().ty(), &targs),
                None => t,
            }
        }
    }
}

fn func(f: Obj, m: &SubstMap) -> Obj {
    let t = f.ty();
    let u = typ(t, m);
    if t == u { f } else { f.clone_func(Some(u), None) }
}

/// Methods whose receiver type is `old`, with `new` in its place; `None` if there is none.
pub(crate) fn replace_recv(methods: &[Obj], old: Ty, new: Ty) -> Option<Vec<Obj>> {
    list(methods, |m| match m.sig_opt().map(|s| s.data()) {
        Some(d) if d.recv.is_some_and(|r| r.ty() == old) => {
            let recv = d.recv.map(|r| r.clone_var(new));
            m.clone_func(Some(Ty::sig_of(SigData { recv, ..d })), None)
        }
        _ => m,
    })
}
