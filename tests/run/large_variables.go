// Variables too large for a frame.
package main

import "fmt"

type big [1 << 20]byte

func fill(n byte) (b big) {
	for i := range b {
		b[i] = n
	}
	return
}

func sum(b big) (n int) {
	for _, x := range b {
		n += int(x)
	}
	return
}

func main() {
	var a, c big
	a = fill(1)
	c = fill(2)
	fmt.Println(sum(a), sum(c), a == c, a != fill(1))
	var huge [1 << 30]byte
	huge[1<<29] = 7
	fmt.Println(huge[1<<29])
}
