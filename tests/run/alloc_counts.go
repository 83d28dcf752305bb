// What does not outlive its frame is not allocated: boxed integers, slices of unknown small size, variadic arguments,
// closures, what is hidden from escape analysis, recursion; and `append(s, make([]T, n)...)` makes one slice.
package main

import (
	"fmt"
	"strings"
	"testing"
)

type shape interface{ area() int }
type square struct{ side int }

func (s square) area() int { return s.side * s.side }

//go:noinline
func look(args ...any) int {
	n := 0
	for _, a := range args {
		if v, ok := a.(int); ok {
			n += v
		}
	}
	return n
}

//go:noinline
func small(n int) int {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(i)
	}
	t := 0
	for _, x := range b {
		t += int(x)
	}
	return t
}

// Each passes its argument on to the other; none keeps it.
func even(p *int, n int) bool {
	if n == 0 {
		return *p == 0
	}
	return odd(p, n-1)
}
func odd(p *int, n int) bool {
	if n == 0 {
		return *p != 0
	}
	return even(p, n-1)
}

type list struct {
	next *list
	val  *int
}

// The variable is assigned in a loop before any closure captures it, so closures copy it.
func capture(n int) func() int {
	x := 0
	for i := 0; i < n; i++ {
		x += i
	}
	f := func() int { return x }
	return f
}

// All of these are different variables, and later assignments are seen.
func captures() (r []int) {
	var fs []func() int
	for i := 0; i < 3; i++ {
		fs = append(fs, func() int { i += 10; return i })
	}
	y := 1
	g := func() int { return y }
	y = 2
	for _, f := range fs {
		r = append(r, f(), f())
	}
	return append(r, g())
}

var sink any

func main() {
	check := func(name string, want float64, f func()) {
		if n := testing.AllocsPerRun(100, f); n > want {
			fmt.Println(name, "allocates", n)
		}
	}
	big := 1 << 40
	check("boxed", 0, func() { look(big, big+1, 1000) })
	check("small make", 0, func() { small(20 + big&1) })
	check("builder", 1, func() {
		var b strings.Builder
		b.Grow(40)
		b.WriteString("hello")
		if b.String() != "hello" {
			panic("builder")
		}
	})
	check("append of make", 1, func() {
		s := append([]int(nil), make([]int, 100+big&1)...)
		if len(s) < 100 {
			panic("append")
		}
	})
	check("recursion", 0, func() {
		x := big
		even(&x, 11)
	})
	check("method value", 0, func() {
		s := square{big & 3}
		f := s.area
		var i shape = s
		if f() != i.area() {
			panic("area")
		}
	})
	fmt.Println(small(5), small(32), small(33), small(1000))
	fmt.Println(capture(5)(), captures())
	defer func() { fmt.Println(recover()) }()
	n := -1 + big&1
	sink = append([]int(nil), make([]int, n)...)
}

// Type parameters: what they hold is kept by copies, maps and appended slices.
func clone[S ~[]E, E any](s S) S { return append(S(nil), s...) }
func put[M ~map[K]V, K comparable, V any](m M, k K, v V) {
	m[k] = v
}

//go:noinline
func clones() []*int {
	x, y := 7, 8
	return clone([]*int{&x, &y})
}

//go:noinline
func keys(b []byte) map[string]int {
	m := map[string]int{}
	put(m, string(b), 1)
	return m
}

func init() {
	c := clones()
	b := []byte("key")
	m := keys(b)
	copy(b, "xyz")
	small(100)
	fmt.Println(*c[0], *c[1], m)
}
