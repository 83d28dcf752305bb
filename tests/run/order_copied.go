// Operations that gc evaluates in order with calls although they call nothing: len, cap, complex parts, slices,
// assertions, conversions to slices.
package main

import (
	"fmt"
	"os"
)

//go:noinline
func show(args ...any) { fmt.Println(args...) }

func main() {
	x := make([]int, 1, 4)
	var i any = 7
	z := 1i
	s := "abc"
	f := func() int {
		x, i, z, s = make([]int, 3), "other", 3i, "defg"
		return 2
	}
	if len(os.Args) > 5 {
		f = nil
	}
	reset := func() { x, i, z, s = make([]int, 1, 4), 7, 1i, "abc" }
	show(len(x), cap(x), f(), len(x), cap(x))
	reset()
	show(real(z), imag(z), f(), imag(z))
	reset()
	show(i.(int), f(), i.(string))
	reset()
	show(s[1:], f(), s[1:])
	reset()
	show([]byte(s), f(), []byte(s))
	reset()
	a, b, c := len(x)+1, f(), len(x)+1
	show(a, b, c)
	reset()
	show(x[:1:1], f(), cap(x[:1:1]))
	n := 1
	g := func() int { n = 7; return 2 }
	p, q, r := n, g(), n
	show(p, q, r)
	n = 1
	p, q, r = min(n, 9), g(), max(n, 1)
	show(p, q, r)
}
