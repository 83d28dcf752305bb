// What gc evaluates first in appends, literals, conversions and assignments, where the language leaves it open.
package main

import "fmt"

func try(f func()) {
	defer func() { fmt.Println(recover()) }()
	f()
}

func id[T any](x T) T { return x }

func main() {
	var ss [][]byte
	xs := []int{1}
	zero := xs[0] - 1
	var x []byte
	try(func() { x = append(ss[xs[0]], byte(xs[0]/zero)) })
	try(func() { x = append(ss[xs[0]], byte(xs[3])) })
	try(func() { x = append(ss[xs[0]], 1, byte(xs[3]), 2) })
	try(func() { x = append(ss[xs[0]], byte(xs[0]/zero), byte(xs[3])) })
	try(func() { x = append(ss[xs[0]], ss[xs[0]+1]...) })
	try(func() { x = append(ss[xs[0]], "abc"[xs[3]:]...) })
	try(func() { ss[xs[0]] = append(ss[xs[0]+1], byte(xs[3])) })
	try(func() { ss[xs[0]] = append(ss[xs[0]], byte(xs[3])) })
	try(func() { fmt.Println(copy(ss[xs[0]], ss[xs[0]+1])) })
	try(func() { fmt.Println(min(xs[3], xs[0]/zero)) })
	try(func() { fmt.Println(min(xs[0]/zero, xs[3])) })
	try(func() { fmt.Println(complex(float64(xs[3]), float64(xs[0]/zero))) })
	try(func() { fmt.Println(xs[3] + xs[0]/zero) })
	try(func() { fmt.Println(xs[0]/zero + xs[3]) })
	try(func() { fmt.Println(xs[0]/zero == xs[3]) })
	try(func() { ss[xs[0]][xs[0]/zero] = byte(xs[3]) })
	try(func() { ss[xs[0]][xs[0]/zero]++ })
	try(func() { ss[xs[0]][xs[0]/zero] += byte(xs[3]) })
	try(func() { xs[xs[5]] = xs[0] / zero })
	try(func() { *(*int)(nil) = xs[0] / zero })
	var m map[int]int
	try(func() { m[xs[4]] = xs[0] / zero })
	try(func() { m[0] = xs[0] / zero })
	try(func() { m[0] += xs[0] / zero })
	try(func() { delete(m, xs[3]); clear(ss[xs[9]]) })
	try(func() { fmt.Println(make([]int, xs[0]-2, xs[4])) })
	try(func() { fmt.Println(struct{ a, b int }{xs[3], xs[0] / zero}) })
	try(func() { fmt.Println([]int{xs[3], xs[0] / zero}) })
	try(func() { fmt.Println([2]int{xs[0] / zero, xs[3]}) })
	try(func() { fmt.Println(map[int]int{xs[3]: xs[0] / zero}) })
	try(func() { fmt.Println(any(xs[3]), any(xs[0]/zero)) })
	try(func() { fmt.Println(xs[0]/zero, xs[3]) })
	try(func() { var e any = 5; fmt.Println(e.(string), xs[3]) })
	try(func() { var e any = 5; fmt.Println(xs[3], e.(string)) })
	try(func() { var e any = 5; fmt.Println(xs[3] + len(e.(string))) })
	try(func() { fmt.Println(xs[3] << (xs[0] - 2)) })
	try(func() { fmt.Println(xs[0]<<(xs[0]-2) + xs[3]) })
	try(func() { fmt.Println([4]int(xs[xs[5]:])) })
	try(func() { fmt.Println(string(ss[1]) + string(ss[2])) })
	try(func() { fmt.Println(string(ss[1]) + "a"[xs[5]:]) })
	_ = x
}
