//! Sizes, alignments and offsets of gc on amd64 (`gcsizes.go`), and where the pointers are.

use crate::object::Obj;
use crate::types::{BasicKind, Ty, TyKind};

/// Size of a machine word.
pub const WORD: i64 = 8;

/// Size in bytes; -1 if it does not fit the address space.
pub fn size_of(t: Ty) -> i64 {
    match t.under().kind() {
        TyKind::Basic(b) => basic_size(b.kind),
        TyKind::Array(a) => {
            if a.len <= 0 {
                return 0;
            }
            let e = size_of(a.elem);
            if e < 0 {
                return -1;
            }
            e.checked_mul(a.len).unwrap_or(-1)
        }
        TyKind::Slice(_) => 3 * WORD,
        TyKind::Struct(s) => {
            if s.fields.is_empty() {
                return 0;
            }
            let offs = offsets_of(s.fields);
            let (Some(&off), Some(last)) = (offs.last(), s.fields.last()) else { return 0 };
            let size = size_of(last.ty());
            if off < 0 || size < 0 {
                return -1;
            }
            // A final zero-size field takes a byte, so that its address stays inside.
            let size = if off > 0 && size == 0 { 1 } else { size };
            off.checked_add(size).map_or(-1, |n| align_up(n, align_of(t)))
        }
        TyKind::Interface(_) => 2 * WORD,
        _ => WORD,
    }
}

fn basic_size(k: BasicKind) -> i64 {
    use BasicKind::*;
    match k {
        Bool | Int8 | Uint8 | UntypedBool => 1,
        Int16 | Uint16 => 2,
        Int32 | Uint32 | Float32 | UntypedRune => 4,
        Complex128 | String | UntypedString | UntypedComplex => 16,
        _ => 8,
    }
}

/// Alignment in bytes.
pub fn align_of(t: Ty) -> i64 {
    match t.under().kind() {
        TyKind::Array(a) => align_of(a.elem),
        TyKind::Struct(s) => {
            // sync/atomic's marker of 64-bit alignment.
            if s.fields.is_empty() && is_atomic_align64(t) {
                return 8;
            }
            s.fields.iter().map(|f| align_of(f.ty())).max().unwrap_or(1)
        }
        TyKind::Basic(b) => match b.kind {
            BasicKind::String | BasicKind::UntypedString => WORD,
            BasicKind::Complex64 => 4,
            BasicKind::Complex128 | BasicKind::UntypedComplex => 8,
            k => basic_size(k).clamp(1, WORD),
        },
        _ => WORD,
    }
}

fn is_atomic_align64(t: Ty) -> bool {
    t.as_named().is_some_and(|n| {
        let o = n.obj();
        o.name() == "align64"
            && o.pkg().is_some_and(|p| matches!(p.path().as_str(), "sync/atomic" | "internal/runtime/atomic"))
    })
}

/// Offsets of struct fields; a negative one did not fit.
pub fn offsets_of(fields: &[Obj]) -> Vec<i64> {
    let mut out = Vec::with_capacity(fields.len());
    let mut off: i64 = 0;
    for f in fields {
        if off >= 0 {
            off = align_up(off, align_of(f.ty()));
        }
        out.push(off);
        let size = size_of(f.ty());
        off = if off < 0 || size < 0 { -1 } else { off.checked_add(size).unwrap_or(-1) };
    }
    out
}

/// Offsets of the fields of a struct type.
pub fn field_offsets(t: Ty) -> Vec<u64> {
    t.under().as_struct().map_or_else(Vec::new, |s| offsets_of(s.fields).into_iter().map(|o| o as u64).collect())
}

fn align_up(x: i64, a: i64) -> i64 {
    if x < 0 { -1 } else { x.checked_add(a - 1).map_or(-1, |y| y / a * a) }
}

/// Calls `visit` with the offset of every pointer word in a value of type `t` at `base`, in ascending order, until it
/// returns false.
pub fn for_each_pointer(t: Ty, base: u64, visit: &mut dyn FnMut(u64) -> bool) -> bool {
    match t.under().kind() {
        TyKind::Basic(b) => match b.kind {
            BasicKind::String | BasicKind::UntypedString | BasicKind::UnsafePointer => visit(base),
            _ => true,
        },
        TyKind::Slice(_) => visit(base),
        // The first word is a descriptor or itab: not on the heap unless made by reflect, so it counts.
        TyKind::Interface(_) => visit(base) && visit(base + 8),
        TyKind::Array(a) => {
            if !has_pointers(a.elem) {
                return true;
            }
            let size = size_of(a.elem) as u64;
            (0..a.len.max(0) as u64).all(|i| for_each_pointer(a.elem, base + i * size, visit))
        }
        TyKind::Struct(s) => {
            let offs = offsets_of(s.fields);
            s.fields.iter().zip(offs).all(|(f, o)| for_each_pointer(f.ty(), base + o as u64, visit))
        }
        _ => visit(base),
    }
}

/// Whether values of type `t` contain pointers.
pub fn has_pointers(t: Ty) -> bool {
    match t.under().kind() {
        TyKind::Basic(b) => {
            matches!(b.kind, BasicKind::String | BasicKind::UntypedString | BasicKind::UnsafePointer)
        }
        TyKind::Array(a) => a.len > 0 && has_pointers(a.elem),
        TyKind::Struct(s) => s.fields.iter().any(|f| has_pointers(f.ty())),
        _ => true,
    }
}

/// Bytes of the prefix that can hold pointers (`abi.Type.PtrBytes`).
pub fn ptr_bytes(t: Ty) -> u64 {
    match t.under().kind() {
        TyKind::Array(a) if a.len > 0 && has_pointers(a.elem) => {
            (a.len as u64 - 1) * size_of(a.elem) as u64 + ptr_bytes(a.elem)
        }
        TyKind::Struct(s) => {
            let offs = offsets_of(s.fields);
            let last = s.fields.iter().zip(offs).rev().find(|(f, _)| has_pointers(f.ty()));
            last.map_or(0, |(f, o)| o as u64 + ptr_bytes(f.ty()))
        }
        _ => {
            let mut end = 0;
            for_each_pointer(t, 0, &mut |o| {
                end = o + 8;
                true
            });
            end
        }
    }
}

/// Whether the word at byte `off` of a value of type `t` is a pointer.
pub fn pointer_at(t: Ty, off: u64) -> bool {
    match t.under().kind() {
        TyKind::Array(a) if a.len > 0 => {
            let size = size_of(a.elem) as u64;
            size > 0 && off < size * a.len as u64 && pointer_at(a.elem, off % size)
        }
        TyKind::Struct(s) => {
            let offs = offsets_of(s.fields);
            s.fields.iter().zip(offs).any(|(f, o)| {
                (o as u64..o as u64 + size_of(f.ty()) as u64).contains(&off) && pointer_at(f.ty(), off - o as u64)
            })
        }
        _ => {
            let mut hit = false;
            for_each_pointer(t, 0, &mut |o| {
                hit |= o == off;
                !hit
            });
            hit
        }
    }
}
