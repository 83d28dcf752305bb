package main

import (
	"fmt"
	"math"
	"runtime"
	"runtime/metrics"
	"strings"
	"sync"
	"time"
)

var sink []byte

// Every metric that is described can be read, has the kind that its description says, and parts add up to wholes.
func main() {
	var mu sync.Mutex
	var wg sync.WaitGroup
	for range 50 {
		wg.Go(func() {
			for range 200 {
				mu.Lock()
				sink = make([]byte, 1000)
				time.Sleep(1)
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	runtime.GC()

	all := metrics.All()
	samples := make([]metrics.Sample, len(all))
	for i := range all {
		samples[i].Name = all[i].Name
	}
	metrics.Read(samples)
	u := map[string]uint64{}
	f := map[string]float64{}
	h := map[string]uint64{}
	for i, s := range samples {
		if s.Value.Kind() != all[i].Kind {
			fmt.Println(s.Name, "has kind", s.Value.Kind(), "want", all[i].Kind)
			continue
		}
		switch s.Value.Kind() {
		case metrics.KindUint64:
			u[s.Name] = s.Value.Uint64()
		case metrics.KindFloat64:
			f[s.Name] = s.Value.Float64()
		case metrics.KindFloat64Histogram:
			hist := s.Value.Float64Histogram()
			if len(hist.Buckets) != len(hist.Counts)+1 {
				fmt.Println(s.Name, "has", len(hist.Buckets), "bounds for", len(hist.Counts), "counts")
			}
			for k := 1; k < len(hist.Buckets); k++ {
				if hist.Buckets[k-1] >= hist.Buckets[k] {
					fmt.Println(s.Name, "bounds are not in order at", k)
				}
			}
			for _, n := range hist.Counts {
				h[s.Name] += n
			}
		}
	}

	var mem uint64
	for n, v := range u {
		if strings.HasPrefix(n, "/memory/classes/") && n != "/memory/classes/total:bytes" {
			mem += v
		}
	}
	if total := u["/memory/classes/total:bytes"]; mem != total {
		fmt.Println("memory:", mem, "of", total)
	}
	near := func(what string, a, b float64) {
		if math.Abs(a-b) > 1e-6+0.01*math.Abs(b) {
			fmt.Println(what, a, "is not", b)
		}
	}
	gc := f["/cpu/classes/gc/total:cpu-seconds"]
	near("gc", f["/cpu/classes/gc/mark/assist:cpu-seconds"]+f["/cpu/classes/gc/mark/dedicated:cpu-seconds"]+
		f["/cpu/classes/gc/mark/idle:cpu-seconds"]+f["/cpu/classes/gc/pause:cpu-seconds"], gc)
	near("cpu", gc+f["/cpu/classes/idle:cpu-seconds"]+f["/cpu/classes/scavenge/total:cpu-seconds"]+
		f["/cpu/classes/user:cpu-seconds"], f["/cpu/classes/total:cpu-seconds"])
	if u["/gc/cycles/automatic:gc-cycles"]+u["/gc/cycles/forced:gc-cycles"] != u["/gc/cycles/total:gc-cycles"] {
		fmt.Println("cycles do not add up")
	}
	if n := u["/gc/heap/allocs:objects"] - u["/gc/heap/frees:objects"]; n != u["/gc/heap/objects:objects"] {
		fmt.Println("objects", n, "are not", u["/gc/heap/objects:objects"])
	}
	for _, n := range []string{"/gc/heap/allocs-by-size:bytes", "/sched/latencies:seconds", "/gc/pauses:seconds",
		"/sched/pauses/total/gc:seconds", "/sched/pauses/stopping/gc:seconds"} {
		if h[n] == 0 {
			fmt.Println(n, "is empty")
		}
	}
	for _, n := range []string{"/sched/goroutines-created:goroutines", "/sched/threads/total:threads",
		"/sched/goroutines:goroutines", "/sched/goroutines/running:goroutines", "/gc/heap/live:bytes"} {
		if u[n] == 0 {
			fmt.Println(n, "is 0")
		}
	}
	if f["/sync/mutex/wait/total:seconds"] == 0 {
		fmt.Println("nobody waited for the mutex")
	}
	fmt.Println("done")
}
