// recover counts a function that was inlined into a wrapper, and looks through reflect's halves of method values.
package main

import (
	"fmt"
	"reflect"
)

func take() {
	if r := recover(); r != nil {
		fmt.Println("recovered", r)
	}
}

// Called through one function more: too deep.
func deep(int) { take() }

type Inner int

func (*Inner) M()    { take() }
func (*Inner) Self() { fmt.Println("self", recover()) }

type Outer struct{ *Inner } // its methods are wrappers

func try(name string, f func()) {
	defer func() { fmt.Println(name, "left over:", recover()) }()
	f()
}

func main() {
	o := Outer{new(Inner)}
	m, self := Outer.M, Outer.Self
	try("function", func() { defer deep(1); panic(1) })
	try("method", func() { defer m(o); panic(2) })
	try("direct", func() { defer self(o); panic(3) })
	try("method value", func() { defer o.Self(); panic(4) })
	try("reflect method", func() {
		defer reflect.ValueOf(o).Method(1).Interface().(func())()
		panic(5)
	})
	try("reflect function", func() {
		f := func([]reflect.Value) []reflect.Value { fmt.Println("made", recover()); return nil }
		defer reflect.MakeFunc(reflect.TypeFor[func()](), f).Interface().(func())()
		panic(6)
	})
	try("interface", func() {
		var i interface{ Self() } = o
		defer i.Self()
		panic(7)
	})
}
