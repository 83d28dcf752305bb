// Concurrency: goroutines, channels, select, sync, sync/atomic, context, time.
package main

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"time"
)

func producer(ctx context.Context, n int) <-chan int {
	ch := make(chan int)
	go func() {
		defer close(ch)
		for i := range n {
			select {
			case ch <- i:
			case <-ctx.Done():
				return
			}
		}
	}()
	return ch
}

func main() {
	ctx, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	var sum atomic.Int64
	src := producer(ctx, 10000)
	for range 8 {
		wg.Go(func() {
			for v := range src {
				sum.Add(int64(v))
			}
		})
	}
	wg.Wait()
	cancel()
	fmt.Println(sum.Load(), ctx.Err())

	var mu sync.Mutex
	counts := map[int]int{}
	for i := range 1000 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			mu.Lock()
			defer mu.Unlock()
			counts[i%7]++
		}()
	}
	wg.Wait()
	fmt.Println(counts)

	tctx, tcancel := context.WithTimeoutCause(context.Background(), 5*time.Millisecond, errors.New("too slow"))
	defer tcancel()
	select {
	case <-tctx.Done():
		fmt.Println(tctx.Err(), context.Cause(tctx))
	case <-time.After(5 * time.Second):
		fmt.Println("timer late")
	}

	ping, pong := make(chan int), make(chan int)
	go func() {
		for v := range ping {
			pong <- v + 1
		}
		close(pong)
	}()
	v := 0
	for range 1000 {
		ping <- v
		v = <-pong
	}
	close(ping)
	_, open := <-pong
	fmt.Println(v, open)

	var once sync.Once
	for range 3 {
		once.Do(func() { fmt.Println("once") })
	}
	cond := sync.NewCond(&mu)
	ready := 0
	for range 3 {
		go func() {
			mu.Lock()
			ready++
			mu.Unlock()
			cond.Broadcast()
		}()
	}
	mu.Lock()
	for ready < 3 {
		cond.Wait()
	}
	mu.Unlock()

	tick := time.NewTicker(time.Millisecond)
	for range 3 {
		<-tick.C
	}
	tick.Stop()
	p := sync.Pool{New: func() any { return new([64]byte) }}
	p.Put(p.Get())
	var m sync.Map
	m.Store("k", 1)
	got, _ := m.LoadOrStore("k", 2)
	fmt.Println(got, ready, runtime.NumGoroutine() < 10)

	results := make(chan string, 4)
	for i := range 4 {
		go func() {
			defer func() {
				if r := recover(); r != nil {
					results <- fmt.Sprint("recovered ", r)
				}
			}()
			if i == 3 {
				var p *int
				*p = 1
			}
			panic(fmt.Sprint("worker ", i))
		}()
	}
	seen := map[string]bool{}
	for range 4 {
		seen[<-results] = true
	}
	fmt.Println(seen)
	d := 90 * time.Minute
	t0 := time.Date(2026, time.February, 28, 23, 30, 0, 0, time.UTC)
	fmt.Println(d, t0.Add(d).Format(time.RFC3339), t0.Weekday(), t0.YearDay())
}
