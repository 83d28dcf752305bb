// Logging and introspection: log, log/slog, runtime/debug, runtime.
package main

import (
	"context"
	"fmt"
	"log"
	"log/slog"
	"os"
	"runtime"
	"runtime/debug"
	"strings"
)

type secret string

func (secret) LogValue() slog.Value { return slog.StringValue("***") }

func main() {
	h := slog.NewTextHandler(os.Stdout, &slog.HandlerOptions{
		Level: slog.LevelDebug,
		ReplaceAttr: func(groups []string, a slog.Attr) slog.Attr {
			if a.Key == slog.TimeKey {
				return slog.Attr{}
			}
			return a
		},
	})
	l := slog.New(h).With("app", "example")
	l.Info("started", "n", 3, "password", secret("hunter2"))
	l.WithGroup("req").Debug("handled", slog.Group("client", "ip", "::1"), "err", os.ErrNotExist)
	j := slog.New(slog.NewJSONHandler(os.Stdout, &slog.HandlerOptions{AddSource: false, ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		if a.Key == slog.TimeKey {
			return slog.Attr{}
		}
		return a
	}}))
	j.LogAttrs(context.Background(), slog.LevelWarn, "json", slog.Float64("pi", 3.14), slog.Any("list", []int{1, 2}))

	lg := log.New(os.Stdout, "[x] ", log.Lshortfile|log.Lmsgprefix)
	lg.Println("with position")

	stack := string(debug.Stack())
	fmt.Println(strings.HasPrefix(stack, "goroutine 1 [running]:"), strings.Contains(stack, "main.main()"))
	_, file, line, ok := runtime.Caller(0)
	fmt.Println(file[strings.LastIndexByte(file, '/')+1:], line, ok)
	pc, _, _, _ := runtime.Caller(0)
	fmt.Println(runtime.FuncForPC(pc).Name(), runtime.GOOS, runtime.GOARCH, runtime.Compiler)
	old := debug.SetGCPercent(50)
	fmt.Println(old, debug.SetGCPercent(old))
	var m1, m2 runtime.MemStats
	runtime.ReadMemStats(&m1)
	garbage := make([][]byte, 0)
	for range 100 {
		garbage = append(garbage, make([]byte, 100_000))
	}
	runtime.KeepAlive(garbage)
	garbage = nil
	runtime.GC()
	runtime.ReadMemStats(&m2)
	fmt.Println(m2.NumGC > m1.NumGC, m2.TotalAlloc-m1.TotalAlloc >= 10_000_000, m2.Mallocs > m1.Mallocs)
	if bi, ok := debug.ReadBuildInfo(); ok {
		fmt.Println(bi.GoVersion)
	}
}
