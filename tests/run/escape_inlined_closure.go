// A closure that stays in the frame of a function that is inlined still keeps what its body keeps of what it captured.
package main

import "fmt"

var kept []any

//go:noinline
func keep(args []any) { kept = append(kept, args...) }

//go:noinline
func call(f func()) { f() }

func keepLater(args ...any) { call(func() { keep(args) }) }

//go:noinline
func again(args ...any) { keepLater(args...) }

//go:noinline
func fill(n int) (sum int) {
	var a [64]int
	for i := range a {
		a[i] = n + i
	}
	for _, v := range a {
		sum += v
	}
	return sum
}

//go:noinline
func deep(n int) int {
	if n == 0 {
		return 0
	}
	return fill(n) + deep(n-1)
}

//go:noinline
func store(n int) {
	keepLater([3]int{n, n + 1, n + 2})
	again([3]int{n + 3, n + 4, n + 5})
}

func main() {
	store(1)
	deep(20)
	fmt.Println(kept)
}
