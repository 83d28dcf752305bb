//! Canonical types for the back end: aliases replaced, parameter names dropped, interfaces flattened and sorted, type
//! parameters substituted; interned, so that `==` is identity of types.
//!
//! Takes types of completely checked packages. `subst` with an environment is the heart of monomorphization: types
//! declared inside generic functions become one type per instance of the function.

use crate::context::instance;
use crate::late::leak_vec;
use crate::object::{Obj, obj_id};
use crate::types::{ChanDir, IfaceData, SigData, Ty, TyKind};
use goxide_base::{FxHashMap, Name, Pos};
use parking_lot::Mutex;
use std::cell::RefCell;
use std::sync::LazyLock;

/// What a canonical type is made of.
#[derive(PartialEq, Eq, Hash)]
enum Key {
    Pointer(Ty),
    Slice(Ty),
    Array(i64, Ty),
    Map(Ty, Ty),
    Chan(ChanDir, Ty),
    Tuple(Vec<Ty>),
    Func(Vec<Ty>, Vec<Ty>, bool),
    /// (package of unexported names, name, type, embedded, tag)
    Struct(Vec<(Option<Name>, Name, Ty, bool, Name)>),
    Interface(Vec<(Option<Name>, Name, Ty)>),
    Inst(Ty, Vec<Ty>),
    /// A type declared in a generic function, with what the function's type parameters stand for.
    Local(Ty, Vec<Ty>),
}

/// A map with locks per shard; values are never replaced.
struct Table<K>(Vec<Mutex<FxHashMap<K, Ty>>>);

const SHARDS: usize = 64;

impl<K: std::hash::Hash + Eq> Table<K> {
    fn new() -> Self {
        Table((0..SHARDS).map(|_| Mutex::default()).collect())
    }
    fn shard(&self, k: &K) -> &Mutex<FxHashMap<K, Ty>> {
        use std::hash::BuildHasher;
        let h = rustc_hash::FxBuildHasher.hash_one(k);
        &self.0[(h >> 40) as usize % SHARDS]
    }
    fn get(&self, k: &K) -> Option<Ty> {
        self.shard(k).lock().get(k).copied()
    }
    /// The value of `k`, `v` if it has none yet.
    fn set_once(&self, k: K, v: Ty) -> Ty {
        *self.shard(&k).lock().entry(k).or_insert(v)
    }
}

static INTERNED: LazyLock<Table<Key>> = LazyLock::new(Table::new);
/// Handle -> canonical handle, for types without type parameters.
static MEMO: LazyLock<Table<Ty>> = LazyLock::new(Table::new);

/// What type parameters stand for in one instance of generic code.
#[derive(Default)]
pub struct Subst {
    map: Vec<(Ty, Ty)>,
    memo: RefCell<FxHashMap<Ty, Ty>>,
}

impl Subst {
    /// `tparams[i]` is `targs[i]` (made canonical here).
    pub fn new(tparams: &[Ty], targs: &[Ty]) -> Subst {
        assert_eq!(tparams.len(), targs.len(), "type arguments for every type parameter");
        let map = tparams.iter().copied().zip(targs.iter().map(|t| canon(*t))).collect();
        Subst { map, memo: RefCell::default() }
    }
    pub fn is_empty(&self) -> bool {
        self.map.is_empty()
    }
    /// The canonical type arguments in order.
    pub fn targs(&self) -> Vec<Ty> {
        self.map.iter().map(|m| m.1).collect()
    }
    fn get(&self, t: Ty) -> Option<Ty> {
        self.map.iter().find(|m| m.0 == t).map(|m| m.1)
    }
}

/// The canonical form of a type without free type parameters.
pub fn canon(t: Ty) -> Ty {
    if let Some(c) = MEMO.get(&t) {
        return c;
    }
    let c = Canon { env: None }.ty(t);
    MEMO.set_once(c, c);
    MEMO.set_once(t, c)
}

/// The canonical form of `t` in the instance that `env` describes.
pub fn subst(t: Ty, env: &Subst) -> Ty {
    if env.is_empty() {
        return canon(t);
    }
    if let Some(&c) = env.memo.borrow().get(&t) {
        return c;
    }
    let c = Canon { env: Some(env) }.ty(t);
    env.memo.borrow_mut().insert(t, c);
    c
}

