// Conversions of floats that do not fit narrow integers.
package main

import (
	"fmt"
	"math"
)

//go:noinline
func f(x float64) {
	fmt.Println(int32(x), int64(x), uint32(x), uint64(x), int8(x), uint8(x), int16(x), uint16(x))
}

//go:noinline
func g(x float32) {
	fmt.Println(int32(x), int64(x), uint32(x), uint64(x), int8(x), uint8(x), int16(x), uint16(x))
}
func main() {
	for _, v := range []float64{1e10, -1e10, 1e20, -1e20, math.NaN(), math.Inf(1), math.Inf(-1), -1, 300.7, -129, 65536, 4294967296, 1 << 63} {
		f(v)
		g(float32(v))
	}
}
