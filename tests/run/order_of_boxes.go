// When values are evaluated that become interfaces or are compared as such, shown by which panic comes first.
package main

import "fmt"

func try(name string, f func()) {
	defer func() { fmt.Println(name, recover()) }()
	f()
}

//go:noinline
func id[T any](x T) T { return x }

type S struct {
	a int
	b []int
}

//go:noinline
func fa(a any, s S) {}

//go:noinline
func fb(a any, b int) {}

//go:noinline
func fc(b int, a any) {}

//go:noinline
func fd(a, b any) {}

//go:noinline
func fe(b int, a ...any) {}

var xs []int
var bs []byte
var bools []bool
var ss []string
var ps []*int
var i16 []int16
var st []S
var fs []float64
var es []struct{}
var s string
var a1 []any

func main() {
	try("a", func() { fa(int16(s[2]), S{xs[3], nil}) })
	try("b", func() { fa(xs[2], S{xs[3], nil}) })
	try("c", func() { fa(any(xs[2]), S{xs[3], nil}) })
	try("d", func() { fb(xs[2], xs[3]) })
	try("e", func() { fc(xs[2], xs[3]) })
	try("f", func() { fc(xs[2], bs[3]) })
	try("g", func() { fc(xs[2], bools[3]) })
	try("h", func() { fc(xs[2], ss[3]) })
	try("i", func() { fc(xs[2], ps[3]) })
	try("j", func() { fc(xs[2], i16[3]) })
	try("k", func() { fc(xs[2], st[3]) })
	try("l", func() { fc(xs[2], fs[3]) })
	try("m", func() { fc(xs[2], es[3]) })
	try("n", func() { fc(xs[2], a1[3]) })
	try("o", func() { fc(xs[2], any(bs[3])) })
	try("p", func() { fc(xs[2], s[3]) })
	try("q", func() { fd(bs[2], xs[3]) })
	try("r", func() { fd(ps[2], xs[3]) })
	try("s", func() { fe(xs[2], xs[3]) })
	try("t", func() { a := xs[2] + any(xs[3]).(int); fb(nil, a) })
	try("u", func() { a := xs[2] + int(any(bs[3]).(byte)); fb(nil, a) })
	try("v", func() { a := ps[2] == any(ps[3]).(*int); fb(a, 1) })
	try("w", func() { a := xs[2] == 1 && any(xs[3]) == nil; fb(a, 1) })
	try("x", func() { a := any(xs[2]) == any(xs[3]); fb(a, 1) })
	try("y", func() { a := a1[2] == xs[3]; fb(a, 1) })
	try("z", func() { a := xs[2] == a1[3]; fb(a, 1) })
	try("aa", func() { a := a1[2] == any(xs[3]); fb(a, 1) })
	try("ab", func() { a := a1[2] == any(ps[3]); fb(a, 1) })
}
