// runtime.KeepAlive several times in a row: each counts.
package main

import (
	"fmt"
	"runtime"
	"sync/atomic"
	"time"
	"unsafe"
)

type object struct{ n [4]int }

var gone atomic.Int32

//go:noinline
func made() *object {
	o := new(object)
	runtime.SetFinalizer(o, func(*object) { gone.Add(1) })
	return o
}

//go:noinline
func address(o *object) uintptr {
	return uintptr(o.n[0])
}

func collect() {
	for range 5 {
		runtime.GC()
		time.Sleep(2 * time.Millisecond)
	}
}

//go:noinline
func keep() {
	a, b, c, d := made(), made(), made(), made()
	sum := address(a) + address(b) + address(c) + address(d)
	collect()
	fmt.Println(sum, gone.Load())
	runtime.KeepAlive(a)
	runtime.KeepAlive(b)
	runtime.KeepAlive(c)
	runtime.KeepAlive(d)
}

//go:uintptrescapes
//go:noinline
func passed(rest ...uintptr) int32 {
	collect()
	return gone.Load()
}

//go:noinline
func pointer() unsafe.Pointer { return unsafe.Pointer(made()) }

func main() {
	keep()
	for gone.Load() != 4 {
		collect()
	}
	fmt.Println("all gone")
	gone.Store(0)
	fmt.Println(passed(uintptr(pointer()), uintptr(pointer()), uintptr(pointer()), uintptr(pointer())))
}
