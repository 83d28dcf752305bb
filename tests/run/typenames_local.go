// Names of local types: type arguments of the functions around come first.
package main

import "fmt"

type G[T any] struct{}

func (G[T]) M() {
	type L struct{ x T }
	type K[A any] struct {
		x T
		a A
	}
	fmt.Printf("%T %T\n", L{}, K[L]{})
}
func F[A, B any]() {
	type L struct{ x A }
	type K[C, D any] struct {
		x A
		c C
		d D
	}
	fmt.Printf("%T %T %T\n", L{}, K[L, int]{}, K[K[A, B], string]{})
	func() {
		type L struct{ x A }
		fmt.Printf("%T %T\n", L{}, K[L, int]{})
	}()
}

func main() {
	type L int
	type K[T any] struct{}
	fmt.Printf("%T %T\n", L(0), K[L]{})
	F[int, L]()
	F[K[L], string]()
	G[int]{}.M()
	G[L]{}.M()
	fmt.Printf("%T\n", G[L]{})
}
