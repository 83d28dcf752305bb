// Order and meaning of defer, panic and recover.
package main

import (
	"errors"
	"fmt"
	"os"
	"runtime"
)

func order() {
	for i := range 3 {
		defer fmt.Println("loop", i)
	}
	defer fmt.Println("plain")
	fmt.Println("body")
}

func open8() (s string) {
	defer func() { s += "1" }()
	defer func() { s += "2" }()
	if len(os.Args) > 100 {
		defer func() { s += "never" }()
	}
	defer func() { s += "3" }()
	return "r"
}

func named() (n int, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("recovered: %v", r)
			n *= 2
		}
	}()
	n = 21
	panic("boom")
}

func many() (s string) {
	defer func() { s += "a" }()
	defer func() { s += "b" }()
	defer func() { s += "c" }()
	defer func() { s += "d" }()
	defer func() { s += "e" }()
	defer func() { s += "f" }()
	defer func() { s += "g" }()
	defer func() { s += "h" }()
	defer func() { s += "i" }()
	defer func() { s += fmt.Sprint(recover()) }()
	panic("P")
}

func recoverInHelper() (r any) {
	defer func() { r = recover() }()
	defer func() { helper() }() // too deep: does not recover
	panic("deep")
}

func helper() { fmt.Println("helper recovers", recover()) }

func recoverDirect() {
	defer func() { fmt.Println("outer", recover()) }()
	defer recover() // does not recover
	panic("direct")
}

type R struct{ name string }

func (r R) Rec()   { fmt.Println(r.name, recover()) }
func (r *R) PRec() { fmt.Println(r.name, recover()) }

type Recer interface{ Rec() }

func methods() {
	func() {
		r := R{"value method"}
		defer r.Rec()
		panic(1)
	}()
	func() {
		r := &R{"pointer method"}
		defer r.PRec()
		panic(2)
	}()
	func() {
		var i Recer = R{"interface method, value"}
		defer i.Rec()
		panic(3)
	}()
	func() {
		var i Recer = &R{"interface method through pointer"}
		defer i.Rec()
		panic(4)
	}()
	func() {
		f := R{"method value"}.Rec
		defer f()
		panic(5)
	}()
	func() {
		defer helper()
		panic(6)
	}()
}

func nested() {
	defer func() { fmt.Println("3:", recover()) }()
	defer func() {
		defer func() { fmt.Println("2:", recover()) }()
		panic("second")
	}()
	panic("first")
}

func replace() {
	defer func() { fmt.Println("got", recover(), "then", recover()) }()
	defer func() { panic("replacement") }()
	panic("original")
}

func repanic() (s string) {
	defer func() { s = fmt.Sprint("outer ", recover()) }()
	func() {
		defer func() {
			r := recover()
			panic(fmt.Sprint(r, "+again"))
		}()
		panic("inner")
	}()
	return "not reached"
}

func continueAfter() {
	defer fmt.Println("deferred before")
	func() {
		defer func() { recover() }()
		panic("x")
	}()
	fmt.Println("continued")
}

func goexit() {
	done := make(chan bool)
	go func() {
		defer close(done)
		defer func() { fmt.Println("recover in goexit:", recover()) }()
		defer func() {
			defer func() { fmt.Println("inner", recover()) }()
			panic("in goexit")
		}()
		runtime.Goexit()
		fmt.Println("not reached")
	}()
	<-done
	done = make(chan bool)
	go func() {
		defer close(done)
		func() {
			defer func() { fmt.Println("second recover:", recover()) }()
			func() {
				defer panic("panic during goexit")
				runtime.Goexit()
			}()
			fmt.Println("not reached 1")
		}()
		fmt.Println("not reached 2")
	}()
	<-done
}

func nilDefer() {
	defer func() { fmt.Println("nil func:", recover()) }()
	var f func()
	defer f()
	fmt.Println("nil defer is fine until run")
}

func args() {
	x := 1
	defer fmt.Println("arg", x)
	defer func(y int) { fmt.Println("params", x, y) }(x)
	x = 2
}

func rangefunc() (s string) {
	seq := func(yield func(int) bool) {
		defer func() { s += "[seq]" }()
		for i := range 3 {
			if !yield(i) {
				return
			}
		}
	}
	defer func() { s += "[end]" }()
	for i := range seq {
		defer func() { s += fmt.Sprint("d", i) }()
	}
	for i := range seq {
		if i == 1 {
			return "ret"
		}
	}
	return "no"
}

func recoverInRange() (s string) {
	defer func() { s += fmt.Sprint(recover()) }()
	seq := func(yield func(int) bool) {
		for i := 0; yield(i); i++ {
		}
	}
	for i := range seq {
		if i == 2 {
			panic("from body")
		}
	}
	return
}

var errX = errors.New("x")

func deep(n int) int {
	if n == 0 {
		panic(errX)
	}
	var pad [64]byte
	pad[n%64] = 1
	return deep(n-1) + int(pad[0])
}

func deepRecover() {
	defer func() { fmt.Println("deep:", recover() == errX) }()
	deep(20000)
}

func deepDefers(n int) {
	if n == 0 {
		panic("bottom")
	}
	defer func() {
		if n%1000 == 0 {
			fmt.Print(n, " ")
		}
	}()
	deepDefers(n - 1)
}

func main() {
	order()
	fmt.Println(open8())
	fmt.Println(named())
	fmt.Println(many())
	fmt.Println(recoverInHelper())
	recoverDirect()
	methods()
	nested()
	replace()
	fmt.Println(repanic())
	continueAfter()
	goexit()
	nilDefer()
	args()
	fmt.Println(rangefunc())
	fmt.Println(recoverInRange())
	deepRecover()
	func() {
		defer func() { fmt.Println(recover()) }()
		deepDefers(5000)
	}()
	for range 3 {
		func() {
			defer func() { recover() }()
			deep(100)
		}()
	}
	fmt.Println("done", recover())
}
