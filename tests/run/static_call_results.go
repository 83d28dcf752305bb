// Variables whose initialisers call functions that only put constants together are data; others are not mistaken for it.
package main

import (
	"errors"
	"fmt"
)

type pair struct {
	a int
	s string
}

func mk(a int, s string) *pair       { return &pair{a, s} }
func twice(s string) [2]string       { return [2]string{s, s} }
func boxed(n int8) any               { return n }
func nested(s string) error          { return errors.New(s) }
func wide(f float64) struct{ x any } { return struct{ x any }{f} }
func given(e error) error            { return e }
func counted() *pair                 { calls++; return &pair{calls, "counted"} }

var calls int

var (
	plain   = errors.New("plain")
	again   = errors.New("plain")
	p       = mk(3, "three")
	q       = mk(3, "three")
	both    = twice("x")
	small   = boxed(-4)
	inner   = nested("inner")
	floated = wide(2)
	handed  = given(errors.New("handed"))
	one     = counted()
	two     = counted()
	list    = []error{errors.New("a"), errors.New("b")}
)

func main() {
	fmt.Println(plain, plain == again, plain == errors.New("plain"))
	fmt.Println(*p, p == q, both, small, inner, floated, handed)
	fmt.Println(*one, *two, list)
	p.a = 4
	fmt.Println(p.a, q.a)
	fmt.Printf("%T %T\n", small, floated.x)
}
