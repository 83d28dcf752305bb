package main

import "sync"

// A fatal error in a call that was deferred: the panics it comes in are told first, as they are.

type problem string

func (p problem) Error() string { return "not asked any more: " + string(p) }

func main() {
	defer func() {
		var mu sync.Mutex
		mu.Unlock()
	}()
	defer func() { panic(recover()) }()
	panic(problem("first"))
}
