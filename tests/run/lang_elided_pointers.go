// Element types that composite literals leave out, where the elements are pointers to slices and maps.
package main

import "fmt"

type T struct{ x int }
type S []T
type M map[string]int

var global = map[string]*S{"a": {{1}}}

func main() {
	m := map[string]*S{"b": {{2}, {3}}}
	a := [...]*M{{"c": 4}}
	n := []*[]*T{{{5}, {6}}}
	fmt.Println(*global["a"], *m["b"], *a[0], (*n[0])[1].x)
}
