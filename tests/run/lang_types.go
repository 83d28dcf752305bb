// Structs, embedding, methods, interfaces, type switches, comparisons.
package main

import (
	"errors"
	"fmt"
	"io"
	"strings"
)

type Shape interface {
	Area() float64
	Name() string
}
type base struct{ name string }

func (b base) Name() string      { return b.name }
func (b *base) Rename(n string)  { b.name = n }
func (b *base) self() *base      { return b }

type Square struct {
	base
	s float64
}

func (q Square) Area() float64 { return q.s * q.s }

type Cube struct {
	*Square
	depth int
}

func (c Cube) Area() float64 { return 6 * c.Square.Area() }

type inner struct{ A, B int }
type mid struct {
	inner
	C string
}
type outer struct {
	mid
	D bool
}

type MyErr struct{ code int }

func (e *MyErr) Error() string { return fmt.Sprint("code ", e.code) }
func (e *MyErr) Is(t error) bool { return t == io.EOF }

type Int int

func (i Int) String() string { return fmt.Sprintf("Int(%d)", int(i)) }
func (i *Int) Inc()          { *i++ }

type F func(int) int

func (f F) Twice(x int) int { return f(f(x)) }

type Tree struct {
	l, r *Tree
	v    int
}

func (t *Tree) Insert(v int) *Tree {
	if t == nil {
		return &Tree{v: v}
	}
	if v < t.v {
		t.l = t.l.Insert(v)
	} else {
		t.r = t.r.Insert(v)
	}
	return t
}
func (t *Tree) Walk(f func(int)) {
	if t != nil {
		t.l.Walk(f)
		f(t.v)
		t.r.Walk(f)
	}
}

//go:noinline
func kind(x any) string {
	switch v := x.(type) {
	case nil:
		return "nil"
	case int, int8:
		return fmt.Sprintf("int-ish %v", v)
	case string:
		return "string " + v
	case []int:
		return fmt.Sprint("slice ", len(v))
	case error:
		return "error " + v.Error()
	case fmt.Stringer:
		return "stringer " + v.String()
	case func() int:
		return fmt.Sprint("func ", v())
	case struct{ X int }:
		return fmt.Sprint("struct ", v.X)
	case *int:
		return fmt.Sprint("ptr ", *v)
	case chan int:
		return fmt.Sprint("chan ", cap(v))
	case map[string]int:
		return fmt.Sprint("map ", v["a"])
	case [2]bool:
		return fmt.Sprint("array ", v[1])
	default:
		return fmt.Sprintf("%T", v)
	}
}

func try(f func()) {
	defer func() {
		e := recover()
		if err, ok := e.(error); ok {
			fmt.Println("error:", err)
		} else {
			fmt.Println("recovered:", e)
		}
	}()
	f()
}

func main() {
	sq := Square{base{"sq"}, 2}
	var sh Shape = sq
	fmt.Println(sh.Area(), sh.Name())
	sq.Rename("renamed")
	c := Cube{&sq, 3}
	c.Rename("cube")
	sh = c
	fmt.Println(sh.Area(), sh.Name(), sq.name, c.self() == &sq.base)
	f := sq.Name
	sq.Rename("later")
	g := (*base).Rename
	g(&sq.base, "expr")
	hh := Square.Area
	fmt.Println(f(), sq.Name(), hh(sq), Shape.Name(sh))
	o := outer{mid{inner{1, 2}, "c"}, true}
	o.A, o.mid.B = 10, 20
	o2 := outer{A: 10, B: 20, C: "c", D: true}
	fmt.Println(o, o == o2, o2.inner)
	var i Int = 5
	i.Inc()
	inc := i.Inc
	inc()
	fmt.Println(i, F(func(x int) int { return x * 3 }).Twice(2))
	n := 7
	for _, x := range []any{nil, 1, int8(2), "s", []int{1}, &MyErr{3}, i, func() int { return 9 }, struct{ X int }{4}, &n, make(chan int, 3), map[string]int{"a": 5}, [2]bool{false, true}, 1.5, Tree{}, struct{}{}, uint(3)} {
		fmt.Println(kind(x))
	}
	var t *Tree
	for _, v := range []int{5, 2, 8, 1, 9, 3} {
		t = t.Insert(v)
	}
	t.Walk(func(v int) { fmt.Print(v, " ") })
	fmt.Println()
	var e error = &MyErr{1}
	var nilErr *MyErr
	var e2 error = nilErr
	fmt.Println(e2 == nil, errors.Is(e, io.EOF), e == e, e == error(&MyErr{1}))
	var me *MyErr
	fmt.Println(errors.As(fmt.Errorf("wrap: %w", e), &me), me.code)
	var x, y any = 1, 1.0
	fmt.Println(x == y, x == any(1), any("a") == any("a"), any([1]int{1}) == any([1]int{1}), any(struct{ a, b any }{1, "x"}) == any(struct{ a, b any }{1, "x"}))
	try(func() { fmt.Println(any([]int{}) == any([]int{})) })
	try(func() { _ = x.(string) })
	try(func() { _ = x.(fmt.Stringer) })
	try(func() { var s Shape; s.Area() })
	try(func() { var s any; _ = s.(int) })
	try(func() { var m map[any]int = map[any]int{}; m[func() {}] = 1 })
	try(func() { panic(fmt.Errorf("custom %d", 1)) })
	try(func() { panic(nil) })
	try(func() { var fn func(); fn() })
	v, ok := x.(int)
	_, ok2 := x.(string)
	fmt.Println(v, ok, ok2)
	var w io.Writer = &strings.Builder{}
	if sw, ok := w.(io.StringWriter); ok {
		sw.WriteString("hi")
	}
	fmt.Println(w.(fmt.Stringer).String(), w.(*strings.Builder).Len())
	type pair struct {
		a int
		_ string
		b float64
	}
	fmt.Println(pair{1, "", 2} == pair{a: 1, b: 2}, struct{}{} == struct{}{})
	anon := struct {
		Shape
		extra int
	}{sh, 1}
	fmt.Println(anon.Name(), anon.extra)
	var r io.Reader = strings.NewReader("abc")
	type rw struct {
		io.Reader
		io.Writer
	}
	q := rw{r, w}
	buf := make([]byte, 2)
	k, _ := q.Read(buf)
	q.Write(buf[:k])
	fmt.Println(w)
	fmt.Printf("%v %+v %T\n", o, o, o)
}
