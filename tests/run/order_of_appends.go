// The order in which an append evaluates what it is given, shown by which panic comes first.
package main

import "fmt"

//go:noinline
func id[T any](x T) T { return x }

func try(name string, f func()) {
	defer func() { fmt.Println(name, recover()) }()
	f()
}

var xs []int
var ys = []int{1, 2}
var ps *struct{ f int }
var zero int
var sink []any
var isink []int
var nest [][]int
var m = map[any]int{}
var fn any = func() {}

func main() {
	try("boxed before place", func() { sink = append(make([]any, 2, 3), make([]any, 0)[3], any(xs[1])) })
	try("implicit box before place", func() { sink = append(sink, make([]any, 0)[3], xs[1]) })
	try("arith before place", func() { isink = append(isink, xs[4], 1/zero) })
	try("arith inside place first", func() { isink = append(isink, xs[4], ys[1/zero]) })
	try("places in order", func() { isink = append(isink, xs[4], ps.f) })
	try("places in order 2", func() { isink = append(isink, ps.f, xs[4]) })
	try("slice last", func() { isink = append(nest[7], xs[4]) })
	try("slice's index first", func() { isink = append(nest[1/zero], xs[4]) })
	try("slice's index before arith", func() { isink = append(nest[xs[3]], 1/zero) })
	try("map index", func() { isink = append(isink, xs[4], m[fn]) })
	try("map index in place", func() { isink = append(isink, xs[4], ys[m[fn]]) })
	try("conversion", func() { isink = append(isink, xs[4], int(int8(ys[7]))) })
	try("deref", func() { isink = append(isink, xs[4], *(*int)(nil)) })
	try("deref first", func() { isink = append(isink, *(*int)(nil), -xs[4]) })
	try("slice expr", func() { nest = append(nest, nest[4], ys[3:9]) })
	try("call", func() { isink = append(isink, xs[4], id(ys[5])) })
	try("literal", func() { nest = append(nest, nest[4], []int{ys[6]}) })
	try("struct field", func() { isink = append(isink, xs[4], struct{ a, b int }{1, ys[8]}.b) })
	try("one box", func() { sink = append(sink, xs[4]) })
	try("string index", func() { isink = append(isink, xs[4], int("abc"[id(5)])) })
}
