// Check type-checks the whole standard library with our package runtime and the overlays in place, under the build-tag
// rule for std, and reports every function without a body that nobody supplies: no Go body under that symbol, no row in
// crates/abi/src/funcs, no assembly in the runtime, no intrinsic. It also compares each row with its Go declaration.
//
// It is a developer's tool, run with the peer gc and its GOROOT:
//
//	go run ./goroot/check -goroot /path/to/go -repo .
package main

import (
	"flag"
	"fmt"
	"go/ast"
	"go/build"
	"go/parser"
	"go/token"
	"go/types"
	"os"
	"path/filepath"
	"regexp"
	"sort"
	"strconv"
	"strings"
)

var (
	goroot = flag.String("goroot", "/usr/local/go", "tree of the pinned Go release")
	repo   = flag.String("repo", ".", "root of the repository")
	list   = flag.String("list", "", "also write the packages to this file, for `cargo run --example checkstd`")
)

type pkg struct {
	path  string
	files []*ast.File
	types *types.Package
	state int // 1: being checked, 2: done
}

type row struct {
	args, results int
	seen          bool
}

type checker struct {
	fset     *token.FileSet
	pkgs     map[string]*pkg
	overlay  map[string]string // path below src to file or folder of ours
	native   map[string]bool   // packages whose assembly the runtime supplies
	rows     map[string]*row
	asm      map[string]bool
	defs     map[string]string // symbol → where it is defined
	vars     map[string]string
	wants    []want
	failures int
	list     strings.Builder
}

type want struct {
	sym, pos, pkg, name string
	variable            bool
}

func (c *checker) errorf(format string, args ...any) {
	c.failures++
	fmt.Printf(format+"\n", args...)
}

func main() {
	flag.Parse()
	c := &checker{
		fset: token.NewFileSet(), pkgs: map[string]*pkg{}, overlay: map[string]string{}, native: map[string]bool{},
		rows: map[string]*row{}, asm: map[string]bool{}, defs: map[string]string{}, vars: map[string]string{},
	}
	c.readRows()
	c.readOverlay()
	paths := c.packages()
	for _, p := range paths {
		c.check(p)
	}
	c.link()
	if *list != "" {
		if err := os.WriteFile(*list, []byte(c.list.String()), 0o666); err != nil {
			panic(err)
		}
	}
	fmt.Printf("%d packages, %d rows, %d problems\n", len(c.pkgs), len(c.rows), c.failures)
	if c.failures != 0 {
		os.Exit(1)
	}
}

var (
	rowRE = regexp.MustCompile(`row\("(\w+)", (\d), (\d)`)
	// Names in assembly, and native functions in Rust.
	asmRE = regexp.MustCompile(`(?m)^    \(?"([^"]+)",`)
)

func (c *checker) readRows() {
	files, _ := filepath.Glob(filepath.Join(*repo, "crates/abi/src/funcs/*.rs"))
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			panic(err)
		}
		for _, m := range rowRE.FindAllStringSubmatch(string(b), -1) {
			if c.rows[m[1]] != nil {
				c.errorf("%s: row %s is there twice", filepath.Base(f), m[1])
			}
			a, _ := strconv.Atoi(m[2])
			r, _ := strconv.Atoi(m[3])
			c.rows[m[1]] = &row{args: a, results: r}
		}
		for _, m := range asmRE.FindAllStringSubmatch(string(b), -1) {
			c.asm[m[1]] = true
		}
	}
}

var (
	overlayRE = regexp.MustCompile(`(?m)^path = "([^"]+)"`)
	nativeRE  = regexp.MustCompile(`(?ms)^native = \[$(.*?)^\]`)
	stringRE  = regexp.MustCompile(`"([^"]+)"`)
)

func (c *checker) readOverlay() {
	b, err := os.ReadFile(filepath.Join(*repo, "goroot/overlay.toml"))
	if err != nil {
		panic(err)
	}
	for _, m := range overlayRE.FindAllStringSubmatch(string(b), -1) {
		c.overlay[m[1]] = filepath.Join(*repo, "goroot/src", m[1])
	}
	for _, m := range nativeRE.FindAllStringSubmatch(string(b), -1) {
		for _, s := range stringRE.FindAllStringSubmatch(m[1], -1) {
			c.native[s[1]] = true
		}
	}
}

