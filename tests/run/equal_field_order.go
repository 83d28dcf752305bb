// Fields are compared in order as far as panics show it.
package main

import "fmt"

type T1 struct {
	i any
	a int64
	j any
}
type T3 struct {
	i any
	s string
	j any
}

func cmp(a, b any) {
	defer func() {
		if r := recover(); r != nil {
			fmt.Println("panic:", r)
		}
	}()
	fmt.Println(a == b)
}

func main() {
	b := []byte{1}
	cmp(T1{i: b, a: 1}, T1{i: b, a: 2})
	cmp(T1{a: 1, j: b}, T1{a: 2, j: b})
	cmp(T3{i: b, s: "foo"}, T3{i: b, s: "bar"})
	cmp(T3{s: "fooz", j: b}, T3{s: "bar", j: b})
	cmp([2]any{b, 1}, [2]any{b, 2})
	cmp([2]any{1, b}, [2]any{2, b})
	x, y := T1{i: b, a: 1}, T1{i: b, a: 2}
	defer func() { fmt.Println(recover()) }()
	fmt.Println(x == y)
}
