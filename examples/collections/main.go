// Collections and generics: sort, slices, maps, container/heap, iter, range over functions.
package main

import (
	"cmp"
	"container/heap"
	"fmt"
	"iter"
	"maps"
	"slices"
	"sort"
)

type item struct {
	name string
	prio int
}
type queue []item

func (q queue) Len() int           { return len(q) }
func (q queue) Less(i, j int) bool { return q[i].prio < q[j].prio }
func (q queue) Swap(i, j int)      { q[i], q[j] = q[j], q[i] }
func (q *queue) Push(x any)        { *q = append(*q, x.(item)) }
func (q *queue) Pop() any {
	old := *q
	x := old[len(old)-1]
	*q = old[:len(old)-1]
	return x
}

type tree[K cmp.Ordered, V any] struct {
	root *node[K, V]
	n    int
}
type node[K cmp.Ordered, V any] struct {
	k           K
	v           V
	left, right *node[K, V]
}

func (t *tree[K, V]) put(k K, v V) {
	p := &t.root
	for *p != nil {
		switch c := cmp.Compare(k, (*p).k); {
		case c < 0:
			p = &(*p).left
		case c > 0:
			p = &(*p).right
		default:
			(*p).v = v
			return
		}
	}
	*p = &node[K, V]{k: k, v: v}
	t.n++
}

func (t *tree[K, V]) all() iter.Seq2[K, V] {
	var walk func(n *node[K, V], yield func(K, V) bool) bool
	walk = func(n *node[K, V], yield func(K, V) bool) bool {
		return n == nil || walk(n.left, yield) && yield(n.k, n.v) && walk(n.right, yield)
	}
	return func(yield func(K, V) bool) { walk(t.root, yield) }
}

func (t *tree[K, V]) fold[A any](init A, f func(A, K, V) A) A {
	for k, v := range t.all() {
		init = f(init, k, v)
	}
	return init
}

func find[K cmp.Ordered, V any](t *tree[K, V], want func(V) bool) (K, bool) {
	for k, v := range t.all() {
		if want(v) {
			return k, true
		}
	}
	var zero K
	return zero, false
}

func main() {
	q := &queue{{"c", 3}, {"a", 1}}
	heap.Init(q)
	heap.Push(q, item{"b", 2})
	for q.Len() > 0 {
		fmt.Print(heap.Pop(q).(item).name, " ")
	}
	fmt.Println()

	var t tree[string, int]
	for i, w := range []string{"pear", "apple", "fig", "kiwi", "apple"} {
		t.put(w, i)
	}
	for k, v := range t.all() {
		fmt.Print(k, "=", v, " ")
	}
	fmt.Println(t.n)
	fmt.Println(find(&t, func(v int) bool { return v == 2 }))
	fmt.Println(t.fold("", func(a string, k string, v int) string { return a + fmt.Sprint(k[0:1], v) }))

	next, stop := iter.Pull2(t.all())
	k, v, ok := next()
	fmt.Println(k, v, ok)
	stop()

	xs := []int{5, 2, 8, 1, 9, 3}
	ys := slices.Clone(xs)
	slices.Sort(ys)
	i, found := slices.BinarySearch(ys, 8)
	fmt.Println(xs, ys, i, found, slices.Max(xs), slices.Index(xs, 8))
	sort.Slice(xs, func(i, j int) bool { return xs[i] > xs[j] })
	fmt.Println(xs, slices.Collect(slices.Values(xs[:2])), slices.Compact([]int{1, 1, 2, 2, 1}))
	m := map[string][]int{"a": {1}, "b": {2, 3}}
	m["c"] = append(m["c"], 4)
	keys := slices.Sorted(maps.Keys(m))
	delete(m, "a")
	fmt.Println(keys, len(m), m)
	people := []struct {
		Name string
		Age  int
	}{{"A", 30}, {"B", 25}, {"C", 30}}
	slices.SortStableFunc(people, func(a, b struct {
		Name string
		Age  int
	}) int {
		return cmp.Compare(a.Age, b.Age)
	})
	fmt.Println(people)
	sum := 0
	for i := range 10 {
		if i%2 == 0 {
			continue
		}
		sum += i
	}
	var fs []func() int
	for i := 0; i < 3; i++ {
		fs = append(fs, func() int { i *= 10; return i })
	}
	fmt.Println(sum, fs[0](), fs[1](), fs[2](), min(3, 1, 2), max("a", "b"))
	clear(m)
	fmt.Println(len(m))
}
