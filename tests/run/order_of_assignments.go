// The order in which values assigned at once are evaluated, shown by which panic comes first.
package main

import "fmt"

func try(name string, f func()) {
	defer func() { fmt.Println(name, recover()) }()
	f()
}

//go:noinline
func id[T any](x T) T { return x }

//go:noinline
func use(a, b int) { sink = a + b }

var xs, ys []int
var sink, zero, pkg int
var np *struct{ f int }

func results() (a, b int) {
	defer func() { fmt.Println("results", recover(), a) }()
	a, b = xs[2], ys[3]
	return
}

func results2() (a, b int) {
	defer func() { recover() }()
	return xs[2], 1 / zero
}

func main() {
	try("captured", func() {
		a, b := make([]int, 2, 2)[2], []int{}[0]
		func() { a++ }()
		use(a, b)
	})
	try("captured second", func() {
		a, b := make([]int, 2, 2)[2], []int{}[0]
		func() { b++ }()
		use(a, b)
	})
	try("address", func() {
		var a, b int = make([]int, 2, 2)[2], []int{}[0]
		p := &a
		use(*p, b)
	})
	try("package", func() { var b int; pkg, b = xs[2], ys[3]; use(b, b) })
	try("place", func() { var b int; ys[5], b = xs[2], ys[3]; use(b, b) })
	try("place arith", func() { var b int; ys[5], b = xs[2], 1/zero; use(b, b) })
	try("arith", func() { a, b := xs[2], 1/zero; use(a, b) })
	try("pkg arith", func() { var b int; pkg, b = xs[2], 1/zero; use(b, b) })
	try("pkg arith of pkg", func() { var b int; pkg, b = xs[2], 1/pkg; use(b, b) })
	try("local index", func() { a, b := 0, 0; a, b = xs[2], ys[a]; use(a, b) })
	try("local index of slice", func() { s := ys; var b int; s, b = s[5:], s[3]; use(len(s), b) })
	try("swap", func() { a, b := 5, 6; a, b = xs[b], ys[a]; use(a, b) })
	try("blank", func() { var b int; _, b = xs[2], ys[3]; use(b, b) })
	try("deref", func() { var b int; np.f, b = xs[2], ys[3]; use(b, b) })
	try("deref read", func() { a, b := xs[2], np.f; use(a, b) })
	try("three", func() { a, b, c := xs[2], ys[3], np.f; use(a, b+c); func() { b++ }() })
	try("assert", func() { var i any; a, b := xs[2], i.(string); use(a, len(b)); func() { a++ }() })
	try("slice", func() { a, b := xs[2], ys[4:]; use(a, len(b)); func() { a++ }() })
	results()
	results2()
}
