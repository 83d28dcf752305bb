package main

import "fmt"

// A result too large for registers beside one in a register: what the former refers to outlives the call.

type Body interface{ m() int }
type A struct{ A [4]byte }

func (a *A) m() int { return int(a.A[0]) }

type R struct {
	Name [255]byte
	Body Body
}

type M struct {
	ID      uint16
	Answers []R
	Auth    []R
	Add     []R
}

type S struct {
	f func(n string, q M) (M, error)
}

//go:noinline
func mk() S {
	return S{f: func(n string, q M) (M, error) {
		r := M{ID: q.ID}
		if n == "tcp" {
			r.Answers = []R{{Name: [255]byte{0: 7}, Body: &A{A: [4]byte{1, 2, 3, 4}}}}
		}
		return r, nil
	}}
}

//go:noinline
func clobber(n int) int {
	var a [400]int
	for i := range a {
		a[i] = 0x2a * n
	}
	return a[n] + a[n*2]
}

func main() {
	m, _ := mk().f("tcp", M{ID: 1})
	clobber(3)
	fmt.Println(m.ID, len(m.Answers), m.Answers[0].Name[0], m.Answers[0].Body.m())
}