// context is the build context of a package: the tag rule of goroot/overlay.toml.
func (c *checker) context(path string) build.Context {
	ctx := build.Default
	ctx.GOROOT, ctx.GOOS, ctx.GOARCH, ctx.CgoEnabled = *goroot, "linux", "amd64", false
	if !c.native[path] {
		ctx.BuildTags = []string{"purego", "math_big_pure_go"}
	}
	return ctx
}

func (c *checker) packages() []string {
	src := filepath.Join(*goroot, "src")
	var paths []string
	filepath.WalkDir(src, func(p string, d os.DirEntry, err error) error {
		if err != nil {
			panic(err)
		}
		if !d.IsDir() {
			return nil
		}
		rel, _ := filepath.Rel(src, p)
		base := filepath.Base(rel)
		if rel == "." {
			return nil
		}
		if base == "testdata" || strings.HasPrefix(base, "_") || rel == "cmd" || rel == "builtin" || rel == "unsafe" {
			return filepath.SkipDir
		}
		for _, skip := range []string{"internal/runtime/gc", "internal/runtime/startlinetest", "internal/runtime/wasitest", "internal/runtime/cgobench", "runtime/internal", "runtime/race", "runtime/cgo", "runtime/asan", "runtime/msan"} {
			if rel == skip {
				return filepath.SkipDir
			}
		}
		ctx := c.context(rel)
		if _, err := ctx.ImportDir(p, 0); err == nil {
			paths = append(paths, filepath.ToSlash(rel))
		}
		return nil
	})
	sort.Strings(paths)
	return paths
}

func (c *checker) Import(path string) (*types.Package, error) {
	if path == "unsafe" {
		return types.Unsafe, nil
	}
	if _, err := os.Stat(filepath.Join(*goroot, "src", path)); err != nil {
		path = "vendor/" + path
	}
	p := c.check(path)
	if p.types == nil {
		return nil, fmt.Errorf("import cycle through %s", path)
	}
	return p.types, nil
}

func (c *checker) check(path string) *pkg {
	if p := c.pkgs[path]; p != nil {
		return p
	}
	p := &pkg{path: path, state: 1}
	c.pkgs[path] = p
	dir := filepath.Join(*goroot, "src", path)
	ctx := c.context(path)
	own := c.overlay[path] != ""
	if own {
		dir = c.overlay[path]
	}
	bp, err := ctx.ImportDir(dir, 0)
	if err != nil {
		c.errorf("%s: %v", path, err)
		return p
	}
	var names []string
	for _, name := range bp.GoFiles {
		file := filepath.Join(dir, name)
		if o := c.overlay[path+"/"+name]; o != "" {
			file = o
		}
		rel, _ := filepath.Rel(dir, file)
		names = append(names, rel)
		f, err := parser.ParseFile(c.fset, file, nil, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			c.errorf("%v", err)
			continue
		}
		p.files = append(p.files, f)
	}
	conf := types.Config{
		Importer: c,
		Sizes:    types.SizesFor("gc", "amd64"),
		Error:    func(err error) { c.errorf("%v", err) },
	}
	tp, _ := conf.Check(path, c.fset, p.files, nil)
	p.types, p.state = tp, 2
	var imports, vendored []string
	for _, i := range bp.Imports {
		if _, err := os.Stat(filepath.Join(*goroot, "src", i)); err != nil {
			vendored = append(vendored, i+"=vendor/"+i)
			i = "vendor/" + i
		}
		imports = append(imports, i)
	}
	fmt.Fprintf(&c.list, "%s|%s|%s|%s|%s\n", path, dir, strings.Join(names, ","), strings.Join(imports, ","), strings.Join(vendored, ";"))
	c.collect(p)
	return p
}

type linkname struct {
	remote string
	pos    token.Pos
}

