// Files, processes, pipes, signals, environment, network on the loopback.
package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"
)

func check(err error) {
	if err != nil {
		fmt.Println("error:", err)
		os.Exit(1)
	}
}

func files() {
	dir, err := os.MkdirTemp("", "std_os")
	check(err)
	defer os.RemoveAll(dir)
	name := filepath.Join(dir, "a.txt")
	check(os.WriteFile(name, []byte("line 1\nline 2\nlast"), 0o644))
	f, err := os.OpenFile(name, os.O_APPEND|os.O_RDWR, 0)
	check(err)
	fmt.Fprintf(f, " appended\n")
	f.Seek(0, io.SeekStart)
	sc := bufio.NewScanner(f)
	for sc.Scan() {
		fmt.Println(sc.Text())
	}
	st, err := f.Stat()
	check(err)
	fmt.Println(st.Name(), st.Size(), st.Mode(), st.IsDir())
	check(f.Close())
	fmt.Println(errors.Is(f.Close(), os.ErrClosed))
	_, err = os.Open(filepath.Join(dir, "none"))
	var pe *fs.PathError
	fmt.Println(errors.Is(err, fs.ErrNotExist), errors.As(err, &pe), pe.Op, pe.Err)
	check(os.MkdirAll(filepath.Join(dir, "x/y/z"), 0o755))
	check(os.WriteFile(filepath.Join(dir, "x/y/b"), nil, 0o600))
	filepath.WalkDir(dir, func(p string, d fs.DirEntry, err error) error {
		rel, _ := filepath.Rel(dir, p)
		fmt.Println(rel, d.IsDir())
		return err
	})
	ents, err := fs.Glob(os.DirFS(dir), "x/*/b")
	fmt.Println(ents, err)
	check(os.Rename(name, name+"2"))
	check(os.Symlink("a.txt2", filepath.Join(dir, "ln")))
	b, err := os.ReadFile(filepath.Join(dir, "ln"))
	fmt.Println(len(b), err)
}

func procs() {
	out, err := exec.Command("echo", "from", "child").Output()
	fmt.Printf("%q %v\n", out, err)
	c := exec.Command("tr", "a-z", "A-Z")
	c.Stdin = strings.NewReader("shout")
	out, err = c.CombinedOutput()
	fmt.Printf("%q %v\n", out, err)
	err = exec.Command("sh", "-c", "exit 3").Run()
	var ee *exec.ExitError
	fmt.Println(err, errors.As(err, &ee), ee.ExitCode())
	_, err = exec.LookPath("no-such-program-here")
	fmt.Println(err)
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Millisecond)
	defer cancel()
	err = exec.CommandContext(ctx, "sleep", "10").Run()
	fmt.Println(err)
	r, w, err := os.Pipe()
	check(err)
	go func() { fmt.Fprint(w, "through a pipe"); w.Close() }()
	b, err := io.ReadAll(r)
	fmt.Println(string(b), err)
	os.Setenv("STD_OS_TEST", "value")
	fmt.Println(os.Getenv("STD_OS_TEST"), os.ExpandEnv("[$STD_OS_TEST]"), len(os.Args))
	out, _ = exec.Command("sh", "-c", "echo $STD_OS_TEST").Output()
	fmt.Printf("%q\n", out)
}

func signals() {
	c := make(chan os.Signal, 1)
	signal.Notify(c, syscall.SIGUSR1)
	syscall.Kill(os.Getpid(), syscall.SIGUSR1)
	fmt.Println(<-c)
	signal.Stop(c)
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGUSR2)
	defer stop()
	syscall.Kill(os.Getpid(), syscall.SIGUSR2)
	<-ctx.Done()
	fmt.Println(ctx.Err())
}

func network() {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	check(err)
	var wg sync.WaitGroup
	wg.Go(func() {
		for range 3 {
			c, err := ln.Accept()
			check(err)
			wg.Go(func() {
				defer c.Close()
				io.Copy(c, c)
			})
		}
	})
	for i := range 3 {
		c, err := net.Dial("tcp", ln.Addr().String())
		check(err)
		fmt.Fprintf(c, "message %d\n", i)
		s, err := bufio.NewReader(c).ReadString('\n')
		fmt.Printf("%q %v\n", s, err)
		c.SetReadDeadline(time.Now().Add(5 * time.Millisecond))
		_, err = c.Read(make([]byte, 1))
		fmt.Println(errors.Is(err, os.ErrDeadlineExceeded))
		c.Close()
	}
	wg.Wait()
	ln.Close()
	u1, err := net.ListenPacket("udp", "127.0.0.1:0")
	check(err)
	u2, err := net.Dial("udp", u1.LocalAddr().String())
	check(err)
	u2.Write([]byte("datagram"))
	buf := make([]byte, 100)
	n, _, err := u1.ReadFrom(buf)
	fmt.Println(string(buf[:n]), err)
}

func web() {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /hello/{name}", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Test", "yes")
		fmt.Fprintf(w, "hello %s, %s", r.PathValue("name"), r.URL.Query().Get("q"))
	})
	mux.HandleFunc("POST /echo", func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		w.WriteHeader(201)
		w.Write(b)
	})
	srv := httptest.NewServer(mux)
	defer srv.Close()
	get := func(resp *http.Response, err error) {
		check(err)
		defer resp.Body.Close()
		b, err := io.ReadAll(resp.Body)
		fmt.Println(resp.Status, resp.Header.Get("X-Test"), string(b), err)
	}
	get(http.Get(srv.URL + "/hello/gopher?q=x%20y"))
	get(http.Post(srv.URL+"/echo", "text/plain", strings.NewReader(strings.Repeat("z", 20))))
	get(http.Get(srv.URL + "/missing"))
	var wg sync.WaitGroup
	ok := make(chan bool, 50)
	for i := range 50 {
		wg.Go(func() {
			resp, err := http.Get(fmt.Sprint(srv.URL, "/hello/", i))
			check(err)
			b, _ := io.ReadAll(resp.Body)
			resp.Body.Close()
			ok <- string(b) == fmt.Sprintf("hello %d, ", i)
		})
	}
	wg.Wait()
	n := 0
	for range 50 {
		if <-ok {
			n++
		}
	}
	fmt.Println(n)
	tls := httptest.NewTLSServer(mux)
	defer tls.Close()
	get(tls.Client().Get(tls.URL + "/hello/tls"))
}

func logs() {
	l := log.New(os.Stdout, "pre: ", log.Lshortfile)
	l.Println("logged")
	h := slog.New(slog.NewTextHandler(os.Stdout, &slog.HandlerOptions{ReplaceAttr: func(g []string, a slog.Attr) slog.Attr {
		if a.Key == slog.TimeKey {
			return slog.Attr{}
		}
		return a
	}}))
	h.Info("msg", "k", 1, slog.Group("g", "x", "y z"))
}

func main() {
	files()
	procs()
	signals()
	network()
	web()
	logs()
}
