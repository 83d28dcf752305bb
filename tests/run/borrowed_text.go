// Conversions between text and bytes that only look at it copy nothing; what the program sees stays the same.
package main

import (
	"fmt"
	"strings"
	"testing"
)

//go:noinline
func text(n int) string { return strings.Repeat("x", n) }

func main() {
	s := text(100)
	fmt.Println(testing.AllocsPerRun(100, func() {
		for i, c := range []byte(s) {
			if c != s[i] {
				panic("text")
			}
		}
	}))
	b := []byte("0123456789")
	fmt.Println(testing.AllocsPerRun(100, func() {
		if r := "foo" + string(b); r != "foo0123456789" {
			panic(r)
		}
	}))
	n := 0
	for i, c := range []byte(s) {
		s = "changed"
		n += i + int(c)
	}
	fmt.Println(n, s)
	x := "a" + string(b) + string(b[2:4])
	y := string(b) + string(b[:0])
	for i := range b {
		b[i] = '-'
	}
	fmt.Println(x, y, string(b))
	for i, c := range []byte(text(2) + string(b[:1])) {
		fmt.Println(i, c)
	}
}
