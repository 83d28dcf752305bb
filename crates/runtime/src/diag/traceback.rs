//! Unwinding goroutine stacks, and Go's text for them.
//!
//! Every Go function pushes rbp, so the chain `[rbp]` = caller's rbp, `[rbp+8]` = return pc leads to the outermost frame. At
//! the top slot of a segment the return pc is the stub's `jmp lessstack`; the real one lies where the segment's
//! `saved_sp` points. The chain ends at `gostart`'s call.

use super::print::Out;
use super::{hexdump, symtab};
use crate::sched::runtime2::{status::*, *};
use crate::sched::stack::StackSeg;
use crate::sys::arch_x86_64 as arch;
use crate::sys::linux;
use core::sync::atomic::Ordering::*;
use goxide_abi::tables::flags;

/// A physical frame.
#[derive(Clone, Copy)]
pub struct Frame {
    /// Where it stopped: a return pc, or the pc itself if `exact`.
    pub pc: usize,
    pub bp: usize,
    /// `pc` is that of an instruction that has not completed (fault, preemption).
    pub exact: bool,
}

impl Frame {
    /// Address to look positions up with.
    pub fn lookup(&self) -> usize {
        if self.exact { self.pc } else { self.pc - 1 }
    }
}

/// Walks a stack, innermost frame first.
#[derive(Clone)]
pub struct Unwinder {
    next: Option<Frame>,
    seg: *mut StackSeg,
    /// Slot of the return pc that is not at bp + 8 (frame not set up yet, or torn down already).
    slot: usize,
    left: usize,
}

unsafe extern "C" {
    #[link_name = "runtime.morestack"]
    static MORESTACK: u8;
}

/// Whether a goroutine with this saved pc stopped in a stack check.
pub fn in_morestack(pc: usize) -> bool {
    let more = &raw const MORESTACK as usize;
    pc >= more && pc < more + 1024
}

impl Unwinder {
    /// From where the goroutine stopped.
    ///
    /// Context: the G does not run Go code.
    pub unsafe fn new(gp: *mut G) -> Unwinder {
        let insys = (*gp).status.load(Relaxed) & !GSCAN == GSYSCALL;
        let (b, seg) = if insys { (&(*gp).syscall, (*gp).syscall_seg) } else { (&(*gp).sched, (*gp).seg) };
        let exact = !insys && !(*gp).regblock.is_null();
        let mut u = Unwinder { next: None, seg, slot: 0, left: 1 << 20 };
        let start = &raw const arch::GOSTART as usize;
        if b.pc == 0 || b.pc == start {
            return u;
        }
        let mut f = Frame { pc: b.pc, bp: b.bp, exact };
        if in_morestack(f.pc) {
            // Stopped in a stack check: bp is morestack's own frame, above it the stub's address and the real return pc.
            f.pc = *((b.bp + 8) as *const usize);
            u.slot = b.bp + 16;
            f.bp = *(b.bp as *const usize);
        } else if exact {
            u.slot = Unwinder::odd_slot(f.pc, b.sp);
        }
        u.next = Some(f);
        u
    }

    /// From a context of which only pc, sp and bp are known, on `gp`'s innermost segment.
    pub unsafe fn at(gp: *mut G, pc: usize, sp: usize, bp: usize, exact: bool) -> Unwinder {
        let mut seg = (*gp).seg;
        let mut slot = if exact { Unwinder::odd_slot(pc, sp) } else { 0 };
        if slot == (*seg).hi && !(*seg).prev.is_null() {
            // At the stub's `jmp lessstack`: the segment is empty but not left yet.
            slot = (*seg).saved_sp;
            seg = (*seg).prev;
        }
        Unwinder { next: Some(Frame { pc, bp, exact }), seg, slot, left: 1 << 20 }
    }

    /// Where the return pc is if `pc` is in a prologue or at a `ret`; 0: at bp + 8.
    pub unsafe fn odd_slot(pc: usize, sp: usize) -> usize {
        let Some(l) = symtab::find(pc) else { return 0 };
        let body = l.f.body();
        if l.off <= body || l.off >= l.f.cold() || *(pc as *const u8) == 0xc3 {
            sp
        } else if l.off == body + 1 {
            sp + 8
        } else {
            0
        }
    }

