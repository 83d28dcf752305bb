// The order of evaluation around lookups in maps and variadic calls, shown by which panic comes first.
package main

import (
	"fmt"
	"io"
)

type t struct{}

func (t) f(int)    {}
func (t) v(...int) {}

var ts []t
var ws []io.Writer

func try(name string, f func()) {
	defer func() { fmt.Println(name, recover()) }()
	f()
}

//go:noinline
func id[T any](x T) T { return x }

//go:noinline
func boom(s string) int { panic(s) }

var xs []int
var m = map[int]int{1: 2}
var ms []map[int]int
var mk = map[any]int{}
var st = map[[2]int]int{}
var ss = map[string]int{}
var strs []string
var zero int
var isink int
var bsink bool
var np *int
var fn any = func() {}

func main() {
	try("key", func() { isink = xs[5] + m[1/zero] })
	try("map", func() { isink = xs[5] + ms[3][1] })
	try("map and key", func() { isink = xs[5] + ms[3][1/zero] })
	try("key first", func() { isink = m[1/zero] + xs[5] })
	try("compare", func() { bsink = *np == m[xs[3]] })
	try("call after", func() { isink = m[1/zero] + boom("called") })
	try("and", func() { bsink = *np == 0 && m[1/zero] == 0 })
	try("and left", func() { bsink = m[1/zero] == *np && *np == 0 })
	try("nested", func() { isink = xs[5] + m[m[1/zero]] })
	try("interface key", func() { isink = xs[5] + mk[fn] })
	try("interface key computed", func() { isink = xs[5] + mk[xs[7]] })
	try("array key", func() { isink = xs[5] + st[[2]int{1, xs[7]}] })
	try("string key", func() { isink = xs[5] + ss[strs[4]] })
	try("string key sliced", func() { isink = xs[5] + ss["abc"[id(2):id(1)]] })
	try("argument", func() { fmt.Sprint(xs[5], m[1/zero]) })
	try("arguments", func() { isink = id(xs[5]) + id(m[1/zero]) })
	try("index", func() { isink = xs[xs[5]] + xs[m[1/zero]] })
	try("ok form", func() { isink, bsink = m[xs[4]] })
	try("return", func() { f := func() (int, int) { return xs[5], m[1/zero] }; f() })
	try("if", func() {
		if xs[5] > m[1/zero] {
			isink++
		}
	})
	try("switch", func() {
		switch xs[5] + m[1/zero] {
		case 1:
		}
	})
	try("assign", func() { xs[5] = m[1/zero] })
	try("assign two", func() { isink, bsink = xs[5], m[1/zero] == 1 })
	try("op assign", func() { xs[5] += m[1/zero] })
	try("send", func() { c := make(chan int, 1); c <- xs[5] + m[1/zero] })
	try("literal", func() { _ = []int{xs[5], m[1/zero]} })
	try("struct literal", func() { _ = struct{ a, b int }{xs[5], m[1/zero]} })
	try("div", func() { isink = xs[5] / m[1/zero] })
	try("shift", func() { isink = xs[5] << uint(m[1/zero]) })
	try("not", func() { bsink = !(xs[5] == m[1/zero]) })
	try("fixed and variadic", func() { _ = fmt.Sprintf(strs[5], xs[7]) })
	try("fixed and variadic lookup", func() { _ = fmt.Sprintf(strs[5], m[1/zero]) })
	try("fixed lookup and variadic", func() { _ = fmt.Sprintf(strs[m[1/zero]], xs[7]) })
	try("two fixed, variadic", func() { _, _ = fmt.Fprintf(ws[4], strs[5], 1, xs[7]) })
	try("fixed call and variadic", func() { _ = fmt.Sprintf(id(strs[5]), xs[7]) })
	try("receiver", func() { ts[3].f(xs[7]) })
	try("receiver and variadic", func() { ts[3].v(xs[7]) })
	try("slice of slices", func() { _ = fmt.Sprint(append(xs, xs[4]), m[1/zero]) })
	try("return conversion", func() { f := func() (any, any) { return xs[5], m[1/zero] }; f() })
	try("range", func() {
		for range xs[5] + m[1/zero] {
		}
	})
}
