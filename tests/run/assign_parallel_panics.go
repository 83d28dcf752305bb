// Assignments to the left of one that panics have happened.
package main

import "fmt"

func try(f func()) {
	defer func() { fmt.Println("  ", recover()) }()
	f()
}

type S struct {
	a [3]int
	p *[2]int
	i []int
}

func main() {
	m := map[string]int{}
	var p *int
	s := []int{1, 2, 3}
	k := 5
	try(func() { m["x"], s[k] = 1, 2 })
	try(func() { m["y"], *p = 2, 3 })
	try(func() { s[0], s[k], s[1] = 10, 11, 12 })
	var st S
	try(func() { st.a[1], st.a[k], st.a[2] = 1, 2, 3 })
	try(func() { st.a[0], st.p[1] = 9, 2 })
	try(func() { st.i, st.i[0] = []int{1}, 2 })
	q := &st
	try(func() { q.a[2], q, q.a[k] = 4, nil, 5 })
	var arr [2][2]int
	j := 1
	arr[j][0], j, arr[0][j] = 1, 0, 2
	s, s[0] = nil, 77
	fmt.Println(m, s, st.a, st.i, q == nil, arr, j)
	f := func() (int, int) { return 1, 2 }
	s = []int{1, 2}
	try(func() { s[0], s[k] = f() })
	fmt.Println(s)
}