    unsafe fn step(&mut self, f: Frame) -> Option<Frame> {
        let (slot, bp) = if self.slot != 0 {
            (core::mem::replace(&mut self.slot, 0), f.bp)
        } else {
            if f.bp == 0 {
                return None;
            }
            let s = self.seg;
            if !(s as usize..(*s).hi - 8).contains(&f.bp) || !f.bp.is_multiple_of(8) {
                return None;
            }
            (f.bp + 8, *(f.bp as *const usize))
        };
        let s = self.seg;
        // Whatever happened to the chain, do not follow it out of the stack.
        if !(s as usize..(*s).hi).contains(&slot) || !slot.is_multiple_of(8) {
            return None;
        }
        let mut pc = *(slot as *const usize);
        if slot == (*s).hi - 8 && !(*s).prev.is_null() {
            pc = *((*s).saved_sp as *const usize);
            self.seg = (*s).prev;
        }
        if pc == 0 || pc == &raw const arch::GOSTART_RET as usize {
            return None;
        }
        let exact = symtab::find(f.pc - 1).is_some_and(|l| l.f.name() == "runtime.sigpanic");
        Some(Frame { pc, bp, exact })
    }
}

impl Iterator for Unwinder {
    type Item = Frame;
    fn next(&mut self) -> Option<Frame> {
        let f = self.next?;
        self.left -= 1;
        // SAFETY: frames of a stopped goroutine; the chain was built by prologues.
        self.next = if self.left == 0 { None } else { unsafe { self.step(f) } };
        Some(f)
    }
}

/// Does a wrapper that called the function of this name show in lists of frames? It is what panics then.
pub fn shows_wrapper(callee: &str) -> bool {
    matches!(callee, "runtime.gopanic" | "runtime.sigpanic" | "runtime.panicwrap")
}

/// Is a function of this name shown in a user's traceback?
///
/// `inner`: a frame further in was shown. `gopanic` between frames of the program marks where deferred calls begin.
/// `callee`: the function that the frame waits for.
fn show(name: &str, fl: u8, level: i32, inner: bool, callee: &str) -> bool {
    if level > 1 {
        return true;
    }
    if matches!(name, "runtime.gopanic" | "runtime.runFinalizers" | "runtime.runCleanups") && inner {
        // Where deferred calls, finalizers and cleanups begin.
        return true;
    }
    if fl & flags::FOREIGN != 0 || fl & flags::WRAPPER != 0 && !shows_wrapper(callee) {
        return false;
    }
    match name.strip_prefix("runtime.") {
        // Exported functions, and exported methods of exported types.
        Some(rest) => rest.rsplit('.').all(|s| {
            let s = s.strip_prefix("(*").unwrap_or(s);
            s.as_bytes().first().is_some_and(|c| c.is_ascii_uppercase())
        }),
        None => {
            // Bodies of the runtime's assembly and of its helper packages are of no interest.
            !name.starts_with("internal/runtime/") && name.contains('.')
        }
    }
}

/// A linker name as people write it: `%2e` is a dot, type arguments are `[...]`.
pub fn print_name(o: &mut Out, name: &str) {
    if name == "runtime.gopanic" {
        o.str("panic");
        return;
    }
    let b = name.as_bytes();
    let mut i = 0;
    while i < b.len() {
        if b[i] == b'%' && i + 2 < b.len() {
            let h = |c: u8| (c as char).to_digit(16).unwrap_or(0) as u8;
            o.bytes(&[h(b[i + 1]) << 4 | h(b[i + 2])]);
            i += 3;
            continue;
        }
        if b[i] == b'[' {
            let mut depth = 0;
            while i < b.len() {
                if b[i] == b'[' {
                    depth += 1;
                } else if b[i] == b']' {
                    depth -= 1;
                    if depth == 0 {
                        break;
                    }
                }
                i += 1;
            }
            o.str("[...]");
            i += 1;
            continue;
        }
        o.bytes(&b[i..i + 1]);
        i += 1;
    }
}

