// Maps of many shapes: growth, deletion during iteration, NaN keys, large elements, clear, clone.
package main

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"sort"
)

type K struct {
	a int32
	s string
	f float64
}
type Big [200]byte
type E struct {
	x [40]int
}

func check(ok bool, what ...any) {
	if !ok {
		fmt.Println("WRONG:", fmt.Sprint(what...))
	}
}

func ints() {
	m := map[int]int{}
	for i := range 10000 {
		m[i*7] = i
	}
	for i := 0; i < 10000; i += 3 {
		delete(m, i*7)
	}
	n := 0
	for k, v := range m {
		check(k == v*7, k, v)
		n++
	}
	_, ok := m[0]
	v, ok2 := m[7]
	fmt.Println(len(m), n, ok, v, ok2, m[-1])
}

func strs() {
	m := map[string]*int{}
	for i := range 3000 {
		x := i
		m[fmt.Sprint("key", i)] = &x
	}
	sum := 0
	for i := range 3000 {
		sum += *m[fmt.Sprint("key", i)]
	}
	long := make([]byte, 500)
	for i := range long {
		long[i] = byte(i)
	}
	m[string(long)] = nil
	_, ok := m[string(long)]
	fmt.Println(len(m), sum, ok)
}

func structs() {
	m := map[K]Big{}
	for i := range 300 {
		m[K{int32(i), fmt.Sprint(i), float64(i) / 3}] = Big{0: byte(i), 199: byte(i + 1)}
	}
	k := K{299, "299", 299.0 / 3}
	b := m[k]
	b2, ok := m[K{}]
	fmt.Println(len(m), b[0], b[199], b2[0], ok)
	big := map[Big]E{}
	for i := range 50 {
		big[Big{100: byte(i)}] = E{[40]int{39: i}}
	}
	fmt.Println(len(big), big[Big{100: 7}].x[39], big[Big{}].x[39], big[Big{1}].x[39])
}

func ifaces() {
	m := map[any]int{}
	for i := range 20 {
		m[i] = i
		m[fmt.Sprint(i)] = -i
		m[float64(i)] = i * 10
		m[[2]int{i, i}] = i * 100
		m[struct{ a any }{i}] = i * 1000
	}
	fmt.Println(len(m), m[3], m["3"], m[3.0], m[[2]int{3, 3}], m[struct{ a any }{3}], m[nil])
	e := map[error]int{nil: 1}
	fmt.Println(e[nil], len(e))
}

func nan() {
	m := map[float64]int{}
	for i := range 5 {
		m[math.NaN()] = i
	}
	m[0.0] = 1
	m[math.Copysign(0, -1)] = 2
	_, ok := m[math.NaN()]
	var vals []int
	for k, v := range m {
		if k != k {
			vals = append(vals, v)
		}
	}
	sort.Ints(vals)
	fmt.Println(len(m), ok, vals, m[0])
	clear(m)
	fmt.Println(len(m))
	c := map[complex128]string{1 + 2i: "c"}
	fmt.Println(c[1+2i])
}

func iterate() {
	m := map[int]bool{}
	for i := range 1000 {
		m[i] = true
	}
	seen := 0
	for k := range m {
		seen++
		delete(m, k)
		delete(m, k^1)
	}
	fmt.Println(seen == 500, len(m))
	for i := range 10 {
		m[i] = true
	}
	for k := range m {
		m[k+1000] = true
		if len(m) > 500 {
			break
		}
	}
	for i := range 10 {
		check(m[i], "lost", i)
	}
	firsts := map[int]bool{}
	for range 200 {
		for k := range map[int]int{1: 1, 2: 2, 3: 3, 4: 4} {
			firsts[k] = true
			break
		}
	}
	fmt.Println("order varies:", len(firsts) > 1)
}

func ops() {
	m := map[string][]int{}
	m["a"] = append(m["a"], 1, 2)
	m["a"] = append(m["a"], 3)
	c := map[byte]int{}
	for _, b := range []byte("mississippi") {
		c[b]++
	}
	fmt.Println(m, c['s'], c['i'], c['p'], c['m'])
	d := maps.Clone(c)
	d['s'] = 100
	fmt.Println(c['s'], d['s'], maps.Equal(c, d))
	fmt.Println(slices.Sorted(maps.Keys(d)))
	var nilm map[string]int
	for range nilm {
		panic("nil map has elements")
	}
	delete(nilm, "x")
	clear(nilm)
	fmt.Println(len(nilm), nilm["x"])
	type pt struct{ x, y int }
	pm := map[pt]*pt{{1, 2}: {3, 4}}
	pm[pt{1, 2}].x += 10
	fmt.Println(*pm[pt{1, 2}])
	f := map[string]func(int) int{"dbl": func(i int) int { return 2 * i }}
	fmt.Println(f["dbl"](21))
	u := map[uint32]uint64{}
	for i := range uint32(2000) {
		u[i<<20|i] = uint64(i)
	}
	var s uint64
	for _, v := range u {
		s += v
	}
	p := map[*int]int{}
	x, y := 1, 2
	p[&x], p[&y] = 10, 20
	fmt.Println(len(u), s, p[&x], p[&y])
	mm := make(map[int]struct{}, 100)
	for i := range 100 {
		mm[i] = struct{}{}
	}
	fmt.Println(len(mm))
	ch := map[chan int]string{}
	c1 := make(chan int)
	ch[c1] = "one"
	fmt.Println(ch[c1], len(ch[nil]))
}

func main() {
	ints()
	strs()
	structs()
	ifaces()
	nan()
	iterate()
	ops()
}
