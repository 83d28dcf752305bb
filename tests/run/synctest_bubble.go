package main

import (
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// The clock of a bubble moves when all of its goroutines wait for each other.
func clock(t *testing.T) {
	start := time.Now()
	fmt.Println(start.UTC())
	time.Sleep(24 * time.Hour)
	fmt.Println(time.Since(start))

	tk := time.NewTicker(time.Minute)
	for range 3 {
		<-tk.C
	}
	tk.Stop()
	fmt.Println(time.Since(start))

	fired := false
	time.AfterFunc(time.Second, func() { fired = true })
	time.Sleep(time.Second - 1)
	synctest.Wait()
	fmt.Println(fired)
	time.Sleep(1)
	synctest.Wait()
	fmt.Println(fired)
}

// Wait returns when the others are blocked for good, on each kind of waiting.
func wait(t *testing.T) {
	var mu sync.Mutex
	cond := sync.NewCond(&mu)
	var wg sync.WaitGroup
	ch := make(chan int)
	state := make([]string, 5)
	wg.Add(1)
	wait := []func(){
		func() { <-ch },
		func() { wg.Wait() },
		func() { mu.Lock(); cond.Wait(); mu.Unlock() },
		func() {
			select {
			case ch <- 1:
			case <-make(chan int):
			}
		},
		func() { time.Sleep(time.Hour) },
	}
	for i, f := range wait[:3] {
		go func() { state[i] = "waits"; f(); state[i] = "done" }()
	}
	synctest.Wait()
	fmt.Println(state)
	go func() { state[3] = "waits"; wait[3](); state[3] = "done" }()
	go func() { state[4] = "waits"; wait[4](); state[4] = "done" }()
	wg.Done()
	mu.Lock()
	cond.Broadcast()
	mu.Unlock()
	synctest.Wait()
	fmt.Println(state)
	time.Sleep(time.Hour)
	synctest.Wait()
	fmt.Println(state)
}

func main() {
	testing.Init()
	tests := []testing.InternalTest{
		{"clock", func(t *testing.T) { synctest.Test(t, clock) }},
		{"wait", func(t *testing.T) { synctest.Test(t, wait) }},
	}
	testing.Main(func(string, string) (bool, error) { return true, nil }, tests, nil, nil)
}
