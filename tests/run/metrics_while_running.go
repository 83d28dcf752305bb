// runtime/metrics is read while other goroutines allocate and the collector runs: counts never go back, nothing is freed that was not
// allocated, and the parts are no larger than the whole.
package main

import (
	"fmt"
	"runtime"
	"runtime/metrics"
	"sync"
	"sync/atomic"
)

var counts = []string{
	"/gc/heap/allocs:bytes", "/gc/heap/frees:bytes", "/gc/heap/allocs:objects", "/gc/heap/frees:objects",
	"/gc/heap/tiny/allocs:objects", "/gc/cycles/total:gc-cycles",
}

func allocate(stop *atomic.Bool) {
	var keep [64][]byte
	for i := 0; !stop.Load(); i++ {
		keep[i%64] = make([]byte, i%40000)
		keep[i%64] = make([]byte, i%100)
	}
}

func main() {
	runtime.GOMAXPROCS(4)
	var stop atomic.Bool
	var wg sync.WaitGroup
	for range 3 {
		wg.Go(func() { allocate(&stop) })
	}
	var samples []metrics.Sample
	for _, d := range metrics.All() {
		samples = append(samples, metrics.Sample{Name: d.Name})
	}
	var last map[string]uint64
	for n := 0; n < 500 || last["/gc/cycles/total:gc-cycles"] < 3; n++ {
		metrics.Read(samples)
		now := map[string]uint64{}
		var allocs, frees, sum uint64
		for _, s := range samples {
			switch s.Value.Kind() {
			case metrics.KindUint64:
				now[s.Name] = s.Value.Uint64()
				if len(s.Name) > 16 && s.Name[:16] == "/memory/classes/" && s.Name != "/memory/classes/total:bytes" {
					sum += s.Value.Uint64()
					if s.Value.Uint64() > 1<<40 {
						fmt.Println(s.Name, "is", int64(s.Value.Uint64()))
					}
				}
			case metrics.KindFloat64Histogram:
				for _, c := range s.Value.Float64Histogram().Counts {
					switch s.Name {
					case "/gc/heap/allocs-by-size:bytes":
						allocs += c
					case "/gc/heap/frees-by-size:bytes":
						frees += c
					}
				}
			}
		}
		if sum != now["/memory/classes/total:bytes"] {
			fmt.Println("memory does not add up:", sum, now["/memory/classes/total:bytes"])
		}
		if allocs != now["/gc/heap/allocs:objects"] || frees != now["/gc/heap/frees:objects"] || allocs-frees != now["/gc/heap/objects:objects"] {
			fmt.Println("objects do not add up:", allocs, frees, now["/gc/heap/objects:objects"])
		}
		for _, name := range counts {
			if now[name] < last[name] {
				fmt.Println(name, "goes back")
			}
		}
		last = now
	}
	stop.Store(true)
	wg.Wait()
	fmt.Println("done")
}
