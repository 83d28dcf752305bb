// Signals come to every thread all the time, and no system call is the worse for it.
package main

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

var stop atomic.Bool

// flood sends signals that are handled to all threads, one after the other.
func flood() {
	pid := os.Getpid()
	for !stop.Load() {
		threads, _ := os.ReadDir("/proc/self/task")
		for _, t := range threads {
			tid, _ := strconv.Atoi(t.Name())
			syscall.Tgkill(pid, tid, syscall.SIGUSR1)
			syscall.Tgkill(pid, tid, syscall.SIGURG)
		}
		time.Sleep(20 * time.Microsecond)
	}
}

func check(what string, err error) {
	if err != nil {
		fmt.Println(what, err)
	}
}

// blocking reads from a pipe that the poller does not know.
func blocking() {
	var p [2]int
	check("pipe", syscall.Pipe(p[:]))
	r := os.NewFile(uintptr(p[0]), "r")
	go func() {
		for range 20 {
			time.Sleep(time.Millisecond)
			if n, err := syscall.Write(p[1], []byte("x")); n != 1 {
				fmt.Println("write", n, err)
			}
		}
		syscall.Close(p[1])
	}()
	b, err := io.ReadAll(r)
	check("read", err)
	if len(b) != 20 {
		fmt.Println("pipe", len(b))
	}
	r.Close()
}

func files(dir string) {
	for i := range 20 {
		name := filepath.Join(dir, strconv.Itoa(i))
		data := bytes.Repeat([]byte{byte(i)}, 100000)
		check("write", os.WriteFile(name, data, 0o600))
		got, err := os.ReadFile(name)
		check("read", err)
		if !bytes.Equal(got, data) {
			fmt.Println("file", i)
		}
		f, err := os.OpenFile(name, os.O_RDWR, 0)
		check("open", err)
		check("sync", f.Sync())
		check("truncate", f.Truncate(10))
		check("close", f.Close())
		check("rename", os.Rename(name, name+"x"))
		check("remove", os.Remove(name+"x"))
	}
}

func network() {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	check("listen", err)
	go func() {
		for range 20 {
			c, err := l.Accept()
			check("accept", err)
			go func() {
				io.Copy(c, c)
				c.Close()
			}()
		}
	}()
	data := bytes.Repeat([]byte("data"), 50000)
	for range 20 {
		c, err := net.Dial("tcp", l.Addr().String())
		check("dial", err)
		go func() {
			_, err := c.Write(data)
			check("send", err)
			c.(*net.TCPConn).CloseWrite()
		}()
		got, err := io.ReadAll(c)
		check("receive", err)
		if !bytes.Equal(got, data) {
			fmt.Println("network", len(got))
		}
		c.Close()
	}
	l.Close()
}

func processes() {
	for range 10 {
		out, err := exec.Command("sh", "-c", "sleep 0.01; echo done").Output()
		check("wait", err)
		if string(out) != "done\n" {
			fmt.Printf("process %q\n", out)
		}
	}
}

func sleeps() {
	for range 20 {
		t := time.Now()
		time.Sleep(2 * time.Millisecond)
		if d := time.Since(t); d < 2*time.Millisecond {
			fmt.Println("slept", d)
		}
	}
}

func locks(dir string) {
	f, err := os.Create(filepath.Join(dir, "lock"))
	check("create", err)
	defer f.Close()
	g, err := os.Open(f.Name())
	check("open", err)
	defer g.Close()
	for range 10 {
		check("flock", syscall.Flock(int(f.Fd()), syscall.LOCK_EX))
		go func() {
			time.Sleep(time.Millisecond)
			syscall.Flock(int(f.Fd()), syscall.LOCK_UN)
		}()
		for {
			// The kernel restarts it: no handler asks for less.
			err := syscall.Flock(int(g.Fd()), syscall.LOCK_EX)
			if err != nil {
				fmt.Println("flock", err)
			}
			break
		}
		check("unlock", syscall.Flock(int(g.Fd()), syscall.LOCK_UN))
	}
}

func main() {
	c := make(chan os.Signal, 1)
	signal.Notify(c, syscall.SIGUSR1)
	go func() {
		for range c {
		}
	}()
	dir, err := os.MkdirTemp("", "eintr")
	check("temp", err)
	defer os.RemoveAll(dir)
	go flood()
	var wg sync.WaitGroup
	for _, f := range []func(){blocking, func() { files(dir) }, network, processes, sleeps, func() { locks(dir) }} {
		wg.Go(f)
	}
	wg.Wait()
	stop.Store(true)
	fmt.Println("done")
}
