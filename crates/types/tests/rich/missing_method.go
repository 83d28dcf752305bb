package p

type Shape interface{ Area() float64 }

type Square struct{}

var s Shape = Square{}
