// A chain of embedded interfaces takes no stack: each wrapper jumps to the method of the next.
package main

import (
	"fmt"
	"runtime/debug"
)

type counter interface{ count(n int, s string) (int, string) }

type last struct{ n int }

func (l *last) count(n int, s string) (int, string) { return l.n + n, s + "." }

type link struct {
	counter
	id int
}

func main() {
	debug.SetMaxStack(64 << 10)
	done := make(chan bool)
	go func() {
		var c counter = &last{7}
		for i := range 100_000 {
			c = &link{c, i}
		}
		fmt.Println(c.count(35, "end"))
		f := c.count
		fmt.Println(f(1, "value"))
		func() {
			defer func() { fmt.Println(recover()) }()
			(&link{}).count(1, "")
		}()
		done <- true
	}()
	<-done
}
