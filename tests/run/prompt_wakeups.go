// Loops without calls keep every processor busy: who sleeps, waits for the network or collects comes through within a fraction
// of the 10 ms that a goroutine may run at a time.
package main

import (
	"fmt"
	"net"
	"runtime"
	"runtime/debug"
	"slices"
	"sync/atomic"
	"time"
)

// prompt runs f beside loops and says whether it is done within 8 ms more than least, in the middle case of a round; the best
// of some rounds, for other programs may want the processors too.
func prompt(loops int, least time.Duration, f func()) bool {
	return promptUntil(loops, least, func() time.Time { f(); return time.Now() })
}

// promptUntil is the same for what is done at the time that f gives.
func promptUntil(loops int, least time.Duration, f func() time.Time) bool {
	best := time.Hour
	for n := 0; n < 40 && best >= 8*time.Millisecond; n++ {
		var stop atomic.Bool
		ended := make(chan bool)
		for range loops {
			go func() {
				for !stop.Load() {
				}
				ended <- true
			}()
		}
		var took []time.Duration
		for range 9 {
			t := time.Now()
			took = append(took, f().Sub(t)-least)
		}
		stop.Store(true)
		for range loops {
			<-ended
		}
		slices.Sort(took)
		best = min(best, took[len(took)/2])
	}
	return best < 8*time.Millisecond
}

func main() {
	runtime.GOMAXPROCS(2)
	fmt.Println("sleep", prompt(4, time.Millisecond, func() { time.Sleep(time.Millisecond) }))
	c := make(chan bool)
	fmt.Println("AfterFunc", prompt(4, time.Millisecond, func() {
		time.AfterFunc(time.Millisecond, func() { c <- true })
		<-c
	}))

	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	go func() {
		c, err := l.Accept()
		b := make([]byte, 1)
		for err == nil {
			if _, err = c.Read(b); err == nil {
				_, err = c.Write(b)
			}
		}
	}()
	conn, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		panic(err)
	}
	b := make([]byte, 1)
	fmt.Println("network", prompt(2, 0, func() {
		conn.Write(b)
		conn.Read(b)
	}))

	keep := make([]*int, 50000)
	for i := range keep {
		keep[i] = new(int)
	}
	fmt.Println("collection", promptUntil(2, 0, func() time.Time {
		runtime.GC() // Ends with a yield, whose turn comes when it comes.
		var s debug.GCStats
		debug.ReadGCStats(&s)
		return s.LastGC
	}))
	runtime.KeepAlive(keep)
}
