//! `debug.WriteHeapDump`: everything in memory, in the format of <https://golang.org/s/go15heapdump> (version 1.7).
//!
//! Types are not named: what a word points to says more than the type of the object it lies in, and gc's own dump names
//! the types of itabs only. Of stack frames, the words that look like pointers into the heap count as pointers.

use super::symtab;
use super::traceback::Unwinder;
use crate::gc::{inspect, mark, roots};
use crate::heap::mheap::MHEAP;
use crate::sched::runtime2::{status::*, *};
use crate::sys::linux;
use core::sync::atomic::Ordering::*;

mod tag {
    pub const EOF: u64 = 0;
    pub const OBJECT: u64 = 1;
    pub const GOROUTINE: u64 = 4;
    pub const STACK_FRAME: u64 = 5;
    pub const PARAMS: u64 = 6;
    pub const ITAB: u64 = 8;
    pub const OS_THREAD: u64 = 9;
    pub const MEM_STATS: u64 = 10;
    pub const DATA: u64 = 12;
    pub const BSS: u64 = 13;
}

/// Kinds of fields.
const END: u64 = 0;
const PTR: u64 = 1;

struct Dump {
    fd: usize,
    n: usize,
    buf: [u8; 4096],
}

impl Dump {
    fn flush(&mut self) {
        write_all(self.fd, &self.buf[..self.n]);
        self.n = 0;
    }

    fn bytes(&mut self, b: &[u8]) {
        if self.n + b.len() > self.buf.len() {
            self.flush();
            if b.len() > self.buf.len() {
                return write_all(self.fd, b);
            }
        }
        self.buf[self.n..self.n + b.len()].copy_from_slice(b);
        self.n += b.len();
    }

    /// A number, as varint.
    fn int(&mut self, mut v: u64) {
        let (mut out, mut n) = ([0u8; 10], 0);
        while v >= 0x80 {
            out[n] = v as u8 | 0x80;
            v >>= 7;
            n += 1;
        }
        out[n] = v as u8;
        self.bytes(&out[..=n]);
    }

    fn ints(&mut self, v: &[u64]) {
        v.iter().for_each(|&x| self.int(x));
    }

    fn str(&mut self, s: &str) {
        self.int(s.len() as u64);
        self.bytes(s.as_bytes());
    }

    /// Memory: its length and content.
    unsafe fn memory(&mut self, at: usize, len: usize) {
        self.int(len as u64);
        self.bytes(core::slice::from_raw_parts(at as *const u8, len));
    }
}

fn write_all(fd: usize, mut b: &[u8]) {
    const EINTR: isize = -4;
    while !b.is_empty() {
        // SAFETY: write(2) of a slice.
        let r = unsafe { linux::syscall3(linux::SYS_WRITE, fd, b.as_ptr() as usize, b.len()) };
        match r {
            EINTR => {}
            n if n > 0 => b = &b[n as usize..],
            // As gc, which does not look at the result either: there is nobody to tell.
            _ => return,
        }
    }
}

/// Row `writeheapdump`.
///
/// # Safety
/// World stopped.
#[unsafe(export_name = "rt.writeheapdump")]
unsafe extern "C" fn writeheapdump(fd: usize, stats: *const u64, nstats: usize) {
    let mut d = Dump { fd, n: 0, buf: [0; 4096] };
    d.bytes(b"go1.7 heap dump\n");
    params(&mut d);
    itabs(&mut d);
    objects(&mut d);
    goroutines(&mut d);
    threads(&mut d);
    data(&mut d);
    d.int(tag::MEM_STATS);
    d.ints(core::slice::from_raw_parts(stats, nstats));
    d.int(tag::EOF);
    d.flush();
}

fn params(d: &mut Dump) {
    let (base, limit) = (MHEAP.base() as u64, MHEAP.limit.load(Relaxed) as u64);
    // Little-endian, words of 8 bytes.
    d.ints(&[tag::PARAMS, 0, 8, base, base + limit]);
    d.str("amd64");
    d.str("");
    d.int(SCHED.ncpu.load(Relaxed) as u64);
}

