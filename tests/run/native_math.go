// Functions of package math whose bits on amd64 are those of upstream's assembly: digests of results over many arguments.
package main

import (
	"fmt"
	"math"
	"math/rand/v2"
)

type all uint64

func (a *all) add(x float64) {
	b := math.Float64bits(x)
	if x != x {
		b = 1 // which NaN it is depends on the processor
	}
	for range 8 {
		*a = (*a ^ all(b&255)) * 1099511628211
		b >>= 8
	}
}

// Exp has two forms, with and without fused operations, by what the processor has.
func exp(x float64, fma func(x, y, z float64) float64) float64 {
	k := int32(math.RoundToEven(x * math.Log2E))
	kf := float64(k)
	r := fma(-kf, 0.69314718055966295651160180568695068359375, x)
	r = fma(-kf, 0.28235290563031577122588448175013436025525412068e-12, r) * 0.0625
	p := 2.4801587301587301587e-5
	for _, c := range []float64{1.9841269841269841270e-4, 1.3888888888888888889e-3, 8.3333333333333333333e-3, 4.1666666666666666667e-2, 1.6666666666666666667e-1, 0.5, 1} {
		p = fma(r, p, c)
	}
	r *= p
	for range 3 {
		r *= r + 2
	}
	r = fma(r, r+2, 1)
	return math.Ldexp(r, int(k))
}

func plain(x, y, z float64) float64 { return float64(x*y) + z }

func main() {
	r := rand.New(rand.NewPCG(1, 2))
	special := []float64{0, math.Copysign(0, -1), 1, -1, 0.5, -0.5, 1.5, -1.5, 2.5, math.Pi, -math.Pi, 709.78, 709.79, -745.2, -708, 1e308, -1e308, 5e-324, 2.2e-308,
		1 << 52, 1<<52 - 0.5, -(1<<52 - 0.5), 1 << 53, math.MaxFloat64, math.Inf(1), math.Inf(-1), math.NaN(), 0.49999999999999994, -0.49999999999999994}
	arg := func(i int) float64 {
		switch {
		case i < len(special):
			return special[i]
		case i&3 == 0:
			return math.Float64frombits(r.Uint64())
		case i&3 == 1:
			return (r.Float64() - 0.5) * 1400
		case i&3 == 2:
			return math.Ldexp(r.Float64()-0.5, int(r.Uint64()%40))
		}
		return r.NormFloat64()
	}
	const n = 200000
	for _, f := range []struct {
		name string
		f    func(float64) float64
	}{
		{"Log", math.Log}, {"Floor", math.Floor}, {"Ceil", math.Ceil}, {"Trunc", math.Trunc}, {"RoundToEven", math.RoundToEven},
		{"Floor inline", func(x float64) float64 { return math.Floor(x) }},
		{"Ceil inline", func(x float64) float64 { return math.Ceil(x) }},
		{"Trunc inline", func(x float64) float64 { return math.Trunc(x) }},
		{"Log10", math.Log10}, {"Log2", math.Log2}, {"Log1p", math.Log1p}, {"Sqrt", math.Sqrt}, {"Cbrt", math.Cbrt}, {"Sin", math.Sin}, {"Atan", math.Atan},
	} {
		var sum all
		for i := range n {
			sum.add(f.f(arg(i)))
		}
		fmt.Printf("%s %x\n", f.name, sum)
	}
	for _, f := range []struct {
		name string
		f    func(x, y float64) float64
	}{
		{"Hypot", math.Hypot}, {"Max", math.Max}, {"Min", math.Min}, {"Mod", math.Mod}, {"Atan2", math.Atan2},
	} {
		var sum all
		for _, x := range special {
			for _, y := range special {
				sum.add(f.f(x, y))
			}
		}
		for i := range n {
			sum.add(f.f(arg(i+len(special)), arg(i)))
		}
		fmt.Printf("%s %x\n", f.name, sum)
	}
	var sum all
	for i := range n {
		sum.add(math.FMA(arg(i), arg(n-i), arg(i+5)))
	}
	for _, x := range special {
		for _, y := range special {
			for _, z := range special {
				sum.add(math.FMA(x, y, z))
			}
		}
	}
	fmt.Printf("FMA %x\n", sum)

	plainly, fused := 0, 0
	for range n {
		x := (r.Float64() - 0.5) * 1400
		e := math.Exp(x)
		p, f := exp(x, plain), exp(x, math.FMA)
		if p == f {
			if e != p {
				fmt.Println("Exp", x, e, p)
			}
		} else if e == p {
			plainly++
		} else if e == f {
			fused++
		} else {
			fmt.Println("Exp", x, e, p, f)
		}
	}
	fmt.Println("Exp", (plainly == 0) != (fused == 0))
	for _, x := range special {
		fmt.Print(math.Exp(x) == 0, math.IsInf(math.Exp(x), 1), math.IsNaN(math.Exp(x)), " ")
	}
	fmt.Println(math.Exp(0), math.Exp(math.Inf(-1)), math.Exp(-744), math.Exp(-745.2))
}
