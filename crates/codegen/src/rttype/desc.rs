//! `abi.Type` and what follows it.

use super::methods::{MethodInfo, method_set, sorted_iface_methods};
use super::names::{Name, name};
use super::{data, funcval_sym, hash, is_direct_iface, type_sym};
use goxide_ssa::sym::{DataDef, DataReloc, DataRelocKind, Section};
use goxide_ssa::{Sym, SymKind};
use goxide_types::canon::{canon, canon_under};
use goxide_types::predicates::comparable;
use goxide_types::sizes::{align_of, field_offsets, for_each_pointer, ptr_bytes, size_of};
use goxide_types::typenames::{link_string, reflect_string};
use goxide_types::{BasicKind, ChanDir, Obj, Ty, TyKind, typ};

const UNCOMMON: u8 = 1;
const NAMED: u8 = 4;
const REGULAR_MEMORY: u8 = 8;
const GC_MASK_ON_DEMAND: u8 = 16;
const DIRECT_IFACE: u8 = 32;

/// Largest pointer prefix whose mask is written out.
const MAX_MASK_BYTES: u64 = 1024;
/// Keys and elements of maps beyond this are stored by pointer.
const MAP_MAX_INLINE: i64 = 128;

/// Code of a method that was kept: entry for one-word interface data, entry for the type itself.
pub type KeptMethod = (Sym, Sym);

/// What a descriptor says of a method.
#[derive(Clone, Copy)]
pub enum MethodEntry {
    Kept(KeptMethod),
    /// Nobody can call it, but an interface type that asks for it is there: it has to be known by its type.
    Known,
    Gone,
}

struct Desc<'a> {
    d: DataDef,
    out: &'a mut Vec<DataDef>,
}

impl Desc<'_> {
    fn u16(&mut self, v: u16) {
        self.d.bytes.extend(v.to_le_bytes());
    }
    fn u32(&mut self, v: u32) {
        self.d.bytes.extend(v.to_le_bytes());
    }
    fn u64(&mut self, v: u64) {
        self.d.bytes.extend(v.to_le_bytes());
    }
    fn reloc(&mut self, kind: DataRelocKind, target: Sym, addend: i64, width: usize) {
        let off = self.d.bytes.len() as u32;
        self.d.relocs.push(DataReloc { off, kind, target, addend });
        self.d.bytes.resize(off as usize + width, 0);
    }
    fn ptr(&mut self, target: Sym) {
        self.reloc(DataRelocKind::Abs64, target, 0, 8);
    }
    fn opt_ptr(&mut self, target: Option<Sym>) {
        match target {
            Some(s) => self.ptr(s),
            None => self.u64(0),
        }
    }
    fn ty(&mut self, t: Ty) {
        self.ptr(type_sym(canon(t)));
    }
    fn name_off(&mut self, n: Name<'_>) {
        let s = name(n, self.out);
        self.reloc(DataRelocKind::TypeOff, s, 0, 4);
    }
    fn name_ptr(&mut self, n: Name<'_>) {
        let s = name(n, self.out);
        self.ptr(s);
    }
    /// A slice of `n` elements that starts `at` bytes into this descriptor.
    fn own_slice(&mut self, at: usize, n: usize) {
        if n == 0 {
            self.u64(0);
        } else {
            let me = self.d.sym;
            self.reloc(DataRelocKind::Abs64, me, at as i64, 8);
        }
        self.u64(n as u64);
        self.u64(n as u64);
    }
}

fn kind(t: Ty) -> u8 {
    use BasicKind::*;
    match canon_under(t).kind() {
        TyKind::Basic(b) => match b.kind {
            Bool => 1,
            Int => 2,
            Int8 => 3,
            Int16 => 4,
            Int32 => 5,
            Int64 => 6,
            Uint => 7,
            Uint8 => 8,
            Uint16 => 9,
            Uint32 => 10,
            Uint64 => 11,
            Uintptr => 12,
            Float32 => 13,
            Float64 => 14,
            Complex64 => 15,
            Complex128 => 16,
            String => 24,
            UnsafePointer => 26,
            k => panic!("no run-time kind for {k:?}"),
        },
        TyKind::Array(_) => 17,
        TyKind::Chan(_) => 18,
        TyKind::Func(_) => 19,
        TyKind::Interface(_) => 20,
        TyKind::Map(_) => 21,
        TyKind::Pointer(_) => 22,
        TyKind::Slice(_) => 23,
        TyKind::Struct(_) => 25,
        _ => panic!("no run-time kind for {t}"),
    }
}

