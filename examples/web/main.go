// Network: TCP echo on loopback, an HTTP server and a client in one program, 1,000 concurrent requests.
package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

func echo(ln net.Listener) {
	for {
		c, err := ln.Accept()
		if err != nil {
			return
		}
		go func() {
			defer c.Close()
			io.Copy(c, c)
		}()
	}
}

func main() {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	go echo(ln)
	c, err := net.Dial("tcp", ln.Addr().String())
	if err != nil {
		panic(err)
	}
	r := bufio.NewReader(c)
	for i := range 3 {
		fmt.Fprintf(c, "message %d\n", i)
		line, err := r.ReadString('\n')
		fmt.Print(line)
		if err != nil {
			panic(err)
		}
	}
	c.SetReadDeadline(time.Now().Add(10 * time.Millisecond))
	_, err = r.ReadByte()
	ne, ok := err.(net.Error)
	fmt.Println(ok && ne.Timeout())
	c.Close()
	ln.Close()

	var served atomic.Int64
	mux := http.NewServeMux()
	mux.HandleFunc("GET /hello/{name}", func(w http.ResponseWriter, r *http.Request) {
		served.Add(1)
		w.Header().Set("X-Test", "yes")
		fmt.Fprintf(w, "hello, %s", r.PathValue("name"))
	})
	mux.HandleFunc("POST /sum", func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		n := 0
		for _, x := range b {
			n += int(x)
		}
		fmt.Fprint(w, n)
	})
	hl, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	srv := &http.Server{Handler: mux}
	done := make(chan error, 1)
	go func() { done <- srv.Serve(hl) }()
	base := "http://" + hl.Addr().String()

	tr := &http.Transport{MaxIdleConnsPerHost: 64, MaxConnsPerHost: 64}
	client := &http.Client{Transport: tr, Timeout: 60 * time.Second}
	var wg sync.WaitGroup
	var good atomic.Int64
	for i := range 1000 {
		wg.Go(func() {
			resp, err := client.Get(fmt.Sprintf("%s/hello/%d", base, i))
			if err != nil {
				fmt.Println(err)
				return
			}
			defer resp.Body.Close()
			b, _ := io.ReadAll(resp.Body)
			if string(b) == fmt.Sprintf("hello, %d", i) && resp.Header.Get("X-Test") == "yes" {
				good.Add(1)
			}
		})
	}
	wg.Wait()
	fmt.Println(good.Load(), served.Load())
	resp, err := client.Post(base+"/sum", "text/plain", &io.LimitedReader{R: zeros{}, N: 100})
	if err != nil {
		panic(err)
	}
	b, _ := io.ReadAll(resp.Body)
	resp.Body.Close()
	fmt.Println(resp.Status, string(b))
	resp, err = client.Get(base + "/none")
	if err != nil {
		panic(err)
	}
	resp.Body.Close()
	fmt.Println(resp.Status)
	srv.Shutdown(context.Background())
	fmt.Println(<-done)
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 1
	}
	return len(p), nil
}
