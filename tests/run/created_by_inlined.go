package main

import (
	"fmt"
	"runtime"
	"strings"
)

// Goroutines started by a function that was put into the wrapper of a go statement: their stacks say who made them.

func workers(c chan int, n int) {
	for range n {
		go func() {
			for range c {
			}
		}()
	}
	c <- n
}

func main() {
	c := make(chan int)
	go workers(c, 2)
	c <- 0
	for runtime.NumGoroutine() != 3 {
		runtime.Gosched()
	}
	buf := make([]byte, 1<<16)
	text := string(buf[:runtime.Stack(buf, true)])
	for _, g := range strings.Split(text, "\n\n")[1:] {
		_, by, _ := strings.Cut(g, "created by ")
		by, _, _ = strings.Cut(by, " in goroutine")
		fmt.Println(by)
	}
}
