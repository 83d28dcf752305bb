// The print builtins write to standard error.
package main

type T struct{ a int }

func main() {
	print("a", 1, -2, uint8(3), true, false, 'x', "\n")
	println(1.5, float32(0.1), 1e100, -0.0, 1/3.0, 100000000.0)
	println(complex(1, -2), complex64(complex(0.5, 0)))
	println(uintptr(255), int64(-1<<63), uint64(1<<64-1))
	var s []int
	var m map[int]int
	var p *T
	var e any
	var f func()
	println(s == nil, m == nil, p, e, f == nil, len(s))
	println([]int(nil))
	zero := 0.0
	println(1/zero, -1/zero, zero/zero)
	println()
	println("end", 07, 0x10)
}
