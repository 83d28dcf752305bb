//! Instances of generic types, one per identity (`context.go`, the type half of `instantiate.go`).
//!
//! The table is process-wide and sharded. Candidates are compared outside the lock: comparing types may expand others.

use crate::late::leak_vec;
use crate::object::Obj;
use crate::predicates::identical_instance;
use crate::subst::{SubstMap, subst};
use crate::types::{Inst, Ty, TyKind, invalid};
use goxide_base::{FxHashMap, Pos};
use parking_lot::Mutex;
use std::sync::LazyLock;

#[derive(Clone, Copy)]
struct Entry {
    orig: Ty,
    targs: &'static [Ty],
    inst: Ty,
}
type Shard = Mutex<FxHashMap<u64, Vec<Entry>>>;
const SHARDS: usize = 64;
static TABLE: LazyLock<Vec<Shard>> = LazyLock::new(|| (0..SHARDS).map(|_| Mutex::default()).collect());

fn mix(h: u64, x: u64) -> u64 {
    (h.rotate_left(5) ^ x).wrapping_mul(0x517c_c1b7_2722_0a95)
}
fn addr<T>(p: &T) -> u64 {
    std::ptr::from_ref(p) as u64
}

/// A hash that is equal for identical types.
pub fn type_hash(t: Ty) -> u64 {
    let t = t.unalias();
    match t.kind() {
        TyKind::Basic(b) => mix(1, b.kind as u64),
        TyKind::Named(n) => n.targs().iter().fold(mix(2, addr(n.obj().0)), |h, t| mix(h, type_hash(*t))),
        TyKind::TypeParam(p) => mix(3, u64::from(p.id)),
        TyKind::Pointer(p) => mix(4, type_hash(p.base)),
        TyKind::Slice(p) => mix(5, type_hash(p.elem)),
        TyKind::Array(a) => mix(6, type_hash(a.elem)),
        TyKind::Map(m) => mix(mix(7, type_hash(m.key)), type_hash(m.elem)),
        TyKind::Chan(c) => mix(8, type_hash(c.elem)),
        TyKind::Struct(s) => mix(9, s.fields.len() as u64),
        TyKind::Tuple(v) => mix(10, v.len() as u64),
        TyKind::Func(s) => mix(mix(11, s.params().len() as u64), s.results().len() as u64),
        TyKind::Interface(_) => 12,
        TyKind::Union(_) => 13,
        TyKind::Alias(_) => 14,
    }
}

/// The instance of `orig` for `targs`, or the one that `make` gives (which becomes it unless somebody is faster).
fn dedup(orig: Ty, targs: &[Ty], make: impl FnOnce(&'static [Ty]) -> Ty) -> Ty {
    let h = targs.iter().fold(addr(orig.0), |h, t| mix(h, type_hash(*t)));
    let shard = &TABLE[(h >> 32) as usize % SHARDS];
    let mut tried = 0;
    let mut made: Option<Entry> = None;
    let mut make = Some(make);
    loop {
        let candidates: Vec<Entry> = {
            let mut t = shard.lock();
            let v = t.entry(h).or_default();
            if v.len() == tried
                && let Some(e) = made
            {
                v.push(e);
                return e.inst;
            }
            v[tried..].to_vec()
        };
        for e in &candidates {
            if e.orig == orig && identical_instance(orig, targs, e.orig, e.targs) {
                return e.inst;
            }
        }
        tried += candidates.len();
        if let Some(make) = make.take() {
            let targs = leak_vec(targs.to_vec());
            made = Some(Entry { orig, targs, inst: make(targs) });
        }
    }
}

/// The instance of a generic named type or alias. The number of type arguments may be wrong (reported elsewhere).
pub fn instance(pos: Pos, orig: Ty, targs: &[Ty]) -> Ty {
    match orig.kind() {
        TyKind::Named(n) => dedup(orig, targs, |targs| {
            let obj = Obj::new_type_name(pos, n.own_obj.pkg(), n.own_obj.name(), None);
            Ty::new_named(obj, None, Some(Inst { orig, targs }))
        }),
        TyKind::Alias(_) => alias_instance(orig, targs, pos),
        _ => unreachable!("instance of a type that is neither named nor alias"),
    }
}

/// The instance of a generic alias; the number of type arguments must be right.
pub(crate) fn alias_instance(orig: Ty, targs: &[Ty], pos: Pos) -> Ty {
    let a = orig.as_alias().expect("alias");
    let tparams = a.tparams();
    if tparams.len() != targs.len() {
        return invalid();
    }
    if tparams.is_empty() {
        return orig;
    }
    let make = |targs: &'static [Ty]| {
        let rhs = a.rhs().map(|r| subst(r, &SubstMap::new(tparams, targs)));
        let obj = Obj::new_type_name(pos, a.own_obj.pkg(), a.own_obj.name(), None);
        Ty::new_alias(obj, rhs, Some(orig), targs)
    };
    if a.rhs().is_none() {
        // Still being declared: such an instance must not be found later.
        return make(leak_vec(targs.to_vec()));
    }
    dedup(orig, targs, make)
}
