//! `GODEBUG=checkfinalizers=1`: finalizers and cleanups that will never run, because what they keep alive refers to their object.
//!
//! At the end of each cycle's marking, with the world stopped, the heap is searched once for each of them: from the function of a cleanup,
//! or from the function of a finalizer and what its object refers to. If that leads to the object, it stays for ever. What shares
//! a tiny block with other values may stay for long, too. Both end the program, with gc's words.
//! The search has marks of its own (`Reached`), for those of the cycle are complete and stay as they are.

use super::{inspect, mark};
use crate::diag::debug::CHECKFINALIZERS;
use crate::diag::print::Out;
use crate::diag::symtab;
use crate::diag::traceback::print_name;
use crate::heap::mheap::{MHEAP, ROW};
use crate::heap::mspan::{Mspan, state};
use crate::heap::os;
use crate::heap::sizeclasses::PAGE_SIZE;
use crate::heap::specials::{self, Checked};
use core::sync::atomic::Ordering::*;
use goxide_abi::tables::flags;

/// Most issues that are reported.
const MOST: usize = 50;

/// Whether the mode is on.
#[inline]
pub fn on() -> bool {
    CHECKFINALIZERS.load(Relaxed) > 0
}

/// The objects that a search has come to.
struct Reached {
    /// A bit per object, `ROW` words per page of the heap.
    bits: *mut u64,
    bits_size: usize,
    /// Objects to look into, `n` of them; each is put there once.
    todo: *mut usize,
    todo_size: usize,
    n: usize,
}

impl Reached {
    unsafe fn new() -> Reached {
        let pages = MHEAP.limit.load(Relaxed).div_ceil(PAGE_SIZE);
        let (bits_size, todo_size) = (pages * ROW * 8, pages * ROW * 64 * size_of::<usize>());
        let (bits, todo) = (os::sys_alloc_sparse(bits_size), os::sys_alloc_sparse(todo_size));
        if bits == 0 || todo == 0 {
            crate::heap::throw("checkfinalizers: out of memory");
        }
        Reached { bits: bits as *mut u64, bits_size, todo: todo as *mut usize, todo_size, n: 0 }
    }

    /// The bit of the object that `p` points into: span, number, word, mask.
    unsafe fn bit(&self, p: usize) -> Option<(*mut Mspan, usize, *mut u64, u64)> {
        let s = MHEAP.span_of(p);
        if s.is_null() || (*s).state.load(Relaxed) != state::IN_USE || p >= (*s).limit {
            return None;
        }
        let i = (*s).obj_index(p);
        if !(*s).is_allocated(i) {
            return None;
        }
        let row = ((*s).base - MHEAP.base()) / PAGE_SIZE * ROW;
        Some((s, i, self.bits.add(row + i / 64), 1 << (i % 64)))
    }

    unsafe fn put(&mut self, p: usize) {
        let Some((s, i, word, bit)) = self.bit(p) else { return };
        if *word & bit == 0 {
            *word |= bit;
            if !(*s).noscan() {
                *self.todo.add(self.n) = (*s).obj_base(i);
                self.n += 1;
            }
        }
    }

    /// What the object at `base` refers to.
    unsafe fn put_contents(&mut self, base: usize) {
        mark::each_slot(base, |at| self.put(*(at as *const usize)));
    }

    unsafe fn search(&mut self) {
        while self.n > 0 {
            self.n -= 1;
            self.put_contents(*self.todo.add(self.n));
        }
    }

    unsafe fn has(&self, p: usize) -> bool {
        self.bit(p).is_some_and(|(_, _, word, bit)| *word & bit != 0)
    }
}

impl Drop for Reached {
    fn drop(&mut self) {
        // SAFETY: the memory is this value's own.
        unsafe {
            os::sys_free(self.bits as usize, self.bits_size);
            os::sys_free(self.todo as usize, self.todo_size);
        }
    }
}

/// What is wrong with a finalizer or cleanup.
#[derive(Clone, Copy)]
struct Issue {
    what: Checked,
    cycle: bool,
    tiny: bool,
}

