// What is dead in a frame is collected although the frame goes on; what is live survives in registers, spill slots, stack
// objects and argument blocks, across calls, stack segments, channel operations and panics.
package main

import (
	"fmt"
	"iter"
	"runtime"
	"strings"
	"weak"
)

type node struct {
	next *node
	val  int
	pad  [40]byte
}

func list(n int) *node {
	var l *node
	for i := 0; i < n; i++ {
		l = &node{next: l, val: i}
	}
	return l
}

func (l *node) sum() (s int) {
	for ; l != nil; l = l.next {
		s += l.val
	}
	return
}

//go:noinline
func churn() {
	runtime.GC()
	for i := 0; i < 200; i++ {
		l := list(10)
		if l.sum() != 45 {
			panic("a fresh list is broken")
		}
	}
	runtime.GC()
}

func gone(name string, p weak.Pointer[node]) {
	runtime.GC()
	fmt.Println(name, "collected:", p.Value() == nil)
}

func dead() {
	// A variable after its last use.
	a := list(3)
	wa := weak.Make(a)
	fmt.Println(a.sum())
	gone("variable", wa)

	// A local array that pointed to it.
	var arr [8]*node
	for i := range arr {
		arr[i] = &node{val: i}
	}
	s := 0
	for _, p := range arr {
		s += p.val
	}
	wb := weak.Make(arr[5])
	fmt.Println(s)
	gone("array", wb)

	// A map that does not leave the function.
	m := map[int]*node{}
	for i := 0; i < 5; i++ {
		m[i] = &node{val: i}
	}
	wc := weak.Make(m[3])
	fmt.Println(len(m))
	gone("map", wc)

	// A struct whose address is passed on.
	var h holder
	h.set(list(4))
	wd := weak.Make(h.p)
	fmt.Println(h.p.sum())
	gone("struct", wd)

	// A large frame.
	var big [4000]int
	e := list(5)
	we := weak.Make(e)
	for i := range big {
		big[i] = i + e.val
	}
	fmt.Println(total(&big))
	gone("beside a large array", we)
	fmt.Println(total(&big))
}

type holder struct {
	n int
	p *node
}

//go:noinline
func (h *holder) set(p *node) { h.n++; h.p = p }

//go:noinline
func total(a *[4000]int) (s int) {
	for _, x := range a {
		s += x
	}
	return
}

// Many live values: some in registers, the others in memory.
func many() {
	a, b, c, d, e, f, g, h := list(1), list(2), list(3), list(4), list(5), list(6), list(7), list(8)
	for i := 0; i < 3; i++ {
		churn()
		a, b, c, d, e, f, g, h = b, c, d, e, f, g, h, a
	}
	fmt.Println(a.sum(), b.sum(), c.sum(), d.sum(), e.sum(), f.sum(), g.sum(), h.sum())
}

// The only pointer to the list is in the caller's object.
//go:noinline
func through(h *holder) int {
	churn()
	return h.p.sum()
}

//go:noinline
func throughMore(h **holder, n int) int {
	if n > 0 {
		return throughMore(h, n-1)
	}
	return through(*h)
}

func objects() {
	h := holder{p: list(20)}
	fmt.Println(through(&h))
	hp := &holder{p: list(21)}
	fmt.Println(throughMore(&hp, 300))
	var hs [3]holder
	for i := range hs {
		hs[i].p = list(i + 10)
	}
	fmt.Println(through(&hs[1]), through(&hs[2]), through(&hs[0]))
}

// Arguments and results in memory.
//go:noinline
func block(a, b, c, d, e, f, g *node) (*node, *node, *node, *node, *node, *node, *node) {
	churn()
	return g, f, e, d, c, b, a
}

func blocks() {
	a, b, c, d, e, f, g := block(list(1), list(2), list(3), list(4), list(5), list(6), list(7))
	churn()
	fmt.Println(a.sum(), b.sum(), c.sum(), d.sum(), e.sum(), f.sum(), g.sum())
}

// Every frame of a deep stack holds its own list.
func deep(n int, up *node) int {
	l := &node{next: up, val: n}
	if n == 0 {
		churn()
		return l.sum()
	}
	return deep(n-1, l) + l.val
}

func send(c chan [3]*node, n int) {
	c <- [3]*node{list(n), list(n + 1), list(n + 2)}
}

func channels() {
	c := make(chan [3]*node)
	for i := 0; i < 4; i++ {
		go send(c, i)
	}
	runtime.Gosched()
	churn()
	s := 0
	for i := 0; i < 4; i++ {
		v := <-c
		churn()
		s += v[0].sum() + v[1].sum() + v[2].sum()
	}
	d := make(chan *node)
	go func() {
		churn()
		select {
		case d <- list(9):
		case v := <-c:
			s += v[0].sum()
		}
	}()
	select {
	case v := <-d:
		churn()
		s += v.sum()
	case v := <-c:
		s += v[1].sum()
	}
	fmt.Println(s)
}

func recovers() (s int) {
	l := list(12)
	k := list(13)
	defer func() {
		churn()
		s = l.sum()
		if e := recover(); e != nil {
			s += e.(*node).sum() + k.sum()
		}
	}()
	defer churn()
	var p *holder
	if len(l.pad) == 40 {
		panic(list(14))
	}
	return p.n
}

func faults() (s string) {
	l := list(15)
	defer func() {
		churn()
		s = fmt.Sprint(recover(), l.sum())
	}()
	var p *holder
	churn()
	return fmt.Sprint(p.n)
}

func pulls() {
	seq := func(yield func(*node) bool) {
		l := list(6)
		for i := 0; i < 3; i++ {
			churn()
			if !yield(l) {
				return
			}
			l = &node{next: l, val: 100}
		}
	}
	next, stop := iter.Pull(iter.Seq[*node](seq))
	defer stop()
	s := 0
	for {
		l, ok := next()
		churn()
		if !ok {
			break
		}
		s += l.sum()
	}
	fmt.Println(s)
}

// Strings and slices made on the way, and a call through an interface and a closure.
func mixed() {
	parts := []string{}
	add := func(f fmt.Stringer) { parts = append(parts, f.String()) }
	for i := 0; i < 20; i++ {
		add(text(strings.Repeat("x", i)))
		if i%7 == 0 {
			churn()
		}
	}
	fmt.Println(len(strings.Join(parts, "-")))
}

type text string

func (t text) String() string { churn(); return "<" + string(t) + ">" }

func main() {
	dead()
	many()
	objects()
	blocks()
	fmt.Println(deep(2000, nil))
	channels()
	fmt.Println(recovers())
	fmt.Println(faults())
	pulls()
	mixed()
}
