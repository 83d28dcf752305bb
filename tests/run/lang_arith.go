// Integer and float arithmetic: widths, wrapping, shifts, division, conversions, constants.
package main

import (
	"fmt"
	"math"
	"unsafe"
)

//go:noinline
func ints[T ~int8 | ~int16 | ~int32 | ~int64 | ~uint8 | ~uint16 | ~uint32 | ~uint64](name string, xs ...T) {
	for _, x := range xs {
		for _, y := range xs {
			fmt.Print(name, " ", x, " ", y, ": ", x+y, x-y, x*y, x&y, x|y, x^y, x&^y, -x, ^x)
			if y != 0 {
				fmt.Print(" ", x/y, x%y)
			}
			fmt.Println(x == y, x < y, x <= y, x > y, min(x, y), max(x, y))
		}
	}
}

//go:noinline
func shifts(x int64, u uint64, i8 int8, n uint) {
	fmt.Println(n, x<<n, x>>n, u<<n, u>>n, i8<<n, i8>>n, uint8(u)<<n, uint8(u)>>n, int32(x)<<n>>n, 1<<n)
}

//go:noinline
func convs(f float64, i int64, u uint64) {
	fmt.Println(int8(i), int16(i), int32(i), uint8(i), uint16(i), uint32(i), uint64(i), int64(u), uint32(u))
	fmt.Println(float32(i), float64(i), float32(u), float64(u), float32(f), int64(f), int32(int64(f)), uint64(math.Abs(f)))
}

type dur int64

const (
	a dur = iota * 10
	b
	_
	c
	big  = 1 << 100
	frac = big >> 98
	h    = 0x1p-2 + 'a'
)

const (
	kb = 1 << (10 * (iota + 1))
	mb
	gb
)

func main() {
	ints[int8]("int8", 0, 1, -1, 127, -128, 7, -7)
	ints[uint8]("uint8", 0, 1, 255, 128, 7)
	ints[int16]("int16", 3, -3, math.MinInt16)
	ints[uint16]("uint16", 3, math.MaxUint16)
	ints[int32]("int32", 5, -5, math.MinInt32, math.MaxInt32)
	ints[uint32]("uint32", 5, math.MaxUint32)
	ints[int64]("int64", 5, -5, math.MinInt64, math.MaxInt64)
	ints[uint64]("uint64", 5, 10, math.MaxUint64)
	for _, n := range []uint{0, 1, 7, 8, 31, 32, 63, 64, 65, 1000} {
		shifts(-12345678901, 0xdeadbeefcafebabe, -77, n)
	}
	convs(3.99, -1, math.MaxUint64)
	convs(-3.99, 1<<40+5, 1<<63)
	convs(1e10, math.MinInt64, 12345)
	fmt.Println(a, b, c, frac, h, kb, mb, gb, unsafe.Sizeof(a))
	var f32 float32 = 16777216
	var f64 = 0.1
	fmt.Println(f32+1, f64+0.2, f64*3, float32(f64), f64/0.3)
	inf := math.Inf(1)
	nan := math.NaN()
	fmt.Println(inf > 1, -inf < 1, nan == nan, nan != nan, nan < 1, nan > 1, min(nan, 1), max(1, nan), min(-0.0, 0), max(inf, 3))
	z := 0.0
	fmt.Println(1/z, -1/z, math.Signbit(-z), math.Signbit(math.Copysign(0, -1)))
	var c64 complex64 = complex(1, 2)
	c128 := complex(3, -4)
	fmt.Println(c64*c64, c128/complex128(c64), real(c128), imag(c64), c128 == complex(3, -4), -c128, c128+1i)
	x := 10
	x += 5
	x -= 3
	x *= 4
	x /= 5
	x %= 6
	x <<= 3
	x >>= 1
	x |= 1
	x &= 0xd
	x ^= 6
	x &^= 2
	x++
	x--
	fmt.Println(x)
	defer func() { fmt.Println(recover()) }()
	var zero int
	fmt.Println(x / zero)
}
