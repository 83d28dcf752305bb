//! The process's first steps: arguments, environment, auxiliary vector, vDSO; then the scheduler.

use super::{linux, rand};
use crate::sched::runtime2::*;
use core::cell::UnsafeCell;
use core::sync::atomic::Ordering::*;

/// What the kernel passed.
#[derive(Clone, Copy)]
pub struct Args {
    pub argc: usize,
    pub argv: usize,
    pub envc: usize,
    pub envp: usize,
    /// Words of the auxiliary vector, without the final pair of zeros.
    pub auxc: usize,
    pub auxv: usize,
}

struct Cell(UnsafeCell<Args>);
// SAFETY: written once by the only thread there is at start-up.
unsafe impl Sync for Cell {}
static ARGS: Cell = Cell(UnsafeCell::new(Args { argc: 0, argv: 0, envc: 0, envp: 0, auxc: 0, auxv: 0 }));

pub fn args() -> Args {
    // SAFETY: constant after start-up.
    unsafe { *ARGS.0.get() }
}

/// Value of an environment variable as the process got it.
pub fn getenv(name: &[u8]) -> Option<&'static [u8]> {
    let a = args();
    for i in 0..a.envc {
        // SAFETY: the kernel's table of NUL-terminated strings, which lives as long as the process.
        let s = unsafe { cstr(*(a.envp as *const *const u8).add(i)) };
        if s.len() > name.len() && s[name.len()] == b'=' && &s[..name.len()] == name {
            return Some(&s[name.len() + 1..]);
        }
    }
    None
}

unsafe fn cstr(p: *const u8) -> &'static [u8] {
    let mut n = 0;
    while *p.add(n) != 0 {
        n += 1;
    }
    core::slice::from_raw_parts(p, n)
}

const AT_RANDOM: usize = 25;
const AT_SYSINFO_EHDR: usize = 33;
const AT_MINSIGSTKSZ: usize = 51;

/// First Rust code, on the kernel's stack. Gives the top of the first M's system stack.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn goxide_rt0(sp: *const usize) -> usize {
    let argc = *sp;
    let argv = sp.add(1);
    let envp = argv.add(argc + 1);
    let mut envc = 0;
    while *envp.add(envc) != 0 {
        envc += 1;
    }
    let auxv = envp.add(envc + 1);
    let mut auxc = 0;
    while *auxv.add(auxc) != 0 {
        auxc += 2;
    }
    *ARGS.0.get() = Args { argc, argv: argv as usize, envc, envp: envp as usize, auxc, auxv: auxv as usize };
    let m = crate::sched::proc::allocmblock();
    if m.is_null() {
        linux::write(2, b"fatal error: out of memory (first thread)\n");
        linux::exit(2);
    }
    (*m).g0sp
}

/// Whether the program runs with other rights than those of who started it (setuid, setgid, capabilities).
pub fn secure() -> bool {
    const AT_SECURE: usize = 23;
    auxval(AT_SECURE) != 0
}

fn auxval(tag: usize) -> usize {
    let a = args();
    let mut i = 0;
    while i < a.auxc {
        // SAFETY: inside the vector measured at start.
        unsafe {
            let p = (a.auxv as *const usize).add(i);
            if *p == tag {
                return *p.add(1);
            }
        }
        i += 2;
    }
    0
}

/// Second step, on the first M's system stack. Never returns.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn goxide_rt0_go() -> ! {
    super::cpu::init(getenv(b"GODEBUG").unwrap_or(b""));
    let ehdr = auxval(AT_SYSINFO_EHDR);
    if ehdr != 0 {
        linux::VDSO_CLOCK_GETTIME.store(vdso_sym(ehdr, b"__vdso_clock_gettime"), Relaxed);
    }
    let r = auxval(AT_RANDOM);
    rand::init(if r != 0 { core::ptr::read_unaligned(r as *const u64) } else { 0 });
    crate::sched::seeded::init();
    crate::sched::preempt::XSTATE_MAX.store(auxval(AT_MINSIGSTKSZ), Relaxed);
    SCHED.ncpu.store(linux::ncpu(), Relaxed);
    crate::sched::proc::schedinit();
    crate::sched::proc::mstart0()
}

/// Address of a function of the vDSO, 0 if it has none of that name. `base` is its ELF header, mapped as a whole.
unsafe fn vdso_sym(base: usize, name: &[u8]) -> usize {
    let rd = |a: usize, n: usize| -> usize {
        match n {
            2 => core::ptr::read_unaligned(a as *const u16) as usize,
            4 => core::ptr::read_unaligned(a as *const u32) as usize,
            _ => core::ptr::read_unaligned(a as *const usize),
        }
    };
    let phoff = rd(base + 32, 8);
    let phnum = rd(base + 56, 2);
    let (mut load, mut dynp) = (usize::MAX, 0);
    for i in 0..phnum {
        let ph = base + phoff + i * 56;
        match rd(ph, 4) {
            1 if load == usize::MAX => load = base + rd(ph + 8, 8) - rd(ph + 16, 8),
            2 => dynp = base + rd(ph + 8, 8),
            _ => {}
        }
    }
    if dynp == 0 || load == usize::MAX {
        return 0;
    }
    let (mut strtab, mut symtab, mut hash, mut gnuhash) = (0, 0, 0, 0);
    while rd(dynp, 8) != 0 {
        let v = rd(dynp + 8, 8) + load;
        match rd(dynp, 8) {
            5 => strtab = v,
            6 => symtab = v,
            4 => hash = v,
            0x6fff_fef5 => gnuhash = v,
            _ => {}
        }
        dynp += 16;
    }
    if strtab == 0 || symtab == 0 {
        return 0;
    }
    // Number of symbols: from the old hash table, else by walking the chains of the GNU one.
    let nsym = if hash != 0 {
        rd(hash + 4, 4)
    } else if gnuhash != 0 {
        let (nb, off, bloom) = (rd(gnuhash, 4), rd(gnuhash + 4, 4), rd(gnuhash + 8, 4));
        let buckets = gnuhash + 16 + bloom * 8;
        let chains = buckets + nb * 4;
        let mut max = 0;
        for i in 0..nb {
            max = max.max(rd(buckets + i * 4, 4));
        }
        if max < off {
            return 0;
        }
        while rd(chains + (max - off) * 4, 4) & 1 == 0 {
            max += 1;
        }
        max + 1
    } else {
        return 0;
    };
    for i in 0..nsym {
        let s = symtab + i * 24;
        if rd(s + 6, 2) != 0 && cstr((strtab + rd(s, 4)) as *const u8) == name {
            return load + rd(s + 8, 8);
        }
    }
    0
}
