//! `runtime.Callers` and positions of pcs, for the Go side.
//!
//! A pc buffer holds return pcs of physical frames; the Go side expands each into its logical frames (`pcinfo`). `skip` counts
//! logical frames (wrappers left out) and takes off whole physical ones: the Go side asks for the rest in order.

use super::symtab;
use super::traceback::{Unwinder, shows_wrapper};
use crate::sched::runtime2::{status::*, *};
use core::sync::atomic::Ordering::*;
use goxide_abi::tables::flags;

unsafe extern "C" {
    #[link_name = "goxide.gostart_ret"]
    static GOSTART_RET: u8;
}

/// Fills `out` with pcs, leaving out `skip` logical frames.
pub unsafe fn fill(u: Unwinder, mut skip: usize, out: *mut usize, n: usize) -> usize {
    let mut k = 0;
    let mut panicked = false;
    for f in u {
        if k >= n {
            return k;
        }
        let Some(l) = symtab::find(f.lookup()) else { continue };
        if l.f.has(flags::FOREIGN) {
            continue;
        }
        let keep = core::mem::replace(&mut panicked, shows_wrapper(l.f.name()));
        let visible = || l.f.frames(l.off).enumerate().filter(|(i, fr)| !fr.wrapper || keep && *i == 0).count();
        if l.f.has(flags::WRAPPER) && visible() == 0 {
            // Nobody would see it; a buffer full of such frames would make no progress.
            continue;
        }
        if l.f.has(flags::RUNTIME) && l.f.name() == "runtime.deferreturn" {
            // Deferred calls that are left after a recovery look as if the function with the defers called them.
            continue;
        }
        // An exact pc is made to look like a return pc.
        let pc = if f.exact { f.pc + 1 } else { f.pc };
        if skip > 0 {
            let visible = visible();
            if visible <= skip {
                skip -= visible;
                continue;
            }
            skip = 0;
        }
        *out.add(k) = pc;
        k += 1;
    }
    if k < n && skip == 0 {
        *out.add(k) = &raw const GOSTART_RET as usize;
        k += 1;
    }
    k
}

/// The runtime function that runs for a goroutine whose Go code stopped at the return pc `pc`, as an address in it: the
/// thunk that is called there, or `newstack` if the call is of a Go function (which found too little stack). 0: not known.
///
/// Context: anywhere, signal handlers included.
pub unsafe fn called_at(pc: usize) -> usize {
    const CALL: u8 = 0xe8;
    let md = symtab::moduledata();
    if !symtab::is_go_text(pc - 5) || !symtab::is_go_text(pc - 1) || *((pc - 5) as *const u8) != CALL {
        return 0;
    }
    let to = pc.wrapping_add_signed(((pc - 4) as *const i32).read_unaligned() as isize);
    if (md.rtext as usize..md.ertext as usize).contains(&to) {
        to
    } else if symtab::find(to).is_some_and(|l| l.entry() == to) {
        crate::sched::stack::newstack as *const () as usize
    } else {
        0
    }
}

#[unsafe(export_name = "rt.callers")]
unsafe extern "C" fn callers(skip: usize, out: *mut usize, n: usize) -> usize {
    fill(Unwinder::new(getg()), skip, out, n)
}

#[unsafe(export_name = "rt.gcallers")]
unsafe extern "C" fn gcallers(gp: *mut G, skip: usize, out: *mut usize, n: usize) -> usize {
    if gp != getg() && (*gp).status.load(Relaxed) & !GSCAN == GRUNNING {
        return 0;
    }
    let parked = n > 0 && skip == 0 && (*gp).status.load(Relaxed) & !GSCAN == GWAITING && (*gp).regblock.is_null();
    if !parked {
        return fill(Unwinder::new(gp), skip, out, n);
    }
    // As in gc's profiles.
    *out = crate::sched::proc::gopark as *const () as usize + 1;
    1 + fill(Unwinder::new(gp), 0, out.add(1), n - 1)
}

/// A frame that the tables do not tell.
pub struct Outermost {
    pub entry: usize,
    /// To where the first function of a goroutine returns.
    pub pc: usize,
    pub name: &'static str,
    pub file: &'static str,
    pub line: u32,
}

/// The outermost frame of every goroutine.
pub fn goexit() -> Outermost {
    Outermost {
        entry: &raw const crate::sys::arch_x86_64::GOSTART as usize,
        pc: &raw const GOSTART_RET as usize,
        name: "runtime.goexit",
        file: "runtime/asm_amd64.s",
        line: 1,
    }
}

/// See the row.
#[repr(C)]
struct PcInfo {
    entry: usize,
    end: usize,
    name: (*const u8, usize),
    file: (*const u8, usize),
    line: usize,
    start_line: usize,
    flags: usize,
    funcid: usize,
}

#[unsafe(export_name = "rt.pcinfo")]
unsafe extern "C" fn pcinfo(pc: usize, index: usize, out: *mut PcInfo) -> usize {
    let exit = goexit();
    if pc + 1 == exit.pc || pc == exit.pc {
        if index > 0 {
            return 0;
        }
        out.write(PcInfo {
            entry: exit.entry,
            end: exit.pc + 8,
            name: (exit.name.as_ptr(), exit.name.len()),
            file: (exit.file.as_ptr(), exit.file.len()),
            line: exit.line as usize,
            start_line: exit.line as usize,
            flags: flags::FOREIGN as usize,
            funcid: 0,
        });
        return 1;
    }
    let Some(l) = symtab::find(pc) else { return 0 };
    let mut it = l.f.frames(l.off).skip(index);
    let Some(fr) = it.next() else { return 0 };
    out.write(PcInfo {
        entry: if fr.inlined { 0 } else { l.entry() },
        end: l.end(),
        name: (fr.name.as_ptr(), fr.name.len()),
        file: (fr.file.as_ptr(), fr.file.len()),
        line: fr.line as usize,
        start_line: fr.start_line as usize,
        flags: l.f.flags_of(&fr) as usize | (fr.inlined as usize) << 8,
        funcid: 0,
    });
    1 + it.next().is_some() as usize
}

#[unsafe(export_name = "rt.foreachg")]
extern "C" fn foreachg(i: usize) -> *mut G {
    if i < allglen() { allg(i) } else { core::ptr::null_mut() }
}

#[unsafe(export_name = "rt.gstatus")]
unsafe extern "C" fn gstatus(gp: *mut G) -> usize {
    match (*gp).status.load(Relaxed) & !GSCAN {
        GDEAD | GIDLE => 0,
        _ if (*gp).system && !(*gp).runs_user_code => 2,
        _ => 1,
    }
}
