// Reflection that needs the runtime: calls, MakeFunc, method values, made types, maps, channels.
package main

import (
	"fmt"
	"reflect"
	"strings"
)

type T struct {
	A int `json:"a"`
	B string
	c float64
}

func (t T) Sum(x int, ys ...int) int {
	for _, y := range ys {
		x += y
	}
	return t.A + x
}
func (t *T) Set(s string) { t.B = s }
func (t T) Many(a int8, b float32, c string, d [3]int) (string, float64, error) {
	return fmt.Sprint(a, b, c, d, t.A), float64(b) * 2, nil
}

type I interface{ Sum(int, ...int) int }

func big(a, b, c, d, e, f, g int, s string, x, y float64, z []int) (int, string, float64, []int, error) {
	return a + b + c + d + e + f + g, s + "!", x * y, append(z, a), fmt.Errorf("e%d", g)
}

func main() {
	t := T{1, "b", 2.5}
	v := reflect.ValueOf(t)
	for i := range v.NumField() {
		f := v.Type().Field(i)
		fmt.Println(f.Name, f.Type, f.Tag.Get("json"), f.IsExported(), v.Field(i))
	}
	for i := range reflect.TypeOf(&t).NumMethod() {
		m := reflect.TypeOf(&t).Method(i)
		fmt.Println(m.Name, m.Type)
	}
	fmt.Println(v.MethodByName("Sum").Call([]reflect.Value{reflect.ValueOf(2), reflect.ValueOf(3), reflect.ValueOf(4)})[0])
	reflect.ValueOf(&t).MethodByName("Set").Call([]reflect.Value{reflect.ValueOf("new")})
	fmt.Println(t.B)
	out := v.Method(0).Call([]reflect.Value{reflect.ValueOf(int8(-3)), reflect.ValueOf(float32(1.5)), reflect.ValueOf("s"), reflect.ValueOf([3]int{1, 2, 3})})
	fmt.Println(out[0], out[1], out[2].IsNil())
	args := []any{1, 2, 3, 4, 5, 6, 7, "str", 1.5, 4.0, []int{9}}
	in := make([]reflect.Value, len(args))
	for i, a := range args {
		in[i] = reflect.ValueOf(a)
	}
	for _, o := range reflect.ValueOf(big).Call(in) {
		fmt.Print(o.Interface(), " ")
	}
	fmt.Println()
	mf := reflect.MakeFunc(reflect.TypeOf(big), func(args []reflect.Value) []reflect.Value {
		s := 0
		for _, a := range args[:7] {
			s += int(a.Int())
		}
		return []reflect.Value{reflect.ValueOf(s), args[7], args[8], args[10], reflect.Zero(reflect.TypeOf((*error)(nil)).Elem())}
	}).Interface().(func(a, b, c, d, e, f, g int, s string, x, y float64, z []int) (int, string, float64, []int, error))
	fmt.Println(mf(1, 2, 3, 4, 5, 6, 7, "mf", 2.5, 3, []int{1, 2}))
	swap := func(in []reflect.Value) []reflect.Value { return []reflect.Value{in[1], in[0]} }
	var fs func(float64, string) (string, float64)
	reflect.ValueOf(&fs).Elem().Set(reflect.MakeFunc(reflect.TypeOf(fs), swap))
	fmt.Println(fs(1.25, "x"))
	mv := v.MethodByName("Sum").Interface().(func(int, ...int) int)
	fmt.Println(mv(10, 20, 30))
	var i I = t
	iv := reflect.ValueOf(&i).Elem().Method(0)
	fmt.Println(iv.Call([]reflect.Value{reflect.ValueOf(5)})[0])

	m := reflect.MakeMap(reflect.TypeOf(map[string]int{}))
	m.SetMapIndex(reflect.ValueOf("k"), reflect.ValueOf(7))
	m.SetMapIndex(reflect.ValueOf("l"), reflect.ValueOf(8))
	m.SetMapIndex(reflect.ValueOf("k"), reflect.Value{})
	for it := m.MapRange(); it.Next(); {
		fmt.Println(it.Key(), it.Value(), m.Len())
	}
	mt := reflect.MapOf(reflect.TypeOf(T{}), reflect.TypeOf([]string{}))
	mm := reflect.MakeMap(mt)
	mm.SetMapIndex(reflect.ValueOf(T{A: 1}), reflect.ValueOf([]string{"x"}))
	fmt.Println(mt, mm.MapIndex(reflect.ValueOf(T{A: 1})), mm.MapIndex(reflect.ValueOf(T{})).IsValid())

	st := reflect.StructOf([]reflect.StructField{
		{Name: "X", Type: reflect.TypeOf(0), Tag: `json:"x"`},
		{Name: "Y", Type: reflect.TypeOf("")},
	})
	sv := reflect.New(st).Elem()
	sv.Field(0).SetInt(5)
	sv.Field(1).SetString("why")
	fmt.Printf("%v %+v %v\n", st, sv.Interface(), sv.Interface() == reflect.Zero(st).Interface())
	at := reflect.ArrayOf(3, reflect.TypeOf(byte(0)))
	av := reflect.New(at).Elem()
	av.Index(1).SetUint(9)
	fmt.Println(at, av, at == reflect.TypeOf([3]byte{}), av.Interface().([3]byte)[1])
	fmt.Println(reflect.SliceOf(reflect.TypeOf(t)), reflect.PointerTo(reflect.TypeOf(t)) == reflect.TypeOf(&t), reflect.ChanOf(reflect.RecvDir, reflect.TypeOf(1)))
	fmt.Println(reflect.FuncOf([]reflect.Type{reflect.TypeOf(1), reflect.TypeOf([]string{})}, []reflect.Type{reflect.TypeOf("")}, true))

	ch := reflect.MakeChan(reflect.TypeOf(make(chan int)), 2)
	ch.Send(reflect.ValueOf(1))
	fmt.Println(ch.TrySend(reflect.ValueOf(2)), ch.TrySend(reflect.ValueOf(3)), ch.Len(), ch.Cap())
	x, ok := ch.Recv()
	fmt.Println(x, ok)
	chosen, rv, ok := reflect.Select([]reflect.SelectCase{
		{Dir: reflect.SelectRecv, Chan: reflect.ValueOf(make(chan string))},
		{Dir: reflect.SelectRecv, Chan: ch},
		{Dir: reflect.SelectSend, Chan: reflect.ValueOf((chan int)(nil)), Send: reflect.ValueOf(1)},
	})
	fmt.Println(chosen, rv, ok)
	chosen, _, _ = reflect.Select([]reflect.SelectCase{
		{Dir: reflect.SelectDefault},
		{Dir: reflect.SelectRecv, Chan: reflect.ValueOf(make(chan string))},
	})
	fmt.Println(chosen)
	s := reflect.ValueOf(&[]int{1, 2, 3}).Elem()
	s.Set(reflect.Append(s, reflect.ValueOf(4)))
	s.Grow(10)
	fmt.Println(s, s.Len(), s.Cap() >= 14, reflect.DeepEqual(s.Interface(), []int{1, 2, 3, 4}))
	fmt.Println(reflect.TypeOf(strings.ToUpper), reflect.TypeFor[map[string][]func(int) error](), reflect.TypeFor[struct{ a, B any }]())
	func() {
		defer func() { fmt.Println(recover()) }()
		reflect.ValueOf(t).Field(0).SetInt(1)
	}()
	func() {
		defer func() { fmt.Println("through Call:", recover()) }()
		reflect.ValueOf(func() { panic("inside") }).Call(nil)
	}()
	conv := reflect.ValueOf(3.99).Convert(reflect.TypeOf(0))
	fmt.Println(conv, reflect.ValueOf("abc").Convert(reflect.TypeOf([]byte{})))
	var e any = &t
	reflect.ValueOf(e).Elem().FieldByName("A").SetInt(77)
	fmt.Println(t.A, reflect.Indirect(reflect.ValueOf(e)).Type().PkgPath(), reflect.TypeOf(e).Elem().Name())
	reflect.Swapper([]string{"a"})(0, 0)
}
