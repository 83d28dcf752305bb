// Literals and temporaries that no frame should hold are built where they go, or on the heap.
package main

import (
	"fmt"
	"runtime/debug"
)

type big struct {
	a [1 << 20]byte
	s string
	n int
}

//go:noinline
func set(p *big) { *p = big{s: "set", n: 3} }

//go:noinline
func declared(n int) (int, int) {
	x := big{n: n}
	var y = big{n: n + 1, s: "y"}
	return x.n + int(x.a[n]), y.n + len(y.s)
}

//go:noinline
func get(n int) big { return big{n: n} }

//go:noinline
func nilPlace(p *big) (s any) {
	defer func() { s = recover() }()
	*p = big{n: 1}
	return "no panic"
}

func main() {
	debug.SetMaxStack(1 << 16)
	done := make(chan bool)
	go func() {
		p := new(big)
		p.a[7], p.n = 1, 1
		set(p)
		fmt.Println(p.a[7], p.s, p.n)
		m := map[int]*big{1: p}
		*m[1] = big{n: 5}
		fmt.Println(len(p.s), p.n)
		fmt.Println(declared(9))
		fmt.Println(nilPlace(nil))
		done <- true
	}()
	<-done
	debug.SetMaxStack(1 << 30)
	huge := [1 << 27]byte{3: 1}
	fmt.Println(len(huge[:]), huge[3], get(4).n)
}
