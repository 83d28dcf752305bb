// Texts of run-time panics, as the values recovered and as errors.
package main

import (
	"errors"
	"fmt"
	"runtime"
	"unsafe"
)

type T struct{ a, b int }
type I interface{ M() }
type J interface{ N() }
type P struct{}

func (P) M() {}

type V struct{ x int }

func (v V) M() { _ = v.x }

func try(name string, f func()) {
	defer func() {
		r := recover()
		re, isRuntime := r.(runtime.Error)
		e, isErr := r.(error)
		fmt.Printf("%s: %v | %T runtime=%v err=%v\n", name, r, r, isRuntime, isErr)
		if isErr {
			var re2 runtime.Error
			fmt.Println("   as:", errors.As(e, &re2), re != nil)
		}
	}()
	f()
}

//go:noinline
func id[X any](x X) X { return x }

func main() {
	s := []int{1, 2, 3}
	str := "hello"
	arr := [4]int{}
	n, neg := id(5), id(-1)
	u8 := id(uint8(200))
	u64 := id(uint64(1 << 63))
	try("index", func() { _ = s[n] })
	try("index neg", func() { _ = s[neg] })
	try("index u8", func() { _ = s[u8] })
	try("index u64", func() { _ = s[u64] })
	try("index string", func() { _ = str[n+1] })
	try("index array", func() { _ = arr[n] })
	try("slice hi", func() { _ = s[:n] })
	try("slice hi string", func() { _ = str[:n+1] })
	try("slice hi array", func() { _ = arr[:n] })
	try("slice lo hi", func() { _ = s[n-2 : id(2)] })
	try("slice neg", func() { _ = s[neg:] })
	try("slice string lo", func() { _ = str[n+2:] })
	try("slice3 max", func() { _ = s[0:1:n] })
	try("slice3 hi", func() { _ = s[0:id(3):id(2)] })
	try("slice3 lo", func() { _ = s[id(2):id(1):id(3)] })
	try("to array", func() { _ = [4]int(s) })
	try("to array pointer", func() { _ = (*[5]int)(s) })
	try("divide", func() { _ = 1 / id(0) })
	try("mod", func() { _ = id(7) % id(0) })
	try("divide u8", func() { _ = u8 / id(uint8(0)) })
	try("shift", func() { _ = 1 << neg })
	try("nil map", func() { var m map[string]int; m["a"] = 1 })
	try("nil pointer", func() { var p *T; _ = id(p).b })
	try("nil pointer store", func() { var p *T; id(p).a = 1 })
	try("nil func", func() { var f func(); id(f)() })
	try("nil interface call", func() { var i I; id(i).M() })
	try("nil receiver wrapper", func() { var i I = (*V)(nil); i.M() })
	try("makeslice len", func() { _ = make([]int, neg) })
	try("makeslice cap", func() { _ = make([]int, 1, id(0)) })
	try("makechan", func() { _ = make(chan int, neg) })
	try("close nil", func() { var c chan int; close(c) })
	try("close closed", func() { c := make(chan int); close(c); close(c) })
	try("send closed", func() { c := make(chan int); close(c); c <- 1 })
	try("send closed select", func() {
		c := make(chan int)
		close(c)
		select {
		case c <- 1:
		case <-make(chan int):
		}
	})
	var e any = "str"
	var ni any
	var im I = P{}
	try("e.(int)", func() { _ = e.(int) })
	try("nil.(int)", func() { _ = ni.(int) })
	try("nil.(I)", func() { _ = ni.(I) })
	try("e.(I)", func() { _ = e.(I) })
	try("im.(J)", func() { _ = im.(J) })
	try("im.(V)", func() { _ = im.(V) })
	try("P any.(J)", func() { _ = any(P{}).(J) })
	try("local types", func() {
		type T int
		var x any = T(1)
		func() {
			type T int
			_ = x.(T)
		}()
	})
	try("hash", func() { m := map[any]int{}; m[[]int{1}] = 2 })
	try("hash read", func() { m := map[any]int{}; _ = m[func() {}] })
	try("hash struct", func() { m := map[any]int{}; m[struct{ f func() }{}] = 2 })
	try("compare", func() { var a, b any = []int{}, []int{}; fmt.Println(a == b) })
	try("compare map in struct", func() {
		type S struct{ m map[int]int }
		var a, b any = S{}, S{}
		fmt.Println(a == b)
	})
	try("panic nil", func() { panic(nil) })
	try("panic error", func() { panic(errors.New("mine")) })
	try("panic string", func() { panic("text") })
	try("panic int", func() { panic(42) })
	try("unsafe.Slice", func() { var p *int; _ = unsafe.Slice(p, n) })
	try("unsafe.Slice neg", func() { x := 1; _ = unsafe.Slice(&x, neg) })
	try("unsafe.String", func() { var p *byte; _ = unsafe.String(p, n) })
	try("array nil", func() { var p *[10]int; _ = id(p)[n] })
	try("range nil array", func() {
		var p *[3]int
		for _, v := range id(p) {
			_ = v
		}
	})
	try("no panic", func() {})
}
