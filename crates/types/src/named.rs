//! Defined types: underlying types, methods, and the expansion of instances on demand (`named.go`).
//!
//! Instances are expanded without locks held: several threads may do the work, the first result holds.

use crate::late::leak_vec;
use crate::object::{Obj, Pkg, same_pkg};
use crate::subst::{SubstMap, replace_recv, subst};
use crate::types::{IfaceData, Named, SigData, Ty, TyKind, invalid};
use goxide_base::Name;

impl Named {
    /// The type this one is declared as; of an instance, with type arguments put in. `None` while not known.
    pub fn rhs(&self) -> Option<Ty> {
        if let Some(t) = self.from_rhs.get() {
            return Some(t);
        }
        let inst = self.inst?;
        let orig = inst.orig.named();
        let rhs = orig.from_rhs.get()?;
        let tparams = orig.tparams.get();
        if tparams.len() != inst.targs.len() {
            return Some(invalid());
        }
        if let TyKind::Interface(i) = rhs.kind()
            && !i.complete()
        {
            return None;
        }
        let mut t = subst(rhs, &SubstMap::new(tparams, inst.targs));
        // Methods of an interface have the named type as receiver.
        if let TyKind::Interface(i) = t.kind() {
            let d = i.data();
            if let Some(methods) = replace_recv(d.methods, inst.orig, self.ty()) {
                let n = Ty::new_interface();
                n.as_interface().expect("interface").set(IfaceData { methods: leak_vec(methods), ..d });
                t = n;
            }
        }
        Some(self.from_rhs.set_once(t))
    }
    pub fn set_rhs(&self, t: Ty) {
        self.from_rhs.set(t);
    }
    /// Whether the underlying type is known.
    pub fn has_under(&self) -> bool {
        self.underlying.get().is_some()
    }
    /// The underlying type; the invalid type while it is not known.
    #[inline]
    pub fn under(&self) -> Ty {
        match self.underlying.get() {
            Some(t) => t,
            None => self.resolve_under(),
        }
    }
    fn resolve_under(&self) -> Ty {
        let mut path: Vec<&Named> = vec![self];
        let mut rhs = self.rhs();
        let u = loop {
            let Some(t) = rhs else { return invalid() };
            match t.kind() {
                TyKind::Alias(a) => {
                    let t = a.unalias();
                    if matches!(t.kind(), TyKind::Alias(_)) {
                        return invalid();
                    }
                    rhs = Some(t);
                }
                TyKind::Named(n) => {
                    if let Some(u) = n.underlying.get() {
                        break u;
                    }
                    if path.iter().any(|p| std::ptr::eq(*p, n)) || path.len() > 1000 {
                        return invalid(); // reported as a cycle elsewhere
                    }
                    path.push(n);
                    rhs = n.rhs();
                }
                _ => break t,
            }
        };
        for n in path {
            n.underlying.set_once(u);
        }
        self.underlying.get().unwrap_or(u)
    }
    pub fn num_methods(&self) -> usize {
        self.origin().methods.get().len()
    }
    /// Methods declared for the (generic) type.
    pub fn declared_methods(&self) -> &'static [Obj] {
        self.origin().methods.get()
    }
    /// The `i`th method; of an instance, its version of it.
    pub fn method(&self, i: usize) -> Obj {
        let Some(inst) = self.inst else { return self.methods.get()[i] };
        let orig = inst.orig.named().methods.get()[i];
        let mut v = self.expanded.lock();
        if v.len() <= i {
            v.resize(i + 1, None);
        }
        *v[i].get_or_insert_with(|| orig.clone_func(None, Some(self.ty())))
    }
    /// All methods.
    pub fn methods(&self) -> Vec<Obj> {
        (0..self.num_methods()).map(|i| self.method(i)).collect()
    }
    /// Adds a method unless one of that name exists.
    pub fn add_method(&self, m: Obj) {
        let old = self.methods.get();
        if m.name().is_blank() || old.iter().all(|o| o.name() != m.name()) {
            let mut v = old.to_vec();
            v.push(m);
            self.methods.set(leak_vec(v));
        }
    }
    /// Replaces the list of methods.
    pub fn set_methods(&self, v: Vec<Obj>) {
        self.methods.set(leak_vec(v));
    }
    pub fn set_tparams(&self, v: &'static [Ty]) {
        self.tparams.set(v);
    }
    /// Index of the declared method of this name.
    pub fn method_index(&self, name: Name, fold: bool) -> Option<usize> {
        if name.is_blank() {
            return None;
        }
        let eq = |m: &Obj| m.name() == name || fold && crate::util::equal_fold(m.name().as_str(), name.as_str());
        self.methods.get().iter().position(eq)
    }
    /// The declared method of this name, if it may be seen from `pkg`.
    pub fn lookup_method(&self, pkg: Option<Pkg>, name: Name, fold: bool) -> Option<(usize, Obj)> {
        if !(same_pkg(self.own_obj.pkg(), pkg) || name.is_exported() || fold) {
            return None;
        }
        let i = self.origin().method_index(name, fold)?;
        Some((i, self.method(i)))
    }
}

/// The signature of a method of an instance, once that of the generic method is known.
pub(crate) fn lazy_method_type(o: Obj) -> Option<Ty> {
    let f = o.as_func()?;
    let recv = f.lazy_recv?;
    let orig = f.origin?;
    let old = orig.raw_ty().get()?.as_sig()?;
    if !old.is_set() {
        return None;
    }
    let d = old.data();
    let targs = recv.named().targs();
    let new =
        if d.rparams.len() == targs.len() { subst(old.ty(), &SubstMap::new(d.rparams, targs)).sig().data() } else { d };
    let rt = if orig.has_ptr_recv() { Ty::pointer(recv) } else { recv };
    let recv = d.recv.map(|r| r.clone_var(rt));
    Some(o.raw_ty().set_once(Ty::sig_of(SigData { recv, rparams: &[], scope: None, ..new })))
}
