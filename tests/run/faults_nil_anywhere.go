// A nil dereference is a panic that can be recovered on whatever goroutine and thread it happens.
package main

import (
	"fmt"
	"iter"
	"runtime"
	"sync"
	"time"
)

type T struct {
	a [100]int
	p *T
}

//go:noinline
func read(t *T) int { return t.p.p.a[50] }

//go:noinline
func write(t *T) { t.p.p.a[7] = 1 }

// caught is what recover gives for f.
func caught(f func()) (s string) {
	defer func() {
		if e, ok := recover().(runtime.Error); ok {
			s = e.Error()
		}
	}()
	f()
	return "nothing"
}

func deep(n int, t *T) int {
	if n == 0 {
		return read(t)
	}
	return deep(n-1, t) + n
}

var inInit = caught(func() { read(new(T)) })

func main() {
	fmt.Println("init", inInit)
	fmt.Println("main", caught(func() { write(&T{p: &T{}}) }))
	fmt.Println("deep", caught(func() { deep(10000, new(T)) }))

	var wg sync.WaitGroup
	results := make([]string, 200)
	for i := range results {
		wg.Go(func() {
			if i%10 == 0 {
				runtime.LockOSThread()
			}
			for range 20 {
				results[i] = caught(func() { read(new(T)) })
				runtime.Gosched()
			}
		})
	}
	go func() {
		for range 20 {
			runtime.GC()
		}
	}()
	wg.Wait()
	for i, r := range results {
		if r != results[0] || r == "nothing" {
			fmt.Println(i, r)
		}
	}
	fmt.Println("goroutines", results[0])

	done := make(chan string)
	time.AfterFunc(time.Millisecond, func() { done <- caught(func() { write(new(T)) }) })
	fmt.Println("timer", <-done)

	runtime.AddCleanup(new(T), func(int) { done <- caught(func() { read(new(T)) }) }, 0)
	runtime.GC()
	fmt.Println("cleanup", <-done)

	next, stop := iter.Pull(func(yield func(int) bool) {
		yield(1)
		read(new(T))
	})
	next()
	fmt.Println("coroutine", caught(func() { next() }))
	stop()

	fmt.Println("deferred", caught(func() {
		defer func() { fmt.Println("deferred", caught(func() { read(new(T)) })) }()
		read(new(T))
	}))

	var f func()
	fmt.Println("func", caught(func() { f() }))
	var e error
	fmt.Println("interface", caught(func() { _ = e.Error() }))
	var m *sync.Mutex
	fmt.Println("mutex", caught(func() { m.Lock() }))
}
