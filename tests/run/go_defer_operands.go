// The slices that variadic calls and literals make for go and defer statements belong to the call, not to the frame or
// to the place in the loop that the statement is in.
package main

import "fmt"

var done = make(chan int)

//go:noinline
func sum(xs ...int) {
	t := 0
	for range 1000 {
		t = 0
		for _, x := range xs {
			t += x
		}
	}
	done <- t
}

//go:noinline
func add(p *int, xs []int, ys [2][]int) { done <- *p + xs[0] + xs[1] + ys[0][0] + ys[1][1] }

//go:noinline
func spawn(a, b, c int) { go sum(a, b, c) }

//go:noinline
func literals(a, b int) { go add(new(int), []int{a, b}, [2][]int{{a}, {1: b}}) }

type box struct{ n int }

//go:noinline
func (b *box) sum(xs ...int) {
	for _, x := range xs {
		b.n += x
	}
}

//go:noinline
func smash(n int) int {
	var a [64]int
	for i := range a {
		a[i] = n
	}
	if n == 0 {
		return a[3]
	}
	return smash(n-1) + a[n%64]
}

func order(s string) int {
	fmt.Println("operand", s)
	return len(s)
}

func show(p *int, name string, xs ...any) {
	fmt.Println("call", name, *p, xs)
	*p++
}

//go:noinline
func keep(xs []byte, n int) { fmt.Println(n, xs) }

func deferred() (total int) {
	b := &box{}
	defer func() { total = b.n }()
	for i := range 4 {
		defer b.sum(i, 10*i)
		defer keep([]byte{byte(i), byte(i + 1)}, i)
	}
	defer show(new(int), "x", order("one"), order("three"), nil, 7)
	x := []int{1, 2, 3}
	defer copy(x, []int{order("four"), 9})
	return 0
}

type num interface{ ~int | ~float64 }

func generic[T num](a, b T) {
	defer func(xs ...T) { fmt.Println(xs[0]+xs[1], len(xs)) }(a, b, 3)
	go func(xs []T) { done <- int(xs[0]) }([]T{b, a})
	<-done
}

func main() {
	for i := range 3 {
		spawn(i, 2*i, 3*i)
		smash(20)
		fmt.Println(<-done)
		literals(i, i+1)
		smash(20)
		fmt.Println(<-done)
	}
	fmt.Println(deferred())
	generic(1, 2)
	generic(1.5, 2.5)
}
