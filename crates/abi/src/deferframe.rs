//! `DeferFrame`: the record a function with `defer` keeps in its own frame (see `docs/abi.md`).

pub const LINK: i32 = 0;
pub const SP: i32 = 8;
pub const BP: i32 = 16;
pub const LANDING: i32 = 24;
pub const SEGMENT: i32 = 32;
pub const LIST: i32 = 40;
pub const BITS: i32 = 48;
pub const NSLOTS: i32 = 56;
/// First closure slot.
pub const SLOTS: i32 = 64;
/// Most open-coded defers a function may have.
pub const MAX_OPEN: usize = 8;

/// Size in bytes of a frame with `nslots` open-coded slots.
pub const fn size(nslots: usize) -> u32 {
    SLOTS as u32 + 8 * nslots as u32
}
