//! Runtime functions that make an object in a buffer of the caller's frame, if they are given one.
//!
//! Lowering passes nil. Escape analysis treats such a call as an allocation, and where the object stays in the frame,
//! passes a slot. What does not fit is on the heap all the same, so the result may always be either.

use super::escape::Sizes;
use goxide_ssa::{Aux, Func, Inst, Op, Sym, SymKind, Value};
use goxide_types::{Ty, TyKind};

/// Size of `internal/runtime/maps.Map`.
const MAP_HEADER: u64 = 48;
/// Where the header points at its groups.
const MAP_DIR: i32 = 16;
/// Larger groups are not kept in frames.
const MAX_GROUP: u64 = 1024;
/// Keys and elements above this size are indirect.
const MAX_INLINE: u64 = 128;

/// A buffer that a call can be given.
pub struct Buffer {
    /// Operand that is the buffer's address.
    pub arg: usize,
    pub size: u64,
    /// So many bytes must be zero.
    pub zeroed: u64,
    /// A word and the offset in the buffer that it points at.
    pub pointer: Option<(i32, u64)>,
}

impl Buffer {
    const fn plain(arg: usize, size: u64) -> Buffer {
        Buffer { arg, size, zeroed: 0, pointer: None }
    }
}

/// The buffer that call `i` has not got yet.
pub fn wanted(f: &Func, i: Inst, sizes: &dyn Sizes) -> Option<Buffer> {
    let d = &f.insts[i.index()];
    let (Op::Call, Aux::Call { callee, .. }) = (d.op, &d.aux) else { return None };
    let name = callee.name().strip_prefix("runtime.")?;
    let b = match name {
        "slicebytetostring" | "stringtoslicebyte" | "slicerunetostring" | "concatstring2" | "concatstrings"
        | "concatbytes" => Buffer::plain(0, 32),
        "stringtoslicerune" => Buffer::plain(0, 128),
        "intstring" => Buffer::plain(0, 4),
        "makemap_small" => {
            let size = MAP_HEADER + group_size(map_type(f, d.args[0])?, sizes)?;
            Buffer { arg: 1, size, zeroed: size, pointer: None }
        }
        // The group is used if it turns out to be enough.
        "makemap" => match map_type(f, d.args[0]).and_then(|t| group_size(t, sizes)) {
            Some(n) => {
                Buffer { arg: 2, size: MAP_HEADER + n, zeroed: MAP_HEADER, pointer: Some((MAP_DIR, MAP_HEADER)) }
            }
            None => Buffer { arg: 2, size: MAP_HEADER, zeroed: MAP_HEADER, pointer: None },
        },
        _ => return None,
    };
    (f.as_const(*d.args.get(b.arg)?) == Some(0)).then_some(b)
}

/// The map type whose descriptor `v` is.
fn map_type(f: &Func, v: Value) -> Option<Ty> {
    let Aux::Sym(s, 0) = &f.insts[f.def_inst(v)?.index()].aux else { return None };
    match s.kind() {
        SymKind::TypeDesc(t) => Some(*t),
        _ => None,
    }
}

/// Slices of unknown length up to this many bytes are kept in frames, as gc does.
pub const SMALL: u64 = 32;
/// Largest backing array in a frame.
const MAX_SLICE: u64 = 64 << 10;

/// Size of the frame buffer that `i` can be given: it makes a slice whose length is only known at run time.
pub fn for_slice(f: &Func, i: Inst, sizes: &dyn Sizes) -> Option<u64> {
    let d = &f.insts[i.index()];
    let (Op::MakeSlice, Aux::Type(elem), 2) = (d.op, &d.aux, d.args.len()) else { return None };
    let size = sizes.size_align(*elem).0;
    match (f.as_const(d.args[0]), f.as_const(d.args[1])) {
        // A length that is too large panics; the others make what the capacity says.
        (len, Some(cap)) => {
            let unknown = cap >= 0 && len.is_none_or(|n| n < 0 || n > cap);
            let bytes = size.checked_mul(cap as u64)?;
            (unknown && (1..=MAX_SLICE).contains(&bytes)).then_some(bytes.next_multiple_of(8))
        }
        (_, None) => (1..=SMALL).contains(&size).then_some(SMALL),
    }
}

/// Whether `i` is such a slice that was given its buffer.
pub fn has_buffer(f: &Func, i: Inst) -> bool {
    let d = &f.insts[i.index()];
    d.op == Op::MakeSlice && d.args.len() > 2
}

/// `growslice` for elements that are listed in the append, the one for slices whose capacity matters when they are given away.
pub const FEW: &str = "runtime.growslicefew";
pub const STEPS: &str = "runtime.growslicestep";

/// Size of the elements that `i`, a call of an append, makes room for, if their first ones can be in the frame.
pub fn grown(f: &Func, i: Inst, sizes: &dyn Sizes) -> Option<u64> {
    let d = &f.insts[i.index()];
    let (Op::Call, Aux::Call { callee, .. }) = (d.op, &d.aux) else { return None };
    if !matches!(callee.name(), FEW | STEPS) {
        return None;
    }
    let Aux::Sym(s, 0) = &f.insts[f.def_inst(*d.args.get(4)?)?.index()].aux else { return None };
    let SymKind::TypeDesc(t) = s.kind() else { return None };
    let size = sizes.size_align(*t).0;
    (1..=SMALL).contains(&size).then_some(size)
}

/// The words that call `i` puts into an object of its own for an interface (`convT64` and the like).
pub fn boxed(f: &Func, i: Inst) -> Option<&[Value]> {
    let d = &f.insts[i.index()];
    let (Op::Call, Aux::Call { callee, .. }) = (d.op, &d.aux) else { return None };
    is_box(*callee).then_some(&d.args[..])
}
/// Whether this function only boxes its argument.
pub fn is_box(callee: Sym) -> bool {
    let name = callee.name().strip_prefix("runtime.conv");
    matches!(name, Some("T16" | "T32" | "T64" | "Tstring" | "Tslice"))
}

/// Size of a group of eight slots of a map type, or a little more.
fn group_size(map: Ty, sizes: &dyn Sizes) -> Option<u64> {
    let TyKind::Map(m) = map.under().kind() else { return None };
    let part = |t: Ty| {
        let (size, align) = sizes.size_align(goxide_types::canon(t));
        if size > MAX_INLINE { (8, 8) } else { (size, u64::from(align.max(1))) }
    };
    let ((k, ka), (e, ea)) = (part(m.key), part(m.elem));
    // An element of no size still takes room at the end of a slot.
    let slot = (k.next_multiple_of(ea) + e.max(1)).next_multiple_of(ka.max(ea));
    let group = 8 + 8 * slot;
    (group <= MAX_GROUP).then_some(group)
}
