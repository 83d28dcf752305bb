// What gc evaluates into temporaries because its runtime wants addresses (operands converted to interfaces, keys of maps,
// compared structs, values sent), before other operands of the same statement.
package main

import "fmt"

func try(f func()) {
	defer func() { fmt.Println(recover()) }()
	f()
}

func id[T any](x T) T { return x }

//go:noinline
func two(a, b any) { fmt.Println(a, b) }

type S struct{ a, b int }

func main() {
	var bs []byte
	xs := []int{1}
	zero := xs[0] - 1
	var e []float64
	var ps []*int
	var ss []S
	var p *S
	var str = "abc"
	b := byte(zero)
	try(func() { fmt.Println(bs[3], e[5:]) })
	try(func() { fmt.Println(1/b, e[5:]) })
	try(func() { fmt.Println(any(1/b), e[5:]) })
	try(func() { two(1/b, e[5:]) })
	try(func() { two(any(1/b), e[5:]) })
	try(func() { two(any(id(byte(1))/b), e[5:]) })
	try(func() { two(any(id(b)/b), e[5:]) })
	try(func() { two(id(b)/b, e[5:]) })
	try(func() { two(ps[2], e[5:]) })
	try(func() { two(ss[2], e[5:]) })
	try(func() { two(*p, e[5:]) })
	try(func() { two(any(*p), e[5:]) })
	try(func() { two(any(str[id(4)]), e[5:]) })
	try(func() { two(str[id(4)], e[5:]) })
	try(func() { two(str[xs[0]+4], e[5:]) })
	try(func() { two(any(id(b)/b), id(bs)[4]) })
	try(func() { two(any(id(xs[0])/zero), id(bs)[4]) })
	try(func() { two(any(id(b)/b), map[int]int{1: id(xs)[4]}) })
	try(func() { two(id(b)/b, map[int]int{1: id(xs)[4]}) })
	try(func() { two(any(id(b)/b), map[int]int{1: xs[4]}) })
	try(func() { var q any = id(b) / b; two(q, S{xs[0] / zero, 2} == ss[1]) })
	try(func() { two(xs[5], S{xs[0] / zero, 2} == ss[1]) })
	try(func() { two(xs[5], S{xs[0] / zero, 2} == id(ss[0])) })
	try(func() { fmt.Println(xs[5] + len(fmt.Sprint(any(b/b)))) })
	try(func() { fmt.Println(xs[5] == any(b/b)) })
	try(func() { fmt.Println(xs[5] == any(b/b).(int)) })
	try(func() { fmt.Println(ss[5] == any(b/b)) })
	try(func() { fmt.Println([]any{xs[5], b / b}) })
	try(func() {
		fmt.Println(struct {
			x int
			y any
		}{xs[5], b / b})
	})
	try(func() {
		fmt.Println(struct {
			x int
			y any
		}{xs[5], any(b / b)})
	})
	try(func() { var a any; var i int; i, a = xs[5], b/b; fmt.Println(i, a) })
	try(func() { fmt.Println(any(xs[5]), any(b/b)) })
	f := func() (x int, y any) { return xs[5], b / b }
	try(func() { f() })
	var m map[string]any
	try(func() { m["abc"[xs[0]+5:]] = b / b })
	try(func() { m[str[:xs[0]/zero]] = b / b })
	try(func() { var q any = xs[xs[5]]; q = any(xs[int(b)/zero]); _ = q })
	try(func() { ch := make(chan any); ch <- b / b })
	try(func() { var ch []chan any; ch[3] <- b / b })
	try(func() { var ch []chan S; ch[3] <- S{xs[0] / zero, 2} })
	try(func() { var ch []chan int; ch[3] <- xs[0] / zero })
	mb := map[any]int{}
	try(func() { fmt.Println(xs[5] + mb[b/b]) })
	ms := map[S]int{}
	try(func() { fmt.Println(xs[5] + ms[S{xs[0] / zero, 2}]) })
	try(func() { fmt.Println(xs[5] + map[byte]int{}[b/b]) })
	try(func() { fmt.Println(xs[5] + map[int16]int{}[int16(b)/int16(b)]) })
	try(func() { ms[S{xs[0] / zero, 2}] = xs[5] })
	try(func() { ms[S{xs[0] / zero, 2}] += xs[5] })
	try(func() { map[byte]int{}[b/b] += xs[5] })
	try(func() { map[int]int{}[xs[0]/zero] += xs[5] })
	try(func() { map[int]int{}[xs[0]/zero] = xs[5] })
	try(func() { map[int]int{}[1] /= xs[5] })
	try(func() { map[int]int{}[xs[8]] /= xs[0] / zero })
	// Conversions at the root of an initialiser.
	var q *int
	try(func() { s := string([]uint8(nil)[1:][*q&3:]); fmt.Println(s) })
	try(func() { s := []byte(str[xs[3]:][*q&3:]); fmt.Println(s) })
	// Bytes looked up as text.
	var bss [][]byte
	try(func() { fmt.Println(xs[5] + map[string]int{"a": 1}[string(bss[7])]) })
	try(func() { v, ok := m[string(bss[7])]; fmt.Println(v, ok, xs[5]) })
	try(func() { m[string(bss[7])] = xs[5] })
	var ml map[int][]int
	try(func() { ml[xs[0]/zero] = append(ml[xs[0]/zero], xs[5]) })
	try(func() { ml[xs[0]/zero] = append(ml[1], xs[5]) })
	try(func() { delete(ms, S{xs[0] / zero, xs[5]}) })
	try(func() { ys := append([]int{xs[5]}, xs[0]/zero, 1); fmt.Println(ys) })
	try(func() { ys := append(([]int{xs[0] / zero}), xs[5]); fmt.Println(ys) })
	try(func() { ys := append(xs[5:], xs[0]/zero); fmt.Println(ys) })
	try(func() { var a, c any = xs[5], b / b; fmt.Println(a, c) })
	try(func() { defer fmt.Println(any(b/b), e[5:]) })
	try(func() { defer panic(b / b) })
	try(func() {
		select {
		case (chan any)(nil) <- b / b:
		default:
		}
	})
}
