// Maps made by reflect hash their keys as compiled code does.
package main

import (
	"fmt"
	"reflect"
	"unsafe"
)

type K struct {
	a, b int32
	c    float64
}
type L struct {
	a byte
	b byte
	_ int16
	c [3]int16
	s string
	d uint64
	e struct{ x, y int32 }
}

func main() {
	k := K{1, 2, 3}
	m := reflect.MakeMap(reflect.MapOf(reflect.TypeOf(K{}), reflect.TypeOf(true)))
	m.SetMapIndex(reflect.ValueOf(k), reflect.ValueOf(true))
	type M map[K]bool
	var x M
	reflect.ValueOf(&x).Elem().Set(m)
	fmt.Println(x[k])

	l := L{a: 1, b: 2, c: [3]int16{1, 2, 3}, s: "s", d: 4, e: struct{ x, y int32 }{5, 6}}
	m = reflect.MakeMap(reflect.MapOf(reflect.TypeOf(L{}), reflect.TypeOf(1)))
	m.SetMapIndex(reflect.ValueOf(l), reflect.ValueOf(1))
	type N map[L]int
	var y N
	reflect.ValueOf(&y).Elem().Set(m)
	fmt.Println(y[l], reflect.TypeOf(unsafe.Pointer(nil)).PkgPath())
}
