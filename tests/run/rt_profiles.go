// Memory, block and mutex profiles: counts and stacks.
package main

import (
	"bytes"
	"fmt"
	"regexp"
	"runtime"
	"runtime/pprof"
	"strings"
	"sync"
	"time"
)

var sink [][]byte

//go:noinline
func allocate(n int) {
	for range n {
		sink = append(sink, make([]byte, 3000))
	}
}

// inUse is what the memory profile says about objects allocated in the function name.
func inUse(name string) (inuse, total int64) {
	p := make([]runtime.MemProfileRecord, 10000)
	n, ok := runtime.MemProfile(p, true)
	fmt.Println("records", ok)
	for _, r := range p[:n] {
		frames := runtime.CallersFrames(r.Stack())
		for more := true; more; {
			var f runtime.Frame
			f, more = frames.Next()
			if f.Function == name && r.AllocBytes == 3072*r.AllocObjects {
				inuse += r.InUseObjects()
				total += r.AllocObjects
			}
		}
	}
	return
}

// waitFor returns when a goroutine waits in the way that a traceback calls state: only a wait is in a profile, and how
// long another goroutine takes to come to it is the scheduler's affair.
func waitFor(state string) {
	buf := make([]byte, 1<<16)
	for !bytes.Contains(buf[:runtime.Stack(buf, true)], []byte(" ["+state)) {
		time.Sleep(time.Millisecond)
	}
}

func lockHolder(mu *sync.Mutex, locked chan bool) {
	mu.Lock()
	locked <- true
	waitFor("sync.Mutex.Lock")
	mu.Unlock()
}

func lockWaiter(mu *sync.Mutex) {
	mu.Lock()
	mu.Unlock()
}

func chanWaiter(c chan int) { <-c }

func selectWaiter(c, d chan int) {
	select {
	case <-c:
	case d <- 1:
	}
}

func condWaiter(c *sync.Cond, ready chan bool) {
	c.L.Lock()
	ready <- true
	c.Wait()
	c.L.Unlock()
}

// stacks are the functions of the profile's stacks, without positions.
func stacks(name string, want ...string) {
	var b bytes.Buffer
	pprof.Lookup(name).WriteTo(&b, 1)
	text := regexp.MustCompile(`(?m)^#\t0x[0-9a-f]+\t+([^+\t]+)\+.*$`).ReplaceAllString(b.String(), "$1")
	for _, w := range want {
		fmt.Println(name, w, strings.Contains(text, "\n"+strings.ReplaceAll(w, " ", "\n")+"\n"))
	}
}

func main() {
	runtime.MemProfileRate = 1
	allocate(500)
	runtime.GC()
	fmt.Println(inUse("main.allocate"))
	sink = sink[:0]
	clear(sink[:500])
	runtime.GC()
	runtime.GC()
	left, total := inUse("main.allocate")
	fmt.Println(left < 5, total)

	runtime.SetBlockProfileRate(1)
	fmt.Println(runtime.SetMutexProfileFraction(1), runtime.SetMutexProfileFraction(-1))
	var mu sync.Mutex
	locked := make(chan bool)
	go lockHolder(&mu, locked)
	<-locked
	lockWaiter(&mu)

	c, d := make(chan int), make(chan int)
	go func() { waitFor("chan receive"); c <- 1 }()
	chanWaiter(c)
	go func() { waitFor("select"); close(c) }()
	selectWaiter(c, d)

	cond := sync.NewCond(&mu)
	var wg sync.WaitGroup
	wg.Add(1)
	go func() { condWaiter(cond, locked); waitFor("sync.WaitGroup.Wait"); wg.Done() }()
	<-locked
	waitFor("sync.Cond.Wait")
	cond.Signal()
	wg.Wait()
	runtime.SetBlockProfileRate(0)

	stacks("block", "sync.(*Mutex).Lock main.lockWaiter main.main", "runtime.chanrecv1 main.chanWaiter main.main",
		"runtime.selectgo main.selectWaiter main.main", "sync.(*Cond).Wait main.condWaiter main.main.func3",
		"sync.(*WaitGroup).Wait main.main")
	stacks("mutex", "sync.(*Mutex).Unlock main.lockHolder")
}
