// Atomic operations on nil pointers panic as other accesses do, while marking too.
package main

import (
	"fmt"
	"runtime"
	"sync/atomic"
	"unsafe"
)

var ops = map[string]func(*unsafe.Pointer){
	"store": func(p *unsafe.Pointer) { atomic.StorePointer(p, unsafe.Pointer(new(int))) },
	"swap":  func(p *unsafe.Pointer) { atomic.SwapPointer(p, nil) },
	"cas":   func(p *unsafe.Pointer) { atomic.CompareAndSwapPointer(p, nil, nil) },
	"load":  func(p *unsafe.Pointer) { atomic.LoadPointer(p) },
	"value": func(p *unsafe.Pointer) { (*atomic.Pointer[int])(unsafe.Pointer(p)).Store(new(int)) },
	"and":   func(p *unsafe.Pointer) { atomic.AndInt32((*int32)(unsafe.Pointer(p)), 1) },
}

func try(f func(*unsafe.Pointer)) (text string) {
	defer func() { text = fmt.Sprint(recover()) }()
	f(nil)
	return
}

func main() {
	stop := make(chan bool)
	go func() {
		for {
			select {
			case <-stop:
				return
			default:
				runtime.GC()
			}
		}
	}()
	bad := 0
	for range 2000 {
		for name, f := range ops {
			if t := try(f); t != "runtime error: invalid memory address or nil pointer dereference" {
				if bad++; bad < 10 {
					fmt.Println(name, t)
				}
			}
		}
	}
	close(stop)
	fmt.Println("bad:", bad)
}
