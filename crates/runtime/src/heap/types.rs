//! The part of `internal/abi`'s type descriptors that the collector reads, and pointer masks built on demand.

use super::persistent::persistentalloc;
use core::sync::atomic::{AtomicPtr, Ordering};

/// `abi.Type`.
#[repr(C)]
pub struct Type {
    pub size: usize,
    /// Prefix that can contain pointers.
    pub ptr_bytes: usize,
    pub hash: u32,
    pub tflag: u8,
    pub align: u8,
    pub field_align: u8,
    pub kind: u8,
    pub equal: usize,
    /// Bit per word of `ptr_bytes`; with `TFLAG_GC_MASK_ON_DEMAND` a pointer to a word that holds such a pointer.
    pub gcdata: *const u8,
    pub str_off: i32,
    pub ptr_to_this: i32,
}

const _: () = assert!(size_of::<Type>() == 48);

/// `gcdata` is the address of a word that will hold the mask's address.
pub const TFLAG_GC_MASK_ON_DEMAND: u8 = 1 << 4;
const KIND_MASK: u8 = 31;
const KIND_ARRAY: u8 = 17;
const KIND_STRUCT: u8 = 25;

#[repr(C)]
struct ArrayType {
    t: Type,
    elem: *const Type,
    slice: *const Type,
    len: usize,
}

#[repr(C)]
struct StructType {
    t: Type,
    pkg_path: *const u8,
    fields: *const StructField,
    nfields: usize,
    cap: usize,
}

#[repr(C)]
struct StructField {
    name: *const u8,
    typ: *const Type,
    offset: usize,
}

/// `abi.ChanType`.
#[repr(C)]
pub struct ChanType {
    pub t: Type,
    pub elem: *const Type,
    pub dir: usize,
}

/// Pointer mask of `t`, which has pointers.
///
/// # Safety
/// `t` is a valid descriptor.
#[inline(always)]
pub unsafe fn gc_mask(t: *const Type) -> *const u8 {
    if (*t).tflag & TFLAG_GC_MASK_ON_DEMAND == 0 { (*t).gcdata } else { on_demand(t) }
}

#[cold]
unsafe fn on_demand(t: *const Type) -> *const u8 {
    let slot = &*((*t).gcdata as *const AtomicPtr<u8>);
    let p = slot.load(Ordering::Acquire);
    if !p.is_null() {
        return p;
    }
    // Two threads may build it; the first store wins and the other copy is wasted, which is rare and small.
    let words = (*t).ptr_bytes / 8;
    let p = persistentalloc(words.div_ceil(64) * 8, 8) as *mut u8;
    build(t, p, 0);
    match slot.compare_exchange(core::ptr::null_mut(), p, Ordering::AcqRel, Ordering::Acquire) {
        Ok(_) => p,
        Err(other) => other,
    }
}

/// ORs the mask of `t` into `dst` from bit `at`. Recursion halves the size each time, so it is at most 64 deep.
unsafe fn build(mut t: *const Type, dst: *mut u8, mut at: usize) {
    loop {
        if (*t).ptr_bytes == 0 {
            return;
        }
        if (*t).tflag & TFLAG_GC_MASK_ON_DEMAND == 0 {
            let mask = (*t).gcdata;
            for i in 0..(*t).ptr_bytes / 8 {
                if *mask.add(i / 8) >> (i % 8) & 1 != 0 {
                    *dst.add((at + i) / 8) |= 1 << ((at + i) % 8);
                }
            }
            return;
        }
        match (*t).kind & KIND_MASK {
            KIND_ARRAY => {
                let a = t as *const ArrayType;
                if (*a).len == 1 {
                    t = (*a).elem;
                    continue;
                }
                for i in 0..(*a).len {
                    build((*a).elem, dst, at + i * ((*(*a).elem).size / 8));
                }
                return;
            }
            KIND_STRUCT => {
                let s = t as *const StructType;
                let mut big: *const StructField = core::ptr::null();
                for i in 0..(*s).nfields {
                    let f = (*s).fields.add(i);
                    if (*(*f).typ).ptr_bytes == 0 {
                        continue;
                    }
                    if (*(*f).typ).size > (*t).size / 2 {
                        big = f;
                    } else {
                        build((*f).typ, dst, at + (*f).offset / 8);
                    }
                }
                if big.is_null() {
                    return;
                }
                at += (*big).offset / 8;
                t = (*big).typ;
            }
            _ => super::throw("type of this kind cannot have a pointer mask on demand"),
        }
    }
}
