// The wall clock may jump by hours in both directions: whatever waits, measures or has a deadline goes by the monotonic one.
// The program runs itself with a wall clock that jumps at each look (`GOXIDESTRESS=wall`).
package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"sync"
	"time"
)

func within(what string, d, least time.Duration) {
	if d < least || d > least+5*time.Second {
		fmt.Println(what, d)
	}
}

func timers() {
	jumps := 0
	last := time.Now().Round(0)
	for range 50 {
		now := time.Now().Round(0)
		if d := now.Sub(last); d < -time.Minute || d > time.Minute {
			jumps++
		}
		last = now
	}
	fmt.Println("the wall clock jumps", jumps > 10)

	t := time.Now()
	time.Sleep(5 * time.Millisecond)
	within("sleep", time.Since(t), 5*time.Millisecond)

	t = time.Now()
	<-time.After(5 * time.Millisecond)
	within("after", time.Since(t), 5*time.Millisecond)

	t = time.Now()
	tick := time.NewTicker(2 * time.Millisecond)
	for range 5 {
		<-tick.C
	}
	tick.Stop()
	within("ticker", time.Since(t), 10*time.Millisecond)

	t = time.Now()
	var wg sync.WaitGroup
	for i := range 100 {
		wg.Add(1)
		time.AfterFunc(time.Duration(i)*50*time.Microsecond, wg.Done)
	}
	wg.Wait()
	within("functions", time.Since(t), 99*50*time.Microsecond)

	t = time.Now()
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Millisecond)
	<-ctx.Done()
	cancel()
	within("context", time.Since(t), 5*time.Millisecond)

	ctx, cancel = context.WithDeadline(context.Background(), time.Now().Add(5*time.Millisecond))
	t = time.Now()
	<-ctx.Done()
	cancel()
	within("deadline", time.Since(t), 0)

	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer l.Close()
	t = time.Now()
	l.(*net.TCPListener).SetDeadline(time.Now().Add(5 * time.Millisecond))
	_, err = l.Accept()
	within("accept", time.Since(t), 5*time.Millisecond)
	fmt.Println("timeout", errors.Is(err, os.ErrDeadlineExceeded))
}

func main() {
	if len(os.Args) > 1 {
		timers()
		return
	}
	c := exec.Command(os.Args[0], "timers")
	c.Env = append(os.Environ(), "GOXIDESTRESS=wall")
	out, err := c.CombinedOutput()
	fmt.Print(string(out))
	if err != nil {
		fmt.Println(err)
	}
}
