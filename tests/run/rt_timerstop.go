// Stop and Reset say false only if the timer's value was received or can be.
package main

import (
	"fmt"
	"sync"
	"time"
)

func race(stop func(*time.Timer) bool) {
	var wg sync.WaitGroup
	for range 1000 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for range 50 {
				a, b := time.NewTimer(time.Millisecond), time.NewTimer(time.Millisecond)
				select {
				case <-a.C:
					if !stop(b) {
						<-b.C
					}
				case <-b.C:
					if !stop(a) {
						<-a.C
					}
				}
			}
		}()
	}
	wg.Wait()
}

func main() {
	race((*time.Timer).Stop)
	race(func(t *time.Timer) bool { return t.Reset(time.Hour) })
	fmt.Println("no value was lost")
}
