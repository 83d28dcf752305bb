// StructField.Index points into an array that all small numbers share: it is in read-only memory, so a write faults.
package main

import (
	"fmt"
	"reflect"
	"runtime/debug"
)

func write(s []int) (err any) {
	defer func() { err = recover() }()
	s[0] = 1
	return "written"
}

func main() {
	debug.SetPanicOnFault(true)
	t := reflect.TypeFor[struct{ a, b, c int }]()
	fmt.Println(write(t.Field(2).Index))
	fmt.Println(t.Field(2).Index, any(byte(2)))
}
