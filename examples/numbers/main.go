// Numbers: math, math/big, math/rand/v2, encoding/binary, integer and float corner cases.
package main

import (
	"encoding/binary"
	"fmt"
	"math"
	"math/big"
	"math/bits"
	"math/rand/v2"
)

func fib(n int) *big.Int {
	a, b := big.NewInt(0), big.NewInt(1)
	for range n {
		a.Add(a, b)
		a, b = b, a
	}
	return a
}

func main() {
	fmt.Println(fib(300))
	x := new(big.Int).Exp(big.NewInt(3), big.NewInt(200), nil)
	q, r := new(big.Int).QuoRem(x, fib(90), new(big.Int))
	fmt.Println(q, r, x.BitLen(), x.ProbablyPrime(10))
	fmt.Println(new(big.Rat).Add(big.NewRat(1, 3), big.NewRat(1, 6)), new(big.Float).SetPrec(200).Sqrt(big.NewFloat(2)))

	fmt.Println(math.Sqrt(2), math.Sin(1), math.Pow(2, 0.5), math.Log1p(1e-9), math.Inf(1), math.NaN(), math.MaxInt64, math.Pi)
	fmt.Println(math.Floor(-1.5), math.Ceil(-1.5), math.Trunc(-1.5), math.RoundToEven(2.5), math.Mod(7, -3), math.Hypot(3, 4), math.FMA(2, 3, 4))
	fmt.Println(bits.LeadingZeros32(1), bits.TrailingZeros64(1<<40), bits.OnesCount(0xff), bits.Reverse8(3), bits.RotateLeft8(0x81, 1))
	hi, lo := bits.Mul64(math.MaxUint64, math.MaxUint64)
	fmt.Println(hi, lo)

	rng := rand.New(rand.NewPCG(1, 2))
	fmt.Println(rng.IntN(100), rng.IntN(100), rng.Perm(5), rng.Float64())
	cc := rand.New(rand.NewChaCha8([32]byte([]byte("an example seed of 32 bytes ...."))))
	fmt.Println(cc.Uint64(), cc.Int32N(1000))

	buf := make([]byte, 0, 32)
	buf = binary.BigEndian.AppendUint32(buf, 0xdeadbeef)
	buf = binary.LittleEndian.AppendUint64(buf, 1)
	buf = binary.AppendUvarint(buf, 300)
	v, n := binary.Uvarint(buf[12:])
	fmt.Printf("% x %d %d\n", buf, v, n)

	var i8 int8 = -128
	var z int
	fmt.Println(-i8, i8/int8(z-1), i8>>9, uint8(z+200)+100, -7/2, -7%3, 1<<(z+62)>>60)
	var u32 uint32 = 1 << 31
	fmt.Println(int32(u32), uint16(70000&0xffff), float32(16777217), int64(float64(1<<53)), complex(1, 2)*complex(3, -1))
	func() {
		defer func() { fmt.Println("recovered:", recover()) }()
		fmt.Println(10 / z)
	}()
}