/// Looks at all finalizers and cleanups, and ends the program if there is something to report.
///
/// # Safety
/// World stopped, marking complete, no sweeping left, no run of free slots in a cache.
pub unsafe fn check() {
    let mut issues: [Option<Issue>; MOST] = [None; MOST];
    let (mut n, mut more) = (0, false);
    inspect::each_span(|s| {
        specials::each_checked(s, |what| {
            let mut r = Reached::new();
            r.put(what.func);
            if what.finalizer && !(*s).noscan() {
                // Not the object itself.
                r.put_contents((*s).obj_base((*s).obj_index(what.p)));
            }
            r.search();
            let (cycle, tiny) = (r.has(what.p), specials::shares_tiny_block(s, what.p));
            if !cycle && !tiny {
                return;
            }
            if n == MOST {
                more = true;
                return;
            }
            issues[n] = Some(Issue { what, cycle, tiny });
            n += 1;
        });
    });
    if n > 0 {
        report(&issues, more);
    }
}

#[cold]
unsafe fn report(issues: &[Option<Issue>], more: bool) -> ! {
    let mut o = Out::stderr();
    o.str("WARNING: LIKELY CLEANUP/FINALIZER ISSUES\n\n");
    let mut last = 0;
    for Issue { what, cycle, tiny } in issues.iter().flatten() {
        let kind = if what.finalizer { "finalizer" } else { "cleanup" };
        let whence = if what.finalizer { "finalizer\n" } else { "cleanup or cleanup argument\n" };
        let context = what.context.as_ref();
        // Those of one object follow each other.
        if last != what.p {
            if last != 0 {
                o.str("\n");
            }
            o.str("Value of type ");
            match context {
                Some(c) => o.bytes(core::slice::from_raw_parts(c.type_name.0, c.type_name.1)),
                None => o.bytes(b"?"),
            }
            o.str(" at ").hex(what.p).str("\n");
            if *cycle {
                o.str("  is reachable from ").str(whence);
            }
            if *tiny {
                o.str("  is in a tiny block with other (possibly long-lived) values\n");
            }
            if *cycle && *tiny {
                o.str("  may be in the same tiny block as ").str(whence);
            }
        }
        o.str("\nHas ").str(kind).str(" at ").hex(what.record).str("\n");
        if let Some(c) = context {
            place(&mut o, &[c.func_pc], |_| true);
            o.str("created at: \n");
            // What package runtime does on the way is of no interest.
            place(&mut o, &c.created, |name| !name.starts_with("runtime."));
        }
        last = what.p;
    }
    o.str(if more { "\n... too many potential issues ...\n" } else { "\n" });
    o.flush();
    crate::heap::throw("detected possible issues with cleanups and/or finalizers")
}

/// Prints the first function among those at `pcs` (return pcs, innermost first) whose name `ok` accepts.
fn place(o: &mut Out, pcs: &[usize], ok: impl Fn(&str) -> bool) {
    for &pc in pcs.iter().take_while(|&&pc| pc != 0) {
        let Some(l) = symtab::find(pc - 1) else { continue };
        let mut frames = l.f.frames(l.off);
        let Some(fr) = frames.find(|fr| l.f.flags_of(fr) & flags::WRAPPER == 0 && ok(fr.name)) else { continue };
        o.str("  ");
        print_name(o, fr.name);
        o.str("()\n      ").str(fr.file).str(":").dec(fr.line as i64).str(" +").hex(pc - l.entry()).str("\n");
        return;
    }
    o.str("  <bad pc ").hex(pcs.first().copied().unwrap_or(0)).str(">\n");
}

/// How many finalizers and cleanups wait, after each cycle.
pub fn line() {
    let [fin_queued, fin_done, cleanup_queued, cleanup_done] = specials::counts();
    let mut o = Out::stderr();
    o.str("checkfinalizers: queue: ").dec(fin_queued.saturating_sub(fin_done) as i64).str(" finalizers + ");
    o.dec(cleanup_queued.saturating_sub(cleanup_done) as i64).str(" cleanups\n");
}
