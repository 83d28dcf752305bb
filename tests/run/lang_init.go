// Package initialisation order, static data, maps and interfaces in package variables.
package main

import "fmt"

var (
	a = b + 1
	b = f("b", c)
	c = 3
	d, e = pair()
	tbl = map[string][]int{"x": {1, 2}, "y": nil}
	fns = []func(int) int{double, func(i int) int { return i + a }}
	ifs = []any{1, "s", nil, 2.5, point{1, 2}, &pt, []string{"q"}}
	pt  = point{x: 7}
	pp  = &pt.y
	arr = [...]string{3: "three", 1: "one"}
	str fmt.Stringer = point{3, 4}
	nested = struct {
		m  map[int]string
		in *struct{ v []int }
	}{map[int]string{1: "a"}, &struct{ v []int }{[]int{9}}}
	rec   = &list{1, &list{2, nil}}
	_     = f("blank", 0)
	late  int
	chanv = make(chan int, 2)
	cplx  = complex(1, 2)
	conv  = []byte("bytes")
	runes = []rune("né")
	slice = arr[1:3]
)

type list struct {
	v    int
	next *list
}
type point struct{ x, y int }

func (p point) String() string { return fmt.Sprintf("(%d;%d)", p.x, p.y) }
func double(i int) int          { return 2 * i }

func f(n string, v int) int {
	fmt.Println("init", n, v)
	return v * 2
}
func pair() (int, string) { fmt.Println("pair", c); return 5, "e" }

func init() { late = a; fmt.Println("first init", late) }
func init() { *pp = 9; chanv <- late; fmt.Println("second init") }

func main() {
	fmt.Println(a, b, c, d, e, tbl["x"], len(tbl), fns[0](4), fns[1](1))
	for _, x := range ifs {
		fmt.Printf("%T %v\n", x, x)
	}
	fmt.Println(pt, arr, len(arr), str, nested.m, nested.in.v, rec.next.v, <-chanv, cplx, string(conv), runes, slice)
	conv[0] = 'B'
	slice[0] = "changed"
	fmt.Println(string(conv), arr[1])
}
