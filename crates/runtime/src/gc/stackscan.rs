//! Scanning a goroutine's stack frame by frame: of a frame whose function has a live map (`abi::tables::live`) only the live
//! words, of any other one all of it. Words are treated conservatively in either case.
//!
//! ```text
//! frame of a call that is under way        bp → saved rbp, return pc; below it down to `lo` (the callee's bp + 16) the frame
//! callee-saved registers                   their values at the call; a frame that saves some yields its caller's values
//! ```
//! Objects in a frame that are not live by themselves are scanned if something live points to them: pointers to the stack
//! that are met are kept (`Scan::stack_pointers`) until the walk comes to the frame they point into. That is always further out, for
//! what outlives a frame never points into it.
//! A register is scanned by the frame in which it is live. Frames without a map (assembly,
//! the innermost frame of a goroutine that was interrupted, and one that faulted) may keep anything anywhere: all of the
//! frame and all registers not yet accounted for are scanned there. Whatever does not look like a frame is scanned
//! to the end of the stack.

use super::mark::conservative;
use super::work::GcWork;
use crate::diag::symtab;
use crate::diag::traceback::{Unwinder, in_morestack};
use crate::heap::mheap::MHEAP;
use crate::sched::runtime2::{G, status};
use crate::sched::stack::{self, StackSeg};
use crate::sys::arch_x86_64 as arch;
use core::sync::atomic::Ordering;
use goxide_abi::tables::live::{NOT_SAVED, REGS, Site};

/// Entries of a [`SiteCache`].
const SITES: usize = 64;

/// What a P remembers of return addresses met lately.
pub struct SiteCache {
    entry: [Known; SITES],
}

/// A call whose frame has at most 64 words. pc 0: unused.
#[derive(Clone, Copy)]
struct Known {
    pc: usize,
    /// Words, and the words of live objects.
    live: u64,
    /// Words of other objects, and which of them are the first ones.
    object: u64,
    first: u64,
    /// Words of the frame; [`UNMAPPED`]: no map.
    words: u16,
    regs: u8,
    faults: bool,
    saves: [u8; REGS],
}

const UNMAPPED: u16 = u16::MAX;
const NO_SAVE: u8 = u8::MAX;

impl SiteCache {
    pub const NEW: SiteCache = SiteCache {
        entry: [Known {
            pc: 0,
            live: 0,
            object: 0,
            first: 0,
            words: UNMAPPED,
            regs: 0,
            faults: false,
            saves: [NO_SAVE; REGS],
        }; SITES],
    };
}

/// A return address looked up.
enum Found {
    Small(Known),
    Large(Site<'static>, u32),
}

#[inline(always)]
unsafe fn look_up(c: *mut SiteCache, pc: usize) -> Found {
    let e = (&raw mut (*c).entry).cast::<Known>().add((pc ^ pc >> 6) % SITES);
    if (*e).pc == pc {
        return Found::Small(*e);
    }
    look_up_slow(e, pc)
}

#[inline(never)]
unsafe fn look_up_slow(e: *mut Known, pc: usize) -> Found {
    let mut k =
        Known { pc, live: 0, object: 0, first: 0, words: UNMAPPED, regs: 0, faults: false, saves: [NO_SAVE; REGS] };
    // The last instruction of a function may be a call: the return address is then behind it.
    if let Some(l) = symtab::find(pc - 1) {
        if l.f.name() == "runtime.sigpanic" {
            k.faults = true;
        }
        let ret = (l.off + 1).wrapping_sub(l.f.body());
        if let Some(s) = l.f.live().and_then(|m| m.site(ret)) {
            let words = l.f.frame() / 8;
            if words > 64 {
                return Found::Large(s, words);
            }
            k.words = words as u16;
            k.regs = s.regs;
            for (to, from) in k.saves.iter_mut().zip(s.saves) {
                if from != NOT_SAVED {
                    *to = from as u8;
                }
            }
            s.each_word(words, |w| k.live |= 1 << w);
            s.each_object(words, |from, to, live| {
                let m = (!0u64 >> (64 - (to - from))) << from;
                if live {
                    k.live |= m;
                } else {
                    k.object |= m;
                    k.first |= 1 << from;
                }
            });
        }
    }
    *e = k;
    Found::Small(k)
}

/// A scan under way.
struct Scan<'a> {
    w: &'a mut GcWork,
    /// Segment of the frame at hand.
    seg: *mut StackSeg,
    /// Lowest address not accounted for.
    lo: usize,
    /// Callee-saved registers at the call of the frame at hand, and which of them are not accounted for.
    reg: [usize; REGS],
    open: u8,
    bytes: usize,
    /// Pointers into frames not visited yet.
    pointers: [usize; POINTERS],
    npointers: usize,
    /// There were too many of them: all objects count as pointed to.
    overflow: bool,
}

/// Stack pointers kept at a time.
const POINTERS: usize = 64;