fn runtime_funcval(f: &str) -> Sym {
    funcval_sym(Sym::intern(&format!("runtime.{f}"), SymKind::Extern))
}

/// Whether values are equal exactly if their bytes are.
pub fn regular_memory(t: Ty) -> bool {
    match canon_under(t).kind() {
        TyKind::Basic(b) => {
            use BasicKind::*;
            !matches!(b.kind, Float32 | Float64 | Complex64 | Complex128 | String)
        }
        TyKind::Pointer(_) | TyKind::Chan(_) => true,
        TyKind::Array(a) => a.len == 0 && comparable(a.elem) || regular_memory(canon(a.elem)),
        TyKind::Struct(s) => {
            let offs = field_offsets(t);
            let mut end = 0;
            for (f, off) in s.fields.iter().zip(offs) {
                if f.name().is_blank() || off != end || !regular_memory(canon(f.ty())) {
                    return false;
                }
                end = off + size_of(f.ty()) as u64;
            }
            end == size_of(t) as u64
        }
        _ => false,
    }
}

/// The named function for equality or hashing of simple types: its suffix.
fn simple_alg(t: Ty) -> Option<&'static str> {
    match canon_under(t).kind() {
        TyKind::Basic(b) => match b.kind {
            BasicKind::Float32 => return Some("f32"),
            BasicKind::Float64 => return Some("f64"),
            BasicKind::Complex64 => return Some("c64"),
            BasicKind::Complex128 => return Some("c128"),
            BasicKind::String => return Some("str"),
            _ => {}
        },
        TyKind::Interface(i) => return Some(if i.all_methods().is_empty() { "nilinter" } else { "inter" }),
        _ => {}
    }
    if !regular_memory(t) {
        return None;
    }
    match size_of(t) {
        0 => Some("mem0"),
        1 => Some("mem8"),
        2 => Some("mem16"),
        4 => Some("mem32"),
        8 => Some("mem64"),
        16 => Some("mem128"),
        _ => None,
    }
}

fn equal(t: Ty) -> Option<Sym> {
    if !comparable(t) {
        return None;
    }
    Some(match simple_alg(t) {
        Some(m) if m.starts_with("mem") => runtime_funcval(&format!("memequal{}", &m[3..])),
        Some(m) => runtime_funcval(&format!("{m}equal")),
        None => funcval_sym(Sym::intern(&format!("type:.eq.{}", link_string(t)), SymKind::Equal(t))),
    })
}

fn hasher(t: Ty) -> Sym {
    match simple_alg(t) {
        Some(m) if m.starts_with("mem") => runtime_funcval(&format!("memhash{}", &m[3..])),
        Some(m) => runtime_funcval(&format!("{m}hash")),
        None => funcval_sym(Sym::intern(&format!("type:.hash.{}", link_string(t)), SymKind::Hash(t))),
    }
}

fn need_key_update(t: Ty) -> bool {
    match canon_under(t).kind() {
        TyKind::Basic(b) => {
            use BasicKind::*;
            matches!(b.kind, Float32 | Float64 | Complex64 | Complex128 | String)
        }
        TyKind::Interface(_) => true,
        TyKind::Array(a) => need_key_update(canon(a.elem)),
        TyKind::Struct(s) => s.fields.iter().any(|f| need_key_update(canon(f.ty()))),
        _ => false,
    }
}

fn hash_might_panic(t: Ty) -> bool {
    match canon_under(t).kind() {
        TyKind::Interface(_) => true,
        TyKind::Array(a) => hash_might_panic(canon(a.elem)),
        TyKind::Struct(s) => s.fields.iter().any(|f| hash_might_panic(canon(f.ty()))),
        _ => false,
    }
}

/// The pointer mask of `t`.
fn gc_data(t: Ty, out: &mut Vec<DataDef>) -> (Option<Sym>, u8) {
    let pb = ptr_bytes(t);
    if pb == 0 {
        return (None, 0);
    }
    if pb > MAX_MASK_BYTES {
        let s = Sym::intern(&format!("type:.gcmask.{}", link_string(t)), SymKind::Data);
        let mut d = data(s, Section::NoptrBss, 8);
        d.size = 8;
        out.push(d);
        return (Some(s), GC_MASK_ON_DEMAND);
    }
    let mut bytes = vec![0u8; (pb / 8).div_ceil(64) as usize * 8];
    for_each_pointer(t, 0, &mut |o| {
        bytes[o as usize / 64] |= 1 << (o / 8 % 8);
        true
    });
    let mut n = String::from("runtime.gcbits.");
    for b in &bytes {
        n.push_str(&format!("{b:02x}"));
    }
    let s = Sym::intern(&n, SymKind::Data);
    let mut d = data(s, Section::Rodata, 8);
    d.size = bytes.len() as u64;
    d.bytes = bytes;
    out.push(d);
    (Some(s), 0)
}

