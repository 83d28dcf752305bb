package p

type Shape interface{ Area() float64 }

type Square struct{}

func (Square) Area() int { return 1 }

var s Shape = Square{}
