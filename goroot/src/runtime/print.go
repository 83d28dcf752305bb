package runtime

import "unsafe"

// The print builtins are Rust's: they collect text between printlock and printunlock and write it at once.

func printlock()
func printunlock()
func printbool(v bool)
func printint(v int64)
func printuint(v uint64)
func printhex(v uint64)
func printuintptr(v uintptr)
func printpointer(p unsafe.Pointer)
func printfloat32(v float32)
func printfloat64(v float64)
func printcomplex64(c complex64)
func printcomplex128(c complex128)
func printstring(s string)
func printslice(s []byte)
func printeface(e eface)
func printiface(i iface)
func printsp()
func printnl()

// printtext is all of a print statement whose arguments are constants.
//
//go:noinline
func printtext(s string) {
	printlock()
	printstring(s)
	printunlock()
}

func write1(fd uintptr, p unsafe.Pointer, n int32) int32

// write serves internal/godebug and others, by linkname.
//
//go:linkname write
func write(fd uintptr, p unsafe.Pointer, n int32) int32 { return write1(fd, p, n) }
