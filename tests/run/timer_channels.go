package main

import (
	"fmt"
	"runtime"
	"sync/atomic"
	"time"
)

// A timer of a channel is garbage once nobody refers to it, though it has not expired.
func collected() {
	var n atomic.Int32
	for range 50 {
		t := time.NewTicker(time.Hour)
		runtime.AddCleanup(t, func(int) { n.Add(1) }, 0)
	}
	for range 100 {
		runtime.GC()
		time.Sleep(time.Millisecond)
		if n.Load() >= 45 {
			fmt.Println("collected")
			return
		}
	}
	fmt.Println("still there:", 50-n.Load())
}

func main() {
	// A period shorter than a receive.
	tk := time.NewTicker(1)
	for range 3 {
		<-tk.C
	}
	tk.Stop()
	select {
	case <-tk.C:
		fmt.Println("stale tick")
	default:
	}

	// Expired while nobody looked: the first look finds it, Stop comes too late only if it was received.
	t := time.NewTimer(1)
	time.Sleep(time.Millisecond)
	fmt.Println(len(t.C), cap(t.C), t.Stop())
	select {
	case <-t.C:
		fmt.Println("stale value")
	default:
	}
	t.Reset(1)
	time.Sleep(time.Millisecond)
	select {
	case <-t.C:
	default:
		fmt.Println("no value")
	}
	fmt.Println(t.Stop())

	// The value says when the timer expired, not when it was received.
	start := time.Now()
	t.Reset(time.Millisecond)
	time.Sleep(30 * time.Millisecond)
	if d := (<-t.C).Sub(start); d > 20*time.Millisecond {
		fmt.Println("late value", d)
	}

	// Waited for by several, in select and alone.
	t = time.NewTimer(2 * time.Millisecond)
	done := make(chan bool)
	go func() { <-t.C; done <- true }()
	go func() {
		select {
		case <-t.C:
		case <-time.After(10 * time.Millisecond):
		}
		done <- true
	}()
	<-done
	t.Reset(1)
	<-done
	collected()
}
