//! The part of `mallocgc` that runs on the goroutine's own stack, without the switch a runtime call costs.
//!
//! `leaf.rs` calls [`fast_malloc`] first and falls back to the runtime call if it gives 0. It must stay a leaf: no locks, no
//! calls but `memset`, a frame of a few words (`fast_malloc_is_a_leaf` in `tests/` looks at the machine code). While it
//! runs nothing can preempt the goroutine: its code is not Go text.

use super::malloc::set_heap_bits;
use super::mcache::Mcache;
use super::sizeclasses::*;
use super::types::{TFLAG_GC_MASK_ON_DEMAND, Type};

/// Allocates if the slot at hand has room; 0: take the slow path. `size` is not 0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn goxide_fast_malloc(size: usize, typ: *const Type, needzero: usize, c: *mut Mcache) -> usize {
    let c = &mut *c;
    if typ.is_null() || (*typ).ptr_bytes == 0 {
        if size < TINY_SIZE {
            let mut off = c.tiny_off;
            // Alignment as the size suggests: its lowest set bits, at most 8.
            let align = (size & size.wrapping_neg()).min(8);
            off = (off + align - 1) & !(align - 1);
            if off + size <= TINY_SIZE && c.tiny != 0 {
                c.tiny_off = off + size;
                c.tiny_allocs += 1;
                return c.tiny + off;
            }
            return 0;
        }
        if size > MAX_SMALL_SIZE - MALLOC_HEADER_SIZE {
            return 0;
        }
        let class = size_to_class(size);
        let slot = c.alloc.get_unchecked_mut(2 * class + 1);
        let x = slot.cur;
        if x >= slot.end {
            return 0;
        }
        slot.cur = x + *CLASS_TO_SIZE.get_unchecked(class) as usize;
        if needzero & 0xff != 0 && (*slot.span).needzero {
            core::ptr::write_bytes(x as *mut u8, 0, size);
        }
        return x;
    }
    if (*typ).tflag & TFLAG_GC_MASK_ON_DEMAND != 0 {
        return 0;
    }
    if size <= MIN_SIZE_FOR_MALLOC_HEADER {
        let class = size_to_class(size);
        let slot = c.alloc.get_unchecked_mut(2 * class);
        let x = slot.cur;
        if x >= slot.end {
            return 0;
        }
        slot.cur = x + *CLASS_TO_SIZE.get_unchecked(class) as usize;
        set_heap_bits(slot.span, x, size, typ, (*typ).gcdata);
        return x;
    }
    if size > MAX_SMALL_SIZE - MALLOC_HEADER_SIZE {
        return 0;
    }
    let class = size_to_class(size + MALLOC_HEADER_SIZE);
    let slot = c.alloc.get_unchecked_mut(2 * class);
    let x = slot.cur;
    if x >= slot.end {
        return 0;
    }
    slot.cur = x + *CLASS_TO_SIZE.get_unchecked(class) as usize;
    *(x as *mut *const Type) = typ;
    x + MALLOC_HEADER_SIZE
}
