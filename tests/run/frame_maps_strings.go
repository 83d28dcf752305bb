package main

import (
	"fmt"
	"runtime"
	"sort"
	"strings"
)

type pt struct{ x, y int }

func count(words []string) int {
	m := map[string]int{}
	for _, w := range words {
		m[w]++
	}
	n := 0
	for _, v := range m {
		n += v * v
	}
	delete(m, "a")
	clear(m)
	return n*100 + len(m)
}

func grows(n int) (s int) {
	m := map[int]*pt{}
	for i := 0; i < n; i++ {
		m[i] = &pt{i, i * i}
		if i%100 == 0 {
			runtime.GC()
		}
	}
	for k, p := range m {
		if p.x != k {
			panic("wrong")
		}
		s += p.y
	}
	return
}

func keep(n int) []map[string]int {
	var all []map[string]int
	for i := 0; i < n; i++ {
		m := map[string]int{"i": i}
		all = append(all, m)
	}
	return all
}

func perIteration() string {
	var sb strings.Builder
	for i := 0; i < 3; i++ {
		seen := map[int]bool{}
		for j := 0; j <= i; j++ {
			seen[j*i] = true
		}
		ks := make([]int, 0, 8)
		for k := range seen {
			ks = append(ks, k)
		}
		sort.Ints(ks)
		fmt.Fprint(&sb, ks, len(seen), " ")
	}
	return sb.String()
}

//go:noinline
func get(m map[string]pt, k []byte) pt { return m[string(k)] }

func carried(bs [][]byte) string {
	last := ""
	for _, b := range bs {
		s := string(b)
		if s > last {
			last = s
		}
	}
	return last
}

func same(b []byte, r []rune) bool {
	s := string(b) + "!"
	t := string(r) + "!"
	return s == t && len([]rune(s)) == len(r)+1
}

type big [200]byte

func bigElems() int {
	m := map[[2]string]big{{"a", "b"}: {1}}
	m[[2]string{"c", "d"}] = big{7}
	return int(m[[2]string{"a", "b"}][0]) + int(m[[2]string{"c", "d"}][0])
}

func nilKey() (r any) {
	defer func() { r = recover() }()
	m := map[any]int{}
	m[1]++
	m[[]int{1}]++
	return m
}

func main() {
	fmt.Println(count([]string{"a", "b", "a", "c", "a"}))
	fmt.Println(count(strings.Fields(strings.Repeat("x y z u v w p q r s t ", 20))))
	fmt.Println(grows(5), grows(1000))
	for i, m := range keep(4) {
		fmt.Print(i, m["i"], " ")
	}
	fmt.Println()
	fmt.Println(perIteration())
	fmt.Println(get(map[string]pt{"k": {1, 2}}, []byte("k")))
	fmt.Println(carried([][]byte{[]byte("bb"), []byte("zz"), []byte("aa")}))
	fmt.Println(same([]byte("hé"), []rune("hé")), same([]byte("x"), []rune("y")))
	fmt.Println(bigElems(), nilKey())
}