/// The type of a group of eight slots of a map, and whether keys and elements are indirect.
fn map_group(k: Ty, e: Ty) -> (Ty, Ty, bool, bool) {
    let (ik, ie) = (size_of(k) > MAP_MAX_INLINE, size_of(e) > MAP_MAX_INLINE);
    let k = if ik { canon(Ty::pointer(k)) } else { k };
    let e = if ie { canon(Ty::pointer(e)) } else { e };
    let field = |n: &str, t: Ty| Obj::new_field(goxide_base::Pos::NONE, None, goxide_base::Name::new(n), t, false);
    let slot = canon(Ty::struct_(vec![field("key", k), field("elem", e)], Vec::new()));
    let slots = canon(Ty::array(8, slot));
    let group = canon(Ty::struct_(vec![field("ctrl", typ(BasicKind::Uint64)), field("slots", slots)], Vec::new()));
    (group, slot, ik, ie)
}

/// Path of the package a defined type belongs to.
fn type_pkg(t: Ty) -> Option<&'static str> {
    match t.kind() {
        TyKind::Basic(b) if b.kind == BasicKind::UnsafePointer => Some("unsafe"),
        _ => t.as_named().and_then(|n| n.obj().pkg()).map(|p| p.path().as_str()),
    }
}

/// The descriptor of canonical type `t` and whatever data it refers to that nobody else defines (names, masks), with what
/// `entry` says of its methods.
pub fn type_desc(t: Ty, entry: &dyn Fn(&MethodInfo) -> MethodEntry) -> Vec<DataDef> {
    let mut out = Vec::new();
    let under = canon_under(t);
    let is_iface = matches!(under.kind(), TyKind::Interface(_));
    let methods = if is_iface { Vec::new() } else { method_set(t) };
    let named = t.as_named().is_some() || matches!(t.kind(), TyKind::Basic(_));
    let uncommon = named || !methods.is_empty();
    let (gcdata, mut tflag) = gc_data(t, &mut out);
    if uncommon {
        tflag |= UNCOMMON;
    }
    if named {
        tflag |= NAMED;
    }
    if regular_memory(t) {
        tflag |= REGULAR_MEMORY;
    }
    if is_direct_iface(t) {
        tflag |= DIRECT_IFACE;
    }
    let mut x = Desc { d: data(type_sym(t), Section::Types, 8), out: &mut out };
    x.u64(size_of(t) as u64);
    x.u64(ptr_bytes(t));
    x.u32(hash(t));
    let align = align_of(t) as u8;
    x.d.bytes.extend([tflag, align, align, kind(t)]);
    x.opt_ptr(equal(t));
    x.opt_ptr(gcdata);
    let tname = {
        let mut n = t;
        while let TyKind::Pointer(p) = n.kind() {
            n = canon(p.base);
        }
        n
    };
    let exported = tname.as_named().is_some_and(|n| n.obj().exported());
    x.name_off(Name { text: &reflect_string(t), exported, ..Name::default() });
    // PtrToThis: reflect finds pointer types among the type links, or makes them; what it makes has no methods, so where
    // there are methods the pointer type has to be there.
    let ptr = canon(Ty::pointer(t));
    if !matches!(t.kind(), TyKind::Pointer(_)) && !method_set(ptr).is_empty() {
        x.reloc(DataRelocKind::TypeOff, type_sym(ptr), 0, 4);
    } else {
        x.u32(0);
    }

    let uncommon_size = if uncommon { 16 } else { 0 };
    // What stands behind the uncommon part: filled in by kind.
    enum Tail {
        None,
        Types(Vec<Ty>),
        Fields(Vec<(Obj, &'static str, u64)>),
        Methods(Vec<MethodInfo>),
    }
    let mut tail = Tail::None;
    match under.kind() {
        TyKind::Pointer(p) => x.ty(p.base),
        TyKind::Slice(s) => x.ty(s.elem),
        TyKind::Array(a) => {
            x.ty(a.elem);
            x.ty(Ty::slice(a.elem));
            x.u64(a.len as u64);
        }
        TyKind::Chan(c) => {
            x.ty(c.elem);
            x.u64(match c.dir {
                ChanDir::Recv => 1,
                ChanDir::Send => 2,
                ChanDir::Both => 3,
            });
        }
        TyKind::Func(f) => {
            let (ins, outs) = (f.params(), f.results());
            x.u16(ins.len() as u16);
            x.u16(outs.len() as u16 | if f.variadic() { 1 << 15 } else { 0 });
            x.u32(0);
            tail = Tail::Types(ins.iter().chain(outs).map(|o| o.ty()).collect());
        }
        TyKind::Interface(_) => {
            let ms = sorted_iface_methods(t);
            match type_pkg(t) {
                Some(p) => x.name_ptr(Name { text: p, ..Name::default() }),
                None => x.u64(0),
            }
            x.own_slice(80 + uncommon_size, ms.len());
            tail = Tail::Methods(ms);
        }
        TyKind::Struct(s) => {
            let spkg = s.fields.iter().find(|f| !f.exported()).and_then(|f| f.pkg());
            match spkg {
                Some(p) => x.name_ptr(Name { text: p.path().as_str(), ..Name::default() }),
                None => x.u64(0),
            }
            x.own_slice(80 + uncommon_size, s.fields.len());
            let offs = field_offsets(t);
            tail = Tail::Fields(s.fields.iter().enumerate().map(|(i, &f)| (f, s.tag(i), offs[i])).collect());
        }
        TyKind::Map(m) => {
            let (k, e) = (canon(m.key), canon(m.elem));
            let (group, slot, ik, ie) = map_group(k, e);
            let slot_size = size_of(slot) as u64;
            let elem_off = field_offsets(slot)[1];
            x.ty(k);
            x.ty(e);
            x.ty(group);
            x.ptr(hasher(k));
            x.u64(size_of(group) as u64);
            x.u64(8);
            x.u64(slot_size);
            x.u64(8 + elem_off);
            x.u64(slot_size);
            x.u64(elem_off);
            let bit = |on: bool, b: u32| if on { b } else { 0 };
            x.u32(bit(need_key_update(k), 1) | bit(hash_might_panic(k), 2) | bit(ik, 4) | bit(ie, 8));
            x.u32(0);
        }
        _ => {}
    }
    let tail_size = match &tail {
        Tail::None => 0,
        Tail::Types(v) => 8 * v.len(),
        Tail::Fields(v) => 24 * v.len(),
        Tail::Methods(v) => 8 * v.len(),
    };
    if uncommon {
        // That of the pointed-to type, for pointers: unexported methods belong to it.
        match type_pkg(tname) {
            Some(p) => x.name_off(Name { text: p, ..Name::default() }),
            None => x.u32(0),
        }
        x.u16(methods.len() as u16);
        x.u16(methods.iter().filter(|m| m.exported()).count() as u16);
        x.u32((16 + tail_size) as u32);
        x.u32(0);
    }
    match tail {
        Tail::None => {}
        Tail::Types(v) => v.into_iter().for_each(|t| x.ty(t)),
        Tail::Fields(v) => {
            for (f, tag, off) in v {
                x.name_ptr(Name {
                    text: f.name().as_str(),
                    tag,
                    exported: f.exported(),
                    embedded: f.embedded(),
                    pkg: None,
                });
                x.ty(f.ty());
                x.u64(off);
            }
        }
        Tail::Methods(v) => {
            for m in v {
                method_name(&mut x, &m, type_pkg(t));
                x.reloc(DataRelocKind::TypeOff, type_sym(m.sig), 0, 4);
            }
        }
    }
    for m in &methods {
        method_name(&mut x, m, type_pkg(tname));
        let e = entry(m);
        match e {
            MethodEntry::Gone => x.u32(u32::MAX),
            _ => x.reloc(DataRelocKind::TypeOff, type_sym(m.sig), 0, 4),
        }
        if let MethodEntry::Kept((ifn, tfn)) = e {
            x.reloc(DataRelocKind::MethodOff, ifn, 0, 4);
            x.reloc(DataRelocKind::MethodOff, tfn, 0, 4);
        } else {
            x.u32(u32::MAX);
            x.u32(u32::MAX);
        }
    }
    let mut d = x.d;
    d.size = d.bytes.len() as u64;
    out.push(d);
    out
}

/// Name of a method; the package of an unexported one is stored unless it is the type's own.
fn method_name(x: &mut Desc<'_>, m: &MethodInfo, own: Option<&str>) {
    let pkg = m.pkg.map(|p| p.path().as_str()).filter(|p| Some(*p) != own);
    x.name_off(Name { text: m.name.as_str(), exported: m.exported(), pkg, ..Name::default() });
}
