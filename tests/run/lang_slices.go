// Slices, arrays, strings: indexing, slicing, append and copy with aliasing, conversions, comparisons.
package main

import "fmt"

type P struct{ x, y int }

//go:noinline
func try(name string, f func()) {
	defer func() {
		if e := recover(); e != nil {
			fmt.Println(name, "panics:", e)
		}
	}()
	f()
	fmt.Println(name, "ok")
}

//go:noinline
func idx(s []int, i int) int { return s[i] }

//go:noinline
func sl(s []int, i, j, k int) []int { return s[i:j:k] }

//go:noinline
func str(s string, i, j int) string { return s[i:j] }

//go:noinline
func grow(s []int, n int) []int {
	for i := range n {
		s = append(s, i*i)
	}
	return s
}

func variadic(pre string, xs ...int) (n int) {
	for _, x := range xs {
		n += x
	}
	if len(xs) > 0 {
		xs[0] = -1
	}
	fmt.Println(pre, len(xs), xs == nil)
	return
}

func main() {
	a := [5]int{1, 2, 3, 4, 5}
	b := a
	b[2] = 30
	p := &a
	p[0] = 10
	fmt.Println(a, b, a == b, len(p), cap(a[1:3]), a[1:3:4], p[3:])
	s := a[1:3]
	s = append(s, 99)
	fmt.Println(a, s, len(s), cap(s))
	s = append(s, 7, 8, 9)
	s[0] = 1000
	fmt.Println(a, s, len(s))
	var nilS []int
	fmt.Println(nilS == nil, len(nilS), append(nilS, nilS...) == nil, grow(nil, 20))
	fmt.Println(copy(s, s[1:]), s, copy(s, nilS))
	bs := append([]byte("hello "), "world"...)
	fmt.Println(string(bs), copy(bs, "HEL"), string(bs))
	m := [][]int{{1}, {2, 3}, {}, nil, {4: 5, 6}}
	fmt.Println(m, len(m[4]))
	idxed := [...]string{2: "c", 0: "a", 5: "f"}
	fmt.Println(len(idxed), idxed)
	ps := []*P{{1, 2}, {3, 4}}
	vs := []P{{x: 1}, {y: 2}}
	for i, q := range ps {
		q.x += i
		vs[i].y += 10
	}
	fmt.Println(*ps[0], *ps[1], vs)
	arr := [4]int(grow(nil, 4))
	ap := (*[2]int)(arr[1:])
	ap[0] = 77
	fmt.Println(arr, *ap)
	for i, r := range "aé世\xff🙂" {
		fmt.Print(i, ":", r, " ")
	}
	fmt.Println()
	u := "aé世\xff🙂"
	fmt.Println([]rune(u), []byte(u), string([]rune{65, 0x4e16, -1, 0x10ffff + 1}), string(rune(228)), len(u))
	fmt.Println("a" < "b", "a"+"b" == "ab", "abc" > "abd", "" < "a", u[2:4], u[0])
	clear(s)
	fmt.Println(s)
	variadic("none")
	variadic("three", 1, 2, 3)
	xs := []int{4, 5}
	variadic("slice", xs...)
	fmt.Println(xs)
	try("idx", func() { fmt.Println(idx(xs, 1)); idx(xs, 2) })
	try("neg", func() { idx(xs, -1) })
	try("slice3", func() { fmt.Println(len(sl(a[:], 1, 2, 5))); sl(a[:], 1, 2, 6) })
	try("slice2", func() { sl(a[:], 3, 2, 5) })
	try("slice1", func() { sl(a[:], 1, 4, 3) })
	try("str", func() { fmt.Println(str("hello", 1, 3)); str("hello", 3, 6) })
	try("str2", func() { str("hello", 3, 2) })
	try("toarr", func() { _ = [4]int(xs) })
	try("make", func() { n := -1; _ = make([]int, n) })
	try("nilmap", func() { var m map[string]int; m["a"] = 1 })
	try("nilptr", func() { var p *P; p.y = 1 })
	matrix := [3][3]int{}
	for i := range matrix {
		for j := range matrix[i] {
			matrix[i][j] = i * j
		}
	}
	fmt.Println(matrix, len(matrix[0]))
	i := 0
	i, xs[i] = 1, 42
	fmt.Println(i, xs)
	xs[0], xs[1] = xs[1], xs[0]
	fmt.Println(xs)
	var e1, e2 [0]int
	fmt.Println(e1 == e2, len(e1))
	big := make([]P, 0, 3)
	for k := 0; k < 10; k++ {
		big = append(big, P{k, -k})
	}
	fmt.Println(big[7], len(big))
	type key [2]string
	mk := map[key]int{{"a", "b"}: 1}
	mk[key{"a", "b"}]++
	fmt.Println(mk)
}
