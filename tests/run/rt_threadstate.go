// What a goroutine does to the thread it is locked to stays with that thread: others that are made meanwhile do not inherit it.
package main

import (
	"fmt"
	"os"
	"runtime"
	"sync"
	"syscall"
)

func main() {
	before, _ := os.Getwd()
	changed := make(chan bool)
	stay := make(chan bool)
	go func() {
		runtime.LockOSThread() // and never unlocked: the thread ends with the goroutine
		if err := syscall.Unshare(syscall.CLONE_FS); err != nil {
			fmt.Println("unshare:", err)
		}
		if err := syscall.Chdir("/"); err != nil {
			fmt.Println("chdir:", err)
		}
		// From here threads are needed that this one would have to make.
		var all sync.WaitGroup
		var mu sync.Mutex
		bad := 0
		hold := make(chan bool)
		for range 20 {
			all.Add(1)
			go func() {
				runtime.LockOSThread()
				defer runtime.UnlockOSThread()
				if dir, _ := os.Readlink("/proc/thread-self/cwd"); dir != before {
					mu.Lock()
					bad++
					mu.Unlock()
				}
				all.Done()
				<-hold
			}()
		}
		all.Wait()
		close(hold)
		fmt.Println("strangers:", bad)
		changed <- true
		<-stay
	}()
	<-changed
	close(stay)
}
