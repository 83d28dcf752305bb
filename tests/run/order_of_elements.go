// The order of evaluation of elements of literals, shown by which panic comes first.
package main

import "fmt"

func try(name string, f func()) {
	defer func() { fmt.Println(name, recover()) }()
	f()
}

var xs, ys []int
var sink int

//go:noinline
func use(a, b int) { sink = a + b }

func main() {
	try("a", func() { a, b := make([]int, 2, 2)[2], []int{}[0]; a, b = b, a; use(a, b) })
	try("b", func() { a, b := make([]int, 2, 2)[2], ys[0]; use(a, b) })
	try("c", func() { a, b := xs[2], []int{}[0]; use(a, b) })
	try("d", func() { a, b := xs[2], ys[0]; use(a, b) })
	try("e", func() { a, b := xs[2], []int{1}[5]; use(a, b) })
	try("f", func() { a, b := xs[2], []int{1, xs[3]}[5]; use(a, b) })
	try("g", func() { a, b := make([]int, 2, 2)[2], make([]int, 1)[3]; use(a, b) })
	try("h", func() { a, b := []int{}[0], make([]int, 2, 2)[2]; use(a, b) })
	try("i", func() { a, b := make([]int, 2, 2)[2], []int{}[0]; use(a, b) })
	try("j", func() { use([]int{1, 2}[5], []int{}[0]) })
	try("k", func() { use(xs[5], []int{}[0]) })
	try("l", func() { use([]int{}[0], xs[5]) })
	try("m", func() { use(make([]int, 2, 2)[2], []int{}[0]) })
	try("n", func() { a := make([]int, 2, 2)[2] + []int{}[0]; use(a, a) })
	try("o", func() { a := make([]int, 2, 2)[2] + ys[0]; use(a, a) })
	try("p", func() { var a, b int = make([]int, 2, 2)[2], ys[0]; use(a, b) })
	try("q", func() { var a, b int = xs[2], []int{xs[4]}[0]; use(a, b) })
	try("r", func() { a := xs[2] + []int{xs[4]}[0]; use(a, a) })
	try("s", func() { use(xs[2], []int{xs[4]}[0]) })
	try("t", func() { use(xs[2], map[int]int{1: xs[4]}[0]) })
	try("u", func() { use(xs[2], [2]int{1, xs[4]}[sink]) })
	try("v", func() { use(xs[2], struct{ a, b int }{1, xs[4]}.a) })
	try("w", func() { use(xs[2], (&struct{ a, b int }{1, xs[4]}).a) })
	try("x", func() { xs[2] = []int{xs[4]}[0] })
	try("y", func() { _ = []int{xs[2], []int{xs[4]}[0]} })
	try("z", func() { f := func() (int, int) { return xs[2], []int{xs[4]}[0] }; f() })
}
