//! Runtime functions of the `lang` folder: channels, select, the print builtins, and byte leaves.

use super::{Effects, RuntimeFn, row};

const N: Effects = Effects::NONE;
const PARKS: Effects = Effects::PARKS;
const NOSWITCH: Effects = Effects::NOSWITCH;

pub const ROWS: &[RuntimeFn] = &[
    // func makechan0(t *chantype, size int) *hchan: nil: panic(plainError("makechan: size out of range")).
    row("makechan0", 2, 1, N),
    // func chansend0(c *hchan, elem unsafe.Pointer, block bool) int: 0 not selected, 1 sent, 2 send on closed channel.
    row("chansend0", 3, 1, PARKS),
    // func chanrecv0(c *hchan, elem unsafe.Pointer, block bool) int: 0 not selected, 1 closed (elem cleared), 3 received.
    row("chanrecv0", 3, 1, PARKS),
    // func closechan0(c *hchan) int: 0 done, 1 nil channel, 2 closed already.
    row("closechan0", 1, 1, N),
    // func chanlen(c *hchan) int
    row("chanlen", 1, 1, N),
    // func chancap(c *hchan) int
    row("chancap", 1, 1, N),
    // func selectgo0(cas0 *scase, order0 *uint16, nsends, nrecvs int, block bool) int
    // -1: default; -2: call selectgo1 with the same arguments; else index | code<<32, code 0 received from a closed
    // channel, 1 done, 2 send on closed channel. scase is {c *hchan; elem unsafe.Pointer}; order0 has room for 2*n.
    row("selectgo0", 5, 1, PARKS),
    // func selectgo1(cas0 *scase, order0 *uint16, nsends, nrecvs int) int: as selectgo0, never -1 or -2.
    row("selectgo1", 4, 1, N),
    // func block0(): parks for ever.
    row("block0", 0, 0, PARKS),
    // The print builtins. Text is collected per goroutine between printlock and printunlock and written at once.
    // func printlock()
    row("printlock", 0, 0, N),
    // func printunlock()
    row("printunlock", 0, 0, N),
    // func printbool(v bool)
    row("printbool", 1, 0, N),
    // func printint(v int64)
    row("printint", 1, 0, N),
    // func printuint(v uint64)
    row("printuint", 1, 0, N),
    // func printhex(v uint64)
    row("printhex", 1, 0, N),
    // func printuintptr(v uintptr)
    row("printuintptr", 1, 0, N),
    // func printpointer(p unsafe.Pointer)
    row("printpointer", 1, 0, N),
    // func printfloat32(v float32)
    row("printfloat32", 1, 0, N),
    // func printfloat64(v float64)
    row("printfloat64", 1, 0, N),
    // func printcomplex64(re, im float32): the complex argument flattened.
    row("printcomplex64", 2, 0, N),
    // func printcomplex128(re, im float64)
    row("printcomplex128", 2, 0, N),
    // func printstring(s string)
    row("printstring", 2, 0, N),
    // func printslice(s []byte)
    row("printslice", 3, 0, N),
    // func printeface(e any)
    row("printeface", 2, 0, N),
    // func printiface(i iface)
    row("printiface", 2, 0, N),
    // func printsp()
    row("printsp", 0, 0, N),
    // func printnl()
    row("printnl", 0, 0, N),
    // Leaves in assembly.
    // func memmove(to, from unsafe.Pointer, n uintptr): overlap allowed; whole words when aligned.
    row("memmove", 3, 0, NOSWITCH),
    // func memclrNoHeapPointers(ptr unsafe.Pointer, n uintptr)
    row("memclrNoHeapPointers", 2, 0, NOSWITCH),
    // func memequal(a, b unsafe.Pointer, n uintptr) bool
    row("memequal", 3, 1, NOSWITCH),
    // func cmpstring(a, b string) int: -1, 0, 1.
    row("cmpstring", 4, 1, NOSWITCH),
];
