//! Which methods can be called through an interface or by reflection, as gc's linker decides: a method of a type of which
//! there can be an interface value is kept if some reachable code calls an interface method of its name and signature, or
//! if methods are looked up by reflection and it is exported.

use goxide_base::{FxHashMap, FxHashSet, Name};
use goxide_codegen::rttype::{KeptMethod, MethodInfo, method_set, sorted_iface_methods, type_sym};
use goxide_ssa::Sym;
use goxide_ssagen as ssagen;
use goxide_types::{Ty, TyKind};

/// Identity of a method apart from its receiver.
type Key = (Name, Option<Name>, Ty);

fn key(m: &MethodInfo) -> Key {
    (m.name, m.pkg.map(|p| p.path()), m.sig)
}

/// State of the decision.
#[derive(Default)]
pub struct Methods {
    called: FxHashSet<Key>,
    /// Methods not kept yet, of reachable types.
    waiting: FxHashMap<Key, Vec<(Ty, MethodInfo)>>,
    kept: FxHashMap<(Ty, Name, Option<Name>), KeptMethod>,
    all_exported: bool,
}

impl Methods {
    /// There can be interface values of `t`. Gives symbols that become wanted.
    pub fn add_type(&mut self, prog: &ssagen::Program, t: Ty) -> Vec<Sym> {
        let mut new = Vec::new();
        if matches!(t.under().kind(), TyKind::Interface(_)) {
            return new;
        }
        for m in method_set(t) {
            let k = key(&m);
            if self.called.contains(&k) || (self.all_exported && m.exported()) {
                self.keep(prog, t, &m, &mut new);
            } else {
                self.waiting.entry(k).or_default().push((t, m));
            }
        }
        new
    }

    /// Method `n` (in run-time order) of interface `iface` is called.
    pub fn call(&mut self, prog: &ssagen::Program, iface: Ty, n: u32) -> Vec<Sym> {
        let ms = sorted_iface_methods(iface);
        let mut new = Vec::new();
        let Some(m) = ms.get(n as usize) else { return new };
        let k = key(m);
        if self.called.insert(k) {
            for (t, m) in self.waiting.remove(&k).unwrap_or_default() {
                self.keep(prog, t, &m, &mut new);
            }
        }
        // reflect.Type's Method and MethodByName find methods that no code names; they are known by their result.
        let first = m.sig.sig().results().first().and_then(|o| o.ty().as_named().map(|n| n.obj()));
        let by_reflection = matches!(m.name.as_str(), "Method" | "MethodByName")
            && first.is_some_and(|o| o.name() == "Method" && o.pkg().is_some_and(|p| p.path() == "reflect"));
        if by_reflection {
            new.extend(self.keep_exported(prog));
        }
        new
    }

    /// Reflection may call any exported method from now on.
    pub fn keep_exported(&mut self, prog: &ssagen::Program) -> Vec<Sym> {
        let mut new = Vec::new();
        if std::mem::replace(&mut self.all_exported, true) {
            return new;
        }
        let mut all: Vec<(Key, Vec<(Ty, MethodInfo)>)> = self.waiting.extract_if(|k, _| k.0.is_exported()).collect();
        // The map's order must not show.
        all.sort_by_key(|a| (a.0.0, a.0.2.to_string()));
        for (t, m) in all.into_iter().flat_map(|x| x.1) {
            self.keep(prog, t, &m, &mut new);
        }
        new
    }

    fn keep(&mut self, prog: &ssagen::Program, t: Ty, m: &MethodInfo, new: &mut Vec<Sym>) {
        let entry = |iface| ssagen::wrappers::method_entry(prog, t, m.obj.pkg(), m.name, iface);
        let (ifn, tfn) = (entry(true), entry(false));
        self.kept.insert((t, m.name, m.pkg.map(|p| p.path())), (ifn, tfn));
        new.extend([ifn, tfn, type_sym(m.sig)]);
    }

    /// The entry an itab of `t` and `iface` holds for method `n` of the interface.
    pub fn entry(&self, t: Ty, iface: Ty, n: u32) -> Option<Sym> {
        let ms = sorted_iface_methods(iface);
        self.kept(t, ms.get(n as usize)?).map(|k| k.0)
    }

    /// Code of a method of `t`, if it is kept.
    pub fn kept(&self, t: Ty, m: &MethodInfo) -> Option<KeptMethod> {
        self.kept.get(&(t, m.name, m.pkg.map(|p| p.path()))).copied()
    }
}

impl goxide_opt::module::devirtualize::MethodEntries for Methods {
    fn entry(&self, ty: Ty, iface: Ty, index: u32) -> Option<Sym> {
        Methods::entry(self, ty, iface, index)
    }
    fn itab(&self, ty: Ty, iface: Ty) -> Option<Sym> {
        let have: FxHashSet<Key> = method_set(ty).iter().map(key).collect();
        let all = sorted_iface_methods(iface).iter().all(|m| have.contains(&key(m)));
        all.then(|| ssagen::names::itab_sym(ty, iface))
    }
    fn descriptor(&self, ty: Ty) -> Sym {
        type_sym(ty)
    }
}
