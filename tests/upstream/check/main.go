// Check type-checks packages of the Go tree with go/types, each with what it imports, from source: the peer of
// `goxide build -d=check`. Arguments are directories below the tree's src; `go list` gives them.
package main

import (
	"fmt"
	"go/ast"
	"go/build"
	"go/parser"
	"go/token"
	"go/types"
	"os"
	"path/filepath"
	"runtime"
	"sync"
)

var fset = token.NewFileSet()

// A pkg is one directory: what it imports must be checked before it.
type pkg struct {
	path  string
	files []*ast.File
	deps  map[string]*pkg
	ready chan struct{}
	types *types.Package
}

var (
	ctxt   = build.Default
	byDir  = map[string]*pkg{}
	failed = 0
	mu     sync.Mutex
	slots  = make(chan struct{}, runtime.GOMAXPROCS(0))
)

func load(dir string) *pkg {
	if p := byDir[dir]; p != nil {
		return p
	}
	p := &pkg{deps: map[string]*pkg{}, ready: make(chan struct{})}
	byDir[dir] = p
	bp, err := ctxt.ImportDir(dir, 0)
	if err != nil {
		fmt.Println(err)
		failed++
		return p
	}
	p.path = bp.ImportPath
	for _, name := range bp.GoFiles {
		f, err := parser.ParseFile(fset, filepath.Join(dir, name), nil, parser.SkipObjectResolution)
		if err != nil {
			fmt.Println(err)
			failed++
		}
		p.files = append(p.files, f)
	}
	for _, path := range bp.Imports {
		if path == "unsafe" {
			continue
		}
		dep, err := ctxt.Import(path, dir, build.FindOnly)
		if err != nil {
			fmt.Println(err)
			failed++
			continue
		}
		p.deps[path] = load(dep.Dir)
	}
	return p
}

func (p *pkg) Import(path string) (*types.Package, error) {
	if path == "unsafe" {
		return types.Unsafe, nil
	}
	d := p.deps[path]
	if d == nil || d.types == nil {
		return nil, fmt.Errorf("no package %s", path)
	}
	return d.types, nil
}

func (p *pkg) check() {
	for _, d := range p.deps {
		<-d.ready
	}
	slots <- struct{}{}
	conf := types.Config{Importer: p, Sizes: types.SizesFor("gc", "amd64"), GoVersion: "go1.27", Error: func(err error) {
		mu.Lock()
		fmt.Println(err)
		failed++
		mu.Unlock()
	}}
	info := &types.Info{
		Types:      map[ast.Expr]types.TypeAndValue{},
		Instances:  map[*ast.Ident]types.Instance{},
		Defs:       map[*ast.Ident]types.Object{},
		Uses:       map[*ast.Ident]types.Object{},
		Selections: map[*ast.SelectorExpr]*types.Selection{},
	}
	p.types, _ = conf.Check(p.path, fset, p.files, info)
	<-slots
	close(p.ready)
}

func main() {
	ctxt.CgoEnabled = false
	for _, dir := range os.Args[1:] {
		load(dir)
	}
	for _, p := range byDir {
		go p.check()
	}
	for _, p := range byDir {
		<-p.ready
	}
	fmt.Printf("%d packages, %d errors\n", len(byDir), failed)
	if failed > 0 {
		os.Exit(1)
	}
}
