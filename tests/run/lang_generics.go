// Type parameters: functions, types, methods, constraints, inference, instances with methods in interfaces.
package main

import (
	"cmp"
	"fmt"
	"iter"
	"maps"
	"slices"
	"sort"
	"strings"
)

type Number interface {
	~int | ~int64 | ~float64
}

func Sum[T Number](xs ...T) (s T) {
	for _, x := range xs {
		s += x
	}
	return
}

func Map[T, U any](xs []T, f func(T) U) []U {
	out := make([]U, 0, len(xs))
	for _, x := range xs {
		out = append(out, f(x))
	}
	return out
}

func Reduce[T, A any](xs []T, a A, f func(A, T) A) A {
	for _, x := range xs {
		a = f(a, x)
	}
	return a
}

type List[T any] struct {
	head, tail *node[T]
	n          int
}
type node[T any] struct {
	v    T
	next *node[T]
}

func (l *List[T]) Push(v T) *List[T] {
	e := &node[T]{v: v}
	if l.tail == nil {
		l.head = e
	} else {
		l.tail.next = e
	}
	l.tail = e
	l.n++
	return l
}

func (l *List[T]) All() iter.Seq2[int, T] {
	return func(yield func(int, T) bool) {
		i := 0
		for e := l.head; e != nil; e = e.next {
			if !yield(i, e.v) {
				return
			}
			i++
		}
	}
}

func (l List[T]) String() string {
	var b strings.Builder
	for i, v := range l.All() {
		if i > 0 {
			b.WriteString(", ")
		}
		fmt.Fprint(&b, v)
	}
	return "<" + b.String() + ">"
}

type Pair[K comparable, V any] struct {
	Key K
	Val V
}

func (p Pair[K, V]) Swap() Pair[string, K] { return Pair[string, K]{fmt.Sprint(p.Val), p.Key} }

type OrderedMap[K cmp.Ordered, V any] struct{ m map[K]V }

func (o *OrderedMap[K, V]) Set(k K, v V) {
	if o.m == nil {
		o.m = make(map[K]V)
	}
	o.m[k] = v
}
func (o *OrderedMap[K, V]) Pairs() []Pair[K, V] {
	var out []Pair[K, V]
	for k, v := range o.m {
		out = append(out, Pair[K, V]{k, v})
	}
	sort.Slice(out, func(i, j int) bool { return out[i].Key < out[j].Key })
	return out
}

type Stringish interface {
	~string
	Len() int
}
type MyS string

func (m MyS) Len() int { return len(m) }

func Total[S Stringish](xs []S) (n int) {
	for _, x := range xs {
		n += x.Len() + len(string(x))
	}
	return
}

type Setter[T any] interface {
	*T
	Set(string)
}
type conf struct{ s string }

func (c *conf) Set(s string) { c.s = s }

func Build[T any, P Setter[T]](ss []string) []T {
	out := make([]T, len(ss))
	for i, s := range ss {
		P(&out[i]).Set(s)
	}
	return out
}

func Zero[T any]() (z T) { return }

func Kind[T any](x T) string {
	switch any(x).(type) {
	case int:
		return "int"
	case string:
		return "string"
	case []T:
		return "slice of T"
	case List[int]:
		return "list of int"
	}
	return fmt.Sprintf("other %T", x)
}

func Local[T any](x T) any {
	type wrap struct{ V T }
	return wrap{x}
}

func Ptr[T any](x T) *T { return &x }

func Keys[M ~map[K]V, K comparable, V any](m M) int { return len(m) }

func Index[E comparable](s []E, v E) int {
	for i, x := range s {
		if x == v {
			return i
		}
	}
	return -1
}

type Num[T Number] struct{ v T }

func (a Num[T]) Add(b Num[T]) Num[T] { return Num[T]{a.v + b.v} }

type Adder[T any] interface{ Add(T) T }

func AddAll[T Adder[T]](a T, rest ...T) T {
	for _, r := range rest {
		a = a.Add(r)
	}
	return a
}

type Rec[T any] struct {
	kids []Rec[T]
	m    map[string]*Rec[T]
	v    T
}

type Fn[A, B any] func(A) B

func (f Fn[A, B]) Apply(a A) B { return f(a) }

func Compose[A, B, C any](f Fn[A, B], g Fn[B, C]) Fn[A, C] { return func(a A) C { return g(f(a)) } }

type Vec[T any] = []T

func chanOf[T any](xs ...T) <-chan T {
	c := make(chan T, len(xs))
	for _, x := range xs {
		c <- x
	}
	close(c)
	return c
}

func conv[To, From Number](f From) To { return To(f) }

func bytesOrString[T []byte | string](x T) (n int) {
	for i := 0; i < len(x); i++ {
		n += int(x[i])
	}
	return n + len(x[1:])
}

func main() {
	fmt.Println(Sum(1, 2, 3), Sum(1.5, 2), Sum[int64]())
	fmt.Println(Map([]int{1, 2, 3}, func(i int) string { return fmt.Sprint(i * i) }))
	fmt.Println(Reduce([]string{"a", "bb"}, 0, func(n int, s string) int { return n + len(s) }))
	l := new(List[string])
	l.Push("x").Push("y")
	var st fmt.Stringer = l
	fmt.Println(st, l.n, List[int]{})
	p := Pair[int, float64]{1, 2.5}
	fmt.Printf("%v %+v %T %T\n", p, p.Swap(), p, p.Swap())
	var om OrderedMap[string, []int]
	om.Set("b", nil)
	om.Set("a", []int{1})
	fmt.Println(om.Pairs())
	fmt.Println(Total([]MyS{"ab", "c"}), Build[conf]([]string{"p", "q"}))
	fmt.Println(Zero[int](), Zero[*int]() == nil, Zero[[2]string](), Zero[struct{ a any }]())
	fmt.Println(Kind(1), Kind("s"), Kind([]int{}), Kind(List[int]{}), Kind(p))
	fmt.Printf("%T %T %v\n", Local(1), Local("s"), Local(2) == Local(2))
	*Ptr(3)++
	fmt.Println(*Ptr("s"), Keys(map[string]int{"a": 1}), Index([]any{1, "a", nil}, any(nil)), Index([]float64{1, 2}, 2))
	fmt.Println(AddAll(Num[int]{1}, Num[int]{2}, Num[int]{3}))
	r := Rec[int]{v: 1, m: map[string]*Rec[int]{"k": {v: 5}}}
	fmt.Println(len(r.kids), r.m["k"].v)
	f := Compose(func(i int) string { return fmt.Sprint(i) }, func(s string) []byte { return []byte(s + "!") })
	fmt.Println(string(f.Apply(42)), Vec[int]{1, 2})
	for v := range chanOf(1, 2, 3) {
		fmt.Print(v, " ")
	}
	fmt.Println(conv[int](3.7), conv[float64](2), bytesOrString("abc"), bytesOrString([]byte("abc")))
	g := Sum[float64]
	fmt.Println(g(1, 2), Map([]float64{1}, Zero2))
	s := slices.Sorted(maps.Keys(map[string]bool{"z": true, "a": false}))
	fmt.Println(s, slices.Max([]int{3, 9, 2}), slices.IndexFunc(s, func(x string) bool { return x > "b" }))
	slices.SortFunc(s, func(a, b string) int { return -cmp.Compare(a, b) })
	fmt.Println(s, slices.Collect(maps.Values(map[int]int{1: 2})))
	next, stop := iter.Pull2(l.All())
	k, v, ok := next()
	fmt.Println(k, v, ok)
	stop()
}

func Zero2(f float64) int { return int(f) + 1 }
