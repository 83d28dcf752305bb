// Marking alone: forced collections of heaps of different shapes.
package main

import (
	"fmt"
	"os"
	"runtime"
	"strconv"
	"syscall"
	"time"
)

type node struct {
	edge [4]*node
	val  uint64
	data [3]uint64
}

type tree struct{ l, r *tree }

func grow(d int) *tree {
	if d == 0 {
		return &tree{}
	}
	return &tree{grow(d - 1), grow(d - 1)}
}

var seed = uint64(88172645463325252)

func next() uint64 {
	seed ^= seed << 13
	seed ^= seed >> 7
	seed ^= seed << 17
	return seed
}

// measure collects again and again while x is live.
func measure(section string, x any) {
	runtime.GC()
	begin()
	for i := 0; i < 10; i++ {
		runtime.GC()
	}
	done(section, 10)
	runtime.KeepAlive(x)
}

func main() {
	nodes := make([]*node, of(400000))
	for i := range nodes {
		nodes[i] = &node{val: next()}
	}
	for _, x := range nodes {
		for e := range x.edge {
			x.edge[e] = nodes[next()%uint64(len(nodes))]
		}
	}
	measure("graph", nodes)
	nodes = nil

	depth := 19
	if harnessPct < 50 {
		depth = 16
	}
	measure("tree", grow(depth))

	m := map[string][]string{}
	for i := 0; i < of(100000); i++ {
		k := strconv.Itoa(i)
		m[k] = []string{k + "a", k + "b", k}
	}
	measure("strings", m)
	m = nil

	var l *tree
	for i := 0; i < of(300000); i++ {
		l = &tree{l: l}
	}
	measure("list", l)
	l = nil

	big := make([]*[2]uint64, of(2000000))
	for i := range big {
		if i%8 == 0 {
			big[i] = &[2]uint64{1, 2}
		}
	}
	measure("bigslice", big)
}

// ---- harness: every program of this suite carries this same copy ----

var (
	harnessPct   = harnessArg()
	harnessStart time.Time
	harnessCPU   float64
)

// harnessArg is the work in percent: 100, or 10 with -quick, or the first number given.
func harnessArg() int {
	for _, a := range os.Args[1:] {
		if a == "-quick" {
			return 10
		}
		if n, err := strconv.Atoi(a); err == nil && n > 0 {
			return n
		}
	}
	return 100
}

// of scales a full-size count of work to the size asked for.
func of(n int) int {
	n = n * harnessPct / 100
	if n < 1 {
		n = 1
	}
	return n
}

// cpu is what the process has used of all CPUs so far, in ms.
func cpu() float64 {
	var r syscall.Rusage
	if syscall.Getrusage(0, &r) != nil {
		return 0
	}
	return float64(r.Utime.Sec+r.Stime.Sec)*1e3 + float64(r.Utime.Usec+r.Stime.Usec)/1e3
}

func begin() {
	harnessCPU = cpu()
	harnessStart = time.Now()
}

// done ends a section: its checksum must be equal between compilers, its time need not.
func done(section string, sum uint64) {
	d, c := time.Since(harnessStart), cpu()-harnessCPU
	fmt.Printf("check %s %016x\n", section, sum)
	metric(section+"_ms", float64(d.Nanoseconds())/1e6, "ms")
	metric(section+"_cpu", c, "ms")
}

func metric(name string, value float64, unit string) {
	fmt.Printf("metric %s %.3f %s\n", name, value, unit)
}
