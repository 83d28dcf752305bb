// Go's own parser, printer and type checker over generated source.
package main

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"go/ast"
	"go/constant"
	"go/format"
	"go/parser"
	"go/token"
	"go/types"
	"sort"
	"strings"
)

const src = `package p
import "unsafe"
type T[P any] struct { a,b P; next *T[P] }
func (t *T[P]) Len() int { n:=0; for ;t!=nil;t=t.next {n++}; return n }
const ( A = iota<<3; B; C = "x"+"y"; D = 1.5*2i )
type I interface{ Len() int; ~[]byte|~string }
func F[K comparable, V any](m map[K]V, f func(K,V) bool) (out []K) {
	for k,v:=range m { if f(k,v) {out=append(out,k)} }
	switch x:=any(out).(type) { case []int: _ = x[0]; default: goto L }
L:	return
}
var x, y = unsafe.Sizeof(T[int]{}), F(map[string]int{"a":1}, func(k string, v int) bool { return v>0 })
func bad() { var s string = 1; undefined(); return 3 }
`

func main() {
	fset := token.NewFileSet()
	f, err := parser.ParseFile(fset, "p.go", src, parser.ParseComments)
	if err != nil {
		panic(err)
	}
	var buf bytes.Buffer
	if err := format.Node(&buf, fset, f); err != nil {
		panic(err)
	}
	fmt.Print(buf.String())
	kinds := map[string]int{}
	ast.Inspect(f, func(n ast.Node) bool {
		if n != nil {
			kinds[strings.TrimPrefix(fmt.Sprintf("%T", n), "*ast.")]++
		}
		return true
	})
	var names []string
	for k := range kinds {
		names = append(names, k)
	}
	sort.Strings(names)
	for _, k := range names {
		fmt.Print(k, "=", kinds[k], " ")
	}
	fmt.Println()
	info := &types.Info{Types: map[ast.Expr]types.TypeAndValue{}, Defs: map[*ast.Ident]types.Object{}, Instances: map[*ast.Ident]types.Instance{}}
	conf := types.Config{Error: func(err error) { fmt.Println("error:", err) }}
	pkg, _ := conf.Check("p", fset, []*ast.File{f}, info)
	for _, n := range pkg.Scope().Names() {
		o := pkg.Scope().Lookup(n)
		fmt.Println(types.ObjectString(o, types.RelativeTo(pkg)))
		if c, ok := o.(*types.Const); ok {
			fmt.Println("  =", c.Val(), c.Val().Kind() == constant.String)
		}
	}
	var inst []string
	for id, in := range info.Instances {
		inst = append(inst, fmt.Sprint(id.Name, in.TypeArgs.Len(), in.Type))
	}
	sort.Strings(inst)
	fmt.Println(len(info.Types), len(info.Defs), inst)
	big := strings.Repeat("func f() { if a { b() } else { c(1,2 , 3) } }\n", 300)
	out, err := format.Source([]byte("package q\n" + big))
	fmt.Printf("%d %x %v\n", len(out), sha256.Sum256(out), err)
	_, err = parser.ParseExpr("a + (b")
	fmt.Println(err)
}
