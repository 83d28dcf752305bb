package runtime

import "unsafe"

// complex128div is division of complex numbers, by Smith's method, which does not overflow where the result does not.
// Where both parts come out as NaN they are corrected to the infinity or zero that C99's annex G asks for.
func complex128div(n, m complex128) complex128 {
	a, b := real(n), imag(n)
	c, d := real(m), imag(m)
	var e, f float64
	if fabs(c) >= fabs(d) {
		ratio := d / c
		denom := c + ratio*d
		e = (a + b*ratio) / denom
		f = (b - a*ratio) / denom
	} else {
		ratio := c / d
		denom := d + ratio*c
		e = (a*ratio + b) / denom
		f = (b*ratio - a) / denom
	}
	if e == e || f == f {
		return complex(e, f)
	}
	inf := float64frombits(0x7ff0 << 48)
	switch {
	case c == 0 && d == 0 && (a == a || b == b):
		// A number by zero.
		e = copysign(inf, c) * a
		f = copysign(inf, c) * b
	case (isInf(a) || isInf(b)) && isFinite(c) && isFinite(d):
		// Infinity by a number.
		a, b = inf2one(a), inf2one(b)
		e = inf * (a*c + b*d)
		f = inf * (b*c - a*d)
	case (isInf(c) || isInf(d)) && isFinite(a) && isFinite(b):
		// A number by infinity.
		c, d = inf2one(c), inf2one(d)
		e = 0 * (a*c + b*d)
		f = 0 * (b*c - a*d)
	}
	return complex(e, f)
}

func float64bits(f float64) uint64     { return *(*uint64)(unsafe.Pointer(&f)) }
func float64frombits(b uint64) float64 { return *(*float64)(unsafe.Pointer(&b)) }

func fabs(f float64) float64 { return float64frombits(float64bits(f) &^ (1 << 63)) }
func copysign(f, s float64) float64 {
	return float64frombits(float64bits(f)&^(1<<63) | float64bits(s)&(1<<63))
}
func isInf(f float64) bool    { return float64bits(f)&^(1<<63) == 0x7ff0<<48 }
func isFinite(f float64) bool { return float64bits(f)>>52&0x7ff != 0x7ff }

// inf2one is a 1 for infinity and a 0 for the rest, with the sign of f.
func inf2one(f float64) float64 {
	if isInf(f) {
		return copysign(1, f)
	}
	return copysign(0, f)
}
