// When the func value of a call is evaluated, shown by which panic comes first.
package main

import "fmt"

func try(name string, f func()) {
	defer func() { fmt.Println(name, recover()) }()
	f()
}

//go:noinline
func id[T any](x T) T { return x }

var fs []func(int)
var vs []func(...int)
var xs []int

func main() {
	try("a", func() { fs[1](xs[3]) })
	try("b", func() { fs[id(1)](xs[3]) })
	try("c", func() { fs[id(1)](xs[id(3)]) })
	try("d", func() { fs[1](xs[id(3)]) })
	try("e", func() { fs[0:][1](xs[3]) })
	try("f", func() { fs[0:][1](xs[id(3)]) })
	try("g", func() { fs[0:][id(1)](xs[id(3)]) })
	try("h", func() { vs[1](xs[3]) })
	try("i", func() { vs[1](xs[id(3)]) })
	try("j", func() { fs[1]([]int{xs[3]}[0]) })
	try("k", func() { fs[1](map[int]int{}[xs[3]]) })
	try("l", func() { fs[0:][id(1)](xs[(func(int) int { return 3 })(4)]) })
	try("m", func() {
		if ([]func(uint16) bool(nil)[0:][((-(id(int(-1)))))&3])([]uint16(nil)[((func(v190 uint32) uint8 { return uint8(255) })(uint32(65535)))%4]) {
		}
	})
	try("n", func() {
		if ([]func(uint16) bool(nil)[0:][((-(id(int(-1)))))&3])([]uint16(nil)[3]) {
		}
	})
	try("o", func() {
		([]func(uint16) bool(nil)[0:][((-(id(int(-1)))))&3])([]uint16(nil)[((func(v190 uint32) uint8 { return uint8(255) })(uint32(65535)))%4])
	})
	try("p", func() {
		([]func(uint16) bool(nil)[0:][((-(id(int(-1)))))&3])([]uint16(nil)[id(3)])
	})
	try("q", func() {
		([]func(uint16) bool(nil)[((-(id(int(-1)))))&3])([]uint16(nil)[id(3)])
	})
}
