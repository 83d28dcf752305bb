// The threadcreate profile has a record for each thread, and says which goroutine made a thread.
package main

import (
	"bytes"
	"fmt"
	"runtime"
	"runtime/pprof"
	"strings"
	"sync/atomic"
)

var running, stop atomic.Int32

// startBusy starts n goroutines that have a thread each.
func startBusy(n int32) {
	for i := range n {
		go func() {
			runtime.LockOSThread()
			running.Add(1)
			for stop.Load() == 0 {
			}
			running.Add(-1)
		}()
		for running.Load() != i+1 {
		}
	}
}

// lockThread needs a thread that makes threads in place of the locked one.
//
//go:noinline
func lockThread() {
	runtime.LockOSThread()
	runtime.UnlockOSThread()
}

func main() {
	const n = 6
	runtime.GOMAXPROCS(n + 2)
	lockThread()
	startBusy(n)
	var b bytes.Buffer
	p := pprof.Lookup("threadcreate")
	if err := p.WriteTo(&b, 1); err != nil {
		fmt.Println(err)
	}
	fmt.Println("threads", p.Count() > n, p.Count() < 4*n)
	fmt.Println("header", strings.HasPrefix(b.String(), "threadcreate profile: total "))
	fmt.Println("who", strings.Contains(b.String(), "\tmain.lockThread+"))
	count, ok := runtime.ThreadCreateProfile(nil)
	fmt.Println("short buffer", count > n, ok)
	stop.Store(1)
	for running.Load() != 0 {
		runtime.Gosched()
	}
}
