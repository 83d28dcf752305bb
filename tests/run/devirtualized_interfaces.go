// Calls on interfaces whose type the source or inlining tells are calls of methods: nil is still found, assertions that
// are decided while compiling are decided rightly, and functions that call each other in a circle are inlined once.
package main

import "fmt"

type namer interface{ name() string }
type sizer interface{ size() int }
type both interface {
	namer
	sizer
}

type cat struct{ n int }

func (c *cat) name() string { return fmt.Sprint("cat ", c.n) }
func (c *cat) size() int    { return c.n }

type dog int

func (d dog) name() string { return fmt.Sprint("dog ", int(d)) }

type wrapped struct{ namer }

func kept(i namer) namer { return i }

func widen(i namer) (sizer, bool) {
	s, ok := i.(sizer)
	return s, ok
}

func try(what string, f func()) {
	defer func() {
		if e := recover(); e != nil {
			fmt.Println(what, "panics:", e)
		}
	}()
	f()
}

var never bool

func ping(n int) int {
	if n <= 0 {
		return 0
	}
	return pong(n-1) + 1
}
func pong(n int) int { return pung(n) + 10 }
func pung(n int) int { return ping(n) + 100 }

type loop interface{ step() int }
type stepper int

func (s stepper) step() int {
	if s > 0 {
		return around(s-1) + 1
	}
	return 0
}
func around(s stepper) int {
	var l loop = s
	return l.step()
}

func sometimes(b bool) namer {
	var i namer
	if b {
		i = &cat{7}
	}
	return i
}

func main() {
	var a namer = &cat{1}
	fmt.Println(a.name(), a.(both).size(), a.(sizer).size())
	if _, ok := a.(fmt.Stringer); ok {
		fmt.Println("no cat is a Stringer")
	}
	s, ok := widen(a)
	fmt.Println(s.size(), ok)
	s, ok = widen(dog(3))
	fmt.Println(s, ok)
	try("a dog's size", func() { fmt.Println(namer(dog(4)).(sizer).size()) })
	try("nil", func() {
		var n namer
		fmt.Println(n.name())
		n = dog(1)
	})
	try("nil pointer", func() {
		var d *dog
		var n namer = d
		fmt.Println(n.name())
	})
	try("assertion of nil", func() {
		var n namer
		fmt.Println(n.(both).size())
	})
	var w namer = wrapped{dog(5)}
	fmt.Println(w.name())
	try("nil inside", func() {
		var w namer = wrapped{}
		fmt.Println(w.name())
	})
	fmt.Println(kept(dog(6)).name(), kept(kept(&cat{2})).name())
	for _, b := range []bool{true, false} {
		try(fmt.Sprint("sometimes ", b), func() {
			fmt.Println(sometimes(b).name(), sometimes(b).(sizer).size())
		})
	}
	fmt.Println(ping(5), pong(3), pung(0), around(9))
	switch x := kept(&cat{8}).(type) {
	case fmt.Stringer:
		fmt.Println("Stringer", x)
	case sizer:
		fmt.Println("sizer", x.size())
	case dog:
		fmt.Println("dog", x)
	}
}
