// The order in which gc evaluates what may panic, where the language leaves it open: calls and conditional expressions first,
// then operands; func values and what is sliced come last.
package main

import "fmt"

var f = func(x int) { fmt.Println("old", x) }

type T struct{ f func(int) }

func g() int { f = func(x int) { fmt.Println("new", x) }; return 1 }

var p = &T{f: f}

func h() int { p = &T{f: func(x int) { fmt.Println("new2", x) }}; return 2 }
func k() int { p.f = func(x int) { fmt.Println("new3", x) }; return 3 }

func try(f func()) {
	defer func() { fmt.Println(recover()) }()
	f()
}

func id[T any](x T) T { return x }

func main() {
	f(g())
	p.f(h())
	p.f(k())
	l := f
	c := func() int { l = func(x int) { fmt.Println("new4", x) }; return 4 }
	l(c())
	var fs []func(int)
	try(func() { fs[1](int(id("")[0])) })
	try(func() { fs[1](id(len(id("")))) })
	var q *T
	try(func() { q.f(int(id("")[2])) })
	xs := []int{1}
	var e []float64
	try(func() { fmt.Println([][]float64{e}[id(3)%4][xs[id(7)%4]:]) })
	try(func() { fmt.Println([]float32{1, 2}[id(2)] > 1 != (e[id(0)] > 1 && id(true))) })
	try(func() { fmt.Println([]float32{1, 2}[id(2)] > 1 != (e[xs[0]] > 1 && xs[0] > 1)) })
	try(func() { fmt.Println(e[xs[0]+4] > 1, e[xs[0]] > 1 && xs[0] > 1) })
	try(func() { a, b := e[xs[0]+4], e[xs[0]] > 1 && xs[0] > 1; fmt.Println(a, b) })
	try(func() { fmt.Println(e[5] > 1 == !(e[xs[0]] > 1 && xs[0] > 1)) })
	try(func() { fmt.Println(map[bool]int{true: int(e[5])}[e[xs[0]] > 1 && xs[0] > 1]) })
	try(func() { fmt.Println([]bool{e[5] > 1, e[xs[0]] > 1 && xs[0] > 1}) })
	try(func() { fmt.Println(e[5:][xs[4]:xs[6]]) })
	try(func() { fmt.Println(e[xs[0]:xs[6]][xs[4]]) })
	try(func() { fmt.Println(xs[3]+len(e[xs[4]:]), xs[8]) })
	try(func() { fmt.Println("abc"[xs[3]:][xs[4]:]) })
	var arr *[4]int
	try(func() { fmt.Println(arr[xs[5]:]) })
	try(func() { fmt.Println(xs[6] + arr[:][xs[4]]) })
	try(func() { fmt.Println(xs[xs[6]:][0], arr[3]) })
}
