// What may be stopped anywhere: allocation, write barriers, channels, deferred calls and recovery, maps, strings, interfaces,
// argument blocks, floats, wide copies, deep stacks. Small, since `GOXIDESTRESS=step` stops it after each instruction;
// every part computes the same each time, and objects are filled with what they must still hold later.
package main

import (
	"flag"
	"fmt"
	"os"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
)

var (
	scale = flag.Int("scale", 1, "divide the rounds by this")
	seed  = flag.Int("seed", 1, "where the numbers begin")
)

type node struct {
	left, right *node
	v           int
	name        string
	data        []int
}

//go:noinline
func tree(depth, v int) *node {
	if depth == 0 {
		return nil
	}
	n := &node{v: v, name: fmt.Sprint("n", v), data: make([]int, v&3+1)}
	n.left = tree(depth-1, v*2)
	n.right = tree(depth-1, v*2+1)
	n.data[v&3] = v
	return n
}

//go:noinline
func (n *node) sum() int {
	if n == nil {
		return 0
	}
	if n.data[n.v&3] != n.v || n.name[1:] != fmt.Sprint(n.v) {
		panic("node")
	}
	return n.v + n.left.sum() + n.right.sum()
}

// rotate moves pointers about in old objects: each store has a barrier while a collection marks.
//
//go:noinline
func rotate(n *node) {
	if n == nil {
		return
	}
	n.left, n.right = n.right, n.left
	rotate(n.left)
	rotate(n.right)
}

type wide struct {
	a [9]*int
	s string
	f float64
}

//go:noinline
func blocks(a, b, c, d, e, f, g *int, w wide, x, y float64, s string) (*int, wide, string, float64, *int, error) {
	w.a[3], w.a[4] = a, g
	w.f = x*y + float64(*b+*c+*d)
	return e, w, s + w.s, w.f / 2, f, nil
}

func values(n int) int {
	var p [7]*int
	for i := range p {
		p[i] = new(int)
		*p[i] = n + i
	}
	w := wide{s: "w", f: 1.5}
	for i := range w.a {
		w.a[i] = p[i%7]
	}
	e, w2, s, f, g, err := blocks(p[0], p[1], p[2], p[3], p[4], p[5], p[6], w, 1.25, float64(n), fmt.Sprint("s", n))
	if err != nil || s != fmt.Sprint("s", n)+"w" || f != (1.25*float64(n)+float64(3*n+6))/2 {
		panic("values")
	}
	return *e + *w2.a[3] + *w2.a[4] + *g + *w2.a[8]
}

//go:noinline
func deferred(n int) (r int) {
	p := &node{v: n}
	defer func() {
		if e := recover(); e != nil {
			r += e.(*node).v + p.v
		}
	}()
	for i := range 3 {
		defer func() { r += i }()
	}
	if n&1 == 0 {
		panic(&node{v: n * 3})
	}
	var q *node
	defer func() {
		recover()
		panic(&node{v: n})
	}()
	return q.v
}

func channels(n int) int {
	c, d, done := make(chan *node), make(chan *node, 2), make(chan int)
	go func() {
		for v := range c {
			d <- &node{v: v.v + 1, left: v}
		}
		close(d)
	}()
	go func() {
		t := 0
		for {
			select {
			case v, ok := <-d:
				if !ok {
					done <- t
					return
				}
				t += v.v * v.left.v
			case <-(chan int)(nil):
			}
		}
	}()
	for i := range n {
		c <- &node{v: i}
	}
	close(c)
	return <-done
}

func maps(n int) int {
	m := map[string]*node{}
	var k [3]any
	for i := range n {
		m[strings.Repeat("k", i%5)+fmt.Sprint(i)] = &node{v: i}
		k[i%3] = any(wide{s: "k", f: float64(i)})
	}
	t := 0
	for key, v := range m {
		if !strings.HasSuffix(key, fmt.Sprint(v.v)) {
			panic("map")
		}
		t += v.v
		delete(m, key)
	}
	for _, x := range k {
		switch x := x.(type) {
		case wide:
			t += int(x.f)
		case fmt.Stringer:
			panic(x)
		}
	}
	return t
}

//go:noinline
func deep(n int, p *node) int {
	var a [40]int
	a[n%40] = p.v
	q := &node{v: p.v + 1, left: p}
	if n == 0 {
		return a[0]
	}
	return deep(n-1, q) + a[n%40] - q.left.v
}

func growth(n int) int {
	var s []*node
	b := []byte{}
	for i := range n {
		s = append(s, &node{v: i})
		b = append(b, byte(i))
	}
	t := 0
	for i, x := range s {
		t += x.v + int(b[i]) + len(string(b[:i%7]))
	}
	return t
}

// depth of the trees.
var depth = 4

func round(n int) []int {
	t := tree(depth, n)
	before := t.sum()
	rotate(t)
	f := func(x int) int { return x + t.v }
	return []int{before, t.sum(), values(n), deferred(n), deferred(n + 1), channels(6), maps(12), deep(30, t), growth(20), f(n)}
}

func main() {
	flag.Parse()
	rounds := max(1, 400 / *scale)
	var stop atomic.Bool
	var wg sync.WaitGroup
	wg.Go(func() {
		for !stop.Load() {
			runtime.GC()
		}
	})
	want := make([]string, 4)
	if *scale >= 100 {
		want, depth = want[:1], 3
	}
	for i := range rounds {
		got := make([]string, len(want))
		var all sync.WaitGroup
		for k := range got {
			all.Go(func() { got[k] = fmt.Sprint(round(*seed%100 + k)) })
		}
		all.Wait()
		if i == 0 {
			copy(want, got)
		}
		for k := range got {
			if got[k] != want[k] {
				fmt.Println("round", i, k, got[k], want[k])
				os.Exit(1)
			}
		}
	}
	// What the numbers must be, by other means.
	for k, w := range want {
		n := *seed%100 + k
		sum := 0
		for d, first := 0, n; d < depth; d, first = d+1, first*2 {
			for v := first; v < first+1<<d; v++ {
				sum += v
			}
		}
		if !strings.HasPrefix(w, fmt.Sprint("[", sum, " ", sum, " ", 5*n+16, " ")) {
			fmt.Println("numbers", k, sum, 5*n+16, w)
			os.Exit(1)
		}
	}
	stop.Store(true)
	wg.Wait()
	fmt.Println("ok")
}