impl Scan<'_> {
    /// A live word.
    #[inline(always)]
    unsafe fn word(&mut self, v: usize) {
        // Heap and stacks are apart.
        if MHEAP.in_heap(v) {
            conservative(self.w, v);
        } else if v.wrapping_sub(self.seg as usize) < (*self.seg).size || (v >= 1 << 16 && !(*self.seg).prev.is_null())
        {
            self.stack_pointer(v);
        }
    }

    #[inline(never)]
    unsafe fn stack_pointer(&mut self, v: usize) {
        let mut s = self.seg;
        while v.wrapping_sub(s as usize) >= (*s).size {
            s = (*s).prev;
            if s.is_null() {
                return;
            }
        }
        // Frames visited need nothing.
        if (s == self.seg && v < self.lo) || self.pointers[..self.npointers].contains(&v) {
            return;
        }
        if self.npointers == POINTERS {
            // Those into frames visited are of no use any more.
            let (seg, lo) = (self.seg, self.lo);
            let mut n = 0;
            for i in 0..POINTERS {
                let p = self.pointers[i];
                let mut s = seg;
                while !s.is_null() && p.wrapping_sub(s as usize) >= (*s).size {
                    s = (*s).prev;
                }
                if !s.is_null() && (s != seg || p >= lo) {
                    self.pointers[n] = p;
                    n += 1;
                }
            }
            self.npointers = n;
            if n == POINTERS {
                self.overflow = true;
                return;
            }
        }
        self.pointers[self.npointers] = v;
        self.npointers += 1;
    }

    /// Everything up to `hi`.
    unsafe fn all(&mut self, hi: usize) {
        let mut a = self.lo;
        while a + 8 <= hi {
            self.word(*(a as *const usize));
            a += 8;
        }
        self.bytes += hi.saturating_sub(self.lo);
        self.lo = hi;
    }

    /// Those of the objects of the frame at `lo` (bit masks as in [`Known`]) that something points to.
    unsafe fn objects(&mut self, lo: usize, mut object: u64, first: u64) {
        let mut i = 0;
        while object != 0 {
            let at = if self.overflow {
                object.trailing_zeros() as usize
            } else if i < self.npointers {
                i += 1;
                let w = self.pointers[i - 1].wrapping_sub(lo) / 8;
                if w >= 64 || object >> w & 1 == 0 {
                    continue;
                }
                w
            } else {
                return;
            };
            // From its first word up to the next one's, or the end of its bits.
            let from = 63 - (first & (!0u64 >> (63 - at))).leading_zeros() as usize;
            let behind = !0u64 << from << 1;
            let end = ((first | !object) & behind).trailing_zeros() as usize;
            for w in from..end {
                object &= !(1 << w);
                self.word(*((lo + 8 * w) as *const usize));
            }
            // The list may have been put together anew.
            i = 0;
        }
    }

    /// Registers not accounted for.
    unsafe fn registers(&mut self) {
        for i in 0..REGS {
            if self.open >> i & 1 != 0 {
                self.word(self.reg[i]);
            }
        }
        self.open = 0;
    }

    /// The word at `slot` is a return address: gives the pc it stands for and goes on behind it.
    unsafe fn cross(&mut self, slot: usize) -> usize {
        let s = self.seg;
        if slot == (*s).hi - 8 && !(*s).prev.is_null() {
            // The stub's; the real one is where the segment was left.
            self.seg = (*s).prev;
            self.lo = (*s).saved_sp + 8;
            *((*s).saved_sp as *const usize)
        } else {
            self.lo = slot + 8;
            *(slot as *const usize)
        }
    }

    /// What is left of the stack.
    unsafe fn rest(&mut self) {
        self.registers();
        loop {
            let s = self.seg;
            self.all((*s).hi);
            if (*s).prev.is_null() {
                return;
            }
            self.lo = (*s).saved_sp;
            self.seg = (*s).prev;
        }
    }

    unsafe fn frames(&mut self, c: *mut SiteCache, mut pc: usize, mut bp: usize) {
        // The callee is sigpanic: this frame stopped at a load or store.
        let mut faulted = false;
        loop {
            let hi = (*self.seg).hi;
            if pc == 0
                || pc == &raw const arch::GOSTART_RET as usize
                || bp < self.lo
                || bp + 16 > hi
                || !bp.is_multiple_of(8)
            {
                return self.rest();
            }
            let words = (bp - self.lo) / 8;
            let lo = self.lo;
            let found = look_up(c, pc);
            let faults = matches!(found, Found::Small(k) if k.faults);
            match found {
                Found::Small(k) if k.words as usize == words && !faulted => {
                    let mut m = k.live;
                    while m != 0 {
                        self.word(*((lo + 8 * m.trailing_zeros() as usize) as *const usize));
                        m &= m - 1;
                    }
                    self.bytes += words * 8;
                    for i in 0..REGS {
                        self.frame_register(
                            i,
                            k.regs >> i & 1 != 0,
                            k.saves[i] != NO_SAVE,
                            lo + 8 * k.saves[i] as usize,
                        );
                    }
                    if k.object != 0 {
                        self.objects(lo, k.object, k.first);
                    }
                }
                Found::Large(s, n) if n as usize == words && !faulted => {
                    s.each_word(n, |i| self.word(*((lo + 8 * i as usize) as *const usize)));
                    self.bytes += words * 8;
                    for i in 0..REGS {
                        let (saved, at) = (s.saves[i] != NOT_SAVED, lo + 8 * s.saves[i] as usize);
                        self.frame_register(i, s.regs >> i & 1 != 0, saved, at);
                    }
                    self.large_objects(lo, &s, n);
                }
                _ => {
                    self.all(bp);
                    self.registers();
                }
            }
            faulted = faults;
            let slot = bp + 8;
            bp = *(bp as *const usize);
            pc = self.cross(slot);
        }
    }

    /// The objects of the frame at `lo` that are live or that something points to.
    unsafe fn large_objects(&mut self, lo: usize, s: &Site<'static>, words: u32) {
        // Objects scanned; those beyond are scanned each time. Only new pointers make another look necessary.
        let mut done = [0u64; 4];
        loop {
            let (mut k, mut grew) = (0, false);
            s.each_object(words, |from, to, live| {
                let (w, bit) = (k / 64, 1u64 << (k % 64));
                k += 1;
                if w < done.len() && done[w] & bit != 0 {
                    return;
                }
                let (a, n) = (lo + 8 * from as usize, 8 * (to - from) as usize);
                if live || self.overflow || self.pointers[..self.npointers].iter().any(|p| p.wrapping_sub(a) < n) {
                    let before = (self.npointers, self.overflow);
                    for i in from..to {
                        self.word(*((lo + 8 * i as usize) as *const usize));
                    }
                    if w < done.len() {
                        done[w] |= bit;
                    }
                    grew |= before != (self.npointers, self.overflow);
                }
            });
            if !grew {
                return;
            }
        }
    }

    /// Passes register `i` by a frame: `live` in it, or saved by it at `at`.
    #[inline(always)]
    unsafe fn frame_register(&mut self, i: usize, live: bool, saved: bool, at: usize) {
        if saved {
            if live && self.open >> i & 1 != 0 {
                self.word(self.reg[i]);
            }
            self.reg[i] = *(at as *const usize);
            self.open |= 1 << i;
        }
    }
}

