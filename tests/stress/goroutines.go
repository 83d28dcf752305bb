// Goroutines at scale, checked by sums: spawned and joined, parked all at once, deep stacks, recovered panics,
// garbage under way in all of them. `-scale` divides the sizes, `-seed` decides the random choices.
package main

import (
	"errors"
	"flag"
	"fmt"
	"math/rand"
	"os"
	"runtime"
	"sync"
	"sync/atomic"
	"time"
)

var (
	scale = flag.Int("scale", 1, "divide all sizes by this")
	seed  = flag.Int64("seed", 1, "seed of the random choices")
	only  = flag.String("only", "", "run this part alone")
)

func fail(format string, args ...any) {
	fmt.Printf(format+"\n", args...)
	os.Exit(1)
}

// spawn starts n goroutines and joins them, in batches of random size.
func spawn(rng *rand.Rand, n int) {
	var sum atomic.Int64
	for done := 0; done < n; {
		batch := min(1+rng.Intn(50000), n-done)
		var wg sync.WaitGroup
		for i := range batch {
			wg.Add(1)
			go func() {
				defer wg.Done()
				p := &[4]int{i, done, i + done, 1}
				if p[2]%7 == 0 {
					runtime.Gosched()
				}
				sum.Add(int64(p[2]))
			}()
		}
		wg.Wait()
		done += batch
	}
	if want := int64(n) * int64(n-1) / 2; sum.Load() != want {
		fail("spawn: sum %d, want %d", sum.Load(), want)
	}
}

// parked has n goroutines wait at once: on channels, a condition, a semaphore, a select, a long sleep.
func parked(rng *rand.Rand, n int) {
	gate := make(chan struct{})
	never := make(chan int)
	var mu sync.Mutex
	cond := sync.NewCond(&mu)
	open := false
	var rw sync.RWMutex
	rw.Lock()
	var up, down atomic.Int64
	var wg sync.WaitGroup
	for i := range n {
		wg.Add(1)
		kind := rng.Intn(5)
		go func() {
			defer wg.Done()
			box := &node{v: i}
			up.Add(1)
			switch kind {
			case 0:
				<-gate
			case 1:
				mu.Lock()
				for !open {
					cond.Wait()
				}
				mu.Unlock()
			case 2:
				rw.RLock()
				rw.RUnlock()
			case 3:
				select {
				case <-gate:
				case v := <-never:
					fail("parked: got %d", v)
				}
			case 4:
				t := time.NewTimer(time.Hour)
				select {
				case <-gate:
				case <-t.C:
					fail("parked: an hour passed")
				}
				t.Stop()
			}
			down.Add(int64(box.v))
		}()
	}
	for up.Load() != int64(n) {
		runtime.Gosched()
	}
	runtime.GC()
	if g := runtime.NumGoroutine(); g < n+1 {
		fail("parked: %d goroutines, want %d", g, n+1)
	}
	close(gate)
	rw.Unlock()
	mu.Lock()
	open = true
	mu.Unlock()
	cond.Broadcast()
	wg.Wait()
	if want := int64(n) * int64(n-1) / 2; down.Load() != want {
		fail("parked: sum %d, want %d", down.Load(), want)
	}
}

type node struct {
	next *node
	v    int
}

//go:noinline
func recurse(n int, prev *node) int {
	if n == 0 {
		s := 0
		for ; prev != nil; prev = prev.next {
			s += prev.v
		}
		return s
	}
	here := node{prev, n & 1}
	return recurse(n-1, &here) + here.v
}

// deep recurses n levels, with pointers from frame to frame, in several goroutines.
func deep(rng *rand.Rand, n int) {
	var wg sync.WaitGroup
	for i := range 3 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			n := n >> i
			if s, want := recurse(n, nil), (n+1)/2*2; s != want {
				fail("deep: %d, want %d", s, want)
			}
		}()
	}
	for range 50 {
		garbage(rng.Intn(2000))
		runtime.Gosched()
	}
	wg.Wait()
}

var sink *node

func garbage(n int) {
	var l *node
	for i := range n {
		l = &node{l, i}
	}
	for ; n > 0; n-- {
		if l.v != n-1 {
			fail("garbage: %d, want %d", l.v, n-1)
		}
		l = l.next
	}
}

var errExpected = errors.New("expected")

