//! Size classes: what an allocation of n bytes is rounded up to. Takes nothing, gives tables and pure functions.
//!
//! The classes are Go's: programs and upstream's tests see them through `cap` after `append`, `AllocsPerRun` and
//! `MemStats.BySize`. Only sizes and span lengths are written down; every look-up table is computed from them.

/// Log2 of the heap's page size.
pub const PAGE_SHIFT: usize = 13;
/// Heap pages, the unit of spans, are 8 KB.
pub const PAGE_SIZE: usize = 1 << PAGE_SHIFT;
/// Larger objects have a span of their own.
pub const MAX_SMALL_SIZE: usize = 32768;
/// Size classes, class 0 (large objects) included.
pub const NUM_SIZE_CLASSES: usize = 68;
/// Size classes times {with pointers, without}.
pub const NUM_SPAN_CLASSES: usize = NUM_SIZE_CLASSES * 2;
/// Pointer objects above this size carry a type header word; smaller ones have bits at the end of their span.
pub const MIN_SIZE_FOR_MALLOC_HEADER: usize = 512;
/// Bytes of the type header.
pub const MALLOC_HEADER_SIZE: usize = 8;
/// Pointer-free objects below this size are packed into blocks of this size.
pub const TINY_SIZE: usize = 16;
/// Size class of tiny blocks.
pub const TINY_SIZE_CLASS: usize = 2;
/// Most objects a span can hold.
pub const MAX_OBJS_PER_SPAN: usize = 1024;
/// Bytes of pointer bits at the end of a span of small pointer objects (one bit per word of a page).
pub const SPAN_BITMAP_SIZE: usize = PAGE_SIZE / 8 / 8;

/// Bytes per object of each class.
pub static CLASS_TO_SIZE: [u16; NUM_SIZE_CLASSES] = SIZES;
/// The same, for computing other tables.
pub const SIZES: [u16; NUM_SIZE_CLASSES] = [
    0, 8, 16, 24, 32, 48, 64, 80, 96, 112, 128, 144, 160, 176, 192, 208, 224, 240, 256, 288, 320, 352, 384, 416, 448,
    480, 512, 576, 640, 704, 768, 896, 1024, 1152, 1280, 1408, 1536, 1792, 2048, 2304, 2688, 3072, 3200, 3456, 4096,
    4864, 5376, 6144, 6528, 6784, 6912, 8192, 9472, 9728, 10240, 10880, 12288, 13568, 14336, 16384, 18432, 19072,
    20480, 21760, 24576, 27264, 28672, 32768,
];

/// Pages per span of each class, chosen so that at most an eighth of it is wasted at its end.
pub static CLASS_TO_NPAGES: [u8; NUM_SIZE_CLASSES] = [
    0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 2, 1, 2,
    1, 2, 1, 3, 2, 3, 1, 3, 2, 3, 4, 5, 6, 1, 7, 6, 5, 4, 3, 5, 7, 2, 9, 7, 5, 8, 3, 10, 7, 4,
];

/// `offset / size` for offsets within a span is `(offset * magic) >> 32`.
pub static CLASS_TO_DIVMAGIC: [u32; NUM_SIZE_CLASSES] = divmagic();

const fn divmagic() -> [u32; NUM_SIZE_CLASSES] {
    let mut t = [0u32; NUM_SIZE_CLASSES];
    let mut c = 1;
    while c < NUM_SIZE_CLASSES {
        t[c] = u32::MAX / SIZES[c] as u32 + 1;
        c += 1;
    }
    t
}

const STEP8: usize = 1024 / 8 + 1;
const STEP128: usize = (MAX_SMALL_SIZE - 1024) / 128 + 1;

static SIZE_TO_CLASS8: [u8; STEP8] = class_table::<STEP8>(0, 8);
static SIZE_TO_CLASS128: [u8; STEP128] = class_table::<STEP128>(1024, 128);

const fn class_table<const N: usize>(start: usize, step: usize) -> [u8; N] {
    let mut t = [0u8; N];
    let mut i = 0;
    let mut c = 0;
    while i < N {
        while (SIZES[c] as usize) < start + i * step {
            c += 1;
        }
        t[i] = c as u8;
        i += 1;
    }
    t
}

/// Class of a small object of `size` bytes (1..=32768).
#[inline(always)]
pub fn size_to_class(size: usize) -> usize {
    debug_assert!(size <= MAX_SMALL_SIZE);
    if size <= 1024 - 8 {
        SIZE_TO_CLASS8[size.div_ceil(8)] as usize
    } else {
        SIZE_TO_CLASS128[(size + 127 - 1024) / 128] as usize
    }
}

/// Whether pointer bits of objects of `size` bytes lie at the end of their span.
#[inline(always)]
pub fn heap_bits_in_span(size: usize) -> bool {
    size <= MIN_SIZE_FOR_MALLOC_HEADER
}

/// Bytes the caller may use if it allocates `size` bytes.
pub fn roundupsize(size: usize, noscan: bool) -> usize {
    if size <= MAX_SMALL_SIZE - MALLOC_HEADER_SIZE {
        let header = if !noscan && size > MIN_SIZE_FOR_MALLOC_HEADER { MALLOC_HEADER_SIZE } else { 0 };
        CLASS_TO_SIZE[size_to_class(size + header)] as usize - header
    } else {
        match size.checked_add(PAGE_SIZE - 1) {
            Some(s) => s & !(PAGE_SIZE - 1),
            None => size,
        }
    }
}

/// Objects in a span of class `class` (pointer bits, where they are in the span, leave fewer).
pub fn span_elems(class: usize, noscan: bool) -> usize {
    let size = CLASS_TO_SIZE[class] as usize;
    let mut bytes = CLASS_TO_NPAGES[class] as usize * PAGE_SIZE;
    if !noscan && heap_bits_in_span(size) {
        bytes -= SPAN_BITMAP_SIZE;
    }
    bytes / size
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn little_is_wasted() {
        for c in 1..NUM_SIZE_CLASSES {
            let bytes = CLASS_TO_NPAGES[c] as usize * PAGE_SIZE;
            assert!(bytes % CLASS_TO_SIZE[c] as usize <= bytes / 8 && bytes / 8 <= MAX_OBJS_PER_SPAN * PAGE_SIZE);
        }
    }

    #[test]
    fn every_size_gets_the_smallest_class() {
        for size in 1..=MAX_SMALL_SIZE {
            let c = size_to_class(size);
            assert!(CLASS_TO_SIZE[c] as usize >= size && (CLASS_TO_SIZE[c - 1] as usize) < size, "{size}");
        }
    }

    #[test]
    fn magic_divides() {
        for c in 1..NUM_SIZE_CLASSES {
            let size = CLASS_TO_SIZE[c] as usize;
            for off in 0..CLASS_TO_NPAGES[c] as usize * PAGE_SIZE {
                assert_eq!(((off as u64 * CLASS_TO_DIVMAGIC[c] as u64) >> 32) as usize, off / size);
            }
        }
    }

    #[test]
    fn rounding_counts_the_header() {
        assert_eq!(roundupsize(5, true), 8);
        assert_eq!(roundupsize(512, false), 512);
        assert_eq!(roundupsize(513, false), 568);
        assert_eq!(roundupsize(513, true), 576);
        assert_eq!(roundupsize(32760, false), 32760);
        assert_eq!(roundupsize(32761, false), 32768);
        assert_eq!(roundupsize(usize::MAX - 5, true), usize::MAX - 5);
    }
}
