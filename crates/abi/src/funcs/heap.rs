//! Runtime functions of the `heap` folder: allocation and memory numbers.

use super::{Effects, RuntimeFn, row};

const N: Effects = Effects::NONE;

pub const ROWS: &[RuntimeFn] = &[
    // Leaf for what the P's cache can serve at once; switches to the system stack itself for the rest.
    // func mallocgc(size uintptr, typ *_type, needzero bool) unsafe.Pointer
    // typ == nil or without pointers: noscan, and only then may needzero be false. Size 0 gives &zerobase.
    row("mallocgc", 3, 1, Effects::NOSWITCH),
    // func newobject(typ *_type) unsafe.Pointer
    row("newobject", 1, 1, Effects::NOSWITCH),
    // func growslice0(oldPtr unsafe.Pointer, newLen, oldCap, num int, et *_type) (p unsafe.Pointer, newcap int)
    // p == nil: panic(errorString("growslice: len out of range")). The Go wrapper adds newLen. Elements up to newLen-num
    // are copied; the rest of a noscan slice is cleared only from newLen on.
    row("growslice0", 5, 2, N),
    // func rawbytes(n uintptr) (p unsafe.Pointer, cap uintptr): noscan, rounded up to its size class, bytes n..cap cleared.
    row("rawbytes", 1, 2, N),
    // func roundupsize(size uintptr, noscan bool) uintptr
    row("roundupsize", 2, 1, Effects::PURE),
    // func persistentalloc(size, align uintptr) unsafe.Pointer: zeroed, never freed, not scanned.
    row("persistentalloc", 2, 1, N),
    // func findobject0(p unsafe.Pointer) (base unsafe.Pointer, size uintptr): base == nil if p is not in a live heap object.
    row("findobject0", 1, 2, N),
    // func intinyblock(p unsafe.Pointer) bool: the object p points into may hold several small ones.
    row("intinyblock", 1, 1, N),
    // func refersto(obj, lo unsafe.Pointer, n uintptr) bool: the object at obj, if it is one, holds a pointer into n bytes from lo.
    row("refersto", 3, 1, N),
    // func zerobase0() unsafe.Pointer: the address every zero-size allocation has.
    row("zerobase0", 0, 1, Effects::PURE),
    // func memstats0(m *MemStats): fills the exported struct completely; the world is stopped.
    row("memstats0", 1, 0, N),
    // func gcstats0(out *uint64, n int) int: runtime/debug.readGCStats's packed form; number of words written.
    row("gcstats0", 2, 1, N),
    // func heapmetrics0(m *heapMetrics): fills the struct (heap/stats.rs); the world runs.
    row("heapmetrics0", 1, 0, N),
    // func schedmetrics0(out *uint64, n int): what the scheduler measures; func timehist0(which int, out *uint64, n int): one of its
    // histograms (diag/schedstats.rs).
    row("schedmetrics0", 2, 0, N),
    row("timehist0", 3, 0, N),
    // func memprofinit(rate *int): where MemProfileRate is; sampling starts.
    row("memprofinit", 1, 0, N),
    // func memprofflush(all int): make visible what is due; with all also what is on its way.
    row("memprofflush", 1, 0, N),
    // func memprofnext(prev uintptr, out *[4]int64, pcs *uintptr, n int) uintptr: the record after prev (0: the first), 0 at the end.
    // out: size of an object, objects allocated and freed, number of pcs (return pcs of physical frames).
    row("memprofnext", 4, 1, N),
    // func scavengeall0(): return every free page to the system (after GC() in debug.FreeOSMemory).
    row("scavengeall0", 0, 0, N),
];
