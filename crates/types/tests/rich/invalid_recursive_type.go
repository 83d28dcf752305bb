package p

type T struct {
	a T
}
