// Interfaces: assertions, switches, comparison, embedding, conversions of every kind of value.
package main

import (
	"errors"
	"fmt"
	"io"
	"sort"
	"strings"
)

type A interface{ M() string }
type B interface {
	A
	N() int
}
type T1 struct{ s string }
type T2 int
type T3 struct{ *T1 }
type T4 [1]*int
type T5 func() string
type T6 map[string]int

func (t T1) M() string  { return "T1 " + t.s }
func (t *T1) N() int    { return len(t.s) }
func (t T2) M() string  { return fmt.Sprint("T2 ", int(t)) }
func (t T2) N() int     { return int(t) }
func (t T5) M() string  { return "T5 " + t() }
func (t T6) M() string  { return fmt.Sprint("T6 ", len(t)) }
func (t *T4) M() string { return "T4" }

func kind(x any) string {
	switch v := x.(type) {
	case nil:
		return "nil"
	case int, int64:
		return fmt.Sprintf("int-ish %v", v)
	case string:
		return "string " + v
	case B:
		return fmt.Sprint("B ", v.N())
	case A:
		return "A " + v.M()
	case error:
		return "error " + v.Error()
	case func() string:
		return "func"
	case []int:
		return fmt.Sprint("slice ", len(v))
	case struct{ x int }:
		return fmt.Sprint("struct ", v.x)
	case fmt.Stringer:
		return "stringer " + v.String()
	default:
		return fmt.Sprintf("other %T", v)
	}
}

type S struct{}

func (S) String() string { return "S!" }

type unexp interface{ m() }
type U struct{}

func (U) m() {}

func main() {
	i := 1
	vals := []any{nil, 1, int64(2), "s", T1{"a"}, &T1{"bcd"}, T2(7), T3{&T1{"xy"}}, T5(func() string { return "f" }), T6{"a": 1},
		errors.New("e"), func() string { return "" }, []int{1}, struct{ x int }{5}, S{}, &S{}, 3.5, 'r', byte(1), true,
		[2]int{1, 2}, T4{&i}, &T4{}, uint16(300), complex(1, 2), struct{}{}, io.EOF}
	for _, v := range vals {
		fmt.Println(kind(v))
	}
	var a A = T2(3)
	b, ok := a.(B)
	fmt.Println(b.N(), ok)
	_, ok = a.(interface{ Zzz() })
	fmt.Println(ok)
	var a2 A = b
	fmt.Println(a == a2, a == A(T2(4)), any(a) == any(T2(3)), a2.M())
	e1, e2 := any(1), any(1.0)
	fmt.Println(e1 == e2, e1 == any(1), any("x") == any("x"), any(T1{"q"}) == any(T1{"q"}), any(&i) == any(&i))
	fmt.Println(any([2]any{1, "a"}) == any([2]any{1, "a"}), any(nil) == nil)
	var np *T1
	var an A = T3{np}
	fmt.Println(an != nil)
	var u unexp = U{}
	_, ok = any(u).(unexp)
	fmt.Println(ok)
	var r io.Reader = strings.NewReader("hello")
	if w, ok := r.(io.WriterTo); ok {
		var sb strings.Builder
		n, err := w.WriteTo(&sb)
		fmt.Println(n, err, sb.String())
	}
	_, ok = r.(io.Closer)
	fmt.Println(ok)
	m := map[A]int{T2(1): 1, T1{"k"}: 2}
	fmt.Println(m[T2(1)], m[T1{"k"}], m[T2(2)])
	f := T1{"mv"}.M
	g := T1.M
	h := (*T1).N
	k := A.M
	fmt.Println(f(), g(T1{"me"}), h(&T1{"abcd"}), k(T2(9)))
	ss := sort.StringSlice{"c", "a", "b"}
	sort.Sort(sort.Reverse(ss))
	fmt.Println(ss)
	err := fmt.Errorf("wrap: %w", io.ErrUnexpectedEOF)
	fmt.Println(errors.Is(err, io.ErrUnexpectedEOF), errors.Unwrap(err) == io.ErrUnexpectedEOF)
	for n := range 300 {
		var x any = uint8(n)
		var y any = uint64(n)
		if x.(uint8) != uint8(n) || y.(uint64) != uint64(n) {
			fmt.Println("bad", n)
		}
	}
}
