// The order of evaluation of literals among arguments, shown by which panic comes first.
package main

import "fmt"

func try(name string, f func()) {
	defer func() { fmt.Println(name, recover()) }()
	f()
}

//go:noinline
func id[T any](x T) T { return x }

type S2 struct {
	a any
	b int
}

//go:noinline
func f4(a [1]map[string]float32, b []func(int64) int8, c []uint64, d S2) {}

//go:noinline
func f2(b []func(int64) int8, c []uint64) {}

//go:noinline
func f2i(b []int, c []uint64) {}

//go:noinline
func fi(b int, c []uint64) {}

var xs []int
var us []uint64
var fs []func(int64) int8

func main() {
	try("a", func() {
		f4([1]map[string]float32{}, []func(int64) int8{make([]func(int64) int8, 0, 2)[(int(-1))&3], func(v252 int64) int8 { return int8(127) }}, []uint64{[]uint64{uint64(31)}[2]}, S2{})
	})
	try("b", func() {
		f2([]func(int64) int8{make([]func(int64) int8, 0, 2)[(int(-1))&3], func(v252 int64) int8 { return int8(127) }}, []uint64{[]uint64{uint64(31)}[2]})
	})
	try("c", func() { f2([]func(int64) int8{fs[3]}, []uint64{us[2]}) })
	try("d", func() { f2i([]int{xs[3]}, []uint64{us[2]}) })
	try("e", func() { fi(xs[3], []uint64{us[2]}) })
	try("f", func() { f2i([]int{xs[3], xs[4]}, []uint64{us[2]}) })
	try("g", func() { f2i(xs[3:], []uint64{us[2]}) })
	try("h", func() { fi([]int{xs[3]}[0], []uint64{us[2]}) })
	try("i", func() { f2i([]int{1, xs[3]}, []uint64{us[2], 1}) })
	try("j", func() { f2([]func(int64) int8{fs[3], nil}, []uint64{us[2]}) })
	try("k", func() { f2([]func(int64) int8{fs[3], func(int64) int8 { return 1 }}, []uint64{us[2]}) })
	try("l", func() { f2i([]int{1, xs[3]}, []uint64{us[2]}) })
	try("m", func() { f4([1]map[string]float32{}, fs, []uint64{us[2]}, S2{xs[4], 1}) })
	try("n", func() { f4([1]map[string]float32{}, fs, nil, S2{xs[4], xs[5]}) })
	try("o", func() { f4([1]map[string]float32{nil}, []func(int64) int8{fs[3]}, us, S2{1, xs[5]}) })
	try("p", func() { fi([]int{1, 2}[id(3)], []uint64{us[2]}) })
	try("q", func() { fi([2]int{xs[4], 2}[id(1)], []uint64{us[2]}) })
	try("r", func() { fi(S2{1, xs[4]}.b, []uint64{us[2]}) })
	try("s", func() { fi((&S2{1, xs[4]}).b, []uint64{us[2]}) })
	try("t", func() { fi(map[int]int{1: xs[4]}[1], []uint64{us[2]}) })
}
