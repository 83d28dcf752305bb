// When a func value that calls lead to is evaluated.
package main

import "fmt"

func try(name string, f func()) {
	defer func() { fmt.Println(name, recover()) }()
	f()
}

//go:noinline
func id[T any](x T) T { return x }

//go:noinline
func boom(s string) int { panic(s) }

//go:noinline
func say(n int) int { fmt.Println("said", n); return n }

var fs []func(int)
var vs []func(...int)
var xs []int
var m = map[int]func(int){}
var st struct{ f []func(int) }
var pp *struct{ f func(int) }

//go:noinline
func getp() *struct{ f func(int) } { return pp }

func main() {
	try("a", func() { fs[id(1)](boom("arg")) })
	try("b", func() { fs[say(1)](say(2)) })
	try("c", func() { fs[say(1)](xs[say(2)]) })
	try("d", func() { vs[say(1)](xs[say(2)]) })
	try("e", func() { m[say(1)](xs[say(2)]) })
	try("f", func() { st.f[say(1)](xs[3]) })
	try("g", func() { getp().f(xs[3]) })
	try("h", func() { pp.f(xs[3]) })
	try("i", func() { pp.f(say(3)) })
	try("j", func() { getp().f(say(3)) })
	try("k", func() { fs[len(fs[say(0):])](xs[3]) })
}