// collect records what the package defines and what it expects from elsewhere.
func (c *checker) collect(p *pkg) {
	for _, f := range p.files {
		names := map[string]linkname{}
		imports := false
		for _, s := range f.Imports {
			imports = imports || s.Path.Value == `"unsafe"`
		}
		for _, g := range f.Comments {
			for _, cm := range g.List {
				w := strings.Fields(cm.Text)
				if len(w) >= 2 && (w[0] == "//go:linkname" || w[0] == "//go:linknamestd") {
					l := linkname{remote: p.path + "." + w[1], pos: cm.Pos()}
					if len(w) == 3 {
						l.remote = w[2]
					}
					names[w[1]] = l
				}
			}
		}
		if len(names) != 0 && !imports {
			c.errorf("%s: linkname in a file that does not import unsafe", c.pos(f))
		}
		for _, d := range f.Decls {
			switch d := d.(type) {
			case *ast.FuncDecl:
				if d.Recv != nil {
					recv := types.ExprString(d.Recv.List[0].Type)
					if strings.HasPrefix(recv, "*") {
						recv = "(" + recv + ")"
					}
					c.defs[p.path+"."+recv+"."+d.Name.Name] = c.pos(d)
					continue
				}
				if d.Name.Name == "init" || d.Name.Name == "_" {
					continue
				}
				sym := p.path + "." + d.Name.Name
				if l, ok := names[d.Name.Name]; ok {
					sym = l.remote
				}
				if d.Body != nil {
					if old := c.defs[sym]; old != "" {
						c.errorf("%s: %s is defined at %s too", c.pos(d), sym, old)
					}
					c.defs[sym] = c.pos(d)
				} else {
					c.wants = append(c.wants, want{sym: sym, pos: c.pos(d), pkg: p.path, name: d.Name.Name})
					if p.path == "runtime" {
						c.compareRow(p, d)
					}
				}
			case *ast.GenDecl:
				if d.Tok != token.VAR {
					continue
				}
				for _, s := range d.Specs {
					for _, n := range s.(*ast.ValueSpec).Names {
						l, ok := names[n.Name]
						own := p.path + "." + n.Name
						if ok && l.remote != own {
							c.wants = append(c.wants, want{sym: l.remote, pos: c.pos(n), pkg: p.path, name: n.Name, variable: true})
						} else {
							c.vars[own] = c.pos(n)
						}
					}
				}
			}
		}
	}
}

func (c *checker) pos(n ast.Node) string {
	p := c.fset.Position(n.Pos())
	return strings.TrimPrefix(fmt.Sprintf("%s:%d", p.Filename, p.Line), *goroot+"/src/")
}

// compareRow checks a declaration of package runtime against its row.
func (c *checker) compareRow(p *pkg, d *ast.FuncDecl) {
	r := c.rows[d.Name.Name]
	if r == nil {
		return
	}
	r.seen = true
	sig := p.types.Scope().Lookup(d.Name.Name).Type().(*types.Signature)
	if a := words(sig.Params()); a != r.args {
		c.errorf("%s: %s takes %d words, its row says %d", c.pos(d), d.Name.Name, a, r.args)
	}
	if n := words(sig.Results()); n != r.results {
		c.errorf("%s: %s gives %d words, its row says %d", c.pos(d), d.Name.Name, n, r.results)
	}
}

func words(t *types.Tuple) int {
	n := 0
	for i := range t.Len() {
		n += flat(t.At(i).Type())
	}
	return n
}

func flat(t types.Type) int {
	switch u := t.Underlying().(type) {
	case *types.Basic:
		switch u.Kind() {
		case types.String, types.Complex128, types.Complex64:
			return 2
		}
	case *types.Slice:
		return 3
	case *types.Interface:
		return 2
	case *types.Struct:
		n := 0
		for i := range u.NumFields() {
			n += flat(u.Field(i).Type())
		}
		return n
	}
	return 1
}

// intrinsic packages: body-less functions there are the compiler's.
var intrinsics = map[string]bool{
	"sync/atomic": true, "internal/runtime/atomic": true, "internal/runtime/sys": true, "internal/abi": true,
	"runtime": false,
}

var runtimeIntrinsics = map[string]bool{"getg": true, "getfp": true}

// supplied by generated code or data outside Go sources.
var elsewhere = map[string]bool{"main.main": true, "go:fipsinfo": true, "reflect.(*Value).pointer": true}

func (c *checker) link() {
	for _, w := range c.wants {
		switch {
		case elsewhere[w.sym]:
		case w.variable:
			if c.vars[w.sym] == "" {
				c.errorf("%s: variable %s is nobody's", w.pos, w.sym)
			}
		case c.defs[w.sym] != "" || c.asm[w.sym] || intrinsics[w.pkg]:
		case w.pkg == "runtime" && runtimeIntrinsics[w.name]:
		case strings.HasPrefix(w.sym, "runtime.") && c.rows[strings.TrimPrefix(w.sym, "runtime.")] != nil:
		default:
			c.errorf("%s: %s has no body", w.pos, w.sym)
		}
	}
	var unused []string
	for name, r := range c.rows {
		if !r.seen {
			unused = append(unused, name)
		}
	}
	sort.Strings(unused)
	if len(unused) != 0 {
		fmt.Println("rows without a declaration in package runtime:", strings.Join(unused, " "))
	}
}
