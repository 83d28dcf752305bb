// Goroutines that nobody can wake are found; those that only a living one can reach are not.
package main

import (
	"fmt"
	"runtime"
	"runtime/pprof"
	"slices"
	"strings"
	"sync"
	"time"
)

//go:noinline
func leakRecv() { c := make(chan int); go func() { <-c }() }

//go:noinline
func leakNil() { go func() { var c chan int; <-c }() }

//go:noinline
func leakMutex() {
	m := &struct {
		sync.Mutex
		self *sync.Mutex
	}{}
	m.self = &m.Mutex
	m.Lock()
	go func() { m.Lock() }()
}

//go:noinline
func leakWG() { m := new(sync.WaitGroup); m.Add(1); go func() { m.Wait() }() }

//go:noinline
func leakCond() {
	m := sync.NewCond(new(sync.Mutex))
	go func() { m.L.Lock(); m.Wait() }()
}

//go:noinline
func leakSelect() {
	a, b := make(chan int), make(chan int)
	go func() {
		select {
		case <-a:
		case b <- 1:
		}
	}()
}

// a chain: the first is alive, and holds the channel of the second, and so on.
var root = make(chan chan int)

//go:noinline
func alive() {
	c := make(chan int)
	d := make(chan int)
	go func() { <-root; c <- 1 }()
	go func() { <-c; d <- 1 }()
	go func() { <-d }()
}

func main() {
	leakRecv()
	leakNil()
	leakMutex()
	leakWG()
	leakCond()
	leakSelect()
	alive()
	time.Sleep(20 * time.Millisecond)
	for i := 0; i < 3; i++ {
		runtime.GC()
	}
	p := pprof.Lookup("goroutineleak")
	for i := 0; i < 2; i++ {
		var sb strings.Builder
		p.WriteTo(&sb, 1)
		lines := strings.Split(sb.String(), "\n")
		fmt.Println(lines[0], p.Count())
		var names []string
		for _, l := range lines {
			if strings.Contains(l, "main.") {
				f := strings.Fields(l)[2]
				names = append(names, f[:strings.Index(f, "+")])
			}
		}
		slices.Sort(names)
		fmt.Println(names)
	}
	buf := make([]byte, 1<<16)
	fmt.Println(strings.Count(string(buf[:runtime.Stack(buf, true)]), "(leaked)]:"))
	root <- nil
	time.Sleep(20 * time.Millisecond)
	fmt.Println(runtime.NumGoroutine())
}
