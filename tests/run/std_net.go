// HTTP server and client over loopback, templates, regexps, contexts, URLs, JSON streaming.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	htmpl "html/template"
	"io"
	"log"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"regexp"
	"strings"
	"sync"
	"text/tabwriter"
	"text/template"
	"time"
)

func main() {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /hello/{name}", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Test", "yes")
		fmt.Fprintf(w, "hi %s %s", r.PathValue("name"), r.URL.Query().Get("q"))
	})
	mux.HandleFunc("POST /sum", func(w http.ResponseWriter, r *http.Request) {
		var in []int
		if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
			http.Error(w, err.Error(), 400)
			return
		}
		n := 0
		for _, v := range in {
			n += v
		}
		json.NewEncoder(w).Encode(map[string]any{"sum": n, "n": len(in)})
	})
	mux.HandleFunc("/slow", func(w http.ResponseWriter, r *http.Request) {
		select {
		case <-r.Context().Done():
		case <-time.After(5 * time.Second):
		}
	})
	srv := httptest.NewServer(mux)
	get := func(p string) {
		res, err := http.Get(srv.URL + p)
		if err != nil {
			fmt.Println(err)
			return
		}
		defer res.Body.Close()
		b, _ := io.ReadAll(res.Body)
		fmt.Println(res.StatusCode, res.Header.Get("X-Test"), strings.TrimSpace(string(b)))
	}
	get("/hello/bob?q=1+2")
	get("/nope")
	res, err := http.Post(srv.URL+"/sum", "application/json", strings.NewReader("[1,2,3]"))
	b, _ := io.ReadAll(res.Body)
	fmt.Println(string(b), err)
	res, _ = http.Post(srv.URL+"/sum", "application/json", strings.NewReader("{"))
	b, _ = io.ReadAll(res.Body)
	fmt.Println(res.Status, string(b))
	ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	req, _ := http.NewRequestWithContext(ctx, "GET", srv.URL+"/slow", nil)
	_, err = http.DefaultClient.Do(req)
	fmt.Println(errors.Is(err, context.DeadlineExceeded))
	cancel()
	var wg sync.WaitGroup
	var mu sync.Mutex
	ok := 0
	for i := range 20 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			res, err := http.Get(fmt.Sprintf("%s/hello/%d", srv.URL, i))
			if err == nil {
				io.Copy(io.Discard, res.Body)
				res.Body.Close()
				mu.Lock()
				ok++
				mu.Unlock()
			}
		}()
	}
	wg.Wait()
	fmt.Println("concurrent", ok)
	srv.CloseClientConnections()
	srv.Close()

	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	go func() {
		c, _ := ln.Accept()
		s := bufio.NewScanner(c)
		for s.Scan() {
			fmt.Fprintln(c, strings.ToUpper(s.Text()))
		}
		c.Close()
	}()
	c, _ := net.Dial("tcp", ln.Addr().String())
	fmt.Fprint(c, "one\ntwo\n")
	r := bufio.NewReader(c)
	l1, _ := r.ReadString('\n')
	l2, _ := r.ReadString('\n')
	fmt.Printf("%q %q\n", l1, l2)
	c.Close()

	t := template.Must(template.New("t").Funcs(template.FuncMap{"up": strings.ToUpper}).Parse(`{{range $i, $e := .Items}}{{if $i}}, {{end}}{{$e.Name | up | printf "%-6s"}}={{len $e.Tags}}{{else}}none{{end}}{{define "x"}}[{{.}}]{{end}}{{template "x" .Title}}
`))
	type item struct {
		Name string
		Tags []string
	}
	err = t.Execute(os.Stdout, map[string]any{"Title": "T", "Items": []item{{"a", nil}, {"bc", []string{"x"}}}})
	fmt.Println(err)
	ht := htmpl.Must(htmpl.New("h").Parse(`<a href="{{.U}}" onclick="f({{.J}})">{{.S}}</a>` + "\n"))
	ht.Execute(os.Stdout, map[string]any{"U": "javascript:x", "J": []int{1}, "S": "<b>"})
	re := regexp.MustCompile(`(?i)(\w+)@(\w+)\.com`)
	fmt.Println(re.FindAllStringSubmatch("Bob@example.com, al@x.COM", -1), re.ReplaceAllString("q@w.com", "$2:$1"), re.NumSubexp())
	u, err := url.Parse("https://u:p@host:8080/a%20b/c?x=1&y=a+b#frag")
	fmt.Println(u.Host, u.Path, u.Query()["y"], u.Fragment, u.User, err)
	tw := tabwriter.NewWriter(os.Stdout, 0, 8, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(tw, "a\tbbb\tc\t")
	fmt.Fprintln(tw, "aaaa\tb\tccccc\t")
	tw.Flush()
	log.SetFlags(0)
	log.SetOutput(os.Stdout)
	log.Println("logged")
	lg := slog.New(slog.NewTextHandler(os.Stdout, &slog.HandlerOptions{ReplaceAttr: func(g []string, a slog.Attr) slog.Attr {
		if a.Key == "time" {
			return slog.Attr{}
		}
		return a
	}}))
	lg.Info("msg", "k", 1, slog.Group("g", "x", "y z"))
	d := time.Date(2024, 2, 29, 23, 59, 59, 123, time.UTC)
	fmt.Println(d.Format(time.RFC1123), d.AddDate(1, 0, 0).Weekday(), d.Truncate(time.Hour).Unix(), d.YearDay())
	pt, err := time.Parse("2006-01-02 15:04 MST", "2023-05-06 07:08 UTC")
	fmt.Println(pt, err, time.Duration(3723)*time.Second)
	dec := json.NewDecoder(strings.NewReader(`{"a":[1,2,{"b":null}],"c":1.5e3} {"x":"\u00e9"}`))
	for {
		var v any
		if err := dec.Decode(&v); err == io.EOF {
			break
		} else if err != nil {
			fmt.Println(err)
			break
		}
		fmt.Println(v)
	}
}
