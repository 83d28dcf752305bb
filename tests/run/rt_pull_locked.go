package main

import (
	"fmt"
	"iter"
	"runtime"
	"syscall"
)

// A goroutine that is locked to its thread and calls a coroutine: both sides run on that thread, however often they change
// over and whoever else wants the processors.

func numbers(here int, wrong *int) iter.Seq[int] {
	return func(yield func(int) bool) {
		for i := 0; ; i++ {
			if syscall.Gettid() != here {
				*wrong++
			}
			if i%3 == 0 {
				runtime.Gosched()
			}
			if !yield(i) {
				return
			}
		}
	}
}

// nested passes on what a coroutine of its own gives.
func nested(s iter.Seq[int]) iter.Seq[int] {
	return func(yield func(int) bool) {
		next, stop := iter.Pull(s)
		defer stop()
		for {
			v, ok := next()
			if !ok || !yield(v) {
				return
			}
		}
	}
}

func pull(s iter.Seq[int], n, here int, wrong *int) (sum int) {
	next, stop := iter.Pull(s)
	defer stop()
	for range n {
		v, _ := next()
		sum += v
		if syscall.Gettid() != here {
			*wrong++
		}
	}
	return sum
}

func main() {
	stop := make(chan bool)
	for range 3 {
		go func() {
			for {
				select {
				case <-stop:
					return
				default:
					runtime.Gosched()
				}
			}
		}()
	}
	results := make(chan string)
	for k := range 4 {
		go func() {
			runtime.LockOSThread()
			here, wrong := syscall.Gettid(), 0
			s := numbers(here, &wrong)
			if k%2 == 1 {
				s = nested(s)
			}
			sum := pull(s, 300, here, &wrong)
			// The lock has come back: the goroutine still counts it, and after it is undone threads may change.
			if syscall.Gettid() != here {
				wrong++
			}
			runtime.UnlockOSThread()
			results <- fmt.Sprint("sum ", sum, ", on another thread: ", wrong)
		}()
	}
	for range 4 {
		fmt.Println(<-results)
	}
	close(stop)
}
