// The header of a map that does not outlive its function may be in the frame; what the map holds is not, and what is kept
// by a function that only looks at it through a hidden pointer is on the heap.
package main

import (
	"fmt"
	"runtime"
	"unique"
)

func sum(n int) int {
	m := make(map[int]*int, n)
	for i := range n {
		m[i*7] = new(i)
	}
	runtime.GC()
	total := 0
	for k, v := range m {
		total += k * *v
	}
	return total
}

type via struct{ s any }

//go:noinline
func handle(s string) unique.Handle[via] { return unique.Make(via{s}) }

//go:noinline
func clobber(n int) (r [64]int) {
	for i := range r {
		r[i] = n * i
	}
	return r
}

func main() {
	fmt.Println(sum(0), sum(3), sum(100), sum(1000))
	h := handle(fmt.Sprint("kept ", 1))
	clobber(3)
	runtime.GC()
	fmt.Println(h.Value().s, h == handle("kept 1"), h == handle("kept 2"))
}
