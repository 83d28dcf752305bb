// What a waiting frame no longer needs, or does not hold yet, is collected.
package main

import (
	"fmt"
	"runtime"
	"sync/atomic"
	"time"
)

type object struct{ words [8]int }

var collected atomic.Int32

//go:noinline
func made() *object {
	o := new(object)
	runtime.AddCleanup(o, func(int) { collected.Add(1) }, 0)
	return o
}

// dirty leaves a pointer to a dead object in every word of the stack below.
//
//go:noinline
func dirty(depth int, a, b, c, d, e, f *object) *object {
	all := [24]*object{a, b, c, d, e, f, a, b, c, d, e, f, a, b, c, d, e, f, a, b, c, d, e, f}
	if depth == 0 {
		return all[depth+3]
	}
	if r := dirty(depth-1, f, a, b, c, d, e); r != nil {
		return all[depth%24]
	}
	return nil
}

//go:noinline
func filled() {
	o := made()
	dirty(30, o, o, o, o, o, o)
}

//go:noinline
func use(p *[20]*object) { p[3] = nil }

//go:noinline
func useNumbers(p *[20]int) { p[3]++ }

// Each waits until stop is closed and says when it is about to.
var waiters = []struct {
	name string
	wait func(ready chan<- bool, stop <-chan bool)
}{
	{"a variable of later", func(ready chan<- bool, stop <-chan bool) {
		filled()
		later(ready, stop)
	}},
	{"deferred calls", func(ready chan<- bool, stop <-chan bool) {
		filled()
		deferring(ready, stop)
	}},
	{"numbers", func(ready chan<- bool, stop <-chan bool) {
		filled()
		numbers(ready, stop)
	}},
	{"received before", received},
	{"received in a struct", receivedStruct},
	{"received by range", ranged},
	{"received by select", selected},
}

//go:noinline
func later(ready chan<- bool, stop <-chan bool) {
	ready <- true
	<-stop
	var v [20]*object
	use(&v)
}

//go:noinline
func deferring(ready chan<- bool, stop <-chan bool) {
	defer func() { recover() }()
	ready <- true
	<-stop
	var v [20]*object
	use(&v)
}

//go:noinline
func numbers(ready chan<- bool, stop <-chan bool) {
	var v [20]int
	useNumbers(&v)
	ready <- true
	<-stop
	useNumbers(&v)
}

//go:noinline
func given() chan *object {
	c := make(chan *object, 1)
	c <- made()
	return c
}

func received(ready chan<- bool, stop <-chan bool) {
	c := given()
	go func() {
		<-stop
		close(c)
	}()
	for {
		o := <-c
		if o == nil {
			return
		}
		o.words[0]++
		o = nil
		ready <- true
	}
}

type message struct {
	o    *object
	rest [3]*object
	n    int
}

//go:noinline
func handle(m *message, n int) { m.n += n }

func receivedStruct(ready chan<- bool, stop <-chan bool) {
	messages := make(chan message, 1)
	func() { messages <- message{o: made()} }()
	for n := 0; ; n++ {
		if n > 0 {
			ready <- true
			<-stop
			return
		}
		m := <-messages
		handle(&m, n)
	}
}

func ranged(ready chan<- bool, stop <-chan bool) {
	c := given()
	go func() {
		<-stop
		close(c)
	}()
	for o := range c {
		o.words[0]++
		ready <- true
	}
}

func selected(ready chan<- bool, stop <-chan bool) {
	c := given()
	for {
		select {
		case o := <-c:
			o.words[0]++
			ready <- true
		case <-stop:
			return
		}
	}
}

func main() {
	for _, w := range waiters {
		collected.Store(0)
		ready, stop, done := make(chan bool), make(chan bool), make(chan bool)
		go func() {
			w.wait(ready, stop)
			done <- true
		}()
		<-ready
		for end := time.Now().Add(10 * time.Second); collected.Load() == 0 && time.Now().Before(end); {
			runtime.GC()
			time.Sleep(time.Millisecond)
		}
		fmt.Println(w.name, collected.Load())
		close(stop)
		<-done
	}
}
