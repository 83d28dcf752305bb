package main

type I int
type St string
type F float64

func main() {
	defer panic(F(2.5))
	defer panic(St("named"))
	defer panic(I(7))
	panic(uint8(3))
}
