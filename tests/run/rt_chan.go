// Channels, select, goroutines, sync, timers.
package main

import (
	"context"
	"fmt"
	"iter"
	"sync"
	"sync/atomic"
	"time"
)

func pingpong() {
	a, b := make(chan int), make(chan int)
	go func() {
		for v := range a {
			b <- v + 1
		}
		close(b)
	}()
	s := 0
	for i := range 1000 {
		a <- i
		s += <-b
	}
	close(a)
	_, ok := <-b
	fmt.Println(s, ok)
}

func buffered() {
	c := make(chan string, 3)
	c <- "a"
	c <- "b"
	fmt.Println(len(c), cap(c))
	select {
	case c <- "c":
		fmt.Println("sent")
	default:
		fmt.Println("full")
	}
	select {
	case c <- "d":
		fmt.Println("sent")
	default:
		fmt.Println("full")
	}
	close(c)
	for v := range c {
		fmt.Print(v, " ")
	}
	v, ok := <-c
	fmt.Printf("%q %v\n", v, ok)
}

func selects() {
	c1, c2, quit := make(chan int), make(chan string), make(chan struct{})
	var wg sync.WaitGroup
	wg.Add(2)
	go func() {
		defer wg.Done()
		for i := range 100 {
			c1 <- i
		}
	}()
	go func() {
		defer wg.Done()
		for i := range 100 {
			c2 <- fmt.Sprint(i)
		}
	}()
	go func() { wg.Wait(); close(quit) }()
	n1, n2 := 0, 0
	for {
		select {
		case v := <-c1:
			n1 += v
		case s := <-c2:
			n2 += len(s)
		case <-quit:
			fmt.Println(n1, n2)
			return
		}
	}
}

func nilchan() {
	var c chan int
	select {
	case <-c:
		fmt.Println("bad")
	case c <- 1:
		fmt.Println("bad")
	case <-time.After(time.Millisecond):
		fmt.Println("timeout")
	}
}

func mutexes() {
	var mu sync.Mutex
	var rw sync.RWMutex
	var n, m int
	var at atomic.Int64
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			for range 500 {
				mu.Lock()
				n++
				mu.Unlock()
				rw.RLock()
				_ = m
				rw.RUnlock()
				at.Add(1)
			}
			rw.Lock()
			m++
			rw.Unlock()
		})
	}
	wg.Wait()
	fmt.Println(n, m, at.Load())
	var once sync.Once
	for range 3 {
		once.Do(func() { fmt.Println("once") })
	}
	c := sync.NewCond(&mu)
	ready := 0
	for range 5 {
		wg.Go(func() {
			mu.Lock()
			for ready == 0 {
				c.Wait()
			}
			ready++
			mu.Unlock()
		})
	}
	mu.Lock()
	ready = 1
	c.Broadcast()
	mu.Unlock()
	wg.Wait()
	fmt.Println("ready", ready)
	var sm sync.Map
	sm.Store("a", 1)
	v, ok := sm.LoadOrStore("a", 2)
	fmt.Println(v, ok)
	p := sync.Pool{New: func() any { return new(int) }}
	x := p.Get().(*int)
	p.Put(x)
	fmt.Println(*p.Get().(*int))
}

func timers() {
	start := time.Now()
	time.Sleep(5 * time.Millisecond)
	fmt.Println(time.Since(start) >= 5*time.Millisecond)
	t := time.NewTimer(time.Hour)
	fmt.Println(t.Stop(), t.Stop(), t.Reset(time.Millisecond))
	<-t.C
	done := make(chan bool)
	time.AfterFunc(time.Millisecond, func() { done <- true })
	fmt.Println(<-done)
	tk := time.NewTicker(time.Millisecond)
	for range 3 {
		<-tk.C
	}
	tk.Stop()
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Millisecond)
	defer cancel()
	<-ctx.Done()
	fmt.Println(ctx.Err())
}

func pull() {
	seq := func(yield func(int) bool) {
		defer fmt.Println("seq ends")
		for i := 0; ; i++ {
			if !yield(i * i) {
				return
			}
		}
	}
	next, stop := iter.Pull(iter.Seq[int](seq))
	for range 4 {
		v, ok := next()
		fmt.Print(v, ok, " ")
	}
	stop()
	v, ok := next()
	fmt.Println(v, ok)
	next2, stop2 := iter.Pull(func(yield func(int) bool) { panic("in seq") })
	defer stop2()
	func() {
		defer func() { fmt.Println(recover()) }()
		next2()
	}()
}

func many() {
	c := make(chan int)
	const n = 2000
	for i := range n {
		go func() { c <- i }()
	}
	s := 0
	for range n {
		s += <-c
	}
	fmt.Println(s)
}

func sieve() {
	ch := make(chan int)
	go func(out chan int) {
		for i := 2; ; i++ {
			out <- i
		}
	}(ch)
	for range 30 {
		p := <-ch
		fmt.Print(p, " ")
		ch1 := make(chan int)
		go func(in, out chan int) {
			for {
				if i := <-in; i%p != 0 {
					out <- i
				}
			}
		}(ch, ch1)
		ch = ch1
	}
	fmt.Println()
}

func main() {
	pingpong()
	buffered()
	selects()
	nilchan()
	mutexes()
	timers()
	pull()
	many()
	sieve()
}
