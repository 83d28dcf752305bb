// The collector: garbage under way, finalizers, cleanups, weak pointers, unique values, MemStats.
package main

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"strings"
	"time"
	"unique"
	"weak"
)

type Node struct {
	l, r *Node
	pad  [3]int
}

func tree(d int) *Node {
	if d == 0 {
		return &Node{}
	}
	return &Node{l: tree(d - 1), r: tree(d - 1)}
}

func (n *Node) count() int {
	if n == nil {
		return 0
	}
	return 1 + n.l.count() + n.r.count()
}

type Fin struct {
	id int
	b  [64]byte
}

//go:noinline
func finalizers(ch chan int) {
	for i := range 20 {
		f := &Fin{id: i}
		runtime.SetFinalizer(f, func(f *Fin) { ch <- f.id })
		c := &Fin{id: 100 + i}
		runtime.AddCleanup(c, func(id int) { ch <- id }, 100+i)
	}
}

//go:noinline
func weaks() weak.Pointer[Fin] {
	f := &Fin{id: 5}
	w := weak.Make(f)
	fmt.Println(w.Value().id, w == weak.Make(f))
	runtime.KeepAlive(f)
	return w
}

func clobber(n int) int {
	var a [100]int
	for i := range a {
		a[i] = n
	}
	if n > 0 {
		return clobber(n-1) + a[n%100]
	}
	return 0
}

func main() {
	keep := tree(12)
	for range 30 {
		t := tree(13)
		if c := t.count(); c != 1<<14-1 {
			fmt.Println("wrong count", c)
		}
	}
	fmt.Println(keep.count())
	m := map[int][]byte{}
	for i := range 20000 {
		m[i%100] = make([]byte, i%5000)
	}
	n := 0
	for _, b := range m {
		n += len(b)
	}
	fmt.Println(n)
	var sb strings.Builder
	for i := range 10000 {
		sb.WriteString(fmt.Sprint(i))
	}
	fmt.Println(sb.Len())

	ch := make(chan int, 100)
	finalizers(ch)
	got := map[int]bool{}
	for i := 0; i < 50 && len(got) < 36; i++ {
		clobber(50)
		runtime.GC()
		time.Sleep(time.Millisecond)
		for len(ch) > 0 {
			got[<-ch] = true
		}
	}
	fmt.Println("finalizers and cleanups ran:", len(got) >= 36)

	w := weaks()
	alive := true
	for i := 0; i < 50 && alive; i++ {
		clobber(50)
		runtime.GC()
		alive = w.Value() != nil
	}
	fmt.Println("weak cleared:", !alive)
	h1, h2, h3 := unique.Make("a"+fmt.Sprint(1)), unique.Make("a1"), unique.Make("b")
	fmt.Println(h1 == h2, h1 == h3, h1.Value())
	var ms runtime.MemStats
	runtime.ReadMemStats(&ms)
	fmt.Println(ms.NumGC > 0, ms.HeapAlloc > 0, ms.Mallocs > ms.Frees, ms.TotalAlloc > 1<<20)
	old := debug.SetGCPercent(50)
	fmt.Println(old, debug.SetGCPercent(old))
	debug.FreeOSMemory()
	fmt.Println(keep.count())
	done := make(chan int)
	for g := range 4 {
		go func() {
			s := 0
			for i := range 20 {
				s += tree(8).count() * (i + g)
			}
			done <- s
		}()
	}
	s := 0
	for range 4 {
		s += <-done
	}
	fmt.Println(s)
}
