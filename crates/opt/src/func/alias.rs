//! Which accesses may touch the same memory.

use goxide_ssa::{Aux, Func, Op, Slot, Sym, Type, Value};

/// What an address is based on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Root {
    Slot(Slot),
    Sym(Sym),
    /// An object this function allocated (the `Alloc`'s result).
    Fresh(Value),
    /// Anything else.
    Other(Value),
}

/// A byte range relative to a root.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Extent {
    pub root: Root,
    /// `None`: anywhere in the object.
    pub off: Option<i64>,
    pub size: u64,
    /// Type of the accessed value, for scalar accesses.
    pub ty: Option<Type>,
}

/// Root and constant offset of address `v`.
pub fn root_of(f: &Func, v: Value) -> (Root, Option<i64>) {
    let mut v = v;
    let mut off = Some(0i64);
    loop {
        let Some(i) = f.def_inst(v) else { return (Root::Other(v), off) };
        let d = &f.insts[i.index()];
        match (d.op, &d.aux) {
            (Op::PtrAdd, _) => {
                // A variable index: still the same object, but where is unknown. The root stays the innermost pointer
                // so that equal addresses compare equal.
                match f.as_const(d.args[1]) {
                    Some(c) => off = off.map(|o| o.wrapping_add(c)),
                    None => {
                        let (r, _) = root_of(f, d.args[0]);
                        return match r {
                            Root::Other(_) => (Root::Other(v), off),
                            known => (known, None),
                        };
                    }
                }
                v = d.args[0];
            }
            (Op::SlotAddr, Aux::Slot(s)) => return (Root::Slot(*s), off),
            (Op::SymAddr, Aux::Sym(s, o)) => return (Root::Sym(*s), off.map(|x| x + o)),
            (Op::Alloc(_), _) => return (Root::Fresh(v), off),
            _ => return (Root::Other(v), off),
        }
    }
}

/// Addresses below this are never mapped: an access there is the fault of a nil pointer.
pub const PAGE: i64 = 4096;

/// The pointer that `addr` is a constant offset of less than a page away from, and the offset: nil if `addr` is derived from
/// a nil pointer.
pub fn within_page(f: &Func, addr: Value) -> (Value, i64) {
    let (mut v, mut off) = (addr, 0);
    while let Some(i) = f.def_inst(v) {
        let d = &f.insts[i.index()];
        match (d.op, d.args.get(1).and_then(|&c| f.as_const(c))) {
            (Op::PtrAdd, Some(c)) if (0..PAGE).contains(&(off + c)) && c >= 0 => {
                off += c;
                v = d.args[0];
            }
            _ => break,
        }
    }
    (v, off)
}

/// The extent of a scalar access of type `ty` at `addr + off`.
pub fn access(f: &Func, addr: Value, off: i32, ty: Type) -> Extent {
    let (root, base) = root_of(f, addr);
    Extent { root, off: base.map(|b| b + i64::from(off)), size: u64::from(ty.size()), ty: Some(ty) }
}

/// The extent of `size` bytes at `addr`.
pub fn range(f: &Func, addr: Value, size: u64) -> Extent {
    let (root, off) = root_of(f, addr);
    Extent { root, off, size, ty: None }
}

/// Whether two extents may overlap.
pub fn may_alias(a: &Extent, b: &Extent) -> bool {
    // Types tell nothing: words that are only moved are of type pointer whatever they hold (`promote`).
    match (a.root, b.root) {
        (x, y) if x == y => match (a.off, b.off) {
            (Some(p), Some(q)) => p < q + b.size as i64 && q < p + a.size as i64,
            _ => true,
        },
        // Distinct named objects.
        (Root::Slot(_) | Root::Sym(_) | Root::Fresh(_), Root::Slot(_) | Root::Sym(_) | Root::Fresh(_)) => false,
        // A pointer of unknown origin may point at a slot or fresh object whose address escaped; callers that know
        // it did not escape ask `Escapes` first.
        _ => true,
    }
}
