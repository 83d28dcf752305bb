// Slices made by appending: the first elements are in the frame while nobody else sees them, and move to the heap when the
// slice is given away. Values, capacities and numbers of allocations.
package main

import (
	"fmt"
	"testing"
)

type T struct{ a, b int }

var sink any
var sum int

//go:noinline
func use(x []int) {
	for _, v := range x {
		sum += v
	}
}

//go:noinline
func returned(n int) []int {
	var r []int
	for i := range n {
		r = append(r, i)
	}
	return r
}

//go:noinline
func withCap(n int) ([]byte, int) {
	var r []byte
	for i := range n {
		r = append(r, byte(i))
	}
	return r, cap(r)
}

//go:noinline
func pointers(n int, p *[]*T) {
	var r []*T
	for i := range n {
		r = append(r, &T{i, i})
	}
	*p = r
}

//go:noinline
func named(n int) (r []string, err error) {
	for i := range n {
		r = append(r, fmt.Sprint(i))
	}
	return
}

//go:noinline
func recovered(n int) (r []int) {
	defer func() { recover() }()
	for i := range n {
		r = append(r, i)
	}
	panic("x")
}

//go:noinline
func reset(n int) (out []int) {
	var r []int
	for i := range n {
		r = nil
		r = append(r, i)
		r = append(r, i+1)
		use(r)
	}
	out = r
	return out
}

//go:noinline
func kept(n int) [][]int {
	var all [][]int
	for i := range n {
		var r []int
		r = append(r, i)
		r = append(r, i*i)
		all = append(all, r)
	}
	return all
}

//go:noinline
func twice(n int) ([]int, []int) {
	var r []int
	for i := range n {
		r = append(r, i)
	}
	x := r
	r = append(r, 100)
	x = append(x, 200)
	return r, x
}

//go:noinline
func closed(n int) func() int {
	var r []int
	for i := range n {
		r = append(r, i)
	}
	return func() int { r = append(r, 1); return len(r) + r[0] }
}

//go:noinline
func element(n int) *int {
	var r []int
	for i := range n {
		r = append(r, i)
	}
	return &r[n-1]
}

//go:noinline
func method(n int) *T {
	var r []T
	for i := range n {
		r = append(r, T{i, i})
	}
	return r[n-1].self()
}

func (t *T) self() *T { return t }

//go:noinline
func overArray(n int) []int {
	var r [][2]int
	for i := range n {
		r = append(r, [2]int{i, i + 1})
	}
	return r[n-1][:]
}

//go:noinline
func ranged(n int) []int {
	var r []int
	for i := range n {
		r = append(r, i)
	}
	for _, v := range r {
		r = nil
		r = append(r, v+1)
	}
	return r
}

func seq(n int) func(func(int) bool) {
	return func(yield func(int) bool) {
		for i := range n {
			if !yield(i) {
				return
			}
		}
	}
}

//go:noinline
func iterated(n int) []int {
	var r []int
	for i := range seq(n) {
		r = append(r, i)
	}
	return r
}

//go:noinline
func jumped(n int) []int {
	var r, x []int
	i := 0
again:
	x = r
	r = append(r, i)
	i++
	if i < n {
		goto again
	}
	return append(x, r...)
}

//go:noinline
func clobber(n int) int {
	var a [64]int
	for i := range a {
		a[i] = 0x5555 + n
	}
	return a[n]
}

func same[E any](n int, v E) []E {
	var r []E
	for range n {
		r = append(r, v)
	}
	return r
}

func main() {
	for _, n := range []int{1, 2, 3, 4, 5, 9, 33} {
		r := returned(n)
		b, c := withCap(n)
		var p []*T
		pointers(n, &p)
		s, _ := named(n)
		rec, re, k, f := recovered(n), reset(n), kept(n), closed(n)
		t1, t2 := twice(n)
		e, m, o, g := element(n), method(n), overArray(n), ranged(n)
		it, j := iterated(n), jumped(n)
		x, y := same(n, "s"), same(n, T{n, 1})
		clobber(n)
		fmt.Println(r, b, c == cap(b), *p[n-1], s, rec, re, k, f(), f())
		fmt.Println(t1, t2, *e, *m, o, g, it, j, x, y, sum)
	}
	for _, n := range []int{0, 1, 3, 4, 32, 33, 64, 65} {
		fmt.Println(n,
			testing.AllocsPerRun(10, func() { sink = nil; _ = returned(n) }),
			testing.AllocsPerRun(10, func() { withCap(n) }),
			testing.AllocsPerRun(10, func() {
				var r []int64
				r = append(r, 1)
				for i := range min(n, 3) {
					r = append(r, int64(i))
				}
				sum += int(r[0])
			}))
	}
	hint := 8
	fmt.Println(testing.AllocsPerRun(10, func() { m := make(map[int]int, hint); m[1] = 2; sum += len(m) }))
	m := make(map[int]int, hint*4)
	for i := range 100 {
		m[i] = i
	}
	fmt.Println(len(m), m[77])
}