unsafe fn itabs(d: &mut Dump) {
    let md = symtab::moduledata();
    for i in 0..md.itablinks.len as usize {
        let tab = *(md.itablinks.ptr as *const usize).add(i);
        // An itab's second word is its type.
        d.ints(&[tag::ITAB, tab as u64, *((tab + 8) as *const u64)]);
    }
}

unsafe fn objects(d: &mut Dump) {
    inspect::settle();
    inspect::each_span(|s| {
        for i in 0..(*s).nelems as usize {
            if !(*s).is_allocated(i) {
                continue;
            }
            let b = (*s).obj_base(i);
            d.ints(&[tag::OBJECT, b as u64]);
            d.memory(b, (*s).elemsize);
            if !(*s).noscan() {
                mark::each_slot(b, |slot| d.ints(&[PTR, (slot - b) as u64]));
            }
            d.int(END);
        }
    });
}

unsafe fn goroutines(d: &mut Dump) {
    for i in 0..allglen() {
        let gp = allg(i);
        let s = (*gp).status.load(Relaxed) & !GSCAN;
        if s == GDEAD || s == GIDLE {
            continue;
        }
        let sp = if s == GSYSCALL { (*gp).syscall.sp } else { (*gp).sched.sp };
        d.ints(&[tag::GOROUTINE, gp as u64, sp as u64, (*gp).goid, (*gp).gopc as u64, s as u64]);
        d.ints(&[(*gp).system as u64, 0, (*gp).waitsince as u64]);
        d.str(if s == GWAITING { (*gp).waitreason.text() } else { "" });
        // Context, thread, deferred calls, panics.
        d.ints(&[0, (*gp).m as u64, 0, (*gp).panic as u64]);
        frames(d, gp, sp);
    }
}

unsafe fn frames(d: &mut Dump, gp: *mut G, sp: usize) {
    let (mut lo, mut child) = (sp, 0u64);
    for (depth, f) in Unwinder::new(gp).enumerate() {
        let Some(l) = symtab::find(f.lookup()) else { return };
        // On the next segment a frame begins anew.
        let hi = f.bp + 16;
        let len = if (lo..=segment_end(gp, lo)).contains(&hi) { hi - lo } else { 0 };
        d.ints(&[tag::STACK_FRAME, lo as u64, depth as u64, child]);
        d.memory(lo, len);
        d.ints(&[l.entry() as u64, f.pc as u64, f.pc as u64]);
        d.str(l.f.name());
        for at in (lo..lo + len).step_by(8) {
            if MHEAP.in_heap(*(at as *const usize)) {
                d.ints(&[PTR, (at - lo) as u64]);
            }
        }
        d.int(END);
        child = lo as u64;
        lo = hi;
    }
}

/// The end of the stack segment of `gp` that holds `p`; 0: none does.
unsafe fn segment_end(gp: *mut G, p: usize) -> usize {
    let mut s = (*gp).seg;
    while !s.is_null() {
        if p > s as usize && p < (*s).hi {
            return (*s).hi;
        }
        s = (*s).prev;
    }
    0
}

unsafe fn threads(d: &mut Dump) {
    let mut m = SCHED.allm.load(Acquire);
    while !m.is_null() {
        d.ints(&[tag::OS_THREAD, m as u64, (*m).id as u64, (*m).tid as u64]);
        m = (*m).alllink;
    }
}

unsafe fn data(d: &mut Dump) {
    for (s, tag) in roots::sections().into_iter().zip([tag::DATA, tag::BSS]) {
        d.ints(&[tag, s.lo as u64]);
        d.memory(s.lo, s.hi - s.lo);
        mark::each_masked_slot(s.lo, s.mask, (s.hi - s.lo) / 8, |slot| d.ints(&[PTR, (slot - s.lo) as u64]));
        d.int(END);
    }
}