/// Marks what the stack and the registers of `gp` refer to. Gives the bytes of its frames.
///
/// # Safety
/// Context: marking; `gp` does not run Go code and stays so; `w` is of the P this M holds.
pub unsafe fn scan(w: &mut GcWork, gp: *mut G) -> usize {
    let insys = (*gp).status.load(Ordering::Relaxed) & !status::GSCAN == status::GSYSCALL;
    let (b, seg) = if insys { (&(*gp).syscall, (*gp).syscall_seg) } else { (&(*gp).sched, (*gp).seg) };
    if seg.is_null() {
        return 0;
    }
    let cache = &raw mut w.sites;
    let mut s = Scan {
        w,
        seg,
        lo: b.sp,
        reg: [b.rbx, b.r12, b.r13, b.r14],
        open: 0xf,
        bytes: 0,
        pointers: [0; POINTERS],
        npointers: 0,
        overflow: false,
    };
    stack::for_each_saved_word(gp, |v| s.word(v));
    // What is being sent may lie in a frame.
    crate::lang::each_waiting(gp, |v| s.word(v));
    if insys || (*gp).regblock.is_null() {
        if b.pc == 0 || b.pc == &raw const arch::GOSTART as usize {
            s.rest();
        } else if in_morestack(b.pc) {
            // Stopped in a stack check, in a frame of morestack's own: arguments, saved rbp, the stub's address, return pc.
            let (slot, bp) = (b.bp + 16, *(b.bp as *const usize));
            s.all(slot);
            let pc = s.cross(slot);
            s.frames(cache, pc, bp);
        } else {
            s.frames(cache, b.pc, b.bp);
        }
        return s.bytes;
    }
    // Interrupted anywhere: all registers are in the block, which `for_each_saved_word` visited.
    s.open = 0;
    let (slot, bp) = match Unwinder::odd_slot(b.pc, b.sp) {
        0 if b.bp < b.sp || b.bp + 16 > (*seg).hi || !b.bp.is_multiple_of(8) => {
            s.rest();
            return s.bytes;
        }
        0 => (b.bp + 8, *(b.bp as *const usize)),
        slot => (slot, b.bp),
    };
    s.all(slot);
    let pc = s.cross(slot);
    s.frames(cache, pc, bp);
    s.bytes
}
