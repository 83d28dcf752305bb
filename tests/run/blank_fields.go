// Fields named _ hold nothing, and take part in nothing.
package main

import (
	"fmt"
	"reflect"
)

type T struct{ a, _, c int }

var x = T{1, 2, 3}

func two() int { fmt.Println("two"); return 2 }

type Big struct {
	a [10]int
	_ [10]int
}

func main() {
	y := T{1, two(), 3}
	for _, v := range []T{x, y} {
		fmt.Println(reflect.ValueOf(v).Field(1).Int(), v == x)
	}
	b := Big{[10]int{1}, [10]int{2}}
	fmt.Println(reflect.ValueOf(b).Field(1), b == Big{[10]int{1}, [10]int{3}})
	fmt.Println(map[T]int{x: 1}[y], *(&T{1, 5, 3}) == x)
}