//go:noinline
func explode(depth, kind int, p *node) (r int) {
	if depth > 0 {
		defer func() { r++ }()
		return explode(depth-1, kind, &node{p, depth})
	}
	switch kind {
	case 0:
		panic(errExpected)
	case 1:
		var m map[string]int
		m["x"] = 1
	case 2:
		var a []int
		_ = a[p.v]
	case 3:
		var n *node
		n.v = 3
	case 4:
		z := 0
		return 1 / z
	case 5:
		var e any = p
		return e.(int)
	}
	return 0
}

func caught(depth, kind int) (err error) {
	defer func() {
		switch e := recover().(type) {
		case nil:
			err = errors.New("no panic")
		case error:
			err = e
		}
	}()
	explode(depth, kind, &node{nil, 7})
	return nil
}

var texts = []string{
	"expected",
	"assignment to entry in nil map",
	"runtime error: index out of range [7] with length 0",
	"runtime error: invalid memory address or nil pointer dereference",
	"runtime error: integer divide by zero",
	"interface conversion: interface {} is *main.node, not int",
}

// panics has n goroutines panic at a random depth and recover; some end by Goexit.
func panics(rng *rand.Rand, n int) {
	var wg sync.WaitGroup
	var exits atomic.Int64
	want := int64(0)
	for range n {
		kind, depth := rng.Intn(len(texts)), 1+rng.Intn(30)
		exit := rng.Intn(10) == 0
		if exit {
			want++
		}
		wg.Add(1)
		go func() {
			defer wg.Done()
			if exit {
				defer func() {
					if recover() == nil {
						exits.Add(1)
					}
				}()
			}
			d := depth
			if kind == 2 {
				d = 0
			}
			if err := caught(d, kind); err == nil || err.Error() != texts[kind] {
				fail("panics: kind %d: %v", kind, err)
			}
			if exit {
				runtime.Goexit()
			}
		}()
	}
	wg.Wait()
	if exits.Load() != want {
		fail("panics: %d exits, want %d", exits.Load(), want)
	}
}

// churn keeps several goroutines busy with maps, slices, strings, channels and timers while a collector runs.
func churn(rng *rand.Rand, n int) {
	var wg sync.WaitGroup
	ch := make(chan *node, 16)
	var got, sent atomic.Int64
	for g := range 8 {
		r := rand.New(rand.NewSource(rng.Int63()))
		wg.Add(2)
		go func() {
			defer wg.Done()
			m := map[int]*node{}
			s := []string{}
			for i := range n {
				k := r.Intn(500)
				if p := m[k]; p != nil && p.v != k {
					fail("churn: map has %d at %d", p.v, k)
				}
				m[k] = &node{m[k], k}
				if d := m[k]; d.next != nil {
					d.next.next = nil
				}
				s = append(s, fmt.Sprint(g, k))
				if len(s) > 200 {
					s = append([]string(nil), s[100:]...)
				}
				switch r.Intn(40) {
				case 0:
					time.Sleep(time.Duration(r.Intn(50)) * time.Microsecond)
				case 1:
					runtime.Gosched()
				case 2:
					clear(m)
				}
				if i%8 == 0 {
					ch <- &node{nil, i}
					sent.Add(int64(i))
				}
			}
		}()
		go func() {
			defer wg.Done()
			for i := 0; i < n; i += 8 {
				got.Add(int64((<-ch).v))
			}
		}()
	}
	wg.Wait()
	if got.Load() != sent.Load() {
		fail("churn: got %d, sent %d", got.Load(), sent.Load())
	}
}

func main() {
	flag.Parse()
	parts := []struct {
		name string
		f    func(*rand.Rand, int)
		n    int
	}{
		{"spawn", spawn, 1000000},
		{"parked", parked, 200000},
		{"deep", deep, 1000000},
		{"panics", panics, 30000},
		{"churn", churn, 20000},
	}
	base := runtime.NumGoroutine()
	for _, p := range parts {
		if *only == "" || *only == p.name {
			p.f(rand.New(rand.NewSource(*seed)), p.n / *scale)
		}
	}
	for i := 0; runtime.NumGoroutine() > base; i++ {
		if i > 1000 {
			fail("%d goroutines left, %d at the start", runtime.NumGoroutine(), base)
		}
		time.Sleep(time.Millisecond)
	}
	fmt.Println("ok")
}
