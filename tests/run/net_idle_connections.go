// Ten thousand connections from another process, each with a goroutine that waits for it, cost no threads; then all of them
// are served.
package main

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
)

// connections is as many as files may be open, 10,000 at most.
func connections() int {
	var l syscall.Rlimit
	check(syscall.Getrlimit(syscall.RLIMIT_NOFILE, &l))
	return int(min(l.Max-100, 10_000))
}

func check(err error) {
	if err != nil {
		fmt.Println("FAIL:", err)
		os.Exit(1)
	}
}

// threads is how many this process has.
func threads() int {
	status, err := os.ReadFile("/proc/self/status")
	check(err)
	_, rest, _ := strings.Cut(string(status), "Threads:")
	n, err := strconv.Atoi(strings.TrimSpace(rest[:strings.IndexByte(rest, '\n')]))
	check(err)
	return n
}

// client makes the connections and tells so; when its input ends it writes to all of them and reads what comes back.
func client(addr string, n int) {
	conns := make([]net.Conn, n)
	for i := range conns {
		c, err := net.Dial("tcp", addr)
		check(err)
		conns[i] = c
	}
	fmt.Println("connected")
	_, err := io.Copy(io.Discard, os.Stdin)
	check(err)
	for i, c := range conns {
		_, err := c.Write([]byte{byte(i)})
		check(err)
	}
	for i, c := range conns {
		var b [1]byte
		_, err := io.ReadFull(c, b[:])
		check(err)
		if b[0] != byte(i)+1 {
			fmt.Println("FAIL: connection", i, "answers", b[0])
		}
		c.Close()
	}
	fmt.Println("answered")
}

func main() {
	n := connections()
	if len(os.Args) > 1 {
		client(os.Args[1], n)
		return
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	check(err)
	other := exec.Command("/proc/self/exe", l.Addr().String())
	in, err := other.StdinPipe()
	check(err)
	out, err := other.StdoutPipe()
	check(err)
	check(other.Start())

	before := threads()
	var accepted atomic.Int64
	var served sync.WaitGroup
	for range n {
		c, err := l.Accept()
		check(err)
		accepted.Add(1)
		served.Go(func() {
			defer c.Close()
			var b [1]byte
			_, err := io.ReadFull(c, b[:])
			check(err)
			b[0]++
			_, err = c.Write(b[:])
			check(err)
		})
	}
	lines := bufio.NewScanner(out)
	lines.Scan()
	fmt.Println(lines.Text(), accepted.Load() == int64(n), runtime.NumGoroutine() > n)
	// One for each P, and a few that came to stand in for others in system calls.
	now := threads()
	if fmt.Println("few threads:", now <= before+runtime.GOMAXPROCS(0)+8); now > before+runtime.GOMAXPROCS(0)+8 {
		fmt.Println(before, "then", now)
	}
	in.Close()
	served.Wait()
	lines.Scan()
	fmt.Println(lines.Text())
	check(other.Wait())
}
