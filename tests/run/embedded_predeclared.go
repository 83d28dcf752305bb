// The name of an embedded predeclared type belongs to the package of the struct.
package main

import (
	"fmt"
	"reflect"
)

type E struct{ int }

func main() {
	a := any(struct{ int }{1})
	_, ok := a.(struct{ int })
	fmt.Println(ok, reflect.TypeOf(a), reflect.TypeOf(E{}).Field(0).PkgPath)
	//line foo.go:10
	fmt.Println(reflect.TypeOf(a).Field(0).Name)
}
