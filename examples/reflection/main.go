// Reflection: types, fields, tags, methods, Call, MakeFunc, method values, dynamic types, select.
package main

import (
	"fmt"
	"reflect"
	"sort"
	"strings"
)

type point struct {
	X, Y float64 `unit:"m"`
	name string
}

func (p point) Dist(q point, scale float32) (float64, string) {
	return (p.X-q.X)*(p.X-q.X) + (p.Y-q.Y)*(p.Y-q.Y) + float64(scale), p.name
}
func (p *point) Move(dx int8, s []string, big [4]int64) int { p.X += float64(dx); return len(s) + int(big[3]) }

type shape interface{ Area() float64 }
type square float64

func (s square) Area() float64 { return float64(s * s) }

func main() {
	p := &point{1, 2, "p"}
	t := reflect.TypeOf(p)
	fmt.Println(t, t.Elem().Kind(), t.Elem().NumField(), t.NumMethod(), t.Elem().NumMethod())
	for i := range t.Elem().NumField() {
		f := t.Elem().Field(i)
		fmt.Println(f.Name, f.Type, f.Offset, f.Tag.Get("unit"), f.IsExported())
	}
	v := reflect.ValueOf(p)
	r := v.MethodByName("Dist").Call([]reflect.Value{reflect.ValueOf(point{4, 6, ""}), reflect.ValueOf(float32(0.5))})
	fmt.Println(r[0].Float(), r[1])
	r = v.MethodByName("Move").Call([]reflect.Value{reflect.ValueOf(int8(3)), reflect.ValueOf([]string{"a"}), reflect.ValueOf([4]int64{3: 40})})
	fmt.Println(r[0].Int(), p.X)
	v.Elem().Field(0).SetFloat(9)
	fmt.Println(*p)

	swap := reflect.MakeFunc(reflect.TypeOf(func(int, string, float64) (float64, string, int) { return 0, "", 0 }),
		func(in []reflect.Value) []reflect.Value { return []reflect.Value{in[2], in[1], in[0]} }).
		Interface().(func(int, string, float64) (float64, string, int))
	fmt.Println(swap(1, "two", 3.5))
	many := reflect.MakeFunc(reflect.TypeOf(func(a, b, c, d, e, f, g int, s string, x [3]string) (r int, u [2]int) { return }),
		func(in []reflect.Value) []reflect.Value {
			sum := 0
			for _, x := range in[:7] {
				sum += int(x.Int())
			}
			return []reflect.Value{reflect.ValueOf(sum + in[7].Len() + in[8].Len()), reflect.ValueOf([2]int{sum, 1})}
		}).Interface().(func(a, b, c, d, e, f, g int, s string, x [3]string) (int, [2]int))
	fmt.Println(many(1, 2, 3, 4, 5, 6, 7, "eight", [3]string{}))
	mv := v.Method(0).Interface().(func(point, float32) (float64, string))
	fmt.Println(mv(point{}, 1))

	m := reflect.MakeMap(reflect.MapOf(reflect.TypeOf(""), reflect.TypeOf(0)))
	m.SetMapIndex(reflect.ValueOf("k"), reflect.ValueOf(5))
	it := m.MapRange()
	for it.Next() {
		fmt.Println(it.Key(), it.Value(), m.Interface().(map[string]int)["k"])
	}
	st := reflect.StructOf([]reflect.StructField{{Name: "A", Type: reflect.TypeOf(0), Tag: `json:"a"`}, {Name: "B", Type: reflect.TypeOf([]string{})}})
	sv := reflect.New(st).Elem()
	sv.Field(0).SetInt(4)
	sv.Field(1).Set(reflect.Append(sv.Field(1), reflect.ValueOf("x")))
	fmt.Printf("%v %+v\n", st, sv)
	s := reflect.MakeSlice(reflect.TypeOf([]int{}), 2, 5)
	s.Index(1).SetInt(7)
	fmt.Println(s, s.Cap(), reflect.DeepEqual(s.Interface(), []int{0, 7}))

	var sh shape = square(3)
	fmt.Println(reflect.TypeOf(sh).Implements(reflect.TypeFor[shape]()), reflect.ValueOf(sh).Convert(reflect.TypeFor[float64]()))
	ch := make(chan int, 1)
	chosen, _, _ := reflect.Select([]reflect.SelectCase{{Dir: reflect.SelectSend, Chan: reflect.ValueOf(ch), Send: reflect.ValueOf(3)}, {Dir: reflect.SelectDefault}})
	got, ok := reflect.ValueOf(ch).Recv()
	fmt.Println(chosen, got, ok)
	func() {
		defer func() { fmt.Println(strings.SplitN(fmt.Sprint(recover()), ":", 2)[0]) }()
		reflect.ValueOf(point{}).Field(0).SetFloat(1)
	}()
	type local struct{ a, b any }
	fmt.Println(reflect.TypeOf(local{}), reflect.TypeOf(struct{ N int }{}), reflect.TypeOf(map[string]chan<- []*int{}), reflect.TypeOf(sort.Slice))
	fmt.Println(local{1, "x"} == local{1, "x"}, reflect.ValueOf(p).Pointer() != 0)
}
