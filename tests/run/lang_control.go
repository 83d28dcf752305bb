// Control flow: loops, labels, goto, switch, select, defer, recover, closures, order of evaluation.
package main

import (
	"fmt"
	"os"
	"sort"
)

var trace []string

func t(s string, v int) int { trace = append(trace, s); return v }
func flush() {
	fmt.Println(trace)
	trace = nil
}

type S struct{ a, b int }

func (s *S) get(n string) *S { trace = append(trace, n); return s }

func order() {
	m := map[int]int{}
	m[t("k", 1)] = t("v", 2)
	flush()
	arr := []int{t("a", 1), t("b", 2), t("c", 3)}
	arr[t("i", 0)], arr[t("j", 1)] = t("x", 10), t("y", 20)
	flush()
	f := func(x ...int) int { trace = append(trace, "call"); return len(x) }
	_ = f(t("1", 1), t("2", 2)) + f(t("3", 3))*t("4", 4)
	flush()
	s := &S{}
	s.get("p").a, s.get("q").b = t("r", 1), t("s", 2)
	flush()
	_ = t("l", 0) == 1 && t("never", 1) == 1 || t("or", 1) == 1
	flush()
	_ = map[string]int{"a": t("m1", 1), "b": t("m2", 2)}
	_ = [...]S{{t("f1", 1), t("f2", 2)}, {b: t("f3", 3)}}
	flush()
	x := 1
	g := func() int { x++; return x }
	y, z := x, g()
	fmt.Println(y == 1 || y == 2, z)
	fmt.Println(*s, arr, m)
}

func named() (n int, err error) {
	defer func() {
		if e := recover(); e != nil {
			err = fmt.Errorf("recovered %v", e)
			n *= 2
		}
	}()
	n = 21
	panic("boom")
}

func deferOrder() {
	for i := 0; i < 3; i++ {
		defer fmt.Print("d", i, " ")
	}
	for i := range 3 {
		defer func() { fmt.Print("c", i, " ") }()
	}
	x := 1
	defer fmt.Println("arg", x)
	x = 2
	defer func(v int) { fmt.Print("v", v, x, " ") }(x)
	x = 3
}

func nested() (s string) {
	defer func() { s += fmt.Sprint(" outer:", recover()) }()
	defer func() {
		defer func() { s += fmt.Sprint("inner:", recover()) }()
		panic("second")
	}()
	panic("first")
}

func rethrow() (err any) {
	defer func() { err = recover() }()
	func() {
		defer func() {
			e := recover()
			panic(fmt.Sprint("re-", e))
		}()
		panic("a")
	}()
	return
}

func loops() {
outer:
	for i := 0; i < 4; i++ {
		for j := 0; ; j++ {
			switch {
			case j == 2:
				continue outer
			case i == 3:
				break outer
			case i == 1:
				break
			default:
				fmt.Print(i, j, " ")
			}
		}
	}
	fmt.Println()
	i := 0
loop:
	if i < 3 {
		fmt.Print("g", i)
		i++
		goto loop
	}
	fmt.Println()
	for i := 10; i > 0; i -= 3 {
		fmt.Print(i, " ")
	}
	var fs []func() int
	for i := 0; i < 3; i++ {
		fs = append(fs, func() int { i *= 10; return i })
	}
	for _, f := range fs {
		fmt.Print(f(), f(), " ")
	}
	fmt.Println()
	arr := [3]int{1, 2, 3}
	for i, v := range arr {
		arr[2] = 100
		fmt.Print(i, v, " ")
	}
	for i, v := range &arr {
		arr[2] = 200
		fmt.Print(i, v, " ")
	}
	sl := []int{1, 2, 3}
	for i, v := range sl {
		if i == 0 {
			sl = append(sl, 4)
			sl[1] = 50
		}
		fmt.Print(v, " ")
	}
	fmt.Println(len(sl))
	m := map[string]int{"a": 1, "b": 2, "c": 3}
	var keys []string
	for k := range m {
		keys = append(keys, k)
		delete(m, k)
	}
	sort.Strings(keys)
	fmt.Println(keys, len(m))
	for range 2 {
		fmt.Print("x")
	}
	for i := range uint8(3) {
		fmt.Printf("%T%d ", i, i)
	}
	var e [4]struct{}
	for i := range e {
		fmt.Print(i)
	}
	fmt.Println()
}

func switches(x int, s string) string {
	r := ""
	switch x {
	case 0, 1:
		r += "low "
		fallthrough
	case 2:
		r += "two "
	case 3:
		break
	default:
		r += "def "
	}
	switch s {
	case "a", "bb", "ccc":
		r += "short"
	case "dddd":
		r += "four"
	case "":
		r += "empty"
	case "éé":
		r += "utf"
	}
	switch y := x * 2; {
	case y > 100:
		r += " big"
	case y > 4 && s != "":
		r += " mid"
	}
	switch any(s) {
	case any("a"):
		r += " any-a"
	case 3:
	}
	switch {
	}
	return r
}

func seq(n int) func(func(int, string) bool) {
	return func(yield func(int, string) bool) {
		defer func() { trace = append(trace, "done") }()
		for i := range n {
			if !yield(i, fmt.Sprint("s", i)) {
				return
			}
		}
	}
}

func find(n int) (res int) {
	defer func() { res += 100 }()
	for i, s := range seq(10) {
		defer func() { trace = append(trace, s) }()
		if i == 1 {
			continue
		}
		if i == n {
			return i
		}
	}
	return -1
}

func rangefunc() {
	fmt.Println(find(3), find(50))
	flush()
out:
	for i := range seq(3) {
		for j := range seq(3) {
			if j == 1 {
				continue out
			}
			if i == 2 {
				break out
			}
			fmt.Print(i, j, " ")
		}
	}
	for range seq(2) {
		fmt.Print("n")
	}
	fmt.Println()
	flush()
	defer func() { fmt.Println("panic out:", recover()) }()
	for i := range seq(5) {
		if i == 2 {
			panic("inside")
		}
	}
}

func selects() {
	a, b := make(chan int, 1), make(chan string)
	done := make(chan struct{})
	select {
	case v := <-a:
		fmt.Println(v)
	default:
		fmt.Println("default")
	}
	a <- 1
	select {
	case v, ok := <-a:
		fmt.Println(v, ok)
	case b <- "x":
		fmt.Println("no")
	}
	go func() {
		for s := range b {
			fmt.Println("got", s)
		}
		close(done)
	}()
	for i := range 3 {
		select {
		case b <- fmt.Sprint(i):
		case <-done:
		}
	}
	close(b)
	<-done
	v, ok := <-b
	fmt.Printf("%q %v\n", v, ok)
	var nilc chan int
	select {
	case <-nilc:
	case nilc <- 1:
	default:
		fmt.Println("nil chans")
	}
}

func counter() (func() int, func()) {
	n := 0
	return func() int { n++; return n }, func() { n = 100 }
}

func main() {
	order()
	fmt.Println(named())
	deferOrder()
	fmt.Println(nested())
	fmt.Println(rethrow())
	loops()
	for i, s := range []string{"a", "dddd", "", "éé", "zz"} {
		fmt.Println(switches(i, s))
	}
	fmt.Println(switches(60, "ccc"))
	rangefunc()
	selects()
	next, reset := counter()
	next()
	next()
	reset()
	fmt.Println(next())
	fib := func() func(int) int {
		var f func(int) int
		f = func(n int) int {
			if n < 2 {
				return n
			}
			return f(n-1) + f(n-2)
		}
		return f
	}()
	fmt.Println(fib(20))
	defer fmt.Println("not printed")
	os.Exit(0)
}