/// The canonical underlying type of a canonical type.
pub fn canon_under(t: Ty) -> Ty {
    match t.kind() {
        TyKind::Named(_) | TyKind::Alias(_) => canon(t.under()),
        _ => t,
    }
}

struct Canon<'a> {
    env: Option<&'a Subst>,
}

impl Canon<'_> {
    fn ty(&self, t: Ty) -> Ty {
        match t.kind() {
            TyKind::Basic(b) => crate::types::typ(b.kind),
            TyKind::Alias(_) => self.ty(t.unalias()),
            TyKind::TypeParam(p) => match self.env.and_then(|e| e.get(t)) {
                Some(x) => x,
                // Only reached for types that are never compiled (bodies of generic functions as such).
                None => p.ty(),
            },
            TyKind::Pointer(p) => self.intern(Key::Pointer(self.ty(p.base))),
            TyKind::Slice(s) => self.intern(Key::Slice(self.ty(s.elem))),
            TyKind::Array(a) => self.intern(Key::Array(a.len, self.ty(a.elem))),
            TyKind::Map(m) => self.intern(Key::Map(self.ty(m.key), self.ty(m.elem))),
            TyKind::Chan(c) => self.intern(Key::Chan(c.dir, self.ty(c.elem))),
            TyKind::Tuple(v) => self.intern(Key::Tuple(self.vars(v))),
            TyKind::Func(s) => self.intern(Key::Func(self.vars(s.params()), self.vars(s.results()), s.variadic())),
            TyKind::Struct(s) => {
                let fields = s.fields.iter().enumerate().map(|(i, f)| {
                    let (pkg, name) = obj_id(f.pkg(), f.name());
                    (pkg, name, self.ty(f.ty()), f.embedded(), Name::new(s.tag(i)))
                });
                let key = Key::Struct(fields.collect());
                if let Some(c) = INTERNED.get(&key) {
                    return c;
                }
                let Key::Struct(k) = &key else { unreachable!() };
                let fields = s.fields.iter().zip(k);
                let fields = fields.map(|(f, k)| Obj::new_field(f.pos(), f.pkg(), f.name(), k.2, f.embedded()));
                let c = Ty::struct_(fields.collect(), k.iter().map(|k| k.4).collect());
                INTERNED.set_once(key, c)
            }
            TyKind::Interface(i) => {
                let methods = i.all_methods();
                let key: Vec<_> = methods
                    .iter()
                    .map(|m| {
                        let (pkg, name) = obj_id(m.pkg(), m.name());
                        (pkg, name, self.ty(m.ty()))
                    })
                    .collect();
                let tys: Vec<Ty> = key.iter().map(|k| k.2).collect();
                let key = Key::Interface(key);
                if let Some(c) = INTERNED.get(&key) {
                    return c;
                }
                let ms = methods.iter().zip(tys).map(|(m, t)| Obj::new_func(m.pos(), m.pkg(), m.name(), Some(t)));
                let c = Ty::new_interface();
                let data =
                    IfaceData { methods: leak_vec(ms.collect()), embeddeds: &[], embed_pos: &[], methods_only: false };
                c.as_interface().expect("just made").set(data);
                INTERNED.set_once(key, c)
            }
            TyKind::Union(_) => t,
            TyKind::Named(n) => {
                // Already the version of some instance of the enclosing function.
                if self.env.is_some() && !local_targs(t).is_empty() {
                    return t;
                }
                let local = self.local_targs(n.origin().obj());
                let targs: Vec<Ty> = n.targs().iter().map(|t| self.ty(*t)).collect();
                if !local.is_empty() {
                    return self.local(n.ty(), local.into_iter().chain(targs).collect());
                }
                if targs.is_empty() {
                    return t;
                }
                let orig = n.origin().ty();
                let key = Key::Inst(orig, targs);
                if let Some(c) = INTERNED.get(&key) {
                    return c;
                }
                let Key::Inst(_, targs) = &key else { unreachable!() };
                let c = instance(n.obj().pos(), orig, targs);
                INTERNED.set_once(key, c)
            }
        }
    }

    fn vars(&self, v: &[Obj]) -> Vec<Ty> {
        v.iter().map(|o| self.ty(o.ty())).collect()
    }

    fn intern(&self, k: Key) -> Ty {
        if let Some(c) = INTERNED.get(&k) {
            return c;
        }
        let var = |t: &Ty| Obj::new_param(Pos::NONE, None, Name::new(""), *t);
        let c = match &k {
            Key::Pointer(t) => Ty::pointer(*t),
            Key::Slice(t) => Ty::slice(*t),
            Key::Array(n, t) => Ty::array(*n, *t),
            Key::Map(k, v) => Ty::map(*k, *v),
            Key::Chan(d, t) => Ty::chan(*d, *t),
            Key::Tuple(v) => Ty::tuple_of(v.iter().map(var).collect()),
            Key::Func(p, r, variadic) => Ty::sig_of(SigData {
                params: leak_vec(p.iter().map(var).collect()),
                results: leak_vec(r.iter().map(var).collect()),
                variadic: *variadic,
                ..SigData::default()
            }),
            Key::Struct(_) | Key::Interface(_) | Key::Inst(..) | Key::Local(..) => {
                unreachable!("made by their callers")
            }
        };
        INTERNED.set_once(k, c)
    }

    /// What the type parameters in scope where `obj` is declared stand for, if it is local to generic code.
    fn local_targs(&self, obj: Obj) -> Vec<Ty> {
        let (Some(env), Some(pkg)) = (self.env, obj.pkg()) else { return Vec::new() };
        let mut out = Vec::new();
        let mut scope = obj.parent();
        if scope == Some(pkg.scope()) {
            return out;
        }
        while let Some(s) = scope
            && s != pkg.scope()
        {
            for (p, a) in &env.map {
                let declared_here = p.as_type_param().is_some_and(|p| p.obj.parent() == Some(s));
                if declared_here {
                    out.push(*a);
                }
            }
            scope = s.parent();
        }
        out
    }

    /// The version of local type `t` in this instance.
    fn local(&self, t: Ty, targs: Vec<Ty>) -> Ty {
        let key = Key::Local(t.named().origin().ty(), targs);
        // Held until the underlying type is known; reentrant, because that may mention the type itself.
        let _setup = LOCAL_SETUP.lock();
        if let Some(c) = INTERNED.get(&key) {
            return c;
        }
        let Key::Local(orig, targs) = &key else { unreachable!() };
        let obj = orig.named().obj();
        let own = Obj::new_type_name(obj.pos(), obj.pkg(), obj.name(), None);
        if let Some(p) = obj.parent() {
            own.set_parent(p);
        }
        let c = Ty::new_named(own, None, None);
        own.set_ty(c);
        crate::typenames::copy_local_index(obj, own);
        let implicit = targs.len() - orig.named().tparams().len().min(targs.len());
        LOCAL_TARGS.lock().insert(c, (leak_vec(targs.clone()), implicit));
        // Published before its underlying type is known: that may mention it.
        let known = INTERNED.set_once(key, c);
        if known == c {
            let u = self.ty(t.under());
            c.named().from_rhs.set(u);
            c.named().underlying.set(u);
        }
        known
    }
}

/// Type arguments, and how many of them are those of the functions around.
type LocalTargs = (&'static [Ty], usize);

static LOCAL_SETUP: parking_lot::ReentrantMutex<()> = parking_lot::ReentrantMutex::new(());
/// By local type.
static LOCAL_TARGS: LazyLock<Mutex<FxHashMap<Ty, LocalTargs>>> = LazyLock::new(Mutex::default);

/// For a type declared inside an instance of a generic function: the function's type arguments, then its own.
pub fn local_targs(t: Ty) -> &'static [Ty] {
    split_targs(t).0
}
/// As `local_targs`, with the number of those that are the function's.
pub fn split_targs(t: Ty) -> (&'static [Ty], usize) {
    LOCAL_TARGS.lock().get(&t).copied().unwrap_or((&[], 0))
}