/// How many of a deep stack's innermost and outermost frames are printed.
const INNER: usize = 50;
const OUTER: usize = 50;

/// Prints a stack's logical frames, of a deep one the innermost and outermost. `sp` is the stack pointer of the first.
unsafe fn print_frames(o: &mut Out, gp: *mut G, u: Unwinder, level: i32, sp: usize) {
    let mut total = 0;
    walk_frames(None, gp, u.clone(), level, sp, &mut total, 0..0);
    let elided = if total > INNER + OUTER { INNER..total - OUTER } else { 0..0 };
    walk_frames(Some(o), gp, u, level, sp, &mut 0, elided);
}

/// Counts in `n` the logical frames that are shown, and prints those not in `elided`.
unsafe fn walk_frames(
    mut out: Option<&mut Out>,
    gp: *mut G,
    u: Unwinder,
    level: i32,
    mut sp: usize,
    n: &mut usize,
    elided: core::ops::Range<usize>,
) {
    let mut callee = "";
    let mut inner: Option<(symtab::Loc, usize)> = None;
    for f in u {
        let sp = core::mem::replace(&mut sp, f.bp + 16);
        let Some(l) = symtab::find(f.lookup()) else {
            if let (Some(o), Some((inner, inner_sp))) = (out.as_deref_mut(), inner) {
                print_bad_return(o, gp, inner.f.name(), inner_sp, sp, f.pc);
            }
            continue;
        };
        inner = Some((l, sp));
        for fr in l.f.frames(l.off) {
            let callee = core::mem::replace(&mut callee, fr.name);
            // What `Stack` gives begins with its caller, and the report on a panic with what panicked.
            let reports = *n == 0 && matches!(fr.name, "runtime.Stack" | "runtime.fatalpanic");
            if reports || !show(fr.name, l.f.flags_of(&fr), level, *n > 0, callee) {
                continue;
            }
            let i = core::mem::replace(n, *n + 1);
            let Some(o) = out.as_deref_mut() else { continue };
            if elided.contains(&i) {
                if i == elided.start {
                    o.str("...").dec(elided.len() as i64).str(" frames elided...\n");
                }
                continue;
            }
            let args = if !fr.inlined && l.f.has(flags::BARE) { "()" } else { "(...)" };
            print_frame(o, &fr, args, f.pc - l.entry());
            if !fr.inlined && level >= 2 {
                o.str(" fp=").hex(f.bp + 16).str(" sp=").hex(sp).str(" pc=").hex(f.pc);
            }
            o.str("\n");
        }
    }
    if level >= 2
        && let Some(o) = out
    {
        let at = super::callers::goexit();
        print_name(o, at.name);
        o.str("()\n\t").str(at.file).str(":").dec(at.line as i64).str(" +").hex(at.pc - at.entry);
        o.str(" fp=").hex(sp + 8).str(" sp=").hex(sp).str(" pc=").hex(at.pc).str("\n");
    }
}

/// The frame `sp..fp` of `name` returns to where no function is: something has overwritten it. Frame pointers may lead on nevertheless.
unsafe fn print_bad_return(o: &mut Out, gp: *mut G, name: &str, sp: usize, fp: usize, pc: usize) {
    o.str("runtime: g ").dec((*gp).goid as i64).str(": unexpected return pc for ");
    print_name(o, name);
    o.str(" called from ").hex(pc).str("\n");
    let mut s = (*gp).seg;
    while !s.is_null() && !(s as usize..(*s).hi).contains(&(fp - 8)) {
        s = (*s).prev;
    }
    if s.is_null() || !fp.is_multiple_of(8) {
        return;
    }
    let (base, hi) = (s as usize, (*s).hi);
    o.str("stack: frame={sp:").hex(sp).str(", fp:").hex(fp).str("} stack=[").hex(base).str(",").hex(hi).str(")\n");
    // A little around the frame, of a large one only its end.
    let from = if (base..fp).contains(&sp) { sp & !7 } else { fp };
    let lo = from.saturating_sub(DUMP).max(fp.saturating_sub(8 * DUMP)).max(base);
    hexdump::words(o, lo, (fp + DUMP).min(hi), &[(fp, "FP"), (sp, "SP")]);
}

