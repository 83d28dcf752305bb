// Where am I: Caller, Callers, FuncForPC, Stack.
package main

import (
	"fmt"
	"path/filepath"
	"reflect"
	"runtime"
	"strings"
)

type T struct{}

//go:noinline
func (T) Value() string { return where(1) }

//go:noinline
func (*T) Ptr() string { return where(1) }

//go:noinline
func gen[X any](X) string { return where(1) }

//go:noinline
func where(skip int) string {
	pc, file, line, ok := runtime.Caller(skip)
	return fmt.Sprint(runtime.FuncForPC(pc).Name(), " ", filepath.Base(file), ":", line, " ", ok)
}

var global = func() string { return where(1) }

func chain() {
	pcs := make([]uintptr, 20)
	n := runtime.Callers(1, pcs)
	fr := runtime.CallersFrames(pcs[:n])
	for {
		f, more := fr.Next()
		fmt.Println("  ", f.Function, filepath.Base(f.File) != "", f.Line > 0, f.Entry != 0)
		if f.Function == "main.main" || !more {
			break
		}
	}
}

type S string

func (s S) String() string {
	chain()
	return string(s)
}

func main() {
	fmt.Println(where(1))
	fmt.Println(T{}.Value())
	fmt.Println((&T{}).Ptr())
	fmt.Println(gen(1))
	fmt.Println(func() string { return where(1) }())
	fmt.Println(global())
	var st fmt.Stringer = S("x")
	_ = st.String()
	func() {
		defer func() {
			recover()
			fmt.Println(where(1))
		}()
		panic(1)
	}()
	fmt.Println(runtime.FuncForPC(reflect.ValueOf(chain).Pointer()).Name())
	fmt.Println(runtime.FuncForPC(reflect.ValueOf(strings.ToUpper).Pointer()).Name())
	f := runtime.FuncForPC(reflect.ValueOf(where).Pointer())
	file, line := f.FileLine(f.Entry())
	fmt.Println(filepath.Base(file), line, f.Entry() == reflect.ValueOf(where).Pointer())
	buf := make([]byte, 10000)
	s := string(buf[:runtime.Stack(buf, false)])
	fmt.Println(strings.HasPrefix(s, "goroutine 1 [running]:\nmain.main()\n"), strings.Contains(s, "rt_caller.go:"))
	_, _, _, ok := runtime.Caller(100)
	fmt.Println(ok, runtime.NumGoroutine(), runtime.GOOS, runtime.GOARCH, runtime.Compiler, runtime.Version())
}
