// What bodies put into others no longer make: small functions that make objects for large ones, parameters in memory, loops over
// local iterators. And what is still kept is kept.
package main

import (
	"fmt"
	"runtime"
	"testing"
)

type table struct {
	words [40]int
	n     int
}

// made is small; what it calls is not, however it is written.
func made(n int) *table { return fill(new(table), n) }

func fill(t *table, n int) *table {
	for i := range t.words {
		switch {
		case i%7 == 0:
			t.words[i] = n * i
		case i%5 == 0:
			t.words[i] = n - i
		case i%3 == 0:
			t.words[i] = n ^ i
		case i%2 == 0:
			t.words[i] = n | i
		default:
			t.words[i] = n &^ i
		}
		if t.words[i] > 100 {
			t.n += t.words[i] % 100
		} else {
			t.n -= t.words[i] % 10
		}
	}
	for i := range t.words {
		t.words[i] += t.words[len(t.words)-1-i] * t.n
	}
	return t
}

var kept []byte

// keeps has parameters in memory, of which one is kept.
//
//go:noinline
func keeps(a, b []byte, keep, look []byte) int {
	kept = keep
	return len(a) + len(b) + int(look[0])
}

//go:noinline
func sum(parts ...[]byte) (n int) {
	each := func(yield func([]byte) bool) {
		for _, p := range parts {
			for len(p) >= 4 {
				if !yield(p[:4]) {
					return
				}
				p = p[4:]
			}
			if len(p) > 0 {
				var last [4]byte
				copy(last[:], p)
				if !yield(last[:]) {
					return
				}
			}
		}
	}
	for b := range each {
		n = n*31 + int(b[0]) + int(b[3])
	}
	return n
}

// collected keeps what the iterator made anew for each turn.
//
//go:noinline
func collected() (all []*[4]int) {
	each := func(yield func(int, *[4]int) bool) {
		for i := range 3 {
			v := [4]int{i, i + 1, i + 2, i + 3}
			if !yield(i, &v) {
				return
			}
		}
	}
	for _, p := range each {
		all = append(all, p)
	}
	var last *[4]int
	for _, last = range each {
	}
	return append(all, last)
}

// later ranges over an iterator that is replaced.
//
//go:noinline
func later(other func(func(*int) bool)) (p *int) {
	each := func(yield func(*int) bool) {
		n := 1
		yield(&n)
	}
	for q := range each {
		p = q
	}
	each = other
	for q := range each {
		*p += *q
	}
	return p
}

//go:noinline
func dirty(n int) int {
	var a [64]int
	for i := range a {
		a[i] = n + i
	}
	if n > 0 {
		return a[n] + dirty(n-1)
	}
	return a[0]
}

func main() {
	show := func(what string, f func()) { fmt.Println(what, testing.AllocsPerRun(100, f)) }
	total := 0
	show("made", func() { total += made(3).n })
	show("keeps", func() {
		x, y := []byte("first text"), []byte("second text")
		total += keeps(x, y, nil, []byte("third text"))
	})
	parts := [][]byte{[]byte("abcdefg"), []byte("hi")}
	show("sum", func() { total += sum(parts...) })
	fmt.Println(total != 0, sum(parts...))
	all := collected()
	p := later(func(yield func(*int) bool) { yield(new(41)) })
	dirty(40)
	runtime.GC()
	for _, v := range all {
		fmt.Println(*v)
	}
	fmt.Println(*p)
}