/// Bytes that are dumped on either side of a frame.
const DUMP: usize = 32 * 8;

/// Name and place of a logical frame; the place in its function `off` only if it has code of its own.
fn print_frame(o: &mut Out, fr: &goxide_abi::tables::Frame, args: &str, off: usize) {
    print_name(o, fr.name);
    o.str(args).str("\n\t").str(fr.file).str(":").dec(fr.line as i64);
    if !fr.inlined {
        o.str(" +").hex(off);
    }
}

/// Prints the logical frames at return pcs.
pub fn print_pcs(o: &mut Out, pcs: &[usize], level: i32) {
    let mut inner = false;
    let mut callee = "";
    for &pc in pcs {
        let Some(l) = symtab::find(pc - 1) else { continue };
        for fr in l.f.frames(l.off) {
            let callee = core::mem::replace(&mut callee, fr.name);
            if show(fr.name, l.f.flags_of(&fr), level, inner, callee) {
                inner = true;
                print_frame(o, &fr, "(...)", pc - l.entry());
                o.str("\n");
            }
        }
    }
}

unsafe fn print_created_by(o: &mut Out, gp: *mut G, level: i32) {
    let pc = (*gp).gopc;
    if pc != 0 && (*gp).goid != 1 {
        print_creator(o, pc, (*gp).parentgoid, level);
    }
}

/// `created by f in goroutine 7`, for the return pc of a go statement; without the goroutine if it is 0.
pub fn print_creator(o: &mut Out, pc: usize, goid: u64, level: i32) {
    let Some(l) = symtab::find(pc - 1) else { return };
    // Where a wrapper was made of a go statement's call, what was inlined into that has made the goroutine.
    let Some(fr) = l.f.frames(l.off).find(|fr| show(fr.name, l.f.flags_of(fr), level, false, "")) else { return };
    o.str("created by ");
    print_name(o, fr.name);
    if goid != 0 {
        o.str(" in goroutine ").dec(goid as i64);
    }
    o.str("\n\t").str(fr.file).str(":").dec(fr.line as i64).str(" +").hex(pc - l.entry()).str("\n");
}

/// `goroutine 7 [chan receive, 2 minutes]:`
unsafe fn header(o: &mut Out, gp: *mut G, level: i32) {
    let s = (*gp).status.load(Relaxed) & !GSCAN;
    let text = match s {
        GIDLE => "idle",
        GRUNNABLE => "runnable",
        GRUNNING => "running",
        GSYSCALL => "syscall",
        GDEAD => "dead",
        GPREEMPTED => "preempted",
        GWAITING if (*gp).waitreason != WaitReason::Zero => (*gp).waitreason.text(),
        GWAITING => "waiting",
        _ => "???",
    };
    o.str("goroutine ").dec((*gp).goid as i64);
    if level >= 2 {
        o.str(" gp=").hex(gp as usize);
        let m = (*gp).m;
        if m.is_null() {
            o.str(" m=nil");
        } else {
            o.str(" m=").dec((*m).id).str(" mp=").hex(m as usize);
        }
    }
    o.str(" [").str(text);
    if crate::gc::leaks::leaked(gp) {
        o.str(" (leaked)");
    }
    let b = (*gp).bubble;
    if !b.is_null() && s == GWAITING && (*gp).waitreason.is_idle_in_synctest() && !text.ends_with("(durable)") {
        o.str(" (durable)");
    }
    let since = (*gp).waitsince;
    if (s == GWAITING || s == GSYSCALL) && since != 0 {
        let min = (linux::nanotime() - since) / 60_000_000_000;
        if min >= 1 {
            o.str(", ").dec(min).str(" minutes");
        }
    }
    if !(*gp).lockedm.is_null() {
        o.str(", locked to thread");
    }
    if !b.is_null() {
        o.str(", synctest bubble ").dec((*b).id as i64);
    }
    o.str("]");
    super::labels::print(o, (*gp).labels);
    o.str(":\n");
}

