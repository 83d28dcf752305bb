// What calls do to the objects that they are given: how often they allocate, and that what is kept is still there.
package main

import (
	"fmt"
	"math/big"
	"runtime"
	"slices"
	"testing"
	"unique"
)

type table struct{ a [40]byte }

// More arguments than registers: the last come in memory.
//
//go:noinline
func inMemory(a, b, c, d int, xs []int, t table) int {
	return a + b + c + d + xs[0] + int(t.a[1])
}

//go:noinline
func inMemoryKept(a, b, c, d int, p *int, t table) *int { return p }

var kept []*int

// Functions that only call what they are given; what that has captured may be kept all the same.
//
//go:noinline
func call(f func()) { f() }

type caller struct{ f func() }

//go:noinline
func (c *caller) call() { c.f() }

//go:noinline
func keepCaptured(n int) {
	p := new(int)
	*p = n
	call(func() { kept = append(kept, p) })
	q := new(int)
	*q = n + 1
	(&caller{func() { kept = append(kept, q) }}).call()
}

var handle unique.Handle[any]

//go:noinline
func keep(n int) { handle = unique.Make[any](fmt.Sprint("name ", n)) }

//go:noinline
func smash(n int) int {
	var a [64]int
	for i := range a {
		a[i] = n
	}
	if n == 0 {
		return a[3]
	}
	return smash(n-1) + a[n%64]
}

//go:noinline
func show(xs ...any) int { return len(xs) }

func count(name string, f func()) { fmt.Println(name, testing.AllocsPerRun(100, f)) }

func main() {
	x := big.NewInt(5)
	count("NewInt", func() { x.Add(x, big.NewInt(7)) })
	count("Insert", func() {
		s := []int{1, 2, 3}
		for range 50 {
			s = slices.Insert(s, 0, 1)
		}
	})
	count("Callers", func() {
		var pcs [8]uintptr
		runtime.Callers(0, pcs[:])
	})
	n, s := 2000, "text"
	count("constants", func() { show(n, s) })
	count("loop", func() {
		for i := range 10 {
			if inMemory(i, 1, 2, 3, []int{i}, table{}) != 2*i+6 {
				panic("sum")
			}
		}
	})
	bytes := make([]byte, 100)
	count("Make", func() { unique.Make(string(bytes)) })
	for i := range 3 {
		y := i
		kept = append(kept, inMemoryKept(0, 0, 0, 0, &y, table{}))
	}
	keep(1)
	keepCaptured(3)
	smash(10)
	for _, p := range kept {
		fmt.Println(*p)
	}
	fmt.Println(handle.Value())
	zero := 0
	defer func() { fmt.Println(recover()) }()
	func() { fmt.Println(1 / zero) }()
}
