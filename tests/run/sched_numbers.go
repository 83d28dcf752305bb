// The scheduler's numbers that a program can see.
package main

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"slices"
	"sync/atomic"
	"time"
)

// How late a sleeper is that has to share the only P with a loop without calls.
// The best of a few rounds, for other programs may want the processor too.
func tight(collect bool) time.Duration {
	best := time.Hour
	for range 5 {
		best = min(best, round(collect))
	}
	return best
}

func round(collect bool) time.Duration {
	var stop atomic.Bool
	done := make(chan bool)
	go func() {
		for !stop.Load() {
		}
		close(done)
	}()
	if collect {
		go func() {
			for !stop.Load() {
				runtime.GC()
			}
		}()
	}
	var late []time.Duration
	for range 15 {
		t := time.Now()
		time.Sleep(time.Millisecond)
		late = append(late, time.Since(t)-time.Millisecond)
	}
	stop.Store(true)
	<-done
	return slices.Min(late)
}

func main() {
	fmt.Println("threads", debug.SetMaxThreads(10000))
	fmt.Println("stack", debug.SetMaxStack(1000000000))
	runtime.GOMAXPROCS(1)
	keep := make([]*[]byte, 20000)
	for i := range keep {
		b := make([]byte, 100)
		keep[i] = &b
	}
	fmt.Println("tight loop in time", tight(false) < 20*time.Millisecond)
	fmt.Println("also while collecting", tight(true) < 20*time.Millisecond)
	runtime.KeepAlive(keep)

	// GOMAXPROCS changes under load.
	var n atomic.Int64
	var stop atomic.Bool
	ended := make(chan bool)
	for range 8 {
		go func() {
			for !stop.Load() {
				n.Add(1)
				if n.Load()%64 == 0 {
					runtime.Gosched()
				}
			}
			ended <- true
		}()
	}
	ok := true
	for i := range 200 {
		want := 1 + i%7
		runtime.GOMAXPROCS(want)
		ok = ok && runtime.GOMAXPROCS(0) == want
	}
	stop.Store(true)
	for range 8 {
		<-ended
	}
	fmt.Println("procs changed under load", ok)
}
