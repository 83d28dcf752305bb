// What MemStats and runtime/metrics say adds up, at any time and whatever was allocated.
package main

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
)

var keep [][]byte
var nodes []*[3]any

func check(when string) {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	bad := func(what string, a, b uint64) { fmt.Println(when, what, a, b) }
	if m.HeapSys != m.HeapInuse+m.HeapIdle {
		bad("HeapSys", m.HeapSys, m.HeapInuse+m.HeapIdle)
	}
	if m.HeapReleased > m.HeapIdle {
		bad("HeapReleased", m.HeapReleased, m.HeapIdle)
	}
	if m.HeapAlloc > m.HeapInuse || m.HeapAlloc != m.Alloc {
		bad("HeapAlloc", m.HeapAlloc, m.HeapInuse)
	}
	if m.Mallocs-m.Frees != m.HeapObjects {
		bad("HeapObjects", m.Mallocs-m.Frees, m.HeapObjects)
	}
	if m.TotalAlloc < m.Alloc {
		bad("TotalAlloc", m.TotalAlloc, m.Alloc)
	}
	if sum := m.HeapSys + m.StackSys + m.MSpanSys + m.MCacheSys + m.BuckHashSys + m.GCSys + m.OtherSys; sum != m.Sys {
		bad("Sys", m.Sys, sum)
	}
	if m.StackInuse > m.StackSys || m.MSpanInuse > m.MSpanSys || m.MCacheInuse > m.MCacheSys {
		bad("inuse", m.StackInuse, m.StackSys)
	}
	var objects, bytes uint64
	for _, s := range m.BySize {
		objects += s.Mallocs - s.Frees
		bytes += uint64(s.Size) * (s.Mallocs - s.Frees)
		if s.Frees > s.Mallocs {
			bad("BySize", s.Mallocs, s.Frees)
		}
	}
	if objects > m.HeapObjects || bytes > m.HeapAlloc {
		bad("BySize", objects, bytes)
	}

	var total uint64
	var classes uint64
	var samples []metrics.Sample
	for _, d := range metrics.All() {
		if len(d.Name) > 16 && d.Name[:16] == "/memory/classes/" {
			samples = append(samples, metrics.Sample{Name: d.Name})
		}
	}
	metrics.Read(samples)
	for _, s := range samples {
		if s.Name == "/memory/classes/total:bytes" {
			total = s.Value.Uint64()
		} else {
			classes += s.Value.Uint64()
		}
	}
	if total != classes {
		bad("metrics", total, classes)
	}
}

func main() {
	check("at the start")
	for round := range 3 {
		keep, nodes = nil, nil
		for i := range 3000 {
			keep = append(keep, make([]byte, 1+i*i%70000))
			nodes = append(nodes, &[3]any{i, "x", keep[i/2]})
		}
		check(fmt.Sprint("with data ", round))
		done := make(chan bool)
		for range 4 {
			go func() {
				for i := range 20000 {
					_ = append([]byte(nil), fmt.Sprint(i)...)
				}
				done <- true
			}()
		}
		for range 3 {
			check("while others allocate")
			runtime.Gosched()
		}
		for range 4 {
			<-done
		}
		keep, nodes = nil, nil
		runtime.GC()
		check("without data")
		debug.FreeOSMemory()
		check("given back")
	}

	// A heap that is filled and dropped again and again does not grow.
	var before, after runtime.MemStats
	for round := range 40 {
		for i := range 20000 {
			nodes = append(nodes, &[3]any{i, nil, make([]byte, i%500)})
		}
		nodes = nil
		runtime.GC()
		if round == 9 {
			runtime.ReadMemStats(&before)
		}
	}
	runtime.ReadMemStats(&after)
	fmt.Println("grew:", after.Sys > before.Sys+before.Sys/4, after.HeapAlloc > before.HeapAlloc+(64<<10), after.HeapObjects > before.HeapObjects+1000)
}
