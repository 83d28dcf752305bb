//! What passes need to know about Go types.

use crate::module::escape::Sizes;
use goxide_types::Ty;

/// Whether the word at byte `off` of a value of type `t` is a pointer.
pub fn ptr_at(t: Ty, off: u64) -> bool {
    goxide_types::pointer_at(t, off)
}

/// Layouts as the front end computes them.
pub struct Layouts;

impl Sizes for Layouts {
    fn size_align(&self, ty: Ty) -> (u64, u32) {
        (goxide_types::size_of(ty).max(0) as u64, goxide_types::align_of(ty) as u32)
    }
    fn has_pointers(&self, ty: Ty) -> bool {
        goxide_types::has_pointers(ty)
    }
}
