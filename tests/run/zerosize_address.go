// Variables of size 0 lie where new puts them.
package main

import "fmt"

var x, y [0]int
var p, q = new([0]int), new([0]int)
var z struct{}
var s = []struct{}{{}, {}}

func main() {
	fmt.Println(p == q, &x == p, &y == p, len(s))
	fmt.Println(fmt.Sprintf("%p", &z) == fmt.Sprintf("%p", p), fmt.Sprintf("%p", s) == fmt.Sprintf("%p", p))
	var i any = z
	_, ok := i.(struct{})
	fmt.Println(ok, i == any(struct{}{}))
}
