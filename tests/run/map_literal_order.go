// The entries of a map literal are assigned one after the other, each evaluated when its turn comes.
package main

import "fmt"

type S struct {
	a any
	f func()
	b []bool
}

func try(name string, f func()) {
	defer func() { fmt.Println(name, recover()) }()
	f()
}

var n uint8 = 255
var p *S

func say(s string) string {
	fmt.Print(s, " ")
	return s
}

func main() {
	try("nil before bounds", func() { _ = map[int]S{0: *p, -5: {nil, nil, []bool{}[n%4:]}} })
	try("bounds before nil", func() { _ = map[int]S{-5: {nil, nil, []bool{}[n%4:]}, 0: *p} })
	try("calls before nil", func() { _ = map[string]S{say("a"): {}, say("b"): *p, say("c"): {}} })
	try("key before value", func() { _ = map[string]string{say("k"): say("v"), say("k2"): say("v2")} })
	x := 1
	inc := func() int { x++; return x }
	fmt.Println(map[int]int{x: inc(), 10: x})
	fmt.Println(x+len(map[int]int{x: inc()}), x)
	var m map[string]map[string]int
	try("nested", func() {
		m = map[string]map[string]int{say("o"): {say("i"): inc()}, say("o2"): {say("i2"): len(p.b)}}
	})
	fmt.Println(m, x)
}
