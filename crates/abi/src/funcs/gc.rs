//! Runtime functions of the `gc` folder: barriers in bulk, collection on request, finalizers, cleanups, weak pointers.

use super::{Effects, RuntimeFn, row};

const N: Effects = Effects::NONE;
const PARKS: Effects = Effects::PARKS;
const NOSWITCH: Effects = Effects::NOSWITCH;

pub const ROWS: &[RuntimeFn] = &[
    // func typedmemmove(typ *_type, dst, src unsafe.Pointer)
    row("typedmemmove", 3, 0, NOSWITCH),
    // func typedmemclr(typ *_type, ptr unsafe.Pointer)
    row("typedmemclr", 2, 0, NOSWITCH),
    // func typedmemclrpartial(typ *_type, ptr unsafe.Pointer, off, size uintptr)
    row("typedmemclrpartial", 4, 0, N),
    // func typedmemmovepartial(typ *_type, dst, src unsafe.Pointer, off, size uintptr): dst, src point at off already.
    row("typedmemmovepartial", 5, 0, N),
    // func typedslicecopy0(typ *_type, dst, src unsafe.Pointer, n int): n elements, may overlap; the Go side takes the minimum.
    row("typedslicecopy0", 4, 0, N),
    // func memclrHasPointers(ptr unsafe.Pointer, n uintptr): ptr and n are pointer aligned.
    row("memclrHasPointers", 2, 0, N),
    // func wbMove(typ *_type, dst, src unsafe.Pointer): barrier only.
    row("wbMove", 3, 0, Effects::NOPREEMPT),
    // func wbZero(typ *_type, dst unsafe.Pointer): barrier only.
    row("wbZero", 2, 0, Effects::NOPREEMPT),
    // func reflectcallmove0(typ *_type, dst, src unsafe.Pointer, size uintptr): barrier if typ has pointers, then memmove.
    row("reflectcallmove0", 4, 0, N),
    // func gcshade(p unsafe.Pointer): while marking, shade the object p points to.
    row("gcshade", 1, 0, N),
    // func gchelperwait() int: parks the collector's goroutine until a cycle is wanted; 0: call again.
    row("gchelperwait", 0, 1, PARKS),
    // func gcstw() int: 0: nothing to do; 1: the world is stopped and the caller runs the pool cleanup and calls gcbegin;
    // 2: call again (sweeping is being finished in portions).
    row("gcstw", 0, 1, PARKS),
    // func gcbegin(): starts marking and the world.
    row("gcbegin", 0, 0, N),
    // func gcenable0(): the helper goroutine exists; collection may start.
    row("gcenable0", 0, 0, N),
    // func gctarget() uint32: number of the cycle that has to be complete for runtime.GC to return.
    row("gctarget", 0, 1, N),
    // func gcwait(target uint32) int: 0: done and swept; else call again.
    row("gcwait", 1, 1, PARKS),
    // Of the tests (gc/inspect.rs), the first two with the world stopped. func pointermask(p unsafe.Pointer, out *byte, words int) int:
    // which words from p on are pointers; what memory p is in (0 other, 1 stack, 2 heap, 3 data, 4 bss).
    // func heapcount(out *[2 + 2*68]uint64): pages in spans, the same counted; by size class objects and their bytes.
    // func forcegcperiod() *int64: longest time between two cycles, in nanoseconds.
    row("pointermask", 3, 1, N),
    row("heapcount", 1, 0, N),
    row("forcegcperiod", 0, 1, N),
    // func parsebytes(p *byte, n int, out *int64) bool: the number that GOMEMLIMIT would be.
    row("parsebytes", 3, 1, N),
    // func setGCPercent(in int32) (out int32)
    row("setGCPercent", 1, 1, N),
    // func setMemoryLimit(in int64) (out int64)
    row("setMemoryLimit", 1, 1, N),
    // func addfinalizer(p unsafe.Pointer, fn *funcval, nret uintptr, fint *_type, ot *ptrtype) bool: false: has one already.
    // p is the base of its object (see findobject0).
    row("addfinalizer", 5, 1, N),
    // func removefinalizer(p unsafe.Pointer)
    row("removefinalizer", 1, 0, N),
    // func finget(out *[5]uintptr) int: 1: out = {arg, fn, nret, fint, ot}; 0: call again (it parked).
    row("finget", 1, 1, PARKS),
    // func addcleanup(p unsafe.Pointer, fn *funcval) uint64: id; fn is run once p's object is gone.
    row("addcleanup", 2, 1, N),
    // func setspecialcontext(p unsafe.Pointer, id uint64, typ string, fn uintptr): for GODEBUG=checkfinalizers=1 (gc/checkfin.rs).
    row("setspecialcontext", 5, 0, N),
    // func removecleanup(p uintptr, id uint64)
    row("removecleanup", 2, 0, N),
    // func cleanupget() *funcval: nil: call again (it parked).
    row("cleanupget", 0, 1, PARKS),
    // func finpending() uint64: finalizers and cleanups that are queued or running or whose object is dead and not yet queued.
    row("finpending", 0, 1, N),
    // Pointer atomics: while marking, shade *ptr and new as gcWriteBarrier does, then the locked operation; no preemption between.
    // func atomicstorep(ptr *unsafe.Pointer, new unsafe.Pointer)
    row("atomicstorep", 2, 0, NOSWITCH),
    // func atomicxchgp(ptr *unsafe.Pointer, new unsafe.Pointer) unsafe.Pointer
    row("atomicxchgp", 2, 1, NOSWITCH),
    // func atomiccasp(ptr *unsafe.Pointer, old, new unsafe.Pointer) bool
    row("atomiccasp", 3, 1, NOSWITCH),
    // func getOrAddWeakHandle(p unsafe.Pointer) unsafe.Pointer: nil: p is not a heap object.
    row("getOrAddWeakHandle", 1, 1, N),
    // func weakhandlestrong(h unsafe.Pointer) unsafe.Pointer
    row("weakhandlestrong", 1, 1, N),
];