/// Header, frames and origin of one goroutine. `own`: it is the one this thread works for.
pub unsafe fn print_goroutine(o: &mut Out, gp: *mut G, own: bool, level: i32) {
    let syscall = (*gp).status.load(Relaxed) & !GSCAN == GSYSCALL;
    let sp = if syscall { (*gp).syscall.sp } else { (*gp).sched.sp };
    let known = own || (*gp).status.load(Relaxed) & !GSCAN != GRUNNING;
    print_goroutine_from(o, gp, known.then(|| (Unwinder::new(gp), sp)), level);
}

/// The same from where a signal has interrupted it: its frames and the stack pointer of the first. None: nobody knows.
pub unsafe fn print_goroutine_from(o: &mut Out, gp: *mut G, at: Option<(Unwinder, usize)>, level: i32) {
    header(o, gp, level);
    match at {
        Some((u, sp)) => print_frames(o, gp, u, level, sp),
        None => drop(o.str("\tgoroutine running on other thread; stack unavailable\n")),
    }
    print_created_by(o, gp, level);
    super::ancestors::print(o, gp, level);
}

/// All goroutines but `me`.
pub unsafe fn print_others(o: &mut Out, me: *mut G, level: i32) {
    print_others_if(o, me, level, |_| true)
}

/// Those goroutines but `me` that `want` accepts.
pub unsafe fn print_others_if(o: &mut Out, me: *mut G, level: i32, want: impl Fn(*mut G) -> bool) {
    for i in 0..allglen() {
        let gp = allg(i);
        let s = (*gp).status.load(Relaxed) & !GSCAN;
        if gp == me || !want(gp) || s == GDEAD || s == GIDLE || ((*gp).system && !(*gp).runs_user_code && level < 2) {
            continue;
        }
        o.str("\n");
        print_goroutine(o, gp, false, level);
    }
}

#[unsafe(export_name = "rt.stackdump")]
unsafe extern "C" fn stackdump(buf: *mut u8, n: usize, all: usize) -> usize {
    let gp = getg();
    let mut o = Out::buffer(buf, n);
    // GOTRACEBACK is about reports of crashes.
    print_goroutine(&mut o, gp, true, 1);
    if all != 0 {
        print_others(&mut o, gp, 1);
    }
    o.len()
}

/// Frame pointer of the caller of the frame `fp` of the current goroutine, and the pc in that caller.
unsafe fn caller_of(fp: usize) -> (usize, usize) {
    let gp = getg();
    // Segments are found by address: fp lies in exactly one of them.
    let mut s = (*gp).seg;
    while !s.is_null() && !(s as usize..(*s).hi).contains(&fp) {
        s = (*s).prev;
    }
    if fp == 0 || s.is_null() {
        return (0, 0);
    }
    let mut pc = *((fp + 8) as *const usize);
    if fp + 16 == (*s).hi && !(*s).prev.is_null() {
        pc = *((*s).saved_sp as *const usize);
    }
    (*(fp as *const usize), pc)
}

#[unsafe(export_name = "rt.callerfp")]
unsafe extern "C" fn callerfp(fp: usize) -> usize {
    caller_of(fp).0
}

#[unsafe(export_name = "rt.wrapperCaller")]
unsafe extern "C" fn wrapper_caller(fp: usize) -> usize {
    let (mut fp, mut pc) = caller_of(fp);
    while fp != 0 {
        let Some(l) = symtab::find(pc.wrapping_sub(1)) else { break };
        // A function that was inlined into a wrapper is a caller like any other, though it has no frame of its own.
        if l.f.frames(l.off).any(|fr| fr.inlined && !fr.wrapper) {
            return 0;
        }
        if !l.f.has(flags::WRAPPER) {
            break;
        }
        (fp, pc) = caller_of(fp);
    }
    fp
}
