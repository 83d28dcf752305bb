// print puts constants together: numbers of every width, signs, booleans, text, with and without blanks between them.
package main

import (
	"os"
	"syscall"
)

type small uint8

func main() {
	syscall.Dup2(1, 2)
	print()
	println()
	println(1, -2, uint8(200), int8(-128), uint64(1<<64-1), int64(-1<<63), small(255), true, false, "a b", "")
	print("x", 1, "\n")
	n := len(os.Args) + 41
	println("n", n, 3, 4, n, "end")
	print(n, "\n", "y\n")
	println(uintptr(7), 'a', 1.5, "tail")
}
