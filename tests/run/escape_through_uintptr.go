// A pointer computed by way of uintptr keeps what it points to.
package main

import (
	"fmt"
	"unsafe"
)

//go:noinline
func add2(p *byte, n uintptr) *byte {
	return (*byte)(unsafe.Pointer(uintptr(unsafe.Pointer(p)) + n))
}

//go:noinline
func f(v byte) *byte {
	var a [16]byte
	a[8] = v
	return add2(&a[0], 8)
}

//go:noinline
func clobber(n int) int {
	var b [64]int
	for i := range b {
		b[i] = n
	}
	if n > 0 {
		return clobber(n-1) + b[n%64]
	}
	return b[3]
}

func main() {
	p := f(42)
	clobber(20)
	fmt.Println(*p)
}
