// What a variable given to KeepAlive refers to stays alive until then, whatever the variable is.
package main

import (
	"fmt"
	"runtime"
	"weak"
)

type item struct {
	val  int
	next *item
}

func alive(name string, w weak.Pointer[item]) {
	runtime.GC()
	fmt.Println(name, w.Value() != nil)
}

func slices() {
	s := make([]*item, 4)
	for i := range s {
		s[i] = &item{val: i}
	}
	w := weak.Make(s[2])
	alive("slice", w)
	runtime.KeepAlive(s)
	alive("slice after", w)
}

func structs() {
	x := struct {
		n int
		p *item
	}{1, &item{val: 7}}
	w := weak.Make(x.p)
	alive("struct", w)
	runtime.KeepAlive(x)
	alive("struct after", w)
}

func pointers() {
	p := &item{val: 1, next: &item{val: 2}}
	w := weak.Make(p.next)
	alive("behind a pointer", w)
	runtime.KeepAlive(p)
	alive("behind a pointer after", w)
}

func maps() {
	m := map[int]*item{1: {val: 3}}
	w := weak.Make(m[1])
	alive("map", w)
	runtime.KeepAlive(m)
	alive("map after", w)
}

func closures() {
	it := &item{val: 9}
	w := weak.Make(it)
	f := func() int { return it.val }
	it = nil
	alive("cleared variable", w)
	runtime.KeepAlive(f)
}

func main() {
	slices()
	structs()
	pointers()
	maps()
	closures()
}
